"""`compile`: a function as programs, made when it is called and kept for later calls."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial, update_wrapper
from threading import RLock
from types import FunctionType, SimpleNamespace
from typing import Any

from autograd import derivatives
from autograd.call import Argnums, normal
from autograd.compiler.collector import resting_collector
from autograd.compiler.engines import ENGINES, library
from autograd.compiler.engines import single as python
from autograd.compiler.engines.columns import Call, columns, is_column, namespace
from autograd.compiler.errors import CompileError
from autograd.compiler.record.arguments import Arguments, floats, has_values, is_number, layout, plain
from autograd.compiler.record.program import Program
from autograd.compiler.record.signature import Signature
from autograd.compiler.record.surroundings import Surroundings
from autograd.compiler.text.source import Names, Objects, made
from autograd.op import as_float
from autograd.tree import flatten, flatten_like

__all__ = ["Compiled", "compile"]

MOST_PATHS = 100  # of one program; a function that branches more is called eagerly on all others
MOST_PROGRAMS = 100  # that are kept, for other arguments and surroundings


def compile(f: Callable[..., Any], argnums: Argnums = 0, *, engine: str = "python") -> Compiled:
    """`f` as readable programs for its value and its derivatives, called like `f`.

    - `f`: as for `grad`: of numbers, or nested lists, tuples, dicts and NumPy arrays of them.
    - `argnums`: the arguments to differentiate by, as in `grad`.
    - `engine`: "python" for single calls. With "numpy" or "llvm" any number may be a column too, an array of numbers
      for as many points; results are arrays then. "numpy" works on NumPy's in blocks that stay in the cache; "llvm" in
      machine code, for single calls too, to the last bit what Python computes; it needs llvmlite (the extra `fast`).
      Arrays of others (JAX, PyTorch, CuPy, whatever follows the Array API) are left to their own library.

    The function is run once with Values for each layout of its arguments, and what it did becomes straight-line Python,
    which later calls run. Names there are those of variables, its own and of functions that it calls, and labels.
    Numbers given by position are what programs compute with; texts, flags and whatever is given by keyword only belong
    to the layout, so for another one the function is run again. So it is where what it refers to from outside has
    changed: numbers, containers, the parameters of models. The `data` of Values outside is read at each call. Where a
    function takes the number out of an argument, or of what it has made of some (`x.data`), there is CompileError,
    which says where.

    The results are floats, in the structure that eager results have, and agree with them to rounding; sums are added up
    in their order. Outside a domain there is the same DomainError. Called with Values, `f` itself records.

    Making a program takes time and memory in proportion to its operands, those of all operations together: some 20
    microseconds and 3 kB each, so 0.2 s for 10,000 and 28 s for a million, most of the memory in Python's own `compile`
    (`python -m tests.benchmarks.compiling` measures it).

    Where `f` branches (`if x > 0:`), each side is run once, when a call first goes there; with columns it raises
    CompileError, which says where, and `where(x > 0, a, b)` is the cure; its other side does no harm. Columns have no
    other errors: outside a domain there is NaN.

    Raises ValueError for an engine that does not exist; ImportError where it needs a library that is not installed.

    >>> from autograd import compile, sin
    >>> f = compile(lambda x, y: sin(x * y) + x * y)
    >>> f.value_and_grad(2.0, 0.5)
    (1.8414709848078965, 0.7701511529340699)
    >>> print(f.source)
    def value_and_grad(x, y):
        if not type(x) is type(y) is float:
            return other.value_and_grad(x, y)
        try:
            # forward
            t_1 = x*y
            value = sin(t_1) + t_1
            # backward
            d_x = (1.0 + cos(t_1)) * y
            return value, d_x
        except (ArithmeticError, ValueError):
            return eager.value_and_grad(x, y)
    """
    return Compiled(f, argnums, engine)


def _arranged(tangents: Any, args: tuple[Any, ...]) -> Any:
    """The tangents in the structure of the arguments, where a column may stand for a number and a number for one."""
    return flatten(args, arrays=False)[1](iter(flatten_like(tangents, args, "tangents", "primals", arrays=False)))


@dataclass
class _Kept:
    """A program; how it asks whether its surroundings have changed; its text and its function of each kind."""

    program: Program
    changed: str
    refresh: Callable[[], None]  # which makes it know them as they are
    sources: dict[Any, str] = field(default_factory=dict)
    functions: dict[Any, Callable[..., Any]] = field(default_factory=dict)


class Compiled:
    """A function that has been compiled: called as the function itself; see `compile`.

    `value_and_grad`, `grad` and `hessian` are functions of the same arguments; `jvp` takes arguments and directions.
    The first three are, once they have been called with floats, the programs that `source` shows and nothing around
    them, so that they may be kept and called in a loop.
    """

    def __init__(self, f: Callable[..., Any], argnums: Argnums, engine: str) -> None:
        if engine not in ENGINES:
            raise ValueError(f"There is no engine {engine!r}; there are {', '.join(map(repr, ENGINES))}.")
        update_wrapper(self, f, updated=())
        self.__wrapped__, self.argnums, self.engine = f, normal(argnums), engine
        self._columns = ENGINES[engine].columns is not None  # whether it takes them
        self._eager: dict[str, Callable[..., Any]] = {
            "value": f,
            "value_and_grad": derivatives.value_and_grad(f, argnums),
            "grad": derivatives.grad(f, argnums),
            "hessian": derivatives.hessian(f, argnums),
        }
        self._signature = Signature(f)
        self._surroundings = Surroundings(f)
        self._programs: dict[Any, _Kept] = {}
        self._lock = RLock()
        self._objects = self._helped({})
        self._entries = {kind: self._entry(kind) for kind in self._eager}
        self._value, self.value_and_grad, self.grad, self.hessian = self._entries.values()

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """What the function gives: floats for floats, Values for Values."""
        return self._value(*args, **kwargs)

    def __reduce__(self) -> tuple[Any, ...]:
        return Compiled, (self.__wrapped__, self.argnums, self.engine)  # programs are made again where they are needed

    def __repr__(self) -> str:
        return f"<compiled {self.__wrapped__!r}>"

    def jvp(self, primals: Sequence[Any], tangents: Sequence[Any]) -> tuple[Any, Any]:
        """The value at `primals`, and its derivative in the direction `tangents`; see `autograd.jvp`."""
        args = tuple(primals)
        if self._columns and (both := columns((args, _arranged(tangents, args)))) is not None:
            call = columns(args) or Call([], both.columns, args)
            return self._columnwise("jvp", call, both.leaves, {})  # type: ignore[no-any-return]  # it is made
        if not has_values((args, tangents)) and self._signature.takes(args):
            moves = [as_float(x) for x in flatten_like(tangents, args, "tangents", "primals")]
            args = tuple([plain(x, every=True) for x in args])
            value, moved = self._jvp(self._kept(args, {}))(*floats(args), *moves)
            if 0.0 not in moves or not any(map(math.isnan, floats(moved))):
                return value, moved  # else perhaps 0 times infinity, where the eager one does not carry the 0
        return derivatives.jvp(self.__wrapped__, primals, tangents)

    @property
    def source(self) -> str:
        """The programs made so far, as Python; CompileError if there is none yet."""
        texts = [text for kept in self._programs.values() for text in kept.sources.values()]
        if not texts:
            raise CompileError("There is no program yet: call the compiled function, or its value_and_grad, first.")
        return "\n\n\n".join(texts)

    # -- calls that no program answers, or none yet ---------------------------------------------------------------

    def _entry(self, kind: str) -> FunctionType:
        """A function that asks `_call`, until it is given the code of a program."""
        entry = made(
            f"def {kind}(*args, **kwargs):\n    return other.{kind}(*args, **kwargs)\n", self._objects.globals, kind
        )
        entry.__doc__ = f"The {kind} of the function, by a program that is made when it is first needed."
        return entry

    def _helped(self, kwargs: dict[str, Any]) -> Objects:
        """The globals of programs, with what they call when a call is not theirs, or Python raises."""

        def helper(answer: Callable[..., Any]) -> SimpleNamespace:
            def of(kind: str) -> Callable[..., Any]:
                return lambda *args, **more: answer(kind, args, kwargs | more)

            return SimpleNamespace(**{kind: of(kind) for kind in self._eager})

        helpers = {"other": self._call, "eager": self._eagerly, "untraced": self._explore}
        return Objects(python.FUNCTIONS | {name: helper(answer) for name, answer in helpers.items()})

    def _call(self, kind: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        args, kwargs = self._signature.bound(args, kwargs)
        if self._columns and (call := columns(args)) is not None:
            return self._columnwise(kind, call, call.leaves, kwargs)
        if has_values((args, kwargs)) or not self._signature.takes(args):
            return self._eager[kind](*args, **kwargs)
        args = self._plain(args)
        return self._function(self._kept(args, kwargs), kind)(*args)

    def _plain(self, args: tuple[Any, ...]) -> tuple[Any, ...]:
        """Arguments with floats for numbers; by those that are differentiated by, whatever is in them is one."""
        by = (self.argnums,) if isinstance(self.argnums, int) else tuple(self.argnums)
        return tuple([plain(x, every=i in by or i - len(args) in by) for i, x in enumerate(args)])

    def _eagerly(self, kind: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        return plain(self._eager[kind](*args, **kwargs))

    def _explore(self, kind: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """A call whose path is not traced yet."""
        with self._lock:
            kept = self._kept(args, kwargs)
            # Another kind may have found the path before; then this one only has to be made again.
            new = kind not in kept.functions or self._explored(kept, floats(args))
        return self._call(kind, args, kwargs) if new else self._eagerly(kind, args, kwargs)

    def _explored(self, kept: _Kept, numbers: Sequence[float]) -> bool:
        """Whether a new path was found where these numbers lead; if so, all functions are made anew."""
        if len(kept.program.paths) >= MOST_PATHS or not kept.program.explore(numbers):
            return False
        kept.functions.clear()
        return True

    # -- programs -------------------------------------------------------------------------------------------------

    def _kept(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> _Kept:
        """The program for arguments of this layout and for the surroundings as they are, its first path traced."""
        with self._lock:
            key = layout(args), layout(kwargs), self._surroundings.state()
            if key not in self._programs:
                self._surroundings = Surroundings(self.__wrapped__)
                key = *key[:2], self._surroundings.state()
                if len(self._programs) >= MOST_PROGRAMS:
                    self._programs.clear()
                self._programs[key] = self._traced(args, kwargs)
            kept = self._programs[key]
            kept.refresh()
            return kept

    def _traced(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> _Kept:
        objects = self._objects if self._signature.simple else self._helped(kwargs)
        names = Names(python.RESERVED)
        arguments = Arguments([names.new(name) for name in self._signature.names(len(args))], args, names, objects)
        program = Program(partial(self.__wrapped__, **kwargs), self.argnums, arguments, objects, names)
        program.explore(floats(args))
        return _Kept(program, *self._surroundings.question(objects))

    def _function(self, kept: _Kept, kind: str) -> Callable[..., Any]:
        with self._lock, resting_collector():
            if kind not in kept.functions:
                runnable = ENGINES[self.engine].single(kept.program, kind, kept.changed)
                kept.sources[kind], kept.functions[kind] = runnable
                if self._signature.simple:
                    self._entries[kind].__code__ = runnable.call.__code__
            return kept.functions[kind]

    def _columnwise(self, kind: str, call: Call, leaves: list[Any], kwargs: dict[str, Any]) -> Any:
        """A call of which some numbers are columns."""
        kept = self._kept(self._plain(call.example), kwargs)
        column = call.columns[0]
        name = namespace(column).__name__
        numbers = [x for x in leaves if is_column(x) or is_number(x)]
        key = kind, name, tuple(map(is_column, numbers)), str(column.dtype), str(getattr(column, "device", ""))
        with self._lock, resting_collector():
            if key not in kept.functions:
                engine = ENGINES[self.engine] if name == "numpy" else library.ENGINE
                assert engine.columns is not None  # or this were no call with columns
                kept.sources[key], kept.functions[key] = engine.columns(kept.program, kind, numbers)
        return kept.functions[key](numbers)

    def _jvp(self, kept: _Kept) -> Callable[..., Any]:
        """The program of `jvp`, which takes the numbers of arguments and directions in a row."""
        program = kept.program

        def eagerly(*numbers: float) -> Any:
            halves = numbers[: len(numbers) // 2], numbers[len(numbers) // 2 :]
            return plain(derivatives.jvp(program.f, *map(program.arguments.holding, halves)))

        def untraced(*numbers: float) -> Any:
            with self._lock:
                new = self._explored(kept, numbers[: len(numbers) // 2])
            return self._jvp(kept)(*numbers) if new else eagerly(*numbers)

        if "jvp" not in kept.functions:
            helpers = {"eager": SimpleNamespace(jvp=eagerly), "untraced": SimpleNamespace(jvp=untraced)}
            runnable = ENGINES[self.engine].single(program, "jvp", helpers=helpers)
            kept.sources["jvp"], kept.functions["jvp"] = runnable
        return kept.functions["jvp"]
