"""What a run read from outside: where it looked, what was there, and how a program asks whether it is there still.

Code says by name what it reads: globals, closed-over variables, attributes. From the functions whose code ran these
names, and no others, are followed through objects and containers; what no name leads to is never looked at. Each thing
met is a `Fact`: a mark, by which what is there is compared, and a question that a program can ask quickly.
"""

from __future__ import annotations

import builtins
import enum
import marshal
import pickle
import random
import sys
import threading
import time
from collections import defaultdict, deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from dis import get_instructions
from functools import cached_property, lru_cache, partial
from numbers import Number
from operator import attrgetter, is_, itemgetter
from types import BuiltinFunctionType, CodeType, FunctionType, MethodType, ModuleType
from typing import Any, NamedTuple

from autograd.compiler.errors import CompileError
from autograd.op import Op
from autograd.value import Value

__all__ = ["HELPERS", "OPAQUE", "Fact", "Reads", "Same", "marks", "names_in", "questions"]


class Same:
    """An object by its identity."""

    def __init__(self, x: object) -> None:
        self.x = x

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Same) and self.x is other.x

    def __hash__(self) -> int:
        return id(self.x)


# -- what code reads by name ------------------------------------------------------------------------------------


class CodeNames(NamedTuple):
    """The names in code: of globals, of variables of enclosing functions, of attributes, of modules that it imports.

    `changed` are those of which it does nothing but add something to them. `computed` is whether it computes names,
    `bools` whether it compares with True or False by identity.
    """

    variables: frozenset[str]
    enclosing: frozenset[str]
    attributes: frozenset[str]
    modules: frozenset[str]
    changed: frozenset[str]
    computed: bool
    bools: bool


_LOADS = {
    "LOAD_GLOBAL": 0, "LOAD_NAME": 0, "LOAD_FROM_DICT_OR_GLOBALS": 0, "LOAD_DEREF": 1, "LOAD_CLASSDEREF": 1,
    "LOAD_FROM_DICT_OR_DEREF": 1, "LOAD_ATTR": 2, "LOAD_METHOD": 2, "LOAD_SUPER_ATTR": 2, "IMPORT_FROM": 2,
    "IMPORT_NAME": 3,
}  # fmt: skip
_CHANGING = {"add", "append", "appendleft", "clear", "discard", "extend", "extendleft", "insert", "update", "write"}
_BY_TEXT = {"getattr", "hasattr", "vars", "dir", "eval", "exec", "attrgetter", "methodcaller", "__dict__"}


@lru_cache(maxsize=4096)
def names_in(code: CodeType) -> CodeNames:
    """The names that code reads; its own among the attributes, since it may be that of a method."""
    found: list[set[str]] = [set(), set(), {code.co_name}, set()]
    changed, bools = set[str](), False
    steps = [step for step in get_instructions(code) if step.opname not in ("PUSH_NULL", "CACHE", "COPY_FREE_VARS")]
    for step, following in zip(steps, [*steps[1:], None], strict=True):
        if (place := _LOADS.get(step.opname)) is not None:
            adds = following is not None and following.opname in _OF_METHODS and following.argval in _CHANGING
            (changed if adds else found[place]).add(step.argval)
        elif step.opname == "LOAD_CONST" and type(step.argval) is bool and following is not None:
            bools |= following.opname == "IS_OP"
    computed = not _BY_TEXT.isdisjoint(found[0] | found[2])
    if computed:
        found[2] |= {part for text in code.co_consts if isinstance(text, str) for part in text.split(".")}
    variables, enclosing, attributes, modules = map(frozenset, found)
    return CodeNames(variables, enclosing, attributes, modules, frozenset(changed), computed, bools)


_OF_METHODS = {"LOAD_METHOD", "LOAD_ATTR"}


@dataclass
class Reads:
    """What a run read: the function `f`, and the code that ran with its globals."""

    f: Any
    ran: dict[CodeType, dict[str, Any]] = field(default_factory=dict)

    @cached_property
    def attributes(self) -> frozenset[str]:
        """The names of the attributes that were read."""
        return self.named("attributes")

    def named(self, what: str) -> frozenset[str]:
        """All names of one kind."""
        return frozenset[str]().union(*[getattr(names_in(code), what) for code in self.ran])

    @cached_property
    def computed(self) -> bool:
        """Whether names were computed, so that any attribute of an object may have been read."""
        return any(names_in(code).computed for code in self.ran)

    def outside(self) -> list[Fact]:
        """All that was read from outside, as it is now; CompileError for what cannot be compared with later."""
        known, found = self.attributes, _Walk(self).from_code()
        return found if self.attributes is known else self.outside()

    def content(self, x: Any) -> list[Any]:
        """What tells an argument from others, as far as it was read."""
        return marks(_Walk(self).following([(x, "an argument")]))


