"""The logarithm of the gamma function and its derivatives, which `math` lacks or knows less precisely."""

from __future__ import annotations

import math
from functools import cache

__all__ = ["BERNOULLI", "ZERO_OF_DIGAMMA", "coefficients", "cotangent_polynomial", "lgamma", "polygamma"]

# The zero of the first derivative, in two parts as no float is near enough (DLMF 5.4.20).
ZERO_OF_DIGAMMA = _ZERO, _REST = 1.4616321449683622, 9.549995429965698e-17

# Bernoulli numbers B_2, B_4, ... (M. Abramowitz and I. Stegun, "Handbook of Mathematical Functions", table 23.2).
BERNOULLI = [1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6, -3617 / 510, 43867 / 798, -174611 / 330]


def lgamma(x: float) -> float:
    """ln |gamma(x)|; up to 4, where `math.lgamma` loses digits to its zeros, by recurrence and Taylor series."""
    if not 0 < x < 4:
        return math.lgamma(x)
    if x < 0.75:
        return lgamma(x + 1) - math.log(x)
    if x > 2.25:
        return lgamma(x - 1) + math.log(x - 1)
    if abs(x - 1.5) <= 0.25:
        return _taylor_series(0, 1.5, x - 1.5) - 0.12078223763524522  # ln gamma(1.5) = ln(sqrt(pi) / 2)
    if x > 1.5:
        return _taylor_series(0, 2.0, x - 2)
    return _taylor_series(0, 2.0, x - 1) - math.log1p(x - 1)  # of ln gamma(x + 1) - ln x


@cache
def coefficients(n: int, at: float) -> list[float]:
    """The factors of h, h^2, ... in the Taylor series of the n-th derivative of ln gamma at `at` + h."""
    return [polygamma(k - 1, at) / math.factorial(k - n) for k in range(n + 1, 22)]


def _taylor_series(n: int, at: float, h: float) -> float:
    """The n-th derivative of ln gamma at `at` + h, by its Taylor series, without its constant; |h| <= 0.25."""
    y = 0.0
    for c in reversed(coefficients(n, at)):
        y = (y + c) * h
    return y


def polygamma(n: float, x: float) -> float:
    """The (n+1)-th derivative of ln |gamma(x)|, for whole n from 0 to 20 and real x other than 0, -1, -2, ...

    By recurrence up to where the asymptotic series is exact, and by reflection for negative x (Handbook of Mathematical
    Functions, 6.4.6, 6.4.7 and 6.4.11). Raises ValueError at the poles and for other n.
    """
    if n not in range(21):
        raise ValueError(f"polygamma needs a whole order from 0 to 20, got {n}.")
    order = int(n)
    if math.isnan(x):
        return x
    if x == math.inf:
        return 0.0 if order else math.inf
    if x == -math.inf or (x <= 0 and x == math.floor(x)):
        raise ValueError("polygamma has a pole at 0 and at every negative whole number.")
    if x < 0:
        sign = -1.0 if order % 2 else 1.0
        return sign * polygamma(order, 1 - x) - math.pi ** (order + 1) * _cotangent_derivative(order, x)
    if order == 0:
        return _digamma(x)
    # sum of 1 / (x+k)^(n+1), the terms from k = K on by the Euler-Maclaurin formula
    terms = []
    while x < 25 + order:
        terms.append(x ** -(order + 1))
        x += 1
    tail = 1 / order + 1 / (2 * x)
    factor = 1.0
    for k, b in enumerate(BERNOULLI, start=1):
        factor *= (order + 2 * k - 1) * (order + 2 * k - 2) / (x * x) if k > 1 else (order + 1) / (x * x)
        tail += b * factor / math.factorial(2 * k)
    terms.append(tail * x**-order)
    return (1.0 if order % 2 else -1.0) * math.factorial(order) * math.fsum(terms)


def _digamma(x: float) -> float:
    if abs(x - _ZERO) < 0.25:
        return _taylor_series(1, _ZERO, x - _ZERO - _REST)
    terms = []
    while x < 25:
        terms.append(-1 / x)
        x += 1
    terms += [math.log(x), -0.5 / x]
    terms += [-b / (2 * k) * x ** (-2 * k) for k, b in enumerate(BERNOULLI, start=1)]
    return math.fsum(terms)


def _cotangent_derivative(n: int, x: float) -> float:
    """The n-th derivative of cot at pi x: a polynomial in cot, since its first derivative is -(1 + cot^2)."""
    fraction = math.remainder(x, 1.0)
    if abs(fraction) < 0.25:
        cot = 1 / math.tan(math.pi * fraction)
    else:  # precise where it is near 0
        cot = math.copysign(math.tan(math.pi * (0.5 - abs(fraction))), fraction)
    return math.fsum(c * cot**k for k, c in enumerate(cotangent_polynomial(n)))


@cache
def cotangent_polynomial(n: int) -> list[float]:
    """The coefficients of 1, cot, cot^2, ... in the n-th derivative of cot at pi x."""
    polynomial = [0.0, 1.0]
    for _ in range(n):
        slope = [k * c for k, c in enumerate(polynomial)][1:]
        polynomial = [-a - b for a, b in zip([*slope, 0.0, 0.0], [0.0, 0.0, *slope], strict=True)]
    return polynomial
