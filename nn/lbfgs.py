"""L-BFGS: the optimiser whose step is a whole minimisation."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from autograd import Value
from nn.optimizers import Closure, Optimizer

__all__ = ["LBFGS"]


class LBFGS(Optimizer):
    """SciPy's L-BFGS-B (Byrd, Lu, Nocedal & Zhu 1995): a step is a whole minimisation, on all of the data.

    - `max_iter`: the most iterations of a step.
    - `history_size`: from how many of the last iterations the curvature is estimated.
    - `tolerance_grad`: a step ends where no slope is larger,
    - `tolerance_change`: or where the loss, if it is above 1 in proportion, falls by less in one iteration.

    It has no learning rate; `n_iter` is the number of iterations so far. Every step starts anew, without what an
    earlier one knew of the curvature. Needs the extra `scipy`. Raises ValueError for numbers below 1, and for negative
    tolerances.

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

    state = ()

    def __init__(
        self,
        parameters: Iterable[Value],
        max_iter: int = 100,
        history_size: int = 10,
        tolerance_grad: float = 1e-7,
        tolerance_change: float = 1e-12,
    ) -> None:
        super().__init__(parameters, lr=1.0)
        if not (max_iter >= 1 and history_size >= 1):
            raise ValueError(f"max_iter and history_size are at least 1, got {max_iter!r} and {history_size!r}.")
        if not (tolerance_grad >= 0 and tolerance_change >= 0):
            raise ValueError(f"Tolerances are at least 0, got {tolerance_grad!r} and {tolerance_change!r}.")
        self.n_iter, self.evaluations = 0, max_iter
        self.options = {"maxiter": max_iter, "maxcor": history_size, "gtol": tolerance_grad, "ftol": tolerance_change}

    def step(self, closure: Closure | None = None) -> Value:
        """Minimise the loss that `closure` gives, having set the gradients; returns the loss that was reached.

        When `closure` raises an error, or at Ctrl-C, the parameters stay where the last whole iteration left them.
        Raises TypeError without a closure.
        """
        from scipy.optimize import minimize

        if closure is None:
            raise TypeError("LBFGS needs the loss at several points: step(closure), where closure() gives it.")
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
            minimize(at, reached, jac=True, method="L-BFGS-B", callback=callback, options=self.options)
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
