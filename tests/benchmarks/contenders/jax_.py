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


def descent(sizes: Sequence[int], loss: Callable[..., Any]) -> Callable[..., Sequence[float]]:
    """Steps down the slope of a loss of the network's weights and perhaps of something else, each one compiled call."""
    layers = [np.array(layer) for layer in common.weights(sizes)]
    weights = [(both[:, :-1].T, both[:, -1]) for both in layers]

    @jax.jit
    def update(weights: Parameters, *batch: Any) -> tuple[Any, Parameters]:
        value, gradient = jax.value_and_grad(loss)(weights, *batch)
        return value, jax.tree.map(lambda w, g: w - common.RATE * g, weights, gradient)

    def step(*batch: Any) -> Sequence[float]:
        nonlocal weights
        value, weights = jax.block_until_ready(update(weights, *batch))
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


def cross_entropy(weights: Parameters, X: Any, y: Any) -> Any:
    return -np.mean(jax.nn.log_softmax(network(weights, X, jax.nn.relu))[np.arange(len(y)), y])


def digits() -> Step:
    X, y = map(np.array, common.digits())
    return descent(common.DIGITS, lambda weights: cross_entropy(weights, X, y))


def pictures() -> Step:
    pixels, classes, order = common.pictures()
    X, y = np.frombuffer(pixels, np.uint8).reshape(-1, 784).astype(float) / 255, np.frombuffer(classes, np.uint8)
    batches = [np.array(order[i : i + common.BATCH]) for i in range(0, len(order), common.BATCH)]
    batch = descent(common.PICTURES, cross_entropy)
    return lambda: [batch(X[rows], y[rows]) for rows in batches][-1]


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
        "W8": pictures,
    }
)
