"""Rows without NumPy: a loop over them in plain Python, with the loss of a row and its gradient as statements."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from typing import Any

from autograd.arithmetic import IEEE, IeeeFloat
from autograd.compiler.engines.single import FUNCTIONS, RESERVED
from autograd.compiler.rows.normal import Normal
from autograd.compiler.rows.numpy_program import BranchError
from autograd.compiler.terms.chain_rule import gradient
from autograd.compiler.terms.lowering import lower
from autograd.compiler.terms.terms import Term, reachable
from autograd.compiler.text.source import Names, Writer, definitions, indented

__all__ = ["PlainData", "PlainProgram", "plain_source"]

# What programs name themselves, and what they call.
OWN = RESERVED | {"checks", "found", "loss", "parameters", "rows", "share", "shares", "step", "zip"}


def plain_source(form: Normal, trained: int) -> str:
    """The text of `step` and `checks` for a loss in normal form, or of `outputs` if the form has some.

    - `step(parameters, rows, shares)`: the sum of the rows' losses times their shares, plus what the parameters add to
      it, and its gradient with respect to the first `trained` of them.
    - `checks(parameters, rows)`: for each row the conditions that the example met; `outputs`: the outputs.
    """
    text = _Text(form)
    if form.outputs:
        return text.each("outputs", form.outputs)
    return f"{text.step(trained)}\n\n{text.each('checks', form.checks)}"


class _Text:
    def __init__(self, form: Normal) -> None:
        self.form, self.names = form, Names(OWN)
        self.share = form.row.table.variable("share")
        self.texts = {self.share: "share"} | {x: self.names.new(str(x.head)) for x in (*form.data, *form.parameters)}
        row, parameters = (", ".join([self.texts[x] for x in some]) for some in (form.data, form.parameters))
        self.row = f"({row}{',' * (len(form.data) == 1)})" if row else "_"
        self.unpacked = [f"{parameters}, = parameters"] if parameters else []

    def step(self, trained: int) -> str:
        """The function that adds up rows."""
        form, xs = self.form, self.form.parameters[:trained]
        of_row, of_all = (lower([x, *gradient(x, xs)]) for x in (self.share * form.row, form.penalty))
        writer = Writer(self.texts, [*of_all, *of_row], self.names)
        depends, before = {*form.data, self.share}, 0
        while len(depends) > before:  # also on what says whether it may be computed, which may be made later
            before = len(depends)
            for x in reachable(of_row):
                conditions = [condition for condition, _ in writer.only_if.get(x, ())]
                if not depends.isdisjoint((*x.args, *conditions)):
                    depends.add(x)
        shared = [x for y in reachable(of_row) if y in depends for x in y.args if x not in depends and x.args]
        writer.write(shared, named={*shared})
        starts = writer.write(of_all)
        lines = writer.page("the same for all rows")
        totals = ["loss", *(self.names.new(f"d_{x.head}") for x in xs)]
        lines += [f"{total} = {start}" for total, start in zip(totals, starts, strict=True)]
        slopes = writer.write(of_row)
        lines += [
            f"for {self.row}, share in zip(rows, shares):",
            *indented(writer.page()),
            *(f"    {total} += {x}" for total, x in zip(totals, slopes, strict=True) if x != "0.0"),
            f"return loss, [{', '.join(totals[1:])}]",
        ]
        return "\n".join(["def step(parameters, rows, shares):", *indented(self.unpacked + lines), ""])

    def each(self, name: str, wanted: Sequence[Term]) -> str:
        """A function that returns for each row what is wanted."""
        roots = lower(wanted)
        writer = Writer(self.texts, roots, self.names)
        found = writer.write(roots)
        lines = [
            *self.unpacked,
            "found = []",
            f"for {self.row} in rows:",
            *indented(writer.page()),
            f"    found.append([{', '.join(found)}])",
            "return found",
        ]
        return "\n".join([f"def {name}(parameters, rows):", *indented(lines), ""])


class PlainProgram:
    """`NumPyProgram` without NumPy, of a `source` by `plain_source`; its vectors are floats in memory."""

    summed = False

    def __init__(self, source: str, leaves: int, trained: int, width: int, checks: Sequence[tuple[bool, str]]) -> None:
        self.source, self.trained, self.width, self.checks = source, trained, width, checks
        self.floats = definitions(source, dict(FUNCTIONS))
        self.ieee: dict[str, Any] | None = None  # the same text, read where Python's floats raise
        self.all_data = memoryview(array("d", bytes(8 * leaves)))
        self.data = self.all_data[:trained]
        self.grad = memoryview(array("d", bytes(8 * trained)))

    def run(self, name: str, rows: Sequence[Sequence[float]], *shares: Sequence[float]) -> Any:
        """The result of a function of the program, by IEEE 754 where Python raises."""
        parameters = self.all_data.tolist()
        try:
            return self.floats[name](parameters, rows, *shares)
        except (ArithmeticError, ValueError):
            self.ieee = self.ieee or definitions(self.source, {op: getattr(IEEE, op, f) for op, f in FUNCTIONS.items()})
            numbers = [[*map(IeeeFloat, row)] for row in rows]
            return self.ieee[name]([*map(IeeeFloat, parameters)], numbers, *shares)

    def over(
        self, rows: Sequence[Sequence[float]], weights: Sequence[float] | None = None, *, apart: bool = False
    ) -> PlainData:
        """The program for data, as `NumPyProgram.over` has it; rows are sequences of numbers."""
        return PlainData(self, rows, weights, apart)


class PlainData:
    """A program over some data."""

    def __init__(
        self, program: PlainProgram, rows: Sequence[Sequence[float]], weights: Sequence[float] | None, apart: bool
    ) -> None:
        self.program, self.rows = program, [tuple(map(float, row)) for row in rows]
        self.weights = [1.0] * len(rows) if weights is None else [*weights]
        if not self.rows or {len(row) for row in self.rows} != {program.width}:
            raise ValueError(f"Data is a matrix of {program.width} columns, and there is one row at least.")
        self.grad = memoryview(array("d", bytes(program.grad.nbytes))) if apart else program.grad
        for i, found in enumerate(program.run("checks", self.rows) if program.checks else ()):
            for holds, (outcome, message) in zip(found, program.checks, strict=True):
                if bool(holds) != outcome:
                    raise BranchError(message, i)

    def put(self, rows: Sequence[int], column: int, numbers: Sequence[float]) -> None:
        """Put other numbers into these rows, from a column on."""
        n = len(numbers) // len(rows)
        for k, i in enumerate(rows):
            self.rows[i] = (*self.rows[i][:column], *numbers[k * n : (k + 1) * n])

    def step(self, batch: Sequence[int] | None = None) -> float:
        """The mean loss of the rows `batch`, or of all; its gradient is then in `program.grad`."""
        rows = self.rows if batch is None else [self.rows[i] for i in batch]
        shares = self.weights if batch is None else [self.weights[i] for i in batch]
        if not self.program.summed:
            whole = sum(shares)
            shares = [weight / whole for weight in shares]
        loss, gradient = self.program.run("step", rows, shares)
        self.grad[:] = array("d", gradient)
        return float(loss)
