"""Plots: the numbers in them are the model's, above all the sign of the bias."""

import random
from collections.abc import Iterator
from typing import Any

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib import pyplot

from nn import MLP, History, plot_confusion, plot_decision, plot_hidden_units, plot_history

INPUTS = [[0.0, 0.0], [1.0, 80.0], [1.0, 0.0], [0.0, 80.0]]
SPREAD = [*INPUTS, [0.5, 40.0]]  # of more than two values in each column


@pytest.fixture(autouse=True)
def _without_a_screen() -> Iterator[None]:
    mpl.use("agg")
    yield
    pyplot.close("all")


def contours(ax: Any) -> Any:
    return ax.collections[0]


def level(ax: Any, point: tuple[float, float]) -> float:
    """The middle of the two levels between which the plot shows the point."""
    filled = contours(ax)
    inside = [path.contains_point(point) for path in filled.get_paths()]
    return float(np.mean([filled.levels[i : i + 2].mean() for i, hit in enumerate(inside) if hit]))


def test_the_history_shows_both_losses_at_their_epochs() -> None:
    ax = plot_history(History(loss=[3.0, 2.0, 0.1], validation=[2.5, 1.5, 1.25]))
    training, validation = ax.get_lines()
    assert training.get_xydata().tolist() == [[0, 3.0], [1, 2.0], [2, 0.1]]
    assert validation.get_xydata().tolist() == [[1, 2.5], [2, 1.5], [3, 1.25]]  # after the updates
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["training", "validation"]
    assert ax.get_yscale() == "log"


def test_a_history_with_a_loss_of_0_or_without_epochs_or_of_little_change_is_on_a_linear_scale() -> None:
    assert plot_history(History(loss=[0.7, 0.5])).get_yscale() == "linear"
    assert plot_history(History(loss=[1.0, 0.0])).get_yscale() == "linear"
    assert plot_history(History()).get_yscale() == "linear"


def test_each_plot_takes_and_returns_its_axes() -> None:
    _, axes = pyplot.subplots(2, 2)
    model = MLP(2, [2, 1], output="sigmoid")
    a, b, c, d = axes.flat
    assert plot_history(History(loss=[1.0]), a) is a
    assert plot_decision(model, INPUTS, [0, 1, 1, 0], ax=b) is b
    assert plot_hidden_units(model, INPUTS, ax=c) is c
    assert plot_confusion([0, 1], [1, 1], ax=d) is d


def test_the_decision_is_the_models_probability_with_the_data_on_top() -> None:
    def model(row: Any) -> float:
        return float(1 / (1 + np.exp(4 - row[0] * 8 + (row[1] - 40) / 20)))

    ax = plot_decision(model, SPREAD, [0, 1, 1, 0, 0], names=["male", "age"])
    for point in [(0.1, 70.0), (0.9, 70.0), (0.5, 40.0), (0.8, 5.0)]:
        assert level(ax, point) == pytest.approx(model(point), abs=0.06)
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("male", "age")
    zeros, ones = (c.get_offsets().tolist() for c in ax.collections if not hasattr(c, "levels"))
    assert (zeros, ones) == ([INPUTS[0], INPUTS[3], SPREAD[4]], [INPUTS[1], INPUTS[2]])


def test_where_equal_rows_came_out_as_both_the_marks_stand_apart_at_a_column_of_two_values() -> None:
    ax = plot_decision(lambda row: row[0], [*INPUTS, INPUTS[1], [1.0, 50.0]], [0, 1, 1, 0, 0, 0])
    zeros, ones = (c.get_offsets().tolist() for c in ax.collections if not hasattr(c, "levels"))
    assert zeros == [[-0.06, 0.0], [-0.06, 80.0], [0.94, 80.0], [0.94, 50.0]]
    assert ones == [[1.06, 80.0], [1.06, 0.0]]
    left, right = ax.get_xlim()
    assert left < -0.06 < 1.06 < right


