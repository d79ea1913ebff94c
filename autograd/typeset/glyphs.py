"""Labels as outlines of glyphs: measured before anything is placed, and the same wherever they are seen.

Everything is in thousandths of the font size, x to the right and y down from the start of the baseline;
a box is scaled when it is drawn. Typesetting is done by `ziamath` with the font it carries (STIX Two Math). What
it cannot set is still shown: bad TeX as its own source, letters that the font lacks by a font of the reader.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from string import punctuation
from xml.etree import ElementTree as ET

from autograd.typeset import style
from autograd.typeset.label import Line
from autograd.typeset.mathml import EM, drawing, frozen, settable, ziamath
from autograd.typeset.symbols import unescaped

__all__ = ["Bar", "Box", "Glyph", "clean", "shorten", "typeset"]

LONGEST_TEX = 2000  # characters
MOST_WORK = 3000  # layouts of single symbols: about a second at the very worst


@dataclass(frozen=True, slots=True)
class Glyph:
    """An outline in font units, drawn `scale` times its size at `x, y`; `name` tells outlines apart."""

    name: str
    outline: str
    x: int
    y: int
    scale: float


@dataclass(frozen=True, slots=True)
class Bar:
    """A filled rectangle, such as the line of a fraction."""

    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Box:
    """A typeset line: its size, and what to draw; `text` only if the font lacks some of its letters."""

    width: int
    ascent: int
    descent: int
    glyphs: tuple[Glyph, ...] = ()
    bars: tuple[Bar, ...] = ()
    text: str = ""


@lru_cache(maxsize=4096)
def typeset(line: Line) -> Box:
    """A line of a label as outlines, in thousandths of the font size."""
    if isinstance(line, str):
        return set_text(shorten(clean(line)))
    if (box := set_tex(line.tex)) is None:
        return set_text(shorten(clean(line.text or line.tex)))
    return box


def clean(text: str) -> str:
    """The text with spaces for white space and a visible sign for every character that XML forbids."""
    return " ".join(text.split()).translate(VISIBLE)


VISIBLE = (
    {code: 0x2400 + code for code in range(0x20)}  # ␀ and its like
    | {0x7F: 0x2421}
    | dict.fromkeys([*range(0x80, 0xA0), *range(0xD800, 0xE000), 0xFFFE, 0xFFFF], 0xFFFD)
)


def shorten(text: str, longest: int = style.WIDEST) -> str:
    """The text, cut to `longest` characters with an ellipsis at the cut."""
    return text if len(text) <= longest else text[: longest - 1].rstrip() + "…"


def set_text(text: str) -> Box:
    """Plain text set upright."""
    if not text:
        return Box(0, 0, 0)
    element = ET.Element("math")
    ET.SubElement(element, "mtext").text = text
    return set_mathml(element) or Box(sum(map(width, text)), 740, 260, text=text)


def width(letter: str) -> int:
    """How wide a letter of an unknown font is, about."""
    if unicodedata.combining(letter):
        return 0
    return 1000 if unicodedata.east_asian_width(letter) in "WF" else 560


def set_tex(tex: str) -> Box | None:
    """TeX mathematics, or None if it is wrong or too much of it."""
    zia = ziamath()
    if not tex.strip() or len(tex) > LONGEST_TEX:
        return None
    try:
        element = zia.zmath.denamespace(ET.fromstring(zia.escapes.unescape(zia.tex.tex2mml(hidden(tex)))))
        show(element)
        unwrap_rows(element)
        bind_sign(element)
        box = set_mathml(element) if work(element) <= MOST_WORK else None
    except Exception:  # this parser raises errors of any type, AssertionError and IndexError included
        return None
    return box if box and (box.glyphs or box.bars) and box.width <= style.WIDEST * EM else None


def hidden(tex: str) -> str:
    r"""The TeX with the signs in `\text{...}` as letters that mean nothing to any parser; `show` shows them again."""
    return TEXT.sub(lambda text: rf"\text{{{unescaped(text[1]).translate(PRIVATE)}}}", tex)


TEXT = re.compile(r"\\text\{((?:[^{}\\$&#%_^~]|\\text\w+\{\}|\\[\W_])*)\}")
PRIVATE = {ord(sign): 0xE000 + ord(sign) for sign in punctuation}  # of the area for private use
SHOWN = {letter: sign for sign, letter in PRIVATE.items()}


def show(element: ET.Element) -> None:
    """Undo what `hidden` did."""
    for part in element.iter():
        part.text = part.text and part.text.translate(SHOWN)


def unwrap_rows(element: ET.Element) -> None:
    """Remove the rows that hold a single thing, since ziamath sets all that is in a row twice."""
    for i, child in enumerate(element):
        unwrap_rows(child)
        if child.tag == "mrow" and len(child) == 1:
            element[i] = child[0]
    if element.tag == "math" and len(element) == 1 and element[0].tag == "mrow":
        element[:] = element[0]


def bind_sign(element: ET.Element) -> None:
    """Set a minus or plus that belongs to what follows, as in -x and (-x), closer to it than one between two terms."""
    before: ET.Element | None = None
    for child in element:
        bind_sign(child)
        if child.tag == "mo" and child.text in ("\u2212", "-", "+"):
            alone = before is None or (before.tag == "mo" and before.text not in (")", "]", "|", "\u22ef"))
            if alone and element.tag in ("math", "mrow", "mtd"):
                child.attrib |= {"form": "prefix", "lspace": "0", "rspace": "0"}
        before = child


def work(element: ET.Element) -> int:
    """How many times symbols are set, counted without setting any."""
    inside = sum(map(work, element))
    return 1 + (2 * inside if element.tag in {"math", "mrow"} else inside)


def set_mathml(element: ET.Element) -> Box | None:
    """MathML, or None if the font lacks one of its letters or it is drawn with lines that have a colour."""
    parts = [drawing(frozen(part)) for part in settable(element)]
    glyphs, bars = [], []
    x = width = 0.0
    for part in parts:
        if part is None:
            return None
        glyphs += [Glyph(name, outline, round(x + at), y, scale) for name, outline, at, y, scale in part.glyphs]
        bars += [Bar(round(x + at), y, wide, tall) for at, y, wide, tall in part.bars]
        width = max(width, x + part.right)
        x += part.advance
    ascent, descent = (max(getattr(part, side) for part in parts if part) for side in ("ascent", "descent"))
    return Box(round(width), round(ascent), round(descent), tuple(glyphs), tuple(bars))
