"""Formulas: what is written, in three notations, and what is simplified."""

import math
import random
from typing import Any

import pytest

import autograd
from autograd import Value, cos, formula, ops, relu, sigmoid, sin
from autograd.custom_op import CustomOp
from autograd.formula import Formula, decimal, local_partials, same, symbol_tex, symbol_text

X, Y, Z = Formula("x"), Formula("y"), Formula("z")


@pytest.mark.parametrize(
    ("f", "text"),
    [
        (X + 0, "x"),
        (0 + X, "x"),
        (X - 0, "x"),
        (0 - X, "-x"),
        (1 * X, "x"),
        (X * 1, "x"),
        (0 * X, "0"),
        (X * 0, "0"),
        (-1 * X, "-x"),
        (X / 1, "x"),
        (0 / X, "0"),
        (X**1, "x"),
        (X**0, "1"),
        (ops.neg(-X), "x"),
        (-X * Y, "-xy"),
        (X * -Y, "-xy"),
        (-X / Y, "-x/y"),
        (-2 / X, "-2/x"),
        (X + -Y, "x - y"),
        (X - -Y, "x + y"),
        (X * X, "x²"),
        (2 * (3 * X), "6x"),
        (X / Y / Y, "x/y²"),
        ((1 / X) ** 2, "1/x²"),
        (ops.sqrt(X) ** 2, "x"),
        ((X**2) ** 2, "x⁴"),
        (ops.sech(X) ** 2, "1/cosh²(x)"),
        (ops.unit(X, Y), "x/√(x² + y²)"),
        (Formula(2) + 3, "5"),
        (Formula(2) - 3, "-1"),
        (Formula(2) * 3, "6"),
        (-Formula(2), "-2"),
    ],
)
def test_what_nobody_would_write_is_not_written(f: Formula, text: str) -> None:
    assert f.text == text


@pytest.mark.parametrize(
    ("f", "text", "tex", "python"),
    [
        (Y + X * 2, "y + x·2", r"y + x \cdot 2", "y + x * 2"),
        ((X + Y) * Z, "(x + y)·z", "(x + y) z", "(x + y) * z"),
        (X * (Y + Z), "x·(y + z)", "x (y + z)", "x * (y + z)"),
        (X - (Y - Z), "x - (y - z)", "x - (y - z)", "x - (y - z)"),
        (X / Y * Z, "x/y·z", r"\frac{x}{y} z", "x / y * z"),
        ((1 / (1 - X)) * (1 - Y), "1/(1 - x)·(1 - y)", r"\frac{1}{1 - x} (1 - y)", "1 / (1 - x) * (1 - y)"),
        (ops.sqrt(X) * Y, "√x·y", r"\sqrt{x} y", "sqrt(x) * y"),
        (2**X * Y, "2^x·y", "2^{x} y", "2**x * y"),
        (ops.sin(X) ** -1, "sin(x)⁻¹", r"\sin(x)^{-1}", "sin(x)**(-1)"),
        (
            ops.where(X > 0, X, Y) + 1,
            "(x if x > 0 else y) + 1",
            r"(x \text{ if } x > 0 \text{ else } y) + 1",
            "where(x > 0, x, y) + 1",
        ),
        (abs(abs(X) + Y), "abs(|x| + y)", r"\left|\left|x\right| + y\right|", "abs(abs(x) + y)"),
        (X / (Y * Z), "x/(yz)", r"\frac{x}{y z}", "x / (y * z)"),
        ((X + 1) ** 2, "(x + 1)²", "(x + 1)^{2}", "(x + 1)**2"),
        (X ** (Y + 1), "x^(y + 1)", "x^{y + 1}", "x**(y + 1)"),
        (X**-1, "x⁻¹", "x^{-1}", "x**(-1)"),
        (ops.sin(X) ** 2, "sin²(x)", r"\sin^{2}(x)", "sin(x)**2"),
        (abs(X), "|x|", r"\left|x\right|", "abs(x)"),
        (ops.exp(-X), "e^(-x)", "e^{-x}", "exp(-x)"),
        (ops.cbrt(X), "∛x", r"\sqrt[3]{x}", "cbrt(x)"),
        (ops.sqrt(X + 1), "√(x + 1)", r"\sqrt{x + 1}", "sqrt(x + 1)"),
        (ops.log(X), "ln(x)", r"\ln x", "log(x)"),
        (ops.expm1(X), "e^x - 1", "e^{x} - 1", "expm1(x)"),
        (ops.log1p(X), "ln(1 + x)", r"\ln(1 + x)", "log1p(x)"),
        (ops.xlogy(X, Y), "x·ln(y)", r"x \, \ln y", "xlogy(x, y)"),
        (ops.hypot(X, 1), "√(1 + x²)", r"\sqrt{1 + x^{2}}", "hypot(x, 1)"),
        (ops.dot([X, Y], [2, Z]), "x·2 + yz", r"x \cdot 2 + y z", "dot([x, y], [2, z])"),
        (ops.sum([X, -Y, Z]), "x - y + z", "x - y + z", "sum([x, -y, z])"),
        (ops.logsumexp([X, Y]), "ln(e^x + e^y)", r"\ln(e^{x} + e^{y})", "logsumexp([x, y])"),
        (ops.where(X > 0, X, -X), "x if x > 0 else -x", r"x \text{ if } x > 0 \text{ else } -x", "where(x > 0, x, -x)"),
        (ops.where(X <= Y, 1, 0), "[x ≤ y]", r"[x \le y]", "where(x <= y, 1, 0)"),
        (ops.where(X >= Y, 1, 0), "[x ≥ y]", r"[x \ge y]", "where(x >= y, 1, 0)"),
    ],
)
def test_each_notation_writes_it_so(f: Formula, text: str, tex: str, python: str) -> None:
    assert (f.text, f.tex, f.python) == (text, tex, python)


