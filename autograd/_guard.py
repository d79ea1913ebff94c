"""Refuse to import when PyPI's other distribution named `autograd` has its files in this folder.

Both distributions install into `site-packages/autograd`, and pip lets the later one overwrite `__init__.py`
in silence. Installed first, the other one leaves its `core.py` beside our files. Installed later, its
`__init__.py` replaces ours but soon imports `autograd.core`, and Python prefers our package `core/` to its
module `core.py`. So this file runs in either order.
"""

import os

_FOLDER = os.path.dirname(__file__)

if os.path.exists(os.path.join(_FOLDER, "core.py")):
    raise ImportError(  # pragma: no cover  # tests/test_guard.py has it happen in environments of their own
        f"{_FOLDER} holds the files of two distributions, scalar-autograd and PyPI's other `autograd`, which "
        "cannot share it. Run `pip uninstall autograd scalar-autograd`, then `pip install scalar-autograd`.",
        name="autograd",
        path=_FOLDER,
    )
