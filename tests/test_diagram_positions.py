"""Graphviz, as a program or as a library, and neither."""

import os
import stat
import sys
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest

from autograd.diagram import Diagram, Edge, GraphvizNotFound, Math, Node, Scene
from autograd.diagram.layout import positions
from autograd.diagram.layout.positions import Size, place
from tests.diagram_scenes import FIGURES, random_scene

pytest.importorskip("pygraphviz", reason="stands in for the program dot, which may not be installed")

SIZES = [Size(40, 40), Size(40, 40, left=50, beside=20), Size(80, 40, right=100, beside=30)]
ARROWS = [(0, 2), (1, 2)]


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A `dot` on the PATH that is pygraphviz; it writes down what it was asked."""
    dot = tmp_path / "dot"
    dot.write_text(
        f"#!{sys.executable}\n"
        "import pygraphviz, sys\n"
        "asked = sys.stdin.read()\n"
        f"open({str(tmp_path / 'asked')!r}, 'w').write(asked)\n"
        "assert sys.argv[1:] == ['-Kdot', '-Tplain'], sys.argv\n"
        "sys.stdout.buffer.write(pygraphviz.AGraph(string=asked).draw(format='plain', prog='dot'))\n"
    )
    dot.chmod(dot.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    return tmp_path


@pytest.fixture
def no_program(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda name: None)


@pytest.mark.usefixtures("no_program")
def test_in_a_browser_graphviz_is_an_object_of_javascript(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.platform", "emscripten")
    js = ModuleType("js")
    monkeypatch.setitem(sys.modules, "js", js)
    with pytest.raises(GraphvizNotFound, match="in a browser drawing needs npm's @viz-js/viz"):
        positions.run_graphviz("digraph {}")
    js.__dict__["viz"] = SimpleNamespace(renderString=lambda graph, format: f"{format} of {graph}")
    assert positions.run_graphviz("digraph {}") == "plain of digraph {}"


def test_the_program_on_the_path_is_asked_first_and_says_what_the_library_says(
    program: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    by_program = place(SIZES, ARROWS)
    assert (program / "asked").exists()
    monkeypatch.setattr("shutil.which", lambda name: None)
    assert place(SIZES, ARROWS) == by_program


def test_a_program_that_fails_says_so(program: Path) -> None:
    (program / "dot").write_text("#!/bin/sh\nexit 3\n")
    with pytest.raises(Exception, match="exit status 3"):
        place(SIZES, ARROWS)


@pytest.mark.usefixtures("no_program")
def test_without_graphviz_the_error_names_both_cures(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pygraphviz", None)
    diagram = Diagram(Scene((Node("x", "x"),)))
    with pytest.raises(GraphvizNotFound, match=r"pip install pygraphviz.* or install Graphviz .*`dot`"):
        _ = diagram.svg
    assert "digraph" in diagram.source.source  # which needs nobody


def test_no_label_reaches_graphviz(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    run = positions.run_graphviz

    def listening(graph: str) -> str:
        asked.append(graph)
        return run(graph)

    monkeypatch.setattr(positions, "run_graphviz", listening)
    nodes = (Node("SECRET0", "SECRET1", "SECRET2", "SECRET3", "SECRET4", title="SECRET5"), Node("x", Math("SECRET6")))
    _ = Diagram(Scene(nodes, (Edge("SECRET0", "x", "SECRET7"),), title="SECRET8")).svg
    assert asked
    assert not [graph for graph in asked if "SECRET" in graph]


def test_arrows_point_upward_and_neighbours_are_apart() -> None:
    (x0, y0), (x1, y1), (_, y2) = place(SIZES, ARROWS, apart=30)
    assert y0 == y1 < y2
    assert abs(x1 - x0) >= 40 + 30


def test_what_stands_beside_a_node_gets_room_and_the_node_stays_in_line_with_its_arrows() -> None:
    (x0, _), (x1, _) = place([Size(40, 40), Size(40, 40, right=300, beside=20)], [(0, 1)])
    assert x0 == pytest.approx(x1, abs=1)
    (x0, _), (x1, _), _ = place([Size(40, 40, right=300, beside=20), Size(40, 40), Size(40, 40)], [(0, 2), (1, 2)])
    assert abs(x1 - x0) >= 40 + 22 or x1 < x0


def test_diagrams_can_be_drawn_from_threads() -> None:
    scenes = [*FIGURES.values(), random_scene(4)] * 2
    alone = [Diagram(scene).svg for scene in scenes]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(lambda scene: Diagram(scene).svg, scenes)) == alone


def test_leaves_of_one_node_that_are_alike_stand_in_the_order_of_its_operands() -> None:
    """Graphviz leaves them in any order where others are used elsewhere, too."""
    alike, wide = Size(40.0, 40.0), Size(80.0, 40.0)
    arrows = [(0, 8), (1, 8), (2, 8), (3, 8), (4, 8), (5, 8), (6, 8), (7, 8), (8, 9), (9, 10), (0, 10)]
    arrows += [(5, 11), (6, 11), (7, 11), (10, 12), (11, 12)]
    for sizes in ([alike] * 13, [wide, alike, wide, alike, alike, *[alike] * 8]):
        centers = place(sizes, arrows)
        xs = [centers[i][0] for i in range(1, 5) if sizes[i] is alike]
        assert xs == sorted(xs)
        for left, right in pairwise(sorted(range(8), key=lambda i: centers[i])):
            assert centers[right][0] - centers[left][0] > (sizes[left].width + sizes[right].width) / 2
