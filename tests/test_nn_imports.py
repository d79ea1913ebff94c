"""What `import nn` offers, and what it leaves to be loaded when it is asked for."""

import runpy
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

import nn


def test_an_import_loads_neither_the_diagrams_nor_what_talks_to_other_libraries() -> None:
    code = "import sys, nn; print(*(name for name in sys.modules if name.startswith(('autograd.', 'nn.'))))"
    root = Path(__file__).parents[1]
    loaded = subprocess.run([sys.executable, "-c", code], cwd=root, check=True, capture_output=True, text=True).stdout
    assert "nn.modules" in loaded.split()
    assert not {"autograd.diagram", "nn.drawing", "nn.exchange", "nn.plots", "nn.sklearn"} & set(loaded.split())


def test_the_rest_of_another_autograd_is_refused_with_its_place(monkeypatch: pytest.MonkeyPatch) -> None:
    rest = ModuleType("autograd")
    rest.__path__, rest.__file__ = ["/elsewhere/autograd"], None  # as where no `__init__.py` is left
    monkeypatch.setitem(sys.modules, "autograd", rest)
    with pytest.raises(ImportError, match=r"another package, or the rest of one, in /elsewhere/autograd\. Run `pip"):
        runpy.run_path(str(Path(nn.__path__[0]) / "_guard.py"))


def test_every_public_name_is_there_and_listed() -> None:
    assert all(getattr(nn, name).__module__.startswith("nn.") for name in nn.__all__)
    assert set(nn.__all__) <= set(dir(nn))
    assert len(set(nn.__all__)) == len(nn.__all__)


def test_no_public_name_hides_a_builtin() -> None:
    import builtins

    assert not set(nn.__all__) & set(dir(builtins))


def test_another_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'nn' has no attribute 'nothing'"):
        nn.nothing  # noqa: B018  # the access is what is tested
