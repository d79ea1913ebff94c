"""Where Graphviz puts the nodes. It gets sizes and arrows of nodes n0, n1, ...; no label ever reaches it."""

import shutil
import sys
import threading
from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import pairwise

from autograd.diagram import style
from autograd.typeset.rect import Point

__all__ = ["PATIENCE", "GraphvizNotFound", "Size", "in_order", "place"]

INCH = 72.0  # Graphviz's sizes are in inches
PATIENCE = 2  # long chains with many arrows would otherwise take Graphviz seconds
UPRIGHT = 20  # the weight of an arrow that is the only one of both its nodes

_one_graphviz = threading.Lock()  # Graphviz as a library keeps global state


class GraphvizNotFound(RuntimeError):
    """Raised when a diagram is to be laid out and there is neither a `dot` on the PATH nor pygraphviz."""


@dataclass(frozen=True, slots=True)
class Size:
    """What a node needs: its own width and height, and room for what is written at its left and right."""

    width: float
    height: float
    left: float = 0.0
    right: float = 0.0
    beside: float = 0.0  # the height of what is written there


def place(
    sizes: Sequence[Size],
    arrows: Sequence[tuple[int, int]],
    rows: Sequence[Sequence[int]] = (),
    apart: float = style.NEAR,
    patience: int = PATIENCE,
    loose: Collection[int] = (),
    bottom: Sequence[int] = (),
) -> list[Point]:
    """Centres for nodes of these sizes, y pointing up as the arrows do.

    Nodes of a row get one height and stand from left to right, above the row before unless one of them
    is `loose`; those of `bottom` stand below all others. Neighbours are at least `apart`. Where they stand is
    improved up to `patience` times per node, which does not change their order.
    Raises `GraphvizNotFound` if there is no Graphviz.
    """
    if not sizes:  # a formula by itself
        return []
    centers: dict[int, Point] = {}
    for line in run_graphviz(graphviz_source(sizes, arrows, rows, apart, patience, loose, bottom)).splitlines():
        match line.split():
            case ["node", name, x, y, *_]:
                size = sizes[int(name[1:])]
                off = (round(size.left) - round(size.right)) / 2  # Graphviz means the middle of all cells
                centers[int(name[1:])] = (float(x) * INCH + off, float(y) * INCH)
    return in_order([centers[i] for i in range(len(sizes))], sizes, arrows, {i for row in rows for i in row})


def in_order(
    centers: list[Point], sizes: Sequence[Size], arrows: Sequence[tuple[int, int]], placed: Collection[int]
) -> list[Point]:
    """The centres, with leaves of one node that are alike in the order of its operands."""
    leaving, heads = Counter(tail for tail, _ in arrows), {head for _, head in arrows}
    alike: defaultdict[tuple[int, Size, float], list[int]] = defaultdict(list)
    for tail, head in arrows:
        if leaving[tail] == 1 and tail not in heads and tail not in placed:
            alike[head, sizes[tail], centers[tail][1]].append(tail)
    for nodes in alike.values():
        for i, center in zip(nodes, sorted(centers[i] for i in nodes), strict=True):
            centers[i] = center
    return centers


def graphviz_source(
    sizes: Sequence[Size],
    arrows: Sequence[tuple[int, int]],
    rows: Sequence[Sequence[int]],
    apart: float,
    patience: int,
    loose: Collection[int],
    bottom: Sequence[int],
) -> str:
    """The graph in Graphviz's language."""
    text = [
        f"digraph {{ graph [rankdir=BT, splines=none, nodesep={apart / INCH:.4f}, "
        f"ranksep={style.ROW_START / INCH:.4f}, nslimit={patience}]",
        'node [shape=ellipse, fixedsize=true, label=""]',
    ]
    text += [node(i, size) for i, size in enumerate(sizes)]
    ports = [f"n{i}:c" if size.left or size.right else f"n{i}" for i, size in enumerate(sizes)]
    leaving, entering = (Counter(arrow[end] for arrow in arrows) for end in (0, 1))
    for tail, head in arrows:  # an arrow between nodes without others there should be upright
        alone = leaving[tail] == entering[head] == 1
        text.append(f"{ports[tail]} -> {ports[head]}{f' [weight={UPRIGHT}]' * alone}")
    for row in rows:
        text.append(f"{{ rank=same; {'; '.join(f'n{i}' for i in row)} }}")
        text += [f"n{left} -> n{right} [style=invis]" for left, right in pairwise(row)]
    # rows without an arrow from one to the next would otherwise share a height
    stacked = [row for i, row in enumerate(rows) if i not in loose]
    text += [f"n{low[0]} -> n{high[0]} [style=invis, weight=0]" for low, high in pairwise(stacked)]
    if bottom:
        text.append(f"{{ rank=min; {'; '.join(f'n{i}' for i in bottom)} }}")
    return "\n".join([*text, "}"])


def node(i: int, size: Size) -> str:
    """A node: an ellipse, or if something stands beside it a row of cells, one of them being the node."""
    if not size.left and not size.right:
        return f"n{i} [width={size.width / INCH:.4f}, height={size.height / INCH:.4f}]"
    cell = '<td fixedsize="true" width="{:.0f}" height="{:.0f}" port="{}"></td>'
    cells = cell.format(size.left, size.beside, "l") * bool(size.left)
    cells += cell.format(size.width, size.height, "c")
    cells += cell.format(size.right, size.beside, "r") * bool(size.right)
    table = f'<table border="0" cellborder="0" cellspacing="0" cellpadding="0"><tr>{cells}</tr></table>'
    return f"n{i} [shape=plain, fixedsize=false, label=<{table}>]"


def run_graphviz(graph: str) -> str:
    """The graph laid out, in Graphviz's format `plain`."""
    if shutil.which("dot"):
        import graphviz

        return str(graphviz.Source(graph).pipe("plain", encoding="utf-8"))
    if sys.platform == "emscripten":
        return _in_browser(graph)
    try:
        import pygraphviz
    except ModuleNotFoundError as error:
        raise GraphvizNotFound(
            "drawing needs Graphviz to place the nodes: either `pip install pygraphviz`, whose wheels carry "
            "it, or install Graphviz so that its program `dot` is on the PATH (https://graphviz.org/download)"
        ) from error
    with _one_graphviz:
        parsed = pygraphviz.AGraph(string=graph)
        try:
            return str(parsed.draw(format="plain", prog="dot"), "utf-8")
        finally:
            parsed.close()


def _in_browser(graph: str) -> str:
    """What `dot` prints, where there are no processes: by the object that npm's @viz-js/viz makes of Graphviz."""
    import js

    viz = getattr(js, "viz", None)
    if viz is None:
        raise GraphvizNotFound(
            "in a browser drawing needs npm's @viz-js/viz to place the nodes: globalThis.viz = await Viz.instance()"
        )
    return str(viz.renderString(graph, format="plain"))
