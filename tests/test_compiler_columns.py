"""Columns on every engine: row by row they are what single calls give, and IEEE 754 where those raise."""

from __future__ import annotations

import math
import os
import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings

import autograd
from autograd import CompileError, Value, cos, exp, ieee, ops, relu, sigmoid, sin, sqrt, tanh, where
from autograd.op import Op, as_float
from tests.graphs import smooth_graphs
from tests.naive import Graph
from tests.test_compiler_graphs import function
from tests.test_compiler_python import families
from tests.test_ops import ROWS

pytest.importorskip("llvmlite")
ENGINES = ["numpy", "llvm"]
every_engine = pytest.mark.parametrize("engine", ENGINES)


def near(x: float, y: float) -> bool:
    """Alike, to 1e-12 and where a sine is next to nothing to 1e-15."""
    return x == y or (x != x and y != y) or abs(x - y) <= 1e-12 * max(abs(x), abs(y)) + 1e-15


def eagerly(f: Callable[..., Any], *args: float) -> tuple[float, tuple[float, ...]]:
    with ieee():
        return autograd.value_and_grad(f, range(len(args)))(*args)


def faults(f: Callable[..., Any], lines: list[list[float]], engine: str) -> list[Any]:
    """The rows in which columns are not what eager calls give."""
    columns = [np.array(column) for column in zip(*lines, strict=True)]
    y, slopes = autograd.compile(f, range(len(columns)), engine=engine).value_and_grad(*columns)
    wrong = []
    for i, xs in enumerate(lines):
        expected, got = eagerly(f, *xs), (float(y[i]), tuple(float(slope[i]) for slope in slopes))
        if not all(map(near, (got[0], *got[1]), (expected[0], *expected[1]))):
            wrong.append((xs, expected, got))
    return wrong


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_every_row_of_the_table_is_on_numpy_what_it_is_eagerly_everywhere(row: Op) -> None:
    for f, lines in families(row):
        assert not faults(f, lines, "numpy")


def several(rows: list[Op]) -> Callable[..., Any]:
    """All functions of as many arguments, so that they are compiled to machine code together."""
    return lambda *xs: [row(*xs) for row in rows]


@pytest.mark.parametrize("arity", [1, 2])
def test_every_row_of_the_table_is_in_machine_code_what_it_is_eagerly_everywhere(arity: int) -> None:
    rows = [row for row in ROWS if row.arity == arity and not row.vectors and row.name not in ("power", "polygamma")]
    lines = sorted({tuple(line) for row in rows for _, found in families(row) for line in found})
    columns = [np.array(column) for column in zip(*lines, strict=True)]
    ours = autograd.compile(several(rows), engine="llvm")
    for direction in np.eye(arity):
        values, slopes = ours.jvp(columns, [np.full(len(lines), d) for d in direction])
        for row, value, slope in zip(rows, values, slopes, strict=True):
            wrong = []
            for xs, y, dy in zip(lines, value, slope, strict=True):
                with ieee():
                    # Columns carry a direction that is 0, and so does the eager one where it is a Value.
                    expected = [as_float(x) for x in autograd.jvp(row, xs, [Value(d) for d in direction])]
                # Only where it is called with it does the eager one know of a direction that is nothing.
                alike = near(expected[0], y) and (near(expected[1], dy) or not math.isfinite(expected[1]))
                wrong += [] if alike else [(xs, expected, (y, dy))]
            assert not wrong, row.name


def test_powers_vectors_and_what_no_library_has_are_in_machine_code_too() -> None:
    def f(x: Any, y: Any, z: Any) -> Any:
        powers = sum(x**n for n in (-2, -1, 0.5, 1.5, 2, 3, 4, 2.5))
        vectors = autograd.logsumexp([x, y, z]) + autograd.dot([x, y], [y, z]) + autograd.softmax([x, y, z])[0]
        return powers * vectors + autograd.polygamma(1, x) + autograd.cbrt(y)

    rng = np.random.default_rng(0)
    lines = [[float(x), float(y), float(z)] for x, y, z in zip(*rng.uniform(0.5, 3, (3, 50)), strict=True)]
    assert not faults(f, [*lines, [0.0, -1.0, 2.0], [math.inf, 1.0, 1.0], [math.nan, 1.0, 1.0]], "llvm")


@every_engine
@given(graph=smooth_graphs())
@settings(max_examples=20 if "CI" not in os.environ else 10)
def test_random_graphs_are_on_columns_what_they_are_eagerly(graph: Graph, engine: str) -> None:
    f = function(graph)
    xs = list(graph.leaves)
    expected = eagerly(f, *xs)
    y, slopes = autograd.compile(f, range(len(xs)), engine=engine).value_and_grad(*[np.full(3, x) for x in xs])
    scale = max(1.0, abs(expected[0]), *map(abs, expected[1]))
    single = autograd.compile(f, range(len(xs)), engine=engine).value_and_grad(*xs)
    for y, slopes in [(single[0], single[1]), *((y[i], [slope[i] for slope in slopes]) for i in range(3))]:
        got = [float(y), *map(float, slopes)]
        assert got == pytest.approx([expected[0], *expected[1]], rel=1e-11, abs=1e-11 * scale)


