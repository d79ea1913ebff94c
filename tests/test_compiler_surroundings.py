"""What a function refers to from outside: read at each call, or the function is run again."""

from __future__ import annotations

import math
import sys
from functools import partial
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest

import autograd
from autograd import CompileError, DomainError, Value, custom, exp, sin
from autograd.compiler.engines import ENGINES
from autograd.compiler.record import kept as module
from autograd.op import Domain
from autograd.recording import no_grad
from tests.test_compiler_python import agree

SCALE: Any = 2.0


def scaled(x: Any) -> Any:
    return x * SCALE


def test_the_data_of_values_outside_is_read_at_each_call() -> None:
    runs: list[None] = []
    w, v = Value(2.0, "w"), Value(3.0, "exp")

    def f(x: Any) -> Any:
        runs.append(None)
        return w * x + exp(v) * w * Value(2.0)

    ours = autograd.compile(f)
    for w.data in (2.0, 5.0, 7.0):
        assert ours.value_and_grad(3.0) == pytest.approx((w.data * 3 + math.exp(3) * w.data * 2, w.data))
    assert len(runs) == 1
    assert "w = _w.data" in ours.source
    v.data = -800.0
    assert ours(1.0) == 7.0


def test_where_its_surroundings_change_the_function_is_run_again() -> None:
    global SCALE
    weights, options, factor = [Value(1.0), 2.0], {"k": np.array([1.0, 2.0])}, 3.0

    def helper(x: Any) -> Any:
        return x * factor

    def f(x: Any) -> Any:
        return sum(helper(x) * w for w in weights) + scaled(x) * options["k"][0]

    ours = autograd.compile(f)

    def check() -> None:
        expected = autograd.value_and_grad(f)(3.0)
        assert ours.value_and_grad(3.0) == tuple(getattr(x, "data", x) for x in expected)
        assert ours.value_and_grad(3.0) == tuple(getattr(x, "data", x) for x in expected)

    try:
        check()
        weights.append(5.0)
        check()
        weights[0] = Value(4.0)
        check()
        factor = 7.0
        check()
        SCALE = 11.0
        check()
        SCALE = Value(13.0)
        check()
        options["k"][0] = 17.0
        check()
        factor = float("7.0")  # an equal number, another object
        check()
    finally:
        SCALE = 2.0


def test_objects_defaults_and_later_variables_count_too() -> None:
    class Model:
        def __init__(self) -> None:
            self.w, self.depth, self.me = Value(2.0), 1, self

        def __call__(self, x: Any) -> Any:
            return self.w * x**self.depth

    model = Model()
    ours = autograd.compile(model)
    assert ours.grad(3.0) == 2.0
    model.depth = 2
    assert ours.grad(3.0) == 12.0
    model.w.data = 1.0
    assert ours.grad(3.0) == 6.0

    def f(x: Any, scale: Any = 2.0) -> Any:
        return x * scale if x > 0 else x * later

    ours = autograd.compile(f)
    assert ours(3.0) == 6.0
    f.__defaults__ = (5.0,)
    assert ours(3.0) == 15.0
    later = 7.0
    assert ours(-1.0) == -7.0
    later = 8.0
    assert ours(-1.0) == -8.0


def test_an_attribute_is_no_global_of_its_name() -> None:
    global SCALE
    runs: list[None] = []
    options = SimpleNamespace(SCALE=3.0)

    def f(x: Any) -> Any:
        runs.append(None)
        return x * options.SCALE

    ours = autograd.compile(f)
    try:
        assert ours(2.0) == 6.0
        SCALE = 5.0
        assert ours(2.0) == 6.0
    finally:
        SCALE = 2.0
    assert len(runs) == 1


def test_a_web_of_objects_is_walked_once_and_not_on_every_path() -> None:
    end = [2.0]
    web: Any = [end, end]
    for _ in range(60):
        web = SimpleNamespace(left=web, right=web)

    def f(x: Any) -> Any:
        return x * end[0] if web else x

    ours = autograd.compile(f)
    assert ours(3.0) == 6.0
    end[0] = 5.0
    assert ours(3.0) == 15.0


def even(x: Any, n: int) -> Any:
    return x if n == 0 else odd(x * SCALE, n - 1)


def odd(x: Any, n: int) -> Any:
    return -x if n == 0 else even(x * SCALE, n - 1)


