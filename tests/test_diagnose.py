"""diagnose says what is wrong with a graph, and how bad it is."""

import math
import re
from collections.abc import Callable
from fractions import Fraction

import pytest

import autograd
from autograd import Value, cos, diagnose, exp, ieee, log, maximum, relu, sigmoid, sin, sqrt, tanh
from autograd.graph import operations
from autograd.rewrites import SUGGESTIONS, Suggestion, rewritings


def _only(y: Value, kind: str) -> str:
    (message,) = [finding.message for finding in diagnose(y).findings if finding.kind == kind]
    return message


def test_of_a_healthy_graph_nothing_is_found() -> None:
    x = Value(2.0, "x")
    found = diagnose(x * x + exp(x))
    assert (found.findings, found.marks) == ((), {})


def test_the_first_value_that_is_not_finite_is_named_with_what_it_was_computed_from() -> None:
    x = Value(0.0, "x")
    with ieee():
        y = exp(log(x) * 2) + log(x)
    assert _only(y, "not finite") == "Node 'ln(x)' is -inf: log of 0."


def test_a_leaf_that_is_nan_is_named_first() -> None:
    assert _only(Value(math.nan, "w") * 2, "not finite") == "Node 'w' is nan, as it was given."


def test_an_infinite_slope_is_found_on_its_edge() -> None:
    assert (
        _only(sqrt(Value(0.0, "x")) + 1, "not finite")
        == "The slope of node '√x' with respect to 'x' is inf: sqrt of 0."
    )


def test_many_operands_are_not_all_listed() -> None:
    y = autograd.sum([Value(float(i)) for i in range(9)] + [Value(math.inf)]) * 2
    (finding,) = diagnose(autograd.sum([Value(1e308), *[Value(1e308, "b")] * 4]) * 2).findings[:1]
    assert finding.message.endswith("is inf: sum of 1e+308, 1e+308, 1e+308, 1e+308, ....")
    assert "inf" in diagnose(y).findings[0].message


def test_nodes_on_a_kink_come_with_both_slopes_and_the_one_taken() -> None:
    x = Value(0.0, "x")
    assert _only(relu(x) + 1, "kink") == (
        "Node 'relu(x)' is on a kink: its slope with respect to 'x' is 0 below and 1 above, and taken as 0."
    )
    a, b = Value(2.0, "a"), Value(2.0, "b")
    assert [f.message for f in diagnose(maximum(a, b)).findings] == [
        "Node 'max(a, b)' is on a kink: its slope with respect to 'a' is 0 below and 1 above, and taken as 0.5.",
        "Node 'max(a, b)' is on a kink: its slope with respect to 'b' is 0 below and 1 above, and taken as 0.5.",
    ]
    assert _only(abs(x * 3), "kink") == (
        "Node '|x·3|' is on a kink: its slope with respect to 'x·3' is -1 below and 1 above, and taken as 0."
    )


def test_beside_a_kink_there_is_none() -> None:
    assert diagnose(relu(Value(1e-300))).findings == ()


# -- lost digits ----------------------------------------------------------------------------------------------


def test_of_a_difference_that_cancels_the_lost_digits_are_counted() -> None:
    x = Value(1e-9, "x")
    assert _only((1 + x) - 1, "cancellation") == (
        "Node '1 + x - 1' cancels: its terms are 1e+09 times as large as its value 1e-09, so that 9 digits are lost; "
        "write x."
    )


@pytest.mark.parametrize(
    ("f", "x", "message"),
    [
        (
            lambda x: (1 - cos(x)) / x**2,
            1e-8,
            "Node '1 - cos(x)' cancels: its terms are 1, its value 0, so that all digits are lost; "
            "write 2 * sin(x / 2)**2.",
        ),
        (
            lambda x: (1 + x) - 1,
            1e-17,
            "Node '1 + x - 1' cancels: its terms are 1, its value 0, so that all digits are lost; write x.",
        ),
    ],
    ids=["cosine", "one"],
)
def test_total_cancellation_is_found(f: Callable[[Value], Value], x: float, message: str) -> None:
    assert _only(f(Value(x, "x")), "cancellation") == message


