"""The graph of a Value as it is drawn: what computes the same is one node, and some nodes are folded into others."""

from collections.abc import Hashable

from autograd import ops
from autograd.value import Value

__all__ = ["DiagramTooLarge", "Graph"]

MANY = 10  # times as many nodes as are drawn: then it is not worth looking which of them are one
SUMS = {ops.add, ops.sub, ops.sum}


class DiagramTooLarge(ValueError):
    """Raised when a graph has more nodes than anybody could look at."""

    def __init__(self, most: int, got: int) -> None:
        super().__init__(
            f"a diagram has at most {most} nodes, got {got}; draw a node that this one is computed from, or label "
            "those to be shown (the others are then folded into them), or ask for more with max_nodes"
        )


class Graph:
    """The nodes that a Value is computed from, where those that compute the same are one.

    - `order`: the nodes in the order in which they are written, each after its parents.
    - `same`: for each node the one in `order` that stands for it.
    """

    def __init__(self, root: Value, max_nodes: int, folded: int = 0) -> None:
        """`folded` is how many nodes will be folded for certain; raises `DiagramTooLarge` if that is hopeless."""
        if (size := drawn_at_least(root) - folded) > MANY * max_nodes:
            raise DiagramTooLarge(max_nodes, size)
        self.order: list[Value] = []
        self.same: dict[Value, Value] = {}
        known: dict[Hashable, Value] = {}
        for node in postorder(root):
            args = tuple(id(self.same[x]) if isinstance(x, Value) else (x,) for x in node.args)
            key = (node.op, args, node.label, node.data) if node.parents else id(node)
            self.same[node] = known.setdefault(key, node)
            if self.same[node] is node:
                self.order.append(node)
        self.place = {node: i for i, node in enumerate(self.order)}
        self.uses: dict[Value, list[Value]] = {node: [] for node in self.order}
        for node in self.order:
            for parent in self.parents(node):
                self.uses[parent].append(node)

    def parents(self, node: Value) -> list[Value]:
        """The nodes that stand for the parents."""
        return [self.same[parent] for parent in node.parents]

    def gradient(self, node: Value) -> float | None:
        """The sum of the gradients of all nodes that it stands for."""
        gradients = [other.grad for other, first in self.same.items() if first is node]
        return None if None in gradients else sum(gradients)  # type: ignore[arg-type]  # None is not in it

    def foldable(self) -> set[Value]:
        """The nodes that are folded if nobody says which; see `draw`."""
        inner = [node for node in self.order if node.parents and self.uses[node]]
        if any(node.label is not None for node in inner):
            return {node for node in inner if node.label is None}
        return {
            node
            for node in inner
            if node.op is not None
            and node.op.arity == 1
            and not node.op.vectors
            and node.parents[0].parents
            and [user.op in SUMS for user in self.uses[node]] == [True]
        }


def drawn_at_least(root: Value) -> int:
    """How many nodes are drawn if those that can be are folded, as quickly as that can be said."""
    reached = {root}
    queue = [root]
    for node in queue:
        for parent in node.parents:
            if parent not in reached:
                reached.add(parent)
                queue.append(parent)
    del queue[0]
    labelled = [node for node in queue if node.parents and node.label is not None]
    return len(labelled or [node for node in queue if node.parents]) + sum(not node.parents for node in queue) + 1


def postorder(root: Value) -> list[Value]:
    """All nodes that `root` is computed from, in the order in which an expression names them."""
    order: list[Value] = []
    seen: set[Value] = set()
    stack = [(root, False)]  # and whether all its parents are in the order already
    while stack:
        node, done = stack.pop()
        if done:
            order.append(node)
        elif node not in seen:
            seen.add(node)
            stack.append((node, True))
            stack += [(parent, False) for parent in reversed(node.parents)]
    return order
