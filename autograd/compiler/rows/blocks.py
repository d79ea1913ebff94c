"""From single numbers to blocks: Terms of one level and one op become the lanes of one array operation.

The operands of a block are arrays of the indices of Terms, by which `forward` finds where these have become lanes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from operator import is_
from typing import TYPE_CHECKING, Any

from autograd import ops
from autograd.compiler.rows.normal import Normal
from autograd.compiler.terms.terms import Term
from autograd.graph import postorder
from autograd.op import Op

if TYPE_CHECKING:
    import numpy as np

__all__ = ["Block", "Grouping"]


@dataclass(eq=False)
class Block:
    """The `lanes` of one `op`; `on` says what all of them depend on, `label` what all of them are called.

    `operands` has the indices of Terms: one array for each argument, of shape (lanes,), or (lanes, n) where that is a
    sequence. For `linear` these are the weights (m, n), the inputs (n, k) and the biases (m,), and lane i k + j is what
    the weights i make of the inputs j: k is 1 unless weights are shared, as in a convolution. Or they are several such
    matrices, with inputs of their own: (b, m, n), (b, n) and (b m,).
    """

    op: Op
    on: int
    lanes: Sequence[Term]
    operands: tuple[np.ndarray, ...]
    label: str = ""


MANY_PRODUCTS = 4  # from this number on, matrix products become one of several matrices
_OF_NUMBERS = {ops.power, ops.polygamma}  # whose rules read their constant as a number, not as an array


class Grouping:
    """Finds the `blocks` of a normal form level by level, and the `constants` in them.

    `homes` has the number of the block of which each Term is a lane; parameters and data have their own.
    """

    def __init__(self, normal: Normal) -> None:
        self.normal = normal
        self.on, self.table = normal.on, normal.row.table
        self.blocks: list[Block] = []
        self.homes: dict[Term, int] = dict.fromkeys(normal.parameters, -2) | dict.fromkeys(normal.data, -3)
        roots = [normal.row, normal.penalty, *normal.checks, *normal.outputs]
        found = [*postorder(roots, lambda x: x.args)]
        terms = [x for x in found if x.args]
        constants = [self.table.constant(0.0), *(x for x in found if x.constant is not None)]
        self.constants = [*dict.fromkeys(constants)]
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

    def order(self, trained: int) -> list[int]:
        """An order of the parameters in which weights of a block and their biases are one matrix.

        The first `trained` parameters stay the first ones.
        """
        import numpy as np

        parameters = self.normal.parameters
        places = np.full(self.table.count, len(parameters))  # by index; others are no parameters
        places[[x.index for x in parameters]] = np.arange(len(parameters))
        free = np.arange(len(parameters) + 1) < trained
        order: list[int] = []
        for block in self.blocks:
            if block.op is ops.linear and block.operands[0].ndim == 2:
                weights, _, bias = block.operands
                for wanted in (np.column_stack([weights, bias]), weights):
                    some = places[wanted.ravel()]
                    if free[some].all() and len(np.unique(some)) == len(some):
                        free[some] = False
                        order += some.tolist()
                        break
        return [*order, *np.flatnonzero(free).tolist(), *range(trained, len(parameters))]

    def key(self, term: Term) -> Hashable:
        """What Terms that become one block have in common."""
        op, args = term.head, term.args
        assert isinstance(op, Op)  # a Term with operands
        if op.vectors:
            return op, self.on[term], len(args) if op is not ops.linear else 0
        constant = None if op in _OF_NUMBERS else "constant"
        return op, self.on[term], *[self.homes[x] if x.constant is None else constant or x for x in args]

    def add_sums(self, lanes: Sequence[Term]) -> None:
        """Add blocks of sums: those with the same inputs, with the same weights, or several such products."""
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
        """Groups of sums, each behind a first sum whose inputs include all of theirs."""
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
        """Add a block of several matrices of weights; the weight of an input that a sum lacks is 0."""
        import numpy as np

        zero, weights = self.table.constant(0.0), list[Sequence[Term]]()
        for group in groups:
            inputs = _inputs(group[0])
            for node in group:
                if all(map(is_, _inputs(node), inputs)) and len(_inputs(node)) == len(inputs):
                    weights.append(node.args[: len(inputs)])
                else:
                    own = dict(zip(_inputs(node), node.args, strict=False))
                    weights.append([own.get(x, zero) for x in inputs])
        shape = len(groups), len(groups[0]), len(weights[0])
        inputs = np.array([_indices(_inputs(group[0])) for group in groups])
        nodes = [node for group in groups for node in group]
        bias = np.array(_indices([node.args[-1] for node in nodes]))
        self.append(nodes, (np.array([*map(_indices, weights)]).reshape(shape), inputs, bias))

    def add(self, lanes: list[Term]) -> None:
        """Add a block of these Terms."""
        import numpy as np

        rows = np.array([_indices(term.args) for term in lanes], dtype=np.int64)
        self.append(lanes, _operands(lanes[0].head, rows))

    def append(self, lanes: Sequence[Term], operands: tuple[np.ndarray, ...]) -> None:
        """Add a block of these Terms with these operands."""
        labels = {self.table.labels.get(term, "") for term in lanes}
        label = labels.pop() if len(labels) == 1 else ""
        self.homes |= dict.fromkeys(lanes, len(self.blocks))
        self.blocks.append(Block(lanes[0].head, self.on[lanes[0]], lanes, operands, label))


def _indices(terms: Sequence[Term]) -> list[int]:
    return [x.index for x in terms]


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
    """The Terms, grouped by the length of the longest way to a leaf."""
    level: dict[Term, int] = {}
    levels: list[list[Term]] = []
    for term in terms:
        level[term] = l = max([level.get(x, 0) for x in term.args]) + 1
        if l > len(levels):
            levels.append([])
        levels[l - 1].append(term)
    return levels
