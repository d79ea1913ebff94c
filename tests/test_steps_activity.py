"""What readers of the live page do: guess gradients, and let leaves step downhill."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

import pytest

import nn
from autograd import Value, Vector, paths, sigmoid, steps, value_and_grad
from autograd.graph import operations
from autograd.stepping import Steps
from autograd.stepping.activity import Activity
from autograd.stepping.page import Page, common, source
from autograd.stepping.sentences import Pieces, Sentences
from autograd.stepping.told import graph_told
from tests.graphs import record, sample
from tests.test_steps_live import GRAPH, in_browser, state
from tests.test_steps_player import Visit, course, image

if TYPE_CHECKING:
    from playwright.sync_api import Browser


def planted(shown: Steps) -> Iterator[tuple[int, str, float]]:
    """Wrong answers, each with the place of its node and its kind, straight from what the steps say.

    Those that mistakes of two kinds lead to are left out.
    """
    place = {id(node): i for i, node in enumerate(shown.figure.drawn)}
    for step in shown.backward[1:]:
        (right,) = step.gradient
        wrong: dict[str, list[float]] = {"sign": [-right], "factor": [], "path": [], "forward": []}
        for term in step.terms:
            rest = right - term.product[0]
            wrong["factor"] += [rest + term.gradient[0], rest + term.arrow.slopes[0]]
            wrong["path"] += [rest] * (len(step.terms) > 1)
        assert isinstance(step.node, Value)
        below = [*operations(step.node)[:-1], *(x for x in step.node.parents if not x.parents)]
        wrong["forward"] = [paths(step.node, x).sum for x in below]
        for kind, answers in wrong.items():
            others = [x for other, found in wrong.items() if other != kind for x in found]
            for x in answers:
                known = [right, *others]
                if math.isfinite(x) and all(abs(x - y) > 1e-3 * abs(y) + 1e-6 for y in known):
                    yield place[id(step.node)], kind, x


def test_planted_mistakes_are_told_by_their_kind(browser: Browser) -> None:
    random = Random(4)
    texts, kinds = [], []
    for graph in sample(300):
        shown = steps(record(graph)[1][-1])
        mistakes = [*planted(shown)]
        random.shuffle(mistakes)
        of_kind = {kind: [x for x in mistakes if x[1] == kind][:4] for kind in ("sign", "factor", "path", "forward")}
        mistakes = [x for found in of_kind.values() for x in found]
        if mistakes:
            page = Page(shown.figure, shown.all, "symbols", "", Activity())
            assert page.program
            pieces = Pieces()
            told = graph_told(shown.figure, shown.all, page.program, Sentences(shown.figure, pieces))
            for x in (*told["nodes"], *told["leaves"]):
                x["said"] = [*pieces.places][x["name"]][1]
            right = [[i, repr(step.gradient[0])] for i, step in enumerate(shown.backward)]
            order = told["backward"]
            asked = [[order[i], x] for i, x in right] + [[i, repr(x)] for i, _, x in mistakes]
            texts.append(f"[{json.dumps(told)}, {page.program.text}, {json.dumps(asked)}]")
            kinds += ["right"] * len(right) + [kind for _, kind, _ in mistakes]
    scripts = "\n".join([common(), source("reading.js"), source("examiner.js")])
    ask = """([data, program, asked]) => {
        const examiner = new Examiner(new Model(data, program));
        return asked.map(([node, text]) => examiner.verdict(node, text).kind);
    }"""
    found = in_browser(browser, f"(() => {{ {scripts}\nreturn [{', '.join(texts)}].flatMap({ask}); }})()")
    seen = {kind: [got == kind for got, k in zip(found, kinds, strict=True) if k == kind] for kind in set(kinds)}
    assert all(seen["right"])
    share = {kind: sum(named) / len(named) for kind, named in seen.items()}
    assert min(map(len, seen.values())) > 50
    assert min(share.values()) >= 0.9, share


def told(visit: Visit) -> str:
    """What is said of the last answer."""
    return str(visit.page.locator(".quiz output").text_content())


def test_a_reader_guesses_gradients_that_are_seen_nowhere_before(browser: Browser, tmp_path: Path) -> None:
    shown = steps(course()[1], quiz=True)
    picture = image(shown)
    dashes = [group for group in picture.iter() if group.get("class") == "gradient"]
    assert len({len(group.findall(".//use")) for group in dashes}) == 1  # the word and a dash
    visit = Visit(browser, shown.page, tmp_path)
    visit.press("End")
    assert visit.says() == "Backward pass, 1 of 9: ∂f/∂f = ?"
    visit.press("ArrowRight")
    assert visit.says() == "Backward pass, 1 of 9: ∂f/∂f = ?"
    assert set(map(str, visit.numbers("gradient"))) == {"None"}
    field = visit.page.get_by_role("textbox")
    for answer, says in (
        ("", "Type a number or an expression."),
        ("2 +", "Something is missing at the end."),
        ("1 ; alert(1)", "I cannot read “; alert(1)” here."),
        ("7.5", "Not yet."),
    ):
        field.fill(answer)
        field.press("Enter")
        assert told(visit) == says
    field.fill("1")
    field.press("Enter")
    assert visit.page.locator(".why").text_content() == "Right. 0 of 1 right at once."
    visit.press(" ")  # the focus is on Next
    for answers in (["1"], ["sin(x²y)", "sin(2)", "-sin(x^2*y)"], ["1.0"], ["1·2", "√z", "-y sin(x²y) + √z"]):
        for answer in answers:
            field.fill(answer)
            field.press("Enter")
        visit.press("ArrowRight")
    assert visit.says() == "Backward pass, 6 of 9: ∂f/∂(√z) = ?"
    assert visit.page.locator(".quiz .score").text_content() == "2 of 5 right at once"
    visit.page.locator("#n6 circle").click()
    assert visit.page.locator(".ways").text_content() == "This one you are to guess."
    visit.page.get_by_role("button", name="Show").click()
    assert visit.says() == "Backward pass, 6 of 9: ∂f/∂(√z) = ∂f/∂(x²√z)·x² = 1·1 = 1"
    assert [x is None for x in visit.numbers("gradient")] == [
        True,
        False,
        True,
        False,
        False,
        True,
        False,
        False,
        False,
    ]
    assert visit.errors == []


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        ("-y sin(x²y)·2x + 2x√z", "right"),
        ("2x(√z - y*sin(x^2 y))", "right"),
        ("0.3628", "right"),
        ("0.363", "right"),
        ("0.36", "right"),
        ("0.35", "wrong"),
        ("2x√z", "path"),
        ("2*x*sqrt(z) + y*2*x*sin(x**2*y)", "sign"),
        ("x(√z - y sin(x²y))", "factor"),
        ("√z - y sin(x²y)", "factor"),
        ("2x", "factor"),
        ("x^2", "forward"),
        ("0.3628103 x", "here"),
    ],
)
def test_an_answer_is_told_right_or_what_kind_of_wrong(
    answer: str, kind: str, browser: Browser, tmp_path: Path
) -> None:
    visit = Visit(browser, steps(course()[1], quiz=True).page, tmp_path)
    assert visit.page.evaluate("text => " + GRAPH + ".quiz.examiner.verdict(0, text).kind", answer) == kind


def test_a_vector_is_guessed_number_by_number(browser: Browser, tmp_path: Path) -> None:
    w, x = Vector([0.5, -1.0], "w"), Vector([3.0, 2.0], "x")
    visit = Visit(browser, steps(sigmoid(w @ x), quiz=True).page, tmp_path)
    verdict = "text => " + GRAPH + ".quiz.examiner.verdict(0, text).kind"
    assert visit.page.evaluate(verdict, "0.705, 0.47") == "right"
    assert visit.page.evaluate(verdict, "(-0.705, -0.47)") == "sign"
    assert visit.page.evaluate(verdict, "(3, 2)") == "factor"
    with pytest.raises(Exception, match="There are 2 numbers to tell, with commas between them"):
        visit.page.evaluate(verdict, "0.705")


# -- downhill -------------------------------------------------------------------------------------------------


def titanic() -> tuple[nn.MLP, list[Value], Value, Value]:
    """The course's network of two units, its inputs, the target, and the loss of one passenger."""
    model = nn.MLP(2, [2, 1], activation="sigmoid", output="sigmoid")
    for parameter, weight in zip(model.parameters(), [0, -2, 1, -1, 2, -1, 2, 2, -1], strict=True):
        parameter.data = float(weight)
    target = Value(1.0, "y")
    inputs, *layers = model.units([Value(0.2, "x_1"), Value(1.0, "x_2")])
    return model, [*inputs.x], target, nn.log_loss(layers[-1].x[0], target)


