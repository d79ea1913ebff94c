"""Derivatives of functions and of nodes, of any order: a gradient is itself a graph.

`backward` multiplies the numbers on the edges. Here the same sweep can also run with the rules read in Values, so that
what it adds up is a graph again, which can be differentiated again. Names and conventions are JAX's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import wraps
from typing import Any, cast

from autograd import ops
from autograd.arithmetic import ieee
from autograd.graph import operations
from autograd.op import Op, as_float
from autograd.precision import at_precision
from autograd.tree import Rebuild, flatten
from autograd.value import Value, born, by_values, paused

__all__ = [
    "adjoints",
    "births",
    "grad",
    "gradients",
    "hessian",
    "hvp",
    "indices_of",
    "jacobian",
    "jvp",
    "value_and_grad",
    "vjp",
]

Argnums = int | Sequence[int]
PartialsOf = Callable[[Value], Sequence[Any]]


# -- the chain rule along the edges -----------------------------------------------------------------------------


def _reverse(
    order: Sequence[Value], adjoints: dict[Value, Any], xs: Sequence[Value], partials_of: PartialsOf
) -> list[Any]:
    """From results with given `adjoints` down to `xs`, through those nodes only that depend on one of them."""
    wanted = set(xs)
    depends = set(xs)
    for node in order:
        if not depends.isdisjoint(node.parents):
            depends.add(node)
    for node in reversed(order):
        if node in depends:  # and so it has an adjoint: there is a way up from it through others that depend
            adjoint = adjoints[node] if node in wanted else adjoints.pop(node)
            for parent, partial in zip(node.parents, partials_of(node), strict=True):
                if parent in depends:
                    _add(adjoints, parent, _times(adjoint, partial))
    return [adjoints.get(x, 0.0) for x in xs]


def _forward(
    order: Sequence[Value], tangents: dict[Value, Any], ys: Sequence[Any], partials_of: PartialsOf
) -> list[Any]:
    """From arguments with given `tangents` up to `ys`."""
    for node in order:
        if not tangents.keys().isdisjoint(node.parents):
            for parent, partial in zip(node.parents, partials_of(node), strict=True):
                if parent in tangents:
                    _add(tangents, node, _times(tangents[parent], partial))
    return [tangents.get(y, 0.0) if isinstance(y, Value) else 0.0 for y in ys]


def _add(sums: dict[Value, Any], node: Value, term: Any) -> None:
    sums[node] = sums[node] + term if node in sums else term


def _times(x: Any, partial: Any) -> Any:
    # Plain ones are left out, which keeps the graphs of gradients small.
    if type(partial) is float and partial == 1.0:
        return x
    return partial if type(x) is float and x == 1.0 else x * partial


def _numbers(node: Value) -> Sequence[float]:
    return node.partials


class _Graphs(dict[Value, Sequence[Any]]):
    """The partials of nodes as graphs: their rules read in Values, once for each node."""

    def __missing__(self, node: Value) -> Sequence[Any]:
        assert node.op is not None  # inner nodes have one
        with ieee():  # an infinite slope is inf here as on the edges
            _, partials = node.op.read(_Recorded(node), node.args)
        self[node] = by_values(node.args, partials)
        return self[node]


class _Recorded:
    """The functions again, but the value of the node at hand is the node itself rather than a second copy of it."""

    def __init__(self, node: Value) -> None:
        self.node = node

    def __getattr__(self, name: str) -> Any:
        function = getattr(ops, name)
        node = self.node
        if not isinstance(function, Op) or node.op not in (function, function.constant_last):
            return function

        def recorded(*args: Any) -> Any:
            same = all(x is y for x, y in zip(function.operands(args), node.args, strict=True))
            return node if same else function(*args)

        return recorded


def gradients(y: Value, xs: Sequence[Value], gradient: Any = 1.0) -> list[Value]:
    """The derivatives of the node `y` by each of the nodes `xs`, as nodes that can be differentiated again.

    `gradient` is the derivative of the final result by `y`, a number or a Value. No node's `grad` is touched. A node
    on which `y` does not depend has derivative 0.

    >>> x = Value(3.0)
    >>> y = x**3
    >>> (dy,) = gradients(y, [x])
    >>> dy.data, gradients(dy, [x])[0].data
    (27.0, 18.0)
    """
    adjoints = _reverse(operations(y), {y: gradient}, xs, _Graphs().__getitem__)
    return [a if isinstance(a, Value) else Value(a) for a in adjoints]


def adjoints(y: Value) -> dict[Value, float]:
    """The derivative of the node `y` by every node it is computed from, as numbers; no node's `grad` is touched."""
    order = operations(y)
    sums = {y: 1.0}
    for node in reversed(order):
        for parent, partial in node.edges:
            _add(sums, parent, sums[node] * partial)
    return sums


