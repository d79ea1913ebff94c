"""A scene with places: sizes from typesetting, centres from Graphviz, moved apart until all words have room.

Graphviz knows sizes and arrows but no labels. Rows are moved apart until every label finds a place on its
arrow, and neighbours, a few times, until the labels between two rows can stand in line and no arrow runs
across one of them. Lengths are in pixels, y points down.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from itertools import pairwise

from autograd.diagram import style
from autograd.diagram.layout.discs import Disc, discs, turned
from autograd.diagram.layout.geometry import Route, bounds, inside, length, moved, part
from autograd.diagram.layout.labelling import Settled, Wish, settle
from autograd.diagram.layout.positions import Size, place
from autograd.diagram.layout.routes import routed, visible
from autograd.diagram.layout.rows import Rows
from autograd.diagram.scene import Row, Scene
from autograd.typeset.label import Label, lines
from autograd.typeset.rect import Rect
from autograd.typeset.words import Words, one, stack

__all__ = ["Layout", "PlacedArrow", "lay_out"]

TRIES, EFFORT = 8, 200  # layouts in search of the tidiest; nodes and arrows of them all taken together
WIDER = 1.3  # how much farther neighbours are apart each time
CALM, PATIENCE = 400, 60  # as often rows move apart: so as to keep lines off labels (divided as above), labels apart
FARTHER = 1.12  # how much farther rows are apart each time


@dataclass(frozen=True, slots=True)
class PlacedArrow:
    """An arrow in its place: the route from outline to outline, the lines seen of it, its label."""

    route: Route
    lines: tuple[Route, ...]
    label: Words | None

    def moved(self, dx: float, dy: float) -> "PlacedArrow":
        """The same elsewhere."""
        label = self.label and self.label.moved(dx, dy)
        return PlacedArrow(moved(self.route, dx, dy), tuple(moved(line, dx, dy) for line in self.lines), label)


@dataclass(frozen=True, slots=True)
class Layout:
    """A scene's nodes and arrows in their places, in the scene's order, all captions, and the frames of panels."""

    bounds: Rect
    discs: tuple[Disc, ...]
    arrows: tuple[PlacedArrow, ...]
    captions: tuple[Words, ...]
    frames: tuple[Rect, ...] = ()


def lay_out(scene: Scene) -> Layout:
    """Find a place for everything in a scene.

    Raises `GraphvizNotFound` if there is no Graphviz.
    """
    return captioned(framed(scene) if scene.panels else single(scene), scene.caption)


def single(scene: Scene) -> Layout:
    """The layout of a scene without panels, without its caption."""
    index = {node.key: i for i, node in enumerate(scene.nodes)}
    ends = [(index[edge.tail], index[edge.head]) for edge in scene.edges]
    labels = [one("label", edge.label, style.ARROW_FONT) for edge in scene.edges]
    nodes = discs(scene.nodes)
    rows = [[index[key] for key in row.keys] for row in scene.rows]
    if any(disc.beside for disc in nodes):
        nodes = turned(nodes, place([disc.size for disc in nodes], ends, rows, style.NEAR, patience=0))
    sizes = [disc.size for disc in nodes]
    best = Draft(nodes, sizes, ends, labels, rows, style.NEAR)
    more = min(TRIES, EFFORT // (1 + len(nodes) + len(ends)))
    for attempt in range(more):
        if not any(best.faults):
            break
        room = sizes if attempt else roomy(sizes, ends, labels)
        if not attempt and room == sizes:
            continue
        draft = Draft(nodes, room, ends, labels, rows, style.NEAR * WIDER**attempt)
        best = min(best, draft, key=lambda draft: draft.faults)
    return best.finished(scene.rows)


def roomy(sizes: Sequence[Size], ends: Sequence[tuple[int, int]], labels: Sequence[Words | None]) -> Sequence[Size]:
    """The sizes, with room for the label of a node's only arrow, if its head has others whose labels are near."""
    leaving, entering = (Counter(end[side] for end in ends) for side in (0, 1))
    wide = dict(enumerate(sizes))
    for (tail, head), words in zip(ends, labels, strict=True):
        if words and leaving[tail] == 1 < entering[head]:
            beside = words.rect.width + style.AIR - wide[tail].width / 2  # since half way up all are half as far apart
            if beside >= 1:
                size = wide[tail]
                left, right, tall = max(size.left, beside), max(size.right, beside), max(size.beside, 1.0)
                wide[tail] = replace(size, left=left, right=right, beside=tall)
    return list(wide.values())


