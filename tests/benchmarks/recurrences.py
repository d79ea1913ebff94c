"""Recurrences by `scan`, beside JAX's: `python -m tests.benchmarks.recurrences`, three minutes."""

from math import inf

from tests.benchmarks.peers import Peer
from tests.benchmarks.tables import Found, Table, first_and_later, share

__all__ = ["TABLE"]

STEPS = (300, 3000, 30_000)
RECURRENCES = {
    "garch": "GARCH(1,1)",
    "hidden markov": "Hidden Markov model, 3 states",
    "kalman": "Kalman filter",
    "runge-kutta": "Lotka-Volterra by Runge-Kutta",
}


def _goal(done: Found) -> str:
    first = done["llvm"]["first"] if "llvm" in done else inf
    found = f"first {first:.2f} s (0.5 s, {'reached' if first <= 0.5 else 'MISSED'})"
    return ", ".join([share(done, "llvm", "jax.jit", later=1.0), found])


TABLE = Table(
    [
        Peer("llvm", ["ours_recurrences.py", "llvm"]),
        Peer("jax.jit", ["jax_recurrences.py"], ["jax==0.10.2"]),
    ],
    {f"{job} {n}": f"{about}, {n:,} steps" for job, about in RECURRENCES.items() for n in STEPS}
    | {"lstm 1024": "LSTM, 1,024 steps"},
    first_and_later,
    _goal,
    "by `scan`: value and gradient",
    {"first": ", first", "later": ", later"},
    tolerance=1e-6,
)

if __name__ == "__main__":
    TABLE.main()
