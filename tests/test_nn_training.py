"""`fit` against the same descent in NumPy, and how it ends when it has to."""

import math
import random
from collections.abc import Callable
from decimal import Decimal
from io import StringIO
from typing import Any

import numpy as np
import pytest

from autograd import DomainError, Value
from nn import (
    LBFGS,
    MLP,
    SGD,
    DivergenceError,
    ExponentialLR,
    History,
    cross_entropy,
    distinct,
    fit,
    hinge_loss,
    log_loss,
    log_loss_with_logits,
    mse_loss,
)
from tests.peers import peer


class Line:
    """y = a x + b."""

    def __init__(self) -> None:
        self.a, self.b = Value(0.0), Value(0.0)

    def __call__(self, x: float) -> Value:
        return self.a * x + self.b


XS = [0.0, 1.0, 2.0, 3.0]
YS = [1.0, 3.5, 4.5, 7.0]


def line(epochs: int, lr: float = 0.1, **options: Any) -> tuple[Line, Any]:
    model = Line()
    history = fit(model, (XS, YS), mse_loss, SGD([model.a, model.b], lr), epochs, progress=False, **options)
    return model, history


def test_full_batch_descent_finds_the_line_that_least_squares_finds() -> None:
    model, history = line(2000)
    a, b = np.polyfit(XS, YS, 1)
    assert [model.a.data, model.b.data] == pytest.approx([a, b], rel=1e-12)
    assert history.loss[0] == np.mean(np.square(YS))
    assert history.loss[-1] == pytest.approx(np.mean((np.polyval([a, b], XS) - YS) ** 2))
    assert len(history.loss) == 2000
    assert not history.interrupted


def test_batches_go_through_every_row_once_an_epoch_in_shuffled_order() -> None:
    seen: list[list[float]] = []

    def loss(predictions: list[Value], targets: list[float]) -> Value:
        seen.append(targets)
        return mse_loss(predictions, targets)  # type: ignore[no-any-return]  # of Values a Value

    model = Line()
    fit(model, (XS, YS), loss, SGD([model.a]), 6, batch_size=3, rng=random.Random(0), progress=False)
    assert [len(batch) for batch in seen] == [3, 1] * 6
    epochs = [first + second for first, second in zip(seen[::2], seen[1::2], strict=True)]
    assert all(sorted(epoch) == YS for epoch in epochs)
    assert len(set(map(tuple, epochs))) > 1


def test_a_step_by_batches_is_descent_on_the_batch() -> None:
    model, history = line(1, batch_size=1, rng=random.Random(4))
    a = b = 0.0
    order = list(range(4))
    random.Random(4).shuffle(order)
    losses = []
    for i in order:
        error = a * XS[i] + b - YS[i]
        losses.append(error**2)
        a, b = a - 0.1 * 2 * error * XS[i], b - 0.1 * 2 * error
    assert [model.a.data, model.b.data] == pytest.approx([a, b])
    assert history.loss == pytest.approx([sum(losses) / 4])


def test_the_same_seed_trains_the_same_model() -> None:
    first, second, other = (line(5, batch_size=2, rng=random.Random(s))[0].a.data for s in (1, 1, 2))
    assert first == second != other


def test_equal_rows_merged_with_weights_train_alike() -> None:
    rng = random.Random(3)
    rows = [(float(rng.randrange(3)), float(rng.randrange(2))) for _ in range(60)]
    targets = [rng.randrange(2) for _ in rows]
    histories = []
    for data in ((rows, targets), distinct(rows, targets)):
        model = MLP(2, [2, 1], activation="sigmoid", rng=random.Random(1))
        histories.append(fit(model, data, log_loss_with_logits, SGD(model.parameters(), 1.0), 20, progress=False).loss)
    assert len(distinct(rows, targets)[0]) == 12
    assert histories[0] == pytest.approx(histories[1], rel=1e-12)


