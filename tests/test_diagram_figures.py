"""The committed figures are what their scripts draw."""

import importlib.metadata
import runpy
import shutil
from pathlib import Path

import pytest

from autograd import Diagram
from tests.diagram_scenes import SCRIPTS

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


def test_every_figure_of_the_course_and_the_one_of_our_rooms_has_a_script_and_a_picture() -> None:
    course = {"titanic_logistic", "titanic_mlp_cartoon", "titanic_mlp", "logistic_general", "forward_pass"}
    course |= {
        "architecture",
        "backward_views",
        *(f"exercise_{name}" for name in ("3a", "3b", "4a", "4b", "5a", "5b", "5c")),
    }
    assert {script.stem for script in SCRIPTS} == course
    assert {path.stem for path in SCRIPTS[0].parent.glob("*.svg")} == course
