"""Loops as Terms: a body in Terms of its own, which is written once and computed at every step.

A `Loop` is the head of a Term whose operands are the number of steps, the first carries, and what the body reads from
outside; this is whatever depends on nothing that changes from step to step. What comes out of it are Terms again:
`final` carries, and `stacked` numbers, an array with one for each step. Other arrays are a `join` of Terms, and `Data`.
A body reads them by `take`, as a rule at its index.

Loops of one family, such as one and its derivative, share the variables of their bodies, so that what they have in
common is the same Term; `fusing.py` makes one loop of them.
"""

from __future__ import annotations

from array import array
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from autograd import ops
from autograd.compiler.terms.simplify import SIMPLER
from autograd.compiler.terms.terms import Term, Terms, reachable
from autograd.op import Op

__all__ = [
    "FINAL", "JOIN", "STACKED", "TAKE", "Data", "Loop", "Skipped", "array_variable", "data_of", "extended", "final",
    "has_loops", "inits", "is_array", "join", "length_of", "looped", "outside", "stacked_of", "steps_of", "take",
    "with_bodies",
]  # fmt: skip


def _no_number(m: Any, *operands: Any) -> Any:
    raise ValueError("This is no function of numbers.")  # so that nothing folds it


FINAL = Op("final", lambda m, loop, j: _no_number(m))  # the last number of a loop's carry j
STACKED = Op("stacked", lambda m, loop, j: _no_number(m))  # the array of what a loop stacks as number j
TAKE = Op("take", lambda m, array, i: _no_number(m))  # the entry i of an array
JOIN = ops.VectorOp("join", lambda m, xs: _no_number(m))  # numbers as an array


class Data:
    """An array of constants, the head of a Term; `name` is what it may be called."""

    def __init__(self, numbers: Sequence[float], name: str) -> None:
        self.numbers, self.name = numbers, name


@dataclass(frozen=True, eq=False)
class Loop:
    """What happens at each step.

    - `index`: the variable that counts the steps from 0 on, down if it goes `backward`.
    - `carries`, `nexts`: variables of the body, and what they are at the next step.
    - `outs`: what is stacked.
    - `condition`: if there is one, the loop goes on as long as it holds, and the index is its first carry.
    """

    index: Term
    carries: tuple[Term, ...]
    nexts: tuple[Term, ...]
    outs: tuple[Term, ...] = ()
    backward: bool = False
    condition: Term | None = None

    def _key(self) -> tuple[Any, ...]:
        """What equal loops share. (`==` of Terms makes a formula, so fields cannot be compared.)"""
        terms = (self.carries, self.nexts, self.outs, (self.index, self.condition))
        return (self.backward, *[tuple(map(id, some)) for some in terms])

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Loop) and self._key() == other._key()

    def __hash__(self) -> int:
        return hash(self._key())

    @property
    def roots(self) -> tuple[Term, ...]:
        """All that a step computes."""
        return (*self.nexts, *self.outs, *([] if self.condition is None else [self.condition]))

    @property
    def bound(self) -> tuple[Term, ...]:
        """The variables of the body."""
        return (self.index, *self.carries)

    def with_roots(self, roots: Iterable[Term]) -> Loop:
        """This loop with other Terms for what a step computes."""
        found = [*roots]
        n, m = len(self.nexts), len(self.nexts) + len(self.outs)
        condition = None if self.condition is None else found[m]
        return replace(self, nexts=tuple(found[:n]), outs=tuple(found[n:m]), condition=condition)


def is_array(term: Term) -> bool:
    """Whether a Term is an array of numbers."""
    return term.head is STACKED or term.head is JOIN or isinstance(term.head, Data) or term in term.table.arrays


def looped(loop: Loop, length: Term, inits: Sequence[Term]) -> Term:
    """The Term of a loop of that many steps, which begins with the carries `inits`."""
    table = loop.index.table
    args = (length, *inits, *outside(loop.roots, loop.bound))
    return table.structure((loop, args), lambda: Term(table, loop, args))


def extended(loop: Term, outs: Sequence[Term]) -> Term:
    """The loop, extended to stack these Terms of its body."""
    assert isinstance(loop.head, Loop)
    return looped(replace(loop.head, outs=tuple(outs)), loop.args[0], inits(loop))


