"""Functions in machine code for other people's native loops; they run no Python and do not need its lock.

They do what a file in C does, with what LLVM makes of the same Terms: outside a domain they give NaN or infinity, and
NaN where numbers take a way through the branches that was not recorded.
"""

from __future__ import annotations

import ctypes
import math
from collections.abc import Mapping, Sequence
from typing import Any

from autograd.compiler.engines.kernels import DECLARATIONS, KERNELS, SPECIAL, kernel
from autograd.compiler.engines.loop_parts import Areas, compute_loop
from autograd.compiler.engines.loops import MANY, without_python
from autograd.compiler.engines.machine import MachineCode
from autograd.compiler.engines.native import STACK
from autograd.compiler.engines.runtime import known
from autograd.compiler.export.functions import as_ieee
from autograd.compiler.export.parts import Asked, Course, asked_of
from autograd.compiler.record.program import Program
from autograd.compiler.terms.loop import FINAL, STACKED, Loop, with_bodies
from autograd.compiler.terms.lowering import PRIMITIVES
from autograd.compiler.terms.terms import Term, reachable
from autograd.compiler.text.llvm import ZERO, Lines, constant
from autograd.op import Op
from autograd.tree import flatten

__all__ = ["SIGNATURES", "c_function"]

_DOUBLES = ctypes.POINTER(ctypes.c_double)
# Of numbers; as SciPy calls a function of several; with a place for many results.
SIGNATURES = "double (double, ...)", "double (int, double *, void *)", "int (double *, double *)"


def c_function(programs: Sequence[Program], kind: str, signature: str) -> Any:
    """A kind of a function whose paths have these programs, as a function of `ctypes` that keeps its machine code."""
    asked = asked_of(programs, kind, lambda terms, _: as_ieee(terms), every=False)
    results = [int(x) for x in flatten(asked.structure([*map(str, range(len(asked.places)))]))[0]]
    if len(results) > 1 and signature != SIGNATURES[2]:
        raise ValueError(f"A function of {signature!r} gives one number; {kind} has {len(results)}.")
    needed = with_bodies(asked.roots())
    kernels = {
        x.head: KERNELS[x.head] for x in needed if isinstance(x.head, Op) and x.head in SPECIAL.keys() - PRIMITIVES
    }
    callees = without_python(kernels)
    text = [*DECLARATIONS, *(kernel(op.name, f, 1) for op, f in kernels.items())]
    ways = [_Way(asked, way, number, results, callees) for number, way in enumerate(asked.ways)]
    text += [line for way in ways for line in way.text]
    text += _run_ways(len(asked.ways), len(results), max([way.memory for way in ways]))
    n = len(asked.inputs)
    result, parameters, entry = _signatures(n)[signature]
    code = MachineCode("\n".join([*text, *entry]), 2 if len(needed) <= MANY else 0)
    function: Any = ctypes.CFUNCTYPE(result, *parameters)(code.address("f"))
    function.kept = code, ways  # which live as long as this
    return function


def _signatures(n: int) -> dict[str, tuple[type[ctypes.c_double | ctypes.c_int], list[Any], list[str]]]:
    """The signatures of a function of n numbers: what it returns and takes, and the code that enters it."""
    return {
        SIGNATURES[0]: (ctypes.c_double, [ctypes.c_double] * n, _of_numbers(n)),
        SIGNATURES[1]: (ctypes.c_double, [ctypes.c_int, _DOUBLES, ctypes.c_void_p], _OF_SCIPY),
        SIGNATURES[2]: (ctypes.c_int, [_DOUBLES, _DOUBLES], _OF_PLACES),
    }


class _Way:
    """A function that says whether numbers take one way, and if so puts its results in their places.

    - `memory`: how many numbers its arrays have; it keeps those that are constant.
    """

    def __init__(
        self, asked: Asked, way: Course, number: int, results: Sequence[int], callees: Mapping[Op, str]
    ) -> None:
        places: dict[Term, tuple[str, int | str]] = {x: ("%in", i) for i, x in enumerate(asked.inputs)}
        self._arrays = Areas(reachable([*(x for x, _ in way.guards), *way.results]), places, 0)
        self.memory = self._arrays.end
        lines = Lines(callees, places, arrays=self._arrays.places)
        for x in asked.inputs:
            lines.number(x)  # before anything is put where they may stand
        for leaf, x in asked.outside.items():
            lines.numbers[x] = constant(leaf.data)
        met = {*asked.inputs, *asked.outside.values()}
        for i, (condition, outcome) in enumerate(way.guards):
            _compute(lines, reachable([condition], known=met))
            met.update(reachable([condition], known=met))
            sides = (f"on{i}", "no") if outcome else ("no", f"on{i}")
            lines.lines += [f"br i1 {lines.condition(condition)}, label %{sides[0]}, label %{sides[1]}", f"on{i}:"]
            lines.block = f"on{i}"
        _compute(lines, reachable(way.results, known=met))
        for place, i in enumerate(results):
            lines.store(way.results[i], "%out", place)
        no = ["no:", "ret i1 false"] if way.guards else []
        self.text = self._arrays.function("i1", f"way{number}", [*lines.lines, "ret i1 true", *no])


def _compute(lines: Lines, terms: Sequence[Term]) -> None:
    for x in terms:
        if isinstance(x.head, Loop):
            compute_loop(lines, x, ZERO)
        elif x.args and x.head is not FINAL and x.head is not STACKED:
            lines.compute(x)


def _run_ways(ways: int, results: int, memory: int) -> list[str]:
    """A function that tries one way after the other; 0 if there is one, else 1 and NaN."""
    large = memory > STACK
    lines = ["define internal i32 @run(ptr %in, ptr %out) nounwind {"]
    allocated = f"call ptr {known['PyMem_RawMalloc']}(i64 {8 * memory})"  # C's malloc, which needs no lock
    lines.append(f"%w = {allocated if large else f'alloca [{max(memory, 1)} x double]'}")
    done = [f"call void {known['PyMem_RawFree']}(ptr %w)"] if large else []
    for i in range(ways):
        lines += [f"%c{i} = call i1 @way{i}(ptr %in, ptr %out, ptr %w)"]
        lines += [f"br i1 %c{i}, label %yes, label %no{i}", f"no{i}:"]
    for i in range(results):
        place = f"%p{i}"
        lines += [
            f"{place} = getelementptr double, ptr %out, i64 {i}",
            f"store double {constant(math.nan)}, ptr {place}",
        ]
    return [*lines, *done, "ret i32 1", "yes:", *done, "ret i32 0", "}"]


def _of_numbers(n: int) -> list[str]:
    lines = [f"define double @f({', '.join(f'double %x{i}' for i in range(n))}) nounwind {{"]
    lines += [f"%in = alloca [{max(n, 1)} x double]", "%out = alloca double"]
    for i in range(n):
        lines += [f"%p{i} = getelementptr double, ptr %in, i64 {i}", f"store double %x{i}, ptr %p{i}"]
    return [*lines, *_ONE]


_ONE = ["%status = call i32 @run(ptr %in, ptr %out)", "%y = load double, ptr %out", "ret double %y", "}"]
_OF_SCIPY = ["define double @f(i32 %n, ptr %in, ptr %data) nounwind {", "%out = alloca double", *_ONE]
_OF_PLACES = [
    "define i32 @f(ptr %in, ptr %out) nounwind {",
    "%status = call i32 @run(ptr %in, ptr %out)",
    "ret i32 %status",
    "}",
]
