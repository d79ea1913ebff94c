"""Functions of vectors whose derivatives are sparse, for any kind of number; takes the standard library alone.

A contender is told the name of a job, makes the matrix of derivatives, and prints what `measured` finds, in JSON. Each
function takes a namespace `m` with `sin`, `cos` and `sqrt` for the contender's numbers.
"""

import json
import math
import random
import sys
from collections.abc import Callable, Sequence
from time import process_time
from typing import Any, NamedTuple


class Job(NamedTuple):
    """What is to be differentiated, and where.

    - `f`: of `m` and x, giving several numbers, or of `m`, x and as many multipliers as there are, giving one number.
    - `kind`: "jacobian", or "hessian" with respect to x.
    """

    f: Callable[..., Any]
    kind: str
    at: list[float]
    multipliers: list[float]


Matrix = Callable[[], Any]  # gives the non-zeros


def measured(make: Callable[[Job], tuple[Matrix, Callable[[Any, list[float]], Sequence[float]]]]) -> None:
    """Say how the matrix multiplies a vector, and how many seconds of the processor calls take: the first, with all
    that is made then, and the quickest of later ones.

    `make` gives the function to be called, and one that multiplies what it gives by a vector.
    """
    job = JOBS[sys.argv[-1]]
    begin = process_time()
    matrix, times = make(job)
    found = matrix()
    first = process_time() - begin
    rng = random.Random(8)
    result = [float(x) for x in times(found, [rng.uniform(-1, 1) for _ in job.at])]
    begin = process_time()
    matrix()
    repeats = max(1, round(0.05 / (process_time() - begin)))
    rounds = []
    for _ in range(9):
        begin = process_time()
        for _ in range(repeats):
            matrix()
        rounds.append((process_time() - begin) / repeats)
    print(json.dumps({"result": result, "first": first, "later": min(rounds)}))


# -- optimal control: a pole on a cart is swung up in two seconds, by collocation (M. Kelly, SIAM Review 59, 2017) ----


def cart_pole(m: Any, z: Sequence[Any]) -> list[Any]:
    """How position, angle, velocity and angular velocity change under a force."""
    _, q, v, w, u = z
    sine, cosine = m.sin(q), m.cos(q)
    denominator = 1.0 + 0.3 * (1.0 - cosine * cosine)
    a = (0.5 * 0.3 * sine * w * w + u + 0.3 * 9.81 * cosine * sine) / denominator
    b = -(0.5 * 0.3 * cosine * sine * w * w + u * cosine + (1.0 + 0.3) * 9.81 * sine) / (0.5 * denominator)
    return [v, w, a, b]


def collocation(n: int) -> tuple[Callable[[Any, Sequence[Any]], list[Any]], Callable[[Any, Sequence[Any]], Any]]:
    """The defects of the trapezoidal rule at n points, with both ends, and the effort, of a trajectory."""
    h = 2.0 / (n - 1)

    def defects(m: Any, x: Sequence[Any]) -> list[Any]:
        points = [[x[5 * i + j] for j in range(5)] for i in range(n)]
        slopes = [cart_pole(m, z) for z in points]
        found = []
        for i in range(n - 1):
            for j in range(4):
                found.append(points[i + 1][j] - points[i][j] - 0.5 * h * (slopes[i][j] + slopes[i + 1][j]))
        ends = [0.0, 0.0, 0.0, 0.0], [1.0, math.pi, 0.0, 0.0]
        return found + [points[k][j] - end[j] for k, end in ((0, ends[0]), (n - 1, ends[1])) for j in range(4)]

    def effort(m: Any, x: Sequence[Any]) -> Any:
        forces = [x[5 * i + 4] for i in range(n)]
        total = 0.0
        for i in range(n - 1):
            total = total + 0.5 * h * (forces[i] * forces[i] + forces[i + 1] * forces[i + 1])
        return total

    return defects, effort


