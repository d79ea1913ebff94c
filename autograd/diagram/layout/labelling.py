"""Where labels stand on their arrows: about half way up, clear of each other, of nodes, notes and arrows."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from autograd.diagram import style
from autograd.diagram.layout.geometry import Ellipse, Route, bounds, clipped, inside, length, level, part, pieces
from autograd.diagram.layout.grid import Grid
from autograd.typeset.rect import Point, Rect

__all__ = ["Settled", "Wish", "settle"]

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

    def price(self, covered: int) -> float:
        """What the place costs if that many labels have theirs there or next to it."""
        return AWAY * self.away + CROSSED * self.crossed + COVERED * covered

    @property
    def wide(self) -> Rect:
        """The place with more air at the left and right."""
        return Rect(
            self.rect.left - style.LABEL_ASIDE, self.rect.top, self.rect.right + style.LABEL_ASIDE, self.rect.bottom
        )


class Board:
    """What labels have to do with: the routes of arrows, nodes, notes, and the labels that have their places."""

    def __init__(self, routes: Sequence[Route], nodes: Sequence[Ellipse], notes: Sequence[Rect]) -> None:
        self.routes = routes
        self.outlines = nodes
        self.lines: Grid[int] = Grid()
        self.pieces = [(i, piece) for i, route in enumerate(routes) for piece in pieces(route, self.lines.cell)]
        for k, (_, piece) in enumerate(self.pieces):
            self.lines.add(k, bounds(piece))
        self.nodes: Grid[int] = Grid()
        for k, node in enumerate(nodes):
            self.nodes.add(k, node.rect.grown(style.LABEL_CLEAR))
        self.notes: Grid[int] = Grid()
        for k, note in enumerate(notes):
            self.notes.add(k, note)
        self.ends: Grid[tuple[int, int]] = Grid()
        for i, route in enumerate(routes):
            for side, end in enumerate((route[:2], route[-2:])):
                far = length(end)
                start = min(far, style.SEEN) if not side else max(far - style.SEEN, 0.0)
                self.ends.add((i, side), bounds(part(end, *sorted((start, far * side)))))
        self.labels: Grid[Label] = Grid()

    def taken(self, arrow: int, rect: Rect) -> bool:
        """Whether a node, a note or an end of another arrow is there."""
        if any(i != arrow for i, _ in self.ends.near(rect)):
            return True
        return bool(self.notes.near(rect)) or any(
            self.outlines[k].overlaps(rect, style.LABEL_CLEAR) for k in self.nodes.near(rect)
        )

    def crossing(self, arrow: int, rect: Rect) -> int:
        """How many other arrows run there."""
        near = map(self.pieces.__getitem__, self.lines.near(rect))
        return len({i for i, piece in near if i != arrow and any(clipped(*line, rect) for line in pairwise(piece))})


class Label:
    """A label that looks for its place, looking no farther than it must."""

    def __init__(self, wish: Wish, board: Board) -> None:
        self.wish = wish
        self.board = board
        self.route = board.routes[wish.arrow]
        self.far = length(self.route)
        self.spots: dict[float, Spot | None] = {}
        self.spot: Spot | None = None
        self.free = False  # whether it may leave its line

    def at(self, fraction: float) -> Spot | None:
        """The place at that part of the way up; None if a node or note is there, or too little to see of the line."""
        if fraction not in self.spots:
            self.spots[fraction] = self.looked_at(fraction)
        return self.spots[fraction]

    def looked_at(self, fraction: float) -> Spot | None:
        """The same, looking."""
        low, high = self.wish.between
        center = level(self.route, low + fraction * (high - low))
        rect = Rect.around(center, self.wish.width + 2 * style.AIR, self.wish.height + 2 * style.AIR)
        hidden = inside(self.route, rect)
        if (
            hidden is None
            or hidden[0] < style.STUB
            or hidden[1] > self.far - style.STUB
            or self.board.taken(self.wish.arrow, rect)
        ):
            return None
        return Spot(center, rect, abs(fraction - 0.5), self.board.crossing(self.wish.arrow, rect))

    @property
    def center(self) -> Point:
        """Where it stands, or half way up if there is no place for it."""
        return level(self.route, sum(self.wish.between) / 2) if self.spot is None else self.spot.center

    def price(self, spot: Spot) -> float:
        """What a place costs among the labels that have theirs."""
        return spot.price(sum(label is not self for label in self.board.labels.near(spot.wide)))

    def covered(self) -> bool:
        """Whether it stands on another label, or nowhere."""
        return self.spot is None or self.price(self.spot) >= COVERED

    def go(self, spot: Spot) -> None:
        """Take a place."""
        if self.spot is not None:
            self.board.labels.remove(self, self.spot.rect)
        self.spot = spot
        self.board.labels.add(self, spot.rect)

    def move(self) -> bool:
        """Go to the cheapest place; whether that is another one."""
        best, least = self.spot, float("inf") if self.spot is None else self.price(self.spot)
        for fraction in HALF_WAY:
            if AWAY * abs(fraction - 0.5) >= least:
                break
            spot = self.at(fraction)
            if spot is not None and (price := self.price(spot)) < least:
                best, least = spot, price
        if best is None or best is self.spot:
            return False
        self.go(best)
        self.free = True
        return True


def settle(wishes: Sequence[Wish], routes: Sequence[Route], nodes: Sequence[Ellipse], notes: Sequence[Rect]) -> Settled:
    """Find a place for every label on its route, clear of nodes and notes.

    Labels of one group stand at one height if they can all do so; the others move along their arrows until no
    single move is an improvement.
    """
    board = Board(routes, nodes, notes)
    labels = [Label(wish, board) for wish in wishes]
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
            if spot is None or spot.crossed or any(spot.wide.overlaps(other.rect) for other in row):
                break
            row.append(spot)
        else:
            for label, spot in zip(group, row, strict=True):
                label.go(spot)
            return True
    return False
