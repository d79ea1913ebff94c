"""The engine of columns on any other library of arrays: JAX, PyTorch, CuPy, or whatever follows the Array API standard.

The program is written in operators and in the library's own functions, on whole columns; so a library that traces
functions itself can take it from there.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache, partial
from typing import Any

from autograd import ops
from autograd.compiler.engines import single, special_kernels
from autograd.compiler.engines.columns import array_namespace, is_column, results, without_zeros
from autograd.compiler.engines.engine import Engine, Runnable
from autograd.compiler.errors import CompileError
from autograd.compiler.record.outputs import besides
from autograd.compiler.record.program import Program
from autograd.compiler.terms.loop import Loop, has_loops, with_bodies
from autograd.compiler.terms.lowering import PRIMITIVES
from autograd.compiler.terms.rewriting import rewritten
from autograd.compiler.terms.terms import Term, reachable
from autograd.compiler.text.notation import ARRAYS
from autograd.compiler.text.source import Names, Writer
from autograd.op import Op

__all__ = ["ENGINE", "functions", "structure", "whole_columns"]


def _converted(like: Any) -> Callable[[Any], Any]:
    xp = array_namespace(like)
    return lambda x: x if hasattr(x, "dtype") else xp.asarray(x, dtype=like.dtype, device=like.device)


def functions(like: Any) -> dict[str, Any]:
    """The functions that programs call, for numbers and for arrays like `like`."""
    xp, array = array_namespace(like), _converted(like)

    def adapted(name: str) -> Callable[..., Any]:
        f = getattr(xp, name, None)

        def function(*xs: Any) -> Any:
            if f is None:
                raise CompileError(f"{xp.__name__} has no {name}; use NumPy's arrays with engine='numpy'.")
            return f(*map(array, xs))

        return function

    found = {op.name: adapted(op.name) for op in PRIMITIVES if op.name in ops.TABLE}
    pow = found["pow"]  # for functions that the standard lacks
    fmod = found["fmod"] if hasattr(xp, "fmod") else lambda x, y: xp.sign(x) * xp.remainder(abs(x), abs(y))
    exp2 = found["exp2"] if hasattr(xp, "exp2") else lambda x: pow(2.0, x)
    cbrt = found["cbrt"] if hasattr(xp, "cbrt") else lambda x: xp.sign(x) * pow(abs(x), 1 / 3)
    found |= {"abs": abs, "cbrt": cbrt, "exp2": exp2, "fmod": fmod}
    found |= {name: adapted(name) for name in ("maximum", "minimum", "sign", "where")}
    m = special_kernels.reading(found)
    for name in ("erf", "erfc", "gamma", "lgamma"):
        if not hasattr(xp, name):
            found[name] = partial(getattr(special_kernels, f"kernel_{name}"), m)
    found["polygamma"] = lambda n, x: special_kernels.kernel_polygamma(m, int(n), x)
    found |= {"any": lambda x: bool(xp.any(array(x))), "most": lambda x: int(xp.max(array(x)))}
    return found | {"array": array, "inf": math.inf, "nan": math.nan}


def structure(like: Any) -> dict[str, Any]:
    """What programs call to reshape, join and choose arrays like `like`; some names are ours."""
    xp, array = array_namespace(like), _converted(like)

    def chosen(x: Any, index: Sequence[int]) -> Any:
        places = xp.asarray(index, device=like.device)
        return xp.index_select(x, 0, places) if hasattr(xp, "index_select") else xp.take(x, places, axis=0)

    largest = xp.amax if hasattr(xp, "amax") else xp.max
    return {
        "chosen": chosen,
        "concat": xp.concat,
        "reshape": xp.reshape,
        "repeated": lambda x, *shape: xp.broadcast_to(array(x), shape),
        "sum_over": lambda x, axis, keep: xp.sum(x, axis=axis, keepdims=keep),
        "largest": lambda x, axis, keep: largest(x, axis=axis, keepdims=keep),
        "zero": lambda *shape: xp.zeros(shape, dtype=like.dtype, device=like.device),
    }


def whole_columns(program: Program, kind: str, leaves: Sequence[Any]) -> Runnable:
    """A program of one kind as a Python function of whole columns, in the library of the first of them."""
    column = next(filter(is_column, leaves))
    xp, called = array_namespace(column), functions(column)
    array = called["array"]
    names = Names({*(op.name for op in PRIMITIVES), "any", "array", "inf", "int", "most", "nan", "range", "reversed"})
    found = results(program, kind, names, "array({}.data)")
    terms = rewritten(found.terms, lambda term, args: None, of_loops=_as_long_as_for_any_row)
    needed = reachable(terms)
    writer = Writer(found.texts, terms, names, ARRAYS, program.objects.data, needed)
    returned = writer.write(terms[: found.forward])
    lines = [*found.lines, *writer.page("forward")]
    returned += writer.write(terms[found.forward :])
    lines += writer.page("backward")
    lines.append(f"return [{', '.join(returned)}]")
    import numpy

    head = f"def {kind}({', '.join(found.parameters)}):"
    text = "\n".join([head, *("    " + line for line in lines)])

    whole = program.objects.function(text, kind, called)

    alone = cache(lambda: single.runnable(program, kind).call)

    def one_row(row: tuple[Any, ...], _: Any) -> Any:
        args, kwargs = program.arguments.given(program.arguments.values(row))
        return alone()(*args, **kwargs)

    def run(leaves: list[Any]) -> Any:
        shape = numpy.broadcast_shapes(*[tuple(x.shape) for x in leaves if is_column(x)])
        with numpy.errstate(all="ignore"):  # for libraries that compute with NumPy
            arrays = [xp.broadcast_to(array(x), shape) for x in whole(*map(array, leaves))]
        if not has_loops(needed) or xp is not numpy or besides(program, kind):
            return found.like(iter(arrays))
        # At the last step of a loop what no path leads to is 0, and is multiplied nevertheless.
        return without_zeros(one_row, tuple(leaves), [0.0], found.like(map(numpy.array, arrays)))

    return Runnable(text, run)


def _as_long_as_for_any_row(loop: Loop, length: Term) -> tuple[Loop, Term]:
    """A loop and its length for rows with different numbers of steps; after its last step a row changes no more."""
    outs, condition = loop.outs, loop.condition
    if condition is not None:
        if any(isinstance(x.head, Loop) and x.head.condition is not None for x in with_bodies(loop.roots)):
            raise CompileError(
                "A while_loop in a while_loop need not end for rows that have left the outer one; call it row by row."
            )
        goes = condition
        condition = condition.table.made(_ANY, (condition,))
    elif length.constant is None:
        goes = loop.index < length
        outs = tuple([ops.where(goes, x, 0.0) for x in outs])
        length = length.table.made(_MOST, (length,))
    else:
        return loop, length
    nexts = tuple([ops.where(goes, x, carry) for x, carry in zip(loop.nexts, loop.carries, strict=True)])
    return replace(loop, nexts=nexts, outs=outs, condition=condition), length


_ANY, _MOST = (
    Op(name, lambda m, x: (math.nan, (0.0,))) for name in ("any", "most")
)  # of all rows, as `functions` have them

ENGINE = Engine("any array library", single.runnable, whole_columns)
