"""A scalar that remembers how it was made: `Value`, the order of its graph, and the backward sweep over it."""

from __future__ import annotations

import operator
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from itertools import compress
from numbers import Real
from reprlib import repr as short
from typing import TYPE_CHECKING, Any

from autograd import ops
from autograd.arithmetic import FLOATS, number
from autograd.graph import nodes, operations, pack, unpack
from autograd.op import LinearOp, Op, Reading, as_float, evaluate

__all__ = ["Value", "by_values", "no_grad"]


# -- modes ----------------------------------------------------------------------------------------------------
# Within `no_grad` nothing is recorded. While a function is being compiled, what would follow the example's data is
# recorded as well: comparisons, `where`, detached numbers.

_modes = 0  # how many such blocks are open in all threads: while none is, asking costs next to nothing
_counting = threading.Lock()
paused: ContextVar[bool] = ContextVar("no_grad", default=False)
traced: ContextVar[Any] = ContextVar("traced", default=None)  # the kind of Value that a function is being compiled with


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
    """Within `with no_grad():` operations give leaves: the numbers without their history, as in PyTorch.

    What does not involve Values at all needs no such thing: functions of numbers give numbers. `grad` and its kin
    record what they differentiate all the same.

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

    `kind.compare(relation, x, y)` says what a comparison of any Value x with y gives.
    """
    with _mode(traced, kind):
        yield


def _in_mode(node: Value) -> Value:
    """A node just recorded, as the modes want it."""
    if paused.get():
        if traced.get() is not None:
            return _detached(node)
        node.op, node.args, node.parents, node.partials = None, (), (), ()
        if (leaves := born.get()) is not None:
            leaves.add(node)
    elif (kind := traced.get()) is not None:
        kind.adopt(node)
    return node


def _detached(x: Value) -> Value:
    token = paused.set(False)
    try:
        return _record(ops.DETACH, (x,))
    finally:
        paused.reset(token)


# -- recording: what an operation makes of its operands --------------------------------------------------------
# `_record` is the general case. The operators and one-argument methods are made by `_binary` and `_unary`, which do
# the same for their shape in a third of the time, and leave to `_record` whatever raises.

_new: Callable[[type[Value]], Value] = object.__new__


def _record(op: Op, args: tuple[Any, ...]) -> Value:
    """A node for `op` of `args`: the Values among them become its parents, constants stay constants."""
    if op.constant_last is not None and not isinstance(args[-1], Value):
        op = op.constant_last
    xs = [x.data for x in args if x.__class__ is Value]
    if all_values := len(xs) == len(args):
        parents = args
    else:
        args = tuple([x if x.__class__ is float or isinstance(x, Value) else _constant(x) for x in args])
        is_value = [isinstance(x, Value) for x in args]
        parents = tuple(compress(args, is_value))
        xs = [x.data if yes else float(x) for x, yes in zip(args, is_value, strict=True)]
    node = _new(parents[0].__class__)
    node.data, partials = evaluate(op, xs, args)
    node.op, node.args, node.parents = op, args, parents
    node.partials = partials if all_values else tuple(compress(partials, is_value))
    node.grad = node.label = None
    return node if not _modes else _in_mode(node)


def by_values(args: Sequence[Any], partials: Sequence[Any]) -> list[Any]:
    """Of the partial derivatives by all operands `args` those by Values, which are the edges of a node."""
    return [d for x, d in zip(args, partials, strict=True) if isinstance(x, Value)]


def _record_linear(op: LinearOp, w: tuple[Any, ...], x: tuple[Any, ...], bias: Any) -> Value:
    """`_record` for the sum of a neuron, made quick for inputs that are all Values, or plain numbers."""
    node = _new(w[0].__class__)
    try:
        ws = [v.data for v in w]
        if x[0].__class__ is Value:
            node.data, (dw, dx, db) = op.rule(FLOATS, ws, [v.data for v in x], bias.data)
            node.args = node.parents = (*w, *x, bias)
            node.partials = (*dw, *dx, db)
        elif (kinds := set(map(type, x))) <= _PLAIN:
            xs = x if kinds == _FLOAT else [float(number) for number in x]
            node.data, (dw, _, db) = op.rule(FLOATS, ws, xs, bias.data)
            node.args, node.parents, node.partials = (*w, *x, bias), (*w, bias), (*dw, db)
        else:
            return _record(op, (*w, *x, bias))
    except (ArithmeticError, ValueError, AttributeError, TypeError):  # the last two: there are other numbers among them
        return _record(op, (*w, *x, bias))
    node.op = op
    node.grad = node.label = None
    return node if not _modes else _in_mode(node)


