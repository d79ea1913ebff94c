"""The table of elementary functions: one row each, whose one rule gives the value and all local partial derivatives.

A row's `rule` takes a namespace `m` and the arguments:

    log = Op("log", lambda m, x: (m.log(x), (1 / x,)), ...)

It is written in generic arithmetic, so the same row is *read* in several kinds of number. With `m = FLOATS` it gives
the numbers on the edges. With `m` this module and Values as arguments it gives partials that are graphs themselves, for
derivatives of any order. With Formulas it gives the labels of a diagram. A rule that branches says `m.where`, never
`if`, and lets NaN through.

Functions that `math` lacks have a `value`, a formula of others; see `composed`. `formula` says how mathematicians write
a function (`spelled`, `notation`); the engines of the compiler say what NumPy, LLVM and C call it.
"""

from __future__ import annotations

import math
import operator
import sys
from collections.abc import Iterable, Sequence
from functools import partial
from typing import Any

from autograd import composed
from autograd.composed import namespace
from autograd.custom_op import custom
from autograd.op import TABLE, Domain, DotOp, LinearOp, Op, Reading, VectorOp, as_float

__all__ = ["TABLE", "Domain", "DotOp", "Op", "Reading", "VectorOp", "custom", "namespace", "softmax_loss"]


def _has_power(x: Any, y: Any) -> Any:
    """Whether x to the power y is a real number."""
    return (x > 0) | ((x == 0) & (y >= 0)) | ((x < 0) & (y == floor(y)))


# -- the table ------------------------------------------------------------------------------------------------
# fmt: off

# Arithmetic
add = Op("add", lambda m, x, y: (x + y, (1.0, 1.0)), "x + y.")
sub = Op("sub", lambda m, x, y: (x - y, (1.0, -1.0)), "x - y.")
mul = Op("mul", lambda m, x, y: (x * y, (y, x)), "x y.")
div = Op("div", lambda m, x, y: ((q := x / y), (1 / y, -q / y)), "x / y, for y other than 0.",
         domain=Domain("y != 0", lambda x, y: y != 0))
identity = Op("identity", lambda m, x: (x, (1.0,)), "x itself, as a node of its own.")
neg = Op("neg", lambda m, x: (-x, (-1.0,)), "-x.")
# A constant exponent n is a parameter of the node, not an operand that can vary: the slope of x^0 is 0 even at x = 0.
power = Op("power", lambda m, x, n: (m.pow(x, n), (n * m.pow(x, n - 1) if n else 0.0, math.nan)),
           "x to a constant power n.", value=lambda m, x, n: m.pow(x, n),
           domain=Domain("x > 0, for x = 0 with n >= 0, and for x < 0 with whole n", _has_power))
pow = Op("pow", lambda m, x, y: ((p := m.pow(x, y)),
                                 (m.where((x == 0) & (y == 0), 0.0, lambda: y * m.pow(x, y - 1)),
                                  m.where((x == 0) & (y > 0), 0.0, lambda: p * m.log(x)))),
         "x to the power y; 0^0 is 1; never complex.", constant_last=power,
         domain=Domain("x > 0, for x = 0 with y >= 0, and for x < 0 with whole y",
                       _has_power))

# Piecewise linear: at the kink the slope is the mean of its two sides (relu: 0, as everywhere)
abs = Op("abs", lambda m, x: (m.abs(x), (m.sign(x),)), "|x|; its slope at 0 is 0.", kink=lambda m, x: x)
sign = Op("sign", lambda m, x: (m.sign(x), (0.0,)), "-1, 0 or 1; its slope is 0.", kink=lambda m, x: x, symbol="sgn",
          value=lambda m, x: m.where(x > 0, 1.0, lambda: m.where(x < 0, -1.0, lambda: 0.0 * x)))
relu = Op("relu", lambda m, x: ((y := m.where(x <= 0, 0.0, x)), (m.where(x > 0, 1.0, 0.0 * y),)),
          "max(x, 0); its slope at 0 is 0.", kink=lambda m, x: x)
