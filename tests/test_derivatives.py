"""Derivatives of functions: any order, every mode, JAX's conventions."""

from __future__ import annotations

import math
import pickle
from collections import namedtuple
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from mpmath import mp

from autograd import (
    Value,
    cos,
    dot,
    exp,
    grad,
    gradients,
    hessian,
    hvp,
    jacobian,
    jvp,
    log,
    maximum,
    no_grad,
    sigmoid,
    sin,
    sqrt,
    tanh,
    value_and_grad,
    vjp,
)
from tests import naive
from tests.graphs import apply, disagreements, smooth_graphs
from tests.naive import Graph, Noise

# -- every mode on random graphs, against the naive engine ------------------------------------------------------------


def as_function(graph: Graph) -> Callable[..., Any]:
    """The last node of a graph as a function of its leaves."""
    return lambda *leaves: graph.run(leaves, apply)[-1]


def direction(graph: Graph) -> list[float]:
    return [0.5, -1.25, 2.0, 0.75][: len(graph.leaves)]


def _value_and_gradient(graph: Graph, noise: Noise | None) -> list[Any]:
    return [naive.evaluate(graph, graph.leaves, noise)[0][-1], *naive.gradient(graph, graph.leaves, noise)]


def _along_direction(graph: Graph, noise: Noise | None) -> list[Any]:
    slopes = naive.gradient(graph, graph.leaves, noise)
    return [sum(d * v for d, v in zip(slopes, direction(graph), strict=True))]


def _hessian(graph: Graph, noise: Noise | None) -> list[Any]:
    return [x for row in naive.hessian(graph, graph.leaves, noise) for x in row]


def _hessian_times_direction(graph: Graph, noise: Noise | None) -> list[Any]:
    rows = naive.hessian(graph, graph.leaves, noise)
    return [sum(h * v for h, v in zip(row, direction(graph), strict=True)) for row in rows]


@given(smooth_graphs())
def test_value_and_grad_and_vjp_give_the_value_and_the_sum_over_all_paths(graph: Graph) -> None:
    f, argnums = as_function(graph), range(len(graph.leaves))
    value, slopes = value_and_grad(f, argnums)(*graph.leaves)
    assert not disagreements(graph, [value, *slopes], _value_and_gradient)
    again, multiply = vjp(f, *graph.leaves)
    assert (again, multiply(1.0)) == (value, slopes)


@given(smooth_graphs())
def test_jvp_gives_the_derivative_in_a_direction(graph: Graph) -> None:
    _, slope = jvp(as_function(graph), graph.leaves, direction(graph))
    assert not disagreements(graph, [slope], _along_direction)


@given(smooth_graphs())
def test_hessian_and_hvp_give_the_second_derivatives(graph: Graph) -> None:
    f = as_function(graph)
    rows = hessian(f, range(len(graph.leaves)))(*graph.leaves)
    assert not disagreements(graph, [x for row in rows for x in row], _hessian)
    product = hvp(f, graph.leaves, direction(graph))
    assert not disagreements(graph, list(product), _hessian_times_direction)


SMOOTH: dict[str, tuple[Callable[[Any], Any], Callable[[Any], Any], float]] = {
    "sin(x exp(x))": (lambda x: sin(x * exp(x)), lambda x: mp.sin(x * mp.exp(x)), 0.7),
    "tanh(x)**3": (lambda x: tanh(x) ** 3, lambda x: mp.tanh(x) ** 3, -0.4),
    "log(1 + x**2)": (lambda x: log(1 + x**2), lambda x: mp.log(1 + x**2), 1.3),
    "sqrt(x) / (1 + x)": (lambda x: sqrt(x) / (1 + x), lambda x: mp.sqrt(x) / (1 + x), 2.5),
    "x**x": (lambda x: x**x, lambda x: x**x, 1.5),
    "sigmoid(x)": (sigmoid, lambda x: 1 / (1 + mp.exp(-x)), 0.3),
}


