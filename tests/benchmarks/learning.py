"""What models must learn, beside scikit-learn: `python -m tests.benchmarks.learning`, some minutes."""

import csv
import random
import warnings
from pathlib import Path
from time import process_time
from typing import Any

import numpy as np
from sklearn.datasets import load_digits, make_moons
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier

from autograd import no_grad
from nn import (
    MLP,
    SGD,
    AdamW,
    CosineAnnealingLR,
    History,
    cross_entropy,
    distinct,
    fit,
    hinge_loss,
    l2,
    log_loss_with_logits,
)

TITANIC = Path(__file__).parents[2] / "notebooks" / "data" / "titanic.csv"


def main() -> None:
    """Train scalar by scalar and print, one problem after the other; seconds are of this process alone."""
    moons(steps=100)
    titanic(seeds=10)
    digits(epochs=25)


def moons(steps: int) -> None:
    """micrograd's demo: its data, its network 2-16-16-1, hinge loss and L2, its learning rates."""
    X, y = make_moons(n_samples=100, noise=0.1, random_state=1337)
    rows, targets = X.tolist(), (2 * y - 1).tolist()
    model = MLP(2, [16, 16, 1], rng=random.Random(1337))
    parameters = model.parameters()
    optimizer = SGD(parameters, lr=1.0)

    def loss(scores: Any, targets: Any) -> Any:
        return hinge_loss(scores, targets) + 1e-4 * l2(parameters)

    def slower(history: History) -> None:
        optimizer.lr = 1.0 - 0.9 * len(history.loss) / steps

    begin = process_time()
    fit(model, (rows, targets), loss, optimizer, steps, callbacks=[slower], progress=False, compile=False)
    seconds = process_time() - begin
    with no_grad():
        right = sum((model(row).data > 0) == (y > 0) for row, y in zip(rows, targets, strict=True))
    result("Two moons", f"{right} of 100 right after {steps} steps", right == 100)
    result("", f"{seconds:.1f} s, at most 10", seconds <= 10)


def titanic(seeds: int) -> None:
    """MLP 2-2-1 on the standardised ages and sexes of 1046 passengers, lr 3, 2000 epochs."""
    with TITANIC.open(encoding="ascii", newline="") as file:
        passengers = [row for row in csv.DictReader(file) if row["age"]]
    X = np.array([[float(row["male"]), float(row["age"])] for row in passengers])
    y = [int(row["survived"]) for row in passengers]
    mean, deviation = X.mean(axis=0), X.std(axis=0)
    rows, targets, counts = distinct(((X - mean) / deviation).tolist(), y)
    expected = {(0.0, age): True for age in range(81)} | {(1.0, age): True for age in range(4)}
    expected |= {(1.0, age): False for age in range(15, 65)}
    learnt, slowest = 0, 0.0
    for seed in range(seeds):
        begin = process_time()
        model = MLP(2, [2, 1], activation="sigmoid", output="sigmoid", rng=random.Random(seed))
        optimizer = SGD(model.parameters(), lr=3.0)
        data = rows, targets, counts
        history = fit(model.logits, data, log_loss_with_logits, optimizer, 2000, progress=False, compile=False)
        slowest = max(slowest, process_time() - begin)
        with no_grad():
            lives = [model.logits(row).data > 0 for row in rows]
            right = sum(n for live, y, n in zip(lives, targets, counts, strict=True) if live == y)
            rule = all((model.logits((np.array(x) - mean) / deviation).data > 0) == z for x, z in expected.items())
        good = history.loss[-1] < 0.513 and right >= 820 and rule
        learnt += good
        said = "the rule" if rule else "another rule"
        result(f"Titanic, seed {seed}", f"log loss {history.loss[-1]:.4f}, {right} right, {said}", good)
    result("Titanic", f"{learnt} of {seeds} seeds, at least 9 of 10", learnt >= 0.9 * seeds)
    result("", f"{slowest:.1f} s for a seed, at most 60", slowest <= 60)


def digits(epochs: int) -> None:
    """MLP 64-50-10 on scikit-learn's 1797 digits, of which 30 % are kept for the test, beside scikit-learn's own."""
    X, y = load_digits(return_X_y=True)
    split: Any = train_test_split(X / 16, y, test_size=0.3, random_state=0, stratify=y)
    train, test, train_y, test_y = split
    seconds = {}
    for compiled in (True, False):  # the same training
        model = MLP(64, [50, 10], rng=random.Random(0))
        optimizer = AdamW(model.parameters(), lr=2e-2, weight_decay=0.05)
        schedule = CosineAnnealingLR(optimizer, epochs)
        begin = process_time()
        fit(
            model,
            (train, train_y),
            cross_entropy,
            optimizer,
            epochs,
            batch_size=32,
            callbacks=[schedule],
            seed=0,
            compile=compiled,
        )
        seconds[compiled] = process_time() - begin
    with no_grad():
        outputs = np.array([[s.data for s in model(row)] for row in test.tolist()])
    ours = float(np.mean(outputs.argmax(axis=1) == test_y))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        theirs = MLPClassifier((50,), random_state=0).fit(train, train_y).score(test, test_y)
    result("Digits", f"{ours:.2%} of the test right after {epochs} epochs, at least 97 %", ours >= 0.97)
    result("", f"scikit-learn's own: {theirs:.2%}, at most 0.5 points more", ours >= theirs - 0.005)
    print(f"{'':<20}{seconds[False]:.0f} s, compiled {seconds[True]:.2g} s", flush=True)


def result(problem: str, said: str, reached: bool) -> None:
    """Print a line of what was reached."""
    print(f"{problem:<20}{said:<70}{'reached' if reached else 'MISSED'}", flush=True)


if __name__ == "__main__":
    main()
