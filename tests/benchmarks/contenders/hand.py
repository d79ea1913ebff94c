"""What an expert writes by hand for each job: straight-line Python, and NumPy in preallocated arrays."""

from collections.abc import Callable, Sequence
from functools import partial
from itertools import pairwise
from typing import Any

import common
import numpy as np
from common import Step


def tiny(a: float, b: float) -> tuple[float, tuple[float, float]]:
    bb = b * b
    e = a + b - a * b - bb * b
    return e * e * 0.5, (e - e * b, e - e * (a + 3.0 * bb))


def small(a: float, b: float) -> tuple[float, tuple[float, float]]:
    # Put together: c = 3a + 4b + 3, d = 12 (ab + b^3) + 4 relu(b + a) + relu(b - a)
    bb = b * b
    c = 3.0 * a + 4.0 * b + 3.0
    d = 12.0 * (a * b + bb * b)
    da, db = 3.0 - 12.0 * b, 4.0 - 12.0 * (a + 3.0 * bb)  # of c - d
    u, v = b + a, b - a
    if u > 0:
        d += 4.0 * u
        da -= 4.0
        db -= 4.0
    if v > 0:
        d += v
        da += 1.0
        db -= 1.0
    e = c - d
    f = e * e
    de = e - 20.0 / (f * e)
    return f * 0.5 + 10.0 / f, (de * da, de * db)


# -- networks: a column of ones in every layer, so that one product takes care of the biases --------------------


class Network:
    """Weights and slopes in one vector each; for each layer, views of them and arrays for all rows."""

    def __init__(self, sizes: Sequence[int], X: Sequence[Sequence[float]]) -> None:
        n = len(X)
        shapes = [(below + 1, above) for below, above in pairwise(sizes)]
        self.w = np.concatenate([np.array(layer).T.ravel() for layer in common.weights(sizes)])
        self.g = np.empty_like(self.w)
        ends = np.cumsum([0, *(below * above for below, above in shapes)])
        self.W, self.G = (
            [v[i:j].reshape(shape) for (i, j), shape in zip(pairwise(ends), shapes, strict=True)]
            for v in (self.w, self.g)
        )
        self.x = [np.ones((n, below)) for below, _ in shapes]
        self.x[0][:, :-1] = X
        self.h = [x[:, :-1] for x in self.x]
        self.xT = [x.T for x in self.x]
        self.WT = [W[:-1].T for W in self.W]
        self.s = [np.empty((n, above)) for _, above in shapes]
        self.ds = [np.empty((n, above)) for _, above in shapes]

    def forward(self, activation: Callable[[Any, Any], object]) -> Any:
        for k, W in enumerate(self.W):
            if k:
                activation(self.s[k - 1], self.h[k])
            np.dot(self.x[k], W, out=self.s[k])
        return self.s[-1]

    def backward(self, slope: Callable[[int], object]) -> None:
        """From the slopes by the outputs, `ds[-1]`, down; `slope(k)` multiplies `ds[k]` by the activation's slope."""
        for k in range(len(self.W) - 1, 0, -1):
            np.dot(self.xT[k], self.ds[k], out=self.G[k])
            np.dot(self.ds[k], self.WT[k], out=self.ds[k - 1])
            slope(k - 1)
        np.dot(self.xT[0], self.ds[0], out=self.G[0])

    def descend(self) -> None:
        self.g *= common.RATE
        self.w -= self.g


def rectify(s: Any, h: Any) -> None:
    np.maximum(s, 0.0, out=h)


def rectifiers(net: Network) -> Callable[[int], object]:
    active = [np.empty(s.shape, bool) for s in net.s]

    def slope(k: int) -> None:
        np.greater(net.s[k], 0.0, out=active[k])
        np.multiply(net.ds[k], active[k], out=net.ds[k])

    return slope


