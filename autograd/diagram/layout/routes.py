"""The ways of arrows: straight where nothing is in the way, or else a string pulled tight past obstacles."""

from collections.abc import Sequence
from itertools import pairwise
from math import dist
from typing import NamedTuple

from autograd.diagram import style
from autograd.diagram.layout.geometry import Ellipse, Route, clipped, rounded
from autograd.diagram.layout.passing import Band, past
from autograd.diagram.layout.shelves import Shelves
from autograd.typeset.rect import Point, Rect

__all__ = ["Field", "Thing"]


LEAST = 1e-3  # a bend counts from this length on that it adds to a way


class Thing(NamedTuple):
    """What can be in the way of arrows: a node with what is written beside it, or the label of an arrow.

    `own` is the number of the node, or -1 - that of the arrow.
    """

    own: int
    rects: Sequence[Rect]
    outline: Ellipse | None = None

    def meets(self, a: Point, b: Point, own: Sequence[int]) -> bool:
        """Whether it is in the way of an arrow of these nodes and this label."""
        mine = self.own in own
        if mine and self.own < 0:
            return False
        if self.outline is not None and not mine and self.outline.meets(a, b, style.LINE_CLEAR):
            return True
        return any(clipped(a, b, rect.grown(style.AIR)) for rect in self.rects)

    @property
    def walls(self) -> list[tuple[float, float]]:
        """The intervals from left to right in which no arrow passes."""
        found = [(rect.left - style.LINE_CLEAR, rect.right + style.LINE_CLEAR) for rect in self.rects]
        if self.outline is not None:
            found.append((self.outline.rect.left - style.PASS_BESIDE, self.outline.rect.right + style.PASS_BESIDE))
        return found


class Field:
    """All that stands in rows, lowest first: rows of nodes, and between them rows of labels."""

    def __init__(self, rows: Sequence[tuple[float, float, Sequence[Thing]]]) -> None:
        """Each row is given with the heights where it ends and begins; y points down."""
        self.bands = []
        for top, bottom, things in rows:
            band = Band(top, bottom)
            for wall in sorted(wall for thing in things for wall in thing.walls):
                band.add(*wall)
            self.bands.append(band)
        self.things = [thing for _, _, things in rows for thing in things]
        numbers = iter(range(len(self.things)))
        self.shelves = Shelves((bottom, next(numbers), extent(thing)) for _, bottom, things in rows for thing in things)

    def free(self, way: Route, own: Sequence[int]) -> bool:
        """Whether nothing is in the way of an arrow of these nodes and this label."""
        return not any(self.things[k].meets(a, b, own) for a, b in pairwise(way) for k in self.shelves.along(a, b))

    def way(self, points: Sequence[Point], stops: Sequence[int], own: Sequence[int], curved: bool = True) -> Route:
        """The way through some points, each in the row of that number: straight from one to the next if it can be.

        Its corners are `curved` where it is drawn.
        """
        if self.free(tuple(points), own):
            return (points[0], *bends(points), points[-1])
        route: Route = (points[0],)
        for (start, i), (end, j) in pairwise(zip(points, stops, strict=True)):
            bands = self.bands[i : j + 1] if i <= j else self.bands[j : i + 1][::-1]
            part = past(start, end, bands) if len(bands) > 1 else (start, end)
            falling = part if part[0][1] < part[-1][1] else part[::-1]
            for band in bands[1:-1]:
                band.pass_by(falling)
            route += (rounded(part) if curved else part)[1:]
        return route


def bends(points: Sequence[Point]) -> list[Point]:
    """The points between the first and the last at which the way bends."""
    corners = zip(points, points[1:], points[2:], strict=False)
    return [b for a, b, c in corners if dist(a, b) + dist(b, c) - dist(a, c) > LEAST]


def extent(thing: Thing) -> Rect:
    """The rectangle that holds a thing."""
    rects = [*thing.rects, *([thing.outline.rect] if thing.outline else [])]
    left, top, right, bottom = zip(*rects, strict=True)
    return Rect(min(left), min(top), max(right), max(bottom)).grown(style.LINE_CLEAR)
