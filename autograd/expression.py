"""An expression as text: parsed by Python's grammar, never run by Python, and read in any kind of number.

It may be written as in Python or as a Formula writes itself (see `reading`). The text is read as rules are (see `ops`):
with floats it returns a float, with Values a Value, with Formulas a Formula.
"""

from __future__ import annotations

import ast
import math
import operator
import re
from collections.abc import Callable, Generator, Iterable, Mapping
from difflib import get_close_matches
from typing import Any, NamedTuple

import autograd
from autograd import ops
from autograd.arithmetic import number
from autograd.formula import Formula, symbol_text
from autograd.ops import Op
from autograd.reading import Refused, translate

__all__ = ["CONSTANTS", "Expression", "ExpressionError", "known_functions", "short"]

CONSTANTS = {"pi": math.pi, "e": math.e}
_OPERATORS: dict[type[ast.AST], Callable[..., Any]] = {
    ast.Add: ops.add,
    ast.Sub: ops.sub,
    ast.Mult: ops.mul,
    ast.Div: ops.div,
    ast.Mod: ops.mod,
    ast.FloorDiv: ops.floordiv,
    ast.Pow: lambda x, y: ops.exp(y) if isinstance(x, float) and x == math.e else ops.pow(x, y),
    ast.USub: ops.neg,
    ast.UAdd: lambda x: x,
}
_RELATIONS: dict[type[ast.AST], Callable[[Any, Any], Any]] = {
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
}
_REFUSAL = "not part of an expression, which is made of numbers, names, + - * / ** and calls of functions"


_LONGEST = 240  # characters of an error, around which some more stand on the command line


class ExpressionError(ValueError):
    """A text that is no expression, or that lacks the value of a variable; a note points at the place."""

    def __init__(self, message: str) -> None:
        super().__init__(short(message))


def short(message: str) -> str:
    """A message short enough to read: the beginning and the end of a long one."""
    return message if len(message) <= _LONGEST else f"{message[: _LONGEST - 80]}…{message[-79:]}"


class Expression:
    """A text such as `"cos(x**2 * y) + x**2 * sqrt(z)"` as a function of its variables.

    It may use `+ - * / ** % //`, `CONSTANTS`, the functions of the table (`known_functions`), and lists where a
    function takes vectors, as in `dot([a, b], [x, y])`. It may use `where(x > 0, a, b)`, of which only the branch taken
    is read. It may also be what a Formula writes: `2x²y`, `√z`, `|x|`, `x₁`, `a if x > 0 else b`, `[x > 0]`, `⌊x⌋`, `x
    mod y`.

    - `text`: the text itself.
    - `names`: its variables and constants, in the order in which they are first read.
    - `formula`: the expression as a `Formula`.

    Raises ExpressionError if the text is anything else.

    >>> f = Expression("x**2 * sin(y)")
    >>> f.names, f.formula.text
    (('x', 'y'), 'x²·sin(y)')
    >>> f(x=2.0, y=math.pi / 2)
    4.0
    """

    def __init__(self, text: str) -> None:
        self.text = re.sub(r"\s", " ", text).strip()
        self._parsed = _parse(self.text)
        self.formula, self.names = self._parsed.symbols()

    def __call__(self, /, **variables: Any) -> Any:
        """The value for these variables, in their kind of number: floats, Values or Formulas.

        A variable may have the name of a constant, which it then replaces. Raises ExpressionError where one is missing,
        DomainError outside the domain of a function.
        """
        known, parsed = CONSTANTS | variables, self._parsed
        if not known.keys() >= {*self.names}:
            known, parsed = self._written_otherwise(known)
        return parsed.read(known, number)

    def _written_otherwise(self, known: dict[str, Any]) -> tuple[dict[str, Any], _Parsed]:
        """Variables and parsed text where names are written otherwise: θ for theta, x₁ for x_1, or xy for x times y."""
        written: dict[str, list[str]] = {}
        for name in known:
            written.setdefault(symbol_text(name), []).append(name)
        same = {name: known[alone] for name, (alone, *others) in written.items() if not others}
        rows = known_functions()
        parsed = _parse(self.text, lambda name: name in known or symbol_text(name) in same or name in rows)
        for name in parsed.symbols()[1]:
            if name not in known and symbol_text(name) not in same:
                cure = f"it is a function: {name}(...)" if name in rows else f"give it one, as in {name}=1"
                raise ExpressionError(f"{name} has no value; {cure}{_similar(name, known)}")
            known = {name: same.get(symbol_text(name)), **known}
        return known, parsed


