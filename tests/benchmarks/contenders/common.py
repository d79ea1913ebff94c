"""What all contenders share: the data, and how a process of one answers. Takes the standard library alone.

A contender is a script of this folder, run by the Python of an environment of its own. It names its jobs, and is then
told in turns to do so many steps of one; see `serve`.
"""

import csv
import gc
import json
import math
import random
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from time import perf_counter
from typing import Any

Step = Callable[[], object]  # does it once, and gives numbers, perhaps nested, that all contenders must agree about
Job = Callable[[], Step]  # prepares it, which is not timed

TITANIC = Path(__file__).parents[3] / "notebooks" / "data" / "titanic.csv"

A, B = -41.0, 2.0  # W1
C, D = -4.0, 2.0  # W2
RATE = 0.1  # of gradient descent, in W3, W4, W5 and W8
ALPHA = 1e-4  # of L2 in W3
MOONS, PASSENGERS, DIGITS, PICTURES = (2, 16, 16, 1), (2, 2, 1), (64, 50, 10), (784, 128, 10)
BATCH = 128  # rows of a step in W8


def tiny(a: Any, b: Any) -> Any:
    """W1: five lines of arithmetic."""
    c = a + b
    d = a * b + b**3
    e = c - d
    f = e**2
    return f / 2


def small(a: Any, b: Any, relu: Callable[[Any], Any]) -> Any:
    """W2: the expression of micrograd's README."""
    c = a + b
    d = a * b + b**3
    c = c + (c + 1)
    c = c + (1 + c + (-a))
    d = d + (d * 2 + relu(b + a))
    d = d + (3 * d + relu(b - a))
    e = c - d
    f = e**2
    return f / 2.0 + 10.0 / f


def moons() -> tuple[list[list[float]], list[float]]:
    """W3: a hundred points on two interleaved half circles, with noise; labels 1 and -1."""
    rng = random.Random(1)
    rows, labels = [], []
    for i in range(100):
        t, upper = math.pi * rng.random(), i % 2
        x, y = (math.cos(t), math.sin(t)) if upper else (1 - math.cos(t), 0.5 - math.sin(t))
        rows.append([x + rng.gauss(0, 0.1), y + rng.gauss(0, 0.1)])
        labels.append(1.0 if upper else -1.0)
    return rows, labels


def passengers() -> tuple[list[list[float]], list[float]]:
    """W4: 714 passengers of the Titanic, whether male, and decades of age; whether they survived."""
    with TITANIC.open(encoding="ascii", newline="") as file:
        known = [row for row in csv.DictReader(file) if row["age"]][:714]
    return [[float(row["male"]), float(row["age"]) / 10] for row in known], [float(row["survived"]) for row in known]


def digits() -> tuple[list[list[float]], list[int]]:
    """W5: fifty rows in the shape of scikit-learn's digits, 64 numbers from 0 to 1 and one of ten classes."""
    rng = random.Random(3)
    return [[rng.randrange(17) / 16 for _ in range(64)] for _ in range(50)], [rng.randrange(10) for _ in range(50)]


def points() -> list[list[float]]:
    """W6: 100,000 points x, y, z; z positive."""
    rng = random.Random(4)
    return [[rng.uniform(-2, 2), rng.uniform(-2, 2), rng.uniform(0.1, 4)] for _ in range(100_000)]


def pictures() -> tuple[bytes, bytes, list[int]]:
    """W8: 60,000 pictures of 784 pixels from 0 to 255, their classes of ten, and the order in which to learn them."""
    rng = random.Random(5)
    pixels, classes = rng.randbytes(60_000 * 784), bytes(rng.choices(range(10), k=60_000))
    return pixels, classes, rng.sample(range(60_000), 60_000)


def weights(sizes: Sequence[int]) -> list[list[list[float]]]:
    """For each layer of a network and each neuron its weights, the bias last."""
    rng = random.Random(2)
    return [
        [[rng.uniform(-1, 1) / math.sqrt(n) for _ in range(n)] + [0.0] for _ in range(m)] for n, m in pairwise(sizes)
    ]


def serve(jobs: Mapping[str, Job]) -> None:
    """Say which jobs there are, then do what each line on standard input says: a job, and how many steps of it.

    Each line is answered by the seconds for one step; zero steps do one that is not timed, and are answered by its
    result.
    """
    steps: dict[str, Step] = {}
    answer(list(jobs))
    for line in sys.stdin:
        name, repeats = json.loads(line)
        if name not in steps:
            steps[name] = jobs[name]()
        step = steps[name]
        if not repeats:
            answer(list(flat(step())))
            continue
        gc.collect()
        begin = perf_counter()
        for _ in range(repeats):
            step()
        answer((perf_counter() - begin) / repeats)


def flat(numbers: Any) -> Iterator[float]:
    """The numbers in nested tuples."""
    if isinstance(numbers, (list, tuple)):
        for part in numbers:
            yield from flat(part)
    else:
        yield float(numbers)


def answer(what: object) -> None:
    """Write a line."""
    print(json.dumps(what), flush=True)
