"""Rules read in whole arrays: Terms whose variables are arrays of lanes by rows, and the shapes that follow.

A sequence, of which `sum`, `dot` or `logsumexp` is taken, is one array, too; a rule meets it as a sequence of a single
element that stands for all of them, and where it adds them up, the array is summed over its first axis.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Collection, Iterable
from functools import reduce
from types import ModuleType
from typing import Any

from autograd import ops
from autograd.compiler.rows.normal import CONSTANT, DATA, ROW
from autograd.compiler.terms.simplify import LOWERED
from autograd.compiler.terms.terms import PRIMITIVES, Term, Terms
from autograd.op import Op

__all__ = ["LARGEST", "ROWS", "SUM", "SUM_ROWS", "Arrays", "Shape"]

ROWS = -1  # as a length: as many as there are rows
Shape = tuple[
    int, ...
]  # (lanes, ROWS), or (lanes, 1) of what is the same in all rows; of a sequence with its length first

SUM = Op("sum", lambda m, x: (x, (1.0,)))  # over the first axis; of two axes it stays, with length 1
LARGEST = Op("max", lambda m, x: (x, (0.0,)))
SUM_ROWS = Op("sum_rows", lambda m, x: (x, (1.0,)))  # over the last axis, which stays, with length 1

_LIMIT = 708.0  # exp of more may overflow
_GT, _LT, _GE, _LE = (ops.RELATIONS[name] for name in ("gt", "lt", "ge", "le"))


class Arrays:
    """The Terms of a program, their shapes, what they depend on, and the namespace `m` in which rules are read."""

    def __init__(self) -> None:
        self.table = Terms()
        self.shapes: dict[Term, Shape] = {}
        self.on: dict[Term, int] = {}
        self.taken: set[str] = set()  # names of variables
        self.of_data: dict[Term, Term] = {}  # what is computed once, and the variable that stands for it
        self.m: ModuleType = ops.namespace("arrays", _FUNCTIONS | {"sum": self.sum, "shift": self.shift})

    def variable(self, name: str, shape: Shape, on: int) -> Term:
        """A Term that stands for an array; its name is like the one given, and no other's."""
        while name in self.taken:
            name += "_"
        self.taken.add(name)
        term = self.table.variable(name)
        self.shapes[term], self.on[term] = shape, on
        return term

    def shape(self, term: Term) -> Shape:
        """The shape of a Term: that of its operands, broadcast."""
        shape: Shape = self._known(term, self.shapes, _shape)
        return shape

    def depends(self, term: Term) -> int:
        """What a Term depends on, as in `normal`."""
        on: int = self._known(term, self.on, _depends)
        return on

    def is_whole(self, x: Term, term: Term, names: Collection[Term]) -> bool:
        """Whether the array `x` is `term` as it stands, a function that is not among those with `names` yet."""
        return isinstance(term.head, Op) and term not in names and self.shape(term) == self.shape(x)

    @staticmethod
    def _known(term: Term, known: dict[Term, Any], of: Any) -> Any:
        stack = [] if term in known else [term]
        while stack:
            x = stack[-1]
            missing = [a for a in x.args if a not in known]
            if x not in known and missing:
                stack += missing
                continue
            stack.pop()
            if x not in known:
                known[x] = of(x.head, [known[a] for a in x.args])
        return known[term]

    def sum(self, xs: Iterable[Any]) -> Any:
        """The sum of numbers, of which an element of a sequence stands for all."""
        parts = [SUM(x) if isinstance(x, Term) and self._is_sequence(x) else x for x in xs]
        return reduce(operator.add, parts) if parts else 0.0

    def shift(self, xs: Iterable[Any]) -> Any:
        """The largest of a sequence."""
        return LARGEST(*xs)

    def _is_sequence(self, x: Term) -> bool:
        return self.shape(x)[:1] != (1,) and self.shape(x) != ()

    def times(self, x: Any, y: Any) -> Any:
        """x y, in which what depends on the data alone stands together, and so does what depends on the parameters."""
        factors = [*_factors(x), *_factors(y)]
        if len({self.depends(f) for f in factors if isinstance(f, Term)}) < 2:
            return x * y
        groups: dict[int, Any] = {}
        for f in factors:
            on = self.depends(f) if isinstance(f, Term) else CONSTANT
            groups[on] = groups[on] * f if on in groups else f
        c = groups.pop(CONSTANT, 1.0)
        if DATA in groups:
            groups[DATA], c = self.prepared(groups[DATA] * c), 1.0
        return reduce(operator.mul, [groups[on] for on in sorted(groups, reverse=True)]) * c

    def prepared(self, x: Term) -> Term:
        """The variable for what depends on the data alone."""
        if isinstance(x.head, str):
            return x
        if x not in self.of_data:
            self.of_data[x] = self.variable(_in_words(x) or f"c_{len(self.of_data) + 1}", self.shape(x), DATA)
        return self.of_data[x]


def _in_words(x: Term) -> str:
    """A name that says what a product is; none for anything else, or where it would be long."""
    factors = _factors(x)
    numbers = [f for f in factors if not isinstance(f, Term)]
    words = [str(f.head) for f in factors if isinstance(f, Term)] + [f"{f:g}" for f in numbers if abs(f) != 1]
    name = "minus_" * (math.prod(numbers) == -1) + "_times_".join(words)
    return name if len(name) <= 40 and name.isidentifier() else ""


def _depends(op: Any, args: list[int]) -> int:
    return ROW if op is SUM_ROWS else reduce(operator.or_, args, CONSTANT)  # each batch has a sum of its own


def _shape(op: Any, shapes: list[Shape]) -> Shape:
    if op is SUM or op is LARGEST:
        (shape,) = shapes
        return shape[1:] if len(shape) > 2 else (1, *shape[1:])
    if op is SUM_ROWS:
        return (*shapes[0][:-1], 1)
    return broadcast(shapes)


def broadcast(shapes: Iterable[Shape]) -> Shape:
    """The shape of what is computed from arrays of these `shapes`, as NumPy has it."""
    whole: list[int] = []
    for shape in shapes:
        whole = [1] * (len(shape) - len(whole)) + whole
        for i, n in enumerate(reversed(shape), start=1):
            whole[-i] = whole[-i] if n == 1 else n
    return tuple(whole)


def _factors(x: Any) -> list[Any]:
    if isinstance(x, Term):
        if x.head is ops.mul:
            return [*_factors(x.args[0]), *_factors(x.args[1])]
        if x.head is ops.neg:
            return [-1.0, *_factors(x.args[0])]
        if x.constant is not None:
            return [x.constant]
    return [x]


# -- what arrays have of their own ----------------------------------------------------------------------------


def _odds_against(x: Any) -> Any:
    """e^-x, but no overflow."""
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


def _pow(x: Any, y: Any) -> Any:
    """Of a constant exponent as few products as it takes."""
    power = ops.pow(x, y)
    return LOWERED[ops.power](*power.args) if isinstance(power, Term) and power.head is ops.power else power


def _where(condition: Any, a: Any, b: Any) -> Any:
    """`ops.where`, but as one of the functions that arrays have where it says the same, NaN included."""
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


_FUNCTIONS: dict[str, Any] = {op.name: op for op in PRIMITIVES if op.name in ops.TABLE} | {
    "maximum": ops.maximum,
    "minimum": ops.minimum,
    "sign": ops.sign,
    "pow": _pow,
    "where": _where,
    "sech": _sech,
    "sigmoid": _sigmoid,
    "sigmoid_slope": _sigmoid_slope,
}
