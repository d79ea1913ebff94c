"""Sparse Jacobians and Hessians: the dense ones' numbers at the structural non-zeros, and nothing else."""

from __future__ import annotations

import math
import random
import sys
from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree as ET

import numpy as np
import pytest
import scipy.sparse
import scipy.sparse.linalg
from hypothesis import given

import autograd
from autograd import CompileError, DomainError, Value, exp, floor, log, sin, sqrt, where
from autograd.accumulation import MANY_ENDS, NUMBERS, accumulated
from autograd.sparsity import Sparsity
from tests.graphs import apply, smooth_graphs
from tests.naive import Graph

Make = Callable[[Callable[..., Any]], tuple[Callable[..., Any], Callable[..., Any]]]


def _compiled(engine: str) -> Make:
    def make(f: Callable[..., Any], argnums: Any = 0) -> Any:
        compiled = autograd.compile(f, argnums, engine=engine, sparse=True)
        return compiled.jacobian, compiled.hessian

    return make


def _eager(f: Callable[..., Any], argnums: Any = 0) -> Any:
    return autograd.jacobian(f, argnums, sparse=True), autograd.hessian(f, argnums, sparse=True)


@pytest.fixture(params=["eager", "python", "llvm"])
def make(request: pytest.FixtureRequest) -> Any:
    """What makes the sparse Jacobian and the sparse Hessian of a function."""
    if request.param == "llvm":
        pytest.importorskip("llvmlite")
    return _eager if request.param == "eager" else _compiled(request.param)


def band(x: Any) -> Any:
    return [x[i] * sin(x[i + 1]) - x[0] for i in range(len(x) - 1)]


def rosenbrock(x: Any) -> Any:
    return sum(100 * (x[i + 1] - x[i] ** 2) ** 2 + (1 - x[i]) ** 2 for i in range(len(x) - 1))


def test_a_jacobian_has_the_dense_numbers_at_the_structural_non_zeros(make: Any) -> None:
    x = np.array([0.5, -1.5, 2.0, 0.0, 1.0])
    found = make(band)[0](x)
    assert type(found) is scipy.sparse.csr_array
    assert found.shape == (4, 5)
    assert found.indices.tolist() == [0, 1, 0, 1, 2, 0, 2, 3, 0, 3, 4]
    assert found.indptr.tolist() == [0, 2, 5, 8, 11]
    assert found.toarray() == pytest.approx(np.array(autograd.jacobian(band)(list(x))), rel=1e-14)
    assert 0.0 in found.data  # x_3 is 0, which is a number like others


def test_a_hessian_is_symmetric_to_the_last_bit(make: Any) -> None:
    x = np.array([random.Random(1).uniform(-2, 2) for _ in range(12)])
    found = make(rosenbrock)[1](x)
    assert found.nnz == 12 + 2 * 11
    assert (found.toarray() == found.toarray().T).all()
    assert found.toarray() == pytest.approx(np.array(autograd.hessian(rosenbrock)(list(x))), rel=1e-13)


@pytest.mark.parametrize("compiled", [False, True])
def test_on_random_graphs_both_are_the_dense_ones(compiled: bool) -> None:
    make = _compiled("python") if compiled else _eager

    @given(smooth_graphs())
    def check(graph: Graph) -> None:
        def every(xs: Any) -> Any:
            return graph.run(list(xs), apply)

        xs = list(graph.leaves)
        jacobian, hessian = make(every)[0], make(lambda xs: every(xs)[-1])[1]
        expected = np.array(autograd.jacobian(every)(xs))
        if np.isfinite(expected).all():
            found = jacobian(xs)
            assert found.has_canonical_format
            assert found.toarray() == pytest.approx(expected, rel=1e-11, abs=1e-11 * max(1.0, np.abs(expected).max()))
            expected = np.array(autograd.hessian(lambda xs: every(xs)[-1])(xs))
            if np.isfinite(expected).all():
                scale = max(1.0, np.abs(expected).max())
                assert hessian(xs).toarray() == pytest.approx(expected, rel=1e-10, abs=1e-10 * scale)

    check()


