"""A function is run once, and what it does and which branches it takes are recorded."""

import cProfile
import functools
import math
import re
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import autograd
import nn
from autograd import CompileError, Value, grad, no_grad, ops, softmax, where
from autograd.compiler.record.recording import trace
from autograd.compiler.record.traced import Condition
from autograd.graph import operations
from autograd.op import Op

HERE = str(Path(__file__))


def heads(*roots: Value) -> list[Op | None]:
    return [node.op for node in operations(*roots)]


def test_results_keep_their_structure_and_plain_numbers() -> None:
    x = Value(3.0)
    run = trace(lambda x: {"y": [x * x, 2], "z": 1.5}, x)
    assert [getattr(y, "data", y) for y in run.results] == [9.0, 2, 1.5]
    assert run.like_results(iter("abc")) == {"y": ["a", "b"], "z": "c"}
    assert run.guards == []


def test_a_branch_is_noted_with_its_outcome_and_its_place() -> None:
    def f(x: Any, y: Any) -> Any:
        if x > 2 and not y:
            return y
        return x

    x, y = Value(3.0), Value(1.0)
    run = trace(f, x, y)
    assert run.results == [x]
    first = f.__code__.co_firstlineno
    assert [(g.condition.op, g.condition.args, g.outcome, g.file, g.line) for g in run.guards] == [
        (ops.RELATIONS["gt"], (x, 2), True, HERE, first + 1),
        (ops.RELATIONS["ne"], (y, 0.0), True, HERE, first + 1),
    ]


def test_the_place_of_a_branch_is_the_users_even_if_python_or_nn_compares() -> None:
    def f(x: Any) -> Any:
        return grad(lambda x: max(x, 1.0) * x)(x)

    (guard,) = trace(f, Value(3.0)).guards
    assert (guard.file, guard.line) == (HERE, f.__code__.co_firstlineno + 1)


@pytest.mark.parametrize("sign", ["lt", "le", "eq", "ne", "ge", "gt"])
def test_all_six_comparisons_are_conditions_with_values_numbers_and_reflected(sign: str) -> None:
    x, y = Value(1.0), Value(2.0)
    compare = getattr(math, sign, None) or getattr(__import__("operator"), sign)
    run = trace(lambda: [compare(x, y), compare(x, 1), compare(0.5, x)])
    for condition, expected in zip(run.results, [compare(1.0, 2.0), compare(1.0, 1), compare(0.5, 1.0)], strict=True):
        assert isinstance(condition, Condition)
        assert condition.data is expected
        assert not condition.concrete
    assert not run.guards


def test_what_is_no_number_is_compared_as_ever() -> None:
    assert trace(lambda x: (x == "a", x != None), Value(1.0)).results == [False, True]  # noqa: E711  # on purpose


def test_where_becomes_a_node_with_both_branches() -> None:
    x = Value(-1.0)
    (y,) = trace(lambda x: where(x > 0, lambda: autograd.sqrt(x), 2.0), x).results
    assert (type(y), y.data, y.op) == (Value, 2.0, ops.WHERE)
    condition, root, constant = y.args
    assert (condition.op, root.op, constant) == (ops.RELATIONS["gt"], ops.sqrt, 2.0)


def test_conditions_combine_and_count_as_numbers() -> None:
    x, y = Value(1.0), Value(2.0)
    run = trace(
        lambda x, y: [(x > 0) & (y > 3), (x > 0) | (y > 3), True & (x > 0), (x > 0) * y, 3 - (y > 5), -(x > 0)], x, y
    )
    assert [r.data for r in run.results] == [False, True, True, 2.0, 3.0, -1.0]
    plain = trace(lambda x: [(x > 0) & False, (x < 0) | True, False | (x > 0)], x).results
    assert [getattr(r, "data", r) for r in plain] == [False, True, True]
    assert [type(r) for r in run.results] == [Condition] * 3 + [Value] * 3


def test_derivatives_within_the_function_branch_as_nodes() -> None:
    x = Value(2.0)
    run = trace(grad(autograd.relu), x)
    assert run.guards == []
    assert ops.WHERE in heads(run.results[0])


def test_what_follows_the_data_elsewhere_is_a_node_here() -> None:
    x = Value(2.0)

    def f(x: Any) -> Any:
        with no_grad():
            y = x * x
        return y, x.detach(), *softmax([x, 1.0])

    run = trace(f, x)
    assert run.results[0].op is run.results[1].op is ops.DETACH
    assert ops.SHIFT in heads(run.results[2])
    assert [y.data for y in run.results] == [y.data for y in f(x)]


