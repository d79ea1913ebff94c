"""One way through a function, for arguments of one layout: what it computes there, and under which conditions.

Calls that take another way are told apart by the guards, which are questions that a program asks in the order in which
the function did.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any

from autograd.collector import resting_collector
from autograd.compiler.record.arguments import Arguments
from autograd.compiler.record.recording import Trace
from autograd.compiler.record.traced import Guard
from autograd.compiler.terms.lowering import lower
from autograd.compiler.terms.terms import Term, Terms
from autograd.compiler.text.source import Names, Objects
from autograd.op import as_float
from autograd.sparsity import Sparsity
from autograd.value import Value

__all__ = ["Program"]


class Program:
    """What a function did in one run, `leaves` being its numbers, as Terms.

    - `by`: the places of the arguments with respect to which it differentiates; one of them if `single`.
    - `variables`: the Terms of the numbers, in their order; `results` those of what it returned.
    - `guards`: conditions with their outcomes; `branches` says where the user's code asks for them.
    - `sparse`: whether matrices are; `sparsity` is that of the one asked for last.
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
        sparse: bool,
    ) -> None:
        self.by, self.single, self.arguments, self.sparse = by, single, arguments, sparse
        self.sparsity: Sparsity | None = None
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

    @cached_property
    def directions(self) -> list[Term]:
        """The variables that say how the numbers move, where a kind asks for it."""
        return [self.table.variable(self.names.new(f"d_{name}")) for name in self.arguments.numbers]

    @cached_property
    def weights(self) -> list[Term]:
        """The variables that say how much each result counts, where a kind asks for it."""
        return [self.table.variable(self.names.new(f"w_{i + 1}")) for i in range(len(self.results))]

    @property
    def by_terms(self) -> list[Term]:
        """The variables with respect to which it differentiates."""
        return [self.variables[i] for i in self.arguments.among(self.by)]

    @property
    def by_names(self) -> list[str]:
        """The names of the variables with respect to which it differentiates."""
        return [self.arguments.numbers[i] for i in self.arguments.among(self.by)]

    def like_arguments(self, row: Iterator[Any]) -> Any:
        """A number for each of `by_terms`, in the structure of their arguments."""
        parts = self.arguments.like(self.by, row)
        return parts[0] if self.single else parts

    def like_every(self, row: Iterator[Any]) -> tuple[Any, ...]:
        """A number for each number, in the structure of all arguments."""
        return self.arguments.like(range(len(self.arguments.example)), row)
