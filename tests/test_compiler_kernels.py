"""Functions for loops over columns: exact to two units in the last place, and right at every edge."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from functools import partial
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

from autograd.compiler.engines.angle_kernels import LARGEST_ANGLE
from autograd.compiler.engines.kernels import KERNELS

TRUTHS: dict[str, Callable[..., Any]] = {"log2": lambda x: mp.log(x, 2), "lgamma": mp.loggamma}
UNITS = {"erfc": 4, "lgamma": 8}  # in the last place; 2 where there is nothing else
RANGES = {
    "erfc": (-6.0, 26.5),
    "lgamma": (0.0, 1e100),
    "exp": (-745.1, 709.7),
    "expm1": (-745.1, 709.7),
    "sinh": (-710.0, 710.0),
    "cosh": (-710.0, 710.0),
}
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


@pytest.mark.parametrize("op", [op for op in KERNELS if op.name in ops.TABLE], ids=lambda op: op.name)
def test_functions_for_several_rows_are_exact_to_two_units_in_the_last_place(op: Op) -> None:
    f = autograd.compile(lambda x: op(x), engine="llvm")
    xs = points(op)
    truth = TRUTHS.get(op.name) or getattr(mp, op.name)
    with mp.workdps(40):
        for x, y in zip(xs, f(np.array(xs)).tolist(), strict=True):
            exact = truth(mpf(x))
            assert abs(exact - y) <= UNITS.get(op.name, 2) * mp.mpf(math.ulp(float(exact))), (x, y, exact)
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
            z = autograd.cbrt(z) * y + autograd.sin(z) if i % 50 == 0 else z / (1 + z * z) + x
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


COMPOSED: dict[str, tuple[Callable[..., Any], Callable[..., Any]]] = {
    "erf": (autograd.erf, mp.erf),
    "erfc": (autograd.erfc, mp.erfc),
    "gamma": (autograd.gamma, mp.gamma),
    "lgamma": (autograd.lgamma, lambda x: mp.log(abs(mp.gamma(x)))),
    **{f"polygamma {n}": (partial(autograd.polygamma, n), partial(mp.psi, n)) for n in (0, 1, 2, 5, 20)},
}


@pytest.mark.parametrize("engine", ["numpy", "llvm", "array_api_strict"])
@pytest.mark.parametrize("name", COMPOSED)
def test_functions_that_libraries_lack_are_exact_on_every_engine(name: str, engine: str) -> None:
    library = np if engine in ("numpy", "llvm") else pytest.importorskip(engine)
    f, truth = COMPOSED[name]
    ours = autograd.compile(lambda x: f(x), engine=engine if library is np else "numpy")
    rng = random.Random(name)
    xs = [rng.uniform(0.05, 2.6) for _ in range(150)] + [rng.uniform(-8, 25) for _ in range(150)]
    xs += [rng.choice((-1, 1)) * 10 ** rng.uniform(-8, 2) for _ in range(100)]
    with mp.workdps(40):
        for x, y in zip(xs, np.asarray(ours(library.asarray(xs))).tolist(), strict=True):
            exact = truth(mpf(x))
            if 1e-300 < abs(exact) < 1e300:
                # Relative to what the slope makes of a change in the last digit, next to a zero.
                assert abs(exact - y) <= 1e-14 * max(
                    abs(exact), abs(x) * abs(mp.diff(truth, mpf(x))) / 8, abs(exact)
                ), x


def test_orders_of_polygamma_may_be_a_column() -> None:
    x = np.array([2.5, 0.5, -0.5, 3.0, 3.0])
    n = np.array([0.0, 1.0, 2.0, 20.0, 0.5])
    for engine in ("numpy", "llvm"):
        y = autograd.compile(lambda n, x: autograd.polygamma(n, x), engine=engine)(n, x)
        assert y[:4].tolist() == pytest.approx(
            [ops.polygamma(a, b) for a, b in zip(n[:4], x[:4], strict=True)], rel=1e-13
        )
        assert math.isnan(y[4])
