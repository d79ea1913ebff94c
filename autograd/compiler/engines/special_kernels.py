"""Functions that libraries of arrays lack, in generic arithmetic with a namespace `m`: read in arrays or in LLVM IR.

There is no branch and no loop that asks a number, so that all rows go the same way. `erf` is that of Sun's fdlibm
(1993), `gamma` that of CPython (Lanczos' approximation); `lgamma` and `polygamma` do what `autograd.special` does.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from autograd.special import BERNOULLI, ZERO_OF_DIGAMMA, coefficients, cotangent_polynomial

__all__ = ["iterated", "kernel_erf", "kernel_erfc", "kernel_gamma", "kernel_lgamma", "kernel_polygamma", "reading"]


def reading(functions: Any) -> SimpleNamespace:
    """The namespace `m` of a library that has `where` and the usual functions by the names of `math`."""
    return SimpleNamespace(**functions, polynomial=_polynomial, iterated=iterated)


def iterated(n: int, step: Callable[..., tuple[Any, ...]], *state: Any) -> tuple[Any, ...]:
    """What n applications of `step` make of some numbers."""
    for _ in range(n):
        state = step(*state)
    return state


def _polynomial(x: Any, *coefficients: float) -> Any:
    total: Any = coefficients[-1]
    for c in reversed(coefficients[:-1]):
        total = x * total + c
    return total


# -- the error function -------------------------------------------------------------------------------------------

_P = (1.28379167095512558561e-01, -3.25042107247001499370e-01, -2.84817495755985104766e-02, -5.77027029648944159157e-03,
      -2.37630166566501626084e-05)  # fmt: skip
_Q = (1.0, 3.97917223959155352819e-01, 6.50222499887672944485e-02, 5.08130628187576562776e-03,
      1.32494738004321644526e-04, -3.96022827877536812320e-06)  # fmt: skip
_ERX = 8.45062911510467529297e-01  # erf(1), nearly
_PA = (-2.36211856075265944077e-03, 4.14856118683748331666e-01, -3.72207876035701323847e-01, 3.18346619901161753674e-01,
       -1.10894694282396677476e-01, 3.54783043256182359371e-02, -2.16637559486879084300e-03)  # fmt: skip
_QA = (1.0, 1.06420880400844228286e-01, 5.40397917702171048937e-01, 7.18286544141962662868e-02,
       1.26171219808761642112e-01, 1.36370839120290507362e-02, 1.19844998467991074170e-02)  # fmt: skip
_RA = (-9.86494403484714822705e-03, -6.93858572707181764372e-01, -1.05586262253232909814e01, -6.23753324503260060396e01,
       -1.62396669462573470355e02, -1.84605092906711035994e02, -8.12874355063065934246e01,
       -9.81432934416914548592e00)  # fmt: skip
_SA = (1.0, 1.96512716674392571292e01, 1.37657754143519042600e02, 4.34565877475229228821e02, 6.45387271733267880336e02,
       4.29008140027567833386e02, 1.08635005541779435134e02, 6.57024977031928170135e00,
       -6.04244152148580987438e-02)  # fmt: skip
_RB = (-9.86494292470009928597e-03, -7.99283237680523006574e-01, -1.77579549177547519889e01, -1.60636384855821916062e02,
       -6.37566443368389627722e02, -1.02509513161107724954e03, -4.83519191608651397019e02)  # fmt: skip
_SB = (1.0, 3.03380607434824582924e01, 3.25792512996573918826e02, 1.53672958608443695994e03, 3.19985821950859553908e03,
       2.55305040643316442583e03, 4.74528541206955367215e02, -2.24409524465858183362e01)  # fmt: skip


def _erf_parts(m: Any, x: Any) -> tuple[Any, Any, Any]:
    """(erf(x) - x) / x for small x, erf(|x|) - erf(1) for |x| about 1, and erfc(|x|) for larger ones."""
    a = m.abs(x)
    a = m.where(a > 28.0, 28.0, a)
    z = x * m.where(a < 1.0, x, 0.0)
    small = m.polynomial(z, *_P) / m.polynomial(z, *_Q)
    s = a - 1.0
    middle = m.polynomial(s, *_PA) / m.polynomial(s, *_QA)
    a = m.where(a < 1.0, 1.0, a)
    s = 1.0 / (a * a)
    near = a < 1 / 0.35
    ratio = m.where(near, m.polynomial(s, *_RA), m.polynomial(s, *_RB))
    ratio = ratio / m.where(near, m.polynomial(s, *_SA), m.polynomial(s, *_SB))
    high = a * 134217729.0
    high = high - (high - a)  # a without the lower half of its digits, so that its square is exact
    large = m.exp(-high * high - 0.5625) * m.exp((high - a) * (high + a) + ratio) / a
    return small, middle, large


def kernel_erf(m: Any, x: Any) -> Any:
    """The error function."""
    a = m.abs(x)
    small, middle, large = _erf_parts(m, x)
    y = m.where(a < 1.25, _ERX + middle, 1.0 - large)
    y = m.where(x < 0.0, -y, y)
    return m.where(a < 0.84375, x + x * small, m.where(x == x, y, x))


def kernel_erfc(m: Any, x: Any) -> Any:
    """1 - erf(x), precise for large x."""
    a = m.abs(x)
    small, middle, large = _erf_parts(m, x)
    y = m.where(x < 0.0, m.where(a < 1.25, 1.0 + (_ERX + middle), 2.0 - large),
                m.where(a < 1.25, (1.0 - _ERX) - middle, m.where(a > 27.5, 0.0, large)))  # fmt: skip
    near = m.where(x < 0.25, 1.0 - (x + x * small), 0.5 - (x - 0.5 + x * small))
    return m.where(a < 0.84375, near, m.where(x == x, y, x))


# -- the gamma function and its relatives -------------------------------------------------------------------------

_G = 6.024680040776729583740234375
_OVER = (23531376880.41076, 42919803642.649099, 35711959237.355668, 17921034426.037209, 6039542586.352028,
         1439720407.3117216, 248874557.86205416, 31426415.585400194, 2876370.6289353725, 186056.26539522349,
         8071.6720023658162, 210.82427775157935, 2.5066282746310002)  # fmt: skip
_UNDER = (0.0, 39916800.0, 120543840.0, 150917976.0, 105258076.0, 45995730.0, 13339535.0, 2637558.0, 357423.0, 32670.0,
          1925.0, 66.0, 1.0)  # fmt: skip


def _sine_of_pi(m: Any, a: Any) -> Any:
    """|sin(pi a)|."""
    return m.abs(m.sin(math.pi * (a - m.floor(a + 0.5))))


def kernel_gamma(m: Any, x: Any) -> Any:
    """The gamma function."""
    a = m.abs(x)
    a = m.where(a > 200.0, 200.0, m.where(a < 1e-300, 1e-300, a))
    small = a < 5.0
    r = m.where(small, a, 1.0 / a)
    total = m.where(small, m.polynomial(r, *_OVER), m.polynomial(r, *reversed(_OVER)))
    total = total / m.where(small, m.polynomial(r, *_UNDER), m.polynomial(r, *reversed(_UNDER)))
    y = a + (_G - 0.5)
    lost = m.where(a > _G - 0.5, (y - a) - (_G - 0.5), (y - (_G - 0.5)) - a) * _G / y
    half = m.pow(y, 0.5 * a - 0.25)  # y^(a - 1/2) by halves, as it may overflow where gamma does not
    right = total / m.exp(y) * (1.0 + lost) * half * half
    left = math.pi / (_sine_of_pi(m, m.abs(x)) * a) * (m.exp(y) / total * (1.0 - lost) / half / half)
    left = m.where(m.floor(0.5 * m.floor(x)) * 2.0 == m.floor(x), left, -left)  # its sign changes at each pole
    left = m.where(m.floor(x) == x, math.nan, left)
    right = m.where(x > 171.7, math.inf, right)
    return m.where(m.abs(x) < 1e-20, 1.0 / x, m.where(x < 0.0, left, m.where(x == x, right, x)))


def kernel_lgamma(m: Any, x: Any) -> Any:
    """ln |gamma(x)|."""
    a = m.where(x < 0.0, -x, x)
    a = m.where(a == a, a, 1.0)

    def down(y: Any, product: Any) -> tuple[Any, Any]:
        above = y > 2.25
        y = m.where(above, y - 1.0, y)
        return y, product * m.where(above, y, 1.0)

    # Up to 12 from between 3/4 and 9/4, by what the factors on the way there add up to.
    y, product = m.iterated(10, down, m.where(a < 12.0, a, 2.0), 1.0)
    tiny = a < 0.75
    y = m.where(tiny, a + 1.0, y)
    about = m.where(m.abs(y - 1.5) <= 0.25, 1.0, 0.0)
    middle = _taylor(m, 0, 1.5, y - 1.5) - 0.12078223763524522  # ln gamma(1.5) = ln(sqrt(pi) / 2)
    low = y < 1.5
    h = m.where(low, y - 1.0, y - 2.0)
    other = _taylor(m, 0, 2.0, h) - m.where(low, m.log1p(h), 0.0)
    small = m.where(about == 1.0, middle, other) + m.log(product)
    small = m.where(tiny, small - m.log(m.where(tiny, a, 1.0)), small)
    b = m.where(a < 12.0, 12.0, a)
    inverse = 1.0 / b
    tail = m.polynomial(inverse * inverse, *(c / (2 * k * (2 * k - 1)) for k, c in enumerate(BERNOULLI, start=1)))
    large = (b - 0.5) * (m.log(b) - 1.0) + ((0.5 * math.log(2 * math.pi) - 0.5) + inverse * tail)
    right = m.where(a < 12.0, small, m.where(a < math.inf, large, math.inf))
    left = math.log(math.pi) - m.log(_sine_of_pi(m, a)) - m.log(m.where(a == 0.0, 1.0, a)) - right
    left = m.where(m.floor(a) == a, math.inf, m.where(a < 1e-20, right, left))
    return m.where(x == x, m.where(x < 0.0, left, right), x)


def _taylor(m: Any, n: int, at: float, h: Any) -> Any:
    """The n-th derivative of ln gamma at `at` + h, without its constant; |h| <= 0.25."""
    return h * m.polynomial(h, *coefficients(n, at))


def kernel_polygamma(m: Any, n: int, x: Any) -> Any:
    """The (n+1)-th derivative of ln |gamma(x)|, for a whole number n from 0 to 20; NaN at the poles."""
    y = m.where(x < 0.0, 1.0 - x, x)
    y = m.where(y < math.inf, y, 1e300)

    def up(z: Any, total: Any, lost: Any) -> tuple[Any, Any, Any]:
        more = z < 25.0 + n
        total, lost = _compensated(m, total, lost, m.where(more, _to_the(1.0 / z, n + 1), 0.0))
        return m.where(more, z + 1.0, z), total, lost

    z, total, lost = m.iterated(25 + n, up, y, 0.0 * y, 0.0 * y)  # up to where the asymptotic series is exact
    inverse = 1.0 / z
    if n == 0:
        tail = m.polynomial(inverse * inverse, *(b / (2 * k) for k, b in enumerate(BERNOULLI, start=1)))
        y = (m.log(z) - (0.5 * inverse + inverse * inverse * tail)) - (total + lost)
        h = m.where(m.abs(x - ZERO_OF_DIGAMMA[0]) < 0.25, (x - ZERO_OF_DIGAMMA[0]) - ZERO_OF_DIGAMMA[1], 1.0)
        y = m.where(h < 1.0, _taylor(m, 1, ZERO_OF_DIGAMMA[0], m.where(h < 1.0, h, 0.0)), y)
        y = m.where(x == math.inf, math.inf, y)
    else:
        factors = [1.0]
        for k in range(1, len(BERNOULLI) + 1):
            factors.append(factors[-1] * ((n + 2 * k - 1) * (n + 2 * k - 2) if k > 1 else n + 1))
        terms = [b * f / math.factorial(2 * k) for k, (b, f) in enumerate(zip(BERNOULLI, factors[1:], strict=True), 1)]
        tail = 1 / n + 0.5 * inverse + inverse * inverse * m.polynomial(inverse * inverse, *terms)
        total = total + (lost + tail * _to_the(inverse, n))
        y = m.where(x == math.inf, 0.0, (1.0 if n % 2 else -1.0) * math.factorial(n) * total)
    left = (-1.0 if n % 2 else 1.0) * y - math.pi ** (n + 1) * m.polynomial(_cotangent(m, x), *cotangent_polynomial(n))
    left = m.where(m.floor(x) == x, math.nan, left)
    return m.where(x > 0.0, y, m.where(x == x, left, x))


def _compensated(m: Any, total: Any, lost: Any, x: Any) -> tuple[Any, Any]:
    """A sum of positive terms, and what it has lost (D. Knuth)."""
    s = total + x
    t = s - total
    return s, lost + m.where(s < math.inf, (total - (s - t)) + (x - t), 0.0)


def _to_the(x: Any, n: int) -> Any:
    y, square = None, x
    while n:
        if n % 2:
            y = square if y is None else y * square
        n //= 2
        square = square * square if n else square
    return y


def _cotangent(m: Any, x: Any) -> Any:
    """cot(pi x), precise where it is near 0."""
    f = x - m.floor(x + 0.5)
    a = m.abs(f)
    near = a < 0.25
    t = m.tan(math.pi * m.where(near, a, 0.5 - a))
    y = m.where(near, 1.0 / m.where(t == 0.0, 1.0, t), t)
    return m.where(f < 0.0, -y, y)