_FLOAT, _PLAIN = {float}, {float, int}


def _constant(x: Any) -> float | int:
    constant: float | int = number(x)
    if constant is NotImplemented:
        as_float(x)  # says what is wrong
    return constant


def _unary(op: Op) -> Callable[[Value], Value]:
    rule = op.rule

    def method(self: Value) -> Value:
        node = _new(self.__class__)
        try:
            node.data, node.partials = rule(FLOATS, self.data)
        except (ArithmeticError, ValueError):
            return _record(op, (self,))
        node.op = op
        node.args = node.parents = (self,)
        node.grad = node.label = None
        return node if not _modes else _in_mode(node)

    method.__name__, method.__qualname__, method.__doc__ = op.name, f"Value.{op.name}", op.doc
    return method


def _binary(op: Op) -> tuple[Callable[[Value, Any], Value], Callable[[Value, Any], Value]]:
    """The methods for `self op other` and, reflected, `other op self`."""
    rule = op.rule
    op_constant = op.constant_last or op
    rule_constant = op_constant.rule

    def forward(self: Value, other: Any) -> Any:
        node = _new(self.__class__)
        try:
            if isinstance(other, Value):
                node.data, node.partials = rule(FLOATS, self.data, other.data)
                node.op = op
                node.args = node.parents = (self, other)
            elif (kind := type(other)) is float or kind is int or (other := number(other)) is not NotImplemented:
                node.data, (partial, _) = rule_constant(FLOATS, self.data, float(other))
                node.op = op_constant
                node.args, node.parents, node.partials = (self, other), (self,), (partial,)
            else:
                return NotImplemented
        except (ArithmeticError, ValueError):
            return _record(op, (self, other))
        node.grad = node.label = None
        return node if not _modes else _in_mode(node)

    def reflected(self: Value, other: Any) -> Any:
        if (kind := type(other)) is not float and kind is not int and (other := number(other)) is NotImplemented:
            return NotImplemented
        node = _new(self.__class__)
        try:
            node.data, (_, partial) = rule(FLOATS, float(other), self.data)
        except (ArithmeticError, ValueError):
            return _record(op, (other, self))
        node.op = op
        node.args, node.parents, node.partials = (other, self), (self,), (partial,)
        node.grad = node.label = None
        return node if not _modes else _in_mode(node)

    forward.__name__, reflected.__name__ = f"__{op.name}__", f"__r{op.name}__"
    return forward, reflected


def _comparison(name: str) -> Callable[[Any, Any], Any]:
    """The method that compares data, or is traced."""
    holds, relation = getattr(operator, name), ops.RELATIONS[name]

    def method(self: Value, other: Any) -> Any:
        if _modes and (kind := traced.get()) is not None and isinstance(other, (Value, Real)):
            return kind.compare(relation, self, other)
        return holds(self.data, other.data if isinstance(other, Value) else other)

    method.__name__ = f"__{name}__"
    return method


# Leaves made while a function is being differentiated, which are part of it and not of its surroundings.
born: ContextVar[set[Value] | None] = ContextVar("born", default=None)

_one_sweep_at_a_time = threading.Lock()  # `grad += ...` on a leaf that threads share is not atomic


