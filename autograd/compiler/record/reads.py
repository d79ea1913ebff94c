"""What code reads by name, and whose code it is.

Code says which names it reads: globals, variables of enclosing functions, attributes. `Reads` has those of all the code
that a run went through; `facts.py` follows them to what is there.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from dis import get_instructions
from functools import cached_property, lru_cache
from types import CodeType
from typing import Any, NamedTuple

from autograd.compiler.errors import OURS

__all__ = ["Ran", "Reads", "Same", "is_users", "names_in", "ran_with"]


class Same:
    """An object by its identity."""

    def __init__(self, x: object) -> None:
        self.x = x

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Same) and self.x is other.x

    def __hash__(self) -> int:
        return id(self.x)


# -- whose code it is -------------------------------------------------------------------------------------------

_PYTHON = os.path.dirname(os.__file__) + os.sep
_INSTALLED = (f"{os.sep}site-packages{os.sep}", f"{os.sep}dist-packages{os.sep}")
_LIBRARIES = tuple(f"{os.sep}{name}{os.sep}" for name in ("numpy", "scipy", "pandas", "mpmath"))


@lru_cache(maxsize=4096)
def is_users(file: str) -> bool:
    """Whether a file has code whose reads count: not that of autograd, of Python itself or of NumPy and its like."""
    if file.startswith((OURS[0], "<frozen", "<compiled ")):
        return False
    if any(folder in file for folder in _INSTALLED):
        return not any(name in file for name in _LIBRARIES)
    return not file.startswith(_PYTHON)


# -- names ------------------------------------------------------------------------------------------------------


class CodeNames(NamedTuple):
    """The names in code: of globals, of variables of enclosing functions, of attributes, of modules that it imports.

    - `changed`: names of what it only adds something to.
    - `own`: its own name, as it may be that of a method.
    - `computed`: whether it computes names; `catches`: whether it may notice that a name is missing.
    - `bools`: whether it compares with True or False by identity, or by a pattern.
    - `past`: the line where it may take the number out of a Value past the property that notices, if there is one.
    """

    variables: frozenset[str]
    enclosing: frozenset[str]
    attributes: frozenset[str]
    modules: frozenset[str]
    changed: frozenset[str]
    own: frozenset[str]
    computed: bool
    catches: bool
    bools: bool
    past: int | None


_LOADS = {
    "LOAD_GLOBAL": 0, "LOAD_NAME": 0, "LOAD_FROM_DICT_OR_GLOBALS": 0, "LOAD_DEREF": 1, "LOAD_CLASSDEREF": 1,
    "LOAD_FROM_DICT_OR_DEREF": 1, "LOAD_ATTR": 2, "LOAD_METHOD": 2, "LOAD_SUPER_ATTR": 2, "IMPORT_FROM": 2,
    "IMPORT_NAME": 3,
}  # fmt: skip
_OF_METHODS = {"LOAD_METHOD", "LOAD_ATTR"}
_CHANGING = {"add", "append", "appendleft", "clear", "discard", "extend", "extendleft", "insert", "update", "write"}
_BY_TEXT = {"getattr", "hasattr", "vars", "dir", "eval", "exec", "attrgetter", "methodcaller", "__dict__"}
_SLOTS = {"data", "partials", "edges"}
_OF_GLOBALS = {"globals", "eval", "exec", "__globals__"}


@lru_cache(maxsize=4096)
def names_in(code: CodeType) -> CodeNames:
    """The names that code reads; among the attributes its own, unless operators and calls look that up in classes."""
    special = code.co_name.startswith("__") and code.co_name.endswith("__")
    found: list[set[str]] = [set(), set(), set() if special else {code.co_name}, set()]
    changed, bools, past = set[str](), False, None
    steps = [step for step in get_instructions(code) if step.opname not in ("PUSH_NULL", "CACHE", "COPY_FREE_VARS")]
    kinds = {step.opname for step in steps}
    for step, following in zip(steps, [*steps[1:], None], strict=True):
        if (place := _LOADS.get(step.opname)) is not None:
            adds = following is not None and following.opname in _OF_METHODS and following.argval in _CHANGING
            (changed if adds else found[place]).add(step.argval)
        elif step.opname == "LOAD_CONST" and type(step.argval) is bool and following is not None:
            bools |= following.opname == "IS_OP"
        if step.argval == "__get__" or (step.argval == "super" and "__class__" not in code.co_freevars):
            past = past or (step.positions and step.positions.lineno)
    texts = {part for text in code.co_consts if isinstance(text, str) for part in text.split(".")}
    computed = not _BY_TEXT.isdisjoint(found[0] | found[2])
    if computed:
        found[2] |= texts
    if not _OF_GLOBALS.isdisjoint(found[0] | found[2]):
        found[0] |= texts
    if "edges" in found[2]:
        found[2] |= {"parents", "partials"}
    catches = "CHECK_EXC_MATCH" in kinds or ("PUSH_EXC_INFO" in kinds and "WITH_EXCEPT_START" not in kinds)
    variables, enclosing, attributes, modules = map(frozenset, found)
    past, own = None if _SLOTS.isdisjoint(found[2] | texts) else past, frozenset([code.co_name])
    return CodeNames(variables, enclosing, attributes, modules, frozenset(changed), own, computed, catches, bools, past)


# Code and its globals, by the identity of both: equal code may be that of functions in two modules.
Ran = dict[tuple[int, int], tuple[CodeType, dict[str, Any]]]


def ran_with(code: CodeType, variables: dict[str, Any]) -> Ran:
    """Code that ran with these globals."""
    return {(id(code), id(variables)): (code, variables)}


@dataclass
class Reads:
    """What a run read: the function `f`, and the code that ran with its globals.

    `more` are names of attributes that are known to objects which look them up, such as `attrgetter("k")`; `kinds` the
    user's classes that containers among the arguments are of.
    """

    f: Any
    kinds: tuple[type, ...] = ()
    ran: Ran = field(default_factory=dict)
    more: frozenset[str] = frozenset()

    @cached_property
    def enclosing(self) -> frozenset[str]:
        """The names of variables of enclosing functions."""
        return self._named("enclosing")

    @cached_property
    def attributes(self) -> frozenset[str]:
        """The names of attributes that code reads."""
        return self._named("attributes")

    @cached_property
    def changed(self) -> frozenset[str]:
        """The names of what is only added to by some code."""
        return self._named("changed")

    @cached_property
    def own(self) -> frozenset[str]:
        """The names of the code itself."""
        return self._named("own")

    @cached_property
    def computed(self) -> bool:
        """Whether names were computed, so that any attribute of an object may have been read."""
        return any(names_in(code).computed for code, _ in self.ran.values())

    @cached_property
    def catches(self) -> bool:
        """Whether it may have been noticed that something is missing."""
        return self.computed or any(names_in(code).catches for code, _ in self.ran.values())

    def _named(self, what: str) -> frozenset[str]:
        return frozenset[str]().union(*[getattr(names_in(code), what) for code, _ in self.ran.values()])

    def learn(self, ran: Ran, more: frozenset[str]) -> bool:
        """Add code that ran, and names; return whether some of them were not known yet."""
        if ran.keys() <= self.ran.keys() and more <= self.more:
            return False
        self.ran |= ran
        self.more |= more
        for name in ("enclosing", "attributes", "changed", "own", "computed", "catches"):
            self.__dict__.pop(name, None)
        return True
