"""Stepping: the forward and the backward pass one node at a time, as data and as a player."""

from autograd.stepping.passes import Backward, Contribution, Forward
from autograd.stepping.player import PlayerTooLarge, Steps, steps

__all__ = ["Backward", "Contribution", "Forward", "PlayerTooLarge", "Steps", "steps"]