class Value(Reading):
    """A scalar that remembers how it was made.

    `data` is the number, `label` its name in pictures and messages. What operations make of Values are Values again,
    which remember their `op`, its `args` as written, those that are Values as `parents`, and the local partial
    derivatives `partials` towards the parents. `grad` is None until `backward` computes it.

    >>> x, y = Value(3.0, "x"), Value(2.0, "y")
    >>> z = x * y + x**2
    >>> z.backward()
    >>> z.data, x.grad, y.grad
    (15.0, 8.0, 3.0)
    """

    __slots__ = ("__weakref__", "args", "data", "grad", "label", "op", "parents", "partials")

    data: float
    grad: float | None
    label: str | None
    op: Op | None
    args: tuple[Any, ...]
    parents: tuple[Value, ...]
    partials: tuple[float, ...]

    def __init__(self, data: Any, label: str | None = None) -> None:
        self.data = data if type(data) is float else as_float(data)
        if label is not None and not isinstance(label, str):
            raise TypeError(f"A label is text, got {short(label)} ({type(label).__name__}).")
        self.label = label
        self.grad = self.op = None
        self.args = self.parents = self.partials = ()
        if (leaves := born.get()) is not None:
            leaves.add(self)

    @property
    def concrete(self) -> bool:  # type: ignore[override]  # of the kind for most, here it depends on the moment
        """Whether branches follow the data: always, but not while a function is being compiled."""
        return not _modes or traced.get() is None

    read = staticmethod(_record)
    read_linear = staticmethod(_record_linear)

    @property
    def edges(self) -> Iterator[tuple[Value, float]]:
        """The edges down to the parents: pairs of parent and local partial derivative."""
        return zip(self.parents, self.partials, strict=True)

    def backward(self, gradient: float = 1.0) -> None:
        """Apply the chain rule from here down to the leaves, `gradient` being the derivative of the result by `self`.

        Adds to the `grad` of leaves, so that gradients of several results add up, and sets the `grad` of inner nodes.
        (Course, section 5.2: the derivative of a node is the sum over the edges that leave it of the derivative at the
        other end times the edge's partial.)
        """
        # The traversal of `operations`, with the gradients set to 0 in passing: apart it would take a fifth longer.
        order: list[Value] = []
        seen: set[Value] = set()
        stack: list[Any] = [self]
        with _one_sweep_at_a_time:
            while stack:
                node = stack.pop()
                if node is None:
                    order.append(stack.pop())
                elif node not in seen:
                    seen.add(node)
                    if parents := node.parents:
                        node.grad = 0.0
                        if len(parents) > 8 and seen.issuperset(parents):
                            order.append(node)  # what has been seen has been emitted, or there would be a cycle
                        else:
                            stack.append(node)
                            stack.append(None)
                            stack.extend(parents)
                    elif node.grad is None:
                        node.grad = 0.0

            self.grad += gradient if type(gradient) is float else as_float(gradient)  # type: ignore[operator]  # set
            order.reverse()
            for node in order:
                grad = node.grad
                for parent, partial in zip(node.parents, node.partials):  # noqa: B905  # strict= costs time
                    parent.grad += grad * partial  # type: ignore[operator]  # all are set above

    def recompute(self) -> None:
        """Bring `data` and `partials` of all nodes up to date after the `data` of leaves has been changed.

        The graph stays as it was recorded, and with it the branches that were taken. Raises DomainError, and changes
        nothing, where a function is now outside its domain.
        """
        fresh: dict[Value, tuple[float, tuple[float, ...]]] = {}
        for node in operations(self):
            xs = [float(x) if not isinstance(x, Value) else fresh[x][0] if x in fresh else x.data for x in node.args]
            assert node.op is not None  # inner nodes have one
            data, partials = evaluate(node.op, xs, node.args)
            fresh[node] = data, tuple(by_values(node.args, partials))
        for node, (data, partials) in fresh.items():
            node.data, node.partials = data, partials

    def detach(self) -> Value:
        """A new leaf with the same data."""
        return self.__class__(self.data) if self.concrete else _detached(self)

    # Copying. Within a function that is being differentiated a copy is the Value itself, lest the graph be cut.
    def __reduce__(self) -> tuple[Any, ...]:
        if self.parents:
            return unpack, pack(self)
        return _leaf, (self.__class__, self.data, self.label, self.grad)

    def __copy__(self) -> Value:
        if born.get() is not None:
            return self
        node = _new(self.__class__)
        for name in Value.__slots__[1:]:  # all but __weakref__
            setattr(node, name, getattr(self, name))
        return node

    def __deepcopy__(self, memo: dict[int, Any]) -> Value:
        if born.get() is not None:
            return self
        for node in nodes(self):
            if id(node) not in memo:
                copy = memo[id(node)] = _new(node.__class__)
                copy.data, copy.label, copy.grad, copy.op = node.data, node.label, node.grad, node.op
                copy.args = tuple([memo[id(x)] if isinstance(x, Value) else x for x in node.args])
                copy.parents = tuple([memo[id(x)] for x in node.parents])
                copy.partials = node.partials
        return memo[id(self)]  # type: ignore[no-any-return]  # set above at the latest

    # Arithmetic: one pair of methods a row
    __add__, __radd__ = _binary(ops.add)
    __sub__, __rsub__ = _binary(ops.sub)
    __mul__, __rmul__ = _binary(ops.mul)
    __truediv__, __rtruediv__ = _binary(ops.div)
    __floordiv__, __rfloordiv__ = _binary(ops.floordiv)
    __mod__, __rmod__ = _binary(ops.mod)
    __pow__, __rpow__ = _binary(ops.pow)
    __neg__ = _unary(ops.neg)
    __abs__ = _unary(ops.abs)

    __floor__ = _unary(ops.floor)
    __ceil__ = _unary(ops.ceil)
    __trunc__ = _unary(ops.trunc)

    def __pos__(self) -> Value:
        return self

    def __divmod__(self, other: Any) -> tuple[Value, Value]:
        return self // other, self % other

    def __rdivmod__(self, other: Any) -> tuple[Value, Value]:
        return other // self, other % self

    def __round__(self, digits: None = None) -> Value:
        if digits is not None:
            raise TypeError(
                f"round of a Value gives a whole number, got {digits!r} digits: round(x * 100) / 100 keeps two, "
                "f'{x:.2f}' shows them."
            )
        return ops.round(self)  # type: ignore[no-any-return]  # an Op of Values gives a Value

    # Comparisons compare data, as floats do; identity hashes
    __eq__, __ne__ = _comparison("eq"), _comparison("ne")
    __lt__, __le__ = _comparison("lt"), _comparison("le")
    __gt__, __ge__ = _comparison("gt"), _comparison("ge")
    __hash__ = object.__hash__

    def __bool__(self) -> bool:
        return bool(self != 0.0)  # as a comparison, so that it can be traced

    def __format__(self, spec: str) -> str:
        return format(self.data, spec) if spec else str(self)

    def __repr__(self) -> str:
        label = "" if self.label is None else f", {short(self.label)}"
        grad = "" if self.grad is None else f", grad={self.grad!r}"
        return f"{self.__class__.__name__}({self.data!r}{label}{grad})"

    def _refuse(self, *_: Any) -> Any:
        raise TypeError(
            "A Value does not turn into a plain number by itself, because that would cut the graph: "
            "use autograd's functions (autograd.exp, not math.exp), or x.data for the number."
        )

    __float__ = __int__ = __index__ = __complex__ = _refuse

    def as_integer_ratio(self) -> tuple[int, int]:
        """Refused, as `statistics.mean` would lose the graph."""
        raise TypeError("A Value is no ratio of integers: for a mean write sum(xs) / len(xs), not statistics.mean(xs).")

    if TYPE_CHECKING:  # each row of the table of one or two arguments is a method too, such as x.tanh()

        def __getattr__(self, name: str) -> Callable[..., Value]: ...


