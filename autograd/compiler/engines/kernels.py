"""Functions for loops over columns, written so that the processor can compute several rows at once.

A call of the C library's `sin` or `exp` takes one number, and keeps the whole loop around it at one row at a time.
These are straight-line arithmetic with a namespace `m`, as rules are, read in Terms that stay as they are written; some
operations are on the bits of numbers. The argument is reduced to a short interval in steps that lose nothing (W. J.
Cody and W. Waite, "Software Manual for the Elementary Functions", 1980), where a polynomial does. Those of
exponentials, sine and cosine were found with `mpmath.chebyfit`, those of logarithms, `expm1` and the inverse functions
are of Sun's fdlibm (1993). All are within two units in the last place.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from functools import cache, partial, reduce
from types import SimpleNamespace
from typing import Any

from autograd import ops
from autograd.compiler.engines import angle_kernels, special_kernels
from autograd.compiler.terms.terms import Term, Terms, reachable
from autograd.compiler.text.llvm import Lines
from autograd.op import Op

__all__ = ["DECLARATIONS", "KERNELS", "SPECIAL", "as_one_function", "kernel"]

_DOUBLINGS = 1.4426950408889634  # in a unit of the exponent: 1 / ln 2
_L0, _L1 = 0.6931471803691238, 1.9082149292705877e-10  # ln 2
_E = (
    0.5, 0.1666666666666667, 0.04166666666666667, 0.008333333333325544, 0.0013888888888883327, 0.00019841269876864356,
    2.4801587327007187e-05, 2.755725283351691e-06, 2.75572718102198e-07, 2.5106274733573296e-08, 2.0915442297780116e-09,
)  # fmt: skip


def _scaled(m: Any, x: Any, k: Any) -> Any:
    """x 2^k in two steps, since 2^k may be out of the range of floats where x 2^k is not."""
    half = m.floor(k * 0.5)
    return x * _power_of_two(m, half) * _power_of_two(m, k - half)


def _power_of_two(m: Any, k: Any) -> Any:
    """2^k, for whole k from -1022 to 1023: its bits are those of k behind 2^52, moved."""
    return m.moved_to_exponent(k + (2.0**52 + 1023))


def _clipped(m: Any, x: Any, low: float, high: float) -> Any:
    """x limited to the range from `low` to `high`; NaN stays NaN."""
    x = m.where(x > high, high, x)
    return m.where(x < low, low, x)


def _exp(m: Any, x: Any) -> Any:
    x = _clipped(m, x, -750.0, 750.0)  # beyond, e^x is 0 or inf
    k, _ = m.nearest(x * _DOUBLINGS)
    r = (x - k * _L0) - k * _L1
    return _scaled(m, 1.0 + (r + r * r * m.polynomial(r, *_E)), k)


_EXPM1_Q = (
    1.0, -3.33333333333331316428e-02, 1.58730158725481460165e-03, -7.93650757867487942473e-05,
    4.00821782732936239552e-06, -2.01099218183624371326e-07,
)  # fmt: skip


def _expm1(m: Any, x: Any) -> Any:
    low = _clipped(m, x, -50.0, 750.0)
    k, _ = m.nearest(low * _DOUBLINGS)
    high, rest = low - k * _L0, k * _L1
    r = high - rest
    lost = (high - r) - rest  # the rounding error of r
    h = 0.5 * r
    s = r * h
    p = m.polynomial(s, *_EXPM1_Q)
    t = 3.0 - p * h
    e = s * ((p - t) / (6.0 - r * t))
    e = (r * (e - lost) - lost) - s
    # 2^k (1 + r - e) - 1, where k may be 1024 and the result a float
    small = _power_of_two(m, _clipped(m, k, -80.0, 1000.0)) * (
        (1.0 - _power_of_two(m, -_clipped(m, k, -80.0, 1000.0))) - (e - r)
    )
    large = _scaled(m, 1.0 - (e - r), k)
    return m.where(x == 0, x, m.where(k > 900.0, large, small))


_LOG_G = (
    6.666666666666735130e-01, 3.999999999940941908e-01, 2.857142874366239149e-01, 2.222219843214978396e-01,
    1.818357216161805012e-01, 1.531383769920937332e-01, 1.479819860511658591e-01,
)  # fmt: skip
_SQRT2 = 1.4142135623730951


def _split(m: Any, x: Any) -> tuple[Any, Any]:
    """k, and f for which x is (1 + f) 2^k and 1 + f about 1, for positive x."""
    tiny = x < 2.2250738585072014e-308
    x = m.where(tiny, x * 2.0**54, x)
    k, y = m.behind_2_52(x) - (2.0**52 + 1023) - m.where(tiny, 54.0, 0.0), m.significand(x)
    above = y > _SQRT2
    return m.where(above, k + 1.0, k), m.where(above, 0.5 * y, y) - 1.0


def _series(m: Any, f: Any) -> tuple[Any, Any]:
    """f^2 / 2, and how ln(1 + f) goes on behind f - f^2 / 2."""
    s, half = f / (2.0 + f), 0.5 * f * f
    z = s * s
    return half, s * (half + z * m.polynomial(z, *_LOG_G))


def _outside(m: Any, x: Any, y: Any, pole: float) -> Any:
    """y where the logarithm of x is finite, else what IEEE 754 says; `pole` is where it is -inf."""
    y = m.where(x < math.inf, y, x)  # inf and NaN
    return m.where(x > pole, y, m.where(x == pole, -math.inf, m.where(x == x, math.nan, x)))


def _log(m: Any, x: Any) -> Any:
    k, f = _split(m, x)
    half, rest = _series(m, f)
    return _outside(m, x, k * _L0 - ((half - (rest + k * _L1)) - f), 0.0)


def _log1p(m: Any, x: Any) -> Any:
    u = 1.0 + x
    near = m.both(x > -0.29, x < 0.41)
    k, f = _split(m, u)
    lost = m.where(x > 1.0, 1.0 - (u - x), x - (u - 1.0)) / u  # the rounding error of u, divided by u
    k, f, lost = m.where(near, 0.0, k), m.where(near, x, f), m.where(near, 0.0, lost)
    half, rest = _series(m, f)
    y = k * _L0 - ((half - (rest + (k * _L1 + lost))) - f)
    return m.where(x == 0, x, _outside(m, x, y, -1.0))


# ln 2 and ln 10 divided into one, in two parts of which the first has 21 and 32 digits
_LOG2E = 1.44269504072144627571e00, 1.67517131648865118353e-10
_LOG10E = 4.34294481878168880939e-01, 2.50829467116452752298e-11
_LOG10_2 = 3.01029995663611771306e-01, 3.69423907715893078616e-13


def _log_of_base(m: Any, x: Any, one_over: tuple[float, float], two: tuple[float, float]) -> Any:
    """The logarithm to a base: `one_over` is 1 / ln(base), `two` the logarithm of 2, each in two parts."""
    k, f = _split(m, x)
    half, rest = _series(m, f)
    high = m.upper(f - half)  # ln(1 + f) is `high` + `low`
    low = ((f - high) - half) + rest
    big, twos = high * one_over[0], k * two[0]
    small = (low + high) * one_over[1] + low * one_over[0]
    small = k * two[1] + small if two[1] else small
    total = twos + big
    return _outside(m, x, small + ((twos - total) + big) + total, 0.0)


def _tanh(m: Any, x: Any) -> Any:
    a = _clipped(m, m.abs(x), 0.0, 25.0)
    large = a >= 1.0
    t = _expm1(m, m.where(large, 2.0, -2.0) * a)
    q = m.where(large, 2.0, -t) / (t + 2.0)
    return m.copysign(m.where(large, 1.0 - q, q), x)


def _sinh(m: Any, x: Any) -> Any:
    a = m.abs(x)
    t = _expm1(m, m.where(a > 709.0, 0.5 * a, a))
    y = m.where(a < 1.0, 2.0 * t - t * t / (t + 1.0), t + t / (t + 1.0))
    return m.copysign(m.where(a > 709.0, (0.5 * t) * t, 0.5 * y), x)


def _cosh(m: Any, x: Any) -> Any:
    a = m.abs(x)
    t = _expm1(m, m.where(a > 709.0, 0.5 * a, a))
    w = 1.0 + t
    y = m.where(a < 0.35, 1.0 + (t * t) / (w + w), 0.5 * w + 0.5 / w)
    return m.where(a > 709.0, (0.5 * w) * w, y)


def as_one_function(term: Term, args: tuple[Term, ...]) -> Term | None:
    """A function in terms of others: `polygamma` by its order, the root of -0.0 as 0.0, for the sign of 1 / sqrt."""
    table = term.table
    if term.head is ops.sqrt:  # IEEE 754 says otherwise, the eager engine does not
        return table.made(ops.add, (table.made(ops.sqrt, args), table.constant(0.0)))
    if term.head is ops.polygamma and (n := args[0].constant) is not None and n in range(21):
        return table.made(polygamma_of(int(n)), args[1:])
    return None


@cache
def polygamma_of(n: int) -> Op:
    """`polygamma` of one order, as a function of its own."""
    op = Op(f"polygamma_{n}", lambda m, x: (m.polygamma(n, x), (m.polygamma(n + 1, x),)))
    KERNELS[op] = SPECIAL[op] = lambda m, x: special_kernels.kernel_polygamma(m, n, x)
    return op


# By formulas in terms of what `math` has.
SPECIAL: dict[Op, Callable[..., Any]] = {
    ops.erf: special_kernels.kernel_erf,
    ops.erfc: special_kernels.kernel_erfc,
    ops.gamma: special_kernels.kernel_gamma,
    ops.lgamma: special_kernels.kernel_lgamma,
}

KERNELS: dict[Op, Callable[..., Any]] = {
    ops.sin: angle_kernels.kernel_sin,
    ops.cos: angle_kernels.kernel_cos,
    ops.tan: angle_kernels.kernel_tan,
    ops.exp: _exp,
    ops.expm1: _expm1,
    ops.log: _log,
    ops.log1p: _log1p,
    ops.log2: partial(_log_of_base, one_over=_LOG2E, two=(1.0, 0.0)),
    ops.log10: partial(_log_of_base, one_over=_LOG10E, two=_LOG10_2),
    ops.sinh: _sinh,
    ops.cosh: _cosh,
    ops.tanh: _tanh,
    ops.atan: angle_kernels.kernel_atan,
    **{op: SPECIAL[op] for op in (ops.erf, ops.erfc, ops.lgamma)},
}


# -- as functions of LLVM IR --------------------------------------------------------------------------------------

_INTRINSICS = {"ceil": 1, "copysign": 2, "fabs": 1, "floor": 1, "fmuladd": 3, "sqrt": 1, "trunc": 1}
# Of the bits %a of a number, and those %b of another one, the bits %r of the result. A whole number k with 2^52 added
# has the bits of k last.
_ON_BITS = {
    "behind_2_52": ["%s = lshr i64 %a, 52", f"%r = or i64 %s, {0x433 << 52}"],  # the exponent
    "moved_to_exponent": ["%r = shl i64 %a, 52"],
    "odd": ["%s = and i64 %a, 1", "%c = icmp ne i64 %s, 0", f"%r = select i1 %c, i64 {0x3FF << 52}, i64 0"],  # or even
    "significand": [f"%s = and i64 %a, {2**52 - 1}", f"%r = or i64 %s, {0x3FF << 52}"],  # from 1 to 2
    "turned": ["%s = and i64 %b, 2", "%t = shl i64 %s, 62", "%r = xor i64 %a, %t"],  # -x where k mod 4 is 2 or 3
    "turned_on": ["%n = add i64 %b, 1", "%s = and i64 %n, 2", "%t = shl i64 %s, 62", "%r = xor i64 %a, %t"],  # 1 or 2
    "upper": [f"%r = and i64 %a, {-(2**32)}"],  # x without the lower half of its digits
}


def _function(name: str, arity: int, lines: list[str], result: str) -> str:
    """A function of doubles %x0, %x1, ..., which is put in place wherever it is called."""
    parameters = ", ".join(f"double %x{i}" for i in range(arity))
    head = f'define internal double @"{name}"({parameters}) alwaysinline nounwind {{'
    return "\n".join([head, *lines, f"ret double {result}", "}"])


def _on_bits(name: str, steps: list[str]) -> str:
    arity = 1 + any("%b" in step for step in steps)
    bits = [f"%{'ab'[i]} = bitcast double %x{i} to i64" for i in range(arity)]
    return _function(name, arity, [*bits, *steps, "%y = bitcast i64 %r to double"], "%y")


DECLARATIONS = [f"declare double @llvm.{name}.f64({', '.join(['double'] * n)})" for name, n in _INTRINSICS.items()]
DECLARATIONS += [_on_bits(name, steps) for name, steps in _ON_BITS.items()]

_CALLEES = {Op(name, lambda m, x: (math.nan, (0.0,))): f"@{name}" for name in _ON_BITS}
_CALLEES |= {Op(name, lambda m, x: (math.nan, (0.0,))): f"@llvm.{name}.f64" for name in ("copysign", "fmuladd")}
_CALLEES[ops.floor] = "@llvm.floor.f64"


def _made(op: Op, *xs: Any) -> Any:
    return next(x.table for x in xs if isinstance(x, Term)).term(op, xs)


_m = SimpleNamespace(**{op.name: partial(_made, op) for op in _CALLEES})  # the namespace that kernels are read in
_m.abs, _m.where, _m.both, _m.iterated = ops.abs, ops.where, operator.and_, special_kernels.iterated
_m.polynomial = lambda x, *cs: reduce(lambda total, c: _m.fmuladd(x, total, c), reversed(cs))
_m.nearest = lambda x: ((moved := x + 1.5 * 2.0**52) - 1.5 * 2.0**52, moved)  # the whole number, and its last bits
for _op in (ops.exp, ops.log, ops.log1p, ops.sin, ops.tan):  # for special functions
    setattr(_m, _op.name, partial(KERNELS[_op], _m))


class _AsWritten(Terms):
    """Terms that are not simplified: kernels count on what rounding loses."""

    of = Terms.made


def kernel(name: str, f: Callable[..., Any], arity: int) -> str:
    """A function of LLVM IR, which is put in place wherever it is called."""
    table = _AsWritten()
    variables = [table.variable(f"%x{i}") for i in range(arity)]
    result, lines = f(_m, *variables), Lines(_CALLEES, {})
    lines.numbers.update((x, x.head) for x in variables)
    for term in reachable([result]):
        if term.args:
            lines.compute(term)
    return _function(name, arity, lines.lines, lines.number(result))
