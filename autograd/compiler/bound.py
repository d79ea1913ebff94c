"""Leaves whose numbers are places in a program's vectors: what either writes, the other reads."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from math import isnan, nan
from typing import TYPE_CHECKING, Any, NamedTuple

from autograd.value import Value

if TYPE_CHECKING:
    import numpy as np

__all__ = ["bound"]


@contextmanager
def bound(leaves: Sequence[Value], data: np.ndarray, grad: np.ndarray) -> Iterator[None]:
    """Within this block `data` and `grad` of the leaves are those of the vectors, in which no number means NaN."""
    data[:] = [x.data for x in leaves]
    grad[:] = [nan if x.grad is None else x.grad for x in leaves]
    try:
        for i, x in enumerate(leaves):
            kind: Any = x.__class__
            _place.__set__(x, _Place(kind, (data, grad), i))
            x.__class__ = _bound(kind)
        yield
    finally:
        for x in leaves:
            if isinstance(place := _place.__get__(x), _Place):  # not so where binding was interrupted
                _class.__set__(x, place.kind)
                x.data, x.grad = place.data, place.grad


class _Place(NamedTuple):
    """Where the numbers of a leaf are, which is of this kind otherwise."""

    kind: type[Value]
    vectors: tuple[np.ndarray, np.ndarray]
    i: int

    @property
    def data(self) -> float:
        return float(self.vectors[0][self.i])

    @property
    def grad(self) -> float | None:
        grad = float(self.vectors[1][self.i])
        return None if isnan(grad) else grad

    def set_data(self, data: float) -> None:
        self.vectors[0][self.i] = data

    def set_grad(self, grad: float | None) -> None:
        self.vectors[1][self.i] = nan if grad is None else grad


_place: Any = Value.__dict__["data"]  # the slot, where the place is in the meantime
_class: Any = object.__dict__["__class__"]


@cache
def _bound(kind: Any) -> type[Value]:
    """The kind of leaves at places: all that it says and does is that of a Value of this kind."""
    namespace = {
        "__slots__": (),
        "__class__": property(lambda x: _place.__get__(x).kind),  # also of what operations make of it
        "data": property(lambda x: _place.__get__(x).data, lambda x, data: _place.__get__(x).set_data(data)),
        "grad": property(lambda x: _place.__get__(x).grad, lambda x, grad: _place.__get__(x).set_grad(grad)),
    }
    return type(kind.__name__, (kind,), namespace)
