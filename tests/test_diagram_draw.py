"""What `draw` shows of a graph of Values; the numbers on its arrows against the chain rule."""

import math
from collections import defaultdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd import DiagramTooLarge, Value, cos, exp, log, relu, sigmoid, sin, sqrt, tanh
from autograd import sum as total
from autograd.diagram import Scene
from autograd.diagram.figure.dataflow import scene
from autograd.typeset.label import text


def arrows(shown: Scene) -> list[tuple[str, str, str]]:
    """Tail, head and label of every arrow, as text."""
    names = {node.key: text(node.label) for node in shown.nodes}
    return [(names[edge.tail], names[edge.head], text(edge.label)) for edge in shown.edges]


def notes(shown: Scene) -> dict[str, str]:
    return {text(node.label): text(node.note) for node in shown.nodes if node.note}


def names(shown: Scene) -> list[str]:
    return [text(node.label) for node in shown.nodes]


@pytest.fixture
def leaves() -> tuple[Value, Value, Value]:
    return Value(1.0, "x"), Value(2.0, "y"), Value(4.0, "z")


def test_exercise_3a_is_the_courses_figure(leaves: tuple[Value, Value, Value]) -> None:
    x, y, z = leaves
    shown = scene(cos(x**2 * y) + x**2 * sqrt(z))
    top = "cos(x²y) + x²√z"
    assert sorted(names(shown)) == sorted(["x", "y", "z", "x²", "x²y", "√z", "x²√z", top])
    assert sorted(arrows(shown)) == sorted(
        [
            ("x", "x²", "2x"),
            ("x²", "x²y", "y"),
            ("y", "x²y", "x²"),
            ("z", "√z", "1/(2√z)"),
            ("√z", "x²√z", "x²"),
            ("x²", "x²√z", "√z"),
            ("x²y", top, "-sin(x²y)"),
            ("x²√z", top, "1"),
        ]
    )
    assert notes(shown) == {}


def test_what_computes_the_same_is_one_node_however_often_it_is_written(
    leaves: tuple[Value, Value, Value],
) -> None:
    x, y, z = leaves
    square = x**2
    assert scene(cos(square * y) + square * sqrt(z)) == scene(cos(x**2 * y) + x**2 * sqrt(z))


def test_leaves_are_never_one_even_if_they_are_alike() -> None:
    assert len(scene(Value(1.0, "x") * Value(1.0, "x")).nodes) == 3


def test_a_value_used_twice_sends_two_arrows(leaves: tuple[Value, Value, Value]) -> None:
    x, _, _ = leaves
    assert arrows(scene(x * x)) == [("x", "x²", "x"), ("x", "x²", "x")]


def test_constants_are_not_nodes(leaves: tuple[Value, Value, Value]) -> None:
    x, _, _ = leaves
    assert arrows(scene(3 * x + 1)) == [("x", "3x", "3"), ("3x", "3x + 1", "1")]


def test_a_leaf_alone_is_drawn() -> None:
    shown = scene(Value(2.0, "x"))
    assert (names(shown), shown.edges) == (["x"], ())


def test_a_leaf_without_a_label_gets_a_name_and_its_number_as_a_note() -> None:
    shown = scene(Value(2.0) * Value(3.0))
    assert names(shown) == ["v₁", "v₂", "v₁v₂"]
    assert notes(shown) == {"v₁": "v₁ = 2", "v₂": "v₂ = 3"}


def test_a_name_given_by_the_diagram_is_never_one_of_the_labels() -> None:
    assert names(scene(Value(2.0) * Value(3.0, "v1"))) == ["v₂", "v₁", "v₂v₁"]


def test_long_expressions_are_named_and_defined_by_a_note(leaves: tuple[Value, Value, Value]) -> None:
    x, y, z = leaves
    long = sin(x * y) * cos(x + y + z) * exp(x * z)
    shown = scene(long * long)
    assert names(shown)[-1] == "v₁²"
    assert notes(shown) == {"v₁": "v₁ = sin(xy)·cos(x + y + z)·e^(xz)"}


def test_a_shared_expression_is_named_sooner_than_one_used_once(leaves: tuple[Value, Value, Value]) -> None:
    x, y, _ = leaves
    middling = sin(x) * cos(y) * x
    assert "v₁" not in names(scene(middling * 2))
    assert notes(scene(middling * exp(middling)))["v₁"] == "v₁ = sin(x)·cos(y)·x"


