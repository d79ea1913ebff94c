"""Random numbers that a model or a loss draws: a program, which repeats what was recorded, would draw them once."""

from __future__ import annotations

import gc
import pickle
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from random import Random, SystemRandom
from types import CodeType, FunctionType, ModuleType
from typing import Any

from autograd import CompileError, Value

__all__ = ["generators", "undrawn"]

_LIBRARIES = {"autograd", "nn", "numpy", *sys.stdlib_module_names}  # whose functions draw from what they are given


def generators(*roots: Any) -> list[Any]:
    """The generators of random numbers, Python's and NumPy's, that functions and objects can reach.

    That is by attributes, containers, closures, defaults and the global names that their code mentions.
    """
    numpy = sys.modules.get("numpy.random")
    kinds = (Random, numpy.BitGenerator) if numpy else (Random,)
    found, seen, stack = [], set[int](), [*roots]
    while stack:
        x = stack.pop()
        if id(x) in seen or isinstance(x, (Value, ModuleType)):
            continue
        seen.add(id(x))
        if isinstance(x, kinds):
            if not isinstance(x, SystemRandom):  # which has no state
                found.append(x)
        elif isinstance(x, FunctionType):
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

    Their generators are afterwards as they were before, so that who looks does not change what comes.
    """
    before = [(x, _state(x)) for x in generators(*roots)]
    try:
        yield
    finally:
        drawn = [(x, state) for x, state in before if pickle.dumps(_state(x)) != pickle.dumps(state)]
        for x, state in drawn:
            if isinstance(x, Random):
                x.setstate(state)
            else:
                x.state = state
        if drawn:
            raise CompileError(
                "The model or the loss draws random numbers, which a program would repeat in every step."
            )


def _state(x: Any) -> Any:
    return x.getstate() if isinstance(x, Random) else x.state
