"""Graphs too large to be drawn: what is said, and the parts and groups that can be drawn instead."""

import os
import random
import re
import subprocess
import sys
from collections import Counter
from itertools import pairwise
from typing import Any, Literal

import pytest

from autograd import DiagramTooLarge, Value, Vector, dot, draw, log, sigmoid, sin, tanh
from autograd.diagram import Scene
from autograd.diagram.exports import tikz
from autograd.graph import nodes
from autograd.typeset.label import text
from nn import MLP, mse_loss


def names(shown: Scene) -> list[str]:
    return [text(node.label) for node in shown.nodes if node.shape == "node"]


def arrows(shown: Scene) -> set[tuple[str, str]]:
    named = {node.key: text(node.label) for node in shown.nodes}
    return {(named[edge.tail], named[edge.head]) for edge in shown.edges}


def loss(*sizes: int) -> Value:
    """The loss of a network with all its units labelled."""
    model = MLP(sizes[0], sizes[1:], activation="tanh", rng=random.Random(1))
    result: Value = mse_loss(model.units([1.0] * sizes[0])[-1].x[0], 1.0)
    result.label = "l"
    return result


def chain(length: int) -> Value:
    f = Value(1.0, "x")
    for _ in range(length):
        f = sin(f)
    return f


def test_the_error_says_how_many_nodes_there_are_and_what_helps() -> None:
    message = r'at most 200 nodes, got \d+; .*collapse="layer" draws 5 group.*collapse="vector".*depth=2.*around='
    with pytest.raises(DiagramTooLarge, match=message):
        draw(loss(4, 12, 12, 1))


@pytest.mark.parametrize("label", ["l", None])
def test_what_is_said_to_help_helps(label: str | None) -> None:
    value = loss(4, 12, 12, 1)
    value.label = label
    with pytest.raises(DiagramTooLarge) as error:
        draw(value)
    cures = re.findall(r'collapse="(\w+)" draws (\d+) groups', str(error.value))
    assert len(cures) == 3
    for kind, count in cures:
        assert len(draw(value, collapse=kind).scene.nodes) == int(count)
    assert len(draw(value, depth=2).scene.nodes) < 200


def test_ways_to_collapse_that_do_not_help_are_not_named() -> None:
    with pytest.raises(DiagramTooLarge) as error:
        draw(chain(300), max_nodes=0)
    assert "collapse" not in str(error.value)


def test_a_million_nodes_are_counted_and_refused_and_a_part_of_them_is_drawn() -> None:
    f = chain(1_000_000)
    with pytest.raises(DiagramTooLarge, match="got 1000001"):
        draw(f)
    assert len(names(draw(f, depth=3).scene)) == 4


def test_layers_are_groups_one_above_the_other() -> None:
    shown = draw(loss(3, 5, 4, 1), collapse="layer").scene
    layers = ["𝐱⁽¹⁾", "𝐱⁽²⁾", "𝐱⁽³⁾", "𝐱⁽⁴⁾", "l"]
    assert names(shown) == layers
    assert arrows(shown) == set(pairwise(layers))
    assert {text(n.label): n.note for n in shown.nodes}["𝐱⁽²⁾"] == f"{5 * 2 + 5 * 4} nodes"


def test_neurons_are_groups_of_a_unit_and_its_weights() -> None:
    shown = draw(loss(2, 2, 1), collapse="neuron").scene
    assert sorted(names(shown)) == sorted(["x₁⁽¹⁾", "x₂⁽¹⁾", "x₁⁽²⁾", "x₂⁽²⁾", "x₁⁽³⁾", "l"])
    assert ("x₂⁽¹⁾", "x₁⁽²⁾") in arrows(shown)
    assert {text(n.label): n.note for n in shown.nodes}["x₁⁽²⁾"] == "5 nodes"  # s, x, two weights and a bias


def test_vectors_are_groups_of_what_differs_in_the_last_index() -> None:
    shown = draw(loss(2, 2, 1), collapse="vector").scene
    assert {"𝐱⁽¹⁾", "𝐰₁⁽¹⁾", "𝐰₂⁽¹⁾", "𝐬⁽²⁾", "𝐱⁽²⁾"} <= set(names(shown))


