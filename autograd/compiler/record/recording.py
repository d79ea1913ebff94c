"""One run of a function, recorded: the graph of its results, the branches it took, and what code ran.

The function is called once with Values, so what it does is recorded as always. What comes of its arguments is `Traced`
meanwhile: comparisons give a `Condition`, so that `where(x > 0, a, b)` becomes a node with both branches; where Python
wants to know whether a condition holds (`if x > 0:`), its outcome is noted as a `Guard`; and whoever takes the number
out is told that a program could only repeat it.

A `Trace` is a graph of Values, read like any other; `terms` says what the compiler makes of it.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import partial
from types import CodeType, FrameType
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

from autograd import call, copying, derivatives, graph, ops, recording, value
from autograd.arithmetic import left_for_later
from autograd.call import births
from autograd.compiler.collector import resting_collector
from autograd.compiler.errors import OURS, CompileError, caller
from autograd.compiler.record.reads import Reads, is_users, names_in
from autograd.op import Op, as_float
from autograd.recording import tracing
from autograd.tree import Rebuild, flatten
from autograd.value import Value

__all__ = ["PROGRAMS", "Again", "Condition", "Guard", "Trace", "trace", "traced_call"]


class Guard(NamedTuple):
    """A condition that Python asked for, its outcome, and the line of the user's code that asked."""

    condition: Condition
    outcome: bool
    file: str
    line: int


@dataclass
class Trace:
    """What a function did.

    - `results`: the numbers that it returned, Values or plain ones; `like_results` puts as many into their structure.
    - `guards`: the branches taken, in their order.
    - `own`: the leaves that were made on the way, which are constants. All other leaves are variables: those that the
      function was called with, and those that it refers to from outside.
    - `names`: what variables of functions were called that held Values when these returned.
    - `reads`: what code ran, which says what was read from outside.
    """

    results: list[Any] = field(default_factory=list)
    like_results: Rebuild = next
    guards: list[Guard] = field(default_factory=list)
    own: set[Value] = field(default_factory=set)
    names: dict[Value, str] = field(default_factory=dict)
    reads: Reads = field(default_factory=lambda: Reads(None))
    bools: bool = False  # whether conditions are bools as soon as they are made, because code asks `is True`
    whole: frozenset[Value] = frozenset()  # arguments that are whole numbers, and notice how they are used


class Again(BaseException):
    """The run has to be made again: with conditions that are `bools`, or with the whole numbers as they are.

    No Exception, so that no code of the user's takes it for one of its own.
    """

    def __init__(self, bools: bool = False) -> None:
        self.bools = bools


_running: ContextVar[Trace | None] = ContextVar("trace", default=None)
_busy = 0  # how many runs are under way in all threads

# Programs of other compiled functions, by their code: what these read from outside.
PROGRAMS: WeakKeyDictionary[CodeType, Reads] = WeakKeyDictionary()


def trace(f: Callable[..., Any], *args: Any, **kwargs: Any) -> Trace:
    """Call `f` and record what it does; numbers outside the domain of a function are no error, as within `ieee()`.

    >>> x = Value(3.0)
    >>> run = trace(lambda x: x if x > 2 else -x, x)
    >>> run.results, [(guard.condition.op, guard.outcome) for guard in run.guards]
    ([Value(3.0)], [(<op 'gt'>, True)])
    """
    return traced_call(f, args, kwargs)


def traced_call(
    f: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any], whole: Collection[Value] = ()
) -> Trace:
    """The trace of a call; the Values `whole` are whole numbers.

    Raises `Again` where `f` uses one of those as such (`range(n)`) or asks what it is.
    """
    try:
        return _run(f, args, kwargs, Trace(whole=frozenset(whole)))
    except Again as again:
        if not again.bools:
            raise
        return _run(f, args, kwargs, Trace(whole=frozenset(whole), bools=True))