def inits(loop: Term) -> tuple[Term, ...]:
    """The first carries of a loop."""
    assert isinstance(loop.head, Loop)
    return loop.args[1 : 1 + len(loop.head.carries)]


def final(loop: Term, j: int) -> Term:
    """The last of carry number j."""
    return loop.table.of(FINAL, (loop, loop.table.constant(j)))


def steps_of(loop: Term) -> Term:
    """The number of steps; for a loop with a condition that is its first carry."""
    return loop.args[0] if loop.head.condition is None else final(loop, 0)


def stacked_of(loop: Term, j: int) -> Term:
    """The array of what a loop stacks as number j."""
    return loop.table.of(STACKED, (loop, loop.table.constant(j)))


def take(array: Term, i: Term | int) -> Term:
    """An entry of an array."""
    return array.table.of(TAKE, (array, i if isinstance(i, Term) else array.table.constant(i)))


def join(table: Terms, numbers: Sequence[Term], name: str = "") -> Term:
    """Terms as an array; all entries of one array in their order give that array itself."""
    constants = [x.constant for x in numbers if x.constant is not None]
    if len(constants) == len(numbers):
        return data_of(table, constants, name)
    first = numbers[0]
    if first.head is TAKE:
        whole, n = first.args[0], len(numbers)
        if length_of(whole).constant == n and all(x is take(whole, i) for i, x in enumerate(numbers)):
            return whole
    return table.made(JOIN, tuple(numbers))


def data_of(table: Terms, numbers: Sequence[float], name: str = "") -> Term:
    """An array of constants."""
    return table.structure(array("d", numbers).tobytes(), lambda: Term(table, Data(numbers, name)))


def array_variable(table: Terms, name: str, length: int) -> Term:
    """A variable that stands for an array."""
    term = table.variable(name)
    table.arrays[term] = length
    return term


def length_of(array: Term) -> Term:
    """How many entries an array has."""
    if array.head is STACKED:
        return steps_of(array.args[0])
    known = len(array.head.numbers) if isinstance(array.head, Data) else array.table.arrays.get(array, len(array.args))
    return array.table.constant(known)


def _taken(array: Term, i: Term) -> Term | None:
    if i.constant is None:
        return None
    if isinstance(array.head, Data):
        return array.table.constant(array.head.numbers[int(i.constant)])
    return array.args[int(i.constant)] if array.head is JOIN else None


SIMPLER[TAKE] = _taken


def has_loops(terms: Iterable[Term]) -> bool:
    """Whether there is a loop among Terms."""
    return any(isinstance(x.head, Loop) for x in terms)


def with_bodies(roots: Iterable[Term], known: Collection[Term] = ()) -> list[Term]:
    """`reachable`, but those of the bodies of loops too."""
    found = dict.fromkeys(reachable(roots, known=known))
    stack = [x for x in found if isinstance(x.head, Loop)]
    while stack:
        loop: Loop = stack.pop().head
        inner = [x for x in reachable(loop.roots, known=known) if x not in found]
        found |= dict.fromkeys(inner)
        stack += [x for x in inner if isinstance(x.head, Loop)]
    return [*found]


def outside(roots: Iterable[Term], bound: Collection[Term]) -> list[Term]:
    """What `roots` read that depends on none of the variables `bound`: the largest such Terms, without constants."""
    roots = [*roots]
    inside, found = {*bound}, dict[Term, None]()
    for term in reachable(roots, known=Skipped((), bound)):
        if not inside.isdisjoint(term.args):
            inside.add(term)
            found.update((x, None) for x in term.args if x not in inside and x.constant is None)
    found.update((x, None) for x in roots if x not in inside and x.constant is None)
    return [*found]


class Skipped:
    """Terms that need not be looked at: those that are known, and all that were made before some variables were."""

    def __init__(self, known: Collection[Term], variables: Iterable[Term]) -> None:
        self.known, self.first = known, min(x.index for x in variables)

    def __contains__(self, term: object) -> bool:
        return isinstance(term, Term) and (term.index < self.first or term in self.known)
