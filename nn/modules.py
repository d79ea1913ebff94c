"""Neurons, layers and multi-layer perceptrons, written one neuron at a time (course, sections 3 and 5.1)."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

from autograd import Value, linear

__all__ = ["MLP", "Activation", "Layer", "Module", "Neuron", "Units"]

Activation = str | Callable[[Value], Value]


def label(letter: str, index: int | str, layer: int) -> str:
    """A symbol of the course, such as `label("s", 1, 2)` for s_1^(2)."""
    return f"{letter}_{{{index}}}^{{({layer})}}"


class Module:
    """Something with parameters: the leaf Values among its attributes, also in Modules, lists, tuples and dicts there.

    A model of one's own is a subclass that puts them there and says in `__call__` what it computes.
    """

    def named_parameters(self) -> Iterator[tuple[str, Value]]:
        """The parameters with the way to each, such as `layers.0.neurons.1.w.0`; a shared one comes once."""
        seen: set[int] = set()
        stack: list[tuple[str, Any]] = [("", self)]
        while stack:
            name, part = stack.pop()
            if isinstance(part, Value) and not part.parents and id(part) not in seen:
                yield name, part
            elif isinstance(part, (Module, dict, list, tuple)) and id(part) not in seen:
                inside = vars(part) if isinstance(part, Module) else part
                items = list(inside.items() if isinstance(inside, dict) else enumerate(inside))
                stack += [(f"{name}.{key}" if name else f"{key}", x) for key, x in reversed(items)]
            seen.add(id(part))

    def parameters(self) -> list[Value]:
        """The parameters in the order of `named_parameters`."""
        return [parameter for _, parameter in self.named_parameters()]

    def zero_grad(self) -> None:
        """Set the `grad` of every parameter to 0, so that the next `backward` does not add to an older one."""
        for parameter in self.parameters():
            parameter.grad = 0.0


def identity(s: Value) -> Value:
    """`s` itself: the activation of a linear output."""
    return s


# As methods, which are faster than the functions of the same names.
ACTIVATIONS: dict[str, Callable[[Value], Value]] = {"identity": identity} | {
    name: getattr(Value, name) for name in ("relu", "sigmoid", "softplus", "tanh")
}


def _activation(choice: Activation) -> Callable[[Value], Value]:
    if callable(choice):
        return choice
    if choice not in ACTIVATIONS:
        raise ValueError(f"An activation is a function or one of {', '.join(ACTIVATIONS)}; got {choice!r}.")
    return ACTIVATIONS[choice]


class Neuron(Module):
    """`activation(w_1 x_1 + ... + w_n x_n + b)`: the sum is one node, the activation another.

    - `inputs`: the number n of inputs, at least 1.
    - `activation`: "identity", a function of the table by name ("relu", "sigmoid", "tanh", ...), or a function.
    - `rng`: where the initial weights come from, uniform within ±√(6/n) (He et al. 2015); by default Python's own
      generator, the one that `random.seed` seeds. The bias is 0 at first.
    - `unit`: (i, k) for unit i of layer k + 1, whose weights are then labelled `w_{i,j}^{(k)}`; else `w_{j}`. The bias
      `b` is the weight with j = n + 1, of a unit that is always 1 (course, section 3).
    """

    def __init__(
        self,
        inputs: int,
        activation: Activation = "relu",
        *,
        rng: random.Random | None = None,
        unit: tuple[int, int] | None = None,
    ) -> None:
        bound = math.sqrt(6 / _size(inputs))
        labels = [label("w", f"{unit[0]},{j}", unit[1]) if unit else f"w_{{{j}}}" for j in range(1, inputs + 2)]
        self.w = [Value((rng or random).uniform(-bound, bound), name) for name in labels[:-1]]
        self.b = Value(0.0, labels[-1])
        self.activation = _activation(activation)

    def s(self, x: Iterable[Any]) -> Value:
        """The weighted sum of the inputs `x` and the bias: w·x + b."""
        return linear(self.w, x, self.b)  # type: ignore[no-any-return]  # an Op of Values gives a Value

    def __call__(self, x: Iterable[Any]) -> Value:
        """The output for the inputs `x`, numbers or Values."""
        return self.activation(linear(self.w, x, self.b))

    def __repr__(self) -> str:
        return f"Neuron({len(self.w)}, {self.activation.__name__})"


def _size(n: int) -> int:
    if n < 1:
        raise ValueError(f"A layer has at least one unit, got {n}.")
    return n


class Layer(Module):
    """`outputs` neurons that take the same `inputs` inputs.

    `activation` and `rng` are as in `Neuron`. `k` is its number in labels: its weights `w_{i,j}^{(k)}` lead from layer
    k to layer k + 1.
    """

    def __init__(
        self,
        inputs: int,
        outputs: int,
        activation: Activation = "relu",
        *,
        rng: random.Random | None = None,
        k: int = 1,
    ) -> None:
        self.neurons = [Neuron(inputs, activation, rng=rng, unit=(i, k)) for i in range(1, _size(outputs) + 1)]

    def __call__(self, x: Iterable[Any]) -> Any:
        """The list of outputs, or the one Value if there is one only."""
        return _one_or_all(self.outputs(x))

    def outputs(self, x: Iterable[Any]) -> list[Value]:
        """The outputs of all neurons, as a list even if there is only one."""
        x = tuple(x)
        return [neuron(x) for neuron in self.neurons]

    def sums(self, x: Iterable[Any]) -> list[Value]:
        """The weighted sums of all neurons, before their activation."""
        x = tuple(x)
        return [neuron.s(x) for neuron in self.neurons]

    def __repr__(self) -> str:
        neuron = self.neurons[0]
        return f"Layer({len(neuron.w)}, {len(self.neurons)}, {neuron.activation.__name__})"


def _one_or_all(values: list[Value]) -> Any:
    return values[0] if len(values) == 1 else values


class Units(NamedTuple):
    """The units of one layer: their weighted sums `s` (none in layer 1) and their values `x`."""

    s: list[Value]
    x: list[Value]


class MLP(Module):
    """A multi-layer perceptron: `inputs` numbers in, then layers of `sizes` units, each fed by all of the one before.

    `activation` is that of the hidden layers, `output` that of the last one; for these and `rng` see `Neuron`.

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
        rng: random.Random | None = None,
    ) -> None:
        if not sizes:
            raise ValueError("An MLP has at least one layer besides its inputs, got no sizes.")
        activations = [activation] * (len(sizes) - 1) + [output]
        self.layers = [
            Layer(n, m, f, rng=rng, k=k)
            for k, ((n, m), f) in enumerate(zip(pairwise([inputs, *sizes]), activations, strict=True), start=1)
        ]

    def __call__(self, x: Iterable[Any]) -> Any:
        """The list of outputs for the numbers or Values `x`, or the one Value if there is one only."""
        for layer in self.layers:
            x = layer.outputs(x)
        return _one_or_all(x)  # type: ignore[arg-type]  # there is at least one layer

    def logits(self, x: Iterable[Any]) -> Any:
        """The output before its activation, for losses that are more precise so, as `log_loss_with_logits`."""
        *hidden, last = self.layers
        for layer in hidden:
            x = layer.outputs(x)
        return _one_or_all(last.sums(x))

    def units(self, x: Iterable[Any]) -> list[Units]:
        """Every unit for the input `x`, labelled as in the course: `units(x)[k - 1].x[i - 1]` is x_i^(k)."""
        layers = [Units([], [v if isinstance(v, Value) else Value(v) for v in x])]
        for layer in self.layers:
            s = layer.sums(layers[-1].x)
            for i, unit in enumerate(s, start=1):
                unit.label = label("s", i, len(layers) + 1)
            layers.append(Units(s, [neuron.activation(unit) for neuron, unit in zip(layer.neurons, s, strict=True)]))
        for k, layer_units in enumerate(layers, start=1):
            for i, unit in enumerate(layer_units.x, start=1):
                unit.label = label("x", i, k)
        return layers

    def __repr__(self) -> str:
        sizes = [len(layer.neurons) for layer in self.layers]
        hidden, output = (self.layers[i].neurons[0].activation.__name__ for i in (0, -1))
        return f"MLP({len(self.layers[0].neurons[0].w)}, {sizes}, {hidden}, {output})"
