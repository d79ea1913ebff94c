"""SciPy's optimisers with our derivatives: as good as with derivatives worked out by hand."""

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pytest
from scipy.optimize import minimize

from autograd import DomainError, hessian, ieee, log, value_and_grad, where


class Problem(NamedTuple):
    """A classic test function of two variables, with its gradient and Hessian worked out by hand."""

    f: Callable[[Any], Any]
    gradient: Callable[[Any], list[Any]]
    hessian: Callable[[Any], list[list[Any]]]
    start: list[float]
    minimum: list[float]


def _rosenbrock_gradient(v: Any) -> list[Any]:
    x, y = v
    return [-400 * x * (y - x**2) - 2 * (1 - x), 200 * (y - x**2)]


def _rosenbrock_hessian(v: Any) -> list[list[Any]]:
    x, y = v
    return [[1200 * x**2 - 400 * y + 2, -400 * x], [-400 * x, 200]]


def _beale(v: Any) -> Any:
    x, y = v
    return (1.5 - x + x * y) ** 2 + (2.25 - x + x * y**2) ** 2 + (2.625 - x + x * y**3) ** 2


def _beale_gradient(v: Any) -> list[Any]:
    x, y = v
    a, b, c = 1.5 - x + x * y, 2.25 - x + x * y**2, 2.625 - x + x * y**3
    return [
        2 * a * (y - 1) + 2 * b * (y**2 - 1) + 2 * c * (y**3 - 1),
        2 * a * x + 4 * b * x * y + 6 * c * x * y**2,
    ]


def _beale_hessian(v: Any) -> list[list[Any]]:
    x, y = v
    a, b, c = 1.5 - x + x * y, 2.25 - x + x * y**2, 2.625 - x + x * y**3
    xx = 2 * (y - 1) ** 2 + 2 * (y**2 - 1) ** 2 + 2 * (y**3 - 1) ** 2
    xy = 2 * a + 2 * x * (y - 1) + 4 * b * y + 4 * x * y * (y**2 - 1) + 6 * c * y**2 + 6 * x * y**2 * (y**3 - 1)
    yy = 2 * x**2 + 4 * b * x + 8 * x**2 * y**2 + 12 * c * x * y + 18 * x**2 * y**4
    return [[xx, xy], [xy, yy]]


def _himmelblau_gradient(v: Any) -> list[Any]:
    x, y = v
    return [4 * x * (x**2 + y - 11) + 2 * (x + y**2 - 7), 2 * (x**2 + y - 11) + 4 * y * (x + y**2 - 7)]


def _himmelblau_hessian(v: Any) -> list[list[Any]]:
    x, y = v
    return [[12 * x**2 + 4 * y - 42, 4 * x + 4 * y], [4 * x + 4 * y, 4 * x + 12 * y**2 - 26]]


def _goldstein_price_parts(v: Any) -> tuple[Any, Any, Any, Any]:
    x, y = v
    s, t = x + y + 1, 2 * x - 3 * y
    p = 19 - 14 * x + 3 * x**2 - 14 * y + 6 * x * y + 3 * y**2
    q = 18 - 32 * x + 12 * x**2 + 48 * y - 36 * x * y + 27 * y**2
    return s, t, p, q


def _goldstein_price(v: Any) -> Any:
    s, t, p, q = _goldstein_price_parts(v)
    return (1 + s**2 * p) * (30 + t**2 * q)


def _goldstein_price_gradient(v: Any) -> list[Any]:
    x, y = v
    s, t, p, q = _goldstein_price_parts(v)
    a, b = 1 + s**2 * p, 30 + t**2 * q
    p_xy = -14 + 6 * x + 6 * y  # by x and by y alike
    q_x, q_y = -32 + 24 * x - 36 * y, 48 - 36 * x + 54 * y
    a_xy = 2 * s * p + s**2 * p_xy
    return [a_xy * b + a * (4 * t * q + t**2 * q_x), a_xy * b + a * (-6 * t * q + t**2 * q_y)]


def _goldstein_price_hessian(v: Any) -> list[list[Any]]:
    x, y = v
    s, t, p, q = _goldstein_price_parts(v)
    a, b = 1 + s**2 * p, 30 + t**2 * q
    p_1, q_x, q_y = -14 + 6 * x + 6 * y, -32 + 24 * x - 36 * y, 48 - 36 * x + 54 * y
    a_1, a_11 = 2 * s * p + s**2 * p_1, 2 * p + 4 * s * p_1 + 6 * s**2
    b_x, b_y = 4 * t * q + t**2 * q_x, -6 * t * q + t**2 * q_y
    b_xx = 8 * q + 8 * t * q_x + 24 * t**2
    b_xy = -12 * q + 4 * t * q_y - 6 * t * q_x - 36 * t**2
    b_yy = 18 * q - 12 * t * q_y + 54 * t**2
    xy = a_11 * b + a_1 * b_x + a_1 * b_y + a * b_xy
    return [[a_11 * b + 2 * a_1 * b_x + a * b_xx, xy], [xy, a_11 * b + 2 * a_1 * b_y + a * b_yy]]


