"""`predict`: many rows by a program, the same numbers as row by row."""

from __future__ import annotations

import gc
import random
import sys
import weakref
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

import nn.prediction
from autograd import Value, choose, exp, log, no_grad, where
from nn import MLP, Module, predict

ROWS = np.random.default_rng(0).normal(size=(40, 3))


@pytest.fixture
def worth(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nn.prediction, "WORTH", 1)


def one_by_one(model: Callable[[Any], Any], rows: Any) -> list[Any]:
    with no_grad():
        found = [model(row) for row in rows]
    return [[x.data for x in z] if isinstance(z, list) else z.data for z in found]


@pytest.fixture(params=["numpy", "python"])
def engine(request: Any, monkeypatch: pytest.MonkeyPatch, worth: None) -> str:
    if request.param == "python":
        monkeypatch.setattr("autograd.compiler.rows.rows.has_numpy", lambda: False)
    return str(request.param)


ACTIVATIONS = ["identity", "elu", "gelu", "leaky_relu", "logsigmoid", "relu", "sigmoid", "silu", "softplus", "tanh"]


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("outputs", [1, 3])
def test_predictions_are_those_of_the_model_row_by_row(engine: str, activation: str, outputs: int) -> None:
    model = MLP(3, [5, 4, outputs], activation, activation, rng=random.Random(2))
    found = predict(model, ROWS)
    assert found.shape == ((40,) if outputs == 1 else (40, 3))
    assert model in nn.prediction._kept  # a program did it
    assert found == pytest.approx(np.array(one_by_one(model, ROWS.tolist())), rel=1e-12, abs=1e-14)
    for rows in (ROWS.tolist(), pd.DataFrame(ROWS)):
        assert predict(model, rows).tolist() == found.tolist()


def test_what_changes_in_a_model_counts_at_the_next_call(engine: str) -> None:
    model = MLP(3, [4, 2], "tanh", rng=random.Random(0))
    changes: list[Callable[[], object]] = [
        lambda: setattr(model.layers[0].neurons[0].w[1], "data", 3.0),
        lambda: setattr(model.layers[0].neurons[1], "activation", lambda s: s.sigmoid() * 2),
        lambda: setattr(model.layers[1].neurons[0], "b", Value(7.0)),
        lambda: model.layers[1].neurons.pop(),
    ]
    before = predict(model, ROWS)
    for change in changes:
        change()
        now = predict(model, ROWS)
        assert now == pytest.approx(np.array(one_by_one(model, ROWS.tolist())), rel=1e-12)
        assert now.tolist() != before.tolist()
        before = now


def test_a_program_goes_with_its_model(worth: None) -> None:
    model = MLP(3, [2, 1])
    predict(model, ROWS)
    gone = weakref.ref(model)
    del model
    gc.collect()
    assert gone() is None


class Branching(Module):
    def __init__(self) -> None:
        self.w = Value(2.0)

    def __call__(self, x: Any) -> Any:
        s = self.w * x[0]
        return s if s > 0 else s * 0.1


class Embedded(Module):
    def __init__(self) -> None:
        self.C = [[Value(1.0 + i), Value(-2.0 * i)] for i in range(4)]

    def forward(self, x: Any) -> Any:
        return [choose([row[k] for row in self.C], i) for i in x for k in range(2)]


def test_rows_that_take_different_branches_are_predicted_row_by_row(engine: str) -> None:
    assert predict(Branching(), ROWS) == pytest.approx(np.where(ROWS[:, 0] > 0, 2.0, 0.2) * ROWS[:, 0])
    some = ROWS[ROWS[:, 0] > 0]
    assert predict(Branching(), some) == pytest.approx(2.0 * some[:, 0])


def test_rows_may_choose_parameters(engine: str) -> None:
    rows = [[i % 4, 3 - i % 4] for i in range(30)]
    model = Embedded()
    assert predict(model, rows).tolist() == one_by_one(model, rows)
    assert model in nn.prediction._kept


