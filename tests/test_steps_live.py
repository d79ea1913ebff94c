"""The live page: leaves that are changed in Chromium, and what the engine says of the same leaves."""

from __future__ import annotations

import json
import math
import operator
from collections.abc import Iterator
from functools import reduce
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

import pytest

from autograd import DomainError, Value, Vector, custom, exp, linear, log, sigmoid, sqrt, steps
from autograd.diagram.figure.arrows import decimals
from autograd.stepping.activity import Activity
from autograd.stepping.page import Page, common
from autograd.stepping.passes import shown_numbers
from autograd.stepping.picture import relative
from autograd.stepping.sentences import Pieces, Sentences
from autograd.stepping.told import graph_told
from autograd.typeset.glyphs import typeset
from tests.graphs import record, sample
from tests.test_steps_player import Visit, course, written

if TYPE_CHECKING:
    from playwright.sync_api import Browser

GRAPH = "document.querySelector('autograd-graph')"
PLAIN = "x => JSON.stringify(x, (_, x) => typeof x === 'number' && !Number.isFinite(x) ? String(x) : x)"


def state(visit: Visit, call: str = "") -> Any:
    """What the element says of its graph after a call of it."""
    call = call and f"{GRAPH}.{call};"
    return json.loads(visit.page.evaluate(f"(() => {{ {call} return ({PLAIN})({GRAPH}.state); }})()"))


@pytest.fixture
def visit(browser: Browser, tmp_path: Path) -> Iterator[Visit]:
    found = Visit(browser, steps(course()[1]).page, tmp_path)
    yield found
    found.page.close()
    assert found.errors == []
    assert [url for url in found.requests if not url.startswith("data:")] == [found.file.as_uri()]


def in_browser(browser: Browser, script: str) -> Any:
    """What a script gives."""
    page = browser.contexts[0].new_page()
    found = json.loads(page.evaluate(f"({PLAIN})({script})"))
    page.close()
    return found


def test_300_random_graphs_are_those_of_the_engine_after_random_drags(browser: Browser) -> None:
    random = Random(16)
    texts, wanted = [], []
    for graph in sample(300):
        _, nodes = record(graph)
        y, shown = nodes[-1], steps(nodes[-1])
        page = Page(shown.figure, shown.all, "symbols", "", Activity())
        assert page.program
        told = graph_told(shown.figure, shown.all, page.program, Sentences(shown.figure, Pieces()))
        drag = [leaf.data + random.uniform(-0.2, 0.2) for leaf in page.program.leaves]
        texts.append(f"[{json.dumps(told)}, {page.program.text}, {drag}]")
        for leaf, x in zip(page.program.leaves, drag, strict=True):
            leaf.data = x
        try:
            y.recompute()
            after = steps(y)
            gradients = {id(step.node): step.gradient[0] for step in after.backward}
            wanted.append([[node.data, gradients[id(node)]] for node in after.figure.drawn])
        except DomainError:
            wanted.append([])
    script = f"""(() => {{ {common()} return [{", ".join(texts)}].map(([data, program, x]) => {{
        const model = new Model(data, program);
        model.x = x;
        model.compute();
        return model.outside.length ? [] : data.nodes.map((_, i) => [model.values[i][0], model.gradients[i][0]]);
    }}); }})()"""
    found = in_browser(browser, script)
    assert sum(map(bool, wanted)) > 250
    for got, known in zip(found, wanted, strict=True):
        assert len(got) == len(known)
        for ours, theirs in zip(got, known, strict=True):
            assert [float(x) for x in ours] == pytest.approx(theirs, rel=1e-12, abs=1e-12, nan_ok=True)


