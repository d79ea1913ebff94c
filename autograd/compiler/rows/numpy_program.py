"""A running NumPy program over rows: its vectors, its data, and batches of data."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from autograd.compiler.engines.blockwise import numpy_functions
from autograd.compiler.engines.library import structure
from autograd.compiler.errors import CompileError
from autograd.compiler.text.source import definitions

if TYPE_CHECKING:
    import numpy as np

__all__ = ["BranchError", "DataSet", "NumPyProgram", "RowNumbers", "executed"]

RowNumbers = Any  # numbers of rows: a range, which is laid out in memory once, or an array

MEMORY = 2 * 2**20  # bytes of what a block computes on the way, which is to stay in the cache
FEWEST_ROWS = 1024  # rows of a block at least: fewer cost more in calls, and in matrix products


class BranchError(CompileError):
    """Row number `row` takes a branch that the example did not take."""

    def __init__(self, message: str, row: int) -> None:
        super().__init__(message)
        self.row = row


class NumPyProgram:
    """A program by its `source` and the arrays of `constants` that it refers to.

    - `leaves`, `trained`: the number of parameters, and of those that have a gradient, which come first.
    - `width`: the number of columns of data.
    - `checks`: for each condition of data that the program computes what it has to be, and what to say if it is not.

    It computes the mean over rows, at most `block` of them at a time, or their sum where `summed` is set before the
    first step. `data` and `grad` are the vectors of the parameters that are trained, `all_data` and `all_grad` columns
    of all. What is pickled is no more than the arguments, so that other processes can run it.
    """

    def __init__(
        self,
        source: str,
        constants: dict[str, Any],
        leaves: int,
        trained: int,
        width: int,
        checks: Sequence[tuple[bool, str]],
    ) -> None:
        import numpy as np

        self.arguments = source, constants, leaves, trained, width, checks
        self.source, self.trained, self.width, self.checks = source, trained, width, checks
        self.namespace = executed(source, constants)
        self.block: int = max(MEMORY // (8 * self.namespace["lanes"] + 1), FEWEST_ROWS)
        self.all_data, self.all_grad = np.zeros((leaves, 1)), np.zeros((leaves, 1))
        self.data: np.ndarray = self.all_data[:trained, 0]
        self.grad: np.ndarray = self.all_grad[:trained, 0]

    summed = False

    def shares(self, n: int, weights: np.ndarray | None) -> np.ndarray:
        """The share of each of `n` rows in the loss."""
        import numpy as np

        shares = np.ones(n) if weights is None else weights
        return shares if self.summed else shares / shares.sum()

    def __reduce__(self) -> tuple[Any, ...]:
        return NumPyProgram, self.arguments

    def over(self, rows: np.ndarray, weights: np.ndarray | None = None, *, apart: bool = False) -> DataSet:
        """The program for data: a matrix with a row for each row, and the weights of these in the mean.

        If `apart`, the gradient is not in this `grad`, but in the `grad` of what is returned. Raises CompileError
        where the function branches on data, and not all rows go the same way.
        """
        return DataSet(self, rows, weights, apart)

    def columns(self, rows: np.ndarray, weights: np.ndarray) -> list[np.ndarray]:
        """What the program computes from the data alone."""
        return self._of_data(rows, weights)[: len(self.namespace["kinds"])]

    def check(self, rows: np.ndarray) -> None:
        """Raise BranchError where a row takes a branch that the example did not take."""
        import numpy as np

        found = self._of_data(rows, np.ones(len(rows)))[len(self.namespace["kinds"]) :] if self.checks else []
        for (outcome, message), condition in zip(self.checks, found, strict=True):
            others = np.flatnonzero(np.broadcast_to(condition, (1, len(rows)))[0] != outcome)
            if len(others):
                raise BranchError(message, int(others[0]))

    def _of_data(self, rows: np.ndarray, weights: np.ndarray) -> list[np.ndarray]:
        import numpy as np

        with np.errstate(all="ignore"):
            found: list[np.ndarray] = self.namespace["columns"](rows, weights[None])
        return found


class DataSet:
    """A program over some data; `rows` is a matrix of all of it.

    Many rows are computed in blocks, which stay in the cache, and add up by their shares in the weights.
    """

    def __init__(self, program: NumPyProgram, rows: np.ndarray, weights: np.ndarray | None, apart: bool) -> None:
        import numpy as np

        self.program, self.rows, self.weights = program, np.ascontiguousarray(rows, dtype=float), weights
        if self.rows.ndim != 2 or self.rows.shape[1] != program.width or not len(rows):
            raise ValueError(f"Data is a matrix of {program.width} columns, got one of shape {np.shape(rows)}.")
        self.everything = range(len(rows))
        self.all_grad = np.zeros_like(program.all_grad) if apart else program.all_grad
        self.grad = self.all_grad[: program.trained, 0]
        self.steps: dict[int, Callable[..., float]] = {}  # by the number of rows
        self.laid_out: dict[range, Callable[[], float]] = {}  # a step whose columns are in memory
        self.size, self.batch = 0, list[tuple[Callable[..., Any], np.ndarray]]()  # for batches of that size
        self.changing = False  # whether some of the data change from step to step
        program.check(self.rows)

    def put(self, rows: RowNumbers, column: int, numbers: Sequence[float]) -> None:
        """Put other numbers into these rows, from a column on; each step then computes what depends on data alone."""
        import numpy as np

        if not self.changing:
            self.rows, self.changing = self.rows.copy(), True
        self.rows[rows, column:] = np.array(numbers).reshape(len(rows), -1)

    def step(self, batch: RowNumbers | None = None) -> float:
        """The mean loss of the rows `batch`, or of all; its gradient is then in `program.grad`."""
        rows = self.everything if batch is None else batch
        if len(rows) <= (size := self.program.block) or self.program.summed:
            return self.at_once(rows)
        return self.added([rows[start : start + size] for start in range(0, len(rows), size)])

    def added(self, parts: Sequence[RowNumbers]) -> float:
        """The mean loss of parts of the rows, with its gradient; each part counts by its weight."""
        import numpy as np  # only here, since the import costs a hundredth of a small step

        parts = [part for part in parts if self.weight(part)]
        loss, gradient, whole = 0.0, np.zeros_like(self.all_grad), sum(map(self.weight, parts))
        for part, (mean, slopes) in zip(parts, self.computed(parts), strict=True):
            share = self.weight(part) / whole
            loss += share * mean
            gradient += share * slopes
        self.all_grad[...] = gradient
        return loss

    def computed(self, parts: Sequence[RowNumbers]) -> Iterable[tuple[float, np.ndarray]]:
        """Loss and gradient of each part."""
        return ((self.at_once(part), self.all_grad) for part in parts)

    def at_once(self, rows: RowNumbers) -> float:
        """A step for these rows without blocks."""
        if self.changing:
            return self.running(len(rows))(*self.columns(rows))
        if not isinstance(rows, range):
            return self.running(len(rows))(*self.taken(rows))
        if rows not in self.laid_out:
            self.laid_out[rows] = partial(self.running(len(rows)), *self.columns(rows))
        return self.laid_out[rows]()

    def running(self, n: int) -> Callable[..., float]:
        """The step for `n` rows, a function of their columns."""
        if n not in self.steps:
            self.steps[n] = self.program.namespace["program"](self.program.all_data, self.all_grad, n)
        return self.steps[n]

    def columns(self, rows: RowNumbers) -> list[np.ndarray]:
        """What is computed from the data of these rows alone."""
        weights = None if self.weights is None else chosen(self.weights, rows)
        return self.program.columns(chosen(self.rows, rows), self.program.shares(len(rows), weights))

    def taken(self, batch: np.ndarray) -> list[np.ndarray]:
        """`columns`, taken from what has been computed for all rows if the batch is as large as the first one.

        That is done for rows of equal weight; the arrays are used again for the next batch.
        """
        if self.weights is not None:
            return self.columns(batch)
        if not self.batch:
            self._lay_out(len(batch))
        if len(batch) != self.size:
            return self.columns(batch)
        for take, column in self.batch:
            take(batch, out=column)
        return [column for _, column in self.batch]

    def _lay_out(self, size: int) -> None:
        """Compute the columns of all rows, and find memory for those of a batch."""
        import numpy as np

        self.size, program = size, self.program
        share = program.shares(size, None)[0]
        whole = program.columns(self.rows, np.full(len(self.rows), share))
        for x, kind in zip(whole, program.namespace["kinds"], strict=True):
            axis = 0 if kind == "rows" else x.ndim - 1
            column = np.ones((*x.shape[:axis], size, *x.shape[axis + 1 :]), x.dtype)
            self.batch.append((partial(x.take, axis=axis, mode="clip"), column))  # which needs no copy, as "raise" does

    def weight(self, rows: RowNumbers) -> float:
        """The weight of some rows together."""
        return float(len(rows)) if self.weights is None else float(chosen(self.weights, rows).sum())


def chosen(array: np.ndarray, rows: RowNumbers) -> np.ndarray:
    """Some rows of an array; those of a range without a copy."""
    return array[rows.start : rows.stop] if isinstance(rows, range) else array[rows]


def executed(source: str, functions: dict[str, Any]) -> dict[str, Any]:
    """What a program defines; `functions` are those it calls besides NumPy's, and its constants."""
    import numpy as np

    words = {*re.findall(r"\w+", source)}  # some of NumPy's names are whole packages, which take 0.1 s to load
    names = {name: getattr(np, name) for name in np.__all__ if name in words}
    names |= structure(np.zeros(0)) | numpy_functions() | _of_scipy(source) | functions
    return definitions(source, names)


def _of_scipy(source: str) -> dict[str, Any]:
    """Functions that NumPy leaves to SciPy, which is quicker than going number by number; none if it is not there."""
    if not re.search(r"\b(erfc?|l?gamma)\(", source):
        return {}
    try:
        from scipy import special
    except ImportError:
        return {}
    return {"erf": special.erf, "erfc": special.erfc, "gamma": special.gamma, "lgamma": special.gammaln}
