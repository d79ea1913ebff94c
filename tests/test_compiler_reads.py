"""A compiled function is the function, whatever changes outside that it reads, in every way in which code can read."""

# ruff: noqa: E501  # what is read, and what changes it, stand on one line
from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import autograd
from autograd import CompileError
from autograd.compiler.engines import ENGINES
from tests.test_compiler_python import agree

BEFORE = """
import array, collections, contextvars, dataclasses, decimal, enum, functools, math, operator, os, sys, threading, time
import types, weakref
from types import SimpleNamespace as Space
from typing import NamedTuple
import mpmath, numpy as np, pandas as pd, pytest
import autograd
from autograd import *
from autograd import Vector
import nn
class Thing:
    k = 2.0
    def m(self, x): return x * self.k
    def __getitem__(self, i): return self.k * i
    def __len__(self): return int(self.k)
    def __contains__(self, i): return i == self.k
    def __iter__(self): return iter([self.k])
    def __bool__(self): return self.k > 2
    def __rmul__(self, x): return x * self.k
    @property
    def p(self): return self.k * 2
    @functools.cached_property
    def c(self): return self.k * 3
    @classmethod
    def by_class(cls, x): return x * cls.k
    @staticmethod
    def by_itself(x): return x * K
class Other:
    k = 7.0
    def m(self, x): return x + self.k
thing, other, K = Thing(), Other(), 2.0
def helper(x): return x * K
"""

