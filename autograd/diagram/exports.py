"""A picture in other formats: PNG and PDF from its SVG, TikZ from its layout."""

from __future__ import annotations

import re
from collections.abc import Iterable

from autograd.diagram import style
from autograd.diagram.layout.geometry import Ellipse, Route
from autograd.diagram.layout.layout import Layout
from autograd.diagram.scene import Scene
from autograd.diagram.svg import arrow_head
from autograd.extras import needed
from autograd.typeset.glyphs import clean
from autograd.typeset.label import Label, Line, lines
from autograd.typeset.mathml import EM
from autograd.typeset.words import Words

__all__ = ["pdf", "png", "tikz"]

POINTS = 0.75  # in a pixel
TEX_ESCAPES = {c: rf"\{c}" for c in "&%$#_{}"} | {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}"}
TEX_ESCAPES |= {"^": r"\textasciicircum{}", "<": r"\textless{}", ">": r"\textgreater{}", "|": r"\textbar{}"}


def png(svg: str, scale: float = 2.0) -> bytes:
    """An SVG as PNG, `scale` pixels for each of its own.

    Raises `ModuleNotFoundError` if resvg-py is not installed, `ValueError` for a scale that is not positive.
    """
    if not 0 < scale < float("inf"):
        raise ValueError(f"a scale is a positive number, got {scale!r}")
    with needed("PNG", "resvg-py"):
        import resvg_py
    # system fonts take a while, and most pictures have only outlines
    fonts = "<text" in svg
    return bytes(resvg_py.svg_to_bytes(svg_string=svg, zoom=scale, dpi=96.0, skip_system_fonts=not fonts))


def pdf(svg: str) -> bytes:
    """An SVG as PDF of vectors, a pixel being 3/4 of a point.

    Raises `ModuleNotFoundError` if CairoSVG is not installed, `ImportError` if the C library that it calls is not.
    """
    try:
        with needed("PDF", "CairoSVG"):
            import cairosvg
    except OSError as error:  # says which files were looked for
        cure = "apt install libcairo2, brew install cairo, or on Windows the GTK runtime"
        raise ImportError(f"PDF needs CairoSVG, which is there, and the library cairo, which is not: {cure}") from error
    return bytes(cairosvg.svg2pdf(bytestring=svg.encode()))


def tikz(scene: Scene, layout: Layout) -> str:
    r"""A picture as a `tikzpicture`, for documents that use the packages tikz and amsmath.

    Its labels are typeset in the font of the document. Text in other than Latin letters needs LuaLaTeX or XeLaTeX.
    """
    body = []
    for edge, arrow in zip(scene.edges, layout.arrows, strict=True):
        if edge.width:
            look = f"[line width={tikz_number(style.LINE * edge.width)}{color(edge.color)}]"
            body += [rf"\draw{look} {tikz_path(line)};" for line in arrow.lines]
            head = tikz_path(arrow_head(arrow.route, edge.width))
            body.append(rf"\fill[{color(edge.color).lstrip(', ')}] {head} -- cycle;")
        body += tikz_words(edge.label, (arrow.label,) if arrow.label else ())
    for node, disc in zip(scene.nodes, layout.discs, strict=True):
        if node.shape == "node":
            look = f"[line width={tikz_number(style.LINE * node.width)}{color(node.color)}]"
            body.append(rf"\draw{look} {tikz_outline(disc.outline)};")
        if node.shape != "point":
            body += tikz_words(node.label, disc.words)
        for label, kind in ((node.note, "note"), (node.value, "value"), (node.gradient, "gradient")):
            body += tikz_words(label, [words for words in disc.beside if words.kind == kind])
    for r in layout.frames:
        body.append(
            rf"\draw ({tikz_number(r.left)}, {tikz_number(r.top)}) rectangle "
            f"({tikz_number(r.right)}, {tikz_number(r.bottom)});"
        )
    captions = [*(row.caption for row in scene.rows), *(row.arrows for row in scene.rows[:-1])]
    captions = [*(panel.caption for panel in scene.panels), *captions, scene.caption]
    for words, label in zip(layout.captions, (label for label in captions if lines(label)), strict=True):
        body += tikz_words(label, [words])
    head = rf"\begin{{tikzpicture}}[x={POINTS}bp, y=-{POINTS}bp, every node/.style={{inner sep=0pt}}]"
    return "\n".join([f"% {clean(scene.title or 'Diagram')}".replace("\n", " "), head, *body, r"\end{tikzpicture}", ""])


def tikz_words(label: Label, placed: Iterable[Words]) -> list[str]:
    """The lines of a label where they were placed, each centred on its box."""
    found = []
    spots = [spot for words in placed for spot in words.lines]
    for line, (box, size, (x, y)) in zip(lines(label), spots, strict=True):
        scale = size / EM
        middle = tikz_number(x + box.width * scale / 2), tikz_number(y + (box.descent - box.ascent) * scale / 2)
        points = size * POINTS
        font = rf"\fontsize{{{tikz_number(points)}}}{{{tikz_number(1.2 * points)}}}\selectfont"
        found.append(rf"\node at ({middle[0]}, {middle[1]}) {{{font} {tex(line)}}};")
    return found


def tex(line: Line) -> str:
    """A line of a label in TeX; plain text stays as it is typed."""
    if isinstance(line, str):
        return "".join(TEX_ESCAPES.get(c, c) for c in clean(line))
    return rf"$\displaystyle {line.tex}$"


def tikz_outline(e: Ellipse) -> str:
    """The outline of a node."""
    return (
        f"({tikz_number(e.x)}, {tikz_number(e.y)}) ellipse [x radius={tikz_number(e.rx)}, y radius={tikz_number(e.ry)}]"
    )


def tikz_path(route: Route) -> str:
    """A chain of lines."""
    return " -- ".join(f"({tikz_number(x)}, {tikz_number(y)})" for x, y in route)


def color(name: str) -> str:
    """What TikZ is told of a colour such as #1967d2."""
    if not re.fullmatch("#[0-9a-fA-F]{6}", name):
        return ""
    red, green, blue = (int(name[i : i + 2], 16) for i in (1, 3, 5))
    return f", color={{rgb,255:red,{red}; green,{green}; blue,{blue}}}"


def tikz_number(value: float) -> str:
    """A length, to a hundredth of a pixel."""
    return f"{round(value, 2) + 0.0:g}"
