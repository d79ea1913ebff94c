"""Labels in formulas: each shows what it says, and no name that is made up is one that a label has."""

from itertools import product
from typing import Any

import pytest

from autograd import Value, custom, derivation, draw, exp, formula, ops, sin, steps
from autograd.formula import Formula, symbol_tex
from autograd.typeset.glyphs import set_text, typeset
from autograd.typeset.label import Math, text
from autograd.typeset.symbols import binding, unescaped, unused

HOSTILE = ["learning_rate", "50%", "{x}", "$5", "a\\b", "#1", "R&D", "a~b", "ab^2", "<b>", "}{", "$x$", "a||b", "a==b"]
HOSTILE += ["\\", "\\alpha", "&alpha;", "x^{2", "a:=b", "100%_{}", "ü_1", "-->", "\\text{a}", "\\}"]
A_PLUS_B, SQUARE, MINUS, X, C = Formula("a + b"), Formula("x^{2}"), Formula("-1"), Formula("x"), Formula("c")


@pytest.mark.parametrize("label", HOSTILE)
def test_a_label_is_typeset_as_it_is_typed(label: str) -> None:
    typed, shown = set_text(label), typeset(Math(symbol_tex(label), label))
    assert [glyph.name for glyph in shown.glyphs] == [glyph.name for glyph in typed.glyphs]
    assert shown.glyphs
    assert unescaped(symbol_tex(label)[6:-1]) == label


def test_so_is_the_name_of_a_function() -> None:
    square = custom("square_of", lambda m, x: (x * x, (2 * x,)), symbol="sq_50%")
    f = square(X)
    assert (f.tex, f.text, f.python) == (r"\text{sq\_50\%}(x)", "sq_50%(x)", "square_of(x)")
    shown = {glyph.name for glyph in typeset(Math(f.tex, f.text)).glyphs}
    assert shown >= {glyph.name for glyph in set_text("sq_50%()").glyphs}


@pytest.mark.parametrize("label", HOSTILE)
def test_a_label_is_typed_out_in_everything_that_is_told(label: str) -> None:
    x, y = Value(2.0, label), Value(3.0, "y")
    f = sin(x * y)
    told = [formula(f).text, derivation(f, y).text, str(steps(f)), draw(f, fold=()).scene.sentence()]
    assert all(label in words for words in told)
    assert all(words.count("\\") == words.count(label) * label.count("\\") for words in told)


