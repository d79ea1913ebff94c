"""The course's exercise 4a: logistic regression with its loss on top."""

from pathlib import Path

from autograd import Diagram, Value, Vector, draw, log, sigmoid


def figure() -> Diagram:
    """The figure, drawn from a graph of Values."""
    x, w, y = Vector([30.0, 1.0, 1.0], "x"), Vector([-0.004, -2.461, 1.235], "w"), Value(1.0, "y")
    s = w @ x
    s.label = "s"
    z: Value = sigmoid(s)
    z.label = "z"
    loss = -y * log(z) - (1 - y) * log(1 - z)
    loss.label = "l"
    return draw(loss, partials=None, only=[x, w, s, z], captions={z: "(output)"}, title="Exercise 4a")


if __name__ == "__main__":
    figure().save(Path(__file__).with_suffix(".svg"))
