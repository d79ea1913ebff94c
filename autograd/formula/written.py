"""A number that is only written down: `Formula`, and what it simplifies.

Rules can be read in Formulas as in any other kind of number; what comes out are the labels of a diagram's edges. They
simplify only what is never written (`1 x`, `x + 0`, `x^1`), and keep the author's order of terms and factors.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from autograd import ops
from autograd.arithmetic import number
from autograd.formula.notation import NOTATIONS
from autograd.op import Op, Reading
from autograd.typeset.symbols import PRODUCT, binding, taken_by

__all__ = ["MAX_SYMBOLS", "Formula", "definition", "same"]

MAX_SYMBOLS = 10_000


class Formula(Reading):
    """A number only written down: a symbol, a constant, or a function of other Formulas.

    >>> x, y = Formula("x"), Formula("y")
    >>> f = ops.cos(x**2 * y) / 2
    >>> f.text, f.python
    ('cos(x²y)/2', 'cos(x**2 * y) / 2')
    """

    __slots__ = ("_written", "args", "head", "size", "taken")
    concrete = False

    def __init__(
        self, head: str | float | Op, args: tuple[Formula, ...] = (), taken: frozenset[str] = frozenset()
    ) -> None:
        self.head = head
        self.args = args
        self.size: int = 1 + sum(a.size for a in args)
        # The letters of constants that are something else here, or beside this in a picture: where e is a label, e^x
        # would be a power of it.
        self.taken = taken if args or not isinstance(head, str) else taken | taken_by([head])
        for a in args:
            self.taken |= a.taken
        self._written: dict[str, str] = {}

    @classmethod
    def of(cls, x: Any) -> Formula:
        """`x` if it is a Formula, else the constant `x`."""
        return x if isinstance(x, Formula) else cls(number(x))

    @classmethod
    def read(cls, op: Op, args: tuple[Any, ...]) -> Formula:
        """`op` of `args` written down, and simplified if it is never written so."""
        formulas = tuple(cls.of(a) for a in args)
        simplify = _SIMPLIFY.get(op)
        return (simplify(*formulas) if simplify else None) or cls(op, formulas)

    @property
    def tex(self) -> str:
        """In TeX's mathematics mode."""
        return self._write("tex")

    @property
    def text(self) -> str:
        """In Unicode, on one line."""
        return self._write("text")

    @property
    def python(self) -> str:
        """As a Python expression of the functions of this package."""
        return self._write("python")

    def factor(self, notation: str) -> str:
        """In a notation, in parentheses where that is an expression: what is put after a ∂."""
        written = self._write(notation)
        whole = not self.args and (not isinstance(self.head, str) or binding(self.head) > PRODUCT)
        return written if whole else f"({written})"

    @property
    def svg(self) -> str:
        """Typeset, as SVG in the colour of the surrounding text; needs `ziamath`."""
        from autograd.typeset.label import Math
        from autograd.typeset.svg import lines_svg

        return lines_svg(Math(self.tex, self.text), self.text)

    def _write(self, notation: str) -> str:
        if notation not in self._written:
            if self.size > MAX_SYMBOLS:
                raise ValueError(
                    f"Written out, this formula has {self.size} symbols, more than {MAX_SYMBOLS}; "
                    "give labels to nodes on the way, which then stand for themselves."
                )
            self._written[notation] = NOTATIONS[notation](self)
        return self._written[notation]

    def __repr__(self) -> str:
        return f"Formula({self.text if self.size <= MAX_SYMBOLS else f'... {self.size} symbols'})"

    def _repr_latex_(self) -> str | None:
        return rf"$\displaystyle {self.tex}$" if self.size <= MAX_SYMBOLS else None

    # Comparisons are written down, too, for `where`. So formulas are compared by `same`.
    __hash__ = object.__hash__

    def __gt__(self, other: Any) -> Formula:
        return Formula(">", (self, Formula.of(other)))

    def __ge__(self, other: Any) -> Formula:
        return Formula("≥", (self, Formula.of(other)))

    def __lt__(self, other: Any) -> Formula:
        return Formula("<", (self, Formula.of(other)))

    def __le__(self, other: Any) -> Formula:
        return Formula("≤", (self, Formula.of(other)))

    def __eq__(self, other: object) -> Any:
        return Formula("=", (self, Formula.of(other)))

    def __and__(self, other: Formula) -> Formula:
        return Formula("=", (self, other))  # of equations, which `where` passes over


def same(x: Formula, y: Formula) -> bool:
    """Whether two formulas are written alike."""
    return x is y or (x.size == y.size <= MAX_SYMBOLS and x.python == y.python)


def definition(f: Formula) -> Formula | None:
    """What a function of machine learning is made of, σ(s) as 1/(1 + e^-s); None for any other formula."""
    meaning = _DEFINITIONS.get(f.head) if isinstance(f.head, Op) else None
    return meaning(*f.args) if meaning else None