def test_equal_rows_of_arrays_are_merged_into_plain_numbers() -> None:
    rows, targets, counts = distinct(np.array([[1.0, 2.0], [1.0, 2.0]]), np.array([1, 1]))
    assert (rows, targets, counts) == ([(1.0, 2.0)], [1], [2])
    assert [type(x) for x in rows[0]] == [float, float]  # which networks take faster than NumPy's


def test_a_seed_shuffles_as_its_generator_does_and_not_beside_one() -> None:
    assert line(5, batch_size=2, seed=4)[1].loss == line(5, batch_size=2, rng=random.Random(4))[1].loss
    with pytest.raises(ValueError, match="by rng or by seed, not by both"):
        line(1, seed=4, rng=random.Random(4))


def test_lbfgs_finds_in_one_epoch_the_line_that_least_squares_finds() -> None:
    model = Line()
    history = fit(model, (XS, YS), mse_loss, LBFGS([model.a, model.b]), 1, progress=False)
    assert [model.a.data, model.b.data] == pytest.approx(np.polyfit(XS, YS, 1).tolist(), abs=1e-7)
    assert history.loss == [np.mean(np.square(YS))]  # before the epoch's updates


# -- validation and callbacks ---------------------------------------------------------------------------------


def test_validation_is_the_loss_of_other_data_after_each_epoch() -> None:
    held_out = ([4.0, 5.0], [9.0, 11.0])
    _, history = line(3, validation=held_out)
    for epochs in (1, 2, 3):
        after = line(epochs)[0]
        expected = np.mean([(after.a.data * x + after.b.data - y) ** 2 for x, y in zip(*held_out, strict=True)])
        assert history.validation[epochs - 1] == pytest.approx(expected)
    assert history.loss == line(3)[1].loss
    assert line(3)[1].validation == []


def test_callbacks_see_the_history_after_each_epoch_and_true_ends_the_training() -> None:
    lengths = list[int]()

    def watch(history: History) -> bool:
        lengths.append(len(history.loss))
        return len(history.loss) == 3

    _, history = line(100, callbacks=[watch, lambda history: lengths.append(-1)])
    assert lengths == [1, -1, 2, -1, 3, -1]
    assert len(history.loss) == 3
    assert not history.interrupted


def test_a_schedule_among_the_callbacks_sets_the_learning_rate_of_each_epoch() -> None:
    model, rates = Line(), list[float]()
    optimizer = SGD([model.a, model.b], 0.1)
    schedule = ExponentialLR(optimizer, 0.5)
    fit(
        model,
        (XS, YS),
        mse_loss,
        optimizer,
        3,
        callbacks=[lambda h: rates.append(optimizer.lr), schedule],
        progress=False,
    )
    assert rates == [0.1, 0.05, 0.025]


# -- how it ends ----------------------------------------------------------------------------------------------


def interrupting(at: int) -> Callable[..., Value]:
    calls = 0

    def loss(predictions: list[Value], targets: list[float]) -> Value:
        nonlocal calls
        calls += 1
        if calls == at:
            raise KeyboardInterrupt
        return mse_loss(predictions, targets)  # type: ignore[no-any-return]  # of Values a Value

    return loss


def test_ctrl_c_keeps_what_was_learnt() -> None:
    model = Line()
    history = fit(model, (XS, YS), interrupting(at=4), SGD([model.a, model.b], 0.1), 100, progress=False)
    assert history.interrupted
    assert history.loss == line(3)[1].loss
    assert (model.a.data, model.b.data) == (line(3)[0].a.data, line(3)[0].b.data)


def test_an_infinite_loss_stops_with_the_epoch_and_the_learning_rate() -> None:
    model = Line()  # whose error grows by some 1e51 a step, and is squared
    with pytest.raises(
        DivergenceError, match=r"The loss became inf in step 5 \(epoch 5\); try a .* rate than 1e\+50"
    ) as caught:
        fit(model, (XS, YS), mse_loss, SGD([model.a, model.b], 1e50), 100, progress=False)
    assert isinstance(caught.value, ArithmeticError)
    assert math.isfinite(model.a.data)


