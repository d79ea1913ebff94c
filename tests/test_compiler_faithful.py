"""Conditions behave as bools do, and a number that is taken out of a Value is no silent constant, by whatever way."""

# a function stands on one line
from __future__ import annotations

import array
import copy
import cProfile
import inspect
import math
import operator
import pickle
import statistics
import sys
import warnings
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest

import autograd
from autograd import CompileError, Value, Vector, where
from autograd.compiler.engines import ENGINES
from tests.test_compiler_python import agree


def identity(c: Any) -> float:
    return 2.0 if c is True else 3.0


def matched(c: Any) -> float:
    match c:
        case True:
            return 2.0
        case False:
            return 3.0
    return 9.0


def of_kind(c: Any) -> float:
    match c:
        case bool():
            return 2.0
    return 3.0


def of_number(x: Any) -> Any:
    match x:
        case 2.0:
            return x * 5
    return x * 7


def of_pair(x: Any) -> Any:
    match (x > 0, x > 1):
        case (True, True):
            return x * 5
        case (True, False):
            return x * 6
    return x * 7


CONDITIONS: dict[str, Any] = {
    "is True": lambda x: x * identity(x > 0),
    "is not False": lambda x: x * (2.0 if (x > 0) is not False else 3.0),
    "== True": lambda x: x * (2.0 if (x > 0) == True else 3.0),  # noqa: E712  # is tested
    "match": lambda x: x * matched(x > 0),
    "match bool()": lambda x: x * of_kind(x > 0),
    "match a number": of_number,
    "match a pair": of_pair,
    "isinstance": lambda x: x * (2.0 if isinstance(x > 0, bool) else 3.0),
    "type": lambda x: x * (2.0 if type(x > 0) is bool else 3.0),
    "an index": lambda x: [x * 2, x * 3][x > 0],
    "a key": lambda x: {True: x * 2, False: x * 5}[x > 0] + {1: 2.0, 0: 3.0}[x > 1],
    "int and float": lambda x: x * int(x > 0) + float(x > 1),
    "text": lambda x: x * len(f"{x > 0}" + str(x > 1) + repr(x > 2) + ",".join(map(str, [x > 0]))),
    "xor": lambda x: x * (2.0 if (x > 0) ^ (x > 1) else 3.0) + (True ^ (x > 0)),
    "invert": lambda x: x * int(~(x > 0)),
    "not": lambda x: x * (2.0 if not (x > 0) else 3.0),
    "shifts": lambda x: x * ((x > 0) << 2) + (1 << (x > 1)),
    "ints' own": lambda x: x * (x > 0).bit_length() + (x > 1).real + (x > 2).numerator,
    "sum": lambda x: x * sum([x > 0, x > 1, x > 2]) + sum(v > 0 for v in [x, x - 1]),
    "any and all": lambda x: x * (2.0 if any([x > 2, x > 1]) else 3.0) * (2.0 if all([x > 0, x > 1]) else 3.0),
    "sorted": lambda x: sorted([x, x * x, 1 - x], key=lambda v: v > 1)[1] + sorted([x, x * x])[1],
    "an argument": lambda x: x * (lambda c: 1.0 if c else 2.0)(x > 0),
    "sets": lambda x: x * len({x > 0, x > 1}) + hash(x > 0),
    "in": lambda x: x * (2.0 if (x > 0) in [True, 2] else 3.0) * [x > 0, x > 1].count(True),
    "arithmetic": lambda x: (x > 0) * x + (x > 1) * 2 - (x > 2) / 2 + (x > 0) ** 2 + 2.0 ** (x > 1) * x,
    "range": lambda x: sum([x for _ in range(x > 0)]) + x,
    "comparisons": lambda x: x * (2.0 if (x > 0) < (x > 1) else 3.0) * (2.0 if (x > 0) >= 1 else 3.0),
    "and": lambda x: x if x > 0 and x > 1 else -x,
    "&": lambda x: where((x > 0) & (x < 2), x, -x),
    "rounding": lambda x: x * round(x > 1) + abs(x > 1) + (x > 1) % 2 + (x > 1) // 1 + divmod(x > 0, 2)[1],
    "membership": lambda x: x * [0.0, 1.0, 2.0, 3.0, 0.5, -1.0].index(x) if x in [1.0, 2.0] else x,
}


