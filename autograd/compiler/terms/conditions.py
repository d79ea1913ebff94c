"""The conditions under which Terms are needed: those of the branches that they stand in."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from autograd import ops
from autograd.compiler.terms.loop import FINAL, JOIN, STACKED, TAKE
from autograd.compiler.terms.lowering import QUIET
from autograd.compiler.terms.terms import Term
from autograd.op import Op

__all__ = ["PLACES", "Conditions", "guarded", "needed_if"]

PLACES = {FINAL, JOIN, STACKED, TAKE}  # operations that are no functions: they make arrays and entries

Conditions = frozenset[tuple[Term, bool]]  # conditions, each with the outcome that it must have

DEEPEST = 100  # at most so many conditions are kept: the outermost ones


def needed_if(roots: Iterable[Term], needed: Sequence[Term]) -> dict[Term, Conditions]:
    """The conditions under which `roots` need each Term: those of the branches around it; {} if there is no branch.

    `needed` is all that `roots` need, each Term after its operands.
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
    """The functions that `roots` need only under conditions and for which Python might raise, with the conditions."""
    found = needed_if(roots, needed).items()
    return {x: c for x, c in found if c and isinstance(x.head, Op) and x.head not in QUIET and x.head not in PLACES}
