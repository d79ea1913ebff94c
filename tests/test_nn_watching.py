"""What `fit` looks at while it trains: metrics, early stopping, callbacks per step."""

from __future__ import annotations

import gc
import math
import random
from typing import Any

import pytest

import nn.compiled
import nn.descent
from autograd import Value, cosh
from nn import (
    MLP,
    SGD,
    Adam,
    History,
    RMSprop,
    cross_entropy,
    fit,
    huber_loss,
    log_loss_with_logits,
    mse_loss,
)

ROWS = [[random.Random(i).uniform(-1, 1), random.Random(-i).uniform(-1, 1)] for i in range(60)]
TARGETS = [math.sin(3 * a) + b for a, b in ROWS]
BOTH = pytest.mark.parametrize("compile", [True, False])


@pytest.fixture(autouse=True)
def _everything_is_worth_a_program(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (nn.compiled, nn.descent):
        monkeypatch.setattr(module, "WORTH", 0)


@BOTH
def test_training_stops_early_with_the_best_parameters(compile: bool) -> None:
    noise = random.Random(0)
    few = ROWS[:8], [noise.choice([-1.0, 1.0]) for _ in range(8)]
    others = ROWS[8:], [noise.choice([-1.0, 1.0]) for _ in ROWS[8:]]
    model = MLP(2, [12, 1], "tanh", rng=random.Random(0))
    kept: list[list[float]] = []

    def note(history: History) -> None:
        kept.append([p.data for p in model.parameters()])

    optimizer = Adam(model.parameters(), 0.05)
    history = fit(
        model,
        few,
        mse_loss,
        optimizer,
        500,
        validation=others,
        patience=7,
        callbacks=[note],
        progress=False,
        compile=compile,
    )
    best = history.validation.index(min(history.validation))
    assert len(history.validation) == best + 1 + 7 < 500
    assert [p.data for p in model.parameters()] == kept[best]


@BOTH
def test_without_validation_the_loss_itself_is_waited_for(compile: bool) -> None:
    w = Value(1.0)
    history = fit(
        lambda x: w * x, ([1.0], [0.0]), mse_loss, SGD([w], 1.0), 50, patience=3, progress=False, compile=compile
    )
    assert len(history.loss) == 4  # it goes back and forth between 1 and -1
    assert abs(w.data) == 1.0


@BOTH
def test_metrics_are_measured_by_name_or_function_on_the_validation(compile: bool) -> None:
    def worst(predictions: Any, targets: Any) -> float:
        return float(max(abs(z - y) for z, y in zip(predictions, targets, strict=True)))

    model = MLP(2, [5, 1], "tanh", rng=random.Random(1))
    optimizer, data, held = Adam(model.parameters(), 0.02), (ROWS[20:], TARGETS[20:]), (ROWS[:20], TARGETS[:20])
    options: Any = {"validation": held, "metrics": ["mae", "r2", worst], "progress": False, "compile": compile}
    history = fit(model, data, mse_loss, optimizer, 30, **options)
    assert [len(found) for found in history.metrics.values()] == [30] * 3
    z = [model(row).data for row in ROWS[:20]]
    errors = [a - b for a, b in zip(z, TARGETS[:20], strict=True)]
    mean = sum(TARGETS[:20]) / 20
    expected = {
        "mae": sum(map(abs, errors)) / 20,
        "r2": 1 - sum(e * e for e in errors) / sum((y - mean) ** 2 for y in TARGETS[:20]),
        "worst": max(map(abs, errors)),
    }
    assert {name: found[-1] for name, found in history.metrics.items()} == pytest.approx(expected)


@pytest.mark.parametrize(
    ("outputs", "loss", "classes"), [(1, log_loss_with_logits, 2), (3, cross_entropy, 3)], ids=["two", "three"]
)
def test_accuracy_is_of_logits(outputs: int, loss: Any, classes: int, capsys: pytest.CaptureFixture[str]) -> None:
    targets = [min(classes - 1, int(2 * (a + 1) * classes / 4)) for a, _ in ROWS]
    model = MLP(2, [6, outputs], "tanh", rng=random.Random(1))
    history = fit(model, (ROWS, targets), loss, Adam(model.parameters(), 0.1), 60, metrics=["accuracy"])
    z = [model(row) for row in ROWS]
    found = [int(s.data > 0) if outputs == 1 else [x.data for x in s].index(max(x.data for x in s)) for s in z]
    right = sum(a == b for a, b in zip(found, targets, strict=True)) / 60
    assert history.metrics["accuracy"][-1] == right > 0.9
    assert "accuracy 1.000" in capsys.readouterr().err or right < 1
    with pytest.raises(ValueError, match=r"one of accuracy, mae, r2; got 'f1'"):
        fit(model, (ROWS, targets), loss, Adam(model.parameters()), 1, metrics=["f1"])


@BOTH
@pytest.mark.parametrize("batch_size", [None, 16])
def test_what_is_changed_after_a_step_counts_in_the_next(batch_size: int | None, compile: bool) -> None:
    model = MLP(2, [4, 1], "tanh", rng=random.Random(1))
    optimizer = SGD(model.parameters(), 0.1)
    seen: list[float] = []

    def change(history: History) -> None:
        seen.append(optimizer.lr)
        optimizer.lr *= 0.9
        if len(seen) == 5:
            model.layers[0].neurons[0].w[0].data = 2.0
        if len(seen) == 8:
            model.layers[0].neurons[1].activation = lambda s: s.sigmoid()

    options: Any = {"batch_size": batch_size, "seed": 3, "on_step": [change], "progress": False, "compile": compile}
    history = fit(model, (ROWS, TARGETS), mse_loss, optimizer, 10, **options)
    numbers = [p.data for p in model.parameters()]
    assert len(seen) == (10 if batch_size is None else 40)
    key = batch_size or 0
    _seen.setdefault(key, [*numbers, *history.loss])
    assert [*numbers, *history.loss] == pytest.approx(_seen[key], rel=1e-9)


_seen: dict[int, list[float]] = {}


def test_the_collector_rests_while_a_step_is_taken_and_is_awake_outside() -> None:
    awake: list[bool] = []
    w = Value(1.0)

    def model(x: float) -> Value:
        awake.append(gc.isenabled())
        return w * x

    def between(_: History) -> None:
        awake.append(gc.isenabled())

    fit(model, ([1.0], [2.0]), mse_loss, SGD([w], 0.1), 2, callbacks=[between], progress=False, compile=False)
    assert awake == [False, True, False, True]


@BOTH
def test_huber_s_loss_is_trained_compiled_or_not(compile: bool) -> None:
    w = Value(5.0)
    rows, targets = [1.0, 2.0, 3.0, 4.0], [1.0, 2.0, 3.0, 400.0]
    history = fit(lambda x: w * x, (rows, targets), huber_loss, SGD([w], 0.05), 300, progress=False, compile=compile)
    assert bool(history.compiled) == compile
    assert history.loss[0] == pytest.approx((4 - 0.5 + 8 - 0.5 + 12 - 0.5 + 380 - 0.5) / 4)
    assert w.data == pytest.approx(1 + 4 / 14)  # where the slopes 14 (w - 1) of three rows and -4 of the last cancel


def test_rmsprop_goes_down_a_valley_and_its_first_step_is_known() -> None:
    p = Value(2.0)
    optimizer = RMSprop([p], lr=0.1, alpha=0.75, eps=0.0, weight_decay=0.5, momentum=0.5)
    p.grad = 3.0
    optimizer.step()
    assert p.data == pytest.approx(2.0 - 0.1 / math.sqrt(0.25))
    p.grad = 0.0
    x, g = p.data, 0.5 * p.data
    v = 0.75 * 0.25 * 16 + 0.25 * g * g
    optimizer.step()
    assert p.data == pytest.approx(x - 0.1 * (0.5 * 2 + g / math.sqrt(v)))
    q = Value(3.0)
    optimizer = RMSprop([q], lr=0.01)
    for _ in range(500):
        optimizer.zero_grad()
        cosh(q).backward()
        optimizer.step()
    assert abs(q.data) < 0.1
    with pytest.raises(ValueError, match="alpha is at least 0 and below 1"):
        RMSprop([q], alpha=1.0)
