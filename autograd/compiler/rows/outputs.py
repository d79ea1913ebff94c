"""The values of a function of one row, computed for many rows at once, without derivatives."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from math import isfinite
from typing import Any

from autograd.arithmetic import ieee
from autograd.collector import resting_collector
from autograd.compiler.errors import CompileError
from autograd.compiler.rows.backward import lowered
from autograd.compiler.rows.forward import forward
from autograd.compiler.rows.normal import Normal, normal
from autograd.compiler.rows.numpy_program import BranchError, NumPyProgram
from autograd.compiler.rows.plain import PlainProgram, plain_source
from autograd.compiler.rows.rows import NumPyRows, Recorded, of_engine
from autograd.compiler.rows.sources import numpy_source
from autograd.compiler.terms.array_ops import DATA

__all__ = ["RowOutputs", "compile_outputs"]


def compile_outputs(f: Callable[..., Any], example: Sequence[Any], engine: str | None = None) -> RowOutputs:
    """The program for all numbers that `f` returns, for each of many rows; arguments as of `compile_rows`.

    `f` may return Values and numbers in any structure; what it refers to is read at each call. Raises ValueError for
    any other engine.

    >>> import numpy as np
    >>> from autograd import Value
    >>> a = Value(2.0)
    >>> program = compile_outputs(lambda x: [a * x, x + 1], (0.0,))
    >>> program(np.array([[1.0], [5.0]]))
    array([[ 2.,  2.],
           [10.,  6.]])
    """
    return of_engine(_OUTPUT_ENGINES, engine)(f, example)


class RowOutputs(Recorded, ABC):
    """What `compile_outputs` returns: called with a matrix of rows, it returns the outputs of each.

    Raises `BranchError`, a CompileError, where a row takes a branch that the example did not.
    """

    engine: str
    source: str

    def __init__(self, f: Callable[..., Any], example: Sequence[Any]) -> None:
        super().__init__(f, example, ())
        self.outputs = len(self.traced.results)
        roots = self.recorded[: self.outputs + len(self.branches)]
        with resting_collector():
            zero = self.table.constant(0.0)
            self.write(normal(zero, [*self.known.values()], self.inputs, [], self.on, roots))
        del self.traced, self.f  # so that these do not keep anything alive

    @abstractmethod
    def write(self, form: Normal) -> None:
        """Make the program of the outputs of a normal form, and of the conditions after them."""

    @abstractmethod
    def __call__(self, rows: Any) -> Any:
        """The outputs for a matrix with a row for each row of data: a matrix with as many rows."""

    @abstractmethod
    def not_finite(self, outputs: Any) -> list[int]:
        """The rows of which an output is infinite or NaN."""


class _NumPyOutputs(RowOutputs, NumPyProgram):
    """Array operations on blocks of rows, whose outputs are an array."""

    engine = "numpy"

    def write(self, form: Normal) -> None:
        import numpy as np

        with ieee():  # for constants, as it is for data
            made = forward(form, len(self.leaves), self.columns_of)
            if made.outputs is None or not made.arrays.depends(made.outputs) & ~DATA:
                raise CompileError("The outputs depend on the data alone, so nothing is there to be computed with.")
            loss, outputs = lowered(made, made.outputs)
        source = numpy_source(loss, outputs, NumPyRows.reserved(), "outputs")
        NumPyProgram.__init__(self, *source, len(self.leaves), 0, len(self.columns_of), [])
        self.leaves = [self.leaves[i] for i in made.order]
        self.constants = np.array([[x.constant or 0.0] for x in form.outputs])
        self.steps: dict[int, tuple[Any, Any]] = {}  # by the number of rows, with the array that is filled

    def __call__(self, rows: Any) -> Any:
        import numpy as np

        rows = np.asarray(rows, dtype=float)
        if rows.ndim != 2 or rows.shape[1] != self.width:
            raise ValueError(f"Data is a matrix of {self.width} columns, got one of shape {rows.shape}.")
        self.load()
        found, outcomes = np.empty((len(rows), self.outputs)), [outcome for outcome, _ in self.branches]
        with np.errstate(all="ignore"):
            for start in range(0, len(rows), self.block):
                part = rows[start : start + self.block]
                outputs = self.at_once(part, len(part))
                found[start : start + self.block] = outputs[: self.outputs].T
                if outcomes and len(others := np.argwhere(outcomes != outputs[self.outputs :].T)):
                    row, k = others[0].tolist()
                    raise BranchError(self.branches[k][1], start + row)
        return found

    def not_finite(self, outputs: Any) -> list[int]:
        import numpy as np

        found: list[int] = np.flatnonzero(~np.isfinite(outputs).all(axis=1)).tolist()
        return found

    def at_once(self, rows: Any, n: int) -> Any:
        """The outputs and conditions of a block of `n` rows."""
        import numpy as np

        if n not in self.steps:
            if len(self.steps) > 1:  # programs for a whole block and for the rest are kept
                self.steps.clear()
            outputs = np.repeat(self.constants, n, axis=1)
            self.steps[n] = self.namespace["program"](self.all_data, outputs, n), outputs
        step, outputs = self.steps[n]
        step(*self.columns(rows, np.ones(n)))
        return outputs


class _PlainOutputs(RowOutputs, PlainProgram):
    """A loop over rows in plain Python, whose outputs are lists."""

    engine = "python"

    def write(self, form: Normal) -> None:
        PlainProgram.__init__(self, plain_source(form, 0), len(self.leaves), 0, len(self.columns_of), [])

    def __call__(self, rows: Sequence[Sequence[float]]) -> list[list[float]]:
        if strange := [row for row in rows if len(row) != self.width]:
            raise ValueError(f"Data is a matrix of {self.width} columns, got a row of {len(strange[0])}.")
        self.load()
        found: list[list[float]] = self.run("outputs", rows)
        for i, row in enumerate(found):
            for holds, (outcome, message) in zip(row[self.outputs :], self.branches, strict=True):
                if bool(holds) != outcome:
                    raise BranchError(message, i)
        return [[*map(float, row[: self.outputs])] for row in found]

    def not_finite(self, outputs: list[list[float]]) -> list[int]:
        return [i for i, row in enumerate(outputs) if not all(map(isfinite, row))]


_OUTPUT_ENGINES: dict[str, type[RowOutputs]] = {"numpy": _NumPyOutputs, "python": _PlainOutputs}
