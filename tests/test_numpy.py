"""Where Values and NumPy meet."""

from fractions import Fraction
from typing import Any

import numpy as np
import pytest

import autograd
from autograd import Value, grad, hessian, jacobian
from autograd.arrays import Values

SCALARS = [np.float64(2), np.float32(2), np.int64(2), np.uint8(2), np.bool_(True), Fraction(2), True, 2]


def _array(*data: float) -> Any:
    return np.array([Value(x) for x in data])


@pytest.mark.parametrize("two", SCALARS, ids=lambda x: f"{type(x).__module__}.{type(x).__name__}")
def test_scalars_of_any_kind_stand_on_either_side_of_an_operator(two: Any) -> None:
    x = Value(3.0)
    n = float(two)
    for y, expected in [
        (x + two, 3 + n),
        (two + x, 3 + n),
        (x - two, 3 - n),
        (two - x, n - 3),
        (x * two, 3 * n),
        (two * x, 3 * n),
        (x / two, 3 / n),
        (two / x, n / 3),
        (x**two, 3**n),
        (two**x, n**3),
    ]:
        assert type(y) is Value
        assert type(y.data) is float
        assert y.data == pytest.approx(expected, rel=1e-15)
        assert all(type(d) is float for d in y.partials)
    assert type(Value(two).data) is float
    assert (x > two, x == two, two < x) == (n < 3, n == 3, n < 3)


def test_arrays_of_values_add_multiply_and_contract() -> None:
    a, b = _array(1.0, 2.0), _array(3.0, 4.0)
    (a @ b).backward()
    assert [v.grad for v in a] == [3.0, 4.0]
    assert [v.data for v in a + b] == [4.0, 6.0]
    assert [v.data for v in a * np.array([10.0, 100.0])] == [10.0, 200.0]
    assert [v.data for v in np.array([10.0, 100.0]) * a] == [10.0, 200.0]
    assert [v.data for v in a * Value(5.0)] == [5.0, 10.0]
    assert [v.data for v in Value(5.0) - a] == [4.0, 3.0]
    assert [v.data for v in np.array([1.0, 2.0]) ** Value(2.0)] == [1.0, 4.0]
    assert np.sum(a).data == 3.0
    assert (np.array([[1.0, 2.0], [3.0, 4.0]]) @ a)[1].data == 11.0


FUNCTIONS = ["exp", "expm1", "exp2", "log", "log1p", "log2", "log10", "sqrt", "cbrt", "sin", "cos", "tan"]
FUNCTIONS += ["arcsin", "arccos", "arctan", "sinh", "cosh", "tanh", "arcsinh", "arctanh"]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_numpys_functions_work_on_arrays_of_values(name: str) -> None:
    (y,) = getattr(np, name)(_array(0.3))
    assert type(y) is Value
    assert y.data == pytest.approx(getattr(np, name)(0.3), rel=1e-15)
    assert getattr(np, name)(Value(0.3)).data == y.data


@pytest.mark.parametrize("name", ["arctan2", "hypot", "power"])
def test_numpys_functions_of_two_arguments_work_on_arrays_of_values(name: str) -> None:
    f = getattr(np, name)
    (y,) = f(_array(0.3), _array(0.7))
    (z,) = f(_array(0.3), np.array([0.7]))
    assert type(y) is type(z) is Value
    assert y.data == z.data == pytest.approx(f(0.3, 0.7), rel=1e-15)


def test_a_value_does_not_slip_into_an_array_of_floats() -> None:
    row = np.zeros(2)
    cure = r"use autograd's functions \(autograd\.exp, not math\.exp; choose\(.*\), or x\.data"
    with pytest.raises(TypeError, match=cure):
        row[0] = Value(1.0)
    with pytest.raises(TypeError, match="does not turn into a plain number by itself"):
        np.array([Value(1.0)], dtype=float)


def test_an_array_is_no_number() -> None:
    with pytest.raises(TypeError, match="for arrays of Values use NumPy's functions"):
        autograd.exp(np.array([1.0, 2.0]))
    with pytest.raises(TypeError, match="for arrays of Values use NumPy's functions"):
        Value(np.array([1.0, 2.0]))


def test_derivatives_take_and_give_arrays() -> None:
    a = np.array([[1.0, 2.0], [3.0, 4.0]])
    slope = grad(lambda m: np.sum(m * m))(a)
    assert slope.dtype == np.float64
    assert np.array_equal(slope, 2 * a)
    assert np.array_equal(grad(lambda m: (m @ np.array([1, 2]))[0])(a), [[1.0, 2.0], [0.0, 0.0]])
    x = np.array([3.0, 2.0])
    assert jacobian(lambda v: np.array([v[0] * v[1], v[0] ** 2, v[1]]))(x).tolist() == [[2, 3], [6, 0], [0, 1]]
    assert hessian(lambda v: v[0] ** 2 * v[1])(x).tolist() == [[4, 6], [6, 0]]


def test_arrays_of_integers_are_differentiated_as_floats() -> None:
    assert grad(lambda v: v[0] ** 2)(np.array([3, 4])).tolist() == [6.0, 0.0]


def test_an_empty_array_has_an_empty_gradient() -> None:
    assert grad(lambda v: np.sum(v) + 1.0)(np.array([])).shape == (0,)


def test_an_array_among_the_numbers_of_a_vector_is_refused() -> None:
    with pytest.raises(TypeError, match="for arrays of Values use NumPy's functions"):
        autograd.sum([Value(1.0), np.array([1.0, 2.0])])


# What has no sense for numbers that are differentiated: bits, whole numbers, and how a float is stored.
OF_BITS = {"bitwise_and", "bitwise_count", "bitwise_or", "bitwise_xor", "invert", "left_shift", "right_shift"}
OF_BITS |= {"frexp", "gcd", "isnat", "lcm", "ldexp", "logical_xor", "modf", "nextafter", "signbit", "spacing"}
UFUNCS = sorted({f.__name__ for f in vars(np).values() if isinstance(f, np.ufunc)} - OF_BITS)


@pytest.mark.parametrize("name", UFUNCS)
def test_every_ufunc_of_numpy_gives_on_arrays_of_values_what_it_gives_on_floats(name: str) -> None:
    """So the tables of NumPy's names, in `value` and `arrays`, lack none."""
    f = getattr(np, name)
    a, b = np.array([1.25, 1.5]), np.array([1.75, 1.5])
    rows = [a, b] if "vec" not in name else [np.array([a, b]), b][:: -1 if name == "vecmat" else 1]
    if name in ("arcsin", "arccos", "arctanh"):
        rows = [a - 1.0]
    kinds = [np.array([Value(x) for x in row.flat]).reshape(row.shape).view(Values) for row in rows]
    ours, theirs = f(*kinds[: f.nin]), f(*rows[: f.nin])
    for mine, other in zip(ours if f.nout > 1 else [ours], theirs if f.nout > 1 else [theirs], strict=True):
        numbers = [x.data if isinstance(x, Value) else float(x) for x in np.ravel(mine)]
        if name.startswith("logical"):  # of objects NumPy gives an operand, as Python's `and` and `or` do
            numbers = [float(bool(x)) for x in numbers]
        assert np.allclose(numbers, np.ravel(other), rtol=1e-14)
