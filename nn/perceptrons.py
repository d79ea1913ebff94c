"""Layers one after the other: multi-layer perceptrons (course, section 3), the smallest being logistic regression."""

import random
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

from autograd import Value
from nn.module import Module
from nn.modules import Activation, Init, Layer, Neuron, label

__all__ = ["MLP", "LogisticRegression", "Sequential", "Units", "other_function"]


class Units(NamedTuple):
    """The units of one layer: their weighted sums `s` (none in layer 1) and their values `x`."""

    s: list[Value]
    x: list[Value]


class Sequential(Module):
    """Layers one after the other, each fed by all outputs of the one before; other Modules may stand between them.

    Labels the weights by the layers' places among the `dense` ones, which are Layers. Raises TypeError for what is no
    Module, ValueError where a Layer takes another number of inputs than the one before it returns.

    >>> model = Sequential(Layer(2, 3, "tanh"), Layer(3, 1, "sigmoid"))
    >>> model.parameters()[-1].label
    'w_{1,4}^{(2)}'
    """

    def __init__(self, *layers: Any) -> None:
        for layer in layers:
            if isinstance(layer, (Neuron, Sequential)) or not isinstance(layer, Module):
                raise TypeError(f"A Sequential is made of Layers, each with its activation, got {layer!r}.")
        self.layers: list[Any] = list(layers)
        if not self.dense:
            raise ValueError("A network has at least one layer besides its inputs, got none.")
        sizes = self.sizes
        for k, layer in enumerate(self.dense, start=1):
            if (n := len(layer.neurons[0].w)) != sizes[k - 1]:
                raise ValueError(f"Layer {k - 1} has {sizes[k - 1]} outputs, but layer {k} takes {n} inputs.")
            layer.label(k)

    @property
    def dense(self) -> list[Layer]:
        """The network's Layers, without what stands between them."""
        return [layer for layer in self.layers if isinstance(layer, Layer)]

    @property
    def sizes(self) -> list[int]:
        """How many inputs the first of them takes, and how many outputs each has."""
        return [len(self.dense[0].neurons[0].w), *(len(layer.neurons) for layer in self.dense)]

    def __call__(self, x: Iterable[Any]) -> Any:
        """The list of outputs for the numbers or Values `x`, or the one Value if there is one only."""
        for layer in self.layers:
            x = _outputs(layer(x))
        return _one_or_all(x)

    def logits(self, x: Iterable[Any]) -> Any:
        """The output before its activation, for losses that are more precise so, as `log_loss_with_logits`."""
        *hidden, last = self.layers
        for layer in hidden:
            x = _outputs(layer(x))
        return _one_or_all(last.sums(x)) if isinstance(last, Layer) else last(x)

    def units(self, x: Iterable[Any]) -> list[Units]:
        """Every unit for the input `x`, labelled as in the course: `units(x)[k - 1].x[i - 1]` is x_i^(k)."""
        layers = [Units([], [v if isinstance(v, Value) else Value(v) for v in x])]
        inputs: Any = layers[-1].x
        for layer in self.layers:
            if isinstance(layer, Layer):
                s = layer.sums(inputs)
                for i, unit in enumerate(s, start=1):  # before the activation, which may be none
                    unit.label = label("s", i, len(layers) + 1)
                layers.append(Units(s, inputs := layer.activated(s)))
            else:
                inputs = _outputs(layer(inputs))
        for k, layer_units in enumerate(layers, start=1):
            for i, unit in enumerate(layer_units.x, start=1):
                unit.label = label("x", i, k)
        return layers

    def __repr__(self) -> str:
        return f"Sequential({', '.join(map(repr, self.layers))})"


def _one_or_all(values: Any) -> Any:
    return values[0] if len(values) == 1 else values


def _outputs(values: Any) -> Any:
    return [values] if isinstance(values, Value) else values


def other_function(model: Sequential, between: tuple[type[Module], ...]) -> str:
    """Which part of `model` does not compute what weights and activations say; "" if all do.

    Between its layers there may be Modules of the kinds `between`.
    """
    parts: list[tuple[Module, type[Module]]] = [(model, Sequential)]
    for layer in model.layers:
        if isinstance(layer, Layer):
            parts += [(layer, Layer), *((neuron, Neuron) for neuron in layer.neurons)]
        elif not isinstance(layer, between):
            return f"it has {layer!r} between its layers"
    for part, base in parts:
        for name in ("__call__", "outputs", "sums", "s"):
            if getattr(type(part), name, None) is not getattr(base, name, None):
                return f"{type(part).__name__} defines its own {name}"
    return ""


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
        n, *sizes = self.sizes
        return f"MLP({n}, {sizes}, {self.dense[0].activation}, {self.dense[-1].activation})"


class LogisticRegression(MLP):
    """The probability σ(w·x + b) from `inputs` numbers x (course, section 3); its weights are 0 at first.

    >>> model = LogisticRegression(2)
    >>> model([30.0, 1.0]).data
    0.5
    """

    def __init__(self, inputs: int) -> None:
        super().__init__(inputs, [1], output="sigmoid", init="zeros")

    w = property(lambda self: self.dense[0].neurons[0].w, doc="The weights of the inputs.")
    b = property(lambda self: self.dense[0].neurons[0].b, doc="The bias.")

    def __repr__(self) -> str:
        return f"LogisticRegression({len(self.w)})"
