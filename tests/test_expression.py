"""Expressions as text: what they mean, and how whatever is not one is refused."""

import math
import re
from collections.abc import Callable
from operator import attrgetter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd import DomainError, Value, gradients, ieee, ops
from autograd.expression import Expression, ExpressionError, known_functions

NO_EXPRESSION = "not part of an expression, which is made of numbers, names, + - * / ** and calls of functions"
TOO_DEEP = "the expression is nested too deeply; a long sum is written sum([a, b, ...])"

# -- what expressions mean ------------------------------------------------------------------------------------


def test_one_text_is_read_as_floats_as_values_and_as_a_formula() -> None:
    f = Expression("cos(x**2 * y) + x**2 * sqrt(z)")  # the course, exercise 3a
    assert f.names == ("x", "y", "z")
    assert f.formula.text == "cos(x²y) + x²√z"
    number = f(x=1.0, y=2.0, z=4.0)
    assert type(number) is float
    assert number == math.cos(2) + 2
    x, y, z = Value(1.0), Value(2.0), Value(4.0)
    value = f(x=x, y=y, z=z)
    assert value.data == number
    # equations (3) to (5)
    expected = (-4 * math.sin(2) + 4, -math.sin(2), 1 / 4)
    assert [d.data for d in gradients(value, [x, y, z])] == pytest.approx(expected, rel=1e-15)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("-3**2", -9.0),
        ("(-3)**2", 9.0),
        ("2**3**2", 512.0),
        ("2**-1", 0.5),
        ("10 - 4 - 3", 3.0),
        ("10 - (4 - 3)", 9.0),
        ("12 / 2 * 3", 18.0),
        ("2 + 3 * 4", 14.0),
        ("--+-2", -2.0),
        (" 1 +\n\t2 ", 3.0),
        ("1_000 + .5e1 + 0x10", 1021.0),
        ("-7 % 4 * 2 + 7 // 2", 5.0),
    ],
)
def test_operators_bind_as_in_python(text: str, value: float) -> None:
    assert Expression(text)() == value


Pair = tuple[str, Callable[[float, float], float]]
LEAVES: list[Pair] = [("x", lambda x, y: x), ("y", lambda x, y: y), ("2", lambda x, y: 2.0), ("0.5", lambda x, y: 0.5)]


def longer(parts: st.SearchStrategy[Pair]) -> st.SearchStrategy[Pair]:
    return st.one_of(
        st.builds(lambda a, b: (f"({a[0]}) + ({b[0]})", lambda x, y: a[1](x, y) + b[1](x, y)), parts, parts),
        st.builds(lambda a, b: (f"({a[0]}) - ({b[0]})", lambda x, y: a[1](x, y) - b[1](x, y)), parts, parts),
        st.builds(lambda a, b: (f"({a[0]})*({b[0]})", lambda x, y: a[1](x, y) * b[1](x, y)), parts, parts),
        st.builds(lambda a: (f"sin({a[0]})", lambda x, y: math.sin(a[1](x, y))), parts),
        st.builds(lambda a: (f"-({a[0]})", lambda x, y: -a[1](x, y)), parts),
        st.builds(
            lambda a, b: (
                f"where({a[0]} < {b[0]}, {a[0]}, tanh({b[0]}))",
                lambda x, y: u if (u := a[1](x, y)) < (v := b[1](x, y)) else math.tanh(v),
            ),
            parts,
            parts,
        ),
    )


@given(st.recursive(st.sampled_from(LEAVES), longer, max_leaves=12), st.floats(-3, 3), st.floats(-3, 3))
def test_an_expression_has_the_value_of_the_same_operations_on_floats(pair: Pair, x: float, y: float) -> None:
    text, f = pair
    value = Expression(text)(x=x, y=y)
    assert value == f(x, y)


def test_what_is_written_with_an_operator_or_serves_other_rules_is_not_called() -> None:
    called = {op.name for op in known_functions().values()}
    assert {"abs", "cos", "dot", "erf", "maximum", "pow", "sigmoid", "sum"} <= called
    assert set(ops.TABLE) - called >= {"add", "sub", "mul", "div", "neg", "power"}


def test_a_function_of_one_s_own_can_be_called() -> None:
    ops.custom("square_of_its_own", lambda m, x: (x * x, (2 * x,)))
    assert Expression("square_of_its_own(x)")(x=3.0) == 9.0


