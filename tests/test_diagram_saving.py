"""Diagrams as files, in notebooks, and as Graphviz sources."""

import base64
import os
import re
import shutil
import stat
import subprocess
import sys
from dataclasses import replace
from html.parser import HTMLParser
from io import BytesIO
from pathlib import Path
from xml.etree import ElementTree as ET

import graphviz
import pypdf
import pytest

from autograd.diagram import Diagram, Edge, Math, Node, Scene, side_by_side
from autograd.diagram.style import DARK
from autograd.typeset.label import lines
from tests.diagram_scenes import FIGURES

HOSTILE = '</title><script>alert(1)</script>"\\n<b>'


@pytest.fixture
def diagram() -> Diagram:
    nodes = (Node("a", HOSTILE, note=HOSTILE), Node("b", Math("x^2", "x²")), Node("c", "…", shape="dots"))
    return Diagram(Scene((*nodes, Node("d", shape="point")), (Edge("a", "b", HOSTILE), Edge("b", "d")), title=HOSTILE))


class Page(HTMLParser):
    """The start tags of a page, and its text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)

    def handle_data(self, data: str) -> None:
        self.text += data


def test_an_svg_file_is_the_picture(diagram: Diagram, tmp_path: Path) -> None:
    diagram.save(tmp_path / "x.svg")
    assert (tmp_path / "x.svg").read_text(encoding="utf-8") == diagram.svg + "\n"
    ET.parse(tmp_path / "x.svg")


def test_an_html_file_is_a_page_with_the_picture_in_it_and_text_stays_text(diagram: Diagram, tmp_path: Path) -> None:
    diagram.save(str(tmp_path / "x.HTML"))
    content = (tmp_path / "x.HTML").read_text(encoding="utf-8")
    page = Page(content)
    assert content.startswith("<!DOCTYPE html>\n")
    assert {"html", "head", "meta", "title", "body", "svg", "circle", "path"} <= set(page.tags)
    assert not {"script", "style"} & set(page.tags)
    assert HOSTILE in page.text


def test_a_dot_file_is_the_source(diagram: Diagram, tmp_path: Path) -> None:
    diagram.save(tmp_path / "x.dot")
    assert (tmp_path / "x.dot").read_text(encoding="utf-8") == diagram.source.source


def test_the_source_is_a_digraph_whose_labels_are_only_text(diagram: Diagram) -> None:
    pygraphviz = pytest.importorskip("pygraphviz", reason="reads the source as Graphviz does")
    assert isinstance(diagram.source, graphviz.Digraph)
    graph = pygraphviz.AGraph(string=diagram.source.source)
    assert graph.nodes() == ["n0", "n1", "n2", "n3"]
    assert graph.edges() == [("n0", "n1"), ("n1", "n3")]
    drawn = graph.draw(format="plain", prog="dot").decode()
    assert "script" in drawn
    assert "<table" not in drawn


def test_an_html_like_label_stays_text_in_the_source() -> None:
    assert '"<b>x</b>"' in Diagram(Scene((Node("a", "<b>x</b>"),))).source.source


def test_the_rows_of_a_scene_are_ranks_of_its_source() -> None:
    assert Diagram(FIGURES["titanic_mlp"]).source.source.count("rank=same") == 5


@pytest.mark.parametrize("name", ["x.gif", "x", "x.svg.gz", ".svg"])
def test_other_endings_are_refused_and_leave_no_file(diagram: Diagram, tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match=re.escape("saved as .svg, .pdf, .png, .html, .dot, .tex, got")):
        diagram.save(tmp_path / name)
    assert not list(tmp_path.iterdir())


def test_a_folder_that_is_not_there_is_an_os_error_that_names_it(diagram: Diagram, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"There is no such folder: '.*nowhere'$"):
        diagram.save(tmp_path / "nowhere" / "x.svg")


def test_a_file_that_cannot_be_replaced_is_an_os_error_and_nothing_is_left_behind(
    diagram: Diagram, tmp_path: Path
) -> None:
    (tmp_path / "x.svg").mkdir()
    with pytest.raises(OSError, match=r"x\.svg"):
        diagram.save(tmp_path / "x.svg")
    assert [path.name for path in tmp_path.iterdir()] == ["x.svg"]


def test_an_old_file_is_kept_if_the_new_one_cannot_be_written(
    diagram: Diagram, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "x.svg").write_text("old")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(OSError, match="No space left"):
        diagram.save(tmp_path / "x.svg")
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("x.svg", "old")]


def test_a_file_may_be_read_by_whom_the_umask_allows(diagram: Diagram, tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        diagram.save(tmp_path / "x.svg")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "x.svg").stat().st_mode) == 0o640


def test_a_notebook_gets_the_picture_and_an_image_that_carries_it(diagram: Diagram) -> None:
    bundle = diagram._repr_mimebundle_()
    assert bundle["image/svg+xml"] == diagram.svg
    assert Page(bundle["text/html"]).tags == ["img"]
    data = re.search(r'src="data:image/svg\+xml;base64,([^"]+)"', bundle["text/html"])
    assert data
    assert base64.b64decode(data[1]).decode() == diagram.plain == diagram.svg.replace(f"<style>{DARK}</style>", "")
    assert bundle["text/plain"] == "<Diagram: 4 nodes, 2 arrows>" == repr(diagram)


def test_a_notebook_gets_a_png_on_white_too_where_it_can_be_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    diagram = Diagram(FIGURES["twins"])
    with monkeypatch.context() as without:
        without.setattr("autograd.diagram.diagram.find_spec", lambda name: None)
        assert "image/png" not in diagram._repr_mimebundle_()
    pytest.importorskip("resvg_py", reason="draws it")
    image = pytest.importorskip("PIL.Image", reason="reads it")
    shown = image.open(BytesIO(base64.b64decode(diagram._repr_mimebundle_()["image/png"]))).convert("RGBA")
    assert shown.getpixel((0, 0)) == (255, 255, 255, 255)


def test_the_source_holds_the_panels_as_clusters_and_the_caption_as_its_label() -> None:
    scene = side_by_side([("View <1>", FIGURES["twins"]), ("View 2", FIGURES["open_ended"])])
    source = Diagram(replace(scene, caption=("first", "second"))).source.source
    assert source.count("subgraph cluster") == 2
    assert 'label="View <1>"' in source
    assert 'label="first\nsecond"' in source
    pygraphviz = pytest.importorskip("pygraphviz", reason="reads the source as Graphviz does")
    assert len(pygraphviz.AGraph(string=source).subgraphs()) >= 2


def test_a_png_is_the_picture_at_the_scale_that_is_asked_for_and_clear_where_nothing_is(tmp_path: Path) -> None:
    pytest.importorskip("resvg_py", reason="draws it")
    image = pytest.importorskip("PIL.Image", reason="reads it")
    diagram = Diagram(FIGURES["twins"])
    box = diagram.layout.bounds
    for scale in (1.0, 3.0):
        diagram.save(tmp_path / "x.png", scale=scale)
        read = image.open(tmp_path / "x.png").convert("RGBA")
        assert read.size == pytest.approx((scale * box.width, scale * box.height), abs=scale)
        assert read.getpixel((0, 0)) == (0, 0, 0, 0)
        assert read.getextrema()[3] == (0, 255)
    diagram.save(tmp_path / "x.png", background="white")
    assert image.open(tmp_path / "x.png").convert("RGBA").getpixel((0, 0)) == (255, 255, 255, 255)
    with pytest.raises(ValueError, match="a scale is a positive number, got 0"):
        diagram.save(tmp_path / "x.png", scale=0)


def test_a_pdf_has_one_page_of_the_size_of_the_picture(tmp_path: Path) -> None:
    pytest.importorskip("cairosvg", reason="draws it")
    diagram = Diagram(FIGURES["twins"])
    diagram.save(tmp_path / "x.pdf", background="white")
    (page,) = pypdf.PdfReader(tmp_path / "x.pdf").pages
    bounds = diagram.layout.bounds
    assert page.mediabox.lower_left == (0, 0)
    assert page.mediabox.upper_right == pytest.approx((0.75 * bounds.width, 0.75 * bounds.height), abs=1)


@pytest.mark.parametrize(("ending", "module"), [("png", "resvg_py"), ("pdf", "cairosvg")])
def test_what_a_format_needs_and_is_not_there_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ending: str, module: str
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(ModuleNotFoundError, match="pip install"):
        Diagram(FIGURES["twins"]).save(tmp_path / f"x.{ending}")
    assert not list(tmp_path.iterdir())


def test_a_cairosvg_that_does_not_find_its_c_library_is_an_error_that_names_the_cure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "cairosvg.py").write_text("raise OSError('no library called \"cairo-2\" was found')")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "cairosvg", raising=False)
    with pytest.raises(ImportError, match="apt install libcairo2") as error:
        Diagram(FIGURES["twins"]).save(tmp_path / "x.pdf")
    assert isinstance(error.value.__cause__, OSError)
    assert not (tmp_path / "x.pdf").exists()


def test_a_background_lies_behind_an_svg_and_nowhere_else(diagram: Diagram, tmp_path: Path) -> None:
    diagram.save(tmp_path / "x.svg", background="white")
    drawn = ET.parse(tmp_path / "x.svg").getroot()
    first = next(iter(drawn.iterfind("{*}g/*")))
    assert (first.tag.split("}")[1], first.get("fill")) == ("rect", "white")
    assert " ".join(first.get(name, "") for name in ("x", "y", "width", "height")) == drawn.get("viewBox")
    with pytest.raises(ValueError, match=re.escape("a background is for .svg, .pdf, .png, got")):
        diagram.save(tmp_path / "x.dot", background="white")


@pytest.mark.parametrize("name", ["titanic_mlp", "titanic_mlp_cartoon", "open_ended"])
def test_a_tex_file_says_where_every_node_arrow_and_word_is(tmp_path: Path, name: str) -> None:
    scene = FIGURES[name]
    Diagram(scene).save(tmp_path / "x.tex")
    written = (tmp_path / "x.tex").read_text(encoding="utf-8")
    assert written.count(" ellipse [") == sum(node.shape == "node" for node in scene.nodes)
    assert written.count(r"\fill") == len(scene.edges)
    shown = [line for node in scene.nodes for label in (node.label, node.note) for line in lines(label)]
    shown += [line for edge in scene.edges for line in lines(edge.label)]
    shown += [line for row in scene.rows for line in (*lines(row.caption), *lines(row.arrows))]
    assert written.count(r"\node at") == len(shown)
    for line in shown:
        assert (line if isinstance(line, str) else rf"$\displaystyle {line.tex}$") in written


def test_in_a_tex_file_text_is_nothing_but_text_and_colours_are_those_of_the_scene(tmp_path: Path) -> None:
    nodes = (Node("a", r"50% of \input{x} & {y}_$1"), Node("b", Math("x"), color="#c5221f"))
    Diagram(side_by_side([("A", Scene(nodes, (Edge("a", "b", color="#1967d2"),)))])).save(tmp_path / "x.tex")
    written = (tmp_path / "x.tex").read_text(encoding="utf-8")
    assert r"50\% of \textbackslash{}input\{x\} \& \{y\}\_\$1" in written
    assert "red,25; green,103; blue,210" in written
    assert "red,197; green,34; blue,31" in written
    assert "rectangle" in written


@pytest.mark.skipif(not shutil.which("pdflatex"), reason="compiles what was written")
@pytest.mark.parametrize("name", FIGURES)
def test_latex_takes_a_tex_file(tmp_path: Path, name: str) -> None:
    Diagram(FIGURES[name]).save(tmp_path / "x.tex")
    head = r"\documentclass{article}\usepackage{amsmath,tikz}\begin{document}"
    (tmp_path / "all.tex").write_text(head + r"\input{x}\end{document}")
    run = [shutil.which("pdflatex") or "", "-halt-on-error", "-interaction=nonstopmode", "all.tex"]
    subprocess.run(run, cwd=tmp_path, check=True, capture_output=True)
    assert (tmp_path / "all.pdf").exists()
