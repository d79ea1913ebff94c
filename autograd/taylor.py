"""Taylor series of functions: `taylor`, the rules of the table read once more, in `series`."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

from autograd.arithmetic import ieee
from autograd.call import RecordedCall, births, moving
from autograd.control_flow import by_steps
from autograd.series import Series, known_of
from autograd.tree import flatten_like
from autograd.value import Value

__all__ = ["taylor"]


def taylor(f: Callable[[Any], Any], x: Any, order: int, direction: Any = 1.0) -> list[Any]:
    """The Taylor coefficients of `f` at `x`: the c_0, ..., c_order in f(x + t) = c_0 + c_1 t + c_2 t^2 + ...

    - `f`: takes a number, or a structure of numbers as for `grad`; what it returns may be a structure, too.
    - `order`: a whole number from 0 on. The k-th derivative is k! c_k.
    - `direction`: has the structure of `x`, where that is no number; then the series is that of f(x + t direction).

    Each coefficient has the structure of the result. It is made of floats, or of Values where `f`, `x` or `direction`
    refer to Values, as in nested derivatives. The branches are those at `x`; on a kink the slopes are the table's.
    Where a slope is infinite, the coefficients that depend on it are infinite or NaN.

    Raises ValueError where `order` is none or `direction` does not fit, and what `f` raises, such as DomainError.

    >>> from autograd import exp
    >>> taylor(lambda x: exp(2 * x), 0.0, 4)
    [1.0, 2.0, 2.0, 1.3333333333333333, 0.6666666666666666]
    >>> taylor(lambda v: v[0] ** 2 * v[1], [3.0, 2.0], 3, direction=[1.0, 0.5])
    [18.0, 16.5, 5.0, 0.5]
    """
    if not hasattr(order, "__index__") or order < 0:
        raise ValueError(f"order is a whole number from 0 on, that of the last coefficient; got {order!r}.")
    with by_steps():
        call = RecordedCall(f, (x,), {}, 0, has_aux=False)
    speeds = moving(zip(call.xs, flatten_like(direction, x, "direction", "argument"), strict=True))

    def of(x: Any) -> Any:
        return found.get(x, x.data if call.closed else x) if isinstance(x, Value) else x

    made: dict[Any, Series] = {}
    found: dict[Value, Series] = {}
    with births(), ieee():  # what is recorded here is not part of what calls this; infinite slopes are inf
        found |= {x: Series(made, [of(x), speed]) for x, speed in speeds.items()}
        for node in call.order:
            if node not in found and not found.keys().isdisjoint(node.parents):
                assert node.op is not None  # inner nodes have one
                found[node] = Series.read(node.op, tuple(map(of, node.args)))
        for k in range(operator.index(order) + 1):
            for series in found.values():  # one after the other, so that none asks for many others
                series.extend(k)
        columns = [[*known_of(of(y)), *[0.0] * order] for y in call.ys]
    return [call.like_result(iter([column[k] for column in columns])) for k in range(order + 1)]
