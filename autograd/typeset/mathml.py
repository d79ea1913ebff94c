"""MathML as outlines of glyphs, set by `ziamath` with the font it carries (STIX Two Math).

A row is taken apart into elements that can be set by themselves, so that what was set once need not be set again.
"""

import re
import threading
import warnings
from functools import cache, lru_cache
from importlib import import_module
from types import ModuleType
from typing import Any, NamedTuple
from xml.etree import ElementTree as ET

__all__ = ["EM", "Drawing", "Frozen", "drawing", "frozen", "settable", "ziamath"]

EM = 1000

ALONE = {"mfrac", "mi", "mn", "mo", "mspace", "msqrt", "msub", "msubsup", "msup", "mtext"}  # what no neighbour changes

_one_reader = threading.Lock()  # ziafont reads glyphs through the one file position of its font
_symbols: dict[str, ET.Element] = {}  # what ziamath has drawn, which it need not draw again


@cache
def ziamath() -> ModuleType:
    """The typesetter, imported when it is first needed."""
    with _one_reader, warnings.catch_warnings():
        # In Python 3.11 and 3.12 the way in which it finds its font counts as deprecated.
        warnings.simplefilter("ignore", DeprecationWarning)
        return import_module("ziamath")


@cache
def flat_row() -> str:
    """The tag of a row in which nothing stretches; ziamath sets any other twice, first to know how high it is."""
    mrow: Any = import_module("ziamath.nodes").Mrow

    class FlatRow(mrow, tag="flatrow"):  # type: ignore[misc, call-arg]  # nothing is known of `mrow`
        def _get_height_nostretch(self, line: object, **how: object) -> tuple[float, float]:
            return 0.0, 0.0

    FlatRow.mtag = mrow.mtag  # it looks like any other to what stands in it
    return "flatrow"


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
    if not inside or any(part.tag not in ALONE for part in inside) or any(map(stretches, row.iter())):
        return [row]
    for part in inside:
        for within in part.iter("mrow"):
            within.tag = flat_row()
    return inside


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


Frozen = tuple[str, str | None, tuple[tuple[str, str], ...], tuple[Any, ...]]
"""An element as its tag, text, attributes and children, which are frozen likewise."""


def frozen(element: ET.Element) -> Frozen:
    """An element as something that can be looked up."""
    return element.tag, element.text, tuple(element.attrib.items()), tuple(map(frozen, element))


def thawed(mathml: Frozen) -> ET.Element:
    """The element that was frozen."""
    tag, text, attributes, children = mathml
    element = ET.Element(tag, dict(attributes))
    element.text = text
    element.extend(map(thawed, children))
    return element


@lru_cache(maxsize=4096)
def drawing(mathml: Frozen) -> Drawing | None:
    """What ziamath makes of an element, or None as `set_mathml` says."""
    zia = ziamath()
    with _one_reader:
        symbols_were, zia.config.svg2 = zia.config.svg2, True  # a setting of the whole process
        try:
            node = zia.zmath.Math(thawed(mathml), size=EM).node
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
