"""The multi-layer perceptron for the Titanic's passengers of the course's section 3, in words."""

import random
from pathlib import Path

import nn
from autograd import Diagram

NAMES = [["age", "male"], ["hidden repr. 1", "hidden repr. 2"], ["Prob. Survived"]]


def figure() -> Diagram:
    """The figure, drawn from a model."""
    model = nn.MLP(2, [2, 1], activation="sigmoid", output="sigmoid", rng=random.Random(1))
    return nn.draw(model, names=NAMES, captions=True)


if __name__ == "__main__":
    figure().save(Path(__file__).with_suffix(".svg"))
