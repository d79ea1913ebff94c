"""The engine of columns on NumPy: a program as calls of ufuncs that write into buffers, for one block of rows.

Arithmetic on arrays costs as much for memory as for computing, unless everything stays in the cache. So a program is
run for some thousand rows at a time, and every operation writes into a buffer that no one needs any more, or straight
into the result.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import reduce
from typing import Any

from autograd import ops
from autograd.compiler.engines import single, special_kernels
from autograd.compiler.engines.columns import results
from autograd.compiler.engines.engine import Engine, Runnable
from autograd.compiler.record.program import Program
from autograd.compiler.terms.lowering import PRIMITIVES
from autograd.compiler.terms.terms import Term, reachable, rewritten
from autograd.compiler.text.notation import PYTHON, numeral
from autograd.compiler.text.source import Names, made
from autograd.op import Op

__all__ = ["ENGINE", "NAMES", "functions"]

BLOCK = 4096  # rows: a buffer is 32 kB, so that a handful stays in the cache

NAMES = {
    ops.sub: "subtract",
    ops.mul: "multiply",
    ops.div: "divide",
    ops.neg: "negative",
    ops.abs: "absolute",
    ops.pow: "power",
    ops.sum: "add",
    ops.asin: "arcsin",
    ops.acos: "arccos",
    ops.atan: "arctan",
    ops.atan2: "arctan2",
    ops.asinh: "arcsinh",
    ops.acosh: "arccosh",
    ops.atanh: "arctanh",
    ops.NOT: "logical_not",
    ops.RELATIONS["lt"]: "less",
    ops.RELATIONS["le"]: "less_equal",
    ops.RELATIONS["eq"]: "equal",
    ops.RELATIONS["ne"]: "not_equal",
    ops.RELATIONS["ge"]: "greater_equal",
    ops.RELATIONS["gt"]: "greater",
    ops.RELATIONS["and_"]: "logical_and",
    ops.RELATIONS["or_"]: "logical_or",
}
_NEW = {ops.WHERE, ops.NOT, *ops.RELATIONS.values()}  # whose results are arrays of their own


def functions() -> dict[str, Any]:
    """What programs call: NumPy's functions by their names there; what it lacks is computed number by number."""
    import numpy

    found = {"copyto": numpy.copyto, "where": numpy.where, "inf": numpy.inf, "nan": numpy.nan}
    for op in PRIMITIVES:
        name = NAMES.get(op, op.name)
        found[name] = getattr(numpy, name) if hasattr(numpy, name) else _composed(numpy, op)
    return found


def _composed(numpy: Any, op: Op) -> Callable[..., Any]:
    """A function that NumPy lacks, of arrays."""
    names = ["abs", "exp", "floor", "log", "log1p", "sin", "tan", "where"]
    m = special_kernels.reading({name: getattr(numpy, name) for name in names} | {"pow": numpy.power})
    f = getattr(special_kernels, op.name)

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


def _columns(program: Program, kind: str, leaves: Sequence[Any]) -> Runnable:
    """A program of one kind as the text of a Python function, and a function of the numbers and columns of a call.

    The parameters of the former are those of one block, then its results, then buffers.
    """
    names = Names({*functions(), "float"})
    found = results(program, kind, names)
    terms = _half_angles(found.terms)
    writer = _Writer(terms, found.names, found.texts, names)
    lines = [*found.lines, *writer.write(terms[: found.forward], "# forward")]
    lines += writer.write(terms[found.forward :], "# backward")
    lines += writer.rest()
    head = f"def {kind}({', '.join([*found.parameters, *found.names, *writer.buffers])}):"
    text = "\n".join([head, *("    " + line for line in lines)])
    block = made(text, program.objects.globals | functions(), kind)
    run = _Run(block, len(writer.buffers), len(terms))
    return Runnable(text, lambda leaves: found.like(iter(run(leaves))))


ENGINE = Engine("numpy", single.runnable, _columns)


