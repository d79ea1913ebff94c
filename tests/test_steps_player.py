"""The player as text, and driven in Chromium: by keys and buttons, two on a page, without scripts."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote
from xml.etree import ElementTree as ET

import pytest

import nn
from autograd import DiagramTooLarge, Value, Vector, atan, cos, erf, exp, sigmoid, sin, softplus, sqrt, steps, tanh
from autograd.graph import ordered
from autograd.stepping import PlayerTooLarge, Steps
from autograd.stepping.passes import shown_numbers
from autograd.stepping.picture import relative
from autograd.typeset.glyphs import typeset
from autograd.typeset.label import Math
from tests.test_diagram_saving import Page as Tags

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

HOSTILE = '</script><script>window.hacked = 1</script><img src=x onerror="hacked=1">"\'&<!--'


def course() -> tuple[list[Value], Value]:
    """The course's exercise 3a."""
    x, y, z = Value(1.0, "x"), Value(2.0, "y"), Value(4.0, "z")
    return [x, y, z], cos(x**2 * y) + x**2 * sqrt(z)


def large(nodes: int) -> Value:
    """A graph of so many nodes, each written with a formula."""
    leaves = [Value(i / 7, f"x_{{{i}}}") for i in range(nodes // 3)]
    y = leaves[0]
    for leaf in leaves[1:]:
        y = tanh(y * leaf)
    while len(steps(y).backward) < nodes:
        y = y + 0.5
    return y


def image(shown: Steps) -> ET.Element:
    """The picture that is seen where scripts are stripped."""
    address = shown.element[0].attrib["src"]
    assert not re.search(r"[<>#\"\n]", address)
    return ET.fromstring(unquote(address.removeprefix("data:image/svg+xml,")))


# -- as text --------------------------------------------------------------------------------------------------


def test_the_player_is_an_image_and_a_script_of_which_only_the_image_needs_no_script() -> None:
    bundle = steps(course()[1])._repr_mimebundle_()
    assert bundle == {"text/html": steps(course()[1]).html, "text/plain": "<Steps: 6 forward, 9 backward>"}
    assert Tags(bundle["text/html"]).tags == ["autograd-graph", "img", "script"]


def test_nothing_in_the_player_is_fetched_from_elsewhere() -> None:
    page = steps(course()[1]).page
    assert not re.findall(r"""https?:(?!//www.w3.org/2000/svg["'])|url\(|@import|src=["'](?!data:)|fetch\(""", page)


def test_the_image_shows_every_value_and_gradient() -> None:
    rows = [row for row in image(steps(course()[1])).iter() if row.get("class") in ("value", "gradient")]
    assert len(rows) == 2 * 9
    assert all(len(number) for _, number in rows)


def network() -> Value:
    """The loss of a small network, unit by unit."""
    model = nn.MLP(2, [3, 1], activation="sigmoid", output="sigmoid", rng=Random(0))
    probability = model([Value(0.5, "x_1"), Value(-1.0, "x_2")])
    loss = nn.log_loss(probability, Value(1.0, "y"))
    assert isinstance(loss, Value)
    return loss


@pytest.mark.parametrize("make", [lambda: large(30), network])
@pytest.mark.parametrize("how", [{}, {"quiz": True}, {"partials": "both"}])
def test_a_page_of_30_nodes_is_under_150_kb(make: Callable[[], Value], how: dict[str, Any]) -> None:
    shown = steps(make(), **how)
    assert len(shown.backward) == 30
    assert len(shown.page.encode()) < 150_000


def random_graph(random: Random, nodes: int) -> Value:
    """A graph of so many nodes, whose leaves have indices, and which uses many functions."""
    unused = [Value(random.uniform(0.3, 2), f"{random.choice(['x', 'w_1', 'a'])}_{i}") for i in range(7)]
    known = [*unused]
    while len(unused) > 1:
        x = unused.pop(random.randrange(len(unused)))
        if len(known) + len(unused) >= nodes:
            made = x + unused.pop()
        elif random.random() < 0.5:
            made = random.choice(UNARY)(x)
        else:
            y = random.choice(known)
            made = x / y if abs(y.data) > 0.2 and random.random() < 0.5 else x * y
        known.append(made if abs(made.data) < 50 else tanh(made))
        unused.append(known[-1])
    return known[-1]


UNARY: list[Callable[[Value], Value]] = [sin, cos, exp, tanh, sigmoid, atan, softplus, erf]


NAMES = ["learning rate", "w_{i,j}^{(k)}", "customer_lifetime_value", "Σ of squares", "temperature at noon"]


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("named", [False, True])
def test_a_page_of_30_nodes_of_a_random_graph_is_under_150_kb(seed: int, named: bool) -> None:
    y = random_graph(Random(seed), 30)
    for i, leaf in enumerate(ordered(y)[0] if named else []):
        leaf.label = f"{NAMES[i % 5]} {i}" if i % 5 != 1 else NAMES[1].replace("i", str(i))
    shown = steps(y, partials="both" if named else "symbols", quiz=named)
    assert len(shown.backward) in (30, 31)
    assert len(shown.page.encode()) < 150_000


def test_an_outline_told_relatively_is_the_same_outline() -> None:
    assert relative("M10 20L10 30Q5 6-7 8ZM1 1L2-3L2-3L0-4L0-9L0-9Z") == "M10 20v10q-5-24-17-22ZM1 1l1-4-2-1v-5Z"
    assert relative("M0 0Q5 0 8 3Q10 5 10 9Q10 14 9 20Q8 25 5 30Z") == "M0 0q5 0 8 3t2 6q0 5-1 11t-4 10Z"
    for glyph in typeset(Math(r"\frac{\sigma(x^2 y)}{\sqrt{8}} + \text{Größe}")).glyphs:
        plain = re.sub(r"(-?\d+ ?-?\d+)(L\1(?!\d))+", r"\1", glyph.outline)  # without lines that go nowhere
        assert followed(relative(glyph.outline)) == pytest.approx([*map(int, re.findall(r"-?\d+", plain))], abs=1)
        assert "t" in relative(glyph.outline) or "Q" not in glyph.outline


def followed(path: str) -> list[int]:
    """The absolute coordinates of all points of a path."""
    x = y = across = down = 0
    found: list[int] = []
    for letter, numbers in re.findall("([MhvlqtZ])([^A-Za-z]*)", path):
        told = [*map(int, re.findall(r"-?\d+", numbers))]
        size = {"h": 1, "v": 1, "q": 4}.get(letter, 2)
        for i in range(0, len(told), size):
            match letter, told[i : i + size]:
                case "M", [a, b]:
                    points = [a, b]
                case "h", [a]:
                    points = [x + a, y]
                case "v", [b]:
                    points = [x, y + b]
                case "t", [a, b]:
                    points = [x + across, y + down, x + a, y + b]
                case _, steps_:
                    points = [(y if k % 2 else x) + step for k, step in enumerate(steps_)]
            x, y = points[-2:]
            across, down = (x - points[0], y - points[1]) if letter in "qt" else (0, 0)
            found += points
    return found


def test_it_is_the_same_every_time() -> None:
    assert steps(course()[1]).page == steps(course()[1]).page


def test_more_than_200_nodes_are_no_player_but_steps_all_the_same() -> None:
    y = large(201)
    shown = steps(y)
    assert len(list(shown)) > 201
    with pytest.raises(PlayerTooLarge, match=r"^a player shows at most 200 nodes, got 201; only=\[\.\.\.\] shows"):
        shown.html  # noqa: B018  # the property raises
    assert issubclass(PlayerTooLarge, DiagramTooLarge)


def test_a_graph_of_a_hundred_thousand_nodes_is_refused_before_it_is_looked_at() -> None:
    x = y = Value(1.0, "x")
    for _ in range(100_000):
        y = y * x
    shown = steps(y)
    with pytest.raises(PlayerTooLarge, match=r"^a player shows at most 200 nodes, got 100001; "):
        shown.save("never.html")
    assert "figure" not in vars(shown)


def test_a_part_of_the_nodes_can_be_shown() -> None:
    leaves, f = course()
    picture = image(steps(f, only=leaves))
    assert sum(group.get("class") == "node" for group in picture.iter()) == 4


def test_a_file_is_the_page(tmp_path: Path) -> None:
    shown = steps(course()[1])
    shown.save(tmp_path / "steps.HTML")
    assert (tmp_path / "steps.HTML").read_text(encoding="utf-8") == shown.page
    assert shown.page.startswith("<!DOCTYPE html>\n<html lang")


@pytest.mark.parametrize("name", ["x.svg", "x", "x.html.gz"])
def test_other_endings_are_refused_and_leave_no_file(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match=re.escape("steps are saved as .html, got ")):
        steps(course()[1]).save(tmp_path / name)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("label", [HOSTILE, "\x00\x1b\ud800", "ש" * 10_000, "<b>", "\u202e txt.exe"])
def test_labels_of_any_kind_stay_text(label: str) -> None:
    x = Value(2.0, label)
    shown = steps(x * 3, title=label)
    page = Tags(shown.page)
    tags = ["html", "head", "meta", "meta", "meta", "title", "body", "autograd-graph", "img", "script"]
    assert page.tags == tags
    ET.fromstring(ET.tostring(shown.element))
    shown.page.encode()


# -- in a browser ---------------------------------------------------------------------------------------------


class Visit:
    """A page that is looked at: what it asked the network for, and what went wrong."""

    def __init__(self, browser: Browser, content: str, folder: Path, **context: Any) -> None:
        self.page: Page = (browser.new_context(**context) if context else browser.contexts[0]).new_page()
        self.requests: list[str] = []
        self.errors: list[str] = []
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("console", lambda said: self.errors.extend([said.text] if said.type == "error" else []))
        self.file = folder / "page.html"
        self.file.write_text(content, encoding="utf-8")
        self.page.goto(self.file.as_uri())

    def says(self, player: int = 0) -> str:
        """The sentence of a player."""
        said = self.page.locator("autograd-graph").nth(player).locator(".says")
        return f"{said.locator('b').text_content()} {said.locator('.spoken').text_content()}"

    def press(self, *keys: str) -> None:
        """Press keys."""
        for key in keys:
            self.page.keyboard.press(key)

    def classes(self, node: int) -> set[str]:
        """The classes of a node."""
        return set((self.page.locator("svg g.node").nth(node).get_attribute("class") or "").split())

    def numbers(self, kind: str) -> list[str | None]:
        """The number seen beside each node as its value or gradient, as text; None for a dash instead."""
        found: list[str | None] = self.page.evaluate(
            """kind => {
                const { picture } = document.querySelector("autograd-graph");
                const texts = picture.numbers[kind === "value" ? 0 : 1].map(place => place.text);
                return texts.map(text => text === "–" ? null : text);
            }""",
            kind,
        )
        return found


def written(x: float) -> str:
    """A number as it is written for people."""
    return shown_numbers((x,))


@pytest.fixture
def visit(browser: Browser, tmp_path: Path) -> Iterator[Visit]:
    found = Visit(browser, steps(course()[1]).page, tmp_path)
    yield found
    found.page.close()
    assert found.errors == []
    assert [url for url in found.requests if not url.startswith("data:")] == [found.file.as_uri()]


def test_keys_step_through_both_passes(visit: Visit) -> None:
    visit.page.focus("autograd-graph")
    assert visit.says() == "Start. Given: x = 1, y = 2, z = 4."
    visit.press("ArrowRight")
    assert visit.says() == "Forward pass, 1 of 6: x² = 1² = 1"
    visit.press("End")
    assert visit.says() == "Backward pass, 9 of 9: ∂f/∂z = ∂f/∂(√z)·1/(2√z) = 1·0.25 = 0.25"
    visit.press("ArrowRight")
    assert visit.says().startswith("Backward pass, 9 of 9")
    visit.press("ArrowLeft")
    assert visit.says() == "Backward pass, 8 of 9: ∂f/∂y = ∂f/∂(x²y)·x² = (-0.9093)·1 = -0.9093"
    visit.press("Home", "ArrowLeft")
    assert visit.says().startswith("Start.")
    visit.press("Control+ArrowRight")  # is the browser's
    assert visit.says().startswith("Start.")


def test_space_and_the_button_play_and_pause(visit: Visit) -> None:
    play = visit.page.get_by_role("button", name="Play")
    visit.page.focus("autograd-graph")
    visit.press(" ")
    assert visit.says().startswith("Forward pass, 1 of 6")
    pause = visit.page.get_by_role("button", name="Pause")
    pause.wait_for()
    visit.page.wait_for_function("document.querySelector('autograd-graph').shadowRoot.textContent.includes('2 of 6')")
    pause.focus()
    visit.press(" ")
    play.wait_for()
    assert visit.says().startswith("Forward pass, 2 of 6")
    visit.press("End")
    play.click()
    assert visit.says().startswith("Start.")


def test_buttons_and_the_slider_step(visit: Visit) -> None:
    visit.page.get_by_role("button", name="Next").click()
    visit.press(" ")  # on the button, not on the player
    assert visit.says().startswith("Forward pass, 2 of 6")
    visit.page.get_by_role("button", name="Prev").click()
    assert visit.says().startswith("Forward pass, 1 of 6")
    slider = visit.page.get_by_role("slider", name="Step")
    slider.fill("7")
    assert visit.says().startswith("Backward pass, 1 of 9")
    assert slider.get_attribute("aria-valuetext") == "Backward pass, 1 of 9:"
    slider.focus()
    visit.press("ArrowRight")
    assert visit.says().startswith("Backward pass, 2 of 9")
    assert slider.input_value() == "8"


def test_the_numbers_beside_the_nodes_are_those_of_backward_once_the_pass_has_reached_them(visit: Visit) -> None:
    leaves, f = course()
    shown = steps(f)
    f.backward()
    order = shown.figure.drawn
    forward = {id(step.node): i for i, step in enumerate(shown.forward, start=1)}
    backward = {id(step.node): i for i, step in enumerate(shown.backward, start=1 + len(forward))}
    visit.page.focus("autograd-graph")
    for at in range(len(shown)):
        values, gradients = visit.numbers("value"), visit.numbers("gradient")
        for node, value, gradient in zip(order, values, gradients, strict=True):
            assert isinstance(node, Value)
            assert value == (written(node.data) if at >= forward.get(id(node), 0) else None)
            if any(node is x for x in (*leaves, f)):  # what computes the same is one node, with the gradient of both
                assert gradient == (written(node.grad or 0.0) if at >= backward[id(node)] else None)
            else:
                assert (gradient is None) == (at < backward[id(node)])
        visit.press("ArrowRight")


def test_what_a_step_is_about_stands_out(visit: Visit) -> None:
    visit.page.focus("autograd-graph")
    order = [text.strip() for text in visit.page.locator("svg g.node > title").all_text_contents()]
    square, product, x, y = (order.index(name) for name in ("x²", "x²y", "x", "y"))
    assert "ahead" in visit.classes(product)
    visit.press("ArrowRight", "ArrowRight")
    assert {"node", "now", "ungraded"} == visit.classes(product)
    assert "used" in visit.classes(square)
    assert "used" in visit.classes(y)
    assert not {"used", "now", "ahead"} & visit.classes(x)
    assert visit.page.locator("svg .edge.now").count() == 2


def test_the_sentence_is_told_to_those_who_cannot_see(visit: Visit) -> None:
    figure = visit.page.locator("autograd-graph")
    assert figure.locator(".says").get_attribute("aria-live") == "polite"
    assert (figure.get_attribute("role"), figure.get_attribute("tabindex")) == ("group", "0")
    assert figure.get_attribute("aria-label") == "The chain rule, step by step"
    assert visit.page.locator("svg[role=img] > title").count() == 1


def test_no_global_is_left_behind(visit: Visit) -> None:
    assert (
        visit.page.evaluate("""() => {
        const frame = document.body.appendChild(document.createElement("iframe"));
        const known = new Set(Object.getOwnPropertyNames(frame.contentWindow));
        return Object.getOwnPropertyNames(window).filter(name => !known.has(name) && isNaN(name));
    }""")
        == []
    )


def test_two_players_on_a_page_are_independent_even_of_the_same_graph(browser: Browser, tmp_path: Path) -> None:
    x = Value(3.0, "x")
    twice, other = steps(course()[1]).html, steps(x * x).html
    visit = Visit(browser, f"<!DOCTYPE html><meta charset=utf-8>{twice}{other}{twice}", tmp_path)
    players = visit.page.locator("autograd-graph")
    assert players.count() == players.locator(".pane > svg").count() == players.get_by_text("Play").count() == 3
    for i in range(3):  # each is a tree of its own
        ids = players.nth(i).locator("[id]").evaluate_all("found => found.map(element => element.id)")
        assert len(ids) == len(set(ids)) > 10
    assert visit.page.evaluate("document.querySelectorAll('[id]').length") == 0
    players.nth(1).focus()
    visit.press("End")
    assert visit.says(1) == "Backward pass, 2 of 2: ∂f/∂x = ∂f/∂f·x + ∂f/∂f·x = 1·3 + 1·3 = 6"
    players.nth(2).get_by_role("button", name="Next").click()
    assert visit.says(0).startswith("Start.")
    assert visit.says(2).startswith("Forward pass, 1 of 6")
    assert [players.nth(i).locator(".node.now").count() for i in range(3)] == [3, 1, 1]
    assert visit.errors == []


def test_a_player_put_into_a_page_as_jupyterlab_does_it_works(browser: Browser, tmp_path: Path) -> None:
    visit = Visit(browser, "<!DOCTYPE html><meta charset=utf-8><div></div>", tmp_path)
    visit.page.evaluate(
        """html => {  // scripts put in as HTML do not run: JupyterLab makes them again
            const host = document.createElement("div");
            host.innerHTML = html;
            for (const old of host.querySelectorAll("script")) {
                const made = document.createElement("script");
                made.textContent = old.textContent;
                old.replaceWith(made);
            }
            document.querySelector("div").append(host);
        }""",
        steps(course()[1]).html,
    )
    visit.page.get_by_role("button", name="Next").click()
    assert visit.says() == "Forward pass, 1 of 6: x² = 1² = 1"
    assert visit.errors == []


def test_without_scripts_the_finished_picture_is_seen(browser: Browser, tmp_path: Path) -> None:
    page = steps(course()[1]).page
    for content, enabled in (
        (page, False),
        (re.sub("<(script|style).*?</(script|style)>", "", page, flags=re.DOTALL), True),
    ):
        visit = Visit(browser, content, tmp_path, java_script_enabled=enabled)
        box = visit.page.locator("autograd-graph img").bounding_box()
        assert box
        assert min(box["width"], box["height"]) > 300
        assert visit.page.locator("button").count() == 0


def test_hostile_labels_never_run(browser: Browser, tmp_path: Path) -> None:
    y = Value(2.0, HOSTILE) * Value(3.0, "$x$")
    y.label = "</title>" + HOSTILE
    visit = Visit(browser, steps(y, title=HOSTILE).page, tmp_path)
    visit.page.focus("autograd-graph")
    visit.press("End", "ArrowLeft")
    assert "</script><script>window.hacked" in visit.says()
    assert visit.page.evaluate("window.hacked") is None
    assert visit.page.locator("img:visible, img[onerror]").count() == 0
    assert visit.errors == []


def test_it_is_light_or_dark_as_the_reader_likes_and_still_if_so_wished(browser: Browser, tmp_path: Path) -> None:
    style = """name => {
        const waiting = document.querySelector("autograd-graph").shadowRoot.querySelector(".node.ahead");
        return getComputedStyle(waiting).getPropertyValue(name);
    }"""
    page = Visit(browser, steps(course()[1]).page, tmp_path).page
    page.emulate_media(color_scheme="light", reduced_motion="no-preference")
    assert page.evaluate(style, "transition-duration") == "0.3s, 0.3s"
    assert page.evaluate(style, "color") == "rgb(0, 0, 0)"
    page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    assert page.evaluate(style, "transition-duration") == "0s"
    assert page.evaluate(style, "color") == "rgb(255, 255, 255)"


def test_a_notebook_turned_into_html_plays(browser: Browser, tmp_path: Path) -> None:
    nbconvert = pytest.importorskip("nbconvert", reason="turns notebooks into pages; it is not installed")
    nbformat = pytest.importorskip("nbformat", reason="makes notebooks; it is not installed")
    w, x = Vector([0.5, -1.0], "w"), Vector([3.0, 2.0], "x")
    data = json.loads(json.dumps(steps(w @ x)._repr_mimebundle_()))
    output = nbformat.v4.new_output("display_data", data=data)
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("steps(w @ x)", outputs=[output])])
    notebook.metadata.language_info = {"name": "python", "pygments_lexer": "python"}
    content, _ = nbconvert.HTMLExporter().from_notebook_node(notebook)
    visit = Visit(browser, content, tmp_path, offline=True)
    visit.page.get_by_role("button", name="Next").click()
    assert visit.says() == "Forward pass, 1 of 1: f = 𝐰ᵀ𝐱 = (0.5, -1)ᵀ(3, 2) = -0.5"
