"""This package, compiled to Python or to machine code."""

import sys
from collections.abc import Sequence

import programs

import autograd


def make(name: str, program: programs.Program) -> programs.Gradient:
    loss, at = program.loss, program.at
    f = autograd.compile(lambda p: loss(autograd, p), engine=sys.argv[1])

    def gradient() -> Sequence[float]:
        value, slopes = f.value_and_grad(at)
        return value, *slopes

    return gradient


# What an engine loads and makes once, however many programs there are.
autograd.compile(lambda x: x * x, engine=sys.argv[1])(2.0)
programs.measured(make)
