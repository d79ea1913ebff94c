"""Packages that only some functions need: the error where one is missing says how to install it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["needed"]


@contextmanager
def needed(what: str, get: str) -> Iterator[None]:
    """Around the imports that `what` needs; raises ModuleNotFoundError that says `pip install get` where one fails."""
    try:
        yield
    except ModuleNotFoundError as error:
        missing = str(error.name).partition(".")[0]
        raise ModuleNotFoundError(f"{what} needs {missing}: pip install {get}", name=missing) from error
