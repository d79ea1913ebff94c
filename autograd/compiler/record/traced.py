"""Numbers that are being recorded, which notice whatever a program could not do again.

What comes of the arguments of a run is `Traced` meanwhile, or a `Condition`; `recording.py` makes such runs.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from types import CodeType, FrameType
from typing import TYPE_CHECKING, Any, NamedTuple

from autograd import call, copying, derivatives, graph, ops, recording, value
from autograd.compiler.errors import OURS, CompileError, caller
from autograd.op import Op, as_float
from autograd.recording import traced
from autograd.value import Value

if TYPE_CHECKING:
    from autograd.compiler.record.recording import Trace

__all__ = ["Again", "Condition", "Guard", "Traced", "TracedColumn", "Whole", "become", "busy", "only_here", "running"]


class Guard(NamedTuple):
    """A condition that Python asked for, its outcome, and the line of the user's code that asked."""

    condition: Condition
    outcome: bool
    file: str
    line: int


class Again(BaseException):
    """The run has to be made again: with conditions that are `bools`, with columns as `arrays`, or with whole numbers.

    It is no Exception, so that the user's code does not catch it.
    """

    def __init__(self, bools: bool = False, arrays: bool = False) -> None:
        self.bools, self.arrays = bools, arrays


running: ContextVar[Trace | None] = ContextVar("trace", default=None)
busy: list[Trace] = []  # the runs under way in all threads

_READERS = [str(module.__file__) for module in (value, recording, copying, call, derivatives, graph)]
_VALUES = _READERS[:3]
_READERS += [os.path.join(OURS[0], "compiler"), OURS[1]]


_trusted: dict[int, CodeType] = {}  # code of these, by its id


def only_here() -> None:
    """CompileError if a run is under way in another thread."""
    if busy:
        raise _not_repeatable("works in a thread of its own with a Value")


def _check(frame: FrameType, what: str) -> None:
    """CompileError unless the code that asks for a number is what records it, in the thread of the run."""
    if running.get() is None:
        if frame.f_code.co_filename in _VALUES:
            only_here()
        return
    code = frame.f_code
    if id(code) in _trusted:
        return
    if code is as_float.__code__ and frame.f_back is not None:
        frame = frame.f_back
    if not frame.f_code.co_filename.startswith(tuple(_READERS)) or frame.f_code is Value.__init__.__code__:
        raise _not_repeatable(what)
    if frame.f_code is code:
        _trusted[id(code)] = code


class Traced(Value):
    """A Value that is being recorded; the user's code may take its number."""

    __slots__ = ()
    _data, _partials = vars(Value)["data"], vars(Value)["partials"]  # operations may look

    @classmethod
    def adopt(cls, node: Value) -> None:
        """Let a node that was made of others be of this kind, if one of these is."""
        if type(node) is not cls and type(node) is not Condition and any(isinstance(x, Traced) for x in node.parents):
            node.__class__ = cls

    @staticmethod
    def compare(relation: Op, x: Value, y: Any) -> Any:
        """What a comparison gives: a node, too, or a bool where code asks for these."""
        condition = _condition(relation, x, y)
        run = running.get()
        return bool(condition) if run is not None and run.bools else condition

    @staticmethod
    def repeated(repetition: Any) -> tuple[Any, Any]:
        """What a loop gives, whose body is recorded once if the run knows how."""
        run = running.get()
        found: tuple[Any, Any] = repetition.run() if run is None or run.repeated is None else run.repeated(repetition)
        return found

    @property
    def data(self) -> float:
        """The number in this run; CompileError where code would use it as if it were the same in every run."""
        frame = sys._getframe(1)
        if id(frame.f_code) not in _trusted or running.get() is None:
            _check(frame, "takes the number out of a Value")
        number: float = _data.__get__(self)
        return number

    @data.setter
    def data(self, data: float) -> None:
        _data.__set__(self, data)

    @property
    def partials(self) -> tuple[float, ...]:
        """The slopes in this run, for which the same holds."""
        _check(sys._getframe(1), "takes slopes out of a graph")
        found: tuple[float, ...] = _partials.__get__(self)
        return found

    @partials.setter
    def partials(self, partials: tuple[float, ...]) -> None:
        _partials.__set__(self, partials)

    @property
    def edges(self) -> Iterator[tuple[Value, float]]:
        """The edges in this run, likewise."""
        _check(sys._getframe(1), "takes slopes out of a graph")
        return super().edges

    def backward(self, gradient: float = 1.0) -> None:
        """CompileError, as a program could only repeat its numbers, which are those of this run."""
        if running.get() is None:
            super().backward(gradient)
        else:
            raise _not_repeatable("calls backward", "use autograd.grad")

    @staticmethod
    def shown(x: Value) -> None:
        """The user's code makes a text of `x`, which shows this number, so that going on with it is a branch."""
        if running.get() is not None and not sys._getframe(2).f_code.co_filename.startswith(OURS):
            number = _data.__get__(x)
            bool(_condition(ops.RELATIONS["eq"], x, number) if number == number else x != x)
            if number == 0.0:  # which of the two zeros it is
                bool(ops.atan2(x, -1.0) > 0.0)

    def __format__(self, spec: str) -> str:
        self.shown(self)
        return format(_data.__get__(self), spec) if spec else repr(self)

    def __repr__(self) -> str:
        self.shown(self)
        if (run := running.get()) is not None and run.by is not None and run.by.isdisjoint(graph.ordered(self)[0]):
            return repr(_data.__get__(self))  # which eagerly is a float
        return Value.__name__ + super().__repr__().removeprefix(type(self).__name__)

    __str__ = __repr__


