"""Columns in machine code: a program as loops over the rows, of which the processor takes several at once.

A loop that calls a function of the C library takes one row at a time, and a long one takes LLVM long. So a program is
cut into loops where it calls a function that `kernels` lacks, and after a thousand operations. Blocks of rows go
through all loops, and what one loop hands on to another stays in the cache.
"""

from __future__ import annotations

import ctypes
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any

from autograd import ops
from autograd.compiler.engines import library
from autograd.compiler.engines.angle_kernels import LARGEST_ANGLE
from autograd.compiler.engines.columns import is_column, results
from autograd.compiler.engines.engine import Runnable
from autograd.compiler.engines.kernels import DECLARATIONS, KERNELS, as_one_function, kernel
from autograd.compiler.engines.machine import MachineCode, address
from autograd.compiler.engines.runtime import c_library, callees
from autograd.compiler.record.outputs import besides
from autograd.compiler.record.program import Program
from autograd.compiler.terms.loop import has_loops
from autograd.compiler.terms.rewriting import rewritten
from autograd.compiler.terms.terms import Term, reachable
from autograd.compiler.text.llvm import Lines, constant, pointer
from autograd.compiler.text.source import Names
from autograd.op import Op

__all__ = ["MANY", "loops", "without_python"]

LONGEST_LOOP = 1000  # operations of a loop
MANY = 3000  # operations that LLVM takes seconds to optimise; more are translated as they stand
BLOCK = 512  # rows: what a loop hands on takes 4 kB
_OF_PROCESSORS = {ops.ceil, ops.floor, ops.trunc}
_OF_ANGLES = {ops.sin, ops.cos, ops.tan}
_OTHERWISE = {ops.gamma: "tgamma", ops.hypot: "hypot", ops.lgamma: "lgamma"}  # of the C library


def loops(program: Program, kind: str, leaves: Sequence[Any]) -> Runnable:
    """A program of one kind for calls that have columns where `leaves` have them."""
    found = results(program, kind, Names(()))
    if has_loops(reachable(found.terms)):
        return library.whole_columns(program, kind, leaves)
    given = [*program.variables, *besides(program, kind)]
    where = [*map(is_column, leaves)]
    columns = [x for x, yes in zip(given, where, strict=True) if yes]
    numbers = [x for x, yes in zip(given, where, strict=True) if not yes] + [*program.table.variables.values()]
    roots = rewritten(found.terms, as_one_function)
    kernels = KERNELS if len(reachable(roots)) <= MANY else {}
    quick = _Loops(roots, columns, numbers, kernels)
    # For large angles, which are left to the C library.
    exact = _Loops(roots, columns, numbers, {op: f for op, f in kernels.items() if op not in _OF_ANGLES})

    def call(leaves: Sequence[Any]) -> Any:
        import numpy

        arrays = [x for x, yes in zip(leaves, where, strict=True) if yes]
        shapes = {x.shape for x in arrays}
        shape = shapes.pop() if len(shapes) == 1 else numpy.broadcast_shapes(*shapes)
        arrays = [_contiguous(numpy, x, shape) for x in arrays]
        floats = [float(x) for x, yes in zip(leaves, where, strict=True) if not yes]
        floats += [float(leaf.data) for leaf in program.table.variables]
        out = numpy.empty((len(found.terms), *shape))
        if quick.run(arrays, floats, out):
            exact.run(arrays, floats, out)
        return found.like(iter(out))

    return Runnable(quick.text, call)


def _contiguous(numpy: Any, column: Any, shape: tuple[int, ...]) -> Any:
    """The numbers of a column, one after the other in memory."""
    return numpy.ascontiguousarray(column if column.shape == shape else numpy.broadcast_to(column, shape), dtype=float)


def without_python(kernels: Iterable[Op]) -> dict[Op, str]:
    """What is called for functions, some of which are `kernels`, in code that never calls Python."""
    intrinsics = {op: f"@llvm.{op.name}.f64" for op in _OF_PROCESSORS}
    library = {op: pointer(address(getattr(c_library(), name))) for op, name in _OTHERWISE.items()}
    return callees() | library | intrinsics | {op: f'@"{op.name}"' for op in kernels}


