"""The dataflow diagram of a Value: how it was computed, with the local partial derivatives on the arrows.

This is the course's graphical view of the chain rule (section 4): each node shows the expression so far, and the
derivative of the top by any node is the sum, over all ways up, of the products of the labels on the way.
"""

from collections.abc import Collection, Iterator, Mapping
from functools import reduce
from itertools import count
from operator import add
from typing import Literal, NamedTuple

from autograd.diagram.diagram import Diagram
from autograd.diagram.graph import DiagramTooLarge, Graph
from autograd.diagram.scene import Edge, Label, Math, Node, Scene, text
from autograd.formula import Formula, formula, local_partials
from autograd.value import Value

__all__ = ["draw", "scene"]

MOST = 200  # nodes of a diagram
LIMIT = 24, 12  # characters of an expression that is written out: if it is used once, if several times
LONGEST = 60  # characters of a partial derivative that is written out
LARGEST = 300  # symbols of a formula that is written at all


def draw(
    value: Value,
    *,
    partials: Literal["symbols", "numbers", "both"] = "symbols",
    values: bool = False,
    fold: Collection[Value] | None = None,
    max_nodes: int = MOST,
    title: str = "",
    prefix: str = "",
) -> Diagram:
    """The dataflow diagram of a Value, bottom to top.

    A node shows its label, or else the expression so far; expressions that are long, or used several times and
    not short, are named v1, v2, ... with a note. Constants are not nodes. A value used twice by one operation sends
    it two arrows.

    - `partials`: what stands on the arrows: the local partial derivatives as formulas, as numbers, or both.
    - `values`: whether the values and gradients stand beside the nodes; a dash is a gradient not yet computed.
    - `fold`: nodes not to be drawn. What lies between two nodes that are drawn becomes one arrow, partials
      multiplied along each path and paths added. By default, if inner nodes have labels, those without are
      folded; else functions of one inner node that are only added to something, as cos(u) in cos(u) + v.
    - `max_nodes`: a diagram of more nodes raises `DiagramTooLarge`.
    - `title`: what the picture is, for those who cannot see it.
    - `prefix`: what the ids in the SVG begin with.

    Raises `DiagramTooLarge`; `ValueError` for other `partials`.

    >>> x, y = Value(3.0, "x"), Value(2.0, "y")
    >>> draw(x**2 * y)
    <Diagram: 4 nodes, 3 arrows>
    """
    return Diagram(scene(value, partials, values, fold, max_nodes, title), prefix)


def scene(
    value: Value,
    partials: Literal["symbols", "numbers", "both"] = "symbols",
    values: bool = False,
    fold: Collection[Value] | None = None,
    max_nodes: int = MOST,
    title: str = "",
) -> Scene:
    """What the dataflow diagram of a Value shows; see `draw`."""
    if partials not in {"symbols", "numbers", "both"}:
        raise ValueError(f"partials are drawn as 'symbols', 'numbers' or 'both', got {partials!r}")
    graph = Graph(value, max_nodes, 0 if fold is None else len(fold))
    folded = graph.foldable() if fold is None else {graph.same[node] for node in fold if node in graph.same}
    folded.discard(value)
    drawn = [node for node in graph.order if node not in folded]
    if len(drawn) > max_nodes:
        raise DiagramTooLarge(max_nodes, len(drawn))
    names, notes = named(graph, folded)
    keys = {node: f"v{i}" for i, node in enumerate(drawn)}
    shown = tuple(
        Node(
            keys[node],
            label(names[node]),
            note=notes.get(node, ""),
            value=quantity("value", node.data) if values else "",
            gradient=quantity("grad", graph.gradient(node)) if values else "",
        )
        for node in drawn
    )
    write = {"symbols": symbol, "numbers": number, "both": both}[partials]
    edges = tuple(
        Edge(keys[arrow.tail], keys[arrow.head], write(arrow, names))
        for head in drawn
        for arrow in arrows(head, graph, folded, names)
    )
    return Scene(shown, edges, title=title or f"Dataflow diagram of {text(label(names[value]))}")


# -- how nodes are written ------------------------------------------------------------------------------------


def named(graph: Graph, folded: Collection[Value]) -> tuple[dict[Value, Formula], dict[Value, Math]]:
    """How each node is written where it is used, and the notes that define those written as a name."""
    names: dict[Value, Formula] = {}
    notes: dict[Value, Math] = {}
    labels = {node.label for node in graph.order}
    new = (name for name in map("v{}".format, count(1)) if name not in labels)
    for node, first in graph.same.items():
        if node is not first:
            names[node] = names[first]
            continue
        written = formula(node) if node.op is None else Formula.read(node.op, operands(node, names))
        if node in folded or (node.label is None and node.parents and fits(written, LIMIT[len(graph.uses[node]) > 1])):
            names[node] = written
            continue
        names[node] = Formula(next(new) if node.label is None else node.label)
        if (node.parents or node.label is None) and written.size <= LARGEST:
            notes[node] = Math(f"{names[node].tex} = {{{written.tex}}}", f"{names[node].text} = {written.text}")
    return names, notes


