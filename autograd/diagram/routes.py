"""The ways of arrows: straight; side by side where several join the same two nodes; round any in the way."""

from collections import defaultdict
from collections.abc import Sequence

from autograd.diagram.geometry import Ellipse, Rect, Route, bounds, bow, cut, inside, trimmed

__all__ = ["routed", "visible"]

CLEAR = 5.0  # from a line to a node that is not its own
BESIDE = 26.0  # between arrows that join the same two nodes, at least


def routed(
    nodes: Sequence[Ellipse],
    ends: Sequence[tuple[int, int]],
    detours: Sequence[Route],
    widths: Sequence[float],
) -> list[Route]:
    """Arrows from outline to outline; `widths` are those of their labels, `detours` avoid every node."""
    together = defaultdict(list)
    for i, (tail, head) in enumerate(ends):
        together[min(tail, head), max(tail, head)].append(i)
    routes = []
    for i, (tail, head) in enumerate(ends):
        a, b = nodes[tail], nodes[head]
        start, end = (a.x, a.y), (b.x, b.y)
        twins = together[min(tail, head), max(tail, head)]
        route: Route = (start, end)
        if len(twins) > 1:
            apart = max(BESIDE, *(widths[j] + CLEAR for j in twins))
            side = 1 if tail < head else -1
            route = bow(start, end, side * apart * (twins.index(i) - (len(twins) - 1) / 2))
        elif any(
            other.rect.overlaps(bounds(route).grown(CLEAR)) and other.meets(start, end, CLEAR)
            for j, other in enumerate(nodes)
            if j != tail and j != head
        ):
            route = (start, *detours[i], end)
        routes.append(trimmed(route, a, b))
    return routes


def visible(shaft: Route, written: Sequence[Rect]) -> tuple[Route, ...]:
    """A line without what lies behind words."""
    near = bounds(shaft)
    hidden = [hit for rect in written if rect.overlaps(near) and (hit := inside(shaft, rect))]
    return tuple(cut(shaft, hidden))