class _Loops:
    """The loops that compute `roots`, of `columns` and of `numbers`, with some `kernels`."""

    def __init__(self, roots: list[Term], columns: list[Term], numbers: list[Term], kernels: Mapping[Op, Any]) -> None:
        self.roots, self.kernels = roots, kernels
        self.places: dict[Term, tuple[str, int | str]] = {x: (f"%c{i}", "%i") for i, x in enumerate(columns)}
        self.numbers = {x: f"%n{i}" for i, x in enumerate(numbers)}
        self.callees = without_python(kernels)

    def run(self, columns: list[Any], numbers: list[float], out: Any) -> bool:
        """Write the results to `out`; return whether there are angles too large for the kernels."""
        import numpy

        n = out[0].size
        if not n:
            return False
        function, slots = self._function
        work = numpy.empty(slots * BLOCK)
        places = (ctypes.c_void_p * len(columns))(*[x.ctypes.data for x in columns])
        given = (ctypes.c_double * len(numbers))(*numbers)
        return bool(function(places, given, out.ctypes.data, n, work.ctypes.data))

    @cached_property
    def _function(self) -> tuple[Any, int]:
        """The machine code, and the number of places in which loops hand on numbers."""
        self._code = MachineCode(self.text, 3 if self.kernels else 0)
        # Other threads may run meanwhile, unless it calls Python.
        kind = ctypes.PYFUNCTYPE if self._asks else ctypes.CFUNCTYPE
        pointers = ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p
        return kind(ctypes.c_int64, *pointers, ctypes.c_int64, ctypes.c_void_p)(self._code.address("run")), self._slots

    # -- what is written ------------------------------------------------------------------------------------------

    @cached_property
    def text(self) -> str:
        """All of it as a module of LLVM IR."""
        parts = self._cut()
        used = {x.head for part in parts for x in part}
        self._asks = ops.polygamma in used
        self._slots = self._share(parts)
        kernels = [kernel(op.name, f, op.arity) for op, f in self.kernels.items() if op in used]
        loops = [self._loop(i, part, last=i == len(parts) - 1) for i, part in enumerate(parts)]
        return "\n".join([*DECLARATIONS, *kernels, *loops, _run_loops(len(parts)), _METADATA])

    def _cut(self) -> list[list[Term]]:
        """The operations of each loop."""
        stages: dict[int, list[Term]] = {}
        stage: dict[Term, int] = {}  # even for what is computed several rows at once, odd for calls
        for x in reachable(self.roots):
            if x.args:
                before = max([stage.get(arg, 0) for arg in x.args])
                calls = isinstance(x.head, Op) and x.head in self.callees and "inttoptr" in self.callees[x.head]
                stage[x] = before + (before % 2 != calls)
                stages.setdefault(stage[x], []).append(x)
        parts = [
            terms[i : i + LONGEST_LOOP]
            for _, terms in sorted(stages.items())
            for i in range(0, len(terms), LONGEST_LOOP)
        ]
        return parts or [[]]

    def _share(self, parts: list[list[Term]]) -> int:
        """Places for what is needed outside its loop; how many there are."""
        home = {x: i for i, part in enumerate(parts) for x in part}
        slots = 0
        uses = [*((arg, i) for i, part in enumerate(parts) for x in part for arg in x.args)]
        for x, i in [*uses, *((x, len(parts) - 1) for x in self.roots)]:
            if x in home and home[x] != i and x not in self.places:
                self.places[x] = f"%w{slots}", "%i"
                slots += 1
        return slots

    def _loop(self, number: int, part: list[Term], last: bool) -> str:
        lines = Lines(self.callees, self.places, ", !llvm.access.group !0")
        lines.numbers.update(self.numbers)
        angles = dict.fromkeys(x.args[0] for x in part if x.head in _OF_ANGLES and x.head in self.kernels)
        large = "%before"
        for x in part:
            lines.compute(x)
        for x in angles:
            size = lines.new(f"call double @llvm.fabs.f64(double {lines.number(x)})")
            beyond = lines.new(f"fcmp oge double {size}, {constant(LARGEST_ANGLE)}")
            large = lines.new(f"add i64 {large}, {lines.new(f'zext i1 {beyond} to i64')}")
        if last:
            for i, x in enumerate(self.roots):
                lines.store(x, f"%o{i}", "%i")
        return "\n".join(
            [
                f"define internal i64 @loop{number}({_LOOP_PARAMETERS}) nounwind {{",
                "entry:",
                *_addresses("\n".join(lines.lines)),
                "br label %loop",
                "loop:",
                "%i = phi i64 [0, %entry], [%next, %loop]",
                "%before = phi i64 [0, %entry], [%large, %loop]",
                *lines.lines,
                f"%large = add i64 {large}, 0",
                "%next = add nuw nsw i64 %i, 1",
                "%more = icmp ult i64 %next, %count",
                "br i1 %more, label %loop, label %done, !llvm.loop !1",
                "done:",
                "ret i64 %large",
                "}",
            ]
        )


