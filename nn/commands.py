"""What the command line does: trains on a table, predicts for another, judges, draws."""

import csv
import io
import json
import sys
from argparse import Namespace
from collections import Counter
from contextlib import suppress
from itertools import pairwise
from math import fsum
from pathlib import Path
from random import Random
from tempfile import NamedTemporaryFile
from typing import Any

from autograd.commandline import invoked, spoken
from autograd.extras import needed
from autograd.files import write
from nn.drawing import draw
from nn.optimizers import SGD, Adam
from nn.perceptrons import MLP
from nn.saving import FILES, ModelFileError, read, save
from nn.table import Feature, TableError, cut_short, encoded, listed_in, one_line, read_table, six_digits, trying
from nn.task import Scaling, Task, print_result, split, task_of
from nn.training import distinct, fit

__all__ = ["draw_model", "evaluate_model", "fit_to_table", "predict_rows"]

MOST_WEIGHTS = 10**6  # they take some 300 MB
SMALL = 10**5  # rows times weights; so small a training takes all rows at once


def fit_to_table(asked: Namespace) -> int:
    """Train on a file, print how well it went, draw the network, keep it if asked; the exit status."""
    table = read_table(asked.csv, asked.separator, asked.decimal)
    task, left_out = task_of(table, asked)
    whole = task.examples(table)
    trained, held = split(whole, asked.validation, Random(asked.seed))
    scaling = Scaling(task, trained)
    sizes = [len(task.names), *asked.hidden, task.width]
    if (weights := sum((n + 1) * m for n, m in pairwise(sizes))) > MOST_WEIGHTS:
        raise TableError(f"a network of {weights:,} weights is too large to be trained here, {MOST_WEIGHTS:,} is not")
    model = _network(task, sizes, rng=Random(asked.seed))
    _check_files(asked)
    data, *others = (distinct(*zip(*part, strict=True)) for part in (trained, held) if part)
    targets = [y for _, y in whole]
    if task.classes:
        counts = Counter(targets)
        times = [f"{_often(counts[k])} {one_line(text)}" for k, text in enumerate(task.classes)]
        about = listed_in(times[::-1], str, 30)
    else:
        about = "from {} to {}, {} on average".format(
            *map(six_digits, (min(targets), max(targets), fsum(targets) / len(targets)))
        )
    kept = f"{len(whole)} left{f', {len(held)} of them not trained on' if held else ''} ({len(data[0])} different)"
    odd = [f"{column.name}: also what is no number, {_counted(column.unseen)}" for column in task.inputs]
    gaps = {
        c.name: table.numbers(c.name).count(None) if c.texts is None else table.cells(c.name).count("")
        for c in task.inputs
    }
    lacking = [f"{name} in {n}" for name, n in gaps.items() if n]
    for head, text in (
        ("table", ", ".join(table.remarks)),
        ("rows", f"{len(table.rows)}, {len(table.rows) - len(whole)} dropped for missing values, {kept}"),
        ("target", f"{task.target.name}: {about}"),
        ("inputs", listed_in([*map(_described_column, task.inputs)], str, 30)),
        ("left out", listed_in(left_out, str, 30)),
        ("missing", f"{listed_in(lacking, str, 30)} of these rows" if len(lacking) > 1 else ""),
        *(("missing", text) for column, text in zip(task.inputs, odd, strict=True) if column.unseen),
        ("network", f"{'-'.join(map(str, sizes))}, {weights} weights"),
    ):
        if text:
            print(f"{head:<10}{text}", flush=True)
    small = len(data[0]) * weights <= SMALL and bool(task.classes)
    epochs = asked.epochs or (2000 if small else 100)
    history = fit(
        model.logits,
        scaling.standardised(*data),
        task.kind.loss,
        SGD(model.parameters(), asked.lr or 3.0) if small else Adam(model.parameters(), asked.lr or 0.01),
        epochs,
        batch_size=None if small else max(256, len(data[0]) // 150),
        validation=scaling.standardised(*others[0]) if others else None,
        patience=max(20, epochs // 10) if others else None,
        rng=_shuffler(asked.seed),
    )
    scaling.undo(model)
    stopped = "by Ctrl-C after" if history.interrupted else "early, since the validation got no better, after"
    if history.interrupted or len(history.loss) < epochs:
        print(f"stopped   {stopped} {len(history.loss)} of {epochs} epochs")
    print_result(task, model, *data)
    for part in others:
        print("\nof the rows that were not trained on:")
        print_result(task, model, *part)
    print()
    if asked.save:
        facts = {
            "inputs": [column.name for column in task.inputs],
            "input_texts": [column.texts for column in task.inputs],
            "target": task.target.name,
            "target_texts": task.target.texts,
        }
        with trying("write", asked.save):
            save(model, asked.save, {"nn": json.dumps(facts)})
        print(f"{asked.save} keeps it: {invoked('nn')} predict {asked.save} CSV")
    if asked.svg:
        _draw(model, task, asked.svg)
    return 130 if history.interrupted else 0  # what shells report of Ctrl-C


def _network(task: Task, sizes: list[int], **options: Any) -> MLP:
    return MLP(sizes[0], sizes[1:], "sigmoid", task.kind.activation, **options)


def _shuffler(seed: int) -> Any:
    """NumPy's generator where there is one, since Python's would take longer than the training to shuffle many rows."""
    with suppress(ImportError):
        from numpy.random import default_rng

        return default_rng(seed)
    return Random(seed)


def predict_rows(asked: Namespace) -> int:
    """Write the rows of a file with what the model in another predicts for each; the exit status."""
    model, task = _load(asked.model)
    table = read_table(asked.csv, asked.separator, asked.decimal)
    rows = encoded(task.inputs, table)
    found = iter(task.outputs(model.logits, [row for row in rows if row is not None]))
    name, classes = task.target.name, task.classes
    heads = [f"probability {text}" for text in (classes[1:] if len(classes) == 2 else classes)]
    text = io.StringIO()
    writer = csv.writer(text, delimiter=table.separator, lineterminator="\n")
    writer.writerow([*table.names, *heads, f"predicted {name}" if name in table.names else name])
    for cells, row in zip(table.rows, rows, strict=True):
        added = [""] * (len(heads) + 1) if row is None else task.said(next(found), table.decimal)
        writer.writerow([*cells, *[""] * (len(table.names) - len(cells)), *added])
    if sys.stdout is None and not asked.output:
        raise TableError("there is no standard output to write to")
    _print_remarks(task, rows.count(None))
    if asked.output:
        with trying("write", asked.output):
            write(asked.output, text.getvalue())
    else:
        if isinstance(sys.stdout, io.TextIOWrapper) and not sys.stdout.isatty():
            sys.stdout.reconfigure(encoding="utf-8")  # a terminal keeps its encoding
        sys.stdout.write(text.getvalue())
    return 0


def evaluate_model(asked: Namespace) -> int:
    """Print how well the model in a file predicts the rows of another; the exit status."""
    model, task = _load(asked.model)
    table = read_table(asked.csv, asked.separator, asked.decimal)
    rows, targets = zip(*task.examples(table), strict=True)
    print(f"rows      {len(table.rows)}, {len(table.rows) - len(rows)} dropped for missing or unknown values")
    print_result(task, model, rows, targets, [1] * len(rows))
    _print_remarks(task, 0)
    return 0


def draw_model(asked: Namespace) -> int:
    """Draw the model in a file; the exit status."""
    model, task = _load(asked.model)
    _check_files(asked)
    _draw(model, task, asked.svg)
    return 0


# -- words ----------------------------------------------------------------------------------------------------


def _print_remarks(task: Task, missing: int) -> None:
    """Say on standard error what was not as in the training, and how many rows got no prediction."""
    remarks = [f"rows without a prediction, for missing values: {missing}"] if missing else []
    for column in task.inputs:
        what = "no number, so missing" if column.texts is None else "not among those trained on, so none of them"
        remarks += [f"column {column.name!r}: {_counted(column.unseen)} is {what}"] if column.unseen else []
    for remark in remarks if sys.stderr else ():  # print takes None for standard output
        print(f"{spoken('nn')}: {remark}", file=sys.stderr)


def _counted(texts: Counter[str]) -> str:
    return ", ".join(
        f"{cut_short(text)} ({_often(n)})" if n > 1 else cut_short(text) for text, n in texts.most_common(3)
    )


def _often(n: int) -> str:
    return f"{n} times" if n != 1 else "once"


def _described_column(column: Feature) -> str:
    match column.texts:
        case None:
            return column.name
        case [zero, one]:
            return f"{column.name} ({one_line(one)} is 1, {one_line(zero)} is 0)"
        case texts:
            return f"{column.name} (one of {listed_in(texts, one_line)})"


# -- files ----------------------------------------------------------------------------------------------------


def _load(path: Path) -> tuple[MLP, Task]:
    with trying("read", path):
        arrays, metadata = read(path)
    try:
        facts: dict[str, Any] = json.loads(metadata["nn"])
        columns = [Feature(*pair) for pair in zip(facts["inputs"], facts["input_texts"], strict=True)]
        task = Task(columns, Feature(facts["target"], facts["target_texts"]))
        sizes = [len(arrays[f"layers.{k}.bias"]) for k in range(len(arrays) // 2)]
        if sizes[-1] != task.width or len(task.classes) == 1:
            raise ValueError("another number of classes")
        model = _network(task, [len(task.names), *sizes], init="zeros")
        model.load_state_dict(arrays)
    except (IndexError, KeyError, TypeError, ValueError) as error:
        raise ModelFileError(f"{str(path)!r} was not written by `python -m nn fit --save`") from error
    return model, task


def _draw(model: MLP, task: Task, svg: Path) -> None:
    with trying("write", svg):
        draw(model, task.names, weights="numbers").save(svg)
    print(f"{svg} shows the network with its weights, for inputs as they stand in the file.")


def _check_files(asked: Namespace) -> None:
    """Say before the training that something cannot be written, or drawn."""
    if asked.svg and asked.svg.suffix.lower() != ".svg":
        raise TableError(f"the drawing is an SVG, so its name ends in .svg, got {str(asked.svg)!r}")
    for path in (asked.svg, getattr(asked, "save", None)):
        if path:
            with trying("write", path):
                if path.is_dir():
                    raise IsADirectoryError(None, "it is a folder")
                with NamedTemporaryFile(dir=path.parent):
                    pass
    if getattr(asked, "save", None):
        with needed(*FILES):
            import safetensors.numpy  # noqa: F401  # what cannot be kept says so before the training
    if asked.svg:
        draw(MLP(1, [1])).svg  # noqa: B018  # nor is there a drawing without Graphviz
