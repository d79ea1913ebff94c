"""What is learnt from a table, and what the command line says of it."""

from __future__ import annotations

import math
import random
import sys
from argparse import Namespace
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from autograd import sigmoid, softmax
from nn.losses import cross_entropy, log_loss_with_logits, mse_loss
from nn.metrics import METRICS
from nn.perceptrons import MLP
from nn.prediction import predict as outputs_of
from nn.table import Column, Table, TableError, cut_short, known, plain_number

__all__ = [
    "Task", "print_remarks", "print_result", "print_task", "scale_of", "shuffler", "split", "task_of", "undo_scaling",
]  # fmt: skip

SMALLEST, MOST_SHIFT = 1e-300, 1e12  # of a deviation, and of a mean in deviations, for weights on inputs as they stand
MOST_CLASSES = 100


@dataclass
class Task:
    """What is predicted from what: the columns of inputs, and the target's, whose `texts` are the classes if it has."""

    inputs: list[Column]
    target: Column

    @property
    def names(self) -> list[str]:
        """What the inputs of a network are called."""
        return [name for column in self.inputs for name in column.inputs]

    @property
    def loss(self) -> Any:
        """By how many classes there are."""
        n = len(self.target.texts or ())
        return mse_loss if not n else log_loss_with_logits if n == 2 else cross_entropy

    def targets(self, table: Table) -> list[float | None]:
        """The target of each row as `loss` takes it, None where it is missing or not known."""
        cells, texts = table.cells(self.target.name), self.target.texts
        if texts is None:
            return self.target.numbers(cells, table.decimal)[0]
        places = {text: k for k, text in enumerate(texts)}
        for text in {*cells} - {*texts}:  # 1.0 is of the class 1
            (x,) = Column("", None).numbers([text], table.decimal)[0]
            if x is not None and plain_number(x) in texts:
                places[text] = texts.index(plain_number(x))
        return [places.get(text) for text in cells]

    def outputs(self, model: MLP, rows: Sequence[Sequence[float]]) -> Any:
        """What the loss takes, for each row; TableError where the numbers are so large that it is none."""
        found = outputs_of(model.logits, rows) if rows else []
        for row, z in zip(rows, found, strict=True):
            if any(map(math.isnan, z if hasattr(z, "__len__") else [z])):
                raise TableError(f"the network computes no number for the row {', '.join(map(plain_number, row))}")
        return found

    def predicted(self, z: Any) -> tuple[str, list[float]]:
        """A prediction as text, and the probabilities that go with it: of the second of two classes, or of each."""
        texts = self.target.texts
        if texts is None:
            return f"{z:.6g}", []
        if len(texts) == 2:
            return texts[int(z > 0)], [sigmoid(float(z))]
        shares = softmax([*map(float, z)])
        return texts[shares.index(max(shares))], shares


# -- what is learnt from what ---------------------------------------------------------------------------------


def task_of(table: Table, asked: Namespace) -> tuple[Task, list[str]]:
    """The columns, and which were left out and why; TableError for some that are asked for and of no use."""
    for name in asked.inputs:
        table.cells(name)
    cells = table.cells(asked.target)
    if not any(cells):
        raise TableError(f"{table.path!r} has no row with a value in the column {asked.target!r}")
    target, useless = known(asked.target, cells, table.decimal)
    if "in every row" in useless:
        raise TableError(f"the target has two different values at least, column {asked.target!r} is {useless}")
    found = target.numbers(cells, table.decimal)[0] if target.texts is None else []
    numbers = {x for x in found if x is not None}
    few = len(numbers) == 2 or (len(numbers) <= 10 and all(x == int(x) for x in numbers))
    if target.texts is None and asked.task != "numbers" and (few or asked.task == "classes"):
        target = Column(target.name, [*map(plain_number, sorted(numbers))])
    if asked.task == "numbers" and target.texts is not None:
        raise TableError(f"--task numbers needs a target of numbers, column {target.name!r} holds texts")
    if len(target.texts or ()) > MOST_CLASSES:
        raise TableError(f"a target has at most {MOST_CLASSES} classes, column {target.name!r} has {useless or 'more'}")
    columns, left_out = [], []
    for name in asked.inputs or [name for name in table.names if name != asked.target]:
        column, useless = known(name, table.cells(name), table.decimal)
        if not useless or (asked.inputs and "row" in useless and "every" not in useless):
            columns.append(column)
        elif asked.inputs:
            raise TableError(f"column {name!r} is {useless}, so nothing depends on it")
        else:
            left_out.append(f"{name} ({useless})")
    if not columns:
        raise TableError(
            f"{table.path!r} has no column besides the target that could be an input: {'; '.join(left_out)}"
        )
    return Task(columns, target), left_out


def split(rows: Sequence[Any], share: float | None, rng: random.Random) -> tuple[list[Any], list[Any]]:
    """The rows in two: a `share` of them, chosen by `rng`, is the second part; TableError if either has none then."""
    n = len(rows)
    share = (0.2 if n >= 20 else 0.0) if share is None else share
    chosen = set(rng.sample(range(n), round(share * n)))
    if len(chosen) == n or (share and not chosen):
        raise TableError(
            f"--validation: of {n} rows a share of {share:g} cannot be held out, as either part needs a row"
        )
    return [rows[i] for i in range(n) if i not in chosen], [rows[i] for i in sorted(chosen)]


