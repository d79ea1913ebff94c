"""Whole solves by SciPy, first calls included, beside differences, CasADi and JAX: `python -m tests.benchmarks.solves`.

Each contender solves each problem in a process of its own, three times, of which the quickest counts.
"""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from math import isclose
from typing import Any

from tests.benchmarks.history import note
from tests.benchmarks.peers import FOLDER, Peer, python

PEERS = [
    Peer("llvm", ["ours_solves.py", "llvm"]),
    Peer("python", ["ours_solves.py", "python"]),
    Peer("differences", ["differences_solves.py"]),
    Peer("CasADi SX", ["casadi_solves.py"], ["casadi==3.8.2", "numpy>=2.0", "scipy>=1.13"]),
    Peer("jax.jit", ["jax_solves.py"], ["jax==0.10.2", "scipy>=1.13"]),
]
PROBLEMS = {
    "garch": "GARCH(1,1), 1,000 returns: L-BFGS-B",
    "lotka-volterra": "Lotka-Volterra, 500 steps of Runge-Kutta: L-BFGS-B",
    "hidden markov": "Hidden Markov model, 300 steps: L-BFGS-B",
    "collocation": "Swinging up a pole at 10 points: SLSQP",
    "bundle": "4 cameras see 10 points: least_squares",
}


def main(problems: Sequence[str] = ()) -> None:
    """Solve and print one problem after the other: seconds, calls, and ours beside the best of others."""
    print(f"| | {' | '.join(peer.name for peer in PEERS)} | of the best |")
    print(f"|---|{'---:|' * (len(PEERS) + 1)}")
    for problem in problems or PROBLEMS:
        found = {peer.name: min([solve(peer, problem) for _ in range(3)], key=lambda x: x["seconds"]) for peer in PEERS}
        note(PROBLEMS[problem], {name: x["seconds"] for name, x in found.items()})
        best = min(x["value"] for x in found.values())
        cells = []
        for x in found.values():
            worse = not isclose(x["value"], best, rel_tol=1e-3, abs_tol=1e-6)
            cells.append(f"{x['seconds']:.3f} s, {x['calls']}{' (worse)' * worse}")
        others = min(found[peer.name]["seconds"] for peer in PEERS[2:])
        ours = min(found[peer.name]["seconds"] for peer in PEERS[:2])
        print(f"| {PROBLEMS[problem]} | {' | '.join(cells)} | {ours / others:.2f} |", flush=True)


def solve(peer: Peer, problem: str) -> dict[str, Any]:
    """What a contender finds."""
    command: Sequence[str] = [python(peer), str(FOLDER / peer.command[0]), *peer.command[1:], problem]
    around = os.environ | {"OMP_NUM_THREADS": "1", "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false"}
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=around)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


if __name__ == "__main__":
    main(sys.argv[1:])