def test_the_titanic_network_learns_on_a_batch_in_the_page_as_it_does_in_python(
    browser: Browser, tmp_path: Path
) -> None:
    random = Random(2)
    rows = [(random.random(), random.choice([0.0, 1.0]), random.choice([0.0, 1.0])) for _ in range(30)]
    model, inputs, target, loss = titanic()
    leaves = [*inputs, target]
    batch = {leaf: [row[i] for row in rows] for i, leaf in enumerate(leaves)}
    shown = steps(loss, train=model.parameters(), batch=batch)
    visit = Visit(browser, shown.page, tmp_path)
    visit.page.get_by_label("learning rate").fill("0.5")
    losses = []
    for _ in range(3):
        slopes = [0.0] * len(model.parameters())
        losses.append(0.0)
        for row in rows:
            for leaf, x in zip(leaves, row, strict=True):
                leaf.data = x
            loss.recompute()
            for parameter in model.parameters():
                parameter.grad = None
            loss.backward()
            losses[-1] += loss.data / len(rows)
            slopes = [s + (p.grad or 0.0) / len(rows) for s, p in zip(slopes, model.parameters(), strict=True)]
        visit.page.get_by_role("button", name="Step down").click()
        for parameter, slope in zip(model.parameters(), slopes, strict=True):
            parameter.data -= 0.5 * slope
    assert visit.page.evaluate(f"{GRAPH}.descent.losses")[:3] == pytest.approx(losses, rel=1e-12)
    weights = {leaf["name"]: leaf["value"] for leaf in state(visit)["leaves"]}
    assert [weights[str(p.label)] for p in model.parameters()] == pytest.approx(
        [p.data for p in model.parameters()], rel=1e-12
    )
    visit.page.get_by_role("slider", name="example").fill("4")
    known = {leaf["name"]: leaf["value"] for leaf in state(visit)["leaves"]}
    assert [known[str(leaf.label)] for leaf in leaves] == [*rows[4]]
    visit.page.get_by_role("button", name="Descend").click()
    visit.page.wait_for_function(f"{GRAPH}.descent.losses.length > 20")
    visit.page.get_by_role("button", name="Pause").click()
    found = visit.page.evaluate(f"{GRAPH}.descent.losses")
    assert found == sorted(found, reverse=True)
    points = visit.page.locator(".losses").get_attribute("d")
    assert points is not None
    assert points.count("L") == len(found) - 1
    assert visit.errors == []


