"""Derivatives of functions and of nodes, of any order: a gradient is itself a graph.

`backward` multiplies the numbers on the edges. Here the same sweep runs with the rules read in Values, so that what it
adds up is a graph again, which can be differentiated again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import wraps
from typing import Any

from autograd import ops
from autograd.arithmetic import ieee
from autograd.ops import Op, as_float
from autograd.tree import flatten
from autograd.value import Value, born, operations

__all__ = ["grad", "gradients", "value_and_grad"]

# A Value that stands for another one inside a function being differentiated. Being a node of its own, it keeps the
# levels of nested derivatives apart: the inner one is by the stand-in, the outer one passes through it.
_stand_in = Op("stand_in", lambda m, x: (x, (1.0,)), "x itself.")

Argnums = int | Sequence[int]


def gradients(y: Value, xs: Sequence[Value], gradient: Any = 1.0) -> list[Value]:
    """The derivatives of the node `y` by each of the nodes `xs`, as nodes that can be differentiated again.

    `gradient` is the derivative of the final result by `y`, a number or a Value. No node's `grad` is touched. A node of
    which `y` is independent has derivative 0.

    >>> x = Value(3.0)
    >>> y = x**3
    >>> (dy,) = gradients(y, [x])
    >>> dy.data, gradients(dy, [x])[0].data
    (27.0, 18.0)
    """
    with ieee():  # an infinite slope is inf here as on the edges
        adjoints = _sweep(y, xs, _partials_as_graphs, gradient)
    return [a if isinstance(a, Value) else Value(a) for a in adjoints]


def _sweep(y: Value, xs: Sequence[Value], partials_of: Callable[[Value], Iterable[Any]], gradient: Any) -> list[Any]:
    """The chain rule from `y` down to `xs`, through those nodes only that depend on one of them."""
    wanted = set(xs)
    depends = set(xs)
    for node in (order := operations(y)):
        if not depends.isdisjoint(node.parents):
            depends.add(node)
    adjoints: dict[Value, Any] = {y: gradient}
    for node in reversed(order):
        if node not in depends or node not in adjoints:
            continue
        adjoint = adjoints[node] if node in wanted else adjoints.pop(node)
        for parent, partial in zip(node.parents, partials_of(node), strict=True):
            if parent in depends:
                term = _times(adjoint, partial)
                adjoints[parent] = adjoints[parent] + term if parent in adjoints else term
    return [adjoints.get(x, 0.0) for x in xs]


def _times(adjoint: Any, partial: Any) -> Any:
    # Plain ones are left out, which keeps the graphs of gradients small.
    if type(partial) is float and partial == 1.0:
        return adjoint
    return partial if type(adjoint) is float and adjoint == 1.0 else adjoint * partial


def _partials_as_graphs(node: Value) -> Iterator[Any]:
    assert node.op is not None  # inner nodes have one
    _, partials = node.op.read(_Recorded(node), node.args)
    return (d for x, d in zip(node.args, partials, strict=True) if isinstance(x, Value))


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


def value_and_grad(f: Callable[..., Any], argnums: Argnums = 0) -> Callable[..., tuple[Any, Any]]:
    """A function that gives the value of `f` together with its gradient; see `grad`.

    >>> value_and_grad(lambda x, y: x * y**2, argnums=(0, 1))(3.0, 2.0)
    (12.0, (4.0, 12.0))
    """

    @wraps(f)
    def value_and_gradient(*args: Any, **kwargs: Any) -> tuple[Any, Any]:
        y, xs, rebuild, closed = _call(f, args, kwargs, argnums)
        if not isinstance(y, Value):
            return y, rebuild(iter([0.0] * len(xs)))
        if closed:
            return y.data, rebuild(iter(_sweep(y, xs, lambda node: node.partials, 1.0)))
        return y, rebuild(iter(gradients(y, xs)))

    return value_and_gradient


def grad(f: Callable[..., Any], argnums: Argnums = 0) -> Callable[..., Any]:
    """The gradient of `f` as a function of the same arguments, as JAX's `grad`.

    `f` takes floats, Values, or nested lists, tuples, dicts and NumPy arrays of them, and returns one number. `argnums`
    says by which positional arguments to differentiate: an integer, or several, for a tuple of gradients. The gradient
    has the structure of the argument. It is made of floats; where an argument, or what `f` refers to from outside, is
    a Value, it is made of Values that depend on them, so that `grad(grad(f))` is the second derivative. No node's
    `grad` is touched. An argument that `f` does not use has derivative 0.

    >>> from autograd import sin
    >>> grad(lambda x: x**2 * sin(x))(0.5)
    0.6988211790767962
    >>> grad(grad(lambda x: x**3))(2.0)
    12.0
    """
    value_and_gradient = value_and_grad(f, argnums)

    @wraps(f)
    def gradient(*args: Any, **kwargs: Any) -> Any:
        return value_and_gradient(*args, **kwargs)[1]

    return gradient


def _call(
    f: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any], argnums: Argnums
) -> tuple[Any, list[Value], Callable[[Iterator[Any]], Any], bool]:
    """Call `f` with Values of its own in place of the arguments `argnums`.

    Returns the result, those Values, what puts as many gradients into the structure of the arguments, and whether the
    result depends on nothing but them.
    """
    indices = (argnums,) if isinstance(argnums, int) else tuple(argnums)
    try:
        chosen = tuple(args[i] for i in indices)
    except IndexError:
        raise TypeError(f"grad by argument {max(indices)} of a call with {len(args)} positional argument(s).") from None
    leaves, rebuild = flatten(chosen)
    with _births() as own:
        xs = [_stand_in(x) if isinstance(x, Value) else Value(x) for x in leaves]
        inner = list(args)
        for i, arg in zip(indices, rebuild(iter(xs)), strict=True):
            inner[i] = arg
        y = f(*inner, **kwargs)
    if not isinstance(y, Value):
        as_float(y)  # says what is wrong
        closed = True
    else:
        closed = all(parent.parents or parent in own for node in operations(y) or [y] for parent in node.parents)
    if isinstance(argnums, int):
        return y, xs, lambda source: rebuild(source)[0], closed
    return y, xs, rebuild, closed


@contextmanager
def _births() -> Iterator[set[Value]]:
    """Collects the leaves made meanwhile, which belong to the function being differentiated."""
    own: set[Value] = set()
    outer = born.get()
    token = born.set(own)
    try:
        yield own
    finally:
        born.reset(token)
        if outer is not None:
            outer |= own