def moons() -> Step:
    X, labels = common.moons()
    net, y = Network(common.MOONS, X), np.array(labels)[:, None]
    n, slope = len(y), rectifiers(net)
    share, margin, wrong, decay = -y / n, np.empty_like(y), np.empty(y.shape, bool), np.empty_like(net.w)

    def step() -> object:
        np.multiply(y, net.forward(rectify), out=margin)
        np.subtract(1.0, margin, out=margin)
        np.maximum(margin, 0.0, out=margin)
        loss = margin.sum() / n + common.ALPHA * net.w.dot(net.w)
        np.greater(margin, 0.0, out=wrong)
        np.multiply(share, wrong, out=net.ds[-1])
        net.backward(slope)
        np.multiply(net.w, 2 * common.ALPHA, out=decay)
        np.add(net.g, decay, out=net.g)
        net.descend()
        return loss

    return step


def passengers() -> Step:
    X, survived = common.passengers()
    net, y = Network(common.PASSENGERS, X), np.array(survived)[:, None]
    n, p, q, other = len(y), np.empty_like(y), np.empty_like(y), 1.0 - y
    down = [np.empty_like(s) for s in net.s]

    def sigmoid(s: Any, h: Any) -> None:
        np.negative(s, out=s)
        np.exp(s, out=s)
        np.add(s, 1.0, out=s)
        np.divide(1.0, s, out=h)

    def slope(k: int) -> None:
        h = net.h[k + 1]
        np.subtract(1.0, h, out=down[k])
        np.multiply(down[k], h, out=down[k])
        np.multiply(net.ds[k], down[k], out=net.ds[k])

    def step() -> object:
        sigmoid(net.forward(sigmoid), p)
        np.subtract(p, other, out=q)  # p where y is 1, p - 1 where it is 0
        np.abs(q, out=q)
        np.log(q, out=q)
        loss = -q.sum() / n
        np.subtract(p, y, out=p)
        np.multiply(p, 1.0 / n, out=net.ds[-1])
        net.backward(slope)
        net.descend()
        return loss

    return step


def passengers_strictly() -> Step:
    """The same for these two layers alone, rows side by side: logaddexp, its slope sigmoid(z) - y, all in place."""
    X, survived = common.passengers()
    n, y = len(X), np.array(survived)[None]
    first, last = (np.array(layer) for layer in common.weights(common.PASSENGERS))
    w = np.concatenate([first.ravel(), last.ravel()])
    g = np.empty_like(w)
    (W, dW), (V, dV) = (
        [v[part].reshape(shape) for v in (w, g)] for part, shape in ((slice(6), (2, 3)), (slice(6, 9), (1, 3)))
    )
    x, h = np.ones((3, n)), np.ones((3, n))
    x[:2] = np.array(X).T
    u, d, z, p, l, xT, hT, VT = h[:2], np.empty((2, n)), *np.empty((3, 1, n)), x.T.copy(), h.T, V[:, :2].T
    zero, one, share = np.zeros((1, n)), np.array(1.0), np.array(1.0 / n)

    def step() -> object:
        np.matmul(W, x, u)
        np.negative(u, u)
        np.exp(u, u)
        np.add(u, one, u)
        np.divide(one, u, u)
        np.matmul(V, h, z)
        np.logaddexp(zero, z, l)
        loss = (l.sum() - np.vdot(y, z)) / n
        np.negative(z, p)
        np.exp(p, p)
        np.add(p, one, p)
        np.divide(one, p, p)
        np.subtract(p, y, p)
        np.multiply(p, share, p)
        np.matmul(p, hT, dV)
        np.multiply(VT, p, d)
        np.multiply(d, u, d)
        np.subtract(one, u, u)
        np.multiply(d, u, d)
        np.matmul(d, xT, dW)
        np.multiply(g, common.RATE, g)
        np.subtract(w, g, w)
        return loss

    return step


