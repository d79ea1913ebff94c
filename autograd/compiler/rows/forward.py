"""From blocks to Terms: the loss of all rows as operations on whole arrays."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from autograd import ops
from autograd.compiler.rows.blocks import Block, Grouping
from autograd.compiler.rows.normal import Normal
from autograd.compiler.terms.array_ops import DATA, MATMUL, PARAMETERS, ROWS
from autograd.compiler.terms.arrays import Arrays
from autograd.compiler.terms.terms import Term

if TYPE_CHECKING:
    import numpy as np

__all__ = ["ArrayLoss", "forward"]


class ArrayLoss(NamedTuple):
    """The loss as Terms: the mean of `row` with `weights`, plus `penalty`; `checks` must be alike in all rows.

    `outputs` is an array of other results, with a lane for each; `order` says which parameter each of their lanes is.
    """

    arrays: Arrays
    parameters: Term
    data: Term
    weights: Term
    row: Term
    penalty: Term
    checks: list[Term]
    outputs: Term | None
    order: list[int]


def forward(normal: Normal, trained: int, names: Sequence[str]) -> ArrayLoss:
    """The Terms of a loss in normal form, of which the first `trained` parameters stay the first ones.

    `names` says for each column of data what it belongs to.
    """
    grouping = Grouping(normal)
    order = grouping.order(trained)
    made = _Forward(grouping, [normal.parameters[i] for i in order], names)
    for block in grouping.blocks:
        x = made.linear(block) if block.op is ops.linear else made.elementwise(block)
        made.put(x, block.lanes)
    row, penalty, *checks = (made.lanes_of([x]) for x in (normal.row, normal.penalty, *normal.checks))
    weights = made.arrays.variable("weights", (1, ROWS), DATA)
    parameters, data = made.homes[:2]
    n = len(normal.outputs)
    outputs = made.arrays.broadcast(made.lanes_of(normal.outputs), (n, ROWS)) if n else None
    return ArrayLoss(made.arrays, parameters, data, weights, row, penalty, checks, outputs, order)


class _Forward:
    """`homes` are the parameters, the data, then the Term of each block.

    By the index of a Term, `home` has the number of its home, -1 for a constant, and `lane` its lane there, or its
    place in `numbers`.
    """

    def __init__(self, grouping: Grouping, parameters: Sequence[Term], names: Sequence[str]) -> None:
        import numpy as np

        self.columns, self.arrays = names, Arrays()
        normal = grouping.normal
        self.home, self.lane = np.full((2, normal.row.table.count), -1)
        self.homes: list[Term] = []
        variable = self.arrays.variable
        self.put(variable("parameters", (len(parameters), 1), PARAMETERS), parameters)
        self.put(variable("data", (len(normal.data), ROWS), DATA), normal.data)
        self.numbers = np.array([x.constant for x in grouping.constants])
        self.lane[[x.index for x in grouping.constants]] = np.arange(len(self.numbers))
        self.names: Counter[str] = Counter()
        self.operands: dict[bytes, Term] = {}

    def put(self, array: Term, lanes: Sequence[Term]) -> None:
        """Add a home: an array whose lanes are these Terms."""
        import numpy as np

        places = [x.index for x in lanes]
        self.home[places], self.lane[places] = len(self.homes), np.arange(len(places))
        self.homes.append(array)

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
        whole = (len(block.lanes), ROWS if block.on & DATA else 1)
        x = self.arrays.broadcast(x, whole)
        if block.label and block.op in _UNTELLING:
            self.arrays.labels.setdefault(x, block.label)
        return self.labelled(x, block.op.name)

    def linear(self, block: Block) -> Term:
        """Sums of weights times inputs; biases that stand beside the weights are in the same product."""
        import numpy as np

        arrays, (weights, inputs, bias) = self.arrays, block.operands
        if weights.ndim > 2:
            w = self.labelled(arrays.reshaped(self.lanes(weights), weights.shape), "W")
            s = arrays.of(MATMUL, w, arrays.reshaped(self.lanes(inputs), (*inputs.shape, ROWS)))
            return self.with_bias(arrays.reshaped(s, (len(block.lanes), ROWS)), bias)
        k = inputs.shape[1]
        together = np.column_stack([weights, bias])
        places = self.lane[together].ravel()
        in_a_row = (self.home[together] == 0).all() and (places - places[0] == np.arange(len(places))).all()
        biased = bool(k == 1 and in_a_row)
        matrix = together if biased else weights
        w = self.labelled(arrays.reshaped(self.lanes(matrix), matrix.shape), "W")
        x = self.lanes(inputs)
        if biased:
            name = arrays.labels.get(x, "x")
            x = arrays.joined([(x, len(inputs)), (arrays.table.constant(1.0), 1)])
            arrays.labels.setdefault(x, f"{name}_and_1")
        s = arrays.of(MATMUL, w, arrays.reshaped(x, (len(inputs) + biased, k * ROWS)))
        s = arrays.reshaped(s, (len(block.lanes), ROWS))
        return self.labelled(s, "s") if biased else self.with_bias(s, np.repeat(bias, k))

    def with_bias(self, s: Term, bias: np.ndarray) -> Term:
        """Sums, with biases added that do not stand beside the weights."""
        if (self.home[bias] >= 0).any() or self.numbers[self.lane[bias]].any():
            s = self.arrays.of(ops.add, self.labelled(s, "product"), self.operand(bias))
        return self.labelled(s, "s")

    # -- lanes ----------------------------------------------------------------------------------------------------

    def lanes_of(self, terms: Sequence[Term]) -> Term:
        """Terms as one array."""
        import numpy as np

        return self.operand(np.array([x.index for x in terms]))

    def operand(self, indices: np.ndarray) -> Term:
        """The Terms with these `indices` as one array, or a number; if all are the same Term, that alone."""
        indices = indices.ravel()
        if (indices == indices[0]).all():
            indices = indices[:1]
            if self.home[indices[0]] < 0:
                return self.arrays.table.constant(self.numbers[self.lane[indices[0]]])
        key = indices.tobytes()
        if key not in self.operands:
            self.operands[key] = self._array(indices)
        return self.operands[key]

    def lanes(self, indices: np.ndarray) -> Term:
        """The Terms with these `indices` as one array, with a lane for each of them."""
        array = self.operand(indices)
        if array.constant is not None:
            return self.arrays.constants([array.constant] * indices.size)
        return self.arrays.broadcast(array, (indices.size, *self.arrays.shape(array)[1:]))

    def sequence(self, indices: np.ndarray) -> Term:
        """The sequences of all lanes as one array, with their elements along the first axis."""
        lanes, n = indices.shape
        array = self.lanes(indices.T)
        return array if lanes == 1 else self.arrays.reshaped(array, (n, lanes, self.arrays.shape(array)[1]))

    def _array(self, indices: np.ndarray) -> Term:
        """Lanes as one array: the home of all, a part of it, or several joined."""
        import numpy as np

        homes, lanes = self.home[indices], self.lane[indices]
        cuts = [0, *(np.flatnonzero(np.diff(homes)) + 1).tolist(), len(indices)]
        if len(cuts) > MANY_PARTS:  # rather chosen from all of them
            pool, start = list[tuple[Term, int]](), 0
            for home in np.unique(homes).tolist():
                whole = self.homes[home] if home >= 0 else self.arrays.constants(self.numbers)
                lanes[homes == home] += start
                pool.append((whole, self.arrays.shape(whole)[0]))
                start += pool[-1][1]
            return self.labelled(self.arrays.take(self.arrays.joined(pool), lanes), "chosen")
        if len(cuts) > 2:
            parts = [(self.operand(indices[a:b]), int(b - a)) for a, b in pairwise(cuts)]
            return self.labelled(self.arrays.joined(parts), "joined")
        if (home := homes[0]) < 0:
            return self.arrays.constants(self.numbers[lanes])
        part = self.arrays.take(self.homes[home], lanes)
        if home == 1:
            self.arrays.labels[part] = self.argument(lanes.tolist())
        return self.labelled(part, "part" if home else "p")

    def argument(self, columns: list[int]) -> str:
        """A name for some columns of data: their argument's, with the place of a single column."""
        names = self.columns
        name, *others = {names[i] for i in columns}
        if others or len(columns) not in (1, names.count(name)):
            return "data_part" if others else f"{name}_part"
        return name if len(columns) == names.count(name) else f"{name}_{columns[0] - names.index(name)}"


MANY_PARTS = 64  # of an array

# Operations whose names do not tell what they compute.
_UNTELLING = {ops.add, ops.sub, ops.mul, ops.div, ops.neg, ops.power, ops.sum, ops.dot, ops.WHERE, ops.NOT}
_UNTELLING |= {*ops.RELATIONS.values()}
