"""This package: descents by `while_loop`, compiled with what they compute of gradients of descents."""

import sys
from collections.abc import Callable
from typing import Any

import nested

from autograd import compile, grad, where, while_loop


def argmin(f: Callable[[Any], Any], start: Any) -> Any:
    def slopes(x: Any) -> list[Any]:
        return [*grad(f)(x)]

    def squared(x: Any) -> Any:
        return sum([a * a for a in x])

    def step(carry: Any) -> Any:
        x, y, g, eta, i, _ = carry
        flat, grows = squared(g) <= 1e-10, i == 10
        new = [a - eta * b for a, b in zip(x, g, strict=True)]
        rests = squared([a - b for a, b in zip(x, new, strict=True)]) <= 1e-10
        y_new, g_new = f(new), slopes(new)
        better, waits = y_new < y, flat | grows | rests
        x, g = [
            [where(waits, a, where(better, b, a)) for a, b in zip(*pair, strict=True)]
            for pair in ((x, new), (g, g_new))
        ]
        eta = where(grows, eta * 2, where(flat | rests | better, eta, eta / 2))
        goes_on = where(flat, 0.0, where(grows, 1.0, where(rests, 0.0, 1.0))) > 0.5
        y = where(waits, y, where(better, y_new, y))
        return x, y, g, eta, where(grows, 0, where(better, i + 1, 0)), goes_on

    return while_loop(lambda carry: carry[5], step, (start, f(start), slopes(start), 1e-5, 0, True))[0]


saddle = compile(lambda start: nested.saddle(argmin, start), engine=sys.argv[1])
compile(lambda x: x * x, engine=sys.argv[1])(2.0)  # what an engine loads once
nested.measured(lambda: saddle(nested.START))
