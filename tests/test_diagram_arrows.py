"""An arrow is cut by its own label and by nothing else: 300 random graphs, and pictures that once had faults."""

import os
from typing import Any

import pytest

from autograd import draw
from tests.diagram_scenes import random_operations
from tests.drawn import faults

WAYS: dict[str, Any] = {
    "plain": {"partials": None},
    "symbols": {},
    "values": {"values": True},
    "both": {"values": True, "partials": "both"},
}
GRAPHS = int(os.environ.get("GRAPHS", "25"))  # `make fuzz` draws more


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("count", [5, 8, 12])
def test_in_random_graphs_arrows_are_cut_by_their_own_labels_alone(count: int, way: str) -> None:
    for seed in range(GRAPHS):
        found = faults(draw(random_operations(seed, count), **WAYS[way]).svg)
        assert not found, f"seed {seed}: {found}"
