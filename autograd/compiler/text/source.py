"""Terms written down as statements: a Term used once stands where it is used, a Term used again gets a name."""

from __future__ import annotations

import keyword
import linecache
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import chain, count
from operator import attrgetter
from types import CodeType, FunctionType
from typing import Any
from weakref import finalize

from autograd import ops
from autograd.compiler.terms.conditions import PLACES, guarded
from autograd.compiler.terms.loop import JOIN, TAKE, Data, Loop
from autograd.compiler.terms.terms import Term, reachable
from autograd.compiler.text.loop_text import element, write_loop
from autograd.compiler.text.notation import ATOM, PYTHON, SHORT, Style, Text, numeral, written
from autograd.graph import postorder
from autograd.op import Op

__all__ = ["Names", "Objects", "Writer", "definitions", "made", "uses"]

LONGEST_NAME = 40  # characters of a name, but for the number behind it
WIDTH = 88  # characters of an expression on one line; parts of longer ones get names


class Names:
    """Identifiers, each given once: made of labels, which may be any text; never one of those `taken`.

    If `ascii`, letters of other alphabets are spelled.

    >>> names = Names(["sin"])
    >>> [names.new(label) for label in ("x", "x", "w_{1,2}^{(k)}", "sin", "lambda", "2 x", "θ", "")]
    ['x', 'x_2', 'w_1_2_k', 'sin_2', 'lambda_2', '_2_x', 'θ', 't_1']
    >>> names.numbered("y", 2), names.numbered("y", 2)
    (['y_0', 'y_1'], ['y_0_2', 'y_1_2'])
    """

    def __init__(self, taken: Iterable[str], *, ascii: bool = False) -> None:
        self._taken = {*taken, *keyword.kwlist, "t"}
        self._next: dict[str, int] = {}
        self._ascii = ascii

    def copy(self) -> Names:
        """A copy, which goes on from the names given so far."""
        names = Names(self._taken, ascii=self._ascii)
        names._next = dict(self._next)
        return names

    def parameter(self, name: str) -> str:
        """`name` itself, since parameters keep their names."""
        self._taken.add(name)
        return name

    def new(self, label: str) -> str:
        """An identifier like `label`."""
        stem = self._stem(label)
        taken, name = self._taken, stem
        if name in taken:
            i = self._next.get(stem, 1 if stem == "t" else 2)
            while (name := f"{stem}_{i}") in taken:
                i += 1
            self._next[stem] = i + 1
        taken.add(name)
        return name

    def numbered(self, label: str, n: int) -> list[str]:
        """Identifiers like `label` for the entries of an array, with their numbers from 0 on."""
        stem = self._stem(label)
        names = [f"{stem}_{i}" for i in range(n)]
        if not self._taken.isdisjoint(names):
            return [self.new(name) for name in names]
        self._taken.update(names)
        return names

    def _stem(self, label: str) -> str:
        return _stem(_spelled(label) if self._ascii and not label.isascii() else label)


_PLAIN = re.compile(r"[a-zA-Z0-9]+(_[a-zA-Z0-9]+)*\Z")


@lru_cache
def _stem(label: str) -> str:
    if not _PLAIN.match(label):
        text = unicodedata.normalize("NFKC", label)  # as Python itself does
        label = re.sub(r"[\W_]+", "_", text).strip("_")
    stem = label[:LONGEST_NAME] or "t"
    return stem if stem.isidentifier() else f"_{stem}"


def _spelled(label: str) -> str:
    """A label in ASCII: without accents, other letters by their names, as theta for θ."""
    letters = [c for c in unicodedata.normalize("NFKD", label) if not unicodedata.combining(c)]
    return "".join([c if c.isascii() else f" {unicodedata.name(c, '').split(' ')[-1].lower()} " for c in letters])


