"""The steps of a training: whether a program takes them, and how they are taken scalar by scalar."""

import math
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

from autograd import Value, no_grad
from autograd.collector import resting_collector
from nn.chance import undrawn
from nn.objective import Objective
from nn.optimizers import Optimizer, clip_grad_norm_

__all__ = ["WORTH", "Compilation", "Descent", "descent"]

WORTH = 100_000  # multiplications; an eager loop with fewer is through before a program is written


@dataclass(frozen=True)
class Compilation:
    """Whether a training was compiled, as a condition; `reason` says in a sentence why it was not."""

    reason: str = ""

    def __bool__(self) -> bool:
        return not self.reason


class Descent:
    """Steps of `optimizer` on `training`, the loss as a function of rows.

    - `compiled`: whether a program takes them.
    - `again`: makes steps by a program anew, once an epoch or more of these were as much work as that is worth.
    - `max_norm`: how long a gradient may be.
    """

    max_norm: float | None = None

    def __init__(
        self,
        training: Objective,
        optimizer: Optimizer,
        compiled: Compilation,
        again: "Callable[[], Descent] | None" = None,
    ) -> None:
        self.training, self.optimizer, self.compiled, self.again = training, optimizer, compiled, again
        self.steps, self.epochs = 0, 0.0

    def work(self, epochs: float) -> float:
        """About how many multiplications that many epochs take."""
        optimizer = self.optimizer
        return epochs * optimizer.evaluations * len(self.training.rows) * len(optimizer.parameters)

    @contextmanager
    def running(self) -> Iterator[None]:
        """Steps are taken within this block; outside it others may look at the parameters, and change them."""
        yield

    def numbers(self) -> tuple[Sequence[Value], list[float]]:
        """The parameters and what they are now."""
        return self.optimizer.parameters, [p.data for p in self.optimizer.parameters]

    def followed(self, epochs: float = 1.0) -> "Descent":
        """The steps to go on with after callbacks, which may have changed the model, the loss or the optimizer.

        So many `epochs` went by since the last ones.
        """
        self.epochs += epochs
        return self if self.again is None or self.work(self.epochs) < WORTH else self.going_on(self.again())

    def going_on(self, steps: "Descent") -> "Descent":
        """Let other `steps` go on from where these are, and return them."""
        steps.steps, steps.max_norm = self.steps, self.max_norm
        return steps

    def step(self, batch: Sequence[int], epoch: int) -> float:
        """Take a step; the loss of these rows before it."""
        self.steps += 1
        losses = list[float]()  # some optimisers look at several points for a step

        def closure() -> Value:
            l = self.differentiated(batch, epoch)
            if self.max_norm is not None:
                self.clip(self.max_norm)
            losses.append(l.data)
            return l

        with resting_collector():
            self.optimizer.step(closure)
        return losses[0]

    def clip(self, max_norm: float) -> None:
        """Shorten the gradient."""
        clip_grad_norm_(self.optimizer.parameters, max_norm)

    def differentiated(self, batch: Sequence[int], epoch: int) -> Value:
        """The loss of these rows, its gradient being in the parameters; DivergenceError where either is not finite."""
        when = f"step {self.steps} (epoch {epoch})"
        l = self.training(batch, when)
        advice = f"; try a smaller learning rate than {self.optimizer.lr:g}" if self.steps > 1 else ""
        self.training.check_finite("The loss became", [l.data], batch, when + advice)
        self.optimizer.zero_grad()
        l.backward()
        if self.steps == 1:
            self.training.check_trained(l, self.optimizer.parameters)
        slopes = [p.grad for p in self.optimizer.parameters if p.grad is not None]
        self.training.check_finite("A derivative of the loss became", slopes, batch, when + advice)
        return l

    def validate(self, held_out: Objective, after: str) -> float:
        """The loss of other rows; DivergenceError where it is not finite."""
        with no_grad():
            l = held_out(held_out.rows, after)
        held_out.check_finite("The loss became", [l.data], held_out.rows, after)
        return l.data


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
        return Descent(training, optimizer, Compilation(reason))

    if wanted is False:
        return eager("compile=False asks for training scalar by scalar.")
    if wanted is None and eager("").work(epochs) < WORTH:
        return eager("So few epochs of so few rows are done before a program is written.")
    from autograd import CompileError  # loads the compiler
    from nn.compiled import CompiledDescent

    try:
        with undrawn(training.model, training.loss):
            compiled = CompiledDescent(training, optimizer, executor, shards)
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
