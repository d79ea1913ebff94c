"""Machine code: kept on disk, exact, and with the errors of Python where single calls run it."""

from __future__ import annotations

import math
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from mpmath import mp

import autograd
from autograd import Value, ops, sin, sqrt, where
from autograd.tree import flatten
from tests.test_compiler_columns import faults
from tests.test_compiler_python import agree, outcome

pytestmark = pytest.mark.usefixtures("cache")


def test_single_calls_run_machine_code_too_with_the_errors_of_python() -> None:
    w = Value(2.0, "w")

    def f(x: Any, v: Any) -> Any:
        inverse = 1 / autograd.log(x) * w
        return inverse + sqrt(v[0]) * autograd.tan(x) + where(v[1] > 0, lambda: autograd.log(v[1]), v[1])

    ours = autograd.compile(f, (0, 1), engine="numba")
    kinds: list[tuple[Callable[..., Any], Callable[..., Any]]] = [
        (ours, f),
        (ours.grad, autograd.grad(f, (0, 1))),
        (ours.value_and_grad, autograd.value_and_grad(f, (0, 1))),
        (ours.hessian, autograd.hessian(f, (0, 1))),
    ]
    points = [(2.0, [3.0, 1.0]), (2, [3, -1]), (3.0, [0.0, 2.0]), (1e300, [4.0, 0.0]), (0.0, [1.0, 1.0])]
    for w.data in (2.0, 5.0):
        for x, v in [*points, (-1.0, [1.0, 1.0]), (2.0, [-1.0, 1.0])]:
            for compiled, eager in kinds:
                assert agree(outcome(compiled, x, v), numbers(outcome(eager, x, v))), (x, v)
    machine = ours.value_and_grad.__globals__["_value_and_grad_in_machine_code"]
    assert [len(signature) for signature in machine.signatures] == [4]
    assert "@njit" in ours.source
    assert "return _value_and_grad_in_python(x, v)" in ours.source


def numbers(result: Any) -> Any:
    """What eager calls give, in floats."""
    if isinstance(result, str):
        return result
    leaves, rebuild = flatten(result)
    return rebuild(iter([x.data if isinstance(x, Value) else x for x in leaves]))


def test_without_anything_that_might_raise_machine_code_is_taken_as_it_is() -> None:
    ours = autograd.compile(lambda x, y: [x * y, x > y, 2.0], engine="numba")
    assert ours(3.0, 2.0) == [6.0, True, 2.0]
    assert autograd.compile(lambda x: autograd.polygamma(1, x), engine="numba").grad(2.5) == ops.polygamma(2, 2.5)


def test_machine_code_is_kept_on_disk_for_other_processes(tmp_path: Path) -> None:
    script = (
        "import numpy, autograd\n"
        "f = autograd.compile(lambda x: autograd.sin(x) * x, engine='numba')\n"
        "print(f.value_and_grad(numpy.array([2.0]))[0].tolist())\n"
    )
    run = [sys.executable, "-c", script]
    environment = os.environ | {"XDG_CACHE_HOME": str(tmp_path)}
    outputs, times = set(), []
    for _ in range(2):
        outputs.add(
            subprocess.run(run, env=environment, capture_output=True, text=True, check=True, cwd=Path.cwd()).stdout
        )
        kept = sorted((tmp_path / "scalar-autograd").rglob("*.nbc"))
        times.append([path.stat().st_mtime_ns for path in kept])
    assert outputs == {f"[{math.sin(2.0) * 2.0}]\n"}
    assert len(times[0]) == 1
    assert times[0] == times[1]
    assert len(list((tmp_path / "scalar-autograd").glob("*.py"))) == 1


def test_another_compilation_finds_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(2):
        ours = autograd.compile(lambda x: x * x + 12345.0, engine="numba")
        assert ours(np.array([1.0])).tolist() == [12346.0]
        for name in [name for name in sys.modules if name.startswith("scalar_autograd_")]:
            monkeypatch.delitem(sys.modules, name)


def test_without_a_name_for_it_the_cache_is_in_the_home_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from autograd.compiler.engines import machine_columns as engine

    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    assert engine._folder() == tmp_path / ".cache" / "scalar-autograd"


def test_large_angles_are_left_to_the_library() -> None:
    ours = autograd.compile(lambda x: sin(x) + autograd.tan(x), engine="numba")
    angles = [1.0, 1e7, 1e22, -1e300]
    assert not faults(lambda x: sin(x) + autograd.tan(x), [[x] for x in angles], "numba")
    assert ours(np.array([1.0])).tolist() == pytest.approx([math.sin(1) + math.tan(1)])


@pytest.mark.parametrize("name", ["sin", "cos", "exp"])
def test_functions_for_several_rows_are_exact_to_two_units_in_the_last_place(name: str) -> None:
    from autograd.compiler.engines import kernels

    rng = np.random.default_rng(1)
    if name == "exp":
        points = [*rng.uniform(-745, 709.7, 3000), *rng.uniform(-1, 1, 1000), 0.0, -0.0, 709.78, -745.1, -708.5]
    else:
        points = [*rng.uniform(-10, 10, 3000), *rng.uniform(-1.6e6, 1.6e6, 3000), *(k * math.pi / 2 for k in range(40))]
    kernel, f = getattr(kernels, name), getattr(mp, name)
    # As Python, too, each function on its own: that is what can be followed line by line.
    for inner in ("_sin_cos_quarter", "_power_of_two"):
        assert getattr(kernels, inner).py_func(3.0) == getattr(kernels, inner)(3.0)
    with mp.workdps(60):
        for x in map(float, points):
            for y in (kernel(x), kernel.py_func(x)):
                assert abs(f(x) - y) <= 2 * 2**-52 * abs(f(x)) + mp.mpf(5e-324), x
    for x in (math.inf, -math.inf, math.nan, 1e300, -1e300):
        expected = {math.inf: math.inf, -math.inf: 0.0, 1e300: math.inf, -1e300: 0.0}.get(x, math.nan)
        if name == "exp" or not abs(x) < math.inf:
            assert kernel(x) == pytest.approx(expected if name == "exp" else math.nan, nan_ok=True)
