"""From blocks to steps: what is computed from the parameters and the data of all rows, there and back.

Elementwise work is a Term, for which the rules of the table are read; sums of weights times inputs are matrix products;
what else there is moves lanes about. The sweep back visits the blocks in reverse and adds up what comes to each from
those that use it: the chain rule with blocks for nodes.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from autograd import ops
from autograd.compiler.rows.arrays import LARGEST, ROWS, SUM, SUM_ROWS
from autograd.compiler.rows.blocks import Block, Blocks
from autograd.compiler.rows.branches import ALWAYS, Needed, either, within
from autograd.compiler.rows.lanes import Lanes
from autograd.compiler.rows.normal import DATA, PARAMETERS, ROW
from autograd.compiler.rows.steps import Back, Define, Join, Linear, Outer, Scatter, Steps, View
from autograd.compiler.terms.terms import Term

if TYPE_CHECKING:
    import numpy as np

__all__ = ["steps"]


def steps(blocks: Blocks) -> Steps:
    """The steps of a loss and its gradient."""
    return _Sweep(blocks).result()


class _Sweep(Lanes):
    def __init__(self, blocks: Blocks) -> None:
        import numpy as np

        super().__init__(blocks)
        self.weights = self.arrays.variable("weights", (1, ROWS), DATA)
        self.trained = np.array([True, False, *(bool(block.on & PARAMETERS) for block in blocks.blocks)])
        self.partials: list[Any] = []  # of each block; for `linear` the step
        self.incoming: dict[int, dict[bytes, tuple[np.ndarray, Any]]] = defaultdict(dict)
        self.choosing = any(block.op is ops.WHERE and block.on & PARAMETERS for block in blocks.blocks)
        self.ways: dict[int, Needed] = {}  # in which lanes are needed, if there are choices
        self.readers = Counter[int]()  # how many operands each home is
        for block in blocks.blocks:
            for slots in block.operands:
                self.readers.update(np.unique(self.homes_of(slots)).tolist())

    def result(self) -> Steps:
        """All of it."""
        import numpy as np

        blocks = self.blocks
        for block in blocks.blocks:
            self.forward(block)
        losses, penalty = (self.operand(np.array([slot])) for slot in (blocks.row, blocks.penalty))
        for slot, seed in ((blocks.row, self.weights), (blocks.penalty, 1.0)):
            if slot >= 0:
                self.send(np.array([slot]), seed)
        for kind in (ROW, PARAMETERS):  # all of the parameters' blocks after all rows, which send to them
            for i in reversed(range(len(blocks.blocks))):
                if blocks.blocks[i].on == kind:
                    self.backward(blocks.blocks[i], i + 2)
        checks = [self.operand(np.array([slot])) for slot in blocks.checks]
        gradient = self.gathered(0, "gradient")
        parameters, data = self.homes[:2]
        return Steps(
            self.arrays, parameters, data, self.weights, self.steps, losses, penalty, gradient, checks, self.constants
        )

    # -- forward ----------------------------------------------------------------------------------------------

    def forward(self, block: Block) -> None:
        """Compute a block, and keep its partial derivatives."""
        if block.op is ops.linear:
            self.linear(block)
            return
        n = block.op.vectors
        args = [*map(self.sequence, block.operands[:n]), *map(self.operand, block.operands[n:])]
        value, partials = block.op.read(self.arrays.m, args)
        value = value if isinstance(value, Term) else self.arrays.table.constant(value)
        shape = (block.size, ROWS if block.on & DATA else 1)
        name = block.label if block.label and block.op in _PLAIN else self.name(block.op.name)
        target = self.arrays.variable(name, shape, block.on)
        self.homes.append(self.add(Define(target, value)))
        self.partials.append(partials)

    def linear(self, block: Block) -> None:
        """Compute sums of weights times inputs: the biases in the same product, if they stand beside the weights."""
        import numpy as np

        weights, inputs, bias = block.operands
        k = inputs.shape[1]
        together = np.column_stack([weights, bias])
        first = int(together[0, 0])
        biased = bool(k == 1 and (together.ravel() == np.arange(first, first + together.size)).all())
        biased = biased and bool(self.homes_of(together[0, :1])[0] == 0)
        slots = together if biased else weights
        w = self.named("W", slots.shape, PARAMETERS)
        self.add(View(w, self.lanes(slots), 0))
        x = self.lanes(inputs)
        if x in self.slices and self.arrays.depends(x) != DATA:  # which has no room for ones behind it
            x = self.add(Join(self.named("joined", self.arrays.shape(x), ROW), (x,)))
        target = self.named("s", (block.size, ROWS), ROW)
        constants = [self.blocks.constants[-1 - i] for i in bias if i < 0]
        if biased or (len(constants) == len(bias) and not any(constants)):
            step = Linear(target, w, x, biased, k)
            self.add(step)
        else:
            step = Linear(self.arrays.variable(f"{target.head}_product", (block.size, ROWS), ROW), w, x, False, k)
            self.add(Define(target, self.add(step) + self.operand(np.repeat(bias, k))))
        self.homes.append(target)
        self.partials.append(step)

    # -- backward ---------------------------------------------------------------------------------------------

    def backward(self, block: Block, home: int) -> None:
        """Pass the adjoint of a block on to its operands."""
        value = self.homes[home]
        shape, name = self.arrays.shape(value), f"d_{value.head}"
        d = self.gathered(home, name)
        if not isinstance(d, Term):
            if not d:
                return  # nobody needs it
            d = self.arrays.table.constant(d)
        ways = [self.ways.get(block.start + i, ALWAYS) for i in range(block.size)] if self.choosing else [ALWAYS]
        sometimes = {*ways} != {ALWAYS}
        if isinstance(self.partials[home - 2], Linear):
            self.linear_backward(block, home, self.variable(d, shape, name), either(ways), sometimes)
            return
        n, partials = block.op.vectors, self.partials[home - 2]
        if d.constant is None and (sometimes or (n and block.size > 1) or sum(map(self.needed, block.operands)) > 1):
            d = self.variable(d, shape, name)
        for i, (slots, partial) in enumerate(zip(block.operands, partials, strict=True)):
            if not self.needed(slots) or _is_zero(partial):
                continue
            adjoint, needed = self.arrays.times(d, partial), ways
            if block.op is ops.WHERE:
                condition = self.operand(block.operands[0])
                adjoint = ops.where(condition, d, 0.0) if i == 1 else ops.where(condition, 0.0, d)
                needed = [within(way, c, i) for way, c in zip(ways, block.operands[0].tolist(), strict=True)]
            elif sometimes and isinstance(partial, Term):
                adjoint = ops.where(d == 0.0, 0.0, adjoint)
            if i < n and block.size > 1:
                whole = (slots.shape[1], *shape)
                adjoint = self.variable(adjoint, whole, self.name("d_sequence"))
                flat = self.named("d_flat", (slots.size, shape[1]), block.on)
                adjoint = self.add(View(flat, adjoint, 0))
            self.send(slots.T if i < n else slots, adjoint, needed)

    def linear_backward(self, block: Block, home: int, d: Term, needed: Needed, sometimes: bool) -> None:
        """The same for sums of weights times inputs."""
        import numpy as np

        step, (weights, inputs, bias) = self.partials[home - 2], block.operands
        x, biased, k = step.inputs, step.biased, step.k
        if self.needed(inputs):
            origin = int(self.homes_of(inputs.ravel()[:1])[0])
            only = x is self.homes[origin] and self.readers[origin] == 1
            name = f"d_{x.head}" if only else f"d_{x.head}_by_{self.homes[home].head}"
            dx = self.arrays.variable(name, (inputs.size, ROWS), ROW)
            self.send(inputs, self.add(Back(dx, step.weights, d, biased, k)), [needed])
        if sometimes and k == 1:  # what is not needed may be NaN, which a product with 0 would be, too
            x = self.variable(
                ops.where(LARGEST(ops.abs(d)) == 0.0, 0.0, x), self.arrays.shape(x), f"{x.head}_by_{d.head}"
            )
        slots = np.column_stack([weights, bias]) if biased else weights
        dw = self.arrays.variable(f"d_{step.weights.head}", (slots.size, 1), PARAMETERS)
        self.send(slots, self.add(Outer(dw, d, x, biased, k)), [needed])
        if not biased:
            self.send(np.repeat(bias, k), d, [needed])

    def needed(self, slots: np.ndarray) -> bool:
        """Whether some of these lanes depend on parameters."""
        homes = self.homes_of(slots)
        return bool(self.trained[homes[homes >= 0]].any())

    def send(self, slots: np.ndarray, adjoint: Any, needed: Sequence[Needed] = (ALWAYS,)) -> None:
        """Add to the adjoints of lanes, of one block or of several, and to the ways in which they are needed."""
        import numpy as np

        slots = slots.ravel()
        if self.choosing:
            ways = needed if len(needed) == len(slots) else [either(needed)] * len(slots)
            for slot, way in zip(slots.tolist(), ways, strict=True):
                self.ways[slot] = either([self.ways[slot], way]) if slot in self.ways else way
        shape = self.arrays.shape(adjoint) if isinstance(adjoint, Term) else ()
        if len(slots) > 1 and (slots == slots[0]).all():  # the same lane for all
            adjoint = SUM(adjoint) if shape[:1] == (len(slots),) else adjoint * float(len(slots))
            slots = slots[:1]
        homes = self.homes_of(slots)
        for home in np.unique(homes).tolist():
            if home < 0 or not self.trained[home]:
                continue  # constants and data have none
            chosen = np.flatnonzero(homes == home)
            part = adjoint
            if len(chosen) < len(slots) and shape and shape[0] > 1:
                part = self.part(self.variable(adjoint, shape, self.name("d_joined")), chosen, self.name("d_part"))
            if self.arrays.shape(self.homes[home])[1] == 1 and shape[-1:] == (ROWS,):
                part = SUM_ROWS(part)  # of what is the same in all rows
            lanes = slots[chosen] - self.starts[home]
            arrived, key = self.incoming[home], lanes.tobytes()
            arrived[key] = (lanes, arrived[key][1] + part if key in arrived else part)

    def gathered(self, home: int, name: str) -> Any:
        """All that was sent to a block, as one array, or one row of it where all are alike."""
        import numpy as np

        shape = self.arrays.shape(self.homes[home])
        arrived = self.incoming.pop(home, {})
        whole = arrived.pop(np.arange(shape[0]).tobytes(), (None, 0.0))[1]
        if not arrived and home:
            return whole
        if isinstance(whole, Term) or whole:
            arrived[b""] = (np.arange(shape[0]), whole)  # after the others, which may be made in their place
        parts: list[tuple[int | np.ndarray, Term]] = []
        for lanes, adjoint in arrived.values():
            ordered = bool((lanes == np.arange(lanes[0], lanes[0] + len(lanes))).all())
            part = self.variable(adjoint, (len(lanes), shape[1]), f"{name}_part_{len(parts) + 1}")
            parts.append((int(lanes[0]) if ordered else lanes, part))
        return self.add(Scatter(self.arrays.variable(name, shape, PARAMETERS if shape[1] == 1 else ROW), tuple(parts)))


# Operations by whose names nobody would recognise what they make.
_PLAIN = {ops.add, ops.sub, ops.mul, ops.div, ops.neg, ops.power, ops.sum, ops.dot, ops.WHERE, ops.NOT}
_PLAIN |= {*ops.RELATIONS.values()}


def _is_zero(partial: Any) -> bool:
    """Whether a partial derivative is 0 everywhere, as those by conditions are."""
    return bool((partial.constant if isinstance(partial, Term) else partial) == 0)
