"""A table from a file, whichever program wrote it, and its columns as numbers; errors say in a sentence what is wrong.

The standard library's `csv` takes records apart. Its Sniffer is not asked for the separator: it looks at characters and
not at records, so commas within quotes or in decimals lead it astray.
"""

import csv
import gzip
import io
import math
import re
import sys
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property, partial
from itertools import islice
from pathlib import Path
from typing import Any

__all__ = [
    "Feature", "Table", "TableError", "cut_short", "encoded", "known", "listed_in", "number_in", "one_line",
    "plain_number", "read_table", "six_digits", "trying",
]  # fmt: skip

MISSING = {"", "?", "-", ".", "na", "n/a", "nan", "none", "null"}  # where a column is numbers
SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
GROUPED = {  # numbers whose thousands are set apart, by the mark of their decimals
    mark: re.compile(rf"[-+]?[1-9]\d{{0,2}}([{other}'’ \xa0\u202f])\d{{3}}(\1\d{{3}})*([{mark}]\d+)?")
    for mark, other in (".,", ",.")
}
MOST_TEXTS = 1000  # different ones in a column, each of which becomes an input
MOST_CELLS = 10**7  # of these inputs in all rows


class TableError(ValueError):
    """A file cannot be read as a table, or lacks what was asked of it."""


@dataclass
class Table:
    """The rows of a file as they were typed, under the `names` of its columns.

    `remarks` say how it was read, where that is not as UTF-8 with commas.
    """

    path: str
    names: list[str]
    rows: list[list[str]]
    separator: str
    decimal: str
    remarks: list[str]
    _numbers: dict[str, list[float | None]] = field(default_factory=dict)

    def cells(self, name: str) -> tuple[str, ...]:
        """A column; TableError where there is none of this name, or more than one."""
        if (count := self.names.count(name)) != 1:
            if count:
                raise TableError(f"{self.path!r} has {count} columns named {name!r}, so it is not clear which is meant")
            hint = "; see --separator" if len(self.names) == 1 and re.search(r"\W", self.names[0]) else ""
            raise TableError(f"{self.path!r} has no column {name!r}, only {listed_in(self.names)}{hint}")
        return self._columns[self.names.index(name)]

    def numbers(self, name: str) -> list[float | None]:
        """The numbers in a column, None where a cell is none."""
        if name not in self._numbers:
            self._numbers[name] = _numbers(self.cells(name), self.decimal)
        return self._numbers[name]

    @cached_property
    def _columns(self) -> list[tuple[str, ...]]:
        """All columns; where a row is too short, its last cells are empty."""
        n = len(self.names)
        whole = [row if len(row) == n else [*row, *[""] * (n - len(row))] for row in self.rows]
        return [*zip(*whole, strict=True)] or [()] * n


@dataclass
class Feature:
    """What a column holds, and how it becomes numbers: `texts` are its categories, None of a column of numbers.

    Of two texts the second is 1 and the first 0, of several each is an input of its own.
    """

    name: str
    texts: list[str] | None
    unseen: Counter[str] = field(default_factory=Counter)  # texts, or what is no number, that were met last

    @property
    def inputs(self) -> list[str]:
        """The names of the inputs that it makes."""
        return [f"{self.name} {text}" for text in self.texts] if self.texts and len(self.texts) > 2 else [self.name]

    def numbers(self, table: Table) -> list[list[float | None]]:
        """The inputs made of the column, each for all rows; None where missing. A new text is none of them."""
        cells, texts = table.cells(self.name), self.texts
        if texts is None:
            found = table.numbers(self.name)
            odd = (c for c, x in zip(cells, found, strict=True) if x is None) if None in found else ()
            self.unseen = Counter(cell for cell in odd if cell.lower() not in MISSING)
            return [found]
        self.unseen = Counter({text: n for text, n in Counter(cells).items() if text and text not in texts})
        if len(texts) == 2:
            of: dict[str, float | None] = {"": None, texts[0]: 0.0, texts[1]: 1.0}
            return [[of.get(cell, 0.5) for cell in cells]]
        return [[1.0 if cell == text else 0.0 if cell else None for cell in cells] for text in texts]


