"""Graphs in order, each node after what it is made of, without recursion."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from typing import Any, Protocol, TypeVar

__all__ = ["nodes", "operations", "ordered", "postorder"]


class HasParents(Protocol):
    """A node that knows what it is computed from: a Value."""

    @property
    def parents(self) -> tuple[Any, ...]:
        """The nodes that it is computed from; a leaf has none."""


WithParents = TypeVar("WithParents", bound=HasParents)
Vertex = TypeVar("Vertex", bound=Hashable)


def ordered(*roots: WithParents) -> tuple[list[WithParents], list[WithParents]]:
    """The leaves that `roots` are computed from, and the inner nodes, each after its parents, the last root last."""
    leaves: list[WithParents] = []
    inner: list[WithParents] = []
    seen: set[WithParents] = set()
    stack: list[Any] = [*roots[::-1]]
    while stack:
        node = stack.pop()
        if node is None:  # a mark: all parents of the node below it have been emitted
            inner.append(stack.pop())
        elif node not in seen:
            seen.add(node)
            if not (parents := node.parents):
                leaves.append(node)
            elif len(parents) > 8 and seen.issuperset(parents):
                inner.append(node)  # what has been seen has been emitted, or there would be a cycle
            else:
                stack.append(node)
                stack.append(None)
                stack.extend(parents)
    return leaves, inner


def operations(*roots: WithParents) -> list[WithParents]:
    """The inner nodes that `roots` are computed from, each after its parents; the last root comes last."""
    return ordered(*roots)[1]


def nodes(*roots: WithParents) -> list[WithParents]:
    """All nodes that `roots` are computed from: the leaves in the order of their first use, then the inner nodes."""
    inner = operations(*roots)
    leaves = {parent: None for node in inner for parent in node.parents if not parent.parents}
    leaves |= {root: None for root in roots if not root.parents}
    return [*leaves, *inner]


def postorder(roots: Iterable[Vertex], parts: Callable[[Vertex], Sequence[Vertex]]) -> Iterator[Vertex]:
    """All that `roots` are made of, each after its `parts`, which come in their order where nothing forbids it."""
    seen: set[Vertex] = set()
    stack = [(root, False) for root in reversed([*roots])]
    while stack:
        node, done = stack.pop()  # and whether all its parts have been given
        if done:
            yield node
        elif node not in seen:
            seen.add(node)
            stack.append((node, True))
            stack += [(part, False) for part in reversed(parts(node))]
