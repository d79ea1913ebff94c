"""Our derivatives compared with the slopes of the function's values: `gradcheck`, and `check` for one argument."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any, Literal, NamedTuple

from autograd.arithmetic import ieee
from autograd.derivatives import grad, hessian
from autograd.op import as_float
from autograd.slopes import RESOLVED, SAFETY, Slope, measure
from autograd.tree import flatten
from autograd.value import Value

__all__ = ["Check", "GradcheckError", "GradcheckUndecided", "check", "gradcheck"]

NO_PLATEAU = 2.0**46  # from here on, floor(x) has no plateau of more than 64 floats
ROUNDING = 2.0**-48  # of what is added up in a derivative, as a part of the terms

Verdict = Literal["right", "wrong", "cannot tell"]


class GradcheckError(AssertionError):
    """Raised by `gradcheck` where the function's values contradict a derivative; its `verdict` is "wrong"."""

    verdict: Verdict = "wrong"


class GradcheckUndecided(GradcheckError):
    """Raised by `gradcheck` where the values do not tell, as at a kink; its `verdict` is "cannot tell"."""

    verdict = "cannot tell"


def gradcheck(
    f: Callable[..., Any],
    inputs: Any,
    *,
    rtol: float = 1e-6,
    atol: float = 0.0,
    order: int = 2,
    raise_exception: bool = True,
) -> bool | None:
    """Compare our derivatives of `f` at `inputs` with the slopes of its values, as PyTorch's `gradcheck`.

    - `f`: a function that returns one number.
    - `inputs`: its argument, or a tuple of arguments; numbers, or lists, dicts and arrays of them.
    - `rtol`, `atol`: how far a derivative may be off, relative to itself and absolutely, and still be right. To this
      is added by how much the measured slope may be off, at most 1e-4 of itself, or `atol`.
    - `order`: 1 checks the gradient, 2 also the second derivatives, as the slopes of the gradient.

    Returns True where every derivative is right. Raises GradcheckError where one is wrong. Where the values do not
    tell, it raises a subclass, GradcheckUndecided, which says why: there is a kink, or rounding hides the slope.
    With `raise_exception=False` it returns False or None instead.

    Only what the values show is measured (see `slopes`), so that a graph that was cut, or a branch that is taken at the
    point alone, is found. A derivative of 0 is right where the slope is 0 as far as rounding lets one see.

    >>> gradcheck(lambda x, y: x**2 * y, (3.0, 2.0))
    True
    """
    found = list(_errors(f, inputs, rtol, atol, order))
    if not found:
        return True
    error = next((error for error in found if error.verdict == "wrong"), found[0])
    if raise_exception:
        raise error
    return False if error.verdict == "wrong" else None


def _errors(f: Callable[..., Any], inputs: Any, rtol: float, atol: float, order: int) -> Iterator[GradcheckError]:
    leaves, rebuild = flatten(inputs if isinstance(inputs, tuple) else (inputs,))
    at = [as_float(x) for x in leaves]

    def flat(xs: list[Any]) -> Any:
        return f(*rebuild(iter(xs)))

    def value(xs: list[float]) -> list[float]:
        return [as_float(flat([Value(x) for x in xs]))]

    def along(of: Callable[[list[float]], list[float]], i: int) -> Callable[[float], list[float]]:
        return lambda x: of([*at[:i], x, *at[i + 1 :]])

    def error(what: str, i: int, found: Check) -> Iterator[GradcheckError]:
        where = f"he derivative of {what} with respect to x{i} at {at[i]!r}"
        if found.verdict == "wrong":
            yield GradcheckError(f"T{where} is wrong: ours is {found.ours!r}, {found.reason}.")
        elif found.verdict == "cannot tell":
            yield GradcheckUndecided(
                f"Cannot tell whether t{where} is right: ours is {found.ours!r}, but {found.reason}. {found.cure}."
            )

    gradient, size = grad(flat), abs(value(at)[0])
    for i, ours in enumerate(gradient(at)):
        (found,) = check(along(value, i), at[i], [ours], rtol, atol)
        yield from error("f", i, found)
    if order > 1:
        second = hessian(flat)(at)
        for i, x in enumerate(at):
            # Ours may be a sum of terms of this size, whose rounding does not show in gradients that are 0.
            rounding = [ROUNDING * size / abs(x * y) if x * y else 0.0 for y in at]
            for j, found in enumerate(check(along(gradient, i), x, [row[i] for row in second], rtol, atol, rounding)):
                yield from error(f"d f / d x{j}", i, found)


