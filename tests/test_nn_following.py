"""Compiled and eager training are the same training: random numbers, callbacks, sums and means, and what fit says."""

from __future__ import annotations

import math
import os
import random
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import nn.compiled
import nn.descent
from autograd import CompileError, Value, exp, log, sin
from nn import (
    LBFGS,
    MLP,
    SGD,
    Adam,
    DivergenceError,
    ExponentialLR,
    History,
    Module,
    fit,
    log_loss_with_logits,
    mse_loss,
)
from nn.objective import Objective, array_of, lists_of

ROWS = [[random.Random(i).uniform(-1, 1), random.Random(-i).uniform(-1, 1)] for i in range(40)]
TARGETS = [math.sin(3 * a) + b for a, b in ROWS]
DATA = ROWS, TARGETS
WAYS = (True, None, False)


@pytest.fixture(autouse=True)
def _everything_is_worth_a_program(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nn.compiled, "WORTH", 0)
    monkeypatch.setattr(nn.descent, "WORTH", 0)


class Net(Module):
    """An MLP whose output is scaled, and which may drop hidden units."""

    def __init__(self, draw: Callable[[], float] = lambda: 1.0) -> None:
        self.mlp = MLP(2, [4, 1], "tanh", rng=random.Random(1))
        self.scale, self.training, self.draw = 1.0, True, draw

    def __call__(self, x: Any) -> Any:
        hidden = self.mlp.layers[0].outputs(x)
        kept = [h * self.scale if self.draw() > 0.002 else h * 0 for h in hidden] if self.training else hidden
        return self.mlp.layers[1](kept)


def trained(
    make: Callable[[], Any], data: Any, loss: Any, compile: bool | None, epochs: int = 12, **options: Any
) -> tuple[list[float], History]:
    model = make()
    optimizer = options.pop("optimizer", lambda p: SGD(p, 0.1, momentum=0.5))(model.parameters())
    callbacks = options.pop("callbacks", lambda *_: [])(model, optimizer)
    history = fit(model, data, loss, optimizer, epochs, progress=False, compile=compile, callbacks=callbacks, **options)
    return [*(p.data for p in model.parameters()), *history.loss, *history.validation], history


# -- random numbers -------------------------------------------------------------------------------------------

OURS = random.Random(5)
LEGACY = np.random.RandomState(5)


def _closure() -> Callable[[], float]:
    rng = np.random.default_rng(5)
    return lambda: float(rng.random())


class Holder:
    def __init__(self) -> None:
        self.held = [{"rng": random.Random(5)}]

    def __call__(self) -> float:
        return self.held[0]["rng"].random()


def _default(rng: random.Random = random.Random(5)) -> float:  # noqa: B008  # a generator as a default is the point
    return rng.random()


SOURCES: dict[str, Callable[[], Callable[[], float]]] = {
    "random": lambda: lambda: random.random(),
    "its function": lambda: random.random,
    "numpy": lambda: lambda: np.random.random(),
    "a global generator": lambda: lambda: OURS.random(),
    "a method": lambda: random.Random(5).random,
    "a generator of the old kind": lambda: lambda: float(LEGACY.rand()),
    "a closure": _closure,
    "an object": Holder,
    "a default": lambda: _default,
}


@pytest.mark.parametrize("source", SOURCES)
def test_a_model_that_draws_random_numbers_is_trained_scalar_by_scalar(source: str) -> None:
    def run(compile: bool | None) -> tuple[list[float], History]:
        random.seed(5)
        np.random.seed(5)
        OURS.seed(5)
        LEGACY.seed(5)
        _default.__defaults__[0].seed(5)  # type: ignore[index]  # there is one
        return trained(lambda: Net(SOURCES[source]()), DATA, mse_loss, compile, 4, batch_size=16, seed=1)

    numbers, history = run(None)
    assert not history.compiled
    assert history.compiled.reason == (
        "The model or the loss draws random numbers, which a program would repeat in every step."
    )
    assert numbers == run(False)[0]  # to the last bit: looking at them drew none
    with pytest.raises(CompileError, match="draws random numbers"):
        run(True)


