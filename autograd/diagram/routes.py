"""The ways of arrows: straight; side by side where several join the same two nodes; bent round what is in the way."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import pairwise
from math import dist, inf

from autograd.diagram.geometry import Ellipse, Point, Rect, Route, bounds, bow, crosses, cut, inside, trimmed

__all__ = ["routed", "visible"]

CLEAR = 5.0  # from a line to a node or a note that is not its own
BESIDE = 26.0  # between arrows that join the same two nodes, at least
BENDS = tuple(
    side * bend for bend in (0.0, 20.0, 30.0, 45.0, 65.0, 90.0, 120.0, 160.0, 200.0, 250.0) for side in (1, -1)
)
MOST = 0.5  # how much an arrow bends, per length
COARSE = 8  # steps of a bent line while it is only tried
THROUGH, BEHIND, ACROSS = 1000.0, 30.0, 5.0  # the cost of running through a node, behind a note, across an arrow
BENT, ROUND = 0.05, 15.0  # of bending, per pixel, and of a way of Graphviz's

Line = tuple[Point, Point]


def routed(
    nodes: Sequence[Ellipse],
    notes: Iterable[tuple[int, Rect]],
    ends: Sequence[tuple[int, int]],
    detours: Sequence[Route],
    widths: Sequence[float],
) -> list[Route]:
    """Arrows from outline to outline.

    None runs through a node that is not its own, `detours` being ways that are known to avoid them, and few through
    a note (given with its node) that is not of their own nodes. `widths` are those of the arrows' labels.
    """
    field = Field(nodes, notes, ends)
    together = defaultdict(list)
    for i, (tail, head) in enumerate(ends):
        together[min(tail, head), max(tail, head)].append(i)
    routes = []
    for i, (tail, head) in enumerate(ends):
        twins = together[min(tail, head), max(tail, head)]
        if len(twins) > 1:
            apart = max(BESIDE, *(widths[j] + CLEAR for j in twins))
            side = 1 if tail < head else -1
            route = bow(*field.lines[i][0], side * apart * (twins.index(i) - (len(twins) - 1) / 2))
        else:
            route = field.way(i, detours[i])
        routes.append(trimmed(route, nodes[tail], nodes[head]))
    return routes


class Field:
    """What can be in the way of an arrow, each with the rectangle that holds it."""

    def __init__(
        self, nodes: Sequence[Ellipse], notes: Iterable[tuple[int, Rect]], ends: Sequence[tuple[int, int]]
    ) -> None:
        self.ends = ends
        self.nodes = [(i, node, node.rect.grown(CLEAR)) for i, node in enumerate(nodes)]
        self.notes = [(i, note.grown(CLEAR)) for i, note in notes]
        lines: list[Line] = [((nodes[i].x, nodes[i].y), (nodes[j].x, nodes[j].y)) for i, j in ends]
        self.lines = [(line, bounds(line)) for line in lines]

    def way(self, i: int, detour: Route) -> Route:
        """For arrow i the straight way, or if that runs through something the least bad of several."""
        (start, end), _ = self.lines[i]
        if not self.hits(i, (start, end)):
            return start, end
        far = dist(start, end)
        bends = [bend for bend in BENDS if abs(bend) < MOST * far]
        ways = [(bow(start, end, bend, COARSE), BENT * abs(bend)) for bend in bends]
        ways.append(((start, *detour, end), ROUND))
        best, least = 0, inf
        for k, (way, extra) in enumerate(ways):
            if (cost := extra + self.hits(i, way)) < least:
                cost += ACROSS * self.crossings(i, way)
                if cost < least:
                    best, least = k, cost
        return bow(start, end, bends[best]) if best < len(bends) else ways[best][0]

    def hits(self, i: int, way: Route) -> float:
        """What it costs that arrow i runs through nodes and notes which are not of its own ends."""
        near = bounds(way)
        own = self.ends[i]
        nodes = [node for j, node, rect in self.nodes if rect.overlaps(near) and j not in own]
        notes = [note for j, note in self.notes if note.overlaps(near) and j not in own]
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
