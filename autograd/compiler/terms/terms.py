"""The compiler's formulas: `Term`, one more kind of number in which rules are read.

Terms live in a `Terms` table, in which no two are alike: who makes `x * y` twice gets the same Term twice, so common
subexpressions are found as they are made. Constants are folded, and `simplify` leaves out what is not needed. A Term is
made after its operands; by `index`, their order is an order to compute in.

There are two levels. The graph that was traced is read as it is, one Term for a node, with `ops` as the namespace;
there the chain rule is applied (`chain_rule`), any number of times. Then functions are taken apart into what `math` has
(`lowering`).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Container, Iterable, Mapping, Sequence
from operator import attrgetter
from typing import Any, NamedTuple

from autograd import ops
from autograd.arithmetic import FLOATS, number
from autograd.compiler.errors import CompileError
from autograd.compiler.terms.simplify import SIMPLER
from autograd.compiler.text.notation import ATOM, PYTHON, Text, numeral, written
from autograd.graph import operations
from autograd.op import Op, Reading
from autograd.value import Value

__all__ = ["Term", "Terms", "formula_of", "reachable"]


def _both(op: Op) -> tuple[Callable[[Term, Any], Term], Callable[[Term, Any], Term]]:
    """The methods for `self op other` and, reflected, `other op self`."""

    def forward(self: Term, other: Any) -> Term:
        table = self.table
        return table.of(op, (self, other if other.__class__ is Term else table.constant(number(other))))

    def reflected(self: Term, other: Any) -> Term:
        return self.table.of(op, (self.table.constant(number(other)), self))

    return forward, reflected


class _Made(NamedTuple):
    """What has been made with an op: Terms by their operands, whether these commute, and the rule that simplifies."""

    terms: dict[tuple[Term, ...], Term]
    commutative: bool
    simpler: Callable[..., Any] | None


class _Ops(dict[Op, _Made]):
    def __missing__(self, op: Op) -> _Made:
        made = self[op] = _Made({}, op in _COMMUTATIVE, SIMPLER.get(op))
        return made


class Term(Reading):
    """A formula of a table: `head` is the op of its `args`, or a constant, or the name of a variable.

    `constant` is the number that it is, or None.

    >>> x = Terms().variable("x")
    >>> x * x is x * x, 1 * x, (3 * x) * 2 + x, ops.sigmoid(x)
    (True, x, 7.0*x, sigmoid(x))
    """

    __slots__ = ("args", "constant", "head", "index", "table")
    concrete = False
    args: tuple[Term, ...]
    constant: float | None
    head: Any  # an Op, a float, a str; or, see `loop.py`, a Loop or Data
    index: int
    table: Terms

    def __init__(self, table: Terms, head: Any, args: tuple[Term, ...] = ()) -> None:
        self.table, self.head, self.args = table, head, args
        self.constant = None
        self.index = table.count
        table.count += 1

    @classmethod
    def read(cls, op: Op, args: tuple[Any, ...]) -> Term:
        """The Term of `op` and `args`, simplified."""
        for x in args:
            if x.__class__ is Term:
                return x.table.term(op, args)
        raise TypeError(f"{op.name} of {args} is no Term.")

    def __repr__(self) -> str:
        texts: dict[Term, Text] = {}
        for term in reachable([self]):
            texts[term] = formula_of(term, [texts[x] for x in term.args])
        return texts[self].text

    __add__, __radd__ = _both(ops.add)
    __sub__, __rsub__ = _both(ops.sub)
    __mul__, __rmul__ = _both(ops.mul)
    __truediv__, __rtruediv__ = _both(ops.div)
    __pow__, __rpow__ = _both(ops.pow)
    __lt__, _ = _both(ops.RELATIONS["lt"])
    __le__, _ = _both(ops.RELATIONS["le"])
    __gt__, _ = _both(ops.RELATIONS["gt"])
    __ge__, _ = _both(ops.RELATIONS["ge"])
    __eq__, _ = _both(ops.RELATIONS["eq"])  # type: ignore[assignment]  # a formula, not a bool: see `is`
    __ne__, _ = _both(ops.RELATIONS["ne"])  # type: ignore[assignment]  # likewise
    __and__, __rand__ = _both(ops.RELATIONS["and_"])
    __or__, __ror__ = _both(ops.RELATIONS["or_"])
    __hash__ = object.__hash__

    def __neg__(self) -> Term:
        return self.table.of(ops.neg, (self,))

    def __abs__(self) -> Term:
        return self.table.of(ops.abs, (self,))

    def __bool__(self) -> bool:
        if self.constant is None:
            raise CompileError(f"A rule branches on its argument ({self}), which must say m.where instead of if.")
        return bool(self.constant)


class Terms:
    """A table of Terms.

    - `labels`: what Terms are called, where the graph's nodes have labels.
    - `variables`: the Terms of leaves.
    - `lowered`: what `lowering` has made of some.
    - `arrays`: variables that are no numbers but arrays, with their lengths; see `loop.py`.
    """

    def __init__(self) -> None:
        self.count = 0
        self.labels: dict[Term, str] = {}
        self.variables: dict[Value, Term] = {}
        self._constants: dict[float | str, Term] = {}
        self._made = _Ops()
        self.lowered: dict[Term, Term] = {}
        self.arrays: dict[Term, int] = {}
        self._structures: dict[Any, Term] = {}

    def constant(self, x: float) -> Term:
        """The Term of a number."""
        x = float(x)
        key = x if x and x == x else repr(x)  # 0.0 and -0.0 are two, NaN is one
        term = self._constants.get(key)
        if term is None:
            term = self._constants[key] = Term(self, x)
            term.constant = x
        return term

    def variable(self, name: str) -> Term:
        """A Term that stands for a number yet unknown; each is one of its own, whatever its name."""
        term = Term(self, name)
        self.labels[term] = name
        return term

    @property
    def straight(self) -> bool:
        """Whether all operations are on numbers: there are no loops and no arrays."""
        return not self._structures

    def structure(self, key: Any, make: Callable[[], Term]) -> Term:
        """The Term of this `key`, which is no operation on numbers; `make` makes it the first time."""
        term = self._structures.get(key)
        if term is None:
            term = self._structures[key] = make()
        return term

    def term(self, op: Op, args: Sequence[Any]) -> Term:
        """The Term of `op` and `args`, Terms or numbers, as simple as it can be made without changing what it says."""
        return self.of(op, tuple([x if x.__class__ is Term else self.constant(number(x)) for x in args]))

    def of(self, op: Op, terms: tuple[Term, ...]) -> Term:
        """`term`, for operands that are Terms already."""
        made, commutative, simpler = self._made[op]
        term = made.get(terms)
        if term is None and commutative:
            term = made.get(terms[::-1])
        if term is not None:
            return term  # as simple as can be, or it would not have been made
        for x in terms:
            if x.constant is None:
                break
        else:
            return self._folded(op, terms)
        if simpler is not None and (found := simpler(*terms)) is not None:
            return found  # type: ignore[no-any-return]  # `simplify` does not know Terms
        term = made[terms] = Term(self, op, terms)
        return term

    def _folded(self, op: Op, terms: tuple[Term, ...]) -> Term:
        """The constant that `op` of constants gives; where Python raises, the operation is left to the program."""
        numbers = [bool(x.constant) if op in _OF_CONDITIONS else x.constant for x in terms]
        try:
            return self.constant(op.read(FLOATS, numbers)[0])
        except (ArithmeticError, ValueError):
            return self.made(op, terms)

    def made(self, op: Op, terms: tuple[Term, ...]) -> Term:
        """The Term of `op` and `terms` as it stands."""
        made, commutative, _ = self._made[op]
        term = made.get(terms)
        if term is None and commutative:
            term = made.get(terms[::-1])
        if term is None:
            term = made[terms] = Term(self, op, terms)
        return term

    def graph(
        self, roots: Iterable[Any], constants: Collection[Value], known: Mapping[Value, Term] | None = None
    ) -> dict[Value, Term]:
        """The Terms of all nodes that `roots` are computed from; leaves are variables, but those in `constants`.

        `known` says what some nodes are.
        """
        terms = dict(known or {})

        def of(x: Any) -> Any:
            if not isinstance(x, Value):
                return x
            if x not in terms:  # a leaf
                terms[x] = self.constant(x.data) if x in constants else self.leaf(x)
            return terms[x]

        values = [y for y in roots if isinstance(y, Value)]
        for node in operations(*values):
            assert node.op is not None  # inner nodes have one
            args = [terms[x] if x in terms else of(x) for x in node.args]
            term = terms[node] = self.of_node(node.op, args)
            if node.label is not None and term.constant is None:
                self.labels.setdefault(term, node.label)
        for y in values:
            of(y)
        return terms

    def of_node(self, op: Op, args: Sequence[Any]) -> Any:
        """The Term of a node: of `op` and `args`, or several where a node stands for several numbers."""
        return self.term(op, args) if op.composed is None else op.composed(self, args)

    def leaf(self, x: Value) -> Term:
        """The variable that stands for a leaf."""
        if x not in self.variables:
            self.variables[x] = self.variable(x.label or "")
        return self.variables[x]


def formula_of(term: Term, args: Sequence[Text]) -> Text:
    """A Term as Python writes it, whose operands are written already; a long one is `...`."""
    if isinstance(term.head, Op):
        text = written(PYTHON, term.head, args)
        return text if len(text.text) <= 200 else Text("...", ATOM)
    return numeral(PYTHON, term.head) if isinstance(term.head, float) else Text(str(term.head), ATOM)


def reachable(roots: Iterable[Term], known: Container[Term] = ()) -> list[Term]:
    """All Terms that `roots` are made of, each after its operands, without those `known` and what only these need."""
    stack = [x for x in roots if x not in known]
    found = {*stack}
    while stack:
        for x in stack.pop().args:
            if x not in found and x not in known:
                found.add(x)
                stack.append(x)
    return sorted(found, key=_index)


_index = attrgetter("index")


_OF_CONDITIONS = {ops.RELATIONS["and_"], ops.RELATIONS["or_"]}
_COMMUTATIVE = {ops.add, ops.mul, *(ops.RELATIONS[name] for name in ("eq", "ne", "and_", "or_"))}