class Whole(Traced):
    """A whole number among the arguments; where it is used as such (`range(n)`, `v[n]`), the run is made again."""

    __slots__ = ()

    def __hash__(self) -> int:
        return _again() if not sys._getframe(1).f_code.co_filename.startswith(OURS) else object.__hash__(self)

    __eq__, __ne__ = Value.__eq__, Value.__ne__


class TracedColumn(Traced):
    """A number that stands for a column; where it is used as an array (`np.sum(x)`, `x[0]`), the run is made again.

    What is computed of one is another, which stands for an array as well.
    """

    __slots__ = ()

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or sys._getframe(1).f_code.co_filename.startswith(OURS):  # to see what there is
            raise AttributeError(name)
        return _again_with_arrays()


def _again_with_arrays(*_: Any) -> Any:
    raise Again(arrays=True)


def _again(*_: Any) -> Any:
    raise Again


for _name in (
    "index", "int", "and", "rand", "or", "ror", "xor", "rxor", "invert", "lshift", "rlshift", "rshift", "rrshift",
    "float", "complex", "repr", "str", "format",
):  # fmt: skip
    setattr(Whole, f"__{_name}__", _again)
for _name in ("bit_length", "bit_count", "to_bytes", "numerator", "denominator", "real", "imag", "is_integer"):
    setattr(Whole, _name, property(_again))
for _name in ("array_function", "array", "contains", "getitem", "iter", "len", "matmul", "rmatmul", "setitem"):
    setattr(TracedColumn, f"__{_name}__", _again_with_arrays)


_INSTEAD = "compute with the Value itself, by autograd's functions, and for if say where(x > 0, a, b); f'{x}' shows it"


def _not_repeatable(what: str, instead: str = _INSTEAD) -> CompileError:
    file, line = caller()
    return CompileError(f"Line {line} of {file} {what}, which a program could only repeat: {instead}.")


_data: Any = Value.__dict__["data"]
_partials: Any = Value.__dict__["partials"]


class Condition(Traced):
    """A comparison that is recorded: a node of one of `ops.RELATIONS`, its `data` the outcome in this run.

    Used otherwise than by `where`, `&`, `|` and arithmetic it is a bool, and a `Guard` notes that it was asked.
    """

    __slots__ = ()
    concrete = False
    __class__ = property(lambda self: Condition if _asked_by_us() else bool)  # isinstance asks

    @staticmethod
    def read(op: Op, args: tuple[Any, ...]) -> Value:
        """A node of `op` that has a condition among its operands, such as `where`."""
        node: Value = Value.read(op, args)
        become(node, traced.get() or Traced)
        return node

    def __bool__(self) -> bool:
        outcome = bool(_data.__get__(self))
        if (run := running.get()) is not None:
            run.asked.append((self, outcome, *caller()))
        return outcome

    def __hash__(self) -> int:
        return object.__hash__(self) if _asked_by_us() else hash(bool(self))

    def __and__(self, other: Any) -> Any:
        if not isinstance(other, Value):
            return self if other else False
        return _condition(ops.RELATIONS["and_"], self, other)

    def __or__(self, other: Any) -> Any:
        if not isinstance(other, Value):
            return True if other else self
        return _condition(ops.RELATIONS["or_"], self, other)

    __rand__, __ror__ = __and__, __or__


def _asked_by_us() -> bool:
    return sys._getframe(2).f_code.co_filename.startswith(OURS)


def _condition(relation: Op, *operands: Any) -> Condition:
    node: Any = Value.read(relation, operands)
    become(node, Condition)
    return node  # type: ignore[no-any-return]  # it is one now


become: Callable[[Value, type[Value]], None] = object.__dict__["__class__"].__set__  # a node of another kind


def _of_number(method: Callable[..., Any]) -> Callable[..., Any]:
    return lambda self, *others: method(ops.where(self, 1.0, 0.0), *others)  # as True counts as 1


def _of_bool(name: str) -> Callable[..., Any]:
    def method(self: Condition, *others: Any) -> Any:
        others = tuple([bool(x) if isinstance(x, Condition) else x for x in others])
        return getattr(bool(self), f"__{name}__")(*others)

    return method


def _of_its_bool(name: str) -> Callable[[Condition], Any]:
    return lambda self: getattr(bool(self), name)


for _name in ("add", "sub", "mul", "truediv", "pow"):
    for _method in (f"__{_name}__", f"__r{_name}__"):
        setattr(Condition, _method, _of_number(getattr(Value, _method)))
for _method in ("__neg__", "__abs__"):
    setattr(Condition, _method, _of_number(getattr(Value, _method)))
for _name in (
    "xor", "rxor", "invert", "index", "int", "float", "str", "repr", "format", "lshift", "rlshift", "rshift", "rrshift",
):  # fmt: skip
    setattr(Condition, f"__{_name}__", _of_bool(_name))
for _name in ("real", "imag", "numerator", "denominator", "bit_length", "bit_count", "to_bytes", "as_integer_ratio"):
    setattr(Condition, _name, property(_of_its_bool(_name)))
