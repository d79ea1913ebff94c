"""What cannot be compiled, and the place in the user's code that says so."""

from __future__ import annotations

import os
import sys
from pathlib import Path

__all__ = ["OURS", "CompileError", "caller"]

OURS = tuple(str(Path(__file__).parents[2] / package) + os.sep for package in ("autograd", "nn"))  # where our code is


class CompileError(ValueError):
    """A function cannot be compiled in the way that was asked for; the message says where and what to do."""


def caller() -> tuple[str, int]:
    """File and line of the innermost call that is not in this package."""
    frame = sys._getframe(1)
    while frame.f_back is not None and frame.f_code.co_filename.startswith(OURS):
        frame = frame.f_back
    return frame.f_code.co_filename, frame.f_lineno