# -- functions --------------------------------------------------------------------------------------------------


class _Call:
    """A call of `f` with Values of its own in place of the arguments `argnums`, and what is asked of its graph.

    Where the results depend on nothing but those Values, derivatives are numbers; else, as in nested derivatives and
    closures over Values, they are Values.
    """

    def __init__(self, f: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any], argnums: Argnums) -> None:
        indices = indices_of(argnums, len(args))
        chosen = tuple(args[i] for i in indices)
        self.given, rebuild = flatten(chosen)
        with births() as own:
            # For a Value stands a node of its own, which keeps the levels of nested derivatives apart: the inner one is
            # by the stand-in, the outer one passes through it.
            self.xs: list[Value] = [ops.identity(x) if isinstance(x, Value) else Value(x) for x in self.given]
            inner = list(args)
            for i, arg in zip(indices, rebuild(iter(self.xs)), strict=True):
                inner[i] = arg
            self.ys, self.like_result = flatten(f(*inner, **kwargs))
        self.like_arguments: Rebuild = (lambda xs: rebuild(xs)[0]) if isinstance(argnums, int) else rebuild
        for y in self.ys:
            as_float(y)  # says what is wrong
        self.order = operations(*[y for y in self.ys if isinstance(y, Value)])
        leaves = [p for node in self.order for p in node.parents if not p.parents]
        leaves += [y for y in self.ys if isinstance(y, Value) and not y.parents]
        self.closed = own.issuperset(leaves)
        self.partials_of: PartialsOf = _numbers if self.closed else _Graphs().__getitem__

    @property
    def result(self) -> Any:
        return self.like_result(iter([y.data if isinstance(y, Value) and self.closed else y for y in self.ys]))

    @property
    def scalar(self) -> Any:
        """The result where it has to be one number."""
        return one_number(self.ys, self.like_result)

    def reverse(self, adjoints: Iterable[Any]) -> list[Any]:
        start: dict[Value, Any] = {}
        for y, adjoint in zip(self.ys, adjoints, strict=True):
            if isinstance(y, Value):
                _add(start, y, adjoint)
        return _reverse(self.order, start, self.xs, self.partials_of)

    def forward(self, tangents: Iterable[Any]) -> list[Any]:
        return _forward(self.order, dict(zip(self.xs, tangents, strict=True)), self.ys, self.partials_of)


def one_number(ys: Sequence[Any], like_result: Rebuild) -> Any:
    """The only one of the numbers `ys` that a function returned; TypeError where it returned anything else."""
    if like_result is not next:
        kind = type(like_result(iter(ys))).__name__
        raise TypeError(f"grad needs a function that returns one number, got a {kind}; see jacobian.")
    return ys[0]


def indices_of(argnums: Argnums, count: int) -> tuple[int, ...]:
    """The places of the arguments to differentiate by, among `count` positional ones."""
    given = (argnums,) if isinstance(argnums, int) else tuple(argnums)
    if not all(isinstance(i, int) for i in given):
        raise TypeError(f"argnums is a whole number or a sequence of them, got {argnums!r}.")
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


def value_and_grad(
    f: Callable[..., Any], argnums: Argnums = 0, *, precision: int | None = None
) -> Callable[..., tuple[Any, Any]]:
    """A function that gives the value of `f` together with its gradient; see `grad`.

    >>> value_and_grad(lambda x, y: x * y**2, argnums=(0, 1))(3.0, 2.0)
    (12.0, (4.0, 12.0))
    """

    @wraps(f)
    def value_and_gradient(*args: Any, **kwargs: Any) -> tuple[Any, Any]:
        call = _Call(f, args, kwargs, argnums)
        if precision is not None:
            y, gradient = at_precision(precision, call.scalar, call.xs, call.given)
            return y, call.like_arguments(iter(gradient))
        y = call.scalar
        return call.result, call.like_arguments(iter(call.reverse([1.0])))

    return value_and_gradient


def grad(f: Callable[..., Any], argnums: Argnums = 0, *, precision: int | None = None) -> Callable[..., Any]:
    """The gradient of `f` as a function of the same arguments.

    `f` takes floats, Values, or nested lists, tuples, dicts and NumPy arrays of them, and returns one number.
    `argnums` says by which positional arguments to differentiate: an integer, or several for a tuple of gradients. The
    gradient has the structure of the argument. It is made of floats; where an argument, or what `f` refers to from
    outside, is a Value, it is made of Values that depend on them, so that `grad(grad(f))` is the second derivative. No
    node's `grad` is touched. An argument that `f` does not use has derivative 0.

    With `precision=50`, the same rules are read in mpmath and the gradient has 50 digits; the function's branches and
    the constants in it are those of floats.

    >>> from autograd import sin
    >>> grad(lambda x: x**2 * sin(x))(0.5)
    0.6988211790767962
    >>> grad(grad(lambda x: x**3))(2.0)
    12.0
    """
    value_and_gradient = value_and_grad(f, argnums, precision=precision)

    @wraps(f)
    def gradient(*args: Any, **kwargs: Any) -> Any:
        return value_and_gradient(*args, **kwargs)[1]

    return gradient


