"""What is wrong with a graph: `diagnose`."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import NamedTuple

from autograd import ops
from autograd.arithmetic import FLOATS
from autograd.formula import formula
from autograd.graph import nodes, operations
from autograd.op import Op
from autograd.sweeps import adjoints
from autograd.value import Value

__all__ = ["Diagnosis", "Finding", "diagnose"]

ROUNDING = 2**-53  # the relative error of one correctly rounded operation


class Finding(NamedTuple):
    """One thing to know about a graph: the node it is about, a word for its kind, and a sentence."""

    node: Value
    kind: str  # "not finite", "kink", "cancellation"
    message: str


class Diagnosis(NamedTuple):
    """What `diagnose` found; printed, it is text, and its `marks` are for the diagram."""

    findings: tuple[Finding, ...]
    rounding_error: float

    @property
    def marks(self) -> dict[Value, str]:
        """The kinds of what was found, by node."""
        found: dict[Value, str] = {}
        for finding in self.findings:
            found[finding.node] = f"{found[finding.node]}, {finding.kind}" if finding.node in found else finding.kind
        return found

    def __str__(self) -> str:
        error = f"Rounding errors change the result by at most about {self.rounding_error:.1e}."
        return "\n".join([*(finding.message for finding in self.findings), error])


def diagnose(y: Value) -> Diagnosis:
    """Look for what makes the value or the derivatives of `y` untrustworthy.

    Finds the first node, or edge, that is not finite, and how it came about; all nodes that sit on a kink, with the
    slopes on both sides; the sum or difference that cancels most. `rounding_error` is a first-order bound on what
    rounding in every operation adds up to in `y`: the sum of |dy/dv| |v| 2^-53 over its inner nodes (N. J. Higham,
    "Accuracy and Stability of Numerical Algorithms", 2002, section 3.1), with functions taken as correctly rounded.

    >>> x = Value(1e-9, "x")
    >>> print(diagnose((1 + x) - 1))
    Node '1 + x - 1' cancels: its terms are 1e+09 times as large as its value 1e-09, so that 9 digits are lost.
    Rounding errors change the result by at most about 1.1e-16.
    """
    findings = [*_not_finite(y), *_kinks(y), *_cancellation(y)]
    slopes = adjoints(y)
    error = sum(abs(slopes[node] * node.data) for node in operations(y))
    return Diagnosis(tuple(findings), error * ROUNDING)


def _not_finite(y: Value) -> Iterator[Finding]:
    """The first value or slope that is not finite."""
    for node in nodes(y):
        origin = _origin(node)
        if not math.isfinite(node.data):
            yield Finding(node, "not finite", f"Node {_name(node)} is {node.data}{origin}.")
            return
        for parent, partial in node.edges:
            if not math.isfinite(partial):
                slope = f"The slope of node {_name(node)} by {_name(parent)} is {partial}"
                yield Finding(node, "not finite", f"{slope}{origin}.")
                return


def _origin(node: Value) -> str:
    """How a node came about."""
    if node.op is None:
        return ", as it was given"
    operands = ", ".join(f"{x.data if isinstance(x, Value) else x:.6g}" for x in node.args[:4])
    return f": {node.op.name} of {operands}{', ...' if len(node.args) > 4 else ''}"


def _kinks(y: Value) -> Iterator[Finding]:
    """The nodes whose slope jumps where they are."""
    for node in operations(y):
        op = node.op
        if op is None or op.kink is None:
            continue
        xs = [x.data if isinstance(x, Value) else float(x) for x in node.args]
        if op.kink(FLOATS, *xs) != 0:
            continue
        for i, x in enumerate(node.args):
            if isinstance(x, Value):
                left, right = (_slope(op, xs, i, side) for side in (-math.inf, math.inf))
                message = (
                    f"Node {_name(node)} is on a kink: its slope by {_name(x)} is {left:g} below and {right:g} above"
                )
                yield Finding(node, "kink", f"{message}, and taken as {op.read(FLOATS, xs)[1][i]:g}.")


def _slope(op: Op, xs: list[float], i: int, side: float) -> float:
    """The slope by the i-th operand as little as possible to one side of it."""
    beside = math.nextafter(xs[i], side)
    slope: float = op.read(FLOATS, [*xs[:i], beside, *xs[i + 1 :]])[1][i]
    return slope


def _cancellation(y: Value) -> Iterator[Finding]:
    """The sum or difference whose result is smallest beside its terms, where at least three digits are lost."""
    worst, factor = None, 1e3
    for node in operations(y):
        if node.op in (ops.add, ops.sub, ops.sum, ops.dot, ops.linear) and node.data != 0:
            terms = [abs(d * p.data) for p, d in node.edges]
            terms += [abs(x) for x in node.args if not isinstance(x, Value)] if node.op in (ops.add, ops.sub) else []
            if max(terms) > factor * abs(node.data):
                worst, factor = node, max(terms) / abs(node.data)
    if worst is not None:
        message = (
            f"Node {_name(worst)} cancels: its terms are {factor:.0e} times as large as its value {worst.data:.3g}, "
            f"so that {math.log10(factor):.0f} digits are lost."
        )
        yield Finding(worst, "cancellation", message)


def _name(node: Value) -> str:
    if node.label is not None:
        return repr(node.label)
    written = formula(node)
    text = written.text if written.size <= 40 else ""
    return repr(text) if 0 < len(text) <= 60 else f"{node.op.name if node.op else 'leaf'} = {node.data:.6g}"
