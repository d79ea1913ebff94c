"""A second engine, naive and obviously right: every function and every derivative straight from its definition.

Functions are what textbooks say they are, in mpmath; a derivative is the difference quotient, with so many digits and
so small a step that cancellation does not matter; the derivative of a graph is the sum over all paths of the products
of their edges. Nothing here knows anything of the package.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from mpmath import mp

Real = Any  # mpmath's numbers, which have no types
Function = Callable[..., Real]

# -- functions ------------------------------------------------------------------------------------------------


def _power(x: Real, y: Real) -> Real:
    return mp.one if y == 0 else x**y


def _dot(*wx: Real) -> Real:
    n = len(wx) // 2
    return sum((w * x for w, x in zip(wx[:n], wx[n:], strict=True)), mp.zero)


def _from_whole(x: Real) -> Real:
    return x - mp.nint(x)


# Of the operands in one row, where vectors come one after the other: `dot` of (w1, w2, x1, x2).
DEFINITIONS: dict[str, Function] = {
    "add": lambda x, y: x + y,
    "sub": lambda x, y: x - y,
    "mul": lambda x, y: x * y,
    "div": lambda x, y: x / y,
    "identity": lambda x: x,
    "neg": lambda x: -x,
    "power": _power,
    "pow": _power,
    "abs": abs,
    "sign": mp.sign,
    "relu": lambda x: max(x, mp.zero),
    "maximum": max,
    "minimum": min,
    "floor": mp.floor,
    "ceil": mp.ceil,
    "trunc": lambda x: mp.sign(x) * mp.floor(abs(x)),
    "round": lambda x: mp.floor(x + 0.5) - (mp.floor(x + 0.5) % 2 if x % 1 == 0.5 else 0),
    "fmod": lambda x, y: x - y * mp.sign(x / y) * mp.floor(abs(x / y)),
    "mod": lambda x, y: x - y * mp.floor(x / y),
    "floordiv": lambda x, y: mp.floor(x / y),
    "exp": mp.exp,
    "exp2": lambda x: mp.mpf(2) ** x,
    "expm1": lambda x: mp.exp(x) - 1,
    "log": mp.log,
    "log1p": lambda x: mp.log(1 + x),
    "log2": lambda x: mp.log(x) / mp.log(2),
    "log10": lambda x: mp.log(x) / mp.log(10),
    "sqrt": mp.sqrt,
    "cbrt": lambda x: mp.sign(x) * mp.cbrt(abs(x)),
    "sin": mp.sin,
    "cos": mp.cos,
    "tan": mp.tan,
    "asin": mp.asin,
    "acos": mp.acos,
    "atan": mp.atan,
    "atan2": mp.atan2,
    "sinh": mp.sinh,
    "cosh": mp.cosh,
    "tanh": mp.tanh,
    "sech": mp.sech,
    "asinh": mp.asinh,
    "acosh": mp.acosh,
    "atanh": mp.atanh,
    "hypot": lambda x, y: mp.sqrt(x * x + y * y),
    "unit": lambda x, y: x / mp.sqrt(x * x + y * y) if x or y else mp.zero,
    "difference": lambda x, y: x - y,
    "one_minus_square": lambda x: 1 - x * x,
    "erf": mp.erf,
    "erfc": lambda x: 1 - mp.erf(x),
    "ncdf": lambda x: (1 + mp.erf(x / mp.sqrt(2))) / 2,
    "npdf": lambda x: mp.exp(-(x**2) / 2) / mp.sqrt(2 * mp.pi),
    "gamma": mp.gamma,
    "lgamma": lambda x: mp.log(abs(mp.gamma(x))),
    "polygamma": lambda n, x: mp.psi(n, x),
    "sigmoid": lambda x: 1 / (1 + mp.exp(-x)),
    "sigmoid_slope": lambda x: 1 / (2 + mp.exp(x) + mp.exp(-x)),
    "degrees": lambda x: 180 * x / mp.pi,
    "radians": lambda x: mp.pi * x / 180,
    "softplus": lambda x: mp.log(1 + mp.exp(x)),
    "logsigmoid": lambda x: -mp.log(1 + mp.exp(-x)),
    "silu": lambda x: x / (1 + mp.exp(-x)) if x > -mp.inf else mp.zero,
    "gelu": lambda x: x * (1 + mp.erf(x / mp.sqrt(2))) / 2 if x > -mp.inf else mp.zero,
    "elu": lambda x, alpha: x if x > 0 else alpha * (mp.exp(x) - 1),
    "leaky_relu": lambda x, slope: x if x > 0 else slope * x,
    "logaddexp": lambda x, y: mp.log(mp.exp(x) + mp.exp(y)),
    "logistic_loss": lambda s, y: mp.log(1 + mp.exp(s)) - y * s,
    "xlogy": lambda x, y: mp.zero if x == 0 and y >= 0 else x * mp.log(y),
    "sum": lambda *xs: sum(xs, mp.zero),
    "dot": _dot,
    "linear": lambda *wxb: _dot(*wxb[:-1]) + wxb[-1],
    "logsumexp": lambda *xs: mp.log(sum(map(mp.exp, xs), mp.zero)),
}

# Operands that are parameters of a function, by which it has no derivative.
PARAMETERS = {("power", 1), ("polygamma", 0)}

# Zero where the slope jumps or is infinite, or (atan2) the value jumps.
KINKS: dict[str, Function] = {
    "abs": lambda x: x,
    "sign": lambda x: x,
    "relu": lambda x: x,
    "maximum": lambda x, y: x - y,
    "minimum": lambda x, y: x - y,
    "hypot": lambda x, y: abs(x) + abs(y),
    "unit": lambda x, y: abs(x) + abs(y),
    "atan2": lambda y, x: y if x <= 0 else mp.one,
    "cbrt": lambda x: x,
    "floor": lambda x: x - mp.floor(x),
    "ceil": lambda x: x - mp.floor(x),
    "trunc": lambda x: x - mp.floor(x),
    "round": lambda x: x - mp.floor(x) - 0.5,
    "fmod": lambda x, y: _from_whole(x / y) * y if y else mp.zero,
    "mod": lambda x, y: _from_whole(x / y) * y if y else mp.zero,
    "floordiv": lambda x, y: _from_whole(x / y) * y if y else mp.zero,
    "elu": lambda x, alpha: x,
    "leaky_relu": lambda x, slope: x,
}
# The central difference quotient gives the mean of both slopes at a kink, which is what is wanted. But not here:
AT_KINKS = {"relu": 0, "sign": 0}


def is_defined(f: Function, xs: Sequence[Real]) -> bool:
    """Whether a function has a finite real value at these finite numbers."""
    try:
        y = f(*map(mp.mpf, xs))
    except (ZeroDivisionError, ValueError):
        return False
    return isinstance(y, mp.mpf) and bool(mp.isfinite(y))


# -- derivatives ----------------------------------------------------------------------------------------------


def derivative(f: Function, i: int) -> Function:
    """∂f/∂x_i as a function of the same arguments: the central difference quotient, of a fifth of the digits."""

    def slope(*xs: Real) -> Real:
        step = mp.mpf(10) ** -(mp.dps // 5)
        above = f(*xs[:i], xs[i] + step, *xs[i + 1 :])
        below = f(*xs[:i], xs[i] - step, *xs[i + 1 :])
        return (above - below) / (2 * step)

    return slope


def partial(name: str, i: int, xs: Sequence[Real]) -> Real:
    """The local partial derivative of a function by its i-th operand, also where it has a kink."""
    if name in AT_KINKS and KINKS[name](*xs) == 0:
        return mp.mpf(AT_KINKS[name])
    return derivative(DEFINITIONS[name], i)(*xs)


# -- graphs ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Step:
    """One operation of a graph. Of its operands, an int is the number of an earlier node, a float a constant."""

    op: str
    operands: tuple[int | float, ...]


@dataclass(frozen=True)
class Graph:
    """A computation that any engine can run: first come the leaves, then the results of the steps; the last counts."""

    leaves: tuple[float, ...]
    steps: tuple[Step, ...]

    def run(self, leaves: Sequence[Any], apply: Callable[[str, list[Any]], Any]) -> list[Any]:
        """All nodes, where `apply` does one operation."""
        nodes = [*leaves]
        for step in self.steps:
            nodes.append(apply(step.op, [nodes[x] if isinstance(x, int) else x for x in step.operands]))
        return nodes


class Noise:
    """Factors near 1, of which every value and every edge of a graph gets one: what rounding might do to it."""

    def __init__(self, graph: Graph, size: float, seed: int) -> None:
        draw = Random(seed)
        self.values = [1 + mp.mpf(draw.uniform(-size, size)) for _ in graph.steps]
        self.edges = [[1 + mp.mpf(draw.uniform(-size, size)) for _ in step.operands] for step in graph.steps]


Edges = list[list[tuple[int, Real]]]  # of each node: its parents and the local partials


def evaluate(graph: Graph, leaves: Sequence[Real], noise: Noise | None = None) -> tuple[list[Real], Edges]:
    """The values of all nodes, and their edges."""
    noise = noise or Noise(graph, 0.0, 0)
    values = [mp.mpf(x) for x in leaves]
    edges: Edges = [[] for _ in leaves]
    for step, factor, factors in zip(graph.steps, noise.values, noise.edges, strict=True):
        xs = [values[x] if isinstance(x, int) else mp.mpf(x) for x in step.operands]
        values.append(DEFINITIONS[step.op](*xs) * factor)
        edges.append(
            [(x, partial(step.op, i, xs) * factors[i]) for i, x in enumerate(step.operands) if isinstance(x, int)]
        )
    return values, edges


def paths(edges: Edges, node: int) -> Iterator[tuple[int, Real]]:
    """Every path from a node down to a leaf: the leaf, and the product of the path's edges."""
    if not edges[node]:
        yield node, mp.one
    for parent, slope in edges[node]:
        for leaf, product in paths(edges, parent):
            yield leaf, slope * product


def gradient(graph: Graph, leaves: Sequence[Real], noise: Noise | None = None) -> list[Real]:
    """The derivative of the last node by each leaf: the sum over all paths of the products of their edges."""
    sums = [mp.zero] * len(leaves)
    _, edges = evaluate(graph, leaves, noise)
    for leaf, product in paths(edges, len(edges) - 1):
        sums[leaf] += product
    return sums


def hessian(graph: Graph, leaves: Sequence[Real], noise: Noise | None = None) -> list[list[Real]]:
    """The second derivatives of the last node: difference quotients of the gradient."""

    def row(i: int) -> list[Real]:
        step = mp.mpf(10) ** -(mp.dps // 5)
        above, below = ([*leaves[:i], mp.mpf(leaves[i]) + h, *leaves[i + 1 :]] for h in (step, -step))
        quotients = zip(gradient(graph, above, noise), gradient(graph, below, noise), strict=True)
        return [(a - b) / (2 * step) for a, b in quotients]

    return [row(i) for i in range(len(leaves))]
