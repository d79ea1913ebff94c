"""`fit`: training with a progress bar, stopped by Ctrl-C or by a loss that is not a number."""

from __future__ import annotations

import math
import random
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from reprlib import repr as short
from typing import Any

from autograd import Value, diagnose, no_grad
from nn.losses import Loss
from nn.optimizers import Optimizer

__all__ = ["DivergenceError", "History", "distinct", "fit"]

Data = Iterable[Any]  # columns: inputs, targets and perhaps weights


class DivergenceError(ArithmeticError):
    """Training was stopped because the loss or one of its derivatives had become infinite or NaN."""


@dataclass
class History:
    """How a training went, epoch by epoch.

    - `loss`: the mean loss of each epoch, taken before its updates.
    - `validation`: the loss of the validation data after each epoch, if there are any.
    - `interrupted`: whether Ctrl-C ended it.
    """

    loss: list[float] = field(default_factory=list)
    validation: list[float] = field(default_factory=list)
    interrupted: bool = False


def distinct(inputs: Iterable[Sequence[float]], targets: Iterable[Any]) -> tuple[list[Any], list[Any], list[int]]:
    """Equal rows merged: the different pairs of input and target, and how often each occurs, as data for `fit`.

    A mean over many equal rows is the mean over few weighted ones, which takes less time.

    >>> distinct([[1.0], [2.0], [1.0]], [0, 1, 0])
    ([(1.0,), (2.0,)], [0, 1], [2, 1])
    """
    counts = Counter((tuple(x), y) for x, y in zip(_listed(inputs), _listed(targets), strict=True))
    return [x for x, _ in counts], [y for _, y in counts], list(counts.values())


def fit(
    model: Callable[[Any], Any],
    data: Data,
    loss: Loss,
    optimizer: Optimizer,
    epochs: int,
    *,
    batch_size: int | None = None,
    validation: Data | None = None,
    callbacks: Iterable[Callable[[History], object]] = (),
    seed: int | None = None,
    rng: random.Random | None = None,
    progress: bool = True,
) -> History:
    """Train `model` by `optimizer` and return how the loss went.

    - `model`: called with one row of inputs at a time, it gives that row's prediction.
    - `data`: (inputs, targets) or (inputs, targets, weights), columns of one length: lists, arrays, or pandas' own.
    - `loss`: called with the list of predictions, the targets and the weights if there are any, it gives one Value.
    - `epochs`: how often the data is gone through.
    - `batch_size`: the number of rows for each step; None takes all of them at once.
    - `validation`: data of the same kind, whose loss is taken after each epoch and is not trained on.
    - `callbacks`: called with the history so far after each epoch; one that returns True ends the training.
    - `rng`, or its `seed`: what shuffles the rows into batches; by default Python's own generator.
    - `progress`: whether a bar on standard error shows epoch and loss.

    Ctrl-C ends the training early and leaves the model as far as it has come. Raises DivergenceError, and leaves the
    model as it was before that step, when the loss or a derivative of it is not finite: it names the row, counted from
    0, and the node where that began. What the model or the loss raises gets a note of the step and the row. Raises
    ValueError where there are no rows, or not as many inputs as targets, or both `rng` and `seed`.
    """
    from tqdm import tqdm

    if epochs < 0:
        raise ValueError(f"The number of epochs is at least 0, got {epochs!r}.")
    if batch_size is not None and batch_size < 1:
        raise ValueError(f"A batch has at least one row, got a batch_size of {batch_size!r}.")
    if seed is not None and rng is not None:
        raise ValueError("What shuffles is given by rng or by seed, not by both.")
    shuffle = (rng or (random if seed is None else random.Random(seed))).shuffle
    training = _Objective(model, loss, data)
    held_out = _Objective(model, loss, validation) if validation is not None else None
    rows, callbacks = list(training.rows), list(callbacks)
    size = batch_size or len(rows)
    history, losses = History(), list[float]()
    epoch, steps, batch = 0, 0, rows

    def closure() -> Value:
        when = f"step {steps} (epoch {epoch})"
        l = training(batch, when)
        advice = f"; try a smaller learning rate than {optimizer.lr:g}" if steps > 1 else ""
        training.check_finite("The loss became", [l.data], batch, when + advice)
        optimizer.zero_grad()
        l.backward()
        slopes = [p.grad for p in optimizer.parameters if p.grad is not None]
        training.check_finite("A derivative of the loss became", slopes, batch, when + advice)
        losses.append(l.data)
        return l

    pause = 0.1 if sys.stderr.isatty() else 2.0  # seconds between two updates: a log file gets a line for each
    with tqdm(total=epochs, unit=" epochs", disable=not progress, mininterval=pause) as bar:
        try:
            for epoch in range(1, epochs + 1):
                if batch_size:
                    shuffle(rows)
                total = 0.0
                for start in range(0, len(rows), size):
                    steps += 1
                    batch = rows[start : start + size]
                    losses.clear()
                    optimizer.step(closure)
                    total += losses[0] * training.weight(batch)  # some optimisers look at several points for a step
                history.loss.append(total / training.weight(rows))
                if held_out:
                    after = f"the validation after epoch {epoch}"
                    with no_grad():
                        l = held_out(held_out.rows, after)
                    held_out.check_finite("The loss became", [l.data], held_out.rows, after)
                    history.validation.append(l.data)
                bar.set_postfix_str(_described(history), refresh=False)
                bar.update()
                if any([callback(history) is True for callback in callbacks]):  # noqa: C419  # all of them are called
                    break
        except KeyboardInterrupt:
            history.interrupted = True
    return history


