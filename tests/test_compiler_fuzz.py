"""Random functions with branches, loops over data, nesting and closures: engines agree with the eager one."""

from __future__ import annotations

import random
import warnings
from fractions import Fraction
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
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
    ["for i in range(d['n']):", "    y = y * 0.5 + x * i"],
    ["y = h(x, y) if y > -x else h(y, x)"],
    ["y = y * o.k + o.inner['k'] * x"],
    ["y = y + (x if d['s'] == 'a' else 2 * x)"],
    ["t = (x, [y, d['a']])", "y = t[1][0] * 0.5 - t[0] * t[1][1]"],
    ["def g(z, u=y):", "    return u * 0.5 + z * k", "y = g(x)"],
    ["y = y + autograd.compile(autograd.grad(lambda z: z * z * x * k))(d['a'])"],
    ["y = y * (2.0 if isinstance(d['m'], int) else 3.0) + d['m'] * x"],
]
HELPERS: list[Any] = [lambda a, b: a * 0.5 - b, lambda a, b: a if a > b else b * 0.5, autograd.atan2, autograd.hypot]
NUMBERS: list[Any] = [float, float, np.float64, lambda x: int(2 * x), lambda x: Fraction(x).limit_denominator(8)]


def eager(f: Any, x: Any, d: dict[str, Any]) -> Any:
    """The eager value and slope, to be compared with."""
    y, slope = autograd.value_and_grad(f)(x, d)
    return pytest.approx([getattr(y, "data", y), getattr(slope, "data", slope)], rel=1e-9, abs=1e-9, nan_ok=True)


def neighbours(x: Any) -> list[float]:
    """Floats beside `x`: where both sides of a comparison are equal but for rounding, this decides at some of them."""
    return [float(x) * (1 + k * 2.0**-51) for k in range(-8, 9)]


@pytest.mark.parametrize("engine", ENGINES)
@given(seed=st.integers(0, 2**32))
@example(570589505)  # compares y > x of a y that is x but for rounding
def test_random_functions_are_those_of_the_eager_engine(engine: str, seed: int) -> None:
    draw = random.Random(seed)
    text = text_of(draw)
    names = NAMES | {"k": 2.0, "ws": [1.0, -2.0], "w": Value(0.5), "h": HELPERS[0]}
    names["o"] = SimpleNamespace(k=0.5, inner={"k": 1.5})
    exec(text, names)  # noqa: S102  # it is written above
    f = names["f"]
    ours = autograd.compile(f, engine=engine)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # of many ways
        for _ in range(5):
            x = draw.choice(NUMBERS)(draw.choice([-1.5, -0.3, 0.7, 2.0, 3.1]))
            d = {"a": draw.uniform(-2, 2), "v": [draw.uniform(-1, 1) for _ in range(draw.randint(1, 3))]}
            d |= {"n": draw.randint(0, 2), "s": draw.choice("ab"), "m": draw.choice([1, 2, 2.0, -0.5])}
            found = [*ours.value_and_grad(x, d)]
            assert found == eager(f, x, d) or any(found == eager(f, near, d) for near in neighbours(x)), (text, x, d)
            change = draw.randint(0, 8)
            if change == 0:
                names["k"] = draw.uniform(-2, 2)
            elif change == 1:
                names["ws"].append(draw.uniform(-2, 2))
            elif change == 2:
                names["w"].data = draw.uniform(-2, 2)
            elif change == 3:
                names["ws"][0] = draw.uniform(-2, 2)
            elif change == 4:
                names["h"] = draw.choice(HELPERS)
            elif change == 5:
                names["o"].inner["k"] = draw.uniform(-2, 2)
            elif change == 6:
                names["o"] = SimpleNamespace(k=draw.choice([0.5, 1, True, -0.5]), inner={"k": 1.5})
            elif change == 7:
                names["k"] = draw.choice([1, 2, -1.0, np.float64(0.5)])
