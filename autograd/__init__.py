"""A scalar that remembers how it was made, whose graph you can differentiate, draw and step through."""

from typing import TYPE_CHECKING, Any

from autograd import _guard as _guard
from autograd.arithmetic import DomainError, ieee
from autograd.control_flow import fori_loop, scan, while_loop
from autograd.derivatives import grad, hessian, hvp, jacobian, jvp, value_and_grad, vjp
from autograd.diagnose import diagnose
from autograd.enclosure import EnclosureUndecided, Interval, enclose
from autograd.formula import derivation, formula
from autograd.gradcheck import GradcheckError, GradcheckUndecided, gradcheck
from autograd.ops import abs as abs
from autograd.ops import (
    acos,
    acosh,
    asin,
    asinh,
    atan,
    atan2,
    atanh,
    cbrt,
    ceil,
    choose,
    clip,
    cos,
    cosh,
    custom,
    degrees,
    dot,
    elu,
    erf,
    erfc,
    exp,
    exp2,
    expm1,
    fabs,
    floor,
    fmod,
    gamma,
    gelu,
    hypot,
    leaky_relu,
    lgamma,
    linear,
    log,
    log1p,
    log2,
    log10,
    logaddexp,
    logistic_loss,
    logsigmoid,
    logsumexp,
    maximum,
    minimum,
    ncdf,
    npdf,
    polygamma,
    radians,
    relu,
    sigmoid,
    sign,
    silu,
    sin,
    sinh,
    softmax,
    softplus,
    sqrt,
    tan,
    tanh,
    trunc,
    where,
    xlogy,
)
from autograd.ops import pow as pow
from autograd.ops import round as round
from autograd.ops import sum as sum
from autograd.paths import paths
from autograd.recording import no_grad
from autograd.sweeps import gradients
from autograd.taylor import taylor
from autograd.value import Value
from autograd.vector import Vector

if TYPE_CHECKING:
    from autograd.compiler import CompileError as CompileError
    from autograd.compiler import compile as compile
    from autograd.compiler import compile_rows as compile_rows
    from autograd.diagram import Diagram, DiagramTooLarge, draw
    from autograd.exercises import exercise
    from autograd.stepping import steps

# What `from autograd import *` brings; `abs`, `compile`, `pow`, `round` and `sum` would shadow Python's own and are
# left to `autograd.sum`.
__all__ = [
    "CompileError",
    "Diagram",
    "DiagramTooLarge",
    "DomainError",
    "EnclosureUndecided",
    "GradcheckError",
    "GradcheckUndecided",
    "Interval",
    "Value",
    "Vector",
    "acos",
    "acosh",
    "asin",
    "asinh",
    "atan",
    "atan2",
    "atanh",
    "cbrt",
    "ceil",
    "choose",
    "clip",
    "compile_rows",
    "cos",
    "cosh",
    "custom",
    "degrees",
    "derivation",
    "diagnose",
    "dot",
    "draw",
    "elu",
    "enclose",
    "erf",
    "erfc",
    "exercise",
    "exp",
    "exp2",
    "expm1",
    "fabs",
    "floor",
    "fmod",
    "fori_loop",
    "formula",
    "gamma",
    "gelu",
    "grad",
    "gradcheck",
    "gradients",
    "hessian",
    "hvp",
    "hypot",
    "ieee",
    "jacobian",
    "jvp",
    "leaky_relu",
    "lgamma",
    "linear",
    "log",
    "log1p",
    "log2",
    "log10",
    "logaddexp",
    "logistic_loss",
    "logsigmoid",
    "logsumexp",
    "maximum",
    "minimum",
    "ncdf",
    "no_grad",
    "npdf",
    "paths",
    "polygamma",
    "radians",
    "relu",
    "scan",
    "sigmoid",
    "sign",
    "silu",
    "sin",
    "sinh",
    "softmax",
    "softplus",
    "sqrt",
    "steps",
    "tan",
    "tanh",
    "taylor",
    "trunc",
    "value_and_grad",
    "vjp",
    "where",
    "while_loop",
    "xlogy",
]


def __getattr__(name: str) -> Any:
    if name in ("Diagram", "DiagramTooLarge", "draw"):  # loaded when something is first drawn
        from autograd import diagram

        return getattr(diagram, name)
    if name in ("CompileError", "compile", "compile_rows"):
        from autograd import compiler

        return getattr(compiler, name)
    if name == "exercise":
        from autograd import exercises

        return exercises.exercise
    if name == "steps":
        from autograd import stepping

        return stepping.steps
    raise AttributeError(f"module 'autograd' has no attribute {name!r}")