def test_arrows_between_groups_name_the_derivative_of_one_by_the_other() -> None:
    shown = draw(loss(3, 5, 4, 1), collapse="layer").scene
    assert [text(edge.label) for edge in shown.edges] == ["∂𝐱⁽²⁾/∂𝐱⁽¹⁾", "∂𝐱⁽³⁾/∂𝐱⁽²⁾", "∂𝐱⁽⁴⁾/∂𝐱⁽³⁾", "∂l/∂𝐱⁽⁴⁾"]
    shown = draw(loss(3, 5, 4, 1), collapse="layer", partials=None).scene
    assert not [edge for edge in shown.edges if edge.label]
    with pytest.raises(ValueError, match="derivatives of groups are drawn as 'symbols' or None, got 'numbers'"):
        draw(loss(2, 1), collapse="layer", partials="numbers")


def test_groups_without_a_symbol_have_no_derivative_that_could_be_named() -> None:
    x, y = Value(2.0, "x"), Value(3.0)
    f = x * y
    f.label = "the whole"
    shown = draw(f, collapse="layer").scene
    assert names(shown) == ["x", "3", "the whole"]
    assert [edge.label for edge in shown.edges] == ["", ""]


def test_groups_of_one_layer_stand_in_the_order_of_their_indices() -> None:
    shown = draw(loss(3, 11, 4, 1), collapse="neuron").scene
    labels = {node.key: text(node.label) for node in shown.nodes}
    rows = [[labels[key] for key in row.keys] for row in shown.rows]
    sizes = [3, 11, 4, 1]
    indices = ["₁", "₂", "₃", "₄", "₅", "₆", "₇", "₈", "₉", "₁₀", "₁₁"]
    assert rows == [
        [f"x{i}{top}" for i in indices[:n]] for n, top in zip(sizes, ["⁽¹⁾", "⁽²⁾", "⁽³⁾", "⁽⁴⁾"], strict=True)
    ]


def test_groups_are_drawn_the_same_in_every_process() -> None:
    script = "from tests.test_diagram_large import *\nfor kind in ('vector', 'neuron', 'layer'): "
    script += "print(draw(loss(2, 3, 1), collapse=kind).scene)"
    command = [sys.executable, "-c", script]
    runs = {
        subprocess.run(command, env=os.environ | {"PYTHONHASHSEED": seed}, capture_output=True).stdout for seed in "123"
    }
    assert len(runs) == 1
    assert runs != {b""}


def plain(x: list[float], *layers: list[list[Value]]) -> list[Any]:
    """A network in plain Python, none of whose units has a label."""
    for weights in layers:
        x = [tanh(sum(w * v for w, v in zip(ws[:-1], x, strict=True)) + ws[-1]) for ws in weights]
    return x


def weights(inputs: int, outputs: int, k: int) -> list[list[Value]]:
    return [[Value(0.1, f"w_{{{i},{j}}}^{{({k})}}") for j in range(1, inputs + 2)] for i in range(1, outputs + 1)]


@pytest.mark.parametrize("last", ["identity", "sigmoid"])
def test_units_without_a_label_belong_to_the_layer_that_their_weights_lead_to(
    last: Literal["identity", "sigmoid"],
) -> None:
    model = MLP(3, [4, 2, 1], "tanh", last)
    layers = ["𝐱⁽²⁾", "𝐱⁽³⁾", "𝐱⁽⁴⁾"]
    value = model([1.0, 2.0, 3.0])
    shown = draw(value, collapse="layer").scene
    assert arrows(shown) == {*pairwise(layers)} | ({("𝐱⁽⁴⁾", f"{value.data:.4g}")} if last == "sigmoid" else set())
    loss = (value - 1.0) ** 2
    assert arrows(draw(loss, collapse="layer").scene) == {*pairwise([*layers, f"{loss.data:.4g}"])}
    assert ("x₄⁽²⁾", "x₁⁽³⁾") in arrows(draw(loss, collapse="neuron").scene)


