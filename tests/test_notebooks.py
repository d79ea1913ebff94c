"""The notebooks: run as a reader runs them, they show what is committed; and they keep to one form."""

from __future__ import annotations

import copy
import difflib
import json
import re
import subprocess
import sys
from base64 import b64decode
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import nbformat
import pytest

import autograd
from notebooks.execute import FOLDER, NOTEBOOKS, normalised, smaller
from notebooks.slides import slides

if TYPE_CHECKING:
    from playwright.sync_api import Browser

README = (FOLDER.parent / "README.md").read_text(encoding="utf-8")
each_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def committed(path: Path) -> Any:
    return nbformat.read(path, as_version=4)


def not_compared(cell: Any) -> str:
    """Why the output of a cell differs every time."""
    return str(cell.metadata.get("not-compared", ""))


def is_solution(cell: Any) -> bool:
    return "solution" in cell.metadata.get("tags", [])


PICTURE = re.compile(r"data:image/svg\+xml;base64,([\w+/=]+)")


def readable(cell: Any) -> list[str]:
    """Everything in a cell as lines, pictures as SVG, but for output that is not compared and pictures' other forms."""
    content = copy.deepcopy({name: x for name, x in cell.items() if name != "outputs" or not not_compared(cell)})
    for output in content.get("outputs", []):
        output.get("data", {}).pop("image/png", None)  # which is there where resvg-py is installed
    text = json.dumps(content, indent=1, ensure_ascii=False, sort_keys=True).replace(r"\n", "\n")
    return PICTURE.sub(lambda data: b64decode(data[1]).decode().replace("><", ">\n<"), text).splitlines()


@pytest.fixture(scope="session")
def runs(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[Path, Future[Any]]]:
    """The notebooks that are asked for, being run, two at a time."""
    folder = tmp_path_factory.mktemp("notebooks")

    def executed(path: Path) -> Any:
        command = [sys.executable, "-m", "notebooks.execute", str(path), "--into", str(folder)]
        done = subprocess.run(command, cwd=FOLDER.parent, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return nbformat.read(folder / path.name, as_version=4)

    asking = [vars(item)["callspec"] for item in request.session.items if "runs" in vars(item)["fixturenames"]]
    with ThreadPoolExecutor(2) as pool:
        yield {call.params["path"]: pool.submit(executed, call.params["path"]) for call in asking}
        pool.shutdown(cancel_futures=True)


@each_notebook
def test_a_notebook_runs_and_shows_what_is_committed(path: Path, runs: dict[Path, Future[Any]]) -> None:
    fresh, known = runs[path].result(), committed(path)
    assert len(fresh.cells) == len(known.cells)
    for cell, before in zip(fresh.cells, known.cells, strict=True):
        change = list(difflib.unified_diff(readable(before), readable(cell), "committed", "now", n=2, lineterm=""))
        if change:
            shown = "\n".join(line[:150] for line in change[:60])
            pytest.fail(f"{path.name} shows something else now; `make outputs` writes it.\n{cell.source}\n\n{shown}")
    assert fresh.metadata == known.metadata


@each_notebook
def test_a_notebook_was_run_from_top_to_bottom_without_a_complaint(path: Path) -> None:
    cells = [cell for cell in committed(path).cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))
    outputs = [output for cell in cells for output in cell.outputs]
    assert not [output for output in outputs if output.output_type == "error" or output.get("name") == "stderr"]
    assert committed(path) == normalised(committed(path))


@each_notebook
def test_a_notebook_begins_with_what_one_will_be_able_to_do_and_ends_with_exercises(path: Path) -> None:
    cells = committed(path).cells
    assert cells[0].source.startswith("# ")
    assert "you will be able to" in cells[0].source
    headings = [cell.source for cell in cells if cell.cell_type == "markdown" and cell.source.startswith("## ")]
    assert headings[-1].startswith("## Exercises")
    after = cells[next(i for i, cell in enumerate(cells) if cell.source.startswith("## Exercises")) :]
    assert [cell for cell in after if is_solution(cell)]
    assert all(is_solution(cell) for cell in after if cell.cell_type == "code")


@each_notebook
def test_solutions_are_folded(path: Path) -> None:
    for cell in filter(is_solution, committed(path).cells):
        assert cell.source.startswith("# Solution")  # the line that JupyterLab shows of a folded cell
        assert cell.metadata.jupyter == {"source_hidden": True, "outputs_hidden": True}


@each_notebook
def test_every_picture_is_an_image_which_shows_before_anything_is_run(path: Path) -> None:
    kinds = {
        kind for cell in committed(path).cells for output in cell.get("outputs", []) for kind in output.get("data", [])
    }
    assert kinds <= {"text/html", "image/png", "text/plain", "text/latex", "text/markdown"}


