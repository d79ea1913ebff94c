"""Plots of a training and of what was learnt, each into matplotlib's `Axes` that it is given, or new ones."""

from collections import Counter
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

from autograd.extras import needed
from nn.modules import ACTIVATIONS
from nn.perceptrons import Sequential
from nn.prediction import predict
from nn.training import History

__all__ = ["plot_confusion", "plot_decision", "plot_hidden_units", "plot_history"]

Row = Sequence[float]
GRID = 60  # points along each side of the plane
FINE = 400  # where the other input has two values, so that a step of the function stands where it is
COLOURS = [f"tab:{colour}" for colour in ("red", "blue", "green", "orange", "purple", "brown", "pink", "olive", "cyan")]
MARKERS = "XosD^vP*h"
BAND = 0.3  # of the distance between two values, how far the plane is filled around each
RANGES = {ACTIVATIONS["sigmoid"]: (0.0, 1.0), ACTIVATIONS["tanh"]: (-1.0, 1.0)}  # of what these return


def plot_history(history: History, ax: Any = None) -> Any:
    """The loss of each epoch, and of the validation data if there are any, on a logarithmic scale if it falls far.

    `ax` is the Axes to draw into, by default new ones; they are returned. All functions for plots do this, and raise
    ModuleNotFoundError without the extra `plot`.
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
    classes: Sequence[str] = (),
    binary: bool = False,
    ax: Any = None,
) -> Any:
    """The probability that `model` returns over the plane of its two inputs, and the data with their `targets` on it.

    - `model`: returns the probability of 1 for a row of two numbers, or a number for each of several classes, of which
      the largest decides; what scales the inputs before belongs into it.
    - `inputs`: rows of two numbers, which say how large the plane is.
    - `targets`: of each row, 0 or 1, or one of 0, 1, 2, ... for several classes.
    - `names`: what stands at the axes; `classes`: what the targets are called, from 0 on.
    - `binary`: whether only the prediction is shown, 1 where the probability is above 1/2.

    A line goes where the probability is 1/2. Of an input that has two values only these are shown, with nothing between
    them; where equal rows have come out differently, the marks there stand a little beside it, so that they do not hide
    each other. Raises ValueError for other targets, and for rows of more or fewer numbers.
    """
    n = max(2, len(classes), *(int(y) + 1 for y in targets)) if len(targets) else 2
    if strange := [y for y in targets if y not in range(n)]:
        raise ValueError(f"The targets of a decision are 0 or 1, or count classes, got {strange[0]!r}.")
    ax, called, marks = _axes(ax), [*map(str, classes or range(n))], _apart(inputs, targets)
    levels = [k - 0.5 for k in range(n + 1)] if n > 2 else [0.0, 0.5, 1.0] if binary else _between(0.0, 1.0)
    bar = _plane(ax, model, marks, names, levels, inputs, COLOURS[:n] if n > 2 else ())
    if n > 2 or binary:
        bar.set_label("predicted")
        bar.set_ticks([(low + high) / 2 for low, high in pairwise(levels)], labels=called)
    else:
        bar.set_label(f"probability of {called[1]}" if classes else "probability")
    for k in range(n):
        points = [mark for mark, y in zip(marks, targets, strict=True) if y == k]
        if points:
            style = {"marker": MARKERS[k % len(MARKERS)], "s": 30, "edgecolors": "white", "linewidths": 0.5}
            ax.scatter(*zip(*points, strict=True), c=COLOURS[k % len(COLOURS)], label=called[k], **style)
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
    sizes = model.sizes[1:]
    if not 2 <= layer <= len(sizes) + 1 or not 1 <= unit <= sizes[layer - 2]:
        raise ValueError(
            f"The model has layers 2 to {len(sizes) + 1} of {sizes} units, got unit {unit} of layer {layer}."
        )
    ax = _axes(ax)

    def value(row: Row) -> Any:
        return model.units(transform(row) if transform else row)[layer - 1].x[unit - 1]

    limits = RANGES.get(model.dense[layer - 2].neurons[unit - 1].activation)
    _plane(ax, value, inputs, names, _between(*limits) if limits else 20).set_label(f"$x_{{{unit}}}^{{({layer})}}$")
    return ax


def plot_confusion(
    targets: Sequence[Any], predictions: Sequence[Any], *, names: Sequence[str] = (), ax: Any = None
) -> Any:
    """The confusion matrix: how often each target (row) was predicted as each class (column), by shares of the row.

    `names` are those of the classes, in their order. Raises ValueError without a target, and where there are more or
    fewer predictions than targets.
    """
    ax = _axes(ax)
    classes = sorted({*targets, *predictions})
    if not classes:
        raise ValueError("There is nothing to count without a target.")
    counts, whole = Counter(zip(targets, predictions, strict=True)), Counter(targets)
    shares = [[counts[y, z] / max(1, whole[y]) for z in classes] for y in classes]
    ax.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    for i, y in enumerate(classes):
        for j, z in enumerate(classes):
            ax.text(j, i, counts[y, z], ha="center", va="center", color="white" if shares[i][j] > 0.5 else "black")
    ticks, called = range(len(classes)), names or classes
    ax.set(xticks=ticks, yticks=ticks, xticklabels=called, yticklabels=called, xlabel="predicted", ylabel="target")
    return ax


def _axes(ax: Any) -> Any:
    if ax is None:
        with needed("a plot", '"scalar-autograd[plot]"'):
            from matplotlib import pyplot

        ax = pyplot.subplots()[1]
    return ax


def _between(low: float, high: float) -> list[float]:
    """The ends of 20 equal parts."""
    return [low + (high - low) * k / 20 for k in range(21)]


def _two_values(column: Sequence[float]) -> list[float]:
    """The values of a column that has two."""
    values = sorted({*map(float, column)})
    return values if len(values) == 2 else []


def _apart(inputs: Sequence[Row], targets: Sequence[Any]) -> list[tuple[float, ...]]:
    """Where the marks stand."""
    rows = [tuple(map(float, row)) for row in inputs]
    if len({*zip(rows, targets, strict=True)}) == len({*rows}):
        return rows
    kinds = sorted({*targets})
    steps = [0.12 * (v[1] - v[0]) if (v := _two_values(column)) else 0.0 for column in zip(*rows, strict=True)]
    shift = {y: k / (len(kinds) - 1) - 0.5 for k, y in enumerate(kinds)}
    pairs = zip(rows, targets, strict=True)
    return [tuple(x + shift[y] * step for x, step in zip(row, steps, strict=True)) for row, y in pairs]


def _plane(
    ax: Any,
    f: Callable[[Row], Any],
    marks: Sequence[Row],
    names: Sequence[str],
    levels: int | list[float],
    at: Sequence[Row] = (),
    colours: Sequence[str] = (),
) -> Any:
    """Colours for f over the plane in which the marks lie; returns the bar that says what they mean.

    Of the rows `at` f decides: where it is 1/2 there is a line, and where they have two values in a column, only what
    is near these is filled, as f is there.
    """
    import numpy as np
    from matplotlib import colormaps
    from matplotlib.colors import ListedColormap, to_rgb

    if any(len(row) != 2 for row in marks) or not len(marks):
        raise ValueError("A plane has two inputs, and is as large as the rows say that are given: rows of two numbers.")
    pairs = [_two_values(given) if len(at) else () for given in zip(*(at if len(at) else marks), strict=True)]
    sides, asked = [], []
    for column, pair, other in zip(zip(*marks, strict=True), pairs, reversed(pairs), strict=True):
        low, high = float(min(column)), float(max(column))
        margin = 0.05 * (high - low) or 1.0
        sides.append(side := np.linspace(low - margin, high + margin, FINE if other and not pair else GRID))
        asked.append(inputs := side.copy())
        if pair:
            inputs[:] = np.where(side < sum(pair) / 2, *pair)
            inputs[abs(side - inputs) > BAND * (pair[1] - pair[0])] = np.nan
    xs, ys = sides
    rows = np.array([[x, y] for y in asked[1] for x in asked[0]])
    shown = ~np.isnan(rows).any(axis=1)
    different, places = np.unique(rows[shown], axis=0, return_inverse=True)
    outputs = np.asarray(predict(f, different))[places.ravel()]
    zs = np.full(len(rows), np.nan)
    zs[shown] = outputs.argmax(axis=1) if outputs.ndim > 1 else outputs
    zs = zs.reshape(len(ys), len(xs))
    strong = np.array([to_rgb(c) for c in colours]) if colours else colormaps["RdBu"](range(256))
    pale = ListedColormap(1 - 0.6 * (1 - strong))  # with alpha instead, the seams would show
    filled = ax.contourf(*sides, zs, levels=levels, cmap=pale)
    if len(at) and not colours and np.nanmin(zs) < 0.5 < np.nanmax(zs):
        ax.contour(*sides, zs, levels=[0.5], colors="black", linewidths=1)
    for set_label, name in zip((ax.set_xlabel, ax.set_ylabel), names, strict=False):
        set_label(name)
    return ax.figure.colorbar(filled, ax=ax, ticks=None if isinstance(levels, int) else levels[::5])
