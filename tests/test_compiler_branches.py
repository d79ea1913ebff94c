"""Functions that branch: each side is run once, when a call first goes there, and later calls find their way."""

from __future__ import annotations

import itertools
import math
from typing import Any

import pytest

import autograd
from autograd import CompileError, Value, log, sqrt, where
from autograd.compiler.record import kept as module
from tests.test_compiler_python import agree


def collatz(x: Any) -> Any:
    n = 0
    while x > 1:
        x = x / 2 if n % 2 else x - 0.3
        n += 1
    return sqrt(x) * n


def test_each_path_is_traced_once_kept_and_chosen_by_the_call() -> None:
    runs: list[None] = []

    def f(x: Any) -> Any:
        runs.append(None)
        return collatz(x)

    ours = autograd.compile(f)
    points = [0.5, 40.0, 3.0, 1.5, 0.7, 12.0, 41.0, 3.1, 1.01, 2.0]
    for x in [*points, *points]:
        assert agree(ours.value_and_grad(x), autograd.value_and_grad(collatz)(x))
        assert agree(ours(x), collatz(x))
        assert agree(ours.jvp((x,), (2.0,)), autograd.jvp(collatz, (x,), (2.0,)))
        assert agree(ours.hessian(x), autograd.hessian(collatz)(x))
    assert len(runs) < len(points)


def test_a_branch_on_several_numbers_and_on_what_is_computed() -> None:
    def f(x: Any, y: Any) -> Any:
        if x > y:
            z = x * y
            return z if z > 2 and x == x else -z
        return y - x if not x else max(y, 3 * x)

    ours, eager = autograd.compile(f, (0, 1)).value_and_grad, autograd.value_and_grad(f, (0, 1))
    for x, y in itertools.product([-1.0, 0.0, 0.5, 2.0, 3.0, math.nan, math.inf], repeat=2):
        assert agree(ours(x, y), eager(x, y)), (x, y)


def test_a_branch_that_is_the_same_for_all_is_no_branch() -> None:
    ours = autograd.compile(lambda x: x if Value(1.0) > 0 else -x)
    assert ours(2.0) == 2.0
    assert "if 1" not in ours.source
    assert "untraced" not in ours.source


def test_further_ways_are_computed_eagerly_with_one_warning_that_names_the_line(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "MOST_PATHS", 8)

    def f(x: Any) -> Any:
        n = 0
        while n < x:
            n += 1
        return x * n

    ours = autograd.compile(f)
    points = [k + 0.5 for k in range(module.MOST_PATHS)]
    for x in points:
        assert agree(ours.value_and_grad(x), autograd.value_and_grad(f)(x))
    line = f.__code__.co_firstlineno + 2
    with pytest.warns(RuntimeWarning, match=rf"line {line}: the function branches .* where\(condition, a, b\)"):
        assert agree(ours.value_and_grad(100.5), autograd.value_and_grad(f)(100.5))
    made = ours.source
    for x in (200.5, 300.5, *points):
        assert agree(ours.value_and_grad(x), autograd.value_and_grad(f)(x))
        assert agree(ours.jvp((x,), (1.0,)), autograd.jvp(f, (x,), (1.0,)))
    assert ours.source.count("def value_and_grad") == made.count("def value_and_grad") == module.MOST_PATHS


def test_a_path_of_many_branches_has_a_program_when_it_is_taken_again() -> None:
    def f(x: Any, k: float) -> Any:
        for i in range(50):
            if x > (i * k) % 7:
                x = x + 0.01
        return x

    ours = autograd.compile(f)
    expected = autograd.value_and_grad(f)(3.0, 1.0)
    assert ours.value_and_grad(3.0, 1.0) == expected
    with pytest.raises(CompileError, match="no program yet"):
        ours.source  # noqa: B018  # it raises
    assert ours.value_and_grad(3.0, 1.0) == ours.value_and_grad(3.0, 1.0) == expected
    assert ours.source.count("def ") == 1


def test_where_rounding_decides_a_branch_otherwise_than_in_the_program_the_call_is_eager() -> None:
    def f(x: Any) -> Any:
        return x if (x * 0.1) * 3 == 0.3 * x else -x  # simplified to one product, which is equal everywhere

    ours = autograd.compile(f)
    for x in (1.0, 2.0, 3.0, 0.7, 10.0):
        assert abs(ours(x)) == x


def test_where_is_one_expression_and_its_other_side_does_no_harm() -> None:
    def f(x: Any) -> Any:
        return where(x > 0, lambda: sqrt(x) * log(x), 0.0) + where(x > 1, lambda: 1 / (x - 1), x)

    ours = autograd.compile(f)
    for x in (2.0, 0.5, -1.0, 0.0, 1.0, math.nan):
        assert agree(ours.value_and_grad(x), autograd.value_and_grad(f)(x)), x
    assert "untraced" not in ours.source


def test_what_would_raise_is_computed_only_where_it_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    def f(x: Any, y: Any) -> Any:
        root = where(x > 0, lambda: sqrt(x), y)
        return where(y > 0, lambda: log(y) * root, root * root) + where(x > 0, lambda: 1 / x, 0.0)

    ours, eager = autograd.compile(f, (0, 1)), autograd.value_and_grad(f, (0, 1))
    expected = {xs: eager(*xs) for xs in itertools.product([1.0, 0.0, -2.0, math.nan], repeat=2)}
    ours.value_and_grad(1.0, 1.0)
    monkeypatch.delattr(ours.value_and_grad.__globals__["eager"], "value_and_grad")  # no call needs it
    for xs, result in expected.items():
        assert agree(ours.value_and_grad(*xs), result), xs
    assert "sqrt(x) if t_1 else nan" in ours.source


def test_backward_within_the_function_is_refused_with_its_cure() -> None:
    def f(x: Any) -> Any:
        y = x * x
        y.backward()
        return x.grad * x

    line = f.__code__.co_firstlineno + 2
    with pytest.raises(CompileError, match=rf"^Line {line} of .* calls backward, .*: use autograd\.grad\.$"):
        autograd.compile(f)(1.0)