def test_a_nan_in_the_data_stops_in_the_first_epoch_and_leaves_the_model_as_it_was() -> None:
    model = Line()
    with pytest.raises(DivergenceError, match=r"The loss became nan in step 1 \(epoch 1\)\."):
        fit(model, ([math.nan, *XS[1:]], YS), mse_loss, SGD([model.a, model.b], 0.1), 5, progress=False)
    assert (model.a.data, model.b.data) == (0.0, 0.0)


def test_a_divergence_names_the_row_and_the_node_where_it_began() -> None:
    model = Line()
    model.a.data = 1.0
    xs = [1.0, 2.0, 1e200, math.nan]
    with pytest.raises(
        DivergenceError, match=r"step 1 \(epoch 1\)\. It began in row 2: Node .* is inf: power of 1e\+200, 2"
    ):
        fit(model, (xs, YS), mse_loss, SGD([model.a, model.b], 0.1), 5, progress=False)
    p = Value(0.0, "p")
    with pytest.raises(
        DivergenceError, match=r"It began in row 1: The slope of node '√p' with respect to 'p' is inf: sqrt of 0"
    ):
        fit(lambda x: p.sqrt() * x if x else x + p, ([0.0, 1.0], [0, 0]), mse_loss, SGD([p], 0.1), 5, progress=False)


def test_a_sum_of_finite_rows_that_is_infinite_began_where_they_meet() -> None:
    p = Value(1e308)
    with pytest.raises(DivergenceError, match=r"It began where all rows meet: Node .* is inf"):
        fit(lambda x: p * x, ([1.0, 1.0], [0, 0]), lambda z, y: sum(z), SGD([p]), 1, progress=False)


def test_slopes_that_overflow_only_as_a_product_began_at_no_node() -> None:
    p = Value(1e-200)
    with pytest.raises(DivergenceError, match=r"^A derivative of the loss became inf in step 1 \(epoch 1\)\.$"):
        fit(lambda x: p * x * x, ([1e200], [0.0]), lambda z, y: z[0], SGD([p]), 1, progress=False)


def test_what_only_all_rows_together_raise_is_noted_without_a_row() -> None:
    def loss(z: list[Value], y: list[float]) -> Value:
        if len(z) > 1:
            raise LookupError
        return z[0]

    model = Line()
    with pytest.raises(LookupError) as caught:
        fit(model, (XS, YS), loss, SGD([model.a]), 1, progress=False)
    assert caught.value.__notes__ == ["This was in step 1 (epoch 1)."]


def test_rows_without_weight_are_not_where_it_began() -> None:
    model = Line()
    data = ([1.0, 1e200, math.nan], [0.0, 0.0, 0.0], [0.0, 1.0, 1.0])
    model.a.data = 1.0
    with pytest.raises(DivergenceError, match="It began in row 1: "):
        fit(model, data, mse_loss, SGD([model.a, model.b], 0.1), 5, progress=False)


@pytest.mark.parametrize("weights", [[0.0, 2.0, 0.0, 3.0], np.array([0, 2, 0, 3])], ids=["list", "array"])
def test_rows_without_weight_are_as_if_they_were_not_there(weights: Any) -> None:
    model, other = Line(), Line()
    kept = ([1.0, 3.0], [3.5, 7.0], [2.0, 3.0])
    first, second = (
        fit(m, data, mse_loss, SGD([m.a, m.b], 0.1), 5, batch_size=1, seed=1, validation=data, progress=False)
        for m, data in ((model, (XS, YS, weights)), (other, kept))
    )
    assert first == second
    assert model.a.data == other.a.data


def test_the_loss_of_an_epoch_is_the_weighted_mean_over_its_rows() -> None:
    weights = [1.0, 0.5, 4.0, 2.0]
    for batch_size in (1, 3, 4, None):
        model = Line()
        data = (XS, YS, weights)
        history = fit(model, data, mse_loss, SGD([model.a], lr=0.0), 1, batch_size=batch_size, progress=False)
        assert history.loss == pytest.approx([np.average(np.square(YS), weights=weights)])


