"""The notations of a formula: TeX, Unicode text and Python source.

A formula is written from the inside out, each part as a string with its precedence, for parentheses. The text can be
read again by `expression`, but for sums too long to be written out.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, NamedTuple

from autograd import ops
from autograd.formula.spelled import spelled, upwards
from autograd.formula.vectors import INNER
from autograd.op import Op
from autograd.typeset.symbols import (
    ATOM,
    LOOSE,
    POWER,
    PRODUCT,
    SUM,
    SUPERSCRIPTS,
    binding,
    escaped,
    symbol,
    symbol_tex,
    symbol_text,
)

if TYPE_CHECKING:
    from autograd.formula.written import Formula

__all__ = ["NOTATIONS", "decimal"]


class Part(NamedTuple):
    """What a part of a formula looks like in one notation; `open` if a letter right after it would belong to it."""

    string: str
    precedence: int
    open: bool = False


PartRule = Callable[["Formula", list[Part], Collection[str]], Part]


def _written_upwards(root: Formula, write: PartRule) -> str:
    """`write` applied from the leaves of `root` upwards; it also gets the letters of constants that are taken."""
    written: dict[Formula, Part] = {}
    for f in upwards(root):
        written[f] = write(f, [written[a] for a in f.args], root.taken)
    return written[root].string


def _letter(x: float, taken: Collection[str]) -> str | None:
    """The letter of a constant that has one, unless something else is called so."""
    letter = {math.e: "e", math.pi: "π"}.get(x)
    return None if letter in taken else letter


def _parenthesised(part: Part, precedence: int) -> str:
    return part.string if part.precedence >= precedence else f"({part.string})"


def _two_factors(f: Formula, x: Part, y: Part, precedence: int) -> tuple[str, str]:
    """Two factors; a product of vectors is put in parentheses."""
    (left, right), wholes = (x, y), [a.head is INNER for a in f.args]
    return _parenthesised(left, PRODUCT + wholes[0]), _parenthesised(right, max(precedence, PRODUCT + wholes[1]))


def _as_tex(f: Formula, parts: list[Part], taken: Collection[str]) -> Part:
    match f.head:
        case str() if not f.args:
            return Part(symbol_tex(f.head), binding(f.head))
        case str():
            return _inequality(f, parts, {"≥": r"\ge", "≤": r"\le"})
        case int() | float():
            if (letter := _letter(f.head, taken)) is not None:
                return Part({"π": r"\pi"}.get(letter, letter), ATOM)
            return _tex_number(f.head)
    assert isinstance(f.head, Op)  # the two other kinds of head are done
    match f.head.name, parts:
        case (("add" | "sub" | "neg" | "sum"), _):
            return _sums(f, parts, r"\cdots")
        case "mul", [x, y]:
            left, right = _two_factors(f, x, y, PRODUCT + y.string[:1].isdigit())
            left = f"({left})" if x.open and left == x.string else left
            named = right.startswith(r"\text{")
            dot = right[:1].isdigit() or right.startswith(r"\frac") or (named and re.match(r"[\W\d]", right[6:]))
            dot = dot or (named and re.search(r"\\text\{[^{}]*\}$", left))  # two names would look like one
            name = re.split(r"[ (^]", right)[0][1:]
            words = r"\text" in (left[:5], right[:5]) or name in _TEX_FUNCTIONS or name.startswith("operatorname")
            sign = r"\cdot " if dot else r"\, " if words else ""
            return Part(f"{left} {sign}{right}", PRODUCT, y.open and right == y.string)
        case "inner", [w, x]:
            left = _parenthesised(w, POWER)
            transposed = f"{left[:-1]}\\,\\top}}" if re.search(r"\^\{[^{}]*\}$", left) else f"{left}^{{\\top}}"
            return Part(f"{transposed} {_parenthesised(x, PRODUCT)}", PRODUCT)
        case "sigma", [term, j, last]:
            return Part(rf"\sum_{{{j.string}=1}}^{{{last.string}}} {term.string}", SUM)
        case "div", [x, y]:
            return Part(rf"\frac{{{x.string}}}{{{y.string}}}", PRODUCT)
        case (("power" | "pow"), [x, n]):
            if len(f.args[0].args) == 1 and _is_named(*f.args):
                name, argument = re.split(r"(?=[ (])", x.string, maxsplit=1)
                return Part(f"{name}^{{{n.string}}}{argument}", PRODUCT if x.open else ATOM, x.open)
            return Part(f"{_parenthesised(x, ATOM)}^{{{n.string}}}", POWER)
        case "exp", [x] if "e" not in taken:
            return Part(f"e^{{{x.string}}}", POWER)
        case "log", [x] if _is_symbol(f.args[0]):  # as the course writes it
            return Part(rf"\ln {x.string}", PRODUCT, True)
        case name, [x] if name in _TEX_FRAMES:
            return Part(_TEX_FRAMES[name].replace("x", x.string), ATOM)
        case "mod", [x, y]:
            return Part(rf"{_parenthesised(x, PRODUCT)} \; \operatorname{{mod}} \; {_parenthesised(y, POWER)}", LOOSE)
        case "where", [condition, a, b]:
            if _is_bracket(f):
                return Part(f"[{condition.string}]", ATOM)
            first, second = _parenthesised(a, SUM), _parenthesised(b, SUM)
            return Part(rf"{first} \text{{ if }} {condition.string} \text{{ else }} {second}", LOOSE)
    return Part(f"{_tex_name(f.head.symbol)}({_arguments(parts)})", ATOM)


_TEX_FRAMES = {"sqrt": r"\sqrt{x}", "cbrt": r"\sqrt[3]{x}", "abs": r"\left|x\right|"} | {
    name: rf"\left\l{name} x \right\r{name}" for name in ("floor", "ceil")
}


def _tex_name(name: str) -> str:
    """The name of a function; typesetters know `operatorname` of letters only."""
    if name in _TEX_NAMES or name in _TEX_FUNCTIONS:
        return _TEX_NAMES.get(name, rf"\{name}")
    return rf"\operatorname{{{name}}}" if name.isalpha() and name.isascii() else rf"\text{{{escaped(name)}}}"


_TEX_NAMES = {"σ": r"\sigma", "Φ": r"\Phi", "φ": r"\varphi", "Γ": r"\Gamma", "lnΓ": r"\ln \Gamma", "ψ": r"\psi"}
_TEX_NAMES |= {"log2": r"\log_{2}", "log10": r"\log_{10}"}
_TEX_FUNCTIONS = {"sin", "cos", "tan", "sinh", "cosh", "tanh", "ln", "arcsin", "arccos", "arctan", "max", "min"}


def _inequality(f: Formula, parts: list[Part], signs: dict[str, str]) -> Part:
    """`a > b`, its sign as the notation has it."""
    left, right = (_parenthesised(part, SUM) for part in parts)
    return Part(f"{left} {signs.get(str(f.head), f.head)} {right}", LOOSE)


def _is_named(x: Formula, n: Formula) -> bool:
    """Whether x^n is written as sin²(...) is; sin⁻¹(...) would be arcsin."""
    named = isinstance(x.head, Op) and x.head.symbol in _TEX_FUNCTIONS | {"σ"}
    return named and not (isinstance(n.head, (int, float)) and n.head < 0) and n.head is not ops.neg


def _is_symbol(x: Formula) -> bool:
    """Whether it is one letter, perhaps with indices."""
    return isinstance(x.head, str) and not x.args and symbol(x.head) is not None


def _is_bracket(f: Formula) -> bool:
    """Whether it is 1 where something holds, else 0: Iverson's bracket."""
    return [type(x.head) is not str and x.head for x in f.args[1:]] == [1, 0]


