"""The command line: trains a perceptron on a CSV file, says how well it does, and draws it with its weights."""

from __future__ import annotations

import argparse
import math
import os
import random
import statistics
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import NoReturn

from autograd.diagram import GraphvizNotFound
from nn.drawing import draw
from nn.losses import log_loss_with_logits
from nn.modules import MLP
from nn.optimizers import SGD
from nn.table import BinaryColumn, Column, Table, TableError, read_table
from nn.training import DivergenceError, History, distinct, fit

EXAMPLE = "python -m nn notebooks/data/titanic.csv --target survived --inputs male age --hidden 2"


def main(arguments: Sequence[str]) -> int:
    """Do what the command line asks and return the exit status; bad input ends in one line on stderr and status 2."""
    parser = _parser()
    asked = parser.parse_args(arguments)
    names = [*asked.inputs, asked.target]
    if len(set(names)) < len(names):
        parser.error("the target and the inputs are different columns")
    try:
        return _train(asked, read_table(asked.csv, names))
    except (TableError, DivergenceError, GraphvizNotFound) as error:
        parser.error(error)


def _train(asked: argparse.Namespace, table: Table) -> int:
    *inputs, last = table.columns
    target = last.binary()
    scales = [_scale(column) for column in inputs]
    model = MLP(len(inputs), [*asked.hidden, 1], activation="sigmoid", output="sigmoid", rng=random.Random(asked.seed))
    names = [column.name for column in inputs]
    _check_path(asked.svg)
    draw(model, names).svg  # noqa: B018  # what cannot be drawn says so before the training

    rows, targets, counts = distinct(zip(*(column.numbers for column in inputs), strict=True), target.numbers)
    _print_task(asked, table, target, model, len(rows))
    scaled = [[(x - mean) / scale for x, (mean, scale) in zip(row, scales, strict=True)] for row in rows]
    optimizer = SGD(model.parameters(), lr=asked.lr)
    history = fit(model.logits, (scaled, targets, counts), log_loss_with_logits, optimizer, asked.epochs)
    _undo_scaling(model, scales)

    logits = [model.logits(row).data for row in rows]
    _print_result(history, asked.epochs, log_loss_with_logits(logits, targets, counts))
    _print_confusion(target, [(y, s > 0, n) for s, y, n in zip(logits, targets, counts, strict=True)])
    try:
        draw(model, names, weights="numbers").save(asked.svg)
    except OSError as error:
        raise _unwritable(asked.svg, error) from error
    print(f"\n{asked.svg} shows the network with its weights, for inputs as they stand in the file.")
    return 130 if history.interrupted else 0  # what shells report of Ctrl-C


# -- what is asked --------------------------------------------------------------------------------------------


class _Parser(argparse.ArgumentParser):
    def error(self, message: str | Exception) -> NoReturn:
        """One line on stderr and exit status 2."""
        print(end="", flush=True)
        hint = f"; see {self.prog} --help" if isinstance(message, str) else ""
        self.exit(2, f"nn: error: {' '.join(str(message).split())}{hint}\n")


def _parser() -> _Parser:
    parser = _Parser(
        prog="python -m nn",
        description="Trains a multi-layer perceptron of logistic units to predict one column of a CSV file\n"
        "from others, by gradient descent on all rows at once, and draws it with the weights that it learnt.",
        epilog=f"example:\n  {EXAMPLE}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("csv", metavar="CSV", type=Path, help="the file; its first line names the columns")
    parser.add_argument("--target", metavar="NAME", required=True, help="what to predict, a column of two values")
    parser.add_argument("--inputs", metavar="NAME", nargs="+", required=True, help="columns of numbers or of two texts")
    parser.add_argument("--hidden", metavar="N", nargs="*", type=_count, default=[2], help="hidden layers' units (2)")
    parser.add_argument("--epochs", metavar="N", type=_count, default=2000, help="steps of descent (%(default)s)")
    parser.add_argument("--lr", metavar="X", type=_positive, default=3.0, help="the learning rate (%(default)g)")
    parser.add_argument("--seed", metavar="N", type=int, default=0, help="of the initial weights (%(default)s)")
    parser.add_argument("--svg", metavar="FILE", type=Path, default="network.svg", help="the drawing (%(default)s)")
    return parser


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"a whole number from 1 is needed, got {text!r}")
    return int(text)


