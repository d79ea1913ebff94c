"""Where labels stand: in strips between two rows, each label on its arrow, and all other arrows between them."""

from collections.abc import Sequence
from typing import NamedTuple

from autograd.diagram import style

__all__ = ["Mark", "shelved", "spread"]


class Mark(NamedTuple):
    """Where an arrow meets a strip: at x, where its label would stand, or where nothing but its line passes.

    `half` is half the width of what is seen there of the arrow, `label` says whether its label is, and `minus` whether
    that begins with a minus, so that a label at its left would look like what it is taken from.
    """

    x: float
    half: float
    label: bool
    twin: int = -1  # those of one number join the same two nodes
    arrow: int = 0  # whose mark it is
    minus: bool = False

    def beside(self, other: "Mark") -> float:
        """How far two of them have to be apart."""
        gap = style.BESIDE if self.twin == other.twin >= 0 else 0.0
        if self.label and other.label:
            aside = style.MINUS_ASIDE if other.minus else style.LABEL_ASIDE
            return max(gap, self.half + other.half + 2 * style.AIR + aside)
        if self.label or other.label:
            return max(gap, self.half + other.half + style.LINE_CLEAR + 1)
        return gap


def spread(marks: Sequence[Mark]) -> list[float]:
    """Places for marks sorted by x, as near to where they are as can be with all that space between them.

    The least sum of squares of all moves (Barlow et al. 1972: neighbours that come too near are pooled).
    """
    shift, offsets = 0.0, []
    blocks: list[tuple[float, int]] = []  # the sum of what the marks of a block want, how many they are
    for i, mark in enumerate(marks):
        shift += marks[i - 1].beside(mark) if i else 0.0
        offsets.append(shift)
        blocks.append((mark.x - shift, 1))
        while len(blocks) > 1 and blocks[-2][0] * blocks[-1][1] > blocks[-1][0] * blocks[-2][1]:
            (one, m), (other, n) = blocks.pop(), blocks.pop()
            blocks.append((one + other, m + n))
    wanted = [total / count for total, count in blocks for _ in range(count)]
    return [x + offset for x, offset in zip(wanted, offsets, strict=True)]


def shelved(marks: Sequence[Mark], most: int) -> list[int]:
    """A strip, from 0 to less than `most`, for each of some labels sorted by x, so that few need move."""
    last: list[Mark | None] = [None] * most
    found = []
    for mark in marks:
        free = [mark.x - (other.x + other.beside(mark)) if other else 0.0 for other in last]
        level = next((i for i, room in enumerate(free) if room >= 0), free.index(max(free)))
        last[level] = mark
        found.append(level)
    return found
