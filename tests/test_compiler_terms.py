"""Terms: no two alike, as simple as they can be, and the chain rule applied to them."""

import itertools
import math
from collections.abc import Callable
from typing import Any

import pytest

from autograd import Value, log, ops, sigmoid, softplus, sqrt, where
from autograd.compiler.errors import CompileError
from autograd.compiler.record.recording import trace
from autograd.compiler.terms.chain_rule import gradient, tangents
from autograd.compiler.terms.lowering import lower
from autograd.compiler.terms.terms import Term, Terms, reachable


def variables(names: str = "xyz") -> list[Term]:
    table = Terms()
    return [table.variable(name) for name in names]


SIMPLER: list[tuple[Callable[[Any, Any, Any], Any], str]] = [
    (lambda x, y, z: 1 * x + -0.0, "x"),
    (lambda x, y, z: -0.0 + x / 1, "x"),
    (lambda x, y, z: x - 0, "x"),
    (lambda x, y, z: x - -0.0, "x + 0.0"),
    (lambda x, y, z: -0.0 - x, "-x"),
    (lambda x, y, z: 0 + x * x, "x*x"),
    (lambda x, y, z: 0 + 3.0 * ops.exp(x), "3.0*exp(x)"),
    (lambda x, y, z: (0 + x) + 3, "x + 3.0"),
    (lambda x, y, z: (0 + x) + 0.0, "x + 0.0"),
    (lambda x, y, z: (0 + x) + abs(y), "x + abs(y)"),
    (lambda x, y, z: abs(y) + (0 + x), "abs(y) + x"),
    (lambda x, y, z: x**2 + y + 0.0, "x*x + y"),
    (lambda x, y, z: (0 - x) + 0.0, "0.0 - x"),
    (lambda x, y, z: -(-0.0 - x), "x"),
    (lambda x, y, z: x + -y, "x - y"),
    (lambda x, y, z: -x + y, "y - x"),
    (lambda x, y, z: x - -y, "x + y"),
    (lambda x, y, z: x + -3.0, "x - 3.0"),
    (lambda x, y, z: x - -3.0, "x + 3.0"),
    (lambda x, y, z: x + -3.0 * y, "x - 3.0*y"),
    (lambda x, y, z: x - -3.0 * y, "x + 3.0*y"),
    (lambda x, y, z: -3.0 * x + y, "y - 3.0*x"),
    (lambda x, y, z: 0.5 + -x, "0.5 - x"),
    (lambda x, y, z: -3.0 * x + 0.5, "0.5 - 3.0*x"),
    (lambda x, y, z: x * 3, "3.0*x"),
    (lambda x, y, z: -1 * x, "-x"),
    (lambda x, y, z: -(3 * x), "-3.0*x"),
    (lambda x, y, z: 3 * -x, "-3.0*x"),
    (lambda x, y, z: 2 * (3 * x), "6.0*x"),
    (lambda x, y, z: (2 * x) * (3 * y), "6.0*(x*y)"),
    (lambda x, y, z: x * (3 * y), "3.0*(x*y)"),
    (lambda x, y, z: 2 * (3 / x), "6.0 / x"),
    (lambda x, y, z: (-x) * y, "-(x*y)"),
    (lambda x, y, z: (-x) * (-y), "x*y"),
    (lambda x, y, z: x + x, "2.0*x"),
    (lambda x, y, z: 2 * x + x, "3.0*x"),
    (lambda x, y, z: 3 * x + 3 * y, "3.0*(x + y)"),
    (lambda x, y, z: 3 * x - 3 * y, "3.0*(x - y)"),
    (lambda x, y, z: -x - -x, "x - x"),
    (lambda x, y, z: -3 * x + -2 * x, "-5.0*x"),
    (lambda x, y, z: (-3 * x) * y, "-(3.0*x*y)"),
    (lambda x, y, z: 1e200 * x - 1e200 * y, "1e+200*x - 1e+200*y"),
    (lambda x, y, z: x / 2, "0.5*x"),
    (lambda x, y, z: x / 3, "x / 3.0"),
    (lambda x, y, z: -x / y, "-(x / y)"),
    (lambda x, y, z: x / -y, "-(x / y)"),
    (lambda x, y, z: x * (1 / y), "x / y"),
    (lambda x, y, z: (1 / x) * y, "y / x"),
    (lambda x, y, z: x**0, "1.0"),
    (lambda x, y, z: x**1, "x"),
    (lambda x, y, z: x**2, "x*x"),
    (lambda x, y, z: x**3, "x*(x*x)"),
    (lambda x, y, z: x**4, "x*x*(x*x)"),
    (lambda x, y, z: x**-1, "1.0 / x"),
    (lambda x, y, z: x**-2, "1.0 / (x*x)"),
    (lambda x, y, z: x**0.5, "sqrt(x)"),
    (lambda x, y, z: x**-0.5, "1.0 / sqrt(x)"),
    (lambda x, y, z: x**1.5, "x*sqrt(x)"),
    (lambda x, y, z: x**7, "pow(x, 7.0)"),
    (lambda x, y, z: x**y, "pow(x, y)"),
    (lambda x, y, z: ops.pow(x, 2.0), "x*x"),
    (lambda x, y, z: where(x > 0, y, y), "y"),
    (lambda x, y, z: where(ops.NOT(x > 0), y, z), "z if x > 0.0 else y"),
    (lambda x, y, z: ops.NOT(ops.NOT(x > 0)), "x > 0.0"),
    (lambda x, y, z: ops.NOT(x > 0), "not x > 0.0"),
    (lambda x, y, z: (x > 0) & (x > 0), "x > 0.0"),
    (lambda x, y, z: (x > 0) | (x > 0), "x > 0.0"),
    (lambda x, y, z: (x > 0) | ops.NOT(x > 0), "1.0"),
    (lambda x, y, z: ops.NOT(x > 0) | (x > 0), "1.0"),
    (lambda x, y, z: ops.identity(x), "x"),
    (lambda x, y, z: ops.sum([x]), "x"),
    (lambda x, y, z: ops.sum([x, y]), "x + y"),
    (lambda x, y, z: ops.sum([x, y, z]), "x + y + z"),
    (lambda x, y, z: ops.dot([x, 2.0], [y, z]), "x*y + 2.0*z"),
    (lambda x, y, z: ops.linear([x], [y], z), "x*y + z"),
    (lambda x, y, z: ops.exp(x * 0.0 + 1.0) * 0 + ops.exp(Value(0.0)).data, "0.0 * exp(0.0*x + 1.0) + 1.0"),
    (lambda x, y, z: abs(x) / (y - (x - z)), "abs(x) / (y - (x - z))"),
]
EXACT: list[tuple[Callable[[Any, Any, Any], Any], str]] = [  # where it matters, nothing is left out
    (lambda x, y, z: 0 * x, "0.0*x"),
    (lambda x, y, z: x - x, "x - x"),
    (lambda x, y, z: 0 + x, "x + 0.0"),
    (lambda x, y, z: 0 - x, "0.0 - x"),
    (lambda x, y, z: 0 + x * y, "x*y + 0.0"),
    (lambda x, y, z: 0 + x**3, "x*(x*x) + 0.0"),
    (lambda x, y, z: -x - y, "-x - y"),
    (lambda x, y, z: -3.0 * x - y, "-3.0*x - y"),
    (lambda x, y, z: -3 * x - 3 * y, "-3.0*x - 3.0*y"),
    (lambda x, y, z: 3 * x - x, "3.0*x - x"),
    (lambda x, y, z: 1e308 * x + 1e308 * x, "2.0*(1e+308*x)"),
    (lambda x, y, z: 1e308 * x + 1.5e308 * x, "1e+308*x + 1.5e+308*x"),
    (lambda x, y, z: where(x > 0, y, z) + where(x > 0, x, z), "(y if x > 0.0 else z) + (x if x > 0.0 else z)"),
    (lambda x, y, z: x / x, "x / x"),
    (lambda x, y, z: (x + y) + z, "x + y + z"),
    (lambda x, y, z: x + (y + z), "x + (y + z)"),
    (lambda x, y, z: 1e-200 * x * y, "1e-200*x*y"),
    (lambda x, y, z: 1e200 * (1e200 * x), "1e+200*(1e+200*x)"),
    (lambda x, y, z: (2 * x) * 1e-5, "1e-05*(2.0*x)"),
    (lambda x, y, z: (x == y) & (x != z), "x == y and x != z"),
    (lambda x, y, z: (x <= y) | (x >= z), "x <= y or x >= z"),
    (lambda x, y, z: x * math.nan - math.inf, "nan*x - inf"),
]


