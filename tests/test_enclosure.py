"""Intervals contain the exact numbers, are narrow, and our floats are beside them."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from mpmath import mp

from autograd import (
    DomainError,
    EnclosureUndecided,
    Interval,
    Value,
    acos,
    atan2,
    choose,
    cos,
    diagnose,
    enclose,
    exp,
    floor,
    grad,
    gradients,
    linear,
    log,
    logsumexp,
    maximum,
    ops,
    relu,
    sin,
    softmax,
    sqrt,
    where,
)
from autograd.op import Op
from tests import naive
from tests.graphs import NAMES, apply, record, smooth_graphs
from tests.naive import Graph

pytest.importorskip("flint")

DIGITS = 100
FUNCTIONS = 4.0  # where `diagnose` takes functions as correctly rounded, some of them err so many times as much


def holds(interval: Interval, x: Any, slack: Any = 0) -> bool:
    """Whether an interval contains one of mpmath's numbers, of which so much is not known."""
    return bool(mp.mpf(interval.lower) - slack <= x <= mp.mpf(interval.upper) + slack)


def steps(interval: Interval) -> int:
    """How many floats it reaches over, up to 10."""
    x, n = interval.lower, 0
    while x < interval.upper and n < 10:
        x, n = math.nextafter(x, math.inf), n + 1
    return n


# -- beside definitions in mpmath -----------------------------------------------------------------------------


def _points(row: Op) -> list[tuple[float, ...]]:
    if row.vectors:
        return [(0.5, -2.0, 3.25, 1.5, 0.75)[: 4 + row.arity - row.vectors]]
    points = [
        (x, y)[: row.arity]
        for x in (-30.3, -2.5, -0.75, 0.0, 0.1, 0.5, 1.0, 16.0, 700.0)
        for y in (2.0, -0.75, 0.0, 0.3)
    ]
    if row.name == "power":
        points = [(x, n) for x, _ in points for n in (0.0, 0.5, 2.0, -3.0, 0.3)]
    if row.name == "polygamma":
        points = [(n, x) for x, _ in points for n in (0.0, 1.0, 2.0)]
    return [xs for xs in dict.fromkeys(points) if row.domain is None or row.domain.contains(*xs)]


@pytest.mark.parametrize("row", list(ops.TABLE.values()), ids=lambda row: row.name)
def test_every_function_of_the_table_is_enclosed_to_the_last_digit(row: Op) -> None:
    for xs in _points(row):
        variables = [i for i in range(len(xs)) if (row.name, i) not in naive.PARAMETERS]

        def f(v: list[Any], xs: tuple[float, ...] = xs, variables: list[int] = variables) -> Any:
            operands: list[Any] = list(xs)
            for i, x in zip(variables, v, strict=True):
                operands[i] = x
            return v[0].read(row, tuple(operands))

        y, slopes = enclose(f)([xs[i] for i in variables])
        with mp.workdps(700):  # in which 1 - erf(30) has digits left
            assert holds(y, naive.DEFINITIONS[row.name](*map(mp.mpf, xs))), xs
            assert steps(y) <= 2
            kink = naive.KINKS.get(row.name)
            if kink is None or kink(*map(mp.mpf, xs)) != 0:
                for i, slope in zip(variables, slopes, strict=True):
                    if xs[i] != 0 and math.isfinite(slope.lower):
                        exact = naive.partial(row.name, i, [mp.mpf(x) for x in xs])
                        assert holds(slope, exact, abs(exact) * mp.mpf(10) ** -100 + mp.mpf(10) ** -200), (xs, i)
                        assert steps(slope) <= 2


@given(smooth_graphs())
def test_the_value_and_the_gradient_of_a_graph_are_enclosed(graph: Graph) -> None:
    y, slopes = enclose(lambda leaves: graph.run(leaves, apply)[-1])(list(graph.leaves))
    assert all(steps(interval) <= 2 for interval in (y, *slopes) if 0 not in interval)
    with mp.workdps(DIGITS):
        assert holds(y, naive.evaluate(graph, graph.leaves)[0][-1], mp.mpf(10) ** -90)
        for interval, exact in zip(slopes, naive.gradient(graph, graph.leaves), strict=True):
            assert holds(interval, exact, mp.mpf(10) ** -30)


