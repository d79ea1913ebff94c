"""The notebooks in the reader's own browser: JupyterLite with Pyodide, this package and Graphviz, all from one folder.

`python -m notebooks.lite folder` needs npm and pip, and what it writes needs nothing but a web server for files. NumPy
and what stands on it come from Pyodide's own server when a notebook asks for them.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from zipfile import ZipFile

import nbformat
from nbformat.v4 import new_code_cell

from notebooks.execute import FOLDER, NOTEBOOKS

PYODIDE, VIZ = "pyodide@314.0.7", "@viz-js/viz@3.31.0"
HERE = ["ipython", "jedi", "micropip", "packaging", "tqdm"]  # of Pyodide's packages; the kernel needs all but the last
OURS = ["comm", "graphviz", "ziamath==0.13", "ziafont==0.11", "latex2mathml==3.81.1"]
SERVER = f"https://cdn.jsdelivr.net/pyodide/v{PYODIDE.partition('@')[2]}/full/"

FROM_PYODIDE = {"numpy": "numpy", "matplotlib": "matplotlib", "scikit-learn": "sklearn"}
SETTINGS = {
    "jupyter-lite-schema-version": 0,
    "jupyter-config-data": {
        "appName": "scalar-autograd",
        "litePluginSettings": {
            "@jupyterlite/pyodide-kernel-extension:kernel": {
                "pyodideUrl": "./static/pyodide/pyodide.mjs",
                "pipliteUrls": ["./pypi/all.json"],
            }
        },
    },
}

# A wheel of @viz-js/viz, for workers, which cannot load scripts by tags.
VIZ_MODULE = '''"""Graphviz as JavaScript, for autograd's diagrams."""

from pathlib import Path


async def ready() -> None:
    """Make the object `viz` that autograd asks where nodes stand."""
    import js
    from pyodide.code import run_js

    run_js(Path(__file__).with_name("viz-global.js").read_text(encoding="utf-8"))
    js.viz = await js.Viz.instance()
'''
FIRST_CELL = """# Only in the browser: this package, and Graphviz to place the nodes of diagrams{loads}.
%pip install -q scalar-autograd viz-js{more}
import viz_js

await viz_js.ready()"""


def main(folder: Path) -> None:
    """Write JupyterLite with the notebooks into the folder."""
    with TemporaryDirectory() as place:
        work = Path(place)  # which has the places where JupyterLite looks
        (work / "jupyter-lite.json").write_text(json.dumps(SETTINGS), encoding="utf-8")
        pyodide(work / "static" / "pyodide")
        our_wheels(work / "pypi")
        (work / "files").mkdir()
        for path in NOTEBOOKS:
            nbformat.write(for_the_browser(nbformat.read(path, as_version=4)), work / "files" / path.name)
        run(
            [sys.executable, "-m", "jupyterlite_core.app", "build", "--no-sourcemaps"],
            [f"--lite-dir={work}", f"--output-dir={folder}"],
            within=work,  # where it keeps notes
        )


def for_the_browser(notebook: Any) -> Any:
    """The notebook with a first cell that installs what it needs."""
    code = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "code")
    more = [
        name for name, module in FROM_PYODIDE.items() if re.search(rf"^(from|import) {module}\b", code, re.MULTILINE)
    ]
    loads = f"; from cdn.jsdelivr.net {', '.join(more)}" if more else ""
    first = new_code_cell(FIRST_CELL.format(loads=loads, more="".join(f" {name}" for name in more)))
    first.id = "first"  # the same each time
    notebook.metadata.kernelspec = {"name": "python", "display_name": "Python (Pyodide)"}
    notebook.cells.insert(1, first)
    return notebook


def pyodide(folder: Path) -> None:
    """Pyodide itself, and the wheels that its kernel needs; all others stay where Pyodide keeps them."""
    packed(PYODIDE, folder)
    lock = json.loads((folder / "pyodide-lock.json").read_text(encoding="utf-8"))
    here = closure(lock["packages"], HERE)
    download(folder, [f"{name}=={lock['packages'][name]['version']}" for name in here])
    for name, package in lock["packages"].items():
        if name in here:
            wheel = folder / package["file_name"]
            package["sha256"] = hashlib.sha256(wheel.read_bytes()).hexdigest()  # Pyodide has packed it anew
        else:
            package["file_name"] = SERVER + package["file_name"]
    (folder / "pyodide-lock.json").write_text(json.dumps(lock), encoding="utf-8")


def closure(packages: dict[str, Any], names: Iterable[str]) -> list[str]:
    """These packages and all that they need."""
    found = list(names)
    for name in found:  # which grows
        needed = [other.lower().replace("_", "-") for other in packages[name]["depends"]]
        found += [other for other in dict.fromkeys(needed) if other not in found]
    return found


def our_wheels(folder: Path) -> None:
    """The wheels of this package, of what it needs, and of Graphviz."""
    folder.mkdir()
    run([sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)])
    download(folder, OURS)
    viz = folder / "viz_js-3.31.0-py3-none-any.whl"
    with TemporaryDirectory() as place, ZipFile(viz, "w") as wheel:
        packed(VIZ, Path(place, "viz"))
        files = {
            "viz_js/__init__.py": VIZ_MODULE,
            "viz_js/viz-global.js": Path(place, "viz", "dist", "viz-global.js").read_text(encoding="utf-8"),
            "viz_js-3.31.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: viz-js\nVersion: 3.31.0\n",
            "viz_js-3.31.0.dist-info/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        }
        for name, text in files.items():
            wheel.writestr(name, text)
        wheel.writestr("viz_js-3.31.0.dist-info/RECORD", "".join(f"{name},,\n" for name in files))


def packed(package: str, folder: Path) -> None:
    """The files of a package of npm."""
    with TemporaryDirectory() as place:
        run(["npm", "pack", "--silent", f"--pack-destination={place}", package])
        (archive,) = Path(place).glob("*.tgz")
        with tarfile.open(archive) as files:
            files.extractall(place, filter="data")
        shutil.copytree(Path(place, "package"), folder)


def download(folder: Path, requirements: list[str]) -> None:
    """Wheels for Pyodide's Python that are the same on every system."""
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:"]
    run([*pip, "--python-version=3.14", f"--dest={folder}"], requirements)


def run(*command: list[str], within: Path = FOLDER.parent) -> None:
    """Run a program, and say what it said where it fails."""
    done = subprocess.run([word for words in command for word in words], cwd=within, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{command[0]} failed:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
