"""The course's own numbers (assignment 6): its exercises and equations, worked out by hand here."""

import math
import random

import pytest

from autograd import Value, cos, dot, grad, log, sigmoid, sqrt, value_and_grad
from autograd.formula import Formula, formula, local_partials
from nn import MLP


def _sigma(s: float) -> float:
    return 1 / (1 + math.exp(-s))


POINTS = [(1.0, 2.0, 4.0), (-0.7, 0.3, 2.5), (2.0, -1.5, 0.01), (0.0, 1.0, 1.0)]


@pytest.mark.parametrize(("x", "y", "z"), POINTS)
def test_exercise_3a_equations_3_to_5(x: float, y: float, z: float) -> None:
    _, (dx, dy, dz) = value_and_grad(lambda x, y, z: cos(x**2 * y) + x**2 * sqrt(z), argnums=(0, 1, 2))(x, y, z)
    assert dx == pytest.approx(-2 * x * y * math.sin(x**2 * y) + 2 * x * math.sqrt(z), rel=1e-14, abs=1e-15)  # (3)
    assert dy == pytest.approx(-(x**2) * math.sin(x**2 * y), rel=1e-14, abs=1e-15)  # (4)
    assert dz == pytest.approx(1 / (2 * math.sqrt(z)) * x**2, rel=1e-14)  # (5)


def test_exercise_3a_the_labels_on_the_edges() -> None:
    x, y, z = Value(1.0, "x"), Value(2.0, "y"), Value(4.0, "z")
    square, root = x**2, sqrt(z)
    product, other = square * y, square * root
    names = {v: formula(v) for v in (x, y, z, square, root, product, other)}

    def labels(node: Value) -> list[str]:
        return [d.text for d in local_partials(node, names)]

    assert labels(square) == ["2x"]
    assert labels(root) == ["1/(2√z)"]
    assert labels(product) == ["y", "x²"]
    assert labels(other) == ["√z", "x²"]
    assert labels(cos(product)) == ["-sin(x²y)"]


def test_exercise_3b_equation_6() -> None:
    rng = random.Random(3)
    c, x = ([rng.uniform(-2, 2) for _ in range(5)] for _ in range(2))
    gradient = grad(lambda x: dot(c, x) ** 2)(x)
    product = math.fsum(a * b for a, b in zip(c, x, strict=True))
    assert gradient == pytest.approx([2 * product * a for a in c], rel=1e-14)  # (6)


@pytest.mark.parametrize("y", [0.0, 1.0, 0.3])
def test_exercise_4_equation_8(y: float) -> None:
    rng = random.Random(4)
    x, w = ([rng.uniform(-1, 1) for _ in range(4)] for _ in range(2))

    def loss(w: list[Value]) -> Value:
        z = sigmoid(dot(w, x))
        return -y * log(z) - (1 - y) * log(1 - z)  # type: ignore[no-any-return]  # Values give Values

    z = _sigma(math.fsum(a * b for a, b in zip(w, x, strict=True)))
    assert grad(loss)(w) == pytest.approx([-a * y * (1 - z) + a * (1 - y) * z for a in x], rel=1e-12)  # (8)


def test_exercise_4b_the_label_of_the_logistic_function() -> None:
    s = Value(0.3, "s")
    (slope,) = local_partials(sigmoid(s), {s: Formula("s")})
    assert slope.text == "σ(s)(1 - σ(s))"


def test_exercise_1_the_network_has_9_weights() -> None:
    assert len(MLP(2, [2, 1], activation="sigmoid", output="sigmoid").parameters()) == 9