@pytest.mark.parametrize("op", sorted(set(known_functions().values()), key=attrgetter("name")), ids=attrgetter("name"))
def test_every_public_function_is_called_by_its_name(op: ops.Op) -> None:
    vectors = [[0.5 + i, 0.25] for i in range(op.vectors)]
    values = []
    for scalars in ([0.5, 0.75], [2.0, 3.0]):  # one of them is in the domain
        arguments = [*vectors, *scalars[: op.arity - op.vectors]]
        with ieee():
            values.append(Expression(f"{op.name}({', '.join(map(str, arguments))})")())
            assert values[-1] == pytest.approx(op(*arguments), rel=0, nan_ok=True)
    assert any(map(math.isfinite, values))


@pytest.mark.parametrize(("text", "name"), [("ln(x)", "log"), ("arcsin(x)", "asin"), ("σ(x)", "sigmoid")])
def test_functions_may_be_called_as_mathematicians_call_them(text: str, name: str) -> None:
    assert Expression(text)(x=0.5) == known_functions()[name](0.5)


def test_every_name_of_a_function_belongs_to_one_row() -> None:
    rows = {*known_functions().values()}
    assert len({op.name for op in rows} | {op.symbol for op in rows}) == len(
        {(n, op) for op in rows for n in (op.name, op.symbol)}
    )


def test_pi_and_e_are_known_and_may_be_replaced() -> None:
    assert Expression("pi + e")() == math.pi + math.e
    assert Expression("pi + e").formula.text == "π + e"
    assert Expression("pi + e")(e=1.0) == math.pi + 1.0


def test_where_reads_the_branch_taken_only_and_is_written_with_both() -> None:
    f = Expression("where(x > 0, sqrt(x), -x)")
    assert f(x=4.0) == 2.0
    assert f(x=-4.0) == 4.0
    assert f.formula.text == "√x if x > 0 else -x"
    with pytest.raises(DomainError, match=r"sqrt is defined for x >= 0, got -4.0"):
        Expression("where(x <= 0, sqrt(x), 1)")(x=-4.0)


def test_numbers_are_floats_so_that_a_tower_of_powers_is_inf_at_once() -> None:
    assert Expression("9**9**9**9")() == math.inf
    assert Expression("1e999")() == math.inf
    assert Expression(f"0x{'f' * 5000}")() == math.inf


def test_names_may_be_of_any_script_and_are_those_that_python_sees() -> None:
    assert Expression("θ * größe")(θ=2.0, größe=3.0) == 6.0
    assert Expression("self * x")(self=2.0, x=3.0) == 6.0
    assert Expression("ﬁ + 𝑥").names == ("fi", "x")  # Python reads both in their plain form


@pytest.mark.parametrize("text", ["1 + 2", "pi", "where(1 < 2, 3, x)"])
def test_an_expression_without_values_is_a_number(text: str) -> None:
    assert isinstance(Expression(text)(x=Value(1.0)), (int, float))


# -- depth ----------------------------------------------------------------------------------------------------


def test_what_python_can_parse_is_read_without_recursion() -> None:
    assert Expression(" + ".join(["x"] * 2000))(x=1.0) == 2000.0
    assert Expression("sin(" * 180 + "0" + ")" * 180)() == 0.0
    assert Expression("where(x > 0, " * 180 + "x" + ", 0)" * 180)(x=3.0) == 3.0
    assert Expression(f"sum([{', '.join(['x'] * 20_000)}])")(x=1.0) == 20_000.0


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (" + ".join(["x"] * 100_000), TOO_DEEP),
        ("**".join(["x"] * 100_000), TOO_DEEP),
        ("-" * 100_000 + "x", TOO_DEEP),
        ("(" * 10_000 + "x" + ")" * 10_000, "too many nested parentheses (at '(((((((((((((((((...', character 201)"),
    ],
    ids=["sum", "powers", "signs", "parentheses"],
)
def test_what_is_nested_too_deeply_is_refused_at_once(text: str, message: str) -> None:
    assert refusal(text) == message


def test_a_long_chain_of_attributes_is_refused_too() -> None:
    assert re.match("the expression is nested too deeply|not part of an expression", refusal("x" + ".real" * 100_000))


# -- what is no expression ------------------------------------------------------------------------------------


