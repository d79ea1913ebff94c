"""Files in JavaScript: modules that export a function for each kind."""

from __future__ import annotations

import json
from collections.abc import Container, Sequence
from typing import Any

from autograd.compiler.export.arguments import block, comment, numbers_in, parameters, plain_tree, whole_arrays
from autograd.compiler.export.functions import as_ieee, file_names, functions_for
from autograd.compiler.export.parts import Asked, asked_of, branching
from autograd.compiler.record.program import Program
from autograd.compiler.terms.loop import with_bodies
from autograd.compiler.terms.terms import Term
from autograd.compiler.text.languages import JAVASCRIPT
from autograd.compiler.text.source import Names, indented

__all__ = ["javascript_file"]

UNKNOWN = 'throw new Error("These numbers take a way through the function\'s branches that was not recorded.");'
HELPERS = """\
function number(x, name) {
    if (typeof x !== "number") {
        throw new TypeError(`${name} has to be a number.`);
    }
    return x;
}
function numbers(x, n, name) {
    entries(x, n, name);
    for (let i = 0; i < n; i++) {
        number(x[i], `${name}[${i}]`);
    }
}
function entries(x, n, name) {
    if (x === null || typeof x !== "object" || x.length !== n) {
        throw new TypeError(`${name} has to hold ${n} entries.`);
    }
}"""


def javascript_file(name: str, programs: Sequence[Program], kinds: Sequence[str]) -> str:
    """The text of a module with the kinds of a function whose paths have these programs."""
    asked = [asked_of(programs, kind, lambda terms, _: as_ieee(terms), every=False) for kind in kinds]
    functions = dict.fromkeys(text for one in asked for text in functions_for(JAVASCRIPT, one.roots()))
    head = block(comment(name, programs[0], asked, "an Error"))
    parts = [head, HELPERS, *functions, *[_javascript_function(programs[0], one) for one in asked]]
    return "\n\n".join(parts) + "\n"


def _javascript_function(program: Program, asked: Asked) -> str:
    names = file_names(JAVASCRIPT)
    given = parameters(program, asked, names)
    texts = whole_arrays(asked, given)
    needed = {*with_bodies(asked.roots(), known=texts)}
    lines = [line for x in given for line in _javascript_reading(x.name, x.tree, x.name, texts, names, needed)]

    def returned(found: list[str]) -> list[str]:
        return [f"return {_javascript_literal(plain_tree(asked.structure(found), str))};"]

    lines += branching(JAVASCRIPT, asked, texts, names, returned, UNKNOWN)
    head = f"export function {asked.kind}({', '.join([x.name for x in given])}) {{"
    return "\n".join([head, *indented(lines), "}"])


def _javascript_reading(
    text: str, tree: Any, label: str, texts: dict[Term, str], names: Names, needed: Container[Term]
) -> list[str]:
    """Statements that check an argument and give its numbers names."""
    said = json.dumps(label)
    if isinstance(tree, Term):
        if text == label and text.isidentifier():
            texts[tree] = text
            return [f"number({text}, {said});"]
        texts[tree] = names.new(str(tree.head))
        return [f"const {texts[tree]} = number({text}, {said});"]
    if not isinstance(tree, dict) and {*map(type, tree)} == {Term}:
        lines = [f"numbers({text}, {len(tree)}, {said});"]
        for i, x in enumerate(tree):
            if x in needed:
                texts[x] = names.new(str(x.head))
                lines.append(f"const {texts[x]} = {text}[{i}];")
        return lines
    keys: list[Any] = [*tree] if isinstance(tree, dict) else [*range(len(tree))]
    items = [(f"[{json.dumps(key)}]", tree[key]) for key in keys]
    lines = [] if isinstance(tree, dict) else [f"entries({text}, {len(tree)}, {said});"]
    return lines + [
        line
        for key, x in items
        if numbers_in(x)
        for line in _javascript_reading(text + key, x, label + key, texts, names, needed)
    ]


def _javascript_literal(tree: Any) -> str:
    if isinstance(tree, str):
        return tree
    if isinstance(tree, dict):  # in brackets, a key is one whatever it says, "__proto__" too
        return f"{{{', '.join(f'[{json.dumps(str(key))}]: {_javascript_literal(x)}' for key, x in tree.items())}}}"
    return f"[{', '.join(map(_javascript_literal, tree))}]"
