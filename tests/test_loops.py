"""`scan`, `fori_loop` and `while_loop` called with numbers and Values: what JAX's give, and its derivatives."""

from __future__ import annotations

from collections import UserList, namedtuple
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

import autograd
from autograd import Value, fori_loop, grad, graph, hessian, jvp, scan, while_loop
from tests.peers import peer

RETURNS = [0.3, -0.2, 0.5, 0.1]


@pytest.fixture(scope="module", name="jax")
def jax_() -> Any:
    jax = peer("jax")
    with jax.enable_x64(True):
        yield jax


def same(ours: Any, theirs: Any) -> None:
    """That two structures hold the same numbers, ours perhaps lists where theirs are arrays."""
    if isinstance(theirs, dict):
        assert ours.keys() == theirs.keys()
        for key in ours:
            same(ours[key], theirs[key])
    elif isinstance(theirs, tuple):
        assert len(ours) == len(theirs)
        for x, y in zip(ours, theirs, strict=True):
            same(x, y)
    elif theirs is None:
        assert ours is None
    else:
        np.testing.assert_allclose(np.array(ours, float), np.array(theirs), rtol=1e-13, atol=1e-15)


def pendulum(c: Any, x: Any) -> Any:
    return {"at": c["at"] + 0.1 * c["v"], "v": c["v"] - 0.1 * c["at"] * x}, c["at"] * x


def pair(c: Any, x: Any) -> Any:
    a, b = x
    return c * a + b, (c, {"sum": a + b})


def matrix(c: Any, x: Any) -> Any:
    return 0.5 * c + x["m"] @ c * x["k"], c


def no_xs(c: Any, x: Any) -> Any:
    assert x is None
    return (c[1], c[0] + c[1]), c[0]


SCANS = [
    (pendulum, {"at": 1.0, "v": 0.5}, np.array(RETURNS), None),
    (pair, 0.7, (np.array(RETURNS), np.array(RETURNS[::-1])), 4),
    (matrix, np.array([1.0, -1.0]), {"m": np.arange(12.0).reshape(3, 2, 2), "k": np.array([0.1, 0.2, 0.3])}, None),
    (no_xs, (0.0, 1.0), None, 10),
    (lambda c, x: (c * x[0] + x[1], None), 0.7, np.arange(6.0).reshape(3, 2), None),
    (lambda c, x: (c + x, x), 1.0, np.array([]), 0),
]


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize(("f", "init", "xs", "length"), SCANS)
def test_scan_is_jaxs(jax: Any, f: Any, init: Any, xs: Any, length: Any, reverse: bool) -> None:
    same(scan(f, init, xs, length, reverse), jax.lax.scan(f, init, xs, length, reverse))


def test_lists_are_gone_through_as_arrays_are(jax: Any) -> None:
    carry, ys = scan(pair, 0.7, (RETURNS, range(4)))
    same((carry, ys), jax.lax.scan(pair, 0.7, (np.array(RETURNS), np.arange(4.0))))
    assert type(ys[0]) is type(ys[1]["sum"]) is list
    rows = [[1.0, 2.0], [3.0, 4.0]]
    assert scan(lambda c, row: (c + row[0] * row[1], [*row, c]), 0.0, rows) == (
        14.0,
        [[1.0, 2.0, 0.0], [3.0, 4.0, 2.0]],
    )


def test_stacked_results_go_through_another_scan() -> None:
    _, ys = scan(lambda c, x: (c + x, {"c": c, "row": [c, x]}), 0.0, RETURNS)
    found, _ = scan(lambda c, y: (c + y["c"] * y["row"][1], None), 0.0, ys)
    assert found == pytest.approx(sum(sum(RETURNS[:i]) * x for i, x in enumerate(RETURNS)))


def test_numbers_become_an_array_where_one_is_gone_through() -> None:
    _, ys = scan(lambda c, x: (c + x, c * x), 0.0, np.array(RETURNS))
    assert isinstance(ys, np.ndarray)
    slope = grad(lambda xs: np.sum(scan(lambda c, x: (c + x, c * x), 0.0, xs)[1] ** 2))(np.array(RETURNS))
    assert slope.shape == (4,)


def test_series_and_tables_are_gone_through_by_their_rows() -> None:
    pandas = peer("pandas")
    table = pandas.DataFrame({"a": [1.0, 2.0], "b": [3.0, 4.0]})
    assert scan(lambda c, row: (c + row[0] * row[1], None), 0.0, table)[0] == 11.0
    assert scan(lambda c, x: (c + x, None), 0.0, table["a"])[0] == 3.0


def test_any_sequence_is_gone_through() -> None:
    assert scan(lambda c, x: (c + x, None), 0.0, UserList([1.0, 2.0]))[0] == 3.0


State = namedtuple("State", "x v")


@dataclass
class Rates:
    rise: Any
    fall: Any


def test_carries_and_what_goes_in_keep_their_types() -> None:
    state, ys = scan(
        lambda s, r: ([s.x + r.rise, s.v * r.fall], Rates(s.v, r.fall)), State(1.0, 2.0), Rates([1.0, 2.0], [0.5, 0.25])
    )
    assert state == State(4.0, 0.25)
    assert ys == Rates([2.0, 1.0], [0.5, 0.25])


