"""How a command line is called, and how it ends: with a status that shells understand, and never with a traceback."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from io import TextIOWrapper
from pathlib import Path
from typing import NoReturn

__all__ = ["invoked", "run", "spoken"]

SCRIPTS = {"autograd": "scalar-autograd", "nn": "scalar-autograd-nn"}


def invoked(module: str) -> str:
    """How this process was called: as the console script that an installation brings, or as a module."""
    return SCRIPTS[module] if Path(sys.argv[0]).stem == SCRIPTS[module] else f"python -m {module}"


def spoken(module: str) -> str:
    """The name with which its messages begin, as it was typed: of the script, or of the module."""
    return invoked(module).removeprefix("python -m ")


def run(module: str, main: Callable[[Sequence[str]], int | None]) -> NoReturn:
    """Leave Python with the status that `main` gives for the arguments of the process, None being 0.

    Letters that the terminal lacks are written as numbers. Ctrl-C ends with status 130; a reader that has seen enough,
    such as `head`, with 141; output that cannot be written with status 2 and a line in its name.
    """
    try:
        if isinstance(sys.stdout, TextIOWrapper):  # not None, nor what stands in for it where there is no console
            sys.stdout.reconfigure(errors="backslashreplace")
        status = main(sys.argv[1:])
        print(end="", flush=True)  # here, where a full disk can still be told
    except KeyboardInterrupt:
        status = 130
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or Python complains again when it ends
        status = 141
        if not isinstance(error, BrokenPipeError):
            print(f"{spoken(module)}: error: cannot write the output: {error.strerror}", file=sys.stderr)
            status = 2
    sys.exit(status)
