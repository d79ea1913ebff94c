"""`nn` beside scikit-learn and PyTorch, on one thread: `python -m tests.benchmarks.networks`, some minutes.

Each trains the same MLP by Adam in the same batches for the same epochs, compiling included.
"""

from typing import Any

from tests.benchmarks.peers import Peer
from tests.benchmarks.tables import Found, Table, duration

__all__ = ["TABLE"]


def _cell(x: dict[str, Any]) -> str:
    return duration(x["seconds"])


def _goal(done: Found) -> str:
    if "compiled" not in done:
        return ""
    best = min(x["seconds"] for name, x in done.items() if name != "compiled")
    return f"{done['compiled']['seconds'] / best:.2f}x the better of the others"


TABLE = Table(
    [
        Peer("compiled", ["ours_networks.py"]),
        Peer("scikit-learn", ["sklearn_networks.py"], ["scikit-learn==1.9.1", "numpy>=2.0"]),
        Peer("torch", ["torch_networks.py"], ["torch==2.13.0", "scikit-learn==1.9.1", "numpy>=2.0"]),
    ],
    {
        "digits": "Digits, MLP 64-50-10, 30 epochs",
        "moons": "Two moons, 1,000 rows, MLP 2-16-16-1, 100 epochs",
        "iris": "Iris, MLP 4-10-3, 200 epochs",
        "200,000 x 20": "200,000 rows, MLP 20-16-1, 5 epochs",
        "predictions": "... and predictions for all of them",
    },
    _cell,
    _goal,
    "training by Adam",
    {"seconds": ""},
    tolerance=None,
)

if __name__ == "__main__":
    TABLE.main()
