"""A NumPy program over rows at work: its vectors, its data, and batches of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from autograd.compiler import numpy
from autograd.compiler.errors import CompileError
from autograd.compiler.source import shown

if TYPE_CHECKING:
    import numpy as np

__all__ = ["BranchError", "DataSet", "NumPyProgram", "run"]


class BranchError(CompileError):
    """Row number `row` takes another branch than the example did."""

    def __init__(self, message: str, row: int) -> None:
        super().__init__(message)
        self.row = row


class NumPyProgram:
    """A program by its `source` and the arrays of `constants` that it refers to.

    - `leaves`, `trained`: the number of parameters, and of those that have a gradient, which come first.
    - `width`: the number of columns of data.
    - `checks`: for each condition of data that the program computes what it has to be, and what to say if it is not.

    It computes the mean over rows, or their sum where `summed` is set before the first step. `data` and `grad` are the
    vectors of the parameters that are trained, `all_data` and `all_grad` columns of all. What
    is pickled is no more than the arguments, so that other processes can run it.
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
        self.namespace = run(source, constants)
        self.all_data, self.all_grad = np.zeros((leaves, 1)), np.zeros((leaves, 1))
        self.data: np.ndarray = self.all_data[:trained, 0]
        self.grad: np.ndarray = self.all_grad[:trained, 0]

    summed = False

    def shares(self, n: int, weights: np.ndarray | None) -> np.ndarray:
        """What each of `n` rows counts in the loss."""
        import numpy as np

        shares = np.ones(n) if weights is None else weights
        return shares if self.summed else shares / shares.sum()

    def __reduce__(self) -> tuple[Any, ...]:
        return NumPyProgram, self.arguments

    def over(self, rows: np.ndarray, weights: np.ndarray | None = None, *, apart: bool = False) -> DataSet:
        """The program for data: a matrix with a row for each row, and the weights of these in the mean.

        If it is `apart`, its gradient is not in `grad`, but in the `grad` of what is returned. Raises CompileError
        where the function branches on data, and not all rows go the same way.
        """
        return DataSet(self, rows, weights, apart)

    def columns(self, rows: np.ndarray, weights: np.ndarray) -> list[np.ndarray]:
        """What depends on the data alone."""
        import numpy as np

        with np.errstate(all="ignore"):
            found: list[np.ndarray] = self.namespace["columns"](rows, weights[None])
        return found

    def check(self, rows: np.ndarray) -> None:
        """CompileError where a row takes another branch than the example."""
        import numpy as np

        with np.errstate(all="ignore"):
            found = self.namespace["checks"](rows, np.ones((1, len(rows))))
        for (outcome, message), condition in zip(self.checks, found, strict=True):
            others = np.flatnonzero(np.broadcast_to(condition, (1, len(rows)))[0] != outcome)
            if len(others):
                raise BranchError(message, int(others[0]))

    def bind(self, n: int, columns: Sequence[np.ndarray], gradient: np.ndarray) -> Callable[[], float]:
        """The step for `n` rows that lie in these arrays: it fills `gradient` and returns the loss."""
        step: Callable[[], float] = self.namespace["program"](self.all_data, gradient, n, *columns)
        return step


class DataSet:
    """A program over some data; `rows` is a matrix of all of it."""

    def __init__(self, program: NumPyProgram, rows: np.ndarray, weights: np.ndarray | None, apart: bool) -> None:
        import numpy as np

        self.program, self.rows, self.weights = program, np.ascontiguousarray(rows, dtype=float), weights
        if self.rows.ndim != 2 or self.rows.shape[1] != program.width or not len(rows):
            raise ValueError(f"Data is a matrix of {program.width} columns, got one of shape {np.shape(rows)}.")
        self.all_grad = np.zeros_like(program.all_grad) if apart else program.all_grad
        self.grad = self.all_grad[: program.trained, 0]
        self.whole: Callable[[], float] | None = None
        self.batches: dict[int, _Batch] = {}
        program.check(self.rows)

    def step(self, batch: np.ndarray | None = None) -> float:
        """The mean loss of the rows `batch`, or of all; its gradient is then in `program.grad`."""
        if batch is None:
            if self.whole is None:
                columns = self.program.columns(self.rows, self.program.shares(len(self.rows), self.weights))
                self.whole = self.program.bind(len(self.rows), columns, self.all_grad)
            return self.whole()
        n = len(batch)
        if n not in self.batches:
            self.batches[n] = _Batch(self, n)
        return self.batches[n].step(batch)


class _Batch:
    """Batches of one size: what they need is taken from the data into arrays that stay where they are."""

    def __init__(self, data: DataSet, n: int) -> None:
        import numpy as np

        self.data, self.take = data, np.take
        self.axes = [0 if kind == "rows" else 1 for kind in data.program.namespace["kinds"]]
        share = data.program.shares(n, None)[0]
        self.all = data.program.columns(data.rows, np.full(len(data.rows), share)) if data.weights is None else []
        for other in (
            data.batches.values() if self.all else ()
        ):  # the rows of data are the same, of which memory is to have one copy
            self.all = [x if axis else y for x, y, axis in zip(self.all, other.all, self.axes, strict=True)]
        first = data.program.columns(data.rows[:1], np.ones(1))
        shapes = [(n, x.shape[1]) if axis == 0 else (x.shape[0], n) for x, axis in zip(first, self.axes, strict=True)]
        self.columns = [np.ones(shape, x.dtype) for shape, x in zip(shapes, first, strict=True)]
        self.run = data.program.bind(n, self.columns, data.all_grad)

    def step(self, batch: np.ndarray) -> float:
        if self.data.weights is None:
            for source, axis, column in zip(self.all, self.axes, self.columns, strict=True):
                self.take(source, batch, axis, column, "clip")  # which needs no copy, as "raise" does
        else:
            rows, weights = self.data.rows[batch], self.data.weights[batch]
            for source, column in zip(
                self.data.program.columns(rows, self.data.program.shares(len(rows), weights)), self.columns, strict=True
            ):
                column[...] = source
        return self.run()


def run(source: str, functions: dict[str, Any]) -> dict[str, Any]:
    """What a program defines; `functions` are those it calls besides NumPy's, and its constants."""
    import numpy as np

    names = {name: getattr(np, name) for name in np.__all__} | numpy.functions() | _of_scipy(source) | functions
    exec(compile(source, shown(source), "exec"), names)  # noqa: S102  # we have written it
    return names


def _of_scipy(source: str) -> dict[str, Any]:
    """Functions that NumPy leaves to SciPy, which is quicker than going number by number; none if it is not there."""
    if not re.search(r"\b(erfc?|l?gamma)\(", source):
        return {}
    try:
        from scipy import special
    except ImportError:
        return {}
    return {"erf": special.erf, "erfc": special.erfc, "gamma": special.gamma, "lgamma": special.gammaln}
