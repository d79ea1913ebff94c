"""The documentation as a site that needs no network: `python -m notebooks.pages folder`.

Its sources are the pages in `notebooks/site`, the notebooks, and the docstrings; Sphinx puts them together.
"""

from __future__ import annotations

import re
import shutil
import sys
from code import InteractiveInterpreter
from contextlib import redirect_stdout
from doctest import DocTestParser
from html import unescape
from inspect import Parameter, Signature
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import nbformat
from latex2mathml.converter import convert

from notebooks.execute import FOLDER, NOTEBOOKS

OPTIONS = {
    "project": "scalar-autograd",
    "extensions": ["sphinx.ext.autodoc", "myst_nb", "sphinx_copybutton", "notebooks.pages"],
    "html_theme": "furo",
    "html_title": "scalar-autograd",
    "html_copy_source": False,
    "html_css_files": ["narrow.css"],
    "html_show_copyright": False,
    "html_show_sphinx": False,
    "html_static_path": ["_static"],
    "html_math_renderer": "mathml",
    "default_role": "code",  # in docstrings
    "add_module_names": False,
    "autodoc_member_order": "bysource",
    "autodoc_typehints": "none",  # the docstrings say what arguments are
    "copybutton_prompt_text": ">>> |... ",
    "copybutton_prompt_is_regexp": True,
    "myst_enable_extensions": ["dollarmath"],
    "myst_heading_anchors": 3,
    "nb_code_prompt_hide": "Solution",
    "nb_code_prompt_show": "Solution",
    "nb_execution_mode": "off",  # their outputs are committed, and tested
    "nb_render_markdown_format": "myst",
}
EXAMPLES = re.compile(r"^```python\n>>> .*?^```$", re.DOTALL | re.MULTILINE)
PLAY = "\n```{toctree}\n:caption: Play\n\ntry\n```\n"
HERE = (
    '\n\n<a href="../lite/notebooks/index.html?path={}">Run this chapter in your browser</a>, with nothing to install.'
)


def main(folder: Path) -> None:
    """Write the site into the folder; raises SystemExit where Sphinx has something to complain about."""
    from sphinx.application import Sphinx

    with TemporaryDirectory() as place:
        source, trees = Path(place, "source"), Path(place, "trees")
        shutil.copytree(FOLDER / "site", source)
        shutil.copytree(FOLDER.parent / "tests" / "figures", source / "figures", ignore=shutil.ignore_patterns("*.py"))
        for name in ("ARCHITECTURE.md", "CHANGELOG.md"):
            text = (FOLDER.parent / name).read_text(encoding="utf-8").replace("tests/figures/", "figures/")
            text = re.sub(r'<p align="center">\s*<img src="(.*?)" alt="(.*?)">\s*</p>', r"![\2](\1)", text)
            (source / name.lower()).write_text(text, encoding="utf-8")
        (source / "course").mkdir()
        in_browser = (folder / "lite").is_dir()  # notebooks.lite has written it
        for path in source.rglob("*.md"):
            text = path.read_text(encoding="utf-8").replace("\n\n```\n", "\n```\n")  # the line that ends an example
            path.write_text(illustrated(text) if "<Diagram: " in text else text, encoding="utf-8")
        if in_browser:
            with (source / "index.md").open("a", encoding="utf-8") as index:
                index.write(PLAY)
        else:
            (source / "try.md").unlink()
        for path in NOTEBOOKS:
            chapter = folded(nbformat.read(path, as_version=4))
            if in_browser:
                chapter.cells[0].source += HERE.format(path.name)
            nbformat.write(chapter, source / "course" / path.name)
        app = Sphinx(
            source, None, folder, trees, "html", OPTIONS, warningiserror=True, status=None, exception_on_warning=False
        )
        app.build()
    if app.statuscode:
        sys.exit(app.statuscode)


def illustrated(page: str) -> str:
    """The page with the pictures, and pages that play, that its examples show, each below its example."""
    shell = InteractiveInterpreter()
    shown: list[Any] = []
    usual, sys.displayhook = sys.displayhook, shown.append

    def with_pictures(examples: re.Match[str]) -> str:
        shown.clear()
        for example in DocTestParser().get_examples(examples[0]):
            shell.runsource(example.source + "\n", symbol="single")  # a test runs them, too, and compares
        bundles = [x._repr_mimebundle_() for x in shown if hasattr(x, "_repr_mimebundle_")]
        return "\n\n".join([examples[0], *(f"```{{raw}} html\n{bundle['text/html']}\n```" for bundle in bundles)])

    try:
        with redirect_stdout(StringIO()):
            return EXAMPLES.sub(with_pictures, page)
    finally:
        sys.displayhook = usual


