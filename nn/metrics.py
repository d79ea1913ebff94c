"""What `fit` measures besides the loss: functions of all predictions and their targets."""

from collections.abc import Callable, Sequence
from math import fsum, nan
from typing import Any

__all__ = ["METRICS", "Metric", "decided"]

Metric = Callable[[Any, Sequence[Any]], float]


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
    return fsum(abs(z - y) for z, y in zip(predictions, targets, strict=True)) / len(targets)


def _r2(predictions: Any, targets: Sequence[Any]) -> float:
    """1 less the squared errors in proportion to those of the mean target."""
    mean = fsum(targets) / len(targets)
    errors = fsum((z - y) ** 2 for z, y in zip(predictions, targets, strict=True))
    return 1 - errors / (fsum((y - mean) ** 2 for y in targets) or nan)


METRICS: dict[str, Metric] = {"accuracy": _accuracy, "mae": _mae, "r2": _r2}
