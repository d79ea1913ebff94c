"""Scalar programs as engineers write them, for any kind of number; takes the standard library alone.

A contender is told the name of one, makes a function of it, and prints what `measured` finds, in JSON. Each loss takes
a namespace `m` with `exp`, `log`, `sqrt`, `sin`, `tanh` and `logsumexp` for the contender's numbers, and the
parameters; what is to be fitted is data, the same for all contenders.
"""

import json
import math
import random
import statistics
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from time import perf_counter
from typing import Any, NamedTuple

Loss = Callable[[Any, Sequence[Any]], Any]
Gradient = Callable[[], Sequence[float]]  # gives the value, and the derivatives with respect to the parameters


class Program(NamedTuple):
    """A loss, and the parameters where its gradient is wanted."""

    loss: Loss
    at: list[float]


def measured(make: Callable[[str, Program], Gradient]) -> None:
    """Say what `timed` says of the program that was named last."""
    name = sys.argv[-1]
    timed(lambda: make(name, PROGRAMS[name]))


def timed(make: Callable[[], Gradient]) -> None:
    """Say what the gradient is, the seconds of the first call, with all that is made then, and of later ones, and the
    megabytes by which the process has grown."""
    before, begin = resident(), perf_counter()
    gradient = make()
    result = [float(x) for x in gradient()]
    first = perf_counter() - begin
    size = resident() - before
    begin = perf_counter()
    gradient()
    repeats = max(1, round(0.1 / (perf_counter() - begin)))
    times = []
    for _ in range(7):
        begin = perf_counter()
        for _ in range(repeats):
            gradient()
        times.append((perf_counter() - begin) / repeats)
    print(json.dumps({"result": result, "first": first, "later": statistics.median(times), "megabytes": size / 1e6}))


