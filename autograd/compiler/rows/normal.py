"""The normal form of a scalar graph: sums of products, however they were written, become `linear`, `dot` and `sum`.

What `linear(w, x, b)` says in one node, micrograd's style says in 2n: `b + w[0] * x[0] + w[1] * x[1] + ...`. Here both
become the same: a tree of `+`, `-` and `*` whose inner nodes are used once is taken apart into its terms, and each
product with a factor that depends on parameters alone is a weight times an input.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import compress
from types import MappingProxyType
from typing import Any, NamedTuple

from autograd import ops
from autograd.graph import postorder
from autograd.op import Op, evaluate

__all__ = ["CONSTANT", "DATA", "PARAMETERS", "ROW", "Normal", "Scalar", "normal"]

CONSTANT, PARAMETERS, DATA, ROW = 0, 1, 2, 3  # what a scalar depends on: a row depends on both


class Scalar:
    """A node of the normal form: `op` of `args`, which are Scalars and numbers; a leaf has none.

    `on` says what it depends on, `uses` how many args of others it is, `label` how it is called, if it is.
    """

    __slots__ = ("args", "label", "on", "op", "uses")

    def __init__(self, op: Op | None, args: Sequence[Scalar | float], on: int | None = None) -> None:
        self.op, self.args, self.uses, self.label = op, tuple(args), 0, ""
        self.on: int = on if on is not None else _on(self.args)


def _on(args: Iterable[Any]) -> int:
    on = CONSTANT
    for x in args:
        if isinstance(x, Scalar):
            on |= x.on
    return on


class Normal(NamedTuple):
    """The loss of a row in normal form: `row` depends on it, `penalty` on the parameters alone; each may be 0.0.

    `parameters` and `data` are the leaves, in the order in which they were given; `checks` are other nodes, of data.
    """

    row: Scalar | float
    penalty: Scalar | float
    parameters: list[Scalar]
    data: list[Scalar]
    checks: list[Scalar | float]


def normal(
    loss: Any,
    parameters: Sequence[Any],
    data: Sequence[Any],
    checks: Sequence[Any] = (),
    names: Mapping[Any, str] = MappingProxyType({}),
) -> Normal:
    """The graph of `loss`, and of `checks`, nodes with `op` and `args`, whose leaves are `parameters` and `data`.

    Any other leaf is a constant. `names` says what nodes are called.
    """
    leaf_of: dict[Any, Scalar] = {leaf: Scalar(None, (), PARAMETERS) for leaf in parameters}
    leaf_of |= {leaf: Scalar(None, (), DATA) for leaf in data}
    known: dict[Any, Scalar | float] = {**leaf_of}

    def unknown(xs: Sequence[Any]) -> list[Any]:
        return [x for x in xs if not isinstance(x, (float, int)) and x not in known]

    for node in postorder(unknown([loss, *checks]), lambda node: unknown(node.args)):
        args = [x if isinstance(x, (float, int)) else known[x] for x in node.args]
        made = known[node] = _made(node.op, args) if args else node.data
        if isinstance(made, Scalar) and node in names:
            made.label = made.label or names[node]
    root, *conditions = (known[x] for x in (loss, *checks))
    nodes = list(scalars(root))
    count_uses(nodes)
    row, penalty = _Rewriting(nodes).split(root)
    if isinstance(row, Scalar) and isinstance(root, Scalar) and not penalty:
        row.label = row.label or root.label
    return Normal(row, penalty, [leaf_of[x] for x in parameters], [leaf_of[x] for x in data], conditions)


def scalars(*roots: Scalar | float) -> Iterator[Scalar]:
    """All Scalars below `roots` but leaves, each after its args."""

    def inner(xs: Sequence[Any]) -> list[Scalar]:
        return [x for x in xs if isinstance(x, Scalar) and x.op]

    return postorder(inner(roots), lambda node: inner(node.args))


def count_uses(nodes: Sequence[Scalar]) -> None:
    for node in nodes:
        node.uses = 0
    for node in nodes:
        for x in node.args:
            if isinstance(x, Scalar):
                x.uses += 1


def _made(op: Op, args: Sequence[Any]) -> Scalar | float:
    """`op` of `args`, unless that is a number or one of the args itself."""
    if not any(isinstance(x, Scalar) for x in args):
        return float(evaluate(op, args, args)[0])
    if op is ops.identity or (op is ops.sum and len(args) == 1):
        return args[0]  # type: ignore[no-any-return]  # a Scalar
    if op is ops.div and args[1] == 1:
        return args[0]  # type: ignore[no-any-return]  # likewise
    if op is ops.mul and 1 in args:
        return args[args.index(1) ^ 1]  # type: ignore[no-any-return]  # likewise
    return Scalar(op, args)


# -- sums -----------------------------------------------------------------------------------------------------

_ADDING = {ops.add, ops.sub, ops.neg, ops.sum, ops.dot, ops.linear}


class Summand(NamedTuple):
    """A summand: `sign` times `x`, or times `x` and `y`."""

    sign: int
    x: Scalar | float
    y: Scalar | float | None = None

    @property
    def on(self) -> int:
        """What it depends on."""
        return _on((self.x, self.y))

    @property
    def weighted(self) -> bool:
        """Whether it is a weight, which depends on parameters alone, times something that does not."""
        ons = {x.on for x in (self.x, self.y) if isinstance(x, Scalar)}
        return self.sign > 0 and PARAMETERS in ons and bool(ons & {DATA, ROW})


def _products(node: Scalar) -> list[Summand]:
    """The products that an adding node adds up."""
    n = len(node.args) // 2 if node.op in (ops.dot, ops.linear) else 0
    return [Summand(1, w, x) for w, x in zip(node.args[:n], node.args[n : 2 * n], strict=True)]


def _summands(node: Scalar) -> list[Summand]:
    """What else it adds up."""
    n = len(node.args) // 2 * 2 if node.op in (ops.dot, ops.linear) else 0
    negative = node.op is ops.neg
    return [Summand(-1 if negative or (node.op is ops.sub and i) else 1, x) for i, x in enumerate(node.args[n:])]


def _is_normal(node: Scalar) -> bool:
    """Whether this is a sum of weights times inputs and a bias that is neither."""
    *operands, bias = node.args
    n = len(operands) // 2
    return (
        node.op is ops.linear
        and n > 0
        and all(isinstance(w, Scalar) and w.on == PARAMETERS for w in operands[:n])
        and all(isinstance(x, Scalar) and x.on & DATA for x in operands[n:])
        and not (isinstance(bias, Scalar) and bias.on & DATA)
    )


def _inside(term: Summand, tree: Scalar) -> bool:
    """Whether a summand of an adding node is such a node itself, and no more than a part of the sum."""
    x = term.x
    return (
        isinstance(x, Scalar)
        and x.uses == 1
        and x.op in _ADDING
        and x.on == tree.on
        and term.y is None
        and term.sign > 0
    )


class _Rewriting:
    """The nodes of a graph with their sums of products rewritten, one tree at a time, from the leaves up."""

    def __init__(self, nodes: Sequence[Scalar]) -> None:
        self.new: dict[Scalar, Scalar] = {}
        adding = [x for x in nodes if x.op in _ADDING and (x.on & PARAMETERS or x.op is ops.linear)]
        self.adding = set(adding)
        inside = {term.x for node in adding for term in _summands(node) if _inside(term, node)}
        for node in nodes:
            if node not in inside:  # such a part is met when its tree is
                new = self.new[node] = self._rewritten(node)
                new.label = new.label or node.label

    def _rewritten(self, node: Scalar) -> Scalar:
        if node not in self.adding or _is_normal(node):
            return self._again(node)
        total = _added(list(self._parts(node)))
        assert isinstance(total, Scalar)  # not all parts are numbers: those are added up before
        return total

    def _again(self, node: Scalar) -> Scalar:
        """The node as it was written, with the new args."""
        args = [self._of(x) for x in node.args]
        unchanged = all(x is y for x, y in zip(args, node.args, strict=True))
        return node if unchanged else Scalar(node.op, args)

    def _of(self, x: Any) -> Any:
        """What has become of an arg."""
        if isinstance(x, Scalar) and x.op and x not in self.new:  # part of a tree that stays as it was written
            for part in scalars(x):
                if part not in self.new:
                    self.new[part] = self._rewritten(part)
        return self.new.get(x, x)

    def split(self, root: Scalar | float) -> tuple[Scalar | float, Scalar | float]:
        """What `root` has become, in two summands: what depends on a row, and on parameters alone."""
        if not isinstance(root, Scalar) or not root.on & DATA:
            return 0.0, self._of(root)
        if root not in self.adding:
            return self._of(root), 0.0
        parts = list(self._parts(root, always=True))
        of_rows = [isinstance(x, Scalar) and bool(x.on & DATA) for x in parts]
        return _added([*compress(parts, of_rows)]), _added(
            [x for x, yes in zip(parts, of_rows, strict=True) if not yes]
        )

    def _parts(self, root: Scalar, always: bool = False) -> Iterator[Scalar | float]:
        """The sum in its parts; the tree as it was written, if that is as good."""
        terms, size = self._collect(root)
        weighted, others = list[Summand](), list[Summand]()
        for term in terms:
            (weighted if term.weighted else others).append(term)
        if not (weighted or size > 2 or always or root.op in (ops.dot, ops.linear)):
            yield self._again(root)
            return
        free = [t for t in others if root.on & DATA and not t.on & DATA]
        bias = _added(list(self._sum(free)))
        if weighted:
            pairs = [(x, y) if x.on == PARAMETERS else (y, x) for t in weighted for x, y in [map(self._of, t[1:])]]
            yield Scalar(ops.linear, [*(w for w, _ in pairs), *(x for _, x in pairs), bias])
        else:
            yield bias
        yield from self._sum([t for t in others if not root.on & DATA or t.on & DATA])

    def _collect(self, root: Scalar) -> tuple[list[Summand], int]:
        """The summands of a tree, and how many nodes it has."""
        terms: list[Summand] = []
        stack, size = [Summand(1, root)], 0
        while stack:
            term = stack.pop()
            x = term.x
            if x is root or _inside(term, root):
                size += 1
                stack += reversed(_products(x) + _summands(x))  # type: ignore[arg-type]  # it is a Scalar
            elif term.y is None and isinstance(x, Scalar) and x.op is ops.mul and x.uses == 1:
                terms.append(Summand(term.sign, *x.args))
            else:
                terms.append(term)
        return terms, size

    def _sum(self, terms: Sequence[Summand]) -> Iterator[Scalar | float]:
        """Terms without weights: several products as one dot, several others as one sum, and the number among them."""
        products = [t for t in terms if t.y is not None]
        if len(products) > 1:
            left = [_signed(t.sign, self._of(t.x)) for t in products]
            yield _made(ops.dot, [*left, *(self._of(t.y) for t in products)])
        else:
            yield from (_signed(t.sign, _made(ops.mul, [self._of(t.x), self._of(t.y)])) for t in products)
        single = [t for t in terms if t.y is None]
        nodes = [_signed(t.sign, self._of(t.x)) for t in single if isinstance(t.x, Scalar)]
        if len(nodes) > 2:
            yield _made(ops.sum, nodes)
        else:
            yield from nodes
        yield sum(t.sign * t.x for t in single if not isinstance(t.x, Scalar))


def _signed(sign: int, x: Scalar | float) -> Scalar | float:
    return x if sign > 0 else -x if not isinstance(x, Scalar) else _made(ops.neg, [x])


def _added(parts: Sequence[Scalar | float]) -> Scalar | float:
    """The sum of a few parts."""
    total: Scalar | float = 0.0
    for part in parts:
        if not isinstance(part, Scalar) and not part:
            continue
        if not isinstance(total, Scalar) and not total:
            total = part
        elif isinstance(part, Scalar) and part.op is ops.neg:
            total = _made(ops.sub, [total, *part.args])
        elif isinstance(total, Scalar) and total.op is ops.neg:
            total = _made(ops.sub, [part, *total.args])
        else:
            total = _made(ops.add, [total, part])
    return total
