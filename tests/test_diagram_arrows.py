"""An arrow is cut by its own label and by nothing else: 300 random graphs, and pictures that once had faults."""

import os
import runpy
from pathlib import Path

import pytest

from autograd import Diagram, Value, dot, draw, relu, tanh
from tests.diagram_scenes import SCRIPTS, WAYS, random_operations, recurrent
from tests.drawn import faults

GRAPHS = int(os.environ.get("GRAPHS", "25"))  # `make fuzz` draws more


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("count", [5, 8, 12])
def test_in_random_graphs_arrows_are_cut_by_their_own_labels_alone(count: int, way: str) -> None:
    for seed in range(GRAPHS):
        found = faults(draw(random_operations(seed, count), **WAYS[way]).svg)
        assert not found, f"seed {seed}: {found}"


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.stem)
def test_in_the_figures_too(script: Path) -> None:
    found = faults(runpy.run_path(str(script))["figure"]().svg)
    assert not [fault for fault in found if "begins nowhere" not in fault]  # some come from the open


def straight(diagram: Diagram) -> list[bool]:
    """Of each arrow that is the only one between its nodes."""
    pairs = [frozenset([edge.tail, edge.head]) for edge in diagram.scene.edges]
    arrows = zip(pairs, diagram.layout.arrows, strict=True)
    return [len(arrow.route) == 2 for pair, arrow in arrows if pairs.count(pair) == 1]


def test_all_arrows_into_a_neuron_are_straight_beside_its_values_and_gradients() -> None:
    x, w = ([Value(i / 4, f"{name}_{i}") for i in range(1, 5)] for name in "xw")
    s = dot(w, x) + Value(0.5, "b")
    z = tanh(s)
    s.label, z.label = "s", "z"
    z.backward()
    diagram = draw(z, values=True)
    assert not faults(diagram.svg)
    assert all(straight(diagram))


def test_no_label_of_an_unrolled_recurrent_network_lies_on_an_arrow_of_another() -> None:
    h = recurrent(3)
    for how in [*WAYS.values(), {"fold": ()}]:
        assert not faults(draw(h, **how).svg)
    assert all(straight(draw(h)))  # although w, u and b go to every step


def test_the_graph_of_micrograds_readme_is_drawn_without_a_fault() -> None:
    a, b = Value(-4.0, "a"), Value(2.0, "b")
    c, d = a + b, a * b + b**3
    c = c + c + 1
    c = c + 1 + c - a
    d = d + d * 2 + relu(b + a)
    d = d + 3 * d + relu(b - a)
    f = (c - d) ** 2
    g = f / 2.0 + 10.0 / f
    g.backward()
    for values in (False, True):
        diagram = draw(g, values=values)
        assert not faults(diagram.svg)
        assert straight(diagram).count(False) <= 2  # of 34


@pytest.mark.parametrize("count", [8, 12, 20])
def test_nearly_all_arrows_of_random_graphs_are_straight(count: int) -> None:
    drawn = [arrow for seed in range(5) for arrow in straight(draw(random_operations(seed, count)))]
    assert drawn.count(False) <= 0.05 * len(drawn)
