"""Structures of numbers: containers and arrays, taken apart, put together again and matched with each other.

A structure is a nesting of lists, tuples, dicts, named tuples, deques, dataclasses and their like, of NumPy's arrays
and of pandas' Series and DataFrames. Whatever else stands in one is a leaf. An array of shape () is the number in it.
"""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from copy import copy
from dataclasses import fields, is_dataclass
from functools import partial
from itertools import islice
from math import prod
from reprlib import repr as short
from typing import Any, NamedTuple

from autograd.op import Reading

__all__ = [
    "Container", "Rebuild", "array_parts", "container_of", "description", "filled", "flatten", "flatten_like", "outer",
    "parts",
]  # fmt: skip

Rebuild = Callable[[Iterator[Any]], Any]
_NUMBERS = (float, int, Reading)  # most leaves


def flatten(
    tree: Any, *, arrays: bool = True, is_leaf: Callable[[Any], bool] | None = None
) -> tuple[list[Any], Rebuild]:
    """The leaves of `tree`, in order, and a function that builds the same structure from as many others.

    Arrays, Series and DataFrames are taken apart, too, unless `arrays` is False; a container of which `is_leaf` says so
    is not. A range becomes a list. The function raises TypeError for a container whose type does not take other
    entries.
    """
    if isinstance(tree, _NUMBERS):
        return [tree], next
    if (container := container_of(tree)) is not None and not (is_leaf and is_leaf(tree)):
        if _are_numbers(container.items):
            n = len(container.items)
            return [*container.items], lambda source: container.build([*islice(source, n)])
        leaves: list[Any] = []
        rebuilds: list[Rebuild] = []
        for item in container.items:
            inner, rebuild = flatten(item, arrays=arrays, is_leaf=is_leaf)
            leaves += inner
            rebuilds.append(rebuild)
        return leaves, lambda source: container.build([rebuild(source) for rebuild in rebuilds])
    if (array := array_parts(tree)) is not None:
        if array.entries.shape == ():
            return [array.entries.item()], next
        if arrays:
            shape, size = array.entries.shape, array.entries.size
            return array.entries.ravel().tolist(), lambda source: array.build(
                filled(shape, [next(source) for _ in range(size)])
            )
    return [tree], next


def flatten_like(tree: Any, like: Any, name: str, other: str, *, arrays: bool = True) -> list[Any]:
    """The leaves of `tree`, in the order of those of `like`, whose structure it must have.

    Dicts match by key, dataclasses by type and field, sequences of any kind by place and length, arrays by shape or as
    sequences of their rows; if `arrays` is False, they are leaves. Where one does not match, there is ValueError, in
    which `tree` is called `name` and `like` is called `other`.

    >>> flatten_like({"b": 1.0, "a": [2.0]}, {"a": [0.0], "b": 0.0}, "tangents", "primals")
    [2.0, 1.0]
    >>> flatten_like({"b": 1.0, "a": 2.0}, {"a": [0.0], "b": 0.0}, "tangents", "primals")
    Traceback (most recent call last):
    ValueError: tangents['a'] has to be a list of length 1, as in the primals; it is a number.
    """
    if isinstance(tree, _NUMBERS) and isinstance(like, _NUMBERS):
        return [tree]
    array, pattern = (array_parts(tree), array_parts(like)) if arrays else (None, None)
    if array is not None and pattern is not None and pattern.entries.shape != ():
        if array.entries.shape == pattern.entries.shape and _agree(array.labels, pattern.labels):
            return array.entries.ravel().tolist()  # type: ignore[no-any-return]  # NumPy's
    else:
        container = container_of(tree if array is None else array.entries.tolist())
        wanted = container_of(like if pattern is None else pattern.entries.tolist())
        if wanted is None and container is None:
            return flatten(tree, arrays=arrays)[0]
        if wanted is not None and container is not None and (items := container.matched(wanted)) is not None:
            if _are_numbers(items) and _are_numbers(wanted.items):
                return [*items]
            return [
                leaf
                for key, item, part in zip(wanted.keys, items, wanted.items, strict=True)
                for leaf in flatten_like(item, part, name + wanted.path.format(key), other, arrays=arrays)
            ]
    raise ValueError(f"{name} has to be {description(like)}, as in the {other}; it is {description(tree)}.")