def known_functions() -> dict[str, Op]:
    """The functions that an expression may call: the public ones of the table and the user's own (`custom`).

    By their names and by those of mathematicians.

    >>> known_functions()["ln"] is known_functions()["log"]
    True
    """
    rows = [op for name, op in ops.TABLE.items() if hasattr(autograd, name) or not hasattr(ops, name)]
    return {op.symbol: op for op in rows} | {op.name: op for op in rows}


class _Symbols(dict[str, Formula]):
    """Every name as a symbol."""

    def __missing__(self, name: str) -> Formula:
        self[name] = Formula(name)
        return self[name]


# -- parsing --------------------------------------------------------------------------------------------------


class _Parsed(NamedTuple):
    """An expression taken apart: its text, the same in Python, the place of each letter of that, and its tree."""

    text: str
    python: str
    places: list[int]
    tree: ast.expr

    def read(self, names: Mapping[str, Any], constant: Callable[[float], Any]) -> Any:
        """The expression read, given what its names and numbers stand for."""
        return _without_recursion(_Reader(self, names, constant).read(self.tree))

    def symbols(self) -> tuple[Formula, tuple[str, ...]]:
        """The expression as a Formula, which finds whatever is not part of one, and its names."""
        symbols = _Symbols()
        return Formula.of(self.read(symbols, Formula.of)), tuple(symbols)


def _parse(text: str, known: Callable[[str], bool] | None = None) -> _Parsed:
    if not text:
        raise ExpressionError("the expression is empty; write one such as 'x**2 * sin(y)'")
    if (found := re.search(r"[#\\\0\ud800-\udfff]", text)) is not None:
        raise _error(_REFUSAL, text, *found.span())
    try:
        python, places = translate(text, known_functions(), known)
    except Refused as refused:
        raise _error(str(refused), text, refused.start, refused.end) from None
    try:
        return _Parsed(text, python, places, ast.parse(python, mode="eval").body)
    except SyntaxError as error:
        message = error.msg.partition(";")[0].partition(". ")[0]  # without advice on the rest of Python
        start = [*places, len(text)][min(error.offset - 1, len(places))] if error.offset else len(text)
        raise _error(message, text, start, start + 1) from None
    except (MemoryError, RecursionError):
        raise ExpressionError("the expression is nested too deeply; a long sum is written sum([a, b, ...])") from None


def _error(message: str, text: str, start: int, end: int) -> ExpressionError:
    rest = text[start:] if len(text) - start <= 20 else text[start : start + 17] + "..."
    error = ExpressionError(f"{message} ({f'at {rest!r}, character {start + 1}' if rest else 'at the end'})")
    before, after = text[max(start - 40, 0) : start], text[start : start + 40]
    line = "".join(letter if letter.isprintable() else " " for letter in before + after)
    error.add_note(f"  {line}\n  {' ' * len(before)}{'^' * max(min(end - start, len(after)), 1)}")
    return error


def _similar(name: str, names: Iterable[str]) -> str:
    matches = get_close_matches(name, names, n=1)
    return f"; did you mean {matches[0]}?" if matches else ""


# -- reading --------------------------------------------------------------------------------------------------

Stepwise = Generator["Stepwise", Any, Any]  # a call `y = f(x)` is written `y = yield f(x)`


def _without_recursion(task: Stepwise) -> Any:
    """What a task returns, however deep its calls go."""
    calls, result = [task], None
    while calls:
        try:
            calls.append(calls[-1].send(result))
            result = None
        except StopIteration as returned:
            calls.pop()
            result = returned.value
    return result


