"""Which leaves of arguments are numbers, and what else decides which program arguments are for.

Numbers are what programs compute with; whatever is none (a text, a flag, a mask, an object) belongs to the layout by
its content.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import is_dataclass
from enum import Enum
from functools import lru_cache
from itertools import compress
from numbers import Integral, Number, Real
from types import BuiltinFunctionType, FunctionType
from typing import Any

from autograd.compiler.record.kinds import is_builtin, is_closed, mark_of, own_attributes, pickled
from autograd.compiler.record.reads import Same
from autograd.op import Op, as_float
from autograd.tree import Rebuild, container_of, flatten, parts
from autograd.value import Value

__all__ = [
    "ArgumentLayout", "floats", "has_more", "has_values", "holds_more", "is_number", "kinds_in", "largest", "layout_of",
    "plain", "size_of", "taken_apart", "with_others",
]  # fmt: skip

SIZES = 2**20, 2**50  # of whole numbers that are numbers: exact in floats, as is what is made of a few of them
_BUILTIN = {list, tuple, dict, int, str}
OBJECT = "object"  # in a layout: an object whose content has to be compared, as far as it was read


def has_values(tree: Any) -> bool:
    """Whether there is a Value among the numbers."""
    return any(isinstance(x, Value) for x in flatten(tree)[0])


def has_more(tree: Any) -> bool:
    """Whether there is a container or an array that `holds_more`, so that it is compared as an object."""
    return any(type(x) is not float and holds_more(x) for x in taken_apart(tree)[0])


def taken_apart(tree: Any) -> tuple[list[Any], Rebuild]:
    """`flatten`, but arrays that hold no numbers (masks, texts, records, tensors of others) are leaves."""
    leaves, rebuild = flatten(tree, arrays=False, is_leaf=holds_more)
    if {*map(type, leaves)} <= {float}:
        return leaves, rebuild
    found = [([x], next) if type(x) is float or not _has_entries(x) else _array_entries(x) for x in leaves]
    return [x for part, _ in found for x in part], lambda source: rebuild(iter([like(source) for _, like in found]))


def _has_entries(leaf: Any) -> bool:
    return is_array_of_numbers(leaf) or (parts(leaf) is not None and not holds_more(leaf))


def holds_more(x: Any) -> bool:
    """Whether a container or array of the user's has attributes besides its entries, which others like it may lack.

    What a dataclass derives from its fields does not count.
    """
    kind: Any = type(x)
    if kind.__module__.startswith("pandas"):
        return bool(getattr(x, "attrs", None))
    container = container_of(x)
    if not is_dataclass(kind) or container is None or container.kind is not kind:  # also lists that are dataclasses
        return not is_builtin(kind) and bool(getattr(x, "__dict__", None))
    own = own_attributes(x)
    if own.keys() <= {*container.keys}:
        return False
    try:
        derived = own_attributes(container.build([*container.items]))
    except TypeError:
        return True
    seen = pickled([own[key] for key in own.keys() - container.keys])
    return (
        own.keys() != derived.keys()
        or seen is None
        or seen != pickled([derived[k] for k in own.keys() - container.keys])
    )


def _array_entries(x: Any) -> tuple[list[Any], Rebuild]:
    """`flatten`, with whole numbers of an array as NumPy's."""
    leaves, rebuild = flatten(x)
    return ([*x.flat] if hasattr(x, "flat") and x.dtype.kind in {*"iu"} else leaves), rebuild


def is_array_of_numbers(x: Any) -> bool:
    """Whether a leaf is an array of NumPy, or the like, whose entries are numbers or objects, none of them masked."""
    kind = getattr(getattr(x, "dtype", None), "kind", "")
    return kind in {*"fiuO"} and hasattr(x, "shape") and not hasattr(x, "mask") and not holds_more(x)


def plain(tree: Any) -> Any:
    """`tree` with floats in place of its numbers; raises TypeError for a leaf that is no number."""
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
        """What the arguments of one program have in common, as something to compare and to hash."""
        return tuple([layout_of(x, i in self.solid) for i, x in enumerate(arguments)])

    def are_numbers(self, arguments: Sequence[Any]) -> list[bool]:
        """Whether each leaf is a number."""
        return [
            i not in self.solid and (type(x) is float or is_number(x))
            for i, argument in enumerate(arguments)
            for x in taken_apart(argument)[0]
        ]

    def numbers(self, arguments: Sequence[Any]) -> list[Any]:
        """The leaves that are numbers."""
        return [*compress(taken_apart(tuple(arguments))[0], self.are_numbers(arguments))]

    def floats(self, arguments: Sequence[Any]) -> list[float]:
        """The leaves that are numbers, as floats."""
        return [x if type(x) is float else as_float(x) for x in self.numbers(arguments)]

    def objects(self, arguments: Sequence[Any]) -> list[Any]:
        """The leaves that have to be compared by their content."""
        leaves = [(x, layout_of(x)) for x in taken_apart(tuple(arguments))[0] if type(x) is not float]
        return [x for x, found in leaves if type(found) is tuple and found[0] is OBJECT]


