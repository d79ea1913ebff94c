"""Losses against their definitions at 50 digits, against finite differences, and at the ends of their domains."""

import functools
import math
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import mpmath
import numpy as np
import pytest

from autograd import DomainError, Value, compile, compile_rows, formula, grad, ieee
from nn import cross_entropy, hinge_loss, l2, log_loss, log_loss_with_logits, mse_loss
from tests.peers import peer

mp = mpmath.mp.clone()
mp.dps = 50


def of_probability(z: Any, y: Any) -> Any:
    return -sum(share * mp.log(p) for share, p in ((y, z), (1 - y, 1 - z)) if share)


def of_logit(s: Any, y: Any) -> Any:
    return y * mp.log(1 + mp.exp(-s)) + (1 - y) * mp.log(1 + mp.exp(s))


@pytest.mark.parametrize("y", [0, 1, 0.3])
@pytest.mark.parametrize("z", [1e-300, 1e-9, 0.2, 0.5, 0.9])
def test_log_loss_and_its_slope_are_those_of_the_definition(z: float, y: float) -> None:
    exact = of_probability(mp.mpf(z), mp.mpf(y))
    assert log_loss(z, y) == pytest.approx(float(exact), rel=1e-15)
    slope = -mp.mpf(y) / mp.mpf(z) + (1 - mp.mpf(y)) / (1 - mp.mpf(z))
    assert grad(lambda z: log_loss(z, y))(z) == pytest.approx(float(slope), rel=1e-14)


@pytest.mark.parametrize("y", [0, 1, 0.3, 1 - 1e-12])
@pytest.mark.parametrize("s", [-1000.0, -40.0, -1e-9, 0.0, 0.7, 40.0, 1000.0])
def test_log_loss_with_logits_and_its_slope_are_precise_everywhere(s: float, y: float) -> None:
    assert log_loss_with_logits(s, y) == pytest.approx(float(of_logit(mp.mpf(s), mp.mpf(y))), rel=1e-15)
    slope = (1 - mp.mpf(y)) / (1 + mp.exp(-s)) - mp.mpf(y) / (1 + mp.exp(s))
    assert grad(lambda s: log_loss_with_logits(s, y))(s) == pytest.approx(float(slope), rel=1e-14, abs=1e-300)


@pytest.mark.parametrize("y", [0.0, 1.0, 0.3, 0.5, 1 - 1e-12])
@pytest.mark.parametrize("s", [-700.0, -40.0, -0.2, 0.0, 0.7, 40.0, 700.0])
def test_so_they_are_in_programs_whose_targets_are_data(s: float, y: float) -> None:
    np = pytest.importorskip("numpy")
    exact = float(of_logit(mp.mpf(s), mp.mpf(y)))
    slope = float((1 - mp.mpf(y)) / (1 + mp.exp(-s)) - mp.mpf(y) / (1 + mp.exp(s)))
    approx = functools.partial(pytest.approx, rel=1e-14, abs=1e-300)
    assert compile(log_loss_with_logits).value_and_grad(s, y) == approx((exact, slope))
    bias = Value(s)
    rows = compile_rows(lambda x, y: log_loss_with_logits(x + bias, y), (0.0, 0.0), [bias])
    assert rows.over(np.array([[0.0, y]])).step() == approx(exact)
    assert rows.grad[0] == approx(slope)


@pytest.mark.parametrize("y", [0.0, 0.3, 0.5, 1.0])
def test_a_target_may_be_differentiated_by(y: float) -> None:
    assert grad(log_loss_with_logits, 1)(3.0, y) == pytest.approx(-3.0, rel=1e-14)  # linear in y


@pytest.mark.parametrize(
    ("s", "y", "expected"),
    [
        (math.inf, 1, 0.0),
        (-math.inf, 0, 0.0),
        (math.inf, 0, math.inf),
        (-math.inf, 0.3, math.inf),
        (math.inf, 0.3, math.inf),
    ],
)
def test_an_infinite_logit_is_right_or_infinitely_wrong(s: float, y: float, expected: float) -> None:
    assert log_loss_with_logits(s, y) == log_loss_with_logits(Value(s), y).data == expected
    assert log_loss_with_logits(s, Value(y)).data == compile(log_loss_with_logits)(s, float(y)) == expected


