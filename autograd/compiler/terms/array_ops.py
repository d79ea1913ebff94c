"""Operations on whole arrays of lanes by rows of data, the shapes that they make, and functions as arrays have them."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterable
from functools import reduce
from typing import Any

from autograd import ops
from autograd.compiler.terms.loop import Data
from autograd.compiler.terms.lowering import LOWERED, PRIMITIVES
from autograd.compiler.terms.terms import Term, reachable
from autograd.op import Op

__all__ = [
    "ARRAY_FUNCTIONS", "COLUMN", "CONSTANT", "DATA", "LARGEST_LANE", "MATMUL", "OUTER", "PARAMETERS", "ROW", "ROWS",
    "SUM_LANES", "SUM_ROWS", "TRANSPOSE", "ArrayOp", "ArrayShape", "Known", "is_a", "shape_of", "sized", "union",
]  # fmt: skip

CONSTANT, PARAMETERS, DATA, ROW = 0, 1, 2, 3  # what a Term depends on: a row depends on both
ROWS = -1  # as a length: as many as there are rows; -k is k times as many
# (lanes, ROWS), or (lanes, 1) of what is the same in all rows; of a sequence its length first.
ArrayShape = tuple[int, ...]


class ArrayOp(Op):
    """An operation on whole arrays; `details` are its arguments that are no arrays.

    - `part` (start, stop, axis): the places from `start` up to `stop` of an axis.
    - `take` (index): the lanes that `index` names.
    - `reshape` (shape): the same numbers in another shape; `broadcast` (shape): repeated as often as the shape says.
    - `join` (lanes): arrays one after the other, each of that many lanes.
    - `scatter` (shape, places): 0, plus an array at each place, a range of lanes or an array of them.
    - `sum`, `max` (axis, keep): along an axis, which is dropped, or kept with length 1.
    - `column`: the same, which depends on the data alone and is computed only once.
    - `matmul`; `outer`, which is A Bᵀ for A and B; `transpose`.
    """

    __match_args__ = ("name", "details")

    def __init__(self, name: str, *details: Any) -> None:
        super().__init__(name, lambda m, x: (math.nan, (0.0,)))
        self.details = details


COLUMN, MATMUL, OUTER, TRANSPOSE = map(ArrayOp, ("column", "matmul", "outer", "transpose"))
SUM_LANES, LARGEST_LANE = ({keep: ArrayOp(name, 0, keep) for keep in (True, False)} for name in ("sum", "max"))
SUM_ROWS = ArrayOp("sum", -1, True)

_RESHAPED = 4  # no longer a column of data, and only columns are computed once for all steps


def union(op: Any, args: list[int]) -> int:
    """What an operation depends on, from what each of its operands depends on."""
    on = ROW if op is SUM_ROWS or op is OUTER else reduce(operator.or_, args, CONSTANT)  # each batch has its own sum
    reshaped = isinstance(op, ArrayOp) and op.name == "reshape" and op.details[0][-1] < ROWS
    return on | _RESHAPED if reshaped else on


def shape_of(op: Any, shapes: list[ArrayShape]) -> ArrayShape:
    """The shape of an operation's result, from the shapes of its operands."""
    match op:
        case Data():
            return (len(op.numbers), 1)
        case ArrayOp("part", (start, stop, axis)):
            return (*shapes[0][:axis], stop - start, *shapes[0][axis + 1 :])
        case ArrayOp("take", (index,)):
            return (len(index), *shapes[0][1:])
        case ArrayOp("reshape" | "broadcast" | "scatter", (shape, *_)):
            return tuple(shape)
        case ArrayOp("join", (lanes,)):
            return (sum(lanes), *shapes[0][1:])
        case ArrayOp("sum" | "max", (axis, keep)):
            whole = list(shapes[0])
            whole[axis : axis + 1 or None] = [1] * keep
            return tuple(whole)
        case ArrayOp("transpose"):
            return (*shapes[0][:-2], *shapes[0][:-3:-1])
        case ArrayOp("matmul"):
            return (*shapes[0][:-1], *shapes[1][-1:])
        case ArrayOp("outer"):
            return (*shapes[0][:-1], *shapes[1][-2:-1])
    n = op.vectors if isinstance(op, Op) else 0  # how many sequences there are, which become numbers
    return _broadcast([*(shape[1:] if len(shape) > 2 else (1, *shape[1:]) for shape in shapes[:n]), *shapes[n:]])


