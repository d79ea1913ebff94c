"""This package, compiled: `ours.py llvm` to machine code, where programs over rows have none."""

import sys
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from typing import Any

import common
import numpy as np
from common import Step
from eager import network

from autograd import compile, cos, relu, sqrt
from nn import MLP, SGD, cross_entropy, hinge_loss, l2, log_loss_with_logits
from nn.compiled import CompiledDescent
from nn.objective import Objective

ENGINE = "llvm" if "llvm" in sys.argv else "python"
running = ExitStack()  # to the end of the process


def scalar(f: Callable[[Any, Any], Any], a: float, b: float) -> Step:
    compiled = compile(f, argnums=(0, 1), engine=ENGINE)
    compiled.value_and_grad(a, b)
    return partial(compiled.value_and_grad, a, b)


def descent(model: MLP, data: Any, loss: Callable[..., Any]) -> Step:
    """The steps that `fit` takes on all rows."""
    steps = CompiledDescent(Objective(model, loss, data), SGD(model.parameters(), common.RATE))
    running.enter_context(steps.running())
    return partial(steps.step, steps.training.rows, 1)


def moons() -> Step:
    model = network(common.MOONS, "relu")
    parameters = model.parameters()
    return descent(model, common.moons(), lambda z, y: hinge_loss(z, y) + common.ALPHA * l2(parameters))


def passengers() -> Step:
    return descent(network(common.PASSENGERS, "sigmoid"), common.passengers(), log_loss_with_logits)


def digits() -> Step:
    return descent(network(common.DIGITS, "relu"), common.digits(), cross_entropy)


def pictures() -> Step:
    """An epoch of `fit`."""
    pixels, classes, order = common.pictures()
    X = np.frombuffer(pixels, np.uint8).reshape(-1, 784) / 255
    data = X, np.frombuffer(classes, np.uint8).astype(int)
    model = network(common.PICTURES, "relu")
    steps = CompiledDescent(Objective(model, cross_entropy, data), SGD(model.parameters(), common.RATE))
    running.enter_context(steps.running())
    batches = [np.array(order[i : i + common.BATCH]) for i in range(0, len(order), common.BATCH)]
    return lambda: [steps.step(batch, 1) for batch in batches][-1]


def columns(engine: str) -> Step:
    x, y, z = np.array(common.points()).T.copy()
    f = compile(lambda x, y, z: cos(x**2 * y) + x**2 * sqrt(z), (0, 1, 2), engine=engine)

    def step() -> object:
        value, (dx, dy, dz) = f.value_and_grad(x, y, z)
        return value.sum(), dx[0], dy[-1], dz[0]

    return step


if __name__ == "__main__":
    jobs = {
        "W1": lambda: scalar(common.tiny, common.A, common.B),
        "W2": lambda: scalar(lambda a, b: common.small(a, b, relu), common.C, common.D),
        "W6": lambda: columns("llvm" if ENGINE == "llvm" else "numpy"),
    }
    if ENGINE == "python":
        jobs |= {"W3": moons, "W4": passengers, "W4 strict": passengers, "W5": digits, "W8": pictures}
    common.serve(jobs)
