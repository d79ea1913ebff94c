"""Sparse matrices: where their non-zeros stand, as an object that shows itself, and SciPy's arrays that hold them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import accumulate
from typing import Any

from autograd.extras import needed

__all__ = ["Sparsity", "mirrored", "scipy_sparse"]

SIDE = 320.0  # of the picture's longer side, in pixels
DETAILED = 40  # rows and columns of a matrix that is written with a sign for each entry
ACROSS = 72  # characters of a line
FINEST = 200  # squares along a side of the picture; more entries share one


class Sparsity:
    """Which entries of a matrix may differ from 0: those to which a path leads.

    - `shape`: the numbers of rows and columns; `nnz`: how many entries there are.
    - `indices`, `indptr`: the columns of all entries, row after row, and where each row begins, as in CSR.

    It is written as text, and in a notebook as a picture; `array` makes a matrix of it.

    >>> print(Sparsity([[0, 1], [1], []], 3))
    ■ ■ ·
    · ■ ·
    · · ·
    """

    def __init__(self, rows: Iterable[Iterable[int]], columns: int) -> None:
        found = [sorted(row) for row in rows]
        self.shape = len(found), columns
        self.indices = [j for row in found for j in row]
        self.indptr = [0, *accumulate(map(len, found))]
        self.nnz = len(self.indices)
        self._make: Callable[[Any], Any] | None = None

    def __repr__(self) -> str:
        m, n = self.shape
        share = f" ({self.nnz / (m * n):.2g} of all)" if self.nnz else ""
        return f"<Sparsity: {m} x {n}, {self.nnz} non-zero{share}>"

    def __str__(self) -> str:
        m, n = self.shape
        if max(m, n) <= DETAILED:
            found = {*self._entries(1.0)}
            return "\n".join([" ".join(["·■"[(i, j) in found] for j in range(n)]) for i in range(m)])
        scale = min(1.0, 2 * ACROSS / n, 4 * ACROSS / m)
        dots: dict[tuple[int, int], int] = {}
        for i, j in self._entries(scale):
            cell = i // 4, j // 2
            dots[cell] = dots.get(cell, 0) | _BRAILLE[i % 4][j % 2]
        lines, width = -(-_shrunk(m, scale) // 4), -(-_shrunk(n, scale) // 2)
        return "\n".join(["".join([chr(0x2800 + dots.get((i, j), 0)) for j in range(width)]) for i in range(lines)])

    def _repr_svg_(self) -> str:
        m, n = self.shape
        scale = min(1.0, FINEST / max(m, n, 1))
        height, width = _shrunk(m, scale), _shrunk(n, scale)
        unit = min(SIDE / max(height, width, 1), 16.0)
        found = {*self._entries(scale)}
        squares = []
        for i, j in sorted(found):
            if (i, j - 1) not in found:  # squares side by side are one
                end = j
                while (i, end) in found:
                    end += 1
                squares.append(f"M{j} {i}h{end - j}v1h{j - end}z")
        gap = 0.04 if unit > 6 else 0.0  # between squares, where one can see it
        lines = "".join([f"M{j} 0v{height}" for j in range(1, width)] + [f"M0 {i}h{width}" for i in range(1, height)])
        grid = f'<path d="{lines}" stroke="#fff" stroke-width="{2 * gap}"/>' if gap else ""
        w, h = unit * width, unit * height
        words = f"{m} × {n}, {self.nnz} non-zero"
        frame = f'width="{width}" height="{height}"'
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{max(w, 150) + 16:.6g}" height="{h + 38:.6g}" '
            f'role="img" aria-label="Sparsity: {words}">'
            f'<rect width="100%" height="100%" fill="#fff"/><g transform="translate(8 8) scale({unit:.6g})">'
            f'<rect {frame} fill="#f1f3f4"/><path d="{"".join(squares)}" fill="#1967d2"/>{grid}'
            f'<rect {frame} fill="none" stroke="#80868b" stroke-width="{1 / unit:.6g}"/></g>'
            f'<text x="8" y="{h + 27:.6g}" font-family="sans-serif" font-size="12" fill="#3c4043">{words}</text></svg>'
        )

    def entries(self) -> Iterable[tuple[int, int]]:
        """The rows and columns of all entries, row after row."""
        return self._entries(1.0)

    def _entries(self, scale: float) -> Iterable[tuple[int, int]]:
        """The places of all entries, in a matrix that is so much smaller."""
        for i in range(self.shape[0]):
            for j in self.indices[self.indptr[i] : self.indptr[i + 1]]:
                yield int(i * scale), int(j * scale)

    def array(self, data: Any) -> Any:
        """SciPy's `csr_array` with these numbers, row after row: a buffer of doubles, or a sequence of numbers.

        Raises ImportError where SciPy is not installed.
        """
        if self._make is None:
            self._make = self._maker()
        return self._make(data)

    def _maker(self) -> Callable[[Any], Any]:
        """What `array` does, past SciPy's constructor, which checks its arguments each time."""
        import numpy

        csr_array = scipy_sparse().csr_array
        indices, indptr = numpy.array(self.indices, dtype="int32"), numpy.array(self.indptr, dtype="int32")
        example = csr_array((numpy.zeros(self.nnz), indices, indptr), shape=self.shape)
        assert example.has_canonical_format  # which it then remembers
        known, new = vars(example), csr_array.__new__
        frombuffer, indices_of, indptr_of = numpy.frombuffer, example.indices.copy, example.indptr.copy

        def make(data: Any) -> Any:
            made = new(csr_array)
            made.__dict__ = own = known.copy()
            own["data"] = frombuffer(data) if data.__class__ is bytearray else numpy.array(data, dtype=float)
            own["indices"], own["indptr"] = indices_of(), indptr_of()
            return made

        return make


def mirrored(rows: list[dict[int, Any]]) -> list[dict[int, Any]]:
    """All of a symmetric matrix, of which `rows` have what is on and below the diagonal, by columns in their order."""
    for i, row in enumerate(rows):
        for j, x in row.items():
            rows[j][i] = x
    return rows


def scipy_sparse() -> Any:
    """SciPy's sparse matrices; ImportError where there are none."""
    with needed("sparse=True", '"scalar-autograd[scipy]"'):
        import scipy.sparse
    return scipy.sparse


def _shrunk(n: int, scale: float) -> int:
    return int((n - 1) * scale) + 1 if n else 0


_BRAILLE: Sequence[Sequence[int]] = [(0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80)]  # of 2 x 4 dots
