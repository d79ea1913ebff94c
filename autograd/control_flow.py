"""Loops as functions, in JAX's conventions: `scan`, `fori_loop` and `while_loop`.

Called with numbers or Values they are Python's loops, and what they do is recorded as usual. What goes from one step to
the next is the carry, a structure of numbers that stays the same.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, NamedTuple

from autograd.recording import paused, traced
from autograd.sequences import stacked, unstacked
from autograd.tree import Rebuild, array_parts, description, flatten, flatten_like

__all__ = ["by_steps", "fori_loop", "scan", "while_loop"]

_by_steps: ContextVar[bool] = ContextVar("by_steps", default=False)


def scan(
    f: Callable[[Any, Any], Any],
    init: Any,
    xs: Any = None,
    length: int | None = None,
    reverse: bool = False,
    *,
    checkpoint: int | None = None,
) -> tuple[Any, Any]:
    """Go through `xs` step by step: `carry, y = f(carry, x)`; return the last carry and all `y` in a row.

    - `f`: takes the carry and what `xs` have for a step; returns the next carry and `y`, which may be None.
    - `init`: the carry of the first step, a number or a structure of numbers, as `grad` takes them.
    - `xs`: a list, an array or a Series with an entry for each step; or several of one length, in a tuple, a dict, a
      dataclass. None for steps that differ in nothing but their carry.
    - `length`: how many steps there are; needed where `xs` is None.
    - `reverse`: whether to begin with the last entry of `xs`; each `y` then stands where its entry of `xs` does.
    - `checkpoint`: how many steps a compiled derivative computes again together; it then stores only what each such
      segment begins with; about the root of the number of steps takes the least memory. It counts where `xs` are plain
      numbers and `y` is None.

    The `y` of all steps are stacked: numbers and rows become a list, or an array if `xs` has one; arrays become one
    array with one more axis; tuples and dicts stay and hold that. So stacked `ys` are `xs` for another scan. Without
    steps they are an empty list. Put a sum over the steps into the carry: compiled, that takes as long for many steps
    as for few.

    Raises ValueError where lengths disagree, where a carry or `y` differs in structure from the first one, or
    where `checkpoint` is less than 1; TypeError where `f` returns no pair, or `xs` holds nothing to go through.

    >>> from autograd import grad
    >>> scan(lambda total, x: (total + x, total), 0.0, [1.0, 2.0, 3.0])
    (6.0, [0.0, 1.0, 3.0])
    >>> grad(lambda r: scan(lambda balance, paid: ((1 + r) * balance + paid, None), 100.0, [1.0, 2.0])[0])(0.5)
    301.0
    """
    inputs = Inputs(xs, length, reverse)
    if checkpoint is not None and operator.index(checkpoint) < 1:
        raise ValueError(f"checkpoint is how many steps are computed again together, got {checkpoint}.")

    def step(_: int, carry: Any, x: Any) -> tuple[Any, Any]:
        found = f(carry, x)
        if not isinstance(found, tuple) or len(found) != 2:
            raise TypeError(f"scan's function returns a pair, the next carry and y or None; got {description(found)}.")
        return found

    return _gone_through(Repetition(step, init, inputs, checkpoint=checkpoint))


def fori_loop(lower: int, upper: int, body: Callable[[int, Any], Any], init: Any) -> Any:
    """The carry after `carry = body(i, carry)` for each i from `lower` up to `upper` - 1, beginning with `init`.

    The carry is a number or a structure of numbers. Raises ValueError where `body` returns another structure.

    >>> fori_loop(1, 6, lambda i, product: i * product, 1.0)
    120.0
    """
    inputs = Inputs(None, max(0, operator.index(upper) - operator.index(lower)))
    return _gone_through(Repetition(lambda i, carry, _: (body(i, carry), None), init, inputs, first=lower))[0]


def while_loop(cond: Callable[[Any], Any], body: Callable[[Any], Any], init: Any) -> Any:
    """The carry after `carry = body(carry)` for as long as `cond(carry)` holds, beginning with `init`.

    The carry is a number or a structure of numbers. Raises ValueError where `body` returns another structure, TypeError
    where `cond` returns an array.

    >>> while_loop(lambda x: abs(x * x - 2) > 1e-12, lambda x: (x + 2 / x) / 2, 1.0)
    1.414213562373095
    """
    inputs = Inputs(None, 0)
    return _gone_through(Repetition(lambda _, carry, __: (body(carry), None), init, inputs, condition=cond))[0]


def _gone_through(repetition: Repetition) -> tuple[Any, Any]:
    """The last carry and all `y`; while a function is being compiled, its compiler records them."""
    kind = traced.get()
    return repetition.run() if kind is None or paused.get() or _by_steps.get() else kind.repeated(repetition)


@contextmanager
def by_steps() -> Iterator[None]:
    """Within this block every step of a loop is recorded, for readers of rules: a loop as a whole has none."""
    token = _by_steps.set(True)
    try:
        yield
    finally:
        _by_steps.reset(token)


class Repetition(NamedTuple):
    """A loop as it was asked for.

    - `step`: takes the number of a step, the carry and what there is for this step, returns the next carry and y.
    - `init`: the first carry.
    - `inputs`: what there is for each step.
    - `first`: the number of the first step.
    - `condition`: whether to go on, of the carry; None where `inputs` say how many steps there are.
    - `checkpoint`: how many steps are computed again together.
    """

    step: Callable[[Any, Any, Any], tuple[Any, Any]]
    init: Any
    inputs: Inputs
    first: int = 0
    condition: Callable[[Any], Any] | None = None
    checkpoint: int | None = None

    def run(self) -> tuple[Any, Any]:
        """One step after the other."""
        carry, ys = self.next(self.init), []
        if self.condition is not None:
            while _holds(self.condition(carry)):
                carry = self.next(self.step(0, carry, None)[0])
            return carry, None
        for k in range(self.inputs.count):
            found, y = self.step(self.first + k, carry, self.inputs.at(k))
            carry = self.next(found)
            ys.append(y)
        return carry, self.inputs.stacked(ys)

    def next(self, carry: Any) -> Any:
        """A carry in the structure of the first one; ValueError where it has another."""
        leaves = flatten_like(carry, self.init, "carry", "init")
        return flatten(self.init)[1](iter(leaves))


def _holds(condition: Any) -> Any:
    """A condition as it is; TypeError for an array of several."""
    shape = getattr(condition, "shape", ())
    if math.prod(shape) != 1:
        raise TypeError(
            f"The condition of while_loop is true or false, got an array of shape {shape}: compile the function with "
            "engine='numpy' or 'llvm', and each row of its columns leaves the loop when it is through."
        )
    return condition


class Inputs:
    """What there is for each step.

    - `count`: how many steps there are.
    - `sequences`: the lists and the entries of arrays that are gone through, with their paths; `like` builds what there
      is for a step of an entry of each.
    - `arrays`: whether an array is gone through.
    - `order`: 1, or -1 where the steps begin at the end of `xs`, as the sequences then do.
    """

    def __init__(self, xs: Any, length: int | None, reverse: bool = False) -> None:
        found: list[tuple[str, Sequence[Any]]] = []
        self.like: Rebuild = lambda _: None
        if xs is not None:
            found, self.like = unstacked(xs, "xs")
        self.order = -1 if reverse else 1
        self.sequences = [(path, sequence[:: self.order]) for path, sequence in found]
        self.arrays = any(array_parts(leaf) is not None for leaf in flatten(xs, arrays=False)[0])
        lengths = ([] if length is None else [("length", operator.index(length))]) + [(x, len(s)) for x, s in found]
        if not lengths:
            raise TypeError("scan without xs has to know how many steps there are: scan(f, init, length=10).")
        first, self.count = lengths[0]
        for path, n in lengths:
            if n != self.count:
                raise ValueError(f"{_said(path, n)}, but {_said(first, self.count)}: all go step by step together.")

    def at(self, k: int) -> Any:
        """What there is for step `k`."""
        return self.like(iter([sequence[k] for _, sequence in self.sequences]))

    def stacked(self, ys: Sequence[Any]) -> Any:
        """What the steps returned, one after the other, as one structure."""
        return stacked(ys[:: self.order], self.arrays)


def _said(path: str, n: int) -> str:
    return f"{path} is {n}" if path == "length" else f"{path} has {n} entries"
