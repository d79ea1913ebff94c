"""Pieces that are alike in machine code: a loop that gathers numbers, calls one function, and adds what it returns."""

from __future__ import annotations

from array import array
from typing import Any

from autograd.compiler.engines.parts import DONE, FAILED, Parts
from autograd.compiler.terms.lowering import lower
from autograd.compiler.terms.pieces import Alike, InPieces
from autograd.compiler.text.llvm import pointer

__all__ = ["Looped"]

TINY = 24  # operations in all loops: optimising more takes longer than all the rest of a first call
COPY = "declare void @llvm.memcpy.p0.p0.i64(ptr, ptr, i64, i1)"


def _each(i: str, n: int, before: str, body: str, last: str) -> str:
    """A loop over `%i` below n, after the block `before`; `last` is the last block of its body."""
    if not n:
        return f"  br label %{i}_done\n{i}_done:"
    return f"""\
  br label %{i}_do
{i}_do:
  %{i} = phi i64 [0, %{before}], [%{i}_next, %{last}]
{body}
  %{i}_next = add i64 %{i}, 1
  %{i}_more = icmp ult i64 %{i}_next, {n}
  br i1 %{i}_more, label %{i}_do, label %{i}_done
{i}_done:"""


_TAKE = """\
  %take_from = getelementptr i32, ptr %gather, i64 %take
  %place = load i32, ptr %take_from
  %number_from = getelementptr double, ptr %in, i32 %place
  %number = load double, ptr %number_from
  %number_to = getelementptr double, ptr %x, i64 %take
  store double %number, ptr %number_to"""
_ADD = """\
  %add_to = getelementptr i32, ptr %scatter, i64 %add
  %where = load i32, ptr %add_to
  %sum_at = getelementptr double, ptr %out, i32 %where
  %sum = load double, ptr %sum_at
  %slope_from = getelementptr double, ptr %slopes, i64 %add
  %slope = load double, ptr %slope_from
  %new = fadd double %sum, %slope
  store double %new, ptr %sum_at"""


class Looped:
    """The functions of a matrix in pieces, as `Parts` has them: `run`, and what it calls; `kept` is what they read."""

    slots = 0  # numbers wait on the stack

    def __init__(self, matrix: InPieces) -> None:
        self.kept: list[Any] = []
        self.sparsity = matrix.sparsity
        texts, operations = [COPY], 0
        for k, alike in enumerate(kinds := matrix.kinds):
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
        pieces = alike.pieces
        taken = len(alike.gather) // pieces
        differing = len(alike.constants) // pieces
        piece = f"""\
  %g = mul i64 %piece, {taken}
  %gather = getelementptr i32, ptr {self._array("i", alike.gather)}, i64 %g
{_each("take", taken, "piece_do", _TAKE, "take_do")}
  %c = mul i64 %piece, {differing}
  %c_from = getelementptr double, ptr {self._array("d", alike.constants)}, i64 %c
  %c_to = getelementptr double, ptr %x, i64 {taken}
  call void @llvm.memcpy.p0.p0.i64(ptr %c_to, ptr %c_from, i64 {8 * differing}, i1 false)
  %code = call i32 @run{k}(ptr %x, ptr %y, ptr %w)
  %fine = icmp eq i32 %code, {DONE}
  br i1 %fine, label %give, label %failed
give:
  %s = mul i64 %piece, {given}
  %scatter = getelementptr i32, ptr {self._array("i", alike.scatter)}, i64 %s
  %slopes = getelementptr double, ptr %y, i64 {len(alike.results)}
{_each("add", given, "give", _ADD, "add_do")}"""
        return f"""\
define internal i32 @loop{k}(ptr noalias %in, ptr noalias %out) nounwind {{
start:
  %x = alloca [{taken + differing} x double]
  %y = alloca [{len(alike.results) + given} x double]
  %w = alloca [{max(slots, 1)} x double]
{_each("piece", pieces, "start", piece, "add_done")}
  ret i32 {DONE}
failed:
  ret i32 {FAILED}
}}"""
