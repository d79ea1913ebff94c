"""The chain rule for Terms that are arrays, and how Terms become what arrays have.

Where a node is needed only if a condition holds, because it stands in a branch of `where`, what flows back through it
elsewhere is 0, but must not be multiplied by a slope there, which may be NaN.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate
from typing import TYPE_CHECKING, NamedTuple

from autograd import ops
from autograd.compiler.rows.array_ops import MATMUL, OUTER, ROWS, SUM_ROWS, TRANSPOSE, ArrayOp, Shape, is_a
from autograd.compiler.rows.arrays import Arrays
from autograd.compiler.rows.forward import Loss
from autograd.compiler.rows.normal import DATA, PARAMETERS
from autograd.compiler.terms.terms import Term, reachable
from autograd.op import Op

if TYPE_CHECKING:
    import numpy as np

__all__ = ["ALWAYS", "Needed", "differentiated", "either", "within"]

# Ways to be needed, each a row of choices: a condition, and 1 or 2 for the branch.
Needed = frozenset[tuple[tuple[object, int], ...]]

ALWAYS: Needed = frozenset({()})


def within(needed: Needed, condition: object, branch: int) -> Needed:
    """What one branch is needed for, where the choice is needed so."""
    return frozenset({(*way, (condition, branch)) for way in needed})


def either(ways: Iterable[Needed]) -> Needed:
    """What is needed in one of these ways at least; both branches of one condition make that all rows."""
    found = {way for needed in ways for way in needed}
    stack = [*found]
    while stack:
        way = stack.pop()
        if way in found and way:
            *others, (condition, branch) = way
            opposite = (*others, (condition, 3 - branch))
            if opposite in found:
                found -= {way, opposite}
                found.add(tuple(others))
                stack.append(tuple(others))
    return ALWAYS if () in found else frozenset(found)


class Adjoint(NamedTuple):
    """The derivative of the loss with respect to a Term, or to its lanes at `place`, as far as one reader counts.

    It may have one lane for all of the Term's, and one number for all rows. It is 0 where it is not `needed`.
    """

    value: Term
    needed: Needed
    place: range | np.ndarray | None = None


def differentiated(loss: Loss) -> tuple[Loss, Term]:
    """A loss, and its derivative with respect to the parameters, in terms of what arrays have."""
    one = loss.arrays.table.constant(1.0)
    slopes = row_gradient(loss.arrays, [(loss.row, loss.weights), (loss.penalty, one)], loss.parameters)
    return lowered(loss, slopes)


def row_gradient(arrays: Arrays, seeds: Iterable[tuple[Term, Term]], x: Term) -> Term:
    """The derivative with respect to the parameters `x` of a loss, whose own by some Terms are `seeds`."""
    seeds = [(y, seed) for y, seed in seeds if arrays.depends(y) & PARAMETERS]
    arrived: dict[Term, list[Adjoint]] = {x: []}
    for y, seed in seeds:
        arrived.setdefault(y, []).append(Adjoint(seed, ALWAYS))
    for node in reversed(reachable([y for y, _ in seeds])):
        if node in arrived and node is not x:
            d = _arrived(arrays, node, arrived.pop(node))
            if is_a(d.value, "matmul"):
                _name(arrays, d.value, node)
            for operand, adjoint in _passed_on(arrays, node, d):
                arrived.setdefault(operand, []).append(adjoint)
    whole = arrays.scattered(arrays.shape(x), _places(arrays, x, arrays.shape(x), arrived[x]))
    arrays.labels[whole] = "gradient"
    return whole


def _arrived(arrays: Arrays, node: Term, adjoints: Sequence[Adjoint]) -> Adjoint:
    """All that has arrived at a node."""
    whole = [a for a in adjoints if a.place is None]
    needed = either(a.needed for a in whole)
    if len(whole) == len(adjoints):
        return Adjoint(sum((a.value for a in whole[1:]), whole[0].value), needed)
    sometimes = needed != ALWAYS and any(a.needed != ALWAYS for a in adjoints)
    needed = within(ALWAYS, object(), 1) if sometimes else ALWAYS  # some of the lanes in some rows
    shape = arrays.shape(node)
    shape = (*shape[:-1], 1) if all(arrays.shape(a.value)[-1:] == (1,) for a in adjoints) else shape
    value = arrays.scattered(shape, _places(arrays, node, shape, adjoints))
    _name(arrays, value, node)
    return Adjoint(value, needed)


def _places(
    arrays: Arrays, node: Term, shape: Shape, adjoints: Sequence[Adjoint]
) -> list[tuple[range | np.ndarray, Term]]:
    """What has arrived at each place; what is for all lanes comes last, after what may be made in their place."""
    found: dict[object, tuple[range | np.ndarray, Term]] = {}
    for a in sorted(adjoints, key=lambda a: a.place is None):
        place = range(shape[0]) if a.place is None else a.place
        value = arrays.broadcast(a.value, (len(place), *shape[1:]))
        key = place if isinstance(place, range) else place.tobytes()
        found[key] = (place, found[key][1] + value if key in found else value)
    parts = [*found.values()]
    for i, (_, value) in enumerate(parts):
        _name(arrays, value, node, f"_part_{i + 1}")
    return parts


def _passed_on(arrays: Arrays, node: Term, d: Adjoint) -> Iterator[tuple[Term, Adjoint]]:
    """What the operands of a node get of its adjoint."""
    if not isinstance(node.head, ArrayOp):
        yield from _through_function(arrays, node, d)
        return
    value, shape = d.value, arrays.shape(node)
    whole = arrays.broadcast(value, (*shape[:-1], *(arrays.shape(value)[-1:] or shape[-1:])))
    x, *_ = node.args
    match node.head:
        case ArrayOp("part", (start, stop, 0)):
            yield x, Adjoint(whole, d.needed, range(start, stop))
        case ArrayOp("take", (index,)):
            yield x, Adjoint(whole, d.needed, index)
        case ArrayOp("broadcast"):
            yield x, Adjoint(_fitted(arrays, value, shape, x), d.needed)
        case ArrayOp("reshape"):
            yield x, Adjoint(arrays.reshaped(arrays.broadcast(value, shape), arrays.shape(x)), d.needed)
        case ArrayOp("join", (lanes,)):
            trained = [y for y in node.args if arrays.depends(y) & PARAMETERS]
            for end, n, y in zip(accumulate(lanes), lanes, node.args, strict=True):
                if arrays.shape(value)[:1] in ((), (1,)):
                    part = value
                elif is_a(value, "matmul") and len(trained) == 1:  # what the others would get is not computed
                    part = arrays.of(MATMUL, arrays.part(value.args[0], end - n, end), value.args[1])
                else:
                    part = arrays.part(whole, end - n, end)
                if arrays.depends(y) & PARAMETERS:
                    yield y, Adjoint(_fitted(arrays, part, (n, *shape[1:]), y), d.needed)
        case _:  # a matrix product
            yield from _through_product(arrays, node, d._replace(value=arrays.broadcast(value, shape)))


def _through_product(arrays: Arrays, node: Term, d: Adjoint) -> Iterator[tuple[Term, Adjoint]]:
    w, x = node.args
    _name(arrays, d.value, node)
    if arrays.depends(x) & PARAMETERS:
        yield x, Adjoint(arrays.of(MATMUL, arrays.of(TRANSPOSE, w), d.value), d.needed)
    if d.needed != ALWAYS:  # what is not needed may be NaN, which a product with 0 would be, too
        x = ops.where(arrays.largest(ops.abs(d.value), -2) == 0.0, 0.0, x)
    dw = arrays.of(OUTER, d.value, x)
    _name(arrays, dw, w)
    yield w, Adjoint(dw, d.needed)


def _through_function(arrays: Arrays, node: Term, d: Adjoint) -> Iterator[tuple[Term, Adjoint]]:
    op = node.head
    assert isinstance(op, Op)  # a leaf passes nothing on
    of = [x.constant is None and bool(arrays.depends(x) & PARAMETERS) for x in node.args]
    partials = op.read(arrays.m, node.args)[1]
    terms = [p if isinstance(p, Term) else arrays.table.constant(p) for p in partials]
    if sum(of) > 1 or d.needed != ALWAYS:
        _name(arrays, d.value, node)
    whole = arrays.shape(node)
    for i, (x, partial) in enumerate(zip(node.args, terms, strict=True)):
        if not of[i] or partial.constant == 0:
            continue
        needed = d.needed
        if op is ops.WHERE:
            value = ops.where(node.args[0], d.value, 0.0) if i == 1 else ops.where(node.args[0], 0.0, d.value)
            needed = within(needed, node.args[0], i)
        else:
            value = arrays.times(d.value, partial)
            if needed != ALWAYS and partial.constant is None:
                value = ops.where(d.value == 0.0, 0.0, value)
        yield x, Adjoint(_fitted(arrays, value, arrays.shape(x) if i < op.vectors else whole, x), needed)


def _fitted(arrays: Arrays, value: Term, whole: tuple[int, ...], x: Term) -> Term:
    """The adjoint of all that was computed of `x`, of shape `whole`, as that of `x`, which may have been repeated."""
    shape = arrays.shape(x)
    if shape[0] == 1 < whole[0]:
        value = arrays.summed(value) if arrays.shape(value)[:1] == whole[:1] else value * float(whole[0])
    if shape[-1] == 1 and arrays.shape(value)[-1:] == (ROWS,):
        value = arrays.of(SUM_ROWS, value)
    return value


def _name(arrays: Arrays, x: Term, node: Term, suffix: str = "") -> None:
    """Call the adjoint of a node by its name, unless it is the derivative with respect to something else, too."""
    name = "gradient" if node.head == "parameters" and suffix else f"d_{arrays.labels.get(node, 'joined')}"
    if x.args and not is_a(x, "reshape", "broadcast") and arrays.labels.get(x, "d_").startswith("d_"):
        arrays.labels[x] = name + suffix


def lowered(loss: Loss, slopes: Term) -> tuple[Loss, Term]:
    """The same in terms of what arrays have, in a table of their own: so they are in the order of being computed."""
    old, new, low = loss.arrays, Arrays(), dict[Term, Term]()
    roots = [loss.parameters, loss.data, loss.weights, loss.row, loss.penalty, *loss.checks, slopes, *old.columns]
    defined = {x: y for y, x in old.columns.items()}
    for x in reachable(roots):
        args = tuple(low[a] for a in x.args)
        if isinstance(x.head, Op) and (isinstance(x.head, ArrayOp) or x.head.vectors):  # whose shapes count
            args = tuple(new.broadcast(y, old.shape(a)) for y, a in zip(args, x.args, strict=True))
        if old.depends(x) != DATA:
            args = tuple(new.prepared(a) if new.depends(a) == DATA else a for a in args)
        if x in defined:
            low[x] = new.prepared(low[defined[x]])
        elif isinstance(x.head, str):
            low[x] = new.variable(x.head, old.shape(x), old.depends(x))
            if x in old.numbers:
                new.numbers[low[x]] = old.numbers[x]
        elif not isinstance(x.head, Op):
            low[x] = new.table.constant(x.head)
        elif isinstance(x.head, ArrayOp) or (x.head is ops.mul and x not in old.nodes):
            low[x] = new.of(x.head, *args)  # a slope's products stay as they were written
        else:
            value = x.head.read(new.m, args)[0]
            low[x] = value if isinstance(value, Term) else new.table.constant(value)
        if x in old.labels and low[x].args:
            new.labels.setdefault(low[x], old.labels[x])
    row = low[loss.row] if loss.row.constant == 0 else new.broadcast(low[loss.row], old.shape(loss.row))
    return Loss(
        new,
        low[loss.parameters],
        low[loss.data],
        low[loss.weights],
        new.prepared(row) if new.depends(row) == DATA else row,
        low[loss.penalty],
        [low[x] for x in loss.checks],
    ), low[slopes]
