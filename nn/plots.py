"""Plots of a training and of what was learnt, each into matplotlib's `Axes` that it is given, or new ones."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from autograd import Value, no_grad
from nn.modules import ACTIVATIONS, Sequential
from nn.training import History

__all__ = ["plot_confusion", "plot_decision", "plot_hidden_units", "plot_history"]

Row = Sequence[float]
GRID = 60  # points along each side of the plane
RANGES = {ACTIVATIONS["sigmoid"]: (0.0, 1.0), ACTIVATIONS["tanh"]: (-1.0, 1.0)}  # of what these give


def plot_history(history: History, ax: Any = None) -> Any:
    """The loss of each epoch, and of the validation data if there are any, on a logarithmic scale if it falls far.

    `ax` is the Axes to draw into, by default new ones; they are returned. So in all of these functions, which need the
    extra `plot`.
    """
    ax = _axes(ax)
    epochs = range(len(history.loss))
    ax.plot(epochs, history.loss, label="training")
    if history.validation:  # taken after the updates of its epoch, so beside the training's loss of the next
        ax.plot([t + 1 for t in epochs][: len(history.validation)], history.validation, label="validation")
        ax.legend()
    losses = [*history.loss, *history.validation]
    if 0 < min(losses, default=0.0) < max(losses) / 10:
        ax.set_yscale("log")
    ax.set(xlabel="epochs", ylabel="loss")
    return ax


def plot_decision(
    model: Callable[[Row], Any],
    inputs: Sequence[Row],
    targets: Sequence[Any],
    *,
    names: Sequence[str] = (),
    binary: bool = False,
    ax: Any = None,
) -> Any:
    """The probability that `model` gives over the plane of its two inputs, and the data with `targets` of 0 or 1 on it.

    - `model`: gives the probability of 1 for a row of two numbers; what scales the inputs before belongs into it.
    - `inputs`: rows of two numbers, which say how large the plane is.
    - `names`: what stands at the axes.
    - `binary`: whether only the prediction is shown, 1 where the probability is above 1/2.

    A line goes where the probability is 1/2. Where equal rows have come out as both, the marks at a column of two
    values stand a little beside it, of 1 on the one side and of 0 on the other, lest they hide each other. Raises
    ValueError for other targets, and for rows of more or fewer numbers.
    """
    if strange := [y for y in targets if y not in (0, 1)]:
        raise ValueError(f"The targets of a decision are 0 or 1, got {strange[0]!r}.")
    ax = _axes(ax)
    marks = _apart(inputs, targets)
    bar = _plane(ax, model, marks, names, [0.0, 0.5, 1.0] if binary else _between(0.0, 1.0), line=0.5)
    if binary:
        bar.set_ticks([0.25, 0.75], labels=["0", "1"])
    bar.set_label("predicted" if binary else "probability")
    for target, colour, marker in ((0, "tab:red", "X"), (1, "tab:blue", "o")):
        points = [mark for mark, y in zip(marks, targets, strict=True) if y == target]
        if points:
            style = {"marker": marker, "s": 30, "edgecolors": "white", "linewidths": 0.5}
            ax.scatter(*zip(*points, strict=True), c=colour, label=f"{target}", **style)
    ax.legend(title="target")
    return ax


def plot_hidden_units(
    model: Sequential,
    inputs: Sequence[Row],
    unit: int = 1,
    layer: int = 2,
    *,
    transform: Callable[[Row], Row] | None = None,
    names: Sequence[str] = (),
    ax: Any = None,
) -> Any:
    """Unit x_i^(k) of `model` over the plane of its two inputs, for i the `unit` and k the `layer`, counted from 1.

    - `inputs`: rows of two numbers, which say how large the plane is.
    - `transform`: what is done to a row before the model gets it, such as standardising.
    - `names`: what stands at the axes.

    Raises ValueError where there is no such unit.
    """
    sizes = [len(below.neurons) for below in model.dense]
    if not 2 <= layer <= len(sizes) + 1 or not 1 <= unit <= sizes[layer - 2]:
        raise ValueError(
            f"The model has layers 2 to {len(sizes) + 1} of {sizes} units, got unit {unit} of layer {layer}."
        )
    ax = _axes(ax)

    def value(row: Row) -> Value:
        return model.units(transform(row) if transform else row)[layer - 1].x[unit - 1]

    limits = RANGES.get(model.dense[layer - 2].neurons[unit - 1].activation)
    _plane(ax, value, inputs, names, _between(*limits) if limits else 20).set_label(f"$x_{{{unit}}}^{{({layer})}}$")
    return ax


def plot_confusion(targets: Sequence[Any], predictions: Sequence[Any], *, ax: Any = None) -> Any:
    """How often each target, a row, was predicted as what, a column: the numbers, shaded by their share of the row."""
    ax = _axes(ax)
    classes = sorted({*targets, *predictions})
    if not classes:
        raise ValueError("There is nothing to count without a target.")
    pairs = list(zip(targets, predictions, strict=True))
    counts = [[pairs.count((y, z)) for z in classes] for y in classes]
    shares = [[n / max(1, sum(row)) for n in row] for row in counts]
    ax.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    for i, row in enumerate(counts):
        for j, n in enumerate(row):
            ax.text(j, i, str(n), ha="center", va="center", color="white" if shares[i][j] > 0.5 else "black")
    ticks = range(len(classes))
    ax.set(xticks=ticks, yticks=ticks, xticklabels=classes, yticklabels=classes, xlabel="predicted", ylabel="target")
    return ax


def _axes(ax: Any) -> Any:
    if ax is None:
        from matplotlib import pyplot

        ax = pyplot.subplots()[1]
    return ax


def _between(low: float, high: float) -> list[float]:
    """The ends of 20 equal parts."""
    return [low + (high - low) * k / 20 for k in range(21)]


def _apart(inputs: Sequence[Row], targets: Sequence[Any]) -> list[tuple[float, ...]]:
    """Where the marks stand."""
    rows = [tuple(map(float, row)) for row in inputs]
    ones = {row for row, y in zip(rows, targets, strict=True) if y == 1}
    if ones.isdisjoint(row for row, y in zip(rows, targets, strict=True) if y != 1):
        return rows
    columns = [{*column} for column in zip(*rows, strict=True)]
    steps = [0.06 * (max(column) - min(column)) if len(column) == 2 else 0.0 for column in columns]
    return [
        tuple(x + step if y == 1 else x - step for x, step in zip(row, steps, strict=True))
        for row, y in zip(rows, targets, strict=True)
    ]


def _plane(
    ax: Any,
    f: Callable[[Row], Any],
    inputs: Sequence[Row],
    names: Sequence[str],
    levels: int | list[float],
    line: float | None = None,
) -> Any:
    """Colours for f over the plane in which the rows lie; returns the bar that says what they mean."""
    from matplotlib import colormaps
    from matplotlib.colors import ListedColormap

    if any(len(row) != 2 for row in inputs) or not len(inputs):
        raise ValueError("A plane has two inputs, and is as large as the rows say that are given: rows of two numbers.")
    sides = []
    for column in zip(*inputs, strict=True):
        low, high = float(min(column)), float(max(column))
        margin = 0.05 * (high - low) or 1.0
        sides.append([low - margin + (high - low + 2 * margin) * k / (GRID - 1) for k in range(GRID)])
    xs, ys = sides
    with no_grad():
        zs = [[float(getattr(z := f([x, y]), "data", z)) for x in xs] for y in ys]
    pale = ListedColormap(1 - 0.6 * (1 - colormaps["RdBu"](range(256))))  # with alpha instead, the seams would show
    filled = ax.contourf(xs, ys, zs, levels=levels, cmap=pale)
    if line is not None and min(map(min, zs)) < line < max(map(max, zs)):
        ax.contour(xs, ys, zs, levels=[line], colors="black", linewidths=1)
    for set_label, name in zip((ax.set_xlabel, ax.set_ylabel), names, strict=False):
        set_label(name)
    return ax.figure.colorbar(filled, ax=ax, ticks=None if isinstance(levels, int) else levels[::5])
