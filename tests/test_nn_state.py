"""`state_dict` and `load_state_dict`: which arrays there are, and that what does not fit changes nothing."""

import json
import math
import random
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from autograd import Value
from nn import MLP, Layer, Module, Neuron, StateDictError


def numbers(model: Module) -> list[float]:
    return [p.data for p in model.parameters()]


def test_a_layer_is_a_matrix_with_a_row_for_each_neuron_and_a_vector_of_biases() -> None:
    model = MLP(2, [3, 1], rng=random.Random(1))
    state = model.state_dict()
    assert {name: np.shape(array) for name, array in state.items()} == {
        "layers.0.weight": (3, 2),
        "layers.0.bias": (3,),
        "layers.1.weight": (1, 3),
        "layers.1.bias": (1,),
    }
    assert state["layers.0.weight"][1] == [w.data for w in model.layers[0].neurons[1].w]
    assert state["layers.0.bias"][2] == model.layers[0].neurons[2].b.data


class Nested(Module):
    """Parameters kept in every way there is."""

    def __init__(self) -> None:
        self.scalar = Value(1.0)
        self.vector = [Value(2.0), Value(3.0)]
        self.matrix = [[Value(4.0), Value(5.0)]]
        self.ragged = [[Value(6.0)], [Value(7.0), Value(8.0)]]
        self.mixed = (Value(9.0), [Value(10.0)])
        self.by_name = {"a": Value(11.0)}
        self.neuron = Neuron(1)
        self.again = self.scalar
        self.myself = self
        self.computed = [self.scalar * 2]
        self.empty: list[Value] = []


def test_lists_of_parameters_are_vectors_and_lists_of_such_lists_matrices_if_they_are_of_one_length() -> None:
    model = Nested()
    model.neuron.w[0].data = 12.0
    assert model.state_dict() == {
        "scalar": 1.0,
        "vector": [2.0, 3.0],
        "matrix": [[4.0, 5.0]],
        "ragged.0": [6.0],
        "ragged.1": [7.0, 8.0],
        "mixed.0": 9.0,
        "mixed.1": [10.0],
        "by_name.a": 11.0,
        "neuron.w": [12.0],
        "neuron.b": 0.0,
        "again": 1.0,
    }


@pytest.mark.parametrize("make", [Nested, lambda: MLP(3, [4, 2, 1])], ids=["nested", "perceptron"])
def test_what_was_saved_as_text_is_loaded_to_the_last_bit(make: Any) -> None:
    model, other = make(), make()
    for p in model.parameters():
        p.data = random.Random(repr(p.data)).gauss(0, 1)
    other.load_state_dict(json.loads(json.dumps(model.state_dict())))
    assert numbers(other) == numbers(model)


@pytest.mark.parametrize(
    "weight",
    [np.array([[0.5, -1.25]]), np.array([[0.5, -1.25]], dtype=np.float32), [(Fraction(1, 2), np.float32(-1.25))]],
    ids=["array", "float32", "fractions"],
)
def test_arrays_and_any_real_numbers_are_loaded(weight: Any) -> None:
    layer = Layer(2, 1)
    layer.load_state_dict({"weight": weight, "bias": np.array([3])})
    assert numbers(layer) == [0.5, -1.25, 3.0]


def test_a_subclass_of_a_layer_keeps_its_own_parameters() -> None:
    class Scaled(Layer):
        def __init__(self) -> None:
            super().__init__(1, 1)
            self.scale = Value(2.0)

    assert set(Scaled().state_dict()) == {"weight", "bias", "scale"}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"weight": None}, "The model has other parameters: 'weight' missing, none unexpected."),
        ({"scale": 1.0}, "The model has other parameters: none missing, 'scale' unexpected."),
        (
            {f"{i}": 1.0 for i in range(9)},
            "The model has other parameters: none missing, '0', '1', '2', '3' and 5 more unexpected.",
        ),
        ({"weight": [[1.0, 2.0]]}, r"Parameter 'weight' has shape \(2, 2\), got shape \(1, 2\)."),
        ({"weight": [1.0, 2.0]}, r"Parameter 'weight' has shape \(2, 2\), got shape \(2,\)."),
        ({"bias": 1.0}, r"Parameter 'bias' has shape \(2,\), got shape \(\)."),
        ({"bias": np.zeros((2, 1))}, r"Parameter 'bias' has shape \(2,\), got shape \(2, 1\)."),
        ({"weight": [[1.0], [2.0, 3.0]]}, "got something else than numbers in rows of one length"),
        ({"weight": [["1", "2"], ["3", "4"]]}, "got something else than numbers in rows of one length"),
        ({"bias": [1j, 2j]}, "got something else than numbers in rows of one length"),
        ({"bias": []}, "got something else than numbers in rows of one length"),
    ],
    ids=str,
)
def test_what_does_not_fit_is_refused_and_changes_nothing(change: dict[str, Any], message: str) -> None:
    layer = Layer(2, 2, rng=random.Random(1))
    before = numbers(layer)
    state = {"weight": [[9.0, 9.0], [9.0, 9.0]], "bias": [9.0, 9.0]} | change
    with pytest.raises(StateDictError, match=message):
        layer.load_state_dict({name: x for name, x in state.items() if x is not None})
    assert numbers(layer) == before


def test_a_number_beyond_floats_changes_nothing() -> None:
    layer = Layer(1, 1, init="zeros")
    with pytest.raises(OverflowError):
        layer.load_state_dict({"weight": [[1.0]], "bias": [10**400]})
    assert numbers(layer) == [0.0, 0.0]


def test_nan_is_a_number_to_be_loaded() -> None:
    layer = Layer(1, 1)
    layer.load_state_dict({"weight": [[math.nan]], "bias": [math.inf]})
    assert math.isnan(numbers(layer)[0])
