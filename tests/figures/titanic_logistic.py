"""Logistic regression on the Titanic's passengers, as the course draws it in section 3."""

from pathlib import Path

from autograd import Diagram, Value, dot, draw, sigmoid

NAMES = ["(age)", "(male)", "(is young male)", "(1)"]


def figure() -> Diagram:
    """The figure, drawn from a graph of Values: a boy of four, and the weights that the passengers teach."""
    x = [Value(x, f"x_{i}") for i, x in enumerate([4.0, 1.0, 1.0, 1.0], start=1)]
    w = [Value(w, f"w_{i}") for i, w in enumerate([0.0057, -2.6034, 2.1726, 0.9503], start=1)]
    s: Value = dot(x, w)
    s.label = "s"
    z: Value = sigmoid(s)
    z.label = "z"
    captions = dict(zip(x, NAMES, strict=True)) | {z: "(output)"}
    return draw(z, partials="weights", fold=w, captions=captions, title="Logistic regression on the Titanic")


if __name__ == "__main__":
    figure().save(Path(__file__).with_suffix(".svg"))
