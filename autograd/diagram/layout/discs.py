"""Nodes with their sizes: the outline round the label, and what stands beside it."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from math import hypot, sqrt

from autograd.diagram import style
from autograd.diagram.layout.geometry import Ellipse, clipped
from autograd.diagram.layout.positions import Size
from autograd.diagram.scene import Node
from autograd.typeset.label import lines
from autograd.typeset.rect import Point, Rect
from autograd.typeset.words import Words, stack

__all__ = ["Disc", "discs", "turned"]


@dataclass(frozen=True, slots=True)
class Disc:
    """A node: the outline, the words in it and the words beside it."""

    outline: Ellipse
    words: tuple[Words, ...]
    beside: tuple[Words, ...]

    @property
    def rects(self) -> list[Rect]:
        """What it covers."""
        return [self.outline.rect, *(words.rect for words in self.beside)]

    @property
    def size(self) -> Size:
        """The room it needs, when it stands at the origin."""
        e = self.outline
        more = style.NOTE_APART - style.NEAR
        left = [-words.rect.left - e.rx + more for words in self.beside if words.rect.left < -e.rx]
        right = [words.rect.right - e.rx + more for words in self.beside if words.rect.right > e.rx]
        tall = 2 * max((max(words.rect.bottom, -words.rect.top) for words in self.beside), default=0.0)
        return Size(2 * e.rx, 2 * e.ry, max(left, default=0.0), max(right, default=0.0), tall)

    def moved(self, dx: float, dy: float) -> "Disc":
        """This node, moved."""
        e = self.outline
        return Disc(
            Ellipse(e.x + dx, e.y + dy, e.rx, e.ry),
            tuple(words.moved(dx, dy) for words in self.words),
            tuple(words.moved(dx, dy) for words in self.beside),
        )

    def arranged(self, leaf: bool, top: bool) -> "list[Disc]":
        """This node with the words beside it in other places, the most usual one first.

        Numbers stand under leaves, to which no arrow leads; else everything stands at the right or at the left, level
        with the node, above its middle or below it, or over the last node.
        """
        if not self.beside:
            return [self]
        e = self.outline
        box = reduce(Rect.union, [words.rect for words in self.beside])
        sides = [(0.0, y) for y in (0.0, style.NOTE_SLIP - box.bottom, -style.NOTE_SLIP - box.top)]
        under = e.ry + style.UNDER_GAP - box.top
        numbers = not any(words.kind == "note" for words in self.beside)
        right = [self.written(x, y) for x, y in sides]
        left = [disc.flipped() for disc in right]
        below = [self.written(-(box.left + box.right) / 2, under)] * (leaf and numbers)
        over = [self.written(-(box.left + box.right) / 2, -under)] * top
        return [*below, *(disc for pair in zip(right, left, strict=True) for disc in pair), *over]

    def written(self, dx: float, dy: float) -> "Disc":
        """This node with the words beside it moved."""
        return Disc(self.outline, self.words, tuple(words.moved(dx, dy) for words in self.beside))

    def flipped(self) -> "Disc":
        """This node with the words beside it on the other side."""
        x = 2 * self.outline.x
        return Disc(
            self.outline,
            self.words,
            tuple(words.moved(x - words.rect.left - words.rect.right, 0.0) for words in self.beside),
        )


def discs(nodes: Sequence[Node]) -> list[Disc]:
    """The nodes round the origin: circles of one size where the label allows, else ellipses as high."""
    labels = [inscription(node) for node in nodes]
    widths = [2 * max((words.rect.right for words in label), default=0.0) for label in labels]
    heights = [2 * max((words.rect.bottom for words in label), default=0.0) for label in labels]
    radii = [hypot(w, h) / 2 + style.INSET for w, h in zip(widths, heights, strict=True)]
    round_ones = [r for r, node in zip(radii, nodes, strict=True) if r <= style.ROUNDEST and node.shape == "node"]
    circle = max([style.SMALLEST, *round_ones])
    made = []
    for node, label, w, h, radius in zip(nodes, labels, widths, heights, radii, strict=True):
        if node.shape == "point":
            outline = Ellipse(0.0, 0.0, style.POINT, style.POINT)
        elif node.shape == "dots":
            outline = Ellipse(0.0, 0.0, w / 2 + style.INSET, h / 2 + style.INSET)
        elif radius <= circle:
            outline = Ellipse(0.0, 0.0, circle, circle)
        else:
            ry = max(circle, 0.7 * h + style.INSET)
            outline = Ellipse(0.0, 0.0, w / 2 / sqrt(1 - (h / 2 / ry) ** 2) + style.INSET, ry)
        made.append(Disc(outline, label, surroundings(node, outline.rx + style.NOTE_GAP)))
    return made


def inscription(node: Node) -> tuple[Words, ...]:
    """What stands in a node: a large line, and smaller ones under it."""
    return tuple(
        stack([("label", line, style.UNDER_FONT if i else style.NODE_FONT) for i, line in enumerate(lines(node.label))])
    )


def surroundings(node: Node, away: float) -> tuple[Words, ...]:
    """What stands at the right of a node, `away` from its centre."""
    parts = [("note", line, style.NOTE_FONT) for line in lines(node.note)]
    parts += [("value", line, style.NUMBER_FONT) for line in lines(node.value)]
    parts += [("gradient", line, style.NUMBER_FONT) for line in lines(node.gradient)]
    return tuple(words.moved(away, 0.0) for words in stack(parts, "left"))


def turned(nodes: Sequence[Disc], placed: Sequence[Disc], ends: Sequence[tuple[int, int]]) -> list[Disc]:
    """The nodes, with notes where the fewest nodes and straight arrows are in their way.

    Where that is the same for both sides, the first of several in a row has it at the left: there is room.
    """
    centers = [(disc.outline.x, disc.outline.y) for disc in placed]
    lines = [(centers[tail], centers[head]) for tail, head in ends]
    rows = defaultdict(list)
    for i, (x, y) in enumerate(centers):
        rows[round(y, 1)].append((x, i))
    first = {min(row)[1] for row in rows.values() if len(row) > 1}
    tails, heads = ({end[side] for end in ends} for side in (0, 1))
    chosen = []
    for i, disc in enumerate(nodes):
        choices = disc.arranged(i not in heads, i not in tails)
        if i in first and len(choices) > 1:
            choices.sort(key=lambda choice: choice.beside[0].rect.left > 0)
        if len(choices) > 1:
            x, y = centers[i]
            box = reduce(Rect.union, [rect for choice in choices for rect in choice.rects]).grown(style.LINE_CLEAR)
            around = box.moved(x, y)
            near = [((a[0] - x, a[1] - y), (b[0] - x, b[1] - y)) for a, b in lines if clipped(a, b, around)]
            costs = [hits(choice, near) for choice in choices]
            disc = choices[costs.index(min(costs))]
        chosen.append(disc)
    return chosen


def hits(disc: Disc, lines: Sequence[tuple[Point, Point]]) -> int:
    """How many lines run through what stands beside a node."""
    rects = [words.rect.grown(style.LINE_CLEAR) for words in disc.beside]
    return sum(any(clipped(a, b, rect) for rect in rects) for a, b in lines)
