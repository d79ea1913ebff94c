"""Programs over rows as text: calls of NumPy that write in place, or expressions that any library understands."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any

from autograd.compiler.rows.forward import ArrayLoss
from autograd.compiler.terms.array_ops import COLUMN, CONSTANT, ROWS, ArrayOp, sized
from autograd.compiler.terms.loop import Data
from autograd.compiler.terms.terms import Term, reachable
from autograd.compiler.text.notation import ARRAYS, ATOM, Text, written
from autograd.compiler.text.numpy_calls import ArrayCalls
from autograd.compiler.text.numpy_text import NumPyText
from autograd.compiler.text.source import Names, Writer
from autograd.op import Op

__all__ = ["library_source", "numpy_source"]


def _statements(
    given: dict[Term, str], roots: Sequence[Term], names: Names
) -> tuple[list[str], list[str], dict[str, Any]]:
    """Statements for some Terms, the text of each root, and the lists of numbers that they refer to.

    `given` has the texts of Terms that are there already; the number of rows is `n`.
    """
    notation = _Notation(names)
    needed = reachable(roots)
    writer = Writer(given, roots, names, ARRAYS._replace(other=notation), notation.data, needed)
    for x in needed:
        if x.head is COLUMN:
            (writer.texts[x],) = writer.write(x.args, named={*x.args})
    texts_of_roots = writer.write(roots)
    return writer.page(), texts_of_roots, notation.constants


class _Notation:
    """How operations are written; `constants` are the lists of numbers that the texts refer to."""

    def __init__(self, names: Names) -> None:
        self.names, self.constants = names, dict[str, Any]()

    def data(self, data: Data) -> str:
        return f"array({self.constant(data.name, [[x] for x in data.numbers])})"

    def constant(self, name: str, numbers: Any) -> str:
        name = self.names.new(name)
        self.constants[name] = numbers
        return name

    def __call__(self, op: Op, args: Sequence[Text]) -> Text:
        x, *others = (a.within(ATOM) for a in args or [Text("", ATOM)])
        match op:
            case ArrayOp("part", (start, stop, axis)):
                text = f"{x}[{':, ' * axis}{start}:{stop}{', ...' * (not axis)}]"
            case ArrayOp("take", (index,)):
                text = f"chosen({x}, {self.constant('places', index.tolist())})"
            case ArrayOp("broadcast", (shape,)):
                text = f"repeated({args[0].text}, {sized(shape)[1:-1]})"
            case ArrayOp("reshape", (shape,)):
                text = f"reshape({args[0].text}, {sized(shape)})"
            case ArrayOp("join"):
                text = f"concat([{', '.join(a.text for a in args)}])"
            case ArrayOp(("sum" | "max") as name, (axis, keep)):
                text = f"{'sum_over' if name == 'sum' else 'largest'}({args[0].text}, {axis}, {keep})"
            case ArrayOp("scatter", (shape, places)):
                return self.scatter(shape, places, [a.within(ATOM) for a in args])
            case ArrayOp("matmul"):
                return Text(f"{x} @ {others[0]}", 0)
            case ArrayOp("outer"):
                return Text(f"{x} @ {others[0]}.mT", 0)
            case ArrayOp("transpose"):
                text = f"{x}.mT"
            case _:
                return written(ARRAYS, op, args)
        return Text(text, ATOM)

    def scatter(self, shape: tuple[int, ...], places: Sequence[Any], parts: list[str]) -> Text:
        """The parts one after the other, or each among zeros, and their sum."""
        whole, rows = shape[0], sized(shape[1:])[1:-1]
        if all(isinstance(place, range) for place in places):
            ordered = sorted(zip(places, parts, strict=True), key=lambda pair: pair[0].start)
            ends = [(0, 0), *((place.start, place.stop) for place, _ in ordered), (whole, whole)]
            if all(a[1] == b[0] for a, b in pairwise(ends)):
                return Text(f"concat([{', '.join(part for _, part in ordered)}])" if len(parts) > 1 else parts[0], 0)
        texts = []
        for place, part in zip(places, parts, strict=True):
            if isinstance(place, range):
                around = [(place.start, ""), (0, part), (whole - place.stop, "")]
                some = [text or f"zero({n}, {rows})" for n, text in around if n or text]
                texts.append(f"concat([{', '.join(some)}])" if len(some) > 1 else part)
            else:
                chosen = [[float(lane == i) for lane in place.tolist()] for i in range(whole)]
                texts.append(f"array({self.constant('chosen_by', chosen)}) @ {part}")
        return Text(" + ".join(texts) or f"zero({whole}, {rows})", 0)


def library_source(loss: ArrayLoss, gradient: Term, taken: Iterable[str]) -> tuple[str, dict[str, Any]]:
    """The source of `value_and_gradient(parameters, rows, weights)`, and the lists of numbers that it refers to.

    It takes the vector of all parameters, a matrix with a row for each row of data, and the weights of these, whose sum
    is 1.
    """
    names = Names(taken)
    given = {loss.parameters: "parameters", loss.data: "data", loss.weights: names.new("weights")}
    roots = [x for x in (loss.row, loss.penalty) if x.constant != 0]
    lines, (*parts, slopes), constants = _statements(given, [*roots, gradient], names)
    if loss.row.constant != 0:
        parts[0] = f"sum_over(weights * ({parts[0]}), None, False)"
    if loss.penalty.constant is None:
        parts[-1] = f"reshape({parts[-1]}, ())"
    return "\n".join([
        "def value_and_gradient(parameters, rows, weights):",
        '    """The mean loss with these weights, whose sum is 1, and its gradient."""',
        "    parameters, data, weights = reshape(parameters, (-1, 1)), rows.T, reshape(weights, (1, -1))",
        "    n = weights.shape[1]",
        *(f"    {line}" for line in lines),
        f"    return {' + '.join(parts) or '0.0'}, reshape({slopes}, (-1,))",
        "",
    ]), constants  # fmt: skip


def numpy_source(
    loss: ArrayLoss, gradient: Term, taken: Iterable[str], filled: str = "gradient"
) -> tuple[str, dict[str, Any]]:
    """The source of a NumPy program, and the arrays of constants that it refers to; no name is one of those `taken`.

    - `columns(rows, weights)`: what depends on the data alone, of a matrix with a row for each row of data; behind it
      stand the conditions that must be alike in all rows.
    - `kinds`: how each column is read: one of "rows" is a matrix of rows, one of "lanes" an array of lanes by rows.
    - `lanes`: how many numbers there are in memory for each row, besides the columns.
    - `program(parameters, gradient, n)`: a function of the columns of `n` rows, which fills `gradient` and returns the
      loss. What is `filled` need not be a gradient.
    """
    names, arrays = Names(taken), loss.arrays
    given = {loss.parameters: "parameters", gradient: filled, loss.weights: names.new("weights")}
    roots = [x for x in (loss.row, loss.penalty, gradient) if x.constant is None]
    calls = ArrayCalls(arrays, roots, given, {gradient}, names)
    total = _total(calls, loss)
    results = [*calls.columns, *((x, "") for x in loss.checks)]
    of_data = Names([*taken, "numbers", "places"])
    given = {loss.data: "data", loss.weights: of_data.new("weights")}
    lines, texts, constants = _statements(given, [x for x, _ in results], of_data)
    shapes = [sized((*arrays.shape(x)[:-1], ROWS)) for x, _ in results]
    columns = [_LAID_OUT[kind].format(x, shape) for x, (_, kind), shape in zip(texts, results, shapes, strict=True)]
    for name in constants:
        names.new(name)  # not for others
    text = NumPyText(calls, names)
    body = text.lines(f"parameters, {filled}, ", "step", [], [], [f"return {total}.item()"])
    return "\n".join([
        "def columns(rows, weights):",
        '    """What depends on the data alone, and need be computed only once."""',
        "    data, n = rows.T, len(rows)",
        *(f"    {line}" for line in lines),
        f"    return [{', '.join(columns)}]",
        "\n",
        f"kinds = {[kind for _, kind in calls.columns]}",
        f"lanes = {text.lanes}",
        "\n",
        *body,
        "",
    ]), constants | text.constants  # fmt: skip


def _total(calls: ArrayCalls, loss: ArrayLoss) -> str:
    """The text of the mean of the rows' losses plus what the parameters add, without calls that are not needed."""
    total = calls.arrays.variable("loss", (1, 1), CONSTANT)
    calls.names[total], calls.about = "loss", "the loss"
    calls.scalars.add(total)
    parts, args = list[str](), list[Any]()
    if loss.row.constant != 0:
        parts.append("vdot({}, {})")
        args += [calls.ref(loss.weights), calls.ref(loss.row)]
    if loss.penalty.constant != 0 or not parts:
        parts.append("{}" if loss.penalty.constant is None else "float64({})")
        args.append(calls.ref(loss.penalty))
    calls.call("{out} = " + " + ".join(parts), *args, out=total)
    calls.keep({total, *calls.outs})
    return calls.names[total]


_LAID_OUT = {
    "rows": "ascontiguousarray({}.T)",
    "lanes": "ascontiguousarray(broadcast_to({}, {}))",
    "": "{}",
}