_DEFINITIONS: dict[Op, Callable[..., Formula]] = {
    ops.relu: lambda s: ops.maximum(0, s),
    ops.sigmoid: lambda s: 1 / (1 + ops.exp(-s)),
    ops.softplus: lambda s: ops.log(1 + ops.exp(s)),
}


# -- what is never written ------------------------------------------------------------------------------------
# Each returns the simpler formula, or None where there is nothing to simplify.


def _has_head(x: Formula, head: str | Op) -> bool:
    return x.head == head


def _fixed(x: Formula) -> float | None:
    return x.head if isinstance(x.head, (int, float)) else None


def _fold(f: Callable[..., float], *args: Formula) -> Formula | None:
    constants = [_fixed(x) for x in args]
    return None if None in constants else Formula.of(f(*constants))


def _simpler_add(x: Formula, y: Formula) -> Formula | None:
    if _fixed(x) == 0:
        return y
    if _fixed(y) == 0:
        return x
    if _has_head(y, ops.neg):
        return x - y.args[0]
    return _fold(lambda a, b: a + b, x, y)


def _simpler_sub(x: Formula, y: Formula) -> Formula | None:
    if _fixed(x) == 0:
        return -y
    if _fixed(y) == 0:
        return x
    if _has_head(y, ops.neg):
        return x + y.args[0]
    return _fold(lambda a, b: a - b, x, y)


def _simpler_neg(x: Formula) -> Formula | None:
    return x.args[0] if _has_head(x, ops.neg) else _fold(lambda a: -a, x)


def _simpler_mul(x: Formula, y: Formula) -> Formula | None:
    if 0 in (_fixed(x), _fixed(y)):
        return Formula(0)
    if _fixed(x) == 1:
        return y
    if _fixed(y) == 1:
        return x
    if _fixed(x) == -1:
        return -y
    if _has_head(x, ops.neg):
        return -(x.args[0] * y)
    if _has_head(y, ops.neg):
        return -(x * y.args[0])
    if _fixed(x) is None and same(x, y):
        return x**2
    if _has_head(y, ops.mul) and _fixed(x) is not None and _fixed(y.args[0]) is not None:
        return (x * y.args[0]) * y.args[1]
    if _has_head(y, ops.div) and _fixed(y.args[0]) == 1 and x.head not in _SPLIT_NUMERATORS:
        return x / y.args[1]
    return _fold(lambda a, b: a * b, x, y)


def _simpler_div(x: Formula, y: Formula) -> Formula | None:
    if _fixed(x) == 0:
        return x
    if _fixed(y) == 1:
        return x
    if _has_head(x, ops.neg):
        return -(x.args[0] / y)
    if (a := _fixed(x)) is not None and a < 0:
        return -(-x / y)
    if _has_head(x, ops.div):
        return x.args[0] / (x.args[1] * y)
    return None


_SPLIT_NUMERATORS = (ops.add, ops.sub, ops.sum)  # no numerators of fractions


def _simpler_power(x: Formula, n: Formula) -> Formula | None:
    if _fixed(n) == 1 or _fixed(x) == 1:
        return x
    if _fixed(n) == 0:
        return Formula(1)
    if _has_head(x, ops.power) and ((k := _fixed(x.args[1])) or 0.5) % 1 == 0 == ((m := _fixed(n)) or 0.5) % 1:
        return x.args[0] ** (k * m)  # type: ignore[operator]  # neither is None
    if _fixed(n) == 2 and _has_head(x, ops.sqrt):
        return x.args[0]
    if _fixed(n) == 2 and _has_head(x, ops.div) and _fixed(x.args[0]) == 1:
        return 1 / x.args[1] ** 2
    return None


_OPPOSITE = {">": "≤", "≤": ">", "<": "≥", "≥": "<"}


def _simpler_where(condition: Formula, a: Formula, b: Formula) -> Formula | None:
    if _has_head(condition, "="):  # a single point, of which a formula says nothing
        return b
    if _has_head(b, ops.WHERE) and b.args[0].head == _OPPOSITE[str(condition.head)]:
        return ops.where(condition, a, b.args[1])  # type: ignore[no-any-return]  # what is left over is NaN
    return None


_SIMPLIFY: dict[Op, Callable[..., Formula | None]] = {
    ops.identity: lambda x: x,
    ops.log: lambda x: Formula(1) if _fixed(x) == math.e else None,
    ops.add: _simpler_add,
    ops.sub: _simpler_sub,
    ops.neg: _simpler_neg,
    ops.mul: _simpler_mul,
    ops.div: _simpler_div,
    ops.power: _simpler_power,
    ops.pow: lambda x, y: Formula.read(ops.power, (x, y)) if _fixed(y) is not None else None,
    ops.WHERE: _simpler_where,
    ops.difference: lambda x, y: x - y,
    ops.SHIFT: lambda *xs: Formula(0),  # which changes nothing but rounding
}