def test_leaves_made_on_the_way_are_known() -> None:
    outside = Value(1.0)
    run = trace(lambda x: x * Value(2.0) * outside, Value(3.0))
    (constant,) = run.own
    assert constant.data == 2.0


def test_the_names_that_functions_it_calls_have_for_a_value_count_where_it_has_none_itself() -> None:
    def helper(u: Any) -> Any:
        root = autograd.sqrt(u)
        return [root + z for z in (u, u * u)]

    def f(x: Any) -> Any:
        square = x * x
        return helper(square)

    run = trace(f, Value(3.0))
    assert {name: node.op for node, name in run.names.items()} == {"x": None, "square": ops.mul, "root": ops.sqrt}


def test_the_names_of_the_functions_own_variables_are_noted_also_where_a_profiler_is_at_work() -> None:
    def f(x: Any) -> Any:
        square = x * x
        number = 2
        return square * number + autograd.sin(square)

    x = Value(1.0)
    for call in (f, functools.partial(f)):
        run = trace(call, x)
        assert {name: node.op for node, name in run.names.items()} == {"x": None, "square": ops.mul}
        assert sys.getprofile() is None

    def profiler(*_: Any) -> None: ...

    sys.setprofile(profiler)
    try:
        run = trace(f, x)
        assert sys.getprofile() is profiler
    finally:
        sys.setprofile(None)
    assert {name: node.op for node, name in run.names.items()} == {"x": None, "square": ops.mul}
    profile = cProfile.Profile()
    run = profile.runcall(trace, f, x)
    assert {name: node.op for node, name in run.names.items()} == {"x": None, "square": ops.mul}


def test_outside_a_domain_there_are_numbers_and_afterwards_errors_again() -> None:
    assert math.isnan(trace(autograd.log, Value(-1.0)).results[0].data)
    with pytest.raises(autograd.DomainError):
        autograd.log(Value(-1.0))


def test_nothing_remains_after_a_trace_nor_after_one_that_failed() -> None:
    x = Value(1.0)
    with pytest.raises(ZeroDivisionError):
        trace(lambda x: 1 / 0, x)
    assert (x > 0) is True
    assert x.concrete
    condition = trace(lambda x: x > 0, x).results[0]
    assert bool(condition)


def test_work_in_other_threads_is_no_constant_but_an_error_that_says_where() -> None:
    def f(x: Any) -> Any:
        with ThreadPoolExecutor(1) as pool:
            return pool.submit(lambda: x * x if x > 0 else x).result()

    line = f.__code__.co_firstlineno + 2
    with pytest.raises(CompileError, match=f"Line {line} of {re.escape(__file__)} works in a thread of its own"):
        autograd.compile(f)(3.0)


def test_other_threads_are_not_traced() -> None:
    seen: list[Any] = []

    def f(x: Any) -> Any:
        def work() -> None:
            y = Value(1.0)
            seen.extend([y > 0, y.concrete, type(y.detach())])

        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
        return x

    trace(f, Value(1.0))
    assert seen == [True, True, Value]
    assert seen[0] is True


# -- numbers that are taken out -----------------------------------------------------------------------------------


def helper(values: Any) -> float:
    return math.fsum([value.data for value in values])


TAKEN: dict[str, Any] = {
    "an argument": lambda x, w: math.exp(x.data),
    "a product": lambda x, w: x * math.exp((w * x).data),
    "a branch": lambda x, w: x if x.data > 0 else -x,
    "a choice": lambda x, w: where(x > 0, x, 2.0).data * x,
    "within a function": lambda x, w: (lambda: math.sin(x.data))() * x,
    "by a function that is called": lambda x, w: x * helper([1 * x, w]),
    "in a derivative": lambda x, w: autograd.grad(lambda z: z * z * z.data)(x),
    "where nothing is recorded": lambda x, w: x.detach().data * x,
}


@pytest.mark.parametrize("how", TAKEN)
def test_a_number_that_is_taken_out_is_no_constant_but_an_error_that_says_where(how: str) -> None:
    f, line = TAKEN[how], TAKEN[how].__code__.co_firstlineno
    line = helper.__code__.co_firstlineno + 1 if "called" in how else line
    place = f"Line {line} of {re.escape(__file__)} takes the number out of a Value, .* where"
    w = Value(0.5)
    for engine in ("python", "numpy"):
        with pytest.raises(CompileError, match=place):
            autograd.compile(lambda x: f(x, w) + 0 * x, engine=engine).value_and_grad(2.0)
    with pytest.raises(CompileError, match=place):
        autograd.compile_rows(lambda x: f(x, w) + w * x, (2.0,), [w])


