"""What IEEE 754 says where Python raises. Programs saved as Python carry the text of this, which needs `math` alone."""

from __future__ import annotations

import math
from typing import Any

__all__ = ["OVERFLOWS", "POLES", "ieee_ratio", "whole"]


def ieee_ratio(x: float, y: float) -> float:
    """x / y, also where y is 0."""
    try:
        return float(x) / float(y)
    except ZeroDivisionError:
        return math.nan if x == 0 or x != x else math.copysign(math.inf, x) * math.copysign(1.0, y)


def whole(f: Any) -> Any:
    """A function of `math` that returns an int, as IEEE 754 has it: a float, infinity and the sign of zero kept."""
    return lambda x: math.copysign(f(x), x) if math.isfinite(x) else x


def _is_odd(y: float) -> bool:
    return math.isfinite(y) and y % 2 == 1


# What IEEE 754 says where `math` raises ValueError: the infinite poles. Elsewhere the answer is NaN.
POLES: dict[str, Any] = {
    "log": lambda x: -math.inf if x == 0 else math.nan,
    "log2": lambda x: -math.inf if x == 0 else math.nan,
    "log10": lambda x: -math.inf if x == 0 else math.nan,
    "log1p": lambda x: -math.inf if x == -1 else math.nan,
    "atanh": lambda x: math.copysign(math.inf, x) if abs(x) == 1 else math.nan,
    "lgamma": lambda x: math.inf,
    "gamma": lambda x: math.copysign(math.inf, x) if x == 0 else math.nan,
    "pow": lambda x, y: math.nan if x else math.copysign(math.inf, x) if _is_odd(y) else math.inf,
}
# The sign of an overflow, where it is not always +.
OVERFLOWS: dict[str, Any] = {
    "polygamma": lambda n, x: math.inf if n % 2 else -math.inf,  # near its pole at 0, on the right
    "sinh": lambda x: math.copysign(math.inf, x),
    "pow": lambda x, y: -math.inf if x < 0 and _is_odd(y) else math.inf,
}
