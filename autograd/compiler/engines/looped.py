"""InPieces that are alike in machine code: a loop that gathers numbers, calls one function, and adds what it gives."""

from __future__ import annotations

from array import array
from string import Template
from typing import Any

from autograd.compiler.engines.parts import DONE, FAILED, Parts
from autograd.compiler.terms.lowering import lower
from autograd.compiler.terms.pieces import Alike, InPieces
from autograd.compiler.text.llvm import pointer

__all__ = ["Looped"]

TINY = 24  # operations in all loops: optimising more takes longer than all the rest of a first call
COPY = "declare void @llvm.memcpy.p0.p0.i64(ptr, ptr, i64, i1)"

_LOOP = Template("""\
define internal i32 @loop$k(ptr noalias %in, ptr noalias %out) nounwind {
start:
  %x = alloca [$numbers x double]
  %y = alloca [$results x double]
  %w = alloca [$slots x double]
  br label %piece
piece:
  %i = phi i64 [0, %start], [%next, %added]
  %g = mul i64 %i, $taken
  %from = getelementptr i32, ptr $gather, i64 %g
  br label %take
take:
  %j = phi i64 [0, %piece], [%j_next, %take]
  %j_from = getelementptr i32, ptr %from, i64 %j
  %place = load i32, ptr %j_from
  %number_from = getelementptr double, ptr %in, i32 %place
  %number = load double, ptr %number_from
  %number_to = getelementptr double, ptr %x, i64 %j
  store double %number, ptr %number_to
  %j_next = add i64 %j, 1
  %taking = icmp ult i64 %j_next, $taken
  br i1 %taking, label %take, label %taken
taken:
  %c = mul i64 %i, $differing
  %c_from = getelementptr double, ptr $constants, i64 %c
  %c_to = getelementptr double, ptr %x, i64 $taken
  call void @llvm.memcpy.p0.p0.i64(ptr %c_to, ptr %c_from, i64 $bytes, i1 false)
  %code = call i32 @run$k(ptr %x, ptr %y, ptr %w)
  %fine = icmp eq i32 %code, $done
  br i1 %fine, label %give, label %failed
give:
  %s = mul i64 %i, $given
  %to = getelementptr i32, ptr $scatter, i64 %s
  %ys = getelementptr double, ptr %y, i64 $before
  br label %add
add:
  %e = phi i64 [0, %give], [%e_next, %add]
  %e_to = getelementptr i32, ptr %to, i64 %e
  %where = load i32, ptr %e_to
  %sum_at = getelementptr double, ptr %out, i32 %where
  %sum = load double, ptr %sum_at
  %slope_from = getelementptr double, ptr %ys, i64 %e
  %slope = load double, ptr %slope_from
  %new = fadd double %sum, %slope
  store double %new, ptr %sum_at
  %e_next = add i64 %e, 1
  %adding = icmp ult i64 %e_next, $given
  br i1 %adding, label %add, label %added
added:
  %next = add i64 %i, 1
  %on = icmp ult i64 %next, $pieces
  br i1 %on, label %piece, label %finished
finished:
  ret i32 $done
failed:
  ret i32 $failed
}""")


class Looped:
    """The functions of a matrix in pieces, as `Parts` has them: `run`, and what it calls; `kept` is what they read."""

    slots = 0  # numbers wait on the stack

    def __init__(self, matrix: InPieces) -> None:
        self.kept: list[Any] = []
        self.sparsity = matrix.sparsity
        texts, operations = [COPY], 0
        kinds = [alike for alike in matrix.kinds if alike.slopes]
        for k, alike in enumerate(kinds):
            parts = Parts(alike.inputs, lower([*alike.results, *alike.slopes]), {}, str(k))
            operations += parts.operations
            texts += [parts.text, self._loop(k, alike, parts.slots)]
        self.optimisation = 2 if operations <= TINY else 0
        run = [
            "define internal i32 @run(ptr %in, ptr %out, ptr %w) nounwind {",
            f"call void @llvm.memcpy.p0.p0.i64(ptr %out, ptr {self._array('d', matrix.start)}, "
            f"i64 {8 * len(matrix.start)}, i1 false)",
            "br label %to0",
        ]
        for k in range(len(kinds)):
            run += [
                f"to{k}:",
                f"%code{k} = call i32 @loop{k}(ptr %in, ptr %out)",
                f"%fine{k} = icmp eq i32 %code{k}, {DONE}",
                f"br i1 %fine{k}, label %to{k + 1}, label %failed",
            ]
        run += [f"to{len(kinds)}:", f"ret i32 {DONE}", "failed:", f"ret i32 {FAILED}", "}"]
        self.text = "\n".join([*texts, *run])

    def _array(self, code: str, numbers: list[Any]) -> str:
        """Where numbers are in memory."""
        self.kept.append(found := array(code, numbers or [0]))
        return pointer(found.buffer_info()[0])

    def _loop(self, k: int, alike: Alike, slots: int) -> str:
        given = len(alike.slopes)
        pieces = len(alike.scatter) // given
        taken = len(alike.gather) // pieces
        differing = len(alike.constants) // pieces
        return _LOOP.substitute(
            k=k, numbers=taken + differing, results=len(alike.results) + given, slots=max(slots, 1),
            taken=taken, gather=self._array("i", alike.gather),
            differing=differing, constants=self._array("d", alike.constants), bytes=8 * differing,
            given=given, scatter=self._array("i", alike.scatter), before=len(alike.results),
            pieces=pieces, done=DONE, failed=FAILED,
        )  # fmt: skip
