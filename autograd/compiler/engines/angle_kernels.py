"""Sine, cosine, tangent and its inverse for loops over columns: see `kernels`."""

from __future__ import annotations

import math
from typing import Any

__all__ = ["LARGEST_ANGLE", "kernel_atan", "kernel_cos", "kernel_sin", "kernel_tan"]

LARGEST_ANGLE = 1.6e6  # of sin, cos and tan: up to there k, below, has 20 bits, and its products with P0, P1 are exact

_QUARTERS = 0.6366197723675814  # in a unit of angle: 2 / pi
_P0, _P1, _P2 = 1.5707963267341256, 6.077100506303966e-11, 2.0222662487959506e-21  # pi / 2
_S = (
    -0.16666666666666666, 0.0083333333333307, -0.00019841269836387345, 2.755731591191116e-06, -2.5051092507061385e-08,
    1.59153232122714e-10,
)  # fmt: skip
_C = (
    0.041666666666666664, -0.0013888888888887241, 2.4801587298533456e-05, -2.755731715246704e-07, 2.087612165887116e-09,
    -1.1380876948169717e-11,
)  # fmt: skip


def _reduced(m: Any, x: Any) -> tuple[Any, Any, Any]:
    """The distance from the nearest quarter of a turn, its rounding error, and the quarter's number as last bits."""
    k, bits = m.nearest(x * _QUARTERS)
    high, low = x - k * _P0, k * _P1
    near, rest = high - low, k * _P2
    r = near - rest
    return r, ((high - near) - low) + ((near - r) - rest), bits


def _sin_cos(m: Any, r: Any) -> tuple[Any, Any]:
    """For a small angle r: sin(r) - r and 1 - cos(r)."""
    u = r * r
    return r * (u * m.polynomial(u, *_S)), 0.5 * u - u * u * m.polynomial(u, *_C)


def kernel_sin(m: Any, x: Any) -> Any:
    """The sine of x in radians."""
    r, _, bits = _reduced(m, x)
    s, c = _sin_cos(m, r)
    return m.where(x == 0, x, m.turned(m.where(m.odd(bits), 1.0 - c, r + s), bits))


def kernel_cos(m: Any, x: Any) -> Any:
    """The cosine of x in radians."""
    r, _, bits = _reduced(m, x)
    s, c = _sin_cos(m, r)
    return m.turned_on(m.where(m.odd(bits), r + s, 1.0 - c), bits)


def kernel_tan(m: Any, x: Any) -> Any:
    """The tangent of x in radians."""
    r, lost, bits = _reduced(m, x)
    s, c = _sin_cos(m, r)
    t = (r + s) / (1.0 - c)
    t = t + (((r - t) + (s + t * c)) / (1.0 - c) + lost * (1.0 + t * t))  # what the quotient has lost
    return m.where(x == 0, x, m.where(m.odd(bits), -1.0 / t, t))


_A = (
    3.33333333333329318027e-01, -1.99999999998764832476e-01, 1.42857142725034663711e-01, -1.11111104054623557880e-01,
    9.09088713343650656196e-02, -7.69187620504482999495e-02, 6.66107313738753120669e-02, -5.83357013379057348645e-02,
    4.97687799461593236017e-02, -3.65315727442169155270e-02, 1.62858201153657823623e-02,
)  # fmt: skip
_AT = {  # the angle whose tangent is c, in two parts
    0.5: (4.63647609000806093515e-01, 2.26987774529616870924e-17),
    1.0: (7.85398163397448278999e-01, 3.06161699786838301793e-17),
    1.5: (9.82793723247329054082e-01, 1.39033110312309984516e-17),
    math.inf: (1.57079632679489655800e00, 6.12323399573676603587e-17),
}


def kernel_atan(m: Any, x: Any) -> Any:
    """The arc tangent in radians."""
    a = m.abs(x)
    over, under, high, low = a, 1.0, 0.0, 0.0
    for c, start in {0.5: 0.4375, 1.0: 0.6875, 1.5: 1.1875, math.inf: 2.4375}.items():
        here = a >= start
        over = m.where(here, a - c if c < math.inf else -1.0, over)
        under = m.where(here, 1.0 + c * a if c < math.inf else a, under)
        high, low = m.where(here, _AT[c][0], high), m.where(here, _AT[c][1], low)
    t = over / under
    z = t * t
    y = high - ((t * (z * m.polynomial(z, *_A)) - low) - t)
    return m.copysign(m.where(a == 0, a, y), x)
