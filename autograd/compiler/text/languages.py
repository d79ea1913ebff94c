"""The languages that programs leave for, C99 and JavaScript: their styles, and how they write functions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from autograd import ops
from autograd.compiler.text.notation import SYMBOLS, Loops, Style
from autograd.op import Op

__all__ = ["JAVASCRIPT", "C", "Language"]


class Language(NamedTuple):
    """How a language writes functions.

    - `data`: the declaration of an array `{a}` of the `{n}` constants `{xs}`.
    - `branches`: what stands before, between and behind the two sides of a branch; the `{}` is its condition.
    - `given`: short texts for functions that it lacks; `lacks`: functions that are written into the file.
    - `head`: the first line of such a function, with a `{name}` and `{parameters}`, each like `parameter`.
    """

    style: Style
    data: str
    branches: tuple[str, str, str] = ("if ({}) {{", "}} else {{", "}}")
    given: Mapping[Op, str] = {}
    lacks: frozenset[Op] = frozenset()
    head: str = ""
    parameter: str = "{}"


_LOOPS = Loops(
    as_long_as="while ({c}) {{",
    endless="for (;;) {",
    leaving=("if (!({c})) {{", "    break;", "}}"),
    nothing=";",
    end="}",
    put="{a}[{i}] = {x};",
    step="{x} = {y};",
    together=False,
)
_C_WORDS = """auto break case char const continue default do double else enum extern float for goto if inline int long
    register restrict return short signed sizeof static struct switch typedef union unsigned void volatile while"""
# What <math.h> and the names of C's implementations bring, also beyond the standard.
_C_LIBRARY = """abs acos acosh asin asinh atan atan2 atanh bool cbrt ceil copysign cos cosh div drem erf erfc errno exp
    exp10 exp2 expm1 fabs false fdim finite float_t double_t floor fma fmax fmin fmod fpclassify frexp gamma hypot ilogb
    isfinite isgreater isinf isless isnan isnormal j0 j1 jn ldexp lgamma linux llrint llround log log10 log1p log2 logb
    lrint lround main modf nan nearbyint nextafter nexttoward pow remainder remquo rint round scalb scalbln scalbn
    signbit signgam significand sin sinh size_t sqrt tan tanh tgamma true trunc unix y0 y1 yn HUGE HUGE_VAL I INFINITY
    NAN NULL appended array arrays free in malloc out released unknown"""
C = Language(
    style=SYMBOLS._replace(
        names={ops.abs: "fabs", ops.gamma: "tgamma"},
        numbers={"inf": "INFINITY", "nan": "NAN"},
        statement=("const double ", " = ", ";"),
        comment="/* {} */",
        reserved=frozenset([*_C_WORDS.split(), *_C_LIBRARY.split()]),
        loops=_LOOPS._replace(
            up="for (int {i} = 0; {i} < {n}; {i}++) {{",
            down="for (int {i} = {n} - 1; {i} >= 0; {i}--) {{",
            array="double *const {a} = array(arrays, {n});",
            growing="double *{a} = array(arrays, 0);",
            grow="{a} = appended(arrays, {a}, {x});",
            joined="(const double[]){{{xs}}}",
            whole="(int)({x})",
            counter="(double){i}",
            begin="double {x} = {y};",
            statement=("const double *const ", " = ", ";"),
        ),
    ),
    data="static const double {a}[{n}] = {{{xs}}};",
    head="static double {name}({parameters})",
    parameter="double {}",
)

_JAVASCRIPT_WORDS = """abstract arguments async await boolean break byte case catch char class const continue debugger
    default delete do double else enum eval export extends false final finally float for from function get goto if
    implements import in instanceof int interface let long native new null of package private protected public return
    set short static super switch synchronized this throw throws transient true try typeof undefined var void volatile
    while with yield Array Error Float64Array Infinity Math NaN Number Object RangeError String Symbol TypeError
    document entries globalThis number numbers self window constructor prototype"""
_MATH = """abs acos acosh asin asinh atan atan2 atanh cbrt ceil cos cosh exp expm1 floor hypot log log10 log1p log2 sin
    sinh sqrt tan tanh trunc"""
JAVASCRIPT = Language(
    style=SYMBOLS._replace(
        infix={**SYMBOLS.infix, ops.fmod: SYMBOLS.infix[ops.div]._replace(sign=" % ", tight=" % ")},
        names={ops.TABLE[name]: f"Math.{name}" for name in _MATH.split()},
        numbers={"inf": "Infinity", "nan": "NaN"},
        statement=("const ", " = ", ";"),
        comment="// {}",
        reserved=frozenset(_JAVASCRIPT_WORDS.split()),
        loops=_LOOPS._replace(
            up="for (let {i} = 0; {i} < {n}; {i}++) {{",
            down="for (let {i} = {n} - 1; {i} >= 0; {i}--) {{",
            array="const {a} = new Float64Array({n});",
            growing="const {a} = [];",
            grow="{a}.push({x});",
            whole="({x})",
            begin="let {x} = {y};",
        ),
    ),
    data="const {a} = [{xs}];",
    head="function {name}({parameters})",
    given={
        ops.exp2: "function exp2(x) {\n    return Math.pow(2, x);\n}",
        # 1 to any power is 1, as in C, also where that is infinite or NaN.
        ops.pow: """function pow(x, y) {
    return x == 1 || (x == -1 && Math.abs(y) == Infinity) ? 1 : Math.pow(x, y);
}""",
    },
    lacks=frozenset([ops.erf, ops.erfc, ops.gamma, ops.lgamma]),
)
