"""How functions that `math` lacks are composed of those that it has, for the rows of `ops`.

Each takes a namespace `m` and the row's arguments, and returns the value. It uses generic arithmetic, as rules do.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from types import ModuleType
from typing import Any

from autograd.arithmetic import FLOATS, IEEE
from autograd.op import TABLE

__all__ = [
    "damped",
    "error_of_class",
    "floordiv",
    "greater",
    "larger",
    "logaddexp",
    "logistic_loss",
    "logistic_slope",
    "logsumexp",
    "loss_of_class",
    "mod",
    "namespace",
    "ncdf",
    "nearest",
    "npdf",
    "sigmoid",
    "sigmoid_slope",
    "softmax",
]


def greater(m: Any, x: Any, y: Any) -> Any:
    """The slope of max(x, y) in x: 1 where x > y, one half at a tie, else 0; NaN passes."""
    return m.where(x > y, 1.0, lambda: m.where(x <= y, lambda: m.where(x == y, 0.5, 0.0), lambda: 0.0 * (x + y)))


def larger(m: Any, x: Any, y: Any) -> Any:
    """max(x, y); NaN passes."""
    return m.where(x > y, x, lambda: m.where(y >= x, y, lambda: x + y))


def damped(m: Any, x: Any, factor: Any) -> Any:
    """x times a factor that vanishes faster than x grows, such as e^-x: 0 where the factor is 0, also at infinity."""
    return m.where(factor == 0, 0.0, lambda: x * factor)


# -- whole numbers --------------------------------------------------------------------------------------------


def nearest(m: Any, x: Any) -> Any:
    """The whole number nearest to x, of two the even one."""
    below = m.floor(x)
    rest = x - below  # exact

    def even() -> Any:
        return -2.0 * m.floor(-0.5 * below)  # of -0.5 it is -0.0

    return m.where(rest < 0.5, below, lambda: m.where(rest > 0.5, lambda: -m.floor(-x), even))


def mod(m: Any, x: Any, y: Any) -> Any:
    """x - floor(x / y) y exactly, with the sign of y, as Python's x % y: `fmod` has the sign of x."""
    rest = m.fmod(x, y)
    signs = m.sign(rest) * m.sign(y)
    return m.where(signs < 0, lambda: rest + y, lambda: m.where(signs == 0, lambda: 0.0 * m.sign(y), rest))


def floordiv(m: Any, x: Any, y: Any) -> Any:
    """The whole number floor(x / y), also where x / y rounds up to the next one, as Python's x // y."""
    rest = m.fmod(x, y)
    quotient = m.round((x - rest) / y)  # towards zero
    whole = m.where(m.sign(rest) * m.sign(y) < 0, lambda: quotient - 1.0, quotient)
    return m.where(whole == 0, lambda: 0.0 * (x / y), whole)  # a zero with the sign of the quotient


# -- the normal distribution ----------------------------------------------------------------------------------


def npdf(m: Any, x: Any) -> Any:
    """e^(-x^2 / 2) / sqrt(2 pi): a few bits of x are squared exactly, so that exp magnifies no rounding of x^2."""
    bits = m.where(m.abs(x) < 1e16, m.floor(16.0 * x) / 16.0, x)  # which has no other bits, and 16 x might overflow
    rest = damped(m, x + bits, m.difference(x, bits))  # x^2 - bits^2
    return m.exp(-0.5 * (bits * bits)) * m.exp(-0.5 * rest) / m.sqrt(2 * m.pi)


_ROOT, _ROOT_BITS, _ROOT_REST = (
    0.7071067811865476,
    0.7071067690849304,
    1.210161710447897e-08,
)  # sqrt(1/2), and in two parts


def ncdf(m: Any, x: Any) -> Any:
    """erfc(-x / sqrt 2) / 2, plus its slope times what rounding does to the argument."""
    bits = m.floor(1048576.0 * x) / 1048576.0
    error = (bits * _ROOT_BITS - x * _ROOT) + bits * _ROOT_REST + m.difference(x, bits) * _ROOT
    return 0.5 * m.erfc(-x * _ROOT) + damped(m, error, m.npdf(x)) * m.sqrt(2)


# -- exponentials ---------------------------------------------------------------------------------------------


def softmax(m: Any, xs: Sequence[Any]) -> list[Any]:
    """e^x_i / sum of e^x_j; where the largest are infinite they share equally, as at any tie."""
    # Relative to the largest itself: exp cannot overflow, and no slope is a difference of large ones.
    largest = m.shift(xs)
    powers = [m.exp(m.difference(x, largest)) for x in xs]
    total = m.sum(powers)
    return [p / total for p in powers]


