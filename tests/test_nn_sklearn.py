"""The estimators pass scikit-learn's own checks, and work in its pipelines and searches."""

import math
import pickle
import random
import warnings
from decimal import Decimal
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from sklearn import neural_network
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning, NotFittedError
from sklearn.linear_model import LogisticRegression, PoissonRegressor
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import check_estimator

from autograd import Value
from nn.sklearn import MLPClassifier, MLPRegressor
from tests.peers import peer


def rings(n: int) -> tuple[Any, list[str]]:
    """Points on two rings, in units that differ by a factor of a thousand."""
    rng = random.Random(1)
    angles = [rng.uniform(0, 2 * math.pi) for _ in range(n)]
    points = [[(1 + i % 2) * math.cos(t), 1000 * (1 + i % 2) * math.sin(t)] for i, t in enumerate(angles)]
    return np.array(points), [["inner", "outer"][i % 2] for i in range(n)]


@pytest.mark.parametrize("estimator", [MLPClassifier((2,), max_iter=8), MLPRegressor((2,), max_iter=6)], ids=repr)
def test_scikit_learns_own_checks_pass(estimator: Any) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of checks that do not apply, and of what they try out
        results = check_estimator(estimator, on_fail=None)
    assert len(results) > 30
    assert {r["check_name"]: r["exception"] for r in results if r["status"] not in ("passed", "skipped")} == {}


def test_a_classifier_in_a_pipeline_learns_and_a_search_chooses_its_hidden_units() -> None:
    X, y = rings(40)
    pipeline = make_pipeline(StandardScaler(), MLPClassifier(random_state=0))
    sizes = [(), (4,)]
    search = GridSearchCV(pipeline, {"mlpclassifier__hidden_layer_sizes": sizes}, cv=2).fit(X, y)
    assert search.best_params_ == {"mlpclassifier__hidden_layer_sizes": (4,)}
    assert search.score(X, y) == 1.0


@pytest.mark.parametrize("classes", [2, 3])
def test_probabilities_add_up_to_1_and_the_largest_is_predicted(classes: int) -> None:
    X = np.linspace(-1, 1, 12)[:, None]
    y = np.arange(12) % classes
    model = MLPClassifier((2,), tol=0.1, random_state=1).fit(X, y)
    p = model.predict_proba(X)
    assert p.shape == (12, classes)
    assert p.sum(axis=1) == pytest.approx(np.ones(12))
    assert model.predict(X).tolist() == p.argmax(axis=1).tolist()


def test_one_hidden_layer_may_be_given_by_its_number_of_units() -> None:
    X, y = rings(20)
    models = [
        MLPClassifier(sizes, max_iter=300, random_state=0).fit(X / [1, 1000], y) for sizes in (3, np.int64(3), (3,))
    ]
    assert models[0].model_.state_dict() == models[1].model_.state_dict() == models[2].model_.state_dict()


def test_targets_of_every_kind_that_scikit_learn_takes_train_alike() -> None:
    pandas = peer("pandas")
    X, names = rings(20)
    X = X / [1, 1000]
    text = MLPClassifier((3,), random_state=0).fit(X, names).predict(X).tolist()
    assert set(text) == set(names)
    for kind in ("object", "category", "string"):
        model = MLPClassifier((3,), random_state=0).fit(X, pandas.Series(names).astype(kind))
        assert model.predict(X).tolist() == text
    expected = MLPRegressor((2,), random_state=0).fit(X, X[:, 0].round(2)).predict(X)
    decimals = pandas.Series([Decimal(str(x)) for x in X[:, 0].round(2)])
    assert MLPRegressor((2,), random_state=0).fit(X, decimals).predict(X) == pytest.approx(expected)


def test_without_hidden_units_the_classifier_is_scikit_learns_logistic_regression() -> None:
    X, _ = rings(30)
    X = StandardScaler().fit_transform(X)
    y = (X[:, 0] + np.random.default_rng(0).normal(size=30) > 0).astype(int)
    ours = MLPClassifier((), alpha=1.0, tol=1e-7, random_state=0).fit(X, y)
    theirs = LogisticRegression(C=1.0, tol=1e-10).fit(X, y)  # whose penalty is w·w / 2C
    assert ours.predict_proba(X) == pytest.approx(theirs.predict_proba(X), abs=1e-5)