maximum = Op("maximum", lambda m, x, y: (composed.larger(m, x, y),
                                         (composed.greater(m, x, y), composed.greater(m, y, x))),
             "The greater of x and y; at a tie each has slope one half.", kink=lambda m, x, y: x - y, symbol="max")
minimum = Op("minimum", lambda m, x, y: (m.where(x < y, x, lambda: m.where(y <= x, y, lambda: x + y)),
                                         (composed.greater(m, y, x), composed.greater(m, x, y))),
             "The smaller of x and y; at a tie each has slope one half.", kink=lambda m, x, y: x - y, symbol="min")

# Whole numbers: between the jumps nothing changes
floor = Op("floor", lambda m, x: (m.floor(x), (0.0,)), "The largest whole number up to x; its slope is 0.",
           kink=lambda m, x: x - m.floor(x))
ceil = Op("ceil", lambda m, x: (m.ceil(x), (0.0,)), "The smallest whole number from x on; its slope is 0.",
          kink=lambda m, x: x - m.floor(x))
trunc = Op("trunc", lambda m, x: (m.trunc(x), (0.0,)), "The whole number next to x towards 0; its slope is 0.",
           kink=lambda m, x: x - m.floor(x), value=lambda m, x: m.where(x < 0, lambda: m.ceil(x), lambda: m.floor(x)))
round = Op("round", lambda m, x: (m.round(x), (0.0,)), "The nearest whole number, of two the even one; its slope is 0.",
           kink=lambda m, x: x - m.floor(x) - 0.5, value=composed.nearest)
_DIVISOR = Domain("finite x and y != 0", lambda x, y: (x - x == 0) & (y != 0))
fmod = Op("fmod", lambda m, x, y: ((r := m.fmod(x, y)), (1.0, -m.round((x - r) / y))),
          "What remains of x divided by y, with the sign of x, as in C; its slopes are 1 and -trunc(x / y).",
          kink=lambda m, x, y: m.fmod(x, y), domain=_DIVISOR)
mod = Op("mod", lambda m, x, y: (m.mod(x, y), (1.0, -m.floordiv(x, y))),
         "What remains of x divided by y, with the sign of y, as x % y; its slopes are 1 and -floor(x / y).",
         kink=lambda m, x, y: m.mod(x, y), domain=_DIVISOR, value=composed.mod)
floordiv = Op("floordiv", lambda m, x, y: (m.floordiv(x, y), (0.0, 0.0)), "floor(x / y), as x // y; its slopes are 0.",
              kink=lambda m, x, y: m.mod(x, y), domain=_DIVISOR, value=composed.floordiv)

# Exponentials and roots
exp = Op("exp", lambda m, x: ((y := m.exp(x)), (y,)), "e^x.")
expm1 = Op("expm1", lambda m, x: (m.expm1(x), (m.exp(x),)), "e^x - 1, precise near 0.")
log = Op("log", lambda m, x: (m.log(x), (1 / x,)), "The natural logarithm, for x > 0.", symbol="ln",
         domain=Domain("x > 0", lambda x: x > 0))
exp2 = Op("exp2", lambda m, x: ((y := m.exp2(x)), (y * m.log(2),)), "2^x.")
log2 = Op("log2", lambda m, x: (m.log2(x), (1 / m.log(2) / x,)), "The logarithm to base 2, for x > 0.",
          domain=Domain("x > 0", lambda x: x > 0))
log10 = Op("log10", lambda m, x: (m.log10(x), (1 / m.log(10) / x,)), "The logarithm to base 10, for x > 0.",
           domain=Domain("x > 0", lambda x: x > 0))
log1p = Op("log1p", lambda m, x: (m.log1p(x), (1 / (1 + x),)), "ln(1 + x), precise near 0, for x > -1.",
           domain=Domain("x > -1", lambda x: x > -1))
sqrt = Op("sqrt", lambda m, x: ((y := m.sqrt(x)), (1 / (2 * y),)), "The square root, for x >= 0.",
          domain=Domain("x >= 0", lambda x: x >= 0))
