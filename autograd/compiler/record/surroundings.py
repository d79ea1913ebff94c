"""What a function refers to from outside: where that changes, a program of it is out of date.

Those are its free variables, its defaults, the globals that it names, and the same of the functions it names from its
own module. Values count by their identity, since programs read their data when they are called; numbers, texts and
flags by what they are; containers and objects by what is in them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from dis import get_instructions
from functools import partial
from types import BuiltinFunctionType, CodeType, FunctionType, MethodType, ModuleType
from typing import Any

from autograd.compiler.record.arguments import Same
from autograd.compiler.text.source import Objects
from autograd.op import Op
from autograd.value import Value

__all__ = ["Surroundings"]


@dataclass
class _Place:
    """Where something is found: how to look there, and how a program does; None if it is better off asking `look`."""

    look: Callable[[], Any]
    written: Callable[[Objects], str] | None = None


@dataclass
class Surroundings:
    """What `f` refers to from outside."""

    f: Callable[..., Any]
    places: list[_Place] = field(init=False)

    def __post_init__(self) -> None:
        self.places = [*_places(self.f, set())]

    def state(self) -> tuple[Any, ...]:
        """What is there now, as something to compare and to hash."""
        return tuple([_mark(place.look(), {}) for place in self.places])

    def question(self, objects: Objects) -> tuple[str, Callable[[], None]]:
        """A condition that says whether something has changed; and a function that makes it take what is now as known.

        Numbers and Values are asked by identity, which is quick; another number of the same value is the same state.
        """
        tests: list[str] = []
        known: dict[str, Callable[[], Any]] = {}
        atoms = [place for place in self.places if place.written and isinstance(place.look(), _ATOMS)]
        for place in atoms:
            assert place.written is not None  # see above
            name = objects.name("seen", None)
            tests.append(f"{place.written(objects)} is not {name}")
            known[name] = place.look
        others = [place.look for place in self.places if place not in atoms]
        if others:
            look, name = partial(_state, others), objects.name("seen", None)
            tests.append(f"{objects.name('state', look)}() != {name}")
            known[name] = look
        return " or ".join(tests), lambda: objects.globals.update({name: look() for name, look in known.items()})


_ATOMS = (Value, float, int, str, bytes, type(None), FunctionType)


_EMPTY = Same(None)


def _state(looks: list[Callable[[], Any]]) -> tuple[Any, ...]:
    return tuple([_mark(look(), {}) for look in looks])


def _places(f: Any, seen: set[int]) -> Iterator[_Place]:
    if id(f) in seen:
        return
    seen.add(id(f))
    if isinstance(f, MethodType):
        yield _Place(lambda: f.__self__)
        yield from _places(f.__func__, seen)
    elif isinstance(f, partial):
        yield _Place(lambda: (f.args, f.keywords))
        yield from _places(f.func, seen)
    elif isinstance(f, FunctionType):
        if f.__defaults__ or f.__kwdefaults__:
            yield _Place(lambda: (f.__defaults__, f.__kwdefaults__))
        for cell in f.__closure__ or ():
            yield from _variable(_cell(cell), f, seen)
        for name in _names(f.__code__):
            if name in f.__globals__:
                yield from _variable(_global(f.__globals__, name), f, seen)
    elif not isinstance(f, (Op, BuiltinFunctionType, type)):  # an object that is called, such as a model
        yield _Place(lambda: f)
        yield from _places(type(f).__call__, seen)


def _cell(cell: Any) -> _Place:
    def look() -> Any:
        try:
            return cell.cell_contents
        except ValueError:  # not assigned yet
            return _EMPTY

    return _Place(look, lambda objects: f"{objects.name('cell', cell)}.cell_contents")


def _global(names: dict[str, Any], name: str) -> _Place:
    return _Place(lambda: names.get(name), lambda objects: f"{objects.name('outside', names)}.get({name!r})")


def _variable(place: _Place, f: FunctionType, seen: set[int]) -> Iterator[_Place]:
    """A variable of `f`; if it is a function of the same module, what that refers to, too."""
    x = place.look()
    if isinstance(x, FunctionType):
        if x.__globals__ is f.__globals__ and x is not f:
            yield place
            yield from _places(x, seen)
    elif not isinstance(x, (Op, ModuleType, BuiltinFunctionType, type)):
        yield place


def _names(code: CodeType) -> list[str]:
    """The globals that code reads; `co_names` has attributes, too."""
    names = [i.argval for i in get_instructions(code) if i.opname in ("LOAD_GLOBAL", "LOAD_NAME")]
    inner = [constant for constant in code.co_consts if isinstance(constant, CodeType)]
    return [*dict.fromkeys([*names, *(name for c in inner for name in _names(c))])]


def _mark(x: Any, met: dict[int, int]) -> Any:
    """What is to be compared of an object; those that have been `met` are looked into once, and have a number each."""
    if isinstance(x, Value):
        return Same(x)
    if isinstance(x, (float, int, str, bytes, type(None))):
        return type(x), x
    if id(x) in met:
        return "again", met[id(x)]
    met[id(x)] = len(met)
    if isinstance(x, (list, tuple)):
        return type(x), *[_mark(item, met) for item in x]
    if isinstance(x, dict):
        return type(x), *[(key, _mark(item, met)) for key, item in x.items()]
    if isinstance(x, (FunctionType, type)):
        return Same(x)
    if hasattr(x, "tobytes"):  # an array
        return type(x), x.shape, x.tobytes()
    return Same(x), *[(key, _mark(item, met)) for key, item in getattr(x, "__dict__", {}).items()]
