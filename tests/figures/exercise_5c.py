"""The course's exercise 5c: the derivative of the loss by the output."""

from pathlib import Path

from autograd import Diagram
from autograd.diagram import side_by_side
from tests.views import loss


def figure() -> Diagram:
    """The figure, drawn from a graph of Values."""
    return Diagram(side_by_side([("MLP data flow view 3", loss("symbols"))], "Exercise 5c"))


if __name__ == "__main__":
    figure().save(Path(__file__).with_suffix(".svg"))
