"""Evaluation without recording, detached leaves, and graphs brought up to date."""

import math
import threading
from typing import Any

import pytest

import autograd
from autograd import DomainError, Value, dot, grad, gradients, ieee, jvp, linear, log, no_grad, relu, sin, where
from autograd.op import Reading
from autograd.reread import Reread


def _one_of_each(x: Value, w: Value) -> list[Value]:
    operators = [x + w, x - 1, 2 * x, 1 - x, x / w, 3 / x, x**2, x**w, 2**x, -x, abs(x)]
    functions = [sin(x), x.exp(), relu(x), autograd.maximum(x, 1.0), dot([w], [x]), linear([w], [0.5], x)]
    return [*operators, *functions, autograd.sum([x, w, 3]), autograd.logsumexp([x, w])]


def test_within_no_grad_nothing_is_recorded_and_the_numbers_are_the_same() -> None:
    x, w = Value(1.5, "x"), Value(0.7, "w")
    recorded = _one_of_each(x, w)
    with no_grad():
        plain = _one_of_each(x, w)
    assert [y.data for y in plain] == [y.data for y in recorded]
    assert all((y.op, y.args, y.parents, y.partials) == (None, (), (), ()) for y in plain)
    assert all(y.parents for y in recorded)


def test_no_grad_ends_with_its_block_and_nests() -> None:
    x = Value(2.0)

    def recorded() -> bool:
        return bool((x * x).parents)

    with no_grad():
        with no_grad():
            pass
        assert not recorded()
    assert recorded()
    with pytest.raises(DomainError), no_grad():
        log(-x)
    assert recorded()


def test_derivatives_are_right_within_no_grad_and_heed_one_inside() -> None:
    with no_grad():
        assert grad(lambda x: x**3)(2.0) == 12.0
        assert grad(grad(lambda x: x**3))(2.0) == 12.0
        assert jvp(lambda x: x**2, (3.0,), (1.0,)) == (9.0, 6.0)
        assert len((Value(2.0) * 2).parents) == 0

    def half_constant(x: Value) -> Value:
        with no_grad():
            constant = x * x
        return x * x - constant

    assert grad(half_constant)(3.0) == 6.0


def test_no_grad_in_one_thread_leaves_the_others_recording() -> None:
    x = Value(2.0)
    opened, asked = threading.Event(), threading.Event()

    def elsewhere() -> None:
        with no_grad():
            opened.set()
            assert asked.wait(10)

    thread = threading.Thread(target=elsewhere)
    thread.start()
    assert opened.wait(10)
    assert (x * x).parents == (x, x)
    asked.set()
    thread.join()


def test_a_detached_value_is_a_new_leaf_of_the_same_number() -> None:
    x = Value(3.0, "x")
    y = (x * x).detach()
    assert (y.data, y.parents, y.label) == (9.0, (), None)
    (y * x).backward()
    assert x.grad == 9.0


def test_numbers_in_give_numbers_out() -> None:
    assert type(sin(1.0)) is type(dot([1, 2], [3, 4])) is type(autograd.pow(2, 3)) is float
    assert type(where(True, 1.0, 2.0)) is float


# -- recompute --------------------------------------------------------------------------------------------------


def test_recompute_gives_what_recording_anew_gives() -> None:
    def f(x: Value, w: Value) -> Any:
        s = linear([w, x], [2, 0.5], 1) + autograd.sum(_one_of_each(x, w))
        return sin(s) * x + autograd.logaddexp(x, w)

    x, w = Value(1.5), Value(0.7)
    y = f(x, w)
    x.data, w.data = 0.3, 1.9
    y.recompute()
    fresh = f(x, w)
    ours, theirs = autograd.graph.nodes(y), autograd.graph.nodes(fresh)
    assert [n.data for n in ours] == [n.data for n in theirs]
    assert [n.partials for n in ours] == [n.partials for n in theirs]


def test_recompute_outside_the_domain_says_so_and_changes_nothing() -> None:
    x = Value(2.0, "x")
    h = x * 3
    y = log(h - 3)
    before = [(n.data, n.partials) for n in autograd.graph.operations(y)]
    x.data = 0.5
    with pytest.raises(DomainError, match=r"^log is defined for x > 0, got -1\.5$"):
        y.recompute()
    assert [(n.data, n.partials) for n in autograd.graph.operations(y)] == before
    with ieee():
        y.recompute()
    assert math.isnan(y.data)


