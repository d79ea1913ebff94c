"""Structures that go step by step: a list or an array has an entry for each step, tuples and dicts hold several such.

`unstacked` takes one apart, `stacked` puts what steps returned into one.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

from autograd.op import Reading
from autograd.tree import Container, Rebuild, array_parts, container_of, description, filled

__all__ = ["stacked", "unstacked"]


def unstacked(tree: Any, name: str) -> tuple[list[tuple[str, Sequence[Any]]], Rebuild]:
    """The sequences in `tree` with their paths, and a function that builds the same of an entry of each.

    Raises TypeError for what is no sequence; `tree` is called `name`.

    >>> unstacked({"a": [1.0, 2.0]}, "xs")[0]
    [("xs['a']", [1.0, 2.0])]
    """
    container = container_of(tree)
    if container is not None and _holds_others(tree, container):
        inner = [
            unstacked(item, name + container.path.format(key))
            for key, item in zip(container.keys, container.items, strict=True)
        ]
        build = container.build
        return [x for found, _ in inner for x in found], lambda entries: build([make(entries) for _, make in inner])
    if container is not None:
        return [(name, container.items)], next
    array = array_parts(tree)
    if array is None and hasattr(type(tree), "__getitem__") and not isinstance(tree, (str, bytes)):
        return [(name, [*tree])], next
    if array is None or array.entries.ndim == 0:
        raise TypeError(f"{name} has to be a list or an array, with an entry for each step; it is {description(tree)}.")
    if array.entries.ndim == 1:
        return [(name, array.entries.tolist())], next
    return [(name, [*(tree if array.labels is None else array.entries)])], next  # a DataFrame goes by its columns


def stacked(rows: Sequence[Any], arrays: bool = False, name: str = "y") -> Any:
    """What steps returned, as one structure: numbers become a list, or if `arrays` an array; arrays get one more axis.

    Raises ValueError where one differs in structure from the first, which is called `name`.

    >>> stacked([(1.0, [2.0]), (3.0, [4.0])])
    ([1.0, 3.0], [[2.0], [4.0]])
    """
    if not rows:
        return []
    first = rows[0]
    wanted, array = container_of(first), array_parts(first)
    if wanted is not None and _holds_others(first, wanted):
        found = [container_of(row) for row in rows]
        items = [other and other.matched(wanted) for other in found]
        _refuse_others(rows, [x is not None for x in items], name)
        columns = zip(wanted.keys, zip(*items, strict=True), strict=True)
        return wanted.build([stacked(column, arrays, name + wanted.path.format(key)) for key, column in columns])
    if len({*map(type, rows)}) > 1 or not (first is None or isinstance(first, (float, Reading))):
        _refuse_others(rows, [description(row) == description(first) for row in rows], name)
    if first is None:
        return None
    is_array = array is not None and array.entries.ndim > 0
    if not is_array and not (arrays and wanted is None):
        return [*rows]
    from autograd.arrays import viewed  # which needs NumPy

    numpy = sys.modules["numpy"]
    return viewed(numpy.stack([*rows]) if is_array else filled((len(rows),), [*rows]), numpy.ndarray)


def _holds_others(tree: Any, container: Container) -> bool:
    """Whether a container holds sequences, rather than being one."""
    return container.kind is not list or isinstance(tree, tuple)


def _refuse_others(rows: Sequence[Any], alike: Sequence[bool], name: str) -> None:
    if not all(alike):
        k = alike.index(False)
        raise ValueError(
            f"{name} of step {k} has to be {description(rows[0])}, as in step 0; it is {description(rows[k])}."
        )
