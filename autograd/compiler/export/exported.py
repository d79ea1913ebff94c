"""What compiled functions can do outside this process or outside Python: the methods of `Compiled` for that."""

from __future__ import annotations

from collections.abc import Sequence
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
        for the results. What the function reads from outside, and arguments without numbers, are constants. Numbers
        that take a way through its branches that no call has taken yet are refused: by an error, in C by NaN and 1 as
        what is returned in place of 0. Outside a domain Python raises ValueError; C and JavaScript give NaN.

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
        from autograd.compiler.export.save import save_program  # which not everybody needs

        save_program(path, self._programs, args, kwargs, derivatives)
