"""Mathematics as people and formulas write it, `x²y + 2√z`, in the grammar of Python: `x**2*y + 2*sqrt(z)`.

Text goes in; Python's source comes out, with the place that each of its letters had in the text. A product without a
sign is read where nothing else can be meant, and refused where it would not be clear how far a / ^ or √ reaches.
"""

from __future__ import annotations

import keyword
import re
from collections.abc import Callable, Container
from typing import NamedTuple

from autograd.typeset.symbols import LATIN

__all__ = ["Refused", "translate"]

_HIGH = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻ⁿ", "0123456789-n")
_LOW = str.maketrans("₀₁₂₃₄₅₆₇₈₉ₕᵢⱼₖₗₘₙₒₚₛₜₓ", "0123456789hijklmnopstx")
_TYPED = {"·": "*", "⋅": "*", "×": "*", "÷": "/", "−": "-", "≥": ">=", "≤": "<="}
_ROOTS = {"√": "sqrt(", "∛": "cbrt("}
_CLOSING = {"(": ")", "[": "]", "|": "|", "⌊": "⌋", "⌈": "⌉"}
_CALLED = {"|": "abs(", "⌊": "floor(", "⌈": "ceil("}  # and what closes these is a round bracket in Python
_NO_PYTHON = {_CLOSING[sign] for sign in _CALLED}
_NO_LETTER = "".join(map(chr, [*_HIGH, *_LOW]))
_TOKEN = re.compile(
    rf"""(?P<space>\s+)
    | (?P<number>0[xX][0-9a-fA-F_]+ | 0[bB][01_]+ | 0[oO][0-7_]+ | ∞
        | (?:[0-9](?:_?[0-9])*\.?(?:[0-9](?:_?[0-9])*)? | \.[0-9](?:_?[0-9])*) (?:[eE][-+]?[0-9]+)?)
    | (?P<high>⁻?(?:[⁰¹²³⁴⁵⁶⁷⁸⁹]+|ⁿ))
    | (?P<name>[^\W0-9{_NO_LETTER}][^\W{_NO_LETTER}]*)(?P<low>[{_NO_LETTER[len(_HIGH) :]}]*)
    | (?P<power>\*\*|\^)
    | (?P<sign>[-+*/,<>=!≥≤·⋅×÷−:])
    | (?P<other>.)""",
    re.VERBOSE | re.DOTALL,
)
_RAISED_CALL = re.compile(r"(⁻?[⁰¹²³⁴⁵⁶⁷⁸⁹]+|ⁿ)?\s*\(")
_WHOLE = re.compile(r"\s*[-−]?[0-9]+(?![0-9.]|[eE][-+]?[0-9])")


class Refused(ValueError):
    """What is wrong, and from where to where in the text."""

    def __init__(self, message: str, start: int, end: int) -> None:
        super().__init__(message)
        self.start, self.end = start, end


def unclosed(text: str, place: int) -> Refused:
    """The error where a bracket that Python does not know is never closed."""
    return Refused(f"{text[place]!r} was never closed", place, place + 1)


class _Open(NamedTuple):
    """A bracket that is open: what closes it, whether of a call, of which exponent, the roots of it, what was bound."""

    closing: str
    call: bool
    exponent: str
    roots: str
    bound: bool
    place: int


def translate(text: str, functions: Container[str], known: Callable[[str], bool] | None) -> tuple[str, list[int]]:
    """Python's source, and the place of each of its letters in the text.

    `xy` is a product if it is not `known` but x and y are; None takes every name as one. Raises Refused.

    >>> translate("2x²√y", {"sqrt"}, None)[0]
    '2*x**2*sqrt(y)'
    """
    writer = _Translation(text, functions, known)
    for token in _TOKEN.finditer(text):
        getattr(writer, "name" if token["name"] else str(token.lastgroup))(token)
    writer.closed(len(text) - 1)
    for bracket in writer.brackets:
        if bracket.closing in _NO_PYTHON:
            raise unclosed(text, bracket.place)
    return "".join(writer.python), writer.places


