"""A loss of one row, compiled for many: its mean over rows and the gradient, computed for all of them at once."""

from __future__ import annotations

import linecache
from collections.abc import Callable, Sequence
from itertools import count
from typing import TYPE_CHECKING, Any

from autograd.compiler.array_api import namespace
from autograd.compiler.blocks import blocks
from autograd.compiler.errors import CompileError
from autograd.compiler.normal import normal
from autograd.compiler.numpy_source import numpy_source
from autograd.compiler.sweep import Steps, steps
from autograd.compiler.trace import Guard, trace
from autograd.graph import nodes
from autograd.tree import flatten
from autograd.value import Value

if TYPE_CHECKING:
    import numpy as np

__all__ = ["DataSet", "RowProgram", "compile_rows"]

_programs = count(1)


def compile_rows(f: Callable[..., Any], example: Sequence[Any], parameters: Sequence[Value]) -> RowProgram:
    """The program for the mean of `f` over rows of data, and its gradient by `parameters`.

    - `f`: the loss of one row: called with what is in a row, it gives one Value.
    - `example`: such a row: numbers and nested lists of them, which say how all others look.
    - `parameters`: leaf Values that `f` refers to; what else it refers to is read, and has no gradient.

    `f` is called once, with Values in place of the example's numbers. Raises CompileError where `f` branches on
    something that depends on parameters, or gives no Value.

    >>> import numpy as np
    >>> a, b = Value(2.0), Value(1.0)
    >>> program = compile_rows(lambda x, y: (a * x + b - y) ** 2, (0.0, 0.0), [a, b])
    >>> data = program.over(np.array([[0.0, 1.0], [1.0, 5.0]]))
    >>> data.step(), program.grad
    (2.0, array([-2., -2.]))
    """
    return RowProgram(f, example, parameters)


class RowProgram:
    """What `compile_rows` gives.

    - `parameters`: the leaf Values, in the order of the vectors `data` and `grad`, which is `order` of that in which
      they were given; `load` and `store` take the numbers from the Values and back.
    - `size`: how many operands the loss of a row has, all nodes taken together.
    - `source`: the program, as Python.
    """

    def __init__(self, f: Callable[..., Any], example: Sequence[Any], parameters: Sequence[Value]) -> None:
        import numpy as np

        numbers, rebuild = flatten(list(example))
        row = [Value(x) for x in numbers]
        run = trace(lambda: f(*rebuild(iter(row))))
        if len(run.results) != 1 or not isinstance(run.results[0], Value):
            raise CompileError("The loss of a row is one Value, computed from parameters; got something else.")
        (loss,) = run.results
        conditions = [guard.condition for guard in run.guards]
        given = {*parameters, *row, *run.own}
        outside = [x for x in nodes(loss, *conditions) if not x.parents and x not in given]
        leaves = [*parameters, *outside]
        form = normal(loss, leaves, row, conditions)
        for guard, condition in zip(run.guards, form.checks, strict=True):
            if not isinstance(condition, float) and condition.on & 1:
                raise CompileError(_branch(guard))
        grouped = blocks(form, trained=len(parameters))
        self.guards: list[Guard] = run.guards
        self.steps: Steps = steps(grouped)
        self.leaves = [leaves[i] for i in grouped.order]
        self.order: list[int] = grouped.order[: len(parameters)]
        self.parameters: list[Value] = self.leaves[: len(parameters)]
        self.all_data, self.all_grad = np.zeros((len(leaves), 1)), np.zeros((len(leaves), 1))
        self.data: np.ndarray = self.all_data[: len(parameters), 0]
        self.grad: np.ndarray = self.all_grad[: len(parameters), 0]
        self.width = len(row)
        self.size = sum(len(node.args) for node in nodes(loss))
        self.source, constants = numpy_source(self.steps)
        self.namespace = _run(self.source, constants)
        self.load()

    def load(self) -> None:
        """Read the Values' data."""
        self.all_data[:, 0] = [x.data for x in self.leaves]

    def store(self) -> None:
        """Write data and gradient to the Values."""
        for x, data, grad in zip(self.parameters, self.data.tolist(), self.grad.tolist(), strict=True):
            x.data, x.grad = data, grad

    def over(self, rows: np.ndarray, weights: np.ndarray | None = None, *, apart: bool = False) -> DataSet:
        """The program for data: a matrix with a row for each row, and the weights of these in the mean.

        If it is `apart`, its gradient is not in `grad`, but in the `grad` of what is returned. Raises CompileError
        where the function branches on data, and not all rows go the same way.
        """
        return DataSet(self, rows, weights, apart)

    def columns(self, rows: np.ndarray, weights: np.ndarray) -> list[np.ndarray]:
        """What depends on the data alone; CompileError where a row takes another branch than the example."""
        import numpy as np

        with np.errstate(all="ignore"):
            found, checks = self.namespace["columns"](rows, weights[None])
        guards = iter(self.guards)
        for check in checks:
            guard = next(guards)
            if not (np.asarray(check, bool) == guard.outcome).all():
                raise CompileError(_branch(guard))
        return found  # type: ignore[no-any-return]  # a list of arrays

    def function(self, like: Any) -> Callable[[Any, Any, Any], tuple[Any, Any]]:
        """The same for the library that the array `like` is of: JAX, PyTorch, CuPy or another one of the Array API.

        The function takes the vector of all parameters as in `all_data`, the matrix of data, and the weights of its
        rows, whose sum is 1; it gives the mean loss and its gradient, all of them arrays of that library.

        >>> import numpy as np
        >>> a = Value(2.0)
        >>> program = compile_rows(lambda x, y: (a * x - y) ** 2, (0.0, 0.0), [a])
        >>> program.function(np.ones(1))(np.array([2.0]), np.array([[1.0, 1.0], [2.0, 3.0]]), np.array([0.5, 0.5]))
        (np.float64(1.0), array([3.]))
        """
        from autograd.compiler.library_source import functions, library_source

        source, constants = library_source(self.steps)
        function: Any = _run(source, constants | functions(namespace(like), like))["value_and_gradient"]
        return function  # type: ignore[no-any-return]  # a function, as the source says

    def bind(self, n: int, columns: Sequence[np.ndarray], gradient: np.ndarray) -> Callable[[], float]:
        """The step for `n` rows that lie in these arrays: it fills `gradient` and returns the loss."""
        step: Callable[[], float] = self.namespace["program"](self.all_data, gradient, n, *columns)
        return step