cbrt = Op("cbrt", lambda m, x: ((y := m.cbrt(x)), (1 / (3 * (y * y)),)), "The cube root.")

# Circular and hyperbolic functions and their inverses
_FINITE = Domain("finite x", lambda x: x - x == 0)
sin = Op("sin", lambda m, x: (m.sin(x), (m.cos(x),)), "The sine of x in radians.", domain=_FINITE)
cos = Op("cos", lambda m, x: (m.cos(x), (-m.sin(x),)), "The cosine of x in radians.", domain=_FINITE)
tan = Op("tan", lambda m, x: ((y := m.tan(x)), (1 + y * y,)), "The tangent of x in radians.", domain=_FINITE)
_UNIT = Domain("-1 <= x <= 1", lambda x: (x >= -1) & (x <= 1))
asin = Op("asin", lambda m, x: (m.asin(x), (1 / m.sqrt(m.one_minus_square(x)),)),
          "The arc sine in radians, for -1 <= x <= 1.", symbol="arcsin", domain=_UNIT)
acos = Op("acos", lambda m, x: (m.acos(x), (-1 / m.sqrt(m.one_minus_square(x)),)),
          "The arc cosine in radians, for -1 <= x <= 1.", symbol="arccos", domain=_UNIT)
atan = Op("atan", lambda m, x: (m.atan(x), ((r := 1 / m.hypot(1, x)) * r,)), "The arc tangent in radians.",
          symbol="arctan")
atan2 = Op("atan2", lambda m, y, x: (m.atan2(y, x), (m.unit(x, y) / (h := m.hypot(x, y)), -m.unit(y, x) / h)),
           "The angle of the point (x, y) in radians.")
sinh = Op("sinh", lambda m, x: (m.sinh(x), (m.cosh(x),)), "The hyperbolic sine.")
cosh = Op("cosh", lambda m, x: (m.cosh(x), (m.sinh(x),)), "The hyperbolic cosine.")
# 1 - tanh^2 would cancel in the tails.
tanh = Op("tanh", lambda m, x: (m.tanh(x), ((s := m.sech(x)) * s,)), "The hyperbolic tangent.")
sech = Op("sech", lambda m, x: ((s := m.sech(x)), (-s * m.tanh(x),)), "1 / cosh x.", value=lambda m, x: 1 / m.cosh(x))
asinh = Op("asinh", lambda m, x: (m.asinh(x), (1 / m.hypot(1, x),)), "The inverse of sinh.", symbol="arsinh")
acosh = Op("acosh", lambda m, x: (m.acosh(x), (1 / m.sqrt(x - 1) / m.sqrt(x + 1),)),
           "The inverse of cosh, for x >= 1.", symbol="arcosh", domain=Domain("x >= 1", lambda x: x >= 1))
atanh = Op("atanh", lambda m, x: (m.atanh(x), (1 / m.one_minus_square(x),)), "The inverse of tanh, for -1 < x < 1.",
           symbol="artanh", domain=Domain("-1 < x < 1", lambda x: (x > -1) & (x < 1)))
degrees = Op("degrees", lambda m, x: (m.degrees(x), (180 / m.pi,)), "The angle x, given in radians, in degrees.",
             value=lambda m, x: x * (180 / m.pi))
radians = Op("radians", lambda m, x: (m.radians(x), (m.pi / 180,)), "The angle x, given in degrees, in radians.",
             value=lambda m, x: x * (m.pi / 180))
hypot = Op("hypot", lambda m, x, y: (m.hypot(x, y), (m.unit(x, y), m.unit(y, x))),
           "The length of the vector (x, y); at the origin its slopes are 0.", kink=lambda m, x, y: m.hypot(x, y))
