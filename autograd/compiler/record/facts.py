"""What a run read from outside: where it looked, and what was there.

From the functions whose code ran the names that this code reads, and no others, are followed through objects and
containers; what no name leads to is never looked at. Each thing met is a `Fact`: a mark, by which what is there is
compared, and what `questions.py` needs for a question that a program can ask quickly.
"""

from __future__ import annotations

import builtins
import random
import sys
import weakref
from collections import defaultdict, deque
from collections.abc import Iterable
from functools import partial
from types import BuiltinFunctionType, FunctionType, MethodType, ModuleType
from typing import Any, NamedTuple

from autograd.compiler.errors import CompileError
from autograd.compiler.record import kinds
from autograd.compiler.record.reads import Ran, Reads, Same, is_users, names_in, ran_with
from autograd.op import Op
from autograd.value import Value

__all__ = ["OPAQUE", "Fact", "facts_outside", "marks", "read_from"]


class Fact(NamedTuple):
    """One thing that was read: its mark, and if a program has to ask, in which way, of what, and what was there.

    `kind` is a key of `questions.QUESTIONS`; `owner` is a cell, a container, or what has a variable or attribute `key`.
    """

    mark: Any
    kind: str = ""
    owner: Any = None
    key: Any = ""
    seen: Any = None


OPAQUE: list[type] = []  # kinds of callables: only the function that they stand for is looked at


def facts_outside(reads: Reads) -> list[Fact]:
    """All that was read from outside, as it is now; CompileError for what cannot be compared with later."""
    while True:
        walk = _Walk(reads)
        found = walk.from_code()
        if not reads.learn(walk.ran, walk.more):
            return found


def read_from(reads: Reads, x: Any) -> list[Fact]:
    """What was read of an argument, which tells it from others."""
    return _Walk(reads).following([(x, "an argument")])


def marks(facts: Iterable[Fact]) -> list[Any]:
    """The marks of facts, which are to be compared."""
    return [fact.mark for fact in facts]


_VALUES_OWN = ("data", "grad", "label", "op", "args", "parents", "partials")
Trail = Any  # how something was reached: a name, or a pair of a path and what follows it