def test_a_slider_and_a_field_change_every_value_partial_and_gradient_at_once(visit: Visit) -> None:
    leaves, f = course()
    visit.page.evaluate(f"{GRAPH}.addEventListener('change', () => window.changes = (window.changes || 0) + 1)")
    slider = visit.page.get_by_role("slider", name="x", exact=True)
    slider.fill("-1.5")
    visit.page.get_by_role("spinbutton", name="y as a number").fill("0.25")
    leaves[0].data, leaves[1].data = -1.5, 0.25
    f.recompute()
    f.backward()
    told = state(visit)
    assert told["value"] == pytest.approx(f.data, rel=1e-12)
    assert told["leaves"] == [
        {"name": x.label, "value": x.data, "grad": pytest.approx(x.grad, rel=1e-12)} for x in leaves
    ]
    assert [x["name"] for x in told["nodes"]] == ["x", "x²", "y", "x²y", "cos(x²y)", "z", "√z", "x²√z", "f"]
    assert {"from": "x", "to": "x²", "partial": -3.0} in told["edges"]
    assert visit.page.evaluate("window.changes") >= 2
    visit.press("Escape")
    visit.page.evaluate(f"{GRAPH}.step = 99")
    assert state(visit)["step"] == 15
    by_name = dict(zip(["x", "y", "z"], leaves, strict=True))
    values, gradients = visit.numbers("value"), visit.numbers("gradient")
    for i, node in enumerate(told["nodes"]):
        if node["name"] in by_name:
            assert values[i] == written(by_name[node["name"]].data)
            assert gradients[i] == written(by_name[node["name"]].grad or 0.0)
    assert visit.says() == "Backward pass, 9 of 9: ∂f/∂z = ∂f/∂(√z)·1/(2√z) = 2.25·0.25 = 0.5625"
    visit.page.get_by_role("button", name="Reset").click()
    assert [x["value"] for x in state(visit)["leaves"]] == [1.0, 2.0, 4.0]


def test_while_a_leaf_is_dragged_what_is_seen_follows_at_once_and_all_else_soon(
    browser: Browser, tmp_path: Path
) -> None:
    y = x = Value(0.5, "x")
    for _ in range(12):
        y = y + x
    visit = Visit(browser, steps(y).page, tmp_path, viewport={"width": 600, "height": 500}, reduced_motion="reduce")
    visit.page.evaluate(f"{GRAPH}.step = {GRAPH}.last")
    assert visit.page.evaluate(f"""() => {{
        const {{ model, picture }} = {GRAPH};
        model.x[0] = 2;
        {GRAPH}.changed(true);
        return [model.data.leaves[0].node, model.root].map(i => picture.numbers[0][i].text);
    }}""") == ["2", "6.5"]
    visit.page.wait_for_function(f"{GRAPH}.picture.numbers[0][{GRAPH}.model.root].text === '26'")
    assert visit.says().endswith(" = 13")
    assert visit.errors == []


def test_numbers_are_written_as_python_writes_them(visit: Visit) -> None:
    numbers = [
        0.0,
        -0.0,
        1.0,
        -0.9093,
        1.0625,
        2.0005,
        0.00012345,
        99995.0,
        123450.0,
        1234500.0,
        1e-5,
        4.5e-310,
        -2e300,
    ]
    numbers += [Random(1).uniform(-1, 1) * 10**k for k in range(-12, 12)] + [n / 2048 for n in range(2000, 2100)]
    numbers += [math.inf, -math.inf]
    script = f"(() => {{ {common()} return numbers => numbers.map(x => decimal(Number(x))); }})()"
    found = visit.page.evaluate(f"numbers => ({script})(numbers)", [str(x).replace("inf", "Infinity") for x in numbers])
    assert found == [shown_numbers((x,)) for x in numbers]


