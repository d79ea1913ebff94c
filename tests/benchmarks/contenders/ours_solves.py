"""This package, compiled to Python or to machine code, with loops as `scan`; matrices are found sparse."""

import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import programs
import solves

import autograd
from autograd import log, logsumexp, scan


def garch(p: Any) -> Any:
    omega, alpha, beta = p[0], p[1], p[2]

    def step(carry: Any, r: Any) -> Any:
        h, total = carry
        return (omega + alpha * (r * r) + beta * h, total + (log(h) + r * r / h)), None

    return 0.5 * scan(step, (omega / (1 - alpha - beta), 0.0), programs.RETURNS)[0][1]


def lotka_volterra(p: Any) -> Any:
    a, b, c, d = p[0], p[1], p[2], p[3]
    dt = 0.02

    def slope(x: Any, y: Any) -> Any:
        xy = x * y
        return a * x - b * xy, d * xy - c * y

    def step(z: Any, _: Any) -> Any:
        x, y = z
        k1, l1 = slope(x, y)
        k2, l2 = slope(x + dt / 2 * k1, y + dt / 2 * l1)
        k3, l3 = slope(x + dt / 2 * k2, y + dt / 2 * l2)
        k4, l4 = slope(x + dt * k3, y + dt * l3)
        return (x + dt / 6 * (k1 + 2 * k2 + 2 * k3 + k4), y + dt / 6 * (l1 + 2 * l2 + 2 * l3 + l4)), None

    def ten(carry: Any, seen: Any) -> Any:
        z, total = carry
        z, _ = scan(step, z, length=10)
        return (z, total + (z[0] - seen) * (z[0] - seen)), None

    return scan(ten, ((p[4], p[5]), 0.0), programs.PREY)[0][1]


def hidden_markov(p: Any) -> Any:
    states = range(3)
    means = [p[j] for j in states]
    rows = [[p[3 + i] if i == j else 0.0 * p[3 + i] for j in states] for i in states]
    steps = [[x - logsumexp(row) for x in row] for row in rows]

    def density(j: int, x: Any) -> Any:
        return -2 * (x - means[j]) * (x - means[j])

    def step(a: Any, x: Any) -> Any:
        return [logsumexp([a[i] + steps[i][j] for i in states]) + density(j, x) for j in states], None

    start = [density(j, programs.HEARD[0]) for j in states]
    return -logsumexp(scan(step, start, programs.HEARD[1:])[0])


IN_LOOPS: dict[str, Callable[[Any], Any]] = {
    "garch": garch,
    "lotka-volterra": lotka_volterra,
    "hidden markov": hidden_markov,
}


def make(name: str, problem: solves.Problem) -> solves.Functions:
    one, several = problem.one, problem.several
    found = solves.Functions()
    if one is not None:
        f = IN_LOOPS.get(name, lambda x: one(autograd, x))
        found = found._replace(value_and_gradient=autograd.compile(f, engine=sys.argv[1]).value_and_grad)
    if several is not None:
        vector = autograd.compile(lambda x: np.array(several(autograd, x)), engine=sys.argv[1], sparse=True)
        matrix = vector.jacobian
        found = found._replace(several=vector, jacobian=lambda x: matrix(x).toarray())
    return found


# What an engine loads and makes once, however many programs there are.
autograd.compile(lambda x: [x[0] * programs.AT[0]], engine=sys.argv[1], sparse=True).jacobian(np.array([2.0]))
solves.measured(make)
