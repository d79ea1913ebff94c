"""Training by a compiled program: the loss of all rows and its gradient as array operations on one vector."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Executor
from contextlib import ExitStack, contextmanager
from numbers import Real
from typing import TYPE_CHECKING, Any

from autograd import Value
from autograd.tree import flatten
from nn.descent import Descent
from nn.objective import Column, Objective
from nn.optimizers import Optimizer

if TYPE_CHECKING:
    import numpy as np

__all__ = ["CompiledDescent", "descent"]

WORTH = 100_000  # multiplications; an eager loop with fewer is through before a program is written
CHECKED = 300_000  # operands; so many are computed both ways before the program is trusted


def descent(
    training: Objective,
    optimizer: Optimizer,
    epochs: int,
    size: int,
    wanted: bool | None,
    executor: Executor | None,
    shards: int,
) -> Descent:
    """The steps of a training on `size` rows each, by a compiled program or scalar by scalar.

    `wanted` is the argument `compile` of `fit`, the others are called as there.
    """
    wanted = True if executor is not None and wanted is None else wanted
    eager = Descent(training, optimizer)
    work = epochs * optimizer.evaluations * len(training.rows) * len(optimizer.parameters)
    if wanted is False or (wanted is None and work < WORTH):
        return eager
    from autograd import CompileError  # loads the compiler

    try:
        compiled = CompiledDescent(training, optimizer, executor, shards)
        return compiled if compiled.is_the_same(size) else eager
    except Exception as error:
        # Of functions of the user's, too: they raise again in the eager loop, or were never meant for a program.
        if not wanted:
            return eager
        row = getattr(error, "row", 0)  # the first one that cannot be computed
        training([training.rows[row]], "step 1 (epoch 1)")  # raises what is wrong even without compiling
        if isinstance(error, CompileError):
            raise
        raise CompileError(f"The loss of a row cannot be compiled: {error}") from error


class CompiledDescent(Descent):
    """The same steps, taken by a program in one vector of all parameters."""

    def __init__(
        self, training: Objective, optimizer: Optimizer, executor: Executor | None = None, shards: int = 1
    ) -> None:
        super().__init__(training, optimizer)
        import numpy as np

        from autograd import compile_rows
        from autograd.compiler.rows.shards import Shards

        alone = [[1.0]] if training.weighted else []
        columns = [training.inputs, training.others[0]]
        rows = training.rows

        def of_one_row(x: Any, y: Any) -> Any:
            return training.loss([training.model(x)], [y], *alone)

        self.program = compile_rows(of_one_row, [column[rows[0]] for column in columns], optimizer.parameters)
        self.places = np.full(len(training.weights), -1)
        self.places[rows] = np.arange(len(rows))
        matrix, weights = _numbers(training)
        self.data: Any
        if executor is None:
            self.data = self.program.over(matrix, weights)  # in memory laid out at the first step
        else:
            self.data = Shards(self.program, matrix, weights, executor, shards)
        self.validation: tuple[Objective, Any] | None = None
        self.stack = ExitStack()

    def is_the_same(self, size: int) -> bool:
        """Whether it computes what the eager loop does, for batches of `size` rows and what is left for the last one.

        Of so many that the eager loop would take long, fewer are taken, and half of these. The eager loop is left to
        say what is wrong with a loss that is not finite. Raises CompileError where both are finite and differ, for
        example because the loss is neither a mean over rows nor a sum.
        """
        import numpy as np

        from autograd import CompileError

        rows = self.training.rows
        most = max(3, CHECKED // self.program.size)
        sizes = {size, len(rows) % size or size} if size <= most else {most, most // 2}
        samples = [[rows[i * len(rows) // n] for i in range(n)] for n in sizes]
        try:
            expected = [self._eagerly(some) for some in samples]
        except Exception:  # the loop meets it again, and says in which step
            return False
        if not all(np.isfinite(numbers).all() for numbers in expected):
            return False
        for self.program.summed in (False, True):
            found = [self._compiled(some) for some in samples]
            if all(np.abs(x - y).max() <= 1e-9 * np.abs(y).max() for x, y in zip(found, expected, strict=True)):
                return True
        raise CompileError(
            "The loss of several rows is not the mean of the losses of each, nor the sum, or it is not the same every "
            "time; fit(..., compile=False) trains with any loss."
        )

    def _eagerly(self, rows: Sequence[int]) -> np.ndarray:
        """The loss of some rows and its gradient, scalar by scalar."""
        import numpy as np

        before = [p.grad for p in self.program.parameters]
        try:
            self.optimizer.zero_grad()
            l = self.training(rows, "the first step")
            l.backward()
            return np.array([l.data, *(p.grad or 0.0 for p in self.program.parameters)])
        finally:
            for p, grad in zip(self.program.parameters, before, strict=True):
                p.grad = grad

    def _compiled(self, rows: Sequence[int]) -> np.ndarray:
        """The same by the program."""
        import numpy as np

        data, weights, places = self.data, self.data.weights, self.places[rows]
        part = self.program.over(data.rows[places], None if weights is None else weights[places], apart=True)
        with np.errstate(all="ignore"):
            return np.array([part.step(), *part.grad])

    @contextmanager
    def running(self) -> Iterator[None]:
        """The parameters are in the program's vectors within this block, where the Values find them."""
        try:
            self._begin()
            yield
        finally:
            self.stack.close()

    @contextmanager
    def shown(self) -> Iterator[None]:
        """They are in the Values alone within this block, and the optimizer's numbers in its lists."""
        self.stack.close()
        try:
            yield
        finally:
            self._begin()

    def _begin(self) -> None:
        import numpy as np

        self.stack.enter_context(self.program.bound())
        if self.optimizer.state is not None:  # or it changes one parameter at a time
            self.stack.enter_context(self.optimizer.training(self.program, self.program.order))
        self.stack.enter_context(np.errstate(all="ignore"))

    def batches(self, rows: Sequence[int], size: int) -> Iterator[Any]:
        """The rows, `size` at a time, as arrays."""
        import numpy as np

        yield from super().batches(np.array(rows), size)  # an array is as good

    def differentiated(self, batch: Any, when: str) -> Value:
        """The loss of these rows, its gradient being in the program's vector."""
        grad = self.program.grad
        l = self.data.step(None if len(batch) == len(self.training.rows) else self.places[batch])
        if not math.isfinite(l + grad @ grad):
            return super().differentiated(batch.tolist(), when)  # which says where something is not finite
        return Value(l)

    def validate(self, held_out: Objective, after: str) -> float:
        """The loss of other rows, by the program if it can compute them."""
        from autograd import CompileError

        if self.validation is None:
            try:
                self.validation = held_out, self.program.over(*_numbers(held_out), apart=True)
            except (CompileError, ValueError):  # other branches than in the training, other kinds of rows
                self.validation = held_out, None
        data = self.validation[1]
        l: float = data.step() if data else math.nan
        return l if math.isfinite(l) else super().validate(held_out, after)


