"""How operations on Values are recorded: the modes in which they may not be, and the fast paths of the operators.

`unary`, `binary` and `comparison` give the methods of the class in `value`. That file is loaded after this one, and
puts its class here.
"""

from __future__ import annotations

import operator
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from itertools import compress
from numbers import Real
from typing import Any, TypeVar

from autograd import ops
from autograd.arithmetic import FLOATS, number
from autograd.op import LinearOp, Op, Reading, as_float, evaluate

__all__ = [
    "AnyValue",
    "as_method",
    "binary",
    "born",
    "by_values",
    "comparison",
    "detached",
    "new",
    "no_grad",
    "paused",
    "record",
]
__all__ += ["record_linear", "reflected", "traced", "tracing", "unary"]

Value: Any = None  # the class
AnyValue = Any  # a Value: type checkers see its class only after this file
N = TypeVar("N")  # the same, where type checkers see what a method is of


# -- modes ----------------------------------------------------------------------------------------------------
# Within `no_grad` nothing is recorded. While a function is being compiled, comparisons, `where` and detached numbers
# are recorded too; otherwise they would follow the data of the example.

_modes = 0  # how many such blocks are open in all threads: while none is, asking costs next to nothing
_counting = threading.Lock()
paused: ContextVar[bool] = ContextVar("no_grad", default=False)
traced: ContextVar[Any] = ContextVar("traced", default=None)  # the kind of Value that a function is being compiled with
# Leaves made while a function is being differentiated, which are part of it and not of its surroundings.
born: ContextVar[set[Any] | None] = ContextVar("born", default=None)


@contextmanager
def _mode(variable: ContextVar[Any], setting: Any) -> Iterator[None]:
    global _modes
    token = variable.set(setting)
    with _counting:
        _modes += 1
    try:
        yield
    finally:
        with _counting:
            _modes -= 1
        variable.reset(token)


@contextmanager
def no_grad() -> Iterator[None]:
    """Within `with no_grad():` operations return leaves: the numbers without their history, as in PyTorch.

    Functions of plain numbers return plain numbers anyway. `grad` and the other functions that differentiate record
    what they differentiate even here. Raises nothing of its own.

    >>> from autograd import Value
    >>> x = Value(3.0)
    >>> with no_grad():
    ...     y = x * x
    >>> y.data, y.parents
    (9.0, ())
    """
    with _mode(paused, True):
        yield


@contextmanager
def tracing(kind: Any) -> Iterator[None]:
    """Within this block `kind.adopt` is given each node just recorded, and may make it one of its own kind.

    `kind.compare(relation, x, y)` says what a comparison of any Value x with y returns.
    """
    with _mode(traced, kind):
        yield


def _in_mode(node: AnyValue) -> AnyValue:
    """A node just recorded, as the modes want it."""
    if paused.get():
        if traced.get() is not None:
            return detached(node)
        node.op, node.args, node.parents, node.partials = None, (), (), ()
        if (leaves := born.get()) is not None:
            leaves.add(node)
    elif (kind := traced.get()) is not None:
        kind.adopt(node)
    return node


def detached(x: AnyValue) -> AnyValue:
    """What `x.detach()` is while a function is being compiled: a node through which no derivative passes."""
    token = paused.set(False)
    try:
        return record(ops.DETACH, (x,))
    finally:
        paused.reset(token)


# -- nodes ----------------------------------------------------------------------------------------------------
# `record` is the general case. The methods that `unary` and `binary` make do the same for one and two operands in a
# third of the time, and leave to `record` whatever raises.

new: Any = object.__new__


def record(op: Op, args: tuple[Any, ...]) -> AnyValue:
    """A node for `op` of `args`: the Values among them become its parents, constants stay constants."""
    xs = [x._data for x in args if x.__class__ is Value]
    if all_values := len(xs) == len(args):
        parents = args
    else:
        try:
            args = tuple([x if x.__class__ is float or isinstance(x, Value) else _plain_number(x) for x in args])
        except TypeError:
            for x in args:  # another kind of number, for which Values are constants
                if isinstance(x, Reading) and not isinstance(x, Value):
                    return x.read(op, args)
            raise
        is_value = [isinstance(x, Value) for x in args]
        parents = tuple(compress(args, is_value))
        xs = [x._data if yes else float(x) for x, yes in zip(args, is_value, strict=True)]
    if op.constant_last is not None and not isinstance(args[-1], Value):
        op = op.constant_last
    node = new(parents[0].__class__)
    node._data, partials = evaluate(op, xs, args)
    node.op, node.args, node.parents = op, args, parents
    node._partials = partials if all_values else tuple(compress(partials, is_value))
    node.grad = node.label = None
    return node if not _modes else _in_mode(node)


def by_values(args: Sequence[Any], partials: Sequence[Any]) -> list[Any]:
    """The partial derivatives that belong to a node's edges: those with respect to the Values among `args`."""
    return [d for x, d in zip(args, partials, strict=True) if isinstance(x, Value)]


