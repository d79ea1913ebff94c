"""The chain rule along the edges of a graph, backward and forward, in numbers or in Values.

`Value.backward` multiplies the numbers on the edges. Here the same sweep can also run with the rules read in Values, so
that what it adds up is a graph again, which can be differentiated again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from operator import attrgetter, mul
from typing import Any

from autograd import ops
from autograd.arithmetic import ieee
from autograd.graph import operations
from autograd.op import Op
from autograd.recording import by_values
from autograd.value import Value, only_value

__all__ = ["Sweeps", "adjoints", "gradients", "partial_graphs"]


class Sweeps:
    """The nodes of a graph that depend on `xs`, ready for sweeps along their edges.

    - `order`: the inner nodes of the graph, each after its parents.
    - `numbers`: whether the partial derivatives are those on the edges, else graphs.
    - `many`: whether there are so many sweeps that it pays to take nodes apart once for all.

    A sweep starts from some nodes and returns a sum for each node that a path leads to. The others have none, and
    derivative 0 whatever stands on the edges in between; a sum that happens to be 0 is carried on like any other.
    """

    def __init__(self, order: Iterable[Value], xs: Sequence[Value], *, numbers: bool, many: bool = False) -> None:
        self.xs, self.numbers = xs, numbers
        depends = set(xs)
        self.nodes = []
        for node in order:
            if not depends.isdisjoint(node.parents):
                depends.add(node)
                self.nodes.append(node)
        self.edges_of: Callable[[Value], Iterable[tuple[Value, Any]]] = (
            attrgetter("edges") if numbers and not many else _Edges(depends, numbers).__getitem__
        )

    def reverse(self, adjoints: dict[Value, Any]) -> list[Any]:
        """From nodes with given `adjoints` down to the `xs`."""
        wanted, edges_of, times = {*self.xs}, self.edges_of, self._times(adjoints)
        for node in reversed(self.nodes):
            if node in adjoints:
                adjoint = adjoints[node] if node in wanted else adjoints.pop(node)
                for parent, partial in edges_of(node):
                    term = times(adjoint, partial)
                    adjoints[parent] = adjoints[parent] + term if parent in adjoints else term
        return [adjoints.get(x, 0.0) for x in self.xs]

    def forward(self, tangents: dict[Value, Any], ys: Sequence[Any]) -> list[Any]:
        """From those of the `xs` with given `tangents` up to `ys`, of which those that are numbers do not move."""
        edges_of, times, moving = self.edges_of, self._times(tangents), tangents.keys()
        for node in self.nodes:
            if not moving.isdisjoint(node.parents):
                for parent, partial in edges_of(node):
                    if parent in tangents:
                        term = times(tangents[parent], partial)
                        tangents[node] = tangents[node] + term if node in tangents else term
        return [tangents.get(y, 0.0) if isinstance(y, Value) else 0.0 for y in ys]

    def _times(self, seeds: dict[Value, Any]) -> Callable[[Any, Any], Any]:
        return mul if self.numbers and {*map(type, seeds.values())} <= {float} else _times_partial


def _times_partial(x: Any, partial: Any) -> Any:
    # Plain ones are left out, which keeps the graphs of gradients small.
    if type(partial) is float and partial == 1.0:
        return x
    return partial if type(x) is float and x == 1.0 else x * partial


class _Edges(dict[Value, Iterable[tuple[Value, Any]]]):
    """Pairs of parent and partial for the parents in `depends`, once for each node: numbers, or graphs."""

    def __init__(self, depends: set[Value], numbers: bool) -> None:
        self.depends, self.numbers = depends, numbers

    def __missing__(self, node: Value) -> Iterable[tuple[Value, Any]]:
        pairs = zip(node.parents, node.partials if self.numbers else partial_graphs(node), strict=True)
        self[node] = edges = [pair for pair in pairs if pair[0] in self.depends]
        return edges


def partial_graphs(node: Value) -> Sequence[Any]:
    """The partials of a node as graphs: its rule read in Values."""
    assert node.op is not None  # inner nodes have one
    with ieee():  # an infinite slope is inf here as on the edges
        _, partials = node.op.read(_Recorded(node), node.args)
    return by_values(node.args, partials)


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
    """The derivatives of the node `y` with respect to each of the nodes `xs`, as nodes to be differentiated again.

    `gradient` is the derivative of the final result with respect to `y`, a number or a Value. No node's `grad` is
    touched. A node on which `y` does not depend has derivative 0. Raises TypeError where `y` or one of `xs` is no
    Value, or `gradient` no number.

    >>> x = Value(3.0)
    >>> y = x**3
    >>> (dy,) = gradients(y, [x])
    >>> dy.data, gradients(dy, [x])[0].data
    (27.0, 18.0)
    """
    for node in (y, *xs):
        only_value(node, "gradients")
    slopes = Sweeps(operations(y), xs, numbers=False).reverse({y: gradient})
    return [slope if isinstance(slope, Value) else Value(slope) for slope in slopes]


def adjoints(y: Value) -> dict[Value, float]:
    """The derivatives of the node `y` with respect to all nodes it is computed from; no node's `grad` is touched."""
    sums = {y: 1.0}
    for node in reversed(operations(y)):
        for parent, partial in node.edges:
            term = sums[node] * partial
            sums[parent] = sums[parent] + term if parent in sums else term
    return sums