# Rows that are slopes of others, for their own slopes: as products these do not cancel, as sums they would.
unit = Op("unit", lambda m, x, y: ((u := m.unit(x, y)), ((v := m.unit(y, x)) * v / (h := m.hypot(x, y)), -u * v / h)),
          "x / hypot(x, y), the cosine of the angle of (x, y); 0 at the origin.",
          value=lambda m, x, y: m.where(m.abs(x) == (h := m.hypot(x, y)), lambda: m.sign(x) + 0.0 * y, lambda: x / h))
difference = Op("difference", lambda m, x, y: (m.difference(x, y), (1.0, -1.0)), "x - y, also 0 for inf - inf.",
                value=lambda m, x, y: m.where(x == y, 0.0, lambda: x - y))
one_minus_square = Op("one_minus_square", lambda m, x: (m.one_minus_square(x), (-2 * x,)), "1 - x^2, precise near 1.",
                      value=lambda m, x: (1 - x) * (1 + x))
erf = Op("erf", lambda m, x: (m.erf(x), (2 / m.sqrt(m.pi) * m.exp(-(x * x)),)), "The error function.")
erfc = Op("erfc", lambda m, x: (m.erfc(x), (-2 / m.sqrt(m.pi) * m.exp(-(x * x)),)), "1 - erf(x), precise for large x.")
ncdf = Op("ncdf", lambda m, x: (m.ncdf(x), (m.npdf(x),)), "The standard normal distribution up to x.", symbol="Φ",
          value=composed.ncdf)
npdf = Op("npdf", lambda m, x: ((y := m.npdf(x)), (-composed.damped(m, x, y),)), "The density of ncdf at x.",
          symbol="φ", value=composed.npdf)
_NO_POLE = Domain("x other than 0, -1, -2, ...", lambda x: (x > 0) | ((x != floor(x)) & (x > -math.inf)))
gamma = Op("gamma", lambda m, x: ((y := m.gamma(x)), (y * m.polygamma(0, x),)), "The gamma function, (x - 1)!.",
           symbol="Γ", domain=_NO_POLE)
lgamma = Op("lgamma", lambda m, x: (m.lgamma(x), (m.polygamma(0, x),)), "ln |gamma(x)|.", symbol="lnΓ", domain=_NO_POLE)
polygamma = Op("polygamma", lambda m, n, x: (m.polygamma(n, x), (math.nan, m.polygamma(n + 1, x))),
               "The (n+1)-th derivative of lgamma, for whole n from 0 to 20; n is a constant.", symbol="ψ",
               domain=Domain(f"whole n from 0 to 20 and {_NO_POLE.description}",
                             lambda n, x: n in range(21) and _NO_POLE.contains(x)))

# Of machine learning
sigmoid = Op("sigmoid", lambda m, x: (m.sigmoid(x), (m.sigmoid_slope(x),)), "1 / (1 + e^-x).", symbol="σ",
             value=composed.sigmoid)
# sigmoid(x) (1 - sigmoid(x)) would lose its digits where sigmoid(x) is near 1.
sigmoid_slope = Op("sigmoid_slope", lambda m, x: ((y := m.sigmoid_slope(x)), (-y * m.tanh(x / 2),)),
                   "The slope of sigmoid, e^-x / (1 + e^-x)^2.", value=composed.sigmoid_slope)
softplus = Op("softplus", lambda m, x: (m.softplus(x), (m.sigmoid(x),)), "ln(1 + e^x).",
              value=lambda m, x: m.where(x <= 0, 0.0, x) + m.log1p(m.exp(-m.abs(x))))
logsigmoid = Op("logsigmoid", lambda m, x: (m.logsigmoid(x), (m.sigmoid(-x),)), "ln(1 / (1 + e^-x)).",
                value=lambda m, x: -m.softplus(-x))
silu = Op("silu", lambda m, x: (m.silu(x), (m.sigmoid(x) + composed.damped(m, x, m.sigmoid_slope(x)),)),
          "x sigmoid(x), also called swish.", value=lambda m, x: composed.damped(m, x, m.sigmoid(x)))
