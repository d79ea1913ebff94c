"""The two passes as data: every step says truly what was computed, and the gradients are those of `backward`."""

import itertools
import math
import operator
import re
from functools import reduce

import pytest
from hypothesis import given, settings

from autograd import Value, Vector, cos, dot, linear, log, sigmoid, sqrt, steps
from autograd.formula import Formula
from autograd.op import Op
from autograd.ops import TABLE
from autograd.stepping import Backward, Contribution, Forward, Steps, passes
from autograd.stepping.told import KINDS, quantity_of
from tests.graphs import record, smooth_graphs
from tests.naive import Graph


def course() -> tuple[list[Value], Value]:
    """The course's exercise 3a."""
    x, y, z = Value(1.0, "x"), Value(2.0, "y"), Value(4.0, "z")
    return [x, y, z], cos(x**2 * y) + x**2 * sqrt(z)


def gradients(shown: Steps) -> dict[int, float | tuple[float, ...]]:
    """The gradients of all nodes, by identity."""
    single = {id(step.node): step.gradient for step in shown.backward}
    return {key: found[0] if len(found) == 1 else found for key, found in single.items()}


def test_the_steps_of_the_course_s_exercise_read_as_a_teacher_would_say_them() -> None:
    _, f = course()
    assert str(steps(f)).splitlines() == [
        "Given: x = 1, y = 2, z = 4.",
        "x² = 1² = 1",
        "x²y = 1·2 = 2",
        "cos(x²y) = cos(2) = -0.4161",
        "√z = √4 = 2",
        "x²√z = 1·2 = 2",
        "f = cos(x²y) + x²√z = -0.4161 + 2 = 1.584",
        "∂f/∂f = 1",
        "∂f/∂(cos(x²y)) = ∂f/∂f·1 = 1·1 = 1",
        "∂f/∂(x²y) = ∂f/∂(cos(x²y))·(-sin(x²y)) = 1·(-0.9093) = -0.9093",
        "∂f/∂(x²√z) = ∂f/∂f·1 = 1·1 = 1",
        "∂f/∂(x²) = ∂f/∂(x²y)·y + ∂f/∂(x²√z)·√z = (-0.9093)·2 + 1·2 = 0.1814",
        "∂f/∂(√z) = ∂f/∂(x²√z)·x² = 1·1 = 1",
        "∂f/∂x = ∂f/∂(x²)·2x = 0.1814·2 = 0.3628",
        "∂f/∂y = ∂f/∂(x²y)·x² = (-0.9093)·1 = -0.9093",
        "∂f/∂z = ∂f/∂(√z)·1/(2√z) = 1·0.25 = 0.25",
    ]


def test_no_gradient_is_touched_and_those_of_the_steps_are_the_closed_form() -> None:
    leaves, f = course()
    found = gradients(steps(f))
    assert [x.grad for x in (*leaves, f)] == [None] * 4
    x, y, z = (leaf.data for leaf in leaves)
    closed = [
        -math.sin(x**2 * y) * 2 * x * y + 2 * x * math.sqrt(z),
        -math.sin(x**2 * y) * x**2,
        x**2 / 2 / math.sqrt(z),
    ]
    assert [found[id(leaf)] for leaf in leaves] == pytest.approx(closed, rel=1e-14)


@settings(max_examples=60)
@given(graph=smooth_graphs())
def test_the_gradients_of_the_leaves_are_those_that_backward_computes(graph: Graph) -> None:
    leaves, nodes = record(graph)
    shown = steps(nodes[-1])
    found = gradients(shown)
    assert all(step.value == (step.node.data,) for step in shown.forward)
    assert "None" not in str(shown)
    nodes[-1].backward()
    for leaf in leaves:
        if id(leaf) in found:
            assert found[id(leaf)] == pytest.approx(leaf.grad, rel=1e-9, abs=1e-9)
        else:
            assert leaf.grad is None


def test_where_no_two_nodes_compute_the_same_every_gradient_is_that_of_backward_to_the_last_bit() -> None:
    x, y = Value(0.1, "x"), Value(0.7, "y")
    a, b, c = x * y, x + y, x / y
    f = sigmoid(a * b) * c + b * x - log(c + a * 0.3) * y + x
    found = gradients(steps(f))
    f.backward()
    everything = {id(node): node.grad for node in (x, y, a, b, c, f)}
    assert {key: found[key] for key in everything} == everything