# What is read, and what changes it.
CHANGES: dict[str, tuple[str, ...]] = {
    "an op bound anew": ("def f(x): return sin(x) * x", "sin = cos", "sin = lambda x: x * 3"),
    "a builtin": ("def f(x): return abs(x) * x + max(x, 2.0)", "abs = lambda x: x * 3", "max = min", "del max"),
    "a class": ("def f(x): return Thing().m(x)", "Thing.k = 3.0", "Thing = Other", "Other.m = lambda s, x: x * 9"),
    "a module": ("def f(x): return x * math.exp(K)", "K = 1.0", "math = Space(exp=lambda k: k)"),
    "a foreign function": ("def f(x): return helper(x)", "helper = lambda x: x * 5", "K = 4.0", "helper = sin"),
    "an attribute of a module": ("def f(x): return autograd.sin(x)", "s, autograd.sin = autograd.sin, cos",
                                 "autograd.sin = s"),
    "a module that is imported": ("sys.modules['surely'] = s = types.ModuleType('surely'); s.K = 2.0\n"
                                  "def f(x):\n    import surely as q\n    from surely import K\n    return x * q.K * K",
                                  "s.K = 3.0"),
    "a custom op": ("p = custom('surely', lambda m, x: (x * x, (2 * x,)))\ndef f(x): return p(x)",
                    "del autograd.ops.TABLE['surely']; p = custom('surely', lambda m, x: (x * x * x, (3 * x * x,)))"),
    "what a custom op reads": ("p = custom('surely', lambda m, x: (x * K, (K,)))\ndef f(x): return p(x)", "K = 3.0"),
    "an attribute of a class": ("def f(x): return x * thing.k", "Thing.k = 3.0", "thing.k = 5.0", "del thing.k"),
    "one of a base": ("class A(Thing): pass\na = A()\ndef f(x): return x * a.k", "Thing.k = 3.0", "A.k = 5.0"),
    "a method": ("def f(x): return thing.m(x)", "Thing.m = lambda s, x: x * 3", "thing.m = lambda x: x * 4"),
    "a method by super": ("class A(Thing):\n    def m(self, x): return super().m(x) * 2\na = A()\ndef f(x): return a.m(x)",
                          "Thing.k = 3.0", "Thing.m = lambda s, x: x * 5"),
    "a bound method": ("g = thing.m\ndef f(x): return g(x)", "thing.k = 3.0"),
    "a method that is mapped": ("def f(x): return sum(map(thing.m, [x, x]))", "thing.k = 3.0"),
    "a property": ("def f(x): return x * thing.p", "thing.k = 3.0", "Thing.p = property(lambda s: 9.0)"),
    "a cached property": ("def f(x): return x * thing.c", "thing.c = 3.0", "del thing.c; thing.k = 7.0"),
    "a method of a class": ("def f(x): return thing.by_class(x)", "Thing.k = 3.0"),
    "a static method": ("def f(x): return Thing.by_itself(x)", "K = 3.0", "Thing.by_itself = staticmethod(lambda x: x * 8)"),
    "operators": ("def f(x): return x * thing + thing[3] * x + len(thing) * x + (x if 2.0 in thing else -x) + (x if thing"
                  " else 5 * x) + sum(x * q for q in thing)", "thing.k = 3.0", "Thing.__len__ = lambda s: 8"),
    "a name of a named tuple": ("class A(NamedTuple):\n    k: float\na = A(2.0)\ndef f(x): return x * a.k", "a = A(3.0)",
                                "A.k = property(lambda s: 9.0)", "del A.k; A.k = A.__dict__.get('k', 4.0)"),
    "a descriptor": ("class D:\n    k = 2.0\n    def __get__(self, x, kind): return self.k\nclass A: d = D()\na = A()\n"
                     "def f(x): return x * a.d", "A.__dict__['d'].k = 5.0"),
    "an attribute by text": ("def f(x): return x * getattr(thing, 'k')", "thing.k = 3.0"),
    "one that may be missing": ("thing = Space()\ndef f(x): return x * thing.q if hasattr(thing, 'q') else -x",
                                "thing.q = 3.0", "del thing.q"),
    "one with a default": ("def f(x): return x * getattr(thing, 'q', 2.0)", "Thing.q = 3.0", "thing.q = 4.0"),
    "one that is caught": ("def f(x):\n    try: return x * thing.q\n    except AttributeError: return -x", "thing.q = 3.0"),
    "a key that is caught": ("d = {}\ndef f(x):\n    try: return x * d['q']\n    except KeyError: return -x", "d['q'] = 3.0"),
    "a name that is caught": ("def f(x):\n    try: return x * q\n    except NameError: return -x", "q = 3.0", "del q"),
    "__getattr__": ("class A:\n    def __init__(self): self.d = {'k': 2.0}\n    def __getattr__(self, n): return self.d[n]\n"
                    "a = A()\ndef f(x): return x * a.k", "a.d['k'] = 5.0", "a.k = 7.0"),
    "__dict__": ("thing.k = 2.0\ndef f(x): return x * thing.__dict__['k'] + vars(thing)['k']", "thing.k = 3.0"),
    "globals()": ("def f(x): return x * globals()['K']", "K = 3.0"),
    "eval": ("def f(x): return eval('x * K')", "K = 3.0"),
    "attrgetter": ("a = Space(b=thing)\ng = operator.attrgetter('b.k')\ndef f(x): return x * g(a)", "thing.k = 3.0"),
    "methodcaller": ("g = operator.methodcaller('m', 1.0)\ndef f(x): return x * g(thing)", "thing.k = 3.0"),
    "itemgetter": ("a = [2.0, 3.0]\ng = operator.itemgetter(0)\ndef f(x): return x * g(a)", "a[0] = 3.0"),
    "slots": ("class A: __slots__ = ('k', '__h')\na = A(); a.k = 2.0; a._A__h = 2.0\ndef f(x): return x * a.k * a._A__h",
              "a.k = 3.0", "a._A__h = 5.0"),
    "a dataclass with slots": ("@dataclasses.dataclass(slots=True)\nclass A:\n    k: float\na = A(2.0)\n"
                               "def f(x): return x * a.k", "a.k = 3.0"),
    "the class of an object": ("def f(x): return x * thing.k", "thing.__class__ = type('B', (Thing,), {'k': 9.0})"),
    "isinstance": ("def f(x): return x if isinstance(thing, Thing) else -x", "thing = other", "other.__class__ = Thing"),
    "sets": ("s = {1, 2}\ndef f(x): return x * len(s) if 1 in s else -x", "s.add(3)", "s.remove(1)"),
    "deques": ("s = collections.deque([1.0, 2.0])\ndef f(x): return x * s[0] + len(s)", "s.append(3.0)", "s[0] = 5.0"),
    "bytearrays": ("s = bytearray(b'ab')\ndef f(x): return x * s[0]", "s[0] = 5"),
    "array.array": ("s = array.array('d', [1.0, 2.0])\ndef f(x): return x * s[0]", "s[0] = 5.0"),
    "NumPy's arrays": ("s = np.array([1.0, 2.0])\ndef f(x): return x * s[0]", "s[0] = 5.0", "s[0] = math.nan"),
    "a view": ("b = np.arange(10.0); s = b[::2]\ndef f(x): return x * s[1]", "b[2] = 7.0"),
    "an array of objects": ("s = np.array([Value(1.0), 2.0], dtype=object)\ndef f(x): return x * s[0] + s[1]",
                            "s[0] = Value(4.0)", "s[1] = 4.0", "s[0].data = 9.0"),
    "tensors": ("torch = pytest.importorskip('torch')\ns = torch.tensor([1.0, 2.0])\ndef f(x): return x * s[0].item()", "s[0] = 5.0"),
    "a subclass of arrays": ("s = np.ma.array([1.0, 2.0], mask=[0, 1])\ndef f(x): return x * float(s.sum())", "s.mask = [1, 0]"),
    "pandas": ("d = pd.DataFrame({'a': [1.0, 2.0]})\ndef f(x): return x * d['a'].sum()", "d.loc[0, 'a'] = 9.0"),
    "a Series": ("d = pd.Series([1.0, 2.0])\ndef f(x): return sum(x * v for v in d)", "d.iloc[0] = 9.0"),
    "a Timestamp": ("d = pd.Timestamp('2020-01-01')\ndef f(x): return x * d.year", "d = pd.Timestamp('2021-01-01')"),
    "mpmath": ("d = mpmath.mpf(2)\ndef f(x): return x * float(d)", "d = mpmath.mpf(3)"),
    "zeros": ("z = 0.0\ndef f(x): return atan2(z, -x)", "z = -0.0", "z = 0.0"),
    "zeros in lists": ("z = [0.0]\ndef f(x): return atan2(z[0], -x)", "z[0] = -0.0", "z = [0.0]"),
    "zeros in dicts": ("z = {'a': (0.0,)}\ndef f(x): return atan2(z['a'][0], -x)", "z['a'] = (-0.0,)"),
    "zeros in arrays": ("z = np.array([0.0])\ndef f(x): return atan2(z[0], -x)", "z[0] = -0.0"),
    "NaN": ("k = math.nan\ndef f(x): return x * k", "k = 2.0", "k = float('nan')"),
    "kinds of numbers": ("k = 2\ndef f(x): return x if isinstance(k, int) else -x", "k = 2.0", "k = True"),
    "functions in lists": ("L = 5.0\nfs = [helper, lambda x: x + L]\ndef f(x): return sum(g(x) for g in fs)",
                           "K = 3.0", "L = 9.0", "fs.pop()"),
    "functions in dicts": ("fs = {'a': helper}\ndef f(x): return fs['a'](x)", "K = 3.0"),
    "lru_cache": ("@functools.lru_cache\ndef g(n): return n * K\ng(3)\ndef f(x): return x * g(3)", "g.cache_clear(); K = 5.0"),
    "wraps": ("def by(g):\n    @functools.wraps(g)\n    def w(*a): return g(*a) * K\n    return w\n"
              "@by\ndef f(x): return x * x", "K = 3.0"),
    "code replaced": ("def f(x): return helper(x)", "helper.__code__ = (lambda x: x * 3).__code__"),
    "its own code": ("def f(x): return x * 2", "f.__code__ = (lambda x: x * 3).__code__"),
    "attributes of functions": ("helper.k = 2.0\ndef f(x): return x * helper.k", "helper.k = 3.0"),
    "defaults": ("d = [2.0]\ndef f(x, k=d, *, q=2.0): return x * k[0] * q", "d[0] = 3.0", "f.__kwdefaults__ = {'q': 5.0}"),
    "a helper's defaults": ("def g(x, k=2.0): return x * k\ndef f(x): return g(x)", "g.__defaults__ = (3.0,)"),
    "partial": ("p = functools.partial(lambda k, x, *, q: x * k[0] * q, [4.0], q=2.0)\ndef f(x): return p(x)",
                "p.keywords['q'] = 5.0", "p.args[0][0] = 3.0"),
    "an object that is called": ("class A:\n    k = 2.0\n    def __call__(self, x): return x * self.k\nf = A()",
                                 "f.k = 3.0", "A.__call__ = lambda self, x: x * self.k * 9"),
    "functions in functions": ("def f(x):\n    def g(y):\n        return [y * K for _ in '12']\n    return sum(g(x))", "K = 3.0"),
    "a generator": ("def g():\n    for a in k: yield a\nk = [2.0, 3.0]\ndef f(x): return sum(x * a for a in g())", "k[0] = 7.0"),
    "a class within": ("def f(x):\n    class A:\n        q = K\n    return x * A.q", "K = 3.0"),
    "stars": ("k, d = [2.0], {'b': 3.0}\ndef g(x, a, b): return x * a * b\ndef f(x): return g(x, *k, **d)",
              "k[0] = 7.0", "d['b'] = 5.0"),
    "a subclass of list": ("class L(list): pass\nd = L([2.0]); d.k = 3.0\ndef f(x): return x * d[0] * d.k", "d[0] = 3.0", "d.k = 9.0"),
    "a subclass of float": ("class F(float): pass\nd = F(2.0); d.k = 3.0\ndef f(x): return x * d * d.k", "d.k = 5.0",
                            "d = F(7.0); d.k = 5.0"),
    "a subclass of dict": ("class D(dict):\n    def __getattr__(self, k): return self[k]\nd = D(a=2.0)\ndef f(x): return x * d.a",
                           "d['a'] = 3.0"),
    "other containers": ("d, l = collections.UserDict(a=2.0), collections.UserList([2.0])\n"
                         "c, o = collections.ChainMap({}, {'a': 2.0}), collections.OrderedDict(a=2.0, b=3.0)\n"
                         "e = collections.defaultdict(lambda: K)\n"
                         "def f(x): return x * d['a'] * l[0] * c['a'] * next(iter(o.values())) * e.get('q', 1.0)",
                         "d['a'] = 3.0", "l[0] = 3.0", "c.maps[1]['a'] = 3.0", "o.move_to_end('a')", "e['q'] = 3.0"),
    "a Vector": ("v = Vector([1.0, 2.0], 'v')\ndef f(x): return x * v[0]", "v[0].data = 5.0", "v.entries = (Value(8.0),)"),
    "a model": ("m = nn.MLP(2, [3, 1])\ndef f(x): return m([x, x * 2])", "[*m.parameters()][0].data = 5.0",
                "m = nn.MLP(2, [3, 1])"),
    "the environment": ("os.environ['surely'] = '2'\ndef f(x): return x * float(os.environ['surely'])",
                        "os.environ['surely'] = '3'"),
    "threads' own": ("v = threading.local(); v.k = 2.0\ndef f(x): return x * v.k", "v.k = 3.0"),
    "a weak reference": ("r = weakref.ref(thing)\ndef f(x): return x * r().k", "thing.k = 3.0"),
    "a list that is added to": ("def add(l): l.append(3.0); l.pop()\nl = [1.0]\ndef f(x):\n    add(l)\n    return x * l[0]",
                                "l[0] = 5.0"),
    "data of Values": ("w = Value(2.0)\ndef f(x): return x * w.data", "w.data = 3.0"),
    "data of many Values": ("ws = [Value(float(i)) for i in range(20)]\ndef f(x): return x * sum(w.data for w in ws)",
                            "ws[9].data = 3.0"),
    "gradients": ("w = Value(2.0); (w * w).backward()\ndef f(x): return x * w.grad", "(w * w).backward()"),
    "slopes of graphs": ("w = Value(2.0); u = w * w\ndef f(x): return x * u.partials[0] * next(u.edges)[1] * u",
                         "w.data = 5.0; u.recompute()"),
    "Values as text": ("w = Value(2.0)\ndef f(x): return x * float(f'{w:.1f}')", "w.data = 5.0"),
    "branches on Values": ("w = Value(2.0)\ndef f(x): return x * w if w > 0 else -x * w * 5", "w.data = -1.0", "w.data = 3.0"),
    "many objects": ("ts = [Space(k=1.0) for i in range(20)]\ndef f(x): return sum(x * t.k for t in ts)", "ts[9].k = 3.0",
                     "ts[3] = Thing()"),
    "objects of one class": ("ts = [Thing() for i in range(20)]\ndef f(x): return sum(t.m(x) for t in ts)", "ts[9].k = 3.0",
                             "ts[3].m = sin", "ts[4].__class__ = type('B', (Thing,), {'k': 9.0})"),
    "grad": ("def f(x): return grad(lambda z: z * z * z * K)(x)", "K = 3.0", "K = Value(5.0)"),
    "hessian": ("def f(x): return hessian(lambda z: z * z * z * K)(x)", "K = 3.0", "K = Value(5.0)"),
    "jacobian": ("def f(x): return jacobian(lambda z: z * z * z * K)(x)", "K = 3.0", "K = Value(5.0)"),
    "value_and_grad": ("def f(x): return value_and_grad(lambda z: z * z * z * K)(x)[1]", "K = 3.0", "K = Value(5.0)"),
    "jvp": ("def f(x): return autograd.jvp(lambda z: z * z * K, (x,), (1.0,))[1]", "K = 3.0", "K = Value(5.0)"),
    "compiled": ("g = autograd.compile(lambda z: z * z * K)\ng(3.0)\ndef f(x): return g(x) * g(3.0) * g.grad(3.0)", "K = 3.0"),
    "compiled with Values": ("w = Value(2.0)\ng = autograd.compile(lambda z: z * z * w)\ndef f(x): return x * g(3.0)", "w.data = 5.0"),
    "compiled with branches": ("L, s = 3.0, 1.0\ng = autograd.compile(lambda z: z * K if z > 0 else z * L)\ng(1.0), g(-1.0)\n"
                               "def f(x): return x * g(s)", "s = -1.0", "L = 7.0", "s = 1.0; K = 4.0"),
    "a compiled method": ("class A:\n    k = 2.0\n    @autograd.compile\n    def g(self, x): return x * self.k\na = A()\n"
                          "def f(x): return a.g(x) * a.g(2.0)", "a.k = 3.0", "A.k = 5.0; del a.k"),
}  # fmt: skip


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Callable[[str], dict[str, Any]]]:
    """Runs text in a module of its own, and gives what is defined there."""
    module = sys.modules["surroundings"] = ModuleType("surroundings")
    module.__file__ = str(tmp_path / "surroundings.py")

    def run(text: str) -> dict[str, Any]:
        exec(compile(text, str(module.__file__), "exec", dont_inherit=True), vars(module))  # noqa: S102  # ours
        return vars(module)

    run(BEFORE)
    yield run
    for name in ("surroundings", "surely"):
        sys.modules.pop(name, None)


