"""Which arrays may share their memory: one is needed from the call that makes it to the last that reads it."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from autograd.compiler.terms.array_ops import ArrayShape
from autograd.compiler.terms.terms import Term

if TYPE_CHECKING:
    from autograd.compiler.text.numpy_calls import ArrayCalls

__all__ = ["Buffer", "buffers"]


class Buffer:
    """Memory for arrays of one shape, `condition` for bools."""

    def __init__(self, shape: ArrayShape, condition: bool) -> None:
        self.shape, self.condition = shape, condition
        self.terms: list[Term] = []  # that lie there, the first one made last


def buffers(calls: ArrayCalls) -> dict[Term, Buffer]:
    """The buffer of every array that calls make, except what is a part of others and what is given.

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
        buffer = found.get(out)  # none of parts, nor of what is given
        over = buffer is not None and first[out] is call and out not in wholes
        if over and call.in_place and buffer is not None:
            for x in new:
                alike = shape(x) == shape(out) and (x in calls.conditions) == buffer.condition
                if alike and x not in wholes:
                    put(x, buffer)
                    new = [y for y in new if y is not x]
                    over = False  # it goes on until the call that makes x
                    break
        for x in new:
            find(x)
        if over and buffer is not None:
            free[buffer.shape, buffer.condition].append(buffer)
    for whole in wholes - calls.outs:
        if whole not in found:
            find(whole)
    return found
