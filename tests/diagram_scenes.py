"""Scenes that several tests of diagrams draw: the course's figures written down by hand, and random ones."""

import random
from collections.abc import Callable
from functools import reduce
from operator import add, mul, sub
from pathlib import Path
from typing import Any

import nn
from autograd import Value, draw, sigmoid, sin, sum, tanh
from autograd.diagram import Edge, Math, Node, Row, Scene

WAYS: dict[str, Any] = {
    "plain": {"partials": None},
    "symbols": {},
    "values": {"values": True},
    "both": {"values": True, "partials": "both"},
}

SCRIPTS = sorted((Path(__file__).parent / "figures").glob("*.py"))  # that draw the course's figures


def unit(name: str, i: int, k: int) -> Math:
    """x_i^{(k)} or s_i^{(k)}."""
    return Math(f"{name}_{i}^{{({k})}}", f"{name}{i}({k})")


def weight(i: int, j: int, k: int) -> Math:
    """w_{i,j}^{(k)}."""
    return Math(f"w_{{{i},{j}}}^{{({k})}}", f"w{i},{j}({k})")


def titanic_mlp() -> Scene:
    """The network of the course's section 3, with full notation."""

    def total(i: int, k: int) -> Node:
        note = rf"s_{i}^{{({k})}}=\sum_{{j=1}}^{{3}}w_{{{i},j}}^{{({k - 1})}}x_j^{{({k - 1})}}"
        return Node(f"s{i}{k}", unit("s", i, k), Math(note))

    def output(i: int, k: int) -> Node:
        s = f"s_{i}^{{({k})}}"
        note = rf"x_{i}^{{({k})}}=\sigma({s})=\frac{{1}}{{1+e^{{-{s}}}}}"
        return Node(f"x{i}{k}", unit("x", i, k), Math(note))

    def given(i: int, k: int, what: str) -> Node:
        return Node(f"x{i}{k}", (unit("x", i, k), what))

    nodes = [given(1, 1, "(age)"), given(2, 1, "(male)"), given(3, 1, "1 (bias)"), total(1, 2), total(2, 2)]
    nodes += [output(1, 2), output(2, 2), given(3, 2, "1 (bias)"), total(1, 3), output(1, 3)]
    edges = [Edge(f"x{j}1", f"s{i}2", weight(i, j, 1)) for i in (1, 2) for j in (1, 2, 3)]
    edges += [Edge(f"x{j}2", "s13", weight(1, j, 2)) for j in (1, 2, 3)]
    edges += [Edge(f"s{unit}", f"x{unit}") for unit in ("12", "22", "13")]
    rows = [("x11", "x21", "x31"), ("s12", "s22"), ("x12", "x22", "x32"), ("s13",), ("x13",)]
    return Scene(tuple(nodes), tuple(edges), tuple(map(Row, rows)))


def titanic_logistic() -> Scene:
    """Logistic regression as a network, of the course's section 3."""
    inputs = [(f"x{i}", (Math(f"x_{i}"), what)) for i, what in enumerate(("(age)", "(male)", "(is young male)", "(1)"))]
    nodes = [Node(key, label) for key, label in inputs]
    nodes += [Node("s", Math("s"), Math(r"s=\sum_i x_i w_i"))]
    nodes += [Node("z", (Math("z"), "(output)"), Math(r"z=\sigma(s)=\frac{1}{1+e^{-s}}"))]
    edges = [Edge(key, "s", Math(f"w_{i}")) for i, (key, _) in enumerate(inputs)] + [Edge("s", "z")]
    return Scene(tuple(nodes), tuple(edges), (Row(tuple(key for key, _ in inputs)),))


def titanic_mlp_cartoon() -> Scene:
    """The network of the course's section 3, without mathematics."""
    names = ["age", "male", "1 (bias)", "hidden repr. 1", "hidden repr. 2", "1 (bias)", "Prob. Survived"]
    nodes = [Node(str(i), name) for i, name in enumerate(names)]
    edges = [Edge(tail, head) for head in "34" for tail in "012"] + [Edge(tail, "6") for tail in "345"]
    rows = [("012", "input units", "weights"), ("345", "hidden units", "weights"), ("6", "output units", "")]
    return Scene(tuple(nodes), tuple(edges), tuple(Row(tuple(keys), caption, arrows) for keys, caption, arrows in rows))


def open_ended() -> Scene:
    """A unit of a layer like any other, with arrows that come from and go to the open, and an ellipsis."""
    nodes = [Node("x1", Math("x_1^{(k)}")), Node("dots", Math(r"\cdots", "…"), shape="dots")]
    nodes += [Node("xn", Math("x_{n_k}^{(k)}")), Node("s", Math("s_i^{(k+1)}"), "a sum")]
    nodes += [Node(key, shape="point") for key in ("in", "left", "right")]
    edges = [Edge("x1", "s", Math("w_{i,1}")), Edge("xn", "s", Math("w_{i,n}")), Edge("in", "x1")]
    edges += [Edge("s", "left"), Edge("s", "right")]
    rows = [("in",), ("x1", "dots", "xn"), ("s",), ("left", "right")]
    return Scene(tuple(nodes), tuple(edges), tuple(map(Row, rows)))


