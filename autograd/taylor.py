"""Taylor series: the rules of the table read once more, in power series.

If y = f(u, v), then y' = f_u u' + f_v v' along any line; the partials f_u and f_v are series, too, as the row of f
is read in series. A coefficient of y' takes those of u' and v' up to the same one and those of the partials before it,
among which may be y's own, as in exp' = exp: so they are found one after the other. The integral of y' is y.
(A. Griewank and A. Walther, "Evaluating Derivatives", 2008, section 13.2, has a recurrence for each function instead.)
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from autograd import ops
from autograd.arithmetic import FLOATS, ieee
from autograd.call import RecordedCall, births, moving
from autograd.op import Op, Reading, as_float, evaluate
from autograd.tree import flatten_like
from autograd.value import Value

__all__ = ["taylor"]


def taylor(f: Callable[[Any], Any], x: Any, order: int, direction: Any = 1.0) -> list[Any]:
    """The Taylor coefficients of `f` at `x`: the c_0, ..., c_order in f(x + t) = c_0 + c_1 t + c_2 t^2 + ...

    - `f`: takes a number, or a structure of numbers as for `grad`; what it returns may be a structure, too.
    - `order`: a whole number from 0 on. The k-th derivative is k! c_k.
    - `direction`: has the structure of `x`, where that is no number; then the series is that of f(x + t direction).

    Each coefficient has the structure of the result. It is made of floats, or of Values where `f`, `x` or `direction`
    refer to Values, as in nested derivatives. The branches are those at `x`; on a kink the slopes are the table's.
    Where a slope is infinite, the coefficients that depend on it are infinite or NaN.

    Raises ValueError where `order` is none or `direction` does not fit, and what `f` raises, such as DomainError.

    >>> from autograd import exp
    >>> taylor(lambda x: exp(2 * x), 0.0, 4)
    [1.0, 2.0, 2.0, 1.3333333333333333, 0.6666666666666666]
    >>> taylor(lambda v: v[0] ** 2 * v[1], [3.0, 2.0], 3, direction=[1.0, 0.5])
    [18.0, 16.5, 5.0, 0.5]
    """
    if not hasattr(order, "__index__") or order < 0:
        raise ValueError(f"order is a whole number from 0 on, that of the last coefficient; got {order!r}.")
    order = operator.index(order)
    call = RecordedCall(f, (x,), {}, 0, has_aux=False)
    speeds = moving(zip(call.xs, flatten_like(direction, x, "direction", "argument"), strict=True))

    def start(x: Any) -> Any:
        return x.data if isinstance(x, Value) and call.closed else x

    m = _Functions()
    found = {x: Series(m, [start(x), speed]) for x, speed in speeds.items()}
    with (
        births(),
        ieee(),
    ):  # what is recorded here is not part of what calls this; infinite slopes are inf
        for node in call.order:
            if node not in found and not found.keys().isdisjoint(node.parents):
                assert node.op is not None  # inner nodes have one
                args = [found[x] if isinstance(x, Value) and x in found else start(x) for x in node.args]
                found[node] = m.series(node.op, args)
        ys = [found[y] if isinstance(y, Value) and y in found else start(y) for y in call.ys]
        m.extend([y for y in ys if isinstance(y, Series)], order)
    columns = [[*_known(y), *[0.0] * order] for y in ys]
    return [call.like_result(iter([column[k] for column in columns])) for k in range(order + 1)]


def _comparison(holds: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    return lambda x, y: holds(_known(x)[0], _known(y)[0])


class Series(Reading):
    """A power series.

    - `known`: its coefficients so far, `slope`: those of its derivative, both without the zeros at their end.
    - `terms`: pairs of lists whose products add up to its next coefficient, or that of its derivative.
    - `order`: which coefficient will be the last that is asked for.
    """

    __slots__ = ("args", "known", "m", "op", "order", "slope", "terms")

    def __init__(self, m: _Functions, known: list[Any], op: Op | None = None, args: Sequence[Any] = ()) -> None:
        self.m, self.known, self.slope, self.op, self.args, self.order = m, known, known[1:], op, args, 0
        self.terms = _RECURRENCES[op](known, *map(_known, args)) if op in _RECURRENCES else []

    @classmethod
    def read(cls, op: Op, args: tuple[Any, ...]) -> Series:
        """The series of `op`."""
        m: _Functions = next(x for x in args if isinstance(x, cls)).m
        return m.series(op, args)

    @property
    def data(self) -> float:  # type: ignore[override]  # is read only
        """The first coefficient, as a number."""
        return as_float(self.known[0])

    def extend(self, k: int) -> None:
        """Find the k-th coefficient."""
        n = k if self.op in _RECURRENCES else k - 1
        products: list[Any] = []
        for a, b in self.terms:
            low = max(0, n + 1 - len(b))
            products += map(operator.mul, a[low : n + 1], b[n - low :: -1])
        if products:
            total = sum(products[1:], products[0])
            if self.op is ops.div:
                total = _leading(ops.div, [total, -_known(self.args[1])[0]])
            self.known.append(total if n == k else total / k)
            self.slope.append(k * self.known[k])

    __lt__, __le__, __gt__, __ge__ = map(_comparison, (operator.lt, operator.le, operator.gt, operator.ge))
    __eq__, __ne__ = map(_comparison, (operator.eq, operator.ne))
    __hash__ = object.__hash__

    def __bool__(self) -> bool:
        return bool(self.known[0])


_ALONE = [1.0]
# The terms of z, from the coefficients of the operands. Of a quotient, 0 = y z - x, all but y_0 times the next one.
_RECURRENCES: dict[Op | None, Callable[..., list[tuple[list[Any], list[Any]]]]] = {
    ops.add: lambda z, x, y: [(x, _ALONE), (y, _ALONE)],
    ops.sub: lambda z, x, y: [(x, _ALONE), (y, [-1.0])],
    ops.neg: lambda z, x: [(x, [-1.0])],
    ops.mul: lambda z, x, y: [(x, y)],
    ops.div: lambda z, x, y: [(x, [-1.0]), (y, z)],
    ops.sum: lambda z, *xs: [(x, _ALONE) for x in xs],
    ops.dot: lambda z, *wx: [*zip(wx[: len(wx) // 2], wx[len(wx) // 2 :], strict=True)],
    ops.linear: lambda z, *wxb: [*_RECURRENCES[ops.dot](z, *wxb[:-1]), (wxb[-1], _ALONE)],
}


def _known(x: Any) -> list[Any]:
    return x.known if isinstance(x, Series) else [x]


def _leading(op: Op, xs: Sequence[Any]) -> Any:
    """`op` of first coefficients, which are numbers or Values."""
    if any(isinstance(x, Value) for x in xs):
        return Value.read(op, tuple(xs))
    return evaluate(op, [float(x) for x in xs], xs)[0]


class _Functions:
    """The namespace in which rules are read: functions that give series, of which no two are alike.

    - `made`: the series by op and operands, each after its operands.
    - `node`: the one whose rule is being read.
    """

    node: Series

    def __init__(self) -> None:
        self.made: dict[Any, Series] = {}

    def __getattr__(self, name: str) -> Any:
        function = getattr(ops, name)
        return partial(self.call, function) if isinstance(function, Op) else function

    def call(self, op: Op, *args: Any) -> Any:
        """A function of arguments as they stand in rules."""
        operands = op.operands(args)
        return self.series(op, operands) if any(isinstance(x, Series) for x in operands) else op(*args)

    def where(self, condition: Any, a: Any, b: Any) -> Any:
        """The branch that is right for first coefficients; both, where a function of them is being compiled."""
        first = _known(condition)[0]
        if isinstance(first, Value) and not first.concrete:
            return self.call(ops.WHERE, first, *[x() if callable(x) else x for x in (a, b)])
        return FLOATS.where(first, a, b)

    def pow(self, x: Any, y: Any) -> Any:
        """x^y; in the rule of x^(y + 1) that divided by x if possible, since otherwise powers would follow powers."""
        z, first = self.node, _known(x)[0]
        if z.op is ops.power and z.args[0] is x and z.args[1] != y:
            if y == 1:
                return x
            if (y < 0 or y % 1) and isinstance(first, float) and first != 0:
                return z / x
        return self.call(ops.pow, x, y)

    def series(self, op: Op, args: Sequence[Any]) -> Series:
        """The series of `op` of `args`, among which there is one, with its first coefficient."""
        if op.constant_last is not None and not isinstance(args[-1], Reading):
            op = op.constant_last
        key = op, *[id(x) if isinstance(x, Reading) else repr(x) for x in args]
        if key not in self.made:
            self.made[key] = Series(self, [_leading(op, [_known(x)[0] for x in args])], op, args)
        return self.made[key]

    def extend(self, ys: list[Series], order: int) -> None:
        """Find the coefficients of `ys` up to `order`, for which those of partials are needed up to one less."""
        for last in range(order, 0, -1):
            partials: list[Series] = []
            while ys:
                y = ys.pop()
                if not y.order:
                    y.order = last
                    ys += [x for x in y.args if isinstance(x, Series)]
                    if y.op is not None and not y.terms:
                        self.node = y
                        pairs = zip(y.args, y.op.read(self, y.args)[1], strict=True)
                        edges = [(x, d) for x, d in pairs if isinstance(x, Series)]
                        y.terms = [(x.slope, _known(d)) for x, d in edges]
                        partials += [d for _, d in edges if isinstance(d, Series)]
            ys = partials
        for k in range(1, order + 1):
            for y in self.made.values():
                if k <= y.order:
                    y.extend(k)
