"""Steps as one function in any library of arrays: nothing is changed in place, everything has a name of its own."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

from autograd import ops
from autograd.compiler.engines import library as array_api
from autograd.compiler.rows.arrays import LARGEST, ROWS, SUM, SUM_ROWS, Shape
from autograd.compiler.rows.steps import Back, Define, Join, Linear, Outer, Scatter, Step, Steps, Take, View, reads
from autograd.compiler.terms.terms import Term, reachable
from autograd.compiler.text.source import Names
from autograd.op import Op

__all__ = ["functions", "library_source"]

_OPERATORS = {
    "add": "+", "sub": "-", "mul": "*", "div": "/", "and": "&", "or": "|",
    "lt": "<", "le": "<=", "gt": ">", "ge": ">=", "eq": "==", "ne": "!=",
}  # fmt: skip


def functions(xp: Any, like: Any) -> dict[str, Any]:
    """What a program calls, in the library `xp`; its arrays are to be like this one."""

    def array(x: Any) -> Any:
        return x if hasattr(x, "dtype") else xp.asarray(x, dtype=like.dtype, device=like.device)

    def take(x: Any, index: Sequence[int]) -> Any:
        places = xp.asarray(index, device=like.device)
        return xp.index_select(x, 0, places) if hasattr(xp, "index_select") else xp.take(x, places, axis=0)

    largest = xp.amax if hasattr(xp, "amax") else xp.max
    return array_api.functions(xp, array) | {
        "take": take,
        "concat": xp.concat,
        "reshape": xp.reshape,
        "broadcast_to": xp.broadcast_to,
        "total": xp.sum,
        "sum_over": lambda x, axis, keep: xp.sum(x, axis=axis, keepdims=keep),
        "largest": lambda x, keep: largest(x, axis=0, keepdims=keep),
        "zeros": lambda *shape: xp.zeros(shape, dtype=like.dtype, device=like.device),
    }


def library_source(steps: Steps) -> tuple[str, dict[str, Any]]:
    """The source of `value_and_gradient(parameters, rows, weights)`, and the arrays of numbers that it refers to.

    It takes the vector of all parameters, a matrix with a row for each row of data, and the weights of these, whose sum
    is 1.
    """
    writer = _Writer(steps)
    return writer.source(), writer.constants


class _Writer:
    def __init__(self, steps: Steps) -> None:
        self.steps, self.arrays = steps, steps.arrays
        self.names: dict[Term, str] = {x: str(x.head) for x in (steps.parameters, steps.data, steps.weights)}
        self.constants: dict[str, Any] = {}
        self.lines: list[str] = []
        self.unused = Names(self.arrays.taken)
        self.prepared = {variable: x for x, variable in self.arrays.of_data.items()}

    def source(self) -> str:
        steps = self.steps
        for constant, values in steps.constants.items():
            name = self.unused.new("numbers")
            self.constants[name] = values.tolist()
            self.put(constant, f"array({name})")
        for step in self.needed():
            self.put(step.target, self.expression(step))
        parts = []
        if isinstance(steps.losses, Term) or steps.losses:
            parts.append(f"total(weights * {self.value(steps.losses)})")
        if isinstance(steps.penalty, Term) or steps.penalty or not parts:
            penalty = self.value(steps.penalty)
            parts.append(f"reshape({penalty}, ())" if isinstance(steps.penalty, Term) else penalty)
        return "\n".join([
            "def value_and_gradient(parameters, rows, weights):",
            '    """The mean loss with these weights, whose sum is 1, and its gradient."""',
            "    parameters, data, weights = reshape(parameters, (-1, 1)), rows.T, reshape(weights, (1, -1))",
            "    n = weights.shape[1]",
            *(f"    {line}" for line in self.lines),
            f"    return {' + '.join(parts)}, reshape({self.value(steps.gradient)}, (-1,))",
            "",
        ])  # fmt: skip

    def needed(self) -> list[Step]:
        """The steps that something comes of."""
        steps = self.steps
        wanted = self.sources(x for x in (steps.losses, steps.penalty, steps.gradient) if isinstance(x, Term))
        kept = []
        for step in reversed(steps.steps):
            if step.target in wanted:
                kept.append(step)
                wanted |= self.sources(reads(step))
        return kept[::-1]

    def sources(self, variables: Iterable[Term]) -> set[Term]:
        """These variables, and those that what is prepared of data is computed from."""
        found, stack = set[Term](), [*variables]
        while stack:
            x = stack.pop()
            if x not in found:
                found.add(x)
                if x in self.prepared:
                    stack += [y for y in reachable([self.prepared[x]]) if isinstance(y.head, str)]
        return found

    def put(self, x: Term, expression: str) -> None:
        """Give what an expression computes a name."""
        name = x.head if isinstance(x.head, str) else self.unused.new("")
        self.names[x] = name
        self.lines.append(f"{name} = {expression}")

    def value(self, x: Any) -> str:
        """The name of a Term, which is computed before if need be, or a number."""
        if not isinstance(x, Term):
            return repr(float(x))
        for term in reachable([x], known=self.names):
            if term.constant is not None:
                self.names[term] = repr(term.constant)
            elif term in self.prepared:
                self.put(term, self.value(self.prepared[term]))
            else:
                self.put(term, self.function(term))
        return self.names[x]

    def function(self, x: Term) -> str:
        """A function of what has names."""
        op, args = x.head, [self.names[a] for a in x.args]
        assert isinstance(op, Op)
        keep = len(self.arrays.shape(x.args[0])) == 2
        if op is SUM or op is SUM_ROWS:
            return f"sum_over({args[0]}, {0 if op is SUM else -1}, {keep or op is SUM_ROWS})"
        if op is LARGEST:
            return f"largest({args[0]}, {keep})"
        if op.name in _OPERATORS:
            return f"{args[0]} {_OPERATORS[op.name]} {args[1]}"
        if op is ops.neg or op is ops.NOT:
            return f"{'-' if op is ops.neg else '~'}{args[0]}"
        return f"{op.name}({', '.join(args)})"

    def expression(self, step: Step) -> str:
        """What a step computes."""
        shape = self.arrays.shape(step.target)
        match step:
            case Define(_, term):
                if self.arrays.is_whole(step.target, term, self.names):
                    for arg in term.args:
                        self.value(arg)
                    self.names[term] = str(step.target.head)
                    return self.function(term)
                value = self.value(term)
                if self.arrays.shape(term) == shape:
                    return value
                return f"broadcast_to({f'array({value})' if term.constant is not None else value}, {_sized(shape)})"
            case View(_, source, start):
                return self.view(source, start, shape)
            case Take(_, source, index):
                return f"take({self.value(source)}, {index.tolist()})"
            case Join(_, parts):
                arrays = [
                    f"broadcast_to({self.value(p)}, {_sized((self.arrays.shape(p)[0], shape[1]))})" for p in parts
                ]
                return f"concat([{', '.join(arrays)}])"
            case Linear(_, weights, inputs, biased, k):
                n = self.arrays.shape(weights)[1] - biased
                x = self.value(inputs) if k == 1 else f"reshape({self.value(inputs)}, ({n}, {k} * n))"
                w = self.value(weights)
                if biased:
                    return f"{w}[:, :{n}] @ {x} + {w}[:, {n}:]"
                return f"{w} @ {x}" if k == 1 else f"reshape({w} @ {x}, ({shape[0]}, n))"
            case Back(_, weights, d, biased, k):
                m, n = self.arrays.shape(weights)
                w = f"{self.value(weights)}[:, :{n - 1}]" if biased else self.value(weights)
                if k == 1:
                    return f"{w}.T @ {self.value(d)}"
                return f"reshape({w}.T @ reshape({self.value(d)}, ({m}, {k} * n)), ({shape[0]}, n))"
            case Outer(_, d, inputs, biased, k):
                m, n = self.arrays.shape(d)[0] // k, self.arrays.shape(inputs)[0] // k
                rows, x = self.value(d), self.value(inputs)
                if k > 1:
                    rows, x = f"reshape({rows}, ({m}, {k} * n))", f"reshape({x}, ({n}, {k} * n))"
                product = f"{rows} @ {x}.T"
                if biased:
                    product = f"concat([{product}, sum_over({rows}, 1, True)], axis=1)"
                return f"reshape({product}, (-1, 1))"
        assert isinstance(step, Scatter)  # the last kind
        return self.scatter(step, shape)

    def view(self, source: Term, start: int, shape: Shape) -> str:
        *lengths, rows = self.arrays.shape(source)
        size = math.prod(s for s in shape if s != ROWS) if shape[-1] == ROWS or rows == 1 else shape[0]
        text = self.value(source)
        if len(lengths) > 1:
            text = f"reshape({text}, {_sized((math.prod(lengths), rows))})"
        if start or size < math.prod(lengths):
            text = f"{text}[{start}:{start + size}, :]"
        return text if shape[1:] == (rows,) else f"reshape({text}, {_sized(shape)})"

    def scatter(self, step: Scatter, shape: Shape) -> str:
        """The parts one after the other, or each among zeros, and their sum."""
        whole, rows = shape[0], "n" if shape[1] == ROWS else "1"
        pieces = [(lanes, self.arrays.shape(part)[0], self.value(part)) for lanes, part in step.parts]
        ordered = sorted((p for p in pieces if isinstance(p[0], int)), key=lambda p: p[0])
        ends = [lanes + n for lanes, n, _ in ordered]
        if len(ordered) == len(pieces) and [p[0] for p in ordered] == [0, *ends[:-1]] and ends[-1:] == [whole]:
            return f"concat([{', '.join(name for *_, name in ordered)}])"
        texts = []
        for lanes, n, name in pieces:
            if isinstance(lanes, int):
                around = [
                    (f"zeros({lanes}, {rows})", lanes),
                    (name, n),
                    (f"zeros({whole - lanes - n}, {rows})", whole - lanes - n),
                ]
                some = [text for text, length in around if length]
                texts.append(f"concat([{', '.join(some)}])" if len(some) > 1 else name)
            else:
                self.constants[key := self.unused.new("places")] = [
                    [float(lane == i) for lane in lanes.tolist()] for i in range(whole)
                ]
                texts.append(f"array({key}) @ {name}")
        return " + ".join(texts) or f"zeros({whole}, {rows})"


def _sized(shape: Shape) -> str:
    return f"({', '.join('n' if s == ROWS else str(s) for s in shape)})"