def test_a_validation_that_is_not_finite_stops_with_its_row_and_node() -> None:
    message = r"The loss became nan in the validation after epoch 1\. It began in row 1: Node .* is nan: mul of"
    with pytest.raises(DivergenceError, match=message):
        line(5, validation=([4.0, math.nan], [9.0, 11.0]))


def test_a_number_outside_a_domain_names_step_and_row() -> None:
    p = Value(1.0, "p")
    with pytest.raises(DomainError, match=r"log is defined for x > 0, got -1\.0") as caught:
        fit(lambda x: (p * x).log(), ([2.0, -1.0], [0.0, 0.0]), mse_loss, SGD([p], 0.1), 5, progress=False)
    assert caught.value.__notes__ == ["This was in step 1 (epoch 1), row 1."]
    data, held_out = ([2.0], [0.0]), ([2.0, 3.0, -1.0], [0.0] * 3)
    with pytest.raises(DomainError) as caught:
        fit(lambda x: (p * x).log(), data, mse_loss, SGD([p], 0.1), 5, validation=held_out, progress=False)
    assert caught.value.__notes__ == ["This was in the validation after epoch 1, row 2."]


@pytest.mark.parametrize(
    ("rows", "kind"), [([[1.0, 2.0], [1.0]], ValueError), ([[1.0, 2.0], [1.0, None]], TypeError)], ids=["short", "None"]
)
def test_a_row_that_the_model_cannot_take_is_named(rows: Any, kind: type[Exception]) -> None:
    model = MLP(2, [1])
    with pytest.raises(kind) as caught:
        fit(model, (rows, [0.0, 1.0]), mse_loss, SGD(model.parameters()), 1, progress=False)
    assert caught.value.__notes__ == ["This was in step 1 (epoch 1), row 1."]


@pytest.mark.parametrize("result", [1.0, [Value(1.0)], None], ids=str)
def test_a_loss_that_is_no_value_is_refused(result: Any) -> None:
    model = Line()
    with pytest.raises(TypeError, match="A loss is one Value, computed from the model's parameters; got"):
        fit(model, (XS, YS), lambda z, y: result, SGD([model.a]), 1, progress=False)


def test_an_infinite_slope_of_a_finite_loss_stops_too() -> None:
    p = Value(0.0)
    with pytest.raises(DivergenceError, match="A derivative of the loss became inf in step 1"):
        fit(lambda x: p.sqrt() * x, ([1.0], [0.0]), lambda z, y: z[0], SGD([p], 0.1), 5, progress=False)
    assert p.data == 0.0


def test_columns_of_numpy_and_pandas_are_taken_in_the_order_of_their_rows() -> None:
    pandas = peer("pandas")
    rows = [[float(x), x * x] for x in XS]
    shuffled = pandas.Series(YS, index=[2, 0, 3, 1])  # as a split into training and test leaves it
    kinds = [(rows, YS), (np.array(rows), np.array(YS)), (pandas.DataFrame(rows), shuffled)]
    losses = []
    for data in kinds:
        model = MLP(2, [1], init="zeros")
        optimizer = SGD(model.parameters(), 0.01)
        history = fit(model, data, mse_loss, optimizer, 3, batch_size=2, seed=0, validation=data, progress=False)
        losses.append(history)
    assert losses[0] == losses[1] == losses[2]


