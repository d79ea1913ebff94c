"""`fit`: gradient descent with a progress bar, stopped by Ctrl-C or by a loss that is not a number."""

from __future__ import annotations

import math
import random
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from nn.losses import Loss
from nn.optimizers import Optimizer

__all__ = ["DivergenceError", "History", "distinct", "fit"]

Data = Sequence[Sequence[Any]]


class DivergenceError(ArithmeticError):
    """Training was stopped because the loss or one of its derivatives had become infinite or NaN."""


@dataclass
class History:
    """How a training went: `loss` is the mean loss of each epoch, taken before its updates; `interrupted` by Ctrl-C?"""

    loss: list[float] = field(default_factory=list)
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
    rng: random.Random | None = None,
    progress: bool = True,
) -> History:
    """Train `model` by `optimizer` and return how the loss went.

    - `model`: called with one row of inputs at a time, it gives that row's prediction.
    - `data`: (inputs, targets) or (inputs, targets, weights), sequences of one length.
    - `loss`: called with the list of predictions, the targets and the weights if there are any, it gives one Value.
    - `epochs`: how often the data is gone through.
    - `batch_size`: the number of rows for each step; None takes all of them at once.
    - `rng`: what shuffles the rows into batches; by default Python's own generator.
    - `progress`: whether a bar on standard error shows epoch and loss.

    Ctrl-C ends the training early and leaves the model as far as it has come. Raises DivergenceError, and leaves the
    model as it was before that step, when the loss or a derivative of it is not finite; ValueError where there are no
    rows, or not as many inputs as targets.
    """
    from tqdm import tqdm

    inputs, *others = data
    if len({len(inputs), *map(len, others)}) > 1 or not len(inputs):
        counts = " and ".join(str(len(column)) for column in data)
        raise ValueError(f"Every row has its input and its target, and there is one at least; got {counts}.")
    order = list(range(len(inputs)))
    size = batch_size or len(order)
    history = History()
    steps = 0
    pause = 0.1 if sys.stderr.isatty() else 2.0  # seconds between two updates: a log file gets a line for each
    with tqdm(total=epochs, unit=" epochs", disable=not progress, mininterval=pause) as bar:
        try:
            for _ in range(epochs):
                if batch_size:
                    (rng or random).shuffle(order)
                losses = 0.0
                for start in range(0, len(order), size):
                    batch = order[start : start + size]
                    steps += 1
                    l = loss([model(inputs[i]) for i in batch], *([column[i] for i in batch] for column in others))
                    optimizer.zero_grad()
                    l.backward()
                    _check_finite(l.data, optimizer, f"step {steps} (epoch {len(history.loss) + 1})")
                    optimizer.step()
                    losses += l.data * len(batch)
                history.loss.append(losses / len(order))
                bar.set_postfix_str(f"loss {history.loss[-1]:#.4g}", refresh=False)
                bar.update()
        except KeyboardInterrupt:
            history.interrupted = True
    return history


def _check_finite(loss: float, optimizer: Optimizer, when: str) -> None:
    if not math.isfinite(loss):
        what = f"The loss became {loss}"
    elif not all(math.isfinite(p.grad) for p in optimizer.parameters if p.grad is not None):
        what = "A derivative of the loss became infinite or NaN"
    else:
        return
    raise DivergenceError(f"{what} in {when}; try a smaller learning rate than {optimizer.lr:g}.")
