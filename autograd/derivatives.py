"""Derivatives of functions, of any order: a gradient is itself a graph. Names and conventions are JAX's."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property, wraps
from typing import Any, SupportsIndex

from autograd import ops
from autograd.graph import operations
from autograd.op import as_float
from autograd.precision import at_precision
from autograd.sweeps import Sweeps
from autograd.tree import Rebuild, flatten, flatten_like, outer
from autograd.value import Value, born, paused

__all__ = ["births", "grad", "hessian", "hvp", "indices_of", "jacobian", "jvp", "normal", "value_and_grad", "vjp"]

Argnums = SupportsIndex | Sequence[SupportsIndex]


class _Call:
    """A call of `f` with Values of its own in place of the arguments `argnums`, and what is asked of its graph.

    Where the results depend on nothing but those Values, derivatives are numbers; else, as in nested derivatives and
    closures over Values, they are Values.
    """

    def __init__(
        self, f: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any], argnums: Argnums, has_aux: bool
    ) -> None:
        by = normal(argnums)
        indices = indices_of(by, len(args))
        self.arguments = args[indices[0]] if isinstance(by, int) else tuple([args[i] for i in indices])
        self.given, self.like_arguments = flatten(self.arguments)
        with births() as self.own:
            # For a Value stands a node of its own, which keeps the levels of nested derivatives apart: the inner one is
            # by the stand-in, the outer one passes through it.
            self.xs: list[Value] = [ops.identity(x) if isinstance(x, Value) else Value(x) for x in self.given]
            inner, stand_ins = list(args), self.like_arguments(iter(self.xs))
            for i, arg in zip(indices, [stand_ins] if isinstance(by, int) else stand_ins, strict=True):
                inner[i] = arg
            self.result = f(*inner, **kwargs)
        self.aux: tuple[Any, ...] = ()  # what is returned at last
        if has_aux:
            if not isinstance(self.result, tuple) or len(self.result) != 2:
                raise TypeError(
                    "With has_aux=True the function has to return a pair, its result and whatever else it gives; "
                    f"got a {type(self.result).__name__}."
                )
            self.result, aux = self.result
            self.aux = (_without_graphs(aux, self.own),)
        self.ys, self.like_result = flatten(self.result)
        for y in self.ys:
            as_float(y)  # says what is wrong
        values = [y for y in self.ys if isinstance(y, Value)]
        self.order = operations(*values)
        leaves = [parent for node in self.order for parent in node.parents if not parent.parents]
        self.closed = self.own.issuperset(leaves + [y for y in values if not y.parents])

    @property
    def value(self) -> Any:
        return self.like_result(iter([y.data if isinstance(y, Value) and self.closed else y for y in self.ys]))

    @property
    def scalar(self) -> Any:
        """The result where it has to be one number."""
        return one_number(self.ys, self.like_result)

    @cached_property
    def sweeps(self) -> Sweeps:
        return Sweeps(self.order, self.xs, numbers=self.closed)

    def reverse(self, adjoints: Iterable[Any]) -> Any:
        """The derivatives by the arguments of the result times `adjoints`."""
        start = _moving(zip(self.ys, adjoints, strict=True))
        return self.like_arguments(iter(self.sweeps.reverse(start)))

    def forward(self, tangents: Iterable[Any]) -> Any:
        """The derivatives of the result in the direction `tangents`."""
        start = _moving(zip(self.xs, tangents, strict=True))
        moved = Sweeps(self.order, [*start], numbers=self.closed).forward(start, self.ys)
        return self.like_result(iter(moved))

    def jacobian(self) -> Any:
        """All derivatives: one sweep for each number of the argument or of the result, whichever are fewer."""
        xs, ys = self.xs, self.ys
        sweeps = Sweeps(self.order, xs, numbers=self.closed, many=True)
        if len(xs) < len(ys):
            columns = [sweeps.forward({x: 1.0}, ys) for x in xs]
            rows = [list(row) for row in zip(*columns, strict=True)] or [[] for _ in ys]
        else:
            rows = [sweeps.reverse({y: 1.0} if isinstance(y, Value) else {}) for y in ys]
        return outer(rows, self.result, self.arguments)


def _moving(pairs: Iterable[tuple[Any, Any]]) -> dict[Value, Any]:
    """Where a sweep starts: nodes and their seeds, without those that are plain zeros, which do not move."""
    seeds: dict[Value, Any] = {}
    for node, seed in pairs:
        seed = seed if isinstance(seed, Value) else as_float(seed)
        if isinstance(node, Value) and (isinstance(seed, Value) or seed != 0.0):
            seeds[node] = seeds[node] + seed if node in seeds else seed
    return seeds


def _without_graphs(aux: Any, own: set[Value]) -> Any:
    """What `f` returns besides its result, with numbers for Values that depend on nothing but leaves of its `own`."""
    parts, like_aux = flatten(aux, arrays=False)
    taken = [flatten(x) if getattr(x, "dtype", "") == "object" else ([x], next) for x in parts]
    values = [x for leaves, _ in taken for x in leaves if isinstance(x, Value)]
    if not values:
        return aux  # as it is
    open_ = {x for x in values if not x.parents and x not in own}
    for node in operations(*values):
        if any(x in open_ or not (x.parents or x in own) for x in node.parents):
            open_.add(node)

    def plain(x: Any) -> Any:
        return x.data if isinstance(x, Value) and x not in open_ else x

    return like_aux(iter([rebuild(map(plain, leaves)) for leaves, rebuild in taken]))


def one_number(ys: Sequence[Any], like_result: Rebuild) -> Any:
    """The only one of the numbers `ys` that a function returned; TypeError where it returned anything else."""
    if like_result is not next:
        kind = type(like_result(iter(ys))).__name__
        raise TypeError(f"grad needs a function that returns one number, got a {kind}; see jacobian.")
    return ys[0]


def normal(argnums: Argnums) -> int | tuple[int, ...]:
    """`argnums` as an int or a tuple of them; TypeError for anything but a whole number or a sequence of them."""
    try:
        return tuple(map(operator.index, argnums)) if isinstance(argnums, Iterable) else operator.index(argnums)
    except TypeError:
        raise TypeError(f"argnums is a whole number or a sequence of them, got {argnums!r}.") from None


def indices_of(argnums: Argnums, count: int) -> tuple[int, ...]:
    """The places of the arguments to differentiate by, among `count` positional ones."""
    by = normal(argnums)
    given = (by,) if isinstance(by, int) else by
    for i in given:
        if not -count <= i < count:
            raise TypeError(f"Cannot differentiate by argument {i}: the call has {count} positional argument(s).")
    indices = tuple(i % count for i in given)
    if twice := [i for i in indices if indices.count(i) > 1]:
        raise ValueError(f"argnums names argument {twice[0]} twice, got {argnums!r}.")
    return indices


@contextmanager
def births() -> Iterator[set[Value]]:
    """Records, and collects the leaves made meanwhile, which belong to the function being differentiated."""
    own: set[Value] = set()
    outer = born.get()
    token, was_paused = born.set(own), paused.set(False)
    try:
        yield own
    finally:
        paused.reset(was_paused)
        born.reset(token)
        if outer is not None:
            outer |= own


# -- functions --------------------------------------------------------------------------------------------------
# With `has_aux`, each takes a function that returns a pair, its result and whatever else it likes to give.


def value_and_grad(
    f: Callable[..., Any], argnums: Argnums = 0, has_aux: bool = False, *, precision: int | None = None
) -> Callable[..., tuple[Any, Any]]:
    """A function that gives the value of `f` together with its gradient; see `grad`.

    With `has_aux` it gives `((value, aux), gradient)`.

    >>> value_and_grad(lambda x, y: x * y**2, argnums=(0, 1))(3.0, 2.0)
    (12.0, (4.0, 12.0))
    """

    @wraps(f)
    def value_and_gradient(*args: Any, **kwargs: Any) -> tuple[Any, Any]:
        call = _Call(f, args, kwargs, argnums, has_aux)
        y = call.scalar
        if precision is not None and born.get() is None:  # else whoever differentiates this says how many digits
            y, slopes = at_precision(precision, y, call.xs, call.given)
            gradient = call.like_arguments(iter(slopes))
        else:
            y, gradient = call.value, call.reverse([1.0])
        return (y, *call.aux) if has_aux else y, gradient

    return value_and_gradient


def grad(
    f: Callable[..., Any], argnums: Argnums = 0, has_aux: bool = False, *, precision: int | None = None
) -> Callable[..., Any]:
    """The gradient of `f` as a function of the same arguments.

    - `f`: takes numbers, Values, or structures of them, and returns one number. A structure is a nesting of lists,
      tuples, dicts, deques, named tuples, dataclasses, NumPy's arrays and pandas' Series and DataFrames.
    - `argnums`: the positional arguments to differentiate by: an integer, or several for a tuple of gradients.
    - `has_aux`: whether `f` returns a pair of that number and anything else, `aux`; then it gives `(gradient, aux)`.
    - `precision`: so many digits, by reading the same rules in mpmath; the function's branches and the constants in it
      are those of floats.

    The gradient has the structure of the argument, a list for a range. It is made of floats; where an argument, or what
    `f` refers to from outside, is a Value, it is made of Values that depend on them, so that `grad(grad(f))` is the
    second derivative. No node's `grad` is touched. An argument from which no path leads to the result has derivative 0.

    Raises TypeError where `argnums`, an argument or the result is none of this, or a container cannot be rebuilt.

    >>> from autograd import sin
    >>> grad(lambda x: x**2 * sin(x))(0.5)
    0.6988211790767962
    >>> grad(grad(lambda x: x**3))(2.0)
    12.0
    """
    value_and_gradient = value_and_grad(f, argnums, has_aux, precision=precision)

    @wraps(f)
    def gradient(*args: Any, **kwargs: Any) -> Any:
        value, slopes = value_and_gradient(*args, **kwargs)
        return (slopes, value[1]) if has_aux else slopes

    return gradient


def vjp(f: Callable[..., Any], *primals: Any, has_aux: bool = False) -> tuple[Any, ...]:
    """The value of `f` at `primals`, and the function that multiplies a vector by the Jacobian from the left.

    The vector has the structure of the result, or there is ValueError; the product is a tuple with the structure of
    `primals`. One reverse sweep a product. With `has_aux`, `aux` follows as the third.

    >>> y, multiply = vjp(lambda x: [x[0] * x[1], x[0] ** 2], [3.0, 2.0])
    >>> y, multiply([1.0, 10.0])
    ([6.0, 9.0], ([62.0, 3.0],))
    """
    call = _Call(f, primals, {}, range(len(primals)), has_aux)

    def multiply(cotangents: Any) -> Any:
        return call.reverse(flatten_like(cotangents, call.result, "cotangents", "result"))

    return call.value, multiply, *call.aux


def jvp(
    f: Callable[..., Any], primals: Sequence[Any], tangents: Sequence[Any], has_aux: bool = False
) -> tuple[Any, ...]:
    """The value of `f` at `primals`, and its derivative in the direction `tangents`.

    Both are sequences of arguments of the same structure, or there is ValueError; where the tangent is the number 0,
    nothing moves. One forward sweep along the edges. With `has_aux`, `aux` follows as the third.

    >>> jvp(lambda x, y: x * y, (3.0, 2.0), (1.0, 0.0))
    (6.0, 2.0)
    """
    call = _Call(f, (args := _tuple(primals)), {}, range(len(args)), has_aux)
    return call.value, call.forward(flatten_like(tangents, args, "tangents", "primals")), *call.aux


def _tuple(primals: Any) -> tuple[Any, ...]:
    """A sequence of arguments as a tuple; TypeError for anything else."""
    if isinstance(primals, str) or not (isinstance(primals, Sequence) or getattr(primals, "shape", None)):
        raise TypeError(f"primals is a sequence of arguments, got a {type(primals).__name__}; for one write (x,).")
    return tuple(primals)


def jacobian(f: Callable[..., Any], argnums: Argnums = 0, has_aux: bool = False) -> Callable[..., Any]:
    """The Jacobian of `f`: for each number of the result, the derivatives by each number of the argument.

    It has JAX's layout, the structure of the result with that of the argument in place of each leaf: lists of lists for
    lists, a tuple for several `argnums`; between arrays an array of shape `result.shape + argument.shape`. `f` is
    recorded once and swept once for each number of the argument or of the result, whichever are fewer. With `has_aux`
    it gives `(jacobian, aux)`.

    >>> jacobian(lambda x: [x[0] * x[1], x[0] ** 2])([3.0, 2.0])
    [[2.0, 3.0], [6.0, 0.0]]
    """

    @wraps(f)
    def jacobian_of_f(*args: Any, **kwargs: Any) -> Any:
        call = _Call(f, args, kwargs, argnums, has_aux)
        return (call.jacobian(), *call.aux) if has_aux else call.jacobian()

    return jacobian_of_f


def hessian(f: Callable[..., Any], argnums: Argnums = 0, has_aux: bool = False) -> Callable[..., Any]:
    """The second derivatives of `f`, which may have several results: the Jacobian of its Jacobian.

    `scipy.optimize.minimize(..., hess=hessian(f))` takes it as it is.

    >>> hessian(lambda x: x[0] ** 2 * x[1])([3.0, 2.0])
    [[4.0, 6.0], [6.0, 0.0]]
    """
    return jacobian(jacobian(f, argnums, has_aux), argnums, has_aux)


def hvp(f: Callable[..., Any], primals: Sequence[Any], tangents: Sequence[Any]) -> Any:
    """The Hessian of `f` at `primals` times the vector `tangents`, without the Hessian: the gradient's `jvp`.

    Both are sequences of arguments, the result is a tuple of the same structure.

    >>> hvp(lambda x, y: x**2 * y, (3.0, 2.0), (1.0, 0.0))
    (4.0, 6.0)
    """
    args = _tuple(primals)
    return jvp(grad(f, range(len(args))), args, tangents)[1]
