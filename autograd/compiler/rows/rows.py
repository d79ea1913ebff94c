"""A loss of one row, compiled for many: its mean over rows and the gradient, computed for all of them at once."""

from __future__ import annotations

from abc import ABC, abstractmethod
from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from operator import is_
from typing import Any, TypeVar

from autograd import ops
from autograd.arithmetic import ieee
from autograd.collector import resting_collector
from autograd.compiler.engines.library import functions, structure
from autograd.compiler.errors import CompileError
from autograd.compiler.record.recording import Trace, trace
from autograd.compiler.record.signature import names_of
from autograd.compiler.record.traced import Guard
from autograd.compiler.rows.backward import differentiated
from autograd.compiler.rows.bound import bound
from autograd.compiler.rows.forward import forward
from autograd.compiler.rows.normal import Normal, normal
from autograd.compiler.rows.numpy_program import NumPyProgram, executed
from autograd.compiler.rows.plain import PlainProgram, plain_source
from autograd.compiler.rows.sources import library_source, numpy_source
from autograd.compiler.terms.array_ops import DATA, PARAMETERS, Known, union
from autograd.compiler.terms.terms import Term, Terms
from autograd.graph import nodes
from autograd.tree import flatten
from autograd.value import Value

__all__ = ["NumPyRows", "PlainRows", "Recorded", "RowProgram", "compile_rows", "has_numpy", "of_engine"]

Made = TypeVar("Made")


def compile_rows(
    f: Callable[..., Any], example: Sequence[Any], parameters: Sequence[Value], engine: str | None = None
) -> RowProgram:
    """The program for the mean of `f` over rows of data, and its gradient with respect to `parameters`.

    - `f`: the loss of one row: called with what is in a row, it returns one Value.
    - `example`: such a row: numbers and nested lists of them, which say how all others look.
    - `parameters`: leaf Values that `f` refers to; what else it refers to is read, and has no gradient.
    - `engine`: "numpy" for array operations on all rows, "python" for a loop over them that needs nothing else and
      is many times slower; by default the first that there is.

    `f` is called once, with Values in place of the example's numbers. Steps of `scan` and `fori_loop` are written out,
    since what all rows do in one is an array operation already; a `while_loop` branches. Raises CompileError where `f`
    branches on something that depends on parameters, or returns no Value, and ValueError for any other engine.

    >>> import numpy as np
    >>> a, b = Value(2.0), Value(1.0)
    >>> program = compile_rows(lambda x, y: (a * x + b - y) ** 2, (0.0, 0.0), [a, b])
    >>> data = program.over(np.array([[0.0, 1.0], [1.0, 5.0]]))
    >>> data.step(), program.grad
    (2.0, array([-2., -2.]))
    """
    return of_engine(_ROW_ENGINES, engine)(f, example, parameters)


def of_engine(engines: dict[str, Made], engine: str | None) -> Made:
    """What `engines` has for an engine, by default the first that can run; ValueError for any other engine."""
    engine = engine or ("numpy" if has_numpy() else "python")
    if engine not in engines:
        raise ValueError(f"Rows are computed by the engine 'numpy' or 'python', got {engine!r}.")
    return engines[engine]


def has_numpy() -> bool:
    """Whether NumPy can be imported."""
    try:
        import numpy  # noqa: F401  # to see whether it is there
    except ImportError:
        return False
    return True


