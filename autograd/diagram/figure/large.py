"""What is too large to be drawn: how many nodes there are, and parts and groups that are small enough."""

from collections import Counter
from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence
from graphlib import CycleError, TopologicalSorter
from typing import Literal

from autograd import ops
from autograd.diagram.scene import Edge, Node, Row, Scene
from autograd.formula import symbol_tex, symbol_text
from autograd.graph import nodes
from autograd.typeset.label import Math
from autograd.typeset.symbols import Symbol, bold, symbol
from autograd.value import Value
from autograd.vector import factors

__all__ = ["Collapse", "DiagramTooLarge", "check_size", "collapsed", "neighbourhood"]

Collapse = Literal["layer", "neuron", "vector"]
FAR_TOO_MANY = 10  # times as many nodes as are drawn: then it is not worth looking which of them are one
PRODUCTS, ADDITIONS = {ops.linear, ops.dot, ops.mul, ops.add, ops.sum}, {ops.add, ops.sum}
COUNTED = 20_000  # nodes whose labels are read to say what would help


class DiagramTooLarge(ValueError):
    """Raised when a graph has too many nodes to be looked at; the message says what helps."""

    def __init__(self, most: int, got: int, cures: Sequence[str] = ()) -> None:
        super().__init__(
            f"a diagram has at most {most} nodes, got {got}; {', '.join([*cures, 'depth=2 below the result'])} or "
            f"around=node draws a part of it, labels on the nodes to be shown fold the others, "
            f"and max_nodes={got} asks for all of them"
        )


def check_size(found: Collection[Value], roots: Collection[Value], most: int, folded: int) -> None:
    """Raise `DiagramTooLarge` at once if there are far too many nodes."""
    if len(found) <= FAR_TOO_MANY * most:
        return
    inner = sum(bool(node.parents) for node in found)
    labelled = sum(node.label is not None and bool(node.parents) for node in found)
    size = len(found) - (inner - labelled if labelled > sum(root.label is not None for root in roots) else 0)
    if size - folded > FAR_TOO_MANY * most and (len(found) > COUNTED or not any(map(factors, found))):
        raise too_large(found, roots, most, size)


def too_large(found: Collection[Value], roots: Collection[Value], most: int, size: int) -> DiagramTooLarge:
    """The error, with those ways to collapse the graph that make it small enough."""
    cures = []
    for kind in GROUPS if len(found) <= COUNTED else ():
        drawn = {*grouped(roots, kind).values()}
        if 1 < len(drawn) <= most:
            cures.append(f'collapse="{kind}" draws {len(drawn)} groups')
    return DiagramTooLarge(most, size, cures)


def neighbourhood(
    roots: Sequence[Value], found: Iterable[Value], around: Value | None, depth: int
) -> dict[Value, None]:
    """The nodes of `found` at most `depth` operations below the roots, or below and above the node `around`."""
    users: dict[Value, list[Value]] = {}
    if around is not None:
        for node in found:
            for parent in node.parents:
                users.setdefault(parent, []).append(node)
        if around not in users and not any(around is root for root in roots):
            raise ValueError("a diagram is drawn around a node of the graph, got one that it does not have")
    within = dict.fromkeys(roots if around is None else [around])
    edge = list(within)
    for _ in range(depth):
        edge = [near for node in edge for near in (*node.parents, *users.get(node, ())) if near not in within]
        within.update(dict.fromkeys(edge))
    return within


# -- groups ---------------------------------------------------------------------------------------------------


def by_vector(found: Symbol) -> Symbol:
    """x_1, x_2, ... as the vector x; w_{i,1}, w_{i,2}, ... as the vector w_i."""
    return found._replace(letter=bold(found.letter), indices=found.indices[:-1])


def by_neuron(found: Symbol) -> Symbol:
    """s_i^{(k)} and x_i^{(k)} as one unit, with the weights w_{i,j}^{(k-1)} that lead to it."""
    return Symbol("x", found.indices[:1], above(found.top) if len(found.indices) > 1 else found.top)


def by_layer(found: Symbol) -> Symbol:
    """The units of one layer, with the weights that lead to them."""
    return by_neuron(found)._replace(letter=bold("x"), indices=())


def above(layer: str) -> str:
    """(3) for (2), (k+1) for (k)."""
    number = layer.strip("()")
    return f"({int(number) + 1})" if number.isdigit() else f"({number}+1)"


GROUPS: dict[Collapse, Callable[[Symbol], Symbol]] = {"layer": by_layer, "neuron": by_neuron, "vector": by_vector}


def key(node: Value, kind: Collapse) -> Hashable:
    """The group of a node, which may be one of its own."""
    found = None if node.label is None else symbol(node.label)
    return node if found is None or not found.indices else GROUPS[kind](found).label