# -- shapes -----------------------------------------------------------------------------------------------------


def formula(x: Any, y: Any, z: Any) -> Any:
    """The course's: cosine of x^2 y, and x^2 times the root of z."""
    return cos(x**2 * y) + x**2 * sqrt(z)


def rows(n: int, seed: int = 0) -> Any:
    return np.random.default_rng(seed).uniform(0.5, 2.0, (3, n))


@every_engine
@pytest.mark.parametrize("n", [0, 1, 7, 4096, 4097, 10_000])
def test_columns_of_any_length_give_columns(engine: str, n: int) -> None:
    f = autograd.compile(formula, (0, 1, 2), engine=engine)
    xs = rows(n)
    y, slopes = f.value_and_grad(*xs)
    assert y.shape == (n,)
    for i in {0, n // 2, n - 1} if n else ():
        expected = eagerly(formula, *map(float, xs[:, i]))
        assert (y[i], *(s[i] for s in slopes)) == pytest.approx((expected[0], *expected[1]), rel=1e-14)
    assert f(*xs) == pytest.approx(y, rel=1e-14)
    assert [s.tolist() for s in f.grad(*xs)] == [s.tolist() for s in slopes]


@every_engine
def test_columns_and_numbers_broadcast_and_need_not_be_contiguous_or_floats(engine: str) -> None:
    f = autograd.compile(formula, (0, 2), engine=engine)
    x = np.arange(1, 13).reshape(3, 4)[:, ::2]
    z = np.array([[1], [2], [3]], dtype=np.float32)
    y, (dx, dz) = f.value_and_grad(x, 0.5, z)
    assert y.shape == dx.shape == dz.shape == (3, 2)
    for i in range(3):
        for j in range(2):
            args = float(x[i, j]), 0.5, float(z[i, 0])
            expected = autograd.value_and_grad(formula, (0, 2))(*args)
            assert (y[i, j], dx[i, j], dz[i, j]) == pytest.approx((expected[0], *expected[1]), rel=1e-13)


@every_engine
def test_single_calls_are_those_of_python_with_its_branches_and_errors(engine: str) -> None:
    f = autograd.compile(lambda x: sqrt(x) if x < 4 else x, engine=engine)
    assert f.value_and_grad(1.0) == (1.0, 0.5)
    assert f.value_and_grad(9) == (9.0, 1.0)
    assert f(np.float64(9.0)) == f(np.array(9.0)) == 9.0
    with pytest.raises(autograd.DomainError):
        f(-1.0)


@every_engine
def test_structures_hold_columns(engine: str) -> None:
    def f(point: Any, weights: Any) -> Any:
        return point["x"] * weights[0] ** 2 + point["y"][0] * weights[1]

    ours = autograd.compile(f, (0, 1), engine=engine)
    point = {"x": np.array([1.0, 2.0]), "y": (3.0,)}
    y, (d_point, d_weights) = ours.value_and_grad(point, [2.0, np.array([5.0, 7.0])])
    assert y.tolist() == [19.0, 29.0]
    assert {"x": d_point["x"].tolist(), "y": d_point["y"][0].tolist()} == {"x": [4.0, 4.0], "y": [5.0, 7.0]}
    assert [d.tolist() for d in d_weights] == [[4.0, 8.0], [3.0, 3.0]]


@every_engine
def test_second_and_directional_derivatives_are_columns_too(engine: str) -> None:
    f = autograd.compile(formula, (0, 1), engine=engine)
    xs = rows(5)
    hessian = f.hessian(*xs)
    y, moved = f.jvp(xs, (1.0, 2.0, np.zeros(5)))
    for i in range(5):
        point = [float(x[i]) for x in xs]
        expected = autograd.hessian(formula, (0, 1))(*point)
        assert [[float(h[i]) for h in row] for row in hessian] == pytest.approx(np.array(expected), rel=1e-12)
        assert (y[i], moved[i]) == pytest.approx(autograd.jvp(formula, point, (1.0, 2.0, 0.0)), rel=1e-13)
    y, moved = f.jvp((1.0, 2.0, 4.0), (np.array([1.0, 0.0]), 0.0, 0.0))
    assert moved.tolist() == pytest.approx([autograd.grad(formula)(1.0, 2.0, 4.0), 0.0])


@every_engine
def test_results_may_be_constants_arguments_conditions_and_the_same_twice(engine: str) -> None:
    f = autograd.compile(lambda x, y: [2.0, x, x, x * y, x * y, where(x > 0, 1.0, y)], engine=engine)
    values = f(np.array([1.0, -1.0]), 3.0)
    assert [v.tolist() for v in values] == [[2, 2], [1, -1], [1, -1], [3, -3], [3, -3], [1, 3]]
    g = autograd.compile(lambda x, y: x, (0, 1), engine=engine)
    assert [d.tolist() for d in g.grad(np.array([5.0, 6.0]), 1.0)] == [[1.0, 1.0], [0.0, 0.0]]


@every_engine
def test_the_data_of_values_outside_is_read_at_each_call(engine: str) -> None:
    w = Value(2.0, "w")
    f = autograd.compile(lambda x: w * x + Value(1.0), engine=engine)
    x = np.array([1.0, 2.0])
    assert f(x).tolist() == [3.0, 5.0]
    w.data = 10.0
    assert f(x).tolist() == [11.0, 21.0]


@every_engine
def test_texts_and_flags_stay_what_they_are(engine: str) -> None:
    f = autograd.compile(
        lambda x, how, twice=False: (sin if how == "sin" else exp)(x) * (2 if twice else 1), engine=engine
    )
    x = np.array([0.0, 1.0])
    assert f(x, "sin").tolist() == pytest.approx([0.0, math.sin(1)])
    assert f(x, "exp", twice=True).tolist() == pytest.approx([2.0, 2 * math.e])


# -- what columns do not do -------------------------------------------------------------------------------------


@every_engine
def test_a_branch_is_an_error_that_names_the_line_and_the_cure(engine: str) -> None:
    def f(x: Any) -> Any:
        if x > 0:
            return x
        return -x

    line = f.__code__.co_firstlineno + 1
    ours = autograd.compile(f, engine=engine)
    for _ in range(2):
        with pytest.raises(CompileError, match=rf"test_compiler_columns\.py, line {line}: .*autograd\.where\("):
            ours(np.array([1.0, -1.0]))
    assert ours(-1.0) == 1.0


@every_engine
def test_where_leaks_nothing_from_the_other_side(engine: str) -> None:
    def f(x: Any) -> Any:
        safe = where(x > 0, lambda: sqrt(x) + 1 / x, 0.0)
        both = where(x > 1, lambda: autograd.log(x - 1), 0.0) + where(x < -1, lambda: autograd.log(-1 - x), 0.0)
        return safe + both + where((x > 0) & (x < 2) | (x == -3), x, 1.0)

    assert not faults(f, [[x] for x in (-3.0, -1.0, -0.5, 0.0, 0.5, 1.0, 1.5, 2.0, 4.0)], engine)


@every_engine
def test_nothing_warns_and_outside_a_domain_there_is_nan(engine: str) -> None:
    f = autograd.compile(lambda x: autograd.log(x) + 1 / x + exp(x), engine=engine)
    y, slope = f.value_and_grad(np.array([-1.0, 0.0, 1000.0, math.nan]))
    assert np.isnan(y).tolist() == [True, True, False, True]
    assert y[2] == math.inf
    assert np.isfinite(slope[0])


@every_engine
def test_constants_for_which_python_raises_are_those_of_ieee(engine: str) -> None:
    def f(x: Any) -> Any:
        zero = Value(0.0)
        return where(x > 0, lambda: x / zero, x) + where(x > 1, lambda: autograd.log(zero), 0.0)

    assert autograd.compile(f, engine=engine)(np.array([-1.0, 0.5, 2.0])).tolist() == pytest.approx(
        [-1.0, math.inf, math.nan], nan_ok=True
    )


@pytest.mark.parametrize("name", ["cuda", "numba"])
def test_there_are_three_engines(name: str) -> None:
    with pytest.raises(ValueError, match=rf"^There is no engine '{name}'; there are 'python', 'numpy', 'llvm'\.$"):
        autograd.compile(sin, engine=name)
    f = autograd.compile(lambda v: v[0] * v[1])  # on Python an array is a structure
    assert f.grad(np.array([2.0, 3.0])).tolist() == [3.0, 2.0]


@every_engine
def test_arrays_of_values_are_recorded(engine: str) -> None:
    f = autograd.compile(lambda x: x * x, engine=engine)
    x = Value(3.0)
    assert f(np.array([x, 2.0], dtype=object))[0].op is ops.mul


@every_engine
def test_a_label_of_any_kind_is_a_name(engine: str) -> None:
    def f(multiply: Any, b_1: Any, range: Any, value: Any) -> Any:  # on purpose
        product = multiply * b_1 * range * value
        product.label = "njit x_column"
        return product * sin(product)

    lines = [[1.0, 2.0, 3.0, 0.5], [0.1, 0.2, 3.0, 4.0]]
    assert not faults(f, lines, engine)


# -- NumPy ------------------------------------------------------------------------------------------------------


def test_the_program_for_numpy_writes_into_as_few_buffers_as_it_can() -> None:
    def f(x: Any) -> Any:
        for _ in range(20):
            x = x * x + 1
        return x

    ours = autograd.compile(f, engine="numpy")
    ours(np.array([0.5]))
    assert ours.source.count("zeros((1, n))") == 1
    assert "    def value(x, results):" in ours.source.splitlines()
    assert ours.source.count("multiply(") == 20


def test_sine_and_cosine_of_one_angle_are_one_tangent() -> None:
    ours = autograd.compile(sin, engine="numpy")
    x = np.array([0.0, -0.5, 3.0, math.pi / 2, 1e5, 1e22, math.inf])
    y, slope = ours.value_and_grad(x)
    assert "tan(" in ours.source
    assert y.tolist() == pytest.approx([math.sin(a) if a < math.inf else math.nan for a in x], abs=1e-15, nan_ok=True)
    assert slope.tolist() == pytest.approx(
        [math.cos(a) if a < math.inf else math.nan for a in x], abs=1e-15, nan_ok=True
    )
    ours(x)
    assert "sin(" in ours.source


def test_long_sums_are_summed_into_one_buffer() -> None:
    def f(*xs: Any) -> Any:
        return autograd.sum([x * x for x in xs]) * autograd.sum(xs)

    assert not faults(f, [[float(i + j) for i in range(7)] for j in range(3)], "numpy")


def test_threads_do_not_share_buffers() -> None:
    f = autograd.compile(lambda x: tanh(sigmoid(x) * x) + relu(x), engine="numpy")
    columns = [rows(20_000, seed)[0] for seed in range(4)]
    expected = [f(column) for column in columns]
    wrong = []

    def work(column: Any, y: Any) -> None:
        for _ in range(20):
            if not np.array_equal(f(column), y):
                wrong.append(column)

    threads = [threading.Thread(target=work, args=pair) for pair in zip(columns, expected, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


@pytest.mark.parametrize("engine", ["numpy", "llvm"])
def test_what_does_not_move_adds_nothing_not_even_zero_times_infinity(engine: str) -> None:
    def f(x: Any, y: Any) -> Any:
        return x * x + autograd.sqrt(y), y

    x, y, moves = np.array([1.0, 1.0, 1.0]), np.array([0.0, 4.0, 0.0]), np.array([0.0, 1.0, 1.0])
    (value, _), (moved, _) = autograd.compile(f, engine=engine).jvp((x, y), (np.ones(3), moves))
    assert value.tolist() == [1.0, 3.0, 1.0]
    assert moved.tolist() == [2.0, 2.25, math.inf]


RATE = 2.0


@every_engine
def test_a_call_that_is_known_asks_all_the_same_what_has_changed(engine: str) -> None:
    global RATE
    w, rows = Value(3.0), [1.0]

    def f(x: Any, y: float = 1.0) -> Any:
        return x * y * RATE * w + rows[0]

    ours, x = autograd.compile(f, engine=engine), np.array([1.0, 2.0])
    try:
        assert [ours(x, 1.0).tolist() for _ in range(3)] == [[7.0, 13.0]] * 3
        RATE = 1.0
        assert ours(x, 1.0).tolist() == [4.0, 7.0]
        w.data = 5.0
        assert ours(x, 1.0).tolist() == [6.0, 11.0]
        rows[0] = 0.0
        assert ours(x, 2.0).tolist() == [10.0, 20.0]
        RATE = 2.0
        assert ours(x, x).tolist() == [10.0, 40.0]
        assert ours(2.0, x).tolist() == [20.0, 40.0]
        assert ours(np.array(2.0), 1.0) == ours(2.0) == 20.0
        assert ours(x.astype(np.int64), 1.0).tolist() == ours(x).tolist() == [10.0, 20.0]
        f.__defaults__ = (0.5,)
        assert ours(x).tolist() == [5.0, 10.0]
        assert ours(x[None], 1.0).tolist() == [[10.0, 20.0]]
        assert ours.grad(x, 1.0).tolist() == [10.0, 10.0]
        assert ours.value_and_grad(x, 1.0)[1].tolist() == [10.0, 10.0]
    finally:
        RATE = 2.0


@every_engine
def test_a_column_within_a_list_is_no_column_itself(engine: str) -> None:
    ours, x = autograd.compile(lambda p, y: p * y if not isinstance(p, list) else p[0] - y, engine=engine), np.ones(2)
    for _ in range(2):
        assert ours([x], 3 * x).tolist() == [-2.0, -2.0]
        assert ours(x, 3 * x).tolist() == [3.0, 3.0]
