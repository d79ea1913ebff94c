"""Numbers and conditions that notice how they are used, and ask for another run where no Value can be used so.

Whole numbers stay whole numbers where Python's arithmetic keeps them so. Python's are exact and floats are not, so each
knows how large it may be; where that is more than floats hold exactly, the run is made again.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from numbers import Integral
from typing import Any

from autograd import ops
from autograd.compiler.errors import OURS
from autograd.compiler.record.traced import Again, Condition, GivenNumber, Traced, asked_by_us, become, running
from autograd.op import Op
from autograd.value import Value

__all__ = ["EXACT", "TracedColumn", "Whole"]

EXACT = 2.0**53  # up to here floats hold all whole numbers


class Whole(GivenNumber):
    """A whole number among the arguments, or made of such by Python's arithmetic; the run has noted its `sizes`.

    Where it is used as such (`range(n)`, `v[n]`), the run is made again.
    """

    __slots__ = ()
    __class__ = property(lambda self: Whole if running.get() is None or asked_by_us() else _again())
    __pos__ = __floor__ = __ceil__ = __trunc__ = lambda self: self

    def __hash__(self) -> int:
        return _again() if not sys._getframe(1).f_code.co_filename.startswith(OURS) else object.__hash__(self)

    __eq__, __ne__ = Value.__eq__, Value.__ne__

    def __round__(self, digits: int | None = None) -> Any:
        return self if digits is None or digits >= 0 else _again()


def _at_most(x: Any) -> float | None:
    """How large a whole number may be; None for other numbers."""
    if isinstance(x, Whole):
        run = running.get()
        return math.inf if run is None else run.sizes[x]
    return 1.0 if isinstance(x, Condition) else float(abs(int(x))) if isinstance(x, Integral) else None


def _exactly(name: str, size: Callable[..., float], positive_zero: bool = False) -> Callable[..., Any]:
    """An operation that is exact for whole numbers of some sizes; their zeros have no sign."""
    method = getattr(Value, name)

    def operation(self: Any, *others: Any) -> Any:
        sizes = [_at_most(x) for x in (self, *others)]
        if None in sizes:
            return method(self, *others)
        if (largest := size(*sizes)) > EXACT:
            _again()
        found = method(self, *others)
        return _whole(found + 0.0 if positive_zero else found, largest)

    return operation


def _whole(node: Any, size: float) -> Any:
    if (run := running.get()) is not None:
        become(node, Whole)
        run.sizes[node] = size
    return node


def _whole_power(self: Any, k: Any) -> Any:
    if isinstance(k, Whole) or (_at_most(k) is not None and k >= 64):
        return _again()
    if _at_most(k) is None or k < 0:
        return Value.__pow__(self, k)
    return _exactly("__pow__", lambda a, _: a**k)(self, k)


def _whole_power_of(self: Any, base: Any) -> Any:
    return Value.__rpow__(self, base) if _at_most(base) is None else _again()


def _chosen(op: Op, args: tuple[Any, ...]) -> Value:
    """A node that has a condition among its operands: of two whole numbers one is chosen."""
    node = _read(op, args)
    sizes = [_at_most(x) for x in args[1:]] if op is ops.WHERE else [None]
    return node if None in sizes else _whole(node, max(x or 0.0 for x in sizes))  # type: ignore[no-any-return]  # a node


for _name, _bound, _signed in (
    ("add", float.__add__, False),
    ("sub", float.__add__, False),
    ("mul", float.__mul__, True),
    ("floordiv", lambda a, b: a, True),
    ("mod", lambda a, b: b, True),
):
    setattr(Whole, f"__{_name}__", _exactly(f"__{_name}__", _bound, _signed))
    setattr(Whole, f"__r{_name}__", _exactly(f"__r{_name}__", (lambda a, b, of=_bound: of(b, a)), _signed))
Whole.__neg__ = _exactly("__neg__", float, True)
Whole.__abs__ = _exactly("__abs__", float)
Whole.__pow__, Whole.__rpow__ = _whole_power, _whole_power_of
_read: Callable[..., Any] = Condition.read
Condition.read = staticmethod(_chosen)  # type: ignore[method-assign]  # here, as `traced` knows no whole numbers


class TracedColumn(Traced):
    """A number that stands for a column; where it is used as an array (`np.sum(x)`, `x[0]`), the run is made again.

    What is computed from such a number stands for a column, too.
    """

    __slots__ = ()

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or sys._getframe(1).f_code.co_filename.startswith(OURS):  # to see what there is
            raise AttributeError(name)
        return _again_with_arrays()


def _again_with_arrays(*_: Any) -> Any:
    raise Again(arrays=True)


def _again(*_: Any) -> Any:
    run = running.get()  # of numbers that conditions choose it is known which, where these are bools
    raise Again(bools=run is not None and not run.bools)


for _name in (
    "index", "int", "and", "rand", "or", "ror", "xor", "rxor", "invert", "lshift", "rlshift", "rshift", "rrshift",
    "float", "complex", "repr", "str", "format",
):  # fmt: skip
    setattr(Whole, f"__{_name}__", _again)
for _name in ("bit_length", "bit_count", "to_bytes", "numerator", "denominator", "real", "imag", "is_integer"):
    setattr(Whole, _name, property(_again))
for _name in ("array_function", "array", "contains", "getitem", "iter", "len", "matmul", "rmatmul", "setitem"):
    setattr(TracedColumn, f"__{_name}__", _again_with_arrays)


# -- conditions as bools ----------------------------------------------------------------------------------------


def _of_number(method: Callable[..., Any]) -> Callable[..., Any]:
    return lambda self, *others: method(ops.where(self, 1.0, 0.0), *others)  # as True counts as 1


def _of_bool(name: str) -> Callable[..., Any]:
    def method(self: Condition, *others: Any) -> Any:
        others = tuple([bool(x) if isinstance(x, Condition) else x for x in others])
        return getattr(bool(self), f"__{name}__")(*others)

    return method


def _of_its_bool(name: str) -> Callable[[Condition], Any]:
    return lambda self: getattr(bool(self), name)


for _name in ("add", "sub", "mul", "truediv", "pow"):
    for _method in (f"__{_name}__", f"__r{_name}__"):
        setattr(Condition, _method, _of_number(getattr(Value, _method)))
Condition.__neg__ = _of_number(lambda x: 0.0 - x)  # as -False is 0, without a sign
Condition.__abs__ = _of_number(Value.__abs__)
for _name in (
    "xor", "rxor", "invert", "index", "int", "float", "str", "repr", "format", "lshift", "rlshift", "rshift", "rrshift",
):  # fmt: skip
    setattr(Condition, f"__{_name}__", _of_bool(_name))
for _name in ("real", "imag", "numerator", "denominator", "bit_length", "bit_count", "to_bytes", "as_integer_ratio"):
    setattr(Condition, _name, property(_of_its_bool(_name)))
