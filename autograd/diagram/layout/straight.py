"""Other places for the nodes of a draft, so that more of its arrows can be straight.

Graphviz places nodes for arrows that may bend. Here every arrow is a straight line between centres, and whatever it
meets costs something. Simulated annealing (Kirkpatrick et al. 1983) moves nodes within their rows until little is met.
"""

import random
from collections.abc import Sequence
from itertools import combinations, pairwise
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
    """Where the arrow from `tail` to `head` is after a `share` of its way."""

    tail: int
    head: int
    share: float

    def x(self, xs: Sequence[float]) -> float:
        """Where that is from left to right, if the nodes stand at `xs`."""
        return xs[self.tail] + self.share * (xs[self.head] - xs[self.tail])


class NodeRow(NamedTuple):
    """Nodes of one height, each with half its width and the width of its note, and arrows that pass between them."""

    nodes: list[tuple[int, float, float]]
    passing: list[Spot]

    def touched(self) -> set[int]:
        """The nodes that it has to do with."""
        return {k for k, _, _ in self.nodes} | {end for tail, head, _ in self.passing for end in (tail, head)}

    def cost(self, xs: Sequence[float]) -> float:
        """What the arrows and nodes meet here; a note stands on the side where less is in its way."""
        cost = 0.0
        lines = [spot.x(xs) for spot in self.passing]
        for k, half, note in self.nodes:
            near, sides = half + style.PASS_BESIDE, [0, 0]
            for line in lines:
                away = abs(line - xs[k])
                if away < near:
                    cost += MET * (2 - away / near)
                elif away < near + note:
                    sides[line > xs[k]] += 1
            for other, wide, _ in self.nodes:
                if other != k:
                    away = abs(xs[other] - xs[k]) - wide - half
                    cost += CLOSE * max(style.NEAR - away, 0.0) / 2
                    sides[xs[other] > xs[k]] += away < note + style.NOTE_APART
            cost += MET * min(sides) if note else 0.0
        return cost


class Gap(NamedTuple):
    """What is between two rows: where each arrow enters and leaves, half the width of its label, which may cross."""

    low: list[Spot]
    high: list[Spot]
    labels: list[float]
    pairs: list[tuple[int, int]]

    def touched(self) -> set[int]:
        """The nodes that it has to do with."""
        return {end for tail, head, _ in self.low for end in (tail, head)}

    def cost(self, xs: Sequence[float]) -> float:
        """The cost of arrows that cross here, and of labels half way up that have too little room."""
        low, high = [spot.x(xs) for spot in self.low], [spot.x(xs) for spot in self.high]
        cost = CROSSED * sum((low[i] - low[j]) * (high[i] - high[j]) < 0 for i, j in self.pairs)
        marks = sorted(zip([(a + b) / 2 for a, b in zip(low, high, strict=True)], self.labels, strict=True))
        for (left, one), (right, other) in pairwise(marks):
            if one or other:
                need = one + other + (BETWEEN_LABELS if one and other else BESIDE_LABEL)
                cost += CROWDED * max(need - right + left, 0.0)
        return cost


def obstacles(draft: Draft) -> list[NodeRow | Gap]:
    """The rows of a draft, and the gaps between them."""
    row, heights = draft.rows.row, [draft.center(nodes[0])[1] for nodes in draft.rows.rows]
    arrows = [i for i, (low, high) in enumerate(draft.spans) if low < high]

    def spots(passing: Sequence[int], r: int) -> list[Spot]:
        return [spot(*draft.ends[i], heights[r]) for i in passing]

    def spot(tail: int, head: int, y: float) -> Spot:
        low, high = heights[row[tail]], heights[row[head]]
        return Spot(tail, head, (y - low) / (high - low))

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
        pairs = [
            (i, j) for i, j in combinations(range(len(here)), 2) if not {*draft.ends[here[i]]} & {*draft.ends[here[j]]}
        ]
        labels = [label.rect.width / 2 if label else 0.0 for label in words]
        found.append(Gap(spots(here, r), spots(here, r + 1), labels, pairs))
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
