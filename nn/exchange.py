"""Networks of other libraries: `to_torch`, `from_torch`, `to_onnx`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import autograd
from nn.module import Module
from nn.modules import ACTIVATIONS, Activation, Layer, Sequential, other_function

__all__ = ["ConversionError", "from_torch", "to_onnx", "to_torch"]

TORCH = {"identity": "Identity", "relu": "ReLU", "sigmoid": "Sigmoid", "softplus": "Softplus", "tanh": "Tanh"}
ONNX = TORCH | {"relu": "Relu", "elu": "Elu", "leaky_relu": "LeakyRelu"}
TORCH |= {"elu": "ELU", "gelu": "GELU", "leaky_relu": "LeakyReLU", "logsigmoid": "LogSigmoid", "silu": "SiLU"}
_PARAMETERS = ("alpha", "approximate", "beta", "negative_slope")  # of activations, where ours has the default


class ConversionError(ValueError):
    """A model has a part for which another library, or ours, has no counterpart."""


def to_torch(model: Sequential) -> Any:
    """The `torch.nn.Sequential` of Linears and activations, in double precision, that computes what `model` does.

    Raises ConversionError for an activation that is not among those with names, and for a subclass that computes
    something else, in a `__call__` of its own. Needs PyTorch.
    """
    layers = list(_layers(model))
    import torch

    parts: list[Any] = []
    for layer, activation in layers:
        state = {name: torch.tensor(x, dtype=torch.float64) for name, x in layer.state_dict().items()}
        m, n = state["weight"].shape
        linear = torch.nn.Linear(n, m, dtype=torch.float64)
        linear.load_state_dict(state)
        parts.append(linear)
        if activation != "identity":
            exact = {"threshold": 40} if activation == "softplus" else {}  # above 20 it would be linear by default
            parts.append(getattr(torch.nn, TORCH[activation])(**exact))
    return torch.nn.Sequential(*parts)


def from_torch(module: Any) -> Sequential:
    """The layers that compute what a `torch.nn.Sequential` of Linears, each with one activation at most, does.

    A Linear without bias gets one of 0. Raises ConversionError for other parts, among them modules with hooks and
    subclasses with a `forward` of their own. Needs PyTorch.
    """
    import torch

    names = {getattr(torch.nn, theirs): ours for ours, theirs in TORCH.items()}
    layers: list[Layer] = []
    activated = True
    for part in _flat(module, torch.nn.Sequential):
        name = names.get(type(part))
        if type(part) is torch.nn.Linear:
            layers.append(Layer(part.in_features, part.out_features, "identity", init="zeros"))
            bias = [0.0] * part.out_features if part.bias is None else part.bias
            layers[-1].load_state_dict({"weight": part.weight, "bias": bias})
            activated = False
        elif name and not activated and all(_same(part, type(part)(), parameter) for parameter in _PARAMETERS):
            for neuron in layers[-1].neurons:
                neuron.activation = ACTIVATIONS[name]
            activated = True
        else:
            raise ConversionError(
                f"A network is Linears, each with one of {', '.join(TORCH.values())} at most after it; got {part!r}."
            )
    if not layers:
        raise ConversionError("A network has at least one Linear, got none.")
    return Sequential(*layers)


def _same(x: Any, y: Any, attribute: str) -> bool:
    return bool(getattr(x, attribute, None) == getattr(y, attribute, None))


def _flat(module: Any, sequential: type) -> Iterator[Any]:
    """The parts in the order of computing, one that is used twice twice; `modules()` would give it once."""
    if module._forward_hooks or module._forward_pre_hooks:
        raise ConversionError(f"A module with hooks computes more than can be converted, got {module!r}.")
    if isinstance(module, sequential) and type(module).forward is sequential.forward:  # type: ignore[attr-defined]  # a Module
        for part in module:  # type: ignore[attr-defined]  # a Sequential of PyTorch is a sequence
            yield from _flat(part, sequential)
    else:
        yield module


def to_onnx(model: Sequential) -> Any:
    """The `onnx.ModelProto`, in single precision, of the input `x` (rows of inputs) and the output `z`.

    `onnx.save(to_onnx(model), path)` writes it. Raises ConversionError as `to_torch`. Needs the extra `onnx`.
    """
    import numpy as np
    from onnx import TensorProto, checker, helper, numpy_helper

    nodes, constants, x = [], [], "x"
    layers = list(_layers(model))
    for k, (layer, activation) in enumerate(layers, start=1):
        for name, array in layer.state_dict().items():
            constants.append(numpy_helper.from_array(np.array(array, dtype=np.float32), f"{name}{k}"))
        if activation not in ONNX:
            raise ConversionError(f"ONNX has one of {', '.join(ONNX)} as one node, but layer {k} has {activation}.")
        z = "z" if k == len(layers) else f"x{k + 1}"
        nodes.append(helper.make_node("Gemm", [x, f"weight{k}", f"bias{k}"], [f"s{k + 1}"], transB=1))
        nodes.append(helper.make_node(ONNX[activation], [f"s{k + 1}"], [z]))
        x = z
    sizes = {"x": len(layers[0][0].neurons[0].w), "z": len(layers[-1][0].neurons)}
    ends = [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["rows", n]) for name, n in sizes.items()]
    graph = helper.make_graph(nodes, "model", ends[:1], ends[1:], constants)
    opsets = [helper.make_opsetid("", 17)]
    proto = helper.make_model(
        graph, opset_imports=opsets, ir_version=8
    )  # of 2022: runtimes older than onnx read it too
    checker.check_model(proto)
    return proto


def _layers(model: Module) -> Iterator[tuple[Layer, str]]:
    """The layers, each with the name of its activation."""
    if not isinstance(model, Sequential):
        raise ConversionError(f"Only a Sequential or MLP can be converted, got {model!r}.")
    if other := other_function(model):
        raise ConversionError(
            f"Weights and activations can be converted, but {other}; convert a Sequential of plain Layers."
        )
    for k, layer in enumerate(model.layers, start=1):
        found = {_name(neuron.activation) for neuron in layer.neurons}
        name = found.pop()
        if found or not name:
            raise ConversionError(
                f"Layer {k} needs one of the activations {', '.join(ACTIVATIONS)}, the same for all of its neurons."
            )
        yield layer, name


def _name(activation: Activation) -> str:
    """Its name, "" if it has none."""
    return next((name for name, f in ACTIVATIONS.items() if activation in (f, getattr(autograd, name, f))), "")
