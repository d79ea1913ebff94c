"""A user's own elementary functions: `custom` adds one to the table."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from keyword import iskeyword
from reprlib import repr as short
from types import CodeType
from typing import Any

from autograd.op import TABLE, Domain, Op

__all__ = ["CustomOp", "custom"]


class CustomOp(Op):
    """A user's own function, whose rule may have mistakes that those of the table do not have."""

    def read(self, m: Any, operands: Sequence[Any]) -> tuple[Any, tuple[Any, ...]]:
        """The rule read; TypeError where it does not give the value and a partial derivative for each operand."""
        match found := self.rule(m, *operands):
            case (value, (tuple() | list()) as partials) if len(partials) == self.arity:
                if not any(isinstance(x, _NO_NUMBERS) for x in (value, *partials)):
                    return value, tuple(partials)
        raise TypeError(
            f"The rule of {self.name} returns the value and a tuple of {self.arity} partial derivative(s), "
            f"as in (y, (dy_d{', dy_d'.join(self.arguments)},)); got {short(found)}."
        )


def custom(
    name: str,
    rule: Callable[..., tuple[Any, tuple[Any, ...]]],
    *,
    doc: str = "",
    domain: Domain | None = None,
    kink: Callable[..., Any] | None = None,
    symbol: str = "",
) -> Op:
    """A new elementary function, which differentiates, draws and compiles like those of the table.

    - `name`: a Python identifier that the table does not have. A custom function that has it already is replaced, so
      that a notebook's cell can be run again.
    - `rule`: takes a namespace `m` and the arguments, and returns the value and a tuple of the partial derivatives. It
      uses arithmetic and functions of `m` alone (`m.exp`, `m.where`, ...), so that it can also be read as a graph.
    - `domain`, `kink`, `symbol`: as in the table; None and "" if there is nothing to say.

    Raises ValueError where the name is taken or no identifier, TypeError where the rule is no function of `m` and one
    argument or more. The new function raises TypeError where the rule returns too few partial derivatives.

    >>> square = custom("square", lambda m, x: (x * x, (2 * x,)))
    >>> from autograd import grad
    >>> square(3.0), grad(square)(3.0), grad(grad(square))(3.0)
    (9.0, 6.0, 2.0)
    """
    if not name.isidentifier() or iskeyword(name) or not isinstance(TABLE.get(name), CustomOp | None):
        raise ValueError(f"A custom function needs a name of its own, an identifier; {name!r} is not.")
    code = getattr(rule, "__code__", None)
    if not isinstance(code, CodeType) or code.co_argcount < 2 or code.co_flags & _VARIADIC:
        raise TypeError(f"The rule of {name} is a function such as lambda m, x: (y, (dy_dx,)); got {short(rule)}.")
    TABLE[name] = op = CustomOp(name, rule, doc, domain=domain, kink=kink, symbol=symbol)
    return op


_NO_NUMBERS = (type(None), str, bytes, complex, tuple, list, dict)
_VARIADIC = 0x04 | 0x08  # the flags of code that takes *args or **kwargs
