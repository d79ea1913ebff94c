"""Nothing of ours: where PyPI's other `autograd` looks for its own core. See `autograd/_guard.py`."""

from autograd import _guard as _guard
