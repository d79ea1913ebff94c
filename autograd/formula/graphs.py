"""The formulas of a graph: of a node, and of the partial derivatives on its edges."""

from __future__ import annotations

from collections.abc import Mapping

from autograd import ops
from autograd.formula.formula import Formula
from autograd.graph import nodes
from autograd.value import Value

__all__ = ["formula", "local_partials"]


def formula(value: Value, names: Mapping[Value, Formula] | None = None) -> Formula:
    """The expression that `value` was computed by, down to labelled nodes, which stand as their labels.

    `names` says how to write further nodes. A leaf without a label stands as its number.

    >>> x, y = Value(2.0, "x"), Value(3.0, "y")
    >>> formula(x**2 * y + 1).text
    'x²y + 1'
    """
    written: dict[Value, Formula] = dict(names or {})
    for node in nodes(value):
        if node in written:
            continue
        if node.label is not None and node is not value:
            written[node] = Formula(node.label)
        elif node.op is None:
            written[node] = Formula(node.data if node.label is None else node.label)
        else:
            args = tuple(written[a] if isinstance(a, Value) else a for a in node.args)
            written[node] = Formula.read(node.op, args)
    return written[value]


def local_partials(node: Value, names: Mapping[Value, Formula]) -> tuple[Formula, ...]:
    """The partial derivatives on the edges of `node` as formulas, aligned with `node.parents`.

    `names` says how each parent is written.
    """
    if node.op is None:
        return ()
    args = tuple(names[a] if isinstance(a, Value) else Formula.of(a) for a in node.args)
    _, partials = node.op.read(ops, args)
    return tuple(Formula.of(d) for a, d in zip(node.args, partials, strict=True) if isinstance(a, Value))
