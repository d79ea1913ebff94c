"""Whether all that machine code computes is what Python would compute: what has to be finite, and where it is asked.

Machine code never raises. So every operation for which Python might have raised is asked whether it came out finite, if
it is needed at all: x - x is 0 for finite x alone, and the sum of these is asked. Most need not be asked themselves, as
sums, products and the like of what is not finite are not finite either, up to the results.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from autograd import ops
from autograd.compiler.terms.conditions import PLACES, Conditions
from autograd.compiler.terms.lowering import QUIET
from autograd.compiler.terms.terms import Term
from autograd.compiler.text.llvm import Lines
from autograd.op import Op

__all__ = ["checked", "checks", "lasting", "seen_in_results"]

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


def checked(lines: Lines, x: Term, total: str, conditions: Conditions = frozenset()) -> str:
    """The sum of checks `total` with a check of x, which is needed under some conditions."""
    number = lines.number(x)
    check = lines.new(f"fsub double {number}, {number}")
    if conditions:
        # Ordered so that nested branches begin alike, and nothing is asked twice.
        check = lines.where_all(sorted(conditions, key=lambda pair: -pair[0].index), check)
    return lines.new(f"fadd double {total}, {check}")


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
