"""The work that engines are compared by: each job written once, and run with either engine's `Value`.

A job is set up once; a step of it, which is what is timed, gives numbers that all engines must agree about.
"""

import math
import random
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

from nn import MLP
from nn.losses import hinge_loss, l2
from nn.optimizers import SGD

Step = Callable[[], tuple[float, ...]]
Engine = Callable[[Any], Any]  # makes a Value of a number


def tiny(Value: Engine) -> Step:
    """W1: five lines of arithmetic, their value and gradient."""

    def step() -> tuple[float, ...]:
        a, b = Value(-41.0), Value(2.0)
        c = a + b
        d = a * b + b**3
        e = c - d
        f = e**2
        g = f / 2
        g.backward()
        return g.data, a.grad, b.grad

    return step


def small(Value: Engine) -> Step:
    """W2: the expression of micrograd's README."""

    def step() -> tuple[float, ...]:
        a, b = Value(-4.0), Value(2.0)
        c = a + b
        d = a * b + b**3
        c += c + 1
        c += 1 + c + (-a)
        d += d * 2 + (b + a).relu()
        d += 3 * d + (b - a).relu()
        e = c - d
        f = e**2
        g = f / 2.0
        g += 10.0 / f
        g.backward()
        return g.data, a.grad, b.grad

    return step


# -- W3: two moons, a step of gradient descent on hinge loss + L2, MLP 2-16-16-1 ------------------------------

SIZES = (2, 16, 16, 1)
ALPHA, RATE = 1e-4, 0.1


def moons() -> tuple[list[list[float]], list[int]]:
    """A hundred points on two interleaved half circles, with noise; labels 1 and -1."""
    rng = random.Random(1)
    rows, labels = [], []
    for i in range(100):
        t, upper = math.pi * rng.random(), i % 2
        x, y = (math.cos(t), math.sin(t)) if upper else (1 - math.cos(t), 0.5 - math.sin(t))
        rows.append([x + rng.gauss(0, 0.1), y + rng.gauss(0, 0.1)])
        labels.append(1 if upper else -1)
    return rows, labels


def weights() -> list[list[list[float]]]:
    """For each layer and each neuron its weights, the bias last."""
    rng = random.Random(2)
    return [[[rng.uniform(-1, 1) for _ in range(n)] + [0.0] for _ in range(m)] for n, m in pairwise(SIZES)]


def moons_by_scalars(Value: Engine) -> Step:
    """W3 written with `+` and `*` on Values, as in micrograd's demo."""
    rows, labels = moons()
    layers = [[[Value(w) for w in neuron] for neuron in layer] for layer in weights()]
    parameters = [w for layer in layers for neuron in layer for w in neuron]

    def model(x: Sequence[Any]) -> Any:
        for layer in layers:
            sums = [sum((wi * xi for wi, xi in zip(w, x, strict=True)), b) for *w, b in layer]
            x = sums if layer is layers[-1] else [s.relu() for s in sums]
        return x[0]

    def step() -> tuple[float, ...]:
        scores = [model([Value(x) for x in row]) for row in rows]
        losses = [(1 + -y * s).relu() for y, s in zip(labels, scores, strict=True)]
        loss = sum(losses) * (1 / len(losses)) + ALPHA * sum(p * p for p in parameters)
        for p in parameters:
            p.grad = 0.0
        loss.backward()
        for p in parameters:
            p.data -= RATE * p.grad
        return (loss.data,)

    return step


def moons_by_modules() -> Step:
    """W3 with our `nn`."""
    rows, labels = moons()
    model = MLP(SIZES[0], SIZES[1:])
    for p, w in zip(model.parameters(), (w for layer in weights() for neuron in layer for w in neuron), strict=True):
        p.data = w
    parameters = model.parameters()
    optimizer = SGD(parameters, RATE)

    def step() -> tuple[float, ...]:
        loss = hinge_loss([model(row) for row in rows], labels) + ALPHA * l2(parameters)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return (loss.data,)

    return step


# -- W7: a chain ----------------------------------------------------------------------------------------------


def chain(Value: Engine, n: int) -> tuple[Any, Any]:
    """The start and the end of x = x * 1.0001 + 0.001, n times: 2n nodes."""
    start = x = Value(1.0)
    for _ in range(n):
        x = x * 1.0001 + 0.001
    return start, x