@pytest.mark.parametrize(
    ("f", "text", "tex", "python"),
    [
        (A_PLUS_B * C, "(a + b)·c", r"(\text{a + b}) c", "(a + b) * c"),
        (C * A_PLUS_B, "c·(a + b)", r"c (\text{a + b})", "c * (a + b)"),
        (2 * A_PLUS_B, "2(a + b)", r"2 (\text{a + b})", "2 * (a + b)"),
        (C / A_PLUS_B, "c/(a + b)", r"\frac{c}{\text{a + b}}", "c / (a + b)"),
        (C - A_PLUS_B, "c - (a + b)", r"c - (\text{a + b})", "c - (a + b)"),
        (-A_PLUS_B, "-(a + b)", r"-(\text{a + b})", "-(a + b)"),
        (A_PLUS_B**2, "(a + b)²", r"(\text{a + b})^{2}", "(a + b)**2"),
        (ops.sin(A_PLUS_B), "sin(a + b)", r"\sin(\text{a + b})", "sin(a + b)"),
        (SQUARE**2, "(x²)²", "(x^{2})^{2}", "(x^{2})**2"),
        (Formula("w_i^{(k)}") ** 2, "(wᵢ⁽ᵏ⁾)²", "(w_{i}^{(k)})^{2}", "(w_i^{(k)})**2"),
        (C + MINUS, "c + (-1)", r"c + (\text{-1})", "c + (-1)"),
        (MINUS + C, "(-1) + c", r"(\text{-1}) + c", "(-1) + c"),
        (C * MINUS, "c·(-1)", r"c (\text{-1})", "c * (-1)"),
        (ops.sum([C, MINUS, X]), "c + (-1) + x", r"c + (\text{-1}) + x", "sum([c, -1, x])"),
        (Formula("a/b") ** 2, "(a/b)²", r"(\text{a/b})^{2}", "(a/b)**2"),
        (X / Formula("a*b"), "x/(a*b)", r"\frac{x}{\text{a*b}}", "x / (a*b)"),
        (Formula("learning rate") * X, "learning rate·x", r"\text{learning rate} \, x", "learning rate * x"),
        (
            Formula("days") * Formula("rate a day"),
            "days·rate a day",
            r"\text{days} \cdot \text{rate a day}",
            "days * rate a day",
        ),
        (2 * Formula("days") * Formula("rate"), "2days·rate", r"2 \, \text{days} \cdot \text{rate}", "2 * days * rate"),
        (Formula("learning rate") ** 2, "(learning rate)²", r"(\text{learning rate})^{2}", "(learning rate)**2"),
        (2 * Formula("50%"), "2·50%", r"2 \cdot \text{50\%}", "2 * 50%"),
        (2 * Formula("$5"), "2·$5", r"2 \cdot \text{\$5}", "2 * $5"),
        (Formula("a if b else c") + X, "(a if b else c) + x", r"(\text{a if b else c}) + x", "(a if b else c) + x"),
        (Formula("f(a + b)") * X, "f(a + b)·x", r"\text{f(a + b)} \, x", "f(a + b) * x"),
        (Formula("a) + (b") * X, "(a) + (b)·x", r"(\text{a) + (b}) x", "(a) + (b) * x"),
    ],
)
def test_a_label_that_is_an_expression_gets_its_parentheses(f: Formula, text: str, tex: str, python: str) -> None:
    assert (f.text, f.tex, f.python) == (text, tex, python)


EXPRESSIONS = ["a + b", "a - b", "a*b", "a/b", "a**b", "-a", "(a + b)", "a", "a*-b", "+a*b", "a - (b - a)*b"]


@pytest.mark.parametrize(("one", "two"), list(product(EXPRESSIONS, EXPRESSIONS)))
def test_a_formula_of_labels_means_what_the_labels_mean(one: str, two: str) -> None:
    """Python itself evaluates the formula: each label as if it were a number."""
    names = {"a": 2.5, "b": 0.75}
    x, y = (eval(label, {}, names) for label in (one, two))  # noqa: S307  # our own text
    f, g = Formula(one), Formula(two)
    meant: list[tuple[Any, float]] = [
        (f + g, x + y),
        (f - g, x - y),
        (f * g, x * y),
        (f / g, x / y),
        (-f, -x),
        (f**2, x**2),
    ]
    meant += [(f**3 * (f - 1) / 2, x**3 * (x - 1) / 2), (2 / f, 2 / x), (2 * f * 3, 2 * x * 3)]
    for written, value in meant:
        assert eval(written.python, {}, names) == pytest.approx(value, rel=1e-14)  # noqa: S307  # our own text


@pytest.mark.parametrize(
    ("label", "told", "product"),
    [
        ("a + b", "(a + b)", "(a + b)·c"),
        ("-1", "(-1)", "(-1)·c"),
        ("x^{2}", "x²", "x²c"),
        ("learning_rate", "learning_rate", "learning_rate·c"),
        ("w_{1,2}^{(1)}", "w₁,₂⁽¹⁾", "w₁,₂⁽¹⁾·c"),
    ],
)
def test_what_is_told_step_by_step_has_the_parentheses_too(label: str, told: str, product: str) -> None:
    x, c = Value(2.0, label), Value(3.0, "c")
    f = x * c
    lines = str(steps(f)).splitlines()
    assert lines[1] == f"f = {product} = 2·3 = 6"
    assert lines[3] == f"∂f/∂{told} = ∂f/∂f·c = 1·3 = 3"
    assert derivation(f, x).text.startswith(f"∂f/∂{told} = c\n")
    assert lines[4].startswith(f"∂f/∂c = ∂f/∂f·{told} = 1·2")


