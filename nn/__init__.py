"""Neural networks on scalars that remember how they were made: the names of PyTorch, the notation of the course."""

from nn import _guard as _guard
from nn.drawing import draw
from nn.losses import cross_entropy, hinge_loss, l2, log_loss, log_loss_with_logits, mse_loss
from nn.modules import MLP, Layer, Module, Neuron
from nn.optimizers import SGD, Optimizer
from nn.training import DivergenceError, History, distinct, fit

__all__ = [
    "MLP",
    "SGD",
    "DivergenceError",
    "History",
    "Layer",
    "Module",
    "Neuron",
    "Optimizer",
    "cross_entropy",
    "distinct",
    "draw",
    "fit",
    "hinge_loss",
    "l2",
    "log_loss",
    "log_loss_with_logits",
    "mse_loss",
]
