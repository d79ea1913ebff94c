"""Optimisers: each the formula of its paper, in the paper's symbols."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, fields
from math import inf, sqrt
from typing import Any, ClassVar, Protocol

from autograd import Value

__all__ = ["SGD", "Adam", "AdamW", "Closure", "Optimizer", "RMSprop", "Stateful", "clip_grad_norm_"]

Closure = Callable[[], Value]  # sets the gradients of the parameters anew and returns the loss
# Of settings: at least the one and below the other; the rest is at least 0.
LIMITS = {"alpha": (0, 1), "betas": (0, 1)} | dict.fromkeys(
    ("max_iter", "history_size", "step_size", "T_max"), (1, inf)
)


class Vectors(Protocol):
    """All parameters as one array of NumPy, `data`, and their gradients as another."""

    data: Any
    grad: Any


def clip_grad_norm_(parameters: Iterable[Value], max_norm: float) -> float:
    """Shorten the gradient, the vector of all `grad`, to the length `max_norm` if it is longer; its length before.

    As PyTorch does: to max_norm / (length + 10^-6) of itself. Raises TypeError where `max_norm` is no number.
    """
    slopes = [(p, p.grad) for p in parameters if p.grad is not None]
    length = sqrt(sum(g * g for _, g in slopes))
    if (share := max_norm / (length + 1e-6)) < 1:
        for p, g in slopes:
            p.grad = share * g
    return length


class Stateful:
    """What is kept of an optimizer or a schedule, so that another one of its kind goes on where it stood."""

    def check_settings(self) -> None:
        """ValueError for a setting that is out of its range."""
        for name in (f.name for f in fields(self) if f.type in (float, int, tuple[float, float])):  # type: ignore[arg-type]  # subclasses are dataclasses
            low, high = LIMITS.get(name, (0, inf))
            x = getattr(self, name)
            if not all(low <= part < high for part in (x if isinstance(x, tuple) else [x])):
                below = "finite" if high == inf else f"below {high}"
                raise ValueError(f"{name} is at least {low} and {below}, got {x!r}.")

    def state_dict(self) -> dict[str, Any]:
        """The optimizer's numbers by name; lists where there is one for each parameter."""
        kept = {name: x for name, x in vars(self).items() if name not in ("parameters", "optimizer", "vectors")}
        return {name: list(x) if isinstance(x, list) else x for name, x in kept.items()}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on from these numbers; ValueError where they are of another kind, or of other parameters."""
        own = self.state_dict()
        lengths, others = (
            {name: isinstance(x, (list, tuple)) and len(x) for name, x in numbers.items()} for numbers in (own, state)
        )
        if lengths != others:
            raise ValueError(f"{type(self).__name__} keeps {', '.join(own)}, of as many parameters as it has.")
        vars(self).update({name: type(own[name])(x) if lengths[name] else x for name, x in state.items()})


@dataclass(eq=False, repr=False)
class Optimizer(Stateful, ABC):
    """Changes `parameters` by their `grad`, at the learning rate `lr`, which may be set anew between two steps.

    A subclass says what a step is in `update`. If that is arithmetic alone, it can be read in whole arrays, too: then
    the class says in `state` which of its attributes are lists with a number for each parameter, 0 at first. Raises
    ValueError for settings out of their range, and for no parameters; TypeError for what is no leaf.
    """

    parameters: Sequence[Value]
    lr: float

    state: ClassVar[tuple[str, ...] | None] = None
    decoupled: ClassVar[bool] = False  # whether `weight_decay` λ is of x ← x - lr λ x, and not of g ← g + λ x
    evaluations: ClassVar[int] = 1  # of the loss in a step, at most
    vectors: ClassVar[Vectors | None] = None

    def __post_init__(self) -> None:
        self.parameters = parameters = list(self.parameters)
        if not parameters:
            raise ValueError("An optimizer needs parameters, got none.")
        for p in parameters:
            if getattr(p, "parents", None) != ():
                raise TypeError(f"An optimizer changes Values that were not computed from others, got {p!r}.")
        if len({*parameters}) < len(parameters):
            raise ValueError("An optimizer takes every parameter once, got some of them twice.")
        self.check_settings()
        for name in self.state or ():
            setattr(self, name, [0 if name == "t" else 0.0] * len(parameters))

    def zero_grad(self) -> None:
        """Set the `grad` of every parameter to 0."""
        for p in self.parameters:
            p.grad = 0.0

    def step(self, closure: Closure | None = None) -> Value | None:
        """Change the parameters once; those whose `grad` is None stay as they are.

        A `closure`, as PyTorch calls it, is called first: it sets the gradients anew and returns the loss, which is
        returned.
        """
        loss = closure() if closure else None
        decay, update = getattr(self, "weight_decay", 0.0), self.update
        for i, x in enumerate(self.parameters) if self.vectors is None else [(..., self.vectors)]:
            if (g := x.grad) is not None:
                if decay and self.decoupled:
                    x.data -= self.lr * decay * x.data
                elif decay:
                    g = g + decay * x.data
                update(i, x, g)
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
            setattr(self, name, {...: numbers[0]} if same else np.array(numbers)[places])
        self.vectors = vectors  # type: ignore[misc]  # of this one, for as long as it has a program
        try:
            yield
        finally:
            del self.vectors
            for name in self.state or ():
                numbers = getattr(self, name)
                whole = np.empty(len(places), int if isinstance(numbers, dict) else numbers.dtype)
                whole[places] = numbers[...]
                setattr(self, name, whole.tolist())


@dataclass(eq=False, repr=False)
class SGD(Optimizer):
    """Gradient descent x ← x - lr g, on a part of the data at a time stochastic.

    - `lr`: the learning rate.
    - `momentum`: μ of v ← μ v + g, x ← x - lr v (Polyak 1964; v is 0 at first).
    - `nesterov`: x ← x - lr (g + μ v) instead (Sutskever et al. 2013, as PyTorch arranges it), which needs a momentum.
    - `weight_decay`: λ of g ← g + λ x.

    Raises ValueError for Nesterov's momentum without any, and what every `Optimizer` raises.

    >>> x = Value(3.0)
    >>> optimizer = SGD([x], lr=0.1)
    >>> (x**2).backward()
    >>> optimizer.step()
    >>> x.data
    2.4
    """

    lr: float = 1e-3
    momentum: float = 0.0
    nesterov: bool = False
    weight_decay: float = 0.0
    v: Any = field(init=False)
    state = ("v",)

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.nesterov and not self.momentum:
            raise ValueError("Nesterov's momentum needs a momentum, got 0.")

    def update(self, i: Any, x: Any, g: Any) -> None:  # noqa: D102  # see the class
        mu = self.momentum
        if mu:
            self.v[i] = v = mu * self.v[i] + g
            g = g + mu * v if self.nesterov else v
        x.data -= self.lr * g


@dataclass(eq=False, repr=False)
class Adam(Optimizer):
    """Adam: x ← x - lr m̂ / (√v̂ + ε), of running means m of g and v of g² (Kingma & Ba 2015, algorithm 1).

    - `lr`: the learning rate, α in the paper.
    - `betas`: (β₁, β₂) of m ← β₁ m + (1 - β₁) g and v ← β₂ v + (1 - β₂) g², each from 0 to below 1; in the t-th step
      m̂ = m / (1 - β₁ᵗ) and v̂ = v / (1 - β₂ᵗ).
    - `eps`: ε.
    - `weight_decay`: λ of g ← g + λ x.

    Raises what every `Optimizer` raises.

    >>> x = Value(3.0)
    >>> optimizer = Adam([x], lr=0.1)
    >>> (x**2).backward()
    >>> optimizer.step()
    >>> round(x.data, 6)  # the first step is lr long, whatever the slope
    2.9
    """

    lr: float = 1e-3
    betas: tuple[float, float] = (0.9, 0.999)
    eps: float = 1e-8
    weight_decay: float = 0.0
    m: Any = field(init=False)
    v: Any = field(init=False)
    t: Any = field(init=False)
    state = ("m", "v", "t")

    def update(self, i: Any, x: Any, g: Any) -> None:  # noqa: D102  # see the class
        beta1, beta2 = self.betas
        self.t[i] = t = self.t[i] + 1
        self.m[i] = m = beta1 * self.m[i] + (1 - beta1) * g
        self.v[i] = v = beta2 * self.v[i] + (1 - beta2) * g * g
        x.data -= self.lr * (m / (1 - beta1**t)) / ((v / (1 - beta2**t)) ** 0.5 + self.eps)


@dataclass(eq=False, repr=False)
class AdamW(Adam):
    """Adam with x ← x - lr λ x before each step, in place of λ in the slope (Loshchilov & Hutter 2019, algorithm 2).

    `weight_decay` is that λ; the other arguments as in `Adam`. As in PyTorch, and unlike the paper, λ is multiplied by
    `lr`. Raises what every `Optimizer` raises.
    """

    weight_decay: float = 1e-2

    decoupled = True


@dataclass(eq=False, repr=False)
class RMSprop(Optimizer):
    """RMSprop: x ← x - lr g / (√v + ε), of a running mean v of g² (Hinton 2012, lecture 6e).

    - `lr`: the learning rate.
    - `alpha`: α of v ← α v + (1 - α) g², from 0 to below 1.
    - `eps`: ε.
    - `weight_decay`: λ of g ← g + λ x.
    - `momentum`: μ of b ← μ b + g / (√v + ε), x ← x - lr b, as PyTorch has it.

    Raises what every `Optimizer` raises.

    >>> RMSprop([Value(3.0)], lr=0.1).lr
    0.1
    """

    lr: float = 1e-2
    alpha: float = 0.99
    eps: float = 1e-8
    weight_decay: float = 0.0
    momentum: float = 0.0
    v: Any = field(init=False)
    b: Any = field(init=False)
    state = ("v", "b")

    def update(self, i: Any, x: Any, g: Any) -> None:  # noqa: D102  # see the class
        self.v[i] = v = self.alpha * self.v[i] + (1 - self.alpha) * g * g
        g = g / (v**0.5 + self.eps)
        if self.momentum:
            self.b[i] = g = self.momentum * self.b[i] + g
        x.data -= self.lr * g