def known(name: str, table: Table) -> tuple[Feature, str]:
    """What a column holds, and why it is of no use as an input, "" if it is of use.

    It is numbers if most of its cells are, but for those that say that something is missing.
    """
    cells = table.cells(name)
    finite = [x for x in table.numbers(name) if x is not None]
    texts = Counter(cell for cell in cells if cell) if len(finite) < len(cells) else Counter[str]()
    absent = sum(n for text, n in texts.items() if text.lower() in MISSING)
    if finite and 2 * len(finite) > texts.total() - absent:
        if finite.count(finite[0]) == len(finite):
            return Feature(name, None), f"{plain_number(finite[0])} in every row"
        whole = len(finite) > 7 and all(x == int(x) for x in finite) and len({*finite}) == len(finite)
        named = re.search(r"(^|_| )id$|[a-z]I[dD]$", name, re.IGNORECASE if name.lower() == "id" else 0)
        counted = whole and (max(finite) - min(finite) == len(finite) - 1 or named)
        return Feature(name, None), "a number for each row" if counted else ""
    if len(texts) < 2:
        return Feature(name, [*texts]), f"{cut_short(next(iter(texts)))} in every row" if texts else "empty"
    apart = len(texts) > max(2, min(texts.total() / 2, MOST_TEXTS, MOST_CELLS / len(cells)))
    return Feature(name, sorted(texts)), f"{len(texts)} texts tell rows apart" if apart else ""


def encoded(columns: Sequence[Feature], table: Table) -> list[tuple[float, ...] | None]:
    """The inputs of each row, None where a column has no value there."""
    parts = [part for column in columns for part in column.numbers(table)]
    rows: Any = [*zip(*parts, strict=True)]
    return [None if None in row else row for row in rows] if any(None in part for part in parts) else rows


def _numbers(cells: Sequence[str], decimal: str) -> list[float | None]:
    with suppress(ValueError):  # quick where nothing is missing
        text = "\0".join(cells)  # between cells there is what no text holds
        found = [*map(float, cells if decimal == "." else text.replace(decimal, ".").split("\0"))]
        if math.isfinite(sum(found)) and "_" not in text and (decimal == "." or "." not in text):
            return [*found]
    return [number_in(cell, decimal) for cell in cells]


def number_in(text: str, decimal: str = ".") -> float | None:
    """The finite number, or the date in days, that a text says; thousands may be set apart."""
    if grouped := GROUPED[decimal].fullmatch(text):
        text = text.replace(grouped[1], "")
    with suppress(ValueError):
        x = float(text.replace(decimal, "."))
        return x if math.isfinite(x) and "_" not in text else None
    with suppress(ValueError):
        return float(date.fromisoformat(text[:10]).toordinal()) if len(text) in (10, 19) else None
    return None


# -- the file -------------------------------------------------------------------------------------------------


def read_table(path: Path, separator: str | None = None, decimal: str | None = None) -> Table:
    """The table in a file, which may be compressed by gzip, or in standard input for `-`; its first line names columns.

    Raises TableError where the file cannot be read, is empty, has a row that is too long, or leaves a quote open.
    """
    text, encoding = _text_of_file(path)
    lines = [*io.StringIO(text, newline="")]
    if lines and (told := re.fullmatch("sep=(.)\\s*", lines[0], re.IGNORECASE)):  # a line that is for Excel
        separator, lines = separator or told[1], lines[1:]
    separator = separator or max(SEPARATORS, key=partial(_separator_agreement, lines))
    bare = text.isascii() and not any(mark in text for mark in '"\t ')
    names, *rows = [*_records(lines, separator, bare)] or [[]]
    if not any(names):
        raise TableError(f"{str(path)!r} is empty, its first line should name its columns")
    decimal = decimal or ("," if separator != "," and _has_decimal_commas(rows) else ".")
    remarks = [f"separated by {SEPARATORS.get(separator, repr(separator))}"] if separator != "," else []
    remarks += [*(["with decimal commas"] if decimal == "," else []), *([f"in {encoding}"] if encoding else [])]
    return Table(str(path), names, rows, separator, decimal, remarks)


