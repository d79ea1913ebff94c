"""The committed figures are what their scripts draw."""

import importlib.metadata
import runpy
import shutil
from pathlib import Path

import pytest

from autograd import Diagram

FOLDER = Path(__file__).parent / "figures"
SCRIPTS = sorted(FOLDER.glob("*.py"))
PLACED_BY = "2.0.4"  # the pygraphviz, and so the Graphviz, that the committed figures were placed by


def drawn(script: Path) -> Diagram:
    figure = runpy.run_path(str(script))["figure"]()
    assert isinstance(figure, Diagram)
    return figure


def graphviz() -> str:
    """Which Graphviz places nodes here."""
    if shutil.which("dot"):
        return "the program dot"
    try:
        return importlib.metadata.version("pygraphviz")
    except importlib.metadata.PackageNotFoundError:
        return "none"


@pytest.mark.skipif(graphviz() != PLACED_BY, reason=f"other versions of Graphviz place nodes elsewhere: {graphviz()}")
@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.stem)
def test_a_figure_is_drawn_as_it_was_committed(script: Path) -> None:
    assert drawn(script).svg + "\n" == script.with_suffix(".svg").read_text(encoding="utf-8")


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.stem)
def test_a_figure_shows_the_same_every_time(script: Path) -> None:
    assert drawn(script).scene == drawn(script).scene


def test_every_figure_has_a_script_and_every_script_its_figure() -> None:
    assert {path.stem for path in FOLDER.glob("*.svg")} == {path.stem for path in SCRIPTS} != set()
