"""Files in Python: modules that need the standard library alone, and raise ValueError outside a domain."""

from __future__ import annotations

import ast
import inspect
import math
from collections.abc import Sequence
from types import ModuleType
from typing import Any

from autograd import edges, ops, special
from autograd.compiler.engines.columns import without_exceptions
from autograd.compiler.engines.single import FUNCTIONS
from autograd.compiler.export import carefully
from autograd.compiler.export.arguments import comment, numbers_in, parameters, plain_tree
from autograd.compiler.export.parts import Asked, asked_of, branching
from autograd.compiler.record.arguments import literal
from autograd.compiler.record.program import Program
from autograd.compiler.terms.conditions import PLACES
from autograd.compiler.terms.loop import with_bodies
from autograd.compiler.terms.lowering import QUIET, lower
from autograd.compiler.terms.rewriting import rewritten
from autograd.compiler.terms.terms import Term
from autograd.compiler.text.languages import Language
from autograd.compiler.text.notation import PYTHON
from autograd.compiler.text.source import Names, indented
from autograd.op import Op

__all__ = ["python_file"]

UNKNOWN = 'raise ValueError("These numbers take a way through the function\'s branches that was not recorded.")'
WHOLE = ("ceil", "floor", "trunc")
LANGUAGE = Language(
    style=PYTHON._replace(reserved=frozenset([*FUNCTIONS, "float", "int", "map", "math", "range", "reversed"])),
    data="{a} = ({xs},)",
    branches=("if {}:", "else:", ""),
)


def python_file(name: str, programs: Sequence[Program], kinds: Sequence[str]) -> str:
    """The text of a module with the kinds of a function whose paths have these programs."""
    asked = [asked_of(programs, kind, _form, every=True) for kind in kinds]
    used = {x.head for one in asked for x in with_bodies(one.roots()) if x.args and isinstance(x.head, Op)}
    called = sorted(op.name for op in used if hasattr(math, op.name) or op is ops.polygamma)
    raises = not used <= QUIET | PLACES
    needs_special = not {"lgamma", "polygamma"}.isdisjoint(called)
    from_math = [x for x in called if x not in (*WHOLE, "lgamma", "polygamma")]
    whole = [f"{x} = whole(math.{x})" for x in called if x in WHOLE]
    imports = ["from __future__ import annotations", ""]
    if raises:
        imports += ["import math", "import operator"]
    if needs_special:
        imports.append("from functools import cache")
    imports.append(f"from math import {', '.join([*from_math, 'inf', 'nan'])}")
    if raises:
        imports += ["from types import FunctionType", "from typing import Any"]
    head = [f"# {line}".rstrip() for line in comment(name, programs[0], asked, "a ValueError")]
    parts = ["\n".join([*head, "", *imports])]
    parts += [_module_text(special)] if needs_special else []
    parts += [_module_text(edges), *(["\n".join(whole)] if whole else []), _module_text(carefully)] if raises else []
    parts += [_python_function(programs[0], one, raises) for one in asked]
    return "\n\n\n".join(parts) + "\n"


def _form(terms: list[Term], forward: int) -> list[Term]:
    low = lower(terms)
    return [*low[:forward], *rewritten(low[forward:], without_exceptions)]


def _module_text(module: ModuleType) -> str:
    """What a module of ours defines, without what it imports and exports."""
    source = inspect.getsource(module)
    (line,) = [
        node.end_lineno
        for node in ast.parse(source).body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__"
    ]
    return "\n".join(source.splitlines()[line:]).strip()


def _python_function(program: Program, asked: Asked, raises: bool) -> str:
    """A function that takes arguments apart, and one of the numbers in them."""
    names = Names(LANGUAGE.style.reserved)
    texts: dict[Term, str] = {}
    given = parameters(program, asked, names)
    reading = [line for x in given for line in _python_reading(x.name, x.tree, texts, names)]
    row = ", ".join([texts[x] for parameter in given for x in numbers_in(parameter.tree)])

    def returned(found: list[str]) -> list[str]:
        return [f"return {literal(plain_tree(asked.structure(found), str))}"]

    lines = branching(LANGUAGE, asked, texts, names, returned, UNKNOWN)
    inner = f"_{asked.kind}"
    call = [f"return {inner}({row})"]
    if raises:
        more = f", {row}" if row else ""
        call = ["try:", *indented(call), "except (ArithmeticError, ValueError):"]
        call += indented([f"return again(_value, {inner}{more})"])
    head = f"def {asked.kind}({', '.join([x.name for x in given])}):"
    return "\n".join([f"def {inner}({row}):", *indented(lines), "", "", head, *indented([*reading, *call])])


def _python_reading(text: str, tree: Any, texts: dict[Term, str], names: Names) -> list[str]:
    """Statements that give the numbers of an argument names."""
    if isinstance(tree, Term):
        texts[tree] = text if text.isidentifier() else names.new(str(tree.head))
        return [f"{texts[tree]} = float({text})"]
    if isinstance(tree, dict):
        items = [(f"{text}[{key!r}]", x) for key, x in tree.items()]
        return [line for part, x in items if numbers_in(x) for line in _python_reading(part, x, texts, names)]
    if all(isinstance(x, Term) for x in tree):
        texts |= {x: names.new(str(x.head)) for x in tree}
        return [f"[{', '.join([texts[x] for x in tree])}] = map(float, {text})"] if tree else []
    inner = [names.new(text if text.isidentifier() else "x") for _ in tree]
    lines = [f"[{', '.join(inner)}] = {text}"]
    return lines + [
        line
        for part, x in zip(inner, tree, strict=True)
        if numbers_in(x)
        for line in _python_reading(part, x, texts, names)
    ]
