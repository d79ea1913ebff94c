"""The chain rule for Terms that are arrays, and how Terms become operations of arrays.

What flows back to operands that were repeated is added up, and what flows back to some of the lanes of an array waits
for the rest. There masks are applied: what does not count becomes 0, and what is 0 does not count.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from autograd import ops
from autograd.compiler.rows.forward import ArrayLoss
from autograd.compiler.terms.adjoints import Adjoint, selected
from autograd.compiler.terms.array_ops import (
    COLUMN,
    DATA,
    MATMUL,
    OUTER,
    PARAMETERS,
    ROWS,
    SUM_ROWS,
    TRANSPOSE,
    ArrayOp,
    ArrayShape,
    is_a,
)
from autograd.compiler.terms.arrays import Arrays
from autograd.compiler.terms.chain_rule import Adjoints
from autograd.compiler.terms.loop import Data
from autograd.compiler.terms.terms import Term, reachable
from autograd.op import Op

if TYPE_CHECKING:
    import numpy as np

__all__ = ["differentiated"]


def differentiated(loss: ArrayLoss) -> tuple[ArrayLoss, Term]:
    """A loss, and its derivative with respect to the parameters, as operations of arrays."""
    seeds = {loss.penalty: loss.arrays.table.constant(1.0), loss.row: loss.weights}
    seeds = {y: seed for y, seed in seeds.items() if loss.arrays.depends(y) & PARAMETERS}
    adjoints = _ArrayAdjoints(loss.arrays, seeds, loss.parameters)
    for node in reversed(adjoints.order):
        if node in adjoints:
            adjoints.pass_on(node, *adjoints.total(node))
    return lowered(loss, adjoints.gradient(loss.parameters))


class _ArrayAdjoints(Adjoints):
    """The adjoints of arrays; one may have a single lane for all lanes of its Term, and a single number for all rows.

    `parts` is what has arrived at some of the lanes, by their place; for Terms in `partly` some of it does not count.
    """

    def __init__(self, arrays: Arrays, seeds: Mapping[Term, Term], x: Term) -> None:
        self.arrays, self.shape = arrays, arrays.shape
        self.parts: dict[Term, dict[object, tuple[range | np.ndarray, Term]]] = {}
        self.partly: set[Term] = set()
        self.node: Term | None = None  # the function whose operands are being served
        super().__init__(arrays.table, seeds, [x], arrays.m)

    def pass_on(self, node: Term, mask: Term | None, adjoint: Term) -> None:
        """Give the operands of a node what they get of its adjoint."""
        if is_a(adjoint, "matmul") or mask is not None or sum(x in self.depends for x in node.args) > 1:
            self.name(adjoint, node)
        if isinstance(node.head, ArrayOp):
            self.through_array(node, selected(mask, adjoint), mask is not None)
        else:
            self.node = node
            super().pass_on(node, mask, adjoint)

    def product(self, adjoint: Term, partial: Term) -> Term:
        """What a partial makes of an adjoint."""
        return self.arrays.times(adjoint, partial)

    def add(self, x: Term, mask: Term | None, value: Term) -> None:
        """Add what a function passes on to its operand x, which may have been repeated unless it is a sequence."""
        node, whole = self.node, self.shape(x)
        if node is not None and not any(x is y for y in node.args[: getattr(node.head, "vectors", 0)]):
            whole = self.shape(node)
        if mask is None or self.fitted(x, value, whole) is value:
            super().add(x, mask, self.fitted(x, value, whole))
        else:
            self.put(x, selected(mask, value), whole, partly=True)

    def put(self, x: Term, value: Term, whole: ArrayShape, partly: bool) -> None:
        """Add what flows back to all repetitions of `x`, of shape `whole`; if `partly`, it counts where it is not 0."""
        value = self.fitted(x, value, whole)
        super().add(x, value != 0.0 if partly else None, value)

    def fitted(self, x: Term, value: Term, whole: ArrayShape) -> Term:
        """The adjoint of `x`, from `value`, the adjoint of all its repetitions, of shape `whole`."""
        shape, arrays = self.shape(x), self.arrays
        if shape[0] == 1 < whole[0]:
            value = arrays.summed(value) if self.shape(value)[:1] == whole[:1] else value * float(whole[0])
        if shape[-1] == 1 and self.shape(value)[-1:] == (ROWS,):
            value = arrays.of(SUM_ROWS, value)
        return value

    def through_array(self, node: Term, value: Term, partly: bool) -> None:
        """Give the operands of an operation on whole arrays what they get of its adjoint."""
        arrays, shape, x = self.arrays, self.shape(node), node.args[0]
        whole = arrays.broadcast(value, (*shape[:-1], *(self.shape(value)[-1:] or shape[-1:])))
        match node.head:
            case ArrayOp("part", (start, stop, 0)):
                self.add_part(x, whole, range(start, stop), partly)
            case ArrayOp("take", (index,)):
                self.add_part(x, whole, index, partly)
            case ArrayOp("broadcast"):
                self.put(x, value, shape, partly)
            case ArrayOp("reshape"):
                self.put(x, arrays.reshaped(arrays.broadcast(value, shape), self.shape(x)), self.shape(x), partly)
            case ArrayOp("join", (lanes,)):
                alone = sum(y in self.depends for y in node.args) == 1
                for end, n, y in zip(accumulate(lanes), lanes, node.args, strict=True):
                    if self.shape(value)[:1] in ((), (1,)):
                        part = value
                    elif is_a(value, "matmul") and alone:  # only what this operand gets is computed
                        part = arrays.of(MATMUL, arrays.part(value.args[0], end - n, end), value.args[1])
                    else:
                        part = arrays.part(whole, end - n, end)
                    if y in self.depends:
                        self.put(y, part, (n, *shape[1:]), partly)
            case _:
                self.through_product(node, arrays.broadcast(value, shape), partly)

    def through_product(self, node: Term, value: Term, partly: bool) -> None:
        """Give the operands of a matrix product what they get of its adjoint."""
        w, x = node.args
        self.name(value, node)
        if x in self.depends:
            self.put(x, self.arrays.of(MATMUL, self.arrays.of(TRANSPOSE, w), value), self.shape(x), partly)
        if partly:  # an input that does not count may be NaN, and so would be its product with 0
            x = ops.where(self.arrays.largest(ops.abs(value), -2) == 0.0, 0.0, x)
        slopes = self.arrays.of(OUTER, value, x)
        self.name(slopes, w)
        self.put(w, slopes, self.shape(w), partly)

    def add_part(self, x: Term, value: Term, place: range | np.ndarray, partly: bool) -> None:
        """Add `value` to what has arrived at the lanes at a place."""
        self.setdefault(x, {})
        parts, key = self.parts.setdefault(x, {}), place if isinstance(place, range) else place.tobytes()
        parts[key] = place, parts[key][1] + value if key in parts else value
        if partly:
            self.partly.add(x)

    def total(self, x: Term) -> Adjoint:
        """The mask and the adjoint of x: the sum of all that has arrived, and where it counts."""
        mask, value = super().total(x) if self[x] else (None, x)
        if x not in self.parts:
            return value != 0.0 if mask is not None and len(self[x]) > 1 else mask, value
        shape, parts = self.shape(x), self.collected(x)
        shape = (*shape[:-1], 1) if all(self.shape(part)[-1:] == (1,) for _, part in parts) else shape
        value = self.arrays.scattered(shape, parts)
        self.name(value, x)
        everywhere = self[x] and mask is None
        reached = {lane for place, _ in parts for lane in place}
        partly = not everywhere and (mask is not None or x in self.partly or len(reached) < shape[0])
        return value != 0.0 if partly else None, value

    def collected(self, x: Term) -> list[tuple[range | np.ndarray, Term]]:
        """What has arrived at each place; what is for all lanes comes last, after parts that may be made in place."""
        parts, (n, *rest) = [*self.parts.get(x, {}).values()], self.shape(x)
        if self.get(x):
            parts.append((range(n), selected(*super().total(x))))
        parts = [(place, self.arrays.broadcast(part, (len(place), *rest))) for place, part in parts]
        for i, (_, part) in enumerate(parts, start=1):
            self.name(part, x, f"_part_{i}")
        return parts

    def gradient(self, x: Term) -> Term:
        """The gradient: all that has arrived at the parameters."""
        whole = self.arrays.scattered(self.shape(x), self.collected(x))
        self.arrays.labels[whole] = "gradient"
        return whole

    def name(self, adjoint: Term, node: Term, suffix: str = "") -> None:
        """Label the adjoint of a node with the node's name, unless it has the name of another derivative."""
        labels = self.arrays.labels
        name = "gradient" if node.head == "parameters" and suffix else f"d_{labels.get(node, 'joined')}"
        if adjoint.args and not is_a(adjoint, "reshape", "broadcast") and labels.get(adjoint, "d_").startswith("d_"):
            labels[adjoint] = name + suffix


