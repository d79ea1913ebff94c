"""The multi-layer perceptron for the Titanic's passengers of the course's section 3, with full notation."""

import random
from pathlib import Path

import nn
from autograd import Diagram


def figure() -> Diagram:
    """The figure, drawn from a model."""
    model = nn.MLP(2, [2, 1], activation="sigmoid", output="sigmoid", rng=random.Random(1))
    return nn.draw(model, ["age", "male"])


if __name__ == "__main__":
    figure().save(Path(__file__).with_suffix(".svg"))
