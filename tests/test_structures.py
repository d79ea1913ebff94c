"""Structures of numbers: which containers are taken apart and rebuilt, how two of them match, and JAX's layouts."""

from __future__ import annotations

import math
from collections import Counter, OrderedDict, UserDict, defaultdict, deque, namedtuple
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

import autograd
from autograd import Value, exp, grad, hessian, hvp, jacobian, jvp, sin, sqrt, value_and_grad, vjp
from autograd.tree import flatten, flatten_like, outer
from tests.peers import peer

Point = namedtuple("Point", "x y")
Other = namedtuple("Other", "y x")


class Row(list[Any]):
    """A list whose constructor takes something else."""

    def __init__(self, first: Any, second: Any) -> None:
        super().__init__([first, second])


class Pair(tuple[Any, ...]):
    """A tuple likewise."""

    def __new__(cls, first: Any, second: Any) -> Pair:
        return super().__new__(cls, (first, second))


@dataclass
class Line:
    """The usual dataclass."""

    slope: Any
    offset: Any


@dataclass(frozen=True, slots=True)
class Frozen:
    """One that cannot be changed."""

    slope: Any
    offset: Any


@dataclass
class Derived:
    """One that derives a number from its fields."""

    slope: Any
    offset: Any
    both: Any = field(init=False)

    def __post_init__(self) -> None:
        self.both = self.slope**2 * self.offset


@dataclass
class Positive:
    """One that takes positive numbers only."""

    x: Any

    def __post_init__(self) -> None:
        if self.x < 0:
            raise ValueError("x is negative")


# f is a**2 * b, at (2, 3): its gradient is (12, 4).
REBUILT: dict[str, tuple[Callable[[Any], Any], Any, Any]] = {
    "list": (lambda v: v[0] ** 2 * v[1], [2.0, 3.0], [12.0, 4.0]),
    "tuple": (lambda v: v[0] ** 2 * v[1], (2.0, 3.0), (12.0, 4.0)),
    "dict": (lambda v: v["a"] ** 2 * v["b"], {"b": 3.0, "a": 2.0}, {"b": 4.0, "a": 12.0}),
    "Counter": (lambda v: v["a"] ** 2 * v["b"], Counter(a=2, b=3), Counter(a=12.0, b=4.0)),  # type: ignore[call-overload]  # floats, too
    "OrderedDict": (lambda v: v["a"] ** 2 * v["b"], OrderedDict(a=2.0, b=3.0), OrderedDict(a=12.0, b=4.0)),
    "defaultdict": (
        lambda v: v["a"] ** 2 * v["b"] + v["missing"],
        defaultdict(float, a=2.0, b=3.0),
        defaultdict(float, a=12.0, b=4.0),
    ),
    "deque": (lambda v: v[0] ** 2 * v[1], deque([2.0, 3.0], maxlen=2), deque([12.0, 4.0], maxlen=2)),
    "namedtuple": (lambda v: v.x**2 * v.y, Point(2.0, 3.0), Point(12.0, 4.0)),
    "a list's subclass": (lambda v: v[0] ** 2 * v[1], Row(2.0, 3.0), Row(12.0, 4.0)),
    "a tuple's subclass": (lambda v: v[0] ** 2 * v[1], Pair(2.0, 3.0), Pair(12.0, 4.0)),
    "dataclass": (lambda v: v.slope**2 * v.offset, Line(2.0, 3.0), Line(12.0, 4.0)),
    "frozen dataclass": (lambda v: v.slope**2 * v.offset, Frozen(2.0, 3.0), Frozen(12.0, 4.0)),
    "dataclass that derives": (lambda v: v.both, Derived(2.0, 3.0), Derived(12.0, 4.0)),
    "range": (lambda v: v[0] ** 2 * v[1], range(2, 4), [12.0, 4.0]),
    "array": (lambda v: v[0] ** 2 * v[1], np.array([2, 3]), np.array([12.0, 4.0])),
}


@pytest.mark.parametrize(("f", "at", "gradient"), REBUILT.values(), ids=REBUILT)
def test_a_gradient_is_of_the_kind_of_the_argument(f: Callable[[Any], Any], at: Any, gradient: Any) -> None:
    got = grad(f)(at)
    assert type(got) is type(gradient)
    assert np.array_equal(got, gradient) if isinstance(got, np.ndarray) else got == gradient
    assert getattr(got, "maxlen", None) == getattr(gradient, "maxlen", None)
    assert getattr(got, "default_factory", None) is getattr(gradient, "default_factory", None)
    value, moved = jvp(f, (at,), (at,))  # by Euler's theorem three times the value
    assert (value, moved) == (12.0, 36.0)