def _are_numbers(items: Sequence[Any]) -> bool:
    """Whether all of many items are leaves, as their types say at once."""
    kinds = {*map(type, items)}
    return kinds <= {float, int} or all(issubclass(kind, _NUMBERS) for kind in kinds)


def outer(rows: Sequence[Sequence[Any]], left: Any, right: Any) -> Any:
    """A matrix with a row for each number in `left` and a column for each in `right`, in the structures of both.

    It has the structure of `left` with that of `right` in place of each leaf, as JAX's Jacobians have. Where two arrays
    meet, it has an array of the shape of the left one followed by that of the right one.
    """
    lefts, like_left = flatten(left, arrays=False)
    rights, like_right = flatten(right, arrays=False)
    like_row = flatten(right)[1]
    source = iter(rows)
    result = []
    for a in lefts:
        if (shape := _shape_of(a)) == ():
            result.append(like_row(iter(next(source))))
            continue
        block = [iter(next(source)) for _ in range(prod(shape))]  # whose rows all parts on the right take from
        parts = []
        for b in rights:
            entries = [x for row in block for x in islice(row, prod(_shape_of(b)))]
            parts.append(filled(shape + _shape_of(b), entries) if _shape_of(b) else flatten(a)[1](iter(entries)))
        result.append(like_right(iter(parts)))
    return like_left(iter(result))


def parts(tree: Any) -> tuple[Any, Sequence[Any]] | None:
    """What two containers have in common that have the same structure, to be compared, and what is in this one.

    None for anything but containers, Series and DataFrames.
    """
    if (container := container_of(tree)) is not None:
        return (type(tree), *container.keys), container.items
    if (array := array_parts(tree)) is not None and array.labels is not None:
        return (type(tree), *map(tuple, array.labels)), array.entries.ravel().tolist()
    return None


# -- containers -------------------------------------------------------------------------------------------------


class Container(NamedTuple):
    """A container taken apart.

    - `kind`: what it matches: `list` for all sequences, `dict`, or the type of a dataclass.
    - `items`: what is in it, and the `keys` of that, which `path` writes; in sequences only some have `names`.
    - `build`: makes another one of the same keys.
    """

    kind: type
    items: Sequence[Any]
    build: Callable[[list[Any]], Any]
    keys: Sequence[Any]
    path: str = "[{!r}]"
    names: Sequence[Any] | None = None

    def matched(self, other: Container) -> Sequence[Any] | None:
        """The items in the order of another container that this one fits; None if it does not."""
        if self.kind is not other.kind or len(self.items) != len(other.items):
            return None
        if self.kind is dict:
            found = dict(zip(self.keys, self.items, strict=True))
            return [found[key] for key in other.keys] if found.keys() == {*other.keys} else None
        return self.items if _agree(self.names, other.names) else None


def _agree(names: Sequence[Any] | None, others: Sequence[Any] | None) -> bool:
    return names is None or others is None or names == others


def container_of(tree: Any) -> Container | None:
    """A container taken apart; None for anything else."""
    kind = type(tree)
    if kind is list or kind is tuple:
        return Container(list, tree, kind, range(len(tree)))
    if kind is dict:
        keys = [*tree]
        return Container(dict, [*tree.values()], lambda xs: dict(zip(keys, xs, strict=True)), keys)
    if isinstance(tree, range):
        return Container(list, tree, list, range(len(tree)))
    if isinstance(tree, tuple):  # made past constructors of other arguments
        build, names = partial(tuple.__new__, kind), getattr(tree, "_fields", None)
        return Container(list, tree, partial(_built, kind, build), range(len(tree)), "[{!r}]", names)
    if isinstance(tree, (list, deque)):
        return Container(list, tree, partial(_built, kind, partial(_extended, tree)), range(len(tree)))
    if isinstance(tree, dict):
        keys = [*tree]
        return Container(dict, [*tree.values()], partial(_built, kind, partial(_updated, tree, keys)), keys)
    if is_dataclass(kind):  # its constructor has what it derives from its fields computed anew
        keys = [field.name for field in fields(tree) if field.init]
        make = lambda xs: kind(**dict(zip(keys, xs, strict=True)))  # noqa: E731  # a line as the others
        return Container(kind, [getattr(tree, key) for key in keys], partial(_built, kind, make), keys, ".{}")
    return None


