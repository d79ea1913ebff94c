"""Leaves whose numbers are places in a program's vectors: what the leaf or the program writes, the other reads."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from math import isnan, nan
from typing import Any

from autograd.value import Value

__all__ = ["bound"]


@contextmanager
def bound(leaves: Sequence[Value], data: Any, grad: Any) -> Iterator[None]:
    """Within this block `data` and `grad` of the leaves are those of the vectors, in which no number means NaN.

    The vectors are floats in memory: arrays of NumPy, or what a memoryview shows.
    """
    data, grad = memoryview(data), memoryview(grad)
    data[:] = array("d", [x.data for x in leaves])
    grad[:] = array("d", [nan if x.grad is None else x.grad for x in leaves])
    frees: list[Any] = [x.__class__ for x in leaves]
    kinds = {free: _bound(free, data, grad) for free in {*frees}}
    try:
        for i, x in enumerate(leaves):
            kind: Any = kinds[x.__class__]
            _place.__set__(x, i)
            x.__class__ = kind
        yield
    finally:
        for x, free, number, slope in zip(leaves, frees, data.tolist(), grad.tolist(), strict=True):
            if _place.__get__(x).__class__ is int:  # it has not if binding was interrupted
                _class.__set__(x, free)
                x.data, x.grad = number, None if isnan(slope) else slope


_place: Any = Value.__dict__["data"]  # the slot, where the number of the place is in the meantime
_class: Any = object.__dict__["__class__"]


def _bound(free: Any, data: Any, grad: Any) -> type[Value]:
    """The kind of leaves at places, which behaves as the kind `free` in everything else."""
    at = _place.__get__

    def slope(x: Value) -> float | None:
        found: float = grad[at(x)]
        return None if isnan(found) else found

    def put_slope(x: Value, slope: float | None) -> None:
        grad[at(x)] = nan if slope is None else slope

    namespace = {
        "__slots__": (),
        "__class__": property(lambda x: free),  # also of what operations make of it
        "data": property(lambda x: data[at(x)], lambda x, number: data.__setitem__(at(x), number)),
        "grad": property(slope, put_slope),
    }
    return type(free.__name__, (free,), namespace)
