"""Whatever Values are called and however they are drawn: well-formed, only elements that draw, text stays text."""

from concurrent.futures import ThreadPoolExecutor
from html.parser import HTMLParser
from xml.etree import ElementTree as ET

import graphviz
import pytest

from autograd import Diagram, Value, Vector, diagnose, draw, paths, relu, sigmoid
from autograd.diagram import side_by_side

HOSTILE = [
    "</svg><script>alert(1)</script>",
    "\"'><img src=x onerror=alert(1)>",
    "]]>&amp;<!--",
    "\x00\x1b[31m",
    "\ud800",
]
HOSTILE += [
    "x" * 10_000,
    "x_{" + "i" * 10_000 + "}",
    "שלום עולם",
    "\u202eabc",
    r"\frac{",
    "w_{<b>}",
    "{" * 500,
    "\\" * 500,
    "\n\t",
]
DRAWING = {"svg", "title", "desc", "style", "defs", "g", "path", "use", "rect", "circle", "ellipse", "text"}


class Page(HTMLParser):
    """The start tags of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        assert not [name for name, _ in attrs if name.startswith("on")]


def everything(label: str) -> Diagram:
    """A diagram with the label wherever a label can be."""
    x, y = Value(0.0, label), Value(2.0, f"{label}2")
    w, v = Vector([1.0, 2.0], label), Vector([3.0, 4.0], f"{label}3")
    s = w @ v + relu(x)
    s.label = label
    f = sigmoid(s) * y
    f.label = label
    path = next(iter(paths(f, x)))
    first = draw(f, highlight=path, paths=x, marks=diagnose(f), captions={x: label}, values=True, title=label).scene
    views = [(label, first), (label, draw(f, around=s, depth=1).scene), (label, draw(f, collapse="vector").scene)]
    return Diagram(side_by_side(views, label))


@pytest.mark.parametrize("label", HOSTILE, ids=range(len(HOSTILE)))
def test_no_label_breaks_the_svg_the_page_or_the_source(label: str) -> None:
    diagram = everything(label)
    root = ET.fromstring(diagram.svg)
    assert {element.tag.rpartition("}")[2] for element in root.iter()} <= DRAWING
    ids = [element.get("id") for element in root.iter() if element.get("id")]
    assert len(ids) == len(set(ids))
    assert Page(diagram.page).tags <= DRAWING | {"html", "head", "meta", "body"}
    assert Page(diagram.html).tags == {"img"}
    assert isinstance(diagram.source, graphviz.Digraph)
    pygraphviz = pytest.importorskip("pygraphviz", reason="reads the source as Graphviz does")
    graph = pygraphviz.AGraph(string=diagram.source.source)
    assert set(graph.nodes()) == {f"n{i}" for i in range(len(diagram.scene.nodes))}


def test_graphs_are_drawn_from_threads_as_from_one() -> None:
    labels = ["a", "b", "c", "d", "e", "f"]
    alone = [everything(label).svg for label in labels]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(lambda label: everything(label).svg, labels)) == alone
