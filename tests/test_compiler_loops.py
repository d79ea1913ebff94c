"""Compiled loops: the body is recorded once, and values and derivatives are those of the eager loop."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd
from autograd import Value, choose, compile, floor, fori_loop, grad, scan, sin, where, while_loop
from autograd.compiler.engines import ENGINES
from autograd.compiler.record.subprogram import Procedure
from autograd.compiler.terms.loop import Loop, array_variable, final, looped, take
from autograd.compiler.terms.terms import Terms

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


def as_long_as_within(p: Any) -> Any:
    def step(c: Any) -> Any:
        inner, n = while_loop(lambda d: d[1] < c[1], lambda d: (sin(d[0] + p[0]) * p[1], d[1] + 1), (c[0], 0))
        return scan(lambda d, x: (d + x * sin(inner), None), inner * p[2] + n, RETURNS)[0], c[1] + 1

    x, n = while_loop(lambda c: c[1] < 10, step, (p[2], 0))
    return x * n


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


def made_outside(p: Any) -> Any:
    (a, b, _), ys = scan(lambda c, x: ((c[1] - sin(c[1]), c[1], c[2] + 1), c[1] - sin(c[1])), (p[1], p[0], 0), RETURNS)
    return a * b * ys[1] + p[2] * ys[2]


def loops_in_slopes(p: Any) -> Any:
    def inner(z: Any) -> Any:
        (a, b), ys = scan(lambda c, x: ((sin(c[0] * z) + x * p[1], c[1] * z), c[0] * c[1]), (z, 1.0), RETURNS[:3])
        return sin(a) * b + ys[1] * 2 + sum(ys)

    def chosen(z: Any) -> Any:
        return scan(lambda c, x: (where(c > z, c * 0.5, c + x), None), p[0], RETURNS)[0]

    return grad(inner)(p[0]) + grad(chosen)(p[1]) + 3 * autograd.jvp(inner, (p[2],), (p[1],))[1] * sin(inner(p[0]))


def slopes_by_what_is_gone_through(p: Any) -> Any:
    def inner(v: Any) -> Any:
        c, ys = scan(lambda c, x: (scan(lambda d, y: (d * y + c * x, None), x, v)[0], c * x), p[0], v)
        return c * 2 + ys[0] * ys[2]

    slopes = grad(inner)([p[0], p[1] * p[2], p[2]])
    _, moved = autograd.jvp(inner, (p,), ([p[1], 0.0, 1.0],))
    return slopes[0] * slopes[1] - slopes[2] + moved


def stopped_by_what_is_used_twice(p: Any) -> Any:
    def far(c: Any) -> Any:
        error = c * c - p[1]
        return error * error > 1e-20

    return while_loop(far, lambda c: (c + p[1] / c) / 2, p[2]) * p[0]


def rows_with_names(p: Any) -> Any:
    xs = [(1.0, "a"), (2.0, "a"), (p[2], "a")]
    return scan(lambda c, x: (c * grad(lambda z: z * z * p[1])(3.0) + x[0], None), p[0], xs)[0]


def arrays(p: Any) -> Any:
    def step(c: Any, x: Any) -> Any:
        c = c * 0.5 + x * p[0]
        return c, c @ c

    carry, ys = scan(step, np.array([p[1], p[2]]), np.arange(6.0).reshape(3, 2))
    return carry[0] * ys[1] + np.sum(ys)


def mean_of_many(p: Any) -> Any:
    return autograd.logsumexp(scan(lambda c, x: (c + x * p[0], c * p[1] - p[2]), 0.0, RETURNS)[1])


def backwards(p: Any) -> Any:
    last, before = scan(lambda c, x: (c * p[1] + x, c), p[0], [*RETURNS[:5], p[2]], reverse=True)
    return last + sum(k * x for k, x in enumerate(before))


FUNCTIONS = [
    backwards,
    garch, stacked_results, results_through_another_scan, nested, slopes_inside, slopes_of_loops_inside,
    second_slopes_inside, over_arguments, branches_by_where, flags, unchanged, newton, outside, no_steps, one_step,
    exchanged, chosen, constant_steps, made_outside, as_long_as_within, loops_in_slopes, slopes_by_what_is_gone_through,
    stopped_by_what_is_used_twice, rows_with_names, arrays, mean_of_many,
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


# -- random bodies --------------------------------------------------------------------------------------------------

STATEMENTS = [
    "a = sin(a * x) + p[0]",
    "a, b = b * p[1], a - b * x",
    "b = where(a > b, a * 0.5, b + x)",
    "a = a / (1.5 + b * b)",
    "b = autograd.exp(-a * a) * p[2] + W * x",
    "a = a + grad(lambda z: sin(z * b) * z)(x)",
    "a, _ = while_loop(lambda d: d[1] < 2.5, lambda d: (sin(d[0] * x) + p[0] * d[1], d[1] + 1), (a, x))",
    "b = b + fori_loop(0, 2, lambda j, d: d * a + j * x, p[0])",
    "a, _ = scan(lambda d, y: (d * 0.5 + y * b, None), a, [1.0, x, p[1]])",
    "b = autograd.logsumexp([a, b, x])",
    "a = a * 0.9 + autograd.log(1.1 + b * b) * i",
    "b = where(x > 0, lambda: autograd.sqrt(where(x > 0, x, 1.0)) * a, b)",
    "a = choose([a, b, p[2]], 1) - 0.1 * autograd.tanh(b)",
]


def random_function(draw: random.Random) -> str:
    """A function that goes through a scan, whose body is a random one."""
    body = ["    " * 2 + line for line in draw.choices(STATEMENTS, k=draw.randint(1, 4))]
    xs = draw.choice(
        ["[0.3, -0.7, 1.1]", "p", "[p[0], 0.5, p[2] * p[1]]", "scan(lambda c, x: (x, c * p[1]), p[0], p)[1]"]
    )
    result = draw.choice(
        ["a + 2 * b + sum(ys)", "a * b * ys[1]", "sum(ys) * p[0]", "scan(lambda c, y: (c * p[1] + y, 0), 0, ys)[0] + b"]
    )
    return "\n".join(
        [
            "def f(p):",
            "    def step(carry, x):",
            "        a, b, i = carry",
            *body,
            f"        return (a, b, i + 1), {draw.choice(['a', 'a * b', 'x * b', 'i * a'])}",
            f"    (a, b, _), ys = scan(step, ({draw.choice(['p[0], 1.0', 'p[1] * p[2], p[0]', '0.5, 0.2'])}, 0), {xs})",
            f"    return {result}",
        ]
    )


@pytest.mark.parametrize("engine", ["python", "llvm"])
@settings(max_examples=20)
@given(seed=st.integers(0, 2**32))
def test_random_bodies_are_those_of_the_eager_loop(engine: str, seed: int) -> None:
    draw = random.Random(seed)
    text = random_function(draw)
    names: dict[str, Any] = dict(globals())
    exec(text, names)  # noqa: S102  # it is written above
    f = names["f"]
    ours = compile(f, engine=engine)
    p = [draw.uniform(-1, 1) for _ in range(3)]
    direction = [draw.uniform(-1, 1) for _ in range(3)]
    try:
        value, slopes = autograd.value_and_grad(f)(p)
        second = autograd.hessian(f)(p)
        _, moved = autograd.jvp(f, (p,), (direction,))
    except OverflowError:
        return
    tolerance = {"rtol": 1e-8, "atol": 1e-8 * (1 + abs(of_floats(value)))}
    got, d = ours.value_and_grad(p)
    for one, other in (
        (got, value), (ours(p), value), (d, slopes), (ours.jvp((p,), (direction,))[1], moved), (ours.hessian(p), second)
    ):  # fmt: skip
        np.testing.assert_allclose(
            np.array(one, float),
            np.vectorize(of_floats, otypes=[float])(np.array(other, object)),
            **tolerance,
            err_msg=text,
        )


def test_columns_go_through_loops() -> None:
    columns = [np.linspace(0.1, 0.5, 7), np.linspace(0.3, 0.4, 7), np.linspace(0.2, 0.4, 7)]
    again = lambda p: fori_loop(0, 2, lambda i, c: c + newton([p[0], p[1], c]), p[2])  # noqa: E731  # one of many
    for f in (garch, nested, over_arguments, branches_by_where, exchanged, outside, newton, again):
        for engine in ("numpy", "llvm"):
            value, slopes = compile(f, engine=engine).value_and_grad(columns)
            for i in range(7):
                y, expected = autograd.value_and_grad(f)([x[i] for x in columns])
                same([value[i], *(x[i] for x in slopes)], [of_floats(y), *map(of_floats, expected)])


def test_each_row_leaves_a_while_loop_when_it_is_through() -> None:
    def collatz(x: Any, p: Any) -> Any:  # steps to 1, and a product along the way
        def step(c: Any) -> Any:
            half = c[0] / 2
            even = floor(half) == half
            return where(even, half, 3 * c[0] + 1), c[1] + 1, c[2] * where(even, p, 1.0)

        return while_loop(lambda c: c[0] > 1, step, (x, 0, 1.0))[1:]

    xs = np.arange(1.0, 31.0)
    for engine in ("numpy", "llvm"):
        steps, product = compile(collatz, engine=engine)(xs, 1.5)
        expected = [collatz(x, 1.5) for x in xs]
        assert [*steps] == [n for n, _ in expected]
        assert product.tolist() == pytest.approx([y for _, y in expected], rel=1e-13)
        slopes = compile(lambda x, p: collatz(x, p)[1], argnums=1, engine=engine).grad(xs, 1.5)
        halves = np.log([y for _, y in expected]) / np.log(1.5)
        assert slopes.tolist() == pytest.approx((halves * 1.5 ** (halves - 1)).tolist(), rel=1e-12)
    said = "engine='numpy' or 'llvm', and each row of its columns leaves"
    with pytest.warns(RuntimeWarning, match="one by one"), pytest.raises(TypeError, match=said):
        compile(lambda x: while_loop(lambda c: c < 10.0, lambda c: 2.0 * c, x), engine="python")(xs)


def test_a_while_loop_that_a_row_at_rest_might_not_end_is_refused() -> None:
    def f(x: Any) -> Any:
        return while_loop(lambda c: c > 1, lambda c: while_loop(lambda d: d > c / 2, lambda d: d * 0.7, c), x)

    assert compile(f)(5.0) == f(5.0)
    with pytest.raises(autograd.CompileError, match="rows that have left the outer one; call it row by row"):
        compile(f, engine="numpy")(np.array([1.0, 5.0]))


def test_what_no_path_leads_to_at_the_last_step_adds_nothing() -> None:
    def f(p: Any) -> Any:  # at 1 the root of 0 comes last, and nobody asks for it
        return scan(lambda c, x: ((autograd.sqrt(c[0] - x), c[1] + c[0] * p[1]), None), (p[0], 0.0), [0.75, 0.5])[0][1]

    columns = [np.array([1.0, 1.5]), np.array([2.0, 3.0])]
    for engine in ENGINES:
        same(compile(f, engine=engine).grad([1.0, 2.0]), [4.0, 1.5])
    for engine in ("numpy", "llvm"):
        same([x[0] for x in compile(f, engine=engine).grad(columns)], [4.0, 1.5])


# -- a descent within a descent --------------------------------------------------------------------------------------


def argmin(f: Callable[[Any], Any], start: list[float]) -> list[Any]:
    """Where a descent ends whose steps grow and shrink, as GradBench's `saddle` has it."""

    def slopes(x: Any) -> list[Any]:
        return [*grad(f)(x)]

    def squared(x: Any) -> Any:
        return sum([a * a for a in x])

    def step(c: Any) -> Any:
        x, y, g, eta, i, _ = c
        flat, grows = squared(g) <= 1e-10, i == 10
        new = [a - eta * b for a, b in zip(x, g, strict=True)]
        rests = squared([a - b for a, b in zip(x, new, strict=True)]) <= 1e-10
        y_new, g_new = f(new), slopes(new)
        better, waits = y_new < y, flat | grows | rests
        chosen = [
            [where(waits, a, where(better, b, a)) for a, b in zip(*pair, strict=True)]
            for pair in ((x, new), (g, g_new))
        ]
        eta = where(grows, eta * 2, where(flat | rests | better, eta, eta / 2))
        goes_on = where(flat, 0.0, where(grows, 1.0, where(rests, 0.0, 1.0))) > 0.5
        return (
            chosen[0],
            where(waits, y, where(better, y_new, y)),
            chosen[1],
            eta,
            where(grows, 0, where(better, i + 1, 0)),
            goes_on,
        )

    return while_loop(lambda c: c[5], step, (start, f(start), slopes(start), 1e-5, 0, True))[0]  # type: ignore[no-any-return]  # a list


