"""The chain rule under a diagram: what one path contributes to a derivative, or all of them."""

from collections.abc import Iterable, Mapping, Sequence

from autograd.diagram import style
from autograd.diagram.figure.arrows import Arrow
from autograd.diagram.figure.graph import Drawn, Graph
from autograd.formula import Derivation, Formula, along, formula
from autograd.paths import Path, paths
from autograd.typeset.label import Math
from autograd.value import Value

__all__ = ["contribution", "on_path", "sum_over_paths"]


def on_path(path: Path, graph: Graph, arrows: Sequence[Arrow]) -> tuple[set[Drawn], set[int]]:
    """The nodes on a path, and which of the arrows lie on it."""
    if any(node not in graph.same for node in path.nodes):
        raise ValueError("the path to be highlighted is one of autograd.paths of the value that is drawn")
    way = [graph.same[node] for node in path.nodes]
    strong = set()
    for above, below, edge in zip(way, way[1:], path.edges, strict=False):
        twins = [i for i, arrow in enumerate(arrows) if arrow.tail is below and arrow.head is above]
        before = sum(graph.same[parent] is below for parent in graph.all_parents(above)[:edge])
        strong |= {twins[min(before, len(twins) - 1)]} if twins else set()
    return set(way), strong


def contribution(path: Path, names: Mapping[Drawn, Formula]) -> Math:
    """The product of the partials along a path, in symbols and in numbers."""
    top, bottom = (written_as(node, names) for node in (path.nodes[0], path.nodes[-1]))
    sides = along([path], top, bottom, known_operands(path.nodes, names)).steps
    tex, text = (" = ".join(getattr(side, notation) for side in sides) for notation in ("tex", "text"))
    return Math(rf"\text{{along the path: }} {tex}", f"along the path: {text}")


def sum_over_paths(value: Value, by: Value, names: Mapping[Drawn, Formula]) -> tuple[Math, ...]:
    """The derivative of one value with respect to another as the sum over all paths; if they are many, their number."""
    found = paths(value, by)
    of, at = written_as(value, names), written_as(by, names)
    if many := found.count > style.MOST_SUMMANDS:
        chain = Derivation(of, at, *[Formula(found.sum)] * 3)
    else:
        chain = along(found, of, at, known_operands((node for path in found for node in path.nodes), names))
    counted = f"(the sum over {found.count} paths)"
    return (*chain.lines, *[Math(rf"\text{{{counted}}}", counted)] * many)


def written_as(node: Value, names: Mapping[Drawn, Formula]) -> Formula:
    """How a node is written, in the diagram or else as its label or expression."""
    return names[node] if node in names else formula(node) if node.label is None else Formula(node.label)


def known_operands(nodes: Iterable[Value], names: Mapping[Drawn, Formula]) -> dict[Value, Formula]:
    """How the operands of nodes are written."""
    operands = {x: None for node in nodes for x in (node, *node.parents)}
    return {x: written_as(x, names) for x in operands}
