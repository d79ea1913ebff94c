"""Where labels stand on their arrows: about half way up, clear of each other, of nodes, notes and arrows."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce

from autograd.diagram.geometry import Ellipse, Point, Rect, Route, bounds, inside, length, level

__all__ = ["AIR", "STUB", "Settled", "Wish", "settle"]

AIR = 3.0  # round a label
STUB = 9.0  # of an arrow's line seen on both sides of its label, at least
CLEAR = 4.0  # between a label and a node
HALF_WAY = (0.5, *(0.5 + sign * step / 20 for step in range(1, 8) for sign in (-1, 1)))  # the best first
AWAY, CROSSED, COVERED = 4.0, 3.0, 100.0  # the cost of being far from half way, on another line, on a label
SWEEPS = 6
LARGE = 60  # labels of a group that are not asked to stand in line


@dataclass(frozen=True, slots=True)
class Wish:
    """A label of this size for the arrow of that index, half way between two heights.

    Labels between the same two heights would like to stand in line.
    """

    arrow: int
    width: float
    height: float
    between: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Settled:
    """Centres for all labels; arrows with no room for theirs, with a line across it, with it out of line."""

    centers: list[Point]
    crowded: set[int]
    crossed: set[int]
    astray: set[int]


@dataclass(frozen=True, slots=True)
class Spot:
    """A place that a label could have, and what it costs."""

    center: Point
    rect: Rect
    fraction: float
    crossed: int

    @property
    def cost(self) -> float:
        """What the place costs whatever other labels do."""
        return AWAY * abs(self.fraction - 0.5) + CROSSED * self.crossed

    def price(self, others: Sequence["Spot"]) -> float:
        """What the place costs among labels that have theirs."""
        return self.cost + COVERED * sum(self.rect.overlaps(other.rect) for other in others)


def settle(
    wishes: Sequence[Wish], routes: Sequence[Route], nodes: Sequence[Ellipse], notes: Sequence[Rect]
) -> Settled:
    """Find a place for every label on its route, clear of nodes and notes.

    Labels of one group stand at one height if they can all do so; the others move along their arrows until no
    single move is an improvement.
    """
    spots = [possible(wish, routes, nodes, notes) for wish in wishes]
    groups = defaultdict(list)
    for i, wish in enumerate(wishes):
        groups[wish.between].append(i)
    chosen: list[Spot | None] = [min(own, key=lambda spot: spot.cost) if own else None for own in spots]
    free = set()
    for group in groups.values():
        row = in_line([spots[i] for i in group])
        for i, place in zip(group, row, strict=False):
            chosen[i] = place
        if not row:
            free.update(group)
    near = neighbours(spots)

    def others(i: int) -> list[Spot]:
        return [other for j in near[i] if (other := chosen[j]) is not None]

    for _ in range(SWEEPS):
        before = list(chosen)
        for i, spot in enumerate(chosen):
            if spot is not None and (i in free or spot.price(others(i)) >= COVERED):
                around = others(i)
                cheapest = min(spots[i], key=lambda other: other.price(around))
                if cheapest.price(around) < spot.price(around):
                    chosen[i] = cheapest
                    free.add(i)
        if chosen == before:
            break
    centers, crowded, crossed = [], set(), set()
    for i, (wish, spot) in enumerate(zip(wishes, chosen, strict=True)):
        centers.append(level(routes[wish.arrow], sum(wish.between) / 2) if spot is None else spot.center)
        if spot is None or spot.price(others(i)) >= COVERED:
            crowded.add(wish.arrow)
        elif spot.crossed:
            crossed.add(wish.arrow)
    return Settled(centers, crowded, crossed, {wishes[i].arrow for i in free})


def possible(
    wish: Wish, routes: Sequence[Route], nodes: Sequence[Ellipse], notes: Sequence[Rect]
) -> list[Spot]:
    """The places of a label that are clear of nodes and notes and leave some of the arrow to be seen."""
    route = routes[wish.arrow]
    far = length(route)
    reach = bounds(route).grown(max(wish.width, wish.height) / 2 + AIR)
    nodes = [node for node in nodes if node.rect.grown(CLEAR).overlaps(reach)]
    notes = [note for note in notes if note.overlaps(reach)]
    lines = [line for i, line in enumerate(routes) if i != wish.arrow and bounds(line).overlaps(reach)]
    spots = []
    low, high = wish.between
    for fraction in HALF_WAY:
        center = level(route, low + fraction * (high - low))
        rect = Rect.around(center, wish.width + 2 * AIR, wish.height + 2 * AIR)
        hidden = inside(route, rect)
        if hidden is None or hidden[0] < STUB or hidden[1] > far - STUB:
            continue
        if any(node.overlaps(rect, CLEAR) for node in nodes) or any(map(rect.overlaps, notes)):
            continue
        spots.append(Spot(center, rect, fraction, sum(inside(line, rect) is not None for line in lines)))
    return spots


def in_line(group: Sequence[Sequence[Spot]]) -> list[Spot]:
    """Places for all labels of a group at one height, the one nearest half way at which all are clear."""
    if len(group) <= LARGE:
        for fraction in HALF_WAY:
            row = [
                spot for spots in group for spot in spots if spot.fraction == fraction and not spot.crossed
            ]
            if len(row) == len(group) and all(spot.price(row[:i]) < COVERED for i, spot in enumerate(row)):
                return row
    return []


def neighbours(spots: Sequence[Sequence[Spot]]) -> list[list[int]]:
    """For each label those others that it could touch from one of its places."""
    near: list[list[int]] = [[] for _ in spots]
    extents = [(reduce(Rect.union, [spot.rect for spot in own]), i) for i, own in enumerate(spots) if own]
    extents.sort(key=lambda extent: extent[0].left)
    for k, (rect, i) in enumerate(extents):
        for other, j in extents[k + 1 :]:
            if other.left >= rect.right:
                break
            if rect.overlaps(other):
                near[i].append(j)
                near[j].append(i)
    return near
