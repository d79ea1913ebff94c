"""What `make bench` measured before, a run a line: `python -m tests.benchmarks.history` says what became slower.

Absolute times depend on the machine and on what else it does, so ours are compared with those of the peers in the same
run: a job is slower where the median of the ratios to peers has grown.
"""

import json
import platform
import statistics
import subprocess
import sys
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from tests.benchmarks.measure import processor

FILE = Path(__file__).with_name("history.jsonl")
OURS = {"compiled", "eager", "python", "llvm"}  # the contenders that this package is
NOTABLE = 1.2  # times as slow as in the median of the runs before

noted: dict[str, dict[str, float]] = {}  # what this run has measured: seconds, by job and contender


def note(job: str, seconds: Mapping[str, float]) -> None:
    """Remember what a job took in each contender, one of them ours, to be kept at the end of the run."""
    if OURS & seconds.keys():
        noted[job] = {name: float(f"{s:.4g}") for name, s in seconds.items()}


def keep(file: Path = FILE) -> None:
    """Write down what was noted, with its date, commit and machine."""
    describe = ["git", "describe", "--always", "--dirty"]
    commit = subprocess.run(describe, cwd=FILE.parent, capture_output=True, text=True).stdout.strip()
    machine = f"{processor()}, CPython {platform.python_version()}"
    run = {"date": f"{date.today()}", "commit": commit, "machine": machine, "seconds": noted}
    with file.open("a", encoding="utf-8") as lines:
        print(json.dumps(run, ensure_ascii=False), file=lines)


def ratios(run: Mapping[str, Any]) -> dict[tuple[str, str, str], float]:
    """How many times as long as each peer we take, for each job and each contender of ours."""
    return {
        (job, ours, peer): found[ours] / found[peer]
        for job, found in run["seconds"].items()
        for ours in sorted(found.keys() & OURS)
        for peer in sorted(found.keys() - OURS)
    }


def changes(runs: Sequence[Mapping[str, Any]]) -> dict[tuple[str, str], dict[str, float]]:
    """For each job and contender of ours, by peer: the ratio in the last run over that before on the same machine."""
    *before, last = runs
    known = [ratios(run) for run in before if run["machine"] == last["machine"]]
    found: dict[tuple[str, str], dict[str, float]] = {}
    for (job, ours, peer), now in ratios(last).items():
        if past := [run[job, ours, peer] for run in known if (job, ours, peer) in run]:
            found.setdefault((job, ours), {})[peer] = now / statistics.median(past)
    return found


def main(file: Path = FILE) -> None:
    """Say what became slower; exits with 1 if anything did."""
    runs = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    found, machine = changes(runs), runs[-1]["machine"]
    slower = [(job, ours) for job, ours in found if statistics.median(found[job, ours].values()) > NOTABLE]
    for job, ours in slower:
        beside = ", ".join(f"{peer} {x:.2f}x" for peer, x in found[job, ours].items())
        print(f"{job}, {ours}: slower than before, beside {beside}")
    print(f"{len(slower)} of {len(found)} times are slower at {runs[-1]['commit']} than before on {machine}.")
    sys.exit(bool(slower))


if __name__ == "__main__":
    main()
