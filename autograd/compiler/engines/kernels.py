"""Functions for programs in machine code, written so that the compiler can compute several rows at once.

A call of the C library's `sin` or `exp` takes one number, and keeps the whole loop around it at one row at a time.
These are straight-line arithmetic: the argument is reduced to a short interval in several steps that lose nothing
(W. J. Cody and W. Waite, "Software Manual for the Elementary Functions", 1980), where a polynomial does; its
coefficients were found with `mpmath.chebyfit`. They are within two units in the last place, sine and cosine for
arguments up to `LARGEST_ANGLE`.
"""

from __future__ import annotations

import numpy as np
from numba import njit, objmode

from autograd.arithmetic import IEEE

__all__ = ["LARGEST_ANGLE", "ceil", "cos", "exp", "floor", "fmod", "polygamma", "sin", "trunc"]

# mypy: disable-error-code="no-untyped-def, no-untyped-call, untyped-decorator"
# Numba finds the types itself.

LARGEST_ANGLE = 1.6e6  # up to which k, below, has 20 bits, and its products with the first two parts of pi/2 are exact

_QUARTERS = 0.6366197723675814  # in a unit of angle: 2 / pi
_P0, _P1, _P2 = 1.5707963267341256, 6.077100506303966e-11, 2.0222662487959506e-21  # pi / 2
_S = (
    -0.16666666666666666,
    0.0083333333333307,
    -0.00019841269836387345,
    2.755731591191116e-06,
    -2.5051092507061385e-08,
    1.59153232122714e-10,
)
_C = (
    0.041666666666666664,
    -0.0013888888888887241,
    2.4801587298533456e-05,
    -2.755731715246704e-07,
    2.087612165887116e-09,
    -1.1380876948169717e-11,
)


@njit(cache=True, error_model="numpy")
def _sin_cos_quarter(x):
    """Sine and cosine of the distance from the nearest quarter of a turn, and which quarter that is, from 0 to 3."""
    k = np.floor(x * _QUARTERS + 0.5)
    r = ((x - k * _P0) - k * _P1) - k * _P2
    u = r * r
    s = r + r * (u * (_S[0] + u * (_S[1] + u * (_S[2] + u * (_S[3] + u * (_S[4] + u * _S[5]))))))
    c = 1.0 - (0.5 * u - u * u * (_C[0] + u * (_C[1] + u * (_C[2] + u * (_C[3] + u * (_C[4] + u * _C[5]))))))
    return s, c, k - 4.0 * np.floor(k * 0.25)


@njit(cache=True, error_model="numpy")
def sin(x):
    """The sine of x in radians."""
    s, c, quarter = _sin_cos_quarter(x)
    y = s if (quarter == 0.0) | (quarter == 2.0) else c
    return y if quarter < 2.0 else -y


@njit(cache=True, error_model="numpy")
def cos(x):
    """The cosine of x in radians."""
    s, c, quarter = _sin_cos_quarter(x)
    y = c if (quarter == 0.0) | (quarter == 2.0) else s
    return y if (quarter == 0.0) | (quarter == 3.0) else -y


_DOUBLINGS = 1.4426950408889634  # in a unit of the exponent: 1 / ln 2
_L0, _L1 = 0.6931471803691238, 1.9082149292705877e-10  # ln 2
_E = (
    0.5,
    0.1666666666666667,
    0.04166666666666667,
    0.008333333333325544,
    0.0013888888888883327,
    0.00019841269876864356,
    2.4801587327007187e-05,
    2.755725283351691e-06,
    2.75572718102198e-07,
    2.5106274733573296e-08,
    2.0915442297780116e-09,
)


@njit(cache=True, error_model="numpy")
def exp(x):
    """e^x, for any x."""
    x = x if not x > 750.0 else 750.0  # beyond, e^x is inf
    x = x if not x < -750.0 else -750.0  # or 0
    k = np.floor(x * _DOUBLINGS + 0.5)
    r = (x - k * _L0) - k * _L1
    p = _E[6] + r * (_E[7] + r * (_E[8] + r * (_E[9] + r * _E[10])))
    p = _E[0] + r * (_E[1] + r * (_E[2] + r * (_E[3] + r * (_E[4] + r * (_E[5] + r * p)))))
    half = np.floor(k * 0.5)  # 2^k in two steps, since it may be out of the range of floats where e^x is not
    return (1.0 + (r + r * r * p)) * _power_of_two(half) * _power_of_two(k - half)


@njit(cache=True, error_model="numpy")
def _power_of_two(k):
    """2^k, for whole k of moderate size, put together from its bits."""
    return np.int64((np.int64(k) + 1023) << 52).view(np.float64)


# Those of `math` give integers, or Numba does not know them.


@njit(cache=True)
def floor(x):
    """The largest whole number up to x."""
    return np.floor(x)


@njit(cache=True)
def ceil(x):
    """The smallest whole number from x on."""
    return np.ceil(x)


@njit(cache=True)
def trunc(x):
    """The whole number next to x towards 0."""
    return np.trunc(x)


@njit(cache=True)
def fmod(x, y):
    """What remains of x divided by y, with the sign of x."""
    return np.fmod(x, y)


@njit
def polygamma(n, x):
    """The (n+1)-th derivative of ln |gamma(x)|, computed by Python."""
    with objmode(y="float64"):
        y = _polygamma(n, x)
    return y


def _polygamma(n: float, x: float) -> float:
    return float(IEEE.polygamma(n, x))