def test_a_number_is_typeset_as_in_the_picture(visit: Visit) -> None:
    outlines = f"i => {GRAPH}.shadowRoot.querySelector('#g' + i).getAttribute('d')"
    for x in (0.5, -12.25, 123456.0, 1e-7, -2.5e12, math.inf):
        text = shown_numbers((x,))
        line = visit.page.evaluate(f"text => {GRAPH}.typesetter.line(text)", text)
        box = typeset(decimals((x,)))
        found = [(visit.page.evaluate(outlines, glyph), *place) for glyph, *place in line["glyphs"]]
        wanted = [(relative(glyph.outline), glyph.x, glyph.y, glyph.scale) for glyph in box.glyphs]
        assert [(d, scale) for d, _, _, scale in found] == [(d, scale) for d, _, _, scale in wanted]
        assert [at for _, *at, _ in found] == [pytest.approx(at, abs=2) for _, *at, _ in wanted]
    path = visit.page.evaluate(f"{GRAPH}.typesetter.path({GRAPH}.typesetter.line('7.5'))")
    seven, dot, five = typeset(decimals((7.5,))).glyphs
    assert path.replace(".00", "").startswith(relative(seven.outline).replace("-", " -", 1))
    assert path.count("Z") == sum(glyph.outline.count("Z") for glyph in (seven, dot, five))


def test_every_sentence_after_a_drag_is_the_one_of_the_engine_there(visit: Visit) -> None:
    leaves, f = course()
    for x, y, z in ((2.5, -0.75, 9.0), (-0.125, 3.0, 0.3)):
        for leaf, value in zip(leaves, (x, y, z), strict=True):
            leaf.data = value
        f.recompute()
        visit.page.evaluate(f"{GRAPH}.set({{x: {x}, y: {y}, z: {z}}})")
        told = f"{GRAPH}.data.sides.map((_, i) => {GRAPH}.told(i).text)"
        assert visit.page.evaluate(told) == [*map(str, steps(f))]


def test_leaves_are_set_by_their_labels(browser: Browser, tmp_path: Path) -> None:
    w, x, a, b = Vector([0.5, -1.0], "w"), Vector([3.0, 2.0], "x", constant=True), Value(1.0, "a_1"), Value(2.0, "a_1")
    visit = Visit(browser, steps(sigmoid(w @ x) * a * b + Value(0.25), partials="both").page, tmp_path)
    told = state(visit, "set({'w_{2}': 1.5, 'v₁': 2})")
    assert [leaf["value"] for leaf in told["leaves"]] == [0.5, 1.5, 1.0, 2.0, 2.0]
    assert told["value"] == pytest.approx(2 / (1 + math.exp(-4.5)) + 2)
    assert told["leaves"][1]["grad"] == pytest.approx(2 * 2 * math.exp(-4.5) / (1 + math.exp(-4.5)) ** 2, rel=1e-12)
    for wrong, message in (
        ("{a_1: 1}", "2 leaves are called a_1; by number they are 2, 3"),
        ("{q: 1}", "no leaf is called q; there are w_{1}, w_{2}, a_1, a_1, v₁"),
        ("{3: '1'}", "3 is to be a finite number, got 1"),
        ("{3: 1, q: 2}", "no leaf is called q"),
    ):
        caught = f"(() => {{ try {{ {GRAPH}.set({wrong}); }} catch (error) {{ return error.message; }} }})()"
        assert visit.page.evaluate(caught).startswith(message)
    assert [leaf["value"] for leaf in state(visit, "set({2: 7})")["leaves"]] == [0.5, 1.5, 7.0, 2.0, 2.0]
    assert visit.errors == []


@pytest.mark.parametrize(
    ("make", "change", "says"),
    [
        (
            lambda x: log(x - 3) * 2,
            "{x: 2}",
            "ln(x - 3) has no value: ln is defined for x - 3 > 0, and here x - 3 = -1.",
        ),
        (lambda x: 1 / (x - 3), "{x: 3}", "f has no value: a quotient is defined for x - 3 ≠ 0, and here x - 3 = 0."),
        (lambda x: sqrt(x), "{x: -2}", "f has no value: a square root is defined for x ≥ 0, and here x = -2."),
        (lambda x: sqrt(x) * 2, "{x: 0}", "The slope of √x with respect to x is ∞ here."),
        (lambda x: exp(x * x), "{x: 50}", "f is ∞: a number of 64 bits cannot be so large."),
        (lambda x: exp(x) - exp(x * 1.0), "{x: 1e3}", "e^x is ∞: a number of 64 bits cannot be so large."),
    ],
)
def test_where_there_is_no_value_the_node_says_why(
    make: Any, change: str, says: str, browser: Browser, tmp_path: Path
) -> None:
    visit = Visit(browser, steps(make(Value(5.0, "x"))).page, tmp_path)
    visit.page.evaluate(f"{GRAPH}.step = 99")
    assert visit.page.locator(".why").text_content() == ""
    visit.page.evaluate(f"{GRAPH}.set({change})")
    assert visit.page.locator(".why").text_content() == says
    assert visit.page.locator(".node.refused").count() == ("no value" in says)
    assert "NaN" not in visit.page.locator("autograd-graph").inner_text()
    visit.page.evaluate(f"{GRAPH}.set({{x: 4}})")
    assert visit.page.locator(".why").text_content() == ""
    assert None not in visit.numbers("gradient")
    assert visit.errors == []