def folded(notebook: Any) -> Any:
    """The notebook for the site: solutions folded, links to the contents leading to the index, no word of Colab."""
    for cell in notebook.cells:
        tags = cell.metadata.get("tags", [])
        if "solution" in tags:
            cell.metadata["tags"] = [*tags, "hide-cell"]
        if "machinery" in tags:
            cell.metadata["tags"] = [*tags, "hide-input"]
            cell.metadata["mystnb"] = {"code_prompt_show": "How the figures are made", "code_prompt_hide": "Hide it"}
        cell.source = cell.source.replace("(README.md)", "(../index.md)").replace(" →]", "\u00a0→]")
    notebook.cells[0].source = notebook.cells[0].source.partition("\n\nOn Colab")[0]
    return notebook


def setup(app: Any) -> dict[str, Any]:
    """What Sphinx calls: formulas become MathML, which browsers show by themselves; rows are shown as functions."""
    app.connect("autodoc-process-docstring", _escaped)
    app.connect("html-page-context", _unbroken)
    app.add_html_math_renderer("mathml", (_inline, None), (_block, None))
    import autograd
    import nn

    for package in (autograd, nn):
        for name in package.__all__:
            thing = getattr(package, name)
            setattr(package, name, _function(thing) if hasattr(thing, "rule") else thing)
    return {"parallel_read_safe": True}


def _escaped(app: Any, what: str, name: str, thing: Any, options: Any, lines: list[str]) -> None:
    """In prose, what stands for an absolute value is no substitution of reStructuredText's."""
    example = False
    for i, line in enumerate(lines):
        example = line.lstrip().startswith(">>>") or (example and bool(line.strip()))
        if not example:
            lines[i] = line.replace("|", r"\|")


def _unbroken(app: Any, page: str, template: str, context: dict[str, Any], tree: Any) -> None:
    """No line begins with the mark that ends a sentence behind a formula."""
    marked = r'<span class="unbroken">\1</span>'
    formula = r'(<math[^>]*"inline"[^>]*>(?:(?!</math>).)*</math>[.,;:?)]+)'
    context["body"] = re.sub(formula, marked, context.get("body", ""), flags=re.DOTALL)


def _inline(translator: Any, node: Any) -> None:
    _write(translator, node, "inline")


def _block(translator: Any, node: Any) -> None:
    translator.body.append('<div class="formula">')
    try:
        _write(translator, node, "block")
    finally:
        translator.body.append("</div>")


def _write(translator: Any, node: Any, display: str) -> None:
    from docutils.nodes import SkipNode

    translator.body.append(mathml(node.astext(), display))
    raise SkipNode


def mathml(tex: str, display: str) -> str:
    """A formula in TeX as MathML, "inline" or as a "block"."""
    # As operators, functions keep their distance: y ln z, not ylnz. Primes are raised by their glyphs.
    found = re.sub(
        "<mi>(ln|log|sin|cos|exp)</mi>", r"<mo lspace='.17em' rspace='.17em'>\1</mo>", convert(tex, display=display)
    )
    found = re.sub("<msup>(<mi>.</mi>)<mi>(&#x0203[23];)</mi></msup>", r"\1<mo lspace='0' rspace='0'>\2</mo>", found)
    spaces = sum(map(float, re.findall(r'width="([\d.]+)em"', found)))
    signs = len(re.sub("<[^>]*>", "", unescape(found))) + 2 * spaces  # which decide the size of a block on narrow pages
    return found.replace("<math ", f'<math style="--signs: {signs:.0f}" ', 1) if display == "block" else found


def _function(op: Any) -> Any:
    """A row of the table as the function that it is to its users."""

    def function() -> None:
        """Sphinx looks at this; it is never called."""

    function.__name__ = function.__qualname__ = op.name
    function.__module__, function.__doc__ = "autograd", op.__doc__
    arguments = [Parameter(name, Parameter.POSITIONAL_ONLY) for name in op.arguments]
    function.__signature__ = Signature(arguments)  # type: ignore[attr-defined]  # as inspect looks for it
    return function


if __name__ == "__main__":
    main(Path(sys.argv[1]))
