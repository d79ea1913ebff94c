"""A number that is only written down: `Formula`, and its notations TeX, Unicode text and Python source.

Rules can be read in Formulas as in any other kind of number; what comes out are the labels of a diagram's edges. They
simplify only what nobody would write (`1 x`, `x + 0`, `x^1`), and keep the author's order of terms and factors.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from autograd import ops
from autograd.arithmetic import number
from autograd.graph import nodes
from autograd.ops import Op, Reading
from autograd.value import Value

__all__ = ["Formula", "formula", "local_partials"]

MAX_SYMBOLS = 10_000


class Formula(Reading):
    """A number only written down: a symbol, a constant, or a function of other Formulas.

    >>> x, y = Formula("x"), Formula("y")
    >>> f = ops.cos(x**2 * y) / 2
    >>> f.text, f.python
    ('cos(x²y)/2', 'cos(x**2 * y) / 2')
    """

    __slots__ = ("_written", "args", "head", "size")
    concrete = False

    def __init__(self, head: str | float | Op, args: tuple[Formula, ...] = ()) -> None:
        self.head = head
        self.args = args
        self.size: int = 1 + sum(a.size for a in args)
        self._written: dict[str, str] = {}

    @classmethod
    def of(cls, x: Any) -> Formula:
        """`x` if it is a Formula, else the constant `x`."""
        return x if isinstance(x, Formula) else cls(number(x))

    @classmethod
    def read(cls, op: Op, args: tuple[Any, ...]) -> Formula:
        """`op` of `args` written down, and simplified if nobody would write it so."""
        formulas = tuple(cls.of(a) for a in args)
        simplify = _SIMPLIFY.get(op)
        return (simplify(*formulas) if simplify else None) or cls(op, formulas)

    @property
    def tex(self) -> str:
        """In TeX's mathematics mode."""
        return self._write("tex")

    @property
    def text(self) -> str:
        """In Unicode, on one line."""
        return self._write("text")

    @property
    def python(self) -> str:
        """As a Python expression of the functions of this package."""
        return self._write("python")

    def _write(self, notation: str) -> str:
        if notation not in self._written:
            if self.size > MAX_SYMBOLS:
                raise ValueError(
                    f"Written out, this formula has {self.size} symbols, more than {MAX_SYMBOLS}; "
                    "give labels to nodes on the way, which then stand for themselves."
                )
            self._written[notation] = _NOTATIONS[notation](self)
        return self._written[notation]

    def __repr__(self) -> str:
        return f"Formula({self.text if self.size <= MAX_SYMBOLS else f'... {self.size} symbols'})"

    def __add__(self, other: Any) -> Formula:
        return ops.add(self, other)  # type: ignore[no-any-return]  # an Op of Formulas gives a Formula

    def __radd__(self, other: Any) -> Formula:
        return ops.add(other, self)  # type: ignore[no-any-return]

    def __sub__(self, other: Any) -> Formula:
        return ops.sub(self, other)  # type: ignore[no-any-return]

    def __rsub__(self, other: Any) -> Formula:
        return ops.sub(other, self)  # type: ignore[no-any-return]

    def __mul__(self, other: Any) -> Formula:
        return ops.mul(self, other)  # type: ignore[no-any-return]

    def __rmul__(self, other: Any) -> Formula:
        return ops.mul(other, self)  # type: ignore[no-any-return]

    def __truediv__(self, other: Any) -> Formula:
        return ops.div(self, other)  # type: ignore[no-any-return]

    def __rtruediv__(self, other: Any) -> Formula:
        return ops.div(other, self)  # type: ignore[no-any-return]

    def __pow__(self, other: Any) -> Formula:
        return ops.pow(self, other)  # type: ignore[no-any-return]

    def __rpow__(self, other: Any) -> Formula:
        return ops.pow(other, self)  # type: ignore[no-any-return]

    def __neg__(self) -> Formula:
        return ops.neg(self)  # type: ignore[no-any-return]

    def __abs__(self) -> Formula:
        return ops.abs(self)  # type: ignore[no-any-return]

    # Comparisons are written down too, for `where`; which is why formulas are compared by `same`.
    __hash__ = object.__hash__

    def __gt__(self, other: Any) -> Formula:
        return Formula(">", (self, Formula.of(other)))

    def __ge__(self, other: Any) -> Formula:
        return Formula("≥", (self, Formula.of(other)))

    def __lt__(self, other: Any) -> Formula:
        return Formula("<", (self, Formula.of(other)))

    def __le__(self, other: Any) -> Formula:
        return Formula("≤", (self, Formula.of(other)))

    def __eq__(self, other: object) -> Any:
        return Formula("=", (self, Formula.of(other)))

    def __and__(self, other: Formula) -> Formula:
        return Formula("=", (self, other))  # of equations, which `where` passes over


