"""What formulas write can be read again, and gives the same value; what is not clear is refused."""

import math
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from autograd import DomainError, Value, formula, ieee, ops
from autograd.expression import Expression, ExpressionError
from autograd.formula import Formula
from autograd.graph import nodes
from autograd.op import Op
from autograd.precision import at_precision


def test_what_is_written_is_read() -> None:
    x = {"x": 0.5, "y": 3.0, "z": 4.0}
    read = {
        "x·y": 1.5,
        "xy": 1.5,
        "x²y": 0.75,
        "xy²": 4.5,
        "2xy²": 9.0,
        "√z": 2.0,
        "2x": 1.0,
        "2√z": 4.0,
        "x√z": 1.0,
        "x²√z": 0.5,
        "ln(x)": math.log(0.5),
        "σ(x)": 1 / (1 + math.exp(-0.5)),
        "2σ(x)(1 - σ(x))": 2 * math.exp(-0.5) / (1 + math.exp(-0.5)) ** 2,
        "x⁻¹": 2.0,
        "-x²": -0.25,
        "∛(2z)": 2.0,
        "|x - y|": 2.5,
        "2|x - y|²": 12.5,
        "|x||y|": 1.5,
        "e^(-x)": math.exp(-0.5),
        "2e^x": 2 * math.exp(0.5),
        "e^2": math.exp(2),
        "2^x": math.sqrt(2),
        "y^x": math.sqrt(3),
        "sin²(x)": math.sin(0.5) ** 2,
        "2sin²(x)cos³(x)": 2 * math.sin(0.5) ** 2 * math.cos(0.5) ** 3,
        "√sin²(x)": math.sin(0.5),
        "arcsin(x)": math.asin(0.5),
        "x if x > y else -x": -0.5,
        "[x ≤ y]": 1.0,
        "2[x ≥ y]": 0.0,
        "2(x + y)(x − y)": -17.5,
        "x × y ÷ z": 0.375,
        "1/(2√z)·x²": 0.0625,
        "πx": math.pi / 2,
        "2πx": math.pi,
        "ex": math.e / 2,
        "1e-09·x": 5e-10,
        "∞": math.inf,
        "x + -y": -2.5,
        "0x10 + 1_000": 1016.0,
        "√√(16x·2)": 2.0,
        "⌊2y + x⌋": 6.0,
        "2^(x + x)(x + y)": 7.0,
        "√(z)(x + y)": 7.0,
        "2⌈x⌉²": 2.0,
        "⌊⌊x⌋ + ⌈x⌉/2⌋": 0.0,
        "√⌊z⌋": 2.0,
        "xy mod z": 1.5,
        "z mod (y + x)": 0.5,
        "(z mod y) + 1": 2.0,
        "√|x - z - x|": 2.0,
    }
    for text, value in read.items():
        assert Expression(text)(**x) == pytest.approx(value, rel=1e-15), text


