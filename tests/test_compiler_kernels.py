"""Functions for loops over columns: exact to two units in the last place, and right at every edge."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from mpmath import mp, mpf

import autograd
from autograd import CompileError, ops, where
from autograd.arithmetic import IEEE
from autograd.op import Op
from tests.test_compiler_columns import faults

pytest.importorskip("llvmlite")

from autograd.compiler.engines.kernels import KERNELS, LARGEST_ANGLE

TRUTHS: dict[str, Callable[..., Any]] = {"log2": lambda x: mp.log(x, 2), "sech": mp.sech}
RANGES = {"exp": (-745.1, 709.7), "expm1": (-745.1, 709.7), "sinh": (-710.0, 710.0), "cosh": (-710.0, 710.0)}
EDGES = [0.0, -0.0, math.inf, -math.inf, math.nan, 1.0, -1.0, 5e-324, -5e-324, 1e308, -1e308, 710.0, -745.2, 1e22]


def points(op: Op) -> list[float]:
    """Of every size, some near 1, some next to whole quarters of a turn."""
    rng = random.Random(op.name)
    low, high = RANGES.get(op.name, (-1.5e6, 1.5e6))
    found = [rng.uniform(low, high) for _ in range(700)] + [rng.uniform(-3, 3) for _ in range(700)]
    found += [rng.choice((-1, 1)) * 10 ** rng.uniform(-300, 2) for _ in range(300)]
    found += [1 + rng.gauss(0, 0.1) for _ in range(300)]
    found += [rng.randrange(-(10**6), 10**6) * math.pi / 2 for _ in range(300)]
    return [x for x in found if low <= x <= high and (op.domain is None or op.domain.contains(x))]


@pytest.mark.parametrize("op", KERNELS, ids=lambda op: op.name)
def test_functions_for_several_rows_are_exact_to_two_units_in_the_last_place(op: Op) -> None:
    f = autograd.compile(lambda x: op(x), engine="llvm")
    xs = points(op)
    truth = TRUTHS.get(op.name) or getattr(mp, op.name)
    with mp.workdps(40):
        for x, y in zip(xs, f(np.array(xs)).tolist(), strict=True):
            exact = truth(mpf(x))
            assert abs(exact - y) <= 2 * mp.mpf(math.ulp(float(exact))), (x, y, exact)
    for x, y in zip(EDGES, f(np.array(EDGES)).tolist(), strict=True):
        expected = float(getattr(IEEE, op.name)(x))
        assert y == pytest.approx(expected, rel=1e-15, abs=0, nan_ok=True), x
        assert math.isnan(y) or math.copysign(1, y) == math.copysign(1, expected), x


def test_large_angles_are_left_to_the_library() -> None:
    def f(x: Any) -> Any:
        return autograd.sin(x) + autograd.cos(x) * autograd.tan(x)

    angles = [1.0, LARGEST_ANGLE, 1e7, 1e22, -1e300, 0.5, math.inf, math.nan]
    assert not faults(f, [[x] for x in angles], "llvm")
    assert not faults(f, [[x] for x in angles[:1]], "llvm")
    ours = autograd.compile(f, engine="llvm")
    assert ours(np.array(angles))[0] == pytest.approx(ours(1.0), rel=1e-15)


def test_long_programs_and_calls_are_loops_of_their_own_over_blocks_of_rows() -> None:
    def f(x: Any, y: Any) -> Any:
        z = x
        for i in range(150):
            z = autograd.erf(z) * y + autograd.sin(z) if i % 50 == 0 else z / (1 + z * z) + x
        return where(z > 1, z, autograd.hypot(z, y)) * (x < y)

    rng = np.random.default_rng(0)
    for n in (1, 3, 511, 512, 513, 1500):
        x, y = rng.uniform(-2, 2, (2, n))
        machine = autograd.compile(f, (0, 1), engine="llvm")
        got, numpy = machine.value_and_grad(x, y), autograd.compile(f, (0, 1), engine="numpy").value_and_grad(x, y)
        for one, other in zip([got[0], *got[1]], [numpy[0], *numpy[1]], strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-12)
    assert machine.source.count("define internal i64 @loop") > 4
    with pytest.raises(CompileError, match="branches"):
        autograd.compile(lambda x: x if x > 0 else -x, engine="llvm")(np.array([1.0]))


def test_what_python_is_asked_for_is_right_on_columns_too() -> None:
    x = np.linspace(0.1, 30, 700)
    for f in (autograd.gamma, autograd.lgamma, lambda x: autograd.polygamma(2, x)):
        assert not faults(f, [[float(v)] for v in x] + [[-2.5], [-1e-5], [3.5]], "llvm")
    assert autograd.compile(autograd.lgamma, engine="llvm").grad(x).tolist() == pytest.approx(
        [ops.polygamma(0, float(v)) for v in x], rel=1e-14
    )
