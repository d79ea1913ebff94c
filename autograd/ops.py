"""The table of elementary functions: one row each, and nothing about a function is written anywhere else.

A row's `rule` takes a namespace `m` and the arguments, and gives the value with all local partial derivatives:

    log = Op("log", lambda m, x: (m.log(x), (1 / x,)), ...)

It is written in generic arithmetic, so the same row is *read* in several: with `m = FLOATS` it gives the numbers on
the edges; with `m` this module and Values as arguments, partials that are graphs themselves (derivatives of any
order); with Formulas, the labels of a diagram. A rule that branches says `m.where`, never `if`, and lets NaN through.

Functions that `math` lacks bring `value`, their formula in terms of others, written as generically.
"""

from __future__ import annotations

import math
import operator
import sys
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from keyword import iskeyword
from types import ModuleType
from typing import Any

from autograd.arithmetic import FLOATS, IEEE
from autograd.op import TABLE, Domain, DotOp, LinearOp, Op, Reading, VectorOp, as_float

__all__ = ["TABLE", "Domain", "DotOp", "Op", "Reading", "VectorOp", "custom", "namespace"]


# -- shapes that rules share ----------------------------------------------------------------------------------


def _greater(m: Any, x: Any, y: Any) -> Any:
    """The slope of max(x, y) in x: 1 where x > y, one half at a tie, else 0; NaN passes."""
    return m.where(x > y, 1.0, lambda: m.where(x <= y, lambda: m.where(x == y, 0.5, 0.0), lambda: 0.0 * (x + y)))


def _softmax(m: Any, xs: Sequence[Any]) -> list[Any]:
    # Relative to the largest itself: exp cannot overflow, and no slope is a difference of large ones.
    c = m.shift(xs)
    powers = [m.exp(x - c) for x in xs]
    total = m.sum(powers)
    return [p / total for p in powers]


def _sigmoid_value(m: Any, x: Any) -> Any:
    e = m.exp(-m.abs(x))  # <= 1, so nothing overflows
    return m.where(x < 0, e, 1.0) / (1.0 + e)


def _sigmoid_slope_value(m: Any, x: Any) -> Any:
    e = m.exp(-m.abs(x))
    return e / ((1.0 + e) * (1.0 + e))


def _logaddexp_value(m: Any, x: Any, y: Any) -> Any:
    distance = m.where(x == y, 0.0, lambda: m.abs(x - y))  # inf - inf is NaN
    return m.where(x > y, x, y) + m.log1p(m.exp(-distance))


def _logsumexp_value(m: Any, xs: Sequence[Any]) -> Any:
    if not xs:
        return -math.inf  # ln 0
    c = m.shift(xs)
    # The largest term is e^0 = 1: log1p of the others keeps what log(1 + tiny) would round away.
    return c + m.log1p(m.sum([*(m.exp(x - c) for x in xs), -1.0]))


def _float_shift(xs: Iterable[float]) -> float:
    c = max(xs, default=0.0)
    return c if math.isfinite(c) else 0.0


def namespace(name: str, functions: dict[str, Any]) -> ModuleType:
    """A namespace `m` for rules, from the functions that an arithmetic has of its own; others come from the table.

    Rules need `abs`, `sum`, `where`, `pi`, `shift` and the functions of `math` by their names there.
    """
    m = ModuleType(name)
    vars(m).update({"where": FLOATS.where, "shift": FLOATS.shift, "softmax": partial(_softmax, m)} | functions)
    for op in TABLE.values():
        if op.name not in functions:
            op.complete(m)
    return m


for _m in (FLOATS, IEEE):
    vars(_m).update(shift=_float_shift, softmax=partial(_softmax, _m))


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
           domain=Domain("x > 0, for x = 0 with n >= 0, and for x < 0 with whole n",
                         lambda x, n: x > 0 or (n >= 0 if x == 0 else n % 1 == 0)))
pow = Op("pow", lambda m, x, y: ((p := m.pow(x, y)),
                                 (m.where((x == 0) & (y == 0), 0.0, lambda: y * m.pow(x, y - 1)),
                                  m.where((x == 0) & (y > 0), 0.0, lambda: p * m.log(x)))),
         "x to the power y; 0^0 is 1; never complex.", constant_last=power,
         domain=Domain("x > 0, for x = 0 with y >= 0, and for x < 0 with whole y",
                       lambda x, y: x > 0 or (y >= 0 if x == 0 else y % 1 == 0)))

