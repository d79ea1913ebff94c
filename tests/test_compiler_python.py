"""Compiled functions give what eager ones give: every row of the table, however they are called, and their errors."""

from __future__ import annotations

import copy
import functools
import inspect
import itertools
import math
import pickle
from collections import namedtuple
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

import autograd
from autograd import CompileError, DomainError, Value, exp, log, ops
from autograd.op import Op
from tests import naive
from tests.test_ops import ROWS, call, points

# -- every row, everywhere --------------------------------------------------------------------------------------

EDGES = [0.0, -0.0, math.inf, -math.inf, math.nan, 800.0, -800.0, 1e300, -1e300, 1.0, -1.0, 0.5, 5e-324]


def near(x: float, y: float) -> bool:
    return x == y or (x != x and y != y) or abs(x - y) <= 1e-12 * max(abs(x), abs(y))


def agree(x: Any, y: Any) -> bool:
    """Whether two results, or two errors, say the same."""
    if isinstance(x, str) or isinstance(y, str):
        return bool(x == y)
    return all(map(near, autograd.tree.flatten(x)[0], autograd.tree.flatten(y)[0]))


def outcome(f: Callable[..., Any], *args: Any) -> Any:
    """What a function gives, or the text of its error."""
    try:
        return f(*args)
    except DomainError as error:
        return str(error)


def cancels(row: Op, xs: Sequence[float]) -> bool:
    """Whether a sum is nothing against its terms; eager sums are exact even then."""
    return row.name == "sum" and abs(math.fsum(xs)) < 1e-12 * max(map(abs, xs))


def families(row: Op) -> Iterator[tuple[Callable[..., Any], list[list[float]]]]:
    """The row as functions of numbers that may vary, with points to call them at."""
    edges = [] if row.vectors else itertools.product(EDGES if row.arity == 1 else EDGES[:8], repeat=row.arity)
    found: dict[tuple[Any, ...], list[list[float]]] = {}
    for xs in [*points(row), *edges]:
        fixed = [i for i in range(len(xs)) if (row.name, i) in naive.PARAMETERS]
        key = len(xs), tuple((i, xs[i]) for i in fixed)
        if xs and not cancels(row, xs):
            found.setdefault(key, []).append([x for i, x in enumerate(xs) if i not in fixed])
    for (n, parameters), lines in found.items():

        def f(*xs: Any, n: int = n, parameters: dict[int, float] = dict(parameters)) -> Any:  # noqa: B006  # bound
            source = iter(xs)
            return call(row, [parameters[i] if i in parameters else next(source) for i in range(n)])

        yield f, lines


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_every_row_has_the_value_and_slopes_of_the_eager_one_everywhere_and_its_errors(row: Op) -> None:
    wrong = []
    for f, lines in families(row):
        every = range(len(lines[0]))
        ours, eager = autograd.compile(f, every).value_and_grad, autograd.value_and_grad(f, every)
        for xs in lines:
            expected, got = outcome(eager, *xs), outcome(ours, *xs)
            wrong += [(xs, expected, got)] if not agree(expected, got) else []
    assert not wrong


@pytest.mark.parametrize("row", [row for row in ROWS if not row.vectors], ids=lambda row: row.name)
def test_every_row_has_the_second_derivatives_of_the_eager_one(row: Op) -> None:
    for f, lines in families(row):
        every = range(len(lines[0]))
        ours, eager = autograd.compile(f, every).hessian, autograd.hessian(f, every)
        for xs in [xs for xs in lines if all(0.1 < abs(x) < 4 for x in xs)][:20]:
            assert agree(outcome(eager, *xs), outcome(ours, *xs)) or abs(xs[0]) == abs(xs[-1]), xs  # where they cancel


# -- what is called how -----------------------------------------------------------------------------------------


def polynomial(x: Any, y: Any) -> Any:
    return x**2 * y + 3 * x


