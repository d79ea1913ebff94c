"""`compile`: a function as programs, made when it is called and kept for later calls."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial, update_wrapper
from numbers import Integral
from threading import RLock
from types import CodeType, FunctionType, MethodType, SimpleNamespace
from typing import Any, Literal, overload
from weakref import WeakKeyDictionary

from autograd import derivatives
from autograd.call import Argnums, indices_of, normal_argnums
from autograd.compiler.collector import resting_collector
from autograd.compiler.engines import ENGINES, library
from autograd.compiler.engines import single as python
from autograd.compiler.engines.columns import Call, columns, is_column, namespace, without_zeros
from autograd.compiler.errors import CompileError
from autograd.compiler.record.arguments import Arguments, Layout, has_values, plain
from autograd.compiler.record.facts import OPAQUE, content, facts_outside, marks
from autograd.compiler.record.program import Program
from autograd.compiler.record.questions import HARMLESS, HELPERS, questions
from autograd.compiler.record.reads import Reads
from autograd.compiler.record.recording import remember, traced_call
from autograd.compiler.record.signature import Signature
from autograd.compiler.record.traced import Again
from autograd.compiler.text.source import Names, Objects, made
from autograd.op import Op, as_float
from autograd.recording import born
from autograd.tree import flatten, flatten_like
from autograd.value import Value

__all__ = ["Compiled", "compile"]

MOST_PATHS = 16  # that a layout has programs for; other calls are eager
MANY_BRANCHES = 16  # of one path: it gets a program when it is taken again
COUNTS_AS = 5  # paths, if such a path has been taken once, as recording it takes as long
FEW = 2  # questions that a program asks itself rather than by a function of their own
MOST_PROGRAMS = 16  # that are kept of one layout, for other surroundings

KINDS = ("value", "value_and_grad", "grad", "hessian")


@overload
def compile(
    f: Callable[..., Any],
    argnums: Argnums = 0,
    *,
    engine: str = "python",
    outside: Literal["read", "constant"] = "read",
) -> Compiled: ...
@overload
def compile(
    f: None = None,
    argnums: Argnums = 0,
    *,
    engine: str = "python",
    outside: Literal["read", "constant"] = "read",
) -> Callable[[Callable[..., Any]], Compiled]: ...
def compile(
    f: Callable[..., Any] | None = None,
    argnums: Argnums = 0,
    *,
    engine: str = "python",
    outside: Literal["read", "constant"] = "read",
) -> Any:
    """`f` as readable programs for its value and its derivatives, called like `f`.

    - `f`: as for `grad`: of numbers, or nested lists, tuples, dicts and NumPy arrays of them. It may take anything else
      besides, which tells programs apart by its content: texts, flags, masks, indices, dates, sets, tensors, functions,
      and objects by those of their attributes that it reads.
    - `argnums`: the arguments to differentiate by, as in `grad`.
    - `outside`: "read" if what `f` reads from outside counts as it is at each call, "constant" if it stays as it was at
      the first one, apart from the `data` of Values.
    - `engine`: "python" for single calls. With "numpy" or "llvm" any number may be a column too, an array of numbers
      for as many points; results are arrays then. "numpy" works on NumPy's in blocks that stay in the cache; "llvm" in
      machine code, for single calls too, to the last bit what Python computes; it needs llvmlite (the extra `fast`).
      Arrays of others (JAX, PyTorch, CuPy, whatever follows the Array API) are left to their own library.

    The function is run once with Values for each layout of its arguments, and what it did becomes straight-line Python,
    which later calls run. Names there are those of variables, its own and of functions that it calls, and labels.
    Numbers are what programs compute with, however they are given. A whole number that is used as such (`range(n)`,
    `v[n]`, `isinstance(n, int)`) tells programs apart by its value, as does a float where `f` can only use it as one
    (`math.exp(k)`) and does not differentiate by it. A column that is used as an array (`np.sum(x)`, `x[0]`) is one.

    What `f` reads from outside is compared at each call: globals, variables of enclosing functions, attributes,
    methods, classes, defaults, modules, and what is in containers and arrays, also where functions that it calls read
    it. Where something has changed, `f` is run again. The `data` of Values outside is read at each call, and
    derivatives by them are kept: in a function that is being differentiated, `f` itself is called. Not noticed are
    changes of what Python and libraries keep for themselves (`os.getenv`, precisions, classes registered later with an
    ABC or `singledispatch`), and numbers while `f` runs are Values, also where `isinstance(x, float)` asks. What `f`
    does besides giving a result, such as adding to a list, it does when it is run, and not at each call.

    Raises CompileError, which says where, if the function takes the number out of an argument or of what it has made of
    one (`x.data`, its slopes; a text of it is a branch, as if it were compared with that number), if it calls
    `backward`, or if it reads what cannot be compared with what it will be later: an iterator, a clock, a file, random
    numbers, and objects that cannot be pickled and hold more than their attributes.

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
        if _outside.get('sin', _outside) is not _sin or _f.__code__ is not _code:
            return other.value_and_grad(x, y)
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
    if f is None:
        return partial(compile, argnums=argnums, engine=engine, outside=outside)
    return Compiled(f, argnums, engine, outside)


