"""What the command line does: trains on a table, predicts for another, judges, draws."""

from __future__ import annotations

import csv
import io
import json
import math
import random
import sys
from argparse import Namespace
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from autograd import sigmoid, softmax
from autograd.files import write
from nn.drawing import draw
from nn.losses import cross_entropy, log_loss_with_logits, mse_loss
from nn.metrics import METRICS
from nn.module import StateDictError
from nn.modules import MLP
from nn.optimizers import SGD, Adam, Optimizer
from nn.prediction import predict as outputs_of
from nn.saving import ModelFileError, read, save
from nn.table import Column, Table, TableError, encoded, known, listed_in, plain, read_table, short
from nn.training import distinct, fit

__all__ = ["draw_model", "evaluate", "fit_to_table", "predict"]

MOST_WEIGHTS = 10**6  # they take some 300 MB
SMALLEST, MOST_SHIFT = 1e-300, 1e12  # of a deviation, and of a mean in deviations, for weights on inputs as they stand
MOST_CLASSES = 100
SMALL = 10**5  # rows times weights; so small a training takes all rows at once


@dataclass
class Task:
    """What is predicted from what: the columns of inputs, and the target's, whose `texts` are the classes if it has."""

    inputs: list[Column]
    target: Column

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
            if x is not None and plain(x) in texts:
                places[text] = texts.index(plain(x))
        return [places.get(text) for text in cells]

    def outputs(self, model: MLP, rows: Sequence[Sequence[float]]) -> Any:
        """What the loss takes, for each row; TableError where the numbers are so large that it is none."""
        found = outputs_of(model.logits, rows) if rows else []
        for row, z in zip(rows, found, strict=True):
            if any(map(math.isnan, z if hasattr(z, "__len__") else [z])):
                raise TableError(f"the network computes no number for the row {', '.join(map(plain, row))}")
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


