"""Which lanes are needed in some rows only, because of `where`.

What flows back through a branch that is not taken is 0, but must not be multiplied by a slope there, which may be NaN.
"""

from __future__ import annotations

from collections.abc import Iterable

__all__ = ["ALWAYS", "Needed", "either", "within"]

# Ways to be needed, each a row of choices: the slot of a condition, and 1 or 2 for the branch.
Needed = frozenset[tuple[tuple[int, int], ...]]

ALWAYS: Needed = frozenset({()})


def within(needed: Needed, condition: int, branch: int) -> Needed:
    """What one branch is needed for, where the choice is needed so."""
    return frozenset({(*way, (condition, branch)) for way in needed})


def either(ways: Iterable[Needed]) -> Needed:
    """What is needed in one of these ways at least; both branches of one condition make that all rows."""
    found = {way for needed in ways for way in needed}
    stack = [*found]
    while stack:
        way = stack.pop()
        if way in found and way:
            *others, (condition, branch) = way
            opposite = (*others, (condition, 3 - branch))
            if opposite in found:
                found -= {way, opposite}
                found.add(tuple(others))
                stack.append(tuple(others))
    return ALWAYS if () in found else frozenset(found)
