"""Optimisers against closed forms of their recurrences, and against PyTorch where that is installed."""

import json
import math
import random
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from scipy.optimize import minimize, rosen, rosen_der

from autograd import Value
from nn import (
    LBFGS,
    MLP,
    SGD,
    Adam,
    AdamW,
    CosineAnnealingLR,
    ExponentialLR,
    Optimizer,
    RMSprop,
    StepLR,
    clip_grad_norm_,
    fit,
    huber_loss,
    mse_loss,
)
from tests.peers import peer

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


def valley(x: Any, y: Any, z: Any) -> Any:
    return x.sin() * y + (z * y) ** 2 + (x**2 + y**2 + z**2) / 2


@pytest.mark.parametrize(
    ("optimizer", "setting"),
    [(SGD, setting) for setting in SETTINGS]
    + [
        (RMSprop, setting)
        for setting in (
            {},
            {"lr": 0.05, "alpha": 0.9},
            {"lr": 0.02, "momentum": 0.8, "eps": 1e-3},
            {"lr": 0.01, "weight_decay": 0.3},
        )
    ]
    + [
        (kind, setting)
        for kind in (Adam, AdamW)
        for setting in (
            {},
            {"lr": 0.05},
            {"lr": 0.1, "betas": (0.8, 0.99)},
            {"lr": 0.1, "weight_decay": 0.2, "eps": 1e-3},
        )
    ],
    ids=str,
)
def test_a_hundred_steps_are_those_of_pytorch(optimizer: Any, setting: dict[str, Any]) -> None:
    torch = peer("torch")
    start = [1.5, -0.5, 2.0]
    ours = [Value(x) for x in start]
    theirs = torch.tensor(start, dtype=torch.float64, requires_grad=True)
    reference = getattr(torch.optim, optimizer.__name__)([theirs], **setting)
    optimizer = optimizer(ours, **setting)
    for _ in range(100):
        optimizer.zero_grad()
        reference.zero_grad()
        valley(*ours).backward()
        valley(*theirs).backward()
        optimizer.step()
        reference.step()
        assert [p.data for p in ours] == pytest.approx(theirs.tolist(), rel=1e-12)


# -- Adam -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("betas", [(0.9, 0.999), (0.5, 0.9), (0.0, 0.0)], ids=str)
def test_under_a_constant_slope_every_step_of_adam_is_lr_long(betas: tuple[float, float]) -> None:
    p = Value(2.0)  # then m = (1 - β₁ᵗ) g and v = (1 - β₂ᵗ) g²
    optimizer = Adam([p], lr=0.01, betas=betas, eps=0.5)
    p.grad = -3.0
    for _ in range(50):
        optimizer.step()
    assert p.data == pytest.approx(2.0 + 50 * 0.01 * 3 / 3.5, rel=1e-12)


def test_adam_is_the_sum_over_past_slopes_that_its_recurrence_unrolls_to() -> None:
    slopes = [math.sin(3 * t) for t in range(20)]
    p, x, (b1, b2) = Value(1.0), 1.0, (0.9, 0.99)
    optimizer = Adam([p], lr=0.1, betas=(b1, b2))
    for t, g in enumerate(slopes, start=1):
        p.grad = g
        optimizer.step()
        past = list(enumerate(reversed(slopes[:t])))
        m = math.fsum((1 - b1) * b1**k * g for k, g in past) / (1 - b1**t)
        v = math.fsum((1 - b2) * b2**k * g * g for k, g in past) / (1 - b2**t)
        x -= 0.1 * m / (math.sqrt(v) + 1e-8)
        assert p.data == pytest.approx(x, rel=1e-12)


def test_weight_decay_is_in_the_slope_of_adam_and_beside_it_in_adamw() -> None:
    first, second = Value(2.0), Value(2.0)
    adam, adamw = Adam([first], lr=0.1, weight_decay=0.5, eps=0.0), AdamW([second], lr=0.1, weight_decay=0.5, eps=0.0)
    first.grad = second.grad = 0.0
    adam.step()
    assert first.data == 2.0 - 0.1  # the decay is all the slope there is, and its size is no matter
    second.grad = 1.0
    adamw.step()
    assert second.data == pytest.approx(2.0 * (1 - 0.1 * 0.5) - 0.1)


def test_a_parameter_that_joins_later_is_at_its_own_first_step() -> None:
    p, q = Value(0.0), Value(0.0)
    optimizer = Adam([p, q], lr=0.1, eps=0.0)
    p.grad = 1.0
    optimizer.step()
    assert [p.data, q.data] == pytest.approx([-0.1, 0.0])
    q.grad = 5.0
    optimizer.step()
    assert q.data == pytest.approx(-0.1)


# -- L-BFGS ---------------------------------------------------------------------------------------------------

