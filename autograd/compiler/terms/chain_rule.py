"""The chain rule applied to Terms, backward and forward; what comes out are Terms, to be derived again if wanted.

Where a node is used only if a condition holds, what flows back through it does not count elsewhere, and may be NaN
there: with `where(x > 0, sqrt(x), 0)` the slope of the root at x = 0 must not be multiplied by 0. So an adjoint is
carried with its mask, the condition under which it counts (None: always), and that is applied after all factors.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any

from autograd import ops
from autograd.accumulation import Algebra, accumulated
from autograd.compiler.terms.adjoints import (
    WHOLE,
    Adjoint,
    Flow,
    Masked,
    add_to,
    added,
    at,
    both_hold,
    gathered,
    selected,
    total_of,
)  # fmt: skip
from autograd.compiler.terms.loop import FINAL, JOIN, STACKED, TAKE, Loop, is_array, join, take
from autograd.compiler.terms.loop_rule import Moved, moved_loop, pulled_loop
from autograd.compiler.terms.recipes import Recipes
from autograd.compiler.terms.terms import Term, Terms, reachable
from autograd.op import Op

__all__ = ["Adjoints", "dependent", "gradient", "reverse", "slope_rows", "tangents", "times_edge"]

_Edge = tuple[Term | None, Term | None]  # a mask, and the partial derivative where it holds, None for 1


def gradient(y: Term, xs: Sequence[Term], *, named: bool = True) -> list[Term]:
    """The derivatives of `y` with respect to `xs`: the reverse sweep, over those nodes that depend on one of them.

    If `named`, the derivative with respect to a node with a label gets a label of its own.
    """
    return reverse({y: y.table.constant(1.0)}, xs, named=named)


def reverse(seeds: Mapping[Term, Term], xs: Sequence[Term], *, named: bool = True) -> list[Term]:
    """The derivatives with respect to `xs` of a sum of Terms times factors; the factor of an array is an array."""
    if not seeds or not xs:
        return []
    table = xs[0].table
    labels = table.labels if named else {}
    adjoints = _swept(seeds, xs, labels=labels)
    slopes = [gathered(x, adjoints.flows.get(x, ())) if is_array(x) else adjoints.number(x) for x in xs]
    for slope, x in zip(slopes, xs, strict=True):
        if x in labels and slope.constant is None:
            labels.setdefault(slope, f"d_{labels[x]}")
    return slopes


def _swept(
    seeds: Mapping[Term, Term],
    xs: Sequence[Term],
    known: Collection[Term] = (),
    labels: Mapping[Term, str] | None = None,
) -> Adjoints:
    """The adjoints at the end of the sweep. Those of nodes with `labels` get labels of their own."""
    names: Any = labels or {}
    adjoints = Adjoints(next(iter(seeds)).table, seeds, xs, known=known)
    for node in reversed(adjoints.order):
        if node in adjoints.flows:
            adjoints.flow_on(node, adjoints.flows.pop(node))
        elif node in adjoints:
            mask, adjoint = adjoints.total(node)
            if node in names and adjoint.constant is None:
                names.setdefault(adjoint, f"d_{names[node]}")
            adjoints.pass_on(node, mask, adjoint)
    return adjoints


class Adjoints(dict[Term, Masked]):
    """What has arrived at Terms on the way back to `xs`; `seeds` is what arrives at first.

    `order` are the operations on the way, which are in `depends` with `xs`; rules are read with the namespace `m`.
    `flows` is what flows to arrays and loops, with its places. What lies behind `known` Terms is not looked at.
    """

    def __init__(
        self,
        table: Terms,
        seeds: Mapping[Term, Term],
        xs: Sequence[Term],
        m: Any = ops,
        known: Collection[Term] = (),
    ) -> None:
        super().__init__()
        self.flows: dict[Term, list[Flow]] = {}
        self.order = dependent(seeds, xs, known)
        self.depends = {*xs, *self.order}
        self.recipes = Recipes(table, m)
        for y, seed in seeds.items():
            if is_array(y):
                self.flow(y, None, seed, WHOLE)
            else:
                self.add(y, None, seed)

    def pass_on(self, node: Term, mask: Term | None, adjoint: Term) -> None:
        """Give the operands of a node what they get of its adjoint."""
        if node.head is ops.WHERE:
            condition, *branches = node.args
            for x, holds in zip(branches, (condition, ops.NOT(condition)), strict=True):
                if x in self.depends:
                    self.add(x, both_hold(mask, holds), adjoint)
            return
        if node.head is TAKE or node.head is FINAL:
            self.flow(node.args[0], mask, adjoint, node.args[1])
            return
        for x, partial in self.recipes.partials(node, self.depends):
            self.add(x, mask, adjoint if partial is None else self.product(adjoint, partial))

    def flow_on(self, node: Term, flows: Sequence[Flow]) -> None:
        """Give the operands of an array or a loop what they get of what flows to it."""
        if node.head is STACKED:
            loop, j = node.args
            for mask, place, value in flows:
                self.flow(loop, mask, value, (int(j.constant or 0), place))
        elif node.head is JOIN:
            for i, x in enumerate(node.args):
                if x in self.depends and (found := at(flows, x.table.constant(i))) is not None:
                    self.add(x, None, found)
        else:
            for x, mask, value, place in pulled_loop(node, flows, self.depends, _swept):
                if place is None:
                    self.add(x, mask, value)
                else:
                    self.flow(x, mask, value, place)

    def product(self, adjoint: Term, partial: Term) -> Term:
        """What a partial makes of an adjoint."""
        return adjoint * partial

    def add(self, x: Term, mask: Term | None, value: Term) -> None:
        """Add `value` to the adjoint of x; it counts under `mask`."""
        if x in self:
            add_to(self[x], mask, value)
        else:
            self[x] = {mask: value}

    def flow(self, x: Term, mask: Term | None, value: Term, place: Any) -> None:
        """Add `value` to what flows to a place of the array or the loop x."""
        self.flows.setdefault(x, []).append(Flow(mask, place, value))

    def total(self, x: Term) -> Adjoint:
        """The adjoint of x: the sum of all that has arrived."""
        return total_of(self[x])

    def number(self, x: Term) -> Term:
        """The derivative with respect to a number."""
        return selected(*self.total(x)) if x in self else x.table.constant(0.0)


def tangents(ys: Sequence[Term], directions: Mapping[Term, Term], known: Collection[Term] = ()) -> list[Term]:
    """The derivatives of each of `ys` where the variables move in given `directions`: the forward sweep.

    What lies behind `known` Terms is not looked at.
    """
    moved = dict(directions)
    loops: dict[Term, Moved] = {}
    order = dependent(ys, directions, known)
    depends = {*directions, *order}
    recipes = Recipes(ys[0].table) if ys else None
    for node in order:
        head, args = node.head, node.args
        if head is ops.WHERE:
            condition, *branches = args
            moved[node] = ops.where(condition, *[moved.get(x, 0.0) for x in branches])
        elif isinstance(head, Loop):
            loops[node] = moved_loop(node, moved, tangents)
        elif head is FINAL or head is STACKED:
            if (found := loops[args[0]].get((head, int(args[1].constant or 0)))) is not None:
                moved[node] = found
        elif head is JOIN:
            moved[node] = join(node.table, [moved.get(x, node.table.constant(0.0)) for x in args])
        elif head is TAKE:
            if args[0] in moved:
                moved[node] = take(moved[args[0]], args[1])
        else:
            assert recipes is not None  # there is a node
            total: Term | None = None
            for x, partial in recipes.partials(node, depends):
                if x in moved:  # it is not if all partials on the way are 0
                    term = moved[x] if partial is None else moved[x] * partial
                    total = term if total is None else added(total, term)
            if total is not None:
                moved[node] = total
    return [moved[y] if y in moved else y.table.constant(0.0) for y in ys]


def slope_rows(ys: Sequence[Term], xs: Sequence[Term], *, half: bool = False) -> list[dict[int, Term]]:
    """For each of `ys` the derivatives with respect to `xs` that are not 0 everywhere, by the places of these in order.

    If `half`, only those up to the place of y itself: the lower half of a symmetric matrix.
    """
    order = dependent(ys, xs)
    if not order and not xs:
        return [{} for _ in ys]
    if any(isinstance(node.head, Loop) for node in order):  # through which adjoints and tangents do not meet
        rows = [reverse({y: y.table.constant(1.0)}, xs, named=False) for y in ys]
        entries = [{j: x for j, x in enumerate(row) if not half or j <= i} for i, row in enumerate(rows)]
        return [{j: slope for j, slope in row.items() if slope.constant != 0} for row in entries]
    masked = any(node.head is ops.WHERE for node in order)
    recipes = Recipes(xs[0].table)
    depends = {*xs}
    edges: dict[Term, Sequence[tuple[Term, Any]]] = {}
    for node in order:
        found: Sequence[tuple[Term, Any]]
        if node.head is ops.WHERE:
            condition, a, b = node.args
            found = [(x, (mask, None)) for x, mask in ((a, condition), (b, ops.NOT(condition))) if x in depends]
        else:
            found = recipes.partials(node, depends)
            found = [(x, (None, partial)) for x, partial in found] if masked else found
        if found:
            depends.add(node)
            edges[node] = found
    one = xs[0].table.constant(1.0)
    number: Callable[[Any], Term]
    if masked:
        algebra = Algebra(lambda: {None: one}, _through, _multiplied, _merged, total_of)
        number = _selected_total
    else:
        algebra, number = Algebra(lambda: one, times_edge, _product, added, _itself), _itself
    sums = accumulated(edges, ys, xs, algebra, half=half)
    slopes = [{j: number(row[j]) for j in sorted(row)} for row in sums]
    return [{j: slope for j, slope in row.items() if slope.constant != 0} for row in slopes]


def _selected_total(sums: Masked) -> Term:
    return selected(*total_of(sums))


def _itself(x: Term) -> Term:
    return x


def times_edge(x: Term, partial: Term | None) -> Term:
    """A derivative times the partial derivative on an edge, None for 1."""
    return x if partial is None else partial if x.constant == 1 else x * partial


def _product(x: Term, y: Term) -> Term:
    return y if x.constant == 1 else x if y.constant == 1 else x * y


def _through(slope: Adjoint, edge: _Edge) -> Masked:
    (mask, x), (holds, partial) = slope, edge
    return {both_hold(mask, holds): x if partial is None else x * partial}


def _multiplied(slope: Adjoint, other: Adjoint) -> Masked:
    (mask, x), (holds, y) = slope, other
    return {both_hold(mask, holds): x * y}


def _merged(sums: Masked, others: Masked) -> Masked:
    for mask, x in others.items():
        add_to(sums, mask, x)
    return sums


def dependent(ys: Iterable[Term], xs: Iterable[Term], known: Collection[Term] = ()) -> list[Term]:
    """The operations, each after its operands, through which `ys` depend on `xs`."""
    depends, order = set(xs), []
    for node in reachable(ys, known={*known, *depends} if known else depends):
        if not depends.isdisjoint(node.args) and node.head not in _CONSTANT:
            depends.add(node)
            order.append(node)
    return order


# No derivative passes through these.
_CONSTANT: set[Op] = {ops.DETACH, ops.SHIFT, ops.NOT, *ops.RELATIONS.values()}
