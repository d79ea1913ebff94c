"""This package: the mixture by rows, the bundle by columns in machine code, the LSTM by a loop there.

Of the hand the bones are compiled, as the skin is a linear map of where they are.
"""

import adbench
import numpy as np

import autograd
from autograd import Value, compile, compile_rows, dot, exp, log, logsumexp, scan, sigmoid, tanh


def make(name, data):
    return {"ba": bundle, "lstm": memory, "hand": hand}.get(name, mixture)(data)


def mixture(data):
    d, k, n = data.d, len(data.alpha), len(data.x)
    alpha, mu, q, l = [Value(x) for x in data.alpha], *([[Value(x) for x in row] for row in m] for m in data[3:])
    start = [sum(d - 1 - j for j in range(i)) for i in range(d)]  # of the columns below the diagonal

    def likelihood(x):
        terms = []
        for a, m, b, c in zip(alpha, mu, q, l, strict=True):
            y = [u - v for u, v in zip(x, m, strict=True)]
            z = [exp(b[i]) * y[i] + dot([c[start[j] + i - j - 1] for j in range(i)], y[:i]) for i in range(d)]
            terms.append(a + autograd.sum(b) - 0.5 * dot(z, z))
        return logsumexp(terms)

    def prior(p):
        a, b, c = p[:k], p[k + k * d : k + 2 * k * d], p[k + 2 * k * d :]
        squares = [*map(exp, [2.0 * x for x in b]), *[x * x for x in c]]
        return -n * logsumexp(a) - 0.5 * autograd.sum(squares)

    flat = [*alpha, *[x for m in (mu, q, l) for row in m for x in row]]
    program = compile_rows(likelihood, ([0.0] * d,), flat)
    rest = compile(prior, engine="llvm")
    rows = program.over(np.array(data.x))
    order = np.array(program.order)
    numbers = [x.data for x in flat]

    def call():
        value = n * rows.step()
        more, slopes = rest.value_and_grad(numbers)
        gradient = np.array(slopes)
        gradient[order] += n * program.grad
        return value + more, gradient

    return call, lambda found: (found[0], adbench.mixed(found[1].tolist()))


def bundle(data):
    f = compile(lambda *xs: adbench.residuals(autograd, xs[:11], xs[11:14], *xs[14:]), tuple(range(15)), engine="llvm")
    g = compile(lambda w: 1.0 - w * w, engine="llvm")
    cameras, points, seen, where = [np.array(x).T.copy() for x in (data.cameras, data.points, data.seen, data.where)]
    w = np.array(data.weights)

    def call():
        columns = [*np.take(cameras, seen[0], axis=1), *np.take(points, seen[1], axis=1), w, *where]
        return f(*columns), f.jacobian(*columns), g(w), g.grad(w)

    def told(found):
        (u, v), (du, dv), e, de = found
        rows = np.array([*du, *dv]).T.ravel()
        return np.sum(u * u + v * v) + np.sum(e * e), adbench.mixed(rows.tolist()) + adbench.mixed(de.tolist())

    return call, told


def memory(data):
    b, layers = data.b, len(data.gates) // 2

    def loss(p):
        gates, extra = p

        def step(carry, given):
            state, total = carry
            now, following = given
            x, found = [a * e for a, e in zip(now, extra[0], strict=True)], []
            for k in range(layers):
                w, bias, hidden, cell = *gates[2 * k : 2 * k + 2], *state[2 * k : 2 * k + 2]
                forget = [sigmoid(x[i] * w[i] + bias[i]) for i in range(b)]
                take = [sigmoid(hidden[i] * w[b + i] + bias[b + i]) for i in range(b)]
                give = [sigmoid(x[i] * w[2 * b + i] + bias[2 * b + i]) for i in range(b)]
                change = [tanh(hidden[i] * w[3 * b + i] + bias[3 * b + i]) for i in range(b)]
                cell = [cell[i] * forget[i] + take[i] * change[i] for i in range(b)]
                x = [give[i] * tanh(cell[i]) for i in range(b)]
                found += [x, cell]
            y = [x[i] * extra[1][i] + extra[2][i] for i in range(b)]
            norm = log(autograd.sum([exp(z) for z in y]) + 2.0)
            return (found, total + autograd.sum([a * (z - norm) for a, z in zip(following, y, strict=True)])), None

        (_, total), _ = scan(step, (data.state, 0.0), (data.text[:-1], data.text[1:]))
        return -total / (b * (len(data.text) - 1))

    f = compile(loss, engine="llvm")
    at = data.gates, data.extra

    def told(found):
        value, (gates, extra) = found
        return value, adbench.mixed([x for row in (*gates, *extra) for x in row])

    return lambda: f.value_and_grad(at), told


def hand(data):
    small = data._replace(skin=(), points=(), theta=())
    f = compile(lambda theta: np.array(adbench.bones(autograd, theta, small)), engine="llvm")
    theta, skin, points = map(np.array, (data.theta, data.skin, data.points))

    def call():
        y = skin @ f(theta).reshape(88, 3) - points
        return y, skin @ f.jacobian(theta).reshape(88, 78)

    return call, lambda found: (np.sum(found[0] ** 2), adbench.mixed(found[1].ravel().tolist()))


adbench.measured(make)