class Objects:
    """The `globals` of programs: functions by their names, and objects by names that no `Names` ever returns."""

    def __init__(self, functions: Mapping[str, Any]) -> None:
        self.globals = dict(functions)  # a dict and no subclass, in which Python would not look so fast
        self._names = Names([])

    def name(self, hint: str, x: Any) -> str:
        """A name for `x`, something like `hint`."""
        name = f"_{self._names.new(hint)}"
        self.globals[name] = x
        return name

    def data(self, data: Data) -> str:
        """A name for an array of constants, as a list."""
        return self.name(data.name or "data", data.numbers)

    def function(self, text: str, name: str, others: Mapping[str, Any] | None = None) -> FunctionType:
        """The function `name` that a text defines; it sees what is here when it is called, unless it has `others`."""
        return made(text, {**self.globals, **others} if others else self.globals, name)


_files = map("<compiled {}>".format, count(1))


def made(text: str, names: dict[str, Any], name: str) -> FunctionType:
    """The function `name` that a text defines."""
    found: FunctionType = definitions(text, names)[name]
    return found


def definitions(text: str, names: dict[str, Any]) -> dict[str, Any]:
    """What a text defines that refers to `names`; tracebacks and debuggers can show its lines as long as it lives."""
    file, found = next(_files), dict[str, Any]()
    linecache.cache[file] = (len(text), None, text.splitlines(keepends=True), file)
    code = compile(text, file, "exec")
    functions = [x for x in code.co_consts if isinstance(x, CodeType)]  # which live together, and longer than the rest
    finalize((functions or [code])[0], linecache.cache.pop, file, None).atexit = False
    exec(code, names, found)  # noqa: S102  # a program that we wrote
    return found


def indented(lines: list[str]) -> list[str]:
    """Statements as the body of another."""
    return ["    " + line for line in lines]


def uses(roots: Iterable[Term], needed: Iterable[Term]) -> Counter[Term]:
    """How often each of the Terms `needed` for some `roots` is used by another, or is one of `roots`."""
    return Counter(chain(roots, chain.from_iterable(map(attrgetter("args"), needed))))


