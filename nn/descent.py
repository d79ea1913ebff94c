"""The steps of a training, scalar by scalar: what `fit` does with each batch."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from autograd import Value, no_grad
from nn.objective import Objective
from nn.optimizers import Optimizer

__all__ = ["Descent"]


class Descent:
    """Steps of `optimizer` on `training`, the loss as a function of rows."""

    def __init__(self, training: Objective, optimizer: Optimizer) -> None:
        self.training, self.optimizer = training, optimizer
        self.steps = 0

    @contextmanager
    def running(self) -> Iterator[None]:
        """Steps are taken within this block."""
        yield

    @contextmanager
    def shown(self) -> Iterator[None]:
        """Within this block others may look at the parameters, and change them."""
        yield

    def batches(self, rows: Sequence[int], size: int) -> Iterator[Sequence[int]]:
        """The rows, `size` at a time."""
        for start in range(0, len(rows), size):
            yield rows[start : start + size]

    def step(self, batch: Sequence[int], epoch: int) -> float:
        """Take a step; the loss of these rows before it."""
        self.steps += 1
        losses = list[float]()  # some optimisers look at several points for a step

        def closure() -> Value:
            l = self.differentiated(batch, f"step {self.steps} (epoch {epoch})")
            losses.append(l.data)
            return l

        self.optimizer.step(closure)
        return losses[0]

    def differentiated(self, batch: Sequence[int], when: str) -> Value:
        """The loss of these rows, its gradient being in the parameters; DivergenceError where either is not finite."""
        l = self.training(batch, when)
        advice = f"; try a smaller learning rate than {self.optimizer.lr:g}" if self.steps > 1 else ""
        self.training.check_finite("The loss became", [l.data], batch, when + advice)
        self.optimizer.zero_grad()
        l.backward()
        slopes = [p.grad for p in self.optimizer.parameters if p.grad is not None]
        self.training.check_finite("A derivative of the loss became", slopes, batch, when + advice)
        return l

    def validate(self, held_out: Objective, after: str) -> float:
        """The loss of other rows; DivergenceError where it is not finite."""
        with no_grad():
            l = held_out(held_out.rows, after)
        held_out.check_finite("The loss became", [l.data], held_out.rows, after)
        return l.data