def refusal(text: str, **variables: Any) -> str:
    with pytest.raises(ExpressionError) as caught:
        Expression(text)(**variables)
    return str(caught.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the expression is empty; write one such as 'x**2 * sin(y)'"),
        (" \n ", "the expression is empty; write one such as 'x**2 * sin(y)'"),
        ("x +", "invalid syntax (at the end)"),
        ("cos(x", "'(' was never closed (at '(x', character 4)"),
        ("x = 1", "invalid syntax (at '= 1', character 3)"),
        ("sin(x y)", "invalid syntax (at 'x y)', character 5)"),
        ("cos(x) + sn(x)", "there is no function sn; did you mean sin? (at 'sn(x)', character 10)"),
        ("open(x)", "there is no function open (at 'open(x)', character 1)"),
        ("power(x, x)", "there is no function power; did you mean pow? (at 'power(x, x)', character 1)"),
        ("x^2", "write x**2, not x^2 (at '^2', character 2)"),
        ("2 (x + 1)", "a product is written with *, as in 2*(x + 1) (at '2 (x + 1)', character 1)"),
        ("lambda * x", "lambda is a word of the Python language; choose another name (at 'lambda * x', character 1)"),
        ("x and 2", "and is a word of the Python language; choose another name (at 'and 2', character 3)"),
        ("True", "True is a word of the Python language; choose another name (at 'True', character 1)"),
        ("sin(x, y)", "sin is called as sin(x) (at 'sin(x, y)', character 1)"),
        ("sin([x])", "sin is called as sin(x) (at 'sin([x])', character 1)"),
        ("maximum(*[x, y])", "maximum is called as maximum(x, y) (at 'maximum(*[x, y])', character 1)"),
        ("sum(x)", "sum is called as sum([a, b, ...]) (at 'sum(x)', character 1)"),
        ("dot([1], [1, 2])", "dot needs lists of one length, got 1 and 2 numbers (at 'dot([1], [1, 2])', character 1)"),
        (
            "where(x, 1, 2)",
            "where is called as where(x > 0, a, b), with one of > >= < <= (at 'where(x, 1, 2)', character 1)",
        ),
        (
            "9" * 5000,
            "Exceeds the limit (4300 digits) for integer string conversion: value has 5000 digits (at the end)",
        ),
    ],
)
def test_the_message_says_what_is_wrong_and_where(text: str, message: str) -> None:
    assert refusal(text) == message


@pytest.mark.parametrize(
    "text",
    [
        "x.real",
        "x[0]",
        "[x] + 1",
        "x, y",
        "x < y",
        "x @ y",
        "~x",
        "'x'",
        "f'{x}'",
        "...",
        "log(x, base=2)",
        "(lambda_ := 2)",
        "{x}",
        "().__class__.__base__",
        "__import__('os').system('true')",
        "x # + y",
        "x \\ y",
        "x\0",
        "x\udcff",
    ],
)
def test_nothing_else_of_python_is_part_of_an_expression(text: str) -> None:
    assert refusal(text).startswith(NO_EXPRESSION)


def test_importing_is_an_unknown_function_like_any_other() -> None:
    assert refusal("__import__('os')") == "there is no function __import__ (at \"__import__('os')\", character 1)"


def test_a_missing_variable_is_named() -> None:
    assert refusal("x * y", x=1.0) == "y has no value; give it one, as in y=1"
    assert refusal("speed * time", speeed=1.0) == "speed has no value; give it one, as in speed=1; did you mean speeed?"
    assert refusal("sin * x", x=1.0) == "sin has no value; it is a function: sin(...)"


def test_a_note_points_at_the_place_whatever_stands_before_it() -> None:
    with pytest.raises(ExpressionError) as caught:
        Expression("größe + sn(x) + y")
    assert caught.value.__notes__ == ["  größe + sn(x) + y\n          ^^"]
    with pytest.raises(ExpressionError) as caught:
        Expression("x + " * 100 + "sn(x)" + " + x" * 100)
    (note,) = caught.value.__notes__
    line, arrow = note.splitlines()
    assert line[arrow.index("^") :].startswith("sn(x)")
    assert len(line) <= 82


@given(st.text(st.sampled_from("xye1.0+-*/^()[], =<>:'sinlogwhere@#\\\0²θ\n")) | st.text())
def test_any_text_at_all_is_an_expression_or_refused_with_one_line(text: str) -> None:
    try:
        message = Expression(text).formula.text[:0]
    except ExpressionError as error:
        message = str(error)
    assert message.isprintable()
