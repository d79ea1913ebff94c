"""Random numbers that a model or a loss draws: a program, which repeats what was recorded, would draw them once.

What layers draw by `uniform` becomes an input of the program, drawn anew in every step; what draws in another way is
found out, so that it is trained without a program.
"""

from __future__ import annotations

import gc
import pickle
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from random import Random, SystemRandom
from types import CodeType, FunctionType, ModuleType
from typing import Any

from autograd import CompileError, Value

__all__ = ["Stream", "objects_within", "restore", "undrawn", "uniform"]

_LIBRARIES = {"autograd", "nn", "numpy", *sys.stdlib_module_names}  # whose functions draw from what they are given


class Stream:
    """What layers draw for one row, of which the generators and how many numbers of each are in `drawn`, in order."""

    def __init__(self, of_one_row: Callable[[], object]) -> None:
        self.drawn: list[tuple[Any, int]] = []
        self.given: Iterator[Any] | None = None
        with self.giving(None):
            of_one_row()
        self.size = sum(n for _, n in self.drawn)

    @contextmanager
    def giving(self, numbers: Iterable[Any] | None) -> Iterator[None]:
        """Within this block layers get these numbers; without any, some number, and what they ask for is noted."""
        self.given = None if numbers is None else iter(numbers)
        _streams.append(self)
        try:
            yield
        finally:
            _streams.remove(self)

    def take(self, rng: Any, n: int) -> list[Any]:
        """The next `n` numbers."""
        if self.given is None:
            self.drawn.append((rng, n))
            return [0.5] * n
        return [next(self.given) for _ in range(n)]

    def draw(self, rows: int) -> list[float]:
        """The numbers for that many rows, in the order in which the rows would draw them one after the other."""
        return [rng.random() for _ in range(rows) for rng, n in self.drawn for _ in range(n)]

    @contextmanager
    def replayed(self) -> Iterator[None]:
        """After this block the generators are as before."""
        before = self.states()
        try:
            yield
        finally:
            restore(before)

    def states(self) -> list[tuple[Any, Any]]:
        """The generators, and the state that each is in."""
        return [(rng, _state(rng)) for rng, _ in self.drawn]


_streams: list[Stream] = []


def uniform(rng: Any, n: int) -> list[Any]:
    """`n` random numbers between 0 and 1 from a generator; where a program is made, what stands for them there."""
    return _streams[-1].take(rng, n) if _streams else [rng.random() for _ in range(n)]


def objects_within(kinds: tuple[type, ...], *roots: Any) -> list[Any]:
    """The objects of these kinds that functions and objects can reach.

    That is by attributes, containers, closures, defaults and the global names that their code mentions.
    """
    found, seen, stack = [], set[int](), [*roots]
    while stack:
        x = stack.pop()
        if id(x) in seen or isinstance(x, (Value, ModuleType)):
            continue
        seen.add(id(x))
        if isinstance(x, kinds):
            found.append(x)
        if isinstance(x, FunctionType):
            if not _is_library(x):
                stack += x.__closure__ or ()
                stack += [x.__defaults__, x.__kwdefaults__, *_mentioned(x.__globals__, _names(x.__code__))]
        elif not isinstance(x, type):
            stack += [part for part in gc.get_referents(x) if not isinstance(part, (Value, float))]
            stack.append(type(x))
        elif not _is_library(x):
            stack += [*vars(x).values(), *x.__bases__]
    return found


def _is_library(x: Any) -> bool:
    return str(x.__module__).partition(".")[0] in _LIBRARIES


def _names(code: CodeType) -> set[str]:
    inner = [_names(constant) for constant in code.co_consts if isinstance(constant, CodeType)]
    return {*code.co_names}.union(*inner)


def _mentioned(namespace: dict[str, Any], names: set[str], depth: int = 3) -> Iterator[Any]:
    """What names say in a namespace, and in the modules that they say there, as in `np.random.normal`."""
    for name in names & namespace.keys():
        x = namespace[name]
        if not isinstance(x, ModuleType):
            yield x
        elif depth:
            yield from _mentioned(vars(x), names, depth - 1)


@contextmanager
def undrawn(*roots: Any) -> Iterator[None]:
    """CompileError where these functions or objects draw a random number within this block.

    Their generators are afterwards as they were before, so that this check changes no random number.
    """
    numpy = sys.modules.get("numpy.random")
    kinds = (Random, numpy.BitGenerator) if numpy else (Random,)
    before = [(x, _state(x)) for x in objects_within(kinds, *roots) if not isinstance(x, SystemRandom)]  # has no state
    try:
        yield
    finally:
        drawn = [(x, state) for x, state in before if pickle.dumps(_state(x)) != pickle.dumps(state)]
        restore(drawn)
        if drawn:
            raise CompileError(
                "The model or the loss draws random numbers, which a program would repeat in every step."
            )


def _state(x: Any) -> Any:
    return getattr(x, "getstate", lambda: x.state)()


def restore(states: Iterable[tuple[Any, Any]]) -> None:
    """Put generators into these states."""
    for x, state in states:
        if hasattr(x, "setstate"):
            x.setstate(state)
        else:
            x.state = state
