"""Sparse derivatives of functions of vectors, beside CasADi: `python -m tests.benchmarks.vectors`, a minute."""

from tests.benchmarks.peers import Peer
from tests.benchmarks.tables import Table, first_and_later, share

__all__ = ["TABLE"]

TABLE = Table(
    [
        Peer("llvm", ["ours_vectors.py", "llvm"]),
        Peer("python", ["ours_vectors.py", "python"]),
        Peer("CasADi SX", ["casadi_vectors.py"], ["casadi==3.8.2", "numpy>=2.0"]),
    ],
    {
        **{f"collocation jacobian {n}": f"Swinging up a pole at {n} points: Jacobian" for n in (20, 40, 80, 160)},
        **{f"collocation hessian {n}": f"... at {n}: Hessian of the Lagrangian" for n in (20, 40, 80, 160)},
        "bundle jacobian 4 x 10": "4 cameras see 10 points: Jacobian",
        "bundle jacobian 10 x 100": "10 cameras see 100 points: Jacobian",
        "rosenbrock hessian 300": "Rosenbrock's function of 300 numbers: Hessian",
    },
    first_and_later,
    lambda done: share(done, "llvm", "CasADi SX", first=1.5, later=1.0),
    "sparse matrices",
    {"first": ", first", "later": ", later"},
)

if __name__ == "__main__":
    TABLE.main()
