"""Training by a compiled program without NumPy."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from nn.compiled import CompiledDescent
from nn.descent import Descent
from nn.matrix import lists

__all__ = ["PlainDescent"]


class PlainDescent(CompiledDescent):
    """The same without NumPy, by a loop over rows in plain Python."""

    engine = "python"
    numbers = staticmethod(lists)
    batches = Descent.batches

    def placed(self, rows: Sequence[int]) -> Any:
        """For each row its place among these rows."""
        return dict(zip(rows, range(len(rows)), strict=True))

    def among(self, batch: Any) -> Any:
        """The places of some rows."""
        return [self.places[i] for i in batch]

    def quiet(self) -> AbstractContextManager[Any]:
        """Within this block arithmetic warns of nothing."""
        return nullcontext()

    def square(self, grad: Any) -> Any:
        """The square of the length of a gradient."""
        return sum(g * g for g in grad)

    def arrays(self) -> AbstractContextManager[Any]:
        """The optimizer changes one parameter at a time."""
        return nullcontext()
