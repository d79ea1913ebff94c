"""Sparse derivatives of functions that are sums over points of a grid: one formula, in a loop."""

from __future__ import annotations

import math
import random
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given

import autograd
from autograd import DomainError, Value, cos, exp, floor, log, sin, sqrt, where
from tests.graphs import apply, smooth_graphs
from tests.naive import Graph

pytest.importorskip("llvmlite")

N = 24


@pytest.fixture(params=["python", "llvm"], scope="module")
def compiled(request: pytest.FixtureRequest) -> Any:
    return lambda f, argnums=0: autograd.compile(f, argnums, engine=request.param, sparse=True)


def loops(f: autograd.Compiled) -> int:
    source: str = f.source
    return max(source.count("define internal i32 @loop"), source.count(" in _pieces"))


def in_a_loop(f: autograd.Compiled) -> bool:
    return loops(f) > 0


def numbers(n: int, seed: int = 0) -> list[float]:
    rng = random.Random(seed)
    return [rng.uniform(0.2, 1.5) for _ in range(n)]


def euler(x: Any, step: float = 0.1) -> Any:
    """The defects of a pendulum's trajectory by the trapezoidal rule."""

    def slope(q: Any, w: Any) -> Any:
        return w * cos(q), -9.81 * sin(q) / (1.0 + 0.3 * cos(q))

    points = [slope(x[2 * i], x[2 * i + 1]) for i in range(N)]
    defects = [
        x[2 * i + 2 + j] - x[2 * i + j] - step / 2 * (points[i][j] + points[i + 1][j])
        for i in range(N - 1)
        for j in range(2)
    ]
    return [*defects, x[0] - 1.0, x[2 * N - 1] * 0.5]


def test_a_jacobian_of_defects_is_found_in_a_loop(compiled: Any) -> None:
    f, x = compiled(euler), numbers(2 * N)
    expected = np.array(autograd.jacobian(euler)(x))
    for _ in range(2):
        found = f.jacobian(np.array(x))
        assert found.toarray() == pytest.approx(expected, rel=1e-13)
        assert (found != 0).nnz == found.nnz == np.count_nonzero(expected)
    assert in_a_loop(f)
    assert f.sparsity.nnz == found.nnz
    same = autograd.compile(euler, sparse=True).jacobian(x)
    assert (same.indices.tolist(), same.indptr.tolist()) == (found.indices.tolist(), found.indptr.tolist())


def test_so_is_the_hessian_of_a_lagrangian_with_multipliers_as_arguments(compiled: Any) -> None:
    def lagrangian(x: Any, factors: Any, scale: float) -> Any:
        effort = scale * sum(x[i] ** 2 * x[i + 1] for i in range(2 * N - 1))
        return effort + sum(f * c for f, c in zip(factors, euler(x), strict=True))

    f, x, factors = compiled(lagrangian), numbers(2 * N), numbers(2 * N, 1)
    found = f.hessian(np.array(x), np.array(factors), 2.0)
    assert found.toarray() == pytest.approx(np.array(autograd.hessian(lagrangian)(x, factors, 2.0)), rel=1e-12)
    assert in_a_loop(f)
    zero = f.hessian(np.array(x), np.zeros(2 * N), 0.0)
    assert zero.nnz == found.nnz
    assert not zero.data.any()
    both = compiled(lagrangian, (1, 0)).hessian(x, factors, 2.0).toarray()
    by_x = slice(2 * N, 4 * N)
    assert both[by_x, by_x] == pytest.approx(found.toarray(), rel=1e-12, abs=1e-12)
    assert both[: 2 * N, by_x] == pytest.approx(np.array(autograd.jacobian(euler)(x)), rel=1e-12)


