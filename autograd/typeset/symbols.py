"""How a label is written where mathematics is: `x1` as x with index 1, `theta` as the Greek letter."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain, count
from typing import NamedTuple

__all__ = ["ATOM", "LOOSE", "POWER", "PRODUCT", "SUM"]
__all__ += [
    "LATIN",
    "SUPERSCRIPTS",
    "Symbol",
    "binding",
    "bold",
    "escaped",
    "symbol",
    "symbol_tex",
    "symbol_text",
    "taken_by",
    "unescaped",
    "unused",
]

LOOSE, SUM, PRODUCT, POWER, ATOM = range(5)  # how closely a part of a formula holds together: `a if b else c`, ..., `a`

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
    "Gamma": "Γ",
    "Delta": "Δ",
    "Theta": "Θ",
    "Lambda": "Λ",
    "Xi": "Ξ",
    "Pi": "Π",
    "Sigma": "Σ",
    "Phi": "Φ",
    "Psi": "Ψ",
    "Omega": "Ω",
}
LATIN = {letter: name for name, letter in _GREEK.items()}
SUPERSCRIPTS = str.maketrans("0123456789-+()kmn", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺⁽⁾ᵏᵐⁿ")
_SUBSCRIPTS = str.maketrans("0123456789+-hijklmnopstx", "₀₁₂₃₄₅₆₇₈₉₊₋ₕᵢⱼₖₗₘₙₒₚₛₜₓ", "_{}")
_LATIN = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
_BOLD = dict(zip(_LATIN, (chr(0x1D400 + (i + 26) % 52) for i in range(52)), strict=True))  # 𝐱 for a vector x
_LETTERS = {letter: plain for plain, letter in _BOLD.items()}
_PART = r"[^{}\\$&#%~^_]"
_INDEX = rf"(?:[A-Za-z]|[0-9]+|\{{(?:{_PART}|_[A-Za-z0-9]|_\{{{_PART}*\}})*\}})"  # i, {i,j}, {n_k}, {n_{k+1}}
_SYMBOL = re.compile(rf"([A-Za-z𝐀-𝐳]|{'|'.join(_GREEK)})(?:_({_INDEX}))?(?:\^({_INDEX}))?")


class Symbol(NamedTuple):
    """A symbol taken apart: `w_{i,1}^{(k)}` is w with the indices i and 1, and (k) on top."""

    letter: str
    indices: tuple[str, ...]
    top: str

    @property
    def label(self) -> str:
        """The symbol as one label."""
        low = f"_{{{','.join(self.indices)}}}" if self.indices else ""
        return self.letter + low + (f"^{{{self.top}}}" if self.top else "")


def symbol(label: str) -> Symbol | None:
    """A label taken apart, or None if it is no symbol.

    >>> symbol("w_{i,1}^{(k)}"), symbol("x2"), symbol("age")
    (Symbol(letter='w', indices=('i', '1'), top='(k)'), Symbol(letter='x', indices=('2',), top=''), None)
    """
    if (numbered := re.fullmatch(r"([A-Za-z])([0-9]+)", label)) is not None:
        return Symbol(numbered[1], (numbered[2],), "")
    if (found := _SYMBOL.fullmatch(label)) is None:
        return None
    letter, low, high = found.groups()
    return Symbol(letter, tuple(_without_braces(low).split(",")) if low else (), _without_braces(high or ""))


def _without_braces(index: str) -> str:
    return index[1:-1] if index.startswith("{") else index


def bold(label: str) -> str:
    """The label with its letter bold, as vectors are written; one that is no single letter stays as it is.

    >>> bold("w_i^{(k)}")
    '𝐰_{i}^{(k)}'
    """
    found = symbol(label)
    return found._replace(letter=_BOLD.get(found.letter, found.letter)).label if found else label


def symbol_tex(label: str) -> str:
    r"""A label in TeX: `x`, `x1`, `theta` and `w_{1,2}^{(1)}` as mathematics, anything else as upright text.

    >>> symbol_tex("theta_1"), symbol_tex("x12"), symbol_tex("age & sex")
    ('\\theta_{1}', 'x_{12}', '\\text{age \\& sex}')
    """
    if (found := symbol(label)) is None:
        return rf"\text{{{escaped(label)}}}"
    letter, indices, top = found
    tex = f"\\{letter}" if letter in _GREEK else letter
    if letter in _LETTERS:
        tex = rf"\mathbf{{{_LETTERS[letter]}}}"
    return tex + (f"_{{{','.join(indices)}}}" if indices else "") + (f"^{{{top}}}" if top else "")


_ESCAPES = {"\\": r"\textbackslash{}", "^": r"\textasciicircum{}", "~": r"\textasciitilde{}"}


def escaped(text: str) -> str:
    r"""The text for `\text{...}` in TeX: `50%` as `50\%`."""
    return re.sub(r"[\\{}$&#%_^~]", lambda sign: _ESCAPES.get(sign[0], "\\" + sign[0]), text)


def unescaped(tex: str) -> str:
    r"""The letters that TeX shows for what stands in `\text{...}`: `escaped` the other way.

    >>> unescaped(r"50\% \textbackslash{}")
    '50% \\'
    """
    return re.sub(r"\\(?:text\w+\{\}|(.))", lambda m: m[1] or _LITERAL[m[0]], tex)


_LITERAL = {escape: letter for letter, escape in _ESCAPES.items()}


def symbol_text(label: str) -> str:
    """A label in Unicode.

    >>> symbol_text("w_{1,2}^{(1)}"), symbol_text("theta"), symbol_text("x1"), symbol_text("x^T")
    ('w₁,₂⁽¹⁾', 'θ', 'x₁', 'x^T')
    """
    if (found := symbol(label)) is None:
        return label
    letter, indices, top = found
    low = _small(",".join(indices), "_", _SUBSCRIPTS)
    return _GREEK.get(letter, letter) + low + _small(top, "^", SUPERSCRIPTS)


def _small(text: str, sign: str, letters: Mapping[int, int | None]) -> str:
    """An index in small letters; behind its sign where Unicode lacks one of these: without it x^y would be xy."""
    if all(ord(letter) in letters or letter == "," for letter in text):
        return text.translate(letters)
    return sign + (text if len(text) == 1 else f"{{{text}}}")


# -- labels in formulas ---------------------------------------------------------------------------------------


def binding(label: str) -> int:
    """How closely a label holds together: one that is an expression needs parentheses in a product, say.

    >>> [binding(label) == as_ for label, as_ in [("a + b", SUM), ("learning rate", PRODUCT), ("f((a + b))", ATOM)]]
    [True, True, True]
    """
    if (found := symbol(label)) is not None:
        return POWER if found.top else ATOM
    if re.fullmatch(_NUMBER, label):
        return ATOM
    outside = _without_brackets(label)
    if outside is None or re.match(r"\s*[-+−±]", outside) or re.search(r"[<>=≤≥≠,;:]|\b(?:if|else)\b", outside):
        return LOOSE
    for operators, precedence in ((r"[-+−±–]", SUM), (r"\s|[/·×÷⋅]|(?<!\*)\*(?!\*)|%.*\w|^\d[\d.]*[^\W\d]", PRODUCT)):
        if re.search(operators, outside):
            return precedence
    return ATOM if re.fullmatch(rf"[\w.']*(?:[\w.'](?<![{_RAISED}]))", outside) else POWER


_NUMBER = r"\d+(?:\.\d*)?(?:e[-+]?\d+)?|\.\d+(?:e[-+]?\d+)?"
_RAISED = "⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺⁽⁾ᵏᵐⁿ"


def _without_brackets(label: str) -> str | None:
    """A label with a letter for all that stands in brackets; None if they do not match."""
    closing: list[str] = []
    kept = []
    for letter in label:
        if letter in _BRACKETS:
            if not closing:
                kept.append("_")
            closing.append(_BRACKETS[letter])
        elif letter in _BRACKETS.values():
            if not closing or closing.pop() != letter:
                return None
        elif not closing:
            kept.append(letter)
    return None if closing else "".join(kept)


_BRACKETS = {"(": ")", "[": "]", "{": "}"}


def taken_by(labels: Iterable[str | None]) -> frozenset[str]:
    """The letters of constants that are also the text of a label.

    >>> sorted(taken_by(["x", "pi", "e"]))
    ['e', 'π']
    """
    return frozenset("eπ").intersection(symbol_text(label) for label in labels if label is not None)


def unused(names: Iterable[str], labels: Iterable[str | None]) -> Iterator[str]:
    """The names among `names`, then among f_1, f_2, ..., that look like no label.

    >>> next(unused(["f", "g"], ["f"])), next(unused(["v1", "v2"], ["v_{1}", None]))
    ('g', 'v2')
    """
    taken = {symbol_text(label) for label in labels if label is not None}
    return (name for name in chain(names, map("f_{}".format, count(1))) if symbol_text(name) not in taken)
