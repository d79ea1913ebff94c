"""How a call is laid out: which parameter gets what, and which leaves of that are numbers.

Numbers are what programs compute with; whatever is none (a text, a flag, a mask, an object) belongs to the layout by
its content.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Sequence
from itertools import compress
from numbers import Integral, Real
from types import BuiltinFunctionType, FunctionType
from typing import Any

from autograd.compiler.record.reads import Same
from autograd.compiler.text.source import Names, Objects, made
from autograd.op import Op, as_float
from autograd.tree import Rebuild, flatten, parts
from autograd.value import Value

__all__ = [
    "DEFAULT", "Layout", "Signature", "floats", "has_values", "is_number", "layout", "names_of", "plain", "taken_apart",
]  # fmt: skip

# -- parameters --------------------------------------------------------------------------------------------------------

_ANY = inspect.signature(lambda *args, **kwargs: None)
_POSITIONAL = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)


def names_of(f: Callable[..., Any], n: int) -> list[str]:
    """Names for the first `n` arguments of `f`."""
    try:
        names = [p.name for p in inspect.signature(f).parameters.values() if p.kind in _POSITIONAL]
    except (TypeError, ValueError):
        names = []
    return [*names[:n], *(f"x_{i + 1}" for i in range(len(names), n))]


class _Default:
    """Stands for an argument that was not given: its default is read when the program runs."""

    def __repr__(self) -> str:
        return "default"


DEFAULT: Any = _Default()


class Signature:
    """The parameters of `f`, any number of any kind where Python cannot tell.

    `by` are the arguments to differentiate by. `direct` says whether a program can have these very parameters: none is
    called as what programs call themselves, and which arguments are meant does not depend on how many were given.
    """

    def __init__(self, f: Callable[..., Any], by: int | Sequence[int], reserved: set[str]) -> None:
        self.f, self._by, self._reserved = f, by, reserved
        self._read()

    def _read(self) -> None:
        f, by, reserved = self.f, self._by, self._reserved
        self._defaults = _defaults(f)
        try:
            self._signature = inspect.signature(f)
        except (TypeError, ValueError):
            self._signature = _ANY
        self.parameters = list(self._signature.parameters.values())
        required = sum(p.kind in _POSITIONAL and p.default is p.empty for p in self.parameters)
        self.optional = [p.name for p in self.parameters if p.default is not p.empty]
        varies = len(self.optional) > 0 or any(p.kind is p.VAR_POSITIONAL for p in self.parameters)
        given = [by] if isinstance(by, int) else [*by]
        defaults = any(p.kind in _POSITIONAL and p.default is not p.empty for p in self.parameters)
        self.direct = reserved.isdisjoint(p.name for p in self.parameters) and not (
            varies and any(i < 0 or (i >= required and defaults) for i in given)
        )

    def names(self, names: Names) -> list[str]:
        """Names for the parameters, their own where that can be."""
        return [names.parameter(p.name) if self.direct else names.new(p.name) for p in self.parameters]

    def head(self, names: Sequence[str]) -> str:
        """The parameters as they are declared, called as `names` says."""
        if not self.direct:
            return ", ".join(names)
        parameters = [
            p.replace(name=name, annotation=p.empty, default=p.empty if p.default is p.empty else DEFAULT)
            for p, name in zip(self.parameters, names, strict=True)
        ]
        return str(inspect.Signature(parameters))[1:-1]

    def call(self, names: Sequence[str]) -> str:
        """The same arguments, handed on as the function is called."""
        signs: dict[Any, str] = {inspect.Parameter.VAR_POSITIONAL: "*", inspect.Parameter.VAR_KEYWORD: "**"}
        return ", ".join(
            f"{p.name}={name}" if p.kind is p.KEYWORD_ONLY else signs.get(p.kind, "") + name
            for p, name in zip(self.parameters, names, strict=True)
        )

    def dispatch(self, known: dict[Any, Callable[..., Any]], slow: Callable[..., Any]) -> Callable[..., Any]:
        """A function of the same arguments that answers by `known`, where that has a function for their kinds.

        It takes that away meanwhile, as the function may ask here again.
        """
        if not self.direct:
            return slow
        names, kind = [p.name for p in self.parameters], inspect.Parameter
        many: dict[Any, str] = {kind.VAR_POSITIONAL: "*map(type, {})", kind.VAR_KEYWORD: "*{}"}
        kinds = "".join(many.get(p.kind, "type({})").format(p.name) + ", " for p in self.parameters)
        call = self.call(names)
        return made(
            f"def dispatch({self.head(names)}):\n"
            f"    if (found := known.pop(kinds := ({kinds}), None)) is None:\n"
            f"        return slow({call})\n"
            f"    result = found({call})\n"
            "    known.setdefault(kinds, found)\n"
            "    return result\n",
            {"known": known, "slow": slow, "default": DEFAULT}, "dispatch",
        )  # fmt: skip

    def of_floats(self, f: Callable[..., Any], given: dict[str, Any], taken: Sequence[Any]) -> tuple[Any, Any] | None:
        """Kinds of arguments as for `dispatch`, and a function that gives `f` floats in place of some of them.

        That is where numbers `given` were `taken` as floats. None where kinds say too little of the arguments.
        """
        kinds: list[type] = []
        texts: list[str] = []
        for p, args, numbers in zip(self.parameters, given.values(), taken, strict=True):
            many = p.kind is p.VAR_POSITIONAL
            if p.kind is p.VAR_KEYWORD and args:
                return None
            for i, (x, y) in enumerate(zip(args, numbers, strict=True) if many else [(args, numbers)]):
                text = f"{p.name}[{i}]" if many else p.name
                if x is not y or (type(x) is not float and is_number(x) and not isinstance(x, Integral)):
                    if not isinstance(x, Real):
                        return None
                    text = f"float({text})"
                kinds.append(type(x))
                texts.append(f"{p.name}={text}" if p.kind is p.KEYWORD_ONLY else text)
        if "float(" not in "".join(texts):
            return (*kinds,), f
        head = self.head([p.name for p in self.parameters])
        text = f"def of_floats({head}):\n    return f({', '.join(texts)})\n"
        return (*kinds,), made(text, {"f": f, "default": DEFAULT}, "of_floats")

    def bound(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[dict[str, Any], int] | None:
        """What a call gives for each parameter, and how many by position; None where the function does not take it."""
        if _defaults(self.f) != self._defaults:
            self._read()
        args, kwargs = self.without_defaults(args, kwargs)
        try:
            bound = self._signature.bind(*args, **kwargs)
        except TypeError:  # which calling the function raises again, in its own words
            return None
        count = len(bound.args)
        bound.apply_defaults()
        return dict(bound.arguments), count

    def without_defaults(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """A call without what stands for arguments that were not given."""
        if any(x is DEFAULT for x in args):
            named = dict(zip([p.name for p in self.parameters if p.kind in _POSITIONAL], args, strict=False))
            first = next(i for i, x in enumerate(args) if x is DEFAULT)
            args, kwargs = args[:first], kwargs | dict(list(named.items())[first:])
        return args, {name: x for name, x in kwargs.items() if x is not DEFAULT}

    def given(self, arguments: dict[str, Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """The arguments as the function takes them."""
        bound = inspect.BoundArguments(self._signature, arguments)
        return bound.args, bound.kwargs

    def places(self, by: Sequence[int]) -> set[int]:
        """Which parameters the arguments number `by` belong to."""
        positional = [i for i, p in enumerate(self.parameters) if p.kind in (*_POSITIONAL, p.VAR_POSITIONAL)]
        return {positional[min(i, len(positional) - 1)] for i in by}

    def default(self, name: str, objects: Objects) -> str:
        """What is taken for an argument that is not given, in Python, as it is when that runs."""
        if type(self.f) is FunctionType and not hasattr(self.f, "__wrapped__"):
            f = objects.name("function", self.f)
            positional = [p.name for p in self.parameters if p.kind in _POSITIONAL and p.default is not p.empty]
            if name in positional:
                return f"{f}.__defaults__[{positional.index(name)}]"
            return f"{f}.__kwdefaults__[{name!r}]"
        return f"{objects.name('defaults', self.defaults)}()[{name!r}]"

    def defaults(self) -> dict[str, Any]:
        """What is taken for arguments that are not given."""
        if _defaults(self.f) != self._defaults:
            self._read()
        return {p.name: p.default for p in self.parameters if p.default is not p.empty}


def _defaults(f: Any) -> list[int]:
    return [id(getattr(f, "__defaults__", None)), id(getattr(f, "__kwdefaults__", None))]


# -- leaves ------------------------------------------------------------------------------------------------------------

LARGEST = 2**53 - 1  # of the whole numbers that no float of another one is
OBJECT = "object"  # in a layout: something that has to be compared by its content, as far as it was read


def has_values(tree: Any) -> bool:
    """Whether there is a Value among the numbers."""
    return any(isinstance(x, Value) for x in flatten(tree)[0])


def taken_apart(tree: Any) -> tuple[list[Any], Rebuild]:
    """`flatten`, but arrays that hold no numbers (masks, texts, records, tensors of others) are leaves."""
    leaves, rebuild = flatten(tree, arrays=False)
    found = [flatten(x) if is_array_of_numbers(x) or parts(x) else ([x], next) for x in leaves]
    return [x for part, _ in found for x in part], lambda source: rebuild(iter([like(source) for _, like in found]))


def is_array_of_numbers(x: Any) -> bool:
    """Whether a leaf is an array of NumPy, or the like, whose entries are numbers or objects."""
    return getattr(getattr(x, "dtype", None), "kind", "") in {*"fiuO"} and hasattr(x, "shape")


def plain(tree: Any) -> Any:
    """`tree` with floats in place of its numbers, as a sparse matrix is; TypeError for what is none."""
    if hasattr(tree, "indptr"):
        return tree
    leaves, rebuild = flatten(tree)
    return rebuild(iter([as_float(x) for x in leaves]))


class Layout:
    """Which leaves of a call's arguments are numbers: all that are real, but flags, and none of `solid` arguments.

    Solid are arguments whose numbers the function uses otherwise than Values can be used (`range(n)`, `math.exp(k)`);
    they tell programs apart by their content. All methods take the arguments, one for each parameter.
    """

    def __init__(self, solid: Collection[int] = ()) -> None:
        self.solid = solid

    def key(self, arguments: Sequence[Any]) -> Any:
        """What arguments have in common that one program can be called with: something to compare and to hash."""
        return tuple([layout(x, i in self.solid) for i, x in enumerate(arguments)])

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
        return [x for x in taken_apart(tuple(arguments))[0] if layout(x, False) == (OBJECT, type(x))]


def floats(argument: Any) -> list[float]:
    """The numbers in one argument, as floats."""
    return Layout().floats([argument])


def is_number(x: Any) -> bool:
    """Whether a leaf is a number that floats hold; a bool is a flag, and ints beyond them are what they are."""
    if isinstance(x, bool) or not isinstance(x, Real):
        return False
    return not isinstance(x, Integral) or -LARGEST <= int(x) <= LARGEST


def layout(tree: Any, solid: bool = False) -> Any:
    """What one argument has in common with others that one program can be called with."""
    kind = type(tree)
    if kind is float and not solid:
        return None
    if isinstance(tree, (list, tuple)):
        return kind, *[layout(x, solid) for x in tree]
    if isinstance(tree, dict):
        return kind, tuple(tree), *[layout(x, solid) for x in tree.values()]
    if is_number(tree):
        return (kind, repr(tree)) if solid else kind if isinstance(tree, Integral) else None
    if isinstance(tree, (bool, int, str, bytes, type(None))):
        return kind, tree
    if (found := parts(tree)) is not None:
        return *found[0], *[layout(x, solid) for x in found[1]]
    if is_array_of_numbers(tree):
        if tree.dtype == object:
            return kind, tree.shape, *[layout(x, solid) for x in tree.flat]
        if tree.dtype.kind == "f" and not solid:
            return kind, tree.shape, "f"
        if not solid and (tree.size == 0 or -LARGEST <= tree.min() <= tree.max() <= LARGEST):
            return kind, tree.shape, tree.dtype.kind
        return kind, tree.shape, tree.dtype.str, tree.tobytes()
    return Same(tree) if isinstance(tree, (FunctionType, BuiltinFunctionType, Op, type)) else (OBJECT, kind)