def vjp(f: Callable[..., Any], *primals: Any) -> tuple[Any, Callable[[Any], tuple[Any, ...]]]:
    """The value of `f` at `primals`, and the function that multiplies a vector by the Jacobian from the left.

    The vector has the structure of the result; the product is a tuple with the structure of `primals`. One reverse
    sweep a product.

    >>> y, multiply = vjp(lambda x: [x[0] * x[1], x[0] ** 2], [3.0, 2.0])
    >>> y, multiply([1.0, 10.0])
    ([6.0, 9.0], ([62.0, 3.0],))
    """
    call = _Call(f, primals, {}, range(len(primals)))

    def multiply(cotangents: Any) -> tuple[Any, ...]:
        vector = _vector(cotangents, len(call.ys), "result")
        return cast("tuple[Any, ...]", call.like_arguments(iter(call.reverse(vector))))

    return call.result, multiply


def jvp(f: Callable[..., Any], primals: Sequence[Any], tangents: Sequence[Any]) -> tuple[Any, Any]:
    """The value of `f` at `primals`, and its derivative in the direction `tangents`, which has the same structure.

    One forward sweep along the edges.

    >>> jvp(lambda x, y: x * y, (3.0, 2.0), (1.0, 0.0))
    (6.0, 2.0)
    """
    call = _Call(f, tuple(primals), {}, range(len(primals)))
    vector = _vector(tuple(tangents), len(call.xs), "primals")
    return call.result, call.like_result(iter(call.forward(vector)))


def _vector(tree: Any, length: int, what: str) -> list[Any]:
    leaves, _ = flatten(tree)
    if len(leaves) != length:
        raise ValueError(f"The vector needs one number for each of the {length} in the {what}, got {len(leaves)}.")
    return [x if isinstance(x, Value) else as_float(x) for x in leaves]


def jacobian(f: Callable[..., Any], argnums: Argnums = 0) -> Callable[..., Any]:
    """The Jacobian of `f`: for each number of the result, the derivatives by each number of the argument.

    It has the structure of the result, with the structure of the argument in place of each number: lists of lists for
    lists, an array of shape `result.shape + argument.shape` for NumPy arrays. `f` is recorded once and swept once for
    each number of the argument or of the result, whichever are fewer.

    >>> jacobian(lambda x: [x[0] * x[1], x[0] ** 2])([3.0, 2.0])
    [[2.0, 3.0], [6.0, 0.0]]
    """

    @wraps(f)
    def jacobian_of_f(*args: Any, **kwargs: Any) -> Any:
        call = _Call(f, args, kwargs, argnums)
        n, m = len(call.xs), len(call.ys)
        if n < m:
            columns = [call.forward(_unit(j, n)) for j in range(n)]
            rows = [list(row) for row in zip(*columns, strict=True)] or [[] for _ in range(m)]
        else:
            rows = [call.reverse(_unit(i, m)) for i in range(m)]
        return call.like_result(iter([call.like_arguments(iter(row)) for row in rows]))

    return jacobian_of_f


def _unit(i: int, length: int) -> list[float]:
    return [float(i == j) for j in range(length)]


def hessian(f: Callable[..., Any], argnums: Argnums = 0) -> Callable[..., Any]:
    """The matrix of second derivatives of `f`, structured as the Jacobian of its gradient.

    `scipy.optimize.minimize(..., hess=hessian(f))` takes it as it is.

    >>> hessian(lambda x: x[0] ** 2 * x[1])([3.0, 2.0])
    [[4.0, 6.0], [6.0, 0.0]]
    """
    return jacobian(grad(f, argnums), argnums)


def hvp(f: Callable[..., Any], primals: Sequence[Any], tangents: Sequence[Any]) -> Any:
    """The Hessian of `f` at `primals` times the vector `tangents`, without the Hessian: the gradient's `jvp`.

    Both are sequences of arguments, the result is a tuple of the same structure.

    >>> hvp(lambda x, y: x**2 * y, (3.0, 2.0), (1.0, 0.0))
    (4.0, 6.0)
    """
    return jvp(grad(f, range(len(primals))), primals, tangents)[1]
