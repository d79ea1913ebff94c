"""Plane geometry: ellipses, and routes, which are chains of straight lines. y points down."""

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import dist, fsum, hypot, inf, sqrt

from autograd.diagram import style
from autograd.typeset.rect import Point, Rect

__all__ = ["Axis", "Ellipse", "Route", "arc", "bounds", "cut", "inside", "length"]
__all__ += ["levels", "moved", "part", "rounded", "trimmed", "walk"]

Route = tuple[Point, ...]

SAME_LENGTH = 1e-9  # lengths that differ by less are the same


@dataclass(frozen=True, slots=True)
class Ellipse:
    """An upright ellipse."""

    x: float
    y: float
    rx: float
    ry: float

    @property
    def rect(self) -> Rect:
        """The rectangle that just holds it."""
        return Rect(self.x - self.rx, self.y - self.ry, self.x + self.rx, self.y + self.ry)

    def overlaps(self, rect: Rect, gap: float = 0.0) -> bool:
        """Whether it comes nearer to the rectangle than `gap`, taken along each axis."""
        dx = min(max(self.x, rect.left), rect.right) - self.x
        dy = min(max(self.y, rect.top), rect.bottom) - self.y
        return self.level((self.x + dx, self.y + dy), gap) < 1

    def level(self, point: Point, gap: float = 0.0) -> float:
        """Less than 1 inside the ellipse grown by `gap`, 1 on its outline, more outside."""
        return hypot((point[0] - self.x) / (self.rx + gap), (point[1] - self.y) / (self.ry + gap))

    def meets(self, a: Point, b: Point, gap: float = 0.0) -> bool:
        """Whether the line from `a` to `b` runs through the ellipse grown by `gap`."""
        rx, ry = self.rx + gap, self.ry + gap
        ax, ay, bx, by = (
            (a[0] - self.x) / rx,
            (a[1] - self.y) / ry,
            (b[0] - self.x) / rx,
            (b[1] - self.y) / ry,
        )
        dx, dy = bx - ax, by - ay
        t = min(max(-(ax * dx + ay * dy) / (dx * dx + dy * dy or 1.0), 0.0), 1.0)
        return hypot(ax + t * dx, ay + t * dy) < 1

    def crossing(self, a: Point, b: Point) -> float | None:
        """How far along the line from `a` inside to `b` outside its outline is, from 0 to 1."""
        if self.level(a) >= 1 or self.level(b) < 1:
            return None
        px, py = (a[0] - self.x) / self.rx, (a[1] - self.y) / self.ry
        dx, dy = (b[0] - a[0]) / self.rx, (b[1] - a[1]) / self.ry
        aa, ab, bb = dx * dx + dy * dy, px * dx + py * dy, px * px + py * py - 1
        return (-ab + sqrt(ab * ab - aa * bb)) / aa


def bounds(route: Route) -> Rect:
    """The rectangle that just holds a route; never without area, so that it can overlap others."""
    xs, ys = zip(*route, strict=True)
    return Rect(min(xs) - 0.5, min(ys) - 0.5, max(xs) + 0.5, max(ys) + 0.5)


def moved(route: Route, dx: float, dy: float) -> Route:
    """The route elsewhere."""
    return tuple((x + dx, y + dy) for x, y in route)


def length(route: Route) -> float:
    """How long a route is."""
    return fsum(map(dist, route, route[1:]))  # not sum, which rounds otherwise since Python 3.12


def walk(route: Route, way: float) -> Point:
    """The point of the route that lies `way` from its beginning."""
    for a, b in pairwise(route):
        step = dist(a, b)
        if way <= step and step:
            return between(a, b, way / step)
        way -= step
    return route[-1]


def levels(route: Route, ys: Sequence[float]) -> list[float]:
    """Where a route that only falls is from left to right at some heights, the highest first, or else its middle."""
    top, bottom = route[0][1], route[-1][1]
    found, i = [], 1
    (ax, ay), (bx, by) = route[0], route[1]
    for y in ys:
        if top <= y <= bottom and top < bottom:
            while by < y:
                i += 1
                ax, ay, (bx, by) = bx, by, route[i]
            found.append(ax + (y - ay) / (by - ay) * (bx - ax) if ay != by else bx)
        else:
            found.append(walk(route, length(route) / 2)[0])
    return found


def between(a: Point, b: Point, t: float) -> Point:
    """`a` at t = 0, `b` at t = 1."""
    return a[0] + t * (b[0] - a[0]), a[1] + t * (b[1] - a[1])


def part(route: Route, start: float, end: float) -> Route:
    """The route from `start` to `end`, both measured along it."""
    inner, way = [], 0.0
    for a, b in pairwise(route):
        way += dist(a, b)
        if start + SAME_LENGTH < way < end - SAME_LENGTH:
            inner.append(b)
    return (walk(route, start), *inner, walk(route, end))


def trimmed(route: Route, tail: Ellipse, head: Ellipse) -> Route:
    """A route from centre to centre, cut off at the outlines of the two."""
    for end in (tail, head):
        hits = ((i, t) for i, line in enumerate(pairwise(route)) if (t := end.crossing(*line)) is not None)
        i, t = next(hits, (0, 0.0))
        route = (between(route[i], route[i + 1], t), *route[i + 1 :])[::-1]
    return route