def grouped(roots: Collection[Value], kind: Collapse) -> dict[Value, Hashable]:
    """The nodes that are drawn, each with its group; other nodes are folded.

    What weights lead to belongs to their layer even without a label: their weighted sum, and a function of that.
    """
    keys: dict[Value, Hashable] = {}
    layer: dict[Value, Hashable] = {}  # of weights and of weighted sums
    tops = set(roots)
    for node in nodes(*roots):
        if node.label is not None or not node.parents:
            keys[node] = key(node, kind)
            if kind != "vector" and is_weight(node):
                layer[node] = keys[node]
            continue
        above = {layer[parent] for parent in node.parents if parent in layer}
        weighted = node.op in PRODUCTS and any(is_weight(parent) for parent in node.parents)
        if len(above) == 1 and (weighted or (node.op in ADDITIONS and all(parent in layer for parent in node.parents))):
            (keys[node],) = (layer[node],) = above
        elif len(above) == len(node.args) == 1 and node not in tops:
            (keys[node],) = above
        elif node in tops:
            keys[node] = node
    return keys


def is_weight(node: Value) -> bool:
    """Whether it is a leaf labelled w_{i,j}, which leads to the unit i."""
    found = None if node.parents or node.label is None else symbol(node.label)
    return found is not None and len(found.indices) > 1


def collapsed(roots: Sequence[Value], kind: Collapse, max_nodes: int, title: str, derivatives: bool = True) -> Scene:
    """The diagram of groups, with an arrow where anything leads from one to another.

    Nodes without a label are folded; groups that feed each other come apart. On the arrows stand the `derivatives` of
    groups with respect to groups, which are matrices.
    """
    if kind not in GROUPS:
        raise ValueError(f"a graph is collapsed by 'layer', 'neuron' or 'vector', got {kind!r}")
    keys, tops = grouped(roots, kind), set(roots)
    while True:
        below = groups_below(roots, keys)
        if len(below) > max_nodes:
            raise DiagramTooLarge(max_nodes, len(below))
        rank = {group: i for i, group in enumerate(below)}  # since sets come in another order every time
        ordered = {group: sorted(tails, key=lambda tail: rank[tail]) for group, tails in below.items()}
        try:
            groups = list(TopologicalSorter(ordered).static_order())
            break
        except CycleError as error:
            loop = set(error.args[1])
            for node in [node for node, group in keys.items() if group in loop]:
                if node.label is None and node.parents and node not in tops:
                    del keys[node]  # it is part of the group now
                else:
                    keys[node] = node
    members: dict[Hashable, list[Value]] = {}
    for node, group in keys.items():
        members.setdefault(group, []).append(node)
    names = {group: f"g{i}" for i, group in enumerate(groups)}
    labels = {group: group_label(group) for group in groups}
    shown = tuple(Node(names[group], labels[group], group_note(members[group])) for group in groups)
    edges = tuple(
        Edge(names[tail], names[head], quotient(labels[head], labels[tail]) if derivatives else "")
        for head in groups
        for tail in groups
        if tail in below[head]
    )
    rows = tuple(Row(tuple(names[group] for group in family)) for family in families(groups, below))
    return Scene(shown, edges, rows, title=title or f"Dataflow diagram by {kind}")


def families(groups: Sequence[Hashable], below: Mapping[Hashable, set[Hashable]]) -> list[list[str]]:
    """The groups x_1, x_2, ... that stand at one height, in that order, if no others like them do; the lowest first."""
    depth: dict[Hashable, int] = {}
    found: dict[tuple[int, Symbol], dict[str, int]] = {}
    for group in groups:
        depth[group] = max((depth[tail] + 1 for tail in below[group]), default=0)
        own = symbol(group) if isinstance(group, str) else None
        if own is not None and own.indices and own.indices[-1].isdigit():
            family = own._replace(indices=own.indices[:-1])
            found.setdefault((depth[group], family), {})[str(group)] = int(own.indices[-1])
    heights = Counter(height for height, _ in found)
    ordered = sorted(found.items(), key=lambda item: item[0][0])
    return [sorted(family, key=family.__getitem__) for (height, _), family in ordered if heights[height] == 1]


def groups_below(roots: Sequence[Value], keys: dict[Value, Hashable]) -> dict[Hashable, set[Hashable]]:
    """For each group those that lead to it without passing through another."""
    below: dict[Hashable, set[Hashable]] = {group: set() for group in keys.values()}
    seen: dict[Value, frozenset[Hashable]] = {}  # the groups nearest below a node, itself included
    for node in nodes(*roots):
        sources = frozenset().union(*(seen[parent] for parent in node.parents))
        if node in keys:
            below[keys[node]] |= sources - {keys[node]}
            sources = frozenset([keys[node]])
        seen[node] = sources
    return below


def group_label(group: Hashable) -> Math | str:
    """A group's name; that of a node without a label is its number."""
    name = group if isinstance(group, str) else group.label if isinstance(group, Value) else None
    if name is None:
        return f"{group.data:.4g}" if isinstance(group, Value) else ""
    return Math(symbol_tex(name), symbol_text(name)) if symbol(name) else name


def quotient(of: Math | str, by: Math | str) -> Math | str:
    """The derivative of a group with respect to another, if both have a symbol."""
    if isinstance(of, str) or isinstance(by, str):
        return ""
    return Math(rf"\frac{{\partial {of.tex}}}{{\partial {by.tex}}}", f"∂{of.text}/∂{by.text}")


def group_note(members: Sequence[Value]) -> str:
    """How many nodes a group has, if several."""
    return f"{len(members)} nodes" if len(members) > 1 else ""