def trajectory(n: int) -> list[float]:
    """A straight line between the ends."""
    return [x for i in range(n) for x in (i / (n - 1), math.pi * i / (n - 1), 0.5, math.pi / 2, 0.1)]


def lagrangian(f: Callable[..., Any], constraints: Callable[..., list[Any]]) -> Callable[..., Any]:
    def total(m: Any, x: Sequence[Any], multipliers: Sequence[Any]) -> Any:
        found = f(m, x)
        for c, factor in zip(constraints(m, x), multipliers, strict=True):
            found = found + factor * c
        return found

    return total


# -- bundle adjustment: cameras see points --------------------------------------------------------------------------


def bundle(cameras: int, points: int) -> Callable[[Any, Sequence[Any]], list[Any]]:
    """How far every point is from where every camera sees it; a camera is a rotation vector and a place."""
    seen = [0.0] * (2 * cameras * points)

    def residuals(m: Any, x: Sequence[Any]) -> list[Any]:
        found = []
        for c in range(cameras):
            r0, r1, r2, t0, t1, t2 = [x[6 * c + i] for i in range(6)]
            angle = m.sqrt(r0 * r0 + r1 * r1 + r2 * r2)
            k0, k1, k2 = r0 / angle, r1 / angle, r2 / angle
            sine, cosine = m.sin(angle), m.cos(angle)
            for p in range(points):
                a, b, d = [x[6 * cameras + 3 * p + i] for i in range(3)]
                dot = (k0 * a + k1 * b + k2 * d) * (1.0 - cosine)
                u = a * cosine + (k1 * d - k2 * b) * sine + k0 * dot + t0
                v = b * cosine + (k2 * a - k0 * d) * sine + k1 * dot + t1
                w = d * cosine + (k0 * b - k1 * a) * sine + k2 * dot + t2
                u, v = u / w, v / w
                q = u * u + v * v
                distorted = 1.0 + 0.1 * q + 0.01 * q * q
                i = 2 * (c * points + p)
                found += [distorted * u - seen[i], distorted * v - seen[i + 1]]
        return found

    rng = random.Random(9)
    seen = [x + rng.gauss(0.0, 0.002) for x in residuals(math, scene(cameras, points, 0.0))]
    return residuals


def scene(cameras: int, points: int, error: float = 0.05) -> list[float]:
    """Cameras, and points in front of them; with errors, as a solver might begin with."""
    rng = random.Random(10)
    found = []
    for _ in range(cameras):
        found += [rng.uniform(0.1, 0.3) for _ in range(3)] + [rng.uniform(-0.5, 0.5) for _ in range(3)]
    for _ in range(points):
        found += [rng.uniform(-1, 1), rng.uniform(-1, 1), rng.uniform(4, 6)]
    return [x + rng.uniform(-error, error) for x in found]


def rosenbrock(m: Any, x: Sequence[Any]) -> Any:
    total = 0.0
    for i in range(len(x) - 1):
        a, b = x[i + 1] - x[i] * x[i], 1.0 - x[i]
        total = total + 100.0 * a * a + b * b
    return total


def _jobs() -> dict[str, Job]:
    found = {}
    for n in (20, 40, 80, 160):
        defects, effort = collocation(n)
        at, factors = trajectory(n), [random.Random(11).uniform(-1, 1) for _ in range(4 * (n - 1) + 8)]
        found[f"collocation jacobian {n}"] = Job(defects, "jacobian", at, [])
        found[f"collocation hessian {n}"] = Job(lagrangian(effort, defects), "hessian", at, factors)
    for cameras, points in ((4, 10), (10, 100)):
        found[f"bundle jacobian {cameras} x {points}"] = Job(
            bundle(cameras, points), "jacobian", scene(cameras, points), []
        )
    found["rosenbrock hessian 300"] = Job(rosenbrock, "hessian", [(-1.2, 1.0)[i % 2] for i in range(300)], [])
    return found


JOBS = _jobs()
