"""Pages that need no network: the notebooks, with folded solutions, and the API. `python -m notebooks.pages folder`."""

from __future__ import annotations

import re
import sys
from inspect import Parameter, Signature
from pathlib import Path
from typing import Any

import nbformat
from jinja2 import DictLoader
from latex2mathml.converter import convert
from nbconvert import HTMLExporter
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from nbformat.v4 import new_markdown_cell, new_notebook

from notebooks.execute import NOTEBOOKS

TEMPLATE = """
{%- extends 'lab/index.html.j2' -%}
{%- block html_head_js -%}{%- endblock -%}
{%- block html_head_js_mathjax -%}{%- endblock -%}
{%- block html_head_js_mermaidjs -%}{%- endblock -%}
{%- block html_head_css -%}
<style>
  main { max-width: 72rem; margin: auto; }
  math { font-family: "STIX Two Math", "Cambria Math", "Latin Modern Math", "DejaVu Math TeX Gyre", math; }
  summary { margin: 0 0 1em 8em; cursor: pointer; }
</style>
{%- endblock -%}
{%- block any_cell -%}
{%- if 'solution' in cell.metadata.tags -%}
<details><summary>Solution</summary>{{ super() }}</details>
{%- else -%}
{{ super() }}
{%- endif -%}
{%- endblock -%}
"""


class _Renderer(IPythonRenderer):  # type: ignore[misc]  # which is untyped
    """Mathematics becomes MathML, which browsers show by themselves; links to notebooks lead to their pages."""

    def link(self, text: str, url: str, title: str | None = None) -> str:
        return str(super().link(text, url.removesuffix(".ipynb") + ".html" if url.endswith(".ipynb") else url, title))

    def block_math(self, body: str) -> str:
        return _mathml(body, "block")

    def inline_math(self, body: str) -> str:
        return _mathml(body, "inline")


def _mathml(tex: str, display: str) -> str:
    # As operators, functions keep their distance: y ln z, not ylnz.
    return re.sub(
        "<mi>(ln|log|sin|cos|exp)</mi>", r"<mo lspace='.17em' rspace='.17em'>\1</mo>", convert(tex, display=display)
    )


def page(notebook: Any) -> str:
    """The notebook as one HTML page that needs nothing else."""
    exporter = HTMLExporter(
        extra_loaders=[DictLoader({"page.html.j2": TEMPLATE})],
        template_file="page.html.j2",
        filters={"markdown2html": MarkdownWithMath(_Renderer(escape=False)).render},
    )
    content: str = exporter.from_notebook_node(notebook, {"metadata": {"name": heading(notebook)}})[0]
    return content


def heading(notebook: Any) -> str:
    """What stands above the notebook."""
    return str(notebook.cells[0].source).partition("\n")[0].removeprefix("# ")


def _function(op: Any) -> Any:
    """A row of the table as the function that it is to its users; its source is the row's rule."""

    def function() -> None:
        """What pdoc looks at, and nobody calls."""

    function.__name__ = function.__qualname__ = op.name
    function.__module__, function.__doc__, function.__wrapped__ = "autograd", op.doc, op.rule  # type: ignore[attr-defined]
    arguments = [Parameter(name, Parameter.POSITIONAL_ONLY) for name in op.arguments]
    function.__signature__ = Signature(arguments)  # type: ignore[attr-defined]  # as inspect looks for it
    return function


def main(folder: Path) -> None:
    """Write everything into the folder: an index, the notebooks, and a page for each package."""
    from pdoc import pdoc

    import autograd
    import nn

    for package in (autograd, nn):
        for name in package.__all__:  # some are loaded only when somebody asks for them, which pdoc does not
            thing = getattr(package, name)
            setattr(package, name, _function(thing) if hasattr(thing, "rule") else thing)
    pdoc("autograd", "nn", r"!(autograd|nn)\..*", output_directory=folder)
    notebooks = {path.stem: nbformat.read(path, as_version=4) for path in NOTEBOOKS}
    links = [f"- [{heading(notebook)}]({name}.html)\n" for name, notebook in notebooks.items()]
    index = f"# scalar-autograd\n\n{''.join(links)}\nEvery name of [autograd](autograd.html) and of [nn](nn.html)"
    notebooks["index"] = new_notebook(cells=[new_markdown_cell(index)])
    for name, notebook in notebooks.items():
        (folder / f"{name}.html").write_text(page(notebook), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