def _run(f: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any], run: Trace) -> Trace:
    global _busy
    token = _running.set(run)
    run.reads = Reads(f)
    leaves = [x for x in flatten((args, kwargs))[0] if type(x) is Value]
    _busy += 1
    try:
        for x in leaves:
            _class.__set__(x, Whole if x in run.whole else Traced)
        # (Nor are functions run that others want called when garbage is collected.)
        with births() as run.own, tracing(Traced), left_for_later(_constant), resting_collector(), _watched(f, run):
            run.results, run.like_results = flatten(f(*args, **kwargs))
    finally:
        _busy -= 1
        _running.reset(token)
        for x in leaves:
            _class.__set__(x, Value)
    for node in graph.operations(*[x for x in (*run.results, *run.names) if isinstance(x, Value)]):
        if type(node) is Traced:  # what somebody has kept is a Value like any other
            _class.__set__(node, Value)
    return run


def _constant(op: Op, xs: Sequence[float]) -> Value:
    """A function of plain numbers outside its domain, as a node: the program will raise there as the function does."""
    node: Value = Value.read(op, tuple(map(Value, xs)))
    return node


# -- watching what runs -----------------------------------------------------------------------------------------

_AUTOGRAD = OURS[0]  # whose variables tell a reader nothing, and which reads nothing of the user's by itself
_BOOLS = {"IS_OP", "MATCH_CLASS", "MATCH_MAPPING", "MATCH_SEQUENCE"}
_OF_KINDS = {"isinstance", "issubclass", "type", "int", "Integral"}


@contextmanager
def _watched(f: Callable[..., Any], run: Trace) -> Iterator[None]:
    """Watch the calls that `f` makes: noted is what code runs, and what its variables are called.

    A profiler that is at work rests meanwhile.
    """
    while isinstance(f, partial):
        f = f.func
    code = getattr(f, "__code__", None)
    known: dict[int, CodeType] = {}  # code that has been met, by its id, as hashing it takes long
    quiet: set[int] = set()  # that of which nothing more is to be noted
    ran, names = run.reads.ran, run.names

    def watch(frame: FrameType, event: str, _: Any) -> None:  # pragma: no cover  # not seen by what itself watches
        called = frame.f_code
        if id(called) in quiet or (event != "return" and event != "call"):
            return
        if id(called) not in known:
            known[id(called)] = called
            if is_users(called.co_filename):
                _meet(run, called)
                ran[called] = frame.f_globals
                return
            if not called.co_filename.startswith(OURS[1]):
                quiet.add(id(called))
            if (reads := PROGRAMS.get(called)) is not None:
                ran.update(reads.ran)
        elif event == "return":
            if called is code:
                names.update((x, name) for name, x in frame.f_locals.items() if isinstance(x, Value))
            elif not called.co_name.startswith("<"):  # comprehensions, whose variables were many things
                for name, x in frame.f_locals.items():
                    if isinstance(x, Value):
                        names.setdefault(x, name)

    other: Any = sys.getprofile()
    if hasattr(other, "disable"):  # of cProfile, which Python cannot set again by itself
        other.disable()
    sys.setprofile(watch)
    try:
        yield
    finally:
        sys.setprofile(None)
        if hasattr(other, "enable"):
            other.enable()
        elif other is not None:
            sys.setprofile(other)


def _meet(run: Trace, code: CodeType) -> None:  # pragma: no cover  # called by what itself watches
    """Code of the user's is about to run for the first time in this run."""
    names = names_in(code)
    if run.whole and not _OF_KINDS.isdisjoint(names.variables):
        raise Again
    if not run.bools and names.bools:
        raise Again(bools=True)


# -- numbers that are recorded ----------------------------------------------------------------------------------

_READERS = [str(module.__file__) for module in (value, recording, copying, call, derivatives, graph)]
_VALUES = _READERS[:3]
_READERS += [os.path.join(_AUTOGRAD, "compiler"), OURS[1]]


_trusted: dict[int, CodeType] = {}  # code of these, by its id


def _check(frame: FrameType, what: str) -> None:
    """CompileError unless the code that asks for a number is what records it, in the thread of the run."""
    if _running.get() is None:
        if _busy and frame.f_code.co_filename in _VALUES:
            raise _taken("works in a thread of its own with a Value")
        return
    code = frame.f_code
    if id(code) in _trusted:
        return
    if code is as_float.__code__ and frame.f_back is not None:
        frame = frame.f_back
    if not frame.f_code.co_filename.startswith(tuple(_READERS)) or frame.f_code is Value.__init__.__code__:
        raise _taken(what)
    if frame.f_code is code:
        _trusted[id(code)] = code


