"""Learning rates that change from epoch to epoch, under PyTorch's names."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from math import cos, pi

from nn.optimizers import Optimizer, Stateful

__all__ = ["CosineAnnealingLR", "ExponentialLR", "LRScheduler", "StepLR"]


@dataclass(eq=False, repr=False)
class LRScheduler(Stateful, ABC):
    """Sets the `lr` of `optimizer`, which starts at lr₀, after each epoch t, if it is among the callbacks of `fit`.

    Raises ValueError for settings out of their range.

    >>> from autograd import Value
    >>> from nn import SGD
    >>> optimizer = SGD([Value(1.0)], lr=0.5)
    >>> schedule = ExponentialLR(optimizer, gamma=0.1)
    >>> schedule.step()
    >>> optimizer.lr
    0.05
    """

    optimizer: Optimizer

    def __post_init__(self) -> None:
        self.lr0, self.t = self.optimizer.lr, 0
        self.check_settings()

    def step(self) -> None:
        """Go on to the next epoch."""
        self.t += 1
        self.optimizer.lr = self.lr(self.t)

    def __call__(self, history: object) -> None:
        """Take a step, as a callback of `fit`."""
        self.step()

    @abstractmethod
    def lr(self, t: int) -> float:
        """The learning rate of epoch `t`, counted from 0."""


@dataclass(eq=False, repr=False)
class StepLR(LRScheduler):
    """lr₀ γⁿ with n = ⌊t / step_size⌋; `step_size`, a number of epochs, is at least 1, else it raises ValueError."""

    step_size: int
    gamma: float = 0.1

    def lr(self, t: int) -> float:  # noqa: D102  # see the class
        return self.lr0 * self.gamma ** (t // self.step_size)


@dataclass(eq=False, repr=False)
class ExponentialLR(LRScheduler):
    """lr₀ γᵗ. Raises ValueError for a negative `gamma`."""

    gamma: float

    def lr(self, t: int) -> float:  # noqa: D102  # see the class
        return self.lr0 * self.gamma**t


@dataclass(eq=False, repr=False)
class CosineAnnealingLR(LRScheduler):
    """η_min + (lr₀ - η_min) (1 + cos(π t / T_max)) / 2 (Loshchilov & Hutter 2017, equation 5, without restarts).

    Raises ValueError for a `T_max` below 1.
    """

    T_max: int
    eta_min: float = 0.0

    def lr(self, t: int) -> float:  # noqa: D102  # see the class
        return self.eta_min + (self.lr0 - self.eta_min) * (1 + cos(pi * t / self.T_max)) / 2
