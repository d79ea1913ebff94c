"""This package, compiled to Python or to machine code: `ours_recurrences.py ENGINE "JOB STEPS"`."""

import sys

import numpy as np
import programs
from recurrences import RECURRENCES

import autograd


def make() -> programs.Gradient:
    name, n = sys.argv[2].rsplit(" ", 1)
    job = RECURRENCES[name]
    data = np.array(job.data(int(n)))
    loss = job.loss
    f = autograd.compile(lambda p: loss(autograd, p, data), engine=sys.argv[1])

    def gradient() -> list[float]:
        value, slopes = f.value_and_grad(job.at)
        return [value, *slopes]

    return gradient


# What an engine loads and makes once, however many programs there are.
autograd.compile(lambda x: x * x, engine=sys.argv[1])(2.0)
programs.timed(make)