def _leaf(kind: type[Value], data: float, label: str | None, grad: float | None) -> Value:
    leaf = _new(kind)
    leaf.data, leaf.label, leaf.grad, leaf.op = data, label, grad, None
    leaf.args = leaf.parents = leaf.partials = ()
    if (leaves := born.get()) is not None:
        leaves.add(leaf)
    return leaf


def _function(f: Callable[..., Any]) -> Callable[..., Any]:
    def method(self: Value, *args: Any, **named: Any) -> Any:
        return f(self, *args, **named)

    method.__name__, method.__doc__ = f.__name__, f.__doc__
    return method


# Functions are methods too, x.tanh() and y.atan2(x): NumPy looks for them on objects, some by names of its own.
for _op in ops.TABLE.values():
    if not _op.vectors and _op.arity <= 2:
        _method = _unary(_op) if _op.arity == 1 else _function(_op) if _op.defaults else _binary(_op)[0]
        setattr(Value, _op.name, _method)
        if _op.name.startswith("a") and _op.name[1:].rstrip("2") in ops.TABLE:
            setattr(Value, f"arc{_op.name[1:]}", _method)
_ALIASES: dict[str, Callable[..., Any]] = {
    "conjugate": ops.identity,
    "deg2rad": ops.radians,
    "degrees": ops.degrees,
    "fabs": ops.abs,
    "rad2deg": ops.degrees,
    "radians": ops.radians,
    "rint": ops.round,
}
for _name, _f in _ALIASES.items():
    setattr(Value, _name, _function(_f))
