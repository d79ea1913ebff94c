"""CasADi's SX, called by its buffers."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import casadi
import numpy as np
import solves

M = SimpleNamespace(**{name: getattr(casadi, name) for name in ("exp", "log", "sqrt", "sin", "cos", "tanh")})
M.logsumexp = lambda xs: casadi.logsumexp(casadi.vertcat(*xs))


def by_buffers(f: casadi.Function) -> Callable[[Any], list[Any]]:
    """A function of an array that gives new arrays, in one call of the virtual machine."""
    buffer, run = f.buffer()
    given = np.zeros(f.size1_in(0))
    buffer.set_arg(0, memoryview(given))
    shapes = [f.size_out(i) for i in range(f.n_out())]
    outputs = [np.zeros(m * n) for m, n in shapes]
    for i, out in enumerate(outputs):
        buffer.set_res(i, memoryview(out))

    def call(x: Any, kept: object = (f, buffer)) -> list[Any]:
        given[:] = x
        run()
        return [out.reshape(n, m).T.copy() for out, (m, n) in zip(outputs, shapes, strict=True)]

    return call


def make(name: str, problem: solves.Problem) -> solves.Functions:
    x = casadi.SX.sym("x", len(problem.start))
    parts, found = casadi.vertsplit(x), solves.Functions()
    if problem.one is not None:
        y = problem.one(M, parts)
        both = by_buffers(casadi.Function("f", [x], [y, casadi.gradient(y, x)]))

        def value_and_gradient(x: Any) -> Any:
            value, slopes = both(x)
            return value[0, 0], slopes[:, 0]

        found = found._replace(value_and_gradient=value_and_gradient)
    if problem.several is not None:
        c = casadi.vertcat(*problem.several(M, parts))
        values = by_buffers(casadi.Function("c", [x], [c]))
        matrix = by_buffers(casadi.Function("J", [x], [casadi.densify(casadi.jacobian(c, x))]))
        found = found._replace(several=lambda x: values(x)[0][:, 0], jacobian=lambda x: matrix(x)[0])
    return found


solves.measured(make)
