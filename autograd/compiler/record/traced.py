"""Numbers that are being recorded, which notice uses that a program could not repeat.

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

__all__ = [
    "Again",
    "Condition",
    "GivenNumber",
    "Guard",
    "Traced",
    "asked_by_us",
    "become",
    "busy",
    "only_here",
    "running",
    "taken_out",
]


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


_trusted: dict[int, CodeType] = {}  # the code of each run, by its id


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
    __class__ = property(type, lambda self, _: _raise("makes another kind of number of a Value"))
    _data, _partials = vars(Value)["data"], vars(Value)["partials"]  # operations may look

    @classmethod
    def adopt(cls, node: Value) -> None:
        """Let a node be of this kind if one of its parents is; a node of given numbers is a given number."""
        if type(node) is not cls and type(node) is not Condition and any(isinstance(x, Traced) for x in node.parents):
            become(node, GivenNumber if all(isinstance(x, _KNOWN) for x in node.parents) else cls)

    @staticmethod
    def compare(relation: Op, x: Value, y: Any) -> Any:
        """What a comparison returns: a node, too, or a bool where code asks for these."""
        condition = _condition(relation, x, y)
        run = running.get()
        return bool(condition) if run is not None and run.bools else condition

    @staticmethod
    def repeated(repetition: Any) -> tuple[Any, Any]:
        """What a loop returns, whose body is recorded once if the run knows how."""
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
        """The slopes in this run; CompileError where code would use them as if they were the same in every run."""
        _check(sys._getframe(1), "takes slopes out of a graph")
        found: tuple[float, ...] = _partials.__get__(self)
        return found

    @partials.setter
    def partials(self, partials: tuple[float, ...]) -> None:
        _partials.__set__(self, partials)

    @property
    def edges(self) -> Iterator[tuple[Value, float]]:
        """The edges in this run; CompileError where code would use them as if they were the same in every run."""
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
        if (run := running.get()) is not None and not sys._getframe(2).f_code.co_filename.startswith(OURS):
            run.texts = True
            number = _data.__get__(x)
            bool(_condition(ops.RELATIONS["eq"], x, number) if number == number else x != x)
            if number == 0.0:  # which of the two zeros it is
                bool(ops.atan2(x, -1.0) > 0.0)

    def __format__(self, spec: str) -> str:
        self.shown(self)
        return format(_data.__get__(self), spec) if spec else repr(self)

    def __repr__(self) -> str:
        self.shown(self)
        return Value.__name__ + super().__repr__().removeprefix(type(self).__name__)

    __str__ = __repr__

    def __hash__(self) -> int:
        if (run := running.get()) is not None and not sys._getframe(1).f_code.co_filename.startswith(OURS):
            run.texts = True
        return object.__hash__(self)

    __eq__, __ne__ = Value.__eq__, Value.__ne__

    def __reduce_ex__(self, protocol: Any) -> Any:
        if running.get() is not None:
            raise _not_repeatable("pickles a Value")
        return super().__reduce_ex__(protocol)


class GivenNumber(Traced):
    """A number for which no derivative is asked, as all that made it: a float for the function, with text and hash."""

    __slots__ = ()
    __class__ = property(lambda self: GivenNumber if asked_by_us() else _float())  # isinstance asks

    def __repr__(self) -> str:
        self.shown(self)
        return repr(_data.__get__(self))

    __str__ = __repr__
    __eq__, __ne__ = Value.__eq__, Value.__ne__

    def __hash__(self) -> int:
        if sys._getframe(1).f_code.co_filename.startswith(OURS) or running.get() is None:
            return object.__hash__(self)
        self.shown(self)
        return hash(_data.__get__(self))


_INSTEAD = "compute with the Value itself, by autograd's functions, and for if say where(x > 0, a, b); f'{x}' shows it"


def _not_repeatable(what: str, instead: str = _INSTEAD) -> CompileError:
    return taken_out(what, *caller(), instead)


def _raise(what: str) -> Any:
    raise _not_repeatable(what)


def taken_out(what: str, file: str, line: int, instead: str = _INSTEAD) -> CompileError:
    """The message where a number is taken out of a Value that is being recorded."""
    return CompileError(f"Line {line} of {file} {what}, which a program could only repeat: {instead}.")


_data: Any = Value.__dict__["data"]
_partials: Any = Value.__dict__["partials"]


class Condition(Traced):
    """A comparison that is recorded: a node of one of `ops.RELATIONS`, its `data` the outcome in this run.

    Used otherwise than by `where`, `&`, `|` and arithmetic it is a bool, and a `Guard` notes that it was asked.
    """

    __slots__ = ()
    concrete = False
    __class__ = property(lambda self: Condition if asked_by_us() else bool)  # isinstance asks

    @staticmethod
    def read(op: Op, args: tuple[Any, ...]) -> Value:
        """A node of `op` that has a condition among its operands, such as `where`."""
        node: Value = Value.read(op, args)
        become(node, traced.get() or Traced)
        if all(isinstance(x, _KNOWN) for x in node.parents):
            become(node, GivenNumber)
        return node

    def __bool__(self) -> bool:
        outcome = bool(_data.__get__(self))
        if (run := running.get()) is not None:
            run.asked.append((self, outcome, *caller()))
        return outcome

    def __hash__(self) -> int:
        return object.__hash__(self) if asked_by_us() else hash(bool(self))

    def __and__(self, other: Any) -> Any:
        if not isinstance(other, Value):
            return self if other else False
        return _condition(ops.RELATIONS["and_"], self, other)

    def __or__(self, other: Any) -> Any:
        if not isinstance(other, Value):
            return True if other else self
        return _condition(ops.RELATIONS["or_"], self, other)

    __rand__, __ror__ = __and__, __or__


_KNOWN = GivenNumber, Condition


def _float() -> type:
    if (run := running.get()) is None:
        return Value
    run.texts = True
    return float


def asked_by_us() -> bool:
    """Whether code of ours looks at the property that asks here, perhaps through `isinstance` with an ABC."""
    frame: Any = sys._getframe(2)
    if frame.f_globals["__name__"] == "abc":
        frame = frame.f_back
    return frame.f_code.co_filename.startswith(OURS)  # type: ignore[no-any-return]  # a text knows


def _condition(relation: Op, *operands: Any) -> Condition:
    node: Any = Value.read(relation, operands)
    become(node, Condition)
    return node  # type: ignore[no-any-return]  # it is one now


become: Callable[[Value, type[Value]], None] = object.__dict__["__class__"].__set__  # a node of another kind