@contextmanager
def trying(what: str, path: Path) -> Iterator[None]:
    """Within this block a TableError says that a file cannot be read or written."""
    try:
        yield
    except (OSError, EOFError, zlib.error) as error:
        raise TableError(f"cannot {what} {str(path)!r}: {getattr(error, 'strerror', None) or error}") from error


def _text_of_file(path: Path) -> tuple[str, str]:
    """The text of a file, and its encoding if that is not UTF-8."""
    with trying("read", path):
        content = sys.stdin.buffer.read() if str(path) == "-" else path.read_bytes()
        content = gzip.decompress(content) if content[:2] == b"\x1f\x8b" else content
    utf_16 = content[:2] in (b"\xff\xfe", b"\xfe\xff")
    for encoding, name in (("utf-16", "UTF-16"),) if utf_16 else (("utf-8-sig", ""), ("cp1252", "Windows-1252")):
        with suppress(UnicodeDecodeError):
            text = content.decode(encoding)
            if "\0" not in text:
                return text, name
    raise TableError(f"{str(path)!r} is no text in UTF-8, UTF-16 or Windows-1252")


def _separator_agreement(lines: list[str], separator: str) -> tuple[float, int]:
    """How many of the first records have as many values as the first one, as a share, and how many these are."""
    with suppress(csv.Error):
        sizes = [len(row) for row in islice(csv.reader(lines, delimiter=separator), 50) if row]
        if sizes and sizes[0] > 1:
            return sizes.count(sizes[0]) / len(sizes), sizes[0]
    return 0.0, 0


def _has_decimal_commas(rows: Sequence[Sequence[str]]) -> bool:
    cells = [cell for row in rows[:1000] for cell in row]
    commas, points = (sum(bool(re.fullmatch(p, x)) for x in cells) for p in (r"[-+]?[\d.'’\s]*,\d+", r"[-+]?\d*\.\d+"))
    return commas > points


def _records(lines: list[str], separator: str, bare: bool) -> Iterator[list[str]]:
    """The rows that are not empty, of which those of a `bare` text have no blanks around values.

    TableError where a quote stays open, or a row is longer than the first one.
    """
    reader = csv.reader(lines, delimiter=separator, skipinitialspace=True)
    first, width, end = 0, 0, re.compile(rf'" +(?=[{re.escape(separator)}\r\n]|$)')
    try:
        for row in reader:
            if reader.line_num > first + 1 or reader.line_num == len(lines):  # a cell may have swallowed other rows
                text = end.sub('"', "".join(lines[first : reader.line_num]))
                next(csv.reader([text], delimiter=separator, skipinitialspace=True, strict=True), None)
            first = reader.line_num
            if row:
                width = width or len(row)
                if len(row) > width:
                    raise TableError(f"line {first} has {len(row)} values, the first one has {width}; see --separator")
                yield row if bare else [cell.strip() for cell in row]
    except csv.Error as error:
        raise TableError(f"line {first + 1}: {error}; is a quote opened in this row and not closed?") from error


# -- words ----------------------------------------------------------------------------------------------------


def plain_number(x: float) -> str:
    """A number with all its digits, without the .0 of a whole one."""
    return repr(float(x)).removesuffix(".0")


def six_digits(x: float) -> str:
    """A number with six digits that count."""
    return plain_number(float(f"{x:.6g}"))


def one_line(text: str) -> str:
    """A text without line breaks, cut after 40 letters."""
    text = " ".join(text.split())
    return text if len(text) <= 40 else f"{text[:37]}..."


def cut_short(text: str) -> str:
    """A text in quotes, without line breaks, cut after 40 letters."""
    return one_line(repr(text))


def listed_in(items: Sequence[str], written: Callable[[str], str] = cut_short, most: int = 8) -> str:
    """Items as `'a', 'b', 'c'`; of more than `most`, the first few and how many there are."""
    more = f", ... ({len(items)} in all)" if len(items) > most else ""
    return ", ".join(map(written, items[: most * 3 // 4] if more else items)) + more
