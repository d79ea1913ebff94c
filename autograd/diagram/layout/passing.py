"""The way of an arrow past what stands in rows: a string pulled tight through one gap in each row."""

from bisect import bisect_left, bisect_right
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from math import inf, isinf
from typing import NamedTuple

from autograd.diagram import style
from autograd.diagram.layout.geometry import Route, levels
from autograd.typeset.rect import Point

__all__ = ["Band", "Gate", "past", "taut"]

FAR = 80.0  # how far an arrow goes out of its way so as not to run beside another
NEAREST = 3  # gaps of a row that are looked at

Wall = tuple[float, float]


class Gate(NamedTuple):
    """A gap in a row, from `left` to `right`, and what it costs to pass there."""

    left: float
    right: float
    cost: float = 0.0

    def away(self, x: float) -> float:
        """How far x is from it."""
        return max(self.left - x, x - self.right, 0.0)


@dataclass
class Band:
    """The height that a row of nodes or of labels takes up, the walls in it, and the gaps between them."""

    top: float
    bottom: float
    walls: list[Wall] = field(default_factory=list)
    gates: list[Gate] = field(default_factory=lambda: [Gate(-inf, inf)])

    def add(self, left: float, right: float) -> None:
        """Note that something stands here."""
        self.walls.append((left, right))
        self.close(left, right)

    def pass_by(self, route: Route) -> None:
        """Note that an arrow passes here from top to bottom, so that others keep away from it."""
        xs = levels(route, (self.top, self.bottom))
        self.close(min(xs) - style.PASS_APART, max(xs) + style.PASS_APART, FAR)

    def close(self, left: float, right: float, cost: float = inf) -> None:
        """Make it cost more to pass from `left` to `right`, by default forbid it."""
        first = bisect_right(self.gates, left, key=lambda gate: gate.right)
        last = bisect_left(self.gates, right, key=lambda gate: gate.left)
        self.gates[first:last] = [
            Gate(low, high, gate.cost + more)
            for gate in self.gates[first:last]
            for low, high, more in (
                (gate.left, left, 0.0),
                (max(gate.left, left), min(gate.right, right), cost),
                (right, gate.right, 0.0),
            )
            if low < high and more < inf
        ]

    def near(self, x: float) -> list[Gate]:
        """The gaps nearest to x, and those at both ends."""
        i = bisect_left(self.gates, x, key=lambda gate: gate.left)
        near = sorted(self.gates[max(i - NEAREST, 0) : i + NEAREST], key=lambda gate: gate.away(x))[:NEAREST]
        return [*near, *(gate for gate in (self.gates[0], self.gates[-1]) if gate not in near)]

    def around(self, x: float) -> Gate:
        """The gap through which an arrow leaves or enters what stands at x."""
        left = max((end for _, end in self.walls if end <= x), default=-inf)
        return Gate(left, min((start for start, _ in self.walls if start >= x), default=inf))


class Way(NamedTuple):
    """A way so far: what it cost, where it is, the last gap it came through, and the way before that."""

    cost: float
    x: float
    gate: Gate
    before: "Way | None" = None


def past(start: Point, end: Point, bands: Sequence[Band]) -> Route:
    """The tightest way from the first of some rows, in which it starts, to the last one, in which it ends."""
    first, *between, last = bands
    ways = [Way(0.0, start[0], first.around(start[0]))]
    for band in between:
        y = (band.top + band.bottom) / 2
        gates = band.near(start[0] + (end[0] - start[0]) * (y - start[1]) / (end[1] - start[1]))
        ways = [through(gate, ways) for gate in gates]
    way: Way | None = through(Gate(end[0], end[0]), ways)
    gates = [last.around(end[0])]
    while way is not None and (way := way.before) is not None:
        gates.append(way.gate)
    up = end[1] < start[1]
    sides = [(band.bottom, band.top) if up else (band.top, band.bottom) for band in bands]
    heights = [[sides[0][1]], *([*side] for side in sides[1:-1]), [sides[-1][0]]]
    return taut(start, [(y, *gate[:2]) for ys, gate in zip(heights, gates[::-1], strict=True) for y in ys], end)


def through(gate: Gate, ways: Sequence[Way]) -> Way:
    """The cheapest of some ways, continued through a gap."""
    left, right, dear = gate
    least, cheapest = inf, ways[0]
    for way in ways:
        cost, x = way[:2]
        cost += left - x if x < left else x - right if x > right else 0.0
        if cost < least:
            least, cheapest = cost, way
    return Way(least + dear, min(max(cheapest.x, left), right), gate, cheapest)


def taut(start: Point, gaps: Sequence[tuple[float, float, float]], end: Point) -> Route:
    """A string from `start` to `end`, pulled tight through gaps at some heights, each from a left to a right.

    The funnel of Lee and Preparata (1984): from the last corner that is certain, one string is pulled tight to the
    left edge of the gap and one to its right edge, until they cross.
    """
    route = [start]
    sides = [deque([start]), deque([start])]
    for y, *edges in [*gaps, (end[1], end[0], end[0])]:
        for (mine, other), x, sign in zip((sides, sides[::-1]), edges, (1.0, -1.0), strict=True):
            if isinf(x):
                continue
            edge = x, y
            while len(mine) > 1 and sign * (lean(mine[-1], edge) - lean(mine[-2], mine[-1])) >= 0:
                mine.pop()
            while len(mine) == 1 < len(other) and sign * (lean(mine[0], edge) - lean(other[0], other[1])) > 0:
                other.popleft()
                mine[0] = other[0]
                route.append(other[0])
            mine.append(edge)
    return (*route, *list(sides[0])[1:])


def lean(a: Point, b: Point) -> float:
    """How far a line goes to the right for each pixel of height."""
    return (b[0] - a[0]) / (abs(b[1] - a[1]) or 1e-9)
