"""Training by a compiled program: the loss of all rows and its gradient as array operations on one vector."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, Any

from autograd import Value, no_grad
from nn.chance import undrawn
from nn.descent import WORTH, Compiled, Descent
from nn.matrix import arrays
from nn.objective import Objective
from nn.optimizers import Optimizer

if TYPE_CHECKING:
    from autograd.compiler import RowProgram

__all__ = ["CompiledDescent", "descent"]

CHECKED = 300_000  # operands; so many are computed both ways before the program is trusted


def descent(
    training: Objective,
    optimizer: Optimizer,
    epochs: float,
    size: int,
    wanted: bool | None,
    executor: Executor | None,
    shards: int,
) -> Descent:
    """The steps of a training on `size` rows each, by a compiled program or scalar by scalar.

    `wanted` is the argument `compile` of `fit`, the others are called as there.
    """
    wanted = True if executor is not None and wanted is None else wanted

    def eager(reason: str) -> Descent:
        return Descent(training, optimizer, Compiled(reason))

    if wanted is False:
        return eager("compile=False asks for a training scalar by scalar.")
    if wanted is None and eager("").work(epochs) < WORTH:
        return eager("So few epochs of so few rows are done before a program is written.")
    from autograd import CompileError  # loads the compiler
    from autograd.compiler.rows import rows
    from nn.plain import PlainDescent

    try:
        kind = CompiledDescent if rows.has_numpy() else PlainDescent
        with undrawn(training.model, training.loss):
            compiled = kind(training, optimizer, executor, shards)
        with undrawn(training.model, training.loss):  # also from what was made in the first call
            if not compiled.is_the_same(size):
                return eager("The loss of the first step is not finite, or raises an error.")
        again = partial(descent, training, optimizer, math.inf, size, wanted, executor, shards)
        compiled.again, compiled.wanted = again, wanted is True
        return compiled
    except Exception as error:
        # Of functions of the user's, too: they raise again in the eager loop, or were never meant for a program.
        if not wanted:
            return eager(str(error) or type(error).__name__)
        row = getattr(error, "row", 0)  # the first one that cannot be computed
        training([training.rows[row]], "step 1 (epoch 1)")  # raises what is wrong even without compiling
        if isinstance(error, CompileError):
            raise
        raise CompileError(f"The loss of a row cannot be compiled: {error}") from error


class CompiledDescent(Descent):
    """The same steps, taken by a program in one vector of all parameters."""

    wanted = False  # by compile=True: a program is made anew however often callbacks change something

    def __init__(
        self, training: Objective, optimizer: Optimizer, executor: Executor | None = None, shards: int = 1
    ) -> None:
        super().__init__(training, optimizer, Compiled())
        from autograd import CompileError, compile_rows
        from autograd.compiler.rows.shards import Shards

        alone = [[1.0]] if training.weighted else []
        columns = [training.inputs, training.others[0]]
        rows = training.rows

        def of_one_row(x: Any, y: Any) -> Any:
            return training.loss([training.model(x)], [y], *alone)

        example = [column[rows[0]] for column in columns]
        self.trained = [*optimizer.parameters]
        program: Any = compile_rows(of_one_row, example, self.trained, self.engine)
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
        self.either = False  # whether the loss of the batches in the training may be a mean as well as a sum
        self.validation: list[Any] = []  # the program over those rows, once it has been asked for, or None

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

    def arrays(self) -> AbstractContextManager[Any]:
        """Within this block the optimizer's numbers are in vectors, unless it changes one parameter at a time."""
        optimizer = self.optimizer
        return nullcontext() if optimizer.state is None else optimizer.training(self.program, self.program.order)

    # -- what is not ----------------------------------------------------------------------------------------------

    def is_the_same(self, size: int) -> bool:
        """Whether it computes what the eager loop does, for batches of `size` rows and what is left for the last one.

        Of so many that the eager loop would take long, fewer are taken, and half of these; and of a few rows it is
        compared a little beside the parameters' numbers, too. The eager loop is left to
        say what is wrong with a loss that is not finite. Raises CompileError where both are finite and differ, for
        example because the loss is neither a mean over rows nor a sum.
        """
        from autograd import CompileError

        weights, rows = self.training.weights, self.training.rows
        most = max(3, CHECKED // self.program.size)
        sizes = {size, len(rows) % size or size} if size <= most else {most, most // 2}
        samples = [[rows[i * len(rows) // n] for i in range(n)] for n in sizes]
        if self.training.weighted:  # by which a sum differs from a mean, unless a sample weighs 1
            ordered = sorted(rows, key=weights.__getitem__)
            samples += [sorted(some) for n in sizes for some in (ordered[:n], ordered[-n:])]
        try:
            expected = [self._eagerly(some) for some in samples]
        except Exception:  # the loop meets it again, and says in which step
            return False
        if not all(map(math.isfinite, chain(*expected))):
            return False
        few, moved = [[i] for i in samples[0][:3]], list[list[float]]()
        with self._moved(), suppress(Exception):
            moved = [self._eagerly(some) for some in few]
        if not moved or not all(map(math.isfinite, chain(*moved))):  # outside the domain of a function
            few, moved = [], []
        fits = []
        for self.program.summed in (False, True):
            found = [self._compiled(some) for some in samples]
            with self._moved():
                found += [self._compiled(some) for some in few]
            fits.append(all(_alike(xs, ys) for xs, ys in zip(found, expected + moved, strict=True)))
        self.program.summed, self.either = not fits[0], all(fits)
        if any(fits):
            return True
        raise CompileError(
            "The loss of several rows is not the mean of the losses of each, nor the sum, or it is not the same every "
            "time; fit(..., compile=False) trains with any loss."
        )

    def followed(self) -> Descent:  # noqa: D102  # see the class that it is of
        self.epochs += 1
        if self._is_current():
            return self
        if self.wanted or self.work(self.epochs) >= WORTH:
            return self.anew()
        reason = "Callbacks change the model, the loss or the optimizer too often for a new program each time."
        steps = Descent(self.training, self.optimizer, Compiled(reason), self.again)
        steps.steps = self.steps
        return steps

    def _is_current(self) -> bool:
        """Whether callbacks left the model, the loss and what is trained as they were, but for the parameters' data."""
        trained = self.optimizer.parameters
        try:
            with undrawn(self.training.model, self.training.loss):
                return [*map(id, trained)] == [*map(id, self.trained)] and self.program.is_current()
        except Exception:  # it is told where it is met in a step
            return False

    @contextmanager
    def _moved(self) -> Iterator[None]:
        """Within this block the parameters are a little beside their numbers, which tells who only noted these."""
        before = [p.data for p in self.trained]
        try:
            for p in self.trained:
                p.data = p.data * (1 - 1e-4) or 1e-4
            self.program.load()
            yield
        finally:
            for p, x in zip(self.trained, before, strict=True):
                p.data = x
            self.program.load()

    def _eagerly(self, rows: Sequence[int]) -> list[float]:
        """The loss of some rows and its gradient, scalar by scalar."""
        before = [p.grad for p in self.program.parameters]
        try:
            self.optimizer.zero_grad()
            l = self.training(rows, "the first step")
            self.training.check_trained(l, self.trained)
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
        """Within this block the parameters are in the program's vectors, where the Values find them."""
        with self.program.bound(), self.arrays(), self.quiet():
            yield

    def differentiated(self, batch: Any, when: str) -> Value:
        """The loss of these rows, its gradient being in the program's vector."""
        grad = self.program.grad
        l = self.data.step(None if len(batch) == len(self.training.rows) else self.among(batch))
        if not math.isfinite(l + self.square(grad)):
            return super().differentiated([*map(int, batch)], when)  # which says where something is not finite
        return Value(l)

    def validate(self, held_out: Objective, after: str) -> float:
        """The loss of other rows, by the program if it computes them as the eager loop does."""
        if not self.validation:
            self.validation.append(self._validation(held_out, after))
        data = self.validation[0]
        l: float = data.step() if data else math.nan
        return l if math.isfinite(l) else super().validate(held_out, after)

    def _validation(self, held_out: Objective, after: str) -> Any:
        """The program over other rows, None where a few of them show that it computes something else."""
        from autograd import CompileError

        some = held_out.rows[: max(3, CHECKED // self.program.size)]
        with suppress(CompileError, ValueError):  # other branches than in the training, other kinds of rows
            few = self.program.over(*self.numbers(held_out, some), apart=True)
            with no_grad():
                expected = held_out(some, after).data
            for summed in (False, True) if self.either else (self.program.summed,):
                self.program.summed = summed
                if _alike([few.step()], [expected]):
                    return self.program.over(*self.numbers(held_out), apart=True)
        return None


def _alike(xs: Sequence[float], ys: Sequence[float]) -> bool:
    """Whether they are the same but for rounding; NaN is not."""
    allowed = 1e-9 * max(map(abs, ys))
    return all(abs(x - y) <= allowed for x, y in zip(xs, ys, strict=True))
