"""Programs for the outputs of many rows."""

from __future__ import annotations

import numpy as np
import pytest

from autograd import CompileError, Value
from autograd.compiler import compile_outputs


@pytest.mark.parametrize("engine", ["numpy", "python"])
def test_outputs_are_read_from_the_parameters_as_they_are_now(engine: str) -> None:
    a = Value(2.0)
    program = compile_outputs(
        lambda x, y: {"sum": x + a * y[0], "product": [a * x * y[1], 1.0]}, (0.0, [1.0, 2.0]), engine
    )
    rows = [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]
    for a.data in (2.0, -1.0):
        expected = [[x + a.data * y, a.data * x * z, 1.0] for x, y, z in rows]
        assert np.array(program(np.array(rows) if engine == "numpy" else rows)).tolist() == expected
    assert "outputs" in program.source
    with pytest.raises(ValueError, match="a matrix of 3 columns, got"):
        program([[1.0, 2.0]])


def test_a_block_ends_anywhere() -> None:
    a = Value(2.0)
    program = compile_outputs(lambda x: a * x, (0.0,))
    program.block = 4  # type: ignore[attr-defined]  # of NumPy's
    for n in (1, 4, 5, 8, 11, 1, 4):
        assert program(np.arange(n)[:, None])[:, 0].tolist() == [2.0 * i for i in range(n)]


@pytest.mark.parametrize("engine", ["numpy", "python"])
def test_a_row_that_takes_another_branch_is_named(engine: str) -> None:
    a = Value(2.0)
    program = compile_outputs(lambda x: a * x if a * x > 1 else a, (3.0,), engine)
    assert np.array(program([[1.0], [2.0]])).tolist() == [[2.0], [4.0]]
    with pytest.raises(CompileError, match="branches on the data or the parameters") as caught:
        program([[1.0], [2.0], [0.0]])
    assert caught.value.row == 2  # type: ignore[attr-defined]  # it is a BranchError


def test_an_unknown_engine_and_outputs_of_data_alone_are_refused() -> None:
    with pytest.raises(ValueError, match="'numpy' or 'python', got 'llvm'"):
        compile_outputs(lambda x: x, (0.0,), "llvm")
    with pytest.raises(CompileError, match="depend on the data alone"):
        compile_outputs(lambda x: x + 1, (0.0,), "numpy")