def test_derivatives_are_jaxs(jax: Any) -> None:
    def f(p: Any, m: Any = autograd, scan: Any = scan, xs: Any = RETURNS) -> Any:
        def step(c: Any, r: Any) -> Any:
            h, total = c
            return (p[0] + p[1] * r * r + p[2] * h, total + m.log(h) + r * r / h), h

        (h, total), hs = scan(step, (p[0] / (1 - p[1] - p[2]), 0.0), xs)
        return total + h * hs[1]

    def theirs(p: Any) -> Any:
        return f(p, jax.numpy, jax.lax.scan, np.array(RETURNS))

    p = [0.05, 0.1, 0.8]
    at = np.array(p)
    same(grad(f)(p), jax.grad(theirs)(at))
    same(hessian(f)(p), jax.hessian(theirs)(at))
    same(jvp(f, (p,), ([1.0, -1.0, 2.0],)), jax.jvp(theirs, (at,), (np.array([1.0, -1.0, 2.0]),)))


def test_fori_loop_is_jaxs(jax: Any) -> None:
    for lower, upper in ((0, 5), (2, 7), (-3, 1), (4, 4), (5, 2)):
        ours = fori_loop(lower, upper, lambda i, c: {"a": c["a"] * 0.5 + i, "b": c["a"]}, {"a": 1.0, "b": 0.0})
        theirs = jax.lax.fori_loop(
            lower, upper, lambda i, c: {"a": c["a"] * 0.5 + i, "b": c["a"]}, {"a": 1.0, "b": 0.0}
        )
        same(ours, theirs)
    assert grad(lambda x: fori_loop(0, 3, lambda i, c: c * x + RETURNS[i], 1.0))(2.0) == pytest.approx(12 + 1.2 - 0.2)


def test_while_loop_is_jaxs(jax: Any) -> None:
    def root(a: Any, while_loop: Any = while_loop) -> Any:
        x, _ = while_loop(lambda c: abs(c[0] * c[0] - a) > 1e-13, lambda c: ((c[0] + a / c[0]) / 2, c[1] + 1), (a, 0))
        return x

    def theirs(a: Any) -> Any:
        return root(a, jax.lax.while_loop)

    same(root(2.0), theirs(2.0))
    same(jvp(root, (2.0,), (1.0,)), jax.jvp(theirs, (2.0,), (1.0,)))
    assert grad(root)(2.0) == pytest.approx(0.5 / 2**0.5)
    assert while_loop(lambda c: c < 0, lambda c: c + 1, 3.0) == 3.0


def test_steps_are_recorded_as_ever() -> None:
    x = Value(2.0, "x")
    y, _ = scan(lambda c, a: (c * x + a, None), 1.0, [1.0, 2.0])
    y.backward()
    assert (y.data, x.grad) == (8.0, 5.0)
    assert [node.op.name for node in graph.operations(y)] == ["mul", "add", "mul", "add"]


@pytest.mark.parametrize(
    ("call", "error", "said"),
    [
        (lambda: scan(pair, 0.0, ([1.0], [1.0, 2.0])), ValueError, r"xs\[1\] has 2 entries, but xs\[0\] has 1 entries"),
        (lambda: scan(pair, 0.0, {"a": [1.0], "b": [[1.0], [2.0]]}), ValueError, r"xs\['b'\] has 2 .* xs\['a'\] has 1"),
        (lambda: scan(pair, 0.0, np.zeros((3, 2)), length=4), ValueError, "xs has 3 entries, but length is 4"),
        (lambda: scan(no_xs, 0.0), TypeError, "how many steps"),
        (lambda: scan(no_xs, 0.0, length=1.5), TypeError, "interpreted"),  # type: ignore[arg-type]  # as users do
        (lambda: scan(pair, 0.0, (1.0, [2.0])), TypeError, r"xs\[0\] has to be a list or an array.* it is a number"),
        (lambda: scan(pair, 0.0, iter([1.0])), TypeError, "xs has to be a list or an array.* it is a list_iterator"),
        (lambda: scan(lambda c, x: c, 0.0, [1.0]), TypeError, "returns a pair, .* got a number"),
        (lambda: scan(lambda c, x: ({"b": 1.0}, x), {"a": 1.0}, [1.0]), ValueError, "carry has to be .*'a'"),
        (
            lambda: scan(lambda c, x: ({"a": [c["a"]]}, x), {"a": 1.0}, [1.0]),
            ValueError,
            r"carry\['a'\] has to be a num",
        ),
        (lambda: scan(lambda c, x: (c, [c] * x), 0.0, [1, 2]), ValueError, "y of step 1 has to be a list of length 1"),
        (lambda: scan(lambda c, x: (c, {x: (c, x)}), 0.0, [1, 2]), ValueError, "y of step 1 has to be a dict"),
        (lambda: scan(no_xs, (0.0, 1.0), length=2, checkpoint=0), ValueError, "checkpoint is how many .* got 0"),
        (lambda: fori_loop(0, 2, lambda i, c: [c], 0.0), ValueError, "carry has to be a number"),
        (
            lambda: while_loop(lambda c: True, lambda c: (c, c), 0.0),
            ValueError,
            "carry has to be a number, as in the init",
        ),
        (
            lambda: while_loop(lambda c: c < 2.0, lambda c: 2.0 * c, np.array([1.0, 2.0])),
            TypeError,
            r"true or false, got an array of shape \(2,\): compile the function with engine='numpy'",
        ),
    ],
)
def test_what_does_not_fit_is_named(call: Any, error: type[Exception], said: str) -> None:
    with pytest.raises(error, match=said):
        call()
