"""The two arithmetics of floats in which a rule is read: Python's own, and IEEE 754, which never raises.

Python is inconsistent at the edges: `1e200 * 1e200` is inf, `1e200 ** 2` raises; `log(0)` and `log(-1)` raise the
same error. So a rule is first read with Python's floats, which costs nothing. If that raises, it is read again with
`IeeeFloat`s, which decide.
"""

from __future__ import annotations

import math
import numbers
import operator
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from reprlib import repr as short
from types import ModuleType
from typing import Any

from autograd.edges import OVERFLOWS, POLES, ieee_ratio, whole
from autograd.special import lgamma, polygamma

__all__ = [
    "FLOATS",
    "IEEE",
    "DomainError",
    "IeeeFloat",
    "float_sum",
    "ieee",
    "in_ieee",
    "later_of",
    "left_for_later",
    "number",
]


class DomainError(ValueError):
    """Raised by a function outside its domain, as in `log(-1)`; see `ieee` for NaN and inf instead."""


def number(x: Any) -> Any:
    """`x` as a float or an int that fits a float, or `NotImplemented` where `x` may be another library's number.

    Accepts floats, integers, bools, Fractions, NumPy scalars and arrays of no dimension. Raises TypeError for text,
    None and complex numbers.
    """
    if type(x) is float:
        return x
    if isinstance(x, numbers.Real):
        try:
            as_float = float(x)
        except OverflowError:  # an int or a Fraction beyond 1.8e308: overflow is inf, as everywhere
            return math.copysign(math.inf, 1 if x > 0 else -1)  # type: ignore[operator]  # Real promises no order
        return int(x) if isinstance(x, numbers.Integral) else as_float
    if x is None or isinstance(x, (str, bytes, complex)):
        raise TypeError(f"Values are real numbers, got {short(x)} ({type(x).__name__}); pass an int or a float.")
    if getattr(x, "shape", None) == () and hasattr(x, "item"):  # an array of one number, or NumPy's bool
        return number(x.item())
    return NotImplemented


# -- the readings of a rule in floats -------------------------------------------------------------------------


def _float_where(condition: Any, a: Any, b: Any) -> Any:
    branch = a if condition else b
    return branch() if callable(branch) else branch


def _namespace(name: str, functions: dict[str, Any]) -> ModuleType:
    m = ModuleType(name)  # of all namespaces the one that Python looks names up in fastest
    vars(m).update(functions)
    return m


_STANDARD = {name: f for name, f in vars(math).items() if not name.startswith("_")} | {
    "ceil": whole(math.ceil),
    "floor": whole(math.floor),
    "lgamma": lgamma,
    "polygamma": polygamma,
    "round": whole(round),
    "trunc": whole(math.trunc),
}
FLOATS = _namespace("floats", _STANDARD | {"abs": abs, "sum": math.fsum, "where": _float_where})


class IeeeFloat(float):
    """A float whose arithmetic follows IEEE 754 where Python raises: 1/0 is inf, 0/0 is NaN."""

    __slots__ = ()


def _install(name: str, f: Callable[..., float]) -> None:
    setattr(IeeeFloat, f"__{name}__", lambda x, *y: IeeeFloat(f(float(x), *map(float, y))))
    setattr(IeeeFloat, f"__r{name}__", lambda x, y: IeeeFloat(f(float(y), float(x))))


_DUNDERS: dict[str, Callable[..., float]] = {
    "add": operator.add,
    "sub": operator.sub,
    "mul": operator.mul,
    "truediv": ieee_ratio,
    "neg": operator.neg,
    "abs": abs,
}
for _name, _f in _DUNDERS.items():
    _install(_name, _f)


def float_sum(xs: Iterable[float]) -> float:
    """The sum, rounded once; by IEEE 754 where it overflows on the way or meets inf - inf."""
    values = [float(x) for x in xs]
    try:
        return math.fsum(values)
    except (OverflowError, ValueError):  # overflow on the way, or inf - inf
        return sum(values)


def _never_raising(name: str, f: Callable[..., float]) -> Callable[..., IeeeFloat]:
    def function(*xs: float) -> IeeeFloat:
        floats = [float(x) for x in xs]
        try:
            return IeeeFloat(f(*floats))
        except OverflowError:
            return IeeeFloat(OVERFLOWS[name](*floats) if name in OVERFLOWS else math.inf)
        except ValueError:
            return IeeeFloat(POLES[name](*floats) if name in POLES else math.nan)

    return function


IEEE = _namespace(
    "ieee",
    {name: _never_raising(name, f) if callable(f) else f for name, f in _STANDARD.items()}
    | {"abs": abs, "sum": lambda xs: IeeeFloat(float_sum(xs)), "where": _float_where}
    | {"sqrt": _never_raising("sqrt", lambda x: math.sqrt(x) + 0.0)},  # not -0.0 at -0.0, for the sign of 1 / sqrt
)

_in_ieee: ContextVar[bool] = ContextVar("ieee", default=False)
_later: ContextVar[Callable[[Any, Any], Any] | None] = ContextVar("later", default=None)


@contextmanager
def ieee() -> Iterator[None]:
    """Within `with ieee():` functions follow IEEE 754 outside their domain: NaN or inf instead of `DomainError`.

    For line searches and the like, which step outside and back off on seeing NaN. (SciPy's BFGS and Newton-CG back off
    from inf only: `where(x > 0, lambda: log(x), -math.inf)`, which needs no `ieee`.) Raises nothing of its own.

    >>> from autograd import Value, ieee
    >>> with ieee():
    ...     print(Value(-1.0).log().data)
    nan
    """
    token = _in_ieee.set(True)
    try:
        yield
    finally:
        _in_ieee.reset(token)


def in_ieee() -> bool:
    """Whether we are within `with ieee():`."""
    return _in_ieee.get()


@contextmanager
def left_for_later(later: Callable[[Any, Any], Any]) -> Iterator[None]:
    """Like `ieee`, but outside its domain a function of plain numbers returns `later(op, numbers)`."""
    token = _later.set(later)
    try:
        with ieee():
            yield
    finally:
        _later.reset(token)


def later_of() -> Callable[[Any, Any], Any] | None:
    """The `later` of the `left_for_later` that we are within, if any."""
    return _later.get()
