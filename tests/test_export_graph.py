"""A graph of Values as a JavaScript program, run by node."""

from __future__ import annotations

import json
import math
import shutil
import subprocess
from collections.abc import Sequence
from typing import Any

import pytest

import autograd
from autograd import DomainError, Value, custom, ieee, ops
from autograd.op import Domain, as_float, evaluate
from autograd.sweeps import adjoints
from tests.graphs import record, sample
from tests.javascript import GraphProgram, javascript

NODE = shutil.which("node") or ""
pytestmark = pytest.mark.skipif(not NODE, reason="node is not installed")


def run(programs: Sequence[GraphProgram], leaves: Sequence[Sequence[float]]) -> list[dict[str, list[float]]]:
    """What programs give, all in one process; numbers come back as text, since JSON has no NaN."""
    calls = [f"({p.text})({_array(xs)})" for p, xs in zip(programs, leaves, strict=True)]
    shown = "x => Object.is(x, -0) ? '-0' : String(Number(x))"
    text = f"for (const f of [{', '.join(f'() => {call}' for call in calls)}]) {{ const found = f();\n"
    text += "console.log(JSON.stringify(Object.fromEntries(Object.entries(found).map("
    text += f"([name, xs]) => [name, xs.map({shown})])))); }}"
    out = subprocess.run([NODE, "--input-type=module", "-"], input=text, capture_output=True, text=True, check=True)
    rows = [json.loads(line) for line in out.stdout.splitlines()]
    return [{name: [*map(_number, xs)] for name, xs in row.items()} for row in rows]


def _array(xs: Sequence[float]) -> str:
    return f"[{', '.join(map(repr, xs))}]".replace("inf", "Infinity").replace("nan", "NaN")


def _number(text: str) -> float:
    return float(text.replace("Infinity", "inf"))


def expected(y: Value, program: GraphProgram) -> dict[str, list[float]]:
    """The same by the engine."""
    slopes = adjoints(y)
    places = {node: i for i, node in enumerate(program.nodes)}
    edges = [(places[node], places[x], p) for node in reversed(program.nodes) for x, p in node.edges]
    assert [(a, b) for a, b, _ in edges] == [*program.edges]
    return {
        "values": [node.data for node in program.nodes],
        "partials": [p for _, _, p in edges],
        "adjoints": [slopes[node] for node in program.nodes],
        "defined": [float(is_defined(node)) for node in program.nodes],
    }


def is_defined(node: Value) -> bool:
    """Whether recording the node again raises no error."""
    try:
        if node.op is not None:
            evaluate(node.op, [*map(as_float, node.args)], node.args)
    except DomainError:
        return False
    return True


def assert_same(got: dict[str, list[float]], wanted: dict[str, list[float]], tolerance: float) -> None:
    assert got.keys() == wanted.keys()
    for name, xs in wanted.items():
        for x, y in zip(got[name], xs, strict=True):
            assert x == y or (x != x and y != y) or abs(x - y) <= tolerance * max(1.0, abs(y)), (name, x, y)


def test_values_partials_and_adjoints_of_random_graphs() -> None:
    ys = [nodes[-1] for graph in sample(300) if (nodes := record(graph)[1])]
    programs = [javascript(y) for y in ys]
    found = run(programs, [[leaf.data for leaf in p.leaves] for p in programs])
    assert len(found) == len(ys) > 250
    for y, program, got in zip(ys, programs, found, strict=True):
        assert_same(got, expected(y, program), 1e-11)


@pytest.mark.parametrize("name", ["erf", "erfc", "exp2", "gamma", "lgamma"])
def test_functions_that_javascript_lacks_are_right_to_the_last_digits(name: str) -> None:
    points = [x / 16 + 1 / 64 for x in range(-320, 480)]
    op = ops.TABLE[name]
    _check([op(Value(x)) for x in points], 4e-14 if name == "lgamma" else 1e-14)


@pytest.mark.parametrize("order", [0, 1, 2, 5])
def test_polygamma_of_any_order(order: int) -> None:
    points = [x / 8 + 1 / 64 for x in range(-40, 300)]
    _check([autograd.polygamma(order, Value(x)) for x in points], 2e-13)


