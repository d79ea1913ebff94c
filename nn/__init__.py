"""Neural networks on scalars that remember how they were made: the names of PyTorch, the notation of the course."""

from typing import TYPE_CHECKING, Any

from nn import _guard as _guard
from nn.losses import cross_entropy, hinge_loss, l2, log_loss, log_loss_with_logits, mse_loss
from nn.module import Module, StateDictError
from nn.modules import MLP, Layer, LogisticRegression, Neuron, Sequential
from nn.optimizers import LBFGS, SGD, Adam, AdamW, Optimizer
from nn.saving import ModelFileError, load, save
from nn.schedules import CosineAnnealingLR, ExponentialLR, LRScheduler, StepLR
from nn.training import DivergenceError, History, distinct, fit

if TYPE_CHECKING:
    from nn.drawing import draw
    from nn.exchange import ConversionError, from_torch, to_onnx, to_torch

__all__ = [
    "LBFGS",
    "MLP",
    "SGD",
    "Adam",
    "AdamW",
    "ConversionError",
    "CosineAnnealingLR",
    "DivergenceError",
    "ExponentialLR",
    "History",
    "LRScheduler",
    "Layer",
    "LogisticRegression",
    "ModelFileError",
    "Module",
    "Neuron",
    "Optimizer",
    "Sequential",
    "StateDictError",
    "StepLR",
    "cross_entropy",
    "distinct",
    "draw",
    "fit",
    "from_torch",
    "hinge_loss",
    "l2",
    "load",
    "log_loss",
    "log_loss_with_logits",
    "mse_loss",
    "save",
    "to_onnx",
    "to_torch",
]

# Whoever does not use them need not load them, nor the diagrams.
LAZY = {"draw": "drawing"} | dict.fromkeys(["ConversionError", "from_torch", "to_onnx", "to_torch"], "exchange")


def __getattr__(name: str) -> Any:
    if name not in LAZY:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    found = globals()[name] = getattr(import_module(f"nn.{LAZY[name]}"), name)
    return found