def test_functions_lose_the_digits_that_their_operands_lack() -> None:
    assert _only(log(1 + Value(1e-9, "x")), "lost digits") == (
        "Node 'ln(1 + x)' magnifies rounding: that of its operands changes it by up to 8e-08 of its value, "
        "so that 9 digits are lost; write log1p(x)."
    )
    assert "so that 6 digits are lost." in _only(sin(1e6 * Value(3.7, "x")), "lost digits")


@pytest.mark.parametrize("exponent", range(3, 16))
def test_as_many_digits_are_lost_as_it_says(exponent: int) -> None:
    x = Value(10.0**-exponent / 3, "x")
    y = exp(x) - 1
    found = re.search(r"so that (\d+|all) digits are lost", _only(y, "cancellation"))
    assert found is not None
    lost = math.log10(2**53 * abs(y.data / math.expm1(x.data) - 1) or 1.0)  # the oracle: expm1 has them all
    assert lost <= int(found[1]) + 0.5
    assert int(found[1]) == pytest.approx(exponent + 0.5, abs=1)


@pytest.mark.parametrize(
    "exact",
    [
        lambda x, y: x - y,  # which were given as they are
        lambda x, y: 3 * x - 3.75,
        lambda x, y: x * 0.5 - y * 0.5,
        lambda x, y: x**2 - 1.5625,
        lambda x, y: (x * 0.1) ** 2 - 1e-30,
        lambda x, y: (z := exp(x)) - z,
        lambda x, y: relu(x) - abs(y),
        lambda x, y: (x / 4) ** 2 - (y / 4) ** 2,
    ],
    ids=map(str, range(8)),
)
def test_a_difference_of_exact_numbers_loses_nothing(exact: Callable[[Value, Value], Value]) -> None:
    found = diagnose(exact(Value(1.25, "x"), Value(1.25, "y")))
    assert found.findings == ()


def test_what_was_rounded_and_cancels_is_no_exact_number() -> None:
    x = Value(0.1, "x")
    assert "so that" in _only(x * 3 - 0.30000000000000004, "cancellation")
    assert "so that" in _only(x**100 - x.data**100, "cancellation")


def test_of_several_the_worst_comes_first() -> None:
    x, y = Value(1e-5, "x"), Value(1e-12, "y")
    found = [finding.message for finding in diagnose(((1 + x) - 1) * ((1 + y) - 1)).findings]
    assert ["'1 + y - 1'" in found[0], "'1 + x - 1'" in found[1], len(found)] == [True, True, 2]


# -- rewritings -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("row", SUGGESTIONS, ids=map(str, range(len(SUGGESTIONS))))
def test_what_is_to_be_written_instead_is_the_same(row: Suggestion) -> None:
    for numbers in ([0.3, 0.7], [1.7, 0.2]):
        xs = [Value(x) for x in numbers[: row.expression.__code__.co_argcount]]
        assert row.instead(*xs).data == pytest.approx(row.expression(*xs).data, rel=1e-13)
        (found, *_) = [one for one in rewritings(operations(row.expression(*xs))) if one.node.op is not None]
        assert found.python


