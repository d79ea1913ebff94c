"""Multi-layer perceptrons as estimators of scikit-learn, for its pipelines, scalers and searches."""

from __future__ import annotations

import random
import warnings
from collections.abc import Sequence
from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import check_random_state, column_or_1d
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, validate_data

from autograd import dot, no_grad, sigmoid, softmax
from nn.lbfgs import LBFGS
from nn.losses import Loss, cross_entropy, log_loss_with_logits, mse_loss
from nn.modules import MLP, Activation
from nn.training import fit

__all__ = ["MLPClassifier", "MLPRegressor"]


class _Perceptron(BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    def __init__(
        self,
        hidden_layer_sizes: Sequence[int] | int = (8,),
        activation: Activation = "tanh",
        *,
        alpha: float = 1e-4,
        max_iter: int = 200,
        tol: float = 1e-4,
        random_state: Any = None,
    ) -> None:
        self.hidden_layer_sizes = hidden_layer_sizes
        self.activation = activation
        self.alpha = alpha
        self.max_iter = max_iter
        self.tol = tol
        self.random_state = random_state

    def _train(self, X: Any, y: Any, sample_weight: Any, outputs: int, loss: Loss) -> None:
        """Minimise the mean loss plus alpha/2 times the squares of the weights, over the number of rows, as there.

        Equal rows are merged, in order: so a row of weight n trains the same model as n of them, to the last bit.
        """
        counts = _check_sample_weight(sample_weight, X, ensure_non_negative=True)
        rows, places = np.unique(np.column_stack([X, y]), axis=0, return_inverse=True)
        data = rows[:, :-1], rows[:, -1].astype(y.dtype), np.bincount(places, counts)
        rng = random.Random(int(check_random_state(self.random_state).randint(2**31)))
        hidden = self.hidden_layer_sizes
        sizes = [*([hidden] if isinstance(hidden, int | np.integer) else hidden), outputs]
        self.model_ = model = MLP(X.shape[1], sizes, self.activation, init="xavier", rng=rng)
        w = [w for layer in model.layers for neuron in layer.neurons for w in neuron.w]
        penalty = self.alpha / 2 / float(counts.sum())
        optimizer = LBFGS(model.parameters(), max_iter=self.max_iter, tolerance_grad=self.tol)

        def penalised(*rows: Any) -> Any:
            return loss(*rows) + penalty * dot(w, w)

        history = fit(model, data, penalised, optimizer, epochs=1, progress=False)
        self.n_iter_ = optimizer.n_iter
        if history.interrupted:
            raise KeyboardInterrupt  # or a search would go on with the next model
        if self.n_iter_ >= self.max_iter:
            message = (
                f"Stopped by max_iter = {self.max_iter}, where more iterations, or scaled inputs, would fit better."
            )
            warnings.warn(message, ConvergenceWarning, stacklevel=3)

    def _outputs(self, X: Any) -> list[Any]:
        check_is_fitted(self)
        X = validate_data(self, X, dtype=np.float64, reset=False)
        with no_grad():
            return [self.model_(row) for row in X.tolist()]


class MLPClassifier(ClassifierMixin, _Perceptron):  # type: ignore[misc]  # scikit-learn has no types
    """A perceptron that tells classes apart, trained by L-BFGS on logistic loss, or on cross entropy of several.

    - `hidden_layer_sizes`, `activation`: of the hidden layers, of one its number alone will do; see `nn.MLP`.
    - `alpha`: the strength of the penalty on the squares of the weights.
    - `max_iter`: the most iterations, after which a ConvergenceWarning comes; as many as there were is `n_iter_`.
    - `tol`: training ends where no slope is larger.
    - `random_state`: of the initial weights.

    The trained network is `model_`, which gives logits; scale the inputs before, as for any perceptron.

    >>> MLPClassifier(random_state=0).fit([[-1.0], [0.0], [1.0], [2.0]], ["a", "b", "b", "a"]).predict([[0.5], [3.0]])
    array(['b', 'a'], dtype='<U1')
    """

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Train on the rows of `X`, whose classes are `y`; a row of weight n counts as n of them."""
        X, y = validate_data(self, X, y, dtype=np.float64)
        check_classification_targets(y)
        self.classes_, targets = np.unique(y, return_inverse=True)
        n = len(self.classes_)
        loss = log_loss_with_logits if n == 2 else _cross_entropy
        self._train(X, targets, sample_weight, 1 if n == 2 else n, loss)
        return self

    def predict_proba(self, X: Any) -> Any:
        """The probabilities of the classes in the order of `classes_`, a row for each of `X`."""
        outputs = self._outputs(X)
        if len(self.classes_) == 2:
            return np.array([[sigmoid(-s.data), sigmoid(s.data)] for s in outputs])
        return np.array([softmax([z.data for z in _listed(s)]) for s in outputs])

    def predict(self, X: Any) -> Any:
        """The most probable class for each row of `X`."""
        best = self.predict_proba(X).argmax(axis=1)
        return self.classes_[best]


class MLPRegressor(RegressorMixin, _Perceptron):  # type: ignore[misc]  # scikit-learn has no types
    """A perceptron that predicts a number, trained by L-BFGS on the squared error; arguments as of `MLPClassifier`.

    >>> model = MLPRegressor((3,), random_state=0).fit([[0.0], [0.5], [1.0], [1.5], [2.0]], [0.0, 0.25, 1.0, 2.25, 4.0])
    >>> model.predict([[2.0]]).round(1)
    array([4.])
    """

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Train on the rows of `X`, whose targets are `y`; a row of weight n counts as n of them."""
        X, y = validate_data(self, X, y, dtype=np.float64, y_numeric=True, multi_output=True)
        self._train(X, column_or_1d(y, warn=True).astype(float), sample_weight, 1, mse_loss)
        return self

    def predict(self, X: Any) -> Any:
        """The number for each row of `X`."""
        return np.array([z.data for z in self._outputs(X)])


def _cross_entropy(outputs: Any, targets: Any, weights: Any) -> Any:
    return cross_entropy([_listed(s) for s in outputs], targets, weights)


def _listed(outputs: Any) -> Any:
    """The logits of a row as a list, even of one."""
    return outputs if isinstance(outputs, list) else [outputs]
