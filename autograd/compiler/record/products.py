"""Products with a Jacobian or a Hessian by programs: what is given besides the arguments says in which direction."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from autograd.compiler.engines.columns import Call, columns, without_zeros
from autograd.compiler.record.kept import Programs
from autograd.compiler.record.layout import has_values
from autograd.compiler.record.outputs import KINDS
from autograd.op import as_float
from autograd.tree import flatten, flatten_like

__all__ = ["multiplied"]


def multiplied(programs: Programs, kind: str, primals: Sequence[Any], moves: Any, result: Any = None) -> Any:
    """What a program of a kind `WITH_MORE` gives; `moves` are like the `primals`, or like the `result` if given."""
    args, eager = tuple(primals), partial(KINDS[kind].eager, programs.f)
    like, *about = (args, "tangents", "primals") if result is None else (result, "cotangents", "result")
    bound = programs.signature.bound(args, {})
    if bound and programs.engine.columns:
        leaves = flatten_like(moves, like, *about, arrays=False)  # a column for a number, or a number for one
        if (both := columns((*bound[0].values(), leaves))) is not None:
            call = columns([*bound[0].values()]) or Call([], both.columns, tuple(bound[0].values()))
            if (found := programs.columnwise(kind, call, both.leaves, *bound)) is not None:
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