def _built(kind: type, build: Callable[[list[Any]], Any], items: list[Any]) -> Any:
    try:
        return build(items)
    except Exception as error:
        raise TypeError(
            f"A {kind.__name__} cannot be rebuilt with other entries ({type(error).__name__}: {short(str(error))}); "
            "pass a list, tuple, dict or dataclass of them."
        ) from error


def _extended(tree: Any, items: list[Any]) -> Any:
    new = copy(tree)
    new.clear()
    new.extend(items)
    return new


def _updated(tree: Any, keys: list[Any], items: list[Any]) -> Any:
    new = copy(tree)  # with its default_factory and the like
    new.clear()
    for key, item in zip(keys, items, strict=True):  # a Counter's `update` adds
        new[key] = item
    return new


# -- arrays -----------------------------------------------------------------------------------------------------


class _Array(NamedTuple):
    """An array, Series or DataFrame: its `entries` as an array of NumPy, pandas' `labels`, and what builds another."""

    entries: Any
    labels: Sequence[Any] | None
    build: Callable[[Any], Any]


def array_parts(tree: Any) -> _Array | None:
    """An array, Series or DataFrame taken apart; None for anything else."""
    numpy, pandas = sys.modules.get("numpy"), sys.modules.get("pandas")
    if numpy is not None and isinstance(tree, numpy.ndarray) and not hasattr(tree, "mask"):
        return _Array(numpy.asarray(tree), None, lambda entries: _viewed(entries, type(tree)))
    if pandas is not None and isinstance(tree, pandas.Series):
        labels = [tree.index.tolist()]
        return _Array(tree.to_numpy(), labels, lambda entries: pandas.Series(entries, tree.index, name=tree.name))
    if pandas is not None and isinstance(tree, pandas.DataFrame):
        labels = [tree.index.tolist(), tree.columns.tolist()]
        return _Array(tree.to_numpy(), labels, lambda entries: pandas.DataFrame(entries, tree.index, tree.columns))
    return None


def _viewed(entries: Any, kind: Any) -> Any:
    from autograd.arrays import viewed  # which needs NumPy

    return viewed(entries, kind)


def _shape_of(leaf: Any) -> tuple[int, ...]:
    array = array_parts(leaf)
    return () if array is None else array.entries.shape


def filled(shape: tuple[int, ...], entries: list[Any]) -> Any:
    """An array of NumPy of some shape with these entries."""
    numpy: Any = sys.modules["numpy"]
    if entries and all(isinstance(x, numpy.ndarray) for x in entries):  # a column for each number
        return numpy.stack(entries).reshape(shape + entries[0].shape)
    array = numpy.empty(len(entries), dtype=float if {*map(type, entries)} <= {float, int} else object)
    array[:] = entries
    return array.reshape(shape)


# -- words ------------------------------------------------------------------------------------------------------


def description(tree: Any) -> str:
    """What a structure is, in the words of error messages."""
    if (array := array_parts(tree)) is not None and array.entries.shape != ():
        kind = "an array" if array.labels is None else f"a {type(tree).__name__}"
        labels = "" if array.labels is None else f" with the labels {', '.join(map(short, array.labels))}"
        return f"{kind} of shape {array.entries.shape}{labels}"
    if (container := container_of(tree)) is None:
        return "a number" if isinstance(tree, _NUMBERS) else f"a {type(tree).__name__}"
    kind = type(tree).__name__
    if container.kind is dict:
        return f"a {kind} with the keys {short(container.keys)}"
    return f"a {kind} of length {len(container.items)}" if container.kind is list else f"a {kind}"