def _check(ys: list[Value], tolerance: float) -> None:
    program = javascript(ys[0])
    found = run([program] * len(ys), [[leaf.data for leaf in y.parents] for y in ys])
    for y, got in zip(ys, found, strict=True):
        (value,) = got["values"][1:]
        assert abs(value - y.data) <= tolerance * max(abs(y.data), 1e-300) or math.isnan(y.data), (y.parents, value)


EDGES = [0.0, -0.0, 1.0, -1.0, 2.0, -2.0, 0.5, math.inf, -math.inf, math.nan, 1e-310, 1e300, -1e300]


@pytest.mark.parametrize("name", sorted({*ops.TABLE} - {"sum", "dot", "linear", "logsumexp", "polygamma", "power"}))
def test_at_the_edges_functions_do_what_they_do_within_ieee(name: str) -> None:
    op = ops.TABLE[name]
    points = [(x,) for x in EDGES] if op.arity == 1 else [(x, y) for x in EDGES for y in EDGES]
    with ieee():
        leaves = [[*map(Value, point)] for point in points]
        ys = [op(*xs) for xs in leaves]
    programs = [javascript(y) for y in ys]
    found = run(programs, [[leaf.data for leaf in p.leaves] for p in programs])
    for point, y, program, got in zip(points, ys, programs, found, strict=True):
        wanted = expected(y, program)
        for x, z in zip(got["values"], wanted["values"], strict=True):
            assert math.copysign(1.0, x) == math.copysign(1.0, z) or x != x, point
        assert_same(got, wanted, 1e-13)


def test_labels_are_identifiers_whatever_they_say() -> None:
    labels = [
        "double",
        "x); process.exit(1); (",
        "`${1}`",
        "*/",
        "</script>",
        "\u2028",
        "θ",
        "eval",
        "leaves",
        "values",
    ]
    xs = [Value(float(i), label=label) for i, label in enumerate(labels, start=1)]
    y = autograd.sum([x * x for x in xs])
    program = javascript(y)
    assert program.text.isascii()
    assert "</" not in program.text
    (got,) = run([program], [[leaf.data for leaf in program.leaves]])
    assert_same(got, expected(y, program), 0.0)


@pytest.mark.parametrize("n", [-2.0, -1.0, -0.5, 0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 5.0, math.inf])
def test_constant_powers_at_the_edges(n: float) -> None:
    # To powers of one half, programs take roots: of -inf they have NaN where C's pow has inf.
    edges = [x for x in EDGES if x != -math.inf or n % 1 == 0 or n == math.inf]
    with ieee():
        ys: list[Any] = [Value(x) ** n for x in edges]
    for y, got in zip(ys, run([javascript(y) for y in ys], [[x] for x in edges]), strict=True):
        assert_same(got, expected(y, javascript(y)), 1e-14)


def test_a_program_is_for_other_leaves_too_but_for_branches() -> None:
    x: Any = Value(3.0, label="x")
    y: Any = Value(-1.0, label="y")
    program = javascript(autograd.maximum(x, y) * autograd.where(x > 0, autograd.sqrt(x), x))
    got, outside = run([program] * 2, [[2.0, 4.0], [-4.0, 1.0]])
    assert sorted(got["values"]) == sorted([2.0, 4.0, 4.0, 2**0.5, 4 * 2**0.5])
    assert math.isnan(outside["values"][-1])
    assert outside["defined"].count(0.0) == 1


def test_a_domain_that_cannot_be_read_counts_as_everything() -> None:
    op = custom(
        "exportable", lambda m, x: (m.sqrt(x), (0.5 / m.sqrt(x),)), domain=Domain("x", lambda x: x >= 0 and x < 9)
    )
    (got,) = run([javascript(op(Value(4.0)))], [[-1.0]])
    assert math.isnan(got["values"][1])
    assert got["defined"] == [1.0, 1.0]


def test_a_leaf_alone_and_a_leaf_used_twice() -> None:
    x: Any = Value(3.0, label="x")
    alone, square = javascript(x), javascript(x * x)
    got = run([alone, square], [[5.0], [5.0]])
    assert got[0] == {"values": [5.0], "partials": [], "adjoints": [1.0], "defined": [1.0]}
    assert got[1] == {"values": [5.0, 25.0], "partials": [5.0, 5.0], "adjoints": [10.0, 1.0], "defined": [1.0, 1.0]}
    assert square.edges == ((1, 0), (1, 0))
