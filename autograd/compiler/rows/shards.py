"""Rows of data in shards, which other processes or machines compute; what comes out does not depend on who does it."""

from __future__ import annotations

import threading
import warnings
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from itertools import pairwise
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from autograd.compiler.errors import CompileError
from autograd.compiler.rows.numpy_program import DataSet, NumPyProgram, RowNumbers

if TYPE_CHECKING:
    import numpy as np

__all__ = ["Shards"]

ShardData = tuple[NumPyProgram, "np.ndarray", "np.ndarray | None"]
ShardResult = tuple[float, "np.ndarray"]

_held: dict[str, DataSet] = {}  # the data that this process computes shards of
_lock = threading.Lock()  # the lock of the buffers that programs work in


def _compute_shard(key: str, parameters: np.ndarray, rows: RowNumbers, data: ShardData | None) -> ShardResult | None:
    """Loss and gradient of some rows, in any process; None if this process has not been given the data."""
    import numpy as np

    with _lock, np.errstate(all="ignore"):
        if key not in _held:
            if data is None:
                return None
            program, matrix, weights = data
            _held.clear()  # the data of a training that is over
            _held[key] = program.over(matrix, weights)
        here = _held[key]
        here.program.all_data[:, 0] = parameters
        loss = here.step(rows)
        return loss, here.all_grad.copy()


class Shards(DataSet):
    """A program over data whose rows are computed in `count` parts by `executor`.

    The parts, and the order in which they are added up, depend on the rows alone. A part that the executor does not
    deliver, because a worker ended or the executor is broken, is computed here.
    """

    def __init__(
        self, program: NumPyProgram, rows: np.ndarray, weights: np.ndarray | None, executor: Executor, count: int
    ) -> None:
        super().__init__(program, rows, weights, apart=False)
        self.executor, self.count, self.key = executor, count, uuid4().hex
        self.data: ShardData = NumPyProgram(*program.arguments), rows, weights
        self.broken = False

    def step(self, batch: RowNumbers | None = None) -> float:
        """The mean loss of the rows `batch`, or of all; its gradient is then in `program.grad`."""
        rows = self.everything if batch is None else batch
        if self.program.summed:
            raise CompileError("Shards are parts of a mean over rows; this loss is a sum.")
        bounds = [len(rows) * i // self.count for i in range(self.count + 1)]
        return self.added([rows[start:stop] for start, stop in pairwise(bounds) if start < stop])

    def computed(self, parts: Sequence[RowNumbers]) -> list[ShardResult]:
        """Loss and gradient of each part."""
        results: list[ShardResult | None] = [None] * len(parts)
        for data in (None, self.data):  # a process without the data is given them
            missing = [i for i, result in enumerate(results) if result is None]
            for i, result in zip(missing, self._asked([parts[i] for i in missing], data), strict=True):
                results[i] = result
        parameters = self.program.all_data[:, 0]
        return [
            result or _compute_shard(self.key, parameters, part, self.data)  # type: ignore[misc]  # with data it is not None
            for part, result in zip(parts, results, strict=True)
        ]

    def _asked(self, parts: Sequence[RowNumbers], data: ShardData | None) -> list[ShardResult | None]:
        """The executor's results for these parts; None where it fails."""
        parameters = self.program.all_data[:, 0].copy()
        futures = [
            None if self.broken else self._tried(self.executor.submit, _compute_shard, self.key, parameters, part, data)
            for part in parts
        ]
        return [future and self._tried(future.result) for future in futures]

    def _tried(self, call: Callable[..., Any], *args: Any) -> Any:
        """What a call to the executor returns; None if it fails. The first failure gives a warning."""
        try:
            return call(*args)
        except Exception as error:  # of whatever kind; the program's own faults come again when it is computed here
            if not self.broken:
                self.broken = True
                warnings.warn(
                    f"The executor failed ({error!r}); the training goes on in this process, to the same result.",
                    RuntimeWarning,
                    stacklevel=2,
                )
