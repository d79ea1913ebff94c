"""Sparse derivatives of functions of vectors, beside CasADi: `python -m tests.benchmarks.vectors`, a minute.

Each contender makes each matrix in a process of its own, so that its first call can be told.
"""

import json
import subprocess
import sys
from collections.abc import Sequence
from math import isclose
from typing import Any

from tests.benchmarks.peers import FOLDER, Peer, python

PEERS = [
    Peer("llvm", ["ours_vectors.py", "llvm"]),
    Peer("python", ["ours_vectors.py", "python"]),
    Peer("CasADi SX", ["casadi_vectors.py"], ["casadi==3.8.2", "numpy>=2.0"]),
]
JOBS = {
    **{f"collocation jacobian {n}": f"Swinging up a pole at {n} points: Jacobian" for n in (20, 40, 80, 160)},
    **{f"collocation hessian {n}": f"... at {n}: Hessian of the Lagrangian" for n in (20, 40, 80, 160)},
    "bundle jacobian 4 x 10": "4 cameras see 10 points: Jacobian",
    "bundle jacobian 10 x 100": "10 cameras see 100 points: Jacobian",
    "rosenbrock hessian 300": "Rosenbrock's function of 300 numbers: Hessian",
}


def main(jobs: Sequence[str] = ()) -> None:
    """Measure and print one matrix after the other: the first call, and later ones."""
    print(f"| | {' | '.join(peer.name for peer in PEERS)} | of CasADi's |")
    print(f"|---|{'---:|' * (len(PEERS) + 1)}")
    for job in jobs or JOBS:
        found = {peer.name: asked(peer, job) for peer in PEERS}
        results = [x["result"] for x in found.values()]
        for result in results:
            agreed = zip(result, results[0], strict=True)
            assert all(isclose(x, y, rel_tol=1e-8, abs_tol=1e-9) for x, y in agreed), job
        cells = [f"{x['first'] * 1e3:.0f} ms, {x['later'] * 1e6:.1f} µs" for x in found.values()]
        ours, theirs = found["llvm"], found["CasADi SX"]
        ratios = [f"{ours[what] / theirs[what]:.2f}" for what in ("first", "later")]
        print(f"| {JOBS[job]} | {' | '.join(cells)} | {', '.join(ratios)} |", flush=True)


def asked(peer: Peer, job: str) -> dict[str, Any]:
    """What a contender measures."""
    command: Sequence[str] = [python(peer), str(FOLDER / peer.command[0]), *peer.command[1:], job]
    found: dict[str, Any] = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return found


if __name__ == "__main__":
    main(sys.argv[1:])