# -- what is there ----------------------------------------------------------------------------------------------


class Fact(NamedTuple):
    """One thing that was read: its mark, and if a program has to ask, in which way, of what, and what was there.

    `kind` is a key of `_QUESTIONS`; `owner` is a cell, a container, or what has a variable or attribute `key`.
    """

    mark: Any
    kind: str = ""
    owner: Any = None
    key: str = ""
    seen: Any = None


_PLAIN = {bool, int, float, complex, str, type(None)}
_BY_VALUE = (Number, str, bytes, type(None), type(...), type(NotImplemented), range, slice)
_BY_IDENTITY = (enum.Enum, type(sys.__stdout__), type(threading.Lock()), type(threading.RLock()))
_CLOCKS = {getattr(time, name) for name in dir(time) if name.removesuffix("_ns") in {
    "time", "monotonic", "perf_counter", "process_time", "thread_time", "localtime", "gmtime", "ctime", "clock_gettime",
}}  # fmt: skip
OPAQUE: list[type] = []  # kinds of callables of which nothing is looked at but the function that they stand for


def marks(facts: Iterable[Fact]) -> list[Any]:
    """What is to be compared."""
    return [fact.mark for fact in facts]


Path = Any  # how something was reached: a name, or a pair of a path and what follows it


class _Walk:
    """One walk through what was read; each thing is looked at once, in an order that its content alone decides."""

    def __init__(self, reads: Reads) -> None:
        self.reads, self.attributes, self.enclosing = reads, reads.attributes, reads.named("enclosing")
        self.changed = reads.named("changed")
        self.facts: list[Fact] = []
        self.met: dict[int, tuple[int, Any]] = {}  # which keeps alive what has been looked at
        self.stack: list[tuple[Any, Path]] = []

    def from_code(self) -> list[Fact]:
        for code, variables in self.reads.ran.items():
            names = names_in(code)
            added_to = {name for name in names.changed - names.variables if _grows(variables.get(name))}
            for name in sorted((names.variables | names.changed) - added_to):
                if name in variables:
                    self.place("variable", variables, name, variables[name], name)
                elif hasattr(builtins, name):
                    self.facts.append(Fact("builtin", "unnamed", variables, name))
                    self.place("variable", vars(builtins), name, getattr(builtins, name), name)
            self.stack += [(sys.modules[name], name) for name in sorted(names.modules & sys.modules.keys())]
        return self.following([(self.reads.f, "the function")])

    def following(self, roots: list[tuple[Any, Path]]) -> list[Fact]:
        self.stack += roots
        while self.stack:
            x, path = self.stack.pop()
            if type(x) in _PLAIN or isinstance(x, _BY_VALUE):
                exact = type(x) in (int, str, bool, bytes, type(None))
                self.facts.append(Fact((type(x), x if exact else repr(x))))  # repr tells -0.0 from 0.0; NaN is NaN
            elif id(x) in self.met:
                self.facts.append(Fact(("again", self.met[id(x)][0])))
            else:
                self.met[id(x)] = len(self.met), x
                self.look(x, path)
        return self.facts

    def place(self, kind: str, owner: Any, key: str, x: Any, path: Path) -> None:
        """Somewhere a program has to look again, and what is there."""
        self.facts.append(Fact(kind, kind, owner, key, x))
        self.stack.append((x, path))

    def named(self, kind: str, owner: Any, found: Any, path: Path) -> None:
        """The attributes in the dict `found` that were read."""
        every = kind == "attribute" and self.reads.computed
        added_to = {name for name in self.changed & found.keys() - self.attributes if _grows(found[name])}
        for name in sorted(found if every else (self.attributes | self.changed) & found.keys() - added_to):
            if name.isidentifier():
                self.place(kind, owner, name, found[name], (path, f".{name}"))

    def look(self, x: Any, path: Path) -> None:
        kind = type(x)
        if isinstance(x, Value):
            self.facts.append(Fact(Same(x)))
            self.named("attribute", x, {name: getattr(x, name) for name in ("data", "grad", "label")}, path)
        elif isinstance(x, (list, tuple, set, frozenset, deque, dict)):
            self.container(x, path)
        elif isinstance(x, _BY_IDENTITY):
            self.facts.append(Fact(Same(x)))
        elif isinstance(x, ModuleType):
            self.facts.append(Fact(Same(x)))
            self.named("variable", vars(x), vars(x), path)
        elif callable(x) and self.function(x, path):
            pass
        elif hasattr(x, "__next__"):
            raise _refused(path, "an iterator, which gives something else each time")
        elif isinstance(x, random.Random) or kind.__module__.startswith("numpy.random"):
            raise _refused(path, "a source of random numbers")
        elif kind.__module__ == "operator":  # attrgetter and the like, whose names are not in code
            names = {part for text in x.__reduce__()[1] if isinstance(text, str) for part in text.split(".")}
            if not names <= self.attributes:
                self.attributes = self.reads.attributes = self.attributes | names  # and the walk is made again
            self.facts.append(Fact(Same(x)))
        elif hasattr(x, "dtype") and hasattr(x, "tobytes"):
            self.array(x, path)
        elif isinstance(x, property) or hasattr(x, "__func__"):
            self.facts.append(Fact(Same(x)))
            self.stack.append((x.fget if isinstance(x, property) else x.__func__, path))
        elif (found := _attributes(x)) is not None:
            self.facts.append(Fact(kind.__qualname__))
            self.stack.append((kind, path))
            self.named("attribute", x, found, path)
        elif hasattr(kind, "__get__") or kind is object:
            self.facts.append(Fact(Same(x)))
        else:
            seen = _pickled(x)
            if seen is None:
                raise _refused(path, f"a {kind.__qualname__}, which cannot be compared with what it will be later")
            self.facts.append(Fact((kind, seen), "pickled", x, "", seen))

    def container(self, x: Any, path: Path) -> None:
        kind = type(x)
        if (seen := _plain(x)) is not None:
            self.facts.append(Fact((kind, seen), "plain", x, "", seen))
            return
        keys = (
            tuple([(type(k), repr(k)) if isinstance(k, _BY_VALUE) else Same(k) for k in x])
            if isinstance(x, dict)
            else ()
        )
        items = tuple(x.values()) if isinstance(x, dict) else tuple(x)
        if isinstance(x, dict):
            self.facts.append(Fact((kind, *keys), "dict", x, "", dict(x)))
        else:
            self.facts.append(Fact((kind, len(items)), "items", x, "", items))
        self.stack += [(item, (path, "[...]")) for item in reversed(items)]
        if found := getattr(x, "__dict__", None):
            self.named("attribute", x, found, path)

    def array(self, x: Any, path: Path) -> None:
        if x.dtype == object:
            items = tuple(x.ravel().tolist())
            self.facts.append(Fact((type(x), x.shape), "objects", x, "", items))
            self.stack += [(item, (path, "[...]")) for item in reversed(items)]
        else:
            seen = x.dtype.str, x.shape, x.tobytes()
            self.facts.append(Fact((type(x), seen), "array", x, "", seen))

    def function(self, x: Any, path: Path) -> bool:
        """Look at a function, a class or a wrapper of one; whether `x` is such a thing."""
        if isinstance(x, BuiltinFunctionType) and x in _CLOCKS:
            raise _refused(path, "a clock")
        inner: list[Any] = []
        if isinstance(x, FunctionType):
            inner = [x.__wrapped__] if hasattr(x, "__wrapped__") else []
            if x.__code__ in self.reads.ran:
                for name in ("__defaults__", "__kwdefaults__"):
                    if getattr(x, name):
                        self.place("attribute", x, name, getattr(x, name), (path, f".{name}"))
                for name, cell in zip(x.__code__.co_freevars, x.__closure__ or (), strict=True):
                    if not _is_assigned(cell):
                        self.facts.append(Fact("empty", "empty", cell))
                    elif name in self.enclosing or not (name in self.changed and _grows(cell.cell_contents)):
                        self.place("cell", cell, "", cell.cell_contents, name)
        elif isinstance(x, MethodType):
            inner = [x.__func__, x.__self__]
        elif isinstance(x, partial):
            inner = [x.keywords, x.args, x.func]
        elif isinstance(x, BuiltinFunctionType):
            inner = [] if isinstance(x.__self__, (ModuleType, type, type(None))) else [x.__self__]
        elif isinstance(x, Op):
            inner = [x.value, x.rule]
        elif isinstance(x, type):
            for c in x.__mro__:
                if c.__module__ not in ("builtins", "typing", "autograd.value"):
                    self.named(
                        "class", c, {k: v for k, v in vars(c).items() if not k.startswith("__") or callable(v)}, path
                    )
        elif isinstance(x, tuple(OPAQUE)) or hasattr(x, "__wrapped__"):
            inner = [x.__wrapped__]
        else:
            return False
        self.facts.append(Fact(type(x) if isinstance(x, (MethodType, partial)) else Same(x)))
        self.stack += [(y, path) for y in inner]
        return True


