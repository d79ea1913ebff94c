"""Terms as expressions that any library of arrays understands: nothing is changed in place."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any

from autograd.compiler.engines import library as array_api
from autograd.compiler.rows.array_ops import ArrayOp, is_a, sized
from autograd.compiler.rows.arrays import Arrays
from autograd.compiler.rows.forward import Loss
from autograd.compiler.terms.terms import Term, reachable
from autograd.compiler.text.notation import ARRAYS, ATOM, PYTHON, Text, numeral, written
from autograd.compiler.text.source import Names, Writer, uses
from autograd.op import Op

__all__ = ["described", "library_functions", "library_source", "statements", "structure"]


def library_functions(xp: Any, like: Any) -> dict[str, Any]:
    """What a program calls, in the library `xp`; its arrays are to be like this one."""

    def array(x: Any) -> Any:
        return x if hasattr(x, "dtype") else xp.asarray(x, dtype=like.dtype, device=like.device)

    return array_api.functions(xp, array) | {"concat": xp.concat, "reshape": xp.reshape} | structure(xp, like, array)


def structure(xp: Any, like: Any, array: Any) -> dict[str, Any]:
    """What a program calls besides functions, under names that libraries do not have."""

    def chosen(x: Any, index: Sequence[int]) -> Any:
        places = xp.asarray(index, device=like.device)
        return xp.index_select(x, 0, places) if hasattr(xp, "index_select") else xp.take(x, places, axis=0)

    largest = xp.amax if hasattr(xp, "amax") else xp.max
    return {
        "chosen": chosen,
        "repeated": lambda x, *shape: xp.broadcast_to(array(x), shape),
        "sum_over": lambda x, axis, keep: xp.sum(x, axis=axis, keepdims=keep),
        "largest": lambda x, axis, keep: largest(x, axis=axis, keepdims=keep),
        "zero": lambda *shape: xp.zeros(shape, dtype=like.dtype, device=like.device),
    }


def statements(
    arrays: Arrays, given: dict[Term, str], roots: Sequence[Term], names: Names
) -> tuple[list[str], list[str], dict[str, Any]]:
    """Statements for some Terms, how each is then written, and the lists of numbers that they refer to.

    `given` says how it is written what is there; the number of rows is `n`.
    """
    notation = _Notation(names)
    needed, prepared = {*reachable(roots)}, dict[Term, Term]()
    for y, x in reversed(arrays.columns.items()):  # which may be made of columns before them
        if x in needed:
            prepared[x] = y
            needed |= {*reachable([y])}
    texts = given | {x: notation.array(x, arrays) for x in needed if x in arrays.numbers}
    writer = Writer(texts, uses([*prepared.values(), *roots], needed), names, ARRAYS._replace(other=notation))
    for x, y in reversed(prepared.items()):
        writer.write([y], named={y})
        writer.texts[x] = writer.texts[y]
    texts_of_roots = writer.write(roots)
    return writer.page(), texts_of_roots, notation.constants


class _Notation:
    """How operations are written; `constants` are the lists of numbers that this takes."""

    def __init__(self, names: Names) -> None:
        self.names, self.constants = names, dict[str, Any]()

    def array(self, x: Term, arrays: Arrays) -> str:
        return f"array({self.constant('numbers', arrays.numbers[x].tolist())})"

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


def library_source(loss: Loss, gradient: Term, taken: Iterable[str]) -> tuple[str, dict[str, Any]]:
    """The source of `value_and_gradient(parameters, rows, weights)`, and the lists of numbers that it refers to.

    It takes the vector of all parameters, a matrix with a row for each row of data, and the weights of these, whose sum
    is 1.
    """
    names = Names(taken)
    given = {loss.parameters: "parameters", loss.data: "data", loss.weights: names.new("weights")}
    roots = [x for x in (loss.row, loss.penalty) if x.constant != 0]
    lines, (*parts, slopes), constants = statements(loss.arrays, given, [*roots, gradient], names)
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


# -- mathematics ------------------------------------------------------------------------------------------------


def described(x: Term, names: Mapping[Term, str], defined: Mapping[Term, Term]) -> str:
    """What a Term is, as mathematics: of what has `names`; `defined` says what variables stand for."""
    texts: dict[Term, Text] = {}
    for y in [*reachable(x.args, known=names), x]:
        args = [Text(names[a], ATOM) if a in names else texts[a] for a in y.args]
        texts[y] = _mathematics(y, args, names, defined)
    name = names.get(x, "")
    return f"{name} = {texts[x].text}" if texts[x].text != name else name


def _mathematics(x: Term, args: list[Text], names: Mapping[Term, str], defined: Mapping[Term, Term]) -> Text:
    match x.head:
        case ArrayOp(("matmul" | "outer") as name):
            (a, b), y = (arg.text for arg in args), defined.get(x.args[1], x.args[1])
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
        case Op():
            text = written(PYTHON, x.head, args)
            return text if len(text.text) <= 200 else Text("...", ATOM)
        case float():
            return numeral(PYTHON, x.head)
    return Text(names.get(x, str(x.head)), ATOM)
