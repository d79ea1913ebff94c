"""Formulas: numbers that are only written down, and the notations they are written in."""

from autograd.formula.formula import MAX_SYMBOLS, Formula, same
from autograd.formula.graphs import Derivation, derivation, formula, local_partials
from autograd.formula.notation import decimal
from autograd.formula.symbols import symbol_tex, symbol_text

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