def saddle(start: list[float]) -> list[Any]:
    def height(a: Any, b: Any) -> Any:
        return a[0] * a[0] + a[1] * a[1] - b[0] * b[0] - b[1] * b[1]

    outer = argmin(lambda a: height(a, argmin(lambda b: -height(a, b), start)), start)
    return [*outer, *argmin(lambda b: -height(outer, b), start)]


def test_a_descent_by_slopes_of_a_function_that_descends_by_slopes() -> None:
    assert compile(saddle)([1.0, 1.0]) == pytest.approx([8.246324826140356e-06] * 4, rel=1e-9)  # GradBench's result


# -- how they are written, and what they refuse ---------------------------------------------------------------------


def test_a_loop_reads_like_one_that_a_person_writes() -> None:
    ours = compile(garch)
    ours(AT)
    assert (
        """
        for i in range(6):
            r = _xs[i]
            h, total = p_0 + p_1*r*r + p_2*h, total + log(h) + r*r / h
        return 0.5*total
"""
        in ours.source
    )
    root = compile(lambda a: while_loop(lambda x: abs(x * x - a) > 1e-12, lambda x: (x + a / x) / 2, a))
    root(2.0)
    assert "while abs(" in root.source


def test_a_first_call_does_not_grow_with_the_steps() -> None:
    lengths = []
    for n in (300, 3000):
        xs = np.linspace(-1.0, 1.0, n)
        ours = compile(lambda p: scan(lambda c, x: (c * p + sin(x), None), p, xs)[0])  # noqa: B023  # called at once
        ours.grad(0.5)
        lengths.append(len(ours.source))
    assert lengths[1] - lengths[0] < 20