def kinds_in(tree: Any) -> tuple[type, ...]:
    """The classes of the user's that containers and arrays are of, whose attributes may be read."""
    found: dict[type, None] = {}
    leaves, _ = flatten(tree, arrays=False, is_leaf=lambda x: bool(found.setdefault(type(x))))
    found |= dict.fromkeys([type(x) for x in leaves if hasattr(type(x), "__array_finalize__")])
    return tuple([kind for kind in found if not is_builtin(kind) and not is_closed(kind)])


def with_others(arguments: Sequence[Any]) -> set[int]:
    """Which arguments hold numbers other than Python's, whose texts differ."""
    leaves = [flatten(argument, arrays=False)[0] for argument in arguments]
    return {
        i
        for i, found in enumerate(leaves)
        if any(type(x) not in (float, int) and (is_number(x) or is_array_of_numbers(x)) for x in found)
    }


def floats(argument: Any) -> list[float]:
    """The numbers in one argument."""
    return ArgumentLayout().floats([argument])


def is_number(x: Any) -> bool:
    """Whether a leaf is a number that floats hold, and computes as such: Python's, NumPy's, and what adds nothing.

    Bools and enumerations are flags, fractions and large ints what they are.
    """
    kind: Any = type(x)
    if kind is float:
        return True
    if not _computes_plainly(kind) or getattr(x, "__dict__", None):
        return False
    return not isinstance(x, Integral) or abs(int(x)) <= SIZES[-1]


_PLAIN_NAMES = {*vars(type("", (float,), {})), "__slots__", "__static_attributes__", "__firstlineno__"}


@lru_cache(maxsize=4096)
def _computes_plainly(kind: type) -> bool:
    for c in kind.__mro__:
        if c in (float, int) or c.__module__ == "numpy":
            return kind is not bool and issubclass(kind, Real)
        if not vars(c).keys() <= _PLAIN_NAMES:
            return False
    return False


def largest(x: Any) -> int | None:
    """How large whole numbers, or all in an array, may be for the program of this one; None if it is none."""
    size = max(abs(int(x.min())), abs(int(x.max()))) if getattr(x, "shape", ()) else abs(int(x))
    return next((most for most in SIZES if size <= most), None)


def size_of(x: Any) -> float:
    """`largest` for a number; infinity for whole numbers that wrap around, such as NumPy's smaller ones."""
    return float(largest(x) or math.inf) if type(x) is int or x.dtype.str[1:] == "i8" else math.inf


def layout_of(tree: Any, solid: bool = False) -> Any:
    """What one argument has in common with others for the same program."""
    kind = type(tree)
    if kind is float and not solid:
        return None
    if kind not in _BUILTIN and parts(tree) is not None and holds_more(tree):
        return OBJECT, kind
    if isinstance(tree, (list, tuple)):
        return kind, *[None if type(x) is float and not solid else layout_of(x, solid) for x in tree]
    if isinstance(tree, dict):
        return (
            kind,
            tuple([mark_of(key) if isinstance(key, Number) else key for key in tree]),
            *[layout_of(x, solid) for x in tree.values()],
        )
    if is_number(tree):
        return (kind, repr(tree)) if solid else (kind, largest(tree)) if isinstance(tree, Integral) else None
    if kind in (bool, int, str, bytes, type(None)) or isinstance(tree, Enum):
        return kind, tree
    if (found := parts(tree)) is not None:
        return (
            *found[0],
            getattr(tree, "name", None),
            getattr(tree, "maxlen", None),
            *[layout_of(x, solid) for x in found[1]],
        )
    if is_array_of_numbers(tree):
        if tree.dtype == object:
            return kind, tree.shape, *[layout_of(x, solid) for x in tree.flat]
        if tree.dtype.kind == "f" and not solid:
            return kind, tree.shape, "f"
        if not solid and (tree.size == 0 or (size := largest(tree))):
            return kind, tree.shape, tree.dtype.str, tree.size and size
        return kind, tree.shape, tree.dtype.str, tree.tobytes()
    if isinstance(tree, (BuiltinFunctionType, Op)):
        return Same(tree)
    return OBJECT, Same(tree) if isinstance(tree, (FunctionType, type)) else kind