@pytest.mark.parametrize(("f", "expected"), [*SIMPLER, *EXACT], ids=itertools.count())
def test_a_term_is_as_simple_as_it_can_be(f: Callable[..., Any], expected: str) -> None:
    assert repr(lower([f(*variables())])[0]) == expected


def test_what_is_made_twice_is_one_term_also_with_operands_exchanged() -> None:
    x, y, _ = variables()
    assert ops.sin(x) is ops.sin(x)
    assert x * y is y * x
    assert x + y is y + x
    assert (x == y) is (y == x)
    assert x - y is not y - x


def test_variables_of_one_name_are_two() -> None:
    table = Terms()
    x, other = table.variable("x"), table.variable("x")
    assert x is not other
    assert x + other is not 2 * x


def test_constants_are_folded_and_zeros_keep_their_sign() -> None:
    table = Terms()
    assert (table.constant(2.0) * 3 + 1).constant == 7.0
    assert (table.constant(6.0) / 4 - 1).constant == 0.5
    assert (-table.constant(1.0)).constant == -1.0
    assert ops.exp(table.constant(0.0)).constant == 1.0
    assert where(table.constant(1.0) > 0, 2.0, 3.0).constant == 2.0
    assert ((table.constant(1.0) > 0) | (table.variable("x") > 0)).constant == 1.0
    assert ((table.constant(1.0) < 0) & (table.variable("x") > 0)).constant == 0.0
    x, y = table.variable("x"), table.variable("y")
    assert where(table.constant(1.0) > 0, x, y) is x
    assert where(table.constant(1.0) < 0, x, y) is y
    condition, true, false = table.variable("x") > 0, table.constant(1.0) > 0, table.constant(1.0) < 0
    assert ((true & true).constant, (true & false).constant, (false | false).constant) == (1.0, 0.0, 0.0)
    assert (false | true).constant == 1.0
    assert false | condition is condition
    assert condition | false is condition
    assert (condition | true).constant == 1.0
    assert true & condition is condition
    assert condition & true is condition
    assert (condition & false).constant == 0.0
    assert table.constant(0.0) is not table.constant(-0.0)
    assert table.constant(1) is table.constant(1.0)