def test_functions_that_call_each_other_are_looked_at_once() -> None:
    global SCALE
    ours = autograd.compile(lambda x: even(x, 3))
    try:
        assert ours(1.0) == -8.0
        SCALE = 3.0
        assert ours(1.0) == -27.0
    finally:
        SCALE = 2.0


def test_programs_for_ever_new_surroundings_are_not_kept_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_PROGRAMS", 5)
    counter = 0.0
    ours = autograd.compile(lambda x: x * counter)
    for _ in range(20):
        counter += 1.0
        assert ours(2.0) == 2 * counter
    assert ours.source.count("def ") <= 5


def test_detached_numbers_have_no_slope_and_are_no_constants() -> None:
    def f(x: Any) -> Any:
        with no_grad():
            y = x * x
        return x * y + x.detach()

    ours = autograd.compile(f)
    for x in (2.0, 3.0):
        assert ours.value_and_grad(x) == (x**3 + x, x * x)


def test_derivatives_inside_the_function_are_compiled_with_it() -> None:
    def f(x: Any) -> Any:
        return autograd.grad(lambda z: sin(z) * z**2)(x) + autograd.softmax([x, 1.0, 3.0])[0]

    ours = autograd.compile(f)
    for x in (0.5, 800.0):
        assert agree(ours.value_and_grad(x), autograd.value_and_grad(f)(x))


def test_functions_of_the_users_own_are_compiled() -> None:
    swish = custom("swish", lambda m, x: (x * m.sigmoid(x), (m.sigmoid(x) + x * m.sigmoid_slope(x),)))
    root = custom("root", lambda m, x: (m.sqrt(x), (0.5 / m.sqrt(x),)), domain=Domain("x >= 0", lambda x: x >= 0))
    fork = custom("fork", lambda m, x: (x if x > 0 else -x, (1.0,)))
    ours = autograd.compile(lambda x: swish(x) * root(x))
    assert agree(ours.value_and_grad(2.0), autograd.value_and_grad(lambda x: swish(x) * root(x))(2.0))
    with pytest.raises(DomainError, match=r"^root is defined for x >= 0, got -2\.0$"):
        ours(-2.0)
    with pytest.raises(CompileError, match=r"must say m\.where instead of if"):
        autograd.compile(fork)(1.0)


def test_equal_code_of_two_modules_reads_the_globals_of_each() -> None:
    text = "def g(x): return x * K"
    one, other = {"K": 2.0}, {"K": 3.0}
    exec(text, one)  # noqa: S102  # ours
    exec(text, other)  # noqa: S102  # likewise
    g: Any = one["g"]
    h: Any = other["g"]
    assert g.__code__ == h.__code__
    ours = autograd.compile(lambda x: g(x) + h(x))
    assert ours(1.0) == 5.0
    for names in (one, other):
        names["K"] = 7.0
        assert ours(1.0) == g(1.0) + h(1.0)


def test_equal_programs_of_two_compiled_functions_read_what_each_reads() -> None:
    def made(w: list[float]) -> Any:
        return autograd.compile(lambda x: x * w[0])

    weights = [[2.0], [2.0]]
    first, second = map(made, weights)
    assert first(3.0) == second(3.0) == 6.0
    ours = autograd.compile(lambda x: x * first(3.0) + second(3.0))
    assert ours(1.0) == 12.0
    for w in weights:
        w[0] = 5.0
        assert ours(1.0) == first(3.0) + second(3.0)


def test_paths_of_one_call_ask_each_question_once_and_learn_anew_together() -> None:
    thing = SimpleNamespace(a=2.0, b=3.0)

    def of_b(x: Any, thing: Any) -> Any:
        return x * thing.b

    def f(x: Any) -> Any:
        return x * thing.a if x > 0 else of_b(x, thing)

    ours = autograd.compile(f)
    assert [ours(1.0), ours(-1.0)] == [2.0, -3.0]
    first, second = ours.source.split("def value")[1:]
    assert "_changed()" in first
    assert "_changed()" not in second  # of two things alone: the code of `of_b`, and b
    thing = SimpleNamespace(a=2.0, b=5.0)  # which the first path cannot tell from the thing before
    assert [ours(-1.0), ours(1.0), ours(-1.0)] == [-5.0, 2.0, -5.0]
    thing.b = 7.0
    assert [ours(-1.0), ours(1.0)] == [-7.0, 2.0]


