"""Random functions with branches, loops over data, nesting and closures: engines agree with the eager one."""

from __future__ import annotations

import random
import warnings
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd
from autograd import Value
from autograd.compiler.engines import ENGINES

NAMES: dict[str, Any] = {"autograd": autograd, "sin": autograd.sin, "where": autograd.where, "Value": Value}


def text_of(draw: random.Random) -> str:
    """A function `f(x, d)` of a number and a dict, which also reads `k`, `ws` and `w` from outside."""
    lines = ["def f(x, d):", "    y = x * d['a']"]
    for _ in range(draw.randint(1, 5)):
        lines += ["    " + line for line in draw.choice(STATEMENTS)]
    return "\n".join([*lines, "    return y"])


STATEMENTS = [
    ["y = sin(y) + k * x"],
    ["y = y * w + d['v'][0]"],
    ["if y > d['a']:", "    y = y - x * k", "else:", "    y = y * 0.5 + 1.0"],
    ["for v in d['v']:", "    y = y * 0.5 + v * x"],
    ["for i, v in enumerate(ws):", "    if x * v > i:", "        y = y + v"],
    ["y = where(y > x, y - x, x * x)"],
    ["y = autograd.grad(lambda z: sin(z) * z * k + w * z)(y)"],
    ["y = y + autograd.compile(lambda z: z * z * w + x)(k)"],
    ["y = y + autograd.compile(lambda z: sin(z) * x).grad(d['a'])"],
    ["y = max(y, x) - min(d['v'][-1], y)"],
    ["y = sum([y, *ws[: d['n']]])"],
    ["y = y * (x > 0) + int(y > 1)"],
]


@pytest.mark.parametrize("engine", ENGINES)
@given(seed=st.integers(0, 2**32))
def test_random_functions_are_those_of_the_eager_engine(engine: str, seed: int) -> None:
    draw = random.Random(seed)
    text = text_of(draw)
    names = NAMES | {"k": 2.0, "ws": [1.0, -2.0], "w": Value(0.5)}
    exec(text, names)  # noqa: S102  # it is written above
    f = names["f"]
    ours = autograd.compile(f, engine=engine)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # of many ways
        for _ in range(5):
            x = draw.choice([-1.5, -0.3, 0.7, 2.0, 3.1])
            d = {"a": draw.uniform(-2, 2), "v": [draw.uniform(-1, 1) for _ in range(draw.randint(1, 3))]}
            d["n"] = draw.randint(0, 2)
            y, slope = autograd.value_and_grad(f)(x, d)
            expected = pytest.approx([getattr(y, "data", y), getattr(slope, "data", slope)], rel=1e-9, abs=1e-9)
            assert [*ours.value_and_grad(x, d)] == expected, (text, x, d)
            change = draw.randint(0, 4)
            if change == 0:
                names["k"] = draw.uniform(-2, 2)
            elif change == 1:
                names["ws"].append(draw.uniform(-2, 2))
            elif change == 2:
                names["w"].data = draw.uniform(-2, 2)
            elif change == 3:
                names["ws"][0] = draw.uniform(-2, 2)
