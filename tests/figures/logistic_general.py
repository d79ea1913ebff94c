"""Logistic regression as the course draws it in section 5: the inputs and the weights are one vector each."""

from pathlib import Path

from autograd import Diagram, Value, Vector, draw, sigmoid


def figure() -> Diagram:
    """The figure, drawn from a graph of Values."""
    x, w = Vector([30.0, 1.0, 1.0], "x"), Vector([-0.004, -2.461, 1.235], "w")
    s = w @ x
    s.label = "s"
    z: Value = sigmoid(s)
    z.label = "z"
    return draw(z, partials=None, captions={z: "(output)"}, title="Logistic regression")


if __name__ == "__main__":
    figure().save(Path(__file__).with_suffix(".svg"))