def test_labelled_inner_nodes_are_drawn_and_defined_by_a_note_and_the_rest_is_folded() -> None:
    w, x, b = Value(0.5, "w"), Value(2.0, "x"), Value(0.1, "b")
    s = w * x + b
    s.label = "s"
    z = sigmoid(s)
    z.label = "z"
    y = 1.0
    loss = -y * log(z) - (1 - y) * log(1 - z)
    loss.label = "l"
    shown = scene(loss)
    assert names(shown) == ["w", "x", "b", "s", "z", "l"]
    assert notes(shown)["s"] == "s = wx + b"
    assert notes(shown)["z"] == "z = σ(s) = 1/(1 + e^(-s))"
    assert ("w", "s", "x") in arrows(shown)
    assert ("b", "s", "1") in arrows(shown)


def test_the_log_loss_comes_out_as_one_arrow_with_both_paths_added() -> None:
    z, y = Value(0.3, "z"), Value(1.0, "y")
    z2 = z * 1
    z2.label = "p"
    loss = -y * log(z2) - (1 - y) * log(1 - z2)
    loss.label = "l"
    shown = scene(loss, partials="both")
    labels = [label for tail, head, label in arrows(shown) if (tail, head) == ("p", "l")]
    assert len(labels) == 1
    assert labels[0].endswith(" = -3.333")  # -y/p + (1 - y)/(1 - p)
    assert labels[0].count("p") == 2


def test_an_expression_that_is_simply_another_nodes_is_written_as_it_was_computed() -> None:
    x = Value(2.0, "x")
    for f, names in [
        (sqrt(x) ** 2, ["x", "√x", "(√x)²"]),
        (-x.__neg__(), ["x", "-x", "-(-x)"]),
        (x * 1, ["x", "x·1"]),
        (x + 0, ["x", "x + 0"]),
    ]:
        assert [text(node.label) for node in scene(f).nodes] == names


def test_the_zero_that_pythons_sum_begins_with_is_not_drawn() -> None:
    x, y, z = (Value(1.0, name) for name in "xyz")
    shown = scene(0 + x + y + z)
    assert [text(node.label) for node in shown.nodes] == ["x", "y", "x + y", "z", "x + y + z"]
    assert [text(edge.label) for edge in shown.edges] == ["1"] * 4


def test_fold_is_obeyed(leaves: tuple[Value, Value, Value]) -> None:
    x, y, _ = leaves
    square = x**2
    product = square * y
    f = exp(product)
    shown = scene(f, fold=[square, product])
    assert names(shown) == ["x", "y", "e^(x²y)"]
    assert [label for _, _, label in arrows(scene(f, fold=[square, product], partials="numbers"))] == [
        f"{2 * 1 * 2 * math.exp(2):.4g}",
        f"{math.exp(2):.4g}",
    ]
    assert len(scene(f, fold=[]).nodes) == 5


def test_a_folded_leaf_is_a_constant(leaves: tuple[Value, Value, Value]) -> None:
    x, y, _ = leaves
    assert arrows(scene(x * y, fold=[y])) == [("x", "xy", "y")]


def test_folding_the_top_or_a_stranger_changes_nothing(leaves: tuple[Value, Value, Value]) -> None:
    x, y, z = leaves
    f = x * y
    assert scene(f, fold=[f, z]) == scene(f, fold=[])


def test_by_default_a_function_of_one_inner_node_is_folded_only_into_a_sum(
    leaves: tuple[Value, Value, Value],
) -> None:
    x, y, _ = leaves
    assert names(scene(cos(x * y) + x))[-2:] == ["xy", "cos(xy) + x"]
    assert "cos(xy)" in names(scene(cos(x * y) * x))
    assert "cos(x)" in names(scene(cos(x) + y))
    shared = cos(x * y)
    assert "cos(xy)" in names(scene(shared + shared * x))


def test_partials_are_shown_as_symbols_numbers_or_both(leaves: tuple[Value, Value, Value]) -> None:
    _, _, z = leaves
    f = sqrt(z)
    assert [
        arrows(scene(f, "symbols"))[0][2],
        arrows(scene(f, "numbers"))[0][2],
        arrows(scene(f, "both"))[0][2],
    ] == ["1/(2√z)", "0.25", "1/(2√z) = 0.25"]
    assert arrows(scene(z * 3, "both"))[0][2] == "3"


def test_other_partials_are_refused(leaves: tuple[Value, Value, Value]) -> None:
    with pytest.raises(ValueError, match=r"'symbols', 'numbers', .* None, got 'letters'"):
        scene(leaves[0], "letters")  # type: ignore[arg-type]  # which is the point


def test_a_long_partial_is_written_as_the_derivative_that_it_is(leaves: tuple[Value, Value, Value]) -> None:
    x, y, z = leaves
    f = x
    inner = []
    for _ in range(6):
        f = sin(f * y) * z
        inner += [f, f.parents[0], f.parents[0].parents[0]]
    f.label = "f"
    shown = scene(f, fold=[node for node in inner if node is not f])
    assert ("x", "f", "∂f/∂x") in arrows(shown)