XS, YS = [0.0, 1.0, 2.0, 3.0], [1.0, 3.5, 4.5, 7.0]


def least_squares(a: Value, b: Value, optimizer: Optimizer) -> Value:
    optimizer.zero_grad()
    loss: Value = sum(((a * x + b - y) ** 2 for x, y in zip(XS, YS, strict=True)), Value(0.0))
    loss.backward()
    return loss


def test_a_step_of_lbfgs_goes_to_the_minimum_and_gives_its_loss() -> None:
    a, b = Value(0.0), Value(0.0)
    optimizer = LBFGS([a, b])
    loss = optimizer.step(lambda: least_squares(a, b, optimizer))
    slope, intercept = np.polyfit(XS, YS, 1)
    assert [a.data, b.data] == pytest.approx([slope, intercept], abs=1e-7)
    assert loss.data == pytest.approx(np.sum((np.polyval([slope, intercept], XS) - YS) ** 2))


def test_fewer_iterations_of_lbfgs_go_less_far() -> None:
    losses, iterations = [], []
    for max_iter in (1, 2, 50):
        a, b = Value(0.0), Value(0.0)
        optimizer = LBFGS([a, b], max_iter=max_iter)
        losses.append(optimizer.step(lambda a=a, b=b, o=optimizer: least_squares(a, b, o)).data)  # type: ignore[misc]  # mypy does not infer a lambda's defaults
        iterations.append(optimizer.n_iter)
    assert iterations[:2] == [1, 2]
    assert 2 < iterations[2] < 50
    assert losses == sorted(losses, reverse=True)
    assert losses[0] > 1.01 * losses[-1]


def rosenbrock(p: Any) -> Any:
    return sum(((1 - x) ** 2 + 100 * (y - x**2) ** 2 for x, y in pairwise(p)), 0.0 * p[0])


def test_the_iterations_of_lbfgs_are_those_of_scipy_with_the_gradient_written_by_hand() -> None:
    start = [-1.2, 1.0, 0.5, 2.0]
    visited = list[Any]()
    options = {"gtol": 1e-7, "ftol": 1e-12, "maxcor": 10, "maxiter": 100}
    minimize(rosen, start, jac=rosen_der, method="L-BFGS-B", callback=visited.append, options=options)
    assert len(visited) > 20
    for n, expected in enumerate(visited, start=1):
        p = [Value(x) for x in start]
        optimizer = LBFGS(p, max_iter=n)

        def closure(p: list[Value] = p, optimizer: Optimizer = optimizer) -> Value:
            optimizer.zero_grad()
            loss: Value = rosenbrock(p)
            loss.backward()
            return loss

        optimizer.step(closure)
        assert [x.data for x in p] == pytest.approx(expected.tolist(), rel=1e-10)  # rounding grows in this valley


def test_the_minimum_of_lbfgs_is_that_of_pytorch() -> None:
    torch = peer("torch")
    start = [1.5, -0.5, 2.0]
    ours = [Value(x) for x in start]
    theirs = torch.tensor(start, dtype=torch.float64, requires_grad=True)
    optimizer = LBFGS(ours, tolerance_change=0.0)
    reference = torch.optim.LBFGS([theirs], max_iter=100, tolerance_change=0.0, line_search_fn="strong_wolfe")
    losses = []
    for o, p in ((optimizer, ours), (reference, theirs)):

        def closure(o: Any = o, p: Any = p) -> Any:
            o.zero_grad()
            loss = valley(*p) - p[2]
            loss.backward()
            return loss

        o.step(closure)
        losses.append(float(closure().data))
    assert losses[0] == pytest.approx(losses[1], rel=1e-12)
    assert [p.data for p in ours] == pytest.approx(theirs.tolist(), abs=1e-6)


@pytest.mark.parametrize("error", [KeyboardInterrupt, ArithmeticError])
def test_where_a_closure_fails_lbfgs_keeps_the_last_whole_iteration(error: type[BaseException]) -> None:
    x, y = Value(-1.2), Value(1.0)
    optimizer, losses = LBFGS([x, y]), list[float]()

    def closure() -> Value:
        if len(losses) == 20:
            raise error
        optimizer.zero_grad()
        loss = (1 - x) ** 2 + 100 * (y - x**2) ** 2
        loss.backward()
        losses.append(loss.data)
        return loss

    with pytest.raises(error):
        optimizer.step(closure)
    assert (1 - x.data) ** 2 + 100 * (y.data - x.data**2) ** 2 == pytest.approx(min(losses))


def test_lbfgs_without_a_closure_is_refused() -> None:
    with pytest.raises(TypeError, match=r"LBFGS needs the loss at several points: step\(closure\)"):
        LBFGS([Value(1.0)]).step()
    with pytest.raises(TypeError, match="LBFGS changes all parameters together"):
        LBFGS([Value(1.0)]).update(0, Value(1.0), 1.0)