def test_machine_code_takes_and_gives_arrays_as_a_whole() -> None:
    def f(p: Any, xs: Any) -> Any:
        c, ys = scan(lambda c, x: (c * p + sin(x), c * x), p, xs)
        return c * ys[0]

    def g(p: Any, xs: Any) -> Any:
        return scan(lambda c, x: (c * p + x, c), p, xs)[1]

    lengths = []
    for n in (100, 1000):
        xs = np.linspace(-1.0, 1.0, n)
        slopes, steps = compile(f, argnums=(0, 1), engine="llvm"), compile(g, engine="llvm")
        for ours, theirs in zip(slopes.grad(0.5, xs), grad(f, argnums=(0, 1))(0.5, xs), strict=True):
            same(ours, theirs)
        same(steps(0.5, xs), g(0.5, xs))
        lengths.append([len(slopes.source.splitlines()), len(steps.source.splitlines())])
    assert lengths[0] == pytest.approx(lengths[1], abs=4)  # lines: a long one has memory of its own


def test_where_a_body_branches_its_steps_are_compiled_one_by_one() -> None:
    def f(p: Any) -> Any:
        def step(c: Any, x: Any) -> Any:
            if c > x:
                c = c * 0.5
            return c * p[0] + x, None

        return scan(step, p[1], RETURNS)[0]

    ours = compile(f)
    with pytest.warns(
        RuntimeWarning, match=r"compiled one by one .*test_compiler_loops.py, line \d+ branches; say where"
    ):
        assert ours(AT) == f(AT)
    assert "for i" not in ours.source


