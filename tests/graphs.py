"""Random graphs for Hypothesis, and how to run one in the engine under test."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from mpmath import mp

from autograd import Value, ops
from tests import naive
from tests.naive import Graph, Noise, Step

DIGITS = 100  # that the naive engine computes with
MAX_PATHS = 200  # that it walks
TAME = 8.0  # no value and no slope is larger, so that rounding errors stay small
NEAR = 1e-3  # no node is nearer to a kink

NAMES = sorted(set(ops.TABLE) & set(naive.DEFINITIONS))
EXACT = ["abs", "add", "dot", "identity", "linear", "maximum", "minimum", "mul", "neg", "relu", "sign", "sub", "sum"]


def apply(name: str, operands: list[Any]) -> Any:
    """One operation in the engine under test, of operands in one row."""
    op = ops.TABLE[name]
    scalars = op.arity - op.vectors
    n = (len(operands) - scalars) // op.vectors if op.vectors else 0
    vectors = [operands[i * n : (i + 1) * n] for i in range(op.vectors)]
    return op(*vectors, *operands[op.vectors * n :])


def record(graph: Graph) -> tuple[list[Value], list[Value]]:
    """The leaves and all nodes of a graph in the engine under test."""
    leaves = [Value(x) for x in graph.leaves]
    return leaves, graph.run(leaves, apply)


# -- strategies -----------------------------------------------------------------------------------------------


def smooth_graphs(names: Sequence[str] = NAMES) -> st.SearchStrategy[Graph]:
    """Graphs of all functions, with shared nodes, repeated operands and constants, away from kinks and poles."""
    return _graphs(st.floats(-3, 3, width=32), names, _is_tame)


def kinked_graphs() -> st.SearchStrategy[Graph]:
    """Graphs of small integers and piecewise linear functions, which are on kinks often and computed exactly."""
    return _graphs(st.integers(-3, 3).map(float), EXACT, _is_small)


Accepts = Callable[[str, list[Any], Any], bool]


@st.composite
def _graphs(draw: st.DrawFn, number: st.SearchStrategy[float], names: Sequence[str], accepts: Accepts) -> Graph:
    with mp.workdps(DIGITS):
        leaves = tuple(draw(st.lists(number, min_size=1, max_size=4)))
        values = [mp.mpf(x) for x in leaves]
        paths = [1] * len(leaves)
        steps: list[Step] = []
        for _ in range(draw(st.integers(3, 20))):
            name = draw(st.sampled_from(names))
            operands = draw(_operands(name, len(values), number))
            xs = [values[x] if isinstance(x, int) else mp.mpf(x) for x in operands]
            count = sum(paths[x] for x in operands if isinstance(x, int))
            if 0 < count <= MAX_PATHS and naive.is_defined(naive.DEFINITIONS[name], xs):
                value = naive.DEFINITIONS[name](*xs)
                if accepts(name, xs, value):
                    values.append(value)
                    paths.append(count)
                    steps.append(Step(name, operands))
    return Graph(leaves, tuple(steps))


@st.composite
def _operands(draw: st.DrawFn, name: str, nodes: int, number: st.SearchStrategy[float]) -> tuple[int | float, ...]:
    op = ops.TABLE[name]
    # The latest nodes are the likeliest, so that graphs become deep.
    operand = st.integers(0, nodes - 1).map(lambda i: nodes - 1 - i) | number
    length = draw(st.integers(0, 3)) * op.vectors + op.arity - op.vectors
    operands = draw(st.lists(operand, min_size=length, max_size=length))
    for i in range(length):
        if (name, i) in naive.PARAMETERS:
            operands[i] = float(draw(st.integers(0, 2))) if name == "polygamma" else draw(number | st.just(2.0))
    return tuple(operands)


def _is_tame(name: str, xs: list[Any], value: Any) -> bool:
    kink = naive.KINKS.get(name)
    if kink is not None and abs(kink(*xs)) < NEAR:
        return False
    slopes = [naive.partial(name, i, xs) for i in range(len(xs)) if (name, i) not in naive.PARAMETERS]
    return all(isinstance(x, mp.mpf) and abs(x) < TAME for x in (value, *slopes))


def _is_small(name: str, xs: list[Any], value: Any) -> bool:
    return bool(abs(value) < 2**40)


# -- what rounding may do -------------------------------------------------------------------------------------

ROUNDING = 1e-12  # the relative error that every operation is allowed


def tolerances(graph: Graph, f: Callable[[Graph, Noise | None], list[Any]]) -> tuple[list[Any], list[Any]]:
    """What the naive engine says, `f(graph, None)`, and by how much each number may be off.

    That is by how much it changes when every value and every edge is off by as much as `ROUNDING`.
    """
    exact = f(graph, None)
    shaken = [f(graph, Noise(graph, ROUNDING, seed)) for seed in range(3)]
    floor = ROUNDING / 10 * max(1, *map(abs, exact))
    allowed = [max(abs(y - x) for y in ys) + floor for x, ys in zip(exact, zip(*shaken, strict=True), strict=True)]
    return exact, allowed


def disagreements(graph: Graph, got: Sequence[float], f: Callable[[Graph, Noise | None], list[Any]]) -> list[str]:
    """The numbers in which an engine disagrees with the naive one."""
    with mp.workdps(DIGITS):
        exact, allowed = tolerances(graph, f)
        return [
            f"number {i}: got {ours!r}, expected {float(x)!r} to within {float(tolerance):.1e}"
            for i, (ours, x, tolerance) in enumerate(zip(got, exact, allowed, strict=True))
            if not abs(mp.mpf(ours) - x) <= tolerance
        ]


@cache
def sample(n: int, graphs: st.SearchStrategy[Graph] | None = None) -> list[Graph]:
    """So many random graphs, the same ones each time."""
    found: list[Graph] = []

    @settings(
        max_examples=n, database=None, derandomize=True, phases=[Phase.generate], suppress_health_check=[*HealthCheck]
    )
    @given(smooth_graphs() if graphs is None else graphs)
    def collect(graph: Graph) -> None:
        found.append(graph)

    collect()
    return found
