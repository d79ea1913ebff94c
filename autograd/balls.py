"""The arithmetic of balls: numbers of any number of bits, each with a bound on its error; `ball_functions` reads rules.

(F. Johansson, "Arb: efficient arbitrary-precision midpoint-radius interval arithmetic", IEEE Transactions on Computers
66, 2017; here as `arb` of python-flint.) A comparison may stay undecided. Where more bits may help, a computation is
left by `Finer` and begun again with them.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from functools import cache
from types import ModuleType
from typing import Any

from autograd import ops
from autograd.arithmetic import FLOATS
from autograd.op import Op, Reading, as_float

__all__ = ["BITS", "Ball", "EnclosureUndecided", "Finer", "Truth", "ask_for_bits", "ball_functions"]

BITS = (128, 512, 2048, 8192)  # of the precisions that are tried one after the other


class EnclosureUndecided(ValueError):
    """Raised when an `if` in an enclosed function compares numbers that no precision tells apart."""


class Finer(BaseException):
    """Raised where more bits may decide. It is no Exception, so that the enclosed function does not catch it."""


def ask_for_bits() -> None:
    """Leave the computation, unless there are as many bits as there may be."""
    import flint

    if flint.ctx.prec < BITS[-1]:
        raise Finer


class Truth:
    """What a comparison gives: it `holds`, or does not, or (None) the balls overlap."""

    __slots__ = ("holds",)

    def __init__(self, holds: bool | None) -> None:
        self.holds = holds

    @property
    def concrete(self) -> bool:
        """Whether it is decided, with as many bits as there may be."""
        if self.holds is None:
            ask_for_bits()
        return self.holds is not None

    def __bool__(self) -> bool:
        if not self.concrete:
            raise EnclosureUndecided(
                f"A condition compares numbers that {BITS[-1]} bits do not tell apart; write where(condition, a, b), "
                "which encloses both branches."
            )
        return bool(self.holds)

    def __and__(self, other: Any) -> Truth:
        both = self.holds, other.holds if isinstance(other, Truth) else bool(other)
        return Truth(False if False in both else None if None in both else True)

    def __or__(self, other: Any) -> Truth:
        both = self.holds, other.holds if isinstance(other, Truth) else bool(other)
        return Truth(True if True in both else None if None in both else False)


def _compared(holds: Callable[[Any, Any], Any], fails: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    def compare(x: Ball, y: Any) -> Truth:
        a, b = x.arb, Ball.of(y).arb
        return Truth(holds(0, 0) if x is y else True if holds(a, b) else False if fails(a, b) else None)

    return compare


class Ball(Reading):
    """A number for rules: an `arb`, which is exact if it was a float."""

    __slots__ = ("arb",)

    def __init__(self, arb: Any) -> None:
        self.arb = arb

    @classmethod
    def of(cls, x: Any) -> Ball:
        """`x` itself, or the ball that is a number."""
        if isinstance(x, Ball):
            return x
        from flint import arb

        return Ball(arb(as_float(x)))

    @classmethod
    def read(cls, op: Op, args: tuple[Any, ...]) -> Any:
        """The number that `op` makes of `args`."""
        return getattr(ball_functions(), op.name)(*args)

    __lt__, __ge__ = _compared(operator.lt, operator.ge), _compared(operator.ge, operator.lt)
    __gt__, __le__ = _compared(operator.gt, operator.le), _compared(operator.le, operator.gt)
    __eq__, __ne__ = _compared(operator.eq, operator.ne), _compared(operator.ne, operator.eq)
    __hash__ = object.__hash__

    def __bool__(self) -> bool:
        return bool(self != 0)


@cache
def ball_functions() -> ModuleType:
    """The namespace for rules; what `composed` says of the rounding of floats is here the plain formula."""
    from flint import acb, arb, ctx

    with ctx.workprec(2 * BITS[-1]):
        pi = Ball(arb.pi())

    def where(condition: Any, a: Any, b: Any) -> Any:
        if isinstance(condition, Truth) and not condition.concrete:
            a, b = (Ball.of(x() if callable(x) else x).arb for x in (a, b))
            return Ball(a.union(b))
        return FLOATS.where(condition, a, b)

    def whole(f: Callable[[Any], Any]) -> Callable[[Any], Any]:
        def function(x: Any) -> Any:
            if not (y := f(x)).is_exact():
                ask_for_bits()
            return y

        return function

    def nearest(x: Any) -> Any:
        y = whole(arb.floor)(x + arb(0.5))
        return y - 1 if x + arb(0.5) == y and not (y / 2).is_integer() else y

    of_arbs = {name: getattr(arb, name) for name in vars(math) if callable(getattr(arb, name, None))}
    of_arbs |= {name: getattr(operator, name) for name in ("abs", "add", "mul", "neg", "pow", "sub")}
    of_arbs |= {
        "ceil": whole(arb.ceil),
        "div": operator.truediv,
        "exp2": lambda x: arb(2) ** x,
        "floor": whole(arb.floor),
        "hypot": lambda x, y: (x * x + y * y).sqrt(),
        "lgamma": lambda x: x.lgamma() if x > 0 else abs(x.gamma()).log(),
        "log10": lambda x: x.log() / arb(10).log(),
        "log2": lambda x: x.log() / arb(2).log(),
        "ncdf": lambda x: (-x / arb(2).sqrt()).erfc() / 2,
        "npdf": lambda x: (-x * x / 2).exp() / (2 * arb.pi()).sqrt(),
        "polygamma": lambda n, x: acb(x).polygamma(n).real if n > 0 else x.digamma(),
        "root": lambda x: x.root(3) if x != 0 else x,
        "round": nearest,
    }
    m = ModuleType("balls")
    of_balls = {
        "cbrt": lambda x: where(Ball.of(x) < 0, lambda: -m.root(-x), lambda: m.root(x)),
        "difference": lambda x, y: 0.0 if x is y else x - y,
        "floordiv": lambda x, y: m.floor(x / y),
        "fmod": lambda x, y: x - y * m.trunc(x / y),
        "mod": lambda x, y: x - y * m.floor(x / y),
        "pi": pi,
        "shift": lambda xs: Ball(max([Ball.of(x).arb for x in xs], key=float).mid()) if xs else 0.0,  # any one will do
        "sum": sum,
        "unit": lambda x, y: where((x == 0) & (y == 0), 0.0, lambda: x / m.hypot(x, y)),
        "where": where,
    }
    vars(m).update(vars(ops.namespace("balls", {name: _lifted(f) for name, f in of_arbs.items()} | of_balls)))
    return m


def _lifted(f: Callable[..., Any]) -> Callable[..., Ball]:
    return lambda *xs: Ball(f(*[Ball.of(x).arb for x in xs]))
