"""What the command line does: trains on a table, predicts for another, draws."""

from __future__ import annotations

import csv
import io
import json
import math
import random
import statistics
import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any, TextIO

from autograd import no_grad, sigmoid
from nn.drawing import draw
from nn.losses import log_loss_with_logits
from nn.module import StateDictError
from nn.modules import MLP
from nn.optimizers import SGD
from nn.saving import ModelFileError, read, save
from nn.table import BinaryColumn, Column, Table, TableError, plain, read_table, split
from nn.training import distinct, fit

__all__ = ["draw_model", "fit_to_table", "predict"]

Data = tuple[list[Any], list[Any], list[int]]
MOST_WEIGHTS = 10**6  # they take some 300 MB
SMALLEST, MOST_SHIFT = 1e-300, 1e12  # of a deviation, and of a mean in deviations, for weights on inputs as they stand


def fit_to_table(
    path: Path,
    target_name: str,
    input_names: Sequence[str],
    *,
    hidden: Sequence[int],
    epochs: int,
    lr: float,
    seed: int,
    validation: float,
    svg: Path,
    model_file: Path | None,
) -> int:
    """Train on the CSV file `path`, print how well it went, draw the network, keep it if asked; the exit status."""
    table = read_table(path, [*input_names, target_name])
    *columns, last = table.columns
    target = last.binary()
    columns, held_out = split([*columns, target], validation, random.Random(seed))
    inputs = columns[:-1]
    scales = [_scale(column) for column in inputs]
    weights = sum((n + 1) * m for n, m in pairwise([len(inputs), *hidden, 1]))
    if weights > MOST_WEIGHTS:
        raise TableError(f"a network of {weights:,} weights is too large to be trained here, {MOST_WEIGHTS:,} is not")
    model = MLP(len(inputs), [*hidden, 1], activation="sigmoid", output="sigmoid", rng=random.Random(seed))
    _check_path(svg)
    if model_file:
        import safetensors.numpy  # noqa: F401  # what cannot be kept says so before the training

        _check_writable(model_file)
    draw(model, input_names).svg  # noqa: B018  # what cannot be drawn says so before the training

    data, others = _merged(columns), _merged(held_out)
    _print_task(table, target, model, len(data[0]), len(held_out[0].numbers))
    scaled, held = _standardised(data, scales), _standardised(others, scales) if others[0] else None
    optimizer = SGD(model.parameters(), lr=lr)
    history = fit(model.logits, scaled, log_loss_with_logits, optimizer, epochs, validation=held)
    _undo_scaling(model, scales)

    if history.interrupted:
        print(f"stopped   by Ctrl-C after {len(history.loss)} of {epochs} epochs")
    _print_result(model, target, *data)
    if held:
        print("\nof the rows that were not trained on:")
        _print_result(model, target, *others)
    print()
    if model_file:
        about = About(
            list(input_names), [getattr(column, "texts", None) for column in inputs], target_name, target.texts
        )
        try:
            save(model, model_file, {"nn": json.dumps(asdict(about))})
        except OSError as error:
            raise _unwritable(model_file, error) from error
        print(f"{model_file} keeps it: python -m nn predict {model_file} CSV")
    _draw(model, input_names, svg)
    return 130 if history.interrupted else 0  # what shells report of Ctrl-C


def predict(model_file: Path, path: Path) -> int:
    """Write, as CSV, what the model in the file predicts for each row of the CSV file `path`; the exit status."""
    model, about = _load(model_file)
    table = read_table(path, about.inputs, dict(zip(about.inputs, about.input_texts, strict=True)))
    logits = _logits(model, zip(*(column.numbers for column in table.columns), strict=True))
    writer = csv.writer(_output(), lineterminator="\n")
    writer.writerow([*about.inputs, "probability", about.target])
    for cells, s in zip(table.cells, logits, strict=True):
        writer.writerow([*cells, f"{sigmoid(s):.4g}", about.target_texts[s > 0]])
    if table.dropped and sys.stderr:  # print takes None for standard output
        print(f"nn: rows left out for missing values: {table.dropped}", file=sys.stderr)
    return 0


def _output() -> TextIO:
    """Standard output, in UTF-8 where it is a file or a pipe; a terminal keeps its encoding."""
    if sys.stdout is None:
        raise TableError("there is no standard output to write to")
    if isinstance(sys.stdout, io.TextIOWrapper) and not sys.stdout.isatty():
        sys.stdout.reconfigure(encoding="utf-8")
    return sys.stdout


def draw_model(model_file: Path, svg: Path) -> int:
    """Draw the model in the file; the exit status."""
    model, about = _load(model_file)
    _check_path(svg)
    _draw(model, about.inputs, svg)
    return 0


# -- the file of a model --------------------------------------------------------------------------------------


@dataclass
class About:
    """What a model was trained on; of a column of two texts, the first one is 0 and the second one is 1."""

    inputs: list[str]
    input_texts: list[tuple[str, str] | None]
    target: str
    target_texts: tuple[str, str]