@pytest.mark.filterwarnings("ignore:Bitwise inversion")  # of a bool, from Python 3.12 on, as eagerly
@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("what", CONDITIONS)
def test_conditions_behave_as_bools(what: str, engine: str) -> None:
    f = CONDITIONS[what]
    ours = autograd.compile(f, engine=engine)
    for x in (2.0, 0.5, -1.0, 3.0, 2.0, 0.5, -1.0, 1.0):
        assert agree(ours(x), f(x)), x
        assert agree(ours.value_and_grad(x), autograd.value_and_grad(f)(x)), x


class Holder:
    def __init__(self, x: Any) -> None:
        self.x = x

    def number(self) -> Any:
        return self.x.data


def another(x: Any) -> Any:
    x.__class__ = Value
    return x


def in_a_thread(work: Any) -> Any:
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(work).result()


TAKEN: dict[str, Any] = {
    "getattr": lambda x: x * math.exp(getattr(x, "data")),  # noqa: B009  # is tested
    "attrgetter": lambda x: x * operator.attrgetter("data")(x),
    "map": lambda x: x * sum(map(operator.attrgetter("data"), [x, x])),
    "partials": lambda x: x * (x * x).partials[0],
    "edges": lambda x: x * next((x * x).edges)[1],
    "paths": lambda x: x * len(str(list(autograd.paths(x * x, x)))),
    "Vector.data": lambda x: x * Vector([x, x], "v").data[0],
    "an attribute's": lambda x: x * Holder(x).number(),
    "Value of it": lambda x: x * Value([x][0]),
    "detached": lambda x: x * x.detach().data,
    "in an array": lambda x: x * np.array([x], dtype=object)[0].data,
    "copied": lambda x: x * copy.deepcopy(x).data,
    "pickled": lambda x: x * pickle.loads(pickle.dumps(x)).data,
    "in a thread": lambda x: in_a_thread(lambda: x * x.data),
    "sine in a thread": lambda x: x * in_a_thread(lambda: autograd.sin(x)),
    "a neuron in a thread": lambda x: x * in_a_thread(lambda: autograd.linear([x, x], [x, 2.0], 1.0)),
    "a comparison in a thread": lambda x: x * in_a_thread(lambda: 2.0 if x > 0.1 else 3.0),
    "descriptors": lambda x: x * Value.data.__get__(x),  # type: ignore[misc, attr-defined]
    "descriptors by text": lambda x: x * vars(Value)["partials"].__get__(x * x)[0],
    "past the class": lambda x: x * object.__getattribute__(x, "data"),
    "super": lambda x: x * super(type(x), x).data,
    "another class": lambda x: x * setattr(x, "__class__", Value),  # type: ignore[func-returns-value]
    "assigned another class": lambda x: x * another(x * 1).data,
    "static attributes": lambda x: x * inspect.getattr_static(x, "data").__get__(x),
    "reduced": lambda x: x * next(y for y in x.__reduce_ex__(2)[2] if isinstance(y, float)),
    "pickled whole": lambda x: x * pickle.loads(pickle.dumps(x)),
    "text": lambda x: x * float(f"{x:.3f}"),
    "text with more": lambda x: x * float(f" {x:.3f} "),
    "text by format": lambda x: x * float("{:.2f}".format(x)),  # noqa: UP032  # is tested
    "text of it": lambda x: x * float(str(x).strip("Value()")) + len(repr(x)),
    "recomputed": lambda x: (lambda y: (y.recompute(), y)[1])(x * x),
}
REFUSED: dict[str, Any] = {  # eagerly, too
    "round(float())": lambda x: x * round(float(x)),
    "int": lambda x: x * int(x),
    "math": lambda x: x * math.fsum([x]),
    "statistics": lambda x: x * statistics.fmean([x, x]),
    "array": lambda x: x * array.array("d", [x])[0],
    "NumPy": lambda x: x * np.asarray([x], dtype=float)[0],
    "complex": lambda x: x * complex(x).real,
}