# Piecewise linear: at the kink the slope is the mean of its two sides (relu: 0, as everywhere)
abs = Op("abs", lambda m, x: (m.abs(x), (m.sign(x),)), "|x|; its slope at 0 is 0.", kink=lambda m, x: x)
sign = Op("sign", lambda m, x: (m.sign(x), (0.0,)), "-1, 0 or 1; its slope is 0.", kink=lambda m, x: x, symbol="sgn",
          value=lambda m, x: m.where(x > 0, 1.0, lambda: m.where(x < 0, -1.0, lambda: 0.0 * x)))
relu = Op("relu", lambda m, x: ((y := m.where(x <= 0, 0.0, x)), (m.where(x > 0, 1.0, 0.0 * y),)),
          "max(x, 0); its slope at 0 is 0.", kink=lambda m, x: x)
maximum = Op("maximum", lambda m, x, y: (m.where(x > y, x, lambda: m.where(y >= x, y, lambda: x + y)),
                                         (_greater(m, x, y), _greater(m, y, x))),
             "The greater of x and y; at a tie each has slope one half.", kink=lambda m, x, y: x - y, symbol="max")
minimum = Op("minimum", lambda m, x, y: (m.where(x < y, x, lambda: m.where(y <= x, y, lambda: x + y)),
                                         (_greater(m, y, x), _greater(m, x, y))),
             "The smaller of x and y; at a tie each has slope one half.", kink=lambda m, x, y: x - y, symbol="min")

# Exponentials and roots
exp = Op("exp", lambda m, x: ((y := m.exp(x)), (y,)), "e^x.")
expm1 = Op("expm1", lambda m, x: (m.expm1(x), (m.exp(x),)), "e^x - 1, precise near 0.")
log = Op("log", lambda m, x: (m.log(x), (1 / x,)), "The natural logarithm, for x > 0.", symbol="ln",
         domain=Domain("x > 0", lambda x: x > 0))
exp2 = Op("exp2", lambda m, x: ((y := m.exp2(x)), (y * m.log(2),)), "2^x.")
log2 = Op("log2", lambda m, x: (m.log2(x), (1 / (x * m.log(2)),)), "The logarithm to base 2, for x > 0.",
          domain=Domain("x > 0", lambda x: x > 0))
log10 = Op("log10", lambda m, x: (m.log10(x), (1 / (x * m.log(10)),)), "The logarithm to base 10, for x > 0.",
           domain=Domain("x > 0", lambda x: x > 0))
log1p = Op("log1p", lambda m, x: (m.log1p(x), (1 / (1 + x),)), "ln(1 + x), precise near 0, for x > -1.",
           domain=Domain("x > -1", lambda x: x > -1))
sqrt = Op("sqrt", lambda m, x: ((y := m.sqrt(x)), (1 / (2 * y),)), "The square root, for x >= 0.",
          domain=Domain("x >= 0", lambda x: x >= 0))
cbrt = Op("cbrt", lambda m, x: ((y := m.cbrt(x)), (1 / (3 * (y * y)),)), "The cube root.")

# Circular and hyperbolic functions and their inverses
_FINITE = Domain("finite x", math.isfinite)
sin = Op("sin", lambda m, x: (m.sin(x), (m.cos(x),)), "The sine of x in radians.", domain=_FINITE)
cos = Op("cos", lambda m, x: (m.cos(x), (-m.sin(x),)), "The cosine of x in radians.", domain=_FINITE)
tan = Op("tan", lambda m, x: ((y := m.tan(x)), (1 + y * y,)), "The tangent of x in radians.", domain=_FINITE)
_UNIT = Domain("-1 <= x <= 1", lambda x: -1 <= x <= 1)
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
           symbol="artanh", domain=Domain("-1 < x < 1", lambda x: -1 < x < 1))
hypot = Op("hypot", lambda m, x, y: (m.hypot(x, y), (m.unit(x, y), m.unit(y, x))),
           "The length of the vector (x, y); at the origin its slopes are 0.", kink=lambda m, x, y: m.hypot(x, y))
# Rows that are slopes of others, for their own slopes: as products these do not cancel, as sums they would.
unit = Op("unit", lambda m, x, y: ((u := m.unit(x, y)), ((v := m.unit(y, x)) * v / (h := m.hypot(x, y)), -u * v / h)),
          "x / hypot(x, y), the cosine of the angle of (x, y); 0 at the origin.",
          value=lambda m, x, y: m.where(m.abs(x) == (h := m.hypot(x, y)), lambda: m.sign(x) + 0.0 * y, lambda: x / h))