def test_a_plot_is_committed_without_what_nobody_sees() -> None:
    path = '<path d="M 1.23456 -0.001 \nL 3 4.5 \nL 5.005 6.999 \nQ 1 2 3.1415 4 \nL 5 6 \nz\n"/>'
    plot = f"<svg>\n <!-- a -->\n {path}\n</svg>"
    assert smaller(plot) == '<svg>\n<path d="M 1.23 0 L 3 4.5 5 7 Q 1 2 3.14 4 L 5 6 z "/>\n</svg>'


@pytest.mark.parametrize(
    ("line", "corners"),
    [
        ("M 0 0 L 1 0 L 2 0.01 L 3 0 L 3 4 L 3 8 z", "M 0 0 L 3 0 3 8 z"),
        ("M 0 0 L 9 0 L 5 0 L 7 0", "M 0 0 L 9 0 5 0 7 0"),  # turns back
        ("M 0 0 L 0 0 L 1 1 L 0 0", "M 0 0 L 1 1 0 0"),
        ("M 0 0 L 1 0.015 L 2 0.06 L 3 0.135", "M 0 0 L 2 0.06 3 0.14"),  # a bend, a little at a time
        ("M 0 0 L 1 1", "M 0 0 L 1 1"),
    ],
)
def test_lines_of_a_plot_are_committed_by_their_corners(line: str, corners: str) -> None:
    assert smaller(f'<path d="{line}"/>').replace(" ", "") == f'<path d="{corners}"/>'.replace(" ", "")


def test_marks_share_a_style_where_it_means_the_same() -> None:
    def group(*styles: str) -> str:
        return '<g clip-path="url(#p)">\n' + "".join(f'<use x="1" style="{x}"/>\n' for x in styles) + "</g>"

    assert smaller(group("a: b", "a: b")) == '<g clip-path="url(#p)" style="a: b">\n' + '<use x="1"/>\n' * 2 + "</g>"
    for different in (group("a: b", "a: c"), group("opacity: 0.5", "opacity: 0.5")):
        assert smaller(different) == different


@each_notebook
def test_lines_of_code_fit_on_a_page_of_1280_pixels(path: Path) -> None:
    cells = [cell.source for cell in committed(path).cells if cell.cell_type == "code"]
    assert not [line for source in cells for line in source.splitlines() if len(line) > 97]


@each_notebook
def test_a_notebook_is_quickly_loaded(path: Path) -> None:
    assert path.stat().st_size < 650_000


def strokes(svg: str) -> list[str]:
    """What an SVG draws and where, without its names and its style."""
    return re.findall(r' (?:d|transform|viewBox)="([^"]+)', svg)


def test_every_figure_of_the_course_appears_in_a_notebook() -> None:
    pictures = [b64decode(x).decode() for path in NOTEBOOKS for x in PICTURE.findall(path.read_text(encoding="utf-8"))]
    shown = list(map(strokes, pictures))
    figures = FOLDER.parent / "tests" / "figures"
    missing = [x.stem for x in figures.glob("*.svg") if strokes(x.read_text(encoding="utf-8")) not in shown]
    assert missing == ["architecture"]  # the one in ARCHITECTURE.md
    assert len(pictures) > len(list(figures.glob("*.svg"))) >= 13


@each_notebook
def test_the_readme_links_a_notebook_with_one_line(path: Path) -> None:
    assert len(re.findall(rf"^.*\(notebooks/{path.name}\).*$", README, re.MULTILINE)) == 1


NUMBER = re.compile(r"(?<![\w.])\d+\.\d+(?:e-?\d+)?(?![\w.]\d)")


def shown_numbers(cell: Any) -> list[str]:
    """The decimal numbers in a cell of code, in what it printed, and in its plots."""
    text = [cell.source]
    for output in cell.outputs:
        data = output.get("data", {})
        pictures = [b64decode(x).decode() for x in PICTURE.findall(data.get("text/html", ""))]
        text += [output.get("text", ""), data.get("text/plain", ""), *re.findall("<text.*?</text>", "".join(pictures))]
    return NUMBER.findall("\n".join(text))


def test_every_decimal_number_in_prose_is_one_that_a_cell_shows() -> None:
    cells = [cell for path in NOTEBOOKS for cell in committed(path).cells]
    known = {float(x) for cell in cells if cell.cell_type == "code" for x in shown_numbers(cell)}
    unknown = []
    for cell in cells:
        prose = re.sub(r"section \d\.\d|https?://\S+", "", cell.source) if cell.cell_type == "markdown" else ""
        for number in NUMBER.findall(prose):
            digits = len(number.partition(".")[2])
            if not any(round(x, digits) == float(number) for x in known):
                unknown.append((number, prose[:60]))
    assert not unknown


# The table's passengers, a ratio in round numbers, pictures to learn from and to be tested on, too large a power.
NOT_SHOWN = {"1309", "9000", "1797", "710"}


