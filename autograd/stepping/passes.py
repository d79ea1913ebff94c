"""The two passes over a graph as data: what each step computes, from what, in symbols and in numbers.

The backward pass is told as the course tells it (section 5.2). Each arrow that leaves a node contributes the derivative
with respect to its other end, times the partial on the arrow; the derivative with respect to the node is the sum. Each
node gets its derivative in one step, as soon as all nodes above it have theirs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import add

from autograd import ops
from autograd.diagram.figure.arrows import WRITERS, Arrow, chained, decimals
from autograd.diagram.figure.dataflow import Figure
from autograd.diagram.figure.graph import Drawn, Slopes
from autograd.diagram.figure.naming import as_label, fits
from autograd.formula import Formula, inner
from autograd.graph import operations
from autograd.op import Op
from autograd.typeset.glyphs import clean, shorten
from autograd.typeset.label import text
from autograd.typeset.symbols import PRODUCT, SUM, binding, unused
from autograd.value import Value
from autograd.vector import Vector, factors

__all__ = ["MOST", "TERMS", "TOP", "Backward", "Contribution", "Forward", "Given", "SpokenNames", "Step"]
__all__ += ["arrows_into", "data", "factor_needs_parentheses", "forward_pass", "passes", "shown_numbers"]

TOP = "f"  # the result, if it has no label
LONGEST = 120  # characters of a formula in a sentence
MOST = 12  # leaves that are read out one by one
TERMS = 6  # of a sum that are written out
SUMS = {ops.add, ops.sub, ops.neg, ops.sum, ops.WHERE}  # what stands in parentheses as a factor


@dataclass(frozen=True, slots=True, eq=False)
class Given:
    """The beginning: the leaves with their values."""

    nodes: tuple[Drawn, ...]
    names: tuple[str, ...]

    def __str__(self) -> str:
        known = [f"{name} = {shown_numbers(data(node))}" for node, name in zip(self.nodes, self.names, strict=True)]
        more = f", and {len(known) - MOST} more" if len(known) > MOST else ""
        return f"Given: {', '.join(known[:MOST]) or 'what is not shown'}{more}."


@dataclass(frozen=True, slots=True, eq=False)
class Forward:
    """A step of the forward pass: `node` got its value.

    - `arrows`: those into the node, from what it was computed from; each has its partial as `symbol` and `slopes`.
    - `name`, `expression`, `put_in`: how the node is written, how it was computed, and that with the numbers put in.
    - `value`: the result, one number, or those of a vector.
    """

    node: Drawn
    arrows: tuple[Arrow, ...]
    name: str
    expression: str
    put_in: str
    value: Slopes

    def __str__(self) -> str:
        return chain(self.name, self.expression, self.put_in, shown_numbers(self.value))


@dataclass(frozen=True, slots=True, eq=False)
class Contribution:
    """What one arrow adds to a gradient: the gradient of its head, times the partial on the arrow."""

    arrow: Arrow
    gradient: Slopes
    product: Slopes


@dataclass(frozen=True, slots=True, eq=False)
class Backward:
    """A step of the backward pass: `node` got its gradient, the sum of the products in `terms`.

    - `name`: the derivative, such as ∂f/∂x.
    - `symbols`, `put_in`: the sum of products in symbols, and with the numbers put in.
    - `gradient`: the result, one number, or those of a vector.
    """

    node: Drawn
    terms: tuple[Contribution, ...]
    name: str
    symbols: str
    put_in: str
    gradient: Slopes

    @property
    def arrows(self) -> tuple[Arrow, ...]:
        """The arrows that leave the node, along which its gradient came."""
        return tuple(term.arrow for term in self.terms)

    def __str__(self) -> str:
        return chain(self.name, self.symbols, self.put_in, shown_numbers(self.gradient))


Step = Given | Forward | Backward


def passes(figure: Figure) -> Iterator[Step]:
    """What is given, the forward pass, and the backward pass over the nodes of a figure."""
    into = arrows_into(figure)
    names = SpokenNames(figure)
    given = tuple(node for node in figure.drawn if not figure.graph.parents(node))
    yield Given(given, tuple(names[node] for node in given))
    yield from forward_pass(figure, into, names)
    yield from backward_pass(figure, into, names)


def arrows_into(figure: Figure) -> dict[Drawn, list[Arrow]]:
    """For each node that is drawn the arrows into it, in the order of its operands."""
    into: dict[Drawn, list[Arrow]] = {node: [] for node in figure.drawn}
    for arrow in figure.arrows:
        into[arrow.head].append(arrow)
    return into


class SpokenNames(dict[Drawn, str]):
    """How nodes are called in sentences, each written when it is first spoken of."""

    def __init__(self, figure: Figure) -> None:
        self.figure = figure
        (root,) = figure.roots
        self.top: Drawn | None = None  # the result, if it is called f because it has no label
        if root.parents and root.label is None and next(unused([TOP], figure.graph.labels())) == TOP:
            self.top = figure.graph.same[root]
            self[self.top] = TOP

    def __missing__(self, node: Drawn) -> str:
        self[node] = name = shorten(clean(text(as_label(self.figure.names[node]))))
        return name

    def below(self, node: Drawn) -> str:
        """How a node is written in a quotient of differentials."""
        return self[node] if self.whole(node) else f"({self[node]})"

    def whole(self, node: Drawn) -> bool:
        """Whether it needs no parentheses there."""
        head, args = self.figure.names[node].head, self.figure.names[node].args
        return node is self.top or not (args or (isinstance(head, str) and binding(head) <= PRODUCT))


def forward_pass(
    figure: Figure,
    into: Mapping[Drawn, list[Arrow]],
    names: Mapping[Drawn, str],
    numeral: Callable[[Drawn, frozenset[str]], Formula] | None = None,
) -> Iterator[Forward]:
    """The nodes that were computed, each after what it was computed from.

    `numeral` says what is put in for a node, by default its number.
    """
    numeral = numeral or number_formula
    graph = figure.graph
    put_in: dict[Drawn, Formula] = {}  # each node as its number, but what is folded as how it was computed
    for node in graph.order:
        seen, leaf = node not in figure.folded, not graph.parents(node)
        if isinstance(node, Value) and not leaf and node not in graph.of:
            both = factors(node)
            operands = both or [graph.same.get(x, x) if isinstance(x, Value) else x for x in node.args]
            numeric = evaluation(
                node.op, [put_in[x] if x in put_in else number_formula(x) for x in operands], both is not None
            )
            expression = graph.written(node, figure.names)
        else:
            expression = numeric = figure.names[node]
        put_in[node] = numeral(node, figure.names[node].taken) if seen or leaf else numeric
        if seen and not leaf:
            yield Forward(node, tuple(into[node]), names[node], readable(expression), readable(numeric), data(node))


def backward_pass(figure: Figure, into: Mapping[Drawn, list[Arrow]], names: SpokenNames) -> Iterator[Backward]:
    """All nodes from the result down, in the order in which `Value.backward` passes them; leaves come last."""
    top = names.below(figure.graph.same[figure.roots[0]])
    order = recorded_order(figure)
    terms: dict[Drawn, list[Contribution]] = {node: [] for node in figure.drawn}
    for node in sorted(figure.drawn, key=order.__getitem__, reverse=True):
        found = tuple(terms.pop(node))
        gradient: Slopes = (1.0,)
        if found:
            columns = zip(*(term.product for term in found), strict=True)
            gradient = tuple(reduce(add, column, 0.0) for column in columns)  # as `backward_pass` adds, unlike `sum`
        yield Backward(
            node,
            found,
            f"∂{top}/∂{names.below(node)}",
            joined_sum(f"∂{top}/∂{names.below(term.arrow.head)}·{partial(term.arrow, figure)}" for term in found),
            joined_sum(
                f"{factor(shown_numbers(term.gradient))}·{factor(shown_numbers(term.arrow.slopes))}" for term in found
            ),
            gradient,
        )
        for arrow in into[node]:
            terms[arrow.tail].append(Contribution(arrow, gradient, chained(gradient, arrow.slopes)))


def recorded_order(figure: Figure) -> dict[Drawn, float]:
    """When each node is computed: operations as recorded (the first of several that are one), leaves before them."""
    when: dict[Drawn, float] = dict.fromkeys(figure.drawn, -1.0)
    for i, node in enumerate(operations(*figure.roots)):
        same = figure.graph.same.get(node)
        if same is not None and when.get(same, -1.0) < 0:
            when[same] = i
    for vector in figure.drawn:
        if isinstance(vector, Vector):  # one that is computed follows its entries, of one that is given they come
            entries = figure.graph.parents(vector)
            when[vector] = max(when.get(entry, -1.0) for entry in entries) + 0.5 if entries else -2.0
    return when


# -- in words -------------------------------------------------------------------------------------------------


def chain(*sides: str) -> str:
    """An equation of all sides that say something new."""
    return " = ".join(dict.fromkeys(side for side in sides if side))


def joined_sum(terms: Iterable[str]) -> str:
    """A sum, of many terms the first ones and the last."""
    terms = list(terms)
    return " + ".join(terms if len(terms) <= TERMS else [*terms[: TERMS - 2], "…", terms[-1]])


def partial(arrow: Arrow, figure: Figure) -> str:
    """The partial on an arrow as a factor, written as on the arrow."""
    written = text(WRITERS["symbols"](arrow, figure.names))
    return f"({written})" if factor_needs_parentheses(arrow, written) else written


def factor_needs_parentheses(arrow: Arrow, written: str) -> bool:
    """Whether the partial on an arrow, `written` in Unicode, is a sum or begins with a sign."""
    head = arrow.symbol.head
    return written.startswith("-") or head in SUMS or (isinstance(head, str) and binding(head) <= SUM)


def factor(written: str) -> str:
    """A number as a factor."""
    return f"({written})" if written.startswith("-") else written


def readable(written: Formula) -> str:
    """A formula, unless it is too long to read."""
    return shorten(clean(written.text), LONGEST) if fits(written, LONGEST) else ""


def evaluation(op: Op | None, operands: Sequence[Formula], of_vectors: bool) -> Formula:
    """An operation written down with nothing simplified, 3·2 + 1 for the sum of a neuron."""
    assert op is not None  # leaves are not evaluated
    if of_vectors:
        return inner(*operands)
    if op in (ops.dot, ops.linear):
        half = len(operands) // 2
        products = [Formula(ops.mul, pair) for pair in zip(operands[:half], operands[half : 2 * half], strict=True)]
        return Formula(ops.sum, (*products, *operands[2 * half :]))
    return Formula(op, tuple(operands))


def number_formula(x: Value | Vector | float, taken: frozenset[str] = frozenset()) -> Formula:
    """A number, or those of a vector, for people; no letter of a constant that is `taken` is written beside it."""
    if isinstance(x, Vector):
        return Formula(shown_numbers(x.data))
    return Formula(float(f"{x.data if isinstance(x, Value) else x:.4g}") + 0.0, taken=taken)


def shown_numbers(values: Slopes) -> str:
    """A number, or those of a vector, as they stand beside nodes; the sign of a zero is left out."""
    return decimals(tuple(value + 0.0 for value in values)).text


def data(node: Drawn) -> Slopes:
    """The number that a node holds, or the numbers."""
    return node.data if isinstance(node, Vector) else (node.data,)
