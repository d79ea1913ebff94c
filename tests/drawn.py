"""What is wrong in a picture, found in its SVG alone: arrows cut by words, loose heads, words on words or on nodes.

It knows nothing of how layouts are made. Words are as large as the ink of their glyphs.
"""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import combinations, pairwise
from xml.etree import ElementTree as ET

__all__ = ["faults"]

Point = tuple[float, float]
Box = tuple[float, float, float, float]

NS = "{http://www.w3.org/2000/svg}"
NUMBER = re.compile(r"-?\d*\.?\d+(?:e-?\d+)?")
TOUCH = 0.5  # pixels that do not count


@dataclass
class Arrow:
    """The lines seen of an arrow, its head, its own label."""

    lines: list[list[Point]]
    head: list[Point]
    label: list[Box] = field(default_factory=list)


@dataclass
class Picture:
    """What an SVG shows."""

    arrows: list[Arrow] = field(default_factory=list)
    discs: list[Box] = field(default_factory=list)
    words: list[Box] = field(default_factory=list)  # beside nodes


def faults(svg: str) -> list[str]:
    """Every arrow, label and note that is not as promised, in words."""
    return [*found(read(svg))]


def found(picture: Picture) -> Iterator[str]:
    """The same."""
    written = [*enumerate(arrow.label for arrow in picture.arrows), *((-1, [box]) for box in picture.words)]
    for i, arrow in enumerate(picture.arrows):
        others = [box for j, boxes in written if j != i for box in boxes]
        if any(crosses(a, b, box) for line in arrow.lines for a, b in pairwise(line) for box in others):
            yield f"arrow {i} runs across words"
        if len(arrow.lines) > 1 + bool(arrow.label):
            yield f"arrow {i} is cut {len(arrow.lines) - 1} times"
        if any(not any(crosses(a[-1], b[0], grown(box)) for box in arrow.label) for a, b in pairwise(arrow.lines)):
            yield f"arrow {i} is cut where its label is not"
        base = middle(*arrow.head[1:])
        if not arrow.lines or math.dist(arrow.lines[-1][-1], base) > 1:
            yield f"arrow {i} has a loose head"
        elif min((away(arrow.lines[0][0], disc) for disc in picture.discs), default=0.0) > 1:
            yield f"arrow {i} begins nowhere"
        for disc in picture.discs:
            if any(passes(a, b, disc) for line in arrow.lines for a, b in pairwise(line)):
                yield f"arrow {i} runs through a node"
    for (i, one), (j, other) in combinations(written, 2):
        if any(overlap(a, b) for a in one for b in other):
            yield f"the words of arrow {i} lie on those of {'a node' if j < 0 else f'arrow {j}'}"
    for i, boxes in written:
        if any(covers(disc, box) for disc in picture.discs for box in boxes):
            yield f"the words of {'a node' if i < 0 else f'arrow {i}'} lie on a node"


# -- geometry -------------------------------------------------------------------------------------------------


def middle(a: Point, b: Point) -> Point:
    """Half way between two points."""
    return (a[0] + b[0]) / 2, (a[1] + b[1]) / 2


def along(a: Point, b: Point) -> Iterator[Point]:
    """Points of a line, closer to each other than half a pixel."""
    steps = 2 + int(2 * math.dist(a, b))
    return ((a[0] + (b[0] - a[0]) * i / steps, a[1] + (b[1] - a[1]) * i / steps) for i in range(steps + 1))


def crosses(a: Point, b: Point, box: Box) -> bool:
    """Whether a line has a point in a box."""
    left, top, right, bottom = box
    if max(a[0], b[0]) < left or min(a[0], b[0]) > right or max(a[1], b[1]) < top or min(a[1], b[1]) > bottom:
        return False
    return any(left + TOUCH < x < right - TOUCH and top + TOUCH < y < bottom - TOUCH for x, y in along(a, b))


def grown(box: Box, by: float = 7.0) -> Box:
    """A box with a margin."""
    return box[0] - by, box[1] - by, box[2] + by, box[3] + by


def level(point: Point, disc: Box) -> float:
    """Less than 1 within the ellipse that just fits into the box, more than 1 without."""
    left, top, right, bottom = disc
    x, y = middle((left, top), (right, bottom))
    return math.hypot((point[0] - x) / (right - x), (point[1] - y) / (bottom - y))


def away(point: Point, disc: Box) -> float:
    """How far a point is from the outline, about."""
    return abs(level(point, disc) - 1) * min(disc[2] - disc[0], disc[3] - disc[1]) / 2


