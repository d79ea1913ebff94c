"""Tables of jobs that contenders do, each in a process of its own, so that first calls and memory can be told."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from math import isclose
from typing import Any, NamedTuple

from tests.benchmarks.history import note
from tests.benchmarks.peers import FOLDER, Peer, python

__all__ = ["Found", "Table", "duration", "first_and_later", "said", "share"]

LONGEST = 300.0  # seconds
ONE_THREAD = {"OMP_NUM_THREADS": "1", "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false"}
Found = Mapping[str, dict[str, Any]]  # by the names of contenders, what they say of a job


class Table(NamedTuple):
    """Jobs and contenders.

    - `peers`: the contenders, each of which is told the name of a job.
    - `jobs`: by their names what stands in the row.
    - `cell`: what is said of what a contender measured.
    - `goal`: what all measured, beside what is asked for.
    - `head`: what stands in the corner.
    - `kept`: which of the measured seconds go into the history, and what is added to the job's name there.
    - `tolerance`: by how much results may differ in proportion; None if they only approach the same.
    - `never`: contenders and jobs that are left out.
    - `runs`: how often each job is done; the quickest by the first of `kept` counts.
    """

    peers: Sequence[Peer]
    jobs: Mapping[str, str]
    cell: Callable[[dict[str, Any]], str]
    goal: Callable[[Found], str]
    head: str
    kept: Mapping[str, str]
    tolerance: float | None = 1e-8
    never: Collection[tuple[str, str]] = ()
    runs: int = 1

    def lines(self, jobs: Sequence[str] = ()) -> Iterator[str]:
        """The table, printed as it grows; raises AssertionError where results differ."""
        yield said(f"| {self.head} | {' | '.join(peer.name for peer in self.peers)} |")
        yield said(f"|---|{'---:|' * len(self.peers)}")
        for job in jobs or self.jobs:
            done, cells = {}, []
            for peer in self.peers:
                if (peer.name, job) in self.never:
                    cells.append("")
                elif (x := self.asked(peer, job)) is None:
                    cells.append("did not finish")
                else:
                    done[peer.name] = x
                    cells.append(self.cell(x))
            self.compare(job, done)
            yield said(f"| {self.jobs[job]} | {' | '.join(cells)} |")
            if len(done) > 1:
                print("    ", self.goal(done), file=sys.stderr, flush=True)
            for what, called in self.kept.items():
                note(f"{self.jobs[job]}{called}", {name: x[what] for name, x in done.items()})

    def asked(self, peer: Peer, job: str) -> dict[str, Any] | None:
        """What a contender measures; None if it takes too long."""
        command: Sequence[str] = [python(peer), str(FOLDER / peer.command[0]), *peer.command[1:], job]
        around = os.environ | ONE_THREAD
        if peer.requirements:  # where others' packages are not in the way
            around.pop("PYTHONPATH", None)
        found = []
        for _ in range(self.runs):
            try:
                out = subprocess.run(
                    command, check=True, stdout=subprocess.PIPE, text=True, timeout=LONGEST, env=around
                )
            except subprocess.TimeoutExpired:
                return None
            found.append(json.loads(out.stdout))
        return min(found, key=lambda x: x[next(iter(self.kept))])  # type: ignore[no-any-return]  # JSON's

    def compare(self, job: str, done: Found) -> None:
        """Raise AssertionError unless all computed the same."""
        if self.tolerance is not None:
            expected = next(iter(done.values()))["result"]
            for name, x in done.items():
                agreed = zip(x["result"], expected, strict=True)
                assert all(isclose(a, b, rel_tol=self.tolerance, abs_tol=1e-9) for a, b in agreed), (job, name)

    def main(self) -> None:
        """Measure the jobs that the command names, or all."""
        for _ in self.lines(sys.argv[1:]):
            pass


def first_and_later(x: Mapping[str, Any]) -> str:
    """What a first call and later ones take, with the memory that they need if that was measured."""
    memory = f", {x['megabytes']:.0f} MB" if "megabytes" in x else ""
    return f"{duration(x['first'])}, {duration(x['later'])}{memory}"


def duration(seconds: float) -> str:
    """Three digits."""
    for unit, size in (("s", 1.0), ("ms", 1e-3)):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds * 1e6:.3g} µs"


def share(done: Found, ours: str, theirs: str, **goals: float | None) -> str:
    """How many times as long we take as somebody else, and as is asked for; "" where one of the two is not done."""
    if ours not in done or theirs not in done:
        return ""
    texts = []
    for what, goal in goals.items():
        times = done[ours][what] / done[theirs][what]
        asked = "" if goal is None else f" ({goal}x, {'reached' if times <= goal else 'MISSED'})"
        texts.append(f"{what} {times:.2f}x {theirs}{asked}")
    return ", ".join(texts)


def said(line: str) -> str:
    print(line, flush=True)
    return line