def test_values_and_gradients_stand_beside_nodes_and_a_dash_for_those_not_computed() -> None:
    x, y = Value(3.0, "x"), Value(-2.0, "y")
    f = x * y
    before = scene(f, values=True)
    assert [text(node.value) for node in before.nodes] == ["value 3", "value -2", "value -6"]
    assert {text(node.gradient) for node in before.nodes} == {"grad –"}
    f.backward()
    assert [text(node.gradient) for node in scene(f, values=True).nodes] == ["grad -2", "grad 3", "grad 1"]
    assert not any(node.value or node.gradient for node in scene(f).nodes)


def test_the_gradient_of_a_node_that_stands_for_several_is_their_sum(leaves: tuple[Value, Value, Value]) -> None:
    x, y, z = leaves
    f = x**2 * y + x**2 * z
    f.backward()
    shown = scene(f, values=True)
    gradient = {text(node.label): text(node.gradient) for node in shown.nodes}["x²"]
    assert gradient == "grad 6"  # y + z


def chained(shown: Scene, numbers: list[float]) -> dict[str, float]:
    """The derivative of the last node by every node: the sum over all ways up of the products along each."""
    by: dict[str, float] = defaultdict(float)
    by[shown.nodes[-1].key] = 1.0
    for node in reversed(shown.nodes):
        for edge, number in zip(shown.edges, numbers, strict=True):
            if edge.head == node.key:
                by[edge.tail] += by[node.key] * number
    return by


@given(
    st.lists(st.tuples(st.integers(0, 5), st.integers(0, 30), st.integers(0, 30)), min_size=1, max_size=12),
    st.sets(st.integers(0, 40)),
)
def test_the_numbers_on_the_arrows_give_the_gradient_whatever_is_folded(
    steps: list[tuple[int, int, int]], folded: set[int]
) -> None:
    inputs = [Value(0.7, "x"), Value(-0.4, "y"), Value(1.3, "z")]
    made = list(inputs)
    for kind, i, j in steps:
        a, b = made[i % len(made)], made[j % len(made)]
        made.append([a + b, a * b, a - b, sin(a), relu(a) + b, a * 0.5][kind])
    root = total([*inputs, *made[-3:]])
    root.backward()
    inner = [node for node in made if node.parents]
    shown = scene(root, "numbers", fold=[node for i, node in enumerate(inner) if i in folded])
    numbers = [float(text(edge.label).replace("·10^", "e")) for edge in shown.edges]
    by = chained(shown, numbers)
    for node in shown.nodes[:-1]:
        if text(node.label) in {"x", "y", "z"}:
            expected = {leaf.label: leaf.grad for leaf in inputs}[text(node.label)]
            assert by[node.key] == pytest.approx(expected, rel=0.01, abs=0.01)  # labels have four digits


def test_more_than_200_nodes_are_refused_with_their_number_and_a_cure() -> None:
    f = Value(1.0, "x")
    for _ in range(300):
        f = sin(f)
    with pytest.raises(DiagramTooLarge, match=r"at most 200 nodes, got 301; .* max_nodes"):
        scene(f)
    assert len(scene(f, max_nodes=301).nodes) == 301


def test_a_large_graph_of_which_few_nodes_are_labelled_is_drawn_folded() -> None:
    x = f = Value(0.5, "x")
    for i in range(3000):
        f = f * 1.0001 if i % 1000 else f + x
        if i % 1000 == 999:
            f.label = f"h_{i // 1000}"
    assert len(scene(f).nodes) == 4


def test_a_huge_graph_is_refused_by_counting_its_nodes() -> None:
    f = Value(1.0, "x")
    for _ in range(100_000):
        f = f + 1.0
    with pytest.raises(DiagramTooLarge, match="got 100001"):
        scene(f)


@pytest.mark.parametrize("label", ["<b>", '"', "a & b", "\x00", "$", "}{", r"\frac{", "שלום", "", "x" * 10_000])
def test_a_label_is_shown_as_it_is_whatever_it_is(label: str) -> None:
    shown = scene(Value(2.0, label) * Value(3.0, "y"))
    assert shown.nodes[0].label == label


def test_the_title_says_what_the_picture_is(leaves: tuple[Value, Value, Value]) -> None:
    x, y, _ = leaves
    assert scene(x * y).title == "Dataflow diagram of xy"
    assert scene(x * y, title="A product").title == "A product"


def test_the_slope_of_a_tanh_with_a_label_is_written_with_that_and_of_one_without_with_its_argument() -> None:
    x = Value(0.5, "x")
    h = tanh(x)
    assert [text(edge.label) for edge in scene(h).edges] == ["1/cosh²(x)"]
    h.label = "h"
    assert [text(edge.label) for edge in scene(h).edges] == ["1 - h²"]
    assert [text(edge.label) for edge in scene(h, "both").edges] == [f"1 - h² = {1 - math.tanh(0.5) ** 2:.4g}"]
