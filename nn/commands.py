"""What the command line does: trains on a table, predicts for another, judges, draws."""

from __future__ import annotations

import csv
import io
import json
import random
import sys
from argparse import Namespace
from itertools import pairwise
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from autograd.files import write
from nn.drawing import draw
from nn.module import StateDictError
from nn.optimizers import SGD, Adam, Optimizer
from nn.perceptrons import MLP
from nn.saving import ModelFileError, read, save
from nn.table import Column, TableError, encoded, listed_in, read_table
from nn.task import Task, print_remarks, print_result, print_task, scale_of, shuffler, split, task_of, undo_scaling
from nn.training import distinct, fit

__all__ = ["draw_model", "evaluate_model", "fit_to_table", "predict_rows"]

MOST_WEIGHTS = 10**6  # they take some 300 MB
SMALL = 10**5  # rows times weights; so small a training takes all rows at once


def fit_to_table(asked: Namespace) -> int:
    """Train on a file, print how well it went, draw the network, keep it if asked; the exit status."""
    table = read_table(asked.csv, asked.separator, asked.decimal)
    task, left_out = task_of(table, asked)
    rows, targets = encoded(task.inputs, table), task.targets(table)
    whole = [(x, y) for x, y in zip(rows, targets, strict=True) if x is not None and y is not None]
    if not whole:
        names = listed_in([column.name for column in (*task.inputs, task.target)])
        raise TableError(f"{table.path!r} has no row with a value in each of the columns {names}")
    trained, held = split(whole, asked.validation, random.Random(asked.seed))
    scales = [scale_of(*named) for named in zip(task.names, zip(*(x for x, _ in trained), strict=True), strict=True)]
    center, spread = scale_of(task.target.name, [y for _, y in trained]) if task.target.texts is None else (0.0, 1.0)
    sizes = [len(scales), *asked.hidden, len(task.target.texts or "1") if len(task.target.texts or ()) != 2 else 1]
    if (weights := sum((n + 1) * m for n, m in pairwise(sizes))) > MOST_WEIGHTS:
        raise TableError(f"a network of {weights:,} weights is too large to be trained here, {MOST_WEIGHTS:,} is not")
    output = "sigmoid" if len(task.target.texts or ()) == 2 else "identity"
    model = MLP(sizes[0], sizes[1:], activation="sigmoid", output=output, rng=random.Random(asked.seed))
    _check_files(asked)
    data, others = (distinct(*zip(*part, strict=True)) if part else None for part in (trained, held))
    assert data is not None  # one row at least is trained on
    print_task(table, task, left_out, sizes, weights, len(data[0]), [y for _, y in whole], len(held))

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
        rng=shuffler(asked.seed, len(data[0])),
    )
    undo_scaling(model, scales, center, spread)
    stopped = "by Ctrl-C after" if history.interrupted else "early, since the validation got no better, after"
    if history.interrupted or len(history.loss) < epochs:
        print(f"stopped   {stopped} {len(history.loss)} of {epochs} epochs")
    print_result(task, model, *data)
    if others:
        print("\nof the rows that were not trained on:")
        print_result(task, model, *others)
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


def predict_rows(asked: Namespace) -> int:
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
    print_remarks(task, rows.count(None))
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


def evaluate_model(asked: Namespace) -> int:
    """Print how well the model in a file predicts the rows of another; the exit status."""
    model, task = _load(asked.model)
    table = read_table(asked.csv, asked.separator, asked.decimal)
    pairs = zip(encoded(task.inputs, table), task.targets(table), strict=True)
    whole = [(x, y) for x, y in pairs if x is not None and y is not None]
    if not whole:
        raise TableError(f"{table.path!r} has no row with a value in each column that the model knows")
    print(f"rows      {len(table.rows)}, {len(table.rows) - len(whole)} dropped for missing or unknown values")
    print_result(task, model, [x for x, _ in whole], [y for _, y in whole], [1] * len(whole))
    print_remarks(task, 0)
    return 0


def draw_model(asked: Namespace) -> int:
    """Draw the model in a file; the exit status."""
    model, task = _load(asked.model)
    _check_files(asked)
    _draw(model, task, asked.svg)
    return 0


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
        draw(model, task.names, weights="numbers").save(svg)
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