def _arranged(tangents: Any, args: tuple[Any, ...]) -> Any:
    """The tangents in the structure of the arguments, where a column may stand for a number and a number for one."""
    return flatten(args, arrays=False)[1](iter(flatten_like(tangents, args, "tangents", "primals", arrays=False)))


@dataclass
class _Path:
    """One way through the function: its program, what the run read, and its texts and functions by their kinds.

    `known` and `contents` are the marks of what was there outside, and of the objects among the arguments. `changed` is
    a condition in Python, "" where there is nothing to ask; `refresh` makes it know what is there now.
    """

    program: Program
    reads: Reads
    known: list[Any]
    contents: list[Any]
    changed: str = ""
    asked: Callable[[], bool] = lambda: False
    refresh: Callable[[], None] = lambda: None
    sources: dict[Any, str] = field(default_factory=dict)
    functions: dict[Any, Callable[..., Any]] = field(default_factory=dict)

    def holds(self) -> bool:
        """Whether what was read is still the same, which is learnt anew where it only looks different."""
        if self.asked():
            if marks(facts_outside(self.reads)) != self.known:
                return False
            self.refresh()
        return True


@dataclass
class _Kept:
    """What is kept for arguments of one layout and content, and for surroundings.

    `seen` are ways of many branches that have been taken once.
    """

    layout: Layout
    key: Any
    by: tuple[int, ...]
    paths: list[_Path] = field(default_factory=list)
    seen: set[Any] = field(default_factory=set)
    warned: bool = False


