"""The engine of single calls: a program as a Python function, run by CPython as it is.

It does what the eager function does for plain floats. Where Python raises (outside a domain, at a pole, on overflow),
the call is made again eagerly, which decides between a number and an error; that costs the program nothing.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from autograd import ops
from autograd.arithmetic import FLOATS
from autograd.compiler.engines.engine import Engine, Runnable
from autograd.compiler.record.arguments import literal
from autograd.compiler.record.program import Fork, Outputs, Program, tree
from autograd.compiler.terms.terms import PRIMITIVES, Term, reachable
from autograd.compiler.text.notation import ATOM, Text
from autograd.compiler.text.source import Objects, Writer, made, needed_if, uses
from autograd.op import Op

__all__ = ["ENGINE", "FUNCTIONS", "QUIET", "RESERVED", "checks", "indented", "returned", "runnable"]

# What programs call by name.
FUNCTIONS: dict[str, Any] = {op.name: getattr(FLOATS, op.name) for op in PRIMITIVES if hasattr(FLOATS, op.name)}
FUNCTIONS |= {"inf": math.inf, "nan": math.nan}
RESERVED = {*FUNCTIONS, "array", "dict", "float", "floats", "iter", "layout", "len", "list", "tuple", "type"}
RESERVED |= {"ArithmeticError", "ValueError", "eager", "fine", "other", "untraced"}

# Operations of floats for which Python never raises.
QUIET = {ops.add, ops.sub, ops.sum, ops.mul, ops.neg, ops.abs, ops.WHERE, ops.NOT, *ops.RELATIONS.values()}


def runnable(program: Program, kind: str, changed: str = "", helpers: dict[str, Any] | None = None) -> Runnable:
    """A program of one kind as a Python function; see `Engine`."""
    text = _text(program, kind, changed)
    return Runnable(text, made(text, program.objects.globals | helpers if helpers else program.objects.globals, kind))


ENGINE = Engine("python", runnable)


def _text(program: Program, kind: str, changed: str) -> str:
    """A program of one kind as the text of a Python function.

    It begins by asking whether what the function refers to from outside has `changed`, if there is anything.
    """
    arguments = program.arguments
    numbers = dict(zip(program.variables, arguments.numbers, strict=True))
    parameters = arguments.parameters
    if kind == "jvp":
        numbers |= {x: str(x.head) for x in program.directions}
        parameters = [*numbers.values()]
    call = f"{kind}({', '.join(parameters)})"
    lines = checks(program, kind, changed) if kind != "jvp" else []
    body = _Body(program, kind, numbers, call)
    if body.raises:
        lines += ["try:", *indented(body.lines), "except (ArithmeticError, ValueError):", f"    return eager.{call}"]
    else:
        lines += body.lines
    return "\n".join([f"def {call}:", *indented(lines)])


def checks(program: Program, kind: str, changed: str) -> list[str]:
    """The statements that turn other calls away, and give every number a name."""
    other = f"other.{kind}({', '.join(program.arguments.parameters)})"
    lines = [*([f"if {changed}:", "    return {other}"] if changed else []), *program.arguments.lines]
    return [line.format(other=other) if line.endswith("{other}") else line for line in lines]


def returned(texts: list[str], like: Callable[[Iterator[Any]], Any], objects: Objects) -> str:
    """The numbers that are written so, as they are returned."""
    found = like(iter(texts))
    if (text := literal(found)) is not None:
        if "array(" in text:
            import numpy

            objects.globals["array"] = numpy.array
        return text[1:-1] if type(found) is tuple and found else text
    return f"{objects.name('like', like)}(iter([{', '.join(texts)}]))"


def indented(lines: list[str]) -> list[str]:
    """Statements as the body of another."""
    return ["    " + line for line in lines]


class _Body:
    """The statements of a program that compute and return.

    Values that the function refers to from outside are read where they are first needed.
    """

    def __init__(self, program: Program, kind: str, numbers: Mapping[Term, str], call: str) -> None:
        self.kind, self.names, self.objects = kind, program.names.copy(), program.objects
        self.untraced = f"return untraced.{call}"
        lower = program.table.lower
        paths = []
        for path in program.paths:
            outputs = program.outputs(kind, path)
            n = len(outputs.forward)
            low = lower([*outputs.forward, *outputs.backward])
            paths.append((path.guards, Outputs(low[:n], low[n:], outputs.like)))
        roots = [*dict.fromkeys(condition for guards, _ in paths for condition in guards)]
        roots += [x for _, outputs in paths for x in (*outputs.forward, *outputs.backward)]
        needed = reachable(roots)
        self.raises = any(isinstance(x.head, Op) and x.head not in QUIET for x in needed)
        texts = {x: Text(name, ATOM) for x, name in numbers.items()}
        outside = {x: leaf for leaf, x in program.table.variables.items()}
        self.lines: list[str] = []
        for x in needed:
            if x in outside:
                name = self.names.new(program.table.labels[x] or "w")
                self.lines.append(f"{name} = {self.objects.name(name, outside[x])}.data")
                texts[x] = Text(name, ATOM)
        only_if = {
            x: found for x, found in needed_if(roots, needed).items() if x.args and x.head not in QUIET and found
        }
        self.lines += self._emit(tree(paths), Writer(texts, uses(roots, needed), self.names, only_if=only_if))

    def _emit(self, node: Fork | Outputs, writer: Writer) -> list[str]:
        lines: list[str] = []
        while isinstance(node, Fork):
            (test,) = writer.write([node.condition])
            lines += writer.page()
            first = _size(node.sides[True]) <= _size(node.sides[False])
            lines.append(f"if {test}:" if first else f"if not {_bracketed(test)}:")
            side, rest = node.sides[first], node.sides[not first]
            inside = [self.untraced] if side is None else self._emit(side, writer.fork())
            lines += indented(inside)
            assert rest is not None  # the one with more behind it
            node = rest
        if self.kind == "value":
            forward, backward = writer.write(node.forward), []
        else:
            # The value has a line of its own, also where it is not returned: outside its domain there is an error.
            for x in node.forward:
                x.table.labels.setdefault(x, "value")
            forward = writer.write(node.forward, named=set(node.forward))
            lines += writer.page("# forward")
            backward = writer.write(node.backward, named=set(node.backward))
        lines += writer.page("# backward" if backward else "")
        return [*lines, f"return {returned([*forward, *backward], node.like, self.objects)}"]


def _bracketed(test: str) -> str:
    return test if test.isidentifier() else f"({test})"


def _size(node: Fork | Outputs | None) -> int:
    """How many paths are behind a side."""
    count, stack = 0, [node]
    while stack:
        node = stack.pop()
        if isinstance(node, Fork):
            stack += node.sides.values()
        else:
            count += node is not None
    return count
