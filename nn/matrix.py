"""The data of an objective as a matrix, with a row of numbers for each of its rows: lists of lists, or an array."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from numbers import Real
from typing import TYPE_CHECKING, Any

from autograd.tree import flatten
from nn.objective import Column, Objective

if TYPE_CHECKING:
    import numpy as np

__all__ = ["OddRowError", "arrays", "lists"]


class OddRowError(ValueError):
    """Of all rows that have a weight the one at the place `row` is no row of numbers, or not like the first."""

    def __init__(self, row: int, message: str) -> None:
        super().__init__(message)
        self.row = row


def lists(objective: Objective, rows: Sequence[int] | None = None) -> tuple[list[list[float]], list[float] | None]:
    """Inputs and target of each of these rows, or of all that have a weight, and their weights if there are any.

    Raises OddRowError where a row differs from the first one in its layout.
    """
    rows = objective.rows if rows is None else rows
    columns = [_listed(column, rows) for column in (objective.inputs, objective.others[0])]
    weights = [float(objective.weights[i]) for i in rows] if objective.weighted else None
    return [[*map(float, (*x, *y))] for x, y in zip(*columns, strict=True)], weights


def arrays(objective: Objective, rows: Sequence[int] | None = None) -> tuple[np.ndarray, np.ndarray | None]:
    """The same as arrays of NumPy."""
    import numpy as np

    rows = objective.rows if rows is None else rows
    columns = [_array(column, rows).reshape(len(rows), -1) for column in (objective.inputs, objective.others[0])]
    weights = np.asarray(objective.weights, dtype=float)[rows] if objective.weighted else None
    return np.concatenate(columns, axis=1), weights


def _array(column: Any, rows: Sequence[int]) -> np.ndarray:
    """Some rows of a column as an array, one of its rows for each."""
    import numpy as np

    whole = [*rows] == [*range(len(column))]
    some = column.array if isinstance(column, Column) else column if whole else [column[i] for i in rows]
    try:
        array = np.asarray(some)
        if array.dtype.kind in "biuf":
            return (array[rows] if isinstance(column, Column) and not whole else array).astype(float, copy=False)
    except ValueError:  # they differ in length
        pass
    return np.array(_listed(column, rows), dtype=float)


def _listed(column: Any, rows: Sequence[int]) -> list[list[Any]]:
    """Some rows of a column, the numbers of each."""
    found, layout = [], _layout(column[rows[0]])
    for place, i in enumerate(rows):
        numbers, _ = flatten(column[i])
        if not all(isinstance(x, Real) for x in numbers) or _layout(column[i]) != layout:
            raise OddRowError(place, f"row {i} does not hold numbers laid out as in row {rows[0]}")
        found.append(numbers)
    return found


def _layout(row: Any) -> Any:
    """What rows have in common of which one program can be made."""
    if isinstance(row, dict):
        return tuple(row), *map(_layout, row.values())
    return [_layout(part) for part in row] if isinstance(row, Iterable) and not isinstance(row, str) else None
