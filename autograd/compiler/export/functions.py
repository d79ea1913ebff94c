"""Functions that a language lacks, written into the file where they are used.

They are the formulas of `special_kernels`, read in Terms and written by the same writer as everything else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from autograd import ops
from autograd.compiler.engines import special_kernels
from autograd.compiler.engines.columns import without_exceptions
from autograd.compiler.engines.kernels import SPECIAL, as_one_function
from autograd.compiler.errors import CompileError
from autograd.compiler.terms.loop import Loop, final, looped, with_bodies
from autograd.compiler.terms.lowering import lower
from autograd.compiler.terms.rewriting import rewritten
from autograd.compiler.terms.terms import Term, Terms
from autograd.compiler.text.languages import Language
from autograd.compiler.text.source import Names, Writer, indented
from autograd.op import Op

__all__ = ["as_ieee", "file_names", "functions_for"]

_FUNCTIONS = ("abs", "exp", "floor", "log", "log1p", "pow", "sin", "tan", "where")


def _iterated(n: int, step: Callable[..., tuple[Any, ...]], *state: Any) -> tuple[Any, ...]:
    """`special_kernels.iterated` as a loop."""
    (table, *_) = [x.table for x in state if isinstance(x, Term)]
    index, carries = table.variable("i"), [table.variable("") for _ in state]
    loop = Loop(index, tuple(carries), tuple(step(*carries)))
    first = [x if isinstance(x, Term) else table.constant(x) for x in state]
    made = looped(loop, table.constant(float(n)), first)
    return tuple([final(made, j) for j in range(len(state))])


_READ_IN_TERMS = special_kernels.reading({name: getattr(ops, name) for name in _FUNCTIONS})
_READ_IN_TERMS.iterated = _iterated


def as_ieee(roots: Iterable[Term]) -> list[Term]:
    """Terms as languages compute them in which nothing raises, in functions of C99 and `SPECIAL`.

    Raises CompileError for `polygamma` of an order that is no constant.
    """
    terms = rewritten(rewritten(lower(roots), without_exceptions), as_one_function)
    if any(term.head is ops.polygamma for term in with_bodies(terms)):
        raise CompileError(
            "A program that leaves can have polygamma only of a whole order from 0 to 20, as a constant."
        )
    return terms


def file_names(language: Language) -> Names:
    """Names for a file of a language, none of which is that of a function that may be written into it."""
    style = language.style
    polygammas = [f"polygamma_{n}" for n in range(21)]
    return Names({*style.reserved, *(op.name for op in SPECIAL), "pow", "exp2", *polygammas}, ascii=style.ascii)


def functions_for(language: Language, roots: Iterable[Term]) -> list[str]:
    """The texts of all functions that `roots` need and a language lacks, each after those that it needs itself."""
    found: dict[Op, str] = {}
    stack = [_lacking(language, roots)]
    while stack:
        missing = [op for op in stack[-1] if op not in found]
        if not missing:
            stack.pop()
        elif (op := missing[0]) in language.given:
            found[op] = language.given[op]
        else:
            variables, result = _in_terms(op)
            if needs := [x for x in _lacking(language, [result]) if x not in found]:
                stack.append(needs)
            else:
                found[op] = _written(language, op, variables, result)
    return [*found.values()]


def _lacking(language: Language, roots: Iterable[Term]) -> list[Op]:
    heads = dict.fromkeys(term.head for term in with_bodies(roots))
    lacks = language.lacks | language.given.keys() | {op for op in SPECIAL if op not in ops.TABLE.values()}
    return [op for op in heads if isinstance(op, Op) and op in lacks]


def _in_terms(op: Op) -> tuple[list[Term], Term]:
    """Variables, and the Term of an elementary function of them."""
    table = Terms()
    variables = [table.variable("x") for _ in range(op.arity)]
    (result,) = as_ieee([SPECIAL[op](_READ_IN_TERMS, *variables)])
    return variables, result


def _written(language: Language, op: Op, variables: list[Term], result: Term) -> str:
    names = file_names(language)
    texts = {x: names.new("x") for x in variables}
    writer = Writer(texts, [result], names, language.style)
    (text,) = writer.write([result])
    parameters = ", ".join([language.parameter.format(x) for x in texts.values()])
    lines = indented([*writer.page(), f"return {text};"])
    return "\n".join([f"{language.head.format(name=op.name, parameters=parameters)} {{", *lines, "}"])
