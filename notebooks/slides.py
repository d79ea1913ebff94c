"""Slides and handouts of the course: `python -m notebooks.slides folder`.

Each notebook becomes one page that needs nothing else. A section is a slide: its cells come one below the other, and
code is folded. Arrow keys and the space bar turn over. If there is a Chromium on the machine, a handout is written as
PDF, too: text and pictures, without code and solutions.
"""

from __future__ import annotations

import html
import re
import shutil
import subprocess
import sys
from argparse import ArgumentParser
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import nbformat
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

from notebooks.execute import NOTEBOOKS
from notebooks.pages import mathml

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome", "msedge")
STYLE = """
:root { color-scheme: light; font: 1.35rem/1.45 system-ui, sans-serif; }
body { margin: 0; scroll-snap-type: y proximity; color: #202124; background: #fff; }
section { box-sizing: border-box; min-height: 100vh; padding: 4vh 6vw; scroll-snap-align: start; }
section > * { max-width: 62rem; margin-left: auto; margin-right: auto; }
section + section { border-top: 1px solid #dadce0; }
h1, h2 { font-weight: 600; line-height: 1.2; }
img { display: block; max-width: 100%; max-height: 70vh; margin: 1em auto; }
pre { overflow-x: auto; padding: .6em .8em; background: #f6f8fa; font: .8em/1.4 ui-monospace, monospace; }
code { font-family: ui-monospace, monospace; font-size: .92em; }
table { border-collapse: collapse; } td, th { padding: .25em .7em; border-bottom: 1px solid #dadce0; text-align: left; }
math { font-size: 1.08em; }
math[display=block] { margin: .9em 0; font-size: min(1.08em, max(2.8vw, 118vw / var(--signs))); overflow-x: auto; }
a.anchor-link { display: none; }
summary { cursor: pointer; color: #5f6368; font-size: .8em; }
@media (max-width: 40rem) { :root { font-size: 1rem; } }
@media print {
  @page { size: A4; margin: 16mm; }
  :root { font-size: 10.5pt; }
  section { min-height: 0; padding: 0 0 5mm; }
  section + section { border-top: .4pt solid #999; padding-top: 5mm; }
  h1, h2 { break-after: avoid; } img, pre, tr { break-inside: avoid; } img { max-height: 110mm; }
  a { color: inherit; } math[display=block] { overflow: visible; }
}
"""
SCRIPT = """
const slides = [...document.querySelectorAll("section")];
addEventListener("keydown", event => {
  const by = {ArrowRight: 1, ArrowDown: 1, PageDown: 1, " ": 1, ArrowLeft: -1, ArrowUp: -1, PageUp: -1}[event.key];
  if (!by || event.target.closest("summary, autograd-graph")) return;
  const tops = slides.map(slide => Math.abs(slide.getBoundingClientRect().top));
  const next = slides[tops.indexOf(Math.min(...tops)) + by];
  if (next) { event.preventDefault(); next.scrollIntoView(); }
}, true); // before a page that plays, which takes keys that nobody wants
"""


class _Renderer(IPythonRenderer):  # type: ignore[misc]  # which is untyped
    """Mathematics becomes MathML; links to notebooks lead to their slides."""

    def link(self, text: str, url: str, title: str | None = None) -> str:
        return str(super().link(text, re.sub(r"^(\w+)\.(ipynb|md)$", r"\1.html", url), title))

    def block_math(self, body: str) -> str:
        return mathml(body, "block")

    def inline_math(self, body: str) -> str:
        return mathml(body, "inline")


def rendered(cell: Any, *, paper: bool) -> Iterator[str]:
    """The parts of a cell as HTML: its text, or its code, folded, and what that shows; on paper without code."""
    if cell.cell_type == "markdown":
        yield MarkdownWithMath(_Renderer(escape=False)).render(cell.source)
        return
    tags = cell.metadata.get("tags", [])
    code = "" if paper or "machinery" in tags else f"<pre><code>{html.escape(cell.source)}</code></pre>"
    shown = "".join(result(output, paper=paper) for output in cell.get("outputs", []))
    if "solution" in tags:
        yield "" if paper else f'<details class="solution"><summary>Solution</summary>{code}{shown}</details>'
    else:
        yield (f"<details><summary>Code</summary>{code}</details>" if code else "") + shown


def result(output: Any, *, paper: bool) -> str:
    """An output of a cell as HTML: a picture, a page that plays (on paper its still picture), or text."""
    data = output.get("data", {})
    if "text/html" in data:
        shown = str(data["text/html"])
        return (re.findall("<img[^>]*>", shown) or [shown])[0] if paper else shown
    text = output.get("text", data.get("text/plain", ""))
    return f"<pre>{html.escape(text.rstrip())}</pre>" if text.strip() else ""


def slides(notebook: Any, *, paper: bool = False) -> str:
    """The slides of a notebook as one page, or what is printed of it: a section for each heading of level two."""
    parts: list[list[str]] = [[]]
    for cell in notebook.cells:
        if cell.cell_type == "markdown" and cell.source.startswith("## "):
            parts.append([])
        parts[-1] += rendered(cell, paper=paper)
    title = html.escape(notebook.cells[0].source.partition("\n")[0].removeprefix("# "))
    body = "".join(f"<section>{''.join(part)}</section>\n" for part in parts)
    head = f'<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{title}</title>'
    style = f"<style>{STYLE}</style>"
    body += f"<script>{SCRIPT}</script>"
    return f'<!DOCTYPE html>\n<html lang="en"><head>{head}{style}</head><body>{body}</body></html>\n'


def browser() -> str | None:
    """A browser that prints, if there is one."""
    return next(filter(None, map(shutil.which, BROWSERS)), None)


def handout(notebook: Any, target: Path, program: str) -> None:
    """Print a notebook as PDF, without code and solutions; raises CalledProcessError if the browser does not."""
    with TemporaryDirectory() as folder:
        page = Path(folder, "page.html")
        page.write_text(slides(notebook, paper=True), encoding="utf-8")
        flags = ["--headless", "--no-sandbox", "--disable-gpu", "--no-pdf-header-footer", f"--print-to-pdf={target}"]
        subprocess.run([program, *flags, page.as_uri()], check=True, capture_output=True, timeout=120)


def main(arguments: Sequence[str] | None = None) -> None:
    """Write slides, and handouts if there is a browser to print them."""
    parser = ArgumentParser("python -m notebooks.slides", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("notebooks", nargs="*", type=Path, default=NOTEBOOKS, help="by default all")
    choice = parser.parse_args(arguments)
    choice.folder.mkdir(parents=True, exist_ok=True)
    links = []
    for path in choice.notebooks:
        notebook = nbformat.read(path, as_version=4)
        page = choice.folder / f"{path.stem}.html"
        page.write_text(slides(notebook), encoding="utf-8")
        links.append(f"1. [{notebook.cells[0].source.partition(chr(10))[0].removeprefix('# ')[3:]}]({path.stem}.ipynb)")
        if (program := browser()) is not None:
            handout(notebook, page.with_suffix(".pdf"), program)
    contents = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("# The course\n\n" + "\n".join(links))])
    (choice.folder / "README.html").write_text(slides(contents), encoding="utf-8")
    if browser() is None:
        print(f"No Chromium is here to write handouts as PDF; {choice.folder} has the slides alone.")


if __name__ == "__main__":
    main(sys.argv[1:])