class Traced(Value):
    """A Value that is being recorded, of which somebody's code may take the number."""

    __slots__ = ()

    @staticmethod
    def adopt(node: Value) -> None:
        """Let a node that was made of others be of this kind, if one of these is."""
        if node.__class__ is not Condition and any(isinstance(x, Traced) for x in node.parents):
            node.__class__ = Traced

    @staticmethod
    def compare(relation: Op, x: Value, y: Any) -> Any:
        """What a comparison gives: a node, too, or a bool where code asks for these."""
        condition = _condition(relation, x, y)
        run = _running.get()
        return bool(condition) if run is not None and run.bools else condition

    @property
    def data(self) -> float:
        """The number in this run; CompileError for whoever would go on with it as if it were the same in every run."""
        _check(sys._getframe(1), "takes the number out of a Value")
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

    def __format__(self, spec: str) -> str:
        return Shown(format(_data.__get__(self), spec) if spec else repr(self))


class Shown(str):
    """A number as text, which may be shown; `float` of it would be the same in every run."""

    __slots__ = ()

    def __float__(self) -> float:
        raise _taken("takes the number out of a text")


class Whole(Traced):
    """A whole number among the arguments; where it is used as such (`range(n)`, `v[n]`), the run is made again."""

    __slots__ = ()

    def __hash__(self) -> int:
        return _again() if not sys._getframe(1).f_code.co_filename.startswith(OURS) else object.__hash__(self)

    __eq__, __ne__ = Value.__eq__, Value.__ne__


def _again(*_: Any) -> Any:
    raise Again


for _name in (
    "index", "int", "and", "rand", "or", "ror", "xor", "rxor", "invert", "lshift", "rlshift", "rshift", "rrshift",
    "float", "complex",
):  # fmt: skip
    setattr(Whole, f"__{_name}__", _again)
for _name in ("bit_length", "bit_count", "to_bytes", "numerator", "denominator", "real", "imag", "is_integer"):
    setattr(Whole, _name, property(_again))


def _taken(what: str) -> CompileError:
    file, line = caller()
    return CompileError(
        f"Line {line} of {file} {what}, which a program could only repeat: compute with the Value itself, by "
        "autograd's functions, and for if say where(x > 0, a, b); f'{x}' shows it."
    )


_data: Any = Value.__dict__["data"]
_partials: Any = Value.__dict__["partials"]


class Condition(Traced):
    """A comparison that is recorded: a node of one of `ops.RELATIONS`, its `data` the outcome in this run.

    For whoever asks for anything but `where`, `&`, `|` and arithmetic it is a bool, and that it was asked is noted.
    """

    __slots__ = ()
    concrete = False
    __class__ = property(lambda self: Condition if _asked_by_us() else bool)  # isinstance asks

    @staticmethod
    def read(op: Op, args: tuple[Any, ...]) -> Value:
        """A node of `op` that has a condition among its operands, such as `where`."""
        node: Value = Value.read(op, args)
        _class.__set__(node, Traced)
        return node

    def __bool__(self) -> bool:
        outcome = bool(_data.__get__(self))
        if (run := _running.get()) is not None:
            run.guards.append(Guard(self, outcome, *caller()))
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
    _class.__set__(node, Condition)
    return node  # type: ignore[no-any-return]  # it is one now


_class: Any = object.__dict__["__class__"]


def _of_number(method: Callable[..., Any]) -> Callable[..., Any]:
    return lambda self, *others: method(ops.where(self, 1.0, 0.0), *others)  # as True counts as 1


def _of_bool(name: str) -> Callable[..., Any]:
    def method(self: Condition, *others: Any) -> Any:
        others = tuple([bool(x) if isinstance(x, Condition) else x for x in others])
        return getattr(bool(self), f"__{name}__")(*others)

    return method


for _name in ("add", "sub", "mul", "truediv", "pow"):
    for _method in (f"__{_name}__", f"__r{_name}__"):
        setattr(Condition, _method, _of_number(getattr(Value, _method)))
for _method in ("__neg__", "__abs__"):
    setattr(Condition, _method, _of_number(getattr(Value, _method)))
for _name in ("xor", "rxor", "invert", "index", "int", "float", "str", "repr", "format"):
    setattr(Condition, f"__{_name}__", _of_bool(_name))
