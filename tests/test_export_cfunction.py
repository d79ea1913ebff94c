"""Functions in machine code, called by ctypes, SciPy, Numba and threads."""

from __future__ import annotations

import ctypes
import gc
import math
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from autograd import (
    CompileError,
    Value,
    compile,
    exp,
    gamma,
    grad,
    hypot,
    ieee,
    lgamma,
    log,
    polygamma,
    scan,
    sin,
    sqrt,
    value_and_grad,
    where,
)  # fmt: skip
from autograd.tree import flatten
from tests.graphs import sample
from tests.test_export_save import EDGES, as_function, close

pytest.importorskip("llvmlite", reason="machine code needs llvmlite")

KINDS = ("value", "grad", "value_and_grad", "hessian", "jacobian")


def called(function: Any, numbers: list[float], n: int) -> tuple[int, list[float]]:
    """The status and `n` results of a function of the signature with places."""
    given, out = (ctypes.c_double * max(len(numbers), 1))(*numbers), (ctypes.c_double * n)()
    return function(given, out), [*out]


def test_random_graphs_give_what_python_computes() -> None:
    for graph in sample(100)[:50]:
        x = [*map(float, graph.leaves)]
        c = compile(as_function(graph))
        for kind in ("value", "value_and_grad"):
            wanted = flatten((c if kind == "value" else c.value_and_grad)(x))[0]
            status, got = called(c.cfunc(x, kind=kind, signature="int (double *, double *)"), x, len(wanted))
            assert status == 0
            assert all(close(y, z, 1e-12) for y, z in zip(got, wanted, strict=True)), (graph, got, wanted)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_writes_its_numbers_in_a_row(kind: str) -> None:
    c = compile(lambda x, w: sin(x * w[0]) * exp(w[1]) + w[0] ** 3, argnums=(0, 1))
    wanted = flatten((c if kind == "value" else getattr(c, kind))(0.5, [2.0, -0.3]))[0]
    f = c.cfunc(0.5, [2.0, -0.3], kind=kind, signature="int (double *, double *)")
    status, got = called(f, [0.5, 2.0, -0.3], len(wanted))
    assert status == 0
    assert got == pytest.approx(wanted, rel=1e-15)


def test_products_take_their_vector_behind_the_arguments() -> None:
    c = compile(lambda x, y: sin(x) * y)
    _, (value, moved) = called(c.cfunc(0.5, 2.0, kind="jvp"), [0.5, 2.0, 1.0, 3.0], 2)
    assert (value, moved) == pytest.approx(c.jvp((0.5, 2.0), (1.0, 3.0)), rel=1e-15)
    _, slopes = called(c.cfunc(0.5, 2.0, kind="vjp"), [0.5, 2.0, 3.0], 2)
    assert tuple(slopes) == pytest.approx(c.vjp(0.5, 2.0)[1](3.0), rel=1e-15)


def test_scipy_integrates_functions_of_one_number_and_of_several() -> None:
    scipy = pytest.importorskip("scipy")
    integrate = pytest.importorskip("scipy.integrate")
    one = compile(lambda x: x * exp(-x * x)).cfunc(1.0)
    assert integrate.quad(scipy.LowLevelCallable(one), 0, 2)[0] == pytest.approx((1 - math.exp(-4)) / 2, rel=1e-12)
    two = compile(lambda x, a: a * x**2).cfunc(1.0, 3.0, signature="double (int, double *, void *)")
    assert integrate.quad(scipy.LowLevelCallable(two), 0, 2, args=(3.0,))[0] == pytest.approx(8.0, rel=1e-12)
    assert integrate.nquad(scipy.LowLevelCallable(two), [(0, 1), (0, 2)])[0] == pytest.approx(2 / 3, rel=1e-12)


def test_numba_calls_it_in_its_own_loops() -> None:
    numba = pytest.importorskip("numba", reason="Numba is not installed")
    numpy = pytest.importorskip("numpy")
    c = compile(lambda q: sin(q[0]) * q[1] + q[1] ** 2)
    f, g = compile(lambda x: x * sin(x)).cfunc(1.0), c.cfunc([1.0, 2.0], kind="value_and_grad")

    @numba.njit  # type: ignore[untyped-decorator]  # Numba's
    def loop(q: Any, out: Any) -> Any:
        for _ in range(10):
            g(q.ctypes, out.ctypes)
            q -= 0.1 * out[1:]
        return f(q[0])

    q, out = numpy.array([0.5, -1.0]), numpy.zeros(3)
    value = loop(q, out)
    p = [0.5, -1.0]
    for _ in range(10):
        slopes = grad(lambda q: sin(q[0]) * q[1] + q[1] ** 2)(p)
        p = [a - 0.1 * b for a, b in zip(p, slopes, strict=True)]
    assert q.tolist() == pytest.approx(p, rel=1e-14)
    assert value == pytest.approx(p[0] * math.sin(p[0]), rel=1e-14)


def branching(x: Any) -> Any:
    return log(x) if x > 1 else sqrt(x) if x > 0 else x * x