def inside(route: Route, rect: Rect) -> tuple[float, float] | None:
    """Where along the route it enters the rectangle first and leaves it last, or None."""
    top, bottom = rect.top, rect.bottom  # looked at here too, since most lines of long routes are above or below
    lines = (
        (i, a, b)
        for i, (a, b) in enumerate(pairwise(route))
        if (a[1] <= bottom or b[1] <= bottom) and (a[1] >= top or b[1] >= top)
    )
    hits = [(i, hit) for i, a, b in lines if (hit := clipped(a, b, rect))]
    if not hits:
        return None
    (i, (start, _)), (j, (_, end)) = hits[0], hits[-1]
    start = length(route[: i + 1]) + start * dist(route[i], route[i + 1])
    return start, length(route[: j + 1]) + end * dist(route[j], route[j + 1])


def clipped(a: Point, b: Point, rect: Rect) -> tuple[float, float] | None:
    """The part of the line from `a` (0) to `b` (1) inside the rectangle, or None (Liang and Barsky 1984)."""
    if (
        max(a[0], b[0]) < rect.left
        or min(a[0], b[0]) > rect.right
        or max(a[1], b[1]) < rect.top
        or min(a[1], b[1]) > rect.bottom
    ):
        return None
    start, end = 0.0, 1.0
    for p, q, low, high in ((a[0], b[0], rect.left, rect.right), (a[1], b[1], rect.top, rect.bottom)):
        d = q - p
        if not d:
            if not low < p < high:
                return None
            continue
        first, last = sorted(((low - p) / d, (high - p) / d))
        start, end = max(start, first), min(end, last)
    return (start, end) if start < end else None


def cut(route: Route, gaps: Iterable[tuple[float, float]], least: float = 1.0) -> list[Route]:
    """What is left of a route without the gaps, each a pair of lengths along it; crumbs are dropped."""
    pieces, start = [], 0.0
    total = length(route)
    for low, high in [*sorted(gaps), (total, total)]:
        if low - start >= least:
            pieces.append(part(route, start, low))
        start = max(start, high)
    return pieces


def arc(a: Point, b: Point, c: Point, steps: int = 8) -> Route:
    """A curve from `a` through `b` to `c` (a parabola)."""
    far = dist(a, b), dist(b, c)
    t = far[0] / (sum(far) or 1.0)
    t = min(max(t, 0.2), 0.8)
    x, y = ((b[k] - (1 - t) ** 2 * a[k] - t**2 * c[k]) / (2 * t * (1 - t)) for k in (0, 1))
    times = [t * i / steps for i in range(steps)] + [t + (1 - t) * i / steps for i in range(steps + 1)]
    return tuple(between(between(a, (x, y), s), between((x, y), c, s), s) for s in times)


def rounded(route: Route, by: float = style.CORNER, steps: int = 6) -> Route:
    """The route with curves for corners, which come as near as `by` to them (parabolas)."""
    if len(route) < 3:
        return route
    smooth = [route[0]]
    for before, corner, after in zip(route, route[1:], route[2:], strict=False):
        far = dist(before, corner), dist(corner, after)
        if not all(far):
            continue
        there, back = ((between(corner, point, 1 / d)) for point, d in zip((before, after), far, strict=True))
        sag = dist(between(there, back, 0.5), corner) / 2  # of a curve that begins and ends 1 from the corner
        reach = min(*(d / 2 for d in far), by / sag if sag else inf)
        a, b = (between(corner, point, reach / d) for point, d in zip((before, after), far, strict=True))
        smooth += [
            between(between(a, corner, t), between(corner, b, t), t) for t in (i / steps for i in range(steps + 1))
        ]
    return (*smooth, route[-1])


class Axis:
    """A coordinate whose marks are moved apart."""

    def __init__(self, marks: Iterable[float], wanted: Mapping[tuple[float, float], float]) -> None:
        """No two marks come nearer to each other, and pairs `(low, high)` get as far apart as is wanted.

        The whole stays as short as can be; each mark then gets the middle between the least and the greatest
        place it could have, so that one half way between two others stays there.
        """
        self.old = sorted(set(marks))
        if not self.old:
            return
        pairs = [(bisect_left(self.old, low), bisect_left(self.old, high), far) for (low, high), far in wanted.items()]
        pairs += [(i, i + 1, high - low) for i, (low, high) in enumerate(pairwise(self.old))]
        least, greatest = [0.0] * len(self.old), [inf] * len(self.old)
        for low, high, far in sorted(pairs):
            least[high] = max(least[high], least[low] + far)
        greatest[-1] = least[-1]
        for low, high, far in sorted(pairs, key=lambda pair: -pair[1]):
            greatest[low] = min(greatest[low], greatest[high] - far)
        self.new = [self.old[0] + (low + high) / 2 for low, high in zip(least, greatest, strict=True)]

    def __call__(self, mark: float) -> float:
        """Where a mark goes."""
        return self.new[bisect_left(self.old, mark)]