def _grows(x: Any) -> bool:
    """Whether something can be added to `x`, such as a log, which a program does not do again."""
    return isinstance(x, (list, set, dict, deque)) or hasattr(x, "write")


def _attributes(x: Any) -> dict[str, Any] | None:
    """The attributes that an object holds itself; None where it is of a kind that has none."""
    slots = [vars(c)["__slots__"] for c in type(x).__mro__ if "__slots__" in vars(c)]
    if not hasattr(x, "__dict__") and not slots:
        return None
    names = [name for s in slots for name in ((s,) if isinstance(s, str) else s) if hasattr(x, name)]
    return {name: getattr(x, name) for name in names} | getattr(x, "__dict__", {})


def _plain(x: Any) -> bytes | None:
    """A container that holds nothing but plain numbers, texts and such containers, as bytes; else None."""
    try:
        found = marshal.dumps(x, 2)
    except ValueError:  # there is something else, or it is nested too deeply
        return None
    stack = [x]
    while stack:
        y = stack.pop()
        if (kind := type(y)) is dict:
            stack += [*y, *y.values()]
        elif kind in (list, tuple, set, frozenset):
            stack += y
        elif kind not in _PLAIN:
            return None
    return found


def _pickled(x: Any) -> bytes | None:
    try:
        return pickle.dumps(x, 5)
    except Exception:  # whatever forbids it
        return None


