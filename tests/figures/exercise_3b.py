"""The course's exercise 3b: the dataflow diagram of (cᵀx)², in which x is a vector."""

from pathlib import Path

from autograd import Diagram, Vector, draw


def figure() -> Diagram:
    """The figure, drawn from a graph of Values."""
    c, x = Vector([3.0, 1.0, 2.0], "c", constant=True), Vector([1.0, 2.0, -1.0], "x")
    return draw((c @ x) ** 2, title="Exercise 3b")


if __name__ == "__main__":
    figure().save(Path(__file__).with_suffix(".svg"))
