"""Taylor coefficients of any order, beside those of mpmath and closed forms."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from mpmath import mp

from autograd import (
    DomainError,
    Value,
    atan2,
    compile,
    cos,
    custom,
    exp,
    grad,
    gradients,
    ieee,
    linear,
    log,
    maximum,
    no_grad,
    ops,
    relu,
    scan,
    sin,
    sqrt,
    taylor,
    value_and_grad,
    where,
    while_loop,
)
from autograd.op import Op
from tests import naive
from tests.graphs import apply, smooth_graphs
from tests.naive import Graph

Coefficients = list[Any]


def of_definition(f: Callable[[Any], Any], order: int) -> Coefficients:
    """The coefficients of `f` at 0, by differences of its values."""
    with mp.workdps(80):
        return [mp.mpf(c) for c in mp.taylor(f, 0, order)]


def assert_close(ours: Coefficients, exact: Coefficients, tolerance: float) -> None:
    size = max(1, *map(abs, exact))
    assert [k for k, (a, b) in enumerate(zip(ours, exact, strict=True)) if not abs(a - b) <= tolerance * size] == []


# -- beside the definitions -----------------------------------------------------------------------------------


def _points(row: Op) -> list[tuple[float, ...]]:
    if row.vectors:
        return [(0.5, -2.0, 3.25, 1.5, 0.75)[: 4 + row.arity - row.vectors]]
    points = [(x, y)[: row.arity] for x in (-2.25, 0.3, 2.6) for y in (2.1, -0.75)]
    if row.name == "power":
        points = [(x, n) for x, _ in points for n in (0.0, 0.5, 2.0, -3.0, 7.0)]
    if row.name == "polygamma":
        points = [(2.0, x) for x, _ in points]
    defined = [xs for xs in dict.fromkeys(points) if row.domain is None or row.domain.contains(*xs)]
    return [xs for xs in defined if row.name not in naive.KINKS or naive.KINKS[row.name](*xs) != 0]


@pytest.mark.parametrize("row", list(ops.TABLE.values()), ids=lambda row: row.name)
def test_every_function_of_the_table_has_its_series(row: Op) -> None:
    for xs in _points(row):
        variables = [i for i in range(len(xs)) if (row.name, i) not in naive.PARAMETERS]
        for moving in [[i] for i in variables] + [variables] * (len(variables) > 1):
            speeds = [(1.0, -0.5, 0.25)[i % 3] * (i in moving) for i in range(len(xs))]

            def f(v: list[Any], xs: tuple[float, ...] = xs, variables: list[int] = variables) -> Any:
                operands: list[Any] = list(xs)
                for i, x in zip(variables, v, strict=True):
                    operands[i] = x
                return Value.read(row, tuple(operands))

            def definition(t: Any, xs: tuple[float, ...] = xs, speeds: list[float] = speeds) -> Any:
                return naive.DEFINITIONS[row.name](
                    *[mp.mpf(x) + v * t if v else mp.mpf(x) for x, v in zip(xs, speeds, strict=True)]
                )

            ours = taylor(f, [xs[i] for i in variables], 8, direction=[speeds[i] for i in variables])
            assert_close(ours, of_definition(definition, 8), 2e-14)


@given(smooth_graphs())
def test_a_graph_has_the_series_of_its_definitions(graph: Graph) -> None:
    def f(leaves: list[Any]) -> Any:
        return graph.run(leaves, apply)[-1]

    def definition(t: Any) -> Any:
        return naive.evaluate(graph, [mp.mpf(x) + t for x in graph.leaves])[0][-1]

    ours = taylor(f, list(graph.leaves), 4, direction=[1.0] * len(graph.leaves))
    assert_close(ours, of_definition(definition, 4), 1e-9)


# -- closed forms ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("f", "x", "coefficients"),
    [
        (exp, 0.0, [1 / math.factorial(k) for k in range(12)]),
        (lambda x: 1 / (1 - x), 0.0, [1.0] * 12),
        (lambda x: 1 / (1 - x), 0.5, [2.0 ** (k + 1) for k in range(12)]),
        (lambda x: log(1 + x), 0.0, [0.0, *[(-1) ** (k + 1) / k for k in range(1, 12)]]),
        (
            lambda x: x**0.5,
            1.0,
            [float(ops.TABLE["gamma"](1.5) / ops.gamma(k + 1.0) / ops.gamma(1.5 - k)) for k in range(12)],
        ),
        (lambda x: x**3, 0.0, [0.0, 0.0, 0.0, 1.0, 0.0, 0.0]),
        (lambda x: x**3, 2.0, [8.0, 12.0, 6.0, 1.0, 0.0]),
        (lambda x: x**0, 0.0, [1.0, 0.0, 0.0]),
        (lambda x: x**-2, 2.0, [0.25, -0.25, 0.1875, -0.125]),
        (lambda x: x / (x * x), 1.0, [1.0, -1.0, 1.0, -1.0]),
        (lambda x: 3.0, 1.0, [3.0, 0.0, 0.0]),
        (lambda x: x, 2.0, [2.0, 1.0, 0.0]),
        (lambda x: x, 2.0, [2.0]),
    ],
)
def test_series_are_those_of_textbooks(f: Any, x: float, coefficients: list[float]) -> None:
    assert taylor(f, x, len(coefficients) - 1) == pytest.approx(coefficients, rel=1e-14)


def test_of_a_polynomial_nothing_is_rounded() -> None:
    assert taylor(lambda x: (x - 1) * (x + 3) * x**2 / 4, 2.0, 5) == [5.0, 11.0, 8.25, 2.5, 0.25, 0.0]


def test_a_thousand_coefficients_of_a_power_do_not_overflow_on_the_way() -> None:
    with mp.workdps(30):
        exact = mp.binomial(0.5, 1000) * mp.mpf(0.5) ** -999.5
        assert taylor(lambda x: x**0.5, 0.5, 1000)[1000] == pytest.approx(float(exact), rel=1e-12)


def test_long_chains_do_not_recurse() -> None:
    def f(x: Any) -> Any:
        for _ in range(5000):
            x = x + 1.0
        return x

    assert taylor(f, 0.5, 2) == [5000.5, 1.0, 0.0]


# -- edges ----------------------------------------------------------------------------------------------------


def test_infinite_slopes_are_infinite() -> None:
    assert taylor(sqrt, 0.0, 2) == [0.0, math.inf, -math.inf]
    assert taylor(lambda x: sqrt(x) * 0.0 + x, 0.0, 1)[0] == 0.0


def test_where_no_path_leads_infinities_do_not_matter() -> None:
    assert taylor(lambda v: v[0] * 2 + sqrt(v[1]), [1.0, 0.0], 3, direction=[1.0, 0.0]) == [2.0, 2.0, 0.0, 0.0]


def test_on_a_kink_the_slopes_are_those_of_the_table() -> None:
    assert taylor(abs, 0.0, 2) == [0.0, 0.0, 0.0]
    assert taylor(relu, 0.0, 2) == [0.0, 0.0, 0.0]
    assert taylor(lambda x: maximum(x, 2.0), 2.0, 2) == [2.0, 0.5, 0.0]


def test_branches_are_those_at_the_point() -> None:
    def f(x: Any) -> Any:
        return where(x > 1, lambda: log(x), lambda: x * x)

    assert taylor(f, 0.5, 2) == [0.25, 1.0, 1.0]
    assert taylor(f, 2.0, 1) == [math.log(2.0), 0.5]


def test_outside_its_domain_a_function_raises_as_ever() -> None:
    with pytest.raises(DomainError, match=r"log is defined for x > 0, got -1\.0"):
        taylor(log, -1.0, 2)
    with ieee():
        assert math.isnan(taylor(log, -1.0, 2)[0])
        assert taylor(lambda x: 1 / x, 0.0, 1) == [math.inf, -math.inf]


@pytest.mark.parametrize("order", [-1, 1.5, "2", None])
def test_an_order_that_is_none_is_refused(order: Any) -> None:
    with pytest.raises(ValueError, match=r"^order is a whole number from 0 on, that of the last coefficient; got "):
        taylor(sin, 1.0, order)


def test_a_direction_has_the_structure_of_the_argument() -> None:
    with pytest.raises(
        ValueError, match=r"^direction has to be a list of length 2, as in the argument; it is a number"
    ):
        taylor(sum, [1.0, 2.0], 1)


def test_structures_go_in_and_come_out() -> None:
    c = taylor(
        lambda d: {"y": sin(d["a"] * d["b"][0]), "n": 7.0}, {"a": 0.3, "b": [2.0]}, 2, direction={"b": [0.0], "a": 1.0}
    )
    assert [x["n"] for x in c] == [7.0, 0.0, 0.0]
    assert [x["y"] for x in c] == pytest.approx([math.sin(0.6), 2 * math.cos(0.6), -2 * math.sin(0.6)])
    array = taylor(np.exp, np.array([0.0, 1.0]), 2, direction=np.array([1.0, 1.0]))
    assert [x.tolist() for x in array] == [pytest.approx([1 / f, math.e / f]) for f in (1, 1, 2)]


def test_functions_of_ones_own_have_series() -> None:
    twice_exp = custom("twice_exp", lambda m, x: ((y := 2 * m.exp(x)), (y,)))
    assert taylor(twice_exp, 0.0, 3) == pytest.approx([2.0, 2.0, 1.0, 1 / 3], rel=1e-15)
    square_by_if = custom("square_by_if", lambda m, x: (x * x if x else 0.0, (2 * x if x else 0.0,)))
    assert taylor(square_by_if, 3.0, 3) == [9.0, 6.0, 1.0, 0.0]
    assert taylor(square_by_if, 0.0, 1) == [0.0, 0.0]


# -- Values outside -------------------------------------------------------------------------------------------


def test_a_series_can_be_differentiated() -> None:
    def third(w: Any) -> Any:
        return taylor(lambda x: sin(w * x), 0.5, 3)[3]

    assert grad(third)(2.0) == pytest.approx(-(3 * 4 * math.cos(1.0) - 8 * 0.5 * math.sin(1.0)) / 6, rel=1e-14)
    assert grad(grad(lambda x: taylor(exp, x, 2)[2]))(1.0) == pytest.approx(math.e / 2, rel=1e-15)
    assert grad(lambda s: taylor(exp, 1.0, 2, direction=s)[2])(3.0) == pytest.approx(3 * math.e, rel=1e-15)


def test_values_outside_stay_values() -> None:
    w = Value(2.0)
    with no_grad():
        c = taylor(lambda x: atan2(w, x) + linear([w, x], [x, w], 1.0) + x**w, 0.5, 2)
    slopes = [
        value_and_grad(lambda w, k=k: taylor(lambda x: atan2(w, x) + 2 * w * x + 1.0 + x**w, 0.5, 2)[k])(2.0)
        for k in (0, 1, 2)
    ]
    assert [(y.data, gradients(y, [w])[0].data) for y in c] == [pytest.approx(pair, rel=1e-14) for pair in slopes]


def test_a_function_that_takes_series_compiles_with_its_branches() -> None:
    def f(x: Any) -> Any:
        return taylor(lambda t: where(t > 1, lambda: log(t), lambda: t * t * abs(t)) * cos(x * t) + t**2.5, x, 3)[3]

    program = compile(f)
    for x in (2.0, 0.5, 1.5):
        assert program.value_and_grad(x) == pytest.approx(value_and_grad(f)(x), rel=1e-13)


def test_a_function_that_takes_series_of_loops_compiles() -> None:
    def polynomial(x: Any) -> Any:
        return scan(lambda y, c: (y * x + c, None), 1.0, [1.0, 2.0, 3.0])[0]

    def until(x: Any) -> Any:
        return while_loop(lambda y: y < 10.0, lambda y: y * x, x)

    for engine in ("python", "llvm"):
        second = compile(lambda p: taylor(polynomial, p, 3)[2], engine=engine)  # of x^3 + x^2 + 2 x + 3
        assert second.value_and_grad(0.5) == pytest.approx((3 * 0.5 + 1, 3.0), rel=1e-15)
        power = compile(lambda p: taylor(until, p, 3)[3], engine=engine)
        assert power.value_and_grad(2.0) == pytest.approx((4 * 2.0, 4.0), rel=1e-15)
        assert power.value_and_grad(1.5) == pytest.approx((20 * 1.5**3, 60 * 1.5**2), rel=1e-15)
