"""From single numbers to blocks: Terms of one level and one op become the lanes of one array operation.

Every lane has a slot, a number of its own: the parameters come first, then the columns of data, then the lanes of each
block. So the operands of a block are arrays of slots, and a range of them is a slice of one array; a negative number
stands for a constant.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from operator import is_
from typing import TYPE_CHECKING, Any

from autograd import ops
from autograd.compiler.rows.normal import Normal
from autograd.compiler.terms.terms import Term
from autograd.graph import postorder
from autograd.op import Op

if TYPE_CHECKING:
    import numpy as np

__all__ = ["Block", "Blocks", "blocks"]


@dataclass(eq=False)
class Block:
    """`size` lanes of one `op`, the first of which has the slot `start`; `on` says what they depend on.

    `label` is what all of them are called.

    `operands` has the slots: one array for each argument, of shape (size,), or (size, n) where that is a sequence. For
    `linear` these are the weights (m, n), the inputs (n, k) and the biases (m,), and lane i k + j is what the weights i
    make of the inputs j: k is 1 unless weights are shared, as in a convolution. Or they are several such matrices, with
    inputs of their own: (b, m, n), (b, n) and (b m,).
    """

    op: Op
    on: int
    start: int
    operands: tuple[np.ndarray, ...]
    size: int
    label: str = ""


@dataclass
class Blocks:
    """All blocks, each after those it needs; `row` and `penalty` are the slots of the loss's two summands.

    The slots 0, ..., `parameters` - 1 are the parameters, the next `columns` the data, and the last block ends before
    `end`; -1, -2, ... are `constants`. `order` says which parameter has which slot: so that those of one block stand
    together, they are not in the order given. `checks` are the slots of conditions, `outputs`
    those of other results. `names` says what the columns of data belong to.
    """

    parameters: int
    columns: int
    row: int = -1
    penalty: int = -1
    checks: list[int] = field(default_factory=list)
    outputs: list[int] = field(default_factory=list)
    end: int = 0
    order: list[int] = field(default_factory=list)
    constants: list[float] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=list)
    names: list[str] = field(default_factory=list)


MANY_PRODUCTS = 4  # from this number on, matrix products become one of several matrices
_OF_NUMBERS = {ops.power, ops.polygamma}  # whose rules read their constant as a number, not as an array


def blocks(normal: Normal, trained: int | None = None, names: Sequence[str] = ()) -> Blocks:
    """The blocks of a loss in normal form; the first `trained` parameters stay the first ones, in whatever order.

    `names` says for each column of data what it belongs to.
    """
    grouping = _Grouping(normal, len(normal.parameters) if trained is None else trained)
    grouping.result.names = list(names) or ["x"] * len(normal.data)
    return grouping.result


class _Grouping:
    def __init__(self, normal: Normal, trained: int) -> None:
        self.on, self.table = normal.on, normal.row.table
        self.result = Blocks(len(normal.parameters), len(normal.data))
        self.slots = _Slots(self.result.constants)
        self.slots.update((leaf, i) for i, leaf in enumerate([*normal.parameters, *normal.data]))
        self.homes: dict[Term, int] = dict.fromkeys(normal.parameters, -2) | dict.fromkeys(normal.data, -3)
        self.next = len(self.slots)
        roots = [normal.row, normal.penalty, *normal.checks, *normal.outputs]
        terms = [x for x in postorder(roots, lambda x: x.args) if x.args]
        # 0 times what only a branch of `where` may compute would be NaN in the other one.
        self.padding = all(x.head is not ops.WHERE for x in terms)
        for level in _levels(terms):
            groups: dict[Hashable, list[Term]] = defaultdict(list)
            for term in level:
                groups[self.key(term)].append(term)
            for lanes in groups.values():
                if lanes[0].head is ops.linear:
                    self.add_sums(lanes)
                else:
                    self.add(lanes)
        self.result.end = self.next
        self.result.row, self.result.penalty, *others = [self.slots[x] for x in roots]
        n = len(normal.checks)
        self.result.checks, self.result.outputs = others[:n], others[n:]
        self.arrange(trained)

    def arrange(self, trained: int) -> None:
        """Give the parameters other slots, so that the weights of a block and their biases become one matrix."""
        import numpy as np

        n = self.result.parameters
        free = np.arange(n) < trained
        order: list[np.ndarray] = []
        for block in self.result.blocks:
            if block.op is ops.linear:
                weights, _, bias = block.operands
                if weights.ndim > 2:
                    continue
                for wanted in (np.column_stack([weights, bias]), weights):
                    slots = wanted.ravel()
                    ours = slots.min() >= 0 and slots.max() < trained
                    if ours and free[slots].all() and len(np.unique(slots)) == len(slots):
                        free[slots] = False
                        order.append(slots)
                        break
        order += [np.flatnonzero(free), np.arange(trained, n)]
        places = np.concatenate(order)
        slot_of = np.arange(self.next + len(self.result.constants))  # the constants last, where -1, -2, ... find them
        slot_of[places] = np.arange(n)
        slot_of[self.next :] = np.arange(-len(self.result.constants), 0)
        for block in self.result.blocks:
            block.operands = tuple([slot_of[slots] for slots in block.operands])
        self.result.order = places.tolist()
        self.result.row, self.result.penalty = (int(slot_of[x]) for x in (self.result.row, self.result.penalty))
        self.result.outputs = [int(slot_of[x]) for x in self.result.outputs]

    def key(self, term: Term) -> Hashable:
        """What is alike in Terms that become one block."""
        op, args = term.head, term.args
        assert isinstance(op, Op)  # it has operands
        if op.vectors:
            return op, self.on[term], len(args) if op is not ops.linear else 0
        constant = None if op in _OF_NUMBERS else "constant"
        return op, self.on[term], *[self.homes[x] if x.constant is None else constant or x for x in args]

    def add_sums(self, lanes: Sequence[Term]) -> None:
        """Blocks of sums: those that share their inputs, products of several weights and inputs, several such."""
        of_inputs: dict[tuple[Any, ...], list[Term]] = defaultdict(list)
        for node in lanes:
            of_inputs[_inputs(node)].append(node)
        alike: dict[Hashable, list[list[Term]]] = defaultdict(list)
        for group in of_inputs.values():
            alike[tuple((*node.args[: len(node.args) // 2], node.args[-1]) for node in group)].append(group)
        single = [groups[0] for groups in alike.values() if len(groups) == 1]
        for groups in alike.values():  # lane by lane of weights, all inputs
            if len(groups) > 1 or len(single) < MANY_PRODUCTS:
                self.add([node for nodes in zip(*groups, strict=True) for node in nodes])
        stacks: dict[Hashable, list[list[Term]]] = defaultdict(list)
        for group in self.nested(single) if len(single) >= MANY_PRODUCTS else ():
            stacks[len(group), len(group[0].args)].append(group)
        for stack in stacks.values():
            self.add_stack(stack)

    def nested(self, groups: Sequence[list[Term]]) -> list[list[Term]]:
        """Groups of sums whose inputs are among those of the first, which is in front of each."""
        hosts: list[list[Term]] = []
        hosting: dict[Any, list[tuple[set[Any], list[Term]]]] = defaultdict(list)  # by an input
        for group in sorted(groups, key=lambda group: -len(group[0].args)):
            inputs = _inputs(group[0])
            found = [host for all_of_it, host in hosting[inputs[0]] if self.padding and all_of_it.issuperset(inputs)]
            if found and len({*inputs}) == len(inputs):
                found[0].extend(group)
                continue
            hosts.append(host := [*group])
            if len({*inputs}) == len(inputs):
                for x in inputs:
                    hosting[x].append(({*inputs}, host))
        return hosts

    def add_stack(self, groups: Sequence[list[Term]]) -> None:
        """A block of several matrices of weights; those of inputs that a sum does not have are 0."""
        import numpy as np

        nodes, zero = [node for group in groups for node in group], self.table.constant(0.0)
        shape = len(groups), len(groups[0]), len(_inputs(nodes[0]))
        weights = list[int]()
        for group in groups:
            inputs = _inputs(group[0])
            for node in group:
                if all(map(is_, _inputs(node), inputs)) and len(_inputs(node)) == len(inputs):
                    weights += self.slots.of(node.args[: len(inputs)])
                else:
                    own = dict(zip(_inputs(node), node.args, strict=False))
                    weights += self.slots.of([own.get(x, zero) for x in inputs])
        slots = [self.slots.of(_inputs(group[0])) for group in groups]
        bias = np.array(self.slots.of([node.args[-1] for node in nodes]))
        self.append(nodes, (np.array(weights).reshape(shape), np.array(slots), bias))

    def add(self, lanes: list[Term]) -> None:
        """A block of these nodes."""
        import numpy as np

        rows = np.array([self.slots.of(node.args) for node in lanes], dtype=np.int64)
        self.append(lanes, _operands(lanes[0].head, rows))

    def append(self, lanes: Sequence[Term], operands: tuple[np.ndarray, ...]) -> None:
        """A block of these nodes with these operands."""
        op, home = lanes[0].head, len(self.result.blocks)
        assert isinstance(op, Op)  # it has operands
        labels = {self.table.labels.get(node, "") for node in lanes}
        label = labels.pop() if len(labels) == 1 else ""
        self.result.blocks.append(Block(op, self.on[lanes[0]], self.next, operands, len(lanes), label))
        for node in lanes:
            self.homes[node], self.slots[node] = home, self.next
            self.next += 1


def _inputs(node: Term) -> tuple[Any, ...]:
    """The inputs of a sum of weights times inputs."""
    n = len(node.args) // 2
    return node.args[n : 2 * n]


def _operands(op: Any, rows: np.ndarray) -> tuple[np.ndarray, ...]:
    """The args of all lanes, one row each, as arrays for each argument of `op`."""
    if not op.vectors:
        return tuple(rows.T)
    n = (rows.shape[1] - (op.arity - op.vectors)) // op.vectors
    vectors = [rows[:, i * n : (i + 1) * n] for i in range(op.vectors)]
    if op is not ops.linear:
        return (*vectors, *rows[:, op.vectors * n :].T)
    w, x = vectors
    k = 1
    while k < len(rows) and (w[k] == w[0]).all() and rows[k, -1] == rows[0, -1] and (x[k] != x[0]).any():
        k += 1
    return w[::k], x[:k].T, rows[::k, -1]


def _levels(terms: Sequence[Term]) -> list[list[Term]]:
    """The Terms by the longest way to a leaf."""
    level: dict[Term, int] = {}
    levels: list[list[Term]] = []
    for term in terms:
        level[term] = l = max([level.get(x, 0) for x in term.args]) + 1
        if l > len(levels):
            levels.append([])
        levels[l - 1].append(term)
    return levels


class _Slots(dict[Term, int]):
    """The slots of Terms; constants get theirs when they are first asked for."""

    def __init__(self, constants: list[float]) -> None:
        super().__init__()
        self.constants = constants

    def __missing__(self, x: Term) -> int:
        assert x.constant is not None  # others have theirs
        self.constants.append(x.constant)
        self[x] = -len(self.constants)
        return self[x]

    def of(self, terms: Sequence[Term]) -> list[int]:
        """Those of some."""
        return [*map(self.__getitem__, terms)]
