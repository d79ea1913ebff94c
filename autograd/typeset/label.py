"""Labels: lines of plain text and of mathematics."""

from dataclasses import dataclass

__all__ = ["Label", "Line", "Math", "lines", "text"]


@dataclass(frozen=True, slots=True)
class Math:
    """Typeset mathematics: `tex` for the eye, `text` (Unicode; `tex` itself if empty) for everything else."""

    tex: str
    text: str = ""


Line = str | Math
"""One line of a label: a `str` is plain text, whatever is in it, and is set upright."""

Label = Line | tuple[Line, ...]
"""A line, or several from top to bottom; the empty ones, `""` and `()`, are no label at all."""


def lines(label: Label) -> tuple[Line, ...]:
    """The lines of a label from top to bottom, empty ones left out."""
    return tuple(line for line in (label if isinstance(label, tuple) else (label,)) if line)


def text(label: Label) -> str:
    """A label as one line of Unicode text."""
    return " ".join(line if isinstance(line, str) else line.text or line.tex for line in lines(label))
