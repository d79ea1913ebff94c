"""The conditions under which Terms are needed, and for which of them Python might raise.

Machine code never raises: `checks` says what is asked there whether it came out finite.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from autograd import ops
from autograd.compiler.terms.loop import FINAL, JOIN, STACKED, TAKE
from autograd.compiler.terms.lowering import QUIET
from autograd.compiler.terms.terms import Term
from autograd.op import Op

__all__ = ["PLACES", "Conditions", "checks", "guarded", "lasting", "needed_if", "seen_in_results"]

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


# -- what machine code asks ---------------------------------------------------------------------------------------

_KEEP = {ops.add, ops.sub, ops.mul, ops.neg, ops.sum, ops.abs, ops.sqrt}  # what of inf and NaN is inf or NaN


def checks(
    terms: Sequence[Term], seen: Collection[Term], conditions: Mapping[Term, Conditions]
) -> dict[Term, list[Term]]:
    """The operations for which Python might raise, without those `seen`.

    Their keys are the Terms after which it is known whether they are needed.
    """
    found: dict[Term, list[Term]] = {}
    here = {*terms}
    for x in terms:
        if isinstance(x.head, Op) and x.head not in QUIET and x.head not in PLACES and x not in seen:
            asked = [c for c, _ in conditions.get(x, ()) if c in here]
            last = max([x, *asked], key=lambda x: x.index) if asked else x
            found.setdefault(last, []).append(x)
    return found


def seen_in_results(
    needed: Sequence[Term], results: Iterable[Term], conditions: Mapping[Term, Conditions]
) -> set[Term]:
    """The Terms that make a result inf or NaN if they are: those for which Python might raise, and their users.

    A Term counts only if the `where`s on its way choose it whenever it is needed.
    """
    seen: set[Term] = set()
    if all(x.head in QUIET for x in needed if x.args):
        return seen
    longest = max(map(len, conditions.values()), default=0)  # conditions on a way that can matter
    reach: dict[Term, Conditions] = dict.fromkeys(results, _ALWAYS)

    def reached(args: Iterable[Term], way: Conditions) -> None:
        for arg in args:
            if (known := reach.setdefault(arg, way)) is not way and len(way) < len(known):
                reach[arg] = way

    for x in reversed(needed):
        if (way := reach.get(x)) is None:
            continue
        if x.head is not ops.WHERE:
            reached(_passed(x), way)
        else:
            condition, *branches = x.args
            for branch, holds in zip(branches, (True, False), strict=True):
                if len(further := way | {(condition, holds)}) <= longest:
                    reached([branch], further)
    for x in needed:
        if x.args and (way := reach.get(x)) is not None:
            covered = x.head not in QUIET and way <= conditions.get(x, _ALWAYS)
            if covered or not seen.isdisjoint(x.args[1:] if x.head is ops.WHERE else _passed(x)):
                seen.add(x)
    return seen


def _passed(x: Term) -> tuple[Term, ...]:
    """The operands of x that make it inf or NaN if they are; x is no `where`."""
    return x.args if x.head in _KEEP else x.args[:1] if x.head is ops.div else ()


_ALWAYS: Conditions = frozenset()


def lasting(pairs: Iterable[tuple[Term, Term]]) -> dict[Term, None]:
    """The next numbers of those carries of a loop that stay inf or NaN once they are."""
    found: dict[Term, None] = {}
    for carry, following in pairs:
        stack, met = [following], set[Term]()
        while stack and carry not in met:
            x = stack.pop()
            if x not in met:
                met.add(x)
                stack += _passed(x)
        if carry in met:
            found[following] = None
    return found
