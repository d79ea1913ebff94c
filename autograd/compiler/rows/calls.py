"""What a NumPy program consists of: calls of one function each, with the array that it fills.

A call knows what it reads and what it makes, so that `places` can find out which arrays may share their memory.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple

from autograd.compiler.engines.blockwise import NAMES
from autograd.compiler.rows.steps import Step, Steps
from autograd.compiler.terms.terms import Term
from autograd.op import Op

__all__ = ["Call", "Calls", "Filled", "Ref", "function"]


def function(op: Op) -> str:
    """NumPy's name for an elementary function."""
    return NAMES.get(op, op.name)


class Ref(NamedTuple):
    """An array as it is read: `form` says which view of `term`, such as `{}[2:4]`; `{ones}` is that with its ones."""

    term: Term
    form: str = "{}"
    name: str = ""


@dataclass(eq=False)
class Call:
    """`text`, with its `args` and `out`, viewed in its `form`, filled in; `in_place` if `out` may be one of the args.

    An arg may be a number, of which there may be a whole array like `out` (`Filled`), or an array of lanes.
    """

    text: str
    args: tuple[Any, ...]
    out: Term
    in_place: bool = False
    comment: str = ""
    form: str = "{}"


class Filled(NamedTuple):
    """An array of one number."""

    number: float


@dataclass
class Calls:
    """The calls of a program.

    - `calls`: in order; `loss` is what the last one makes.
    - `with_ones`: the arrays that are followed by a lane of ones in memory.
    - `inside`: the arrays that are a part of another: that one and the first lane.
    - `scalars`: what is a number, not an array; `conditions`: what is an array of bools.
    - `columns`: the arrays that depend on the data alone, and how they are read: "rows" or "lanes".
    - `of_data`: the steps that make these.
    """

    steps: Steps
    loss: Term
    calls: list[Call] = field(default_factory=list)
    with_ones: set[Term] = field(default_factory=set)
    inside: dict[Term, tuple[Term, int]] = field(default_factory=dict)
    scalars: set[Term] = field(default_factory=set)
    conditions: set[Term] = field(default_factory=set)
    columns: dict[tuple[Term, str], None] = field(default_factory=dict)
    of_data: list[Step] = field(default_factory=list)