def test_targets_of_every_kind_whose_meaning_is_plain_train_alike() -> None:
    pandas = peer("pandas")
    rows, classes = [[float(x), x * x] for x in XS], [0, 2, 1, 2]
    one_hot = [[float(y == k) for k in range(3)] for y in classes]
    kinds: dict[str, Any] = {
        "numbers": classes,
        "floats": [float(y) for y in classes],
        "Decimals": [Decimal(y) for y in classes],
        "a column in an array": np.array(classes)[:, None],
        "an array of objects": np.array(classes, dtype=object),
        "one-hot": one_hot,
        "objects": pandas.Series(classes, dtype=object),
        "a column of Decimals": pandas.Series([Decimal(y) for y in classes]),
        "a category": pandas.Series(classes, dtype="category"),
        "nullable": pandas.Series(classes, dtype="Int64"),
        "a table of one column": pandas.DataFrame({"y": classes}),
        "a table of dummies": pandas.get_dummies(pandas.Series(classes)),
    }
    for compile in (True, False):
        for kind, targets in kinds.items():
            model = MLP(2, [3], init="zeros")
            optimizer = SGD(model.parameters(), 0.01)
            history = fit(model, (rows, targets), cross_entropy, optimizer, 3, progress=False, compile=compile)
            expected = fit(
                other := MLP(2, [3], init="zeros"), (rows, classes), cross_entropy, SGD(other.parameters(), 0.01), 3,
                progress=False, compile=False,
            )  # fmt: skip
            assert history.loss == pytest.approx(expected.loss, rel=1e-14), kind


def test_inputs_and_weights_of_decimals_are_those_of_floats() -> None:
    inputs = np.array([[Decimal(1), 2], [Decimal("0.5"), 1.5]], dtype=object)
    losses = []
    for data in ((inputs, [0, 1], [Decimal(1), Decimal(3)]), (inputs.astype(float), [0, 1], [1.0, 3.0])):
        model = MLP(2, [1], init="zeros")
        losses.append(fit(model, data, mse_loss, SGD(model.parameters(), 0.01), 3, progress=False).loss)
    assert losses[0] == losses[1]


@pytest.mark.parametrize("kind", ["object", "string", "category", "datetime64[ns]"])
def test_a_column_of_text_is_refused_with_its_row_and_the_cure(kind: str) -> None:
    pandas = peer("pandas")
    targets = pandas.Series(["2020-01-01", "2020-01-02"]).astype(kind)
    for compile in (True, False):
        model = MLP(1, [1])
        with pytest.raises(
            TypeError, match=r"^mse_loss needs numbers as targets, got .*2020.*classes\.index"
        ) as caught:
            fit(model, ([[1.0], [2.0]], targets), mse_loss, SGD(model.parameters()), 1, progress=False, compile=compile)
        assert caught.value.__notes__ == ["This was in step 1 (epoch 1), row 0."]


def test_rows_with_targets_of_several_numbers_are_merged() -> None:
    assert distinct([[1.0], [1.0]], [[0, 1], [0, 1]]) == ([(1.0,)], [(0, 1)], [2])


def test_validation_rows_without_targets_and_batches_without_rows_are_refused() -> None:
    with pytest.raises(ValueError, match="one at least; got 4 and 3"):
        line(1, validation=(XS, YS[:3]))
    with pytest.raises(ValueError, match="batch_size is at least 1, got 0"):
        line(1, batch_size=0)
    with pytest.raises(ValueError, match="epochs is at least 0, got -1"):
        line(-1)


@pytest.mark.parametrize("data", [zip(XS, YS, strict=True), (XS,), (XS, YS, XS, YS)], ids=["pairs", "1", "4"])
def test_other_data_than_two_or_three_columns_are_refused(data: Any) -> None:
    model = Line()
    with pytest.raises(ValueError, match=r"Data is \(inputs, targets\) or .*, got \d columns"):
        fit(model, data, mse_loss, SGD([model.a]), 1, progress=False)


@pytest.mark.parametrize("weight", [-1.0, math.nan, math.inf])
def test_a_weight_without_sense_is_refused_with_its_row(weight: float) -> None:
    data = XS, YS, [1.0, 0.0, weight, 1.0]
    with pytest.raises(ValueError, match=f"finite numbers of at least 0, got {weight} in row 2"):
        line(1, validation=data)


