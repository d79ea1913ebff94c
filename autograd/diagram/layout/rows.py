"""The rows that Graphviz made of the nodes, and how far they are apart."""

from collections.abc import Collection, Iterable, Sequence
from itertools import pairwise

from autograd.diagram import style
from autograd.diagram.layout.discs import Disc
from autograd.diagram.layout.geometry import Axis
from autograd.typeset.rect import Point

__all__ = ["Rows"]


class Rows:
    """Nodes in rows, given round the origin, near neighbours `wider` times as far apart as Graphviz put them.

    Columns that are `kept`, by number, stay as near to the next one as Graphviz put them.

    - `rows`: the nodes of each row from left to right, the lowest row first.
    - `row`: which row a node is in.
    - `x`: where each node is from left to right.
    - `columns`: how far each column is from the next one in what Graphviz made.
    """

    def __init__(
        self, nodes: Sequence[Disc], centers: Sequence[Point], wider: float = 1.0, kept: Collection[int] = ()
    ) -> None:
        self.nodes = nodes
        column_of = column_centers(x for x, _ in centers)
        spots = [(round(y, 1), column_of[x], i) for i, (x, y) in enumerate(centers)]
        heights = sorted({y for y, _, _ in spots})
        self.rows: list[list[int]] = [[i for y, _, i in sorted(spots) if y == height] for height in heights]
        self.row = {i: r for r, row in enumerate(self.rows) for i in row}
        place = {i: x for _, x, i in spots}
        pairs = list(pairwise(sorted(set(place.values()))))
        self.columns = [right - left for left, right in pairs]
        more = [0.0 if k in kept else (wider - 1) * min(gap, style.SPREAD) for k, gap in enumerate(self.columns)]
        wanted = {pair: gap + wide for pair, gap, wide in zip(pairs, self.columns, more, strict=True)}
        for row in self.rows:
            for i, j in pairwise(row):
                pair = place[i], place[j]
                wanted[pair] = max(wanted.get(pair, 0.0), apart(nodes[i], nodes[j]))
        axis = Axis(place.values(), wanted)
        self.x = [axis(place[i]) for i in range(len(nodes))]
        self.above = [max(-rect.top for i in row for rect in nodes[i].rects) for row in self.rows]
        self.below = [max(rect.bottom for i in row for rect in nodes[i].rects) for row in self.rows]

    def heights(self, gaps: Sequence[float]) -> list[float]:
        """The y of each row, given what is between them; y points down."""
        ys = [0.0] * len(self.rows)
        for r, gap in zip(range(1, len(ys)), gaps, strict=False):
            ys[r] = ys[r - 1] - self.above[r - 1] - gap - self.below[r]
        return ys

    def placed(self, heights: Sequence[float]) -> list[Disc]:
        """The nodes in their places."""
        return [disc.moved(self.x[i], heights[self.row[i]]) for i, disc in enumerate(self.nodes)]


def apart(left: Disc, right: Disc) -> float:
    """How far the centres of two neighbours are apart at least: as Graphviz places them, but for rounding."""
    gap = style.NOTE_APART if left.beside or right.beside else style.NEAR
    return max(rect.right for rect in left.rects) - min(rect.left for rect in right.rects) + gap - 1


def column_centers(xs: Iterable[float]) -> dict[float, float]:
    """Where columns are: in the middle between those that are nearly one."""
    found: list[list[float]] = []
    for x in sorted(set(xs)):
        if found and x - found[-1][0] <= style.ALIKE:
            found[-1].append(x)
        else:
            found.append([x])
    return {x: round((column[0] + column[-1]) / 2, 1) for column in found for x in column}