@pytest.mark.filterwarnings("ignore:the matrix subclass:PendingDeprecationWarning")
def test_a_matrix_multiplies_as_one() -> None:
    at = np.asmatrix([[1.0, 2.0], [3.0, 4.0]])
    gradient = grad(lambda m: (m * m)[0, 1])(at)  # m00 m01 + m01 m11
    assert type(gradient) is np.matrix
    assert gradient.tolist() == [[2.0, 5.0], [0.0, 2.0]]


def test_pandas_series_and_frames_keep_their_labels() -> None:
    pandas = peer("pandas")
    series = pandas.Series([2.0, 3.0], index=["a", "b"], name="weights")
    pandas.testing.assert_series_equal(grad(lambda s: s["a"] ** 2 * s["b"])(series), series * 0 + [12.0, 4.0])
    frame = pandas.DataFrame({"a": [1.0, 2.0], "b": [3.0, 4.0]}, index=["u", "v"])
    pandas.testing.assert_frame_equal(grad(lambda t: (t * t).sum().sum())(frame), 2 * frame)
    assert jacobian(lambda s: s * s)(series).tolist() == [[4.0, 0.0], [0.0, 6.0]]
    assert jvp(lambda s: s.sum(), (series,), ([1.0, 2.0],)) == (5.0, 3.0)
    with pytest.raises(
        ValueError, match=r"^tangents\[0\] has to be a Series of shape \(2,\) with the labels \['a', 'b'"
    ):
        jvp(lambda s: s.sum(), (series,), (series[::-1],))


REFUSED: dict[str, tuple[Callable[[], Any], str]] = {
    "a set": (lambda: grad(lambda x: 1.0)({1.0}), "not on a set;"),
    "a set within a list": (lambda: grad(lambda x: 1.0)([1.0, {2.0}]), "not on a set;"),
    "an array with a mask": (
        lambda: grad(lambda x: 1.0)(np.ma.array([1.0, 2.0], mask=[0, 1])),
        "not on a MaskedArray;",
    ),
    "a generator": (lambda: grad(lambda x: 1.0)(x for x in [1.0]), "not on a generator;"),
    "a mapping of its own": (lambda: grad(lambda x: 1.0)(UserDict(a=1.0)), "not on a UserDict;"),
    "a set as result": (lambda: jacobian(lambda x: {x})(1.0), "not on a set;"),
    "a dataclass that refuses": (
        lambda: grad(lambda p: -p.x)(Positive(2.0)),
        "A Positive cannot be rebuilt with other entries (ValueError: 'x is negative')",
    ),
}


