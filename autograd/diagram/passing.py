"""The way of an arrow past the rows between its ends: a string pulled tight through one gap in each row."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from math import inf
from typing import NamedTuple

from autograd.diagram.geometry import Point, Route, level

__all__ = ["Band", "Gate", "past", "taut"]

ROOM = 10.0  # from a node to an arrow that passes by it
APART = 8.0  # between two arrows that pass between the same nodes
FAR = 120.0  # how far an arrow goes out of its way lest it run behind a note
NEAREST = 4  # gaps of a row that are looked at

Interval = tuple[float, float]


class Gate(NamedTuple):
    """A gap in a row, from `left` to `right`, and what it costs to pass there."""

    left: float
    right: float
    cost: float = 0.0

    def nearest(self, x: float) -> float:
        """The place in it that is nearest to x."""
        return min(max(x, self.left), self.right)


@dataclass
class Band:
    """The height that a row of nodes takes up, and from where to where its nodes, notes and passing arrows reach."""

    top: float
    bottom: float
    nodes: list[Interval] = field(default_factory=list)
    notes: list[Interval] = field(default_factory=list)
    taken: list[Interval] = field(default_factory=list)

    def gates(self, x: float) -> list[Gate]:
        """The gaps nearest to x, and those at both ends; a gap that has a note in it is several."""
        walls = sorted([(left - ROOM, right + ROOM) for left, right in self.nodes] + self.taken)
        free, reached = [], -inf
        for left, right in walls:
            if left >= reached:
                free.append((reached, left))
            reached = max(reached, right)
        free.append((reached, inf))
        gates = [gate for gap in free for gate in self.parts(*gap)]
        near = sorted(gates, key=lambda gate: abs(gate.nearest(x) - x))[:NEAREST]
        return [*near, *(gate for gate in (gates[0], gates[-1]) if gate not in near)]

    def parts(self, left: float, right: float) -> Iterator[Gate]:
        """A gap, parted where it is behind a note and where not."""
        edges = {edge for note in self.notes for edge in note if left < edge < right}
        for low, high in pairwise([left, *sorted(edges), right]):
            yield Gate(low, high, FAR * sum(start < high and low < end for start, end in self.notes))

    def around(self, x: float) -> Gate:
        """The gap that a node's own arrow leaves or enters its row by."""
        walls = [(left - ROOM, right + ROOM) for left, right in self.nodes if not left < x < right] + self.notes
        left = max((end for _, end in walls if end <= x), default=-inf)
        return Gate(left, min((start for start, _ in walls if start >= x), default=inf))

    def pass_by(self, route: Route) -> None:
        """Note that an arrow passes here, so that others keep away from it."""
        xs = level(route, self.top)[0], level(route, self.bottom)[0]
        self.taken.append((min(xs) - APART, max(xs) + APART))


class Way(NamedTuple):
    """A way so far: what it cost, where it is, the last gap it came through, and the way before that."""

    cost: float
    x: float
    gate: Gate
    before: "Way | None" = None

    def through(self, gate: Gate) -> "Way":
        """The way continued."""
        x = gate.nearest(self.x)
        return Way(self.cost + abs(x - self.x) + gate.cost, x, gate, self)


def past(start: Point, end: Point, bands: Sequence[Band]) -> Route:
    """The tightest way from the first of some rows, in which it starts, to the last one."""
    if len(bands) < 2:  # both ends stand in one row
        return start, end
    first, *between, last = bands
    ways = [Way(0.0, start[0], first.around(start[0]))]
    for band in between:
        y = (band.top + band.bottom) / 2
        gates = band.gates(start[0] + (end[0] - start[0]) * (y - start[1]) / (end[1] - start[1]))
        ways = [min((way.through(gate) for way in ways), key=lambda way: way.cost) for gate in gates]
    way: Way | None = min((way.through(Gate(end[0], end[0])) for way in ways), key=lambda way: way.cost)
    gates = [last.around(end[0])]
    while way is not None and (way := way.before) is not None:
        gates.append(way.gate)
    up = end[1] < start[1]
    sides = [(band.bottom, band.top) if up else (band.top, band.bottom) for band in bands]
    heights = [[sides[0][1]], *([*side] for side in sides[1:-1]), [sides[-1][0]]]
    return taut(start, [(y, *gate[:2]) for ys, gate in zip(heights, gates[::-1], strict=True) for y in ys], end)


def taut(start: Point, gaps: Sequence[tuple[float, float, float]], end: Point) -> Route:
    """A string from `start` to `end`, pulled tight through gaps at some heights, each from a left to a right."""
    route = [start]
    gaps = [*gaps, (end[1], end[0], end[0])]
    i = 0
    while True:
        x, y = route[-1]
        low = high = i  # the gaps whose left and right edges the string would touch first
        least, most = -inf, inf
        for k in range(i, len(gaps)):
            height, left, right = gaps[k]
            far = abs(height - y) or 1e-9
            left, right = (left - x) / far, (right - x) / far
            if left > most or right < least:
                i, edge = (high, 2) if left > most else (low, 1)
                route.append((gaps[i][edge], gaps[i][0]))
                i += 1
                break
            if left > least:
                low, least = k, left
            if right < most:
                high, most = k, right
        else:
            return (*route, end)
