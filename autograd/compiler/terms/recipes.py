"""The rules of the table, each read once for all nodes of an op: how partial derivatives are made of the operands.

A rule read in Terms makes the value anew, and the partials of all operands. So it is read in variables, and what it
made is kept as a recipe: for each operand the operations that lead to its partial. A rule that wants to know the number
of an operand, as that of a constant power does, and one of sequences is read for each node.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from autograd import ops
from autograd.compiler.errors import CompileError
from autograd.compiler.terms.terms import Term, Terms, reachable
from autograd.op import Op

__all__ = ["Recipes"]

Place = int | float  # the place of an operand, or of what a step made, which come after these; or a number


class _Recipe(NamedTuple):
    """Operations, each with the places of its operands; and the place of the result."""

    steps: list[tuple[Op, list[Place]]]
    result: Place


class Recipes:
    """Recipes for the operations of a table; with another namespace `m` than `ops` rules are read for each node."""

    def __init__(self, table: Terms, m: Any = ops) -> None:
        self.table, self.m = table, m
        self._known: dict[Op, list[_Recipe] | None] = {}

    def partials(self, node: Term, wanted: Collection[Term]) -> list[tuple[Term, Term | None]]:
        """The `wanted` operands of a node whose partials are not 0, each with its partial, but None for 1."""
        op, args = node.head, node.args
        assert isinstance(op, Op)  # an operation has one
        if op not in self._known:
            self._known[op] = _recipes(op) if self.m is ops else None
        recipes = self._known[op]
        read: Sequence[Term | float] = op.read(self.m, args)[1] if recipes is None else ()
        found: list[tuple[Term, Term | None]] = []
        for i, x in enumerate(args):
            if x in wanted:
                p = read[i] if recipes is None else self._followed(recipes[i], args)
                number = p.constant if isinstance(p, Term) else p
                if number == 1:
                    found.append((x, None))
                elif number != 0:
                    found.append((x, p if isinstance(p, Term) else self.table.constant(p)))
        return found

    def _followed(self, recipe: _Recipe, args: tuple[Term, ...]) -> Term | float:
        steps, result = recipe
        if steps:
            made: list[Term] = [*args]
            for op, places in steps:
                made.append(self.table.term(op, [made[i] if i.__class__ is int else i for i in places]))
            return made[-1]
        return args[result] if result.__class__ is int else result


@lru_cache(maxsize=1024)  # rows are few, but custom ones come and go
def _recipes(op: Op) -> list[_Recipe] | None:
    """For each operand that of its partial, or None for a rule that must be read each time."""
    if op.vectors:
        return None
    table = Terms()
    variables = [table.variable("") for _ in range(op.arity)]
    try:
        _, partials = op.read(ops, variables)
    except CompileError:
        return None
    return [_recipe(p, variables) for p in partials]


def _recipe(partial: Term | float, variables: Sequence[Term]) -> _Recipe:
    if not isinstance(partial, Term):
        return _Recipe([], float(partial))
    places: dict[Term, Place] = {x: i for i, x in enumerate(variables)}
    steps = []
    for term in reachable([partial], known=places):
        if term.constant is not None:
            places[term] = term.constant
        else:
            assert isinstance(term.head, Op)  # all variables are known
            steps.append((term.head, [places[x] for x in term.args]))
            places[term] = len(variables) + len(steps) - 1
    return _Recipe(steps, places[partial])