@pytest.mark.parametrize("engine", ["numpy", "python"])
def test_so_it_is_in_programs_over_rows(engine: str) -> None:
    np = pytest.importorskip("numpy")
    a = Value(1.0)
    rows = compile_rows(lambda s, y: log_loss_with_logits(a * s, y), (0.5, 0.0), [a], engine)
    with np.errstate(all="ignore"):
        for y in (0.0, 0.3, 0.5, 0.7, 1.0):
            for s in (-math.inf, math.inf):
                expected = 0.0 if y == (s > 0) else math.inf
                assert rows.over(np.array([[s, y], [s, y]])).step() == expected, (s, y)
            assert math.isnan(rows.over(np.array([[math.nan, y]])).step())


@pytest.mark.parametrize("y", [0, 1, 0.3])
def test_log_loss_of_a_sigmoid_is_log_loss_with_its_logit(y: float) -> None:
    s = Value(0.4)
    assert log_loss(s.sigmoid(), y).data == pytest.approx(log_loss_with_logits(s, y).data, rel=1e-14)


def test_what_was_certain_and_came_out_costs_nothing() -> None:
    assert (log_loss(1.0, 1), log_loss(0.0, 0)) == (0, 0)
    assert (log_loss(Value(1.0), 1).data, log_loss(Value(0.0), 0).data) == (0, 0)


@pytest.mark.parametrize(("z", "y"), [(0.0, 1), (1.0, 0), (0.0, 0.5), (1.0, 0.5)])
def test_what_was_impossible_and_came_out_is_a_domain_error_and_infinite_in_ieee(z: float, y: float) -> None:
    for prediction in (z, Value(z)):
        with pytest.raises(
            DomainError, match=f"log_loss is infinite where {z:g} was predicted for {y}; log_loss_with_logits"
        ):
            log_loss(prediction, y)
    with ieee():
        assert log_loss(Value(z), y).data == math.inf


@pytest.mark.parametrize("y", [Value(1.0, "y"), Value(0.0, "y")], ids=["1", "0"])
def test_a_target_that_is_a_value_keeps_both_terms_for_drawing(y: Value) -> None:
    z = Value(0.8, "z")
    l = log_loss(z, y)
    assert formula(l).python == "-xlogy(y, z) - xlogy(1 - y, 1 - z)"
    assert l.data == pytest.approx(log_loss(0.8, y.data), rel=1e-15)
    l.backward()
    assert z.grad == pytest.approx(-y.data / 0.8 + (1 - y.data) / 0.2, rel=1e-14)


@pytest.mark.parametrize("y", [-0.1, 1.1, 2, -1, math.nan])
@pytest.mark.parametrize("loss", [log_loss, log_loss_with_logits])
def test_a_target_outside_0_to_1_is_refused(loss: Callable[..., Any], y: float) -> None:
    with pytest.raises(ValueError, match=f"needs targets from 0 to 1, got {y}"):
        loss([0.5, 0.5], [1, y])


@pytest.mark.parametrize("z", [-0.1, 1.1, Value(2.0), Value(-1e-9)], ids=repr)
@pytest.mark.parametrize("y", [0, 1])
def test_a_prediction_that_is_no_probability_is_refused_with_the_cure(z: Any, y: int) -> None:
    with pytest.raises(ValueError, match=r"predictions from 0 to 1, got .*; for others use log_loss_with_logits"):
        log_loss(z, y)


def test_nan_passes_through() -> None:
    assert math.isnan(log_loss(Value(math.nan), 1).data)
    assert math.isnan(log_loss_with_logits(Value(math.nan), 1).data)


# -- other losses ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "logits",
    [[0.0, 0.0], [1.0, -2.0, 0.5], [700.0, 0.0], [-300.0, -301.0, 3.0], [30.0, -5.0], [1e17, 1e17, 1e17]],
    ids=str,
)
def test_cross_entropy_is_minus_the_logarithm_of_the_softmax(logits: list[float]) -> None:
    for y in range(len(logits)):
        powers = [mp.exp(s) for s in logits]
        exact = mp.log1p(mp.fsum(p for i, p in enumerate(powers) if i != y) / powers[y])
        assert cross_entropy(logits, y) == pytest.approx(float(exact), rel=1e-14)
        slopes = [float(p / mp.fsum(powers)) for p in powers]
        slopes[y] = -float(mp.fsum(p for i, p in enumerate(powers) if i != y) / mp.fsum(powers))
        assert grad(lambda s, y=y: cross_entropy(s, y))(logits) == pytest.approx(slopes, rel=1e-14)
        assert cross_entropy(logits, float(y)) == cross_entropy(logits, y)
        row = lambda *s, y=y: cross_entropy(s, y)  # noqa: E731  # to be compiled beside its gradient
        assert compile(row)(*logits) == pytest.approx(float(exact), rel=1e-14)
        leaves = [Value(s) for s in logits]
        program = compile_rows(lambda _, y, s=leaves: cross_entropy(s, y), (0.0, 0.0), leaves)
        assert program.over(np.array([[0.0, y]])).step() == pytest.approx(float(exact), rel=1e-14)
        assert program.grad == pytest.approx([slopes[i] for i in program.order], rel=1e-14)


