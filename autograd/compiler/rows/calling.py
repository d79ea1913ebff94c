"""Steps as calls of NumPy: which function, from where to where, and what needs no memory of its own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate
from math import prod
from typing import Any

from autograd import ops
from autograd.compiler.rows.arrays import LARGEST, SUM, SUM_ROWS
from autograd.compiler.rows.calls import Call, Calls, Filled, Ref, function
from autograd.compiler.rows.normal import CONSTANT, DATA
from autograd.compiler.rows.steps import Back, Define, Join, Linear, Outer, Scatter, Step, Steps, Take, View, reads
from autograd.compiler.terms.terms import Term, reachable
from autograd.op import Op

__all__ = ["calls"]

_CONDITIONS = {*ops.RELATIONS.values(), ops.NOT}
_ONE_SHAPE = {ops.maximum, ops.minimum}  # quick for two arrays of one shape only


def calls(steps: Steps) -> Calls:
    """The calls that steps amount to, without those that nothing comes of."""
    return _Writing(steps).result


class _Writing:
    def __init__(self, steps: Steps) -> None:
        self.result = Calls(steps, steps.arrays.variable("loss", (1, 1), CONSTANT))
        self.arrays = steps.arrays
        self.views: dict[Term, View] = {}
        self.known: dict[Term, Term] = {}  # Terms and the variables that hold them
        self.names: dict[Term, Term] = {}  # those that a comment has introduced
        self.uses = Counter(x for step in steps.steps for x in reads(step))
        self.made = {
            step.target
            for step in steps.steps
            if isinstance(step, (Define, Linear, Back, Outer)) and self.arrays.depends(step.target) != DATA
        }
        self.lying = {
            step.source for step in steps.steps if isinstance(step, (View, Take))
        }  # in memory, seen otherwise
        self.comment = ""
        for step in steps.steps:
            self.place_parts(step)
        for step in steps.steps:
            if self.arrays.depends(step.target) == DATA:
                self.result.of_data.append(step)
            elif isinstance(step, View):
                self.views[step.target] = step
            else:
                self.comment = _comment(step, self.names)
                self.step(step)
        self.loss()
        self.drop_unused()

    # -- how arrays are read ----------------------------------------------------------------------------------

    def ref(self, x: Term, kind: str = "lanes") -> Ref | float:
        """A variable or Term that has been made, as it is read."""
        if x.constant is not None:
            return x.constant
        x = self.known.get(x, x)
        if self.arrays.depends(x) == DATA:
            x = self.arrays.prepared(x)
            self.result.columns[x, kind] = None
            return Ref(x, "{}" if kind == "lanes" else "{rows}.T")
        if x not in self.views:
            return Ref(x)
        view, start, shape, name = self.views[x], 0, self.arrays.shape(x), str(x.head)
        while True:
            x, start = self.known.get(view.source, view.source), start + view.start
            if x not in self.views:
                break
            view = self.views[x]
        size = shape[0] if shape[-1] in (1, -1) and len(shape) == 2 else prod(s for s in shape if s > 0)
        *lengths, rows = self.arrays.shape(x)
        form = "{}" if len(lengths) == 1 else f"{{}}.reshape({prod(lengths)}, -1)"
        if start or size < prod(lengths):
            form += f"[{start}:{start + size}]"
        if shape[1:] != (rows,):
            form += f".reshape{shape}"
        return Ref(x, form, name)

    def viewed(self, x: Term, form: str, suffix: str) -> Ref:
        """A view of an array."""
        ref = self.ref(x)
        assert isinstance(ref, Ref)
        return Ref(ref.term, form.replace("{}", ref.form), f"{ref.name or x.head}{suffix}")

    def inputs(self, x: Term, k: int, biased: bool) -> Ref:
        """What weights are multiplied with, with ones for the biases."""
        n = self.arrays.shape(x)[0]
        if self.arrays.depends(x) == DATA:
            ref = self.ref(x, "rows")
            assert isinstance(ref, Ref)
            return ref if biased else Ref(ref.term, f"{{rows}}[:, :{n}].T", f"{ref.term.head}_T") if k == 1 else (
                self.viewed(x, f"{{}}.reshape({n // k}, -1)", "_shared"))  # fmt: skip
        if biased:
            self.result.with_ones.add(x)
            return Ref(x, "{ones}")
        return self.shared(x, k)

    def shared(self, x: Term, k: int) -> Ref:
        """Lanes as a matrix whose columns are the rows of data, k times."""
        if k == 1:
            ref = self.ref(x)
            assert isinstance(ref, Ref)
            return ref
        return self.viewed(x, f"{{}}.reshape({self.arrays.shape(x)[0] // k}, -1)", "_shared")

    # -- steps ------------------------------------------------------------------------------------------------

    def call(self, text: str, *args: Any, out: Term, in_place: bool = False, form: str = "{}") -> None:
        self.result.calls.append(Call(text, args, out, in_place, self.comment, form))
        self.comment = ""

    def place_parts(self, step: Step) -> None:
        """Let what is only a part of another array be made in its place."""
        parts: Iterable[tuple[Any, Term]] = ()
        if isinstance(step, Scatter):
            parts = step.parts
        elif isinstance(step, Join):
            lengths = [self.arrays.shape(part)[0] for part in step.parts]
            parts = zip(accumulate(lengths, initial=0), step.parts, strict=False)
        covered = set[int]()
        for lane, part in parts:
            if not isinstance(lane, int) or part not in self.made or self.uses[part] > 1:
                continue
            where = set(range(lane, lane + self.arrays.shape(part)[0]))
            if not where & covered and self.arrays.shape(part)[1] == self.arrays.shape(step.target)[1]:
                covered |= where
                self.result.inside[part] = (step.target, lane)

    def step(self, step: Step) -> None:
        match step:
            case Define(target, term):
                self.define(target, term)
            case Linear(target, weights, inputs, biased, k):
                x = self.inputs(inputs, k, biased)
                form = "{}" if k == 1 else f"{{}}.reshape({self.arrays.shape(weights)[0]}, -1)"
                self.call("matmul({}, {}, {out})", self.ref(weights), x, out=target, form=form)
            case Back(target, weights, d, biased, k):
                m, n = self.arrays.shape(weights)
                n -= biased
                transposed = self.viewed(weights, f"{{}}[:, :{n}].T" if biased else "{}.T", "_T")
                if m == 1 and k == 1:
                    self.call("multiply({}, {}, {out})", transposed, self.ref(d), out=target)
                else:
                    form = "{}" if k == 1 else f"{{}}.reshape({n}, -1)"
                    self.call("matmul({}, {}, {out})", transposed, self.shared(d, k), out=target, form=form)
            case Outer(target, d, inputs, biased, k):
                x = self.inputs(inputs, k, biased)
                form = x.form.removesuffix(".T") if x.form.endswith(".T") else f"{x.form}.T"
                transposed = Ref(x.term, form, f"{x.name or x.term.head}_rows")
                m = self.arrays.shape(d)[0] // k
                form = f"{{}}.reshape({m}, -1)"
                self.call("matmul({}, {}, {out})", self.shared(d, k), transposed, out=target, form=form)
            case Take(target, source, index):
                if source in self.result.conditions:
                    self.result.conditions.add(target)
                self.call("take({}, {}, 0, {out}, 'clip')", self.ref(source), index, out=target)
            case Join(target, parts):
                lane = 0
                for part in parts:
                    n = self.arrays.shape(part)[0]
                    if part not in self.result.inside:
                        self.call(f"copyto({{out}}[{lane}:{lane + n}], {{}})", self.ref(part), out=target)
                    lane += n
            case _:
                assert isinstance(step, Scatter)  # the last kind
                self.scatter(step.target, step.parts)

    def scatter(self, target: Term, parts: Sequence[tuple[Any, Term]]) -> None:
        import numpy as np

        covered, reached = np.zeros((2, self.arrays.shape(target)[0]), bool)
        places = []
        for lanes, part in parts:
            where = np.arange(lanes, lanes + self.arrays.shape(part)[0]) if isinstance(lanes, int) else lanes
            places.append(where)
            reached[where] = True
            if part in self.result.inside:
                covered[where] = True
        if not reached.all() and target is not self.result.steps.gradient:  # whose other lanes nobody writes to
            self.call("{out}[{}] = 0.0", np.flatnonzero(~reached), out=target)
        for (lanes, part), where in zip(parts, places, strict=True):
            if part in self.result.inside:
                continue
            n = len(where)
            whole = isinstance(lanes, int) and n == len(covered)
            at = "{out}" if whole else f"{{out}}[{lanes}:{lanes + n}]" if isinstance(lanes, int) else "{out}[{}]"
            index = () if isinstance(lanes, int) else (lanes,)
            if covered[where].all() and isinstance(lanes, int):
                self.call(f"add({at}, {{}}, {at})", self.ref(part), out=target)
            elif not covered[where].any() and len(set(where.tolist())) == n:
                text = f"copyto({at}, {{}})" if isinstance(lanes, int) else "{out}[{}] = {}"
                self.call(text, *index, self.ref(part), out=target)
            else:
                if not covered[where].all():
                    self.call("{out}[{}] = 0.0", where[~covered[where]], out=target)
                self.call("add.at({out}, {}, {})", where, self.ref(part), out=target)
            covered[where] = True

    # -- Terms ------------------------------------------------------------------------------------------------

    def define(self, target: Term, term: Term) -> None:
        for x in reachable([term], known=self.known):
            if isinstance(x.head, Op) and self.arrays.depends(x) != DATA:
                out = target if x is term and self.arrays.shape(x) == self.arrays.shape(target) else x
                self.make(x, out)
                if out not in self.result.inside:  # where others may be added to it
                    self.known[x] = out
                if out is target:
                    self.names[x] = target
                    return
        if self.is_scalar(target):
            self.result.scalars.add(target)
            self.call("{out} = {}" if term.constant is None else "{out} = float64({})", self.ref(term), out=target)
        else:
            self.call("copyto({out}, {})", self.ref(term), out=target)

    def make(self, x: Term, out: Term) -> None:
        """The call for one function."""
        op: Any = x.head
        args = [self.ref(a) for a in x.args]
        shape = self.arrays.shape(x)
        target = ", {out}"
        scalar = self.is_scalar(out)
        if op in _CONDITIONS:
            self.result.conditions.add(out)
        if scalar:
            self.result.scalars.add(out)
        begin = "{out} = " if scalar else ""
        a, b = x.args[0].args if x.args[0].head is ops.mul else (x, x)
        if op is SUM and shape == (1, 1) and self.arrays.shape(a) == self.arrays.shape(b) != shape:
            self.call(("{out} = " if scalar else "{out}[...] = ") + "vdot({}, {})", self.ref(a), self.ref(b), out=out)
        elif op is SUM or op is LARGEST:
            keep = ", True" if len(self.arrays.shape(x.args[0])) == 2 else ""
            name = "add" if op is SUM else "maximum"
            self.call(f"{begin}{name}.reduce({{}}, 0, None, {'None' if scalar else '{out}'}{keep})", *args, out=out)
        elif op is SUM_ROWS:
            self.call(f"{begin}add.reduce({{}}, 1, None, {'None' if scalar else '{out}'}, True)", *args, out=out)
        elif op is ops.WHERE:
            self.call(
                "{out} = where({}, {}, {})" if scalar else "copyto({out}, where({}, {}, {}))",
                *args,
                out=out,
                in_place=True,
            )
        else:
            if op in _ONE_SHAPE and isinstance(args[1], float) and not scalar:
                args[1] = Filled(args[1])  # type: ignore[call-overload]  # a list of any of these
            target = "" if scalar else ", {out}" if op not in _ONE_SHAPE else ", out={out}"
            braces = ", ".join(["{}"] * len(args))
            self.call(f"{begin}{function(op)}({braces}{target})", *args, out=out, in_place=True)

    def is_scalar(self, out: Term) -> bool:
        """Whether this is a number of its own, which need not be an array."""
        return self.arrays.shape(out) == (1, 1) and out not in self.result.inside and out not in self.lying

    def loss(self) -> None:
        """The mean of the rows' losses, and what the parameters add to it."""
        steps = self.result.steps
        self.result.scalars.add(self.result.loss)
        self.comment = "the loss"
        parts, args = [], list[Any]()
        if isinstance(steps.losses, Term):
            parts.append("vdot({}, {})")
            args += [self.ref(steps.weights), self.ref(steps.losses)]
        if isinstance(steps.penalty, Term) or steps.penalty or not parts:
            parts.append("{}" if isinstance(steps.penalty, Term) else "float64({})")
            args.append(self.ref(steps.penalty) if isinstance(steps.penalty, Term) else steps.penalty)
        self.call("{out} = " + " + ".join(parts), *args, out=self.result.loss)

    def drop_unused(self) -> None:
        """Leave out the calls that nothing comes of."""
        result = self.result
        needed = {result.steps.gradient, result.loss}
        kept = []
        for call in reversed(result.calls):
            whole = result.inside[call.out][0] if call.out in result.inside else call.out
            if call.out in needed or whole in needed:
                kept.append(call)
                needed.update(ref.term for ref in call.args if isinstance(ref, Ref))
        result.calls = kept[::-1]
        used = {ref.term for call in kept for ref in call.args if isinstance(ref, Ref)}
        result.columns = {key: None for key in result.columns if key[0] in used}


def _comment(step: Step, names: Mapping[Term, Term]) -> str:
    match step:
        case Define(target, term):
            return f"{target} = {term.written(names)}"
        case Linear(target, weights, inputs, biased):
            return f"{target} = {weights} {inputs}" + (" + biases" if biased else "")
        case Back(target, weights, d):
            return f"{target} = {weights}ᵀ {d}"
        case Outer(target, d, inputs):
            return f"{target} = {d} {inputs}ᵀ"
    return str(step.target)