def test_a_default_that_is_taken_away_is_missed_as_eagerly() -> None:
    def f(x: Any, k: Any = 2.0) -> Any:
        return x * k

    ours = autograd.compile(f)
    assert ours.grad(1.0) == 2.0
    f.__defaults__ = (5.0,)
    assert ours.grad(1.0) == 5.0
    f.__defaults__ = None
    with pytest.raises(TypeError, match=r"f\(\) missing 1 required positional argument: 'k'"):
        ours.grad(1.0)
    f.__defaults__ = (3.0,)
    assert [ours.grad(1.0), ours.grad(1.0, 4.0)] == [3.0, 4.0]


@pytest.mark.parametrize("engine", ENGINES)
def test_lists_of_what_is_read_are_asked_together(engine: str) -> None:
    rows: list[list[Any]] = [[Value(1.0), Value(2.0)], [Value(3.0)], []]

    def f(x: Any) -> Any:
        return sum((w * x for row in rows for w in row), 0.0 * x)

    ours = autograd.compile(f, engine=engine)
    assert ours(1.0) == 6.0
    rows[0][1].data = 5.0
    assert ours(1.0) == 9.0
    rows[0][1] = Value(7.0)
    assert ours(1.0) == 11.0
    rows[0].reverse()
    assert ours(1.0) == 11.0
    rows[2].append(Value(4.0))
    assert ours(1.0) == 15.0
    rows[0].clear()
    assert ours(1.0) == 7.0
    rows[1][0] = 0.5
    assert ours(1.0) == 4.5


@pytest.mark.parametrize("engine", ENGINES)
def test_attributes_of_many_objects_are_asked_together_by_identity(engine: str) -> None:
    class Unit:
        def __init__(self, w: list[float]) -> None:
            self.w = w

        def __call__(self, x: Any) -> Any:
            return self.w[0] * x

    class Other(Unit):
        def __call__(self, x: Any) -> Any:
            return 10.0 * super().__call__(x)

    units = [Unit([1.0]) for _ in range(20)]
    implicit = autograd.compile(lambda x: sum(unit(x) for unit in units), engine=engine)
    explicit = autograd.compile(lambda x: sum(unit.__call__(x) for unit in units), engine=engine)

    def both() -> tuple[float, float]:
        return implicit(2.0), explicit(2.0)

    assert both() == (40.0, 40.0)
    units[3].w = equal = [1.0]  # another list with equal numbers
    assert both() == (40.0, 40.0)
    equal[0] = 2.0
    assert both() == (42.0, 42.0)
    units[5].__class__ = Other
    assert both() == (60.0, 60.0)
    units[7].__dict__["__call__"] = lambda x: 0.0  # which Python looks up only where it is asked for by name
    assert both() == (60.0, 58.0)
    del units[9].w
    with pytest.raises(AttributeError, match="'w'"):
        implicit(2.0)


def test_another_module_of_the_same_name_and_other_keywords_of_a_partial_are_noticed() -> None:
    def f(x: Any, factor: Any) -> Any:
        import surroundings_of_f  # type: ignore[import-not-found]  # it is made below

        return x * surroundings_of_f.k * factor

    sys.modules["surroundings_of_f"] = first = ModuleType("surroundings_of_f")
    first.k = 2.0  # type: ignore[attr-defined]  # of this module alone
    g = partial(f, factor=1.0)
    ours = autograd.compile(g)
    try:
        assert ours.value_and_grad(1.0) == (2.0, 2.0)
        sys.modules["surroundings_of_f"] = other = ModuleType("surroundings_of_f")
        other.k = 3.0  # type: ignore[attr-defined]  # likewise
        assert ours.value_and_grad(1.0) == (3.0, 3.0)
        g.keywords["factor"] = 5.0
        assert ours.value_and_grad(1.0) == (15.0, 15.0)
    finally:
        del sys.modules["surroundings_of_f"]


def test_tuples_of_numbers_cost_no_question_and_lists_in_tuples_one() -> None:
    numbers: Any = ((2.0, 3.0), "a")
    ours = autograd.compile(lambda x: x * numbers[0][1])
    assert ours(1.0) == 3.0
    assert "changed" not in ours.source
    numbers = ((2.0, 5.0), "a")
    assert ours(1.0) == 5.0
    mixed: Any = ((2.0, [3.0]), "a")
    other = autograd.compile(lambda x: x * mixed[0][1][0])
    assert other(1.0) == 3.0
    mixed[0][1][0] = 5.0
    assert other(1.0) == 5.0
