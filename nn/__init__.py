"""Neural networks on scalars that remember how they were made: the names of PyTorch, the notation of the course."""

from typing import TYPE_CHECKING, Any

from nn import _guard as _guard
from nn import datasets as datasets
from nn.lbfgs import LBFGS
from nn.losses import cross_entropy, hinge_loss, huber_loss, l2, log_loss, log_loss_with_logits, mse_loss
from nn.module import Module, StateDictError
from nn.modules import Dropout, Embedding, Layer, Neuron
from nn.optimizers import SGD, Adam, AdamW, Optimizer, RMSprop, clip_grad_norm_
from nn.perceptrons import MLP, LogisticRegression, Sequential
from nn.prediction import predict
from nn.saving import ModelFileError, load, save
from nn.schedules import CosineAnnealingLR, ExponentialLR, LRScheduler, StepLR
from nn.training import DivergenceError, History, distinct, fit

if TYPE_CHECKING:
    from nn.drawing import draw
    from nn.exchange import ConversionError, from_torch, to_onnx, to_torch
    from nn.plots import plot_confusion, plot_decision, plot_hidden_units, plot_history

__all__ = [
    "LBFGS", "MLP", "SGD", "Adam", "AdamW", "ConversionError", "CosineAnnealingLR", "DivergenceError", "Dropout",
    "Embedding", "ExponentialLR", "History", "LRScheduler", "Layer", "LogisticRegression", "ModelFileError", "Module",
    "Neuron", "Optimizer", "RMSprop", "Sequential", "StateDictError", "StepLR", "clip_grad_norm_", "cross_entropy",
    "distinct", "draw", "fit", "from_torch", "hinge_loss", "huber_loss", "l2", "load", "log_loss",
    "log_loss_with_logits", "mse_loss", "plot_confusion", "plot_decision", "plot_hidden_units", "plot_history",
    "predict", "save", "to_onnx", "to_torch",
]  # fmt: skip

# These, and the diagrams, are loaded when they are first used.
LAZY = {
    "drawing": ["draw"],
    "exchange": ["ConversionError", "from_torch", "to_onnx", "to_torch"],
    "plots": ["plot_confusion", "plot_decision", "plot_hidden_units", "plot_history"],
}


def __getattr__(name: str) -> Any:
    for module, names in LAZY.items():
        if name in names:
            from importlib import import_module

            found = globals()[name] = getattr(import_module(f"nn.{module}"), name)
            return found
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