class Compiled:
    """A function that has been compiled: called as the function itself; see `compile`.

    `value_and_grad`, `grad` and `hessian` are functions of the same arguments; `jvp` takes arguments and directions.
    The first three are, once they have been called with floats, the programs that `source` shows and nothing around
    them, so that they may be kept and called in a loop.
    """

    def __init__(self, f: Callable[..., Any], argnums: Argnums, engine: str, outside: str) -> None:
        if engine not in ENGINES:
            raise ValueError(f"There is no engine {engine!r}; there are {', '.join(map(repr, ENGINES))}.")
        if outside not in ("read", "constant"):
            raise ValueError(f"What is outside is 'read' at each call or 'constant', got {outside!r}.")
        update_wrapper(self, f, updated=())
        self.__wrapped__, self.argnums, self.engine, self.outside = f, normal_argnums(argnums), engine, outside
        self._columns = ENGINES[engine].columns is not None  # whether it takes them
        self._eager: dict[str, Callable[..., Any]] = {
            "value": f,
            "value_and_grad": derivatives.value_and_grad(f, argnums),
            "grad": derivatives.grad(f, argnums),
            "hessian": derivatives.hessian(f, argnums),
        }
        self._signature = Signature(f, self.argnums, python.RESERVED)
        self._kept: dict[Any, list[_Kept]] = {}  # by layout
        self._arrays: set[Any] = set()  # layouts of calls with columns whose columns are used as arrays
        self._solid: dict[Any, frozenset[int]] = {}  # arguments of a layout whose numbers are not those of programs
        self._quick: dict[str, set[Any]] = {
            kind: set() for kind in KINDS
        }  # kinds of scalars that only have to be floats
        self._methods: WeakKeyDictionary[Any, Compiled] = WeakKeyDictionary()
        self._lock = RLock()
        self._objects = Objects(python.FUNCTIONS | HELPERS | self._helpers())
        self._entries = {kind: self._entry(kind) for kind in KINDS}
        self._value, self.value_and_grad, self.grad, self.hessian = self._entries.values()

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """What the function gives: floats for floats, Values for Values."""
        return self._value(*args, **kwargs)

    def __get__(self, instance: Any, owner: Any = None) -> Compiled:
        """As functions do, it becomes a method of the objects of a class in which it is defined."""
        if instance is None:
            return self
        try:
            method = self._methods.get(instance)
        except TypeError:  # an object that cannot be kept in a dict: then it has a program for each access
            return Compiled(MethodType(self.__wrapped__, instance), self.argnums, self.engine, self.outside)
        if method is None:
            bound = MethodType(self.__wrapped__, instance)
            method = self._methods[instance] = Compiled(bound, self.argnums, self.engine, self.outside)
        return method

    def __reduce__(self) -> Any:
        found: Any = sys.modules.get(getattr(self, "__module__", ""))
        for name in getattr(self, "__qualname__", "").split("."):
            found = getattr(found, name, None)
        if found is self:  # decorated, so that the function itself cannot be found by its name
            return self.__qualname__
        return Compiled, (self.__wrapped__, self.argnums, self.engine, self.outside)  # programs are made again

    def __repr__(self) -> str:
        return f"<compiled {self.__wrapped__!r}>"

    def jvp(self, primals: Sequence[Any], tangents: Sequence[Any]) -> tuple[Any, Any]:
        """The value at `primals`, and its derivative in the direction `tangents`; see `autograd.jvp`."""
        args = tuple(primals)
        bound = self._signature.bound(args, {})
        if bound and self._columns and (both := columns((*bound[0].values(), _arranged(tangents, args)))) is not None:
            call = columns([*bound[0].values()]) or Call([], both.columns, tuple(bound[0].values()))
            if (found := self._columnwise("jvp", call, both.leaves, *bound)) is not None:
                eager = partial(derivatives.jvp, self.__wrapped__)
                return without_zeros(eager, args, _arranged(tangents, args), found)
        if bound and not has_values((args, tangents)):
            kept, taken = self._found("jvp", *bound)
            numbers = kept.layout.floats(taken)
            moves = [as_float(x) for x in flatten_like(tangents, args, "tangents", "primals")]
            if kept.paths and not self._is_part(kept) and len(numbers) == len(moves):
                value, moved = self._function(kept, 0, "jvp")(*numbers, *moves)
                if 0.0 not in moves or not any(x != x for x in flatten(moved)[0]):
                    return value, moved  # else perhaps 0 times infinity, where the eager one does not carry the 0
        return derivatives.jvp(self.__wrapped__, primals, tangents)

    @property
    def source(self) -> str:
        """The programs made so far, as Python; CompileError if there is none yet."""
        kept = [kept for found in self._kept.values() for kept in found]
        texts = [text for one in kept for path in one.paths for text in path.sources.values()]
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

    def _helpers(self) -> dict[str, Any]:
        """What programs call when a call is not theirs, or Python raises."""

        def other(kind: str) -> Callable[..., Any]:
            quick = self._quick[kind]

            def call(*args: Any, **kwargs: Any) -> Any:
                if not kwargs and (*map(type, args),) in quick:
                    numbers = (*map(float, args),)
                    if numbers == args:  # else there is NaN, or an int that no float is
                        return self._entries[kind](*numbers)
                elif (*map(type, args), *kwargs, *map(type, kwargs.values())) in quick:
                    numbers, named = (*map(float, args),), {name: float(x) for name, x in kwargs.items()}
                    if numbers == args and named == kwargs:  # likewise
                        return self._entries[kind](*numbers, **named)
                return self._call(kind, args, kwargs)

            return call

        def eager(kind: str) -> Callable[..., Any]:
            return lambda *args, **kwargs: plain(self._eager[kind](*args, **kwargs))

        return {
            "other": SimpleNamespace(**{kind: other(kind) for kind in KINDS}),
            "eager": SimpleNamespace(**{kind: eager(kind) for kind in KINDS}),
        }

    def _call(self, kind: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        bound = self._signature.bound(args, kwargs)
        if bound is None:
            return self._eager[kind](*args, **kwargs)  # which raises TypeError
        given, more = self._signature.given(bound[0])
        call = columns([*bound[0].values()]) if self._columns else None
        if call and (found := self._columnwise(kind, call, call.leaves, *bound)) is not None:
            return found
        if has_values((given, more)):
            return self._eager[kind](*given, **more)
        kept, taken = self._found(kind, *bound)
        if not kept.paths or self._is_part(kept):
            return self._eager[kind](*given, **more)
        try:
            function = self._function(kept, 0, kind)
        except CompileError:
            if not self._solidified(kept, taken):
                raise
            return self._call(kind, args, kwargs)
        arguments = kept.paths[0].program.arguments
        values = arguments.values(kept.layout.floats(taken))
        if not self._signature.direct:
            return function(*values)
        entry = self._entries[kind]
        entry.__code__, entry.__defaults__, entry.__kwdefaults__ = (
            function.__code__, function.__defaults__, function.__kwdefaults__
        )  # fmt: skip
        scalars = (*args, *kwargs.values())
        if not kept.layout.solid and kept.layout.numbers(scalars) == [*scalars] and {*map(type, scalars)} - {float}:
            self._quick[kind].add((*map(type, args), *kwargs, *map(type, kwargs.values())))
        given, more = arguments.given(values)
        return function(*given, **more)

    def _is_part(self, kept: _Kept) -> bool:
        """Whether the result belongs to a graph: something outside is being differentiated by, or may be."""
        return born.get() is not None and any(path.program.table.variables for path in kept.paths)

    # -- what is kept ---------------------------------------------------------------------------------------------

    def _found(
        self, kind: str, arguments: dict[str, Any], count: int, columns: bool = False
    ) -> tuple[_Kept, tuple[Any, ...]]:
        """What is kept for these arguments, of which `count` are given by position, and these as it takes them.

        If `columns`, some numbers stand for columns; `Again` is raised where the function uses one as an array.
        """
        try:
            by = indices_of(self.argnums, count)
        except (TypeError, ValueError):
            if kind not in ("value", "jvp"):
                raise
            by = ()
        if kind != "value":  # what is differentiated by is a number, whatever it was
            given, more = self._signature.given(arguments)
            given = tuple([plain(x) if i in by else x for i, x in enumerate(given)])
            arguments = (self._signature.bound(given, more) or (arguments,))[0]
        values = tuple(arguments.values())
        with self._lock:
            layout = Layout(self._solid.get((Layout().key(values), by), ()))
            key = layout.key(values), by, columns
            found = self._kept.setdefault(key, [])
            kept = next((kept for kept in found if self._holds(kept, layout.objects(values))), None)
            if kept is None:
                kept = _Kept(layout, key, by)
                found.insert(0, kept)
                del found[MOST_PROGRAMS:]
            if not kept.paths and not self._explore(kept, arguments, columns) and kept not in self._kept[key]:
                return self._found(kind, arguments, count, columns)
            return kept, values

    def _holds(self, kept: _Kept, objects: list[Any]) -> bool:
        for path in kept.paths:
            if [content(path.reads, x) for x in objects] != path.contents:
                return False
            if self.outside == "read" and not path.holds():
                return False
        return True

    def _explore(self, kept: _Kept, arguments: dict[str, Any], columns: bool = False) -> bool:
        """Record the way that a call takes; whether it has a program now."""
        if len(kept.paths) + COUNTS_AS * len(kept.seen) >= MOST_PATHS:
            self._warn(kept)
            return False
        names = Names(python.RESERVED)
        laid_out = Arguments(self._signature, arguments, kept.layout, names, self._objects)
        values = tuple(arguments.values())
        numbers = kept.layout.numbers(values)
        leaves = [*map(Value, numbers)]
        whole = {leaf for leaf, x in zip(leaves, numbers, strict=True) if isinstance(x, Integral)}
        try:
            run = traced_call(self.__wrapped__, *laid_out.holding(leaves), whole, columns)
        except (Again, Exception) as error:
            if getattr(error, "arrays", False) or not self._solidified(kept, values):
                raise
            return False
        if any(leaf.grad is not None for leaf in (*leaves, *run.own)):
            raise CompileError(
                "The function calls backward, whose numbers are those of this one call; use autograd.grad."
            )
        way = tuple([(guard.file, guard.line, guard.outcome) for guard in run.guards])
        if len(way) > MANY_BRANCHES:
            if way not in kept.seen:
                kept.seen.add(way)
                return False
            kept.seen.remove(way)
        program = Program(run, leaves, kept.by, isinstance(self.argnums, int), laid_out, self._objects, names)
        if any(path.program.ways == program.ways for path in kept.paths):
            return False  # rounding decides a branch otherwise than in the program
        kept.paths.append(self._path(program, run.reads))
        handlers = {kind: partial(self._beyond, kept, len(kept.paths), kind) for kind in (*KINDS, "jvp")}
        self._objects.globals[program.untraced] = SimpleNamespace(**handlers)
        return True

    def _solidified(self, kept: _Kept, values: tuple[Any, ...]) -> bool:
        """Let more arguments tell programs apart by the content of their numbers, first those with whole numbers.

        Where a run failed, their numbers may have been used as Values cannot be; what is differentiated by is a Value
        for the function in any case.
        """
        base = Layout().key(values), kept.by
        whole = {i for i, x in enumerate(values) if any(isinstance(n, Integral) for n in Layout().numbers([x]))}
        others = {i for i, x in enumerate(values) if Layout().numbers([x])} - self._signature.places(kept.by)
        for solid in (whole, whole | others):
            if not solid <= {*kept.layout.solid}:
                self._solid[base] = frozenset(solid)
                self._kept[kept.key] = [x for x in self._kept.get(kept.key, ()) if x is not kept]
                return True
        return False

    def _path(self, program: Program, reads: Reads) -> _Path:
        arguments, objects = program.arguments, self._objects
        contents = arguments.compare(partial(content, reads))
        if self.outside == "constant":
            return _Path(program, reads, [], contents)
        facts = facts_outside(reads)
        texts, values = questions(facts)
        names = [objects.name(_hint(x), x) for x in values]
        conditions = [text.format(*names) for text in texts]
        if program.table.variables:
            conditions.append(f"{objects.name('born', born.get)}() is not None")
        if not conditions:
            return _Path(program, reads, marks(facts), contents)
        text = "def changed():\n    try:\n        return (\n            "
        text += "\n            or ".join(conditions)
        text += "\n        )\n    except (AttributeError, KeyError, TypeError, ValueError):\n        return True\n"
        asked = made(text, objects.globals, "changed")
        if born.get() is None and asked():
            raise CompileError(
                "What the function reads from outside does not stay the same from one look to the next, so that a "
                "program cannot know when it changes. Pass it as an argument."
            )

        def refresh() -> None:
            objects.globals.update(zip(names, questions(facts_outside(reads))[1], strict=True))

        few = len(conditions) <= FEW and all(fact.kind in ("", *HARMLESS) for fact in facts)
        changed = " or ".join(conditions) if few else f"{objects.name('changed', asked)}()"
        return _Path(program, reads, marks(facts), contents, changed, asked, refresh)

    def _warn(self, kept: _Kept) -> None:
        if not kept.warned:
            kept.warned = True
            file, line, _ = kept.paths[0].program.ways[0] if kept.paths else next(iter(kept.seen))[0]
            warnings.warn(
                f"{file}, line {line}: the function branches on numbers, and calls took {MOST_PATHS} ways; others "
                "are computed without compiling; where(condition, a, b) in place of if makes one way of two.",
                RuntimeWarning,
                stacklevel=2,
            )

    # -- programs -------------------------------------------------------------------------------------------------

    def _function(self, kept: _Kept, i: int, kind: str) -> Callable[..., Any]:
        """The program of one kind for a path."""
        path = kept.paths[i]
        if kind not in path.functions:
            with self._lock, resting_collector():
                helpers = (
                    {"eager": SimpleNamespace(jvp=partial(self._eager_jvp, path.program))} if kind == "jvp" else None
                )
                runnable = ENGINES[self.engine].single(path.program, kind, path.changed, helpers)
                path.sources[kind], path.functions[kind] = runnable
                remember(runnable.call.__code__, path.reads)
        return path.functions[kind]

    def _beyond(self, kept: _Kept, i: int, kind: str, /, *args: Any, **kwargs: Any) -> Any:
        """A call that does not take the path before number `i`."""
        before = kept.paths[i - 1].program
        if kind == "jvp":
            values = before.arguments.values(args[: len(args) // 2])
            arguments = dict(zip(before.arguments.example, values, strict=True))
        elif self._signature.direct:
            arguments, _ = self._signature.bound(args, kwargs) or ({}, 0)
        else:
            arguments = dict(zip(before.arguments.example, args, strict=True))
        arguments = dict(zip(arguments, before.arguments.as_given(tuple(arguments.values())), strict=True))
        with self._lock:
            known = i < len(kept.paths) or self._explore(kept, arguments)
        if known:
            function = self._function(kept, i, kind)
            setattr(self._objects.globals[before.untraced], kind, function)
            return function(*args, **kwargs)
        if kind == "jvp":
            return self._eager_jvp(before, *args)
        given, more = self._signature.given(arguments)
        return plain(self._eager[kind](*given, **more))

    def _eager_jvp(self, program: Program, *numbers: float) -> Any:
        at, moves = numbers[: len(numbers) // 2], numbers[len(numbers) // 2 :]
        primals, tangents = (program.arguments.holding(half)[0] for half in (at, moves))
        return plain(derivatives.jvp(self.__wrapped__, primals, tangents))

    def _columnwise(self, kind: str, call: Call, leaves: list[Any], arguments: dict[str, Any], count: int) -> Any:
        """A call of which some numbers are columns; `leaves` are its numbers and columns, directions included.

        None where the function uses columns as arrays (`np.sum(x)`, `x[0]`), so that they are arrays and no columns.
        """
        used = Layout().key(call.example), tuple(map(is_column, call.leaves))
        if used in self._arrays:
            return None
        try:
            kept, taken = self._found(kind, dict(zip(arguments, call.example, strict=True)), count, columns=True)
        except Again:
            self._arrays.add(used)
            return None
        column = call.columns[0]
        name = namespace(column).__name__
        chosen = kept.layout.are_numbers(taken)
        chosen += [True] * (len(leaves) - len(chosen))
        if any(is_column(x) and not yes for x, yes in zip(leaves, chosen, strict=True)):
            raise CompileError(
                "An argument is a column, but the function uses it as no Value can be used, such as in range(n) or "
                "math.exp(x): it may be a number only."
            )
        numbers = [x for x, yes in zip(leaves, chosen, strict=True) if yes]
        key = kind, name, tuple(map(is_column, numbers)), str(column.dtype), str(getattr(column, "device", ""))
        path = kept.paths[0]
        with self._lock, resting_collector():
            if key not in path.functions:
                engine = ENGINES[self.engine] if name == "numpy" else library.ENGINE
                assert engine.columns is not None  # or this were no call with columns
                try:
                    path.sources[key], path.functions[key] = engine.columns(path.program, kind, numbers)
                except CompileError:
                    if not self._solidified(kept, taken):
                        raise
                    return self._columnwise(kind, call, leaves, arguments, count)
        return path.functions[key](numbers)


def _hint(x: Any) -> str:
    """What an object from outside is called in programs."""
    if isinstance(x, (FunctionType, Op)):
        return "f" if x.__name__ == "<lambda>" else x.__name__
    return "code" if isinstance(x, CodeType) else "outside"


OPAQUE.append(Compiled)
