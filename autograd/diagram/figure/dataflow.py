"""The dataflow diagram of a Value: how it was computed, with the local partial derivatives on the arrows.

This is the course's graphical view of the chain rule (section 4). Each node shows the expression so far. The derivative
of the top with respect to any node is the sum over all ways up, each giving the product of the labels on it.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence

from autograd.diagnose import Diagnosis
from autograd.diagram import style
from autograd.diagram.diagram import Diagram
from autograd.diagram.figure.arrows import WRITERS, Partials, arrows, quantity
from autograd.diagram.figure.chain import contribution, on_path, sum_over_paths
from autograd.diagram.figure.gaps import dotted, dotted_labels, flanked, loose_ends
from autograd.diagram.figure.graph import Graph, reached
from autograd.diagram.figure.large import Collapse, check_size, collapsed, neighbourhood, too_large
from autograd.diagram.figure.naming import as_label, name_nodes
from autograd.diagram.scene import Edge, Node, Scene
from autograd.paths import Path
from autograd.typeset.label import Label, Line, lines, text
from autograd.value import Value, only_value
from autograd.vector import Vector

__all__ = ["draw", "scene"]


def draw(
    value: Value | Sequence[Value],
    *,
    partials: Partials = "symbols",
    values: bool = False,
    fold: Collection[Value | Vector] | None = None,
    only: Collection[Value | Vector] | None = None,
    captions: Mapping[Value, str] | None = None,
    highlight: Path | None = None,
    paths: Value | None = None,
    marks: Diagnosis | None = None,
    around: Value | None = None,
    depth: int | None = None,
    collapse: Collapse | None = None,
    max_nodes: int = style.MOST_NODES,
    title: str = "",
    prefix: str = "",
) -> Diagram:
    """The dataflow diagram of a Value, or of several, bottom to top.

    A node shows its label, or else the expression so far; expressions that are long, or used several times and
    not short, are named v1, v2, ... with a note. Constants are not nodes, and a `Vector` is one. A value used twice by
    one operation sends it two arrows. Between x_1 and x_n stand dots.

    - `partials`: what stands on the arrows: the local partial derivatives as formulas ("symbols"), as "numbers",
      "both", only the "weights" of weighted sums (`dot`, `linear`), or None.
    - `values`: whether the values and gradients stand beside the nodes; a dash is a gradient not yet computed.
    - `fold`: nodes not to be drawn. What lies between two nodes that are drawn becomes one arrow, partials multiplied
      along each path and paths added. By default, if inner nodes have labels, those without are folded. If none has,
      nodes are folded that add 0 or multiply by 1, and functions of one inner node that are only added to something, as
      cos(u) in cos(u) + v.
    - `only`: the other way round: the nodes to be drawn besides the result; all others are folded.
    - `captions`: what stands under the symbols in some nodes.
    - `highlight`: one of `autograd.paths(value, x)`, drawn strong, with the product of its partials under the figure.
    - `paths`: a node x; the derivative with respect to it, as the sum over all paths, stands under the figure.
    - `marks`: what `autograd.diagnose(value)` found, as marks on the nodes.
    - `depth`: how many operations below the result are drawn, or with `around` above and below that node, by default
      one. Arrows from and to the open show that the graph goes on.
    - `collapse`: draw groups of nodes by their labels: a "vector" is w_1, w_2, ...; a "neuron" s_1 and x_1 with the
      weights w_{1,j} of the layer below; a "layer" all its neurons. Derivatives are matrices then, and only named. Goes
      with nothing above but `partials`.
    - `max_nodes`: a diagram of more nodes raises `DiagramTooLarge`.
    - `title`: what the picture is, for those who cannot see it.
    - `prefix`: what the ids in the SVG begin with.

    Raises `DiagramTooLarge`; `TypeError` for anything but Values; `ValueError` for other choices than these and for a
    node that is not in the graph.

    >>> x, y = Value(3.0, "x"), Value(2.0, "y")
    >>> draw(x**2 * y)
    <Diagram: 4 nodes, 3 arrows>
    """
    roots = [value] if isinstance(value, Value) or not isinstance(value, Iterable) else list(value)
    for root in roots:
        only_value(root, "draw")
    if collapse is not None:
        if (
            any(choice is not None for choice in (fold, only, captions, highlight, paths, marks, around, depth))
            or values
        ):
            raise ValueError("groups are drawn without what is said of single nodes; leave that or collapse= out")
        if partials not in ("symbols", None):
            raise ValueError(f"derivatives of groups are drawn as 'symbols' or None, got {partials!r}")
        return Diagram(collapsed(roots, collapse, max_nodes, title, partials is not None), prefix)
    figure = Figure(
        roots,
        fold=fold,
        only=only,
        shown=[*(highlight.nodes if highlight else ()), *(marks.marks if marks else ())],
        around=around,
        depth=depth,
        max_nodes=max_nodes,
    )
    return Diagram(
        figure.scene(partials, values, captions=captions, highlight=highlight, paths=paths, marks=marks, title=title),
        prefix,
    )


def scene(
    value: Value,
    partials: Partials = "symbols",
    values: bool = False,
    fold: Collection[Value | Vector] | None = None,
    max_nodes: int = style.MOST_NODES,
    title: str = "",
) -> Scene:
    """What the dataflow diagram of a Value shows; see `draw`."""
    return Figure([value], fold=fold, max_nodes=max_nodes).scene(partials, values, title=title)


class Figure:
    """The part of a graph that is drawn, and how its nodes are written.

    - `drawn`: the nodes that are seen, each after its parents.
    - `arrows`: the arrows into them.
    """

    def __init__(
        self,
        roots: Sequence[Value],
        *,
        fold: Collection[Value | Vector] | None = None,
        only: Collection[Value | Vector] | None = None,
        shown: Iterable[Value] = (),
        around: Value | None = None,
        depth: int | None = None,
        max_nodes: int = style.MOST_NODES,
    ) -> None:
        """`shown` are nodes that are never folded; for the rest see `draw`."""
        everything = reached(roots)
        part = around is not None or depth is not None
        within = neighbourhood(roots, everything, around, 1 if depth is None else depth) if part else everything
        if only is None:
            check_size(within, roots, max_nodes, 0 if fold is None else len(fold))
        self.graph = graph = Graph(list(within) if part else roots, within)
        wanted = graph.standing_for([*roots, *shown, *([] if around is None else [around])])
        if only is not None:
            given = set(graph.order) - graph.standing_for(only)
        else:
            given = graph.foldable() if fold is None else graph.standing_for(fold)
        self.folded = given - wanted
        self.roots = roots
        self.subject = roots if around is None else [around]
        self.drawn = [node for node in graph.order if node not in self.folded]
        if len(self.drawn) > max_nodes:
            raise too_large(within, roots, max_nodes, len(self.drawn))
        self.names, self.notes = name_nodes(graph, self.folded)
        self.arrows = [arrow for head in self.drawn for arrow in arrows(head, graph, self.folded, self.names)]
        self.keys = {node: f"v{i}" for i, node in enumerate(self.drawn)}
        beyond = (x for node in everything if node not in within for x in node.parents) if part else ()
        self.outer = Counter(x for x in beyond if x in within)  # how often nodes are used by some that are not drawn

    def scene(
        self,
        partials: Partials = "symbols",
        values: bool = False,
        *,
        captions: Mapping[Value, str] | None = None,
        highlight: Path | None = None,
        paths: Value | None = None,
        marks: Diagnosis | None = None,
        title: str = "",
    ) -> Scene:
        """What the diagram shows; see `draw`."""
        if partials not in WRITERS:
            raise ValueError(f"partials are drawn as {', '.join(map(repr, WRITERS))}, got {partials!r}")
        strong = on_path(highlight, self.graph, self.arrows) if highlight is not None else (set(), set())
        found = marks.marks if marks is not None else {}
        said = {finding.node: finding.message for finding in marks.findings} if marks is not None else {}
        nodes = []
        for node in self.drawn:
            scalar = node if isinstance(node, Value) else None
            mark = found.get(scalar, "") if scalar is not None else ""
            nodes.append(
                Node(
                    self.keys[node],
                    more(as_label(self.names[node]), (captions or {}).get(scalar, "") if scalar is not None else ""),
                    note=more(self.notes.get(node, ""), mark),
                    value=quantity("value", (node.data,) if isinstance(node, Value) else node.data) if values else "",
                    gradient=quantity("grad", self.graph.gradient(node)) if values else "",
                    marks=("path",) * (node in strong[0]) + ("finding",) * bool(mark),
                    title=said.get(scalar, "") if scalar is not None else "",
                    width=style.STRONG if node in strong[0] or mark else 1.0,
                    color=style.ALARM if mark else style.INK,
                )
            )
        edges = [
            Edge(
                self.keys[arrow.tail],
                self.keys[arrow.head],
                WRITERS[partials](arrow, self.names),
                marks=("path",) * (i in strong[1]),
                width=style.STRONG if i in strong[1] else 1.0,
            )
            for i, arrow in enumerate(self.arrows)
        ]
        dots, rows = dotted(self.graph, self.keys, self.roots)
        ends = loose_ends(self.graph, self.keys, self.outer)
        caption: list[Line] = [contribution(highlight, self.names)] if highlight is not None else []
        caption += sum_over_paths(self.roots[0], paths, self.names) if paths is not None else []
        return Scene(
            (*nodes, *dots, *ends.nodes),
            (*edges, *dotted_labels(rows, edges), *ends.edges),
            (*flanked(rows, edges, ends), *ends.rows),
            title or "Dataflow diagram of " + ", ".join(text(as_label(self.names[root])) for root in self.subject),
            caption=tuple(caption),
        )


def more(label: Label, line: str) -> Label:
    """A label with one more line, unless that is empty."""
    return (*lines(label), line) if line else label