def test_few_results_of_many_numbers_have_all_their_slopes(make: Any) -> None:
    def f(x: Any) -> Any:
        return [sum(sin(y) for y in x), exp(x[7]) + exp(x[8]) * x[9]]

    x = [0.1 * i for i in range(10)]
    assert make(f)[0](x).toarray() == pytest.approx(np.array(autograd.jacobian(f)(x)), rel=1e-14)
    assert make(lambda x: f(x)[1])[1](x).toarray() == pytest.approx(
        np.array(autograd.hessian(lambda x: f(x)[1])(x)), rel=1e-14
    )
    assert np.array(autograd.compile(f).jacobian(x)) == pytest.approx(np.array(autograd.jacobian(f)(x)), rel=1e-14)


def test_slopes_that_are_0_everywhere_are_not_stored_and_others_are(make: Any) -> None:
    def f(x: Any) -> Any:
        return [floor(x[0]) + x[1], 3.0, x[0] * x[1], floor(floor(x[0]) * x[1]), x[2]]

    found = make(f)[0]([0.0, 0.0, 2.0])
    assert [found.indices[a:b].tolist() for a, b in zip(found.indptr, found.indptr[1:], strict=False)] == [
        [1], [], [0, 1], [], [2],
    ]  # fmt: skip
    assert found.data.tolist() == [1.0, 0.0, 0.0, 1.0]
    inner = make(lambda x: [x[0] * (Value(2.0) * Value(3.0))])[0]([1.0, 2.0])
    assert inner.toarray().tolist() == [[6.0, 0.0]]
    curved = make(lambda x: x[0] * x[0] + 5.0 * x[1] + x[1] * x[2])[1]([1.0, 2.0, 3.0])
    assert curved.todok().items() == {(0, 0): 2.0, (1, 2): 1.0, (2, 1): 1.0}.items()


def test_structures_are_columns_and_rows_in_the_order_of_their_numbers(make: Any) -> None:
    def f(p: Any, z: Any) -> Any:
        return {"a": [p["w"][1] * z, z * z], "b": p["v"]}

    at = {"w": [1.0, 2.0], "v": 3.0}, 4.0
    assert make(f, 0)[0](*at).toarray().tolist() == [[0, 4, 0], [0, 0, 0], [0, 0, 1]]
    assert make(f, (1, 0))[0](*at).toarray().tolist() == [[2, 0, 4, 0], [8, 0, 0, 0], [0, 0, 0, 1]]
    assert make(lambda x: x * x)[0](3.0).toarray().tolist() == [[6.0]]
    assert make(lambda x: x * x)[1](3.0).toarray().tolist() == [[2.0]]


def test_functions_without_results_or_without_arguments_have_empty_matrices(make: Any) -> None:
    assert make(lambda x: [])[0]([1.0, 2.0]).shape == (0, 2)
    assert make(lambda x: [2.0])[0]([]).shape == (1, 0)
    assert make(lambda x: 2.0)[1]([1.0, 3.0]).nnz == 0
    assert make(lambda x: [x[0], x[0]])[0]([1.0, 3.0]).toarray().tolist() == [[1, 0], [1, 0]]


def test_where_an_infinite_slope_is_not_chosen_it_does_not_count(make: Any) -> None:
    def f(x: Any) -> Any:
        return [where(x[0] > 0, sqrt(abs(x[0])) * x[1], x[1]), where(x[0] > 0, sqrt(abs(x[0])), 0.0) * x[1]]

    jacobian, hessian = make(f)[0], make(lambda x: f(x)[0])[1]
    for x in ([0.0, 2.0], [4.0, 2.0]):
        assert jacobian(x).toarray().tolist() == autograd.jacobian(f)(x)
        assert hessian(x).toarray().tolist() == autograd.hessian(lambda x: f(x)[0])(x)


def test_calls_take_the_branches_of_the_function_each_with_its_own_pattern(make: Any) -> None:
    def f(x: Any) -> Any:
        return [x[0] * x[1], x[1]] if x[0] > 0 else [x[0], log(x[1])]

    jacobian = make(f)[0]
    for x in ([1.0, 2.0], [-1.0, 3.0], [2.0, 0.5]):
        assert jacobian(x).toarray().tolist() == autograd.jacobian(f)(x)
    with pytest.raises(DomainError):
        jacobian([-1.0, -1.0])


