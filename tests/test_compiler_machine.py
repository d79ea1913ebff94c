"""Machine code for single calls: to the last bit what Python computes, with its errors, for arguments of any kind."""

from __future__ import annotations

import ctypes
import gc
import itertools
import math
import os
import random
import struct
import sys
import threading
import time
import weakref
from collections.abc import Callable
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings

import autograd
from autograd import Value, ops, sin, sqrt, where
from autograd.arithmetic import FLOATS
from autograd.compiler import engines
from autograd.compiler.terms.lowering import PRIMITIVES
from autograd.tree import flatten
from tests.graphs import apply, kinked_graphs, smooth_graphs
from tests.naive import Graph

pytest.importorskip("llvmlite")

KINDS = ["value", "grad", "value_and_grad", "hessian"]
EDGES = [0.0, -0.0, 1.0, -1.0, 0.5, 2.0, 3.0, -2.5, 1e-300, 5e-324, 700.0, -745.2, 1e22, 1e308, -1e308]
EDGES += [math.inf, -math.inf, math.nan]


def outcome(f: Callable[..., Any], *args: Any) -> Any:
    """What a function gives, or its error."""
    try:
        return f(*args)
    except (ArithmeticError, LookupError, TypeError, ValueError) as error:
        return repr(error)


def both(f: Callable[..., Any], argnums: Any = 0) -> list[autograd.Compiled]:
    """The function compiled to Python, and to machine code."""
    return [autograd.compile(f, argnums, engine=engine) for engine in ("python", "llvm")]


def calls(compiled: autograd.Compiled) -> list[Callable[..., Any]]:
    return [compiled, compiled.grad, compiled.value_and_grad, compiled.hessian]


def bits(result: Any) -> Any:
    """A result with its floats as their bits, all NaNs alike."""
    if isinstance(result, str):
        return result
    leaves, _ = flatten(result)
    return [b"nan" if x != x else struct.pack("d", x) for x in leaves], str(type(result))


def same(f: Callable[..., Any], points: Any, argnums: Any = 0) -> None:
    """Machine code gives what Python gives, whichever kind is asked for, errors included."""
    python, machine = both(f, argnums)
    for one, other in zip(calls(python), calls(machine), strict=True):
        for xs in points:
            assert bits(outcome(one, *xs)) == bits(outcome(other, *xs)), (xs, outcome(one, *xs), outcome(other, *xs))


ROWS = [op for op in ops.TABLE.values() if not op.vectors and op.name in vars(ops) and op.arity <= 2]


@pytest.mark.parametrize("op", ROWS, ids=lambda op: op.name)
def test_every_row_of_the_table_is_the_same_to_the_last_bit_and_raises_the_same(op: ops.Op) -> None:
    if op is ops.polygamma:
        return same(lambda x: op(1, x), [(x,) for x in EDGES])
    same(lambda *xs: op(*xs), itertools.product(EDGES, repeat=op.arity), tuple(range(op.arity)))
    return None


FUNCTIONS = sorted([op for op in PRIMITIVES if op.name not in ("abs", "sqrt") and hasattr(math, op.name)], key=repr)


@pytest.mark.parametrize("op", [*FUNCTIONS, ops.polygamma], ids=lambda op: op.name)
def test_functions_of_the_c_library_are_pythons(op: ops.Op) -> None:
    from autograd.compiler.engines.runtime import callees

    rng = random.Random(op.name)
    machine = ctypes.PYFUNCTYPE(ctypes.c_double, *[ctypes.c_double] * op.arity)(int(callees()[op].split()[2]))
    for i in range(3000):
        xs = [rng.gauss(0, 1) * 10 ** rng.uniform(-8, 3) for _ in range(op.arity)]
        if i % 3 == 0:
            xs = [struct.unpack("d", rng.randbytes(8))[0] for _ in xs]
        if op is ops.polygamma:
            xs[0] = float(i % 4)
        got = machine(*xs)
        try:
            assert bits([getattr(FLOATS, op.name)(*xs)]) == bits([got]), xs
        except (ArithmeticError, ValueError):
            assert not math.isfinite(got), xs


