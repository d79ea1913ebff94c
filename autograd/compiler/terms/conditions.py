"""The conditions under which Terms are needed: those of the branches that they stand in."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from autograd import ops
from autograd.compiler.terms.loop import FINAL, JOIN, STACKED, TAKE
from autograd.compiler.terms.lowering import QUIET
from autograd.compiler.terms.terms import Term
from autograd.op import Op

__all__ = ["PLACES", "Conditions", "guarded", "needed_if"]

PLACES = {FINAL, JOIN, STACKED, TAKE}  # what are no functions, but entries and arrays

Conditions = frozenset[tuple[Term, bool]]  # what holds, or does not

DEEPEST = 100  # conditions that are kept in mind: of a branch within more, only the outermost


def needed_if(roots: Iterable[Term], needed: Sequence[Term]) -> dict[Term, Conditions]:
    """The conditions under which `roots` need a Term at all: those of the branches that it stands in, if there are any.

    All that are `needed` are given in their order.
    """
    if not any(term.head is ops.WHERE for term in needed):
        return {}
    found: dict[Term, Conditions] = dict.fromkeys(roots, frozenset())
    for term in reversed(needed):
        here = found[term]
        for i, x in enumerate(term.args):
            if i and term.head is ops.WHERE and len(here) < DEEPEST:
                inside = here | {(term.args[0], i == 1)}
                found[x] = found[x] & inside if x in found else inside
            else:
                found[x] = found[x] & here if x in found else here
    return found


def guarded(roots: Sequence[Term], needed: Sequence[Term]) -> dict[Term, Conditions]:
    """The functions among what some roots need for which Python might raise, and which they need under conditions."""
    found = needed_if(roots, needed).items()
    return {x: c for x, c in found if c and isinstance(x.head, Op) and x.head not in QUIET and x.head not in PLACES}
