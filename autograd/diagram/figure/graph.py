"""The graph of Values as it is drawn: what computes the same is one node, and so is a vector."""

from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from autograd import ops
from autograd.formula import Formula, inner, local_partials
from autograd.graph import postorder
from autograd.op import Op
from autograd.typeset.symbols import bold
from autograd.value import Value
from autograd.vector import Vector, factors

__all__ = ["Drawn", "Graph", "Link", "Slopes", "reached"]

Drawn = Value | Vector
Slopes = tuple[float, ...]
"""The derivative with respect to a Value, or to every entry of a Vector."""

PLUS_OR_MINUS = {ops.add, ops.sub, ops.sum}
NEUTRAL: dict[Op | None, float] = {ops.add: 0.0, ops.sub: 0.0, ops.mul: 1.0, ops.div: 1.0}

# slopes that are written with the name of the result, if it has one: no argument of tanh is then written twice
BY_RESULT: dict[Op | None, Callable[[Formula], Formula]] = {ops.tanh: lambda h: 1 - h**2}


class Link(NamedTuple):
    """An edge down to a parent, and the derivative with respect to it: as a formula and as numbers."""

    parent: Drawn
    symbol: Formula
    slopes: Slopes


class Graph:
    """The nodes that some Values are computed from, where those that compute the same are one.

    - `order`: the nodes in the order in which they are written, each after its parents.
    - `same`: for each node the one in `order` that stands for it.
    """

    def __init__(self, roots: Sequence[Value], within: Collection[Value]) -> None:
        """The graph below `roots`, as far as it lies `within` these nodes."""
        self.within = within
        self.vectors = {v: None for node in within for v in factors(node) or () if not v.constant}
        self.given = {v for v in self.vectors if not any(entry.parents for entry in v)}
        self.of: dict[Drawn, Vector] = {entry: v for v in self.given for entry in v}
        self.order: list[Drawn] = []
        self.same: dict[Drawn, Drawn] = {}
        known: dict[Hashable, Drawn] = {}
        for node in self.postorder(roots):
            self.same[node] = known.setdefault(self.identity(node), node)
            if self.same[node] is node:
                self.order.append(node)
        self.place = {node: i for i, node in enumerate(self.order)}
        self.uses: dict[Drawn, list[Drawn]] = {node: [] for node in self.order}
        for node in self.order:
            for parent in self.parents(node):
                self.uses[parent].append(node)

    def identity(self, node: Drawn) -> Hashable:
        """What is equal for two nodes that compute the same."""
        if isinstance(node, Vector) or not node.parents or node.op is None:
            return id(node)
        args = tuple(id(self.same.get(x, x)) if isinstance(x, Value) else (x,) for x in node.args)
        return (node.op, args, node.label, node.data)

    def all_parents(self, node: Drawn) -> Sequence[Drawn]:
        """The parents, drawn or not, before any two are one: of a dot product of vectors, the vectors."""
        if isinstance(node, Vector):
            return () if node in self.given else node.entries
        if node in self.of:
            return (self.of[node],)
        if both := factors(node):
            return [v for v in both if not v.constant]
        return node.parents

    def parents(self, node: Drawn) -> list[Drawn]:
        """The nodes that stand for the parents."""
        return [self.same[parent] for parent in self.all_parents(node) if parent in self.same]

    def links(self, node: Drawn, names: Mapping[Drawn, Formula]) -> Iterator[Link]:
        """The edges down to what is drawn, as `names` says how nodes are written."""
        parents = self.all_parents(node)
        for parent, symbol, slopes in zip(parents, *self.partials(node, names), strict=True):
            if parent in self.same:
                yield Link(self.same[parent], symbol, slopes)

    def partials(self, node: Drawn, names: Mapping[Drawn, Formula]) -> tuple[Sequence[Formula], Sequence[Slopes]]:
        """The derivatives with respect to all parents, as formulas and as numbers."""
        if isinstance(node, Vector) or node in self.of:
            vector = node if isinstance(node, Vector) else self.of[node]
            places = [i for i, entry in enumerate(vector, start=1) if (node is vector) != (entry is node)]
            places = places[: len(self.all_parents(node))]
            return [Formula(bold(f"e_{{{i}}}")) for i in places], [unit_vector(i, len(vector)) for i in places]
        if both := factors(node):
            w, x = both
            pairs = [(x, names.get(x)) for v, other in ((w, x), (x, w)) for x in [other] if not v.constant]
            return [written or constant_vector(v) for v, written in pairs], [v.data for v, _ in pairs]
        written = {x: names[x] for x in node.args if isinstance(x, Value)}
        slopes = [(slope,) for slope in node.partials]
        if node.op in BY_RESULT and node.label is not None:
            return [BY_RESULT[node.op](names[node])], slopes
        return local_partials(node, written), slopes

    def written(self, node: Value, names: Mapping[Drawn, Formula]) -> Formula:
        """The expression of a node. What would become an operand again, as (√x)² or a last x + 0, is not simplified."""
        if node in self.of or node.op is None:
            return Formula(node.data if node.label is None else node.label)
        if both := factors(node):
            return inner(*(names[v] if v in names else constant_vector(v) for v in both))
        operands = tuple(names[x] if isinstance(x, Value) else Formula.of(x) for x in node.args)
        written = Formula.read(node.op, operands)
        last = not self.uses.get(node) and node.op is not ops.identity
        again = [part for operand in operands for part in (*operand.args, *[operand] * last)]
        return Formula(node.op, operands) if any(written is part for part in again) else written

    def gradient(self, node: Drawn) -> Slopes | None:
        """The sum of the gradients of all nodes that it stands for."""
        if isinstance(node, Vector):
            return node.grad
        gradients = [other.grad for other, first in self.same.items() if first is node and isinstance(other, Value)]
        known = [gradient for gradient in gradients if gradient is not None]
        return (sum(known),) if len(known) == len(gradients) else None

    def standing_for(self, nodes: Iterable[Drawn]) -> set[Drawn]:
        """The nodes in `order` that stand for these, as far as they are drawn."""
        return {self.same[node] for node in nodes if node in self.same}

    def labels(self) -> list[str | None]:
        """The labels of all nodes, drawn or not, and of their operands: no name that is made up is written as one."""
        values = [node for node in self.same if isinstance(node, Value)]
        known = {x: None for node in values for x in (node, *node.parents)}
        return [node.label for node in known]

    def foldable(self) -> set[Drawn]:
        """The nodes that are folded by default; see `draw`."""
        inner_nodes = [node for node in self.order if self.parents(node) and self.uses[node]]
        values = [node for node in inner_nodes if isinstance(node, Value) and node not in self.of]
        if any(node.label is not None for node in values):
            return {node for node in values if node.label is None}
        return {
            node
            for node in values
            if changes_nothing(node)
            or (
                node.op is not None
                and node.op.arity == 1
                and not node.op.vectors
                and node.parents[0].parents
                and [isinstance(user, Value) and user.op in PLUS_OR_MINUS for user in self.uses[node]] == [True]
            )
        }

    def postorder(self, roots: Iterable[Value]) -> list[Drawn]:
        """All nodes to be drawn, in the order in which an expression names them."""

        def drawn(nodes: Iterable[Drawn]) -> list[Drawn]:
            return [node for node in nodes if node in self.within or node in self.vectors]

        return [*postorder(drawn(roots), lambda node: drawn(self.all_parents(node)))]


def changes_nothing(node: Value) -> bool:
    """Whether 0 is added, as the first of Python's own sum does, or 1 multiplied."""
    constants = [x for x in (node.args if node.op in (ops.add, ops.mul) else node.args[1:]) if not isinstance(x, Value)]
    return NEUTRAL.get(node.op) in constants


def constant_vector(v: Vector) -> Formula:
    """How a vector that is no node is written."""
    return Formula(bold(v.label))


def unit_vector(i: int, n: int) -> Slopes:
    """The i-th unit vector of n."""
    return tuple(float(k == i) for k in range(1, n + 1))


def reached(roots: Iterable[Value]) -> dict[Value, None]:
    """All nodes that `roots` are computed from, the nearest first: in this order vectors are looked for."""
    queue = list(dict.fromkeys(roots))
    found = set(queue)
    for node in queue:
        for parent in node.parents:
            if parent not in found:
                found.add(parent)
                queue.append(parent)
    return dict.fromkeys(queue)
