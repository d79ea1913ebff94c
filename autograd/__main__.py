"""The command line: differentiates an expression, checks every derivative numerically, and draws the diagram."""

from __future__ import annotations

import argparse
import keyword
import math
import os
import sys
import unicodedata
from collections.abc import Callable, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import NoReturn

from autograd.arithmetic import DomainError, ieee
from autograd.expression import Expression, ExpressionError
from autograd.formula import MAX_SYMBOLS, symbol_text
from autograd.gradcheck import central_difference
from autograd.ops import as_float
from autograd.value import Value

EXAMPLE = """\
example:
  python -m autograd "cos(x**2 * y) + x**2 * sqrt(z)" x=1 y=2 z=4 --svg chain_rule.svg

An expression is made of numbers, names, + - * / **, pi, e, where(x > 0, a, b) and calls of
functions: {functions}.
"""


def main(arguments: Sequence[str]) -> int:
    """Run the command line with these arguments; gives the exit status 0, or exits with 2 and one line on stderr."""
    parser = _parser()
    # An expression may begin with a minus. A blank before it tells it from an option.
    asked = parser.parse_intermixed_args([f" {a}" if a[:1] == "-" and a[:2] != "--" and a != "-h" else a for a in arguments])
    try:
        expression = Expression(asked.expression)
        variables = _variables(asked.variables)
        if asked.svg is not None:
            _check_writable(asked.svg)
        leaves = {name: Value(x, name) for name, x in variables.items()}
        y = expression(**leaves)
        _print_table(expression, leaves, y if isinstance(y, Value) else Value(y))
        if asked.svg is not None:
            _draw(y if isinstance(y, Value) else Value(y), asked.partials, asked.svg)
    ...