gelu = Op("gelu", lambda m, x: (m.gelu(x), (m.ncdf(x) + composed.damped(m, x, m.npdf(x)),)),
          "x ncdf(x), exactly: not the approximation by tanh.",
          value=lambda m, x: composed.damped(m, x, m.ncdf(x)))
elu = Op("elu", lambda m, x, alpha=1.0: (m.elu(x, alpha), (m.where(x > 0, 1.0, lambda: alpha * m.exp(x)),
                                                           m.where(x > 0, 0.0, lambda: m.expm1(x)))),
         "x where x > 0, else alpha (e^x - 1); its slope at 0 is alpha.", kink=lambda m, x, alpha: x,
         value=lambda m, x, alpha: m.where(x > 0, x, lambda: alpha * m.expm1(x)))
leaky_relu = Op("leaky_relu", lambda m, x, negative_slope=0.01: (
                    m.leaky_relu(x, negative_slope),
                    (m.where(x > 0, 1.0, lambda: m.where(x <= 0, negative_slope, lambda: x)), m.where(x > 0, 0.0, x))),
                "x where x > 0, else negative_slope x; its slope at 0 is negative_slope.",
                kink=lambda m, x, negative_slope: x,
                value=lambda m, x, negative_slope: m.where(x > 0, x, lambda: negative_slope * x))
logaddexp = Op("logaddexp", lambda m, x, y: (m.logaddexp(x, y),
                                             (m.sigmoid(m.difference(x, y)), m.sigmoid(m.difference(y, x)))),
               "ln(e^x + e^y); its slopes are one half where both are the same infinity.", value=composed.logaddexp)
xlogy = Op("xlogy", lambda m, x, y: (m.xlogy(x, y), (m.log(y), m.where((x == 0) & (y == 0), 0.0, lambda: x / y))),
           "x ln y, and 0 where x = 0 (for y >= 0).",
           value=lambda m, x, y: m.where((x == 0) & (y >= 0), 0.0, lambda: x * m.log(y)),
           domain=Domain("y > 0, or y = 0 with x = 0", lambda x, y: (y > 0) | ((x == 0) & (y == 0))))
logistic_loss = Op("logistic_loss", lambda m, s, y: (m.logistic_loss(s, y), (composed.logistic_slope(m, s, y), -s)),
                   "ln(1 + e^s) - y s, the log loss of sigmoid(s) for the target y in 0..1: exact for infinite s, too.",
                   value=composed.logistic_loss)

# Of vectors
sum = VectorOp("sum", lambda m, xs: (m.sum(xs), ((1.0,) * len(xs),)), "The sum of the given sequence.")
dot = DotOp("dot", lambda m, w, x: (m.dot(w, x), (x, w)), "The sum of the products w_i x_i of two sequences.",
         value=lambda m, w, x: m.sum(map(operator.mul, w, x)))
linear = LinearOp("linear", lambda m, w, x, bias: (m.linear(w, x, bias), (x, w, 1.0)),
            "The sum of the products w_i x_i, plus a bias: what a neuron computes before its activation.",
            value=lambda m, w, x, bias: m.sum([*map(operator.mul, w, x), bias]))
logsumexp = VectorOp("logsumexp", lambda m, xs: (m.logsumexp(xs), (m.softmax(xs),)),
               "ln of the sum of e^x_i over the given sequence, without overflow.", value=composed.logsumexp)
# fmt: on

pi = math.pi  # as m.pi, when rules are read in Values and Formulas

TABLE.update({row.name: row for row in globals().values() if isinstance(row, Op)})


# -- functions that record no node of their own ---------------------------------------------------------------


def where(condition: Any, a: Any, b: Any) -> Any:
    """`a` if the condition holds, else `b`; only the branch taken is recorded.

    A branch may be given as a function without arguments; the one not taken is then never called, so that
    `where(x > 0, lambda: sqrt(x), 0)` is safe at x = -1. Raises only what the branch taken raises.
    """
    if isinstance(condition, Reading) and not condition.concrete:
        return condition.read(WHERE, (condition, _called(a), _called(b)))
    chosen, other = (_called(a), b) if condition else (_called(b), a)
    # A number stays a number unless the branch not taken says that this is an expression of Values.
    of_values = isinstance(other, Reading) and type(other).concrete is not False
    return type(other)(chosen) if of_values and not isinstance(chosen, Reading) else chosen