# -- one argument ---------------------------------------------------------------------------------------------


class Check(NamedTuple):
    """A derivative beside the slope of the values."""

    ours: float
    slope: Slope
    verdict: Verdict
    reason: str  # what the values show, or why that does not tell

    @property
    def cure(self) -> str:
        """What to do where the values do not tell."""
        if self.slope.is_zero and self.slope.error > abs(self.ours) and self.slope.far is None:
            return f"If that is as good as 0, pass atol={2 * self.slope.error:.0e}"
        return "Check beside it" if self.slope.sides else "Check at another point"


def check(
    f: Callable[[float], Sequence[float]],
    x: float,
    ours: Sequence[float],
    rtol: float = 1e-6,
    atol: float = 0.0,
    rounding: Sequence[float] | None = None,
) -> list[Check]:
    """Compare `ours`, the derivatives at `x` of the numbers that `f` returns, with the slopes of these numbers.

    What is off by less than `rounding` is not called wrong, which does not make it right.
    """
    with ieee(), _quiet():
        slopes = measure(f, x)
    roundings = rounding or [0.0] * len(ours)
    return [
        Check(mine, slope, *_judge(mine, slope, x, rtol, atol, less))
        for mine, slope, less in zip(ours, slopes, roundings, strict=True)
    ]


def _quiet() -> AbstractContextManager[None]:
    """Without NumPy's warnings of overflow, which are of points that only we look at."""
    numpy = sys.modules.get("numpy")
    return numpy.errstate(all="ignore") if numpy else nullcontext()


def _judge(ours: float, slope: Slope, x: float, rtol: float, atol: float, rounding: float) -> tuple[Verdict, str]:
    if slope.sides is not None:
        return "cannot tell", "there is a kink, slope {:.4g} to the left, {:.4g} to the right".format(*slope.sides)
    if not math.isfinite(slope.value):
        return "cannot tell", "the values around show no finite slope"
    if slope.jump:
        return "cannot tell", f"the values jump by {slope.jump:.2g} right at the point"
    off, tolerance = abs(ours - slope.value), atol + rtol * abs(slope.value)
    contradicted = not off <= SAFETY * slope.error + tolerance + rounding
    if slope.far is not None and not (contradicted and abs(ours - slope.far[0]) > slope.far[1] + tolerance):
        return "cannot tell", f"the slope is {slope.value:.4g} nearby, {slope.far[0]:.4g} further off"
    if slope.step and (contradicted or slope.apart):
        return "cannot tell", f"the values stay the same nearby and then jump by {slope.step:.2g}"
    if contradicted and ours == 0 and abs(x) >= NO_PLATEAU:
        return "cannot tell", "at numbers of this size a staircase of step 1 looks like a line"
    if contradicted and math.isinf(ours) and not slope.resolved:
        return "cannot tell", f"the values only show {_shown(slope)}"
    if contradicted and not slope.torn:
        return "wrong", f"the numerical one is {_shown(slope)}"
    accurate = slope.error <= atol or (slope.resolved and (ours == 0 or slope.error <= RESOLVED * abs(ours)))
    if off > slope.error + tolerance or not accurate:
        return "cannot tell", f"the values only show {_shown(slope)}"
    return "right", f"the numerical one is {_shown(slope)}"


def _shown(slope: Slope) -> str:
    """The slope, with those digits that are known."""
    digits = -math.log10(max(slope.error / abs(slope.value), 1e-17)) if slope.value else 0.0
    return f"{slope.value:.{max(1, math.ceil(digits))}g} to within {slope.error:.1g}"
