"""Compiled training against the same training scalar by scalar."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

import nn.compiled
from autograd import CompileError, DomainError, Value, dot, linear, tanh, where
from nn import (
    LBFGS,
    MLP,
    SGD,
    Adam,
    AdamW,
    DivergenceError,
    ExponentialLR,
    History,
    Module,
    Optimizer,
    cross_entropy,
    fit,
    hinge_loss,
    l2,
    log_loss,
    log_loss_with_logits,
    mse_loss,
)

Make = Callable[[], Any]


def rows(inputs: int, target: Callable[[random.Random], Any], n: int = 30) -> tuple[list[list[float]], list[Any]]:
    rng = random.Random(5)
    return [[rng.uniform(-2, 2) for _ in range(inputs)] for _ in range(n)], [target(rng) for _ in range(n)]


LABELS = rows(2, lambda rng: rng.choice([-1, 1]))


def trained(model: Any, data: Any, loss: Any, optimizer: Any, epochs: int = 100, **options: Any) -> tuple[Any, History]:
    history = fit(model, data, loss, optimizer(model.parameters()), epochs, progress=False, **options)
    return [p.data for p in model.parameters()], history


def assert_trains_alike(make: Make, data: Any, loss: Any, optimizer: Any, epochs: int = 100, **options: Any) -> None:
    """The parameters, their gradients and the losses after compiled training are those of the eager loop."""
    results = []
    for compiled in (True, False):
        model = make()
        random.seed(7)
        parameters, history = trained(model, data, loss, optimizer, epochs, compile=compiled, **options)
        results.append((parameters, [p.grad for p in model.parameters()], history.loss, history.validation))
    for ours, theirs in zip(*results, strict=True):
        assert ours == pytest.approx(theirs, rel=1e-12, abs=1e-14)


def network(outputs: int = 1, activation: str = "tanh", **options: Any) -> Make:
    return lambda: MLP(2, [5, 4, outputs], activation, rng=random.Random(3), **options)


LOSSES: dict[str, tuple[Any, Make, Callable[[random.Random], Any]]] = {
    "mse": (mse_loss, network(), lambda rng: rng.uniform(-1, 1)),
    "hinge": (hinge_loss, network(activation="relu"), lambda rng: rng.choice([-1, 1])),
    "log": (log_loss, network(output="sigmoid"), lambda rng: rng.randrange(2)),
    "log with logits": (log_loss_with_logits, network(activation="sigmoid"), lambda rng: rng.randrange(2)),
    "cross-entropy": (cross_entropy, network(3), lambda rng: rng.randrange(3)),
}

OPTIMIZERS: dict[str, Callable[[Any], Optimizer]] = {
    "SGD": lambda p: SGD(p, 0.1),
    "momentum": lambda p: SGD(p, 0.05, momentum=0.9, weight_decay=1e-3),
    "Nesterov": lambda p: SGD(p, 0.05, momentum=0.9, nesterov=True),
    "Adam": lambda p: Adam(p, 0.01, weight_decay=1e-3),
    "AdamW": lambda p: AdamW(p, 0.01),
}


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("loss", LOSSES)
def test_after_a_hundred_steps_the_parameters_are_those_of_the_eager_loop(loss: str, optimizer: str) -> None:
    of, make, target = LOSSES[loss]
    assert_trains_alike(make, rows(2, target), of, OPTIMIZERS[optimizer])


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_batches_are_shuffled_and_the_last_one_may_be_smaller(optimizer: str) -> None:
    assert_trains_alike(network(), LABELS, hinge_loss, OPTIMIZERS[optimizer], 10, batch_size=8, seed=3)
    assert_trains_alike(network(), LABELS, hinge_loss, OPTIMIZERS[optimizer], 2, batch_size=1)  # by random.seed


def test_rows_have_weights_and_those_without_are_left_out() -> None:
    rng = random.Random(1)
    weights = [rng.choice([0, 1, 2.5]) for _ in LABELS[0]]
    inputs = [[math.nan, 0.0] if not weight else x for x, weight in zip(LABELS[0], weights, strict=True)]
    for size in (None, 7):
        data = (inputs, LABELS[1], weights)
        assert_trains_alike(network(), data, hinge_loss, OPTIMIZERS["SGD"], 20, batch_size=size, seed=1)


def test_a_penalty_and_validation_are_part_of_it() -> None:
    class Penalised:
        def __init__(self) -> None:
            self.model = network()()
            self.parameters = self.model.parameters

        def __call__(self, x: Any) -> Any:
            return self.model(x)

        def loss(self, z: Any, y: Any) -> Any:
            return hinge_loss(z, y) + 1e-2 * l2(self.parameters())

    results = []
    for compiled in (True, False):
        model = Penalised()
        optimizer = SGD(model.parameters(), 0.1)
        validation = (LABELS[0][:5], LABELS[1][:5])
        history = fit(model, LABELS, model.loss, optimizer, 50, validation=validation, progress=False, compile=compiled)
        results.append([*(p.data for p in model.parameters()), *history.loss, *history.validation])
    assert results[0] == pytest.approx(results[1], rel=1e-12)


def test_lbfgs_goes_the_same_way() -> None:
    results = []
    for compiled in (True, False):
        model = MLP(2, [3, 1], "tanh", rng=random.Random(3))
        optimizer = LBFGS(model.parameters(), max_iter=20)
        fit(model, LABELS, hinge_loss, optimizer, 1, progress=False, compile=compiled)
        results.append([*(p.data for p in model.parameters()), optimizer.n_iter])
    assert results[0] == pytest.approx(results[1], rel=1e-6)  # a line search magnifies rounding


def test_an_optimizer_of_one_s_own_need_not_know_arrays() -> None:
    class Signs(Optimizer):
        def __init__(self, parameters: Any) -> None:
            super().__init__(parameters, 0.01)

        def update(self, i: int, x: Value, g: float) -> None:
            x.data -= self.lr * (1 if g > 0 else -1 if g < 0 else 0)

    assert_trains_alike(network(), LABELS, hinge_loss, Signs, 30)


def test_training_goes_on_where_it_stopped_compiled_or_not() -> None:
    """The state of an optimiser survives the change from one to the other."""
    results = []
    for ways in ((True, False, True), (False, False, False)):
        model = network()()
        optimizer = Adam(model.parameters(), 0.01)
        for way in ways:
            fit(model, LABELS, hinge_loss, optimizer, 10, progress=False, compile=way)
        assert optimizer.t == [30] * len(model.parameters())
        results.append([p.data for p in model.parameters()])
    assert results[0] == pytest.approx(results[1], rel=1e-12)


def test_state_that_differs_from_parameter_to_parameter_is_kept() -> None:
    model = network()()
    optimizer = Adam(model.parameters(), 0.01)
    optimizer.t[0] = 5
    fit(model, LABELS, hinge_loss, optimizer, 10, progress=False, compile=True)
    assert optimizer.t == [15] + [10] * (len(model.parameters()) - 1)


class Line(Module):
    """y = a x + b, with weights in an order of their own."""

    def __init__(self) -> None:
        self.b, self.a = Value(0.5), Value(0.0)

    def __call__(self, x: float) -> Value:
        return self.a * x + self.b


XS, YS = [0.0, 1.0, 2.0, 3.0], [1.0, 3.5, 4.5, 7.0]


def test_a_model_of_one_s_own_and_inputs_that_are_numbers() -> None:
    assert_trains_alike(Line, (XS, YS), mse_loss, lambda p: SGD(p, 0.1))
    assert_trains_alike(Line, (np.array(XS), np.array(YS)), mse_loss, lambda p: SGD(p, 0.1))


def test_rows_may_be_arrays_or_dicts_and_targets_vectors() -> None:
    class ByName(Module):
        def __init__(self) -> None:
            self.w, self.v = [Value(0.1), Value(-0.2)], [Value(0.3), Value(0.2)]

        def __call__(self, x: Any) -> Any:
            return [dot(self.w, [x["a"], x["b"][0]]), dot(self.v, x["b"])]

    def loss(z: Any, y: Any) -> Any:
        return sum((a - b) ** 2 for p, t in zip(z, y, strict=True) for a, b in zip(p, t, strict=True)) / len(y)

    targets = [[x[0], x[1] * x[0]] for x in LABELS[0]]
    named = [{"a": x[0], "b": x} for x in LABELS[0]]
    assert_trains_alike(ByName, (named, targets), loss, lambda p: SGD(p, 0.1), 20)
    arrays = [np.array(x) for x in LABELS[0]]
    assert_trains_alike(network(2), (arrays, np.array(targets)), loss, lambda p: SGD(p, 0.1), 20, batch_size=8, seed=1)


def test_a_part_of_the_parameters_is_trained() -> None:
    results = []
    for compiled in (True, False):
        model = network()()
        part = model.layers[-1].parameters()
        fit(model, LABELS, hinge_loss, SGD(part, 0.1), 20, progress=False, compile=compiled)
        results.append([p.data for p in model.parameters()])
    assert results[0] == pytest.approx(results[1], rel=1e-12)


# -- what others see ----------------------------------------------------------------------------------------------


def test_callbacks_see_the_parameters_and_may_change_them() -> None:
    results = []
    for compiled in (True, False):
        model = Line()
        optimizer = SGD(model.parameters(), 0.1, momentum=0.5)
        seen = list[Any]()

        def watch(history: History, model: Line = model, optimizer: SGD = optimizer, seen: list[Any] = seen) -> None:
            seen.append((model.a.data, model.b.data, model.a.grad, optimizer.v[0], type(optimizer.v)))
            if len(history.loss) == 5:
                model.a.data = 10.0
                optimizer.v = [0.0, 0.0]

        schedule = ExponentialLR(optimizer, 0.99)
        fit(model, (XS, YS), mse_loss, optimizer, 20, callbacks=[watch, schedule], progress=False, compile=compiled)
        results.append([x for row in seen for x in row[:4]] + [model.a.data])
        assert {row[4] for row in seen} == {list}
    assert results[0] == pytest.approx(results[1], rel=1e-12)


def test_ctrl_c_keeps_what_was_learnt(monkeypatch: pytest.MonkeyPatch) -> None:
    model, steps = Line(), 0
    original = nn.compiled.CompiledDescent.differentiated

    def interrupted(self: Any, *args: Any) -> Value:
        nonlocal steps
        steps += 1
        if steps == 4:
            raise KeyboardInterrupt
        return original(self, *args)

    monkeypatch.setattr(nn.compiled.CompiledDescent, "differentiated", interrupted)
    history = fit(model, (XS, YS), mse_loss, SGD(model.parameters(), 0.1), 100, progress=False, compile=True)
    assert history.interrupted
    other = Line()
    fit(other, (XS, YS), mse_loss, SGD(other.parameters(), 0.1), 3, progress=False, compile=False)
    assert (model.a.data, model.b.data) == pytest.approx((other.a.data, other.b.data))


def test_the_bar_and_the_history_are_those_of_any_training(capsys: pytest.CaptureFixture[str]) -> None:
    model = Line()
    history = fit(model, (XS, YS), mse_loss, SGD(model.parameters(), 0.1), 25, compile=True)
    err = capsys.readouterr().err
    assert "25/25" in err
    assert f"loss {history.loss[-1]:#.4g}" in err
    assert all(type(x) is float for x in history.loss)


# -- what goes wrong ----------------------------------------------------------------------------------------------


def error_of(compiled: bool, model: Any, data: Any, loss: Any, lr: float, **options: Any) -> BaseException:
    with pytest.raises((ArithmeticError, ValueError)) as caught:
        fit(model, data, loss, SGD(model.parameters(), lr), 100, progress=False, compile=compiled, **options)
    return caught.value


def test_a_divergence_is_told_as_ever_and_leaves_the_model_as_it_was_before_that_step() -> None:
    first, second = Line(), Line()
    models = {True: first, False: second}
    errors = [error_of(compiled, model, (XS, YS), mse_loss, 1e50) for compiled, model in models.items()]
    assert [type(error) for error in errors] == [DivergenceError] * 2
    assert str(errors[0])[:60] == str(errors[1])[:60]
    assert "in step 5 (epoch 5); try a smaller learning rate" in str(errors[0])
    assert "It began in row" in str(errors[0])
    assert (first.a.data, first.b.data) == pytest.approx((second.a.data, second.b.data), rel=1e-12)


def test_a_row_that_is_not_finite_is_named_in_whichever_batch_it_comes() -> None:
    xs = [*XS, *XS, math.nan, *XS]
    ys = [*YS, *YS, 1.0, *YS]
    for size in (None, 2):
        error = error_of(True, Line(), (xs, ys), mse_loss, 0.1, batch_size=size, seed=1)
        assert "It began in row 8" in str(error)


def test_a_number_outside_a_domain_names_step_and_row() -> None:
    class Log(Module):
        def __init__(self) -> None:
            self.a = Value(1.0, "a")

        def __call__(self, x: float) -> Value:
            return (self.a * x).log()

    model = Log()
    with pytest.raises(DomainError, match=r"log is defined for x > 0") as caught:
        fit(model, ([1.0, 2.0], [9.0, -99.0]), mse_loss, SGD([model.a], 0.1), 99, progress=False, compile=True)
    assert "epoch" in caught.value.__notes__[0]
    model = Log()
    with pytest.raises(DomainError, match=r"got -") as caught:
        fit(model, ([1.0, -2.0], [0.0, 0.0]), mse_loss, SGD([model.a], 0.1), 99, progress=False, compile=True)
    assert caught.value.__notes__ == ["This was in step 1 (epoch 1), row 1."]


def test_slopes_whose_squares_overflow_are_no_divergence() -> None:
    def loss(z: Any, y: Any) -> Any:
        return sum(z) / len(z)

    assert_trains_alike(Line, ([1e200, 2e200], [0.0, 0.0]), loss, lambda p: SGD(p, 1e-201), 5)


def test_a_validation_that_is_not_finite_is_told_as_ever() -> None:
    with pytest.raises(DivergenceError, match=r"in the validation after epoch 1\. It began in row 1"):
        fit(
            model := Line(),
            (XS, YS),
            mse_loss,
            SGD(model.parameters(), 0.1),
            5,
            validation=([1.0, math.inf], [1.0, 1.0]),
            progress=False,
            compile=True,
        )


class Branching(Line):
    def __call__(self, x: float) -> Value:
        return self.a * x + self.b if x > 1.5 else self.b - x * self.a


def test_a_branch_on_data_is_refused_with_true_and_trained_scalar_by_scalar_by_default(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    model = Branching()
    with pytest.raises(CompileError, match=r"^Line \d+ of .*test_nn_compiled.py branches .* autograd.where"):
        fit(model, (XS, YS), mse_loss, SGD(model.parameters(), 0.1), 5, progress=False, compile=True)
    monkeypatch.setattr(nn.compiled, "WORTH", 0)
    losses = []
    for compiled in (None, False):
        model = Branching()
        optimizer = SGD(model.parameters(), 0.01)
        losses.append(fit(model, (XS, YS), mse_loss, optimizer, 5, progress=False, compile=compiled).loss)
    assert losses[0] == losses[1]


def test_where_in_place_of_a_branch_is_compiled() -> None:
    class Choosing(Line):
        def __call__(self, x: float) -> Value:
            return where(x > 1.5, self.a * x + self.b, self.b - x * self.a)  # type: ignore[no-any-return]  # Values

    assert_trains_alike(Choosing, (XS, YS), mse_loss, lambda p: SGD(p, 0.1))


@pytest.mark.parametrize("compiled", [True, False])
def test_an_infinite_logit_that_is_right_costs_nothing(compiled: bool) -> None:
    w = Value(1.0)
    rows, held_out = ([-0.5, 0.5], [0, 1]), ([-1e308, 1e308], [0, 1])
    history = fit(
        lambda x: w * x * 100, rows, log_loss_with_logits, SGD([w], 0.1), 1,
        validation=held_out, progress=False, compile=compiled,
    )  # fmt: skip
    assert history.validation == [0.0]


def test_validation_on_another_branch_is_computed_scalar_by_scalar() -> None:
    results = []
    for compiled in (True, False):
        model = Branching()
        data, held_out = ([2.0, 3.0], [1.0, 2.0]), ([0.0, 5.0], [1.0, 2.0])
        optimizer = SGD(model.parameters(), 0.01)
        history = fit(model, data, mse_loss, optimizer, 10, validation=held_out, progress=False, compile=compiled)
        results.append(history.validation)
    assert results[0] == pytest.approx(results[1], rel=1e-12)


def test_a_loss_that_is_a_sum_over_rows_is_trained_alike() -> None:
    make = network()

    def loss(z: Any, y: Any, weights: Any = None) -> Any:
        shares = weights or [1.0] * len(y)
        return sum(w * (1 - a * b).relu() for a, b, w in zip(z, y, shares, strict=True)) + 0.5

    weights = [1.0 + (i % 3) for i in range(30)]
    for data in (LABELS, (*LABELS, weights)):
        for size in (None, 8):
            assert_trains_alike(make, data, loss, lambda p: SGD(p, 0.01), 10, batch_size=size, seed=1)


def test_a_loss_that_is_no_mean_over_rows_is_found_out() -> None:
    model = Line()

    def of_pairs(z: Any, y: Any) -> Any:
        return mse_loss(z, y) * len(y) ** 0.5

    with pytest.raises(CompileError, match="not the mean of the losses of each"):
        fit(model, (XS, YS), of_pairs, SGD(model.parameters(), 0.01), 5, progress=False, compile=True)
    assert model.a.grad is None


def test_a_loss_is_checked_for_full_batches_and_for_the_last_one(monkeypatch: pytest.MonkeyPatch) -> None:
    def loss(z: Any, y: Any) -> Any:
        return mse_loss(z, y) * (3 if len(z) == 2 else 1)

    def trained_on(n: int) -> None:
        model = Line()
        data = ([*XS, *XS][:n], [*YS, *YS][:n])
        fit(model, data, loss, SGD(model.parameters(), 0.01), 5, batch_size=4, progress=False, compile=True)

    trained_on(7)
    with pytest.raises(CompileError, match="not the mean of the losses of each"):
        trained_on(6)
    with pytest.raises(CompileError, match="not the mean of the losses of each"):
        trained_on(2)
    monkeypatch.setattr(nn.compiled, "CHECKED", 1)  # so that no more than 3 rows are computed both ways, and 1
    trained_on(8)


def test_a_model_that_is_not_the_same_every_time_is_found_out() -> None:
    class Counting(Line):
        calls = 0

        def __call__(self, x: float) -> Value:
            self.calls += 1
            return self.a * x + self.b * self.calls

    model = Counting()
    with pytest.raises(CompileError, match="not the same every time"):
        fit(model, (XS, YS), mse_loss, SGD(model.parameters(), 0.01), 5, progress=False, compile=True)


def test_targets_that_a_loss_refuses_are_refused_as_ever() -> None:
    model = network(3)()
    for targets in ([3] * 30, [0, 3] * 15):
        data = (LABELS[0], targets)
        for compiled in (None, True):
            with pytest.raises(ValueError, match=r"cross_entropy of 3 classes needs targets from 0 to 2, got 3"):
                fit(model, data, cross_entropy, SGD(model.parameters()), 5, progress=False, compile=compiled)


def test_what_fails_only_while_it_is_compiled_says_so_with_true() -> None:
    table = [1.0, 2.0, 3.0, 4.0]

    class Lookup(Line):
        def __call__(self, x: Any) -> Value:
            return self.a * table[int(x)] + self.b

    model = Lookup()
    with pytest.raises(CompileError, match=r"The loss of a row cannot be compiled: A Value does not turn into"):
        fit(model, (XS, YS), mse_loss, SGD(model.parameters(), 0.01), 5, progress=False, compile=True)


PAIRS = [[0.1 * i, 0.2] for i in range(300)]
OUTCOMES = [i % 2 for i in range(300)]


def with_row(column: list[Any], row: Any) -> list[Any]:
    return [*column[:30], row, *column[31:]]


ODD_ROWS = {
    "a word": (with_row(PAIRS, [0.1, "male"]), OUTCOMES),
    "a number as text": (with_row(PAIRS, [0.1, "0.2"]), OUTCOMES),
    "a word in an array": (np.array(with_row(PAIRS, [0.1, "male"]), dtype=object), OUTCOMES),
    "None": (with_row(PAIRS, [0.1, None]), OUTCOMES),
    "a complex number": (with_row(PAIRS, [0.1, 1j]), OUTCOMES),
    "too few": (with_row(PAIRS, [0.1]), OUTCOMES),
    "too many": (with_row(PAIRS, [0.1, 0.2, 0.3]), OUTCOMES),
    "no row": (with_row(PAIRS, 0.1), OUTCOMES),
    "a list in a list": (with_row(PAIRS, [0.1, [0.2]]), OUTCOMES),
    "a dict": (with_row(PAIRS, {"a": 0.1, "b": 0.2}), OUTCOMES),
    "no target": (PAIRS, with_row(OUTCOMES, None)),
    "a word for a target": (PAIRS, with_row(OUTCOMES, "yes")),
    "two targets": (PAIRS, with_row(OUTCOMES, [0, 1])),
}


@pytest.mark.parametrize("odd", ODD_ROWS)
def test_a_row_that_holds_anything_but_such_numbers_is_named_as_ever(odd: str) -> None:
    raised = []
    for compiled in (False, True):
        model = MLP(2, [2, 1], rng=random.Random(1))
        with pytest.raises((TypeError, ValueError)) as caught:
            fit(model, ODD_ROWS[odd], log_loss_with_logits, SGD(model.parameters(), 0.1), 2, progress=False,
                compile=compiled)  # fmt: skip
        raised.append((caught.type, str(caught.value), caught.value.__notes__))
    assert raised[0] == raised[1]
    assert raised[0][2] == ["This was in step 1 (epoch 1), row 30."]


def test_rows_of_several_lengths_are_refused_with_true_and_trained_scalar_by_scalar_by_default() -> None:
    rows = [[1.0], [1.0, 2.0], [0.5], [1.0, 2.0, 3.0]], [1.0, 2.0, 3.0, 4.0]
    w = Value(0.5)

    def model(x: Any) -> Any:
        return dot([w] * len(x), x)

    with pytest.raises(CompileError, match=r"cannot be compiled: row 1 does not hold numbers laid out as in row 0"):
        fit(model, rows, mse_loss, SGD([w], 0.01), 2, progress=False, compile=True)
    history = fit(model, rows, mse_loss, SGD([w], 0.01), 30_000, progress=False, callbacks=[lambda _: True])
    assert history.loss[0] == pytest.approx((0.5**2 + 0.5**2 + 2.75**2 + 1.0) / 4)


def test_what_rows_without_weight_hold_does_not_matter() -> None:
    weights = [0, 1, 1, 1]
    assert_trains_alike(Line, (["x", *XS[1:]], [None, *YS[1:]], weights), mse_loss, OPTIMIZERS["SGD"], 3)


def test_rows_may_hold_fractions() -> None:
    data = [[Fraction(i, 3), 1] for i in range(6)], [Fraction(i, 7) for i in range(6)]
    assert_trains_alike(network(), data, mse_loss, OPTIMIZERS["SGD"], 5)


def test_small_jobs_are_done_without_a_program(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any) -> None:
        raise AssertionError("compiled")

    monkeypatch.setattr(nn.compiled, "CompiledDescent", refuse)
    model = Line()
    fit(model, (XS, YS), mse_loss, SGD(model.parameters(), 0.1), 3, progress=False)
    with pytest.raises(CompileError, match="cannot be compiled: compiled"):
        fit(model, (XS, YS), mse_loss, SGD(model.parameters(), 0.1), 3, progress=False, compile=True)


def test_one_neuron_written_out_and_one_by_dot_learn_the_same() -> None:
    class Written(Module):
        def __init__(self) -> None:
            self.w, self.b = [Value(0.3), Value(-0.2)], Value(0.1)

        def __call__(self, x: Any) -> Any:
            return tanh(self.w[0] * x[0] + self.w[1] * x[1] + self.b)

    class ByDot(Written):
        def __call__(self, x: Any) -> Any:
            return tanh(dot(self.w, x) + self.b)

    class ByLinear(Written):
        def __call__(self, x: Any) -> Any:
            return tanh(linear(self.w, x, self.b))

    results = [
        trained(kind(), LABELS, hinge_loss, lambda p: SGD(p, 0.1), compile=True)[0]
        for kind in (Written, ByDot, ByLinear)
    ]
    assert results[0] == pytest.approx(results[1], rel=1e-12)
    assert results[0] == pytest.approx(results[2], rel=1e-12)


# -- without NumPy ------------------------------------------------------------------------------------------------


@pytest.fixture
def no_numpy(monkeypatch: pytest.MonkeyPatch) -> None:
    """NumPy is there for the test, but not for the training."""
    monkeypatch.setattr("autograd.compiler.rows.rows.has_numpy", lambda: False)
    monkeypatch.setattr(nn.compiled, "CHECKED", 300)


@pytest.mark.usefixtures("no_numpy")
@pytest.mark.parametrize("loss", LOSSES)
def test_without_numpy_a_loop_over_rows_trains_alike(loss: str) -> None:
    of, make, target = LOSSES[loss]
    for optimizer in OPTIMIZERS.values():
        assert_trains_alike(make, rows(2, target), of, optimizer, 10)
    data = (*rows(2, target), [1.0 + (i % 3) for i in range(30)])
    assert_trains_alike(make, data, of, OPTIMIZERS["SGD"], 5, batch_size=8, seed=3, validation=rows(2, target, 5))


@pytest.mark.usefixtures("no_numpy")
def test_without_numpy_losses_that_are_sums_and_penalties_are_trained_alike() -> None:
    def loss(z: Any, y: Any) -> Any:
        return sum((1 - a * b).relu() for a, b in zip(z, y, strict=True)) + 0.5

    assert_trains_alike(network(), LABELS, loss, lambda p: SGD(p, 0.01), 10, batch_size=8, seed=1)


@pytest.mark.usefixtures("no_numpy")
def test_without_numpy_what_goes_wrong_is_told_as_ever() -> None:
    error = error_of(True, Line(), (XS, YS), mse_loss, 1e50)
    assert "in step 5 (epoch 5); try a smaller learning rate" in str(error)
    with pytest.raises(CompileError, match=r"branches .* autograd.where"):
        fit(m := Branching(), (XS, YS), mse_loss, SGD(m.parameters(), 0.1), 5, progress=False, compile=True)
    with ThreadPoolExecutor(1) as pool, pytest.raises(CompileError, match="programs of NumPy, which is not installed"):
        fit(l := Line(), (XS, YS), mse_loss, SGD(l.parameters(), 0.1), 5, progress=False, executor=pool)
