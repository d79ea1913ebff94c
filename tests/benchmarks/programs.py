"""Scalar programs as engineers write them, beside CasADi and JAX: `python -m tests.benchmarks.programs`, a minute."""

from tests.benchmarks.peers import Peer
from tests.benchmarks.tables import Found, Table, first_and_later, share

__all__ = ["TABLE"]


def _goal(done: Found) -> str:
    if "llvm" not in done:
        return ""
    ours = done["llvm"]
    good = {
        f"{ours['first']:.2f} s (1.5 s)": ours["first"] <= 1.5,
        f"{ours['megabytes']:.0f} MB (100 MB)": ours["megabytes"] < 100,
    }
    more = [f"{text} {'reached' if yes else 'MISSED'}" for text, yes in good.items()]
    return ", ".join([share(done, "llvm", "CasADi SX", later=0.5, first=2.0), *more])


TABLE = Table(
    [
        Peer("python", ["ours_programs.py", "python"]),
        Peer("llvm", ["ours_programs.py", "llvm"]),
        Peer("CasADi SX", ["casadi_programs.py"], ["casadi==3.8.2", "numpy>=2.0"]),
        Peer("jax.jit", ["jax_programs.py"], ["jax==0.10.2"]),
    ],
    {
        "garch": "GARCH(1,1), 1,000 returns",
        "lotka-volterra": "Lotka-Volterra, 500 steps of Runge-Kutta",
        "kalman": "Kalman filter, 200 steps",
        "hidden markov": "Hidden Markov model, 3 states, 300 steps",
        "gaussian process": "Gaussian process, 30 points",
        "generated": "Generated formula, 2,000 lines",
    },
    first_and_later,
    _goal,
    "step by step: value and gradient",
    {"first": ", first", "later": ", later"},
    never={("jax.jit", "generated")},  # minutes
)

if __name__ == "__main__":
    TABLE.main()
