"""Rows of data as a matrix, with a row of numbers for each: an array, or without NumPy lists of lists."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from numbers import Real
from typing import Any

from autograd.tree import flatten
from nn.objective import ArrayRows

__all__ = ["OddRowError", "array_of", "lists_of", "row_layout"]


class OddRowError(ValueError):
    """Of some rows the one at the place `row` is no row of numbers, or not like the first."""

    def __init__(self, row: int, message: str) -> None:
        super().__init__(message)
        self.row = row


def array_of(rows: Sequence[int], *columns: Any) -> Any:
    """These rows of all columns as one array of NumPy; raises OddRowError where one is not laid out like the first."""
    import numpy as np

    parts = [_array(column, rows).reshape(len(rows), -1) for column in columns]
    return np.concatenate(parts, axis=1) if len(parts) > 1 else parts[0]


def lists_of(rows: Sequence[int], *columns: Any) -> list[list[float]]:
    """The same as lists."""
    return [
        [float(x) for part in row for x in part] for row in zip(*(_rows_listed(c, rows) for c in columns), strict=True)
    ]


def _array(column: Any, rows: Sequence[int]) -> Any:
    """Some rows of a column as an array, one of its rows for each."""
    import numpy as np

    whole = isinstance(rows, range) and len(rows) == len(column)
    some = column.array if isinstance(column, ArrayRows) else column if whole else [column[i] for i in rows]
    try:
        array = np.asarray(some)
        if array.dtype.kind in "biuf":
            return (array[rows] if isinstance(column, ArrayRows) and not whole else array).astype(float, copy=False)
    except ValueError:  # they differ in length
        pass
    return np.array(_rows_listed(column, rows), dtype=float)


def _rows_listed(column: Any, rows: Sequence[int]) -> list[list[Any]]:
    """Some rows of a column, the numbers of each."""
    found, like = [], row_layout(column[rows[0]])
    for place, i in enumerate(rows):
        numbers, _ = flatten(column[i])
        if not all(isinstance(x, Real) for x in numbers) or row_layout(column[i]) != like:
            raise OddRowError(place, f"row {i} does not hold numbers laid out as in row {rows[0]}")
        found.append(numbers)
    return found


def row_layout(row: Any) -> Any:
    """What rows have in common of which one program can be made."""
    if isinstance(row, dict):
        return tuple(row), *map(row_layout, row.values())
    return [row_layout(part) for part in row] if isinstance(row, Iterable) and not isinstance(row, str) else None
