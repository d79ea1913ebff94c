"""micrograd, as its author uses it."""

import sys
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import common
from common import Step
from micrograd.engine import Value

sys.setrecursionlimit(10**6)  # it recurses
Layers = list[list[list[Any]]]


def scalar(f: Callable[[Any, Any], Any], a: float, b: float) -> Step:
    def step() -> object:
        x, y = Value(a), Value(b)
        g = f(x, y)
        g.backward()
        return g.data, x.grad, y.grad

    return step


def network(layers: Layers, x: Sequence[Any], activation: Any) -> list[Any]:
    """Every layer but the last is followed by its activation."""
    for layer in layers:
        sums = [sum((wi * xi for wi, xi in zip(w, x)), b) for *w, b in layer]  # noqa: B905  # strict= costs time
        x = sums if layer is layers[-1] else [activation(s) for s in sums]
    return list(x)


def descent(parameters: list[Any], loss: Any) -> Sequence[float]:
    """One step down the slope."""
    for p in parameters:
        p.grad = 0.0
    loss.backward()
    for p in parameters:
        p.data -= common.RATE * p.grad
    return (loss.data,)


def valued(sizes: Sequence[int]) -> tuple[Layers, list[Any]]:
    layers = [[[Value(w) for w in neuron] for neuron in layer] for layer in common.weights(sizes)]
    return layers, [w for layer in layers for neuron in layer for w in neuron]


def moons() -> Step:
    rows, labels = common.moons()
    layers, parameters = valued(common.MOONS)

    def step() -> Sequence[float]:
        scores = [network(layers, [Value(x) for x in row], Value.relu)[0] for row in rows]
        losses = [(1 + -y * s).relu() for y, s in zip(labels, scores, strict=True)]
        loss = sum(losses) * (1 / len(losses)) + common.ALPHA * sum(p * p for p in parameters)
        return descent(parameters, loss)

    return step


common.serve(
    {
        "W1": lambda: scalar(common.tiny, common.A, common.B),
        "W2": lambda: scalar(partial(common.small, relu=Value.relu), common.C, common.D),
        "W3": moons,
    }
)
