"""The site of `make docs`: complete, whole in itself, and its links lead somewhere."""

import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

import autograd
import nn
from notebooks.execute import NOTEBOOKS

for needed in ("furo", "myst_nb", "sphinx", "sphinx_copybutton"):
    pytest.importorskip(needed, reason="the site is made by Sphinx; it is not installed")

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "notebooks.pages", str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return folder


def pages(site: Path) -> dict[str, str]:
    return {path.relative_to(site).as_posix(): path.read_text(encoding="utf-8") for path in site.rglob("*.html")}


def test_every_public_name_has_its_entry(site: Path) -> None:
    entries = {
        name for content in pages(site).values() for name in re.findall(r'<dt class="sig[^>]* id="([\w.]+)"', content)
    }
    assert not {f"{package.__name__}.{name}" for package in (autograd, nn) for name in package.__all__} - entries


def test_every_link_leads_somewhere(site: Path) -> None:
    for name, content in pages(site).items():
        for link in re.findall(r'(?:href|src)="(?!https?:|data:|mailto:|#)([^"#?]+)', content):
            assert (site / name).parent.joinpath(link).exists(), f"{name} links {link}"


def test_no_page_loads_anything_from_elsewhere_or_shows_raw_tex(site: Path) -> None:
    for name, content in pages(site).items():
        assert not re.search(
            r'(src|href)=["\']?https?://[^"\']*\.(js|mjs|css)|import .*from ["\']https?://', content
        ), name
        prose = re.sub(r"<(pre|script|annotation)\b.*?</\1>", "", content, flags=re.DOTALL)
        assert not re.search(r"\$[^$<>]*\\[a-z]+[^$<>]*\$", prose), name


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem[:2])
def test_a_chapter_folds_its_solutions(path: Path, site: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    solutions = sum("solution" in cell.metadata.get("tags", []) for cell in notebook.cells)
    assert (
        pages(site)[f"course/{path.stem}.html"].count('<p class="collapsed admonition-title">Solution</p>') == solutions
    )
