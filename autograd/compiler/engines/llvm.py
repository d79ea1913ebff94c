"""The engine of machine code; what it consists of is loaded when it is first asked for a program."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from autograd.compiler.engines.engine import Engine, Runnable
from autograd.compiler.record.program import Program

__all__ = ["ENGINE"]


def _single(program: Program, kind: str, changed: str = "", helpers: dict[str, Any] | None = None) -> Runnable:
    """A program for single calls; see `Engine`."""
    from autograd.compiler.engines.native import native

    return native(program, kind, changed, helpers)


def _in_loops(program: Program, kind: str, leaves: Sequence[Any]) -> Runnable:
    """A program for calls with columns; see `Engine`."""
    from autograd.compiler.engines.loops import loops

    return loops(program, kind, leaves)


def _unlike(sequences: Sequence[Any], seen: Sequence[Any]) -> bool:
    """`questions.unlike`, which compares pointers."""
    from autograd.compiler.engines.runtime import unlike_by_pointers

    return unlike_by_pointers()(sequences, seen)


ENGINE = Engine("llvm", _single, _in_loops, {"unlike": _unlike})
