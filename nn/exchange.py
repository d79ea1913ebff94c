"""Networks of other libraries: `to_torch`, `from_torch`, `to_onnx`."""

from collections.abc import Iterator
from math import sqrt
from typing import Any

import autograd
from autograd.extras import needed
from nn.module import Module
from nn.modules import ACTIVATIONS, Dropout, Embedding, Layer
from nn.perceptrons import Sequential, other_function

__all__ = ["ConversionError", "from_torch", "to_onnx", "to_torch"]

# Of each activation PyTorch's name, and ONNX's operations from sums s to outputs z: name, arguments, result.
NAMES = {
    "identity": ("Identity", "Identity s z"),
    "elu": ("ELU", "Elu s z"),
    "gelu": ("GELU", "Mul s root a; Erf a b; Add b one c; Mul s c d; Mul d half z"),
    "leaky_relu": ("LeakyReLU", "LeakyRelu s z"),
    "logsigmoid": ("LogSigmoid", "Neg s a; Softplus a b; Neg b z"),
    "relu": ("ReLU", "Relu s z"),
    "sigmoid": ("Sigmoid", "Sigmoid s z"),
    "silu": ("SiLU", "Sigmoid s a; Mul s a z"),
    "softmax": ("Softmax", "Softmax s z"),
    "softplus": ("Softplus", "Softplus s z"),
    "tanh": ("Tanh", "Tanh s z"),
}
CONSTANTS = {"root": sqrt(0.5), "one": 1.0, "half": 0.5}
OPTIONS = {"softmax": {"dim": -1}, "softplus": {"threshold": 40}}  # above 20 softplus would be linear by default
_PARAMETERS = ("alpha", "approximate", "beta", "negative_slope")  # of activations, where ours has the default


class ConversionError(ValueError):
    """Raised when a model has a part for which another library, or ours, has no counterpart."""


def to_torch(model: Sequential) -> Any:
    """The `torch.nn.Sequential`, in double precision, that computes what `model` does.

    Raises ConversionError for an activation that is not among those with names, and for a subclass that computes
    something else, in a `__call__` of its own. Needs PyTorch.
    """
    parts = list(_parts(model))
    with needed("what goes to PyTorch, or comes from there,", "torch"):
        import torch

    made: list[Any] = []
    for part, activation in parts:
        if isinstance(part, Dropout):
            made.append(torch.nn.Dropout(part.p))
            continue
        state = {name: torch.tensor(x, dtype=torch.float64) for name, x in part.state_dict().items()}
        n, m = state["weight"].shape
        embeds = isinstance(part, Embedding)
        made.append((torch.nn.Embedding(n, m) if embeds else torch.nn.Linear(m, n)).double())
        made[-1].load_state_dict(state)
        if embeds:
            made.append(torch.nn.Flatten())
        elif activation != "identity":
            made.append(getattr(torch.nn, NAMES[activation][0])(**OPTIONS.get(activation, {})))
    return torch.nn.Sequential(*made).train(model.training)


def from_torch(module: Any) -> Sequential:
    """The layers that compute what a `torch.nn.Sequential` does.

    Its parts are Linears, each with one activation at most, which may be a Softmax over the outputs, Dropouts, and
    Embeddings, each with a Flatten. A Linear without bias gets one of 0. Raises ConversionError for other parts, among
    them modules with hooks and subclasses with a `forward` of their own. Needs PyTorch.
    """
    with needed("what goes to PyTorch, or comes from there,", "torch"):
        from torch import nn

    def settings(activation: Any) -> list[Any]:
        return [getattr(activation, name, None) for name in _PARAMETERS]

    names = {getattr(nn, theirs): ours for ours, (theirs, _) in NAMES.items()}
    layers: list[Any] = []
    before: Any = None
    for part in _in_order(module, nn.Sequential):
        kind, name = type(part), names.get(type(part), "")
        if kind is nn.Linear:
            layers.append(Layer(part.in_features, part.out_features, "identity", init="zeros"))
            bias = [0.0] * part.out_features if part.bias is None else part.bias
            layers[-1].load_state_dict({"weight": part.weight, "bias": bias})
        elif kind is nn.Embedding and part.padding_idx is None and part.max_norm is None:
            layers.append(Embedding(part.num_embeddings, part.embedding_dim))
            layers[-1].load_state_dict({"weight": part.weight})
        elif kind is nn.Dropout and part.p < 1:
            layers.append(Dropout(part.p))
        elif type(before) is nn.Linear and name == "softmax" and part.dim in (-1, 1):
            layers[-1].softmax = True
        elif type(before) is nn.Linear and name in ACTIVATIONS and settings(part) == settings(kind()):
            for neuron in layers[-1].neurons:
                neuron.activation = ACTIVATIONS[name]
        elif not (type(before) is nn.Embedding and kind is nn.Flatten and (part.start_dim, part.end_dim) == (1, -1)):
            raise ConversionError(
                f"A network is Linears, each with one of {', '.join(NAMES[name][0] for name in ACTIVATIONS)}, Softmax "
                f"at most after it, Dropouts, and Embeddings with a Flatten; got {part!r}."
            )
        before = part
    if not any(isinstance(layer, Layer) for layer in layers):
        raise ConversionError("A network has at least one Linear, got none.")
    made = Sequential(*layers)
    return made if module.training else made.eval()


