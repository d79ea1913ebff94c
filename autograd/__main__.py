"""The command line: differentiates an expression, checks each derivative numerically, and draws the diagram."""

from __future__ import annotations

import argparse
import keyword
import math
import os
import re
import sys
import textwrap
import unicodedata
from collections.abc import Callable, Collection, Sequence
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import NoReturn

from autograd.arithmetic import DomainError
from autograd.commandline import invoked, run, spoken
from autograd.expression import Expression, ExpressionError, known_functions, short
from autograd.formula import MAX_SYMBOLS, derivation, symbol_text
from autograd.gradcheck import check
from autograd.paths import paths
from autograd.saved import ENDINGS, PAGE, save_expression
from autograd.typeset.symbols import unused
from autograd.value import Value

EXAMPLE = 'python -m autograd "cos(x**2 * y) + x**2 * sqrt(z)" x=1 y=2 z=4 --save chain_rule.html'
MOST_WRITTEN = 10  # of a derivative that is written as a formula


def main(arguments: Sequence[str]) -> None:
    """Do what the command line asks; bad input ends in one line on stderr and exit status 2."""
    parser = _parser()
    # A blank before an expression such as -x**2 or --x tells it from an option.
    signed = [f" {a}" if a.startswith("-") and not re.match(r"-h$|--$|--[a-z]{2,}(=|$)", a) else a for a in arguments]
    asked = parser.parse_intermixed_args(signed)
    try:
        f = Expression(asked.expression)
        leaves = {name: Value(x, name) for name, x in _assignments(asked.variables).items()}
        files = _files(asked, leaves)
        y = f(**leaves)
    except (ExpressionError, DomainError, _BadInput) as error:
        parser.error(error)
    root = y if isinstance(y, Value) else Value(y)
    print(*_report(f, leaves, root), sep="\n")
    before = "\n"
    for path in files:
        try:
            said = save_expression(path, f, leaves, root, asked.partials, asked.quiz, asked.train)
        except (ValueError, ImportError, RuntimeError) as error:  # too large, not installed, or no program
            parser.error(error)
        except OSError as error:
            parser.error(_cannot_write(path, error.strerror))
        print(f"{before}{path} {said}.")
        before = ""


# -- what is asked --------------------------------------------------------------------------------------------


class _BadInput(ValueError):
    """What is asked cannot be done."""


class _Unwritable(_BadInput):
    """A file cannot be written; people need its whole name, which systems limit."""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str | Exception) -> NoReturn:
        """One line on stderr and exit status 2; a person also sees the place in the expression."""
        print(end="", flush=True)
        hint = f"; see {self.prog} --help" if isinstance(message, str) else ""
        said = str(message) if isinstance(message, _Unwritable) else short(str(message))
        notes = getattr(message, "__notes__", []) if sys.stderr.isatty() else []
        self.exit(2, "\n".join([f"{spoken('autograd')}: error: {said}{hint}", *notes]) + "\n")