@contextmanager
def profiled() -> Iterator[None]:
    with cProfile.Profile():
        yield


@contextmanager
def settraced() -> Iterator[None]:
    before = sys.gettrace()
    sys.settrace(lambda *_: None)
    try:
        yield
    finally:
        sys.settrace(before)


@pytest.mark.parametrize(
    ("engine", "watched"),
    [*((engine, warnings.catch_warnings) for engine in ENGINES), ("python", profiled), ("python", settraced)],
)
@pytest.mark.parametrize("what", [*TAKEN, *REFUSED])
def test_a_number_that_is_taken_out_is_an_error_with_its_line_or_right(what: str, engine: str, watched: Any) -> None:
    f = (TAKEN | REFUSED)[what]
    ours = autograd.compile(f, engine=engine)
    with watched():
        try:
            for x in (2.0, 0.5, -1.0, 3.0, 2.0):
                assert agree(ours.value_and_grad(x), autograd.value_and_grad(f)(x))
        except CompileError as error:
            assert "Line " in str(error)  # noqa: PT017  # either is right
            assert __file__ in str(error)  # noqa: PT017  # either is right
        except TypeError as error:
            assert what in REFUSED, error  # noqa: PT017  # an error is right for these
        else:
            assert what in TAKEN


@pytest.mark.parametrize("engine", ENGINES)
def test_a_closed_over_way_to_the_number_is_refused_by_name(engine: str) -> None:
    way = vars(Value)["data"]
    take = way.__get__
    with pytest.raises(CompileError, match="reads take, which takes the number out of a Value"):
        autograd.compile(lambda x: x * take(x), engine=engine).grad(2.0)
    with pytest.raises(CompileError, match="reads way, which takes the number out of a Value"):
        autograd.compile(lambda x: x * [way][0].__get__(x), engine=engine).grad(2.0)


@pytest.mark.parametrize("engine", ENGINES)
def test_derivatives_by_values_that_are_closed_over_are_kept(engine: str) -> None:
    def compiled(f: Any) -> Any:
        return autograd.compile(f, engine=engine)

    assert autograd.grad(lambda x: compiled(lambda y: x * y)(2.0))(3.0) == 2.0
    assert autograd.value_and_grad(lambda x: compiled(lambda y: x * y)(2.0))(3.0) == (6.0, 2.0)
    assert autograd.hessian(lambda x: compiled(lambda y: x * x * y)(2.0))(3.0) == 4.0
    assert autograd.jvp(lambda x: compiled(lambda y: x * y)(2.0), (3.0,), (5.0,)) == (6.0, 10.0)
    assert autograd.grad(lambda x: compiled(lambda y: x * y * y).grad(2.0))(3.0) == 4.0
    assert autograd.grad(lambda x: compiled(lambda y: [x][0] * y)(2.0))(3.0) == 2.0
    assert autograd.grad(lambda x: (lambda h: compiled(lambda y: h.x * y)(2.0))(Holder(x)))(3.0) == 2.0
    assert autograd.grad(lambda x: autograd.grad(lambda z: compiled(lambda y: x * z * z * y)(2.0))(3.0))(5.0) == 12.0
    assert compiled(lambda x: autograd.grad(lambda z: compiled(lambda y: x * z * z * y)(2.0))(x)).grad(5.0) == 40.0
    w = Value(3.0)
    product = compiled(lambda y: w * y)
    product(Value(2.0)).backward()
    assert w.grad == 2.0
    assert product(2.0) == 6.0
