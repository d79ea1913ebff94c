"""Terms that are arrays of lanes by rows of data: their shapes, the operations that they have besides functions.

A function of Terms works number by number, and operands are broadcast as NumPy does it. A sequence, of which `sum`,
`dot` or `logsumexp` is taken, is one array, too, with its elements along the first axis; a rule meets it as a sequence
of a single element that stands for all of them, and where it adds them up, the array is summed over that axis.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterable, Sequence
from functools import reduce
from sys import float_info
from types import ModuleType
from typing import TYPE_CHECKING, Any

from autograd import ops
from autograd.compiler.terms.array_ops import (
    ARRAY_FUNCTIONS,
    COLUMN,
    CONSTANT,
    DATA,
    LARGEST_LANE,
    SUM_LANES,
    TRANSPOSE,
    ArrayOp,
    ArrayShape,
    Known,
    shape_of,
    union,
)
from autograd.compiler.terms.loop import data_of
from autograd.compiler.terms.terms import Term, Terms
from autograd.op import Op

if TYPE_CHECKING:
    import numpy as np

__all__ = ["Arrays"]


class Arrays:
    """The Terms of a program, the `shape` of each, what it `depends` on, and the namespace `m` in which rules are read.

    `nodes` are those Terms whose rules are to be read yet.
    """

    def __init__(self, table: Terms | None = None) -> None:
        self.table = table or Terms()
        self.labels = self.table.labels
        self.shapes, self.on = Known(shape_of), Known(union)
        self.shape: Callable[[Term], ArrayShape] = self.shapes.__getitem__
        self.depends: Callable[[Term], int] = self.on.__getitem__
        self.nodes: set[Term] = set()
        self.made: dict[Any, ArrayOp] = {}
        functions = ARRAY_FUNCTIONS | {name: getattr(self, name) for name in _OF_ARRAYS}
        self.m: ModuleType = ops.namespace("arrays", functions)

    def variable(self, name: str, shape: ArrayShape, on: int) -> Term:
        """A Term that stands for an array."""
        return self.describe(self.table.variable(name), shape, on)

    def describe(self, variable: Term, shape: ArrayShape, on: int) -> Term:
        """Record the shape of a variable and what it depends on, and return it."""
        self.shapes[variable], self.on[variable] = shape, on
        return variable

    def constants(self, numbers: Iterable[float]) -> Term:
        """The array of constants with a number for each lane."""
        x = data_of(self.table, [*map(float, numbers)], "numbers")
        self.labels[x] = "numbers"
        return x

    # -- operations on whole arrays -------------------------------------------------------------------------------

    def of(self, op: Op, *args: Term) -> Term:
        """`op` of `args` as it stands."""
        return self.table.made(op, args)

    def _of(self, xs: Iterable[Term], name: str, *details: Any, key: Any = None) -> Term:
        """An operation on whole arrays, made once for each key; that is the details if they can be one."""
        key = name, details if key is None else key
        if key not in self.made:
            self.made[key] = ArrayOp(name, *details)
        return self.of(self.made[key], *xs)

    def part(self, x: Term, start: int, stop: int, axis: int = 0) -> Term:
        """Some lanes, or what is at some places of another axis."""
        if (start, stop) == (0, self.shape(x)[axis]):
            return x
        match x.head:
            case ArrayOp("part", (first, _, along)) if along == axis:
                return self.part(x.args[0], first + start, first + stop, axis)
            case ArrayOp("transpose") if len(self.shape(x)) == 2:
                return self.of(TRANSPOSE, self.part(x.args[0], start, stop, 1 - axis))
        return self._of([x], "part", start, stop, axis)

    def take(self, x: Term, index: np.ndarray) -> Term:
        """The lanes of x that `index` names."""
        first, n = int(index[0]), len(index)
        if (index == range(first, first + n)).all():
            return self.part(x, first, first + n)
        return self._of([x], "take", index, key=index.tobytes())

    def reshaped(self, x: Term, shape: ArrayShape) -> Term:
        """The numbers of x in another shape."""
        return x if self.shape(x) == shape else self._of([x], "reshape", shape)

    def largest(self, x: Term, axis: int) -> Term:
        """The largest along an axis, which stays with length 1."""
        return self._of([x], "max", axis, True)

    def broadcast(self, x: Term, shape: ArrayShape) -> Term:
        """x, repeated as often as the shape says."""
        return x if self.shape(x) == shape else self._of([x], "broadcast", shape)

    def joined(self, parts: Sequence[tuple[Term, int]]) -> Term:
        """Arrays one after the other, each with its number of lanes."""
        lanes = tuple(n for _, n in parts)
        last = min([self.shape(x)[-1] for x, _ in parts if self.shape(x)])
        whole = [self.broadcast(x, (n, last)) for x, n in parts]
        return whole[0] if len(parts) == 1 else self._of(whole, "join", lanes)

    def scattered(self, shape: ArrayShape, parts: Sequence[tuple[range | np.ndarray, Term]]) -> Term:
        """0, plus each part at its place."""
        return self.of(ArrayOp("scatter", shape, [place for place, _ in parts]), *(x for _, x in parts))

    def sum(self, xs: Iterable[Any]) -> Any:
        """The sum of numbers; one element of a sequence stands for all of them."""
        parts = [self.summed(x) if isinstance(x, Term) and self._is_sequence(x) else x for x in xs]
        return reduce(operator.add, parts) if parts else 0.0

    def summed(self, x: Term) -> Term:
        """The sum over the first axis, which is kept with length 1 if there are only two."""
        negative = x.head is ops.neg
        total = self.of(SUM_LANES[len(self.shape(x)) == 2], x.args[0] if negative else x)
        return -total if negative else total

    def shift(self, xs: Sequence[Term]) -> Term:
        """The largest of a sequence."""
        (x,) = xs
        return self.of(LARGEST_LANE[len(self.shape(x)) == 2], x)

    def logsumexp(self, xs: Sequence[Term]) -> Any:
        """ln of the sum of e^x; no digit is lost in the 1 that is the largest."""
        largest, _, rest = self._powers(xs)
        return largest + ops.log1p(rest)

    def softmax(self, xs: Sequence[Term]) -> list[Any]:
        """e^x divided by their sum."""
        _, powers, rest = self._powers(xs)
        return [powers / (1.0 + rest)]

    def softmax_loss(self, xs: Sequence[Term], i: Term) -> Any:
        """logsumexp less the element `i`; no digit is lost where that is the largest."""
        here = self._here(xs, i)
        largest, _, rest = self._powers(xs, here)
        target = self.summed(ops.where(here == 0.0, 0.0, xs[0]))
        return (largest - target) + ops.log1p(rest)

    def softmax_error(self, xs: Sequence[Term], i: Term) -> list[Any]:
        """The slopes of `softmax_loss`: softmax, less 1 at `i`; the 1 is subtracted before the division, so exactly."""
        here = self._here(xs, i)
        _, powers, rest = self._powers(xs, here)
        return [((powers - here) - here * rest) / (1.0 + rest)]

    def _powers(self, xs: Sequence[Term], one: Any = None) -> tuple[Term, Any, Any]:
        """The largest of a sequence, e^x relative to its own, and the sum of these less 1, without the largest.

        With `one`, which is 1 for one element and 0 for the others, the 1 of that element is left out instead.
        """
        (x,), largest = xs, self.shift(xs)
        finite, top = _bounded(x), _bounded(largest)
        powers = ops.exp(finite - top)  # 1 for the largest, infinite ones included
        if one is None:
            ones = ops.floor(powers)
            rest = self.summed(powers - ones) + (self.summed(ones) - 1.0)
        else:
            rest = self.summed(powers - one)
        for term, name in ((finite, "finite"), (top, "top"), (powers, "powers"), (rest, "rest")):
            self.labels.setdefault(term, name)
        return largest, powers, rest

    def _here(self, xs: Sequence[Term], i: Term) -> Any:
        """1 at the place `i` of a sequence, else 0; NaN if `i` is not one of its places."""
        n, *others = self.shape(xs[0])
        places = self.reshaped(self.constants(range(n)), (n, *[1 for _ in others]))
        here = ops.where(places == (i.args[0] if i.head is COLUMN else i), 1.0, 0.0)
        known = here + ops.sqrt(ops.where(self.summed(here) == 1.0, 0.0, -1.0))
        self.labels.setdefault(known, "one_hot")
        return self.prepared(known)

    def _is_sequence(self, x: Term) -> bool:
        return self.shape(x)[:1] != (1,) and self.shape(x) != ()

    # -- products -------------------------------------------------------------------------------------------------

    def times(self, x: Term, y: Term) -> Term:
        """x y, with the factors grouped by what they depend on: the data alone, the parameters alone, or both.

        A denominator that all lanes share divides the factor that they share.
        """
        if y.head is ops.div and self.shape(x)[:1] == self.shape(y.args[1])[:1] == (1,) != self.shape(y)[:1]:
            return y.args[0] * (x / y.args[1])
        factors = [*_factors(x), *_factors(y)]
        if len({self.depends(f) for f in factors if f.constant is None}) < 2:
            return x * y
        groups: dict[int, Term] = {}
        for f in factors:
            on = self.depends(f)
            groups[on] = groups[on] * f if on in groups else f
        c: Any = groups.pop(CONSTANT, 1.0)
        if DATA in groups:
            groups[DATA], c = self.prepared(groups[DATA] * c), 1.0  # or its constants would move
        product: Term = reduce(operator.mul, [groups[on] for on in sorted(groups, reverse=True)]) * c
        return product

    def prepared(self, x: Term) -> Term:
        """What depends on the data alone, as a column, which is computed only once and has a name."""
        if not x.args or x.head is COLUMN:
            return x
        column = self.of(COLUMN, x)
        self.labels[column] = self.labels.setdefault(x, self.in_words(x) or "c")
        return column

    def in_words(self, x: Term) -> str:
        """A name that says what a product is; none for anything else, or where it would be long."""
        factors = _factors(x)
        numbers = [f.constant for f in factors if f.constant is not None]
        words = [self.labels.get(f, "?") for f in factors if f.constant is None]
        words += [f"{f:g}" for f in numbers if abs(f) != 1]
        name = "minus_" * (math.prod(numbers) == -1) + "_times_".join(words)
        return name if len(name) <= 40 and name.isidentifier() else ""


_OF_ARRAYS = ("sum", "shift", "logsumexp", "softmax", "softmax_loss", "softmax_error")


def _bounded(x: Term) -> Term:
    """The number, or the largest one in place of infinity."""
    bounded: Term = ops.minimum(ops.maximum(x, -float_info.max), float_info.max)
    return bounded


def _factors(x: Term) -> list[Term]:
    found, stack = [], [x]
    while stack:
        y = stack.pop()
        if y.head is ops.mul:
            stack += reversed(y.args)
        elif y.head is ops.neg:
            stack += [y.args[0], y.table.constant(-1.0)]
        else:
            found.append(y)
    return found
