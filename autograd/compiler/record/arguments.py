"""How the arguments of a call are laid out: which numbers a program takes, and how it finds them.

A program is made for arguments of one layout: as many numbers, in the same lists, tuples, dicts and arrays. Whatever is
no number (a text, a flag, a function) belongs to the layout. The program begins by checking that and by giving every
number a name; lists, tuples, dicts and arrays of floats, as most arguments are, are checked and unpacked in place.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate, pairwise
from numbers import Real
from typing import Any

from autograd.compiler.text.source import Names, Objects
from autograd.op import as_float
from autograd.tree import flatten, parts
from autograd.value import Value

__all__ = ["Arguments", "Same", "floats", "has_values", "is_number", "layout", "literal", "plain"]


class Same:
    """An object by its identity."""

    def __init__(self, x: object) -> None:
        self.x = x

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Same) and self.x is other.x

    def __hash__(self) -> int:
        return id(self.x)


def is_number(x: Any) -> bool:
    """Whether a leaf is a number, which a program takes; a bool is a flag."""
    return isinstance(x, (Value, Real)) and not isinstance(x, bool)


def layout(tree: Any) -> Any:
    """What two arguments have in common that one program can be called with: something to compare and to hash."""
    if isinstance(tree, (list, tuple)):
        return type(tree), *map(layout, tree)
    if isinstance(tree, dict):
        return type(tree), tuple(tree), *map(layout, tree.values())
    if is_number(tree):
        return None
    if (found := parts(tree)) is not None:
        return *found[0], *map(layout, found[1])
    if hasattr(tree, "shape") and hasattr(tree, "dtype"):
        return type(tree), tree.shape
    return (type(tree), tree) if isinstance(tree, (bool, str, bytes, type(None))) else Same(tree)


def has_values(tree: Any) -> bool:
    """Whether there is a Value among the numbers."""
    return any(isinstance(x, Value) for x in flatten(tree)[0])


def floats(tree: Any) -> list[float]:
    """The numbers in `tree`, as floats."""
    return [as_float(x) for x in flatten(tree)[0] if is_number(x)]


def plain(tree: Any, *, every: bool = False) -> Any:
    """`tree` with its numbers as floats; if `every` leaf is to be one, TypeError for what is none."""
    leaves, rebuild = flatten(tree)
    return rebuild(iter([as_float(x) if every or is_number(x) else x for x in leaves]))


class Arguments:
    """The arguments of one layout as a program sees them.

    - `parameters`: its parameters' names, one for each argument; `example`: arguments of this layout.
    - `numbers`: the names of the numbers, in their order.
    - `lines`: statements that check the layout, with a place for what is to be done if it is another, and unpack;
      the objects that these refer to are in `objects`.
    """

    def __init__(self, parameters: Sequence[str], args: Sequence[Any], names: Names, objects: Objects) -> None:
        self.parameters, self.example = list(parameters), args
        self.numbers: list[str] = []
        self.lines: list[str] = []
        self._objects = objects
        self._floats: list[str] = []
        self._names = names
        for name, arg in zip(parameters, args, strict=True):
            if _is_simple(arg):
                self._unpack(name, arg)
            else:
                self._look_up(name, arg)
        self._check_floats()
        self._leaves, self._rebuild = flatten(tuple(args))
        self._rebuilds = [flatten(arg)[1] for arg in args]
        ends = [0, *accumulate(len(floats(arg)) for arg in args)]
        self._ranges = [range(a, b) for a, b in pairwise(ends)]

    def holding(self, numbers: Iterable[Any]) -> Any:
        """Arguments of this layout with other numbers."""
        source = iter(numbers)
        return self._rebuild(iter([next(source) if is_number(x) else x for x in self._leaves]))

    def among(self, places: Iterable[int]) -> list[int]:
        """Which of the numbers are in the arguments at these places."""
        return [i for place in places for i in self._ranges[place]]

    def like(self, places: Iterable[int], entries: Iterator[Any]) -> tuple[Any, ...]:
        """An entry for each of those numbers, in the structure of their arguments."""
        return tuple([self._rebuilds[place](entries) for place in places])

    def _unpack(self, name: str, tree: Any) -> None:
        if type(tree) is float:
            self.numbers.append(name)
            self._floats.append(name)
            return
        if _is_array(tree):
            kind = self._objects.name("array", type(tree))
            test = f"type({name}) is not {kind} or {name}.shape != {tree.shape} or {name}.dtype.char != 'd'"
            inner = [self._names.new(f"{name}_{i}") for i in range(tree.size)]
            self.lines += [f"if {test}:", "    return {other}"]
            self.lines.append(f"[{', '.join(inner)}] = {name}{'.ravel()' * (tree.ndim > 1)}.tolist()")
            self.numbers += inner
            return
        inner = [self._names.new(f"{name}_{key}") for key in (tree if type(tree) is dict else range(len(tree)))]
        test = f"tuple({name}) != {tuple(tree)!r}" if type(tree) is dict else f"len({name}) != {len(tree)}"
        self.lines += [f"if type({name}) is not {type(tree).__name__} or {test}:", "    return {other}"]
        if inner:
            self.lines.append(f"[{', '.join(inner)}] = {name}{'.values()' * (type(tree) is dict)}")
        for part, item in zip(inner, tree.values() if type(tree) is dict else tree, strict=True):
            self._unpack(part, item)

    def _look_up(self, name: str, tree: Any) -> None:
        """What is none of Python's own containers is compared and taken apart by functions."""
        known = self._objects.name(f"layout_of_{name}", layout(tree))
        self._objects.globals |= {"layout": layout, "floats": floats}
        self.lines += [f"if layout({name}) != {known}:", "    return {other}"]
        inner = [self._names.new(f"{name}_{i}") for i in range(len(floats(tree)))]
        if inner:
            self.lines.append(f"[{', '.join(inner)}] = floats({name})")
        self.numbers += inner

    def _check_floats(self) -> None:
        for i in range(0, len(self._floats), 8):
            types = " is ".join(f"type({name})" for name in self._floats[i : i + 8])
            test = f"{types} is not float" if len(self._floats[i : i + 8]) == 1 else f"not {types} is float"
            self.lines += [f"if {test}:", "    return {other}"]