def fit_to_table(asked: Namespace) -> int:
    """Train on a file, print how well it went, draw the network, keep it if asked; the exit status."""
    table = read_table(asked.csv, asked.separator, asked.decimal)
    task, left_out = _task(table, asked)
    rows, targets = encoded(task.inputs, table), task.targets(table)
    whole = [(x, y) for x, y in zip(rows, targets, strict=True) if x is not None and y is not None]
    if not whole:
        names = listed_in([column.name for column in (*task.inputs, task.target)])
        raise TableError(f"{table.path!r} has no row with a value in each of the columns {names}")
    trained, held = _split(whole, asked.validation, random.Random(asked.seed))
    scales = [_scale(*named) for named in zip(_names(task), zip(*(x for x, _ in trained), strict=True), strict=True)]
    center, spread = _scale(task.target.name, [y for _, y in trained]) if task.target.texts is None else (0.0, 1.0)
    sizes = [len(scales), *asked.hidden, len(task.target.texts or "1") if len(task.target.texts or ()) != 2 else 1]
    if (weights := sum((n + 1) * m for n, m in pairwise(sizes))) > MOST_WEIGHTS:
        raise TableError(f"a network of {weights:,} weights is too large to be trained here, {MOST_WEIGHTS:,} is not")
    output = "sigmoid" if len(task.target.texts or ()) == 2 else "identity"
    model = MLP(sizes[0], sizes[1:], activation="sigmoid", output=output, rng=random.Random(asked.seed))
    _check_files(asked)
    data, others = (distinct(*zip(*part, strict=True)) if part else None for part in (trained, held))
    assert data is not None  # one row at least is trained on
    _print_task(table, task, left_out, sizes, weights, len(data[0]), [y for _, y in whole], len(held))

    def standardised(part: Any) -> Any:
        rows, targets, counts = part
        scaled = [[(x - mean) / scale for x, (mean, scale) in zip(row, scales, strict=True)] for row in rows]
        columns = scaled, [(y - center) / spread for y in targets] if task.target.texts is None else targets, counts
        return columns[:2] if max(counts) == 1 else columns

    small = len(data[0]) * weights <= SMALL and task.target.texts is not None
    lr, epochs = asked.lr or (3.0 if small else 0.01), asked.epochs or (2000 if small else 100)
    optimizer: Optimizer = SGD(model.parameters(), lr) if small else Adam(model.parameters(), lr)
    history = fit(
        model.logits,
        standardised(data),
        task.loss,
        optimizer,
        epochs,
        batch_size=None if small else max(256, len(data[0]) // 150),
        validation=others and standardised(others),
        patience=max(20, epochs // 10) if others else None,
        rng=_shuffler(asked.seed, len(data[0])),
    )
    _undo_scaling(model, scales, center, spread)
    stopped = "by Ctrl-C after" if history.interrupted else "early, since the validation got no better, after"
    if history.interrupted or len(history.loss) < epochs:
        print(f"stopped   {stopped} {len(history.loss)} of {epochs} epochs")
    _print_result(task, model, *data)
    if others:
        print("\nof the rows that were not trained on:")
        _print_result(task, model, *others)
    print()
    if asked.save:
        about = {
            "inputs": [column.name for column in task.inputs],
            "input_texts": [column.texts for column in task.inputs],
            "target": task.target.name,
            "target_texts": task.target.texts,
        }
        try:
            save(model, asked.save, {"nn": json.dumps(about)})
        except OSError as error:
            raise _unwritable(asked.save, error) from error
        print(f"{asked.save} keeps it: python -m nn predict {asked.save} CSV")
    if asked.svg:
        _draw(model, task, asked.svg)
    return 130 if history.interrupted else 0  # what shells report of Ctrl-C


def predict(asked: Namespace) -> int:
    """Write the rows of a file with what the model in another predicts for each; the exit status."""
    model, task = _load(asked.model)
    table = read_table(asked.csv, asked.separator, asked.decimal)
    rows = encoded(task.inputs, table)
    found = iter(task.outputs(model, [row for row in rows if row is not None]))
    name, texts = task.target.name, task.target.texts or []
    heads = ["probability"] if len(texts) == 2 else [f"probability {text}" for text in texts]
    text = io.StringIO()
    writer = csv.writer(text, delimiter=table.separator, lineterminator="\n")
    writer.writerow([*table.names, *heads, f"predicted {name}" if name in table.names else name])
    for cells, row in zip(table.rows, rows, strict=True):
        prediction, shares = task.predicted(next(found)) if row is not None else ("", [""] * len(heads))
        numbers = [share if isinstance(share, str) else f"{share:.4g}" for share in shares]
        writer.writerow([*cells, *[""] * (len(table.names) - len(cells)), *numbers, prediction])
    if sys.stdout is None and not asked.output:
        raise TableError("there is no standard output to write to")
    _remark(task, rows.count(None))
    if asked.output:
        try:
            write(asked.output, text.getvalue().encode())
        except OSError as error:
            raise _unwritable(asked.output, error) from error
    else:
        if isinstance(sys.stdout, io.TextIOWrapper) and not sys.stdout.isatty():
            sys.stdout.reconfigure(encoding="utf-8")  # a terminal keeps its encoding
        sys.stdout.write(text.getvalue())
    return 0


def evaluate(asked: Namespace) -> int:
    """Print how well the model in a file predicts the rows of another; the exit status."""
    model, task = _load(asked.model)
    table = read_table(asked.csv, asked.separator, asked.decimal)
    pairs = zip(encoded(task.inputs, table), task.targets(table), strict=True)
    whole = [(x, y) for x, y in pairs if x is not None and y is not None]
    if not whole:
        raise TableError(f"{table.path!r} has no row with a value in each column that the model knows")
    print(f"rows      {len(table.rows)}, {len(table.rows) - len(whole)} dropped for missing or unknown values")
    _print_result(task, model, [x for x, _ in whole], [y for _, y in whole], [1] * len(whole))
    _remark(task, 0)
    return 0


def draw_model(asked: Namespace) -> int:
    """Draw the model in a file; the exit status."""
    model, task = _load(asked.model)
    _check_files(asked)
    _draw(model, task, asked.svg)
    return 0


# -- what is learnt from what ---------------------------------------------------------------------------------


def _task(table: Table, asked: Namespace) -> tuple[Task, list[str]]:
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
        target = Column(target.name, [*map(plain, sorted(numbers))])
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


def _names(task: Task) -> list[str]:
    return [name for column in task.inputs for name in column.inputs]


def _split(rows: Sequence[Any], share: float | None, rng: random.Random) -> tuple[list[Any], list[Any]]:
    """The rows in two: a `share` of them, chosen by `rng`, is the second part; TableError if either has none then."""
    n = len(rows)
    share = (0.2 if n >= 20 else 0.0) if share is None else share
    chosen = set(rng.sample(range(n), round(share * n)))
    if len(chosen) == n or (share and not chosen):
        raise TableError(
            f"--validation: of {n} rows a share of {share:g} cannot be held out, as either part needs a row"
        )
    return [rows[i] for i in range(n) if i not in chosen], [rows[i] for i in sorted(chosen)]


def _shuffler(seed: int, n: int) -> Any:
    """What shuffles so many rows: NumPy where they are so many that Python would take longer than the training."""
    with suppress(ImportError):
        if n > 10_000:
            from numpy.random import default_rng

            return default_rng(seed)
    return random.Random(seed)


def _scale(name: str, numbers: Sequence[float]) -> tuple[float, float]:
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


def _undo_scaling(model: MLP, scales: Sequence[tuple[float, float]], center: float, spread: float) -> None:
    """Change the weights of the first and last layers so that inputs and target are as before standardising."""
    for neuron in model.dense[0].neurons:
        for w, (mean, scale) in zip(neuron.w, scales, strict=True):
            w.data /= scale
            neuron.b.data -= w.data * mean
    for neuron in model.dense[-1].neurons:
        for w in (*neuron.w, neuron.b):
            w.data *= spread
        neuron.b.data += center


# -- files ----------------------------------------------------------------------------------------------------


def _load(path: Path) -> tuple[MLP, Task]:
    try:
        arrays, metadata = read(path)
    except OSError as error:
        raise TableError(f"cannot read {str(path)!r}: {error.strerror}") from error
    try:
        facts: dict[str, Any] = json.loads(metadata["nn"])
        columns = [Column(*pair) for pair in zip(facts["inputs"], facts["input_texts"], strict=True)]
        task = Task(columns, Column(facts["target"], facts["target_texts"]))
        sizes = [len(arrays[f"layers.{k}.bias"]) for k in range(len(arrays) // 2)]
        texts = task.target.texts
        if sizes[-1] != (1 if texts is None or len(texts) == 2 else len(texts)) or len(texts or "12") < 2:
            raise ValueError("another number of classes")
        output = "sigmoid" if texts and len(texts) == 2 else "identity"
        model = MLP(sum(c.width for c in columns), sizes, activation="sigmoid", output=output, init="zeros")
        model.load_state_dict(arrays)
    except (IndexError, KeyError, TypeError, ValueError, StateDictError) as error:
        raise ModelFileError(f"{str(path)!r} was not written by `python -m nn fit --save`") from error
    return model, task


def _draw(model: MLP, task: Task, svg: Path) -> None:
    try:
        draw(model, _names(task), weights="numbers").save(svg)
    except OSError as error:
        raise _unwritable(svg, error) from error
    print(f"{svg} shows the network with its weights, for inputs as they stand in the file.")


def _check_files(asked: Namespace) -> None:
    """Say before the training that something cannot be written, or drawn."""
    if asked.svg and asked.svg.suffix.lower() != ".svg":
        raise TableError(f"the drawing is an SVG, so its name ends in .svg, got {str(asked.svg)!r}")
    for path in (asked.svg, getattr(asked, "save", None)):
        if path:
            try:
                if path.is_dir():
                    raise IsADirectoryError(None, "it is a folder")
                with NamedTemporaryFile(dir=path.parent):
                    pass
            except OSError as error:
                raise _unwritable(path, error) from error
    if getattr(asked, "save", None):
        import safetensors.numpy  # noqa: F401  # what cannot be kept says so before the training
    if asked.svg:
        draw(MLP(1, [1])).svg  # noqa: B018  # nor is there a drawing without Graphviz


def _unwritable(path: Path, error: OSError) -> TableError:
    return TableError(f"cannot write {str(path)!r}: {error.strerror}")


# -- what is printed ------------------------------------------------------------------------------------------


def _remark(task: Task, missing: int) -> None:
    """Say on standard error what was not as in the training, and how many rows got no prediction."""
    remarks = [f"rows without a prediction, for missing values: {missing}"] if missing else []
    for column in task.inputs:
        if column.unseen:
            what = "no number, so missing" if column.texts is None else "not among those trained on, so none of them"
            remarks.append(f"column {column.name!r}: {_counted(column.unseen)} is {what}")
    for remark in remarks if sys.stderr else ():  # print takes None for standard output
        print(f"nn: {remark}", file=sys.stderr)


def _counted(texts: Counter[str]) -> str:
    return ", ".join(f"{short(text)} ({n} times)" if n > 1 else short(text) for text, n in texts.most_common(3))


def _print_task(
    table: Table,
    task: Task,
    left_out: Sequence[str],
    sizes: Sequence[int],
    weights: int,
    different: int,
    targets: Sequence[float],
    held: int,
) -> None:
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
    print(f"inputs    {', '.join(map(_described, task.inputs))}")
    if left_out:
        print(f"left out  {', '.join(left_out)}")
    for column in task.inputs:
        if column.unseen:
            print(f"missing   {column.name}: also what is no number, {_counted(column.unseen)}")
    print(f"network   {'-'.join(map(str, sizes))}, {weights} weights", flush=True)


def _described(column: Column) -> str:
    if column.texts is None:
        return column.name
    if len(column.texts) == 2:
        return f"{column.name} ({column.texts[1]} is 1, {column.texts[0]} is 0)"
    more = ", ..." if len(column.texts) > 4 else ""
    return f"{column.name} (one of {', '.join(column.texts[:4])}{more})"


def _print_result(task: Task, model: MLP, rows: Sequence[Any], targets: Sequence[Any], counts: Sequence[int]) -> None:
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