def _positive(text: str) -> float:
    try:
        x = float(text)
    except ValueError:
        x = math.nan
    if not 0 < x < math.inf:
        raise argparse.ArgumentTypeError(f"a number above 0 is needed, got {text!r}")
    return x


def _check_path(path: Path) -> None:
    """Say before the training that a picture cannot be written there."""
    if path.suffix.lower() != ".svg":
        raise TableError(f"the drawing is an SVG, so its name ends in .svg, got {str(path)!r}")
    try:
        if path.is_dir():
            raise IsADirectoryError(None, "it is a folder")
        with NamedTemporaryFile(dir=path.parent):
            pass
    except OSError as error:
        raise _unwritable(path, error) from error


def _unwritable(path: Path, error: OSError) -> TableError:
    return TableError(f"cannot write {str(path)!r}: {error.strerror}")


# -- standardised inputs --------------------------------------------------------------------------------------


def _scale(column: Column) -> tuple[float, float]:
    """Mean and standard deviation of a column."""
    mean, scale = statistics.mean(column.numbers), statistics.pstdev(column.numbers)
    if not scale:
        raise TableError(f"column {column.name!r} is {column.numbers[0]:g} in every row, so nothing depends on it")
    if not math.isfinite(max(column.numbers) - min(column.numbers)):
        raise TableError(f"the numbers in column {column.name!r} are too large to compute with")
    return mean, scale


def _undo_scaling(model: MLP, scales: Sequence[tuple[float, float]]) -> None:
    """Change the weights of the first layer so that it takes inputs as they were before standardising."""
    for neuron in model.layers[0].neurons:
        for w, (mean, scale) in zip(neuron.w, scales, strict=True):
            w.data /= scale
            neuron.b.data -= w.data * mean


# -- what is printed ------------------------------------------------------------------------------------------


def _print_task(asked: argparse.Namespace, table: Table, target: BinaryColumn, model: MLP, different: int) -> None:
    n = len(target.numbers)
    ones = round(sum(target.numbers))
    sizes = "-".join(map(str, [len(asked.inputs), *asked.hidden, 1]))
    print(
        f"rows      {n + table.dropped}, {table.dropped} dropped for missing values, {n} left ({different} different)"
    )
    print(f"target    {target.name}: {ones} times {target.texts[1]}, {n - ones} times {target.texts[0]}")
    print(f"inputs    {', '.join(_described(column) for column in table.columns[:-1])}")
    print(f"network   {sizes}, {len(model.parameters())} weights", flush=True)


def _described(column: Column) -> str:
    if not isinstance(column, BinaryColumn):
        return column.name
    zero, one = column.texts
    return f"{column.name} ({one} is 1, {zero} is 0)"


def _print_result(history: History, epochs: int, loss: float) -> None:
    if history.interrupted:
        print(f"stopped   by Ctrl-C after {len(history.loss)} of {epochs} epochs")
    print(f"log loss  {loss:#.4g}")


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


if __name__ == "__main__":
    try:
        if sys.stdout is not None:
            sys.stdout.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]  # it is a text file
        status = main(sys.argv[1:])
        print(end="", flush=True)
        sys.exit(status)
    except KeyboardInterrupt:
        sys.exit(130)  # what shells report
    except OSError as error:  # of stdout: its reader, such as `head`, has seen enough, or the disk is full
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or Python complains again when it ends
        if isinstance(error, BrokenPipeError):
            sys.exit(141)
        print(f"nn: error: cannot write the output: {error.strerror}", file=sys.stderr)
        sys.exit(2)
