"""Compiled loops: the body is recorded once, and values and derivatives are those of the eager loop."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd
from autograd import Value, choose, compile, fori_loop, grad, scan, sin, where, while_loop
from autograd.compiler.engines import ENGINES

RETURNS = [0.3, -0.2, 0.5, 0.1, 0.7, -0.4]
W = Value(0.5, "w")


def garch(p: Any) -> Any:
    def step(carry: Any, r: Any) -> Any:
        h, total = carry
        return (p[0] + p[1] * r * r + p[2] * h, total + autograd.log(h) + r * r / h), None

    return 0.5 * scan(step, (p[0] / (1 - p[1] - p[2]), 0.0), RETURNS)[0][1]


def stacked_results(p: Any) -> Any:
    carry, ys = scan(lambda c, x: (c * p[1] + x, {"a": c * x, "b": [c, p[2]]}), p[0], RETURNS)
    return carry + sum(ys["a"]) * ys["b"][2][0] + ys["b"][-1][1] * ys["a"][-1]


def results_through_another_scan(p: Any) -> Any:
    _, ys = scan(lambda c, x: (sin(c * p[1]) + x, c * c), p[0], RETURNS)
    return scan(lambda c, y: (c * p[2] + y, None), 0.0, ys)[0]


def nested(p: Any) -> Any:
    def outer(c: Any, x: Any) -> Any:
        inner, ys = scan(lambda d, y: (d * y * p[1] + c, d), x, RETURNS[:3])
        return c * 0.5 + inner * p[2], ys[1]

    carry, ys = scan(outer, p[0], RETURNS)
    return carry + ys[2] * ys[3]


def slopes_inside(p: Any) -> Any:
    return fori_loop(0, 4, lambda i, x: x - 0.1 * grad(lambda z: sin(z * p[1]) * z + i * p[2])(x), p[0])


def slopes_of_loops_inside(p: Any) -> Any:
    def loss(z: Any) -> Any:
        return scan(lambda c, x: (sin(c * z) + x * p[1], None), z, RETURNS[:3])[0]

    return fori_loop(0, 3, lambda _, z: z - 0.1 * grad(loss)(z), p[0]) * grad(loss)(p[2])


def second_slopes_inside(p: Any) -> Any:
    return grad(grad(lambda z: fori_loop(0, 3, lambda i, c: sin(c * z) + i * p[1], z)))(p[0]) * p[2]


def over_arguments(p: Any) -> Any:
    carry, _ = scan(lambda c, x: (c * x + sin(x), None), 1.0, p)
    return carry + scan(lambda c, x: (c + x[0] * x[1], None), 0.0, (p, [y * y for y in p]))[0]


def branches_by_where(p: Any) -> Any:
    def step(c: Any, x: Any) -> Any:
        c, n = c
        return (
            where(c > x, lambda: c - autograd.sqrt(where(c > x, c - x, 1.0)), c * p[1] + 1),
            n + where(c > 0, p[2], 0),
        ), None

    (c, n), _ = scan(step, (p[0], 0), RETURNS)
    return c + n


def flags(p: Any) -> Any:
    def step(c: Any, x: Any) -> Any:
        c, high = c
        return (where(high, c * 0.5, c + x[0]), (c > p[2]) & x[1]), None

    return scan(step, (p[0], False), (RETURNS, [True, False, True, True, True, False]))[0][0] * p[1]


def unchanged(p: Any) -> Any:
    carry, ys = scan(
        lambda c, x: ({"k": c["k"], "x": c["x"] * c["k"] + x, "name": c["name"]}, 1.0),
        {"k": p[1], "x": p[0], "name": "a"},
        RETURNS,
    )
    return carry["x"] * p[2] + ys[0] * carry["k"]


def newton(p: Any) -> Any:
    x, n = while_loop(
        lambda c: abs(c[0] * c[0] - p[1]) > 1e-9, lambda c: ((c[0] + p[1] / c[0]) / 2, c[1] + 1), (p[2], 0)
    )
    return x * p[0] + n


def outside(p: Any) -> Any:
    return scan(lambda c, x: (c * W + x * p[1] + sin(W * p[0]), None), p[2] * W, RETURNS)[0]


def no_steps(p: Any) -> Any:
    carry, ys = scan(lambda c, x: (c * x, c), p[0] * p[1], [])
    return carry + p[2] + len(ys)


def one_step(p: Any) -> Any:
    carry, ys = scan(lambda c, x: (c * x * p[2], c), p[0] * p[1], [3.0])
    return carry + ys[0]


def exchanged(p: Any) -> Any:
    a, b, c = fori_loop(0, 5, lambda i, s: (s[1], s[2], s[0] * s[1] + i), (p[0], p[1], p[2]))
    return a + 2 * b + 3 * c


def chosen(p: Any) -> Any:
    return fori_loop(0, 3, lambda i, c: c * choose([p[1], p[2], 2.0], i) + i, p[0])


def constant_steps(p: Any) -> Any:
    carry, ys = scan(lambda c, x: (p[1], p[2] * 2), p[0], RETURNS)
    return carry * ys[-1] + p[0]


def arrays(p: Any) -> Any:
    def step(c: Any, x: Any) -> Any:
        c = c * 0.5 + x * p[0]
        return c, c @ c

    carry, ys = scan(step, np.array([p[1], p[2]]), np.arange(6.0).reshape(3, 2))
    return carry[0] * ys[1] + np.sum(ys)


def mean_of_many(p: Any) -> Any:
    return autograd.logsumexp(scan(lambda c, x: (c + x * p[0], c * p[1] - p[2]), 0.0, RETURNS)[1])


FUNCTIONS = [
    garch, stacked_results, results_through_another_scan, nested, slopes_inside, slopes_of_loops_inside,
    second_slopes_inside, over_arguments, branches_by_where, flags, unchanged, newton, outside, no_steps, one_step,
    exchanged, chosen, constant_steps, arrays, mean_of_many,
]  # fmt: skip
AT = [0.3, 0.4, 0.2]


def of_floats(x: Any) -> Any:
    return getattr(x, "data", x)


def same(ours: Any, theirs: Any) -> None:
    np.testing.assert_allclose(np.array(ours, float), np.array(theirs, float), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("f", FUNCTIONS, ids=lambda f: f.__name__)
def test_compiled_loops_are_the_eager_ones(f: Callable[[Any], Any], engine: str) -> None:
    ours = compile(f, engine=engine)
    same(ours(AT), of_floats(f(AT)))
    value, slopes = ours.value_and_grad(AT)
    y, expected = autograd.value_and_grad(f)(AT)
    same(value, of_floats(y))
    same(slopes, [of_floats(x) for x in expected])
    direction = [1.0, -2.0, 0.5]
    same(ours.jvp((AT,), (direction,))[1], of_floats(autograd.jvp(f, (AT,), (direction,))[1]))
    W.label = None
    second = autograd.hessian(f)(AT)
    same(ours.hessian(AT), [[of_floats(x) for x in row] for row in second])
