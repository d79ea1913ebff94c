"""ADBench's mixture of Gaussians, bundle adjustment, LSTM and hand: data, and how a contender answers.

It takes the standard library alone. F. Srajer, Z. Kukelova and A. Fitzgibbon, "A benchmark of selected algorithmic
differentiation tools on some problems in computer vision and machine learning", Optimization Methods and Software 33,
2018; with random data of the same sizes.

A contender is told the name of a job, makes what differentiates it, and prints what `measured` finds, in JSON.
"""

import json
import math
import random
import sys
from collections.abc import Callable, Sequence
from functools import cache
from time import perf_counter, process_time
from typing import Any, NamedTuple


class Mixture(NamedTuple):
    """n points of d numbers, and K components: for each a weight, a mean, and a lower triangle.

    - `alpha`, `mu`, `q`, `l`: the last two are the logarithms of the diagonal, and what is below it, column by column.
    """

    d: int
    x: list[list[float]]
    alpha: list[float]
    mu: list[list[float]]
    q: list[list[float]]
    l: list[list[float]]


class Bundle(NamedTuple):
    """Cameras, points, and for each observation which camera saw which point where, and how much it counts.

    - `cameras`: 3 numbers of a rotation, 3 of the centre, the focal length, 2 of the principal point, 2 of distortion.
    """

    cameras: list[list[float]]
    points: list[list[float]]
    weights: list[float]
    seen: list[tuple[int, int]]
    where: list[tuple[float, float]]


class Memory(NamedTuple):
    """An LSTM of layers with diagonal gates, each with `b` units, that predicts characters of as many bits.

    - `gates`: for each layer the weights of its four gates, in a row, then their biases; `extra`: what inputs are
      multiplied by, and results multiplied by and added to; `state`: for each layer what is hidden, and the cell.
    """

    b: int
    gates: list[list[float]]
    extra: list[list[float]]
    state: list[list[float]]
    text: list[list[float]]


class Hand(NamedTuple):
    """A hand of 22 bones, of which each but the first hangs on a `parents`, and points that are seen.

    - `relatives`: for each bone where it is on its parent at rest, three rows of four; `inverses`: what takes a vertex
      from where it is at rest to where it is on the bone.
    - `skin`: for each point its vertex at rest, and 1, times by how much it follows each bone: 4 numbers for each.
    - `theta`: the axis and the angle of the whole hand, where it is, and for each finger 4 angles.
    """

    parents: tuple[int, ...]
    relatives: tuple[tuple[tuple[float, ...], ...], ...]
    inverses: tuple[tuple[tuple[float, ...], ...], ...]
    skin: list[list[float]]
    points: list[list[float]]
    theta: list[float]


@cache
def mixture(d: int, k: int, n: int = 1000) -> Mixture:
    """A mixture with random data."""
    rng = random.Random(1)

    def rows(count: int, length: int, draw: Callable[[], float]) -> list[list[float]]:
        return [[draw() for _ in range(length)] for _ in range(count)]

    def normal() -> float:
        return rng.gauss(0, 1)

    below = d * (d - 1) // 2
    x = rows(n, d, rng.random)
    alpha = [normal() for _ in range(k)]
    return Mixture(d, x, alpha, rows(k, d, rng.random), rows(k, d, normal), rows(k, below, normal))


@cache
def bundle(cameras: int = 49, points: int = 7776, observations: int = 31843) -> Bundle:
    """A scene of the size of ADBench's ba1."""
    rng = random.Random(2)

    def camera() -> list[float]:
        turn = [rng.uniform(-0.3, 0.3) for _ in range(3)]
        return [*turn, *(rng.uniform(-0.5, 0.5) for _ in range(3)), rng.uniform(500, 600), 0.3, -0.2, -0.1, 0.01]

    return Bundle(
        [camera() for _ in range(cameras)],
        [[rng.uniform(-1, 1), rng.uniform(-1, 1), rng.uniform(4, 6)] for _ in range(points)],
        [rng.uniform(0.5, 1.5) for _ in range(observations)],
        [(rng.randrange(cameras), rng.randrange(points)) for _ in range(observations)],
        [(rng.uniform(-100, 100), rng.uniform(-100, 100)) for _ in range(observations)],
    )


@cache
def memory(layers: int = 2, characters: int = 1024, bits: int = 14) -> Memory:
    """A network and a text, both random."""
    rng = random.Random(3)

    def rows(count: int, length: int) -> list[list[float]]:
        return [[rng.uniform(-1, 1) for _ in range(length)] for _ in range(count)]

    text = [[float(rng.randrange(2)) for _ in range(bits)] for _ in range(characters)]
    return Memory(bits, rows(2 * layers, 4 * bits), rows(3, bits), rows(2 * layers, bits), text)


@cache
def hand(count: int = 192) -> Hand:
    """The simple one of ADBench's small hands, at random, each vertex on 4 of the bones."""
    rng = random.Random(4)

    def rows(length: float) -> tuple[tuple[float, ...], ...]:
        axis = [rng.gauss(0, 1) for _ in range(3)]
        turn = turned(math, *[x / 4 for x in axis])
        return tuple((*row, rng.uniform(-length, length)) for row in turn)

    parents = (-1, 0, *[0 if i % 4 == 0 else i + 1 for i in range(20)])
    skin = []
    for _ in range(count):
        vertex, row = [*[rng.uniform(-1, 1) for _ in range(3)], 1.0], [0.0] * 88
        shares = [rng.uniform(0.1, 1.0) for _ in range(4)]
        for bone, share in zip(rng.sample(range(22), 4), shares, strict=True):
            row[4 * bone : 4 * bone + 4] = [share / sum(shares) * x for x in vertex]
        skin.append(row)
    points = [[rng.uniform(-1, 1) for _ in range(3)] for _ in range(count)]
    theta = [rng.uniform(-0.5, 0.5) for _ in range(26)]
    return Hand(parents, tuple(rows(0.5) for _ in parents), tuple(rows(0.5) for _ in parents), skin, points, theta)


