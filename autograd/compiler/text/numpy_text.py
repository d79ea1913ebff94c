"""Calls of NumPy as Python: all memory is there before the first step, which allocates next to nothing.

An array is needed from the call that makes it to the last that reads it; arrays that are not needed at the same time
share their memory.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from math import prod
from sys import float_info
from typing import Any

from autograd.compiler.terms.array_ops import ArrayOp, ArrayShape, is_a, sized
from autograd.compiler.terms.loop import Data
from autograd.compiler.terms.terms import Term, formula_of, reachable
from autograd.compiler.text.notation import ATOM, Text
from autograd.compiler.text.numpy_calls import ArrayCall, ArrayCalls, Filled, Ref
from autograd.compiler.text.source import Names

__all__ = ["NumPyText", "described"]


class Buffer:
    """Memory for arrays of one `kind`, which are of some shape, and bools or not."""

    def __init__(self, kind: tuple[ArrayShape, bool]) -> None:
        self.kind = kind
        self.terms: list[Term] = []  # the arrays in it, the first one made last


def _buffers(calls: ArrayCalls) -> dict[Term, Buffer]:
    """The buffer of every array that calls make, except of parts of other arrays and of arrays that are given.

    The calls are visited in reverse, so that the last reader of an array comes first: then it needs a buffer, and gives
    it back at the call that makes it. What a call makes in place of an operand is put where that operand lies.
    """
    made = {call.out for call in calls.calls} - calls.scalars
    wholes = {whole for whole, _ in calls.inside.values()} | {*calls.filled}
    first = {call.out: call for call in reversed(calls.calls)}
    found: dict[Term, Buffer] = {}
    free: defaultdict[tuple[ArrayShape, bool], list[Buffer]] = defaultdict(list)

    def kind(term: Term) -> tuple[ArrayShape, bool]:
        return calls.arrays.shape(term), term in calls.conditions

    def put(term: Term, buffer: Buffer | None = None) -> None:
        if buffer is None:
            spare = free[kind(term)]
            buffer = spare.pop() if spare and term not in wholes else Buffer(kind(term))
        buffer.terms.append(term)
        found[term] = buffer

    for call in reversed(calls.calls):
        reads = dict.fromkeys(ref.term for ref in call.reads())
        new = [x for x in reads if x in made and x not in found and x not in calls.inside]
        # Of a part and of an array that is given there is none.
        left = found.get(call.out) if first[call.out] is call and call.out not in wholes else None
        if left is not None and call.in_place:
            for x in [x for x in new if kind(x) == left.kind and x not in wholes][:1]:
                put(x, left)
                left = None  # the buffer is in use back to the call that makes x
        for x in new:
            if x not in found:
                put(x)
        if left is not None:
            free[left.kind].append(left)
    for whole in wholes - calls.outs:
        if whole not in found:
            put(whole)
    return found


class NumPyText:
    """Calls as the text of a function; `constants` are the arrays that it refers to.

    `lanes` is how many numbers there are in memory for each row, besides the columns.
    """

    def __init__(self, calls: ArrayCalls, unused: Names, *, comments: bool = True) -> None:
        self.calls, self.unused, self.arrays, self.comments = calls, unused, calls.arrays, comments
        self.constants: dict[str, Any] = {}
        self.names, self.rows = dict(calls.names), dict[Term, str]()
        self.setup: list[str] = []  # what is computed before the first step
        self.start: list[str] = []  # what is computed at the start of each step, from its columns
        self.views: dict[str, str] = {}  # the names of expressions that are computed before or at the start of a step
        self.varying: set[str] = set()  # the columns, and what is computed from them
        self.lanes = 0

    def lines(
        self, given: str, name: str, varying: Sequence[str], first: Iterable[str], last: Iterable[str]
    ) -> list[str]:
        """The text of a function `program` of `given` and the number of rows, which returns a function called `name`.

        The inner function takes `varying` and the columns; it begins with the lines `first` and ends with the `last`.
        """
        calls = self.calls
        for x, kind in calls.columns:
            column = self.name(x)
            if kind == "rows":
                self.rows[x] = self.unused.new(f"{column.removesuffix('_and_1')}_rows")
        varying = [*varying, *(self.rows[x] if kind == "rows" else self.name(x) for x, kind in calls.columns)]
        self.varying.update(varying)
        self.buffers = _buffers(calls)
        for buffer in dict.fromkeys(self.buffers.values()):
            self.allocate(buffer)
        for part in sorted(calls.inside, key=lambda part: -calls.inside[part][0].index):
            self.part(part)
        body = [line for call in calls.calls for line in self.call(call)]
        return [
            f"def program({given}n):",
            '    """A function of what is different in each step, of n rows."""',
            # CPython puts an instruction for each variable of `step` before all others of the first block of code, one
            # at a time. This `if` ends that block; without it the time to compile grows with the square of the length.
            "    if n < 1:",
            '        raise ValueError("A step is of one row at least.")',
            *(f"    {line}" for line in self.setup),
            "",
            f"    def {name}({', '.join(varying)}):",
            *(f"        {line}" for line in [*first, *self.start, *body, *last]),
            "",
            f"    return {name}",
        ]

    # -- names ------------------------------------------------------------------------------------------------

    def name(self, term: Term, label: str = "") -> str:
        """The name of an array."""
        if isinstance(term.head, Data) and term not in self.names:
            import numpy as np

            self.names[term] = self.constant(np.array(term.head.numbers)[:, None], "numbers")
        if term not in self.names:
            self.names[term] = self.unused.new(label)
        return self.names[term]

    def view(self, expression: str, wish: str) -> str:
        """The name of an expression, computed before the first step, or at the start of each if it reads columns."""
        if expression.isidentifier():
            return expression
        if expression not in self.views:
            text = self.shortened(expression)
            taken = wish in self.views.values() or wish not in self.calls.names.values()
            self.views[expression] = name = self.unused.new(wish) if taken else wish
            self.put(name, text)
        return self.views[expression]

    def shortened(self, expression: str) -> str:
        """A view of an array, as a view of one that has a name already."""
        whole, rest = expression, ""
        while found := _LAST_VIEW.fullmatch(whole):
            whole, rest = found[1], found[2] + rest
            if whole in self.views:
                return self.views[whole] + rest
        return expression

    def put(self, name: str, expression: str) -> None:
        """Give a name to an expression as soon as it can be computed."""
        if self.varying.isdisjoint(re.findall(r"\w+", expression)):
            self.setup.append(f"{name} = {expression}")
        else:
            self.start.append(f"{name} = {expression}")
            self.varying.add(name)

    def constant(self, values: Any, label: str = "places") -> str:
        """The name of an array of constants."""
        name = self.unused.new(label)
        self.constants[name] = values
        return name

    # -- memory -----------------------------------------------------------------------------------------------

    def allocate(self, place: Buffer) -> None:
        """Memory for the arrays of a place, under the name of each that has one."""
        terms, (shape, condition) = place.terms[::-1], place.kind
        names = [self.names[x] for x in terms if x in self.names] or [self.unused.new("")]
        self.names |= {x: names[-1] for x in terms if x not in self.names}
        filled = self.calls.filled.get(terms[0], [])
        made = "ones" if [x for x, _ in filled] == [1.0] else "zeros"
        self.setup.append(" = ".join([*names, f"{made}({sized(shape)}{', bool' if condition else ''})"]))
        self.setup += [f"{names[0]}[{where.start}:{where.stop}] = {x!r}" for x, where in filled if made == "zeros"]
        self.lanes += max(0, -prod(shape))

    def part(self, part: Term) -> None:
        """Name a part of another array."""
        whole, lane = self.calls.inside[part]
        shape, (*_, last) = self.arrays.shape(part), self.arrays.shape(whole)
        n = prod(shape) // last
        view = f"{self.name(whole)}[{lane}:{lane + n}]"
        self.put(
            self.name(part), view if shape == (n, last) else f"{view}.reshape{tuple(s if s > 0 else -1 for s in shape)}"
        )

    # -- calls ------------------------------------------------------------------------------------------------

    def call(self, call: ArrayCall) -> list[str]:
        """The lines of a call."""
        out, args = self.name(call.out), [self.arg(x, call) for x in call.args]
        about = call.about if self.comments else None
        if isinstance(about, Term):
            about = described(about, self.calls.names)
        comment = [f"# {about}"] if about else []
        if call.text.startswith("copyto({out}, where") and self.calls.is_condition(call.args[2].term):
            buffer, other = self.buffers.get(call.out), call.args[0]
            there = [
                isinstance(x, Ref) and buffer is not None and self.buffers.get(x.term) is buffer for x in call.args
            ]
            if not any(there[1:]) and (not there[0] or other.form == "{}"):  # in two steps, or in its place already
                copied = [] if there[0] else [f"copyto({out}, {args[0]})"]
                return [*comment, *copied, f"copyto({out}, {args[1]}, where={args[2]})"]
        return [*comment, call.text.format(*args, out=out)]

    def arg(self, x: Any, call: ArrayCall) -> str:
        """What a call reads."""
        if isinstance(x, Ref):
            name = self.name(x.term)
            expression = x.form.format(name, rows=self.rows.get(x.term, ""))
            name = name.removesuffix("_and_1") if "rows" in x.form else name
            return self.view(expression, x.name or f"{name}_{'T' if expression.endswith('.T') else 'view'}")
        if isinstance(x, Filled):
            shape = sized(x.shape or self.arrays.shape(call.out))
            return self.view(f"full({shape}, {x.number!r})", f"all_{_word(x.number)}")
        if isinstance(x, (float, int)):
            name = _NUMBER_WORDS.get(x, f"number_{_word(x)}")
            return repr(x) if call.out in self.calls.scalars else self.view(f"array({float(x)!r})", name)
        return self.constant(x)


_LAST_VIEW = re.compile(r"(.+?)(\.T|\[[^][]*\]|\.reshape\([^()]*\)|\.swapaxes\([^()]*\))")
_NUMBER_WORDS = {0.0: "zero", 1.0: "one", 2.0: "two", -1.0: "minus_one", 0.5: "half", float_info.max: "largest"}
_NUMBER_WORDS[-float_info.max] = "lowest"


def _word(x: float) -> str:
    return _NUMBER_WORDS.get(x, re.sub(r"\W", "_", f"{x:g}"))


def described(x: Term, names: Mapping[Term, str]) -> str:
    """A Term as mathematics, in terms of what has `names`."""
    texts: dict[Term, Text] = {}
    for y in [*reachable(x.args, known=names), x]:
        args = [Text(names[a], ATOM) if a in names else texts[a] for a in y.args]
        texts[y] = _mathematics(y, args, names)
    name = names.get(x, "")
    return f"{name} = {texts[x].text}" if texts[x].text != name else name


def _mathematics(x: Term, args: list[Text], names: Mapping[Term, str]) -> Text:
    match x.head:
        case ArrayOp(("matmul" | "outer") as name):
            (a, b), y = (arg.text for arg in args), x.args[1].args[0] if is_a(x.args[1], "column") else x.args[1]
            last = y.args[-1] if is_a(y, "join") else y
            biased = is_a(last, "broadcast") and last.args[0].constant == 1
            b = b.removesuffix("_and_1") if biased else b
            return Text(f"{a} {b}ᵀ" if name == "outer" else f"{a} {b}{' + biases' * biased}", ATOM)
        case ArrayOp("transpose"):
            return Text(f"{args[0].text}ᵀ", ATOM)
        case ArrayOp("part", (start, stop, 0)):
            return Text(f"{args[0].within(ATOM)}[{start}:{stop}]", ATOM)
        case ArrayOp("part" | "reshape" | "broadcast"):
            return args[0]
        case ArrayOp("scatter" | "join" | "take"):
            return Text(names.get(x, x.head.name), ATOM)
    return formula_of(x, args)
