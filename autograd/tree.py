"""Nested lists, tuples, dicts and NumPy arrays of numbers, taken apart and put together again."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from typing import Any

__all__ = ["flatten"]

Rebuild = Callable[[Iterator[Any]], Any]


def flatten(tree: Any, *, arrays: bool = True) -> tuple[list[Any], Rebuild]:
    """The numbers in `tree`, in order, and a function that builds the same structure from as many others.

    NumPy's arrays are taken apart, too, unless `arrays` is False.
    """
    if isinstance(tree, dict):
        return _flatten_sequence(list(tree.values()), lambda xs: type(tree)(zip(tree, xs, strict=True)), arrays)
    if isinstance(tree, tuple) and hasattr(tree, "_fields"):
        return _flatten_sequence(tree, lambda xs: type(tree)(*xs), arrays)
    if isinstance(tree, (list, tuple)):
        return _flatten_sequence(tree, type(tree), arrays)
    if arrays and (numpy := sys.modules.get("numpy")) is not None and isinstance(tree, numpy.ndarray):
        return list(tree.flat), lambda leaves: _array(numpy, tree.shape, [next(leaves) for _ in range(tree.size)])
    return [tree], next


def _flatten_sequence(items: Any, build: Callable[[list[Any]], Any], arrays: bool) -> tuple[list[Any], Rebuild]:
    parts = [flatten(item, arrays=arrays) for item in items]
    leaves = [leaf for part, _ in parts for leaf in part]
    return leaves, lambda source: build([rebuild(source) for _, rebuild in parts])


def _array(numpy: Any, shape: tuple[int, ...], entries: list[Any]) -> Any:
    if entries and all(isinstance(x, numpy.ndarray) for x in entries):  # an array for each number, as in a Jacobian
        return numpy.stack(entries).reshape(shape + entries[0].shape)
    array = numpy.empty(len(entries), dtype=float if all(type(x) is float for x in entries) else object)
    array[:] = entries
    return array.reshape(shape)
