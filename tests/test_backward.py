"""The backward sweep, on random graphs against the naive engine, and at its limits."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from mpmath import mp

from autograd import gradients
from tests import naive
from tests.graphs import DIGITS, disagreements, kinked_graphs, record, smooth_graphs
from tests.naive import Graph, Noise

# -- random graphs in both engines ----------------------------------------------------------------------------


def _values(graph: Graph, noise: Noise | None) -> list[Any]:
    return naive.evaluate(graph, graph.leaves, noise)[0]


def _gradient(graph: Graph, noise: Noise | None) -> list[Any]:
    return naive.gradient(graph, graph.leaves, noise)


def _hessian(graph: Graph, noise: Noise | None) -> list[Any]:
    return [x for row in naive.hessian(graph, graph.leaves, noise) for x in row]


@given(smooth_graphs())
def test_the_values_of_a_graph_are_those_of_the_definitions(graph: Graph) -> None:
    _, nodes = record(graph)
    assert not disagreements(graph, [node.data for node in nodes], _values)


@given(smooth_graphs())
def test_backward_gives_the_sum_over_all_paths(graph: Graph) -> None:
    leaves, nodes = record(graph)
    nodes[-1].backward()
    assert not disagreements(graph, [leaf.grad or 0.0 for leaf in leaves], _gradient)


@given(smooth_graphs())
def test_gradients_of_gradients_are_the_second_derivatives(graph: Graph) -> None:
    leaves, nodes = record(graph)
    rows = [gradients(slope, leaves) for slope in gradients(nodes[-1], leaves)]
    assert not disagreements(graph, [x.data for row in rows for x in row], _hessian)
    assert all(leaf.grad is None for leaf in leaves)


@given(kinked_graphs())
def test_on_kinks_the_slope_is_the_mean_of_both_sides_and_that_of_relu_is_0(graph: Graph) -> None:
    leaves, nodes = record(graph)
    nodes[-1].backward()
    with mp.workdps(DIGITS):
        exact = [round(x * 2, 30) / 2 for x in _gradient(graph, None)]
    assert [leaf.grad or 0.0 for leaf in leaves] == exact


@given(kinked_graphs())
def test_a_second_backward_doubles_the_gradients_of_leaves_and_sets_those_of_inner_nodes(graph: Graph) -> None:
    _, nodes = record(graph)
    nodes[-1].backward()
    first = [node.grad for node in nodes]
    nodes[-1].backward()
    for node, grad in zip(nodes, first, strict=True):
        assert node.grad == (grad if node.parents or grad is None else 2 * grad)
