"""ADBench's mixtures, bundle adjustment and LSTM, beside peers: `python -m tests.benchmarks.adbench`, minutes.

Each contender makes each program in a process of its own, so that its first call can be told.
"""

import json
import subprocess
import sys
from argparse import ArgumentParser
from collections.abc import Iterator, Sequence
from math import isclose
from typing import Any

from tests.benchmarks.history import note
from tests.benchmarks.peers import FOLDER, Peer, python

PEERS = [
    Peer("by hand, C++", ["adbench_hand.py"], ["numpy>=2.0"]),
    Peer("compiled", ["adbench_ours.py"]),
    Peer("CasADi, gcc", ["adbench_casadi.py"], ["casadi==3.8.2", "numpy>=2.0"]),
    Peer("jax.jit", ["adbench_jax.py"], ["jax==0.10.2"]),
    Peer("torch", ["adbench_torch.py"], ["torch==2.13.0", "numpy>=2.0"]),
]
JOBS = {
    "gmm small": "Mixture of 5 Gaussians in 2 dimensions, 1,000 points: gradient",
    "gmm large": "... of 25 in 10 dimensions: gradient",
    "ba": "Bundle adjustment, 31,843 observations: Jacobian",
    "lstm": "LSTM of 2 layers, 1,024 characters of 14 bits: gradient",
}
BEST = {"lstm": "jax.jit"}  # the peer to be compared with, where it is not CasADi
NEVER = {("by hand, C++", "lstm"), ("CasADi, gcc", "lstm")}  # for which nobody has written a program here
LONGEST = 300.0  # seconds


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure what is asked for."""
    parser = ArgumentParser("python -m tests.benchmarks.adbench", description="Measures ADBench's jobs.")
    parser.add_argument("jobs", nargs="*", choices=[*JOBS, []], help="by default all")
    for _ in table(parser.parse_args(arguments).jobs or [*JOBS]):
        pass


def table(jobs: Sequence[str] = tuple(JOBS)) -> Iterator[str]:
    """The table, printed as it grows: for each job and contender the first call, and later ones."""
    yield said(f"| first call, later ones | {' | '.join(peer.name for peer in PEERS)} |")
    yield said(f"|---|{'---:|' * len(PEERS)}")
    for job in jobs:
        found = {peer.name: asked(peer, job) for peer in PEERS if (peer.name, job) not in NEVER}
        done = {name: x for name, x in found.items() if x is not None}
        expected = next(iter(done.values()))["result"]
        for name, x in done.items():
            agreed = zip(x["result"], expected, strict=True)
            assert all(isclose(a, b, rel_tol=1e-9) for a, b in agreed), (job, name)
        yield said(f"| {JOBS[job]} | {' | '.join(cell(found[x.name]) if x.name in found else '' for x in PEERS)} |")
        for call in ("first", "later"):
            note(f"{JOBS[job]}, {call}", {name: x[call] for name, x in done.items()})
        best = BEST.get(job, "CasADi, gcc")
        if "compiled" in done and best in done:
            times = done["compiled"]["later"] / done[best]["later"]
            print(f"     {times:.2f}x {best} (1.0x)", file=sys.stderr, flush=True)


def asked(peer: Peer, job: str) -> dict[str, Any] | None:
    """What a contender measures; None if it takes too long."""
    command: Sequence[str] = [python(peer), str(FOLDER / peer.command[0]), job]
    try:
        out = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, timeout=LONGEST)
    except subprocess.TimeoutExpired:
        return None
    found: dict[str, Any] = json.loads(out.stdout)
    return found


def cell(x: dict[str, Any] | None) -> str:
    return "did not finish" if x is None else f"{x['first']:.1f} s, {x['later'] * 1e3:.3g} ms"


def said(line: str) -> str:
    print(line, flush=True)
    return line


if __name__ == "__main__":
    main()
