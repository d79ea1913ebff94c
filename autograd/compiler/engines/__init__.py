"""How programs run: one call at a time, on columns, in machine code, in any array library.

An engine is a value, see `engine.Engine`; a new one is a file here and an entry in `ENGINES`.
"""

from autograd.compiler.engines import blockwise, llvm, single

__all__ = ["ENGINES"]

ENGINES = {engine.name: engine for engine in (single.ENGINE, blockwise.ENGINE, llvm.ENGINE)}