@given(graph=smooth_graphs() | kinked_graphs())
@settings(max_examples=60 if "CI" not in os.environ else 30)
def test_random_graphs_are_the_same_to_the_last_bit(graph: Graph) -> None:
    same(lambda *xs: graph.run(list(xs), apply)[-1], [graph.leaves], tuple(range(len(graph.leaves))))


def test_a_long_straight_line_is_cut_into_parts() -> None:
    def f(x: Any, y: Any) -> Any:
        z = x
        for i in range(900):
            z = sin(z) * y + x if i % 3 else z / (1 + z * z)
        return where(z > 0, lambda: sqrt(z), lambda: sqrt(-z)) + x

    python, machine = both(f, (0, 1))
    for x, y in [(0.5, 0.25), (-1.5, 0.75), (2.0, 1.0)]:
        assert python.value_and_grad(x, y) == machine.value_and_grad(x, y)
    assert machine.source.count("define internal double @part") > 2


def test_branches_are_machine_code_and_a_new_path_is_found_when_a_call_takes_it() -> None:
    def f(x: Any, y: Any) -> Any:
        if x > y:
            return autograd.log(x) * y
        if x * y > 1:
            return sqrt(x * y)
        return -x if x < -10 else x / y

    points = [(3.0, 1.0), (4.0, 2.0), (2.0, 3.0), (0.5, 1.0), (-11.0, 1.0), (0.0, 0.0), (-1.0, -2.0)]
    same(f, points, (0, 1))
    machine = autograd.compile(f, (0, 1), engine="llvm")
    for x, y in points:
        outcome(machine, x, y)
    assert machine.source.count("define internal i32 @run(") == 4  # ways


def test_an_error_before_a_branch_is_an_error_on_every_path() -> None:
    def f(x: Any) -> Any:
        y = autograd.log(x) if x < 10 else x
        return x * y if y > 0 else x + y

    same(f, [(2.0,), (0.5,), (-1.0,), (11.0,), (0.0,), (3.0,)])


def test_paths_may_return_different_structures() -> None:
    machine = autograd.compile(lambda x: [x, x * x] if x > 0 else {"negative": -x}, engine="llvm")
    assert machine(2.0) == [2.0, 4.0]
    assert machine(-3.0) == {"negative": 3.0}
    assert machine(1.0) == [1.0, 1.0]


def test_a_branch_that_is_not_needed_does_not_send_a_call_to_python(monkeypatch: pytest.MonkeyPatch) -> None:
    from autograd.compiler.engines import single

    monkeypatch.setattr(single, "runnable", None)
    machine = autograd.compile(lambda x: where(x > 0, autograd.log(x), 1 / (x - 1)) * x, engine="llvm")
    assert machine.value_and_grad(-1.0) == (0.5, -0.25)  # not by way of Python
    assert machine.value_and_grad(2.0)[1] == 1 + math.log(2.0)


class Pair(NamedTuple):
    first: Any
    second: Any


def test_arguments_and_results_of_any_structure() -> None:
    def f(p: Any, how: str) -> Any:
        x, (y, z), named = p["x"], p["list"], p["named"]
        return {"a": [x * y, (z,), x > y], "b": Pair(named.first * 2, 3.0), "c": [x, y, z, x, x * z], "d": [], "e": ()}

    p = {"x": 2.0, "list": [3.0, 4.0], "named": Pair(5.0, 6.0)}
    python, machine = both(f)
    results = [python(p, "text"), machine(p, "text"), machine(p, "text")]
    assert results[0] == results[1] == results[2]
    assert isinstance(results[1]["b"], Pair)
    other = p | {"list": [3, 4.0]}
    assert machine(other, "text") == python(other, "text") == machine(other, "other")
    assert machine({"list": [3.0, 4.0], "x": 2.0, "named": Pair(5.0, 6.0)}, "text")["a"] == results[0]["a"]
    g = both(lambda p: p["x"] * p["list"][0] + p["list"][1] ** 2 + p["named"].second)
    for wrong in [{"x": 2.0}, p | {"list": [1.0]}, p | {"x": "text"}, p | {"list": None}, [p]]:
        assert outcome(g[0].grad, wrong) == outcome(g[1].grad, wrong)


