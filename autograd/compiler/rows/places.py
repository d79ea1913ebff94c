"""Which arrays may share their memory: an array is needed from the call that makes it to the last that reads it."""

from __future__ import annotations

from collections import defaultdict

from autograd.compiler.rows.arrays import Shape
from autograd.compiler.rows.calls import Calls, Ref
from autograd.compiler.terms.terms import Term

__all__ = ["Place", "places"]


class Place:
    """Memory for arrays of one shape, `condition` for bools; with `ones`, a lane of ones follows them."""

    def __init__(self, shape: Shape, condition: bool, ones: bool) -> None:
        self.shape, self.condition, self.ones = shape, condition, ones
        self.terms: list[Term] = []  # that lie there, the first one made last


def places(calls: Calls) -> dict[Term, Place]:
    """The place of every array that a program makes, except what is a part of others and what is given.

    The calls are visited in reverse, so that the last reader of an array comes first: then it needs a place, and gives
    it back at the call that makes it. What a call makes in place of an operand is put where that operand lies.
    """
    shape = calls.steps.arrays.shape
    made = {call.out for call in calls.calls} - calls.scalars
    wholes = {whole for whole, _ in calls.inside.values()}
    first = {call.out: call for call in reversed(calls.calls)}
    found: dict[Term, Place] = {}
    free: defaultdict[tuple[Shape, bool], list[Place]] = defaultdict(list)

    def put(term: Term, place: Place) -> None:
        place.terms.append(term)
        found[term] = place

    def place_for(term: Term) -> None:
        key = (shape(term), term in calls.conditions)
        alone = term in calls.with_ones or term in wholes
        put(term, free[key].pop() if free[key] and not alone else Place(*key, term in calls.with_ones))

    for call in reversed(calls.calls):
        out = call.out
        reads = [ref.term for ref in call.args if isinstance(ref, Ref)]
        new = [x for x in dict.fromkeys(reads) if x in made and x not in found and x not in calls.inside]
        place = found.get(out)  # none of parts, nor of the gradient
        over = place is not None and first[out] is call and out not in wholes
        if over and call.in_place and place is not None:
            for x in new:
                alike = shape(x) == shape(out) and (x in calls.conditions) == place.condition
                if alike and x not in calls.with_ones and x not in wholes:
                    put(x, place)
                    new = [y for y in new if y is not x]
                    over = False  # it goes on until the call that makes x
                    break
        for x in new:
            place_for(x)
        if over and place is not None and not place.ones:
            free[place.shape, place.condition].append(place)
    for whole in wholes - {calls.steps.gradient}:
        if whole not in found:
            place_for(whole)
    return found
