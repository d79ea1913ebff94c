"""The course's equations, each closed form written out by hand and compared with what the engine finds.

Equations (3) to (6) belong to exercise 3, (8) to exercise 4, (9) to (11) to exercise 5.
"""

from __future__ import annotations

import math
from itertools import pairwise
from random import Random
from typing import Any

import pytest

from autograd import Value, cos, dot, grad, gradients, log, sigmoid, sqrt

POINTS = [(1.0, 2.0, 4.0), (-0.7, 1.3, 0.5), (2.5, -0.4, 9.0), (0.0, 3.0, 2.0)]


@pytest.fixture(params=POINTS, ids=str)
def xyz(request: pytest.FixtureRequest) -> tuple[float, float, float]:
    point: tuple[float, float, float] = request.param
    return point


# -- exercise 3 ---------------------------------------------------------------------------------------------------


def test_equations_3_to_5_the_partial_derivatives_of_exercise_3a(xyz: tuple[float, float, float]) -> None:
    x, y, z = xyz
    leaves = [Value(number, label) for number, label in zip(xyz, "xyz", strict=True)]
    X, Y, Z = leaves
    f = cos(X**2 * Y) + X**2 * sqrt(Z)
    f.backward()
    assert f.data == pytest.approx(math.cos(x**2 * y) + x**2 * math.sqrt(z))
    assert X.grad == pytest.approx(-2 * x * y * math.sin(x**2 * y) + 2 * x * math.sqrt(z))  # (3)
    assert Y.grad == pytest.approx(-(x**2) * math.sin(x**2 * y))  # (4)
    assert Z.grad == pytest.approx(1 / (2 * math.sqrt(z)) * x**2)  # (5)
    assert [d.data for d in gradients(f, leaves)] == [X.grad, Y.grad, Z.grad]


def test_the_local_partials_of_exercise_3a_stand_on_the_edges(xyz: tuple[float, float, float]) -> None:
    x, y, z = xyz
    X, Y, Z = map(Value, xyz)
    square = X**2
    product, root = square * Y, sqrt(Z)
    cosine, weighted = cos(product), square * root
    f = cosine + weighted
    assert square.partials == (2 * x,)
    assert product.partials == (y, x**2)
    assert root.partials == (1 / (2 * math.sqrt(z)),)
    assert cosine.partials == (-math.sin(x**2 * y),)
    assert weighted.partials == (math.sqrt(z), x**2)
    assert f.partials == (1.0, 1.0)


def test_equation_6_the_gradient_of_the_squared_scalar_product() -> None:
    rng = Random(6)
    c = [rng.uniform(-2, 2) for _ in range(5)]
    x = [rng.uniform(-2, 2) for _ in range(5)]
    expected = [2 * sum(ci * xi for ci, xi in zip(c, x, strict=True)) * ci for ci in c]
    assert grad(lambda x: dot(c, x) ** 2)(x) == pytest.approx(expected)


# -- section 3 ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("s", "z"), [(-5, 0.0067), (5, 0.9933), (4, 0.982), (1, 0.731), (-11, 0.0000167)])
def test_the_values_of_sigma_in_exercise_2(s: float, z: float) -> None:
    assert sigmoid(s) == pytest.approx(z, rel=5e-3)
    assert sigmoid(Value(s)).data == sigmoid(s) == pytest.approx(1 / (1 + math.exp(-s)), rel=1e-15)


# -- exercise 4 ---------------------------------------------------------------------------------------------------


def log_loss(z: Any, y: float) -> Any:
    return -y * log(z) - (1 - y) * log(1 - z)


def σ(s: float) -> float:
    return 1 / (1 + math.exp(-s))


@pytest.mark.parametrize("y", [0.0, 1.0])
def test_equation_8_the_gradient_of_the_log_loss_of_logistic_regression(y: float) -> None:
    rng = Random(8)
    w = [rng.uniform(-1, 1) for _ in range(4)]
    x = [rng.uniform(-2, 2) for _ in range(4)]
    z = σ(sum(wi * xi for wi, xi in zip(w, x, strict=True)))
    steps = [[xi * z * (1 - z) * (-y / z + (1 - y) / (1 - z)) for xi in x]]  # as read off the diagram
    steps += [[-xi * y * (1 - z) + xi * (1 - y) * z for xi in x]]  # the simplified last line
    for expected in steps:
        assert grad(lambda w: log_loss(sigmoid(dot(w, x)), y))(w) == pytest.approx(expected)


