"""Networks that contenders train by Adam, in the same batches for the same epochs; takes NumPy and scikit-learn's data.

A contender is told the name of a problem and says in JSON how many seconds that takes, compiling included, the quickest
of a few times; "predictions" are those for all rows of the largest problem, by a network that has been trained already.
"""

import json
import sys
import warnings
from collections.abc import Callable
from time import process_time
from typing import Any

from sklearn.datasets import load_digits, load_iris, make_classification, make_moons
from sklearn.exceptions import ConvergenceWarning

RUNS = 3
LARGEST = "200,000 x 20"
Train = Callable[[Any, Any, list[int], int, int], Any]  # rows, classes, hidden units, epochs, rows in a batch


def problem(name: str) -> tuple[Any, Any, list[int], int, int]:
    """What there is to learn, by which network, in how many epochs and batches of which size."""
    if name == "digits":
        X, y = load_digits(return_X_y=True)
        return X / 16, y, [50], 30, 100
    if name == "moons":
        return *make_moons(1000, noise=0.2, random_state=0), [16, 16], 100, 100
    if name == "iris":
        return *load_iris(return_X_y=True), [10], 200, 50
    return *make_classification(200_000, 20, n_informative=10, random_state=0), [16], 5, 200


def measured(train: Train, predict: Callable[[Any, Any], Any]) -> None:
    """Say how long training takes, or predicting."""
    warnings.simplefilter("ignore", ConvergenceWarning)
    name = sys.argv[-1]
    X, y, hidden, epochs, size = problem(name)
    model = train(X[:2000], y[:2000], hidden, 1, size)  # what is loaded once is loaded then
    rounds = []
    for _ in range(RUNS):
        begin = process_time()
        if name == "predictions":
            predict(model, X)
        else:
            train(X, y, hidden, epochs, size)
        rounds.append(process_time() - begin)
    print(json.dumps({"seconds": min(rounds)}))
