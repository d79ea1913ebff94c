"""Compiled functions keep the digits, the infinities and the signs of zeros that eager ones have."""

from __future__ import annotations

import math
from typing import Any

import mpmath
import pytest

import autograd
from autograd import DomainError, logsumexp, softmax, where
from autograd.compiler.engines import ENGINES

INF = math.inf
INFINITE = [[INF, 1.0], [1.0, INF], [-INF, -INF], [INF, INF, 2.0], [-INF, 5.0], [math.nan, 1.0], [1.0, math.nan]]
LOGITS = [
    [0.0, -40.0],
    [-40.0, 0.0],
    [0.0, -40.0, -41.0],
    [-40.0, -41.0, 0.0],
    [-40.0, 0.0, -40.0],
    [1e3, 1e3, 999.0],
    [-1e300, 0.0, 1.0],
    [3.0],
    [-745.0, 0.0, -745.0, -36.0, -38.0],
]


@pytest.mark.parametrize("xs", LOGITS, ids=str)
def test_logsumexp_keeps_what_is_small_next_to_the_largest(xs: list[float]) -> None:
    with mpmath.workdps(400):
        expected = float(mpmath.log(mpmath.fsum(mpmath.exp(mpmath.mpf(x)) for x in xs)))
    program = autograd.compile(lambda xs: logsumexp(xs))
    assert program(xs) == pytest.approx(expected, rel=4e-16, abs=0)
    y, slopes = program.value_and_grad(xs)
    assert y == program(xs)
    assert slopes == pytest.approx(softmax(xs), rel=4e-16, abs=0)


@pytest.mark.parametrize("xs", INFINITE, ids=str)
def test_logsumexp_of_infinities_is_the_eager_one(xs: list[float]) -> None:
    program = autograd.compile(lambda xs: logsumexp(xs))
    expected = autograd.value_and_grad(lambda xs: logsumexp(xs))(xs)
    assert repr(program.value_and_grad(xs)) == repr(expected)
    assert repr(program(xs)) == repr(expected[0])


SIGNED: list[Any] = [
    lambda x, y: x + 0,
    lambda x, y: 0 + x,
    lambda x, y: 0 - x,
    lambda x, y: x - 0.0,
    lambda x, y: x - -0.0,
    lambda x, y: -x - y,
    lambda x, y: -3 * x - 3 * y,
    lambda x, y: -(x - y),
    lambda x, y: -x + y,
    lambda x, y: 3 * x - x,
    lambda x, y: x - x,
    lambda x, y: 0 * x,
    lambda x, y: 0 + x * y,
    lambda x, y: (0 + x) + y,
    lambda x, y: sum([x, y]),
    lambda x, y: x * -1 * y,
    lambda x, y: (0 + x) + x**2,
    lambda x, y: autograd.atan2(1.0, 2 * (x + 0.0) + y),
    lambda x, y: autograd.atan2(0 + x, 0 - y),
    lambda x, y: autograd.atan2(x * x * x, y) - y,
    lambda x, y: autograd.where(x > 0, x, 0.0) + autograd.where(x > 0, 0.0, y),
    lambda x, y: x / 2 - y / -4,
]
EDGES = [0.0, -0.0, 1.0, -1.0, INF, -INF, math.nan, 5e-324, 1e308]


@pytest.mark.parametrize("f", SIGNED, ids=range(len(SIGNED)))
def test_values_have_the_zeros_infinities_and_nans_of_eager_ones(f: Any) -> None:
    program, wrong = autograd.compile(f), []
    with autograd.ieee():
        for x in EDGES:
            for y in EDGES:
                node = f(autograd.Value(x), autograd.Value(y))
                got = program(x, y)
                wrong += [(x, y, node.data, got)] if repr(got) != repr(node.data) else []
    assert not wrong


