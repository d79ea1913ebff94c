"""What is learnt from a table: classes or numbers, and how well a network does."""

import math
import random
from argparse import Namespace
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from autograd import sigmoid, softmax
from nn.losses import METRICS, Loss, cross_entropy, decided, log_loss_with_logits, mse_loss
from nn.perceptrons import MLP
from nn.prediction import predict
from nn.table import Feature, Table, TableError, encoded, known, listed_in, one_line, plain_number, six_digits

__all__ = ["Scaling", "Task", "print_result", "split", "task_of"]

SMALLEST, MOST_SHIFT = 1e-300, 1e12  # of a deviation, and of a mean in deviations, for weights on inputs as they stand
MOST_CLASSES = 100


@dataclass(frozen=True)
class TargetKind:
    """A kind of target: its `loss` of logits, the network's activation at the end, and the `shares` they give classes.

    Those of two classes are the second one's alone.
    """

    loss: Loss
    activation: str
    shares: Callable[[Any], list[float]]


NUMBERS = TargetKind(mse_loss, "identity", lambda z: [])
TWO_CLASSES = TargetKind(log_loss_with_logits, "sigmoid", lambda z: [sigmoid(z)])
CLASSES = TargetKind(cross_entropy, "identity", softmax)


@dataclass
class Task:
    """What is predicted from what: the columns of inputs, and the target's, whose texts are the classes if it has."""

    inputs: list[Feature]
    target: Feature

    def __post_init__(self) -> None:
        self.names = [name for column in self.inputs for name in column.inputs]
        self.classes = self.target.texts or []
        self.kind = NUMBERS if self.target.texts is None else TWO_CLASSES if len(self.classes) == 2 else CLASSES
        self.width = len(self.classes) if self.kind is CLASSES else 1  # of what a network returns

    def examples(self, table: Table) -> Sequence[tuple[Sequence[float], float]]:
        """The rows that have a value in every column, each with its target; TableError where there is none."""
        pairs = zip(encoded(self.inputs, table), self._targets(table), strict=True)
        whole = [(x, y) for x, y in pairs if x is not None and y is not None]
        if not whole:
            columns = listed_in([column.name for column in (*self.inputs, self.target)])
            raise TableError(f"{table.path!r} has no row with a known value in each of the columns {columns}")
        return whole

    def _targets(self, table: Table) -> Sequence[float | None]:
        """The target of each row as the loss takes it, None where it is missing or not known."""
        if self.kind is NUMBERS:
            return table.numbers(self.target.name)
        places: dict[str, float] = {text: k for k, text in enumerate(self.classes)}
        cells = table.cells(self.target.name)
        for text, x in {*zip(cells, table.numbers(self.target.name), strict=True)}:  # 1.0 is of the class 1
            if x is not None and text not in places and plain_number(x) in places:
                places[text] = places[plain_number(x)]
        return [places.get(text) for text in cells]

    def outputs(self, f: Callable[[Any], Any], rows: Sequence[Sequence[float]]) -> list[Any]:
        """What `f` returns for each row, by the network; TableError where that is no number, as beyond the floats."""
        found = predict(f, rows)
        found = found.tolist() if hasattr(found, "tolist") else found
        for row, z in zip(rows, found, strict=True):
            if math.isnan(sum(z) if isinstance(z, list) else z):
                numbers = ", ".join(map(plain_number, row[: len(self.names)]))
                raise TableError(f"the network computes no number for the row {numbers}")
        return found  # type: ignore[no-any-return]  # a list in either case

    def said(self, z: Any, decimal: str) -> list[str]:
        """The probabilities that an output gives, and what it predicts, as texts with this mark of decimals."""
        numbers = [f"{share:.4g}" for share in self.kind.shares(z)] if self.classes else [six_digits(z)]
        return [x.replace(".", decimal) for x in numbers] + [self.classes[decided(z)] for _ in self.classes[:1]]


def task_of(table: Table, asked: Namespace) -> tuple[Task, list[str]]:
    """The columns, and which were left out and why; TableError for some that are asked for and of no use."""
    for name in asked.inputs:
        table.cells(name)
    if not any(table.cells(asked.target)):
        raise TableError(f"{table.path!r} has no row with a value in the column {asked.target!r}")
    target, useless = known(asked.target, table)
    if "in every row" in useless:
        raise TableError(f"the target has two different values at least, column {asked.target!r} is {useless}")
    if target.texts is None:
        numbers = {x for x in table.numbers(target.name) if x is not None}
        few = len(numbers) == 2 or (len(numbers) <= 10 and all(x == int(x) for x in numbers))
        if asked.task == "classes" or (few and not asked.task):
            target = Feature(target.name, [*map(plain_number, sorted(numbers))])
    elif asked.task == "numbers":
        raise TableError(f"--task numbers needs a target of numbers, column {target.name!r} holds texts")
    if (n := len(target.texts or ())) > MOST_CLASSES:
        raise TableError(f"a target has at most {MOST_CLASSES} classes, column {target.name!r} has {n}")
    columns, left_out = [], []
    for name in asked.inputs or [*dict.fromkeys(name for name in table.names if name != asked.target)]:
        if not asked.inputs and (not name or table.names.count(name) > 1):
            left_out.append(f"{name} (a name of several columns)" if name else "what has no name")
            continue
        column, useless = known(name, table)
        if not useless or (asked.inputs and "row" in useless and "every" not in useless):
            columns.append(column)
        elif asked.inputs:
            raise TableError(f"column {name!r} is {useless}, so nothing depends on it")
        else:
            left_out.append(f"{name} ({useless})")
    if not columns:
        hint = "; --inputs takes them" if any("each row" in x or "rows apart" in x for x in left_out) else ""
        reasons = f": {'; '.join(left_out)}{hint}" if left_out else ""
        raise TableError(f"{table.path!r} has no column besides the target that could be an input{reasons}")
    return Task(columns, target), left_out


