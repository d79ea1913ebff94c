"""The network drawing: what stands where, from the scene, and that it becomes a picture."""

import math
import random
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from autograd import Value, log1p
from autograd.diagram import Edge, Math, Node, Scene
from nn import MLP, draw, log_loss
from nn.drawing import NEGATIVE, POSITIVE, THICK, THIN, ZERO


def titanic_mlp() -> MLP:
    return MLP(2, [2, 1], activation="sigmoid", output="sigmoid", rng=random.Random(1))


def text(label: object) -> str:
    lines = label if isinstance(label, tuple) else (label,)
    return " ".join(line.text if isinstance(line, Math) else str(line) for line in lines).strip()


def rows(scene: Scene) -> list[list[str]]:
    nodes = {node.key: node for node in scene.nodes}
    return [[text(nodes[key].label) for key in row.keys] for row in scene.rows]


def find(scene: Scene, label: str) -> Node:
    (node,) = [node for node in scene.nodes if text(node.label) == label]
    return node


def arrows(scene: Scene) -> set[tuple[str, str, str]]:
    labels = {node.key: text(node.label) for node in scene.nodes}
    return {(labels[edge.tail], labels[edge.head], text(edge.label)) for edge in scene.edges}


def test_the_course_s_figure_has_five_rows_and_a_bias_unit_beside_inputs_and_hidden_units() -> None:
    assert rows(draw(titanic_mlp(), ["age", "male"]).scene) == [
        ["x₁⁽¹⁾ (age)", "x₂⁽¹⁾ (male)", "x₃⁽¹⁾ 1 (bias)"],
        ["s₁⁽²⁾", "s₂⁽²⁾"],
        ["x₁⁽²⁾", "x₂⁽²⁾", "x₃⁽²⁾ 1 (bias)"],
        ["s₁⁽³⁾"],
        ["x₁⁽³⁾"],
    ]


def test_every_weight_stands_on_the_arrow_between_the_units_in_its_indices() -> None:
    scene = draw(titanic_mlp()).scene
    below = ["x₁⁽¹⁾", "x₂⁽¹⁾", "x₃⁽¹⁾ 1 (bias)"]
    hidden = ["x₁⁽²⁾", "x₂⁽²⁾", "x₃⁽²⁾ 1 (bias)"]
    weights = {(x, f"s{i}⁽²⁾", f"w{i},{j}⁽¹⁾") for i in "₁₂" for x, j in zip(below, "₁₂₃", strict=True)}
    weights |= {(x, "s₁⁽³⁾", f"w₁,{j}⁽²⁾") for x, j in zip(hidden, "₁₂₃", strict=True)}
    units = {("s₁⁽²⁾", "x₁⁽²⁾", ""), ("s₂⁽²⁾", "x₂⁽²⁾", ""), ("s₁⁽³⁾", "x₁⁽³⁾", "")}
    assert arrows(scene) == weights | units
    assert len(scene.edges) == 12


def test_notes_define_every_sum_and_every_computed_unit() -> None:
    scene = draw(titanic_mlp()).scene
    assert find(scene, "s₂⁽²⁾").note == Math(
        r"s_{2}^{(2)} = \sum_{j=1}^{3} w_{2,j}^{(1)} x_{j}^{(1)}", "s₂⁽²⁾ = Σ w₂,ⱼ⁽¹⁾ xⱼ⁽¹⁾ for j = 1 … 3"
    )
    assert text(find(scene, "x₁⁽³⁾").note).startswith("x₁⁽³⁾ = σ(s₁⁽³⁾) = 1/(1 + e^")
    assert not any(node.note for node in scene.nodes if node.key.endswith("^1") or "bias" in text(node.label))


@pytest.mark.parametrize(
    ("activation", "note"),
    [
        ("identity", "x₁⁽²⁾ = s₁⁽²⁾"),
        ("tanh", "x₁⁽²⁾ = tanh(s₁⁽²⁾)"),
        ("relu", "x₁⁽²⁾ = relu(s₁⁽²⁾) = max(0, s₁⁽²⁾)"),
        (lambda s: log1p(s * s), "x₁⁽²⁾ = ln(1 + s₁⁽²⁾²)"),
        (lambda s: s.log(), "x₁⁽²⁾ = ln(s₁⁽²⁾)"),
    ],
    ids=["identity", "tanh", "relu", "of one's own", "undefined at 0"],
)
def test_a_note_says_what_the_activation_is(activation: object, note: str) -> None:
    scene = draw(MLP(1, [1, 1], activation=activation)).scene  # type: ignore[arg-type]  # names and functions alike
    assert text(find(scene, "x₁⁽²⁾").note).replace("(s₁⁽²⁾)²", "s₁⁽²⁾²") == note


