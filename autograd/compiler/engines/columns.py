"""Calls with columns: where a function takes a number, it is given an array with one number for each of many points.

All rows run through one program, so there are no branches, and no errors either: outside a domain there is NaN.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from autograd.arithmetic import IEEE, IeeeFloat, ieee
from autograd.compiler.errors import CompileError
from autograd.compiler.record.outputs import asked, besides
from autograd.compiler.record.program import Program
from autograd.compiler.terms.lowering import lower
from autograd.compiler.terms.rewriting import rewritten
from autograd.compiler.terms.terms import Term
from autograd.compiler.text.source import Names
from autograd.op import Op
from autograd.tree import flatten

__all__ = [
    "Call", "ColumnResults", "array_namespace", "columns", "floats_and_columns", "is_column", "results",
    "without_exceptions", "without_zeros",
]  # fmt: skip


def is_column(x: Any) -> bool:
    """Whether a leaf of the arguments is an array of numbers; one without dimensions is a number itself."""
    return hasattr(x, "dtype") and getattr(x.dtype, "kind", "f") in {*"biuf"} and x.shape != ()


class Call(NamedTuple):
    """The arguments of a call with columns.

    - `leaves`: its numbers and columns, in their order; `columns`: the latter.
    - `example`: the arguments with the numbers of one row.
    """

    leaves: list[Any]
    columns: list[Any]
    example: tuple[Any, ...]


def columns(args: Sequence[Any]) -> Call | None:
    """The call with these arguments, or None if there is no column among them."""
    leaves, rebuild = flatten(tuple(args), arrays=False)
    leaves = [_as_array(x) if is_column(x) else x for x in leaves]
    found = [x for x in leaves if is_column(x)]
    if not found:
        return None
    return Call(leaves, found, rebuild(iter([_first(x) if is_column(x) else x for x in leaves])))


def floats_and_columns(args: tuple[Any, ...]) -> tuple[type, ...] | None:
    """The types of arguments that are floats and columns of NumPy's floats; None if one is anything else."""
    numpy = sys.modules.get("numpy")
    kinds = (*map(type, args),)
    if numpy is None or numpy.ndarray not in kinds:
        return None
    plain = all(
        kind is float or (kind is numpy.ndarray and x.dtype.char == "d" and x.ndim)
        for kind, x in zip(kinds, args, strict=True)
    )
    return kinds if plain else None


def array_namespace(column: Any) -> Any:
    """The library that an array belongs to.

    That is NumPy for arrays without a library of their own, such as the columns of pandas.
    """
    import numpy

    if hasattr(column, "__array_namespace__"):
        return column.__array_namespace__()
    return sys.modules["torch"] if type(column).__module__ == "torch" else numpy  # PyTorch has no such method


def _as_array(column: Any) -> Any:
    library = array_namespace(column)
    return library.asarray(column) if library.__name__ == "numpy" else column


def _first(column: Any) -> float:
    try:
        return float(column[(0,) * len(column.shape)]) if 0 not in column.shape else 1.0
    except TypeError:  # pragma: no cover  # it is only being traced, by JAX, in no test
        return 1.0


def without_zeros(
    eager: Callable[[Any, Iterator[Any]], Any], args: tuple[Any, ...], moves: list[Any], found: Any
) -> Any:
    """What a program `found`; where one of `moves` is 0 and a number is NaN, `eager` decides.

    The NaN may be 0 times infinity, while an argument that does not move adds nothing.
    """
    import numpy

    leaves, like = flatten(found, arrays=False)
    if not all(isinstance(x, numpy.ndarray) for x in leaves) or not any(numpy.any(numpy.equal(x, 0)) for x in moves):
        return found
    primals, like_args = flatten(args, arrays=False)
    rows = [numpy.broadcast_to(x, leaves[0].shape) for x in (*primals, *moves)]
    for place in numpy.argwhere(numpy.any([numpy.isnan(x) for x in leaves], axis=0)):
        row = [float(x[tuple(place)]) for x in rows]
        with ieee():
            expected = eager(like_args(iter(row[: len(primals)])), iter(row[len(primals) :]))
        for leaf, x in zip(leaves, flatten(expected)[0], strict=True):
            leaf[tuple(place)] = x
    return like(iter(leaves))


class ColumnResults(NamedTuple):
    """What a program computes for each row.

    - `terms`: the results, the first `forward` of which belong to the value; `names`: names for them.
    - `parameters`: names of the numbers that it is given; `texts`: their texts, and those of what `lines` read.
    - `like`: how the results are returned.
    """

    terms: list[Term]
    forward: int
    names: list[str]
    parameters: list[str]
    texts: dict[Term, str]
    lines: list[str]
    like: Callable[[Iterator[Any]], Any]


def results(program: Program, kind: str, names: Names, read: str = "{}.data") -> ColumnResults:
    """What a program of one kind computes; CompileError where the function branches.

    `read` is how it gets the number of a Value outside.
    """
    if program.branches:
        guard = program.branches[0]
        raise CompileError(
            f"{guard.file}, line {guard.line}: the function branches on a number that differs from row to row; "
            "for columns say autograd.where(condition, a, b) instead of if (or maximum, minimum instead of max, min)."
        )
    texts = {x: names.new(str(x.head)) for x in program.variables}
    texts |= {x: names.new(str(x.head)) for x in besides(program, kind)}
    parameters = [*texts.values()]
    outputs = asked(program, kind)
    terms = rewritten(lower([*outputs.forward, *outputs.backward]), without_exceptions)
    count = len(outputs.forward)
    named = ["value"] if count == 1 else [f"value_{i}" for i in range(count)]
    named = [names.new(name) for name in (*named, *outputs.names)]
    lines = []
    for leaf, x in program.table.variables.items():
        texts[x] = names.new(program.table.labels[x] or "w")
        lines.append(f"{texts[x]} = {read.format(program.objects.name(texts[x], leaf))}")
    return ColumnResults(terms, len(outputs.forward), named, parameters, texts, lines, outputs.like)


def without_exceptions(term: Term, args: tuple[Term, ...]) -> Term | None:
    """An operation of constants for which Python raises, as the constant that IEEE 754 says."""
    if args and all(x.constant is not None for x in args):
        assert isinstance(term.head, Op)  # it has operands
        value, _ = term.head.read(IEEE, [IeeeFloat(x.head) for x in args])
        return term.table.constant(float(value))
    return None
