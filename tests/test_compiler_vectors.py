"""Compiled derivatives of functions of vectors: those of `autograd.derivatives`, in the same structures."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given

import autograd
from autograd import DomainError, Value, exp, log, sin, sqrt, where
from autograd.tree import flatten
from tests.graphs import apply, smooth_graphs
from tests.naive import Graph

ENGINES = ["python", "numpy", "llvm"]


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest) -> str:
    if request.param == "llvm":
        pytest.importorskip("llvmlite")
    return str(request.param)


def agree(ours: Any, expected: Any, rel: float = 1e-11) -> bool:
    """Whether two results have the same structure and, up to rounding, the same numbers."""
    (xs, _), (ys, _) = flatten(ours), flatten(expected)
    scale = max([1.0, *(abs(y) for y in ys if math.isfinite(y))])
    same = xs == pytest.approx(ys, rel=rel, abs=rel * scale, nan_ok=True)
    return same and shape(ours) == shape(expected)


def shape(tree: Any) -> Any:
    """A structure with None for its numbers."""
    if isinstance(tree, np.ndarray):
        return tree.shape
    if isinstance(tree, dict):
        return {key: shape(x) for key, x in tree.items()}
    return type(tree)(map(shape, tree)) if isinstance(tree, (list, tuple)) else None


def nested(p: Any, z: Any) -> Any:
    """A function of structures that gives one."""
    (x, y), w = p["xy"], p["w"]
    return {"a": [x * y * z, exp(x) * w[0] + z], "b": (sin(w[1] * w[2]), 3.0), "c": w * x}


AT = ({"xy": (0.5, -1.5), "w": np.array([0.25, 2.0, -1.0])}, 1.25)


@pytest.mark.parametrize("argnums", [0, 1, (0, 1), (1, 0)])
def test_jacobians_and_hessians_have_the_structures_of_results_and_arguments(engine: str, argnums: Any) -> None:
    def f(p: Any, z: Any) -> Any:
        w = [p["w"][i] for i in range(3)]  # used as an array, and so no column
        return nested({"xy": p["xy"], "w": np.array(w)}, z)

    ours = autograd.compile(f, argnums, engine=engine)
    for z in (1.25, -0.5):
        at = (AT[0], z)
        assert agree(ours.jacobian(*at), autograd.jacobian(f, argnums)(*at))
        assert agree(ours.hessian(*at), autograd.hessian(f, argnums)(*at))


@pytest.mark.parametrize("engine", ["python", "llvm"])
def test_every_kind_is_the_eager_one_on_random_graphs(engine: str) -> None:
    if engine == "llvm":
        pytest.importorskip("llvmlite")

    @given(smooth_graphs())
    def check(graph: Graph) -> None:
        def f(xs: Any) -> Any:
            nodes = graph.run(list(xs), apply)
            return [nodes[-1], {"before": nodes[len(nodes) // 2], "leaf": xs[0]}]

        ours, xs = autograd.compile(f, engine=engine), list(graph.leaves)
        expected = autograd.jacobian(f)(xs)
        if all(map(math.isfinite, flatten(expected)[0])):
            assert agree(ours.jacobian(xs), expected)
        y, multiply = ours.vjp(xs)
        y_eager, multiply_eager = autograd.vjp(f, xs)
        weights = [0.5, {"before": -2.0, "leaf": 3.0}]
        assert agree(y, y_eager)
        assert agree(multiply(weights), multiply_eager(weights))

        def scalar(xs: Any) -> Any:
            return graph.run(list(xs), apply)[-1]

        tangents = [0.5 * i - 1.25 for i in range(len(xs))]
        expected = autograd.hvp(scalar, (xs,), (tangents,))
        if all(map(math.isfinite, flatten(expected)[0])):
            assert agree(autograd.compile(scalar, engine=engine).hvp((xs,), (tangents,)), expected)

    check()


def test_wide_and_tall_jacobians_are_swept_forward_and_backward_alike() -> None:
    def tall(x: float, y: float) -> Any:
        return [x * y, sin(x), where(x > y, sqrt(abs(x - y)), 0.0), 2.0, y]

    for at in ((2.0, 1.0), (1.0, 1.0), (1.0, 2.0)):
        expected = autograd.jacobian(tall, (0, 1))(*at)
        assert agree(autograd.compile(tall, (0, 1)).jacobian(*at), expected)

        def wide(xs: Any) -> Any:
            return [sum(x * x * i for i, x in enumerate(xs)), xs[0]]

        assert agree(autograd.compile(wide).jacobian([*at, 3.0]), autograd.jacobian(wide)([*at, 3.0]))


def test_a_hessian_of_several_results_is_the_jacobian_of_the_jacobian(engine: str) -> None:
    def f(x: Any) -> Any:
        return [x[0] ** 2 * x[1], exp(x[1])]

    ours = autograd.compile(f, engine=engine).hessian([3.0, 2.0])
    assert ours == [[[4.0, 6.0], [6.0, 0.0]], [[0.0, 0.0], [0.0, pytest.approx(math.exp(2.0), rel=1e-15)]]]


def test_calls_take_the_branches_of_the_function(engine: str) -> None:
    def f(x: Any) -> Any:
        return [x[0] * x[1], x[1] ** 2] if x[0] > 0 else [x[0], log(x[1])]

    ours = autograd.compile(f, engine=engine)
    for x in ([1.0, 2.0], [-1.0, 3.0], [2.0, 0.5], [-1.0, 0.5]):
        assert agree(ours.jacobian(x), autograd.jacobian(f)(x))
        assert agree(ours.vjp(x)[1]([1.0, 2.0]), autograd.vjp(f, x)[1]([1.0, 2.0]))
    scalar = autograd.compile(lambda x: f(x)[0] * f(x)[1], engine=engine)
    for x in ([1.0, 2.0], [-1.0, 3.0]):
        assert agree(scalar.hvp((x,), ([1.0, -1.0],)), autograd.hvp(scalar.__wrapped__, (x,), ([1.0, -1.0],)))


def test_outside_a_domain_there_is_the_eager_error(engine: str) -> None:
    ours = autograd.compile(lambda x: [log(x[0]), x[1]], engine=engine)
    assert ours.jacobian([2.0, 1.0]) == [[0.5, 0.0], [0.0, 1.0]]
    _, multiply = ours.vjp([2.0, 1.0])
    assert multiply([4.0, 3.0]) == ([2.0, 3.0],)
    for call in (ours.jacobian, ours.hessian, ours.vjp):
        with pytest.raises(DomainError):
            call([-1.0, 1.0])
    with pytest.raises(DomainError):
        autograd.compile(lambda x: log(x), engine=engine).hvp((-1.0,), (1.0,))


def test_a_direction_or_a_factor_of_0_carries_no_infinity(engine: str) -> None:
    f: Callable[..., Any] = lambda x, y: [sqrt(x), y]  # noqa: E731  # whose slope at 0 is infinite
    ours = autograd.compile(f, engine=engine)
    assert ours.vjp(0.0, 2.0)[1]([0.0, 1.0]) == (0.0, 1.0) == autograd.vjp(f, 0.0, 2.0)[1]([0.0, 1.0])
    g: Callable[..., Any] = lambda x, y: x * sqrt(x) + y * y  # noqa: E731  # likewise its second slope
    expected = autograd.hvp(g, (0.0, 2.0), (0.0, 1.0))
    assert autograd.compile(g, engine=engine).hvp((0.0, 2.0), (0.0, 1.0)) == expected == (0.0, 2.0)


def test_values_and_what_is_differentiated_around_it_are_kept() -> None:
    f = autograd.compile(lambda x: [x * x, x])
    y, multiply = f.vjp(Value(3.0))
    assert y[0].data == 9.0
    assert multiply([1.0, 2.0])[0].data == 8.0
    w = Value(2.0)
    g = autograd.compile(lambda x: x * x * w)
    assert autograd.grad(lambda w_: g.__wrapped__(3.0) * w_)(1.0).data == 18.0
    (slope,) = g.hvp((3.0,), (1.0,))
    assert slope == 4.0
    assert g.jacobian(Value(3.0)).data == 12.0


@pytest.mark.parametrize("engine", ["numpy", "llvm"])
def test_columns_are_taken_for_numbers_and_for_factors(engine: str) -> None:
    if engine == "llvm":
        pytest.importorskip("llvmlite")

    def f(x: Any, y: Any) -> Any:
        return [x * sin(y), x * x]

    ours, x, y, w = autograd.compile(f, (0, 1), engine=engine), np.array([0.5, 1.0, 2.0]), 0.75, np.array([1.0, 0.0, 2])
    jacobian, (_, multiply) = ours.jacobian(x, y), ours.vjp(x, y)
    product = multiply([w, 3.0])
    scalar = autograd.compile(lambda x, y: x * x * sin(y), engine=engine)
    curved = scalar.hvp((x, y), (w, 1.0))
    for i in range(3):
        expected = autograd.jacobian(f, (0, 1))(x[i], y)
        assert [[float(e[i]) for e in row] for row in jacobian] == pytest.approx(np.array(expected), rel=1e-13)
        expected = autograd.vjp(f, x[i], y)[1]([w[i], 3.0])
        assert [float(e[i]) for e in product] == pytest.approx(expected, rel=1e-13)
        expected = autograd.hvp(scalar.__wrapped__, (x[i], y), (w[i], 1.0))
        assert [float(e[i]) for e in curved] == pytest.approx(expected, rel=1e-13)


def test_what_does_not_fit_is_refused_by_name() -> None:
    ours = autograd.compile(lambda x: [x[0], x[1]])
    _, multiply = ours.vjp([1.0, 2.0])
    with pytest.raises(ValueError, match="cotangents has to be a list of length 2, as in the result"):
        multiply([1.0])
    with pytest.raises(TypeError, match="one number"):
        ours.hvp(([1.0, 2.0],), ([1.0, 0.0],))
    with pytest.raises(ValueError, match=r"tangents\[0\]"):
        autograd.compile(lambda x: x[0]).hvp(([1.0, 2.0],), ([1.0],))


def test_a_call_that_holds_more_than_numbers_is_eager_or_refused_as_there() -> None:
    def f(x: Any, flag: bool) -> Any:
        return [x * x, x] if flag else [x, x]

    ours = autograd.compile(f)
    assert ours.jacobian(3.0, True) == [6.0, 1.0]
    assert ours.jacobian(3.0, False) == [1.0, 1.0]


def test_the_text_of_a_jacobian_is_straight_python() -> None:
    f = autograd.compile(lambda x, y: [x * y, y * y], (0, 1), outside="constant")
    assert f.jacobian(2.0, 3.0) == [(3.0, 2.0), (0.0, 6.0)]
    assert "    t_1 = 2.0*y\n    return [(y, x), (0.0, t_1)]" in f.source
