"""How functions are taken apart into what engines have: their rules are read with the namespace `LOWER`.

The sigmoid becomes a quotient of exponentials, and so does its slope, which share what they have in common. Some
functions that `math` has are taken apart, too, where a formula is quicker.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Sequence
from contextlib import suppress
from typing import Any

from autograd import ops
from autograd.compiler.errors import CompileError
from autograd.compiler.terms.fusing import fused
from autograd.compiler.terms.loop import FINAL, JOIN, STACKED, TAKE, Loop, looped
from autograd.compiler.terms.recipes import Recipe, followed, recipe
from autograd.compiler.terms.terms import Term, Terms, reachable
from autograd.op import Op

__all__ = ["LOWERED", "PRIMITIVES", "QUIET", "lower"]

FEW_OPERANDS = 20  # up to so many operands, reading a rule in variables pays


def lower(roots: Iterable[Term]) -> list[Term]:
    """`roots`, all of one table, in the functions that `math` has, with as few loops as possible."""
    return _lowered(fused(roots))


def _lowered(roots: Sequence[Term], known: Collection[Term] = ()) -> list[Term]:
    """`roots` in the functions that `math` has; Terms behind those `known` have been lowered already."""
    table = roots[0].table if roots else None
    lowered = table.lowered if table else {}  # which has only the Terms that change
    others = lowered.keys()
    recipes: dict[tuple[Op, int], Recipe | None] = {}
    for term in reachable(roots, known):
        op, args = term.head, term.args
        changed = not others.isdisjoint(args)
        if (op in _KEPT and not changed) or not isinstance(op, (Op, Loop)) or term in others:
            continue
        assert table is not None  # there is a root
        if changed:
            args = tuple([lowered.get(x, x) for x in args])
        if isinstance(op, Loop):
            first = args[1 : 1 + len(op.carries)]
            low = looped(op.with_roots(_lowered(op.roots, {*term.args})), args[0], first)
        elif op in _KEPT:
            low = table.of(op, args)
        else:
            low = _taken_apart(op, args, recipes)
            low = low if isinstance(low, Term) else table.constant(low)
        if low is not term:
            lowered[term] = low
            if term in table.labels and low.constant is None:
                table.labels.setdefault(low, table.labels[term])
    return [lowered.get(x, x) for x in roots]


def _taken_apart(op: Op, args: tuple[Term, ...], recipes: dict[tuple[Op, int], Recipe | None]) -> Any:
    """`op` as other functions. Its rule is read in variables if possible, once for each number of operands."""
    read = LOWERED.get(op) or (lambda *xs: op.read(LOWER, xs)[0])
    kind = op, len(args)
    if kind not in recipes:
        recipes[kind] = None
        if op is not ops.power and 0 < len(args) <= FEW_OPERANDS:
            variables = [*map(Terms().variable, [""] * len(args))]
            with suppress(CompileError):
                recipes[kind] = recipe(read(*variables), variables)
    known = recipes[kind]
    return read(*args) if known is None else followed(known, args)


_POWERS: dict[float | None, Callable[[Any], Any]] = {
    2.0: lambda x: x * x,
    3.0: lambda x: x * (x * x),
    4.0: lambda x: (x * x) * (x * x),
    -1.0: lambda x: 1 / x,
    -2.0: lambda x: 1 / (x * x),
    0.5: ops.sqrt,
    -0.5: lambda x: 1 / ops.sqrt(x),
    1.5: lambda x: x * ops.sqrt(x),
}


def _power_of(x: Any, n: Any) -> Any:
    made = _POWERS.get(n.constant)
    return x.table.made(ops.pow, (x, n)) if made is None else made(x)


def lower_shift(*xs: Any) -> Any:
    """The largest of some Terms."""
    largest = xs[0] if xs else 0.0
    for x in xs[1:]:
        largest = ops.where(x > largest, x, largest)
    return largest


def lower_logsumexp(*xs: Any) -> Any:
    """ln of the sum of e^x_i: of the largest plus ln(1 + the sum of the others relative to it).

    The others are added up without the largest, beside which they would lose their digits.
    """
    largest = lower_shift(*xs)
    powers = [ops.exp(ops.where(x == largest, 0.0, x - largest)) for x in xs]
    others, best, power = [], xs[0], powers[0]
    for x, y in zip(xs[1:], powers[1:], strict=True):
        others.append(ops.where(x > best, power, y))
        best, power = ops.where(x > best, x, best), ops.where(x > best, y, power)
    return largest + ops.log1p(lower_sum(*others)) if others else largest


def lower_sum(*xs: Any) -> Any:
    while len(xs) > 10:  # a sum of sums: quick to compile, and closer to the exact sum
        xs = tuple([ops.sum(xs[i : i + 10]) for i in range(0, len(xs), 10)])
    return ops.sum(xs)


LOWERED: dict[Op, Callable[..., Any]] = {
    ops.power: _power_of,
    ops.SHIFT: lower_shift,
    ops.sum: lower_sum,
    ops.logsumexp: lower_logsumexp,
}

# What engines have: the functions of `math` and polygamma, arithmetic, comparisons, and these.
PRIMITIVES: set[Op] = {
    *(op for name, op in ops.TABLE.items() if hasattr(math, name) and op not in (ops.pow, ops.degrees, ops.radians)),
    *(ops.add, ops.sub, ops.mul, ops.div, ops.neg, ops.abs, ops.pow, ops.sum, ops.polygamma),
    *(ops.WHERE, ops.NOT, *ops.RELATIONS.values()),
}
# Operations of floats for which Python never raises.
QUIET = {ops.add, ops.sub, ops.sum, ops.mul, ops.neg, ops.abs, ops.WHERE, ops.NOT, *ops.RELATIONS.values()}
_KEPT = PRIMITIVES - LOWERED.keys() | {FINAL, JOIN, STACKED, TAKE}
_OF_MATH = {op.name: op for op in PRIMITIVES if op.name in ops.TABLE}
LOWER = ops.namespace(
    "lower",
    _OF_MATH
    | {
        "where": ops.where,
        "sum": lambda xs: lower_sum(*xs),
        "shift": lambda xs: lower_shift(*xs),
        "logsumexp": lambda xs: lower_logsumexp(*xs),
    },
)
