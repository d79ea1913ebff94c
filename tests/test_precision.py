"""Derivatives to any number of digits: the same rules, read in mpmath."""

import math
from typing import Any

import mpmath
import pytest

import autograd
from autograd import Value, exp, grad, ieee, log, sigmoid, sqrt, tanh, value_and_grad
from autograd.op import Op
from tests import naive


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


def _operands(row: Op) -> list[tuple[Any, ...]]:
    """Points at which digits are compared, in one row; exact, so that floats and mpmath start alike."""
    if row.vectors:
        return [(0.5, -2.0, 3.25, 1.5, 0.75)[: 4 + row.arity - row.vectors]]
    points = [(x, y)[: row.arity] for x in (-8.0, -2.5, -0.75, -0.5, 0.0, 0.5, 1.0, 1.5, 16.0) for y in (2.0, -0.75)]
    if row.name == "power":
        points = [(x, n) for x, _ in points for n in (0.0, 0.5, 2.0, -3.0)]
    if row.name == "polygamma":
        points = [(2.0, x) for x, _ in points]
    return [xs for xs in dict.fromkeys(points) if row.domain is None or row.domain.contains(*xs)]


@pytest.mark.parametrize("row", list(autograd.ops.TABLE.values()), ids=lambda row: row.name)
def test_every_function_of_the_table_has_30_digits_everywhere_and_is_infinite_where_floats_are(row: Op) -> None:
    for xs in _operands(row):
        variables = [i for i in range(len(xs)) if (row.name, i) not in naive.PARAMETERS]

        def f(v: list[Any], xs: tuple[Any, ...] = xs, variables: list[int] = variables) -> Any:
            operands = list(xs)
            for i, x in zip(variables, v, strict=True):
                operands[i] = x
            return Value.read(row, tuple(operands))

        ours, slopes = value_and_grad(f)([xs[i] for i in variables])
        y, exact = value_and_grad(f, precision=30)([xs[i] for i in variables])
        got, expected = [float(x) for x in (y, *exact)], [float(x) for x in (ours, *slopes)]
        assert got == pytest.approx(expected, rel=2e-14, abs=1e-16, nan_ok=True), xs
        with mpmath.workdps(500):
            definition = naive.DEFINITIONS[row.name]
            assert _digits(y, definition(*map(mpmath.mpf, xs))) >= 29 or y == 0, xs
            if row.name not in naive.KINKS or naive.KINKS[row.name](*map(mpmath.mpf, xs)) != 0:
                for i, slope in zip(variables, exact, strict=True):
                    if mpmath.isfinite(slope) and xs[i] != 0:
                        assert abs(slope - naive.derivative(definition, i)(*map(mpmath.mpf, xs))) <= abs(slope) * 1e-29


@pytest.mark.parametrize(
    ("f", "x", "slope"),
    [
        (sqrt, 0.0, math.inf),
        (autograd.cbrt, 0.0, math.inf),
        (autograd.asin, 1.0, math.inf),
        (autograd.acos, 1.0, -math.inf),
        (lambda x: x**0.5, 0.0, math.inf),
        (lambda x: 1 / sqrt(x), 0.0, None),
        (grad(sqrt), 0.0, None),
    ],
)
def test_an_infinite_slope_is_infinite(f: Any, x: float, slope: float | None) -> None:
    if slope is None:
        with ieee():
            assert mpmath.isinf(grad(f, precision=30)(x)) or mpmath.isnan(grad(f, precision=30)(x))
    else:
        assert grad(f, precision=30)(x) == slope
    with mpmath.workdps(60):
        assert value_and_grad(autograd.asin, precision=50)(1.0)[0] == pytest.approx(mpmath.pi / 2, rel=1e-49)


def test_the_cube_root_of_a_negative_number_is_real() -> None:
    with mpmath.workdps(60):
        assert _digits(grad(autograd.cbrt, precision=50)(-8.0), mpmath.mpf(1) / 12) >= 49
    assert value_and_grad(autograd.cbrt, precision=50)(-8.0)[0] == -2


def test_within_another_derivative_the_outermost_one_says_how_many_digits() -> None:
    def inner(x: Any) -> Any:
        return grad(lambda x: x**3 * exp(x), precision=30)(x)

    assert grad(grad(lambda x: x**3, precision=30))(2.0) == 12.0
    with mpmath.workdps(60):
        assert _digits(grad(inner, precision=50)(1.0), 13 * mpmath.e) >= 49
    assert autograd.hessian(lambda v: v[0] ** 2 * grad(sqrt, precision=20)(v[1]))([3.0, 4.0])[0] == [0.5, -0.1875]


@pytest.mark.parametrize("digits", [-5, 0, 2.5, "30"])
def test_a_precision_that_is_no_number_of_digits_is_refused(digits: Any) -> None:
    with pytest.raises(ValueError, match=r"^precision is a number of digits, a whole number from 1 on; got "):
        grad(exp, precision=digits)(1.0)


@pytest.mark.parametrize("xs", [(1.0, 0.1, 0.3), (0.3, 0.1, 1.0), (0.0, 40.0, -800.0)])
def test_softmax_has_all_digits(xs: tuple[float, ...]) -> None:
    y, slopes = value_and_grad(lambda v: autograd.softmax(v)[0], precision=50)(list(xs))
    with mpmath.workdps(400):
        powers = [mpmath.exp(mpmath.mpf(x)) for x in xs]
        p = [power / mpmath.fsum(powers) for power in powers]
        assert _digits(y, p[0]) >= 49
        for i, slope in enumerate(slopes):
            assert _digits(slope, p[0] * ((i == 0) - p[i])) >= 49


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


def test_angles_have_all_digits() -> None:
    with mpmath.workdps(60):
        expected = [180 * mpmath.mpf(0.75) / mpmath.pi, mpmath.pi / 180]
        value = value_and_grad(autograd.degrees, precision=50)(0.75)[0]
        slope = grad(autograd.radians, precision=50)(0.75)
        assert [abs(found / x - 1) < 1e-48 for found, x in zip([value, slope], expected, strict=True)] == [True, True]
