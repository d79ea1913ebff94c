"""What the engine promises, one sentence a test: the sweep, depth, comparisons, domains, kinks, stability, kinds."""

from __future__ import annotations

import gc
import math
import operator
import sys
import threading
import time
import tracemalloc
import weakref
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

import autograd
from autograd import (
    DomainError,
    Value,
    abs,
    atanh,
    clip,
    cosh,
    exp,
    grad,
    gradients,
    hypot,
    ieee,
    log,
    log1p,
    logsumexp,
    maximum,
    minimum,
    relu,
    sigmoid,
    softplus,
    sqrt,
    tanh,
    where,
    xlogy,
)

inf, nan = math.inf, math.nan


def slopes(node: Value) -> list[float]:
    return [partial for _, partial in node.edges]


# -- the backward sweep -----------------------------------------------------------------------------------------


def test_two_backward_calls_double_the_gradient_of_a_leaf_and_nothing_else() -> None:
    x = Value(3.0)
    y = x * x
    z = y * y
    z.backward()
    assert (x.grad, y.grad, z.grad) == (108.0, 18.0, 1.0)
    z.backward()
    assert (x.grad, y.grad, z.grad) == (216.0, 18.0, 1.0)


def test_the_gradients_of_several_results_add_up_in_the_leaves() -> None:
    x = Value(3.0)
    shared = x * 2
    for result in (shared * 5, shared * shared):
        result.backward()
    assert x.grad == 10.0 + 24.0
    assert shared.grad == 12.0  # of the second sweep


def test_a_sweep_starts_with_the_gradient_that_is_given() -> None:
    x = Value(3.0)
    (x * x).backward(gradient=-0.5)
    assert x.grad == -3.0


@pytest.mark.parametrize("two", [2, Fraction(2), Value(2.0)], ids=lambda x: type(x).__name__)
def test_the_gradient_that_a_sweep_starts_with_may_be_any_number(two: Any) -> None:
    x = Value(3.0)
    y = x * x
    y.backward(two)
    assert (type(y.grad), y.grad, x.grad) == (float, 2.0, 12.0)
    with pytest.raises(TypeError, match="Values are real numbers, got '2'"):
        y.backward("2")  # type: ignore[arg-type]  # which is the point


def test_adjoints_that_happen_to_be_zero_are_carried_like_any_others() -> None:
    x = Value(2.0)
    y = x * inf  # a slope that 0 does not silence
    (y * 0.0).backward()
    assert math.isnan(x.grad or 0.0)
    assert y.grad == 0.0


def test_a_gradient_that_no_one_has_computed_is_none() -> None:
    x, unused = Value(3.0), Value(4.0)
    y = x * 2
    assert (x.grad, y.grad) == (None, None)
    y.backward()
    assert unused.grad is None


def test_backward_of_a_leaf_is_its_own_gradient() -> None:
    x = Value(3.0)
    x.backward()
    x.backward(2.0)
    assert x.grad == 3.0


# -- depth ------------------------------------------------------------------------------------------------------


def test_a_chain_of_a_million_operations_is_recorded_differentiated_and_freed_without_recursion() -> None:
    assert sys.getrecursionlimit() < 10_000
    x = Value(1.0)
    y = x
    for _ in range(500_000):
        y = (y + 1.0) * 0.5
    y.backward()
    assert y.data == 1.0
    assert x.grad == 0.5**500_000
    first = weakref.ref(y.parents[0])
    del y
    gc.collect()
    assert first() is None


def test_higher_derivatives_go_as_deep() -> None:
    def f(x: Any) -> Any:
        y = x
        for _ in range(20_000):
            y = y + 0.0
        return y * y

    assert grad(grad(f))(3.0) == 2.0


def test_a_node_takes_at_most_300_bytes() -> None:
    x = Value(1.5)
    nodes = [x]
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        for _ in range(20_000):
            nodes.append(nodes[-1] * x)
            nodes.append(nodes[-1].tanh())
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    per_node = (after - before - sys.getsizeof(nodes)) / len(nodes)
    assert per_node <= 300


# -- comparing, hashing, converting -----------------------------------------------------------------------------


@pytest.mark.parametrize("compare", [operator.lt, operator.le, operator.eq, operator.ne, operator.gt, operator.ge])
def test_all_six_comparisons_compare_data_as_floats_do(compare: Callable[[Any, Any], bool]) -> None:
    numbers = [-1.0, 0.0, -0.0, 2.0, inf, -inf, nan]
    for x in numbers:
        for y in numbers:
            expected = compare(x, y)
            assert compare(Value(x), Value(y)) is expected
            assert compare(Value(x), y) is expected
            assert compare(x, Value(y)) is expected