def test_so_do_those_of_a_network_in_plain_python() -> None:
    y = plain([1.0, 2.0], weights(2, 3, 1), weights(3, 1, 2))[0]
    assert arrows(draw(y, collapse="layer").scene) == {("𝐱⁽²⁾", "𝐱⁽³⁾"), ("𝐱⁽³⁾", f"{y.data:.4g}")}


def test_units_that_feed_each_other_are_folded_where_their_group_comes_apart() -> None:
    again = weights(2, 2, 1)
    y = plain([1.0, 2.0], again, again, again)[0]
    assert names(draw(y, collapse="layer").scene) == ["𝐱⁽²⁾", f"{y.data:.4g}"]
    apart = draw(y, collapse="neuron").scene
    assert arrows(apart) == {(text(node.label), f"{y.data:.4g}") for node in apart.nodes[:-1]}


def test_groups_that_feed_each_other_come_apart() -> None:
    a = Value(1.0, "a_1")
    b = sin(a)
    b.label = "b_1"
    a2 = sin(b)
    a2.label = "a_2"
    shown = draw(a2, collapse="vector").scene
    assert arrows(shown) == {("a₁", "b₁"), ("b₁", "a₂")} or arrows(shown) == {("a₁", "𝐛"), ("𝐛", "a₂")}


def test_another_way_to_collapse_is_refused() -> None:
    with pytest.raises(ValueError, match="'layer', 'neuron' or 'vector', got 'all'"):
        draw(chain(2), collapse="all")  # type: ignore[arg-type]  # which is the point


def test_groups_have_no_values_gradients_or_paths() -> None:
    with pytest.raises(ValueError, match="groups are drawn without"):
        draw(loss(2, 2, 1), collapse="layer", values=True)


def test_more_groups_than_nodes_are_allowed_are_refused() -> None:
    with pytest.raises(DiagramTooLarge, match="at most 3 nodes, got 5"):
        draw(loss(3, 5, 4, 1), collapse="layer", max_nodes=3)


def test_depth_draws_what_is_near_the_result_and_arrows_from_the_open() -> None:
    x = Value(1.0, "x")
    f = sin(sin(sin(x)))
    shown = draw(f, depth=1).scene
    assert [node.shape for node in shown.nodes] == ["node", "node", "point"]
    assert len(shown.edges) == 2


def test_around_draws_what_leads_to_a_node_and_what_it_leads_to() -> None:
    x, y = Value(1.0, "x"), Value(2.0, "y")
    s = sin(x) * y
    s.label = "s"
    f = s * 2 + s * 3
    shown = draw(f, around=s, fold=()).scene
    assert sorted(names(shown)) == ["2s", "3s", "s", "sin(x)", "y"] or "s" in names(shown)
    assert sum(node.shape == "point" for node in shown.nodes) == 3  # below sin(x), above 2s and 3s


def test_a_node_of_another_graph_is_nothing_to_draw_around() -> None:
    with pytest.raises(ValueError, match="got one that it does not have"):
        draw(chain(3), around=Value(1.0))


def test_a_long_vector_is_one_node_and_no_reason_to_refuse() -> None:
    w, x = Vector([0.1] * 5000, "w"), Vector([0.2] * 5000, "x")
    assert names(draw(w @ x).scene) == ["𝐰", "𝐱", "𝐰ᵀ𝐱"]


def test_dots_stand_between_the_first_and_the_last_of_a_row() -> None:
    x = [Value(1.0, f"x_{j}") for j in ("1", "n")]
    w = [Value(1.0, f"w_{j}") for j in ("1", "n")]
    s = dot(w, x)
    s.label = "s"
    shown = draw(s, fold=w, partials="weights").scene
    (row,) = shown.rows
    named = {node.key: text(node.label) for node in shown.nodes}
    assert [named[key] for key in row.keys] == ["x₁", "…", "xₙ"]
    assert {text(node.label): text(node.note) for node in shown.nodes}["s"] == "s = Σ[i=1…n] wᵢ·xᵢ"
    assert [text(edge.label) for edge in shown.edges] == ["w₁", "wₙ", "…"]


