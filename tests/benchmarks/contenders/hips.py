"""HIPS autograd: NumPy, recorded and differentiated."""

from collections.abc import Callable, Sequence
from typing import Any

import autograd.numpy as np
import common
from common import Job, Step

from autograd import value_and_grad

Parameters = list[Any]


def network(weights: Parameters, X: Any, activation: Callable[[Any], Any]) -> Any:
    *hidden, (W, b) = weights
    for V, c in hidden:
        X = activation(np.dot(X, V) + c)
    return np.dot(X, W) + b


def descent(sizes: Sequence[int], loss: Callable[[Parameters], Any]) -> Step:
    """Steps down the slope of a loss of the network's weights."""
    weights = []
    for layer in common.weights(sizes):
        both = np.array(layer)
        weights.append((both[:, :-1].T.copy(), both[:, -1].copy()))
    slopes = value_and_grad(loss)

    def step() -> Sequence[float]:
        value, gradient = slopes(weights)
        for i, ((W, b), (dW, db)) in enumerate(zip(weights, gradient, strict=True)):
            weights[i] = W - common.RATE * dW, b - common.RATE * db
        return (value,)

    return step


def moons() -> Step:
    X, y = map(np.array, common.moons())

    def loss(weights: Parameters) -> Any:
        hinge = np.mean(np.maximum(0, 1 - y * network(weights, X, lambda s: np.maximum(0, s))[:, 0]))
        return hinge + common.ALPHA * sum(np.sum(W * W) + np.sum(b * b) for W, b in weights)

    return descent(common.MOONS, loss)


def sigmoid(s: Any) -> Any:
    return 1 / (1 + np.exp(-s))


def passengers() -> Step:
    X, y = map(np.array, common.passengers())

    def loss(weights: Parameters) -> Any:
        s = network(weights, X, sigmoid)[:, 0]
        return np.mean(np.logaddexp(0, s) - y * s)

    return descent(common.PASSENGERS, loss)


def digits() -> Step:
    X, y = map(np.array, common.digits())
    rows = np.arange(len(y))

    def loss(weights: Parameters) -> Any:
        s = network(weights, X, lambda s: np.maximum(0, s))
        top = np.max(s, axis=1)
        return np.mean(top + np.log(np.sum(np.exp(s - top[:, None]), axis=1)) - s[rows, y])

    return descent(common.DIGITS, loss)


def columns() -> Step:
    x, y, z = np.array(common.points()).T.copy()
    slopes = value_and_grad(lambda v: np.sum(np.cos(v[0] ** 2 * v[1]) + v[0] ** 2 * np.sqrt(v[2])))

    def step() -> Sequence[float]:
        value, (dx, dy, dz) = slopes((x, y, z))
        return value, dx[0], dy[-1], dz[0]

    return step


JOBS: dict[str, Job] = {"W3": moons, "W4": passengers, "W5": digits, "W6": columns}
common.serve(JOBS)
