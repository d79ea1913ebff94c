"""Terms as calls of NumPy: which function, from where to where, and what needs no memory of its own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any, NamedTuple

from autograd import ops
from autograd.compiler.terms.array_ops import COLUMN, DATA, SUM_LANES, ArrayOp, ArrayShape, is_a
from autograd.compiler.terms.arrays import Arrays
from autograd.compiler.terms.loop import Data
from autograd.compiler.terms.terms import Term, reachable
from autograd.compiler.text.notation import NUMPY
from autograd.compiler.text.source import Names
from autograd.op import Op

__all__ = ["ArrayCall", "ArrayCalls", "Filled", "Ref"]


_CONDITIONS = {*ops.RELATIONS.values(), ops.NOT}
_ONE_SHAPE = {ops.maximum, ops.minimum}  # quick for two arrays of one shape only


def _is_view(x: Term) -> bool:
    return is_a(x, "part", "reshape", "transpose")


def _turned(axes: int) -> str:
    return ".T" if axes == 2 else ".swapaxes(1, 2)"


class Ref(NamedTuple):
    """An array as it is read: `form` says which view of `term`, such as `{}[2:4]`; `name` is the view's."""

    term: Term
    form: str = "{}"
    name: str = ""


class Filled(NamedTuple):
    """An array filled with one number; without a shape it has that of the result of its call."""

    number: float
    shape: ArrayShape | None = None


@dataclass(eq=False)
class ArrayCall:
    """`text`, with its `args` and `out` filled in; `in_place` if `out` may be one of the args.

    An arg may be a number, an array filled with one (`Filled`), or an array of lanes. `about` is the Term with a name
    that this call and those after it make, or a comment.
    """

    text: str
    args: tuple[Any, ...]
    out: Term
    in_place: bool = False
    about: Term | str | None = None

    def reads(self) -> Iterator[Ref]:
        """The arrays that the call reads."""
        return (arg for arg in self.args if isinstance(arg, Ref))


