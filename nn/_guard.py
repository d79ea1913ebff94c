"""Refuse to import when `import autograd` does not find the package installed with this one.

Where PyPI's other `autograd` shares our folder, `import autograd` refuses by itself. But it may stand earlier
on the path; and uninstalling one of two distributions that shared a folder takes `__init__.py` from both,
which leaves a package that imports as if empty and runs no file of ours.
"""

import autograd

if not hasattr(autograd, "Value"):  # pragma: no cover  # tests/test_guard.py has it happen
    from importlib.metadata import PackageNotFoundError, distribution
    from json import loads

    try:  # pip keeps where it got a package that is not from an index
        _told = loads(distribution("scalar-autograd").read_text("direct_url.json") or "{}")
    except PackageNotFoundError:
        _told = {}
    _ours = "+".join([*_told.get("vcs_info", {}).get("vcs", "").split(), _told.get("url", "scalar-autograd")])
    _found = getattr(autograd, "__path__", [autograd.__file__])[0]
    raise ImportError(
        f"nn needs scalar-autograd, but `import autograd` finds another package, or the rest of one, in "
        f"{_found}. Run `pip uninstall -y autograd scalar-autograd`, then `pip install {_ours}`.",
        name="autograd",
        path=_found,
    )
