"""gradcheck must catch wrong derivatives, must not cry wolf, and must say so where the values do not tell."""

import math
import re
from collections.abc import Callable
from functools import partial
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd
from autograd import GradcheckError, GradcheckUndecided, Value, gradcheck
from autograd.arithmetic import ieee
from autograd.gradcheck import check
from autograd.op import Op, as_float
from autograd.slopes import measure
from tests.checks import cases, wrong_slope

POINTS = {"acosh": (1.5,), "power": (0.7, 3.0), "polygamma": (1, 0.7), "maximum": (0.3, 0.7)}


@pytest.mark.parametrize("name", [name for name, op in autograd.ops.TABLE.items() if not op.vectors])
def test_every_function_of_the_table_passes(name: str) -> None:
    op = autograd.ops.TABLE[name]
    at = POINTS.get(name, (0.3, 0.7)[: op.arity])
    if name in ("power", "polygamma"):  # whose constant argument is no variable
        constant = at[1] if name == "power" else at[0]
        assert gradcheck((lambda x: x**constant) if name == "power" else (lambda x: op(constant, x)), 0.7)
    else:
        # The slope of a rest is a staircase, which from afar is a straight line.
        assert gradcheck(op, at, order=1 if name in ("fmod", "mod") else 2)


def test_functions_of_vectors_pass() -> None:
    assert gradcheck(lambda v: autograd.logsumexp([v[0], v[1] * v[0]]) + autograd.dot(v, [2, 3]), [0.3, 0.4])
    assert gradcheck(lambda w, b: autograd.linear(w, [0.5, -2.0], b) ** 2, ([0.3, 0.4], 0.1))
    assert gradcheck(lambda d: d["x"] * autograd.sum(d["y"]), {"x": 2.0, "y": [3.0, 4.0]})


# -- right, and wrong -----------------------------------------------------------------------------------------


def test_functions_may_be_written_as_methods() -> None:
    assert gradcheck(lambda x, y: x.exp() * y.tanh(), (0.3, 0.4))


def test_a_slope_of_2_001_where_2_is_right_is_caught() -> None:
    wrong = Op("wrong", lambda m, x: (x * x, (2.001 * x,)))
    with pytest.raises(GradcheckError) as caught:
        gradcheck(wrong, 1.0, order=1)
    assert re.fullmatch(
        r"The derivative of f with respect to x0 at 1\.0 is wrong: "
        r"ours is 2\.001, the numerical one is 2 to within \de-1\d\.",
        str(caught.value),
    )
    assert caught.value.verdict == "wrong"
    assert gradcheck(wrong, 1.0, raise_exception=False) is False


@pytest.mark.parametrize("scale", [1e-300, 1e-12, 1.0, 1e300])
@pytest.mark.parametrize("factor", [1 + 1e-5, 1 - 5e-4, -1.0, 0.0])
def test_wrong_slopes_are_caught_whatever_their_size(scale: float, factor: float) -> None:
    wrong = Op("wrong", lambda m, x: (m.sin(x) * scale, (m.cos(x) * scale * factor,)))
    assert gradcheck(wrong, 1.0, order=1, raise_exception=False) is False


def test_a_wrong_second_derivative_is_caught_though_the_first_is_right() -> None:
    def rule(m: Any, x: Any) -> Any:
        slope = m.where(x == 1.0, 2.0, lambda: 2.0 * x)  # right at 1, and constant there
        return x * x, (slope,)

    wrong = Op("wrong", rule)
    assert gradcheck(wrong, 1.0, order=1)
    with pytest.raises(
        GradcheckError, match=r"of d f / d x0 with respect to x0 at 1\.0 is wrong: ours is 0\.0, the num"
    ):
        gradcheck(wrong, 1.0)


def test_the_argument_that_is_wrong_is_named() -> None:
    wrong = Op("wrong", lambda m, x, y: (x * y, (y, 3 * x)))
    with pytest.raises(
        GradcheckError, match=r"with respect to x1 at 5\.0 is wrong: ours is 6\.0, the numerical one is 2"
    ):
        gradcheck(lambda x, y: wrong(x, y), (2.0, 5.0))