def test_what_shows_a_value_or_takes_one_from_elsewhere_is_no_error() -> None:
    w, kept, shown = Value(0.5), [], []

    def f(x: Any, data: Any) -> Any:
        shown.extend([str(x), f"{x:.1f}", repr(x * 2)])
        kept.append(x * x)
        y = autograd.exp(Value(0.0)).data * x * w.data
        return y + len(data)

    assert autograd.compile(f).value_and_grad(3.0, "text") == (5.5, 0.5)
    assert [re.sub(r"[^\d.]", "", text) for text in shown] == ["3.0", "3.0", "6.0"]
    assert kept[0].data == 9.0


def test_fit_trains_such_a_model_scalar_by_scalar_and_with_true_says_why() -> None:
    w = Value(0.5)

    def model(x: Any) -> Any:
        return w * x if x.data > 0 else -w

    def plain(x: Any) -> Any:
        return model(x if isinstance(x, Value) else Value(x))

    rows = [1.0, -1.0, 2.0], [1.0, 0.0, 3.0]
    with pytest.raises(CompileError, match="takes the number out of a Value"):
        nn.fit(plain, rows, nn.mse_loss, nn.SGD([w], 0.1), 2, progress=False, compile=True)
    history = nn.fit(plain, rows, nn.mse_loss, nn.SGD([w], 0.1), 50_000, progress=False, callbacks=[lambda _: True])
    assert history.loss == [(0.5**2 + 0.5**2 + 2.0**2) / 3]


def test_shared_subproblems_of_a_cached_recursion_are_recorded_and_compiled_once() -> None:
    """The determinant by minors: 2^8 of them, but 8! products of entries."""

    @functools.cache
    def minor(rows: tuple[tuple[Any, ...], ...]) -> Any:
        if len(rows) == 1:
            return rows[0][0]
        inner = [minor(tuple(row[:k] + row[k + 1 :] for row in rows[1:])) for k in range(len(rows))]
        return autograd.sum((-1) ** k * x * y for k, (x, y) in enumerate(zip(rows[0], inner, strict=True)))

    def determinant(matrix: Any) -> Any:
        return minor(tuple(map(tuple, matrix)))

    numbers = np.random.default_rng(0).normal(size=(8, 8))
    products = sum(math.comb(8, k) * k for k in range(2, 9))
    y = determinant([list(map(Value, row)) for row in numbers.tolist()])
    assert len(operations(y)) == 2 * products + sum(math.comb(8, k) for k in range(2, 9))
    program = autograd.compile(determinant)
    value, slopes = program.value_and_grad(numbers.tolist())
    assert value == pytest.approx(np.linalg.det(numbers), rel=1e-12)
    assert np.array(slopes) == pytest.approx(np.linalg.det(numbers) * np.linalg.inv(numbers).T, rel=1e-10)
    assert len(program.source.splitlines()) < 4 * products


@pytest.mark.parametrize("engine", ["eager", "python", "llvm"])
def test_recursion_over_shared_subproblems_is_recorded_once_for_each(engine: str) -> None:
    if engine == "llvm":
        pytest.importorskip("llvmlite")
    made = 0

    def determinant(a: Any) -> Any:
        @functools.cache
        def minor(row: int, columns: tuple[int, ...]) -> Any:
            nonlocal made
            made += 1
            if not columns:
                return 1.0
            return sum(
                (-1) ** k * a[row][c] * minor(row + 1, (*columns[:k], *columns[k + 1 :])) for k, c in enumerate(columns)
            )

        return minor(0, tuple(range(len(a))))

    def by_matrices(a: Any) -> Any:
        @functools.cache
        def minor(rows: tuple[tuple[Any, ...], ...]) -> Any:  # whose keys hold Values
            nonlocal made
            made += 1
            if not rows:
                return 1.0
            first, *others = rows
            return sum(
                (-1) ** k * x * minor(tuple([(*row[:k], *row[k + 1 :]) for row in others])) for k, x in enumerate(first)
            )

        return minor(tuple(map(tuple, a)))

    a = np.random.default_rng(0).normal(size=(8, 8))
    expected = np.linalg.det(a) * np.linalg.inv(a).T
    for f in (determinant, by_matrices):
        made = 0
        ours = autograd.grad(f) if engine == "eager" else autograd.compile(f, engine=engine).grad
        assert np.array(ours(a.tolist())) == pytest.approx(expected, rel=1e-12)
        assert made == 2**8
