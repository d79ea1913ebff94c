"""Fresh exercises: answered by an independent derivative, they say right; by anything else, wrong or not yet."""

import math
from itertools import combinations

import pytest

from autograd import draw, exercise
from autograd.exercises import LEVELS, Exercise, near
from autograd.expression import Expression, ExpressionError
from autograd.graph import nodes
from autograd.paths import paths

each_level = pytest.mark.parametrize("level", LEVELS)


def measured(task: Exercise) -> dict[str, float]:
    """The derivatives, measured on the values of the function as its text says it."""
    f, h = Expression(task.text.partition(" = ")[2]), 1e-5

    def at(name: str, by: float) -> float:
        return float(f(**(task.point | {name: task.point[name] + by})))

    return {name: (at(name, h) - at(name, -h)) / (2 * h) for name in task.point}


@each_level
def test_measured_slopes_are_right_and_the_solution_has_them(level: int) -> None:
    for seed in range(12):
        task = exercise(seed, level)
        slopes = measured(task)
        assert task.check(**slopes) == dict.fromkeys(task.point, "right")
        assert task.solution.gradient == pytest.approx(slopes, rel=1e-6)


@each_level
def test_an_exercise_is_the_same_for_the_same_seed_and_as_hard_as_its_level_says(level: int) -> None:
    texts = {exercise(seed, level).question for seed in range(30)}
    assert texts == {exercise(seed, level).question for seed in range(30)}
    assert len(texts) > 15
    for seed in range(10):
        task = exercise(seed, level)
        hard = LEVELS[level]
        assert len(task.point) == hard.variables
        assert hard.paths <= max(paths(task.value, leaf).count for leaf in task.leaves) <= hard.most


@each_level
def test_no_step_of_an_exercise_gives_what_is_there_already(level: int) -> None:
    for seed in range(80):
        task = exercise(seed, level)
        near_by = [{name: x * (1 + s * i) for i, (name, x) in enumerate(task.point.items(), 1)} for s in (3e-3, -4e-3)]
        values = [[x.data for x in nodes(task.at(point)[1])] for point in near_by]
        alike = [
            pair
            for pair in combinations(zip(*values, strict=True), 2)
            if all(math.isclose(a, b, rel_tol=1e-12) for a, b in zip(*pair, strict=True))
        ]
        assert not alike, task.text


def test_what_the_symbols_of_the_derivation_say_is_right_as_an_answer() -> None:
    for seed in range(8):
        task = exercise(seed, 3)
        lines = [line.partition(" = ")[2] for line in task.solution.text.splitlines() if line.startswith("∂")]
        assert set(task.check(**dict(zip(task.point, lines, strict=True))).values()) == {"right"}


def test_wrong_answers_are_wrong_and_the_usual_mistakes_are_named() -> None:
    task = exercise(44, 3)  # cos(x) y x² at (3, 1)
    assert task.check() == {"x": "not yet", "y": "not yet"}
    assert task.check(x="", y=None) == {"x": "not yet", "y": "not yet"}
    assert task.check(x=-7.21, y=8.5) == {"x": "right", "y": "wrong"}
    assert task.check(x=7.21)["x"] == "wrong: look at the signs"
    assert task.check(x=-5.94)["x"] == "wrong: that is what one path contributes; there are 2, to be added up"
    assert task.check(y=str(9 * math.cos(3)))["y"] == "wrong: the number is right here, but not at other points"
    assert task.check(y="cos(x)x²")["y"] == "right"
    assert task.check(y="x(x·cos(x))", x="xy(2cos(x) - x·sin(x)) + 0e") == {"x": "right", "y": "right"}


def test_what_cannot_be_an_answer_is_an_error_that_says_why() -> None:
    task = exercise(2, 3)
    with pytest.raises(ValueError, match="the variables are x, y, got an answer for z"):
        task.check(z=1.0)
    with pytest.raises(ExpressionError, match="may use x, y, got z"):
        task.check(x="z + 1")
    with pytest.raises(ExpressionError):
        task.check(x="1 +")
    with pytest.raises(ValueError, match="the levels are 1, 2, 3, 4, got 5"):
        exercise(0, 5)


def test_the_diagram_asks_and_does_not_tell_and_the_solution_has_every_label() -> None:
    task = exercise(0, 4)
    assert not any(edge.label for edge in task.diagram.scene.edges)
    assert all(edge.label for edge in task.solution.diagram.scene.edges)
    assert all(leaf.grad is None for leaf in task.leaves)
    assert "grad –" in draw(task.value, values=True).scene.nodes[0].gradient.text  # type: ignore[union-attr]


def test_a_notebook_shows_the_question_in_tex() -> None:
    task = exercise(2, 3)
    assert task._repr_markdown_().startswith("$$f(x, y) = ")
    assert r"\frac{\partial f}{\partial y}" in task._repr_markdown_()
    assert repr(task) == task.question


@pytest.mark.parametrize(
    ("found", "known", "is_near"), [(0.333, 1 / 3, True), (0.3, 1 / 3, False), (math.nan, 1, False)]
)
def test_three_digits_are_enough(found: float, known: float, is_near: bool) -> None:
    assert near(found, known) == is_near
