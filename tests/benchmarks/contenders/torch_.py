"""PyTorch in double precision, eagerly and by torch.compile: `torch_.py` and `torch_.py compile`."""

import sys
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import common
import torch
from common import Step
from torch.nn.functional import cross_entropy, softplus

torch.set_default_dtype(torch.float64)
compiled: Callable[[Any], Any] = torch.compile if sys.argv[1:] == ["compile"] else lambda f: f
Parameters = list[Any]


def scalar(f: Callable[[Any, Any], Any], a: float, b: float) -> Step:
    f = compiled(f)

    def step() -> Sequence[float]:
        x, y = torch.tensor(a, requires_grad=True), torch.tensor(b, requires_grad=True)
        g = f(x, y)
        g.backward()
        return g.item(), x.grad.item(), y.grad.item()

    return step


def network(weights: Parameters, X: Any, activation: Callable[[Any], Any]) -> Any:
    *hidden, (W, b) = weights
    for V, c in hidden:
        X = activation(X @ V + c)
    return X @ W + b


def descent(sizes: Sequence[int], loss: Callable[..., Any]) -> Callable[..., Sequence[float]]:
    """Steps down the slope of a loss of the network's weights, and perhaps of something else."""
    layers = [torch.tensor(layer) for layer in common.weights(sizes)]
    weights = [(both[:, :-1].T.contiguous(), both[:, -1].clone()) for both in layers]
    parameters = [p.requires_grad_() for pair in weights for p in pair]
    optimizer = torch.optim.SGD(parameters, lr=common.RATE)
    loss = compiled(loss)

    def step(*batch: Any) -> Sequence[float]:
        optimizer.zero_grad()
        value = loss(weights, *batch)
        value.backward()
        optimizer.step()
        return (value.item(),)

    return step


def moons() -> Step:
    X, y = map(torch.tensor, common.moons())

    def loss(weights: Parameters) -> Any:
        hinge = torch.relu(1 - y * network(weights, X, torch.relu)[:, 0]).mean()
        return hinge + common.ALPHA * sum((W * W).sum() + (b * b).sum() for W, b in weights)

    return descent(common.MOONS, loss)


def passengers() -> Step:
    X, y = map(torch.tensor, common.passengers())

    def loss(weights: Parameters) -> Any:
        s = network(weights, X, torch.sigmoid)[:, 0]
        return (softplus(s) - y * s).mean()

    return descent(common.PASSENGERS, loss)


def digits() -> Step:
    X, y = map(torch.tensor, common.digits())
    return descent(common.DIGITS, lambda weights: cross_entropy(network(weights, X, torch.relu), y))


def pictures() -> Step:
    pixels, classes, order = common.pictures()
    X = torch.frombuffer(bytearray(pixels), dtype=torch.uint8).reshape(-1, 784) / 255
    y = torch.frombuffer(bytearray(classes), dtype=torch.uint8).long()
    batches = torch.tensor(order).split(common.BATCH)
    batch = descent(common.PICTURES, lambda weights, X, y: cross_entropy(network(weights, X, torch.relu), y))
    return lambda: [batch(X[rows], y[rows]) for rows in batches][-1]


def columns() -> Step:
    x, y, z = [column.contiguous().requires_grad_() for column in torch.tensor(common.points()).T]
    f = compiled(lambda x, y, z: (torch.cos(x**2 * y) + x**2 * torch.sqrt(z)).sum())

    def step() -> Sequence[float]:
        x.grad = y.grad = z.grad = None
        value = f(x, y, z)
        value.backward()
        return value.item(), x.grad[0].item(), y.grad[-1].item(), z.grad[0].item()

    return step


common.serve(
    {
        "W1": lambda: scalar(common.tiny, common.A, common.B),
        "W2": lambda: scalar(partial(common.small, relu=torch.relu), common.C, common.D),
        "W3": moons,
        "W4": passengers,
        "W5": digits,
        "W6": columns,
        "W8": pictures,
    }
)