@pytest.mark.parametrize(("f", "definition", "x"), SMOOTH.values(), ids=SMOOTH)
def test_derivatives_up_to_the_fourth_are_nested_difference_quotients(
    f: Callable[[Any], Any], definition: Callable[[Any], Any], x: float
) -> None:
    with mp.workdps(300):  # of which four steps leave a fifth
        for _ in range(4):
            f, definition = grad(f), naive.derivative(definition, 0)
            assert f(x) == pytest.approx(float(definition(mp.mpf(x))), rel=1e-12)


# -- arguments and results --------------------------------------------------------------------------------------------

Point = namedtuple("Point", "x y")


def test_the_gradient_has_the_structure_of_the_argument() -> None:
    assert grad(lambda p: p["a"] * p["b"][1])({"a": 2.0, "b": [1.0, 4.0]}) == {"a": 4.0, "b": [0.0, 2.0]}
    assert grad(lambda p: p[0] * p[1][0] + p[1][1])((3.0, (2.0, 5.0))) == (2.0, (3.0, 1.0))
    assert grad(lambda p: p.x**2 * p.y)(Point(3.0, 2.0)) == Point(12.0, 9.0)
    assert grad(lambda p: 1.0 * p["x"])({"x": 1.0, "unused": {}}) == {"x": 1.0, "unused": {}}


def test_arrays_go_in_and_arrays_come_out() -> None:
    at = np.array([[1.0, 2.0], [3.0, 4.0]])
    slope = grad(lambda x: np.sum(np.exp(x) * x))(at)
    assert slope.shape == (2, 2)
    assert slope.dtype == float
    assert slope == pytest.approx(np.exp(at) * (1 + at))


def test_without_argnums_it_is_the_first_argument() -> None:
    def f(x: Any, y: Any) -> Any:
        return x**3 * y

    assert (grad(f)(2.0, 5.0), value_and_grad(f)(2.0, 5.0)) == (60.0, (40.0, 60.0))
    assert (jacobian(f)(2.0, 5.0), hessian(f)(2.0, 5.0)) == (60.0, 60.0)


def test_a_tangent_that_is_a_value_stays_connected() -> None:
    tangent = Value(2.0)
    _, moved = jvp(lambda x: x * x, (3.0,), (tangent,))
    assert moved == 12.0
    assert [slope.data for slope in gradients(moved, [tangent])] == [6.0]


def test_a_result_that_does_not_depend_on_the_argument_does_not_move_with_it() -> None:
    assert jvp(lambda x: [x * x, Value(3.0), 4.0], (2.0,), (1.0,)) == ([4.0, 3.0, 4.0], [4.0, 0.0, 0.0])
    assert jacobian(lambda x: [x, Value(3.0), 4.0])(2.0) == [1.0, 0.0, 0.0]


def test_argnums_say_by_which_arguments() -> None:
    def f(x: Any, y: Any, z: Any) -> Any:
        return x * y**2 + z**3

    assert grad(f)(2.0, 3.0, 4.0) == 9.0
    assert grad(f, argnums=2)(2.0, 3.0, 4.0) == 48.0
    assert grad(f, argnums=-1)(2.0, 3.0, 4.0) == 48.0
    assert grad(f, argnums=(0, 1))(2.0, 3.0, 4.0) == (9.0, 12.0)
    assert grad(f, argnums=(1,))(2.0, 3.0, 4.0) == (12.0,)
    assert hessian(f, argnums=(0, 1))(2.0, 3.0, 4.0) == ((0.0, 6.0), (6.0, 4.0))


def test_keyword_arguments_are_passed_on() -> None:
    def f(x: Any, *, scale: float, offset: Any = 0.0) -> Any:
        return scale * x**2 + offset

    assert grad(f)(3.0, scale=2.0) == 12.0
    assert value_and_grad(f)(3.0, scale=2.0, offset=1.0) == (19.0, 12.0)


def test_an_argument_that_is_not_used_has_derivative_zero() -> None:
    assert grad(lambda x, y: 3.0 * y, argnums=(0, 1))(1.0, 2.0) == (0.0, 3.0)
    assert grad(lambda x: 3.0)(1.0) == 0.0
    assert grad(lambda x: [x, 1.0][1])(1.0) == 0.0
    assert jvp(lambda x: 3.0, (1.0,), (1.0,)) == (3.0, 0.0)
    assert jacobian(lambda x: [3.0, x[0]])([1.0, 2.0]) == [[0.0, 0.0], [1.0, 0.0]]
    assert hessian(lambda x: 3.0 * x)(1.0) == 0.0


