"""The engine of columns on Numba: a program as a loop over the rows, compiled to machine code.

Numba keeps machine code on disk for functions that stand in a file. So a program is written to one, named by what is in
it, which every process uses that comes to the same program: in `$XDG_CACHE_HOME/scalar-autograd`, or where that is not
set in `~/.cache/scalar-autograd`.

Where `kernels` has a function of its own, which does several rows at once, the program uses that. Sine and cosine have
it for angles of ordinary size; a call with others is made again by the same program with the functions of `math`.
"""

from __future__ import annotations

import hashlib
import math
import os
import sys
import tempfile
from collections.abc import Callable, Sequence
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

from autograd import ops
from autograd.compiler.engines.columns import results
from autograd.compiler.record.program import Program
from autograd.compiler.terms.terms import PRIMITIVES, Term, reachable, rewritten
from autograd.compiler.text.notation import ATOM, Text
from autograd.compiler.text.source import Names, Writer, uses
from autograd.op import Op

__all__ = ["FUNCTIONS", "function", "imports", "module_of", "of_what_there_is"]

FUNCTIONS = {op.name for op in PRIMITIVES if hasattr(math, op.name)} | {"polygamma"}
_RESERVED = {*FUNCTIONS, "LARGEST_ANGLE", "abs", "float", "i", "inf", "len", "nan", "njit", "quick", "range"}
_KERNELS = {"cos", "exp", "sin"}
_OURS = {"ceil", "floor", "fmod", "polygamma", "trunc"}  # of which Numba has none that gives floats


def function(program: Program, kind: str, columns: Sequence[bool]) -> tuple[str, Callable[[list[Any]], Any]]:
    """A program of one kind as a module of Python, and a function of the numbers and columns of a call.

    `columns` says which of them are columns. The program's parameters are those, Values from outside, and the results.
    """
    names = Names(_RESERVED)
    found = results(program, kind, names)
    terms = rewritten(found.terms, of_what_there_is)
    needed = reachable(terms)
    writer = Writer({x: Text(text, ATOM) for x, text in found.texts.items()}, uses(terms, needed), names)
    texts = writer.write(terms[: found.forward])
    body = writer.page("# forward")
    texts += writer.write(terms[found.forward :])
    body += writer.page("# backward")

    used = {x.head for x in needed if isinstance(x.head, Op)}
    angles = dict.fromkeys(x.args[0] for x in needed if x.head in (ops.sin, ops.cos))
    arrays = [names.new(f"{x}_column") if yes else x for x, yes in zip(found.parameters, columns, strict=True)]
    outside = {found.texts[x]: leaf for leaf, x in program.table.variables.items()}
    lines = [
        # Machine code that calls Python back cannot be kept on disk.
        '@njit(error_model="numpy")' if ops.polygamma in used else '@njit(cache=True, error_model="numpy")',
        f"def {kind}({', '.join([*arrays, *outside, *found.names])}):",
        *(["    quick = True"] if angles else []),
        f"    for i in range(len({found.names[0]})):",
        *(f"        {x} = {array}[i]" for x, array in zip(found.parameters, arrays, strict=True) if x != array),
        *(f"        {line}" for line in body),
        *(f"        quick &= abs({writer.texts[x].text}) < LARGEST_ANGLE" for x in angles),
        *(f"        {result}[i] = {text}" for result, text in zip(found.names, texts, strict=True)),
        *(["    return quick"] if angles else []),
        "",
    ]
    called = {op.name for op in used} & FUNCTIONS
    text = "\n".join([*imports(called, _KERNELS), "", *lines])
    run = getattr(module_of(text), kind)

    def call(leaves: list[Any]) -> Any:
        import numpy

        shape = numpy.broadcast_shapes(*map(numpy.shape, leaves))
        flat = [_flat(numpy, x, shape) if yes else float(x) for x, yes in zip(leaves, columns, strict=True)]
        flat += [leaf.data for leaf in outside.values()]
        out = numpy.empty((len(terms), *shape))
        rows = out.reshape(len(terms), -1)
        if run(*flat, *rows) is False:
            with_large_angles = module_of("\n".join([*imports(called, set()), "", *lines]))
            getattr(with_large_angles, kind)(*flat, *rows)
        return found.like(iter(out))

    return text, call


def of_what_there_is(term: Term, args: tuple[Term, ...]) -> Term | None:
    """Numba has no cube root, and `kernels` no tangent."""
    if term.head is ops.tan:
        return ops.sin(args[0]) / ops.cos(args[0])  # type: ignore[no-any-return]  # a Term
    if term.head is ops.cbrt:
        root = term.table.made(ops.pow, (ops.abs(args[0]), term.table.constant(1 / 3)))
        return ops.where(args[0] < 0, -root, root)  # type: ignore[no-any-return]  # likewise
    return None


def imports(functions: set[str], kernels: set[str]) -> list[str]:
    """Where a program's functions come from: as far as possible from `kernels`, and otherwise from `math`."""
    ours = {*_OURS, *kernels} & functions
    theirs = {"inf", "nan", *functions} - ours
    if angles := {"sin", "cos"} & functions:
        (ours if angles & ours else theirs).add("LARGEST_ANGLE")
    known = ", ".join(sorted(theirs)).replace("LARGEST_ANGLE", "inf as LARGEST_ANGLE")
    lines = [f"from math import {known}", "", "from numba import njit", ""]
    return [*lines, f"from autograd.compiler.engines.kernels import {', '.join(sorted(ours))}", ""] if ours else lines


def _flat(numpy: Any, column: Any, shape: tuple[int, ...]) -> Any:
    return numpy.ascontiguousarray(numpy.broadcast_to(column, shape), dtype=float).reshape(-1)


def module_of(text: str) -> ModuleType:
    """The module that a text is, from its file."""
    name = f"scalar_autograd_{hashlib.sha256(text.encode()).hexdigest()[:32]}"
    if name not in sys.modules:
        path = _folder() / f"{name}.py"
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile("w", dir=path.parent, delete=False, encoding="utf-8") as file:
                file.write(text)
            Path(file.name).replace(path)  # at once, so that no other process ever reads a part
        spec = spec_from_file_location(name, path)
        assert spec is not None  # the file exists
        assert spec.loader is not None  # and is Python
        sys.modules[name] = module_from_spec(spec)  # where Numba looks for it when it reads what it kept
        spec.loader.exec_module(sys.modules[name])
    return sys.modules[name]


def _folder() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "scalar-autograd"