def test_numbers_on_the_arrows_are_the_weights_to_three_digits() -> None:
    model = titanic_mlp()
    for p, w in zip(model.parameters(), [-1.41421, 12345.6, 0.5, 0, 2.0, -0.00123456, 1e-9, 100, 7], strict=True):
        p.data = w
    labels = [text(edge.label) for edge in draw(model, weights="numbers").scene.edges if edge.label]
    assert labels == ["-1.41", "12300", "0.5", "0", "2", "-0.00123", "1e-09", "100", "7"]


def test_of_a_wide_layer_the_first_three_units_and_the_last_are_drawn() -> None:
    model = MLP(6, [5, 7, 2])
    scene = draw(model, [f"input {i}" for i in range(1, 7)]).scene
    assert rows(scene)[0] == [f"x{i}⁽¹⁾ (input {n})" for i, n in zip("₁₂₃", "123", strict=True)] + [
        "…",
        "x₆⁽¹⁾ (input 6)",
        "x₇⁽¹⁾ 1 (bias)",
    ]
    assert [len(row) for row in rows(scene)] == [6, 5, 6, 5, 6, 2, 2]
    assert ("x₈⁽³⁾ 1 (bias)", "s₂⁽⁴⁾", "w₂,₈⁽³⁾") in arrows(scene)
    assert ("x₇⁽³⁾", "s₂⁽⁴⁾", "w₂,₇⁽³⁾") in arrows(scene)
    dots = {node.key for node in scene.nodes if node.shape == "dots"}
    assert len(dots) == 3
    assert not any({edge.tail, edge.head} & dots for edge in scene.edges)


def test_names_for_some_inputs_only_are_refused() -> None:
    with pytest.raises(ValueError, match="The model has 2 inputs, got names for 1"):
        draw(titanic_mlp(), ["age"])


def test_a_way_of_writing_weights_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValueError, match=r"weights are drawn as 'symbols', .*, got 'colours'"):
        draw(titanic_mlp(), weights="colours")  # type: ignore[arg-type]  # that is the point


def test_drawing_leaves_the_model_as_it_is() -> None:
    model = titanic_mlp()
    before = [(p.data, p.grad, p.label) for p in model.parameters()]
    draw(model, ["age", "male"], weights="numbers")
    assert [(p.data, p.grad, p.label) for p in model.parameters()] == before


@pytest.mark.parametrize(
    "names", [["age", "male"], ["<script>", "&\x00\"'"], ["π" * 300, ""]], ids=["plain", "hostile", "long"]
)
def test_it_becomes_a_picture_whatever_the_inputs_are_called(names: list[str]) -> None:
    diagram = draw(titanic_mlp(), names, weights="numbers")
    root = ET.fromstring(diagram.svg)
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert len([e for e in root.iter() if e.get("class", "").split()[:1] == ["node"]]) == 10
    assert len([e for e in root.iter() if e.get("class", "").split()[:1] == ["edge"]]) == 12
    assert not any(e.tag.endswith("script") for e in root.iter())
    assert draw(titanic_mlp(), names, weights="numbers").svg == diagram.svg


def test_a_model_may_be_drawn_without_computing_anything(monkeypatch: pytest.MonkeyPatch) -> None:
    model = MLP(2, [300, 300, 1])
    monkeypatch.setattr(Value, "backward", None)
    assert len(draw(model).scene.nodes) == 3 + 2 * (5 + 6) + 2


def edges(scene: Scene) -> dict[tuple[str, str], Edge]:
    labels = {node.key: text(node.label) for node in scene.nodes}
    return {(labels[edge.tail], labels[edge.head]): edge for edge in scene.edges}


def test_strength_shows_weights_by_thickness_and_sign_by_colour() -> None:
    model = MLP(1, [1])
    model.layers[0].neurons[0].w[0].data, model.layers[0].neurons[0].b.data = -4.0, 1.0
    scene = draw(model, weights="strength").scene
    negative, positive = edges(scene)["x₁⁽¹⁾", "s₁⁽²⁾"], edges(scene)["x₂⁽¹⁾ 1 (bias)", "s₁⁽²⁾"]
    assert negative.width > positive.width > 0
    assert negative.color != positive.color
    assert not negative.label
    assert edges(scene)["s₁⁽²⁾", "x₁⁽²⁾"].color not in (negative.color, positive.color)


@pytest.mark.parametrize("data", [0.0, float("nan"), float("inf")])
def test_weights_that_are_all_zero_or_not_finite_are_drawn_too(data: float) -> None:
    model = MLP(1, [1])
    for parameter in model.parameters():
        parameter.data = data
    assert "<svg" in draw(model, weights="strength").svg


