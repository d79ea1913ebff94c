"""One run of a function, recorded: the graph of its results, and the branches it took on the way.

The function is called once with Values, so what it does is recorded as always. Three things are added meanwhile. A
comparison of Values gives a `Condition`, so that `where(x > 0, a, b)` becomes a node with both branches. And where
Python wants to know whether a condition holds (`if x > 0:`), the outcome for the numbers at hand is noted as a `Guard`:
what was recorded holds for all arguments for which the guards come out alike. And where somebody's code speaks of
`data`, what is recorded does not give it away, since it would be a constant of the program.

A `Trace` is a graph of Values, read like any other; `terms` says what the compiler makes of it.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import partial
from types import CodeType, FrameType
from typing import Any, NamedTuple

from autograd import ops
from autograd.arithmetic import ieee
from autograd.call import births
from autograd.compiler.errors import OURS, CompileError, caller
from autograd.op import Op
from autograd.tree import Rebuild, flatten
from autograd.value import Value, tracing

__all__ = ["Condition", "Guard", "Trace", "trace"]


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
    """

    results: list[Any] = field(default_factory=list)
    like_results: Rebuild = next
    guards: list[Guard] = field(default_factory=list)
    own: set[Value] = field(default_factory=set)
    names: dict[Value, str] = field(default_factory=dict)


_AUTOGRAD, _ = OURS  # whose variables tell a reader nothing; those of nn name what is in a loss

_running: ContextVar[Trace | None] = ContextVar("trace", default=None)


def trace(f: Callable[..., Any], *args: Any, **kwargs: Any) -> Trace:
    """Call `f` and record what it does; numbers outside the domain of a function are no error, as within `ieee()`.

    >>> x = Value(3.0)
    >>> run = trace(lambda x: x if x > 2 else -x, x)
    >>> run.results, [(guard.condition.op, guard.outcome) for guard in run.guards]
    ([Value(3.0)], [(<op 'gt'>, True)])
    """
    run = Trace()
    token = _running.set(run)
    leaves = [x for x in flatten((args, kwargs))[0] if type(x) is Value]
    try:
        with births() as run.own, tracing(Traced), ieee(), _watched(f, run.names, {*leaves}):
            run.results, run.like_results = flatten(f(*args, **kwargs))
    finally:
        _running.reset(token)
        for x in leaves:
            x.__class__ = Value
    return run


def _says_data(code: CodeType) -> bool:  # pragma: no cover  # called by what itself watches
    return "data" in code.co_names or any(_says_data(x) for x in code.co_consts if isinstance(x, CodeType))


@contextmanager
def _watched(f: Callable[..., Any], names: dict[Value, str], leaves: set[Value]) -> Iterator[None]:
    """Watch the calls that `f` makes, unless somebody else does so, such as a profiler.

    Noted is what variables are called: those of `f`, then those of the functions it calls that are not of autograd. And
    what a function is called with that says `data` is `Traced` from then on, if it is recorded or one of `leaves`.
    """
    while isinstance(f, partial):
        f = f.func
    code = getattr(f, "__code__", None)
    if sys.getprofile() is not None:
        yield
        return
    ours, known = set[int](), dict[int, tuple[bool, CodeType]]()  # of codes by their id: whether they say `data`

    def watch(frame: FrameType, event: str, _: Any) -> None:  # pragma: no cover  # not seen by what itself watches
        if (event != "return" and event != "call") or id(called := frame.f_code) in ours:
            return
        if id(called) not in known:
            file = called.co_filename
            known[id(called)] = not file.startswith(OURS) and _says_data(called), called
            if file.startswith(_AUTOGRAD):
                ours.add(id(called))
                return
        if event == "call":
            if known[id(called)][0]:
                given = [x for name, x in frame.f_locals.items() if name not in called.co_freevars]
                for x in flatten([x for x in given if not hasattr(x, "dtype")])[0]:
                    if type(x) is Value and (x.parents or x in leaves):
                        x.__class__ = Traced
        elif called is code:
            names.update((x, name) for name, x in frame.f_locals.items() if isinstance(x, Value))
        elif not called.co_name.startswith("<"):  # comprehensions, whose variables were many things
            for name, x in frame.f_locals.items():
                if isinstance(x, Value):
                    names.setdefault(x, name)

    sys.setprofile(watch)
    try:
        yield
    finally:
        sys.setprofile(None)


class Traced(Value):
    """A Value met while tracing, of which somebody's code may take the number."""

    __slots__ = ()

    @staticmethod
    def compare(relation: Op, x: Value, y: Any) -> Condition:
        """What a comparison gives: a node, too."""
        return _condition(relation, x, y)

    @property
    def data(self) -> float:
        """The number in this run; CompileError for whoever would go on with it as if it were the same in every run."""
        if not sys._getframe(1).f_code.co_filename.startswith(OURS) and _running.get() is not None:
            file, line = caller()
            raise CompileError(
                f"Line {line} of {file} takes the number out of a Value, which a program could only repeat: compute "
                "with the Value itself, by autograd's functions, and for if say where(x > 0, a, b); f'{x}' shows it."
            )
        number: float = _data.__get__(self)
        return number

    @data.setter
    def data(self, data: float) -> None:
        _data.__set__(self, data)


_data: Any = Value.__dict__["data"]


class Condition(Value):
    """A comparison met while tracing: a node of one of `ops.RELATIONS`, its `data` the outcome in this run."""

    __slots__ = ()
    concrete = False

    @staticmethod
    def read(op: Op, args: tuple[Any, ...]) -> Value:
        """A node of `op` that has a condition among its operands, such as `where`."""
        node = Value.read(op, args)
        node.__class__ = Traced if Traced in map(type, args) else Value  # not that of its first operand
        return node

    def __bool__(self) -> bool:
        outcome = bool(self.data)
        if (run := _running.get()) is not None:
            run.guards.append(Guard(self, outcome, *caller()))
        return outcome

    def __and__(self, other: Any) -> Any:
        if not isinstance(other, Value):
            return self if other else False
        return _condition(ops.RELATIONS["and_"], self, other)

    def __or__(self, other: Any) -> Any:
        if not isinstance(other, Value):
            return True if other else self
        return _condition(ops.RELATIONS["or_"], self, other)

    __rand__, __ror__ = __and__, __or__


def _condition(relation: Op, *operands: Any) -> Condition:
    node: Any = Value.read(relation, operands)
    node.__class__ = Condition
    return node  # type: ignore[no-any-return]  # it is one now


def _of_number(method: Callable[..., Any]) -> Callable[..., Any]:
    return lambda self, *others: method(ops.where(self, 1.0, 0.0), *others)  # as True counts as 1


for _name in ("add", "sub", "mul", "truediv", "pow"):
    for _method in (f"__{_name}__", f"__r{_name}__"):
        setattr(Condition, _method, _of_number(getattr(Value, _method)))
for _method in ("__neg__", "__abs__"):
    setattr(Condition, _method, _of_number(getattr(Value, _method)))
