"""How the arguments of a call are laid out: which numbers a program takes, and how it finds them.

A program is made for arguments of one layout: as many numbers, in the same lists, tuples, dicts and arrays. It begins
by checking that and by giving every number a name; lists, tuples, dicts and arrays of floats, as most arguments are,
are checked and unpacked in place.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from itertools import accumulate, islice, pairwise
from numbers import Integral
from typing import Any

from autograd.compiler.record.layout import DEFAULT, Layout, Signature, floats, is_number, layout, taken_apart
from autograd.compiler.text.source import Names, Objects

__all__ = ["Arguments", "literal"]


class Arguments:
    """The arguments of one layout as a program sees them.

    - `parameters`: its parameters' names; `head` declares them, `call` hands them on as the function is called, and
      `again` as the program is.
    - `numbers`: the names of the numbers, in their order.
    - `lines`: statements that check the layout, with a place for what is to be done if it is another, and unpack; in
      `first` are those that come before, about defaults and about what is no number. The objects that these refer to
      are in `objects`.
    - `example`: the arguments at hand, by their names.
    """

    def __init__(
        self, signature: Signature, example: dict[str, Any], layout: Layout, names: Names, objects: Objects
    ) -> None:
        self.signature, self.example, self.layout = signature, example, layout
        self.parameters = signature.names(names)
        self.head, self.call = signature.head(self.parameters), signature.call(self.parameters)
        self.again = self.call if signature.direct else self.head
        self.numbers: list[str] = []
        self.first: list[str] = []
        self.lines: list[str] = []
        self._objects, self._names = objects, names
        self._floats: list[str] = []
        if signature.direct:
            for name in signature.optional:
                objects.globals |= {"default": DEFAULT}
                self.first += [f"if {name} is default:", f"    {name} = {signature.default(name, objects)}"]
        values = tuple(example.values())
        for i, (name, argument) in enumerate(zip(self.parameters, values, strict=True)):
            if i not in layout.solid and _is_simple(argument):
                self._unpack(name, argument)
            else:
                self._look_up(name, argument, i in layout.solid)
        self._check_floats()
        self._values, self._parts = values, [taken_apart(argument) for argument in values]
        self._leaves = [x for leaves, _ in self._parts for x in leaves]
        self._are_numbers = layout.are_numbers(values)
        args, _ = signature.given(example)
        self._rebuilds = [taken_apart(argument)[1] for argument in args]
        ends = [0, *accumulate(len(taken_apart(argument)[0]) for argument in args)]
        places = [-1, *accumulate(self._are_numbers, initial=-1)][1:]
        self._ranges = [
            [place for place, yes in zip(places[a + 1 : b + 1], self._are_numbers[a:b], strict=True) if yes]
            for a, b in pairwise(ends)
        ]

    def values(self, numbers: Iterable[Any]) -> tuple[Any, ...]:
        """Arguments of this layout with other numbers, one for each parameter."""
        source = iter(numbers)
        return self._with([next(source) if yes else x for x, yes in zip(self._leaves, self._are_numbers, strict=True)])

    def _with(self, leaves: list[Any]) -> tuple[Any, ...]:
        """The arguments with other leaves; those without numbers are themselves, as masks and indices are."""
        source, kinds = iter(leaves), iter(self._are_numbers)
        found = []
        for argument, (known, rebuild) in zip(self._values, self._parts, strict=True):
            inner = [*islice(source, len(known))]
            found.append(rebuild(iter(inner)) if any([*islice(kinds, len(known))]) else argument)
        return tuple(found)

    def floats(self) -> tuple[Any, ...]:
        """The example as programs take it, with floats for numbers."""
        return self.values(self.layout.floats(tuple(self.example.values())))

    def as_given(self, values: tuple[Any, ...]) -> tuple[Any, ...]:
        """Arguments with whole numbers where the example has them, in place of the floats that programs take."""
        return self._with([
            int(x) if isinstance(known, Integral) and type(x) is float and x.is_integer() else x
            for x, known in zip(taken_apart(values)[0], self._leaves, strict=True)
        ])  # fmt: skip

    def given(self, values: tuple[Any, ...]) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """The same as the function takes them."""
        return self.signature.given(dict(zip(self.example, values, strict=True)))

    def spread(self, f: Callable[..., Any]) -> Callable[..., Any]:
        """`f` as a function of one argument for each parameter."""
        if all(p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD) for p in self.signature.parameters):
            return f

        def spreading(*values: Any) -> Any:
            args, kwargs = self.given(values)
            return f(*args, **kwargs)

        return spreading

    def holding(self, numbers: Iterable[Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """The arguments with other numbers, as the function takes them."""
        return self.given(self.values(numbers))

    def among(self, places: Iterable[int]) -> list[int]:
        """Which of the numbers are in the arguments at these places."""
        return [i for place in places for i in self._ranges[place]]

    def like(self, places: Iterable[int], entries: Iterator[Any]) -> tuple[Any, ...]:
        """An entry for each of those numbers, in the structure of their arguments."""
        return tuple([self._rebuilds[place](entries) for place in places])

    def _unpack(self, name: str, tree: Any) -> None:
        if is_number(tree):
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

    def _look_up(self, name: str, tree: Any, solid: bool) -> None:
        """What is none of Python's own containers is compared and taken apart by functions."""
        lines = self.first if solid else self.lines
        if type(tree) in (int, str, bool):
            lines += [f"if type({name}) is not {type(tree).__name__} or {name} != {tree!r}:", "    return {other}"]
            return
        asked, known = (
            self._objects.name("layout", layout),
            self._objects.name(f"layout_of_{name}", layout(tree, solid)),
        )
        lines += [f"if {asked}({name}, {solid}) != {known}:", "    return {other}"]
        inner = [] if solid else [self._names.new(f"{name}_{i}") for i in range(len(floats(tree)))]
        if inner:
            lines.append(f"[{', '.join(inner)}] = {self._objects.name('floats', floats)}({name})")
        self.numbers += inner

    def compare(self, content: Callable[[Any], Any]) -> list[Any]:
        """Let the program check the content of objects, too; what that is here."""
        found_all: list[Any] = []
        for name, tree in zip(self.parameters, self.example.values(), strict=True):
            if found := self.layout.objects([tree]):
                known = [content(x) for x in found]

                def read(arg: Any) -> Any:
                    return [content(x) for x in self.layout.objects([arg])]

                test = f"{self._objects.name('content', read)}({name}) != {self._objects.name('known', known)}"
                self.first += [f"if {test}:", "    return {other}"]
                found_all += known
        return found_all

    def _check_floats(self) -> None:
        for i in range(0, len(self._floats), 8):
            types = " is ".join(f"type({name})" for name in self._floats[i : i + 8])
            test = f"{types} is not float" if len(self._floats[i : i + 8]) == 1 else f"not {types} is float"
            self.lines += [f"if {test}:", "    return {other}"]


def _is_simple(tree: Any) -> bool:
    """Whether it consists of numbers in lists, tuples, dicts and arrays of Python's and NumPy's own."""
    if _is_array(tree) or is_number(tree):
        return True
    if type(tree) is dict:
        return all(type(key) is str for key in tree) and all(map(_is_simple, tree.values()))
    return type(tree) in (list, tuple) and all(map(_is_simple, tree))


def _is_array(tree: Any) -> bool:
    """Whether it is an array of NumPy that holds floats."""
    numpy = sys.modules.get("numpy")
    found = numpy is not None and type(tree) is numpy.ndarray
    return found and tree.dtype.char == "d" and tree.ndim > 0 and tree.size > 0


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
