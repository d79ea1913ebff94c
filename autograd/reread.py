"""A function's graph in an arithmetic other than that of floats: `Reread`, a node of it, and `derivatives`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

from autograd.graph import postorder
from autograd.op import Op, Reading

__all__ = ["Reread", "derivatives"]


class Reread(Reading):
    """A node: its `number`, and its `edges`, the pairs of operand and partial derivative.

    A kind of them says which number stands for what rules are given and return, and with which namespace they are read.
    """

    __slots__ = ("edges", "number")

    def __init__(self, number: Any, edges: Sequence[tuple[Self, Any]] = ()) -> None:
        self.number, self.edges = number, edges

    @classmethod
    def of(cls, x: Any) -> Any:
        """The number that a node holds, or that a float is."""
        raise NotImplementedError  # every kind says for itself

    @classmethod
    def functions(cls) -> Any:
        """The namespace `m` for rules."""
        raise NotImplementedError  # every kind says for itself

    @classmethod
    def read(cls, op: Op, args: Sequence[Any]) -> Self:
        """The node of `op` of `args`."""
        value, partials = op.read(cls.functions(), [cls.of(x) for x in args])
        edges = [(x, cls.of(d)) for x, d in zip(args, partials, strict=True) if isinstance(x, cls)]
        return cls(cls.of(value), edges)


def derivatives(y: Any, xs: Sequence[Reread]) -> list[Any]:
    """The derivatives of `y` with respect to each of `xs`; the number 0.0 where no path leads."""
    adjoints: dict[Any, Any] = {y: 1.0} if isinstance(y, Reread) else {}
    for node in reversed([*postorder(adjoints, lambda node: [parent for parent, _ in node.edges])]):
        for parent, slope in node.edges:
            term = adjoints[node] * slope
            adjoints[parent] = adjoints[parent] + term if parent in adjoints else term
    return [adjoints.get(x, 0.0) for x in xs]
