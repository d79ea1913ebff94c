"""The three views of the backward pass of the course's section 5.2."""

from pathlib import Path

from autograd import Diagram
from autograd.diagram import side_by_side
from tests.views import fan, loss, unit_of_vectors


def figure() -> Diagram:
    """The figure, drawn from graphs of Values."""
    views = [
        ("MLP data flow view 1", unit_of_vectors()),
        ("MLP data flow view 2", fan()),
        ("MLP data flow view 3", loss()),
    ]
    return Diagram(side_by_side(views, "The backward pass"))


if __name__ == "__main__":
    figure().save(Path(__file__).with_suffix(".svg"))
