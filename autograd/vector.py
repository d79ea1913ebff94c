"""Vectors of Values, which formulas and diagrams show as one bold symbol: `Vector`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any
from weakref import WeakKeyDictionary

from autograd import ops
from autograd.op import as_float
from autograd.typeset.symbols import symbol
from autograd.value import Value

__all__ = ["Vector", "factors"]


class Vector:
    """A named vector: `w @ x` is a dot product, drawn as wᵀx with one bold node for each vector.

    - `values`: its entries, Values or numbers, of which leaves are made; or how many zeros.
    - `label`: its name, such as `w` or `w_i^{(k)}`. Entries without a label get theirs, as `w_{1}` or `w_{i,1}^{(k)}`.
    - `constant`: whether the entries stay plain numbers, which are no nodes and have no gradient.

    Raises ValueError for a constant vector of Values.

    >>> w, x = Vector([1.0, 2.0], "w"), Vector([3.0, 4.0], "x")
    >>> s = w @ x
    >>> s.backward()
    >>> s.data, w.grad, x[0].label
    (11.0, (3.0, 4.0), 'x_{1}')
    """

    def __init__(self, values: Iterable[Any] | int, label: str, *, constant: bool = False) -> None:
        given = [0.0] * values if isinstance(values, int) else list(values)
        if constant and any(isinstance(x, Value) for x in given):
            raise ValueError(f"A constant vector is one of numbers, got Values in {label!r}; leave out constant=True.")
        self.label = label
        self.constant = constant
        self.entries: tuple[Any, ...] = tuple(as_float(x) if constant else as_value(x) for x in given)
        for i, entry in enumerate(self.entries if not constant else (), start=1):
            if entry.label is None:
                entry.label = entry_label(label, i)

    @property
    def data(self) -> tuple[float, ...]:
        """The numbers."""
        return tuple(map(as_float, self.entries))

    @property
    def grad(self) -> tuple[float, ...] | None:
        """The gradients of the entries; None as long as one of them has none."""
        gradients = [x.grad for x in self.entries if not self.constant and x.grad is not None]
        return tuple(gradients) if len(gradients) == len(self) else None

    def __len__(self) -> int:
        return len(self.entries)

    def __iter__(self) -> Iterator[Any]:
        return iter(self.entries)

    def __getitem__(self, i: Any) -> Any:
        return self.entries[i]

    def __repr__(self) -> str:
        return f"Vector({list(self.data)}, {self.label!r}{', constant=True' * self.constant})"

    def __matmul__(self, other: Iterable[Any]) -> Any:
        """The dot product with another vector or a sequence of as many numbers; ValueError for another number."""
        return dot_product(self, other)

    def __rmatmul__(self, other: Iterable[Any]) -> Any:
        return dot_product(other, self)


def as_value(x: Any) -> Value:
    """A Value, made of a number."""
    return x if isinstance(x, Value) else Value(x)


def entry_label(label: str, i: int) -> str:
    """The label of entry `i` of a vector: one more index, if its label is a symbol."""
    found = symbol(label)
    return found._replace(indices=(*found.indices, str(i))).label if found else f"{label} {i}"


# Which vectors a dot product is of. A graph that is copied or pickled is one of scalars again.
_made_of: WeakKeyDictionary[Value, tuple[Vector, Vector]] = WeakKeyDictionary()


def factors(node: Value) -> tuple[Vector, Vector] | None:
    """The vectors that `node` is the dot product of, or None if it is not one of Vectors."""
    return _made_of.get(node)


def dot_product(w: Iterable[Any], x: Iterable[Any]) -> Any:
    """The dot product of two vectors; of constants it is a number."""
    w, x = (v if isinstance(v, Vector) else tuple(v) for v in (w, x))
    node = ops.dot(w, x)
    unnamed = [x for v in (w, x) if isinstance(v, tuple) for x in v]
    if isinstance(node, Value) and not any(isinstance(x, Value) for x in unnamed):
        _made_of[node] = as_vector(w), as_vector(x)
    return node


def as_vector(v: Vector | tuple[Any, ...]) -> Vector:
    """A Vector as it is; plain numbers as a constant one that is written out."""
    return v if isinstance(v, Vector) else Vector(v, f"({', '.join(f'{x:g}' for x in v)})", constant=True)