def _is_array(tree: Any) -> bool:
    """Whether it is an array of NumPy that holds floats."""
    numpy = sys.modules.get("numpy")
    found = numpy is not None and type(tree) is numpy.ndarray
    return found and tree.dtype.char == "d" and tree.ndim > 0 and tree.size > 0


def _is_simple(tree: Any) -> bool:
    if _is_array(tree):
        return True
    if type(tree) is dict:
        return all(type(key) is str for key in tree) and all(map(_is_simple, tree.values()))
    return type(tree) is float or (type(tree) in (list, tuple) and all(map(_is_simple, tree)))


def literal(tree: Any) -> str | None:
    """Python for lists, tuples, dicts and arrays whose leaves are Python already; None where it is anything else."""
    if type(tree) is str:
        return tree
    if (numpy := sys.modules.get("numpy")) is not None and type(tree) is numpy.ndarray:
        return f"array({literal(tree.tolist())})" if tree.size and {*map(type, tree.flat)} == {str} else None
    if type(tree) not in (list, tuple, dict):
        return None
    parts = [literal(x) for x in (tree.values() if type(tree) is dict else tree)]
    if None in parts:
        return None
    if type(tree) is dict:
        if not all(type(key) in (str, int) for key in tree):
            return None
        return f"{{{', '.join(f'{key!r}: {part}' for key, part in zip(tree, parts, strict=True))}}}"
    text = ", ".join(map(str, parts))
    return f"[{text}]" if type(tree) is list else f"({text}{',' * (len(parts) == 1)})"