def test_random_graphs_at_many_points_have_the_dense_derivatives(compiled: Any) -> None:
    @given(smooth_graphs())
    def check(graph: Graph) -> None:
        k, scales = len(graph.leaves), numbers(N, 2)

        def at(x: Any, i: int) -> Any:
            return scales[i] * graph.run([x[k * i + j] for j in range(k)], apply)[-1]

        def every(x: Any) -> Any:
            return [at(x, i) + x[0] for i in range(N)] + [at(x, i) - 2.0 * at(x, i + 1) for i in range(N - 1)]

        x = [y for _ in range(N) for y in graph.leaves]
        expected = np.array(autograd.jacobian(every)(x))
        if np.isfinite(expected).all():
            scale = max(1.0, np.abs(expected).max())
            assert compiled(every).jacobian(x).toarray() == pytest.approx(expected, rel=1e-11, abs=1e-11 * scale)
            total = lambda x: sum(at(x, i) * (i + 0.5) for i in range(N))  # noqa: E731  # one number
            one = np.array(autograd.hessian(lambda x: at(x, 0))(x[:k]))
            if np.isfinite(one).all():
                found = compiled(total).hessian(x).toarray()
                scale = max(1.0, np.abs(found).max())
                for i in range(N):
                    part = found[k * i : k * i + k, k * i : k * i + k]
                    ratio = (i + 0.5) * scales[i] / scales[0]
                    assert part == pytest.approx(ratio * one, rel=1e-10, abs=1e-10 * scale)
                assert np.count_nonzero(found) <= N * k * k

    check()


def test_outside_a_domain_at_one_point_there_is_the_eager_error(compiled: Any) -> None:
    f, x = compiled(lambda x: [log(y) * y for y in x]), numbers(N)
    assert f.jacobian(x).diagonal() == pytest.approx([math.log(y) + 1 for y in x], rel=1e-14)
    assert in_a_loop(f)
    with pytest.raises(DomainError):
        f.jacobian([*x[:-1], -1.0])
    infinite = compiled(lambda x: [exp(y) * y for y in x])
    assert infinite.jacobian([*x[:-1], 800.0]).data[-1] == math.inf


def test_an_error_in_what_no_slope_needs_is_kept(compiled: Any) -> None:
    f = compiled(lambda x, c: [sin(y) * y + log(c) for y in x])
    assert f.jacobian(numbers(N), 2.0).nnz == N
    with pytest.raises(DomainError):
        f.jacobian(numbers(N), -2.0)
    g = compiled(lambda x, c: [sin(y) * y / c for y in x])
    assert g.jacobian(numbers(N), 2.0).nnz == N
    with pytest.raises((DomainError, ZeroDivisionError)):
        g.jacobian(numbers(N), 0.0)
    flat = compiled(lambda x: [floor(log(y)) + y * y for y in x])
    assert flat.jacobian(numbers(N)).nnz == N
    with pytest.raises(DomainError):
        flat.jacobian([*numbers(N - 1), -1.0])


def test_constants_that_differ_are_data_and_special_ones_are_not(compiled: Any) -> None:
    weights = [0.0, 1.0, -1.0, 2.0, 0.3, 0.7, *numbers(N - 6)]

    def f(x: Any) -> Any:
        return [w * x[i] ** 2 + x[i] ** w for i, w in enumerate(weights)]

    ours, same, x = compiled(f).jacobian(numbers(N)), autograd.compile(f, sparse=True).jacobian(numbers(N)), numbers(N)
    assert ours.indices.tolist() == same.indices.tolist()
    assert ours.data == pytest.approx(same.data, rel=1e-14)
    factors = numbers(N)
    many = lambda x: [(sin(x[i]) * w + 0.1) ** 3 for i, w in enumerate(factors)]  # noqa: E731  # as above
    f_many = compiled(many)
    assert f_many.jacobian(x).toarray() == pytest.approx(np.array(autograd.jacobian(many)(x)), rel=1e-13)
    assert in_a_loop(f_many)
    assert loops(f_many) == 1


