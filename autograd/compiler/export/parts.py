"""What the files of all languages have in common: paths of a function in one table, and statements that branch."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import Any

from autograd import ops
from autograd.compiler.errors import CompileError
from autograd.compiler.record.outputs import asked, besides
from autograd.compiler.record.program import Program
from autograd.compiler.terms.loop import Data, with_bodies
from autograd.compiler.terms.rewriting import substituted
from autograd.compiler.terms.terms import Term, Terms
from autograd.compiler.text.languages import Language
from autograd.compiler.text.notation import numeral
from autograd.compiler.text.source import Names, Writer, indented
from autograd.tree import flatten
from autograd.value import Value

__all__ = ["Asked", "Course", "asked_of", "branching"]


@dataclass
class Course:
    """One path: conditions with their outcomes, and what is computed if all come out like that."""

    guards: list[tuple[Term, bool]]
    results: list[Term]


@dataclass
class Asked:
    """A kind of a function that is asked for, on all paths.

    - `inputs`: the Terms of the numbers that it is given; `outside`: those of Values, by these.
    - `names`: what the results are called, the first `forward` of which come of the function itself.
    - `like`: how the results are returned; `places` are their places in that structure.
    - `entries`: of a sparse matrix where its non-zeros stand, in their order.
    """

    kind: str
    inputs: list[Term]
    outside: dict[Value, Term]
    ways: list[Course]
    forward: int
    names: list[str]
    places: list[int]
    like: Callable[[Iterator[Any]], Any]
    entries: Sequence[str] = ()

    def roots(self) -> list[Term]:
        """All conditions and results."""
        return [x for way in self.ways for x in (*[condition for condition, _ in way.guards], *way.results)]

    def structure(self, texts: Sequence[str]) -> Any:
        """The texts of the results in the structure in which these are returned."""
        row = dict(zip(self.places, texts, strict=True))
        return self.like(iter([row.get(i, "") for i in range(max(self.places, default=-1) + 1)]))


Form = Callable[[list[Term], int], list[Term]]


def asked_of(programs: Sequence[Program], kind: str, form: Form, *, every: bool) -> Asked:
    """A kind of a function whose paths have these programs.

    - `form`: brings Terms, of which that many come from the function itself, into the form in which they are written.
    - `every`: whether results are computed that are not returned, because there may be an error.
    """
    table = Terms()
    found = Asked(kind, [], {}, [], 0, [], [], lambda row: row)
    for program in programs:
        outputs = asked(program, kind)
        inputs = [*program.variables, *besides(program, kind)]
        results = [*outputs.forward, *outputs.backward]
        if not found.ways:
            found.inputs = [table.variable(str(x.head)) for x in inputs]
            n = len(outputs.forward)
            found.like = outputs.like
            slopes = [*outputs.names]
            if outputs.sparsity is not None:
                found.like = partial(_non_zeros_of, n)
                slopes = [f"row {i}, column {j}" for i, j in outputs.sparsity.entries()]
                found.entries = slopes
            values = ["value"] if n == 1 else [f"value_{i}" for i in range(n)]
            needed = {int(x) for x in flatten(found.like(map(str, range(len(results)))))[0]}
            found.places = [i for i in range(len(results)) if every or i in needed]
            names = [*values, *slopes]
            found.names = [names[i] for i in found.places]
            found.forward = sum(i < n for i in found.places)
        known = dict(zip(inputs, found.inputs, strict=True))
        for leaf, x in program.table.variables.items():
            if leaf not in found.outside:
                found.outside[leaf] = table.variable(leaf.label or "w")
            known[x] = found.outside[leaf]
        count = len(program.guards)
        wanted = [*program.guards, *[results[i] for i in found.places]]
        terms = form(substituted(wanted, known, table), count + found.forward)
        found.ways.append(Course([*zip(terms[:count], program.guards.values(), strict=True)], terms[count:]))
    return found


def _non_zeros_of(forward: int, row: Iterator[Any]) -> list[Any]:
    return [*islice(row, forward, None)]


def branching(
    language: Language,
    asked: Asked,
    texts: Mapping[Term, str],
    names: Names,
    returned: Callable[[list[str]], Sequence[str]],
    unknown: str,
) -> list[str]:
    """What a function does that knows the `texts` of all that it is given; Values outside are constants.

    - `returned`: makes of the texts of all results those statements that return them.
    - `unknown`: the statement for a call that takes none of the paths.
    """
    roots, texts = asked.roots(), dict(texts)
    needed = {*with_bodies(roots, known=texts)}
    before, between, behind = language.style.statement
    lines: list[str] = []
    for leaf, x in asked.outside.items():
        if x in needed:
            texts[x] = names.new(leaf.label or "w")
            lines.append(f"{before}{texts[x]}{between}{numeral(language.style, leaf.data).text}{behind}")

    def data(numbers: Data) -> str:
        name = names.new(numbers.name or "data")
        row = ", ".join([numeral(language.style, x).text for x in numbers.numbers])
        lines.append(language.data.format(a=name, xs=row, n=len(numbers.numbers)))
        return name

    writer = Writer(texts, roots, names, language.style, data)
    ways = _Branches(language, asked, returned, unknown).ways(writer, asked.ways, 0)
    return [*lines, *ways]


@dataclass
class _Branches:
    language: Language
    asked: Asked
    returned: Callable[[list[str]], Sequence[str]]
    unknown: str

    def ways(self, writer: Writer, ways: Sequence[Course], depth: int) -> list[str]:
        """Statements for paths whose first `depth` conditions have the same outcomes."""
        lines: list[str] = []
        before, between, behind = self.language.branches
        while depth < len(ways[0].guards):
            condition, outcome = ways[0].guards[depth]
            depth += 1
            writer = writer.fork([x for x, _ in ways[0].guards])
            (holds,) = writer.write([condition])
            lines += writer.page()
            sides: dict[bool, list[Course]] = {True: [], False: []}
            for way in ways:
                if len(way.guards) < depth or way.guards[depth - 1][0] is not condition:
                    raise CompileError("The order of the function's branches differs from one run to the next.")
                sides[way.guards[depth - 1][1]].append(way)
            if not sides[not outcome]:
                (fails,) = (holds,) if not outcome else writer.write([ops.NOT(condition)])
                lines += [before.format(fails), *indented([self.unknown]), *([behind.format()] if behind else [])]
                continue
            lines += [before.format(holds), *indented(self.ways(writer, sides[True], depth)), between.format()]
            lines += [*indented(self.ways(writer, sides[False], depth)), *([behind.format()] if behind else [])]
            return lines
        way = ways[0]
        writer = writer.fork([*(x for x, _ in way.guards), *way.results])
        n = self.asked.forward
        for x in way.results[:n]:
            if self.asked.kind != "value":
                x.table.labels.setdefault(x, "value")
        forward = writer.write(way.results[:n], {*way.results[:n]} if self.asked.kind != "value" else ())
        lines += writer.page("forward" if self.asked.kind != "value" else "")
        backward = writer.write(way.results[n:], {*way.results[n:]})
        return [*lines, *writer.page("backward"), *self.returned([*forward, *backward])]
