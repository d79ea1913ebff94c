"""How machine code is called from Python: by a C function, written as IR too, of Python's objects.

It unpacks lists, tuples, dicts and arrays of floats itself, and calls a function for any other argument.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from itertools import count
from typing import Any

from autograd.compiler.engines.runtime import known, runtime, where_is
from autograd.compiler.record.arguments import numbers_of
from autograd.compiler.record.layout import floats
from autograd.value import Value

__all__ = ["Entry", "Result"]


class Result:
    """The place of a number in what is returned; `flag` says whether it is one of True and False."""

    def __init__(self, place: int, flag: bool) -> None:
        self.place, self.flag = place, flag


class Entry:
    """Lines that take arguments apart and put results together; `kept` are the objects that they refer to."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.globals: list[str] = []
        self.kept: list[Any] = []
        self._names = map("%o{}".format, count())
        self._labels = map("l{}".format, count())

    def object(self, x: Any) -> str:
        """An object that the program refers to."""
        self.kept.append(x)
        return where_is(x)

    def new(self, text: str) -> str:
        """Write an instruction; return the register of its result."""
        name = next(self._names)
        self.lines.append(f"{name} = {text}")
        return name

    def helped(self, type: str, name: str, *args: str) -> str:
        """Call a function of `runtime.ll`; return the register of its result."""
        return self.new(f"call {type} {runtime(name)}({', '.join(args)})")

    def known(self, type: str, name: str, *args: str) -> str:
        """Call a function of CPython; return the register of its result."""
        return self.new(f"call {type} {known[name]}({', '.join(args)})")

    def place(self, array: str, i: int, type: str = "double") -> str:
        """A place in an array."""
        return self.new(f"getelementptr {type}, ptr {array}, i64 {i}") if i else array

    def item(self, array: str, i: int) -> str:
        """An object in an array of objects."""
        return self.new(f"load ptr, ptr {self.place(array, i, 'ptr')}")

    def unless(self, condition: str, label: str) -> None:
        """Jump to `label` unless a condition holds."""
        on = next(self._labels)
        self.lines += [f"br i1 {condition}, label %{on}, label %{label}", f"{on}:"]

    # -- arguments ------------------------------------------------------------------------------------------------

    def take(self, x: str, tree: Any, i: int) -> int:
        """Put the numbers of an object laid out like `tree` into `%in` from place i on; return the next place."""
        to = f"ptr {self.place('%in', i)}"
        n = len(floats(tree))
        if type(tree) is float:
            self.unless(self.helped("i1", "number", f"ptr {x}", to), "other")
        elif type(tree) in (list, tuple) and {*map(type, tree)} == {float}:
            kind = f"ptr {where_is(type(tree))}"
            self.unless(self.helped("i1", "floats", f"ptr {x}", kind, f"i64 {n}", to), "other")
        elif type(tree) in (list, tuple):
            items = self.helped("ptr", "items", f"ptr {x}", f"ptr {where_is(type(tree))}", f"i64 {len(tree)}")
            self.unless(self.new(f"icmp ne ptr {items}, null"), "other")
            for place, part in enumerate(tree):
                i = self.take(self.item(items, place), part, i)
            return i
        elif type(tree) is dict and {*map(type, tree)} <= {str}:  # others may be equal, but of other classes
            self.unless(self.helped("i1", "is_dict", f"ptr {x}", f"i64 {len(tree)}"), "other")
            if len(tree) > 1:  # in which order the keys are, too
                keys = self.known("ptr", "PyDict_Keys", f"ptr {x}")
                expected = f"ptr {self.object([*tree])}"
                same = self.known("i32", "PyObject_RichCompareBool", f"ptr {keys}", expected, "i32 2")
                self.lines.append(f"call void {known['Py_DecRef']}(ptr {keys})")
                self.unless(self.new(f"icmp eq i32 {same}, 1"), "other")
            for key, part in tree.items():
                item = self.helped("ptr", "value", f"ptr {x}", f"ptr {self.object(key)}")
                self.unless(self.new(f"icmp ne ptr {item}, null"), "other")
                i = self.take(item, part, i)
            return i
        elif (numpy := sys.modules.get("numpy")) is not None and type(tree) is numpy.ndarray and _of_doubles(tree):
            shape = f"@shape{len(self.globals)}"
            sizes = ", ".join(f"i64 {size}" for size in tree.shape)
            self.globals.append(f"{shape} = private constant [{tree.ndim} x i64] [{sizes}]")
            kind = f"ptr {self.object(type(tree))}"
            self.unless(self.helped("i1", "array", f"ptr {x}", kind, f"i32 {tree.ndim}", f"ptr {shape}", to), "other")
        else:
            asked = f"ptr {self.object(numbers_of(tree))}"
            self.unless(self.helped("i1", "asked", f"ptr {x}", asked, f"i64 {n}", to), "other")
        return i + n

    def read(self, values: Sequence[Value], i: int) -> None:
        """Put the data of Values into `%in` from place i on."""
        if values:
            items = ", ".join(f"ptr {self.object(x)}" for x in values)
            self.globals.append(f"@outside = private constant [{len(values)} x ptr] [{items}]")
            to = f"ptr {self.place('%in', i)}"
            self.unless(self.helped("i1", "outside", "ptr @outside", f"i64 {len(values)}", to), "failed")

    # -- results --------------------------------------------------------------------------------------------------

    def give(self, like: Callable[[Iterator[Any]], Any], results: Sequence[Result]) -> str:
        """The object that is made of the numbers in `%out`."""
        tree = like(iter(results))
        if _is_known(tree):
            return self._made(tree)
        row = self._made([*results])
        made = self.known("ptr", "PyObject_CallOneArg", f"ptr {self.object(lambda row: like(iter(row)))}", f"ptr {row}")
        self.lines.append(f"call void {known['Py_DecRef']}(ptr {row})")
        return made

    def of_doubles(self, build: Callable[[bytearray], Any], start: int, n: int) -> str:
        """The object that a function makes of n numbers in `%out` from a place on."""
        place = f"ptr {self.place('%out', start)}"
        return self.helped("ptr", "of_bytes", f"ptr {self.object(build)}", place, f"i64 {8 * n}")

    def _made(self, tree: Any) -> str:
        if isinstance(tree, Result):
            number = self.new(f"load double, ptr {self.place('%out', tree.place)}")
            if tree.flag:
                return self.helped("ptr", "flag", f"double {number}")
            return self.known("ptr", "PyFloat_FromDouble", f"double {number}")
        if type(tree) is dict:
            made = self.known("ptr", "PyDict_New")
            for key, part in tree.items():
                item = self._made(part)
                self.known("i32", "PyDict_SetItem", f"ptr {made}", f"ptr {self.object(key)}", f"ptr {item}")
                self.lines.append(f"call void {known['Py_DecRef']}(ptr {item})")
            return made
        if hasattr(tree, "dtype"):
            numpy, shape = sys.modules["numpy"], tree.shape
            build = lambda numbers: numpy.frombuffer(numbers).reshape(shape)  # noqa: E731  # one of many such
            return self.of_doubles(build, tree.flat[0].place, tree.size)
        made = self.known("ptr", "PyList_New" if type(tree) is list else "PyTuple_New", f"i64 {len(tree)}")
        items = self.helped("ptr", "entries", f"ptr {made}", f"i1 {str(type(tree) is list).lower()}")
        if len(tree) > 3 and _in_a_row(tree):
            start = f"ptr {self.place('%out', tree[0].place)}"
            self.lines.append(f"call void {runtime('fill')}(ptr {items}, {start}, i64 {len(tree)})")
            return made
        for i, part in enumerate(tree):
            item = self._made(part)
            self.lines.append(f"store ptr {item}, ptr {self.place(items, i, 'ptr')}")
        return made


def _of_doubles(array: Any) -> bool:
    return bool(array.dtype.char == "d" and array.ndim and array.size)


def _is_known(tree: Any) -> bool:
    """Whether results of this structure are made here."""
    if isinstance(tree, Result):
        return True
    if hasattr(tree, "dtype"):
        items = [*tree.flat] if hasattr(tree, "flat") else []  # which pandas' have not
        return {*map(type, items)} == {Result} and _in_a_row(items)
    if type(tree) is dict:
        return all(map(_is_known, tree.values()))
    return type(tree) in (list, tuple) and all(map(_is_known, tree))


def _in_a_row(items: Sequence[Any]) -> bool:
    """Whether items are numbers that stand one after the other."""
    return all(isinstance(x, Result) and not x.flag and x.place == items[0].place + i for i, x in enumerate(items))
