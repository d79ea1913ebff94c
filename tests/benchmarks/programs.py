"""Scalar programs as engineers write them, beside CasADi and JAX: `python -m tests.benchmarks.programs`, a minute.

Each contender makes each program in a process of its own, so that its first call and its memory can be told.
"""

import json
import subprocess
from collections.abc import Sequence
from math import isclose
from typing import Any

from tests.benchmarks.history import note
from tests.benchmarks.peers import FOLDER, Peer, python

PEERS = [
    Peer("python", ["ours_programs.py", "python"]),
    Peer("llvm", ["ours_programs.py", "llvm"]),
    Peer("CasADi SX", ["casadi_programs.py"], ["casadi==3.8.2", "numpy>=2.0"]),
    Peer("jax.jit", ["jax_programs.py"], ["jax==0.10.2"]),
]
JOBS = {
    "garch": "GARCH(1,1), 1,000 returns",
    "lotka-volterra": "Lotka-Volterra, 500 steps of Runge-Kutta",
    "kalman": "Kalman filter, 200 steps",
    "hidden markov": "Hidden Markov model, 3 states, 300 steps",
    "gaussian process": "Gaussian process, 30 points",
    "generated": "Generated formula, 2,000 lines",
}
NEVER = {("jax.jit", "generated")}  # minutes


def main() -> None:
    """Measure and print one program after the other: the first call, later ones, and memory."""
    print(f"| | {' | '.join(peer.name for peer in PEERS)} |")
    print(f"|---|{'---:|' * len(PEERS)}")
    goals = []
    for job, about in JOBS.items():
        found = {peer.name: ask(peer, job) for peer in PEERS if (peer.name, job) not in NEVER}
        results = [x["result"] for x in found.values()]
        for result in results:
            agreed = zip(result, results[0], strict=True)
            assert all(isclose(x, y, rel_tol=1e-8, abs_tol=1e-10) for x, y in agreed), (job, found)
        print(f"| {about} | {' | '.join(cell(found[peer.name]) if peer.name in found else '' for peer in PEERS)} |")
        for call in ("first", "later"):
            note(f"{about}, {call}", {name: x[call] for name, x in found.items()})
        goals += [reached(about, found["llvm"], found["CasADi SX"])]
    print("", *goals, sep="\n")


def ask(peer: Peer, job: str) -> dict[str, Any]:
    """What a contender measures."""
    command: Sequence[str] = [python(peer), str(FOLDER / peer.command[0]), *peer.command[1:], job]
    found: dict[str, Any] = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return found


def cell(x: dict[str, Any]) -> str:
    return f"{x['first']:.2f} s, {x['later'] * 1e6:.0f} µs, {x['megabytes']:.0f} MB"


def reached(about: str, ours: dict[str, Any], theirs: dict[str, Any]) -> str:
    """Whether machine code is as good as it has to be."""
    later, first = ours["later"] / theirs["later"], ours["first"] / theirs["first"]
    good = {
        f"a call {later:.2f}x CasADi's (0.5x)": later <= 0.5,
        f"the first {first:.1f}x (2x), {ours['first']:.2f} s (1.5 s)": first <= 2 and ours["first"] <= 1.5,
        f"{ours['megabytes']:.0f} MB (100 MB)": ours["megabytes"] < 100,
    }
    return f"{about}: " + "; ".join(f"{text} {'reached' if yes else 'MISSED'}" for text, yes in good.items())


if __name__ == "__main__":
    main()