def operands(node: Value, names: Mapping[Value, Formula]) -> tuple[Formula, ...]:
    """The operands of a node, as they are written."""
    return tuple(names[x] if isinstance(x, Value) else Formula.of(x) for x in node.args)


def fits(written: Formula, longest: int) -> bool:
    """Whether a formula is written in at most so many characters."""
    return written.size <= LARGEST and len(written.text) <= longest


def label(written: Formula) -> Label:
    """A formula as a label; a name that is no mathematical symbol is plain text."""
    if isinstance(written.head, str) and not written.args and written.tex.startswith(r"\text"):
        return written.head
    return Math(written.tex, written.text)


# -- arrows ---------------------------------------------------------------------------------------------------


class Arrow(NamedTuple):
    """An arrow with the derivative of its head by its tail, as a formula and as a number."""

    tail: Value
    head: Value
    symbol: Formula
    slope: float


def arrows(head: Value, graph: Graph, folded: Collection[Value], names: Mapping[Value, Formula]) -> Iterator[Arrow]:
    """The arrows into one node.

    If nothing was folded into it there is one for each operand. Otherwise there is one for each node that reaches
    it through folded nodes, with the sum over the paths of the products along each (course, section 4).
    """
    inside = {head}
    stack = [head]
    while stack:
        for parent in graph.parents(stack.pop()):
            if parent in folded and parent.parents and parent not in inside:
                inside.add(parent)
                stack.append(parent)
    if len(inside) == 1:
        for tail, symbol, slope in zip(graph.parents(head), local_partials(head, names), head.partials, strict=True):
            if tail not in folded:
                yield Arrow(tail, head, symbol, slope)
        return
    ways: dict[Value, list[tuple[int, Formula, float]]] = {head: [(0, Formula(1), 1.0)]}
    for node in sorted(inside, key=lambda node: -graph.place[node]):
        symbol, slope = total(ways[node])
        for parent, partial, number in zip(
            graph.parents(node), local_partials(node, names), node.partials, strict=True
        ):
            ways.setdefault(parent, []).append((graph.place[node], product(symbol, partial), slope * number))
    for tail in graph.order:
        if tail in ways and tail not in inside and tail not in folded:
            yield Arrow(tail, head, *total(ways[tail]))


def total(ways: list[tuple[int, Formula, float]]) -> tuple[Formula, float]:
    """The sum over the ways up, in the order in which an expression names the nodes they begin with."""
    _, symbols, slopes = zip(*sorted(ways, key=lambda way: way[0]), strict=True)
    return reduce(add, symbols), sum(slopes)


def product(above: Formula, below: Formula) -> Formula:
    """The product of two partials along a path, numbers first."""
    return below * above if isinstance(below.head, (int, float)) else above * below


# -- what stands on arrows and beside nodes -------------------------------------------------------------------


def symbol(arrow: Arrow, names: Mapping[Value, Formula]) -> Math:
    """The derivative as a formula, or if that is long as what it is the derivative of."""
    if fits(arrow.symbol, LONGEST):
        return Math(arrow.symbol.tex, arrow.symbol.text)
    head, tail = names[arrow.head], names[arrow.tail]
    return Math(rf"\frac{{\partial {head.tex}}}{{\partial {tail.tex}}}", f"∂{head.text}/∂{tail.text}")


def number(arrow: Arrow, names: Mapping[Value, Formula]) -> Math:
    """The derivative as a number."""
    return decimal(arrow.slope)


def both(arrow: Arrow, names: Mapping[Value, Formula]) -> Math:
    """The derivative as a formula and as a number; once if that is the same."""
    written, value = symbol(arrow, names), decimal(arrow.slope)
    if isinstance(arrow.symbol.head, (int, float)):
        return value
    return Math(f"{written.tex} = {{{value.tex}}}", f"{written.text} = {value.text}")


def quantity(what: str, value: float | None) -> Math:
    """A number with its name; a dash if it is not known yet."""
    shown = Math("–", "–") if value is None else decimal(value)
    return Math(rf"\text{{{what} }} {{{shown.tex}}}", f"{what} {shown.text}")


def decimal(value: float) -> Math:
    """A number for people: up to four digits."""
    written = Formula(float(f"{value:.4g}"))
    return Math(written.tex, written.text)
