"""How time and memory are measured: processor time of this process, so that what else the machine does is left out."""

import gc
import os
import platform
import statistics
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from time import process_time
from typing import Any

__all__ = ["bytes_per_node", "processor", "ratio", "seconds_per_node"]

Engine = Callable[[Any], Any]  # makes a Value of a number


def chain(Value: Engine, n: int) -> tuple[Any, Any]:
    """The start and the end of x = x * 1.0001 + 0.001, n times: 2n nodes."""
    start = x = Value(1.0)
    for _ in range(n):
        x = x * 1.0001 + 0.001
    return start, x


def timed(step: Callable[[], object], repeats: int) -> float:
    """Seconds per call of `step`."""
    begin = process_time()
    for _ in range(repeats):
        step()
    return (process_time() - begin) / repeats


def ratio(theirs: Sequence[float], ours: Sequence[float]) -> float:
    """How many times as long they take, in the median round."""
    return statistics.median(a / b for a, b in zip(theirs, ours, strict=True))


def seconds_per_node(engine: Engine, lengths: Sequence[int], rounds: int = 5) -> dict[int, list[float]]:
    """Seconds to record, differentiate and free one node of chains of these lengths, in each of several rounds.

    A turn takes 10^5 steps of a chain at least, so that short chains are built many times.
    """

    def step(n: int) -> Callable[[], None]:
        return lambda: chain(engine, n)[1].backward()

    times: dict[int, list[float]] = {n: [] for n in lengths}
    for _ in range(rounds):
        for n in lengths:
            gc.collect()
            times[n].append(timed(step(n), max(1, 10**5 // n)) / (2 * n))
    return times


def bytes_per_node(engine: Engine, differentiate: bool, n: int = 250_000) -> float:
    """By how much a fresh process grows for one node of a chain."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(growth, engine, differentiate, n).result() / (2 * n)


def growth(engine: Engine, differentiate: bool, n: int) -> int:
    sys.setrecursionlimit(10**7)  # micrograd recurses
    before = resident()
    _, end = chain(engine, n)
    if differentiate:
        end.backward()
    return resident() - before


def resident() -> int:
    """The bytes of memory that this process has, as Linux counts them."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def processor() -> str:
    """Its name, where the system tells it."""
    about = Path("/proc/cpuinfo")
    lines = about.read_text().splitlines() if about.exists() else []
    names = [text.partition(":")[2].strip() for text in lines if text.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()