def test_lists_in_lists_are_taken_apart_in_place() -> None:
    python, machine = both(lambda v: v[0] * v[1][0] + v[1][1][0] * v[2])
    for v in (
        [2.0, (3.0, [4.0]), 5.0],
        [2.0, (3.0, [4.0]), 6.0],
        [2, (3.0, [4.0]), 5.0],
        [2.0, (3.0, [4.0, 1.0]), 5.0],
    ):
        assert outcome(machine.value_and_grad, v) == outcome(python.value_and_grad, v)


def test_conditions_are_combined_and_negated() -> None:
    def f(x: Any, y: Any) -> Any:
        inner = where(x > y, lambda: x * x, lambda: autograd.log(y))
        return where((x > 0) & (y > 0), x * y, inner) + where((x < -2) | (y < -2), inner, y * (x != y))

    same(f, itertools.product([-3.0, -1.0, 0.0, 1.0, math.nan], repeat=2), (0, 1))


def test_long_lists_and_tuples_are_read_in_place() -> None:
    n = 1000
    kinds: Any = (list, tuple)
    for kind in kinds:
        xs: Any = kind(float(i) for i in range(n))
        python, machine = both(lambda xs: sum(x * x for x in xs))
        assert (
            machine.value_and_grad(xs) == python.value_and_grad(xs) == (sum(x * x for x in xs), kind(2 * x for x in xs))
        )
        assert machine.value_and_grad(xs) == python.value_and_grad(xs)
        shorter: Any = xs[:500]
        assert machine.value_and_grad(shorter) == python.value_and_grad(shorter)


def test_arrays_of_doubles_are_read_where_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    numpy = pytest.importorskip("numpy")
    # Where they are no columns.
    monkeypatch.setitem(engines.ENGINES, "llvm", engines.ENGINES["llvm"]._replace(columns=None))
    X = numpy.arange(6.0).reshape(2, 3) + 1
    python, machine = both(lambda X: X[0, 0] * X[1, 2] + sin(X[0, 1]))
    expected = python.grad(X)
    for x in (X, X.copy(order="F"), numpy.concatenate([X, X])[::2], X.astype(numpy.float32), X, X.astype(int)):
        got = machine.grad(x)
        assert got.tolist() == python.grad(x).tolist()
        assert (got.shape, got.dtype, got.flags.writeable) == ((2, 3), float, True)
    assert machine.grad(X).tolist() == expected.tolist()
    wide = numpy.arange(12.0).reshape(3, 4)
    assert machine.grad(wide).shape == (3, 4)
    assert machine(numpy.float64(2.0) * X) == python(2.0 * X)
    f = autograd.compile(lambda x: x * x, engine="llvm")
    assert [f(numpy.float64(3.0)), f(3.0), f(numpy.float64(3.0)), f(3), f(True)] == [9.0, 9.0, 9.0, 9.0, 1.0]


def test_the_data_of_values_outside_is_read_at_each_call() -> None:
    w, v = Value(2.0, "w"), Value(3, "v")
    f = autograd.compile(lambda x: w * x + v + Value(1.0), engine="llvm")
    assert f(1.0) == 6.0
    w.data, v.data = 5.0, 10.0**300
    assert f(1.0) == 10.0**300
    v.data = 0
    assert f(1.0) == 6.0
    object.__setattr__(v, "data", "text")  # which nobody does
    with pytest.raises(TypeError):
        f(1.0)


def test_nothing_that_is_no_number_is_taken_for_one() -> None:
    f = autograd.compile(lambda x, y: x * y, (0, 1), engine="llvm")
    assert f(2.0, 3.0) == 6.0
    assert f.grad(2.0, y=3.0) == (3.0, 2.0)
    for wrong in [("2", 3.0), (None, 3.0), ([2.0], 3.0)]:
        with pytest.raises(TypeError):
            f(*wrong)
    counts: Any = [(2.0,), (2.0, 3.0, 4.0)]
    for wrong in counts:
        with pytest.raises(TypeError, match="argument"):
            f(*wrong)
    x = Value(2.0)
    y = f(x, 3.0)
    y.backward()
    assert (y.data, x.grad) == (6.0, 3.0)