def resident() -> int:
    """The most bytes of memory that this process ever had, as Linux counts them."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM"))


def data(n: int, seed: int, scale: float = 1.0) -> list[float]:
    rng = random.Random(seed)
    return [rng.gauss(0, scale) for _ in range(n)]


RETURNS = data(1000, seed=1)
PREY = [1.0 + 0.5 * math.sin(0.3 * i) for i in range(50)]
POSITIONS = [0.1 * i + x for i, x in enumerate(data(200, seed=2, scale=0.5))]
HEARD = [(i // 25) % 3 + x for i, x in enumerate(data(300, seed=3, scale=0.4))]
AT = sorted(data(30, seed=4, scale=2.0))
SEEN = [math.sin(x) + e for x, e in zip(AT, data(30, seed=5, scale=0.1), strict=True)]


def garch(m: Any, p: Sequence[Any]) -> Any:
    """GARCH(1,1): minus the log likelihood of a thousand returns."""
    omega, alpha, beta = p
    h, total = omega / (1 - alpha - beta), 0.0
    for r in RETURNS:
        total = total + m.log(h) + r * r / h
        h = omega + alpha * (r * r) + beta * h
    return 0.5 * total


def lotka_volterra(m: Any, p: Sequence[Any]) -> Any:
    """Hunters and prey by 500 steps of Runge-Kutta's method: the squared distance from the prey counted."""
    a, b, c, d, x, y = p
    dt, total = 0.02, 0.0

    def slope(x: Any, y: Any) -> Any:
        xy = x * y
        return a * x - b * xy, d * xy - c * y

    for i in range(500):
        k1, l1 = slope(x, y)
        k2, l2 = slope(x + dt / 2 * k1, y + dt / 2 * l1)
        k3, l3 = slope(x + dt / 2 * k2, y + dt / 2 * l2)
        k4, l4 = slope(x + dt * k3, y + dt * l3)
        x = x + dt / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
        y = y + dt / 6 * (l1 + 2 * l2 + 2 * l3 + l4)
        if i % 10 == 9:
            total = total + (x - PREY[i // 10]) ** 2
    return total


def kalman(m: Any, p: Sequence[Any]) -> Any:
    """A Kalman filter for a position and a velocity: minus the log likelihood of 200 measurements."""
    q, r = m.exp(p[0]), m.exp(p[1])
    x, v, p00, p01, p11, dt, total = 0.0, 0.0, 1.0, 0.0, 1.0, 0.1, 0.0
    for z in POSITIONS:
        x = x + dt * v
        p00, p01, p11 = p00 + dt * (2 * p01 + dt * p11) + q * dt**3 / 3, p01 + dt * p11 + q * dt**2 / 2, p11 + q * dt
        s, e = p00 + r, z - x
        k0, k1 = p00 / s, p01 / s
        x, v = x + k0 * e, v + k1 * e
        p00, p01, p11 = (1 - k0) * p00, (1 - k0) * p01, p11 - k1 * p01
        total = total + m.log(s) + e * e / s
    return 0.5 * total


def hidden_markov(m: Any, p: Sequence[Any]) -> Any:
    """The forward recursion of a hidden Markov model of three states: minus the log likelihood of 300 numbers."""
    states = range(3)
    means, stay = p[:3], p[3:6]
    rows = [[stay[i] if i == j else 0.0 * stay[i] for j in states] for i in states]
    steps = [[x - m.logsumexp(row) for x in row] for row in rows]

    def density(j: int, x: float) -> Any:
        return -2 * (x - means[j]) * (x - means[j])

    a = [density(j, HEARD[0]) for j in states]
    for x in HEARD[1:]:
        a = [m.logsumexp([a[i] + steps[i][j] for i in states]) + density(j, x) for j in states]
    return -m.logsumexp(a)


def gaussian_process(m: Any, p: Sequence[Any]) -> Any:
    """The marginal likelihood of 30 points, with Cholesky's decomposition by hand."""
    length, height, noise = [m.exp(x) for x in p]
    n = len(AT)
    L: list[list[Any]] = []
    for i in range(n):
        row: list[Any] = []
        L.append(row)
        for j in range(i + 1):
            d = (AT[i] - AT[j]) / length
            s = height * m.exp(-0.5 * d * d) + (noise if i == j else 0.0)
            for k in range(j):
                s = s - row[k] * L[j][k]
            row.append(m.sqrt(s) if i == j else s / L[j][j])
    total, z = 0.0, []
    for i in range(n):
        s = SEEN[i]
        for k in range(i):
            s = s - L[i][k] * z[k]
        z.append(s / L[i][i])
        total = total + m.log(L[i][i]) + 0.5 * z[i] * z[i]
    return total


def generated(lines: int = 2000) -> Loss:
    """A formula as computer algebra systems write them: so many assignments, each of earlier variables."""
    rng = random.Random(6)
    names = [f"p[{i}]" for i in range(8)]
    text = ["def loss(m, p):"]
    for i in range(lines):
        x, y, z = rng.choices(names[-40:], k=3)
        form = rng.choice(
            ["{x}*{y} - {p}", "0.6*({x} + {y})*m.tanh({z})", "m.sin({x}*{y}) + {p}", "{x} - {y}/(1 + {z}*{z})"]
        )
        text.append(f"    t{i} = {form.format(x=x, y=y, z=z, p=rng.choice(names[:8]))}")
        names.append(f"t{i}")
    text.append(f"    return {' + '.join(f'm.tanh({x})' for x in names[-40:])}")
    defined: dict[str, Any] = {}
    exec("\n".join(text), defined)  # noqa: S102  # a program that we wrote
    return defined["loss"]  # type: ignore[no-any-return]  # it is one


PROGRAMS = {
    "garch": Program(garch, [0.05, 0.1, 0.8]),
    "lotka-volterra": Program(lotka_volterra, [1.1, 0.4, 0.4, 0.1, 1.0, 1.0]),
    "kalman": Program(kalman, [-2.0, -1.0]),
    "hidden markov": Program(hidden_markov, [0.1, 1.1, 1.9, 1.0, 1.0, 1.0]),
    "gaussian process": Program(gaussian_process, [0.2, 0.1, -2.0]),
    "generated": Program(generated(), [0.3, -0.2, 0.5, 0.1, -0.4, 0.7, 0.2, -0.6]),
}