def test_a_function_that_cannot_be_written_as_a_formula_leaves_the_numbers_as_they_are(
    browser: Browser, tmp_path: Path
) -> None:
    opaque = custom("opaque_to_pages", lambda m, x: (m.exp(x) if x > 0 else x, (m.exp(x) if x > 0 else 1.0,)))
    visit = Visit(browser, steps(opaque(Value(1.0, "x")) * 2).page, tmp_path)
    visit.page.evaluate(f"{GRAPH}.step = 99")
    assert state(visit)["nodes"][0]["grad"] == pytest.approx(2 * math.e)
    assert visit.page.locator(".leaves input:visible").count() == 0
    assert visit.errors == []


HOSTILE = [
    "</script><script>hacked=1</script>", "<img src=x onerror=hacked=1>", "';hacked=1;'", '";hacked=1;"',
    "`${hacked=1}`", "\\u003cscript>", "]]>", "<!--", "-->", "&lt;b&gt;", "</autograd-graph>", "</style>",
    "<svg onload=hacked=1>", "javascript:hacked=1", "{{hacked}}", "${hacked=1}", "__proto__", "constructor", "toString",
    "hasOwnProperty", "\u2028", "\x00", "\x1b[31m", "\ud800", "\u202etxt", "x'\"<>&", "%s%n", "\\", "hacked=1//",
    "eval(hacked=1)", "﷽" * 50,
]  # fmt: skip


def test_hostile_labels_stay_text_and_scripts_do_not_depend_on_labels(browser: Browser, tmp_path: Path) -> None:
    harmless = {steps(Value(2.0, a) * Value(3.0, b), title=c).element[1].text for a, b, c in ("xyz", "abc")}
    assert len(harmless) == 1
    assert len(HOSTILE) > 30
    for label in HOSTILE:
        y = Value(2.0, label) * Value(3.0, "b")
        shown = steps(y, title=label)
        assert {shown.element[1].text} == harmless
        visit = Visit(browser, shown.page, tmp_path)
        key = json.dumps(label)
        assert state(visit, f"set({{[{key}]: 5}})")["value"] == 15.0
        visit.page.evaluate(f"{GRAPH}.step = 99")
        visit.page.emulate_media(media="print")
        assert visit.page.evaluate("window.hacked") is None
        assert visit.errors == []
        assert [url for url in visit.requests if not url.startswith("data:")] == [visit.file.as_uri()]
        visit.page.close()


def test_two_of_one_graph_on_a_page_are_changed_alone(browser: Browser, tmp_path: Path) -> None:
    one = steps(course()[1]).html
    visit = Visit(browser, f"<!DOCTYPE html><meta charset=utf-8>{one}{one}", tmp_path)
    values = visit.page.evaluate("""() => {
        const [first, second] = document.querySelectorAll("autograd-graph");
        first.set({x: 0});
        return [first.state.value, second.state.value];
    }""")
    assert values == pytest.approx([1.0, course()[1].data])
    assert visit.errors == []


def lit(visit: Visit) -> tuple[list[str], int]:
    """The names of the nodes that are lit, and how many arrows are."""
    names = visit.page.locator(".node.way > title").all_text_contents()
    return [name.strip() for name in names], visit.page.locator(".edge.way").count()