def passes(a: Point, b: Point, disc: Box) -> bool:
    """Whether a line comes more than a pixel deep into a node."""
    grown = (disc[0] + 1, disc[1] + 1, disc[2] - 1, disc[3] - 1)
    return crosses(a, b, disc) and any(level(point, grown) < 1 for point in along(a, b))


def overlap(a: Box, b: Box) -> bool:
    """Whether two boxes share some pixels."""
    return min(a[2], b[2]) - max(a[0], b[0]) > TOUCH and min(a[3], b[3]) - max(a[1], b[1]) > TOUCH


def covers(disc: Box, box: Box) -> bool:
    """Whether a node and a box share some points."""
    left, top, right, bottom = box
    x, y = middle((disc[0], disc[1]), (disc[2], disc[3]))
    return level((min(max(x, left + TOUCH), right - TOUCH), min(max(y, top + TOUCH), bottom - TOUCH)), disc) < 1


# -- reading --------------------------------------------------------------------------------------------------


def read(svg: str) -> Picture:
    """The arrows, nodes and words of a picture."""
    root = ET.fromstring(svg)
    shapes = root.iterfind(f"{NS}defs/{NS}path")
    outlines = {f"#{shape.get('id')}": extent(points(numbers(shape.get("d", "")))) for shape in shapes}
    picture = Picture()
    for group in root.iterfind(f"{NS}g/{NS}g"):
        kind = group.get("class", "").split()[0]
        if kind == "edge":
            line, head = (group.find(f"{NS}path[@class='{name}']") for name in ("line", "head"))
            words = [box for part in group.iterfind(f"{NS}g") for box in inked(part, outlines)]
            if line is None or head is None:
                picture.words += words  # dots between the labels of others
                continue
            lines = [points(numbers(part)) for part in line.get("d", "").split("M")[1:]]
            picture.arrows.append(Arrow(lines, points(numbers(head.get("d", ""))), words))
        elif kind == "node":
            picture.discs += [disc(shape) for shape in group if shape.tag in (f"{NS}circle", f"{NS}ellipse")]
            beside = [part for part in group.iterfind(f"{NS}g") if part.get("class") != "label"]
            picture.words += [box for part in beside for box in inked(part, outlines)]
        elif kind == "caption":
            picture.words += inked(group, outlines)
    return picture


def numbers(text: str) -> list[float]:
    """All numbers in a text."""
    return [float(number) for number in NUMBER.findall(text)]


def points(found: list[float]) -> list[Point]:
    """Numbers two by two."""
    return [*zip(found[::2], found[1::2], strict=True)]


def disc(shape: ET.Element) -> Box:
    """The box round a circle or an ellipse."""
    cx, cy = (float(shape.get(name, "nan")) for name in ("cx", "cy"))
    rx, ry = (float(shape.get(name, shape.get("r", "nan"))) for name in ("rx", "ry"))
    return cx - rx, cy - ry, cx + rx, cy + ry


def extent(outline: list[Point]) -> Box:
    """The box round an outline of lines and curves, or of what its curves are drawn by."""
    xs, ys = zip(*outline, strict=True) if outline else ((0.0,), (0.0,))
    return min(xs), min(ys), max(xs), max(ys)


def inked(words: ET.Element, outlines: dict[str, Box]) -> list[Box]:
    """One box for each line of some words."""
    boxes = []
    for line in words:
        x, y, *size = numbers(line.get("transform", ""))
        if line.tag == f"{NS}text":
            wide, tall = float(line.get("textLength", "nan")), float(line.get("font-size", "nan"))
            boxes.append((x, y - 0.7 * tall, x + wide, y))
            continue
        parts = []
        for mark in line:
            if mark.tag == f"{NS}use":
                plain = [float(mark.get("x", 0)), float(mark.get("y", 0)), 1.0]
                dx, dy, scale = numbers(mark.get("transform", "")) or plain
                left, top, right, bottom = outlines[mark.get("href", "")]
                parts.append((dx + scale * left, dy + scale * top, dx + scale * right, dy + scale * bottom))
            else:
                left, top = float(mark.get("x", "nan")), float(mark.get("y", "nan"))
                parts.append((left, top, left + float(mark.get("width", 0)), top + float(mark.get("height", 0))))
        ink = [f(side) for f, side in zip((min, min, max, max), zip(*parts, strict=True), strict=True)]
        boxes.append((x + size[0] * ink[0], y + size[0] * ink[1], x + size[0] * ink[2], y + size[0] * ink[3]))
    return boxes
