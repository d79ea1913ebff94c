"""Refuse to import when `import autograd` finds something else than the package installed with this one.

Where PyPI's other `autograd` shares our folder, `import autograd` refuses by itself. But it may stand earlier
on the path; and uninstalling one of two distributions that shared a folder takes `__init__.py` from both,
which leaves a package that imports as if empty and runs no file of ours.
"""

import autograd

if not hasattr(autograd, "Value"):
    _found = getattr(autograd, "__path__", [autograd.__file__])[0]
    raise ImportError(
        f"nn needs scalar-autograd, but `import autograd` finds another package, or the rest of one, in "
        f"{_found}. Run `pip uninstall autograd scalar-autograd`, then `pip install scalar-autograd`.",
        name="autograd",
        path=_found,
    )