def test_a_node_that_is_clicked_says_its_sum_over_the_arrows_that_leave_it(visit: Visit) -> None:
    ways, square = visit.page.locator(".ways .spoken"), visit.page.locator("#n1 circle")
    visit.page.evaluate(f"{GRAPH}.step = 99")
    square.click()
    said = "∂f/∂(x²) = ∂f/∂(x²y)·y + ∂f/∂(x²√z)·√z = (-0.9093)·2 + 1·2 = 0.1814"
    assert ways.text_content() == said
    assert lit(visit) == (["x²", "x²y", "x²√z"], 2)
    visit.page.evaluate(f"{GRAPH}.set({{y: 0}})")
    assert str(ways.text_content()).endswith(" = 0·0 + 1·2 = 2")
    square.click()
    assert lit(visit) == ([], 0)
    assert ways.is_hidden()
    visit.page.locator("#n8 ellipse").click()
    assert ways.text_content() == "∂f/∂f = 1"
    visit.press("Escape")
    assert ways.is_hidden()


def test_a_leaf_that_is_clicked_says_its_sum_over_the_paths_and_lights_each_in_turn(visit: Visit) -> None:
    visit.page.locator("#n0 circle").click()
    ways = visit.page.locator(".ways")
    assert ways.locator(".spoken").text_content() == (
        "∂f/∂x is the sum over 2 paths: 2x·y·(-sin(x²y)) + 2x·√z = 2·2·(-0.9093) + 2·2 = 0.3628"
    )
    assert lit(visit) == (["x", "x²", "x²y", "cos(x²y)", "cos(x²y) + x²√z"], 4)
    visit.page.wait_for_function(f"{GRAPH}.shadowRoot.querySelectorAll('.edge.way').length === 3")
    assert lit(visit) == (["x", "x²", "x²√z", "cos(x²y) + x²√z"], 3)
    ways.locator(".term").nth(0).hover()
    assert lit(visit)[1] == 4
    assert [x.get_attribute("class") for x in ways.locator(".term").all()] == ["term on", "term", "term on", "term"]
    visit.press("ArrowRight")
    assert ways.is_hidden()


def test_of_more_paths_than_anybody_reads_only_their_number_is_said(browser: Browser, tmp_path: Path) -> None:
    y = x = Value(0.5, "x")
    for _ in range(11):
        y = y * y
    visit = Visit(browser, steps(y).page, tmp_path)
    visit.page.locator("#n0").press("Enter")
    assert str(visit.page.locator(".ways").text_content()).startswith(
        "More than 1000 paths lead up from here. ∂f/∂x = "
    )
    y = (x * x) * (x + 1) * (x * 2) * (x + 3) * (x * x)
    visit = Visit(browser, steps(y).page, tmp_path)
    visit.page.locator("#n0").press("Enter")
    assert visit.page.locator(".ways .term").count() == 2 * 7
    assert visit.errors == []
    assert x.data == 0.5


def test_arrows_show_symbols_numbers_or_both_and_are_cut_by_what_they_show(visit: Visit) -> None:
    choice = visit.page.get_by_label("On the arrows")
    lines = "[...document.querySelector('autograd-graph').shadowRoot.querySelectorAll('.edge > .line')]"
    shapes = []
    for partials, symbol, number in (("symbols", 1, False), ("numbers", 0, True), ("both", 1, True)):
        choice.select_option(partials)
        assert visit.page.locator("#e3 .label > g > path").count() == symbol
        assert bool(visit.page.locator("#e3 .label > path").get_attribute("d")) == number
        shapes.append(visit.page.evaluate(f"{lines}.map(line => line.getAttribute('d'))"))
        assert all(shape.count("M") == 2 for shape in shapes[-1])
    assert shapes[0] != shapes[1] != shapes[2]


