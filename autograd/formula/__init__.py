"""Formulas: numbers that are only written down, and the notations they are written in."""

from autograd.formula.graphs import Derivation, derivation, formula, local_partials
from autograd.formula.notation import decimal
from autograd.formula.symbols import symbol_tex, symbol_text
from autograd.formula.written import MAX_SYMBOLS, Formula, same

__all__ = [
    "MAX_SYMBOLS",
    "Derivation",
    "Formula",
    "decimal",
    "derivation",
    "formula",
    "local_partials",
    "same",
    "symbol_tex",
    "symbol_text",
]
