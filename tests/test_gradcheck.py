"""gradcheck must catch wrong derivatives, and must not cry wolf."""

import math
from typing import Any

import pytest

import autograd
from autograd import GradcheckError, gradcheck
from autograd.gradcheck import central_difference, complex_step, slope_of
from autograd.op import Op

POINTS = {"acosh": (1.5,), "power": (0.7, 3.0), "polygamma": (1, 0.7), "maximum": (0.3, 0.7)}


@pytest.mark.parametrize("name", [name for name, op in autograd.ops.TABLE.items() if not op.vectors])
def test_every_function_of_the_table_passes(name: str) -> None:
    op = autograd.ops.TABLE[name]
    at = POINTS.get(name, (0.3, 0.7)[: op.arity])
    if name in ("power", "polygamma"):  # whose constant argument is no variable
        constant = at[1] if name == "power" else at[0]
        assert gradcheck((lambda x: x**constant) if name == "power" else (lambda x: op(constant, x)), 0.7)
    else:
        assert gradcheck(op, at)


def test_functions_of_vectors_pass() -> None:
    assert gradcheck(lambda v: autograd.logsumexp([v[0], v[1] * v[0]]) + autograd.dot(v, [2, 3]), [0.3, 0.4])
    assert gradcheck(lambda w, b: autograd.linear(w, [0.5, -2.0], b) ** 2, ([0.3, 0.4], 0.1))
    assert gradcheck(lambda d: d["x"] * autograd.sum(d["y"]), {"x": 2.0, "y": [3.0, 4.0]})


def test_a_slope_of_2_001_where_2_is_right_is_caught() -> None:
    wrong = Op("wrong", lambda m, x: (x * x, (2.001 * x,)))
    with pytest.raises(GradcheckError) as caught:
        gradcheck(wrong, 1.0, order=1)
    assert str(caught.value) == (
        "The derivative of f by x0 at 1.0: ours is 2.001, the numerical one 2.0 (to within 2.0e-13), "
        "relative error 5.0e-04."
    )
    assert not gradcheck(wrong, 1.0, raise_exception=False)


def test_a_wrong_slope_that_only_central_differences_can_see_is_caught() -> None:
    wrong = Op("wrong", lambda m, x: (m.erf(x), (1.13 * m.exp(-x * x),)))
    with pytest.raises(GradcheckError, match=r"ours is 1\.13, the numerical one 1\.1283791670"):
        gradcheck(wrong, 0.0, order=1)


def test_a_wrong_second_derivative_is_caught_though_the_first_is_right() -> None:
    def rule(m: Any, x: Any) -> Any:
        slope = m.where(x == 1.0, 2.0, lambda: 2.0 * x)  # right at 1, and constant there
        return x * x, (slope,)

    wrong = Op("wrong", rule)
    assert gradcheck(wrong, 1.0, order=1)
    with pytest.raises(
        GradcheckError, match=r"The derivative of d f / d x0 by x0 at 1\.0: ours is 0\.0, the numerical"
    ):
        gradcheck(wrong, 1.0)


def test_the_argument_that_is_wrong_is_named() -> None:
    wrong = Op("wrong", lambda m, x, y: (x * y, (y, 3 * x)))
    with pytest.raises(
        GradcheckError, match=r"The derivative of f by x1 at 5\.0: ours is 6\.0, the numerical one 2\.0"
    ):
        gradcheck(lambda x, y: wrong(x, y), (2.0, 5.0))


def test_a_derivative_that_is_nan_where_a_number_is_right_is_caught() -> None:
    wrong = Op("wrong", lambda m, x: (x * x, (math.nan,)))
    with pytest.raises(GradcheckError, match="ours is nan"):
        gradcheck(wrong, 1.0, order=1)


def test_at_a_kink_the_numerical_slope_is_the_mean_of_both_sides() -> None:
    assert gradcheck(autograd.abs, 0.0, order=1)
    assert gradcheck(autograd.maximum, (2.0, 2.0), order=1)
    with pytest.raises(GradcheckError, match=r"ours is 0\.0, the numerical one 0\.5"):
        gradcheck(autograd.relu, 0.0, order=1)


def test_tolerances_widen_what_passes() -> None:
    wrong = Op("wrong", lambda m, x: (x * x, (2.001 * x,)))
    assert gradcheck(wrong, 1.0, order=1, rtol=1e-3)
    assert gradcheck(wrong, 1.0, order=1, atol=1e-2)


def test_the_complex_step_is_exact_to_the_last_digits() -> None:
    def f(x: Any) -> Any:
        return autograd.exp(x) / (autograd.cos(x) ** 3 + autograd.sin(x) ** 3)

    # W. Squire and G. Trapp's own example
    assert complex_step(f, 1.5) == pytest.approx(3.6220337007163264, rel=1e-14)


@pytest.mark.parametrize(
    ("f", "x", "slope"),
    [
        (lambda x: autograd.cbrt(x), -8.0, 1 / 12),
        (lambda x: autograd.expm1(x), 1e-9, math.exp(1e-9)),
        (lambda x: autograd.log1p(x), 1e-9, 1 / (1 + 1e-9)),
        (lambda x: 2**x, 3.0, 8 * math.log(2)),
        (lambda x: (1 / x - 3) * 2 - x / 4, 2.0, -0.75),
        (lambda x: -x if x < 0 else x if x <= 1 or x == 5 else x * x, 3.0, 6.0),
        (lambda x: x.sin() if x else x, 1.0, math.cos(1.0)),
        (lambda x: autograd.hypot(x, 3.0), 4.0, 0.8),
        (lambda x: autograd.logsumexp([x, 1.0]), 1.0, 0.5),
        (lambda x: 3.0, 1.0, 0.0),
    ],
)
def test_the_complex_step_passes_through_real_python_code(f: Any, x: float, slope: float) -> None:
    assert complex_step(f, x) == pytest.approx(slope, rel=1e-14)


def test_central_differences_know_their_error() -> None:
    known: list[tuple[Any, float, float]] = [
        (autograd.exp, 1.0, math.e),
        (autograd.log, 1e-8, 1e8),
        (autograd.log, 1e-10, 1e10),
        (autograd.sin, 1e3, math.cos(1e3)),
        (autograd.tan, 1.57, 1 + math.tan(1.57) ** 2),
        (lambda x: x**3, 0.0, 0.0),
    ]
    for f, x, slope in known:
        measured, error = central_difference(f, x)
        assert abs(measured - slope) <= 10 * error + 1e-15
        assert error <= 1e-6 * max(1, abs(slope))


def test_central_differences_say_nan_where_only_one_side_exists() -> None:
    assert all(math.isnan(x) for x in central_difference(autograd.sqrt, 0.0))


def test_where_no_slope_is_finite_none_is_measured() -> None:
    assert all(math.isnan(x) for x in slope_of(lambda x: x * 1e200 * 1e200, 1.0))