def test_a_class_that_infinite_logits_exclude_or_make_sure_has_no_slope() -> None:
    assert cross_entropy([math.inf, 0.0], 0) == 0.0
    assert grad(lambda s: cross_entropy(s, 1))([-math.inf, 0.0]) == [0.0, 0.0]


SHARES = [[0.0, 1.0, 0.0], [0.2, 0.3, 0.5], [1, 0, 0], [Decimal("0.25"), Decimal("0.75"), 0]]


@pytest.mark.parametrize("shares", SHARES, ids=str)
def test_cross_entropy_of_shares_is_the_mean_over_classes_as_in_pytorch(shares: list[Any]) -> None:
    torch = peer("torch")
    logits = [[0.5, -1.0, 2.0], [30.0, -5.0, 1.0]]
    s = torch.tensor(logits, dtype=torch.float64, requires_grad=True)
    l = torch.nn.functional.cross_entropy(s, torch.tensor([[float(x) for x in shares]] * 2, dtype=torch.float64))
    l.backward()
    ours = [[Value(x) for x in row] for row in logits]
    loss = cross_entropy(ours, [shares] * 2)
    loss.backward()
    assert loss.data == pytest.approx(l.item(), rel=1e-14)
    assert [[x.grad for x in row] for row in ours] == [pytest.approx(row, abs=1e-15) for row in s.grad.tolist()]


@pytest.mark.parametrize("shares", [[0.5, 0.6, 0.0], [0.5, 0.5], [2, -1, 0], [0, 0, 0]], ids=str)
def test_shares_that_do_not_add_up_to_1_are_refused(shares: list[float]) -> None:
    with pytest.raises(ValueError, match=r"of 3 classes needs their shares, which add up to 1, got \["):
        cross_entropy([[1.0, 2.0, 3.0]], [shares])


@pytest.mark.parametrize("y", ["cat", "1", None, 1j, b"x"])
@pytest.mark.parametrize("loss", [log_loss, log_loss_with_logits, cross_entropy, mse_loss, hinge_loss])
def test_targets_that_are_no_numbers_are_refused_with_the_cure(loss: Callable[..., Any], y: Any) -> None:
    z = [0.5, 0.5] if loss is cross_entropy else 0.5
    for arguments in ((z, y), ([z], [y])):
        with pytest.raises(TypeError, match=rf"^{loss.__name__} needs numbers as targets, .*classes\.index"):
            loss(*arguments)


@pytest.mark.parametrize("y", [Decimal(1), np.True_, np.float32(1), np.array(1), True], ids=repr)
def test_what_turns_into_a_number_is_one(y: Any) -> None:
    assert mse_loss([3.0], [y]) == 4.0
    assert log_loss([0.8], [y]) == log_loss([0.8], [1])
    assert cross_entropy([[1.0, 2.0]], [y]) == cross_entropy([[1.0, 2.0]], [1])


@pytest.mark.parametrize("y", [-1, 3, 1.5, 0.5, math.nan])
def test_a_class_that_does_not_exist_is_refused(y: float) -> None:
    with pytest.raises(ValueError, match=f"of 3 classes needs targets from 0 to 2, got {y}"):
        cross_entropy([[1.0, 2.0, 3.0]], [y])


def test_cross_entropy_of_a_single_output_is_refused_with_the_cure() -> None:
    with pytest.raises(ValueError, match=r"a logit for each class, got 1\.5; for one use log_loss_with_logits"):
        cross_entropy([1.5, 2.0], [0, 1])


