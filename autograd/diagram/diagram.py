"""A diagram that is shown by a notebook, saved as a file, or handed on to Graphviz."""

import os
import re
from base64 import b64encode
from collections.abc import Callable, Collection
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from autograd.diagram import exports, style
from autograd.diagram.layout.layout import Layout, lay_out
from autograd.diagram.scene import Scene
from autograd.diagram.svg import picture
from autograd.files import write
from autograd.typeset.glyphs import clean, shorten
from autograd.typeset.label import Label, lines, text

if TYPE_CHECKING:
    import graphviz

__all__ = ["Diagram"]


class Diagram:
    """A picture of a scene: `svg` and `save` for looking at it, `source` for styling it oneself.

    A notebook shows it as the last line of a cell. Places are found when the picture is first asked for, and
    are the same every time. Ids in the picture begin with `prefix`, by default one made from the scene.

    Raises `ValueError` for a prefix that is not letters, digits, `-` and `_`, a letter first.
    """

    def __init__(self, scene: Scene, prefix: str = "") -> None:
        if not re.fullmatch(r"([A-Za-z][A-Za-z0-9_-]*)?", prefix):
            raise ValueError(f"a prefix is made of letters, digits, - and _, a letter first, got {prefix!r}")
        self.scene = scene
        self.prefix = prefix

    @cached_property
    def layout(self) -> Layout:
        """The places of everything. Raises `GraphvizNotFound` if there is no Graphviz."""
        return lay_out(self.scene)

    @cached_property
    def svg(self) -> str:
        """The picture as SVG, for a file of its own or for a page.

        In a page lines and letters have the colour of the surrounding text. By itself, or as an image, it is black on
        nothing; light on dark where the reader's browser or the page is dark. Raises `GraphvizNotFound` if there is no
        Graphviz.
        """
        return ET.tostring(picture(self.scene, self.layout, self.prefix, style.DARK), encoding="unicode")

    @cached_property
    def plain(self) -> str:
        """The picture as SVG that is black wherever nothing around it says otherwise."""
        return ET.tostring(picture(self.scene, self.layout, self.prefix), encoding="unicode")

    @property
    def html(self) -> str:
        """The picture as an HTML image that carries its data, shown even in notebooks that were not run."""
        data = b64encode(self.plain.encode()).decode()
        image = ET.Element(
            "img",
            {
                "src": f"data:image/svg+xml;base64,{data}",
                "alt": self.title,
                "style": f"background: {style.PAPER}; max-width: 100%",
            },
        )
        return ET.tostring(image, encoding="unicode", method="html")

    @property
    def source(self) -> "graphviz.Digraph":
        """The nodes and arrows with their labels as text, as a `graphviz.Digraph`."""
        import graphviz

        graph = graphviz.Digraph(graph_attr={"rankdir": "BT"})
        names = {node.key: f"n{i}" for i, node in enumerate(self.scene.nodes)}
        for node in self.scene.nodes:
            look = {} if node.shape == "node" else {"shape": "none" if node.shape == "dots" else "point"}
            beside = {"xlabel": quoted(node.note)} if node.note else {}
            graph.node(names[node.key], quoted(node.label), **look, **beside)
        for edge in self.scene.edges:
            line = {} if edge.width else {"color": "transparent"}
            graph.edge(names[edge.tail], names[edge.head], label=quoted(edge.label) if edge.label else None, **line)
        for row in self.scene.rows:
            with graph.subgraph(graph_attr={"rank": "same"}) as level:
                for key in row.keys:
                    level.node(names[key])
        for i, panel in enumerate(self.scene.panels):
            with graph.subgraph(name=f"cluster{i}", graph_attr={"label": quoted(panel.caption)}) as cluster:
                for key in panel.keys:
                    cluster.node(names[key])
        if self.scene.caption:
            graph.attr(label=quoted(self.scene.caption))
        return graph

    def save(self, path: str | os.PathLike[str], *, scale: float = 2.0, background: str = "") -> None:
        """Write the picture to a file whose ending says how.

        - `.svg`, `.html` (a page), `.dot` (`source`), `.tex` (a `tikzpicture` for documents with the packages tikz and
          amsmath), `.pdf` (needs CairoSVG) or `.png` (needs resvg-py).
        - `scale`: how many pixels a PNG has for each of the picture's.
        - `background`: a colour behind the picture as SVG, PDF or PNG, such as "white"; by default nothing.

        The file is complete or not there at all. Raises `ValueError` for another ending or scale, or a background where
        there can be none; `ImportError` if what a format needs is not installed; `OSError` if nothing can be written.
        """
        with_paper: dict[str, Callable[[str], str | bytes]] = {
            ".svg": lambda svg: svg + "\n",
            ".pdf": exports.pdf,
            ".png": lambda svg: exports.png(svg, scale),
        }
        made: dict[str, Callable[[], str | bytes]] = {
            ".html": lambda: self.page,
            ".dot": lambda: str(self.source.source),
            ".tex": lambda: exports.tikz(self.scene, self.layout),
        }
        ending = Path(path).suffix.lower()
        if ending in with_paper:
            css = style.DARK if ending == ".svg" and not background else ""
            svg = picture(self.scene, self.layout, self.prefix, css, background)
            write(path, with_paper[ending](ET.tostring(svg, encoding="unicode")))
        elif ending not in made:
            endings = ", ".join([*with_paper, *made])
            raise ValueError(f"a diagram is saved as {endings}, got {os.fspath(path)!r}")
        elif background:
            raise ValueError(f"a background is for {', '.join(with_paper)}, got {os.fspath(path)!r}")
        else:
            write(path, made[ending]())

    @property
    def page(self) -> str:
        """The picture as a page of its own, light or dark as the reader likes."""
        page = ET.Element("html", {"lang": "en"})
        head, body = ET.SubElement(page, "head"), ET.SubElement(page, "body")
        ET.SubElement(head, "meta", {"charset": "utf-8"})
        ET.SubElement(head, "meta", {"name": "color-scheme", "content": "light dark"})
        ET.SubElement(head, "title").text = self.title
        body.append(ET.fromstring(self.plain.replace(' xmlns="http://www.w3.org/2000/svg"', "", 1)))
        return "<!DOCTYPE html>\n" + ET.tostring(page, encoding="unicode", method="html") + "\n"

    @property
    def title(self) -> str:
        """What the picture is, in a few words."""
        return clean(self.scene.title or "Diagram")

    def __repr__(self) -> str:
        return f"<Diagram: {len(self.scene.nodes)} nodes, {len(self.scene.edges)} arrows>"

    def _repr_mimebundle_(
        self, include: Collection[str] | None = None, exclude: Collection[str] | None = None
    ) -> dict[str, str]:
        shown = {"image/svg+xml": self.svg, "text/html": self.html, "text/plain": repr(self)}
        if find_spec("resvg_py"):  # for those who show nothing else: LaTeX, code-hosting sites
            on_paper = ET.tostring(picture(self.scene, self.layout, self.prefix, paper=style.PAPER), encoding="unicode")
            shown["image/png"] = b64encode(exports.png(on_paper, 1.0)).decode()
        return shown


def quoted(label: Label) -> str:
    """A label in Graphviz's language, as plain text, whatever it looks like."""
    import graphviz

    # a str of a kind that graphviz does not take for HTML, even if it looks like it
    escaped: str = graphviz.escape("\n".join(shorten(clean(text(line))) for line in lines(label)))
    return escaped
