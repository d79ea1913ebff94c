"""The course's numbers: exercises 1 and 2, equations (8) to (11) and exercise 5c, on the Titanic's passengers."""

import csv
import random
from pathlib import Path

import numpy as np
import pytest

from autograd import Value
from nn import LBFGS, MLP, SGD, LogisticRegression, Neuron, distinct, fit, log_loss, log_loss_with_logits

FILE = Path(__file__).parents[1] / "notebooks" / "data" / "titanic.csv"
PASSENGERS = [
    ([float(row["age"]), float(row["male"])], int(row["survived"]))
    for row in csv.DictReader(FILE.read_text("ascii").splitlines())
    if row["age"]
]


def titanic_mlp(rng: random.Random | None = None) -> MLP:
    """The network of section 3: x_1 is the age, x_2 is 1 for men."""
    return MLP(2, [2, 1], activation="sigmoid", output="sigmoid", rng=rng)


def σ(s: float) -> float:
    return float(1 / (1 + np.exp(-s)))


def test_exercise_1_nine_weights_six_to_the_hidden_sums_and_three_to_the_output() -> None:
    model = titanic_mlp()
    assert len(model.parameters()) == 9
    assert [len(layer.parameters()) for layer in model.layers] == [6, 3]


@pytest.fixture
def by_hand() -> MLP:
    """The network with the weights that exercise 2 sets by hand."""
    model = titanic_mlp()
    weights = {
        "w_{1,1}^{(1)}": 0.0,
        "w_{1,2}^{(1)}": -10.0,
        "w_{1,3}^{(1)}": 5.0,
        "w_{2,1}^{(1)}": -1.0,
        "w_{2,2}^{(1)}": 15.0,
        "w_{2,3}^{(1)}": -10.0,
        "w_{1,1}^{(2)}": 2.0,
        "w_{1,2}^{(2)}": 2.0,
        "w_{1,3}^{(2)}": -1.0,
    }
    for p in model.parameters():
        p.data = weights.pop(str(p.label))
    assert not weights
    return model


@pytest.mark.parametrize(("male", "expected"), [(1.0, 0.0067), (0.0, 0.9933)])
def test_exercise_2a_the_first_hidden_unit_encodes_female(by_hand: MLP, male: float, expected: float) -> None:
    for age in (1.0, 30.0, 80.0):
        assert by_hand.units([age, male])[1].x[0].data == pytest.approx(expected, abs=5e-5)


@pytest.mark.parametrize(
    ("age", "male", "s", "expected"),
    [(1.0, 0.0, -11, 0.0), (1.0, 1.0, 4, 0.982), (4.0, 1.0, 1, 0.731), (10.0, 1.0, -5, 0.0067)],
)
def test_exercise_2b_the_second_hidden_unit_encodes_young_male(
    by_hand: MLP, age: float, male: float, s: float, expected: float
) -> None:
    hidden = by_hand.units([age, male])[1]
    assert hidden.s[1].data == s
    assert hidden.x[1].data == pytest.approx(expected, abs=5e-4)


@pytest.mark.parametrize(("age", "male"), [(30.0, 0.0), (70.0, 0.0), (1.0, 1.0)])
def test_exercise_2c_survival_is_predicted_with_0_73_for_women_and_boys(by_hand: MLP, age: float, male: float) -> None:
    assert by_hand([age, male]).data == pytest.approx(0.73, abs=0.006)


@pytest.mark.parametrize("age", [10.0, 30.0, 70.0])
def test_exercise_2c_survival_is_not_predicted_for_men(by_hand: MLP, age: float) -> None:
    assert by_hand([age, 1.0]).data == pytest.approx(σ(-1), abs=0.006)


def test_equation_8_the_gradient_of_the_log_loss_of_logistic_regression() -> None:
    model = Neuron(2, "sigmoid", rng=random.Random(1))
    for (age, male), y in PASSENGERS[:50]:
        x = [age / 80, male]
        log_loss(model(x), y).backward()
        z = σ(sum(w.data * xi for w, xi in zip(model.w, x, strict=True)) + model.b.data)
        expected = [-xi * y * (1 - z) + xi * (1 - y) * z for xi in [*x, 1.0]]
        assert [p.grad for p in model.parameters()] == pytest.approx(expected, rel=1e-12)
        model.zero_grad()


@pytest.mark.parametrize("y", [0, 1])
@pytest.mark.parametrize("sizes", [[2, 1], [3, 2, 1]])
def test_equations_9_to_11_and_exercise_5c_hold_at_every_unit(sizes: list[int], y: int) -> None:
    model = MLP(2, sizes, activation="sigmoid", output="sigmoid", rng=random.Random(2))
    units = model.units([0.3, 1.0])
    (output,) = units[-1].x
    log_loss(output, y).backward()
    assert output.grad == pytest.approx(-y / output.data + (1 - y) / (1 - output.data), rel=1e-13)  # exercise 5c
    for layer, below, above in zip(model.layers, units, units[1:], strict=False):
        slopes = [σ(s.data) * (1 - σ(s.data)) * float(x.grad or 0) for s, x in zip(above.s, above.x, strict=True)]
        for neuron, slope in zip(layer.neurons, slopes, strict=True):  # equations (9) and (10)
            expected = [x.data * slope for x in below.x] + [slope]
            assert [p.grad for p in neuron.parameters()] == pytest.approx(expected, rel=1e-12)
        for i, x in enumerate(below.x):  # equation (11)
            terms = [neuron.w[i].data * slope for neuron, slope in zip(layer.neurons, slopes, strict=True)]
            assert x.grad == pytest.approx(sum(terms), rel=1e-12)