# -- closures and schedules -----------------------------------------------------------------------------------


def test_a_closure_is_called_before_the_step_and_its_loss_is_returned() -> None:
    p = Value(3.0)
    optimizer = SGD([p], lr=0.1)

    def closure() -> Value:
        optimizer.zero_grad()
        loss = p**2
        loss.backward()
        return loss

    loss = optimizer.step(closure)
    assert loss is not None
    assert [loss.data, p.data] == pytest.approx([9.0, 2.4])


SCHEDULES: list[tuple[Any, dict[str, Any], list[float]]] = [
    (StepLR, {"step_size": 2, "gamma": 0.5}, [8.0, 8.0, 4.0, 4.0, 2.0]),
    (ExponentialLR, {"gamma": 0.5}, [8.0, 4.0, 2.0, 1.0, 0.5]),
    (CosineAnnealingLR, {"T_max": 4}, [8.0, 4 + 4 * math.sqrt(0.5), 4.0, 4 - 4 * math.sqrt(0.5), 0.0]),
    (CosineAnnealingLR, {"T_max": 2, "eta_min": 1.0}, [8.0, 4.5, 1.0, 4.5, 8.0]),
]
schedules = pytest.mark.parametrize(("schedule", "setting", "rates"), SCHEDULES)


@schedules
def test_a_schedule_sets_the_learning_rate_epoch_by_epoch(schedule: Any, setting: Any, rates: list[float]) -> None:
    optimizer = SGD([Value(1.0)], lr=8.0)
    scheduler = schedule(optimizer, **setting)
    seen = []
    for _ in rates:
        seen.append(optimizer.lr)
        scheduler.step()
    assert seen == pytest.approx(rates, abs=1e-15)


@schedules
def test_a_hundred_epochs_of_a_schedule_are_those_of_pytorch(schedule: Any, setting: Any, rates: list[float]) -> None:
    torch = peer("torch")
    optimizer, theirs = SGD([Value(1.0)], lr=8.0), torch.optim.SGD([torch.zeros(1)], lr=8.0)
    ours = schedule(optimizer, **setting)
    reference = getattr(torch.optim.lr_scheduler, schedule.__name__)(theirs, **setting)
    for _ in range(100):
        assert optimizer.lr == pytest.approx(theirs.param_groups[0]["lr"], rel=1e-12, abs=1e-12)
        theirs.step()
        reference.step()
        ours.step()


@pytest.mark.parametrize(("schedule", "name"), [(StepLR, "step_size"), (CosineAnnealingLR, "T_max")])
def test_a_schedule_without_epochs_is_refused(schedule: Any, name: str) -> None:
    with pytest.raises(ValueError, match=f"{name} is at least 1 and finite, got 0"):
        schedule(SGD([Value(1.0)]), 0)


