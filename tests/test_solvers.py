"""Other people's solvers with our derivatives: the examples of the how-to page that need more than SciPy."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.integrate import solve_bvp

PAGE = Path(__file__).parents[1] / "notebooks" / "site" / "howto" / "solvers.md"
BLOCKS: list[str] = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
EXAMPLES = [text for text in BLOCKS if not text.startswith(">>>")]


def ran(*examples: str) -> dict[str, Any]:
    """What is defined after some examples."""
    pytest.importorskip("cyipopt", reason="Ipopt is not installed")
    defined: dict[str, Any] = {"__name__": "examples"}
    for text in examples:
        exec(text, defined)  # noqa: S102  # of our own page
    return defined


def test_ipopt_solves_problem_71_of_hock_and_schittkowski() -> None:
    found = ran(EXAMPLES[0])
    assert found["info"]["status"] == 0
    assert found["x"] == pytest.approx([1.0, 4.74299963, 3.82114998, 1.37940829], rel=1e-6)
    assert found["info"]["obj_val"] == pytest.approx(17.0140173, rel=1e-7)
    assert np.array(found["hs071"].half).T.tolist() == [[i, j] for i in range(4) for j in range(i + 1)]


def test_ipopt_swings_a_pendulum_up_as_pontryagin_says() -> None:
    pytest.importorskip("llvmlite")
    found = ran(*EXAMPLES)
    assert found["info"]["status"] == 0
    assert "@loop0" in found["swing"].lagrangian.source
    assert found["swing"].c.sparsity.nnz == 199 * 10 + 4

    def extremal(_: Any, y: Any) -> Any:  # angle, speed, and their multipliers; the torque is half the last
        angle, speed, p, r = y
        return np.array([speed, r / 2 - 9.81 * np.sin(angle), 9.81 * np.cos(angle) * r, -p])

    def ends(a: Any, b: Any) -> Any:
        return np.array([a[0], a[1], b[0] - np.pi, b[1]])

    angles, speeds, torques = found["x"][0::3], found["x"][1::3], found["x"][2::3]
    times = np.linspace(0.0, 3.0, 200)
    guess = np.array([angles, speeds, -2 * np.gradient(torques, times), 2 * torques])
    exact = solve_bvp(extremal, ends, times, guess, tol=1e-8, max_nodes=20_000)
    assert exact.success
    fine = np.linspace(0.0, 3.0, 20_001)
    best = np.trapezoid((exact.sol(fine)[3] / 2) ** 2, fine)
    assert found["info"]["obj_val"] == pytest.approx(best, rel=2e-3)
    assert angles == pytest.approx(exact.sol(times)[0], abs=2e-2)
