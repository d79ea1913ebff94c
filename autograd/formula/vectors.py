"""How products of vectors are written: wᵀx if the vectors have names, else as a sum, over an index if that is long."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from autograd.op import Op
from autograd.typeset.symbols import Symbol, symbol

if TYPE_CHECKING:
    from autograd.formula.written import Formula

__all__ = ["INNER", "SIGMA", "inner", "products"]

# Ops that are only written: the product of two vectors, and a sum as its general term, its index and the last of these.
INNER = Op("inner", lambda m, w, x: (w * x, (x, w)))
SIGMA = Op("sigma", lambda m, term, j, last: (term, (1.0, 0.0, 0.0)))
WRITTEN_OUT = 3  # of a sum that is written out even if they differ in nothing but an index


def inner(w: Formula, x: Formula) -> Formula:
    """The product of two vectors, wᵀx."""
    return type(w)(INNER, (w, x))


def products(ws: tuple[Formula, ...], xs: tuple[Formula, ...]) -> list[Formula]:
    """The terms w x, or where these are many and differ in nothing but an index the one sum over it."""
    terms = [w * x for w, x in zip(ws, xs, strict=True)]
    w, x = counted(ws), counted(xs)
    if w is None or x is None or w.last != x.last or (w.last == str(len(terms)) and len(terms) <= WRITTEN_OUT):
        return terms
    new = type(ws[0])
    # x_i w_i as in the course's section 3; where i says which unit, x_j w_{i,j}
    letters = "ijlmpq" if len(w.first.indices) == len(x.first.indices) == 1 else "jilmpq"
    j = next(letter for letter in letters if letter not in {*w.first.indices, *x.first.indices})
    last = new(int(w.last) if w.last.isdigit() else w.last)
    return [new(SIGMA, (new(w.term(j).label) * new(x.term(j).label), new(j), last))]


class Counted(NamedTuple):
    """The symbols x_1, x_2, ..., x_last: the first of them, and which of its indices counts."""

    first: Symbol
    place: int
    last: str

    def term(self, index: str) -> Symbol:
        """The symbol with another index."""
        before, after = self.first.indices[: self.place], self.first.indices[self.place + 1 :]
        return self.first._replace(indices=(*before, index, *after))


def counted(xs: tuple[Formula, ...]) -> Counted | None:
    """What symbols are, if they are x_1, x_2, ... up to their number, or to a letter, as in x_1, x_i, x_n."""
    symbols = [symbol(x.head) if isinstance(x.head, str) and not x.args else None for x in xs]
    first, last = (symbols[0], symbols[-1]) if len(symbols) > 1 else (None, None)
    if first is None or last is None or len(first.indices) != len(last.indices):
        return None
    for place, (one, n) in enumerate(zip(first.indices, last.indices, strict=True)):
        if one == "1" != n and (n == str(len(xs)) or not n.isdigit()):
            found = Counted(first, place, n)
            indices = [x.indices[place] if x and len(x.indices) > place else "" for x in symbols]
            letters = [index for i, index in enumerate(indices, start=1) if index != str(i)]  # all but 1, 2, ...
            if symbols == [found.term(index) for index in indices] and not any(map(str.isdigit, letters)):
                return found
    return None