# -- learning rates and gradients -----------------------------------------------------------------------------


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
    ("optimizer", "setting", "message"),
    [
        (Adam, {"betas": (0.9, 1.0)}, r"betas is at least 0 and below 1, got \(0.9, 1.0\)"),
        (Adam, {"eps": -1.0}, "eps is at least 0 and finite, got -1.0"),
        (AdamW, {"weight_decay": math.nan}, "weight_decay is at least 0 and finite, got nan"),
        (LBFGS, {"max_iter": 0}, "max_iter is at least 1 and finite, got 0"),
        (LBFGS, {"tolerance_grad": -1.0}, "tolerance_grad is at least 0 and finite, got -1.0"),
        (SGD, {"lr": -0.1}, "lr is at least 0 and finite, got -0.1"),
        (SGD, {"lr": math.nan}, "lr is at least 0 and finite, got nan"),
        (SGD, {"lr": math.inf}, "lr is at least 0 and finite, got inf"),
        (SGD, {"momentum": -1.0}, "momentum is at least 0 and finite, got -1.0"),
        (SGD, {"weight_decay": -1.0}, "weight_decay is at least 0 and finite, got -1.0"),
        (SGD, {"nesterov": True}, "Nesterov's momentum needs a momentum, got 0"),
    ],
    ids=str,
)
def test_settings_without_sense_are_refused(optimizer: Any, setting: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        optimizer([Value(1.0)], **setting)


def test_a_parameter_that_would_be_changed_twice_a_step_is_refused() -> None:
    p = Value(1.0)
    SGD([p, Value(1.0)])
    with pytest.raises(ValueError, match="takes every parameter once, got some of them twice"):
        SGD([p, p])


def test_no_parameters_are_refused() -> None:
    with pytest.raises(ValueError, match="An optimizer needs parameters, got none"):
        SGD([])


@pytest.mark.parametrize("p", [Value(1.0) * 2, 1.0, MLP(2, [1])], ids=["computed", "number", "module"])
def test_what_is_no_parameter_is_refused(p: Any) -> None:
    with pytest.raises(TypeError, match="changes Values that were not computed from others"):
        SGD([p])


# -- going on, shortening, Huber ------------------------------------------------------------------------------


@pytest.mark.parametrize("compile", [True, False])
@pytest.mark.parametrize("batch_size", [None, 7])
@pytest.mark.parametrize(
    "make",
    [lambda p: SGD(p, 0.1, momentum=0.9), lambda p: Adam(p, 0.05), AdamW, RMSprop],
    ids=["SGD", "Adam", "AdamW", "RMSprop"],
)
def test_ten_epochs_and_ten_are_twenty_to_the_last_bit(make: Any, batch_size: int | None, compile: bool) -> None:
    rows = [[random.Random(i).uniform(-1, 1)] for i in range(30)]
    targets = [math.sin(3 * x) for (x,) in rows]

    def run(*epochs: int) -> list[float]:
        rng, state = random.Random(1), None
        model, kept = MLP(1, [4, 1], "tanh", rng=random.Random(0)), None
        for n in epochs:
            if kept:  # a new process would make all of them anew
                model = MLP(1, [4, 1], "tanh", rng=random.Random(5))
                model.load_state_dict(kept)
            optimizer = make(model.parameters())
            schedule = ExponentialLR(optimizer, 0.95)
            if state:
                optimizer.load_state_dict(state[0])
                schedule.load_state_dict(state[1])
            options: Any = {"batch_size": batch_size, "rng": rng, "compile": compile, "callbacks": [schedule]}
            fit(model, (rows, targets), mse_loss, optimizer, n, progress=False, **options)
            kept, state = model.state_dict(), json.loads(json.dumps([optimizer.state_dict(), schedule.state_dict()]))
        return [p.data for p in model.parameters()]

    assert run(10, 10) == run(20)


def test_the_state_of_another_optimizer_is_refused() -> None:
    p, q = Value(1.0), Value(2.0)
    for state in (Adam([p]).state_dict(), SGD([p, q]).state_dict()):
        with pytest.raises(
            ValueError, match="SGD keeps lr, momentum, nesterov, weight_decay, v, of as many parameters"
        ):
            SGD([p]).load_state_dict(state)


@pytest.mark.parametrize("max_norm", [0.1, 1.0, 1e9])
def test_a_gradient_is_shortened_as_by_pytorch(max_norm: float) -> None:
    torch = peer("torch")
    slopes = [3.0, -4.0, 0.5]
    ours = [Value(0.0) for _ in slopes]
    theirs = [torch.zeros((), dtype=torch.float64, requires_grad=True) for _ in slopes]
    for p, q, g in zip(ours, theirs, slopes, strict=True):
        p.grad, q.grad = g, torch.tensor(g, dtype=torch.float64)
    length = clip_grad_norm_([*ours, Value(1.0)], max_norm)
    assert length == pytest.approx(torch.nn.utils.clip_grad_norm_(theirs, max_norm).item(), rel=1e-15)
    assert [p.grad for p in ours] == pytest.approx([q.grad.item() for q in theirs], rel=1e-14)


@pytest.mark.parametrize("compile", [True, False])
def test_fit_shortens_the_gradient_of_each_step(compile: bool) -> None:
    w = Value(10.0)
    fit(
        lambda x: w * x,
        ([1.0, 2.0], [0.0, 0.0]),
        mse_loss,
        SGD([w], 1.0),
        3,
        max_norm=0.5,
        progress=False,
        compile=compile,
    )
    assert w.data == pytest.approx(8.5, abs=1e-5)
    with pytest.raises(ValueError, match="max_norm is above 0, for an optimizer that takes one gradient"):
        fit(lambda x: w * x, ([1.0], [0.0]), mse_loss, LBFGS([w]), 1, max_norm=0.5)


@pytest.mark.parametrize("delta", [0.5, 1.0, 2.0])
def test_the_huber_loss_is_pytorchs(delta: float) -> None:
    torch = peer("torch")
    z, y = [-2.0, 0.1, 0.7, 1.0, 3.0], [1.0, 0.0, 0.2, 2.0, 0.0]
    ours = [Value(x) for x in z]
    theirs = torch.tensor(z, dtype=torch.float64, requires_grad=True)
    l = huber_loss(ours, y, delta=delta)
    expected = torch.nn.functional.huber_loss(theirs, torch.tensor(y, dtype=torch.float64), delta=delta)
    l.backward()
    expected.backward()
    assert l.data == pytest.approx(expected.item(), rel=1e-15)
    assert [x.grad for x in ours] == pytest.approx(theirs.grad.tolist(), rel=1e-15)