one_minus_square = Op("one_minus_square", lambda m, x: (m.one_minus_square(x), (-2 * x,)), "1 - x^2, precise near 1.",
                      value=lambda m, x: (1 - x) * (1 + x))
erf = Op("erf", lambda m, x: (m.erf(x), (2 / m.sqrt(m.pi) * m.exp(-(x * x)),)), "The error function.")
erfc = Op("erfc", lambda m, x: (m.erfc(x), (-2 / m.sqrt(m.pi) * m.exp(-(x * x)),)), "1 - erf(x), precise for large x.")
_NO_POLE = Domain("x other than 0, -1, -2, ...", lambda x: x > 0 or (x % 1 != 0 and x > -math.inf))
gamma = Op("gamma", lambda m, x: ((y := m.gamma(x)), (y * m.polygamma(0, x),)), "The gamma function, (x - 1)!.",
           symbol="Γ", domain=_NO_POLE)
lgamma = Op("lgamma", lambda m, x: (m.lgamma(x), (m.polygamma(0, x),)), "ln |gamma(x)|.", symbol="lnΓ", domain=_NO_POLE)
polygamma = Op("polygamma", lambda m, n, x: (m.polygamma(n, x), (math.nan, m.polygamma(n + 1, x))),
               "The (n+1)-th derivative of lgamma, for whole n from 0 to 20; n is a constant.", symbol="ψ",
               domain=Domain(f"whole n from 0 to 20 and {_NO_POLE.description}",
                             lambda n, x: n in range(21) and _NO_POLE.contains(x)))

# Of machine learning
sigmoid = Op("sigmoid", lambda m, x: (m.sigmoid(x), (m.sigmoid_slope(x),)), "1 / (1 + e^-x).", symbol="σ",
             value=_sigmoid_value)
# sigmoid(x) (1 - sigmoid(x)) would lose its digits where sigmoid(x) is near 1.
sigmoid_slope = Op("sigmoid_slope", lambda m, x: ((y := m.sigmoid_slope(x)), (-y * m.tanh(x / 2),)),
                   "The slope of sigmoid, e^-x / (1 + e^-x)^2.", value=_sigmoid_slope_value)
softplus = Op("softplus", lambda m, x: (m.softplus(x), (m.sigmoid(x),)), "ln(1 + e^x).",
              value=lambda m, x: m.where(x <= 0, 0.0, x) + m.log1p(m.exp(-m.abs(x))))
logaddexp = Op("logaddexp", lambda m, x, y: (m.logaddexp(x, y), (m.sigmoid(x - y), m.sigmoid(y - x))),
               "ln(e^x + e^y).",
               value=_logaddexp_value)
xlogy = Op("xlogy", lambda m, x, y: (m.xlogy(x, y), (m.log(y), m.where((x == 0) & (y == 0), 0.0, lambda: x / y))),
           "x ln y, and 0 where x = 0 (for y >= 0).",
           value=lambda m, x, y: m.where((x == 0) & (y >= 0), 0.0, lambda: x * m.log(y)),
           domain=Domain("y > 0, or y = 0 with x = 0", lambda x, y: y > 0 or x == y == 0))

# Of vectors
sum = VectorOp("sum", lambda m, xs: (m.sum(xs), ((1.0,) * len(xs),)), "The sum of the given sequence.")
dot = DotOp("dot", lambda m, w, x: (m.dot(w, x), (x, w)), "The sum of the products w_i x_i of two sequences.",
         value=lambda m, w, x: m.sum(map(operator.mul, w, x)))
linear = LinearOp("linear", lambda m, w, x, bias: (m.linear(w, x, bias), (x, w, 1.0)),
            "The sum of the products w_i x_i, plus a bias: what a neuron computes before its activation.",
            value=lambda m, w, x, bias: m.sum([*map(operator.mul, w, x), bias]))
logsumexp = VectorOp("logsumexp", lambda m, xs: (m.logsumexp(xs), (m.softmax(xs),)),
               "ln of the sum of e^x_i over the given sequence, without overflow.", value=_logsumexp_value)
# fmt: on

pi = math.pi  # as m.pi, when rules are read in Values and Formulas

