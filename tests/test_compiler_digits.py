"""Compiled functions keep the digits, the infinities and the signs of zeros that eager ones have."""

from __future__ import annotations

import math
from typing import Any

import mpmath
import pytest

import autograd
from autograd import logsumexp, softmax

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
