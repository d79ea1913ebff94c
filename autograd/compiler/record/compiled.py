"""`compile`: a function as programs, made when it is called and kept for later calls."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from functools import partial, update_wrapper
from types import FunctionType, MethodType, SimpleNamespace
from typing import Any, Literal, overload
from weakref import WeakKeyDictionary

from autograd import derivatives
from autograd.call import Argnums, normal_argnums
from autograd.compiler.engines import ENGINES
from autograd.compiler.engines import single as python
from autograd.compiler.engines.columns import columns, floats_and_columns
from autograd.compiler.errors import CompileError
from autograd.compiler.export.exported import Exported
from autograd.compiler.record.calls import columnwise, multiplied
from autograd.compiler.record.facts import OPAQUE
from autograd.compiler.record.kept import Programs
from autograd.compiler.record.layout import has_values, plain
from autograd.compiler.record.outputs import OF_ARGUMENTS
from autograd.compiler.record.questions import HELPERS, Watch
from autograd.compiler.text.source import Objects, made
from autograd.sparsity import Sparsity, scipy_sparse

__all__ = ["Compiled", "compile"]


@overload
def compile(
    f: Callable[..., Any],
    argnums: Argnums = 0,
    *,
    engine: str = "python",
    outside: Literal["read", "constant"] = "read",
    sparse: bool = False,
) -> Compiled: ...
@overload
def compile(
    f: None = None,
    argnums: Argnums = 0,
    *,
    engine: str = "python",
    outside: Literal["read", "constant"] = "read",
    sparse: bool = False,
) -> Callable[[Callable[..., Any]], Compiled]: ...
def compile(
    f: Callable[..., Any] | None = None,
    argnums: Argnums = 0,
    *,
    engine: str = "python",
    outside: Literal["read", "constant"] = "read",
    sparse: bool = False,
) -> Any:
    """`f` as readable programs for its value and its derivatives, called like `f`.

    - `f`: takes what functions take for `grad`: numbers, or nested lists, tuples, dicts and NumPy arrays of them. It
      may take anything else besides: texts, flags, masks, indices, dates, sets, tensors, functions, and objects, of
      which the attributes that it reads count. Each content of these gets a program of its own.
    - `argnums`: the arguments with respect to which it differentiates, as in `grad`.
    - `outside`: "read" if what `f` reads from outside counts as it is at each call, "constant" if it counts as it was
      at the first call, apart from the `data` of Values.
    - `sparse`: whether `jacobian` and `hessian` give SciPy's `csr_array` with the structural non-zeros, a row for each
      number of the result and a column for each of the arguments; `sparsity` shows which these are. An array is a
      vector then, with any engine, and "llvm" agrees to rounding. It needs SciPy (the extra `scipy`).
    - `engine`: "python" for single calls. With "numpy" or "llvm" any number may also be a column, an array of numbers
      for as many points; results are arrays then. "numpy" works on NumPy's arrays in blocks that stay in the cache.
      "llvm" works in machine code, also for single calls, where it gives the bits that Python gives; it needs llvmlite
      (the extra `fast`). Other arrays (JAX, PyTorch, CuPy, whatever follows the Array API) are left to their library.

    `f` is run once with Values for each layout of its arguments, and what it did becomes straight-line Python, which
    later calls run. Its names are labels, and the names of variables in `f` and in functions that it calls. A whole
    number that `f` uses as such (`range(n)`, `v[n]`, `isinstance(n, int)`) gets a program for each value. So does a
    float that `f` can only use as a float (`math.exp(k)`), unless `f` is differentiated with respect to it. A column
    that `f` uses as an array (`np.sum(x)`, `x[0]`) is an array.

    What `f` reads from outside is compared at each call: globals, variables of enclosing functions, attributes,
    methods, classes, defaults, modules, and what is in containers and arrays, also where functions that it calls read
    it. Where something has changed, `f` is run again. The `data` of Values outside is read at each call, and
    derivatives with respect to them are kept: in a function that is being differentiated, `f` itself is called. The
    program does not notice changes of what Python and libraries keep for themselves (`os.getenv`, precisions, classes
    registered later with an ABC or `singledispatch`). While `f` runs, numbers are Values for `isinstance(x, Value)`,
    and arrays of them are arrays of objects. What `f` does besides giving a result, such as adding to a list, happens
    when `f` is run, and not at each call.

    Raises CompileError, which says where, if `f` takes the number out of an argument or of what it has made of one
    (`x.data`, its slopes), if it calls `backward`, or if it reads what cannot be compared later: an iterator, a clock,
    a file, random numbers, and objects that cannot be pickled and hold more than their attributes. A text of a number
    is a branch, as if `f` compared with that number.

    The results are floats, in the structure that eager results have, and agree with them to rounding; sums are added up
    in their order (a sum of nothing but -0.0 is -0.0, as is its root). Outside a domain there is the same DomainError.
    Called with Values, `f` itself records.

    Making a program takes time and memory in proportion to the operands of all operations; Python's own `compile` takes
    most of the memory.

    Where `f` branches (`if x > 0:`), each side is run once, when a call first goes there. With columns a branch raises
    CompileError, which says where; write `where(x > 0, a, b)`, whose other side does no harm. Columns raise no other
    errors: outside a domain there is NaN.

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
        return partial(compile, argnums=argnums, engine=engine, outside=outside, sparse=sparse)
    return Compiled(f, argnums, engine, outside, sparse)


