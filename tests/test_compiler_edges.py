"""Random graphs at the edges: zeros of both signs, infinities, NaN, the largest and the smallest numbers."""

from __future__ import annotations

import itertools
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd
from autograd import Value, ops
from autograd.compiler.engines import ENGINES
from autograd.tree import flatten

EDGES = [0.0, -0.0, 1.0, -1.0, 2.0, -0.5, 3.0, math.inf, -math.inf, math.nan, 5e-324, -1e-310, 1e300, -1e300]
OPS = {
    "add": 2, "sub": 2, "mul": 2, "div": 2, "neg": 1, "abs": 1, "relu": 1, "exp": 1, "tanh": 1, "sigmoid": 1, "log": 1,
    "softplus": 1, "atan2": 2, "maximum": 2, "minimum": 2, "atan": 1, "sinh": 1, "hypot": 2, "where": 3,
}  # fmt: skip
ARITHMETIC = ["add", "sub", "mul", "neg"] * 4
Steps = list[tuple[str, list[int | float]]]


@st.composite
def programs(draw: st.DrawFn) -> tuple[int, Steps]:
    """How many arguments a function has, and its operations of these, of constants and of one another."""
    n = draw(st.integers(1, 2))
    steps: Steps = []
    for i in range(draw(st.integers(1, 6))):
        name = draw(st.sampled_from([*OPS, *ARITHMETIC]))
        operand = st.integers(0, n + i - 1) | st.integers(0, n + i - 1) | st.sampled_from(EDGES)
        steps.append((name, draw(st.lists(operand, min_size=OPS[name], max_size=OPS[name]))))
    return n, steps


def function(steps: Steps) -> Any:
    """The last of some steps as a function of the arguments; each is one operation of the table."""

    def f(*xs: Any) -> Any:
        nodes = [*xs]
        for name, operands in steps:
            args = [nodes[x] if isinstance(x, int) else x for x in operands]
            nodes.append(_apply(name, args))
        return nodes[-1]

    return f


def _apply(name: str, args: list[Any]) -> Any:
    if name == "where":
        return autograd.where(args[0] > 0, args[1], args[2])
    return ops.TABLE[name](*args)


def near(x: float, y: float) -> bool:
    """Whether two numbers are alike but for rounding: infinities, NaN and zeros exactly."""
    if repr(x) == repr(y):
        return True
    scale = max(abs(x), abs(y))
    return 0 < scale < math.inf and (abs(x - y) <= 1e-12 * scale or scale < 1e-300)


@pytest.mark.parametrize("engine", ENGINES)
@given(programs())
def test_values_at_the_edges_are_the_eager_ones_with_their_zeros(engine: str, program: tuple[int, Steps]) -> None:
    n, steps = program
    f = function(steps)
    compiled = autograd.compile(f, engine=engine)
    with autograd.ieee():
        for xs in itertools.product(EDGES, repeat=n):
            expected = f(*map(Value, xs))
            y, got = expected.data if isinstance(expected, Value) else expected, compiled(*xs)
            assert near(y, got), (xs, y, got)


@given(programs())
def test_slopes_at_the_edges_are_the_eager_ones_where_these_are_numbers(program: tuple[int, Steps]) -> None:
    n, steps = program
    f, every = function([*steps, ("mul", [0, n + len(steps) - 1])]), range(n)
    ours, eager = autograd.compile(f, every).value_and_grad, autograd.value_and_grad(f, every)
    with autograd.ieee():
        for xs in itertools.product(EDGES[:9], repeat=n):
            expected, got = flatten(eager(*xs))[0], flatten(ours(*xs))[0]
            for x, y in zip(expected, got, strict=True):
                assert math.isnan(x) or x == y or near(x, y) or abs(x) < 1e-300, (xs, expected, got)
