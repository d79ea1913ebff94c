"""Derivatives of functions, of any order: a gradient is itself a graph. Names and conventions are JAX's."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any

from autograd.call import Argnums, RecordedCall
from autograd.precision import at_precision
from autograd.recording import born
from autograd.sparse import sparse_hessian, sparse_jacobian
from autograd.sparsity import Sparsity, scipy_sparse
from autograd.tree import flatten_like

__all__ = ["grad", "hessian", "hvp", "jacobian", "jvp", "value_and_grad", "vjp"]

# With `has_aux`, each takes a function that returns a pair: its result, and anything else.


def value_and_grad(
    f: Callable[..., Any], argnums: Argnums = 0, has_aux: bool = False, *, precision: int | None = None
) -> Callable[..., tuple[Any, Any]]:
    """A function that returns the value of `f` together with its gradient; see `grad`.

    With `has_aux` it returns `((value, aux), gradient)`. Raises what `grad` raises.

    >>> value_and_grad(lambda x, y: x * y**2, argnums=(0, 1))(3.0, 2.0)
    (12.0, (4.0, 12.0))
    """

    @wraps(f)
    def value_and_gradient(*args: Any, **kwargs: Any) -> tuple[Any, Any]:
        call = RecordedCall(f, args, kwargs, argnums, has_aux)
        y = call.scalar
        if precision is not None and born.get() is None:  # otherwise what differentiates this says how many digits
            y, slopes = at_precision(precision, y, call.xs, call.given)
            gradient = call.like_arguments(iter(slopes))
        else:
            y, gradient = call.value, call.reverse([1.0])
        return (y, *call.aux) if has_aux else y, gradient

    return value_and_gradient


def grad(
    f: Callable[..., Any], argnums: Argnums = 0, has_aux: bool = False, *, precision: int | None = None
) -> Callable[..., Any]:
    """The gradient of `f` as a function of the same arguments.

    - `f`: takes numbers, Values, or structures of them, and returns one number. A structure is a nesting of lists,
      tuples, dicts, deques, named tuples, dataclasses, NumPy's arrays and pandas' Series and DataFrames.
    - `argnums`: the positional arguments with respect to which it differentiates: an integer, or
      several for a tuple of gradients.
    - `has_aux`: whether `f` returns a pair of that number and anything else, `aux`; then it returns `(gradient, aux)`.
    - `precision`: how many digits, by reading the same rules in mpmath; the function's branches and the constants in it
      are those of floats.

    The gradient has the structure of the argument, a list for a range. It is made of floats; where an argument, or what
    `f` refers to from outside, is a Value, it is made of Values that depend on them, so that `grad(grad(f))` is the
    second derivative. No node's `grad` is touched. An argument from which no path leads to the result has derivative 0.

    Raises TypeError where `argnums`, an argument or the result is anything else, or a container cannot be rebuilt.
    Raises ValueError where `argnums` names an argument twice, or `precision` is no whole number from 1 on. Raises
    ImportError where `precision` is given and mpmath is not installed, and whatever `f` raises.

    >>> from autograd import sin
    >>> grad(lambda x: x**2 * sin(x))(0.5)
    0.6988211790767962
    >>> grad(grad(lambda x: x**3))(2.0)
    12.0
    """
    value_and_gradient = value_and_grad(f, argnums, has_aux, precision=precision)

    @wraps(f)
    def gradient(*args: Any, **kwargs: Any) -> Any:
        value, slopes = value_and_gradient(*args, **kwargs)
        return (slopes, value[1]) if has_aux else slopes

    return gradient


def vjp(f: Callable[..., Any], *primals: Any, has_aux: bool = False) -> tuple[Any, ...]:
    """The value of `f` at `primals`, and the function that multiplies a vector by the Jacobian from the left.

    The vector has the structure of the result, the product is a tuple with the structure of `primals`. Each product
    takes one reverse sweep. With `has_aux`, `aux` follows as the third. Raises TypeError for arguments and results that
    hold no numbers; the function raises ValueError for a vector of another structure.

    >>> y, multiply = vjp(lambda x: [x[0] * x[1], x[0] ** 2], [3.0, 2.0])
    >>> y, multiply([1.0, 10.0])
    ([6.0, 9.0], ([62.0, 3.0],))
    """
    call = RecordedCall(f, primals, {}, range(len(primals)), has_aux)

    def multiply(cotangents: Any) -> Any:
        return call.reverse(flatten_like(cotangents, call.result, "cotangents", "result"))

    return call.value, multiply, *call.aux


def jvp(
    f: Callable[..., Any], primals: Sequence[Any], tangents: Sequence[Any], has_aux: bool = False
) -> tuple[Any, ...]:
    """The value of `f` at `primals`, and its derivative in the direction `tangents`.

    Both are sequences of arguments of the same structure; where the tangent is the number 0, nothing moves. It takes
    one forward sweep along the edges. With `has_aux`, `aux` follows as the third. Raises ValueError where the
    structures differ, TypeError where `primals` is no sequence, or arguments and results hold no numbers.

    >>> jvp(lambda x, y: x * y, (3.0, 2.0), (1.0, 0.0))
    (6.0, 2.0)
    """
    call = RecordedCall(f, (args := _tuple(primals)), {}, range(len(args)), has_aux)
    return call.value, call.forward(flatten_like(tangents, args, "tangents", "primals")), *call.aux


def _tuple(primals: Any) -> tuple[Any, ...]:
    """A sequence of arguments as a tuple; TypeError for anything else."""
    if isinstance(primals, str) or not (isinstance(primals, Sequence) or getattr(primals, "shape", None)):
        raise TypeError(f"primals is a sequence of arguments, got a {type(primals).__name__}; for one write (x,).")
    return tuple(primals)


def jacobian(
    f: Callable[..., Any], argnums: Argnums = 0, has_aux: bool = False, *, sparse: bool = False
) -> Callable[..., Any]:
    """The Jacobian of `f`: the derivatives of each number of the result with respect to each number of the argument.

    It has JAX's layout, the structure of the result with that of the argument in place of each leaf: lists of lists for
    lists, a tuple for several `argnums`. Between arrays it is an array of shape `result.shape + argument.shape`. `f` is
    recorded once and swept once for each number of the argument or of the result, whichever are fewer. With `has_aux`
    it returns `(jacobian, aux)`. Raises what `grad` raises, except that the result may have several numbers.

    If `sparse`, it is SciPy's `csr_array` with a row for each number of the result and a column for each number of the
    argument, and its entries are the structural non-zeros: those to which a path leads, whatever their value here. The
    `sparsity` of the function shows where they were in its last call. Raises ImportError where SciPy is not installed,
    TypeError where the result depends on Values outside.

    >>> jacobian(lambda x: [x[0] * x[1], x[0] ** 2])([3.0, 2.0])
    [[2.0, 3.0], [6.0, 0.0]]
    >>> slopes = jacobian(lambda x: [x[0] * x[1], x[0] ** 2], sparse=True)
    >>> slopes([3.0, 2.0]).data.tolist()
    [2.0, 3.0, 6.0]
    >>> print(slopes.sparsity)
    ■ ■
    ■ ·
    """
    if sparse:
        return _sparse(f, argnums, has_aux, sparse_jacobian)

    @wraps(f)
    def jacobian_of_f(*args: Any, **kwargs: Any) -> Any:
        call = RecordedCall(f, args, kwargs, argnums, has_aux)
        return (call.jacobian(), *call.aux) if has_aux else call.jacobian()

    return jacobian_of_f


def hessian(
    f: Callable[..., Any], argnums: Argnums = 0, has_aux: bool = False, *, sparse: bool = False
) -> Callable[..., Any]:
    """The second derivatives of `f`, which may have several results: the Jacobian of its Jacobian.

    `scipy.optimize.minimize(..., hess=hessian(f))` takes it as it is. If `sparse`, `f` has one result, and the Hessian
    is a matrix as that of `jacobian`. Raises what `jacobian` raises.

    >>> hessian(lambda x: x[0] ** 2 * x[1])([3.0, 2.0])
    [[4.0, 6.0], [6.0, 0.0]]
    """
    if sparse:
        return _sparse(f, argnums, has_aux, sparse_hessian)
    return jacobian(jacobian(f, argnums, has_aux), argnums, has_aux)


def _sparse(
    f: Callable[..., Any], argnums: Argnums, has_aux: bool, read: Callable[[RecordedCall], tuple[Any, Sparsity]]
) -> Callable[..., Any]:
    scipy_sparse()  # or an error now

    @wraps(f)
    def sparse_of_f(*args: Any, **kwargs: Any) -> Any:
        call = RecordedCall(f, args, kwargs, argnums, has_aux)
        found, vars(sparse_of_f)["sparsity"] = read(call)
        return (found, *call.aux) if has_aux else found

    return sparse_of_f


def hvp(f: Callable[..., Any], primals: Sequence[Any], tangents: Sequence[Any]) -> Any:
    """The Hessian of `f` at `primals` times the vector `tangents`, without the Hessian: the gradient's `jvp`.

    Both are sequences of arguments, the result is a tuple of the same structure. Raises what `jvp` and `grad` raise.

    >>> hvp(lambda x, y: x**2 * y, (3.0, 2.0), (1.0, 0.0))
    (4.0, 6.0)
    """
    args = _tuple(primals)
    return jvp(grad(f, range(len(args))), args, tangents)[1]