def test_a_page_opens_at_the_step_of_its_address_and_follows_it(browser: Browser, tmp_path: Path) -> None:
    visit = Visit(browser, steps(course()[1]).page, tmp_path)
    visit.page.goto(visit.file.as_uri() + "#step=8")
    visit.page.reload()
    assert visit.says().startswith("Backward pass, 2 of 9")
    visit.press("ArrowRight")  # without a click first
    assert visit.page.url.endswith("#step=9")
    visit.page.evaluate("location.hash = '#step=3'")
    visit.page.wait_for_function(f"{GRAPH}.step === 3")
    visit.page.emulate_media(media="print")
    visit.page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert visit.page.locator(".all li:visible").count() == 16


@pytest.mark.parametrize(("width", "zoomed"), [(1280, False), (400, True)])
def test_all_letters_can_be_read_at_rest(width: int, zoomed: bool, browser: Browser, tmp_path: Path) -> None:
    leaves = [Value(i / 7, f"x_{i}") for i in range(1, 9)]
    y = leaves[0]
    for leaf in leaves[1:]:
        y = sigmoid(y * leaf)
    size = {"width": width, "height": 800 if zoomed else 4000}
    visit = Visit(browser, steps(y).page, tmp_path, viewport=size, reduced_motion="reduce")
    visit.press("ArrowRight")
    scale, least = (visit.page.evaluate(f"{GRAPH}.{name}") for name in ("pane.scale", "data.least"))
    assert scale == 1 or scale * least >= 8.999  # indices of exponents are smaller at natural size
    inside = visit.page.evaluate("""() => {
        const root = document.querySelector("autograd-graph").shadowRoot;
        const [node, pane] = [".node.now", ".pane"].map(name => root.querySelector(name).getBoundingClientRect());
        return node.left >= pane.left && node.right <= pane.right && node.top >= pane.top && node.bottom <= pane.bottom;
    }""")
    assert inside
    assert visit.page.evaluate(f"{GRAPH}.pane.scale > {GRAPH}.pane.whole") is zoomed
    before = visit.page.evaluate(f"{GRAPH}.pane.scale")
    visit.press("+")
    assert visit.page.evaluate(f"{GRAPH}.pane.scale") > before
    visit.press("0")
    assert visit.page.evaluate(f"{GRAPH}.pane.scale") == before
    assert visit.page.evaluate("document.documentElement.scrollWidth") <= width
    assert visit.errors == []


def test_a_narrow_window_opens_at_a_leaf_and_a_node_that_is_clicked_has_no_frame(
    browser: Browser, tmp_path: Path
) -> None:
    y = sum((Value(float(i), f"x_{i}") * (i + 1) for i in range(1, 12)), Value(0.5, "b"))
    visit = Visit(browser, steps(y).page, tmp_path, viewport={"width": 400, "height": 600}, reduced_motion="reduce")
    seen = """() => {
        const root = document.querySelector("autograd-graph").shadowRoot;
        const pane = root.querySelector(".pane").getBoundingClientRect();
        return [...root.querySelectorAll(".node.now")].findIndex(node => {
            const { left, right, top, bottom } = node.getBoundingClientRect();
            return left >= pane.left && right <= pane.right && top >= pane.top && bottom <= pane.bottom;
        });
    }"""
    assert visit.page.evaluate(seen) >= 0
    visit.page.locator(".node.now circle").nth(visit.page.evaluate(seen)).click()
    assert visit.page.evaluate(f"getComputedStyle({GRAPH}.shadowRoot.activeElement).outlineStyle") == "none"
    assert visit.errors == []


