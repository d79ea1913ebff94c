"""Functions that mathematicians write differently from programmers: 1 - x² for `one_minus_square(x)`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from autograd import ops
from autograd.formula.vectors import products
from autograd.graph import postorder
from autograd.op import Op

if TYPE_CHECKING:
    from autograd.formula.written import Formula

__all__ = ["spelled", "upwards"]


def upwards(root: Formula) -> Iterator[Formula]:
    """The parts of a formula, each after its own parts."""
    return postorder([root], lambda f: f.args)


def spelled(root: Formula) -> Formula:
    """A formula in the functions that mathematicians write."""
    done: dict[Formula, Formula] = {}
    for f in upwards(root):
        args = tuple(done[a] for a in f.args)
        if isinstance(f.head, Op) and f.head in _SPELLED:
            done[f] = _SPELLED[f.head](*args)
        elif all(a is b for a, b in zip(args, f.args, strict=True)):
            done[f] = f
        elif f.head in (ops.div, ops.power):  # 1 / cosh(x) squared is 1 / cosh(x)^2
            done[f] = type(f).read(f.head, args)
        else:
            done[f] = type(f)(f.head, args)
    return done[root]


# What mathematicians write differently from programmers.
_SPELLED: dict[Op, Callable[..., Formula]] = {
    ops.dot: lambda *wx: ops.sum(products(*_halves(wx))),
    ops.linear: lambda *wx: ops.sum([*products(*_halves(wx[:-1])), wx[-1]]),
    ops.logsumexp: lambda *xs: ops.log(ops.sum(ops.exp(x) for x in xs)),
    ops.logaddexp: lambda x, y: ops.log(ops.exp(x) + ops.exp(y)),
    ops.logistic_loss: lambda s, y: ops.log(1 + ops.exp(s)) - y * s,
    ops.xlogy: lambda x, y: x * ops.log(y),
    ops.exp2: lambda x: 2**x,
    ops.expm1: lambda x: ops.exp(x) - 1,
    ops.log1p: lambda x: ops.log(1 + x),
    ops.hypot: lambda x, y: ops.sqrt(_squares(x, y)),
    ops.unit: lambda x, y: x / ops.sqrt(_squares(x, y)),
    ops.sech: lambda x: 1 / ops.cosh(x),
    ops.sigmoid_slope: lambda x: ops.sigmoid(x) * (1 - ops.sigmoid(x)),
    ops.one_minus_square: lambda x: 1 - x**2,
    ops.floordiv: lambda x, y: ops.floor(x / y),
}


def _squares(x: Formula, y: Formula) -> Formula:
    x, y = sorted((x, y), key=lambda z: z.text)  # since the two slopes name x and y in opposite orders
    return x**2 + y**2


def _halves(xs: tuple[Formula, ...]) -> tuple[tuple[Formula, ...], tuple[Formula, ...]]:
    return xs[: len(xs) // 2], xs[len(xs) // 2 :]