@pytest.mark.parametrize(
    ("f", "x", "cure"),
    [
        (lambda x: exp(x * 2) - 1, 1e-9, "write expm1(x * 2)"),
        (lambda x: log(x + 1), 1e-9, "write log1p(x)"),
        (lambda x: 1 - exp(x), 1e-9, "write -expm1(x)"),
        (lambda x: log(1 - exp(x)), -1e-9, "write -expm1(x)"),
        (lambda x: exp(x) - exp(2 * x), 1e-9, "write exp(2 * x) * expm1(x - 2 * x)"),
        (lambda x: autograd.log2(1 + x), 1e-9, "write log1p(x) / 0.6931471805599453"),
        (lambda x: cos(x) - 1, 1e-5, "write -2 * sin(x / 2)**2"),
        (lambda x: autograd.cosh(x) - 1, 1e-5, "write 2 * sinh(x / 2)**2"),
        (lambda x: 1 - autograd.ncdf(x), 6.0, "write ncdf(-x)"),
        (lambda x: 1 - tanh(x), 15.0, "write 2 * sigmoid(-"),
        (lambda x: 1 - x * x, 1 - 1e-9, "write (1 - x) * (1 + x)"),
        (lambda x: 1 - x**2, 1 - 1e-9, "write (1 - x) * (1 + x)"),
        (lambda x: 1 - tanh(x) ** 2, 15.0, "write 1 / cosh(x)**2"),
        (lambda x: 1 - sigmoid(x), 30.0, "write sigmoid(-x)"),
        (lambda x: log(1 - sigmoid(x)), 30.0, "write -softplus(x) (for a loss: nn.log_loss_with_logits)"),
        (lambda x: 1 - autograd.erf(x), 4.0, "write erfc(x)"),
        (lambda x: sqrt(x**2 + 1) - 1, 1e-6, "write x**2 / (sqrt(x**2 + 1) + 1)"),
        (lambda x: sqrt(x**2 + (-x) ** 2), 1e200, "write hypot(x, -x) for"),
        (lambda x: sqrt(x * x + x * x), 1e-200, "write hypot(x, x)"),
        (lambda x: log(1 + exp(x)), 1000.0, "write softplus(x) for 'ln(1 + e^x)'"),
        (lambda x: 1 / (1 + exp(-x)), -1000.0, "write sigmoid(x) for "),
        (lambda x: log(exp(x) + exp(2.0 * x) + exp(x)), 1000.0, "write logsumexp([x, 2.0 * x, x]) for "),
        (lambda x: log(sum([exp(x), exp(2.0 * x)])), 1000.0, "write logsumexp([x, 2.0 * x]) for "),
        (lambda x: log(autograd.sum([exp(x * i) for i in range(99)])), 100.0, "write logsumexp([0, x, x * 2, "),
        (lambda x: (x - 3.0) + 3.0, 1e-14, "write x."),
    ],
    ids=map(str, range(17)),
)
def test_the_expression_that_keeps_the_digits_is_named(f: Callable[[Value], Value], x: float, cure: str) -> None:
    with ieee():
        y = f(Value(x, "x"))
    message = diagnose(y).findings[0].message
    assert cure in message
    assert len(message) < 300


@pytest.mark.parametrize(
    "f",
    [
        lambda x: sqrt(x * x + x**2),
        lambda x: log(exp(x) + 1.5),
        lambda x: log(exp(x)),
        lambda x: exp(x) - 2,
        lambda x: exp(x) - x,
    ],
    ids=map(str, range(5)),
)
def test_where_nothing_better_is_known_nothing_is_named(f: Callable[[Value], Value]) -> None:
    with ieee():
        assert "write" not in diagnose(f(Value(1e200, "x"))).findings[0].message


# -- all together ---------------------------------------------------------------------------------------------


def test_marks_collect_the_kinds_by_node() -> None:
    x = Value(0.0, "x")
    y = relu(x)
    assert diagnose(y + 1).marks == {y: "kink"}
    z = maximum(x, x)
    assert diagnose(z).marks == {z: "kink, kink"}


@pytest.mark.parametrize("seed", range(20))
def test_the_rounding_error_is_bounded_and_not_by_far_too_much(seed: int) -> None:
    # In exact fractions there is no rounding: the oracle.
    data = [Fraction(3 * k + seed, 7 + k) for k in range(1, 9)]
    x = [Value(float(d)) for d in data]
    exact = [Fraction(v.data) for v in x]
    y, z = x[0], exact[0]
    for v, e in zip(x[1:], exact[1:], strict=True):
        y, z = (y * v - v) / (v + 1), (z * e - e) / (e + 1)
    bound = diagnose(y).rounding_error
    assert abs(Fraction(y.data) - z) <= Fraction(bound)
    assert bound <= 1e-14 * max(1, abs(y.data))


def test_as_text_it_is_one_sentence_a_finding_and_the_rounding_error() -> None:
    text = str(diagnose((1 + Value(1e-9, "x")) - 1))
    assert text.splitlines()[1] == "Rounding errors change the result by at most about 1.1e-16."


def test_long_expressions_are_named_by_their_function_and_value() -> None:
    y = Value(0.0, "x")
    for _ in range(60):
        y = y + 1
    assert _only(relu((y - 60) * 1) + 0, "kink").startswith(
        "Node relu = 0 is on a kink: its slope with respect to mul = 0 is"
    )


def test_a_kink_against_a_constant_is_by_the_variable_alone() -> None:
    assert _only(maximum(Value(1.0, "x"), 1.0), "kink").startswith(
        "Node 'max(x, 1)' is on a kink: its slope with respect to 'x' is"
    )
