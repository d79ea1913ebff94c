"""Fresh exercises in the chain rule: a function, its diagram, hidden derivatives, and a check of the answers."""

from __future__ import annotations

import math
import operator
import random
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from functools import cached_property
from typing import Any, NamedTuple

from autograd import ops
from autograd.arithmetic import DomainError
from autograd.diagram import Diagram, draw
from autograd.expression import CONSTANTS, Expression, ExpressionError
from autograd.formula import derivation, formula
from autograd.graph import nodes
from autograd.paths import paths
from autograd.sweeps import gradients
from autograd.value import Value

__all__ = ["Exercise", "Solution", "exercise"]

OF_ONE: dict[str, Callable[[Any], Any]] = {
    "square": lambda x: x**2,
    "sin": ops.sin,
    "cos": ops.cos,
    "exp": ops.exp,
    "log": ops.log,
    "sqrt": ops.sqrt,
}
OF_TWO: dict[str, Callable[[Any, Any], Any]] = {"add": operator.add, "sub": operator.sub, "mul": operator.mul}
OF_TWO |= {"mul again": operator.mul, "div": operator.truediv}  # products are worth twice as much practice

LOW, HIGH = 0.02, 60.0  # values and derivatives that one can write down
LONGEST_TEXT = 36  # characters of the function
RELATIVE, ABSOLUTE = 5e-3, 5e-4  # how far an answer may be off: three digits are enough


class Level(NamedTuple):
    """How many variables and operations, and between how many paths and how many the most-used variable has."""

    variables: int
    operations: int
    paths: int
    most: int


LEVELS = {1: Level(1, 2, 1, 1), 2: Level(2, 3, 1, 1), 3: Level(2, 4, 2, 2), 4: Level(3, 6, 3, 5)}


class Solution(NamedTuple):
    """The diagram with its labels, the chain rule for each variable as text, and the derivatives."""

    diagram: Diagram
    text: str
    gradient: dict[str, float]


class Exercise:
    """A function of a few variables at a point, whose derivatives are asked for; see `exercise`.

    - `text`: the function, as `"f(x, y) = x·sin(xy)"`.
    - `point`: the number that each variable has.
    """

    def __init__(self, level: int, names: Sequence[str], steps: Sequence[tuple[str, tuple[int, ...]]], at: Any) -> None:
        self.level, self.point, self.steps = level, dict(zip(names, at, strict=True)), steps
        self.leaves, self.value = self.at(self.point)
        self.text = f"f({', '.join(names)}) = {formula(self.value).text}"

    def at(self, point: dict[str, float]) -> tuple[list[Value], Value]:
        """The variables at a point, and the function of them."""
        leaves = [Value(x, name) for name, x in point.items()]
        found: list[Any] = list(leaves)
        for name, operands in self.steps:
            found.append((OF_ONE | OF_TWO)[name](*[found[i] for i in operands]))
        return leaves, found[-1]

    @property
    def question(self) -> str:
        """What is asked."""
        where = ", ".join(f"{name} = {x:g}" for name, x in self.point.items())
        asked = ", ".join(f"∂f/∂{name}" for name in self.point)
        return f"{self.text}\nAt {where}: what is {asked}?"

    @cached_property
    def diagram(self) -> Diagram:
        """The dataflow diagram, its arrows without labels: these are the exercise.

        Raises `GraphvizNotFound` when it is shown and there is no Graphviz.
        """
        return draw(self.value, partials=None, fold=(), title=f"Exercise: {self.text}")

    @cached_property
    def solution(self) -> Solution:
        """The diagram with its labels, the derivation with respect to each variable, and the numbers."""
        shown = draw(self.value, fold=(), title=f"Solution: {self.text}")
        text = "\n".join(derivation(self.value, leaf).text for leaf in self.leaves)
        return Solution(shown, text, dict(zip(self.point, slopes(self.leaves, self.value), strict=True)))

    def check(self, **answers: float | str | None) -> dict[str, str]:
        """For each variable whether the answer for it is "right", "wrong" (and often why), or "not yet" there.

        An answer is a number of at least three digits, or an expression such as `"2x·cos(y)"`, which has to be right at
        other points, too. Raises `ValueError` for a name that is no variable, `ExpressionError` for a text that is no
        expression.

        >>> task = exercise(1, level=1)
        >>> task.check()
        {'x': 'not yet'}
        """
        if unknown := answers.keys() - self.point.keys():
            names = ", ".join(self.point)
            raise ValueError(f"the variables are {names}, got an answer for {', '.join(sorted(unknown))}")
        return {name: self.verdict(name, answers.get(name)) for name in self.point}

    def verdict(self, name: str, answer: float | str | None) -> str:
        """What to say of one answer."""
        if answer is None or answer == "":
            return "not yet"
        tries = [self.compared(name, answer, point) for point in self.points(isinstance(answer, str))]
        if all(near(found, known) for found, known, _ in tries):
            return "right"
        found, known, leaf = tries[0]
        if near(found, known):
            return "wrong: the number is right here, but not at other points"
        if near(found, -known):
            return "wrong: look at the signs"
        ways = paths(self.value, leaf)
        if ways.count > 1 and any(near(found, way.product) for way in ways):
            return f"wrong: that is what one path contributes; there are {ways.count}, to be added up"
        return "wrong"

    def compared(self, name: str, answer: float | str, point: dict[str, float]) -> tuple[float, float, Value]:
        """The answer as a number, the derivative at that point, and the variable."""
        leaves, value = self.at(point)
        place = list(self.point).index(name)
        known = slopes(leaves, value)[place]
        if not isinstance(answer, str):
            return float(answer), known, self.leaves[place]
        factors = rf"(?<![A-Za-z])[{''.join(point)}]+(?![A-Za-z])\(?"  # xy is x times y, and x(…) a product
        written = Expression(re.sub(factors, lambda run: "·".join(run[0]), answer))
        if unknown := [x for x in written.names if x not in point and x not in CONSTANTS]:
            raise ExpressionError(f"{answer!r} may use {', '.join(point)}, got {', '.join(unknown)}")
        return float(written(**{x: point[x] for x in written.names if x in point})), known, self.leaves[place]

    def points(self, more: bool) -> Iterator[dict[str, float]]:
        """The point, and `more` near it."""
        for shift in (0.0, 0.01, -0.02)[: 3 if more else 1]:
            yield {name: x * (1 + shift * i) for i, (name, x) in enumerate(self.point.items(), start=1)}

    def __repr__(self) -> str:
        return self.question

    def _repr_markdown_(self) -> str:
        names = list(self.point)
        where = ", ".join(f"{name} = {x:g}" for name, x in self.point.items())
        asked = ", ".join(rf"\frac{{\partial f}}{{\partial {name}}}" for name in names)
        return f"$$f({', '.join(names)}) = {formula(self.value).tex}$$\n\nAt ${where}$: what is ${asked}$?"