def test_long_sums_are_elided_for_people_and_whole_for_python() -> None:
    terms = [Formula(f"x{i}") for i in range(1, 10)]
    assert ops.sum(terms).text == "x₁ + x₂ + x₃ + … + x₉"
    assert ops.sum(terms).tex == r"x_{1} + x_{2} + x_{3} + \cdots + x_{9}"
    assert ops.sum(terms).python == "sum([x1, x2, x3, x4, x5, x6, x7, x8, x9])"


@pytest.mark.parametrize(
    ("x", "text", "tex", "python"),
    [
        (2.0, "2", "2", "2.0"),
        (0.1, "0.1", "0.1", "0.1"),
        (1 / 3, "0.333333", "0.333333", "0.3333333333333333"),
        (-1.5, "-1.5", "-1.5", "-1.5"),
        (1e-9, "1e-09", "10^{-9}", "1e-09"),
        (2.5e20, "2.5e+20", r"2.5 \cdot 10^{20}", "2.5e+20"),
        (-3e-12, "-3e-12", r"-3 \cdot 10^{-12}", "-3e-12"),
        (math.inf, "∞", r"\infty", "float('inf')"),
        (-math.inf, "-∞", r"-\infty", "float('-inf')"),
        (math.nan, "NaN", r"\text{NaN}", "float('nan')"),
    ],
)
def test_numbers(x: float, text: str, tex: str, python: str) -> None:
    f = Formula(x)
    assert (f.text, f.tex, f.python) == (text, tex, python)
    assert decimal(2.0) == "2"


@pytest.mark.parametrize(
    ("label", "tex", "text"),
    [
        ("x", "x", "x"),
        ("x12", "x_{12}", "x₁₂"),
        ("theta", r"\theta", "θ"),
        ("lambda", r"\lambda", "λ"),
        ("Omega", r"\Omega", "Ω"),
        ("w_{1,2}^{(1)}", "w_{1,2}^{(1)}", "w₁,₂⁽¹⁾"),
        ("s_i", "s_{i}", "sᵢ"),
        ("x^2", "x^{2}", "x²"),
        ("age", r"\text{age}", "age"),
        ("is young & male", r"\text{is young \& male}", "is young & male"),
        ("100%_{}", r"\text{100\%\_\{\}}", "100%_{}"),
        (r"\input{x}", r"\text{\textbackslash{}input\{x\}}", r"\input{x}"),
    ],
)
def test_labels(label: str, tex: str, text: str) -> None:
    assert (symbol_tex(label), symbol_text(label)) == (tex, text)


