"""How long a drawing takes, from Values to SVG: `python -m tests.benchmarks pictures`.

Processor time of this process, and of Graphviz where that is another; labels are typeset anew for each drawing.
"""

import random
import statistics
from collections.abc import Callable, Iterator
from functools import partial
from resource import RUSAGE_CHILDREN, getrusage
from time import process_time
from typing import Any

from autograd import Value, draw
from autograd.typeset.glyphs import typeset
from autograd.typeset.mathml import drawing
from nn import MLP, mse_loss
from tests.diagram_scenes import WAYS, random_operations, recurrent

ROUNDS = 3


def main(graphs: int = 20) -> None:
    """The median and the worst time, for random graphs of about 50 and 200 nodes and for networks."""
    draw(recurrent(1)).svg  # noqa: B018 (fonts are read once)
    for nodes, count in ((50, graphs), (200, graphs // 4)):
        report(f"{nodes} nodes", [partial(random_graph, seed, nodes) for seed in range(count)])
    makers: list[Callable[[], Value]] = [partial(recurrent, steps) for steps in (3, 5, 8)]
    makers += [partial(network, *sizes) for sizes in ((2, 2, 1), (2, 3, 1), (3, 4, 1), (4, 3, 2, 1))]
    report("networks", makers)


def report(what: str, makers: list[Callable[[], Value]]) -> None:
    """Print how long the drawings take."""
    times = sorted(seconds(value, how) for value in (make() for make in makers) for how in WAYS.values())
    print(
        f"{what}: {len(times)} drawings, median {statistics.median(times):.2f} s, worst {times[-1]:.2f} s", flush=True
    )


def seconds(value: Value, how: dict[str, Any]) -> float:
    """Processor time of one drawing, the least of several."""

    def once() -> Iterator[float]:
        typeset.cache_clear()
        drawing.cache_clear()
        yield clock()
        draw(value, max_nodes=1000, **how).svg  # noqa: B018 (it is computed when it is asked for)
        yield clock()

    return min(end - begin for begin, end in (once() for _ in range(ROUNDS)))


def clock() -> float:
    """Seconds of this process and of those that it started."""
    children = getrusage(RUSAGE_CHILDREN)
    return process_time() + children.ru_utime + children.ru_stime


def random_graph(seed: int, nodes: int) -> Value:
    """A graph of at least so many nodes that are drawn."""
    operations = nodes // 2
    while (drawn := len(draw(value := random_operations(seed, operations), max_nodes=1000).scene.nodes)) < nodes:
        operations += max(1, (nodes - drawn) // 2)
    return value


def network(inputs: int, *sizes: int) -> Value:
    """The loss of a network for one row."""
    model = MLP(inputs, sizes, activation="tanh", rng=random.Random(1))
    loss: Value = mse_loss(model.units([1.0] * inputs)[-1].x[0], 1.0)
    loss.label = "l"
    loss.backward()
    return loss
