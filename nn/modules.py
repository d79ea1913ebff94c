"""Neurons and layers, written one neuron at a time (course, sections 3 and 5.1), and what stands between layers."""

import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from math import sqrt
from typing import Any

from autograd import Value, choose, linear, softmax, where
from nn.chance import uniform
from nn.module import Module, attributes, by_name

__all__ = [
    "ACTIVATIONS", "INITIALISATIONS", "Activation", "Dropout", "Embedding", "Init", "Layer", "Neuron", "generator",
    "label",
]  # fmt: skip

Activation = str | Callable[[Value], Value]
Init = str | Callable[[int, int, Any], float]  # of inputs, outputs and a `random.Random` or the module `random`


def label(letter: str, index: int | str, layer: int) -> str:
    """A symbol of the course, such as `label("s", 1, 2)` for s_1^(2)."""
    return f"{letter}_{{{index}}}^{{({layer})}}"


def identity(s: Value) -> Value:
    """`s` itself: the activation of a linear output."""
    return s


# As methods, which are faster than the functions of the same names.
ACTIVATIONS: dict[str, Callable[[Value], Value]] = {"identity": identity} | {
    name: getattr(Value, name)
    for name in ("elu", "gelu", "leaky_relu", "logsigmoid", "relu", "sigmoid", "silu", "softplus", "tanh")
}


def _within(bound: Callable[[int, int], float]) -> Callable[[int, int, Any], float]:
    """Uniform within ±bound(inputs, outputs)."""
    return lambda n, m, rng: float(rng.uniform(-(b := bound(n, m)), b))


INITIALISATIONS: dict[str, Callable[[int, int, Any], float]] = {
    "he": _within(lambda n, m: sqrt(6 / n)),  # He et al. 2015, for relu: a variance of 2/n
    "xavier": _within(lambda n, m: sqrt(6 / (n + m))),  # Glorot & Bengio 2010, for tanh
    "uniform": _within(lambda n, m: sqrt(1 / n)),  # PyTorch's, of a Linear
    "zeros": lambda n, m, rng: 0.0,  # for a model without hidden units
}


def generator(rng: Any) -> Any:
    """The generator `rng`, the module `random` for None; TypeError for what draws no random numbers, such as a seed."""
    if rng is not None and not hasattr(rng, "uniform"):
        raise TypeError(f"Random numbers come from a generator, such as random.Random(1), got {rng!r}.")
    return random if rng is None else rng


class Neuron(Module):
    """`activation(w_1 x_1 + ... + w_n x_n + b)`: the sum is one node, the activation another.

    - `inputs`: the number n of inputs, at least 1.
    - `activation`: "identity", a function of the table by name ("relu", "sigmoid", "tanh", ...), or a function.
    - `init`: what the weights are at first, uniform within ±√(6/n) for "he" (He et al. 2015), ±√(6/(n + m)) for
      "xavier" (Glorot & Bengio 2010; m is the number of neurons in the layer), ±√(1/n) for "uniform" (PyTorch), 0 for
      "zeros"; or a function of n, m and `rng` that returns one weight. The bias is 0 at first.
    - `rng`: the generator that they come from; by default Python's own, the one that `random.seed` seeds.

    The weights are labelled `w_{j}`, in a Layer `w_{i,j}^{(k)}`. The bias `b` is the one with j = n + 1, of a unit that
    is always 1 (course, section 3).
    """

    def __init__(
        self,
        inputs: int,
        activation: Activation = "relu",
        *,
        init: Init = "he",
        rng: random.Random | None = None,
    ) -> None:
        weight, rng, n = by_name("An initialisation", init, INITIALISATIONS), generator(rng), _checked_size(inputs)
        self.w = [Value(weight(n, 1, rng), f"w_{{{j}}}") for j in range(1, n + 1)]
        self.b = Value(0.0, f"w_{{{n + 1}}}")
        self.activation: Callable[[Value], Value] = by_name("An activation", activation, ACTIVATIONS)

    def s(self, x: Iterable[Any]) -> Value:
        """The weighted sum of the inputs `x` and the bias: w·x + b."""
        return linear(self.w, x, self.b)  # type: ignore[no-any-return]  # an Op of Values returns a Value

    def __call__(self, x: Iterable[Any]) -> Value:
        """The output for the inputs `x`, numbers or Values."""
        return self.activation(linear(self.w, x, self.b))

    def __repr__(self) -> str:
        return f"Neuron({len(self.w)}, {_activation_name(self.activation)})"


def _activation_name(activation: Activation) -> str:
    return getattr(activation, "__name__", repr(activation))


def _checked_size(n: int) -> int:
    if n < 1:
        raise ValueError(f"A layer has at least one unit, got {n}.")
    return n


