"""The chain rule as a sum over paths: `paths`."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import NamedTuple

from autograd.arithmetic import float_sum
from autograd.graph import operations
from autograd.value import Value

__all__ = ["Path", "Paths", "paths"]


class Path(NamedTuple):
    """One path of the chain rule: its `nodes` from the result down to the argument, and its `edges`.

    An edge is given by its place among the edges of the node above it: two can join the same nodes, as in x x.
    """

    nodes: tuple[Value, ...]
    edges: tuple[int, ...]

    @property
    def partials(self) -> tuple[float, ...]:
        """The local partial derivatives on the edges."""
        return tuple([node.partials[i] for node, i in zip(self.nodes, self.edges, strict=False)])

    @property
    def product(self) -> float:
        """What the path contributes to the derivative: the product of the partials on its edges."""
        return math.prod(self.partials, start=1.0)


class Paths:
    """All paths from `y` down to `x`: iterate to list them one by one; `count` and `sum` do not list them.

    A graph with n nodes can have 2^(n/3) paths and more, which is why backpropagation does not walk them (course,
    section 6).
    """

    def __init__(self, y: Value, x: Value) -> None:
        for end in (y, x):
            if not isinstance(end, Value):
                raise TypeError(f"Paths join two Values, got {type(end).__name__}; of a Vector take an entry.")
        self.y, self.x = y, x
        self._counts = {x: 1}  # how many paths lead from a node down to x, for those from which any does
        for node in operations(y):
            if node is not x and (count := sum(self._counts.get(parent, 0) for parent in node.parents)):
                self._counts[node] = count

    @property
    def count(self) -> int:
        """How many paths there are."""
        return self._counts.get(self.y, 0)

    @property
    def sum(self) -> float:
        """The sum of all products, which is the derivative of `y` with respect to `x`; found node by node."""
        totals = {self.x: 1.0}
        for node in operations(self.y):
            if node in self._counts and node is not self.x:
                totals[node] = float_sum(d * totals[p] for p, d in node.edges if p in totals)
        return totals.get(self.y, 0.0)

    def __iter__(self) -> Iterator[Path]:
        if not self.count:
            return
        # Depth first: the way down to a node, and for each node on it what is left of its edges.
        way, edges = [self.y], list[int]()
        branches = [self._branches(self.y)]
        if self.y is self.x:
            yield Path((self.y,), ())
        while branches:
            if (edge := next(branches[-1], None)) is None:
                branches.pop()
                way.pop()
                if edges:
                    edges.pop()
            elif (parent := way[-1].parents[edge]) is self.x:
                yield Path((*way, parent), (*edges, edge))
            else:
                way.append(parent)
                edges.append(edge)
                branches.append(self._branches(parent))

    def _branches(self, node: Value) -> Iterator[int]:
        """The edges of a node that lead towards `x`."""
        return (i for i, p in enumerate(node.parents) if p in self._counts) if node is not self.x else iter(())

    def __repr__(self) -> str:
        return f"<{self.count} path(s)>"


def paths(y: Value, x: Value) -> Paths:
    """The paths of the chain rule from the node `y` down to the node `x`; their products add up to dy/dx.

    (Course, section 4: multiply the partials along each path of the dataflow diagram, and add up the paths.) Raises
    TypeError for anything but Values.

    >>> x = Value(3.0, "x")
    >>> y = x * x + 2 * x
    >>> found = paths(y, x)
    >>> found.count, [path.product for path in found], found.sum
    (3, [3.0, 3.0, 2.0], 8.0)
    """
    return Paths(y, x)
