"""What it costs to trace and compile programs of 10^3 to 10^6 operands: `python -m tests.benchmarks.compiling`.

Each is made in a process of its own, so that memory can be told, and is new to each alike.
"""

import platform
import resource
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from time import process_time
from typing import Any

import numpy  # noqa: F401  # loaded before the clock starts

import nn
from autograd import Value, compile, compile_rows, sin

Cost = tuple[int, float, int]  # operands, seconds, bytes


def main() -> None:
    """Measure and print one size after the other."""
    print(f"CPython {platform.python_version()}: traced, differentiated, written and compiled")
    print("\nStraight-line programs")
    for n in (10**3, 10**4, 10**5, 10**6):
        show(straight, n // 5)
    print("\nRow programs of multi-layer perceptrons")
    for sizes in ((9, 10, 10, 10, 10), (64, 50, 10), (400, 120, 10), (784, 640, 10)):
        show(perceptron, *sizes)
    print("\nRow programs in which each operation needs the one before, so that no block has two lanes")
    for n in (10**3, 10**4, 10**5):  # 10^6 need 15 GB
        show(rows, n // 5)


def show(program: Callable[..., Cost], *sizes: int) -> None:
    """What a program costs."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        operands, seconds, size = pool.submit(program, *sizes).result()
    each = f"{seconds / operands * 1e6:6.1f} us and {size / operands:6,.0f} bytes for an operand"
    print(f"{operands:>9,} operands: {seconds:8.3f} s, {size / 1e6:6,.0f} MB; {each}", flush=True)


def straight(n: int) -> Cost:
    """A program of 3n operations, which have 5n operands: the edges of their graph."""
    return cost(lambda: (compile(chain(n), argnums=(0, 1)).value_and_grad(0.5, 0.1), 5 * n)[1])


def rows(n: int) -> Cost:
    """The same over rows, the second argument being a parameter."""
    y = Value(0.1)
    return cost(lambda: compile_rows(lambda x: chain(n)(x, y), (0.5,), [y]).size)


def perceptron(*sizes: int) -> Cost:
    """The loss of a network with layers of these sizes."""
    model = nn.MLP(sizes[0], list(sizes[1:]))

    def loss(x: Any, y: Any) -> Any:
        return nn.cross_entropy(model(x), y)

    return cost(lambda: compile_rows(loss, ([0.5] * sizes[0], 1), list(model.parameters())).size)


def chain(n: int) -> Callable[[Any, Any], Any]:
    """3n operations, one after the other."""

    def f(x: Any, y: Any) -> Any:
        for _ in range(n):
            x = sin(x) * y + x
        return x

    return f


def cost(work: Callable[[], int]) -> Cost:
    """What `work` gives, its seconds, and by how much it needs more memory than was ever needed before."""
    before, begin = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, process_time()
    operands = work()
    seconds = process_time() - begin
    return operands, seconds, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024


if __name__ == "__main__":
    main()
