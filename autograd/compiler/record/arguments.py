"""How the arguments of a call are laid out: which numbers a program takes, and how it finds them.

A program is made for arguments of one layout: as many numbers, in the same lists, tuples, dicts and arrays. It begins
by checking that and by giving every number a name; lists, tuples, dicts and arrays of floats, as most arguments are,
are checked and unpacked in place.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import is_dataclass
from itertools import accumulate, islice, pairwise
from numbers import Integral
from operator import is_
from typing import Any

from autograd.compiler.record.kinds import own_attributes
from autograd.compiler.record.layout import (
    ArgumentLayout,
    floats,
    holds_more,
    is_number,
    largest,
    layout_of,
    taken_apart,
)
from autograd.compiler.record.questions import Contents
from autograd.compiler.record.reads import Reads
from autograd.compiler.record.signature import DEFAULT, Signature
from autograd.compiler.text.source import Names, Objects, indented, made
from autograd.op import as_float
from autograd.tree import container_of

__all__ = ["Arguments", "literal", "numbers_of"]


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
        self, signature: Signature, example: dict[str, Any], layout: ArgumentLayout, names: Names, objects: Objects
    ) -> None:
        self.signature, self.example, self.layout = signature, example, layout
        self.parameters = signature.names(names)
        self.head, self.call = signature.head(self.parameters), signature.call(self.parameters)
        self.again = self.call if signature.direct else self.head
        unpacking = Unpacking(names, objects)
        self.numbers, self.first, self.lines, self._objects = (
            unpacking.numbers,
            unpacking.first,
            unpacking.lines,
            objects,
        )
        if signature.direct:
            for name in signature.optional:
                objects.globals |= {"default": DEFAULT}
                self.first += [f"if {name} is default:", f"    {name} = {signature.default(name, objects)}"]
        values = tuple(example.values())
        for i, (name, argument) in enumerate(zip(self.parameters, values, strict=True)):
            if i in layout.solid:
                unpacking.compare(name, argument, solid=True)
            else:
                unpacking.take(name, argument)
        unpacking.check_floats()
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

    def renew(self, values: tuple[Any, ...]) -> None:
        """Take other arguments of this layout and content as the example, since the old ones may have changed."""
        self._values = values

    def values(self, numbers: Iterable[Any]) -> tuple[Any, ...]:
        """Arguments of this layout with other numbers, one for each parameter."""
        source = iter(numbers)
        return self._with([next(source) if yes else x for x, yes in zip(self._leaves, self._are_numbers, strict=True)])

    def _with(self, leaves: list[Any]) -> tuple[Any, ...]:
        """The arguments with other leaves; those without numbers, such as masks and indices, stay the same objects."""
        source, kinds = iter(leaves), iter(self._are_numbers)
        found = []
        for argument, (known, rebuild) in zip(self._values, self._parts, strict=True):
            inner = [*islice(source, len(known))]
            found.append(rebuild(iter(inner)) if any([*islice(kinds, len(known))]) else argument)
        return tuple(found)

    def taken(self, values: tuple[Any, ...]) -> tuple[Any, ...]:
        """Arguments of this layout as programs take them: with floats for all numbers that are not whole."""
        leaves = zip(taken_apart(values)[0], self._are_numbers, strict=True)
        return self._with(
            [as_float(x) if yes and type(x) is not float and not isinstance(x, Integral) else x for x, yes in leaves]
        )

    def as_given(self, values: tuple[Any, ...]) -> tuple[Any, ...]:
        """Arguments with whole numbers where the example has them, in place of the floats of a direction."""
        leaves = zip(taken_apart(values)[0], self._leaves, strict=True)
        kinds: Any = [(type(known) if isinstance(known, Integral) else None, x) for x, known in leaves]
        return self._with([kind(x) if kind else x for kind, x in kinds])

    def given(self, values: tuple[Any, ...]) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """Arguments of this layout as the function takes them."""
        return self.signature.given(dict(zip(self.example, values, strict=True)))

    def spread(self, f: Callable[..., Any]) -> Callable[..., Any]:
        """`f` as a function of one argument for each parameter."""
        if self.call == ", ".join(self.parameters):
            return f
        text = f"lambda {', '.join(self.parameters)}: f({self.call})"
        return eval(text, {"f": f})  # type: ignore[no-any-return]  # noqa: S307  # which we wrote

    def holding(self, numbers: Iterable[Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """The arguments with other numbers, as the function takes them."""
        return self.given(self.values(numbers))

    def among(self, places: Iterable[int]) -> list[int]:
        """Which of the numbers are in the arguments at these places."""
        return [i for place in places for i in self._ranges[place]]

    def like(self, places: Iterable[int], entries: Iterator[Any]) -> tuple[Any, ...]:
        """An entry for each number in the arguments at these places, in the structure of these."""
        return tuple([self._rebuilds[place](entries) for place in places])

    def compare(self, reads: Reads) -> Contents | None:
        """Let the program check the content of objects, too; return that content, None if there are no objects."""
        if not (found := self.layout.objects(self._values)):
            return None
        contents = Contents(reads, found, self._objects)
        names = [x for x, tree in zip(self.parameters, self._values, strict=True) if self.layout.objects([tree])]
        whole = all(map(is_, found, [tree for tree in self._values if self.layout.objects([tree])]))
        taken = f"[{', '.join(names)}]"
        if not whole:
            taken = f"{self._objects.name('objects', self.layout.objects)}({taken})"
        self.first += [f"if {self._objects.name('differ', contents.differ)}({taken}):", "    return {other}"]
        return contents


class Unpacking:
    """Statements that check how objects are laid out and give each number in them a name.

    - `first`: those about what is no number; `lines`: the others, each group with a place for what to do if it fails.
      `objects` has the objects that they refer to.
    - `numbers`: the names, in their order.
    """

    def __init__(self, names: Names, objects: Objects) -> None:
        self.first: list[str] = []
        self.lines: list[str] = []
        self.numbers: list[str] = []
        self._names, self._objects = names, objects
        self._floats: list[str] = []

    def take(self, name: str, tree: Any) -> None:
        """Take apart what is called `name`, and laid out like `tree`."""
        kind = type(tree)
        if isinstance(tree, Integral) and is_number(tree):
            known = "int" if kind is int else self._objects.name(kind.__name__, kind)
            self._unless(f"type({name}) is not {known} or not -{largest(tree)} <= {name} <= {largest(tree)}")
            self.numbers.append(self._names.new(name))
            self.lines.append(f"{self.numbers[-1]} = float({name})")
        elif kind is float or is_number(tree):
            self.numbers.append(name)
            self._floats.append(name)
        elif _is_array(tree):
            inner = self._names.numbered(name, tree.size)
            known = self._objects.name("array", kind)
            self._unless(f"type({name}) is not {known} or {name}.shape != {tree.shape} or {name}.dtype.char != 'd'")
            self.lines.append(f"[{', '.join(inner)}] = {name}{'.ravel()' * (tree.ndim != 1)}.tolist()")
            self.numbers += inner
        elif kind in (list, tuple):
            self._unless(f"type({name}) is not {kind.__name__} or len({name}) != {len(tree)}")
            self._parts(self._names.numbered(name, len(tree)), tree, name)
        elif kind is dict and all(type(key) is str for key in tree):
            self._unless(f"type({name}) is not dict or tuple({name}) != {tuple(tree)!r}")
            self._parts(self._named(name, tree), tree.values(), f"{name}.values()")
        elif is_dataclass(kind) and (found := container_of(tree)) and found.kind is kind and not holds_more(tree):
            self._unless(f"type({name}) is not {self._objects.name(kind.__name__, kind)}")
            if own_attributes(tree).keys() > {*found.keys}:
                self._unless(f"{self._objects.name('holds_more', holds_more)}({name})")
            elif hasattr(tree, "__dict__"):
                self._unless(f"len({name}.__dict__) != {len(tree.__dict__)}")
            text = f"[{', '.join(f'{name}.{key}' for key in found.keys)}]"
            self._parts(self._named(name, found.keys), found.items, text)
        else:
            self.compare(name, tree)

    def _named(self, name: str, keys: Iterable[Any]) -> list[str]:
        return [self._names.new(f"{name}_{key}") for key in keys]

    def _parts(self, inner: list[str], items: Collection[Any], text: str) -> None:
        if inner:
            self.lines.append(f"[{', '.join(inner)}] = {text}")
        for part, item in zip(inner, items, strict=True):
            self.take(part, item)

    def compare(self, name: str, tree: Any, solid: bool = False) -> None:
        """Compare any other object as a whole; a function finds its numbers, unless it is `solid`."""
        if type(tree) in (int, str, bool):
            test = f"type({name}) is not {type(tree).__name__} or {name} != {tree!r}"
        else:
            known = self._objects.name(f"layout_of_{name}", layout_of(tree, solid))
            test = f"{self._objects.name('layout', layout_of)}({name}, {solid}) != {known}"
        if solid:
            self.first += [f"if {test}:", "    return {other}"]
            return
        self._unless(test)
        if inner := self._names.numbered(name, len(floats(tree))):
            self.lines.append(f"[{', '.join(inner)}] = {self._objects.name('floats', floats)}({name})")
            self.numbers += inner

    def _unless(self, test: str) -> None:
        self.lines += [f"if {test}:", "    return {other}"]

    def check_floats(self) -> None:
        """Add the check that arguments which are numbers themselves are floats."""
        for i in range(0, len(self._floats), 8):
            types = " is ".join(f"type({name})" for name in self._floats[i : i + 8])
            self._unless(f"{types} is not float" if " is " not in types else f"not {types} is float")


def numbers_of(tree: Any) -> Callable[[Any], list[float] | None]:
    """A function that returns the numbers of what is laid out like `tree`, and None for anything else."""
    names, objects = Names(["x"]), Objects({})
    unpacking = Unpacking(names, objects)
    unpacking.take("x", tree)
    unpacking.check_floats()
    lines = [line.replace("{other}", "None") if line.endswith("{other}") else line for line in unpacking.lines]
    text = "\n".join(["def numbers(x):", *indented(lines), f"    return [{', '.join(unpacking.numbers)}]"])
    return made(text, objects.globals, "numbers")


def _is_array(tree: Any) -> bool:
    """Whether `tree` is an array of NumPy that holds floats."""
    numpy = sys.modules.get("numpy")
    found = numpy is not None and type(tree) is numpy.ndarray
    return found and tree.dtype.char == "d" and tree.size > 0


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