def standardised() -> tuple[list[list[float]], list[int]]:
    inputs = np.array([x for x, _ in PASSENGERS])
    return ((inputs - inputs.mean(axis=0)) / inputs.std(axis=0)).tolist(), [y for _, y in PASSENGERS]


def test_logistic_regression_comes_within_a_millionth_of_its_optimum_in_20_epochs() -> None:
    rows, targets = standardised()
    model = MLP(2, [1], output="sigmoid", rng=random.Random(0))
    history = fit(
        model.logits,
        distinct(rows, targets),
        log_loss_with_logits,
        SGD(model.parameters(), lr=3.0),
        epochs=20,
        progress=False,
    )
    assert history.loss[-1] == pytest.approx(0.5264526569, abs=1e-6)
    spread = np.std([x for x, _ in PASSENGERS], axis=0)
    weights = [w.data / s for w, s in zip(model.layers[0].neurons[0].w, spread, strict=True)]
    assert weights == pytest.approx([-0.004254, -2.460689], abs=1e-3)
    right = sum((model(row).data > 0.5) == y for row, y in zip(rows, targets, strict=True))
    assert right == 815


REFERENCE = [  # features, mean log loss at the optimum, weights and bias for inputs as they are, right
    ([], 0.676205, [float(np.log(427 / 619))], 619),
    (["male", "age"], 0.5264526569, [-2.460689, -0.004254, 1.235414], 815),
    (["male", "age", "is young male"], 0.5147200396, [-2.603378, 0.005711, 2.172564, 0.950327], 822),
]


@pytest.mark.parametrize(
    ("features", "loss", "weights", "right"),
    REFERENCE,
    ids=lambda x: "-".join(map(str, x)) if isinstance(x, list) else str(x),
)
def test_logistic_regression_finds_the_optimum_of_the_reference_table(
    features: list[str], loss: float, weights: list[float], right: int
) -> None:
    columns = {
        "male": [male for (_, male), _ in PASSENGERS],
        "age": [age for (age, _), _ in PASSENGERS],
        "is young male": [float(male == 1 and age < 5) for (age, male), _ in PASSENGERS],
    }
    x = np.array([columns[name] for name in features] or [[1.0] * len(PASSENGERS)]).T
    mean, spread = x.mean(axis=0), x.std(axis=0) + (not features)
    rows, targets = ((x - mean) / spread).tolist(), [y for _, y in PASSENGERS]
    model = LogisticRegression(len(rows[0]))
    data = distinct(rows, targets)
    history = fit(model.logits, data, log_loss_with_logits, LBFGS(model.parameters()), 2, progress=False)
    assert history.loss[-1] == pytest.approx(loss, abs=1e-6)
    plain = [w.data / s for w, s in zip(model.w, spread, strict=True)]
    bias = model.b.data - sum(w * m for w, m in zip(plain, mean, strict=True))
    assert [*plain[: len(features)], bias] == pytest.approx(weights, abs=1e-3)
    assert sum((model(row).data > 0.5) == y for row, y in zip(rows, targets, strict=True)) == right


def test_the_first_epochs_of_the_mlp_are_those_of_the_same_descent_in_matrices() -> None:
    rows, targets = standardised()
    model = titanic_mlp(random.Random(1))
    x, y = np.column_stack([rows, np.ones(len(rows))]), np.array(targets)
    w1, w2 = (np.array([[p.data for p in n.parameters()] for n in layer.neurons]) for layer in model.layers)
    losses = []
    for _ in range(30):
        hidden = 1 / (1 + np.exp(-x @ w1.T))
        with_bias = np.column_stack([hidden, np.ones(len(rows))])
        z = 1 / (1 + np.exp(-(with_bias @ w2.T)[:, 0]))
        losses.append(np.mean(-y * np.log(z) - (1 - y) * np.log(1 - z)))
        delta = (z - y)[:, None] / len(rows)
        g2 = delta.T @ with_bias
        g1 = (delta * w2[:, :2] * hidden * (1 - hidden)).T @ x
        w1, w2 = w1 - 3 * g1, w2 - 3 * g2
    data = distinct(rows, targets)
    assert len(data[0]) == 253
    history = fit(model, data, log_loss, SGD(model.parameters(), lr=3.0), epochs=30, progress=False)
    assert history.loss == pytest.approx(losses, rel=1e-10)
    assert [p.data for p in model.parameters()] == pytest.approx([*w1.flat, *w2.flat], rel=1e-9)


def test_the_loss_of_a_single_passenger_differentiates_by_the_inputs_too() -> None:
    x = [Value(0.5, "age"), Value(1.0, "male")]
    model = titanic_mlp(random.Random(3))
    log_loss(model(x), 1).backward()
    above, below = (log_loss(model([0.5 + h, 1.0]), 1).data for h in (1e-6, -1e-6))
    assert x[0].grad == pytest.approx((above - below) / 2e-6, rel=1e-6)
