"""What the page knows of a graph, as JSON: nodes, arrows, leaves, the order of the passes, and where functions end.

User's text in here is text, and nothing else: the element shows it, and never reads it as code or markup.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import chain
from math import inf, isfinite
from typing import Any

from autograd import ops
from autograd.diagram import style
from autograd.diagram.figure.dataflow import Figure
from autograd.diagram.figure.graph import Drawn
from autograd.diagram.figure.naming import as_label
from autograd.formula import Formula
from autograd.op import Op
from autograd.stepping.passes import Backward, Forward, Step, data
from autograd.stepping.program import FigureProgram, Question, leaves_of
from autograd.stepping.sentences import Sentences
from autograd.typeset.glyphs import clean, shorten
from autograd.typeset.label import Math
from autograd.value import Value
from autograd.vector import Vector

__all__ = ["graph_told"]


def graph_told(
    figure: Figure, steps: Sequence[Step], program: FigureProgram | None, sentences: Sentences
) -> dict[str, Any]:
    """What model.js and player.js need; without a program the numbers stay as they are."""
    number = sentences.node
    values = [data(node) for node in figure.drawn]
    return {
        "nodes": [
            told(name=sentences.name(node), size=len(value), leaf=not figure.graph.parents(node))
            for node, value in zip(figure.drawn, values, strict=True)
        ],
        "arrows": [
            told(
                tail=number[arrow.tail],
                head=number[arrow.head],
                factor=sentences.partial(arrow),
                size=len(arrow.slopes),
                parts=parts_of(arrow.symbol, figure, number),
                constant=in_json(arrow.symbol.head) if isinstance(arrow.symbol.head, (int, float)) else None,
            )
            for arrow in figure.arrows
        ],
        "numbers": [] if program else [in_json(x) for x in chain(*values, *(arrow.slopes for arrow in figure.arrows))],
        "leaves": leaves_told(figure, sentences) if program else [],
        "checks": [check_told(x, number[x.home], figure.names) for x in program.checks] if program else [],
        "forward": [number[step.node] for step in steps if isinstance(step, Forward)],
        "backward": [number[step.node] for step in steps if isinstance(step, Backward)],
        "sides": [sentences.sides(step) for step in steps],
        "quotients": [sentences.quotient(node) for node in figure.drawn],
        "undefined": sentences.pieces.number("undefined"),
    }


USUAL: dict[str, Any] = {
    "size": 1,
    "leaf": False,
    "parts": [],
    "constant": None,
}  # as model.js takes it where it is not told


def told(**facts: Any) -> dict[str, Any]:
    """What is known of a node or an arrow, but for what is usual."""
    return {name: x for name, x in facts.items() if name not in USUAL or x != USUAL[name]}


def parts_of(symbol: Formula, figure: Figure, number: Mapping[Drawn, int]) -> list[Any]:
    """The numbers and nodes that a partial is a product or quotient of; a node as the place of it in a list."""
    nodes = {figure.names[node]: number[node] for node in figure.drawn}
    found: list[Any] = []
    stack = [symbol]
    while stack:
        part = stack.pop()
        if part.head in (ops.mul, ops.div, ops.neg):
            stack += part.args
        elif isinstance(part.head, (int, float)):
            found += [float(part.head)] * (part.head not in (0, 1, -1) and isfinite(part.head))
        elif part in nodes:
            found.append([nodes[part]])
    return found


def in_json(x: float) -> float | str:
    """A number as JSON has it; those that it lacks as JavaScript reads them from text."""
    return x if isfinite(x) else {inf: "Infinity", -inf: "-Infinity"}.get(x, "NaN")


def leaves_told(figure: Figure, sentences: Sentences) -> list[dict[str, Any]]:
    """The leaves that readers change: their labels and numbers, and their places in nodes, which may be vectors."""
    found: list[dict[str, Any]] = []
    for leaf, node in leaves_of(figure).items():
        label = sentences.names[node] if leaf.label is None else leaf.label
        written = as_label(Formula(label))
        assert isinstance(written, (str, Math))  # one line
        name = sentences.pieces.number(written) if isinstance(node, Vector) else sentences.name(node)
        place = sentences.node[node]
        at = sum(x["node"] == place for x in found)
        found.append({"label": label, "name": name, "node": place, "at": at, "data": in_json(leaf.data)})
    return found


SIGNS = {"!=": "≠", ">=": "≥", "<=": "≤"}
KINDS = {"div": "a quotient", "power": "a power", "pow": "a power", "mod": "a remainder", "sqrt": "a square root"}


def check_told(check: Question, home: int, names: Mapping[Drawn, Formula]) -> dict[str, Any]:
    """A question of the domain.

    - `node`: the place of what it is asked of.
    - `says`: where that is defined, such as "ln is defined for x - 3 > 0".
    - `operands`: how each is written, None for a constant.
    """
    op = check.node.op
    assert op is not None  # it has a domain
    assert op.domain is not None
    operands = dict(zip(op.arguments, check.node.args, strict=True))
    formulas = {letter: Formula.of(names[x] if isinstance(x, Value) else x) for letter, x in operands.items()}
    texts = {letter: brief(written) for letter, written in formulas.items()}
    said = re.sub(r"[!><]=", lambda sign: SIGNS[sign[0]], op.domain.description)
    said = re.sub(r"\b[a-z]\b", lambda letter: texts.get(letter[0], letter[0]), said)
    written = [texts[letter] if isinstance(x, Value) else None for letter, x in operands.items()]
    return {"node": home, "says": f"{quantity_of(op, [*formulas.values()])} is defined for {said}", "operands": written}


def quantity_of(op: Op, operands: Sequence[Formula]) -> str:
    """What a function gives, in a sentence: its kind, its symbol, or where that is not written, the whole."""
    whole = op(*operands)
    return KINDS[op.name] if op.name in KINDS else op.symbol if whole.text.startswith(op.symbol) else brief(whole)


def brief(written: Formula) -> str:
    """A formula, or what stands for one that is too long to read."""
    return shorten(clean(written.text)) if written.size <= style.MOST_SYMBOLS else "what is put in"
