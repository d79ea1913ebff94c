"""A call of a function whose derivatives are asked for: recorded, with Values in place of its arguments."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, SupportsIndex

from autograd import ops
from autograd.graph import operations
from autograd.op import as_float
from autograd.recording import born, paused
from autograd.sweeps import Sweeps
from autograd.tree import Rebuild, description, flatten, outer
from autograd.value import Value

__all__ = ["Argnums", "RecordedCall", "arguments_of", "births", "indices_of", "moving", "normal_argnums"]
__all__ += ["one_number"]

Argnums = SupportsIndex | Sequence[SupportsIndex]


class RecordedCall:
    """A call of `f` with Values of its own in place of the arguments `argnums`, and what is asked of its graph.

    Where the results depend on nothing but those Values, derivatives are numbers; else, as in nested derivatives and
    closures over Values, they are Values.
    """

    def __init__(
        self, f: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any], argnums: Argnums, has_aux: bool
    ) -> None:
        self.arguments, replaced = arguments_of(args, argnums)
        self.given, self.like_arguments = flatten(self.arguments)
        with births() as self.own:
            # A node of its own stands in for a Value. It keeps the levels of nested derivatives apart: the inner one is
            # with respect to the stand-in, the outer one passes through it.
            self.xs: list[Value] = [ops.identity(x) if isinstance(x, Value) else Value(x) for x in self.given]
            self.result = f(*replaced(self.like_arguments(iter(self.xs))), **kwargs)
        self.aux: tuple[Any, ...] = ()  # what is returned at last
        if has_aux:
            if not isinstance(self.result, tuple) or len(self.result) != 2:
                raise TypeError(
                    "With has_aux=True the function has to return a pair, its result and whatever else it returns; "
                    f"got a {type(self.result).__name__}."
                )
            self.result, aux = self.result
            self.aux = (_without_graphs(aux, self.own),)
        self.ys, self.like_result = flatten(self.result)
        for y in self.ys:
            as_float(y)  # says what is wrong
        values = [y for y in self.ys if isinstance(y, Value)]
        self.order = operations(*values)
        leaves = [parent for node in self.order for parent in node.parents if not parent.parents]
        self.closed = self.own.issuperset(leaves + [y for y in values if not y.parents])
        self.sweeps: Sweeps | None = None

    @property
    def value(self) -> Any:
        """The result, in numbers unless it depends on Values outside."""
        return self.like_result(iter([y.data if isinstance(y, Value) and self.closed else y for y in self.ys]))

    @property
    def scalar(self) -> Any:
        """The result where it has to be one number."""
        return one_number(self.ys, self.like_result)

    def reverse(self, adjoints: Iterable[Any]) -> Any:
        """The derivatives of the result times `adjoints`, with respect to the arguments."""
        start = moving(zip(self.ys, adjoints, strict=True))
        if self.sweeps is None:  # which serves several products
            self.sweeps = Sweeps(self.order, self.xs, numbers=self.closed)
        return self.like_arguments(iter(self.sweeps.reverse(start)))

    def forward(self, tangents: Iterable[Any]) -> Any:
        """The derivatives of the result in the direction `tangents`."""
        start = moving(zip(self.xs, tangents, strict=True))
        moved = Sweeps(self.order, [*start], numbers=self.closed).forward(start, self.ys)
        return self.like_result(iter(moved))

    def jacobian(self) -> Any:
        """All derivatives: one sweep for each number of the argument or of the result, whichever are fewer."""
        xs, ys = self.xs, self.ys
        sweeps = Sweeps(self.order, xs, numbers=self.closed, many=True)
        if len(xs) < len(ys):
            columns = [sweeps.forward({x: 1.0}, ys) for x in xs]
            rows = [list(row) for row in zip(*columns, strict=True)] or [[] for _ in ys]
        else:
            rows = [sweeps.reverse({y: 1.0} if isinstance(y, Value) else {}) for y in ys]
        return outer(rows, self.result, self.arguments)


def moving(pairs: Iterable[tuple[Any, Any]]) -> dict[Value, Any]:
    """Where a sweep starts: nodes and their seeds, without those that are plain zeros, which do not move."""
    seeds: dict[Value, Any] = {}
    for node, seed in pairs:
        seed = seed if isinstance(seed, Value) else as_float(seed)
        if isinstance(node, Value) and (isinstance(seed, Value) or seed != 0.0):
            seeds[node] = seeds[node] + seed if node in seeds else seed
    return seeds


def _without_graphs(aux: Any, own: set[Value]) -> Any:
    """What `f` returns besides its result, with numbers for Values that depend on nothing but leaves of its `own`."""
    parts, like_aux = flatten(aux, arrays=False)
    taken = [flatten(x) if getattr(x, "dtype", "") == "object" else ([x], next) for x in parts]
    values = [x for leaves, _ in taken for x in leaves if isinstance(x, Value)]
    if not values:
        return aux  # as it is
    open_ = {x for x in values if not x.parents and x not in own}
    for node in operations(*values):
        if any(x in open_ or not (x.parents or x in own) for x in node.parents):
            open_.add(node)

    def plain(x: Any) -> Any:
        return x.data if isinstance(x, Value) and x not in open_ else x

    return like_aux(iter([rebuild(map(plain, leaves)) for leaves, rebuild in taken]))


def arguments_of(args: tuple[Any, ...], argnums: Argnums) -> tuple[Any, Callable[[Any], list[Any]]]:
    """The arguments `argnums` of a call, and a function that returns all arguments with others in their place."""
    by = normal_argnums(argnums)
    indices = indices_of(by, len(args))

    def replaced(others: Any) -> list[Any]:
        inner = list(args)
        for i, arg in zip(indices, [others] if isinstance(by, int) else others, strict=True):
            inner[i] = arg
        return inner

    return args[indices[0]] if isinstance(by, int) else tuple([args[i] for i in indices]), replaced


def one_number(ys: Sequence[Any], like_result: Rebuild) -> Any:
    """The only one of the numbers `ys` that a function returned; TypeError where it returned anything else."""
    if like_result is not next:
        found = description(like_result(iter(ys)))
        raise TypeError(f"grad needs a function that returns one number, got {found}; see jacobian.")
    return ys[0]


def normal_argnums(argnums: Argnums) -> int | tuple[int, ...]:
    """`argnums` as an int or a tuple of them; TypeError for anything but a whole number or a sequence of them."""
    try:
        return tuple(map(operator.index, argnums)) if isinstance(argnums, Iterable) else operator.index(argnums)
    except TypeError:
        raise TypeError(f"argnums is a whole number or a sequence of them, got {argnums!r}.") from None


def indices_of(argnums: Argnums, count: int) -> tuple[int, ...]:
    """The places of the arguments `argnums` among `count` positional ones.

    Raises TypeError for one that is not there, ValueError for one that is named twice.
    """
    by = normal_argnums(argnums)
    given = (by,) if isinstance(by, int) else by
    for i in given:
        if not -count <= i < count:
            raise TypeError(
                f"Cannot differentiate with respect to argument {i}: the call has {count} positional argument(s)."
            )
    indices = tuple(i % count for i in given)
    if twice := [i for i in indices if indices.count(i) > 1]:
        raise ValueError(f"argnums names argument {twice[0]} twice, got {argnums!r}.")
    return indices


@contextmanager
def births() -> Iterator[set[Value]]:
    """Records, and collects the leaves made meanwhile, which belong to the function being differentiated."""
    own: set[Value] = set()
    outer = born.get()
    token, was_paused = born.set(own), paused.set(False)
    try:
        yield own
    finally:
        paused.reset(was_paused)
        born.reset(token)
        if outer is not None:
            outer |= own
