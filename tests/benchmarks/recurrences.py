"""Recurrences by `scan`, beside JAX's: `python -m tests.benchmarks.recurrences`, three minutes.

Each contender makes each program in a process of its own, so that its first call and its memory can be told.
"""

import json
import os
import subprocess
from collections.abc import Sequence
from math import isclose
from typing import Any

from tests.benchmarks.peers import FOLDER, Peer, python

PEERS = [
    Peer("llvm", ["ours_recurrences.py", "llvm"]),
    Peer("jax.jit", ["jax_recurrences.py"], ["jax==0.10.2"]),
]
JOBS = {
    "garch": "GARCH(1,1)",
    "hidden markov": "Hidden Markov model, 3 states",
    "kalman": "Kalman filter",
    "runge-kutta": "Lotka-Volterra by Runge-Kutta",
}
STEPS = (300, 3000, 30_000)
ONE_THREAD = {"OMP_NUM_THREADS": "1", "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false"}


def main() -> None:
    """Measure and print one recurrence after the other: the first call, later ones, and memory."""
    print(f"| | steps | {' | '.join(peer.name for peer in PEERS)} |")
    print(f"|---|---:|{'---:|' * len(PEERS)}")
    goals = []
    for job, about, n in [*((job, about, n) for job, about in JOBS.items() for n in STEPS), ("lstm", "LSTM", 1024)]:
        ours, theirs = found = [ask(peer, job, n) for peer in PEERS]
        agreed = zip(ours["result"], theirs["result"], strict=True)
        assert all(isclose(x, y, rel_tol=1e-6, abs_tol=1e-9) for x, y in agreed), (job, n, found)
        print(f"| {about} | {n:,} | {' | '.join(map(cell, found))} |", flush=True)
        goals.append(reached(f"{about}, {n:,} steps", ours, theirs))
    print("", *goals, sep="\n")


def ask(peer: Peer, job: str, n: int) -> dict[str, Any]:
    """What a contender measures."""
    command: Sequence[str] = [python(peer), str(FOLDER / peer.command[0]), *peer.command[1:], job, str(n)]
    said = subprocess.run(command, check=True, capture_output=True, text=True, env=os.environ | ONE_THREAD).stdout
    found: dict[str, Any] = json.loads(said)
    return found


def cell(x: dict[str, Any]) -> str:
    return f"{x['first']:.2f} s, {x['later'] * 1e6:,.0f} µs, {x['megabytes']:.0f} MB"


def reached(about: str, ours: dict[str, Any], theirs: dict[str, Any]) -> str:
    """Whether machine code is as good as it has to be."""
    later = ours["later"] / theirs["later"]
    good = {
        f"a call {later:.2f}x JAX's (1.0x)": later <= 1.0,
        f"the first {ours['first']:.2f} s (0.5 s, {theirs['first']:.2f} s JAX's)": ours["first"] <= 0.5,
    }
    return f"{about}: " + "; ".join(f"{text} {'reached' if yes else 'MISSED'}" for text, yes in good.items())


if __name__ == "__main__":
    main()
