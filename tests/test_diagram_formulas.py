"""Formulas and derivations as pictures: typeset, well-formed, one step a line, and hostile labels stay text."""

import sys
from xml.etree import ElementTree as ET

import pytest

from autograd import Value, cos, derivation, formula
from autograd.formula import Formula

SVG = "{http://www.w3.org/2000/svg}"


def size(svg: str) -> tuple[float, float]:
    root = ET.fromstring(svg)
    return float(root.get("width", "nan")), float(root.get("height", "nan"))


def test_a_formula_is_typeset_and_says_in_words_what_it_is() -> None:
    x, y = Value(1.0, "x"), Value(2.0, "y")
    root = ET.fromstring(formula(cos(x**2 * y)).svg)
    assert len(list(root.iter(f"{SVG}use"))) == len("cos(x2y)")
    assert [element.text for element in root.iter(f"{SVG}title")] == ["cos(x²y)"]


def test_a_picture_is_as_large_as_what_is_in_it() -> None:
    wide, tall = size(formula(Value(1.0, "x") / Value(2.0, "y")).svg), size(Formula("x").svg)
    assert wide[1] > tall[1]
    assert tall[0] < 30
    assert tall[1] < 40


def test_a_formula_needs_no_graphviz(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.setitem(sys.modules, "pygraphviz", None)
    x = Value(1.0, "x")
    assert formula(x * x).svg.startswith("<svg")
    assert derivation(x * x, x).svg.startswith("<svg")


def test_a_derivation_has_one_line_for_each_step() -> None:
    x, y = Value(1.0, "x"), Value(2.0, "y")
    f = cos(x**2 * y) + x**2
    chain = derivation(f, x)
    heights = [size(chain.svg)[1], size(chain.symbols.svg)[1]]
    assert len(chain.steps) == 3
    assert heights[0] > 2 * heights[1]


@pytest.mark.parametrize("label", ["<b>&", r"\frac{", "$x$", "\x00", "שלום", "x" * 10_000, ""])
def test_hostile_labels_stay_text(label: str) -> None:
    x = Value(1.0, label)
    for svg in (formula(x * 2).svg, derivation(x * 2, x).svg):
        allowed = {"svg", "title", "desc", "style", "defs", "g", "path", "use", "rect", "text"}
        assert {element.tag.removeprefix(SVG) for element in ET.fromstring(svg).iter()} <= allowed


def test_it_is_the_same_every_time() -> None:
    assert Formula("x").svg == Formula("x").svg != Formula("y").svg
