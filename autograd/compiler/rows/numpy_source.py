"""The NumPy program as Python source: all memory is there before the first step, which allocates next to nothing."""

from __future__ import annotations

import re
from typing import Any

from autograd.compiler.rows.arrays import ROWS, Shape
from autograd.compiler.rows.calling import calls
from autograd.compiler.rows.calls import Call, Calls, Filled, Ref
from autograd.compiler.rows.data_source import data_source
from autograd.compiler.rows.places import Place, places
from autograd.compiler.rows.steps import Steps
from autograd.compiler.terms.terms import Term
from autograd.compiler.text.source import Names

__all__ = ["numpy_source"]


def numpy_source(steps: Steps) -> tuple[str, dict[str, Any]]:
    """The source of a NumPy program, and the arrays of constants that it refers to.

    - `columns(rows, weights)`: what depends on the data alone, of a matrix with a row for each row of data.
    - `checks(rows, weights)`: the conditions that must be alike in all rows.
    - `kinds`: how each of these is read: one of "rows" is a matrix of rows that end with 1, one of "lanes" an array of
      lanes by rows.
    - `lanes`: how many numbers there are in memory for each row, besides the columns.
    - `program(parameters, gradient, n)`: a function of the columns of `n` rows, which fills `gradient` and returns the
      loss.
    """
    found = calls(steps)
    lines, constants = data_source(found)
    program = _Program(found)
    kinds = [kind for _, kind in found.columns]
    body = program.lines()
    source = [*lines, "", "", f"kinds = {kinds}", f"lanes = {program.lanes}", "", "", *body, ""]
    return "\n".join(source), constants | program.constants


class _Program:
    """The text of the function `program`."""

    def __init__(self, calls: Calls) -> None:
        self.calls, self.shape = calls, calls.steps.arrays.shape
        self.constants: dict[str, Any] = {}
        self.names: dict[Term, str] = {}
        self.taken: set[str] = set()
        self.ones: dict[str, str] = {}  # the name of an array -> that of the same with a last row of ones
        self.setup: list[str] = []  # what is computed before the first step
        self.start: list[str] = []  # and at the start of each one, from its columns
        self.views: dict[str, str] = {}  # what is computed there: expression -> name
        self.varying: set[str] = set()  # the columns, and what is computed from them
        self.unused = Names(calls.steps.arrays.taken)  # for what is on the way
        self.lanes = 0

    def lines(self) -> list[str]:
        """All of them."""
        steps = self.calls.steps
        for given in (steps.parameters, steps.gradient):
            self.names[given] = str(given.head)
        columns = [self.name(x) + ("_rows" if kind == "rows" else "") for x, kind in self.calls.columns]
        self.varying |= set(columns)
        self.taken |= {"parameters", "gradient", "n", *columns}
        for constant, values in steps.constants.items():
            self.constants[self.name(constant)] = values
        for place in dict.fromkeys(places(self.calls).values()):
            self.allocate(place)
        for part in self.calls.inside:
            self.part(part)
        body = [line for call in self.calls.calls for line in self.call(call)]
        return [
            "def program(parameters, gradient, n):",
            '    """A function that fills `gradient` and returns the loss, the mean over n rows of data."""',
            # CPython puts an instruction for each variable of `step` before all others of the first block of code, one
            # at a time; a question ends that block, or compiling took time with the square of the length.
            "    if n < 1:",
            '        raise ValueError("A mean is over one row at least.")',
            *(f"    {line}" for line in self.setup),
            "",
            f"    def step({', '.join(columns)}):",
            *(f"        {line}" for line in [*self.start, *body]),
            f"        return {self.name(self.calls.loss)}.item()",
            "",
            "    return step",
        ]

    # -- names ------------------------------------------------------------------------------------------------

    def name(self, term: Term) -> str:
        """The name of a variable, or of a Term on the way."""
        if term not in self.names:
            self.names[term] = self.unique(term.head) if isinstance(term.head, str) else self.unused.new("")
        return self.names[term]

    def unique(self, wish: str) -> str:
        """A name that nothing else has."""
        while wish in self.taken:
            wish += "_"
        self.taken.add(wish)
        return wish

    def view(self, expression: str, wish: str) -> str:
        """The name of an expression that is computed before the first step, or of the columns, at the start of it."""
        if expression.isidentifier():
            return expression
        if expression not in self.views:
            text = self.shortened(expression)
            self.views[expression] = name = self.unique(wish)
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

    def constant(self, values: Any) -> str:
        name = self.unique("lanes_1")
        self.constants[name] = values
        return name

    # -- memory -----------------------------------------------------------------------------------------------

    def allocate(self, place: Place) -> None:
        """Memory for the arrays of a place, under the name of each variable; what is on the way has one of them."""
        terms = place.terms[::-1]
        variables = [x for x in terms if isinstance(x.head, str)] or terms[:1]
        names = [self.name(x) for x in variables]
        self.names |= {x: names[-1] for x in terms if x not in self.names}
        if place.ones:
            name = self.name(terms[-1])
            self.ones[name] = whole = self.unique(f"{name}_and_1")
            self.setup.append(f"{whole} = ones(({place.shape[0] + 1}, n))")
            memory = f"{whole}[:{place.shape[0]}]"
        else:
            memory = f"zeros({_sized(place.shape)}{', bool' if place.condition else ''})"
        self.setup.append(" = ".join([*names, memory]))
        if place.shape[1:] == (ROWS,):
            self.lanes += place.shape[0]

    def part(self, part: Term) -> None:
        """Name a part of another array."""
        whole, lane = self.calls.inside[part]
        self.put(self.name(part), f"{self.name(whole)}[{lane}:{lane + self.shape(part)[0]}]")

    # -- calls ------------------------------------------------------------------------------------------------

    def call(self, call: Call) -> list[str]:
        """The lines of a call."""
        out, args = self.name(call.out), [self.arg(x, call) for x in call.args]
        target = self.view(call.form.format(out), f"{out}_matrix")
        return [*([f"# {call.comment}"] if call.comment else []), call.text.format(*args, out=target)]

    def arg(self, x: Any, call: Call) -> str:
        """What a call reads."""
        if isinstance(x, Ref):
            name = self.name(x.term)
            expression = x.form.format(name, ones=self.ones.get(name), rows=f"{name}_rows")
            return self.view(expression, x.name or f"{name}_{'T' if expression.endswith('.T') else 'view'}")
        if isinstance(x, Filled):
            return self.view(f"full({_sized(self.shape(call.out))}, {x.number!r})", f"all_{_word(x.number)}")
        if isinstance(x, (float, int)):
            name = _WORDS.get(x, f"number_{_word(x)}")
            return repr(x) if call.out in self.calls.scalars else self.view(f"array({float(x)!r})", name)
        return self.constant(x)


def _sized(shape: Shape) -> str:
    return f"({', '.join('n' if s == ROWS else str(s) for s in shape)})"


_LAST_VIEW = re.compile(r"(.+?)(\.T|\[[^][]*\]|\.reshape\([^()]*\))")
_WORDS = {0.0: "zero", 1.0: "one", 2.0: "two", -1.0: "minus_one", 0.5: "half"}


def _word(x: float) -> str:
    return _WORDS.get(x, re.sub(r"\W", "_", f"{x:g}"))