def test_what_is_no_number_may_not_change() -> None:
    def f(p: Any) -> Any:
        return scan(lambda c, x: ((c[0] * p[0] + x, c[1] + "a"), None), (p[1], ""), RETURNS)[0][0]

    with pytest.warns(RuntimeWarning, match="what is no number"):
        assert compile(f)(AT) == f(AT)


def test_where_a_body_takes_numbers_as_such_its_steps_are_compiled_one_by_one() -> None:
    def f(p: Any) -> Any:
        return fori_loop(0, 3, lambda i, c: c * p[0] + RETURNS[i], p[1])

    with pytest.warns(RuntimeWarning, match="TypeError"):
        assert compile(f)(AT) == f(AT)


def test_loops_of_plain_numbers_are_not_recorded() -> None:
    ours = compile(lambda p: p * scan(lambda c, x: (c + x, None), 0.0, [1.0, 2.0])[0])
    assert ours(2.0) == 6.0
    assert "for" not in ours.source


def test_a_branch_on_what_stays_outside_is_a_branch_of_the_function() -> None:
    def f(p: Any) -> Any:
        return scan(lambda c, x: (c * (p[0] if p[1] > 0 else p[2]) + x, None), p[1], RETURNS)[0]

    ours = compile(f)
    for at in (AT, [0.3, -0.4, 0.2]):
        same(ours.grad(at), grad(f)(at))
    assert "for i" in ours.source