def test_each_forward_step_comes_after_what_it_needs_and_each_backward_step_after_those_above() -> None:
    shown = steps(course()[1])
    known = {id(node) for node in next(iter(shown)).nodes}  # type: ignore[union-attr]  # the first is Given
    for step in shown.forward:
        assert {id(arrow.tail) for arrow in step.arrows} <= known
        assert all(arrow.head is step.node for arrow in step.arrows)
        known.add(id(step.node))
    told: set[int] = set()
    for back in shown.backward:
        assert {id(term.arrow.head) for term in back.terms} <= told
        assert all(arrow.tail is back.node for arrow in back.arrows)
        told.add(id(back.node))
    assert told == known


def test_every_gradient_is_the_sum_of_its_terms_and_every_term_a_product() -> None:
    shown = steps(course()[1])
    found = gradients(shown)
    for step in shown.backward[1:]:
        assert step.gradient == (reduce(operator.add, (term.product[0] for term in step.terms)),)
        for term in step.terms:
            assert term.gradient == (found[id(term.arrow.head)],)
            assert term.product == (term.gradient[0] * term.arrow.slopes[0],)


def test_a_value_used_twice_by_one_operation_adds_two_terms() -> None:
    x = Value(3.0, "x")
    last = steps(x * x).backward[-1]
    assert [term.product for term in last.terms] == [(3.0,), (3.0,)]
    assert str(last) == "∂f/∂x = ∂f/∂f·x + ∂f/∂f·x = 1·3 + 1·3 = 6"


def test_a_vector_is_one_step() -> None:
    w, x = Vector([0.5, -1.0], "w"), Vector([3.0, 2.0], "x")
    z = sigmoid(w @ x)
    assert str(steps(z)).splitlines()[1] == "𝐰ᵀ𝐱 = (0.5, -1)ᵀ(3, 2) = -0.5"
    back = steps(z).backward[-2:]
    z.backward()
    assert [step.gradient for step in back] == [w.grad, x.grad]
    assert str(back[0]) == "∂f/∂𝐰 = ∂f/∂(𝐰ᵀ𝐱)·𝐱 = 0.235·(3, 2) = (0.705, 0.47)"


def test_an_entry_of_a_vector_used_by_itself_gets_its_share() -> None:
    w, x = Vector([0.5, -1.0], "w"), Vector([3.0, 2.0], "x", constant=True)
    f = (w @ x) * w[0]
    found = gradients(steps(f))
    f.backward()
    assert found[id(w)] == w.grad


def test_a_vector_of_computed_values_passes_gradients_on_to_them() -> None:
    t = Value(0.5, "t")
    v = Vector([t * 2, t * t], "v")
    f = v @ Vector([3.0, 4.0], "w")
    found = gradients(steps(f))
    f.backward()
    assert found[id(t)] == t.grad == 3 * 2 + 4 * 2 * 0.5


def test_the_sum_of_a_neuron_is_written_with_its_products() -> None:
    w = [Value(0.5, "w_1"), Value(-1.0, "w_2")]
    s = linear(w, [3.0, 2.0], Value(0.25, "b"))
    assert str(steps(s).forward[0]) == "f = w₁·3 + w₂·2 + b = 0.5·3 + (-1)·2 + 0.25 = -0.25"
    assert str(steps(dot(w, w)).forward[0]).endswith(" = 0.5·0.5 + (-1)·(-1) = 1.25")


def test_what_is_folded_is_part_of_one_step() -> None:
    y, z = Value(1.0, "y"), Value(0.25, "z")
    loss = -y * log(z) - (1 - y) * log(1 - z)
    loss.label = "l"
    (step,) = steps(loss, fold=None, only=[loss]).forward
    assert str(step).startswith("l = -y·ln(z) - (1 - y)·ln(1 - z) = (-1)")
    assert str(step).endswith("·ln(0.25) - (1 - 1)·ln(1 - 0.25) = 1.386")
    assert [b.name for b in steps(loss, only=[y, z]).backward] == ["∂l/∂l", "∂l/∂y", "∂l/∂z"]
    assert str(next(iter(steps(loss, only=[])))) == "Given: what is not shown."