class ArrayCalls:
    """The calls that compute `roots`, in operations of arrays; `given` has the names of arrays that exist already.

    - `calls`: these, in their order.
    - `outs`: those that are written to memory that is given.
    - `names`: the names of arrays.
    - `columns`: the arrays that depend on the data alone, and how they lie in memory: "rows" or "lanes".
    - `inside`: the arrays that are a part of another: that one and the first lane.
    - `filled`: joined arrays with numbers in some of their lanes, which are there from the start.
    - `scalars`: what is a number, not an array; `conditions`: what is an array of bools.
    """

    def __init__(
        self, arrays: Arrays, roots: Sequence[Term], given: Mapping[Term, str], outs: set[Term], names: Names
    ) -> None:
        self.arrays, self.outs = arrays, outs
        self.calls: list[ArrayCall] = []
        self.columns: dict[tuple[Term, str], None] = {}
        self.inside: dict[Term, tuple[Term, int]] = {}
        self.filled: dict[Term, list[tuple[float, range]]] = {}
        self.scalars, self.conditions = set[Term](), set[Term]()
        whole, named = reachable(roots), {*roots}
        terms = reachable(roots, known={x.args[0] for x in whole if x.head is COLUMN})
        self.uses = Counter(a for x in terms if arrays.depends(x) != DATA for a in x.args)
        self.names = dict(given) | {
            x: names.new(arrays.labels[x])
            for x in terms
            if arrays.labels.get(x) and x not in given and not isinstance(x.head, Data)
        }
        self.viewed = {a for x in terms if _is_view(x) or is_a(x, "take") for a in x.args}
        self.about: Term | str | None = None
        self.made: set[Term] = {x for x in whole if not isinstance(x.head, Op) or arrays.depends(x) == DATA}
        for x in terms:
            self.place_parts(x)
        for x in terms:
            if x in self.names or x in named:
                self.about = x
                for y in reachable([x], known=self.made):
                    self.made.add(y)
                    if not _is_view(y):
                        self.make(y)

    # -- how arrays are read --------------------------------------------------------------------------------------

    def ref(self, x: Term, rows: bool = False) -> Any:
        """A Term as a call reads it; data is read row by row if `rows`, which are then asked for in that layout."""
        if x.constant is not None:
            return x.constant
        if self.arrays.depends(x) == DATA:
            kind = "rows" if rows and len(self.arrays.shape(x)) == 2 else "lanes"
            self.columns[x, kind] = None
            return Ref(x, "{rows}.T" if kind == "rows" else "{}")
        form, base, name = "", x, ""
        while _is_view(base):
            name = name or self.names.get(base, "")
            match base.head:
                case ArrayOp("part", (start, stop, axis)):
                    view = f"[{':, ' * axis}{start}:{stop}]"
                case ArrayOp("reshape", (shape,)):
                    view = f".reshape{tuple(s if s > 0 else -1 for s in shape)}"
                case _:
                    view = _turned(len(self.arrays.shape(base)))
            form, base = view + form, base.args[0]
        if self.arrays.depends(base) == DATA:
            self.columns[base, "lanes"] = None
        turned = "_T" * (is_a(x, "transpose"))
        return Ref(base, f"{{}}{form}", self.names.get(x) or (name and name + (turned or "_view")))

    # -- calls ----------------------------------------------------------------------------------------------------

    def call(self, text: str, *args: Any, out: Term, in_place: bool = False) -> None:
        """Add a call."""
        self.calls.append(ArrayCall(text, args, out, in_place, self.about))
        self.about = None

    def place_parts(self, x: Term) -> None:
        """Let arrays that are used only as parts of the array x be computed directly into it."""
        if x in self.made:
            return
        match x.head:
            case ArrayOp("join", (lanes,)):
                places: Sequence[Any] = [range(end - n, end) for end, n in zip(accumulate(lanes), lanes, strict=True)]
            case ArrayOp("scatter", (_, places)):
                pass
            case _:
                return
        if is_a(x, "join") and x not in self.outs:
            constants = [p.args[0].constant if is_a(p, "broadcast") else None for p in x.args]
            if filled := [(c, where) for c, where in zip(constants, places, strict=True) if c is not None]:
                self.filled[x] = filled
        covered = set[int]()
        for place, part in zip(places, x.args, strict=True):
            base = part.args[0] if is_a(part, "reshape") else part
            once = is_a(x, "join") or (self.uses[part] == self.uses[base] == 1)
            if not isinstance(place, range) or base in self.made or _is_view(base) or base in self.inside or not once:
                continue
            if is_a(base, "join", "scatter") or is_a(part, "broadcast"):
                continue
            if covered.isdisjoint(place):
                covered.update(place)
                self.inside[base] = (x, place.start)

    def make(self, x: Term) -> None:
        """The call for one Term."""
        arrays, shape = self.arrays, self.arrays.shape(x)
        match x.head:
            case ArrayOp("take", (index,)):
                if x.args[0] in self.conditions:
                    self.conditions.add(x)
                self.call("take({}, {}, 0, {out}, 'clip')", self.ref(x.args[0]), index, out=x)
            case ArrayOp("join", (lanes,)):
                for end, n, part in zip(accumulate(lanes), lanes, x.args, strict=True):
                    number = part.args[0].constant if is_a(part, "broadcast") else None
                    if (number is None or x in self.outs) and not self.is_inside(part, x, end - n):
                        self.call(f"copyto({{out}}[{end - n}:{end}], {{}})", self.unrepeated(part), out=x)
            case ArrayOp("scatter", (_, places)):
                self.scatter(x, places)
            case ArrayOp("broadcast"):
                self.call("copyto({out}, {})", self.ref(x.args[0]), out=x)
            case ArrayOp(("sum" | "max") as name, (axis, keep)):
                self.reduce(x, name, axis, keep)
            case ArrayOp("matmul"):
                w, y = self.ref(x.args[0]), self.ref(x.args[1], rows=True)
                once = arrays.shape(x.args[0])[-1] == 1
                self.call("multiply({}, {}, {out})" if once else "matmul({}, {}, {out})", w, y, out=x)
            case ArrayOp("outer"):
                y, turn = self.ref(x.args[1], rows=True), _turned(len(shape))
                form = y.form.removesuffix(turn) if y.form.endswith(turn) else y.form + turn
                self.call("matmul({}, {}, {out})", self.ref(x.args[0]), Ref(y.term, form), out=x)
            case _:
                self.function(x)

    def function(self, x: Term) -> None:
        """The call for a function, which works number by number."""
        op: Any = x.head
        args, scalar = [self.ref(a) for a in x.args], self.is_scalar(x)
        if op in _CONDITIONS:
            self.conditions.add(x)
        begin = "{out} = " if scalar else ""
        if op is ops.WHERE:
            text = "{out} = where({2}, {1}, {0})" if scalar else "copyto({out}, where({2}, {1}, {0}))"
            self.call(text, *reversed(args), out=x, in_place=True)  # best in place of the operand for "else"
            return
        if op in _ONE_SHAPE and isinstance(args[1], float) and not scalar:
            args[1] = Filled(args[1])
        target = "" if scalar else ", {out}" if op not in _ONE_SHAPE else ", out={out}"
        braces = ", ".join(["{}"] * len(args))
        self.call(f"{begin}{NUMPY.get(op, op.name)}({braces}{target})", *args, out=x, in_place=True)

    def reduce(self, x: Term, name: str, axis: int, keep: bool) -> None:
        """The call for a sum or a maximum over an axis."""
        (y,), scalar, shape = x.args, self.is_scalar(x), self.arrays.shape
        a, b = y.args if y.head is ops.mul else (x, x)
        if x.head is SUM_LANES[True] and shape(x) == (1, 1) and shape(a) == shape(b) != (1, 1):
            text = "{out} = vdot({}, {})" if scalar else "{out}[...] = vdot({}, {})"
            self.call(text, self.ref(a), self.ref(b), out=x)
            return
        f, kept, axis = "add" if name == "sum" else "maximum", ", True" * keep, axis % len(shape(y))
        begin, target = ("{out} = ", "None") if scalar else ("", "{out}")
        summands = [y]
        if name == "sum" and y.head is ops.WHERE and y.args[2].constant == 0:
            condition, chosen, _ = y.args
            if shape(chosen) == shape(condition):
                summands, kept = [chosen, condition], kept + ", where={}"
        if x.head is SUM_LANES[True] and len(summands) == 1 and not scalar:  # quicker as a product
            self.call("dot({}, {}, {out})", Filled(1.0, (1, shape(y)[0])), self.ref(y), out=x)
            return
        self.call(f"{begin}{f}.reduce({{}}, {axis}, None, {target}{kept})", *map(self.ref, summands), out=x)

    def scatter(self, x: Term, places: Sequence[Any]) -> None:
        """The calls that put parts in their places, or add them up there."""
        import numpy as np

        covered, reached = np.zeros((2, self.arrays.shape(x)[0]), bool)
        parts = []
        for place, part in zip(places, x.args, strict=True):
            reached[np.array(place)] = True
            if isinstance(place, range) and self.is_inside(part, x, place.start):
                covered[np.array(place)] = True
            else:
                parts.append((place, part))
        if not reached.all() and x not in self.outs:  # no other call writes to these lanes
            self.call("{out}[{}] = 0.0", np.flatnonzero(~reached), out=x)
        for place, part in parts:
            part, lanes = self.unrepeated(part), np.array(place)
            index = [] if isinstance(place, range) else [place]
            within = f"{place.start}:{place.stop}" if isinstance(place, range) else "{}"
            at = "{out}" if within == f"0:{len(covered)}" else f"{{out}}[{within}]"
            if covered[lanes].all() and not index:
                self.call(f"add({at}, {{}}, {at})", part, out=x)
            elif not covered[lanes].any() and len({*lanes.tolist()}) == len(lanes):
                self.call(f"{at} = {{}}" if index else f"copyto({at}, {{}})", *index, part, out=x)
            else:
                if not covered[lanes].all():
                    self.call("{out}[{}] = 0.0", lanes[~covered[lanes]], out=x)
                alone = len({*lanes.tolist()}) == len(lanes)
                self.call("{out}[{}] += {}" if alone else "add.at({out}, {}, {})", lanes, part, out=x)
            covered[lanes] = True

    def is_inside(self, part: Term, x: Term, lane: int) -> bool:
        """Whether `part` is computed directly into the array x, from `lane` on."""
        whole, first = self.inside.get(part.args[0] if is_a(part, "reshape") else part, (None, 0))
        return whole is x and first == lane

    def unrepeated(self, part: Term) -> Any:
        """A part to be copied, without the `broadcast`, since copying repeats it."""
        return self.ref(part.args[0] if is_a(part, "broadcast") else part)

    def is_scalar(self, x: Term) -> bool:
        """Whether a Term that is being made is a single number, not an array; if so, record it as a scalar."""
        if found := self.arrays.shape(x) in ((), (1, 1)) and x not in self.inside and x not in self.viewed:
            self.scalars.add(x)
        return found

    def is_condition(self, x: Term) -> bool:
        """Whether this is an array of bools."""
        return x in self.conditions or (x.args[0] if x.head is COLUMN else x).head in _CONDITIONS

    def keep(self, needed: set[Term]) -> None:
        """Drop the calls whose results nobody needs."""
        needed, kept = {*needed}, []
        for call in reversed(self.calls):
            whole = self.inside.get(call.out, (call.out, 0))[0]
            if call.out in needed or whole in needed:
                kept.append(call)
                needed.update(ref.term for ref in call.reads())
        self.calls = kept[::-1]
        self.columns = {key: None for key in self.columns if key[0] in needed}
