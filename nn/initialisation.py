"""What weights are before the training."""

from __future__ import annotations

import random
from collections.abc import Callable
from math import sqrt
from typing import Any

__all__ = ["INITIALISATIONS", "Init", "generator", "initialisation"]

Initialisation = Callable[[int, int, Any], float]  # of inputs, outputs and a `random.Random` or the module `random`
Init = str | Initialisation


def _within(bound: Callable[[int, int], float]) -> Initialisation:
    """Uniform within ±bound(inputs, outputs)."""

    def weight(inputs: int, outputs: int, rng: Any) -> float:
        b = bound(inputs, outputs)
        return float(rng.uniform(-b, b))

    return weight


INITIALISATIONS: dict[str, Initialisation] = {
    "he": _within(lambda n, m: sqrt(6 / n)),  # He et al. 2015, for relu: a variance of 2/n
    "xavier": _within(lambda n, m: sqrt(6 / (n + m))),  # Glorot & Bengio 2010, for tanh
    "uniform": _within(lambda n, m: sqrt(1 / n)),  # PyTorch's, of a Linear
    "zeros": lambda n, m, rng: 0.0,  # for a model without hidden units
}


def generator(rng: Any) -> Any:
    """The generator `rng`, the module `random` for None; TypeError for what gives no random numbers, such as a seed."""
    if rng is not None and not hasattr(rng, "uniform"):
        raise TypeError(f"Random numbers come from a generator, such as random.Random(1), got {rng!r}.")
    return random if rng is None else rng


def initialisation(choice: Init) -> Initialisation:
    """The function of that name, or the function itself; ValueError with the names there are."""
    if callable(choice):
        return choice
    if choice not in INITIALISATIONS:
        raise ValueError(f"An initialisation is a function or one of {', '.join(INITIALISATIONS)}; got {choice!r}.")
    return INITIALISATIONS[choice]