class Layer(Module):
    """`outputs` neurons that take the same `inputs` inputs.

    `activation`, `init` and `rng` are as in `Neuron`; "softmax" makes shares of all outputs together. `k` is its
    number in labels: its weights `w_{i,j}^{(k)}` lead from layer k to layer k + 1.
    """

    def __init__(
        self,
        inputs: int,
        outputs: int,
        activation: Activation = "relu",
        *,
        init: Init = "he",
        rng: random.Random | None = None,
        k: int = 1,
    ) -> None:
        m, weight = _checked_size(outputs), by_name("An initialisation", init, INITIALISATIONS)
        self.softmax = activation == "softmax"
        one, given = "identity" if self.softmax else activation, lambda n, _, rng: weight(n, m, rng)
        self.neurons = [Neuron(inputs, one, init=given, rng=rng) for _ in range(m)]
        self.label(k)

    def label(self, k: int) -> None:
        """Label the weights as those of layer `k`."""
        for i, neuron in enumerate(self.neurons, start=1):
            for j, w in enumerate([*neuron.w, neuron.b], start=1):
                w.label = label("w", f"{i},{j}", k)

    def state(self) -> Mapping[str, Any]:
        """The neurons' weights as one matrix with a row for each, and their biases, as PyTorch's Linear has them."""
        weight, bias = [neuron.w for neuron in self.neurons], [neuron.b for neuron in self.neurons]
        others = [{name: x for name, x in neuron.state().items() if name not in ("w", "b")} for neuron in self.neurons]
        return attributes(self) | {"neurons": others, "weight": weight, "bias": bias}

    def __call__(self, x: Iterable[Any]) -> Any:
        """The list of outputs, or the one Value if there is one only."""
        outputs = self.outputs(x)
        return outputs[0] if len(outputs) == 1 else outputs

    def outputs(self, x: Iterable[Any]) -> list[Value]:
        """The outputs of all neurons, as a list even if there is only one."""
        if self.softmax:
            return self.activated(self.sums(x))
        x = tuple(x)
        return [neuron(x) for neuron in self.neurons]

    def activated(self, s: Sequence[Value]) -> list[Value]:
        """The outputs that weighted sums `s` make."""
        if self.softmax:
            return [*softmax(s)]
        return [neuron.activation(unit) for neuron, unit in zip(self.neurons, s, strict=True)]

    def sums(self, x: Iterable[Any]) -> list[Value]:
        """The weighted sums of all neurons, before their activation."""
        x = tuple(x)
        return [neuron.s(x) for neuron in self.neurons]

    @property
    def activation(self) -> str:
        """The name of the first neuron's activation, or softmax."""
        return "softmax" if self.softmax else _activation_name(self.neurons[0].activation)

    def __repr__(self) -> str:
        return f"Layer({len(self.neurons[0].w)}, {len(self.neurons)}, {self.activation})"


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
        drawn = uniform(self.rng, len(values)) if self.training and self.p else []
        scale = 1 / (1 - self.p)
        return [where(u < self.p, 0.0, scale) * v for u, v in zip(drawn, values, strict=True)] if drawn else values

    def __repr__(self) -> str:
        return f"Dropout({self.p:g})"


class Embedding(Module):
    """A vector of `embedding_dim` parameters for each of `num_embeddings` things, which are numbered from 0.

    They are normally distributed at first, as PyTorch's; `rng` draws them, by default Python's own generator. For a row
    of several numbers it returns their vectors one after the other, as a layer takes them. Raises ValueError where one
    of the two sizes is below 1; a call raises IndexError for a thing that is not there.

    >>> embedding = Embedding(3, 2, rng=random.Random(0))
    >>> embedding([2, 0]) == [*embedding.weight[2], *embedding.weight[0]] == embedding(2) + embedding(0)
    True
    """

    def __init__(self, num_embeddings: int, embedding_dim: int, *, rng: random.Random | None = None) -> None:
        if num_embeddings < 1 or embedding_dim < 1:
            raise ValueError(f"An Embedding has 1 vector of 1 number at least, got {num_embeddings}, {embedding_dim}.")
        normal, places = generator(rng).gauss, range(embedding_dim)
        self.weight = [[Value(normal(0.0, 1.0), f"C_{{{i},{j}}}") for j in places] for i in range(num_embeddings)]

    def __call__(self, x: Any) -> list[Value]:
        """The vector of thing `x`, or those of a row of things; IndexError for one that is not there."""
        if hasattr(x, "__len__"):
            return [v for i in x for v in self(i)]
        if isinstance(x, Value):
            return [choose(column, x) for column in zip(*self.weight, strict=True)]
        return [*self.weight[choose(range(len(self.weight)), x)]]

    def __repr__(self) -> str:
        return f"Embedding({len(self.weight)}, {len(self.weight[0])})"
