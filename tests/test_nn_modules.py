"""Modules against the same networks in NumPy and by finite differences, their parameters and their labels."""

import copy
import math
import pickle
import random
from collections import UserList, defaultdict, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType, SimpleNamespace
from typing import Any

import numpy as np
import pytest

import autograd
from autograd import Value, Vector, log1p
from nn import (
    MLP,
    SGD,
    Layer,
    LogisticRegression,
    Module,
    Neuron,
    Sequential,
    StateDictError,
    fit,
    log_loss,
    mse_loss,
)
from tests.peers import peer

ACTIVATIONS: dict[str, tuple[Callable[[Any], Any], Callable[[Any], Any]]] = {
    "identity": (lambda s: s, np.ones_like),
    "relu": (lambda s: np.maximum(s, 0), lambda s: (s > 0).astype(float)),
    "sigmoid": (lambda s: 1 / (1 + np.exp(-s)), lambda s: np.exp(-s) / (1 + np.exp(-s)) ** 2),
    "softplus": (lambda s: np.log1p(np.exp(s)), lambda s: 1 / (1 + np.exp(-s))),
    "elu": (lambda s: np.where(s > 0, s, np.expm1(s)), lambda s: np.where(s > 0, 1.0, np.exp(s))),
    "leaky_relu": (lambda s: np.where(s > 0, s, 0.01 * s), lambda s: np.where(s > 0, 1.0, 0.01)),
    "silu": (
        lambda s: s / (1 + np.exp(-s)),
        lambda s: (1 + s / (1 + np.exp(s))) / (1 + np.exp(-s)),
    ),
    "logsigmoid": (lambda s: -np.log1p(np.exp(-s)), lambda s: 1 / (1 + np.exp(s))),
    "tanh": (np.tanh, lambda s: 1 / np.cosh(s) ** 2),
}


def matrices(model: MLP) -> list[Any]:
    """The weights of each layer as a matrix whose last column is the bias."""
    return [np.array([[w.data for w in n.w] + [n.b.data] for n in layer.neurons]) for layer in model.layers]


def by_hand(weights: list[Any], functions: Sequence[str], x: Any, y: Any) -> tuple[Any, list[Any]]:
    """Output and the gradient of (output - y)² summed over outputs, by backpropagation in matrices."""
    xs, sums = [np.append(x, 1.0)], []
    for w, f in zip(weights, functions, strict=True):
        sums.append(w @ xs[-1])
        xs.append(np.append(ACTIVATIONS[f][0](sums[-1]), 1.0))
    output = xs[-1][:-1]
    adjoint, gradients = 2 * (output - y), list[Any]()
    for w, f, s, below in reversed(list(zip(weights, functions, sums, xs[:-1], strict=True))):
        delta = adjoint * ACTIVATIONS[f][1](s)
        gradients.insert(0, np.outer(delta, below))
        adjoint = (w.T @ delta)[:-1]
    return output, gradients


@pytest.mark.parametrize("hidden", ACTIVATIONS)
@pytest.mark.parametrize("output", ACTIVATIONS)
@pytest.mark.parametrize("sizes", [[3], [4, 2], [1, 1], [5, 3, 2, 1]])
def test_value_and_gradient_of_an_mlp_are_those_of_the_same_network_in_matrices(
    hidden: str, output: str, sizes: list[int]
) -> None:
    rng = random.Random(repr((hidden, output, sizes)))
    model = MLP(3, sizes, activation=hidden, output=output, rng=rng)
    for p in model.parameters():
        p.data = rng.uniform(-2, 2)
    x, y = [rng.gauss(0, 1) for _ in range(3)], [rng.gauss(0, 1) for _ in range(sizes[-1])]
    z = model(x)
    outputs = z if isinstance(z, list) else [z]
    (mse_loss(outputs, y) * len(y)).backward()
    expected, gradients = by_hand(matrices(model), [hidden] * (len(sizes) - 1) + [output], x, y)
    assert [z.data for z in outputs] == pytest.approx(expected.tolist(), rel=1e-12)
    assert [p.grad for p in model.parameters()] == pytest.approx(
        [g for matrix in gradients for g in matrix.flat], rel=1e-11, abs=1e-15
    )


