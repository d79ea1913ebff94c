"""`save`: programs of a function as a file that stands alone."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from autograd.compiler.errors import CompileError
from autograd.compiler.export.c import c_files
from autograd.compiler.export.javascript import javascript_file
from autograd.compiler.export.python import python_file
from autograd.compiler.record.kept import Programs
from autograd.compiler.record.outputs import KINDS, WITH_MORE
from autograd.compiler.record.program import Program
from autograd.files import write

__all__ = ["ENDINGS", "chosen_for", "save_program"]

ENDINGS = (".py", ".c", ".js", ".mjs")


def save_program(
    path: str | os.PathLike[str],
    programs: Programs,
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    derivatives: Sequence[str] | None,
) -> None:
    """Write programs of a function to a file; see `Exported.save`."""
    target = Path(path)
    if target.suffix not in ENDINGS:
        raise ValueError(f"A program is saved as {', '.join(ENDINGS)}; {target.name!r} ends otherwise.")
    name = getattr(programs.f, "__name__", "f")
    paths, kinds = chosen_for(programs, args, kwargs, derivatives)
    if target.suffix == ".c":
        text, header = c_files(name, target.stem, paths, kinds)
        write(target, text)
        write(target.with_suffix(".h"), header)
    else:
        write(target, (python_file if target.suffix == ".py" else javascript_file)(name, paths, kinds))


def chosen_for(
    programs: Programs, args: tuple[Any, ...], kwargs: dict[str, Any], derivatives: Sequence[str] | None
) -> tuple[list[Program], list[str]]:
    """The programs of all paths known for such arguments, and the kinds asked for, the value first."""
    if derivatives is not None and (wrong := [x for x in derivatives if x not in KINDS]):
        raise ValueError(f"There is no {wrong[0]!r}; there are {', '.join(KINDS)}.")
    if args or kwargs:
        bound = programs.signature.bound(args, kwargs)
        if bound is None:
            raise TypeError("The function cannot be called with these arguments.")
        kind = next((x for x in derivatives or () if x not in WITH_MORE), "value")
        kept, _ = programs.found(kind, *bound)
        if not kept.paths:
            kept, _ = programs.found(kind, *bound)  # a path of many branches gets a program when it is taken again
        found = [kept]
    else:
        found = [kept for kept in programs.all_kept if kept.paths and not kept.columns]
    if len(found) != 1:
        calls = f"calls so far had {len(found)} kinds of them" if found else "there was no call so far"
        raise CompileError(f"It is not clear which arguments the program is for, as {calls}: give some.")
    paths = found[0].paths
    asked = [kind for kind in KINDS if any(kind in path.functions for path in paths)]
    return [path.program for path in paths], [*dict.fromkeys(["value", *(derivatives or asked)])]