def _called(branch: Any) -> Any:
    return branch() if callable(branch) and not isinstance(branch, Op) else branch


# Not in the table: Values use them only while they are traced; see `compiler`.
WHERE = Op("where", lambda m, c, a, b: (m.where(c, a, b), (0.0, m.where(c, 1.0, 0.0), m.where(c, 0.0, 1.0))))
NOT = Op("not", lambda m, c: (m.where(c, False, True), (0.0,)))
DETACH = Op("detach", lambda m, x: (x, (0.0,)))
SHIFT = VectorOp("shift", lambda m, xs: (m.shift(xs), ((0.0,) * len(xs),)))
SOFTMAX_LOSS = VectorOp("softmax_loss", lambda m, xs, i: (m.softmax_loss(xs, i), (m.softmax_error(xs, i), 0.0)))


def _relation(name: str) -> Op:
    holds = getattr(operator, name)
    return Op(name.strip("_"), lambda m, x, y: (holds(x, y), (0.0, 0.0)))


RELATIONS = {name: _relation(name) for name in ("lt", "le", "eq", "ne", "ge", "gt", "and_", "or_")}


def choose(values: Sequence[Any], index: Any) -> Any:
    """`values[index]`, of a list or a tuple; the index may be a Value, which has no slope.

    So a compiled function can choose by its data. What is not chosen contributes nothing, whatever it is. Raises
    IndexError outside the list, TypeError for an index that is not whole; a program on columns returns NaN for both.

    >>> choose([2.0, 3.0, 5.0], 1), choose([2.0, 3.0, 5.0], -1)
    (3.0, 5.0)
    """
    n = len(values)
    if isinstance(index, Reading) and not index.concrete:
        position: Any = index
        place = where(position < 0, position + n, position)
        inside = (floor(place) == place) & (place >= 0) & (place < n)
        chosen = sum(where(place == i, x, 0.0) for i, x in enumerate(values))
        # No index: the root of -1 is NaN, or Python raises, and the call is made again with numbers.
        return chosen + sqrt(where(inside, 0.0, -1.0))
    at = as_float(index)
    if at % 1 != 0:
        raise TypeError(f"choose takes a whole number as its index, got {index!r}.")
    if not -n <= at < n:
        raise IndexError(f"choose has {n} values to choose from, with indices from {-n} to {n - 1}; got {index!r}.")
    return values[int(at)]


def softmax(values: Iterable[Any]) -> list[Any]:
    """e^x_i / sum of e^x_j for each x_i given, as a list; no overflow. Raises TypeError for what is no number."""
    return composed.softmax(sys.modules[__name__], tuple(values))


def clip(x: Any, low: Any, high: Any) -> Any:
    """minimum(maximum(x, low), high): at the ends its slope is one half. Raises TypeError for what is no number."""
    return minimum(maximum(x, low), high)


def softmax_loss(xs: Sequence[Any], i: Any) -> Any:
    """logsumexp(xs) - xs[i], with all its digits where xs[i] is large; i is a whole number from 0."""
    if isinstance(i, Reading) and not i.concrete:
        return i.read(SOFTMAX_LOSS, (*xs, i))
    target = choose(xs, i)
    return logsumexp([0.0 if j == i else x - target for j, x in enumerate(xs)])


def shift(xs: Sequence[Any]) -> Any:
    """The largest of `xs`, which `softmax` subtracts; 0 if there are none."""
    unknown = [x for x in xs if isinstance(x, Reading) and not x.concrete]
    return unknown[0].read(SHIFT, tuple(xs)) if unknown else max(xs, key=as_float, default=0.0)


fabs = abs  # as `math` calls it
softmax_error = partial(composed.error_of_class, sys.modules[__name__])
