"""What an engine is: how programs become functions that can be called."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

if TYPE_CHECKING:
    from autograd.compiler.record.program import Program

__all__ = ["Engine", "Runnable"]


class Runnable(NamedTuple):
    """A program of one kind: its `text` for a reader, and the function that answers calls."""

    text: str
    call: Callable[..., Any]


class _Single(Protocol):
    def __call__(
        self, program: Program, kind: str, changed: str = "", helpers: dict[str, Any] | None = None
    ) -> Runnable:
        """The program for single calls, a function of the function's own parameters.

        - `changed`: a condition in Python that says whether what the function refers to from outside has changed; "" if
          there is nothing.
        - `helpers`: what answers calls that the program does not, by "other", "eager" and "untraced"; by default the
          globals of its `objects`.
        """


class Engine(NamedTuple):
    """How programs run.

    - `single`: makes the program for calls with numbers.
    - `columns`: makes the one for calls with columns, the last argument being the numbers and columns of such a call,
      of which the function takes a list; None where the engine has no columns.
    - `helpers`: what it uses in place of functions by which programs ask whether something has changed.
    """

    name: str
    single: _Single
    columns: Callable[[Program, str, Sequence[Any]], Runnable] | None = None
    helpers: Mapping[str, Any] = MappingProxyType({})