def _parser() -> _Parser:
    names = " ".join(sorted({op.name for op in known_functions().values()}))
    parser = _Parser(
        prog=invoked("autograd"),
        description="Prints the value of an expression and its partial derivatives, each with a numerical check,\n"
        "and draws how the value is computed.",
        epilog=f"example:\n  {EXAMPLE}\n\nfunctions, besides where(x > 0, a, b):\n"
        + textwrap.fill(names, 88, initial_indent="  ", subsequent_indent="  "),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("expression", metavar="EXPRESSION", help="numbers, names, + - * / **, pi, e and functions")
    parser.add_argument("variables", metavar="NAME=NUMBER", nargs="*", help="such as x=1, x=-2.5e3 or x=pi/2")
    parser.add_argument("--svg", metavar="FILE", type=Path, help="write the dataflow diagram to this file")
    parser.add_argument(
        "--save",
        metavar="FILE",
        type=Path,
        action="append",
        default=[],
        help="write what the ending says: .html a live page, .svg .png .pdf .tex the diagram, .py .c .js a program; "
        "can be given several times",
    )
    parser.add_argument("--quiz", action="store_true", help="on the page the gradients are to be guessed")
    parser.add_argument(
        "--train", metavar="NAME", action="append", default=[], help="on the page this variable steps downhill"
    )
    parser.add_argument(
        "--partials",
        choices=["symbols", "numbers", "both"],
        default="symbols",
        help="how the diagram writes the local partial derivatives (default: %(default)s)",
    )
    parser.add_argument("--version", action="version", version=_version())
    return parser


def _version() -> str:
    try:
        return f"scalar-autograd {version('scalar-autograd')}"
    except PackageNotFoundError:
        return "scalar-autograd (not installed)"


def _assignments(texts: Sequence[str]) -> dict[str, float]:
    """`["x=1", "y=pi/2"]` as names and numbers."""
    variables: dict[str, float] = {}
    for text in texts:
        name, equals, number = text.partition("=")
        name = unicodedata.normalize("NFKC", name.strip())  # as Python reads names
        if not equals or not name.isidentifier() or keyword.iskeyword(name):
            raise _BadInput(f"a variable is given as NAME=NUMBER, such as x=1, got {text.strip()!r}")
        if name in variables:
            raise _BadInput(f"{name} is given twice")
        try:
            x = float(Expression(number)())
        except (ExpressionError, DomainError):
            x = math.nan
        if not math.isfinite(x):
            raise _BadInput(f"a variable is a finite number, such as 1, -2.5e3 or pi/2, got {text.strip()!r}")
        variables[name] = x
    return variables


def _files(asked: argparse.Namespace, leaves: Collection[str]) -> list[Path]:
    """The files to be written; says before any work is done what cannot be."""
    if asked.svg is not None and asked.svg.suffix.lower() != ".svg":
        raise _BadInput(f"the picture is an SVG, so its name ends in .svg, got {str(asked.svg)!r}")
    files = [*([asked.svg] if asked.svg is not None else []), *asked.save]
    for path in files:
        if path.suffix.lower() not in ENDINGS:
            raise _BadInput(f"a file is saved as {', '.join(ENDINGS)}, got {str(path)!r}")
        if os.path.isdir(path):
            raise _cannot_write(path, "it is a folder")
        if not os.path.isdir(path.parent):
            raise _cannot_write(path, f"there is no folder {str(path.parent)!r}")
        if not os.access(path.parent, os.W_OK):
            raise _cannot_write(path, f"the folder {str(path.parent)!r} is read-only")
    if (asked.quiz or asked.train) and all(path.suffix.lower() != PAGE for path in files):
        raise _BadInput("--quiz and --train are for a page, such as --save chain_rule.html")
    if missing := [name for name in asked.train if name not in leaves]:
        raise _BadInput(f"--train takes a variable that is given, such as x, got {missing[0]!r}")
    return files


def _cannot_write(path: Path, reason: str | None) -> _Unwritable:
    return _Unwritable(f"cannot write {str(path)!r}: {reason}")


# -- what is printed ------------------------------------------------------------------------------------------


def _report(f: Expression, leaves: dict[str, Value], root: Value) -> list[str]:
    """The expression with its value, the table of its partial derivatives, and these as formulas."""
    result = next(unused(("f", "result"), leaves))
    written = f.formula.text if f.formula.size <= MAX_SYMBOLS else f.text
    lines = [f"{result} = {_printable(written, f.text)} = {root.data:.10g}"]
    if not leaves:
        return lines
    root.backward()
    rows = [("variable", " value", " partial derivative", " numerical check", "")]
    for name, leaf in leaves.items():
        partial = 0.0 if leaf.grad is None else leaf.grad  # None: the value does not depend on it
        found = _compare(_along(f, leaves, name), leaf.data, partial)
        rows.append((_printable(symbol_text(name), name), f"{leaf.data: .10g}", f"{partial: .10g}", *found))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines += ["", *("  ".join(map(str.ljust, row, widths)).rstrip() for row in rows), ""]
    return lines + [_chain_rule(root, leaf, result, name) for name, leaf in leaves.items()]


def _chain_rule(root: Value, leaf: Value, result: str, name: str) -> str:
    """The derivative with respect to `leaf` in symbols, unless it is too long to read."""
    quotient, plain = f"∂{result}/∂{symbol_text(name)}", f"d{result}/d{name}"
    if (count := paths(root, leaf).count) <= MOST_WRITTEN:
        symbols = derivation(root, leaf).symbols
        if symbols.size <= MAX_SYMBOLS:
            return _printable(f"{quotient} = {symbols.text}", f"{plain} = {symbols.python}")
    rest = f" (paths: {count:,}) is too long to be written out"
    return _printable(quotient + rest, plain + rest)


def _printable(text: str, otherwise: str) -> str:
    """`text` if the terminal knows its letters; shortened if it is too long to read."""
    try:
        text.encode(getattr(sys.stdout, "encoding", None) or "utf-8")  # None: a StringIO
    except UnicodeEncodeError:
        text = otherwise
    return text if len(text) <= 1000 else text[:997] + "..."


# -- the numerical check --------------------------------------------------------------------------------------


def _along(f: Expression, leaves: dict[str, Value], name: str) -> Callable[[float], list[float]]:
    """`f` as a function of one variable, computed with floats alone."""
    at = {other: leaf.data for other, leaf in leaves.items()}
    return lambda x: [float(f(**at | {name: x}))]


def _compare(f: Callable[[float], list[float]], x: float, partial: float) -> tuple[str, str]:
    """The slope of `f` at `x`, measured on its values alone, and what it says about `partial`."""
    (found,) = check(f, x, [partial])
    if found.verdict == "cannot tell":
        return " none", f"cannot tell: {found.reason}"
    slope, off = f"{found.slope.value: .10g}", abs(found.slope.value - partial)
    if found.verdict == "wrong":
        return slope, f"DIFFERS by {off:.1g}" if math.isfinite(partial) else "DIFFERS"
    return slope, f"agrees to {math.floor(-math.log10(max(off / abs(partial), 1e-15)))} digits" if partial else "agrees"


console = partial(run, "autograd", main)  # the script `scalar-autograd`

if __name__ == "__main__":
    console()
