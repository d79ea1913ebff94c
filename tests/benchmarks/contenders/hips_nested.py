"""HIPS autograd, in its own arithmetic of lists and floats."""

from collections.abc import Callable
from typing import Any

import autograd.numpy as np
import nested

from autograd import grad


def argmin(f: Callable[[Any], Any], start: Any) -> Any:
    x, y, g = start, f(start), grad(f)(start)
    eta, i = 1e-5, 0
    while np.sum(g * g) > 1e-10:
        if i == 10:
            eta, i = eta * 2, 0
            continue
        new = x - eta * g
        if np.sum((x - new) ** 2) <= 1e-10:
            return x
        if (y_new := f(new)) < y:
            x, y, g, i = new, y_new, grad(f)(new), i + 1
        else:
            eta, i = eta / 2, 0
    return x


nested.measured(lambda: nested.saddle(argmin, np.array(nested.START)))