class _Reader:
    """Reads the parts of an expression, given what its names and numbers stand for."""

    def __init__(self, parsed: _Parsed, names: Mapping[str, Any], constant: Callable[[float], Any]) -> None:
        self.parsed = parsed
        self.names = names
        self.constant = constant
        self.functions = known_functions()

    def read(self, node: ast.expr) -> Stepwise:
        match node:
            case ast.Constant(value=int() | float() as x):
                return self.constant(x)
            case ast.Name():
                return self.names[node.id]
            case ast.UnaryOp() if operation := _OPERATORS.get(type(node.op)):
                return operation((yield self.read(node.operand)))
            case ast.BinOp() if operation := _OPERATORS.get(type(node.op)):
                left = yield self.read(node.left)
                return operation(left, (yield self.read(node.right)))
            case ast.Call(func=ast.Name(id="where"), args=[ast.Compare() as test, a, b], keywords=[]):
                return (yield self.choice(test, a, b))
            case ast.IfExp(test=ast.Compare() as test, body=a, orelse=b):
                return (yield self.choice(test, a, b))
            case ast.List(elts=[ast.Compare() as test]):
                return (yield self.choice(test, ast.Constant(1), ast.Constant(0)))
            case ast.Call(func=ast.Name(id=name), args=arguments, keywords=[]) if op := self.functions.get(name):
                self.check(op, node)
                xs = []
                for argument in arguments:
                    xs.append((yield self.vector(argument) if isinstance(argument, ast.List) else self.read(argument)))
                return op(*xs)
        raise self.refusal(node)

    def choice(self, test: ast.Compare, a: ast.expr, b: ast.expr) -> Stepwise:
        if len(test.ops) > 1 or (compare := _RELATIONS.get(type(test.ops[0]))) is None:
            raise self.error("a condition is one comparison, by > >= < or <=", test)
        left = yield self.read(test.left)
        condition = compare(left, (yield self.read(test.comparators[0])))
        if not isinstance(condition, Formula):
            return (yield self.read(a if condition else b))
        first = yield self.read(a)
        return ops.where(condition, first, (yield self.read(b)))

    def vector(self, node: ast.List) -> Stepwise:
        entries = []
        for entry in node.elts:
            entries.append((yield self.read(entry)))  # a comprehension cannot yield
        return entries

    def check(self, op: Op, call: ast.Call) -> None:
        lengths = [len(x.elts) for x in call.args if isinstance(x, ast.List)]
        if [isinstance(x, ast.List) for x in call.args] != [i < op.vectors for i in range(op.arity)]:
            shape = ", ".join(["[a, b, ...]"] * op.vectors + ["x", "y"][: op.arity - op.vectors])
            raise self.error(f"{op.name} is called as {op.name}({shape})", call)
        if len(set(lengths)) > 1:
            raise self.error(
                f"{op.name} needs lists of one length, got {' and '.join(map(str, lengths))} numbers", call
            )

    def refusal(self, node: ast.expr) -> ExpressionError:
        match node:
            case ast.Call(func=ast.Constant() | ast.BinOp() | ast.UnaryOp() | ast.Call()):
                return self.error("a product is written with *, as in 2*(x + 1)", node)
            case ast.Call(func=ast.Name(id="where")) | ast.IfExp():
                return self.error("where is called as where(x > 0, a, b), with one of > >= < <=", node)
            case ast.Call(func=ast.Name(id=name)) if name not in self.functions:
                cure = _similar(name, [*self.functions, "where"]) if len(name) > 1 else f"; a product is {name}*(...)"
                return self.error(f"there is no function {name}{cure}", node.func)
        return self.error(_REFUSAL, node)

    def error(self, message: str, node: ast.expr) -> ExpressionError:
        text, python, places, _ = self.parsed
        source = python.encode()  # the places in a syntax tree count bytes
        start, end = (len(source[:place].decode()) for place in (node.col_offset, node.end_col_offset))
        return _error(message, text, places[start], places[end - 1] + 1)
