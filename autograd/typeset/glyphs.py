"""Labels as outlines of glyphs: measured before anything is placed, and the same wherever they are seen.

Everything is in thousandths of the font size, x to the right and y down from the start of the baseline;
a box is scaled when it is drawn. Typesetting is done by `ziamath` with the font it carries (STIX Two Math). What
it cannot set is still shown: bad TeX as its own source, letters that the font lacks by a font of the reader.
"""

import re
import threading
import unicodedata
import warnings
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import import_module
from string import punctuation
from types import ModuleType
from typing import NamedTuple
from xml.etree import ElementTree as ET

from autograd.typeset import style
from autograd.typeset.label import Line
from autograd.typeset.symbols import unescaped

__all__ = ["Bar", "Box", "Glyph", "clean", "shorten", "typeset"]

EM = 1000
LONGEST_TEX = 2000  # characters
MOST_WORK = 3000  # layouts of single symbols: about a second at the very worst

ALONE = {"mfrac", "mi", "mn", "mo", "mspace", "msqrt", "msub", "msubsup", "msup", "mtext"}  # what no neighbour changes

_one_reader = threading.Lock()  # ziafont reads glyphs through the one file position of its font
_symbols: dict[str, ET.Element] = {}  # what ziamath has drawn, which it need not draw again


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


@cache
def ziamath() -> ModuleType:
    """The typesetter, imported when it is first needed."""
    with _one_reader, warnings.catch_warnings():
        # In Python 3.11 and 3.12 the way in which it finds its font counts as deprecated.
        warnings.simplefilter("ignore", DeprecationWarning)
        return import_module("ziamath")


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
            alone = before is None or (before.tag == "mo" and before.text not in (")", "]", "|"))
            if alone and element.tag in ("math", "mrow", "mtd"):
                child.attrib |= {"form": "prefix", "lspace": "0", "rspace": "0"}
        before = child


def work(element: ET.Element) -> int:
    """How many times symbols are set, counted without setting any."""
    inside = sum(map(work, element))
    return 1 + (2 * inside if element.tag in {"math", "mrow"} else inside)


def set_mathml(element: ET.Element) -> Box | None:
    """MathML, or None if the font lacks one of its letters or it is drawn with lines that have a colour."""
    parts = [drawing(ET.tostring(part)) for part in settable(element)]
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


def settable(row: ET.Element) -> list[ET.Element]:
    """What stands in a row, if each can be set by itself; else the row, all of which ziamath sets twice."""
    ends = {0: "prefix", len(row) - 1: "postfix"} if len(row) > 1 else {0: "none"}
    inside: list[ET.Element] = []
    for i, child in enumerate(row):
        if child.tag in ("mi", "mo"):  # operators have other space round them at the ends of a row
            child.attrib.setdefault("form", ends.get(i, "infix"))
        if child.tag == "mfrac" and i:
            inside.append(space_after(row[i - 1]))
        if child.tag == "mn" and not child.attrib:
            inside += map(digit, child.text or "")
        else:
            inside += settable(child) if child.tag == "mrow" and not child.attrib else [child]
    alone = inside and all(part.tag in ALONE for part in inside)
    return inside if alone and not any(map(stretches, row.iter())) else [row]


def space_after(element: ET.Element) -> ET.Element:
    """What ziamath leaves free between an element and a fraction."""
    last = element[-1] if element.tag == "mrow" and len(element) else element
    return ET.Element("mspace", width="verythinmathspace" if last.tag == "mfrac" else "thinmathspace")


def digit(sign: str) -> ET.Element:
    """A number of one sign; no two of those in this font come nearer to each other."""
    element = ET.Element("mn")
    element.text = sign
    return element


def stretches(element: ET.Element) -> bool:
    """Whether it is an operator as high as its row, or a new line."""
    known = ziamath().operators.get_params(element.text or "", element.get("form", "infix"))
    return "linebreak" in element.attrib or element.get("stretchy", known.get("stretchy", "false")) != "false"


class Drawing(NamedTuple):
    """What ziamath makes of an element: its size, and what of it is seen, as in a `Box` but for x, which is exact."""

    advance: float
    right: float
    ascent: float
    descent: float
    glyphs: list[tuple[str, str, float, int, float]]
    bars: list[tuple[float, int, int, int]]


@lru_cache(maxsize=4096)
def drawing(mathml: bytes) -> Drawing | None:
    """What ziamath makes of an element, or None as `set_mathml` says."""
    zia = ziamath()
    with _one_reader:
        symbols_were, zia.config.svg2 = zia.config.svg2, True  # a setting of the whole process
        try:
            node = zia.zmath.Math(ET.fromstring(mathml), size=EM).node
            drawn = ET.Element("svg")
            drawn.extend(_symbols.values())
            node.draw(0.0, 0.0, drawn)
        finally:
            zia.config.svg2 = symbols_were
        _symbols.update({symbol.attrib["id"]: symbol for symbol in drawn.iter("symbol")})
    glyphs, bars = [], []
    for item in drawn:
        if item.tag == "use":
            glyph = placed(_symbols[item.attrib["href"][1:]], item.attrib)
            if glyph[0] == "g0":  # the box that stands for a missing letter
                return None
            if glyph[1]:
                glyphs.append(glyph)
        elif item.tag == "rect" and "stroke" not in item.attrib:
            x, y, wide, tall = (float(item.attrib[side]) for side in ("x", "y", "width", "height"))
            bars.append((x, round(y), round(wide), round(tall)))
        elif item.tag != "symbol":
            return None
    box = node.bbox
    return Drawing(node.xadvance(), box.xmax, box.ymax, -box.ymin, glyphs, bars)


def placed(symbol: ET.Element, use: dict[str, str]) -> tuple[str, str, float, int, float]:
    """ziamath's symbol (an outline at 12 units to the em, in a window) and its use, as a glyph but for its exact x."""
    left, top, _, tall = map(float, symbol.attrib["viewBox"].split())
    scale = float(use["height"]) / tall
    path = symbol.find("path")
    return (
        "g" + symbol.attrib["id"].rpartition("_")[2],
        "" if path is None else compact(path.attrib["d"]),
        float(use["x"]) - scale * left,
        round(float(use["y"]) - scale * top),
        round(scale * 12 / EM, 3),
    )


@lru_cache(maxsize=1024)
def compact(outline: str) -> str:
    """An outline at 12 units to the em as one in font units, which are whole numbers."""
    whole = re.sub(r"-?[\d.]+", lambda number: str(round(float(number[0]) * EM / 12)), outline)
    return re.sub(r" ?([A-Z]) ?", r"\1", whole).replace(" -", "-")
