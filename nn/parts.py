"""What stands between the layers of a network: `Dropout` and `Embedding`."""

from __future__ import annotations

import random
from collections.abc import Iterable
from typing import Any

from autograd import Value, choose, where
from nn.chance import uniform
from nn.initialisation import generator
from nn.module import Module

__all__ = ["Dropout", "Embedding"]


class Dropout(Module):
    """Sets each number to 0 with probability `p` while a model is trained, and divides the others by 1 - p.

    (Srivastava et al. 2014.) So their mean stays; after `eval()` nothing is changed. `rng` is what draws, by default
    Python's own generator. Raises ValueError unless 0 <= p < 1.

    >>> drop = Dropout(0.5, rng=random.Random(0))
    >>> drop([1.0, 2.0, 3.0]), drop.eval()([1.0, 2.0, 3.0])
    ([2.0, 4.0, 0.0], [1.0, 2.0, 3.0])
    """

    def __init__(self, p: float = 0.5, *, rng: random.Random | None = None) -> None:
        if not 0 <= p < 1:
            raise ValueError(f"The probability of Dropout is at least 0 and below 1, got {p!r}.")
        self.p, self.rng = p, generator(rng)

    def __call__(self, x: Iterable[Any]) -> list[Any]:
        """The numbers or Values `x` as they are passed on."""
        values = [*x]
        if not (self.training and self.p):
            return values
        drawn = uniform(self.rng, len(values))
        return [where(u < self.p, 0.0, 1 / (1 - self.p)) * v for u, v in zip(drawn, values, strict=True)]

    def __repr__(self) -> str:
        return f"Dropout({self.p:g})"


class Embedding(Module):
    """A vector of `embedding_dim` parameters for each of `num_embeddings` things, which are numbered from 0.

    They are normally distributed at first, as PyTorch's; `rng` draws them, by default Python's own generator. Of a row
    of several numbers it gives their vectors one after the other, as a layer takes them.

    >>> embedding = Embedding(3, 2, rng=random.Random(0))
    >>> embedding([2, 0]) == [*embedding.weight[2], *embedding.weight[0]] == embedding(2) + embedding(0)
    True
    """

    def __init__(self, num_embeddings: int, embedding_dim: int, *, rng: random.Random | None = None) -> None:
        if num_embeddings < 1 or embedding_dim < 1:
            raise ValueError(f"An Embedding has 1 vector of 1 number at least, got {num_embeddings}, {embedding_dim}.")
        normal = generator(rng).gauss
        self.weight = [
            [Value(normal(0.0, 1.0), f"C_{{{i},{j}}}") for j in range(embedding_dim)] for i in range(num_embeddings)
        ]

    def __call__(self, x: Any) -> list[Value]:
        """The vector of thing `x`, or those of a row of things; IndexError for one that is not there."""
        if hasattr(x, "__len__"):
            return [v for i in x for v in self(i)]
        if isinstance(x, Value):
            return [choose(column, x) for column in zip(*self.weight, strict=True)]
        return [*self.weight[choose(range(len(self.weight)), x)]]

    def __repr__(self) -> str:
        return f"Embedding({len(self.weight)}, {len(self.weight[0])})"
