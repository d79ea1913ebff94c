"""Losses: of one row a number, of many rows their mean, weighted where weights are given. And metrics of all rows."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from functools import partial, wraps
from numbers import Real
from typing import Any

from autograd import DomainError, Value, dot, log, logistic_loss, logsumexp, relu, softplus, where, xlogy
from autograd import sum as total
from autograd.ops import softmax_loss

__all__ = [
    "METRICS", "Loss", "Metric", "cross_entropy", "decided", "hinge_loss", "huber_loss", "l2", "log_loss",
    "log_loss_with_logits", "mse_loss",
]  # fmt: skip

Loss = Callable[..., Any]
Metric = Callable[[Any, Sequence[Any]], float]


def _mean_over_rows(of_one_row: Callable[..., Any], *, shares: bool = False) -> Loss:
    """The loss of one row or, where the target is a sequence, the mean over its rows.

    With `shares` the target of one row may be a sequence itself, as long as its prediction.
    """
    name = of_one_row.__name__

    def of_row(z: Any, y: Any, options: dict[str, Any]) -> Any:
        outputs, numbers = _length(z), _length(y)
        if numbers is None:
            return loss(z[0] if outputs == 1 and not shares else z, y, **options)
        if numbers == 1 and (outputs is None or (shares and outputs > 1)):  # a column of shape (n, 1)
            return loss(z, y[0], **options)
        if shares and outputs and _length(z[0]) is None:
            return of_one_row(z, [_as_target(share, name) for share in y])
        return loss(z, y, **options)

    @wraps(of_one_row)
    def loss(predictions: Any, targets: Any, weights: Sequence[float] | None = None, **options: Any) -> Any:
        n = _length(targets)
        if n is None:
            return of_one_row(predictions, _as_target(targets, name), **options)
        if not n:
            raise ValueError(f"{name} is a mean over rows, got none.")
        for what, column in (("predictions", predictions), ("weights", weights)):
            if column is not None and (count := _length(column)) != n:
                got = "one" if count is None else count
                raise ValueError(f"{name} needs as many {what} as targets, got {got} and {n}.")
        losses = [of_row(z, y, options) for z, y in zip(predictions, targets, strict=True)]
        if weights is None:
            return total(losses) / n
        weighed = [float(w) for w in weights]
        if min(weighed) < 0 or not 0 < (whole := math.fsum(weighed)) < math.inf:
            raise ValueError(f"{name} needs finite weights of at least 0, not all of them 0.")
        return dot(losses, weighed) / whole

    return loss


def _length(x: Any) -> int | None:
    """How many entries `x` has; None for a number and for text."""
    sized = hasattr(x, "__len__") and not isinstance(x, (str, bytes)) and getattr(x, "shape", None) != ()
    return len(x) if sized else None


def _as_target(y: Any, name: str) -> Any:
    """The target as a number: of NumPy's, a Decimal or the like a float; TypeError for what is none."""
    if isinstance(y, (Value, Real)):
        return y
    if hasattr(y, "__float__"):
        return float(y)
    raise TypeError(
        f"{name} needs numbers as targets, got {y!r}; classes by name become numbers by "
        "classes = sorted(set(targets)) and [classes.index(y) for y in targets]."
    )


def _check_probability(y: Any, name: str) -> None:
    if not 0 <= y <= 1:
        raise ValueError(f"{name} needs targets from 0 to 1, got {y!r}.")


@_mean_over_rows
def log_loss(z: Any, y: Any) -> Any:
    """-y ln z - (1 - y) ln(1 - z), of the probability `z` in 0..1 that was predicted for what came out as `y`.

    `y` is 0 or 1, or a probability itself. Given sequences of both it is the mean over these rows, weighted by the
    numbers `weights` where they are given. (Course, equation 7 and exercise 4, where it is a sum.)

    A term with factor 0 is 0, even times ln 0. An outcome that was predicted to be impossible has infinite loss: raises
    DomainError (within `autograd.ieee()` it is inf). With `log_loss_with_logits` rounding never causes that.
    Raises ValueError for a target or a prediction outside 0..1 and for rows of different numbers.

    >>> log_loss(0.8, 1), log_loss([0.8, 0.4], [1, 0])
    (0.2231..., 0.3669...)
    """
    probability = z.data if isinstance(z, Value) else z
    if probability < 0 or probability > 1:
        raise ValueError(f"log_loss needs predictions from 0 to 1, got {z!r}; for others use log_loss_with_logits.")
    _check_probability(y, "log_loss")
    try:
        if isinstance(y, Value) or 0 < y < 1:
            return -xlogy(y, z) - xlogy(1 - y, 1 - z)
        return -log(z if y else 1 - z)
    except DomainError as error:
        raise DomainError(
            f"log_loss is infinite where {probability:g} was predicted for {y!r}; "
            "log_loss_with_logits, of the sum before the sigmoid, never is."
        ) from error


@_mean_over_rows
def log_loss_with_logits(s: Any, y: Any) -> Any:
    """`log_loss(sigmoid(s), y)`, precise for every `s`: y ln(1 + e^-s) + (1 - y) ln(1 + e^s).

    Arguments as in `log_loss`, except that `s` is any number. Raises ValueError for a target outside 0..1 and for rows
    of different numbers.

    >>> log_loss_with_logits(-1000.0, 1)
    1000.0
    """
    _check_probability(y, "log_loss_with_logits")
    if isinstance(y, Value) or 0 < y < 1:
        return logistic_loss(s, y)
    return softplus(-s if y else s)


