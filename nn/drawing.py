"""`draw`: a network as the course draws it (section 3), its units as circles and its weights on the arrows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

from autograd import Value, exp, formula, ieee, log, maximum
from autograd.diagram import Diagram, Edge, Math, Node, Row, Scene
from nn.modules import MLP, label

__all__ = ["draw"]

WIDE = 5  # units of a layer that is drawn whole; a wider one shows its first three and its last

# What functions with names of their own are made of.
DEFINITIONS: dict[Callable[[Value], Value], Callable[[Value], Value]] = {
    getattr(Value, name): definition
    for name, definition in {
        "relu": lambda s: maximum(0, s),
        "sigmoid": lambda s: 1 / (1 + exp(-s)),
        "softplus": lambda s: log(1 + exp(s)),
    }.items()
}


def draw(model: MLP, inputs: Sequence[str] = (), *, weights: Literal["symbols", "numbers"] = "symbols") -> Diagram:
    """The network drawing of an MLP, data flowing from bottom to top.

    - `inputs`: the names of the inputs, written under their symbols; one each, or none.
    - `weights`: what stands on the arrows, `w_{i,j}^{(k)}` or the number that it is now.

    The bias is the weight of a unit that is always 1. Of a layer of more than 5 units, four are drawn. Raises
    ValueError for another number of names or other `weights`.
    """
    sizes = [len(model.layers[0].neurons[0].w), *(len(layer.neurons) for layer in model.layers)]
    if len(inputs) not in (0, sizes[0]):
        raise ValueError(f"The model has {sizes[0]} inputs, got names for {len(inputs)}.")
    if weights not in ("symbols", "numbers"):
        raise ValueError(f"weights are drawn as 'symbols' or 'numbers', got {weights!r}")
    names = [f"({name})" for name in inputs] or [""] * sizes[0]
    rows = [[_unit("x", j, 1, names[j - 1]) if j else _dots("x", 1) for j in _drawn(sizes[0])]]
    edges = []
    for k, layer in enumerate(model.layers, start=2):
        below, n = sizes[k - 2 : k]
        rows[-1].append(_unit("x", below + 1, k - 1, "1 (bias)"))
        neurons = {i: layer.neurons[i - 1] for i in _drawn(n) if i}
        rows.append([_unit("s", i, k, note=_sum(i, k, below + 1)) if i else _dots("s", k) for i in _drawn(n)])
        rows.append(
            [_unit("x", i, k, note=_output(neurons[i].activation, i, k)) if i else _dots("x", k) for i in _drawn(n)]
        )
        for i, neuron in neurons.items():
            for j in filter(None, [*_drawn(below), below + 1]):
                w = neuron.w[j - 1] if j <= below else neuron.b
                edges.append(Edge(_key("x", j, k - 1), _key("s", i, k), _weight(w, weights)))
            edges.append(Edge(_key("s", i, k), _key("x", i, k)))
    nodes = tuple(node for row in rows for node in row)
    title = f"Multi-layer perceptron {'-'.join(map(str, sizes))}"
    return Diagram(Scene(nodes, tuple(edges), tuple(Row(tuple(node.key for node in row)) for row in rows), title))


def _drawn(n: int) -> list[int]:
    """Which of n units are drawn; 0 stands for those left out."""
    return [*range(1, n + 1)] if n <= WIDE else [1, 2, 3, 0, n]


def _key(letter: str, i: int, k: int) -> str:
    return f"{letter}_{i}^{k}"


def _unit(letter: str, i: int, k: int, name: str = "", note: Math | str = "") -> Node:
    return Node(_key(letter, i, k), (_symbol(letter, i, k), name), note)


def _dots(letter: str, k: int) -> Node:
    return Node(_key(letter, 0, k), Math(r"\cdots", "…"), shape="dots")


def _symbol(letter: str, index: int | str, k: int) -> Math:
    return _math(Value(0.0, label(letter, index, k)))


def _math(value: Value) -> Math:
    written = formula(value)
    return Math(written.tex, written.text)


def _sum(i: int, k: int, n: int) -> Math:
    """The note s_i^(k) = Σ w_i,j x_j, over the n units of the layer below."""
    s, w, x = _symbol("s", i, k), _symbol("w", f"{i},j", k - 1), _symbol("x", "j", k - 1)
    return Math(rf"{s.tex} = \sum_{{j=1}}^{{{n}}} {w.tex} {x.tex}", f"{s.text} = Σ {w.text} {x.text} for j = 1 … {n}")


def _output(activation: Callable[[Value], Value], i: int, k: int) -> Math:
    """The note x_i^(k) = σ(s_i^(k)), and what that is made of."""
    s = Value(0.0, label("s", i, k))
    with ieee():  # what an activation is at 0 is no matter here
        sides = [activation(s), *(f(s) for f in [DEFINITIONS.get(activation)] if f)]
    written = [_symbol("x", i, k), *map(_math, sides)]
    return Math(" = ".join(side.tex for side in written), " = ".join(side.text for side in written))


def _weight(w: Value, how: str) -> Math:
    return _math(w if how == "symbols" else Value(float(f"{w.data:.3g}")))
