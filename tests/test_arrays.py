"""NumPy's functions that know nothing of objects, on the arrays that functions are differentiated with."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd
from autograd import Value, arrays, grad, hessian, jacobian, value_and_grad

A = np.array([[4.0, 1.0, 0.5], [1.0, 3.0, -0.7], [0.5, -0.7, 2.0]])
B = np.array([0.3, -1.2, 2.5])
C = np.array([[0.0, 2.0], [3.0, 1.0]])
FUNCTIONS: dict[str, tuple[Callable[[Any], Any], Any]] = {
    "det": (lambda a: np.linalg.det(a), A),
    "slogdet": (lambda a: np.linalg.slogdet(a)[1] * np.linalg.slogdet(a)[0], A),
    "inv": (lambda a: np.sum(np.linalg.inv(a) ** 2), A),
    "solve": (lambda a: np.sum(np.linalg.solve(a, B) ** 3), A),
    "solve a matrix": (lambda a: np.sum(np.linalg.solve(a, A + 1.0) ** 2), A),
    "solve for the right": (lambda b: np.sum(np.linalg.solve(A, b) ** 3), B),
    "solve with exchanged rows": (
        lambda a: np.sum(np.linalg.solve(a, B[:2]) ** 2),
        C,
    ),
    "cholesky": (lambda a: np.sum(np.linalg.cholesky(a @ a.T) ** 3), A),
    "norm": (lambda a: np.linalg.norm(a) + np.linalg.norm(a[0]), A),
    "logaddexp": (lambda b: np.sum(np.logaddexp(b, 2 * b)), B),
    "logaddexp2": (lambda b: np.sum(np.logaddexp2(b, 1.0)), B),
    "interp": (lambda b: np.sum(np.interp(b, np.array([-1.0, 0.0, 2.0]), np.array([3.0, 1.0, 2.0])) ** 2), B),
    "interp of values": (lambda b: np.interp(0.4, np.array([-1.0, 0.0, 2.0]), b) ** 2, B),
    "interp in points": (lambda b: np.interp(0.4, np.array([-1.0, 0.0, 2.0]), b, left=0.0, right=5.0) ** 2, B),
    "isnan": (lambda b: np.sum(np.where(np.isnan(b), 0.0, b**2)), B),
    "isfinite": (lambda b: np.sum(np.where(np.isfinite(b) & ~np.isinf(b), b**2, 0.0)), B),
    "var": (lambda b: np.var(b) + np.std(b, ddof=1), B),
    "maximum": (lambda b: np.sum(np.maximum(b, 0.2) * np.minimum(b, -1.1)), B),
    "sign": (lambda b: np.sum(np.sign(b) * b**2), B),
    "rest": (lambda b: np.sum(b % 0.7 + np.fmod(b, 0.7) * b + np.floor(b) * b + np.mod(0.8, b) + (b // 0.7) * b), B),
    "divmod": (lambda b: np.sum(np.divmod(b, 0.7)[1] * b), B),
    "round": (lambda b: np.sum((np.round(b + 0.1) + np.ceil(b) + np.trunc(b) + np.rint(b + 0.1)) * b), B),
    "degrees": (lambda b: np.sum(np.degrees(b) ** 2 + np.radians(b) + np.deg2rad(b) + np.rad2deg(b) + np.fabs(b)), B),
    "float_power": (lambda b: np.sum(np.float_power(np.abs(b), 1.5)), B),
    "heaviside": (lambda b: np.sum(np.heaviside(b, 0.5) * b), B),
    "copysign": (lambda b: np.sum(np.copysign(b, -1.0) ** 3), B),
}


def quotients(f: Callable[[Any], Any], x: Any) -> Any:
    """The derivatives with respect to each entry of `x`, as difference quotients of the fourth order."""
    found = []
    for i in np.ndindex(x.shape):
        h = np.zeros_like(x)
        h[i] = 2e-3
        found.append((8 * (f(x + h) - f(x - h)) - (f(x + 2 * h) - f(x - 2 * h))) / (12 * 2e-3))
    return np.stack(found, -1).reshape(*np.shape(found[0]), *x.shape)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_value_is_numpys_and_derivatives_are_difference_quotients(name: str) -> None:
    f, x = FUNCTIONS[name]
    y, slope = value_and_grad(f)(x)
    assert y == pytest.approx(f(x), rel=1e-13)
    assert type(slope) is np.ndarray
    assert slope == pytest.approx(quotients(f, x), rel=1e-7, abs=1e-7)
    assert hessian(f)(x) == pytest.approx(quotients(grad(f), x), rel=1e-7, abs=1e-7)


@pytest.mark.parametrize("rank", [0, 1, 2, 3])
def test_the_determinant_has_its_derivatives_at_singular_matrices(rank: int) -> None:
    rng = np.random.default_rng(rank)
    a = np.round(rng.normal(size=(4, rank)) * 4) @ np.round(rng.normal(size=(rank, 4)) * 4)

    def leibniz(m: Any) -> Any:
        if len(m) == 1:
            return m[0, 0]
        minors = [np.delete(np.delete(m, 0, 0), j, 1) for j in range(len(m))]
        return sum((-1) ** j * m[0, j] * leibniz(minor) for j, minor in enumerate(minors))

    assert grad(np.linalg.det)(a) == pytest.approx(grad(leibniz)(a), rel=1e-12, abs=1e-9)
    assert hessian(np.linalg.det)(a) == pytest.approx(hessian(leibniz)(a), rel=1e-12, abs=1e-9)


def test_what_numpy_returns_is_an_array_of_values_again_or_of_numbers() -> None:
    def f(x: Any) -> Any:
        y = np.linalg.solve(x, np.exp(B))
        assert np.isfinite(y).dtype == bool
        assert type(np.isfinite(y)) is np.ndarray
        assert np.linalg.solve(x, np.ones((3, 2))).shape == (3, 2)
        return np.stack([np.logaddexp(y, 0.0), y])

    assert type(f(A)) is np.ndarray
    j = jacobian(f)(A)
    assert (type(j), j.shape, j.dtype) == (np.ndarray, (2, 3, 3, 3), float)
    upper = jacobian(lambda a: np.linalg.cholesky(a, upper=True))(A)
    assert upper == pytest.approx(jacobian(np.linalg.cholesky)(A).transpose(1, 0, 2, 3))


def test_singular_matrices_are_refused_as_numpy_refuses_them() -> None:
    for f in (np.linalg.inv, lambda a: np.linalg.solve(a, np.ones(2))):
        with pytest.raises(np.linalg.LinAlgError, match=r"^Singular matrix$"):
            jacobian(f)(np.array([[1.0, 2.0], [2.0, 4.0]]))
    with pytest.raises(np.linalg.LinAlgError, match=r"^Matrix is not positive definite$"):
        jacobian(np.linalg.cholesky)(np.array([[1.0, 2.0], [2.0, 1.0]]))
    with pytest.raises(ValueError, match=r"^det of Values takes one square matrix, got an array of shape \(2, 3\)\.$"):
        grad(np.linalg.det)(np.ones((2, 3)))
    with pytest.raises(ValueError, match=r"^solve of Values takes a right-hand side of 3 rows, got .* shape \(2,\)\.$"):
        jacobian(lambda a: np.linalg.solve(a, np.ones(2)))(A)


@pytest.mark.parametrize("name", ["eig", "eigvalsh", "svd", "pinv"])
def test_what_numpy_cannot_do_with_values_is_an_error_that_names_the_cure(name: str) -> None:
    with pytest.raises(TypeError, match=r"does not work on arrays of Values: write it with functions that do"):
        jacobian(getattr(np.linalg, name))(A)
    with pytest.raises(TypeError, match=r"^NumPy's nextafter does not work on arrays of Values"):
        jacobian(lambda x: np.nextafter(x, 1.0))(B)


def test_ties_and_zeros_have_the_slopes_of_the_table() -> None:
    assert grad(lambda x: np.sum(np.maximum(x, 0.0)))(np.array([0.0, 1.0, -1.0])).tolist() == [0.5, 1.0, 0.0]
    assert grad(lambda x: np.sum(np.sign(x) * x))(np.array([0.0, 2.0])).tolist() == [0.0, 1.0]


def test_other_errors_are_numpys_own() -> None:
    with pytest.raises(ValueError, match="operands could not be broadcast together"):
        grad(lambda x: np.sum(x + np.ones(2)))(B)
    with pytest.raises(TypeError, match="unexpected keyword"):
        grad(lambda x: np.sum(x, nonsense=True))(B)


def test_an_array_may_be_written_into() -> None:
    def f(x: Any) -> Any:
        out = np.zeros_like(x)
        np.add(x, x, out=out)
        out += 1.0
        return np.sum(out**2)

    assert grad(f)(B) == pytest.approx(4 * (2 * B + 1))


def test_the_program_of_such_a_function_is_the_function() -> None:
    def f(x: Any) -> Any:
        return np.sum(np.linalg.solve(x, B) ** 2) + np.sum(np.logaddexp(x, 0.0))

    program = autograd.compile(f)
    for a in (A, A + 1.0, np.array([[0.1, 2.0, 0.0], [3.0, 1.0, 1.0], [0.0, 1.0, 5.0]])):
        y, slope = program.value_and_grad(a)
        assert y == pytest.approx(f(a), rel=1e-12)
        assert slope == pytest.approx(grad(f)(a), rel=1e-11)


def test_a_mean_of_values_names_its_cure() -> None:
    for mean in (statistics.mean, statistics.pstdev):
        with pytest.raises(TypeError, match=r"for a mean write sum\(xs\) / len\(xs\), not statistics\.mean\(xs\)\.$"):
            mean([Value(1.0), Value(2.0)])  # type: ignore[type-var]  # the point


def test_methods_of_such_functions_and_arrays_made_by_hand() -> None:
    assert grad(np.logaddexp.reduce)(B) == pytest.approx(np.exp(B) / np.sum(np.exp(B)))
    by_hand = np.array([Value(1.0), Value(np.nan), Value(np.inf)]).view(arrays.Values)
    assert np.isnan(by_hand).tolist() == [False, True, False]
    assert np.isfinite(by_hand).tolist() == [True, False, False]
    assert np.isinf(-by_hand).tolist() == [False, False, True]


def test_a_program_asks_anew_what_is_nan() -> None:
    program = autograd.compile(lambda x: np.sum(np.where(np.isnan(x) | ~np.isfinite(x), 0.0, x**2)))
    for x in ([1.0, 2.0], [np.nan, 2.0], [np.inf, -np.inf]):
        assert program(np.array(x)) == sum(y**2 for y in x if np.isfinite(y))


@pytest.mark.parametrize("f", [np.cov, np.i0], ids=["cov", "i0"])
def test_errors_within_numpys_functions_name_the_cure(f: Callable[[Any], Any]) -> None:
    with pytest.raises(TypeError, match=r"write it with functions that do|use autograd's functions"):
        grad(lambda x: np.sum(f(x)))(B)
