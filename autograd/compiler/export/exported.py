"""What compiled functions can do outside this process or outside Python: the methods of `Compiled` for that."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from os import PathLike
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from autograd.compiler.record.kept import Programs

__all__ = ["Exported"]


class Exported:
    """A function with programs that can leave."""

    _programs: Programs

    def save(
        self, path: str | PathLike[str], *args: Any, derivatives: Sequence[str] | None = None, **kwargs: Any
    ) -> None:
        """Write a file that computes the function without this package: Python, C99 or JavaScript.

        - `path`: ends in `.py`, `.c` (beside which a header is written) or `.js` (a module).
        - `args`, `kwargs`: arguments like those that it will be called with; may be left out if calls so far agree.
        - `derivatives`: "grad", "value_and_grad", "jacobian", "hessian", "jvp", "vjp", "hvp"; if None, those that have
          been asked for. The value is always there.

        The functions in the file are called so, and have the arguments that hold numbers. In Python and JavaScript
        these have the structures they have here, with lists for arrays; in C there are an array for each, and `out`
        for the results. What the function reads from outside, and arguments without numbers, are constants. A call
        whose branches no call has taken before is refused: by an error, in C by NaN and by returning 1 in place of 0.
        Outside a domain Python raises ValueError; C and JavaScript give NaN.

        Raises ValueError for other endings and derivatives, CompileError where it is not clear which arguments are
        meant, or the function cannot be compiled.

        >>> from pathlib import Path
        >>> from tempfile import mkdtemp
        >>> file = mkdtemp() + "/area.js"
        >>> from autograd import compile
        >>> compile(lambda r: 3.0 * r * r).save(file, 2.0, derivatives=["grad"])
        >>> print(Path(file).read_text().partition("}\\n\\n")[2].rstrip())
        export function value(r) {
            number(r, "r");
            return 3.0*r*r;
        }
        <BLANKLINE>
        export function grad(r) {
            number(r, "r");
            // backward
            const d_r = 6.0*r;
            return d_r;
        }
        """
        from autograd.compiler.export.save import save_program  # loaded when it is needed

        save_program(path, self._programs, args, kwargs, derivatives)

    def cfunc(self, *args: Any, kind: str = "value", signature: str | None = None, **kwargs: Any) -> Callable[..., Any]:
        """A function of `ctypes` in machine code, for `scipy.LowLevelCallable`, other people's `@njit`, and C.

        - `args`, `kwargs`: arguments like those that it will be called with; may be left out if calls so far agree.
        - `kind`: "value", "grad", "value_and_grad", "jacobian", "hessian", "jvp", "vjp" or "hvp".
        - `signature`: "double (double, ...)" with a parameter for each number, which is what a value has if none is
          given; "double (int, double *, void *)", as `scipy.integrate` calls functions of several numbers; and
          "int (double *, double *)", which reads the numbers of the arguments, as they stand there, and writes those of
          the results: what all other kinds have.

        No Python runs in it. It is as a file in C is: what `f` reads from outside is constant; outside a domain it
        returns NaN or infinity; where numbers take a way through branches that no call has taken, NaN, and the last
        signature returns 1 in place of 0. The function keeps its machine code alive; keep it as long as its address.

        Raises ImportError without llvmlite (the extra `fast`), ValueError for other kinds and signatures, and for one
        of one number where there are several; CompileError as `save` does.

        >>> from autograd import compile, sin
        >>> f = compile(lambda x: x * sin(x))
        >>> f.cfunc(1.0)(2.0) == f(2.0)
        True
        """
        from autograd.compiler.export.cfunction import SIGNATURES, c_function
        from autograd.compiler.export.save import chosen_for

        chosen = signature or (SIGNATURES[0] if kind == "value" else SIGNATURES[-1])
        if chosen not in SIGNATURES:
            raise ValueError(f"There is no signature {signature!r}; there are {', '.join(map(repr, SIGNATURES))}.")
        programs, kinds = chosen_for(self._programs, args, kwargs, [kind])
        function: Callable[..., Any] = c_function(programs, kinds[-1], chosen)
        return function
