"""How languages write operations: a style is a table, `written` reads it; here are those of Python and of arrays.

Parentheses stand only where the order of computation needs them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import NamedTuple

from autograd import ops
from autograd.op import Op

__all__ = [
    "ARRAYS", "ATOM", "NUMPY", "PYTHON", "SYMBOLS", "Infix", "Loops", "Prefix", "Style", "Text", "numeral", "written",
]  # fmt: skip

SHORT = 8  # characters of an operand: products of such are written without blanks

# How strongly operators bind, from the conditional expression up to what needs no parentheses anywhere.
_CONDITIONAL, _OR, _AND, _NOT, _COMPARISON, _SUM, _PRODUCT, _SIGN, ATOM = range(9)


class Text(NamedTuple):
    """A piece of a program, and how strongly its outermost operator binds."""

    text: str
    binding: int

    def within(self, binding: int) -> str:
        """In parentheses, unless it binds as strongly as this."""
        return self.text if self.binding >= binding else f"({self.text})"


class Infix(NamedTuple):
    """An operator between operands: its text, also next to short ones; how strongly it and they must bind."""

    sign: str
    tight: str
    binding: int
    left: int
    right: int


class Prefix(NamedTuple):
    """An operator before its operand: its text; how strongly it and the operand must bind."""

    sign: str
    binding: int
    operand: int


class Loops(NamedTuple):
    """How a language writes loops and arrays.

    - `up`, `down`: the head of a loop of `{n}` steps, which `{i}` counts from 0 on or down to it.
    - `as_long_as`: the head of one with a condition `{c}`; where this takes statements of its own, there is `endless`,
      and behind these the lines of `leaving`.
    - `nothing`: the body of a loop that does nothing; `end`: the line behind a body, if there is one.
    - `array`: makes the array `{a}` of `{n}` entries; `put` puts `{x}` at its place `{i}`.
    - `growing`: makes an empty array, to which `grow` adds `{x}`.
    - `joined`: an array of entries that are written as `{xs}`.
    - `entry`: an entry of an array; `whole` makes an index of a number.
    - `counter`: what counts the steps, as a number that is computed with.
    - `begin`, `step`: give the carry `{x}` its first number, and another one.
    - `together`: whether several carries get new numbers in one statement.
    - `statement`: as in `Style`, for arrays, where the language declares these in another way.
    """

    up: str = "for {i} in range({n}):"
    down: str = "for {i} in reversed(range({n})):"
    as_long_as: str = "while {c}:"
    endless: str = "while True:"
    leaving: tuple[str, ...] = ("if not ({c}):", "    break")
    nothing: str = "pass"
    end: str = ""
    array: str = "{a} = [0.0] * {n}"
    put: str = "{a}[{i}] = {x}"
    growing: str = "{a} = []"
    grow: str = "{a}.append({x})"
    joined: str = "[{xs}]"
    entry: str = "{a}[{i}]"
    whole: str = "int({x})"
    counter: str = "{i}"
    begin: str = "{x} = {y}"
    step: str = "{x} = {y}"
    together: bool = True
    statement: tuple[str, str, str] | None = None


class Style(NamedTuple):
    """How a language writes a program.

    - `infix`, `prefix`: its operators.
    - `choice`: a conditional expression of `{c}`, `{a}` and `{b}`, which must each bind more strongly than it does.
    - `names`: functions whose name differs from the table's.
    - `numbers`: numbers that have a name, by their `repr`.
    - `other`: writes operations that are none of these; None where all are calls of functions.
    - `statement`: what stands before the name of a result, between this and its text, and behind.
    - `comment`: how a title is written.
    - `raises`: whether functions raise errors, so that one which is not needed must not be called.
    - `reserved`: names that a program must not use; `ascii`: whether names must be ASCII.
    - `loops`: how it writes loops and arrays.
    """

    infix: Mapping[Op, Infix]
    prefix: Mapping[Op, Prefix]
    choice: str = ""
    names: Mapping[Op, str] = {}
    numbers: Mapping[str, str] = {}
    other: Callable[[Op, Sequence[Text]], Text] | None = None
    statement: tuple[str, str, str] = ("", " = ", "")
    comment: str = "# {}"
    raises: bool = False
    reserved: Collection[str] = ()
    ascii: bool = False
    loops: Loops = Loops()


def _chained(op: Op, sign: str, binding: int, tight: str = "") -> tuple[Op, Infix]:
    return op, Infix(sign, tight or sign, binding, binding, binding + 1)


def _alone(op: Op, sign: str, binding: int, operands: int) -> tuple[Op, Infix]:
    return op, Infix(sign, sign, binding, operands, operands)


_AND_ALSO, _OR_ELSE = ops.RELATIONS["and_"], ops.RELATIONS["or_"]
_SIGNS = {"lt": "<", "le": "<=", "eq": "==", "ne": "!=", "ge": ">=", "gt": ">"}
_ARITHMETIC: dict[Op, Infix] = dict([
    _chained(ops.add, " + ", _SUM),
    _chained(ops.sub, " - ", _SUM),
    _chained(ops.sum, " + ", _SUM),
    _chained(ops.mul, " * ", _PRODUCT, "*"),
    _chained(ops.div, " / ", _PRODUCT),
    *(_alone(ops.RELATIONS[name], f" {sign} ", _COMPARISON, _COMPARISON + 1) for name, sign in _SIGNS.items()),
])  # fmt: skip

PYTHON = Style(
    infix=_ARITHMETIC | dict([_chained(_AND_ALSO, " and ", _AND), _chained(_OR_ELSE, " or ", _OR)]),
    prefix={ops.neg: Prefix("-", _SIGN, _SIGN), ops.NOT: Prefix("not ", _NOT, _NOT)},
    choice="{a} if {c} else {b}",
    raises=True,
)

# C and JavaScript, whose compilers want parentheses where && meets ||.
SYMBOLS = Style(
    infix=_ARITHMETIC
    | {_AND_ALSO: Infix(" && ", " && ", _AND, _AND, _COMPARISON)}
    | {_OR_ELSE: Infix(" || ", " || ", _OR, _COMPARISON, _COMPARISON)},
    prefix={ops.neg: Prefix("-", _SIGN, ATOM), ops.NOT: Prefix("!", _SIGN, ATOM)},
    choice="{c} ? {a} : {b}",
    ascii=True,
)

# Arrays have no truth value of their own; what joins their conditions binds less strongly than it seems.
ARRAYS = Style(
    infix=_ARITHMETIC | dict([_alone(_AND_ALSO, " & ", _COMPARISON, ATOM), _alone(_OR_ELSE, " | ", _COMPARISON, ATOM)]),
    prefix={ops.neg: Prefix("-", _SIGN, _SIGN), ops.NOT: Prefix("~", _SIGN, ATOM)},
)

# How NumPy calls its functions, which write into an array that is there.
NUMPY: dict[Op, str] = {
    ops.sub: "subtract",
    ops.mul: "multiply",
    ops.div: "divide",
    ops.neg: "negative",
    ops.abs: "absolute",
    ops.pow: "power",
    ops.sum: "add",
    ops.asin: "arcsin",
    ops.acos: "arccos",
    ops.atan: "arctan",
    ops.atan2: "arctan2",
    ops.asinh: "arcsinh",
    ops.acosh: "arccosh",
    ops.atanh: "arctanh",
    ops.NOT: "logical_not",
    ops.RELATIONS["lt"]: "less",
    ops.RELATIONS["le"]: "less_equal",
    ops.RELATIONS["eq"]: "equal",
    ops.RELATIONS["ne"]: "not_equal",
    ops.RELATIONS["ge"]: "greater_equal",
    ops.RELATIONS["gt"]: "greater",
    ops.RELATIONS["and_"]: "logical_and",
    ops.RELATIONS["or_"]: "logical_or",
}


def written(style: Style, op: Op, args: Sequence[Text]) -> Text:
    """`op` of operands that are written already."""
    if op in style.infix and args:
        sign, tight, binding, left, right = style.infix[op]
        if max([len(x.text) for x in args]) <= SHORT:
            sign = tight
        first, *others = args
        return Text(sign.join([first.within(left), *[x.within(right) for x in others]]), binding)
    if op in style.prefix:
        prefix = style.prefix[op]
        return Text(f"{prefix.sign}{args[0].within(prefix.operand)}", prefix.binding)
    if op is ops.WHERE and style.choice:
        c, a, b = [x.within(_CONDITIONAL + 1) for x in args]
        return Text(style.choice.format(c=c, a=a, b=b), _CONDITIONAL)
    if style.other is not None:
        return style.other(op, args)
    return Text(f"{style.names.get(op, op.name)}({', '.join([x.text for x in args])})", ATOM)


def numeral(style: Style, x: float) -> Text:
    """A number; those that a language has no notation for by their names."""
    text = repr(x)  # of NaN it is `nan`, of infinity `inf`
    sign = "-" if text[0] == "-" else ""
    text = text.removeprefix(sign)
    return Text(sign + style.numbers.get(text, text), _SIGN if sign else ATOM)