def split(rows: Sequence[Any], share: float | None, rng: random.Random) -> tuple[list[Any], list[Any]]:
    """The rows in two: a `share` of them, chosen by `rng`, is the second part; TableError if either has none then."""
    n = len(rows)
    share = (0.2 if n >= 20 else 0.0) if share is None else share
    chosen = {*rng.sample(range(n), round(share * n))}
    if len(chosen) == n or (share and not chosen):
        raise TableError(
            f"--validation: of {n} rows a share of {share:g} cannot be held out, as either part needs a row"
        )
    return [row for i, row in enumerate(rows) if i not in chosen], [rows[i] for i in sorted(chosen)]


class Scaling:
    """Mean and deviation of each input, and of a target that is numbers, by which they are standardised."""

    def __init__(self, task: Task, examples: Sequence[tuple[Sequence[float], float]]) -> None:
        rows, targets = zip(*examples, strict=True)
        self.inputs = [scale_of(*named) for named in zip(task.names, zip(*rows, strict=True), strict=True)]
        self.target = scale_of(task.target.name, targets) if task.kind is NUMBERS else None

    def standardised(self, rows: Sequence[Any], targets: Sequence[Any], counts: Sequence[int]) -> tuple[Any, ...]:
        """Rows of a table as data for `fit`, shifted and scaled."""
        columns = zip(zip(*rows, strict=True), self.inputs, strict=True)
        rows = [*zip(*([(x - mean) / scale for x in xs] for xs, (mean, scale) in columns), strict=True)]
        targets = [(y - self.target[0]) / self.target[1] for y in targets] if self.target else targets
        return (rows, targets) if max(counts) == 1 else (rows, targets, counts)

    def undo(self, model: MLP) -> None:
        """Change the weights of the first and last layers so that inputs and target are as before standardising."""
        for neuron in model.dense[0].neurons:
            for w, (mean, scale) in zip(neuron.w, self.inputs, strict=True):
                w.data /= scale
                neuron.b.data -= w.data * mean
        for neuron in model.dense[-1].neurons if self.target else ():
            mean, scale = self.target or (0.0, 1.0)
            for w in (*neuron.w, neuron.b):
                w.data *= scale
            neuron.b.data += mean


def scale_of(name: str, numbers: Sequence[float]) -> tuple[float, float]:
    """Mean and standard deviation of a column; 1 for one that is the same in all rows that are trained on."""
    n, mean = len(numbers), math.inf
    with suppress(OverflowError):
        mean = math.fsum(numbers) / n
    scale = math.dist(numbers, [mean] * n) / math.sqrt(n)
    if numbers.count(numbers[0]) == n:
        return numbers[0], 1.0
    if not (SMALLEST < scale < 1 / SMALLEST and abs(mean) < scale * MOST_SHIFT):
        spread = f"a mean of {mean:.3g} and a standard deviation of {scale:.3g}"
        raise TableError(f"column {name!r} has {spread}, too far out for floats; shift and rescale it")
    return mean, scale


def print_result(task: Task, model: MLP, rows: Sequence[Any], targets: Sequence[Any], counts: Sequence[int]) -> None:
    """Say how well rows are predicted, each of which counts so often."""
    n, classes = len(task.names), task.classes
    pairs = [(*x, y) for x, y in zip(rows, targets, strict=True)]
    judged = task.outputs(lambda row: [task.kind.loss(z := model.logits(row[:n]), row[n]), z], pairs)
    found = [z if len(z) > 1 else z[0] for _, *z in judged]
    if not classes:
        every = [[x for x, n in zip(column, counts, strict=True) for _ in range(n)] for column in (found, targets)]
        print(f"R²        {METRICS['r2'](*every):.4f}")
        print(f"error     {six_digits(METRICS['mae'](*every))} on average, in absolute value")
        return
    loss = math.fsum(l * n for (l, *_), n in zip(judged, counts, strict=True)) / sum(counts)
    cells = Counter[tuple[int, int]]()
    for z, y, n in zip(found, targets, counts, strict=True):
        cells[int(y), decided(z)] += n
    right = sum(cells[k, k] for k in range(len(classes)))
    print(f"log loss  {loss:#.4g}\naccuracy  {right / sum(counts):.1%}, {right} of {sum(counts)} right\n")
    heads = [f"predicted {one_line(text)}" for text in classes]
    sides = [f"{task.target.name} {one_line(text)}" for text in classes]
    print(" " * (wide := max(map(len, sides))), *heads, sep="   ")
    for i, side in enumerate(sides):
        print(side.ljust(wide), *(f"{cells[i, j]:>{len(head)}}" for j, head in enumerate(heads)), sep="   ")