def test_directional_derivatives() -> None:
    for compiled in both(lambda x, y: [x * y, sqrt(x) if y > 0 else x], (0, 1)):
        assert compiled.jvp((4.0, 2.0), (1.0, 0.0)) == ([8.0, 2.0], [2.0, 0.25])
        assert compiled.jvp((4.0, -2.0), (1.0, 1.0)) == ([-8.0, 4.0], [2.0, 1.0])
        with pytest.raises(ValueError, match="sqrt is defined"):
            compiled.jvp((-4.0, 2.0), (1.0, 0.0))


def test_large_programs_use_memory_of_their_own_and_threads_do_not_meet() -> None:
    n = 2500
    f = autograd.compile(lambda xs: sum(sin(x) * x for x in xs), engine="llvm")
    rows = [[i * 0.1 + k for i in range(n)] for k in range(4)]
    expected = [f.value_and_grad(row) for row in rows]
    got: dict[int, Any] = {}

    def work(k: int) -> None:
        got[k] = [f.value_and_grad(rows[k]) for _ in range(20)]

    threads = [threading.Thread(target=work, args=(k,)) for k in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(result == expected[k] for k, results in got.items() for result in results)


def test_nothing_leaks() -> None:
    f = autograd.compile(lambda p: {"sum": [p["x"][0] * p["x"][1], autograd.hypot(*p["x"])]}, engine="llvm")
    p = {"x": [float("3"), float("4")]}
    assert f(p) == {"sum": [12.0, 5.0]}
    before = sys.getrefcount(p["x"]), sys.getrefcount(p["x"][0]), sys.getallocatedblocks()
    for _ in range(1000):
        f(p)
    after = sys.getrefcount(p["x"]), sys.getrefcount(p["x"][0]), sys.getallocatedblocks()
    assert before[:2] == after[:2]
    assert after[2] - before[2] < 100
    # Programs go with their functions.
    code = next(x for name, x in f._value.__globals__.items() if "machine_code" in name).__self__[0]
    gone = weakref.ref(code)
    del f, code
    gc.collect()
    assert gone() is None


@pytest.mark.parametrize("deep", [True, False])
def test_three_hundred_branches_are_quick_to_make(deep: bool) -> None:
    def f(x: Any) -> Any:
        y = x
        for i in range(300):
            if deep:
                y = where(x > i / 300, sin(i * x) / autograd.log(x + i), y)
            else:
                y = where(y > i / 300, y * x - 0.001, y + 0.5 * x)
        return y

    machine = autograd.compile(f, engine="llvm")
    begin = time.process_time()
    machine.value_and_grad(0.3)
    assert time.process_time() - begin < 2
    for x in (0.3, 0.7, -2.0, 1.0, 0.0):
        assert bits(outcome(machine.value_and_grad, x)) == bits(outcome(autograd.compile(f).value_and_grad, x))


def test_without_llvmlite_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    from autograd.compiler.engines import machine

    monkeypatch.setitem(sys.modules, "llvmlite.binding", None)
    machine._llvmlite.cache_clear()
    with pytest.raises(ImportError, match=r'pip install "scalar-autograd\[fast\]"'):
        machine._llvmlite()


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "mallinfo2"), reason="asks the C library how much memory is in use")
def test_programs_that_are_gone_leave_no_memory_behind() -> None:
    class Memory(ctypes.Structure):
        _fields_ = tuple([(name, ctypes.c_size_t) for name in "abcdmefugh"])

    mallinfo = ctypes.CDLL(None).mallinfo2
    mallinfo.restype = Memory

    def in_use() -> int:
        for i in range(50):
            autograd.compile(lambda x, k=float(i): x * k, engine="llvm").grad(2.0)
        gc.collect()
        found = mallinfo()
        return int(found.m + found.u)  # mapped, and used

    in_use()
    before = in_use()
    assert in_use() - before < 50 * 10_000  # bytes; LLVM's passes over one program take 40,000