def test_an_argument_used_twice_counts_twice() -> None:
    assert grad(lambda x: x * x + x)(3.0) == 7.0
    assert grad(lambda x, y: x * y, argnums=(0, 1))(*[3.0] * 2) == (3.0, 3.0)
    shared = Value(3.0)
    slopes = grad(lambda x, y: x * x * y, argnums=(0, 1))(shared, shared)  # one Value in two places
    assert [slope.data for slope in slopes] == [18.0, 9.0]


def test_the_identity_has_derivative_one() -> None:
    assert grad(lambda x: x)(3.0) == 1.0
    assert value_and_grad(lambda x: x)(3.0) == (3.0, 1.0)
    assert jacobian(lambda x: x)([1.0, 2.0]) == [[1.0, 0.0], [0.0, 1.0]]


def test_integers_are_differentiated_as_floats() -> None:
    assert value_and_grad(lambda x: x**2)(3) == (9.0, 6.0)


def test_value_and_grad_gives_plain_floats() -> None:
    value, slope = value_and_grad(lambda x: x[0] * x[1])([2.0, 3.0])
    assert (type(value), [type(d) for d in slope]) == (float, [float, float])


def test_a_jacobian_has_the_structure_of_the_result_over_that_of_the_argument() -> None:
    def f(x: Any) -> Any:
        return {"product": x[0] * x[1], "square": x[0] ** 2}

    assert jacobian(f)([3.0, 2.0]) == {"product": [2.0, 3.0], "square": [6.0, 0.0]}
    matrix = jacobian(lambda x: np.array([x[0] * x[1], x[0] ** 2, x[1]]))(np.array([3.0, 2.0]))
    assert matrix.tolist() == [[2.0, 3.0], [6.0, 0.0], [0.0, 1.0]]


@pytest.mark.parametrize(("n", "m"), [(5, 2), (2, 5), (3, 3)])
def test_a_jacobian_is_the_same_forward_and_backward(n: int, m: int) -> None:
    def f(x: Any) -> Any:
        return [sin(x[i % n] * x[(i + 1) % n]) + i * x[0] for i in range(m)]

    at = [0.3 * (j + 1) for j in range(n)]
    rows = [grad(lambda x, i=i: f(x)[i])(at) for i in range(m)]
    columns = [jvp(f, (at,), ([float(j == k) for k in range(n)],))[1] for j in range(n)]
    assert jacobian(f)(at) == [pytest.approx(row) for row in rows]
    assert [list(row) for row in zip(*columns, strict=True)] == [pytest.approx(row) for row in rows]


def test_vjp_and_jvp_are_adjoint() -> None:
    def f(x: Any, y: Any) -> Any:
        return [x[0] * y, sin(x[1]) + y, x[0] * x[1]]

    primals, tangents, cotangents = ([0.5, 1.5], 2.0), ([1.0, -2.0], 0.5), [3.0, 1.0, -1.0]
    _, forward = jvp(f, primals, tangents)
    _, multiply = vjp(f, *primals)
    (by_x, by_y) = multiply(cotangents)
    left = sum(c * t for c, t in zip(cotangents, forward, strict=True))
    right = by_x[0] * tangents[0][0] + by_x[1] * tangents[0][1] + by_y * tangents[1]
    assert left == pytest.approx(right)


def test_gradients_are_of_nodes_and_by_nodes_leaves_or_not() -> None:
    x, y = Value(3.0), Value(2.0)
    product = x * y
    z = product * product + x
    by_x, by_product, by_z = gradients(z, [x, product, z])
    assert (by_x.data, by_product.data, by_z.data) == (2 * 6 * 2 + 1, 12.0, 1.0)
    assert gradients(by_product, [product])[0].data == 2.0
    assert [d.data for d in gradients(z, [x], gradient=3.0)] == [75.0]
    assert (x.grad, y.grad, product.grad) == (None, None, None)
    assert gradients(x, [y])[0].data == 0.0


