"""Random functions of one number with their true slopes, and wrong ones, to try a check of derivatives on.

The truth is the difference quotient, in mpmath with hundreds of digits, of definitions that do not know the package.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, partial
from random import Random
from types import CodeType
from typing import Any

from mpmath import mp

from autograd import ops
from autograd.arithmetic import ieee
from autograd.derivatives import grad
from autograd.op import as_float
from autograd.value import Value
from tests import naive

DIGITS = 700
F = Callable[..., Any]


@cache
def _compiled(code: str) -> CodeType:
    return compile(code, "", "eval")


@dataclass
class Case:
    """A function as Python code, read with any namespace of functions, and a point."""

    code: str
    x: float
    kind: str

    def read(self, x: Any, functions: dict[str, F]) -> Any:
        return eval(_compiled(self.code), {"x": x, "__builtins__": {}} | functions)  # noqa: S307  # code of our own

    def values(self, x: float) -> list[float]:
        """What the check may see."""
        with ieee():
            return [as_float(self.read(Value(x), OURS))]

    def slope(self) -> float:
        """The true slope."""
        with mp.workdps(DIGITS):
            x = mp.mpf(self.x)
            step = (abs(x) or 1) * mp.mpf(10) ** -(DIGITS // 3)
            above, below = (self.read(y, TRUE) for y in (x + step, x - step))
            return float((above - below) / (2 * step))


OURS: dict[str, F] = {**ops.TABLE, "where": ops.where}
TRUE: dict[str, F] = naive.DEFINITIONS | {"where": lambda condition, a, b: a if condition else b}

SMOOTH = ["exp", "sin", "cos", "tan", "sinh", "cosh", "tanh", "atan", "asinh", "erf", "sigmoid", "softplus", "cbrt"]
SMOOTH += [
    "log",
    "sqrt",
    "log1p",
    "expm1",
    "one_minus_square",
    "sech",
    "exp2",
    "erfc",
    "asin",
    "atanh",
    "gamma",
    "lgamma",
]
KINKED = ["relu", "abs", "sign"]


def expression(random: Random, depth: int, names: list[str]) -> str:
    if depth == 0:
        return "x" if random.random() < 0.7 else f"{random.uniform(-3, 3):.3g}"
    if random.random() < 0.45:
        return f"{random.choice(names)}({expression(random, depth - 1, names)})"
    left, right = expression(random, depth - 1, names), expression(random, random.randrange(depth), names)
    if names is not SMOOTH and random.random() < 0.3:
        return f"{random.choice(['maximum', 'minimum'])}({left}, {right})"
    if names is not SMOOTH and random.random() < 0.2:
        return f"where(x < {random.uniform(-3, 3):.1g}, {left}, {right})"
    return f"({left} {random.choice('+-**/')} {right})"


def extreme(random: Random) -> tuple[str, float]:
    """Functions and points of which difference quotients know little."""
    c = 10 ** random.uniform(1, 9)
    tiny, huge = 10 ** random.uniform(-322, -8), 10 ** random.uniform(8, 308)
    x, sign = random.uniform(-4, 4), random.choice((-1, 1))
    smooth = random.choice(["sin", "cos", "tanh", "atan", "sigmoid", "exp", "erf"])
    return random.choice(
        [
            (f"sin({c}*x)", x),
            (f"cos({c}*x)*x", x),
            (f"x + sin({c}*x)", x),
            (f"tanh({c}*(x - {x}))", x + random.uniform(-3, 3) / c),
            (f"sigmoid({c}*x)", random.uniform(-5, 5) / c),
            (f"exp({min(c, 200)}*x)", x),
            ("exp(x)", random.choice([709.7, 700.0, -700.0, -740.0])),
            (f"1/(x - {x})", x + sign * abs(x) * 10 ** random.uniform(-9, -1)),
            ("1/x", random.choice([sign * tiny**0.4, sign * huge**0.4])),
            ("log(x)", random.choice([tiny, huge])),
            ("sqrt(x)", random.choice([tiny, huge])),
            ("cbrt(x)", sign * random.choice([tiny, huge])),
            ("x", sign * random.choice([tiny, huge, 1.7e308, 1e-316, 5e-324])),
            (f"x*{random.uniform(0.1, 1)}", sign * random.choice([tiny, huge, 1.7e308, 1e-316])),
            ("x*x", sign * random.choice([tiny**0.4, huge**0.4])),
            (f"{smooth}(x)", sign * tiny),
            (f"{smooth}(x) + {x}", sign * tiny**0.1),
            (f"x*{smooth}(x)", sign * tiny**0.1),
            (f"x + {sign * huge**0.1}", x),
            ("(1 + x) - 1", sign * 10 ** random.uniform(-18, -1)),
            ("(1 - cos(x))/(x*x)", sign * 10 ** random.uniform(-9, 0)),
            ("(exp(x) - 1)/x", sign * 10 ** random.uniform(-12, 0)),
            ("(1 + x - 1)/x", sign * 10 ** random.uniform(-12, 0)),
            ("(x - sin(x))/(x*x*x)", sign * 10 ** random.uniform(-9, 0)),
            ("log(1 + x)", 10 ** random.uniform(-18, 0)),
            ("sqrt(x*x + 1) - 1", sign * 10 ** random.uniform(-9, 0)),
            (f"sin(exp({abs(x)}*x))", 4 * random.random()),
            (f"x**{random.randint(2, 9)}", x),
            (f"(x - {x})**{random.randint(2, 4)}", x + sign * 10 ** random.uniform(-9, 0)),
            (f"1e{random.randint(-300, 290)}*sin(x)", x),
            ("sin(x)*cos(1/x)", random.uniform(0.001, 1)),
            ("asin(x)", sign * (1 - 10 ** random.uniform(-15, -1))),
        ]
    )


def cases(random: Random, kinds: tuple[str, ...] = ("ordinary", "kinked", "extreme")) -> Iterator[Case]:
    """Without end, those whose value and true slope are finite numbers; never on a kink."""
    while True:
        kind = random.choice(kinds)
        if kind == "extreme":
            code, x = extreme(random)
        else:
            code = expression(random, random.randint(1, 4), SMOOTH if kind == "ordinary" else SMOOTH + KINKED * 3)
            x = random.uniform(-3, 3)
            if not re.search(r"\bx\b", code):
                continue
        case = Case(code, x, kind)
        try:
            with mp.workdps(DIGITS):
                if not isinstance(case.read(mp.mpf(x), TRUE), mp.mpf):
                    continue
            if math.isfinite(case.values(x)[0]) and math.isfinite(case.slope()):
                yield case
        except (ArithmeticError, ValueError, TypeError):
            continue


def wrong_slope(random: Random, case: Case) -> float:
    """A slope that is off by 5e-4 of itself or more: by a factor, a term, or because a path of the graph was cut."""
    slope = case.slope()
    while True:
        places = [found.start() for found in re.finditer(r"\bx\b", case.code)]
        place = random.choice(places)
        cut = Case(f"{case.code[:place]}(x.data){case.code[place + 1 :]}", case.x, case.kind)
        with ieee():
            without_path = grad(partial(cut.read, functions=OURS))(case.x)
        factor = random.choice([1 + 5e-4, 1 - 5e-4, 2.001 / 2, -1.0, 0.0, 2.0, 1e-3, 1 + 10 ** random.uniform(-3, 2)])
        wrong: float = random.choice([slope * factor, slope * factor, slope + 1.0, without_path])
        # Beside what the function is at all, the slope of cos(1e-100) is 0.
        lost = wrong == 0 and abs(slope) < 1e-9 * abs(case.values(case.x)[0]) / max(1.0, abs(case.x))
        if not abs(wrong - slope) <= 4e-4 * abs(slope) and not lost:
            return wrong
