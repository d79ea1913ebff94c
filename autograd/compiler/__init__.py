"""Scalar code as readable programs: graph -> terms -> source -> engines.

`trace` records one run of a function. Its graph is read in `terms`, formulas of which no two are alike; there the chain
rule is applied, as often as asked, and functions are taken apart into what `math` has. `source` writes the terms down
as Python, and engines run that.

A model's loss of one row goes another way: its graph is brought into normal form (`normal`), in which sums of products
are recognised; nodes of one level and op become `blocks`, these become Terms that are arrays (`forward`), to which the
chain rule is applied (`backward`), and those are written down as a program over all rows of data.
"""

from autograd.compiler.errors import CompileError
from autograd.compiler.record.compiled import Compiled, compile
from autograd.compiler.rows.outputs import RowOutputs, compile_outputs
from autograd.compiler.rows.rows import RowProgram, compile_rows

__all__ = ["CompileError", "Compiled", "RowOutputs", "RowProgram", "compile", "compile_outputs", "compile_rows"]
