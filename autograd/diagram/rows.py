"""The rows that Graphviz made of the nodes, and how far they are moved apart."""

from collections.abc import Iterable, Sequence
from itertools import pairwise

from autograd.diagram.discs import APART, NEAR, Disc
from autograd.diagram.geometry import Axis, Point, Route, cubics
from autograd.diagram.positions import Positions

__all__ = ["Rows"]

GAP = 34.0  # between rows, at least
STEEP = 0.5  # rise of the flattest arrow, per run, at least

Gap = tuple[float, float]


class Rows:
    """Nodes in rows, given round the origin.

    - `found`: where Graphviz put them.
    - `arrows`: from node to node, each with the height that its label needs between two rows.
    """

    def __init__(self, nodes: Sequence[Disc], found: Positions, arrows: Iterable[tuple[int, int, float]]) -> None:
        self.nodes = nodes
        self.curves = found.curves
        self.centers = [(round(x, 1), round(y, 1)) for x, y in found.centers]
        self.rows: dict[float, list[tuple[float, int]]] = {}
        for i, (x, y) in sorted(enumerate(self.centers), key=lambda item: item[1]):
            self.rows.setdefault(y, []).append((x, i))
        self.heights = sorted(self.rows)
        self.x = Axis((x for x, _ in self.centers), self.widths())
        self.gaps: dict[Gap, float] = dict.fromkeys(pairwise(self.heights), GAP)
        for tail, head, tall in arrows:
            passed = self.between(tail, head)
            run = abs(self.x(self.centers[tail][0]) - self.x(self.centers[head][0]))
            for gap in passed:
                self.gaps[gap] = max(self.gaps[gap], tall, STEEP * run / len(passed))

    def widths(self) -> dict[Gap, float]:
        """How far apart neighbours are at least; Graphviz has seen to it, but for rounding."""
        wanted: dict[Gap, float] = {}
        for row in self.rows.values():
            for (x, i), (next_x, j) in pairwise(row):
                left, right = self.nodes[i], self.nodes[j]
                apart = APART if left.beside or right.beside else NEAR
                far = max(r.right for r in left.rects) - min(r.left for r in right.rects) + apart - 1
                wanted[x, next_x] = max(wanted.get((x, next_x), 0.0), far)
        return wanted

    def between(self, tail: int, head: int) -> list[Gap]:
        """The gaps between rows that an arrow passes."""
        low, high = sorted((self.centers[tail][1], self.centers[head][1]))
        return [gap for gap in self.gaps if low <= gap[0] and gap[1] <= high]

    def level(self, i: int) -> list[int]:
        """The nodes in the row of a node."""
        return [j for _, j in self.rows[self.centers[i][1]]]

    def widen(self, crowded: Iterable[tuple[int, int]], by: float) -> None:
        """Move the rows between the ends of these arrows farther apart."""
        for gap in {gap for tail, head in crowded for gap in self.between(tail, head)}:
            self.gaps[gap] *= by

    def placed(self) -> tuple[list[Disc], list[Route]]:
        """The nodes in their places, and ways round them for the arrows; y points down."""
        apart: dict[Gap, float] = {}
        for (low, high), gap in self.gaps.items():
            top = max(-rect.top for _, i in self.rows[low] for rect in self.nodes[i].rects)
            bottom = max(rect.bottom for _, i in self.rows[high] for rect in self.nodes[i].rects)
            apart[low, high] = top + gap + bottom
        y = Axis(self.heights, apart)

        def moved(point: Point) -> Point:
            return self.x(point[0]), -y(point[1])

        return (
            [disc.moved(*moved(center)) for disc, center in zip(self.nodes, self.centers, strict=True)],
            [cubics([moved(point) for point in curve]) for curve in self.curves],
        )
