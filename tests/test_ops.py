"""Every row of the table against its definition: value, first and second derivative, domain, and all its readings.

The tests go through `ops.TABLE`, so that a new row is tested as soon as it has a definition in `tests/naive.py`.
"""

from __future__ import annotations

import math
import operator
import re
import sys
from collections.abc import Sequence
from functools import cache
from inspect import signature
from itertools import product
from typing import Any

import pytest
from mpmath import mp

from autograd import DomainError, Value, compile, grad, gradients, hessian, ieee, ops, value_and_grad
from autograd.arithmetic import FLOATS, IEEE, IeeeFloat
from autograd.formula import Formula
from autograd.op import Op
from tests import naive
from tests.peers import peer

ROWS = [*ops.TABLE.values()]
every_row = pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)

SMALLEST, LARGEST, ULP = sys.float_info.min, sys.float_info.max, 2.0**-52

# -- points ---------------------------------------------------------------------------------------------------

MILD = [0.1, 0.3, 0.5, 0.9, 1.0, 1.3, 2.0, 2.5, 6.0, 19.0, 37.0]
BESIDE = [math.nextafter(x, y) for x, y in [(1, 0), (1, 2), (math.pi / 2, 0), (math.pi, 0), (2, 3)]]
ENDS = [5e-324, 1e-300, 1e-17, 1e-9, 1e-5, 1 - 1e-10, 1 + 1e-10, 100.0, 400.0, 710.0, 745.0, 800.0]
ENDS += [1e8, 1e100, 1e160, 1e300]
LINE = [0.0, *(sign * x for x in [*MILD, *BESIDE, *ENDS] for sign in (1.0, -1.0))]

MILD_PAIRS = [*product([-3.0, -1.0, -0.3, 0.0, 0.3, 1.0, 2.0, 20.0], repeat=2)]
EXTREMES = [-1e300, -800.0, -1e-300, 1e-300, 1e-9, 1.5, 800.0, 1e300]
PLANE = [*MILD_PAIRS, *product(EXTREMES, repeat=2)]
TAILS = [-800.0, -40.0, -0.3, 1e-300, 1.5, 40.0, 800.0]

VECTORS: list[tuple[float, ...]] = [(), (1.5,), (0.3, -2.0), (1e300, 1.0, -1e300), (1000.0, 999.0, -1000.0)]
VECTORS += [(-800.0, -801.0), (1e-300, 2e-300), (1e16, 1.0, -1e16), (0.1,) * 6, (0.0, 40.0), (30.0, -5.0, 0.0, 30.0)]

# Where a row needs points of its own.
_GAMMA = [
    -170.5,
    -20.3,
    -2.5,
    -1.5,
    -0.5,
    -0.1,
    -1e-9,
    1e-300,
    1e-9,
    0.1,
    0.5,
    1.0,
    1.3,
    1.5,
    2.0,
    3.3,
    10.0,
    25.0,
    100.0,
    # Beside its zeros and the zero of its slope, where a sum would cancel.
    *(zero + side * 10.0**-n for zero in (1.0, 2.0, 1.4616321449683622) for n in (12, 6, 2) for side in (-1, 1)),
]
ACTIVATED = [*MILD_PAIRS, *product(LINE, [1.0, 0.01, -0.5])]
DIVIDED = [*MILD_PAIRS, *product([7.5, -7.5, 1e9, 1e17, -1e17], [2.0, -2.0, 0.1, -0.7, 1e5, 1e20])]
DIVIDED += [(1.0, 0.1), (-1e-20, 1.0)]
POINTS: dict[str, list[tuple[float, ...]]] = {
    # The exponent as a Value, or of a size that no one has: where x^y is subnormal, nothing can save its slopes.
    "pow": [(x, y) for x in (1e-100, 1e-9, 0.3, 1.0, 1.5, 40.0, 1e100) for y in (-2.5, -1.0, 0.0, 0.3, 1.0, 2.0, 2.5)],
    "power": [
        *product([-1e100, -3.0, -1e-100, 1e-100, 0.5, 1.0, 3.0, 1e100, 1e150], [-3.0, -2.0, -1.0, 0.0, 1.0, 2.0, 3.0]),
        *product([1e-300, 1e-9, 0.3, 1.5, 1e9, 1e300], [-1.5, -0.5, 1e-9, 0.3, 0.5, 1.5, 2.5, 20.0]),
        *product([0.0], [0.0, 1.0, 2.0, 3.0]),
    ],
    # Nearer to the origin than 1e-154, 1 / (x^2 + y^2) overflows.
    "atan2": [(x, y) for x, y in PLANE if max(abs(x), abs(y)) > 1e-154],
    "unit": [(x, y) for x, y in PLANE if max(abs(x), abs(y)) > 1e-154],
    "logaddexp": [*product(TAILS, repeat=2)],
    "elu": ACTIVATED,
    "leaky_relu": ACTIVATED,
    "fmod": DIVIDED,
    "mod": DIVIDED,
    "floordiv": DIVIDED,
    "gamma": [(x,) for x in _GAMMA],
    "lgamma": [(x,) for x in [*_GAMMA, 1e5, 1e17, 1e300]],
    "polygamma": [
        (n, x) for n in (0.0, 1.0, 2.0) for x in [-2.5, -0.1, 0.1, 1.0, 1.46163, 1.4616321449683622, 1.5, 3.3, 25.0]
    ],
}


