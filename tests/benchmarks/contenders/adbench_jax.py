"""jax.jit in double precision, vectorised over components and points; one observation's Jacobian by `vmap`."""

import adbench
import jax
import jax.numpy as np
import numpy

jax.config.update("jax_enable_x64", True)


def make(name, data):
    return {"ba": bundle, "lstm": memory}.get(name, mixture)(data)


def mixture(data):
    d, k, n = data.d, len(data.alpha), len(data.x)
    x = np.array(data.x)
    columns, rows = numpy.array([(j, i) for j in range(d) for i in range(j + 1, d)], int).reshape(-1, 2).T

    def loss(p):
        alpha, mu, q, l = p
        Q = jax.vmap(np.diag)(np.exp(q)).at[:, rows, columns].set(l)
        z = np.einsum("kij,nkj->nki", Q, x[:, None] - mu)
        terms = alpha + np.sum(q, axis=1) - 0.5 * np.sum(z * z, axis=2)
        rest = n * jax.nn.logsumexp(alpha) + 0.5 * (np.sum(np.exp(2 * q)) + np.sum(l * l))
        return np.sum(jax.nn.logsumexp(terms, axis=1)) - rest

    f = jax.jit(jax.value_and_grad(loss))
    p = np.array(data.alpha), np.array(data.mu), np.array(data.q), np.array(data.l).reshape(k, -1)

    def told(found):
        return found[0], adbench.mixed(numpy.concatenate([numpy.ravel(x) for x in found[1]]).tolist())

    return lambda: jax.block_until_ready(f(p)), told


def bundle(data):
    def both(z, where):
        return np.array(adbench.residuals(np, z[:11], z[11:14], z[14], where[0], where[1])), 1 - z[14] ** 2

    def one(z, where):
        return both(z, where), jax.jacrev(lambda z: both(z, where)[0])(z), -2 * z[14]

    @jax.jit
    def f(cameras, points, weights, where):
        return jax.vmap(one)(np.column_stack([cameras[seen[:, 0]], points[seen[:, 1]], weights]), where)

    seen = np.array(data.seen)
    given = tuple(np.array(x) for x in (data.cameras, data.points, data.weights, data.where))

    def told(found):
        (y, e), J, de = found
        numbers = adbench.mixed(numpy.ravel(J).tolist()) + adbench.mixed(numpy.ravel(de).tolist())
        return np.sum(y * y) + np.sum(e * e), numbers

    return lambda: jax.block_until_ready(f(*given)), told


def memory(data):
    b, layers, text = data.b, len(data.gates) // 2, np.array(data.text)
    state = np.array(data.state).reshape(layers, 2, b)

    def loss(p):
        gates, extra = p

        def step(state, given):
            now, following = given
            x, found = now * extra[0], []
            for k in range(layers):
                w, bias, (hidden, cell) = gates[k, 0], gates[k, 1], state[k]
                forget, give = jax.nn.sigmoid(x * w[0] + bias[0]), jax.nn.sigmoid(x * w[2] + bias[2])
                take, change = jax.nn.sigmoid(hidden * w[1] + bias[1]), np.tanh(hidden * w[3] + bias[3])
                cell = cell * forget + take * change
                x = give * np.tanh(cell)
                found.append(np.stack([x, cell]))
            y = x * extra[1] + extra[2]
            return np.stack(found), np.sum(following * (y - np.log(np.sum(np.exp(y)) + 2)))

        return -np.sum(jax.lax.scan(step, state, (text[:-1], text[1:]))[1]) / (b * (len(text) - 1))

    f = jax.jit(jax.value_and_grad(loss))
    p = np.array(data.gates).reshape(layers, 2, 4, b), np.array(data.extra)

    def told(found):
        return found[0], adbench.mixed(numpy.concatenate([numpy.ravel(x) for x in found[1]]).tolist())

    return lambda: jax.block_until_ready(f(p)), told


adbench.measured(make)