PROBLEMS = {
    "Rosenbrock": Problem(
        lambda v: 100 * (v[1] - v[0] ** 2) ** 2 + (1 - v[0]) ** 2,
        _rosenbrock_gradient,
        _rosenbrock_hessian,
        [-1.2, 1.0],
        [1.0, 1.0],
    ),
    "Beale": Problem(_beale, _beale_gradient, _beale_hessian, [1.0, 0.1], [3.0, 0.5]),
    "Booth": Problem(
        lambda v: (v[0] + 2 * v[1] - 7) ** 2 + (2 * v[0] + v[1] - 5) ** 2,
        lambda v: [10 * v[0] + 8 * v[1] - 34, 8 * v[0] + 10 * v[1] - 38],
        lambda v: [[10, 8], [8, 10]],
        [-5.0, 5.0],
        [1.0, 3.0],
    ),
    "Himmelblau": Problem(
        lambda v: (v[0] ** 2 + v[1] - 11) ** 2 + (v[0] + v[1] ** 2 - 7) ** 2,
        _himmelblau_gradient,
        _himmelblau_hessian,
        [2.5, 1.5],
        [3.0, 2.0],
    ),
    "Goldstein-Price": Problem(
        _goldstein_price, _goldstein_price_gradient, _goldstein_price_hessian, [0.1, -0.9], [0.0, -1.0]
    ),
}


@pytest.fixture(params=PROBLEMS)
def problem(request: pytest.FixtureRequest) -> Problem:
    return PROBLEMS[request.param]


def test_bfgs_takes_as_many_iterations_as_with_the_gradient_by_hand(problem: Problem) -> None:
    start = np.array(problem.start)
    by_hand = minimize(lambda v: (problem.f(v), np.array(problem.gradient(v))), start, jac=True, method="BFGS")
    ours = minimize(value_and_grad(problem.f), start, jac=True, method="BFGS")
    assert ours.x == pytest.approx(problem.minimum, abs=1e-5)
    assert ours.nit == by_hand.nit


def test_newton_cg_takes_as_many_iterations_as_with_the_hessian_by_hand(problem: Problem) -> None:
    start = np.array(problem.start)
    by_hand = minimize(
        lambda v: (problem.f(v), np.array(problem.gradient(v), dtype=float)),
        start,
        jac=True,
        hess=lambda v: np.array(problem.hessian(v), dtype=float),
        method="Newton-CG",
    )
    ours = minimize(value_and_grad(problem.f), start, jac=True, hess=hessian(problem.f), method="Newton-CG")
    assert ours.x == pytest.approx(problem.minimum, abs=1e-4)
    assert ours.nit == by_hand.nit


def test_the_derivatives_by_hand_are_right(problem: Problem) -> None:
    at = np.array([0.3, -0.7])
    _, gradient = value_and_grad(problem.f)(at)
    assert gradient == pytest.approx(np.array(problem.gradient(at), dtype=float), rel=1e-12)
    assert hessian(problem.f)(at) == pytest.approx(np.array(problem.hessian(at), dtype=float), rel=1e-12)


# (SciPy's BFGS and Newton-CG give up at the first NaN, whoever computes it: see the next test.)
@pytest.mark.parametrize(("method", "scale"), [("CG", 50), ("TNC", 50), ("SLSQP", 50), ("L-BFGS-B", 1)])
def test_a_line_search_that_steps_outside_the_domain_backs_off_within_ieee(method: str, scale: float) -> None:
    seen = []

    def f(v: Any) -> Any:
        seen.append(float(v[0].data))
        return scale * (v[0] - log(v[0]))

    with ieee():
        found = minimize(value_and_grad(f), np.array([5.0]), jac=True, method=method)
    assert min(seen) < 0
    assert found.x == pytest.approx([1.0], abs=1e-5)
    with pytest.raises(DomainError, match="log is defined for x > 0"):
        minimize(value_and_grad(f), np.array([5.0]), jac=True, method=method)


@pytest.mark.parametrize("method", ["BFGS", "Newton-CG"])
def test_a_line_search_that_steps_outside_the_domain_backs_off_where_the_objective_is_infinite_there(
    method: str,
) -> None:
    seen = []

    def f(v: Any) -> Any:
        seen.append(float(v[0].data))
        return where(v[0] > 0, lambda: 10 * v[0] - log(v[0]), math.inf)

    curvature = {"hess": hessian(f)} if method == "Newton-CG" else {}
    found = minimize(value_and_grad(f), np.array([5.0]), jac=True, method=method, **curvature)
    assert min(seen) < 0
    assert found.x == pytest.approx([0.1], abs=1e-5)