def test_a_value_equals_no_text_and_is_not_ordered_with_it() -> None:
    assert Value(1.0) != "1.0"
    assert Value(1.0) != None  # noqa: E711  # the comparison itself is tested
    with pytest.raises(TypeError, match="'<' not supported between instances of 'float' and 'str'"):
        assert Value(1.0) < "2"


def test_hashing_is_by_identity() -> None:
    x, y = Value(1.0), Value(1.0)
    assert x == y
    assert len({x, y}) == 2
    assert {x: "x", y: "y"}[x] == "x"


def test_truth_is_that_of_the_data() -> None:
    assert [bool(Value(x)) for x in (0.0, -0.0, 0.5, nan)] == [False, False, True, True]


def test_a_format_is_that_of_the_data() -> None:
    assert f"{Value(1.5):.2f}" == "1.50"
    assert f"{Value(1.5, 'x')}" == "Value(1.5, 'x')"


CUT = (
    "A Value does not turn into a plain number by itself, because that would cut the graph: "
    "use autograd's functions (autograd.exp, not math.exp; choose(values, i), not values[i]), or x.data for the number."
)


@pytest.mark.parametrize("cut", [float, int, complex, math.exp, range, [1, 2].__getitem__, hex])
def test_what_would_silently_cut_the_graph_is_a_type_error_that_names_the_cure(cut: Callable[[Any], Any]) -> None:
    with pytest.raises(TypeError) as error:
        cut(Value(1.0))
    assert str(error.value) == CUT


# -- domains ----------------------------------------------------------------------------------------------------


def of_z(x: float) -> Value:
    return Value(x, "z")


POWER = (
    "power(x, n) is defined for x > 0, for x = 0 with n >= 0, and for x < 0 with whole n, got x = {} (node 'z'), n = {}"
)
OUTSIDE: dict[str, tuple[Callable[[], Any], str, float]] = {
    "log of a negative number": (lambda: log(of_z(-1.0)), "log is defined for x > 0, got -1.0 (node 'z')", nan),
    "log of zero": (lambda: of_z(0.0).log(), "log is defined for x > 0, got 0.0 (node 'z')", -inf),
    "log of a plain number": (lambda: log(-1.0), "log is defined for x > 0, got -1.0", nan),
    "a value without a label": (lambda: log(Value(-1.0)), "log is defined for x > 0, got -1.0", nan),
    "log1p": (lambda: log1p(of_z(-1.0)), "log1p is defined for x > -1, got -1.0 (node 'z')", -inf),
    "sqrt": (lambda: sqrt(of_z(-4.0)), "sqrt is defined for x >= 0, got -4.0 (node 'z')", nan),
    "atanh": (lambda: atanh(of_z(1.0)), "atanh is defined for -1 < x < 1, got 1.0 (node 'z')", inf),
    "sin of infinity": (lambda: of_z(inf).sin(), "sin is defined for finite x, got inf (node 'z')", nan),
    "division by zero": (
        lambda: 1 / of_z(0.0),
        "div(x, y) is defined for y != 0, got x = 1.0, y = 0.0 (node 'z')",
        inf,
    ),
    "division of a value by 0": (
        lambda: of_z(2.0) / 0,
        "div(x, y) is defined for y != 0, got x = 2.0 (node 'z'), y = 0.0",
        inf,
    ),
    "a root of a negative number": (lambda: of_z(-8.0) ** (1 / 3), POWER.format(-8.0, 1 / 3), nan),
    "a negative power of zero": (lambda: of_z(0.0) ** -1, POWER.format(0.0, -1.0), inf),
    "a power that varies": (
        lambda: of_z(-8.0) ** Value(0.5, "y"),
        "pow(x, y) is defined for x > 0, for x = 0 with y >= 0, and for x < 0 with whole y, "
        "got x = -8.0 (node 'z'), y = 0.5 (node 'y')",
        nan,
    ),
    "xlogy": (
        lambda: xlogy(1.0, of_z(-1.0)),
        "xlogy(x, y) is defined for y > 0, or y = 0 with x = 0, got x = 1.0, y = -1.0 (node 'z')",
        nan,
    ),
}


@pytest.mark.parametrize(("call", "message", "number"), OUTSIDE.values(), ids=OUTSIDE)
def test_outside_its_domain_a_function_says_so_with_argument_and_label_and_follows_ieee_754_on_request(
    call: Callable[[], Any], message: str, number: float
) -> None:
    with pytest.raises(DomainError) as error:
        call()
    assert str(error.value) == message
    assert isinstance(error.value, ValueError)
    with ieee():
        got = call()
    assert (got.data if isinstance(got, Value) else got) == pytest.approx(number, nan_ok=True)
    with pytest.raises(DomainError):  # strict again
        call()


