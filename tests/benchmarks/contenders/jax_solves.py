"""jax.jit in double precision; loops are `scan`, points and observations are arrays."""

import math
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as np
import jax_losses
import numpy
import solves
import vector_programs

jax.config.update("jax_enable_x64", True)
N = 10
# Where the points are seen: what the residuals would be of points that are seen at 0.
TRUE = vector_programs.scene(4, 10, 0.0)
SEEN: Any = numpy.zeros((4, 10, 2))


def effort(x: Any) -> Any:
    u = x[4::5]
    return 0.5 * 2.0 / (N - 1) * np.sum(u[:-1] ** 2 + u[1:] ** 2)


def defects(x: Any) -> Any:
    z, h = x.reshape(N, 5), 2.0 / (N - 1)
    _, q, v, w, u = z.T
    sine, cosine = np.sin(q), np.cos(q)
    denominator = 1.0 + 0.3 * (1.0 - cosine * cosine)
    a = (0.5 * 0.3 * sine * w * w + u + 0.3 * 9.81 * cosine * sine) / denominator
    b = -(0.5 * 0.3 * cosine * sine * w * w + u * cosine + 1.3 * 9.81 * sine) / (0.5 * denominator)
    f = np.stack([v, w, a, b], axis=1)
    s = z[:, :4]
    ends = np.array([0.0, 0.0, 0.0, 0.0]), np.array([1.0, np.pi, 0.0, 0.0])
    return np.concatenate([(s[1:] - s[:-1] - 0.5 * h * (f[:-1] + f[1:])).ravel(), s[0] - ends[0], s[-1] - ends[1]])


def residuals(x: Any) -> Any:
    cameras, points = x[:24].reshape(4, 1, 6), x[24:].reshape(1, 10, 3)
    r, t = cameras[..., :3], cameras[..., 3:]
    angle = np.sqrt(np.sum(r * r, axis=-1, keepdims=True))
    k = r / angle
    dot = np.sum(k * points, axis=-1, keepdims=True) * (1.0 - np.cos(angle))
    turned = points * np.cos(angle) + np.cross(k, points) * np.sin(angle) + k * dot + t
    p = turned[..., :2] / turned[..., 2:]
    q = np.sum(p * p, axis=-1, keepdims=True)
    return ((1.0 + 0.1 * q + 0.01 * q * q) * p - SEEN).ravel()


SEEN = (residuals(np.array(TRUE)) - np.array(vector_programs.bundle(4, 10)(math, TRUE))).reshape(4, 10, 2)
ONE: dict[str, Callable[[Any], Any]] = {**jax_losses.LOSSES, "collocation": effort}
SEVERAL: dict[str, Callable[[Any], Any]] = {"collocation": defects, "bundle": residuals}


def make(name: str, problem: solves.Problem) -> solves.Functions:
    found = solves.Functions()
    if name in ONE:
        both = jax.jit(jax.value_and_grad(ONE[name]))

        def value_and_gradient(x: Any) -> Any:
            value, slopes = both(x)
            return float(value), numpy.asarray(slopes)

        found = found._replace(value_and_gradient=value_and_gradient)
    if name in SEVERAL:
        values, matrix = jax.jit(SEVERAL[name]), jax.jit(jax.jacfwd(SEVERAL[name]))
        found = found._replace(several=lambda x: numpy.asarray(values(x)), jacobian=lambda x: numpy.asarray(matrix(x)))
    return found


jax.jit(lambda x: x + 1.0)(1.0)
solves.measured(make)
