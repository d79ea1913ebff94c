"""What programs over rows consist of: steps, each of which makes one array of others."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from autograd.compiler.rows.arrays import Arrays
from autograd.compiler.terms.terms import Term, reachable

if TYPE_CHECKING:
    import numpy as np

__all__ = ["Back", "Define", "Join", "Linear", "Outer", "Scatter", "Step", "Steps", "Take", "View", "reads"]


@dataclass(frozen=True, eq=False)
class Step:
    """Something that makes `target`."""

    target: Term


@dataclass(frozen=True, eq=False)
class Define(Step):
    """`target` is `term`, broadcast to its shape."""

    term: Term


@dataclass(frozen=True, eq=False)
class View(Step):
    """The lanes `start`, ... of `source`, as an array of the shape of `target`."""

    source: Term
    start: int


@dataclass(frozen=True, eq=False)
class Take(Step):
    """The lanes `index` of `source`."""

    source: Term
    index: np.ndarray


@dataclass(frozen=True, eq=False)
class Join(Step):
    """Some arrays one after the other."""

    parts: tuple[Term, ...]


@dataclass(frozen=True, eq=False)
class Linear(Step):
    """`weights` times `inputs`: the last column of weights are biases, whose input is 1, if `biased`."""

    weights: Term
    inputs: Term
    biased: bool
    k: int = 1  # so many inputs share the weights, as in a convolution


@dataclass(frozen=True, eq=False)
class Back(Step):
    """The weights, without biases, transposed, times the adjoint `d` of what they made."""

    weights: Term
    d: Term
    biased: bool
    k: int


@dataclass(frozen=True, eq=False)
class Outer(Step):
    """The sum over rows of the adjoint `d` times `inputs`: the adjoint of the weights, biases included if `biased`."""

    d: Term
    inputs: Term
    biased: bool
    k: int


@dataclass(frozen=True, eq=False)
class Scatter(Step):
    """0, plus each part in those lanes: a first one and as many as it has, or an array of lanes."""

    parts: tuple[tuple[int | np.ndarray, Term], ...]


@dataclass
class Steps:
    """What a program does: `loss` is the mean of `losses` with `weights`, plus `penalty`.

    `data` and `parameters` are the arrays that it is given, `gradient` is what it makes besides; `checks` are arrays
    of data that must be alike in all rows, and `constants` arrays of numbers.
    """

    arrays: Arrays
    parameters: Term
    data: Term
    weights: Term
    steps: list[Step]
    losses: Any
    penalty: Any
    gradient: Term
    checks: list[Term]
    constants: dict[Term, np.ndarray]


def reads(step: Step) -> Iterator[Term]:
    """The variables that a step reads."""
    if isinstance(step, Define):
        yield from {x for x in reachable([step.term]) if isinstance(x.head, str)}
    elif isinstance(step, Join):
        yield from step.parts
    elif isinstance(step, Scatter):
        yield from (part for _, part in step.parts)
    else:
        yield from (x for key, x in vars(step).items() if key != "target" and isinstance(x, Term))
