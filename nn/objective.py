"""The loss as a function of rows of data, which become a matrix; errors say in which row."""

import math
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from decimal import Decimal
from numbers import Real
from reprlib import repr as short
from typing import Any

from autograd import Value, diagnose
from autograd.tree import flatten
from nn.losses import Loss

__all__ = [
    "Data", "DivergenceError", "Objective", "OddRowError", "array_of", "listed", "lists_of", "row_layout",
]  # fmt: skip

Data = Iterable[Any]  # columns: inputs, targets and perhaps weights


class DivergenceError(ArithmeticError):
    """Raised when a training is stopped because the loss or one of its derivatives became infinite or NaN."""


class Objective:
    """The loss of a model over rows of data; errors say in which row."""

    def __init__(self, model: Callable[[Any], Any], loss: Loss, data: Data) -> None:
        columns = [listed(column) for column in data]
        if len(columns) not in (2, 3):
            raise ValueError(f"Data is (inputs, targets) or (inputs, targets, weights), got {len(columns)} columns.")
        counts = [len(column) for column in columns]
        if len({*counts}) > 1 or not counts[0]:
            found = " and ".join(map(str, counts))
            raise ValueError(f"Every row has its input and its target, and there is one at least; got {found}.")
        self.model, self.loss, (self.inputs, *self.others) = model, loss, columns
        self.columns, self.weighted = columns[:2], len(columns) == 3
        self.weights = columns[2] if self.weighted else [1] * len(columns[0])
        for i, weight in enumerate(self.weights):
            if not 0 <= weight < math.inf:
                raise ValueError(f"Weights are finite numbers of at least 0, got {weight!r} in row {i}.")
        self.rows = [i for i, weight in enumerate(self.weights) if weight]  # or there is no mean of some batches
        if not self.rows:
            raise ValueError("One row at least has a weight above 0, got none.")

    def weight(self, rows: Sequence[int]) -> float:
        """The sum of the weights of these rows."""
        return sum(self.weights[i] for i in rows) if self.weighted else len(rows)

    def __call__(self, rows: Sequence[int], when: str) -> Value:
        """The loss over these rows; an error on the way gets a note of where it was."""
        try:
            return self._loss(rows)
        except Exception as error:
            error.add_note(f"This was in {when}{self._row_that_raises(type(error), rows)}.")
            raise

    def of_one_row(self, x: Any, y: Any) -> Any:
        """The loss of a row given by itself, whatever its weight."""
        return self.loss([self.model(x)], [y], *([[1.0]] if self.weighted else []))

    def check_finite(self, what: str, numbers: Iterable[float], rows: Sequence[int], when: str) -> None:
        """DivergenceError with the first row, and the first node there, that is not finite, or has such a slope."""
        strange = next((x for x in numbers if not math.isfinite(x)), None)
        if strange is None:
            return
        origin = ""
        for where, part in [*((f"in row {i}", [i]) for i in rows), ("where all rows meet", rows)]:
            findings = diagnose(self._loss(part)).findings
            if message := next((finding.message for finding in findings if finding.kind == "not finite"), ""):
                origin = f" It began {where}: {message}"
                break
        raise DivergenceError(f"{what} {strange} in {when}.{origin}")

    def check_trained(self, l: Value, parameters: Sequence[Value]) -> None:
        """ValueError where neither the loss `l` of some rows nor that of all depends on one of these parameters."""
        wanted = {*parameters}
        if not _reaches(l, wanted) and not _reaches(self._loss(self.rows), wanted):
            raise ValueError(
                f"The loss depends on none of the optimizer's {len(parameters)} parameters, which are of another "
                "model; make an optimizer of this one's, such as SGD(model.parameters())."
            )

    def _loss(self, rows: Iterable[int]) -> Value:
        others = ([column[i] for i in rows] for column in self.others)
        l = self.loss([self.model(self.inputs[i]) for i in rows], *others)
        if not isinstance(l, Value):
            raise TypeError(f"A loss is one Value, computed from the model's parameters; got {short(l)}.")
        return l

    def _row_that_raises(self, kind: type[Exception], rows: Iterable[int]) -> str:
        for i in rows:
            try:
                self._loss([i])
            except kind:
                return f", row {i}"
        return ""


def _reaches(l: Value, wanted: set[Value]) -> bool:
    """Whether `l` was computed from one of the Values that are `wanted`."""
    seen, reached = {l}, [l]
    for node in reached:  # which grows by what is found
        fresh = {*node.parents} - seen
        seen |= fresh
        reached += fresh
    return not seen.isdisjoint(wanted)


class ArrayRows(Sequence[Any]):
    """An array as a sequence of numbers or lists of them, each made when it is asked for."""

    def __init__(self, array: Any) -> None:
        self.array = array

    def __len__(self) -> int:
        return len(self.array)

    def __getitem__(self, i: Any) -> Any:
        return self.array[i].tolist()


def listed(column: Any) -> Any:
    """The column, one of an array or of pandas as a `Column`: in the order of its rows, whatever pandas calls them.

    Where objects are kept, Decimals among them become floats, which can be computed with.
    """
    array = column.to_numpy() if hasattr(column, "to_numpy") else column
    if hasattr(array, "tolist") and array.dtype.kind != "O":
        return ArrayRows(array.astype(str) if array.dtype.kind in "mM" else array)  # a date is no nanoseconds
    objects = array.tolist() if hasattr(array, "tolist") else array
    return _plain(objects, depth=2) if isinstance(objects, list) else objects


def _plain(x: Any, depth: int) -> Any:
    """`x` with floats for Decimals, also in lists to this depth; the same object where there are none."""
    if isinstance(x, Decimal):
        return float(x)
    if depth and isinstance(x, list) and not {Decimal, list}.isdisjoint(map(type, x)):
        return [_plain(item, depth - 1) for item in x]
    return x


# -- rows as a matrix -----------------------------------------------------------------------------------------


class OddRowError(ValueError):
    """Raised where the row at the place `row` is no row of numbers, or is not like the first."""

    def __init__(self, row: int, message: str) -> None:
        super().__init__(message)
        self.row = row


def array_of(rows: Sequence[int], *columns: Any) -> Any:
    """These rows of all columns as one array of NumPy; raises OddRowError where one is not laid out like the first."""
    import numpy as np

    parts = [_array(column, rows).reshape(len(rows), -1) for column in columns]
    return np.concatenate(parts, axis=1) if len(parts) > 1 else parts[0]


def lists_of(rows: Sequence[int], *columns: Any) -> list[list[float]]:
    """These rows of all columns as lists."""
    parts = [_rows_listed(column, rows) for column in columns]
    return [[float(x) for part in row for x in part] for row in zip(*parts, strict=True)]


def _array(column: Any, rows: Sequence[int]) -> Any:
    """Some rows of a column as an array, one of its rows for each."""
    import numpy as np

    whole = isinstance(rows, range) and len(rows) == len(column)
    some = column.array if isinstance(column, ArrayRows) else column if whole else [column[i] for i in rows]
    with suppress(ValueError):  # they differ in length
        array = np.asarray(some)
        if array.dtype.kind in "biuf":
            return (array[rows] if isinstance(column, ArrayRows) and not whole else array).astype(float, copy=False)
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