def _described(history: History) -> str:
    validation = f", validation {history.validation[-1]:#.4g}" if history.validation else ""
    return f"loss {history.loss[-1]:#.4g}{validation}"


# -- the loss as a function of rows ---------------------------------------------------------------------------


class _Objective:
    """The loss of a model over rows of data; whatever is wrong with it says in which row."""

    def __init__(self, model: Callable[[Any], Any], loss: Loss, data: Data) -> None:
        columns = [_listed(column) for column in data]
        if len(columns) not in (2, 3):
            raise ValueError(f"Data is (inputs, targets) or (inputs, targets, weights), got {len(columns)} columns.")
        counts = [len(column) for column in columns]
        if len({*counts}) > 1 or not counts[0]:
            found = " and ".join(map(str, counts))
            raise ValueError(f"Every row has its input and its target, and there is one at least; got {found}.")
        self.model, self.loss, (self.inputs, *self.others) = model, loss, columns
        self.weights = columns[2] if len(columns) == 3 else [1] * len(columns[0])
        self.rows = [i for i, weight in enumerate(self.weights) if weight]  # or there is no mean of some batches
        if not self.rows:
            raise ValueError("One row at least has a weight above 0, got none.")

    def weight(self, rows: Iterable[int]) -> float:
        """What these rows count together."""
        return sum(self.weights[i] for i in rows)

    def __call__(self, rows: Sequence[int], when: str) -> Value:
        """The loss over these rows; an error on the way gets a note of where it was."""
        try:
            return self._loss(rows)
        except Exception as error:
            error.add_note(f"This was in {when}{self._row_that_raises(type(error), rows)}.")
            raise

    def check_finite(self, what: str, numbers: Iterable[float], rows: Sequence[int], when: str) -> None:
        """DivergenceError with the first row, and the first node there, that is not finite, or has such a slope."""
        strange = next((x for x in numbers if not math.isfinite(x)), None)
        if strange is None:
            return
        origin = ""
        for where, part in [*((f"in row {i}", [i]) for i in rows), ("where all rows meet", rows)]:
            findings = diagnose(self._loss(part)).findings
            if message := next((finding.message for finding in findings if finding.kind == "not finite"), ""):
                origin = f" It began {where}: {message}"
                break
        raise DivergenceError(f"{what} {strange} in {when}.{origin}")

    def _loss(self, rows: Iterable[int]) -> Value:
        others = ([column[i] for i in rows] for column in self.others)
        l = self.loss([self.model(self.inputs[i]) for i in rows], *others)
        if not isinstance(l, Value):
            raise TypeError(f"A loss is one Value, computed from the model's parameters; got {short(l)}.")
        return l

    def _row_that_raises(self, kind: type[Exception], rows: Iterable[int]) -> str:
        for i in rows:
            try:
                self._loss([i])
            except kind:
                return f", row {i}"
        return ""


def _listed(column: Any) -> Any:
    """The column, one of an array or of pandas as a list: in the order of its rows, whatever pandas calls them."""
    array = column.to_numpy() if hasattr(column, "to_numpy") else column
    return array.tolist() if hasattr(array, "tolist") else array
