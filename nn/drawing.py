"""`draw`: a network as the course draws it (section 3), its units as circles and its weights on the arrows."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Literal

from autograd import Value, formula, ieee
from autograd.diagram import Diagram, Edge, Math, Node, Row, Scene, quantity
from autograd.formula import definition
from nn.modules import Dropout, Neuron, label
from nn.perceptrons import Sequential, Units, other_function

__all__ = ["draw"]

WIDE = 5  # units of a layer that is drawn whole; a wider one shows its first three and its last
THIN, THICK = 0.5, 5.0  # the widths of the arrows of the smallest and the greatest weight
POSITIVE, NEGATIVE = "#1967d2", "#d2491a"  # the colours of arrows, told apart by the colour-blind too
ZERO = "#b8bcc2"  # that of an arrow whose weight is 0, faint beside them

Weights = Literal["symbols", "numbers", "strength", "gradients"]
WAYS = ("symbols", "numbers", "strength", "gradients")


def draw(
    model: Sequential,
    inputs: Sequence[str] = (),
    *,
    weights: Weights = "symbols",
    names: Sequence[Sequence[str]] = (),
    captions: bool = False,
    x: Sequence[float] | Sequence[Units] | None = None,
) -> Diagram:
    """The network drawing of an MLP, data flowing from bottom to top.

    - `inputs`: the names of the inputs, written under their symbols; one each, or none.
    - `weights`: what stands on the arrows: "symbols" `w_{i,j}^{(k)}` or the "numbers" that they are now. Or how thick
      the arrows are, blue for positive, red for negative, grey for 0, black for NaN: "strength" shows the weights,
      "gradients" the `grad` that `backward` gave them.
    - `names`: the names of all units, layer by layer from the inputs. Each unit is then one circle with its name, and
      no symbols are written.
    - `captions`: whether the rows say at the side what they are.
    - `x`: an input, whose values then stand beside all units; or `model.units(input)`, to see also the gradients that a
      `backward` from there left on the units.

    The bias is the weight of a unit that is always 1. Of a layer of more than 5 units, four are drawn. Raises
    ValueError for another number of names or of numbers in `x`, for other `weights`, and for gradients not yet there;
    TypeError for a model that does not compute what its weights and activations say.
    """
    if other := other_function(model, (Dropout,)):  # which changes nothing afterwards
        raise TypeError(
            f"A network is drawn by weights and activations, but {other}; draw a Sequential of plain Layers."
        )
    sizes = model.sizes
    if len(inputs) not in (0, sizes[0]):
        raise ValueError(f"The model has {sizes[0]} inputs, got names for {len(inputs)}.")
    if names and [len(layer) for layer in names] != sizes:
        raise ValueError(f"The layers have {sizes} units, got names for {[len(layer) for layer in names]}.")
    if weights not in WAYS:
        raise ValueError(f"weights are drawn as {', '.join(map(repr, WAYS))}, got {weights!r}")
    units = [] if x is None else [u for u in x if isinstance(u, Units)]
    if x is not None and not units:
        if len(x) != sizes[0]:
            raise ValueError(f"The model has {sizes[0]} inputs, got {len(x)} numbers.")
        units = model.units(x)
    swept = any(unit.grad is not None for layer in units[1:] for unit in (*layer.s, *layer.x))
    pen = _Pen(model, "" if names and weights == "symbols" else weights)
    rows: list[list[Node]] = []
    edges: list[Edge] = []
    for k, n in enumerate(sizes, start=1):
        neurons = {i: model.dense[k - 2].neurons[i - 1] for i in _drawn(n) if i and k > 1}
        if neurons and not names:
            found = units[k - 1].s if units else ()
            rows.append([_unit("s", i, k, found, swept, note=_sum(i, k, sizes[k - 2] + 1)) for i in _drawn(n)])
        row = []
        for i in _drawn(n):
            note: Math | str = _output(neurons[i].activation, i, k) if i in neurons and not names else ""
            note = "softmax" if note and model.dense[k - 2].softmax else note
            below = f"({inputs[i - 1]})" if k == 1 and inputs and i else ""
            name = names[k - 1][i - 1] if names else ""
            row.append(_unit("x", i, k, units[k - 1].x if units else (), swept, below, note, name))
        if k < len(sizes):
            row.append(_unit("x", n + 1, k, below="1 (bias)", name="1 (bias)" if names else ""))
        rows.append(row)
        for i, neuron in neurons.items():
            head = _key("x" if names else "s", i, k)
            tails = [j for j in (*_drawn(sizes[k - 2]), sizes[k - 2] + 1) if j]
            edges += [pen.arrow(_key("x", j, k - 1), head, neuron, j) for j in tails]
            edges += [] if names else [Edge(head, _key("x", i, k))]
    nodes = tuple(node for row in rows for node in row)
    title = f"Multi-layer perceptron {'-'.join(map(str, sizes))}"
    return Diagram(Scene(nodes, tuple(edges), tuple(_captioned(rows, captions)), title))


def _captioned(rows: Sequence[Sequence[Node]], captions: bool) -> list[Row]:
    """The rows with what they are at the side, that is for rows of units and for the weights that leave them."""
    made = []
    for i, row in enumerate(rows):
        keys = tuple(node.key for node in row)
        what = "input units" if i == 0 else "output units" if i == len(rows) - 1 else "hidden units"
        of_units = captions and keys[0].startswith("x")
        made.append(Row(keys, what if of_units else "", "weights" if of_units and i < len(rows) - 1 else ""))
    return made


# -- units ----------------------------------------------------------------------------------------------------


def _drawn(n: int) -> list[int]:
    """Which of n units are drawn; 0 stands for those left out."""
    return [*range(1, n + 1)] if n <= WIDE else [1, 2, 3, 0, n]


def _key(letter: str, i: int, k: int) -> str:
    return f"{letter}_{i}^{k}"


def _unit(
    letter: str,
    i: int,
    k: int,
    found: Sequence[Value] = (),
    swept: bool = False,
    below: str = "",
    note: Math | str = "",
    name: str = "",
) -> Node:
    """Unit i of layer k, with its number among those `found`, and its gradient where some are `swept`."""
    if not i:
        return Node(_key(letter, 0, k), Math(r"\cdots", "…"), shape="dots")
    x = found[i - 1] if found else None
    value = "" if x is None else quantity("value", (x.data,))
    gradient = "" if x is None or not swept else quantity("grad", None if x.grad is None else (x.grad,))
    return Node(_key(letter, i, k), name or (_symbol(letter, i, k), below), note, value, gradient)


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
    with ieee():  # what an activation is at 0 is no matter here
        written = formula(activation(Value(0.0, label("s", i, k))))
    sides = [formula(Value(0.0, label("x", i, k))), written, definition(written)]
    return Math(" = ".join(s.tex for s in sides if s is not None), " = ".join(s.text for s in sides if s is not None))


# -- weights --------------------------------------------------------------------------------------------------


class _Pen:
    """Draws the arrows of weights in one of the `Weights` ways, or without anything on them."""

    def __init__(self, model: Sequential, way: str) -> None:
        self.way = way
        self.greatest = 1.0
        if way in ("strength", "gradients"):
            sizes = [abs(self.quantity(w)) for w in model.parameters()]
            self.greatest = max([s for s in sizes if math.isfinite(s)], default=0.0) or 1.0

    def quantity(self, w: Value) -> float:
        """What an arrow's thickness shows."""
        if self.way == "strength":
            return w.data
        if w.grad is None:
            raise ValueError(f"the gradient of {w.label!r} has not been computed yet; call backward first")
        return w.grad

    def arrow(self, tail: str, head: str, neuron: Neuron, j: int) -> Edge:
        """The arrow of the weight j of a neuron, the last one being its bias."""
        w = neuron.w[j - 1] if j <= len(neuron.w) else neuron.b
        if self.way in ("symbols", "numbers"):
            return Edge(tail, head, _math(w if self.way == "symbols" else Value(float(f"{w.data:.3g}"))))
        if not self.way:
            return Edge(tail, head)
        shown = self.quantity(w)
        if math.isnan(shown):  # neither positive nor negative
            return Edge(tail, head, width=THICK)
        share = min(1.0, abs(shown) / self.greatest)  # 1 for infinity
        color = ZERO if shown == 0 else NEGATIVE if shown < 0 else POSITIVE
        return Edge(tail, head, width=THIN + (THICK - THIN) * share, color=color)
