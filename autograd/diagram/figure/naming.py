"""How the nodes of a diagram are written: as their label, the expression so far, or a name that a note defines."""

from collections.abc import Collection, Iterator
from itertools import count

from autograd.diagram import style
from autograd.diagram.figure.graph import Drawn, Graph
from autograd.formula import Formula, definition
from autograd.typeset.label import Label, Math
from autograd.typeset.symbols import bold, taken_by, unused
from autograd.value import Value
from autograd.vector import Vector

__all__ = ["as_label", "fits", "math", "name_nodes"]


def name_nodes(graph: Graph, folded: Collection[Drawn]) -> tuple[dict[Drawn, Formula], dict[Drawn, Math]]:
    """How each node is written where it is used, and the notes that define those written as a name."""
    names: dict[Drawn, Formula] = {}
    notes: dict[Drawn, Math] = {}
    new = unused(map("v{}".format, count(1)), graph.labels())
    taken = taken_by(graph.labels())
    for node, first in graph.same.items():
        if isinstance(node, Vector):
            names[node] = Formula(bold(node.label), taken=taken)
            continue
        if node is not first:
            names[node] = names[first]
            continue
        for parent in node.parents:  # those that are not drawn
            if parent not in names:
                names[parent] = outsider(parent, new, taken)
        written = graph.written(node, names)
        inner = bool(node.parents)
        longest = style.EXPRESSION_REUSED if len(graph.uses[node]) > 1 else style.EXPRESSION
        if node.label is None and inner and (node in folded or fits(written, longest)):
            names[node] = written
            continue
        names[node] = Formula(next(new) if node.label is None else node.label, taken=taken)
        known = node not in graph.of and (graph.parents(node) or not inner)
        if (inner or node.label is None) and known and node not in folded and written.size <= style.MOST_SYMBOLS:
            notes[node] = note(node, names[node], written)
    return names, notes


def outsider(node: Value, new: Iterator[str], taken: frozenset[str]) -> Formula:
    """How a node is written that is not drawn, but used by one that is."""
    if node.label is None and node.parents:
        return Formula(next(new), taken=taken)
    return Formula(node.data if node.label is None else node.label, taken=taken)


def note(node: Value, name: Formula, written: Formula) -> Math:
    """The note that defines a name; for functions of machine learning also what they are made of."""
    sides = [name, written]
    if (meaning := definition(written)) is not None:
        sides.append(meaning)
    return Math(" = ".join(f"{{{side.tex}}}" for side in sides), " = ".join(side.text for side in sides))


def fits(written: Formula, longest: int) -> bool:
    """Whether a formula is written in at most that many characters."""
    return written.size <= style.MOST_SYMBOLS and len(written.text) <= longest


def math(written: Formula) -> Math:
    """A formula as a line of a label."""
    return Math(written.tex, written.text)


def as_label(written: Formula) -> Label:
    """A formula as a label; a name that is no mathematical symbol is plain text."""
    if isinstance(written.head, str) and not written.args and written.tex.startswith(r"\text"):
        return written.head
    return math(written)
