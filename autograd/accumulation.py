"""A sparse Jacobian by one pass up and one pass down a graph, in any kind of number.

Tangents go up from the inputs, through each node that depends on at most as many inputs as results depend on it.
Adjoints go down from the results through the other nodes. Where they meet, each product of an adjoint and a tangent is
one term of one entry. So a tall Jacobian is found forward, a wide one backward, each block of a Jacobian of blocks the
cheaper way, and a Jacobian through a bottleneck from both sides. Numbers that are structurally zero are never made.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import Any, Generic, NamedTuple, TypeVar

__all__ = ["NUMBERS", "Algebra", "accumulated"]

Key = TypeVar("Key", bound=Hashable)
MANY_ENDS = 64  # inputs or results that are told apart at a node


class Algebra(NamedTuple):
    """How derivatives are multiplied and added up, and what an edge says of a partial derivative.

    Unfinished sums may be of a different kind; `total` turns such a sum into a derivative.
    - `one`: the sum that is the derivative of a node with respect to itself.
    - `through`: a derivative times what an edge says, as a sum.
    - `meet`: an adjoint times a tangent, as a sum.
    - `plus`: two sums, added up.
    """

    one: Callable[[], Any]
    through: Callable[[Any, Any], Any]
    meet: Callable[[Any, Any], Any]
    plus: Callable[[Any, Any], Any]
    total: Callable[[Any], Any]


NUMBERS = Algebra(
    one=lambda: 1.0,
    through=lambda x, partial: x * partial,
    meet=lambda x, y: x * y,
    plus=lambda x, y: x + y,
    total=lambda x: x,
)


def accumulated(
    edges: dict[Key, Sequence[tuple[Key, Any]]],
    ys: Sequence[Any],
    xs: Sequence[Key],
    algebra: Algebra,
    *,
    half: bool = False,
) -> list[dict[int, Any]]:
    """For each of `ys` its derivatives with respect to some of `xs`, sums by their places.

    - `edges`: for each inner node on the way the operands that depend on `xs`, and what is known of the partial
      derivatives; operands stand before what is made of them.
    - `half`: whether only entries on and below the diagonal are wanted.
    """
    web = _Web(edges, ys, xs)
    through, meet, plus, total = algebra.through, algebra.meet, algebra.plus, algebra.total
    last = len(xs)
    tangents: dict[Key, dict[int, Any]] = {x: {j: total(algebra.one())} for j, x in enumerate(xs)}
    for node, operands in edges.items():
        if node in web.upward:
            moved: dict[int, Any] = {}
            below = web.lowest[node] if half else last
            for x, edge in operands:
                for j, tangent in tangents[x].items():
                    if j <= below:
                        term = through(tangent, edge)
                        moved[j] = plus(moved[j], term) if j in moved else term
            tangents[node] = {j: total(x) for j, x in moved.items()}
    found: list[dict[int, Any]] = [{} for _ in ys]
    adjoints: dict[Key, dict[int, Any]] = {}
    for i, y in enumerate(ys):
        if y in web.first:
            adjoints.setdefault(y, {})[i] = algebra.one()
    for node in reversed([*xs, *edges]):
        if (sums := adjoints.pop(node, None)) is None:
            continue
        rows = [(i, total(x)) for i, x in sums.items()]
        if node in web.upward:
            for i, adjoint in rows:
                row = found[i]
                for j, tangent in tangents[node].items():
                    if not half or j <= i:
                        term = meet(adjoint, tangent)
                        row[j] = plus(row[j], term) if j in row else term
            continue
        for x, edge in edges[node]:
            carried = adjoints.setdefault(x, {})
            above = web.first[x] if half else 0
            for i, adjoint in rows:
                if i >= above:
                    term = through(adjoint, edge)
                    carried[i] = plus(carried[i], term) if i in carried else term
    return found


class _Web(Generic[Key]):
    """Which way derivatives are carried in a graph.

    - `upward`: the nodes whose tangents are found.
    - `first`: for each node the first input that leads to it; `lowest`: the last result that depends on it.
    """

    def __init__(self, edges: dict[Key, Sequence[tuple[Key, Any]]], ys: Sequence[Any], xs: Sequence[Key]) -> None:
        inputs: dict[Key, frozenset[int]] = {x: frozenset([j]) for j, x in enumerate(xs)}
        self.first: dict[Key, int] = {x: j for j, x in enumerate(xs)}
        first = self.first
        many = min(MANY_ENDS, len(ys))  # inputs are told apart as far as there may be as many results
        for node, operands in edges.items():
            x, _ = operands[0]
            found, least = inputs[x], first[x]
            for x, _ in operands[1:]:
                found = _union(found, inputs[x], many)
                least = min(least, first[x])
            inputs[node], first[node] = found, least
        results: dict[Key, frozenset[int]] = {}
        self.lowest: dict[Key, int] = {}
        lowest = self.lowest
        many = min(MANY_ENDS, len(xs))
        for i, y in enumerate(ys):
            if y in inputs:
                results[y] = _union(results.get(y, frozenset()), frozenset([i]), many)
                lowest[y] = i
        for node in reversed(edges):
            if node in results:
                own, last = results[node], lowest[node]
                for x, _ in edges[node]:
                    if x in results:
                        results[x] = _union(results[x], own, many)
                        lowest[x] = max(lowest[x], last)
                    else:
                        results[x], lowest[x] = own, last
        # What leads to one of these is one of them, too.
        self.upward = {x for x, found in results.items() if len(inputs[x]) <= min(len(found), MANY_ENDS)}


def _union(some: frozenset[int], others: frozenset[int], many: int) -> frozenset[int]:
    """All that are in one of two sets, as long as these are not too many."""
    return some if others is some or len(some) > many else some | others
