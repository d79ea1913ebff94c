"""Training by a compiled program: the loss of all rows and its gradient as array operations on one vector."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from itertools import chain
from typing import TYPE_CHECKING, Any

from autograd import Value
from nn.descent import Descent
from nn.matrix import arrays, lists
from nn.objective import Objective
from nn.optimizers import Optimizer

if TYPE_CHECKING:
    from autograd.compiler import RowProgram

__all__ = ["CompiledDescent", "PlainDescent", "descent"]

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
    from autograd.compiler.rows import rows

    try:
        kind = CompiledDescent if rows.has_numpy() else PlainDescent
        compiled = kind(training, optimizer, executor, shards)
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
        from autograd import CompileError, compile_rows
        from autograd.compiler.rows.shards import Shards

        alone = [[1.0]] if training.weighted else []
        columns = [training.inputs, training.others[0]]
        rows = training.rows

        def of_one_row(x: Any, y: Any) -> Any:
            return training.loss([training.model(x)], [y], *alone)

        example = [column[rows[0]] for column in columns]
        program: Any = compile_rows(of_one_row, example, optimizer.parameters, self.engine)
        self.program: RowProgram = program
        self.places = self.placed(rows)
        self.data: Any
        if executor is None:
            self.data = self.program.over(*self.numbers(training))  # in memory laid out at the first step
        else:
            if self.engine != "numpy":
                raise CompileError("An executor computes programs of NumPy, which is not installed here.")
            matrix, weights = self.numbers(training)
            self.data = Shards(program, matrix, weights, executor, shards)
        self.validation: tuple[Objective, Any] | None = None
        self.stack = ExitStack()

    # -- what is NumPy's ------------------------------------------------------------------------------------------

    engine = "numpy"
    numbers: Any = staticmethod(arrays)

    def placed(self, rows: Sequence[int]) -> Any:
        """For each row its place among these rows."""
        import numpy as np

        places = np.full(len(self.training.weights), -1)
        places[rows] = np.arange(len(rows))
        return places

    def among(self, batch: Any) -> Any:
        """The places of some rows."""
        return self.places[batch]

    def batches(self, rows: Sequence[int], size: int) -> Iterator[Any]:
        """The rows, `size` at a time, as arrays."""
        import numpy as np

        yield from super().batches(np.array(rows), size)  # an array is as good

    def quiet(self) -> AbstractContextManager[Any]:
        """Within this block arithmetic warns of nothing."""
        import numpy as np

        quiet: AbstractContextManager[Any] = np.errstate(all="ignore")
        return quiet

    def square(self, grad: Any) -> Any:
        """The square of the length of a gradient."""
        return grad @ grad

    def begin(self) -> None:
        """Put the parameters and the optimizer's numbers into vectors."""
        self.stack.enter_context(self.program.bound())
        if self.optimizer.state is not None:  # or it changes one parameter at a time
            self.stack.enter_context(self.optimizer.training(self.program, self.program.order))
        self.stack.enter_context(self.quiet())

    # -- what is not ----------------------------------------------------------------------------------------------

    def is_the_same(self, size: int) -> bool:
        """Whether it computes what the eager loop does, for batches of `size` rows and what is left for the last one.

        Of so many that the eager loop would take long, fewer are taken, and half of these. The eager loop is left to
        say what is wrong with a loss that is not finite. Raises CompileError where both are finite and differ, for
        example because the loss is neither a mean over rows nor a sum.
        """
        from autograd import CompileError

        rows = self.training.rows
        most = max(3, CHECKED // self.program.size)
        sizes = {size, len(rows) % size or size} if size <= most else {most, most // 2}
        samples = [[rows[i * len(rows) // n] for i in range(n)] for n in sizes]
        try:
            expected = [self._eagerly(some) for some in samples]
        except Exception:  # the loop meets it again, and says in which step
            return False
        if not all(map(math.isfinite, chain(*expected))):
            return False
        for self.program.summed in (False, True):
            found = [self._compiled(some) for some in samples]
            if all(_alike(xs, ys) for xs, ys in zip(found, expected, strict=True)):
                return True
        raise CompileError(
            "The loss of several rows is not the mean of the losses of each, nor the sum, or it is not the same every "
            "time; fit(..., compile=False) trains with any loss."
        )

    def _eagerly(self, rows: Sequence[int]) -> list[float]:
        """The loss of some rows and its gradient, scalar by scalar."""
        before = [p.grad for p in self.program.parameters]
        try:
            self.optimizer.zero_grad()
            l = self.training(rows, "the first step")
            l.backward()
            return [l.data, *(p.grad or 0.0 for p in self.program.parameters)]
        finally:
            for p, grad in zip(self.program.parameters, before, strict=True):
                p.grad = grad

    def _compiled(self, rows: Sequence[int]) -> list[float]:
        """The same by the program."""
        part = self.program.over(*self.numbers(self.training, rows), apart=True)
        with self.quiet():
            return [part.step(), *part.grad.tolist()]

    @contextmanager
    def running(self) -> Iterator[None]:
        """The parameters are in the program's vectors within this block, where the Values find them."""
        try:
            self.begin()
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
            self.begin()

    def differentiated(self, batch: Any, when: str) -> Value:
        """The loss of these rows, its gradient being in the program's vector."""
        grad = self.program.grad
        l = self.data.step(None if len(batch) == len(self.training.rows) else self.among(batch))
        if not math.isfinite(l + self.square(grad)):
            return super().differentiated([*map(int, batch)], when)  # which says where something is not finite
        return Value(l)

    def validate(self, held_out: Objective, after: str) -> float:
        """The loss of other rows, by the program if it can compute them."""
        from autograd import CompileError

        if self.validation is None:
            try:
                self.validation = held_out, self.program.over(*self.numbers(held_out), apart=True)
            except (CompileError, ValueError):  # other branches than in the training, other kinds of rows
                self.validation = held_out, None
        data = self.validation[1]
        l: float = data.step() if data else math.nan
        return l if math.isfinite(l) else super().validate(held_out, after)


class PlainDescent(CompiledDescent):
    """The same without NumPy, by a loop over rows in plain Python."""

    engine = "python"
    numbers = staticmethod(lists)
    batches = Descent.batches

    def placed(self, rows: Sequence[int]) -> Any:
        """For each row its place among these rows."""
        return dict(zip(rows, range(len(rows)), strict=True))

    def among(self, batch: Any) -> Any:
        """The places of some rows."""
        return [self.places[i] for i in batch]

    def quiet(self) -> AbstractContextManager[Any]:
        """Within this block arithmetic warns of nothing."""
        return nullcontext()

    def square(self, grad: Any) -> Any:
        """The square of the length of a gradient."""
        return sum(g * g for g in grad)

    def begin(self) -> None:
        """Put the parameters into vectors; the optimizer changes one at a time."""
        self.stack.enter_context(self.program.bound())


def _alike(xs: Sequence[float], ys: Sequence[float]) -> bool:
    """Whether they are the same but for rounding; NaN is not."""
    allowed = 1e-9 * max(map(abs, ys))
    return all(abs(x - y) <= allowed for x, y in zip(xs, ys, strict=True))
