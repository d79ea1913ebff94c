"""Columns of other libraries: whatever follows the Array API, PyTorch, JAX, pandas."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import autograd
from autograd import CompileError, relu, sigmoid, where
from autograd.op import Op, as_float
from tests.peers import peer
from tests.test_compiler_columns import eagerly, every_engine, formula, rows
from tests.test_compiler_python import families
from tests.test_ops import ROWS

xp = pytest.importorskip("array_api_strict")


@every_engine
def test_any_array_library_can_run_the_program(engine: str) -> None:
    def f(x: Any, y: Any) -> Any:
        first = where((x > 0) & ((y < 1) | (x > 1.5)), sigmoid(x) * y, autograd.exp2(y) + autograd.cbrt(x))
        return first + relu(x) ** 3 + autograd.atan2(y, x) + where(x > 0, 1.0, 2.0) + autograd.hypot(x, 2.0) + x**2.5

    ours = autograd.compile(f, (0, 1), engine=engine)
    x, y = [0.5, -1.0, 2.0], [0.25, 3.0, 1.0]
    got, slopes = ours.value_and_grad(xp.asarray(x, dtype=xp.float64), 3.0)
    assert type(got) is type(xp.asarray(1.0))
    assert got.shape == slopes[1].shape == (3,)
    got, slopes = ours.value_and_grad(xp.asarray(x, dtype=xp.float64), xp.asarray(y, dtype=xp.float64))
    for i in range(3):
        expected = eagerly(f, x[i], y[i])
        assert (float(got[i]), float(slopes[0][i]), float(slopes[1][i])) == pytest.approx(
            (expected[0], *expected[1]), rel=1e-12, nan_ok=True
        )


OF_COLUMNS = [row for row in ROWS if row.arity < 3 and row.name != "polygamma"]  # whose order is one whole number


@pytest.mark.parametrize("row", OF_COLUMNS, ids=lambda row: row.name)
def test_every_row_of_the_table_is_in_any_array_library_what_it_is_eagerly(row: Op) -> None:
    for f, lines in families(row):
        columns = [xp.asarray(list(column), dtype=xp.float64) for column in zip(*lines, strict=True)]
        got = autograd.compile(f, range(len(columns)), engine="numpy")(*columns)
        with autograd.ieee():
            expected = [as_float(f(*xs)) for xs in lines]
        assert [float(y) for y in got] == pytest.approx(expected, rel=1e-12, abs=1e-15, nan_ok=True)


def test_each_type_of_number_has_a_program_of_its_own() -> None:
    ours = autograd.compile(lambda x, y: where(x > y, 1.0, x * 0.1), engine="numpy")
    for dtype in (xp.float32, xp.float64):
        y = ours(xp.asarray([1.0, 3.0], dtype=dtype), 2.0)
        assert y.dtype == dtype
        assert [float(x) for x in y] == pytest.approx([0.1, 1.0], rel=1e-7)


def test_conditions_within_conditions_are_those_of_arrays() -> None:
    def f(x: Any, y: Any) -> Any:
        return where(x > 0, x, where(y > 0, lambda: autograd.log(y), y * y)) * 2

    ours = autograd.compile(f, (0, 1), engine="numpy")
    x, y = [1.0, -1.0, -1.0], [2.0, 3.0, -4.0]
    _, (dx, dy) = ours.value_and_grad(xp.asarray(x, dtype=xp.float64), xp.asarray(y, dtype=xp.float64))
    assert [float(d) for d in dx] == [2.0, 0.0, 0.0]
    assert [float(d) for d in dy] == pytest.approx([0.0, 2 / 3, -16.0])


def test_what_depends_on_no_column_has_their_shape_all_the_same() -> None:
    ours = autograd.compile(lambda x, y: [1.0, y * 2, x], engine="numpy")
    results = ours(xp.asarray([1.0, 2.0]), 3.0)
    assert [[float(x) for x in result] for result in results] == [[1, 1], [6, 6], [1, 2]]


def test_a_function_that_a_library_lacks_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(xp, "sinh")
    ours = autograd.compile(autograd.sinh, engine="numpy")
    with pytest.raises(CompileError, match=r"^array_api_strict has no sinh; use NumPy's arrays with engine='numpy'\.$"):
        ours(xp.asarray([1.0]))


class Series:
    """As columns of pandas: something with a type that NumPy makes an array of."""

    dtype, shape = np.dtype(float), (2,)

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        return np.array([1.0, 2.0])


@every_engine
def test_what_can_be_made_an_array_of_numpy_is_a_column(engine: str) -> None:
    y, slope = autograd.compile(lambda x: x * x, engine=engine).value_and_grad(Series())
    assert (y.tolist(), slope.tolist()) == ([1.0, 4.0], [2.0, 4.0])


class Traced:
    """As arrays of JAX while it traces: without numbers in it."""

    dtype, shape, device = np.dtype(float), (2,), None

    def __array_namespace__(self) -> Any:
        return np

    def __getitem__(self, i: Any) -> Any:
        return None

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        return np.array([3.0, 4.0])


def test_a_column_may_be_one_that_its_library_only_traces() -> None:
    assert autograd.compile(lambda x: x * x, engine="numpy")(Traced()).tolist() == [9.0, 16.0]


def test_jax_can_compile_the_program_further() -> None:
    jax = peer("jax")
    ours = autograd.compile(formula, (0, 1, 2), engine="numpy")
    xs = rows(5).astype(np.float32)
    with jax.default_matmul_precision("highest"):
        got, slopes = jax.jit(ours.value_and_grad)(*xs)
    expected, by_numpy = ours.value_and_grad(*xs)
    assert np.asarray(got) == pytest.approx(expected, rel=1e-4)
    assert [np.asarray(s).tolist() for s in slopes] == [pytest.approx(s.tolist(), rel=1e-3) for s in by_numpy]


def test_pytorch_runs_the_program() -> None:
    torch = peer("torch")
    ours = autograd.compile(formula, (0, 1, 2), engine="numpy")
    xs = rows(5)
    expected, slopes = ours.value_and_grad(*xs)
    got, ours_slopes = ours.value_and_grad(*map(torch.tensor, xs))
    assert got.numpy() == pytest.approx(expected, rel=1e-14)
    assert [s.numpy().tolist() for s in ours_slopes] == [pytest.approx(s.tolist(), rel=1e-13) for s in slopes]
