"""`nn` beside scikit-learn and PyTorch: `python -m tests.benchmarks.networks`, some minutes; one thread for all.

Each trains the same MLP by Adam in the same batches for the same epochs, compiling included; then each predicts 200,000
rows. All take turns, and the best of a few runs counts.
"""

import random
import warnings
from collections.abc import Callable
from functools import partial
from time import perf_counter
from typing import Any

import numpy as np
from sklearn.datasets import load_digits, load_iris, make_classification, make_moons
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier

from nn import MLP, Adam, cross_entropy, fit, log_loss_with_logits, predict, to_torch

RUNS = 3


def problems() -> list[tuple[str, Any, Any, list[int], int, int]]:
    """Name, rows, classes, hidden units, epochs, rows in a batch."""
    digits, moons = load_digits(return_X_y=True), make_moons(1000, noise=0.2, random_state=0)
    made = make_classification(200_000, 20, n_informative=10, random_state=0)
    return [
        ("digits", digits[0] / 16, digits[1], [50], 30, 100),
        ("moons", *moons, [16, 16], 100, 100),
        ("iris", *load_iris(return_X_y=True), [10], 200, 50),
        ("200,000 x 20", *made, [16], 5, 200),
    ]


def ours(X: Any, y: Any, hidden: list[int], epochs: int, size: int) -> Any:
    """Train a network of ours and return it."""
    n = len(np.unique(y))
    model = MLP(X.shape[1], [*hidden, 1 if n == 2 else n], rng=random.Random(0))
    loss = log_loss_with_logits if n == 2 else cross_entropy
    rng = np.random.default_rng(0)
    fit(model, (X, y), loss, Adam(model.parameters(), 1e-3), epochs, batch_size=size, rng=rng, progress=False)
    return model


def scikit_learns(X: Any, y: Any, hidden: list[int], epochs: int, size: int) -> Any:
    """The same by scikit-learn."""
    options: Any = {"max_iter": epochs, "batch_size": size, "n_iter_no_change": epochs, "alpha": 0.0, "random_state": 0}
    return MLPClassifier(hidden, **options).fit(X, y)


def torchs(X: Any, y: Any, hidden: list[int], epochs: int, size: int) -> Any:
    """The same by PyTorch, in double precision as the others."""
    import torch

    n = len(np.unique(y))
    model = to_torch(MLP(X.shape[1], [*hidden, 1 if n == 2 else n], rng=random.Random(0)))
    rows, targets = torch.tensor(X), torch.tensor(y, dtype=torch.float64 if n == 2 else torch.int64)
    loss = torch.nn.BCEWithLogitsLoss() if n == 2 else torch.nn.CrossEntropyLoss()
    optimizer = torch.optim.Adam(model.parameters(), 1e-3)
    for _ in range(epochs):
        order = torch.randperm(len(rows))
        for start in range(0, len(rows), size):
            batch = order[start : start + size]
            optimizer.zero_grad()
            outputs = model(rows[batch])
            loss(outputs[:, 0] if n == 2 else outputs, targets[batch]).backward()
            optimizer.step()
    return model


def timed(f: Callable[[], Any]) -> tuple[float, Any]:
    """Seconds, and what came of them."""
    begin = perf_counter()
    found = f()
    return perf_counter() - begin, found


def main() -> None:
    """Print a line for each problem, and one for the predictions."""
    import torch

    torch.set_num_threads(1)
    warnings.simplefilter("ignore", ConvergenceWarning)
    ways = {"ours": ours, "scikit-learn": scikit_learns, "torch": torchs}
    print(f"{'':<16}{''.join(f'{name:>16}' for name in ways)}    ours in proportion to the faster of the others")
    for name, *problem in problems():
        seconds = {way: min(timed(partial(f, *problem))[0] for _ in range(RUNS)) for way, f in ways.items()}
        line(name, seconds)
    X, y = problems()[-1][1:3]
    model, theirs, networks = (
        ours(X[:2000], y[:2000], [16], 1, 200),
        scikit_learns(X[:2000], y[:2000], [16], 1, 200),
        None,
    )
    networks, rows = to_torch(model), torch.tensor(X)
    with torch.no_grad():
        calls = {
            "ours": lambda: predict(model, X),
            "scikit-learn": lambda: theirs.predict_proba(X),
            "torch": lambda: networks(rows),
        }
        line("predictions", {way: min(timed(call)[0] for _ in range(2 + RUNS)) for way, call in calls.items()})


def line(name: str, seconds: dict[str, float]) -> None:
    """Print what one problem took."""
    ours, *others = seconds.values()
    print(
        f"{name:<16}{''.join(f'{1000 * s:>13.1f} ms' for s in seconds.values())}    {ours / min(others):.2f}",
        flush=True,
    )


if __name__ == "__main__":
    main()