def test_the_regressor_without_hidden_units_or_penalty_is_least_squares() -> None:
    X = np.array([[0.0], [1.0], [2.0], [3.0]])
    y = [1.0, 3.5, 4.5, 7.0]
    model = MLPRegressor((), alpha=0.0, tol=1e-7, random_state=0).fit(X, y)
    assert model.predict(X) == pytest.approx(np.polyval(np.polyfit(X[:, 0], y, 1), X[:, 0]), abs=1e-5)


@pytest.mark.parametrize("model", [MLPClassifier((3,), random_state=0), MLPRegressor((3,), random_state=0)], ids=repr)
def test_a_row_of_weight_n_is_n_rows_to_the_last_bit(model: Any) -> None:
    X, y = np.random.default_rng(0).normal(size=(12, 2)), np.arange(12) % 3
    n = np.array([0, 1, 2, 3] * 3)
    weighted, repeated = (clone(model).fit(*data) for data in ((X, y, n), (np.repeat(X, n, axis=0), np.repeat(y, n))))
    assert weighted.model_.state_dict() == repeated.model_.state_dict()
    assert weighted.n_iter_ == repeated.n_iter_ > 20


def test_weighted_rows_without_hidden_units_are_scikit_learns_weighted_logistic_regression() -> None:
    rng = np.random.default_rng(0)
    X, weights = rng.normal(size=(30, 2)), rng.uniform(0, 3, size=30)
    y = (X[:, 0] + rng.normal(size=30) > 0).astype(int)
    ours = make_pipeline(StandardScaler(), MLPClassifier((), alpha=1.0, tol=1e-7, random_state=0))
    theirs = make_pipeline(StandardScaler(), LogisticRegression(C=1.0, tol=1e-10))
    ours.fit(X, y, mlpclassifier__sample_weight=weights)
    theirs.fit(X, y, logisticregression__sample_weight=weights)
    assert ours.predict_proba(X) == pytest.approx(theirs.predict_proba(X), abs=1e-5)


def test_what_was_fitted_is_pickled_and_knows_the_names_of_its_columns() -> None:
    pandas = peer("pandas")
    X, y = rings(20)
    table = pandas.DataFrame(X / [1, 1000], columns=["width", "height"])
    model = MLPClassifier((4,), random_state=0).fit(table, y)
    assert model.feature_names_in_.tolist() == ["width", "height"]
    assert pickle.loads(pickle.dumps(model)).predict_proba(table).tolist() == model.predict_proba(table).tolist()
    with pytest.raises(ValueError, match="feature names should match those that were passed during fit"):
        model.predict(table.rename(columns={"width": "depth"}))


def test_a_training_that_max_iter_ends_says_so() -> None:
    X, y = rings(20)
    with pytest.warns(ConvergenceWarning, match="failed to converge after 2 iteration"):
        model = MLPClassifier(max_iter=2, random_state=0).fit(X, y)
    assert model.n_iter_ == 2


def test_ctrl_c_ends_a_search_and_not_only_one_of_its_models() -> None:
    calls = 0

    def impatient(s: Value) -> Value:
        nonlocal calls
        calls += 1
        if calls == 3:
            raise KeyboardInterrupt
        return s.tanh()

    X, y = rings(20)
    search = GridSearchCV(MLPClassifier((2,), impatient, random_state=0), {"alpha": [0.1, 1.0]}, cv=2)
    with pytest.raises(KeyboardInterrupt):
        search.fit(X, y)


def test_prediction_before_fit_is_refused() -> None:
    with pytest.raises(NotFittedError):
        MLPRegressor().predict([[1.0]])


# -- what scikit-learn's have ---------------------------------------------------------------------------------


def adapted() -> Any:
    """The module of their tests, with our estimators in place of theirs."""
    from sklearn.neural_network import tests

    path = Path(tests.__file__).parent / "test_mlp.py"
    module = ModuleType("their_tests")
    theirs = "from sklearn.neural_network import MLPClassifier, MLPRegressor"
    text = path.read_text("utf-8")
    assert text.count(theirs) == 1
    source = text.replace(theirs, "from nn.sklearn import MLPClassifier, MLPRegressor")
    exec(compile(source, str(path), "exec"), vars(module))  # noqa: S102  # the installed package's tests
    return module


