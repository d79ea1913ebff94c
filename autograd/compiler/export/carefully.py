"""What programs saved as Python do where Python raises; their files carry the text of this module.

Often Python raises where there is a number: exp(1000) is inf, as is the slope of the square root at 0. So the call is
made again in numbers that follow IEEE 754 and note where a function is asked outside its domain. It is an error if the
value of the function needs that; if only derivatives do, they are NaN or infinite.
"""

from __future__ import annotations

import math
import operator
from types import FunctionType
from typing import Any

from autograd.edges import OVERFLOWS, POLES, ieee_ratio

__all__ = ["again"]


class _Careful(float):
    notes: list[str]

    def __truediv__(self, other: Any) -> Any:
        return _divided(self, other)

    def __rtruediv__(self, other: Any) -> Any:
        return _divided(other, self)


def _careful(x: float, notes: list[str]) -> _Careful:
    number = _Careful(x)
    number.notes = notes
    return number


def _divided(x: Any, y: Any) -> _Careful:
    notes = x.notes if isinstance(x, _Careful) else y.notes
    if y == 0 and x == x:
        notes.append("a number is divided by 0")
    return _careful(ieee_ratio(float(x), float(y)), notes)


def _follow(name: str) -> None:
    f = getattr(operator, name)
    setattr(_Careful, name, lambda x, *y: _careful(f(float(x), *map(float, y)), x.notes))
    reflected = name.replace("__", "__r", 1)
    if name not in ("__neg__", "__abs__"):
        setattr(_Careful, reflected, lambda x, y: _careful(f(float(y), float(x)), x.notes))


for _name in ("__add__", "__sub__", "__mul__", "__neg__", "__abs__"):
    _follow(_name)


def _noting(name: str, f: Any, notes: list[str]) -> Any:
    def function(*xs: Any) -> Any:
        numbers = [float(x) for x in xs]
        try:
            y = f(*numbers) + (0.0 if name == "sqrt" else -0.0)  # not -0.0 at -0.0, for the sign of 1 / sqrt
        except OverflowError:
            y = OVERFLOWS[name](*numbers) if name in OVERFLOWS else math.inf
        except ValueError:
            notes.append(f"{name}({', '.join(map(repr, numbers))}) is not defined")
            y = POLES[name](*numbers) if name in POLES else math.nan
        return _careful(y, notes)

    return function


def again(value: Any, function: Any, *args: float) -> Any:
    """Make a call again in such numbers; computing `value` decides whether it is an error."""
    found: Any = None
    for program, count in ((value, value.__code__.co_argcount), (function, len(args))):
        notes: list[str] = []
        names = {name: f for name, f in program.__globals__.items() if name in program.__code__.co_names}
        functions = {name: _noting(name, f, notes) if callable(f) else f for name, f in names.items()}
        found = FunctionType(program.__code__, functions)(*[_careful(x, notes) for x in args[:count]])
        if notes and program is value:
            raise ValueError(f"The function is asked outside its domain: {notes[0]}.")
    return _as_floats(found)


def _as_floats(found: Any) -> Any:
    if isinstance(found, dict):
        return {key: _as_floats(x) for key, x in found.items()}
    if isinstance(found, (list, tuple)):
        return type(found)([_as_floats(x) for x in found])
    return found if isinstance(found, bool) else float(found)
