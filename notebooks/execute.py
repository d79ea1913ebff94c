"""Runs the notebooks and writes their outputs into them."""

from __future__ import annotations

import os
import re
import sys
from argparse import ArgumentParser
from base64 import b64decode, b64encode
from collections.abc import Sequence
from importlib.util import find_spec
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient

from autograd.diagram import exports

FOLDER = Path(__file__).parent
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))


def executed(path: Path) -> Any:
    """The notebook, run from top to bottom by a kernel of its own, as it is to be committed.

    Raises nbclient's CellExecutionError where a cell does.
    """
    notebook = nbformat.read(path, as_version=4)
    client = NotebookClient(
        notebook,
        timeout=120,
        kernel_name="python3",
        resources={"metadata": {"path": str(FOLDER)}},
        record_timing=False,
        coalesce_streams=True,
    )
    environment = {
        "PYTHONPATH": str(FOLDER.parent),
        "PATH": os.path.dirname(sys.executable),  # hides the machine's own Graphviz, which places nodes elsewhere
    }
    client.execute(env=os.environ | environment)
    return normalised(notebook)


def normalised(notebook: Any) -> Any:
    """The notebook without what depends on the machine, its plots as images, which are shown before anything is run."""
    notebook.metadata.get("language_info", {}).pop("version", None)
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            if svg := data.pop("image/svg+xml", None):  # shown only by notebooks that are trusted; a diagram has both
                plain = smaller(svg)
                image = f"data:image/svg+xml;base64,{b64encode(plain.encode()).decode()}"
                data.setdefault(
                    "text/html", f'<img src="{image}" alt="Plot" style="background: #fff; max-width: 100%">'
                )
                if "image/png" not in data and find_spec("resvg_py"):
                    data["image/png"] = b64encode(exports.png(plain, 1.0)).decode()
            if (png := data.get("image/png")) and find_spec("PIL"):  # what LaTeX and code-hosting sites show
                data["image/png"] = with_palette(png)
    return notebook


def smaller(svg: str) -> str:
    """A plot without date, version and comments, its coordinates to two decimals, its lines by their corners.

    The style that all marks of a group have is written once.
    """

    def short(attribute: re.Match[str]) -> str:
        rounded = re.sub(r"-?\d+\.\d+", lambda x: f"{round(float(x[0]), 2) + 0.0:.10g}", attribute[0])
        one_line = re.sub(r"\s+", " ", rounded)
        lines = re.sub(r"M ([-\d. ]+)((?:L [-\d. ]+)+)", lambda line: line_by_corners(line[1], line[2]), one_line)
        return re.sub("L [^A-Za-z]+(L [^A-Za-z]+)+", lambda x: "L " + x[0].replace("L ", ""), lines)

    def with_one_style(group: re.Match[str]) -> str:
        styles: set[str] = set(re.findall(' style="[^"]*"', group[2]))
        if len(styles) > 1 or "opacity" in group[2]:  # which is not the same of a group and of each in it
            return group[0]
        (style,) = styles
        return f"{group[1]}{style}{group[2].replace(style, '')}"

    plain = re.sub(r"\s*(<metadata>.*?</metadata>|<!--.*?-->)|(?<=\n) +", "", svg, flags=re.DOTALL)
    by_corners = re.sub(r'(?<= d=| x=| y=)"[^"]*"', short, plain)
    return re.sub(r'(<g clip-path="[^"]*")(>\s*(?:<use [^>]* style="[^>]*/>\s*)+</g>)', with_one_style, by_corners)


def line_by_corners(start: str, rest: str) -> str:
    """A line of an SVG path without the points that are within 0.02 of the straight line between others."""
    numbers = [float(x) for x in f"{start} {rest}".replace("L", " ").split()]
    points = [complex(x, y) for x, y in zip(numbers[::2], numbers[1::2], strict=True)]
    corners, between = points[:1], list[complex]()
    for point, following in pairwise(points[1:]):
        between.append(point)
        if any(distance(x, corners[-1], following) > 0.02 for x in between):
            corners.append(point)
            between = []
    written = [f"{point.real:.10g} {point.imag:.10g} " for point in [*corners, points[-1]]]
    return f"M {written[0]}L {''.join(written[1:])}"


def distance(point: complex, start: complex, end: complex) -> float:
    """How far a point is from a piece of a straight line."""
    share = ((point - start) / (end - start)).real if end != start else 0.0
    return abs(point - start - min(max(share, 0.0), 1.0) * (end - start))


def with_palette(png: str) -> str:
    """A picture on white in at most 256 colours, which takes half as much; both in base64."""
    from PIL import Image

    picture = Image.open(BytesIO(b64decode(png)))
    if picture.mode == "P":
        return png
    paper = Image.new("RGBA", picture.size, "white")
    paper.alpha_composite(picture.convert("RGBA"))
    stored = BytesIO()
    paper.convert("RGB").quantize(dither=Image.Dither.NONE).save(stored, "PNG", optimize=True)
    return b64encode(stored.getvalue()).decode()


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the notebooks one after the other."""
    parser = ArgumentParser("python -m notebooks.execute", description=__doc__)
    parser.add_argument("notebooks", nargs="*", type=Path, default=NOTEBOOKS, help="by default all")
    parser.add_argument(
        "--into", type=Path, default=FOLDER, help="the folder that they are written to; by default here"
    )
    choice = parser.parse_args(arguments)
    for path in choice.notebooks:
        nbformat.write(executed(path), choice.into / path.name)


if __name__ == "__main__":
    main()