@pytest.mark.parametrize("loss", [log_loss_with_logits, log_loss])
def test_a_target_without_sense_is_refused_with_its_row_compiled_or_not(loss: Any) -> None:
    rows = [[x / 500] for x in range(500)]
    targets = [0.0, 1.0] * 200 + [2.0] + [1.0] * 99
    good = rows[:400], targets[:400]
    for compile in (None, False):
        for data, validation, when in (
            ((rows, targets), None, "step 1 (epoch 1)"),
            (good, (rows, targets), "the validation after epoch 1"),
        ):
            model = MLP(1, [1], output="sigmoid" if loss is log_loss else "identity", init="zeros")
            optimizer = SGD(model.parameters(), 0.1)
            with pytest.raises(ValueError, match="needs targets from 0 to 1, got") as caught:
                fit(model, data, loss, optimizer, 2000, validation=validation, progress=False, compile=compile)
            assert caught.value.__notes__ == [f"This was in {when}, row 400."]


def test_weights_of_0_alone_are_refused() -> None:
    model = Line()
    with pytest.raises(ValueError, match="One row at least has a weight above 0, got none"):
        fit(model, (XS, YS, [0, 0, 0, 0]), mse_loss, SGD([model.a]), 1, progress=False)


@pytest.mark.parametrize(("data", "counts"), [(([], []), "0 and 0"), ((XS, YS[:3]), "4 and 3")])
def test_no_rows_or_rows_without_targets_are_refused(data: Any, counts: str) -> None:
    model = Line()
    with pytest.raises(ValueError, match=f"one at least; got {counts}"):
        fit(model, data, mse_loss, SGD([model.a]), 1, progress=False)


# -- the progress bar -----------------------------------------------------------------------------------------


def test_the_bar_shows_epochs_and_loss_on_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    model = Line()
    history = fit(model, (XS, YS), mse_loss, SGD([model.a, model.b], 0.1), 25)
    out, err = capsys.readouterr()
    assert out == ""
    assert "25/25" in err
    assert f"loss {history.loss[-1]:#.4g}" in err
    assert "validation" not in err


def test_the_bar_shows_the_validation_loss_too(capsys: pytest.CaptureFixture[str]) -> None:
    model = Line()
    history = fit(model, (XS, YS), mse_loss, SGD([model.a, model.b], 0.1), 25, validation=([4.0], [9.0]))
    assert f"validation {history.validation[-1]:#.4g}" in capsys.readouterr().err


class Written:
    """A stream of which nothing is known but that text can be written to it."""

    def __init__(self) -> None:
        self.text = ""

    def write(self, text: str) -> None:
        self.text += text


def test_without_a_console_the_training_is_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    _, expected = line(3)
    written, closed = Written(), StringIO()
    closed.close()
    for stream in (None, closed, written):  # pythonw, a frozen program, an editor's console
        monkeypatch.setattr("sys.stderr", stream)
        model = Line()
        assert fit(model, (XS, YS), mse_loss, SGD([model.a, model.b], 0.1), 3) == expected
    assert "3/3" in written.text


def test_without_progress_nothing_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    line(3)
    assert capsys.readouterr() == ("", "")


# -- problems that must be learnt -----------------------------------------------------------------------------


def test_a_perceptron_with_a_hidden_layer_learns_exclusive_or() -> None:
    rows, targets = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], [0, 1, 1, 0]
    model = MLP(2, [4, 1], activation="tanh", output="sigmoid", rng=random.Random(0))
    fit(model, (rows, targets), log_loss, SGD(model.parameters(), 1.0), 300, progress=False)
    assert [round(model(row).data) for row in rows] == targets


def test_two_rings_are_told_apart_by_hinge_loss_and_momentum() -> None:
    rng = random.Random(0)
    angles = [rng.uniform(0, 2 * math.pi) for _ in range(40)]
    rows = [[(1 + i % 2) * math.cos(t), (1 + i % 2) * math.sin(t)] for i, t in enumerate(angles)]
    targets = [2 * (i % 2) - 1 for i in range(40)]
    model = MLP(2, [8, 1], rng=rng)
    fit(model, (rows, targets), hinge_loss, SGD(model.parameters(), 0.1, momentum=0.9), 80, progress=False)
    assert [model(row).data > 0 for row in rows] == [y > 0 for y in targets]