def test_a_swipe_turns_and_two_fingers_zoom(browser: Browser, tmp_path: Path) -> None:
    size = {"width": 800, "height": 900}
    visit = Visit(browser, steps(course()[1]).page, tmp_path, viewport=size, has_touch=True)
    touch = """(kinds) => {
        const pane = document.querySelector("autograd-graph").shadowRoot.querySelector(".pane");
        for (const [kind, ...points] of kinds) {
            const made = points.map(([clientX, clientY], identifier) =>
                new Touch({ identifier, target: pane, clientX, clientY }));
            const touches = kind === "touchend" ? [] : made;
            pane.dispatchEvent(new TouchEvent(kind, { touches, changedTouches: made, cancelable: true }));
        }
    }"""
    visit.page.evaluate(touch, [["touchstart", [300, 200]], ["touchend", [200, 210]]])
    assert state(visit)["step"] == 1
    visit.page.evaluate(touch, [["touchstart", [200, 200]], ["touchend", [300, 210]]])
    assert state(visit)["step"] == 0
    before = visit.page.evaluate(f"{GRAPH}.pane.scale")
    visit.page.evaluate(touch, [["touchstart", [200, 200], [300, 200]], ["touchmove", [100, 200], [400, 200]]])
    assert visit.page.evaluate(f"{GRAPH}.pane.scale") == pytest.approx(3 * before)
    assert visit.errors == []


def test_a_page_without_labels_on_its_arrows_offers_no_choice(browser: Browser, tmp_path: Path) -> None:
    for partials in (None, "weights"):
        visit = Visit(browser, steps(course()[1], partials=partials).page, tmp_path)
        assert visit.page.get_by_label("On the arrows").is_hidden()
        assert visit.page.locator(".edge .label").count() == 0
        assert state(visit, "set({x: 0})")["value"] == 1.0
        assert visit.errors == []


def test_sentences_of_all_kinds_are_those_of_python(browser: Browser, tmp_path: Path) -> None:
    x, t = Value(1.0, "x"), Value(0.5, "t")
    v = Vector([t * 2, t * t], "v")
    long = [Value(i + 1.5, f"a fairly long name of number {i}") for i in range(6)]
    w, c = Vector([0.5, -1.0], "w"), Vector([3.0, 2.0], "c", constant=True)
    for y in (
        reduce(operator.add, (x * float(i) for i in range(1, 31))),
        v @ Vector([3.0, 4.0], "u"),
        (w @ c) * w[0],
        reduce(operator.mul, long) + reduce(operator.add, (a * b for a in long for b in long)),
        sqrt(x) + sqrt(t) - (-x) ** 3 / (t - 1) + x**t,
        linear([x, t], [3.0, -2.0], -0.25) + Value(-3.0, "z"),
    ):
        shown = steps(y, fold=None if y.data > 1000 else (), only=[] if y.data < 0 else None)
        visit = Visit(browser, shown.page, tmp_path)
        said = visit.page.evaluate(f"{GRAPH}.data.sides.map((_, i) => {GRAPH}.told(i).text)")
        # Python leaves out the dot before a factor in parentheses.
        assert [x.replace("·(", "(") for x in said] == [str(step).replace("·(", "(") for step in shown]
        assert visit.errors == []
        visit.page.close()


def test_in_a_narrow_window_the_zoom_buttons_stand_below_the_picture(browser: Browser, tmp_path: Path) -> None:
    visit = Visit(browser, steps(course()[1]).page, tmp_path, viewport={"width": 400, "height": 800})
    pane, buttons = (visit.page.locator(name).bounding_box() for name in (".pane", ".zoom"))
    assert pane
    assert buttons
    assert buttons["y"] >= pane["y"] + pane["height"]
    assert visit.errors == []


def test_at_another_speed_steps_follow_each_other_as_much_faster(visit: Visit) -> None:
    visit.page.clock.install(time=0)
    visit.page.clock.pause_at(60)  # no time passes but what is run
    visit.page.get_by_role("button", name="Play").click()  # shows the first step at once
    for speed, pause in (("1", 1600), ("4", 400), ("0.5", 3200)):
        visit.page.get_by_label("Speed").select_option(speed)
        before = state(visit)["step"]
        visit.page.clock.run_for(2 * pause + pause // 2)
        assert state(visit)["step"] == before + 2


def test_a_printed_page_has_every_step(visit: Visit) -> None:
    assert b"%PDF" in visit.page.pdf()  # prints as a reader would
    visit.page.emulate_media(media="print")
    assert visit.page.locator(".all li:visible").count() == 16
    assert visit.page.locator(".controls:visible, .zoom:visible").count() == 0
