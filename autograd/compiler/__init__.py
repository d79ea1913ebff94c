"""Scalar code as readable programs: graph -> terms -> source -> engines.

`trace` records one run of a function. Its graph is read in `terms`, formulas of which no two are alike; there the chain
rule is applied, as often as asked, and functions are taken apart into what `math` has. `source` writes the terms down
as Python, and engines run that.
"""

from autograd.compiler.compiled import Compiled, compile
from autograd.compiler.errors import CompileError

__all__ = ["CompileError", "Compiled", "compile"]
