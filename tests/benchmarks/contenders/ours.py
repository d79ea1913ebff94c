"""This package, compiled."""

from collections.abc import Callable
from functools import partial
from typing import Any

import common
from common import Step

from autograd import compile, relu


def tiny(a: Any, b: Any) -> Any:
    c = a + b
    d = a * b + b**3
    e = c - d
    return e**2 / 2


def small(a: Any, b: Any) -> Any:
    c = a + b
    d = a * b + b**3
    c += c + 1
    c += 1 + c + (-a)
    d += d * 2 + relu(b + a)
    d += 3 * d + relu(b - a)
    e = c - d
    f = e**2
    return f / 2.0 + 10.0 / f


def scalar(f: Callable[[Any, Any], Any], a: float, b: float) -> Step:
    compiled = compile(f, argnums=(0, 1))
    compiled.value_and_grad(a, b)
    return partial(compiled.value_and_grad, a, b)


if __name__ == "__main__":
    common.serve({"W1": lambda: scalar(tiny, common.A, common.B), "W2": lambda: scalar(small, common.C, common.D)})