@pytest.mark.parametrize("slope", [math.nan, math.inf, -math.inf])
def test_a_derivative_that_is_no_number_where_there_is_one_is_wrong(slope: float) -> None:
    wrong = Op("wrong", lambda m, x: (x * x, (slope,)))
    with pytest.raises(GradcheckError, match=f"is wrong: ours is {slope}"):
        gradcheck(wrong, 1.0, order=1)


@pytest.mark.parametrize(
    ("f", "x"),
    [
        (lambda x: x * x.data, 3.0),
        (lambda x: autograd.exp(x.data) + x, 0.5),
        (lambda x: autograd.sin(1e6 * x) + autograd.tanh(x.data * 1e6), 3e-7),
        (lambda x: 1e17 + x.data, 1.0),
        (lambda x: (1 + x.data) - 1, 1e-17),
        (lambda x: 0.0 * x if x == 0 else x, 0.0),
        (lambda x: 3.0 if x == 0 else 3.0 + x, 0.0),
        (lambda x: autograd.relu(x) - autograd.relu(-x), 0.0),
    ],
    ids=map(str, range(99)),
)
def test_cut_graphs_and_branches_at_the_point_alone_are_caught(f: Callable[[Any], Any], x: float) -> None:
    assert gradcheck(f, x, order=1, raise_exception=False) is False


@pytest.mark.parametrize(
    ("f", "x"),
    [
        (lambda x: 1 / x, 1e-6),
        (lambda x: autograd.sigmoid(1e4 * x), 1e-3),
        (lambda x: autograd.sin(1000000 * x), 3.7),
        (lambda x: autograd.sin(1e9 * x), 0.3),
        (autograd.log, 1e-8),
    ],
    ids=map(str, range(99)),
)
def test_what_is_steep_is_not_accused(f: Callable[[Any], Any], x: float) -> None:
    assert gradcheck(f, x)


@pytest.mark.parametrize(
    ("f", "x"),
    [
        (autograd.exp, 709.7),
        (lambda x: x, 1.7e308),
        (lambda x: x, 1.797e308),
        (lambda x: x, 5e-324),
        (autograd.exp, 1e-316),
        (lambda x: (1 + x) - 1, 1e-17),
        (lambda x: 1e20 + x, 1.0),
        (lambda x: (1e20 + x) - 1e20, 1.0),
        (autograd.cos, 0.0),
        (lambda x: x**1.5, 0.0),
        (lambda x: x**2 if x >= 1 else autograd.log(x - 1), 1.0),
        (lambda x: autograd.relu(x) + 5.0, -3.0),
        (lambda x: 7.0, 2.0),
        (autograd.sign, 2.0),
        (lambda x: Value(math.floor(x.data)), 1000.5),
        (lambda x: x - math.floor(x.data), 0.25),
        (lambda x: autograd.log(x) if math.sqrt(x.data) < 1 else 2 * x, 0.5),  # which raises further off
    ],
    ids=map(str, range(99)),
)
def test_at_the_edges_of_floats_and_of_functions_right_is_right(f: Callable[[Any], Any], x: float) -> None:
    assert gradcheck(f, x, order=1)


@pytest.mark.parametrize(
    ("f", "x"),
    [
        (lambda x: autograd.asinh(x / -0.619 / x), -1.6628345289884532),
        (lambda x: autograd.expm1(autograd.cos(x / (1.0 * x))), -2.3595878696586494),
        (lambda x: autograd.minimum(x / -0.201, x) / x, 0.28088137966954196),
    ],
    ids=map(str, range(3)),
)
def test_the_rounding_of_ours_is_not_accused_where_the_slope_is_exactly_0(f: Callable[[Any], Any], x: float) -> None:
    assert gradcheck(f, x, raise_exception=False) is not False


