"""What a diagram leaves out and says so: dots between x_1 and x_n, and arrows from and to the open."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

from autograd.diagram import style
from autograd.diagram.figure.graph import Graph
from autograd.diagram.figure.graph import Node as Drawn
from autograd.diagram.scene import Edge, Node, Row
from autograd.typeset.label import Math
from autograd.typeset.symbols import symbol
from autograd.value import Value

__all__ = ["DOTS", "dotted", "loose_ends"]

DOTS = Math(r"\cdots", "…")


def dotted(graph: Graph, keys: Mapping[Drawn, str], roots: Sequence[Value]) -> tuple[list[Node], list[Row]]:
    """Dots, and rows that hold them between nodes that belong together and whose indices leave a gap."""
    families = [roots, *(graph.parents(node) for node in graph.order), *graph.uses.values()]
    rows: dict[tuple[Drawn, ...], None] = {}
    for family in families:
        drawn = sorted({node for node in family if node in keys}, key=graph.place.__getitem__)
        for pair in pairwise(drawn):
            if skips(*pair):
                rows[pair] = None
    nodes, levels = [], []
    for i, (left, right) in enumerate(sorted(rows, key=lambda pair: graph.place[pair[0]])):
        nodes.append(Node(f"dots{i}", DOTS, shape="dots"))
        levels.append(Row((keys[left], f"dots{i}", keys[right])))
    return nodes, levels


def skips(left: Drawn, right: Drawn) -> bool:
    """Whether two labels differ in one index only, a number at the left and a letter at the right: x_1 and x_n."""
    one, n = (symbol(node.label or "") for node in (left, right))
    if one is None or n is None or one.letter != n.letter or len(one.indices) != len(n.indices):
        return False
    different = [pair for pair in zip(one.indices, n.indices, strict=True) if len({*pair}) > 1]
    return len(different) == 1 and different[0][0].isdigit() and not different[0][1].isdigit()


def loose_ends(graph: Graph, keys: Mapping[Drawn, str], outer: Mapping[Value, int]) -> Iterator[tuple[Node, Edge]]:
    """Arrows that come from, or go to, what is not drawn, each with the point where it begins or ends.

    `outer` says how often a node is used by others that are not drawn.
    """
    for node, key in keys.items():
        below = sum(parent not in graph.same for parent in graph.all_parents(node))
        above = outer.get(node, 0) if isinstance(node, Value) else 0
        for i in range(min(below, style.MOST_OPEN)):
            yield Node(f"{key}below{i}", shape="point"), Edge(f"{key}below{i}", key)
        for i in range(min(above, style.MOST_OPEN)):
            yield Node(f"{key}above{i}", shape="point"), Edge(key, f"{key}above{i}")
