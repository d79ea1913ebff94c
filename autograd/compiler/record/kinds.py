"""Kinds of objects: what they hold, and how that is compared."""

from __future__ import annotations

import enum
import marshal
import pickle
import sys
import threading
from collections import defaultdict, deque
from functools import lru_cache
from numbers import Number
from types import BuiltinFunctionType, ClassMethodDescriptorType, FunctionType, SimpleNamespace
from types import MemberDescriptorType as Slot
from types import MethodWrapperType as BoundSlot
from typing import Any

from autograd.compiler.record.reads import is_users

__all__ = [
    "BY_IDENTITY", "BY_VALUE", "CACHE", "CONTAINERS", "FROZEN", "FUNCTIONS", "PICKLED", "PLAIN", "SLOTS",
    "content_of_array", "grows", "is_assigned", "is_builtin", "is_closed", "is_ephemeral", "is_in_c", "library_of",
    "mark_of", "never_changes", "of_kind_and_bases", "own_attributes", "pickled", "plain_content", "steady_bytes",
]  # fmt: skip

PLAIN = {bool, int, float, complex, str, type(None)}
BY_VALUE = (Number, str, bytes, type(None), type(...), type(NotImplemented), range, slice)
FROZEN = {tuple, frozenset}
CONTAINERS = {list, tuple, set, frozenset, deque, dict, defaultdict}
CACHE = type(lru_cache(lambda: None))
PICKLED = {"numpy", "pandas", "scipy", "mpmath", "decimal"}  # libraries whose objects are compared as a whole

SLOTS = (Slot, BoundSlot)  # what reads an attribute without asking the class
BY_IDENTITY = (enum.Enum, type(sys.__stdout__), type(threading.Lock()), type(threading.RLock()))
FUNCTIONS = (BuiltinFunctionType, FunctionType, ClassMethodDescriptorType)
_CLOCKS = {
    "time", "monotonic", "perf_counter", "process_time", "thread_time", "localtime", "gmtime", "ctime", "clock_gettime",
    "now", "today", "utcnow",
}  # fmt: skip
_OTHERS = {
    "uuid.uuid1": "random", "uuid.uuid4": "random", "posix.urandom": "random", "nt.urandom": "random",
    "posix.getrandom": "random", "io.open": "a file", "_io.open": "a file", "builtins.input": "what somebody types",
}  # fmt: skip


def is_ephemeral(f: Any) -> str:
    """What one of `FUNCTIONS` returns if that differs each time, else nothing."""
    module = getattr(f, "__module__", None) or getattr(getattr(f, "__objclass__", None), "__module__", "")
    if module in ("time", "datetime") and f.__name__.removesuffix("_ns") in _CLOCKS:
        return "a clock"
    found = "random" if module == "secrets" else _OTHERS.get(f"{module}.{f.__name__}", "")
    return "a source of random numbers" if found == "random" else found


def mark_of(x: Any) -> tuple[type, Any]:
    """The mark of a number, a text or the like: its kind, and its content to the last bit."""
    kind = type(x)
    if kind in (int, str, bool, bytes, type(None)):
        return kind, x
    if kind in (float, complex) or not isinstance(x, Number):
        return kind, repr(x)  # which tells -0.0 from 0.0, and NaN is NaN
    return kind, pickled(x) or repr(x)


def grows(x: Any) -> bool:
    """Whether something can be added to `x`, such as a log, which a program does not do again."""
    return isinstance(x, (list, set, dict, deque)) or hasattr(type(x), "write")


def is_assigned(cell: Any) -> bool:
    """Whether a variable of an enclosing function has been assigned."""
    try:
        cell.cell_contents  # noqa: B018  # raises where nothing is assigned yet
    except ValueError:
        return False
    return True


_HEAP = 1 << 9  # the flag of types that are made at run time, as by Python's `class`


@lru_cache(maxsize=4096)
def is_builtin(kind: type) -> bool:
    """Whether a class is Python's own, or `Value`, which do not change; a class that `exec` made is not."""
    own = kind.__module__ == "builtins" and not kind.__flags__ & _HEAP
    return own or kind.__module__ in ("typing", "abc", "autograd.value")


def library_of(kind: type) -> str:
    """The package that a class is from."""
    return kind.__module__.partition(".")[0]


_OPEN = {object, SimpleNamespace, threading.local, *CONTAINERS, int, float, str, complex}
_COMPILED = {"array", "re", "_io"}


@lru_cache(maxsize=4096)
def is_in_c(kind: type) -> bool:
    """Whether objects of a class hold more than their attributes: what is written in C does."""
    return any(not c.__flags__ & _HEAP and c not in _OPEN for c in kind.__mro__) or kind.__module__ in _COMPILED


@lru_cache(maxsize=4096)
def is_closed(kind: type) -> bool:
    """Whether a class is of code whose reads are not known, so that any attribute may have been read."""
    file = getattr(sys.modules.get(kind.__module__), "__file__", None)
    return kind not in _OPEN and file is not None and not is_users(file)


def of_kind_and_bases(kind: type) -> dict[str, Any]:
    """The attributes that a class and its bases have, without Python's own."""
    found: dict[str, Any] = {}
    for c in reversed(kind.__mro__):
        if not is_builtin(c):
            found |= vars(c)
    return found


def own_attributes(x: Any) -> dict[str, Any]:
    """The attributes that an object holds itself."""
    members = [name for c in type(x).__mro__ for name, v in vars(c).items() if isinstance(v, Slot)]
    slots = [name for name in members if not name.endswith("__") and hasattr(x, name)]
    return {name: getattr(x, name) for name in slots} | getattr(x, "__dict__", {})


def content_of_array(x: Any) -> Any:
    """The mark of an array or a tensor, whose last part is None for an array of objects; None for anything else."""
    kind = type(x)
    if not (hasattr(kind, "dtype") and hasattr(kind, "shape")) or kind.__module__.startswith(("pandas", "numpy.")):
        return None
    if kind.__module__ == "numpy":
        if x.dtype.names is not None:
            return None
        return x.dtype.str, x.shape, None if x.dtype.hasobject else x.tobytes()
    try:
        if hasattr(x, "detach"):  # of PyTorch
            return str(x.dtype), tuple(x.shape), x.detach().cpu().numpy().tobytes()
        return str(x.dtype), tuple(x.shape), x.tobytes()
    except Exception:  # whatever forbids it
        return None


def plain_content(x: Any) -> bytes | None:
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
        elif kind not in PLAIN:
            return None
    return found


def never_changes(x: Any) -> bool:
    """Whether a container of plain numbers, texts and containers has nothing in it that can be changed."""
    stack = [x]
    for y in stack:  # which grows
        if type(y) in FROZEN:
            stack += y
        elif type(y) not in PLAIN:
            return False
    return True


def pickled(x: Any) -> bytes | None:
    """An object as bytes, if that is possible."""
    try:
        return pickle.dumps(x, 5)
    except Exception:  # whatever forbids it
        return None


def steady_bytes(x: Any) -> bytes | None:
    """The object as bytes, if pickling it twice gives the same; else None."""
    return found if (found := pickled(x)) == pickled(x) else None