def test_too_large_a_learning_rate_stops_before_the_numbers_are_lost(browser: Browser, tmp_path: Path) -> None:
    x = Value(3.0, "x")
    visit = Visit(browser, steps(x**4, train=[x]).page, tmp_path)
    visit.page.get_by_label("learning rate").fill("1")
    down = visit.page.get_by_role("button", name="Step down")
    for _ in range(6):
        down.click()
    loss = visit.page.locator(".loss")
    assert loss.text_content() == "Step 4 would leave where the loss is a number: the learning rate is too large."
    assert math.isfinite(state(visit)["value"])
    visit.page.get_by_role("button", name="Reset").click()
    assert loss.text_content() == "f: 81"
    visit.page.get_by_label("learning rate").fill("0.001")
    down.click()
    assert state(visit)["leaves"][0]["value"] == pytest.approx(3 - 0.001 * value_and_grad(lambda x: x**4)(3.0)[1])
    visit.page.get_by_label("learning rate").fill("")
    down.click()
    assert loss.text_content() == "The learning rate is to be a positive number."
    assert visit.errors == []


def test_what_is_trained_and_given_has_to_be_leaves_that_are_shown() -> None:
    x, w, y = Value(1.0, "x"), Vector([1.0, 2.0], "w"), Value(3.0, "y")
    f = (w @ Vector([2.0, 3.0], "v")) * x * y
    told = Activity(False, [w], {x: [1, 2], y: [3, 4]}).told(steps(f).figure)
    assert told == {
        "quiz": False, "trained": [0, 1], "columns": [4, 5], "batch": [[1.0, 3.0], [2.0, 4.0]], "rate": 0.1
    }  # fmt: skip
    told = Activity(False, [x], {w: [(1, 2), (3, 4), (5, 6)]}).told(steps(f).figure)
    assert (told["columns"], told["batch"]) == ([0, 1], [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
    for activity, message in (
        (Activity(train=[f]), "train= names leaves that are shown, got Value"),
        (Activity(train=[Value(1.0, "q")]), r"train= names leaves that are shown, got Value\(1.0, 'q'\)"),
        (Activity(batch={f: [1.0]}), "batch= names leaves that are shown"),
        (Activity(train=[x], batch={x: [1.0]}), "a leaf is trained or given by the batch, got both for 'x'"),
        (Activity(batch={x: [1.0, math.inf]}), "batch= holds finite numbers, got an infinity or NaN"),
        (Activity(batch={x: [1.0], y: [1.0, 2.0]}), "longer|shorter"),
        (Activity(batch={w: [(1, 2, 3)]}), "longer|shorter"),
    ):
        with pytest.raises(ValueError, match=message):
            activity.told(steps(f).figure)
