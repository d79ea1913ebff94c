"""Vectors: dot products and their gradients as the sums they are, labels, and one bold node in a diagram."""

import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd import Value, Vector, dot, draw, formula, sigmoid
from autograd.typeset.label import text

NUMBERS = st.floats(-1e3, 1e3)


@given(st.lists(st.tuples(NUMBERS, NUMBERS), min_size=1, max_size=8))
def test_a_product_is_the_sum_of_products_and_its_gradients_are_the_other_vector(
    pairs: list[tuple[float, float]],
) -> None:
    ws, xs = zip(*pairs, strict=True)
    w, x = Vector(ws, "w"), Vector(xs, "x")
    s = w @ x
    s.backward()
    assert s.data == pytest.approx(sum(a * b for a, b in pairs), abs=1e-6)
    assert (w.grad, x.grad) == (x.data, w.data)


@pytest.mark.parametrize(
    ("label", "second"),
    [("w", "w_{2}"), ("w_i^{(k)}", "w_{i,2}^{(k)}"), ("theta", "theta_{2}"), ("age and sex", "age and sex 2")],
)
def test_entries_are_labelled_by_one_more_index(label: str, second: str) -> None:
    assert Vector(3, label)[1].label == second


def test_entries_that_have_a_label_keep_it_and_numbers_become_leaves() -> None:
    age = Value(30.0, "age")
    x = Vector([age, 1], "x")
    assert x[0] is age
    assert [entry.label for entry in x] == ["age", "x_{2}"]
    assert (len(x), x.data, Vector(2, "z").data) == (2, (30.0, 1.0), (0.0, 0.0))


def test_a_constant_vector_holds_numbers_and_records_nothing() -> None:
    c = Vector([1.0, 2.0], "c", constant=True)
    assert (c[1], c.grad, c @ [3.0, 4.0], [3.0, 4.0] @ c) == (2.0, None, 11.0, 11.0)


def test_an_entry_is_found_by_its_place() -> None:
    x = Vector([1.0, 2.0, 3.0], "x")
    assert (x[0].label, x[-1].data, len(x[:2])) == ("x_{1}", 3.0, 2)
    assert repr(x) == "Vector([1.0, 2.0, 3.0], 'x')"


def test_of_a_long_gradient_the_first_entries_and_the_last_stand_on_the_arrow() -> None:
    w, x = Vector(range(1, 8), "w"), Vector(range(11, 18), "x", constant=True)
    (edge,) = draw(w @ x, partials="numbers").scene.edges
    assert text(edge.label) == "(11, 12, 13, …, 17)"


def test_a_constant_vector_of_values_is_refused() -> None:
    with pytest.raises(ValueError, match="A constant vector is one of numbers, got Values in 'c'"):
        Vector([Value(1.0)], "c", constant=True)


def test_vectors_of_different_lengths_have_no_product() -> None:
    with pytest.raises(ValueError, match="got 2 and 3 numbers"):
        Vector(2, "w") @ Vector(3, "x")


def test_a_plain_list_is_a_constant_on_either_side() -> None:
    x = Vector([1.0, 2.0], "x")
    assert (x @ [3, 4]).data == ([3, 4] @ x).data == 11.0
    (edge,) = draw([3, 4] @ x).scene.edges
    assert text(edge.label) == "(3, 4)"


def test_the_gradient_of_a_vector_is_unknown_as_long_as_one_of_its_entries_is() -> None:
    x = Vector(2, "x")
    (x[0] * 2).backward()
    assert x.grad is None


def test_a_vector_is_one_bold_node_and_the_gradient_stands_on_its_arrow() -> None:
    c, x = Vector([3.0, 1.0], "c", constant=True), Vector([1.0, 2.0], "x")
    shown = draw((c @ x) ** 2, partials="both").scene
    assert [text(node.label) for node in shown.nodes] == ["𝐱", "𝐜ᵀ𝐱", "(𝐜ᵀ𝐱)²"]
    assert [text(edge.label) for edge in shown.edges] == ["𝐜 = (3, 1)", "2(𝐜ᵀ𝐱) = 10"]


def test_what_lies_between_is_folded_and_the_numbers_are_those_of_backward() -> None:
    w, x = Vector([0.5, -1.0, 2.0], "w"), Vector([1.0, 2.0, 0.5], "x")
    z = sigmoid(w @ x)
    z.backward()
    shown = draw(z, only=[w, x], partials="numbers", values=True).scene
    assert [text(edge.label) for edge in shown.edges] == ["(0.235, 0.47, 0.1175)", "(0.1175, -0.235, 0.47)"]
    assert [text(node.gradient) for node in shown.nodes[:2]] == [f"grad {text(edge.label)}" for edge in shown.edges]
    assert w.grad == pytest.approx([0.235, 0.47, 0.1175], abs=1e-4)


def test_an_entry_used_alone_is_a_node_above_its_vector() -> None:
    w, x = Vector([1.0, 2.0], "w"), Vector([3.0, 4.0], "x")
    shown = draw(w @ x + x[1], partials="both").scene
    names = {node.key: text(node.label) for node in shown.nodes}
    arrows = {(names[e.tail], names[e.head]): text(e.label) for e in shown.edges}
    assert arrows["𝐱", "x₂"] == "𝐞₂ = (0, 1)"
    assert {("𝐰", "𝐰ᵀ𝐱"), ("𝐱", "𝐰ᵀ𝐱"), ("x₂", "𝐰ᵀ𝐱 + x₂")} <= arrows.keys()


def test_computed_entries_are_nodes_below_their_vector() -> None:
    u = Value(0.3, "u")
    h = Vector([sigmoid(u), sigmoid(2 * u)], "h")
    shown = draw([1.0, 1.0] @ h, partials="symbols").scene
    names = {node.key: text(node.label) for node in shown.nodes}
    assert {("h₁", "𝐡"), ("h₂", "𝐡")} <= {(names[e.tail], names[e.head]) for e in shown.edges}


def test_a_product_of_a_vector_by_itself_sends_two_arrows() -> None:
    x = Vector([1.0, 2.0], "x")
    assert [text(edge.label) for edge in draw(x @ x).scene.edges] == ["𝐱", "𝐱"]


def test_the_scalars_of_a_product_are_those_of_dot() -> None:
    w, x = Vector([1.0, 2.0], "w"), Vector([3.0, 4.0], "x")
    assert formula(w @ x).text == formula(dot(w, x)).text == "w₁x₁ + w₂x₂"


def test_a_copy_by_pickle_is_drawn_as_the_scalars_it_is_made_of() -> None:
    s = pickle.loads(pickle.dumps(Vector([1.0, 2.0], "w") @ Vector([3.0, 4.0], "x")))
    assert [text(node.label) for node in draw(s).scene.nodes] == ["w₁", "w₂", "x₁", "x₂", "w₁x₁ + w₂x₂"]
