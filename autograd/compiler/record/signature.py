"""How a function is called, and what its arguments are named."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from autograd.compiler.engines import single as python

__all__ = ["Signature"]


class Signature:
    """What is known of how a function is called: its parameters, unless Python cannot tell."""

    def __init__(self, f: Callable[..., Any]) -> None:
        try:
            self._signature = inspect.signature(f)
        except (TypeError, ValueError):
            self._signature = inspect.signature(lambda *args, **kwargs: None)
        parameters = self._signature.parameters.values()
        self._names = [p.name for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
        # Whether it takes a fixed number of arguments, so that a program can have its very parameters.
        self.simple = len(self._names) == len(parameters) and all(p.default is p.empty for p in parameters)
        self.simple &= not {*self._names} & python.RESERVED

    def takes(self, args: tuple[Any, ...]) -> bool:
        """Whether the function takes so many arguments, as far as that is known."""
        return not self.simple or len(args) == len(self._names)

    def names(self, n: int) -> list[str]:
        """Names for the first `n` arguments."""
        return [*self._names[:n], *(f"x_{i + 1}" for i in range(len(self._names), n))]

    def bound(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """Arguments by position wherever they can be."""
        if kwargs:
            try:
                bound = self._signature.bind(*args, **kwargs)
            except TypeError:  # which calling the function will raise again, in its own words
                return args, kwargs
            return bound.args, bound.kwargs
        return args, kwargs
