"""Operations on whole arrays of lanes by rows of data, and the shapes that they make."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterable
from functools import reduce
from typing import Any

from autograd.compiler.terms.terms import Term, reachable
from autograd.op import Op

__all__ = [
    "CONSTANT", "DATA", "LARGEST_LANE", "MATMUL", "OUTER", "PARAMETERS", "ROW", "ROWS", "SUM_LANES", "SUM_ROWS",
    "TRANSPOSE", "ArrayOp", "ArrayShape", "Known", "is_a", "shape_of", "sized", "union",
]  # fmt: skip

CONSTANT, PARAMETERS, DATA, ROW = 0, 1, 2, 3  # what a Term depends on: a row depends on both
ROWS = -1  # as a length: as many as there are rows; -k is k times as many
ArrayShape = tuple[
    int, ...
]  # (lanes, ROWS), or (lanes, 1) of what is the same in all rows; of a sequence its length first


class ArrayOp(Op):
    """An operation on whole arrays; `details` are its arguments that are no arrays.

    - `part` (start, stop, axis): the places from `start` up to `stop` of an axis.
    - `take` (index): the lanes that `index` names.
    - `reshape` (shape): the same numbers in another shape; `broadcast` (shape): repeated as often as the shape says.
    - `join` (lanes): arrays one after the other, each of that many lanes.
    - `scatter` (shape, places): 0, plus an array at each place, a range of lanes or an array of them.
    - `sum`, `max` (axis, keep): along an axis, which is dropped, or kept with length 1.
    - `matmul`; `outer`, which is A Bᵀ for A and B; `transpose`.
    """

    __match_args__ = ("name", "details")

    def __init__(self, name: str, *details: Any) -> None:
        super().__init__(name, lambda m, x: (math.nan, (0.0,)))
        self.details = details


MATMUL, OUTER, TRANSPOSE = map(ArrayOp, ("matmul", "outer", "transpose"))
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