class Writer:
    """Writes statements.

    - `texts`: how Terms are written that are known already: arguments, and what has been given a name.
    - `roots`: all that is to be written, and `needed`, if that is known, what they need.
    - `data`: how an array of constants is written.
    """

    def __init__(
        self,
        texts: Mapping[Term, str],
        roots: Sequence[Term],
        names: Names,
        style: Style = PYTHON,
        data: Callable[[Data], str] = repr,
        needed: Sequence[Term] | None = None,
    ) -> None:
        self.texts, self.names, self.style, self.data = dict(texts), names, style, data
        self.lines: list[str] = []
        self.counters: dict[Term, str] = {}  # what counts the steps of loops
        self.results: dict[Term, tuple[list[str], list[str]]] = {}  # of loops, their carries and what they have stored
        self._bindings: dict[Term, int] = {}  # of what is not an atom
        needed = reachable(roots, known=texts) if needed is None else needed
        self.uses = uses(roots, needed)
        # Operations that must not be computed unless some conditions hold, or Python might raise.
        self.only_if = guarded(roots, needed) if style.raises else {}

    def within(self, roots: Sequence[Term]) -> Writer:
        """A writer for the body of a loop; it knows what is known here."""
        inner = Writer(self.texts, roots, self.names, self.style, self.data)
        inner.counters, inner.results = dict(self.counters), dict(self.results)
        inner._bindings = dict(self._bindings)
        return inner

    def fork(self, roots: Sequence[Term]) -> Writer:
        """A writer for one side of a branch; it knows what is known here, and some `roots` are written next."""
        other = self.within(roots)
        other.uses = self.uses
        return other

    def page(self, title: str = "") -> list[str]:
        """The statements since the last page, below a title if there are any."""
        page, self.lines = self.lines, []
        return [self.style.comment.format(title), *page] if title and page else page

    def write(
        self, roots: Iterable[Term], named: Collection[Term] = (), needed: Iterable[Term] | None = None
    ) -> list[str]:
        """Write statements for all that `roots` need and that is not known yet; return the texts of the roots.

        The operations in the set `named` get a name in any case. `needed` is all that `roots` need, in an order to
        compute in; by default it is found.
        """
        roots = list(roots)
        texts, bindings, uses, infix = self.texts, self._bindings, self.uses, self.style.infix
        labels = roots[0].table.labels if roots else {}
        for term in self._ordered(reachable(roots, known=texts) if needed is None else needed):
            if term in texts:
                continue
            op, args = term.head, term.args
            operator = infix.get(op) if len(args) == 2 else None
            if operator is not None:  # as `written` does it, but faster, for the most frequent
                sign, tight, binding, left, right = operator
                x, y = args
                first, second = texts[x], texts[y]
                if len(first) <= SHORT and len(second) <= SHORT:
                    sign = tight
                if x in bindings and bindings[x] < left:
                    first = f"({first})"
                if y in bindings and bindings[y] < right:
                    second = f"({second})"
                text = f"{first}{sign}{second}"
            elif isinstance(op, Loop):
                write_loop(self, term)
                continue
            elif op in PLACES or isinstance(op, Data):
                texts[term] = element(self, term)
                if uses.get(term, 0) > 1 and (op is TAKE or op is JOIN):
                    self.name(term, labels)
                continue
            else:
                text, binding = self._expression(term)
            if len(text) > WIDTH:
                text, binding = self._shortened(term, len(text))
            texts[term] = text
            if binding != ATOM:
                bindings[term] = binding
            if args and (
                uses.get(term, 0) > 1
                or len(text) > WIDTH
                or (term in labels and not labels[term].startswith("d_"))
                or term in named
            ):
                self.name(term, labels)
        return [texts[x] for x in roots]

    def _ordered(self, terms: Iterable[Term]) -> Iterable[Term]:
        """What is to be written, each after its operands and the conditions under which it may be computed."""
        if not self.only_if:
            return terms

        def before(term: Term) -> list[Term]:
            conditions = sorted([c for c, _ in self.only_if.get(term, ())], key=attrgetter("index"))
            return [x for x in (*term.args, *conditions) if x not in self.texts]

        return [*postorder(terms, before)]

    def _expression(self, term: Term) -> Text:
        op = term.head
        if isinstance(op, Op):
            return written(self.style, op, [Text(self.texts[x], self._bindings.get(x, ATOM)) for x in term.args])
        assert isinstance(op, float)  # variables are known
        return numeral(self.style, op)

    def _shortened(self, term: Term, length: int) -> Text:
        """The text of an operation; its longest operands get names until it fits on a line."""
        for x in sorted(term.args, key=lambda x: -len(self.texts[x])):
            text = self.texts[x]
            if isinstance(x.head, Op) and (x in self._bindings or "(" in text):
                self.name(x, x.table.labels)
                length -= len(text) - len(self.texts[x])
                if length <= WIDTH:
                    break
        return self._expression(term)

    def name(self, term: Term, labels: Mapping[Term, str]) -> None:
        """Give what a Term is a name, by a statement."""
        text = self.texts[term]
        if term in self.only_if:
            whole = Text(text, self._bindings.get(term, ATOM))
            for condition, holds in sorted(self.only_if[term], key=lambda pair: pair[0].index):
                asked = Text(self.texts[condition], self._bindings.get(condition, ATOM))
                branches = (whole, _NAN) if holds else (_NAN, whole)
                whole = written(self.style, ops.WHERE, [asked, *branches])
            text = whole.text
        name = self.texts[term] = self.names.new(labels.get(term, ""))
        self._bindings.pop(term, None)
        before, between, behind = (term.head is JOIN and self.style.loops.statement) or self.style.statement
        self.lines.append(f"{before}{name}{between}{text}{behind}")


_NAN = Text("nan", ATOM)
