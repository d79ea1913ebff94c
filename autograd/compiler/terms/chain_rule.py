"""The chain rule applied to Terms, backward and forward; what comes out are Terms, to be derived again if wanted.

Where a node is used only if a condition holds, what flows back through it is of no account elsewhere, and may well be
NaN there: with `where(x > 0, sqrt(x), 0)` the slope of the root at x = 0 must not be multiplied by 0. So an adjoint is
carried with the condition under which it counts, and that is applied after all factors.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import reduce
from typing import NamedTuple

from autograd import ops
from autograd.compiler.terms.terms import Term, reachable
from autograd.op import Op

__all__ = ["gradient", "tangents"]


class Adjoint(NamedTuple):
    """The derivative of the result by a node; it is 0 where `mask` does not hold."""

    mask: Term | None
    value: Term

    @property
    def selected(self) -> Term:
        """The derivative everywhere."""
        if self.mask is None:
            return self.value
        selected: Term = ops.where(self.mask, self.value, 0.0)
        return selected

    def times(self, partial: Term) -> Adjoint:
        """One edge down."""
        return self if partial.constant == 1 else Adjoint(self.mask, self.value * partial)

    def within(self, condition: Term) -> Adjoint:
        """What counts only if a condition holds, too."""
        return Adjoint(condition if self.mask is None else self.mask & condition, self.value)

    def plus(self, other: Adjoint) -> Adjoint:
        """The sum, which counts where one of both does."""
        if self.mask is other.mask:
            return Adjoint(self.mask, self.value + other.value)
        mask = None if self.mask is None or other.mask is None else self.mask | other.mask
        return Adjoint(None if mask is not None and mask.constant else mask, self.selected + other.selected)


def gradient(y: Term, xs: Sequence[Term], *, named: bool = True) -> list[Term]:
    """The derivatives of `y` by each of `xs`: the reverse sweep, over those nodes that depend on one of them.

    If `named`, what is the derivative by a node with a label gets a label of its own.
    """
    table = y.table
    order = _dependent([y], xs)
    depends = {*xs, *order}
    adjoints: dict[Term, list[Adjoint]] = {y: [Adjoint(None, table.constant(1.0))]}
    for node in reversed(order):
        if node not in adjoints:
            continue  # all partials towards it are 0
        adjoint = _total(adjoints.pop(node))
        if named:
            _name(adjoint.value, node)
        for x, contribution in _contributions(node, adjoint, depends):
            adjoints.setdefault(x, []).append(contribution)
    slopes = [_total(adjoints[x]).selected if x in adjoints else table.constant(0.0) for x in xs]
    for slope, x in zip(slopes, xs, strict=True) if named else ():
        _name(slope, x)
    return slopes


def _name(slope: Term, node: Term) -> None:
    labels = node.table.labels
    if node in labels and slope.constant is None:
        labels.setdefault(slope, f"d_{labels[node]}")


def _total(contributions: Sequence[Adjoint]) -> Adjoint:
    if len(contributions) == 1:
        return contributions[0]
    alike: dict[Term | None, Adjoint] = {}
    for x in contributions:
        alike[x.mask] = alike[x.mask].plus(x) if x.mask in alike else x
    return reduce(Adjoint.plus, alike.values())


def tangents(ys: Sequence[Term], directions: Mapping[Term, Term]) -> list[Term]:
    """The derivatives of each of `ys` where the variables move in given `directions`: the forward sweep."""
    moved = dict(directions)
    order = _dependent(ys, directions)
    depends = {*directions, *order}
    for node in order:
        if node.head is ops.WHERE:
            condition, *branches = node.args
            moved[node] = ops.where(condition, *[moved.get(x, 0.0) for x in branches])
            continue
        total: Term | None = None
        for x, partial in _edges(node, depends):
            if x in moved:  # it is not if all partials on the way are 0
                term = moved[x] * partial
                total = term if total is None else total + term
        if total is not None:
            moved[node] = total
    return [moved[y] if y in moved else y.table.constant(0.0) for y in ys]


def _dependent(ys: Iterable[Term], xs: Iterable[Term]) -> list[Term]:
    """The operations, each after its operands, through which `ys` depend on `xs`."""
    depends, order = set(xs), []
    for node in reachable(ys):
        if node not in depends and not depends.isdisjoint(node.args) and node.head not in _CONSTANT:
            depends.add(node)
            order.append(node)
    return order


# No derivative passes through these.
_CONSTANT: set[Op] = {ops.DETACH, ops.SHIFT, ops.NOT, *ops.RELATIONS.values()}


def _contributions(node: Term, adjoint: Adjoint, depends: set[Term]) -> Iterable[tuple[Term, Adjoint]]:
    if node.head is ops.WHERE:
        condition, a, b = node.args
        branches = ((a, condition), (b, ops.NOT(condition)))
        return [(x, adjoint.within(holds)) for x, holds in branches if x in depends]
    return [(x, adjoint.times(partial)) for x, partial in _edges(node, depends)]


def _edges(node: Term, depends: set[Term]) -> list[tuple[Term, Term]]:
    """The operands that matter, with the partials towards them, the rule being read in Terms."""
    op, args = node.head, node.args
    assert isinstance(op, Op)  # an operation has one
    _, partials = op.read(ops, args)
    terms = [
        (x, p if isinstance(p, Term) else node.table.constant(p))
        for x, p in zip(args, partials, strict=True)
        if x in depends
    ]
    return [(x, p) for x, p in terms if p.constant != 0]
