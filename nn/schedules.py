"""Learning rates that change from epoch to epoch, under PyTorch's names."""

from __future__ import annotations

from abc import ABC, abstractmethod
from math import cos, pi

from nn.optimizers import Optimizer, Stateful

__all__ = ["CosineAnnealingLR", "ExponentialLR", "LRScheduler", "StepLR"]


class LRScheduler(Stateful, ABC):
    """Sets the `lr` of `optimizer`, which starts at lr₀, after each epoch t; among the callbacks of `fit` it does so.

    >>> from autograd import Value
    >>> from nn import SGD
    >>> optimizer = SGD([Value(1.0)], lr=0.5)
    >>> schedule = ExponentialLR(optimizer, gamma=0.1)
    >>> schedule.step()
    >>> optimizer.lr
    0.05
    """

    def __init__(self, optimizer: Optimizer) -> None:
        self.optimizer, self.lr0, self.t = optimizer, optimizer.lr, 0

    def step(self) -> None:
        """Go on to the next epoch."""
        self.t += 1
        self.optimizer.lr = self.lr(self.t)

    def __call__(self, history: object) -> None:
        """The same, as a callback."""
        self.step()

    @abstractmethod
    def lr(self, t: int) -> float:
        """The learning rate of epoch `t`, counted from 0."""


class StepLR(LRScheduler):
    """lr₀ γⁿ with n = ⌊t / step_size⌋."""

    def __init__(self, optimizer: Optimizer, step_size: int, gamma: float = 0.1) -> None:
        super().__init__(optimizer)
        self.step_size, self.gamma = _epochs("step_size", step_size), gamma

    def lr(self, t: int) -> float:  # noqa: D102  # see the class
        return self.lr0 * self.gamma ** (t // self.step_size)


class ExponentialLR(LRScheduler):
    """lr₀ γᵗ."""

    def __init__(self, optimizer: Optimizer, gamma: float) -> None:
        super().__init__(optimizer)
        self.gamma = gamma

    def lr(self, t: int) -> float:  # noqa: D102  # see the class
        return self.lr0 * self.gamma**t


class CosineAnnealingLR(LRScheduler):
    """η_min + (lr₀ - η_min) (1 + cos(π t / T_max)) / 2 (Loshchilov & Hutter 2017, equation 5, without restarts)."""

    def __init__(self, optimizer: Optimizer, T_max: int, eta_min: float = 0.0) -> None:
        super().__init__(optimizer)
        self.T_max, self.eta_min = _epochs("T_max", T_max), eta_min

    def lr(self, t: int) -> float:  # noqa: D102  # see the class
        return self.eta_min + (self.lr0 - self.eta_min) * (1 + cos(pi * t / self.T_max)) / 2


def _epochs(name: str, n: int) -> int:
    if n < 1:
        raise ValueError(f"{name} is a number of epochs, at least 1; got {n!r}.")
    return n
