"""What a reverse sweep adds up: adjoints of numbers with their masks, and what flows to places of arrays and loops."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from autograd import ops
from autograd.compiler.terms.loop import Loop, join, length_of, looped, stacked_of, take
from autograd.compiler.terms.terms import Term, Terms

__all__ = [
    "WHOLE", "Adjoint", "Flow", "Masked", "add_to", "added", "at", "both_hold", "few", "gathered", "selected",
    "total_of",
]  # fmt: skip

Adjoint = tuple[Term | None, Term]  # a mask, and the derivative of the result where it holds; elsewhere that is 0
Masked = dict[Term | None, Term]  # the sum of adjoints with different masks
WHOLE: Any = object()  # the place of all entries of an array


class Flow(NamedTuple):
    """What flows back to an array or a loop.

    - `mask`: where it counts.
    - `place`: in an array the index of an entry, or WHOLE; in a loop the number of a carry, or the pair of the number
      of what is stacked and a place in that.
    - `value`: a number, or an array for WHOLE.
    """

    mask: Term | None
    place: Any
    value: Term


def add_to(adjoints: Masked, mask: Term | None, value: Term) -> None:
    """Add an adjoint that counts under `mask`."""
    adjoints[mask] = added(adjoints[mask], value) if mask in adjoints else value


def added(x: Term, y: Term) -> Term:
    """x + y with signs moved outwards. A zero may get the other sign, which does not matter in a derivative."""
    return -(-x + -y) if _is_negative(x) and _is_negative(y) else x + y


def _is_negative(x: Term) -> bool:
    return x.head is ops.neg or (x.head is ops.mul and (x.args[0].constant or 0.0) < 0)


def selected(mask: Term | None, value: Term) -> Term:
    """The derivative everywhere: `value` where the mask holds, else 0."""
    known = mask is None or (mask.head is ops.RELATIONS["ne"] and mask.args[0] is value and mask.args[1].constant == 0)
    return value if known else ops.where(mask, value, 0.0)


def total_of(adjoints: Masked) -> Adjoint:
    """The sum of adjoints, under a mask that holds where one of theirs does."""
    others = iter(adjoints.items())
    total, value = next(others)
    for mask, other in others:
        if total is not None and mask is ops.NOT(total):
            total, value = None, ops.where(total, value, other)
        else:
            value = added(selected(total, value), selected(mask, other))
            total = None if total is None or mask is None else total | mask
    return total, value


def both_hold(mask: Term | None, other: Term | None) -> Term | None:
    """The mask that holds where both masks do."""
    return other if mask is None else mask if other is None else mask & other


def at(flows: Iterable[Flow], i: Term) -> Term | None:
    """What flows to entry `i` of an array; None where nothing does."""
    total: Term | None = None
    for mask, place, value in flows:
        if place is WHOLE:
            value = take(value, i)
        elif place is not i:
            here = place == i  # a condition, unless both are known
            if here.constant == 0.0:
                continue
            value = ops.where(here, value, 0.0)
        value = selected(mask, value)
        total = value if total is None else added(total, value)
    return total


def gathered(x: Term, flows: Sequence[Flow]) -> Term:
    """What flows to an array, as an array."""
    flows = few(x, flows)
    if len(flows) == 1 and flows[0].place is WHOLE and flows[0].mask is None:
        return flows[0].value
    i = x.table.variable("i")
    return stacked_of(looped(Loop(i, (), (), (_or_zero(x.table, at(flows, i)),)), length_of(x), ()), 0)


def few(x: Term, flows: Sequence[Flow]) -> Sequence[Flow]:
    """What flows to the array x; what flows to single entries becomes one array, if there are many."""
    single = [flow for flow in flows if flow.place is not WHOLE and flow.place.constant is not None]
    n = length_of(x).constant
    if len(single) <= FEW or n is None:
        return flows
    entries: dict[Term, list[Flow]] = {}
    for flow in single:
        entries.setdefault(flow.place, []).append(flow)
    places = map(x.table.constant, range(int(n)))
    whole = join(x.table, [_or_zero(x.table, at(entries.get(i, ()), i)) for i in places])
    return [*[flow for flow in flows if flow.place is WHOLE or flow.place.constant is None], Flow(None, WHOLE, whole)]


def _or_zero(table: Terms, x: Term | None) -> Term:
    return table.constant(0.0) if x is None else x


FEW = 4  # entries that are told apart one by one