@pytest.mark.parametrize(("x", "y"), [(7.3, 2.1), (-7.3, 2.1), (1e-7, 3.0), (1000000.3, 2.1)], ids=str)
def test_a_slope_that_is_a_staircase_is_right_between_its_steps(x: float, y: float) -> None:
    assert gradcheck(lambda x, y: x % y, (x, y))
    assert gradcheck(autograd.fmod, (x, y))
    assert gradcheck(lambda x, y: x // y, (x, y))


@pytest.mark.parametrize(("x", "y"), [(7.3, 1e-3), (6.0, 2.0), (7.3, 1000.0)], ids=str)
def test_a_staircase_is_not_accused_at_its_steps(x: float, y: float) -> None:
    for f in (lambda x, y: x % y, autograd.fmod, lambda x, y: autograd.floor(x / y) * x):
        assert gradcheck(f, (x, y), raise_exception=False) is not False


@pytest.mark.parametrize("x", [5e-324, 1e-310, 1e-155, 1e8, 1e17, 1.7e308, -1e8])
def test_no_function_of_the_table_is_accused_at_the_ends_of_the_floats(x: float) -> None:
    for name, op in autograd.ops.TABLE.items():
        with ieee():
            if op.arity == 1 and not op.vectors and math.isfinite(as_float(op(x))):
                (found,) = check(lambda x: [as_float(op(x))], x, [autograd.grad(op)(x)])  # noqa: B023  # called at once
                assert found.verdict != "wrong", (name, found)


def test_numpy_does_not_warn_of_points_that_only_the_check_looks_at() -> None:
    numpy = pytest.importorskip("numpy")
    assert gradcheck(lambda xs: (xs**2).sum(), numpy.arange(3.0))


def test_tolerances_widen_what_passes() -> None:
    wrong = Op("wrong", lambda m, x: (x * x, (2.001 * x,)))
    assert gradcheck(wrong, 1.0, order=1, rtol=1e-3)
    assert gradcheck(wrong, 1.0, order=1, atol=1e-2)


# -- what cannot be told --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("f", "x", "why"),
    [
        (autograd.relu, 0.0, "there is a kink, slope 0 to the left, 1 to the right"),
        (autograd.abs, 0.0, "there is a kink, slope -1 to the left, 1 to the right"),
        (lambda x: abs(x - 1) * 1e-9 + 5, 1.0, "there is a kink, slope -1e-09 to the left, 1e-09 to the right"),
        (lambda x: autograd.maximum(x, 3 * x), 0.0, "there is a kink, slope 1 to the left, 3 to the right"),
        (autograd.sqrt, 0.0, "the values around show no finite slope"),
        (autograd.cbrt, 0.0, "the values around show no finite slope"),
        (lambda x: 5.0 if x == 0 else x, 0.0, "the values around show no finite slope"),
        (lambda x: x * 1e200 * 1e200, 1.0, "the values around show no finite slope"),
        (autograd.tanh, 20.0, "the values only show 0 to within"),
        (lambda x: x + 1e-9 * autograd.sin(1e9 * x), 0.3, r"the slope is 1\.898 nearby, 1 further off"),
        (lambda x: (1 - autograd.cos(x)) / x**2, 1e-3, "the slope is -1000 nearby, -8.3.*e-05 further off"),
        (
            lambda x: (1 - autograd.cos(x)) / (x * x),
            -1.2808323170798787e-05,
            "the slope is 7.807e.04 nearby, 1.067e-06",
        ),
        (lambda x: (1 + x - 1) / x, 6.286874023129033e-08, "the slope is -1.59.*e.07 nearby, 0 further off"),
        (lambda x: (1 - autograd.cos(x.data)) / x.data**2 + 0 * x, 1e-10, "the slope is 0 nearby, -8.*e-12 further"),
        (lambda x: (1 - autograd.cos(x)) / x**2, 1e-8, "the values stay the same nearby and then jump by 1"),
        (lambda x: x * math.nan, 1.0, "the values around show no finite slope"),
        (autograd.log, 1e-310, "the values around show no finite slope"),
        (lambda x: x**x, 0.0, "the values only show -4e.01 to within"),
        (autograd.floor, 1e8, "the values jump by 1 right at the point"),
        (autograd.round, 1e15, "at numbers of this size a staircase of step 1 looks like a line"),
        (autograd.trunc, -(2.0**50), "at numbers of this size a staircase of step 1 looks like a line"),
    ],
    ids=map(str, range(99)),
)
def test_where_the_values_do_not_tell_it_says_why(f: Callable[[Any], Any], x: float, why: str) -> None:
    with pytest.raises(
        GradcheckUndecided, match=f"^Cannot tell whether .* at {x!r} is right: ours is .*, but {why}"
    ) as c:
        gradcheck(f, x, order=1)
    assert c.value.verdict == "cannot tell"
    assert gradcheck(f, x, order=1, raise_exception=False) is None