class _Walk:
    """One walk through what was read; each thing is looked at once, in an order that its content alone decides."""

    def __init__(self, reads: Reads) -> None:
        self.reads, self.loaded = reads, reads.attributes | reads.changed | reads.more
        self.wanted = self.loaded | reads.own
        self.only_changed = reads.changed - reads.attributes - reads.more
        self.codes = {id(code) for code, _ in reads.ran.values()}
        self.ran: Ran = {}  # what has been learnt on the way, see `Reads.learn`
        self.more = frozenset[str]()
        self.facts, self.stack = list[Fact](), list[tuple[Any, Trail]]()
        self.met: dict[int, tuple[int, Any]] = {}  # which keeps alive what has been looked at

    def from_code(self) -> list[Fact]:
        for code, variables in self.reads.ran.values():
            names = names_in(code)
            added_to = {name for name in names.changed - names.variables if kinds.grows(variables.get(name))}
            for name in sorted((names.variables | names.changed) - added_to):
                if name in variables:
                    self.place("variable", variables, name, variables[name], name)
                elif name.isidentifier():
                    self.facts.append(Fact("unnamed", "unnamed", variables, name))
                    if hasattr(builtins, name):
                        self.place("variable", vars(builtins), name, getattr(builtins, name), name)
                    else:
                        self.facts.append(Fact("unnamed", "unnamed", vars(builtins), name))
            for name in sorted(names.modules & sys.modules.keys()):
                self.place("variable", sys.modules, name, sys.modules[name], name)
        return self.following([(self.reads.f, "the function"), *((kind, kind.__name__) for kind in self.reads.kinds)])

    def following(self, roots: list[tuple[Any, Trail]]) -> list[Fact]:
        self.stack += roots
        while self.stack:
            x, path = self.stack.pop()
            if type(x) in kinds.PLAIN or (isinstance(x, kinds.BY_VALUE) and not hasattr(x, "__dict__")):
                self.facts.append(Fact(kinds.mark_of(x)))
            elif id(x) in self.met:
                self.facts.append(Fact(("again", self.met[id(x)][0])))
            else:
                self.met[id(x)] = len(self.met), x
                self.look(x, path)
        return self.facts

    def place(self, kind: str, owner: Any, key: str, x: Any, path: Trail) -> None:
        """Somewhere a program has to look again, and what is there."""
        self.facts.append(Fact(kind, kind, owner, key, x))
        self.stack.append((x, path))

    def read(self, names: Iterable[str], found: dict[str, Any]) -> list[str]:
        """The names among `names` that were read, and not only to add something to what they name."""
        return sorted(n for n in names if n in found and not (n in self.only_changed and kinds.grows(found[n])))

    def look(self, x: Any, path: Trail) -> None:
        kind: Any = type(x)
        if isinstance(x, Value):
            self.facts.append(Fact(Same(x)))
            for name in _VALUES_OWN:
                if name in self.wanted:
                    self.place("attribute", x, name, getattr(x, name), (path, f".{name}"))
        elif isinstance(x, (list, tuple, set, frozenset, deque, dict)):
            self.container(x, path)
        elif isinstance(x, kinds.BY_IDENTITY) or kind is object:
            self.facts.append(Fact(Same(x)))
        elif isinstance(x, ModuleType):
            self.facts.append(Fact(Same(x)))
            for name in self.read(self.wanted, vars(x)):
                self.place("variable", vars(x), name, vars(x)[name], (path, f".{name}"))
        elif isinstance(x, type):
            self.facts.append(Fact(Same(x)))
            self.kind(x, path)
        elif isinstance(x, kinds.FUNCTIONS) and (what := kinds.is_ephemeral(x)):
            raise _refused(path, what)
        elif callable(x) and self.function(x, path):
            pass
        elif isinstance(x, kinds.SLOTS) and getattr(getattr(x, "__self__", x), "__objclass__", None) is Value:
            raise _refused(path, "which takes the number out of a Value")
        elif hasattr(kind, "__next__"):
            raise _refused(path, "an iterator, which gives something else each time")
        elif isinstance(x, random.Random) or kind.__module__.startswith("numpy.random"):
            raise _refused(path, "a source of random numbers")
        elif kind.__module__ == "operator":  # attrgetter and the like, whose names no code has
            self.more |= {part for text in x.__reduce__()[1] if isinstance(text, str) for part in text.split(".")}
            self.facts.append(Fact(Same(x)))
        elif (seen := kinds.content_of_array(x)) is not None:
            self.array(x, seen, path)
        elif isinstance(x, (property, staticmethod, classmethod)):
            self.facts.append(Fact(Same(x)))
            self.stack.append((x.fget if isinstance(x, property) else x.__func__, path))
        elif kinds.is_in_c(kind) and hasattr(kind, "__get__"):  # as what a named tuple's class has for each name
            self.facts.append(Fact(Same(x)))
        elif (kinds.is_in_c(kind) or kinds.library_of(kind) in kinds.PICKLED) and (seen := kinds.steady_bytes(x)):
            self.facts.append(Fact((kind, seen), "pickled", x, "", seen))
        elif not kinds.is_in_c(kind):
            self.object(x, path)
        else:
            raise _refused(path, f"a {kind.__qualname__}, which cannot be compared with what it will be later")

    def object(self, x: Any, path: Trail) -> None:
        """An object, by what it is and by those of its attributes that were read."""
        kind: Any = type(x)
        found = kinds.own_attributes(x)
        self.facts.append(Fact(kinds.mark_of(x) if isinstance(x, kinds.BY_VALUE) else ""))
        self.place("type", x, "", kind, path)
        every = self.reads.computed or kinds.is_closed(kind)
        of_kind = kinds.of_kind_and_bases(kind)
        for name in self.read(found if every else self.wanted, found):
            if name.isidentifier():
                own = isinstance(of_kind.get(name), property) or kind.__getattribute__ is not object.__getattribute__
                self.place("entry" if own else "attribute", x, name, found[name], (path, f".{name}"))
        lacking = self.loaded.difference(found)
        if not (self.reads.catches or hasattr(kind, "__getattr__")):
            lacking = lacking.intersection(of_kind)
        if lacking and hasattr(x, "__dict__"):
            self.facts.append(Fact("lacks", "lacks", x, lacking, lacking))
        if unset := tuple([name for name in sorted(lacking) if isinstance(of_kind.get(name), kinds.SLOTS)]):
            self.facts.append(Fact(("unset", unset), "unset", x, "", unset))

    def kind(self, x: type, path: Trail) -> None:
        """A class, by those of its attributes, and of its bases', that were read."""
        of_kind, meta = kinds.of_kind_and_bases(x), kinds.of_kind_and_bases(type(x))
        for name in sorted(self.wanted & of_kind.keys()):
            holders = [c for c in x.__mro__ if name in vars(c) and not kinds.is_builtin(c)]
            for i, c in enumerate(holders):
                found = vars(c)[name]
                if name in meta or (
                    hasattr(type(found), "__get__") and not isinstance(found, (FunctionType, property))
                ):
                    below = x.__mro__[: x.__mro__.index(c)] if i == 0 else ()
                    self.facts += [Fact("without", "without", b, name) for b in below]
                    self.place("entry", c, name, found, (path, f".{name}"))
                else:
                    self.place("attribute", x if i == 0 else c, name, found, (path, f".{name}"))
        if found_above := self.wanted & meta.keys() - of_kind.keys():
            self.facts += [Fact("without", "without", c, name) for c in x.__mro__[:-1] for name in sorted(found_above)]
        if self.reads.catches and not kinds.is_builtin(x) and (lacking := self.wanted.difference(dir(x))):
            self.facts.append(Fact("lack", "lack", x, "", lacking))
        if type(x) is not type:
            self.stack.append((type(x), path))

    def container(self, x: Any, path: Trail) -> None:
        kind = type(x)
        if (seen := kinds.plain_content(x)) is not None:
            self.facts.append(Fact((kind, seen), "" if kinds.never_changes(x) else "plain", x, "", seen))
            return
        items = tuple(x.values()) if isinstance(x, dict) else tuple(x)
        if isinstance(x, dict):
            keys = [kinds.mark_of(k) if isinstance(k, kinds.BY_VALUE) else Same(k) for k in x]
            self.facts.append(Fact((kind, *keys), "dict", x, "", dict(x)))
        else:
            self.facts.append(Fact((kind, len(items)), "" if kind in kinds.FROZEN else "items", x, "", items))
        self.stack += [(item, (path, "[...]")) for item in reversed(items)]
        if isinstance(x, defaultdict):
            self.stack.append((x.default_factory, (path, ".default_factory")))
        if kind not in kinds.CONTAINERS:
            self.object(x, path)

    def array(self, x: Any, seen: Any, path: Trail) -> None:
        if seen[-1] is None:
            items = tuple(x.ravel().tolist())
            self.facts.append(Fact((type(x), x.shape), "objects", x, "", items))
            self.stack += [(item, (path, "[...]")) for item in reversed(items)]
        else:
            self.facts.append(Fact((type(x), seen), "array", x, "", seen))
        if getattr(x, "__dict__", None):
            self.object(x, path)

    def function(self, x: Any, path: Trail) -> bool:
        """Look at a function or a wrapper of one; return whether `x` is such a thing."""
        inner: list[Any] = []
        if isinstance(x, FunctionType):
            if is_users(x.__code__.co_filename):
                self.facts.append(Fact(Same(x.__code__), "attribute", x, "__code__", x.__code__))
            own = vars(x)
            inner = [own["__wrapped__"]] if "__wrapped__" in own else []
            for name in self.read(self.wanted, own):
                self.place("attribute", x, name, own[name], (path, f".{name}"))
            if id(x.__code__) in self.codes:
                self.variables(x, path)
        elif isinstance(x, MethodType):
            inner = [x.__func__, x.__self__]
        elif isinstance(x, partial):
            inner = [x.keywords, x.args, x.func]
        elif isinstance(x, BuiltinFunctionType):
            inner = [] if isinstance(x.__self__, (ModuleType, type, type(None))) else [x.__self__]
        elif isinstance(x, Op):
            inner = [x.value, x.rule]
        elif isinstance(x, weakref.ref):
            inner = [x()]
        elif isinstance(x, tuple(OPAQUE)) or "__wrapped__" in getattr(x, "__dict__", ()):
            inner = [x.__wrapped__]
            if isinstance(x, kinds.CACHE) and isinstance(f := x.__wrapped__, FunctionType):
                self.ran |= ran_with(f.__code__, f.__globals__)  # which the cache may have kept from running
        else:
            return False
        self.facts.append(Fact(type(x) if isinstance(x, (MethodType, partial)) else Same(x)))
        self.stack += [(y, path) for y in inner]
        return True

    def variables(self, f: FunctionType, path: Trail) -> None:
        """The variables that a function which ran has from where it was defined."""
        for name in ("__defaults__", "__kwdefaults__"):
            if getattr(f, name):
                self.place("attribute", f, name, getattr(f, name), (path, f".{name}"))
        for name, cell in zip(f.__code__.co_freevars, f.__closure__ or (), strict=True):
            if not kinds.is_assigned(cell):
                self.facts.append(Fact("empty", "empty", cell))
            elif name in self.reads.enclosing or not (name in self.reads.changed and kinds.grows(cell.cell_contents)):
                self.place("cell", cell, "", cell.cell_contents, name)


def _refused(path: Trail, what: str) -> CompileError:
    parts = []
    while isinstance(path, tuple):
        path, part = path
        parts.append(part)
    return CompileError(
        f"The function reads {path}{''.join(reversed(parts))}, {what}: a program could only repeat what it gave once. "
        "Pass what it gives as an argument."
    )
