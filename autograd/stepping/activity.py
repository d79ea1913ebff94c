"""What readers of the page do besides looking: guess the gradients, or let leaves step downhill."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from autograd.diagram.figure.dataflow import Figure
from autograd.op import as_float
from autograd.stepping.program import leaves_of
from autograd.value import Value
from autograd.vector import Vector

__all__ = ["Activity"]


@dataclass(frozen=True)
class Activity:
    """Whether gradients are to be guessed (`quiz`), and the leaves that step downhill; see `steps`."""

    quiz: bool = False
    train: Collection[Value | Vector] = ()
    batch: Mapping[Any, Sequence[Any]] | None = None

    @property
    def parts(self) -> list[str]:
        """The parts of the page's script that it needs."""
        return ["Quiz"] * self.quiz + ["Descent"] * bool(self.train)

    def told(self, figure: Figure) -> dict[str, Any]:
        """What the page knows of it: the places of trained leaves, and of each column of the batch; its rows.

        Raises ValueError where one is no leaf that is drawn, is in both, or the columns differ in length.
        """
        place = {leaf: i for i, leaf in enumerate(leaves_of(figure))}
        trained = [self.leaf(x, place, "train") for node in self.train for x in leaves_in(node)]
        columns: dict[int, list[float]] = {}
        for node, column in (self.batch or {}).items():
            leaves = leaves_in(node)
            entries = [[x] for x in column] if isinstance(node, Value) else [list(row) for row in column]
            for x, numbers in zip(leaves, zip(*entries, strict=True), strict=True):
                columns[self.leaf(x, place, "batch")] = [*map(as_float, numbers)]
        rows = [list(row) for row in zip(*columns.values(), strict=True)]
        if not all(map(math.isfinite, (x for row in rows for x in row))):
            raise ValueError("batch= holds finite numbers, got an infinity or NaN")
        if both := {*trained} & columns.keys():
            raise ValueError(f"a leaf is trained or given by the batch, got both for {[*place][min(both)].label!r}")
        return {"quiz": self.quiz, "trained": trained, "columns": [*columns], "batch": rows, "rate": 0.1}

    def leaf(self, x: Value, place: Mapping[Value, int], asked: str) -> int:
        """The place of a leaf."""
        if x not in place:
            raise ValueError(f"{asked}= names leaves that are shown, got {x!r}")
        return place[x]


def leaves_in(node: Value | Vector) -> list[Value]:
    """A Value itself, or the entries of a Vector."""
    return list(node) if isinstance(node, Vector) else [node]
