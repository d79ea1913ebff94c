"""The course's exercise 5b: the derivatives on the arrows from one unit to all that it feeds."""

from pathlib import Path

from autograd import Diagram
from autograd.diagram import side_by_side
from tests.views import fan


def figure() -> Diagram:
    """The figure, drawn from a graph of Values."""
    return Diagram(side_by_side([("MLP data flow view 2", fan("symbols"))], "Exercise 5b"))


if __name__ == "__main__":
    figure().save(Path(__file__).with_suffix(".svg"))