OUTSIDE: list[Any] = [
    lambda x: x * autograd.log(-1.0),
    lambda x: autograd.sqrt(-1.0) + x,
    lambda x: x * autograd.pow(-2.0, 0.5),
    lambda x: x + autograd.dot([autograd.log(0.0)], [2.0]),
    lambda x: x if autograd.log(-1.0) < 3 else -x,
]


@pytest.mark.parametrize("f", OUTSIDE, ids=range(len(OUTSIDE)))
def test_a_constant_outside_a_domain_is_the_error_that_it_is_eagerly(f: Any) -> None:
    with pytest.raises(DomainError) as expected:
        f(autograd.Value(2.0))
    program = autograd.compile(f)
    for call in (program, program.value_and_grad, program):
        with pytest.raises(DomainError) as got:
            call(2.0)
        assert str(got.value) == str(expected.value)


def test_a_constant_outside_a_domain_is_no_error_in_the_branch_not_taken_or_where_ieee_754_decides() -> None:
    program = autograd.compile(lambda x: where(x > 0, x, lambda: x * autograd.log(-1.0)))
    assert program.value_and_grad(2.0) == (2.0, 1.0)
    with pytest.raises(DomainError, match=r"log is defined for x > 0, got -1\.0"):
        program(-2.0)
    with autograd.ieee():
        assert math.isnan(program(-2.0))


# -- how large ------------------------------------------------------------------------------------------------------

MANY: list[Any] = [
    lambda xs: autograd.dot(xs, xs[::-1]),
    lambda xs: autograd.ops.linear(xs, [0.1] * len(xs), 1.0),
    logsumexp,
    lambda xs: autograd.choose(xs, xs[0]),
    lambda xs: autograd.sum(xs),
    lambda xs: sum(xs),
]


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("f", MANY, ids=["dot", "linear", "logsumexp", "choose", "sum", "Python's sum"])
def test_ten_thousand_operands_are_compiled(f: Any, engine: str) -> None:
    xs = [3.0, *((i * 37 % 101) / 101 for i in range(9_999))]
    expected = f(xs)
    assert autograd.compile(lambda *xs: f(xs), engine=engine)(*xs) == pytest.approx(expected, rel=1e-12)


def test_fifty_thousand_dependent_steps_are_compiled() -> None:
    def f(x: Any, a: Any) -> Any:
        for _ in range(50_000):
            x = x * a + 0.5
        return x

    assert autograd.compile(f)(0.7, 0.25) == f(0.7, 0.25)


def test_five_thousand_branches_within_each_other_are_compiled() -> None:
    def f(x: Any, a: Any) -> Any:
        y = 0.0 * x
        for i in range(5_000):
            y = where(x > i, lambda y=y: autograd.log(x) + y, lambda y=y: autograd.sqrt(a) - 0.5 * y)
        return y

    assert autograd.compile(f)(7.5, 0.25) == f(7.5, 0.25)


@pytest.mark.parametrize("engine", ENGINES)
def test_whole_numbers_are_pythons_with_the_signs_of_their_zeros(engine: str) -> None:
    nearest, quotient = (autograd.compile(f, engine=engine) for f in (round, lambda x, y: x // y))
    for x in [0.5, -0.5, 1.5, -1.5, 2.5, -2.5, 0.0, -0.0, -0.3, 7.5, -7.5, 1e300]:
        assert repr(nearest.value_and_grad(x)[0]) == repr(math.copysign(round(x), x))
        for y in [2.0, -2.0, 0.1, -0.3, 1e17, INF, -INF]:
            assert repr(quotient.value_and_grad(x, y)[0]) == repr(x // y)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_slope_of_zero_has_its_sign(engine: str) -> None:
    for f in (lambda x: x * -0.0, lambda x: x / -INF + 1.0, lambda x: -(x * 0.0), lambda x: x * 0.0):
        assert repr(autograd.compile(f, engine=engine).value_and_grad(1.5)) == repr(autograd.value_and_grad(f)(1.5))