@pytest.mark.parametrize(("call", "message"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_rebuilt_is_refused_by_the_name_of_its_type(call: Callable[[], Any], message: str) -> None:
    with pytest.raises(TypeError) as error:
        call()
    assert message in str(error.value)


# -- matching ---------------------------------------------------------------------------------------------------------


def by_names(d: Any) -> Any:
    return d["a"] ** 2 * d["b"]


AT = {"a": 2.0, "b": 3.0}  # where the gradient is (12, 4), and the Hessian [[6, 4], [4, 0]]


def test_dicts_match_by_key() -> None:
    assert jvp(by_names, (AT,), ({"b": 1.0, "a": 0.0},)) == (12.0, 4.0)
    assert hvp(by_names, (AT,), ({"b": 1.0, "a": 0.0},)) == ({"a": 4.0, "b": 0.0},)
    assert autograd.compile(by_names).jvp((AT,), ({"b": 1.0, "a": 0.0},)) == (12.0, 4.0)
    _, multiply = vjp(lambda x: {"a": x**2, "b": 3 * x}, 2.0)
    assert multiply({"b": 1.0, "a": 0.0}) == (3.0,)


def test_a_compiled_function_does_not_carry_what_does_not_move_either() -> None:
    f = autograd.compile(lambda v: v[0] ** 2 + sqrt(v[1]))
    assert f.jvp(([1.0, 0.0],), ([1.0, 0.0],)) == (1.0, 2.0)
    assert f.jvp(([1.0, 4.0],), ([1.0, 1.0],)) == (3.0, 2.25)


@dataclass
class Weights:
    """A dataclass with something in it that is no number."""

    slope: Any
    name: str


def test_a_compiled_function_takes_such_structures_and_makes_one_program_for_all_alike() -> None:
    f = autograd.compile(lambda weights, x: weights.slope * x, 1)
    assert f.grad(Weights(2.0, "w"), 3.0) == 2.0
    text = f.source
    assert f.grad(Weights(5.0, "w"), 3.0) == 5.0
    assert f.source == text
    g = autograd.compile(lambda v: v[0] ** 2 * v[1])
    assert (g.grad(deque([2.0, 3.0])), g(deque([1.0, 3.0]))) == (deque([12.0, 4.0]), 3.0)


def test_a_compiled_function_tells_series_by_their_labels() -> None:
    pandas = peer("pandas")
    f = autograd.compile(lambda s: s["a"] ** 2 * s["b"])
    for labels in ("ab", "ba"):
        series = pandas.Series([2.0, 3.0], index=[*labels])
        pandas.testing.assert_series_equal(f.grad(series), grad(lambda s: s["a"] ** 2 * s["b"])(series))


def test_columns_match_by_key_too() -> None:
    f = autograd.compile(by_names, engine="numpy")
    column = np.array([2.0, 3.0])
    value, moved = f.jvp(({"a": column, "b": 3.0},), ({"b": np.ones(2), "a": 0.0},))
    assert (value.tolist(), moved.tolist()) == ([12.0, 27.0], [4.0, 9.0])
    with pytest.raises(ValueError, match=r"^tangents\[0\] has to be a dict with the keys \['a', 'b'\]"):
        f.jvp(({"a": column, "b": 3.0},), ({"b": np.ones(2), "c": 0.0},))


def test_an_array_that_is_returned_for_columns_has_a_column_for_each_number() -> None:
    f = autograd.compile(lambda x: np.array([x, x**2]), engine="numpy")
    assert f(np.array([1.0, 2.0, 3.0])).tolist() == [[1.0, 2.0, 3.0], [1.0, 4.0, 9.0]]


def test_sequences_match_by_place_and_length_whatever_their_kind() -> None:
    assert jvp(lambda v: v[0] * v[1], ([2.0, 3.0],), ((1.0, 0.0),)) == (6.0, 3.0)
    assert jvp(lambda v: v[0] * v[1], (np.array([2.0, 3.0]),), ([1.0, 0.0],)) == (6.0, 3.0)
    assert jvp(lambda v: v[0] * v[1], (Point(2.0, 3.0),), (deque([1.0, 0.0]),)) == (6.0, 3.0)
    assert jvp(lambda a: a[0, 1] * a[1, 0], (np.eye(2) + 1,), ([[0.0, 1.0], np.zeros(2)],)) == (1.0, 1.0)
    assert jvp(lambda x, y: x * y, [2.0, 3.0], (np.float64(1.0), 0)) == (6.0, 3.0)
    assert jvp(lambda x: x * x, (3.0,), (np.array(1.0),)) == (9.0, 6.0)


def total(x: Any) -> Any:
    return sum(flatten(x)[0])


MISFITS: dict[str, tuple[Callable[[], Any], str]] = {
    "other keys": (
        lambda: jvp(by_names, (AT,), ({1: 1.0, 2: 1.0},)),
        "tangents[0] has to be a dict with the keys ['a', 'b'], as in the primals; it is a dict with the keys [1, 2].",
    ),
    "one key too few": (
        lambda: hvp(by_names, (AT,), ({"a": 1.0},)),
        "tangents[0] has to be a dict with the keys ['a', 'b'], as in the primals; it is a dict with the keys ['a'].",
    ),
    "a list for a number": (
        lambda: jvp(by_names, (AT,), ({"a": 1.0, "b": [1.0]},)),
        "tangents[0]['b'] has to be a number, as in the primals; it is a list of length 1.",
    ),
    "numbers and lists exchanged": (
        lambda: jvp(total, (([1.0, 2.0], 3.0),), ((1.0, [2.0, 3.0]),)),
        "tangents[0][0] has to be a list of length 2, as in the primals; it is a number.",
    ),
    "a transposed array": (
        lambda: jvp(total, (np.ones((2, 3)),), (np.ones((3, 2)),)),
        "tangents[0] has to be an array of shape (2, 3), as in the primals; it is an array of shape (3, 2).",
    ),
    "a list of other lengths for an array": (
        lambda: jvp(total, (np.ones((2, 3)),), ([[1.0, 1.0, 1.0], [1.0]],)),
        "tangents[0][1] has to be a list of length 3, as in the primals; it is a list of length 1.",
    ),
    "an array for a dict": (
        lambda: jvp(by_names, (AT,), (np.ones(2),)),
        "tangents[0] has to be a dict with the keys ['a', 'b'], as in the primals; it is an array of shape (2,).",
    ),
    "names in another order": (
        lambda: jvp(total, (Point(1.0, 2.0),), (Other(1.0, 2.0),)),
        "tangents[0] has to be a Point of length 2, as in the primals; it is a Other of length 2.",
    ),
    "another dataclass": (
        lambda: jvp(lambda line: line.slope, (Line(1.0, 2.0),), (Frozen(1.0, 2.0),)),
        "tangents[0] has to be a Line, as in the primals; it is a Frozen.",
    ),
    "within a dataclass": (
        lambda: jvp(lambda line: line.slope, (Line(1.0, [2.0]),), (Line(1.0, []),)),
        "tangents[0].offset has to be a list of length 1, as in the primals; it is a list of length 0.",
    ),
    "no sequence": (
        lambda: jvp(total, (1.0,), 1.0),  # type: ignore[arg-type]  # which is the point
        "tangents has to be a tuple of length 1, as in the primals; it is a number.",
    ),
    "of a result": (
        lambda: vjp(lambda x: {"a": [x, x]}, 1.0)[1]({"a": [1.0]}),
        "cotangents['a'] has to be a list of length 2, as in the result; it is a list of length 1.",
    ),
    "of a compiled function": (
        lambda: autograd.compile(by_names).jvp((AT,), ([1.0, 2.0],)),
        "tangents[0] has to be a dict with the keys ['a', 'b'], as in the primals; it is a list of length 2.",
    ),
}


@pytest.mark.parametrize(("call", "message"), MISFITS.values(), ids=MISFITS)
def test_what_does_not_fit_is_refused_with_its_path(call: Callable[[], Any], message: str) -> None:
    with pytest.raises(ValueError, match="has to be") as error:
        call()
    assert str(error.value) == message


@pytest.mark.parametrize("primals", [1.0, {"x": 1.0}, "12", np.array(1.0)], ids=["number", "dict", "text", "array ()"])
def test_primals_are_a_sequence(primals: Any) -> None:
    with pytest.raises(TypeError, match=r"^primals is a sequence of arguments, got a .*; for one write \(x,\)\.$"):
        jvp(lambda x: x, primals, (1.0,))
    with pytest.raises(TypeError, match=r"^primals is a sequence"):
        hvp(lambda x: x, primals, (1.0,))


def test_a_tangent_is_a_number() -> None:
    with pytest.raises(TypeError, match=r"^Values are real numbers, got 'fast' \(str\)"):
        jvp(lambda x: x, (1.0,), ("fast",))


def test_arrays_are_leaves_where_they_are_columns() -> None:
    column = np.ones(3)
    assert flatten_like({"b": 1.0, "a": column}, {"a": 0.0, "b": column}, "x", "y", arrays=False)[0] is column


# -- arrays of shape () -----------------------------------------------------------------------------------------------


def test_arrays_of_shape_zero_are_numbers() -> None:
    assert grad(lambda x: np.where(x > 0, x**2, 0.0))(3.0) == 6.0
    assert value_and_grad(lambda x: np.tensordot(x, x, 1))(np.array([1.0, 2.0]))[0] == 5.0
    assert grad(lambda x: np.einsum("i,i->", x, x))(np.array([1.0, 2.0])).tolist() == [2.0, 4.0]
    assert grad(lambda x: autograd.maximum(2 * x, np.where(x > 0, x**2, 0.0)))(3.0) == 6.0
    assert grad(lambda x: exp(np.where(x > 0, x**2, 0.0)))(1.0) == 2 * math.e
    assert grad(lambda x: autograd.pow(2.0, np.where(x > 0, x**2, 0.0)))(1.0) == 4 * math.log(2)
    assert grad(lambda x: autograd.sum([x, np.where(x > 0, x**2, 0.0)]))(3.0) == 7.0
    assert grad(lambda x: x**2)(np.array(3.0)) == 6.0
    assert hessian(lambda x: np.where(x > 0, x**3, 0.0))(np.array(2.0)) == 12.0
    assert jacobian(lambda x: np.where(x[0] > 0, x[0] * x[1], 0.0))(np.array([2.0, 3.0])).tolist() == [3.0, 2.0]
    assert vjp(lambda x: np.where(x > 0, x**2, 0.0), 3.0)[1](np.array(1.0)) == (6.0,)


# -- layouts ----------------------------------------------------------------------------------------------------------


def test_argnums_are_whole_numbers_of_any_kind() -> None:
    def f(x: Any, y: Any) -> Any:
        return x * y**2

    assert grad(f, np.int64(1))(2.0, 3.0) == 12.0
    assert grad(f, (np.int64(0), np.uint8(1)))(2.0, 3.0) == (9.0, 12.0)
    assert grad(f, np.array([0, 1]))(2.0, 3.0) == (9.0, 12.0)
    assert grad(f, range(2))(2.0, 3.0) == (9.0, 12.0)
    assert autograd.compile(f, np.int64(1)).grad(2.0, 3.0) == 12.0
    with pytest.raises(TypeError, match=r"^argnums is a whole number or a sequence of them, got 1\.0\.$"):
        grad(f, 1.0)(2.0, 3.0)  # type: ignore[arg-type]  # which is the point


def agree(ours: Any, theirs: Any) -> None:
    """The same nesting, the same shapes, the same numbers."""
    if isinstance(theirs, dict):
        assert type(ours) is dict
        assert ours.keys() == theirs.keys()
        for key in theirs:
            agree(ours[key], theirs[key])
    elif isinstance(theirs, (list, tuple)):
        assert type(ours) is type(theirs)
        assert len(ours) == len(theirs)
        for x, y in zip(ours, theirs, strict=True):
            agree(x, y)
    else:
        assert np.shape(ours) == np.shape(theirs)
        assert isinstance(ours, float) or ours.dtype == float
        np.testing.assert_allclose(ours, theirs, rtol=1e-12)


A, B = np.array([[0.3, 1.2, -0.7], [0.5, -1.1, 0.9]]), np.array([0.4, 1.5])
# A function in the functions of a module (NumPy's or JAX's), its argnums and arguments.
LAYOUTS: dict[str, tuple[Callable[[Any], Callable[..., Any]], Any, tuple[Any, ...]]] = {
    "array to array": (lambda m: lambda x: m.sin(x) @ m.ones(3) * x[:, 0], 0, (A,)),
    "array to number": (lambda m: lambda x: m.sum(m.sin(x) * x), 0, (A,)),
    "number to array": (lambda m: lambda x: m.ones((2, 3)) * m.sin(x), 0, (0.5,)),
    "number to number": (lambda m: lambda x: x**3, 0, (0.5,)),
    "several arguments": (lambda m: lambda x, y: y * (m.exp(x) @ m.ones(3)), (0, 1), (A, B)),
    "one of several": (lambda m: lambda x, y: y * (m.exp(x) @ m.ones(3)), (1,), (A, B)),
    "dict of arrays": (lambda m: lambda d: d["b"] * (m.exp(d["a"]) @ m.ones(3)), 0, ({"a": A, "b": B},)),
    "dicts to dicts": (
        lambda m: lambda d, y: {"p": (m.sin(d["a"]) * y, d["b"][0] ** 2), "q": [d["b"] * y**2]},
        (0, 1),
        ({"a": A, "b": B}, 1.5),
    ),
    "list of numbers to array": (lambda m: lambda v: m.ones(2) * v[0] * v[1] ** 2, 0, ([0.5, 2.0],)),
    "array to list of numbers": (lambda m: lambda x: [x[0] * x[1], x[1] ** 2], 0, (B,)),
    "list of numbers to list of numbers": (lambda m: lambda v: [v[0] * v[1], v[1] ** 3], 0, ([0.5, 2.0],)),
}


@pytest.mark.parametrize(("of", "argnums", "args"), LAYOUTS.values(), ids=LAYOUTS)
def test_jacobians_and_hessians_have_the_layout_of_jax(of: Callable[[Any], Any], argnums: Any, args: Any) -> None:
    jax = peer("jax")
    jax.config.update("jax_enable_x64", True)
    agree(jacobian(of(np), argnums)(*args), jax.jacobian(of(jax.numpy), argnums)(*args))
    agree(hessian(of(np), argnums)(*args), jax.hessian(of(jax.numpy), argnums)(*args))


def test_the_hessian_of_several_results_is_that_of_each() -> None:
    def f(v: Any) -> Any:
        return [v[0] * v[1] ** 2, sin(v[0]) * v[1]]

    at = [0.5, 2.0]
    rows = hessian(f)(at)
    assert rows[0] == [[0.0, 4.0], [4.0, 1.0]]
    assert rows[1] == [pytest.approx([-2 * math.sin(0.5), math.cos(0.5)]), pytest.approx([math.cos(0.5), 0.0])]
    assert rows == [hessian(lambda v, i=i: f(v)[i])(at) for i in range(2)]


def test_a_compiled_hessian_has_the_same_layout() -> None:
    def f(d: Any, y: Any) -> Any:
        return np.sum(np.sin(d["a"]) * y) * d["b"][0] * d["b"][1]

    args = {"a": A, "b": B}, 1.5
    for by in (0, (0, 1)):
        agree(autograd.compile(f, by).hessian(*args), hessian(f, by)(*args))


def test_an_outer_structure_has_a_right_one_for_each_leaf_of_the_left_one() -> None:
    rows = [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]
    assert outer(rows, {"a": 0.0, "b": 0.0}, [0.0, (0.0, 0.0)]) == {"a": [1.0, (2.0, 3.0)], "b": [4.0, (5.0, 6.0)]}
    assert outer([], [], [0.0]) == []
    assert outer([[], []], (0.0, 0.0), []) == ([], [])
    assert outer([[]], np.zeros(1), np.zeros(0)).shape == (1, 0)


# -- what else a function gives ---------------------------------------------------------------------------------------


def with_aux(x: Any) -> Any:
    return x**2, {"thrice": 3 * x, "text": "as it is", "counts": np.array([1, 2]), "array": np.array([x, 1.0])}


def check_aux(aux: Any) -> None:
    assert (type(aux["thrice"]), aux["thrice"], aux["text"]) == (float, 6.0, "as it is")
    assert (aux["counts"].dtype, aux["counts"].tolist()) == (int, [1, 2])
    assert (aux["array"].dtype, aux["array"].tolist()) == (float, [2.0, 1.0])


def test_has_aux_gives_what_jax_gives() -> None:
    slope, aux = grad(with_aux, has_aux=True)(2.0)
    assert slope == 4.0
    check_aux(aux)
    (value, aux), slope = value_and_grad(with_aux, 0, True)(2.0)
    assert (value, slope) == (4.0, 4.0)
    check_aux(aux)
    slope, aux = jacobian(with_aux, has_aux=True)(2.0)
    assert slope == 4.0
    check_aux(aux)
    second, aux = hessian(with_aux, has_aux=True)(2.0)
    assert second == 2.0
    check_aux(aux)
    value, multiply, aux = vjp(with_aux, 2.0, has_aux=True)
    assert (value, multiply(1.0)) == (4.0, (4.0,))
    check_aux(aux)
    value, moved, aux = jvp(with_aux, (2.0,), (1.0,), has_aux=True)
    assert (value, moved) == (4.0, 4.0)
    check_aux(aux)


def test_what_else_a_function_gives_keeps_its_graph_to_values_outside() -> None:
    w = Value(5.0)
    slope, (ours, theirs, w_itself) = grad(lambda x: (w * x**2, (exp(x), w * x, w)), has_aux=True)(2.0)
    assert (slope.data, theirs.data, ours) == (20.0, 10.0, math.exp(2))
    assert w_itself is w
    theirs.backward()
    assert w.grad == 2.0
    same = object()
    assert grad(lambda x: (x, same), has_aux=True)(2.0) == (1.0, same)


@pytest.mark.parametrize("result", [1.0, [1.0, 2.0], (1.0, 2.0, 3.0)], ids=["number", "list", "three"])
def test_has_aux_needs_a_pair(result: Any) -> None:
    with pytest.raises(TypeError, match=r"^With has_aux=True the function has to return a pair, .*; got a "):
        grad(lambda x: result, has_aux=True)(1.0)
