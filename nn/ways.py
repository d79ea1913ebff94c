"""Whether a training is compiled, and why it is not."""

from __future__ import annotations

import math
from concurrent.futures import Executor
from functools import partial

from nn import descent as descents
from nn.chance import undrawn
from nn.compiled import CompiledDescent
from nn.objective import Objective
from nn.optimizers import Optimizer

__all__ = ["descent"]


def descent(
    training: Objective,
    optimizer: Optimizer,
    epochs: float,
    size: int,
    wanted: bool | None,
    executor: Executor | None,
    shards: int,
) -> descents.Descent:
    """The steps of a training on `size` rows each, by a compiled program or scalar by scalar.

    `wanted` is the argument `compile` of `fit`, the others are called as there.
    """
    wanted = True if executor is not None and wanted is None else wanted

    def eager(reason: str) -> descents.Descent:
        return descents.Descent(training, optimizer, descents.Compilation(reason))

    if wanted is False:
        return eager("compile=False asks for a training scalar by scalar.")
    if wanted is None and eager("").work(epochs) < descents.WORTH:
        return eager("So few epochs of so few rows are done before a program is written.")
    from autograd import CompileError  # loads the compiler

    try:
        with undrawn(training.model, training.loss):
            compiled = CompiledDescent(training, optimizer, executor, shards)
        with undrawn(training.model, training.loss):  # also from what was made in the first call
            if not compiled.is_the_same(size):
                return eager("The loss of the first step is not finite, or raises an error.")
        again = partial(descent, training, optimizer, math.inf, size, wanted, executor, shards)
        compiled.again, compiled.wanted = again, wanted is True
        return compiled
    except Exception as error:
        # Of functions of the user's, too: they raise again in the eager loop, or were never meant for a program.
        if not wanted:
            return eager(str(error) or type(error).__name__)
        row = getattr(error, "row", 0)  # the first one that cannot be computed
        training([training.rows[row]], "step 1 (epoch 1)")  # raises what is wrong even without compiling
        if isinstance(error, CompileError):
            raise
        raise CompileError(f"The loss of a row cannot be compiled: {error}") from error
