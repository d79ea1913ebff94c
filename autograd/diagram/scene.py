"""What a diagram shows, without places: nodes, arrows, rows, and their labels.

A scene knows neither Values nor SVG. Whatever can be said in these few words can be drawn:
a graph of Values, a network of modules, a figure written down by hand.

>>> from autograd.typeset.label import Math
>>> s, z = Math("s", "s"), Math(r"\\sigma(s)", "σ(s)")
>>> scene = Scene((Node("s", s), Node("z", z)), (Edge("s", "z", Math(r"\\sigma'(s)", "σ'(s)")),))
>>> print(scene.sentence())
s → σ(s), labelled σ'(s).
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

from autograd.diagram import style
from autograd.typeset.label import Label, text

__all__ = ["Edge", "Node", "Panel", "Row", "Scene", "Shape", "side_by_side"]


Shape = Literal["node", "dots", "point"]
"""A circle (an ellipse where the label is long); a label without outline, for «…»; nothing at all, so
that an arrow can begin or end in the open."""


@dataclass(frozen=True, slots=True)
class Node:
    """A node of a scene.

    - `key`: its name within the scene, never shown.
    - `label`: stands inside the outline.
    - `note`: stands beside it, such as the definition `s = wᵀx`.
    - `value`, `gradient`: stand under the note, each a class of its own in the SVG.
    - `shape`: see `Shape`.
    - `marks`: words that become classes in the SVG, such as `"path"`.
    - `title`: the text a pointer or a screen reader gets, if it is more than the label.
    - `width`, `color`: of the outline, `width` times as thick as others.
    """

    key: str
    label: Label = ""
    note: Label = ""
    value: Label = ""
    gradient: Label = ""
    shape: Shape = "node"
    marks: tuple[str, ...] = ()
    title: str = ""
    width: float = 1.0
    color: str = style.INK


@dataclass(frozen=True, slots=True)
class Edge:
    """An arrow from the node with key `tail` to the one with key `head`; several may join the same two.

    `width` and `color` are those of its line, `width` times as thick as others. With width 0 only the
    label is seen.
    """

    tail: str
    head: str
    label: Label = ""
    marks: tuple[str, ...] = ()
    width: float = 1.0
    color: str = style.INK


@dataclass(frozen=True, slots=True)
class Row:
    """Nodes that stand at one height, from left to right in this order.

    `caption` stands at the side of the row, `arrows` at the side of the arrows that leave it upward. A `loose` row has
    the height that its arrows give it, any other stands above the one before.
    """

    keys: tuple[str, ...]
    caption: Label = ""
    arrows: Label = ""
    loose: bool = False


@dataclass(frozen=True, slots=True)
class Panel:
    """Nodes in a frame of their own, with a caption; panels stand side by side."""

    keys: tuple[str, ...]
    caption: Label = ""


@dataclass(frozen=True, slots=True)
class Scene:
    """Nodes and the arrows between them, data flowing from bottom to top.

    - `nodes`, `edges`: drawn in this order; a node is defined once, and an arrow joins two different nodes.
    - `rows`: nodes held at one height, the lowest row first. Nodes in no row find their own height.
    - `caption`: stands under the figure.
    - `panels`: if there are any, every node is in one, and no arrow leads from one to another; see `side_by_side`.
    - `title`, `description`: what the picture is and shows, for those who cannot see it; an empty description
      is replaced by `sentence()`.

    Raises `ValueError` if a key is used twice or not defined, a row is empty, an arrow joins a node with itself, or a
    node or an arrow is not within one panel.
    """

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...] = ()
    rows: tuple[Row, ...] = ()
    title: str = ""
    description: str = ""
    caption: Label = ""
    panels: tuple[Panel, ...] = ()

    def __post_init__(self) -> None:
        keys = [node.key for node in self.nodes]
        known = once("node", keys)
        for edge in self.edges:
            if edge.tail == edge.head:
                raise ValueError(f"an arrow joins two different nodes, got one from {edge.tail!r} to itself")
        if not all(row.keys for row in self.rows):
            raise ValueError("a row holds at least one node, got one without")
        placed = [key for row in self.rows for key in row.keys]
        once("row", placed)
        for key in [end for edge in self.edges for end in (edge.tail, edge.head)] + placed:
            if key not in known:
                raise ValueError(f"no node has the key {key!r}; the keys are {', '.join(map(repr, keys))}")
        if self.panels:
            panel = {key: i for i, panel in enumerate(self.panels) for key in panel.keys}
            once("panel", [key for panel in self.panels for key in panel.keys])
            if panel.keys() != known or any(panel[edge.tail] != panel[edge.head] for edge in self.edges):
                raise ValueError("every node is in one panel, and no arrow leads from one panel to another")

    def sentence(self) -> str:
        """The arrows in words, for those who cannot see them."""
        names = {node.key: text(node.label) or node.key for node in self.nodes if node.shape != "point"}
        return " ".join(
            f"{names[edge.tail]} → {names[edge.head]}{', labelled ' * bool(edge.label)}{text(edge.label)}."
            for edge in self.edges
            if edge.width and edge.tail in names and edge.head in names
        )


def side_by_side(scenes: Iterable[tuple[Label, Scene]], title: str = "") -> Scene:
    """Several scenes as one, each in a frame of its own with its caption."""
    nodes: list[Node] = []
    edges: list[Edge] = []
    rows: list[Row] = []
    panels: list[Panel] = []
    for i, (caption, scene) in enumerate(scenes):
        nodes += [replace(node, key=f"{i}/{node.key}") for node in scene.nodes]
        edges += [replace(edge, tail=f"{i}/{edge.tail}", head=f"{i}/{edge.head}") for edge in scene.edges]
        rows += [replace(row, keys=tuple(f"{i}/{key}" for key in row.keys)) for row in scene.rows]
        panels.append(Panel(tuple(f"{i}/{node.key}" for node in scene.nodes), caption))
    return Scene(tuple(nodes), tuple(edges), tuple(rows), title, panels=tuple(panels))


def once(what: str, keys: Iterable[str]) -> set[str]:
    """The keys as a set; `ValueError` names the first one that comes twice."""
    seen: set[str] = set()
    for key in keys:
        if key in seen:
            raise ValueError(f"every key stands in one {what} only, got {key!r} twice")
        seen.add(key)
    return seen
