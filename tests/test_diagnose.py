"""diagnose says what is wrong with a graph, and how bad it is."""

import math
from fractions import Fraction

import pytest

import autograd
from autograd import Value, diagnose, exp, ieee, log, maximum, relu, sqrt


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
    assert _only(sqrt(Value(0.0, "x")) + 1, "not finite") == "The slope of node '√x' by 'x' is inf: sqrt of 0."


def test_many_operands_are_not_all_listed() -> None:
    y = autograd.sum([Value(float(i)) for i in range(9)] + [Value(math.inf)]) * 2
    (finding,) = diagnose(autograd.sum([Value(1e308), *[Value(1e308, "b")] * 4]) * 2).findings[:1]
    assert finding.message.endswith("is inf: sum of 1e+308, 1e+308, 1e+308, 1e+308, ....")
    assert "inf" in diagnose(y).findings[0].message


def test_nodes_on_a_kink_come_with_both_slopes_and_the_one_taken() -> None:
    x = Value(0.0, "x")
    assert _only(relu(x) + 1, "kink") == (
        "Node 'relu(x)' is on a kink: its slope by 'x' is 0 below and 1 above, and taken as 0."
    )
    a, b = Value(2.0, "a"), Value(2.0, "b")
    assert [f.message for f in diagnose(maximum(a, b)).findings] == [
        "Node 'max(a, b)' is on a kink: its slope by 'a' is 0 below and 1 above, and taken as 0.5.",
        "Node 'max(a, b)' is on a kink: its slope by 'b' is 0 below and 1 above, and taken as 0.5.",
    ]
    assert _only(abs(x * 3), "kink") == (
        "Node '|x·3|' is on a kink: its slope by 'x·3' is -1 below and 1 above, and taken as 0."
    )


def test_beside_a_kink_there_is_none() -> None:
    assert diagnose(relu(Value(1e-300))).findings == ()


def test_the_difference_that_cancels_most_is_named() -> None:
    x = Value(1e-9, "x")
    assert _only((1 + x) - 1, "cancellation") == (
        "Node '1 + x - 1' cancels: its terms are 1e+09 times as large as its value 1e-09, so that 9 digits are lost."
    )


def test_of_two_that_cancel_the_worse_is_named() -> None:
    x, y = Value(1e-5, "x"), Value(1e-12, "y")
    assert "'1 + y - 1'" in _only(((1 + x) - 1) * ((1 + y) - 1), "cancellation")


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
    assert _only(relu((y - 60) * 1) + 0, "kink").startswith("Node relu = 0 is on a kink: its slope by mul = 0 is")


def test_a_kink_against_a_constant_is_by_the_variable_alone() -> None:
    assert _only(maximum(Value(1.0, "x"), 1.0), "kink").startswith("Node 'max(x, 1)' is on a kink: its slope by 'x' is")
