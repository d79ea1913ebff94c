"""A descent within a descent, beside HIPS autograd: `python -m tests.benchmarks.descents`, a minute."""

from typing import Any

from tests.benchmarks.peers import Peer
from tests.benchmarks.tables import Table, duration, share

__all__ = ["TABLE"]


def _cell(x: dict[str, Any]) -> str:
    return duration(x["seconds"])


TABLE = Table(
    [
        Peer("python", ["ours_nested.py", "python"]),
        Peer("llvm", ["ours_nested.py", "llvm"]),
        Peer("HIPS autograd", ["hips_nested.py"], ["autograd==1.9.1"]),
    ],
    {"saddle": "GradBench's saddle: a minimum over x of maxima over y"},
    _cell,
    lambda done: share(done, "python", "HIPS autograd", seconds=0.1),
    "compiling included",
    {"seconds": ""},
    tolerance=1e-6,
)

if __name__ == "__main__":
    TABLE.main()