def test_ieee_ends_with_its_block_also_after_an_error() -> None:
    with pytest.raises(ZeroDivisionError), ieee():
        raise ZeroDivisionError
    with pytest.raises(DomainError):
        log(0.0)


OVERFLOWS: dict[str, tuple[Callable[[Any], Any], float, float]] = {
    "exp(x)": (exp, 1000.0, inf),
    "cosh(x)": (cosh, 1000.0, inf),
    "x**2": (lambda x: x**2, 1e200, 2e200),
    "x**3": (lambda x: x**3, 1e200, inf),
    "x * x": (lambda x: x * x, 1e200, 1e200),
    "x + x": (lambda x: x + x, 1e308, 1.0),
    "x / 1e-200": (lambda x: x / 1e-200, 1e200, 1e200),
}


@pytest.mark.parametrize(("call", "x", "slope"), OVERFLOWS.values(), ids=OVERFLOWS)
def test_overflow_is_infinite_everywhere(call: Callable[[Any], Any], x: float, slope: float) -> None:
    node = call(Value(x))
    assert node.data == inf
    assert slopes(node)[0] == slope
    assert gradients(node, list(node.parents))[0].data == sum(slopes(node))


def test_singular_slopes_inside_the_domain_are_infinite() -> None:
    assert slopes(sqrt(Value(0.0))) == [inf]
    assert slopes(Value(0.0) ** 0.5) == [inf]
    assert grad(sqrt)(0.0) == inf


OF_NAN: dict[str, Callable[[Any], Any]] = {
    "relu": relu,
    "abs": abs,
    "max(x, 1)": lambda x: maximum(x, 1.0),
    "max(1, x)": lambda x: maximum(1.0, x),
    "min(x, 1)": lambda x: minimum(x, 1.0),
    "min(1, x)": lambda x: minimum(1.0, x),
    "clip": lambda x: clip(x, 0.0, 1.0),
    "x * x": lambda x: x * x,
    "x**2": lambda x: x**2,
    "1 / x": lambda x: 1 / x,
    "log": log,
    "sqrt": sqrt,
    "tanh": tanh,
    "softplus": softplus,
}


@pytest.mark.parametrize("call", OF_NAN.values(), ids=OF_NAN)
def test_nan_in_gives_nan_out_and_nan_slopes(call: Callable[[Any], Any]) -> None:
    x = Value(nan)
    y = call(x)
    y.backward()
    assert math.isnan(y.data)
    assert math.isnan(x.grad or 0.0)


def test_a_slope_that_does_not_depend_on_the_nan_stays_what_it_is() -> None:
    a, b = Value(nan), Value(1.0)
    (a * 2 + b).backward()
    assert (a.grad, b.grad) == (2.0, 1.0)


def test_nan_to_the_power_zero_is_one() -> None:
    assert (Value(nan) ** 0).data == 1.0
    assert slopes(Value(nan) ** 0) == [0.0]


# -- powers -----------------------------------------------------------------------------------------------------


def test_a_constant_exponent_is_a_parameter_of_the_node_and_not_an_operand() -> None:
    x = Value(-4.0)
    y = x**2  # must not touch log(-4)
    assert y.op is not None
    assert (y.op.name, y.args, y.parents, y.partials) == ("power", (x, 2), (x,), (-8.0,))
    assert (x ** Value(2.0)).parents[0] is x


def test_powers_are_exact_at_zero_at_every_order() -> None:
    assert grad(grad(lambda x: x**2))(0.0) == 2.0
    assert grad(grad(grad(lambda x: x**2)))(0.0) == 0.0
    assert grad(grad(grad(grad(lambda x: x**3))))(0.0) == 0.0
    assert grad(lambda x: x**0)(0.0) == 0.0
    assert grad(grad(lambda x: x**1))(0.0) == 0.0


def test_zero_to_the_power_zero_is_one() -> None:
    assert (Value(0.0) ** 0).data == (Value(0.0) ** Value(0.0)).data == autograd.pow(0, 0) == 1.0


# -- where ------------------------------------------------------------------------------------------------------


def test_where_records_only_the_branch_that_is_taken() -> None:
    x, y = Value(2.0), Value(3.0)
    taken = x * 2
    assert where(x > 0, taken, y * 2) is taken


