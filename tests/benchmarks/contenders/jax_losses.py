"""The losses of `programs` for JAX, with loops as `scan` and Cholesky's decomposition as JAX has it."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as np
import programs

jax.config.update("jax_enable_x64", True)


def garch(p: Any) -> Any:
    omega, alpha, beta = p

    def step(h: Any, r: Any) -> Any:
        return omega + alpha * r * r + beta * h, np.log(h) + r * r / h

    return 0.5 * np.sum(jax.lax.scan(step, omega / (1 - alpha - beta), np.array(programs.RETURNS))[1])


def lotka_volterra(p: Any) -> Any:
    a, b, c, d, x, y = p
    dt = 0.02

    def slope(z: Any) -> Any:
        return np.array([a * z[0] - b * z[0] * z[1], d * z[0] * z[1] - c * z[1]])

    def step(z: Any, _: Any) -> Any:
        k1 = slope(z)
        k2 = slope(z + dt / 2 * k1)
        k3 = slope(z + dt / 2 * k2)
        k4 = slope(z + dt * k3)
        z = z + dt / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
        return z, z[0]

    xs = jax.lax.scan(step, np.array([x, y]), None, length=500)[1]
    return np.sum((xs[9::10] - np.array(programs.PREY)) ** 2)


def kalman(p: Any) -> Any:
    q, r = np.exp(p)
    dt = 0.1

    def step(state: Any, z: Any) -> Any:
        x, v, p00, p01, p11 = state
        x = x + dt * v
        p00, p01, p11 = p00 + dt * (2 * p01 + dt * p11) + q * dt**3 / 3, p01 + dt * p11 + q * dt**2 / 2, p11 + q * dt
        s, e = p00 + r, z - x
        k0, k1 = p00 / s, p01 / s
        state = x + k0 * e, v + k1 * e, (1 - k0) * p00, (1 - k0) * p01, p11 - k1 * p01
        return state, np.log(s) + e * e / s

    return 0.5 * np.sum(jax.lax.scan(step, (0.0, 0.0, 1.0, 0.0, 1.0), np.array(programs.POSITIONS))[1])


def hidden_markov(p: Any) -> Any:
    means = p[:3]
    steps = jax.nn.log_softmax(np.diag(p[3:]), axis=1)

    def density(x: Any) -> Any:
        return -2 * (x - means) ** 2

    def step(a: Any, x: Any) -> Any:
        return jax.nn.logsumexp(a[:, None] + steps, axis=0) + density(x), None

    xs = np.array(programs.HEARD)
    return -jax.nn.logsumexp(jax.lax.scan(step, density(xs[0]), xs[1:])[0])


def gaussian_process(p: Any) -> Any:
    length, height, noise = np.exp(p)
    at = np.array(programs.AT)
    d = (at[:, None] - at) / length
    L = np.linalg.cholesky(height * np.exp(-0.5 * d * d) + noise * np.eye(len(at)))
    z = jax.scipy.linalg.solve_triangular(L, np.array(programs.SEEN), lower=True)
    return np.sum(np.log(np.diag(L))) + 0.5 * z @ z


LOSSES: dict[str, Callable[[Any], Any]] = {
    "garch": garch,
    "lotka-volterra": lotka_volterra,
    "kalman": kalman,
    "hidden markov": hidden_markov,
    "gaussian process": gaussian_process,
}