@partial(_mean_over_rows, shares=True)
def cross_entropy(s: Sequence[Any], y: Any) -> Any:
    """-ln of the probability that softmax gives to class `y`, one of 0, 1, ..., from the logits `s` of all classes.

    Given sequences of both it is the mean over these rows, weighted by the numbers `weights` where they are given. The
    target of a row may also be the share of every class, of which one-hot vectors are a kind: then it is the mean over
    classes by their shares, as in PyTorch. Raises ValueError for any other target.

    >>> cross_entropy([1.0, 2.0, 3.0], 2)
    0.4076...
    >>> cross_entropy([[1.0, 2.0, 3.0]], [[0, 0, 1]])
    0.4076...
    """
    if not hasattr(s, "__len__"):
        raise ValueError(f"cross_entropy needs a logit for each class, got {s!r}; for one use log_loss_with_logits.")
    n = len(s)
    if isinstance(y, list):
        if len(y) != n or any(not 0 <= share <= 1 for share in y) or abs(total(y) - 1) > 1e-6:
            raise ValueError(f"cross_entropy of {n} classes needs their shares, which add up to 1, got {y!r}.")
        if any(isinstance(share, Value) or 0 < share < 1 for share in y):
            mean = dot(y, s)
            return logsumexp([x - mean for x in s])
        y = y.index(1)
    if 0 <= y < n if isinstance(y, Value) else y in range(n):
        return softmax_loss(s, y)
    raise ValueError(f"cross_entropy of {n} classes needs targets from 0 to {n - 1}, got {y!r}.")


@_mean_over_rows
def mse_loss(z: Any, y: Any) -> Any:
    """(z - y)^2, of the prediction `z` for the target `y`.

    Given sequences of both it is the mean over these rows, weighted by the numbers `weights` where they are given.
    Raises ValueError for rows of different numbers, TypeError for a target that is no number.

    >>> mse_loss([1.0, 2.0], [1.0, 4.0])
    2.0
    """
    return (z - y) ** 2


@_mean_over_rows
def huber_loss(z: Any, y: Any, delta: float = 1.0) -> Any:
    """(z - y)²/2 where z - y is within ±`delta`, else delta (|z - y| - delta/2): outliers count less (Huber 1964).

    Given sequences of both it is the mean over these rows, weighted by the numbers `weights` where they are given.
    Raises ValueError for rows of different numbers, TypeError for a target that is no number.

    >>> huber_loss([1.0, 2.0], [1.5, 4.0]), huber_loss(2.0, 4.0, delta=3.0)
    (0.8125, 2.0)
    """
    d = z - y
    return where(abs(d) <= delta, lambda: d * d / 2, lambda: delta * (abs(d) - delta / 2))


@_mean_over_rows
def hinge_loss(s: Any, y: Any) -> Any:
    """max(0, 1 - y s), of the score `s` for a target `y` of -1 or 1.

    Given sequences of both it is the mean over these rows, weighted by the numbers `weights` where they are given.
    Raises ValueError for any other target.

    >>> hinge_loss([2.0, 0.5], [1, -1])
    0.75
    """
    if abs(y) != 1:
        raise ValueError(f"hinge_loss needs targets of -1 or 1, got {y!r}.")
    return relu(1 - y * s)


def l2(parameters: Iterable[Any]) -> Any:
    """The sum of the squares of `parameters`, to be added to a loss with some small factor.

    Raises TypeError where one of them is no number.

    >>> l2([3.0, 4.0])
    25.0
    """
    p = tuple(parameters)
    return dot(p, p)


# -- metrics: functions of all predictions and their targets -------------------------------------------------


def decided(z: Any) -> int:
    """The class that logits or scores predict: the largest of several; for a single one, 1 where it is above 0."""
    return max(range(len(z)), key=z.__getitem__) if hasattr(z, "__len__") else int(z > 0)


def _accuracy(predictions: Any, targets: Sequence[Any]) -> float:
    """The share of rows that are decided right; a target is a class, that of a single logit or score 1, or 0 or -1."""
    several = hasattr(predictions[0], "__len__")
    right = (decided(z) == (y if several else y > 0) for z, y in zip(predictions, targets, strict=True))
    return sum(map(bool, right)) / len(targets)


def _mae(predictions: Any, targets: Sequence[Any]) -> float:
    """The mean absolute error."""
    return math.fsum(abs(z - y) for z, y in zip(predictions, targets, strict=True)) / len(targets)


def _r2(predictions: Any, targets: Sequence[Any]) -> float:
    """1 less the squared errors in proportion to those of the mean target."""
    mean = math.fsum(targets) / len(targets)
    errors = math.fsum((z - y) ** 2 for z, y in zip(predictions, targets, strict=True))
    return 1 - errors / (math.fsum((y - mean) ** 2 for y in targets) or math.nan)


METRICS: dict[str, Metric] = {"accuracy": _accuracy, "mae": _mae, "r2": _r2}
