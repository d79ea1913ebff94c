"""What Terms are simplified to: only what is exact, or changes no more than the last digit.

Each rule takes the operands, not all of them constants, and returns the simpler Term, or None where there is nothing to
simplify. Exact is what keeps infinities, NaN and the signs of zeros, too: `0 x` stays as it is, which is not 0 where x
is infinite, and so do `x + 0`, which is not -0 where x is, `-x - y`, `3 x - x` and `x - x`. Signs and constant factors
move outwards, where they meet others.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from autograd import ops
from autograd.op import Op

__all__ = ["SIMPLER"]

MODERATE = 1024.0  # constants up to that move: they may make x y overflow where c x y does not, but hardly ever
_QUOTIENTS = {ops.neg, ops.mul, ops.div}


def _add(x: Any, y: Any) -> Any:
    if y.constant is not None:
        x, y = y, x
    if x.constant is not None:
        return _plus(y, x.constant)
    head, other = x.head, y.head
    if _is_scaled(x) or _is_scaled(y):
        (a, p), (b, q) = _factor(x), _factor(y)
        if p is q and a * b > 0 and math.isfinite(a + b):
            return (a + b) * p
        if a == b != 1 and _moderate(a) and a > 0:
            return a * (p + q)
        if b < 0:
            return x - -b * q
        if a < 0:
            return y - -a * p
    if x is y:
        return 2.0 * x
    if head is ops.add and x.args[1].constant == 0 and not _maybe_minus_zero(y):
        return x.args[0] + y
    if other is ops.add and y.args[1].constant == 0 and not _maybe_minus_zero(x):
        return x + y.args[0]
    return None


def _plus(x: Any, c: float) -> Any:
    """x + c, or None if that cannot be made simpler."""
    if c < 0:
        return x - -c
    if c and (factor := _factor(x))[0] < 0:
        return c - -factor[0] * factor[1]
    if c:
        return x.args[0] + c if x.head is ops.add and x.args[1].constant == 0 else None
    if str(c) == "-0.0" or not _maybe_minus_zero(x):
        return x
    return x.table.made(ops.add, (x, x.table.constant(0.0)))


def _maybe_minus_zero(x: Any) -> bool:
    """Whether a Term may be -0, as far as can be seen at once: a sum is only if all of its operands are."""
    if x.head is ops.add:
        return _zero_or_signed(x.args[0]) and _zero_or_signed(x.args[1])
    return _zero_or_signed(x)


def _zero_or_signed(x: Any) -> bool:
    head, args = x.head, x.args
    if head is ops.mul:
        return args[0] is not args[1] and not all(y.head in _POSITIVE or (y.constant or 0.0) > 0 for y in args)
    if head is ops.power:
        return args[1].constant is None or args[1].constant % 2 == 1
    if head is ops.add or head is ops.sub:
        return args[0].constant is None and args[1].constant is None
    return x.constant is None and head not in _NEVER_MINUS_ZERO


_POSITIVE = {
    *(ops.abs, ops.acos, ops.cosh, ops.erfc, ops.exp, ops.exp2, ops.hypot, ops.ncdf, ops.npdf, ops.relu, ops.sech),
    *(ops.sigmoid, ops.sigmoid_slope, ops.softplus, *ops.RELATIONS.values()),
}
_NEVER_MINUS_ZERO = {*_POSITIVE, ops.acosh, ops.log, ops.log2, ops.log10}


def _sub(x: Any, y: Any) -> Any:
    c = y.constant
    if c is not None:
        return x + -c if c < 0 or str(c) == "-0.0" else x if c == 0 else None
    if x.constant is not None and str(x.constant) == "-0.0":
        return -y
    if _is_scaled(y):
        (a, p), (b, q) = _factor(x), _factor(y)
        if a == b != 1 and _moderate(a) and a > 0:
            return a * (p - q)
        if b < 0:
            return x + -b * q
    return None


def _neg(x: Any) -> Any:
    if x.head is ops.neg:
        return x.args[0]
    if x.head is ops.mul and x.args[0].constant is not None:
        return -x.args[0].constant * x.args[1]
    return None


def _mul(x: Any, y: Any) -> Any:
    if x.constant is not None:
        return _multiple(x.constant, y)
    if y.constant is not None:  # which stands first
        found = _multiple(y.constant, x)
        return x.table.made(ops.mul, (y, x)) if found is None else found
    if x.head not in _QUOTIENTS and y.head not in _QUOTIENTS:
        return None
    if y.head is ops.neg:
        return -(x * y.args[0])
    if x.head is ops.neg:
        return -(x.args[0] * y)
    if _is_scaled(x) or _is_scaled(y):
        (c, p), (d, q) = _factor(x), _factor(y)
        if d != 1 and _moderate(d):
            return c * d * (p * q) if _moderate(c) and _moderate(c * d) else d * (x * q)
        if c < 0:
            return -(-c * p * y)  # the constant stays with x, an adjoint that is used again
    if y.head is ops.div and y.args[0].constant == 1:
        return x / y.args[1]
    if x.head is ops.div and x.args[0].constant == 1:
        return y / x.args[1]
    return None


def _multiple(c: float, x: Any) -> Any:
    """c x, or None if that cannot be made simpler."""
    if c == 1:
        return x
    if c == -1:
        return -x
    if x.head is ops.neg:
        return -c * x.args[0]
    if x.head in _QUOTIENTS and x.args[0].constant is not None:
        d = x.args[0].constant
        if _moderate(c) and _moderate(d) and _moderate(c * d):
            return c * d * x.args[1] if x.head is ops.mul else c * d / x.args[1]
    return None


def _div(x: Any, y: Any) -> Any:
    c = y.constant
    if c is not None and abs(math.frexp(c)[0]) == 0.5 and _moderate(c):
        return (1 / c) * x  # by a power of two, which is exact
    if x.head is ops.neg:
        return -(x.args[0] / y)
    if y.head is ops.neg:
        return -(x / y.args[0])
    return None


def _where(c: Any, a: Any, b: Any) -> Any:
    if c.constant is not None:
        return a if c.constant else b
    if a is b:
        return a
    if c.head is ops.NOT:
        return ops.where(c.args[0], b, a)
    return None


def _joined(decisive: bool) -> Callable[[Any, Any], Any]:
    """The rule for two conditions, of which one with this outcome decides: for `and` that is False, for `or` True."""

    def rule(c: Any, d: Any) -> Any:
        for x, y in ((c, d), (d, c)):
            if x.constant is not None:
                return x if bool(x.constant) is decisive else y
            if x.head is ops.NOT and x.args[0] is y:
                return x.table.constant(decisive)
        return c if c is d else None

    return rule


def _power(x: Any, n: Any) -> Any:
    if n.constant == 0:
        return x.table.constant(1.0)
    return x if n.constant == 1 else None


def _pow(x: Any, y: Any) -> Any:
    return x.table.term(ops.power, (x, y)) if y.constant is not None else None


SIMPLER: dict[Op, Callable[..., Any]] = {
    ops.add: _add,
    ops.sub: _sub,
    ops.neg: _neg,
    ops.mul: _mul,
    ops.div: _div,
    ops.identity: lambda x: x,
    ops.power: _power,
    ops.pow: _pow,
    ops.sum: lambda *xs: xs[0] if len(xs) == 1 else sum(xs[1:], xs[0]) if len(xs) == 2 else None,
    ops.SHIFT: lambda *xs: xs[0] if len(xs) == 1 else None,
    ops.WHERE: _where,
    ops.NOT: lambda c: c.args[0] if c.head is ops.NOT else None,
    ops.RELATIONS["and_"]: _joined(False),
    ops.RELATIONS["or_"]: _joined(True),
}


def _is_scaled(x: Any) -> bool:
    """Whether a Term is a constant times another."""
    head = x.head
    return head is ops.neg or (head is ops.mul and x.args[0].constant is not None)


def _factor(x: Any) -> tuple[float, Any]:
    """A Term as a constant times another."""
    if x.head is ops.neg:
        return -1.0, x.args[0]
    if x.head is ops.mul and x.args[0].constant is not None:
        return x.args[0].constant, x.args[1]
    return 1.0, x


def _moderate(c: float) -> bool:
    return 1 / MODERATE <= abs(c) <= MODERATE
