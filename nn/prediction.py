"""`predict`: what a model returns for many rows, by a program over all of them."""

import io
import math
import pickle
from collections.abc import Callable, Sequence
from contextlib import suppress
from types import BuiltinFunctionType, FunctionType, ModuleType
from typing import Any
from weakref import WeakKeyDictionary

from autograd import Value, no_grad
from autograd.tree import flatten
from nn.chance import undrawn
from nn.module import Module, evaluating
from nn.objective import array_of, listed, lists_of, row_layout

__all__ = ["predict"]

WORTH = 20_000  # multiplications; fewer are done before a program is written
_kept: WeakKeyDictionary[Any, Any] = WeakKeyDictionary()  # by model what it was like, and its program


def predict(model: Callable[[Any], Any], X: Any) -> Any:
    """What `model` returns for each row of `X`, in evaluation mode: an array, without NumPy a list.

    - `model`: called with one row it returns a Value, or several in a list.
    - `X`: rows as `fit` takes them, lists, arrays or a table of pandas.

    It has a number for each row, or a row of numbers where the model returns several. The model is compiled for all
    rows, and the program is kept for the next call if it is a Module; where that cannot be done, or takes longer, it is
    called row by row. Raises what the model raises.

    >>> from nn import LogisticRegression
    >>> predict(LogisticRegression(2), [[30.0, 1.0], [1.0, 2.0]]).tolist()
    [0.5, 0.5]
    """
    rows = listed(X)
    several, found = False, None
    with evaluating(model.modules() if isinstance(model, Module) else ()):
        if n := len(rows):
            first, several = _eagerly(model, rows[0])
            if n * _work(model) > WORTH:
                with suppress(Exception):  # also one of the model's: it is raised below, or not meant for a program
                    found = _by_program(model, rows, first)
        if found is None:
            found = [first, *(_eagerly(model, rows[i])[0] for i in range(1, n))] if n else []
    try:
        import numpy as np
    except ImportError:
        return found if several else [z for (z,) in found]
    return np.array(found, dtype=float).reshape((n, -1) if several else n)


def _work(model: Any) -> int:
    """About how many multiplications a row takes; of a model that was compiled before it is enough for a program."""
    return (
        WORTH if not isinstance(model, Module) or (_can_be_kept(model) and model in _kept) else len(model.parameters())
    )


def _can_be_kept(model: object) -> bool:
    return isinstance(model, Module) and type(model).__hash__ is not None


def _eagerly(model: Callable[[Any], Any], row: Any) -> tuple[list[float], bool]:
    """The outputs for a row, and whether they come as several."""
    with no_grad():
        z = model(row)
    numbers = flatten(z)[0]
    return [float(x.data if isinstance(x, Value) else x) for x in numbers], not (len(numbers) == 1 and numbers[0] is z)


def _by_program(model: Callable[[Any], Any], rows: Any, first: Sequence[float]) -> Any:
    """The outputs of all rows, None where a program does not compute those of the `first` one."""
    from autograd.compiler import compile_outputs

    program: Any
    now, identities = _likeness(model, rows[0]) if _can_be_kept(model) else (None, [])
    before, _, program = _kept.get(model, (None, [], None)) if now else (None, [], None)
    if program is None or before != now:
        with undrawn(model):
            program = compile_outputs(lambda x: model(x), [rows[0]])
        if now:
            _kept[model] = now, identities, program
    matrix = (array_of if program.engine == "numpy" else lists_of)(range(len(rows)), rows)
    found = program(matrix)
    pairs = zip(found[0], first, strict=True)
    if not all(x == y or abs(x - y) <= 1e-9 * abs(y) + 1e-12 or (x != x and y != y) for x, y in pairs):
        return None
    for i in program.not_finite(found):
        if all(map(math.isfinite, matrix[i])):
            found[i] = _eagerly(model, rows[i])[0]  # which says what is wrong where something is
    return found


def _likeness(model: Any, row: Any) -> tuple[Any, list[Any]]:
    """What a model is made of, None where that cannot be told; and its Values and functions, which are identities."""
    kept: list[Any] = []  # for as long as it is compared, so that nothing else gets its identity

    class Likeness(pickle.Pickler):
        def persistent_id(self, x: Any) -> int | None:
            if isinstance(x, (Value, FunctionType, BuiltinFunctionType, ModuleType, type)):
                kept.append(x)
                return id(x)
            return None

    file = io.BytesIO()
    try:
        Likeness(file, pickle.HIGHEST_PROTOCOL).dump((type(model), vars(model)))
    except Exception:  # what cannot be pickled says so by many kinds of errors
        return None, kept
    return (file.getvalue(), row_layout(row)), kept
