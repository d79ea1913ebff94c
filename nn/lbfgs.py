"""L-BFGS: the optimiser whose step is a whole minimisation."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from autograd import Value
from autograd.extras import needed
from nn.optimizers import Closure, Optimizer

__all__ = ["LBFGS"]


@dataclass(eq=False, repr=False)
class LBFGS(Optimizer):
    """SciPy's L-BFGS-B (Byrd, Lu, Nocedal & Zhu 1995): a step is a whole minimisation, on all of the data.

    - `max_iter`: the most iterations of a step.
    - `history_size`: from how many of the last iterations the curvature is estimated.
    - `tolerance_grad`: a step ends where no slope is larger,
    - `tolerance_change`: or where the loss, if it is above 1 in proportion, falls by less in one iteration.

    It has no learning rate; `n_iter` is the number of iterations so far. Every step starts anew, without what an
    earlier one knew of the curvature. Needs the extra `scipy`. Raises what every `Optimizer` raises.

    >>> x, y = parameters = Value(-1.2), Value(1.0)
    >>> optimizer = LBFGS(parameters)
    >>> def closure():
    ...     optimizer.zero_grad()
    ...     loss = (1 - x) ** 2 + 100 * (y - x**2) ** 2
    ...     loss.backward()
    ...     return loss
    >>> optimizer.step(closure).data < 1e-9
    True
    """

    lr: float = field(default=1.0, init=False)
    max_iter: int = 100
    history_size: int = 10
    tolerance_grad: float = 1e-7
    tolerance_change: float = 1e-12
    n_iter: int = field(default=0, init=False)

    state = ()

    @property
    def evaluations(self) -> int:  # type: ignore[override]  # noqa: D102  # see Optimizer
        return self.max_iter

    def step(self, closure: Closure | None = None) -> Value:
        """Minimise the loss that `closure` returns, having set the gradients; returns the loss that was reached.

        When `closure` raises an error, or at Ctrl-C, the parameters stay where the last whole iteration left them.
        Raises TypeError without a closure.
        """
        with needed("LBFGS", '"scalar-autograd[scipy]"'):
            from scipy.optimize import minimize

        if closure is None:
            raise TypeError("LBFGS needs the loss at several points: step(closure), where closure() returns it.")
        options: dict[str, float] = {"maxiter": self.max_iter, "maxcor": self.history_size}
        options |= {"gtol": self.tolerance_grad, "ftol": self.tolerance_change}
        vectors = self.vectors
        reached = [p.data for p in self.parameters] if vectors is None else vectors.data.tolist()

        def at(x: Iterable[float]) -> tuple[float, Any]:
            self._set(x)
            loss = closure()
            return loss.data, [p.grad or 0.0 for p in self.parameters] if vectors is None else vectors.grad.copy()

        def callback(x: Iterable[float]) -> None:
            reached[:] = map(float, x)
            self.n_iter += 1

        try:
            minimize(at, reached, jac=True, method="L-BFGS-B", callback=callback, options=options)
        finally:
            self._set(reached)
        return closure()

    def _set(self, x: Iterable[float]) -> None:
        if self.vectors is not None:
            self.vectors.data[:] = x
            return
        for p, data in zip(self.parameters, x, strict=True):
            p.data = float(data)

    def update(self, i: Any, x: Any, g: Any) -> None:
        """Raises TypeError: all parameters change together."""
        raise TypeError("LBFGS changes all parameters together: use step(closure).")