def test_where_it_branches_the_ways_taken_so_far_are_known() -> None:
    c = compile(branching)
    c(2.0)
    once = c.cfunc(kind="grad")
    assert called(once, [4.0], 1) == (0, [0.25])
    status, (slope,) = called(once, [0.25], 1)
    assert status == 1
    assert math.isnan(slope)
    c(0.25)
    assert called(c.cfunc(kind="grad"), [0.25], 1) == (0, [1.0])
    assert math.isnan(c.cfunc()(-1.0))


AT_EDGES: dict[str, Callable[..., Any]] = {
    **{f.__name__: f for f in (sqrt, log, exp, sin, lgamma, gamma)},
    "quotient": lambda x: 1 / x,
    "digamma": lambda x: polygamma(0, x),
    "hypotenuse": lambda x: hypot(x, 1),
}


@pytest.mark.parametrize("f", AT_EDGES.values(), ids=AT_EDGES.keys())
def test_at_the_edges_it_gives_nan_or_infinity(f: Callable[..., Any]) -> None:
    function = compile(lambda x: f(x) * 1.0).cfunc(0.75, kind="value_and_grad")
    for x in EDGES:
        with ieee():
            wanted = value_and_grad(lambda x: f(x) * 1.0)(x)
        got = called(function, [x], 2)[1]
        assert all(close(y, z, 1e-13) for y, z in zip(got, wanted, strict=True)), (x, got, wanted)


def test_results_may_go_where_the_arguments_stand() -> None:
    f = compile(lambda x: [x[1], x[0], x[0] * x[1]]).cfunc([1.0, 2.0, 0.0], signature="int (double *, double *)")
    numbers = (ctypes.c_double * 3)(2.0, 3.0, 0.0)
    f(numbers, numbers)
    assert [*numbers] == [3.0, 2.0, 6.0]


def test_it_keeps_its_code_and_what_is_outside_as_it_was() -> None:
    w = Value(2.0)
    f = compile(lambda x: x * w).cfunc(1.0)
    w.data = 3.0
    gc.collect()
    with ThreadPoolExecutor(4) as pool:
        assert [*pool.map(f, range(100))] == [2.0 * x for x in range(100)]


def test_a_function_without_numbers_and_a_condition_as_a_result() -> None:
    assert compile(lambda n: exp(float(n)) * Value(1.0)).cfunc("2")() == pytest.approx(math.exp(2.0))
    assert compile(lambda x: where(x > 0, 1.0, 0.0)).cfunc(1.0)(2.0) == 1.0


def test_what_cannot_be_is_refused_in_words() -> None:
    c = compile(lambda x, y: x * y)
    with pytest.raises(
        ValueError, match=r"^There is no signature 'float \(float\)'; there are 'double \(double, \.\.\.\)', "
    ):
        c.cfunc(1.0, 2.0, signature="float (float)")
    with pytest.raises(
        ValueError, match=r"^A function of 'double \(double, \.\.\.\)' gives one number; hessian has 4\.$"
    ):
        compile(lambda x: x[0] * x[1]).cfunc([1.0, 2.0], kind="hessian", signature="double (double, ...)")
    with pytest.raises(ValueError, match=r"^There is no 'slope'; there are value, "):
        c.cfunc(1.0, 2.0, kind="slope")
    with pytest.raises(CompileError, match="no call so far"):
        c.cfunc()


def test_without_llvmlite_the_error_names_the_extra() -> None:
    code = (
        "import sys; sys.modules['llvmlite'] = None\nfrom autograd import compile\ncompile(lambda x: x * x).cfunc(1.0)"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert out.stderr.splitlines()[-1].startswith("ModuleNotFoundError: ")
    assert "scalar-autograd[fast]" in out.stderr


def test_loops_are_loops() -> None:
    pytest.importorskip("numpy")
    from tests.test_compiler_loops import AT, FUNCTIONS

    for f in FUNCTIONS:
        c = compile(f)
        wanted = flatten(c.value_and_grad(AT))[0]
        status, got = called(c.cfunc(AT, kind="value_and_grad"), AT, len(wanted))
        assert status == 0
        assert got == pytest.approx(wanted, rel=1e-12, abs=1e-14), f.__name__


def test_a_long_loop_stores_what_it_needs_outside_the_stack_and_a_branch_may_follow_one() -> None:
    def f(x: Any) -> Any:
        y = scan(lambda c, _: (sin(c) * x, None), x, length=5000)[0]
        return y * x if y > 0.1 else y - x

    c = compile(f)
    wanted = [(x, [*c.value_and_grad(x)]) for x in (1.5, 0.5)]
    function = c.cfunc(kind="value_and_grad")
    for x, found in wanted:
        assert called(function, [x], 2) == (0, found)
    with ThreadPoolExecutor(4) as pool:
        assert {*pool.map(lambda _: tuple(called(function, [1.5], 2)[1]), range(40))} == {tuple(wanted[0][1])}
