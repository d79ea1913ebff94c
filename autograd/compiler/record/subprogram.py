"""Loops in the graph of a run: a node whose numbers a procedure in Terms of its own computes.

The operands of such a node are those of its procedure, arrays entry by entry; the nodes above it are its results, one
by one. On its edges stand linear maps instead of numbers, which sweeps multiply by and add up all the same. What comes
out of a product are results of another such node: of the loop that the chain rule makes of a loop.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cached_property
from itertools import accumulate, islice, pairwise
from typing import Any

from autograd.compiler.engines.single import FUNCTIONS
from autograd.compiler.terms.chain_rule import reverse, tangents
from autograd.compiler.terms.loop import array_variable, is_array, join, length_of, take
from autograd.compiler.terms.lowering import lower
from autograd.compiler.terms.rewriting import substituted
from autograd.compiler.terms.terms import Term, Terms
from autograd.compiler.text.source import Names, Objects, Writer, indented, made
from autograd.op import Op, as_float
from autograd.recording import new, traced
from autograd.value import Value

__all__ = ["Procedure", "result", "whole_of"]


class Procedure:
    """Terms that compute `results` of `inputs`, variables of a table of their own; either may be arrays."""

    def __init__(self, inputs: Sequence[Term], results: Sequence[Term]) -> None:
        self.inputs, self.results = [*inputs], [*results]
        self.table = (*inputs, *results)[0].table
        self._derivatives: dict[Any, Procedure] = {}

    def terms(self, table: Terms, operands: Sequence[Any]) -> tuple[Term, ...]:
        """The results in a table, of Terms and numbers."""
        source = iter([x if isinstance(x, Term) else table.constant(x) for x in operands])
        new = {
            x: join(table, [*islice(source, n)], self.table.labels[x])
            if (n := self.table.arrays.get(x))
            else next(source)
            for x in self.inputs
        }
        return tuple(substituted(self.results, new, table))

    def numbers(self, operands: Sequence[float]) -> list[Any]:
        """The results, floats and lists of floats; NaN for all where Python raises."""
        source = iter(operands)
        args = [[*islice(source, n)] if (n := self.table.arrays.get(x)) else next(source) for x in self.inputs]
        try:
            return self._function(*args)  # type: ignore[no-any-return]  # it does
        except (ArithmeticError, ValueError):
            return [[math.nan] * int(length_of(x).constant or 0) if is_array(x) else math.nan for x in self.results]

    @cached_property
    def _function(self) -> Any:
        names, objects = Names(FUNCTIONS), Objects(FUNCTIONS)
        roots = lower(self.results)
        texts = {x: names.new(self.table.labels[x]) for x in self.inputs}
        head = f"def loop({', '.join(texts.values())}):"
        writer = Writer(texts, roots, names, data=objects.data)
        written = writer.write(roots)
        return made(
            "\n".join([head, *indented([*writer.page(), f"return [{', '.join(written)}]"])]), objects.globals, "loop"
        )

    # -- derivatives ----------------------------------------------------------------------------------------------

    def pulled(self, results: tuple[int, ...], inputs: tuple[int, ...]) -> Procedure:
        """The procedure for derivatives with respect to some inputs; it takes those with respect to results, too."""
        key = results, inputs, "pulled"
        if key not in self._derivatives:
            variables = [self._like(self.results[j]) for j in results]
            seeds: dict[Term, Term] = {}
            for j, x in zip(results, variables, strict=True):
                y = self.results[j]
                seeds[y] = seeds[y] + x if y in seeds else x
            slopes = reverse(seeds, [self.inputs[i] for i in inputs], named=False)
            self._derivatives[key] = Procedure([*self.inputs, *variables], slopes)
        return self._derivatives[key]

    def pushed(self, inputs: tuple[int, ...]) -> Procedure:
        """The procedure for how the results move; it also takes how some inputs move."""
        key = inputs, "pushed"
        if key not in self._derivatives:
            moves = {self.inputs[i]: self._like(self.inputs[i]) for i in inputs}
            self._derivatives[key] = Procedure([*self.inputs, *moves.values()], tangents(self.results, moves))
        return self._derivatives[key]

    def _like(self, x: Term) -> Term:
        name = f"d_{self.table.labels.get(x, '')}"
        return array_variable(self.table, name, _size(x)) if is_array(x) else self.table.variable(name)


def _size(x: Term) -> int:
    """How many operands a Term stands for."""
    return int(length_of(x).constant or 0) if is_array(x) else 1


class _Whole(Op):
    """The op of a node that stands for all results of a procedure."""

    def __init__(self, procedure: Procedure) -> None:
        super().__init__("loop", lambda m, x: (math.nan, ()))
        self.procedure = procedure
        self.numbers: list[Any] = []

    def composed(self, table: Terms, args: Sequence[Any]) -> Any:
        """The Terms of the results."""
        return self.procedure.terms(table, args)

    def read(self, m: Any, operands: Sequence[Any]) -> tuple[Any, tuple[Any, ...]]:
        """No value, and linear maps for partials."""
        return None, tuple([_Operands({k: 1.0}) for k in range(len(operands))])


def whole_of(procedure: Procedure, operands: Sequence[Any]) -> Value:
    """A node for all results of a procedure of numbers and Values."""
    op = _Whole(procedure)
    op.numbers = procedure.numbers([as_float(x) for x in operands])
    return _node(op, tuple(operands), math.nan)


def result(whole: Value, j: int, k: int | None = None) -> Any:
    """The node of result number j, or of its entry k; a number where it is one for any operands."""
    op: Any = whole.op
    term, numbers = op.procedure.results[j], op.numbers[j]
    if term.constant is not None:
        return term.constant
    return _node(_OneResult(whole, j, k), (whole,), numbers if k is None else numbers[k])


def _node(op: Op, args: tuple[Any, ...], data: float) -> Value:
    node: Any = new(traced.get() or Value)
    node.data, node.op, node.args = float(data), op, args
    node.parents = tuple([x for x in args if isinstance(x, Value)])
    node.partials = tuple([d for x, d in zip(args, op.read(None, args)[1], strict=True) if isinstance(x, Value)])
    node.grad = node.label = None
    return node  # type: ignore[no-any-return]  # it is one


class _OneResult(Op):
    """The op of one result of a node that stands for several."""

    name = __name__ = "loop"
    domain = kink = value = constant_last = None

    def __init__(self, whole: Value, j: int, k: int | None) -> None:
        self.whole, self.j, self.k = whole, j, k

    def composed(self, table: Terms, args: Sequence[Any]) -> Any:
        """The Term of the result."""
        found = args[0][self.j]
        return found if self.k is None else take(found, self.k)

    def read(self, m: Any, operands: Sequence[Any]) -> tuple[Any, tuple[Any, ...]]:
        """No value, and a linear map for the partial."""
        return None, (_Results({(self.j, self.k): 1.0}, self.whole),)


# -- linear maps --------------------------------------------------------------------------------------------------


class _Map(dict[Any, Any]):
    """Factors of the operands, or results, of a node; a number or a Value times a map scales them, and maps add up."""

    def __init__(self, found: dict[Any, Any], whole: Value | None = None) -> None:
        super().__init__(found)
        self.whole = whole

    def __rmul__(self, factor: Any) -> Any:
        return self._with({key: factor if type(x) is float and x == 1.0 else factor * x for key, x in self.items()})

    def __add__(self, other: Any) -> Any:
        return self._with({**self, **{key: self[key] + x if key in self else x for key, x in other.items()}})

    def _with(self, found: dict[Any, Any]) -> Any:
        return self.__class__(found, self.whole)


class _Operands(_Map):
    """How operands move, by their numbers; times a result, how that does."""

    def __mul__(self, one: _Results) -> Any:
        ((j, k),) = one
        if not hasattr(self, "_moved"):
            procedure, args = one.whole.op.procedure, one.whole.args  # type: ignore[union-attr]  # a _Whole
            places = _places(procedure.inputs)
            inputs = [i for i, place in enumerate(places) if not self.keys().isdisjoint(place)]
            moves = [self.get(place, 0.0) for i in inputs for place in places[i]]
            self._moved = whole_of(procedure.pushed(tuple(inputs)), [*args, *moves])
        return result(self._moved, j, k)


class _Results(_Map):
    """The derivatives with respect to results, by their numbers; times an operand, what it is with respect to that."""

    def __mul__(self, one: _Operands) -> Any:
        (place,) = one
        if not hasattr(self, "_slopes"):
            self._slopes = self._pulled()
        return self._slopes[place]

    def _pulled(self) -> dict[int, Any]:
        procedure, args = self.whole.op.procedure, self.whole.args  # type: ignore[union-attr]  # a _Whole
        asked = sorted({j for j, _ in self})
        terms = [procedure.results[j] for j in asked]
        seeds = [
            self.get((j, k), 0.0)
            for j, x in zip(asked, terms, strict=True)
            for k in (range(_size(x)) if is_array(x) else [None])
        ]
        places = _places(procedure.inputs)
        inputs = [i for i, place in enumerate(places) if any(isinstance(args[n], Value) for n in place)]
        slopes = whole_of(procedure.pulled(tuple(asked), tuple(inputs)), [*args, *seeds])
        return {
            n: result(slopes, j, k if is_array(procedure.inputs[i]) else None)
            for j, i in enumerate(inputs)
            for k, n in enumerate(places[i])
        }


def _places(inputs: Sequence[Term]) -> list[range]:
    """Which of the operands are each input's."""
    ends = [*accumulate([_size(x) for x in inputs], initial=0)]
    return [range(a, b) for a, b in pairwise(ends)]