def test_the_gradient_of_a_loss_is_what_finite_differences_say() -> None:
    rng = random.Random(5)
    model = MLP(2, [3, 2, 1], activation="tanh", output="sigmoid", rng=rng)
    rows, targets = [[rng.gauss(0, 1), rng.gauss(0, 1)] for _ in range(7)], [0, 1, 1, 0, 1, 0, 0]

    def loss() -> Value:
        return log_loss([model(row) for row in rows], targets)  # type: ignore[no-any-return]  # of Values a Value

    loss().backward()
    for p in model.parameters():
        at, h = p.data, 1e-5
        p.data = at + h
        above = loss().data
        p.data = at - h
        below = loss().data
        p.data = at
        assert p.grad == pytest.approx((above - below) / (2 * h), rel=1e-7, abs=1e-9)


def test_a_neuron_is_one_node_for_its_sum_and_one_for_its_activation() -> None:
    neuron = Neuron(4, "sigmoid")
    x = [Value(float(i)) for i in range(4)]
    z = neuron(x)
    (s,) = z.parents
    assert (z.op, s.op) == (autograd.sigmoid, autograd.linear)
    assert s.parents == (*neuron.w, *x, neuron.b)


def test_an_identity_adds_no_node() -> None:
    assert Neuron(2, "identity")([1.0, 2.0]).op is autograd.linear


def test_one_output_is_a_value_and_several_are_a_list() -> None:
    assert isinstance(MLP(2, [3, 1])([1.0, 2.0]), Value)
    assert [type(z) for z in MLP(2, [3, 2])([1.0, 2.0])] == [Value, Value]
    assert isinstance(Layer(2, 1)([1.0, 2.0]), Value)


@pytest.mark.parametrize(
    "row",
    [(1, True), np.array([1.0, 1.0]), np.array([1, 1]), iter([1.0, 1.0])],
    ids=["integers", "array", "integer array", "iterator"],
)
def test_inputs_are_any_numbers_in_any_iterable(row: Any) -> None:
    model = MLP(2, [2, 1], rng=random.Random(3))
    assert model(row).data == model([1.0, 1.0]).data


def test_whole_numbers_among_the_inputs_are_kept_as_written_and_compute_as_floats() -> None:
    neuron = Neuron(3, "identity", rng=random.Random(1))
    s, expected = neuron([2, 3.0, -1]), neuron([2.0, 3.0, -1.0])
    assert (s.data, s.partials) == (expected.data, expected.partials)
    assert all(type(slope) is float for slope in s.partials)
    assert [repr(x) for x in s.args[3:6]] == ["2", "3.0", "-1"]
    assert neuron([10**400, 0, 0]).data == math.copysign(math.inf, neuron.w[0].data)


def test_inputs_that_are_values_get_gradients() -> None:
    model = MLP(2, [3, 1], activation="tanh", rng=random.Random(2))
    x = [Value(0.3), Value(-0.7)]
    model(x).backward()
    for i in range(2):
        above, below = ([v.data + (h if j == i else 0.0) for j, v in enumerate(x)] for h in (1e-6, -1e-6))
        assert x[i].grad == pytest.approx((model(above).data - model(below).data) / 2e-6, rel=1e-7)


@pytest.mark.parametrize("row", [[1.0], [1.0, 2.0, 3.0], []])
def test_a_row_of_another_length_is_refused(row: list[float]) -> None:
    with pytest.raises(ValueError, match=f"got 2 and {len(row)} numbers"):
        MLP(2, [2, 1])(row)


@pytest.mark.parametrize("row", [[1.0, None], [1.0, "2"], [1.0, 1j]])
def test_an_input_that_is_no_real_number_is_refused(row: list[Any]) -> None:
    with pytest.raises(TypeError, match="real numbers"):
        MLP(2, [2, 1])(row)


