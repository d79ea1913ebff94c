"""A function of one row of data, recorded for programs over rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import is_
from typing import Any

from autograd.collector import resting_collector
from autograd.compiler.record.recording import Trace, trace
from autograd.compiler.record.signature import names_of
from autograd.compiler.record.traced import Guard
from autograd.compiler.terms.array_ops import DATA, PARAMETERS, Known, union
from autograd.compiler.terms.terms import Term, Terms
from autograd.graph import nodes
from autograd.tree import flatten
from autograd.value import Value

__all__ = ["Recorded", "branch"]


class Recorded:
    """A function of a row, run once with Values in place of the numbers of an example.

    - `inputs`: the variables that these became, and `columns_of` which argument each belongs to.
    - `leaves`: `parameters` and the other Values outside that it read; `known` are their variables.
    - `recorded`: the Terms of its results, its conditions, and their outcomes; `on` says what they depend on.
    """

    def __init__(self, f: Callable[..., Any], example: Sequence[Any], parameters: Sequence[Value]) -> None:
        self.f, self.example, self.table = f, example, Terms()
        self.traced, row = self._run()
        given = {*parameters, *row, *self.traced.own}
        roots = [*self.traced.results, *(guard.condition for guard in self.traced.guards)]
        read = nodes(*(x for x in roots if isinstance(x, Value)))
        self.leaves = [*parameters, *(x for x in read if not x.parents and x not in given)]
        names = names_of(f, len(example))
        self.columns_of = of = [name for name, x in zip(names, example, strict=True) for _ in flatten(x)[0]]
        self.inputs = [
            self.table.variable(f"{name}_{of[:i].count(name)}" if of.count(name) > 1 else name)
            for i, name in enumerate(of)
        ]
        self.known = {x: self.table.variable(x.label or f"w_{i}") for i, x in enumerate(self.leaves, start=1)}
        self.on = Known(union)
        self.on |= dict.fromkeys(self.inputs, DATA) | dict.fromkeys(self.known.values(), PARAMETERS)
        with resting_collector():
            self.recorded = self._terms(self.traced, row)

    def _run(self) -> tuple[Trace, list[Value]]:
        """Run `f` with the example; return the trace, and the Values that stood for the example's numbers."""
        numbers, rebuild = flatten(list(self.example))
        row = [Value(x) for x in numbers]
        return trace(self.f, *rebuild(iter(row))), row

    def is_current(self) -> bool:
        """Whether `f` still does what was recorded, but for the numbers in leaves, which are read.

        It is run once more with the example; what it raises is passed on.

        >>> from autograd import compile_rows
        >>> a, rate = Value(2.0), [0.5]
        >>> program = compile_rows(lambda x, y: (a * x - y) ** 2 * rate[0], (0.0, 0.0), [a])
        >>> program.is_current(), rate.append(0.1), program.is_current(), rate.insert(0, 0.25), program.is_current()
        (True, None, True, None, False)
        """
        with resting_collector():
            again = self._terms(*self._run())
        return len(again) == len(self.recorded) and all(map(is_, again, self.recorded))

    def _terms(self, traced: Trace, row: Sequence[Value]) -> list[Term]:
        """What a run recorded: its results, its conditions, and their outcomes; no two Terms are alike."""
        known = self.known | dict(zip(row, self.inputs, strict=True))
        found = [*traced.results, *(guard.condition for guard in traced.guards)]
        terms = self.table.graph([x for x in found if isinstance(x, Value)], traced.own, known)
        loss = dict.fromkeys(traced.results, "l") if len(traced.results) == 1 else {}
        for node, name in (traced.names | loss).items():
            if node in terms and terms[node].args:
                self.table.labels.setdefault(terms[node], name)
        found += [guard.outcome for guard in traced.guards]
        return [terms[x] if isinstance(x, Value) else self.table.constant(x) for x in found]


def branch(guard: Guard) -> str:
    """The message where rows do not take the same path."""
    return (
        f"Line {guard.line} of {guard.file} branches on the data or the parameters, so that rows go different ways; "
        "write autograd.where(condition, a, b) in place of if."
    )
