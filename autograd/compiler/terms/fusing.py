"""Loops of one family that need not wait for one another become one loop, without results that are not used.

A function and its derivatives come as loops that have the variables of their bodies in common: the one that returns the
value, the same one that stores what another reads, those of several tangents.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from typing import Any

from autograd.compiler.terms.loop import FINAL, STACKED, Loop, final, inits, looped, outside, stacked_of
from autograd.compiler.terms.rewriting import substituted
from autograd.compiler.terms.terms import Term, reachable

__all__ = ["fused"]

Results = dict[Term, list[Term]]  # the results of each loop that are asked for


def fused(roots: Iterable[Term], known: Collection[Term] = ()) -> list[Term]:
    """`roots` with as few loops as can be; what lies behind `known` Terms is not looked at."""
    roots = [*roots]
    if not roots or roots[0].table.straight:
        return roots
    needed = reachable(roots, known)
    depth: dict[Term, int] = {}
    families: dict[Any, list[Term]] = {}
    results: Results = {}
    for x in needed:
        depth[x] = max([depth.get(y, 0) for y in x.args], default=0)
        if isinstance(x.head, Loop):
            depth[x] += 1
            families.setdefault((depth[x], x.head.index, x.head.backward, x.head.condition, x.args[0]), []).append(x)
        elif x.head is FINAL or x.head is STACKED:
            results.setdefault(x.args[0], []).append(x)
    if not families:
        return roots
    new: dict[Term, Term] = {}
    for _, loops in sorted(families.items(), key=lambda family: family[0][0]):
        _fuse(loops, results, new)
    return substituted(roots, new, loops[0].table)


def _fuse(loops: Sequence[Term], results: Results, new: dict[Term, Term]) -> None:
    """Make one loop of the loops of one family; `new` gets what becomes of their results."""
    table = loops[0].table
    rest, family = [], loops[0].head
    carries: dict[Term, tuple[Term, Term]] = {}  # each with its first number and its next one
    outs, finals = dict[Term, None](), dict[Term, None]()
    asked: list[tuple[Term, Term]] = []  # a result, and the Term of the body that it is
    for old in loops:
        (loop,) = substituted([old], dict(new), table)
        own = dict(zip(loop.head.carries, zip(inits(loop), loop.head.nexts, strict=True), strict=True))
        if any(carries[x][i] is not own[x][i] for x in own if x in carries for i in (0, 1)):
            rest.append(old)
            continue
        carries |= own
        length, family = loop.args[0], loop.head
        for x in results[old]:
            j = int(x.args[1].constant or 0)
            term = loop.head.carries[j] if x.head is FINAL else loop.head.outs[j]
            asked.append((x, term))
            (finals if x.head is FINAL else outs)[term] = None
    # A carry that keeps its first number need not be carried.
    same = {x: first for x, (first, following) in carries.items() if following is x}
    needed = _needed(family, carries, finals, outs)
    kept = [x for x in carries if x in needed and x not in same]
    body = replace(family, carries=tuple(kept), nexts=tuple([carries[x][1] for x in kept]), outs=tuple(outs))
    roots = substituted(body.roots, dict(same), table)
    body = body.with_roots(fused(roots, {*outside(roots, body.bound)}))
    whole = looped(body, length, [carries[x][0] for x in kept])
    carry_at, out_at = ({x: i for i, x in enumerate(xs)} for xs in (kept, outs))
    for x, term in asked:
        if x.head is FINAL:
            new[x] = same[term] if term in same else final(whole, carry_at[term])
        else:
            new[x] = stacked_of(whole, out_at[term])
    if rest:
        _fuse(rest, results, new)


def _needed(
    family: Loop, carries: dict[Term, tuple[Term, Term]], finals: Iterable[Term], outs: Iterable[Term]
) -> set[Term]:
    """The carries without which the results cannot be had."""
    found = {*finals, *([] if family.condition is None else [family.index])}
    stack = [*finals, *outs, *([] if family.condition is None else [family.condition, family.index])]
    first = min(x.index for x in (family.index, *carries))
    seen = set[Term]()
    while stack:
        term = stack.pop()
        if term in seen or term.index < first:
            continue
        seen.add(term)
        if term in carries:
            found.add(term)
            stack.append(carries[term][1])
        stack += term.args
    return found