# -- no path is not zero ----------------------------------------------------------------------------------------------

INF, NAN = math.inf, math.nan


def test_where_no_path_leads_the_derivative_is_zero_whatever_stands_on_other_edges() -> None:
    assert hessian(lambda v: v[0] ** 2 + sqrt(v[1]))([1.0, 0.0]) == [[2.0, 0.0], [0.0, -INF]]
    assert jacobian(lambda v: [v[0] * v[1], sqrt(v[0])])([0.0, 1.0]) == [[1.0, 0.0], [INF, 0.0]]
    assert jacobian(lambda v: [v[0] * v[1], sqrt(v[0]), v[1]])([0.0, 1.0]) == [[1.0, 0.0], [INF, 0.0], [0.0, 1.0]]
    # d²/dx² of x**y is y (y - 1) x**(y - 2); what log(x) stands in has no value at x = -2.
    assert str(hessian(lambda v: v[0] ** v[1])([-2.0, 3.0])) == "[[-12.0, nan], [nan, nan]]"
    assert hessian(lambda x, y: x * x + y ** (2 / 3), (0, 1))(3.0, 0.0)[0] == (2.0, 0.0)


def test_what_does_not_move_is_not_carried() -> None:
    def f(v: Any) -> Any:
        return v[0] ** 2 + sqrt(v[1])

    assert jvp(f, ([1.0, 0.0],), ([1.0, 0.0],)) == (1.0, 2.0)
    assert jvp(f, ([1.0, 0.0],), ([1, np.float64(0)],)) == (1.0, 2.0)
    assert hvp(f, ([1.0, 0.0],), ([1.0, 0.0],)) == ([2.0, 0.0],)
    _, multiply = vjp(lambda v: [v[0] * v[1], sqrt(v[0])], [0.0, 1.0])
    assert multiply([1.0, 0.0]) == ([1.0, 0.0],)
    assert multiply([0.0, 1.0]) == ([INF, 0.0],)
    assert multiply([0.0, 0.0]) == ([0.0, 0.0],)


def test_a_zero_that_was_computed_is_carried() -> None:
    # 0 * sqrt(x) at 0: the path is there, and 0 times infinity on it is not a number.
    assert math.isnan(grad(lambda x: 0.0 * sqrt(x))(0.0))
    assert math.isnan(jvp(lambda x: sqrt(x * x), (0.0,), (1.0,))[1])
    assert math.isnan(jvp(lambda x: sqrt(x), (0.0,), (Value(0.0),))[1].data)  # it may move at the next level
    assert math.isnan(vjp(sqrt, 0.0)[1](Value(0.0))[0].data)


def test_a_node_returned_twice_is_reached_from_both_places() -> None:
    def f(x: Any) -> Any:
        y = x * x
        return [y, y, x]

    assert vjp(f, 3.0)[1]([1.0, 10.0, 100.0]) == (166.0,)
    assert jacobian(f)(3.0) == [6.0, 6.0, 1.0]


def test_what_is_made_within_no_grad_belongs_to_the_function() -> None:
    def f(x: Any) -> Any:
        with no_grad():
            factor = 2 * x + 1
        return x * factor

    assert value_and_grad(f)(3.0) == (21.0, 7.0)
    assert type(grad(f)(3.0)) is float
    assert grad(grad(f))(3.0) == 0.0
    assert type(grad(lambda x: x * pickle.loads(pickle.dumps(x)))(3.0)) is float


# -- nesting ----------------------------------------------------------------------------------------------------------


def test_derivatives_nest_in_every_order_of_modes() -> None:
    def f(x: Any, y: Any) -> Any:
        return sin(x) * y**3

    x, y = 0.5, 2.0
    mixed = math.cos(x) * 3 * y**2
    assert grad(grad(f, 0), 1)(x, y) == pytest.approx(mixed)
    assert grad(grad(f, 1), 0)(x, y) == pytest.approx(mixed)
    assert jvp(grad(f, 0), (x, y), (0.0, 1.0))[1] == pytest.approx(mixed)
    assert grad(lambda x: jvp(f, (x, y), (0.0, 1.0))[1])(x) == pytest.approx(mixed)
    assert jvp(lambda x: jvp(f, (x, y), (0.0, 1.0))[1], (x,), (1.0,))[1] == pytest.approx(mixed)
    assert grad(lambda x: vjp(f, x, y)[1](1.0)[1])(x) == pytest.approx(mixed)
    assert jacobian(grad(f, (0, 1)), (0, 1))(x, y)[0][1] == pytest.approx(mixed)
    assert hessian(f, (0, 1))(x, y)[1][0] == pytest.approx(mixed)


