"""`fit`: training with a progress bar, stopped by Ctrl-C or by a loss that is not a number."""

from __future__ import annotations

import math
import random
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from autograd import DomainError, Value, diagnose, no_grad
from nn.losses import Loss
from nn.optimizers import Optimizer

__all__ = ["DivergenceError", "History", "distinct", "fit"]

Data = Sequence[Sequence[Any]]


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
    counts = Counter((tuple(x), y) for x, y in zip(inputs, targets, strict=True))
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
    - `data`: (inputs, targets) or (inputs, targets, weights), sequences of one length.
    - `loss`: called with the list of predictions, the targets and the weights if there are any, it gives one Value.
    - `epochs`: how often the data is gone through.
    - `batch_size`: the number of rows for each step; None takes all of them at once.
    - `validation`: data of the same kind, whose loss is taken after each epoch and is not trained on.
    - `callbacks`: called with the history so far after each epoch; one that returns True ends the training.
    - `rng`, or its `seed`: what shuffles the rows into batches; by default Python's own generator.
    - `progress`: whether a bar on standard error shows epoch and loss.

    Ctrl-C ends the training early and leaves the model as far as it has come. Raises DivergenceError, and leaves the
    model as it was before that step, when the loss or a derivative of it is not finite: it names the row and the node
    where that began. Raises ValueError where there are no rows, or not as many inputs as targets, or both `rng` and
    `seed`.
    """
    from tqdm import tqdm

    rows = _rows(data)
    held_out = validation and (validation, _rows(validation))
    if batch_size is not None and batch_size < 1:
        raise ValueError(f"A batch has at least one row, got a batch_size of {batch_size!r}.")
    if seed is not None and rng is not None:
        raise ValueError("What shuffles is given by rng or by seed, not by both.")
    shuffle = (rng or (random if seed is None else random.Random(seed))).shuffle
    size = batch_size or len(rows)
    callbacks = list(callbacks)
    history = History()
    losses: list[float] = []

    def closure(batch: list[int], when: str) -> Value:
        try:
            l: Value = _loss(model, loss, data, batch)
        except DomainError as error:
            error.add_note(f"This was in {when}{_row_of_domain_error(model, loss, data, batch)}.")
            raise
        optimizer.zero_grad()
        l.backward()
        _check_finite(l, optimizer, when, lambda: _origin(l, model, loss, data, batch))
        losses.append(l.data)
        return l

    steps = 0
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
                    optimizer.step(partial(closure, batch, f"step {steps} (epoch {epoch})"))
                    total += losses[0] * len(batch)  # some optimisers look at several points for a step
                history.loss.append(total / len(rows))
                if held_out:
                    with no_grad():
                        history.validation.append(_loss(model, loss, *held_out).data)
                bar.set_postfix_str(_described(history), refresh=False)
                bar.update()
                if any([callback(history) is True for callback in callbacks]):  # noqa: C419  # all of them are called
                    break
        except KeyboardInterrupt:
            history.interrupted = True
    return history


def _rows(data: Data) -> list[int]:
    """The numbers of the rows."""
    if len({*map(len, data)}) > 1 or not len(data[0]):
        counts = " and ".join(str(len(column)) for column in data)
        raise ValueError(f"Every row has its input and its target, and there is one at least; got {counts}.")
    return list(range(len(data[0])))


def _loss(model: Callable[[Any], Any], loss: Loss, data: Data, rows: Iterable[int]) -> Any:
    inputs, *others = data
    return loss([model(inputs[i]) for i in rows], *([column[i] for i in rows] for column in others))


def _described(history: History) -> str:
    validation = f", validation {history.validation[-1]:#.4g}" if history.validation else ""
    return f"loss {history.loss[-1]:#.4g}{validation}"


def _row_of_domain_error(model: Callable[[Any], Any], loss: Loss, data: Data, rows: Iterable[int]) -> str:
    for i in rows:
        try:
            _loss(model, loss, data, [i])
        except DomainError:
            return f", row {i}"
    return ""


def _check_finite(l: Value, optimizer: Optimizer, when: str, origin: Callable[[], str]) -> None:
    if not math.isfinite(l.data):
        what = f"The loss became {l.data}"
    elif not all(math.isfinite(p.grad) for p in optimizer.parameters if p.grad is not None):
        what = "A derivative of the loss became infinite or NaN"
    else:
        return
    raise DivergenceError(f"{what} in {when}; try a smaller learning rate than {optimizer.lr:g}.{origin()}")


def _origin(l: Value, model: Callable[[Any], Any], loss: Loss, data: Data, rows: Iterable[int]) -> str:
    """The first row, and the first node there, that is not finite or has such a slope."""
    weights = data[2] if len(data) > 2 else None
    for i in rows:
        weighs = weights is None or weights[i]  # or there is no mean of this row
        if weighs and (message := _not_finite(_loss(model, loss, data, [i]))):
            return f" It began in row {i}: {message}"
    message = _not_finite(l)
    return message and f" It began where all rows meet: {message}"


def _not_finite(l: Value) -> str:
    return next((finding.message for finding in diagnose(l).findings if finding.kind == "not finite"), "")
