"""PyTorch in double precision on one thread, vectorised; one observation's Jacobian by `vmap`."""

from itertools import pairwise

import adbench
import torch

torch.set_default_dtype(torch.float64)
torch.set_num_threads(1)


def make(name, data):
    return {"ba": bundle, "lstm": memory, "hand": hand}.get(name, mixture)(data)


def mixture(data):
    d, k, n = data.d, len(data.alpha), len(data.x)
    x = torch.tensor(data.x)
    below = [(i, j) for j in range(d) for i in range(j + 1, d)]
    rows, columns = [i for i, _ in below], [j for _, j in below]
    p = [torch.tensor(y, requires_grad=True) for y in (data.alpha, data.mu, data.q, data.l)]

    def call():
        alpha, mu, q, l = p
        for y in p:
            y.grad = None
        Q = torch.diag_embed(torch.exp(q))
        Q[:, rows, columns] = l.reshape(k, -1)
        z = torch.einsum("kij,nkj->nki", Q, x[:, None] - mu)
        terms = alpha + q.sum(1) - 0.5 * (z * z).sum(2)
        rest = n * torch.logsumexp(alpha, 0) + 0.5 * (torch.exp(2 * q).sum() + (l * l).sum())
        value = torch.logsumexp(terms, 1).sum() - rest
        value.backward()
        return value, [y.grad for y in p]

    return call, lambda found: (found[0].item(), adbench.mixed(torch.cat([x.ravel() for x in found[1]]).tolist()))


def bundle(data):
    seen = torch.tensor(data.seen)
    cameras, points, weights, where = map(torch.tensor, (data.cameras, data.points, data.weights, data.where))

    def one(z, where):
        y = torch.stack(adbench.residuals(torch, z[:11], z[11:14], z[14], where[0], where[1]))
        return y, y

    f = torch.func.vmap(torch.func.jacrev(one, has_aux=True))

    def call():
        z = torch.column_stack([cameras[seen[:, 0]], points[seen[:, 1]], weights])
        J, y = f(z, where)
        return y, J, 1 - weights**2, -2 * weights

    def told(found):
        y, J, e, de = found
        numbers = adbench.mixed(J.ravel().tolist()) + adbench.mixed(de.tolist())
        return (y * y).sum() + (e * e).sum(), numbers

    return call, told


def memory(data):
    b, layers, text = data.b, len(data.gates) // 2, torch.tensor(data.text)
    p = [torch.tensor(y, requires_grad=True) for y in (data.gates, data.extra)]

    def call():
        for y in p:
            y.grad = None
        gates, extra = p[0].reshape(layers, 2, 4, b), p[1]
        state, total = list(torch.tensor(data.state).reshape(layers, 2, b)), 0.0
        for now, following in pairwise(text):
            x = now * extra[0]
            for k in range(layers):
                w, bias, (hidden, cell) = gates[k, 0], gates[k, 1], state[k]
                forget, give = torch.sigmoid(x * w[0] + bias[0]), torch.sigmoid(x * w[2] + bias[2])
                take, change = torch.sigmoid(hidden * w[1] + bias[1]), torch.tanh(hidden * w[3] + bias[3])
                cell = cell * forget + take * change
                x = give * torch.tanh(cell)
                state[k] = x, cell
            y = x * extra[1] + extra[2]
            total = total + (following * (y - torch.log(torch.exp(y).sum() + 2))).sum()
        value = -total / (b * (len(text) - 1))
        value.backward()
        return value, [y.grad for y in p]

    return call, lambda found: (found[0].item(), adbench.mixed(torch.cat([x.ravel() for x in found[1]]).tolist()))


def hand(data):
    skin, points, theta = map(torch.tensor, (data.skin, data.points, data.theta))
    skin, corner = skin.reshape(-1, 22, 4), torch.tensor([[[0.0, 0.0, 0.0, 1.0]]] * 22)
    relatives, inverses = (torch.cat([torch.tensor(x), corner], dim=1) for x in data[1:3])
    taken = torch.tensor([x for i in range(5) for x in (6 + 4 * i, 8 + 4 * i, 9 + 4 * i)])
    joints = torch.tensor([2 + 4 * i + j for i in range(5) for j in range(3)])

    def f(theta):
        x = torch.zeros(22).index_copy(0, joints, theta[taken])
        z = torch.zeros(22).index_copy(0, joints[::3], theta[7::4])
        one, none = torch.ones(22), torch.zeros(22)
        (sx, sz), (cx, cz) = map(torch.sin, (x, z)), map(torch.cos, (x, z))
        rows = (
            [cz, -sz * cx, sz * sx, none],
            [sz, cz * cx, -cz * sx, none],
            [none, sx, cx, none],
            [none, none, none, one],
        )
        own = relatives @ torch.stack([torch.stack(row, 1) for row in rows], 1)
        places = []
        for i, parent in enumerate(data.parents):
            places.append(own[i] if parent < 0 else places[parent] @ own[i])
        angle = torch.sqrt(torch.sum(theta[:3] ** 2))
        a, b, c = theta[:3] / angle
        o = torch.zeros(())
        cross = torch.stack([torch.stack(row) for row in ([o, -c, b], [c, o, -a], [-b, a, o])])
        whole = torch.eye(3) + torch.sin(angle) * cross + (1 - torch.cos(angle)) * cross @ cross
        vertices = torch.einsum("nbj,bij->ni", skin, (torch.stack(places) @ inverses)[:, :3])
        y = vertices @ whole.T + theta[3:6] - points
        return y, y

    both = torch.func.jacfwd(f, has_aux=True)
    return lambda: both(theta), lambda found: (
        torch.sum(found[1] ** 2).item(),
        adbench.mixed(found[0].ravel().tolist()),
    )


adbench.measured(make)