@pytest.mark.parametrize("label", ["v1", "v_1", "v_{1}", "v₁"])
def test_a_name_that_is_made_up_is_no_label_however_that_is_spelled(label: str) -> None:
    x, y, z = Value(1.0, "x"), Value(2.0, "y"), Value(3.0, label)
    long = sin(x * y) * exp(x + y) * sin(x - y) * sin(x / y)
    shown = [text(node.label) for node in draw(long * long * z + sin(long), fold=()).scene.nodes]
    assert shown.count("v₁") == 1  # the label
    assert "v₂" in shown


def test_not_even_of_a_node_that_is_not_drawn() -> None:
    x, z = Value(1.0, "x"), Value(3.0, "v_1")
    inner = sin(x) * exp(x)
    shown = draw(inner * z, depth=0).scene
    assert text(shown.nodes[0].note or shown.nodes[0].label).count("v₁") == 1


def test_the_ends_of_a_derivation_are_called_what_nothing_else_is() -> None:
    f = Value(3.0, "f")
    assert derivation(f * f, f).text == "∂g/∂f = f + f\n      = 3 + 3\n      = 6"
    x = Value(2.0, "x")
    assert derivation(Value(3.0) * x, x).text.startswith("∂f/∂x = 3")
    y = Value(5.0)
    assert derivation(x * y, y).text.startswith("∂f/∂y = x")
    assert str(steps(f * f)).splitlines()[1].startswith("f² = 3·3 = 9")


def test_names_run_out_of_letters_but_never_out() -> None:
    assert next(unused("fgh", ["f", "g", "h", "f1", None])) == "f_2"


def test_how_closely_a_label_holds_together() -> None:
    closer = ["a = b", "a + b", "a b", "a^b^c", "f(a = b)"]
    assert [binding(label) for label in closer] == sorted({binding(label) for label in closer})
    assert [binding(label) == binding("x") for label in ("1e-5", "[a, b]", "x'", "a.b", "x₁", "x²")] == [True] * 5 + [
        False
    ]


@pytest.mark.parametrize(
    ("label", "times_c", "squared"),
    [
        ("a_b_c", "a_b_c·c", "a_b_c²"),
        ("2x", "2x·c", "(2x)²"),
        ("3D", "3D·c", "(3D)²"),
        ("x^y", "x^y·c", "(x^y)²"),
        ("w^T", "w^T·c", "(w^T)²"),
        ("x_a", "x_a·c", "x_a²"),
        ("x_{max}", "x_{max}·c", "x_{max}²"),
        ("x_{n_k}", "xₙₖ·c", "xₙₖ²"),
    ],
)
def test_what_stands_beside_a_label_is_not_taken_for_a_part_of_it(label: str, times_c: str, squared: str) -> None:
    x, c = Value(2.0, label), Value(3.0, "c")
    assert (formula(x * c).text, formula(x**2).text) == (times_c, squared)


def test_a_space_keeps_a_label_and_the_name_of_a_function_apart() -> None:
    e, x = Value(2.0, "e"), Value(3.0, "x")
    assert formula(e * exp(x)).tex == r"e \, \operatorname{exp}(x)"
    assert formula(e * sin(x)).tex == r"e \, \sin(x)"


def test_a_label_e_anywhere_in_a_picture_or_derivation_is_no_base_of_powers_in_it() -> None:
    e, x, y = Value(2.0, "e"), Value(1.0, "x"), Value(1.0, "y")
    z = e * exp(x) + exp(y)
    scene = draw(z).scene
    written = [text(node.label) for node in scene.nodes] + [text(edge.label) for edge in scene.edges]
    assert "exp(y)" in written
    assert not any("e^" in one for one in written)
    assert "e^" not in str(steps(z))
    assert derivation(z, y).text == "∂f/∂y = exp(y)\n      = 2.71828"
    assert formula(exp(y)).text == "e^y"
