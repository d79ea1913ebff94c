"""Words as SVG. Built as a tree of elements, so that no text can ever become markup."""

from functools import reduce
from hashlib import sha256
from xml.etree import ElementTree as ET

from autograd.typeset import style
from autograd.typeset.glyphs import Box, clean
from autograd.typeset.label import Label, lines
from autograd.typeset.mathml import EM
from autograd.typeset.rect import Rect
from autograd.typeset.words import Words, stack

__all__ = ["Sheet", "coordinate", "digest", "lines_svg"]


def lines_svg(label: Label, title: str) -> str:
    """The lines of a label as an SVG document of their own, called `title` for those who cannot see them."""
    words = stack([("caption", line, style.SIZE) for line in lines(label)], "left")
    box = reduce(Rect.union, [line.rect for line in words] or [Rect(0.0, 0.0, 0.0, 0.0)]).grown(style.MARGIN)
    sheet = Sheet("d" + digest((label, title)), box, title, title, style.DARK)
    for line in words:
        sheet.words(sheet.ink, line)
    return ET.tostring(sheet.finished(), encoding="unicode")


def digest(shown: object) -> str:
    """Eight letters and digits that tell pictures on one page apart."""
    return sha256(repr(shown).encode("utf-8", "backslashreplace")).hexdigest()[:8]


class Sheet:
    """An `<svg>` element to draw on, which remembers which outlines of glyphs were used.

    - `prefix`: what ids begin with.
    - `box`: what is seen.
    - `title`, `description`: what the picture is and shows, for those who cannot see it.
    - `css`: a style sheet to go with it.
    """

    def __init__(self, prefix: str, box: Rect, title: str, description: str, css: str = "") -> None:
        self.prefix = prefix
        self.outlines: dict[str, str] = {}
        self.svg = ET.Element(
            "svg",
            {
                "xmlns": "http://www.w3.org/2000/svg",
                "id": prefix,
                "class": "autograd-diagram",
                "role": "img",
                "aria-labelledby": f"{prefix}-title {prefix}-desc",
                "viewBox": " ".join(map(coordinate, (box.left, box.top, box.width, box.height))),
                "width": coordinate(box.width),
                "height": coordinate(box.height),
            },
        )
        ET.SubElement(self.svg, "title", {"id": f"{prefix}-title"}).text = clean(title)
        ET.SubElement(self.svg, "desc", {"id": f"{prefix}-desc"}).text = clean(description)
        if css:
            ET.SubElement(self.svg, "style").text = css
        self.defs = ET.SubElement(self.svg, "defs")
        self.ink = ET.SubElement(self.svg, "g", {"fill": style.INK, "stroke": "none"})

    def finished(self) -> ET.Element:
        """The element, with the outlines of all glyphs that are used."""
        for name, outline in sorted(self.outlines.items()):
            ET.SubElement(self.defs, "path", {"id": f"{self.prefix}-{name}", "d": outline})
        return self.svg

    def words(self, on: ET.Element, words: Words) -> None:
        """Draw typeset lines."""
        label = ET.SubElement(on, "g", {"class": words.kind})
        for box, size, (x, y) in words.lines:
            place = f"translate({coordinate(x)} {coordinate(y)})"
            if box.text:
                letters(ET.SubElement(label, "text", {"transform": place}), box, size)
            else:
                self.glyphs(ET.SubElement(label, "g", {"transform": f"{place} scale({coordinate(size / EM, 4)})"}), box)

    def glyphs(self, on: ET.Element, box: Box) -> None:
        """Draw glyphs and bars in font units."""
        for glyph in box.glyphs:
            self.outlines[glyph.name] = glyph.outline
            use = ET.SubElement(on, "use", {"href": f"#{self.prefix}-{glyph.name}"})
            if glyph.scale != 1:
                use.set("transform", f"translate({glyph.x} {glyph.y}) scale({coordinate(glyph.scale, 3)})")
            else:
                use.attrib |= {"x": str(glyph.x)} | ({"y": str(glyph.y)} if glyph.y else {})
        for bar in box.bars:
            sides = {"x": bar.x, "y": bar.y, "width": bar.width, "height": bar.height}
            ET.SubElement(on, "rect", {name: str(side) for name, side in sides.items()})


def letters(on: ET.Element, box: Box, size: float) -> None:
    """Letters in a font of the reader's, made as wide as was measured."""
    wide = box.width * size / EM
    on.attrib |= {
        "x": coordinate(wide / 2),
        "text-anchor": "middle",
        "font-family": style.FAMILY,
        "font-size": coordinate(size),
        "textLength": coordinate(wide),
        "lengthAdjust": "spacingAndGlyphs",
    }
    on.text = box.text


def coordinate(value: float, digits: int = 2) -> str:
    """A coordinate, as short as it can be written."""
    return f"{round(value, digits) + 0.0:g}"