class DataSet:
    """A program over some data; `rows` is a matrix of all of it."""

    def __init__(self, program: RowProgram, rows: np.ndarray, weights: np.ndarray | None, apart: bool) -> None:
        import numpy as np

        self.program, self.rows, self.weights = program, np.ascontiguousarray(rows, dtype=float), weights
        if self.rows.ndim != 2 or self.rows.shape[1] != program.width or not len(rows):
            raise ValueError(f"Data is a matrix of {program.width} columns, got one of shape {np.shape(rows)}.")
        self.all_grad = np.zeros_like(program.all_grad) if apart else program.all_grad
        self.grad = self.all_grad[: len(program.parameters), 0]
        self.whole: Callable[[], float] | None = None
        self.batches: dict[int, _Batch] = {}
        program.columns(self.rows, _shares(len(rows), weights))  # says whether they can be computed

    def step(self, batch: np.ndarray | None = None) -> float:
        """The mean loss of the rows `batch`, or of all; its gradient is then in `program.grad`."""
        if batch is None:
            if self.whole is None:
                columns = self.program.columns(self.rows, _shares(len(self.rows), self.weights))
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
        self.all = data.program.columns(data.rows, np.full(len(data.rows), 1 / n)) if data.weights is None else []
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
                self.data.program.columns(rows, _shares(len(rows), weights)), self.columns, strict=True
            ):
                column[...] = source
        return self.run()


def _shares(n: int, weights: np.ndarray | None) -> np.ndarray:
    import numpy as np

    return np.full(n, 1 / n) if weights is None else weights / weights.sum()


def _branch(guard: Guard) -> str:
    return (
        f"Line {guard.line} of {guard.file} branches on the data or the parameters, so that rows go different ways; "
        "write autograd.where(condition, a, b) in place of if."
    )


def _run(source: str, constants: dict[str, Any]) -> dict[str, Any]:
    """What a program defines."""
    import numpy as np

    names = {name: getattr(np, name) for name in np.__all__} | _special(source) | constants
    name = f"<rows {next(_programs)}>"
    linecache.cache[name] = (len(source), None, source.splitlines(keepends=True), name)  # shown in tracebacks
    exec(compile(source, name, "exec"), names)  # noqa: S102  # we have written it
    return names


def _special(source: str) -> dict[str, Any]:
    """Functions that NumPy leaves to SciPy, if the program has them."""
    names = [name for name in ("erf", "erfc", "gamma", "gammaln", "polygamma") if f"{name}(" in source]
    if not names:
        return {}
    import scipy.special

    return {name: getattr(scipy.special, name) for name in names}