def _arguments(parts: list[Part]) -> str:
    return ", ".join(p.string if len(parts) == 1 else _parenthesised(p, SUM) for p in parts)


def _sums(f: Formula, parts: list[Part], ellipsis: str) -> Part:
    """`a + b - c` for sums, differences and negations."""
    assert isinstance(f.head, Op)  # by the caller
    if f.head is ops.neg:
        return Part("-" + _parenthesised(parts[0], PRODUCT), SUM)
    minus = [False] * len(parts)
    if f.head is ops.sub:
        minus[1] = True
    elif len(parts) > 6:
        parts, minus = [*parts[:3], Part(ellipsis, ATOM), parts[-1]], minus[:5]
    terms = [_parenthesised(p, PRODUCT if m else SUM) for p, m in zip(parts, minus, strict=True)]
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


def _as_text(f: Formula, parts: list[Part], taken: Collection[str]) -> Part:
    match f.head:
        case str() if not f.args:
            text, bound = symbol_text(f.head), binding(f.head)
            return Part(text, bound, "^" in text or (bound < ATOM and not symbol(f.head)))
        case str():
            return _inequality(f, parts, {})
        case int() | float():
            text = {"inf": "∞", "-inf": "-∞", "nan": "NaN"}.get(decimal(f.head), decimal(f.head))
            return Part(_letter(f.head, taken) or text, SUM if f.head < 0 else ATOM)
    assert isinstance(f.head, Op)  # the two other kinds of head are done
    match f.head.name, parts:
        case (("add" | "sub" | "neg" | "sum"), _):
            return _sums(f, parts, "…")
        case "mul", [x, y]:
            left, right = _two_factors(f, x, y, PRODUCT)
            side_by_side = not (x.open and left == x.string) and _juxtaposable(left, right)
            return Part(left + ("" if side_by_side else "·") + right, PRODUCT, y.open and right == y.string)
        case "div", [x, y]:
            return Part(f"{_parenthesised(x, PRODUCT)}/{_parenthesised(y, PRODUCT + 1)}", PRODUCT, True)
        case "inner", [w, x]:
            return Part(f"{_parenthesised(w, POWER)}ᵀ{_parenthesised(x, PRODUCT)}", PRODUCT)
        case "sigma", [term, j, last]:
            return Part(f"Σ[{j.string}=1…{last.string}] {term.string}", SUM)
        case (("power" | "pow"), [x, n]):
            exponent = n.string.translate(SUPERSCRIPTS) if re.fullmatch("-?[0-9]+|n", n.string) else ""
            if exponent and _is_named(*f.args):
                name, _, argument = x.string.partition("(")
                return Part(f"{name}{exponent}({argument}", ATOM)
            raised = exponent or "^" + _parenthesised(n, ATOM)
            return Part(_parenthesised(x, ATOM) + raised, POWER, not exponent and not raised.startswith("^("))
        case "exp", [x] if "e" not in taken:
            return Part("e^" + _parenthesised(x, ATOM), POWER, x.precedence == ATOM)
        case ((("sqrt" | "cbrt") as root), [x]):
            sign = {"sqrt": "√", "cbrt": "∛"}[root]
            return Part(sign + (x.string if len(x.string) == 1 else f"({x.string})"), POWER, len(x.string) == 1)
        case "abs", [x] if "|" not in x.string:  # bars within bars would be ambiguous
            return Part(f"|{x.string}|", ATOM)
        case (("floor" | "ceil") as name, [x]):
            return Part({"floor": f"⌊{x.string}⌋", "ceil": f"⌈{x.string}⌉"}[name], ATOM)
        case "mod", [x, y]:
            return Part(f"{_parenthesised(x, PRODUCT)} mod {_parenthesised(y, POWER)}", LOOSE)
        case "where", [condition, a, b]:
            if _is_bracket(f):
                return Part(f"[{condition.string}]", ATOM)
            return Part(f"{_parenthesised(a, SUM)} if {condition.string} else {_parenthesised(b, SUM)}", LOOSE)
    return Part(f"{f.head.symbol}({_arguments(parts)})", ATOM)


