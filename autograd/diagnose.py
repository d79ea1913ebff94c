"""What is wrong with a graph: `diagnose`."""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction
from functools import cache
from typing import Any, NamedTuple

from autograd import ops
from autograd.arithmetic import FLOATS
from autograd.formula import formula
from autograd.graph import nodes, operations
from autograd.op import Op
from autograd.rewrites import rewritings
from autograd.sweeps import adjoints
from autograd.value import Value, only_value

__all__ = ["Diagnosis", "Finding", "diagnose"]

UNIT_ROUNDOFF = 2**-53  # the relative error of one correctly rounded operation
NOTABLE = 1e3  # rounding that is magnified less is not reported


class Finding(NamedTuple):
    """One thing to know about a graph: the node it is about, a word for its kind, and a sentence."""

    node: Value
    kind: str  # "not finite", "kink", "cancellation", "lost digits"
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

    Finds the first node or edge that is not finite, and says how it came about. Finds all nodes on a kink, with the
    slopes on both sides. Finds all nodes that lose three digits or more, the worst first: they magnify the rounding of
    their operands, as differences that cancel do. Names a better expression where the table of rewritings has one.

    `rounding_error` is a first-order bound on what rounding in every operation adds up to in `y`: the sum of
    |dy/dv| |v| 2^-53 over its inner nodes (N. J. Higham, "Accuracy and Stability of Numerical Algorithms", 2002,
    section 3.1), with functions taken as correctly rounded.

    Raises TypeError for anything but a Value.

    >>> x = Value(1e-9, "x")
    >>> print(diagnose((1 + x) - 1))
    Node '1 + x - 1' cancels: its terms are 1e+09 times as large as its value 1e-09, so that 9 digits are lost; write x.
    Rounding errors change the result by at most about 1.1e-16.
    """
    only_value(y, "diagnose")
    findings = [*_not_finite(y), *_kinks(y), *_lost_digits(y)]
    slopes = adjoints(y)
    error = sum(abs(slopes[node] * node.data) for node in operations(y))
    return Diagnosis(tuple(findings), error * UNIT_ROUNDOFF)


def _not_finite(y: Value) -> Iterator[Finding]:
    """The first value or slope that is not finite."""
    for node in nodes(y):
        origin = _origin(node)
        if not math.isfinite(node.data):
            yield Finding(node, "not finite", f"Node {_node_name(node)} is {node.data}{origin}{_cure(y, node)}.")
            return
        for parent, partial in node.edges:
            if not math.isfinite(partial):
                slope = f"The slope of node {_node_name(node)} with respect to {_node_name(parent)} is {partial}"
                yield Finding(node, "not finite", f"{slope}{origin}{_cure(y, node)}.")
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
                left, right = (_slope_beside(op, xs, i, side) for side in (-math.inf, math.inf))
                sides = f"its slope with respect to {_node_name(x)} is {left:g} below and {right:g} above"
                taken = f"and taken as {op.read(FLOATS, xs)[1][i]:g}"
                yield Finding(node, "kink", f"Node {_node_name(node)} is on a kink: {sides}, {taken}.")


def _slope_beside(op: Op, xs: list[float], i: int, side: float) -> float:
    """The slope with respect to the i-th operand, as little as possible to one side of it."""
    beside = math.nextafter(xs[i], side)
    slope: float = op.read(FLOATS, [*xs[:i], beside, *xs[i + 1 :]])[1][i]
    return slope


def _lost_digits(y: Value) -> Iterator[Finding]:
    """The nodes whose value is small beside what an operand's rounding can change it by, the worst first."""
    suspects = [
        node
        for node in operations(y)
        if any(abs(d * x.data) > NOTABLE * abs(node.data) for x, d in node.edges) and math.isfinite(node.data)
    ]
    wanted = set(suspects)
    errors: dict[Value, float] = {}  # to first order, of the operations below the suspects
    found: list[tuple[float, Value]] = []
    for node in operations(*suspects):
        slopes: dict[Value, float] = {}
        for x, d in node.edges:
            slopes[x] = slopes.get(x, 0.0) + d
        inherited = sum(abs(d) * errors[x] for x, d in slopes.items() if errors.get(x))
        errors[node] = inherited + _rounding(node)
        if node in wanted and inherited > NOTABLE * UNIT_ROUNDOFF * abs(node.data):
            found.append((inherited / abs(node.data) if node.data else math.inf, node))
    for relative, node in sorted(found, key=lambda one: -one[0]):
        digits = "all" if relative >= 1 else f"{math.log10(relative / UNIT_ROUNDOFF):.0f}"
        if node.op in (ops.add, ops.sub, ops.sum, ops.dot, ops.linear):
            kind, terms = "cancellation", max(abs(d * x.data) for x, d in node.edges)
            how = (
                f"{terms / abs(node.data):.0e} times as large as its value" if node.data else f"{terms:.3g}, its value"
            )
            what = f"cancels: its terms are {how} {node.data:.3g}"
        else:
            kind, what = (
                "lost digits",
                f"magnifies rounding: that of its operands changes it by up to {relative:.0e} of its value",
            )
        yield Finding(node, kind, f"Node {_node_name(node)} {what}, so that {digits} digits are lost{_cure(y, node)}.")


def _rounding(node: Value) -> float:
    """By how much the value of a node may differ from what its op makes of its operands: 0 where that is exact."""
    assert node.op is not None  # inner nodes have one
    try:
        exact, _ = node.op.read(_exact(), [Fraction(x.data if isinstance(x, Value) else x) for x in node.args])
        return abs(float(exact - Fraction(node.data)))
    except (ArithmeticError, AttributeError, ValueError):  # functions that fractions lack, and numbers that they lack
        return abs(node.data) * UNIT_ROUNDOFF


@cache
def _exact() -> Any:
    """The functions of rules, read in fractions."""
    return ops.namespace("fractions", {"abs": abs, "pow": _fraction_power, "sum": sum})


def _fraction_power(x: Fraction, n: Fraction) -> Fraction:
    if n.denominator > 1 or abs(n) > 64:
        raise ValueError("This power is no fraction, or a very long one.")
    return x ** int(n)


def _cure(y: Value, node: Value) -> str:
    """What to write so that `node` does not go wrong, where the table knows."""
    known = [rewriting for rewriting in rewritings(operations(y)) if node in rewriting.covered]
    if not known:
        return ""
    best = max(known, key=lambda rewriting: len(rewriting.covered))
    return f"; write {best.python}" + (f" for {_node_name(best.node)}" if best.node is not node else "")


def _node_name(node: Value) -> str:
    if node.label is not None:
        return repr(node.label)
    written = formula(node)
    text = written.text if written.size <= 40 else ""
    return repr(text) if 0 < len(text) <= 60 else f"{node.op.name if node.op else 'leaf'} = {node.data:.6g}"
