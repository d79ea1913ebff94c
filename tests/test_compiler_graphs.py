"""The random graphs of the suite through the compiler: they agree with the naive engine, and with the eager one."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given

import autograd
from tests import naive
from tests.graphs import apply, disagreements, kinked_graphs, smooth_graphs
from tests.naive import Graph, Noise


def function(graph: Graph) -> Any:
    """A graph as a function of its leaves."""
    return lambda *leaves: graph.run(leaves, apply)[-1]


def compiled(graph: Graph) -> Any:
    return autograd.compile(function(graph), range(len(graph.leaves)))


def _gradient(graph: Graph, noise: Noise | None) -> list[Any]:
    return naive.gradient(graph, graph.leaves, noise)


def _value(graph: Graph, noise: Noise | None) -> list[Any]:
    return naive.evaluate(graph, graph.leaves, noise)[0][-1:]


@given(smooth_graphs())
def test_value_and_gradient_are_those_of_the_naive_engine(graph: Graph) -> None:
    y, slopes = compiled(graph).value_and_grad(*graph.leaves)
    assert not disagreements(graph, [y], _value)
    assert not disagreements(graph, slopes, _gradient)


@given(smooth_graphs())
def test_second_derivatives_are_those_of_the_eager_engine(graph: Graph) -> None:
    every = range(len(graph.leaves))
    expected = np.array(autograd.hessian(function(graph), every)(*graph.leaves))
    got = np.array(compiled(graph).hessian(*graph.leaves))
    got[np.isnan(expected)] = np.nan  # 0 times an infinite slope, which programs leave out
    scale = max(1.0, np.abs(expected[np.isfinite(expected)]).max(initial=0.0))
    assert got == pytest.approx(expected, rel=1e-11, abs=1e-11 * scale, nan_ok=True)


@given(smooth_graphs())
def test_directional_derivatives_are_those_of_the_eager_engine(graph: Graph) -> None:
    directions = [float(i + 1) for i in range(len(graph.leaves))]
    expected = autograd.jvp(function(graph), graph.leaves, directions)
    assert compiled(graph).jvp(graph.leaves, directions) == pytest.approx(expected, rel=1e-11, abs=1e-11)


@given(kinked_graphs())
def test_on_kinks_the_gradient_is_exactly_the_eager_one(graph: Graph) -> None:
    ours = compiled(graph)
    expected = autograd.value_and_grad(function(graph), range(len(graph.leaves)))(*graph.leaves)
    assert ours.value_and_grad(*graph.leaves) == expected
    assert ours.grad(*graph.leaves) == expected[1]
    assert ours(*graph.leaves) == expected[0]