def test_names_are_read_as_they_are_written() -> None:
    assert Expression("x₁ + 2x₂y₁")(x1=1.0, x_2=2.0, y1=3.0) == 13.0
    assert Expression("xᵢ·θ")(x_i=2.0, theta=3.0) == 6.0
    assert Expression("θ₁ + λ")(theta_1=2.0, λ=3.0) == 5.0
    assert Expression("2π")(pi=1.0) == 2.0
    assert Expression("x₁y₁")(x1=2.0, y1=3.0) == 6.0
    assert Expression("xy₁")(x=2.0, y1=3.0) == 6.0
    assert Expression("xy")(x=2.0, y=3.0, xy=7.0) == 7.0
    assert Expression("ab₁")(a=2.0, ab_1=3.0) == 3.0
    for text in ("x₁", "xᵢ"):
        with pytest.raises(ExpressionError, match=r"x_?[1i] has no value"):
            Expression(text)(x=1.0)
    with pytest.raises(ExpressionError, match="x1 has no value"):
        Expression("x₁")(x_1=1.0, **{"x_{1}": 2.0})  # which of them?


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x^2", "write x**2, not x^2 (at '^2', character 2)"),
        ("(x + y)^-10", "write x**-10, not x^-10 (at '^-10', character 8)"),
        ("rate^2", "write x**2, not x^2 (at '^2', character 5)"),
        ("1/2x", "it is not clear how far /, ^ or √ reaches; write brackets or * (at 'x', character 4)"),
        ("1/xy", "it is not clear how far /, ^ or √ reaches; write brackets or * (at 'y', character 4)"),
        ("2^-3x", "write x**-3, not x^-3 (at '^-3x', character 2)"),
        ("2**3x", "it is not clear how far /, ^ or √ reaches; write brackets or * (at 'x', character 5)"),
        ("e^x(y + 1)", "there is no function x; a product is x*(...) (at 'x(y + 1)', character 3)"),
        ("√x√y", "it is not clear how far /, ^ or √ reaches; write brackets or * (at '√y', character 3)"),
        ("√x²", "it is not clear what is raised; write brackets, as in (√x)² (at '²', character 3)"),
        ("√x**2", "it is not clear what is raised; write brackets, as in (x²)**3 (at '**2', character 3)"),
        ("x²**3", "it is not clear what is raised; write brackets, as in (x²)**3 (at '**3', character 3)"),
        ("x²⁻¹", "it is not clear what is raised; write brackets, as in (√x)² (at '⁻¹', character 3)"),
        ("²", "it is not clear what is raised; write brackets, as in (√x)² (at '²', character 1)"),
        ("sin²(x)³", "it is not clear what is raised; write brackets, as in (√x)² (at '³', character 8)"),
        ("sin⁻¹(x)", "sin⁻¹ may be an inverse; write 1/sin(x) or its name (at 'sin⁻¹(x)', character 1)"),
        ("x²3", "a number as a factor is written *3 (at '3', character 3)"),
        ("(x)2", "a number as a factor is written *2 (at '2', character 4)"),
        ("√", "a root is written √x or √(x + 1) (at '√', character 1)"),
        ("√-x", "a root is written √x or √(x + 1) (at '-x', character 2)"),
        ("√^x", "a root is written √x or √(x + 1) (at '^x', character 2)"),
        ("|x", "'|' was never closed (at '|x', character 1)"),
        ("(|x)", "'|' was never closed (at '|x)', character 2)"),
        ("1/2^(x)(y)", "it is not clear how far /, ^ or √ reaches; write brackets or * (at '(y)', character 8)"),
        ("2^sin(x)(y)", "it is not clear how far /, ^ or √ reaches; write brackets or * (at '(y)', character 9)"),
        ("√sin(x)(y)", "it is not clear how far /, ^ or √ reaches; write brackets or * (at '(y)', character 8)"),
        ("√(x)²", "it is not clear what is raised; write brackets, as in (√x)² (at '²', character 5)"),
        ("⌊x", "'⌊' was never closed (at '⌊x', character 1)"),
        ("(⌈x)⌉", "'⌈' was never closed (at '⌈x)⌉', character 2)"),
        ("⌊x⌉", "'⌊' was never closed (at '⌊x⌉', character 1)"),
        ("x mod 2y", "it is not clear how far /, ^ or √ reaches; write brackets or * (at 'y', character 8)"),
        ("x | y", "'|' was never closed (at '| y', character 3)"),
        ("2 x", "invalid syntax (at 'x', character 3)"),
        ("x₁ + … + x₉", "invalid character '…' (U+2026) (at '… + x₉', character 6)"),
        (
            "x if x else 2",
            "where is called as where(x > 0, a, b), with one of > >= < <= (at 'x if x else 2', character 1)",
        ),
        ("[x == y]", "a condition is one comparison, by > >= < or <= (at 'x == y]', character 2)"),
        (
            "1 if 0 < x < 1 else 0",
            "a condition is one comparison, by > >= < or <= (at '0 < x < 1 else 0', character 6)",
        ),
        ("2 (x + 1)", "a product is written with *, as in 2*(x + 1) (at '2 (x + 1)', character 1)"),
        ("√(x² + yy", "'(' was never closed (at '(x² + yy', character 2)"),
    ],
)
def test_what_is_not_clear_is_refused(text: str, message: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        Expression(text)(x=1.0, y=2.0)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    "text",
    ["-" * 20_000 + "x", "x" * 20_000, "f" * 20_000 + "(x)", "9" * 20_000, "|" * 20_000, "²" * 20_000, "√" * 20_000],
)
def test_an_error_is_short_however_long_the_text(text: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        Expression(text)()
    assert len(str(caught.value)) <= 300


def test_euler_s_number_is_written_e_and_its_powers_are_exp() -> None:
    x = Value(2.0, "x")
    f = Expression("e**x")
    assert f(x=300.5) == math.exp(300.5)
    assert (f.formula.text, formula(f(x=x)).text, formula(math.e**x).text) == ("e^x",) * 3
    assert (formula(math.pi * x).text, formula(math.pi * x).tex) == ("πx", r"\pi x")
    e = Value(3.0, "e")
    assert Expression("e**x")(x=2.0, e=3.0) == 9.0
    assert formula(e * ops.exp(x)).text == "e·exp(x)"
    assert formula(math.e * e).text == "2.71828e"
    assert formula(math.pi * Value(1.0, "pi")).text == "3.14159π"


# -- everything there is ----------------------------------------------------------------------------------------

NAMES = {"x": 0.5, "y": 1.25, "z": 3.0, "x1": 0.75, "theta": 2.0, "w_i": 0.25, "rate": 1.5, "learning_rate": 0.125}
ROWS = sorted(ops.TABLE.values(), key=lambda op: op.name)
CONSTANTS = st.sampled_from([0.5, 2.0, 3.0, -1.0])  # of few digits, since no more than six are written


# What cannot be read back, and why.
UNREADABLE = {"NaN": "is no number, and stands where a row has no derivative by a parameter"}
CONSTANT_OPERANDS = {"power": 1, "polygamma": 0}


def applied(op: Op, parts: list[Any], n: float, constant: float) -> Any:
    """A row of the table on some operands."""
    if op.name == "power":
        return op(parts[0], n)
    if op.name == "polygamma":
        return op(abs(n) // 1, parts[0])
    if op.vectors:
        return op(*[[parts[0], parts[1]], [parts[1], constant]][: op.vectors], *parts[2 : 2 + op.arity - op.vectors])
    return op(*[parts[0], constant if parts[0] is parts[1] else parts[1], parts[2]][: op.arity])


def programs() -> st.SearchStrategy[Any]:
    """Rows, or a choice by a sign, each with where its operands are found, counted from the last result backwards."""
    place = st.integers(0, 4) | st.integers(0, 20)
    exponent = st.sampled_from([2.0, 3.0, -1.0, -2.0, 0.5, 10.0])
    step = st.tuples(st.sampled_from([*ROWS, "<", ">"]), st.tuples(place, place, place), exponent, CONSTANTS)
    return st.lists(step, min_size=2, max_size=7)


def built(program: Any, leaves: dict[str, Any]) -> Any:
    """The last finite result of a program, without those that are plain numbers."""
    known = [2.0, 0.5, *leaves.values()]
    for op, places, n, constant in program:
        x, y, z = (known[-1 - place % len(known)] for place in places)
        with suppress(DomainError):
            if isinstance(op, Op):
                result = applied(op, [x, y, z], n, constant)
            else:
                result = ops.where(x < y if op == "<" else x > y, y, z)
            if isinstance(result, (Value, Formula)):
                known.append(result)
    return [x for x in known if not isinstance(x, Value) or math.isfinite(x.data)][-1]


def read_again(text: str, y: Value, leaves: dict[str, Value]) -> None:
    """Read the text, and compare its value with that of `y` to many digits: other functions round otherwise."""
    with ieee():
        again = Expression(text)(**leaves)
    expected, got = (complex(at_precision(50, f, [], [])[0]) for f in (y, again))
    assert got == pytest.approx(expected, rel=2e-5, abs=1e-300), text  # numbers are written to six digits


@pytest.mark.parametrize("op", ROWS, ids=lambda op: op.name)
def test_every_row_can_be_read_again(op: Op) -> None:
    leaves = {name: Value(x, name) for name, x in NAMES.items()}
    for parts in (["x", "y", "z"], ["z", "x", "y"], ["theta", "w_i", "x1"]):
        with ieee():
            y = applied(op, [leaves[part] for part in parts], 3.0, 0.5)
            f = 2 * leaves["y"] * y**2 + y / leaves["x"]
        if math.isfinite(f.data):
            read_again(formula(f).text, f, leaves)


def usable(y: Any, text: str) -> None:
    assume(isinstance(y, Value) and all(math.isfinite(node.data) for node in nodes(y)))
    assume("…" not in text)  # of a sum of more than six terms the first and the last are written


@given(programs())
def test_whatever_is_written_gives_the_same_value_when_it_is_read_again(program: Any) -> None:
    leaves = {name: Value(x, name) for name, x in NAMES.items()}
    y = built(program, leaves)
    assume(isinstance(y, Value))
    usable(y, text := formula(y).text)
    read_again(text, y, leaves)


@given(programs())
def test_so_does_what_is_written_of_both_sides_of_a_choice(program: Any) -> None:
    leaves = {name: Value(x, name) for name, x in NAMES.items()}
    f = built(program, {name: Formula(name) for name in NAMES})
    assume(isinstance(f, Formula) and f.size < 1000)
    with suppress(DomainError):
        y = eval(f.python, {**vars(ops), "float": float, **leaves})  # noqa: S307  # our own text
        usable(y, f.text)
        read_again(f.text, y, leaves)


@pytest.mark.parametrize("name", sorted(ops.TABLE))
def test_so_can_the_partial_derivatives_of_every_row(name: str) -> None:
    op = ops.TABLE[name]
    values = dict(zip(NAMES, [3.0, 1.25, 0.5, 0.75, 2.0, 0.25, 1.5, 0.125], strict=True))
    n = op.arity + 2 * op.vectors - op.vectors
    names = [*NAMES][:n]
    if name in CONSTANT_OPERANDS:
        names[CONSTANT_OPERANDS[name]] = "2.0"
    operands = [Formula(float(x) if x == "2.0" else x) for x in names]
    if name in ("acos", "asin", "atanh", "acosh"):
        values["x"] = 1.5 if name == "acosh" else 0.5
    functions = {**vars(ops), "float": float, **values}
    for f in (Formula.read(op, tuple(operands)), *op.read(ops, operands)[1]):
        slope = Formula.of(f)
        if slope.text in UNREADABLE:
            continue
        with ieee():
            expected = eval(slope.python, functions)  # noqa: S307  # our own text
            assert Expression(slope.text)(**values) == pytest.approx(expected, rel=2e-5, nan_ok=True), slope.text