def test_outside_a_domain_a_loop_raises_as_the_eager_one() -> None:
    def f(p: Any) -> Any:
        return scan(lambda c, x: (autograd.log(c) * p + x, None), p, [1.0, -5.0, 1.0])[0]

    for engine in ENGINES:
        with pytest.raises(autograd.DomainError, match="log is defined for x > 0"):
            compile(f, engine=engine).grad(1.0)


def test_what_is_closed_over_is_read_at_each_call() -> None:
    xs = np.array([1.0, 2.0])
    ours = compile(lambda p: scan(lambda c, x: (c * p + x * W, None), 0.0, xs)[0], engine="llvm")
    assert ours(2.0) == 2.0
    xs[1] = 3.0
    W.data = 1.0
    assert ours(2.0) == 5.0
    W.data = 0.5


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("size", [1, 2, 4, 6, 7])
def test_checkpoints_change_nothing_but_what_is_stored(size: int, engine: str) -> None:
    def f(p: Any, checkpoint: int | None = size) -> Any:
        def step(c: Any, x: Any) -> Any:
            return (sin(c[0] * p[0]) + x * c[1], c[1] * p[1] + x), None

        a, b = scan(step, (p[2], 1.0), RETURNS, checkpoint=checkpoint)[0]
        return a + b

    ours = compile(lambda p: f(p), engine=engine)
    same(ours.grad(AT), grad(f)(AT))
    same(ours.hessian(AT), autograd.hessian(f)(AT))
    same(ours.jvp((AT,), (AT,)), autograd.jvp(f, (AT,), (AT,)))


def test_checkpoints_store_less() -> None:
    def source(checkpoint: int | None) -> str:
        xs = np.linspace(-1.0, 1.0, 100)
        ours = compile(lambda p: scan(lambda c, x: (sin(c * p + x), None), p, xs, checkpoint=checkpoint)[0])
        ours.grad(0.5)
        return ours.source

    assert "[0.0] * 100" in source(None)
    assert "[0.0] * 100" not in source(10)
    assert "[0.0] * 10" in source(10)


def test_what_a_while_loop_stores_grows_and_is_released() -> None:
    resource = pytest.importorskip("resource")

    def f(x: Any, n: Any) -> Any:
        return while_loop(lambda c: c[1] < n, lambda c: (c[0] + sin(c[0]) / n, c[1] + 1), (x, 0))[0]

    slope = compile(f, engine="llvm").grad
    assert slope(0.5, 100_000.0) == pytest.approx(compile(f).grad(0.5, 100_000.0), rel=1e-12)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for _ in range(100):
        slope(0.5, 100_000.0)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 20_000  # kB, where 100 calls store 80 MB


def test_single_entries_of_an_array_have_slopes() -> None:
    table = Terms()
    a = array_variable(table, "a", 3)
    product = Procedure([a], [take(a, 0) * take(a, 2)])
    assert product.pulled((0,), (0,)).numbers([2.0, 3.0, 4.0, 10.0]) == [[40.0, 0.0, 20.0]]


def test_loops_of_one_family_that_begin_differently_stay_two() -> None:
    table = Terms()
    x, y, i, c = map(table.variable, "xyic")
    body = Loop(i, (c,), (c * 2.0 + i,))
    ends = [final(looped(body, table.constant(3), [first]), 0) for first in (x, y)]
    assert Procedure([x, y], [ends[0] - ends[1], ends[0]]).numbers([2.0, 1.0]) == [8.0, 20.0]
