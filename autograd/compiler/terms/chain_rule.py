"""The chain rule applied to Terms, backward and forward; what comes out are Terms, to be derived again if wanted.

Where a node is used only if a condition holds, what flows back through it is of no account elsewhere, and may well be
NaN there: with `where(x > 0, sqrt(x), 0)` the slope of the root at x = 0 must not be multiplied by 0. So an adjoint is
carried with its mask, the condition under which it counts (None: always), and that is applied after all factors.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from autograd import ops
from autograd.accumulation import Algebra, accumulated
from autograd.compiler.terms.recipes import Recipes
from autograd.compiler.terms.terms import Term, Terms, reachable
from autograd.op import Op

__all__ = ["Adjoint", "Adjoints", "dependent", "gradient", "reverse", "selected", "slope_rows", "tangents"]

Adjoint = tuple[Term | None, Term]  # a mask, and the derivative of the result where it holds, which else is 0
_Masked = dict[Term | None, Term]  # the sum of such
_Edge = tuple[Term | None, Term | None]  # a mask, and the partial derivative where it holds, None for 1


def gradient(y: Term, xs: Sequence[Term], *, named: bool = True) -> list[Term]:
    """The derivatives of `y` by each of `xs`: the reverse sweep, over those nodes that depend on one of them.

    If `named`, the derivative with respect to a node with a label gets a label of its own.
    """
    return reverse({y: y.table.constant(1.0)}, xs, named=named)


def reverse(seeds: Mapping[Term, Term], xs: Sequence[Term], *, named: bool = True) -> list[Term]:
    """The same of the sum of several Terms, each times a factor."""
    if not seeds or not xs:
        return []
    table = xs[0].table
    labels = table.labels if named else {}
    adjoints = Adjoints(table, seeds, xs)
    for node in reversed(adjoints.order):
        if node in adjoints:
            mask, adjoint = adjoints.total(node)
            if node in labels and adjoint.constant is None:
                labels.setdefault(adjoint, f"d_{labels[node]}")
            adjoints.pass_on(node, mask, adjoint)
    slopes = [selected(*adjoints.total(x)) if x in adjoints else table.constant(0.0) for x in xs]
    for slope, x in zip(slopes, xs, strict=True):
        if x in labels and slope.constant is None:
            labels.setdefault(slope, f"d_{labels[x]}")
    return slopes


class Adjoints(dict[Term, _Masked]):
    """What has arrived at Terms on the way back to `xs`; `seeds` is what arrives at first.

    `order` are the operations on the way, which are in `depends` with `xs`; rules are read with the namespace `m`.
    """

    def __init__(self, table: Terms, seeds: Mapping[Term, Term], xs: Sequence[Term], m: Any = ops) -> None:
        super().__init__()
        self.order = dependent(seeds, xs)
        self.depends = {*xs, *self.order}
        self.recipes = Recipes(table, m)
        for y, seed in seeds.items():
            self.add(y, None, seed)

    def pass_on(self, node: Term, mask: Term | None, adjoint: Term) -> None:
        """Give the operands of a node what they get of its adjoint."""
        if node.head is ops.WHERE:
            condition, *branches = node.args
            for x, holds in zip(branches, (condition, ops.NOT(condition)), strict=True):
                if x in self.depends:
                    self.add(x, _both(mask, holds), adjoint)
            return
        for x, partial in self.recipes.partials(node, self.depends):
            self.add(x, mask, adjoint if partial is None else self.product(adjoint, partial))

    def product(self, adjoint: Term, partial: Term) -> Term:
        """What a partial makes of an adjoint."""
        return adjoint * partial

    def add(self, x: Term, mask: Term | None, value: Term) -> None:
        """One more that counts under a mask."""
        _add(self.setdefault(x, {}), mask, value)

    def total(self, x: Term) -> Adjoint:
        """The sum of all that has arrived."""
        return _total(self[x])


def _add(adjoints: dict[Term | None, Term], mask: Term | None, value: Term) -> None:
    """One more that counts under a mask."""
    adjoints[mask] = _sum(adjoints[mask], value) if mask in adjoints else value


def _sum(x: Term, y: Term) -> Term:
    """x + y, but perhaps for the sign of 0, which of a derivative nobody asks: signs move outwards."""
    return -(-x + -y) if _is_negative(x) and _is_negative(y) else x + y


def _is_negative(x: Term) -> bool:
    return x.head is ops.neg or (x.head is ops.mul and (x.args[0].constant or 0.0) < 0)


def selected(mask: Term | None, value: Term) -> Term:
    """The derivative everywhere, where the mask does not say itself that it is 0."""
    known = mask is None or (mask.head is ops.RELATIONS["ne"] and mask.args[0] is value and mask.args[1].constant == 0)
    return value if known else ops.where(mask, value, 0.0)


def _total(adjoints: dict[Term | None, Term]) -> Adjoint:
    """The sum of all, which counts where one of them does."""
    (total, value), *others = adjoints.items()
    for mask, other in others:
        if total is not None and mask is ops.NOT(total):
            total, value = None, ops.where(total, value, other)
        else:
            value = _sum(selected(total, value), selected(mask, other))
            total = None if total is None or mask is None else total | mask
    return total, value


def tangents(ys: Sequence[Term], directions: Mapping[Term, Term]) -> list[Term]:
    """The derivatives of each of `ys` where the variables move in given `directions`: the forward sweep."""
    moved = dict(directions)
    order = dependent(ys, directions)
    depends = {*directions, *order}
    recipes = Recipes(ys[0].table) if ys else None
    for node in order:
        if node.head is ops.WHERE:
            condition, *branches = node.args
            moved[node] = ops.where(condition, *[moved.get(x, 0.0) for x in branches])
            continue
        assert recipes is not None  # there is a node
        total: Term | None = None
        for x, partial in recipes.partials(node, depends):
            if x in moved:  # it is not if all partials on the way are 0
                term = moved[x] if partial is None else moved[x] * partial
                total = term if total is None else _sum(total, term)
        if total is not None:
            moved[node] = total
    return [moved[y] if y in moved else y.table.constant(0.0) for y in ys]


def slope_rows(ys: Sequence[Term], xs: Sequence[Term], *, half: bool = False) -> list[dict[int, Term]]:
    """For each of `ys` its derivatives by those of `xs` for which they are not 0 everywhere, by their places in order.

    If `half`, only up to the place of y itself, as in a matrix that is symmetric.
    """
    order = dependent(ys, xs)
    if not order and not xs:
        return [{} for _ in ys]
    recipes = Recipes(xs[0].table)
    depends = {*xs}
    edges: dict[Term, Sequence[tuple[Term, _Edge]]] = {}
    for node in order:
        found: list[tuple[Term, _Edge]]
        if node.head is ops.WHERE:
            condition, a, b = node.args
            found = [(x, (mask, None)) for x, mask in ((a, condition), (b, ops.NOT(condition))) if x in depends]
        else:
            found = [(x, (None, partial)) for x, partial in recipes.partials(node, depends)]
        if found:
            depends.add(node)
            edges[node] = found
    one = xs[0].table.constant(1.0)
    algebra = Algebra(lambda: {None: one}, _through, _meet, _merged, _total)
    rows = accumulated(edges, ys, xs, algebra, half=half)
    slopes = [{j: selected(*_total(row[j])) for j in sorted(row)} for row in rows]
    return [{j: slope for j, slope in row.items() if slope.constant != 0} for row in slopes]


def _through(slope: Adjoint, edge: _Edge) -> _Masked:
    (mask, x), (holds, partial) = slope, edge
    return {_both(mask, holds): x if partial is None else x * partial}


def _meet(slope: Adjoint, other: Adjoint) -> _Masked:
    (mask, x), (holds, y) = slope, other
    return {_both(mask, holds): x * y}


def _both(mask: Term | None, other: Term | None) -> Term | None:
    return other if mask is None else mask if other is None else mask & other


def _merged(sums: _Masked, others: _Masked) -> _Masked:
    for mask, x in others.items():
        _add(sums, mask, x)
    return sums


def dependent(ys: Iterable[Term], xs: Iterable[Term]) -> list[Term]:
    """The operations, each after its operands, through which `ys` depend on `xs`."""
    depends, order = set(xs), []
    for node in reachable(ys, known=depends):
        if not depends.isdisjoint(node.args) and node.head not in _CONSTANT:
            depends.add(node)
            order.append(node)
    return order


# No derivative passes through these.
_CONSTANT: set[Op] = {ops.DETACH, ops.SHIFT, ops.NOT, *ops.RELATIONS.values()}