@given(smooth_graphs([name for name in NAMES if name != "lgamma"]))  # which loses more near its zeros below 0
def test_floats_are_no_further_from_the_interval_than_diagnose_says(graph: Graph) -> None:
    y, slopes = enclose(lambda leaves: graph.run(leaves, apply)[-1])(list(graph.leaves))
    leaves, nodes = record(graph)
    nodes[-1].backward()
    numbers = [nodes[-1].data, *[leaf.grad or 0.0 for leaf in leaves]]
    for interval, x, node in zip((y, *slopes), numbers, (nodes[-1], *gradients(nodes[-1], leaves)), strict=True):
        error = FUNCTIONS * diagnose(node).rounding_error
        assert not x < interval.lower - error  # which is NaN where slopes on the way are infinite
        assert not x > interval.upper + error


# -- what an interval says ------------------------------------------------------------------------------------


def test_an_interval_says_how_many_digits_are_proved() -> None:
    y, slope = enclose(lambda x: x**2 * sin(x))(0.5)
    assert (y.digits, slope.digits) == (16, 16)
    assert y.mid in y
    assert y.upper + 1 not in y
    assert Interval(3.0, 3.0).digits == 17
    assert Interval(2.0, 2.1).digits == 1
    assert Interval(-1.0, 2.0).digits == Interval(-math.inf, math.inf).digits == Interval(1.0, math.inf).digits == 0


def test_constants_are_the_floats_that_they_are() -> None:
    y, _ = enclose(lambda x: x * 3)(0.1)
    with mp.workdps(60):
        assert holds(y, mp.mpf(0.1) * 3)
    assert enclose(lambda x: (0.1 + 0.2) * x)(1.0)[0] == Interval(0.1 + 0.2, 0.1 + 0.2)


def test_digits_that_floats_cancel_come_back_with_more_bits() -> None:
    assert enclose(lambda x: (1e300 + x) - 1e300)(0.1) == (Interval(0.1, 0.1), Interval(1.0, 1.0))
    y, slope = enclose(lambda x: (1 - cos(x)) / x**2)(1e-8)
    with mp.workdps(60):
        x = mp.mpf(1e-8)
        assert holds(y, (1 - mp.cos(x)) / x**2)
        assert holds(slope, mp.sin(x) / x**2 - 2 * (1 - mp.cos(x)) / x**3)
    assert max(map(steps, (y, slope))) <= 2


def test_structures_come_back_and_argnums_choose() -> None:
    y, slopes = enclose(lambda d: d["a"] * d["b"][0])({"a": 0.5, "b": [3.0]})
    assert (y, slopes) == (Interval(1.5, 1.5), {"a": Interval(3.0, 3.0), "b": [Interval(0.5, 0.5)]})
    assert enclose(lambda x, y: x * y, argnums=(0, 1))(2.0, 3.0)[1] == (Interval(3.0, 3.0), Interval(2.0, 2.0))
    assert enclose(lambda x: 3.0)(1.0) == (Interval(3.0, 3.0), Interval(0.0, 0.0))


def test_sums_of_exponentials_are_as_narrow() -> None:
    for x in ([1.0, 2.0, 3.0], [0.1, 0.1, -800.0]):
        y, slopes = enclose(lambda v: logsumexp(v) + softmax([2 * v[0], v[1], v[2]])[0])(x)
        assert max(map(steps, (y, *slopes))) <= 2


# -- conditions -----------------------------------------------------------------------------------------------


def _zero(x: Any) -> Any:
    """0 for x = 2, which no number of bits shows."""
    return sqrt(x) * sqrt(x) - x


def test_a_condition_that_bits_decide_takes_one_branch() -> None:
    assert enclose(lambda x: where(x > 0, lambda: log(x), lambda: x * 2))(-1.0) == (
        Interval(-2.0, -2.0),
        Interval(2.0, 2.0),
    )
    y, _ = enclose(lambda x: x if (1e300 + x) - 1e300 > 0 else -x)(0.1)
    assert y == Interval(0.1, 0.1)
    for yes, no in ((True, False), (np.True_, np.False_)):
        assert enclose(lambda x, yes=yes, no=no: where((x > 0) & yes | no, 2.0, x))(0.5)[0] == Interval(2.0, 2.0)
        assert enclose(lambda x, yes=yes, no=no: where((x > 0) & no, 2.0, x))(0.5)[0] == Interval(0.5, 0.5)
    assert enclose(lambda x: choose([x, 2 * x, 3 * x], floor(3 * x)))(0.5) == (Interval(1.0, 1.0), Interval(2.0, 2.0))


