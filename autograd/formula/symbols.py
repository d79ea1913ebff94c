"""How a label is written where mathematics is: `x1` as x with index 1, `theta` as the Greek letter."""

from __future__ import annotations

import re

__all__ = ["SUPERSCRIPTS", "symbol_tex", "symbol_text"]

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
SUPERSCRIPTS = str.maketrans("0123456789-+()n", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺⁽⁾ⁿ")
_SUBSCRIPTS = str.maketrans("0123456789ijknmx", "₀₁₂₃₄₅₆₇₈₉ᵢⱼₖₙₘₓ")
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
    scripts = (low or "").strip("{}").translate(_SUBSCRIPTS) + (high or "").strip("{}").translate(SUPERSCRIPTS)
    return _GREEK.get(name, name) + scripts