TABLE.update({name: row for name, row in globals().items() if isinstance(row, Op)})
TAKEN = frozenset(TABLE)  # names that no custom function may have


# -- functions that record no node of their own ---------------------------------------------------------------


def where(condition: Any, a: Any, b: Any) -> Any:
    """`a` if the condition holds, else `b`; only the branch taken is recorded.

    A branch may be given as a function without arguments; the one not taken is then never called, so that
    `where(x > 0, lambda: sqrt(x), 0)` is safe at x = -1.
    """
    if isinstance(condition, Reading) and not condition.concrete:
        return condition.read(WHERE, (condition, _called(a), _called(b)))
    chosen, other = (a, b) if condition else (b, a)
    chosen = _called(chosen)
    # A number stays a number unless the branch not taken says that this is an expression of Values.
    return type(other)(chosen) if isinstance(other, Reading) and not isinstance(chosen, Reading) else chosen


def _called(branch: Any) -> Any:
    return branch() if callable(branch) and not isinstance(branch, Op) else branch


# Not of the table, because Values know nothing of them but while they are traced: see `compiler`.
WHERE = Op("where", lambda m, c, a, b: (m.where(c, a, b), (0.0, m.where(c, 1.0, 0.0), m.where(c, 0.0, 1.0))))
NOT = Op("not", lambda m, c: (m.where(c, False, True), (0.0,)))
DETACH = Op("detach", lambda m, x: (x, (0.0,)))
SHIFT = VectorOp("shift", lambda m, xs: (m.shift(xs), ((0.0,) * len(xs),)))


def _relation(name: str) -> Op:
    holds = getattr(operator, name)
    return Op(name.strip("_"), lambda m, x, y: (holds(x, y), (0.0, 0.0)))


RELATIONS = {name: _relation(name) for name in ("lt", "le", "eq", "ne", "ge", "gt", "and_", "or_")}


def choose(values: Sequence[Any], index: Any) -> Any:
    """`values[index]`, of a list or a tuple; the index may be a Value, which has no slope.

    So a compiled function can choose by its data.

    >>> choose([2.0, 3.0, 5.0], 1)
    3.0
    """
    if not isinstance(index, Reading):
        return values[index]
    chosen: Any = index
    return dot(values, [where(chosen == i, 1.0, 0.0) for i in range(len(values))])


def softmax(values: Iterable[Any]) -> list[Any]:
    """e^x_i / sum of e^x_j for each x_i of the given sequence, as a list; no overflow."""
    return _softmax(sys.modules[__name__], tuple(values))


def clip(x: Any, low: Any, high: Any) -> Any:
    """`x` within low..high: minimum(maximum(x, low), high), so at the ends its slope is one half."""
    return minimum(maximum(x, low), high)


def shift(xs: Sequence[Any]) -> Any:
    """The largest of `xs`, for `softmax`; 0 where that is no help."""
    for x in xs:
        if isinstance(x, Reading) and not x.concrete:
            return x.read(SHIFT, tuple(xs))
    largest = max(xs, key=as_float, default=0.0)
    return largest if math.isfinite(as_float(largest)) else 0.0


def custom(
    name: str,
    rule: Callable[..., tuple[Any, tuple[Any, ...]]],
    *,
    doc: str = "",
    domain: Domain | None = None,
    kink: Callable[..., Any] | None = None,
    symbol: str = "",
) -> Op:
    """A new elementary function, which differentiates, draws and compiles like those of the table.

    - `name`: a Python identifier that the table does not have. A custom function that has it already is replaced, so
      that a notebook's cell can be run again.
    - `rule`: takes a namespace `m` and the arguments, gives the value and a tuple of the partial derivatives, all in
      arithmetic and functions of `m` (`m.exp`, `m.where`, ...), so that it can also be read as a graph.
    - `domain`, `kink`, `symbol`: as in the table; None and "" if there is nothing to say.

    Raises ValueError where the name is taken or no identifier.

    >>> square = custom("square", lambda m, x: (x * x, (2 * x,)))
    >>> from autograd import grad
    >>> square(3.0), grad(square)(3.0), grad(grad(square))(3.0)
    (9.0, 6.0, 2.0)
    """
    if not name.isidentifier() or iskeyword(name) or name in TAKEN:
        raise ValueError(f"A custom function needs a name of its own, an identifier; {name!r} is not.")
    TABLE[name] = op = Op(name, rule, doc, domain=domain, kink=kink, symbol=symbol)
    return op
