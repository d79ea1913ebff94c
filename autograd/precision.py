"""The rules read in mpmath: values and derivatives to any number of digits."""

from __future__ import annotations

from collections.abc import Sequence
from types import ModuleType
from typing import Any

from autograd import ops
from autograd.graph import operations
from autograd.value import Value, by_values

__all__ = ["at_precision"]


def at_precision(digits: int, y: Any, xs: Sequence[Value], at: Sequence[Any]) -> tuple[Any, list[Any]]:
    """`y` and its derivatives by `xs` as mpmath numbers of so many digits, where the leaves `xs` have the values `at`.

    Raises ImportError where mpmath is not installed.
    """
    import mpmath

    with mpmath.workdps(digits + 5):  # a few to lose on the way
        if not isinstance(y, Value):
            return mpmath.mpf(y), [mpmath.mpf(0)] * len(xs)
        m = _namespace(mpmath)
        values = {x: mpmath.mpf(_plain(number)) for x, number in zip(xs, at, strict=True)}
        partials: dict[Value, Sequence[Any]] = {}
        order = operations(y)
        for node in order:
            if node not in values:
                assert node.op is not None  # inner nodes have one
                args = [values[x] if isinstance(x, Value) and x in values else mpmath.mpf(_plain(x)) for x in node.args]
                values[node], slopes = node.op.read(m, args)
                partials[node] = by_values(node.args, slopes)
        adjoints = {y: mpmath.mpf(1)}
        for node in reversed(order):
            for parent, partial in zip(node.parents, partials.get(node, ()), strict=False):
                adjoints[parent] = adjoints.get(parent, mpmath.mpf(0)) + adjoints.get(node, mpmath.mpf(0)) * partial
    with mpmath.workdps(digits):
        return +values.get(y, mpmath.mpf(y.data)), [+adjoints.get(x, mpmath.mpf(0)) for x in xs]


def _plain(x: Any) -> Any:
    return x.data if isinstance(x, Value) else x


def _namespace(mpmath: Any) -> ModuleType:
    functions = {name: getattr(mpmath, name) for name in dir(mpmath) if not name.startswith("_")}
    renamed = {
        "abs": abs,
        "exp2": lambda x: mpmath.power(2, x),
        "lgamma": lambda x: mpmath.re(mpmath.loggamma(x)),
        "log2": lambda x: mpmath.log(x, 2),
        "polygamma": lambda n, x: mpmath.psi(int(n), x),
        "pow": mpmath.power,
        "sum": mpmath.fsum,
    }
    return ops.namespace("mpmath", functions | renamed)