def test_a_matrix_is_the_callers_own(make: Any) -> None:
    jacobian = make(band)[0]
    first = jacobian([1.0, 2.0, 3.0])
    kept = first.toarray()
    first.data[:] = 0.0
    first.eliminate_zeros()
    second = jacobian([1.0, 2.0, 3.0])
    assert (second.toarray() == kept).all()
    assert second.nnz == 5
    second[1, 1] = 7.0
    assert (jacobian([1.0, 2.0, 3.0]).toarray() == kept).all()
    solved = scipy.sparse.linalg.spsolve((second.T @ second).tocsc() + scipy.sparse.eye_array(3), np.ones(3))
    assert np.isfinite(solved).all()


def test_a_function_of_an_array_that_is_used_as_one_takes_arrays_with_any_engine() -> None:
    for engine in ("python", "numpy", "llvm"):
        if engine == "llvm":
            pytest.importorskip("llvmlite")
        f = autograd.compile(lambda x: x * x, engine=engine, sparse=True)  # column by column, were it not sparse
        x = np.array([1.0, 2.0, 3.0])
        assert f.jacobian(x).toarray().tolist() == [[2, 0, 0], [0, 4, 0], [0, 0, 6]]
        assert f(x).tolist() == [1, 4, 9]


def test_a_call_with_whole_numbers_or_lists_gives_the_same() -> None:
    f = autograd.compile(band, sparse=True)
    expected = autograd.jacobian(band)([1.0, 2.0, 3.0])
    for x in ([1, 2, 3], (1.0, 2.0, 3.0), np.array([1, 2, 3]), np.array([1.0, 2.0, 3.0])):
        for _ in range(2):
            assert f.jacobian(x).toarray() == pytest.approx(np.array(expected), rel=1e-15)


def test_sparse_derivatives_of_values_are_refused_and_say_what_to_do() -> None:
    jacobian = autograd.jacobian(band, sparse=True)
    with pytest.raises(TypeError, match="without sparse=True"):
        jacobian([Value(1.0), 2.0])
    with pytest.raises(TypeError, match="without sparse=True"):
        autograd.compile(band, sparse=True).jacobian([Value(1.0), 2.0])
    with pytest.raises(TypeError, match="one number"):
        autograd.hessian(band, sparse=True)([1.0, 2.0, 3.0])
    with pytest.raises(TypeError, match="one number"):
        autograd.compile(band, sparse=True).hessian([1.0, 2.0, 3.0])


def test_has_aux_gives_the_rest_besides() -> None:
    found, aux = autograd.jacobian(lambda x: ([x[0]], "more"), has_aux=True, sparse=True)([1.0, 2.0])
    assert (found.toarray().tolist(), aux) == ([[1.0, 0.0]], "more")


def test_without_scipy_an_error_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "scipy.sparse", raising=False)
    monkeypatch.setitem(sys.modules, "scipy", None)
    for make in (autograd.jacobian, autograd.hessian, autograd.compile):
        with pytest.raises(ImportError, match=r'pip install "scalar-autograd\[scipy\]"'):
            make(band, sparse=True)


# -- the cheapest way -------------------------------------------------------------------------------------------


def _counted(edges: dict[str, Any], ys: list[str], xs: list[str]) -> tuple[list[dict[int, float]], int]:
    """Derivatives where each edge is a number, and how many products that took."""
    count = 0

    def times(x: float, y: float) -> float:
        nonlocal count
        count += 1
        return x * y

    return accumulated(edges, ys, xs, NUMBERS._replace(through=times, meet=times)), count


