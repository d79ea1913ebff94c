"""One way through a function, for arguments of one layout: what it computes there, and under which conditions.

Calls that take another way are told apart by the guards, which are questions that a program asks in the order in which
the function did.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import Any

from autograd.call import one_number
from autograd.compiler.collector import resting_collector
from autograd.compiler.record.arguments import Arguments
from autograd.compiler.record.recording import Trace
from autograd.compiler.record.traced import Guard
from autograd.compiler.terms.chain_rule import gradient, tangents
from autograd.compiler.terms.lowering import lower
from autograd.compiler.terms.terms import Term, Terms
from autograd.compiler.text.source import Names, Objects
from autograd.op import as_float
from autograd.tree import outer
from autograd.value import Value

__all__ = ["Fork", "Outputs", "Program", "tree"]


@dataclass
class Outputs:
    """What a program computes: forward, backward, and how it returns these numbers in a row."""

    forward: list[Term]
    backward: list[Term]
    like: Callable[[Iterator[Any]], Any]


@dataclass
class Fork:
    """A guard, and what follows it on either side; None where the program has nothing to say."""

    condition: Term
    sides: dict[bool, Fork | Outputs | None]


def tree(guards: dict[Term, bool], outputs: Outputs) -> Fork | Outputs:
    """The guards in their order, and what is computed behind them."""
    found: Fork | Outputs = outputs
    for condition, outcome in reversed(guards.items()):
        found = Fork(condition, {outcome: found, not outcome: None})
    return found


class Program:
    """What a function did in one run, `leaves` being its numbers, as Terms.

    - `by`: the places of the arguments to differentiate by; one of them if `single`.
    - `variables`: the Terms of the numbers, in their order; `results` those of what it returned.
    - `guards`: conditions with their outcomes; `branches` says where the user's code asks for them.
    - `names` are those not to be given again, `objects` what its text refers to; the object called `untraced` there
      answers calls that go another way.
    """

    def __init__(
        self,
        run: Trace,
        leaves: Sequence[Value],
        by: tuple[int, ...],
        single: bool,
        arguments: Arguments,
        objects: Objects,
        names: Names,
    ) -> None:
        self.by, self.single, self.arguments = by, single, arguments
        self.names, self.objects = names, objects
        self.untraced = objects.name("untraced", None)
        self.table = Terms()
        self.variables = [self.table.variable(name) for name in arguments.numbers]
        with resting_collector():
            self._read(run, dict(zip(leaves, self.variables, strict=True)))
        self.like_results = run.like_results

    def _read(self, run: Trace, known: dict[Value, Term]) -> None:
        terms = self.table.graph([*(guard.condition for guard in run.guards), *run.results], run.own, known)
        for node, name in run.names.items():
            if node in terms and terms[node].args:
                self.table.labels.setdefault(terms[node], name)
        self.guards: dict[Term, bool] = {}
        self.branches: list[Guard] = []
        conditions = lower([terms[guard.condition] for guard in run.guards])
        for guard, condition in zip(run.guards, conditions, strict=True):
            if condition.constant is None and condition not in self.guards:
                self.guards[condition] = guard.outcome
                self.branches.append(guard)
        self.results = [terms[y] if isinstance(y, Value) else self.table.constant(as_float(y)) for y in run.results]

    @property
    def ways(self) -> list[tuple[str, int, bool]]:
        """Where the user's code branches, and how."""
        return [(guard.file, guard.line, guard.outcome) for guard in self.branches]

    # -- what is computed ---------------------------------------------------------------------------------------

    def outputs(self, kind: str) -> Outputs:
        """What a program of one kind computes."""
        results, n = self.results, len(self.results)
        if kind == "value":
            return Outputs(results, [], self.like_results)
        if kind == "jvp":
            moves = dict(zip(self.variables, self.directions, strict=True))
            return Outputs(results, tangents(results, moves), lambda row: (
                self.like_results(islice(row, n)), self.like_results(row)
            ))  # fmt: skip
        y = one_number(results, self.like_results)
        by = [self.variables[i] for i in self.arguments.among(self.by)]
        slopes = gradient(y, by)
        if kind == "hessian":
            second = [gradient(slope, by, named=False) for slope in slopes]
            return Outputs(results, [x for row in second for x in row], self._like_hessian)
        if kind == "grad":
            return Outputs(results, slopes, lambda row: self._like_arguments(islice(row, 1, None)))
        return Outputs(results, slopes, lambda row: (next(row), self._like_arguments(row)))

    @cached_property
    def directions(self) -> list[Term]:
        """The variables of a `jvp` that say how the numbers move."""
        return [self.table.variable(self.names.new(f"d_{name}")) for name in self.arguments.numbers]

    def _like_arguments(self, row: Iterator[Any]) -> Any:
        parts = self.arguments.like(self.by, row)
        return parts[0] if self.single else parts

    def _like_hessian(self, row: Iterator[Any]) -> Any:
        next(row)  # the value, which is computed only because outside its domain there must be an error
        n = len(self.arguments.among(self.by))
        arguments = self._like_arguments(iter([0.0] * n))
        return outer([[*islice(row, n)] for _ in range(n)], arguments, arguments)
