"""`make bench`: one step of each workload by every contender, ADBench's jobs, long programs, recurrences, sparse
matrices, whole solves, networks beside scikit-learn's and PyTorch's, what calls, nodes and drawings cost, what models
learn.

`python -m tests.benchmarks speed solves` measures what is named, else all; with `--readme` the tables are written into
the README where it has a mark for them. `tests.benchmarks.history` keeps what was measured.
"""

import gc
import platform
import statistics
import sys
from argparse import ArgumentParser
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from datetime import date
from math import isclose
from pathlib import Path

from micrograd.engine import Value as Micrograd

from autograd import Value
from tests.benchmarks import (
    adbench,
    calls,
    descents,
    estimators,
    history,
    learning,
    networks,
    pages,
    pictures,
    programs,
    recurrences,
    solves,
    vectors,
)
from tests.benchmarks.measure import bytes_per_node, processor, ratio, seconds_per_node
from tests.benchmarks.peers import PEERS, Contender
from tests.benchmarks.tables import duration, said

README = Path(__file__).parents[2] / "README.md"

JOBS = {
    "W1": "W1: five lines of arithmetic",
    "W2": "W2: micrograd's README expression",
    "W3": "W3: two moons, 100 rows, MLP 2-16-16-1",
    "W4": "W4: Titanic, 714 rows, MLP 2-2-1",
    "W4 strict": "W4: by hand with logaddexp, rows side by side",
    "W5": "W5: digits, 50 rows, MLP 64-50-10",
    "W6": "W6: cos(x²y) + x²√z at 100,000 points",
    "W6 best": "W6: by hand in blocks",
    "W8": "W8: 60,000 pictures, batches of 128, MLP 784-128-10",
}
TURN = 0.2  # seconds at least
ROUNDS = 7


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure what is asked for."""
    parser = ArgumentParser("python -m tests.benchmarks", description=f"Measures {', '.join([*TABLES, *OTHERS])}.")
    parser.add_argument("parts", nargs="*", choices=[*TABLES, *OTHERS, []], help="by default all")
    parser.add_argument("--readme", action="store_true", help="write tables into the README")
    asked = parser.parse_args(arguments)
    for name, table in TABLES.items():
        if not asked.parts or name in asked.parts:
            lines = "\n".join(table()) + "\n"
            if asked.readme:
                write_between(f"<!-- make bench: {name} -->\n", lines)
    for name, measure in OTHERS.items():
        if not asked.parts or name in asked.parts:
            print(f"\n{name}\n")
            measure()
    history.keep()


def write_between(mark: str, lines: str) -> None:
    """Put a table into the README, behind its mark if there is one."""
    head, mark, rest = README.read_text(encoding="utf-8").partition(mark)
    if mark:
        README.write_text(f"{head}{mark}{lines}<!-- end -->{rest.partition('<!-- end -->')[2]}", encoding="utf-8")


# -- speed: every contender in a process of its own, all taking turns -------------------------------------------


def speed() -> Iterator[str]:
    """The table, printed as it grows: for each job the median time of a step, and ours beside that by hand."""
    with ExitStack() as stack:
        contenders = [stack.enter_context(Contender(peer)) for peer in PEERS]
        yield said(f"Median time of one step on {processor()}, CPython {platform.python_version()}, {date.today()}:\n")
        yield said(f"| | {' | '.join(peer.name for peer in PEERS)} |")
        yield said(f"|---|{'---:|' * len(PEERS)}")
        for job, about in JOBS.items():
            times = race(job, [contender for contender in contenders if job in contender.jobs])
            cells = [duration(statistics.median(times[peer.name])) if peer.name in times else "" for peer in PEERS]
            yield said(f"| {about} | {' | '.join(cells)} |")
            compare(times)
            history.note(about, {name: statistics.median(x) for name, x in times.items()})


def race(job: str, contenders: Sequence[Contender]) -> dict[str, list[float]]:
    """Seconds per step in each of several rounds, in which the contenders take turns.

    Raises AssertionError unless all compute the same.
    """
    results = {contender.name: contender.ask(job, 0) for contender in contenders}
    for result in results.values():
        agreed = zip(result, next(iter(results.values())), strict=True)
        assert all(isclose(x, y, rel_tol=1e-9) for x, y in agreed), results
    repeats = {}
    for contender in contenders:
        contender.ask(job, 3)  # what is compiled at first is compiled by then
        repeats[contender.name] = max(1, round(TURN / contender.ask(job, 3)))
    times: dict[str, list[float]] = {contender.name: [] for contender in contenders}
    for _ in range(ROUNDS):
        for contender in contenders:
            times[contender.name].append(contender.ask(job, repeats[contender.name]))
    return times


def compare(times: Mapping[str, list[float]]) -> None:
    """How many times as long as we everyone takes; on standard error, as it is not for the README."""
    if "compiled" in times:
        others = [f"{name} {ratio(theirs, times['compiled']):.2f}x" for name, theirs in times.items()]
        print("    ", ", ".join(others), file=sys.stderr, flush=True)


# -- nodes: what recording costs, beside micrograd in this process ----------------------------------------------


def nodes() -> None:
    """How time and memory grow with the graph."""
    sys.setrecursionlimit(10**6)  # micrograd recurses
    flat("W7 per node, garbage collector on")
    gc.disable()
    flat("W7 per node, garbage collector off")
    gc.enable()
    if sys.platform == "linux":
        smaller("W7 memory of a node", differentiate=False)
        smaller("... and of its gradient", differentiate=True)


def flat(what: str) -> None:
    """How many times as long a node takes in a long chain as in a short one."""
    short, long = 10**3, 10**6
    times = seconds_per_node(Value, [short, long])
    slower = ratio(times[long], times[short])
    a, b = [duration(statistics.median(times[n])) for n in (short, long)]
    print(
        f"{what}: n = 10^3 {a}, n = 10^6 {b}, {slower:.2f}x",
        flush=True,
    )


def smaller(name: str, differentiate: bool) -> None:
    """How much memory a node of a chain takes."""
    ours, theirs = bytes_per_node(Value, differentiate), bytes_per_node(Micrograd, differentiate)
    print(f"{name}: {ours:.0f} B, micrograd's {theirs:.0f} B, {theirs / ours:.1f}x", flush=True)


TABLES: dict[str, Callable[[], Iterator[str]]] = {
    "speed": speed,
    "adbench": adbench.TABLE.lines,
    "programs": programs.TABLE.lines,
    "recurrences": recurrences.TABLE.lines,
    "vectors": vectors.TABLE.lines,
    "solves": solves.TABLE.lines,
    "descents": descents.TABLE.lines,
    "networks": networks.TABLE.lines,
}
OTHERS = {
    "estimators": estimators.main,
    "calls": calls.main,
    "nodes": nodes,
    "pages": pages.main,
    "learning": learning.main,
    "pictures": pictures.main,
}

if __name__ == "__main__":
    main()