def test_a_generator_that_is_made_in_the_first_call_is_found_too() -> None:
    class Lazy(Net):
        def __call__(self, x: Any) -> Any:
            if not hasattr(self, "rng"):
                self.rng = random.Random(5)
                self.draw = self.rng.random
            return super().__call__(x)

    assert "draws random numbers" in trained(Lazy, DATA, mse_loss, None, 2)[1].compiled.reason


def test_a_loss_that_draws_random_numbers_is_found_out_and_one_that_does_not_may_have_a_generator() -> None:
    rng, system = random.Random(1), [random.SystemRandom()]

    def noisy(z: Any, y: Any) -> Any:
        return mse_loss(z, y) * (1.0 if rng.random() > 1e-9 else 2.0)

    def quiet(z: Any, y: Any) -> Any:
        return mse_loss(z, y) * len([rng]) if os.path.os.path.os.path.sep else None  # type: ignore[attr-defined]  # a circle

    assert "random numbers" in trained(Net, DATA, noisy, None)[1].compiled.reason
    assert trained(lambda: Net(lambda: float(len(system))), DATA, quiet, None)[1].compiled


# -- callbacks ------------------------------------------------------------------------------------------------

RATE = {"penalty": 0.0}


def penalised(z: Any, y: Any) -> Any:
    return mse_loss(z, y) + RATE["penalty"] * sum(a * a for a in z) / len(z)


def _scale(net: Net, optimizer: SGD) -> None:
    net.scale = 0.5


def _swap(net: Net, optimizer: SGD) -> None:
    net.mlp.layers[0] = MLP(2, [4], output="sigmoid", rng=random.Random(7)).layers[0]


def _activation(net: Net, optimizer: SGD) -> None:
    net.mlp.layers[0].neurons[2].activation = sin


def _tie(net: Net, optimizer: SGD) -> None:
    net.mlp.layers[0].neurons[0].w[0] = net.mlp.layers[0].neurons[1].w[0]


def _weights(net: Net, optimizer: SGD) -> None:
    net.mlp.layers[0].neurons[0].w[0].data = 3.0


def _freeze(net: Net, optimizer: SGD) -> None:
    del optimizer.parameters[:6], optimizer.v[:6]


def _penalty(net: Net, optimizer: SGD) -> None:
    RATE["penalty"] = 0.1


CHANGES: dict[str, Callable[[Any, Any], object]] = {
    "scale": _scale,
    "evaluation": lambda net, _: setattr(net, "training", False),
    "module": _swap,
    "activation": _activation,
    "tied weights": _tie,
    "weights": _weights,
    "frozen parameters": _freeze,
    "loss": _penalty,
    "learning rate": lambda _, optimizer: setattr(optimizer, "lr", 0.01),
    "nothing": lambda *_: None,
}


@pytest.mark.parametrize("change", CHANGES)
def test_what_a_callback_changes_counts_compiled_or_not(change: str) -> None:
    def at_epoch_5(model: Net, optimizer: SGD) -> list[Callable[[History], object]]:
        return [lambda history: CHANGES[change](model, optimizer) if len(history.loss) == 5 else None]

    results = []
    for compile in WAYS:
        RATE["penalty"] = 0.0
        numbers, history = trained(
            lambda: Net(lambda: 1.0), DATA, penalised, compile, callbacks=at_epoch_5, validation=DATA
        )
        assert bool(history.compiled) is (compile is not False)
        results.append(numbers)
    assert results[0] == results[1] == pytest.approx(results[2], rel=1e-11)


