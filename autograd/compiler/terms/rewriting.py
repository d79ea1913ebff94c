"""Terms made anew with others in their places, in the bodies of loops, too."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from autograd.compiler.terms.loop import JOIN, Data, Loop, Skipped, data_of, final, inits, join, looped
from autograd.compiler.terms.terms import Term, Terms, reachable
from autograd.op import Op

__all__ = ["rewritten", "segmented", "substituted"]

Rule = Callable[[Term, tuple[Term, ...]], Term | None]


def rewritten(
    roots: Iterable[Term],
    rule: Rule,
    new: dict[Term, Term] | None = None,
    of_loops: Callable[[Loop, Term], tuple[Loop, Term]] = lambda loop, length: (loop, length),
    *,
    everywhere: bool = True,
) -> list[Term]:
    """`roots` with every Term replaced by what `rule` makes of it and its new operands, unless that is None.

    The rule is applied in the bodies of loops, too; `of_loops` changes loops and their lengths. `new` holds what some
    Terms become, and gets what others become. Unless `everywhere`, the rule is asked only for Terms whose operands
    change.
    """
    roots, new = [*roots], {} if new is None else new
    others = new.keys()
    for term in reachable(roots, known=new if everywhere else Skipped(new, new)):
        head, args = term.head, term.args
        if not others.isdisjoint(args):
            args = tuple([new.get(x, x) for x in args])
        elif not everywhere:
            continue
        if isinstance(head, Loop):
            bound = [(x, rule(x, ()) if everywhere else None) for x in head.bound]
            within = dict(zip(term.args, args, strict=True)) | {x: x if y is None else y for x, y in bound}
            inner = head.with_roots(rewritten(head.roots, rule, within, of_loops, everywhere=everywhere))
            index, *carries = [within[x] for x in head.bound]
            inner = replace(inner, index=index, carries=tuple(carries))
            loop, length = of_loops(inner, args[0])
            found: Term | None = looped(loop, length, args[1 : 1 + len(carries)])
        else:
            found = rule(term, args)
            if found is None and args is not term.args:
                found = term.table.made(head, args)
        if found is not None and found is not term:
            new[term] = found
            if term in term.table.labels and found.constant is None:
                found.table.labels.setdefault(found, term.table.labels[term])
    return [new.get(x, x) for x in roots]


def substituted(roots: Iterable[Term], new: dict[Term, Term], table: Terms) -> list[Term]:
    """`roots` in a table, with some Terms replaced as `new` says; `new` gets what becomes of the others."""
    roots = [*roots]
    here = all(x.table is table for x in roots)

    def rule(term: Term, args: tuple[Term, ...]) -> Term:
        head = term.head
        if term.constant is not None:
            return table.constant(term.constant)
        if isinstance(head, Data):
            return data_of(table, head.numbers, head.name)
        if head is JOIN:
            return join(table, args)
        if isinstance(head, Op):
            return table.term(head, args)
        name = term.table.labels.get(term, "")  # of a variable of a loop's body
        return table.structure((term, "variable"), lambda: table.variable(name))

    return roots if here and not new else rewritten(roots, rule, new, everywhere=not here)


def segmented(loop: Term, size: int) -> tuple[Term, ...]:
    """The last carries of a loop that stacks nothing, computed by a loop over segments with a loop in each.

    The derivative then keeps only the carries of one segment, and those that each segment begins with.
    """
    head, table = loop.head, loop.table
    segments, rest = divmod(int(loop.args[0].constant or 0), size)

    def part(steps: int, start: Term, first: Sequence[Term]) -> tuple[Term, ...]:
        index = table.variable("i")
        body = replace(head.with_roots(substituted(head.roots, {head.index: start + index}, table)), index=index)
        whole = looped(body, table.constant(steps), first)
        return tuple([final(whole, j) for j in range(len(first))])

    segment = table.variable("segment")
    carries = tuple([table.variable(table.labels.get(x, "")) for x in head.carries])
    outer = Loop(segment, carries, part(size, size * segment, carries))
    whole = looped(outer, table.constant(segments), inits(loop))
    last = tuple([final(whole, j) for j in range(len(carries))])
    return part(rest, table.constant(segments * size), last) if rest else last
