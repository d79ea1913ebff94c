"""Optimisers: each the formula of its paper, in the paper's symbols."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable

from autograd import Value

__all__ = ["SGD", "Optimizer"]


class Optimizer(ABC):
    """Changes `parameters` by their `grad`, at the learning rate `lr`, which may be set anew between two steps."""

    def __init__(self, parameters: Iterable[Value], lr: float) -> None:
        self.parameters = list(parameters)
        if not self.parameters:
            raise ValueError("An optimizer needs parameters, got none.")
        for p in self.parameters:
            if getattr(p, "parents", None) != ():
                raise TypeError(f"An optimizer changes Values that were not computed from others, got {p!r}.")
        if not lr >= 0:
            raise ValueError(f"A learning rate is at least 0, got {lr!r}.")
        self.lr = lr

    def zero_grad(self) -> None:
        """Set the `grad` of every parameter to 0."""
        for p in self.parameters:
            p.grad = 0.0

    @abstractmethod
    def step(self) -> None:
        """Change the parameters once; those whose `grad` is None stay as they are."""


class SGD(Optimizer):
    """Gradient descent x ← x - lr g, on a part of the data at a time stochastic.

    - `lr`: the learning rate.
    - `momentum`: μ of v ← μ v + g, x ← x - lr v (Polyak 1964; v is 0 at first).
    - `nesterov`: x ← x - lr (g + μ v) instead (Sutskever et al. 2013, as PyTorch arranges it).
    - `weight_decay`: λ of g ← g + λ x.

    Raises ValueError for negative ones, and for Nesterov's without momentum.

    >>> x = Value(3.0)
    >>> optimizer = SGD([x], lr=0.1)
    >>> (x**2).backward()
    >>> optimizer.step()
    >>> x.data
    2.4
    """

    def __init__(
        self,
        parameters: Iterable[Value],
        lr: float = 1e-3,
        momentum: float = 0.0,
        nesterov: bool = False,
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(parameters, lr)
        if not (momentum >= 0 and weight_decay >= 0):
            raise ValueError(f"momentum and weight_decay are at least 0, got {momentum!r} and {weight_decay!r}.")
        if nesterov and not momentum:
            raise ValueError("Nesterov's momentum needs a momentum, got 0.")
        self.momentum, self.nesterov, self.weight_decay = momentum, nesterov, weight_decay
        self.v = [0.0] * len(self.parameters)

    def step(self) -> None:  # noqa: D102  # see the class
        mu = self.momentum
        for i, x in enumerate(self.parameters):
            if (g := x.grad) is None:
                continue
            if self.weight_decay:
                g += self.weight_decay * x.data
            if mu:
                self.v[i] = v = mu * self.v[i] + g
                g = g + mu * v if self.nesterov else v
            x.data -= self.lr * g
