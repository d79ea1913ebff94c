"""The normal form of a loss: sums of products, however they were written, become `linear`, `dot` and `sum`.

What `linear(w, x, b)` says in one Term, micrograd's style says in 2n: `b + w[0] * x[0] + w[1] * x[1] + ...`. Here both
become the same: a tree of `+`, `-` and `*` whose inner Terms are used once is taken apart into its summands, and each
product with a factor that depends on parameters alone is a weight times an input.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import reduce
from operator import add, is_
from typing import NamedTuple

from autograd import ops
from autograd.compiler.terms.array_ops import DATA, PARAMETERS, ROW
from autograd.compiler.terms.terms import Term, Terms, reachable
from autograd.compiler.text.source import uses

__all__ = ["Normal", "normal"]


class Normal(NamedTuple):
    """The loss of a row in normal form: `row` depends on it, `penalty` on the parameters alone; each may be 0.

    `parameters` and `data` are variables; `checks` are conditions of data, `outputs` any other Terms; `on` says what
    Terms depend on.
    """

    row: Term
    penalty: Term
    parameters: list[Term]
    data: list[Term]
    checks: list[Term]
    on: Mapping[Term, int]
    outputs: list[Term]


def normal(
    loss: Term,
    parameters: list[Term],
    data: list[Term],
    checks: list[Term],
    on: Mapping[Term, int],
    outputs: Sequence[Term] = (),
) -> Normal:
    """The normal form of `loss`, which is one Term of some variables, and of `outputs`, which are others."""
    rewriting = _Rewriting([loss, *outputs], on)
    row, penalty = rewriting.split(loss)
    return Normal(row, penalty, parameters, data, checks, on, [*map(rewriting.of, outputs)])


_ADDING = {ops.add, ops.sub, ops.neg, ops.sum, ops.dot, ops.linear}


class Summand(NamedTuple):
    """A summand: `sign` times `x`, or times `x` and `y`."""

    sign: int
    x: Term
    y: Term | None = None


def _summands(term: Term) -> list[Summand]:
    """The summands of an adding Term, its products first."""
    n = len(term.args) // 2 if term.head in (ops.dot, ops.linear) else 0
    products = [Summand(1, w, x) for w, x in zip(term.args[:n], term.args[n : 2 * n], strict=True)]
    negative = term.head is ops.neg
    others = enumerate(term.args[2 * n :])
    return products + [Summand(-1 if negative or (term.head is ops.sub and i) else 1, x) for i, x in others]


class _Rewriting:
    """Terms with their sums of products rewritten, one tree at a time, from the leaves up."""

    def __init__(self, roots: Sequence[Term], on: Mapping[Term, int]) -> None:
        self.on, self.new = on, dict[Term, Term]()
        terms = [x for x in reachable(roots) if x.args]
        self.uses: Counter[Term] = uses((), terms)
        self.adding = {x for x in terms if x.head in _ADDING and (on[x] & PARAMETERS or x.head is ops.linear)}
        inside = {s.x for tree in self.adding for s in _summands(tree) if self.inside(s, tree)}
        for x in terms:
            if x not in inside:  # such a part is rewritten with its tree
                self.put(x)

    def inside(self, s: Summand, tree: Term) -> bool:
        """Whether a summand of an adding Term is an adding Term that is used nowhere else."""
        x = s.x
        return s.sign > 0 and s.y is None and x.head in _ADDING and self.uses[x] == 1 and self.on[x] == self.on[tree]

    def put(self, term: Term) -> None:
        """Rewrite a Term whose operands have been rewritten."""
        if term in self.adding and not self.is_normal(term):
            new = _added(term.table, self.parts(term))
        else:
            args = [*map(self.of, term.args)]
            new = term if all(map(is_, args, term.args)) else term.table.term(term.head, args)
        self.new[term] = new
        if new.args and term in term.table.labels:
            term.table.labels.setdefault(new, term.table.labels[term])

    def is_normal(self, term: Term) -> bool:
        """Whether a Term is a sum of weights times inputs and a bias that does not depend on data."""
        *operands, bias = term.args
        n, on = len(operands) // 2, self.on
        return (
            term.head is ops.linear
            and n > 0
            and all(on[w] == PARAMETERS for w in operands[:n])
            and all(on[x] & DATA for x in operands[n:])
            and not on[bias] & DATA
        )

    def of(self, x: Term) -> Term:
        """What an operand has become."""
        if x.args and x not in self.new:  # part of a tree that stays as it was written
            for part in reachable([x], known=self.new):
                if part.args:
                    self.put(part)
        return self.new.get(x, x)

    def split(self, root: Term) -> tuple[Term, Term]:
        """What `root` has become, as two summands: one depends on a row, the other on parameters alone."""
        zero = root.table.constant(0.0)
        if not self.on[root] & DATA:
            return zero, self.of(root)
        if root not in self.adding:
            return self.of(root), zero
        parts = [*self.parts(root)]
        row, penalty = (
            _added(root.table, [x for x in parts if bool(self.on[x] & DATA) == of_row]) for of_row in (True, False)
        )
        if penalty is zero and root in root.table.labels:
            root.table.labels.setdefault(row, root.table.labels[root])
        return row, penalty

    def parts(self, root: Term) -> Iterator[Term]:
        """The parts of the sum: weights times inputs with the bias, and others."""
        weighted, free, others = list[Summand](), list[Summand](), list[Summand]()
        for s in self.collect(root):
            ons = {self.on[x] for x in s[1:] if x is not None}
            if s.sign > 0 and PARAMETERS in ons and ons & {DATA, ROW}:
                weighted.append(s)
            else:
                (free if self.on[root] & DATA and not any(on & DATA for on in ons) else others).append(s)
        bias = _added(root.table, self.sum(free))
        if weighted:
            first = [s.x if self.on[s.x] == PARAMETERS else s.y for s in weighted]
            second = [s.y if self.on[s.x] == PARAMETERS else s.x for s in weighted]
            yield root.table.term(ops.linear, [*map(self.of, first + second), bias])  # type: ignore[arg-type]  # products
        else:
            yield bias
        yield from self.sum(others)

    def collect(self, root: Term) -> Iterator[Summand]:
        """The summands of a tree."""
        stack = [Summand(1, root)]
        while stack:
            s = stack.pop()
            if s.x is root or self.inside(s, root):
                stack += reversed(_summands(s.x))
            elif s.y is None and s.x.head is ops.mul and self.uses[s.x] == 1:
                yield self.product(s.sign, *s.x.args)
            else:
                yield s

    def product(self, sign: int, x: Term, y: Term) -> Summand:
        """A product; its sign and constant factor go to the data if there is only one more factor."""
        c = 1.0
        if x.constant is not None and y.head is ops.mul and self.uses[y] == 1:
            c, (x, y) = x.constant, y.args
        for a, b in ((x, y), (y, x)):
            if self.on[a] == PARAMETERS and self.on[b] == DATA and (c != 1 or sign < 0):
                return Summand(1, a, sign * c * b)
        return Summand(sign, x, y) if c == 1 else Summand(sign, c * x, y)

    def sum(self, found: Sequence[Summand]) -> Iterator[Term]:
        """Summands without weights: several products as one `dot`, several others as one `sum`, and the constant."""
        products = [(_signed(s.sign, self.of(s.x)), self.of(s.y)) for s in found if s.y is not None]
        if len(products) > 1:
            table = products[0][0].table
            yield table.term(ops.dot, [*(x for x, _ in products), *(y for _, y in products)])
        else:
            yield from (x * y for x, y in products)
        single = [s for s in found if s.y is None]
        terms = [_signed(s.sign, self.of(s.x)) for s in single if s.x.constant is None]
        if len(terms) > 2:
            yield terms[0].table.term(ops.sum, terms)
        else:
            yield from terms
        if numbers := [_signed(s.sign, s.x) for s in single if s.x.constant is not None]:
            yield _added(numbers[0].table, numbers)


def _signed(sign: int, x: Term) -> Term:
    return x if sign > 0 else -x


def _added(table: Terms, parts: Iterable[Term]) -> Term:
    """The Term that adds up some parts."""
    kept = [x for x in parts if x.constant != 0]
    return reduce(add, kept) if kept else table.constant(0.0)