def record_linear(op: LinearOp, w: tuple[Any, ...], x: tuple[Any, ...], bias: Any) -> AnyValue:
    """`record` for the sum of a neuron, fast for inputs that are all Values or all plain numbers."""
    global _inputs
    node = new(w[0].__class__)
    try:
        ws = [v._data for v in w]
        if x[0].__class__ is Value:
            xs = [v._data for v in x]
            node._data = FLOATS.linear(ws, xs, bias._data)
            node.args = node.parents = (*w, *x, bias)
            node._partials = (*xs, *ws, 1.0)
        else:
            if (inputs := _inputs)[0] is not x:
                inputs = _inputs = _plain_inputs(x)
            node._data = FLOATS.linear(ws, inputs[1], bias._data)
            node.args, node.parents, node._partials = (*w, *x, bias), (*w, bias), inputs[2]
    except (ArithmeticError, ValueError, AttributeError, TypeError):  # the last two: there are other numbers among them
        return record(op, (*w, *x, bias))
    node.op = op
    node.grad = node.label = None
    return node if not _modes else _in_mode(node)


def _plain_inputs(x: tuple[Any, ...]) -> tuple[tuple[Any, ...], Sequence[float], tuple[float, ...]]:
    """Inputs, the same as floats, and the partials in weights and bias; TypeError for others than floats and ints."""
    if not {*map(type, x)} <= {float, int}:
        raise TypeError
    xs = [*map(float, x)]
    return x, xs, (*xs, 1.0)


_inputs = _plain_inputs(())  # the last ones: the neurons of a layer share theirs


def _plain_number(x: Any) -> float | int:
    constant: float | int = number(x)
    if constant is NotImplemented:
        as_float(x)  # says what is wrong
    return constant


def unary(op: Op) -> Callable[[N], N]:
    """The method for `op` of `self`."""
    rule = op.rule

    def method(self: Any) -> Any:
        node = new(self.__class__)
        try:
            node._data, node._partials = rule(FLOATS, self._data)
        except (ArithmeticError, ValueError):
            return record(op, (self,))
        node.op = op
        node.args = node.parents = (self,)
        node.grad = node.label = None
        return node if not _modes else _in_mode(node)

    method.__name__, method.__qualname__, method.__doc__ = op.name, f"Value.{op.name}", op.__doc__
    return method


def binary(op: Op) -> Callable[[N, Any], N]:
    """The method for `self op other`."""
    rule = op.rule
    op_constant = op.constant_last or op
    rule_constant = op_constant.rule

    def method(self: Any, other: Any) -> Any:
        node = new(self.__class__)
        try:
            if isinstance(other, Value):
                node._data, node._partials = rule(FLOATS, self._data, other._data)
                node.op = op
                node.args = node.parents = (self, other)
            elif (kind := type(other)) is float or kind is int or (other := number(other)) is not NotImplemented:
                node._data, (partial, _) = rule_constant(FLOATS, self._data, float(other))
                node.op = op_constant
                node.args, node.parents, node._partials = (self, other), (self,), (partial,)
            else:
                return NotImplemented
        except (ArithmeticError, ValueError):
            return record(op, (self, other))
        node.grad = node.label = None
        return node if not _modes else _in_mode(node)

    method.__name__ = f"__{op.name}__"
    return method


def reflected(op: Op) -> Callable[[N, Any], N]:
    """The method for `other op self` where `other` is a constant."""
    rule = op.rule

    def method(self: Any, other: Any) -> Any:
        if (kind := type(other)) is not float and kind is not int and (other := number(other)) is NotImplemented:
            return NotImplemented
        node = new(self.__class__)
        try:
            node._data, (_, partial) = rule(FLOATS, float(other), self._data)
        except (ArithmeticError, ValueError):
            return record(op, (other, self))
        node.op = op
        node.args, node.parents, node._partials = (other, self), (self,), (partial,)
        node.grad = node.label = None
        return node if not _modes else _in_mode(node)

    method.__name__ = f"__r{op.name}__"
    return method


def comparison(name: str) -> Callable[[Any, Any], Any]:
    """The method that compares data, or is traced."""
    holds, relation = getattr(operator, name), ops.RELATIONS[name]

    def method(self: AnyValue, other: Any) -> Any:
        if _modes and (kind := traced.get()) is not None and isinstance(other, (Value, Real)):
            return kind.compare(relation, self, other)
        return holds(self.data, other.data if isinstance(other, Value) else other)

    method.__name__ = f"__{name}__"
    return method


def as_method(f: Callable[..., Any]) -> Callable[..., Any]:
    """The method for a function whose first argument is `self`."""

    def method(self: AnyValue, *args: Any, **named: Any) -> Any:
        return f(self, *args, **named)

    method.__name__, method.__doc__ = f.__name__, f.__doc__
    return method