def test_what_is_wrong_is_told_before_what_cannot_be() -> None:
    with pytest.raises(GradcheckError, match=r"with respect to x1 at 3\.0 is wrong"):
        gradcheck(lambda x, y: abs(x) + y * y.data, (0.0, 3.0))


def test_slopes_as_good_as_0_pass_with_a_tolerance() -> None:
    with pytest.raises(GradcheckUndecided, match=r"If that is as good as 0, pass atol=\de-1\d\.$") as caught:
        gradcheck(autograd.tanh, 20.0, order=1)
    atol = float(str(caught.value).rpartition("=")[2].rstrip("."))
    assert gradcheck(autograd.tanh, 20.0, order=1, atol=atol)


def test_a_function_that_is_random_is_neither_right_nor_wrong() -> None:
    random = Random(0)
    assert gradcheck(lambda x: x + random.random(), 1.0, order=1, raise_exception=False) is None


# -- many at random -------------------------------------------------------------------------------------------


@given(st.integers(0, 2**64))
def test_nothing_right_is_accused_and_nothing_wrong_approved(seed: int) -> None:
    random = Random(seed)
    case = next(cases(random))
    right, wrong = case.slope(), wrong_slope(random, case)
    about_right, about_wrong = check(lambda x: case.values(x) * 2, case.x, [right, wrong])
    assert about_right.verdict != "wrong", (case, about_right)
    assert about_wrong.verdict != "right", (case, about_wrong)


def test_of_ordinary_derivatives_it_can_nearly_always_tell() -> None:
    random = Random(1)
    verdicts = []
    for _, case in zip(range(100), cases(random, ("ordinary", "kinked")), strict=False):
        verdicts += [check(case.values, case.x, [case.slope()])[0].verdict == "right"]
        verdicts += [check(case.values, case.x, [wrong_slope(random, case)])[0].verdict == "wrong"]
    assert sum(verdicts) >= 0.97 * len(verdicts)


# -- how slopes are measured ----------------------------------------------------------------------------------


def test_measured_slopes_know_their_error() -> None:
    known: list[tuple[Any, float, float]] = [
        (autograd.exp, 1.0, math.e),
        (autograd.log, 1e-8, 1e8),
        (autograd.log, 1e-10, 1e10),
        (autograd.sin, 1e3, math.cos(1e3)),
        (autograd.tan, 1.57, 1 + math.tan(1.57) ** 2),
        (lambda x: x**3, 0.0, 0.0),
    ]
    for f, x, true in known:
        with ieee():
            (slope,) = measure(partial(_alone, f), x)
        assert abs(slope.value - true) <= slope.error
        assert slope.error <= 1e-9 * max(1, abs(true))


def _alone(f: Callable[[float], float], x: float) -> list[float]:
    return [f(x)]


def test_of_several_numbers_each_slope_is_measured() -> None:
    slopes = measure(lambda x: [x * x, 3.0, abs(x - 2.0)], 2.0)
    assert [slope.value for slope in slopes[:2]] == pytest.approx([4.0, 0.0], rel=1e-12)
    assert slopes[2].sides == pytest.approx((-1.0, 1.0), rel=1e-12)
