"""Functions as arrays have them: how rules are read where NumPy has something quicker than their formulas."""

from __future__ import annotations

from typing import Any

from autograd import ops
from autograd.compiler.terms.lowering import LOWERED, PRIMITIVES
from autograd.compiler.terms.terms import Term
from autograd.op import Op

__all__ = ["ARRAY_FUNCTIONS"]

_LIMIT = 708.0  # exp of more may overflow
_GT, _LT, _GE, _LE = (ops.RELATIONS[name] for name in ("gt", "lt", "ge", "le"))


def _odds_against(x: Any) -> Any:
    """e^-x, limited so that it does not overflow."""
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


def _of_power(x: Any, y: Any) -> Any:
    """x^y; a constant exponent becomes as few products as possible."""
    power = ops.pow(x, y)
    return LOWERED[ops.power](*power.args) if isinstance(power, Term) and power.head is ops.power else power


def _chosen_by(condition: Any, a: Any, b: Any) -> Any:
    """`ops.where`, written as a maximum, a minimum or a sign where that gives the same, NaN included."""
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


ARRAY_FUNCTIONS: dict[str, Any] = {op.name: op for op in PRIMITIVES if op.name in ops.TABLE} | {
    "maximum": ops.maximum,
    "minimum": ops.minimum,
    "sign": ops.sign,
    "pow": _of_power,
    "where": _chosen_by,
    "sech": _sech,
    "sigmoid": _sigmoid,
    "sigmoid_slope": _sigmoid_slope,
}
