"""What a call of a compiled function costs beside one with two floats: `python -m tests.benchmarks.calls`.

What is around a program is measured, so the programs are short. Each way to call takes turns with the two floats.
"""

import math
import random
import statistics
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from time import process_time
from timeit import Timer
from typing import Any

import numpy as np

import autograd
from nn import MLP
from tests.benchmarks.measure import ratio

Call = Callable[[], object]

FACTORS = [1.0 + 0.001 * i for i in range(1000)]
SCALE, SHIFT = 2.0, 3.0


@dataclass
class Point:
    """An argument that is an object."""

    a: float
    b: float


class Spring:
    """Has a method that is compiled."""

    def __init__(self, k: float) -> None:
        self.k = k
        self.fast = autograd.compile(self.energy)

    def energy(self, x: Any, y: Any) -> Any:
        """What is stored."""
        return self.k * x * y

    @autograd.compile
    def stored(self, x: Any, y: Any) -> Any:
        """The same."""
        return self.k * x * y


def product(x: Any, y: Any) -> Any:
    """The program whose calls are the measure."""
    return x * y + x


def default(x: Any, y: Any = 2.0) -> Any:
    """A parameter that is not given."""
    return x * y + x


def starred(*z: Any) -> Any:
    """Any number of arguments."""
    return z[0] * z[1] + z[0]


def named(x: Any, *, y: Any) -> Any:
    """A parameter that is named."""
    return x * y + x


def trigonometric(x: Any, y: Any) -> Any:
    """Reads functions from outside."""
    return autograd.sin(x) * autograd.cos(y)


def scaled(x: Any, y: Any) -> Any:
    """Reads numbers from outside."""
    return SCALE * x * y + SHIFT


def of_many(x: Any, y: Any) -> Any:
    """Reads a list from outside."""
    return x * FACTORS[3] * FACTORS[-1] + y


def of_object(p: Any, y: Any) -> Any:
    """Takes an object."""
    return p.a * p.b * y


def of_list(z: Any, y: Any) -> Any:
    """Takes a list."""
    return z[0] * z[1] * y


def branching(x: Any, y: Any) -> Any:
    """Takes one of two paths."""
    return x * y if x > 0.0 else y - x


def calls(engine: str) -> Iterator[tuple[str, Call]]:
    """Each way to call, the measure first."""

    def made(f: Callable[..., Any], *first: Any, **named: Any) -> Any:
        program = autograd.compile(f, engine=engine)
        program.value_and_grad(*first, **named)
        return program.value_and_grad

    f = made(product, 1.5, 2.5)
    yield "two floats", lambda: f(1.5, 2.5)
    h = made(product, 1.5, 2.5)
    for name, kind in (("np.float64", np.float64), ("np.float32", np.float32), ("np.int64", np.int64), ("int", int)):
        x, y = kind(2), kind(3)
        yield name, lambda x=x, y=y: h(x, y)  # type: ignore[misc]  # mypy cannot infer it
    yield "a float and an int", lambda: h(1.5, 2)
    yield "named", lambda: f(x=1.5, y=2.5)
    yield "named ints", lambda: h(x=1, y=2)
    d, s, n = made(default, 1.5), made(starred, 1.5, 2.5), made(named, 1.5, y=2.5)
    yield "a default", lambda: d(1.5)
    yield "an int and a default", lambda: d(2)
    yield "*z", lambda: s(1.5, 2.5)
    yield "*z, ints", lambda: s(1, 2)
    yield "keyword-only", lambda: n(1.5, y=2.5)
    yield "keyword-only int", lambda: n(1.5, y=2)
    t, g, m = made(trigonometric, 1.5, 2.5), made(scaled, 1.5, 2.5), made(of_many, 1.5, 2.5)
    yield "functions outside", lambda: t(1.5, 2.5)
    yield "numbers outside", lambda: g(1.5, 2.5)
    yield "1,000 numbers outside", lambda: m(1.5, 2.5)
    p, z = Point(1.5, 2.5), [1.5, 2.5]
    o, q = made(of_object, p, 0.5), made(of_list, z, 0.5)
    yield "an object", lambda: o(p, 0.5)
    yield "a list", lambda: q(z, 0.5)
    b = made(branching, 1.5, 2.5)
    b(-1.5, 2.5)
    yield "the first path", lambda: b(1.5, 2.5)
    yield "the second path", lambda: b(-1.5, 2.5)
    if engine == "llvm":
        u, v = np.linspace(0.0, 1.0, 10), np.linspace(1.0, 2.0, 10)
        c = made(product, u, v)
        yield "two columns of 10", lambda: c(u, v)
    if engine == "python":
        spring = Spring(2.0)
        spring.fast.value_and_grad(1.5, 2.5)
        fast = spring.fast.value_and_grad
        yield "a method, bound", lambda: fast(1.5, 2.5)
        yield "a method", lambda: spring.stored.value_and_grad(1.5, 2.5)


def main(engines: Sequence[str] = ()) -> None:
    """Measure and print one engine after the other."""
    for engine in engines or ["python", "llvm"]:
        print(f"{engine}: microseconds, beside two floats in the same rounds")
        ways = dict(calls(engine))
        measure = ways["two floats"]
        for name, call in ways.items():
            times, beside = rounds(call, measure)
            print(f"  {name:<24}{statistics.median(times) * 1e6:8.2f}{ratio(times, beside):8.2f}x", flush=True)
        network(engine)


def network(engine: str) -> None:
    """Measure and print how many times as long as a compiled network the same one takes scalar by scalar."""
    model, x = MLP(64, [64, 32, 10], rng=random.Random(0)), [0.01 * i for i in range(64)]
    compiled = autograd.compile(model, engine=engine)
    compiled(x)
    eager, times = rounds(lambda: model(x), lambda: compiled(x))
    goal, own = 20 if engine == "llvm" else 1, statistics.median(times) * 1e6
    print(f"  {'MLP 64-64-32-10':<24}{own:8.2f}, eager {ratio(eager, times):.1f} times as long ({goal})", flush=True)


def rounds(call: Call, measure: Call) -> tuple[list[float], list[float]]:
    """Seconds of a call and of the measure, in each of several rounds."""
    timers = [Timer(call, timer=process_time), Timer(measure, timer=process_time)]
    repeats = [max(1, math.ceil(0.01 / (timer.timeit(20) / 20))) for timer in timers]
    found: tuple[list[float], list[float]] = [], []
    for _ in range(7):
        for times, timer, n in zip(found, timers, repeats, strict=True):
            times.append(timer.timeit(n) / n)
    return found


if __name__ == "__main__":
    main(sys.argv[1:])