def test_a_condition_that_stays_undecided_takes_both() -> None:
    y, slope = enclose(lambda x: where(_zero(x) > 0, 2 * x, lambda: x))(2.0)
    assert y.lower == pytest.approx(2, rel=1e-8)
    assert y.upper == pytest.approx(4, rel=1e-8)
    assert all(s in slope for s in (1.0, 2.0))
    either = (
        lambda x: where((_zero(x) > 0) & (x > 0) | (_zero(x) == 0), x, 2 * x),
        lambda x: where(floor(_zero(x)) == 0, x, 2 * x),
    )
    for f in either:
        assert all(v in enclose(f)(2.0)[0] for v in (2.0, 4.0))
    assert enclose(lambda x: where((_zero(x) > 0) & (x < 0), x, 1.0))(2.0)[0] == Interval(1.0, 1.0)
    assert enclose(lambda x: where((_zero(x) > 0) | (x > 0), x, 1.0))(2.0)[0] == Interval(2.0, 2.0)


def test_an_if_on_such_a_condition_is_refused_with_the_cure() -> None:
    with pytest.raises(EnclosureUndecided, match=r"8192 bits do not tell apart; write where\(condition, a, b\)"):
        enclose(lambda x: x if _zero(x) > 0 else 2 * x)(2.0)
    with pytest.raises(EnclosureUndecided):
        enclose(lambda x: x if _zero(x) else 2 * x)(2.0)


def test_on_a_kink_the_slopes_are_those_of_the_table() -> None:
    assert enclose(abs)(0.0)[1] == enclose(relu)(0.0)[1] == Interval(0.0, 0.0)
    assert enclose(lambda x: maximum(x, 2.0))(2.0)[1] == Interval(0.5, 0.5)
    assert all(slope in enclose(lambda x: abs(_zero(x) + x - 2.0))(2.0)[1] for slope in (-1.0, 0.0, 1.0))


# -- edges ----------------------------------------------------------------------------------------------------


def test_what_is_infinite_is_not_proved() -> None:
    y, slope = enclose(sqrt)(0.0)
    assert (y, slope) == (Interval(0.0, 0.0), Interval(-math.inf, math.inf))
    assert enclose(exp)(1000.0)[0] == Interval(1.7976931348623157e308, math.inf)
    assert enclose(exp)(-1000.0)[0] == Interval(0.0, 5e-324)
    assert enclose(lambda x: log(x * math.inf))(1.0)[0] == Interval(-math.inf, math.inf)


def test_outside_its_domain_a_function_raises_as_ever() -> None:
    with pytest.raises(DomainError, match=r"log is defined for x > 0, got -1\.0"):
        enclose(log)(-1.0)
    with pytest.raises(DomainError, match="log is defined for x > 0"):
        enclose(lambda x: log(-sqrt(x)))(2.0)
    with pytest.raises(DomainError, match=r"for x < 0 with whole y, got x = -1\.0, y = 0\.5"):
        enclose(lambda x: (x - 3) ** (x / 2 - 0.5))(2.0)
    assert enclose(lambda x: acos(where(_zero(x) > 0, 1.5 * x, -1.5 * x)))(2.0)[0] == Interval(-math.inf, math.inf)
    assert enclose(lambda x: log(_zero(x)))(2.0)[0] == Interval(-math.inf, math.inf)


def test_no_float_leaves_an_enclosed_function_unnoticed() -> None:
    with pytest.raises(TypeError, match=r"there is no `\.data` within enclose\(f\), and no grad"):
        enclose(grad(sin))(1.0)
    with pytest.raises(TypeError, match="real number"):
        enclose(lambda x: math.sin(x))(1.0)
    with pytest.raises(AttributeError, match="has no 'backward'"):
        enclose(lambda x: x.backward())(1.0)


def test_values_outside_are_constants_wherever_they_stand() -> None:
    w = Value(0.25)
    y, slope = enclose(lambda x: atan2(w, x) + linear([w, w], [x, 1.0], w) + w**x + x.exp())(2.0)
    with mp.workdps(60):
        assert holds(y, mp.atan2(0.25, 2) + 1 + mp.mpf(0.0625) + mp.exp(2))
        assert holds(slope, -mp.mpf(0.25) / (4 + mp.mpf(0.0625)) + 0.25 + mp.mpf(0.0625) * mp.log(0.25) + mp.exp(2))
