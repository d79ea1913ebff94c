"""From blocks to Terms: the loss of all rows as operations on whole arrays."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from autograd import ops
from autograd.compiler.rows.blocks import Block, Blocks
from autograd.compiler.terms.array_ops import DATA, MATMUL, PARAMETERS, ROWS
from autograd.compiler.terms.arrays import Arrays
from autograd.compiler.terms.terms import Term

if TYPE_CHECKING:
    import numpy as np

__all__ = ["ArrayLoss", "forward"]


class ArrayLoss(NamedTuple):
    """The loss as Terms: the mean of `row` with `weights`, plus `penalty`; `checks` are alike in all rows.

    `outputs` is an array of other results, a lane for each.
    """

    arrays: Arrays
    parameters: Term
    data: Term
    weights: Term
    row: Term
    penalty: Term
    checks: list[Term]
    outputs: Term | None = None


def forward(blocks: Blocks) -> ArrayLoss:
    """The Terms of a loss."""
    import numpy as np

    made = _Forward(blocks)
    for block in blocks.blocks:
        made.homes.append(made.linear(block) if block.op is ops.linear else made.elementwise(block))
    row, penalty, *checks = (made.operand(np.array([slot])) for slot in (blocks.row, blocks.penalty, *blocks.checks))
    weights = made.arrays.variable("weights", (1, ROWS), DATA)
    parameters, data = made.homes[:2]
    outputs = made.outputs(blocks.outputs) if blocks.outputs else None
    return ArrayLoss(made.arrays, parameters, data, weights, row, penalty, checks, outputs)


class _Forward:
    """`homes` are the parameters, the data, then the Term of each block; `starts` the slots at which they begin."""

    def __init__(self, blocks: Blocks) -> None:
        import numpy as np

        self.blocks, self.arrays = blocks, Arrays()
        self.homes = [
            self.arrays.variable("parameters", (blocks.parameters, 1), PARAMETERS),
            self.arrays.variable("data", (blocks.columns, ROWS), DATA),
        ]
        self.starts = np.array([0, blocks.parameters, *(block.start for block in blocks.blocks), blocks.end])
        self.names: Counter[str] = Counter()
        self.operands: dict[bytes, Term] = {}

    def labelled(self, x: Term, kind: str) -> Term:
        """The Term with the next name of that kind, unless it has one."""
        if x.constant is None and x not in self.arrays.labels:
            self.names[kind] += 1
            self.arrays.labels[x] = f"{kind}_{self.names[kind]}"
        return x

    # -- blocks ---------------------------------------------------------------------------------------------------

    def elementwise(self, block: Block) -> Term:
        """A function of lanes."""
        n = block.op.vectors
        args = [*map(self.sequence, block.operands[:n]), *map(self.operand, block.operands[n:])]
        x = self.arrays.of(block.op, *args)
        self.arrays.nodes.add(x)
        whole = (block.size, ROWS if block.on & DATA else 1)
        x = self.arrays.broadcast(x, whole)
        if block.label and block.op in _UNTELLING:
            self.arrays.labels.setdefault(x, block.label)
        return self.labelled(x, block.op.name)

    def linear(self, block: Block) -> Term:
        """Sums of weights times inputs: the biases in the same product, if they stand beside the weights."""
        import numpy as np

        arrays, (weights, inputs, bias) = self.arrays, block.operands
        if weights.ndim > 2:
            w = self.labelled(arrays.reshaped(self.lanes(weights), weights.shape), "W")
            s = arrays.of(MATMUL, w, arrays.reshaped(self.lanes(inputs), (*inputs.shape, ROWS)))
            return self.with_bias(arrays.reshaped(s, (block.size, ROWS)), bias)
        k = inputs.shape[1]
        together = np.column_stack([weights, bias])
        first = int(together[0, 0])
        biased = bool(k == 1 and (together.ravel() == np.arange(first, first + together.size)).all())
        biased = biased and bool(self.homes_of(together[0, :1])[0] == 0)
        slots = together if biased else weights
        w = self.labelled(arrays.reshaped(self.lanes(slots), slots.shape), "W")
        x = self.lanes(inputs)
        if biased:
            name = arrays.labels.get(x, "x")
            x = arrays.joined([(x, len(inputs)), (arrays.table.constant(1.0), 1)])
            arrays.labels.setdefault(x, f"{name}_and_1")
        s = arrays.of(MATMUL, w, arrays.reshaped(x, (len(inputs) + biased, k * ROWS)))
        s = arrays.reshaped(s, (block.size, ROWS))
        return self.labelled(s, "s") if biased else self.with_bias(s, np.repeat(bias, k))

    def with_bias(self, s: Term, bias: np.ndarray) -> Term:
        """Sums to which biases are added that do not stand beside the weights."""
        constants = [self.blocks.constants[-1 - i] for i in bias if i < 0]
        if len(constants) < len(bias) or any(constants):
            s = self.arrays.of(ops.add, self.labelled(s, "product"), self.operand(bias))
        return self.labelled(s, "s")

    def outputs(self, slots: list[int]) -> Term:
        """The outputs, a lane each."""
        import numpy as np

        return self.arrays.broadcast(self.operand(np.array(slots)), (len(slots), ROWS))

    # -- lanes ----------------------------------------------------------------------------------------------------

    def homes_of(self, slots: np.ndarray) -> np.ndarray:
        """Whose lanes some slots are; -1 for constants."""
        found: np.ndarray = self.starts.searchsorted(slots, side="right") - 1
        return found

    def operand(self, slots: np.ndarray) -> Term:
        """The lanes `slots` as one array, or a number; where all are the same one, that alone."""
        slots = slots.ravel()
        if (slots == slots[0]).all():
            slots = slots[:1]
            if slots[0] < 0:
                return self.arrays.table.constant(self.blocks.constants[-1 - int(slots[0])])
        key = slots.tobytes()
        if key not in self.operands:
            self.operands[key] = self._array(slots)
        return self.operands[key]

    def lanes(self, slots: np.ndarray) -> Term:
        """The same as an array with all its lanes."""
        array = self.operand(slots)
        if array.constant is not None:
            return self.arrays.constants([array.constant] * slots.size)
        return self.arrays.broadcast(array, (slots.size, *self.arrays.shape(array)[1:]))

    def sequence(self, slots: np.ndarray) -> Term:
        """The sequences of all lanes as one array, with their elements along the first axis."""
        lanes, n = slots.shape
        array = self.lanes(slots.T)
        return array if lanes == 1 else self.arrays.reshaped(array, (n, lanes, self.arrays.shape(array)[1]))

    def _array(self, slots: np.ndarray) -> Term:
        """Lanes as one array: the home of all, a part of it, or several joined."""
        import numpy as np

        homes = self.homes_of(slots)
        cuts = [0, *(np.flatnonzero(np.diff(homes)) + 1).tolist(), len(slots)]
        if len(cuts) > MANY_PARTS:  # rather chosen from all of them
            pool, starts = list[tuple[Term, int]](), dict[int, int]()
            for home in np.unique(homes).tolist():
                numbers = self.arrays.constants(self.blocks.constants[::-1])
                whole = self.homes[home] if home >= 0 else numbers
                starts[home] = sum(n for _, n in pool)
                pool.append((whole, self.arrays.shape(whole)[0]))
            first = {home: self.starts[home] if home >= 0 else -len(self.blocks.constants) for home in starts}
            lanes = [
                slot - first[home] + starts[home] for slot, home in zip(slots.tolist(), homes.tolist(), strict=True)
            ]
            return self.labelled(self.arrays.take(self.arrays.joined(pool), np.array(lanes)), "chosen")
        if len(cuts) > 2:
            parts = [(self.operand(slots[a:b]), int(b - a)) for a, b in pairwise(cuts)]
            return self.labelled(self.arrays.joined(parts), "joined")
        if (home := homes[0]) < 0:
            return self.arrays.constants([self.blocks.constants[-1 - i] for i in slots])
        lanes = slots - self.starts[home]
        part = self.arrays.take(self.homes[home], lanes)
        if home == 1:
            self.arrays.labels[part] = self.argument(lanes.tolist())
        return self.labelled(part, "part" if home else "p")

    def argument(self, columns: list[int]) -> str:
        """A name for some columns of data: that of the argument in which they are, with the place of a single one."""
        names = self.blocks.names
        name, *others = {names[i] for i in columns}
        if others or len(columns) not in (1, names.count(name)):
            return "data_part" if others else f"{name}_part"
        return name if len(columns) == names.count(name) else f"{name}_{columns[0] - names.index(name)}"


MANY_PARTS = 64  # of an array

# Operations whose names do not tell what they compute.
_UNTELLING = {ops.add, ops.sub, ops.mul, ops.div, ops.neg, ops.power, ops.sum, ops.dot, ops.WHERE, ops.NOT}
_UNTELLING |= {*ops.RELATIONS.values()}
