"""The chain rule in a diagram: one path drawn strong, all paths summed under the figure, and marks on nodes."""

from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd import Value, cos, diagnose, draw, exp, log, paths, relu, sin, sqrt
from autograd.diagram import Scene
from autograd.typeset.label import lines, text


def strong(shown: Scene) -> list[tuple[str, str, str]]:
    """Tail, head and label of the arrows that are drawn strong."""
    names = {node.key: text(node.label) for node in shown.nodes}
    return [(names[e.tail], names[e.head], text(e.label)) for e in shown.edges if e.width > 1 and "path" in e.marks]


@pytest.fixture
def leaves() -> tuple[Value, Value, Value]:
    return Value(1.0, "x"), Value(2.0, "y"), Value(4.0, "z")


def test_a_path_is_drawn_strong_with_its_product_under_the_figure(leaves: tuple[Value, Value, Value]) -> None:
    x, y, z = leaves
    square = x**2
    f = cos(square * y) + square * sqrt(z)
    first, second = paths(f, x)
    shown = draw(f, highlight=first).scene
    assert strong(shown) == [
        ("x", "x²", "2x"),
        ("x²", "x²y", "y"),
        ("x²y", "cos(x²y)", "-sin(x²y)"),  # which is drawn, being on the path
        ("cos(x²y)", "cos(x²y) + x²√z", "1"),
    ]
    assert text(shown.caption) == f"along the path: 2xy·(-sin(x²y)) = 2·2·(-0.909297) = {first.product:.6g}"
    assert [tail for tail, _, _ in strong(draw(f, highlight=second).scene)] == ["x", "x²", "x²√z"]


def test_of_two_arrows_between_the_same_nodes_only_the_one_on_the_path_is_strong() -> None:
    x, y = Value(3.0, "x"), Value(3.0, "y")
    f = x * x + y
    for path, order in zip(paths(f, x), ([True, False], [False, True]), strict=True):
        shown = draw(f, highlight=path).scene
        keys = {text(node.label): node.key for node in shown.nodes}
        twins = [edge for edge in shown.edges if edge.tail == keys["x"]]
        assert ["path" in edge.marks for edge in twins] == order


def test_nodes_of_the_same_number_are_told_apart() -> None:
    x, y = Value(1.0, "x"), Value(1.0, "y")
    f = x * y
    (path,) = paths(f, y)
    assert [tail for tail, _, _ in strong(draw(f, highlight=path).scene)] == ["y"]


def test_a_path_of_another_graph_is_refused(leaves: tuple[Value, Value, Value]) -> None:
    x, y, z = leaves
    (path,) = paths(x * y, x)
    with pytest.raises(ValueError, match=r"one of autograd\.paths of the value that is drawn"):
        draw(y * z, highlight=path)


def test_the_lines_on_the_path_are_thicker_in_the_picture(leaves: tuple[Value, Value, Value]) -> None:
    x, y, _ = leaves
    f = x * y
    (path,) = paths(f, x)
    root = ET.fromstring(draw(f, highlight=path).svg)
    groups = [g for g in root.iter("{http://www.w3.org/2000/svg}g") if g.get("class", "").startswith("edge")]
    widths = {g.get("class"): float(g[0].get("stroke-width", "nan")) for g in groups}
    assert widths["edge path"] > 2 * widths["edge"]


def test_the_sum_over_all_paths_stands_under_the_figure_step_by_step() -> None:
    x = Value(3.0, "x")
    f = x * x + 2 * x
    f.label = "f"
    assert [text(line) for line in lines(draw(f, paths=x).scene.caption)] == [
        "∂f/∂x = x + x + 2",
        "= 3 + 3 + 2",
        "= 8",
    ]


def test_the_derivative_of_a_result_without_a_label_is_that_of_its_expression() -> None:
    x = Value(3.0, "x")
    assert text(draw(x**2 + 1, paths=x).scene.caption) == "∂(x² + 1)/∂x = 2x = 6"


@given(st.floats(0.5, 3.0), st.integers(1, 5))
def test_the_sum_under_the_figure_is_what_backward_computes(start: float, rounds: int) -> None:
    x = f = Value(start, "x")
    for _ in range(rounds):
        f = sin(f) + log(x) * 0.5
        f.label = "f"
    f.backward()
    last = text(lines(draw(f, paths=x).scene.caption)[-1])
    assert float(last.rpartition("= ")[2].replace("·10^", "e")) == pytest.approx(x.grad, rel=1e-4)


def test_of_many_paths_only_their_number_and_their_sum_are_written() -> None:
    x = f = Value(1.0, "x")
    for _ in range(40):
        f = f + f
    caption = text(draw(f, paths=x).scene.caption)
    assert caption.endswith(f"= {2**40:.6g} (the sum over {2**40} paths)".replace("e+12", "e+12"))


def test_what_is_wrong_with_a_graph_is_marked_on_the_nodes_and_said_in_their_titles() -> None:
    x, y = Value(0.0, "x"), Value(2.0, "y")
    f = relu(x) * y + exp(y)
    found = diagnose(f)
    shown = draw(f, marks=found).scene
    (node,) = [node for node in shown.nodes if "finding" in node.marks]
    assert text(node.label) == "relu(x)"
    assert (text(node.note), node.title) == ("kink", found.findings[0].message)
    assert node.color != shown.nodes[0].color
    assert "is on a kink" in draw(f, marks=found).svg


def test_a_node_with_a_mark_is_never_folded() -> None:
    x, y = Value(0.0, "x"), Value(2.0, "y")
    inner = relu(x * y)
    f = inner + y
    assert "relu(xy)" not in [text(node.label) for node in draw(f).scene.nodes]
    assert "relu(xy)" in [text(node.label) for node in draw(f, marks=diagnose(f)).scene.nodes]
