"""The formulas of a graph: of a node, of the partial derivatives on its edges, and of the chain rule over its paths."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import reduce
from typing import NamedTuple

from autograd import ops
from autograd.arithmetic import float_sum
from autograd.formula.written import Formula
from autograd.graph import nodes
from autograd.paths import Path, paths
from autograd.recording import by_values
from autograd.typeset.label import Math
from autograd.typeset.symbols import taken_by, unused
from autograd.value import Value, only_value

__all__ = ["Derivation", "along", "derivation", "formula", "local_partials"]

MAX_PATHS = 50


def formula(value: Value, names: Mapping[Value, Formula] | None = None) -> Formula:
    """The expression that `value` was computed by, down to labelled nodes, which stand as their labels.

    `names` says how to write further nodes. A leaf without a label stands as its number. Raises TypeError for anything
    but a Value; a Formula of more than `MAX_SYMBOLS` symbols raises ValueError when it is written.

    >>> x, y = Value(2.0, "x"), Value(3.0, "y")
    >>> formula(x**2 * y + 1).text
    'x²y + 1'
    """
    only_value(value, "formula")
    written: dict[Value, Formula] = dict(names or {})
    for node in nodes(value):
        if node in written:
            continue
        if node.label is not None and node is not value:
            written[node] = Formula(node.label)
        elif node.op is None:
            written[node] = Formula(node.data if node.label is None else node.label)
        else:
            args = tuple(written[a] if isinstance(a, Value) else a for a in node.args)
            written[node] = Formula.read(node.op, args)
    return written[value]


def local_partials(node: Value, names: Mapping[Value, Formula]) -> tuple[Formula, ...]:
    """The partial derivatives on the edges of `node` as formulas, aligned with `node.parents`.

    `names` says how each parent is written.
    """
    if node.op is None:
        return ()
    args = tuple(names[a] if isinstance(a, Value) else Formula.of(a) for a in node.args)
    _, partials = node.op.read(ops, args)
    return tuple(map(Formula.of, by_values(node.args, partials)))


class Derivation(NamedTuple):
    """The chain rule for one derivative, in three steps: `symbols`, `numbers` and `result`.

    `of` is what is differentiated, with respect to `by`. The first two steps are sums over paths of products over
    edges, in the order from the argument upwards.
    """

    of: Formula
    by: Formula
    symbols: Formula
    numbers: Formula
    result: Formula

    @property
    def steps(self) -> tuple[Formula, ...]:
        """The steps, without those that only repeat the one before."""
        steps = [self.symbols, self.numbers, self.result]
        return tuple([s for i, s in enumerate(steps) if i == 0 or s.text != steps[i - 1].text])

    @property
    def quotient(self) -> str:
        """The derivative as a quotient, in TeX."""
        if self.of.args:
            return rf"\frac{{\partial}}{{\partial {self.by.factor('tex')}}}({self.of.tex})"
        return rf"\frac{{\partial {self.of.factor('tex')}}}{{\partial {self.by.factor('tex')}}}"

    @property
    def tex(self) -> str:
        """In TeX, one step a line, for an `aligned` environment."""
        return self.quotient + r" \\ ".join(f" &= {step.tex}" for step in self.steps)

    def _repr_latex_(self) -> str:
        return rf"$$\begin{{aligned}} {self.tex} \end{{aligned}}$$"

    @property
    def text(self) -> str:
        """In Unicode, one step a line."""
        quotient = f"∂{self.of.factor('text')}/∂{self.by.factor('text')}"
        indent = "\n" + " " * len(quotient)
        return quotient + indent.join(f" = {step.text}" for step in self.steps)

    @property
    def lines(self) -> tuple[Math, ...]:
        """The lines of a label, one step each, with the signs = below each other."""
        of = self.text.split("\n")[0].partition(" = ")[0]
        first, *more = self.steps
        aligned = [Math(rf"\phantom{{{self.quotient}}} = {step.tex}", f"= {step.text}") for step in more]
        return (Math(f"{self.quotient} = {first.tex}", f"{of} = {first.text}"), *aligned)

    @property
    def svg(self) -> str:
        """Typeset, one step a line, as SVG in the colour of the surrounding text; needs `ziamath`."""
        from autograd.typeset.svg import lines_svg

        return lines_svg(self.lines, self.text)


def derivation(y: Value, x: Value) -> Derivation:
    """How the derivative of the node `y` with respect to the node `x` follows from the partials on edges between them.

    (Course, section 4: multiply along each path, add up the paths.) Nodes on the way that have a label stand as it.
    Ends without a label are called f and x, or by other letters where a node has that label. Raises TypeError for
    anything but Values, ValueError where there are more than 50 paths.

    >>> from autograd import cos
    >>> x, y = Value(1.0, "x"), Value(2.0, "y")
    >>> f = cos(x**2 * y) + x**2
    >>> print(derivation(f, x).text)
    ∂f/∂x = 2xy·(-sin(x²y)) + 2x
          = 2·2·(-0.909297) + 2
          = -1.63719
    """
    found = paths(y, x)
    if found.count > MAX_PATHS:
        raise ValueError(f"There are {found.count} paths from y down to x, more than the {MAX_PATHS} that can be read.")
    names: dict[Value, Formula] = {}
    order = nodes(y)
    labels = [node.label for node in order]
    taken = taken_by(labels)
    for node in order:
        names[node] = formula(node, names) if node.label is None else Formula(node.label, taken=taken)
    of = y.label or next(unused("fgh", labels))
    return along(found, Formula(of), Formula(x.label or next(unused("xyz", [*labels, of]))), names)


def along(found: Iterable[Path], of: Formula, by: Formula, names: Mapping[Value, Formula]) -> Derivation:
    """What some paths contribute to the derivative of `of` with respect to `by`; `names` says how nodes are written."""
    symbols, numbers, result = [], [], []
    taken = by.taken.union(*(name.taken for name in names.values()))
    for path in found:
        edges = list(zip(path.nodes, path.edges, strict=False))[::-1]
        symbols.append(_product_of(local_partials(node, names)[i] for node, i in edges))
        numbers.append(_product_of(Formula(node.partials[i], taken=taken) for node, i in edges))
        result.append(path.product)
    return Derivation(of, by, _sum_of(symbols), _sum_of(numbers), Formula(float_sum(result), taken=taken))


def _product_of(factors: Iterable[Formula]) -> Formula:
    """The product as it stands, without the factors 1."""
    kept = [f for f in factors if f.head != 1]
    return reduce(lambda a, b: Formula(ops.mul, (a, b)), kept) if kept else Formula(1)


def _sum_of(terms: list[Formula]) -> Formula:
    return reduce(lambda a, b: Formula(ops.add, (a, b)), terms) if terms else Formula(0)
