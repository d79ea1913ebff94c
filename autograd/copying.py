"""Values copied and pickled with all that they are computed from, as flat lists, so that depth needs no recursion.

Within a function that is being differentiated a copy is the Value itself, so that the graph is not cut.
"""

from __future__ import annotations

from typing import Any

from autograd.graph import nodes
from autograd.recording import AnyValue, born, new

__all__ = ["copied", "copied_deeply", "reduced"]


def reduced(root: AnyValue) -> tuple[Any, ...]:
    """How pickle builds a node again: a leaf of its data, an inner node of its leaves and a record for each operation.

    Leaves go as objects of their own, which one pickle shares among all graphs in it.
    """
    if not root.parents:
        return _leaf, (root.__class__, root.data, root.label, root.grad)
    order = nodes(root)
    place = {node: i for i, node in enumerate(order)}
    leaves = [node for node in order if not node.parents]
    records = []
    for node in order[len(leaves) :]:
        places = tuple([-1 if isinstance(x, (float, int)) else place[x] for x in node.args])
        constants = tuple([x for x in node.args if isinstance(x, (float, int))])
        records.append((node.__class__, node.op, places, constants, node.data, node.partials, node.label, node.grad))
    return _graph, (tuple(leaves), records)


def _leaf(kind: type[AnyValue], data: float, label: str | None, grad: float | None) -> AnyValue:
    leaf = new(kind)
    leaf.data, leaf.label, leaf.grad, leaf.op = data, label, grad, None
    leaf.args = leaf.parents = leaf.partials = ()
    if (leaves := born.get()) is not None:
        leaves.add(leaf)
    return leaf


def _graph(leaves: tuple[AnyValue, ...], records: list[tuple[Any, ...]]) -> AnyValue:
    """The last node of a graph that was taken apart by `reduced`."""
    order = list(leaves)
    for kind, op, places, constants, data, partials, label, grad in records:
        source = iter(constants)
        node = new(kind)
        node.args = tuple([order[i] if i >= 0 else next(source) for i in places])
        node.op, node.data, node.partials, node.label, node.grad = op, data, partials, label, grad
        node.parents = tuple([order[i] for i in places if i >= 0]) if constants else node.args
        order.append(node)
    return order[-1]


def copied(node: AnyValue) -> AnyValue:
    """A node like this one, of the same parents."""
    if born.get() is not None:
        return node
    copy = new(node.__class__)
    for name in ("data", "grad", "label", "op", "args", "parents", "partials"):
        setattr(copy, name, getattr(node, name))
    return copy


def copied_deeply(root: AnyValue, memo: dict[int, Any]) -> AnyValue:
    """A copy of the whole graph below `root`."""
    if born.get() is not None:
        return root
    for node in nodes(root):
        if id(node) not in memo:
            copy = memo[id(node)] = copied(node)
            copy.args = tuple([x if isinstance(x, (float, int)) else memo[id(x)] for x in node.args])
            copy.parents = tuple([memo[id(x)] for x in node.parents])
    return memo[id(root)]
