"""From what size of data on two processes train faster than one: `python -m tests.benchmarks.workers`, a minute."""

import os
import random
from collections.abc import Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from multiprocessing import get_context
from statistics import median
from time import perf_counter
from typing import Any

import numpy as np

from autograd import Value
from nn import MLP, SGD, fit, mse_loss

EPOCHS = 22
NETWORKS = {(2, 16, 16, 1): (10**3, 10**4, 10**5, 10**6), (784, 128, 1): (10**3, 10**4, 10**5)}


def main() -> None:
    """Measure and print one size after the other."""
    os.environ |= {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}  # of the workers, which share the cores
    with ProcessPoolExecutor(2, get_context("spawn")) as pool:
        for sizes, lengths in NETWORKS.items():
            print(f"Epochs of MLP {'-'.join(map(str, sizes))}, all rows at once")
            for n in lengths:
                alone, two = epoch(sizes, n, None), epoch(sizes, n, pool)
                print(f"{n:>9,} rows: {alone * 1e3:7.2f} ms, two workers {two * 1e3:7.2f} ms, {alone / two:.2f}x")


class Clocked(SGD):
    """Notes when it takes a step."""

    def __init__(self, parameters: Sequence[Value]) -> None:
        super().__init__(parameters)
        self.times: list[float] = []

    def update(self, i: Any, x: Any, g: Any) -> None:
        super().update(i, x, g)
        self.times.append(perf_counter())


def epoch(sizes: tuple[int, ...], n: int, executor: Executor | None) -> float:
    """The median time of an epoch, in seconds; the first ones, in which the data are sent, are left out."""
    random_numbers = np.random.default_rng(0)
    data = random_numbers.random((n, sizes[0])), random_numbers.random(n)
    model = MLP(sizes[0], sizes[1:], "tanh", rng=random.Random(0))
    optimizer = Clocked(model.parameters())
    fit(model, data, mse_loss, optimizer, EPOCHS, progress=False, compile=True, executor=executor, shards=2)
    return float(median(np.diff(optimizer.times[2:])))


if __name__ == "__main__":
    main()
