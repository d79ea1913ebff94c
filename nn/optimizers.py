"""Optimisers: each the formula of its paper, in the paper's symbols."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from math import inf, sqrt
from typing import Any, ClassVar, Protocol

from autograd import Value

__all__ = ["SGD", "Adam", "AdamW", "Closure", "Optimizer", "RMSprop", "Stateful", "clip_grad_norm_"]

Closure = Callable[[], Value]  # sets the gradients of the parameters anew and gives the loss


class Vectors(Protocol):
    """All parameters as one array of NumPy, `data`, and their gradients as another."""

    data: Any
    grad: Any


def clip_grad_norm_(parameters: Iterable[Value], max_norm: float) -> float:
    """Shorten the gradient, the vector of all `grad`, to the length `max_norm` if it is longer; its length before.

    As PyTorch does: to max_norm / (length + 10^-6) of itself.
    """
    slopes = [p for p in parameters if p.grad is not None]
    length = sqrt(sum(p.grad * p.grad for p in slopes if p.grad is not None))
    if (share := max_norm / (length + 1e-6)) < 1:
        for p in slopes:
            p.grad = share * p.grad  # type: ignore[operator]  # it is not None
    return length


class Stateful:
    """What is kept of an optimizer or a schedule, so that another one of its kind goes on where it stood."""

    def state_dict(self) -> dict[str, Any]:
        """Its numbers by name, those with one for each parameter in lists."""
        kept = {name: x for name, x in vars(self).items() if name not in ("parameters", "optimizer", "vectors")}
        return {name: list(x) if isinstance(x, list) else x for name, x in kept.items()}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on from these numbers; ValueError where they are of another kind, or of other parameters."""
        own = self.state_dict()
        kinds = [
            {name: isinstance(x, (list, tuple)) and len(x) for name, x in numbers.items()} for numbers in (own, state)
        ]
        if kinds[0] != kinds[1]:
            raise ValueError(f"{type(self).__name__} keeps {', '.join(own)}, of as many parameters as it has.")
        vars(self).update({name: type(own[name])(x) if kinds[0][name] else x for name, x in state.items()})


class Optimizer(Stateful, ABC):
    """Changes `parameters` by their `grad`, at the learning rate `lr`, which may be set anew between two steps.

    A subclass says what a step is in `update`. If that is arithmetic alone, it can be read in whole arrays, too: then
    the class says in `state` which of its attributes are lists with a number for each parameter.
    """

    state: ClassVar[tuple[str, ...] | None] = None
    evaluations = 1  # of the loss in a step, at most
    vectors: Vectors | None = None

    def __init__(self, parameters: Iterable[Value], lr: float) -> None:
        self.parameters = list(parameters)
        if not self.parameters:
            raise ValueError("An optimizer needs parameters, got none.")
        for p in self.parameters:
            if getattr(p, "parents", None) != ():
                raise TypeError(f"An optimizer changes Values that were not computed from others, got {p!r}.")
        if len(set(self.parameters)) < len(self.parameters):
            raise ValueError("An optimizer takes every parameter once, got some of them twice.")
        if not 0 <= lr < inf:
            raise ValueError(f"A learning rate is at least 0 and finite, got {lr!r}.")
        self.lr = lr

    def zero_grad(self) -> None:
        """Set the `grad` of every parameter to 0."""
        for p in self.parameters:
            p.grad = 0.0

    def step(self, closure: Closure | None = None) -> Value | None:
        """Change the parameters once; those whose `grad` is None stay as they are.

        A `closure`, as PyTorch calls it, is called first: it sets the gradients anew and gives the loss, which is
        returned.
        """
        loss = closure() if closure else None
        if self.vectors is not None:
            self.update(slice(None), self.vectors, self.vectors.grad)
            return loss
        for i, x in enumerate(self.parameters):
            if x.grad is not None:
                self.update(i, x, x.grad)
        return loss

    @abstractmethod
    def update(self, i: Any, x: Any, g: Any) -> None:
        """Change `x.data`, where `x` is the parameter of number `i`, whose gradient is `g`."""

    @contextmanager
    def training(self, vectors: Vectors, order: Sequence[int]) -> Iterator[None]:
        """Within this block a step changes `vectors`, in which the parameters have this `order`, all at once."""
        import numpy as np

        places = np.array(order)
        for name in self.state or ():
            numbers = getattr(self, name)
            same = isinstance(numbers[0], int) and len({*numbers}) == 1  # of how many steps it is
            setattr(self, name, _Same(numbers[0]) if same else np.array(numbers)[places])
        self.vectors = vectors
        try:
            yield
        finally:
            self.vectors = None
            for name in self.state or ():
                numbers = getattr(self, name)
                whole = np.empty(len(places), int if isinstance(numbers, _Same) else numbers.dtype)
                whole[places] = numbers[:]
                setattr(self, name, whole.tolist())


