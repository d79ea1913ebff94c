"""The course's exercise 5a: the derivatives on the arrows of one unit."""

from pathlib import Path

from autograd import Diagram
from autograd.diagram import side_by_side
from tests.views import unit_of_vectors


def figure() -> Diagram:
    """The figure, drawn from a graph of Values."""
    return Diagram(side_by_side([("MLP data flow view 1", unit_of_vectors("symbols"))], "Exercise 5a"))


if __name__ == "__main__":
    figure().save(Path(__file__).with_suffix(".svg"))
