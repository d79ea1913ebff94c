"""One way to lay out nodes, arrows and labels: rows of nodes, between them strips of labels, arrows past all of it.

Nothing is written between a row and a strip. So an arrow that passes rows and strips where nothing stands is cut by
nothing but its own label.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field
from math import dist, fsum, inf
from typing import NamedTuple

from autograd.diagram import style
from autograd.diagram.layout.discs import Disc
from autograd.diagram.layout.geometry import Route, arc, length, levels, trimmed
from autograd.diagram.layout.routes import Field, Thing
from autograd.diagram.layout.rows import Rows
from autograd.diagram.layout.strips import Mark, shelved, spread
from autograd.typeset.rect import Point
from autograd.typeset.words import Words

__all__ = ["Draft", "Manner"]

# what costs how much: an arrow that bends, and each pixel that this adds to it; each pixel from an arrow to the middle
# of its label; a strip that is not the only one above its row; a leaf that is not in the lowest row; each
# pixel of height and width
BENT, LONGER, ASIDE, OUT, HIGH_UP, LARGER = 45.0, 2.0, 1.0, 25.0, 60.0, 0.2
STRAIGHT = 0.05  # pixels by which an arrow may be longer than if it were straight
AWAY = 10.0  # the cost of labels all the way up or down rather than half way
HALF_WAY = (0.5, 0.4, 0.6, 0.3, 0.7, 0.2, 0.8, 0.1, 0.9, 0.0, 1.0)  # the best first
SEEN = 2 * style.STUB + style.HEAD  # of an arrow besides its label, at least


class Manner(NamedTuple):
    """How to lay out: in how many `strips` labels stand above a row, with how much `room` to move up and down
    where they would have to move aside (none: only nodes are placed), how many
    times as far neighbours are spread as Graphviz put them, and which columns are `kept` as near as they were.
    """

    strips: int = 1
    room: float = 0.0
    wider: float = 1.0
    kept: frozenset[int] = frozenset()


@dataclass
class Strip:
    """Labels of arrows that stand in line above a row."""

    gap: int
    height: float = 0.0
    arrows: list[int] = field(default_factory=list)
    y: float = 0.0


class Draft:
    """Nodes, given round the origin, at Graphviz's centres, with the labels of arrows between certain ends.

    - `nodes`, `words`, `routes`: nodes, labels and arrows in their places.
    - `bent`, `cost`: how many arrows bend that need not, how untidy it is altogether; infinite if it came to cost
      the `limit`, where a better one is known, so that no arrows were drawn.
    """

    def __init__(
        self,
        nodes: Sequence[Disc],
        centers: Sequence[Point],
        ends: Sequence[tuple[int, int]],
        labels: Sequence[Words | None],
        manner: Manner = Manner(),  # noqa: B008 (it cannot change)
        limit: float = inf,
    ) -> None:
        self.ends, self.labels, self.manner = ends, labels, manner
        self.centers = centers
        self.rows = Rows(nodes, centers, manner.wider, manner.kept)
        self.spans = [sorted((self.rows.row[tail], self.rows.row[head])) for tail, head in ends]
        alike: defaultdict[frozenset[int], list[int]] = defaultdict(list)
        for i, pair in enumerate(ends):
            alike[frozenset(pair)].append(i)
        self.twin = {i: group[0] for group in alike.values() if len(group) > 1 for i in group}
        self.gap = self.shared()
        self.passing: defaultdict[int, list[int]] = defaultdict(list)  # above each row, the arrows
        for i, (low, high) in enumerate(self.spans):
            for r in range(low, max(high, low + 1)):
                self.passing[r].append(i)
        self.tight: set[int] = set()  # the rows above which labels have to move aside
        self.shelf = dict.fromkeys(self.gap, 0)
        strips = self.stacked()
        if not manner.strips:
            return
        if manner.strips > 1:
            for strip in strips:
                marks = [mark for mark in self.marks(strip) if mark.arrow in strip.arrows]
                self.shelf |= dict(zip([mark.arrow for mark in marks], shelved(marks, manner.strips), strict=True))
            strips = self.stacked()
        if manner.room and self.crowded:
            self.tight = self.crowded
            strips = self.stacked()
        self.complete(strips, limit)

    def roomier(self, room: float, limit: float) -> "Draft":
        """This draft, laid out without room for labels to move, with `room` where they have to move aside."""
        if not self.crowded:
            return self
        draft = copy(self)
        draft.manner = self.manner._replace(room=room)
        draft.tight = self.crowded
        draft.complete(draft.stacked(), limit)
        return draft

    def complete(self, strips: Sequence[Strip], limit: float) -> None:
        """Write labels and draw arrows, unless that comes to cost the limit."""
        rects = [rect for disc in self.nodes for rect in disc.rects]
        leaves = {tail for tail, _ in self.ends} - {head for _, head in self.ends}
        self.cost = OUT * (len(strips) - len({strip.gap for strip in strips}))
        self.cost += HIGH_UP * sum(self.rows.row[i] > 0 for i in leaves)
        for low, high in ((0, 2), (1, 3)) if rects else ():
            self.cost += LARGER * (max(rect[high] for rect in rects) - min(rect[low] for rect in rects))
        self.words: list[Words | None] = [None] * len(self.labels)
        self.stops: dict[int, Point] = {}  # where arrows meet their labels
        self.routes: list[Route] = []
        self.bent = 0
        for strip in strips:
            self.write(strip)
        self.draw(strips, limit)

    def shared(self) -> dict[int, int]:
        """The row above which each arrow has its label, or bends if it cannot go straight.

        It is the row in the middle of its way, or one above which there are fewer labels.
        """
        found: dict[int, int] = {}
        load: defaultdict[int, float] = defaultdict(float)
        for i in sorted(range(len(self.ends)), key=lambda i: self.spans[i][1] - self.spans[i][0]):
            low, high = self.spans[i]
            words = self.labels[i]
            if words or i in self.twin or low == high:
                wide = words.rect.width if words else style.BESIDE
                middle = (low + high - 1) / 2
                found[i] = min(range(low, max(high, low + 1)), key=lambda r: load[r] + wide * abs(r - middle))
                load[found[i]] += wide
        return found

    def stacked(self) -> list[Strip]:
        """Strips for labels, each in the one of its shelf above its row, and rows spread so that they have room."""
        found: dict[tuple[int, int], Strip] = {}
        for i, k in self.shelf.items():
            strip = found.setdefault((self.gap[i], k), Strip(self.gap[i]))
            strip.arrows.append(i)
            words = self.labels[i]
            strip.height = max(strip.height, words.rect.height + 2 * style.AIR if words else 0.0)
        above: defaultdict[int, list[Strip]] = defaultdict(list)
        for key in sorted(found):
            above[key[0]].append(found[key])
        gaps = self.gaps(above)
        ys = self.rows.heights(gaps)
        self.nodes = self.rows.placed(ys)
        self.at = [(disc.outline.x, disc.outline.y) for disc in self.nodes]
        if not self.manner.strips:
            return []
        self.strings = self.strung(Field([self.row(r) for r in range(len(ys))]))
        self.crowded: set[int] = set()
        for r, strips in above.items():
            room = gaps[r] - sum(strip.height for strip in strips) - SEEN
            if self.hang(strips, ys[r] - self.rows.above[r] - SEEN / 2, room) > 1:
                self.crowded.add(r)
        return [strip for strips in above.values() for strip in strips]

    def gaps(self, above: Mapping[int, Sequence[Strip]]) -> list[float]:
        """How far each row is from the one above."""
        gaps = [style.ROW_GAP] * len(self.rows.rows)
        for r, strips in above.items():
            gaps[r] = max(gaps[r], SEEN + sum(strip.height for strip in strips) + self.manner.room * (r in self.tight))
        for (low, high), (tail, head) in zip(self.spans, self.ends, strict=True):
            run = abs(self.rows.x[tail] - self.rows.x[head])
            for r in range(low, high):
                gaps[r] = max(gaps[r], min(style.STEEP * run / (high - low), style.HIGH))
        return gaps

    def strung(self, nodes: Field) -> list[Route]:
        """The ways that arrows would go without labels, from top to bottom."""
        strings = []
        for (low, high), (tail, head) in zip(self.spans, self.ends, strict=True):
            line = self.at[tail], self.at[head]
            stops = self.rows.row[tail], self.rows.row[head]
            string = line if low == high else nodes.way(line, stops, (tail, head), curved=False)
            strings.append(string if string[0][1] < string[-1][1] else string[::-1])
        return strings

    def hang(self, strips: Sequence[Strip], bottom: float, room: float) -> float:
        """Put strips above each other, near half way up, where labels move least; returns how far they move."""
        best = inf, 0.0
        for share in HALF_WAY if room > 1 else HALF_WAY[:1]:
            self.lift(strips, bottom - share * room)
            cost = away = AWAY * abs(share - 0.5)
            for strip in strips if cost < best[0] else ():
                marks = self.marks(strip)
                cost += sum(abs(x - mark.x) for x, mark in zip(spread(marks), marks, strict=True))
            best = min(best, (cost, share))
            if best[0] <= away:
                break
        self.lift(strips, bottom - best[1] * room)
        return best[0] - AWAY * abs(best[1] - 0.5)

    def lift(self, strips: Sequence[Strip], y: float) -> None:
        """Put strips above each other, the lowest one on that height."""
        for strip in strips:
            strip.y = y - strip.height / 2
            y -= strip.height

    def row(self, r: int) -> tuple[float, float, list[Thing]]:
        """A row of nodes as things in the way, and the heights between which they stand."""
        nodes = self.rows.rows[r]
        y = self.at[nodes[0]][1]
        things = [Thing(i, [w.rect for w in self.nodes[i].beside], self.nodes[i].outline) for i in nodes]
        return y - self.rows.above[r] - style.LINE_CLEAR, y + self.rows.below[r] + style.LINE_CLEAR, things

    def marks(self, strip: Strip) -> list[Mark]:
        """Where arrows meet a strip, from left to right."""
        marks = []
        mine = set(strip.arrows)
        ys = strip.y - strip.height / 2, strip.y, strip.y + strip.height / 2
        for i in self.passing[strip.gap]:
            top, x, bottom = levels(self.strings[i], ys)
            half = abs(top - bottom) / 2
            words = self.labels[i] if i in mine else None
            if words:
                half = max(half, words.rect.width / 2)
            mark = Mark(x, half, bool(words), self.twin.get(i, -1), i, bool(words and words.minus))
            marks.append((x, self.at[self.ends[i][0]], i, mark))
        return [mark for *_, mark in sorted(marks)]

    def write(self, strip: Strip) -> None:
        """Give the labels of a strip their places."""
        marks = self.marks(strip)
        mine = set(strip.arrows)
        for x, mark in zip(spread(marks), marks, strict=True):
            if mark.arrow in mine:
                words = self.labels[mark.arrow]
                self.words[mark.arrow] = words and words.moved(x, strip.y)
                aside = style.OFF_CENTER * words.rect.width if words else 0.0
                stop = min(max(mark.x, x - aside), x + aside)
                self.stops[mark.arrow] = stop, strip.y
                self.cost += ASIDE * abs(stop - x)

    def draw(self, strips: Sequence[Strip], limit: float) -> None:
        """The routes of arrows, now that all labels have their places, as long as they cost less than the limit."""
        rows: list[tuple[float, float, Sequence[Thing]]] = []
        strip_of: dict[int, int] = {}  # the number of a label's strip
        first: list[int] = []  # the number of each row of nodes
        for r in range(len(self.rows.rows)):
            first.append(len(rows))
            rows.append(self.row(r))
            for strip in strips:
                if strip.gap == r:
                    strip_of |= dict.fromkeys(strip.arrows, len(rows))
                    things = [Thing(-1 - i, [words.rect]) for i in strip.arrows if (words := self.words[i])]
                    rows.append((strip.y - strip.height / 2, strip.y + strip.height / 2, things))
        everything = Field(rows)
        at, curved = self.at, {*self.twin, *(i for i, (low, high) in enumerate(self.spans) if low == high)}
        least = [0.0] * len(self.ends)  # what each arrow costs at least, since it meets its label
        for i, stop in self.stops.items():
            if i not in curved:
                start, end = (at[k] for k in self.ends[i])
                least[i] = bending(dist(start, stop) + dist(stop, end) - dist(start, end))
        ahead = fsum(least)
        for i, (tail, head) in enumerate(self.ends):
            if self.cost + ahead >= limit:
                self.cost = inf
                return
            points, stops = [at[tail], at[head]], [first[self.rows.row[k]] for k in (tail, head)]
            own = (tail, head, -1 - i)
            if i in self.stops:
                points.insert(1, self.stops[i])
                stops.insert(1, strip_of[i])
            route = arc(points[0], self.stops[i], points[-1]) if i in curved else everything.way(points, stops, own)
            if i in curved and not everything.free(route, own):
                route = everything.way(points, stops, own)
            cost = bending(length(route) - dist(points[0], points[-1])) if i not in curved else 0.0
            self.cost += cost
            self.bent += cost > 0
            ahead -= least[i]
            self.routes.append(trimmed(route, self.nodes[tail].outline, self.nodes[head].outline))


def bending(longer: float) -> float:
    """The cost of an arrow that is so much longer than if it were straight."""
    return LONGER * longer + BENT if longer > STRAIGHT else 0.0