def shuffler(seed: int, n: int) -> Any:
    """What shuffles so many rows: NumPy where they are so many that Python would take longer than the training."""
    with suppress(ImportError):
        if n > 10_000:
            from numpy.random import default_rng

            return default_rng(seed)
    return random.Random(seed)


def scale_of(name: str, numbers: Sequence[float]) -> tuple[float, float]:
    """Mean and standard deviation of an input; 1 for one that is the same in all rows that are trained on."""
    largest = max(map(abs, numbers)) or 1.0
    mean = largest * (math.fsum(x / largest for x in numbers) / len(numbers))
    scale = largest * math.sqrt(math.fsum(((x / largest) - mean / largest) ** 2 for x in numbers) / len(numbers))
    if min(numbers) == max(numbers):
        return mean, 1.0
    if not (SMALLEST < scale < 1 / SMALLEST and abs(mean) < scale * MOST_SHIFT):
        spread = f"a mean of {mean:.3g} and a standard deviation of {scale:.3g}"
        raise TableError(f"column {name!r} has {spread}, too far out for floats; shift and rescale it")
    return mean, scale


def undo_scaling(model: MLP, scales: Sequence[tuple[float, float]], center: float, spread: float) -> None:
    """Change the weights of the first and last layers so that inputs and target are as before standardising."""
    for neuron in model.dense[0].neurons:
        for w, (mean, scale) in zip(neuron.w, scales, strict=True):
            w.data /= scale
            neuron.b.data -= w.data * mean
    for neuron in model.dense[-1].neurons:
        for w in (*neuron.w, neuron.b):
            w.data *= spread
        neuron.b.data += center


# -- what is printed ------------------------------------------------------------------------------------------


def print_remarks(task: Task, missing: int) -> None:
    """Say on standard error what was not as in the training, and how many rows got no prediction."""
    remarks = [f"rows without a prediction, for missing values: {missing}"] if missing else []
    for column in task.inputs:
        if column.unseen:
            what = "no number, so missing" if column.texts is None else "not among those trained on, so none of them"
            remarks.append(f"column {column.name!r}: {_counted(column.unseen)} is {what}")
    for remark in remarks if sys.stderr else ():  # print takes None for standard output
        print(f"nn: {remark}", file=sys.stderr)


def _counted(texts: Counter[str]) -> str:
    return ", ".join(f"{cut_short(text)} ({n} times)" if n > 1 else cut_short(text) for text, n in texts.most_common(3))


def print_task(
    table: Table,
    task: Task,
    left_out: Sequence[str],
    sizes: Sequence[int],
    weights: int,
    different: int,
    targets: Sequence[float],
    held: int,
) -> None:
    """Say what is learnt from what, how the table was read, and what was left out."""
    if table.remarks:
        print(f"table     {', '.join(table.remarks)}")
    kept = f", {held} of them not trained on" if held else ""
    n = len(targets)
    left = f"{n} left{kept} ({different} different)"
    print(f"rows      {len(table.rows)}, {len(table.rows) - n} dropped for missing values, {left}")
    if (texts := task.target.texts) is None:
        about = f"from {min(targets):.6g} to {max(targets):.6g}, {math.fsum(targets) / len(targets):.6g} on average"
    else:
        about = ", ".join(f"{targets.count(k)} times {texts[k]}" for k in reversed(range(len(texts))))
    print(f"target    {task.target.name}: {about}")
    print(f"inputs    {', '.join(map(_described_column, task.inputs))}")
    if left_out:
        print(f"left out  {', '.join(left_out)}")
    for column in task.inputs:
        if column.unseen:
            print(f"missing   {column.name}: also what is no number, {_counted(column.unseen)}")
    print(f"network   {'-'.join(map(str, sizes))}, {weights} weights", flush=True)


def _described_column(column: Column) -> str:
    if column.texts is None:
        return column.name
    if len(column.texts) == 2:
        return f"{column.name} ({column.texts[1]} is 1, {column.texts[0]} is 0)"
    more = ", ..." if len(column.texts) > 4 else ""
    return f"{column.name} (one of {', '.join(column.texts[:4])}{more})"


def print_result(task: Task, model: MLP, rows: Sequence[Any], targets: Sequence[Any], counts: Sequence[int]) -> None:
    """Say how well rows are predicted, each of which counts so often."""
    found, texts = task.outputs(model, rows), task.target.texts
    if texts is None:
        every = [[x for x, n in zip(column, counts, strict=True) for _ in range(n)] for column in (found, targets)]
        print(f"R²        {METRICS['r2'](*every):.4f}")
        print(f"error     {METRICS['mae'](*every):.6g} on average, in absolute value")
        return
    outputs = [[*map(float, z)] if len(texts) > 2 else float(z) for z in found]
    print(f"log loss  {task.loss(outputs, targets, counts):#.4g}")
    pairs = Counter[tuple[int, int]]()
    for z, y, n in zip(outputs, targets, counts, strict=True):
        pairs[int(y), int(z > 0) if isinstance(z, float) else z.index(max(z))] += n
    right = sum(pairs[k, k] for k in range(len(texts)))
    print(f"accuracy  {right / pairs.total():.1%}, {right} of {pairs.total()} right\n")
    heads = [f"predicted {text}" for text in texts]
    sides = [f"{task.target.name} {text}" for text in texts]
    wide = max(map(len, sides))
    print(" " * wide, *heads, sep="   ")
    for i, side in enumerate(sides):
        print(side.ljust(wide), *(f"{pairs[i, j]:>{len(head)}}" for j, head in enumerate(heads)), sep="   ")
