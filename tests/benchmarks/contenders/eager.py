"""This package, recording every step and sweeping over the graph."""

import random
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import common
from common import Step

from autograd import Value
from nn import MLP, SGD, cross_entropy, hinge_loss, l2, log_loss_with_logits


def scalar(f: Callable[[Any, Any], Any], a: float, b: float) -> Step:
    def step() -> object:
        x, y = Value(a), Value(b)
        g = f(x, y)
        g.backward()
        return g.data, x.grad, y.grad

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
    common.serve(
        {
            "W1": lambda: scalar(common.tiny, common.A, common.B),
            "W2": lambda: scalar(partial(common.small, relu=Value.relu), common.C, common.D),
            "W3": moons,
            "W4": passengers,
            "W5": digits,
        }
    )