class Recorded:
    """A function of a row, run once with Values in place of the numbers of an example.

    - `inputs`: the variables that these became, and `columns_of` which argument each belongs to.
    - `leaves`: `parameters` and the other Values outside that it read; `known` are their variables.
    - `recorded`: the Terms of its results, its conditions, and their outcomes; `on` says what they depend on.
    - `branches`: for each condition the outcome, and the message where rows have another one.
    """

    def __init__(self, f: Callable[..., Any], example: Sequence[Any], parameters: Sequence[Value]) -> None:
        self.f, self.example, self.table = f, example, Terms()
        self.traced, row = self._run()
        given = {*parameters, *row, *self.traced.own}
        roots = [*self.traced.results, *(guard.condition for guard in self.traced.guards)]
        read = nodes(*(x for x in roots if isinstance(x, Value)))
        self.leaves = [*parameters, *(x for x in read if not x.parents and x not in given)]
        names = names_of(f, len(example))
        self.columns_of = of = [name for name, x in zip(names, example, strict=True) for _ in flatten(x)[0]]
        self.inputs = [
            self.table.variable(f"{name}_{of[:i].count(name)}" if of.count(name) > 1 else name)
            for i, name in enumerate(of)
        ]
        self.known = {x: self.table.variable(x.label or f"w_{i}") for i, x in enumerate(self.leaves, start=1)}
        self.on = Known(union)
        self.on |= dict.fromkeys(self.inputs, DATA) | dict.fromkeys(self.known.values(), PARAMETERS)
        self.branches = [(guard.outcome, branch(guard)) for guard in self.traced.guards]
        with resting_collector():
            self.recorded = self._terms(self.traced, row)

    all_data: Any

    def load(self) -> None:
        """Read the Values' data."""
        memoryview(self.all_data).cast("B").cast("d")[:] = array("d", [x.data for x in self.leaves])

    def _run(self) -> tuple[Trace, list[Value]]:
        """Run `f` with the example; return the trace, and the Values that stood for the example's numbers."""
        numbers, rebuild = flatten(list(self.example))
        row = [Value(x) for x in numbers]
        return trace(self.f, *rebuild(iter(row))), row

    def is_current(self) -> bool:
        """Whether `f` still does what was recorded, but for the numbers in leaves, which are read.

        It is run once more with the example; what it raises is passed on.

        >>> from autograd import compile_rows
        >>> a, rate = Value(2.0), [0.5]
        >>> program = compile_rows(lambda x, y: (a * x - y) ** 2 * rate[0], (0.0, 0.0), [a])
        >>> program.is_current(), rate.append(0.1), program.is_current(), rate.insert(0, 0.25), program.is_current()
        (True, None, True, None, False)
        """
        with resting_collector():
            again = self._terms(*self._run())
        return len(again) == len(self.recorded) and all(map(is_, again, self.recorded))

    def _terms(self, traced: Trace, row: Sequence[Value]) -> list[Term]:
        """What a run recorded: its results, its conditions, and their outcomes; no two Terms are alike."""
        known = self.known | dict(zip(row, self.inputs, strict=True))
        found = [*traced.results, *(guard.condition for guard in traced.guards)]
        terms = self.table.graph([x for x in found if isinstance(x, Value)], traced.own, known)
        loss = dict.fromkeys(traced.results, "l") if len(traced.results) == 1 else {}
        for node, name in (traced.names | loss).items():
            if node in terms and terms[node].args:
                self.table.labels.setdefault(terms[node], name)
        found += [guard.outcome for guard in traced.guards]
        return [terms[x] if isinstance(x, Value) else self.table.constant(x) for x in found]


