"""The finished picture as the page carries it: numbers apart from their words, and as short as it can be written."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from math import inf
from urllib.parse import quote
from xml.etree import ElementTree as ET

from autograd.diagram import style
from autograd.diagram.layout.discs import Disc
from autograd.diagram.layout.layout import Layout, arrow, lay_out
from autograd.diagram.scene import Node, Scene
from autograd.diagram.svg import pencil, picture
from autograd.stepping.grammar import Placed, grammar
from autograd.typeset.glyphs import Box, Glyph, typeset
from autograd.typeset.label import lines
from autograd.typeset.mathml import EM
from autograd.typeset.svg import Sheet
from autograd.typeset.words import Words, one

__all__ = ["image", "laid_out_for", "middle", "relative", "smallest"]

XMLNS = ' xmlns="http://www.w3.org/2000/svg"'
COLORS = {"value": style.VALUE, "gradient": style.GRADIENT}
PREFIX = "picture"
THIN = pencil()["stroke-width"]
WORDS = {"value": "value", "gradient": "grad"}  # what stands before the number


def laid_out_for(scene: Scene, shown: Scene) -> Layout:
    """The layout of `shown`, with the room that `scene` needs, whose numbers and labels are wider."""
    layout = lay_out(scene)
    arrows = list(layout.arrows)
    for i, (placed, edge) in enumerate(zip(layout.arrows, shown.edges, strict=True)):
        words = one("label", edge.label, style.ARROW_FONT)
        if placed.label and words:
            arrows[i] = arrow(placed.route, words.moved(*middle(placed.label)))
    discs = tuple(map(flush, layout.discs, shown.nodes))
    return replace(layout, arrows=tuple(arrows), discs=discs)


def flush(disc: Disc, node: Node) -> Disc:
    """A node whose numbers end beside it if they stand at its left, as they do not fill their room."""
    numbers = {"value": node.value, "gradient": node.gradient}
    beside = []
    for words in disc.beside:
        if words.kind in numbers and words.rect.right < disc.outline.x:
            ((box, size, _),) = words.lines
            (line,) = lines(numbers[words.kind])
            words = words.moved((box.width - typeset(line).width) * size / EM, 0.0)
        beside.append(words)
    return replace(disc, beside=tuple(beside))


def middle(words: Words) -> tuple[float, float]:
    """The centre of some words."""
    return (words.rect.left + words.rect.right) / 2, (words.rect.top + words.rect.bottom) / 2


def smallest(layout: Layout) -> float:
    """The size of the smallest letters, indices included, in pixels."""
    words: list[Words] = [words for disc in layout.discs for words in disc.words + disc.beside]
    words += [placed.label for placed in layout.arrows if placed.label]
    return min(size * glyph.scale for part in words for box, size, _ in part.lines for glyph in box.glyphs)


def image(
    scene: Scene, layout: Layout, boxes: Iterable[Box], glyphs: Iterable[Glyph]
) -> tuple[str, list[list[Placed]], dict[str, int]]:
    """The picture of a scene as SVG for an address that begins with `data:`.

    It has what is needed to draw further lines, `boxes`, and `glyphs`: where in each of these lines which of its
    definitions stand, and the numbers of the glyphs.

    Ids are as short as can be, since they meet no others: an image is a tree of its own, and so is a player. Nodes and
    arrows are n0, n1, ... and e0, e1, ...; the outline of a glyph is g0, g1, ...
    """
    svg = picture(scene, layout, PREFIX)
    plain = ET.fromstring(ET.tostring(svg, encoding="unicode").replace(XMLNS, "", 1))
    defs = plain.find("defs")
    assert defs is not None  # every picture has them
    known = {outline.attrib["id"].removeprefix(f"{PREFIX}-") for outline in defs}
    sheet = Sheet(PREFIX, layout.bounds, "", "")
    drawn = ET.SubElement(plain, "g")
    for box in boxes:
        sheet.glyphs(ET.SubElement(drawn, "g"), box)
    for name, outline in sorted((sheet.outlines | {glyph.name: glyph.outline for glyph in glyphs}).items()):
        if name not in known:
            ET.SubElement(defs, "path", {"id": f"{PREFIX}-{name}", "d": outline})
    numbers = {outline.attrib["id"].removeprefix(f"{PREFIX}-"): i for i, outline in enumerate(defs)}
    prepared(plain, defs)
    plain.remove(drawn)
    written = ET.tostring(plain, encoding="unicode").replace("<svg", "<svg" + XMLNS, 1)
    return in_address(written.replace(" />", "/>")), [[*map(glyph_of, run.iterfind("use"))] for run in drawn], numbers


def in_address(svg: str) -> str:
    """SVG as an address holds it, shorter than in base64.

    Quotes around attributes are single, as those around addresses are double ones.
    """
    single = re.sub("<[^>]*>", lambda tag: tag[0].replace("'", "&#39;").replace('"', "'"), svg)
    return re.sub(r"[\s%#&<>\"]", lambda sign: sign[0] if sign[0] == " " else quote(sign[0]), single)


def prepared(svg: ET.Element, defs: ET.Element) -> None:
    """Give the picture colours for numbers and short names for what is used often or changes."""
    names = {outline.attrib["id"]: f"g{i}" for i, outline in enumerate(defs)}
    for element in svg.iter():
        if (name := element.get("id")) is not None:
            del element.attrib["id"]
            own = name.removeprefix(f"{PREFIX}-")
            if name in names or re.fullmatch(r"[ne]\d+", own):
                element.set("id", names.get(name, own))
        if (name := element.get("href")) is not None:
            element.set("href", f"#{names[name.removeprefix('#')]}")
    for outline in defs:
        outline.set("d", relative(outline.attrib["d"]))
    del svg.attrib["aria-labelledby"]
    for told in svg.findall("desc"):  # what it shows is told step by step
        svg.remove(told)
    for child in svg:
        if child.get("stroke"):
            child.set("stroke-width", THIN)
    for line in svg.iter():
        if line.tag != "g" and line.get("stroke-width") == THIN:
            del line.attrib["stroke-width"]
        if line.get("fill") == "none" and line.get("stroke") == style.INK:
            del line.attrib["fill"], line.attrib["stroke"]
        if line.tag == "path" and line.get("class"):
            line.set("d", re.sub(r"\d+\.\d+", lambda x: f"{float(x[0]):.1f}".removesuffix(".0"), line.attrib["d"]))
    for glyph in [glyph for glyph in svg.iter("use") if glyph.get("x") == "0"]:
        del glyph.attrib["x"]
    for glyph in [glyph for glyph in svg.iter("use") if "scale" in glyph.get("transform", "")]:
        small(glyph, defs)
    for group in [group for group in svg.iter("g") if group.get("class") in WORDS]:
        (line,) = group
        group.set("transform", line.attrib["transform"])
        group[:] = line
        part_number(group, defs)
    for part in [part for part in svg.iter("g") if part.get("id")]:
        part[:] = [x for child in part for x in (child if child.get("class") in ("label", "note") else [child])]
    share_runs(svg, defs)
    svg.insert(0, ET.Element("style"))
    svg[0].text = CSS


CSS = ".line,circle,ellipse{fill:none;stroke:currentColor}" + "".join(
    f".{kind}{{color:{color}}}" for kind, color in COLORS.items()
)


def share_runs(svg: ET.Element, defs: ET.Element) -> None:
    """Keep glyphs that stand in a row in several places once, under a name, wherever that is shorter."""
    groups = [group for group in svg.iter("g") if group.find("use") is not None]
    runs = [[glyph_of(glyph) for glyph in group.iterfind("use")] for group in groups]
    kept = grammar(runs)
    for name, parts in kept.items():
        ET.SubElement(defs, "g", {"id": name[1:]}).extend(map(use, parts))
    for group, run in zip(groups, runs, strict=True):
        group[:] = [*map(use, run), *(part for part in group if part.tag != "use")]


def glyph_of(glyph: ET.Element) -> Placed:
    """What an element shows, and where."""
    return glyph.attrib["href"], int(glyph.get("x", "0")), int(glyph.get("y", "0"))


def use(glyph: Placed) -> ET.Element:
    """The element that shows it there."""
    href, x, y = glyph
    return ET.Element("use", {"href": href} | {name: str(at) for name, at in (("x", x), ("y", y)) if at})


def relative(outline: str) -> str:
    """An outline of lines and curves between whole numbers, each told from where it begins, which is shorter.

    A curve that goes on as the one before it swings is told by its end alone. Fonts round, so it may be off by one.
    """
    x = y = 0
    drawn = last = ""
    swing: Sequence[float] = (inf, inf)  # where the next control point is if the curve goes on
    for letter, points in re.findall(r"([A-Z])([-\d ]*)", outline):
        to = [int(number) for number in re.findall(r"-?\d+", points)]
        told = [number - (y if i % 2 else x) for i, number in enumerate(to)]
        x, y = to[-2:] or (x, y)
        control, swing = swing, (inf, inf)
        if letter == "Q":
            if any(abs(a - b) > 1 for a, b in zip(told[:2], control, strict=True)):
                control = told[:2]
            else:
                letter, told = "T", told[2:]
            swing = [a - b for a, b in zip(told[-2:], control, strict=True)]
        elif letter == "L" and 0 in told:
            letter, told = ("V", told[1:]) if told[0] == 0 else ("H", told[:1])
            if told == [0]:
                continue
        if letter not in "MZ":
            points, letter = " ".join(map(str, told)).replace(" -", "-"), letter.lower()
        drawn += points if letter == last and points[0] == "-" else f" {points}" if letter == last else letter + points
        last = letter
    return drawn


def small(glyph: ET.Element, defs: ET.Element) -> None:
    """Name a glyph that is made smaller, an index or exponent, so that each use of it says no more than where."""
    x, y, scale = re.findall(r"[-\d.]+", glyph.attrib.pop("transform"))
    name = f"{glyph.attrib['href'][1:]}s{scale[2:]}"
    if all(known.get("id") != name for known in defs):
        ET.SubElement(defs, "use", {"id": name, "href": glyph.attrib["href"], "transform": f"scale({scale})"})
    glyph.attrib |= {"href": f"#{name}", "x": x, "y": y}


def part_number(line: ET.Element, defs: ET.Element) -> None:
    """Part the word, kept once under a name, from the number."""
    name = line.attrib["class"]
    letters = len(WORDS[name])
    word, glyphs = line[:letters], line[letters:]
    if all(known.get("id") != name for known in defs):
        ET.SubElement(defs, "g", {"id": name}).extend(word)
    line[:] = [ET.Element("use", {"href": f"#{name}"})]
    ET.SubElement(line, "g").extend(glyphs)