@pytest.mark.parametrize("engine", ENGINES)
def test_classes_without_a_module_change_as_others_do(engine: str) -> None:
    found: dict[str, Any] = {}  # without a __name__, so that the class is said to be of builtins
    text = "class A:\n    k = 2.0\n    def times(self, x): return x * self.k\ndef f(x): return A().times(x)"
    exec(text, found)  # noqa: S102  # ours
    ours = autograd.compile(found["f"], engine=engine)
    assert ours.value_and_grad(1.0) == (2.0, 2.0)
    found["A"].k = 3.0
    assert ours.value_and_grad(1.0) == (3.0, 3.0)
    found["A"].times = lambda self, x: x * 5.0
    assert ours.value_and_grad(1.0) == (5.0, 5.0)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("what", CHANGES)
def test_the_function_is_run_again_where_what_it_reads_has_changed(what: str, engine: str, run: Any) -> None:
    before, *changes = CHANGES[what]
    names = run(before)
    ours = autograd.compile(names["f"], engine=engine)
    for change in ("", *changes):
        run(change)
        for x in (2.0, 3.0):
            assert agree(ours(x), names["f"](x)), change
            assert agree(ours.value_and_grad(x), autograd.value_and_grad(names["f"])(x)), change


REFUSED = {
    "a clock": "def f(x): return x * time.time()",
    "a file": "def f(x):\n    with open(os.devnull) as d: return x * len(d.read())",
    "an iterator": "i = iter([1.0])\ndef f(x): return x * next(i)",
    "a source of random numbers": "import random\ndef f(x): return x * random.random()",
    "a ContextVar": "v = contextvars.ContextVar('v', default=2.0)\ndef f(x): return x * v.get()",
    "a memoryview": "v = memoryview(bytearray(b'ab'))\ndef f(x): return x * v[0]",
    "a dict_values": "v = {1: 2.0}.values()\ndef f(x): return x * sum(v)",
    "a Hidden": "from datetime import date\nclass Hidden(date): __reduce_ex__ = None\na = Hidden(2020, 1, 1)\ndef f(x): return x * a.year",
    "does not stay": "class L(list):\n    def __iter__(self): yield [1.0]\nv = L([thing])\ndef f(x): return x * next(iter(v))[0]",
}


@pytest.mark.parametrize(
    ("what", "text"),
    [
        ("a clock", "x * datetime.datetime.now().timestamp()"),
        ("a clock", "x * datetime.date.today().day"),
        ("a source of random numbers", "x * os.urandom(1)[0]"),
        ("a source of random numbers", "x * secrets.randbelow(1000)"),
        ("a source of random numbers", "x * uuid.uuid4().int"),
    ],
)
def test_what_python_gives_anew_each_time_is_refused(what: str, text: str, run: Any) -> None:
    with pytest.raises(CompileError, match=what):
        autograd.compile(run(f"import datetime, os, secrets, uuid\ndef f(x): return {text}")["f"])(2.0)


@pytest.mark.parametrize("what", REFUSED)
def test_what_cannot_be_compared_with_what_it_will_be_is_refused(what: str, run: Any) -> None:
    with pytest.raises(CompileError, match=what):
        autograd.compile(run(REFUSED[what])["f"])(2.0)
