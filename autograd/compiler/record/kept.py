"""What is kept of a function: its paths, by layouts and contents of arguments and by surroundings."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from numbers import Integral
from threading import RLock
from types import SimpleNamespace
from typing import Any

from autograd.call import indices_of
from autograd.collector import resting_collector
from autograd.compiler.engines import single as python
from autograd.compiler.engines.engine import Engine
from autograd.compiler.record.arguments import Arguments
from autograd.compiler.record.layout import ArgumentLayout, has_more, kinds_in, plain, size_of, with_others
from autograd.compiler.record.looped import repeated
from autograd.compiler.record.outputs import KINDS, WITH_MORE
from autograd.compiler.record.program import Program
from autograd.compiler.record.questions import Contents, Watch
from autograd.compiler.record.reads import Reads
from autograd.compiler.record.recording import traced_call
from autograd.compiler.record.signature import Signature
from autograd.compiler.record.traced import Again
from autograd.compiler.record.watching import remember
from autograd.compiler.text.source import Names, Objects
from autograd.recording import born
from autograd.value import Value

__all__ = ["Kept", "KeptPath", "Programs"]

MOST_PATHS = 16  # that a layout has programs for; other calls are eager
MANY_BRANCHES = 16  # of one path: it gets a program when it is taken again
COUNTS_AS = 6  # paths, if such a path has been taken once, as recording it takes as long
MOST_PROGRAMS = 16  # that are kept of one layout, for other surroundings


@dataclass
class KeptPath:
    """One way through the function: its program, what the run read, and its texts and functions by their kinds.

    `contents` is what the objects among the arguments hold; `watch` is None if what is outside counts as constant.
    """

    program: Program
    reads: Reads
    contents: Contents | None
    watch: Watch | None
    sources: dict[Any, str] = field(default_factory=dict)
    functions: dict[Any, Callable[..., Any]] = field(default_factory=dict)


@dataclass
class Kept:
    """What is kept for arguments of one layout and content, and for surroundings.

    `seen` are ways of many branches that have been taken once, `asked` the questions about what is outside. If the
    function makes texts of numbers, `texts` is the kind of calls whose numbers look the same to it: "value" for floats,
    "others" for Values with respect to which it differentiates. Numbers other than Python's are `solid` then.
    """

    layout: ArgumentLayout
    key: Any
    by: tuple[int, ...]
    texts: str
    paths: list[KeptPath] = field(default_factory=list)
    seen: set[Any] = field(default_factory=set)
    asked: dict[str, Any] = field(default_factory=dict)
    warned: bool = False

    @property
    def columns(self) -> bool:
        """Whether some numbers stand for columns."""
        return bool(self.key[-1])

    def is_part(self) -> bool:
        """Whether the result belongs to a graph: something outside is, or may be, a variable of a differentiation."""
        return born.get() is not None and any(path.program.table.variables for path in self.paths)


def _of_texts(kind: str) -> str:
    return kind if kind == "value" else "others"


class Programs:
    """All programs of a function `f`, made when they are first needed.

    `eager` has functions by kinds for calls that take no path; `objects` are what programs refer to. The other
    arguments are those of `compile`.
    """

    def __init__(
        self,
        f: Callable[..., Any],
        argnums: int | tuple[int, ...],
        engine: Engine,
        outside: str,
        eager: Mapping[str, Callable[..., Any]],
        objects: Objects,
        sparse: bool,
    ) -> None:
        self.f, self.argnums, self.outside, self.sparse = f, argnums, outside, sparse
        self.engine = engine._replace(columns=None) if sparse else engine  # for which arrays are vectors
        self.last: Program | None = None
        self.signature = Signature(f, argnums, python.RESERVED)
        self.lock = RLock()
        self._eager, self._objects = eager, objects
        self._kept: dict[Any, list[Kept]] = {}  # by layout
        self.arrays: set[Any] = set()  # layouts of calls with columns whose columns are used as arrays
        self._exact: set[Any] = set()  # layouts of calls that make texts of numbers
        self._solid: dict[Any, frozenset[int]] = {}  # arguments of a layout whose numbers are not those of programs

    @property
    def all_kept(self) -> list[Kept]:
        """The entries for all layouts."""
        return [kept for found in self._kept.values() for kept in found]

    @property
    def sources(self) -> list[str]:
        """The texts of all programs."""
        return [text for one in self.all_kept for path in one.paths for text in path.sources.values()]

    def found(
        self, kind: str, arguments: dict[str, Any], count: int, columns: bool = False
    ) -> tuple[Kept, tuple[Any, ...]]:
        """What is kept for these arguments, of which `count` are given by position, and these as it takes them.

        If `columns`, some numbers stand for columns; `Again` is raised where the function uses one as an array.
        """
        try:
            by = indices_of(self.argnums, count)
        except (TypeError, ValueError):
            if kind != "value" and kind not in WITH_MORE:
                raise
            by = ()
        if kind != "value":  # arguments with respect to which it differentiates are numbers
            given, more = self.signature.given(arguments)
            given = tuple([plain(x) if i in by else x for i, x in enumerate(given)])
            arguments = (self.signature.bound(given, more) or (arguments,))[0]
        values = tuple(arguments.values())
        with self.lock:
            base = ArgumentLayout().key(values)
            texts = _of_texts(kind) if base in self._exact else ""
            by = () if texts == "value" else by
            solid = self._solid.get((base, by), frozenset())
            layout = ArgumentLayout(solid | with_others(values) - self.signature.places(by) if texts else solid)
            key = layout.key(values), by, columns
            found = self._kept.setdefault(key, [])
            kept = next((kept for kept in found if self._holds(kept, layout.objects(values))), None)
            if kept is None:
                kept = Kept(layout, key, by, texts)
                found.insert(0, kept)
                del found[MOST_PROGRAMS:]
            if not kept.paths and any(has_more(values[i]) for i in self.signature.places(by)):
                return kept, values  # an object for programs, of whose numbers derivatives are asked: it goes eagerly
            if (
                not kept.paths
                and not self._explore(kept, arguments, kind, columns)
                and kept not in self._kept[kept.key]
            ):
                return self.found(kind, arguments, count, columns)
            for path in kept.paths:
                path.program.arguments.renew(values)
            return kept, values

    def _holds(self, kept: Kept, objects: list[Any]) -> bool:
        if any(path.contents and path.contents.differ(objects) for path in kept.paths):
            return False
        return Watch.hold([path.watch for path in kept.paths if path.watch])

    def _explore(self, kept: Kept, arguments: dict[str, Any], kind: str, columns: bool = False) -> bool:
        """Record the path that a call takes; return whether that path has a program now."""
        if len(kept.paths) + COUNTS_AS * len(kept.seen) >= MOST_PATHS:
            self._warn(kept)
            return False
        names = Names(python.RESERVED)
        laid_out = Arguments(self.signature, arguments, kept.layout, names, self._objects)
        values = tuple(arguments.values())
        numbers = kept.layout.numbers(values)
        leaves = [*map(Value, numbers)]
        whole = {
            leaf: size_of(x)
            for leaf, x in zip(leaves, numbers, strict=True)
            if type(x) is not float and isinstance(x, Integral)
        }
        try:
            by = [leaves[i] for i in laid_out.among(kept.by) if kind != "value"]
            run = traced_call(self.f, *laid_out.holding(leaves), whole, columns, repeated, by)
        except (Again, Exception) as error:
            if getattr(error, "arrays", False) or not self.solidified(kept, values):
                raise
            return False
        if run.texts and not kept.texts:
            self._exact.add(ArgumentLayout().key(values))
            self._drop(kept)
            kept.texts = _of_texts(kind)
            kept.by = () if kind == "value" else kept.by
            if not with_others(values) - self.signature.places(kept.by) <= {*kept.layout.solid}:
                return False
            kept.key = kept.layout.key(values), kept.by, columns
            self._kept.setdefault(kept.key, []).insert(0, kept)
        way = tuple([(guard.file, guard.line, guard.outcome) for guard in run.guards])
        if len(way) > MANY_BRANCHES:
            if way not in kept.seen:
                kept.seen.add(way)
                return False
            kept.seen.remove(way)
        program = Program(
            run, leaves, kept.by, isinstance(self.argnums, int), laid_out, self._objects, names, self.sparse
        )
        if any(path.program.ways == program.ways for path in kept.paths):
            return False  # rounding decides a branch otherwise than in the program
        run.reads.kinds = kinds_in(values)
        contents = laid_out.compare(run.reads)
        watch = None
        if self.outside == "read":
            watch = Watch(run.reads, bool(program.table.variables), self._objects, kept.asked)
        kept.paths.append(KeptPath(program, run.reads, contents, watch))
        handlers = {kind: partial(self._beyond, kept, len(kept.paths), kind) for kind in KINDS}
        self._objects.globals[program.untraced] = SimpleNamespace(**handlers)
        return True

    def solidified(self, kept: Kept, values: tuple[Any, ...]) -> bool:
        """Let more arguments tell programs apart by the content of their numbers, first those with whole numbers.

        This follows a run that failed: these numbers may have been used as Values cannot be. An argument of a
        derivative stays a Value for the function.
        """
        base = ArgumentLayout().key(values), kept.by
        whole = {i for i, x in enumerate(values) if any(isinstance(n, Integral) for n in ArgumentLayout().numbers([x]))}
        others = {i for i, x in enumerate(values) if ArgumentLayout().numbers([x])} - self.signature.places(kept.by)
        for solid in (whole, whole | others):
            if not solid <= {*kept.layout.solid}:
                self._solid[base] = frozenset(solid)
                self._drop(kept)
                return True
        return False

    def _drop(self, kept: Kept) -> None:
        self._kept[kept.key] = [x for x in self._kept.get(kept.key, ()) if x is not kept]

    def _warn(self, kept: Kept) -> None:
        if not kept.warned:
            kept.warned = True
            file, line, _ = kept.paths[0].program.ways[0] if kept.paths else next(iter(kept.seen))[0]
            warnings.warn(
                f"{file}, line {line}: the function branches on numbers, and calls took {MOST_PATHS} ways; others "
                "are computed without compiling; where(condition, a, b) in place of if makes one way of two.",
                RuntimeWarning,
                stacklevel=2,
            )

    def function(self, kept: Kept, i: int, kind: str) -> Callable[..., Any]:
        """The program of one kind for a path."""
        path = kept.paths[i]
        if kind not in path.functions:
            with self.lock, resting_collector():
                eager = SimpleNamespace(**{kind: partial(self._eager_along, kind, path.program)})
                helpers = {"eager": eager} if kind in WITH_MORE else None
                changed = path.watch.changed if path.watch else ""
                self.last = path.program
                runnable = self.engine.single(path.program, kind, changed, helpers)
                path.sources[kind], path.functions[kind] = runnable
                remember(runnable.call.__code__, path.reads)
        return path.functions[kind]

    def _beyond(self, kept: Kept, i: int, kind: str, /, *args: Any, **kwargs: Any) -> Any:
        """Answer a call that does not take path `i` - 1: by path `i`, recorded if there is none, or eagerly."""
        before = kept.paths[i - 1].program
        if kind in WITH_MORE:
            values = before.arguments.as_given(before.arguments.values(args))
            arguments = dict(zip(before.arguments.example, values, strict=True))
        elif self.signature.direct:
            arguments, _ = self.signature.bound(args, kwargs) or ({}, 0)
        else:
            arguments = dict(zip(before.arguments.example, args, strict=True))
        with self.lock:
            known = i < len(kept.paths) or self._explore(kept, arguments, kind)
            known &= kept.texts in ("", _of_texts(kind))
        if known:
            function = self.function(kept, i, kind)
            setattr(self._objects.globals[before.untraced], kind, function)
            return function(*args, **kwargs)
        if kind in WITH_MORE:
            return self._eager_along(kind, before, *args)
        given, more = self.signature.given(arguments)
        return plain(self._eager[kind](*given, **more))

    def _eager_along(self, kind: str, program: Program, *numbers: float) -> Any:
        """Answer a call that a program of a kind `WITH_MORE` cannot answer."""
        n = len(program.variables)
        arguments, row = program.arguments, numbers[n:]
        moves = program.like_results(iter(row)) if KINDS[kind].more == "results" else arguments.holding(row)[0]
        return plain(KINDS[kind].eager(self.f, arguments.holding(numbers[:n])[0], moves))
