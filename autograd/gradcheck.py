"""Numerical derivatives against ours: `gradcheck`, and the two ways of measuring a slope that it is built on."""

from __future__ import annotations

import cmath
import math
import operator
from collections.abc import Callable
from functools import cache
from typing import Any

from autograd import ops
from autograd.arithmetic import ieee
from autograd.derivatives import grad
from autograd.op import Op, Reading, as_float
from autograd.tree import flatten
from autograd.value import Value

__all__ = ["GradcheckError", "central_difference", "complex_step", "gradcheck"]


class GradcheckError(AssertionError):
    """`gradcheck` found a derivative that the function's own values contradict."""


def gradcheck(
    f: Callable[..., Any],
    inputs: Any,
    *,
    rtol: float = 1e-6,
    atol: float = 1e-8,
    order: int = 2,
    raise_exception: bool = True,
) -> bool:
    """Compare our derivatives of `f` at `inputs` with numerical ones, as PyTorch's `gradcheck`.

    - `f`: a function that returns one number.
    - `inputs`: its argument, or a tuple of arguments; numbers, or lists, dicts and arrays of them.
    - `rtol`, `atol`: the tolerance, to which the estimated error of the numerical derivative is added.
    - `order`: 1 checks the gradient, 2 also the second derivatives, as the slopes of the gradient.

    Slopes are measured by the complex step where `f` uses analytic functions only, which is exact to the last digits,
    and else by central differences extrapolated to step 0. At a kink the latter give the mean of the two sides.

    Returns True, or False where `raise_exception` is False. Raises GradcheckError, which shows the argument, our
    derivative, the numerical one and the relative error.

    >>> gradcheck(lambda x, y: x**2 * y, (3.0, 2.0))
    True
    """
    args = inputs if isinstance(inputs, tuple) else (inputs,)
    leaves, rebuild = flatten(args)
    at = [as_float(x) for x in leaves]

    def flat(xs: list[Any]) -> Any:
        return f(*rebuild(iter(xs)))

    def component(i: int) -> Callable[[list[Any]], Any]:
        return lambda xs: grad(flat)(xs)[i]

    try:
        _check("f", flat, at, rtol, atol, slope_of)
        for i in range(len(at) if order > 1 else 0):
            _check(f"d f / d x{i}", component(i), at, rtol, atol, central_difference)
    except GradcheckError:
        if raise_exception:
            raise
        return False
    return True


def _check(
    what: str,
    f: Callable[[list[Any]], Any],
    at: list[float],
    rtol: float,
    atol: float,
    measure: Callable[[Callable[[Any], Any], float], tuple[float, float]],
) -> None:
    for i, ours in enumerate(grad(f)(at)):

        def along(x: Any, i: int = i) -> Any:
            return f([*at[:i], x, *at[i + 1 :]])

        numerical, error = measure(along, at[i])
        scale = max(abs(ours), abs(numerical))
        if not (ours == numerical or abs(ours - numerical) <= atol + rtol * scale + error):
            raise GradcheckError(
                f"The derivative of {what} by x{i} at {at[i]!r}: ours is {ours!r}, the numerical one {numerical!r} "
                f"(to within {error:.1e}), relative error {abs(ours - numerical) / scale:.1e}."
            )


def slope_of(f: Callable[[Any], Any], x: float) -> tuple[float, float]:
    """The slope of `f` at `x`, measured on its values in the sharpest way it allows, and a bound on the error."""
    try:
        slope = complex_step(f, x)
    except _NotAnalytic:
        return central_difference(f, x)
    return slope, abs(slope) * 1e-13


def central_difference(f: Callable[[float], Any], x: float) -> tuple[float, float]:
    """The slope of `f` at `x` by central differences, extrapolated to step 0, and an estimate of its error.

    Ridders' method: C. J. F. Ridders, "Accurate computation of F'(x) and F'(x) F''(x)", Advances in Engineering
    Software 4 (1982). Where `f` cannot be evaluated on both sides of `x`, both are NaN.
    """
    best, error = math.nan, math.inf
    row: list[float] = []
    h = 0.1 * max(abs(x), 0.1)
    for _ in range(60):
        low, high = x - h, x + h
        if not low < x < high:
            break
        with ieee():
            above, below = _value(f, high), _value(f, low)
        column = [(above - below) / (high - low)]
        rounding = 2**-51 * (abs(above) + abs(below)) / (high - low)
        for k, previous in enumerate(row):
            factor = 4.0 ** (k + 1)
            column.append((factor * column[-1] - previous) / (factor - 1))
            estimate = max(abs(column[-1] - column[-2]), abs(column[-1] - previous)) + rounding
            if estimate <= error:
                best, error = column[-1], estimate
        row = column[:10] if math.isfinite(column[0]) else []
        h /= 2
    return best, (error if math.isfinite(error) else math.nan)


