"""A program for one call as functions of LLVM IR: `run`, which asks the guards in their order, and parts that compute.

A long straight line is cut into parts: LLVM takes more than twice as long for twice as long a function, and a number
that waits for its use waits in memory in any case. Numbers come from the array `%in`, results go to `%out`; parts hand
on in `%w` what others need.

Machine code never raises. So `run` also says whether every operation for which Python might have raised came out
finite, if it is needed at all: x - x is 0 for finite x alone, and the sum of these is asked. Most need not be asked
themselves, as sums, products and the like of what is not finite are not finite either, up to the results.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from autograd.compiler.engines.loop_parts import Areas, compute_all
from autograd.compiler.engines.runtime import callees, known
from autograd.compiler.terms.conditions import Conditions, checks, needed_if, seen_in_results
from autograd.compiler.terms.loop import FINAL, STACKED, TAKE, Loop, has_loops, is_array, take
from autograd.compiler.terms.terms import Term, reachable
from autograd.compiler.text.llvm import ZERO, Lines

__all__ = ["DONE", "FAILED", "Parts"]

LONGEST_PART = 1000  # operations of a part
WORTH_OPTIMISING = 200  # of a program that is worth optimising
_UNTRACED, FAILED, DONE = range(3)  # what `run` returns: it is another path, Python has to decide, or all is in `%out`


@dataclass
class _Part:
    """Operations, each with those to be checked after it, and what goes to `%out` at the end.

    The `guard` is asked after them; with it stands the outcome that it must have.
    """

    terms: list[Term]
    checks: dict[Term, list[Term]]
    results: Sequence[Term] = ()
    guard: tuple[Term, bool] | None = None


class Parts:
    """Functions that compute `results`, whose numbers go to `%out`, of `inputs` in `%in`, if the `guards` hold.

    - `slots`: how many numbers are in `%w`.
    - `operations`: their number; `optimisation`: the level at which LLVM optimises them.
    - `text`: all as IR; names of functions end in `suffix`.
    """

    def __init__(self, inputs: Sequence[Term], results: list[Term], guards: dict[Term, bool], suffix: str = "") -> None:
        self.results, self._suffix = results, suffix
        roots = [*guards, *self.results]
        needed = reachable(roots)
        self._conditions: dict[Term, Conditions] = needed_if(roots, needed)
        self._runs = _runs(self.results, {arg for x in needed for arg in x.args} | {*guards})
        self._copied = {x for i, n in self._runs.items() for x in self.results[i : i + n]}
        needed = [x for x in needed if x not in self._copied]
        self._seen = seen_in_results(needed, self.results, self._conditions)
        self._parts = self._planned(guards, needed)
        self._places: dict[Term, tuple[str, int | str]] = {x: ("%in", i) for i, x in enumerate(inputs)}
        self.slots = 0
        self._share()
        self._arrays = Areas(needed, self._places, self.slots)
        self.slots = self._arrays.end
        self.operations = sum(len(part.terms) for part in self._parts)
        self.optimisation = 1 if self.operations <= WORTH_OPTIMISING or has_loops(needed) else 0
        self.text = "\n".join(
            [*(line for i, part in enumerate(self._parts) for line in self._part(i, part)), *self._run()]
        )

    # -- what is computed where -----------------------------------------------------------------------------------

    def _planned(self, guards: dict[Term, bool], needed: list[Term]) -> list[_Part]:
        """What comes before each guard and after them all, of what is `needed`."""
        parts: list[_Part] = []
        known: set[Term] = set()
        for guard in [*guards.items(), None]:
            more = reachable([guard[0]], known=known) if guard else needed
            found = [x for x in more if x.args and x not in known]
            known.update(found)
            terms = [x for x in found if x.head is not FINAL and x.head is not STACKED]
            asked = checks(terms, self._seen if guard is None else (), self._conditions)
            parts += [_Part(cut, asked) for cut in _cut(terms) or [[]]]
            parts[-1].guard = guard
        parts[-1].results = self.results
        return parts

    def _share(self) -> None:
        """Places in `%w` for what is needed outside its part."""
        for part in self._parts:
            own = {*part.terms}
            checked = [x for y in part.terms for x in part.checks.get(y, ())]
            results = [x for x in part.results if x not in self._copied]
            needed = [x for y in part.terms for x in y.args] + [*results, *checked]
            needed += [c for x in checked for c, _ in self._conditions.get(x, ())]
            condition = [part.guard[0]] if part.guard else []
            self._place([x for x in needed if x not in own] + condition)

    def _place(self, terms: Iterable[Term]) -> None:
        for x in terms:
            if x.args and x not in self._places and not (is_array(x) or isinstance(x.head, Loop)):
                self._places[x] = "%w", self.slots
                self.slots += 1

    # -- how it is written ----------------------------------------------------------------------------------------

    def _part(self, number: int, part: _Part) -> list[str]:
        lines = Lines(callees(), self._places, arrays=self._arrays.places)
        total = compute_all(lines, part.terms, ZERO, part.checks, self._conditions)
        for i, x in enumerate(part.results):
            if i in self._runs:
                to, size = lines.new(f"getelementptr double, ptr %out, i64 {i}"), 8 * self._runs[i]
                lines.new(f"call ptr {known['memmove']}(ptr {to}, ptr {lines.entry(*x.args)}, i64 {size})")
            elif x not in self._copied:
                lines.store(x, "%out", i)
            if x in self._seen:
                total = lines.checked(x, total, self._conditions.get(x, frozenset()))
        name = f"@part{number}_{self._suffix}"
        head = (
            f"define internal double {name}(ptr noalias %in, ptr noalias %out, ptr noalias %w) {_attributes(part)} {{"
        )
        return [head, *lines.lines, f"ret double {total}", "}"]

    def _run(self) -> list[str]:
        lines = Lines(callees(), self._places)
        total = ZERO
        for i, part in enumerate(self._parts):
            check = lines.new(f"call double @part{i}_{self._suffix}(ptr %in, ptr %out, ptr %w)")
            total = lines.new(f"fadd double {total}, {check}")
            if part.guard or part is self._parts[-1]:
                fine = lines.new(f"fcmp oeq double {total}, {ZERO}")
                said = lines.new(f"select i1 {fine}, i32 {_UNTRACED if part.guard else DONE}, i32 {FAILED}")
            if part.guard:
                condition, outcome = part.guard
                sides = (f"on{i}", f"off{i}") if outcome else (f"off{i}", f"on{i}")
                held = lines.condition(condition)
                lines.lines += [f"br i1 {held}, label %{sides[0]}, label %{sides[1]}", f"off{i}:"]
                lines.lines += [f"ret i32 {said}", f"on{i}:"]
        return self._arrays.function("i32", f"run{self._suffix}", [*lines.lines, f"ret i32 {said}"])


def _runs(results: Sequence[Term], used: Collection[Term]) -> dict[int, int]:
    """Runs of results that are successive entries of one array, used nowhere else: lengths by where they begin."""
    runs: dict[int, int] = {}
    start = 0
    for i, x in enumerate(results):
        if x.head is not TAKE or x in used or x.args[1].constant is None:
            start = i + 1
        elif i == start or x is not take(x.args[0], int(results[i - 1].args[1].constant or 0) + 1):
            runs[start := i] = 1
        else:
            runs[start] += 1
    return runs


def _cut(terms: Sequence[Term]) -> list[list[Term]]:
    """Operations for parts: each loop has one of its own."""
    parts: list[list[Term]] = []
    for alone, found in groupby(terms, key=lambda x: isinstance(x.head, Loop)):
        group, size = [*found], 1 if alone else LONGEST_PART
        parts += [group[i : i + size] for i in range(0, len(group), size)]
    return parts


def _attributes(part: _Part) -> str:
    """The attributes of the function of a part; long straight lines are not optimised."""
    long = len(part.terms) > WORTH_OPTIMISING and not isinstance(part.terms[0].head, Loop)
    return "noinline optnone nounwind" if long else "nounwind"
