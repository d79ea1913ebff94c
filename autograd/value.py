"""A scalar that remembers how it was made: `Value`, the order of its graph, and the backward sweep over it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from itertools import compress
from reprlib import repr as short
from typing import TYPE_CHECKING, Any

from autograd import ops
from autograd.arithmetic import FLOATS, number
from autograd.ops import Op, Reading, as_float, evaluate

__all__ = ["Value", "nodes", "operations"]


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
    node = _new(type(parents[0]))
    node.data, partials = evaluate(op, xs, args)
    node.op, node.args, node.parents = op, args, parents
    node.partials = partials if all_values else tuple(compress(partials, is_value))
    node.grad = node.label = None
    return node


def _record_vectors(op: Op, args: tuple[Any, ...], operands: tuple[Any, ...]) -> Value:
    """`_record` for an op of vectors, made quick for weights that are Values times inputs, Values or floats."""
    if op.vectors != 2:
        return _record(op, operands)
    w, x, *scalars = args
    ws = [v.data for v in w if v.__class__ is Value]
    xs = [v.data for v in x if v.__class__ is Value]
    bs = [v.data for v in scalars if v.__class__ is Value]
    inputs_are_values = len(xs) == len(x)
    if len(ws) != len(w) or len(bs) != len(scalars) or not (inputs_are_values or set(map(type, x)) == {float}):
        return _record(op, operands)
    node = _new(Value)
    try:
        node.data, (dw, dx, *db) = op.rule(FLOATS, ws, xs if inputs_are_values else x, *bs)
    except (ArithmeticError, ValueError):
        return _record(op, operands)
    node.op = op
    node.args = operands
    if inputs_are_values:
        node.parents, node.partials = operands, (*dw, *dx, *db)
    else:
        node.parents, node.partials = (*w, *scalars), (*dw, *db)
    node.grad = node.label = None
    return node


def _constant(x: Any) -> float | int:
    constant: float | int = number(x)
    if constant is NotImplemented:
        as_float(x)  # says what is wrong
    return constant


def _unary(op: Op) -> Callable[[Value], Value]:
    rule = op.rule

    def method(self: Value) -> Value:
        node = _new(type(self))
        try:
            node.data, node.partials = rule(FLOATS, self.data)
        except (ArithmeticError, ValueError):
            return _record(op, (self,))
        node.op = op
        node.args = node.parents = (self,)
        node.grad = node.label = None
        return node

    method.__name__, method.__doc__ = op.name, op.doc
    return method


def _binary(op: Op) -> tuple[Callable[[Value, Any], Value], Callable[[Value, Any], Value]]:
    """The methods for `self op other` and, reflected, `other op self`."""
    rule = op.rule
    op_constant = op.constant_last or op
    rule_constant = op_constant.rule

    def forward(self: Value, other: Any) -> Any:
        node = _new(type(self))
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
        return node

    def reflected(self: Value, other: Any) -> Any:
        if (kind := type(other)) is not float and kind is not int and (other := number(other)) is NotImplemented:
            return NotImplemented
        node = _new(type(self))
        try:
            node.data, (_, partial) = rule(FLOATS, float(other), self.data)
        except (ArithmeticError, ValueError):
            return _record(op, (other, self))
        node.op = op
        node.args, node.parents, node.partials = (other, self), (self,), (partial,)
        node.grad = node.label = None
        return node

    forward.__name__, reflected.__name__ = f"__{op.name}__", f"__r{op.name}__"
    return forward, reflected


# -- the graph ------------------------------------------------------------------------------------------------


def operations(root: Value) -> list[Value]:
    """The inner nodes that `root` is computed from, itself last, each after its parents; no recursion."""
    order: list[Value] = []
    seen: set[Value] = set()
    stack: list[Any] = [root]
    while stack:
        node = stack.pop()
        if node is None:  # a mark: all parents of the node below it have been emitted
            order.append(stack.pop())
        elif node.parents and node not in seen:
            seen.add(node)
            stack.append(node)
            stack.append(None)
            stack.extend(node.parents)
    return order


def nodes(root: Value) -> list[Value]:
    """All nodes that `root` is computed from: the leaves in the order of their first use, then the inner nodes."""
    inner = operations(root)
    leaves = {parent: None for node in inner for parent in node.parents if not parent.parents}
    return [*leaves, *inner] if inner else [root]


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
        self.label = label
        self.grad = self.op = None
        self.args = self.parents = self.partials = ()
        if (leaves := born.get()) is not None:
            leaves.add(self)

    read = staticmethod(_record)
    read_vectors = staticmethod(_record_vectors)

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
                elif node.parents:
                    if node not in seen:
                        seen.add(node)
                        node.grad = 0.0
                        stack.append(node)
                        stack.append(None)
                        stack.extend(node.parents)
                elif node.grad is None:
                    node.grad = 0.0

            self.grad += gradient if type(gradient) is float else as_float(gradient)  # type: ignore[operator]  # set
            order.reverse()
            for node in order:
                grad = node.grad
                for parent, partial in zip(node.parents, node.partials):  # noqa: B905  # strict= costs time
                    parent.grad += grad * partial  # type: ignore[operator]  # all are set above

    # Arithmetic: one pair of methods a row
    __add__, __radd__ = _binary(ops.add)
    __sub__, __rsub__ = _binary(ops.sub)
    __mul__, __rmul__ = _binary(ops.mul)
    __truediv__, __rtruediv__ = _binary(ops.div)
    __pow__, __rpow__ = _binary(ops.pow)
    __neg__ = _unary(ops.neg)
    __abs__ = _unary(ops.abs)

    def __pos__(self) -> Value:
        return self

    # Comparisons compare data, as floats do; identity hashes
    __hash__ = object.__hash__

    def __eq__(self, other: object) -> bool:
        return self.data == (other.data if isinstance(other, Value) else other)

    def __lt__(self, other: Any) -> bool:
        return self.data < (other.data if isinstance(other, Value) else other)

    def __le__(self, other: Any) -> bool:
        return self.data <= (other.data if isinstance(other, Value) else other)

    def __gt__(self, other: Any) -> bool:
        return self.data > (other.data if isinstance(other, Value) else other)

    def __ge__(self, other: Any) -> bool:
        return self.data >= (other.data if isinstance(other, Value) else other)

    def __bool__(self) -> bool:
        return bool(self.data)

    def __format__(self, spec: str) -> str:
        return format(self.data, spec) if spec else str(self)

    def __repr__(self) -> str:
        label = "" if self.label is None else f", {short(self.label)}"
        grad = "" if self.grad is None else f", grad={self.grad!r}"
        return f"{type(self).__name__}({self.data!r}{label}{grad})"

    def _refuse(self, *_: Any) -> Any:
        raise TypeError(
            "A Value does not turn into a plain number by itself, because that would cut the graph: "
            "use autograd's functions (autograd.exp, not math.exp), or x.data for the number."
        )

    __float__ = __int__ = __index__ = __complex__ = _refuse

    if TYPE_CHECKING:  # each row of the table of one argument is a method too, such as x.tanh()

        def __getattr__(self, name: str) -> Callable[[], Value]: ...


for _op in ops.TABLE.values():
    if _op.arity == 1:
        setattr(Value, _op.name, _unary(_op))
