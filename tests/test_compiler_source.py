"""The source is what runs, reads well, and holds whatever names it is given."""

from __future__ import annotations

import gc
import inspect
import linecache
import threading
import traceback
from typing import Any

import numpy as np

import autograd
from autograd import Value, sigmoid, sin
from tests.test_compiler_branches import collatz
from tests.test_compiler_python import agree


def test_the_source_is_what_runs() -> None:
    f = autograd.compile(lambda x: sin(x) * x)
    f.grad(2.0)
    assert inspect.getsource(f.grad).rstrip() == f.source
    broken = Value(1.0)
    g = autograd.compile(lambda x: broken * x)
    g(1.0)
    broken.data = "text"  # type: ignore[assignment]  # so that a line of the program fails
    try:
        g(1.0)
    except TypeError:
        assert "broken" in traceback.format_exc() or "*" in traceback.format_exc()


def test_variables_are_called_as_in_the_function() -> None:
    def f(x: Any, y: Any) -> Any:
        product = x * y
        total = product + sin(product)
        return total * product

    ours = autograd.compile(f, (0, 1))
    assert agree(ours.value_and_grad(0.5, 0.7), autograd.value_and_grad(f, (0, 1))(0.5, 0.7))
    for line in ("product = x*y", "total = product + sin(product)", "d_product = "):
        assert line in ours.source


HOSTILE = [
    "w_{1,2}^{(1)}",
    "lambda",
    "sin",
    "x",
    "2nd",
    "",
    "a b",
    "θ",
    "ﬁ",
    "__class__",
    "type",
    "eager",
    '"""',
    "\n",
    "_w",
]


def test_labels_become_names_whatever_they_are() -> None:
    values = [Value(float(i + 2), label) for i, label in enumerate(HOSTILE)]

    def f(x: Any, t_1: Any) -> Any:
        total = x * t_1
        for value in values:
            total = sin(total * value) + total
            total.label = value.label
        return total

    ours = autograd.compile(f, (0, 1))
    expected = autograd.value_and_grad(f, (0, 1))(0.5, 0.7)
    y, slopes = ours.value_and_grad(0.5, 0.7)
    assert agree([y, *slopes], [expected[0].data, *(x.data for x in expected[1])])
    assert "w_1_2_1 = " in ours.source
    assert "lambda_2 = " in ours.source
    assert "θ = " in ours.source


def test_long_labels_are_cut_and_lines_of_them_are_as_long_as_they_are() -> None:
    values = [Value(float(i), "a very long label that says everything there is to say, number " * 3) for i in range(8)]
    ours = autograd.compile(lambda x: autograd.sum([x, *values]) * autograd.sum([x * x, *values]))
    assert ours(2.0) == (2 + 28) * (4 + 28)
    assert "a_very_long_label_that_says_everything_t_8 = " in ours.source


def test_hostile_names_of_arguments_are_no_harm() -> None:
    for names in ("float, type", "sin, exp", "t, t_1", "other, eager", "layout, floats", "x, _x"):
        f = eval(f"lambda {names}: sin_({names.split(', ')[0]}) * {names.split(', ')[1]}", {"sin_": sin})  # noqa: S307
        ours = autograd.compile(f, (0, 1))
        for _ in range(2):
            assert agree(ours.value_and_grad(0.5, 0.7), autograd.value_and_grad(f, (0, 1))(0.5, 0.7))
            assert agree(ours.value_and_grad(np.float64(0.5), 0.7), autograd.value_and_grad(f, (0, 1))(0.5, 0.7))


def test_long_expressions_are_cut_where_a_line_ends() -> None:
    def f(*xs: Any) -> Any:
        y = autograd.sum([x * x for x in xs])
        for x in xs:
            y = (y + sin(x)) * (y - x) / (1 + y * y) + sigmoid(x * y - 3)
        return y

    n = 40
    ours = autograd.compile(f, range(n))
    xs = [0.1 * i for i in range(n)]
    assert agree(ours.value_and_grad(*xs), autograd.value_and_grad(f, range(n))(*xs))
    body = [line for line in ours.source.splitlines() if " = " in line and not line.strip().startswith("[")]
    assert max(map(len, body)) <= 120


def test_a_long_chain_is_compiled_without_recursion() -> None:
    def f(x: Any, y: Any) -> Any:
        for _ in range(20_000):
            x = x * y + 0.001
        return x

    ours = autograd.compile(f, (0, 1))
    assert agree(ours.value_and_grad(1.0, 1.0001), autograd.value_and_grad(f, (0, 1))(1.0, 1.0001))


def test_threads_may_share_a_compiled_function() -> None:
    ours, failures = autograd.compile(collatz), []

    def work(seed: int) -> None:
        for i in range(200):
            x = 0.5 + (seed * 7919 + i * 104729) % 1000 / 50
            if not agree(ours.value_and_grad(x), autograd.value_and_grad(collatz)(x)):
                failures.append(x)

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures


def test_programs_that_are_gone_leave_no_text_behind() -> None:
    def forget() -> None:
        f = autograd.compile(lambda x: x * sin(x))
        f.value_and_grad(2.0)
        f(1.0)

    forget()
    gc.collect()
    before = len(linecache.cache)
    forget()
    assert len(linecache.cache) > before
    gc.collect()
    assert len(linecache.cache) == before