@pytest.mark.parametrize(
    "name",
    [
        "test_alpha", "test_fit", "test_learning_rate_warmstart", "test_lbfgs_regression", "test_warm_start",
        "test_multilabel_classification", "test_partial_fit_errors", "test_partial_fit_unseen_classes", "test_shuffle",
        "test_predict_proba_binary", "test_predict_proba_multilabel", "test_sparse_matrices",
        "test_early_stopping_stratified",
    ],
)  # fmt: skip
def test_their_own_tests_pass(name: str) -> None:
    """Some that are quick; `python -m tests.benchmarks.estimators` runs all."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = getattr(adapted(), name)
        marks = [mark for mark in getattr(found, "pytestmark", []) if mark.name == "parametrize"]
        for values in marks[0].args[1] if marks else [()]:
            found(*(values if isinstance(values, tuple) else (values,)))


def test_a_parabola_is_learnt_from_every_seed() -> None:
    X = np.linspace(-1, 1, 40)[:, None]
    y = 100 * X[:, 0] ** 2
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        scores = [MLPRegressor((8,), max_iter=500, random_state=seed).fit(X, y).score(X, y) for seed in range(10)]
    assert sum(score >= 0.99 for score in scores) >= 9


@pytest.mark.parametrize(
    "activation", ["silu", "logistic", "gelu", lambda s: s.sin()], ids=["silu", "logistic", "gelu", "own"]
)
def test_activations_are_ours_and_coefficients_theirs(activation: Any) -> None:
    X, y = rings(40)
    model = MLPClassifier((5,), activation, random_state=0, max_iter=2000).fit(X / [1, 1000], y)
    assert model.score(X / [1, 1000], y) == 1.0
    assert [w.shape for w in model.coefs_] == [(2, 5), (5, 1)]
    assert [b.shape for b in model.intercepts_] == [(5,), (1,)]
    assert model.model_.state_dict()["layers.0.weight"] == model.coefs_[0].T.tolist()
    assert model.predict_log_proba(X[:3] / [1, 1000]) == pytest.approx(np.log(model.predict_proba(X[:3] / [1, 1000])))
    assert model.loss_curve_ == [model.loss_]


def test_our_steps_are_theirs() -> None:
    X, y = rings(40)
    X = X / [1, 1000]
    for solver in ("sgd", "adam", "lbfgs"):
        options: Any = {
            "solver": solver,
            "hidden_layer_sizes": (4,),
            "activation": "relu",
            "random_state": 1,
            "max_iter": 5,
        }
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            ours, theirs = MLPClassifier(**options).fit(X, y), neural_network.MLPClassifier(**options).fit(X, y)
        assert ours.coefs_[0] == pytest.approx(theirs.coefs_[0], rel=1e-6)
        assert ours.loss_ == pytest.approx(theirs.loss_, rel=1e-6)


def test_classes_are_weighed() -> None:
    X = np.random.default_rng(0).normal(size=(200, 2))
    y = (X[:, 0] + np.random.default_rng(1).normal(size=200) > 1.5).astype(int)
    balanced = MLPClassifier((), class_weight="balanced", random_state=0).fit(X + 0.5 * X[:, ::-1], y)
    n = np.where(y == 1, 200 / 2 / y.sum(), 200 / 2 / (200 - y.sum()))
    weighted = MLPClassifier((), random_state=0).fit(X + 0.5 * X[:, ::-1], y, n)
    assert balanced.coefs_[0] == pytest.approx(weighted.coefs_[0])
    both = MLPClassifier((), class_weight={0: 2.0, 1: 1.0}, random_state=0).fit(X, y, np.ones(200))
    assert both.predict(X).sum() < balanced.predict(X + 0.5 * X[:, ::-1]).sum()


def test_counts_are_learnt_by_poisson_s_loss() -> None:
    rng = np.random.default_rng(0)
    X = rng.uniform(-1, 1, size=(300, 1))
    y = rng.poisson(np.exp(1 + X[:, 0]))
    model = MLPRegressor((), loss="poisson", alpha=0.0, tol=1e-8, random_state=0).fit(X, y)
    glm = PoissonRegressor(alpha=0.0, tol=1e-10).fit(X, y)
    assert model.predict(X) == pytest.approx(glm.predict(X), rel=1e-3)