def test_a_branch_that_is_a_function_and_not_taken_is_never_called() -> None:
    def never() -> Any:
        raise AssertionError("called")

    assert where(True, lambda: 1.0, never) == 1.0
    assert where(False, never, 2.0) == 2.0


def test_choose_takes_the_entry_that_a_number_or_a_value_says() -> None:
    xs = [Value(5.0), Value(7.0), Value(9.0)]
    assert autograd.choose(xs, 1) is xs[1]
    for i, x in enumerate(xs):
        y = autograd.choose(xs, Value(float(i)))
        assert (y.data, [slope.data for slope in gradients(y, xs)]) == (x.data, [float(i == j) for j in range(3)])


READINGS: list[Callable[[Any], Any]] = [lambda f: f, autograd.compile]


@pytest.mark.parametrize("reading", READINGS)
def test_choose_is_the_entry_of_a_list_in_every_reading(reading: Callable[[Any], Any]) -> None:
    f = reading(lambda i, x: autograd.choose([x, x * x, 5.0], i))
    for i in (0, 1, 2, -1, -2, -3):
        assert f(float(i), 3.0) == [3.0, 9.0, 5.0][i]
    for outside in (3.0, -4.0, 1e300):
        with pytest.raises(IndexError, match=r"^choose has 3 values to choose from, with indices from -3 to 2; got "):
            f(outside, 3.0)
    for broken in (0.5, -0.5, math.nan, math.inf):
        with pytest.raises(TypeError, match=r"^choose takes a whole number as its index, got "):
            f(broken, 3.0)


@pytest.mark.parametrize("differentiate", [grad, lambda f: autograd.compile(f).grad])
def test_what_is_not_chosen_contributes_nothing(differentiate: Callable[[Any], Any]) -> None:
    def f(x: Any, i: Any) -> Any:
        return autograd.choose([x**2, math.inf, sqrt(x - 2.0), x * math.inf], i)

    slope = differentiate(f)
    assert slope(2.0, 0.0) == 4.0
    assert slope(2.0, -4.0) == 4.0


def test_choose_gives_nan_for_what_is_no_index_of_a_row() -> None:
    program = autograd.compile(lambda i: autograd.choose([2.0, 3.0], i), 0, engine="numpy")
    got = program(np.array([0.0, 1.0, -1.0, -2.0, 2.0, -3.0, 0.5, math.nan]))
    assert np.array_equal(got, [2.0, 3.0, 3.0, 2.0, *[math.nan] * 4], equal_nan=True)


@pytest.mark.parametrize("x", [0.0, -1.0])
def test_a_branch_outside_its_domain_does_no_harm_when_not_taken(x: float) -> None:
    def f(x: Any) -> Any:
        return where(x > 0, lambda: sqrt(x), 0)

    assert f(Value(x)) == 0
    assert grad(f)(x) == 0.0
    assert grad(f)(4.0) == 0.25


# -- kinks ------------------------------------------------------------------------------------------------------


def test_at_a_kink_relu_and_abs_have_slope_0_and_a_tie_is_shared() -> None:
    assert grad(relu)(0.0) == 0.0
    assert grad(abs)(0.0) == 0.0
    assert grad(maximum, argnums=(0, 1))(1.0, 1.0) == (0.5, 0.5)
    assert grad(minimum, argnums=(0, 1))(1.0, 1.0) == (0.5, 0.5)
    assert grad(hypot, argnums=(0, 1))(0.0, 0.0) == (0.0, 0.0)
    assert [grad(lambda x: clip(x, 0.0, 1.0))(x) for x in (-1.0, 0.0, 0.5, 1.0, 2.0)] == [0.0, 0.5, 1.0, 0.5, 0.0]


def test_the_docstrings_of_functions_with_kinks_say_what_the_slope_is_there() -> None:
    for op in autograd.ops.TABLE.values():
        if op.kink is not None:
            assert "slope" in str(op.__doc__), op.name
    assert "slope" in (clip.__doc__ or "")


# -- stability --------------------------------------------------------------------------------------------------


