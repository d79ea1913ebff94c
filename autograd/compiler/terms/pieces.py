"""A sparse Jacobian, or a Hessian, as a sum over pieces of which many are alike, as at points of a grid.

Near the results the graph is linear as far as possible: it has sums, and products with constants of the derivative.
What is below, nonlinear and mostly of few variables, makes the pieces, each of which belongs to some results with some
weights. Pieces that differ in nothing but their variables and constants are of one kind, which is derived and
translated once; a program goes through them in a loop.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from operator import attrgetter
from typing import Any, NamedTuple

from autograd import ops
from autograd.compiler.terms.adjoints import added
from autograd.compiler.terms.chain_rule import dependent, gradient, slope_rows, times_edge
from autograd.compiler.terms.loop import has_loops
from autograd.compiler.terms.lowering import QUIET
from autograd.compiler.terms.recipes import Recipes
from autograd.compiler.terms.rewriting import substituted
from autograd.compiler.terms.terms import Term, Terms, reachable
from autograd.sparsity import Sparsity

__all__ = ["Alike", "InPieces", "pieces"]

WORTH = 4  # times as many operations have to be in the pieces as in their kinds
LARGEST = 500  # operations of a piece
NEAR = 8  # pieces that the next part of the graph may belong to
LONGEST = 8  # times as many as are in the graph may be in all pieces together


class Alike(NamedTuple):
    """Pieces of one kind.

    - `inputs`: what one takes, variables of a table of their own: numbers, and then constants in which they differ.
    - `results`, `slopes`: what it computes; only the latter go anywhere.
    - `gather`, `constants`, `scatter`: for each piece, one after the other, the places of its numbers, its constants,
      and the places of its slopes in the matrix.
    """

    inputs: list[Term]
    results: list[Term]
    slopes: list[Term]
    gather: list[int]
    constants: list[float]
    scatter: list[int]

    @property
    def pieces(self) -> int:
        """How many pieces there are."""
        return (len(self.gather) + len(self.constants)) // len(self.inputs)


class InPieces(NamedTuple):
    """A matrix: where its non-zeros are, what they are without any piece, and what pieces add."""

    sparsity: Sparsity
    start: list[float]
    kinds: list[Alike]


def pieces(ys: Sequence[Term], by: Sequence[Term], inputs: Sequence[Term], second: bool) -> InPieces | None:
    """The derivatives of `ys` with respect to `by`, or if `second`, the second derivatives of the only one.

    None where too few pieces are alike, or where there is a loop. `inputs` are all variables, in the order of their
    places.
    """
    if not ys or has_loops(reachable(ys)):
        return None
    split = _Split(ys, by, second)
    found = split.grouped()
    if found is None:
        return None
    shapes: dict[Any, list[_Shape]] = {}
    for rows in found:
        shape = _Shape(rows, split.number)
        shapes.setdefault(shape.key, []).append(shape)
    sizes = [(len(alike[0].order), len(alike)) for alike in shapes.values()]
    if WORTH * sum(size for size, _ in sizes) > sum(size * n for size, n in sizes):
        return None
    covered = {x for alike in shapes.values() for shape in alike for x in shape.order}
    if any(_may_raise(x) and x not in covered for x in reachable(ys)):
        return None  # what no derivative needs, and may be an error
    places = {x: i for i, x in enumerate(inputs)}
    kinds = [_Kind(alike, split.number, second) for alike in shapes.values()]
    kinds = [kind for kind in kinds if kind.slopes or any(map(_may_raise, kind.shapes[0].order))]
    pattern = [{*row} for row in split.start]
    for kind in kinds:
        for i, j in kind.entries():
            pattern[i].add(j)
    sparsity = Sparsity(pattern, len(by))
    where = {entry: place for place, entry in enumerate(sparsity.entries())}
    start = [split.start[i].get(j, -0.0) for i, j in where]
    return InPieces(sparsity, start, [kind.alike(places, where) for kind in kinds])


def _may_raise(x: Term) -> bool:
    divided = x.head is ops.div and x.args[1].constant
    return bool(x.args) and x.head not in QUIET and not divided


class _Split:
    """The linear part of a graph, above what is not: `start` are derivatives that are constants."""

    def __init__(self, ys: Sequence[Term], by: Sequence[Term], second: bool) -> None:
        self.number = {x: j for j, x in enumerate(by)}
        self.size = len(nodes := dependent(ys, by))
        self._depends = {*by, *nodes}
        self.start: list[dict[int, float]] = [{} for _ in (by if second else ys)]
        self.weights: dict[Term, list[tuple[int, Term]]] = {}
        recipes = Recipes(ys[0].table)
        carried: dict[Term, dict[int, Term]] = {}
        for i, y in enumerate(ys):
            if y in self._depends:
                carried.setdefault(y, {})[i] = y.table.constant(1.0)
        for x in [*reversed(nodes), *by]:
            if (rows := carried.pop(x, None)) is None:
                continue
            if self._is_linear(x):
                for arg, partial in recipes.partials(x, self._depends):
                    below = carried.setdefault(arg, {})
                    for i, weight in rows.items():
                        term = times_edge(weight, partial)
                        below[i] = added(below[i], term) if i in below else term
                continue
            for i, weight in rows.items():
                if weight.constant == 0:
                    continue  # nothing is left of x in x - x
                if x not in self.number or (weight.constant is None and not second):
                    self.weights.setdefault(x, []).append((i, weight))
                elif not second and weight.constant is not None:
                    self.start[i][self.number[x]] = weight.constant

    def _is_linear(self, x: Term) -> bool:
        """Whether an operation is linear in all of its operands that move."""
        if x.head is ops.mul or x.head is ops.div:
            found = [arg for arg in x.args if arg in self._depends]
            return len(found) == 1 and (x.head is ops.mul or found[0] is x.args[0])
        return x.head in _SUMS

    def grouped(self) -> list[dict[int, Term]] | None:
        """What pieces add to results, by the places of these; None where they are too large.

        What is near belongs together if it shares operations and one part has all variables of the other.
        """
        groups: list[tuple[set[Term], set[Term], list[Term]]] = []
        left = LONGEST * self.size
        for atom in sorted(self.weights, key=attrgetter("index")):
            nodes = {*reachable([atom])}
            left -= len(nodes)
            if left < 0 or len(nodes) > LARGEST:
                return None
            variables = nodes & self.number.keys()
            inner = {x for x in nodes if x.args and x in self._depends}
            for known, others, atoms in groups[: -NEAR - 1 : -1]:
                if not inner.isdisjoint(known) and (variables <= others or others <= variables):
                    known |= inner
                    others |= variables
                    atoms.append(atom)
                    break
            else:
                groups.append((inner, variables, [atom]))
        return [self._added(atoms) for _, _, atoms in groups]

    def _added(self, atoms: Iterable[Term]) -> dict[int, Term]:
        rows: dict[int, Term] = {}
        for atom in atoms:
            for i, weight in self.weights[atom]:
                rows[i] = rows[i] + weight * atom if i in rows else weight * atom
        return dict(sorted(rows.items()))


_SUMS = {ops.add, ops.sub, ops.neg, ops.sum}


class _Shape:
    """A piece: its Terms in an `order` that depends on nothing but its `key`, and of these variables and constants."""

    def __init__(self, rows: Mapping[int, Term], number: Collection[Term]) -> None:
        self.rows = rows
        index: dict[Term, int] = {}
        stack = [*rows.values()][::-1]
        exponents = set()
        while stack:
            x = stack.pop()
            if x not in index:
                index[x] = len(index)
                stack += reversed(x.args)
                if x.head is ops.power:
                    exponents.add(x.args[1])
        self.order = [*index]
        self.variables, self.constants = [], []
        key: list[Any] = [index[x] for x in rows.values()]
        for x in self.order:
            if x.args:
                key.append((x.head, *[index[y] for y in x.args]))
            elif x.constant is None:
                key.append(x in number)
                self.variables.append(x)
            elif x in exponents or not _is_any(x.constant):
                key.append(repr(x.constant))
            else:
                key.append(None)
                self.constants.append(x)
        self.key = tuple(key)


def _is_any(x: float) -> bool:
    """Whether a constant may differ from piece to piece: it is finite, and no small whole number."""
    return x - x == 0 and not (x.is_integer() and abs(x) <= 16)


class _Kind:
    """Pieces of one kind, with their derivatives."""

    def __init__(self, shapes: list[_Shape], number: Mapping[Term, int], second: bool) -> None:
        self.shapes, self.number, self.second = shapes, number, second
        example, table = shapes[0], Terms()
        values = zip(*[[x.constant for x in shape.constants] for shape in shapes], strict=True)
        self.differing = [i for i, column in enumerate(values) if len({*column}) > 1]
        given = [*example.variables, *[example.constants[i] for i in self.differing]]
        new = {x: table.variable("") for x in given}
        self.inputs = [*new.values()]
        self.results = substituted(example.rows.values(), new, table)
        xs = [new[x] for x in example.variables if x in number]
        ys = gradient(self.results[0], xs) if second else self.results
        rows = slope_rows(ys, xs, half=second)
        self.slopes = [(i, j, x) for i, row in enumerate(rows) for j, x in row.items()]
        if second:  # a symmetric matrix
            self.slopes += [(j, i, x) for i, j, x in self.slopes if i != j]

    def entries(self) -> Iterable[tuple[int, int]]:
        """Where the slopes of one piece after the other are in the matrix."""
        for shape in self.shapes:
            columns = [self.number[x] for x in shape.variables if x in self.number]
            rows = columns if self.second else [*shape.rows]
            for i, j, _ in self.slopes:
                yield rows[i], columns[j]

    def alike(self, places: Mapping[Term, int], where: Mapping[tuple[int, int], int]) -> Alike:
        """The pieces with all that a loop over them needs."""
        return Alike(
            self.inputs,
            self.results,
            [x for _, _, x in self.slopes],
            [places[x] for shape in self.shapes for x in shape.variables],
            [shape.constants[i].head for shape in self.shapes for i in self.differing],
            [where[entry] for entry in self.entries()],
        )