def test_a_constant_that_python_refuses_is_left_to_the_program() -> None:
    table = Terms()
    assert repr(ops.log(table.constant(-1.0))) == "log(-1.0)"
    assert repr(1 / table.constant(0.0)) == "1.0 / 0.0"


def test_functions_share_what_they_are_made_of() -> None:
    x, _, _ = variables()
    y, slope, log_slope = lower([sigmoid(x), ops.sigmoid_slope(x), softplus(x)])
    exponentials = [term for term in reachable([y, slope, log_slope]) if term.head is ops.exp]
    assert len(exponentials) == 1


def test_long_sums_are_sums_of_sums() -> None:
    table = Terms()
    xs = [table.variable(f"x{i}") for i in range(1000)]
    (total,) = lower([ops.sum(xs)])
    assert max(len(term.args) for term in reachable([total])) == 10
    assert set(reachable([total])) >= set(xs)


def test_a_condition_in_a_rule_that_says_if_is_an_error_naming_where() -> None:
    x, _, _ = variables()
    with pytest.raises(CompileError, match=r"^A rule branches on its argument \(x > 0\.0\), which must say m\.where "):
        assert x > 0


def test_a_long_term_is_shown_in_part() -> None:
    x, y, _ = variables()
    for _ in range(100):
        x = ops.sin(x) * y + x
    assert "..." in repr(x)
    assert len(repr(x)) < 500


