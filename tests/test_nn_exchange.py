"""Networks handed to other libraries and back: they compute the same outputs."""

import math
import random
from typing import Any

import numpy as np
import pytest

import autograd
from nn import (
    MLP,
    ConversionError,
    Dropout,
    Embedding,
    Layer,
    Module,
    Neuron,
    Sequential,
    draw,
    exchange,
    from_torch,
    modules,
    predict,
    to_onnx,
    to_torch,
)
from tests.peers import peer

ACTIVATIONS = ["identity", "elu", "gelu", "leaky_relu", "logsigmoid", "relu", "sigmoid", "silu", "softplus", "tanh"]
ROWS = np.random.default_rng(1).normal(size=(20, 3))


def network(activation: str, sizes: tuple[int, ...] = (4, 2)) -> MLP:
    model = MLP(
        3, sizes, activation="tanh" if activation == "softmax" else activation, output=activation, rng=random.Random(1)
    )
    for neuron in model.layers[0].neurons:
        neuron.b.data = 0.5
    return model


def outputs(model: Sequential) -> Any:
    return np.array([[z.data for z in np.atleast_1d(np.array(model(row), dtype=object))] for row in ROWS])


def test_every_activation_has_its_row_for_other_libraries() -> None:
    assert [*modules.ACTIVATIONS] == ACTIVATIONS
    assert set(exchange.NAMES) == {*ACTIVATIONS, "softmax"}