def test_a_formula_is_no_deeper_than_memory() -> None:
    f = X
    for _ in range(4000):
        f = ops.sin(f)
    assert f.text.count("sin(") == f.tex.count(r"\sin(") == f.python.count("sin(") == 4000


def test_a_formula_that_would_be_too_long_is_refused_before_it_is_written() -> None:
    f = X
    for _ in range(60):
        f = ops.sin(f) * ops.cos(f)
    with pytest.raises(ValueError, match=r"^Written out, this formula has \d+ symbols, more than 10000; give labels"):
        assert f.text
    assert repr(f).endswith(" symbols)")
    assert not same(f, ops.sin(f))


def test_formulas_show_themselves() -> None:
    assert repr(X * Y) == "Formula(xy)"
    assert same(X * Y, Formula("x") * Formula("y"))
    assert not same(X, Y)


def test_constants_of_either_side_are_taken_in() -> None:
    assert [f.text for f in (2 + X, 2 - X, 2 * X, 2 / X, 2**X)] == ["2 + x", "2 - x", "2x", "2/x", "2^x"]


# -- of graphs --------------------------------------------------------------------------------------------------


def test_labelled_nodes_stand_for_themselves_and_leaves_without_label_as_their_number() -> None:
    x, w = Value(2.0, "x"), Value(0.5)
    s = x * w
    s.label = "s"
    y = sigmoid(s) + 1
    assert formula(y).text == "σ(s) + 1"
    assert formula(s).text == "x·0.5"
    assert formula(w).text == "0.5"
    assert formula(y, {s: Formula("t")}).text == "σ(t) + 1"


def test_a_leaf_has_no_partials() -> None:
    assert local_partials(Value(1.0), {}) == ()


def test_the_slope_of_relu_is_a_bracket() -> None:
    x = Value(1.0, "x")
    (slope,) = local_partials(relu(x), {x: X})
    assert (slope.text, slope.tex) == ("[x > 0]", "[x > 0]")


def test_whole_numbers_and_rests_are_written_as_mathematicians_do() -> None:
    x, y = Formula("x"), Formula("y")
    written = [
        (ops.floor(x), "⌊x⌋", r"\left\lfloor x \right\rfloor", "floor(x)"),
        (ops.ceil(x) * y, "⌈x⌉·y", r"\left\lceil x \right\rceil y", "ceil(x) * y"),
        (ops.floordiv(x, y), "⌊x/y⌋", r"\left\lfloor \frac{x}{y} \right\rfloor", "x // y"),
        (-ops.mod(x, y), "-(x mod y)", r"-(x \; \operatorname{mod} \; y)", "-(x % y)"),
        (y - ops.mod(x * y, x), "y - (xy mod x)", r"y - (x y \; \operatorname{mod} \; x)", "y - ((x * y) % x)"),
        (ops.mod(x, y) * y, "(x mod y)·y", r"(x \; \operatorname{mod} \; y) y", "(x % y) * y"),
    ]
    for f, text, tex, python in written:
        assert (f.text, f.tex) == (text, tex)
        assert f.python == python


