"""The rooms of this project, each above those that it uses: the picture in ARCHITECTURE.md.

An arrow is left out where others lead up as well.
"""

from pathlib import Path

from autograd.diagram import Diagram, Edge, Node, Row, Scene

ROOMS = (
    ("table", ("the table", "one rule a function")),
    ("value", ("Value", "record, backward")),
    ("typeset", ("typeset", "mathematics to glyphs")),
    ("derivatives", ("derivatives", "grad, jvp, checks")),
    ("formula", ("formula", "numbers written down")),
    ("compiler", ("compiler", "functions to programs")),
    ("diagram", ("diagram", "graphs to pictures")),
    ("nn", ("nn", "networks that train")),
    ("stepping", ("stepping", "both passes, played")),
)
USES = (
    ("table", "value"),
    ("value", "derivatives"),
    ("value", "formula"),
    ("typeset", "formula"),
    ("formula", "diagram"),
    ("derivatives", "compiler"),
    ("compiler", "nn"),
    ("diagram", "nn"),
    ("diagram", "stepping"),
)
LEVELS = (("table",), ("value", "typeset"), ("derivatives", "formula"), ("compiler", "diagram"), ("nn", "stepping"))


def figure() -> Diagram:
    """The figure, from the list of rooms."""
    return Diagram(
        Scene(
            tuple(Node(key, label) for key, label in ROOMS),
            tuple(Edge(below, above) for below, above in USES),
            tuple(Row(keys) for keys in LEVELS),
            title="The rooms of scalar-autograd, each above those that it uses",
        )
    )


if __name__ == "__main__":
    figure().save(Path(__file__).with_suffix(".svg"))
