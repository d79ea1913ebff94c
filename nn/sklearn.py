"""scikit-learn's own multi-layer perceptrons, whose networks and derivatives are ours.

Training, early stopping and scoring are scikit-learn's, under its names. What a network computes, and the gradient of
its loss, are an `MLP`'s, written neuron by neuron and compiled, so that every activation of ours is available.
"""

from __future__ import annotations

import inspect
import random
from itertools import pairwise
from typing import Any, Self

from autograd import compile_rows, exp, xlogy
from autograd.extras import needed
from nn.losses import cross_entropy, log_loss_with_logits
from nn.modules import ACTIVATIONS
from nn.perceptrons import MLP
from nn.prediction import predict

with needed("nn.sklearn", '"scalar-autograd[sklearn]"'):
    import numpy as np
    from sklearn import neural_network as theirs
    from sklearn.neural_network._base import ACTIVATIONS as THEIR_ACTIVATIONS
    from sklearn.utils import compute_sample_weight
    from sklearn.utils._param_validation import StrOptions
    from sklearn.utils.validation import _check_sample_weight

__all__ = ["MLPClassifier", "MLPRegressor"]


def _constructor(kind: Any, **ours: Any) -> Any:
    """The constructor of one of their classes with other defaults, and with more parameters; they stay its own."""
    known = dict(inspect.signature(kind.__init__).parameters)
    own, sizes = known.pop("self"), known.pop("hidden_layer_sizes")
    parameters = {p.name: p.replace(kind=p.KEYWORD_ONLY, default=ours.pop(p.name, p.default)) for p in known.values()}
    parameters["activation"] = parameters["activation"].replace(kind=own.POSITIONAL_OR_KEYWORD)
    more = [inspect.Parameter(name, own.KEYWORD_ONLY, default=x) for name, x in ours.items() if name != sizes.name]
    ordered = [own, sizes.replace(default=ours[sizes.name]), parameters.pop("activation"), *parameters.values(), *more]
    signature = inspect.Signature(ordered)

    def __init__(self: Any, *args: Any, **kwargs: Any) -> None:
        bound = signature.bind(self, *args, **kwargs)
        bound.apply_defaults()
        vars(self).update({name: x for name, x in bound.arguments.items() if name != "self"})

    __init__.__signature__ = signature  # type: ignore[attr-defined]  # which `inspect` and scikit-learn read
    return __init__


_CONSTRAINTS = {
    "activation": [StrOptions({*ACTIVATIONS, "logistic"}), callable],
    "solver": [StrOptions({"auto", "lbfgs", "sgd", "adam"})],
}
_DEFAULTS: dict[str, Any] = {"hidden_layer_sizes": (8,), "activation": "tanh", "solver": "auto"}