def exercise(seed: int, level: int = 1) -> Exercise:
    """A fresh exercise in the chain rule, the same one for the same `seed`.

    - `level`: 1 is a function in a function; 2 has two variables; at 3 one variable reaches the top on two paths; at 4
      there are three variables, and one takes three paths or more.

    The exercise shows its `diagram` without labels, keeps its derivatives to itself, says by `check` which answers are
    right, and has a full `solution`. Raises `ValueError` for another level.

    >>> task = exercise(44, level=3)
    >>> task
    f(x, y) = cos(x)·yx²
    At x = 3, y = 1: what is ∂f/∂x, ∂f/∂y?
    >>> task.check(x="2xy·cos(x) - x²y·sin(x)", y=-8.91)
    {'x': 'right', 'y': 'right'}
    """
    if level not in LEVELS:
        raise ValueError(f"the levels are {', '.join(map(str, LEVELS))}, got {level!r}")
    hard = LEVELS[level]
    rng = random.Random(f"{level}/{seed}")
    names = "xyz"[: hard.variables]
    while True:
        steps = list(random_steps(rng, hard))
        if in_vain(steps, hard):
            continue
        at = [float(rng.choice((1, 2, 3, 4))) for _ in names]
        with suppress(DomainError, ZeroDivisionError, OverflowError):  # at the point, or near it
            made = Exercise(level, names, steps, at)
            if fair(made, hard):
                return made


def random_steps(rng: random.Random, hard: Level) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Operations, each with the numbers of its operands among the variables and earlier results."""
    for i in range(hard.operations):
        known = hard.variables + i
        names = OF_ONE if rng.random() < 0.4 else OF_TWO
        name = rng.choice(list(names))
        yield name, tuple(rng.randrange(known) for _ in range(1 if names is OF_ONE else 2))


def in_vain(steps: Sequence[tuple[str, tuple[int, ...]]], hard: Level) -> bool:
    """Whether a variable or a result is not used, or by one operation twice."""
    used = {i for _, operands in steps for i in operands}
    twice = any(len(set(operands)) < len(operands) for _, operands in steps)
    return twice or len(used) < hard.variables + hard.operations - 1


def fair(made: Exercise, hard: Level) -> bool:
    """Whether every number can be written down, there are as many paths as there should be, and no step is idle."""
    if len(made.text) > LONGEST_TEXT:
        return False
    ways = [paths(made.value, leaf).count for leaf in made.leaves]
    numbers = [made.value.data, *slopes(made.leaves, made.value)]
    written = all(LOW <= abs(x) <= HIGH for x in numbers)
    return written and hard.paths <= max(ways) <= hard.most and not repeats(made)


def repeats(made: Exercise) -> bool:
    """Whether a step gives what is there already, as ln(e^x), x + y - y or a second sin(x) do."""
    values = zip(*[[x.data for x in nodes(made.at(point)[1])] for point in made.points(more=True)], strict=True)
    found = [tuple(f"{x:.9g}" for x in row) for row in values]
    return len(set(found)) < len(found)


def slopes(leaves: Sequence[Value], value: Value) -> list[float]:
    """The derivatives with respect to the variables, which keep no gradient of it."""
    return [slope.data for slope in gradients(value, leaves)]


def near(found: float, known: float) -> bool:
    """Whether an answer is right, as far as it was written down."""
    return math.isclose(found, known, rel_tol=RELATIVE, abs_tol=ABSOLUTE)
