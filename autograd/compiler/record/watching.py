"""Which code runs while a function is being recorded, and what its variables are called.

Watching is slower than recording itself, so it rests while an operation of ours is at work.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from types import CodeType, FrameType, FunctionType
from typing import TYPE_CHECKING, Any
from weakref import ref

from autograd import ops, recording
from autograd.compiler.errors import OURS
from autograd.compiler.record.reads import Ran, Reads, is_users, names_in, ran_with
from autograd.compiler.record.traced import Again, Condition, GivenNumber, Traced, only_here, running, taken_out
from autograd.compiler.record.used import TracedColumn, Whole
from autograd.op import LinearOp, Op
from autograd.value import Value

if TYPE_CHECKING:
    from autograd.compiler.record.recording import Trace

__all__ = ["at_rest", "remember", "watched"]

# Programs of other compiled functions, by their code: what these read from outside.
PROGRAMS: dict[int, tuple[ref[CodeType], Reads]] = {}


def remember(code: CodeType, reads: Reads) -> None:
    """Note what a program read, for as long as its code lives; by identity, since programs may have equal code."""
    place = id(code)
    PROGRAMS[place] = ref(code, lambda _: PROGRAMS.pop(place)), reads


_OF_KINDS = {"isinstance", "issubclass", "type", "int", "Integral"}


@contextmanager
def watched(f: Callable[..., Any], run: Trace) -> Iterator[None]:
    """Watch the calls that `f` makes: note which code runs, and the names of its variables.

    Where a debugger is at work, a profiler rests meanwhile.
    """
    while isinstance(f, partial):
        f = f.func
    code = getattr(f, "__code__", None)
    known: Ran = {}  # code that has been met
    quiet: set[int] = set()  # code whose variables are no longer noted
    ran, names = run.reads.ran, run.names

    def watch(frame: FrameType, event: str, _: Any) -> None:  # pragma: no cover  # not seen by what itself watches
        if event == "c_call" or event == "c_return":  # most events, so that they are the first to be told apart
            return
        called = frame.f_code
        if event == "c_exception" or id(called) in quiet:
            return
        if (id(called), id(frame.f_globals)) not in known:
            known.update(met := ran_with(called, frame.f_globals))
            if is_users(called.co_filename):
                _meet(run, called)
                ran.update(met)
                return
            if not called.co_filename.startswith(OURS[1]):
                quiet.add(id(called))
            if (program := PROGRAMS.get(id(called))) is not None:
                ran.update(program[1].ran)
        elif event == "return":
            if called is code:
                names.update((x, name) for name, x in frame.f_locals.items() if isinstance(x, Value))
            elif not called.co_name.startswith("<"):  # comprehensions, whose variables were many things
                for name, x in frame.f_locals.items():
                    if isinstance(x, Value):
                        names.setdefault(x, name)

    def begin(frame: FrameType, _: str, __: Any) -> Any:  # pragma: no cover  # likewise
        if id(frame.f_code) in quiet:
            return None
        watch(frame, "call", None)
        if id(frame.f_code) in quiet:
            return None
        frame.f_trace_lines = False
        return end

    def end(frame: FrameType, event: str, _: Any) -> Any:  # pragma: no cover  # likewise
        if event == "return":
            watch(frame, event, None)
        return end

    # Tracing tells of Python's functions only, and costs less than a profiler, which is needed where coverage traces.
    if sys.gettrace() is None:  # pragma: no cover  # coverage is such a tracer
        run.watch = begin
        sys.settrace(begin)
        try:
            yield
        finally:
            sys.settrace(None)
            run.watch = None
        return
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
    if names.past is not None:
        raise taken_out("takes the number out of a Value", code.co_filename, names.past)
    if run.sizes and not _OF_KINDS.isdisjoint(names.variables):
        raise Again
    asks = names.bools or ("type" in names.variables and not code.co_filename.startswith(OURS))  # ours, of no condition
    if not run.bools and asks:
        raise Again(bools=True)


# -- operations of ours, which are not watched --------------------------------------------------------------------


def _resting(method: Callable[..., Any]) -> Callable[..., Any]:
    def operation(*operands: Any, **named: Any) -> Any:
        if (run := running.get()) is None:
            only_here()
        elif run.watch and not named and _PLAIN.issuperset(map(type, operands)):  # pragma: no cover  # see _at_rest
            return _at_rest(run.watch, method, operands)
        return method(*operands, **named)

    return operation


def _read_op(op: Op, args: tuple[Any, ...]) -> Any:
    if (run := running.get()) is None:
        only_here()
    elif run.watch and op in _OURS:  # pragma: no cover  # see _at_rest
        return _at_rest(run.watch, Value.read, (op, args))
    return Value.read(op, args)


def _read_linear(op: LinearOp, w: tuple[Any, ...], x: tuple[Any, ...], bias: Any) -> Any:
    if running.get() is None:
        only_here()
    return Value.read_linear(op, w, x, bias)


def _at_rest(watch: Any, f: Callable[..., Any], args: Any) -> Any:  # pragma: no cover  # coverage watches likewise
    sys.settrace(None)
    try:
        return f(*args)
    finally:
        sys.settrace(watch)


def at_rest(f: Callable[[], Any]) -> Any:
    """What a function of ours returns; its calls are not watched."""
    run = running.get()
    return f() if run is None or run.watch is None else _at_rest(run.watch, f, ())


_PLAIN = {Traced, GivenNumber, Whole, TracedColumn, Condition, Value, float, int}
_OURS = {*ops.TABLE.values()}  # without those that users add
Traced.read, Traced.read_linear = staticmethod(_read_op), staticmethod(_read_linear)
Condition.__bool__ = _resting(Condition.__bool__)  # type: ignore[method-assign]  # here, where all kinds are known
for _name, _method in [*vars(Value).items()]:
    if isinstance(_method, FunctionType) and _method.__module__ == recording.__name__:
        setattr(Traced, _name, _resting(_method))
