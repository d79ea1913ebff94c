"""The engine of single calls in machine code: a program that Numba compiles, and a caller in Python that checks for it.

Machine code never raises. So it also says whether every operation for which Python might have raised came out finite;
if one did not, the call is made again by the program in Python, which raises, or finds that all is well.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from autograd import ops
from autograd.compiler.engines import single
from autograd.compiler.engines.columns import is_column, results
from autograd.compiler.engines.engine import Engine, Runnable
from autograd.compiler.engines.machine_columns import FUNCTIONS, function, imports, module_of, of_what_there_is
from autograd.compiler.engines.single import QUIET, checks, indented, returned
from autograd.compiler.record.program import Program
from autograd.compiler.terms.terms import reachable, rewritten
from autograd.compiler.text.notation import ATOM, Text
from autograd.compiler.text.source import Names, Writer, made, uses
from autograd.op import Op

__all__ = ["ENGINE", "Sources", "sources"]

_RESERVED = {*FUNCTIONS, "abs", "fine", "inf", "isfinite", "nan", "njit"}


class Sources(NamedTuple):
    """A module for Numba, and the function in Python that calls it."""

    machine: str
    caller: str


def sources(program: Program, kind: str, python: Callable[..., Any], changed: str) -> Sources:
    """A program of one kind, which does not branch; `python` is the same in Python."""
    names = Names(_RESERVED)
    found = results(program, kind, names)
    terms = rewritten(found.terms, of_what_there_is)
    needed = reachable(terms)
    risky = {x: None for x in needed if isinstance(x.head, Op) and x.head not in QUIET}
    writer = Writer({x: Text(text, ATOM) for x, text in found.texts.items()}, uses(terms, needed), names)
    texts = writer.write(terms[: found.forward], named=risky)
    lines = writer.page("# forward")
    texts += writer.write(terms[found.forward :], named=risky)
    lines += writer.page("# backward")
    lines += ["fine = True", *(f"fine &= isfinite({writer.texts[x].text})" for x in risky)]
    used = {x.head for x in needed if isinstance(x.head, Op)}
    outside = {found.texts[x]: leaf for leaf, x in program.table.variables.items()}
    text = "\n".join(
        [
            *imports({op.name for op in used} & FUNCTIONS | {"isfinite"}, set()),
            "",
            '@njit(error_model="numpy")' if ops.polygamma in used else '@njit(cache=True, error_model="numpy")',
            f"def {kind}({', '.join([*found.parameters, *outside])}):",
            *indented([*lines, f"return fine, {', '.join(texts)}"]),
            "",
        ]
    )
    objects = program.objects
    machine = objects.name(f"{kind}_in_machine_code", getattr(module_of(text), kind))
    data = [f"{objects.name(name, leaf)}.data" for name, leaf in outside.items()]
    local = program.names.copy()
    numbers = [local.new(name) for name in found.names]
    parameters = ", ".join(program.arguments.parameters)
    body = [
        *checks(program, kind, changed),
        f"fine, {', '.join(numbers)} = {machine}({', '.join([*program.arguments.numbers, *data])})",
        "if not fine:",
        f"    return {objects.name(f'{kind}_in_python', python)}({parameters})",
        f"return {returned(numbers, found.like, objects)}",
    ]
    return Sources(text, "\n".join([f"def {kind}({parameters}):", *indented(body)]))


def _single(program: Program, kind: str, changed: str = "", helpers: dict[str, Any] | None = None) -> Runnable:
    runnable = single.runnable(program, kind, changed, helpers)
    if program.branches or kind == "jvp":
        return runnable
    texts = sources(program, kind, runnable.call, changed)
    return Runnable("\n\n".join(texts), made(texts.caller, program.objects.globals, kind))


def _columns(program: Program, kind: str, leaves: Sequence[Any]) -> Runnable:
    return Runnable(*function(program, kind, [*map(is_column, leaves)]))


ENGINE = Engine("numba", _single, _columns)
