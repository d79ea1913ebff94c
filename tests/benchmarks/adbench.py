"""ADBench's jobs beside peers: `python -m tests.benchmarks.adbench`, minutes."""

from tests.benchmarks.peers import Peer
from tests.benchmarks.tables import Found, Table, first_and_later, share

__all__ = ["TABLE"]


def _goal(done: Found) -> str:
    best = "CasADi, gcc" if "CasADi, gcc" in done else "jax.jit"
    return share(done, "compiled", best, later=1.0)


TABLE = Table(
    [
        Peer("by hand, C++", ["adbench_hand.py"], ["numpy>=2.0"]),
        Peer("compiled", ["adbench_ours.py"]),
        Peer("CasADi, gcc", ["adbench_casadi.py"], ["casadi==3.8.2", "numpy>=2.0"]),
        Peer("jax.jit", ["adbench_jax.py"], ["jax==0.10.2"]),
        Peer("torch", ["adbench_torch.py"], ["torch==2.13.0", "numpy>=2.0"]),
    ],
    {
        "gmm small": "Mixture of 5 Gaussians in 2 dimensions, 1,000 points: gradient",
        "gmm large": "... of 25 in 10 dimensions: gradient",
        "ba": "Bundle adjustment, 31,843 observations: Jacobian",
        "hand": "Hand of 26 angles, 192 points: Jacobian",
        "lstm": "LSTM of 2 layers, 1,024 characters of 14 bits: gradient",
    },
    first_and_later,
    _goal,
    "first call, later ones",
    {"first": ", first", "later": ", later"},
    tolerance=1e-9,
    never={
        ("by hand, C++", "hand"),
        ("by hand, C++", "lstm"),
        ("CasADi, gcc", "lstm"),
    },  # for which nobody has written a program here
)

if __name__ == "__main__":
    TABLE.main()
