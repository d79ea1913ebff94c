"""How loops are recorded: the body once, with Values that stand for what changes from step to step.

What the body did becomes a `Procedure`, and the loop one node with its results above it. Where that cannot be, since
the body branches or uses numbers as Values cannot be used, the steps are recorded one by one.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

from autograd import graph
from autograd.call import births
from autograd.compiler.record.layout import is_number
from autograd.compiler.record.subprogram import Procedure, result, whole_of
from autograd.compiler.record.traced import Condition, Traced, become, running
from autograd.compiler.record.watching import at_rest
from autograd.compiler.terms.loop import Loop, array_variable, data_of, final, looped, stacked_of, take
from autograd.compiler.terms.rewriting import segmented
from autograd.compiler.terms.terms import Term, Terms
from autograd.control_flow import Repetition
from autograd.op import as_float
from autograd.recording import traced
from autograd.tree import flatten, flatten_like
from autograd.value import Value

__all__ = ["repeated"]


def repeated(repetition: Repetition) -> tuple[Any, Any]:
    """The last carry and the stacked outputs of a loop that is met while a function is recorded."""
    if repetition.condition is None and repetition.inputs.count == 0:
        return repetition.run()
    run: Any = running.get()
    before = len(run.asked)
    body = at_rest(lambda: _LoopBody(repetition))
    try:
        body.run()
    except Exception as error:  # an error of the user's code, or one of running it in this way
        why = f"{type(error).__name__}: {error}"
    else:
        at_rest(body.follow)
        branches = [about for about in run.asked[before:] if body.depends(about[0])]
        if not branches and body.is_closed:
            found = at_rest(body.results)
            return found or repetition.run()
        why = "what is no number in its carry changes"
        if branches:
            _, _, file, line = branches[0]
            why = f"{file}, line {line} branches; say where(condition, a, b) instead of if"
    del run.asked[before:]
    warnings.warn(
        f"A loop's body cannot be recorded once for all steps, which are compiled one by one ({why}).",
        RuntimeWarning,
        stacklevel=3,
    )
    return repetition.run()


class _LoopBody:
    """One step of a loop, recorded."""

    def __init__(self, repetition: Repetition) -> None:
        self.repetition, self.kind = repetition, traced.get()
        self.init, self.like_carry = flatten(repetition.next(repetition.init))
        self.columns, self.names = self._columns()
        with births():
            self.index: Value = self._leaf(0.0)  # type: ignore[assignment]  # a number has a Term
            self.carries = [self._leaf(x) for x in self.init]
            self.xs = [self._leaf(column[0]) for column in self.columns]

    # -- the run --------------------------------------------------------------------------------------------------

    def _columns(self) -> tuple[list[Sequence[Any]], list[str]]:
        """For each leaf of what a step takes: the numbers of all steps, and a name."""
        columns: list[Sequence[Any]] = []
        names: list[str] = []
        for path, sequence in self.repetition.inputs.sequences:
            if {*map(type, sequence)} <= {float}:
                rows: Any = [sequence]
            else:
                rows = zip(*[flatten_like(x, sequence[0], path, "first step") for x in sequence], strict=True)
            for column in rows:
                columns.append(column)
                names.append(path)
        return columns, names

    def _leaf(self, x: Any) -> Value | None:
        """What stands for a number that changes from step to step; None for what is no number."""
        if not (isinstance(x, (Value, bool)) or is_number(x)):
            return None
        leaf = Value(as_float(x))
        become(leaf, self.kind)
        return leaf

    def run(self) -> None:
        """Run the user's code for one step."""
        with births() as self.own:
            self._run()

    def _run(self) -> None:
        repetition, first = self.repetition, self.repetition.first
        xs = iter([_standing(leaf, column[0]) for leaf, column in zip(self.xs, self.columns, strict=True)])
        parts = [flatten(sequence[0])[1](xs) for _, sequence in repetition.inputs.sequences]
        carry = self.like_carry(iter([_standing(leaf, x) for leaf, x in zip(self.carries, self.init, strict=True)]))
        self.condition = None if repetition.condition is None else repetition.condition(carry)
        found, y = repetition.step(
            self.index + first if first else self.index, carry, repetition.inputs.like(iter(parts))
        )
        self.nexts = flatten_like(found, repetition.init, "carry", "init")
        self.ys, self.like_y = flatten(y)

    def follow(self) -> None:
        """Find out what depends on what changes from step to step."""
        numbers = [x for x in (*self.nexts, *self.ys, self.condition) if isinstance(x, Value)]
        self.nodes = dict.fromkeys([x for x in (self.index, *self.carries, *self.xs) if x is not None])
        self.leaves = len(self.nodes)
        self._follow(numbers)

    @property
    def is_closed(self) -> bool:
        """Whether what is no number stays the same from step to step."""
        return all(
            leaf is not None or x is y or (type(x) is type(y) and x == y)
            for leaf, x, y in zip(self.carries, self.init, self.nexts, strict=True)
        )

    def _follow(self, roots: Sequence[Value]) -> None:
        for node in graph.operations(*roots):
            if node not in self.nodes and any(x in self.nodes for x in node.parents):
                self.nodes[node] = None

    def depends(self, condition: Value) -> bool:
        """Whether a condition may change from step to step."""
        self._follow([condition])
        return condition in self.nodes

    # -- the procedure --------------------------------------------------------------------------------------------

    def _make(self) -> None:
        """The procedure of the loop, and its operands."""
        self.table = table = Terms()
        self.inputs: list[Term] = []
        self.operands: list[Any] = []
        self.terms: dict[Value, Term] = {}
        names: Any = running.get().names  # type: ignore[union-attr]  # there is a run
        index = self.terms[self.index] = table.variable("i")
        for leaf, column, path in zip(self.xs, self.columns, self.names, strict=True):
            if leaf is not None:
                entry = self.terms[leaf] = take(self._array(column, path), index)
                if entry.constant is None and leaf in names:
                    table.labels.setdefault(entry, names[leaf])
        self.changing: list[int] = []
        carries: list[Term] = []
        for j, (leaf, following) in enumerate(zip(self.carries, self.nexts, strict=True)):
            if leaf is not None and following is leaf:
                self.terms[leaf] = self._term(self.init[j])  # which stays what it was at first
            elif leaf is not None:
                self.terms[leaf] = table.variable(names.get(leaf) or names.get(following) or "")
                carries.append(self.terms[leaf])
                self.changing.append(j)
        for node in [*self.nodes][self.leaves :]:
            assert node.op is not None  # it is no leaf
            found = self.terms[node] = table.of_node(node.op, [self._term(x) for x in node.args])
            if node in names and isinstance(found, Term) and found.args:
                table.labels.setdefault(found, names[node])
        nexts = [self._term(self.nexts[j]) for j in self.changing]
        first = [self._term(self.init[j]) for j in self.changing]
        self.stacking = {x: 0 for x in self.ys if _is_value(x) and x in self.nodes}
        self.stacking = {x: m for m, x in enumerate(self.stacking)}
        outs = tuple([self._term(x) for x in self.stacking])
        n, condition = self.repetition.inputs.count, None
        if self.repetition.condition is not None:
            condition = self._term(self.condition)
            carries, nexts, first = [index, *carries], [index + 1.0, *nexts], [table.constant(0.0), *first]
        loop = looped(Loop(index, tuple(carries), tuple(nexts), outs, condition=condition), table.constant(n), first)
        skipped = len(carries) - len(self.changing)
        results = [final(loop, skipped + i) for i in range(len(self.changing))]
        size = self.repetition.checkpoint
        if size is not None and size < n and not outs and not table.arrays:
            results = [*segmented(loop, size)]
        self.procedure = Procedure(self.inputs, [*results, *(stacked_of(loop, m) for m in range(len(outs)))])

    def _array(self, column: Sequence[Any], path: str) -> Term:
        name = "".join([c if c.isalnum() else "_" for c in path]).strip("_")
        if {*map(type, column)} == {float}:
            return data_of(self.table, column, name)
        if not any(isinstance(x, Value) for x in column):
            return data_of(self.table, [as_float(x) for x in column], name)
        array = array_variable(self.table, name, len(column))
        self.inputs.append(array)
        self.operands += column
        return array

    def _term(self, x: Any) -> Any:
        """The Term of what the body computes with; what it reads from outside is an operand."""
        if not isinstance(x, Value):
            return self.table.constant(as_float(x)) if isinstance(x, bool) or is_number(x) else x
        if x not in self.terms:
            if x in self.own and not x.parents:
                self.terms[x] = self.table.constant(as_float(x))
            else:
                self.terms[x] = self.table.variable(x.label or "")
                self.inputs.append(self.terms[x])
                self.operands.append(x)
        return self.terms[x]

    # -- the results ----------------------------------------------------------------------------------------------

    def results(self) -> tuple[Any, Any] | None:
        """The last carry and the stacked outputs, as nodes; None if none of them has to be recorded."""
        self._make()
        if not any(isinstance(x, Traced) for x in self.operands):
            return None
        whole = whole_of(self.procedure, self.operands)
        last = [*self.init]
        for i, j in enumerate(self.changing):
            last[j] = _standing(result(whole, i), self.init[j])
        carry = self.like_carry(iter(last))
        if self.condition is not None:
            return carry, None
        ys = zip(*[self._given(whole, y) for y in self.ys], strict=True)
        return carry, self.repetition.inputs.stacked([self.like_y(iter(row)) for row in ys])

    def _given(self, whole: Value, y: Any) -> list[Any]:
        """What each step gave as one of the leaves of y."""
        steps = range(self.repetition.inputs.count)
        if not _is_value(y) or y not in self.nodes:
            return [y] * len(steps)
        place = len(self.changing) + self.stacking[y]
        return [_standing(result(whole, place, k), y) for k in steps]


def _is_value(x: Any) -> bool:
    return isinstance(x, Value)


def _standing(number: Any, x: Any) -> Any:
    """A number in place of x, which may be a flag or no number at all."""
    if number is None:
        return x
    return number != 0.0 if isinstance(x, (bool, Condition)) else number