_LOOP_PARAMETERS = "ptr %columns, ptr %numbers, ptr %out, i64 %n, i64 %begin, i64 %count, ptr %w"
# Rows do not depend on one another, and nothing is written where something else is read.
_METADATA = "\n".join(["!0 = distinct !{}", "!1 = distinct !{!1, !2}", '!2 = !{!"llvm.loop.parallel_accesses", !0}'])


def _addresses(body: str) -> Iterable[str]:
    """Where the arrays begin that the lines of a loop refer to, and the numbers."""
    for kind, i in sorted({(kind, int(i)) for kind, i in _REFERRED.findall(body)}):
        name = f"%{kind}{i}"
        if kind == "c":
            yield f"{name}a = getelementptr ptr, ptr %columns, i64 {i}"
            yield f"{name}b = load ptr, ptr {name}a"
            yield f"{name} = getelementptr double, ptr {name}b, i64 %begin"
        elif kind == "n":
            yield f"{name}a = getelementptr double, ptr %numbers, i64 {i}"
            yield f"{name} = load double, ptr {name}a"
        elif kind == "o":
            yield f"{name}a = mul i64 %n, {i}"
            yield f"{name}b = add i64 {name}a, %begin"
            yield f"{name} = getelementptr double, ptr %out, i64 {name}b"
        else:
            yield f"{name} = getelementptr double, ptr %w, i64 {i * BLOCK}"


_REFERRED = re.compile(r"%([cnow])(\d+)\b")


def _run_loops(loops: int) -> str:
    """The function that takes all rows through all loops, block by block, or all at once if there is only one loop."""
    size = "%n" if loops == 1 else str(BLOCK)
    calls = [
        line
        for i in range(loops)
        for line in (
            f"%l{i} = call i64 @loop{i}(ptr %columns, ptr %numbers, ptr %out, i64 %n, i64 %begin, i64 %count, ptr %w)",
            f"%t{i} = or i64 {f'%t{i - 1}' if i else '%total'}, %l{i}",
        )
    ]
    return "\n".join(
        [
            "define i64 @run(ptr %columns, ptr %numbers, ptr %out, i64 %n, ptr %w) nounwind {",
            "entry:",
            "br label %block",
            "block:",
            "%begin = phi i64 [0, %entry], [%end, %block]",
            f"%total = phi i64 [0, %entry], [%t{loops - 1}, %block]",
            "%rest = sub i64 %n, %begin",
            f"%less = icmp ult i64 %rest, {size}",
            f"%count = select i1 %less, i64 %rest, i64 {size}",
            *calls,
            "%end = add i64 %begin, %count",
            "%more = icmp ult i64 %end, %n",
            "br i1 %more, label %block, label %done",
            "done:",
            f"ret i64 %t{loops - 1}",
            "}",
        ]
    )
