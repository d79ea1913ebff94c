"""jax.jit and lax.scan in double precision: `jax_recurrences.py "JOB STEPS"`."""

import sys
from types import SimpleNamespace
from typing import Any

import jax
import jax.numpy as np
import programs
from recurrences import BITS, LAYERS, RECURRENCES

jax.config.update("jax_enable_x64", True)
M = SimpleNamespace(
    scan=jax.lax.scan, exp=np.exp, log=np.log, logsumexp=lambda xs: jax.nn.logsumexp(np.array(xs))
)  # fmt: skip


def lstm(_: Any, p: Any, text: Any) -> Any:
    parts = p.reshape(-1, BITS)

    def step(carry: Any, characters: Any) -> Any:
        hidden, cells, total = carry
        given, following = characters
        x, states = given * parts[-3], []
        for layer in range(LAYERS):
            w, b = parts[8 * layer : 8 * layer + 4], parts[8 * layer + 4 : 8 * layer + 8]
            forget, enter = jax.nn.sigmoid(x * w[0] + b[0]), jax.nn.sigmoid(hidden[layer] * w[1] + b[1])
            leave, change = jax.nn.sigmoid(x * w[2] + b[2]), np.tanh(hidden[layer] * w[3] + b[3])
            c = cells[layer] * forget + enter * change
            x = leave * np.tanh(c)
            states.append((x, c))
        y = x * parts[-2] + parts[-1]
        total = total + np.sum(following * (y - np.log(2.0 + np.sum(np.exp(y)))))
        return (np.array([h for h, _ in states]), np.array([c for _, c in states]), total), None

    zeros = np.full((LAYERS, BITS), 0.1)
    _, _, total = jax.lax.scan(step, (zeros, zeros, 0.0), (text[:-1], text[1:]))[0]
    return -total / (BITS * (len(text) - 1))


def make() -> programs.Gradient:
    name, n = sys.argv[1].rsplit(" ", 1)
    job = RECURRENCES[name]
    loss = lstm if name == "lstm" else job.loss
    data = np.array(job.data(int(n)))
    f = jax.jit(jax.value_and_grad(lambda p: loss(M, p, data)))
    at = np.array(job.at)

    def gradient() -> list[float]:
        value, slopes = jax.block_until_ready(f(at))
        return [value, *slopes]

    return gradient


programs.timed(make)
