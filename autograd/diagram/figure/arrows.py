"""The arrows of a diagram: what was folded into a node is multiplied along each path and added up."""

from collections.abc import Callable, Collection, Iterator, Mapping
from functools import reduce
from operator import add, mul
from typing import Literal, NamedTuple

from autograd.diagram import style
from autograd.diagram.figure.graph import Drawn, Graph, Link, Slopes
from autograd.diagram.figure.naming import fits, math
from autograd.formula import Formula
from autograd.ops import dot, linear
from autograd.typeset.label import Label, Math
from autograd.value import Value

__all__ = ["WRITERS", "Arrow", "Partials", "arrows", "quantity"]


Partials = Literal["symbols", "numbers", "both", "weights"] | None


class Arrow(NamedTuple):
    """An arrow with the derivative of its head with respect to its tail, as a formula and as numbers."""

    tail: Drawn
    head: Drawn
    symbol: Formula
    slopes: Slopes


def arrows(head: Drawn, graph: Graph, folded: Collection[Drawn], names: Mapping[Drawn, Formula]) -> Iterator[Arrow]:
    """The arrows into one node.

    If nothing was folded into it there is one for each operand. Otherwise there is one for each node that reaches
    it through folded nodes, with the sum over the paths of the products along each (course, section 4).
    """
    inside = {head}
    stack = [head]
    while stack:
        for parent in graph.parents(stack.pop()):
            if parent in folded and graph.parents(parent) and parent not in inside:
                inside.add(parent)
                stack.append(parent)
    if len(inside) == 1:
        for tail, symbol, slopes in graph.links(head, names):
            if tail not in folded:
                yield Arrow(tail, head, symbol, slopes)
        return
    ways: dict[Drawn, list[tuple[int, Formula, Slopes]]] = {head: [(0, Formula(1), (1.0,))]}
    for node in sorted(inside, key=lambda node: -graph.place[node]):
        symbol, slopes = total(ways[node])
        for link in graph.links(node, names):
            way = graph.place[node], product(symbol, link), chained(slopes, link.slopes)
            ways.setdefault(link.parent, []).append(way)
    for tail in graph.order:
        if tail in ways and tail not in inside and tail not in folded:
            yield Arrow(tail, head, *total(ways[tail]))


def total(ways: list[tuple[int, Formula, Slopes]]) -> tuple[Formula, Slopes]:
    """The sum over the ways up, in the order in which an expression names the nodes they begin with."""
    _, symbols, slopes = zip(*sorted(ways, key=lambda way: way[0]), strict=True)
    return reduce(add, symbols), tuple(map(sum, zip(*slopes, strict=True)))


def product(above: Formula, link: Link) -> Formula:
    """The product of two partials along a path, numbers first."""
    below = link.symbol
    return below * above if isinstance(below.head, (int, float)) else above * below


def chained(above: Slopes, below: Slopes) -> Slopes:
    """The chain rule in numbers: one of the two is a single number, or they meet in a vector."""
    if len(above) == 1:
        return tuple(above[0] * slope for slope in below)
    return tuple(slope * below[0] for slope in above) if len(below) == 1 else (sum(map(mul, above, below)),)


# -- what stands on arrows and beside nodes -------------------------------------------------------------------


def symbols(arrow: Arrow, names: Mapping[Drawn, Formula]) -> Label:
    """The derivative as a formula, or if that is long as a quotient such as ∂z/∂s."""
    if fits(arrow.symbol, style.PARTIAL):
        return math(arrow.symbol)
    head, tail = names[arrow.head], names[arrow.tail]
    tex = rf"\frac{{\partial {head.factor('tex')}}}{{\partial {tail.factor('tex')}}}"
    return Math(tex, f"∂{head.factor('text')}/∂{tail.factor('text')}")


def numbers(arrow: Arrow, names: Mapping[Drawn, Formula]) -> Label:
    """The derivative as a number."""
    return decimals(arrow.slopes)


def both(arrow: Arrow, names: Mapping[Drawn, Formula]) -> Label:
    """The derivative as a formula and as a number; once if that is the same."""
    written, value = symbols(arrow, names), decimals(arrow.slopes)
    if isinstance(arrow.symbol.head, (int, float)) or not isinstance(written, Math):
        return value
    return Math(f"{written.tex} = {{{value.tex}}}", f"{written.text} = {value.text}")


def weights(arrow: Arrow, names: Mapping[Drawn, Formula]) -> Label:
    """The factor in a weighted sum, and nothing else."""
    return symbols(arrow, names) if isinstance(arrow.head, Value) and arrow.head.op in (dot, linear) else ""


def nothing(arrow: Arrow, names: Mapping[Drawn, Formula]) -> Label:
    """No label."""
    return ""


WRITERS: dict[Partials, Callable[[Arrow, Mapping[Drawn, Formula]], Label]] = {
    "symbols": symbols,
    "numbers": numbers,
    "both": both,
    "weights": weights,
    None: nothing,
}


def quantity(what: str, values: Slopes | None) -> Math:
    """A number, or those of a vector, with a name; a dash if not known yet."""
    shown = Math("–", "–") if values is None else decimals(values)
    return Math(rf"\text{{{what} }} {{{shown.tex}}}", f"{what} {shown.text}")


def decimals(values: Slopes) -> Math:
    """Numbers for people: up to four digits each; of a long vector the first ones and the last."""
    written = [math(Formula(float(f"{value:.4g}"))) for value in values]
    if len(written) == 1:
        return written[0]
    if len(written) > style.MOST_NUMBERS:
        written = [*written[: style.MOST_NUMBERS - 1], Math(r"\ldots", "…"), written[-1]]
    return Math(f"({', '.join(x.tex for x in written)})", f"({', '.join(x.text for x in written)})")