@pytest.mark.parametrize("kind", ["lists", "arrays"])
@pytest.mark.parametrize("numpy", [True, False])
def test_data_that_a_callback_changes_count_compiled_or_not(
    kind: str, numpy: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not numpy:
        monkeypatch.setattr("autograd.compiler.rows.rows.has_numpy", lambda: False)
    ways = []
    for compile in (True, False):
        rows, held = [[list(x) for x in ROWS] for _ in range(2)]
        data: Any = (rows, list(TARGETS)) if kind == "lists" else (np.array(rows), np.array(TARGETS))
        validation: Any = (held, TARGETS) if kind == "lists" else (np.array(held), np.array(TARGETS))

        def changes(history: History, x: Any = data[0], y: Any = data[1], z: Any = validation[0]) -> None:
            match len(history.loss):
                case 3:
                    x[4][1] = 5.0
                case 5:
                    y[7] = -3.0
                case 7:
                    z[1][0] = 9.0

        model = MLP(2, [4, 1], "tanh", rng=random.Random(1))
        optimizer = Adam(model.parameters(), 0.05)
        history = fit(
            model, data, mse_loss, optimizer, 10, batch_size=16, seed=2, validation=validation, progress=False,
            compile=compile, callbacks=[changes],
        )  # fmt: skip
        assert bool(history.compiled) == compile
        ways.append([*history.loss, *history.validation, *(p.data for p in model.parameters())])
    assert ways[0] == pytest.approx(ways[1], rel=1e-9)


def test_a_callback_that_lets_a_model_draw_random_numbers_ends_the_compiled_part() -> None:
    def at_epoch_5(model: Net, optimizer: Any) -> list[Callable[[History], object]]:
        return [lambda history: setattr(model, "draw", rng.random) if len(history.loss) == 5 else None]

    results = []
    for compile in (None, False):
        rng = random.Random(3)
        numbers, history = trained(lambda: Net(lambda: 1.0), DATA, mse_loss, compile, callbacks=at_epoch_5)
        results.append(numbers)
        assert ("draws random numbers" in history.compiled.reason) is (compile is None)
    assert results[0] == pytest.approx(results[1], rel=1e-12)
    with pytest.raises(CompileError, match="draws random numbers"):
        trained(lambda: Net(lambda: 1.0), DATA, mse_loss, True, callbacks=at_epoch_5)


def test_a_callback_after_which_the_model_fails_is_told_by_the_step() -> None:
    def broken(model: Net, optimizer: Any) -> list[Callable[[History], object]]:
        return [lambda history: setattr(model, "mlp", None)]

    for compile in WAYS:
        with pytest.raises(AttributeError, match="layers") as caught:
            trained(Net, DATA, mse_loss, compile, callbacks=broken)
        assert any("epoch" in note for note in caught.value.__notes__)


def test_what_callbacks_change_all_the_time_is_trained_scalar_by_scalar_until_it_rests(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seen = list[bool]()

    def annealed(model: Net, optimizer: Any) -> list[Callable[[History], object]]:
        def callback(history: History) -> None:
            seen.append(bool(history.compiled))
            model.scale = 1 / min(len(history.loss), 6)

        return [callback]

    worth = 40 * 17 * 3  # three epochs
    monkeypatch.setattr(nn.compiled, "WORTH", worth)
    monkeypatch.setattr(nn.descent, "WORTH", worth)
    numbers, history = trained(lambda: Net(lambda: 1.0), DATA, mse_loss, None, 20, callbacks=annealed)
    assert seen == [True, True, False, False, False, True, False, False, False, *[True] * 11]
    assert history.compiled
    assert numbers == pytest.approx(trained(lambda: Net(lambda: 1.0), DATA, mse_loss, False, 20, callbacks=annealed)[0])


@pytest.mark.parametrize("change", ["scale", "module", "frozen parameters", "loss"])
def test_without_numpy_what_a_callback_changes_counts_too(change: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("autograd.compiler.rows.rows.has_numpy", lambda: False)
    test_what_a_callback_changes_counts_compiled_or_not(change)


def test_a_schedule_needs_no_look_at_the_model(monkeypatch: pytest.MonkeyPatch) -> None:
    def scheduled(model: Net, optimizer: SGD) -> list[Any]:
        return [ExponentialLR(optimizer, 0.9)]

    results = [trained(Net, DATA, mse_loss, compile, callbacks=scheduled)[0] for compile in (False, True)]
    assert results[0] == pytest.approx(results[1], rel=1e-12)
    monkeypatch.setattr(nn.compiled.CompiledDescent, "followed", None)
    assert trained(Net, DATA, mse_loss, True, callbacks=scheduled)[0] == results[1]


# -- sums and means -------------------------------------------------------------------------------------------


def summed(z: Any, y: Any, weights: Any = None) -> Any:
    return sum(w * (a - b) ** 2 for a, b, w in zip(z, y, weights or [1.0] * len(y), strict=True))


def line() -> Any:
    return MLP(2, [1], rng=random.Random(1))


@pytest.mark.parametrize("loss", [summed, mse_loss])
@pytest.mark.parametrize("weights", [None, [1.0 / 40] * 40, [1.0] * 39 + [3.0], [1.0, *[0.5] * 39]], ids=str)
@pytest.mark.parametrize("batch_size", [None, 1, 2, 7])
def test_a_sum_is_validated_as_a_sum_and_a_mean_as_a_mean(loss: Any, weights: Any, batch_size: int | None) -> None:
    data = DATA if weights is None else (*DATA, weights)
    held_out = tuple(column[:9] for column in data)
    numbers = [
        trained(
            line, data, loss, compile, 3, batch_size=batch_size, seed=1, validation=held_out,
            optimizer=lambda p: SGD(p, 0.01),
        )[0]
        for compile in (True, False)
    ]  # fmt: skip
    assert numbers[0] == pytest.approx(numbers[1], rel=1e-12)


def test_a_validation_that_is_neither_is_computed_scalar_by_scalar() -> None:
    def of_all(z: Any, y: Any) -> Any:
        return mse_loss(z, y) * (1 if len(y) < 8 else 5)

    for compile in (True, False):
        _, history = trained(line, DATA, of_all, compile, 3, batch_size=4, seed=1, validation=DATA)
        _, mean = trained(line, DATA, mse_loss, compile, 3, batch_size=4, seed=1, validation=DATA)
        assert history.validation == pytest.approx([5 * l for l in mean.validation], rel=1e-12)


# -- what was computed before ---------------------------------------------------------------------------------


def test_what_was_computed_from_parameters_before_the_training_stays_as_it_is() -> None:
    """In a graph that is not recomputed; a program would compute it anew in each step."""

    class Stale(Net):
        def __init__(self) -> None:
            super().__init__(lambda: 1.0)
            self.log_scale = Value(0.5)
            self.scale = self.log_scale.exp()  # type: ignore[assignment]  # a Value scales as well

    numbers, history = trained(Stale, DATA, mse_loss, None)
    assert "not the same every time" in history.compiled.reason
    assert numbers == trained(Stale, DATA, mse_loss, False)[0]


@pytest.mark.parametrize("edge", [1.0, 1.0 - 1e-5, 0.0], ids=str)
def test_a_model_at_the_edge_of_its_domain_is_compiled(edge: float) -> None:
    """Where it is not defined for parameters a little smaller, as for the first two of these."""
    p = Value(1.0)
    data = [1.0, 1.0], [1.0, 1.0]
    history = fit(lambda x: log(p - edge + 1e-6) * x, data, mse_loss, SGD([p], 1e-15), 3, progress=False)
    assert history.compiled


def test_rows_become_a_matrix_in_the_order_in_which_they_are_asked_for() -> None:
    for inputs in (np.array([[1.0], [2.0], [3.0]]), [[1.0], [2.0], [3.0]]):
        objective = Objective(line(), mse_loss, (inputs, [4, 5, 6], [7, 8, 9]))
        for form in (array_of, lists_of):
            matrix = form([2, 0, 1], objective.inputs, objective.others[0])
            assert np.array(matrix).tolist() == [[3, 6], [1, 4], [2, 5]]


# -- whose parameters -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("compile", WAYS)
@pytest.mark.parametrize("optimizer", [SGD, Adam, LBFGS])
def test_an_optimizer_of_another_model_is_refused(compile: bool | None, optimizer: Any) -> None:
    model, other = line(), line()
    with pytest.raises(
        ValueError, match=r"depends on none of the optimizer's 3 parameters, which are of another model"
    ):
        fit(model, DATA, mse_loss, optimizer(other.parameters()), 5, progress=False, compile=compile)


@pytest.mark.parametrize("compile", [None, False])
def test_parameters_that_the_first_batch_does_not_need_are_not_of_another_model(compile: bool | None) -> None:
    table = [Value(0.0) for _ in range(4)]
    fit(
        lambda k: table[int(k)] * 1.0, ([0, 1, 2, 3], [1.0, 2.0, 3.0, 4.0]), mse_loss, SGD(table[3:], 0.5), 1,
        batch_size=1, seed=0, progress=False, compile=compile,
    )  # fmt: skip
    assert [x.data for x in table] == [0.0, 0.0, 0.0, 4.0]


# -- continued ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("compile", WAYS)
@pytest.mark.parametrize("batch_size", [None, 7])
def test_ten_epochs_and_ten_more_are_twenty(compile: bool | None, batch_size: int | None) -> None:
    results = []
    for parts in ([20], [10, 10], [1] * 20):
        model, rng = Net(lambda: 1.0), random.Random(3)
        optimizer = Adam(model.parameters(), 0.01)
        schedule = ExponentialLR(optimizer, 0.95)
        losses = list[float]()
        for epochs in parts:
            losses += fit(
                model, DATA, mse_loss, optimizer, epochs, batch_size=batch_size, rng=rng, callbacks=[schedule],
                progress=False, compile=compile,
            ).loss  # fmt: skip
        results.append([*losses, *(p.data for p in model.parameters())])
    assert results[0] == results[1] == results[2]


# -- what it says ---------------------------------------------------------------------------------------------


def test_the_history_says_whether_and_why_not(monkeypatch: pytest.MonkeyPatch) -> None:
    def reason(make: Callable[[], Any] = Net, loss: Any = mse_loss, compile: bool | None = None) -> str:
        history = trained(make, DATA, loss, compile)[1]
        assert bool(history.compiled) is (history.compiled.reason == "")
        return history.compiled.reason

    class Branching(Net):
        def __call__(self, x: Any) -> Any:
            return super().__call__(x) * (2 if x[0] > 0 else 1)

    assert not History().compiled
    assert reason() == reason(compile=True) == ""
    assert reason(compile=False) == "compile=False asks for training scalar by scalar."
    assert reason(Branching).startswith("Line ")
    assert "neither" not in reason(loss=summed)
    assert reason(loss=lambda z, y: mse_loss(z, y) * len(y) ** 0.5).startswith(
        "The loss of several rows is not the mean"
    )
    assert "A Value does not turn" in reason(loss=lambda z, y: mse_loss(z, y) * math.exp(z[0]) if len(y) < 2 else z[0])
    monkeypatch.setattr(nn.descent, "WORTH", 10**9)
    assert reason() == "So few epochs of so few rows are done before a program is written."
    monkeypatch.setattr(nn.descent, "WORTH", 0)
    w = Value(1.0)
    with pytest.raises(DivergenceError):
        fit(lambda x: exp(w * 1e6 * x), ([1.0], [0]), log_loss_with_logits, SGD([w]), 3, progress=False, compile=True)


def test_an_embedding_that_indexes_a_list_is_told_of_choose() -> None:
    class Embedded(Module):
        def __init__(self) -> None:
            self.C = [[Value(0.1 * i), Value(0.2)] for i in range(4)]

        def __call__(self, x: Any) -> Any:
            a, b = self.C[x]
            return a + b

    _, history = trained(Embedded, ([0, 1, 2, 3], [0.0, 1.0, 2.0, 3.0]), mse_loss, None)
    assert "choose(values, i), not values[i]" in history.compiled.reason


def test_infinite_logits_of_the_right_sign_are_compiled() -> None:
    data = [-math.inf, math.inf, 1.0, 2.0], [0, 1, 1, 0]

    def run(compile: bool) -> tuple[list[float], History]:
        w = Value(1.0)
        history = fit(lambda x: w + x, data, log_loss_with_logits, SGD([w], 0.1), 5, progress=False, compile=compile)
        return [w.data, *history.loss], history

    numbers, history = run(True)
    assert history.compiled
    assert numbers == pytest.approx(run(False)[0], rel=1e-12)
