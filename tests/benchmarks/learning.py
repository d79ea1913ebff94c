"""What models must learn, where that takes minutes: `python -m tests.benchmarks.learning`, with scikit-learn."""

import csv
import random
import warnings
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
from sklearn.datasets import load_digits
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier

from autograd import no_grad
from nn import MLP, SGD, Adam, CosineAnnealingLR, cross_entropy, distinct, fit, log_loss_with_logits

TITANIC = Path(__file__).parents[2] / "notebooks" / "data" / "titanic.csv"


def main() -> None:
    """Train and print, one problem after the other."""
    digits(epochs=25)
    titanic(seeds=10)


def titanic(seeds: int) -> None:
    """MLP 2-2-1 on the standardised ages and sexes of 1046 passengers, lr 3, 2000 epochs."""
    with TITANIC.open(encoding="ascii", newline="") as file:
        passengers = [row for row in csv.DictReader(file) if row["age"]]
    X = np.array([[float(row["male"]), float(row["age"])] for row in passengers])
    y = [int(row["survived"]) for row in passengers]
    mean, deviation = X.mean(axis=0), X.std(axis=0)
    rows, targets, counts = distinct(((X - mean) / deviation).tolist(), y)
    learnt = 0
    for seed in range(seeds):
        begin = perf_counter()
        model = MLP(2, [2, 1], activation="sigmoid", output="sigmoid", rng=random.Random(seed))
        optimizer = SGD(model.parameters(), lr=3.0)
        history = fit(model.logits, (rows, targets, counts), log_loss_with_logits, optimizer, 2000, progress=False)
        seconds = perf_counter() - begin
        with no_grad():
            lives = [model.logits(row).data > 0 for row in rows]
            right = sum(n for live, y, n in zip(lives, targets, counts, strict=True) if live == y)
            expected = {(0.0, age): True for age in range(81)} | {(1.0, age): True for age in range(4)}
            expected |= {(1.0, age): False for age in range(15, 65)}
            rule = all((model.logits((np.array(x) - mean) / deviation).data > 0) == z for x, z in expected.items())
        good = history.loss[-1] < 0.513 and right >= 820 and rule
        learnt += good
        said = "the rule" if rule else "another rule"
        print(
            f"Titanic, seed {seed}: log loss {history.loss[-1]:.4f}, {right} right, {said}, {seconds:.0f} s", flush=True
        )
    print(f"Titanic: {learnt} of {seeds} seeds, at least 9 of 10: {learnt >= 0.9 * seeds}", flush=True)


def digits(epochs: int) -> None:
    """MLP 64-50-10 on scikit-learn's 1797 digits, of which 30 % are kept for the test."""
    X, y = load_digits(return_X_y=True)
    split: Any = train_test_split(X / 16, y, test_size=0.3, random_state=0, stratify=y)
    train, test, train_y, test_y = split
    model = MLP(64, [50, 10], rng=random.Random(0))
    optimizer = Adam(model.parameters(), lr=5e-3)
    data = (train.tolist(), train_y.tolist())
    schedule = CosineAnnealingLR(optimizer, epochs)
    begin = perf_counter()
    history = fit(model, data, cross_entropy, optimizer, epochs, batch_size=32, callbacks=[schedule], seed=0)
    seconds = perf_counter() - begin
    with no_grad():
        outputs = np.array([[s.data for s in model(row)] for row in test.tolist()])
    ours = float(np.mean(outputs.argmax(axis=1) == test_y))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        theirs = MLPClassifier((50,), random_state=0).fit(train, train_y).score(test, test_y)
    print(f"Digits: loss {history.loss[-1]:.4f} after {epochs} epochs in {seconds:.0f} s", flush=True)
    print(f"Digits: {ours:.2%} of the test right, at least 97 %: {ours >= 0.97}", flush=True)
    print(f"Digits: scikit-learn's {theirs:.2%}, within 0.5 points: {ours >= theirs - 0.005}", flush=True)


if __name__ == "__main__":
    main()
