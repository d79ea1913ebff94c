"""Derivatives to any number of digits: the same rules, read in mpmath."""

from typing import Any

import mpmath
import pytest

import autograd
from autograd import Value, exp, grad, log, sigmoid, sqrt, tanh, value_and_grad


def _digits(x: Any, y: Any) -> float:
    with mpmath.workdps(80):
        return float(-mpmath.log10(abs(x - y) / abs(y))) if x != y else 99.0


def test_a_gradient_has_50_digits() -> None:
    found = grad(lambda x: exp(x) * sigmoid(x) + x**0.5, precision=50)(1.0)
    with mpmath.workdps(60):
        e = mpmath.e
        s = e / (1 + e)
        assert _digits(found, e * s + e * s * (1 - s) + mpmath.mpf(1) / 2) >= 49


def test_value_and_structure_come_with_it() -> None:
    y, slopes = value_and_grad(lambda d: log(d["x"]) * d["y"][0], precision=40)({"x": 3.0, "y": [2.0, 5.0]})
    with mpmath.workdps(50):
        assert _digits(y, 2 * mpmath.log(3)) >= 39
        assert _digits(slopes["x"], mpmath.mpf(2) / 3) >= 39
        assert _digits(slopes["y"][0], mpmath.log(3)) >= 39
        assert slopes["y"][1] == 0


def test_second_derivatives_have_as_many() -> None:
    found = grad(grad(tanh), precision=50)(1.0)
    with mpmath.workdps(60):
        assert _digits(found, -2 * mpmath.tanh(1) / mpmath.cosh(1) ** 2) >= 49


def test_arguments_may_have_as_many_digits_themselves() -> None:
    with mpmath.workdps(60):
        third = mpmath.mpf(1) / 3
    found = grad(lambda x: x * x, precision=50)(third)
    with mpmath.workdps(60):
        assert _digits(found, 2 * third) >= 49


def test_a_zero_argument_is_zero() -> None:
    assert grad(lambda x, y: x * y, argnums=(0, 1), precision=30)(0.0, 2.0) == (2, 0)


def test_what_does_not_depend_on_the_argument_has_derivative_zero() -> None:
    assert value_and_grad(lambda x: 3.0, precision=30)(1.0) == (3, 0)
    w = Value(2.0)
    assert grad(lambda x: w * x + w, precision=30)(5.0) == 2


@pytest.mark.parametrize("name", [n for n, op in autograd.ops.TABLE.items() if op.arity == 1 and not op.vectors])
def test_every_function_of_the_table_reads_in_mpmath(name: str) -> None:
    op = autograd.ops.TABLE[name]
    x = 1.5 if name == "acosh" else 0.3
    ours = grad(op)(x)
    assert float(grad(op, precision=30)(x)) == pytest.approx(ours, rel=1e-14)
    assert float(value_and_grad(op, precision=30)(x)[0]) == pytest.approx(op(x), rel=1e-14)


def test_functions_of_two_and_of_many_read_in_mpmath() -> None:
    def f(v: list[Any]) -> Any:
        a, b = v
        pairs = autograd.hypot(a, b) + autograd.atan2(a, b) + autograd.logaddexp(a, b) + autograd.xlogy(a, b)
        many = autograd.logsumexp(v) + autograd.dot(v, v) + autograd.linear(v, [2, 3], a) + autograd.sum(v)
        return pairs + many + a**b + autograd.maximum(a, b) - autograd.minimum(a, b) + sqrt(a) / b

    ours = grad(f)([0.3, 0.7])
    assert [float(d) for d in grad(f, precision=30)([0.3, 0.7])] == pytest.approx(ours, rel=1e-14)


def test_the_precision_of_the_surroundings_is_left_alone() -> None:
    before = mpmath.mp.dps
    grad(exp, precision=70)(1.0)
    assert mpmath.mp.dps == before


def test_a_value_as_argument_is_its_number() -> None:
    assert grad(lambda x: x * x, precision=30)(Value(3.0)) == 6