class _OddRowError(ValueError):
    """Of all rows that have a weight the one at the place `row` is no row of numbers, or not like the first."""

    def __init__(self, row: int, message: str) -> None:
        super().__init__(message)
        self.row = row


def _array(column: Any, rows: Sequence[int]) -> np.ndarray:
    """Some rows of a column as an array, one of its rows for each."""
    import numpy as np

    try:
        array = np.asarray(column.array if isinstance(column, Column) else column)
        if array.dtype.kind in "biuf":
            return (array if len(rows) == len(array) else array[rows]).astype(float, copy=False)
    except ValueError:  # they differ in length
        pass
    found, layout = [], _layout(column[rows[0]])
    for place, i in enumerate(rows):
        numbers, _ = flatten(column[i])
        if not all(isinstance(x, Real) for x in numbers) or _layout(column[i]) != layout:
            message = f"row {i} does not hold numbers laid out as in row {rows[0]}"
            raise _OddRowError(place, message)
        found.append(numbers)
    return np.array(found, dtype=float)


def _layout(row: Any) -> Any:
    """What rows have in common of which one program can be made."""
    if isinstance(row, dict):
        return tuple(row), *map(_layout, row.values())
    return [_layout(part) for part in row] if isinstance(row, Iterable) and not isinstance(row, str) else None


def _numbers(objective: Objective) -> tuple[np.ndarray, np.ndarray | None]:
    """A matrix with inputs and target of each row that has a weight, and these weights."""
    import numpy as np

    rows = objective.rows
    parts = []
    for column in (objective.inputs, objective.others[0]):
        parts.append(_array(column, rows).reshape(len(rows), -1))
    weights = np.asarray(objective.weights, dtype=float)[rows] if objective.weighted else None
    return np.concatenate(parts, axis=1), weights
