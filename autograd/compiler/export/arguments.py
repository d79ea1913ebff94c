"""The parameters of a function that is saved, and what the comment of its file says of them."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any, NamedTuple

from autograd.compiler.export.parts import Asked
from autograd.compiler.record.layout import taken_apart
from autograd.compiler.record.outputs import KINDS
from autograd.compiler.record.program import Program
from autograd.compiler.terms.loop import JOIN, with_bodies
from autograd.compiler.terms.terms import Term
from autograd.compiler.text.source import Names
from autograd.tree import description

__all__ = ["Parameter", "block", "comment", "numbers_in", "parameters", "plain_tree", "whole_arrays"]


class Parameter(NamedTuple):
    """A parameter: its name in the file, and its structure, with Terms for numbers."""

    name: str
    tree: Any


def parameters(program: Program, asked: Asked, names: Names) -> list[Parameter]:
    """The parameters of a kind: the function's own that hold numbers, then the directions or the weights of results."""
    arguments, n = program.arguments, len(program.variables)
    own = zip(arguments.example, arguments.values(asked.inputs[:n]), strict=True)
    given: list[tuple[str, Any]] = [(name, plain_tree(tree)) for name, tree in own]
    row = asked.inputs[n:]
    if KINDS[asked.kind].more == "numbers":
        moves = zip(arguments.example, arguments.values(row), strict=True)
        given += [(f"d_{name}", plain_tree(tree)) for name, tree in moves]
    elif row:
        given.append(("weights", plain_tree(program.like_results(iter(row)))))
    return [Parameter(names.new(name), tree) for name, tree in given if numbers_in(tree)]


def plain_tree(tree: Any, leaf: type = Term) -> Any:
    """A structure as lists, tuples and dicts, which all languages have; None for what is no `leaf`."""
    numpy = sys.modules.get("numpy")
    if isinstance(tree, leaf):
        return tree
    if numpy is not None and isinstance(tree, numpy.ndarray):
        return plain_tree(tree.tolist(), leaf)
    if type(tree) is dict and all(type(key) in (str, int) for key in tree):
        return {key: plain_tree(x, leaf) for key, x in tree.items()}
    if type(tree) in (list, tuple):
        return type(tree)([plain_tree(x, leaf) for x in tree])
    leaves = taken_apart(tree)[0]
    return [plain_tree(x, leaf) for x in leaves] if len(leaves) != 1 or leaves[0] is not tree else None


def numbers_in(tree: Any) -> list[Term]:
    """The numbers of a structure, in their order."""
    if isinstance(tree, Term):
        return [tree]
    return [x for part in (tree.values() if isinstance(tree, dict) else tree or ()) for x in numbers_in(part)]


def whole_arrays(asked: Asked, given: Sequence[Parameter]) -> dict[Term, str]:
    """The arrays that are parameters and that loops go through, with the parameters' names."""
    rows = {
        tuple(x.tree): x.name for x in given if isinstance(x.tree, (list, tuple)) and {*map(type, x.tree)} == {Term}
    }
    return {x: rows[x.args] for x in with_bodies(asked.roots()) if x.head is JOIN and x.args in rows}


def _held_constant(program: Program, asked: Sequence[Asked]) -> list[str]:
    """The lines about what a file holds constant."""
    arguments = program.arguments
    trees = zip(arguments.example.items(), arguments.values(program.variables), strict=True)
    found = [f"{name} = {value!r}" for (name, value), tree in trees if not numbers_in(plain_tree(tree))]
    outside = {leaf: None for one in asked for leaf in one.outside}
    return found + [f"{leaf.label or 'a Value'} = {leaf.data!r}" for leaf in outside]


def comment(name: str, program: Program, asked: Sequence[Asked], unknown: str) -> list[str]:
    """The comment at the beginning of a file, in letters that end no comment; `unknown` is what other calls return."""
    kinds = ", ".join(one.kind for one in asked)
    lines = [f"{name}: {kinds}, written by scalar-autograd. This file needs nothing else.", "", "Arguments:"]
    example = program.arguments.example
    trees = program.arguments.values(program.variables)
    for (argument, value), tree in zip(example.items(), trees, strict=True):
        if numbers := numbers_in(plain_tree(tree)):
            more = "" if isinstance(tree, Term) else f", {len(numbers)} number{'s' * (len(numbers) != 1)} in all"
            lines.append(f"- {argument}: {description(value)}{more}.")
    for one in asked:
        if one.entries:
            lines += ["", f"The non-zeros of {one.kind}, row by row:", *[f"- {place}" for place in one.entries]]
    lines += ["", "Constant, as when this was saved: all that the function read from outside."]
    lines += [f"- {text}" for text in _held_constant(program, asked)]
    if any(way.guards for way in asked[0].ways):
        count = len(asked[0].ways)
        ways = "the one way" if count == 1 else f"the {count} ways"
        lines += ["", f"It branches. Numbers that do not take {ways} recorded through it give {unknown}."]
    return [_harmless(line) for line in lines]


def block(lines: Sequence[str]) -> str:
    """A comment of several lines in C and JavaScript."""
    return "\n".join(["/*", *[f" * {line}".rstrip() for line in lines], " */"])


def _harmless(text: str) -> str:
    text = text.encode("unicode_escape").decode()
    for sign in ("*/", "/*", "</", "-->", "??"):
        while sign in text:
            text = text.replace(sign, " ".join(sign))
    return text
