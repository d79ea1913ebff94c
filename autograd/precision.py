"""The rules read in mpmath: values and derivatives to any number of digits."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import cache, partial
from types import ModuleType
from typing import Any

from autograd import ops
from autograd.arithmetic import IEEE, IeeeFloat
from autograd.extras import needed
from autograd.graph import operations
from autograd.reread import Reread, derivatives
from autograd.value import Value

__all__ = ["at_precision"]


def at_precision(digits: int, y: Any, xs: Sequence[Value], at: Sequence[Any]) -> tuple[Any, list[Any]]:
    """`y` and its derivatives with respect to `xs` as mpmath numbers of that many digits.

    The leaves `xs` have the values `at`. What is infinite in floats is so here. Raises ImportError where mpmath is not
    installed, ValueError where `digits` is no whole number from 1 on.
    """
    with needed("precision", "mpmath"):
        import mpmath

    if not hasattr(digits, "__index__") or digits < 1:
        raise ValueError(f"precision is a number of digits, a whole number from 1 on; got {digits!r}.")
    digits = int(digits)
    context, _ = _arithmetic()
    with context.workdps(digits + 5):  # a few to lose on the way
        nodes: dict[Any, Any] = {x: _Precise(_Precise.of(number)) for x, number in zip(xs, at, strict=True)}
        for node in operations(y) if isinstance(y, Value) else []:
            if node not in nodes:
                assert node.op is not None  # inner nodes have one
                args = [nodes.get(x, x) if isinstance(x, Value) else x for x in node.args]
                nodes[node] = _Precise.read(node.op, args)
        y = nodes.get(y, y)
        found = [_Precise.of(x) for x in (y, *derivatives(y, [nodes[x] for x in xs]))]
    with mpmath.workdps(digits):
        value, *gradient = [+mpmath.mpf(x) for x in found]
        return value, gradient


class _Precise(Reread):
    """A node whose number is one of mpmath's."""

    __slots__ = ()

    @classmethod
    def of(cls, x: Any) -> Any:
        """The number of a node, a Value or a float."""
        return _arithmetic()[0].mpf(x.number if isinstance(x, Reread) else x.data if isinstance(x, Value) else x)

    @classmethod
    def functions(cls) -> ModuleType:
        """The functions of mpmath."""
        return _arithmetic()[1]


@cache
def _arithmetic() -> tuple[Any, ModuleType]:
    """A separate context of mpmath, whose numbers divide as IEEE 754 says, and its functions as a namespace."""
    import mpmath

    context = mpmath.MPContext()
    real, mpf = partial(_real, context.mpf), context.mpf
    mpf.__truediv__ = real(mpf.__truediv__, lambda x, y: IeeeFloat(x) / y)
    mpf.__rtruediv__ = real(mpf.__rtruediv__, lambda x, y: y / IeeeFloat(x))
    names = [name for name in (*vars(math), "ncdf", "npdf") if hasattr(context, name) and not name.startswith("_")]
    functions = {name: getattr(context, name) for name in names} | {
        "abs": abs,
        "cbrt": lambda x: context.sign(x) * context.cbrt(abs(x)),
        "exp2": lambda x: context.power(2, x),
        "fmod": lambda x, y: context.sign(x) * context.fmod(abs(x), abs(y)),
        "lgamma": lambda x: context.re(context.loggamma(x)),
        "log2": lambda x: context.log(x, 2),
        "polygamma": lambda n, x: context.psi(int(n), x),
        "pow": context.power,
        "sum": context.fsum,
    }
    for name, f in functions.items():
        if name != "sum" and callable(otherwise := getattr(IEEE, name, None)):
            functions[name] = real(f, otherwise)
    return context, ops.namespace("mpmath", functions)


def _real(mpf: type, f: Callable[..., Any], otherwise: Callable[..., float]) -> Callable[..., Any]:
    """`f`, but infinite or NaN as in floats where mpmath raises or goes on with complex numbers."""

    def function(*xs: Any) -> Any:
        try:
            y = f(*xs)
        except (ArithmeticError, ValueError):
            y = None
        return y if isinstance(y, mpf) else mpf(otherwise(*map(float, xs)))

    return function
