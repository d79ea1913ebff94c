"""PyTorch in double precision, as the others, on one thread."""

from itertools import pairwise
from typing import Any

import networks
import numpy as np
import torch

torch.set_num_threads(1)
torch.set_default_dtype(torch.float64)


def train(X: Any, y: Any, hidden: list[int], epochs: int, size: int) -> Any:
    n = len(np.unique(y))
    sizes, layers = [X.shape[1], *hidden], []
    for a, b in pairwise(sizes):
        layers += [torch.nn.Linear(a, b), torch.nn.ReLU()]
    model = torch.nn.Sequential(*layers, torch.nn.Linear(sizes[-1], 1 if n == 2 else n))
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


def predict(model: Any, X: Any) -> Any:
    with torch.no_grad():
        return model(torch.tensor(X))


networks.measured(train, predict)