def test_equation_7_the_gradient_of_the_total_loss_is_the_sum_over_the_examples() -> None:
    rng = Random(7)
    examples = [([rng.uniform(-2, 2) for _ in range(3)], float(rng.random() < 0.5)) for _ in range(20)]
    w = [Value(rng.uniform(-1, 1)) for _ in range(3)]
    for x, y in examples:
        log_loss(sigmoid(dot(w, x)), y).backward()
    residuals = [(σ(sum(wi.data * xi for wi, xi in zip(w, x, strict=True))) - y, x) for x, y in examples]
    expected = [sum(r * x[j] for r, x in residuals) for j in range(3)]
    assert [wi.grad for wi in w] == pytest.approx(expected)


# -- exercise 5 ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("sizes", [(3, 2, 1), (2, 5, 3, 1), (4, 4, 4, 4, 1)], ids=str)
@pytest.mark.parametrize("y", [0.0, 1.0])
def test_equations_9_to_11_hold_at_every_unit_of_a_multilayer_perceptron(sizes: tuple[int, ...], y: float) -> None:
    rng = Random(str(sizes))
    m = len(sizes)
    # w[k][i][j] joins unit j of layer k to unit i of layer k + 1; x[k] and s[k] are the units of layer k.
    w = [[[Value(rng.uniform(-1, 1)) for _ in range(n)] for _ in range(n_next)] for n, n_next in pairwise(sizes)]
    x = [[Value(rng.uniform(-1, 1)) for _ in range(sizes[0])]]
    s: list[list[Value]] = [[]]
    for k in range(m - 1):
        s.append([dot(w[k][i], x[k]) for i in range(sizes[k + 1])])
        x.append([sigmoid(si) for si in s[k + 1]])
    l = log_loss(x[-1][0], y)
    l.backward()

    z = x[-1][0].data
    assert x[-1][0].grad == pytest.approx(-y / z + (1 - y) / (1 - z))  # exercise 5c, read off view 3
    for k in reversed(range(m - 1)):
        # dl/ds = σ(s) (1 - σ(s)) dl/dx of each unit of layer k + 1
        dl_ds = [σ(si.data) * (1 - σ(si.data)) * (xi.grad or 0.0) for si, xi in zip(s[k + 1], x[k + 1], strict=True)]
        assert [si.grad for si in s[k + 1]] == pytest.approx(dl_ds)
        for i in range(sizes[k + 1]):
            gradient = [xj.data * dl_ds[i] for xj in x[k]]  # (9), (10)
            assert [wij.grad for wij in w[k][i]] == pytest.approx(gradient)
        for i in range(sizes[k]):
            total = sum(w[k][j][i].data * dl_ds[j] for j in range(sizes[k + 1]))  # (11)
            assert x[k][i].grad == pytest.approx(total)


def test_gradient_descent_on_equation_7_finds_the_weights_of_section_5() -> None:
    # One input, targets that overlap: the optimum is where the residuals are orthogonal to the inputs.
    rows = [([a, 1.0], y) for a, y in [(-2.0, 0.0), (-1.0, 0.0), (-0.5, 1.0), (0.5, 0.0), (1.0, 1.0), (2.0, 1.0)]]
    w = [0.0, 0.0]
    loss_gradient = grad(lambda w: sum(log_loss(sigmoid(dot(w, x)), y) for x, y in rows))
    for _ in range(500):
        w = [wi - 0.5 * gi for wi, gi in zip(w, loss_gradient(w), strict=True)]
    for j in range(2):
        assert sum((σ(w[0] * x[0] + w[1]) - y) * x[j] for x, y in rows) == pytest.approx(0.0, abs=1e-9)
