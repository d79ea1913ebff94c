"""What keeps the digits that an expression as it is written loses: `rewritings`, from a table of expressions.

A row is the expression and what to write in its place, both as functions. The expression is recorded once, as a graph
to compare others with; what to write instead is read in Formulas.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from typing import Any, NamedTuple

from autograd import ops
from autograd.formula import Formula, formula
from autograd.op import Op
from autograd.value import Value

__all__ = ["SUGGESTIONS", "Rewriting", "Suggestion", "rewritings"]

READABLE = 80  # letters of an expression in a message, at most


class Suggestion(NamedTuple):
    """An expression, what to write in its place, and a remark on that."""

    expression: Callable[..., Any]
    instead: Callable[..., Any]
    remark: str = ""


_OF_LOGITS = " (for a loss: nn.log_loss_with_logits)"
SUGGESTIONS = [
    Suggestion(lambda x: ops.exp(x) - 1, lambda x: ops.expm1(x)),
    Suggestion(lambda x: 1 - ops.exp(x), lambda x: -ops.expm1(x)),
    Suggestion(lambda x, y: ops.exp(x) - ops.exp(y), lambda x, y: ops.exp(y) * ops.expm1(x - y)),
    Suggestion(lambda x: ops.log(1 + x), lambda x: ops.log1p(x)),
    Suggestion(lambda x: ops.log2(1 + x), lambda x: ops.log1p(x) / math.log(2)),
    Suggestion(lambda x: ops.log10(1 + x), lambda x: ops.log1p(x) / math.log(10)),
    Suggestion(lambda x, y: ops.log(x) - ops.log(y), lambda x, y: ops.log1p((x - y) / y)),
    Suggestion(lambda x: ops.log(1 + ops.exp(x)), lambda x: ops.softplus(x)),
    Suggestion(lambda x: ops.log(ops.sigmoid(x)), lambda x: -ops.softplus(-x), _OF_LOGITS),
    Suggestion(lambda x: ops.log(1 - ops.sigmoid(x)), lambda x: -ops.softplus(x), _OF_LOGITS),
    Suggestion(lambda x: 1 - ops.sigmoid(x), lambda x: ops.sigmoid(-x)),
    Suggestion(lambda x: 1 / (1 + ops.exp(-x)), lambda x: ops.sigmoid(x)),
    Suggestion(lambda x: 1 - ops.erf(x), lambda x: ops.erfc(x)),
    Suggestion(lambda x: 1 - ops.cos(x), lambda x: 2 * ops.sin(x / 2) ** 2),
    Suggestion(lambda x: ops.cos(x) - 1, lambda x: -(2 * ops.sin(x / 2) ** 2)),
    Suggestion(lambda x: ops.cosh(x) - 1, lambda x: 2 * ops.sinh(x / 2) ** 2),
    Suggestion(lambda x: 1 - ops.ncdf(x), lambda x: ops.ncdf(-x)),
    Suggestion(lambda x: 1 - ops.tanh(x), lambda x: 2 * ops.sigmoid(-(2 * x))),
    Suggestion(lambda x: 1 - ops.tanh(x) ** 2, lambda x: 1 / ops.cosh(x) ** 2),
    Suggestion(lambda x: 1 - ops.tanh(x) * ops.tanh(x), lambda x: 1 / ops.cosh(x) ** 2),
    Suggestion(lambda x: ops.sqrt(x + 1) - 1, lambda x: x / (ops.sqrt(x + 1) + 1)),
    Suggestion(lambda x, y: ops.sqrt(x**2 + y**2), lambda x, y: ops.hypot(x, y)),
    Suggestion(lambda x, y: ops.sqrt(x * x + y * y), lambda x, y: ops.hypot(x, y)),
    Suggestion(lambda x: 1 - x**2, lambda x: (1 - x) * (1 + x)),  # one_minus_square
    Suggestion(lambda x: 1 - x * x, lambda x: (1 - x) * (1 + x)),
    Suggestion(lambda x, y: x**2 - y**2, lambda x, y: (x - y) * (x + y)),
    Suggestion(lambda x, y: x * x - y * y, lambda x, y: (x - y) * (x + y)),
    Suggestion(lambda x, y: (y + x) - y, lambda x, y: x),
    Suggestion(lambda x, y: (x - y) + y, lambda x, y: x),
]


class Rewriting(NamedTuple):
    """What to write in place of a node, in Python, and the nodes that it replaces."""

    node: Value
    python: str
    covered: frozenset[Value]


def rewritings(order: Iterable[Value]) -> Iterator[Rewriting]:
    """All that the table has to say on these nodes."""
    patterns = _patterns()
    for node in order:
        for pattern, variables, row in patterns.get(node.op, ()):
            bound: dict[Value, Any] = {}
            if _matches(pattern, node, bound):
                covered = frozenset(x for one, x in bound.items() if one.op is not None)
                yield Rewriting(
                    node, _python_of(row.instead(*[_formula(bound[x]) for x in variables])) + row.remark, covered
                )
        if node.op is ops.log and (exponentials := _terms(node.args[0])):
            exponents = [_formula(x.args[0]) for x in exponentials if x.op is ops.exp]
            if len(exponents) == len(exponentials) > 1:
                yield Rewriting(
                    node, _python_of(ops.logsumexp(exponents)), frozenset([node, *exponentials, node.args[0]])
                )


def _terms(x: Value) -> list[Value]:
    """The terms of a sum, however it was added up; constants other than 0 are terms that nothing knows."""
    terms, stack = [], [x]
    while stack:
        node = stack.pop()
        if node.op in (ops.add, ops.sum):
            stack += [y if isinstance(y, Value) else Value(y) for y in reversed(node.args) if isinstance(y, Value) or y]
        else:
            terms.append(node)
    return terms


def _formula(x: Any) -> Formula:
    return formula(x) if isinstance(x, Value) else Formula.of(x)


def _python_of(written: Formula) -> str:
    python = written.python
    return python if len(python) <= READABLE else f"{python[: READABLE - 3]}..."


@cache
def _patterns() -> dict[Op | None, list[tuple[Value, list[Value], Suggestion]]]:
    """The table by the op of the expression: its graph, and the variables of that."""
    patterns: dict[Op | None, list[tuple[Value, list[Value], Suggestion]]] = {}
    for row in SUGGESTIONS:
        variables = [Value(0.5) for _ in range(row.expression.__code__.co_argcount)]
        pattern = row.expression(*variables)
        patterns.setdefault(pattern.op, []).append((pattern, variables, row))
    return patterns


def _matches(pattern: Any, x: Any, bound: dict[Value, Any]) -> bool:
    """Whether `x` is the pattern, whose nodes are then bound to what they stand for."""
    if not isinstance(pattern, Value) or pattern in bound:
        same = bound.get(pattern, pattern)
        return same is x or (not isinstance(same, Value) and not isinstance(x, Value) and bool(same == x))
    if pattern.op is not None:
        if not isinstance(x, Value) or x.op is not pattern.op:
            return False
        for args in (x.args, x.args[::-1])[: 2 if x.op in (ops.add, ops.mul) else 1]:
            trial = dict(bound)
            if all(_matches(p, a, trial) for p, a in zip(pattern.args, args, strict=True)):
                bound.update(trial)
                break
        else:
            return False
    bound[pattern] = x
    return True
