"""This package, compiled to Python or to machine code."""

import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import solves

import autograd


def make(name: str, problem: solves.Problem) -> solves.Functions:
    def compiled(f: Callable[[Any, Any], Any]) -> Any:
        return autograd.compile(lambda x: f(autograd, x), engine=sys.argv[1])

    found = solves.Functions()
    if problem.one is not None:
        found = found._replace(value_and_gradient=compiled(problem.one).value_and_grad)
    if (several := problem.several) is not None:
        vector = compiled(lambda m, x: np.array(several(m, x)))
        found = found._replace(several=vector, jacobian=vector.jacobian)
    return found


# What an engine loads and makes once, however many programs there are.
autograd.compile(lambda x: np.array([x[0] * x[0]]), engine=sys.argv[1]).jacobian(np.array([2.0]))
solves.measured(make)
