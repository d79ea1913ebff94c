"""This package: sparse derivatives compiled to Python or to machine code, as SciPy's arrays."""

import sys
from collections.abc import Sequence
from typing import Any

import numpy as np
import vector_programs

import autograd


def make(job: vector_programs.Job) -> Any:
    at, multipliers = np.array(job.at), np.array(job.multipliers)
    given = (at, multipliers) if job.multipliers else (at,)
    function = job.f
    f = autograd.compile(lambda *args: function(autograd, *args), engine=sys.argv[1], sparse=True)
    matrix = getattr(f, job.kind)

    def times(found: Any, vector: Sequence[float]) -> Sequence[float]:
        return found @ vector  # type: ignore[no-any-return]  # SciPy's

    return lambda: matrix(*given), times


# What an engine loads and makes once, however many programs there are.
autograd.compile(lambda x: [x[0] * x[0]], engine=sys.argv[1], sparse=True).jacobian(np.array([2.0]))
vector_programs.measured(make)