def test_the_gradients_of_weights_are_shown_after_backward_and_refused_before() -> None:
    model = titanic_mlp()
    with pytest.raises(
        ValueError, match=r"gradient of 'w_\{1,1\}\^\{\(1\)\}' has not been computed yet; call backward"
    ):
        draw(model, weights="gradients")
    log_loss(model([0.5, 0.0]), 1).backward()
    scene = draw(model, weights="gradients").scene
    weights = {p.label: abs(p.grad or 0.0) for p in model.parameters()}
    shown = edges(scene)
    thinnest, thickest = shown["x₂⁽¹⁾", "s₁⁽²⁾"].width, max(edge.width for edge in scene.edges)
    assert weights["w_{1,2}^{(1)}"] == 0 == min(weights.values())  # its input is 0
    assert thinnest == min(edge.width for edge in scene.edges)
    assert thickest == shown["x₃⁽²⁾ 1 (bias)", "s₁⁽³⁾"].width


def test_the_values_of_all_units_for_an_input_stand_beside_them() -> None:
    model = titanic_mlp()
    scene = draw(model, x=[0.5, 1.0]).scene
    assert text(find(scene, "x₁⁽¹⁾").value) == "value 0.5"
    assert text(find(scene, "x₁⁽³⁾").value) == f"value {model([0.5, 1.0]).data:.4g}"
    assert not any(node.gradient for node in scene.nodes)
    assert not find(scene, "x₃⁽¹⁾ 1 (bias)").value


def test_the_gradients_of_all_units_stand_beside_them_after_a_backward_from_there() -> None:
    model = titanic_mlp()
    units = model.units([0.5, 1.0])
    log_loss(units[-1].x[0], 1).backward()
    scene = draw(model, x=units).scene
    assert text(find(scene, "s₁⁽³⁾").gradient) == f"grad {units[2].s[0].grad:.4g}"
    assert text(find(scene, "x₁⁽¹⁾").gradient) == f"grad {units[0].x[0].grad:.4g}"


def test_an_input_of_another_length_is_refused() -> None:
    with pytest.raises(ValueError, match="The model has 2 inputs, got 3 numbers"):
        draw(titanic_mlp(), x=[1.0, 2.0, 3.0])


def test_units_with_names_are_one_circle_each_and_nothing_is_written_on_arrows() -> None:
    names = [["age", "male"], ["hidden repr. 1", "hidden repr. 2"], ["Prob. Survived"]]
    scene = draw(titanic_mlp(), names=names).scene
    assert rows(scene) == [[*names[0], "1 (bias)"], [*names[1], "1 (bias)"], names[2]]
    assert not any(edge.label for edge in scene.edges)
    assert len(scene.edges) == 9


def test_a_weight_of_0_is_drawn_thin_and_grey() -> None:
    model = titanic_mlp()
    for parameter, weight in zip(model.parameters(), [0.0, -0.0, 1.0, -1.0, 0.5, 0.2, 0.3, -0.1, 0.4], strict=True):
        parameter.data = weight
    edges = draw(model, weights="strength").scene.edges
    faint = [edge for edge in edges if edge.color == ZERO]
    assert len(faint) == 2
    assert {edge.width for edge in faint} == {min(edge.width for edge in edges)}
    assert sum(edge.color in (POSITIVE, NEGATIVE) for edge in edges) == 7


@pytest.mark.parametrize(
    ("data", "color", "width"),
    [
        (-0.0, ZERO, THIN),
        (math.inf, POSITIVE, THICK),
        (-math.inf, NEGATIVE, THICK),
        (math.nan, Edge("", "").color, THICK),
    ],
)
@pytest.mark.parametrize("weights", ["strength", "gradients"])
def test_weights_and_gradients_that_are_no_ordinary_numbers_have_their_colours(
    data: float, color: str, width: float, weights: Any
) -> None:
    model = MLP(1, [1], rng=random.Random(1))
    for w, x in zip(model.parameters(), [data, 0.5], strict=True):
        w.data = w.grad = x
    first = draw(model, weights=weights).scene.edges[0]
    assert (first.color, first.width) == (color, width)


def test_units_with_names_show_the_numbers_and_the_strength_of_weights_if_asked_for() -> None:
    names = [["age", "male"], ["one", "two"], ["Prob. Survived"]]
    numbers, strength = (draw(titanic_mlp(), names=names, weights=way).scene.edges for way in ("numbers", "strength"))
    assert all(edge.label for edge in numbers)
    assert len({edge.width for edge in strength}) > 4


def test_names_for_other_layers_than_there_are_are_refused() -> None:
    with pytest.raises(ValueError, match=r"The layers have \[2, 2, 1\] units, got names for \[2, 1\]"):
        draw(titanic_mlp(), names=[["age", "male"], ["Prob. Survived"]])


def test_captions_say_what_the_rows_are() -> None:
    captions = [(row.caption, row.arrows) for row in draw(titanic_mlp(), captions=True).scene.rows]
    assert captions == [
        ("input units", "weights"),
        ("", ""),
        ("hidden units", "weights"),
        ("", ""),
        ("output units", ""),
    ]
