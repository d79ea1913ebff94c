"""The NumPy program as Python source: all memory is there before the first step, which allocates next to nothing."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from math import prod
from typing import Any

from autograd.compiler.rows.array_ops import ROWS, sized
from autograd.compiler.rows.arrays import Arrays
from autograd.compiler.rows.expressions import statements
from autograd.compiler.rows.forward import Loss
from autograd.compiler.rows.memory import ArrayCall, ArrayCalls, Filled, Place, Ref, places
from autograd.compiler.rows.numpy_calls import array_calls
from autograd.compiler.terms.terms import Term
from autograd.compiler.text.source import Names

__all__ = ["numpy_source"]


def numpy_source(
    loss: Loss, gradient: Term, taken: Iterable[str], filled: str = "gradient"
) -> tuple[str, dict[str, Any]]:
    """The source of a NumPy program, and the arrays of constants that it refers to; no name is one of those `taken`.

    - `columns(rows, weights)`: what depends on the data alone, of a matrix with a row for each row of data.
    - `checks(rows, weights)`: the conditions that must be alike in all rows.
    - `kinds`: how each column is read: one of "rows" is a matrix of rows, one of "lanes" an array of lanes by rows.
    - `lanes`: how many numbers there are in memory for each row, besides the columns.
    - `program(parameters, gradient, n)`: a function of the columns of `n` rows, which fills `gradient` and returns the
      loss. What is `filled` may be something else than a gradient.
    """
    names = Names(taken)
    calls = array_calls(loss, gradient, names, filled)
    columns, constants = _of_data(
        loss,
        "columns",
        [(loss.arrays.defined(x), kind) for x, kind in calls.columns],
        Names([*taken, "numbers", "places"]),
    )
    checks, others = _of_data(
        loss, "checks", [(x, "") for x in loss.checks], Names([*taken, "numbers", "places", *constants])
    )
    for name in constants | others:
        names.new(name)  # not for others
    program = _Program(calls, names)
    body = program.lines()
    kinds = [kind for _, kind in calls.columns]
    source = [*columns, *checks, f"kinds = {kinds}", f"lanes = {program.lanes}", "", "", *body, ""]
    return "\n".join(source), constants | others | program.constants


_ABOUT = {
    "columns": "What depends on the data alone, and need be computed only once.",
    "checks": "Whether the data take the branches of the example.",
}
_LAID_OUT = {
    "rows": "ascontiguousarray({}.T)",
    "lanes": "ascontiguousarray(broadcast_to({}, {}))",
    "": "{}",
}


def _of_data(
    loss: Loss, name: str, results: Sequence[tuple[Term, str]], names: Names
) -> tuple[list[str], dict[str, Any]]:
    """A function of the data and the weights of its rows that gives a list."""
    given = {loss.data: "data", loss.weights: names.new("weights")}
    lines, texts, constants = statements(loss.arrays, given, [x for x, _ in results], names)
    shapes = [sized((*loss.arrays.shape(x)[:-1], ROWS)) for x, _ in results]
    written = [
        _LAID_OUT[kind].format(text, shape) for text, (_, kind), shape in zip(texts, results, shapes, strict=True)
    ]
    source = [
        f"def {name}(rows, weights):",
        f'    """{_ABOUT[name]}"""',
        "    data, n = rows.T, len(rows)",
        *(f"    {line}" for line in lines),
        f"    return [{', '.join(written)}]",
        "",
        "",
    ]
    return source, constants


class _Program:
    """The text of the function `program`."""

    def __init__(self, calls: ArrayCalls, unused: Names) -> None:
        self.calls, self.unused = calls, unused
        self.arrays: Arrays = calls.arrays
        self.constants: dict[str, Any] = {}
        self.names, self.rows = dict(calls.names), dict[Term, str]()
        self.setup: list[str] = []  # what is computed before the first step
        self.start: list[str] = []  # and at the start of each one, from its columns
        self.views: dict[str, str] = {}  # what is computed there: expression -> name
        self.varying: set[str] = set()  # the columns, and what is computed from them
        self.lanes = 0

    def lines(self) -> list[str]:
        """All of them."""
        calls, filled = self.calls, self.calls.names[self.calls.gradient]
        for x, kind in calls.columns:
            name = self.name(x)
            if kind == "rows":
                self.rows[x] = self.unused.new(f"{name.removesuffix('_and_1')}_rows")
        columns = [self.rows[x] if kind == "rows" else self.name(x) for x, kind in calls.columns]
        self.varying |= set(columns)
        self.places = places(calls)
        for place in dict.fromkeys(self.places.values()):
            self.allocate(place)
        for part in sorted(calls.inside, key=lambda part: -calls.inside[part][0].index):
            self.part(part)
        body = [line for call in calls.calls for line in self.call(call)]
        return [
            f"def program(parameters, {filled}, n):",
            f'    """A function that fills `{filled}` and returns the loss, the mean over n rows of data."""',
            # CPython puts an instruction for each variable of `step` before all others of the first block of code, one
            # at a time; a question ends that block, or compiling took time with the square of the length.
            "    if n < 1:",
            '        raise ValueError("A mean is over one row at least.")',
            *(f"    {line}" for line in self.setup),
            "",
            f"    def step({', '.join(columns)}):",
            *(f"        {line}" for line in [*self.start, *body]),
            f"        return {self.name(calls.loss)}.item()",
            "",
            "    return step",
        ]

    # -- names ------------------------------------------------------------------------------------------------

    def name(self, term: Term, label: str = "") -> str:
        """The name of an array."""
        if term in self.arrays.numbers and term not in self.names:
            self.names[term] = self.constant(self.arrays.numbers[term], "numbers")
        if term not in self.names:
            self.names[term] = self.unused.new(label)
        return self.names[term]

    def view(self, expression: str, wish: str) -> str:
        """The name of an expression that is computed before the first step, or of the columns, at the start of it."""
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
        name = self.unused.new(label)
        self.constants[name] = values
        return name

    # -- memory -----------------------------------------------------------------------------------------------

    def allocate(self, place: Place) -> None:
        """Memory for the arrays of a place, under the name of each that has one."""
        terms = place.terms[::-1]
        names = [self.names[x] for x in terms if x in self.names] or [self.unused.new("")]
        self.names |= {x: names[-1] for x in terms if x not in self.names}
        filled = self.calls.filled.get(terms[0], [])
        made = "ones" if [x for x, _ in filled] == [1.0] else "zeros"
        self.setup.append(" = ".join([*names, f"{made}({sized(place.shape)}{', bool' if place.condition else ''})"]))
        self.setup += [f"{names[0]}[{where.start}:{where.stop}] = {x!r}" for x, where in filled if made == "zeros"]
        self.lanes += max(0, -prod(place.shape))

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
        if call.text.startswith("copyto({out}, where"):
            _, a, b = call.args
            place = self.places.get(call.out)
            if (
                isinstance(a, float) and isinstance(b, Ref) and place and self.places.get(b.term) is place
            ):  # there already
                return [*([f"# {call.comment}"] if call.comment else []), f"copyto({out}, {args[1]}, where={args[0]})"]
        return [*([f"# {call.comment}"] if call.comment else []), call.text.format(*args, out=out)]

    def arg(self, x: Any, call: ArrayCall) -> str:
        """What a call reads."""
        if isinstance(x, Ref):
            name = self.name(x.term)
            expression = x.form.format(name, rows=self.rows.get(x.term, ""))
            name = name.removesuffix("_and_1") if "rows" in x.form else name
            return self.view(expression, x.name or f"{name}_{'T' if expression.endswith('.T') else 'view'}")
        if isinstance(x, Filled):
            return self.view(f"full({sized(self.arrays.shape(call.out))}, {x.number!r})", f"all_{_word(x.number)}")
        if isinstance(x, (float, int)):
            name = _WORDS.get(x, f"number_{_word(x)}")
            return repr(x) if call.out in self.calls.scalars else self.view(f"array({float(x)!r})", name)
        return self.constant(x)


_LAST_VIEW = re.compile(r"(.+?)(\.T|\[[^][]*\]|\.reshape\([^()]*\)|\.swapaxes\([^()]*\))")
_WORDS = {0.0: "zero", 1.0: "one", 2.0: "two", -1.0: "minus_one", 0.5: "half"}


def _word(x: float) -> str:
    return _WORDS.get(x, re.sub(r"\W", "_", f"{x:g}"))