def test_a_reading_without_a_term_is_a_type_error() -> None:
    with pytest.raises(TypeError, match="is no Term"):
        Term.read(ops.sin, (1.0,))


# -- the chain rule -------------------------------------------------------------------------------------------


def derived(f: Callable[..., Any], names: str = "xy") -> tuple[Term, list[Term]]:
    """The Terms of a traced function and of its gradient."""
    leaves = [Value(0.5, name) for name in names]
    run = trace(f, *leaves)
    table = Terms()
    y = table.graph(run.results, run.own)[run.results[0]]
    return y, gradient(y, [table.leaf(x) for x in leaves])


GRADIENTS: list[tuple[Callable[..., Any], list[str]]] = [
    (lambda x, y: x * y + 3, ["y", "x"]),
    (lambda x, y: x**2 / y, ["2.0*(x / y)", "-(x*x / y / y)"]),
    (lambda x, y: x * 0 + y, ["0.0", "1.0"]),
    (lambda x, y: x.detach() * x, ["x", "0.0"]),
    (lambda x, y: where(x > 0, sqrt(x), y), ["1.0 / (2.0*sqrt(x)) if x > 0.0 else 0.0", "0.0 if x > 0.0 else 1.0"]),
    (
        lambda x, y: where(x > 0, log(x), 0.0) + where(y > 0, log(x), 0.0),
        ["((1.0 if x > 0.0 else 0.0) + (1.0 if y > 0.0 else 0.0)) / x if x > 0.0 or y > 0.0 else 0.0", "0.0"],
    ),
    (lambda x, y: where(x > 0, where(y > 0, x * x, 0.0), 0.0), ["2.0*x if x > 0.0 and y > 0.0 else 0.0", "0.0"]),
    (lambda x, y: where(x > 0, x * y, y * y), ["y if x > 0.0 else 0.0", "x if x > 0.0 else 2.0*y"]),
    (lambda x, y: where(x > 0, y * y, 0.0) + where(x > 0, 0.0, y * y), ["0.0", "2.0*y"]),
]


@pytest.mark.parametrize(("f", "expected"), GRADIENTS, ids=itertools.count())
def test_a_gradient_is_made_of_what_is_needed(f: Callable[..., Any], expected: list[str]) -> None:
    _, slopes = derived(f)
    assert [repr(term) for term in lower(slopes)] == expected


def test_tangents_are_the_gradient_times_the_direction() -> None:
    x, y, dx = variables()
    assert [repr(t) for t in tangents([x * y, y, abs(ops.sign(x)), where(x > 0, x * x, y)], {x: dx})] == [
        "z*y",
        "0.0",
        "0.0",
        "2.0*(z*x) if x > 0.0 else 0.0",
    ]


def test_labels_name_nodes_and_their_derivatives() -> None:
    def f(x: Any, y: Any) -> Any:
        product = x * y
        product.label = "p"
        return product**2

    y, slopes = derived(f)
    assert set(y.table.labels.values()) == {"x", "y", "p", "d_p", "d_x", "d_y"}
    assert [repr(x) for x in slopes] == ["2.0*(x*y) * y", "2.0*(x*y) * x"]


def test_slopes_of_branches_that_exclude_each_other_are_one_choice() -> None:
    _, slopes = derived(lambda x, y: where(x > 0, log(x), sqrt(-x)) * y)
    assert repr(lower(slopes[:1])[0]) == "y / x if x > 0.0 else -(y / (2.0*sqrt(-x)))"
