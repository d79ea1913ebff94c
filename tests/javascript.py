"""A graph of Values as a JavaScript program: all values, local partial derivatives and gradients, of other leaves."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain, islice

from autograd import ops
from autograd.compiler.export.functions import as_ieee, file_names, functions_for
from autograd.compiler.terms.terms import Term, Terms
from autograd.compiler.text.languages import JAVASCRIPT
from autograd.compiler.text.source import Writer, indented
from autograd.graph import ordered
from autograd.stepping.program import defined
from autograd.value import Value


@dataclass(frozen=True)
class GraphProgram:
    """A graph as a program.

    - `text`: a JavaScript expression, a function of an array with the number of each of `leaves`. It gives an object
      of arrays: `values` of all `nodes`, the `partials` on all `edges`, for all nodes `adjoints`, which are derivatives
      of the last one, and `defined`: whether a node's operands are in the domain of its function.
    - `leaves`: in the order of their first use; `nodes`: the leaves, then the inner nodes, each after its parents.
    - `edges`: pairs of places in `nodes`, from a node to what it is computed from; there are two where `x * x` uses x
      twice.
    """

    text: str
    leaves: tuple[Value, ...]
    nodes: tuple[Value, ...]
    edges: tuple[tuple[int, int], ...]


def javascript(y: Value) -> GraphProgram:
    """The graph of `y` as a program in JavaScript, which needs nothing besides.

    Numbers outside the domain of a function give NaN or an infinity, as within `ieee()`. What was a branch when `y` was
    recorded stays as it was.
    """
    leaves, inner = ordered(y)
    nodes = (*leaves, *inner)
    places = {node: i for i, node in enumerate(nodes)}
    table = Terms()
    variables = {leaf: table.variable(leaf.label or "") for leaf in leaves}
    terms = table.graph([y], (), variables)
    edges: list[tuple[int, int]] = []
    partials: list[Term] = []
    inside = [table.constant(1.0)] * len(nodes)
    adjoints = {y: table.constant(1.0)}
    for node in reversed(inner):
        assert node.op is not None  # inner nodes have one
        args = [terms[x] if isinstance(x, Value) else table.constant(x) for x in node.args]
        _, read = node.op.read(ops, args)
        inside[places[node]] = defined(node.op, args, table)
        for x, p in zip(node.args, read, strict=True):
            if isinstance(x, Value):
                partial = p if isinstance(p, Term) else table.constant(p)
                edges.append((places[node], places[x]))
                partials.append(partial)
                term = adjoints[node] * partial
                adjoints[x] = adjoints[x] + term if x in adjoints else term
    values = [terms[node] for node in nodes]
    parts = values, partials, [adjoints[node] for node in nodes], inside
    roots = as_ieee(chain.from_iterable(parts))
    names = file_names(JAVASCRIPT)
    given = names.new("leaves")
    texts = {x: names.new(leaf.label or "x") for leaf, x in variables.items()}
    writer = Writer(texts, roots, names, JAVASCRIPT.style)
    source = iter(writer.write(roots))
    lines = [
        f"const [{', '.join(texts.values())}] = {given};",
        *writer.page(),
        "return {",
        *[f"    {name}: [{', '.join(islice(source, len(part)))}]," for name, part in zip(_PARTS, parts, strict=True)],
        "};",
    ]
    body = [f"return ({given}) => {{", *indented(lines), "};"]
    text = "\n".join(["(() => {", '"use strict";', *functions_for(JAVASCRIPT, roots), *body, "})()"])
    return GraphProgram(text, tuple(leaves), nodes, tuple(edges))


_PARTS = "values", "partials", "adjoints", "defined"