def _in_order(module: Any, sequential: type) -> Iterator[Any]:
    """The parts in the order in which they compute; unlike `modules()`, twice what is used twice."""
    if module._forward_hooks or module._forward_pre_hooks:
        raise ConversionError(f"A module with hooks computes more than can be converted, got {module!r}.")
    if isinstance(module, sequential) and type(module).forward is sequential.forward:  # type: ignore[attr-defined]  # a Module
        for part in module:  # type: ignore[attr-defined]  # a Sequential of PyTorch is a sequence
            yield from _in_order(part, sequential)
    else:
        yield module


def to_onnx(model: Sequential) -> Any:
    """The `onnx.ModelProto`, in single precision, of the input `x` (rows of inputs) and the output `z`.

    `onnx.save(to_onnx(model), path)` writes it. What a Dropout does in the training is left out; an Embedding takes
    whole numbers. Raises ConversionError as `to_torch`. Needs the extra `onnx`.
    """
    with needed("to_onnx", '"scalar-autograd[onnx]"'):
        import numpy as np
        from onnx import TensorProto, checker, helper, numpy_helper

    nodes, constants, x = [], {name: np.float32(number) for name, number in CONSTANTS.items()}, "x"
    parts = [(part, activation) for part, activation in _parts(model) if not isinstance(part, Dropout)]
    width, kind = model.sizes[0], TensorProto.FLOAT
    for k, (part, activation) in enumerate(parts, start=1):
        constants |= {f"{name}{k}": np.array(array, np.float32) for name, array in part.state_dict().items()}
        z = "z" if k == len(parts) else f"x{k + 1}"
        if isinstance(part, Embedding):
            width, kind = width // len(part.weight[0]), TensorProto.INT64
            nodes.append(helper.make_node("Gather", [f"weight{k}", x], [f"g{k}"]))
            nodes.append(helper.make_node("Flatten", [f"g{k}"], [z]))
        else:
            nodes.append(helper.make_node("Gemm", [x, f"weight{k}", f"bias{k}"], [f"s{k + 1}"], transB=1))
            for op, *names in map(str.split, NAMES[activation][1].split(";")):
                called = [z if name == "z" else name if name in CONSTANTS else f"{name}{k + 1}" for name in names]
                nodes.append(helper.make_node(op, called[:-1], called[-1:]))
        x = z
    ends = [
        helper.make_tensor_value_info("x", kind, ["rows", width]),
        helper.make_tensor_value_info("z", TensorProto.FLOAT, ["rows", model.sizes[-1]]),
    ]
    used = {name for node in nodes for name in node.input}
    arrays = [numpy_helper.from_array(np.asarray(x), name) for name, x in constants.items() if name in used]
    graph = helper.make_graph(nodes, "model", ends[:1], ends[1:], arrays)
    opsets = [helper.make_opsetid("", 17)]
    proto = helper.make_model(graph, opset_imports=opsets, ir_version=8)  # of 2022: older runtimes read it too
    checker.check_model(proto)
    return proto


def _parts(model: Module) -> Iterator[tuple[Any, str]]:
    """The layers, each with the name of its activation, and what stands between them."""
    if not isinstance(model, Sequential):
        raise ConversionError(f"Only a Sequential or MLP can be converted, got {model!r}.")
    if other := other_function(model, (Dropout, Embedding)):
        raise ConversionError(
            f"Weights and activations can be converted, but {other}; convert a Sequential of plain Layers."
        )
    for k, layer in enumerate(model.layers, start=1):
        used = [neuron.activation for neuron in layer.neurons] if isinstance(layer, Layer) else [autograd.relu]
        found = {
            next((name for name, f in ACTIVATIONS.items() if g in (f, getattr(autograd, name, f))), "") for g in used
        }
        if len(found) > 1 or "" in found:
            raise ConversionError(
                f"Layer {k} needs one of the activations {', '.join(ACTIVATIONS)}, the same for all of its neurons."
            )
        yield layer, "softmax" if getattr(layer, "softmax", False) else found.pop()
