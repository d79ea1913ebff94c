"""What it costs to trace and compile a straight-line program: `python -m tests.benchmarks.compiling`."""

import gc
import platform
from time import process_time
from typing import Any

from autograd import compile, sin

EDGES = 5  # of one step of `chain`


def main() -> None:
    """Measure and print one length after the other."""
    print(f"Straight-line programs, traced, differentiated and compiled; CPython {platform.python_version()}")
    for edges in (10**3, 10**4, 10**5, 10**6):
        seconds = first_call(edges // EDGES)
        print(f"{edges:>9,} edges: {seconds:8.3f} s, {seconds / edges * 1e6:5.1f} us for an edge", flush=True)


def first_call(n: int) -> float:
    """The seconds of the first call of a program of 3n operations."""

    def chain(x: Any, y: Any) -> Any:
        for _ in range(n):
            x = sin(x) * y + x
        return x

    gc.collect()
    begin = process_time()
    compile(chain, argnums=(0, 1)).value_and_grad(0.5, 0.1)
    return process_time() - begin


if __name__ == "__main__":
    main()
