"""Training by a compiled program: the loss of all rows and its gradient as array operations on one vector."""

import math
from array import array
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from functools import partial
from itertools import chain
from typing import Any

from autograd import Value, no_grad
from autograd.collector import resting_collector
from nn.chance import Stream, restore, undrawn
from nn.descent import WORTH, Compilation, Descent
from nn.objective import Objective, array_of, lists_of
from nn.optimizers import Optimizer

__all__ = ["CompiledDescent"]

CHECKED = 60_000  # operands computed both ways before the program is trusted


class CompiledDescent(Descent):
    """Steps of training, taken by a program in one vector of all parameters."""

    wanted = False  # by compile=True: a program is made anew however often callbacks change something

    def __init__(
        self, training: Objective, optimizer: Optimizer, executor: Executor | None = None, shards: int = 1
    ) -> None:
        super().__init__(training, optimizer, Compilation())
        from autograd import CompileError
        from autograd.compiler.rows.rows import has_numpy
        from autograd.compiler.rows.shards import Shards

        self.numpy, rows, self.trained = has_numpy(), training.rows, [*optimizer.parameters]
        self.stream = Stream(partial(training.of_one_row, training.inputs[rows[0]], training.others[0][rows[0]]))
        self.program = self.program_for(self.stream)
        self.places: Any = dict(zip(rows, range(len(rows)), strict=True))  # of each row among those with a weight
        if self.numpy:
            import numpy as np

            self.places = np.full(len(training.weights), -1)
            self.places[rows] = np.arange(len(rows))
        if executor is not None and not self.numpy:
            raise CompileError("An executor computes programs of NumPy, which is not installed here.")
        if executor is not None and self.stream.size:
            raise CompileError("No executor draws random numbers for layers.")
        self.over: Callable[..., Any] = self.program.over
        if executor is not None:
            self.over = partial(Shards, self.program, executor=executor, count=shards)
        data, n = self.matrix(training, None, self.stream.size), self.stream.size
        self.data = self.over(*data)  # in memory laid out at the first step
        self.read = {training: self.matrix(training) if n else data}  # the data as they were when they were read
        self.either = False  # whether the loss of the batches in the training may be a mean as well as a sum
        self.validation: list[Any] = []  # the program over those rows, once it has been asked for, or None

    def program_for(self, stream: Stream) -> Any:
        """The program for the loss of a row, the last of whose numbers are those that layers draw."""
        from autograd import compile_rows

        def of_one_row(x: Any, y: Any, *drawn: Any) -> Any:
            with stream.giving(*drawn) if drawn else nullcontext():
                return self.training.of_one_row(x, y)

        first = self.training.rows[0]
        example = [self.training.inputs[first], self.training.others[0][first]]
        example += [[0.5] * stream.size] if stream.size else []
        return compile_rows(of_one_row, example, self.trained, "numpy" if self.numpy else "python")

    def matrix(self, objective: Objective, rows: Sequence[int] | None = None, drawn: int = 0) -> tuple[Any, Any]:
        """Inputs and target of these rows, or of all, with `drawn` places for random numbers; their weights."""
        rows, make = objective.rows if rows is None else rows, array_of if self.numpy else lists_of
        data = make(
            rows, objective.inputs, objective.others[0], *([[[0.5] * drawn] * len(objective.weights)] if drawn else [])
        )
        weights = array("d", [objective.weights[i] for i in rows]) if objective.weighted else None
        return data, array_of(range(len(rows)), weights)[:, 0] if self.numpy and weights else weights

    def quiet(self) -> AbstractContextManager[Any]:
        """Within this block arithmetic warns of nothing."""
        if not self.numpy:
            return nullcontext()
        import numpy as np

        return np.errstate(all="ignore")  # type: ignore[no-any-return]  # of NumPy nothing is known where it is lacking

    def square(self) -> float:
        """The square of the length of the gradient."""
        grad = self.program.grad
        return grad @ grad if self.numpy else sum(g * g for g in grad)  # type: ignore[no-any-return]  # likewise

    def clip(self, max_norm: float) -> None:  # noqa: D102  # see the class that it is of
        share = max_norm / (math.sqrt(self.square()) + 1e-6)
        if share < 1:
            self.program.grad[:] = array("d", [share * g for g in self.program.grad.tolist()])

    def numbers(self) -> tuple[Sequence[Value], list[float]]:  # noqa: D102  # likewise
        return self.program.parameters, self.program.data.tolist()

    def is_the_same(self, size: int) -> bool:
        """Whether it computes what the eager loop does, for batches of `size` rows and what is left for the last one.

        Where that would take long, fewer are taken, and half of these; of a few rows it is compared a little beside the
        parameters' numbers, too. The eager loop says what is wrong with a loss that is not finite. Raises CompileError
        where both are finite and differ, for example because the loss is neither a mean over rows nor a sum.
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
            with self.stream.replayed():
                expected = [self._eagerly(some) for some in samples]
        except Exception:  # the loop meets it again, and says in which step
            return False
        if not all(map(math.isfinite, chain(*expected))):
            return False
        few, moved = [[i] for i in samples[0][:3]], list[list[float]]()
        with self._moved(), self.stream.replayed(), suppress(Exception):
            moved = [self._eagerly(some) for some in few]
        if not moved or not all(map(math.isfinite, chain(*moved))):  # outside the domain of a function
            few, moved = [], []
        fits = []
        for self.program.summed in (False, True):
            with self.stream.replayed():
                found = [self._compiled(some) for some in samples]
            with self._moved(), self.stream.replayed():
                found += [self._compiled(some) for some in few]
            fits.append(all(_alike(xs, ys) for xs, ys in zip(found, expected + moved, strict=True)))
        self.program.summed, self.either = not fits[0], all(fits)
        if any(fits):
            return True
        raise CompileError(
            "The loss of several rows is not the mean of the losses of each, nor the sum, or it is not the same every "
            "time; fit(..., compile=False) trains with any loss."
        )

    def followed(self, epochs: float = 1.0) -> Descent:  # noqa: D102  # see the class that it is of
        self.epochs += epochs
        if self._is_current():
            return self
        if self.wanted or self.work(self.epochs) >= WORTH:
            assert self.again is not None  # see `descent`
            return self.going_on(self.again())
        reason = "Callbacks change the model, the loss or the optimizer too often for a new program each time."
        return self.going_on(Descent(self.training, self.optimizer, Compilation(reason), self.again))

    def _is_current(self) -> bool:
        """Whether callbacks left the model, the loss and what is trained as they were, but for the parameters' data.

        Data that they changed are read anew.
        """
        trained = self.optimizer.parameters
        try:
            if changed := [data for data in self.read if not self._reads_as_before(data)]:
                self.data = self.over(*self.matrix(self.training, None, self.stream.size))
                self.validation.clear()
                self.read.update({data: self.matrix(data) for data in changed})
            with undrawn(self.training.model, self.training.loss):
                return [*map(id, trained)] == [*map(id, self.trained)] and self.program.is_current()
        except Exception:  # it is told where it is met in a step
            return False

    def _reads_as_before(self, objective: Objective) -> bool:
        """Whether the data are what they were when they were read."""
        pairs = zip(self.matrix(objective), self.read[objective], strict=True)
        if not self.numpy:
            return all(now == before for now, before in pairs)
        import numpy as np

        return all(now is before or np.array_equal(now, before, equal_nan=True) for now, before in pairs)

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
            with resting_collector():
                l = self.training(rows, "the first step")
                self.training.check_trained(l, self.trained)
                l.backward()
            return [l.data, *(p.grad or 0.0 for p in self.program.parameters)]
        finally:
            for p, grad in zip(self.program.parameters, before, strict=True):
                p.grad = grad

    def _compiled(self, rows: Sequence[int]) -> list[float]:
        """Loss and gradient of some rows by the program."""
        part = self.program.over(*self.matrix(self.training, rows, self.stream.size), apart=True)
        self._draw(part, range(len(rows)))
        with self.quiet():
            return [part.step(), *part.grad.tolist()]

    def _draw(self, data: Any, places: Any) -> None:
        """Let what layers draw for the rows at these places be other numbers."""
        if n := self.stream.size:
            data.put(places, self.program.width - n, self.stream.draw(len(places)))

    @contextmanager
    def running(self) -> Iterator[None]:
        """Within this block the parameters are in the program's vectors, where the Values find them.

        The optimizer's numbers are, too, unless it changes one parameter at a time.
        """
        optimizer = self.optimizer
        whole = self.numpy and optimizer.state is not None
        arrays = optimizer.training(self.program, self.program.order) if whole else nullcontext()
        with self.program.bound(), arrays, self.quiet():
            yield

    def differentiated(self, batch: Any, epoch: int) -> Value:
        """The loss of these rows, its gradient being in the program's vector."""
        whole = len(batch) == len(self.training.rows) and not self.stream.size
        places = None if whole else self.places[batch] if self.numpy else [self.places[i] for i in batch]
        before = self.stream.states() if self.stream.size else []
        self._draw(self.data, places)
        l = self.data.step(places)
        if not math.isfinite(l + self.square()):
            restore(before)
            return super().differentiated([*map(int, batch)], epoch)  # which says where something is not finite
        return Value(l)

    def validate(self, held_out: Objective, after: str) -> float:
        """The loss of other rows, by the program if it computes them as the eager loop does."""
        if not self.validation:
            self.validation += self._validation(held_out, after)
        program, data = self.validation
        if program is not self.program and data:
            program.load()
        l: float = data.step() if data else math.nan
        return l if math.isfinite(l) else super().validate(held_out, after)

    def _validation(self, held_out: Objective, after: str) -> tuple[Any, Any]:
        """A program, and it over other rows; None where a few of them show that it computes something else."""
        from autograd import CompileError

        some = held_out.rows[: max(3, CHECKED // self.program.size)]
        with suppress(CompileError, ValueError):  # other branches than in the training, other kinds of rows
            program = self.program_for(Stream(lambda: None)) if self.stream.size else self.program
            few = program.over(*self.matrix(held_out, some), apart=True)
            with no_grad():
                expected = held_out(some, after).data
            for summed in (False, True) if self.either else (self.program.summed,):
                program.summed = summed
                if _alike([few.step()], [expected]):
                    self.read[held_out] = data = self.matrix(held_out)
                    return program, program.over(*data, apart=True)
        return None, None


def _alike(xs: Sequence[float], ys: Sequence[float]) -> bool:
    """Whether they are the same but for rounding; NaN is not."""
    allowed = 1e-9 * max(map(abs, ys)) + 1e-300  # an exponential that underflows in one way only
    return all(abs(x - y) <= allowed for x, y in zip(xs, ys, strict=True))
