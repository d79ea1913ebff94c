"""Refuse to import when PyPI's other distribution named `autograd` has its files in this folder.

Both distributions install into `site-packages/autograd`, and pip lets the later one overwrite `__init__.py`
in silence. Installed first, the other one leaves its `core.py` beside our files. Installed later, its
`__init__.py` replaces ours but soon imports `autograd.core`, and Python prefers our package `core/` to its
module `core.py`. So this file runs in either order.
"""

import os

_FOLDER = os.path.dirname(__file__)

if os.path.exists(os.path.join(_FOLDER, "core.py")):  # pragma: no cover  # tests/test_guard.py has it happen
    from importlib.metadata import PackageNotFoundError, distribution
    from json import loads

    try:  # pip keeps where it got a package that is not from an index
        _told = loads(distribution("scalar-autograd").read_text("direct_url.json") or "{}")
    except PackageNotFoundError:
        _told = {}
    _ours = "+".join([*_told.get("vcs_info", {}).get("vcs", "").split(), _told.get("url", "scalar-autograd")])
    raise ImportError(
        f"{_FOLDER} holds the files of two distributions, scalar-autograd and PyPI's other `autograd`, which "
        f"cannot share it. Run `pip uninstall -y autograd scalar-autograd`, then `pip install {_ours}`.",
        name="autograd",
        path=_FOLDER,
    )
