"""The page of the passes: the finished picture as an image, and one element that shows it live.

The image is what every notebook and page shows; where scripts are stripped it stays. The element is `<autograd-graph>`,
written in the files of JavaScript beside this one; what it knows of a graph is one attribute. No text of the user's is
in a script, so none can become code.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache, cached_property
from importlib.resources import files
from typing import Any
from xml.etree import ElementTree as ET

from autograd.compiler.errors import CompileError
from autograd.diagram import style
from autograd.diagram.figure.arrows import WRITERS, Arrow, Partials, quantity
from autograd.diagram.figure.dataflow import Figure
from autograd.diagram.layout.layout import Layout
from autograd.stepping.activity import Activity
from autograd.stepping.passes import Backward, Step
from autograd.stepping.picture import image, laid_out_for, middle, smallest
from autograd.stepping.program import FigureProgram
from autograd.stepping.sentences import Pieces, Sentences, Signs
from autograd.stepping.told import graph_told
from autograd.typeset.glyphs import clean
from autograd.typeset.label import Label, Line, Math, lines, text
from autograd.typeset.svg import digest

__all__ = ["Page"]

TITLE = "The chain rule, step by step"
CHOICES: tuple[Partials, ...] = ("symbols", "numbers", "both")  # among which readers choose
SCRIPTS = ("numbers.js", "model.js", "pane.js", "picture.js", "leaves.js", "ways.js", "player.js")
ACTIVITIES = {"Quiz": ("reading.js", "examiner.js", "quiz.js"), "Descent": ("descent.js",)}  # classes, and their files
SWAPPED = str.maketrans("\"'", "'\"")
ROOM = "0.0000"  # as wide as most numbers are, but for a sign


class Page:
    """A figure and the `steps` over it as one element of a page.

    - `partials`: what stands on the arrows at first.
    - `title`: what it is, for those who cannot see it.
    - `activity`: what readers do with it.
    """

    def __init__(
        self, figure: Figure, steps: Sequence[Step], partials: Partials, title: str, activity: Activity
    ) -> None:
        self.figure, self.steps, self.partials, self.activity = figure, steps, partials, activity
        self.title = clean(title or TITLE)
        scene = figure.scene(partials, values=True, title=title)
        gradients = {
            figure.keys[step.node]: None if activity.quiz else step.gradient  # which is not to be seen anywhere
            for step in steps
            if isinstance(step, Backward)
        }
        self.scene = replace(
            scene,
            nodes=tuple(
                replace(node, gradient=quantity("grad", gradients[node.key])) if node.key in gradients else node
                for node in scene.nodes
            ),
        )

    @cached_property
    def layout(self) -> Layout:
        """Where everything stands, with room for other numbers and, if readers can choose, other partial derivatives.

        Raises `GraphvizNotFound` if there is no Graphviz.
        """
        wide, shown = list(self.scene.edges), list(self.scene.edges)
        if self.partials in CHOICES:
            for i, arrow in enumerate(self.figure.arrows):
                wide[i] = replace(wide[i], label=self.both(arrow, with_room))
                if self.partials == "both":
                    shown[i] = replace(shown[i], label=self.both(arrow))
        nodes = tuple(replace(x, value=with_room(x.value), gradient=with_room(x.gradient)) for x in self.scene.nodes)
        return laid_out_for(
            replace(self.scene, nodes=nodes, edges=tuple(wide)), replace(self.scene, edges=tuple(shown))
        )

    def both(self, arrow: Arrow, number: Callable[[Label], Label] = lambda label: label) -> Label:
        """The partial on an arrow as a formula, and under it as a number; once if that is the same."""
        written, value = (WRITERS[how](arrow, self.figure.names) for how in ("symbols", "numbers"))
        return value if is_constant(arrow) else (*lines(written), *lines(number(value)))

    @property
    def element(self) -> ET.Element:
        """The page as one element."""
        pieces, signs = Pieces(), Signs()
        told = graph_told(self.figure, self.steps, self.program, Sentences(self.figure, pieces))
        for i, arrow in enumerate(told["arrows"]):
            arrow |= self.labelled(i, pieces)
        told |= self.activity.told(self.figure) | {"key": self.key, "least": smallest(self.layout)}
        told |= {"partials": self.partials if self.partials in CHOICES else ""}
        picture, runs, numbers = image(self.scene, self.layout, pieces.boxes.values(), signs.glyphs)
        told |= signs.told(numbers) | {"pieces": pieces.told(runs)}
        element = ET.Element("autograd-graph", {"role": "group", "aria-label": self.title})
        element.set("data-lm-suppress-shortcuts", "true")  # in JupyterLab arrow keys would go to another cell
        element.set("data-graph", in_attribute(told))
        shown = {"src": f"data:image/svg+xml,{picture}", "alt": self.title}
        ET.SubElement(element, "img", shown | {"style": f"background: {style.PAPER}; color: #000; max-width: 100%"})
        ET.SubElement(element, "script").text = script(
            self.key, self.program.text if self.program else "null", self.activity.parts
        )
        return element

    @cached_property
    def program(self) -> FigureProgram | None:
        """The figure as a program; None where a user's function is none that can be one, so that its numbers stay."""
        try:
            return FigureProgram(self.figure)
        except (CompileError, TypeError):
            return None

    @cached_property
    def key(self) -> str:
        """What tells its program apart from those of others on a page."""
        return digest(self.program.text if self.program else "")

    def labelled(self, i: int, pieces: Pieces) -> dict[str, Any]:
        """Where the label of an arrow stands, if readers can choose among several, and its formula if it has one."""
        label, arrow = self.layout.arrows[i].label, self.figure.arrows[i]
        if self.partials not in CHOICES or label is None:
            return {}
        (written,) = lines(WRITERS["symbols"](arrow, self.figure.names))
        at = [round(x, 1) for x in middle(label)]
        return {"at": at} if is_constant(arrow) else {"at": at, "symbol": pieces.number(written, text(written))}


