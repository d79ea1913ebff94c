"""This package, recording every step and sweeping over the graph."""

import random
from collections.abc import Callable, Sequence
from typing import Any

import common
from common import Step

from autograd import Value
from nn import MLP, SGD, cross_entropy, hinge_loss, l2, log_loss_with_logits


def tiny() -> Step:
    def step() -> object:
        a, b = Value(common.A), Value(common.B)
        c = a + b
        d = a * b + b**3
        e = c - d
        g = e**2 / 2
        g.backward()
        return g.data, a.grad, b.grad

    return step


def small() -> Step:
    def step() -> object:
        a, b = Value(common.C), Value(common.D)
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


def network(sizes: Sequence[int], activation: str) -> MLP:
    """The network that all contenders train."""
    model = MLP(sizes[0], sizes[1:], activation, rng=random.Random(0))
    numbers = [w for layer in common.weights(sizes) for neuron in layer for w in neuron]
    for p, w in zip(model.parameters(), numbers, strict=True):
        p.data = w
    return model


def descent(model: MLP, loss: Callable[[], Any]) -> Step:
    """Steps down the slope of a loss."""
    optimizer = SGD(model.parameters(), common.RATE)

    def step() -> object:
        l = loss()
        optimizer.zero_grad()
        l.backward()
        optimizer.step()
        return l.data

    return step


def moons() -> Step:
    (rows, labels), model = common.moons(), network(common.MOONS, "relu")
    parameters = model.parameters()
    return descent(model, lambda: hinge_loss([model(row) for row in rows], labels) + common.ALPHA * l2(parameters))


def passengers() -> Step:
    (rows, survived), model = common.passengers(), network(common.PASSENGERS, "sigmoid")
    return descent(model, lambda: log_loss_with_logits([model(row) for row in rows], survived))


def digits() -> Step:
    (rows, classes), model = common.digits(), network(common.DIGITS, "relu")
    return descent(model, lambda: cross_entropy([model(row) for row in rows], classes))


if __name__ == "__main__":
    common.serve({"W1": tiny, "W2": small, "W3": moons, "W4": passengers, "W5": digits})
