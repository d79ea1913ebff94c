"""Whole solves by SciPy, from the function to the solution; takes NumPy and SciPy.

A contender is told the name of a problem, and makes of it what the solver asks for: `measured` says in JSON what was
found, and how many seconds of the processor that took, with all that is made on the way.
"""

import json
import sys
from collections.abc import Callable
from time import process_time
from typing import Any, NamedTuple

import numpy as np
import programs
import vector_programs
from scipy.optimize import least_squares, minimize


class Functions(NamedTuple):
    """What a contender gives for a problem, each None where the solver takes differences.

    - `value`, `gradient` of one number; `value_and_gradient` where both cost little more than one.
    - `several`, `jacobian` of several numbers: constraints or residuals.
    """

    value: Callable[[Any], Any] | None = None
    value_and_gradient: Callable[[Any], Any] | None = None
    several: Callable[[Any], Any] | None = None
    jacobian: Callable[[Any], Any] | None = None


class Problem(NamedTuple):
    """One number to be minimised, if it is not the sum of the squares of `several`; both are functions of `m` and x."""

    one: Callable[[Any, Any], Any] | None
    several: Callable[[Any, Any], Any] | None
    start: list[float]
    bounds: list[tuple[float, float]] | None = None


def _problems() -> dict[str, Problem]:
    positive = [(1e-6, 1.0), (1e-6, 0.5), (1e-6, 0.49)]
    defects, effort = vector_programs.collocation(10)
    residuals = vector_programs.bundle(4, 10)
    return {
        "garch": Problem(programs.garch, None, [0.1, 0.1, 0.4], positive),
        "lotka-volterra": Problem(programs.lotka_volterra, None, [1.1, 0.5, 0.4, 0.15, 1.0, 1.0]),
        "hidden markov": Problem(programs.hidden_markov, None, [0.1, 1.1, 1.9, 1.0, 1.0, 1.0]),
        "collocation": Problem(effort, defects, vector_programs.trajectory(10)),
        "bundle": Problem(None, residuals, vector_programs.scene(4, 10)),
    }


PROBLEMS = _problems()


def solved(problem: Problem, f: Functions) -> Any:
    """What SciPy finds."""
    start = np.array(problem.start)
    if problem.one is None:
        assert f.several is not None
        return least_squares(f.several, start, jac=f.jacobian or "2-point")
    objective, jac = (f.value_and_gradient, True) if f.value_and_gradient else (f.value, None)
    if problem.several is None:
        return minimize(objective, start, jac=jac, bounds=problem.bounds, method="L-BFGS-B")
    constraint = {"type": "eq", "fun": f.several} | ({"jac": f.jacobian} if f.jacobian else {})
    return minimize(objective, start, jac=jac, constraints=constraint, method="SLSQP", options={"maxiter": 300})


def measured(make: Callable[[str, Problem], Functions]) -> None:
    """Say what was found and how long it took."""
    name = sys.argv[-1]
    begin = process_time()
    found = solved(PROBLEMS[name], make(name, PROBLEMS[name]))
    seconds = process_time() - begin
    value = found.cost if PROBLEMS[name].one is None else found.fun
    print(json.dumps({"value": float(value), "seconds": seconds, "calls": int(found.nfev)}))
