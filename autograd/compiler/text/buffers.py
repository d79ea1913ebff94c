"""Calls of functions of arrays, and which of these may share their memory.

An array is needed from the call that makes it to the last that reads it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from autograd.compiler.terms.array_ops import ArrayShape
from autograd.compiler.terms.arrays import Arrays
from autograd.compiler.terms.terms import Term

__all__ = ["ArrayCall", "Buffer", "Calls", "Filled", "Ref", "buffers"]


class Ref(NamedTuple):
    """An array as it is read: `form` says which view of `term`, such as `{}[2:4]`; `name` is the view's."""

    term: Term
    form: str = "{}"
    name: str = ""


class Filled(NamedTuple):
    """An array filled with one number; without a shape it has that of the result of its call."""

    number: float
    shape: ArrayShape | None = None


@dataclass(eq=False)
class ArrayCall:
    """`text`, with its `args` and `out` filled in; `in_place` if `out` may be one of the args.

    An arg may be a number, an array filled with one (`Filled`), or an array of lanes. `about` is the Term with a name
    that this call and those after it make, or a comment.
    """

    text: str
    args: tuple[Any, ...]
    out: Term
    in_place: bool = False
    about: Term | str | None = None

    def reads(self) -> Iterator[Ref]:
        """The arrays that the call reads."""
        return (arg for arg in self.args if isinstance(arg, Ref))


class Calls:
    """Calls in their order, and what is known of arrays.

    - `outs`: those that are written to memory that is given.
    - `inside`: the arrays that are a part of another: that one and the first lane.
    - `filled`: joined arrays with numbers in some of their lanes, which are there from the start.
    - `scalars`: what is a number, not an array; `conditions`: what is an array of bools.
    """

    def __init__(self, arrays: Arrays, outs: set[Term]) -> None:
        self.arrays, self.outs = arrays, outs
        self.calls: list[ArrayCall] = []
        self.inside: dict[Term, tuple[Term, int]] = {}
        self.filled: dict[Term, list[tuple[float, range]]] = {}
        self.scalars, self.conditions = set[Term](), set[Term]()


class Buffer:
    """Memory for arrays of one shape, `condition` for bools."""

    def __init__(self, shape: ArrayShape, condition: bool) -> None:
        self.shape, self.condition = shape, condition
        self.terms: list[Term] = []  # the arrays in it, the first one made last


def buffers(calls: Calls) -> dict[Term, Buffer]:
    """The buffer of every array that calls make, except of parts of other arrays and of arrays that are given.

    The calls are visited in reverse, so that the last reader of an array comes first: then it needs a buffer, and gives
    it back at the call that makes it. What a call makes in place of an operand is put where that operand lies.
    """
    shape = calls.arrays.shape
    made = {call.out for call in calls.calls} - calls.scalars
    wholes = {whole for whole, _ in calls.inside.values()} | {*calls.filled}
    first = {call.out: call for call in reversed(calls.calls)}
    found: dict[Term, Buffer] = {}
    free: defaultdict[tuple[ArrayShape, bool], list[Buffer]] = defaultdict(list)

    def put(term: Term, buffer: Buffer) -> None:
        buffer.terms.append(term)
        found[term] = buffer

    def find(term: Term) -> None:
        key = (shape(term), term in calls.conditions)
        put(term, free[key].pop() if free[key] and term not in wholes else Buffer(*key))

    for call in reversed(calls.calls):
        out = call.out
        reads = [ref.term for ref in call.reads()]
        new = [x for x in dict.fromkeys(reads) if x in made and x not in found and x not in calls.inside]
        buffer = found.get(out)  # None for a part and for an array that is given
        over = buffer is not None and first[out] is call and out not in wholes
        if over and call.in_place and buffer is not None:
            for x in new:
                alike = shape(x) == shape(out) and (x in calls.conditions) == buffer.condition
                if alike and x not in wholes:
                    put(x, buffer)
                    new = [y for y in new if y is not x]
                    over = False  # the buffer is in use back to the call that makes x
                    break
        for x in new:
            find(x)
        if over and buffer is not None:
            free[buffer.shape, buffer.condition].append(buffer)
    for whole in wholes - calls.outs:
        if whole not in found:
            find(whole)
    return found
