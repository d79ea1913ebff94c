"""jax.jit, in double precision."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import common
import jax
import jax.numpy as np
from common import Step

jax.config.update("jax_enable_x64", True)
Parameters = list[Any]


def scalar(f: Callable[[Any, Any], Any], a: float, b: float) -> Step:
    slopes = jax.jit(jax.value_and_grad(f, argnums=(0, 1)))

    def step() -> Sequence[float]:
        g, (da, db) = jax.block_until_ready(slopes(a, b))
        return g, da, db

    return step


def network(weights: Parameters, X: Any, activation: Callable[[Any], Any]) -> Any:
    *hidden, (W, b) = weights
    for V, c in hidden:
        X = activation(X @ V + c)
    return X @ W + b


def descent(sizes: Sequence[int], loss: Callable[[Parameters], Any]) -> Step:
    """Steps down the slope of a loss of the network's weights, each one compiled call."""
    layers = [np.array(layer) for layer in common.weights(sizes)]
    weights = [(both[:, :-1].T, both[:, -1]) for both in layers]

    @jax.jit
    def update(weights: Parameters) -> tuple[Any, Parameters]:
        value, gradient = jax.value_and_grad(loss)(weights)
        return value, jax.tree.map(lambda w, g: w - common.RATE * g, weights, gradient)

    def step() -> Sequence[float]:
        nonlocal weights
        value, weights = jax.block_until_ready(update(weights))
        return (value,)

    return step


def moons() -> Step:
    X, y = map(np.array, common.moons())

    def loss(weights: Parameters) -> Any:
        hinge = np.mean(jax.nn.relu(1 - y * network(weights, X, jax.nn.relu)[:, 0]))
        return hinge + common.ALPHA * sum(np.sum(W * W) + np.sum(b * b) for W, b in weights)

    return descent(common.MOONS, loss)


def passengers() -> Step:
    X, y = map(np.array, common.passengers())

    def loss(weights: Parameters) -> Any:
        s = network(weights, X, jax.nn.sigmoid)[:, 0]
        return np.mean(jax.nn.softplus(s) - y * s)

    return descent(common.PASSENGERS, loss)


def digits() -> Step:
    X, y = map(np.array, common.digits())
    rows = np.arange(len(y))

    def loss(weights: Parameters) -> Any:
        return -np.mean(jax.nn.log_softmax(network(weights, X, jax.nn.relu))[rows, y])

    return descent(common.DIGITS, loss)


def columns() -> Step:
    x, y, z = np.array(common.points()).T
    slopes = jax.jit(
        jax.value_and_grad(lambda x, y, z: np.sum(np.cos(x**2 * y) + x**2 * np.sqrt(z)), argnums=(0, 1, 2))
    )

    def step() -> Sequence[float]:
        value, (dx, dy, dz) = jax.block_until_ready(slopes(x, y, z))
        return value, dx[0], dy[-1], dz[0]

    return step


common.serve(
    {
        "W1": lambda: scalar(common.tiny, common.A, common.B),
        "W2": lambda: scalar(partial(common.small, relu=jax.nn.relu), common.C, common.D),
        "W3": moons,
        "W4": passengers,
        "W5": digits,
        "W6": columns,
    }
)
