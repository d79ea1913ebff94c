"""Other places for the nodes of a draft, so that more of its arrows can be straight.

Graphviz places nodes for arrows that may bend. Here every arrow is a straight line between centres, and whatever it
meets costs something. Simulated annealing (Kirkpatrick et al. 1983) moves nodes within their rows until little is met.
"""

import random
from bisect import bisect_left, bisect_right, insort
from collections.abc import Sequence
from itertools import pairwise
from math import exp, fsum
from typing import NamedTuple

from autograd.diagram import style
from autograd.diagram.layout.draft import Draft
from autograd.typeset.rect import Point

__all__ = ["straightened"]

# what costs how much: a line through a node or its note, two lines that cross, a line that is not upright; each pixel
# that a line leans, that labels have too little room, that nodes have, that everything is wide
MET, CROSSED, SLANTED = 60.0, 15.0, 4.0
LEANING, CROWDED, CLOSE, BROAD = 0.05, 1.0, 4.0, 0.2
HOT, COLD = 40.0, 1.0  # the costs that are accepted at the beginning and at the end
STRIDE, STEP = 150.0, 30.0  # how far nodes are moved then
BETWEEN_LABELS, BESIDE_LABEL = 2 * style.AIR + style.LABEL_ASIDE, style.LINE_CLEAR + 1


class Spot(NamedTuple):
    """Where an arrow passes: its tail's and its head's shares of that place."""

    tail: int
    head: int
    low: float
    high: float


def places(spots: Sequence[Spot], xs: Sequence[float]) -> list[float]:
    """Where arrows pass from left to right, if the nodes stand at `xs`; exactly at the nodes, at both ends."""
    return [low * xs[tail] + high * xs[head] for tail, head, low, high in spots]


class NodeRow(NamedTuple):
    """Nodes of one height, each with half its width and the width of its note, and arrows that pass between them."""

    nodes: list[tuple[int, float, float]]
    passing: list[Spot]

    def touched(self) -> set[int]:
        """The nodes that it has to do with."""
        return {k for k, _, _ in self.nodes} | {end for spot in self.passing for end in spot[:2]}

    def cost(self, xs: Sequence[float]) -> float:
        """What the arrows and nodes meet here; a note stands on the side where less is in its way."""
        cost = 0.0
        lines = sorted(places(self.passing, xs))
        nodes = sorted([(xs[k], half, note) for k, half, note in self.nodes])
        for i, (x, half, note) in enumerate(nodes):
            near = half + style.PASS_BESIDE
            first, last = bisect_right(lines, x - near), bisect_left(lines, x + near)
            for line in lines[first:last]:
                cost += MET * (2 - abs(line - x) / near)
            for other, wide, _ in nodes[i + 1 :]:
                if (away := other - x - wide - half) < style.NEAR:
                    cost += CLOSE * (style.NEAR - away)
            if note:
                far, free = near + note, note + style.NOTE_APART + half
                left, right = first - bisect_right(lines, x - far), bisect_left(lines, x + far) - last
                left += sum(x - other < free + wide for other, wide, _ in nodes[:i])
                right += sum(other - x < free + wide for other, wide, _ in nodes[i + 1 :])
                cost += MET * min(left, right)
        return cost


class Gap(NamedTuple):
    """What is between two rows: where each arrow enters and leaves, and half the width of its label."""

    low: list[Spot]
    high: list[Spot]
    labels: list[float]

    def touched(self) -> set[int]:
        """The nodes that it has to do with."""
        return {end for spot in self.low for end in spot[:2]}

    def cost(self, xs: Sequence[float]) -> float:
        """The cost of arrows that cross here, and of labels half way up that have too little room."""
        low, high = places(self.low, xs), places(self.high, xs)
        crossed, ends = 0, list[float]()
        for _, end in sorted(zip(low, high, strict=True)):
            crossed += len(ends) - bisect_right(ends, end)
            insort(ends, end)
        cost = CROSSED * crossed
        marks = sorted(zip([(a + b) / 2 for a, b in zip(low, high, strict=True)], self.labels, strict=True))
        for (left, one), (right, other) in pairwise(marks):
            if one or other:
                need = one + other + (BETWEEN_LABELS if one and other else BESIDE_LABEL)
                if need > right - left:
                    cost += CROWDED * (need - right + left)
        return cost


