"""CasADi: one point, and one observation, as SX; all of them by its own loops; C code, compiled by gcc."""

import os
import subprocess
import tempfile
from types import SimpleNamespace

import adbench
import casadi
import numpy as np

M = SimpleNamespace(**{name: getattr(casadi, name) for name in ("sin", "cos", "sqrt")})


def made(f):
    """The function, as gcc makes it."""
    folder = tempfile.mkdtemp()
    f.generate(f"{f.name()}.c", {"with_header": False})
    os.replace(f"{f.name()}.c", f"{folder}/f.c")
    command = ["gcc", "-O3", "-march=native", "-fPIC", "-shared", "-o", f"{folder}/f.so", f"{folder}/f.c", "-lm"]
    subprocess.run(command, check=True)
    return casadi.external(f.name(), f"{folder}/f.so")


def buffered(f, *given):
    """A call by its buffers, which is its quickest way; and the arrays of its arguments and results."""
    f = made(f)
    buffer, run = f.buffer()
    given = [x.ravel(order="F").copy() for x in given]  # which have to be kept
    results = [np.zeros(f.nnz_out(i)) for i in range(f.n_out())]
    for i, x in enumerate(given):
        buffer.set_arg(i, memoryview(x))
    for i, x in enumerate(results):
        buffer.set_res(i, memoryview(x))
    kept = f, buffer, given
    return lambda kept=kept: run(), given, results


def make(name, data):
    return {"ba": bundle, "hand": hand}.get(name, mixture)(data)


def mixture(data):
    d, k, n = data.d, len(data.alpha), len(data.x)
    p = casadi.SX.sym("p", k + 2 * k * d + k * d * (d - 1) // 2)
    x = casadi.SX.sym("x", d)
    alpha, mu, q = p[:k], casadi.reshape(p[k : k + k * d], d, k), casadi.reshape(p[k + k * d : k + 2 * k * d], d, k)
    l = casadi.reshape(p[k + 2 * k * d :], -1, k)
    terms = []
    for i in range(k):
        Q = casadi.diag(casadi.exp(q[:, i]))
        place = 0
        for column in range(d):
            for row in range(column + 1, d):
                Q[row, column] = l[place, i]
                place += 1
        z = Q @ (x - mu[:, i])
        terms.append(alpha[i] + casadi.sum1(q[:, i]) - 0.5 * casadi.dot(z, z))
    y = casadi.logsumexp(casadi.vertcat(*terms))
    point = casadi.Function("point", [p, x], [y, casadi.gradient(y, p)])
    P, X = casadi.MX.sym("P", p.numel()), casadi.MX.sym("X", d, n)
    value, slopes = point.map("all", "serial", n, [0], [0, 1])(P, X)
    rest = -n * casadi.logsumexp(alpha) - 0.5 * (
        casadi.sumsqr(casadi.exp(p[k + k * d : k + 2 * k * d])) + casadi.sumsqr(l)
    )
    prior = casadi.Function("prior", [p], [rest, casadi.gradient(rest, p)])
    more, moves = prior(P)
    f = casadi.Function("f", [P, X], [value + more, slopes + moves])
    at = [*data.alpha, *[x for m in (data.mu, data.q, data.l) for row in m for x in row]]
    run, _, results = buffered(f, np.array(at), np.array(data.x).T)
    return lambda: (run(), results)[1], lambda found: (found[0][0], adbench.mixed(found[1].tolist()))


def bundle(data):
    one_z, where = casadi.SX.sym("z", 15), casadi.SX.sym("where", 2)
    y = casadi.vertcat(*adbench.residuals(M, one_z[:11], one_z[11:14], one_z[14], where[0], where[1]))
    e = 1 - one_z[14] ** 2
    one = casadi.Function("one", [one_z, where], [y, casadi.jacobian(y, one_z), e, casadi.jacobian(e, one_z[14])])
    n = len(data.weights)
    Z, W = casadi.MX.sym("Z", 15, n), casadi.MX.sym("W", 2, n)
    f = casadi.Function("f", [Z, W], one.map(n)(Z, W))
    cameras, points, seen = np.array(data.cameras), np.array(data.points), np.array(data.seen)
    run, given, results = buffered(f, np.zeros((15, n)), np.array(data.where).T)
    z = given[0].reshape(n, 15)
    z[:, 14] = data.weights

    def call():
        z[:, :11], z[:, 11:14] = np.take(cameras, seen[:, 0], axis=0), np.take(points, seen[:, 1], axis=0)
        run()
        return results

    def told(found):
        y, J, e, de = found
        rows, columns = map(np.array, one.sparsity_out(1).get_triplet())
        dense = np.zeros((n, 2, 15))
        dense[:, rows, columns] = J.reshape(n, -1)
        numbers = dense.ravel()
        return np.sum(y * y) + np.sum(e * e), adbench.mixed(numbers.tolist()) + adbench.mixed(de.tolist())

    return call, told


def hand(data):
    theta = casadi.SX.sym("theta", 26)
    y = casadi.vertcat(*adbench.bones(M, casadi.vertsplit(theta), data))
    one = casadi.Function("one", [theta], [y, casadi.densify(casadi.jacobian(y, theta))])
    at, skin = casadi.MX.sym("theta", 26), casadi.MX(casadi.sparsify(casadi.DM(data.skin)))
    found, slopes = one(at)
    # Columns behind one another: the numbers of a bone's column are 3 entries in a row.
    vertices = casadi.mtimes(skin, casadi.reshape(found, 3, 88).T) - casadi.DM(data.points)
    moved = [casadi.mtimes(skin, slopes[i::3, :]) for i in range(3)]
    f = casadi.Function("f", [at], [vertices, *moved])
    run, _, results = buffered(f, np.array(data.theta))
    n = len(data.points)

    def told(found):
        y, *J = found
        return np.sum(y * y), adbench.mixed(np.array([x.reshape(26, n).T for x in J]).swapaxes(0, 1).ravel().tolist())

    return lambda: (run(), results)[1], told


adbench.measured(make)
