"""The ways of arrows: straight; side by side where several join the same two nodes; bent round what is in the way."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from itertools import pairwise
from math import dist, inf

from autograd.diagram import style
from autograd.diagram.layout.geometry import (
    Ellipse,
    Route,
    bounds,
    bow,
    crossings,
    cut,
    inside,
    pieces,
    rounded,
    trimmed,
)
from autograd.diagram.layout.grid import Grid
from autograd.diagram.layout.passing import Band, past
from autograd.diagram.layout.shelves import Shelves
from autograd.typeset.rect import Point, Rect

__all__ = ["routed", "visible"]

BENDS = tuple(
    side * bend for bend in (0.0, 20.0, 30.0, 45.0, 65.0, 90.0, 120.0, 160.0, 200.0, 250.0) for side in (1, -1)
)
MOST = 0.5  # how much an arrow bends, per length
MANY = 10  # rows that an arrow passes: no bow gets round so many
THROUGH, BEHIND, ACROSS = 1e6, 30.0, 5.0  # the cost of running through a node, behind a note, across an arrow
BENT, ROUND = 0.1, 15.0  # of bending, per pixel, and of going between nodes

Line = tuple[Point, Point]


def routed(
    nodes: Sequence[Ellipse],
    notes: Iterable[tuple[int, Rect]],
    ends: Sequence[tuple[int, int]],
    widths: Sequence[float],
    bent: Collection[int] = (),
) -> list[Route]:
    """Arrows from outline to outline.

    None runs through a node that is not its own, and few run behind a note (given with its node) that is not of
    their own nodes, those of `bent` behind no note. `widths` are those of the arrows' labels.
    """
    place = Field(nodes, notes, ends, bent)
    together = defaultdict(list)
    for i, (tail, head) in enumerate(ends):
        together[min(tail, head), max(tail, head)].append(i)
    ways: dict[int, Route] = {}
    spans = {pair: abs(nodes[pair[0]].y - nodes[pair[1]].y) for pair in together}
    for group in (together[pair] for pair in sorted(together, key=lambda pair: spans[pair])):  # the near ones inside
        if len(group) == 1:
            ways[group[0]] = place.way(*group)
        else:
            ways |= place.ways(group, max(style.BESIDE, *(widths[i] + style.LINE_CLEAR for i in group)))
    return [trimmed(ways[i], nodes[tail], nodes[head]) for i, (tail, head) in enumerate(ends)]


class Field:
    """What can be in the way of an arrow, each with the rectangle that holds it."""

    def __init__(
        self,
        nodes: Sequence[Ellipse],
        notes: Iterable[tuple[int, Rect]],
        ends: Sequence[tuple[int, int]],
        bent: Collection[int],
    ) -> None:
        self.ends = ends
        self.bent = bent
        self.outlines = nodes
        self.notes = [(i, note.grown(style.LINE_CLEAR)) for i, note in notes]
        self.rows: dict[float, Band] = {}
        for node in nodes:
            self.rows.setdefault(node.y, Band(node.y, node.y)).add(node)
        for i, note in self.notes:
            self.rows[nodes[i].y].write(note)
        things = [(node.y, i, node.rect.grown(style.LINE_CLEAR)) for i, node in enumerate(nodes)]
        self.things = Shelves(things + [(nodes[i].y, ~k, note) for k, (i, note) in enumerate(self.notes)])
        lines: list[Line] = [((nodes[i].x, nodes[i].y), (nodes[j].x, nodes[j].y)) for i, j in ends]
        self.lines = [(line, bounds(line)) for line in lines]

    def way(self, i: int) -> Route:
        """For arrow i the straight way, or if that runs through something the least bad of several."""
        (start, end), _ = self.lines[i]
        if i not in self.bent and not self.hits(i, (start, end), THROUGH):
            return start, end
        string, passed = self.round(start, end)
        bends = [bend for bend in BENDS if 0 < abs(bend) < MOST * dist(start, end) and len(passed) < MANY]
        bows = [(bow(start, end, bend), BENT * abs(bend)) for bend in bends]
        ways = [(string, ROUND), *[((start, end), 0.0)] * (i not in self.bent)]
        ways += [(way, cost) for way, cost in bows if rising(way) or start[1] == end[1]]
        costs: list[float] = []
        for way, cost in ways:
            costs.append(cost + self.hits(i, way, min(costs, default=inf) + THROUGH))
        rivals = {k: cost for k, cost in enumerate(costs) if cost // THROUGH == min(costs) // THROUGH}
        if best := cheapest(rivals, lambda k: ACROSS * self.crossings(i, ways[k][0])):
            return ways[best][0]
        for band in passed:
            band.pass_by(string)
        return rounded(string)

    def ways(self, group: Sequence[int], apart: float) -> dict[int, Route]:
        """For arrows that join the same two nodes, bent lines side by side, or several ways between other nodes."""
        best: dict[int, Route] = {}
        least = THROUGH
        for shift in BENDS:
            found, cost = {}, BENT * abs(shift)
            for k, i in enumerate(group if cost < least else ()):
                tail, head = self.ends[i]
                side = 1 if tail < head else -1
                found[i] = bow(*self.lines[i][0], side * (shift + apart * (k - (len(group) - 1) / 2)))
                cost += self.hits(i, found[i])
            if cost < least:
                best, least = found, cost
        return best or {i: self.way(i) for i in group}

    def round(self, start: Point, end: Point) -> tuple[Route, list[Band]]:
        """The way between the nodes of each row, with corners, and the rows that it passes."""
        low, high = sorted((start[1], end[1]))
        levels = sorted((y for y in self.rows if low <= y <= high), reverse=end[1] < start[1])
        bands = [self.rows[y] for y in levels]
        return past(start, end, bands), bands[1:-1]

    def hits(self, i: int, way: Route, most: float = inf) -> float:
        """What it costs that arrow i runs through nodes that are not its own, and behind notes.

        A straight line is not to blame for the notes of its own nodes; rows are moved apart for those. Looks no farther
        when it costs `most`.
        """
        own = self.ends[i]
        through, behind = {*own}, set[int]()
        for a, b in pairwise(way):
            for k in self.things.along(a, b):  # node k, or note ~k
                if k < 0:
                    if self.notes[~k][0] not in own or len(way) > 2:
                        behind.add(~k)
                elif k not in through and self.outlines[k].meets(a, b, style.LINE_CLEAR):
                    through.add(k)
                    if THROUGH * (len(through) - 2) >= most:
                        return most
        return THROUGH * (len(through) - 2) + BEHIND * sum(inside(way, self.notes[k][1]) is not None for k in behind)

    def crossings(self, i: int, way: Route) -> int:
        """How many other arrows it would cross, were they straight; those from or to its own ends do not count."""
        near = bounds(way)
        own = {*self.ends[i]}
        lines = [
            line
            for (line, rect), ends in zip(self.lines, self.ends, strict=True)
            if rect.overlaps(near) and own.isdisjoint(ends)
        ]
        return sum(crossings(way, *line) for line in lines)


def cheapest(costs: Mapping[int, float], more: Callable[[int], float]) -> int:
    """Which one costs least, `more` included, which is asked only for those that could be the one."""
    if len(costs) == 1:
        return next(iter(costs))
    best = inf, 0
    for k, cost in sorted(costs.items(), key=lambda item: item[1]):
        if cost > best[0]:
            break
        best = min(best, (cost + more(k), k))
    return best[1]


def rising(way: Route) -> bool:
    """Whether a way never turns back on its way up or down."""
    return len({a[1] > b[1] for a, b in pairwise(way)}) == 1


def visible(shafts: Sequence[Route], written: Sequence[Rect]) -> list[tuple[Route, ...]]:
    """Lines without what lies behind words."""
    words: Grid[int] = Grid()
    for k, rect in enumerate(written):
        words.add(k, rect)
    near = [{k for piece in pieces(shaft, words.cell) for k in words.near(bounds(piece))} for shaft in shafts]
    hidden = [[hit for k in ks if (hit := inside(shaft, written[k]))] for shaft, ks in zip(shafts, near, strict=True)]
    return [tuple(cut(shaft, hits)) for shaft, hits in zip(shafts, hidden, strict=True)]
