"""The rows that Graphviz made of the nodes, and how far they are moved apart."""

from collections.abc import Iterable, Sequence
from itertools import pairwise

from autograd.diagram import style
from autograd.diagram.layout.discs import Disc
from autograd.diagram.layout.geometry import Axis
from autograd.typeset.rect import Point

__all__ = ["Rows"]


Gap = tuple[float, float]


class Rows:
    """Nodes in rows, given round the origin.

    - `centers`: where Graphviz put them.
    - `arrows`: from node to node, each with the height that its label needs between two rows.
    """

    def __init__(
        self, nodes: Sequence[Disc], centers: Sequence[Point], arrows: Iterable[tuple[int, int, float]]
    ) -> None:
        self.nodes = nodes
        column_of = column_centers(x for x, _ in centers)
        self.centers = [(column_of[x], round(y, 1)) for x, y in centers]
        self.rows: dict[float, list[tuple[float, int]]] = {}
        for i, (x, y) in sorted(enumerate(self.centers), key=lambda item: item[1]):
            self.rows.setdefault(y, []).append((x, i))
        self.heights = sorted(self.rows)
        self.wider = 1.0
        column = self.x()
        self.gaps: dict[Gap, float] = dict.fromkeys(pairwise(self.heights), style.ROW_GAP)
        for tail, head, tall in arrows:
            passed = self.between(tail, head)
            run = abs(column(self.centers[tail][0]) - column(self.centers[head][0]))
            for gap in passed:
                self.gaps[gap] = max(self.gaps[gap], tall, min(style.STEEP * run / len(passed), style.HIGH))

    def between(self, tail: int, head: int) -> list[Gap]:
        """The gaps between rows that an arrow passes."""
        low, high = sorted((self.centers[tail][1], self.centers[head][1]))
        return [gap for gap in self.gaps if low <= gap[0] and gap[1] <= high]

    def level(self, i: int) -> list[int]:
        """The nodes in the row of a node."""
        return [j for _, j in self.rows[self.centers[i][1]]]

    def part(self, crowded: Iterable[tuple[int, int]], rows: float, neighbours: float) -> None:
        """Move the rows between the ends of these arrows apart, and all neighbours, by these factors."""
        for gap in {gap for tail, head in crowded for gap in self.between(tail, head)}:
            self.gaps[gap] *= rows
        self.wider *= neighbours

    def x(self) -> Axis:
        """Where columns go. Graphviz has seen to it that neighbours are far enough apart, but for rounding."""
        wanted = {(x, other): self.wider * (other - x) for x, other in pairwise(sorted({x for x, _ in self.centers}))}
        for row in self.rows.values():
            for (x, i), (other, j) in pairwise(row):
                left, right = self.nodes[i], self.nodes[j]
                apart = style.NOTE_APART if left.beside or right.beside else style.NEAR
                far = max(r.right for r in left.rects) - min(r.left for r in right.rects) + apart - 1
                wanted[x, other] = max(wanted.get((x, other), 0.0), far)
        return Axis((x for x, _ in self.centers), wanted)

    def y(self) -> Axis:
        """Where rows go."""
        wanted = {}
        for (low, high), gap in self.gaps.items():
            top = max(-rect.top for _, i in self.rows[low] for rect in self.nodes[i].rects)
            bottom = max(rect.bottom for _, i in self.rows[high] for rect in self.nodes[i].rects)
            wanted[low, high] = top + gap + bottom
        return Axis(self.heights, wanted)

    def placed(self) -> list[Disc]:
        """The nodes in their places; y points down."""
        x, y = self.x(), self.y()
        return [disc.moved(x(px), -y(py)) for disc, (px, py) in zip(self.nodes, self.centers, strict=True)]


def column_centers(xs: Iterable[float]) -> dict[float, float]:
    """Where columns are: in the middle between those that are nearly one."""
    found: list[list[float]] = []
    for x in sorted(set(xs)):
        if found and x - found[-1][0] <= style.ALIKE:
            found[-1].append(x)
        else:
            found.append([x])
    return {x: round((column[0] + column[-1]) / 2, 1) for column in found for x in column}
