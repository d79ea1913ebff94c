"""The engine of columns on NumPy: a program as calls of ufuncs that write into buffers, for one block of rows.

Arithmetic on arrays costs as much for memory as for computing, unless everything stays in the cache. So a program is
run for some thousand rows at a time, and every operation writes into a buffer that is no longer needed, or directly
into the result.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import reduce
from typing import Any

from autograd import ops
from autograd.compiler.engines import library, single, special_kernels
from autograd.compiler.engines.columns import is_column, results
from autograd.compiler.engines.engine import Engine, Runnable
from autograd.compiler.record.outputs import besides
from autograd.compiler.record.program import Program
from autograd.compiler.terms.array_ops import ROW, ROWS, ArrayOp
from autograd.compiler.terms.arrays import Arrays
from autograd.compiler.terms.loop import has_loops
from autograd.compiler.terms.lowering import PRIMITIVES
from autograd.compiler.terms.rewriting import rewritten
from autograd.compiler.terms.terms import Term, reachable
from autograd.compiler.text.notation import NUMPY
from autograd.compiler.text.numpy_calls import ArrayCalls
from autograd.compiler.text.numpy_text import NumPyText
from autograd.compiler.text.source import Names
from autograd.op import Op

__all__ = ["ENGINE", "numpy_functions"]

ROWS_AT_ONCE = 4096  # rows: a buffer is 32 kB, so that a handful stays in the cache


def numpy_functions() -> dict[str, Any]:
    """The functions that programs call: NumPy's by their names, and those that NumPy lacks, made of its functions."""
    import numpy

    found = {"copyto": numpy.copyto, "where": numpy.where, "inf": numpy.inf, "nan": numpy.nan}
    for op in PRIMITIVES:
        name = NUMPY.get(op, op.name)
        found[name] = getattr(numpy, name) if hasattr(numpy, name) else _composed(numpy, op)
    return found


def _composed(numpy: Any, op: Op) -> Callable[..., Any]:
    """A function that NumPy lacks, of arrays."""
    names = ["abs", "exp", "floor", "log", "log1p", "sin", "tan", "where"]
    m = special_kernels.reading({name: getattr(numpy, name) for name in names} | {"pow": numpy.power})
    f = getattr(special_kernels, f"kernel_{op.name}")

    def function(*operands: Any) -> Any:
        xs, out = operands[: op.arity], operands[op.arity :]
        if op is ops.polygamma:
            y = numpy.full(numpy.broadcast_shapes(*map(numpy.shape, xs)), numpy.nan)
            for n in {*numpy.unique(xs[0]).tolist()} & {*range(21)}:  # there is only one, as a rule
                y = numpy.where(xs[0] == n, f(m, int(n), xs[1]), y)
        else:
            y = f(m, *xs)
        if not out:
            return numpy.asarray(y)
        out[0][...] = y
        return out[0]

    return function


def _in_blocks(program: Program, kind: str, leaves: Sequence[Any]) -> Runnable:
    """A program of one kind as the text of a Python function, and a function of the numbers and columns of a call."""
    names = Names({*numpy_functions(), "array", "float", "n", "program", "results", "zeros"})
    found = results(program, kind, names)
    if has_loops(reachable(found.terms)):
        return library.whole_columns(program, kind, leaves)
    terms = rewritten(_half_angles(found.terms), _by_twos)
    arrays = Arrays(program.table)
    inputs = [*program.variables, *besides(program, kind)]
    for x, leaf in zip(inputs, leaves, strict=True):
        arrays.describe(x, (1, ROWS) if is_column(leaf) else (), ROW)
    for x in program.table.variables.values():
        arrays.describe(x, (), ROW)
    whole = arrays.joined([(arrays.broadcast(x, (1, ROWS)), 1) for x in terms])
    root = whole if len(terms) > 1 else arrays.of(ArrayOp("join", (1,)), whole)
    named = {x: name for x, name in zip(terms, found.names, strict=True) if x.args}
    calls = ArrayCalls(arrays, [root], {**found.texts, **named, root: "results"}, {root}, names)
    calls.keep({root})
    text = NumPyText(calls, names, comments=False)
    lines = text.lines("", kind, [*found.parameters, "results"], found.lines, [])
    import numpy

    made_of = {"array": numpy.array, "zeros": numpy.zeros} | numpy_functions() | text.constants
    make = program.objects.function("\n".join(lines), "program", made_of)
    run = _Run(make, len(terms))
    return Runnable("\n".join(lines), lambda leaves: found.like(iter(run(leaves))))


ENGINE = Engine("numpy", single.runnable, _in_blocks)


def _half_angles(roots: list[Term]) -> list[Term]:
    """Where both sine and cosine of something are needed, they are made of one tangent, of half of it.

    With t = tan(x/2) and w = 2 / (1 + t^2), sin x = t w and cos x = w - 1, to an absolute error of 3e-16. NumPy
    computes a tangent faster than a sine or a cosine.
    """
    angles = {op: {term.args[0] for term in reachable(roots) if term.head is op} for op in (ops.sin, ops.cos)}
    both = angles[ops.sin] & angles[ops.cos]

    def rule(term: Term, args: tuple[Term, ...]) -> Term | None:
        if term.head not in (ops.sin, ops.cos) or term.args[0] not in both:
            return None
        t = ops.tan(0.5 * args[0])
        w = 2 / (1 + t * t)
        return t * w if term.head is ops.sin else w - 1  # type: ignore[no-any-return]  # Terms

    return rewritten(roots, rule) if both else roots


def _by_twos(term: Term, args: tuple[Term, ...]) -> Term | None:
    """A sum as additions."""
    made = term.table.made
    return reduce(lambda x, y: made(ops.add, (x, y)), args) if term.head is ops.sum else None


class _Run:
    """Runs a program block by block, with buffers that are kept from call to call."""

    def __init__(self, make: Callable[[int], Callable[..., None]], results: int) -> None:
        self.make, self.results = make, results
        self.idle: list[Any] = []  # programs by their sizes, for each thread that has run at the same time

    def __call__(self, leaves: list[Any]) -> list[Any]:
        """The results for all rows, in the shape that the columns have together."""
        import numpy

        shape = numpy.broadcast_shapes(*map(numpy.shape, leaves))
        xs = [
            numpy.broadcast_to(numpy.asarray(x, float), shape).reshape(1, -1) if numpy.shape(x) else x for x in leaves
        ]
        # One piece of memory, which the next call can use again: new pages take longer than the program.
        results = numpy.empty((self.results, *shape))
        columns = results.reshape(self.results, -1)
        n = columns.shape[1]
        programs: dict[int, Callable[..., None]] = self.idle.pop() if self.idle else {}
        sizes = {min(n, ROWS_AT_ONCE), n % ROWS_AT_ONCE} - {0}
        programs = {size: programs.get(size) or self.make(size) for size in sizes}
        with numpy.errstate(all="ignore"):
            for i in range(0, n, ROWS_AT_ONCE):
                rows = slice(i, min(i + ROWS_AT_ONCE, n))
                arrays = [x[:, rows] if numpy.ndim(x) else x for x in (*xs, columns)]
                programs[rows.stop - i](*arrays)
        self.idle.append(programs)
        return list(results)
