"""Our figures against those of micrograd from PyPI, in one process: `make bench`."""

import gc
import platform
import statistics
import sys
from datetime import date
from pathlib import Path

from micrograd.engine import Value as Micrograd

from autograd import Value
from tests.benchmarks import workloads
from tests.benchmarks.measure import bytes_per_node, race, ratio, seconds_per_node


def main() -> None:
    """Measure and print one workload after the other."""
    sys.setrecursionlimit(10**6)  # micrograd recurses
    print(f"{processor()}, CPython {platform.python_version()}, {date.today()}\n")
    line("", "ours", "micrograd", "", "goal", "")
    for name, job, goal in (("W1 tiny", workloads.tiny, 2.2), ("W2 small", workloads.small, 2.7)):
        times = race({"ours": job(Value), "micrograd": job(Micrograd)})
        faster(name, times["ours"], times["micrograd"], goal)
    moons = workloads.moons_by_scalars
    times = race({"nn": workloads.moons_by_modules(), "ours": moons(Value), "micrograd": moons(Micrograd)})
    faster("W3 moons, with + and *", times["ours"], times["micrograd"], 4)
    faster("W3 moons, with nn.MLP", times["nn"], times["micrograd"], 50)
    flat("per node, garbage collector on")
    gc.disable()
    flat("per node, garbage collector off")
    gc.enable()
    if sys.platform == "linux":
        smaller("W7 memory of a node", differentiate=False, goal=300)
        smaller("... and of its gradient", differentiate=True)


def faster(name: str, ours: list[float], theirs: list[float], goal: float) -> None:
    """How many times faster one workload is."""
    times = ratio(theirs, ours)
    line(name, duration(ours), duration(theirs), f"{times:.1f}x", f">= {goal:g}x", verdict(times >= goal))


def flat(what: str) -> None:
    """How many times as long a node takes in a long chain as in a short one."""
    short, long = 10**3, 10**6
    times = seconds_per_node(Value, [short, long])
    slower = ratio(times[long], times[short])
    line(f"W7 {what}, n = 10^3", duration(times[short]), "", "", "", "")
    line(f"   {what}, n = 10^6", duration(times[long]), "", f"{slower:.2f}x", "<= 1.5x", verdict(slower <= 1.5))


def smaller(name: str, differentiate: bool, goal: float = 0) -> None:
    """How much memory a node of a chain takes."""
    ours, theirs = bytes_per_node(Value, differentiate), bytes_per_node(Micrograd, differentiate)
    judged = (f"<= {goal} B", verdict(ours <= goal)) if goal else ("", "")
    line(name, f"{ours:.0f} B", f"{theirs:.0f} B", f"{theirs / ours:.1f}x", *judged)


def line(name: str, ours: str, theirs: str, comparison: str, goal: str, reached: str) -> None:
    """Print a line of the table."""
    print(f"{name:<46}{ours:>9}{theirs:>11}{comparison:>8}{goal:>10}  {reached}".rstrip(), flush=True)


def verdict(reached: bool) -> str:
    """In a word."""
    return "reached" if reached else "MISSED"


def duration(seconds: list[float]) -> str:
    """The median."""
    s = statistics.median(seconds)
    return f"{s:.3g} s" if s >= 1 else f"{s * 1e3:.3g} ms" if s >= 1e-3 else f"{s * 1e6:.3g} us"


def processor() -> str:
    """Its name, where the system tells it."""
    about = Path("/proc/cpuinfo")
    lines = about.read_text().splitlines() if about.exists() else []
    names = [text.partition(":")[2].strip() for text in lines if text.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


if __name__ == "__main__":
    main()
