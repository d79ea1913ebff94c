"""What depends on the data alone, as Python source: computed once, so written as one writes NumPy without a care."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from autograd.compiler.rows.arrays import LARGEST, ROWS, SUM, Shape
from autograd.compiler.rows.calls import Calls, function
from autograd.compiler.rows.steps import Define, Join, Step, Take, View
from autograd.compiler.terms.terms import Term
from autograd.compiler.text.source import Names
from autograd.op import Op

__all__ = ["data_source"]


def data_source(calls: Calls) -> tuple[list[str], dict[str, Any]]:
    """The lines of two functions, and the arrays of constants that they refer to.

    Each takes the matrix of all data and the weights of its rows. `columns` gives a list of the columns of `calls`, in
    the memory layout in which they are read, `checks` one of the checks of `calls.steps`.
    """
    columns, checks = _Writer(calls, "numbers"), _Writer(calls, "checked")
    lines = [
        *columns.text(
            "columns", "What depends on the data alone, and need be computed only once.",
            [columns.column(x, kind) for x, kind in calls.columns],
        ),
        "",
        "",
        *checks.text(
            "checks", "Whether the data take the branches of the example.",
            [checks.value(check) for check in calls.steps.checks],
        ),
    ]  # fmt: skip
    return lines, columns.constants | checks.constants


class _Writer:
    def __init__(self, calls: Calls, prefix: str) -> None:
        self.prefix = prefix
        self.arrays, self.steps = calls.steps.arrays, calls.steps
        self.made: dict[Term, Step] = {step.target: step for step in calls.of_data}
        self.prepared = {variable: x for x, variable in self.arrays.of_data.items()}
        self.names: dict[Term, str] = {calls.steps.data: "data", calls.steps.weights: "weights"}
        self.constants: dict[str, Any] = {}
        self.lines: list[str] = []
        self.unused = Names(self.arrays.taken)

    def text(self, name: str, purpose: str, results: Sequence[str]) -> list[str]:
        """The lines of a function, of which all but the first ones have been written."""
        return [
            f"def {name}(rows, weights):",
            f'    """{purpose}"""',
            "    data, n = rows.T, len(rows)",
            *(f"    {line}" for line in self.lines),
            f"    return [{', '.join(results)}]",
        ]

    def column(self, x: Term, kind: str) -> str:
        """A column as the program reads it."""
        name, shape = self.value(x), self.arrays.shape(x)
        if kind == "lanes":
            return f"ascontiguousarray({name if shape[1] == ROWS else f'broadcast_to({name}, ({shape[0]}, n))'})"
        return f"concatenate([{name}.T, ones((n, 1))], 1)"

    def value(self, x: Any) -> str:
        """The name of what holds a Term, which is computed before if need be."""
        if not isinstance(x, Term):
            return repr(x)
        stack = [x]
        while stack:
            term = stack[-1]
            missing = [y for y in self.needs(term) if y not in self.names]
            stack += missing
            if not missing:
                stack.pop()
                if term not in self.names:
                    self.names[term] = self.named(term, self.expression(term))
        return self.names[x]

    def needs(self, x: Term) -> list[Term]:
        """What a Term is computed from."""
        match self.made.get(x):
            case Define(_, term):
                return self.parts(x, term)
            case Join(_, parts):
                return list(parts)
            case View(_, source, _) | Take(_, source, _):
                return [source]
        return self.parts(x, self.prepared[x]) if x in self.prepared else list(x.args)

    def expression(self, x: Term) -> str:
        """How it is computed."""
        names, shape = self.names, self.arrays.shape(x)
        match self.made.get(x):
            case Define(_, term):
                return self.whole(x, term) or f"broadcast_to({names[term]}, {_sized(shape)})"
            case View(_, source, start):
                *lengths, _ = shape
                end = start + (lengths[0] if len(lengths) == 1 else lengths[0] * lengths[1])
                lanes = f"{names[source]}[{start}:{end}]"
                return lanes if len(lengths) == 1 else f"{lanes}.reshape({lengths[0]}, {lengths[1]}, -1)"
            case Take(_, source, index):
                return f"{names[source]}[{self.constant(index)}]"
            case Join(_, parts):
                arrays = [f"broadcast_to({names[p]}, ({self.arrays.shape(p)[0]}, n))" for p in parts]
                return f"concatenate([{', '.join(arrays)}])"
        if x in self.prepared:
            return self.whole(x, self.prepared[x]) or names[self.prepared[x]]
        if x in self.steps.constants:
            return self.constant(self.steps.constants[x])
        if x.constant is not None:
            return repr(x.constant)
        return self.function(x)

    def parts(self, x: Term, term: Term) -> list[Term]:
        """What `x`, which is to be like `term`, is computed from."""
        return list(term.args) if self.arrays.is_whole(x, term, self.names) else [term]

    def whole(self, x: Term, term: Term) -> str:
        """`term` as a function, if it is to get the name of `x`."""
        if not self.arrays.is_whole(x, term, self.names):
            return ""
        self.names[term] = str(x.head)
        return self.function(term)

    def function(self, x: Term) -> str:
        """A function of what has names."""
        args, keep = [self.names[a] for a in x.args], len(self.arrays.shape(x.args[0])) == 2
        if x.head is SUM or x.head is LARGEST:
            return f"{'add' if x.head is SUM else 'maximum'}.reduce({args[0]}, 0, keepdims={keep})"
        assert isinstance(x.head, Op)
        return f"{function(x.head)}({', '.join(args)})"

    def named(self, x: Term, expression: str) -> str:
        """A name for an expression, or the expression itself where it is short."""
        if x.constant is not None or expression.isidentifier():
            return expression
        name = x.head if isinstance(x.head, str) else self.unused.new("")
        self.lines.append(f"{name} = {expression}")
        return name

    def constant(self, values: Any) -> str:
        name = self.unused.new(self.prefix)
        self.constants[name] = values
        return name


def _sized(shape: Shape) -> str:
    return f"({', '.join('n' if s == ROWS else str(s) for s in shape)})"
