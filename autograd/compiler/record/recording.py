"""One run of a function, recorded: the graph of its results, the branches it took, and what code ran.

The function is called once with Values, so what it does is recorded as usual. Meanwhile all that is computed from its
arguments is `Traced`. Comparisons give a `Condition`, so that `where(x > 0, a, b)` becomes a node with both branches.
Where Python asks whether a condition holds (`if x > 0:`), a `Guard` notes its outcome. Code that takes the number out
gets an error, because a program could only repeat that number.

A `Trace` is a graph of Values, read like any other; `terms` says what the compiler makes of it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from autograd import graph
from autograd.arithmetic import left_for_later
from autograd.call import births
from autograd.collector import resting_collector
from autograd.compiler.record.reads import Reads
from autograd.compiler.record.traced import Again, GivenNumber, Guard, Traced, become, busy, running
from autograd.compiler.record.used import TracedColumn, Whole
from autograd.compiler.record.watching import watched
from autograd.op import Op
from autograd.recording import tracing
from autograd.tree import Rebuild, flatten
from autograd.value import Value

__all__ = ["Trace", "trace", "traced_call"]


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
    sizes: dict[Value, float] = field(default_factory=dict)  # of whole numbers, which notice how they are used
    by: frozenset[Value] | None = None  # the arguments of derivatives, if known; others are floats as texts
    columns: bool = False  # whether numbers stand for columns, and notice when they are used as arrays
    texts: bool = False  # whether texts of numbers were made, or other things that tell floats from Values
    repeated: Callable[[Any], tuple[Any, Any]] | None = None  # records a loop as one node
    asked: list[Any] = field(default_factory=list)  # what `guards` are made of
    watch: Any = None  # what Python tells of the code that runs, if it can rest while ours does


def trace(f: Callable[..., Any], *args: Any, **kwargs: Any) -> Trace:
    """Call `f` and record what it does; numbers outside the domain of a function are no error, as within `ieee()`.

    >>> x = Value(3.0)
    >>> run = trace(lambda x: x if x > 2 else -x, x)
    >>> run.results, [(guard.condition.op, guard.outcome) for guard in run.guards]
    ([Value(3.0)], [(<op 'gt'>, True)])
    """
    return traced_call(f, args, kwargs)


def traced_call(
    f: Callable[..., Any],
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    sizes: Mapping[Value, float] = {},
    columns: bool = False,
    repeated: Callable[[Any], tuple[Any, Any]] | None = None,
    by: Collection[Value] | None = None,
) -> Trace:
    """The trace of a call; of those of the arguments that are whole numbers `sizes` says how large they may be.

    If `columns`, numbers stand for columns. `by` are the arguments with respect to which it differentiates.

    `repeated` records a loop as one node; without it the loop is recorded step by step.

    Raises `Again` where `f` uses one of those as such (`range(n)`, `np.sum(x)`) or asks what it is.
    """

    def run(bools: bool) -> Trace:
        found = Trace(sizes={**sizes}, by=None if by is None else frozenset(by), columns=columns, repeated=repeated)
        found.bools = bools
        return _run(f, args, kwargs, found)

    try:
        return run(bools=False)
    except Again as again:
        if not again.bools:
            raise
        return run(bools=True)


def _run(f: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any], run: Trace) -> Trace:
    token = running.set(run)
    run.reads = Reads(f)
    leaves = [x for x in flatten((args, kwargs))[0] if type(x) is Value]
    busy.append(run)
    kind = TracedColumn if run.columns else Traced
    try:
        for x in leaves:
            given = run.by is not None and x not in run.by and not run.columns
            become(x, Whole if x in run.sizes else GivenNumber if given else kind)
        # (Nor are functions run that others want called when garbage is collected.)
        with births() as run.own, tracing(kind), left_for_later(_constant), resting_collector(), watched(f, run):
            run.results, run.like_results = flatten(f(*args, **kwargs))
        run.guards = [Guard(*about) for about in run.asked]
    finally:
        busy.remove(run)
        running.reset(token)
        for x in leaves:
            become(x, Value)
    for node in graph.operations(*[x for x in (*run.results, *run.names) if isinstance(x, Value)]):
        if type(node) in (kind, GivenNumber, Whole):  # a Value that was kept elsewhere is one like any other
            become(node, Value)
    return run


def _constant(op: Op, xs: Sequence[float]) -> Value:
    """A function of plain numbers outside its domain, as a node: the program will raise there as the function does."""
    node: Value = Value.read(op, tuple(map(Value, xs)))
    return node
