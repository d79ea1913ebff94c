"""Arguments of any kind: numbers are inputs of a program, whatever else there is tells programs apart by content."""

# ruff: noqa: E501  # a function and its calls stand on one line
from __future__ import annotations

import collections
import dataclasses
import datetime
import decimal
import enum
import fractions
import functools
import itertools
import math
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

import autograd
from autograd import CompileError, Value, atan2, cos, sin, where
from autograd.compiler.engines import ENGINES
from autograd.tree import flatten
from tests.test_compiler_python import agree


class Slots:
    __slots__ = ("k",)

    def __init__(self, k: float) -> None:
        self.k = k


@dataclasses.dataclass(slots=True)
class Data:
    k: float
    name: str = ""


@dataclasses.dataclass
class Half:
    k: float

    @property
    def twice(self) -> float:
        return 2 * self.k


class Colour(enum.Enum):
    RED, BLUE = 1, 2


class Level(enum.IntEnum):
    LOW, HIGH = 1, 2


def matched(x: Any, n: Any) -> Any:
    match n:
        case 0:
            return x
        case 1:
            return x * 2
        case int():
            return x * 3
    return -x


def counted(x: Any, n: Any) -> Any:
    while n:
        x = x * 2
        n -= 1
    return x


def keyword(x: Any, /, y: Any, *, z: Any = 2.0) -> Any:
    return x * y * z


def whole_elsewhere(x: Any, n: Any) -> Any:
    return x * n if x > 0 else of_whole(x, n)


def of_whole(x: Any, n: Any) -> Any:
    return x * n if isinstance(n, int) else x * x


class Doubled(float):
    def __mul__(self, other: Any) -> Any:
        return 2.0 * float(self) * other

    __rmul__ = __mul__


class Metres(float):
    """A float that computes as any other."""


class Marked(float):
    k: float

    def __new__(cls, x: float, k: float) -> Marked:
        made = super().__new__(cls, x)
        made.k = k
        return made


class Hundreds(int):
    def __mul__(self, other: Any) -> Any:
        return 100 * int(self) * other


class Numbers(list[float]):
    k: float


class Table(dict[str, float]):
    k: float


class Grid(np.ndarray):  # type: ignore[misc]  # NumPy is not typed here
    k: float


@dataclasses.dataclass(init=False)
class Listed(list[float]):
    k: float = 2.0


@dataclasses.dataclass
class Derived:
    a: float
    c: float = dataclasses.field(init=False, default=2.0)

    def __post_init__(self) -> None:
        self.square = self.a * self.a


def with_k(x: Any, k: float) -> Any:
    x.k = k
    return x


def with_c(x: Any, c: float) -> Any:
    x.c = c
    return x


@functools.singledispatch
def kind_of(x: Any) -> float:
    return 2.0


kind_of.register(int)(lambda x: 3.0)
kind_of.register(float)(lambda x: 5.0)
HUGE = 94906267  # whose square floats do not hold


def horner(x: Any, n: Any) -> Any:
    r = 1
    for k in range(6):
        r = (r * n + k) % 1000003
    return x * r


def closing(k: list[float]) -> Any:
    return lambda x: x * k[0]


def times(k: float) -> Any:
    return lambda x: x * k


def ops_names(sin: Any, exp: Any, other: Any, eager: Any = 2.0, untraced: Any = 1.0, default: Any = 3.0) -> Any:
    return sin * exp * other * eager * untraced * default