class Draft:
    """A scene with neighbours at least `apart`, its rows moved apart until there is room for all labels."""

    def __init__(
        self,
        nodes: Sequence[Disc],
        sizes: Sequence[Size],
        ends: Sequence[tuple[int, int]],
        labels: Sequence[Words | None],
        rows: Sequence[Sequence[int]],
        apart: float,
    ) -> None:
        self.ends, self.labels, self.given = ends, labels, rows
        centers = place(sizes, ends, rows, apart)
        heights = [
            words.rect.height + 2 * style.AIR + 2 * style.STUB + style.HEAD if words else 0.0 for words in self.labels
        ]
        self.bent: set[int] = set()  # arrows that go round the notes of their own nodes
        self.rows = Rows(nodes, centers, [(*end, tall) for end, tall in zip(self.ends, heights, strict=True)])
        calm = min(6, CALM // (1 + len(nodes) + len(ends)))
        settled = self.settled()
        attempt = 0
        far = FARTHER if calm else FARTHER**3  # where each attempt takes long, larger steps
        while (settled.crowded or (settled.crossed and attempt < calm)) and attempt < PATIENCE:
            short = {ends[i] for i in settled.crowded | (settled.crossed if attempt < calm else set())}
            self.rows.part(short, far, far if attempt > calm else 1.0)
            settled = self.settled()
            attempt += 1
        if self.behind:
            self.bent = self.behind
            settled = self.settled()
        self.faults = tuple(map(len, (settled.crowded, settled.crossed, settled.astray)))

    def settled(self) -> Settled:
        """Place nodes, arrows and labels as the rows stand now."""
        self.nodes = self.rows.placed()
        widths = [words.rect.width if words else 0.0 for words in self.labels]
        outlines = [disc.outline for disc in self.nodes]
        notes = [(i, words.rect) for i, disc in enumerate(self.nodes) for words in disc.beside]
        self.routes = routed(outlines, notes, self.ends, widths, self.bent)
        self.shafts = [part(route, 0.0, length(route) - style.HEAD) for route in self.routes]
        self.notes = [rect for _, rect in notes]
        wishes = [
            Wish(i, words.rect.width, words.rect.height, self.between(*self.ends[i]))
            for i, words in enumerate(self.labels)
            if words
        ]
        settled = settle(wishes, self.shafts, outlines, self.notes)
        beside = defaultdict(list)
        for i, rect in notes:
            beside[i].append(rect.grown(style.AIR))
        self.behind = {
            i
            for i, route in enumerate(self.routes)
            if any(inside(route, r) for end in self.ends[i] for r in beside[end])
        }
        settled.crossed.update(self.behind)
        self.words: list[Words | None] = [None] * len(self.labels)
        for wish, center in zip(wishes, settled.centers, strict=True):
            words = self.labels[wish.arrow]
            self.words[wish.arrow] = words.moved(*center) if words else None
        return settled

    def between(self, tail: int, head: int) -> tuple[float, float]:
        """The heights where the row of the tail ends and that of the head begins."""
        tails, heads = (self.rows.level(i) for i in (tail, head))
        low = min(self.nodes[i].outline.rect.top for i in tails)
        high = max(self.nodes[i].outline.rect.bottom for i in heads)
        return low, high

    def finished(self, rows: Sequence[Row]) -> Layout:
        """The layout, with captions at the right of it."""
        written = self.notes + [words.rect.grown(style.AIR) for words in self.words if words]
        arrows = tuple(map(PlacedArrow, self.routes, visible(self.shafts, written), self.words))
        drawn = [rect for disc in self.nodes for rect in disc.rects]
        drawn += [bounds(route) for route in self.routes] + [words.rect for words in self.words if words]
        captions = self.captions(rows, max((rect.right for rect in drawn), default=0.0) + style.CAPTION_ASIDE)
        drawn += [words.rect for words in captions] or [Rect(0.0, 0.0, 0.0, 0.0)] * (not drawn)
        extent = reduce(Rect.union, drawn).grown(style.MARGIN)
        return Layout(extent, tuple(self.nodes), arrows, tuple(captions))

    def captions(self, rows: Sequence[Row], x: float) -> list[Words]:
        """The captions of rows, and of the arrows from one row to the next, beginning at `x`."""
        heights = [self.nodes[row[0]].outline.y for row in self.given]
        between = [(low + high) / 2 for low, high in pairwise(heights)]
        captions = [(row.caption, y) for row, y in zip(rows, heights, strict=True)]
        captions += [(row.arrows, y) for row, y in zip(rows, between, strict=False)]
        return [
            words.moved(x, y)
            for caption, y in captions
            for words in stack([("caption", line, style.CAPTION_FONT) for line in lines(caption)], "left")
        ]


def captioned(layout: Layout, caption: Label) -> Layout:
    """The layout with a caption under it."""
    box = layout.bounds
    placed = stack([("caption", line, style.CAPTION_FONT) for line in lines(caption)], "left")
    if not placed:
        return layout
    wide, tall = (max(getattr(words.rect, side) for words in placed) for side in ("right", "bottom"))
    under = [
        words.moved((box.left + box.right - wide) / 2, box.bottom + style.CAPTION_BELOW + tall) for words in placed
    ]
    rects = [words.rect.grown(style.MARGIN) for words in under]
    box = reduce(Rect.union, rects, box if layout.discs else rects[0])
    return replace(layout, bounds=box, captions=(*layout.captions, *under))


def framed(scene: Scene) -> Layout:
    """The panels of a scene, each laid out by itself, in frames of one height side by side."""
    home = {key: i for i, panel in enumerate(scene.panels) for key in panel.keys}
    layouts = [single(panel(scene, i, home)) for i in range(len(scene.panels))]
    titles = [one("caption", part.caption, style.CAPTION_FONT) for part in scene.panels]
    tall = max(layout.bounds.height for layout in layouts) + 2 * style.PADDING
    above = max((words.rect.height + style.PADDING for words in titles if words), default=0.0)
    placed, captions, frames = [], [], []
    x = 0.0
    for layout, title in zip(layouts, titles, strict=True):
        wide = max(layout.bounds.width, title.rect.width if title else 0.0) + 2 * style.PADDING
        frames.append(Rect(x, -above, x + wide, tall))
        dx = x + (wide - layout.bounds.width) / 2 - layout.bounds.left
        dy = (tall - layout.bounds.height) / 2 - layout.bounds.top
        placed.append((dx, dy))
        captions += [words.moved(dx, dy) for words in layout.captions]
        if title:
            captions.append(title.moved(x + style.PADDING - title.rect.left, -above + style.PADDING - title.rect.top))
        x += wide + style.BETWEEN
    parts = [
        (iter([disc.moved(*by) for disc in layout.discs]), iter([arrow.moved(*by) for arrow in layout.arrows]))
        for layout, by in zip(layouts, placed, strict=True)
    ]
    return Layout(
        reduce(Rect.union, frames).grown(style.MARGIN),
        tuple(next(parts[home[node.key]][0]) for node in scene.nodes),
        tuple(next(parts[home[edge.tail]][1]) for edge in scene.edges),
        tuple(captions),
        tuple(frames),
    )


def panel(scene: Scene, i: int, home: Mapping[str, int]) -> Scene:
    """One panel as a scene of its own."""
    return Scene(
        tuple(node for node in scene.nodes if home[node.key] == i),
        tuple(edge for edge in scene.edges if home[edge.tail] == i),
        tuple(row for row in scene.rows if home[row.keys[0]] == i),
    )
