"""Sparse derivatives of recorded calls: the numbers on the edges, added up where a path leads and nowhere else."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from autograd.accumulation import NUMBERS, accumulated
from autograd.call import RecordedCall
from autograd.graph import operations
from autograd.sparsity import Sparsity, mirrored
from autograd.sweeps import Sweeps, partial_graphs
from autograd.value import Value

__all__ = ["sparse_hessian", "sparse_jacobian"]


def sparse_jacobian(call: RecordedCall) -> tuple[Any, Sparsity]:
    """The derivatives of all results of a call as a sparse matrix, and where its entries are."""
    return _as_matrix(call, structural(_closed(call).ys, call.xs))


def sparse_hessian(call: RecordedCall) -> tuple[Any, Sparsity]:
    """The second derivatives of the only result as a sparse matrix; half of them are computed."""
    y = _closed(call).scalar
    slopes = Sweeps(call.order, call.xs, numbers=False).reverse({y: 1.0} if isinstance(y, Value) else {})
    return _as_matrix(call, mirrored(structural(slopes, call.xs, half=True)))


def _closed(call: RecordedCall) -> RecordedCall:
    if not call.closed:
        raise TypeError(
            "Sparse derivatives are numbers, but the result depends on Values from outside or among the arguments; "
            "call it with numbers, or without sparse=True."
        )
    return call


def _as_matrix(call: RecordedCall, rows: list[dict[int, float]]) -> tuple[Any, Sparsity]:
    sparsity = Sparsity(rows, len(call.xs))
    return sparsity.array([x for row in rows for x in row.values()]), sparsity


def structural(ys: Sequence[Any], xs: Sequence[Value], *, half: bool = False) -> list[dict[int, float]]:
    """For each of `ys` its derivatives with respect to those of `xs` that a path leads from, by their places in order.

    Through a slope that is 0 everywhere, such as that of `floor`, there is no path. If `half`, only up to the place of
    y itself, as in a matrix that is symmetric.
    """
    depends = {*xs}
    edges: dict[Value, Sequence[tuple[Value, float]]] = {}
    for node in operations(*[y for y in ys if isinstance(y, Value)]):
        if not depends.isdisjoint(node.parents):
            pairs = enumerate(zip(node.parents, node.partials, strict=True))
            found = [(x, p) for i, (x, p) in pairs if x in depends and (p != 0.0 or not _is_flat(node, i))]
            if found:
                depends.add(node)
                edges[node] = found
    rows = accumulated(edges, ys, xs, NUMBERS, half=half)
    return [{j: row[j] for j in sorted(row)} for row in rows]


def _is_flat(node: Value, i: int) -> bool:
    """Whether a node does not depend on its operand i, wherever it is."""
    partial = partial_graphs(node)[i]
    return type(partial) is float and partial == 0.0