def _exercise_2() -> MLP:
    """The network with the weights that the course finds by hand: x_1^{(1)} is the age, x_2^{(1)} is 1 for men."""
    model = MLP(2, [2, 1], activation="sigmoid", output="sigmoid")
    weights = {
        "w_{1,1}^{(1)}": 0,
        "w_{1,2}^{(1)}": -10,
        "w_{1,3}^{(1)}": 5,  # (a) female
        "w_{2,1}^{(1)}": -1,
        "w_{2,2}^{(1)}": 15,
        "w_{2,3}^{(1)}": -10,  # (b) young male
        "w_{1,1}^{(2)}": 2,
        "w_{1,2}^{(2)}": 2,
        "w_{1,3}^{(2)}": -1,  # (c) either
    }
    parameters = {parameter.label: parameter for parameter in model.parameters()}
    assert parameters.keys() == weights.keys()
    for label, weight in weights.items():
        parameters[label].data = float(weight)
    return model


@pytest.mark.parametrize(
    ("age", "male", "female", "young_male"),
    [
        (30, 1, 0.0067, None),
        (30, 0, 0.9933, None),
        (1, 0, 0.9933, 0.0000),
        (1, 1, 0.0067, 0.982),
        (4, 1, 0.0067, 0.731),
        (10, 1, 0.0067, 0.0067),
    ],
)
def test_exercise_2_the_hidden_units(age: float, male: float, female: float, young_male: float | None) -> None:
    x1, x2 = _exercise_2().units([age, male])[1].x[:2]
    assert x1.data == pytest.approx(female, abs=5e-5)
    if young_male is not None:
        assert x2.data == pytest.approx(young_male, abs=5e-4)


def test_exercise_2c_women_and_young_boys_survive() -> None:
    model = _exercise_2()
    assert model([30, 0]).data == pytest.approx(_sigma(1), abs=0.005)
    assert model([1, 1]).data == pytest.approx(0.73, abs=0.02)
    assert all(model([age, 1]).data < 0.5 for age in range(10, 80))


def test_exercise_5_equations_9_to_11() -> None:
    """The gradients of a three-layer network, layer by layer as the course derives them."""
    rng = random.Random(5)
    model = MLP(3, [4, 3, 1], activation="sigmoid", output="sigmoid", rng=rng)
    inputs, y = [rng.uniform(-1, 1) for _ in range(3)], 1.0
    units = model.units(inputs)
    z = units[-1].x[0]
    loss = -y * log(z) - (1 - y) * log(1 - z)
    loss.backward()
    weights = {parameter.label: parameter for parameter in model.parameters()}

    # what is computed: x[k][j], 1-based as in the course, the last of each layer being the constant unit
    x = {k: [u.data for u in layer.x] for k, layer in enumerate(units, start=1)}
    sizes = [3, 4, 3, 1]
    for k in range(1, 4):
        x[k] = [*x[k][: sizes[k - 1]], 1.0]
    dl_dx = {4: [-y / x[4][0] + (1 - y) / (1 - x[4][0])]}  # exercise 5c
    for k in range(3, 0, -1):
        s = [
            math.fsum(weights[f"w_{{{i},{j}}}^{{({k})}}"].data * x[k][j - 1] for j in range(1, sizes[k - 1] + 2))
            for i in range(1, sizes[k] + 1)
        ]
        slope = [_sigma(t) * (1 - _sigma(t)) for t in s]
        for i in range(1, sizes[k] + 1):
            for j in range(1, sizes[k - 1] + 2):
                by_hand = x[k][j - 1] * slope[i - 1] * dl_dx[k + 1][i - 1]  # (9), (10)
                assert weights[f"w_{{{i},{j}}}^{{({k})}}"].grad == pytest.approx(by_hand, rel=1e-12)
        dl_dx[k] = [
            math.fsum(
                weights[f"w_{{{j},{i}}}^{{({k})}}"].data * slope[j - 1] * dl_dx[k + 1][j - 1]
                for j in range(1, sizes[k] + 1)
            )
            for i in range(1, sizes[k - 1] + 1)
        ]  # (11)
        for unit, by_hand in zip(units[k - 1].x, dl_dx[k], strict=False):
            assert unit.grad == pytest.approx(by_hand, rel=1e-12)