def test_a_line_goes_where_the_probability_is_one_half_if_it_is_anywhere() -> None:
    ax = plot_decision(lambda row: row[0] / 2 + 0.2, SPREAD, [0, 1, 1, 0, 1])
    (points,) = (c.get_paths()[0].vertices for c in ax.collections if getattr(c, "levels", [0])[0] == 0.5)
    assert points[:, 0] == pytest.approx(np.full(len(points), 0.6))
    for model in (lambda row: 0.2, lambda row: 0.5, lambda row: 1.0):
        ax = plot_decision(model, SPREAD, [0, 1, 1, 0, 1])
        assert len([c for c in ax.collections if hasattr(c, "levels")]) == 1


def test_the_bar_shows_what_the_unit_can_give() -> None:
    for activation, (low, high) in (("sigmoid", (0.0, 1.0)), ("tanh", (-1.0, 1.0))):
        ax = plot_hidden_units(MLP(2, [2, 1], activation=activation), INPUTS)
        bar = ax.figure.axes[1]
        assert bar.get_ylim() == (low, high)
        assert bar.get_ylabel() == "$x_{1}^{(2)}$"
        assert bar.get_yticks().tolist() == np.linspace(low, high, 5).tolist()
    plot_hidden_units(MLP(2, [2, 1], init="zeros"), INPUTS)  # of a unit that is 0 everywhere


def test_a_binary_decision_has_two_colours_that_meet_where_the_probability_is_one_half() -> None:
    ax = plot_decision(lambda row: row[0] / 2 + 0.2, SPREAD, [0, 1, 1, 0, 1], binary=True)
    assert contours(ax).levels.tolist() == [0.0, 0.5, 1.0]
    assert level(ax, (0.55, 40.0)) == 0.25
    assert level(ax, (0.65, 40.0)) == 0.75
    assert [text.get_text() for text in ax.figure.axes[1].get_yticklabels()] == ["0", "1"]


def test_a_hidden_unit_is_shown_with_the_right_sign_of_its_bias() -> None:
    model = MLP(2, [2, 1], activation="sigmoid", output="sigmoid", rng=random.Random(1))
    for neuron, numbers in zip(model.layers[0].neurons, [(0.0, -10.0, 5.0), (-1.0, 15.0, -10.0)], strict=True):
        for p, x in zip([*neuron.w, neuron.b], numbers, strict=True):
            p.data = x  # as exercise 2 of the course sets them, for (age, male)
    inputs = [(age, male) for male, age in INPUTS]
    female = plot_hidden_units(model, inputs, 1)
    young = plot_hidden_units(model, inputs, 2)
    for age in (5.0, 70.0):
        assert level(female, (age, 0.0)) == pytest.approx(0.9933, abs=0.06)
        assert level(female, (age, 1.0)) == pytest.approx(0.0067, abs=0.06)
    assert level(young, (1.0, 0.95)) > 0.9
    assert level(young, (10.0, 0.95)) < 0.1
    assert level(young, (1.0, 0.0)) < 0.1


def test_a_hidden_unit_of_a_model_on_standardised_inputs_is_shown_over_the_plain_ones() -> None:
    model = MLP(2, [1, 1], activation="sigmoid")
    neuron = model.layers[0].neurons[0]
    neuron.w[0].data, neuron.w[1].data, neuron.b.data = 0.0, 4.0, 0.0
    ax = plot_hidden_units(model, INPUTS, transform=lambda row: [row[0], (row[1] - 40) / 40])
    assert level(ax, (0.5, 79.0)) == pytest.approx(1 / (1 + np.exp(-3.9)), abs=0.06)
    assert level(ax, (0.5, 1.0)) == pytest.approx(1 / (1 + np.exp(3.9)), abs=0.06)


@pytest.mark.parametrize(("unit", "layer"), [(0, 2), (3, 2), (1, 1), (2, 3), (1, 4)])
def test_a_unit_that_is_not_there_is_refused(unit: int, layer: int) -> None:
    message = rf"layers 2 to 3 of \[2, 1\] units, got unit {unit} of layer {layer}"
    with pytest.raises(ValueError, match=message):
        plot_hidden_units(MLP(2, [2, 1]), INPUTS, unit, layer)


@pytest.mark.parametrize("inputs", [[], [[1.0]], [[1.0, 2.0, 3.0]]], ids=str)
def test_other_rows_than_of_two_numbers_are_no_plane(inputs: Any) -> None:
    with pytest.raises(ValueError, match="A plane has two inputs"):
        plot_decision(lambda row: 0.5, inputs, [0] * len(inputs))


