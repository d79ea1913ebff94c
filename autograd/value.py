"""A scalar that remembers how it was made: `Value`, with its operators and the backward sweep over its graph."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from reprlib import repr as short
from typing import TYPE_CHECKING, Any

from autograd import ops, recording
from autograd.copying import copied, copied_deeply, reduced
from autograd.graph import operations, ordered
from autograd.op import Op, Reading, as_float, evaluate
from autograd.recording import (
    as_method,
    binary,
    born,
    by_values,
    comparison,
    detached,
    record,
    record_linear,
    reflected,
    traced,
    unary,
)

__all__ = ["Value", "only_value"]

_one_sweep_at_a_time = threading.Lock()  # `grad += ...` on a leaf that threads share is not atomic


class Value(Reading):
    """A scalar that remembers how it was made.

    `data` is the number, `label` its name in pictures and messages. An operation on Values returns a Value, which
    remembers its `op` and the `args` as written. Those of them that are Values are its `parents`; `partials` are the
    local partial derivatives with respect to these. `grad` is None until `backward` computes it. Raises TypeError where
    `data` is no number or `label` no text.

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
        return not recording._modes or traced.get() is None

    read = staticmethod(record)
    read_linear = staticmethod(record_linear)

    @property
    def edges(self) -> Iterator[tuple[Value, float]]:
        """The edges down to the parents: pairs of parent and local partial derivative."""
        return zip(self.parents, self.partials, strict=True)

    def backward(self, gradient: float = 1.0) -> None:
        """Apply the chain rule from here down to the leaves.

        `gradient` is the derivative of the final result with respect to this node, by default 1: it is the result.

        Adds to the `grad` of leaves, so that gradients of several results add up, and sets the `grad` of inner nodes.
        (Course, section 5.2: the derivative of a node is the sum over the edges that leave it of the derivative at the
        other end times the edge's partial.) Raises TypeError where `gradient` is no number.
        """
        start = gradient if type(gradient) is float else as_float(gradient)
        with _one_sweep_at_a_time:
            leaves, inner = ordered(self)
            for leaf in leaves:
                if leaf.grad is None:
                    leaf.grad = 0.0
            for node in inner:
                node.grad = 0.0
            self.grad += start  # type: ignore[operator]  # all gradients are set above
            for node in reversed(inner):
                grad: Any = node.grad
                if len(parents := node.parents) == 2:  # the loop below, in half the time
                    x, y = parents
                    dx, dy = node.partials
                    x.grad += grad * dx
                    y.grad += grad * dy
                else:
                    for x, dx in zip(parents, node.partials):  # noqa: B905  # strict= costs time
                        x.grad += grad * dx

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
        """A new leaf with the same data. Raises nothing."""
        return self.__class__(self.data) if self.concrete else detached(self)

    __reduce__, __copy__, __deepcopy__ = reduced, copied, copied_deeply

    # Arithmetic: the operator, and where the left operand is a plain number
    __add__, __radd__ = binary(ops.add), reflected(ops.add)
    __sub__, __rsub__ = binary(ops.sub), reflected(ops.sub)
    __mul__, __rmul__ = binary(ops.mul), reflected(ops.mul)
    __truediv__, __rtruediv__ = binary(ops.div), reflected(ops.div)
    __floordiv__, __rfloordiv__ = binary(ops.floordiv), reflected(ops.floordiv)
    __mod__, __rmod__ = binary(ops.mod), reflected(ops.mod)
    __pow__, __rpow__ = binary(ops.pow), reflected(ops.pow)
    __neg__ = unary(ops.neg)
    __abs__ = unary(ops.abs)

    __floor__ = unary(ops.floor)
    __ceil__ = unary(ops.ceil)
    __trunc__ = unary(ops.trunc)

    def __pos__(self) -> Value:
        return self

    def __divmod__(self, other: Any) -> tuple[Value, Value]:
        return self // other, self % other

    def __rdivmod__(self, other: Any) -> tuple[Value, Value]:
        return other // self, other % self

    def __round__(self, digits: None = None) -> Value:
        if digits is not None:
            raise TypeError(
                f"round of a Value returns a whole number, got {digits!r} digits: round(x * 100) / 100 keeps two, "
                "f'{x:.2f}' shows them."
            )
        return ops.round(self)  # type: ignore[no-any-return]  # an Op of Values returns a Value

    # Comparisons compare data, as floats do; identity hashes
    __eq__, __ne__ = comparison("eq"), comparison("ne")
    __lt__, __le__ = comparison("lt"), comparison("le")
    __gt__, __ge__ = comparison("gt"), comparison("ge")
    __hash__ = object.__hash__

    def __bool__(self) -> bool:
        return bool(self != 0.0)  # as a comparison, so that it can be traced

    def __format__(self, spec: str) -> str:
        if (kind := traced.get()) is not None:
            kind.shown(self)
        return format(self.data, spec) if spec else str(self)

    def __repr__(self) -> str:
        if (kind := traced.get()) is not None:
            kind.shown(self)
        label = "" if self.label is None else f", {short(self.label)}"
        grad = "" if self.grad is None else f", grad={self.grad!r}"
        return f"{self.__class__.__name__}({self.data!r}{label}{grad})"

    def _refuse(self, *_: Any) -> Any:
        raise TypeError(
            "A Value does not turn into a plain number by itself, because that would cut the graph: "
            "use autograd's functions (autograd.exp, not math.exp; choose(values, i), not values[i]), "
            "or x.data for the number."
        )

    __float__ = __int__ = __index__ = __complex__ = _refuse

    def as_integer_ratio(self) -> tuple[int, int]:
        """Raises TypeError, as `statistics.mean` would lose the graph."""
        raise TypeError("A Value is no ratio of integers: for a mean write sum(xs) / len(xs), not statistics.mean(xs).")

    def __init_subclass__(cls) -> None:
        """Operations read `_data` and `_partials`; a subclass that defines `data` anew defines these too."""
        for name in {"data", "partials"} & vars(cls).keys():
            if f"_{name}" not in vars(cls):
                setattr(cls, f"_{name}", vars(cls)[name])

    if TYPE_CHECKING:  # each row of the table of one or two arguments is a method too, such as x.tanh()

        def __getattr__(self, name: str) -> Callable[..., Value]: ...


for _name in ("data", "partials"):  # by other names, for code that records: a kind of Value may watch these
    setattr(Value, f"_{_name}", vars(Value)[_name])
recording.Value = Value


def only_value(x: Any, asked: str) -> None:
    """Raise TypeError, in the name of the function that was `asked`, for anything but a Value."""
    if not isinstance(x, Value):
        raise TypeError(f"{asked} takes Values, got {short(x)} ({type(x).__name__}).")


# Functions are methods too, x.tanh() and y.atan2(x): NumPy looks for them on objects, some by names of its own.
for _op in ops.TABLE.values():
    if not _op.vectors and _op.arity <= 2:
        _method = unary(_op) if _op.arity == 1 else as_method(_op) if _op.defaults else binary(_op)
        setattr(Value, _op.name, _method)
        if _op.name.startswith("a") and _op.name[1:].rstrip("2") in ops.TABLE:
            setattr(Value, f"arc{_op.name[1:]}", _method)
_ALIASES: dict[str, Callable[..., Any]] = {
    "conjugate": ops.identity,
    "deg2rad": ops.radians,
    "fabs": ops.abs,
    "rad2deg": ops.degrees,
    "rint": ops.round,
}
for _name, _f in _ALIASES.items():
    setattr(Value, _name, as_method(_f))