def is_a(x: Term, *names: str) -> bool:
    """Whether a Term is one of these operations on whole arrays."""
    return isinstance(x.head, ArrayOp) and x.head.name in names


def _broadcast(shapes: Iterable[ArrayShape]) -> ArrayShape:
    """The shape of what is computed from arrays of these `shapes`, as NumPy has it."""
    whole: list[int] = []
    for shape in shapes:
        whole = [1] * (len(shape) - len(whole)) + whole
        for i, n in enumerate(reversed(shape), start=1):
            whole[-i] = whole[-i] if n == 1 else n
    return tuple(whole)


def sized(shape: ArrayShape) -> str:
    """A shape as Python, where `n` is the number of rows."""
    return f"({', '.join(str(s) if s > 0 else 'n' if s == ROWS else f'{-s} * n' for s in shape)})"


class Known(dict[Term, Any]):
    """A property of Terms: given for some; for the others `of` finds it from the head and the property of each arg."""

    def __init__(self, of: Callable[[Any, list[Any]], Any]) -> None:
        super().__init__()
        self.of = of

    def __missing__(self, term: Term) -> Any:
        for x in reachable([term], known=self):
            self[x] = self.of(x.head, [self[a] for a in x.args])
        return self[term]


# -- functions as arrays have them: how rules are read where NumPy has something quicker than their formulas ----------

_LIMIT = 708.0  # exp of more may overflow
_GT, _LT, _GE, _LE = (ops.RELATIONS[name] for name in ("gt", "lt", "ge", "le"))


def _odds_against(x: Any) -> Any:
    """e^-x, limited so that it does not overflow."""
    return ops.exp(ops.minimum(-x, _LIMIT))


def _sigmoid(x: Any) -> Any:
    return 1.0 / (1.0 + _odds_against(x))


def _sigmoid_slope(x: Any) -> Any:
    y, e = _sigmoid(x), _odds_against(x)
    made = x.table.made  # as a product, which is quicker than the quotient it could be simplified to
    return made(ops.mul, (y, made(ops.mul, (e, y))))


def _sech(x: Any) -> Any:
    e = ops.exp(-ops.abs(x))  # quicker than NumPy's cosh
    return 2.0 * e / (1.0 + e * e)


def _of_power(x: Any, y: Any) -> Any:
    """x^y; a constant exponent becomes as few products as possible."""
    power = ops.pow(x, y)
    return LOWERED[ops.power](*power.args) if isinstance(power, Term) and power.head is ops.power else power


def _chosen_by(condition: Any, a: Any, b: Any) -> Any:
    """`ops.where`, written as a maximum, a minimum or a sign where that gives the same, NaN included."""
    a, b = (x() if callable(x) and not isinstance(x, Op) else x for x in (a, b))
    if isinstance(condition, Term) and condition.head in (_GT, _LT, _LE):
        x, y = condition.args
        if _is(a, 0) and b is x and condition.head is _LE and y.constant == 0:
            return ops.maximum(x, 0.0)
        if _is(a, 1) and condition.head is _GT and y.constant == 0 and b is 0.0 * ops.maximum(x, 0.0):
            return ops.sign(ops.maximum(x, 0.0))
        for relation, other, extremum in ((_GT, _GE, ops.maximum), (_LT, _LE, ops.minimum)):
            if condition.head is relation and a is x and isinstance(b, Term) and b.head is ops.WHERE:
                at_least, c, d = b.args
                if at_least.head is other and at_least.args == (y, x) and c is y and d is x + y:
                    return extremum(x, y)
    return ops.where(condition, a, b)


def _is(x: Any, number: float) -> bool:
    return bool((x.constant if isinstance(x, Term) else x) == number)


ARRAY_FUNCTIONS: dict[str, Any] = {op.name: op for op in PRIMITIVES if op.name in ops.TABLE} | {
    "maximum": ops.maximum,
    "minimum": ops.minimum,
    "sign": ops.sign,
    "pow": _of_power,
    "where": _chosen_by,
    "sech": _sech,
    "sigmoid": _sigmoid,
    "sigmoid_slope": _sigmoid_slope,
}
