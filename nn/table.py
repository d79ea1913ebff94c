"""A CSV file as columns of numbers; whatever is wrong with it is said in one sentence."""

from __future__ import annotations

import csv
import math
import random
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

__all__ = ["BinaryColumn", "Column", "Table", "TableError", "plain", "read_table", "split"]

MISSING = {"", "na", "n/a", "nan", "null"}


class TableError(ValueError):
    """A file cannot be read as a table, or lacks what was asked of it."""


@dataclass(frozen=True)
class Column:
    """A column of numbers."""

    name: str
    numbers: list[float]

    def binary(self) -> BinaryColumn:
        """The column as 0 and 1, the smaller of its two values being 0; TableError if it has not two."""
        values = sorted(set(self.numbers))
        if len(values) != 2:
            raise TableError(f"the target has two different values, column {self.name!r} has {_listed(values)}")
        zero, one = values
        return BinaryColumn(self.name, [float(x == one) for x in self.numbers], (plain(zero), plain(one)))


@dataclass(frozen=True)
class BinaryColumn(Column):
    """A column of zeros and ones, which stand for two `texts`."""

    texts: tuple[str, str]

    def binary(self) -> BinaryColumn:
        """The column itself."""
        return self


@dataclass(frozen=True)
class Table:
    """Some columns of a file, those rows only in which all have a value; `dropped` is the number of others.

    `cells` are these rows as they were typed.
    """

    columns: list[Column]
    cells: list[list[str]]
    dropped: int


def split(columns: Sequence[Column], share: float, rng: random.Random) -> tuple[list[Column], list[Column]]:
    """The rows in two: a `share` of them, chosen by `rng`, is the second part; TableError if either has none then."""
    n = len(columns[0].numbers)
    chosen = set(rng.sample(range(n), round(share * n)))
    if len(chosen) == n or (share and not chosen):
        raise TableError(f"of {n} rows a share of {share:g} cannot be held out, as either part needs a row")
    parts = ([i for i in range(n) if i not in chosen], sorted(chosen))
    first, second = ([replace(c, numbers=[c.numbers[i] for i in part]) for c in columns] for part in parts)
    return first, second


def read_table(path: Path, names: Sequence[str], texts: Mapping[str, Sequence[str] | None] | None = None) -> Table:
    """The columns `names` of the CSV file `path`, whose first line names its columns.

    A column holds finite numbers, or two different texts, of which the one later in the alphabet is 1. A row is dropped
    if one of these columns is empty there, or says NA, N/A, NaN or null. Raises TableError for all else.

    Where it is known what a column held before, `texts` has its two texts, or None for numbers.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            records = _records(list(file))
        _, header = next(records, (1, []))
        rows = list(records)
    except OSError as error:
        raise TableError(f"cannot read {str(path)!r}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise TableError(f"{str(path)!r} is no text in UTF-8") from error
    if not any(header):
        raise TableError(f"{str(path)!r} is empty, its first line should name its columns")
    for name in names:
        if name not in header:
            raise TableError(f"{str(path)!r} has no column {name!r}, only {_listed(header)}")
        if (count := header.count(name)) > 1:
            raise TableError(f"{str(path)!r} has {count} columns named {name!r}, so it is not clear which is meant")
    for line, row in rows:
        if len(row) > len(header):
            raise TableError(f"line {line} has {len(row)} values for {len(header)} columns")
    places = [header.index(name) for name in names]
    full = [
        (line, [row[i] for i in places])
        for line, row in rows
        if all(i < len(row) and row[i].lower() not in MISSING for i in places)
    ]
    if not full:
        raise TableError(f"{str(path)!r} has no row with a value in each of the columns {_listed(names)}")
    lines = [line for line, _ in full]
    cells = zip(*(row for _, row in full), strict=True)
    known = texts or {}
    columns = [
        _of_known_texts(name, column, pair, lines) if (pair := known.get(name)) else _column(name, list(column), lines)
        for name, column in zip(names, cells, strict=True)
    ]
    for column in columns:
        if column.name in known and not known[column.name] and isinstance(column, BinaryColumn):
            raise TableError(f"column {column.name!r} held numbers in the training, now {_listed(column.texts)}")
    return Table(columns, [row for _, row in full], len(rows) - len(full))


def _records(lines: list[str]) -> Iterator[tuple[int, list[str]]]:
    """The rows that are not empty, each with the number of its last line; TableError where a quote stays open."""
    reader = csv.reader(lines)
    first = 0
    try:
        for row in reader:
            if reader.line_num > first + 1 or reader.line_num == len(lines):  # a cell may have swallowed other rows
                text = re.sub(r'" +(?=[,\r\n]|$)', '"', "".join(lines[first : reader.line_num]))
                next(csv.reader([text], strict=True), None)
            first = reader.line_num
            if row:
                yield first, [cell.strip() for cell in row]
    except csv.Error as error:
        raise TableError(f"line {first + 1}: {error}; is a quote opened in this row and not closed?") from error


def _of_known_texts(name: str, cells: Sequence[str], texts: Sequence[str], lines: Sequence[int]) -> BinaryColumn:
    for line, cell in zip(lines, cells, strict=True):
        if cell not in texts:
            raise TableError(f"line {line}: column {name!r} held {_listed(texts)} in the training, now {_short(cell)}")
    zero, one = texts
    return BinaryColumn(name, [float(cell == one) for cell in cells], (zero, one))


def _column(name: str, cells: list[str], lines: list[int]) -> Column:
    numbers = [_number(cell) for cell in cells]
    finite = [x for x in numbers if x is not None]
    if len(finite) == len(numbers):
        return Column(name, finite)
    texts = Counter(cells)
    if not finite:
        if len(texts) == 2:
            zero, one = sorted(texts)
            return BinaryColumn(name, [float(cell == one) for cell in cells], (zero, one))
        raise TableError(f"a column holds numbers or two different texts, {name!r} holds {_listed(list(texts))}")
    i = numbers.index(None)
    raise TableError(f"line {lines[i]}: {_short(cells[i])} in column {name!r} is no finite number")


def _number(text: str) -> float | None:
    try:
        x = float(text)
    except ValueError:
        return None
    return x if math.isfinite(x) and "_" not in text else None


def plain(x: float) -> str:
    """A number in all its digits, without the .0 of a whole one."""
    return repr(x).removesuffix(".0")


def _short(x: object) -> str:
    text = repr(x)
    return text if len(text) <= 40 else f"{text[:37]}..."


def _listed(items: Sequence[object]) -> str:
    """`'a', 'b', 'c'`, of many only the first few and their number."""
    if len(items) <= 8:
        return ", ".join(map(_short, items))
    return f"{', '.join(map(_short, items[:6]))}, ... ({len(items)} in all)"
