"""The ways of arrows: straight; side by side where several join the same two nodes; bent round what is in the way."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from math import dist, inf

from autograd.diagram.geometry import Ellipse, Point, Rect, Route, bounds, bow, crosses, cut, inside, rounded, trimmed

__all__ = ["routed", "visible"]

CLEAR = 5.0  # from a line to a node or a note that is not its own
BESIDE = 26.0  # between arrows that join the same two nodes, at least
BENDS = tuple(
    side * bend for bend in (0.0, 20.0, 30.0, 45.0, 65.0, 90.0, 120.0, 160.0, 200.0, 250.0) for side in (1, -1)
)
MOST = 0.5  # how much an arrow bends, per length
ROOM = 10.0  # from a node to an arrow that passes by it between others
APART = 8.0  # between two arrows that pass between the same nodes
FAR = 120.0  # how far an arrow goes out of its way lest it run behind a note
COARSE = 8  # steps of a bent line while it is only tried
THROUGH, BEHIND, ACROSS = 1000.0, 30.0, 5.0  # the cost of running through a node, behind a note, across an arrow
BENT, ROUND = 0.1, 15.0  # of bending, per pixel, and of going between nodes

Line = tuple[Point, Point]


def routed(
    nodes: Sequence[Ellipse],
    notes: Iterable[tuple[int, Rect]],
    ends: Sequence[tuple[int, int]],
    widths: Sequence[float],
) -> list[Route]:
    """Arrows from outline to outline.

    None runs through a node that is not its own, and few run behind a note (given with its node) that is not of
    their own nodes. `widths` are those of the arrows' labels.
    """
    place = Field(nodes, notes, ends)
    together = defaultdict(list)
    for i, (tail, head) in enumerate(ends):
        together[min(tail, head), max(tail, head)].append(i)
    ways: dict[int, Route] = {}
    for group in together.values():
        if len(group) == 1:
            ways[group[0]] = place.way(*group)
        else:
            ways |= place.ways(group, max(BESIDE, *(widths[i] + CLEAR for i in group)))
    return [trimmed(ways[i], nodes[tail], nodes[head]) for i, (tail, head) in enumerate(ends)]


@dataclass
class Band:
    """The height that a row of nodes takes up, and from where to where its nodes and notes reach."""

    top: float
    bottom: float
    nodes: list[tuple[float, float]] = field(default_factory=list)
    notes: list[tuple[float, float]] = field(default_factory=list)
    taken: list[tuple[float, float]] = field(default_factory=list)

    def free(self, x: float) -> float:
        """The place nearest to x where an arrow may pass; it is then taken."""
        around = [(left - ROOM, right + ROOM) for left, right in self.nodes] + self.taken
        edges = [x, *(edge for interval in around + self.notes for edge in interval)]
        edges = [edge for edge in edges if not any(left < edge < right for left, right in around)]
        behind = [sum(left < edge < right for left, right in self.notes) for edge in edges]
        costs = [abs(edge - x) + FAR * notes for edge, notes in zip(edges, behind, strict=True)]
        best = edges[costs.index(min(costs))]
        self.taken.append((best - APART, best + APART))
        return best


class Field:
    """What can be in the way of an arrow, each with the rectangle that holds it."""

    def __init__(
        self, nodes: Sequence[Ellipse], notes: Iterable[tuple[int, Rect]], ends: Sequence[tuple[int, int]]
    ) -> None:
        self.ends = ends
        self.nodes = [(i, node, node.rect.grown(CLEAR)) for i, node in enumerate(nodes)]
        self.notes = [(i, note.grown(CLEAR)) for i, note in notes]
        self.rows: dict[float, Band] = {}
        for node in nodes:
            row = self.rows.setdefault(node.y, Band(node.y, node.y))
            row.top, row.bottom = min(row.top, node.y - node.ry), max(row.bottom, node.y + node.ry)
            row.nodes.append((node.x - node.rx, node.x + node.rx))
        for i, note in self.notes:
            self.rows[nodes[i].y].notes.append((note.left, note.right))
        lines: list[Line] = [((nodes[i].x, nodes[i].y), (nodes[j].x, nodes[j].y)) for i, j in ends]
        self.lines = [(line, bounds(line)) for line in lines]

    def way(self, i: int) -> Route:
        """For arrow i the straight way, or if that runs through something the least bad of several."""
        (start, end), _ = self.lines[i]
        if not self.hits(i, (start, end)):
            return start, end
        bends = [bend for bend in BENDS if abs(bend) < MOST * dist(start, end)]
        ways: list[tuple[Route, float]] = [(bow(start, end, bend, COARSE), BENT * abs(bend)) for bend in bends]
        ways.append((self.round(start, end), ROUND))
        best, least = 0, inf
        for k, (way, extra) in enumerate(ways):
            if extra >= least:
                continue
            if (cost := extra + self.hits(i, way)) < least:
                cost += ACROSS * self.crossings(i, way)
                if cost < least:
                    best, least = k, cost
        return bow(start, end, bends[best]) if best < len(bends) else rounded(ways[best][0])

    def ways(self, group: Sequence[int], apart: float) -> dict[int, Route]:
        """For arrows that join the same two nodes, bent lines side by side, or several ways between other nodes."""
        best: dict[int, Route] = {}
        least = THROUGH
        for shift in BENDS:
            found, cost = {}, BENT * abs(shift)
            for k, i in enumerate(group):
                tail, head = self.ends[i]
                side = 1 if tail < head else -1
                found[i] = bow(*self.lines[i][0], side * (shift + apart * (k - (len(group) - 1) / 2)))
                cost += self.hits(i, found[i])
            if cost < least:
                best, least = found, cost
        return best or {i: rounded(self.round(*self.lines[i][0])) for i in group}

    def round(self, start: Point, end: Point) -> Route:
        """The way that goes straight up between the nodes of each row on it, with corners."""
        (x, y), points = start, [start]
        up = end[1] < y
        for level in sorted(self.rows, reverse=up):
            if (end[1] <= level <= y) if up else (y <= level <= end[1]):
                row = self.rows[level]
                near, far = (row.bottom, row.top) if up else (row.top, row.bottom)
                if level == y:
                    points.append((x, far))
                elif level == end[1]:
                    points.append((end[0], near))
                else:
                    across = row.free(x + (end[0] - x) * (level - y) / (end[1] - y))
                    points += [(across, near), (across, far)]
        return (*points, end)

    def hits(self, i: int, way: Route) -> float:
        """What it costs that arrow i runs through nodes that are not its own, and behind notes.

        A straight line is not to blame for the notes of its own nodes; rows are moved apart for those.
        """
        near = bounds(way)
        own = self.ends[i]
        nodes = [node for j, node, rect in self.nodes if rect.overlaps(near) and j not in own]
        notes = [note for j, note in self.notes if note.overlaps(near) and (j not in own or len(way) > 2)]
        through = sum(any(node.meets(a, b, CLEAR) for a, b in pairwise(way)) for node in nodes)
        return THROUGH * through + BEHIND * sum(inside(way, note) is not None for note in notes)

    def crossings(self, i: int, way: Route) -> int:
        """How many other arrows it would cross, were they straight; those from or to its own ends do not count."""
        near = bounds(way)
        own = {*self.ends[i]}
        lines = [
            line
            for (line, rect), ends in zip(self.lines, self.ends, strict=True)
            if rect.overlaps(near) and own.isdisjoint(ends)
        ]
        return sum(crosses(a, b, *line) for line in lines for a, b in pairwise(way))


def visible(shaft: Route, written: Sequence[Rect]) -> tuple[Route, ...]:
    """A line without what lies behind words."""
    near = bounds(shaft)
    hidden = [hit for rect in written if rect.overlaps(near) and (hit := inside(shaft, rect))]
    return tuple(cut(shaft, hidden))
