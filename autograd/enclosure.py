"""Intervals that are proved to contain a function's value and gradient: `enclose`, its rules read in `balls`."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial, wraps
from types import ModuleType
from typing import Any

from autograd import ops
from autograd.balls import BITS, Ball, EnclosureUndecided, Finer, Truth, ask_for_bits, ball_functions
from autograd.call import Argnums, arguments_of, one_number
from autograd.extras import needed
from autograd.op import Op, evaluate
from autograd.reread import Reread, derivatives
from autograd.tree import flatten

__all__ = ["EnclosureUndecided", "Interval", "enclose"]

TIGHT = 60  # bits: more than floats have


@dataclass(frozen=True)
class Interval:
    """The numbers from `lower` to `upper`, both floats, among which the exact one is."""

    lower: float
    upper: float

    @property
    def mid(self) -> float:
        """The number in the middle."""
        return self.lower + (self.upper - self.lower) / 2

    @property
    def digits(self) -> int:
        """How many significant digits of `mid` are proved, of the 17 that a float may need; 17 for what is exact."""
        if self.lower == self.upper:
            return 17
        if self.lower <= 0 <= self.upper or math.isinf(self.upper - self.lower):
            return 0
        radius, size = (self.upper - self.lower) / 2, min(abs(self.lower), abs(self.upper))
        return max(0, math.floor(math.log10(size / radius)))

    def __contains__(self, x: float) -> bool:
        return self.lower <= x <= self.upper


def enclose(f: Callable[..., Any], argnums: Argnums = 0) -> Callable[..., tuple[Interval, Any]]:
    """A function that returns the value of `f` and its gradient, as intervals that are proved to contain them.

    What they contain is the result of exact arithmetic on the very floats that `f` is given and has in it: 0.1 is
    0.1000000000000000055511151231257827, and what `f` computes of floats alone is rounded as usual. `f` runs with more
    and more bits, up to 8192, until the intervals are as narrow as floats can say. Where that does not decide a
    condition, `where` takes the hull of both branches. On a kink the slopes are those of the table. Where the exact
    number is infinite or not defined, nothing is proved, and the interval is infinite.

    - `f`, `argnums`, and the structure of the gradient: as for `value_and_grad`.

    Raises ImportError where python-flint (the extra `certified`) is not installed, DomainError as `f` does, and
    EnclosureUndecided where an `if` in `f` is on a condition that stays undecided.

    >>> y, slope = enclose(lambda x: (1 - ops.cos(x)) / x**2)(1e-8)
    >>> y
    Interval(lower=0.49999999999999994, upper=0.5)
    >>> y.digits, slope.mid
    (16, -8.333333333333334e-10)
    """

    @wraps(f)
    def enclosed(*args: Any, **kwargs: Any) -> tuple[Interval, Any]:
        with needed("enclose", '"scalar-autograd[certified]"'):
            import flint

        arguments, replaced = arguments_of(args, argnums)
        given, like_arguments = flatten(arguments)
        for bits in BITS:
            with flint.ctx.workprec(bits):
                xs = [Enclosed(Ball.of(x)) for x in given]
                try:
                    y = one_number(*flatten(f(*replaced(like_arguments(iter(xs))), **kwargs)))
                    balls = [Ball.of(x) for x in (Enclosed.of(y), *derivatives(y, xs))]
                except Finer:
                    continue
                if all(ball.arb.rel_accuracy_bits() >= TIGHT for ball in balls):
                    break
        value, *slopes = map(_interval, balls)
        return value, like_arguments(iter(slopes))

    return enclosed


def _interval(ball: Ball) -> Interval:
    """The narrowest one whose ends are floats."""
    from flint import arb

    if not ball.arb.is_finite():
        return Interval(-math.inf, math.inf)
    ends = [ball.arb.lower(), ball.arb.upper()]
    lower, upper = map(float, ends)
    return Interval(
        lower if arb(lower) <= ends[0] else math.nextafter(lower, -math.inf),
        upper if arb(upper) >= ends[1] else math.nextafter(upper, math.inf),
    )


class Enclosed(Reread):
    """A node of the graph, whose number is a ball, or of a condition whether it holds."""

    __slots__ = ()

    @property
    def concrete(self) -> bool:  # type: ignore[override]  # of a condition it depends
        """Whether it is a condition that is decided, so that one branch is taken."""
        return isinstance(self.number, Truth) and self.number.concrete

    @property
    def data(self) -> float:  # type: ignore[override]  # there is none
        """Refused, because what is computed with it would not be enclosed."""
        raise TypeError("A number that is enclosed is no float: there is no `.data` within enclose(f), and no grad.")

    @classmethod
    def of(cls, x: Any) -> Any:
        """A ball, or whether a condition holds."""
        number = x.number if isinstance(x, Enclosed) else x
        return number if isinstance(number, Truth) else Ball.of(number)

    @classmethod
    def functions(cls) -> ModuleType:
        """The functions of balls."""
        return ball_functions()

    @classmethod
    def read(cls, op: Op, args: Sequence[Any]) -> Enclosed:
        """The node of `op` of `args`; DomainError where that is not defined."""
        if op.constant_last is not None and not isinstance(args[-1], Enclosed):
            op = op.constant_last
        node = super().read(op, args)
        if isinstance(node.number, Truth):
            node.edges = ()  # it has no slope, whatever the slopes above are
        if op.domain is not None and not node.number.arb.is_finite():
            xs = [cls.of(x) for x in args]
            inside = op.domain.contains(*xs)
            if getattr(inside, "holds", inside) is None:
                ask_for_bits()
            elif not inside:
                evaluate(op, [float(x.arb.mid()) for x in xs], args)
        return node

    def __getattr__(self, name: str) -> Any:
        if name not in ops.TABLE:
            raise AttributeError(f"A number that is enclosed has no {name!r}.")
        return partial(ops.TABLE[name], self)

    def __bool__(self) -> bool:
        return bool(self.number)


for _name, _op in ops.RELATIONS.items():
    setattr(Enclosed, f"__{_name.strip('_')}__", lambda x, y, op=_op: x.read(op, (x, y)))