def same(x: Formula, y: Formula) -> bool:
    """Whether two formulas are written alike."""
    return x is y or (x.size == y.size <= MAX_SYMBOLS and x.python == y.python)


# -- what nobody would write ----------------------------------------------------------------------------------
# Each gives the simpler formula, or None where there is nothing to simplify.


def _is(x: Formula, head: str | Op) -> bool:
    return x.head == head


def _constant(x: Formula) -> float | None:
    return x.head if isinstance(x.head, (int, float)) else None


def _fold(f: Callable[..., float], *args: Formula) -> Formula | None:
    constants = [_constant(x) for x in args]
    return None if None in constants else Formula.of(f(*constants))


def _add(x: Formula, y: Formula) -> Formula | None:
    if _constant(x) == 0:
        return y
    if _constant(y) == 0:
        return x
    if _is(y, ops.neg):
        return x - y.args[0]
    return _fold(lambda a, b: a + b, x, y)


def _sub(x: Formula, y: Formula) -> Formula | None:
    if _constant(x) == 0:
        return -y
    if _constant(y) == 0:
        return x
    if _is(y, ops.neg):
        return x + y.args[0]
    return _fold(lambda a, b: a - b, x, y)


def _neg(x: Formula) -> Formula | None:
    return x.args[0] if _is(x, ops.neg) else _fold(lambda a: -a, x)


def _mul(x: Formula, y: Formula) -> Formula | None:
    if 0 in (_constant(x), _constant(y)):
        return Formula(0)
    if _constant(x) == 1:
        return y
    if _constant(y) == 1:
        return x
    if _constant(x) == -1:
        return -y
    if _is(x, ops.neg):
        return -(x.args[0] * y)
    if _is(y, ops.neg):
        return -(x * y.args[0])
    if _constant(x) is None and same(x, y):
        return x**2
    if _is(y, ops.mul) and _constant(x) is not None and _constant(y.args[0]) is not None:
        return (x * y.args[0]) * y.args[1]
    return _fold(lambda a, b: a * b, x, y)


def _div(x: Formula, y: Formula) -> Formula | None:
    if _constant(x) == 0:
        return x
    if _constant(y) == 1:
        return x
    if _is(x, ops.neg):
        return -(x.args[0] / y)
    if (a := _constant(x)) is not None and a < 0:
        return -(-x / y)
    if _is(x, ops.div):
        return x.args[0] / (x.args[1] * y)
    return None


def _power(x: Formula, n: Formula) -> Formula | None:
    if _constant(n) == 1 or _constant(x) == 1:
        return x
    if _constant(n) == 0:
        return Formula(1)
    if _constant(n) == 2 and _is(x, ops.sqrt):
        return x.args[0]
    if _constant(n) == 2 and _is(x, ops.div) and _constant(x.args[0]) == 1:
        return 1 / x.args[1] ** 2
    return None


def _hypot(x: Formula, y: Formula) -> Formula | None:
    return ops.sqrt(x**2 + y**2)  # type: ignore[no-any-return]


_OPPOSITE = {">": "≤", "≤": ">", "<": "≥", "≥": "<"}


def _where(condition: Formula, a: Formula, b: Formula) -> Formula | None:
    if _is(condition, "="):  # a single point, of which a formula says nothing
        return b
    if _is(b, ops.WHERE) and b.args[0].head == _OPPOSITE[str(condition.head)]:
        return ops.where(condition, a, b.args[1])  # type: ignore[no-any-return]  # what is left over is NaN
    return None