class _Translation:
    """What has been read so far.

    - `last`: what kind of operand has just ended, at `end`; "" after a sign. `base`: the name that it is, if it is one.
    - `bound`: whether that operand follows a / or ^, so that it would not be clear how far these reach; `before`: the
      same before the last ^.
    - `roots`: what closes the roots whose operand comes next.
    - `call`: the exponent of a function, as in sin²(x), whose bracket comes next; None if no bracket does.
    """

    def __init__(self, text: str, functions: Container[str], known: Callable[[str], bool] | None) -> None:
        self.text, self.functions, self.known = text, functions, known
        self.python: list[str] = []
        self.places: list[int] = []
        self.brackets: list[_Open] = []
        self.last, self.end, self.bound, self.roots, self.base = "", 0, False, "", ""
        self.before = False
        self.call: str | None = None

    def write(self, python: str, place: int) -> None:
        """Python's source for what stands there in the text."""
        self.python.append(python)
        same = self.text.startswith(python, place)
        self.places += range(place, place + len(python)) if same else [place] * len(python)

    def ended(self, kind: str, end: int) -> None:
        """An operand has ended, and with it the roots of it."""
        self.write(self.roots, end - 1)
        if self.roots:
            kind = "rooted" if kind == "bracket" else "root"
        self.last, self.roots, self.end = kind, "", end

    def factor(self, start: int, end: int) -> None:
        """An operand begins: right after another one it is a factor, after a space Python refuses it."""
        if self.last and start == self.end:
            if self.bound or self.last == "root":
                raise Refused("it is not clear how far /, ^ or √ reaches; write brackets or *", start, end)
            self.write("*", start)

    # -- one method for each kind of token ------------------------------------------------------------------------

    def space(self, token: re.Match[str]) -> None:
        self.write(token[0], token.start())

    def number(self, token: re.Match[str]) -> None:
        if self.last and token.start() == self.end:
            raise Refused(f"a number as a factor is written *{token[0]}", *token.span())
        self.write("1e999" if token[0] == "∞" else token[0], token.start())
        self.ended("number", token.end())

    def high(self, token: re.Match[str]) -> None:
        if self.call is None:  # else it has been read with the function
            if self.last in ("", "high", "root", "rooted"):
                raise Refused("it is not clear what is raised; write brackets, as in (√x)²", *token.span())
            self.write("**" + token[0].translate(_HIGH), token.start())
            self.last, self.end = "high", token.end()

    def name(self, token: re.Match[str]) -> None:
        word, place = token["name"], token.start()
        if keyword.iskeyword(word):
            if word not in ("if", "else"):
                raise Refused(f"{word} is a word of the Python language; choose another name", *token.span())
            self.bound = False
            self.other(token, f" {word} ")
            return
        if word == "mod" and self.last:  # between two operands
            self.bound = True
            self.other(token, " % ")
            return
        call = _RAISED_CALL.match(self.text, token.end()) if not token["low"] else None
        if call is not None and (call[1] is None or word in self.functions):
            self.factor(*token.span())
            if (exponent := call[1] or "").startswith("⁻"):
                raise Refused(f"{word}{exponent} may be an inverse; write 1/{word}(x) or its name", place, call.end())
            self.write(word, place)
            self.call = "**" * bool(exponent) + exponent.translate(_HIGH)
            return
        for i, part in enumerate(self.parts(word, token["low"]), start=place):
            self.factor(i, token.end())
            self.write(part, i)
            self.last, self.end, self.base = "name", i + 1, part
        self.ended("name", token.end())

    def parts(self, word: str, low: str) -> list[str]:
        """The factors in a word, if it is no name but its letters are."""
        letters = [*word[:-1], _name_read(word[-1], low)]
        known = self.known
        if known is not None and not self.roots and not known(_name_read(word, low)) and all(map(known, letters)):
            return letters
        return [_name_read(word, low)]

    def power(self, token: re.Match[str]) -> None:
        if self.last in ("high", "root", "rooted"):
            raise Refused("it is not clear what is raised; write brackets, as in (x²)**3", *token.span())
        exponent = _WHOLE.match(self.text, token.end())
        if token[0] == "^" and exponent is not None and (self.last, self.base) != ("name", "e"):
            power = exponent[0].strip()[:9]
            raise Refused(f"write x**{power}, not x^{power}", *token.span())
        self.closed(token.start())
        self.write("**", token.start())
        self.last, self.bound, self.before = "", True, self.bound

    def sign(self, token: re.Match[str]) -> None:
        sign = _TYPED.get(token[0], token[0])
        if self.last or sign not in ("+", "-"):
            self.bound = sign == "/"
        self.other(token, sign)

    def other(self, token: re.Match[str], python: str = "") -> None:
        sign, place = token[0], token.start()
        closing = self.brackets[-1].closing if self.brackets else ""
        if sign in _ROOTS:
            self.factor(*token.span())
            self.write(_ROOTS[sign], place)
            self.last, self.roots = "", self.roots + ")"
        elif sign in _CLOSING and not (sign == "|" == closing and self.last):
            self.open(sign, place)
        elif sign == closing:
            bracket = self.brackets.pop()
            self.write(sign if sign in ")]" else ")", place)
            self.bound, self.roots = bracket.bound, bracket.roots
            self.write(bracket.exponent, place)
            self.ended("high" if bracket.exponent else "call" if bracket.call else "bracket", token.end())
        else:
            self.closed(place)
            if sign in ")]" and closing in _NO_PYTHON:
                raise unclosed(self.text, self.brackets[-1].place)
            self.write(python or sign, place)
            self.last = ""

    def open(self, sign: str, place: int) -> None:
        """A bracket or a bar begins."""
        if self.call is None and (sign != "[" or self.last == "number"):  # x[0] is for Python to read
            self.factor(place, place + 1)
        bound = self.before if self.python[-1:] == ["**"] and self.call is None else self.bound  # e^(x)(y) is clear
        self.brackets.append(_Open(_CLOSING[sign], self.call is not None, self.call or "", self.roots, bound, place))
        self.write(_CALLED.get(sign, sign), place)
        self.last, self.bound, self.roots, self.call = "", False, "", None

    def closed(self, end: int) -> None:
        """Raise Refused where a root has no operand."""
        if self.roots:
            raise Refused("a root is written √x or √(x + 1)", end, end + 1)


def _name_read(word: str, low: str) -> str:
    """A name in Python: x1 for x₁, x_i for xᵢ, theta_1 for θ₁."""
    index = low.translate(_LOW)
    word = LATIN.get(word, word) if index else word
    return f"{word}_{index}" if index and not (index.isdigit() and len(word) == 1 and word.isascii()) else word + index
