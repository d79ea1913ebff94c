"""The engine of single calls: a program as a Python function, run by CPython as it is.

It does what the eager function does for plain floats. Where Python raises (outside a domain, at a pole, on overflow),
the call is made again eagerly, which decides between a number and an error; that costs the program nothing.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from autograd.arithmetic import FLOATS
from autograd.compiler.engines.engine import Engine, Runnable
from autograd.compiler.engines.piecewise import PieceBody
from autograd.compiler.record.arguments import literal
from autograd.compiler.record.outputs import KINDS, asked, besides, in_pieces
from autograd.compiler.record.program import Program
from autograd.compiler.terms.lowering import PRIMITIVES, QUIET, lower
from autograd.compiler.terms.terms import Term, reachable
from autograd.compiler.text.notation import PYTHON
from autograd.compiler.text.source import Objects, Writer, indented
from autograd.op import Op

__all__ = ["ENGINE", "FUNCTIONS", "RESERVED", "before_all", "returned", "runnable"]

# What programs call by name.
FUNCTIONS: dict[str, Any] = {op.name: getattr(FLOATS, op.name) for op in PRIMITIVES if hasattr(FLOATS, op.name)}
FUNCTIONS |= {"inf": math.inf, "nan": math.nan}
_OTHERS = """array bool default defaults dict float int iter len list str range reversed tuple type ArithmeticError
    ValueError eager f first found kinds known other result slow untraced"""
RESERVED = {*FUNCTIONS, *_OTHERS.split()}


def runnable(program: Program, kind: str, changed: str = "", helpers: dict[str, Any] | None = None) -> Runnable:
    """A program of one kind as a Python function; see `Engine`."""
    text = _python_text(program, kind, changed)
    return Runnable(text, program.objects.function(text, kind, helpers))


ENGINE = Engine("python", runnable)


def _python_text(program: Program, kind: str, changed: str) -> str:
    """A program of one kind as the text of a Python function.

    It begins by asking whether what the function refers to from outside has `changed`, if there is anything.
    """
    arguments = program.arguments
    numbers = dict(zip(program.variables, arguments.numbers, strict=True))
    head, call, again = arguments.head, arguments.call, arguments.again
    if KINDS[kind].more:
        numbers |= {x: str(x.head) for x in besides(program, kind)}
        head = call = again = ", ".join(numbers.values())
    lines = [] if KINDS[kind].more else before_all(program, kind, changed, arguments.lines)
    body: PieceBody | _ProgramBody
    if found := in_pieces(program, kind, [*numbers, *program.table.variables.values()]):
        body = PieceBody(program, numbers, found)
    else:
        body = _ProgramBody(program, kind, numbers, f"return {program.untraced}.{kind}({again})")
    if body.raises:
        lines += [
            "try:",
            *indented(body.lines),
            "except (ArithmeticError, ValueError):",
            f"    return eager.{kind}({call})",
        ]
    else:
        lines += body.lines
    return "\n".join([f"def {kind}({head}):", *indented(lines)])


def before_all(program: Program, kind: str, changed: str, lines: Sequence[str]) -> list[str]:
    """The statements that turn other calls away, with the `lines` about numbers last."""
    other = f"other.{kind}({program.arguments.call})"
    asked = [f"if {changed}:", "    return {other}"] if changed else []
    lines = [*asked, *program.arguments.first, *lines]
    return [line.format(other=other) if line.endswith("{other}") else line for line in lines]


def returned(texts: list[str], like: Callable[[Iterator[Any]], Any], objects: Objects) -> str:
    """The text of what is returned, made of the `texts` of its numbers."""
    found = like(iter(texts))
    if (text := literal(found)) is not None:
        if "array(" in text:
            import numpy

            objects.globals["array"] = numpy.array
        return text[1:-1] if type(found) is tuple and found else text
    return f"{objects.name('like', like)}(iter([{', '.join(texts)}]))"


class _ProgramBody:
    """The statements of a program that compute and return.

    Values that the function refers to from outside are read where they are first needed.
    """

    def __init__(self, program: Program, kind: str, numbers: Mapping[Term, str], untraced: str) -> None:
        names, objects = program.names.copy(), program.objects
        outputs = asked(program, kind)
        low = lower([*outputs.forward, *outputs.backward])
        forward, backward = low[: len(outputs.forward)], low[len(outputs.forward) :]
        roots = [*program.guards, *low]
        ahead = reachable([*program.guards, *forward])
        behind = reachable(backward, known=set(ahead))
        needed = [*ahead, *behind]  # each after its operands, too
        self.raises = any(isinstance(x.head, Op) and x.head not in QUIET for x in needed)
        texts = dict(numbers)
        self.lines: list[str] = []
        outside = {x: leaf for leaf, x in program.table.variables.items()}
        for x in needed:
            if x in outside:
                name = names.new(program.table.labels[x] or "w")
                self.lines.append(f"{name} = {objects.name(name, outside[x])}.data")
                texts[x] = name
        writer = Writer(texts, roots, names, PYTHON, objects.data, needed)
        for condition, outcome in program.guards.items():
            (test,) = writer.write([condition])
            self.lines += writer.page()
            self.lines += [f"if {test}:" if not outcome else f"if not {_bracketed(test)}:", f"    {untraced}"]
        if kind == "value":
            written = writer.write(forward, needed=ahead)
        else:
            # The value is computed even if it is not returned, so that an error outside the domain is seen.
            for x in forward:
                x.table.labels.setdefault(x, "value")
            written = writer.write(forward, set(forward), ahead)
            self.lines += writer.page("forward")
            written += writer.write(backward, set(backward), behind)
        self.lines += writer.page("backward" if backward else "")
        if outputs.sparsity is None:
            self.lines.append(f"return {returned(written, outputs.like, objects)}")
        else:
            made = objects.name("sparse", outputs.sparsity.array)
            self.lines.append(f"return {made}([{', '.join(written[len(forward) :])}])")


def _bracketed(test: str) -> str:
    return test if test.isidentifier() else f"({test})"
