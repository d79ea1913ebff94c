"""The site of `make docs`: complete, whole in itself, and its links lead somewhere."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import nbformat
import pytest

import autograd
import nn
from notebooks.execute import NOTEBOOKS

if TYPE_CHECKING:
    from playwright.sync_api import Browser

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


def test_an_example_that_shows_a_picture_has_it_below(site: Path) -> None:
    for name in ("index.html", "howto/draw.html", "howto/micrograd.html"):
        content = pages(site)[name]
        players = content.count("<autograd-graph")  # which bring a still picture each
        assert players == content.count("&lt;Steps: ")
        assert content.count('<img src="data:image/svg+xml') - players == content.count("&lt;Diagram: ") > 0


OUT_OF_VIEW = """() => {
    const width = document.documentElement.clientWidth;
    const wide = [...document.querySelectorAll(".formula, math, img, table")].filter(
        it => it.scrollWidth > it.clientWidth + 1 && it.clientWidth || it.getBoundingClientRect().right > width + 1);
    return [document.documentElement.scrollWidth > width, ...wide.map(it => it.outerHTML.slice(0, 300))];
}"""


def test_nothing_but_code_runs_out_of_the_view_of_a_telephone(site: Path, browser: Browser) -> None:
    page = browser.new_page(viewport={"width": 400, "height": 800})
    for name in pages(site):
        page.goto((site / name).as_uri())
        assert page.evaluate(OUT_OF_VIEW) == [False], name


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem[:2])
def test_the_index_says_how_long_a_chapter_takes(path: Path) -> None:
    index = (ROOT / "notebooks" / "site" / "index.md").read_text(encoding="utf-8")
    found = re.search(rf"\(course/{path.name}\), (2 × )?(\d+) minutes: ", index)
    first = nbformat.read(path, as_version=4).cells[0].source
    assert found
    assert f"{'Two sittings of about' if found[1] else 'About'} {found[2]} minutes" in first