def test_it_is_called_like_the_function_and_has_its_derivatives() -> None:
    f = autograd.compile(polynomial, argnums=(0, 1))
    assert f(2.0, 5.0) == 26.0
    assert f.value_and_grad(2.0, 5.0) == (26.0, (23.0, 4.0))
    assert f.grad(2.0, 5.0) == (23.0, 4.0)
    assert f.hessian(2.0, 5.0) == autograd.hessian(polynomial, (0, 1))(2.0, 5.0)
    assert f.jvp((2.0, 5.0), (1.0, 0.0)) == (26.0, 23.0)
    assert autograd.compile(polynomial).grad(2.0, 5.0) == 23.0
    assert autograd.compile(polynomial, 1).grad(2.0, 5.0) == 4.0
    assert autograd.compile(polynomial, -1).hessian(2.0, 5.0) == 0.0
    assert repr(f) == f"<compiled {polynomial!r}>"


@pytest.mark.parametrize("x", [2, True, Fraction(1, 2), np.float64(1.5), np.float32(0.5), np.int64(3)], ids=repr)
def test_other_kinds_of_number_are_floats(x: Any) -> None:
    f = autograd.compile(polynomial)
    assert f.value_and_grad(1.0, 1.0) == (4.0, 5.0)
    y, slope = f.value_and_grad(x, 1.0)
    assert (y, slope) == autograd.value_and_grad(polynomial)(x, 1.0)
    assert type(y) is type(slope) is float


@pytest.mark.parametrize("x", ["a", None, 1j, object()], ids=type)
def test_what_is_no_number_is_refused_as_ever(x: Any) -> None:
    f = autograd.compile(polynomial)
    f(1.0, 1.0)
    pairs: list[Any] = [(f, polynomial), (f.value_and_grad, autograd.value_and_grad(polynomial))]
    for ours, eager in pairs[isinstance(x, complex) :]:  # of which `polynomial` itself makes another complex number
        with pytest.raises(TypeError) as expected:
            eager(x, 1.0)
        with pytest.raises(TypeError) as got:
            ours(x, 1.0)
        assert str(got.value) == str(expected.value)


def test_arguments_may_be_given_by_name() -> None:
    f = autograd.compile(polynomial)
    for _ in range(2):
        assert f.grad(y=5.0, x=2.0) == f.grad(2.0, y=5.0) == 23.0
    assert len(f.source.split("def ")) == 2


@pytest.mark.parametrize("args", [(), (1.0,), (1.0, 2.0, 3.0)])
def test_a_wrong_number_of_arguments_is_a_type_error_before_and_after(args: tuple[float, ...]) -> None:
    f = autograd.compile(polynomial, argnums=())
    with pytest.raises(TypeError, match="argument"):
        f(1.0, z=2.0)
    with pytest.raises(TypeError, match="argument"):
        f(*args)
    f(1.0, 2.0)
    with pytest.raises(TypeError, match="argument"):
        f(*args)
    with pytest.raises(TypeError, match="argument"):
        f(1.0, z=2.0)
    with pytest.raises(TypeError, match="argument"):
        f.jvp(args, args)


def test_with_values_the_function_itself_records() -> None:
    f = autograd.compile(polynomial)
    f(1.0, 1.0)
    x = Value(2.0, "x")
    y = f(x, 5.0)
    assert (y.data, y.op, y.args[0].op) == (26.0, ops.add, ops.mul)
    assert autograd.grad(f.grad)(2.0, 5.0) == 10.0
    assert f.jvp((x, 5.0), (1.0, 0.0))[1].data == 23.0
    assert autograd.compile(lambda x: f(x, x) * 2).grad(2.0) == 2 * (3 * 4 + 3)


def test_a_function_kept_from_before_the_first_call_is_the_program_afterwards() -> None:
    f = autograd.compile(polynomial)
    kept = f.value_and_grad
    code = kept.__code__
    kept(2.0, 5.0)
    assert kept is f.value_and_grad
    assert kept.__code__ is not code
    assert kept.__code__.co_varnames[:2] == ("x", "y")
    assert "program" in (kept.__doc__ or "")
    assert type(kept.__globals__) is dict  # in a subclass Python looks names up ten times more slowly


