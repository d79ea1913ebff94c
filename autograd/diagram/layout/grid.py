"""What is where in the plane: a grid of squares, each with all that touches it."""

from collections import defaultdict
from collections.abc import Hashable
from typing import Generic, TypeVar

from autograd.typeset.rect import Rect

__all__ = ["Grid"]

T = TypeVar("T", bound=Hashable)


class Grid(Generic[T]):
    """Things that can be found by where they are, each with the rectangle that holds it; numbers are found quickest."""

    def __init__(self, cell: float = 192.0) -> None:
        self.cell = cell
        self.found: defaultdict[tuple[int, int], dict[T, Rect]] = defaultdict(dict)

    def cells(self, rect: Rect) -> list[tuple[int, int]]:
        """The squares of the plane that a rectangle touches."""
        left, top, right, bottom = [int(side // self.cell) for side in rect]
        return [(x, y) for x in range(left, right + 1) for y in range(top, bottom + 1)]

    def add(self, thing: T, rect: Rect) -> None:
        """Remember a thing."""
        for cell in self.cells(rect):
            self.found[cell][thing] = rect

    def remove(self, thing: T, rect: Rect) -> None:
        """Forget it."""
        for cell in self.cells(rect):
            del self.found[cell][thing]

    def near(self, rect: Rect) -> dict[T, None]:
        """All things whose rectangles overlap this one."""
        cells = [self.found[cell] for cell in self.cells(rect) if cell in self.found]
        return {thing: None for cell in cells for thing, other in cell.items() if other.overlaps(rect)}