def test_inner_and_outer_derivatives_are_not_confused() -> None:
    # Siskind and Pearlmutter's example of perturbation confusion, and its like by jvp.
    assert grad(lambda x: x * grad(lambda y: x + y)(1.0))(1.0) == 1.0
    assert jvp(lambda x: x * jvp(lambda y: x + y, (1.0,), (1.0,))[1], (1.0,), (1.0,))[1] == 1.0
    assert grad(lambda x: x * grad(lambda y: x * y)(x))(1.0) == 2.0
    assert grad(lambda x: grad(lambda y: x**2 * y**3)(x))(2.0) == pytest.approx(12 * 2.0**3)


def test_a_gradient_is_a_value_where_an_argument_is_one() -> None:
    x = Value(3.0, "x")
    value, slope = value_and_grad(lambda x: x**3)(x)
    assert (value.data, slope.data) == (27.0, 27.0)
    assert gradients(slope, [x])[0].data == 18.0
    assert gradients(value, [x])[0].data == 27.0
    assert x.grad is None


def test_a_gradient_through_a_closure_can_be_differentiated_by_what_is_closed_over() -> None:
    w = Value(2.0, "w")
    slope = grad(lambda y: sin(w * y))(3.0)  # w cos(3 w)
    slope.backward()
    assert slope.data == pytest.approx(2 * math.cos(6))
    assert w.grad == pytest.approx(math.cos(6) - 6 * math.sin(6))


def test_a_branch_on_the_data_differentiates_the_branch_taken() -> None:
    def f(x: Any) -> Any:
        return 1.0 if x == 0 else sin(x) / x

    assert grad(f)(0.0) == 0.0
    assert grad(f)(1.0) == pytest.approx(math.cos(1) - math.sin(1))


def test_loops_and_mutation_differentiate() -> None:
    def newton(a: Any) -> Any:
        x = a
        for _ in range(30):
            x = (x + a / x) / 2
        return x

    assert grad(newton)(2.0) == pytest.approx(1 / (2 * math.sqrt(2)))
    assert grad(grad(newton))(2.0) == pytest.approx(-(2.0**-1.5) / 4)

    def in_place(xs: list[Any]) -> Any:
        xs[0] *= xs[1]
        xs.append(xs[0] * 2)
        return xs[2]

    at = [3.0, 4.0]
    assert grad(in_place)(at) == [8.0, 6.0]
    assert at == [3.0, 4.0]


def test_implicit_layers_of_gradient_descent_differentiate() -> None:
    # One step of descent on (w x - 1)^2, and the loss after it, by the step size.
    def after_one_step(rate: Any) -> Any:
        w = 0.5 - rate * grad(lambda w: (w * 2.0 - 1.5) ** 2)(0.5)
        return (w * 2.0 - 1.5) ** 2

    # w = 0.5 + 2 rate, loss = (4 rate - 0.5)^2
    assert grad(after_one_step)(0.25) == pytest.approx(2 * (4 * 0.25 - 0.5) * 4)


# -- refusals ---------------------------------------------------------------------------------------------------------