_SIMPLIFY: dict[Op, Callable[..., Formula | None]] = {
    ops.identity: lambda x: x,
    ops.add: _add,
    ops.sub: _sub,
    ops.neg: _neg,
    ops.mul: _mul,
    ops.div: _div,
    ops.power: _power,
    ops.pow: lambda x, y: Formula.read(ops.power, (x, y)) if _constant(y) is not None else None,
    ops.hypot: _hypot,
    ops.sigmoid_slope: lambda x: ops.sigmoid(x) * (1 - ops.sigmoid(x)),
    ops.one_minus_square: lambda x: 1 - x**2,
    ops.sech: lambda x: 1 / ops.cosh(x),
    ops.unit: lambda x, y: x / ops.hypot(*sorted((x, y), key=lambda z: z.text)),
    ops.WHERE: _where,
}


# -- notations ------------------------------------------------------------------------------------------------
# A formula is written from the inside out, each part as a string with its precedence, for parentheses.


class Part(NamedTuple):
    """What a part of a formula looks like in one notation."""

    string: str
    precedence: int


SUM, PRODUCT, POWER, ATOM = 1, 2, 3, 4

# What mathematicians write with other functions than programmers do.
_SPELLED: dict[Op, Callable[..., Formula]] = {
    ops.dot: lambda *wx: Formula(ops.sum, tuple(w * x for w, x in zip(*_halves(wx), strict=True))),
    ops.linear: lambda *wx: Formula(ops.sum, tuple(w * x for w, x in zip(*_halves(wx[:-1]), strict=True)) + wx[-1:]),
    ops.logsumexp: lambda *xs: ops.log(Formula(ops.sum, tuple(ops.exp(x) for x in xs))),
    ops.logaddexp: lambda x, y: ops.log(ops.exp(x) + ops.exp(y)),
    ops.xlogy: lambda x, y: x * ops.log(y),
    ops.expm1: lambda x: ops.exp(x) - 1,
    ops.log1p: lambda x: ops.log(1 + x),
}