def test_it_has_the_name_of_the_function_and_is_pickled_without_its_programs() -> None:
    f = autograd.compile(polynomial, (0, 1))
    assert f(2.0, 5.0) == 26.0
    assert (vars(f)["__name__"], inspect.signature(f)) == ("polynomial", inspect.signature(polynomial))
    for copied in (pickle.loads(pickle.dumps(f)), copy.deepcopy(f)):
        assert copied.grad(2.0, 5.0) == (23.0, 4.0)


def test_functions_of_any_signature_can_be_compiled() -> None:
    calls: list[tuple[tuple[Any, ...], dict[str, Any]]] = [
        ((3.0,), {}),
        ((3.0, 4.0), {}),
        ((3.0, 4.0, 5.0), {"power": 3}),
        ((3.0,), {"n": 4.0, "z": 7.0}),
        ((3.0,), {"power": 2}),
        ((3.0,), {"z": 8.0}),
    ]

    def f(x: Any, n: Any = 2.0, *more: Any, power: int = 1, **others: Any) -> Any:
        return (x * n + sum(more)) ** power + sum(others.values())

    ours = autograd.compile(f)
    for args, kwargs in calls:
        for _ in range(2):
            assert ours(*args, **kwargs) == f(*args, **kwargs)
            assert ours.value_and_grad(*args, **kwargs) == autograd.value_and_grad(f)(*args, **kwargs)
    with pytest.raises(DomainError):
        autograd.compile(lambda x, scale=1.0: log(x) * scale)(-1.0, scale=2.0)


def test_a_function_of_nothing_is_a_program_of_nothing() -> None:
    w = Value(2.0)
    f = autograd.compile(lambda: w * 3, argnums=())
    assert (f(), f.value_and_grad()) == (6.0, (6.0, ()))
    w.data = 5.0
    assert (f(), f.value_and_grad()) == (15.0, (15.0, ()))


def test_callables_of_all_kinds_can_be_compiled() -> None:
    class Model:
        def __init__(self) -> None:
            self.w = Value(2.0)

        def __call__(self, x: Any) -> Any:
            return self.scaled(x) + 1

        def scaled(self, x: Any) -> Any:
            return self.w * x

    model = Model()
    for f in (model, autograd.compile(model), model.scaled, functools.partial(polynomial, 2.0), autograd.sin):
        expected = autograd.value_and_grad(f)(3.0)
        y, slope = autograd.compile(f).value_and_grad(3.0)
        assert (y, slope) == pytest.approx(tuple(getattr(x, "data", x) for x in expected), rel=1e-15)
    assert autograd.compile(max).grad(3.0, 2.0) == 1.0


Point = namedtuple("Point", "x y")
STRUCTURES = [
    [1.0, 2.0],
    (1.0, 2.0),
    {"x": 1.0, "y": 2.0},
    {"x y": [1.0], "z": (2.0, {"t": 3.0})},
    {1: 1.0, "two": 2.0},
    Point(1.0, 2.0),
    np.array([1.0, 2.0]),
    np.array([[1.0, 2.0], [3.0, 4.0]]),
    [np.array([1.0, 2.0]), Point([1.0], 2.0)],
    [1, 2.0],
    [[], 1.0],
]


def total(tree: Any, factor: Any = 3.0) -> Any:
    """A function of whatever structure."""
    leaves = autograd.tree.flatten(tree)[0]
    return factor * sum(x * x * (i + 1) for i, x in enumerate(leaves))


@pytest.mark.parametrize("tree", STRUCTURES, ids=itertools.count())
def test_gradients_have_the_structure_of_the_arguments(tree: Any) -> None:
    f = autograd.compile(lambda tree, factor: total(tree, factor), argnums=(0, 1))
    for _ in range(2):
        pairs: list[tuple[Callable[..., Any], Callable[..., Any]]] = [
            (f.grad, autograd.grad(total, (0, 1))),
            (f.hessian, autograd.hessian(total, (0, 1))),
            (f.value_and_grad, autograd.value_and_grad(total, (0, 1))),
            (lambda *args: f.jvp(args, args), lambda *args: autograd.jvp(total, args, args)),
        ]
        for ours, eager in pairs:
            got, expected = ours(tree, 3.0), eager(tree, 3.0)
            assert repr(got) == repr(expected)