def test_functions_of_machine_learning_are_stable_at_extremes() -> None:
    assert [sigmoid(x) for x in (800.0, -800.0)] == [1.0, 0.0]
    assert [softplus(x) for x in (800.0, -800.0)] == [800.0, 0.0]
    assert sigmoid(-700.0) == pytest.approx(math.exp(-700), rel=1e-15)
    assert softplus(-700.0) == pytest.approx(math.exp(-700), rel=1e-15)
    assert [grad(sigmoid)(x) for x in (800.0, -800.0)] == [0.0, 0.0]
    assert grad(sigmoid)(40.0) == pytest.approx(math.exp(-40), rel=1e-15)
    assert [grad(softplus)(x) for x in (800.0, -800.0)] == [1.0, 0.0]
    assert (tanh(400.0), grad(tanh)(400.0), grad(grad(tanh))(800.0)) == (1.0, 0.0, 0.0)
    assert grad(tanh)(20.0) == pytest.approx(4 * math.exp(-40), rel=1e-15)
    assert logsumexp([1000.0, 1000.0]) == 1000 + math.log(2)
    assert logsumexp([-1000.0, -1000.0]) == -1000 + math.log(2)
    assert grad(logsumexp)([1000.0, 1000.0, -1000.0]) == [0.5, 0.5, 0.0]
    assert autograd.softmax([1000.0, 1000.0, -1000.0]) == [0.5, 0.5, 0.0]


# -- kinds of numbers -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("two", [2, 2.0, Fraction(2)], ids=lambda x: type(x).__name__)
def test_numbers_of_any_kind_stand_on_either_side(two: Any) -> None:
    x = Value(3.0)
    assert [(x + two).data, (two + x).data, (x - two).data, (two - x).data] == [5.0, 5.0, 1.0, -1.0]
    assert [(x * two).data, (two * x).data, (x / two).data, (two / x).data] == [6.0, 6.0, 1.5, 2 / 3]
    assert [(x**two).data, (two**x).data] == [9.0, 8.0]


def test_bools_are_numbers() -> None:
    assert (Value(3.0) + True).data == 4.0
    assert (False * Value(3.0)).data == 0.0


def test_integers_beyond_floats_are_infinite() -> None:
    assert (Value(1.0) + 10**400).data == inf
    assert (-(10**400) * Value(1.0)).data == -inf
    assert Value(10**400).data == inf


OPERATORS = [operator.add, operator.sub, operator.mul, operator.truediv, operator.pow]


@pytest.mark.parametrize("operation", OPERATORS)
@pytest.mark.parametrize(("other", "kind"), [("2", "str"), (None, "NoneType"), (2j, "complex"), (b"2", "bytes")])
def test_what_is_no_real_number_is_refused(operation: Callable[[Any, Any], Any], other: Any, kind: str) -> None:
    message = f"Values are real numbers, got {other!r} ({kind}); pass an int or a float."
    for operands in ((Value(1.0), other), (other, Value(1.0))):
        if isinstance(operands[0], (str, bytes)) and operation is operator.mod:
            continue
        with pytest.raises(TypeError) as error:
            operation(*operands)
        assert str(error.value) == message
    with pytest.raises(TypeError) as error:
        Value(other)
    assert str(error.value) == message
    with pytest.raises(TypeError) as error:
        exp(other)
    assert str(error.value) == message


def test_a_function_says_how_many_arguments_it_takes() -> None:
    with pytest.raises(TypeError, match=r"^maximum takes 2 argument\(s\), got 1\.$"):
        maximum(Value(1.0))
    with pytest.raises(TypeError, match=r"^exp takes 1 argument\(s\), got 2\.$"):
        exp(1.0, 2.0)


# -- nesting ----------------------------------------------------------------------------------------------------


def test_nested_derivatives_keep_their_levels_apart() -> None:
    assert grad(lambda x: x * grad(lambda y: x * y)(x))(1.0) == 2.0
    assert grad(lambda x: x * grad(lambda y: x + y)(1.0))(1.0) == 1.0
    assert grad(lambda x: grad(lambda y: grad(lambda z: x * y * z)(x * y))(x))(3.0) == 1.0


def test_a_closure_over_an_outer_value_stays_connected() -> None:
    w = Value(2.0, "w")
    slope = grad(lambda y: w * w * y)(3.0)
    assert isinstance(slope, Value)
    assert slope.data == 4.0
    assert gradients(slope, [w])[0].data == 4.0
    assert w.grad is None


# -- threads ----------------------------------------------------------------------------------------------------


class Interruptible(Value):
    """A Value which lets other threads in between reading and writing its `grad`, in the midst of `+=`."""

    __slots__ = ("_grad",)

    @property
    def grad(self) -> float | None:
        grad = self._grad
        time.sleep(0)
        return grad

    @grad.setter
    def grad(self, grad: float | None) -> None:
        self._grad = grad


@pytest.mark.parametrize("kind", [Value, Interruptible])
def test_sweeps_of_several_threads_over_one_leaf_all_count(kind: type[Value]) -> None:
    x = kind(1.0)
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)

    def work() -> None:
        for _ in range(2000):
            (x * 1.0).backward()

    try:
        threads = [threading.Thread(target=work) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(interval)
    assert x.grad == 8000.0