def _half_angles(roots: list[Term]) -> list[Term]:
    """Where both sine and cosine of something are needed, they are made of one tangent, of half of it.

    With t = tan(x/2) and w = 2 / (1 + t^2), sin x = t w and cos x = w - 1, to an absolute error of 3e-16. NumPy takes
    several times as long for either as for a tangent.
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


class _Writer:
    """Writes one statement for each operation, and says where its result goes."""

    def __init__(self, roots: list[Term], results: list[str], texts: dict[Term, str], names: Names) -> None:
        self.texts, self.names = texts, names
        self.results: dict[Term, str] = {}
        self.uses: dict[Term, int] = {}
        self.buffers: list[str] = []
        self.free: list[str] = []
        self.holds: dict[Term, str] = {}  # the buffers in use
        for term, result in zip(roots, results, strict=True):
            if term.args and term.head not in _NEW:
                self.results.setdefault(term, result)
        self.copies = [(result, x) for x, result in zip(roots, results, strict=True) if self.results.get(x) != result]
        for term in reachable(roots):
            for x in term.args:
                self.uses[x] = self.uses.get(x, 0) + 1
        for _, x in self.copies:
            self.uses[x] = self.uses.get(x, 0) + 1

    def write(self, roots: list[Term], title: str) -> list[str]:
        """The statements that `roots` need and that are not written yet."""
        lines = [self._statement(x) for x in reachable(roots, known=self.texts) if not self._is_constant(x)]
        return [title, *lines] if lines else []

    def rest(self) -> list[str]:
        """The results that no operation writes itself."""
        return [f"copyto({result}, {self.texts[x]})" for result, x in self.copies]

    def _is_constant(self, term: Term) -> bool:
        if term.constant is not None:
            self.texts[term] = numeral(PYTHON, term.constant).text
        return term.constant is not None

    def _statement(self, term: Term) -> str:
        op = term.head
        assert isinstance(op, Op)  # neither a constant nor known
        name = NAMES.get(op, op.name)
        operands = [self.texts[x] for x in term.args]
        if op in _NEW:
            self._release(term)
            text = f"{name}({', '.join(operands)})"
        elif len(operands) > 2:  # a sum, whose result must not overwrite what is added last
            out = self.results.get(term) or self._buffer(term)
            self._release(term)
            text = reduce(lambda x, y: f"{name}({x}, {y}, {out})", operands)
        else:
            self._release(term)
            text = f"{name}({', '.join([*operands, self.results.get(term) or self._buffer(term)])})"
        if term in self.results:
            self.texts[term] = self.results[term]
            return text
        self.texts[term] = self.names.new(term.table.labels.get(term, ""))
        return f"{self.texts[term]} = {text}"

    def _release(self, term: Term) -> None:
        """The buffers of operands that are used here for the last time may be written into."""
        for x in term.args:
            self.uses[x] -= 1
            if self.uses[x] == 0 and x in self.holds:
                self.free.append(self.holds.pop(x))

    def _buffer(self, term: Term) -> str:
        if not self.free:
            self.buffers.append(self.names.new(f"b_{len(self.buffers) + 1}"))
            self.free.append(self.buffers[-1])
        self.holds[term] = self.free.pop()
        return self.holds[term]


class _Run:
    """Runs a program block by block, with buffers that are kept from call to call."""

    def __init__(self, block: Callable[..., Any], buffers: int, results: int) -> None:
        self.block, self.buffers, self.results = block, buffers, results
        self.idle: list[Any] = []  # one set of buffers for each thread that has ever been here at the same time

    def __call__(self, leaves: list[Any]) -> list[Any]:
        """The results for all rows, in the shape that the columns have together."""
        import numpy

        shape = numpy.broadcast_shapes(*map(numpy.shape, leaves))
        xs = [numpy.broadcast_to(numpy.asarray(x, float), shape).reshape(-1) if numpy.shape(x) else x for x in leaves]
        # In one piece of memory, which the next call then finds again: new pages take longer than the program.
        results = numpy.empty((self.results, *shape))
        columns = results.reshape(self.results, -1)
        n = columns.shape[1]
        work = self.idle.pop() if self.idle else [numpy.empty(BLOCK) for _ in range(self.buffers)]
        with numpy.errstate(all="ignore"):
            for i in range(0, n, BLOCK):
                rows = slice(i, min(i + BLOCK, n))
                arrays = [x[rows] if numpy.ndim(x) else x for x in (*xs, *columns)]
                self.block(*arrays, *(work if i + BLOCK <= n else [buffer[: n - i] for buffer in work]))
        self.idle.append(work)
        return list(results)
