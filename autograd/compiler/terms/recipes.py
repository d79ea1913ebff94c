"""The rules of the table, each read once for all operations of an op: how partials, or simpler operations, are made.

A rule read in Terms makes the value anew, and the partials of all operands. So it is read in variables, and what it
made is kept as a recipe: the operations that lead to one result. A rule that wants to know the number of an operand, as
that of a constant power does, is read for each node, and so are the partials of one of sequences.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from math import copysign
from typing import Any, NamedTuple

from autograd import ops
from autograd.compiler.errors import CompileError
from autograd.compiler.terms.terms import Term, Terms, reachable
from autograd.op import Op

__all__ = ["Recipe", "Recipes", "followed", "recipe"]


class Recipe(NamedTuple):
    """Constants, and operations with the places of their operands: these come first, then constants, then what is made.

    `result` is the place of the result.
    """

    constants: list[float]
    steps: list[tuple[Op, list[int]]]
    result: int


class Recipes:
    """Recipes for the operations of a table; with another namespace `m` than `ops` rules are read for each node."""

    def __init__(self, table: Terms, m: Any = ops) -> None:
        self.table, self.m = table, m
        self._known: dict[Op, list[Recipe] | None] = {}

    def partials(self, node: Term, wanted: Collection[Term]) -> list[tuple[Term, Term | None]]:
        """The `wanted` operands of a node whose partials are not 0, each with its partial; None stands for 1."""
        op, args = node.head, node.args
        assert isinstance(op, Op)  # an operation has one
        if op not in self._known:
            self._known[op] = _recipes(op) if self.m is ops else None
        recipes = self._known[op]
        read = op.read(self.m, args)[1] if recipes is None else ()
        found: list[tuple[Term, Term | None]] = []
        for i, x in enumerate(args):
            if x in wanted:
                p = read[i] if recipes is None else followed(recipes[i], args)
                number = p.constant if isinstance(p, Term) else p
                if number == 1:
                    found.append((x, None))
                elif number != 0 or copysign(1.0, number) < 0:  # the sign of -0.0 survives products
                    found.append((x, p if isinstance(p, Term) else self.table.constant(p)))
        return found


def _recipes(op: Op) -> list[Recipe] | None:
    """The recipe of each operand's partial; None for a rule that must be read for each node."""
    if op.vectors:
        return None
    variables = [*map(Terms().variable, op.arguments)]
    try:
        _, partials = op.read(ops, variables)
    except CompileError:
        return None
    return [recipe(p, variables) for p in partials]


def recipe(result: Term | float, variables: Sequence[Term]) -> Recipe:
    """How a result is made of variables."""
    result = result if isinstance(result, Term) else variables[0].table.constant(result)
    needed = reachable([result], known={*variables})
    constants = [x for x in needed if x.constant is not None]
    made = [x for x in needed if x.constant is None]
    places = {x: i for i, x in enumerate([*variables, *constants, *made])}
    steps = [(x.head, [places[y] for y in x.args]) for x in made]
    return Recipe([float(x.head) for x in constants], steps, places[result])


def followed(recipe: Recipe, args: Sequence[Term]) -> Term:
    """The Term that a recipe makes of `args`."""
    table = args[0].table
    made = [*args, *map(table.constant, recipe.constants)]
    for op, places in recipe.steps:
        made.append(table.of(op, tuple([made[i] for i in places])))
    return made[recipe.result]