def is_constant(arrow: Arrow) -> bool:
    """Whether the partial on an arrow is a constant."""
    return isinstance(arrow.symbol.head, (int, float))


def with_room(label: Label) -> Label:
    """A label that is a number, as wide as other numbers might be."""
    return tuple(wide(line) if isinstance(line, Math) else line for line in lines(label))


def wide(line: Math) -> Line:
    """A line that is a number, with nothing behind it up to the width that most numbers have."""
    missing = len(ROOM) + 1 - len(line.text.rpartition(" ")[2])
    return Math(rf"{line.tex}\phantom{{{'0' * missing}}}", line.text) if missing > 0 else line


def in_attribute(told: dict[str, Any]) -> str:
    """Data as JSON in which " and ' have changed places, since attributes stand between the former.

    It has no `<`, which tells naive readers of HTML of tags, and no halves of letters, which no file can hold.
    """
    written = json.dumps(told, ensure_ascii=False, separators=(",", ":")).translate(SWAPPED)
    return re.sub("[<\ud800-\udfff]", lambda x: f"\\u{ord(x[0]):04x}", written)


def script(key: str, program: str, parts: Sequence[str]) -> str:
    """The script of an element: what all have in common, some of ACTIVITIES, and its program, found by this key."""
    more = [source(name) for part in parts for name in ACTIVITIES[part]]
    program = re.sub("^ +", "", program, flags=re.MULTILINE)
    return "\n".join(["(() => {", common(), *more, f'show("{key}", {program}, {{ {", ".join(parts)} }});', "})();"])


@cache
def common() -> str:
    """All files of JavaScript, and the styles as a text."""
    return "\n".join([f"const STYLE = {json.dumps(source('player.css'))};", *map(source, SCRIPTS)])


def source(name: str) -> str:
    """A file of this package without indentation, comments, and blanks around signs."""
    written = (files(__package__) / name).read_text(encoding="utf-8")
    shorter = SIGNS[name.rpartition(".")[2]].sub(lambda part: "".join(x or "" for x in part.groups()), written)
    return "\n".join(line for line in map(str.strip, shorter.splitlines()) if line)


# What a group finds is kept. In scripts that is all of a template, a string or a pattern; a division differs from a
# pattern by the blank behind its sign.
SIGNS = {
    "css": re.compile(r"/\*.*?\*/| *([{};,>]) *|(?<=:) +"),
    "js": re.compile(
        r"""(`(?:[^`\\]|\\.)*`|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')|"""
        r"""(/(?![/* ])(?:[^/\\\n\[]|\\.|\[(?:[^\]\\\n]|\\.)*\])+/\w*)| *//.*| *([=<>?:,;{}()&|*]+) *"""
    ),
}