@pytest.mark.parametrize("name", list(ops.TABLE))
def test_a_rule_read_in_formulas_evaluates_to_the_rule_read_in_floats(name: str) -> None:
    """What is written in Python, evaluated, is the very computation."""
    op = ops.TABLE[name]
    rng = random.Random(name)
    functions = {**vars(ops), "float": float}
    for _ in range(5):
        n = 4 + op.arity - op.vectors if op.vectors == 2 else 3 if op.vectors else op.arity
        xs = [rng.uniform(1.1, 2) if name == "acosh" else rng.uniform(0.1, 0.9) for _ in range(n)]
        if name == "power":
            xs[1] = 3.0
        if name == "polygamma":
            xs[0] = 1.0
        symbols = [Formula(f"a{i}") for i in range(n)]
        operands: list[Any] = [*symbols]
        if name == "power":
            operands[1] = xs[1]
        if name == "polygamma":
            operands[0] = xs[0]
        value, partials = autograd.op.evaluate(op, xs, xs)
        names = {f"a{i}": x for i, x in enumerate(xs)}
        written, slopes = Formula.read(op, tuple(operands)), op.read(ops, operands)[1]
        assert eval(written.python, functions, names) == pytest.approx(value, rel=1e-15)  # noqa: S307  # our own text
        for slope, expected in zip(slopes, partials, strict=True):
            got = eval(Formula.of(slope).python, functions, names)  # noqa: S307  # our own text
            assert got == pytest.approx(expected, rel=4e-15, nan_ok=True)


def test_terms_whose_indices_do_not_count_are_written_out() -> None:
    w, x = [Formula(f"w_{{1,{j}}}") for j in (1, 3, 2, 4)], [Formula(f"x_{j}") for j in (1, 2, 3, 4)]
    assert ops.dot(w, x).text == "w₁,₁·x₁ + w₁,₃·x₂ + w₁,₂·x₃ + w₁,₄·x₄"


# By these names mathematicians and engineers write functions, too; all other rows have a notation of their own.
NAMED = [
    "sgn",
    "relu",
    "max",
    "min",
    "trunc",
    "round",
    "fmod",
    "ln",
    "log2",
    "log10",
    "sin",
    "cos",
    "tan",
    "arcsin",
    "arccos",
    "arctan",
    "atan2",
    "sinh",
    "cosh",
    "tanh",
]
NAMED += [
    "arsinh",
    "arcosh",
    "artanh",
    "degrees",
    "radians",
    "erf",
    "erfc",
    "Φ",
    "φ",
    "Γ",
    "lnΓ",
    "ψ",
    "σ",
    "softplus",
    "logsigmoid",
    "silu",
    "gelu",
    "elu",
    "leaky_relu",
]


def test_every_row_has_a_notation_or_a_name_that_people_know() -> None:
    """So the tables of `spelled` and `notation` lack none: who adds a row decides here how it is written."""
    rows = [row for row in ops.TABLE.values() if not row.vectors and not isinstance(row, CustomOp)]
    named = {row.symbol for row in rows if _written(row).text.startswith(f"{row.symbol}(")}
    assert named <= {*NAMED}, "spell it in formula/spelled.py, or give it a symbol"
    assert {*NAMED} <= {row.symbol for row in rows}


def _written(row: ops.Op) -> Formula:
    return Formula.read(row, tuple(Formula(name) for name in "xyz"[: row.arity]))


@pytest.mark.parametrize(
    ("f", "tex"),
    [
        (ops.log(X) * Y, r"(\ln x) y"),
        (X * ops.log(Y) * Z, r"(x \, \ln y) z"),
        (X * ops.log(Y), r"x \, \ln y"),
        (ops.log(X) ** 2 * Y, r"(\ln^{2} x) y"),
        (X ** ops.log(Y), r"x^{\ln y}"),
        (ops.log(Formula("x_1^{(m)}")), r"\ln x_{1}^{(m)}"),
        (ops.log(Formula("price of it")), r"\ln(\text{price of it})"),
    ],
)
def test_the_logarithm_of_a_symbol_has_no_parentheses_and_what_follows_is_no_part_of_it(f: Formula, tex: str) -> None:
    assert f.tex == tex


def test_notebooks_typeset_formulas_and_derivations_unless_they_are_too_long() -> None:
    x, y = Value(2.0, "x"), Value(3.0, "y")
    assert formula(x * y)._repr_latex_() == r"$\displaystyle x y$"
    shown = autograd.derivation(x * y, x)._repr_latex_()
    assert shown.startswith(r"$$\begin{aligned} \frac{\partial ")
    assert shown.endswith(r" &= 3 \end{aligned}$$")
    for _ in range(40):
        x = sin(x) * cos(x)
    assert formula(x)._repr_latex_() is None
