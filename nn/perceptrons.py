"""Multi-layer perceptrons (course, section 3), of which logistic regression is the smallest."""

from __future__ import annotations

import random
from collections.abc import Sequence
from itertools import pairwise

from autograd import Value
from nn.initialisation import Init
from nn.modules import Activation, Layer, Sequential

__all__ = ["MLP", "LogisticRegression"]


class MLP(Sequential):
    """A multi-layer perceptron: `inputs` numbers in, then layers of `sizes` units, each fed by all of the one before.

    `activation` is that of the hidden layers, `output` that of the last one; for these, `init` and `rng` see `Neuron`.

    >>> model = MLP(2, [2, 1], activation="sigmoid", output="sigmoid", rng=random.Random(1))
    >>> len(model.parameters()), model.parameters()[2].label
    (9, 'w_{1,3}^{(1)}')
    >>> model([0.5, 1.0]).data
    0.4798...
    """

    def __init__(
        self,
        inputs: int,
        sizes: Sequence[int],
        activation: Activation = "relu",
        output: Activation = "identity",
        *,
        init: Init = "he",
        rng: random.Random | None = None,
    ) -> None:
        activations = [activation] * (len(sizes) - 1) + [output]
        pairs = zip(pairwise([inputs, *sizes]), activations, strict=False)  # without sizes there are no pairs
        super().__init__(*(Layer(n, m, f, init=init, rng=rng) for (n, m), f in pairs))

    def __repr__(self) -> str:
        sizes = [len(layer.neurons) for layer in self.dense]
        hidden, output = (self.dense[i].activation for i in (0, -1))
        return f"MLP({len(self.dense[0].neurons[0].w)}, {sizes}, {hidden}, {output})"


class LogisticRegression(MLP):
    """The probability σ(w·x + b) from `inputs` numbers x (course, section 3); its weights are 0 at first.

    >>> model = LogisticRegression(2)
    >>> model([30.0, 1.0]).data
    0.5
    """

    def __init__(self, inputs: int) -> None:
        super().__init__(inputs, [1], output="sigmoid", init="zeros")

    @property
    def w(self) -> list[Value]:
        """The weights of the inputs."""
        return self.dense[0].neurons[0].w

    @property
    def b(self) -> Value:
        """The bias."""
        return self.dense[0].neurons[0].b

    def __repr__(self) -> str:
        return f"LogisticRegression({len(self.w)})"
