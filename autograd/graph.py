"""Graphs in order, each node after what it is made of, without recursion; and a Value's, pickled flat."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from autograd.value import Value

__all__ = ["nodes", "operations", "postorder"]

Node = TypeVar("Node", bound=Hashable)


def postorder(roots: Iterable[Node], parts: Callable[[Node], Sequence[Node]]) -> Iterator[Node]:
    """All that `roots` are made of, each after its `parts`, which come in their order where nothing forbids it."""
    seen: set[Node] = set()
    stack = [(root, False) for root in reversed([*roots])]
    while stack:
        node, done = stack.pop()  # and whether all its parts have been given
        if done:
            yield node
        elif node not in seen:
            seen.add(node)
            stack.append((node, True))
            stack += [(part, False) for part in reversed(parts(node))]


def operations(*roots: Value) -> list[Value]:
    """The inner nodes that `roots` are computed from, each after its parents; the last root comes last."""
    # A `postorder` in a third of the time, because graphs may be large.
    order: list[Value] = []
    seen: set[Value] = set()
    stack: list[Any] = [*reversed(roots)]
    while stack:
        node = stack.pop()
        if node is None:  # a mark: all parents of the node below it have been emitted
            order.append(stack.pop())
        elif node.parents and node not in seen:
            seen.add(node)
            stack.append(node)
            stack.append(None)
            stack.extend(node.parents)
    return order


def nodes(*roots: Value) -> list[Value]:
    """All nodes that `roots` are computed from: the leaves in the order of their first use, then the inner nodes."""
    inner = operations(*roots)
    leaves = {parent: None for node in inner for parent in node.parents if not parent.parents}
    leaves |= {root: None for root in roots if not root.parents}
    return [*leaves, *inner]


# A node is copied and pickled as a flat list of all it is computed from, so that depth needs no recursion. Leaves go as
# objects of their own, which one pickle shares among all graphs in it.


def pack(root: Value) -> tuple[Any, ...]:
    """What `unpack` needs to build the graph of `root` again: its leaves, and one record per inner node."""
    order = nodes(root)
    place = {node: i for i, node in enumerate(order)}
    leaves = [node for node in order if not node.parents]
    records = []
    for node in order[len(leaves) :]:
        places = tuple([-1 if isinstance(x, (float, int)) else place[x] for x in node.args])
        constants = tuple([x for x in node.args if isinstance(x, (float, int))])
        records.append((node.__class__, node.op, places, constants, node.data, node.partials, node.label, node.grad))
    return tuple(leaves), records


def unpack(leaves: tuple[Value, ...], records: list[tuple[Any, ...]]) -> Value:
    """The last node of a packed graph."""
    order = list(leaves)
    for kind, op, places, constants, data, partials, label, grad in records:
        source = iter(constants)
        args = tuple([order[i] if i >= 0 else next(source) for i in places])
        node = object.__new__(kind)
        node.op, node.args, node.data, node.partials, node.label, node.grad = op, args, data, partials, label, grad
        node.parents = tuple([order[i] for i in places if i >= 0]) if constants else args
        order.append(node)
    return order[-1]
