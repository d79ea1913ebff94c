"""What a row of the table is: `Op`, a function that can be read in any kind of number."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any, ClassVar, NamedTuple, Self, TypeVar

from autograd.arithmetic import FLOATS, IEEE, DomainError, IeeeFloat, in_ieee, later_of, number

__all__ = ["TABLE", "Domain", "DotOp", "Op", "Reading", "VectorOp", "as_float", "evaluate"]

N = TypeVar("N", bound="Reading")
TABLE: dict[str, Op] = {}  # all rows by name; `ops` and `custom` fill it


def _operator_pair(name: str) -> tuple[Callable[[N, Any], N], Callable[[N, Any], N]]:
    """The methods for `self op other` and, reflected, `other op self`."""
    return lambda x, y: x.read(TABLE[name], (x, y)), lambda x, y: x.read(TABLE[name], (y, x))


class Reading:
    """A kind of number that rules can be read in, besides floats: `Value`, `Formula`, the `Series` of `taylor`.

    A kind says what `read` returns; arithmetic follows, and so do the functions of `ops`. It says itself how its
    numbers are compared, and with which namespace it reads rules: `ops`, or a `namespace` of functions of its own.
    """

    __slots__ = ()
    concrete: ClassVar[bool] = True  # whether it holds `data`, and comparisons return bools
    data: float

    def __init__(self, data: Any) -> None:
        raise NotImplementedError  # every kind says for itself

    @classmethod
    def read(cls, op: Op, args: tuple[Any, ...]) -> Any:
        """What `op` makes of `args`, its operands in one row, at least one of which is of this kind."""
        raise NotImplementedError  # every kind says for itself

    @classmethod
    def read_linear(cls, op: LinearOp, w: tuple[Any, ...], x: tuple[Any, ...], bias: Any) -> Any:
        """What `op` makes of the vectors `w` and `x`, of one length, and `bias`, at least one being of this kind."""
        return cls.read(op, (*w, *x, bias))

    __add__, __radd__ = _operator_pair("add")
    __sub__, __rsub__ = _operator_pair("sub")
    __mul__, __rmul__ = _operator_pair("mul")
    __truediv__, __rtruediv__ = _operator_pair("div")
    __pow__, __rpow__ = _operator_pair("pow")

    def __neg__(self) -> Self:
        return self.read(TABLE["neg"], (self,))  # type: ignore[no-any-return]  # what is read of one kind is of that kind

    def __abs__(self) -> Self:
        return self.read(TABLE["abs"], (self,))  # type: ignore[no-any-return]  # likewise


class Domain(NamedTuple):
    """Where a function is defined: `description` as in "log is defined for x > 0", and the same as a test.

    Tests that say `&` and `|` in place of `and` and `or` can be read like rules, too.
    """

    description: str
    contains: Callable[..., bool]


class _Signature:
    """What `inspect.signature` shows of an op: the arguments of its rule but the namespace."""

    def __get__(self, op: Op | None, kind: type) -> Any:
        if op is None:
            raise AttributeError  # of the class itself it is found as usual
        from inspect import signature  # takes as long to import as all of this package's core

        shown = signature(op.rule)
        return shown.replace(parameters=[*shown.parameters.values()][1:])


class Op:
    """An elementary function: of numbers it returns a float, of Values a Value, of Formulas a Formula.

    - `name`: what it is called.
    - `rule`: takes a namespace `m` and the arguments, of which the last may have defaults, and returns the value and a
      tuple of the partial derivatives.
    - `doc`: what it is, in a sentence; its docstring adds what it raises.
    - `domain`: where it is defined; None where that is everywhere.
    - `kink`: takes what the rule takes, and is zero where the slope jumps.
    - `symbol`: how mathematicians write the name, if differently.
    - `value`: takes what the rule takes and returns the value, for namespaces that lack the function, as `math` does.
    - `constant_last`: the row that serves when the last operand is a plain number.
    """

    composed: Callable[[Any, Sequence[Any]], Any] | None = None  # makes Terms where it is no operation on numbers
    vectors = 0  # how many of the first arguments are sequences; see VectorOp and DotOp
    __signature__ = _Signature()

    def __init__(
        self,
        name: str,
        rule: Callable[..., tuple[Any, tuple[Any, ...]]],
        doc: str = "",
        *,
        domain: Domain | None = None,
        kink: Callable[..., Any] | None = None,
        symbol: str = "",
        value: Callable[..., Any] | None = None,
        constant_last: Op | None = None,
    ) -> None:
        self.name = self.__name__ = name
        self.rule = rule
        outside = f", DomainError unless {domain.description}" if domain else ""
        self.__doc__ = f"{doc} Raises TypeError for what is no number{outside}.".lstrip()
        self.domain, self.kink, self.value = domain, kink, value
        self.symbol = symbol or name
        self.constant_last = constant_last
        self.arguments = rule.__code__.co_varnames[1 : rule.__code__.co_argcount]
        self.arity = len(self.arguments)
        self.defaults: tuple[float, ...] = rule.__defaults__ or ()
        for m in (FLOATS, IEEE):
            self.complete(m)

    def __call__(self, *args: Any, **named: Any) -> Any:
        """The op of `args`: of numbers a float, else of the kind that the first special one is."""
        if named or (len(args) != self.arity and not self.vectors):
            args = self._complete_call(args, named)
        try:
            for x in args:
                if isinstance(x, Reading):
                    return x.read(self, args)
            return evaluate(self, [as_float(x) for x in args], args)[0]
        except TypeError:
            held = [_holding(x) for x in args]
            if all(x is y for x, y in zip(args, held, strict=True)):
                raise
        return Op.__call__(self, *held)

    def _complete_call(self, args: tuple[Any, ...], named: dict[str, Any]) -> tuple[Any, ...]:
        """All arguments in their order; TypeError where there are too few, too many, or others."""
        missing = self.arity - len(args)
        if not named and 0 < missing <= len(self.defaults):
            return (*args, *self.defaults[-missing:])
        given = dict(zip(self.arguments, args, strict=False))
        found = dict(zip(self.arguments[self.arity - len(self.defaults) :], self.defaults, strict=True)) | given | named
        if len(args) > self.arity or found.keys() != {*self.arguments} or not given.keys().isdisjoint(named):
            got = ", ".join([str(len(args)), *named])
            raise TypeError(f"{self.name} takes {self.arity} argument(s), got {got}.")
        return tuple(found[name] for name in self.arguments)

    def complete(self, m: Any) -> None:
        """Give the namespace `m` this function, if it lacks it and the row says how others make it up."""
        if self.value is not None and not hasattr(m, self.name):
            setattr(m, self.name, partial(self.value, m))

    def operands(self, args: tuple[Any, ...]) -> tuple[Any, ...]:
        """The arguments in one row: the entries of vectors, then the scalars."""
        return args

    def read(self, m: Any, operands: Sequence[Any]) -> tuple[Any, tuple[Any, ...]]:
        """The rule read with namespace `m`, its operands and partials in one row each."""
        return self.rule(m, *operands)

    def __repr__(self) -> str:
        return f"<op {self.name!r}>"

    def __reduce__(self) -> tuple[Any, ...]:
        return _by_name, (self.name,)  # as functions are; a program that loads it must have the function

    def __copy__(self) -> Op:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Op:
        return self


class VectorOp(Op):
    """An op of one sequence and perhaps scalars, such as `sum`; its rule groups the partials as the arguments."""

    vectors = 1

    def __call__(self, values: Iterable[Any]) -> Any:
        """The op of the numbers in `values`."""
        return super().__call__(*values)

    def operands(self, args: tuple[Any, ...]) -> tuple[Any, ...]:
        """The numbers of the sequence."""
        return tuple(args[0])

    def read(self, m: Any, operands: Sequence[Any]) -> tuple[Any, tuple[Any, ...]]:
        """The rule of one sequence, the partials in one row."""
        n = len(operands) - (self.arity - 1)
        value, (partials, *slopes) = self.rule(m, operands[:n], *operands[n:])
        return value, (*partials, *slopes)


class DotOp(Op):
    """An op of two sequences of one length and perhaps a scalar; its rule groups the partials as the arguments."""

    vectors = 2

    def __call__(self, w: Iterable[Any], x: Iterable[Any], *scalars: Any) -> Any:
        """The op of `w`, `x` and what else the row takes; ValueError where the lengths differ."""
        w, x = tuple(w), tuple(x)
        if len(w) != len(x) or len(scalars) != self.arity - 2:
            raise ValueError(
                f"{self.name} takes {' and '.join(self.arguments)}, the first two of one length; "
                f"got {len(w)} and {len(x)} numbers and {len(scalars)} more argument(s)."
            )
        operands = (*w, *x, *scalars)
        for operand in operands:
            if isinstance(operand, Reading):
                return operand.read(self, operands)
        return evaluate(self, [as_float(operand) for operand in operands], operands)[0]

    def operands(self, args: tuple[Any, ...]) -> tuple[Any, ...]:
        """The numbers of both sequences, then the scalar."""
        return (*args[0], *args[1], *args[2:])

    def read(self, m: Any, operands: Sequence[Any]) -> tuple[Any, tuple[Any, ...]]:
        """The rule of two sequences and perhaps a scalar, the partials in one row."""
        n = (len(operands) - (self.arity - 2)) // 2
        value, (dw, dx, *slopes) = self.rule(m, operands[:n], operands[n : 2 * n], *operands[2 * n :])
        return value, (*dw, *dx, *slopes)


class LinearOp(DotOp):
    """The sum of a neuron, w·x + bias. Networks do little else, so weights that are Values take a short way."""

    def __call__(self, w: Iterable[Any], x: Iterable[Any], bias: Any) -> Any:
        """The op of `w`, `x` and `bias`; ValueError where the lengths differ."""
        w, x = tuple(w), tuple(x)
        if w and len(w) == len(x) and isinstance(w[0], Reading):
            return w[0].read_linear(self, w, x, bias)
        return super().__call__(w, x, bias)


def evaluate(op: Op, xs: Sequence[float], operands: Sequence[Any]) -> tuple[float, tuple[float, ...]]:
    """Value and partials of `op` at `xs`; where an operand has a `label`, an error names it.

    Raises DomainError outside the op's domain, unless within `ieee()`.
    """
    try:
        return op.read(FLOATS, xs)
    except (ArithmeticError, ValueError):  # a pole, an overflow, or outside the domain: let IEEE 754 decide
        value, partials = op.read(IEEE, [IeeeFloat(x) for x in xs])
    outside = op.domain is not None and not any(x != x for x in xs) and not op.domain.contains(*xs)
    if outside and (later := later_of()) is not None and not any(isinstance(x, Reading) for x in operands):
        return later(op, xs), ()
    if outside and op.domain and not in_ieee():
        several = op.arity > 1  # whose names tell them apart, and are not those of the user's variables
        got = ", ".join(
            f"{name + ' = ' if several else ''}{x!r}{_label(operand)}"
            for name, x, operand in zip(op.arguments, xs, operands, strict=True)
        )
        called = f"{op.name}({', '.join(op.arguments)})" if several else op.name
        raise DomainError(f"{called} is defined for {op.domain.description}, got {got}")
    return float(value), tuple(map(float, partials))


def as_float(x: Any) -> float:
    """The number that `x` is or, being a Value, holds; TypeError for what is no real number."""
    if type(x) is float:
        return x
    found = x.data if isinstance(x, Reading) else number(x)
    if found is NotImplemented:
        plain = hasattr(x, "shape") and not hasattr(x, "mask")
        kind = f"an array of shape {x.shape}" if plain else f"a {type(x).__name__}"
        raise TypeError(
            f"Functions of Values work on numbers and Values, not on {kind}; "
            "for arrays of Values use NumPy's functions."
        )
    return float(found)


def _holding(x: Any) -> Any:
    """The Value in an array of no dimension, as `np.where` returns it; anything else as it is."""
    if getattr(x, "shape", None) == () and hasattr(x, "item") and isinstance(x.item(), Reading):
        return x.item()
    return x


def _label(operand: Any) -> str:
    label = getattr(operand, "label", None)
    return f" (node {label!r})" if label else ""


def _by_name(name: str) -> Op:
    try:
        return TABLE[name]
    except KeyError:
        raise LookupError(f"There is no function {name!r} here; define it with autograd.custom first.") from None
