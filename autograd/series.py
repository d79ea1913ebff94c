"""The arithmetic of power series, in which the rules of the table are read.

If y = f(u, v), then y' = f_u u' + f_v v'; the partials f_u and f_v are series, too, as the row of f is read in series.
The next coefficient of y' takes those of u' and v' up to the same one and those of the partials before it, among which
may be y's own, as in exp' = exp: so they are found one after the other, as they are asked for. The integral of y' is y.
(A. Griewank and A. Walther, "Evaluating Derivatives", 2008, section 13.2, has a recurrence for each function instead.)
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Sequence
from functools import cache, partial
from typing import Any

from autograd import ops
from autograd.arithmetic import FLOATS
from autograd.op import Op, Reading
from autograd.value import Value

__all__ = ["Series", "known_of"]


class Series(Reading):
    """A power series: one that is `known`, or `op` of `args`, of which the first coefficient is.

    - `made`: all series of a computation by their ops and operands, of which no two are alike.
    - `known`: its coefficients up to number `last`, but zeros at the end; `slope`: those of its derivative.
    """

    __slots__ = ("known", "last", "made", "slope", "steps")

    def __init__(self, made: dict[Any, Series], known: list[Any], op: Op | None = None, args: Sequence[Any] = ()):
        self.made, self.known, self.slope, self.last = made, known, known[1:], 0
        self.steps = iter(()) if op is None else self._found(op, args)

    @classmethod
    def read(cls, op: Op, args: Sequence[Any]) -> Series:
        """The series of `op` of `args`."""
        if op.constant_last is not None and not isinstance(args[-1], Reading):
            op = op.constant_last
        made = next(x.made for x in args if isinstance(x, cls))
        key = op, *[id(x) if isinstance(x, Reading) else repr(x) for x in args]
        if key not in made:
            made[key] = cls(made, [Op.__call__(op, *[known_of(x)[0] for x in args])], op, args)
        return made[key]

    def extend(self, k: int) -> None:
        """Find the coefficients up to number k."""
        while self.last < k:
            self.last += 1
            next(self.steps, None)

    def _found(self, op: Op, args: Sequence[Any]) -> Iterator[None]:
        """Find one coefficient after the other, as a sum of products that is the next one or that of the derivative."""
        x, *others = args
        needed = [(x, 0) for x in args if isinstance(x, Series)]
        behind = 0
        if op is ops.mul:
            terms = [(known_of(x), known_of(*others))]
        elif op is ops.div:  # of z = x / y: -y_0 times the next one is -x_k + y_1 z_(k-1) + y_2 z_(k-2) + ...
            terms = [(known_of(x), [-1.0]), (known_of(*others), self.known)]
        else:
            first = known_of(x)[0]
            if op is ops.power and (others[0] < 0 or others[0] % 1) and isinstance(first, float) and first:
                slopes: Sequence[Any] = [others[0] * (self / x), 0.0]  # since powers would follow powers
            else:
                slopes = op.read(_of_series(), args)[1]
            edges = [(x, d) for x, d in zip(args, slopes, strict=True) if isinstance(x, Series)]
            needed += (partials := [(d, 1) for _, d in edges if isinstance(d, Series)])
            behind = int(bool(partials))
            terms = [(x.slope if behind else x.known, known_of(d)) for x, d in edges]
        while True:
            k = self.last
            for x, lag in needed:
                x.extend(k - lag)
            n = k - behind
            products: list[Any] = []
            for a, b in terms:
                low = max(0, n + 1 - len(b))
                products += map(operator.mul, a[low : n + 1], b[n - low :: -1])
            if products:
                total = sum(products[1:], products[0])
                if op is ops.div:
                    total = Op.__call__(op, total, -known_of(*others)[0])
                self.known.append(total / k if behind else total)
                self.slope.append(k * self.known[k])
            yield

    def __bool__(self) -> bool:
        return bool(self.known[0])


def known_of(x: Any) -> list[Any]:
    """What is known of a series, or a number as one."""
    return x.known if isinstance(x, Series) else [x]


def _of_first(relation: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    return lambda x, y: relation(known_of(x)[0], known_of(y)[0])


for _name in ("lt", "le", "gt", "ge", "eq", "ne"):
    setattr(Series, f"__{_name}__", _of_first(getattr(operator, _name)))


@cache
def _of_series() -> Any:
    """The namespace for rules: functions of series, or of their first coefficients where these decide."""

    def call(op: Op, *args: Any) -> Any:
        operands = op.operands(args)
        return Series.read(op, operands) if any(isinstance(x, Series) for x in operands) else op(*args)

    def where(condition: Any, a: Any, b: Any) -> Any:
        first = known_of(condition)[0]
        if isinstance(first, Value) and not first.concrete:  # a function of them is being compiled
            return call(ops.WHERE, first, *[x() if callable(x) else x for x in (a, b)])
        return FLOATS.where(first, a, b)

    found = {name: partial(call, op) for name, op in ops.TABLE.items()}
    shift = {"shift": lambda xs: ops.shift([known_of(x)[0] for x in xs])}
    return ops.namespace("series", found | shift | {"where": where})
