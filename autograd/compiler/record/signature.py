"""How a function is called: its parameters, what a call passes for each, and which program that is for."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Sequence
from functools import partial
from numbers import Integral, Real
from types import FunctionType
from typing import Any

from autograd.compiler.record.layout import is_number
from autograd.compiler.text.source import Names, Objects, made

__all__ = ["DEFAULT", "Signature", "names_of"]

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

    __repr__ = lambda self: "default"  # noqa: E731  # as it is declared


DEFAULT: Any = _Default()


class Signature:
    """The parameters of `f`; where Python cannot tell them, any number of any kind.

    `by` are the arguments with respect to which it differentiates. `direct` says whether a program can have these very
    parameters: none is called as what programs call themselves, and which arguments are meant does not depend on how
    many were given.
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
        """The arguments as text, handed on as the function is called."""
        signs: dict[Any, str] = {inspect.Parameter.VAR_POSITIONAL: "*", inspect.Parameter.VAR_KEYWORD: "**"}
        return ", ".join(
            f"{p.name}={name}" if p.kind is p.KEYWORD_ONLY else signs.get(p.kind, "") + name
            for p, name in zip(self.parameters, names, strict=True)
        )

    def dispatch(self, known: dict[Any, Callable[..., Any]], slow: Callable[..., Any]) -> Callable[..., Any]:
        """A function of the same arguments that answers by `known`, where that has a function for their kinds.

        While that function runs, `known` lacks it, because it may call here again.
        """
        if not self.direct:
            return slow
        names = [p.name for p in self.parameters]
        texts = {"VAR_POSITIONAL": "*map(type, {}), ", "VAR_KEYWORD": "*{}, "}
        kinds = "".join(texts.get(p.kind.name, "type({}), ").format(p.name) for p in self.parameters)
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

    def of_floats(
        self, f: Callable[..., Any], given: dict[str, Any], taken: Sequence[Any], solid: Collection[int]
    ) -> tuple[Any, Any] | None:
        """Kinds of arguments as for `dispatch`, and a function that passes `f` floats in place of some of them.

        Floats replace numbers that were `given` as others and `taken` as floats, except in `solid` arguments. Returns
        None where kinds say too little of the arguments.
        """
        kinds: list[type] = []
        texts: list[str] = []
        for place, (p, args, numbers) in enumerate(zip(self.parameters, given.values(), taken, strict=True)):
            many = p.kind is p.VAR_POSITIONAL
            if p.kind is p.VAR_KEYWORD and args:
                return None
            for i, (x, y) in enumerate(zip(args, numbers, strict=True) if many else [(args, numbers)]):
                text = f"{p.name}[{i}]" if many else p.name
                becomes_float = type(x) is not float and is_number(x) and not isinstance(x, Integral)
                if x is not y or (becomes_float and place not in solid):
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
        """The places of the parameters that the arguments with the numbers `by` belong to."""
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
        """The defaults of arguments that are not given."""
        if _defaults(self.f) != self._defaults:
            self._read()
        return {p.name: p.default for p in self.parameters if p.default is not p.empty}


def _defaults(f: Any) -> list[int]:
    own = [*f.args, *f.keywords, *f.keywords.values()] if isinstance(f, partial) else []
    return [*map(id, own), id(getattr(f, "__defaults__", None)), id(getattr(f, "__kwdefaults__", None))]