def _load(path: Path) -> tuple[MLP, About]:
    try:
        arrays, metadata = read(path)
    except OSError as error:
        raise TableError(f"cannot read {str(path)!r}: {error.strerror}") from error
    try:
        facts: dict[str, Any] = json.loads(metadata["nn"])
        about = About(**facts)
        if len(about.inputs) != len(about.input_texts) or len(about.target_texts) != 2:
            raise ValueError("texts for other columns")
        sizes = [len(arrays[f"layers.{k}.bias"]) for k in range(len(arrays) // 2)]
        model = MLP(len(about.inputs), sizes, activation="sigmoid", output="sigmoid", init="zeros")
        model.load_state_dict(arrays)
    except (KeyError, TypeError, ValueError, StateDictError) as error:
        raise ModelFileError(f"{str(path)!r} was not written by `python -m nn fit --save`") from error
    return model, about


# -- the drawing ----------------------------------------------------------------------------------------------


def _draw(model: MLP, names: Sequence[str], svg: Path) -> None:
    try:
        draw(model, names, weights="numbers").save(svg)
    except OSError as error:
        raise _unwritable(svg, error) from error
    print(f"{svg} shows the network with its weights, for inputs as they stand in the file.")


def _check_path(path: Path) -> None:
    """Say before the training that a picture cannot be written there."""
    if path.suffix.lower() != ".svg":
        raise TableError(f"the drawing is an SVG, so its name ends in .svg, got {str(path)!r}")
    _check_writable(path)


def _check_writable(path: Path) -> None:
    try:
        if path.is_dir():
            raise IsADirectoryError(None, "it is a folder")
        with NamedTemporaryFile(dir=path.parent):
            pass
    except OSError as error:
        raise _unwritable(path, error) from error


def _unwritable(path: Path, error: OSError) -> TableError:
    return TableError(f"cannot write {str(path)!r}: {error.strerror}")


# -- rows as `fit` takes them ---------------------------------------------------------------------------------


def _merged(columns: Sequence[Column]) -> Data:
    """Inputs, targets and numbers of the different rows; the last column is the target."""
    *inputs, target = columns
    return distinct(zip(*(column.numbers for column in inputs), strict=True), target.numbers)


def _scale(column: Column) -> tuple[float, float]:
    """Mean and standard deviation of a column."""
    if min(column.numbers) == max(column.numbers):
        raise TableError(f"column {column.name!r} is {plain(column.numbers[0])} in every row, so nothing depends on it")
    mean, scale = statistics.mean(column.numbers), statistics.pstdev(column.numbers)
    if not (SMALLEST < scale < 1 / SMALLEST and abs(mean) < scale * MOST_SHIFT):
        spread = f"a mean of {mean:.3g} and a standard deviation of {scale:.3g}"
        raise TableError(f"column {column.name!r} has {spread}, too far out for floats; shift and rescale it")
    return mean, scale


def _standardised(data: Data, scales: Sequence[tuple[float, float]]) -> Data:
    rows, targets, counts = data
    return [[(x - mean) / scale for x, (mean, scale) in zip(row, scales, strict=True)] for row in rows], targets, counts


def _undo_scaling(model: MLP, scales: Sequence[tuple[float, float]]) -> None:
    """Change the weights of the first layer so that it takes inputs as they were before standardising."""
    for neuron in model.layers[0].neurons:
        for w, (mean, scale) in zip(neuron.w, scales, strict=True):
            w.data /= scale
            neuron.b.data -= w.data * mean


# -- what is printed ------------------------------------------------------------------------------------------


def _print_task(table: Table, target: BinaryColumn, model: MLP, different: int, held_out: int) -> None:
    n = len(target.numbers)
    ones = round(sum(target.numbers))
    inputs = table.columns[:-1]
    sizes = "-".join(map(str, [len(inputs), *(len(layer.neurons) for layer in model.layers)]))
    kept = f", {held_out} of them not trained on" if held_out else ""
    left = f"{n} left{kept} ({different} different)"
    print(f"rows      {n + table.dropped}, {table.dropped} dropped for missing values, {left}")
    print(f"target    {target.name}: {ones} times {target.texts[1]}, {n - ones} times {target.texts[0]}")
    print(f"inputs    {', '.join(_described(column) for column in inputs)}")
    print(f"network   {sizes}, {len(model.parameters())} weights", flush=True)


def _described(column: Column) -> str:
    if not isinstance(column, BinaryColumn):
        return column.name
    zero, one = column.texts
    return f"{column.name} ({one} is 1, {zero} is 0)"


def _logits(model: MLP, rows: Iterable[Sequence[float]]) -> list[float]:
    """The logit of each row; TableError where the numbers are so large that it is none."""
    logits = []
    with no_grad():
        for row in rows:
            logits.append(model.logits(row).data)
            if math.isnan(logits[-1]):
                raise TableError(f"the network computes no number for the row {', '.join(map(plain, row))}")
    return logits


def _print_result(
    model: MLP, target: BinaryColumn, rows: Sequence[Any], targets: Sequence[float], counts: Sequence[int]
) -> None:
    logits = _logits(model, rows)
    print(f"log loss  {log_loss_with_logits(logits, targets, counts):#.4g}")
    _print_confusion(target, [(y, s > 0, n) for s, y, n in zip(logits, targets, counts, strict=True)])


def _print_confusion(target: BinaryColumn, results: Sequence[tuple[float, bool, int]]) -> None:
    """Accuracy and confusion matrix, from (target, prediction, number of rows)."""
    table = [[sum(n for y, z, n in results if (y, z) == (row, column)) for column in (0, 1)] for row in (0, 1)]
    right, n = table[0][0] + table[1][1], sum(map(sum, table))
    print(f"accuracy  {right / n:.1%}, {right} of {n} right\n")
    heads = [f"predicted {text}" for text in target.texts]
    sides = [f"{target.name} {text}" for text in target.texts]
    wide = max(map(len, sides))
    print(" " * wide, *heads, sep="   ")
    for side, counts in zip(sides, table, strict=True):
        print(side.ljust(wide), *(f"{c:>{len(head)}}" for c, head in zip(counts, heads, strict=True)), sep="   ")