class RowProgram(Recorded, ABC):
    """What `compile_rows` returns.

    - `parameters`: the leaf Values, in the order of the vectors `data` and `grad`, which is `order` of that in which
      they were given. Their numbers are read here, and anew by `load`; `bound` makes them one with the vectors.
    - `size`: how many operands the loss of a row has, all nodes taken together.
    - `source`: the program, as Python.
    """

    data: Any
    grad: Any
    source: str
    summed: bool
    over: Callable[..., Any]

    def __init__(self, f: Callable[..., Any], example: Sequence[Any], parameters: Sequence[Value]) -> None:
        super().__init__(f, example, parameters)
        if len(self.traced.results) != 1 or not isinstance(self.traced.results[0], Value):
            raise CompileError("The loss of a row is one Value, computed from parameters; got something else.")
        trained = len(parameters)
        with resting_collector():
            loss, *conditions = self.recorded[: 1 + len(self.branches)]
            form = normal(loss, [*self.known.values()], self.inputs, conditions, self.on)
            for condition, (_, message) in zip(conditions, self.branches, strict=True):
                if self.on[condition] & PARAMETERS:
                    raise CompileError(message)
            self.order: list[int] = self._write(form, trained)
        self.leaves = [self.leaves[i] for i in self.order]
        self.order = self.order[:trained]
        self.parameters: list[Value] = self.leaves[:trained]
        self.size = sum(len(node.args) for node in nodes(*self.traced.results))
        del self.traced  # a graph that is no longer needed
        self.load()

    @abstractmethod
    def _write(self, form: Normal, trained: int) -> list[int]:
        """Make the program for a loss in normal form; returns the order in which it has the parameters."""

    @contextmanager
    def bound(self) -> Iterator[None]:
        """Within this block `data` and `grad` of the parameters are places in the vectors, to be read and written.

        >>> import numpy as np
        >>> a = Value(2.0)
        >>> program = compile_rows(lambda x, y: (a * x - y) ** 2, (0.0, 0.0), [a])
        >>> data = program.over(np.array([[1.0, 1.0], [2.0, 3.0]]))
        >>> with program.bound():
        ...     loss = data.step()
        ...     a.data -= 0.1 * a.grad
        >>> a, program.data
        (Value(1.7, grad=3.0), array([1.7]))
        """
        self.load()  # parameters that are not trained are read when they are bound
        with bound(self.parameters, self.data, self.grad):
            yield


class PlainRows(RowProgram, PlainProgram):
    """A loop over rows in plain Python."""

    def _write(self, form: Normal, trained: int) -> list[int]:
        source, width = plain_source(form, trained), len(self.columns_of)
        PlainProgram.__init__(self, source, len(self.leaves), trained, width, self.branches)
        return [*range(len(self.leaves))]


class NumPyRows(RowProgram, NumPyProgram):
    """Array operations on all rows."""

    @staticmethod
    def reserved() -> Iterable[str]:
        """NumPy's names and those of the program."""
        import numpy

        return [*numpy.__all__, *ops.TABLE, *_OWN]

    def _write(self, form: Normal, trained: int) -> list[int]:
        with ieee():  # for constants, as it is for data
            self.loss, self.slopes = differentiated(forward(form, trained, self.columns_of))
        source = numpy_source(self.loss, self.slopes, self.reserved())
        NumPyProgram.__init__(self, *source, len(self.leaves), trained, len(self.columns_of), self.branches)
        return self.loss.order

    def function(self, like: Any) -> Callable[[Any, Any, Any], tuple[Any, Any]]:
        """The program as a function for the library of the array `like`: JAX, PyTorch, CuPy or others.

        The function takes the vector of all parameters as in `all_data`, the matrix of data, and the weights of its
        rows, whose sum is 1; it returns the mean loss and its gradient, all of them arrays of that library.

        >>> import numpy as np
        >>> a = Value(2.0)
        >>> program = compile_rows(lambda x, y: (a * x - y) ** 2, (0.0, 0.0), [a])
        >>> program.function(np.ones(1))(np.array([2.0]), np.array([[1.0, 1.0], [2.0, 3.0]]), np.array([0.5, 0.5]))
        (np.float64(1.0), array([3.]))
        """
        import numpy as np

        source, constants = library_source(self.loss, self.slopes, self.reserved())
        function = executed(source, constants | functions(like) | structure(like))["value_and_gradient"]

        def value_and_gradient(*arrays: Any) -> Any:
            with np.errstate(all="ignore"):  # for those that are NumPy within
                return function(*arrays)

        return value_and_gradient


_ROW_ENGINES: dict[str, type[RowProgram]] = {"numpy": NumPyRows, "python": PlainRows}


# What programs name themselves, besides the functions that they call.
_OWN = {"ValueError", "checks", "chosen", "columns", "concat", "data", "gradient", "kinds", "lanes", "largest", "len"}
_OWN |= {"loss", "n", "parameters", "program", "repeated", "rows", "step", "sum_over", "value_and_gradient"}
_OWN |= {"zero"}


def branch(guard: Guard) -> str:
    """The message where rows do not take the same path."""
    return (
        f"Line {guard.line} of {guard.file} branches on the data or the parameters, so that rows go different ways; "
        "write autograd.where(condition, a, b) in place of if."
    )