def classifier(net: Network, y: Any) -> Step:
    """Steps of a network whose outputs are scores of classes."""
    n = len(y)
    rows, slope = np.arange(n), rectifiers(net)
    top, total = np.empty((n, 1)), np.empty((n, 1))

    def step() -> object:
        s, p = net.forward(rectify), net.ds[-1]
        np.max(s, axis=1, keepdims=True, out=top)
        np.subtract(s, top, out=s)
        np.exp(s, out=p)
        np.sum(p, axis=1, keepdims=True, out=total)
        loss = (np.log(total).sum() - s[rows, y].sum()) / n
        np.divide(p, total, out=p)
        p[rows, y] -= 1.0
        np.multiply(p, 1.0 / n, out=p)
        net.backward(slope)
        net.descend()
        return loss

    return step


def digits() -> Step:
    X, y = common.digits()
    return classifier(Network(common.DIGITS, X), y)


def pictures() -> Step:
    pixels, classes, order = common.pictures()
    X, y = np.frombuffer(pixels, np.uint8).reshape(-1, 784) / 255, np.frombuffer(classes, np.uint8)
    batches = [np.array(order[i : i + common.BATCH]) for i in range(0, len(order), common.BATCH)]
    full, last = (Network(common.PICTURES, X[rows]) for rows in (batches[0], batches[-1]))  # of two sizes
    steps = [(net, y[: len(net.x[0])].copy()) for net in (full, last)]
    learn = {len(labels): (net, labels, classifier(net, labels)) for net, labels in steps}

    def step() -> object:
        for rows in batches:
            net, labels, descend = learn[len(rows)]
            if net is last:
                last.w[:] = full.w
            net.x[0][:, :-1] = X[rows]
            labels[:] = y[rows]
            loss = descend()
        full.w[:] = last.w
        return loss

    return step


# -- columns ------------------------------------------------------------------------------------------------------


def columns() -> Step:
    x, y, z = np.array(common.points()).T.copy()

    def step() -> object:
        xx = x * x
        u, root = xx * y, np.sqrt(z)
        sin = np.sin(u)
        f = np.cos(u) + xx * root
        dx = 2 * x * (root - y * sin)
        dy = -xx * sin
        dz = 0.5 * xx / root
        return f.sum(), dx[0], dy[-1], dz[0]

    return step


def blocked(block: int = 4096) -> Step:
    """The same in blocks that stay in the cache, with one tangent in place of sine and cosine."""
    x, y, z = np.array(common.points()).T.copy()
    f, dx, dy, dz = (np.empty_like(x) for _ in range(4))
    xx_, t_, w_, root_, sin_ = (np.empty(block) for _ in range(5))

    def step() -> object:
        for i in range(0, len(x), block):
            a, b, c = x[i : i + block], y[i : i + block], z[i : i + block]
            xx, t, w, root, sin = (v[: len(a)] for v in (xx_, t_, w_, root_, sin_))
            np.multiply(a, a, out=xx)
            np.multiply(xx, b, out=t)
            np.multiply(t, 0.5, out=t)
            np.tan(t, out=t)
            np.multiply(t, t, out=w)
            np.add(w, 1.0, out=sin)
            np.divide(2.0, sin, out=sin)  # 2 / (1 + t^2), so that cos = that - 1 and sin = t times that
            value = f[i : i + block]
            np.subtract(sin, 1.0, out=value)
            np.multiply(sin, t, out=sin)
            np.sqrt(c, out=root)
            np.multiply(xx, root, out=w)
            np.add(value, w, out=value)
            down = dy[i : i + block]
            np.multiply(xx, sin, out=down)
            np.negative(down, out=down)
            np.multiply(b, sin, out=sin)
            np.subtract(root, sin, out=sin)
            np.multiply(sin, a, out=sin)
            np.multiply(sin, 2.0, out=dx[i : i + block])
            np.divide(xx, root, out=w)
            np.multiply(w, 0.5, out=dz[i : i + block])
        return f.sum(), dx[0], dy[-1], dz[0]

    return step


if __name__ == "__main__":
    common.serve(
        {
            "W1": lambda: partial(tiny, common.A, common.B),
            "W2": lambda: partial(small, common.C, common.D),
            "W3": moons,
            "W4": passengers,
            "W4 strict": passengers_strictly,
            "W5": digits,
            "W6": columns,
            "W6 best": blocked,
            "W8": pictures,
        }
    )
