"""A table from a file, whichever program wrote it, and its columns as numbers; what is wrong is said in a sentence.

The standard library's `csv` takes records apart. Its Sniffer is not asked for the separator: it looks at characters and
not at records, so commas within quotes or in decimals lead it astray.
"""

from __future__ import annotations

import csv
import gzip
import io
import math
import re
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import Any

__all__ = ["Column", "Table", "TableError", "cut_short", "encoded", "known", "listed_in", "plain_number", "read_table"]

MISSING = {"", "?", "-", ".", "na", "n/a", "nan", "none", "null"}  # where a column is numbers
SEPARATORS = ",;\t|"
NAMES = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
MOST_TEXTS = 1000  # different ones in a column, each of which becomes an input


class TableError(ValueError):
    """A file cannot be read as a table, or lacks what was asked of it."""


@dataclass(frozen=True)
class Table:
    """The rows of a file as they were typed, under the `names` of its columns; `lines` says where each ends.

    `remarks` say how it was read, where that is not as UTF-8 with commas.
    """

    path: str
    names: list[str]
    rows: list[list[str]]
    lines: list[int]
    separator: str
    decimal: str
    remarks: list[str]

    def cells(self, name: str) -> tuple[str, ...]:
        """A column; TableError where there is none of this name, or more than one."""
        if (count := self.names.count(name)) != 1:
            if count:
                raise TableError(f"{self.path!r} has {count} columns named {name!r}, so it is not clear which is meant")
            raise TableError(f"{self.path!r} has no column {name!r}, only {listed_in(self.names)}")
        return self.columns[self.names.index(name)]

    @cached_property
    def columns(self) -> list[tuple[str, ...]]:
        """All columns; what rows that are too short lack is empty."""
        whole = [row if len(row) == len(self.names) else [*row, *[""] * len(self.names)] for row in self.rows]
        return [*zip(*whole, strict=False)] or [()] * len(self.names)


@dataclass
class Column:
    """What a column holds, and how it becomes numbers: `texts` are its categories, None of a column of numbers.

    Of two texts the second is 1 and the first 0, of several each is an input of its own.
    """

    name: str
    texts: list[str] | None
    unseen: Counter[str] = field(default_factory=Counter)  # texts, or what is no number, that were met last

    @property
    def width(self) -> int:
        """How many inputs it makes."""
        return 1 if self.texts is None or len(self.texts) == 2 else len(self.texts)

    @property
    def inputs(self) -> list[str]:
        """What these are called."""
        return [self.name] if self.width == 1 else [f"{self.name} {text}" for text in self.texts or ()]

    def numbers(self, cells: Sequence[str], decimal: str) -> list[list[float | None]]:
        """Its inputs, each for all cells, None where these are missing; a text not seen before is none of those."""
        if self.texts is None:
            found = _numbers(cells, decimal)
            if None in found:
                odd = (c for c, x in zip(cells, found, strict=True) if x is None and c.lower() not in MISSING)
                self.unseen = Counter(odd)
            return [found]
        self.unseen = Counter(cell for cell in cells if cell and cell not in self.texts)
        if len(self.texts) == 2:
            of: dict[str, float | None] = {"": None, self.texts[0]: 0.0, self.texts[1]: 1.0}
            return [[of.get(cell, 0.5) for cell in cells]]
        return [[float(cell == text) if cell else None for cell in cells] for text in self.texts]


def known(name: str, cells: Sequence[str], decimal: str) -> tuple[Column, str]:
    """What a column holds, and why it is of no use as an input, "" if it is of use.

    It is numbers if most of its cells are, but for those that say that something is missing.
    """
    numbers = _numbers(cells, decimal)
    finite = [x for x in numbers if x is not None]
    texts = Counter(cell for cell in cells if cell) if len(finite) < len(cells) else Counter[str]()
    absent = sum(n for text, n in texts.items() if text.lower() in MISSING)
    if finite and 2 * len(finite) > texts.total() - absent:
        if min(finite) == max(finite):
            return Column(name, None), f"{plain_number(finite[0])} in every row"
        whole = len(finite) > 7 and all(x == int(x) for x in finite) and len({*finite}) == len(finite)
        named = re.search(r"(^|_| )id$|[a-z]I[dD]$", name, re.IGNORECASE if name.lower() == "id" else 0)
        counted = whole and (max(finite) - min(finite) == len(finite) - 1 or named)
        return Column(name, None), "a number for each row" if counted else ""
    if len(texts) < 2:
        return Column(name, [*texts]), f"{cut_short(next(iter(texts)))} in every row" if texts else "empty"
    apart = len(texts) > max(2, texts.total() / 2) or len(texts) > MOST_TEXTS
    return Column(name, sorted(texts)), f"{len(texts)} texts tell rows apart" if apart else ""


def encoded(columns: Sequence[Column], table: Table) -> list[tuple[float, ...] | None]:
    """The inputs of each row, None where a column has no value there."""
    parts = [part for column in columns for part in column.numbers(table.cells(column.name), table.decimal)]
    rows: Any = [*zip(*parts, strict=True)]
    return [None if None in row else row for row in rows] if any(None in part for part in parts) else rows


