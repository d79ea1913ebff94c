"""The notations of a formula: TeX, Unicode text and Python source.

A formula is written from the inside out, each part as a string with its precedence, for parentheses.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from autograd import ops
from autograd.formula.symbols import SUPERSCRIPTS, symbol_tex, symbol_text
from autograd.formula.vectors import INNER, products
from autograd.graph import postorder
from autograd.op import Op

if TYPE_CHECKING:
    from autograd.formula.written import Formula

__all__ = ["NOTATIONS", "decimal"]


class Part(NamedTuple):
    """What a part of a formula looks like in one notation."""

    string: str
    precedence: int


SUM, PRODUCT, POWER, ATOM = 1, 2, 3, 4

# What mathematicians write with other functions than programmers do.
_SPELLED: dict[Op, Callable[..., Formula]] = {
    ops.dot: lambda *wx: ops.sum(products(*_halves(wx))),
    ops.linear: lambda *wx: ops.sum([*products(*_halves(wx[:-1])), wx[-1]]),
    ops.logsumexp: lambda *xs: ops.log(ops.sum(ops.exp(x) for x in xs)),
    ops.logaddexp: lambda x, y: ops.log(ops.exp(x) + ops.exp(y)),
    ops.xlogy: lambda x, y: x * ops.log(y),
    ops.expm1: lambda x: ops.exp(x) - 1,
    ops.log1p: lambda x: ops.log(1 + x),
    ops.hypot: lambda x, y: ops.sqrt(_squares(x, y)),
    ops.unit: lambda x, y: x / ops.sqrt(_squares(x, y)),
    ops.sech: lambda x: 1 / ops.cosh(x),
    ops.sigmoid_slope: lambda x: ops.sigmoid(x) * (1 - ops.sigmoid(x)),
    ops.one_minus_square: lambda x: 1 - x**2,
}


def _squares(x: Formula, y: Formula) -> Formula:
    x, y = sorted((x, y), key=lambda z: z.text)  # as the slopes by x and by y have them both ways round
    return x**2 + y**2


def _halves(xs: tuple[Formula, ...]) -> tuple[tuple[Formula, ...], tuple[Formula, ...]]:
    return xs[: len(xs) // 2], xs[len(xs) // 2 :]


def _walk(root: Formula, write: Callable[[Formula, list[Part]], Part]) -> str:
    """`write` applied from the leaves of `root` upwards."""
    written: dict[Formula, Part] = {}
    for f in _upwards(root):
        written[f] = write(f, [written[a] for a in f.args])
    return written[root].string


def _upwards(root: Formula) -> Iterator[Formula]:
    """The parts of a formula, each after its own parts."""
    return postorder([root], lambda f: f.args)


def _spelled(root: Formula) -> Formula:
    """The same formula in the functions that mathematicians write."""
    done: dict[Formula, Formula] = {}
    for f in _upwards(root):
        args = tuple(done[a] for a in f.args)
        if isinstance(f.head, Op) and f.head in _SPELLED:
            done[f] = _SPELLED[f.head](*args)
        elif all(a is b for a, b in zip(args, f.args, strict=True)):
            done[f] = f
        elif f.head in (ops.div, ops.power):  # 1 / cosh(x) squared is 1 / cosh(x)^2
            done[f] = type(f).read(f.head, args)
        else:
            done[f] = type(f)(f.head, args)
    return done[root]


def _within(part: Part, precedence: int) -> str:
    return part.string if part.precedence >= precedence else f"({part.string})"


def _factors(f: Formula, x: Part, y: Part, precedence: int) -> tuple[str, str]:
    """Two factors; a product of vectors is put in parentheses."""
    (left, right), wholes = (x, y), [a.head is INNER for a in f.args]
    return _within(left, PRODUCT + wholes[0]), _within(right, max(precedence, PRODUCT + wholes[1]))


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
            left, right = _factors(f, x, y, PRODUCT + y.string[:1].isdigit())
            dot = right[:1].isdigit() or right.startswith(r"\frac")
            words = r"\text" in (left[:5], right[:5]) or right.split("(")[0].split("^")[0][1:] in _TEX_FUNCTIONS
            space = r"\, " if words else ""
            return Part(f"{left} \\cdot {right}" if dot else f"{left} {space}{right}", PRODUCT)
        case "inner", [w, x]:
            transposed = f"{w.string[:-1]}\\,T}}" if re.search(r"\^\{[^{}]*\}$", w.string) else f"{w.string}^{{T}}"
            return Part(f"{transposed} {x.string}", PRODUCT)
        case "sigma", [term, j, last]:
            return Part(rf"\sum_{{{j.string}=1}}^{{{last.string}}} {term.string}", SUM)
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
    text = decimal(x)
    if "e" in text:
        mantissa, exponent = text.split("e")
        mantissa = "" if mantissa in ("1", "-1") else mantissa.removeprefix("-") + r" \cdot "
        return Part(f"{'-' if x < 0 else ''}{mantissa}10^{{{int(exponent)}}}", SUM if x < 0 else PRODUCT)
    return Part({"inf": r"\infty", "-inf": r"-\infty", "nan": r"\text{NaN}"}.get(text, text), SUM if x < 0 else ATOM)


def decimal(x: float) -> str:
    """`x` for people: up to six digits."""
    return f"{x:.6g}"


def _text(f: Formula, parts: list[Part]) -> Part:
    match f.head:
        case str() if not f.args:
            return Part(symbol_text(f.head), ATOM)
        case str():
            return Part(f"{parts[0].string} {f.head} {parts[1].string}", SUM)
        case int() | float():
            text = {"inf": "∞", "-inf": "-∞", "nan": "NaN"}.get(decimal(f.head), decimal(f.head))
            return Part(text, SUM if f.head < 0 else ATOM)
    assert isinstance(f.head, Op)  # the two other kinds of head are done
    match f.head.name, parts:
        case (("add" | "sub" | "neg" | "sum"), _):
            return _sums(f, parts, "…")
        case "mul", [x, y]:
            left, right = _factors(f, x, y, PRODUCT)
            return Part(left + ("" if _juxtaposable(left, right) else "·") + right, PRODUCT)
        case "div", [x, y]:
            return Part(f"{_within(x, PRODUCT)}/{_within(y, PRODUCT + 1)}", PRODUCT)
        case "inner", [w, x]:
            return Part(f"{w.string}ᵀ{x.string}", PRODUCT)
        case "sigma", [term, j, last]:
            return Part(f"Σ[{j.string}=1…{last.string}] {term.string}", SUM)
        case (("power" | "pow"), [x, n]):
            exponent = n.string.translate(SUPERSCRIPTS) if re.fullmatch("-?[0-9]+|n", n.string) else ""
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
    tail = re.search(r"[^\W\d_]+[⁰¹²³⁴⁵⁶⁷⁸⁹⁻₀-₉]*$", left[-40:])  # all of a long label would take long
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


NOTATIONS: dict[str, Callable[[Formula], str]] = {
    "tex": lambda f: _walk(_spelled(f), _tex),
    "text": lambda f: _walk(_spelled(f), _text),
    "python": lambda f: _walk(f, _python),
}
