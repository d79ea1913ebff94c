"""Neurons, layers and multi-layer perceptrons, written one neuron at a time (course, sections 3 and 5.1)."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

from autograd import Value, linear, softmax
from nn.initialisation import Init, generator, initialisation
from nn.module import Module, attributes

__all__ = ["ACTIVATIONS", "Activation", "Layer", "Neuron", "Sequential", "Units", "label", "other_function"]

Activation = str | Callable[[Value], Value]


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


def _activation(choice: Activation) -> Callable[[Value], Value]:
    if callable(choice):
        return choice
    if choice not in ACTIVATIONS:
        raise ValueError(f"An activation is a function or one of {', '.join(ACTIVATIONS)}; got {choice!r}.")
    return ACTIVATIONS[choice]


def _name(activation: Activation) -> str:
    return getattr(activation, "__name__", repr(activation))


class Neuron(Module):
    """`activation(w_1 x_1 + ... + w_n x_n + b)`: the sum is one node, the activation another.

    - `inputs`: the number n of inputs, at least 1.
    - `activation`: "identity", a function of the table by name ("relu", "sigmoid", "tanh", ...), or a function.
    - `init`: what the weights are at first, uniform within ±√(6/n) for "he" (He et al. 2015), ±√(6/(n + m)) for
      "xavier" (Glorot & Bengio 2010; m is the number of neurons in the layer), ±√(1/n) for "uniform" (PyTorch), 0 for
      "zeros"; or a function of n, m and `rng` that gives one weight. The bias is 0 at first.
    - `rng`: the generator that they come from; by default Python's own, the one that `random.seed` seeds.
    - `unit`: (i, k) for unit i of layer k + 1, whose weights are then labelled `w_{i,j}^{(k)}`; else `w_{j}`. The bias
      `b` is the weight with j = n + 1, of a unit that is always 1 (course, section 3).
    """

    def __init__(
        self,
        inputs: int,
        activation: Activation = "relu",
        *,
        init: Init = "he",
        rng: random.Random | None = None,
        unit: tuple[int, int] | None = None,
    ) -> None:
        weight, rng, n = initialisation(init), generator(rng), _checked_size(inputs)
        labels = [label("w", f"{unit[0]},{j}", unit[1]) if unit else f"w_{{{j}}}" for j in range(1, inputs + 2)]
        self.w = [Value(weight(n, 1, rng), name) for name in labels[:-1]]
        self.b = Value(0.0, labels[-1])
        self.activation = _activation(activation)

    def s(self, x: Iterable[Any]) -> Value:
        """The weighted sum of the inputs `x` and the bias: w·x + b."""
        return linear(self.w, x, self.b)  # type: ignore[no-any-return]  # an Op of Values gives a Value

    def __call__(self, x: Iterable[Any]) -> Value:
        """The output for the inputs `x`, numbers or Values."""
        return self.activation(linear(self.w, x, self.b))

    def __repr__(self) -> str:
        return f"Neuron({len(self.w)}, {_name(self.activation)})"


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
        m, weight, self.softmax = _checked_size(outputs), initialisation(init), activation == "softmax"
        self.neurons = [
            Neuron(
                inputs,
                "identity" if self.softmax else activation,
                init=lambda n, _, rng: weight(n, m, rng),
                rng=rng,
                unit=(i, k),
            )
            for i in range(1, m + 1)
        ]

    def state(self) -> Mapping[str, Any]:
        """The neurons' weights as one matrix with a row for each, and their biases, as PyTorch's Linear has them."""
        weight, bias = [neuron.w for neuron in self.neurons], [neuron.b for neuron in self.neurons]
        others = [{name: x for name, x in neuron.state().items() if name not in ("w", "b")} for neuron in self.neurons]
        return attributes(self) | {"neurons": others, "weight": weight, "bias": bias}

    def __call__(self, x: Iterable[Any]) -> Any:
        """The list of outputs, or the one Value if there is one only."""
        return _one_or_all(self.outputs(x))

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

    def __repr__(self) -> str:
        return f"Layer({len(self.neurons[0].w)}, {len(self.neurons)}, {self.activation})"

    @property
    def activation(self) -> str:
        """The name of the first neuron's activation, or softmax."""
        return "softmax" if self.softmax else _name(self.neurons[0].activation)


def _one_or_all(values: list[Value]) -> Any:
    return values[0] if len(values) == 1 else values


def _outputs(values: Any) -> Any:
    return [values] if isinstance(values, Value) else values


class Units(NamedTuple):
    """The units of one layer: their weighted sums `s` (none in layer 1) and their values `x`."""

    s: list[Value]
    x: list[Value]


class Sequential(Module):
    """Layers one after the other, each fed by all outputs of the one before; other Modules may stand between them.

    Labels the weights by the layers' places among the `dense` ones, which are Layers. Raises TypeError for what is no
    Module, ValueError where a Layer takes another number of inputs than the one before it gives.

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
        for k, (below, layer) in enumerate(pairwise(self.dense), start=1):
            if (n := len(layer.neurons[0].w)) != (m := len(below.neurons)):
                raise ValueError(f"Layer {k} has {m} outputs, but layer {k + 1} takes {n} inputs.")
        for k, layer in enumerate(self.dense, start=1):
            for i, neuron in enumerate(layer.neurons, start=1):
                for j, w in enumerate([*neuron.w, neuron.b], start=1):
                    w.label = label("w", f"{i},{j}", k)

    @property
    def dense(self) -> list[Layer]:
        """Its Layers, without what stands between them."""
        return [layer for layer in self.layers if isinstance(layer, Layer)]

    def __call__(self, x: Iterable[Any]) -> Any:
        """The list of outputs for the numbers or Values `x`, or the one Value if there is one only."""
        for layer in self.layers:
            x = _outputs(layer(x))
        return _one_or_all(x)  # type: ignore[arg-type]  # there is at least one layer

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
            if not isinstance(layer, Layer):
                inputs = _outputs(layer(inputs))
                continue
            s = layer.sums(inputs)
            for i, unit in enumerate(s, start=1):
                unit.label = label("s", i, len(layers) + 1)
            layers.append(Units(s, inputs := layer.activated(s)))
        for k, layer_units in enumerate(layers, start=1):
            for i, unit in enumerate(layer_units.x, start=1):
                unit.label = label("x", i, k)
        return layers

    def __repr__(self) -> str:
        return f"Sequential({', '.join(map(repr, self.layers))})"


def other_function(model: Sequential, between: tuple[type[Module], ...]) -> str:
    """Which part of `model` computes something else than weights and activations say; "" if none does.

    Between its layers there may be Modules of the kinds `between`.
    """
    for part in model.layers:
        if not isinstance(part, (Layer, *between)):
            return f"it has {part!r} between its layers"
    parts: list[tuple[Module, type[Module]]] = [(model, Sequential), *((layer, Layer) for layer in model.dense)]
    parts += [(neuron, Neuron) for layer in model.dense for neuron in layer.neurons]
    for part, base in parts:
        for name in ("__call__", "outputs", "sums", "s"):
            if getattr(type(part), name, None) is not getattr(base, name, None):
                return f"{type(part).__name__} defines its own {name}"
    return ""