def test_branches_by_where_kinks_and_flat_parts_are_the_eager_ones(compiled: Any) -> None:
    def f(x: Any) -> Any:
        return [where(y > 1, sqrt(abs(y - 1)) * y, 0.0) + floor(y) + 2.0 * y for y in x]

    x = [1.0, *numbers(N - 2), 2.5]
    ours = compiled(f)
    assert ours.jacobian(x).toarray() == pytest.approx(np.array(autograd.jacobian(f)(x)), rel=1e-14)
    assert in_a_loop(ours)


def test_many_values_are_found_in_machine_code_to_the_last_bit() -> None:
    machine_code = partial(autograd.compile, engine="llvm", sparse=True)

    def f(x: Any) -> Any:
        found = [*euler(x), 3.0, x[4], x[4], -x[0] * 0.0, sin(x[5]) * x[5]]
        return {"defects": np.array(found), "over": [y > 0.7 for y in x]}

    ours, same, x = machine_code(f), autograd.compile(f, sparse=True), np.array(numbers(2 * N))
    found, expected = ours(x), same(x)
    assert found["defects"].tobytes() == expected["defects"].tobytes()
    assert found["over"] == expected["over"]
    assert type(found["over"][0]) is type(expected["over"][0])
    with pytest.raises(DomainError):
        machine_code(lambda x: [log(y) * y for y in x])([*x[:-1], -1.0])
    one = machine_code(lambda x: [sin(y) * y for y in x])
    assert one([0.5] * N) == [0.5 * math.sin(0.5)] * N


def test_numbers_that_cancel_have_no_place(compiled: Any) -> None:
    f, x = compiled(lambda x: [sin(y) * y + ((z + 2.0) - z) for y, z in pairwise([*x, 1.0])]), numbers(N)
    assert f.jacobian(x).toarray() == pytest.approx(np.diag([math.sin(y) + y * math.cos(y) for y in x]), rel=1e-14)
    assert f.jacobian(x).nnz == N
    assert in_a_loop(f)


def test_a_chain_that_is_one_piece_is_a_straight_line(compiled: Any) -> None:
    def f(x: Any) -> Any:
        found, y = [], x[0]
        for i in range(N):
            y = sin(y) * x[i]
            found.append(y)
        return found

    ours, x = compiled(f), numbers(N)
    assert ours.jacobian(x).toarray() == pytest.approx(np.array(autograd.jacobian(f)(x)), rel=1e-12)
    assert not in_a_loop(ours)


def test_what_is_left_to_python_or_is_in_a_loop_is_no_piece(compiled: Any) -> None:
    x = numbers(N)
    overflowing = compiled(lambda x: [*(sin(y) * y for y in x), exp(Value(1000.0))])
    assert overflowing(x)[-1] == math.inf
    assert overflowing.jacobian(x).diagonal() == pytest.approx([math.sin(y) + y * math.cos(y) for y in x], rel=1e-14)
    assert not in_a_loop(overflowing)
    ours = compiled(lambda x: autograd.scan(lambda c, y: (c + sin(y), c * y), 0.0, x)[1])
    expected = np.array(autograd.jacobian(ours.__wrapped__)(x))
    assert ours.jacobian(x).toarray() == pytest.approx(expected, rel=1e-12)
    assert not in_a_loop(ours)


def test_values_outside_are_read_at_each_call(compiled: Any) -> None:
    w = Value(2.0)
    f = compiled(lambda x: [w * sin(y) + w * y for y in x])
    x = numbers(N)
    for w.data in (2.0, 3.0):
        assert f.jacobian(x).diagonal() == pytest.approx([w.data * (math.cos(y) + 1.0) for y in x], rel=1e-14)
    assert in_a_loop(f)


def test_branches_by_if_are_straight_lines(compiled: Any) -> None:
    f = compiled(lambda x: [sin(y) * y for y in x] if x[0] > 0.5 else [y * y for y in x])
    for first in (0.2, 0.8):
        x = [first, *numbers(N - 1)]
        assert f.jacobian(x).toarray() == pytest.approx(np.array(autograd.jacobian(f.__wrapped__)(x)), rel=1e-14)