def test_an_activation_may_be_any_function_of_a_value() -> None:
    neuron = Neuron(1, lambda s: log1p(s * s))
    neuron.w[0].data, neuron.b.data = 2.0, 1.0
    assert neuron([1.0]).data == pytest.approx(math.log(10))
    assert Neuron(1, autograd.tanh)([0.0]).op is autograd.tanh


def test_an_unknown_activation_is_refused_with_the_names_there_are() -> None:
    message = "An activation is a function or one of identity, elu, gelu, .*, silu, softplus, tanh; got 'swish'."
    with pytest.raises(ValueError, match=message):
        MLP(2, [1], activation="relu", output="swish")


@pytest.mark.parametrize(("module", "sizes"), [(Neuron, (0,)), (Layer, (2, 0)), (MLP, (2, [0, 1])), (MLP, (0, [1]))])
def test_a_layer_without_units_is_refused(module: type[Module], sizes: tuple[Any, ...]) -> None:
    with pytest.raises(ValueError, match="at least one unit, got 0"):
        module(*sizes)


def test_an_mlp_without_layers_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one layer"):
        MLP(2, [])


# -- parameters -----------------------------------------------------------------------------------------------


def test_parameters_come_neuron_by_neuron_weights_before_bias() -> None:
    model = MLP(2, [2, 1])
    neurons = [neuron for layer in model.layers for neuron in layer.neurons]
    expected = [p for neuron in neurons for p in [*neuron.w, neuron.b]]
    assert all(p is q for p, q in zip(model.parameters(), expected, strict=True))


def test_parameters_are_named_by_the_way_to_them() -> None:
    names = dict(Layer(2, 2).named_parameters())
    assert list(names) == [f"neurons.{i}.{p}" for i in (0, 1) for p in ("w.0", "w.1", "b")]


def test_parameters_are_found_in_lists_tuples_dicts_and_modules_and_shared_ones_once() -> None:
    class Model(Module):
        def __init__(self) -> None:
            self.a = Value(1.0)
            self.nested = {"b": (Value(2.0), [Value(3.0)]), "again": self.a}
            self.layer = Layer(1, 1)
            self.myself = self
            self.number, self.text, self.nothing = 3.0, "w", None

    names = [name for name, _ in Model().named_parameters()]
    assert names == ["a", "nested.b.0", "nested.b.1.0", "layer.neurons.0.w.0", "layer.neurons.0.b"]


class Holding(Module):
    """A model that keeps `kept`."""

    def __init__(self, kept: Any) -> None:
        self.kept = kept


@dataclass(slots=True)
class Pair:
    first: Any
    second: Any = None


KEPT: dict[str, Callable[[list[Value]], Any]] = {
    "a Vector": lambda w: Vector(w, "w"),
    "an array": lambda w: np.array(w, dtype=object),
    "a matrix": lambda w: np.array([w, w[::-1]], dtype=object),
    "an array of one": lambda w: [np.array(w[0], dtype=object), w[1]],
    "a deque": deque,
    "a list of one's own": UserList,
    "a defaultdict": lambda w: defaultdict(list, {"w": w}),
    "a read-only dict": lambda w: MappingProxyType({"v": w[0], "w": w[1]}),
    "nested": lambda w: [({"w": deque([Vector(w[:1], "w")])}, np.array([[w[1]]], dtype=object))],
    "a series": lambda w: peer("pandas").Series(w, dtype=object),
    "a table": lambda w: peer("pandas").DataFrame({"v": w[:1], "w": w[1:]}, dtype=object),
}


@pytest.mark.parametrize("kind", KEPT)
def test_parameters_are_found_in_every_container_saved_and_loaded(kind: str) -> None:
    w = [Value(1.0), Value(2.0)]
    model = Holding(KEPT[kind](w))
    assert [id(p) for p in model.parameters()] == [id(p) for p in w]
    state = model.state_dict()
    for p in w:
        p.data = 0.0
    model.load_state_dict({name: np.array(x) for name, x in state.items()})
    assert [p.data for p in w] == [1.0, 2.0]


