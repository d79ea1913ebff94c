"""The forward pass of the course's section 5.1, in two views."""

from pathlib import Path

from autograd import Diagram
from autograd.diagram import side_by_side
from tests.views import loss, unit


def figure() -> Diagram:
    """The figure, drawn from graphs of Values."""
    return Diagram(side_by_side([("Forward pass view 1", unit()), ("Forward pass view 2", loss())], "The forward pass"))


if __name__ == "__main__":
    figure().save(Path(__file__).with_suffix(".svg"))
