"""What a diagram leaves out and says so: dots between x_1 and x_n, and arrows from and to the open."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import NamedTuple

from autograd.diagram import style
from autograd.diagram.figure.graph import Drawn, Graph
from autograd.diagram.scene import Edge, Node, Row
from autograd.typeset.label import Math
from autograd.typeset.symbols import symbol
from autograd.value import Value

__all__ = ["DOTS", "dotted", "dotted_labels", "flanked", "loose_ends"]

DOTS = Math(r"\cdots", "…")


def dotted(graph: Graph, keys: Mapping[Drawn, str], roots: Sequence[Value]) -> tuple[list[Node], list[Row]]:
    """Dots, and rows that hold them between nodes that belong together and whose indices leave a gap.

    A node that both sides of a gap are used with, as x_i with w_{1,i} and w_{n,i}, stands in the middle of it.
    """
    families = [roots, *(graph.parents(node) for node in graph.order), *graph.uses.values(), *namesakes(keys)]
    rows: dict[tuple[Drawn, ...], None] = {}
    for family in families:
        drawn = sorted({node for node in family if node in keys}, key=graph.place.__getitem__)
        for pair in pairwise(drawn):
            if skips(*pair):
                rows[pair] = None
    nodes, levels = [], []
    for i, (left, right) in enumerate(sorted(rows, key=lambda pair: graph.place[pair[0]])):
        shared = [keys[node] for node in shared_by(graph, left, right) if node in keys]
        middle = shared if len(shared) == 1 else []
        dots = [f"dots{i}", *(f"dots{i}{key}" for key in middle)]
        nodes += [Node(key, DOTS, shape="dots") for key in dots]
        levels.append(Row((keys[left], dots[0], *middle, *dots[1:], keys[right]), loose=True))
    return nodes, levels


def dotted_labels(rows: Iterable[Row], edges: Iterable[Edge]) -> list[Edge]:
    """Dots between the labels of two arrows that join one node with both sides of a gap."""
    labelled = {(edge.tail, edge.head) for edge in edges if edge.label}
    found = []
    for left, dots, right in [row.keys for row in rows if len(row.keys) == 3]:
        for tail, head in sorted(labelled):
            if tail == left and (right, head) in labelled:
                found.append(Edge(dots, head, DOTS, width=0.0))
            if head == left and (tail, right) in labelled:
                found.append(Edge(tail, dots, DOTS, width=0.0))
    return found


def namesakes(nodes: Iterable[Drawn]) -> Iterable[list[Drawn]]:
    """The nodes of one letter with that many indices."""
    found: defaultdict[tuple[str, int], list[Drawn]] = defaultdict(list)
    for node in nodes:
        if (name := symbol(node.label or "")) is not None:
            found[name.letter, len(name.indices)].append(node)
    return found.values()


def shared_by(graph: Graph, left: Drawn, right: Drawn) -> set[Drawn]:
    """The nodes that a use of `left` and a use of `right` share."""
    one, other = (set(graph.uses[node]) for node in (left, right))
    if one & other:
        return set()
    return {x for user in one for x in graph.parents(user)} & {x for user in other for x in graph.parents(user)}


def skips(left: Drawn, right: Drawn) -> bool:
    """Whether two labels differ in one index only, a number at the left and a letter at the right: x_1 and x_n."""
    one, n = (symbol(node.label or "") for node in (left, right))
    if one is None or n is None or one.letter != n.letter or len(one.indices) != len(n.indices):
        return False
    different = [pair for pair in zip(one.indices, n.indices, strict=True) if len({*pair}) > 1]
    return len(different) == 1 and different[0][0].isdigit() and not different[0][1].isdigit()


class Ends(NamedTuple):
    """What arrows from and to the open need: points, dots, the arrows, and the rows of those that leave one node."""

    nodes: list[Node]
    edges: list[Edge]
    rows: list[Row]


def loose_ends(graph: Graph, keys: Mapping[Drawn, str], outer: Mapping[Value, int]) -> Ends:
    """Arrows that come from, or go to, what is not drawn. If those that leave a node are more, dots say so.

    `outer` says how often a node is used by others that are not drawn.
    """
    ends = Ends([], [], [])
    based = resting(graph, keys)
    for node, key in keys.items():
        below = sum(parent not in graph.same for parent in graph.all_parents(node))
        below += sum(computed(parent) and parent not in based for parent in graph.parents(node))
        above = outer.get(node, 0) if isinstance(node, Value) else 0
        for i in range(min(below, style.MOST_OPEN)):
            ends.nodes.append(Node(f"{key}below{i}", shape="point"))
            ends.edges.append(Edge(f"{key}below{i}", key))
        points = [f"{key}above{i}" for i in range(min(above, style.MOST_OPEN))]
        ends.nodes.extend(Node(point, shape="point") for point in points)
        ends.edges.extend(Edge(key, point) for point in points)
        if above > style.MOST_OPEN:
            dots = [f"{key}dots{i}" for i in range(len(points) - 1)]
            ends.nodes.extend(Node(name, DOTS, shape="dots") for name in dots)
            inner = [name for pair in zip(dots, points[1:], strict=True) for name in pair]
            ends.rows.append(Row((points[0], *inner), loose=True))
    return ends


def flanked(rows: Iterable[Row], edges: Sequence[Edge], ends: Ends) -> list[Row]:
    """The rows. What else the uses of both sides of a gap come from, and is not drawn, stands beyond them if one node
    stands between: w_{1,i}, x_i and w_{n,i} have it at the left and at the right.
    """

    def more(key: str) -> list[str]:
        uses = {edge.head for edge in edges if edge.tail == key}
        return [edge.tail for edge in ends.edges if edge.head in uses]

    return [
        replace(row, keys=(*more(row.keys[0]), *row.keys, *more(row.keys[-1]))) if len(row.keys) > 3 else row
        for row in rows
    ]


def resting(graph: Graph, keys: Mapping[Drawn, str]) -> set[Drawn]:
    """The nodes that are drawn, or computed from some that are."""
    found: set[Drawn] = set()
    for node in graph.order:
        if node in keys or not found.isdisjoint(graph.parents(node)):
            found.add(node)
    return found


def computed(node: Drawn) -> bool:
    """Whether it is a scalar that others were made into."""
    return isinstance(node, Value) and bool(node.parents)
