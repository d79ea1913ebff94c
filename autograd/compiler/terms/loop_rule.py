"""The chain rule through loops: the tangents of a loop are a loop of more carries, its adjoints one that goes backward.

The loop backward reads what the loop forward has stored: the carries of every step, and the results of functions. What
arithmetic makes of these is computed again, which takes less time than reading it from memory; so are inner loops.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import reduce
from operator import attrgetter, or_
from typing import Any

from autograd import ops
from autograd.compiler.terms.adjoints import WHOLE, Flow, Masked, add_to, added, at, few, selected, total_of
from autograd.compiler.terms.loop import (
    FINAL,
    JOIN,
    STACKED,
    TAKE,
    Loop,
    extended,
    final,
    inits,
    is_array,
    length_of,
    looped,
    stacked_of,
    steps_of,
    take,
)  # fmt: skip
from autograd.compiler.terms.rewriting import substituted
from autograd.compiler.terms.terms import Term, Terms, reachable
from autograd.op import Op

__all__ = ["Moved", "moved_loop", "pulled_loop"]

Moved = dict[tuple[Op, int], Term]  # the tangent of each result of a loop, by FINAL or STACKED and its number
Slopes = Any  # the Adjoints of `chain_rule.py`
Reverse = Callable[[Mapping[Term, Term], Sequence[Term], Collection[Term]], Slopes]
Tangents = Callable[[Sequence[Term], Mapping[Term, Term], Collection[Term]], list[Term]]

# What is computed again rather than stored.
CHEAP: set[Any] = {ops.add, ops.sub, ops.mul, ops.neg, ops.sum, ops.dot, ops.linear, ops.WHERE, ops.NOT, TAKE, STACKED}
CHEAP |= {JOIN, ops.identity, ops.DETACH, ops.abs, ops.sign, ops.relu, ops.maximum, ops.minimum}
CHEAP |= {*ops.RELATIONS.values()}
CONSTANT: set[Any] = {ops.DETACH, ops.SHIFT, ops.NOT, *ops.RELATIONS.values()}


class _Dependence:
    """Which carries each Term of a loop's body depends on, as bits; the last bit stands for what moves outside."""

    def __init__(self, node: Term, moving: Collection[Term]) -> None:
        self.loop: Loop = node.head
        self.first = inits(node)
        self.outside = {*node.args[1 + len(self.first) :]}
        self.frees = [x for x in node.args[1 + len(self.first) :] if x in moving]
        last = 1 << len(self.first)
        self.bits = {x: 1 << j for j, x in enumerate(self.loop.carries)} | dict.fromkeys(self.frees, last)
        for term in reachable(self.loop.roots, known=self.outside):
            if term not in self.bits and term.head not in CONSTANT:
                self.bits[term] = reduce(or_, [self.bits.get(x, 0) for x in term.args], 0)
        self.nexts = [self.bits.get(x, 0) for x in self.loop.nexts]
        # The carries that move.
        self.moving = {j for j, x in enumerate(self.first) if x in moving}
        while more := {j for j, bits in enumerate(self.nexts) if bits & (last | _mask_of(self.moving))} - self.moving:
            self.moving |= more

    def asked(self, finals: Collection[int], outs: Collection[int]) -> list[int]:
        """The carries that move and whose adjoints may differ from 0 if those of these results do."""
        found, new = set[int](), {*finals}
        bits = reduce(or_, [self.bits.get(self.loop.outs[m], 0) for m in outs], 0)
        while True:
            found |= new
            bits = reduce(or_, [self.nexts[j] for j in new], bits)
            new = {j for j in range(len(self.nexts)) if bits >> j & 1} - found
            if not new:
                return sorted(found & self.moving)


def _mask_of(numbers: Iterable[int]) -> int:
    return sum(1 << j for j in numbers)


def moved_loop(node: Term, moved: Mapping[Term, Term], tangents: Tangents) -> Moved:
    """The tangents of a loop's results; `moved` has the tangents of what it reads."""
    body, table = _Dependence(node, moved), node.table
    loop, moving = body.loop, sorted(body.moving)
    directions = {loop.carries[j]: _moving_variable(loop.carries[j]) for j in moving}
    known = directions | {x: moved[x] for x in body.frees}
    found = tangents([*(loop.nexts[j] for j in moving), *loop.outs], known, body.outside)
    nexts, outs = found[: len(moving)], found[len(moving) :]
    both = replace(
        loop, carries=(*loop.carries, *directions.values()), nexts=(*loop.nexts, *nexts), outs=tuple(outs)
    )  # fmt: skip
    first = [moved.get(body.first[j], table.constant(0.0)) for j in moving]
    whole = looped(both, node.args[0], [*body.first, *first])
    results: Moved = {(FINAL, j): final(whole, len(body.first) + i) for i, j in enumerate(moving)}
    return results | {(STACKED, m): stacked_of(whole, m) for m, x in enumerate(outs) if x.constant != 0}


