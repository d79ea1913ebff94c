"""What may be asked of a program: a kind is a row of `KINDS`, which says what is computed and how it is returned.

The structures are those that the functions of `autograd.derivatives` of these names give.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, NamedTuple

from autograd import derivatives
from autograd.call import one_number
from autograd.compiler.record.program import Program
from autograd.compiler.terms.chain_rule import gradient, reverse, slope_rows, tangents
from autograd.compiler.terms.pieces import InPieces, pieces
from autograd.compiler.terms.terms import Term
from autograd.sparsity import Sparsity, mirrored
from autograd.tree import flatten, outer

__all__ = ["KINDS", "OF_ARGUMENTS", "WITH_MORE", "Kind", "Outputs", "asked", "besides", "in_pieces"]


@dataclass
class Outputs:
    """What a program computes: forward, backward, and how it returns these numbers in a row.

    `names` are what the numbers backward are called where each needs a name. If there is a `sparsity`, they are the
    non-zeros of a matrix, which is returned.
    """

    forward: list[Term]
    backward: list[Term]
    like: Callable[[Iterator[Any]], Any]
    names: Iterable[str] = ()
    sparsity: Sparsity | None = None


class Kind(NamedTuple):
    """What is asked of a program.

    - `outputs`: what it computes.
    - `more`: "numbers" if it also takes a direction, a number for each number; "results" if it takes a factor for each
      result; else "".
    - `eager`: the same by `autograd.derivatives`, for the function, the arguments and what is given besides.
    """

    outputs: Callable[[Program], Outputs]
    more: str = ""
    eager: Callable[[Callable[..., Any], Sequence[Any], Any], Any] = lambda f, args, more: None


def _value(program: Program) -> Outputs:
    return Outputs(program.results, [], program.like_results)


def _grad(program: Program) -> Outputs:
    found = _value_and_grad(program)
    found.like = lambda row: program.like_arguments(islice(row, 1, None))
    return found


def _value_and_grad(program: Program) -> Outputs:
    slopes = gradient(one_number(program.results, program.like_results), program.by_terms)
    return Outputs(
        program.results, slopes, lambda row: (next(row), program.like_arguments(row)), _named(program.by_names)
    )


def _jacobian(program: Program) -> Outputs:
    rows = slope_rows(program.results, program.by_terms)
    names = (f"{name}_{i}" for i in range(len(rows)) for name in _named(program.by_names))
    return _behind(program, _dense(program, rows), lambda row: _like_jacobian(program, row), names)


def _hessian(program: Program) -> Outputs:
    results, by, names = program.results, program.by_terms, program.by_names
    if program.like_results is next:
        slopes, rows = by, _second(program)
    else:
        slopes = flatten(_like_jacobian(program, iter(_dense(program, slope_rows(results, by)))))[0]
        rows = slope_rows(slopes, by)

    def like(row: Iterator[Any]) -> Any:
        left = _like_jacobian(program, iter([0.0] * len(slopes)))
        return outer([[*islice(row, len(by))] for _ in slopes], left, program.like_arguments(iter([0.0] * len(by))))

    return _behind(program, _dense(program, rows), like, [f"d_{x}_{y}" for x in names for y in names] * len(results))


def _second(program: Program) -> list[dict[int, Term]]:
    """The rows of the Hessian of one number, half of which are computed."""
    y = one_number(program.results, program.like_results)
    return mirrored(slope_rows(gradient(y, program.by_terms), program.by_terms, half=True))


def _sparse_jacobian(program: Program) -> Outputs:
    return _non_zeros(program, slope_rows(program.results, program.by_terms))


def _sparse_hessian(program: Program) -> Outputs:
    return _non_zeros(program, _second(program))


def _non_zeros(program: Program, rows: list[dict[int, Term]]) -> Outputs:
    found = Outputs(program.results, [x for row in rows for x in row.values()], program.like_results)
    found.sparsity = program.sparsity = Sparsity(rows, len(program.by_terms))
    return found


def _dense(program: Program, rows: list[dict[int, Term]]) -> list[Term]:
    zero = program.table.constant(0.0)
    return [row.get(j, zero) for row in rows for j in range(len(program.by_terms))]


def _jvp(program: Program) -> Outputs:
    n, results = len(program.results), program.results
    moved = tangents(results, dict(zip(program.variables, besides(program, "jvp"), strict=True)))
    names = ["moved"] if n == 1 else [f"moved_{i}" for i in range(n)]
    return Outputs(results, moved, lambda row: (
        program.like_results(islice(row, n)), program.like_results(row)
    ), names)  # fmt: skip


def _vjp(program: Program) -> Outputs:
    seeds: dict[Term, Term] = {}
    for w, y in zip(besides(program, "vjp"), program.results, strict=True):
        seeds[y] = seeds[y] + w if y in seeds else w
    slopes = reverse(seeds, program.variables)
    return _behind(program, slopes, program.like_every, _named(program.arguments.numbers))


def _hvp(program: Program) -> Outputs:
    slopes = gradient(one_number(program.results, program.like_results), program.variables)
    moved = tangents(slopes, dict(zip(program.variables, besides(program, "hvp"), strict=True)))
    return _behind(program, moved, program.like_every, _named(program.arguments.numbers))


KINDS = {
    "value": Kind(_value),
    "value_and_grad": Kind(_value_and_grad),
    "grad": Kind(_grad),
    "jacobian": Kind(_jacobian),
    "hessian": Kind(_hessian),
    "jvp": Kind(_jvp, "numbers", derivatives.jvp),
    "vjp": Kind(_vjp, "results", lambda f, primals, cotangents: derivatives.vjp(f, *primals)[1](cotangents)),
    "hvp": Kind(_hvp, "numbers", derivatives.hvp),
}
SPARSE = {"jacobian": _sparse_jacobian, "hessian": _sparse_hessian}
WITH_MORE = [kind for kind, row in KINDS.items() if row.more]
OF_ARGUMENTS = [kind for kind, row in KINDS.items() if not row.more]


def asked(program: Program, kind: str) -> Outputs:
    """The outputs of a program of one kind."""
    return SPARSE[kind](program) if program.sparse and kind in SPARSE else KINDS[kind].outputs(program)


def in_pieces(program: Program, kind: str, inputs: Sequence[Term]) -> InPieces | None:
    """A sparse matrix as a sum over pieces, if many are alike, of variables in the order `inputs`."""
    if not program.sparse or kind not in SPARSE or program.guards:
        return None
    second = kind == "hessian"
    ys = [one_number(program.results, program.like_results)] if second else program.results
    found = pieces(ys, program.by_terms, inputs, second)
    if found is not None:
        program.sparsity = found.sparsity
    return found


def besides(program: Program, kind: str) -> list[Term]:
    """The variables that a program of one kind takes besides the numbers of the arguments."""
    what = KINDS[kind].more
    return program.directions if what == "numbers" else program.weights if what == "results" else []


def _behind(
    program: Program, backward: list[Term], like: Callable[[Iterator[Any]], Any], names: Iterable[str]
) -> Outputs:
    """Results that are not returned: they are computed only because outside a domain there must be an error."""
    n = len(program.results)
    return Outputs(program.results, backward, lambda row: like(islice(row, n, None)), names)


def _named(names: Iterable[str]) -> list[str]:
    return [f"d_{name}" for name in names]


def _like_jacobian(program: Program, row: Iterator[Any]) -> Any:
    n, m = len(program.by_terms), len(program.results)
    left = program.like_results(iter([0.0] * m))
    return outer([[*islice(row, n)] for _ in range(m)], left, program.like_arguments(iter([0.0] * n)))
