"""The same random graphs in PyTorch and JAX, in float64: values, gradients and Hessians agree away from kinks.

On kinks and at the ends of domains the two do not agree with each other; the points are listed at the end.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from mpmath import mp

from autograd import gradients
from tests import naive
from tests.graphs import DIGITS, NAMES, record, smooth_graphs, tolerances
from tests.naive import Graph
from tests.peers import peer


class Peer(NamedTuple):
    """Another engine: its functions by our names, and what makes value, gradient and Hessian of a function."""

    version: str
    functions: dict[str, Callable[..., Any]]
    derivatives: Callable[[Callable[[list[Any]], Any], Sequence[float]], tuple[float, list[float], list[list[float]]]]


def _shared(m: Any) -> dict[str, Callable[..., Any]]:
    """What is written alike in both."""
    named = "abs acosh asinh atan atanh cos cosh exp exp2 expm1 log log10 log1p log2 sign sin sinh sqrt tan tanh hypot"
    named += " ceil floor fmod round trunc"
    return {name: getattr(m, name) for name in named.split() if hasattr(m, name)} | {
        "add": lambda x, y: x + y,
        "sub": lambda x, y: x - y,
        "mul": lambda x, y: x * y,
        "div": lambda x, y: x / y,
        "neg": lambda x: -x,
        "identity": lambda x: x,
        "power": lambda x, n: x**n,
        "pow": lambda x, y: x**y,
        "maximum": m.maximum,
        "minimum": m.minimum,
        "logaddexp": m.logaddexp,
        "degrees": lambda x: x * (180 / math.pi),
        "radians": lambda x: x * (math.pi / 180),
        "difference": lambda x, y: x - y,
        "npdf": lambda x: m.exp(-x * x / 2) / math.sqrt(2 * math.pi),
        "sech": lambda x: 1 / m.cosh(x),
        "one_minus_square": lambda x: (1 - x) * (1 + x),
        "unit": lambda x, y: x / m.hypot(x, y),
        "sum": lambda *xs: sum(xs),
        "dot": _dot,
        "linear": lambda *wxb: _dot(*wxb[:-1]) + wxb[-1],
    }


def _dot(*wx: Any) -> Any:
    n = len(wx) // 2
    return sum(w * x for w, x in zip(wx[:n], wx[n:], strict=True))


@pytest.fixture(scope="session")
def pytorch() -> Peer:
    torch = peer("torch")
    special, nn = torch.special, torch.nn.functional

    def tensor(x: Any) -> Any:
        return x if isinstance(x, torch.Tensor) else torch.tensor(float(x), dtype=torch.float64)

    functions = _shared(torch) | {
        "asin": torch.asin,
        "acos": torch.acos,
        "atan2": torch.atan2,
        "erf": special.erf,
        "erfc": special.erfc,
        "mod": torch.remainder,
        "floordiv": lambda x, y: torch.floor(x / y),
        "ncdf": special.ndtr,
        "logsigmoid": nn.logsigmoid,
        "silu": nn.silu,
        "gelu": nn.gelu,
        "elu": lambda x, alpha: torch.where(x > 0, x, alpha * torch.expm1(torch.where(x > 0, 0.0, x))),
        "leaky_relu": lambda x, slope: torch.where(x > 0, x, slope * x),
        "lgamma": special.gammaln,
        "polygamma": lambda n, x: special.polygamma(int(n), x),
        "relu": nn.relu,
        "sigmoid": torch.sigmoid,
        "softplus": nn.softplus,
        "logistic_loss": lambda s, y: nn.softplus(s) - y * s,
        "sigmoid_slope": lambda x: torch.sigmoid(x) * torch.sigmoid(-x),
        "xlogy": special.xlogy,
        "logsumexp": lambda *xs: torch.logsumexp(torch.stack([tensor(x) for x in xs]), 0),
    }

    def on_tensors(f: Callable[..., Any]) -> Callable[..., Any]:
        return lambda *xs: f(*map(tensor, xs))

    def derivatives(f: Any, at: Sequence[float]) -> tuple[float, list[float], list[list[float]]]:
        xs = [torch.tensor(x, dtype=torch.float64, requires_grad=True) for x in at]

        def slopes(y: Any) -> list[Any]:
            if not y.requires_grad:
                return [tensor(0.0) for _ in xs]
            return list(torch.autograd.grad(y, xs, create_graph=True, allow_unused=True, materialize_grads=True))

        y = tensor(f(xs))
        first = slopes(y)
        return y.item(), [d.item() for d in first], [[h.item() for h in slopes(d)] for d in first]

    vectors = {name: on_tensors(f) for name, f in functions.items() if name != "polygamma"}
    vectors["polygamma"] = lambda n, x: functions["polygamma"](n, tensor(x))
    return Peer(torch.__version__, vectors, derivatives)


@pytest.fixture(scope="session", name="jax")
def jax_() -> Peer:
    jax = peer("jax")
    jax.config.update("jax_enable_x64", True)
    jnp, special, nn = jax.numpy, jax.scipy.special, jax.nn

    functions = _shared(jnp) | {
        "asin": jnp.arcsin,
        "acos": jnp.arccos,
        "atan": jnp.arctan,
        "asinh": jnp.arcsinh,
        "acosh": jnp.arccosh,
        "atanh": jnp.arctanh,
        "atan2": jnp.arctan2,
        "power": lambda x, n: x ** (int(n) if n % 1 == 0 else n),
        "cbrt": jnp.cbrt,
        "erf": special.erf,
        "erfc": special.erfc,
        "mod": jnp.mod,
        "floordiv": lambda x, y: jnp.floor(x / y),
        "ncdf": special.ndtr,
        "logsigmoid": nn.log_sigmoid,
        "silu": nn.silu,
        "gelu": lambda x: nn.gelu(x, approximate=False),
        "elu": nn.elu,
        "leaky_relu": nn.leaky_relu,
        "gamma": special.gamma,
        "lgamma": special.gammaln,
        "polygamma": lambda n, x: special.polygamma(int(n), x),
        "relu": nn.relu,
        "sigmoid": nn.sigmoid,
        "softplus": nn.softplus,
        "logistic_loss": lambda s, y: nn.softplus(s) - y * s,
        "sigmoid_slope": lambda x: nn.sigmoid(x) * nn.sigmoid(-x),
        "xlogy": special.xlogy,
        "logsumexp": lambda *xs: special.logsumexp(jnp.stack([jnp.asarray(x, jnp.float64) for x in xs])),
    }

    def derivatives(f: Any, at: Sequence[float]) -> tuple[float, list[float], list[list[float]]]:
        xs = [jnp.float64(x) for x in at]
        y, first = jax.value_and_grad(lambda xs: jnp.asarray(f(xs), jnp.float64))(xs)
        second = jax.hessian(lambda xs: jnp.asarray(f(xs), jnp.float64))(xs)
        return float(y), list(map(float, first)), [list(map(float, row)) for row in second]

    return Peer(jax.__version__, functions, derivatives)


# -- random graphs ------------------------------------------------------------------------------------------------


def _all_numbers(graph: Graph, noise: naive.Noise | None) -> list[Any]:
    values, _ = naive.evaluate(graph, graph.leaves, noise)
    rows = naive.hessian(graph, graph.leaves, noise)
    return [values[-1], *naive.gradient(graph, graph.leaves, noise), *(x for row in rows for x in row)]


def _check(peer: Peer, graph: Graph) -> None:
    leaves, nodes = record(graph)
    first = gradients(nodes[-1], leaves)
    ours = [nodes[-1].data, *(d.data for d in first), *(h.data for d in first for h in gradients(d, leaves))]
    value, slopes, rows = peer.derivatives(
        lambda xs: graph.run(xs, lambda name, operands: peer.functions[name](*operands))[-1], graph.leaves
    )
    theirs = [value, *slopes, *(x for row in rows for x in row)]
    with mp.workdps(DIGITS):
        _, allowed = tolerances(graph, _all_numbers)  # where a graph magnifies rounding errors, theirs count as well
    for a, b, tolerance in zip(ours, theirs, allowed, strict=True):
        assert abs(a - b) <= 1e-10 * max(1, abs(a)) + 10 * tolerance


# PyTorch has no cbrt and no gamma, and its polygamma has nine digits only.
@given(graph=smooth_graphs([name for name in NAMES if name not in ("cbrt", "gamma", "lgamma", "polygamma")]))
def test_pytorch_agrees(pytorch: Peer, graph: Graph) -> None:
    _check(pytorch, graph)


# The second derivatives of JAX's hypot are wrong where both arguments are equal.
@given(graph=smooth_graphs([name for name in NAMES if name not in ("hypot", "unit")]))
def test_jax_agrees(jax: Peer, graph: Graph) -> None:
    _check(jax, graph)


# -- where the peers disagree with each other -----------------------------------------------------------------------

INF, NAN = math.inf, math.nan
# (function, point): our slopes, those of PyTorch 2.13 and those of JAX 0.10
DISAGREEMENTS: dict[tuple[str, tuple[float, ...]], tuple[tuple[float, ...], tuple[float, ...], tuple[float, ...]]] = {
    ("relu", (NAN,)): ((NAN,), (1.0,), (0.0,)),
    ("abs", (0.0,)): ((0.0,), (0.0,), (1.0,)),
    ("abs", (NAN,)): ((NAN,), (0.0,), (-1.0,)),
    ("maximum", (NAN, 1.0)): ((NAN, NAN), (1.0, 1.0), (0.0, 0.0)),
    ("minimum", (1.0, NAN)): ((NAN, NAN), (1.0, 1.0), (0.0, 0.0)),
    ("hypot", (0.0, 0.0)): ((0.0, 0.0), (NAN, NAN), (0.5, 0.5)),
    ("hypot", (1e300, 1e300)): ((0.5**0.5, 0.5**0.5), (0.5**0.5, 0.5**0.5), (1.5 * 0.5**0.5, 1.5 * 0.5**0.5)),
    ("hypot", (1e-300, 1e-300)): ((0.5**0.5, 0.5**0.5), (0.5**0.5, 0.5**0.5), (-INF, -INF)),
    ("atan2", (0.0, 0.0)): ((NAN, NAN), (0.0, 0.0), (NAN, NAN)),
    ("atan2", (1e-200, 1e-200)): ((5e199, -5e199), (0.0, 0.0), (INF, -INF)),
    ("pow", (0.0, 0.0)): ((0.0, -INF), (0.0, 0.0), (NAN, 0.0)),
    ("xlogy", (0.0, 0.0)): ((-INF, 0.0), (0.0, NAN), (-INF, NAN)),
    ("logaddexp", (INF, INF)): ((0.5, 0.5), (NAN, NAN), (1.0, 1.0)),
}
# ... and where both lose what can be represented.
DISAGREEMENTS |= {
    ("tanh", (20.0,)): ((4 * math.exp(-40),), (0.0,), (0.0,)),
    ("sigmoid", (40.0,)): ((math.exp(-40),), (0.0,), (0.0,)),
    ("expm1", (-40.0,)): ((math.exp(-40),), (0.0,), (0.0,)),
    ("asinh", (1e200,)): ((1e-200,), (0.0,), (0.0,)),
    ("acosh", (1e300,)): ((1e-300,), (0.0,), (0.0,)),
    ("atan2", (1e200, 1e200)): ((5e-201, -5e-201), (0.0, 0.0), (0.0, 0.0)),
}


@pytest.mark.parametrize("at", DISAGREEMENTS, ids=str)
def test_where_peers_disagree_our_slopes_are_those_of_the_table(at: tuple[str, tuple[float, ...]]) -> None:
    name, xs = at
    leaves, nodes = record(Graph(xs, (naive.Step(name, tuple(range(len(xs)))),)))
    ours, _, _ = DISAGREEMENTS[at]
    assert nodes[-1].partials == pytest.approx(ours, nan_ok=True, rel=1e-14, abs=0)
    assert [d.data for d in gradients(nodes[-1], leaves)] == pytest.approx(ours, nan_ok=True, rel=1e-14, abs=0)


def _slopes(peer: Peer, name: str, xs: tuple[float, ...]) -> list[float]:
    return peer.derivatives(lambda operands: peer.functions[name](*operands), xs)[1]


@pytest.mark.parametrize(("engine", "column", "version"), [("pytorch", 1, "2.13"), ("jax", 2, "0.10")])
def test_where_peers_disagree_the_table_says_what_they_say(
    engine: str, column: int, version: str, request: pytest.FixtureRequest
) -> None:
    peer: Peer = request.getfixturevalue(engine)
    if not peer.version.startswith(f"{version}."):
        pytest.skip(f"the table says what {engine} {version} says, this is {peer.version}")
    for (name, xs), slopes in DISAGREEMENTS.items():
        assert _slopes(peer, name, xs) == pytest.approx(slopes[column], nan_ok=True), (name, xs)