REFUSED: dict[str, Callable[[Value], Any]] = {
    "set": lambda w: {w},
    "frozenset": lambda w: frozenset([(w,)]),
    "dict_values": lambda w: {"a": w}.values(),
    "dict": lambda w: {w: "a"},
    "Pair": lambda w: Pair(w),
    "SimpleNamespace": lambda w: SimpleNamespace(layers=[Holding(w)]),
    "partial": lambda w: partial(max, w),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_parameters_where_no_one_would_find_them_are_refused_by_name(kind: str) -> None:
    model = Holding({"a": [REFUSED[kind](Value(1.0))]})
    for use in (model.parameters, model.state_dict, model.zero_grad):
        with pytest.raises(
            TypeError, match=rf"^Holding\.kept\.a\.0 is a {kind} that holds parameters, .* one of these"
        ):
            use()


def test_what_holds_no_parameters_of_its_own_may_be_kept() -> None:
    model = Layer(1, 1)
    for harmless in (
        SGD(model.parameters()), {1, "a"}, np.zeros(3), range(10**12), "text", b"bytes", math, Value,
        Pair(1.0, [model]), SimpleNamespace(model=model), iter([1]), Vector([1.0], "c", constant=True),
        {(1, 2): None}, lambda: Value(1.0),
    ):  # fmt: skip
        model.harmless = harmless  # type: ignore[attr-defined]  # as in a class of one's own
        assert [name for name, _ in model.named_parameters()] == ["neurons.0.w.0", "neurons.0.b"]
        assert set(model.state_dict()) == {"weight", "bias"}


def test_parameters_in_slots_and_of_the_class_are_found() -> None:
    class Slotted(Module):
        __slots__ = ("empty", "w")
        shared = (Value(1.0),)

        def __init__(self) -> None:
            self.w = Value(2.0)

    model = Slotted()
    assert [(name, p.data) for name, p in model.named_parameters()] == [("shared.0", 1.0), ("w", 2.0)]
    assert model.state_dict() == {"shared": [1.0], "w": 2.0}


def test_parameters_of_activations_are_saved_with_their_layer() -> None:
    class PReLU(Module):
        def __init__(self) -> None:
            self.a = Value(0.25)

        def __call__(self, s: Value) -> Value:
            return s.relu() - self.a * (-s).relu()

    model = MLP(2, [2, 1], PReLU())
    assert model.state_dict()["layers.0.neurons.0.activation.a"] == 0.25
    assert len(model.parameters()) == 10


def test_two_parameters_of_one_name_and_those_that_a_state_leaves_out_are_not_saved() -> None:
    with pytest.raises(StateDictError, match=r"Two parameters have the name 'kept\.1'"):
        Holding({1: Value(1.0), "1": Value(2.0)}).state_dict()

    class Forgetful(Holding):
        def state(self) -> dict[str, Any]:
            return {}

    with pytest.raises(StateDictError, match=r"Forgetful\.state\(\) leaves out parameters: 'kept'"):
        Forgetful(Value(1.0)).state_dict()


def test_a_value_that_was_computed_is_no_parameter() -> None:
    class Model(Module):
        def __init__(self) -> None:
            self.w = Value(1.0)
            self.last_output = self.w * 2

    assert [name for name, _ in Model().named_parameters()] == ["w"]


def test_zero_grad_sets_the_gradients_to_0() -> None:
    model = MLP(2, [2, 1])
    for _ in range(2):
        model.zero_grad()
        assert [p.grad for p in model.parameters()] == [0.0] * 9
        model([1.0, 2.0]).backward()


# -- initial weights ------------------------------------------------------------------------------------------


def test_the_same_seed_gives_the_same_weights() -> None:
    first, second, other = ([p.data for p in MLP(3, [4, 1], rng=random.Random(s)).parameters()] for s in (1, 1, 2))
    assert first == second != other


def test_without_a_generator_random_seed_decides() -> None:
    random.seed(7)
    first = [p.data for p in MLP(3, [4, 1]).parameters()]
    random.seed(7)
    assert first == [p.data for p in MLP(3, [4, 1]).parameters()]


@pytest.mark.parametrize("rng", [0, 3, "1"], ids=repr)
def test_a_seed_in_the_place_of_a_generator_is_refused(rng: Any) -> None:
    with pytest.raises(TypeError, match=r"come from a generator, such as random\.Random\(1\), got"):
        MLP(2, [1], rng=rng)
    with pytest.raises(TypeError, match=r"come from a generator, such as random\.Random\(1\), got"):
        fit(MLP(2, [1]), ([[1.0, 2.0]], [1.0]), mse_loss, SGD([Value(1.0)]), 1, rng=rng)


def test_generators_of_numpy_serve_too() -> None:
    first, second = (MLP(2, [2, 1], rng=np.random.default_rng(1)).state_dict() for _ in range(2))
    assert first == second


def test_weights_are_uniform_with_variance_2_by_n_and_biases_0() -> None:
    neurons = Layer(50, 200, rng=random.Random(0)).neurons
    weights = np.array([w.data for neuron in neurons for w in neuron.w])
    assert np.abs(weights).max() <= math.sqrt(6 / 50)
    assert weights.mean() == pytest.approx(0, abs=0.01)
    assert weights.var() == pytest.approx(2 / 50, rel=0.03)
    assert {neuron.b.data for neuron in neurons} == {0.0}


@pytest.mark.parametrize(("init", "bound"), [("xavier", math.sqrt(6 / 250)), ("uniform", math.sqrt(1 / 50))])
def test_other_initialisations_are_uniform_within_their_bounds(init: str, bound: float) -> None:
    neurons = Layer(50, 200, init=init, rng=random.Random(0)).neurons
    weights = np.abs([w.data for neuron in neurons for w in neuron.w])
    assert 0.999 * bound < weights.max() <= bound
    assert weights.mean() == pytest.approx(bound / 2, rel=0.02)


def test_an_initialisation_may_be_any_function_of_both_sizes_and_the_generator() -> None:
    rng, calls = random.Random(1), list[Any]()

    def init(n: int, m: int, rng: random.Random) -> float:
        calls.append((n, m, rng))
        return 0.25

    assert [p.data for p in MLP(3, [2], init=init, rng=rng).parameters()] == [0.25, 0.25, 0.25, 0.0] * 2
    assert calls == [(3, 2, rng)] * 6


def test_an_unknown_initialisation_is_refused_with_the_names_there_are() -> None:
    message = "An initialisation is a function or one of he, xavier, uniform, zeros; got 'ones'."
    with pytest.raises(ValueError, match=message):
        MLP(2, [1], init="ones")


# -- sequences of layers --------------------------------------------------------------------------------------


def test_layers_in_sequence_compute_what_the_mlp_of_their_weights_computes() -> None:
    model = Sequential(Layer(2, 3, "tanh"), Layer(3, 2, "relu"), Layer(2, 1, "sigmoid"))
    mlp = MLP(2, [3, 2, 1])
    for layer, twin in zip(mlp.layers, model.layers, strict=True):
        for neuron in layer.neurons:
            neuron.activation = twin.neurons[0].activation
    mlp.load_state_dict(model.state_dict())
    assert model([0.3, -0.7]).data == mlp([0.3, -0.7]).data
    assert model.logits([0.3, -0.7]).data == mlp.logits([0.3, -0.7]).data
    assert [p.label for p in model.parameters()] == [p.label for p in mlp.parameters()]
    assert repr(model) == "Sequential(Layer(2, 3, tanh), Layer(3, 2, relu), Layer(2, 1, sigmoid))"


@pytest.mark.parametrize("part", ["tanh", MLP(3, [1]), Neuron(3)], ids=repr)
def test_a_sequence_of_other_things_than_layers_is_refused(part: Any) -> None:
    with pytest.raises(TypeError, match="A Sequential is made of Layers, each with its activation, got"):
        Sequential(Layer(2, 3), part)


def test_layers_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match="Layer 1 has 3 outputs, but layer 2 takes 2 inputs"):
        Sequential(Layer(2, 3), Layer(2, 1))
    with pytest.raises(ValueError, match="at least one layer"):
        Sequential()