# A function, and arguments of calls one after the other; those that are a dict come by keyword.
CALLS: dict[str, tuple[Any, ...]] = {
    "numbers by keyword": (lambda x, k=1.0: x * k, (1.0, {"k": 2.0}), (1.0, {"k": 3.0}), (2.0,), (2.0, {"k": 3})),
    "keyword-only": (keyword, (1.0, 2.0), (1.0, {"y": 2.0}), (1.0, 2.0, {"z": 5.0}), (1.0, 2, {"z": np.float64(3)})),
    "stars": (lambda x, *z, **d: x + sum(z) + sum(d.values()), (1.0, 2.0), (1.0,), (1, 2, 3), (1.0, {"a": 2.0}), (1.0, {"b": 3})),
    "odd names": (lambda lambda_, _x, x__y: lambda_ * _x * x__y, (1.0, 2.0, 3.0), (1.0, {"_x": 2.0, "x__y": 3.0})),
    "names of ops": (ops_names, (1.0, 2.0, 3.0), (1.0, 2.0, {"other": 3.0}), (1.0, 2.0, 3.0, 4.0), (1.0, 2.0, 3.0, {"default": 3})),
    "lists": (lambda x, v: sum(x * a for a in v), (1.0, [1.0, 2.0]), (1.0, [1.0, 2.0, 3.0]), (1.0, [1, 2]), (1.0, (1, 2)), (1.0, [])),
    "dicts": (lambda x, d: x * d["a"]["b"] * d["c"][0], (1.0, {"a": {"b": 2.0}, "c": [3.0]}), (1.0, {"c": (5.0,), "a": {"b": 7.0}})),
    "order of keys": (lambda x, d: sum((i + 1) * v * x for i, v in enumerate(d.values())), (1.0, {"a": 1.0, "b": 2.0}), (1.0, {"b": 2.0, "a": 1.0})),
    "other keys": (lambda x, d: x * d[1], (1.0, {1: 2.0}), (1.0, {1: 3.0, 2: 4.0})),
    "flags": (lambda x, m: x if m else -x, (1.0, True), (1.0, False), (1.0, 1), (1.0, 0), (1.0, np.bool_(False)), (1.0, None)),
    "True itself": (lambda x, m: x if m is True else -x, (1.0, True), (1.0, False), (1.0, 1), (1.0, 0)),
    "lists of flags": (lambda x, m: sum(x * i for i, b in enumerate(m) if b), (1.0, [True, True, False]), (1.0, [False, True, True])),
    "arrays of flags": (lambda x, m: sum(x * i for i, b in enumerate(m) if b), (1.0, np.array([True, True, False])), (1.0, np.array([False, True, True]))),
    "masks": (lambda v, m: np.sum(v[m]), (np.array([1.0, 2.0, 3.0]), np.array([True, False, True])), (np.array([1.0, 2.0, 3.0]), np.array([True, True, True]))),
    "masks in dicts": (lambda x, d: x * np.sum(d["v"][d["m"]]), (1.0, {"v": np.array([1.0, 2.0]), "m": np.array([True, False])}), (1.0, {"v": np.array([1.0, 2.0]), "m": np.array([True, True])})),
    "indices": (lambda v, i: np.sum(v[i]), (np.array([1.0, 2.0, 3.0]), np.array([0, 1])), (np.array([1.0, 2.0, 3.0]), np.array([2, 1]))),
    "sums of arrays": (lambda v: np.sum(v * v), (np.array([2.0, 3.0]),), (np.array([2.0, 3.0, 4.0]),), (np.array([2, 3]),)),
    "entries of arrays": (lambda v: v[0] * v[1] ** 2 + v.mean() + len(v), (np.array([2.0, 3.0]),), (np.array([2.0, 3.0, 4.0]),)),
    "shapes": (lambda v, n: np.sum(v.reshape(n, -1)[0]), (np.arange(4.0), 2), (np.arange(4.0), 1)),
    "arrays of texts": (lambda x, v: x if v[0] == "a" else -x, (1.0, np.array(["a", "b"])), (1.0, np.array(["b", "b"]))),
    "records": (lambda x, v: x * float(v["a"][0]), (1.0, np.array([(1.0, 2)], dtype="f8,i4")[["f0"]].astype([("a", "f8")])), (1.0, np.array([(3.0,)], dtype=[("a", "f8")]))),
    "texts": (lambda x, m: x if m == "a" else -x, (1.0, "a"), (1.0, "b"), (1.0, b"a")),
    "dates": (lambda x, d: x * d.year, (1.0, datetime.date(2020, 1, 1)), (1.0, datetime.date(2021, 1, 1)), (1.0, pd.Timestamp("2022-01-01")), (1.0, pd.Timestamp("2023-01-01"))),
    "objects": (lambda x, c: x * c.k, *((1.0, c) for c in (SimpleNamespace(k=2.0), SimpleNamespace(k=3.0, g=sin), SimpleNamespace(k=Value(5.0)), Slots(2.0), Slots(3.0), Data(2.0, "a"), Data(3.0, "a")))),
    "lists of objects": (lambda x, c: sum(x * t.k for t in c), (1.0, [Slots(2.0)]), (1.0, [Slots(3.0)]), (1.0, [Slots(3.0), Slots(5.0)])),
    "attributes by name": (lambda x, c, n: x * getattr(c, n), (1.0, SimpleNamespace(k=2.0, q=7.0), "k"), (1.0, SimpleNamespace(k=2.0, q=7.0), "q"), (1.0, SimpleNamespace(k=2.0, q=8.0), "q")),
    "sets": (lambda x, s: x * len(s) if 3 in s else -x, (1.0, {1, 2, 3}), (1.0, {1, 2}), (1.0, frozenset([3]))),
    "containers": (lambda x, s: x * s[0], (1.0, collections.deque([1.0, 2.0])), (1.0, collections.deque([3.0])), (1.0, bytearray(b"ab")), (1.0, bytearray(b"cb")), (1.0, range(3, 5)), (1.0, range(5, 6))),
    "enumerations": (lambda x, c: x if c is Colour.RED else -x, (1.0, Colour.RED), (1.0, Colour.BLUE)),
    "enumerations of ints": (lambda x, n: x * n if n is Level.LOW else -x * n, (1.0, Level.LOW), (1.0, Level.HIGH), (1.0, 1), (1.0, 2.0)),
    "masked arrays": (lambda x, v: x * float(v.sum()), *((1.0, np.ma.array([1.0, 2.0, 3.0], mask=mask)) for mask in ([0, 1, 0], [0, 0, 0], [1, 1, 0]))),
    "properties of a dataclass": (lambda x, p: x * p.twice * p.k, (1.0, Half(2.0)), (1.0, Half(3.0)), (1.0, Half(3)), (1.0, Half(np.float64(3)))),
    "dataclasses of one field by derivative": (lambda p, x: x * p.twice, (Half(2.0), 3.0), (Half(3), 3.0)),
    "functions": (lambda x, g: g(x), (1.0, sin), (1.0, cos), (1.0, times(2.0)), (1.0, times(3.0))),
    "slices": (lambda v, s: sum(v[s]), ([1.0, 2.0, 3.0], slice(0, 2)), ([1.0, 2.0, 3.0], slice(1, 3))),
    "Series": (lambda x, s: x * s.iloc[0] * s["b"], (1.0, pd.Series([1.0, 2.0], ["a", "b"])), (1.0, pd.Series([3.0, 2.0], ["a", "b"])), (1.0, pd.Series([3.0, 2.0], ["b", "a"]))),
    "Series of others": (lambda x, s: x if s.iloc[0] == s.iloc[1] else -x, (1.0, pd.Series(["a", "b"])), (1.0, pd.Series(["b", "b"])), (1.0, pd.Series([True, True]))),
    "Series of ints": (lambda x, s: sum(x * i for i in range(s.iloc[0])), (1.0, pd.Series([3, 2])), (1.0, pd.Series([4, 2]))),
    "a Series": (lambda s: sum(a * a for a in s), (pd.Series([1.0, 2.0], ["a", "b"]),), (pd.Series([3.0, 2.0], ["a", "b"]),)),
    "DataFrames": (lambda x, d: x * d["a"].sum(), (1.0, pd.DataFrame({"a": [1.0, 2.0]})), (1.0, pd.DataFrame({"a": [3.0, 2.0]}))),
    "other numbers": (lambda x, z: x * float(z.real), (1.0, 1 + 2j), (1.0, 2 + 2j), (1.0, fractions.Fraction(1, 3)), (1.0, decimal.Decimal(2)), (1.0, decimal.Decimal(3))),
    "NaN": (lambda x, y: x * y, (1.0, math.nan), (1.0, 2.0), (np.float64(1.0), np.float64("nan"))),
    "range(n)": (lambda x, n: sum(x * i for i in range(n)), (1.0, 3), (1.0, 4), (1.0, np.int64(3)), (1.0, 3)),
    "range of a default": (lambda x, n=3: sum(x * i for i in range(n)), (1.0,), (1.0, 4), (1.0, {"n": 5})),
    "range of entries": (lambda x, v: sum(x * i for i in range(v[0])), (1.0, [3]), (1.0, [4]), (1.0, np.array([3])), (1.0, np.array([4]))),
    "v[i]": (lambda v, i: v[i] * v[-i] * v[i - 1], ([1.0, 2.0, 3.0], 1), ([1.0, 2.0, 3.0], 2)),
    "v[:n]": (lambda v, n: sum(v[:n]), ([1.0, 2.0, 3.0], 1), ([1.0, 2.0, 3.0], 2), (np.arange(3.0), 2)),
    "d[n]": (lambda x, n: x * {1: 2.0, 2: 5.0}[n], (1.0, 1), (1.0, 2)),
    "n in a set": (lambda x, n: x if n in {1, 2} else -x, (1.0, 1), (1.0, 2), (1.0, 3)),
    "n in a tuple": (lambda x, n: x if n in (1, 2) else -x, (1.0, 1), (1.0, 2), (1.0, 3)),
    "isinstance": (lambda x, n: x if isinstance(n, int) else -x, (1.0, 1), (1.0, 2.0)),
    "type": (lambda x, n: x if type(n) is int else -x, (1.0, 1), (1.0, 2.0)),
    "match": (matched, (1.0, 0), (1.0, 1), (1.0, 2), (1.0, 2.5)),
    "if n": (lambda x, n: x if n else -x, (1.0, 0), (1.0, 1), (1.0, 2)),
    "while n": (counted, (1.0, 0), (1.0, 3)),
    "x ** n": (lambda x, n: x**n + 2**n + pow(x, n), (2.0, 1), (2.0, 2), (2.0, 2.0), (-2.0, 3), (0.5, 0)),
    "n // 2": (lambda x, n: x * (n // 2) + n % 2, (1.0, 5), (1.0, 4), (1.0, 5.0)),
    "[x] * n": (lambda x, n: sum([x] * n) + sum(n * [x]), (1.0, 5), (1.0, 4)),
    "bits": (lambda x, n: x * (n & 1) + x * (n << 1) + x * ~n, (1.0, 5), (1.0, 4)),
    "mathematics of ints": (lambda x, n: x * math.comb(n, 2) + math.factorial(n) + math.sqrt(n), (1.0, 5), (1.0, 4)),
    "ints as text": (lambda x, n: x * len(f"{n}" + str(n) + repr(n) + format(n, "d") + "%d" % n), (1.0, 5), (1.0, 44)),  # noqa: UP031  # is tested
    "hash(n)": (lambda x, n: x * hash(n), (1.0, 5), (1.0, 4)),
    "islice": (lambda x, n: sum(itertools.islice([x, x, x], n)), (1.0, 1), (1.0, 2)),
    "sizes of arrays": (lambda x, n: np.sum(np.arange(n) * x) + np.zeros(n).size + np.sum(np.eye(n) * x), (1.0, 3), (1.0, 4)),
    "whole on another path": (whole_elsewhere, (2.0, 3), (2.0, 0.5), (-2.0, 3), (-2.0, 3.0), (-2.0, 4), (-2.0, np.int64(4)), (-2, 3), (-2, 3.0)),
    "all kinds in turn": (lambda x, n: x * n + n, *((kind(2), other(3)) for kind in (float, int, np.float64, np.int64, np.float32, fractions.Fraction, bool) for other in (float, np.float64, int, np.int8))),
    "ints in structures": (lambda v, d: v[0] * d["a"] + v[1] * d["b"][0], ([1.0, 2], {"a": 2, "b": [3.0]}), ([1, 2], {"a": 2.0, "b": [3]}), ([np.float64(1), 2], {"a": 2.0, "b": [3]}), ([1, 2**53 + 1], {"a": 2, "b": [3]})),
    "arrays of no dimension": (lambda x, y: x * y, (np.array(1.5), 2.0), (1.5, 2.0), (np.array(2.5), 2), (np.array(3), np.array(4.0)), (np.float32(2.5), np.array(2))),
    "ints beside floats": (lambda x, n: x * 2 if n > 2.0**53 else x * 3, (1.0, 2**53 + 1), (1.0, 2**53), (1.0, 2**53 - 1), (1.0, 2.0**53), (1.0, 2.0**53 + 2), (1.0, 2**53 + 2), (1.0, 10**400), (1.0, -(10**400))),
    "ints by position only": (lambda x, /, n=2, *, m=3: x * n + m, (1.0,), (1.0, 4), (1.0, {"n": 5}), (1, {"m": 5}), (1, 2, {"m": 2.5}), (1.0, 2.5)),
    "large ints": (lambda x, n: x * (n % 7), (1.0, 10**17 + 1), (1.0, 10**17 + 2), (1.0, 8)),
    "large ints beside": (lambda x, n: x if n == 2**60 + 1 else -x, (1.0, 2**60 + 2), (1.0, 2**60 + 1), (1.0, 2)),
    "functions of floats": (lambda x, k: x * math.exp(k) * round(k) * int(k), (1.0, 2.5), (1.0, 1.5)),
    "floats as text": (lambda x, k: x * float(f"{k:.1f}") * float(f" {k}") * float(str(k)), (1.0, 2.5), (1.0, 1.5), (2.0, 1.5)),
    "the length of a text": (lambda x, k: x * len(f"{k}{k * 2}" + str(k) + repr(k)), (1.0, 2.5), (1.0, 1.25), (1.0, 100)),
    "closures of functions": (lambda x, g: g(x), *((1.0, closing([k])) for k in (2.0, 3.0, 2.0))),
    "paths by keyword": (lambda x, *, n=1.0, s="a": (x * n if x > 0 else x - n) if s == "a" else x * x, (1.0,), (1.0, {"n": 2.0}), (-1.0, {"n": 2}), (-1.0, {"s": "b"}), (-1.0, {"n": 2.5, "s": "a"})),
    "squares of large ints": (lambda x, n: x * ((n * n) % 7), (1.0, 3), (1.0, HUGE), (1.0, 2**53 - 1), (1.0, np.int64(HUGE)), (HUGE, HUGE)),
    "products of ints": (lambda x, v: x * ((v[0] * v[1]) % 11), (1.0, [2, 5]), (1.0, [HUGE, HUGE + 2]), (1.0, np.array([HUGE, 3]))),
    "sums of ints": (lambda x, v: x * (sum(v) - v[0]), (1.0, [2, 5]), (1.0, [2**53 - 1, 2**53 - 3]), (1.0, [2**50, 2**50 - 1]), (1.0, [2**49 + 1, 1])),
    "differences of ints": (lambda x, n: x * ((n + 1) - (n * 2) + n), (1.0, 2), (1.0, 2**53 - 1), (1.0, 2**52 + 1)),
    "quotients of ints": (lambda x, n: x * ((n * 3) // 2 - n) + (n * n) / (n * n + 1), (1.0, 2), (1.0, 2**53 - 1), (1.0, HUGE)),
    "powers of ints": (lambda x, n: x * ((n**10) % 13) + 2 ** (-n) * x, (1.0, 2), (1.0, 100), (1.0, 1001)),
    "powers of two": (lambda x, n: x * (2**n - (2**n - 1)) + n**-1 + n**n % 5, (1.0, 2), (1.0, 60), (1.0, 100)),
    "comparisons of ints": (lambda x, n: x * 2 if n * n + 1 > n * n else x * 3, (1.0, 2), (1.0, HUGE)),
    "equal ints and floats": (lambda x, n: x * 2 if n * 3 == n * 2.0 + n else x * 3, (1.0, 2), (1.0, 2**53 - 1), (1.0, 2**53 - 3)),
    "a chosen int": (lambda x, n: x * ((where(x > 0, n, n + 1) ** 3) % 7) + where(x > 0, n, 0.5), (1.0, 3), (-1.0, 3), (1.0, HUGE)),
    "negated ints": (lambda x, n: x * ((-n * n) % 7) + abs(-n) + +n, (1.0, 2), (1.0, HUGE), (1.0, -HUGE)),
    "ints by Horner's rule": (horner, (1.0, 2), (1.0, HUGE), (1.0, 2**20)),
    "rounded ints": (lambda x, n: x * (round(n) * math.floor(n) * math.ceil(n) * math.trunc(n) % 1009) + round(n, 1) + round(n, -1), (1.0, 2), (1.0, 2**19 + 1), (1.0, 16)),
    "signs of zeros of ints": (lambda x, n: atan2(-n, x) + atan2(n * -5, x) + atan2(n % -3, x) + atan2(n // -9, x), (-1.0, 3), (-1.0, 0), (-1.0, -3)),
    "divmod": (lambda x, n: x * divmod(n, 3)[0] + divmod(n, 3)[1], (1.0, 7), (1.0, -7), (1.0, 2**50 + 5)),
    "ints that wrap": (lambda x, v: x * float(v[0] + v[1]), (1.0, np.array([100, 100])), (1.0, np.array([100, 100], "u1")), (1.0, np.array([10, 10], "i1"))),
    "flags and ints": (lambda x, n: x * (n + True) * n + (x > 0) * n, (1.0, 2), (1.0, 3)),
    "floats of their own": (lambda x, t: t * x, (3.0, Doubled(2.0)), (3.0, Doubled(4.0)), (3.0, 4.0), (3.0, Metres(5.0)), (3.0, Metres(6.0))),
    "floats of their own first": (lambda x: x * 2, (Doubled(2.0),), (2.0,), (Metres(2.0),)),
    "lists of floats of their own": (lambda x, t: t[0] * x, (3.0, [2.0]), (3.0, [Doubled(2.0)])),
    "floats with attributes": (lambda x, t: t * t.k * x, (3.0, Marked(2.0, 5.0)), (3.0, Marked(2.0, 6.0)), (3.0, Marked(3.0, 6.0))),
    "ints of their own": (lambda x, t: t * x, (3.0, 2), (3.0, Hundreds(2)), (3.0, Hundreds(3))),
    "fractions": (lambda x, t: x * (t * 3 - 1) + t.numerator, (3.0, fractions.Fraction(1, 3)), (3.0, fractions.Fraction(2, 3))),
    "attributes besides fields": (lambda x, p: x * p.k * getattr(p, "more", 1.0), *((3.0, p) for p in (Half(2.0), with_k(Half(1.0), 2.5)))),
    "new attributes of a dataclass": (lambda x, p: x * p.a * getattr(p, "k", 1.0), *((3.0, p) for p in (Derived(2.0), with_k(Derived(2.0), 5.0), with_k(Derived(2.0), 6.0), Derived(3.0)))),
    "fields that are not given": (lambda x, p: x * p.a * p.c, *((3.0, p) for p in (Derived(2.0), with_c(Derived(2.0), 5.0), with_c(Derived(2.0), 6.0)))),
    "derived attributes": (lambda x, p: x * p.square, (3.0, Derived(2.0)), (3.0, Derived(3.0))),
    "attributes of lists": (lambda x, p: x * p[0] * p.k, *((3.0, with_k(Numbers([2.0]), k)) for k in (3.0, 4.0))),
    "a dataclass that is a list": (lambda x, p: x * p[0] * p.k, *((3.0, with_k(Listed([2.0]), k)) for k in (3.0, 4.0))),
    "slopes of a list with attributes": (lambda p: p[0] * p[1] * p.k, *((with_k(Numbers([2.0, 3.0]), k),) for k in (3.0, 4.0))),
    "attributes of dicts": (lambda x, p: x * p["a"] * p.k, *((3.0, with_k(Table(a=2.0), k)) for k in (3.0, 4.0))),
    "attributes of arrays": (lambda x, p: x * float(p[0]) * p.k, *((3.0, with_k(np.array([2.0]).view(Grid), k)) for k in (3.0, 4.0))),
    "names of Series": (lambda x, s: x * len(s.name), *((1.0, pd.Series([1.0], name=name)) for name in ("a", "abc"))),
    "texts of NumPy's floats": (lambda x, y: x * len(repr(y)) + len(str(y)), (3.0, np.float64(1.0)), (3.0, 1.0), (3.0, np.float64(1.25)), (3.0, np.float32(0.1)), (3.0, 0.1)),
    "texts of arguments": (lambda x: x * len(repr(x)) + len(f"{x}") + len(str([x, {"a": x}])), (3.0,), (4.125,), (0.0,), (-0.0,), (3.0,)),
    "floats in sets": (lambda x, y: x * (2.0 if y in {1.0, 2.0} else 3.0), (3.0, 1.0), (3.0, 4.0), (3.0, 2.0), (3.0, 1)),
    "arguments in sets": (lambda x: x * (2.0 if x in {1.0, 2.0} else 3.0), (1.0,), (3.0,), (2.0,)),
    "floats as keys": (lambda x, y: x * {1.0: 5.0, 8.0: 6.0}[2 * y] * {0.5: 7.0}.get(y, 9.0), (3.0, 0.5), (3.0, 4.0)),
    "different floats": (lambda x, y, z: x * len({y, z, 1.0, where(y > 2, y, 1.0)}), (3.0, 1.0, 1.0), (3.0, 4.0, 1.0), (3.0, 2.0, 4.0), (3.0, 4.0, 4.0)),
    "isinstance of floats": (lambda x, y: x * (2.0 if isinstance(y, float) else 3.0), (3.0, 1.5), (3.0, 2), (3.0, np.float64(2.0))),
    "isinstance of arguments": (lambda x: x * (2.0 if isinstance(x, float) else 3.0), (3.0,), (2.0,)),
    "singledispatch": (lambda x, y: kind_of(y) * x, (1.0, 2), (1.0, 2.0), (1.0, "a")),
    "methods of NumPy's floats": (lambda x, y: x * y.round(1), (3.0, np.float64(1.06)), (3.0, np.float64(1.16))),
    "negated conditions": (lambda x: x * -(x > 0), (1.0,), (-1.0,), (0.0,), (-0.0,)),
    "classes of keys": (lambda x, d: x * len(type(min(d)).__name__) + 1 / min(d), *((1.0, {k: 2.0}) for k in (1, True, 1.0, 1))),
    "lengths that deques may have": (lambda x, d: x * (d.maxlen or 1), *((1.0, collections.deque([1.0], maxlen=n)) for n in (3, 4, None))),
    "the sign of a text": (lambda x: x * (2.0 if f"{x:.0f}".startswith("-") else 3.0), (0.0,), (-0.0,), (1.0,), (-1.0,), (math.nan,)),
}  # fmt: skip


def same(ours: Any, eager: Any) -> bool:
    return all(agree(a, b) for a, b in zip(flatten(ours)[0], flatten(eager)[0], strict=True))


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("what", CALLS)
def test_arguments_count_by_what_the_function_does_with_them(what: str, engine: str) -> None:
    f, *calls = CALLS[what]
    ours = autograd.compile(f, engine=engine)
    for call in (*calls, *calls):
        named = what in (
            "numbers by keyword",
            "keyword-only",
            "stars",
            "odd names",
            "names of ops",
            "range of a default",
            "ints by position only",
            "paths by keyword",
        )
        kwargs = call[-1] if named and isinstance(call[-1], dict) else {}
        args = call[: len(call) - bool(kwargs)]
        assert same(ours(*args, **kwargs), f(*args, **kwargs)), call
        assert same(ours.value_and_grad(*args, **kwargs), autograd.value_and_grad(f)(*args, **kwargs)), call


@pytest.mark.parametrize("engine", ENGINES)
def test_attributes_of_the_classes_of_containers_are_read(engine: str) -> None:
    class Pair(collections.namedtuple("Pair", "a b")):
        k = 2.0

    class Row(list[float]):
        k = 2.0

    @dataclasses.dataclass
    class Point:
        a: float
        k = 2.0

    ours = autograd.compile(lambda x, p, q, r: x * p.k * q.k * r.k * p.a * q[0], engine=engine)
    for factor in (3.0, 5.0):
        for a in (7.0, 11.0):
            expected = Pair.k * Row.k * Point.k * a * a
            assert ours.value_and_grad(1.0, Point(a), Row([a]), Pair(a, a)) == (expected, expected)
        Pair.k, Row.k, Point.k = factor, factor + 1, factor + 2


class Slotted:
    __slots__ = ("k", "m")
    m: float

    def __init__(self, k: float) -> None:
        self.k = k


@pytest.mark.parametrize("engine", ENGINES)
def test_slots_that_are_filled_or_emptied_later_count(engine: str) -> None:
    def f(x: Any, s: Slotted) -> Any:
        return x * s.k * (s.m if hasattr(s, "m") else 1.0)

    given, outside = Slotted(2.0), Slotted(2.0)
    ours, closed = (autograd.compile(g, engine=engine) for g in (f, lambda x: f(x, outside)))
    assert ours(1.0, given) == closed(1.0) == 2.0
    given.m = outside.m = 5.0
    assert ours(1.0, given) == closed(1.0) == 10.0
    del given.m, outside.m
    assert ours(1.0, given) == closed(1.0) == 2.0


@pytest.mark.parametrize("engine", ENGINES)
def test_tensors_count_by_content(engine: str) -> None:
    torch = pytest.importorskip("torch")
    ours = autograd.compile(lambda x, t: x * float(t[0]) * t.sum().item(), engine=engine)
    for k in (2.0, 5.0, 2.0):
        assert ours.value_and_grad(1.0, torch.tensor([k, 1.0])) == (k * (k + 1), k * (k + 1))


@pytest.mark.parametrize("engine", ENGINES)
def test_what_cannot_be_told_apart_is_refused_by_name(engine: str) -> None:
    ours = autograd.compile(lambda x, i: x * next(i), engine=engine)
    with pytest.raises(CompileError, match="reads an argument, an iterator"):
        ours(1.0, iter([2.0]))


@pytest.mark.parametrize("engine", ENGINES)
def test_objects_functions_and_classes_are_what_they_hold_at_each_call(engine: str) -> None:
    class A:
        k = 2.0

    k = [2.0]

    def g(x: Any) -> Any:
        return x * k[0]

    first = SimpleNamespace(k=2.0, v=[1.0])
    read = autograd.compile(lambda x, a: x * a.k * a.v[0], engine=engine)
    called = autograd.compile(lambda x, f: f(x), engine=engine)
    of_class = autograd.compile(lambda x, a: x * a.k, engine=engine)
    for factor in (3.0, 5.0, 3.0):
        assert [read(1.0, first), called(1.0, g), of_class(1.0, A)] == [first.k * first.v[0], k[0], A.k]
        assert read(1.0, SimpleNamespace(k=2.0, v=[1.0])) == 2.0  # as the first one was, which may be another now
        first.k, k[0], A.k = factor, factor, factor
        first.v[0] = factor
