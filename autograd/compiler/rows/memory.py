"""Calls of NumPy's functions, and which arrays may share their memory.

An array is needed from the call that makes it to the last that reads it.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from autograd.compiler.rows.array_ops import Shape
from autograd.compiler.rows.arrays import Arrays
from autograd.compiler.terms.terms import Term

__all__ = ["ArrayCall", "ArrayCalls", "Filled", "Place", "Ref", "places"]


class Ref(NamedTuple):
    """An array as it is read: `form` says which view of `term`, such as `{}[2:4]`; `name` is what that is called."""

    term: Term
    form: str = "{}"
    name: str = ""


class Filled(NamedTuple):
    """An array of one number."""

    number: float


@dataclass(eq=False)
class ArrayCall:
    """`text`, with its `args` and `out` filled in; `in_place` if `out` may be one of the args.

    An arg may be a number, of which there may be a whole array like `out` (`Filled`), or an array of lanes.
    """

    text: str
    args: tuple[Any, ...]
    out: Term
    in_place: bool = False
    comment: str = ""


@dataclass
class ArrayCalls:
    """The calls of a program.

    - `calls`: in order; `loss` is what the last one makes.
    - `inside`: the arrays that are a part of another: that one and the first lane.
    - `filled`: joined arrays with numbers in some of their lanes, which are there from the start.
    - `scalars`: what is a number, not an array; `conditions`: what is an array of bools.
    - `columns`: the arrays that depend on the data alone, and how they lie in memory: "rows" or "lanes".
    """

    arrays: Arrays
    parameters: Term
    gradient: Term
    loss: Term
    names: dict[Term, str]
    calls: list[ArrayCall] = field(default_factory=list)
    inside: dict[Term, tuple[Term, int]] = field(default_factory=dict)
    filled: dict[Term, list[tuple[float, range]]] = field(default_factory=dict)
    scalars: set[Term] = field(default_factory=set)
    conditions: set[Term] = field(default_factory=set)
    columns: dict[tuple[Term, str], None] = field(default_factory=dict)


class Place:
    """Memory for arrays of one shape, `condition` for bools."""

    def __init__(self, shape: Shape, condition: bool) -> None:
        self.shape, self.condition = shape, condition
        self.terms: list[Term] = []  # that lie there, the first one made last


def places(calls: ArrayCalls) -> dict[Term, Place]:
    """The place of every array that a program makes, except what is a part of others and what is given.

    The calls are visited in reverse, so that the last reader of an array comes first: then it needs a place, and gives
    it back at the call that makes it. What a call makes in place of an operand is put where that operand lies.
    """
    shape = calls.arrays.shape
    made = {call.out for call in calls.calls} - calls.scalars
    wholes = {whole for whole, _ in calls.inside.values()} | {*calls.filled}
    first = {call.out: call for call in reversed(calls.calls)}
    found: dict[Term, Place] = {}
    free: defaultdict[tuple[Shape, bool], list[Place]] = defaultdict(list)

    def put(term: Term, place: Place) -> None:
        place.terms.append(term)
        found[term] = place

    def place_for(term: Term) -> None:
        key = (shape(term), term in calls.conditions)
        put(term, free[key].pop() if free[key] and term not in wholes else Place(*key))

    for call in reversed(calls.calls):
        out = call.out
        reads = [ref.term for ref in call.args if isinstance(ref, Ref)]
        new = [x for x in dict.fromkeys(reads) if x in made and x not in found and x not in calls.inside]
        place = found.get(out)  # none of parts, nor of the gradient
        over = place is not None and first[out] is call and out not in wholes
        if over and call.in_place and place is not None:
            for x in new:
                alike = shape(x) == shape(out) and (x in calls.conditions) == place.condition
                if alike and x not in wholes:
                    put(x, place)
                    new = [y for y in new if y is not x]
                    over = False  # it goes on until the call that makes x
                    break
        for x in new:
            place_for(x)
        if over and place is not None:
            free[place.shape, place.condition].append(place)
    for whole in wholes - {calls.gradient}:
        if whole not in found:
            place_for(whole)
    return found
