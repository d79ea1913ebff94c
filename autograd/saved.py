"""What the command line saves: an expression at a point as a live page, a picture or a program, as the ending says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from inspect import Parameter, Signature
from pathlib import Path
from typing import Any

from autograd.expression import Expression
from autograd.value import Value

__all__ = ["ENDINGS", "PAGE", "save_expression"]

PAGE = ".html"
PICTURES = (".svg", ".png", ".pdf", ".tex")
PROGRAMS = {".py": "Python", ".c": "C", ".js": "JavaScript"}
ENDINGS = (PAGE, *PICTURES, *PROGRAMS)


def save_expression(
    path: Path, f: Expression, leaves: Mapping[str, Value], root: Value, partials: Any, quiz: bool, train: Sequence[str]
) -> str:
    """Write `f` of `leaves`, which is `root`, to a file that ends in one of ENDINGS, and say what it is.

    - `partials`: what stands on the arrows of a picture or page.
    - `quiz`, `train`: what a page does; see `steps`.

    Raises what `draw`, `steps` and `compile` raise, and OSError.
    """
    ending = path.suffix.lower()
    if ending == PAGE:
        from autograd.stepping import steps  # which the other files do not need

        shown = steps(root, partials=partials, quiz=quiz, train=[leaves[name] for name in train])
        shown.save(path)
        return "is a page that plays both passes, whose variables can be changed"
    if ending in PICTURES:
        from autograd.diagram import draw

        draw(root, partials=partials).save(path)
        return "shows how the value is computed, with the local partial derivatives on the arrows"
    from autograd.compiler import compile

    names = [*leaves]

    def value(*numbers: Any) -> Any:
        return f(**dict(zip(names, numbers, strict=True)))

    value.__signature__ = Signature(  # type: ignore[attr-defined]  # as inspect looks for it
        [Parameter(name, Parameter.POSITIONAL_OR_KEYWORD) for name in names]
    )
    compiled = compile(value, argnums=range(len(names)))
    compiled(*(leaf.data for leaf in leaves.values()))  # which is the call that the file is for
    compiled.save(path, derivatives=["value_and_grad"] * bool(names))
    return f"is a program in {PROGRAMS[ending]} for the value and the partial derivatives"