def test_functions_without_parameters_and_of_one_number_are_predicted_too(engine: str) -> None:
    assert predict(lambda x: Value(2.0) * exp(x), [0.0, 0.0]).tolist() == [2.0, 2.0]
    assert predict(lambda row: row[0] + 1, ROWS).tolist() == (ROWS[:, 0] + 1).tolist()
    assert predict(lambda row: [where(row[0] > 0, 1.0, 0.0), row[1]], ROWS)[:, 0].tolist() == (ROWS[:, 0] > 0).tolist()


def test_what_the_model_raises_is_raised(engine: str) -> None:
    w = Value(1.0)
    with pytest.raises(ValueError, match="log is defined for x > 0, got -2"):
        predict(lambda x: log(w * x[0]), [[1.0], [3.0], [-2.0]])
    assert np.isnan(predict(lambda x: exp(w * x[0]), [[1.0], [np.nan]])).tolist() == [False, True]
    assert predict(lambda x: exp(1000 * w * x[0]), [[1.0], [0.0]]).tolist() == [np.inf, 1.0]


def test_rows_of_different_lengths_are_predicted_where_the_model_takes_them(engine: str) -> None:
    w = Value(2.0)
    assert predict(lambda x: w * len(x), [[1.0], [1.0, 2.0]]).tolist() == [2.0, 4.0]


def test_a_model_that_draws_random_numbers_draws_them_for_every_row(worth: None) -> None:
    rng, w = random.Random(3), Value(1.0)
    expected = random.Random(3)
    assert predict(lambda x: w * rng.random(), [[0.0]] * 5).tolist() == [expected.random() for _ in range(5)]


def test_a_model_that_cannot_be_kept_is_compiled_anew(worth: None) -> None:
    class Unhashable(MLP):
        def __eq__(self, other: object) -> bool:
            return self is other

    model = Unhashable(3, [2])  # type: ignore[abstract, unused-ignore]  # it has no hash
    assert predict(model, ROWS) == pytest.approx(np.array(one_by_one(model, ROWS.tolist())), rel=1e-12)
    unpicklable = MLP(3, [2])
    vars(unpicklable)["stream"] = sys.stderr
    assert predict(unpicklable, ROWS) == pytest.approx(np.array(one_by_one(unpicklable, ROWS.tolist())), rel=1e-12)


def test_nothing_is_predicted_for_no_rows() -> None:
    assert predict(MLP(3, [1]), np.empty((0, 3))).tolist() == []


def test_without_numpy_predictions_are_lists(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "numpy", None)
    one, two = MLP(2, [1], rng=random.Random(1)), MLP(2, [2], rng=random.Random(1))
    rows = [[0.5, 1.0], [2.0, -1.0]]
    for worth in (1, 10**9):
        monkeypatch.setattr(nn.prediction, "WORTH", worth)
        assert predict(one, rows) == pytest.approx(one_by_one(one, rows))
        assert [*map(pytest.approx, one_by_one(two, rows))] == predict(two, rows)


def test_a_module_without_a_function_says_so() -> None:
    with pytest.raises(NotImplementedError, match="Module says in forward or __call__ what it computes"):
        Module()(1.0)


SCALE = {"by": 1.0}


class Scaled(MLP):
    def __call__(self, x: Any) -> Any:
        return super().__call__(x) * SCALE["by"]


def test_what_a_class_reads_elsewhere_counts_too(worth: None, monkeypatch: pytest.MonkeyPatch) -> None:
    model = Scaled(3, [1], rng=random.Random(0))
    before = predict(model, ROWS)
    monkeypatch.setitem(SCALE, "by", 2.0)
    assert predict(model, ROWS) == pytest.approx(2 * before)


def test_a_first_row_of_nan_is_no_reason_to_go_row_by_row(worth: None) -> None:
    model = MLP(1, [1], rng=random.Random(0))
    assert np.isnan(predict(model, [[np.nan], [1.0]])).tolist() == [True, False]