@pytest.mark.parametrize("activation", [*ACTIVATIONS, "softmax"])
@pytest.mark.parametrize("sizes", [(1,), (4, 2), (5, 3, 1)], ids=str)
def test_onnxruntime_computes_the_outputs_to_single_precision(activation: str, sizes: tuple[int, ...]) -> None:
    runtime = pytest.importorskip("onnxruntime", reason="onnxruntime, which computes it, is not installed")
    model = network(activation, sizes)
    session = runtime.InferenceSession(to_onnx(model).SerializeToString(), providers=["CPUExecutionProvider"])
    (z,) = session.run(["z"], {"x": ROWS.astype(np.float32)})
    assert z.shape == (20, sizes[-1])
    assert z.dtype == np.float32
    np.testing.assert_allclose(z, outputs(model), rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("activation", [*ACTIVATIONS, "softmax"])
def test_pytorch_computes_the_same_outputs(activation: str) -> None:
    torch = peer("torch")
    model = network(activation)
    theirs = to_torch(model)
    z = theirs(torch.tensor(ROWS)).detach().numpy()
    np.testing.assert_allclose(z, outputs(model), rtol=1e-12, atol=1e-15)
    assert from_torch(theirs).state_dict() == model.state_dict()
    np.testing.assert_allclose(outputs(from_torch(theirs)), outputs(model), rtol=1e-15)


def test_networks_of_pytorch_nested_and_without_biases_are_taken() -> None:
    torch = peer("torch")
    tnn = torch.nn
    theirs = tnn.Sequential(
        tnn.Sequential(tnn.Linear(3, 4, bias=False), tnn.Tanh()), tnn.Linear(4, 2), tnn.Linear(2, 2), tnn.ReLU()
    ).double()
    ours = from_torch(theirs)
    assert repr(ours) == "Sequential(Layer(3, 4, tanh), Layer(4, 2, identity), Layer(2, 2, relu))"
    np.testing.assert_allclose(outputs(ours), theirs(torch.tensor(ROWS)).detach().numpy(), rtol=1e-12, atol=1e-15)


def test_a_part_of_a_network_of_pytorch_that_is_used_twice_is_taken_twice() -> None:
    tnn = peer("torch").nn
    tanh, linear = tnn.Tanh(), tnn.Linear(3, 3)
    assert repr(from_torch(tnn.Sequential(linear, tanh, linear, tanh))) == (
        "Sequential(Layer(3, 3, tanh), Layer(3, 3, tanh))"
    )
    assert repr(from_torch(linear)) == "Sequential(Layer(3, 3, identity))"


def test_networks_of_pytorch_with_other_parts_are_refused() -> None:
    tnn = peer("torch").nn
    parts = [
        [tnn.Dropout1d()],
        [tnn.Flatten()],
        [tnn.Softmax(dim=0)],
        [tnn.Embedding(3, 2, padding_idx=1)],
        [tnn.GELU("tanh")],
        [tnn.ELU(2.0)],
        [tnn.LeakyReLU(0.2)],
        [tnn.Softplus(beta=2)],
        [tnn.ReLU(), tnn.Tanh()],
        [tnn.Bilinear(1, 1, 1)],
    ]
    for others in parts:
        with pytest.raises(ConversionError, match=r"with one of Identity, .* got (D|GELU|E|F|Leaky|S|T|B)"):
            from_torch(tnn.Sequential(tnn.Linear(3, 2), *others))
    with pytest.raises(ConversionError, match=r"got ReLU\(\)"):
        from_torch(tnn.Sequential(tnn.ReLU()))
    with pytest.raises(ConversionError, match="at least one Linear, got none"):
        from_torch(tnn.Sequential())


def test_functions_of_the_table_are_the_activations_of_their_names() -> None:
    proto = to_onnx(Sequential(Layer(2, 3, autograd.tanh), Layer(3, 1, autograd.sigmoid)))
    assert [node.op_type for node in proto.graph.node] == ["Gemm", "Tanh", "Gemm", "Sigmoid"]


def test_activations_without_a_name_and_mixed_ones_are_refused() -> None:
    message = "Layer 2 needs one of the activations identity, elu, gelu, leaky_relu, .* tanh, the same"
    for activation in (autograd.sin, lambda s: s * math.e):
        with pytest.raises(ConversionError, match=message):
            to_onnx(Sequential(Layer(2, 3), Layer(3, 1, activation)))
    mixed = MLP(2, [2, 2])
    mixed.layers[1].neurons[0] = Neuron(2, "tanh")
    with pytest.raises(ConversionError, match=message):
        to_onnx(mixed)


class Squared(MLP):
    def __call__(self, x: Any) -> Any:
        return super().__call__([v * v for v in x])


class Residual(Layer):
    def __call__(self, x: Any) -> Any:
        return [a + b for a, b in zip(self.outputs(x), x, strict=True)]


class Centred(Layer):
    def outputs(self, x: Any) -> Any:
        return [s - 1 for s in super().outputs(x)]


class Doubled(Neuron):
    def s(self, x: Any) -> Any:
        return 2 * super().s(x)


def doubled() -> MLP:
    model = MLP(3, [2, 1])
    model.layers[0].neurons[1] = Doubled(3)
    return model


OTHERS: dict[str, Sequential] = {
    "Squared defines its own __call__": Squared(3, [2, 1]),
    "Residual defines its own __call__": Sequential(Residual(3, 3), Layer(3, 1)),
    "Centred defines its own outputs": Sequential(Layer(3, 3), Centred(3, 1)),
    "Doubled defines its own s": doubled(),
}


@pytest.mark.parametrize("own", OTHERS)
def test_a_subclass_that_computes_something_else_is_neither_converted_nor_drawn(own: str) -> None:
    for convert in (to_torch, to_onnx):
        with pytest.raises(ConversionError, match=f"can be converted, but {own}; convert"):
            convert(OTHERS[own])
    with pytest.raises(TypeError, match=f"is drawn by weights and activations, but {own}; draw"):
        draw(OTHERS[own])


def test_a_layer_with_a_call_of_its_own_is_called_in_a_sequence() -> None:
    model = Sequential(Residual(2, 2, init="zeros"), Layer(2, 1, "identity", init=lambda n, m, rng: 1.0))
    assert model([3.0, 4.0]).data == model.logits([3.0, 4.0]).data == 7.0


def test_softplus_keeps_all_its_digits_in_pytorch() -> None:
    torch = peer("torch")
    model = Sequential(Layer(1, 1, "softplus", init=lambda n, m, rng: 1.0))
    for x in (20.5, 30.0, 36.0, 45.0):
        expected = x + math.log1p(math.exp(-x))
        assert to_torch(model)(torch.tensor([x], dtype=torch.float64)).item() == pytest.approx(expected, rel=1e-15)


def test_modules_of_pytorch_with_hooks_or_a_forward_of_their_own_are_refused() -> None:
    torch = peer("torch")

    class Own(torch.nn.Sequential):  # type: ignore[name-defined,misc]  # it is imported here
        def forward(self, x: Any) -> Any:
            return super().forward(x) + x

    with pytest.raises(ConversionError, match="A network is Linears"):
        from_torch(Own(torch.nn.Linear(1, 1)))
    for hook in ("register_forward_hook", "register_forward_pre_hook"):
        linear = torch.nn.Linear(1, 1)
        getattr(linear, hook)(lambda *_: None)
        with pytest.raises(ConversionError, match="A module with hooks computes more"):
            from_torch(torch.nn.Sequential(linear))


def test_what_is_no_sequence_of_layers_is_refused() -> None:
    with pytest.raises(ConversionError, match=r"Only a Sequential or MLP can be converted, got Neuron\(2, relu\)"):
        to_onnx(Neuron(2))  # type: ignore[arg-type]  # on purpose


def words() -> Sequential:
    rng = random.Random(4)
    return Sequential(
        Embedding(5, 3, rng=rng), Dropout(0.3), Layer(6, 4, "silu", rng=rng), Layer(4, 3, "softmax", rng=rng)
    )


WORDS = np.array([[0, 4], [2, 2], [3, 1]])


def test_embeddings_and_dropout_go_to_pytorch_and_back() -> None:
    torch = peer("torch")
    model = words()
    theirs = to_torch(model)
    assert [type(part).__name__ for part in theirs] == [
        "Embedding", "Flatten", "Dropout", "Linear", "SiLU", "Linear", "Softmax",
    ]  # fmt: skip
    assert theirs.training
    expected = predict(model, WORDS)
    np.testing.assert_allclose(theirs.eval()(torch.tensor(WORDS)).detach().numpy(), expected, rtol=1e-12)
    again = from_torch(theirs)
    assert repr(again) == repr(model)
    assert not again.training
    np.testing.assert_allclose(predict(again, WORDS), expected, rtol=1e-12)


def test_embeddings_go_to_onnx_and_dropout_stays_behind() -> None:
    runtime = pytest.importorskip("onnxruntime", reason="onnxruntime, which computes it, is not installed")
    session = runtime.InferenceSession(to_onnx(words()).SerializeToString(), providers=["CPUExecutionProvider"])
    (z,) = session.run(["z"], {"x": WORDS})
    np.testing.assert_allclose(z, predict(words(), WORDS), rtol=1e-5)


def test_a_part_of_one_s_own_between_layers_is_not_converted() -> None:
    class Noise(Module):
        def forward(self, x: Any) -> Any:
            return x

    with pytest.raises(ConversionError, match=r"but it has .*Noise.* between its layers"):
        to_onnx(Sequential(Layer(2, 2), Noise(), Layer(2, 1)))
