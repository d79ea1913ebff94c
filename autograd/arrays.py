"""NumPy's functions that have no version for objects, on the arrays of Values that functions are differentiated with.

NumPy finds `+`, `exp` and most others on the Values themselves. It finds none for `logaddexp`, `isnan`, `interp` or
`linalg.solve`; an array of the class `Values` answers for these. NumPy does not ask Values in an array that was put
together otherwise; it becomes one by `view`:

>>> from autograd import Value
>>> np.isnan(np.array([Value(1.0), Value(math.nan)]).view(Values)).tolist()
[False, True]
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograd import ops
from autograd.op import as_float

__all__ = ["Values", "viewed"]


def viewed(entries: np.ndarray, kind: type[np.ndarray]) -> np.ndarray:
    """An array as one of a `kind`: of Values if it holds them, and of ndarray's own class if it holds numbers."""
    if issubclass(Values, kind):
        kind = Values if entries.dtype == object else np.ndarray
    return entries.view(kind)


class Values(np.ndarray):  # type: ignore[misc]  # which mypy does not see, whatever version it is
    """An array of Values."""

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **options: Any) -> Any:
        plain = [_plain_array(x) for x in inputs]
        if "out" in options:
            options["out"] = tuple(_plain_array(x) for x in options["out"])
        if (function := _UFUNCS.get(ufunc.__name__)) is not None:
            found = getattr(np.frompyfunc(function, ufunc.nin, ufunc.nout), method)(*plain, **options)
            return _bools(found) if ufunc.__name__.startswith("is") else _wrapped(found)
        return _wrapped(_tried(ufunc, getattr(ufunc, method), plain, **options))

    def __array_function__(self, f: Any, types: Any, args: Any, options: Any) -> Any:
        if f in _REPLACED:
            return _wrapped(_REPLACED[f](*args, **options))
        return _tried(f, super().__array_function__, (f, types, args, options))


def _tried(f: Any, call: Callable[..., Any], args: Sequence[Any], **options: Any) -> Any:
    try:
        return call(*args, **options)
    except (TypeError, AttributeError) as error:
        if not any(sign in str(error) for sign in ("dtype('O')", "ufunc", "object has no attribute")):
            raise
        raise TypeError(
            f"NumPy's {f.__name__} does not work on arrays of Values: write it with functions that do (arithmetic, "
            "exp, sum, @, linalg.solve, ...), or take [x.data for x in array.flat], numbers without derivatives."
        ) from error


def _plain_array(x: Any) -> Any:
    return x.view(np.ndarray) if isinstance(x, Values) else x


def _wrapped(found: Any) -> Any:
    if isinstance(found, tuple):
        return tuple(map(_wrapped, found))
    return viewed(found, Values) if isinstance(found, np.ndarray) else found


def _bools(found: Any) -> Any:
    return found.astype(bool) if isinstance(found, np.ndarray) else found


_UFUNCS: dict[str, Callable[..., Any]] = {
    "copysign": lambda x, y: ops.abs(x) * math.copysign(1.0, as_float(y)),
    "divmod": divmod,
    "float_power": ops.pow,
    "heaviside": lambda x, y: ops.where(x == 0, y, lambda: (ops.sign(x) + 1.0) / 2.0),
    "isfinite": lambda x: (x == x) & (x != math.inf) & (x != -math.inf),  # `<` of NaN would be a warning
    "isinf": lambda x: (x == math.inf) | (x == -math.inf),
    "isnan": lambda x: x != x,
    "logaddexp": ops.logaddexp,
    "logaddexp2": lambda x, y: ops.logaddexp(x * math.log(2), y * math.log(2)) / math.log(2),
    "maximum": ops.maximum,  # NumPy has these three for objects, but without the slopes at a tie and at 0
    "minimum": ops.minimum,
    "sign": ops.sign,
}


# -- linear algebra -------------------------------------------------------------------------------------------


def _matrix(a: Any, what: str) -> list[list[Any]]:
    a = np.asarray(a)
    if a.ndim != 2 or a.shape[0] != a.shape[1]:
        raise ValueError(f"{what} of Values takes one square matrix, got an array of shape {a.shape}.")
    rows: list[list[Any]] = a.tolist()
    return rows


def _object(rows: Any, shape: tuple[int, ...]) -> Any:
    array = np.empty(math.prod(shape), dtype=object)
    array[:] = rows
    return array.reshape(shape)


