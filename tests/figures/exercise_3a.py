"""The course's exercise 3a: the dataflow diagram of cos(x² y) + x² √z."""

from pathlib import Path

from autograd import Diagram, Value, cos, draw, sqrt


def figure() -> Diagram:
    """The figure, drawn from a graph of Values."""
    x, y, z = Value(1.0, "x"), Value(2.0, "y"), Value(4.0, "z")
    return draw(cos(x**2 * y) + x**2 * sqrt(z), title="Exercise 3a")


if __name__ == "__main__":
    figure().save(Path(__file__).with_suffix(".svg"))
