"""What stands in rows: a line that runs past many of them finds quickly what it may touch."""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator

from autograd.typeset.rect import Point, Rect

__all__ = ["Shelves"]


class Shelves:
    """Numbers in rows, each with its rectangle; rows do not overlap, and in a row no rectangle holds another."""

    def __init__(self, things: Iterable[tuple[float, int, Rect]]) -> None:
        """Each thing is the height of its row, its number and its rectangle."""
        rows = defaultdict(list)
        for y, thing, rect in things:
            rows[y].append((rect, thing))
        shelves = [sorted(rows[y]) for y in sorted(rows)]
        self.things = [[thing for _, thing in shelf] for shelf in shelves]
        self.lefts = [[rect.left for rect, _ in shelf] for shelf in shelves]
        self.rights = [[rect.right for rect, _ in shelf] for shelf in shelves]
        self.tops = [min(rect.top for rect, _ in shelf) for shelf in shelves]
        self.bottoms = [max(rect.bottom for rect, _ in shelf) for shelf in shelves]

    def along(self, a: Point, b: Point) -> Iterator[int]:
        """All that the line from `a` to `b` may touch."""
        (ax, ay), (bx, by) = (a, b) if a[1] <= b[1] else (b, a)
        slope = (bx - ax) / (by - ay) if by > ay else 0.0
        for i in range(bisect_left(self.bottoms, ay), bisect_right(self.tops, by)):
            x = ax + slope * (self.tops[i] - ay) if self.tops[i] > ay else ax
            end = ax + slope * (self.bottoms[i] - ay) if self.bottoms[i] < by else bx
            low, high = (x, end) if x <= end else (end, x)
            yield from self.things[i][bisect_left(self.rights[i], low) : bisect_right(self.lefts[i], high)]