def test_logistic_regression_is_the_logistic_function_of_a_weighted_sum() -> None:
    model = LogisticRegression(2)
    assert model([3.0, 4.0]).data == 0.5
    model.w[0].data, model.w[1].data, model.b.data = 1.0, -2.0, 0.5
    assert model([3.0, 1.0]).data == pytest.approx(1 / (1 + math.exp(-1.5)))
    assert model.logits([3.0, 1.0]).data == 1.5
    assert repr(model) == "LogisticRegression(2)"


# -- labels ---------------------------------------------------------------------------------------------------


def test_weights_are_labelled_as_in_the_course_the_bias_as_weight_of_one_more_unit() -> None:
    labels = [p.label for p in MLP(2, [2, 1]).parameters()]
    expected = [f"w_{{{i},{j}}}^{{(1)}}" for i in (1, 2) for j in (1, 2, 3)]
    assert labels == expected + [f"w_{{1,{j}}}^{{(2)}}" for j in (1, 2, 3)]


def test_the_weights_of_a_single_neuron_have_one_index() -> None:
    assert [p.label for p in Neuron(3).parameters()] == ["w_{1}", "w_{2}", "w_{3}", "w_{4}"]


def test_units_are_labelled_only_when_asked_for() -> None:
    model = MLP(2, [2, 1], activation="sigmoid", output="sigmoid")
    z = model([1.0, 2.0])
    assert (z.label, z.parents[0].label) == (None, None)
    units = model.units([1.0, 2.0])
    assert [[v.label for v in layer.x] for layer in units] == [
        ["x_{1}^{(1)}", "x_{2}^{(1)}"],
        ["x_{1}^{(2)}", "x_{2}^{(2)}"],
        ["x_{1}^{(3)}"],
    ]
    assert [[v.label for v in layer.s] for layer in units] == [[], ["s_{1}^{(2)}", "s_{2}^{(2)}"], ["s_{1}^{(3)}"]]
    assert units[-1].x[0].data == z.data


