"""The sentences of the player in pieces: what is typeset once, and where numbers are put in that the reader may change.

A sentence is an equation of several sides, each a list of parts: a string of signs or words, the number of a typeset
piece, or a `Slot` for a number.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property

from autograd.diagram.figure.arrows import WRITERS, Arrow
from autograd.diagram.figure.dataflow import Figure
from autograd.diagram.figure.graph import Drawn
from autograd.diagram.figure.naming import as_label
from autograd.formula import Formula
from autograd.stepping.grammar import Placed
from autograd.stepping.passes import (
    MOST,
    TERMS,
    TOP,
    Backward,
    Forward,
    Given,
    SpokenNames,
    Step,
    arrows_into,
    data,
    factor_needs_parentheses,
    forward_pass,
    shown_numbers,
)
from autograd.typeset.glyphs import Box, Glyph, typeset
from autograd.typeset.label import Line, Math, text
from autograd.value import Value

__all__ = ["Pieces", "Sentences", "Signs"]

PLAIN, FACTOR, ROOT, TERM = range(4)  # how a number is put in: see `Slot` in numbers.js
Slot = list[str | int]  # of a value "v", a gradient "g" or a slope "s": of which node or arrow, and how it is put in
Bit = str | int | Slot

# Digits that no formula is written with stand for numbers in text that is taken apart again. There are two at least,
# since a root of one would have no parentheses.
STAND_INS = str.maketrans("0123456789", "᭐᭑᭒᭓᭔᭕᭖᭗᭘᭙")
STAND_IN = re.compile("[᭐-᭙]+")


class Pieces:
    """Typeset pieces of sentences, each kept once."""

    def __init__(self) -> None:
        self.boxes: dict[tuple[Line, str], Box] = {}
        self.places: dict[tuple[Line, str], int] = {}

    def number(self, line: Line, said: str = "") -> int:
        """The number of the piece that shows `line`, and is read out as `said`."""
        key = line, said or text(line)
        if key not in self.boxes:
            self.boxes[key], self.places[key] = typeset(line), len(self.places)
        return self.places[key]

    def told(self, runs: Sequence[Sequence[Placed]]) -> list[list[object]]:
        """Each piece as lists of numbers: what it says, its size, its glyphs by height, and its bars.

        `runs` are what is drawn of each: glyphs, or several under a name.
        """
        drawn = zip(self.boxes.items(), runs, strict=True)
        return [[said, *measured(box, run)] for ((_, said), box), run in drawn]


def measured(box: Box, run: Sequence[Placed]) -> list[object]:
    """A typeset line as lists of numbers."""
    rows: dict[int, list[int | str]] = {}
    for address, x, y in run:
        glyph = re.fullmatch(r"#g(\d+)", address)
        rows.setdefault(y, []).extend((int(glyph[1]) if glyph else address[1:], x))
    bars = [[bar.x, bar.y, bar.width, bar.height] for bar in box.bars]
    told = [box.width, box.ascent, box.descent, [[y, *row] for y, row in rows.items()], bars]
    return [*told, box.text] if box.text else told


class Signs:
    """The glyphs of digits and signs, of which numbers.js makes numbers, as they stand in what is typeset here."""

    def __init__(self) -> None:
        tex = {sign: {"·": r"\cdot", "…": r"\ldots", "∞": r"\infty"}.get(sign, sign) for sign in "0123456789.-+=(),…–∞"}
        self.boxes = {sign: typeset(Math(written)) for sign, written in tex.items()}
        self.dot = typeset(Math(r"0 \cdot 0"))
        self.powers = typeset(Math("0^{0123456789}")), typeset(Math("0^{-0}"))

    @property
    def glyphs(self) -> list[Glyph]:
        """All that there are."""
        return [glyph for box in (*self.boxes.values(), self.dot, *self.powers) for glyph in box.glyphs]

    def told(self, glyphs: Mapping[str, int]) -> dict[str, object]:
        """For each sign its glyph, the way to the next one, and the space before it; the same for small digits."""
        signs = {sign: [glyphs[box.glyphs[0].name], box.width, 0] for sign, box in self.boxes.items()}
        _, dot, other = self.dot.glyphs
        signs["·"] = [glyphs[dot.name], other.x - signs["0"][1], dot.x - signs["0"][1]]
        (_, *digits), (_, minus, digit) = (box.glyphs for box in self.powers)
        ends = [glyph.x for glyph in digits[1:]] + [self.powers[0].width]
        small = {str(i): [glyphs[x.name], end - x.x] for i, (x, end) in enumerate(zip(digits, ends, strict=True))}
        small["-"] = [glyphs[minus.name], digit.x - minus.x]
        return {"signs": signs, "small": small, "raised": [digits[0].y, digit.y], "scale": digit.scale}


class Sentences:
    """What is said of the steps over a figure.

    - `pieces`: the typeset pieces that are used.
    - `name`, `quotient`, `partial`: the pieces for a node, for the derivative with respect to it, and for what stands
      on an arrow as a factor.
    """

    def __init__(self, figure: Figure, pieces: Pieces) -> None:
        self.figure, self.pieces = figure, pieces
        self.names = SpokenNames(figure)
        self.node = {node: i for i, node in enumerate(figure.drawn)}
        self.arrow = {id(arrow): i for i, arrow in enumerate(figure.arrows)}

    def sides(self, step: Step) -> list[list[Bit]]:
        """The sides of the equation that a step is told as."""
        if isinstance(step, Given):
            return [self.given(step)]
        node = self.node[step.node]
        if isinstance(step, Backward):
            symbols = joined([self.quotient(t.arrow.head), "·", *self.partial(t.arrow)] for t in step.terms)
            numbers = joined([self.gradient(t.arrow, FACTOR), "·", self.slope(t.arrow, FACTOR)] for t in step.terms)
            return [[self.quotient(step.node)], symbols, numbers, [["g", node, PLAIN]]]
        return [[self.name(step.node)], self.expression(step), self.put_in.get(step.node, []), [["v", node, PLAIN]]]

    def given(self, step: Given) -> list[Bit]:
        """The leaves with their values."""
        parts: list[Bit] = ["Given: "]
        for i, node in enumerate(step.nodes[:MOST]):
            parts += [", "] * bool(i) + [self.name(node), " = ", ["v", self.node[node], PLAIN]]
        more = len(step.nodes) - MOST
        if not step.nodes:
            parts.append("what is not shown")
        return [*parts, f", and {more} more." if more > 0 else "."]

    def expression(self, step: Forward) -> list[Bit]:
        """How a node was computed."""
        node = step.node
        if not step.expression:
            return []
        if isinstance(node, Value) and node not in self.figure.graph.of:
            written = self.figure.graph.written(node, self.figure.names)
            return [self.pieces.number(Math(written.tex, step.expression), step.expression)]
        return [self.name(node)]

    @cached_property
    def put_in(self) -> dict[Drawn, list[Bit]]:
        """How each node was computed, with slots for numbers put in, unless that is too long to read."""

        def stand_in(node: Drawn, taken: frozenset[str]) -> Formula:
            return Formula(nodes.setdefault(node, str(10 + len(nodes)).translate(STAND_INS)))

        nodes: dict[Drawn, str] = {}
        steps = [*forward_pass(self.figure, arrows_into(self.figure), self.names, stand_in)]
        found = {written: node for node, written in nodes.items()}
        return {step.node: self.slotted(step.put_in, found) for step in steps}

    def slotted(self, written: str, nodes: Mapping[str, Drawn]) -> list[Bit]:
        """Text with slots for the numbers whose stand-ins are in it."""
        texts, found = STAND_IN.split(written), STAND_IN.findall(written)
        kinds = [kind(texts[i], texts[i + 1]) for i in range(len(found))]
        for i, how in enumerate(kinds):
            if how == ROOT:
                texts[i], texts[i + 1] = texts[i][:-1], texts[i + 1][1:]
            if how == TERM:
                texts[i] = texts[i][: -len(" + ")]
        parts: list[Bit] = [*self.run(texts[0])]
        for stand_in, how, after in zip(found, kinds, texts[1:], strict=True):
            node = nodes[stand_in]
            # A leaf that is not drawn cannot be changed.
            value: Bit = ["v", self.node[node], how] if node in self.node else put_in_as(how, shown_numbers(data(node)))
            parts += [value, *self.run(after)]
        return parts

    def run(self, written: str) -> list[Bit]:
        """Text between numbers, with the blanks at its ends, at which a line may be broken."""
        if not written.strip():
            return [written] * bool(written)
        before, after = (" " * written.startswith(" "), " " * written.endswith(" "))
        inside = written.strip()
        part = inside if SIGNS.fullmatch(inside) else self.pieces.number(inside, inside)
        return [x for x in (before, part, after) if x != ""]

    def name(self, node: Drawn) -> int:
        """The piece for the name of a node."""
        said = self.names[node]
        line = Math(TOP) if node is self.names.top else as_label(self.figure.names[node])
        assert isinstance(line, (str, Math))  # a formula is one line
        return self.pieces.number(line, said)

    def quotient(self, node: Drawn) -> int:
        """The piece for the derivative with respect to a node."""
        root = self.figure.graph.same[self.figure.roots[0]]
        above, below = (self.differential(x) for x in (root, node))
        said = f"∂{self.names.below(root)}/∂{self.names.below(node)}"
        return self.pieces.number(Math(rf"\frac{{\partial {above}}}{{\partial {below}}}", said), said)

    def differential(self, node: Drawn) -> str:
        """What stands behind a ∂, in TeX."""
        tex = TOP if node is self.names.top else self.figure.names[node].tex
        return tex if self.names.whole(node) else f"({tex})"

    def partial(self, arrow: Arrow) -> list[Bit]:
        """What stands on an arrow as a factor."""
        line = WRITERS["symbols"](arrow, self.figure.names)
        assert isinstance(line, (str, Math))
        said = text(line)
        piece = self.pieces.number(line, said)
        return ["(", piece, ")"] if factor_needs_parentheses(arrow, said) else [piece]

    def gradient(self, arrow: Arrow, how: int) -> Slot:
        """A slot for the gradient of the head of an arrow."""
        return ["g", self.node[arrow.head], how]

    def slope(self, arrow: Arrow, how: int) -> Slot:
        """A slot for the partial on an arrow."""
        return ["s", self.arrow[id(arrow)], how]


SIGNS = re.compile(r"[-0-9.+=·(),… ]*")  # what numbers.js typesets by itself


def kind(before: str, after: str) -> int:
    """How a number is put in between two texts."""
    if before.endswith(("√(", "∛(")) and after.startswith(")"):
        return ROOT
    alone = not after or after.startswith((")", ", ", " + ", " - ", "|", "⌋", "⌉"))
    if alone and before.endswith(" + "):
        return TERM
    return PLAIN if alone and (not before or before.endswith(("(", ", ", "|", "⌊", "⌈"))) else FACTOR


def put_in_as(how: int, written: str) -> str:
    """A number as numbers.js puts it in."""
    if how == TERM:
        return f" - {written[1:]}" if written.startswith("-") else f" + {written}"
    alone = how == PLAIN or (how == FACTOR and not written.startswith("-")) or (how == ROOT and len(written) == 1)
    return written if alone else f"({written})"


def joined(terms: Iterable[Sequence[Bit]]) -> list[Bit]:
    """A sum, of many terms the first ones and the last."""
    terms = list(terms)
    shown = terms if len(terms) <= TERMS else [*terms[: TERMS - 2], ["…"], terms[-1]]
    parts: list[Bit] = []
    for i, term in enumerate(shown):
        parts += [" + "] * bool(i) + [*term]
    return parts
