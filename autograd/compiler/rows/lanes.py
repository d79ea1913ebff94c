"""Lanes as arrays: any slots as one array, by views, selections and joints of the arrays in which they lie."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import reduce
from itertools import pairwise
from operator import or_
from typing import TYPE_CHECKING, Any

from autograd.compiler.rows.arrays import ROWS, Arrays, Shape
from autograd.compiler.rows.blocks import Blocks
from autograd.compiler.rows.normal import CONSTANT, DATA, PARAMETERS, ROW
from autograd.compiler.rows.steps import Define, Join, Step, Take, View
from autograd.compiler.terms.terms import Term

if TYPE_CHECKING:
    import numpy as np

__all__ = ["Lanes"]


class Lanes:
    """The arrays that a program has so far, and the `steps` that make them.

    - `homes`: the parameters, the data, then the array of each block; `starts` are the slots at which they begin.
    - `constants`: arrays of numbers; `slices`: those arrays that are views of others.
    """

    def __init__(self, blocks: Blocks) -> None:
        import numpy as np

        self.blocks, self.arrays = blocks, Arrays()
        self.steps: list[Step] = []
        self.homes = [
            self.arrays.variable("parameters", (blocks.parameters, 1), PARAMETERS),
            self.arrays.variable("data", (blocks.columns, ROWS), DATA),
        ]
        self.starts = np.array([0, blocks.parameters, *(block.start for block in blocks.blocks), blocks.end])
        self.constants: dict[Term, np.ndarray] = {}
        self.slices: set[Term] = set()
        self.names: Counter[str] = Counter()
        self.operands: dict[bytes, Term] = {}

    def name(self, kind: str) -> str:
        """The next name of that kind."""
        self.names[kind] += 1
        return f"{kind}_{self.names[kind]}"

    def named(self, kind: str, shape: Shape, on: int) -> Term:
        """A variable with the next name of that kind."""
        return self.arrays.variable(self.name(kind), shape, on)

    def add(self, step: Step) -> Term:
        """Take a step; what it makes."""
        self.steps.append(step)
        return step.target

    def homes_of(self, slots: np.ndarray) -> np.ndarray:
        """Whose lanes some slots are; -1 for constants."""
        found: np.ndarray = self.starts.searchsorted(slots, side="right") - 1
        return found

    def operand(self, slots: np.ndarray) -> Any:
        """The lanes `slots` as one array, or a number; where all are the same one, that alone."""
        slots = slots.ravel()
        if (slots == slots[0]).all():
            slots = slots[:1]
            if slots[0] < 0:
                return self.blocks.constants[-1 - int(slots[0])]
        key = slots.tobytes()
        if key not in self.operands:
            self.operands[key] = self._array(slots)
        return self.operands[key]

    def lanes(self, slots: np.ndarray) -> Term:
        """The same as an array with all its lanes."""
        array = self.operand(slots)
        n = slots.size
        if isinstance(array, Term) and self.arrays.shape(array)[0] == n:
            return array
        if not isinstance(array, Term):
            return self.constant([array] * n)
        shape = (n, self.arrays.shape(array)[1])
        return self.add(Define(self.named("repeated", shape, self.arrays.depends(array)), array))

    def constant(self, numbers: Sequence[float]) -> Term:
        """Numbers as an array."""
        import numpy as np

        values = np.array(numbers)[:, None]
        constant = self.named("constant", values.shape, CONSTANT)
        self.constants[constant] = values
        return constant

    def _array(self, slots: np.ndarray) -> Term:
        """Lanes as one array: the home of all, a slice or a selection of it, or several joined."""
        import numpy as np

        homes = self.homes_of(slots)
        cuts = [0, *(np.flatnonzero(np.diff(homes)) + 1).tolist(), len(slots)]
        if len(cuts) > 2:
            parts = tuple([self.lanes(slots[a:b]) for a, b in pairwise(cuts)])
            on = reduce(or_, map(self.arrays.depends, parts))
            return self.add(Join(self.named("joined", (len(slots), ROWS if on & DATA else 1), on), parts))
        if (home := homes[0]) < 0:
            return self.constant([self.blocks.constants[-1 - i] for i in slots])
        lanes = slots - self.starts[home]
        name = self.argument(lanes.tolist()) if home == 1 else self.name("part" if home else "p")
        return self.part(self.homes[home], lanes, name)

    def argument(self, columns: list[int]) -> str:
        """A name for some columns of data: that of the argument in which they are, with the place of a single one."""
        names = self.blocks.names
        name, *others = {names[i] for i in columns}
        if others or len(columns) not in (1, names.count(name)):
            return self.name("data" if others else f"{name}_part")
        return name if len(columns) == names.count(name) else f"{name}_{columns[0] - names.index(name)}"

    def part(self, source: Term, lanes: np.ndarray, name: str) -> Term:
        """Some lanes of an array."""
        import numpy as np

        n, rows = self.arrays.shape(source)
        start, ordered = int(lanes[0]), bool((lanes == np.arange(lanes[0], lanes[0] + len(lanes))).all())
        if ordered and len(lanes) == n:
            return source
        target = self.arrays.variable(name, (len(lanes), rows), self.arrays.depends(source))
        if not ordered:
            return self.add(Take(target, source, lanes))
        self.slices.add(target)
        return self.add(View(target, source, start))

    def variable(self, term: Any, shape: Shape, name: str) -> Term:
        """A Term or number as a variable of that shape."""
        if isinstance(term, Term) and isinstance(term.head, str) and self.arrays.shape(term) == shape:
            return term
        term = term if isinstance(term, Term) else self.arrays.table.constant(term)
        on = self.arrays.depends(term) or (PARAMETERS if shape[-1] == 1 else ROW)
        return self.add(Define(self.arrays.variable(name, shape, on), term))

    def sequence(self, slots: np.ndarray) -> Term:
        """The sequences of all lanes as one array, with their elements along the first axis."""
        lanes, n = slots.shape
        array = self.lanes(slots.T)
        if lanes == 1:
            return array
        shape = (n, lanes, self.arrays.shape(array)[1])
        return self.add(View(self.named("sequence", shape, self.arrays.depends(array)), array, 0))
