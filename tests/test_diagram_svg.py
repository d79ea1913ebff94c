"""The SVG: well-formed, self-contained, the same every time, and text stays text in it."""

from __future__ import annotations

import base64
import os
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

from autograd.diagram import Diagram, Edge, Math, Node, Row, Scene
from autograd.diagram.style import DARK
from tests.diagram_scenes import FIGURES, random_scene

if TYPE_CHECKING:
    from playwright.sync_api import Browser

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = ["</svg><script>alert(1)</script>", "\"'><img onerror=alert(1)>", "a & b < c", "]]>", "\x00\x1b", "\ud800"]
HOSTILE += ["x" * 10_000, "שלום עולם", "\u202eabc", r"\frac{", "${jndi:x}", "url(#x)", "😀", "\n\t"]


def hostile() -> Scene:
    """Everything that can be written anywhere, written in a hostile way."""
    nodes = tuple(
        Node(str(i), label, note=label, value=(label, label), gradient=Math(label), marks=(label,), title=label)
        for i, label in enumerate(HOSTILE)
    )
    edges = tuple(Edge(str(i), str(i + 1), label, (label,)) for i, label in enumerate(HOSTILE[1:]))
    return Scene(nodes, edges, (Row(("0",), HOSTILE[0], HOSTILE[1]),), title=HOSTILE[0], description=HOSTILE[1])


SCENES = {**FIGURES, "hostile": hostile(), "random": random_scene(3), "empty": Scene(())}


@pytest.fixture(params=SCENES, scope="module")
def svg(request: pytest.FixtureRequest) -> str:
    return Diagram(SCENES[request.param]).svg


def test_it_is_well_formed_and_has_only_elements_that_draw(svg: str) -> None:
    drawing = {"svg", "title", "desc", "style", "defs", "g", "path", "use", "rect", "circle", "ellipse", "text"}
    assert {element.tag.removeprefix(SVG) for element in ET.fromstring(svg).iter()} <= drawing


def test_its_one_style_is_for_pictures_that_are_no_part_of_a_page(svg: str) -> None:
    (style,) = ET.fromstring(svg).iter(f"{SVG}style")
    assert style.text == DARK == "@media (prefers-color-scheme:dark){svg:root{color:#e6edf3;background:#0d1117}}"


def test_it_has_no_attribute_that_could_run_or_load_anything(svg: str) -> None:
    for element in ET.fromstring(svg).iter():
        assert not [name for name in element.attrib if name.startswith("on") or name == "style"]
        assert element.attrib.get("href", "#").startswith("#")


def test_every_id_is_used_once_and_begins_with_the_figures_own(svg: str) -> None:
    root = ET.fromstring(svg)
    ids = [element.attrib["id"] for element in root.iter() if "id" in element.attrib]
    assert max(Counter(ids).values()) == 1
    assert all(name.startswith(root.attrib["id"]) for name in ids)
    assert {use.attrib["href"][1:] for use in root.iter(f"{SVG}use")} <= set(ids)


def test_a_glyph_is_defined_once_however_often_it_is_used() -> None:
    root = ET.fromstring(Diagram(FIGURES["titanic_mlp"]).svg)
    uses = Counter(use.attrib["href"] for use in root.iter(f"{SVG}use"))
    assert max(uses.values()) > 20
    assert len(uses) == len(root.findall(f"{SVG}defs/{SVG}path"))


def test_it_says_what_it_shows_to_those_who_cannot_see_it(svg: str) -> None:
    root = ET.fromstring(svg)
    title, desc = root[0], root[1]
    assert (title.tag, desc.tag, root.attrib["role"]) == (f"{SVG}title", f"{SVG}desc", "img")
    assert root.attrib["aria-labelledby"] == f"{title.attrib['id']} {desc.attrib['id']}"
    assert title.text


def test_its_only_colour_is_that_of_its_surroundings(svg: str) -> None:
    colours = {element.attrib.get(name) for element in ET.fromstring(svg).iter() for name in ("fill", "stroke")}
    assert colours <= {"currentColor", "none", None}