def _value(f: Callable[[Any], Any], x: float) -> float:
    return as_float(f(Value(x)))


# -- the complex step ---------------------------------------------------------------------------------------------


def complex_step(f: Callable[[Any], Any], x: float) -> float:
    """The slope of an analytic `f` at `x` to the last digits: the imaginary part of f(x + ih) / h for a tiny h.

    W. Squire and G. Trapp, "Using complex variables to estimate derivatives of real functions", SIAM Review 40 (1998).
    """
    h = 1e-200
    try:
        y = f(_Complex(complex(x, h)))
    except (ArithmeticError, ValueError, AttributeError, TypeError) as error:  # whatever complex numbers cannot do
        raise _NotAnalytic from error
    slope = y.number.imag / h if isinstance(y, _Complex) else 0.0
    if not math.isfinite(slope):
        raise _NotAnalytic
    return slope


class _NotAnalytic(Exception):
    """A function was met that the complex step cannot pass."""


def _plain(x: Any) -> complex:
    return x.number if isinstance(x, _Complex) else as_float(x)


def _wrapped(f: Callable[..., complex]) -> Callable[..., _Complex]:
    return lambda *xs: _Complex(f(*map(_plain, xs)))


def _both(f: Callable[[complex, complex], complex]) -> tuple[Callable[..., _Complex], Callable[..., _Complex]]:
    return _wrapped(f), _wrapped(lambda x, y: f(y, x))


def _compare(f: Callable[[float, float], bool]) -> Callable[[Any, Any], bool]:
    return lambda x, y: f(_plain(x).real, _plain(y).real)


class _Complex(Reading):
    """A complex number that rules can be read in; it compares by its real part, so that branches are those of reals."""

    __slots__ = ("number",)

    def __init__(self, number: complex) -> None:
        self.number = number

    @classmethod
    def read(cls, op: Op, args: tuple[Any, ...]) -> Any:
        if op.constant_last is not None and not isinstance(args[-1], Reading):
            op = op.constant_last
        m, zs = _complex_functions(), [x if isinstance(x, _Complex) else cls(as_float(x)) for x in args]
        if op.kink is not None and op.kink(m, *zs) == 0:
            raise _NotAnalytic
        return op.read(m, zs)[0]

    @property
    def data(self) -> float:  # type: ignore[override]  # read only
        return self.number.real

    def __bool__(self) -> bool:
        return self.number.real != 0

    __add__, __radd__ = _both(operator.add)
    __sub__, __rsub__ = _both(operator.sub)
    __mul__, __rmul__ = _both(operator.mul)
    __truediv__, __rtruediv__ = _both(operator.truediv)
    __pow__, __rpow__ = _both(operator.pow)
    __neg__ = _wrapped(operator.neg)
    __lt__ = _compare(operator.lt)
    __le__ = _compare(operator.le)
    __gt__ = _compare(operator.gt)
    __ge__ = _compare(operator.ge)
    __eq__ = _compare(operator.eq)
    __hash__ = object.__hash__


@cache
def _complex_functions() -> Any:
    # Those of cmath, and of `math` what can be continued into the complex plane.
    functions: dict[str, Any] = {name: _wrapped(f) for name, f in vars(cmath).items() if callable(f)}
    functions |= {
        "pi": math.pi,
        "abs": lambda z: -z if z < 0 else z,
        "cbrt": _wrapped(lambda z: z ** (1 / 3) if z.real > 0 else -((-z) ** (1 / 3))),
        "expm1": _wrapped(lambda z: cmath.exp(z) - 1),
        "hypot": _wrapped(lambda x, y: cmath.sqrt(x * x + y * y)),
        "log1p": _wrapped(lambda z: cmath.log(1 + z)),
        "pow": operator.pow,
        "shift": lambda zs: max(z.data for z in zs),
        "sum": lambda zs: _Complex(sum(map(_plain, zs))),
    }
    return ops.namespace("complex", functions)


for _op in ops.TABLE.values():
    if _op.arity == 1 and not _op.vectors:
        setattr(_Complex, _op.name, lambda self, op=_op: op(self))