def _numbers(cells: Sequence[str], decimal: str) -> list[float | None]:
    try:  # quick where nothing is missing
        found = [*map(float, cells)]
        if math.isfinite(sum(found)) and "_" not in "".join(cells):
            return [*found]
    except ValueError:
        pass
    return [_parsed(cell, decimal) for cell in cells]


def _parsed(text: str, decimal: str) -> float | None:
    if decimal == ",":
        text = re.sub(r"\.(?=\d{3}(\D|$))", "", text).replace(",", ".")
    try:
        x = float(text)
    except ValueError:
        try:
            return float(date.fromisoformat(text[:10]).toordinal()) if len(text) in (10, 19) else None  # in days
        except ValueError:
            return None
    return x if math.isfinite(x) and "_" not in text else None


# -- the file -------------------------------------------------------------------------------------------------


def read_table(path: Path, separator: str | None = None, decimal: str | None = None) -> Table:
    """The table in a file, which may be compressed by gzip, or in standard input for `-`; its first line names columns.

    Raises TableError where the file cannot be read, is empty, has a row that is too long, or leaves a quote open.
    """
    text, encoding = _text_of_file(path)
    lines = [*io.StringIO(text, newline="")]
    found = separator or _likely_separator(lines)
    records = _records(lines, found)
    _, names = next(records, (1, []))
    if not any(names):
        raise TableError(f"{str(path)!r} is empty, its first line should name its columns")
    rows = [*records]
    for line, row in rows:
        if len(row) > len(names):
            raise TableError(f"line {line} has {len(row)} values for {len(names)} columns; see --separator")
    table = [row for _, row in rows]
    decimal = decimal or ("," if found != "," and _has_decimal_commas(table) else ".")
    remarks = [f"separated by {NAMES.get(found, repr(found))}"] if found != "," else []
    remarks += [*(["with decimal commas"] if decimal == "," else []), *([f"in {encoding}"] if encoding else [])]
    return Table(str(path), names, table, [line for line, _ in rows], found, decimal, remarks)


def _text_of_file(path: Path) -> tuple[str, str]:
    """The text of a file, and its encoding if that is not UTF-8."""
    try:
        content = sys.stdin.buffer.read() if str(path) == "-" else path.read_bytes()
        content = gzip.decompress(content) if content[:2] == b"\x1f\x8b" else content
    except (OSError, EOFError) as error:
        raise TableError(f"cannot read {str(path)!r}: {getattr(error, 'strerror', None) or error}") from error
    utf_16 = content[:2] in (b"\xff\xfe", b"\xfe\xff")
    for encoding, name in (("utf-16", "UTF-16"),) if utf_16 else (("utf-8-sig", ""), ("cp1252", "Windows-1252")):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text, name
    raise TableError(f"{str(path)!r} is no text in UTF-8, UTF-16 or Windows-1252")


def _likely_separator(lines: list[str]) -> str:
    """The one of the separators by which the first records have the same number of values, and most of them."""

    def agreement(separator: str) -> tuple[float, int]:
        try:
            sizes = [len(row) for row in islice(csv.reader(lines, delimiter=separator), 50) if row]
        except csv.Error:
            return 0.0, 0
        if not sizes or sizes[0] < 2:
            return 0.0, 0
        return sum(n == sizes[0] for n in sizes) / len(sizes), sizes[0]

    return max(SEPARATORS, key=agreement)


def _has_decimal_commas(rows: Sequence[Sequence[str]]) -> bool:
    cells = [cell for row in rows[:1000] for cell in row]
    commas, points = (
        sum(bool(re.fullmatch(p, cell)) for cell in cells) for p in (r"[-+]?[\d.]*,\d+", r"[-+]?\d*\.\d+")
    )
    return commas > points


def _records(lines: list[str], separator: str) -> Iterator[tuple[int, list[str]]]:
    """The rows that are not empty, each with the number of its last line; TableError where a quote stays open."""
    reader = csv.reader(lines, delimiter=separator, skipinitialspace=True)
    first, end = 0, re.compile(rf'" +(?=[{re.escape(separator)}\r\n]|$)')
    try:
        for row in reader:
            if reader.line_num > first + 1 or reader.line_num == len(lines):  # a cell may have swallowed other rows
                text = end.sub('"', "".join(lines[first : reader.line_num]))
                next(csv.reader([text], delimiter=separator, skipinitialspace=True, strict=True), None)
            first = reader.line_num
            if row:
                yield first, [cell.strip() for cell in row]
    except csv.Error as error:
        raise TableError(f"line {first + 1}: {error}; is a quote opened in this row and not closed?") from error


# -- words ----------------------------------------------------------------------------------------------------


def plain_number(x: float) -> str:
    """A number in all its digits, without the .0 of a whole one."""
    return repr(float(x)).removesuffix(".0")


def cut_short(x: object) -> str:
    """What Python writes for it, cut after 40 letters."""
    text = repr(x)
    return text if len(text) <= 40 else f"{text[:37]}..."


def listed_in(items: Sequence[object]) -> str:
    """`'a', 'b', 'c'`, of many only the first few and their number."""
    if len(items) <= 8:
        return ", ".join(map(cut_short, items))
    return f"{', '.join(map(cut_short, items[:6]))}, ... ({len(items)} in all)"