@pytest.mark.parametrize("build", [list, tuple, dict, np.array, lambda xs: Point(*list(xs)[:2])], ids=itertools.count())
def test_results_have_the_structure_that_the_function_gives_them(build: Callable[..., Any]) -> None:
    def f(x: Any) -> Any:
        return build([("a", x), ("b", x * x)]) if build is dict else build([x, x * x])

    ours = autograd.compile(f)
    assert repr(ours(3.0)) == repr(f(3.0))
    assert repr(ours.jvp((3.0,), (1.0,))) == repr(autograd.jvp(f, (3.0,), (1.0,)))
    with pytest.raises(TypeError, match=r"^grad needs a function that returns one number, got an? "):
        ours.grad(3.0)


def test_dicts_in_results_may_have_any_keys() -> None:
    def f(x: Any) -> Any:
        return {("a", 1): x, 2: [x]}

    assert autograd.compile(f)(3.0) == {("a", 1): 3.0, 2: [3.0]}


def test_plain_numbers_and_conditions_may_be_returned() -> None:
    assert autograd.compile(lambda x: [2, x > 1, 1.5])(3.0) == [2, True, 1.5]
    assert autograd.compile(lambda x: 7).value_and_grad(3.0) == (7.0, 0.0)
    assert autograd.compile(lambda x, y: x).value_and_grad(3.0, 1.0) == (3.0, 1.0)


def test_another_layout_is_traced_once_and_both_are_kept() -> None:
    runs: list[None] = []

    def f(v: Any, flag: Any) -> Any:
        runs.append(None)
        return sum(x * x for x in v) * (2 if flag else 1)

    ours = autograd.compile(f)
    for _ in range(3):
        assert ours([1.0, 2.0], True) == 10.0
        assert ours([1.0, 2.0, 3.0], True) == 28.0
        assert ours([1.0, 2.0], False) == 5.0
        assert ours((1.0, 2.0), "yes") == 10.0
    assert len(runs) == 4


def test_argnums_and_directions_are_checked_as_for_grad() -> None:
    for argnums in (2, (0, 0), "x", (0, 5)):
        with pytest.raises((TypeError, ValueError)) as expected:
            autograd.grad(polynomial, argnums)(1.0, 2.0)  # type: ignore[arg-type]  # on purpose
        with pytest.raises(type(expected.value)) as got:
            autograd.compile(polynomial, argnums).grad(1.0, 2.0)  # type: ignore[arg-type]  # on purpose
        assert str(got.value) == str(expected.value)
    with pytest.raises(ValueError, match=r"^tangents has to be a tuple of length 2, as in the primals;"):
        autograd.compile(polynomial).jvp((1.0, 2.0), (1.0,))


# -- errors -----------------------------------------------------------------------------------------------------


def test_a_domain_error_is_the_eager_one_also_of_the_gradient_alone() -> None:
    f = autograd.compile(log)
    for ours in (f, f.grad, f.value_and_grad, f.hessian, lambda x: f.jvp((x,), (1.0,))):
        assert math.isfinite(autograd.tree.flatten(ours(2.0))[0][0])
        for _ in range(2):
            with pytest.raises(DomainError, match=r"^log is defined for x > 0, got -1\.0$"):
                ours(-1.0)
    with autograd.ieee():
        assert math.isnan(f(-1.0))


def test_overflow_is_infinite_as_ever() -> None:
    f = autograd.compile(lambda x: exp(x) + x**3 * 1e300)
    for x in (1000.0, 1e200, -1e200):
        assert agree(f.value_and_grad(x), autograd.value_and_grad(lambda x: exp(x) + x**3 * 1e300)(x))


def test_an_error_of_the_function_itself_is_its_own() -> None:
    def f(x: Any) -> Any:
        raise RuntimeError("no")

    with pytest.raises(RuntimeError, match=r"^no$"):
        autograd.compile(f)(1.0)


def test_there_is_no_source_before_the_first_call() -> None:
    f = autograd.compile(polynomial)
    with pytest.raises(CompileError, match=r"^There is no program yet: call the compiled function"):
        assert f.source
    assert issubclass(CompileError, ValueError)