def _juxtaposable(left: str, right: str) -> bool:
    """Whether two factors can stand side by side: `2x`, `x²y`, `2(a + b)`, not `2·3`, `2·(-3)`, `x·sin(y)`, `ab·c`."""
    if right.startswith("(-"):
        return False
    if re.fullmatch(r"[0-9.]+", left):  # 2e3 and 0x1 would be numbers
        return left != "0" and re.match(r"(?![eE]\d)[^\W\d_]|[√∛([|]", right) is not None
    if left[-1:] == ")" and right[:1] == "(":
        return True
    tail = re.search(r"(?<![^\W\d])[^\W\d_]+[⁰¹²³⁴⁵⁶⁷⁸⁹⁻₀-₉]*$", left[-40:])  # all of a long label would take long
    short = tail is not None and len(re.sub(r"[\W\d_⁰¹²³⁴⁵⁶⁷⁸⁹⁻₀-₉]", "", tail.group())) == 1
    return short and (right[:1] == "√" or re.fullmatch(r"[^\W\d_][⁰¹²³⁴⁵⁶⁷⁸⁹⁻₀-₉]*", right) is not None)


_PYTHON_RELATIONS = {"≥": ">=", "≤": "<=", "=": "=="}
_PYTHON_OPERATORS = {"add": ("+", SUM), "sub": ("-", SUM), "mul": ("*", PRODUCT), "div": ("/", PRODUCT)}
_DIVISIONS = {"mod": "%", "floordiv": "//"}  # in parentheses within products, whose order would matter


def _as_python(f: Formula, parts: list[Part], taken: Collection[str]) -> Part:
    match f.head:
        case str() if not f.args:
            return Part(f.head, binding(f.head))
        case str():
            return _inequality(f, parts, _PYTHON_RELATIONS)
        case int() | float():
            text = repr(f.head)
            return Part(text if math.isfinite(f.head) else f"float('{text}')", SUM if f.head < 0 else ATOM)
    op = f.head
    assert isinstance(op, Op)  # the two other kinds of head are done
    if op.name in _PYTHON_OPERATORS:
        sign, precedence = _PYTHON_OPERATORS[op.name]
        strict = precedence + (op.name in ("sub", "div"))
        return Part(f"{_parenthesised(parts[0], precedence)} {sign} {_parenthesised(parts[1], strict)}", precedence)
    if op.name in _DIVISIONS:
        return Part(f"{_parenthesised(parts[0], POWER)} {_DIVISIONS[op.name]} {_parenthesised(parts[1], POWER)}", SUM)
    if op is ops.neg:
        return Part(f"-{_parenthesised(parts[0], PRODUCT)}", SUM)
    if op in (ops.power, ops.pow):
        return Part(f"{_parenthesised(parts[0], ATOM)}**{_parenthesised(parts[1], ATOM)}", POWER)
    arguments = [p.string for p in parts]
    if op.vectors:
        length = (len(arguments) - (op.arity - op.vectors)) // op.vectors
        vectors = [f"[{', '.join(arguments[i * length : (i + 1) * length])}]" for i in range(op.vectors)]
        arguments = [*vectors, *arguments[op.vectors * length :]]
    return Part(f"{op.name}({', '.join(arguments)})", ATOM)


NOTATIONS: dict[str, Callable[[Formula], str]] = {
    "tex": lambda f: _written_upwards(spelled(f), _as_tex),
    "text": lambda f: _written_upwards(spelled(f), _as_text),
    "python": lambda f: _written_upwards(f, _as_python),
}