@pytest.mark.parametrize(("s", "y", "expected", "slope"), [(0.3, 1, 0.7, -1), (0.3, -1, 1.3, 1), (2.0, 1, 0, 0)])
def test_hinge_loss_is_what_the_margin_lacks(s: float, y: int, expected: float, slope: float) -> None:
    assert hinge_loss(s, y) == pytest.approx(expected)
    assert grad(lambda s: hinge_loss(s, y))(s) == slope


def test_hinge_loss_refuses_targets_of_0_and_1() -> None:
    with pytest.raises(ValueError, match="needs targets of -1 or 1, got 0"):
        hinge_loss([0.5], [0])


def test_mse_loss_and_l2_are_squares() -> None:
    assert mse_loss(3.0, 1.5) == 2.25
    p = [Value(1.0), Value(-2.0)]
    l2(p).backward()
    assert (l2(p).data, p[0].grad, p[1].grad) == (5.0, 2.0, -4.0)
    assert l2([]) == 0.0


# -- means over rows ------------------------------------------------------------------------------------------

ROWS: list[tuple[Callable[..., Any], list[Any], list[Any]]] = [
    (log_loss, [0.2, 0.9, 0.5], [0, 1, 1]),
    (log_loss_with_logits, [-3.0, 0.2, 1.0], [0, 0, 1]),
    (mse_loss, [1.0, 2.0, 3.0], [0.5, 2.0, 5.0]),
    (hinge_loss, [0.3, 0.1, -4.0], [1, -1, 1]),
    (cross_entropy, [[1.0, 2.0], [0.0, 0.0], [3.0, -1.0]], [0, 1, 1]),
]
losses = pytest.mark.parametrize(("loss", "predictions", "targets"), ROWS, ids=[loss.__name__ for loss, *_ in ROWS])


@losses
def test_of_many_rows_it_is_their_mean(loss: Callable[..., Any], predictions: list[Any], targets: list[Any]) -> None:
    each = [loss(z, y) for z, y in zip(predictions, targets, strict=True)]
    assert loss(predictions, targets) == pytest.approx(math.fsum(each) / 3, rel=1e-15)


@losses
def test_a_weighted_row_counts_as_often(loss: Callable[..., Any], predictions: list[Any], targets: list[Any]) -> None:
    a, _, c = zip(predictions, targets, strict=True)
    repeated = loss(*zip(a, c, c, c, c, strict=True))
    assert loss(predictions, targets, [1, 0, 4]) == pytest.approx(repeated, rel=1e-15)
    assert loss(predictions, targets, [0.25, 0.0, 1.0]) == pytest.approx(repeated, rel=1e-15)


@losses
def test_predictions_and_targets_of_different_numbers_are_refused(
    loss: Callable[..., Any], predictions: list[Any], targets: list[Any]
) -> None:
    with pytest.raises(ValueError, match=f"{loss.__name__} needs as many predictions as targets, got 3 and 2"):
        loss(predictions, targets[:2])
    with pytest.raises(ValueError, match="needs as many weights as targets, got 1 and 3"):
        loss(predictions, targets, [1.0])


def test_a_column_of_one_target_in_a_row_each_is_one_of_targets() -> None:
    assert mse_loss([1.0, 2.0], [[1.0], [4.0]]) == mse_loss([[1.0], [2.0]], [1.0, 4.0]) == 2.0
    assert cross_entropy([[1.0, 2.0]] * 2, [[0], [1]]) == cross_entropy([[1.0, 2.0]] * 2, [0, 1])
    with pytest.raises(ValueError, match="mse_loss needs as many predictions as targets, got one and 2"):
        mse_loss([1.0, 2.0], [[1.0, 2.0], [2.0, 3.0]])


@losses
def test_no_rows_have_no_mean(loss: Callable[..., Any], predictions: list[Any], targets: list[Any]) -> None:
    with pytest.raises(ValueError, match=f"{loss.__name__} is a mean over rows, got none"):
        loss([], [])


@pytest.mark.parametrize("weights", [[0, 0], [-1, 2], [math.nan, 1], [math.inf, 1]])
def test_weights_that_are_none_are_refused(weights: list[float]) -> None:
    with pytest.raises(ValueError, match="mse_loss needs finite weights of at least 0, not all of them 0"):
        mse_loss([1.0, 2.0], [1.0, 2.0], weights)


def test_the_mean_squared_error_of_rows_of_several_outputs_is_the_mean_over_all() -> None:
    assert mse_loss([[1.0, 2.0], [3.0, 4.0]], [[0.0, 2.0], [3.0, 7.0]]) == 2.5
