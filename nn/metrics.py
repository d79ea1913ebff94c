"""What `fit` measures besides the loss: functions of all predictions and their targets."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import fsum
from typing import Any

__all__ = ["METRICS", "Metric", "metric"]

Metric = Callable[[Any, Sequence[Any]], float]


def _accuracy(predictions: Any, targets: Sequence[Any]) -> float:
    """The share of rows whose largest output is that of the target; of a single output, above 0 is 1 and else 0 or -1.

    So logits and scores are meant, not probabilities.
    """
    if hasattr(predictions[0], "__len__"):
        right = [bool(max(range(len(z)), key=z.__getitem__) == y) for z, y in zip(predictions, targets, strict=True)]
    else:
        right = [bool(z > 0) == bool(y > 0) for z, y in zip(predictions, targets, strict=True)]
    return sum(right) / len(right)


def _mae(predictions: Any, targets: Sequence[Any]) -> float:
    """The mean absolute error."""
    return fsum(abs(z - y) for z, y in zip(predictions, targets, strict=True)) / len(targets)


def _r2(predictions: Any, targets: Sequence[Any]) -> float:
    """1 less the squared errors in proportion to those of the mean target."""
    mean = fsum(targets) / len(targets)
    errors = fsum((z - y) ** 2 for z, y in zip(predictions, targets, strict=True))
    return 1 - errors / (fsum((y - mean) ** 2 for y in targets) or float("nan"))


METRICS: dict[str, Metric] = {"accuracy": _accuracy, "mae": _mae, "r2": _r2}


def metric(choice: str | Metric) -> tuple[str, Metric]:
    """A metric with its name; ValueError with the names there are."""
    if callable(choice):
        return getattr(choice, "__name__", repr(choice)), choice
    if choice not in METRICS:
        raise ValueError(f"A metric is a function or one of {', '.join(METRICS)}; got {choice!r}.")
    return choice, METRICS[choice]