def test_dots_stand_between_the_labels_of_the_first_arrow_and_the_last() -> None:
    x, w = ([Value(0.5, f"{name}_{i}") for i in ("1", "n")] for name in "xw")
    s = dot(w, x)
    s.label = "s"
    picture = draw(s, partials="weights", fold=w)
    assert [node.shape for node in picture.scene.nodes].count("dots") == 1
    first, last, dots = (arrow.label.rect for arrow in picture.layout.arrows if arrow.label)
    assert first.right < dots.left < dots.right < last.left
    assert picture.svg.count('class="head"') == tikz(picture.scene, picture.layout).count("-- cycle;") == 2
    assert picture.scene.sentence() == "x₁ → s, labelled w₁. xₙ → s, labelled wₙ."
    assert picture.source.source.count("color=transparent") == 1


def test_so_they_do_where_one_node_is_used_by_the_first_and_the_last() -> None:
    x, units = Value(2.0, "x"), [Value(0.5, f"a_{i}") for i in ("1", "n")]
    s = [unit * x for unit in units]
    for node, i in zip(s, ("1", "n"), strict=True):
        node.label = f"s_{i}"
    unseen = [edge for edge in draw(tanh(dot(s, [1.0, 2.0]))).scene.edges if not edge.width]
    assert len(unseen) == 2  # from x to the dots between s_1 and s_n, and from these to the sum


def test_what_goes_on_in_the_open_is_shown_by_arrows_and_by_dots_if_they_are_more_than_three() -> None:
    x = [sigmoid(Value(0.3, f"s_{j}")) for j in (1, 2, 3)]
    x[1].label = "x_2"
    s = dot(x, [1.0, 2.0, 3.0])
    z = sigmoid(s)
    s.label, z.label = "s", "z"
    for uses, points, dots in ((2, 2, 0), (3, 3, 0), (4, 3, 2)):
        above = [z * weight for weight in range(2, 2 + uses)]
        shown = draw(above, around=s, only=[x[1], s, z]).scene
        kinds = [node.shape for node in shown.nodes if "above" in node.key or "dots" in node.key]
        assert (kinds.count("point"), kinds.count("dots")) == (points, dots)
        assert Counter(edge.head for edge in shown.edges if "below" in edge.tail) == {"v0": 1, "v1": 2}  # x_1 and x_3
    assert [key[2:] for row in shown.rows for key in row.keys] == ["above0", "dots0", "above1", "dots1", "above2"]


def test_what_both_sides_of_a_gap_are_used_with_stands_in_the_middle_of_it() -> None:
    x = Value(0.5, "x_i")
    w = [Value(0.1, f"w_{{{j},i}}") for j in ("1", "n")]
    s = [v * x for v in w]
    for node, j in zip(s, ("1", "n"), strict=True):
        node.label = f"s_{j}"
    shown = draw(s).scene
    named = {node.key: text(node.label) for node in shown.nodes}
    assert [[named[key] for key in row.keys] for row in shown.rows] == [
        ["w₁,ᵢ", "…", "xᵢ", "…", "wₙ,ᵢ"],
        ["s₁", "…", "sₙ"],
    ]


def test_several_results_are_drawn_in_one_diagram() -> None:
    x = Value(2.0, "x")
    assert names(draw([sin(x), log(x)]).scene) == ["x", "sin(x)", "ln(x)"]


def test_of_a_large_graph_some_nodes_are_drawn_if_asked_for() -> None:
    f = chain(5_000)
    (x,) = [node for node in nodes(f) if not node.parents]
    shown = draw(f, only=[x]).scene
    assert [text(edge.label) for edge in shown.edges] == ["∂v₁/∂x"]
    assert len(names(shown)) == 2


def test_only_some_nodes_are_drawn_and_the_others_are_written_out() -> None:
    x, y = Value(2.0, "x"), Value(3.0, "y")
    s = x * y
    s.label = "s"
    shown = draw(sigmoid(s), only=[x], partials="symbols").scene
    assert names(shown) == ["x", "σ(s)"]
    assert [text(edge.label) for edge in shown.edges] == ["σ(s)(1 - σ(s))·y"]
