"""The finished picture as the player carries it: numbers apart from their words, and as short as it can be written."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from xml.etree import ElementTree as ET

from autograd.diagram import style
from autograd.diagram.diagram import Diagram
from autograd.diagram.scene import Scene
from autograd.diagram.svg import pencil

__all__ = ["image", "relative"]

XMLNS = ' xmlns="http://www.w3.org/2000/svg"'
COLORS = {"value": style.VALUE, "gradient": style.GRADIENT}
PREFIX = "picture"
THIN = pencil()["stroke-width"]
WORDS = {"value": "value", "gradient": "grad"}  # what stands before the number


def image(scene: Scene, times: Mapping[str, Sequence[int]]) -> bytes:
    """The picture of a scene as an SVG file in ASCII, which scripts can decode.

    Ids are as short as can be, since they meet no others: an image is a tree of its own, and so is a player. Nodes and
    arrows, n0, n1, ... and e0, e1, ..., say at which `times` something happens to them.
    """
    svg = ET.tostring(prepared(ET.fromstring(Diagram(scene, PREFIX).plain.replace(XMLNS, "", 1)), times))
    return svg.replace(b"<svg", b"<svg" + XMLNS.encode(), 1).replace(b" />", b"/>")


def prepared(svg: ET.Element, times: Mapping[str, Sequence[int]]) -> ET.Element:
    """The picture with colours for numbers, short names for what is used often, and the times of what is drawn."""
    defs = svg.find("defs")
    assert defs is not None  # every picture has them
    names = {outline.attrib["id"]: f"g{i}" for i, outline in enumerate(defs)}
    for element in svg.iter():
        if (name := element.get("id")) is not None:
            del element.attrib["id"]
            if (own := name.removeprefix(f"{PREFIX}-")) in times:
                element.set("data-at", str([*times[own]]).replace(" ", ""))
            elif name in names:
                element.set("id", names[name])
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
    for line in [line for line in svg.iter() if line.get("stroke-width") == THIN and line.tag != "g"]:
        del line.attrib["stroke-width"]
    for glyph in [glyph for glyph in svg.iter("use") if glyph.get("x") == "0"]:
        del glyph.attrib["x"]
    for glyph in [glyph for glyph in svg.iter("use") if "scale" in glyph.get("transform", "")]:
        small(glyph, defs)
    ET.SubElement(defs, "path", {"id": "dash", "d": "M0-280h480v60h-480Z"})
    for group in [group for group in svg.iter("g") if group.get("class") in WORDS]:
        kind = group.attrib["class"]
        group.set("color", COLORS[kind])
        (line,) = group
        part_number(line, kind, len(WORDS[kind]), defs)
    return svg


def relative(outline: str) -> str:
    """An outline of lines and curves between whole numbers, each told from where it begins, which is shorter."""
    x = y = 0
    drawn = []
    for letter, points in re.findall(r"([A-Z])([-\d ]*)", outline):
        to = [int(number) for number in re.findall(r"-?\d+", points)]
        if letter in "LQC":
            told = [number - (y if i % 2 else x) for i, number in enumerate(to)]
            drawn.append(letter.lower() + " ".join(map(str, told)).replace(" -", "-"))
        else:
            drawn.append(letter + points)
        x, y = to[-2:] or (x, y)
    return "".join(drawn)


def small(glyph: ET.Element, defs: ET.Element) -> None:
    """Name a glyph that is made smaller, an index or exponent, so that each use of it says no more than where."""
    x, y, scale = re.findall(r"[-\d.]+", glyph.attrib.pop("transform"))
    name = f"{glyph.attrib['href'][1:]}s{scale[2:]}"
    if all(known.get("id") != name for known in defs):
        ET.SubElement(defs, "use", {"id": name, "href": glyph.attrib["href"], "transform": f"scale({scale})"})
    glyph.attrib |= {"href": f"#{name}", "x": x, "y": y}


def part_number(line: ET.Element, name: str, letters: int, defs: ET.Element) -> None:
    """Part the word, kept once under a name, from the number, and add a dash that is seen instead if need be."""
    word, glyphs = line[:letters], line[letters:]
    if all(known.get("id") != name for known in defs):
        ET.SubElement(defs, "g", {"id": name}).extend(word)
    line[:] = [ET.Element("use", {"href": f"#{name}"})]
    ET.SubElement(line, "g", {"class": "number"}).extend(glyphs)
    ET.SubElement(line, "use", glyphs[0].attrib | {"href": "#dash", "display": "none"})
