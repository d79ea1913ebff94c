"""SGD against the closed form of its recurrence, and against PyTorch where that is installed."""

import math
from typing import Any

import numpy as np
import pytest

from autograd import Value
from nn import MLP, SGD

SETTINGS: list[dict[str, Any]] = [
    {"lr": 0.1},
    {"lr": 0.1, "momentum": 0.9},
    {"lr": 0.1, "momentum": 0.9, "nesterov": True},
    {"lr": 0.1, "weight_decay": 0.2},
    {"lr": 0.05, "momentum": 0.5, "weight_decay": 0.1},
    {"lr": 0.05, "momentum": 0.5, "nesterov": True, "weight_decay": 0.1},
]
settings = pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: "-".join(setting))


@settings
def test_on_a_parabola_n_steps_are_the_nth_power_of_a_matrix(setting: dict[str, Any]) -> None:
    # The slope of x²/2 is x, so that a step takes (v, x) to M (v, x).
    lr, mu, decay = setting["lr"], setting.get("momentum", 0.0), setting.get("weight_decay", 0.0)
    g = np.array([0.0, 1.0 + decay])
    v = np.array([mu, 0.0]) + g
    x = np.array([0.0, 1.0]) - lr * (g + mu * v if setting.get("nesterov") else v)
    expected = np.linalg.matrix_power(np.array([v, x]), 50) @ [0.0, 3.0]
    p = Value(3.0)
    optimizer = SGD([p], **setting)
    for _ in range(50):
        optimizer.zero_grad()
        (p**2 / 2).backward()
        optimizer.step()
    assert p.data == pytest.approx(expected[1], rel=1e-11)


@settings
def test_a_hundred_steps_are_those_of_pytorch(setting: dict[str, Any]) -> None:
    torch = pytest.importorskip("torch", reason="PyTorch, the other implementation, is not installed")
    start = [1.5, -0.5, 2.0]
    ours = [Value(x) for x in start]
    theirs = torch.tensor(start, dtype=torch.float64, requires_grad=True)
    optimizer, reference = SGD(ours, **setting), torch.optim.SGD([theirs], **setting)
    for _ in range(100):
        optimizer.zero_grad()
        reference.zero_grad()
        (ours[0].sin() * ours[1] + ours[2] ** 2 * ours[1] ** 2).backward()
        (theirs[0].sin() * theirs[1] + theirs[2] ** 2 * theirs[1] ** 2).backward()
        optimizer.step()
        reference.step()
        assert [p.data for p in ours] == pytest.approx(theirs.tolist(), rel=1e-12)


def test_the_learning_rate_may_change_between_steps() -> None:
    p = Value(1.0)
    optimizer = SGD([p], lr=0.5)
    for lr in (0.5, 0.25):
        optimizer.lr = lr
        optimizer.zero_grad()
        (3 * p).backward()
        optimizer.step()
    assert p.data == 1.0 - 0.5 * 3 - 0.25 * 3


def test_a_parameter_without_gradient_stays_as_it_is() -> None:
    p, q = Value(1.0), Value(2.0)
    optimizer = SGD([p, q], lr=0.5, momentum=0.9, weight_decay=0.1)
    p.grad = 1.0
    optimizer.step()
    assert (p.data, q.data) == (1.0 - 0.5 * 1.1, 2.0)


def test_zero_grad_sets_every_gradient_to_0() -> None:
    model = MLP(2, [1])
    optimizer = SGD(model.parameters())
    model([1.0, 2.0]).backward()
    optimizer.zero_grad()
    assert [p.grad for p in model.parameters()] == [0.0] * 3


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ({"lr": -0.1}, "A learning rate is at least 0, got -0.1"),
        ({"lr": math.nan}, "A learning rate is at least 0, got nan"),
        ({"momentum": -1.0}, "momentum and weight_decay are at least 0, got -1.0 and 0.0"),
        ({"weight_decay": -1.0}, "momentum and weight_decay are at least 0, got 0.0 and -1.0"),
        ({"nesterov": True}, "Nesterov's momentum needs a momentum, got 0"),
    ],
    ids=str,
)
def test_settings_without_sense_are_refused(setting: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        SGD([Value(1.0)], **setting)


def test_no_parameters_are_refused() -> None:
    with pytest.raises(ValueError, match="An optimizer needs parameters, got none"):
        SGD([])


@pytest.mark.parametrize("p", [Value(1.0) * 2, 1.0, MLP(2, [1])], ids=["computed", "number", "module"])
def test_what_is_no_parameter_is_refused(p: Any) -> None:
    with pytest.raises(TypeError, match="changes Values that were not computed from others"):
        SGD([p])