def sigmoid(m: Any, x: Any) -> Any:
    """1 / (1 + e^-x), where nothing overflows."""
    e = m.exp(-m.abs(x))  # <= 1
    return m.where(x < 0, e, 1.0) / (1.0 + e)


def sigmoid_slope(m: Any, x: Any) -> Any:
    """e^-x / (1 + e^-x)^2, where nothing overflows."""
    e = m.exp(-m.abs(x))
    return e / ((1.0 + e) * (1.0 + e))


def logaddexp(m: Any, x: Any, y: Any) -> Any:
    """ln(e^x + e^y), where nothing overflows."""
    return m.where(x > y, x, y) + m.log1p(m.exp(-m.abs(m.difference(x, y))))


def logistic_loss(m: Any, s: Any, y: Any) -> Any:
    """ln(1 + e^s) - y s, where nothing cancels, nor is 0 times infinity."""
    likely = y > 0.5
    wrong = m.where(likely, lambda: -y, lambda: 1.0 - y)  # the share of the outcome that came out more often
    right = m.where(likely, lambda: 1.0 - y, lambda: -y)
    return larger(m, wrong * s, m.where(right == 0, 0.0, lambda: right * s)) + m.log1p(m.exp(-m.abs(s)))


def logistic_slope(m: Any, s: Any, y: Any) -> Any:
    """The slope of `logistic_loss` in s, sigmoid(s) - y, by the rarer outcome: no digits are lost beside a 1."""
    likely = y > 0.5
    side = m.where(likely, -1.0, 1.0)
    return side * (m.sigmoid(side * s) - m.where(likely, lambda: 1.0 - y, y))


def logsumexp(m: Any, xs: Sequence[Any]) -> Any:
    """ln of the sum of e^x_i, where nothing overflows."""
    if not xs:
        return -math.inf  # ln 0
    largest = m.shift(xs)
    # The largest term is e^0 = 1: log1p of the others keeps what log(1 + tiny) would round away.
    return largest + m.log1p(m.sum([*(m.exp(m.difference(x, largest)) for x in xs), -1.0]))


def loss_of_class(m: Any, xs: Sequence[Any], i: Any) -> Any:
    """ln of the sum of e^(x_j - x_i): of the difference of logsumexp and a large x_i only rounding would be left."""
    return m.logsumexp(_differences(m, xs, i))


def error_of_class(m: Any, xs: Sequence[Any], i: Any) -> list[Any]:
    """The slopes of that, softmax less 1 at i, where it is the sum of the others: no digits are lost."""
    _, *shares = m.softmax(_differences(m, xs, i))
    return [m.where(i == j, -m.sum(shares), share) for j, share in enumerate(shares)]


def _differences(m: Any, xs: Sequence[Any], i: Any) -> list[Any]:
    """0, then x_j - x_i for the others; for i itself -inf, of which the share is 0. NaN where i is not whole."""
    x = m.sum([m.where(i == j, x, 0.0) for j, x in enumerate(xs)]) + m.sqrt(m.where(m.floor(i) == i, 0.0, -1.0))
    return [0.0, *(m.where(i == j, -math.inf, y - x) for j, y in enumerate(xs))]


def _largest(xs: Iterable[float]) -> float:
    return max(xs, default=0.0)


_OF_SEQUENCES: dict[str, Callable[..., Any]] = {
    "softmax": softmax,
    "softmax_loss": loss_of_class,
    "softmax_error": error_of_class,
}
for _m in (FLOATS, IEEE):
    vars(_m).update({name: partial(f, _m) for name, f in _OF_SEQUENCES.items()}, shift=_largest)
vars(FLOATS).update(difference=lambda x, y: 0.0 if x == y else x - y)  # many times in every softmax


def namespace(name: str, functions: dict[str, Any]) -> ModuleType:
    """A namespace `m` for rules, from the functions that an arithmetic has of its own; others come from the table.

    Rules need `abs`, `sum` and the functions of `math` by their names there; others may be of its own, too.
    """
    m = ModuleType(name)
    general = {"pi": math.pi, "where": FLOATS.where, "shift": FLOATS.shift}
    vars(m).update(general | {name: partial(f, m) for name, f in _OF_SEQUENCES.items()} | functions)
    for op in TABLE.values():
        op.complete(m)
    return m
