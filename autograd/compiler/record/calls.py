"""Calls that are not the entry's: with columns, and products with a Jacobian or a Hessian."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from autograd.collector import resting_collector
from autograd.compiler.engines import library
from autograd.compiler.engines.columns import Call, array_namespace, columns, is_column, without_zeros
from autograd.compiler.errors import CompileError
from autograd.compiler.record.kept import Programs
from autograd.compiler.record.layout import ArgumentLayout, has_values
from autograd.compiler.record.outputs import KINDS
from autograd.compiler.record.traced import Again
from autograd.op import as_float
from autograd.tree import flatten, flatten_like

__all__ = ["columnwise", "multiplied"]


def multiplied(programs: Programs, kind: str, primals: Sequence[Any], moves: Any, result: Any = None) -> Any:
    """A product with `moves` by a program of a kind `WITH_MORE`: they are like `primals`, or the `result` if given."""
    args, eager = tuple(primals), partial(KINDS[kind].eager, programs.f)
    like, *about = (args, "tangents", "primals") if result is None else (result, "cotangents", "result")
    bound = programs.signature.bound(args, {})
    if bound and programs.engine.columns:
        leaves = flatten_like(moves, like, *about, arrays=False)  # a column for a number, or a number for one
        if (both := columns((*bound[0].values(), leaves))) is not None:
            call = columns([*bound[0].values()]) or Call([], both.columns, tuple(bound[0].values()))
            if (found := columnwise(programs, kind, call, both.leaves, *bound)) is not None:
                (_, function, numbers), like_moves = found, flatten(like, arrays=False)[1]
                return without_zeros(lambda args, row: eager(args, like_moves(row)), args, leaves, function(numbers))
    if bound and not has_values((args, moves)):
        kept, taken = programs.found(kind, *bound)
        numbers = kept.layout.floats(taken)
        if kept.paths and not kept.is_part() and len(numbers) == len(flatten(args)[0]):
            factors = [as_float(x) for x in flatten_like(moves, like, *about)]
            found = programs.function(kept, 0, kind)(*numbers, *factors)
            if 0.0 not in factors or not any(x != x for x in flatten(found)[0]):
                return found  # else perhaps 0 times infinity, where the eager one does not carry the 0
    return eager(primals, moves)


def columnwise(
    programs: Programs, kind: str, call: Call, leaves: list[Any], arguments: dict[str, Any], count: int
) -> Any:
    """A path, a function, and numbers for it, of a call with columns; `leaves` are its numbers, with directions.

    None where the function uses columns as arrays (`np.sum(x)`, `x[0]`), so that they are arrays and no columns.
    """
    used = ArgumentLayout().key(call.example), tuple(map(is_column, call.leaves))
    if used in programs.arrays:
        return None
    try:
        kept, taken = programs.found(kind, dict(zip(arguments, call.example, strict=True)), count, columns=True)
    except Again:
        programs.arrays.add(used)
        return None
    column = call.columns[0]
    name = array_namespace(column).__name__
    chosen = kept.layout.are_numbers(taken)
    chosen += [True] * (len(leaves) - len(chosen))
    if any(is_column(x) and not yes for x, yes in zip(leaves, chosen, strict=True)):
        raise CompileError(
            "An argument is a column, but the function uses it as no Value can be used, such as in range(n) or "
            "math.exp(x): it may be a number only."
        )
    numbers = [x for x, yes in zip(leaves, chosen, strict=True) if yes]
    key = kind, name, tuple(map(is_column, numbers)), str(column.dtype), str(getattr(column, "device", ""))
    path = kept.paths[0]
    with programs.lock, resting_collector():
        if key not in path.functions:
            engine = programs.engine if name == "numpy" else library.ENGINE
            assert engine.columns is not None  # or this were no call with columns
            try:
                path.sources[key], path.functions[key] = engine.columns(path.program, kind, numbers)
            except CompileError:
                if not programs.solidified(kept, taken):
                    raise
                return columnwise(programs, kind, call, leaves, arguments, count)
    return path, path.functions[key], numbers
