"""Pieces that are alike, in Python: a loop that takes numbers and constants, and adds what it makes of them."""

from __future__ import annotations

from collections.abc import Mapping

from autograd.compiler.record.program import Program
from autograd.compiler.terms.lowering import QUIET, lower
from autograd.compiler.terms.pieces import InPieces
from autograd.compiler.terms.terms import Term, reachable
from autograd.compiler.text.notation import PYTHON
from autograd.compiler.text.source import Writer, indented
from autograd.op import Op

__all__ = ["PieceBody"]


class PieceBody:
    """The statements that give a sparse matrix in pieces, with texts of all `numbers` of the arguments.

    - `raises`: whether Python might, in one of the `lines`.
    """

    def __init__(self, program: Program, numbers: Mapping[Term, str], found: InPieces) -> None:
        names, objects = program.names.copy(), program.objects
        outside = [f"{objects.name('w', leaf)}.data" for leaf in program.table.variables]
        given, entries, self.raises = names.new("numbers"), names.new("entries"), False
        self.lines = [
            f"{given} = [{', '.join([*numbers.values(), *outside])}]",
            f"{entries} = {objects.name('start', found.start)}.copy()",
        ]
        for alike in found.kinds:
            roots = lower([*alike.results, *alike.slopes])
            needed, slopes = reachable(roots), roots[len(alike.results) :]
            # What might raise is computed even if it is not returned, so that an error outside the domain is seen.
            errors = [x for x in needed if isinstance(x.head, Op) and x.head not in QUIET]
            self.raises |= bool(errors)
            columns = [
                [row[i :: len(row) // alike.pieces] for i in range(len(row) // alike.pieces)]
                for row in (alike.gather, alike.constants, alike.scatter)
            ]
            taken, constants, places = [
                [names.new(stem) for _ in some] for stem, some in zip("ick", columns, strict=True)
            ]
            xs = [names.new("x") for _ in taken]
            data = objects.name("pieces", [*zip(*columns[0], *columns[1], *columns[2], strict=True)])
            writer = Writer(dict(zip(alike.inputs, [*xs, *constants], strict=True)), roots, names, PYTHON)
            writer.write(errors, {*errors})
            written = writer.write(slopes)
            body = [
                *(f"{x} = {given}[{i}]" for x, i in zip(xs, taken, strict=True)),
                *writer.page(),
                *(f"{entries}[{k}] += {text}" for k, text in zip(places, written, strict=True)),
            ]
            self.lines += [f"for ({', '.join([*taken, *constants, *places])},) in {data}:", *indented(body)]
        self.lines.append(f"return {objects.name('sparse', found.sparsity.array)}({entries})")
