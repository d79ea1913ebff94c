"""What is written in a row several times, written once under a name: Re-Pair, for the glyphs of a page.

N. J. Larsson, A. Moffat, "Offline dictionary-based compression", DCC 1999.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import pairwise

__all__ = ["Placed", "grammar"]

Placed = tuple[str, int, int]  # the address of a glyph, or of several under one name, and where it is put
Pair = tuple[str, str, int, int]  # the addresses of two neighbours, and the way from one to the other


def grammar(runs: list[list[Placed]]) -> dict[str, list[Placed]]:
    """Write runs shorter, with names for parts that are in several places; what each name stands for."""
    counts = Counter(pair for run in runs for pair in pairs(run))
    homes: dict[Pair, set[int]] = {}
    for i, run in enumerate(runs):
        for pair in pairs(run):
            homes.setdefault(pair, set()).add(i)
    named: dict[str, list[Placed]] = {}
    while counts and counts[best := max(counts, key=counts.__getitem__)] > 1:
        first, second, x, y = best
        named[name := f"#r{len(named)}"] = [(first, 0, 0), (second, x, y)]
        for i in homes.pop(best):
            counts.subtract(pairs(runs[i]))
            runs[i] = paired(runs[i], best, name)
            counts.update(pairs(runs[i]))
            for pair in pairs(runs[i]):
                homes.setdefault(pair, set()).add(i)
        del counts[best]
    uses = Counter(name for run in [*runs, *named.values()] for name, _, _ in run)
    gone = {name: parts for name, parts in named.items() if uses[name] == 1}
    for name, parts in reversed(named.items()):
        long = without_names(parts, gone)
        if name not in gone and (uses[name] - 1) * (len(long) - 1) <= 1:  # a name would save no use of a glyph
            gone[name] = parts
            for part, _, _ in long:
                uses[part] += uses[name] - 1
    runs[:] = [without_names(run, gone) for run in runs]
    return {name: without_names(parts, gone) for name, parts in named.items() if name not in gone}


def pairs(run: Sequence[Placed]) -> list[Pair]:
    """All neighbours in a run."""
    return [(a, b, right - x, low - y) for (a, x, y), (b, right, low) in pairwise(run)]


def paired(run: Sequence[Placed], pair: Pair, name: str) -> list[Placed]:
    """A run in which both of each such pair have one name."""
    found: list[Placed] = []
    left = [*reversed(run)]
    while left:
        here = left.pop()
        if left and pairs([here, left[-1]]) == [pair]:
            left.pop()
            here = name, here[1], here[2]
        found.append(here)
    return found


def without_names(run: Sequence[Placed], gone: Mapping[str, list[Placed]]) -> list[Placed]:
    """A run without the names that are `gone`."""
    found: list[Placed] = []
    left = [*reversed(run)]
    while left:
        name, x, y = left.pop()
        if name in gone:
            left += [(part, x + right, y + low) for part, right, low in reversed(gone[name])]
        else:
            found.append((name, x, y))
    return found
