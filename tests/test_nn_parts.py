"""Dropout, Embedding, softmax outputs: eager and compiled alike, and as PyTorch has them."""

from __future__ import annotations

import math
import random
from typing import Any

import numpy as np
import pytest

import nn.compiled
import nn.descent
import nn.prediction
from autograd import CompileError, Value, ieee, sum
from nn import (
    LBFGS,
    MLP,
    SGD,
    Adam,
    Dropout,
    Embedding,
    History,
    Layer,
    Module,
    Sequential,
    cross_entropy,
    draw,
    fit,
    mse_loss,
    predict,
)
from tests.peers import peer

ROWS = [[random.Random(i).uniform(-1, 1), random.Random(-i).uniform(-1, 1)] for i in range(40)]
TARGETS = [math.sin(3 * a) + b for a, b in ROWS]


@pytest.fixture(autouse=True)
def _everything_is_worth_a_program(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (nn.compiled, nn.descent):
        monkeypatch.setattr(module, "WORTH", 0)
    monkeypatch.setattr(nn.prediction, "WORTH", 1)


def dropping(seed: int = 3, p: float = 0.3) -> Sequential:
    rng, shared = random.Random(1), random.Random(seed)
    return Sequential(
        Dropout(p / 3, rng=shared),
        Layer(2, 6, "tanh", rng=rng),
        Dropout(p, rng=shared),
        Layer(6, 1, "identity", rng=rng),
    )


def trained(model: Any, compile: bool, epochs: int = 6, optimizer: Any = None, **options: Any) -> tuple[Any, History]:
    optimizer = optimizer or SGD(model.parameters(), 0.1, momentum=0.5)
    data = options.pop("data", (ROWS, TARGETS))
    history = fit(model, data, mse_loss, optimizer, epochs, progress=False, compile=compile, **options)
    return [*(p.data for p in model.parameters()), *history.loss, *history.validation], history


@pytest.mark.parametrize(
    "options", [{}, {"batch_size": 7, "seed": 5}, {"validation": (ROWS[:9], TARGETS[:9])}], ids=str
)
@pytest.mark.parametrize("engine", ["numpy", "python"])
def test_dropout_draws_anew_in_every_step_compiled_or_not_from_one_seed(
    options: dict[str, Any], engine: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if engine == "python":
        monkeypatch.setattr("autograd.compiler.rows.rows.has_numpy", lambda: False)
    numbers, history = trained(dropping(), True, **options)
    assert history.compiled
    assert numbers == pytest.approx(trained(dropping(), False, **options)[0], rel=1e-9)
    assert numbers != pytest.approx(trained(dropping(seed=4), True, **options)[0], rel=1e-3)


def test_weighted_rows_and_several_generators_are_dropped_alike() -> None:
    weights = [(i % 3) / 2 for i in range(40)]

    def model() -> Any:
        made = dropping()
        made.layers[2].rng = random.Random(8)
        return made

    numbers, history = trained(model(), True, data=(ROWS, TARGETS, weights), batch_size=9, seed=1)
    assert history.compiled
    assert numbers == pytest.approx(trained(model(), False, data=(ROWS, TARGETS, weights), batch_size=9, seed=1)[0])


def test_an_optimizer_that_looks_several_times_draws_each_time() -> None:
    numbers, _ = trained(model := dropping(), True, 1, LBFGS(model.parameters(), max_iter=2))
    again, _ = trained(model := dropping(), False, 1, LBFGS(model.parameters(), max_iter=2))
    assert numbers == pytest.approx(again, rel=1e-6)


def test_what_callbacks_change_in_dropout_is_followed() -> None:
    def run(compile: bool) -> Any:
        model = dropping()

        def change(history: History) -> None:
            if len(history.loss) == 2:
                model.layers[2].p = 0.6
            if len(history.loss) == 4:
                model.eval()

        return trained(model, compile, 6, callbacks=[change])[0]

    assert run(True) == pytest.approx(run(False), rel=1e-9)


def test_a_loss_that_overflows_with_dropout_is_told_as_without_a_program() -> None:
    messages = []
    for compile in (True, False):
        model = dropping()
        with pytest.raises(ArithmeticError) as caught, ieee():
            trained(model, compile, 200, SGD(model.parameters(), 1e150))
        messages.append(str(caught.value).split(";")[0])
    assert messages[0].split()[-5:] == messages[1].split()[-5:]


def test_no_executor_draws() -> None:
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(1) as executor, pytest.raises(CompileError, match="No executor draws random"):
        trained(dropping(), None, executor=executor)  # type: ignore[arg-type]  # as it is by default


def test_after_eval_dropout_passes_on_and_train_turns_it_on_again() -> None:
    model = dropping(p=0.9)
    model.eval()
    assert {model(ROWS[0]).data for _ in range(5)} == {predict(model, ROWS[:2])[0]}
    assert not any(module.training for module in model.modules())
    model.train()
    assert len({model(ROWS[0]).data for _ in range(20)}) > 1
    assert len({*predict(model, ROWS[:1] * 9).tolist()}) == 1  # which evaluates
    assert model.layers[0].training


def test_dropout_keeps_the_mean_and_the_share() -> None:
    x = [1.0] * 100_000
    passed = np.array(Dropout(0.25, rng=random.Random(0))(x))
    assert np.unique(passed) == pytest.approx([0.0, 4 / 3])
    assert (passed == 0).mean() == pytest.approx(0.25, abs=5 * math.sqrt(0.25 * 0.75 / 1e5))
    for p in (-0.1, 1.0):
        with pytest.raises(ValueError, match="at least 0 and below 1"):
            Dropout(p)
    assert repr(dropping()) == "Sequential(Dropout(0.1), Layer(2, 6, tanh), Dropout(0.3), Layer(6, 1, identity))"


# -- embeddings -----------------------------------------------------------------------------------------------

WORDS = [[i % 5, (i * i) % 5] for i in range(40)]
MEANT = [float(a - b) for a, b in WORDS]


def embedded() -> Sequential:
    rng = random.Random(2)
    return Sequential(Embedding(5, 3, rng=rng), Layer(6, 4, "tanh", rng=rng), Layer(4, 1, "identity", rng=rng))


@pytest.mark.parametrize("engine", ["numpy", "python"])
def test_embeddings_are_trained_compiled_as_scalar_by_scalar(engine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if engine == "python":
        monkeypatch.setattr("autograd.compiler.rows.rows.has_numpy", lambda: False)
    numbers, history = trained(embedded(), True, data=(WORDS, MEANT))
    assert history.compiled
    assert numbers == pytest.approx(trained(embedded(), False, data=(WORDS, MEANT))[0], rel=1e-9)


def test_an_embedding_is_what_pytorch_calls_so() -> None:
    torch = peer("torch")
    model = embedded()
    theirs = torch.nn.Embedding(5, 3, dtype=torch.float64)
    theirs.load_state_dict({"weight": torch.tensor(model.layers[0].state_dict()["weight"], dtype=torch.float64)})
    assert [v.data for v in model.layers[0]([4, 1])] == theirs(torch.tensor([4, 1])).flatten().tolist()
    l = sum([v**2 for v in model.layers[0]([4, 1, 4])])
    l.backward()
    (theirs(torch.tensor([4, 1, 4])) ** 2).sum().backward()
    ours = [[p.grad or 0.0 for p in row] for row in model.layers[0].weight]
    assert ours == pytest.approx(np.array(theirs.weight.grad.tolist()), rel=1e-15)


def test_things_that_are_not_there_are_refused() -> None:
    embedding = Embedding(3, 2)
    assert embedding(-1) == embedding.weight[2]
    with pytest.raises(IndexError):
        embedding(3)
    with pytest.raises(TypeError):
        embedding(0.5)
    with pytest.raises(ValueError, match="at least, got 0, 2"):
        Embedding(0, 2)
    assert repr(embedding) == "Embedding(3, 2)"
    assert embedding(Value(1.0)) == embedding.weight[1]


# -- softmax, and models of one's own -------------------------------------------------------------------------


def test_a_softmax_output_gives_shares_and_its_sums_are_the_logits() -> None:
    model = MLP(2, [4, 3], "tanh", "softmax", rng=random.Random(0))
    shares = np.array([z.data for z in model(ROWS[0])])
    logits = np.array([s.data for s in model.logits(ROWS[0])])
    assert shares == pytest.approx(np.exp(logits) / np.exp(logits).sum())
    assert predict(model, ROWS).sum(axis=1) == pytest.approx(np.ones(40))
    assert repr(model) == "MLP(2, [4, 3], tanh, softmax)"
    assert repr(model.layers[1]) == "Layer(4, 3, softmax)"
    classes = [int(a > 0) + int(b > 0) for a, b in ROWS]
    history = fit(model.logits, (ROWS, classes), cross_entropy, Adam(model.parameters(), 0.1), 100, progress=False)
    assert history.loss[-1] < history.loss[0] / 3
    assert [unit.data for unit in model.units(ROWS[0])[-1].x] == pytest.approx(predict(model, ROWS[:1])[0])
    assert "softmax" in [node.note for node in draw(model).scene.nodes]


def test_units_and_logits_go_through_what_stands_between_layers() -> None:
    model = dropping().eval()
    assert model.units(ROWS[0])[-1].x[0].data == model(ROWS[0]).data == model.logits(ROWS[0]).data
    assert "x₁⁽³⁾" in draw(model).svg
    with pytest.raises(TypeError, match=r"it has Embedding\(5, 3\) between its layers"):
        draw(embedded())
    ending = Sequential(Layer(2, 2), Dropout(0.5)).eval()
    assert [z.data for z in ending.logits(ROWS[0])] == [z.data for z in ending(ROWS[0])]


def test_a_forward_is_as_good_as_a_call() -> None:
    class Own(Module):
        def __init__(self) -> None:
            self.parts = {"a": Layer(2, 1, "identity", rng=random.Random(0))}
            self.again = self.parts["a"]

        def forward(self, x: Any) -> Any:
            return self.again(x)

    model = Own()
    assert model(ROWS[0]).data == model.parts["a"](ROWS[0]).data
    assert [type(module).__name__ for module in model.modules()] == ["Own", "Layer", "Neuron"]
