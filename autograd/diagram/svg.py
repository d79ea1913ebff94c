"""A laid out scene as SVG. Built as a tree of elements, so that no text can ever become markup."""

from collections.abc import Iterable
from hashlib import sha256
from xml.etree import ElementTree as ET

from autograd.diagram.geometry import Ellipse, Route, length, part
from autograd.diagram.layout import HEAD, Arrow, Layout
from autograd.diagram.scene import INK, Scene, text
from autograd.diagram.typeset import EM, Box, clean
from autograd.diagram.words import Words

__all__ = ["DARK", "pencil", "picture"]

DARK = "@media (prefers-color-scheme:dark){svg:root{color:#e6edf3;background:#0d1117}}"
"""For a picture that is a document or an image of its own, and so cannot have the colours of a page around it. Where
there is a page around it, the root is that page, and nothing changes. The background is there for readers whose
browser is dark and whose page is not."""

THIN = 1.2  # the width of lines
BARB = 3.4  # half the width of an arrow's head


def picture(scene: Scene, layout: Layout, prefix: str = "", style: str = "") -> ET.Element:
    """The `<svg>` element: black on nothing, or whatever colour the surrounding text has.

    Ids begin with `prefix` (by default made from the scene, so that figures on one page do not meet): node
    and arrow number i are `prefix-n<i>` and `prefix-e<i>`. `style` is a style sheet to go with it.
    """
    prefix = prefix or "d" + sha256(repr(scene).encode("utf-8", "backslashreplace")).hexdigest()[:8]
    pen = Pen(prefix)
    box = layout.bounds
    width, height = box.right - box.left, box.bottom - box.top
    svg = ET.Element(
        "svg",
        {
            "xmlns": "http://www.w3.org/2000/svg",
            "id": prefix,
            "class": "autograd-diagram",
            "role": "img",
            "aria-labelledby": f"{prefix}-title {prefix}-desc",
            "viewBox": " ".join(map(number, (box.left, box.top, width, height))),
            "width": number(width),
            "height": number(height),
        },
    )
    ET.SubElement(svg, "title", {"id": f"{prefix}-title"}).text = clean(scene.title or "Diagram")
    ET.SubElement(svg, "desc", {"id": f"{prefix}-desc"}).text = clean(scene.description or scene.sentence())
    if style:
        ET.SubElement(svg, "style").text = style
    outlines = ET.SubElement(svg, "defs")
    ink = ET.SubElement(svg, "g", {"fill": "currentColor", "stroke": "none"})
    for i, (edge, arrow) in enumerate(zip(scene.edges, layout.arrows, strict=True)):
        pen.arrow(group(ink, "edge", edge.marks, f"{prefix}-e{i}"), arrow, edge.width, edge.color)
    for i, (node, disc) in enumerate(zip(scene.nodes, layout.discs, strict=True)):
        if node.shape != "point":
            within = group(ink, node.shape, node.marks, f"{prefix}-n{i}")
            ET.SubElement(within, "title").text = clean(node.title or text(node.label))
            if node.shape == "node":
                outline(within, disc.outline, pencil(node.width, node.color))
            for words in disc.words + disc.beside:
                pen.words(within, words)
    for frame in layout.frames:
        sides = {"x": frame.left, "y": frame.top, "width": frame.width, "height": frame.height}
        ET.SubElement(ink, "rect", {"class": "frame"} | {k: number(v) for k, v in sides.items()} | pencil())
    for words in layout.captions:
        pen.words(ink, words)
    for name, drawn in sorted(pen.outlines.items()):
        ET.SubElement(outlines, "path", {"id": f"{prefix}-{name}", "d": drawn})
    return svg


def group(parent: ET.Element, kind: str, marks: Iterable[str], name: str) -> ET.Element:
    """A group of the class `kind`, and one more class for each mark."""
    return ET.SubElement(parent, "g", {"id": name, "class": " ".join([kind, *map(clean, marks)])})


class Pen:
    """Draws on elements, and remembers which outlines of glyphs it used."""

    def __init__(self, prefix: str) -> None:
        self.prefix = prefix
        self.outlines: dict[str, str] = {}

    def arrow(self, on: ET.Element, arrow: Arrow, width: float, color: str) -> None:
        """The lines, the head and the label of an arrow; the heads of thick ones are broader."""
        far = length(arrow.route)
        (bx, by), *_, (tx, ty) = part(arrow.route, far - HEAD, far)
        barb = BARB * max(1.0, (2 + width) / 3)
        nx, ny = barb * (by - ty) / HEAD, barb * (tx - bx) / HEAD
        ET.SubElement(on, "path", {"class": "line", "d": "".join(map(chain, arrow.lines))} | pencil(width, color))
        head = ET.SubElement(on, "path", {"class": "head"})
        head.set("d", chain(((tx, ty), (bx + nx, by + ny), (bx - nx, by - ny))) + "Z")
        if color != INK:
            head.set("fill", clean(color))
        if arrow.label:
            self.words(on, arrow.label)

    def words(self, on: ET.Element, words: Words) -> None:
        """Typeset lines."""
        label = ET.SubElement(on, "g", {"class": words.kind})
        for box, size, (x, y) in words.lines:
            place = f"translate({number(x)} {number(y)})"
            if box.text:
                self.letters(ET.SubElement(label, "text", {"transform": place}), box, size)
            else:
                self.glyphs(ET.SubElement(label, "g", {"transform": f"{place} scale({number(size / EM, 4)})"}), box)

    def glyphs(self, on: ET.Element, box: Box) -> None:
        """Glyphs and bars in font units."""
        for glyph in box.glyphs:
            self.outlines[glyph.name] = glyph.outline
            use = ET.SubElement(on, "use", {"href": f"#{self.prefix}-{glyph.name}"})
            if glyph.scale != 1:
                use.set("transform", f"translate({glyph.x} {glyph.y}) scale({number(glyph.scale, 3)})")
            else:
                use.attrib |= {"x": str(glyph.x)} | ({"y": str(glyph.y)} if glyph.y else {})
        for bar in box.bars:
            sides = {"x": bar.x, "y": bar.y, "width": bar.width, "height": bar.height}
            ET.SubElement(on, "rect", {name: str(side) for name, side in sides.items()})

    def letters(self, on: ET.Element, box: Box, size: float) -> None:
        """Letters in a font of the reader's, made as wide as was measured."""
        wide = box.width * size / EM
        on.attrib |= {
            "x": number(wide / 2),
            "text-anchor": "middle",
            "font-family": "STIX Two Text, STIXGeneral, serif",
            "font-size": number(size),
            "textLength": number(wide),
            "lengthAdjust": "spacingAndGlyphs",
        }
        on.text = box.text


def pencil(width: float = 1.0, color: str = INK) -> dict[str, str]:
    """How a line looks that is `width` times as thick as others."""
    return {"fill": "none", "stroke": clean(color), "stroke-width": number(THIN * width)}


def outline(on: ET.Element, e: Ellipse, look: dict[str, str]) -> None:
    """The outline of a node."""
    sides = {"cx": e.x, "cy": e.y} | ({"r": e.rx} if e.rx == e.ry else {"rx": e.rx, "ry": e.ry})
    ET.SubElement(on, "circle" if e.rx == e.ry else "ellipse", {k: number(v) for k, v in sides.items()} | look)


def chain(route: Route) -> str:
    """The path along the points of a route."""
    return "M" + "L".join(f"{number(x)} {number(y)}" for x, y in route)


def number(value: float, digits: int = 2) -> str:
    """A coordinate, as short as it can be written."""
    return f"{round(value, digits) + 0.0:g}"
