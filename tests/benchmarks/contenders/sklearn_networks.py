"""scikit-learn's MLPClassifier."""

from typing import Any

import networks
from sklearn.neural_network import MLPClassifier


def train(X: Any, y: Any, hidden: list[int], epochs: int, size: int) -> Any:
    options: Any = {"max_iter": epochs, "batch_size": size, "n_iter_no_change": epochs, "alpha": 0.0, "random_state": 0}
    return MLPClassifier(hidden, **options).fit(X, y)


networks.measured(train, lambda model, X: model.predict_proba(X))
