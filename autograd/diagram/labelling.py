"""Where labels stand on their arrows: about half way up, clear of each other, of nodes, notes and arrows."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from autograd.diagram.geometry import Ellipse, Point, Rect, Route, bounds, inside, length, level

__all__ = ["AIR", "STUB", "Settled", "Wish", "settle"]

AIR = 3.0  # round a label
ASIDE = 6.0  # more of it at the left and right, where another label would look like its continuation
STUB = 9.0  # of an arrow's line seen on both sides of its label, at least
CLEAR = 4.0  # between a label and a node
HALF_WAY = (0.5, 0.45, 0.55, 0.4, 0.6, 1 / 3, 2 / 3, 0.3, 0.7, 0.25, 0.75, 0.2, 0.8)  # the best first
IN_LINE = HALF_WAY[:11]
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
    """A place that a label could have; how far it is from half way, how many lines run across it."""

    center: Point
    rect: Rect
    away: float
    crossed: int

    def price(self, others: Sequence["Spot"]) -> float:
        """What the place costs among labels that have theirs."""
        wide = Rect(self.rect.left - ASIDE, self.rect.top, self.rect.right + ASIDE, self.rect.bottom)
        covered = sum(wide.overlaps(other.rect) for other in others)
        return AWAY * self.away + CROSSED * self.crossed + COVERED * covered


class Ways:
    """The routes of arrows, nodes and notes, looked at as what is in the way of labels."""

    def __init__(self, routes: Sequence[Route], nodes: Sequence[Ellipse], notes: Sequence[Rect]) -> None:
        self.routes = [(route, bounds(route)) for route in routes]
        self.nodes = [(node, node.rect.grown(CLEAR)) for node in nodes]
        self.notes = notes


class Label:
    """A label that looks for its place, looking no farther than it must."""

    def __init__(self, wish: Wish, ways: Ways) -> None:
        self.wish = wish
        self.route, extent = ways.routes[wish.arrow]
        self.far = length(self.route)
        self.reach = extent.grown(max(wish.width, wish.height) / 2 + AIR + ASIDE)
        self.nodes = [node for node, rect in ways.nodes if rect.overlaps(self.reach)]
        self.notes = [note for note in ways.notes if note.overlaps(self.reach)]
        self.lines = [line for i, line in enumerate(ways.routes) if i != wish.arrow and line[1].overlaps(self.reach)]
        self.spots: dict[float, Spot | None] = {}
        self.spot: Spot | None = None
        self.free = False  # whether it may leave its line
        self.near: list[Label] = []

    def at(self, fraction: float) -> Spot | None:
        """The place at that part of the way up; None if a node or note is there, or too little to see of the line."""
        if fraction not in self.spots:
            self.spots[fraction] = self.looked_at(fraction)
        return self.spots[fraction]

    def looked_at(self, fraction: float) -> Spot | None:
        """The same, looking."""
        low, high = self.wish.between
        center = level(self.route, low + fraction * (high - low))
        rect = Rect.around(center, self.wish.width + 2 * AIR, self.wish.height + 2 * AIR)
        hidden = inside(self.route, rect)
        if hidden is None or hidden[0] < STUB or hidden[1] > self.far - STUB:
            return None
        if any(node.overlaps(rect, CLEAR) for node in self.nodes) or any(map(rect.overlaps, self.notes)):
            return None
        crossed = sum(near.overlaps(rect) and inside(line, rect) is not None for line, near in self.lines)
        return Spot(center, rect, abs(fraction - 0.5), crossed)

    @property
    def center(self) -> Point:
        """Where it stands, or half way up if there is no place for it."""
        return level(self.route, sum(self.wish.between) / 2) if self.spot is None else self.spot.center

    def around(self) -> list[Spot]:
        """The places of the labels nearby."""
        return [label.spot for label in self.near if label.spot is not None]

    def covered(self) -> bool:
        """Whether it stands on another label, or nowhere."""
        return self.spot is None or self.spot.price(self.around()) >= COVERED

    def move(self) -> bool:
        """Go to the cheapest place; whether that is another one."""
        around = self.around()
        before, least = self.spot, float("inf") if self.spot is None else self.spot.price(around)
        for fraction in HALF_WAY:
            if AWAY * abs(fraction - 0.5) >= least:
                break
            spot = self.at(fraction)
            if spot is not None and (price := spot.price(around)) < least:
                self.spot, least = spot, price
        self.free |= self.spot is not before
        return self.spot is not before


def settle(wishes: Sequence[Wish], routes: Sequence[Route], nodes: Sequence[Ellipse], notes: Sequence[Rect]) -> Settled:
    """Find a place for every label on its route, clear of nodes and notes.

    Labels of one group stand at one height if they can all do so; the others move along their arrows until no
    single move is an improvement.
    """
    ways = Ways(routes, nodes, notes)
    labels = [Label(wish, ways) for wish in wishes]
    meet(labels)
    groups = defaultdict(list)
    for label in labels:
        groups[label.wish.between].append(label)
    for group in groups.values():
        if not in_line(group):
            for label in group:
                label.free = True
    for _ in range(SWEEPS):
        moved = [label.move() for label in labels if label.free or label.covered()]
        if not any(moved):
            break
    crowded = {label.wish.arrow for label in labels if label.covered()}
    crossed = {label.wish.arrow for label in labels if label.spot is not None and label.spot.crossed}
    astray = {label.wish.arrow for label in labels if label.free}
    return Settled([label.center for label in labels], crowded, crossed - crowded, astray)


def in_line(group: Sequence[Label]) -> bool:
    """Place all labels of a group at one height, the one nearest half way at which all are clear, if there is one."""
    if len(group) > LARGE:
        return False
    for fraction in IN_LINE:
        row: list[Spot] = []
        for label in group:
            spot = label.at(fraction)
            if spot is None or spot.crossed or spot.price(row) >= COVERED:
                break
            row.append(spot)
        else:
            for label, spot in zip(group, row, strict=True):
                label.spot = spot
            return True
    return False


def meet(labels: Sequence[Label]) -> None:
    """Make those labels known to each other that could ever touch."""
    order = sorted(labels, key=lambda label: label.reach.left)
    for i, label in enumerate(order):
        for other in order[i + 1 :]:
            if other.reach.left >= label.reach.right:
                break
            if label.reach.overlaps(other.reach):
                label.near.append(other)
                other.near.append(label)