def pulled_loop(
    node: Term, flows: Sequence[Flow], depends: Collection[Term], reverse: Reverse
) -> Iterable[tuple[Term, Term | None, Term, Any]]:
    """What flows back from a loop to its operands: each with a mask, the value, and the place in an array."""
    body, table = _Dependence(node, depends), node.table
    loop, index = body.loop, body.loop.index
    sums: dict[Term, Masked] = {}
    outs: dict[int, list[Flow]] = {}
    for mask, place, value in flows:
        if isinstance(place, tuple):
            outs.setdefault(place[0], []).append(Flow(mask, place[1], value))
        else:
            add_to(sums.setdefault(loop.carries[int(place.constant)], {}), mask, value)
    finals = [j for j, x in enumerate(loop.carries) if x in sums]
    seeds: dict[Term, Term] = {}
    back = _Back(node)
    asked = body.asked(finals, outs)
    adjoints = {j: _moving_variable(loop.carries[j]) for j in asked}
    for j, x in adjoints.items():
        seeds[loop.nexts[j]] = _with(seeds.get(loop.nexts[j]), x)
    for m, found in outs.items():
        if (seed := at(few(stacked_of(node, m), found), index)) is not None:
            seeds[loop.outs[m]] = _with(seeds.get(loop.outs[m]), seed)
    if not seeds:
        return
    slopes = reverse(seeds, [*(loop.carries[j] for j in asked), *body.frees], body.outside)
    for j, x in adjoints.items():
        back.carry(x, _total_number(table, sums.get(loop.carries[j])), slopes.number(loop.carries[j]))
        back.targets.append((body.first[j], None))
    for x in body.frees:
        back.flows(x, slopes)
    mask = reduce(_either, [flow.mask for flow in flows])
    whole = back.made(body.outside)
    for i, (x, place) in enumerate(back.targets):
        if x in depends:
            yield x, mask, final(whole, i), place
    for m, x in enumerate(back.arrays):
        yield x, mask, stacked_of(whole, m), WHOLE


def _with(total: Term | None, x: Term) -> Term:
    return x if total is None else added(total, x)


def _total_number(table: Terms, sums: Masked | None) -> Term:
    return table.constant(0.0) if sums is None else selected(*total_of(sums))


def _either(mask: Term | None, other: Term | None) -> Term | None:
    return None if mask is None or other is None else mask | other


class _Back:
    """A loop that goes backward along another, while it is being made.

    - `targets`: the operand that each last carry flows to, with the entry if that is an array.
    - `arrays`: the operand that each stacked array flows to.
    """

    def __init__(self, node: Term) -> None:
        self.node, self.loop, self.table = node, node.head, node.table
        self.carries: list[Term] = []
        self.first: list[Term] = []
        self.nexts: list[Term] = []
        self.outs: list[Term] = []
        self.targets: list[tuple[Term, Term | None]] = []
        self.arrays: list[Term] = []

    def carry(self, x: Term, first: Term, following: Term) -> None:
        """Add a carry with its first number and its next one."""
        self.carries.append(x)
        self.first.append(first)
        self.nexts.append(following)

    def flows(self, x: Term, slopes: Slopes) -> None:
        """Add up what flows to an operand at each step; stack what flows to the entry of an array for this step."""
        if not is_array(x):
            self._add_up(x, None, slopes.number(x) if x in slopes else None)
            return
        found = slopes.flows.get(x, ())
        here = [flow for flow in found if flow.place is self.loop.index]
        others = [flow for flow in found if flow.place is not self.loop.index]
        if (entry := at(here, self.loop.index)) is not None:
            self.arrays.append(x)
            self.outs.append(entry)
        if others:
            n = length_of(x).constant
            assert n is not None  # what a while_loop has stored is read by loops along it alone
            for i in map(self.table.constant, range(int(n))):
                self._add_up(x, i, at(others, i))

    def _add_up(self, x: Term, place: Term | None, slope: Term | None) -> None:
        if slope is not None:
            total = _moving_variable(x)
            self.carry(total, self.table.constant(0.0), added(total, slope))
            self.targets.append((x, place))

    def made(self, outside: Collection[Term]) -> Term:
        """The finished loop, which reads what the forward loop has stored."""
        roots = [*self.nexts, *self.outs]
        if stored := self._stored(roots, outside):
            forward = extended(self.node, stored)
            new = {x: take(stacked_of(forward, m), self.loop.index) for m, x in enumerate(stored)}
            roots = substituted(roots, new, self.table)
        n = len(self.nexts)
        loop = Loop(self.loop.index, tuple(self.carries), tuple(roots[:n]), tuple(roots[n:]), not self.loop.backward)
        return looped(loop, steps_of(self.node), self.first)

    def _stored(self, roots: Sequence[Term], outside: Collection[Term]) -> list[Term]:
        """What the forward loop has to store for `roots`."""
        carries, index = {*self.loop.carries}, self.loop.index
        back, ahead = {*self.carries}, {*carries, index}
        for term in reachable(roots, known=outside):
            if not back.isdisjoint(term.args):
                back.add(term)
            elif not ahead.isdisjoint(term.args):
                ahead.add(term)
        stack = [x for x in roots if x in ahead] + [x for term in back for x in term.args if x in ahead]
        found = dict[Term, None]()
        seen = {index}
        while stack:
            term = stack.pop()
            if term not in seen:
                seen.add(term)
                if term in carries or not (term.head in CHEAP or isinstance(term.head, Loop)):
                    found[term] = None
                else:
                    stack += [x for x in term.args if x in ahead]
        return sorted(found, key=attrgetter("index"))


def _moving_variable(x: Term) -> Term:
    """A variable for the tangent or the adjoint of x."""
    label = x.table.labels.get(x)
    return x.table.variable(f"d_{label}" if label else "")