def points(row: Op) -> list[tuple[float, ...]]:
    """Operands in one row, whether the function is defined there or not."""
    if row.name in POINTS:
        return POINTS[row.name]
    if row.vectors == 1:
        return VECTORS
    if row.vectors == 2:
        return [(*xs, *reversed(xs), *(0.5,) * (row.arity - 2)) for xs in VECTORS]
    return [(x,) for x in LINE] if row.arity == 1 else PLANE


@cache
def definition(row: Op) -> naive.Function:
    """What the row is held against; it remembers values, as the tests of one row need the same ones."""
    if row.name not in naive.DEFINITIONS:
        pytest.fail(f"tests/naive.py has no definition of {row.name!r} to hold this row against: add it to DEFINITIONS")
    remembered = cache(lambda prec, *xs: naive.DEFINITIONS[row.name](*xs))
    return lambda *xs: remembered(mp.prec, *xs)


def digits(xs: Sequence[float]) -> int:
    """How many digits difference quotients need, for magnitudes and for exponential tails."""
    magnitude = max((abs(math.log10(abs(x))) for x in xs if x), default=0.0)
    return int(5 * (50 + magnitude) + 2 * min(max(map(abs, xs), default=0.0), 800))


@cache
def smooth(row: Op) -> list[tuple[float, ...]]:
    """The points where the function has a slope: inside its domain and off its kinks."""
    f = definition(row)

    def is_smooth(xs: tuple[float, ...]) -> bool:
        if not xs or (row.name in naive.KINKS and naive.KINKS[row.name](*xs) == 0):
            return False
        with mp.workdps(digits(xs)):
            step = mp.mpf(10) ** -(mp.dps // 5)
            beside = [[*xs[:i], xs[i] + h, *xs[i + 1 :]] for i in variables(row, xs) for h in (step, -step)]
            return all(naive.is_defined(f, ys) for ys in (xs, *beside))

    return [xs for xs in points(row) if is_smooth(xs)]


def variables(row: Op, xs: Sequence[float]) -> list[int]:
    """The operands by which there is a derivative."""
    return [i for i in range(len(xs)) if (row.name, i) not in naive.PARAMETERS]


def call(row: Op, operands: Sequence[Any]) -> Any:
    """The row of its operands in one row."""
    scalars = row.arity - row.vectors
    n = (len(operands) - scalars) // row.vectors if row.vectors else 0
    vectors = [operands[i * n : (i + 1) * n] for i in range(row.vectors)]
    return row(*vectors, *operands[row.vectors * n :])


def record(row: Op, xs: Sequence[float]) -> tuple[list[Value], Value]:
    """A node of the row, and its operands of which those are Values that may vary."""
    operands = [Value(x) if (row.name, i) not in naive.PARAMETERS else x for i, x in enumerate(xs)]
    return [x for x in operands if isinstance(x, Value)], call(row, operands)


def fault(got: float, exact: Any, tolerance: float, scale: Any = 0) -> str | None:
    """What is wrong with a number, if anything; the relative error is by `exact`, or by `scale` if that is larger."""
    nothing = mp.mpf(10) ** (mp.dps * -3 // 8)  # what difference quotients may make of 0
    if abs(exact) > LARGEST:
        right = got == (math.inf if exact > 0 else -math.inf)
    elif abs(exact) < SMALLEST or abs(got) < nothing > abs(exact):
        right = abs(mp.mpf(got) - exact) <= max(2 * SMALLEST, nothing, tolerance * scale)
    else:
        right = abs(mp.mpf(got) - exact) <= tolerance * max(abs(exact), scale)
    return None if right else f"got {got!r}, expected {mp.nstr(exact, 17)}"


# -- values and derivatives -----------------------------------------------------------------------------------

# What rounding errors are relative to where terms cancel: no sum of rounded terms can do better.
SCALES: dict[str, naive.Function] = {
    "dot": lambda *wx: naive.DEFINITIONS["dot"](*map(abs, wx)),
    "linear": lambda *wxb: naive.DEFINITIONS["linear"](*map(abs, wxb)),
    "logaddexp": lambda *xs: max(map(abs, xs)),
    "logsumexp": lambda *xs: max(map(abs, xs)),
    "logistic_loss": lambda s, y: 0 if 0 <= y <= 1 else abs(y * s),
    "lgamma": lambda x: 0 if x > 0 else 1,  # it has zeros between all poles
    "polygamma": lambda n, x: 0 if x > 0 else 1,
}


def _nothing(*_: Any) -> Any:
    return 0


# The same of second derivatives, where they cross zero.
INFLECTED: dict[str, naive.Function] = {"npdf": naive.DEFINITIONS["npdf"], "gelu": naive.DEFINITIONS["npdf"]}


@every_row
def test_the_value_is_that_of_the_definition_to_4_ulp(row: Op) -> None:
    f = definition(row)
    wrong = []
    for xs in points(row):
        with mp.workdps(digits(xs)):
            if naive.is_defined(f, xs):
                got = call(row, [Value(x) for x in xs]).data if xs else call(row, ())
                scale = SCALES[row.name](*xs) if row.name in SCALES else 0
                found = fault(got, f(*map(mp.mpf, xs)), 4 * ULP, scale)
                wrong += [(xs, found)] if found else []
    assert not wrong


@every_row
def test_the_first_derivative_is_the_difference_quotient_to_13_digits(row: Op) -> None:
    f = definition(row)
    wrong = []
    for xs in smooth(row):
        operands, y = record(row, xs)
        ours = zip(y.partials, gradients(y, operands), strict=True)
        with mp.workdps(digits(xs)):
            for i, (partial, slope) in zip(variables(row, xs), ours, strict=True):
                exact = naive.derivative(f, i)(*map(mp.mpf, xs))
                found = fault(partial, exact, 1e-13) or fault(slope.data, exact, 1e-13)
                wrong += [(xs, i, found)] if found else []
    assert not wrong


@every_row
def test_the_second_derivative_is_the_difference_quotient_to_13_digits(row: Op) -> None:
    f = definition(row)
    inflected: naive.Function = INFLECTED.get(row.name, _nothing)
    wrong = []
    for xs in smooth(row):
        operands, y = record(row, xs)
        indices = variables(row, xs)
        rows = (gradients(slope, operands) for slope in gradients(y, operands))
        ours = {
            (i, j): x.data for i, line in zip(indices, rows, strict=True) for j, x in zip(indices, line, strict=True)
        }
        with mp.workdps(digits(xs)):
            exact = {(i, j): naive.derivative(naive.derivative(f, i), j)(*map(mp.mpf, xs)) for i, j in ours if i <= j}
            for i, j in ours:
                # What is mixed may cancel, as (x - y)(x + y) does on the diagonal.
                scale = mp.sqrt(abs(exact[i, i] * exact[j, j])) if i != j else inflected(*map(mp.mpf, xs))
                found = fault(ours[i, j], exact[min(i, j), max(i, j)], 1e-13, scale)
                wrong += [(xs, (i, j), found)] if found else []
    assert not wrong


# -- the ends of a domain, kinks, infinity and NaN --------------------------------------------------------------

BORDERS = [0.0, -0.0, 1.0, -1.0, -2.0, -2.5, math.nextafter(1, 2), math.nextafter(-1, -2), 0.5, 1e300, -1e300, 5e-324]
EXPONENTS = [-3.0, -2.0, -1.0, -0.5, 0.0, 1 / 3, 0.5, 1.0, 2.0]


def borders(row: Op) -> list[tuple[float, ...]]:
    """Points on both sides of the borders of every domain."""
    if row.name in ("gamma", "lgamma", "polygamma"):
        return [(1.0, x)[2 - row.arity :] for x in BORDERS if abs(x) < 1e300]
    if row.name in ("power", "pow"):
        return [*product([-8.0, -1.0, -0.5, -0.0, 0.0, 0.5, 2.0], EXPONENTS)]
    if row.vectors:
        return [xs for xs in points(row) if xs]
    return [*product(BORDERS, repeat=row.arity)]


@every_row
def test_a_domain_error_says_where_a_function_is_not_defined_and_only_there(row: Op) -> None:
    f = definition(row)
    for xs in borders(row):
        with mp.workdps(50):
            defined = naive.is_defined(f, xs)
        if defined:
            assert math.isfinite(record(row, xs)[1].data) or abs(f(*map(mp.mpf, xs))) > LARGEST, xs
        else:
            assert row.domain is not None, xs
            with pytest.raises(
                DomainError, match=rf"^{row.name}(\(.*\))? is defined for {re.escape(row.domain.description)}, got "
            ):
                record(row, xs)
            with pytest.raises(DomainError):
                call(row, xs)
            with ieee():
                assert not math.isfinite(record(row, xs)[1].data), xs
        assert row.domain is None or row.domain.contains(*xs) is defined, xs


ONE_SIDED = 1e-30  # a step off the kink


@every_row
def test_the_row_knows_where_its_slope_jumps(row: Op) -> None:
    f = definition(row)
    length = row.arity if not row.vectors else 2 * row.vectors + row.arity - row.vectors
    for xs in ([0.0] * length, [1.0] * length):
        for i in variables(row, xs):
            with mp.workdps(200):
                steps = [mp.mpf(ONE_SIDED), -mp.mpf(ONE_SIDED)]
                besides = [[*xs[:i], xs[i] + h, *xs[i + 1 :]] for h in steps]
                if all(naive.is_defined(f, ys) for ys in (xs, *besides)):
                    right, left = ((f(*ys) - f(*xs)) / h for ys, h in zip(besides, steps, strict=True))
                    jumps = abs(right - left) > 1e-3 and max(abs(left), abs(right)) < 1e9
                    on_kink = row.kink is not None and row.kink(FLOATS, *xs) == 0
                    assert not jumps or on_kink, f"at {xs} the slope is {float(left)} and {float(right)}"


AT_KINKS = {  # by convention
    ("abs", (0.0,)): (0.0,),
    ("sign", (0.0,)): (0.0,),
    ("relu", (0.0,)): (0.0,),
    ("maximum", (2.0, 2.0)): (0.5, 0.5),
    ("minimum", (2.0, 2.0)): (0.5, 0.5),
    ("hypot", (0.0, 0.0)): (0.0, 0.0),
    ("xlogy", (0.0, 0.0)): (-math.inf, 0.0),
    ("pow", (0.0, 0.0)): (0.0, -math.inf),
}
AT_POLES = {  # infinite slopes within the domain
    ("sqrt", (0.0,)): (math.inf,),
    ("cbrt", (0.0,)): (math.inf,),
    ("asin", (1.0,)): (math.inf,),
    ("asin", (-1.0,)): (math.inf,),
    ("acos", (1.0,)): (-math.inf,),
    ("acos", (-1.0,)): (-math.inf,),
    ("acosh", (1.0,)): (math.inf,),
    ("pow", (0.0, 0.5)): (math.inf, 0.0),
}
OVERFLOWING = {  # slopes of what overflows
    ("exp", (1000.0,)): (math.inf,),
    ("exp", (-1000.0,)): (0.0,),
    ("sinh", (-1000.0,)): (math.inf,),
    ("cosh", (1000.0,)): (math.inf,),
    ("cosh", (-1000.0,)): (-math.inf,),
    ("polygamma", (1.0, 1e-300)): (-math.inf,),
    ("polygamma", (2.0, 1e-300)): (math.inf,),
    ("mul", (1e200, -1e200)): (-1e200, 1e200),
    ("hypot", (1e308, 1e308)): (math.sqrt(0.5), math.sqrt(0.5)),
    ("hypot", (-math.inf, 1.0)): (-1.0, 0.0),
    ("hypot", (1.0, math.inf)): (0.0, 1.0),
    ("unit", (math.inf, 1.0)): (0.0, -0.0),
    ("maximum", (1.0, math.inf)): (0.0, 1.0),
    ("minimum", (1.0, -math.inf)): (0.0, 1.0),
}


@pytest.mark.parametrize(("at", "slopes"), [*AT_KINKS.items(), *AT_POLES.items(), *OVERFLOWING.items()], ids=str)
def test_the_slopes_at_kinks_and_poles_are_the_conventional_ones(
    at: tuple[str, tuple[float, ...]], slopes: tuple[float, ...]
) -> None:
    name, xs = at
    operands, y = record(ops.TABLE[name], xs)
    assert y.partials == pytest.approx(slopes)
    assert [slope.data for slope in gradients(y, operands)] == pytest.approx(slopes)


@pytest.mark.parametrize(
    ("xs", "value", "slopes"),
    [
        ((math.inf, 2.0), math.inf, (1.0, 0.0)),
        ((2.0, -math.inf), 2.0, (1.0, 0.0)),
        ((-math.inf, 0.0, -math.inf, 0.0), math.log(2), (0.0, 0.5, 0.0, 0.5)),
        ((math.inf, -math.inf), math.inf, (1.0, 0.0)),
        # As at any tie, each has its share.
        ((math.inf, math.inf), math.inf, (0.5, 0.5)),
        ((-math.inf, -math.inf), -math.inf, (0.5, 0.5)),
    ],
)
def test_logarithms_of_sums_of_exponentials_have_their_slopes_at_infinity(
    xs: tuple[float, ...], value: float, slopes: tuple[float, ...]
) -> None:
    functions: list[Any] = [ops.logsumexp] + [lambda xs: ops.logaddexp(*xs)] * (len(xs) == 2)
    for f in functions:
        for found in (value_and_grad(f), compile(lambda v, f=f: f(v)).value_and_grad):
            y, gradient = found(list(xs))
            assert (y, gradient) == (pytest.approx(value), pytest.approx(slopes))
        second = hessian(f)(list(xs))
        assert all(map(math.isfinite, [x for row in second for x in row]))


def test_the_gradient_of_a_hidden_markov_model_that_goes_one_way_is_finite() -> None:
    observed, never = [0.2, 1.3, 0.4, 2.2], -math.inf

    def loss(stay: list[Any]) -> Any:
        forward = [0.0, never, never]
        for x in observed:
            moved = [
                ops.logsumexp([forward[0] + stay[0], forward[1] + never, forward[2] + never]),
                ops.logsumexp([forward[0] - 0.5, forward[1] + stay[1], forward[2] + never]),
                ops.logsumexp([forward[0] + never, forward[1] - 0.5, forward[2] + stay[2]]),
            ]
            forward = [a - (x - i) ** 2 for i, a in enumerate(moved)]
        return ops.logsumexp(forward)

    def likelihood(stay: list[Any]) -> Any:
        forward = [mp.one, mp.zero, mp.zero]
        for x in observed:
            e, a = [mp.exp(s) for s in stay], mp.exp(-0.5)
            moved = [forward[0] * e[0], forward[0] * a + forward[1] * e[1], forward[1] * a + forward[2] * e[2]]
            forward = [p * mp.exp(-((mp.mpf(x) - i) ** 2)) for i, p in enumerate(moved)]
        return mp.log(mp.fsum(forward))

    at = [-0.3, -0.6, -0.1]
    y, slopes = value_and_grad(loss)(at)
    with mp.workdps(60):
        assert y == pytest.approx(float(likelihood(at)), rel=1e-14)
        for i, slope in enumerate(slopes):
            exact = naive.derivative(lambda *stay: likelihood([*stay]), i)(*map(mp.mpf, at))
            assert slope == pytest.approx(float(exact), rel=1e-13)


def test_the_normal_distribution_has_its_limits_at_numbers_of_any_size() -> None:
    for x in (1e16, 1e302, 1e307, 1e308, math.inf):
        assert (ops.npdf(x), ops.npdf(-x), ops.ncdf(x), ops.ncdf(-x)) == (0.0, 0.0, 1.0, 0.0)
        assert (ops.gelu(x), ops.gelu(-x)) == (x, 0.0)
        assert (grad(ops.ncdf)(x), grad(ops.gelu)(x), grad(ops.gelu)(-x)) == (0.0, 1.0, 0.0)


FRONTIERS = [-math.inf, -800.0, -3.0, -2.5, -2.0, -1.0, -0.5, -0.0, 0.0, 0.5, 1.0, 2.0, 3.0, 800.0, 1e308, math.inf]


@pytest.mark.parametrize("name", [name for name, row in ops.TABLE.items() if row.arity <= 2 and not row.vectors])
def test_ieee_754_is_numpys_and_scipys_at_every_frontier(name: str) -> None:
    """So the tables of poles and overflows, in `arithmetic`, lack none."""
    np, special = pytest.importorskip("numpy"), pytest.importorskip("scipy.special")
    theirs = {"pow": "float_power", "power": "float_power", "lgamma": "gammaln", "ncdf": "ndtr"}.get(name, name)
    theirs = f"arc{name[1:]}" if hasattr(np, f"arc{name[1:]}") and name[0] == "a" else theirs
    other = getattr(np, theirs, None) or getattr(special, theirs, None)
    if not isinstance(other, np.ufunc) or other.nin != ops.TABLE[name].arity:
        pytest.skip("neither NumPy nor SciPy has it as a function of floats")
    for xs in product(FRONTIERS, repeat=other.nin):
        if (name, xs[0]) == ("lgamma", -math.inf) or (name[:3], xs) == ("pow", (-math.inf, 0.5)):
            continue  # where they differ from C's standard, which says inf
        if name == "xlogy" and xs[0] == 0 and xs[1] < 0:
            continue  # outside the domain, NaN with us
        ours, _ = ops.TABLE[name].read(IEEE, [IeeeFloat(x) for x in xs])
        with np.errstate(all="ignore"):
            expected = float(other(*xs))
        assert float(ours) == pytest.approx(expected, rel=1e-12, nan_ok=True), xs


@pytest.mark.parametrize("row", [ops.ncdf, ops.npdf, ops.gelu, ops.silu, ops.logsigmoid, ops.elu], ids=str)
@pytest.mark.parametrize("x", [-30.3, -7.1, -1.7, -0.2, 0.3, 2.9, 9.7])
def test_activations_have_exact_slopes_up_to_the_third_order(row: Op, x: float) -> None:
    f = naive.DEFINITIONS[row.name]
    constants = row.defaults
    got = (row(x), grad(row)(x), grad(grad(row))(x), grad(grad(grad(row)))(x))
    with mp.workdps(1500):
        slopes = [f]
        for _ in range(3):
            slopes.append(naive.derivative(slopes[-1], 0))
        exact = [slope(mp.mpf(x), *map(mp.mpf, constants)) for slope in slopes]
        size = max(map(abs, exact[:1] if abs(x) > 3 else exact))
        for ours, expected in zip(got, exact, strict=True):
            assert abs(mp.mpf(ours) - expected) <= 1e-13 * max(abs(expected), size if abs(x) < 3 else 0)


@pytest.mark.parametrize("name", ["silu", "gelu", "elu", "leaky_relu", "logsigmoid", "softplus", "relu", "sigmoid"])
def test_activations_are_pytorchs_and_jaxs(name: str) -> None:
    functional, jax = peer("torch.nn.functional"), peer("jax")
    import torch

    theirs = getattr(functional, name)
    for x in (-3.0, -0.5, 0.0, 0.7, 12.0):
        at = torch.tensor(x, dtype=torch.float64, requires_grad=True)
        y = theirs(at)
        (slope,) = torch.autograd.grad(y, at)
        ours = value_and_grad(ops.TABLE[name])(x)
        assert ours == pytest.approx((y.item(), slope.item()), rel=1e-12)
        options = {"approximate": False} if name == "gelu" else {}
        other = getattr(jax.nn, name.replace("logsigmoid", "log_sigmoid"))
        assert float(other(x, **options)) == pytest.approx(ours[0], rel=1e-5, abs=1e-6)


def test_a_parameter_of_an_activation_has_a_default_a_name_and_a_slope() -> None:
    assert (ops.elu(-1.0), ops.elu(-1.0, alpha=2.0)) == (math.expm1(-1), 2 * math.expm1(-1))
    assert (ops.leaky_relu(-1.0), ops.leaky_relu(-1.0, 0.5), Value(-2.0).leaky_relu(0.25).data) == (-0.01, -0.5, -0.5)
    assert grad(ops.leaky_relu, argnums=(0, 1))(-3.0, 0.25) == (0.25, -3.0)
    wrong: dict[str, Any]
    for wrong in ({"beta": 1.0}, {"x": 1.0}):
        with pytest.raises(TypeError, match=r"^elu takes 2 argument\(s\), got 1, "):
            ops.elu(-1.0, **wrong)
    assert str(signature(ops.elu)) == "(x, alpha=1.0)"
    assert (str(signature(ops.sin)), str(signature(ops.hypot))) == ("(x)", "(x, y)")
    assert "name" in signature(Op).parameters
    assert ops.hypot(y=3.0, x=4.0) == 5.0


def test_division_with_rest_is_pythons() -> None:
    divisions: list[Any] = [operator.mod, operator.floordiv, divmod, math.fmod]
    numbers = [7.5, -7.5, 1.0, 0.1, -0.1, 1e17, 5e-324, 0.0, -0.0, 3.0, -6.0, 1e300]
    for x, y in product(numbers, [2.0, -2.0, 0.1, 3.0, -0.3, 1e17, math.inf, -math.inf]):
        for f in divisions:
            ours = f(Value(x), Value(y)) if f is not math.fmod else ops.fmod(Value(x), Value(y))
            for z, exact in zip(*((p if isinstance(p, tuple) else (p,)) for p in (ours, f(x, y))), strict=True):
                assert repr(z.data) == repr(exact)
        assert (f"{x % y}", x // y) == (f"{(x % Value(y)).data}", (x // Value(y)).data)
        assert divmod(x, Value(y))[0].data == x // y
    for x in (2.5, -2.5, 0.5, -0.5, 3.5, 2.4, -2.6, 1e300):
        assert (round(Value(x)).data, round(x)) == (ops.round(x), ops.round(x))
    cure = r"^round of a Value returns a whole number, got 2 digits: round\(x \* 100\) / 100 keeps two, "
    with pytest.raises(TypeError, match=cure):
        round(Value(2.5), 2)  # type: ignore[call-overload]  # the point
    for f in divisions[:3]:
        with pytest.raises(DomainError, match=r"is defined for finite x and y != 0, got x = 1\.0, y = 0"):
            f(Value(1.0), 0)


def test_math_rounds_a_value_to_a_value() -> None:
    for f in (math.floor, math.ceil, math.trunc):
        y: Any = f(Value(-2.5))
        assert (y.data, y.partials) == (float(f(-2.5)), (0.0,))
    assert (ops.degrees(math.pi), ops.radians(180.0), ops.fabs(-2.0)) == (180.0, math.pi, 2.0)
    assert grad(ops.degrees)(1.0) == 180 / math.pi


def test_polygamma_has_the_orders_that_it_says() -> None:
    assert math.isfinite(ops.polygamma(20, 1.5))
    with pytest.raises(DomainError, match="whole n from 0 to 20"):
        ops.polygamma(21, 1.5)


def test_nothing_times_an_infinite_logarithm_is_nothing_and_its_slope_where_it_is_not_defined_is_infinite() -> None:
    assert ops.xlogy(0.0, math.inf) == 0.0
    with ieee():
        assert [ops.xlogy(x, Value(0.0)).partials for x in (1.0, -1.0)] == [(math.inf,), (-math.inf,)]


def test_the_slope_of_a_power_of_a_negative_number_by_its_exponent_is_nan() -> None:
    assert ops.pow(Value(-2.0), Value(2.0)).partials == pytest.approx((-4.0, math.nan), nan_ok=True)


@pytest.mark.parametrize(
    ("f", "x", "second"),
    [
        (ops.sqrt, 0.0, -math.inf),
        (ops.asin, 1.0, math.inf),
        (ops.asin, -1.0, -math.inf),
        (ops.acos, 1.0, -math.inf),
        (ops.acosh, 1.0, -math.inf),
    ],
    ids=str,
)
def test_where_a_slope_is_infinite_its_own_slope_has_the_sign_of_the_limit(f: Op, x: float, second: float) -> None:
    at = Value(x)
    (slope,) = gradients(f(at), [at])
    assert gradients(slope, [at])[0].data == second


@pytest.mark.parametrize(
    "xs",
    [
        (2.0,),
        (0.0, 40.0),
        (40.0, 0.0),
        (36.0, 0.5, -1.0),
        (0.0, 800.0),
        (-1.0, 36.0, 0.5),
        (3.0, 3.0),
        (1.0, 2.0, 3.0),
        (1e300, 0.0),
    ],
)
def test_the_slopes_of_softmax_keep_their_digits_where_one_entry_is_nearly_1(xs: tuple[float, ...]) -> None:
    operands = [Value(x) for x in xs]
    for i, p in enumerate(ops.softmax(operands)):
        for j, slope in enumerate(gradients(p, operands)):
            with mp.workdps(1000):
                powers = [mp.exp(mp.mpf(x) - mp.mpf(max(xs))) for x in xs]
                q = [power / mp.fsum(powers) for power in powers]
                rest = mp.fsum(q[:i] + q[i + 1 :])
                exact = q[i] * rest if i == j else -q[i] * q[j]
                assert fault(slope.data, exact, 1e-13) is None


@pytest.mark.parametrize(("x", "slope"), [(0.0, math.inf), (-0.0, math.inf), (5e-324, 1 / (2 * math.sqrt(5e-324)))])
def test_the_slope_of_a_square_root_is_infinite_at_zero_and_large_beside_it(x: float, slope: float) -> None:
    root = ops.sqrt(Value(x))
    assert root.partials == (slope,)


def test_the_constant_exponent_of_a_power_keeps_it_exact_at_zero() -> None:
    for n, slope, second in [
        (0, 0, 0),
        (1, 1, 0),
        (2, 0, 2),
        (3, 0, 0),
        (0.5, math.inf, -math.inf),
        (1.5, 0, math.inf),
    ]:
        x = Value(0.0)
        (first,) = gradients(x**n, [x])
        assert (first.data, gradients(first, [x])[0].data) == (slope, second)


unary_rows = pytest.mark.parametrize(
    "row", [row for row in ROWS if row.arity == 1 and not row.vectors], ids=lambda r: r.name
)


@unary_rows
@pytest.mark.parametrize("x", [math.inf, -math.inf])
def test_at_infinity_value_and_slope_are_the_limits_or_there_is_a_domain_error(row: Op, x: float) -> None:
    try:
        with mp.workdps(50):
            limit = definition(row)(mp.mpf(x))
    except (ValueError, ZeroDivisionError):
        limit = mp.nan
    if not isinstance(limit, mp.mpf) or mp.isnan(limit):
        with pytest.raises(DomainError, match=f"got {x}$"):
            row(x)
        with ieee():
            assert not math.isfinite(row(x))
    else:
        y = row(Value(x))
        assert y.data == float(limit)
        (far,) = row(Value(math.copysign(1e300, x))).partials if row.name != "lgamma" else (math.inf,)
        assert y.partials[0] == pytest.approx(far, abs=1e-100) or (math.isinf(y.partials[0]) and abs(far) > 1e290)


@unary_rows
def test_odd_functions_keep_the_sign_of_zero(row: Op) -> None:
    f = definition(row)
    if naive.is_defined(f, [0.0]) and f(mp.zero) == 0 and f(mp.mpf(-0.25)) == -f(mp.mpf(0.25)):
        positive, negative = math.copysign(1.0, row(0.0)), math.copysign(1.0, row(-0.0))
        assert (positive, negative) == ((-1.0, 1.0) if row.name == "neg" else (1.0, -1.0))


def _somewhere_smooth(*_: Any) -> bool:
    return True


@every_row
def test_nan_in_gives_nan_out_and_nan_slopes_where_they_depend_on_it(row: Op) -> None:
    f = definition(row)
    length = row.arity if not row.vectors else 3 * row.vectors + row.arity - row.vectors
    usual = [1.25, 0.5, 0.75, 2.5, 1.75, 3.5, 0.25][:length] if row.name != "polygamma" else [1.0, 2.5]
    usual[0] *= -1 if row.name in ("elu", "leaky_relu") else 1  # where the other operand matters
    kink: naive.Function = naive.KINKS.get(row.name, _somewhere_smooth)
    for j in variables(row, usual):
        xs = [*usual[:j], math.nan, *usual[j + 1 :]]
        _, y = record(row, xs)
        assert math.isnan(y.data)
        for partial, i in zip(y.partials, variables(row, xs), strict=True):
            with mp.workdps(50):
                elsewhere = [[*usual[:j], x, *usual[j + 1 :]] for x in (-2.0, -0.4, 0.25, 0.75, 3.0, 4.1)]
                slopes = [naive.derivative(f, i)(*ys) for ys in elsewhere if naive.is_defined(f, ys) and kink(*ys)]
            if max(slopes) - min(slopes) > 1e-9:
                assert math.isnan(partial), f"the slope by operand {i} depends on operand {j}, which is NaN"
            else:
                assert partial == pytest.approx(float(slopes[0]))


# -- the readings of a rule -------------------------------------------------------------------------------------


def tame(row: Op) -> list[tuple[float, ...]]:
    """Points of moderate size, off the kinks."""
    return [xs for xs in smooth(row) if all(1e-5 < abs(x) < 50 for x in xs)]


@every_row
def test_numbers_values_and_methods_give_the_same_number(row: Op) -> None:
    definition(row)
    for xs in tame(row):
        _, y = record(row, xs)
        assert call(row, xs) == y.data
        assert row.read(FLOATS, xs)[0] == y.data
        if row.arity == 1 and not row.vectors and hasattr(Value, row.name):
            method = getattr(Value(xs[0]), row.name)()
            assert (method.data, method.partials, method.op) == (y.data, y.partials, row)


@every_row
def test_the_reading_in_ieee_arithmetic_is_that_in_floats(row: Op) -> None:
    for xs in tame(row):
        value, partials = row.read(FLOATS, xs)
        ieee_value, ieee_partials = row.read(IEEE, [IeeeFloat(x) for x in xs])
        variable = variables(row, xs)
        assert ieee_value == value
        assert [ieee_partials[i] for i in variable] == [partials[i] for i in variable]


@every_row
def test_a_formula_evaluated_as_python_is_the_number(row: Op) -> None:
    names = [f"x{i}" for i in range(30)]
    for xs in tame(row):
        symbols = [
            Formula(name) if (row.name, i) not in naive.PARAMETERS else xs[i] for i, name in enumerate(names[: len(xs)])
        ]
        _, y = record(row, xs)
        numbers = dict(zip(names, xs, strict=False))
        assert evaluated(call(row, symbols), numbers) == pytest.approx(y.data, rel=1e-14)
        _, partials = row.read(ops, symbols)
        for partial, i in zip(y.partials, variables(row, xs), strict=True):
            assert evaluated(partials[i], numbers) == pytest.approx(partial, rel=1e-13, abs=1e-300)


def evaluated(formula: Any, numbers: dict[str, float]) -> Any:
    """A formula's Python, run by Python with the functions of this package."""
    functions = {**ops.TABLE, "where": ops.where, "pi": math.pi}
    with ieee():  # where a branch is not taken it may be outside a domain
        return eval(Formula.of(formula).python, functions | numbers)  # noqa: S307  # it is Python: that is the claim


def test_the_slopes_of_logarithms_keep_their_digits_at_the_largest_floats() -> None:
    for f, base in ((ops.log2, 2), (ops.log10, 10)):
        for x in (1.7e308, 3.0, 1e-300):
            assert grad(f)(x) == pytest.approx(float(1 / (mp.mpf(x) * mp.log(base))), rel=4e-16, abs=0)
