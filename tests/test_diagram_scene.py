"""Scenes refuse what cannot be drawn, and say in words what they show."""

import pytest

from autograd.diagram import Edge, Math, Node, Row, Scene
from autograd.diagram.scene import Panel
from autograd.typeset.label import lines, text

A, B = Node("a", "A"), Node("b", Math(r"\beta", "β"))


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        (((A, A),), "every key stands in one node only, got 'a' twice"),
        (((A,), (Edge("a", "c"),)), "no node has the key 'c'"),
        (((A,), (Edge("c", "a"),)), "no node has the key 'c'"),
        (((A,), (Edge("a", "a"),)), "joins two different nodes, got one from 'a' to itself"),
        (((A, B), (), (Row(("a", "c")),)), "no node has the key 'c'"),
        (((A, B), (), (Row(("a", "b")), Row(("b",)))), "every key stands in one row only, got 'b' twice"),
        (((A, B), (), (Row(()),)), "a row holds at least one node"),
        (((A, B), (), (), "", "", "", (Panel(("a",)),)), "every node is in one panel, and no arrow leads"),
        (
            ((A, B), (Edge("a", "b"),), (), "", "", "", (Panel(("a",)), Panel(("b",)))),
            "no arrow leads from one panel to",
        ),
    ],
)
def test_a_scene_that_cannot_be_drawn_is_refused(parts: tuple[tuple[Node, ...]], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Scene(*parts)


def test_a_scene_says_its_arrows_in_words_but_not_those_from_and_to_the_open() -> None:
    nodes = (A, B, Node("c"), Node("open", shape="point"))
    edges = (Edge("a", "b", Math("2x", "2x")), Edge("b", "c"), Edge("b", "open"))
    assert Scene(nodes, edges).sentence() == "A → β, labelled 2x. β → c."


def test_a_label_is_a_line_or_several_and_the_empty_ones_do_not_count() -> None:
    assert lines("") == lines(()) == lines(("", "")) == ()
    assert lines(("x", "", Math("y"))) == ("x", Math("y"))
    assert text(("x", Math("y^2", "y²"), Math("z"))) == "x y² z"
