"""`fit`: training with a progress bar, stopped by Ctrl-C or by a loss that is not a number."""

import math
import random
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Executor
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from typing import Any, TextIO

from nn.chance import objects_within
from nn.descent import Compilation, descent
from nn.losses import METRICS, Loss, Metric
from nn.module import Module, by_name, evaluating
from nn.modules import generator
from nn.objective import Data, DivergenceError, Objective, listed
from nn.optimizers import Optimizer
from nn.prediction import predict
from nn.schedules import LRScheduler

__all__ = ["DivergenceError", "History", "distinct", "fit"]


@dataclass
class History:
    """How a training went, epoch by epoch.

    - `loss`: the mean loss of each epoch, taken before its updates.
    - `validation`: the loss of the validation data after each epoch, if there are any.
    - `metrics`: by name what was measured after each epoch.
    - `interrupted`: whether Ctrl-C ended it.
    - `compiled`: whether a program took its last steps; `compiled.reason` says in one sentence why none did.
    """

    loss: list[float] = field(default_factory=list)
    validation: list[float] = field(default_factory=list)
    interrupted: bool = False
    metrics: dict[str, list[float]] = field(default_factory=dict)
    compiled: Compilation = field(default=Compilation("No step was taken."), compare=False)


def distinct(inputs: Iterable[Sequence[float]], targets: Iterable[Any]) -> tuple[list[Any], list[Any], list[int]]:
    """Equal rows merged: the different pairs of input and target, and how often each occurs, as data for `fit`.

    A mean over many equal rows is the mean over few weighted ones, which takes less time. Raises ValueError where there
    are more or fewer targets than inputs.

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
    patience: int | None = None,
    metrics: Iterable[str | Metric] = (),
    max_norm: float | None = None,
    callbacks: Iterable[Callable[[History], object]] = (),
    on_step: Iterable[Callable[[History], object]] = (),
    seed: int | None = None,
    rng: Any = None,
    progress: bool = True,
    compile: bool | None = None,
    executor: Executor | None = None,
    shards: int = 8,
) -> History:
    """Train `model` by `optimizer` and return how the loss went.

    - `model`: called with one row of inputs at a time, it returns that row's prediction.
    - `data`: (inputs, targets) or (inputs, targets, weights), columns of one length: lists, arrays, or pandas' own.
    - `loss`: called with the list of predictions, the targets and the weights if there are any, it returns one Value.
    - `epochs`: how many times the training goes through the data.
    - `batch_size`: the number of rows for each step; None takes all of them at once.
    - `validation`: data of the same kind, whose loss is taken after each epoch and is not trained on.
    - `patience`: after this many epochs without a smaller loss, of the validation data if there are any, training ends
      with the parameters of the best one.
    - `metrics`: what is measured after each epoch on the validation data, or else on the training's: "accuracy", "mae",
      "r2", or functions of all predictions and targets.
    - `max_norm`: how long a gradient may be; a longer one is shortened, as by `clip_grad_norm_`.
    - `callbacks`: called with the history so far after each epoch; one that returns True ends the training. They may
      change anything. `on_step` are called after each step.
    - `rng`, or its `seed`: what shuffles the rows into batches, Python's or NumPy's; by default Python's own generator.
    - `progress`: whether a bar on standard error shows epoch, time left and loss.
    - `compile`: whether the loss of a row becomes a program for all rows; see below.
    - `executor`: who computes the rows of each step, in as many `shards`, for example a ProcessPoolExecutor, or Dask's
      `client.get_executor()` for several machines; by default this process does.

    A compiled training does the same in less time, with the same numbers but for rounding. It calls `model` and `loss`
    for a few rows at the start and, for one row, after callbacks: what these changed in either, or in what the
    optimizer trains, is compiled anew, and data that they changed are read anew. What layers such as Dropout draw is
    drawn anew in each step; a model or a loss that draws random numbers in another way is trained scalar by scalar, and
    so is one whose loss of several rows is neither the mean of the losses of each nor their sum. By default what can be
    compiled is, where that takes less time, and `History.compiled` says why it was not; with True CompileError says so.
    The parameters read and write the program's numbers meanwhile, for other threads, too.

    Modules evaluate while the validation's loss and the metrics are taken. A training that is continued with the same
    `optimizer`, or another one with its `state_dict`, and with the same `rng` goes on as if it had not stopped. The
    shards are added up in their order, so the number of workers changes no bit of the result, nor does a worker that
    ends; they pay from some 100,000 rows in a step on (`python -m tests.benchmarks.workers` measures it).

    Ctrl-C ends the training early and leaves the model as far as it has come. Raises DivergenceError, and leaves the
    model as it was before that step, when the loss or a derivative of it is not finite: it names the row, counted from
    0, and the node where that began. What the model or the loss raises gets a note of the step and the row. Raises
    ValueError where there are no rows, or not as many inputs as targets, or both `rng` and `seed`, and where the loss
    depends on none of the optimizer's parameters.
    """
    from tqdm import tqdm

    for name, least, number in (
        ("epochs", 0, epochs), ("batch_size", 1, batch_size), ("patience", 1, patience), ("shards", 1, shards)
    ):  # fmt: skip
        if number is not None and number < least:
            raise ValueError(f"{name} is at least {least}, got {number!r}.")
    if executor is not None and compile is False:
        raise ValueError("An executor computes compiled programs, which compile=False excludes.")
    if seed is not None and rng is not None:
        raise ValueError("What shuffles is given by rng or by seed, not by both.")
    if max_norm is not None and not (max_norm > 0 and optimizer.evaluations == 1):
        raise ValueError("max_norm is above 0, for an optimizer that takes one gradient in a step.")
    shuffle = generator(rng if seed is None else random.Random(seed)).shuffle
    training = Objective(model, loss, data)
    held_out = Objective(model, loss, validation) if validation is not None else None
    judged = held_out or training
    callbacks, on_step = list(callbacks), list(on_step)
    measured = {getattr(m, "__name__", str(m)): by_name("A metric", m, METRICS) for m in metrics}
    numpys = hasattr(rng, "bit_generator")  # whose generators shuffle arrays faster
    arranged: Callable[[Any], Any] = getattr(sys.modules.get("numpy"), "array", list) if numpys else list
    rows = arranged(training.rows)
    size, whole = min(batch_size or len(rows), len(rows)), training.weight(rows)
    history, best = History(metrics={name: [] for name in measured}), _Best(patience)
    pause = 0.1 if _is_terminal(sys.stderr) else 2.0  # seconds between two updates: a log file gets a line for each
    changing = not all(isinstance(callback, LRScheduler) for callback in callbacks)  # they set the learning rate alone
    if sys.platform == "emscripten":
        tqdm.monitor_interval = 0  # a browser has no threads, of which tqdm would warn
    bar = tqdm(total=epochs, unit=" epochs", disable=not progress or sys.stderr is None, mininterval=pause)
    with bar, ExitStack() as running:

        def started(steps: Any) -> Any:
            history.compiled, steps.max_norm = steps.compiled, max_norm
            running.enter_context(steps.running())
            return steps

        try:
            steps = started(descent(training, optimizer, epochs, size, compile, executor, shards))
            for epoch in range(1, epochs + 1):
                order = arranged(rows)  # anew, so that a training that is continued goes on as if it had not stopped
                if batch_size:
                    shuffle(order)
                total = 0.0
                for start in range(0, len(rows), size):
                    batch = order[start : start + size]
                    total += steps.step(batch, epoch) * training.weight(batch)
                    if on_step:
                        running.close()
                        for callback in on_step:
                            callback(history)
                        steps = started(steps.followed(len(batch) / len(rows)))
                history.loss.append(total / whole)
                with evaluating(objects_within((Module,), model, loss) if held_out or measured else ()):
                    if held_out:
                        history.validation.append(steps.validate(held_out, f"the validation after epoch {epoch}"))
                    if measured:
                        inputs, targets = ([column[i] for i in judged.rows] for column in judged.columns)
                        predictions = predict(model, inputs)
                    for name, f in measured.items():
                        history.metrics[name].append(float(f(predictions, targets)))
                stop = best.is_over((history.validation if held_out else history.loss)[-1], steps)
                bar.set_postfix_str(_described_last(history), refresh=False)
                bar.update()
                if changing:
                    running.close()
                if any([callback(history) is True for callback in callbacks]) or stop:  # noqa: C419  # all are called
                    break
                if changing and epoch < epochs:
                    steps = started(steps.followed())
        except KeyboardInterrupt:
            history.interrupted = True
        running.close()
        best.restore()
    return history


class _Best:
    """The parameters of the epoch with the smallest loss, where `patience` says how long to wait for a smaller one."""

    def __init__(self, patience: int | None) -> None:
        self.patience, self.loss, self.since = patience, math.inf, 0
        self.kept: tuple[Sequence[Any], Sequence[float]] = ((), ())

    def is_over(self, loss: float, steps: Any) -> bool:
        """Whether the last smaller loss was too long ago."""
        if self.patience is None:
            return False
        self.since += 1
        if loss < self.loss:
            self.loss, self.since, self.kept = loss, 0, steps.numbers()
        return self.since >= self.patience

    def restore(self) -> None:
        for p, x in zip(*self.kept, strict=True):
            p.data = x


def _is_terminal(stream: TextIO | None) -> bool:
    """False also of what a program without a console has in the place of standard error: None, or something closed."""
    with suppress(AttributeError, ValueError):
        return stream is not None and stream.isatty()
    return False


def _described_last(history: History) -> str:
    found = {"loss": history.loss, "validation": history.validation} | history.metrics
    return ", ".join(f"{name} {numbers[-1]:#.4g}" for name, numbers in found.items() if numbers)