def test_recompute_keeps_the_branch_that_was_taken() -> None:
    x = Value(2.0)
    y = where(x > 0, x * 2, x * 5)
    x.data = -1.0
    y.recompute()
    assert y.data == -2.0


def test_recompute_of_a_leaf_is_nothing() -> None:
    x = Value(2.0)
    x.recompute()
    assert x.data == 2.0


# -- threads ----------------------------------------------------------------------------------------------------


def test_threads_may_share_leaves_each_with_a_graph_of_its_own() -> None:
    w = Value(1.0)
    errors: list[Exception] = []

    def work() -> None:
        try:
            for _ in range(2000):
                (w * 1.0).backward()
        except Exception as error:  # handed to the test
            errors.append(error)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors
    assert w.grad == 8000.0


def test_ieee_in_one_thread_leaves_the_others_strict() -> None:
    results: list[Any] = []

    def elsewhere() -> None:
        try:
            results.append(log(-1.0))
        except DomainError as error:
            results.append(error)

    with ieee():
        thread = threading.Thread(target=elsewhere)
        thread.start()
        thread.join()
        assert math.isnan(log(-1.0))
    assert isinstance(results[0], DomainError)


# -- odds and ends ----------------------------------------------------------------------------------------------


def test_what_is_no_number_at_all_is_left_to_python() -> None:
    with pytest.raises(TypeError, match="unsupported operand"):
        object() + Value(1.0)
    with pytest.raises(TypeError, match="unsupported operand"):
        Value(1.0) * {}  # Python's own words


def test_two_neurons_of_the_same_inputs_and_weights_add_up() -> None:
    # Many parents, all of them met before: the quick way of the traversal.
    w, x = [Value(float(i)) for i in range(6)], [Value(i / 2) for i in range(6)]
    y = dot(w, x) * 3 + dot(w, x)
    y.backward()
    assert [v.grad for v in w] == [4 * i / 2 for i in range(6)]
    assert [v.grad for v in x] == [4.0 * i for i in range(6)]


def test_a_slope_in_terms_of_the_value_uses_the_node_that_is_there() -> None:
    x = Value(0.5)
    y = x.exp()
    assert gradients(y, [x])[0] is y
    z = autograd.exp2(-x)
    (slope,) = gradients(z, [x])
    assert z in autograd.graph.nodes(slope)
    assert [node.op for node in autograd.graph.operations(slope)].count(autograd.exp2) == 1


def test_the_empty_sums_are_those_of_mathematics() -> None:
    assert (autograd.sum([]), dot([], []), autograd.logsumexp([]), autograd.softmax([])) == (0.0, 0.0, -math.inf, [])


def test_a_function_shows_its_name_and_asks_for_its_arguments() -> None:
    assert repr(sin) == "<op 'sin'>"
    with pytest.raises(TypeError, match=r"^sin takes 1 argument\(s\), got 2\.$"):
        sin(1.0, 2.0)
    with pytest.raises(ValueError, match=r"^linear takes w and x and bias, the first two of one length; got 2 and 1 "):
        linear([1.0, 2.0], [1.0], 0.0)


def test_a_kind_of_number_must_say_how_it_reads() -> None:
    with pytest.raises(NotImplementedError):
        Reading(1.0)
    with pytest.raises(NotImplementedError):
        Reading.read(sin, (1.0,))
    with pytest.raises(NotImplementedError):
        Reread.of(1.0)
    with pytest.raises(NotImplementedError):
        Reread.functions()


def test_neurons_that_share_their_inputs_record_them_as_written() -> None:
    w, v, b = Value(2.0), Value(3.0), Value(0.5)
    some: list[Any] = [((2, 0.25), (0.25, 2)), ((2.0, 0.25), (True, 1.0))]
    for x, y in some:
        for inputs in (x, x, y, x):
            for weights in ([w, v], [v, w], [v, b]):
                s = linear(weights, inputs, b)
                expected = sum(p.data * float(z) for p, z in zip(weights, inputs, strict=True)) + 0.5
                assert (s.data, s.partials) == (expected, (*map(float, inputs), 1.0))
                assert [type(z) for z in s.args[2:4]] == [int if z is True else type(z) for z in inputs]
                assert {*map(type, s.partials)} == {float}
                assert s.parents == (*weights, b)
