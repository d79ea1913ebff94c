"""Code written for micrograd, its demo of two moons, with nothing changed but the import lines."""

import math
import random
from typing import Any

import numpy as np
import pytest

from autograd import Value
from nn import MLP, Neuron
from tests.peers import peer


def two_moons(rng: random.Random) -> tuple[Any, Any]:
    """What the demo takes from scikit-learn: 100 points on two half circles, as arrays, the targets 0 and 1."""
    rows, targets = [], []
    for i in range(100):
        t = math.pi * (i // 2) / 49
        x, y = (math.cos(t), math.sin(t)) if i % 2 else (1 - math.cos(t), 0.5 - math.sin(t))
        rows.append([x + rng.gauss(0, 0.1), y + rng.gauss(0, 0.1)])
        targets.append(i % 2)
    return np.array(rows), np.array(targets)


def demo(epochs: int, model: Any, Value: Any, X: Any, y: Any) -> list[tuple[float, float]]:
    """The cells of micrograd's demo.ipynb one after the other."""

    # loss function
    def loss(batch_size: Any = None) -> Any:
        # inline DataLoader :)
        if batch_size is None:
            Xb, yb = X, y
        else:
            ri = np.random.permutation(X.shape[0])[:batch_size]
            Xb, yb = X[ri], y[ri]
        inputs = [list(map(Value, xrow)) for xrow in Xb]

        # forward the model to get scores
        scores = list(map(model, inputs))

        # svm "max-margin" loss
        losses = [(1 + -yi * scorei).relu() for yi, scorei in zip(yb, scores)]  # noqa: B905  # as they wrote it
        data_loss = sum(losses) * (1.0 / len(losses))
        # L2 regularization
        alpha = 1e-4
        reg_loss = alpha * sum((p * p for p in model.parameters()))  # noqa: UP034  # as they wrote it
        total_loss = data_loss + reg_loss

        # also get accuracy
        accuracy = [(yi > 0) == (scorei.data > 0) for yi, scorei in zip(yb, scores)]  # noqa: B905
        return total_loss, sum(accuracy) / len(accuracy)

    # optimization
    history = []
    for k in range(epochs):
        # forward
        total_loss, acc = loss()

        # backward
        model.zero_grad()
        total_loss.backward()

        # update (sgd)
        learning_rate = 1.0 - 0.9 * k / 100
        for p in model.parameters():
            p.data -= learning_rate * p.grad

        history.append((total_loss.data, acc))
    return history


def test_micrograds_demo_learns_all_of_its_hundred_points() -> None:
    X, y = two_moons(random.Random(1))
    model = MLP(2, [16, 16, 1], rng=random.Random(1))
    assert len(model.parameters()) == 337
    history = demo(100, model, Value, X, y * 2 - 1)
    assert history[-1][1] == 1.0
    assert history[-1][0] < 0.1


def test_micrograds_demo_computes_what_micrograd_computes() -> None:
    engine = peer("micrograd.engine")
    theirs = peer("micrograd.nn").MLP(2, [4, 4, 1])
    ours = MLP(2, [4, 4, 1], rng=random.Random(4))  # a training that no rounding error takes across a kink
    for p, q in zip(ours.parameters(), theirs.parameters(), strict=True):
        q.data = p.data
    X, y = two_moons(random.Random(2))
    X, y = X[:20], 2 * y[:20] - 1
    first, second = demo(8, ours, Value, X, y), demo(8, theirs, engine.Value, X, y)
    assert np.array(first) == pytest.approx(np.array(second), rel=1e-9)
    assert [p.grad for p in ours.parameters()] == pytest.approx([q.grad for q in theirs.parameters()], rel=1e-8)


def test_a_model_has_layers_of_neurons_with_weights_w_and_bias_b_as_there() -> None:
    model = MLP(3, [4, 4, 1])
    neuron = model.layers[1].neurons[2]
    assert isinstance(neuron, Neuron)
    assert len(neuron.w + [neuron.b]) == 5  # noqa: RUF005  # as they write it
    assert len(model.parameters()) == 41
