"""Recurrences by `scan`, for any kind of number; takes the standard library alone.

Each loss takes a namespace `m` with `scan`, `exp`, `log`, `sigmoid`, `tanh` and `logsumexp`, the parameters, and what
is gone through, a list of numbers or rows for each step. The network's is written for numbers; JAX has one for arrays.
"""

import math
import random
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

Numbers = Sequence[Any]
BITS, LAYERS = 14, 2


class Recurrence(NamedTuple):
    """A loss, the parameters where its gradient is wanted, and the data of n steps."""

    loss: Callable[[Any, Numbers, Any], Any]
    at: list[float]
    data: Callable[[int], Any]


def noise(n: int, seed: int, scale: float = 1.0) -> list[float]:
    rng = random.Random(seed)
    return [rng.gauss(0, scale) for _ in range(n)]


def garch(m: Any, p: Numbers, returns: Any) -> Any:
    """GARCH(1,1): minus the log likelihood of returns."""

    def step(carry: Any, r: Any) -> Any:
        h, total = carry
        return (p[0] + p[1] * r * r + p[2] * h, total + m.log(h) + r * r / h), None

    return 0.5 * m.scan(step, (p[0] / (1 - p[1] - p[2]), 0.0), returns)[0][1]


def kalman(m: Any, p: Numbers, positions: Any) -> Any:
    """A Kalman filter for a position and a velocity: minus the log likelihood of measurements."""
    q, r, dt = m.exp(p[0]), m.exp(p[1]), 0.1

    def step(carry: Any, z: Any) -> Any:
        x, v, p00, p01, p11, total = carry
        x = x + dt * v
        p00, p01, p11 = p00 + dt * (2 * p01 + dt * p11) + q * dt**3 / 3, p01 + dt * p11 + q * dt**2 / 2, p11 + q * dt
        s, e = p00 + r, z - x
        k0, k1 = p00 / s, p01 / s
        total = total + m.log(s) + e * e / s
        return (x + k0 * e, v + k1 * e, (1 - k0) * p00, (1 - k0) * p01, p11 - k1 * p01, total), None

    return 0.5 * m.scan(step, (0.0, 0.0, 1.0, 0.0, 1.0, 0.0), positions)[0][5]


def lotka_volterra(m: Any, p: Numbers, prey: Any) -> Any:
    """Hunters and prey, by the classical Runge-Kutta method: the squared errors of the prey."""
    a, b, c, d, x, y = [p[i] for i in range(6)]
    dt = 0.02

    def slope(x: Any, y: Any) -> Any:
        return a * x - b * x * y, d * x * y - c * y

    def step(carry: Any, seen: Any) -> Any:
        x, y, total = carry
        k1, l1 = slope(x, y)
        k2, l2 = slope(x + dt / 2 * k1, y + dt / 2 * l1)
        k3, l3 = slope(x + dt / 2 * k2, y + dt / 2 * l2)
        k4, l4 = slope(x + dt * k3, y + dt * l3)
        x = x + dt / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
        y = y + dt / 6 * (l1 + 2 * l2 + 2 * l3 + l4)
        return (x, y, total + (x - seen) * (x - seen)), None

    return m.scan(step, (x, y, 0.0), prey)[0][2]


def hidden_markov(m: Any, p: Numbers, heard: Any) -> Any:
    """The forward recursion of a hidden Markov model of three states: minus the log likelihood of what was heard."""
    states = range(3)
    rows = [[p[3 + i] if i == j else 0.0 * p[3 + i] for j in states] for i in states]
    steps = [[x - m.logsumexp(row) for x in row] for row in rows]

    def density(j: int, x: Any) -> Any:
        return -2 * (x - p[j]) * (x - p[j])

    def step(a: Any, x: Any) -> Any:
        return tuple(m.logsumexp([a[i] + steps[i][j] for i in states]) + density(j, x) for j in states), None

    last, _ = m.scan(step, tuple(density(j, heard[0]) for j in states), heard[1:])
    return -m.logsumexp([*last])


def lstm(m: Any, p: Numbers, text: Any) -> Any:
    """A recurrent network with diagonal gates that says the next character of a text, as ADBench has it."""
    bits = range(BITS)
    parts = [[p[i * BITS + j] for j in bits] for i in range(8 * LAYERS + 3)]
    scale, weight, bias = parts[-3:]

    def step(carry: Any, characters: Any) -> Any:
        hidden, cells, total = carry
        given, following = characters
        x = [given[j] * scale[j] for j in bits]
        new_hidden, new_cells = [], []
        for layer in range(LAYERS):
            w, b = parts[8 * layer : 8 * layer + 4], parts[8 * layer + 4 : 8 * layer + 8]
            h, c = hidden[layer], cells[layer]
            forget = [m.sigmoid(x[j] * w[0][j] + b[0][j]) for j in bits]
            enter = [m.sigmoid(h[j] * w[1][j] + b[1][j]) for j in bits]
            leave = [m.sigmoid(x[j] * w[2][j] + b[2][j]) for j in bits]
            change = [m.tanh(h[j] * w[3][j] + b[3][j]) for j in bits]
            c = [c[j] * forget[j] + enter[j] * change[j] for j in bits]
            x = [leave[j] * m.tanh(c[j]) for j in bits]
            new_hidden.append(x)
            new_cells.append(c)
        y = [x[j] * weight[j] + bias[j] for j in bits]
        norm = m.log(2.0 + sum([m.exp(z) for z in y]))
        total = total + sum([following[j] * (y[j] - norm) for j in bits])
        return (new_hidden, new_cells, total), None

    zeros = [[0.1] * BITS for _ in range(LAYERS)]
    _, _, total = m.scan(step, (zeros, zeros, 0.0), (text[:-1], text[1:]))[0]
    return -total / (BITS * (len(text) - 1))


def characters(n: int) -> list[list[float]]:
    rng = random.Random(6)
    return [[float(rng.random() < 0.5) for _ in range(BITS)] for _ in range(n)]


RECURRENCES = {
    "garch": Recurrence(garch, [0.05, 0.1, 0.8], lambda n: noise(n, 1)),
    "kalman": Recurrence(
        kalman, [-2.0, -1.0], lambda n: [math.sin(k / 30) + x for k, x in enumerate(noise(n, 2, 0.2))]
    ),
    "runge-kutta": Recurrence(
        lotka_volterra, [1.1, 0.4, 0.4, 0.1, 1.0, 1.0], lambda n: [1 + 0.5 * math.sin(k / 30) for k in range(n)]
    ),
    "hidden markov": Recurrence(
        hidden_markov,
        [0.1, 1.1, 1.9, 1.0, 1.0, 1.0],
        lambda n: [k // 25 % 3 + x for k, x in enumerate(noise(n, 3, 0.4))],
    ),
    "lstm": Recurrence(lstm, noise(BITS * (8 * LAYERS + 3), 4, 0.5), characters),
}