def obstacles(draft: Draft) -> list[NodeRow | Gap]:
    """The rows of a draft, and the gaps between them."""
    row, heights = draft.rows.row, [draft.at[nodes[0]][1] for nodes in draft.rows.rows]
    arrows = [i for i, (low, high) in enumerate(draft.spans) if low < high]

    def spots(passing: Sequence[int], r: int) -> list[Spot]:
        return [spot(*draft.ends[i], heights[r]) for i in passing]

    def spot(tail: int, head: int, y: float) -> Spot:
        low, high = heights[row[tail]], heights[row[head]]
        share = (y - low) / (high - low)
        return Spot(tail, head, 1 - share, share)

    found: list[NodeRow | Gap] = []
    for r, nodes in enumerate(draft.rows.rows):
        discs = [draft.rows.nodes[k] for k in nodes]
        notes = [[words.rect for words in disc.beside if words.rect.left * words.rect.right > 0] for disc in discs]
        wide = [max((rect.width for rect in rects), default=0.0) for rects in notes]
        sized = zip(nodes, (disc.outline.rx for disc in discs), wide, strict=True)
        found.append(NodeRow(list(sized), spots([i for i in arrows if draft.spans[i][0] < r < draft.spans[i][1]], r)))
    for r in range(len(heights) - 1):
        here = [i for i in arrows if draft.spans[i][0] <= r < draft.spans[i][1]]
        words = [draft.labels[i] if draft.gap.get(i) == r else None for i in here]
        labels = [label.rect.width / 2 if label else 0.0 for label in words]
        found.append(Gap(spots(here, r), spots(here, r + 1), labels))
    return found


def shape(xs: Sequence[float], ends: Sequence[tuple[int, int]]) -> float:
    """The cost of the whole: how wide it is, and how its arrows lean."""
    leaning = [abs(xs[tail] - xs[head]) for tail, head in ends]
    return BROAD * (max(xs) - min(xs)) + LEANING * fsum(leaning) + SLANTED * (len(leaning) - leaning.count(0.0))


def straightened(draft: Draft, steps: int, seed: int) -> list[Point]:
    """Centres for the nodes of a draft, in the same rows."""
    rng, everything = random.Random(seed), obstacles(draft)
    parts_of: list[set[int]] = [set() for _ in draft.rows.x]
    for p, part in enumerate(everything):
        for k in part.touched():
            parts_of[k].add(p)
    xs = list(draft.rows.x)
    costs, whole = [part.cost(xs) for part in everything], shape(xs, draft.ends)
    now = least = 0.0  # against the beginning
    best = xs
    for step in range(steps):
        cold = step / steps
        k = j = rng.randrange(len(xs))
        moved = list(xs)
        match rng.randrange(4):
            case 0:  # two nodes of a row change places
                j = rng.choice(draft.rows.rows[draft.rows.row[k]])
                moved[j], moved[k] = xs[k], xs[j]
            case 1:  # one comes to stand above or below another
                moved[k] = rng.choice(xs)
            case _:
                moved[k] += rng.gauss(0.0, STRIDE * (1 - cold) + STEP * cold)
        new = {p: everything[p].cost(moved) for p in parts_of[k] | parts_of[j]}
        new_whole = shape(moved, draft.ends)
        change = new_whole - whole + fsum(cost - costs[p] for p, cost in new.items())
        if change < 0 or rng.random() < exp(-change / (HOT * (COLD / HOT) ** cold)):
            xs, now, whole = moved, now + change, new_whole
            for p, cost in new.items():
                costs[p] = cost
            if now < least:
                least, best = now, xs
    return [(x, y) for x, (_, y) in zip(best, draft.centers, strict=True)]
