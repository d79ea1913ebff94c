"""`fit`: training with a progress bar, stopped by Ctrl-C or by a loss that is not a number."""

from __future__ import annotations

import random
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Executor
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any, TextIO

from nn.compiled import descent
from nn.descent import Compiled
from nn.initialisation import generator
from nn.losses import Loss
from nn.objective import Data, DivergenceError, Objective, listed
from nn.optimizers import Optimizer
from nn.schedules import LRScheduler

__all__ = ["DivergenceError", "History", "distinct", "fit"]


@dataclass
class History:
    """How a training went, epoch by epoch.

    - `loss`: the mean loss of each epoch, taken before its updates.
    - `validation`: the loss of the validation data after each epoch, if there are any.
    - `interrupted`: whether Ctrl-C ended it.
    - `compiled`: whether a program took its last steps; `compiled.reason` says in one sentence why none did.
    """

    loss: list[float] = field(default_factory=list)
    validation: list[float] = field(default_factory=list)
    interrupted: bool = False
    compiled: Compiled = field(default=Compiled("No step was taken."), compare=False)


def distinct(inputs: Iterable[Sequence[float]], targets: Iterable[Any]) -> tuple[list[Any], list[Any], list[int]]:
    """Equal rows merged: the different pairs of input and target, and how often each occurs, as data for `fit`.

    A mean over many equal rows is the mean over few weighted ones, which takes less time.

    >>> distinct([[1.0], [2.0], [1.0]], [0, 1, 0])
    ([(1.0,), (2.0,)], [0, 1], [2, 1])
    """
    counts = Counter(
        (tuple(x), tuple(y) if isinstance(y, list) else y) for x, y in zip(listed(inputs), listed(targets), strict=True)
    )
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
    compile: bool | None = None,
    executor: Executor | None = None,
    shards: int = 8,
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
    - `compile`: whether the loss of a row becomes a program for all rows; see below.
    - `executor`: who computes the rows of each step, in as many `shards`, for example a ProcessPoolExecutor, or Dask's
      `client.get_executor()` for several machines; by default this process does.

    A compiled training does the same many times faster, with the same numbers but for rounding. It calls `model` and
    `loss` for a few rows at the start and, for one row, after callbacks: what these changed in either, or in what the
    optimizer trains, is compiled anew. A model or a loss that draws random numbers is trained scalar by scalar, and so
    is one whose loss of several rows is neither the mean of the losses of each nor their sum. The data are read at the
    start. By default what can be compiled is, where that takes less time, and `History.compiled` says why it was not;
    with True CompileError says so. The parameters read and write the program's numbers meanwhile, for other threads,
    too. Without NumPy the program is a loop over the rows in plain Python, several times as fast as without a program.

    A training that is continued with the same `optimizer` and `rng` goes on as if it had not stopped.

    The shards are added up in their order, so the number of workers changes no bit of the result, nor does a worker
    that ends: what the executor does not deliver is computed here. The data are sent to every worker once. On two cores
    two processes are as fast as none from 10,000 rows in a step on (MLP 2-16-16-1, 1.3 ms), 1.6 times as fast at
    100,000 and 1.7 times at a million. They do not pay where one process uses all cores anyway, for the matrix products
    of wide layers: MLP 784-128-1 at 100,000 rows, 0.9 times. (`python -m tests.benchmarks.workers` measures it where
    you are; workers that share a machine should have one thread each, OPENBLAS_NUM_THREADS=1.)

    Ctrl-C ends the training early and leaves the model as far as it has come. Raises DivergenceError, and leaves the
    model as it was before that step, when the loss or a derivative of it is not finite: it names the row, counted from
    0, and the node where that began. What the model or the loss raises gets a note of the step and the row. Raises
    ValueError where there are no rows, or not as many inputs as targets, or both `rng` and `seed`, and where the loss
    depends on none of the optimizer's parameters.
    """
    from tqdm import tqdm

    if epochs < 0:
        raise ValueError(f"The number of epochs is at least 0, got {epochs!r}.")
    if batch_size is not None and batch_size < 1:
        raise ValueError(f"A batch has at least one row, got a batch_size of {batch_size!r}.")
    if shards < 1:
        raise ValueError(f"The rows of a step are in one shard at least, got {shards!r}.")
    if executor is not None and compile is False:
        raise ValueError("An executor computes compiled programs, which compile=False excludes.")
    if seed is not None and rng is not None:
        raise ValueError("What shuffles is given by rng or by seed, not by both.")
    shuffle = generator(rng if seed is None else random.Random(seed)).shuffle
    training = Objective(model, loss, data)
    held_out = Objective(model, loss, validation) if validation is not None else None
    rows, callbacks = list(training.rows), list(callbacks)
    size, whole = min(batch_size or len(rows), len(rows)), training.weight(rows)
    history = History()
    pause = 0.1 if _is_terminal(sys.stderr) else 2.0  # seconds between two updates: a log file gets a line for each
    shown = progress and sys.stderr is not None
    changing = not all(isinstance(callback, LRScheduler) for callback in callbacks)  # they set the learning rate alone
    with tqdm(total=epochs, unit=" epochs", disable=not shown, mininterval=pause) as bar, ExitStack() as running:
        try:
            steps = descent(training, optimizer, epochs, size, compile, executor, shards)
            history.compiled = steps.compiled
            running.enter_context(steps.running())
            for epoch in range(1, epochs + 1):
                order = [*rows]  # anew, so that where a training is continued it goes on as if it had not stopped
                if batch_size:
                    shuffle(order)
                total = 0.0
                for batch in steps.batches(order, size):
                    total += steps.step(batch, epoch) * training.weight(batch)
                history.loss.append(total / whole)
                if held_out:
                    history.validation.append(steps.validate(held_out, f"the validation after epoch {epoch}"))
                bar.set_postfix_str(_described(history), refresh=False)
                bar.update()
                if changing:
                    running.close()
                if any([callback(history) is True for callback in callbacks]):  # noqa: C419  # all are called
                    break
                if changing and epoch < epochs:
                    steps = steps.followed()
                    history.compiled = steps.compiled
                    running.enter_context(steps.running())
        except KeyboardInterrupt:
            history.interrupted = True
    return history


def _is_terminal(stream: TextIO | None) -> bool:
    """False also of what a program without a console has in the place of standard error: None, or something closed."""
    try:
        return stream is not None and stream.isatty()
    except (AttributeError, ValueError):
        return False


def _described(history: History) -> str:
    validation = f", validation {history.validation[-1]:#.4g}" if history.validation else ""
    return f"loss {history.loss[-1]:#.4g}{validation}"