REFUSED: dict[str, tuple[Callable[[], Any], type[Exception], str]] = {
    "text as argument": (
        lambda: grad(lambda x: x)("2"),
        TypeError,
        "Values are real numbers, got '2' (str); pass an int or a float.",
    ),
    "None within an argument": (
        lambda: grad(lambda x: x[0])([1.0, None]),
        TypeError,
        "Values are real numbers, got None (NoneType); pass an int or a float.",
    ),
    "complex argument": (
        lambda: grad(lambda x: x)(1j),
        TypeError,
        "Values are real numbers, got 1j (complex); pass an int or a float.",
    ),
    "no result": (
        lambda: grad(lambda x: None)(1.0),
        TypeError,
        "Values are real numbers, got None (NoneType); pass an int or a float.",
    ),
    "several results": (
        lambda: grad(lambda x: [x, x])(1.0),
        TypeError,
        "grad needs a function that returns one number, got a list of length 2; see jacobian.",
    ),
    "an array as result": (
        lambda: grad(lambda x: x * 2)(np.ones((2, 3))),
        TypeError,
        "grad needs a function that returns one number, got an array of shape (2, 3); see jacobian.",
    ),
    "an array where a number is meant": (
        lambda: grad(sqrt)(np.ones(3)),
        TypeError,
        "Functions of Values work on numbers and Values, not on an array of shape (3,); for arrays of Values use "
        "NumPy's functions.",
    ),
    "an argument that is not there": (
        lambda: grad(lambda x: x, argnums=1)(1.0),
        TypeError,
        "Cannot differentiate with respect to argument 1: the call has 1 positional argument(s).",
    ),
    "an argument far beyond": (
        lambda: grad(lambda x: x, argnums=2)(1.0),
        TypeError,
        "Cannot differentiate with respect to argument 2: the call has 1 positional argument(s).",
    ),
    "an argument before the first": (
        lambda: grad(lambda x: x, argnums=-2)(1.0),
        TypeError,
        "Cannot differentiate with respect to argument -2: the call has 1 positional argument(s).",
    ),
    "an argument named twice": (
        lambda: grad(lambda x, y: x * y, argnums=(0, -2))(1.0, 2.0),
        ValueError,
        "argnums names argument 0 twice, got (0, -2).",
    ),
    "an argument that is no number of one": (
        lambda: grad(lambda x: x, argnums="x")(1.0),  # type: ignore[arg-type]  # which is the point
        TypeError,
        "argnums is a whole number or a sequence of them, got 'x'.",
    ),
    "a tangent too few": (
        lambda: jvp(lambda x, y: x * y, (1.0, 2.0), (1.0,)),
        ValueError,
        "tangents has to be a tuple of length 2, as in the primals; it is a tuple of length 1.",
    ),
    "a cotangent too many": (
        lambda: vjp(lambda x: x, 1.0)[1]([1.0, 2.0]),
        ValueError,
        "cotangents has to be a number, as in the result; it is a list of length 2.",
    ),
}


@pytest.mark.parametrize(("call", "kind", "message"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_differentiated_says_why(call: Callable[[], Any], kind: type[Exception], message: str) -> None:
    with pytest.raises(kind) as error:
        call()
    assert str(error.value) == message


def test_an_error_in_the_function_comes_through_and_leaves_nothing_behind() -> None:
    def f(x: Any) -> Any:
        raise KeyError("ours")

    with pytest.raises(KeyError, match="ours"):
        grad(f)(1.0)
    assert grad(lambda x: x * x)(3.0) == 6.0
    w = Value(2.0)
    assert isinstance(grad(lambda x: w * x)(1.0), Value)


def test_functions_keep_their_names() -> None:
    def rosenbrock(x: Any) -> Any:
        """The banana."""
        return x

    for derivative in (grad(rosenbrock), value_and_grad(rosenbrock), jacobian(rosenbrock)):
        assert (derivative.__name__, derivative.__doc__) == ("rosenbrock", "The banana.")


def test_functions_of_many_operands_differentiate_twice() -> None:
    x, w = [0.5, -1.0, 2.0], [1.0, 2.0, 3.0]
    rows = hessian(lambda x: dot(x, x) * dot(w, x))(x)
    s = sum(a * b for a, b in zip(w, x, strict=True))
    expected = [[2 * s * (i == j) + 2 * x[i] * w[j] + 2 * w[i] * x[j] for j in range(3)] for i in range(3)]
    assert rows == [pytest.approx(row) for row in expected]
    assert hessian(lambda x: cos(maximum(x[0], x[1])))([1.0, 2.0])[1] == pytest.approx([0.0, -math.cos(2)])
