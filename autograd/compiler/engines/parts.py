"""A program for one call as functions of LLVM IR: `run`, which goes the way of the call, and the parts that compute.

A long straight line is cut into parts: LLVM takes more than twice as long for twice as long a function, and a number
that waits for its use waits in memory in any case. Numbers come from the array `%in`, results go to `%out`; parts hand
on in `%w` what others need.

Machine code never raises. So `run` also says whether every operation for which Python might have raised came out
finite, if it is needed at all: x - x is 0 for finite x alone, and the sum of these is asked.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from autograd.compiler.engines.runtime import functions
from autograd.compiler.engines.single import QUIET
from autograd.compiler.record.program import Fork, Outputs, Program, tree
from autograd.compiler.terms.terms import Term, reachable
from autograd.compiler.text.llvm import ZERO, Lines
from autograd.compiler.text.source import Conditions, needed_if

__all__ = ["FAILED", "FIRST", "UNTRACED", "Parts"]

LONGEST = 1000  # operations of a part
UNTRACED, FAILED, FIRST = range(3)  # what `run` says: no such path yet, to be asked of Python, or the first path


@dataclass
class _Part:
    """Operations, each of which is followed by those to be checked then; and what goes to `%out` after all."""

    number: int
    terms: list[Term]
    checks: dict[Term, list[Term]]
    results: Sequence[Term] = ()


@dataclass
class _Block:
    """What follows a guard: its parts, and the sum of all checks before."""

    label: str
    node: Fork | Outputs | None
    total: str
    parts: list[_Part] = field(default_factory=list)


class Parts:
    """The functions of a program of one kind.

    - `inputs`: which numbers are given; `outputs`, `slots`: how many are in the other arrays.
    - `paths`: by the order in which `run` counts them what is returned, and the Terms whose numbers are in `%out`.
    - `operations`: how many there are; `text`: all as IR.
    """

    def __init__(self, program: Program, kind: str) -> None:
        self.inputs = [*program.variables, *(program.directions if kind == "jvp" else ())]
        self.inputs += program.table.variables.values()
        self.paths: list[tuple[Outputs, list[Term]]] = []
        paths = [(program.guards, program.outputs(kind))]
        self._low = {id(y): program.table.lower([*y.forward, *y.backward]) for _, y in paths}
        self.outputs = max(map(len, self._low.values()))
        roots = [
            *dict.fromkeys(x for guards, _ in paths for x in guards),
            *(x for low in self._low.values() for x in low),
        ]
        self._conditions: dict[Term, Conditions] = needed_if(roots, reachable(roots))
        self._blocks = self._planned(tree(*paths[0]))
        self._places: dict[Term, tuple[str, int | str]] = {x: ("%in", i) for i, x in enumerate(self.inputs)}
        self._share()
        parts = [part for block in self._blocks for part in block.parts]
        self.operations = sum(len(part.terms) for part in parts)
        self.text = "\n".join([*(line for part in parts for line in self._part(part)), *self._run()])

    # -- what is computed where -----------------------------------------------------------------------------------

    def _planned(self, top: Fork | Outputs) -> list[_Block]:
        """The tree's blocks, each after the one before it."""
        blocks: list[_Block] = []
        known: set[Term] = set()
        count = 0
        todo: list[_Block | list[Term]] = [_Block("start", top, ZERO)]  # or what is known no longer
        while todo:
            block = todo.pop()
            if isinstance(block, list):
                known.difference_update(block)
                continue
            blocks.append(block)
            if block.node is None:
                continue
            branches = isinstance(block.node, Fork)
            roots = [block.node.condition] if isinstance(block.node, Fork) else self._low[id(block.node)]
            terms = [x for x in reachable(roots, known=known) if x.args]
            checks = self._checks(terms)
            cuts = range(0, len(terms) or (not branches), LONGEST)
            block.parts = [_Part(count + i, terms[cut : cut + LONGEST], checks) for i, cut in enumerate(cuts)]
            count += len(cuts)
            if isinstance(block.node, Fork):
                known.update(terms)
                total = f"%total{block.parts[-1].number}" if block.parts else block.total
                todo += [terms, *(_Block(f"{block.label}{side:d}", x, total) for side, x in block.node.sides.items())]
            else:
                block.parts[-1].results = roots
                self.paths.append((block.node, roots))
        return blocks

    def _checks(self, terms: list[Term]) -> dict[Term, list[Term]]:
        """The operations for which Python might raise, by when it is known whether they are needed."""
        checks: dict[Term, list[Term]] = {}
        here = {*terms}
        for x in terms:
            if x.head not in QUIET:
                conditions = [c for c, _ in self._conditions.get(x, ()) if c in here]
                checks.setdefault(max([x, *conditions], key=lambda x: x.index), []).append(x)
        return checks

    def _share(self) -> None:
        """Places in `%w` for what is needed outside its part."""
        self.slots = 0
        for block in self._blocks:
            for part in block.parts:
                own = {*part.terms}
                checked = [x for y in part.terms for x in part.checks.get(y, ())]
                needed = [x for y in part.terms for x in y.args] + [*part.results, *checked]
                needed += [c for x in checked for c, _ in self._conditions.get(x, ())]
                self._place(x for x in needed if x not in own)
            if isinstance(block.node, Fork):
                self._place([block.node.condition])

    def _place(self, terms: Iterable[Term]) -> None:
        for x in terms:
            if x.args and x not in self._places:
                self._places[x] = "%w", self.slots
                self.slots += 1

    # -- how it is written ----------------------------------------------------------------------------------------

    def _part(self, part: _Part) -> list[str]:
        lines = Lines(functions(), self._places)
        total = ZERO
        for x in part.terms:
            lines.compute(x)
            if x in self._places:
                lines.store(x, *self._places[x])
            for y in part.checks.get(x, ()):
                number = lines.number(y)
                check = lines.new(f"fsub double {number}, {number}")
                for condition, holds in self._conditions.get(y, ()):
                    both = (check, ZERO) if holds else (ZERO, check)
                    check = lines.new("select i1 {}, double {}, double {}".format(lines.condition(condition), *both))
                total = lines.new(f"fadd double {total}, {check}")
        for i, x in enumerate(part.results):
            lines.store(x, "%out", i)
        head = (
            f"define internal double @part{part.number}(ptr noalias %in, ptr noalias %out, ptr noalias %w) nounwind {{"
        )
        return [head, *lines.lines, f"ret double {total}", "}"]

    def _run(self) -> list[str]:
        lines = Lines(functions(), self._places)
        count = FIRST
        for block in self._blocks:
            lines.lines.append(f"{block.label}:")
            total = block.total
            for part in block.parts:
                check = lines.new(f"call double @part{part.number}(ptr %in, ptr %out, ptr %w)")
                lines.lines.append(f"%total{part.number} = fadd double {total}, {check}")
                total = f"%total{part.number}"
            if block.node is None:
                lines.lines.append(f"ret i32 {UNTRACED}")
            elif isinstance(block.node, Fork):
                lines.numbers.clear()  # of other blocks
                lines.conditions.clear()
                sides = [f"label %{block.label}{side:d}" for side in (True, False)]
                lines.lines.append(f"br i1 {lines.condition(block.node.condition)}, {', '.join(sides)}")
            else:
                fine = lines.new(f"fcmp oeq double {total}, {ZERO}")
                lines.lines.append(f"ret i32 {lines.new(f'select i1 {fine}, i32 {count}, i32 {FAILED}')}")
                count += 1
        return ["define internal i32 @run(ptr %in, ptr %out, ptr %w) nounwind {", *lines.lines, "}"]
