"""How steep a function is, measured on its values alone: `measure`.

Around the point the function is sampled at many distances, from a few units in the last place to far away. At each
distance polynomials are fitted by least squares; the slope is that of the polynomial at the point, and what the
polynomial misses bounds the error. Rounding, kinks, jumps and oscillations are all misfits, so that none of them is
taken for a slope. The result is the sharpest of the slopes that no closer look contradicts.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from operator import mul
from typing import NamedTuple

__all__ = ["Slope", "measure"]

SAFETY = 4.0
RESOLVED = 1e-4  # a slope known to within this part of itself is worth comparing with
CANCELLED = 2.0**-40  # what the rounding of numbers that cancel may amount to, as a part of the values further off
SHARP = 1e-6  # a fit that misses no more than this part of the values describes them
# Where a function is sampled, in units of the distance: so irregularly that no period fits. Between them is 0.
RIGHT = [(k - math.sqrt(prime) % 1 / 2) / 7 for k, prime in enumerate((2, 3, 5, 7, 11, 13, 17), 1)]
LEFT = [-(k - math.sqrt(prime) % 1 / 2) / 7 for k, prime in enumerate((19, 23, 29, 31, 37, 41, 43), 1)][::-1]


class Slope(NamedTuple):
    """A measured slope, and how well it is known."""

    value: float  # NaN where the values show none
    error: float  # a bound
    variation: float  # the steepest secant at the same or a larger distance, beside which a slope may count as 0
    flat: bool = False  # whether the values nearby differ by no more than rounding
    constant: bool = False  # whether they do so as far away as the point is from 0
    far: tuple[float, float] | None = None  # another slope, and its error, that values further off show as clearly
    step: float = 0.0  # by how much the values jump where they cease to be constant
    apart: bool = False  # whether the values further off are smooth, but for the one at the point
    torn: bool = False  # whether they differ nearby as a fine staircase may
    jump: float = 0.0  # by how much they jump right at the point
    sides: tuple[float, float] | None = None  # the slopes to the left and to the right of a kink

    @property
    def is_zero(self) -> bool:
        """Whether it is as good as 0, beside how the function varies."""
        return abs(self.value) <= self.error and (self.constant or self.error <= SHARP * self.variation)

    @property
    def resolved(self) -> bool:
        """Whether it is known well enough to be compared with."""
        return self.error <= RESOLVED * abs(self.value) or self.is_zero


class _View(NamedTuple):
    """The slope as it is seen at the distance 2^exponent."""

    exponent: int
    slope: float
    error: float
    size: float  # the largest value
    secant: float  # the steepest, 0 where the values differ by rounding only

    @property
    def is_sharp(self) -> bool:
        return self.error <= SHARP * _times_power_of_two(self.size, -self.exponent)


Samples = tuple[int, list[float], list[Sequence[float]]]  # exponent of the distance, offsets in units of it, values


def measure(f: Callable[[float], Sequence[float]], x: float) -> list[Slope]:
    """The slopes at `x` of the numbers that `f` returns.

    Where `f` is not defined it may raise ArithmeticError or ValueError, or return NaN or infinities.
    """
    here = f(x)

    def values(point: float) -> Sequence[float]:
        try:
            return f(point) if math.isfinite(point) else nowhere
        except (ArithmeticError, ValueError):
            return nowhere

    nowhere = [math.nan] * len(here)
    near = [_sample(values, x, exponent) for exponent in _distances(x)]
    beside = [[*map(values, _neighbours(x, away))] for away in (-math.inf, math.inf)]
    beyond: list[Samples] = []  # further away, made when they are needed
    slopes = []
    for i, value in enumerate(here):
        slope, samples = _slope(x, near, i), near
        if hidden := _may_be_hidden(slope, value, near[-1][2][0][i]):
            beyond = beyond or [_sample(values, x, exponent) for exponent in range(1020, near[0][0], -20)]
            samples = beyond + near
            slope = _slope(x, samples, i)
        # What is a line from far away may be a staircase.
        stays = hidden or (slope.flat and slope.variation)
        step = _step(values, x, samples, i) if stays and slope.resolved else 0.0
        slope = slope._replace(step=step) if slope.resolved else _of_sides(x, samples, i, slope)
        slope = slope._replace(jump=_jump(value, *[[ys[i] for ys in side] for side in beside]))
        slopes.append(slope._replace(value=0.0) if slope.is_zero else slope)
    return slopes


def _neighbours(x: float, away: float) -> list[float]:
    """The three floats next to `x`."""
    return [x := math.nextafter(x, away) for _ in range(3)]


def _jump(here: float, left: list[float], right: list[float]) -> float:
    """By how much the values jump right at the point, where they are all alike on either side of it."""
    apart = abs(right[0] - left[0])
    alike = len({*left}) == len({*right}) == 1 and here in (left[0], right[0])
    return apart if alike and apart > 4 * math.ulp(here) else 0.0


def _distances(x: float) -> list[int]:
    """The exponents of the distances, from far to near."""
    near = math.frexp(math.ulp(x))[1] + 6  # 64 units in the last place: what is nearer is all rounding
    far = max(math.frexp(x)[1], 0) + 3
    own = min(math.frexp(x)[1] + 3, far) if x else -1070
    around_one, around_x = range(far, far - 60, -3), range(own, own - 60, -3)
    between = range(around_one[-1], own, -20)
    return sorted({k for k in (*around_one, *between, *around_x) if near <= k <= 1022}, reverse=True)


def _may_be_hidden(slope: Slope, here: float, beside: float) -> bool:
    """Whether values far away may show what rounding hides, as in 1e20 + x."""
    return (slope.variation == 0 or not slope.resolved) and abs(beside - here) <= 4 * math.ulp(here)


def _sample(f: Callable[[float], Sequence[float]], x: float, exponent: int) -> Samples:
    h = math.ldexp(1.0, exponent)
    points = [x + h * t for t in (*LEFT, 0.0, *RIGHT)]
    return exponent, [(point - x) / h for point in points], [f(point) for point in points]


def _slope(x: float, samples: Sequence[Samples], i: int, side: slice = slice(None)) -> Slope:
    """The slope of the i-th number, on both sides or one."""
    believed: list[_View] = []
    others: list[_View] = []
    views: list[_View] = []
    is_apart = False
    for exponent, offsets, values in reversed(samples):  # from near to far
        ts, ys = offsets[side], [value[i] for value in values[side]]
        if not all(map(math.isfinite, ys)):
            continue
        view = _best_polynomial(exponent, ts, ys)
        views.append(view)
        beyond = [abs(view.slope - near.slope) - view.error - near.error for near in believed]
        contradicts = any(excess > 0 for excess in beyond)
        vague = (view.secant and not view.error <= view.secant / 10) or not math.isfinite(view.error)
        if vague or (contradicts and not view.is_sharp):
            # Perhaps nothing but the value at the point is off.
            around = _best_polynomial(exponent, *zip(*[(t, y) for t, y in zip(ts, ys, strict=True) if t], strict=True))
            apart = abs(ys[ts.index(0.0)] - ys[ts.index(0.0) - 1])
            if around.is_sharp and (around.secant or apart <= around.size / 10):  # else it is a peak on a plain
                others.append(around)
                is_apart = True
            continue
        if contradicts:
            # What is seen nearby may be the rounding of numbers that cancel there, as large as the values are here.
            rounding = [_times_power_of_two(view.size * CANCELLED, -near.exponent) for near in believed]
            if any(excess > more for excess, more in zip(beyond, rounding, strict=True)):
                others.append(view)
                continue
            believed = [near._replace(error=near.error + more) for near, more in zip(believed, rounding, strict=True)]
        believed.append(view)
    if not believed:
        return Slope(math.nan, math.inf, math.nan)
    best = min(believed, key=lambda view: view.error)
    variation = max(view.secant for view in views if view.exponent >= best.exponent)
    flat, own = best.secant == 0, math.frexp(x)[1]
    # That the values are the same far away does not say of a slope at the point that it is smaller than it shows there.
    error = max(
        best.error, min((view.error for view in views if view.exponent <= own + 3), default=0.0) if flat else 0.0
    )
    constant = flat and best.exponent >= own - 3
    nearest = views[0]
    torn = nearest.secant > SHARP * _times_power_of_two(nearest.size, -nearest.exponent) and nearest not in believed
    slope = Slope(best.slope, error, variation, flat, constant, apart=is_apart, torn=torn)
    further = [view for view in others if view.exponent > best.exponent]
    if further:
        far = min(further, key=lambda view: view.error)
        if abs(far.slope - best.slope) > RESOLVED * abs(best.slope) + far.error + best.error:
            return slope._replace(far=(far.slope if far.secant else 0.0, far.error))
    return slope


def _of_sides(x: float, samples: Sequence[Samples], i: int, both: Slope) -> Slope:
    """What the two sides say each for itself, where together they say little."""
    middle = len(LEFT)
    left, right = _slope(x, samples, i, slice(middle + 1)), _slope(x, samples, i, slice(middle, None))
    defined = [any(math.isfinite(values[side][i]) for _, _, values in samples) for side in (middle - 1, middle + 1)]
    if defined != [True, True]:  # the function ends here
        return left if defined[0] else right
    if left.resolved and right.resolved and abs(left.value - right.value) > SAFETY * (left.error + right.error):
        return both._replace(sides=(left.value, right.value))
    return both


def _step(f: Callable[[float], Sequence[float]], x: float, samples: Sequence[Samples], i: int) -> float:
    """By how much the i-th number, constant around `x`, jumps where it ceases to be, if it does jump there."""
    here = f(x)[i]
    steps = [0.0]
    for side in (len(LEFT) - 1, len(LEFT) + 1):
        near = x
        for exponent, offsets, values in reversed(samples):
            far = x + math.ldexp(offsets[side], exponent)
            if values[side][i] != here:
                break
            near = far
        while near < (middle := near + (far - near) / 2) < far or far < middle < near:
            near, far = (middle, far) if f(middle)[i] == here else (near, middle)
        step, beyond = abs(f(far)[i] - here), abs(f(far + (far - x))[i] - f(far)[i])
        if step > 4 * math.ulp(here) and not step < SHARP * beyond:
            steps.append(step)
    return max(steps)


def _best_polynomial(exponent: int, ts: Sequence[float], ys: Sequence[float]) -> _View:
    """The slope at 0 of the polynomial that fits best.

    By orthogonal polynomials: G. E. Forsythe, "Generation and use of orthogonal polynomials for data-fitting with a
    digital computer", Journal of the SIAM 5 (1957). A residual r can hide a slope of at most |r| times the norm of the
    derivative at 0, as a functional of polynomials of two degrees more.
    """
    n, size = len(ts), max(map(abs, ys))
    unit = math.frexp(size)[1] if size else -1074
    scaled = [math.ldexp(y, -unit) for y in ys]
    rounding = math.sqrt(n) * max(2.0**-53, _times_power_of_two(1.0, -1075 - unit))
    middle = min(range(n), key=lambda i: abs(ts[i]))
    rest = [y - scaled[middle] for y in scaled]
    secants = [abs(y) / abs(t - ts[middle]) for t, y in zip(ts, rest, strict=True) if t != ts[middle]]
    secant = max(secants) if max(map(abs, rest)) > 2**-49 else 0.0
    p, before, norm_before = [1.0] * n, [0.0] * n, math.inf
    at_0, at_0_before, steep, steep_before = 1.0, 0.0, 0.0, 0.0  # value and slope at 0 of p and of the one before
    slopes, residuals, amplifications = [0.0], [], [0.0]  # by degree
    for _ in range(n - 2):
        norm = sum(a * a for a in p)
        weight = sum(map(mul, rest, p)) / norm
        rest = [r - weight * a for r, a in zip(rest, p, strict=True)]
        slopes.append(slopes[-1] + weight * steep)
        residuals.append(math.sqrt(sum(r * r for r in rest)))
        amplifications.append(amplifications[-1] + steep * steep / norm)
        shift, back = sum(t * a * a for t, a in zip(ts, p, strict=True)) / norm, norm / norm_before
        p, before = [(t - shift) * a - back * b for t, a, b in zip(ts, p, before, strict=True)], p
        steep, steep_before = at_0 - shift * steep - back * steep_before, steep
        at_0, at_0_before = -shift * at_0 - back * at_0_before, at_0
        norm_before = norm
    error, slope = min(
        (SAFETY * (residuals[k] + rounding) * math.sqrt(amplifications[k + 3]), slopes[k + 1]) for k in range(1, n - 4)
    )
    slope, error, secant = (_times_power_of_two(number, unit - exponent) for number in (slope, error, secant))
    return _View(exponent, slope, error, size, secant)


def _times_power_of_two(x: float, exponent: int) -> float:
    try:
        return math.ldexp(x, exponent)
    except OverflowError:
        return math.copysign(math.inf, x)