def _det(a: Any) -> Any:
    """By elimination with complete pivoting, so that a pivot of 0 leaves nothing but zeros."""
    rows, result = _matrix(a, "det"), 1.0
    while rows:
        n = len(rows)
        i, j = max(((i, j) for i in range(n) for j in range(n)), key=lambda at: abs(rows[at[0]][at[1]]))
        if not rows[i][j]:
            return result * _divisionless(rows)
        pivot = rows.pop(i)
        p = pivot.pop(j)
        result = result * (p if (i + j) % 2 == 0 else -p)
        rows = [_eliminated(row, row.pop(j) / p, pivot) for row in rows]
    return result


def _eliminated(row: list[Any], factor: Any, pivot: list[Any]) -> list[Any]:
    return [x - factor * y for x, y in zip(row, pivot, strict=True)]


def _divisionless(a: list[list[Any]]) -> Any:
    """The determinant as a polynomial, which has derivatives at 0, too (R. S. Bird, 2011)."""
    n, f = len(a), a
    for _ in range(n - 1):
        tails = [-sum(f[j][j] for j in range(i + 1, n)) for i in range(n)]
        f = [[sum((f[i][k] if k > i else tails[i]) * a[k][j] for k in range(i, n)) for j in range(n)] for i in range(n)]
    return f[0][0] if n % 2 else -f[0][0]


def _solve(a: Any, b: Any) -> Any:
    """By elimination with partial pivoting."""
    rows, b = _matrix(a, "solve"), np.asarray(b)
    n = len(rows)
    if b.ndim not in (1, 2) or len(b) != n:
        raise ValueError(f"solve of Values takes a right-hand side of {n} rows, got an array of shape {b.shape}.")
    rows = [[*row, *right] for row, right in zip(rows, b.reshape(n, -1).tolist(), strict=True)]
    for k in range(n):
        i = max(range(k, n), key=lambda i: abs(rows[i][k]))
        rows[k], rows[i] = rows[i], rows[k]
        if not rows[k][k]:
            raise np.linalg.LinAlgError("Singular matrix")
        rows[k + 1 :] = [_eliminated(row, row[k] / rows[k][k], rows[k]) for row in rows[k + 1 :]]
    for k in reversed(range(n)):
        factors, below = rows[k][k + 1 : n], rows[k + 1 :]
        for j in range(n, len(rows[k])):
            rows[k][j] = (rows[k][j] - ops.dot(factors, [row[j] for row in below])) / rows[k][k]
    return _object([x for row in rows for x in row[n:]], b.shape)


def _inv(a: Any) -> Any:
    return _solve(a, np.eye(len(_matrix(a, "inv"))))


def _cholesky(a: Any, *, upper: bool = False) -> Any:
    rows = _matrix(a, "cholesky")
    n = len(rows)
    low: list[list[Any]] = []
    for i, row in enumerate(rows):
        low.append([])
        for j in range(i + 1):
            rest = row[j] - ops.dot(low[i], low[j][:j]) if j < i else row[i] - ops.dot(low[i], low[i])
            if j == i and not rest > 0:
                raise np.linalg.LinAlgError("Matrix is not positive definite")
            low[i].append(ops.sqrt(rest) if j == i else rest / low[j][j])
    found = _object([x for row in low for x in [*row, *[0.0] * (n - len(row))]], (n, n))
    return found.T if upper else found


def _slogdet(a: Any) -> Any:
    found = _det(a)
    return ops.sign(found), ops.log(ops.abs(found))


def _interp(x: Any, xp: Any, fp: Any, left: Any = None, right: Any = None) -> Any:
    points, values = list(np.asarray(xp)), list(np.asarray(fp))

    def at(x: Any) -> Any:
        i = bisect_right(points, x) - 1
        if i < 0:
            return values[0] if left is None else left
        if i == len(points) - 1:
            return values[-1] if right is None or x == points[-1] else right
        return values[i] + (values[i + 1] - values[i]) / (points[i + 1] - points[i]) * (x - points[i])

    x = np.asarray(x)
    return _object([at(y) for y in x.flat], x.shape) if x.ndim else at(x.item())


_REPLACED: dict[Any, Callable[..., Any]] = {
    np.interp: _interp,
    np.linalg.cholesky: _cholesky,
    np.linalg.det: _det,
    np.linalg.inv: _inv,
    np.linalg.slogdet: _slogdet,
    np.linalg.solve: _solve,
}