def test_tall_jacobians_go_forward_wide_ones_backward_and_a_bottleneck_is_met_from_both_sides() -> None:
    n = MANY_ENDS // 2
    xs, ys = [f"x{i}" for i in range(n)], [f"y{i}" for i in range(n)]
    chain = {f"c{i}": [(f"c{i - 1}" if i else "x0", 2.0)] for i in range(n)}
    tall, products = _counted(chain | {y: [(f"c{n - 1}", float(i))] for i, y in enumerate(ys)}, ys, ["x0"])
    assert [row[0] for row in tall] == [2.0**n * i for i in range(n)]
    assert products <= 3 * n  # backward it were n n
    last = {"y0": [(f"c{n - 1}", 1.0)]}
    up = {"c0": [(x, float(i)) for i, x in enumerate(xs)]} | {f"c{i}": [(f"c{i - 1}", 2.0)] for i in range(1, n)} | last
    wide, products = _counted(up, ["y0"], xs)
    assert wide == [{i: 2.0 ** (n - 1) * i for i in range(n)}]
    assert products <= 3 * n
    neck = {"neck": [(x, float(i)) for i, x in enumerate(xs)]} | {f"c{i}": [("neck", 2.0)] for i in range(n)}
    edges = neck | {y: [(f"c{i}", 3.0)] for i, y in enumerate(ys)}
    both, products = _counted(edges, ys, xs)
    assert both == [{j: 6.0 * j for j in range(n)} for _ in range(n)]
    assert products <= n * n + 4 * n


@pytest.mark.parametrize("n", [3, MANY_ENDS + 5, 2 * MANY_ENDS + 9])
def test_any_number_of_inputs_and_results_may_meet(n: int) -> None:
    rng = random.Random(n)
    weights = [rng.uniform(-1, 1) for _ in range(n)]

    def f(x: Any) -> Any:
        s = sum(w * y for w, y in zip(weights, x, strict=True))
        return [sin(s) * y for y in x] + [exp(s)]

    x = [rng.uniform(-1, 1) for _ in range(n)]
    expected = np.array(autograd.jacobian(f)(x))
    assert autograd.jacobian(f, sparse=True)(x).toarray() == pytest.approx(expected, rel=1e-12)
    assert autograd.compile(f, sparse=True).jacobian(x).toarray() == pytest.approx(expected, rel=1e-12)
    g: Callable[..., Any] = lambda x: exp(sum(w * y for w, y in zip(weights, x, strict=True)))  # noqa: E731  # dense
    s = math.exp(sum(w * y for w, y in zip(weights, x, strict=True)))
    dense = np.outer(weights, weights) * s
    assert autograd.compile(g, sparse=True).hessian(x).toarray() == pytest.approx(dense, rel=1e-12)
    assert autograd.hessian(g, sparse=True)(x).toarray() == pytest.approx(dense, rel=1e-12)


# -- patterns ---------------------------------------------------------------------------------------------------


def test_the_pattern_is_that_of_the_last_program() -> None:
    f = autograd.compile(lambda x: [x[0] * x[1], x[1]], sparse=True)
    with pytest.raises(CompileError, match="no pattern yet"):
        _ = f.sparsity
    f.jacobian([1.0, 2.0])
    assert repr(f.sparsity) == "<Sparsity: 2 x 2, 3 non-zero (0.75 of all)>"
    assert str(f.sparsity) == "■ ■\n· ■"
    assert (f.sparsity.shape, f.sparsity.nnz) == ((2, 2), 3)
    with pytest.raises(CompileError, match="no pattern yet"):
        _ = autograd.compile(lambda x: x).sparsity


def test_a_large_pattern_is_written_in_dots_and_drawn_in_squares() -> None:
    pattern = Sparsity([[i, 499] for i in range(500)], 500)
    lines = str(pattern).split("\n")
    assert len(lines) == 36
    assert {*map(len, lines)} == {72}
    assert lines[0][0] == "⠑"
    assert lines[20][36] == chr(0x2800)
    assert repr(Sparsity([], 0)) == "<Sparsity: 0 x 0, 0 non-zero>"
    assert str(Sparsity([], 0)) == ""


@pytest.mark.parametrize(("m", "n"), [(3, 3), (1, 500), (500, 1), (60, 40), (1000, 1000), (0, 3), (0, 0)])
def test_the_picture_is_an_image_of_moderate_size(m: int, n: int) -> None:
    image = ET.fromstring(Sparsity([{i % n, (i + 1) % n} for i in range(m)] if n else [], n)._repr_svg_())
    width, height = float(image.get("width", "")), float(image.get("height", ""))
    assert width <= 340
    assert height <= 360
    drawn = [x.get("d", "") for x in image.iter("{http://www.w3.org/2000/svg}path")]
    assert drawn[0].count("M") <= 400  # squares side by side are one
    assert all(word in "".join(image.itertext()) for word in (f"{m} × {n}", "non-zero"))