def lowered(loss: ArrayLoss, slopes: Term) -> tuple[ArrayLoss, Term]:
    """Loss and slopes as operations of arrays, in a table of their own, whose order is an order to compute in."""
    old, new, low = loss.arrays, Arrays(), dict[Term, Term]()
    roots = [loss.parameters, loss.data, loss.weights, loss.row, loss.penalty, *loss.checks, slopes]
    for x in reachable(roots):
        args = tuple(low[a] for a in x.args)
        if isinstance(x.head, Op) and (isinstance(x.head, ArrayOp) or x.head.vectors):  # operations that look at shapes
            args = tuple(new.broadcast(y, old.shape(a)) for y, a in zip(args, x.args, strict=True))
        if old.depends(x) != DATA:
            args = tuple(new.prepared(a) if new.depends(a) == DATA else a for a in args)
        if x.head is COLUMN:
            low[x] = new.prepared(*args)
        elif isinstance(x.head, Data):
            low[x] = new.constants(x.head.numbers)
        elif isinstance(x.head, str):
            low[x] = new.variable(x.head, old.shape(x), old.depends(x))
        elif not isinstance(x.head, Op):
            low[x] = new.table.constant(x.head)
        elif isinstance(x.head, ArrayOp) or x.head is ops.NOT or (x.head is ops.mul and x not in old.nodes):
            low[x] = new.of(x.head, *args)  # a slope's products stay as they were written
        else:
            value = x.head.read(new.m, args)[0]
            low[x] = value if isinstance(value, Term) else new.table.constant(value)
        if x in old.labels and low[x].args:
            new.labels.setdefault(low[x], old.labels[x])
    row = low[loss.row] if loss.row.constant == 0 else new.broadcast(low[loss.row], old.shape(loss.row))
    same: dict[str, Any] = {name: low[getattr(loss, name)] for name in ("parameters", "data", "weights", "penalty")}
    row = new.prepared(row) if new.depends(row) == DATA else row
    return loss._replace(arrays=new, row=row, checks=[low[x] for x in loss.checks], **same), low[slopes]