@pytest.mark.parametrize("dark", [False, True])
def test_an_image_is_light_on_dark_in_a_dark_page_and_part_of_a_page_is_as_its_text(
    browser: Browser, tmp_path: Path, dark: bool
) -> None:
    diagram = Diagram(FIGURES["twins"])
    diagram.save(tmp_path / "twins.svg")
    (tmp_path / "page.html").write_text(
        f"""<!DOCTYPE html><body style="color: #00a000; margin: 0; color-scheme: {"dark" if dark else "light"}">
        <img src="twins.svg">{diagram.svg}""",
        encoding="utf-8",
    )
    context = browser.new_context(color_scheme="dark" if dark else "light")
    page = context.new_page()
    page.goto((tmp_path / "page.html").as_uri())
    shot = base64.b64encode(page.locator("img").screenshot()).decode()
    darkest, mean, lightest = page.evaluate(
        """async shot => {
            const image = Object.assign(new Image(), {src: `data:image/png;base64,${shot}`});
            await image.decode();
            const {width, height} = image;
            const pen = Object.assign(document.createElement("canvas"), {width, height}).getContext("2d");
            pen.drawImage(image, 0, 0);
            const greens = [...pen.getImageData(0, 0, width, height).data].filter((_, i) => i % 4 === 1);
            return [Math.min(...greens), greens.reduce((a, b) => a + b) / greens.length, Math.max(...greens)];
        }""",
        shot,
    )
    assert (darkest < 64, lightest > 192, mean < 64) == (True, True, dark)
    assert page.evaluate("getComputedStyle(document.querySelector('svg g.edge')).color") == "rgb(0, 160, 0)"
    context.close()


def test_its_size_is_that_of_its_view(svg: str) -> None:
    root = ET.fromstring(svg)
    _, _, width, height = root.attrib["viewBox"].split()
    assert (root.attrib["width"], root.attrib["height"]) == (width, height)


def test_hostile_text_is_in_it_as_text() -> None:
    texts = [element.text or "" for element in ET.fromstring(Diagram(hostile()).svg).iter()]
    assert "</svg><script>alert(1)</script>" in texts
    assert "x" * 10_000 in texts  # the whole of it, for who points at the node
    assert "␀␛" in texts


def test_nodes_and_arrows_have_numbers_and_their_marks_are_classes() -> None:
    nodes = (Node("a", "a", marks=("path",)), Node("b", "b"), Node("c", shape="point"))
    svg = Diagram(Scene(nodes, (Edge("a", "b", marks=("path", "new")), Edge("b", "c"))), prefix="fig").svg
    groups = {g.attrib["id"]: g.attrib["class"] for g in ET.fromstring(svg).iter(f"{SVG}g") if "id" in g.attrib}
    assert groups == {"fig-n0": "node path", "fig-n1": "node", "fig-e0": "edge path new", "fig-e1": "edge"}


def test_two_figures_on_one_page_have_no_id_in_common() -> None:
    first, second = (set(re.findall(r' id="([^"]+)"', Diagram(FIGURES[name]).svg)) for name in ("twins", "open_ended"))
    assert not first & second


@pytest.mark.parametrize("prefix", ["", "a b", "1a", 'a"', "ü", "a\n"])
def test_a_prefix_that_is_no_name_is_refused(prefix: str) -> None:
    if prefix:
        with pytest.raises(ValueError, match="prefix"):
            Diagram(Scene(()), prefix)
    else:
        assert re.fullmatch("d[0-9a-f]{8}", ET.fromstring(Diagram(Scene(()), prefix).svg).attrib["id"])


def test_the_bytes_are_the_same_in_every_process_and_in_every_thread_order() -> None:
    program = (
        "import sys; from tests.diagram_scenes import FIGURES; from autograd.diagram import Diagram;"
        "sys.stdout.write(''.join(Diagram(scene).svg for scene in FIGURES.values()))"
    )
    outputs = {
        subprocess.run(
            [sys.executable, "-W", "error", "-c", program],
            cwd=Path(__file__).parents[1],
            env={**os.environ, "PYTHONHASHSEED": seed},
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        for seed in "12"
    }
    assert outputs == {"".join(Diagram(scene).svg for scene in FIGURES.values())}


def test_files_are_small() -> None:
    assert len(Diagram(FIGURES["titanic_mlp"]).svg) < 45_000