Rows = Sequence[Sequence[Any]]


def turned(m: Any, x: Any, y: Any, z: Any) -> Rows:
    """The rotation about three axes, one after the other; `m` has `sin` and `cos`."""
    (sx, sy, sz), (cx, cy, cz) = map(m.sin, (x, y, z)), map(m.cos, (x, y, z))
    return [
        [cz * cy, cz * sy * sx - sz * cx, cz * sy * cx + sz * sx],
        [sz * cy, sz * sy * sx + cz * cx, sz * sy * cx - cz * sx],
        [-sy, cy * sx, cy * cx],
    ]


def behind(a: Rows, b: Rows) -> Rows:
    """One motion, of three rows of four, behind another one."""
    return [
        [row[0] * b[0][j] + row[1] * b[1][j] + row[2] * b[2][j] + (row[3] if j == 3 else 0.0) for j in range(4)]
        for row in a
    ]


def bones(m: Any, theta: Sequence[Any], hand: Hand) -> list[Any]:
    """Where all bones are, each as 4 columns of 3: what `skin` is multiplied by; `m` has `sin`, `cos` and `sqrt`."""
    angle = m.sqrt(theta[0] * theta[0] + theta[1] * theta[1] + theta[2] * theta[2])
    a, b, c = [theta[i] / angle for i in range(3)]
    sine, cosine = m.sin(angle), m.cos(angle)
    rest = 1.0 - cosine
    whole = [
        [a * a * rest + cosine, a * b * rest - c * sine, a * c * rest + b * sine, theta[3]],
        [a * b * rest + c * sine, b * b * rest + cosine, b * c * rest - a * sine, theta[4]],
        [a * c * rest - b * sine, b * c * rest + a * sine, c * c * rest + cosine, theta[5]],
    ]
    found: list[Any] = []
    places: list[Rows] = []
    for i, (parent, relative, inverse) in enumerate(zip(hand.parents, hand.relatives, hand.inverses, strict=True)):
        finger, joint = divmod(i - 2, 4)
        x, z = 0.0, 0.0  # of the palm, the wrist and the tips
        if i >= 2 and joint == 0:
            x, z = theta[6 + 4 * finger], theta[7 + 4 * finger]
        elif i >= 2 and joint < 3:
            x = theta[7 + 4 * finger + joint]
        own = behind(relative, [[*row, 0.0] for row in turned(m, x, 0.0, z)])
        places.append(own if parent < 0 else behind(places[parent], own))
        motion = behind(whole, behind(places[i], inverse))
        found += [motion[row][column] for column in range(4) for row in range(3)]
    return found


def residuals(m: Any, camera: Sequence[Any], point: Sequence[Any], w: Any, u: Any, v: Any) -> list[Any]:
    """How far off a point seems to be; `m` has `sin`, `cos` and `sqrt`."""
    r0, r1, r2, c0, c1, c2, focal, p0, p1, k1, k2 = [camera[i] for i in range(11)]
    a, b, c = point[0] - c0, point[1] - c1, point[2] - c2
    angle = m.sqrt(r0 * r0 + r1 * r1 + r2 * r2)
    n0, n1, n2 = r0 / angle, r1 / angle, r2 / angle
    sine, cosine = m.sin(angle), m.cos(angle)
    along = (n0 * a + n1 * b + n2 * c) * (1.0 - cosine)
    x = a * cosine + (n1 * c - n2 * b) * sine + n0 * along
    y = b * cosine + (n2 * a - n0 * c) * sine + n1 * along
    z = c * cosine + (n0 * b - n1 * a) * sine + n2 * along
    x, y = x / z, y / z
    q = x * x + y * y
    distorted = 1.0 + k1 * q + k2 * q * q
    return [w * (x * distorted * focal + p0 - u), w * (y * distorted * focal + p1 - v)]


Result = Sequence[float]
JOBS: dict[str, Any] = {
    "gmm small": lambda: mixture(2, 5),
    "gmm large": lambda: mixture(10, 25),
    "ba": bundle,
    "lstm": memory,
    "hand": hand,
}


def mixed(numbers: Sequence[float]) -> float:
    """One number of many, by which contenders are compared."""
    return math.fsum(x * math.sin(i + 1.0) for i, x in enumerate(numbers))


def measured(make: Callable[[str, Any], tuple[Callable[[], Any], Callable[[Any], Result]]]) -> None:
    """Say how many seconds calls take: the first, with all that is made then, and the quickest of later ones.

    `make` gives the function to be called, and one that tells of what it gave a few numbers, like `mixed`.
    """
    name = sys.argv[-1]
    data = JOBS[name]()
    begin = perf_counter()
    call, told = make(name, data)
    found = call()
    first = perf_counter() - begin
    result = [float(x) for x in told(found)]
    begin = process_time()
    call()
    repeats = max(1, round(0.2 / max(process_time() - begin, 1e-4)))
    rounds = []
    for _ in range(9):
        begin = process_time()
        for _ in range(repeats):
            call()
        rounds.append((process_time() - begin) / repeats)
    print(json.dumps({"result": result, "first": first, "later": min(rounds)}))
