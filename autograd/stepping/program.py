"""A figure as a program in JavaScript: the values of its nodes and the partials on its arrows, for any leaves.

No label is in it, whatever the nodes are called.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, reduce
from operator import or_
from typing import Any

from autograd import ops
from autograd.compiler.errors import CompileError
from autograd.compiler.export.functions import as_ieee, file_names, functions_for
from autograd.compiler.terms.terms import Term, Terms
from autograd.compiler.text.languages import JAVASCRIPT
from autograd.compiler.text.source import Writer, indented
from autograd.diagram.figure.arrows import arrows
from autograd.diagram.figure.dataflow import Figure
from autograd.diagram.figure.graph import Drawn, Graph, Link
from autograd.formula import Formula
from autograd.graph import operations
from autograd.op import Op
from autograd.recording import by_values
from autograd.value import Value
from autograd.vector import Vector, factors

__all__ = ["FigureProgram", "defined", "leaves_of"]


def leaves_of(figure: Figure) -> dict[Value, Drawn]:
    """The leaves that are drawn, each with its node, which may be a vector."""
    given = [node for node in figure.drawn if not figure.graph.parents(node)]
    return {
        leaf: node
        for node in given
        for leaf in (node if isinstance(node, Vector) else [node])
        if isinstance(leaf, Value) and not leaf.parents
    }


class InTerms(Graph):
    """A graph whose links have Terms for slopes; leaves that are not drawn are constants."""

    def __init__(self, figure: Figure, leaves: Sequence[Value]) -> None:
        vars(self).update(vars(figure.graph))
        self.table = Terms()
        self.variables = {leaf: self.table.variable("") for leaf in leaves}
        everything = [*operations(*figure.roots), *figure.roots]
        fixed = {x for node in everything for x in (node, *node.parents) if not x.parents} - self.variables.keys()
        self.terms = self.table.graph(figure.roots, fixed, self.variables)

    def term(self, x: Any) -> Term:
        """The Term of an operand."""
        return self.terms[x] if isinstance(x, Value) else self.table.constant(x)

    def values(self, node: Drawn) -> list[Term]:
        """The value of a node, or those of a vector."""
        return [self.term(x) for x in (node if isinstance(node, Vector) else [node])]

    def links(self, node: Drawn, names: Mapping[Drawn, Formula]) -> Iterator[Link]:
        """The edges down to what is drawn."""
        for parent, slopes in zip(self.all_parents(node), self.slopes(node), strict=True):
            yield Link(self.same[parent], Formula(1), slopes)

    def slopes(self, node: Drawn) -> Sequence[tuple[Any, ...]]:
        """The derivatives with respect to all parents."""
        if isinstance(node, Vector) or node in self.of:
            _, numbers = self.partials(node, {})
            return [tuple(map(self.table.constant, row)) for row in numbers]
        if both := factors(node):
            w, x = both
            return [tuple(self.values(other)) for v, other in ((w, x), (x, w)) if not v.constant]
        if node.op is None:
            return []
        _, read = node.op.read(ops, [self.term(x) for x in node.args])
        found = by_values(node.args, read)
        return [(p if isinstance(p, Term) else self.table.constant(p),) for p in found]


def defined(op: Op, args: list[Term], table: Terms) -> Term:
    """Whether operands are in the domain of an op, or NaN; true where its test is none that can be read."""
    if op.domain is None:
        return table.constant(1.0)
    try:
        inside: Term | bool = op.domain.contains(*args)
    except (CompileError, TypeError):  # a user's own, which says `and` or calls `math`
        return table.constant(1.0)
    found = inside if isinstance(inside, Term) else table.constant(inside)
    return reduce(or_, [x != x for x in args], found)


@dataclass(frozen=True)
class Question:
    """A question of the domain of an operation, `node`, which is drawn or part of what is drawn as `home`."""

    node: Value
    home: Drawn


class FigureProgram:
    """A figure as a program, a function of an array with the number of each of `leaves`.

    It returns one array: the values of all nodes drawn, the partials on all arrows, and for each of `checks` whether
    its operands are in the domain, followed by the operands.

    Raises CompileError or TypeError where the rule of a user's function is none that can be read as a formula.
    """

    def __init__(self, figure: Figure) -> None:
        self.figure = figure
        self.leaves = leaves_of(figure)
        self.graph = graph = InTerms(figure, [*self.leaves])
        values = [x for node in figure.drawn for x in graph.values(node)]
        found = [arrow for head in figure.drawn for arrow in arrows(head, graph, figure.folded, {})]
        slopes: list[Any] = [slope for arrow in found for slope in arrow.slopes]
        asked: list[Term] = []
        self.checks: list[Question] = []
        for node in graph.order:
            if isinstance(node, Value) and node.op is not None and node not in graph.of and not factors(node):
                operands = [graph.term(x) for x in node.args]
                inside = defined(node.op, operands, graph.table)
                if not inside.constant:
                    self.checks.append(Question(node, self.homes[node]))
                    asked += [inside, *operands]
        self.roots = as_ieee([*values, *slopes, *asked])

    @cached_property
    def homes(self) -> dict[Drawn, Drawn]:
        """For each node the one that is drawn and that it is part of: itself, or the first that it is folded into."""
        homes: dict[Drawn, Drawn] = {}
        for node in reversed(self.graph.order):
            homes[node] = homes[self.graph.uses[node][0]] if node in self.figure.folded else node
        return homes

    @property
    def text(self) -> str:
        """The function as a JavaScript expression."""
        names = file_names(JAVASCRIPT)
        given = names.new("leaves")
        texts = {x: f"{given}[{i}]" for i, x in enumerate(self.graph.variables.values())}
        self.graph.table.labels.clear()
        writer = Writer(texts, self.roots, names, JAVASCRIPT.style)
        written = writer.write(self.roots)
        lines = [*writer.page(), f"return [{', '.join(written)}];"]
        functions = functions_for(JAVASCRIPT, self.roots)
        return "\n".join(["(() => {", *functions, f"return {given} => {{", *indented(lines), "};", "})()"])