def test_logits_are_the_sums_of_the_last_layer() -> None:
    model = MLP(2, [3, 2], activation="tanh", output="sigmoid", rng=random.Random(1))
    x = [0.5, -1.0]
    assert [s.data for s in model.logits(x)] == [s.data for s in model.units(x)[-1].s]
    assert [s.sigmoid().data for s in model.logits(x)] == [z.data for z in model(x)]


# -- copies ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("duplicate", [copy.deepcopy, lambda m: pickle.loads(pickle.dumps(m))], ids=["copy", "pickle"])
def test_a_model_is_copied_and_pickled_with_its_weights_apart_from_the_original(duplicate: Any) -> None:
    model = MLP(2, [3, 1], activation="tanh", output="sigmoid", rng=random.Random(1))
    twin = duplicate(model)
    assert twin([0.5, 1.0]).data == model([0.5, 1.0]).data
    twin.layers[0].neurons[0].b.data = 9.0
    assert twin([0.5, 1.0]).data != model([0.5, 1.0]).data


def test_repr_says_what_the_network_is() -> None:
    assert repr(Layer(2, 1, partial(log1p))).startswith("Layer(2, 1, functools.partial(")
    assert repr(MLP(2, [16, 16, 1])) == "MLP(2, [16, 16, 1], relu, identity)"
    assert repr(Layer(2, 3, "tanh")) == "Layer(2, 3, tanh)"
    assert repr(Neuron(2, "sigmoid")) == "Neuron(2, sigmoid)"