def _halves(xs: tuple[Formula, ...]) -> tuple[tuple[Formula, ...], tuple[Formula, ...]]:
    return xs[: len(xs) // 2], xs[len(xs) // 2 :]


def _walk(root: Formula, write: Callable[[Formula, list[Part]], Part], *, spell: bool) -> str:
    """`write` applied from the leaves of `root` upwards, without recursion."""
    written: dict[Formula, Part] = {}
    spelled: dict[Formula, Formula] = {}
    stack = [root]
    while stack:
        f = stack[-1]
        if f not in spelled:
            rewrite = _SPELLED.get(f.head) if spell and isinstance(f.head, Op) else None
            spelled[f] = rewrite(*f.args) if rewrite else f
            stack += [spelled[f]] if spelled[f] is not f else f.args
        else:
            stack.pop()
            if f not in written:
                g = spelled[f]
                written[f] = written[g] if g is not f else write(f, [written[a] for a in f.args])
    return written[root].string


def _within(part: Part, precedence: int) -> str:
    return part.string if part.precedence >= precedence else f"({part.string})"


def _tex(f: Formula, parts: list[Part]) -> Part:
    match f.head:
        case str() if not f.args:
            return Part(symbol_tex(f.head), ATOM)
        case str():
            relation = {"≥": r"\ge", "≤": r"\le"}.get(f.head, f.head)
            return Part(f"{parts[0].string} {relation} {parts[1].string}", SUM)
        case int() | float():
            return _tex_number(f.head)
    assert isinstance(f.head, Op)  # the two other kinds of head are done
    match f.head.name, parts:
        case (("add" | "sub" | "neg" | "sum"), _):
            return _sums(f, parts, r"\cdots")
        case "mul", [x, y]:
            left, right = _within(x, PRODUCT), _within(y, PRODUCT + (y.string[:1].isdigit()))
            dot = right[:1].isdigit() or right.startswith(r"\frac")
            return Part(f"{left} \\cdot {right}" if dot else f"{left} {right}", PRODUCT)
        case "div", [x, y]:
            return Part(rf"\frac{{{x.string}}}{{{y.string}}}", PRODUCT)
        case (("power" | "pow"), [x, n]):
            if len(f.args[0].args) == 1 and _is_named(f.args[0].head):
                name, _, argument = x.string.partition("(")
                return Part(f"{name}^{{{n.string}}}({argument}", ATOM)
            return Part(f"{_within(x, ATOM)}^{{{n.string}}}", POWER)
        case "exp", [x]:
            return Part(f"e^{{{x.string}}}", POWER)
        case "sqrt", [x]:
            return Part(rf"\sqrt{{{x.string}}}", ATOM)
        case "cbrt", [x]:
            return Part(rf"\sqrt[3]{{{x.string}}}", ATOM)
        case "abs", [x]:
            return Part(rf"\left|{x.string}\right|", ATOM)
        case "where", [condition, a, b]:
            if (a.string, b.string) == ("1", "0"):
                return Part(f"[{condition.string}]", ATOM)
            return Part(rf"{a.string} \text{{ if }} {condition.string} \text{{ else }} {b.string}", SUM)
    symbol = f.head.symbol
    name = _TEX_NAMES.get(symbol) or (rf"\{symbol}" if symbol in _TEX_FUNCTIONS else rf"\operatorname{{{symbol}}}")
    return Part(f"{name}({', '.join(p.string for p in parts)})", ATOM)


_TEX_NAMES = {"σ": r"\sigma", "Γ": r"\Gamma", "lnΓ": r"\ln \Gamma", "ψ": r"\psi"}
_TEX_FUNCTIONS = {"sin", "cos", "tan", "sinh", "cosh", "tanh", "ln", "arcsin", "arccos", "arctan", "max", "min"}


def _is_named(head: Any) -> bool:
    return isinstance(head, Op) and head.symbol in _TEX_FUNCTIONS | {"σ"}


def _sums(f: Formula, parts: list[Part], ellipsis: str) -> Part:
    """`a + b - c` for sums, differences and negations."""
    assert isinstance(f.head, Op)  # by the caller
    if f.head is ops.neg:
        return Part("-" + _within(parts[0], PRODUCT), SUM)
    minus = [False] * len(parts)
    if f.head is ops.sub:
        minus[1] = True
    elif len(parts) > 6:
        parts, minus = [*parts[:3], Part(ellipsis, ATOM), parts[-1]], minus[:5]
    terms = [_within(p, PRODUCT) if m else p.string for p, m in zip(parts, minus, strict=True)]
    signs = [" - " if m or t.startswith("-") else " + " for m, t in zip(minus, terms, strict=True)]
    bodies = [t if m else t.removeprefix("-") for m, t in zip(minus, terms, strict=True)]
    rest = "".join(sign + body for sign, body in zip(signs[1:], bodies[1:], strict=True))
    return Part((terms[0] if terms else "0") + rest, SUM)


def _tex_number(x: float) -> Part:
    text = _decimal(x)
    if "e" in text:
        mantissa, exponent = text.split("e")
        mantissa = "" if mantissa in ("1", "-1") else mantissa.removeprefix("-") + r" \cdot "
        return Part(f"{'-' if x < 0 else ''}{mantissa}10^{{{int(exponent)}}}", SUM if x < 0 else PRODUCT)
    return Part({"inf": r"\infty", "-inf": r"-\infty", "nan": r"\text{NaN}"}.get(text, text), SUM if x < 0 else ATOM)


def _decimal(x: float) -> str:
    """`x` for people: up to six digits."""
    return f"{x:.6g}"


_SUPERSCRIPTS = str.maketrans("0123456789-+()n", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺⁽⁾ⁿ")
_SUBSCRIPTS = str.maketrans("0123456789ijknmx", "₀₁₂₃₄₅₆₇₈₉ᵢⱼₖₙₘₓ")


def _text(f: Formula, parts: list[Part]) -> Part:
    match f.head:
        case str() if not f.args:
            return Part(symbol_text(f.head), ATOM)
        case str():
            return Part(f"{parts[0].string} {f.head} {parts[1].string}", SUM)
        case int() | float():
            text = {"inf": "∞", "-inf": "-∞", "nan": "NaN"}.get(_decimal(f.head), _decimal(f.head))
            return Part(text, SUM if f.head < 0 else ATOM)
    assert isinstance(f.head, Op)  # the two other kinds of head are done
    match f.head.name, parts:
        case (("add" | "sub" | "neg" | "sum"), _):
            return _sums(f, parts, "…")
        case "mul", [x, y]:
            left, right = _within(x, PRODUCT), _within(y, PRODUCT + 1)
            return Part(left + ("" if _juxtaposable(left, right) else "·") + right, PRODUCT)
        case "div", [x, y]:
            return Part(f"{_within(x, PRODUCT)}/{_within(y, PRODUCT + 1)}", PRODUCT)
        case (("power" | "pow"), [x, n]):
            exponent = n.string.translate(_SUPERSCRIPTS) if re.fullmatch("-?[0-9]+|n", n.string) else ""
            if exponent and _is_named(f.args[0].head):
                name, _, argument = x.string.partition("(")
                return Part(f"{name}{exponent}({argument}", ATOM)
            return Part(_within(x, ATOM) + (exponent or "^" + _within(n, ATOM)), POWER)
        case "exp", [x]:
            return Part("e^" + _within(x, ATOM), POWER)
        case "sqrt", [x]:
            return Part("√" + (x.string if len(x.string) == 1 else f"({x.string})"), POWER)
        case "cbrt", [x]:
            return Part("∛" + (x.string if len(x.string) == 1 else f"({x.string})"), POWER)
        case "abs", [x]:
            return Part(f"|{x.string}|", ATOM)
        case "where", [condition, a, b]:
            if (a.string, b.string) == ("1", "0"):
                return Part(f"[{condition.string}]", ATOM)
            return Part(f"{a.string} if {condition.string} else {b.string}", SUM)
    return Part(f"{f.head.symbol}({', '.join(p.string for p in parts)})", ATOM)


def _juxtaposable(left: str, right: str) -> bool:
    """Whether two factors can stand side by side: `2x`, `x²y`, `2(a + b)`, but not `2·3`, `x·sin(y)`, `ab·c`."""
    if right[:1].isdigit():
        return False
    if re.fullmatch(r"[0-9.]+", left) or (left[-1:] == ")" and right[:1] == "("):
        return True
    tail = re.search(r"[^\W\d_]+[⁰¹²³⁴⁵⁶⁷⁸⁹⁻₀-₉]*$", left)
    short = tail is not None and len(re.sub(r"[\W\d_⁰¹²³⁴⁵⁶⁷⁸⁹⁻₀-₉]", "", tail.group())) == 1
    return short and (right[:1] == "√" or re.fullmatch(r"[^\W\d_][⁰¹²³⁴⁵⁶⁷⁸⁹⁻₀-₉]*", right) is not None)


_RELATIONS = {"≥": ">=", "≤": "<=", "=": "=="}
_OPERATORS = {"add": ("+", SUM), "sub": ("-", SUM), "mul": ("*", PRODUCT), "div": ("/", PRODUCT)}


def _python(f: Formula, parts: list[Part]) -> Part:
    match f.head:
        case str() if not f.args:
            return Part(f.head, ATOM)
        case str():
            return Part(f"{parts[0].string} {_RELATIONS.get(f.head, f.head)} {parts[1].string}", 0)
        case int() | float():
            text = repr(f.head)
            return Part(text if math.isfinite(f.head) else f"float('{text}')", SUM if f.head < 0 else ATOM)
    op = f.head
    assert isinstance(op, Op)  # the two other kinds of head are done
    if op.name in _OPERATORS:
        sign, precedence = _OPERATORS[op.name]
        strict = precedence + (op.name in ("sub", "div"))
        return Part(f"{_within(parts[0], precedence)} {sign} {_within(parts[1], strict)}", precedence)
    if op is ops.neg:
        return Part(f"-{_within(parts[0], PRODUCT)}", SUM)
    if op in (ops.power, ops.pow):
        return Part(f"{_within(parts[0], ATOM)}**{_within(parts[1], ATOM)}", POWER)
    arguments = [p.string for p in parts]
    if op.vectors:
        length = (len(arguments) - (op.arity - op.vectors)) // op.vectors
        vectors = [f"[{', '.join(arguments[i * length : (i + 1) * length])}]" for i in range(op.vectors)]
        arguments = [*vectors, *arguments[op.vectors * length :]]
    return Part(f"{op.name}({', '.join(arguments)})", ATOM)


_NOTATIONS: dict[str, Callable[[Formula], str]] = {
    "tex": lambda f: _walk(f, _tex, spell=True),
    "text": lambda f: _walk(f, _text, spell=True),
    "python": lambda f: _walk(f, _python, spell=False),
}


# -- symbols --------------------------------------------------------------------------------------------------

_GREEK = {
    "alpha": "α",
    "beta": "β",
    "gamma": "γ",
    "delta": "δ",
    "epsilon": "ε",
    "zeta": "ζ",
    "eta": "η",
    "theta": "θ",
    "iota": "ι",
    "kappa": "κ",
    "lambda": "λ",
    "mu": "μ",
    "nu": "ν",
    "xi": "ξ",
    "pi": "π",
    "rho": "ρ",
    "sigma": "σ",
    "tau": "τ",
    "upsilon": "υ",
    "phi": "φ",
    "chi": "χ",
    "psi": "ψ",
    "omega": "ω",
}
_INDEX = r"(?:[A-Za-z0-9]|\{[^{}\\$&#%~^_]*\})"
_SYMBOL = re.compile(rf"([A-Za-z]|{'|'.join(_GREEK)})(?:_({_INDEX}))?(?:\^({_INDEX}))?")


def symbol_tex(label: str) -> str:
    r"""A label in TeX: `x`, `x1`, `theta` and `w_{1,2}^{(1)}` as mathematics, anything else as upright text.

    >>> symbol_tex("theta_1"), symbol_tex("x12"), symbol_tex("age & sex")
    ('\\theta_{1}', 'x_{12}', '\\text{age \\& sex}')
    """
    if (numbered := re.fullmatch(r"([A-Za-z])([0-9]+)", label)) is not None:
        return f"{numbered[1]}_{{{numbered[2]}}}"
    if (symbol := _SYMBOL.fullmatch(label)) is None:
        return r"\text{" + re.sub(r"([\\{}$&#%_^~])", lambda m: _ESCAPES.get(m[1], "\\" + m[1]), label) + "}"
    name, low, high = symbol.groups()
    tex = f"\\{name}" if name in _GREEK else name
    return tex + (f"_{{{low.strip('{}')}}}" if low else "") + (f"^{{{high.strip('{}')}}}" if high else "")


_ESCAPES = {"\\": r"\backslash ", "^": r"\^{}", "~": r"\~{}"}


def symbol_text(label: str) -> str:
    """A label in Unicode.

    >>> symbol_text("w_{1,2}^{(1)}"), symbol_text("theta"), symbol_text("x1")
    ('w₁,₂⁽¹⁾', 'θ', 'x₁')
    """
    if (numbered := re.fullmatch(r"([A-Za-z])([0-9]+)", label)) is not None:
        return numbered[1] + numbered[2].translate(_SUBSCRIPTS)
    if (symbol := _SYMBOL.fullmatch(label)) is None:
        return label
    name, low, high = symbol.groups()
    scripts = (low or "").strip("{}").translate(_SUBSCRIPTS) + (high or "").strip("{}").translate(_SUPERSCRIPTS)
    return _GREEK.get(name, name) + scripts


# -- of graphs ------------------------------------------------------------------------------------------------


def formula(value: Value, names: Mapping[Value, Formula] | None = None) -> Formula:
    """The expression that `value` was computed by, down to labelled nodes, which stand as their labels.

    `names` says how to write further nodes. A leaf without a label stands as its number.

    >>> x, y = Value(2.0, "x"), Value(3.0, "y")
    >>> formula(x**2 * y + 1).text
    'x²y + 1'
    """
    written: dict[Value, Formula] = dict(names or {})
    for node in nodes(value):
        if node in written:
            continue
        if node.label is not None and node is not value:
            written[node] = Formula(node.label)
        elif node.op is None:
            written[node] = Formula(node.data if node.label is None else node.label)
        else:
            args = tuple(written[a] if isinstance(a, Value) else a for a in node.args)
            written[node] = Formula.read(node.op, args)
    return written[value]


def local_partials(node: Value, names: Mapping[Value, Formula]) -> tuple[Formula, ...]:
    """The partial derivatives on the edges of `node` as formulas, aligned with `node.parents`.

    `names` says how each parent is written.
    """
    if node.op is None:
        return ()
    args = tuple(names[a] if isinstance(a, Value) else Formula.of(a) for a in node.args)
    _, partials = node.op.read(ops, args)
    return tuple(Formula.of(d) for a, d in zip(node.args, partials, strict=True) if isinstance(a, Value))
