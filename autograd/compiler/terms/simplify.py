"""What Terms are simplified to: only what is exact, or changes no more than the last digit.

Each rule takes the operands, and gives the simpler Term, or None where there is nothing to simplify. Signs and constant
factors move outwards, where they meet others; that keeps `0 x` as it is, which is not 0 where x is infinite or NaN.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from autograd import ops
from autograd.op import Op

__all__ = ["LOWERED", "SIMPLER"]

MODERATE = 1024.0  # constants up to that move: they may make x y overflow where c x y does not, but hardly ever


def _add(x: Any, y: Any) -> Any:
    if x.constant == 0:
        return y
    if y.constant == 0:
        return x
    if x.constant is not None and y.constant is not None:
        return None
    if y.constant is not None and y.constant < 0:
        return x - -y.constant
    (a, p), (b, q) = _factor(x), _factor(y)
    if p is q and a + b != 0:
        return (a + b) * p
    if a == b not in (1, -1) and _moderate(a):
        return a * (p + q)
    if b < 0:
        return x - -b * q
    if a < 0:
        return y - -a * p
    if x.head is y.head is ops.WHERE and x.args[0] is y.args[0]:  # what the chain rule makes of branches
        (c, s, t), (_, u, v) = x.args, y.args
        if 0 in (s.constant, u.constant) and 0 in (t.constant, v.constant):
            return ops.where(c, s + u, t + v)
    return None


def _sub(x: Any, y: Any) -> Any:
    if y.constant == 0:
        return x
    if x.constant == 0:
        return -y
    if x.constant is not None and y.constant is not None:
        return None
    if y.constant is not None and y.constant < 0:
        return x + -y.constant
    (a, p), (b, q) = _factor(x), _factor(y)
    if p is q and a != b:
        return (a - b) * p
    if a == b not in (1, -1) and _moderate(a):
        return a * (p - q)
    if b < 0:
        return x + -b * q
    if a < 0:
        return -(-a * p + y)
    return None


def _neg(x: Any) -> Any:
    if x.head is ops.neg:
        return x.args[0]
    if x.head is ops.mul and x.args[0].constant is not None:
        return -x.args[0].constant * x.args[1]
    return None


def _mul(x: Any, y: Any) -> Any:
    a, b = x.constant, y.constant
    if b is not None:
        return y * x if a is None else None  # a constant stands first
    if a == 1:
        return y
    if a == -1:
        return -y
    if y.head is ops.neg:
        return -a * y.args[0] if a is not None else -(x * y.args[0])
    if x.head is ops.neg:
        return -(x.args[0] * y)
    (c, p), (d, q) = _factor(x), _factor(y)
    if a is not None:
        if d != 1 and _moderate(a * d):
            return a * d * q
        if y.head is ops.div and y.args[0].constant is not None and _moderate(a * y.args[0].constant):
            return (a * y.args[0].constant) / y.args[1]
        return None
    if c != 1 and _moderate(c):
        return c * (p * y)
    if d != 1 and _moderate(d):
        return d * (x * q)
    if y.head is ops.div and y.args[0].constant == 1:
        return x / y.args[1]
    if x.head is ops.div and x.args[0].constant == 1:
        return y / x.args[1]
    return None


def _div(x: Any, y: Any) -> Any:
    if x.constant is not None and y.constant is not None:
        return None
    if y.constant is not None and abs(math.frexp(y.constant)[0]) == 0.5 and _moderate(y.constant):
        return (1 / y.constant) * x  # by a power of two, which is exact
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


def _and(c: Any, d: Any) -> Any:
    if c.constant is not None:
        return d if c.constant else c
    if d.constant is not None:
        return c if d.constant else d
    return c if c is d else None


def _or(c: Any, d: Any) -> Any:
    if c.constant is not None:
        return c if c.constant else d
    if d.constant is not None:
        return d if d.constant else c
    if (c.head is ops.NOT and c.args[0] is d) or (d.head is ops.NOT and d.args[0] is c):
        return c.table.constant(1.0)
    return c if c is d else None


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
    ops.RELATIONS["and_"]: _and,
    ops.RELATIONS["or_"]: _or,
}


def _factor(x: Any) -> tuple[float, Any]:
    """A Term as a constant times another."""
    if x.head is ops.neg:
        return -1.0, x.args[0]
    if x.head is ops.mul and x.args[0].constant is not None:
        return x.args[0].constant, x.args[1]
    return 1.0, x


def _moderate(c: float) -> bool:
    return 1 / MODERATE <= abs(c) <= MODERATE


# -- how functions are taken apart where `math` has them, but there is something quicker ------------------------


def _power_of(x: Any, n: Any) -> Any:
    match n.constant:
        case 2:
            return x * x
        case 3:
            return x * (x * x)
        case 4:
            return (x * x) * (x * x)
        case -1:
            return 1 / x
        case -2:
            return 1 / (x * x)
        case 0.5:
            return ops.sqrt(x)
        case -0.5:
            return 1 / ops.sqrt(x)
        case 1.5:
            return x * ops.sqrt(x)
    return x.table.made(ops.pow, (x, n))


def shift(*xs: Any) -> Any:
    """The largest of some Terms."""
    largest = xs[0] if xs else 0.0
    for x in xs[1:]:
        largest = ops.where(x > largest, x, largest)
    return largest


def _sum(*xs: Any) -> Any:
    while len(xs) > 10:  # a sum of sums: quick to compile, and closer to the exact sum
        xs = tuple([ops.sum(xs[i : i + 10]) for i in range(0, len(xs), 10)])
    return ops.sum(xs)


LOWERED: dict[Op, Callable[..., Any]] = {ops.power: _power_of, ops.SHIFT: shift, ops.sum: _sum}
