"""Networks of other libraries: `to_torch`, `from_torch`, `to_onnx`."""

from __future__ import annotations

from collections.abc import Iterator
from math import sqrt
from typing import Any

import autograd
from autograd.extras import needed
from nn.module import Module
from nn.modules import ACTIVATIONS, Activation, Dropout, Embedding, Layer
from nn.perceptrons import Sequential, other_function

__all__ = ["ConversionError", "from_torch", "to_onnx", "to_torch"]

TORCH = {"identity": "Identity", "relu": "ReLU", "sigmoid": "Sigmoid", "softplus": "Softplus", "tanh": "Tanh"}
ONNX: dict[str, list[tuple[str, ...]]]  # operations, from sums s to outputs z
ONNX = {name: [(theirs, "s", "z")] for name, theirs in TORCH.items()}
TORCH |= {"elu": "ELU", "gelu": "GELU", "leaky_relu": "LeakyReLU", "logsigmoid": "LogSigmoid", "silu": "SiLU"}
ONNX |= {
    "relu": [("Relu", "s", "z")],
    "elu": [("Elu", "s", "z")],
    "leaky_relu": [("LeakyRelu", "s", "z")],
    "softmax": [("Softmax", "s", "z")],
    "silu": [("Sigmoid", "s", "a"), ("Mul", "s", "a", "z")],
    "logsigmoid": [("Neg", "s", "a"), ("Softplus", "a", "b"), ("Neg", "b", "z")],
    "gelu": [("Mul", "s", "root", "a"), ("Erf", "a", "b"), ("Add", "b", "one", "c"), ("Mul", "s", "c", "d"),
             ("Mul", "d", "half", "z")],
}  # fmt: skip
CONSTANTS = {"root": sqrt(0.5), "one": 1.0, "half": 0.5}
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
        state = {name: torch.tensor(x, dtype=torch.float64) for name, x in part.state_dict().items()}
        if isinstance(part, Dropout):
            made.append(torch.nn.Dropout(part.p))
            continue
        kind = torch.nn.Embedding if isinstance(part, Embedding) else torch.nn.Linear
        sizes = state["weight"].shape if isinstance(part, Embedding) else state["weight"].shape[::-1]
        made.append(kind(*sizes, dtype=torch.float64))
        made[-1].load_state_dict(state)
        if isinstance(part, Embedding):
            made.append(torch.nn.Flatten())
        elif activation == "softmax":
            made.append(torch.nn.Softmax(dim=-1))
        elif activation != "identity":
            exact = {"threshold": 40} if activation == "softplus" else {}  # above 20 it would be linear by default
            made.append(getattr(torch.nn, TORCH[activation])(**exact))
    return torch.nn.Sequential(*made).train(model.training)


def from_torch(module: Any) -> Sequential:
    """The layers that compute what a `torch.nn.Sequential` does.

    Its parts are Linears, each with one activation at most, which may be a Softmax over the outputs, Dropouts, and
    Embeddings, each with a Flatten. A Linear without bias gets one of 0. Raises ConversionError for other parts, among
    them modules with hooks and subclasses with a `forward` of their own. Needs PyTorch.
    """
    with needed("what goes to PyTorch, or comes from there,", "torch"):
        import torch

    names = {getattr(torch.nn, theirs): ours for ours, theirs in TORCH.items()}
    layers: list[Any] = []
    before: Any = None
    for part in _in_order(module, torch.nn.Sequential):
        name = names.get(type(part))
        softmax = type(part) is torch.nn.Softmax and part.dim in (-1, 1)
        if type(part) is torch.nn.Linear:
            layers.append(Layer(part.in_features, part.out_features, "identity", init="zeros"))
            bias = [0.0] * part.out_features if part.bias is None else part.bias
            layers[-1].load_state_dict({"weight": part.weight, "bias": bias})
        elif type(part) is torch.nn.Embedding and part.padding_idx is None and part.max_norm is None:
            layers.append(Embedding(part.num_embeddings, part.embedding_dim))
            layers[-1].load_state_dict({"weight": part.weight})
        elif type(part) is torch.nn.Dropout and part.p < 1:
            layers.append(Dropout(part.p))
        elif type(before) is torch.nn.Linear and softmax:
            layers[-1].softmax = True
        elif type(before) is torch.nn.Linear and name and all(_same(part, type(part)(), x) for x in _PARAMETERS):
            for neuron in layers[-1].neurons:
                neuron.activation = ACTIVATIONS[name]
        elif not (type(before) is torch.nn.Embedding and type(part) is torch.nn.Flatten and part.start_dim == 1):
            raise ConversionError(
                f"A network is Linears, each with one of {', '.join(TORCH.values())}, Softmax at most after it, "
                f"Dropouts, and Embeddings with a Flatten; got {part!r}."
            )
        before = part
    if not any(isinstance(layer, Layer) for layer in layers):
        raise ConversionError("A network has at least one Linear, got none.")
    made = Sequential(*layers)
    return made if module.training else made.eval()


def _same(x: Any, y: Any, attribute: str) -> bool:
    return bool(getattr(x, attribute, None) == getattr(y, attribute, None))


def _in_order(module: Any, sequential: type) -> Iterator[Any]:
    """The parts in the order of computing, one that is used twice twice; `modules()` would give it once."""
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
    width, kind = len(model.dense[0].neurons[0].w), TensorProto.FLOAT
    for k, (part, activation) in enumerate(parts, start=1):
        constants |= {f"{name}{k}": np.array(array, np.float32) for name, array in part.state_dict().items()}
        z = "z" if k == len(parts) else f"x{k + 1}"
        if isinstance(part, Embedding):
            width, kind = width // len(part.weight[0]), TensorProto.INT64
            nodes.append(helper.make_node("Gather", [f"weight{k}", x], [f"g{k}"]))
            nodes.append(helper.make_node("Flatten", [f"g{k}"], [z]))
        else:
            nodes.append(helper.make_node("Gemm", [x, f"weight{k}", f"bias{k}"], [f"s{k + 1}"], transB=1))
            called = {"s": f"s{k + 1}", "z": z} | {name: name for name in CONSTANTS}
            for op, *args, out in ONNX[activation]:
                names = [called.get(name, f"{name}{k + 1}") for name in (*args, out)]
                nodes.append(helper.make_node(op, names[:-1], names[-1:]))
        x = z
    ends = [
        helper.make_tensor_value_info("x", kind, ["rows", width]),
        helper.make_tensor_value_info("z", TensorProto.FLOAT, ["rows", len(model.dense[-1].neurons)]),
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
        if not isinstance(layer, Layer):
            yield layer, ""
            continue
        found = {_name_in_table(neuron.activation) for neuron in layer.neurons}
        name = found.pop()
        if found or not name:
            raise ConversionError(
                f"Layer {k} needs one of the activations {', '.join(ACTIVATIONS)}, the same for all of its neurons."
            )
        yield layer, "softmax" if layer.softmax else name


def _name_in_table(activation: Activation) -> str:
    """Its name, "" if it has none."""
    return next((name for name, f in ACTIVATIONS.items() if activation in (f, getattr(autograd, name, f))), "")