class _Ours:
    """What both estimators have of ours."""

    def _fit(self: Any, X: Any, y: Any, sample_weight: Any = None, incremental: bool = False) -> Any:
        """Train by L-BFGS, or by Adam where an option needs steps on batches."""
        asked, steps = self.solver, incremental or self.early_stopping or self.batch_size != "auto"
        if asked == "auto":
            self.solver = "adam" if steps else "lbfgs"
        try:
            return super()._fit(X, y, sample_weight, incremental)  # type: ignore[misc]  # of the other base
        finally:
            self.solver = asked

    def _check_solver(self: Any) -> bool:
        return bool(self.solver == "auto" or super()._check_solver())  # type: ignore[misc]  # likewise

    def _initialize(self: Any, *args: Any) -> None:
        """Set, after L-BFGS too, what later steps on batches need."""
        asked, self.solver = self.solver, "adam"
        super()._initialize(*args)  # type: ignore[misc]  # likewise
        self.solver = asked

    def _network(self: Any) -> MLP:
        """The network, which gives logits, with the weights in `coefs_` and `intercepts_`."""
        sizes = [self.coefs_[0].shape[0], *(len(b) for b in self.intercepts_)]
        made = sizes, self.activation
        if getattr(self, "_made", None) != made:
            activation = "sigmoid" if self.activation == "logistic" else self.activation
            self.model_ = MLP(sizes[0], sizes[1:], activation, rng=random.Random(0))
            self._made, self._weights = made, self.model_.parameters()
            self._program, self._data = None, (None, None, None)
        flat = np.concatenate(
            [np.column_stack([w.T, b]).ravel() for w, b in zip(self.coefs_, self.intercepts_, strict=True)]
        )
        for p, x in zip(self._weights, flat.tolist(), strict=True):
            p.data = x
        return self.model_  # type: ignore[no-any-return]  # the attribute is set above

    def _backprop(self: Any, X: Any, y: Any, *others: Any) -> tuple[float, Any, Any]:
        """The loss of some rows and its gradient, for scikit-learn; before its 1.7 rows have no weights."""
        *given, _, _, coef_grads, intercept_grads = others
        weights: Any = None if not given or given[0] is None else given[0].astype(float)
        model = self._network()
        if self._program is None:
            row = [0.5] * X.shape[1], [0.0] * (y.shape[1] - 1) + [1.0]
            self._program = compile_rows(lambda x, y: self._loss_of_row(model, x, y), row, self._weights, "numpy")
        program, (known, known_y, data) = self._program, self._data
        if known is not X or known_y is not y:
            rows = np.column_stack([X.toarray() if hasattr(X, "toarray") else X, y])
            data = program.over(rows, weights)
            self._data = X, y, data
        program.load()
        whole = X.shape[0] if weights is None else weights.sum()
        with np.errstate(all="ignore"):
            loss = data.step() + self.alpha / 2 * sum(float((w.astype(float) ** 2).sum()) for w in self.coefs_) / whole
        flat, start = np.empty(len(program.order)), 0
        flat[program.order] = program.grad
        for k, (n, m) in enumerate(pairwise([X.shape[1], *map(len, self.intercepts_)])):
            matrix = flat[start : (start := start + m * (n + 1))].reshape(m, n + 1)
            coef_grads[k][...] = matrix[:, :-1].T + self.alpha * self.coefs_[k] / whole
            intercept_grads[k][...] = matrix[:, -1]
        return loss, coef_grads, intercept_grads

    def _loss_of_row(self: Any, model: MLP, x: Any, y: Any) -> Any:
        z = model(x)
        outputs = z if isinstance(z, list) else [z]
        match self.out_activation_:
            case "softmax":
                return cross_entropy([outputs], [y])
            case "logistic":
                return sum(log_loss_with_logits(s, t) for s, t in zip(outputs, y, strict=True))
            case "exp":
                return sum(exp(s) - t * s + xlogy(t, t) - t for s, t in zip(outputs, y, strict=True)) / len(y)
        return sum((s - t) ** 2 for s, t in zip(outputs, y, strict=True)) / 2

    def _forward_pass_fast(self: Any, X: Any, check_input: bool = True) -> Any:
        """The outputs of the network after their activation."""
        if check_input:
            X = theirs._multilayer_perceptron.validate_data(self, X, accept_sparse=["csr", "csc"], reset=False)
        rows = X.toarray() if hasattr(X, "toarray") else np.asarray(X)
        outputs = predict(self._network(), rows).reshape(len(rows), -1).astype(self.coefs_[0].dtype, copy=False)
        THEIR_ACTIVATIONS[self.out_activation_](outputs)
        return outputs

    def _fit_lbfgs(self: Any, X: Any, y: Any, *others: Any) -> None:
        """Equal rows are merged, in order: so a row of weight n trains the same model as n of them, to the last bit."""
        weights = _check_sample_weight(others[0], X, dtype=np.float64)
        dense = X.toarray() if hasattr(X, "toarray") else X
        rows, places = np.unique(np.column_stack([dense, y]), axis=0, return_inverse=True)
        merged = np.bincount(places.ravel(), weights)
        rows, n = rows[merged > 0], X.shape[1]
        X, y = rows[:, :n].astype(X.dtype), rows[:, n:].astype(y.dtype)
        super()._fit_lbfgs(X, y, merged[merged > 0], *others[1:])  # type: ignore[misc]  # of the other base
        self.loss_curve_.append(self.loss_)
        self.coefs_ = [w.astype(X.dtype) for w in self.coefs_]
        self.intercepts_ = [b.astype(X.dtype) for b in self.intercepts_]

    def __getstate__(self: Any) -> Any:
        state: Any = super().__getstate__()
        return {name: x for name, x in state.items() if name not in ("_made", "_weights", "_program", "_data")}


class MLPClassifier(_Ours, theirs.MLPClassifier):  # type: ignore[misc]  # scikit-learn has no types
    """scikit-learn's `MLPClassifier` on a network of ours; see there for its parameters, attributes and methods.

    By default it has 8 hidden units of tanh, and `solver` "auto" is L-BFGS, or Adam where early stopping, a batch size
    or `partial_fit` ask for steps by some rows; `activation` is also one of ours, by name or a function; `class_weight`
    is a dict of classes' weights or "balanced". The trained network is `model_`, which gives logits. Scale the inputs
    before, as for any perceptron.

    >>> MLPClassifier(random_state=0).fit([[-1.0], [0.0], [1.0], [2.0]], ["a", "b", "b", "a"]).predict([[0.5], [3.0]])
    array(['b', 'a'], dtype='<U1')
    """

    _parameter_constraints = theirs.MLPClassifier._parameter_constraints | _CONSTRAINTS
    _parameter_constraints |= {"class_weight": [dict, StrOptions({"balanced"}), None]}
    __init__ = _constructor(theirs.MLPClassifier, **_DEFAULTS, class_weight=None)

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Train on the rows of `X`, whose classes are `y`; a row of weight n counts as n of them."""
        if self.class_weight is not None:
            weights = compute_sample_weight(self.class_weight, y)
            sample_weight = weights if sample_weight is None else weights * np.asarray(sample_weight)
        fitted: Self = super().fit(X, y, sample_weight)
        return fitted


class MLPRegressor(_Ours, theirs.MLPRegressor):  # type: ignore[misc]  # scikit-learn has no types
    """scikit-learn's `MLPRegressor` on a network of ours, with the differences that `MLPClassifier` has.

    >>> model = MLPRegressor((3,), random_state=0).fit([[0.0], [0.5], [1.0], [1.5], [2.0]], [0.0, 0.25, 1.0, 2.25, 4.0])
    >>> model.predict([[2.0]]).round(1)
    array([4.])
    """

    _parameter_constraints = theirs.MLPRegressor._parameter_constraints | _CONSTRAINTS
    __init__ = _constructor(theirs.MLPRegressor, **_DEFAULTS)
