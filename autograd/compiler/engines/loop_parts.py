"""Loops in machine code: where arrays are in memory, and the basic blocks of a loop."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Mapping, Sequence

from autograd.compiler.engines.runtime import known, runtime
from autograd.compiler.terms.conditions import Conditions, checks, lasting, needed_if, seen_in_results
from autograd.compiler.terms.loop import FINAL, JOIN, STACKED, Data, Loop, final, inits, length_of, stacked_of, steps_of
from autograd.compiler.terms.terms import Term, reachable
from autograd.compiler.text.llvm import ELSEWHERE, Lines, is_condition, pointer

__all__ = ["Areas", "compute_all"]


class Areas:
    """Where arrays are: entries that came in a row in `%in`, constants where they are, all others in `%w`.

    Arrays whose length is not known beforehand have memory of their own; `%w` holds its place.

    - `places`: in which array the entries of a Term begin, and where there; `end`: how many numbers are in `%w`.
    """

    def __init__(self, terms: Iterable[Term], numbers: Mapping[Term, tuple[str, int | str]], end: int) -> None:
        self.places: dict[Term, tuple[str, int]] = {}
        self.end = end
        self._constants: list[array[float]] = []  # which live as long as this
        self._growing: list[int] = []
        self._numbers = numbers
        self._find(terms)

    def _find(self, terms: Iterable[Term]) -> None:
        for x in terms:
            if isinstance(x.head, Data) and x not in self.places:
                self._constants.append(array("d", x.head.numbers))
                self.places[x] = pointer(self._constants[-1].buffer_info()[0]), 0
            elif x.head is JOIN and x not in self.places:
                self.places[x] = self._given(x) or self._new(x)
            elif isinstance(x.head, Loop):
                for m in range(len(x.head.outs)):
                    self.places[stacked_of(x, m)] = self._new(stacked_of(x, m))
                self._find(_body(x))

    def _new(self, x: Term) -> tuple[str, int]:
        start, length = self.end, length_of(x).constant
        if length is None:
            self._growing.append(start)
        self.end += 1 if length is None else int(length)
        return ELSEWHERE if length is None else "%w", start

    def _given(self, x: Term) -> tuple[str, int] | None:
        """The place in `%in` of an array whose entries came there one behind the other."""
        found = [self._numbers.get(entry) for entry in x.args]
        first = found[0]
        if first is None or first[0] != "%in" or not isinstance(first[1], int):
            return None
        return ("%in", first[1]) if found == [("%in", first[1] + i) for i in range(len(found))] else None

    def function(self, type: str, name: str, lines: Iterable[str]) -> list[str]:
        """A function of these lines; around them, arrays that grow get no memory at first and are freed at the end."""
        head = "define internal {} @{}(ptr %in, ptr %out, ptr %w) nounwind {{"
        inner = f"{name}_inner" if self._growing else name
        found = [head.format(type, inner), *lines, "}"]
        if not self._growing:
            return found
        places = [f"%p{i} = getelementptr double, ptr %w, i64 {i}" for i in self._growing]
        before = [f"store ptr null, ptr %p{i}" for i in self._growing]
        after = [
            line
            for i in self._growing
            for line in (f"%m{i} = load ptr, ptr %p{i}", f"call void {known['PyMem_RawFree']}(ptr %m{i})")
        ]
        call = f"%y = call {type} @{inner}(ptr %in, ptr %out, ptr %w)"
        return [*found, head.format(type, name), *places, *before, call, *after, f"ret {type} %y", "}"]


def _body(term: Term) -> list[Term]:
    """What a step of a loop computes, in an order to compute in."""
    loop: Loop = term.head
    return [x for x in reachable(loop.roots, known={*term.args, *loop.bound}) if x.constant is None]


def compute_loop(lines: Lines, term: Term, total: str) -> str:
    """Write a loop, after which the last carries are known; the sum of checks, begun with `total`."""
    loop: Loop = term.head
    for x in term.args:  # which is not read at every step
        if x in lines.arrays or x.constant is not None:
            continue
        lines.condition(x) if is_condition(x) else lines.number(x)
    first = [lines.number(x) for x in inits(term)]
    n = None
    if loop.condition is None:
        steps = steps_of(term)
        n = lines.whole(steps)
        for m in range(len(loop.outs) if steps.constant is None else 0):
            lines.lines.append(f"call void {runtime('room')}(ptr {lines.place(stacked_of(term, m))}, i64 {n})")
    k = f"{len(lines.lines)}"
    known = lines.numbers, lines.conditions, lines.masks
    lines.numbers, lines.conditions, lines.masks = dict(lines.numbers), dict(lines.conditions), dict(lines.masks)
    before = lines.block
    lines.lines += [f"br label %head{k}", f"head{k}:"]
    place = len(lines.lines)
    carries = [f"%c{k}.{j}" for j in range(len(first))]
    lines.numbers.update(zip(loop.carries, carries, strict=True))
    if n is not None:
        go = lines.new(f"icmp slt i64 %k{k}, {n}")
    needed = _body(term)
    conditions = needed_if(loop.roots, reachable(loop.roots, known={*term.args}))
    stay = lasting(zip(loop.carries, loop.nexts, strict=True))
    asked = checks(needed, seen_in_results(needed, stay, conditions), conditions)
    total_now = f"%t{k}"
    if loop.condition is not None:
        ahead = {*reachable([loop.condition], known={*term.args, *loop.bound})}
        total_now = compute_all(lines, [x for x in needed if x in ahead], total_now, asked, conditions)
        needed = [x for x in needed if x not in ahead]
        go = lines.condition(loop.condition)
    last = total_now
    lines.lines += [f"br i1 {go}, label %body{k}, label %end{k}", f"body{k}:"]
    lines.block = f"body{k}"
    if n is not None:
        index = f"%k{k}"
        if loop.backward:
            index = lines.new(f"sub i64 {lines.new(f'sub i64 {n}, %k{k}')}, 1")
        lines.counters[loop.index] = index
    total_now = compute_all(lines, needed, total_now, asked, conditions)
    for m, x in enumerate(loop.outs):
        if loop.condition is None:
            lines.put(x, stacked_of(term, m), loop.index)
        else:
            given = f"ptr {lines.place(stacked_of(term, m))}, i64 {lines.whole(loop.index)}, double {lines.number(x)}"
            lines.lines.append(f"call void {runtime('append')}({given})")
    nexts = [lines.number(x) for x in loop.nexts]
    phis = [
        f"{c} = phi double [{x}, %{before}], [{y}, %{lines.block}]"
        for c, x, y in zip(carries, first, nexts, strict=True)
    ]
    phis.append(f"%t{k} = phi double [{total}, %{before}], [{total_now}, %{lines.block}]")
    if n is not None:
        step = lines.new(f"add nuw nsw i64 %k{k}, 1")
        phis.append(f"%k{k} = phi i64 [0, %{before}], [{step}, %{lines.block}]")
    lines.lines[place:place] = phis
    lines.lines += [f"br label %head{k}", f"end{k}:"]
    lines.block = f"end{k}"
    lines.numbers, lines.conditions, lines.masks = known
    for j, c in enumerate(carries):
        found = final(term, j)
        lines.numbers[found] = c
        if found in lines.places:
            lines.store(found, *lines.places[found])
    for j, x in enumerate(loop.nexts):
        if x in stay:
            last = lines.checked(final(term, j), last)
    return last


def compute_all(
    lines: Lines,
    terms: Iterable[Term],
    total: str,
    asked: Mapping[Term, Sequence[Term]],
    conditions: Mapping[Term, Conditions],
) -> str:
    """Write operations and loops, and behind each what has to be checked; the sum of checks, begun with `total`."""
    for x in terms:
        if isinstance(x.head, Loop):
            total = compute_loop(lines, x, total)
        elif x.head is not FINAL and x.head is not STACKED:
            lines.compute(x)
        for y in asked.get(x, ()):
            total = lines.checked(y, total, conditions.get(y, frozenset()))
    return total
