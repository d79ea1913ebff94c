"""A laid out scene as SVG."""

from collections.abc import Iterable
from xml.etree import ElementTree as ET

from autograd.diagram import style
from autograd.diagram.layout.geometry import Ellipse, Route, length, part
from autograd.diagram.layout.layout import Layout, PlacedArrow
from autograd.diagram.scene import Scene
from autograd.typeset.glyphs import clean
from autograd.typeset.label import text
from autograd.typeset.svg import Sheet, coordinate, digest

__all__ = ["arrow_head", "pencil", "picture"]


def picture(scene: Scene, layout: Layout, prefix: str = "", css: str = "", paper: str = "") -> ET.Element:
    """The `<svg>` element: black on nothing, or whatever colour the surrounding text has.

    Ids begin with `prefix` (by default made from the scene, so that figures on one page do not meet): node
    and arrow number i are `prefix-n<i>` and `prefix-e<i>`. `css` is a style sheet to go with it,
    `paper` a colour for what is behind everything.
    """
    prefix = prefix or "d" + digest(scene)
    sheet = Sheet(prefix, layout.bounds, scene.title or "Diagram", scene.description or scene.sentence(), css)
    if paper:
        box = layout.bounds
        sides = {"x": box.left, "y": box.top, "width": box.width, "height": box.height}
        ET.SubElement(sheet.ink, "rect", {"fill": clean(paper)} | {k: coordinate(v) for k, v in sides.items()})
    for i, (edge, arrow) in enumerate(zip(scene.edges, layout.arrows, strict=True)):
        within = group(sheet.ink, "edge", edge.marks, f"{prefix}-e{i}")
        if edge.width:
            draw_arrow(within, arrow, edge.width, edge.color)
        if arrow.label:
            sheet.words(within, arrow.label)
    for i, (node, disc) in enumerate(zip(scene.nodes, layout.discs, strict=True)):
        if node.shape != "point":
            within = group(sheet.ink, node.shape, node.marks, f"{prefix}-n{i}")
            ET.SubElement(within, "title").text = clean(node.title or text(node.label))
            if node.shape == "node":
                outline(within, disc.outline, pencil(node.width, node.color))
            for words in disc.words + disc.beside:
                sheet.words(within, words)
    for frame in layout.frames:
        sides = {"x": frame.left, "y": frame.top, "width": frame.width, "height": frame.height}
        ET.SubElement(sheet.ink, "rect", {"class": "frame"} | {k: coordinate(v) for k, v in sides.items()} | pencil())
    for words in layout.captions:
        sheet.words(sheet.ink, words)
    return sheet.finished()


def group(parent: ET.Element, kind: str, marks: Iterable[str], name: str) -> ET.Element:
    """A group of the class `kind`, and one more class for each mark."""
    return ET.SubElement(parent, "g", {"id": name, "class": " ".join([kind, *map(clean, marks)])})


def draw_arrow(on: ET.Element, arrow: PlacedArrow, width: float, color: str) -> None:
    """The lines and the head of an arrow; the heads of thick ones are broader."""
    ET.SubElement(on, "path", {"class": "line", "d": "".join(map(path, arrow.lines))} | pencil(width, color))
    head = ET.SubElement(on, "path", {"class": "head"})
    head.set("d", path(arrow_head(arrow.route, width)) + "Z")
    if color != style.INK:
        head.set("fill", clean(color))


def arrow_head(route: Route, width: float) -> Route:
    """The corners of the head at the end of a route, its point first."""
    far = length(route)
    (bx, by), *_, (tx, ty) = part(route, far - style.HEAD, far)
    barb = style.BARB * (2 + width) / 3
    nx, ny = barb * (by - ty) / style.HEAD, barb * (tx - bx) / style.HEAD
    return (tx, ty), (bx + nx, by + ny), (bx - nx, by - ny)


def pencil(width: float = 1.0, color: str = style.INK) -> dict[str, str]:
    """How a line looks that is `width` times as thick as others."""
    return {"fill": "none", "stroke": clean(color), "stroke-width": coordinate(style.LINE * width)}


def outline(on: ET.Element, e: Ellipse, look: dict[str, str]) -> None:
    """The outline of a node."""
    sides = {"cx": e.x, "cy": e.y} | ({"r": e.rx} if e.rx == e.ry else {"rx": e.rx, "ry": e.ry})
    ET.SubElement(on, "circle" if e.rx == e.ry else "ellipse", {k: coordinate(v) for k, v in sides.items()} | look)


def path(route: Route) -> str:
    """The path along the points of a route."""
    return "M" + "L".join(f"{coordinate(x)} {coordinate(y)}" for x, y in route)