class _Same:
    """One number in place of a list that has it for every parameter, so that it need not be an array."""

    def __init__(self, x: Any) -> None:
        self.x = x

    def __getitem__(self, _: slice) -> Any:
        return self.x

    def __setitem__(self, _: slice, x: Any) -> None:
        self.x = x


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

    state = ("v",)

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

    def update(self, i: Any, x: Any, g: Any) -> None:  # noqa: D102  # see the class
        mu = self.momentum
        if self.weight_decay:
            g = g + self.weight_decay * x.data
        if mu:
            self.v[i] = v = mu * self.v[i] + g
            g = g + mu * v if self.nesterov else v
        x.data -= self.lr * g


class Adam(Optimizer):
    """Adam: x ← x - lr m̂ / (√v̂ + ε), of running means m of g and v of g² (Kingma & Ba 2015, algorithm 1).

    - `lr`: the learning rate, α in the paper.
    - `betas`: (β₁, β₂) of m ← β₁ m + (1 - β₁) g and v ← β₂ v + (1 - β₂) g², each from 0 to below 1; in the t-th step
      m̂ = m / (1 - β₁ᵗ) and v̂ = v / (1 - β₂ᵗ).
    - `eps`: ε, at least 0.
    - `weight_decay`: λ of g ← g + λ x, at least 0.

    Raises ValueError for others.

    >>> x = Value(3.0)
    >>> optimizer = Adam([x], lr=0.1)
    >>> (x**2).backward()
    >>> optimizer.step()
    >>> round(x.data, 6)  # the first step is lr long, whatever the slope
    2.9
    """

    state = ("m", "v", "t")

    def __init__(
        self,
        parameters: Iterable[Value],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(parameters, lr)
        if not all(0 <= beta < 1 for beta in betas):
            raise ValueError(f"betas are at least 0 and below 1, got {betas!r}.")
        if not (eps >= 0 and weight_decay >= 0):
            raise ValueError(f"eps and weight_decay are at least 0, got {eps!r} and {weight_decay!r}.")
        self.betas, self.eps, self.weight_decay = betas, eps, weight_decay
        n = len(self.parameters)
        self.m, self.v, self.t = [0.0] * n, [0.0] * n, [0] * n

    def update(self, i: Any, x: Any, g: Any) -> None:  # noqa: D102  # see the class
        if self.weight_decay:
            g = g + self.weight_decay * x.data
        beta1, beta2 = self.betas
        self.t[i] = t = self.t[i] + 1
        self.m[i] = m = beta1 * self.m[i] + (1 - beta1) * g
        self.v[i] = v = beta2 * self.v[i] + (1 - beta2) * g * g
        x.data -= self.lr * (m / (1 - beta1**t)) / ((v / (1 - beta2**t)) ** 0.5 + self.eps)


class AdamW(Adam):
    """Adam with x ← x - lr λ x before each step, in place of λ in the slope (Loshchilov & Hutter 2019, algorithm 2).

    `weight_decay` is that λ; the other arguments, and what is raised, as in `Adam`. As in PyTorch, and unlike the
    paper, λ is multiplied by `lr`.
    """

    def __init__(
        self,
        parameters: Iterable[Value],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 1e-2,
    ) -> None:
        super().__init__(parameters, lr, betas, eps, weight_decay)
        self.decay, self.weight_decay = weight_decay, 0.0  # which is Adam's, in the slope

    def update(self, i: Any, x: Any, g: Any) -> None:  # noqa: D102  # see the class
        x.data -= self.lr * self.decay * x.data
        super().update(i, x, g)


class RMSprop(Optimizer):
    """RMSprop: x ← x - lr g / (√v + ε), of a running mean v of g² (Hinton 2012, lecture 6e).

    - `lr`: the learning rate.
    - `alpha`: α of v ← α v + (1 - α) g², from 0 to below 1.
    - `eps`: ε, at least 0.
    - `weight_decay`: λ of g ← g + λ x, at least 0.
    - `momentum`: μ of b ← μ b + g / (√v + ε), x ← x - lr b, as PyTorch has it.

    Raises ValueError for others.

    >>> RMSprop([Value(3.0)], lr=0.1).lr
    0.1
    """

    state = ("v", "b")

    def __init__(
        self,
        parameters: Iterable[Value],
        lr: float = 1e-2,
        alpha: float = 0.99,
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        momentum: float = 0.0,
    ) -> None:
        super().__init__(parameters, lr)
        if not (0 <= alpha < 1 and eps >= 0 and weight_decay >= 0 and momentum >= 0):
            raise ValueError("alpha is at least 0 and below 1; eps, weight_decay and momentum are at least 0.")
        self.alpha, self.eps, self.weight_decay, self.momentum = alpha, eps, weight_decay, momentum
        self.v, self.b = ([0.0] * len(self.parameters) for _ in range(2))

    def update(self, i: Any, x: Any, g: Any) -> None:  # noqa: D102  # see the class
        if self.weight_decay:
            g = g + self.weight_decay * x.data
        self.v[i] = v = self.alpha * self.v[i] + (1 - self.alpha) * g * g
        g = g / (v**0.5 + self.eps)
        if self.momentum:
            self.b[i] = g = self.momentum * self.b[i] + g
        x.data -= self.lr * g
