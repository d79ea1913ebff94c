"""jax.jit in double precision, vectorised over components and points; one observation's Jacobian by `vmap`."""

import adbench
import jax
import jax.numpy as np
import numpy

jax.config.update("jax_enable_x64", True)


def make(name, data):
    return {"ba": bundle, "lstm": memory, "hand": hand}.get(name, mixture)(data)


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


def hand(data):
    skin, points = np.array(data.skin).reshape(-1, 22, 4), np.array(data.points)
    corner = numpy.array([[[0.0, 0.0, 0.0, 1.0]]] * 22)
    relatives, inverses = (np.concatenate([numpy.array(x), corner], axis=1) for x in data[1:3])
    x_places = numpy.array([[6 + 4 * i, 8 + 4 * i, 9 + 4 * i] for i in range(5)])

    def turns(theta):
        x = np.zeros(22).at[2 + 4 * numpy.arange(5)[:, None] + numpy.arange(3)].set(theta[x_places])
        z = np.zeros(22).at[2 + 4 * numpy.arange(5)].set(theta[7::4])
        one, none = np.ones(22), np.zeros(22)
        about_x = [[one, none, none], [none, np.cos(x), -np.sin(x)], [none, np.sin(x), np.cos(x)]]
        about_z = [[np.cos(z), -np.sin(z), none], [np.sin(z), np.cos(z), none], [none, none, one]]
        turn = np.einsum("ijn,jkn->nik", np.array(about_z), np.array(about_x))
        return np.zeros((22, 4, 4)).at[:, :3, :3].set(turn).at[:, 3, 3].set(1.0)

    def f(theta):
        own, places = relatives @ turns(theta), []
        for i, parent in enumerate(data.parents):
            places.append(own[i] if parent < 0 else places[parent] @ own[i])
        angle = np.sqrt(np.sum(theta[:3] ** 2))
        k = theta[:3] / angle
        cross = np.array([[0, -k[2], k[1]], [k[2], 0, -k[0]], [-k[1], k[0], 0]])
        whole = np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * cross @ cross
        vertices = np.einsum("nbj,bij->ni", skin, (np.stack(places) @ inverses)[:, :3])
        y = vertices @ whole.T + theta[3:6] - points
        return y, y

    both = jax.jit(lambda theta: jax.jacfwd(f, has_aux=True)(theta))
    theta = np.array(data.theta)
    return lambda: jax.block_until_ready(both(theta)), lambda found: (
        np.sum(found[1] ** 2),
        adbench.mixed(numpy.ravel(found[0]).tolist()),
    )


adbench.measured(make)
