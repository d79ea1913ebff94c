"""What is known of a function for arguments of one layout: the paths that calls have taken so far, as programs.

Each path was traced once. Calls that differ are told apart by the guards, which are questions that a program asks in
the order in which the function did: they form a tree, whose leaves are paths, or not traced yet. A program is the whole
tree: `if`s, of which the side with less behind it comes first and returns, so that nothing is indented deep.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice
from typing import Any

from autograd.call import Argnums, indices_of, one_number
from autograd.compiler.collector import resting_collector
from autograd.compiler.errors import CompileError
from autograd.compiler.record.arguments import Arguments
from autograd.compiler.record.recording import Guard, Trace, trace
from autograd.compiler.terms.chain_rule import gradient, tangents
from autograd.compiler.terms.terms import Term, Terms
from autograd.compiler.text.source import Names, Objects
from autograd.tree import Rebuild, outer
from autograd.value import Value

__all__ = ["Fork", "Outputs", "Path", "Program", "tree"]


@dataclass
class Path:
    """One way through a function: the outcomes of its guards, and what it returns there."""

    guards: dict[Term, bool]
    results: list[Term]
    like_results: Rebuild


@dataclass
class Outputs:
    """What a program computes at the end of a path: forward, backward, and how it returns these numbers in a row."""

    forward: list[Term]
    backward: list[Term]
    like: Callable[[Iterator[Any]], Any]


@dataclass
class Fork:
    """A guard, and what follows it on either side; None where no call has been yet."""

    condition: Term
    sides: dict[bool, Fork | Outputs | None] = field(default_factory=lambda: {True: None, False: None})


_TOP = Terms().variable("top")


class Program:
    """A function for arguments of one layout.

    It is derived by the arguments `argnums`, as in `grad`.
    """

    def __init__(
        self, f: Callable[..., Any], argnums: Argnums, arguments: Arguments, objects: Objects, names: Names
    ) -> None:
        self.f, self.argnums, self.arguments = f, argnums, arguments
        self.names, self.objects = names, objects
        self.table = Terms()
        self.variables = [self.table.variable(name) for name in arguments.numbers]
        self.paths: list[Path] = []
        self.branches: list[Guard] = []  # of the first path, for whoever has to say that it must not branch

    def explore(self, numbers: Sequence[float]) -> bool:
        """Trace the path that these numbers take; whether it is a new one, told from the others by its guards."""
        leaves = [Value(x, name) for x, name in zip(numbers, self.arguments.numbers, strict=True)]
        run = trace(self.f, *self.arguments.holding(leaves))
        if any(leaf.grad is not None for leaf in (*leaves, *run.own)):
            raise CompileError(
                "The function calls backward, whose numbers are those of this one call; use autograd.grad."
            )
        with resting_collector():
            return self._add(run, dict(zip(leaves, self.variables, strict=True)))

    def _add(self, run: Trace, known: Mapping[Value, Term]) -> bool:
        """The path that was traced, `known` being the arguments; whether it is a new one."""
        terms = self.table.graph([*(guard.condition for guard in run.guards), *run.results], run.own, known)
        for node, name in run.names.items():
            if node in terms and terms[node].args:
                self.table.labels.setdefault(terms[node], name)
        guards: dict[Term, bool] = {}
        for guard in run.guards:
            (condition,) = self.table.lower([terms[guard.condition]])
            if condition.constant is None:
                guards.setdefault(condition, guard.outcome)
                if not self.paths:
                    self.branches.append(guard)
        if not all(_apart(path.guards, guards) for path in self.paths):
            return False
        results = [terms[y] if isinstance(y, Value) else self.table.constant(y) for y in run.results]
        self.paths.append(Path(guards, results, run.like_results))
        return True

    # -- what is computed ---------------------------------------------------------------------------------------

    def outputs(self, kind: str, path: Path) -> Outputs:
        """What a program of one kind computes at the end of a path."""
        results, n = path.results, len(path.results)
        if kind == "value":
            return Outputs(results, [], path.like_results)
        if kind == "jvp":
            moves = dict(zip(self.variables, self.directions, strict=True))
            return Outputs(results, tangents(results, moves), lambda row: (
                path.like_results(islice(row, n)), path.like_results(row)
            ))  # fmt: skip
        y = one_number(results, path.like_results)
        by = [self.variables[i] for i in self.arguments.among(self.by)]
        slopes = gradient(y, by)
        if kind == "hessian":
            second = [gradient(slope, by, named=False) for slope in slopes]
            return Outputs(results, [x for row in second for x in row], self._like_hessian)
        if kind == "grad":
            return Outputs(results, slopes, lambda row: self._like_arguments(islice(row, 1, None)))
        return Outputs(results, slopes, lambda row: (next(row), self._like_arguments(row)))

    @cached_property
    def by(self) -> tuple[int, ...]:
        """The places of the arguments to differentiate by."""
        return indices_of(self.argnums, len(self.arguments.parameters))

    @cached_property
    def directions(self) -> list[Term]:
        """The variables of a `jvp` that say how the numbers move."""
        return [self.table.variable(self.names.new(f"d_{name}")) for name in self.arguments.numbers]

    def _like_arguments(self, row: Iterator[Any]) -> Any:
        parts = self.arguments.like(self.by, row)
        return parts[0] if isinstance(self.argnums, int) else parts

    def _like_hessian(self, row: Iterator[Any]) -> Any:
        next(row)  # the value, which is computed only because outside its domain there must be an error
        n = len(self.arguments.among(self.by))
        arguments = self._like_arguments(iter([0.0] * n))
        return outer([[*islice(row, n)] for _ in range(n)], arguments, arguments)


def _apart(guards: dict[Term, bool], others: dict[Term, bool]) -> bool:
    """Whether two paths part at the same question; those of a function that asks others each time may not."""
    for (condition, outcome), (other, other_outcome) in zip(guards.items(), others.items(), strict=False):
        if condition is not other or outcome is not other_outcome:
            return condition is other
    return False


def tree(paths: Sequence[tuple[dict[Term, bool], Outputs]]) -> Fork | Outputs:
    """All paths as a tree."""
    top = Fork(_TOP)
    for guards, outputs in paths:
        fork, side = top, True
        for condition, outcome in guards.items():
            if fork.sides[side] is None:
                fork.sides[side] = Fork(condition)
            below = fork.sides[side]
            assert isinstance(below, Fork)  # see `_apart`
            fork, side = below, outcome
        fork.sides[side] = outputs
    found = top.sides[True]
    assert found is not None
    return found