def _refused(path: Path, what: str) -> CompileError:
    parts = []
    while isinstance(path, tuple):
        path, part = path
        parts.append(part)
    return CompileError(
        f"The function reads {path}{''.join(reversed(parts))}, {what}: a program could only repeat what it gave once. "
        "Pass what it gives as an argument."
    )


# -- how a program asks ------------------------------------------------------------------------------------------

_QUESTIONS = {
    "array": "({0}.dtype.str, {0}.shape, {0}.tobytes()) != {1}",
    "attribute": "{0}.KEY is not {1}",
    "cell": "{0}.cell_contents is not {1}",
    "class": "{0}.__dict__['KEY'] is not {1}",
    "dict": "len({0}) != len({1}) or not all(map(same, {0}, {1})) or not all(map(same, {0}.values(), {1}.values()))",
    "empty": "is_assigned({0})",
    "items": "len({0}) != len({1}) or not all(map(same, {0}, {1}))",
    "objects": "{0}.size != len({1}) or not all(map(same, {0}.flat, {1}))",
    "pickled": "pickled({0}) != {1}",
    "plain": "dumps({0}, 2) != {1}",
    "unnamed": "'KEY' in {0}",
    "variable": "{0}['KEY'] is not {1}",
}
FEW = 8  # attributes of one name that are asked for one by one


def _is_assigned(cell: Any) -> bool:
    try:
        cell.cell_contents  # noqa: B018  # raises where nothing is assigned yet
    except ValueError:
        return False
    return True


HELPERS = {"dumps": marshal.dumps, "is_assigned": _is_assigned, "pickled": _pickled, "same": is_}


def questions(facts: Sequence[Fact]) -> tuple[list[str], list[Any]]:
    """Conditions in Python that hold where something has changed, with `{0}`, `{1}`, ... for objects; and these.

    They ask by identity where they can, which is quick: what is another object may be equal, and marks decide. Facts
    with equal marks have the same conditions. Where something is gone they raise AttributeError, KeyError, TypeError or
    ValueError.
    """
    texts: list[str] = []
    objects: list[Any] = []

    def put(text: str, *about: Any, key: str = "") -> None:
        texts.append(text.replace("KEY", key).format(*[f"{{{len(objects) + i}}}" for i in range(len(about))]))
        objects.extend(about)

    alike: dict[Any, list[Fact]] = defaultdict(list)
    for fact in facts:
        if fact.kind == "variable" and getattr(type(fact.seen), "__eq__") is object.__eq__:  # noqa: B009  # mypy has its own
            alike[id(fact.owner)].append(fact)
        elif fact.kind == "attribute":
            alike[fact.key].append(fact)
        elif fact.kind:
            put(_QUESTIONS[fact.kind], fact.owner, fact.seen, key=fact.key)
    for group in alike.values():
        owners, keys, seen = (tuple([getattr(fact, part) for fact in group]) for part in ("owner", "key", "seen"))
        if group[0].kind == "variable" and len(group) > 1:
            put("{0}({1}) != {2}", itemgetter(*keys), owners[0], seen)
        elif group[0].kind == "attribute" and len(group) > FEW:
            put("not all(map(same, map({0}, {1}), {2}))", attrgetter(keys[0]), owners, seen)
        else:
            for fact in group:
                put(_QUESTIONS[fact.kind], fact.owner, fact.seen, key=fact.key)
    return texts, objects