def test_what_computes_the_same_is_one_step_with_the_gradient_of_both() -> None:
    x = Value(3.0, "x")
    shown = steps(x**2 + sqrt(x**2))
    assert [step.name for step in shown.forward] == ["x²", "√(x²)", "f"]
    assert gradients(shown)[id(x)] == 6 + 1


def test_a_leaf_alone_is_its_own_derivative() -> None:
    assert str(steps(Value(3.0, "x"))) == "Given: x = 3.\n∂x/∂x = 1"
    assert str(steps(Value(3.0))) == "Given: v₁ = 3.\n∂v₁/∂v₁ = 1"


def test_a_leaf_called_f_is_not_taken_for_the_result() -> None:
    assert [step.name for step in steps(Value(2.0, "f") ** 2).backward] == ["∂(f²)/∂(f²)", "∂(f²)/∂f"]


def test_many_leaves_and_many_terms_are_told_in_part() -> None:
    xs = [Value(i, f"x_{{{i}}}") for i in range(1, 31)]
    first, *_ = map(str, steps(reduce(operator.mul, xs)))
    assert first.endswith("x₁₂ = 12, and 18 more.")
    x = Value(1.0, "x")
    last = steps(reduce(operator.add, (x * float(i) for i in range(1, 31)))).backward[-1]
    assert len(last.terms) == 30
    assert str(last).count(" + ") == 2 * 5
    assert " + … + " in str(last)
    assert last.gradient == (465.0,)


def test_zeros_have_no_sign_and_what_is_not_finite_is_told() -> None:
    x = Value(0.0, "x")
    assert str(steps(-x).forward[0]) == "f = -x = -0 = 0"
    assert str(steps(sqrt(x)).backward[-1]) == "∂f/∂x = ∂f/∂f·1/(2√x) = 1·∞ = ∞"


def test_a_chain_of_many_thousand_operations_is_stepped_without_recursion() -> None:
    y = x = Value(1.0, "x")
    for _ in range(2_000):
        y = (y * 1.0001).sin()
    shown = steps(y)
    assert len(shown) == 1 + 4_000 + 4_001
    last = shown.backward[-1]
    y.backward()
    assert (last.node, last.gradient) == (x, (x.grad,))
    assert re.fullmatch(r"sin\(v₅₀₀·1.0001\) = sin\(0.\d+\) = 0.\d+", str(shown.forward[2001]))


def test_the_first_steps_of_a_large_graph_do_not_wait_for_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    y = x = Value(1.0, "x")
    for _ in range(2_000):
        y = y.sin() * x
    written = list[Formula]()

    def readable(formula: Formula) -> str:
        written.append(formula)
        return formula.text

    monkeypatch.setattr(passes, "readable", readable)
    first = [str(step) for step in itertools.islice(steps(y), 3)]
    assert first == ["Given: x = 1.", "sin(x) = sin(1) = 0.8415", "sin(x)·x = 0.8415·1 = 0.8415"]
    assert len(written) == 2 * 2


def test_a_step_is_data_that_cannot_be_changed() -> None:
    forward, backward = steps(course()[1]).forward[0], steps(course()[1]).backward[1]
    assert isinstance(forward, Forward)
    assert isinstance(backward, Backward)
    assert isinstance(backward.terms[0], Contribution)
    for step, name in itertools.product((forward, backward), ("node", "name")):
        with pytest.raises(AttributeError):
            setattr(step, name, None)


def test_other_things_than_a_value_are_refused() -> None:
    with pytest.raises(TypeError, match=r"^steps are those of one Value, got list$"):
        steps([Value(1.0)])  # type: ignore[arg-type]


@pytest.mark.parametrize("op", [op for op in TABLE.values() if op.domain], ids=str)
def test_a_domain_is_that_of_a_quantity_that_a_reader_knows(op: Op) -> None:
    """As they are drawn: ln(1 + x), not log1p."""
    operands = [Formula(x) for x in op.arguments]
    said = quantity_of(op, operands)
    assert said in KINDS.values() or op(*operands).text.startswith(said)
    assert said not in {"floordiv", "log1p", "xlogy"}
