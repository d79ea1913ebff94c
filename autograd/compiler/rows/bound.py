"""Leaves whose numbers are places in a program's vectors: what the leaf or the program writes, the other reads."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
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
    kinds: dict[Any, _BoundKind] = {kind: _BoundKind(kind, data, grad) for kind in {x.__class__ for x in leaves}}
    try:
        for i, x in enumerate(leaves):
            kind = kinds[x.__class__]
            _place.__set__(x, (kind, i))
            x.__class__ = kind.bound
        yield
    finally:
        for x, number, slope in zip(leaves, data.tolist(), grad.tolist(), strict=True):
            place = _place.__get__(x)
            if place.__class__ is tuple:  # it has not if binding was interrupted
                _class.__set__(x, place[0].free)
                x.data, x.grad = number, None if isnan(slope) else slope


class _BoundKind:
    """The kind of leaves that are places in two vectors; outside the block they are of the kind `free`."""

    def __init__(self, free: Any, data: memoryview, grad: memoryview) -> None:
        self.free, self.bound = free, _bound(free)
        self.data, self.grad = data, grad


_place: Any = Value.__dict__["data"]  # the slot, where the kind and the number of the place are in the meantime
_class: Any = object.__dict__["__class__"]


def _get_data(x: Value) -> float:
    kind, i = _place.__get__(x)
    number: float = kind.data[i]
    return number


def _set_data(x: Value, data: float) -> None:
    kind, i = _place.__get__(x)
    kind.data[i] = data


def _get_grad(x: Value) -> float | None:
    kind, i = _place.__get__(x)
    slope: float = kind.grad[i]
    return None if isnan(slope) else slope


def _set_grad(x: Value, grad: float | None) -> None:
    kind, i = _place.__get__(x)
    kind.grad[i] = nan if grad is None else grad


@cache
def _bound(free: Any) -> type[Value]:
    """The kind of leaves at places, which behaves as the kind `free` in everything else."""
    namespace = {
        "__slots__": (),
        "__class__": property(lambda x: _place.__get__(x)[0].free),  # also of what operations make of it
        "data": property(_get_data, _set_data),
        "grad": property(_get_grad, _set_grad),
    }
    return type(free.__name__, (free,), namespace)
