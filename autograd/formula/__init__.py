"""Formulas: numbers that are only written down, and the notations they are written in."""

from autograd.formula.graphs import Derivation, along, derivation, formula, local_partials
from autograd.formula.notation import decimal
from autograd.formula.vectors import inner
from autograd.formula.written import MAX_SYMBOLS, Formula, definition, same
from autograd.typeset.symbols import symbol_tex, symbol_text

__all__ = [
    "MAX_SYMBOLS",
    "Derivation",
    "Formula",
    "along",
    "decimal",
    "definition",
    "derivation",
    "formula",
    "inner",
    "local_partials",
    "same",
    "symbol_tex",
    "symbol_text",
]