def twins() -> Scene:
    """x x x: arrows that join the same two nodes, and one that a node is in the way of."""
    nodes = (Node("x", Math("x")), Node("y", Math("x^2")), Node("z", Math("x^3")))
    arrows = [("x", "y", "x"), ("x", "y", "x"), ("y", "z", "x"), ("x", "z", "x^2")]
    return Scene(nodes, tuple(Edge(tail, head, Math(label)) for tail, head, label in arrows))


FIGURES = {make.__name__: make() for make in (titanic_mlp, titanic_logistic, titanic_mlp_cartoon, open_ended, twins)}


def random_scene(seed: int) -> Scene:
    """A random acyclic graph of up to 30 nodes, with labels short and long, notes and numbers."""
    chance = random.Random(seed)
    labels = ["x", "x^2y", r"\frac{1}{2\sqrt{z}}", r"\cos(x^2y)+x^2\sqrt{z}", "w_{1,2}^{(1)}", "1", r"-\sin(x^2y)"]

    def label(share: float) -> Math | str:
        return Math(chance.choice(labels)) if chance.random() < share else ""

    count = chance.randrange(2, 31)
    nodes = []
    for i in range(count):
        numbers = ("value 1.25", "grad –") if chance.random() < 0.3 else ("", "")
        nodes.append(Node(f"n{i}", label(1.0), label(0.3), *numbers))
    ends = [(chance.randrange(i), i) for i in range(1, count) for _ in range(chance.choice([1, 1, 2, 2, 3]))]
    return Scene(tuple(nodes), tuple(Edge(f"n{tail}", f"n{head}", label(0.8)) for tail, head in ends))


def random_graph(seed: int, nodes: int) -> Scene:
    """The diagram of a random graph of Values all of which are used, with values and gradients beside them."""
    chance = random.Random(seed)
    found = [Value(chance.random(), f"x_{i}") for i in range(1, nodes // 5 + 2)]
    unused = list(found)
    while len(found) < nodes or len(unused) > 1:
        a, b = unused.pop(0), chance.choice(found[-8:])
        if len(found) >= nodes:
            b = unused.pop(0)
        found.append(chance.choice([a * b, a + b, sigmoid(a) - b, sin(a)]) if len(found) < nodes else a + b)
        unused.append(found[-1])
    return draw(unused[0], values=seed % 2 == 0).scene


def random_operations(seed: int, count: int) -> Value:
    """The result of so many random operations at least, all of which it needs, with all gradients."""
    chance = random.Random(f"{count} operations, {seed}")
    found = [Value(round(chance.uniform(0.5, 2.0), 2), name) for name in "xyzw"[: chance.choice([2, 3, 4])]]
    unused = list(found)
    functions: list[Callable[[Value, Value], Value]] = [mul, add, sub, mul, lambda a, b: a / (b**2 + 1)]
    functions += [lambda a, b: sin(a), lambda a, b: tanh(a), lambda a, b: a**2]
    for left in range(count, 0, -1):
        a = unused.pop(chance.randrange(len(unused)))
        b = unused[0] if len(unused) >= left else chance.choice(found)
        found.append(chance.choice(functions[: 5 if b in unused else None])(a, b))
        unused = [*(node for node in unused if node is not b), found[-1]]
    result = reduce(add, unused)
    result.backward()
    return result


def recurrent(steps: int) -> Value:
    """A recurrent network, unrolled."""
    w, u, b, h = Value(0.5, "w"), Value(0.3, "u"), Value(0.1, "b"), Value(0.0, "h_0")
    for t in range(1, steps + 1):
        h = tanh(w * h + u * Value(float(t), f"x_{t}") + b)
        h.label = f"h_{t}"
    h.backward()
    return h


def used_everywhere() -> Scene:
    """A value used by every step of a long chain, as a weight of a recurrent network is."""
    w, h = Value(0.5, "w"), Value(1.0, "h")
    for _ in range(12):
        h = tanh(w * h)
    return draw(h, fold=()).scene


def skips() -> Scene:
    """Steps that share two weights and a bias and are skipped by others, all that can be written being written."""
    w, b, h = [Value(0.5, "w_1"), Value(-0.4, "w_2")], Value(0.1, "b"), [Value(1.0, "x")]
    for i in range(6):
        h.append(tanh(h[-1] * w[i % 2] + b) + h[max(0, i - 3)])
    h[-1].backward()
    return draw(h[-1], partials="both", values=True).scene


def fan_in() -> Scene:
    """Many products that are added up, of leaves some of which have long names."""
    names = ["x", "the price of a ticket", "y_{1,2}", "z", "a name <of> several words & signs", "t"]
    leaves = [Value(i + 1.0, name) for i, name in enumerate(names)]
    return draw(sum(a * b for a in leaves[:3] for b in leaves), partials="numbers").scene


def scalar_network() -> Scene:
    """A network down to the last weight: flat arrows that leave and enter crowded rows."""
    model = nn.MLP(3, [4, 4, 1], rng=random.Random(1))
    return draw(model([Value(0.5, f"x_{i}") for i in (1, 2, 3)]), fold=()).scene


VALUES = {f"graph {seed}": random_graph(seed, 10 + 8 * seed) for seed in range(5)}
VALUES |= {make.__name__: make() for make in (used_everywhere, skips, fan_in, scalar_network)}
