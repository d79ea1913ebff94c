"""Whole solves by SciPy, with first calls, beside differences, CasADi, JAX: `python -m tests.benchmarks.solves`."""

from typing import Any

from tests.benchmarks.peers import Peer
from tests.benchmarks.tables import Found, Table, duration

__all__ = ["TABLE"]

OURS = {"llvm", "python"}


def _cell(x: dict[str, Any]) -> str:
    return f"{duration(x['seconds'])}, {x['calls']}"


def _goal(done: Found) -> str:
    best = min(x["value"] for x in done.values())
    worse = [name for name, x in done.items() if x["value"] > best + 1e-3 * abs(best) + 1e-6]
    ours = min(x["seconds"] for name, x in done.items() if name in OURS)
    times = ours / min(x["seconds"] for name, x in done.items() if name not in OURS)
    found = f"{times:.2f}x the best of the others (1.2x, {'reached' if times <= 1.2 else 'MISSED'})"
    return ", ".join([found, *[f"{name} ends where it is worse" for name in worse]])


TABLE = Table(
    [
        Peer("llvm", ["ours_solves.py", "llvm"]),
        Peer("python", ["ours_solves.py", "python"]),
        Peer("differences", ["differences_solves.py"]),
        Peer("CasADi SX", ["casadi_solves.py"], ["casadi==3.8.2", "numpy>=2.0", "scipy>=1.13"]),
        Peer("jax.jit", ["jax_solves.py"], ["jax==0.10.2", "scipy>=1.13"]),
    ],
    {
        "garch": "GARCH(1,1), 1,000 returns: L-BFGS-B",
        "lotka-volterra": "Lotka-Volterra, 500 steps of Runge-Kutta: L-BFGS-B",
        "hidden markov": "Hidden Markov model, 300 steps: L-BFGS-B",
        "collocation": "Swinging up a pole at 10 points: SLSQP",
        "bundle": "4 cameras see 10 points: least_squares",
    },
    _cell,
    _goal,
    "seconds, calls",
    {"seconds": ""},
    tolerance=None,
    runs=3,
)

if __name__ == "__main__":
    TABLE.main()
