"""Labels of one or several lines, typeset and stacked round a point."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from autograd.typeset import style
from autograd.typeset.glyphs import Box, typeset
from autograd.typeset.label import Label, Line, Math, lines
from autograd.typeset.mathml import EM
from autograd.typeset.rect import Point, Rect

__all__ = ["Words", "one", "stack"]


@dataclass(frozen=True, slots=True)
class Words:
    """Typeset lines within `rect`: each a box, its font size, and where its baseline begins, seen from `at`."""

    kind: str
    typeset: tuple[tuple[Box, float, Point], ...]
    rect: Rect
    at: Point = (0.0, 0.0)

    @property
    def lines(self) -> list[tuple[Box, float, Point]]:
        """The lines, each with the place where its baseline begins."""
        dx, dy = self.at
        return [(box, size, (x + dx, y + dy)) for box, size, (x, y) in self.typeset]

    @property
    def minus(self) -> bool:
        """Whether they begin with a minus."""
        return self.typeset[0][0].glyphs[:1] == typeset(Math("-")).glyphs

    def moved(self, dx: float, dy: float) -> "Words":
        """These words, moved."""
        x, y = self.at
        return Words(self.kind, self.typeset, self.rect.moved(dx, dy), (x + dx, y + dy))


def one(kind: str, label: Label, size: float) -> Words | None:
    """A label centred on the origin, its lines of one size and no larger than their ink; None if empty."""
    return next(iter(stack([(kind, line, size) for line in lines(label)], strut=(0.0, 0.0))), None)


def stack(
    parts: Iterable[tuple[str, Line, float]],
    align: Literal["left", "center", "right"] = "center",
    strut: tuple[float, float] = style.STRUT,
) -> list[Words]:
    """Lines of some kind and font size from top to bottom, those of one kind together as Words.

    From top to bottom the stack is centred on the origin; from left to right it begins, is centred or ends
    there.
    """
    share = {"left": 0.0, "center": 0.5, "right": 1.0}[align]
    placed: dict[str, list[tuple[Box, float, Point]]] = {}
    rects: dict[str, Rect] = {}
    y = 0.0
    for kind, line, size in parts:
        box = typeset(line)
        above, below = max(box.ascent / EM, strut[0]) * size, max(box.descent / EM, strut[1]) * size
        wide = box.width / EM * size
        y += (style.BETWEEN_LINES if kind in placed else style.BETWEEN_KINDS) * size * bool(placed)
        placed.setdefault(kind, []).append((box, size, (-share * wide, y + above)))
        rect = Rect(-share * wide, y, (1 - share) * wide, y + above + below)
        rects[kind] = rects[kind].union(rect) if kind in rects else rect
        y += above + below
    return [Words(kind, tuple(placed[kind]), rects[kind]).moved(0.0, -y / 2) for kind in placed]