class Compiled(Exported):
    """A function that has been compiled: called as the function itself; see `compile`.

    `value_and_grad`, `grad`, `jacobian` and `hessian` are functions of the same arguments; `jvp`, `vjp` and `hvp` are
    called as those of `autograd`. The first four are, once they have been called with floats, the programs that
    `source` shows, with nothing around them; keep them, and call them in a loop.
    """

    def __init__(
        self, f: Callable[..., Any], argnums: Argnums, engine: str, outside: str, sparse: bool = False
    ) -> None:
        if engine not in ENGINES:
            raise ValueError(f"There is no engine {engine!r}; there are {', '.join(map(repr, ENGINES))}.")
        if outside not in ("read", "constant"):
            raise ValueError(f"What is outside is 'read' at each call or 'constant', got {outside!r}.")
        update_wrapper(self, f, updated=())
        if sparse:
            scipy_sparse()
        self.__wrapped__, self.argnums, self.engine = f, normal_argnums(argnums), engine
        self._options = self.argnums, engine, outside, sparse
        self._eager: dict[str, Callable[..., Any]] = {
            "value": f,
            "value_and_grad": derivatives.value_and_grad(f, argnums),
            "grad": derivatives.grad(f, argnums),
            "jacobian": derivatives.jacobian(f, argnums, sparse=sparse),
            "hessian": derivatives.hessian(f, argnums, sparse=sparse),
        }
        # Programs by the kinds of the arguments that they have been called with, for calls that are not the entry's.
        self._known: dict[str, dict[Any, Callable[..., Any]]] = {kind: {} for kind in OF_ARGUMENTS}
        self._columns: dict[Any, tuple[list[Watch], Callable[..., Any]]] = {}  # programs for floats and columns
        self._objects = Objects({**python.FUNCTIONS, **HELPERS, **ENGINES[engine].helpers})
        self._programs = Programs(f, self.argnums, ENGINES[engine], outside, self._eager, self._objects, sparse)
        self._signature = self._programs.signature
        self._objects.globals |= self._helpers()
        self._methods: WeakKeyDictionary[Any, Compiled] = WeakKeyDictionary()
        self._entries = {kind: self._entry(kind) for kind in OF_ARGUMENTS}
        self._value, self.value_and_grad, self.grad, self.jacobian, self.hessian = self._entries.values()

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """What the function returns: floats for floats, Values for Values."""
        return self._value(*args, **kwargs)

    def __get__(self, instance: Any, owner: Any = None) -> Compiled:
        """The bound method: defined in a class, a compiled function is a method, as other functions are."""
        if instance is None:
            return self
        try:
            method = self._methods.get(instance)
        except TypeError:  # an object that cannot be a key: it gets a program for each access
            return Compiled(MethodType(self.__wrapped__, instance), *self._options)
        if method is None:
            bound = MethodType(self.__wrapped__, instance)
            method = self._methods[instance] = Compiled(bound, *self._options)
        return method

    def __reduce__(self) -> Any:
        found: Any = sys.modules.get(getattr(self, "__module__", ""))
        for name in getattr(self, "__qualname__", "").split("."):
            found = getattr(found, name, None)
        if found is self:  # decorated, so that the function itself cannot be found by its name
            return self.__qualname__
        return Compiled, (self.__wrapped__, *self._options)  # programs are made again

    def __repr__(self) -> str:
        return f"<compiled {self.__wrapped__!r}>"

    def jvp(self, primals: Sequence[Any], tangents: Sequence[Any]) -> tuple[Any, Any]:
        """The value at `primals`, and its derivative in the direction `tangents`; see `autograd.jvp`."""
        value, moved = multiplied(self._programs, "jvp", primals, tangents)
        return value, moved

    def hvp(self, primals: Sequence[Any], tangents: Sequence[Any]) -> Any:
        """The Hessian at `primals` times the vector `tangents`; see `autograd.hvp`."""
        return multiplied(self._programs, "hvp", primals, tangents)

    def vjp(self, *primals: Any) -> tuple[Any, ...]:
        """The value at `primals`, and the function that multiplies a vector by the Jacobian; see `autograd.vjp`."""
        value = self(*primals)
        if has_values((primals, value)):
            return derivatives.vjp(self.__wrapped__, *primals)
        return value, lambda cotangents: multiplied(self._programs, "vjp", primals, cotangents, value)

    @property
    def source(self) -> str:
        """The programs made so far, as Python; CompileError if there is none yet."""
        if not (texts := self._programs.sources):
            raise CompileError("There is no program yet: call the compiled function, or its value_and_grad, first.")
        return "\n\n\n".join(texts)

    @property
    def sparsity(self) -> Sparsity:
        """The non-zeros of the sparse Jacobian or Hessian that was last compiled.

        Raises CompileError if there is none yet.
        """
        if self._programs.last is None or self._programs.last.sparsity is None:
            raise CompileError("There is no pattern yet: compile(f, sparse=True), and call its jacobian or hessian.")
        return self._programs.last.sparsity

    # -- calls that no program answers, or none yet ---------------------------------------------------------------

    def _entry(self, kind: str) -> FunctionType:
        """A function that asks `_call`, until it is given the code of a program."""
        entry = made(
            f"def {kind}(*args, **kwargs):\n    return first.{kind}(*args, **kwargs)\n", self._objects.globals, kind
        )
        entry.__doc__ = f"The {kind} of the function, by a program that is made when it is first needed."
        return entry

    def _helpers(self) -> dict[str, Any]:
        """What programs call when a call is not theirs, or Python raises."""

        def first(kind: str) -> Callable[..., Any]:
            return lambda *args, **kwargs: self._call(kind, args, kwargs)

        def eager(kind: str) -> Callable[..., Any]:
            return lambda *args, **kwargs: plain(self._eager[kind](*args, **kwargs))

        def other(kind: str) -> Callable[..., Any]:
            return self._signature.dispatch(self._known[kind], first(kind))

        return {f.__name__: SimpleNamespace(**{kind: f(kind) for kind in OF_ARGUMENTS}) for f in (first, eager, other)}

    def _call(self, kind: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        pattern = None if kwargs else floats_and_columns(args)
        if (known := self._columns.get((kind, pattern))) is not None:
            with self._programs.lock:
                holds = Watch.hold(known[0])
            if holds:
                return known[1]([*args])
        bound = self._signature.bound(args, kwargs)
        if bound is None:
            args, kwargs = self._signature.without_defaults(args, kwargs)
            return self._eager[kind](*args, **kwargs)  # which raises TypeError
        given, more = self._signature.given(bound[0])
        call = columns([*bound[0].values()]) if self._programs.engine.columns else None
        if call and (found := columnwise(self._programs, kind, call, call.leaves, *bound)) is not None:
            path, function, numbers = found
            if pattern and bound[1] == len(bound[0]) == len(numbers) and not path.contents:
                self._columns[kind, pattern] = [path.watch] if path.watch else [], function
            return function(numbers)
        if has_values((given, more)):
            return self._eager[kind](*given, **more)
        kept, taken = self._programs.found(kind, *bound)
        if not kept.paths or kept.is_part():
            return self._eager[kind](*given, **more)
        try:
            function = self._programs.function(kept, 0, kind)
        except CompileError:
            if not self._programs.solidified(kept, taken):
                raise
            return self._call(kind, args, kwargs)
        arguments = kept.paths[0].program.arguments
        values = arguments.taken(taken)
        if not self._signature.direct:
            return function(*values)
        entry = self._entries[kind]
        entry.__code__, entry.__defaults__, entry.__kwdefaults__ = (
            function.__code__, function.__defaults__, function.__kwdefaults__
        )  # fmt: skip
        if (known := self._signature.of_floats(function, bound[0], taken, kept.layout.solid)) is not None:
            self._known[kind][known[0]] = known[1]
        given, more = arguments.given(values)
        return function(*given, **more)


OPAQUE.append(Compiled)
