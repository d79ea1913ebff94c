"""Which leaves of arguments are numbers, and what else tells the arguments of one program from those of others.

Numbers are what programs compute with; whatever is none (a text, a flag, a mask, an object) belongs to the layout by
its content.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from enum import Enum
from itertools import compress
from numbers import Integral, Real
from types import BuiltinFunctionType, FunctionType
from typing import Any

from autograd.compiler.record.reads import Same
from autograd.op import Op, as_float
from autograd.tree import Rebuild, flatten, parts
from autograd.value import Value

__all__ = ["LARGEST", "ArgumentLayout", "floats", "has_values", "is_number", "layout_of", "plain", "taken_apart"]

LARGEST = 2**53 - 1  # of the whole numbers that no float of another one is
OBJECT = "object"  # in a layout: something that has to be compared by its content, as far as it was read


def has_values(tree: Any) -> bool:
    """Whether there is a Value among the numbers."""
    return any(isinstance(x, Value) for x in flatten(tree)[0])


def taken_apart(tree: Any) -> tuple[list[Any], Rebuild]:
    """`flatten`, but arrays that hold no numbers (masks, texts, records, tensors of others) are leaves."""
    leaves, rebuild = flatten(tree, arrays=False)
    if {*map(type, leaves)} <= {float}:
        return leaves, rebuild
    found = [flatten(x) if is_array_of_numbers(x) or parts(x) else ([x], next) for x in leaves]
    return [x for part, _ in found for x in part], lambda source: rebuild(iter([like(source) for _, like in found]))


def is_array_of_numbers(x: Any) -> bool:
    """Whether a leaf is an array of NumPy, or the like, whose entries are numbers or objects, none of them masked."""
    return (
        getattr(getattr(x, "dtype", None), "kind", "") in {*"fiuO"} and hasattr(x, "shape") and not hasattr(x, "mask")
    )


def plain(tree: Any) -> Any:
    """`tree` with floats in place of its numbers, as a sparse matrix is; TypeError for what is none."""
    if hasattr(tree, "indptr"):
        return tree
    leaves, rebuild = flatten(tree)
    return rebuild(iter([as_float(x) for x in leaves]))


class ArgumentLayout:
    """Which leaves of a call's arguments are numbers: all that are real, but flags, and none of `solid` arguments.

    Solid are arguments whose numbers the function uses otherwise than Values can be used (`range(n)`, `math.exp(k)`);
    they tell programs apart by their content. All methods take the arguments, one for each parameter.
    """

    def __init__(self, solid: Collection[int] = ()) -> None:
        self.solid = solid

    def key(self, arguments: Sequence[Any]) -> Any:
        """What arguments have in common that one program can be called with: something to compare and to hash."""
        return tuple([layout_of(x, i in self.solid) for i, x in enumerate(arguments)])

    def are_numbers(self, arguments: Sequence[Any]) -> list[bool]:
        """Of all leaves."""
        return [
            i not in self.solid and (type(x) is float or is_number(x))
            for i, argument in enumerate(arguments)
            for x in taken_apart(argument)[0]
        ]

    def numbers(self, arguments: Sequence[Any]) -> list[Any]:
        """The leaves that are numbers."""
        return [*compress(taken_apart(tuple(arguments))[0], self.are_numbers(arguments))]

    def floats(self, arguments: Sequence[Any]) -> list[float]:
        """The same as floats."""
        return [x if type(x) is float else as_float(x) for x in self.numbers(arguments)]

    def objects(self, arguments: Sequence[Any]) -> list[Any]:
        """What has to be compared by its content."""
        leaves = [(x, layout_of(x)) for x in taken_apart(tuple(arguments))[0] if type(x) is not float]
        return [x for x, found in leaves if type(found) is tuple and found[0] is OBJECT]


def floats(argument: Any) -> list[float]:
    """The numbers in one argument."""
    return ArgumentLayout().floats([argument])


def is_number(x: Any) -> bool:
    """Whether a leaf is a number that floats hold; bools and enumerations are flags, larger ints what they are."""
    if isinstance(x, (bool, Enum)) or not isinstance(x, Real):
        return False
    return not isinstance(x, Integral) or -LARGEST <= int(x) <= LARGEST


def layout_of(tree: Any, solid: bool = False) -> Any:
    """What one argument has in common with others that one program can be called with."""
    kind = type(tree)
    if kind is float and not solid:
        return None
    if isinstance(tree, (list, tuple)):
        return kind, *[layout_of(x, solid) for x in tree]
    if isinstance(tree, dict):
        return kind, tuple(tree), *[layout_of(x, solid) for x in tree.values()]
    if is_number(tree):
        return (kind, repr(tree)) if solid else kind if isinstance(tree, Integral) else None
    if isinstance(tree, (bool, int, str, bytes, type(None))):
        return kind, tree
    if (found := parts(tree)) is not None:
        return *found[0], *[layout_of(x, solid) for x in found[1]]
    if is_array_of_numbers(tree):
        if tree.dtype == object:
            return kind, tree.shape, *[layout_of(x, solid) for x in tree.flat]
        if tree.dtype.kind == "f" and not solid:
            return kind, tree.shape, "f"
        if not solid and (tree.size == 0 or -LARGEST <= tree.min() <= tree.max() <= LARGEST):
            return kind, tree.shape, tree.dtype.kind
        return kind, tree.shape, tree.dtype.str, tree.tobytes()
    if isinstance(tree, (BuiltinFunctionType, Op)):
        return Same(tree)
    return OBJECT, Same(tree) if isinstance(tree, (FunctionType, type)) else kind
