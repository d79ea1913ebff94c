"""A scene with places: sizes from typesetting, centres from Graphviz, moved apart until all words have room.

Graphviz knows sizes and arrows but no labels. Rows are moved apart until every label finds a place on its arrow.
Neighbours are moved apart a few times, until the labels between two rows can stand in line and no arrow runs across one
of them. Lengths are in pixels, y points down.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from itertools import pairwise, product
from math import inf

from autograd.diagram import style
from autograd.diagram.layout.discs import Disc, discs, turned
from autograd.diagram.layout.draft import Draft, Manner
from autograd.diagram.layout.geometry import Route, bounds, cut, inside, length, moved, part
from autograd.diagram.layout.positions import PATIENCE, Size, in_order, place
from autograd.diagram.layout.rows import Rows
from autograd.diagram.layout.straight import straightened
from autograd.diagram.scene import Row, Scene
from autograd.typeset.label import Label, lines
from autograd.typeset.rect import Point, Rect
from autograd.typeset.words import Words, one, stack

__all__ = ["Layout", "PlacedArrow", "lay_out"]

# how far neighbours are apart; in how many strips labels stand between two rows, nearly always one, and how much room
# these have to move
WIDER = (1.0, 1.2, 1.5, 2.0)
ONE, SEVERAL = ((1, 0.0), (1, 50.0), (1, 110.0)), ((2, 0.0), (2, 30.0), (3, 0.0), (5, 0.0))
SKETCH = Manner(0)
LARGE = 300  # nodes and arrows of a graph that Graphviz would take long to place as well as it can
FEW_NODES = 8  # nodes of a graph whose leaves may stand in one row
SEARCH, TRIALS, STEPS = 4500, 6, 500  # a search for straight arrows: their number, squared, times trials; steps of each
# nodes, and rows that arrows pass, of all layouts that are tried in search of the tidiest, together; where one has more
# than are usual, fewer are tried, since labels and Graphviz take long there, too
EFFORT, USUAL = 2000, 150


@dataclass(frozen=True, slots=True)
class PlacedArrow:
    """An arrow in its place: the route from outline to outline, the lines seen of it, its label."""

    route: Route
    lines: tuple[Route, ...]
    label: Words | None

    def moved(self, dx: float, dy: float) -> "PlacedArrow":
        """This arrow, moved."""
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
    loose = {i for i, row in enumerate(scene.rows) if row.loose}
    patience = PATIENCE if len(nodes) + len(ends) < LARGE else 0
    centers = place([disc.size for disc in nodes], ends, rows, patience=patience, loose=loose)
    at = Rows(nodes, centers).row
    parts = 1 + len(nodes) + sum(1 + abs(at[tail] - at[head]) for tail, head in ends)
    tries = max(1, EFFORT * USUAL // (parts * max(parts, USUAL)))
    given, rooms = nodes, [centers]
    for first in (True, False)[: min(tries, 2) * any(disc.beside for disc in nodes)]:
        nodes = turned(given, Draft(nodes, rooms[0], ends, labels, SKETCH).nodes, ends)
        if first and tries > 1:  # Graphviz takes long where these are few
            rooms = [place([disc.size for disc in nodes], ends, rows, loose=loose)]
    sizes = [disc.size for disc in nodes]
    if tries > 1 and (more := roomy(sizes, ends, labels)) != sizes:
        rooms.append(place(more, ends, rows, loose=loose))
    leaves = sorted({tail for tail, _ in ends} - {head for _, head in ends})
    if not rows and len(nodes) <= FEW_NODES:
        rooms.insert(0, place(sizes, ends, bottom=leaves))
    spare = tries // 4
    best, used = tidiest(nodes, rooms, ends, labels, tries - spare)
    best = improved(best, given, tries - used) if spare else best
    return finished(best if rows else straighter(best, given), scene, rows)


def tidiest(
    nodes: Sequence[Disc],
    rooms: Sequence[Sequence[Point]],
    ends: Sequence[tuple[int, int]],
    labels: Sequence[Words | None],
    tries: int,
    known: Sequence[Draft] = (),
) -> tuple[Draft, int]:
    """The best layout of nodes that have these places, after at most `tries` tries, and how many it took.

    Those `known` before, if any, have to be surpassed.
    """
    found = [*known]
    for shelves, wider in product((ONE, SEVERAL), WIDER):
        drafts: dict[tuple[int, int], Draft] = {}  # without room for labels to move
        for (strips, room), (k, centers) in [*product(shelves, enumerate(rooms))][: tries + len(known) - len(found)]:
            limit = min(map(untidy, found), default=inf)
            if room:
                draft = drafts[strips, k].roomier(room, limit)
            else:
                draft = drafts[strips, k] = Draft(nodes, centers, ends, labels, Manner(strips, wider=wider), limit)
            found.append(draft)
        best = min(found, key=untidy)
        if not best.bent or len(found) == tries + len(known):
            break
    return best, len(found) - len(known)


def improved(best: Draft, nodes: Sequence[Disc], tries: int) -> Draft:
    """The layout, or a better one: notes turned where arrows run now, columns together where nothing needs the room."""

    def better(nodes: Sequence[Disc], manner: Manner) -> Draft:
        return min(best, Draft(nodes, best.centers, best.ends, best.labels, manner, best.cost), key=untidy)

    best = better(turned(nodes, best.nodes, best.ends), best.manner)
    widest = sorted(range(len(best.rows.columns)), key=lambda k: -best.rows.columns[k])
    for k in widest[: tries - 1] if best.manner.wider > 1 else ():
        best = better(best.rows.nodes, best.manner._replace(kept=best.manner.kept | {k}))
    return best


def straighter(best: Draft, nodes: Sequence[Disc]) -> Draft:
    """The layout, or a better one whose nodes stand where more arrows can be straight."""
    rest = best.ends, best.labels
    for seed in range(min(SEARCH // (1 + len(best.ends) ** 2), TRIALS)):
        if not best.bent:
            break
        centers = straightened(best, STEPS, seed)
        centers = in_order(centers, [disc.size for disc in best.rows.nodes], best.ends, ())
        sketch = Draft(nodes, centers, *rest, SKETCH)
        best, _ = tidiest(turned(nodes, sketch.nodes, best.ends), [centers], *rest, len(ONE), [best])
    return best


def untidy(draft: Draft) -> float:
    """How untidy a layout is."""
    return draft.cost


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


def finished(draft: Draft, scene: Scene, rows: Sequence[Sequence[int]]) -> Layout:
    """The layout that a draft becomes, with captions at the right of it."""
    arrows = tuple(map(arrow, draft.routes, draft.words))
    drawn = [rect for disc in draft.nodes for rect in disc.rects]
    drawn += [bounds(route) for route in draft.routes] + [words.rect for words in draft.words if words]
    x = max((rect.right for rect in drawn), default=0.0) + style.CAPTION_ASIDE
    captions = beside_rows(scene.rows, [draft.nodes[row[0]].outline.y for row in rows], x)
    drawn += [words.rect for words in captions] or [Rect(0.0, 0.0, 0.0, 0.0)] * (not drawn)
    extent = reduce(Rect.union, drawn).grown(style.MARGIN)
    return Layout(extent, tuple(draft.nodes), arrows, tuple(captions))


def arrow(route: Route, label: Words | None) -> PlacedArrow:
    """An arrow, whose line is interrupted behind its label."""
    shaft = part(route, 0.0, length(route) - style.HEAD)
    hidden = label and inside(shaft, label.rect.grown(style.AIR))
    return PlacedArrow(route, tuple(cut(shaft, [hidden] if hidden else [])), label)


def beside_rows(rows: Sequence[Row], heights: Sequence[float], x: float) -> list[Words]:
    """The captions of rows, and of the arrows from one row to the next, beginning at `x`."""
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
    panel_of = {key: i for i, part in enumerate(scene.panels) for key in part.keys}
    layouts = [single(panel(scene, i, panel_of)) for i in range(len(scene.panels))]
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
            middle = x + (wide - title.rect.left - title.rect.right) / 2
            captions.append(title.moved(middle, -above + style.PADDING - title.rect.top))
        x += wide + style.BETWEEN
    parts = [
        (iter([disc.moved(*by) for disc in layout.discs]), iter([arrow.moved(*by) for arrow in layout.arrows]))
        for layout, by in zip(layouts, placed, strict=True)
    ]
    return Layout(
        reduce(Rect.union, frames).grown(style.MARGIN),
        tuple(next(parts[panel_of[node.key]][0]) for node in scene.nodes),
        tuple(next(parts[panel_of[edge.tail]][1]) for edge in scene.edges),
        tuple(captions),
        tuple(frames),
    )


def panel(scene: Scene, i: int, panel_of: Mapping[str, int]) -> Scene:
    """One panel as a scene of its own."""
    return Scene(
        tuple(node for node in scene.nodes if panel_of[node.key] == i),
        tuple(edge for edge in scene.edges if panel_of[edge.tail] == i),
        tuple(row for row in scene.rows if panel_of[row.keys[0]] == i),
    )