def test_every_large_whole_number_in_prose_is_one_that_a_cell_shows() -> None:
    cells = [cell for path in NOTEBOOKS for cell in committed(path).cells]
    code = [cell for cell in cells if cell.cell_type == "code"]
    shown = [output.get("text", output.get("data", {}).get("text/plain", "")) for x in code for output in x.outputs]
    known = {*re.findall(r"\d+", "\n".join([*(cell.source for cell in code), *shown]).replace("_", ""))}
    prose = re.sub(r"https?://\S+", "", "\n".join(cell.source for cell in cells if cell.cell_type == "markdown"))
    assert known | NOT_SHOWN >= {
        *re.findall(r"(?<![\w.])(?!19|20)\d{3,}(?![\w.]*\d)", re.sub(r"https?://\S+", "", prose))
    }
    assert len((FOLDER / "data" / "titanic.csv").read_text(encoding="utf-8").splitlines()) - 1 == 1309


ELSEWHERE = {*autograd.__all__, "fold", "llvm"}  # of the packages, and not used there
ELSEWHERE |= {"pip", "uninstall", "q", "y", "autograd", "install", "force", "reinstall", "scalar_autograd", "whl"}


@each_notebook
def test_what_prose_and_comments_name_as_code_is_in_the_code_or_its_output(path: Path) -> None:
    cells = committed(path).cells
    code = [cell for cell in cells if cell.cell_type == "code"]
    shown = [output.get("text", output.get("data", {}).get("text/plain", "")) for x in code for output in x.outputs]
    known = {*re.findall(r"\w+", re.sub(r"`[^`]*`", "", "\n".join([*(cell.source for cell in code), *shown])))}
    named = [span for cell in cells for span in re.findall(r"`([^`\n]+)`", cell.source)]
    assert not [span for span in named if {*re.findall(r"[^\W\d]\w*", span)} - known - ELSEWHERE]


@each_notebook
def test_a_notebook_links_its_neighbours_and_the_contents(path: Path) -> None:
    links = re.findall(r"\]\((.*?)\)", committed(path).cells[0].source.splitlines()[2])
    i = NOTEBOOKS.index(path)
    around = [*[p.name for p in NOTEBOOKS[max(i - 1, 0) : i]], "README.md", *[p.name for p in NOTEBOOKS[i + 1 : i + 2]]]
    assert links == around


@each_notebook
def test_a_notebook_takes_45_minutes_at_most(path: Path) -> None:
    sittings = re.search(r"\*(?:About|Two sittings of about) (\d+) minutes", committed(path).cells[0].source)
    assert sittings
    assert int(sittings[1]) <= 45


@each_notebook
def test_slides_show_every_section_and_picture_and_load_nothing(path: Path) -> None:
    page = slides(committed(path))
    assert page.count("<section>") == 1 + sum(
        cell.source.startswith("## ") for cell in committed(path).cells if cell.cell_type == "markdown"
    )
    assert page.count('<details class="solution">') == sum(map(is_solution, committed(path).cells))
    assert not re.search(r"""<(?:script|link|img)[^>]+(?:src|href)=["']?https?:""", page)
    assert not re.search(
        r"\$[^$<>]*\\[a-z]+[^$<>]*\$", re.sub(r"<pre>.*?</pre>|srcdoc=.*?>", "", page, flags=re.DOTALL)
    )


def test_formulas_on_slides_fit_on_a_telephone(tmp_path: Path, browser: Browser) -> None:
    page, file = browser.new_page(viewport={"width": 400, "height": 800}), tmp_path / "slides.html"
    for path in NOTEBOOKS:
        file.write_text(slides(committed(path)), encoding="utf-8")
        page.goto(file.as_uri())
        formulas = "[...document.querySelectorAll('math[display=block]')]"
        assert not page.evaluate(f"{formulas}.filter(x => x.scrollWidth > x.clientWidth + 1).map(x => x.textContent)")
    page.close()


def test_arrow_keys_turn_slides_over_or_step_through_the_picture_that_is_played(
    tmp_path: Path, browser: Browser
) -> None:
    (path,) = FOLDER.glob("05*.ipynb")
    (tmp_path / "slides.html").write_text(slides(committed(path)), encoding="utf-8")
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    page.goto((tmp_path / "slides.html").as_uri())

    def state() -> list[int]:
        page.wait_for_timeout(300)
        return page.evaluate("[Math.round(scrollY), document.querySelector('autograd-graph').state.step]")  # type: ignore[no-any-return]

    page.locator("autograd-graph").first.wait_for()
    before = state()
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    turned = state()
    assert turned[0] > before[0]
    assert turned[1] == before[1] == 0
    page.locator("autograd-graph").first.focus()  # which scrolls it into view
    place = state()[0]
    page.keyboard.press("ArrowRight")
    assert state() == [place, 1]
