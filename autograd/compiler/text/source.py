"""Terms written down as statements: what is used once stands where it is used, what is used again gets a name."""

from __future__ import annotations

import keyword
import linecache
import math
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import chain, count
from operator import attrgetter
from types import FunctionType
from typing import Any

from autograd import ops
from autograd.compiler.terms.terms import Term, reachable
from autograd.compiler.text.notation import ATOM, Text, constant, written
from autograd.op import Op

__all__ = ["Names", "Objects", "Writer", "made", "needed_if", "shown", "uses"]

LONGEST = 40  # characters of a name, but for the number behind it
WIDTH = 88  # characters of an expression on one line, as far as names can keep it so


class Names:
    """Identifiers, each given once: made of labels, which may be any text; never one of those `taken`.

    >>> names = Names(["sin"])
    >>> [names.new(label) for label in ("x", "x", "w_{1,2}^{(k)}", "sin", "lambda", "2 x", "θ", "")]
    ['x', 'x_2', 'w_1_2_k', 'sin_2', 'lambda_2', '_2_x', 'θ', 't_1']
    """

    def __init__(self, taken: Iterable[str]) -> None:
        self._taken = {*taken, *keyword.kwlist, "t"}
        self._next: dict[str, int] = {}

    def copy(self) -> Names:
        """Names that have been given so far, to go on from."""
        names = Names(self._taken)
        names._next = dict(self._next)
        return names

    def parameter(self, name: str) -> str:
        """`name` itself, which is that of a parameter and has to stay."""
        self._taken.add(name)
        return name

    def new(self, label: str) -> str:
        """An identifier like `label`."""
        stem = _stem(label)
        name, i = stem, self._next.get(stem, 1 if stem == "t" else 2)
        while name in self._taken:
            name, i = f"{stem}_{i}", i + 1
        self._next[stem] = i
        self._taken.add(name)
        return name


@lru_cache
def _stem(label: str) -> str:
    text = unicodedata.normalize("NFKC", label)  # as Python itself does
    stem = re.sub(r"[\W_]+", "_", text).strip("_")[:LONGEST] or "t"
    return stem if stem.isidentifier() else f"_{stem}"


class Objects:
    """The `globals` of programs: functions by their names, and objects by names that no `Names` ever gives."""

    def __init__(self, functions: Mapping[str, Any]) -> None:
        self.globals = dict(functions)  # a dict and no subclass, in which Python would not look so fast
        self._names = Names([])

    def name(self, hint: str, x: Any) -> str:
        """A name for `x`, something like `hint`."""
        name = f"_{self._names.new(hint)}"
        self.globals[name] = x
        return name


_files = map("<compiled {}>".format, count(1))


def shown(text: str) -> str:
    """A file name for a text, by which tracebacks and debuggers can show its lines."""
    file = next(_files)
    linecache.cache[file] = (len(text), None, text.splitlines(keepends=True), file)
    return file


def made(text: str, names: dict[str, Any], name: str) -> FunctionType:
    """The function `name` that a text defines, whose lines tracebacks and debuggers can show."""
    defined: dict[str, FunctionType] = {}
    exec(compile(text, shown(text), "exec"), names, defined)  # noqa: S102  # a program that we wrote
    return defined[name]


def indented(lines: list[str]) -> list[str]:
    """Statements as the body of another."""
    return ["    " + line for line in lines]


def uses(roots: Iterable[Term], needed: Iterable[Term]) -> Counter[Term]:
    """How often each of the Terms `needed` for some `roots` is used by another, or is one of `roots`."""
    return Counter(chain(roots, chain.from_iterable(map(attrgetter("args"), needed))))


Conditions = frozenset[tuple[Term, bool]]  # what holds, or does not


def needed_if(roots: Iterable[Term], needed: Sequence[Term]) -> dict[Term, Conditions]:
    """The conditions under which `roots` need a Term at all: those of the branches that it stands in, if there are any.

    All that are `needed` are given in their order.
    """
    if not any(term.head is ops.WHERE for term in needed):
        return {}
    found: dict[Term, Conditions] = dict.fromkeys(roots, frozenset())
    for term in reversed(needed):
        for i, x in enumerate(term.args):
            here = found[term]
            if term.head is ops.WHERE and i:
                here |= {(term.args[0], i == 1)}
            found[x] = found[x] & here if x in found else here
    return found


class Writer:
    """Writes statements.

    - `texts`: how Terms are written that are known already: arguments, and what has been given a name.
    - `uses`: how often each Term is used in all that is to be written.
    - `notation`: how an op of written operands is written.
    - `only_if`: operations that must not be computed unless some conditions hold, lest Python raise.
    """

    def __init__(
        self,
        texts: Mapping[Term, Text],
        uses: Mapping[Term, int],
        names: Names,
        notation: Callable[[Op, Sequence[Text]], Text] = written,
        only_if: Mapping[Term, Conditions] | None = None,
    ) -> None:
        self.texts, self.uses, self.names, self.notation = dict(texts), uses, names, notation
        self.only_if = only_if or {}
        self.lines: list[str] = []

    def fork(self) -> Writer:
        """One that knows what this one has written, and starts with an empty page."""
        return Writer(self.texts, self.uses, self.names, self.notation, self.only_if)

    def page(self, title: str = "") -> list[str]:
        """The statements since the last page, below a title if there are any."""
        page, self.lines = self.lines, []
        return [title, *page] if title and page else page

    def write(self, roots: Iterable[Term], named: Collection[Term] = ()) -> list[str]:
        """Statements for all that `roots` need and that is not known yet; how the roots are then written.

        The operations in the set `named` get a name in any case.
        """
        roots = list(roots)
        for term in reachable(roots, known=self.texts):
            if term not in self.texts:  # as the condition of an earlier one is
                self._write(term, term in named)
        return [self.texts[x].text for x in roots]

    def _write(self, term: Term, named: bool) -> None:
        if not isinstance(term.head, Op):
            assert isinstance(term.head, float)  # variables are known
            self.texts[term] = constant(term.head)
            return
        text = self._expression(term.head, term.args)
        label = term.table.labels.get(term, "")
        self.texts[term] = text
        if named or self.uses.get(term, 0) > 1 or len(text.text) > WIDTH or (label and not label.startswith("d_")):
            self._name(term)

    def _expression(self, op: Op, args: tuple[Term, ...]) -> Text:
        """`op` of `args`, the longest of which get names until it fits on a line."""
        texts = [self.texts[x] for x in args]
        text = self.notation(op, texts)
        if len(text.text) > WIDTH:
            for x in sorted(args, key=lambda x: -len(self.texts[x].text)):
                if (isinstance(x.head, Op) and self.texts[x].binding < ATOM) or "(" in self.texts[x].text:
                    self._name(x)
                    text = self.notation(op, [self.texts[x] for x in args])
                if len(text.text) <= WIDTH:
                    break
        return text

    def _name(self, term: Term) -> None:
        text = self.texts[term]
        for condition, holds in sorted(self.only_if.get(term, ()), key=lambda pair: pair[0].index):
            self.write([condition])
            branches = (text, _NAN) if holds else (_NAN, text)
            text = written(ops.WHERE, [self.texts[condition], *branches])
        name = self.names.new(term.table.labels.get(term, ""))
        self.lines.append(f"{name} = {text.text}")
        self.texts[term] = Text(name, ATOM)


_NAN = constant(math.nan)