def test_of_one_class_alone_only_its_marks_are_in_the_legend() -> None:
    ax = plot_decision(lambda row: row[0], INPUTS, [1, 1, 1, 1])
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["1"]


def test_targets_that_would_not_be_shown_are_refused() -> None:
    with pytest.raises(ValueError, match="The targets of a decision are 0 or 1, or count classes, got -1"):
        plot_decision(lambda row: 0.5, INPUTS, [1, -1, 1, -1])


def test_the_confusion_matrix_counts_targets_in_rows_and_predictions_in_columns() -> None:
    targets, predictions = [0, 0, 0, 1, 1, 2], [0, 1, 1, 1, 0, 1]
    ax = plot_confusion(targets, predictions)
    counts = {text.get_position(): int(text.get_text()) for text in ax.texts}
    assert counts == {(j, i): n for i, row in enumerate([[1, 2, 0], [1, 1, 0], [0, 1, 0]]) for j, n in enumerate(row)}
    (image,) = ax.get_images()
    assert image.get_array().tolist()[0] == pytest.approx([1 / 3, 2 / 3, 0])
    assert [label.get_text() for label in ax.get_yticklabels()] == ["0", "1", "2"]
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("predicted", "target")


def test_nothing_has_no_confusion_matrix() -> None:
    with pytest.raises(ValueError, match="nothing to count without a target"):
        plot_confusion([], [])


def test_between_the_two_values_of_an_input_nothing_is_filled() -> None:
    def model(row: Any) -> float:
        assert row[0] in (0.0, 1.0)  # nobody asks it for anything between
        return 0.8 if row[0] else 0.3

    ax = plot_decision(model, [[0.0, 3.0], [1.0, 5.0], [1.0, 9.0]], [0, 1, 0])
    for x, expected in ((-0.02, 0.3), (0.25, 0.3), (0.75, 0.8), (1.02, 0.8)):
        assert level(ax, (x, 6.0)) == pytest.approx(expected, abs=0.06)
    assert not any(path.contains_point((0.5, 6.0)) for path in contours(ax).get_paths())


def test_classes_go_by_their_names() -> None:
    ax = plot_decision(lambda row: 0.4, SPREAD, [0, 1, 1, 0, 1], classes=["died", "survived"], binary=True)
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["died", "survived"]
    assert [text.get_text() for text in ax.figure.axes[1].get_yticklabels()] == ["died", "survived"]
    ax = plot_decision(lambda row: 0.4, SPREAD, [0, 1, 1, 0, 1], classes=["died", "survived"])
    assert ax.figure.axes[1].get_ylabel() == "probability of survived"
    ax = plot_confusion([0, 1], [1, 1], names=["died", "survived"])
    assert [label.get_text() for label in ax.get_yticklabels()] == ["died", "survived"]


def test_of_several_classes_the_largest_output_decides() -> None:
    model = MLP(2, [3])
    model.load_state_dict({"layers.0.weight": [[-9.0, 0.0], [0.0, 0.0], [9.0, 0.0]], "layers.0.bias": [0.0, 4.0, 0.0]})
    rows = [[-2.0, 1.0], [0.0, 2.0], [2.0, 3.0]]
    ax = plot_decision(model, rows, [0, 1, 2], classes=["a", "b", "c"])
    assert [level(ax, (x, 2.0)) for x in (-1.0, 0.0, 1.0)] == [0, 1, 2]
    assert [text.get_text() for text in ax.figure.axes[1].get_yticklabels()] == ["a", "b", "c"]
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["a", "b", "c"]


def test_a_step_stands_where_it_is_beside_an_input_of_two_values() -> None:
    ax = plot_decision(lambda row: 0.63 if row[1] < 5 else 0.2, [[0.0, 0.0], [1.0, 80.0], [1.0, 5.0]], [0, 1, 1])
    (points,) = (c.get_paths()[0].vertices for c in ax.collections if getattr(c, "levels", [0])[0] == 0.5)
    assert points[:, 1] == pytest.approx(np.full(len(points), 5.0), abs=0.2)
