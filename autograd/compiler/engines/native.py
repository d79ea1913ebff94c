"""Single calls in machine code: programs as LLVM IR, which is written straight from their Terms.

A call of a layout that the program is not for, and one that it cannot answer as Python would, goes to a function in
Python: the one that asks for another program, or the same program in Python, which raises or finds that all is well.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

from autograd.compiler.engines import single
from autograd.compiler.engines.engine import Runnable
from autograd.compiler.engines.entry import Entry, Result
from autograd.compiler.engines.looped import Looped
from autograd.compiler.engines.machine import MachineCode
from autograd.compiler.engines.parts import DONE, FAILED, Parts
from autograd.compiler.engines.runtime import known
from autograd.compiler.record.outputs import KINDS, asked, besides, in_pieces
from autograd.compiler.record.program import Program
from autograd.compiler.terms.lowering import lower
from autograd.compiler.terms.terms import Term
from autograd.compiler.text.llvm import DECLARED, is_condition
from autograd.compiler.text.source import indented

__all__ = ["native"]

STACK = 2048  # numbers that are kept there; more have memory of their own, since threads may have small stacks


def native(program: Program, kind: str, changed: str = "", helpers: dict[str, Any] | None = None) -> Runnable:
    """A program for single calls: Python asks what has changed, a C function does everything else."""
    around = program.objects.globals | (helpers or {})
    arguments = program.arguments
    untraced = around[program.untraced]
    late = cache(lambda: single.runnable(program, kind, changed, helpers).call)  # when it is first called
    elsewhere: dict[str, Callable[..., Any]] = {
        "untraced": lambda *args, **named: getattr(untraced, kind)(*args, **named),
        "failed": lambda *args: late()(*args),
    }
    if KINDS[kind].more:
        names = [str(x.head) for x in (*program.variables, *besides(program, kind))]
        head, taken = ", ".join(names), [(i, 0.0) for i in range(len(names))]
        lines: list[str] = []
        elsewhere["other"] = elsewhere["failed"]
    else:
        names, head = arguments.parameters, arguments.head
        taken = [
            (i, x)
            for i, x in enumerate(arguments.taken((*arguments.example.values(),)))
            if i not in arguments.layout.solid
        ]
        lines = single.before_all(program, kind, changed, [])
        elsewhere = {name: arguments.spread(f) if arguments.signature.direct else f for name, f in elsewhere.items()}
        elsewhere["other"] = arguments.spread(getattr(around["other"], kind))
    entry, code = Entry(), _code(program, kind)
    lines_of_entry = _entry(code, entry, taken, len(names), [*program.table.variables], elsewhere)
    text = "\n".join([DECLARED, *entry.globals, code.functions.text, *lines_of_entry, ""])
    machine = MachineCode(text, code.functions.optimisation)
    callee = machine.function("entry", *entry.kept, code.functions)
    name = program.objects.name(f"{kind}_in_machine_code", callee)
    python = "\n".join([f"def {kind}({head}):", *indented([*lines, f"return {name}({', '.join(names)})"])])
    return Runnable(f"{python}\n\n{text}", program.objects.function(python, kind))


class _Code(NamedTuple):
    """How numbers become results, by `functions` with one called `run`, and these the object that is returned.

    - `inputs`: the numbers in `%in`; `size`: how many are in `%out`.
    - `give`: writes how the object is made of the results.
    """

    inputs: list[Term]
    functions: Parts | Looped
    size: int
    give: Callable[[Entry], str]


def _code(program: Program, kind: str) -> _Code:
    inputs = [*program.variables, *besides(program, kind), *program.table.variables.values()]
    if (found := in_pieces(program, kind, inputs)) is not None:
        sparse, size = found.sparsity.array, found.sparsity.nnz
        return _Code(inputs, Looped(found), size, lambda entry: entry.of_doubles(sparse, 0, size))
    outputs = asked(program, kind)
    terms = lower([*outputs.forward, *outputs.backward])
    parts = Parts(inputs, terms, program.guards)
    if (sparsity := outputs.sparsity) is not None:
        sparse, size, before = sparsity.array, sparsity.nnz, len(outputs.forward)
        return _Code(inputs, parts, len(terms), lambda entry: entry.of_doubles(sparse, before, size))
    results = [Result(place, is_condition(x)) for place, x in enumerate(terms)]
    return _Code(inputs, parts, len(terms), lambda entry: entry.give(outputs.like, results))


def _entry(
    code: _Code, entry: Entry, taken: list[tuple[int, Any]], count: int, outside: list[Any], elsewhere: dict[str, Any]
) -> list[str]:
    """The C function that is called: it finds memory for all numbers, and `answer` uses it.

    It has `count` arguments; `taken` are examples of those that hold numbers, by their places.
    """
    i = 0
    for place, arg in taken:
        i = entry.take(entry.item("%args", place), arg, i)
    entry.read(outside, i)
    said = entry.new("call i32 @run(ptr %in, ptr %out, ptr %w)")
    entry.lines.append(f"switch i32 {said}, label %untraced [i32 {FAILED}, label %failed i32 {DONE}, label %done]")
    entry.lines.append("done:")
    entry.lines.append(f"ret ptr {code.give(entry)}")
    for label, f in elsewhere.items():
        entry.lines.append(f"{label}:")
        arguments = f"ptr {entry.object(f)}", "ptr %args", f"i64 {count}", "ptr null"
        entry.lines.append(f"ret ptr {entry.known('ptr', 'PyObject_Vectorcall', *arguments)}")
    n, m = len(code.inputs), code.size
    size = n + m + code.functions.slots
    memory = f"alloca [{size} x double]" if size <= STACK else f"call ptr {known['PyMem_RawMalloc']}(i64 {8 * size})"
    return [
        "define internal ptr @answer(ptr %args, ptr %in, ptr %out, ptr %w) {",
        *entry.lines,
        "}",
        "define ptr @entry(ptr %self, ptr %args, i64 %n) {",
        f"%in = {memory}",
        f"%out = getelementptr double, ptr %in, i64 {n}",
        f"%w = getelementptr double, ptr %in, i64 {n + m}",
        "%result = call ptr @answer(ptr %args, ptr %in, ptr %out, ptr %w)",
        *([f"call void {known['PyMem_RawFree']}(ptr %in)"] if size > STACK else []),
        "ret ptr %result",
        "}",
    ]
