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
KERNEL = ["comm", "ipykernel", "ipython", "jedi", "micropip", "packaging", "piplite", "pyodide-kernel"]
OURS = ["graphviz", "tqdm", "ziamath==0.13", "ziafont==0.11", "latex2mathml==3.81.1"]
EXTENSION = Path(sys.prefix, "share/jupyter/labextensions/@jupyterlite/pyodide-kernel-extension/static/pypi")
SERVER = f"https://cdn.jsdelivr.net/pyodide/v{PYODIDE.partition('@')[2]}/full/"

FROM_PYODIDE = {"numpy": "numpy", "matplotlib": "matplotlib", "scikit-learn": "sklearn"}
SETTINGS = {
    "jupyter-lite-schema-version": 0,
    "jupyter-config-data": {
        "appName": "scalar-autograd",
        "litePluginSettings": {
            "@jupyterlite/pyodide-kernel-extension:kernel": {
                "pyodideUrl": "./static/pyodide/pyodide.mjs",
                "loadPyodideOptions": {"packages": [*KERNEL, "scalar-autograd"]},  # all at once, while Python starts
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
# What Python would compile when it imports is compiled here, by the same Python.
COMPILE = """
import { loadPyodide } from "./pyodide.mjs";
const python = await loadPyodide();
python.mountNodeFS("/wheels", process.cwd());
python.runPython(`
import compileall, py_compile
from pathlib import Path
from shutil import rmtree
from zipfile import ZIP_DEFLATED, ZipFile

work = Path("/work")
for wheel in Path("/wheels").glob("*.whl"):
    with ZipFile(wheel, "a", ZIP_DEFLATED) as archive:
        archive.extractall(work)
        compileall.compile_dir(work, quiet=2, stripdir=work, prependdir="/lib/python3.14/site-packages",
                               invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH)
        for code in work.rglob("*.pyc"):
            archive.write(code, code.relative_to(work))
    rmtree(work)
`);
"""
FIRST_CELL = """# Only in the browser: Graphviz, to place the nodes of diagrams{loads}.
{more}import viz_js

await viz_js.ready()"""


def main(folder: Path) -> None:
    """Write JupyterLite with the notebooks into the folder."""
    with TemporaryDirectory() as place:
        work = Path(place)  # which has the places where JupyterLite looks
        (work / "jupyter-lite.json").write_text(json.dumps(SETTINGS), encoding="utf-8")
        pyodide(work / "static" / "pyodide")
        (work / "files").mkdir()
        for path in NOTEBOOKS:
            nbformat.write(for_the_browser(nbformat.read(path, as_version=4)), work / "files" / path.name)
        run(
            [sys.executable, "-m", "jupyterlite_core.app", "build", "--no-sourcemaps"],
            [f"--lite-dir={work}", f"--output-dir={folder}"],
            within=work,  # where it keeps notes
        )


def for_the_browser(notebook: Any) -> Any:
    """The notebook with a first cell that loads what it needs."""
    code = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "code")
    more = [
        name for name, module in FROM_PYODIDE.items() if re.search(rf"^(from|import) {module}\b", code, re.MULTILINE)
    ]
    loads = f"; from cdn.jsdelivr.net {', '.join(more)}" if more else ""
    install = f"%pip install -q {' '.join(more)}\n" if more else ""
    first = new_code_cell(FIRST_CELL.format(loads=loads, more=install))
    first.id = "first"  # the same each time
    notebook.metadata.kernelspec = {"name": "python", "display_name": "Python (Pyodide)"}
    notebook.cells.insert(1, first)
    return notebook


def pyodide(folder: Path) -> None:
    """Pyodide itself, and the wheels that notebooks need; those of its other packages stay where Pyodide keeps them."""
    packed(PYODIDE, folder)
    lock = folder / "pyodide-lock.json"
    told = json.loads(lock.read_text(encoding="utf-8"))
    packages = told["packages"]
    ours = [requirement.partition("==")[0] for requirement in OURS]
    theirs = closure(packages, [name for name in (*KERNEL, *ours) if name in packages])
    for name, package in packages.items():
        if name not in theirs:
            package["file_name"] = SERVER + package["file_name"]
    others = [requirement for requirement in (*KERNEL, *OURS) if requirement.partition("==")[0] not in packages]
    extension = {distribution(wheel): wheel for wheel in EXTENSION.glob("*.whl")}
    for name in others:
        if name in extension:
            shutil.copy(extension[name], folder)
    wanted = [f"{name}=={packages[name]['version']}" for name in theirs]
    download(folder, [*wanted, *(name for name in others if name not in extension)])
    run([sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)])
    viz_wheel(folder)
    run(["node", "--input-type=module", "--eval", COMPILE], within=folder)
    for wheel in folder.glob("*.whl"):
        name, version = distribution(wheel), wheel.name.split("-")[1]
        usual = {"name": name, "version": version, "install_dir": "site", "package_type": "package", "imports": []}
        package = packages.setdefault(name, usual | {"depends": [], "unvendored_tests": False})
        package["file_name"] = wheel.name
        package["sha256"] = hashlib.sha256(wheel.read_bytes()).hexdigest()
    packages["scalar-autograd"]["depends"] = [*ours, "viz-js"]
    lock.write_text(json.dumps(told), encoding="utf-8")


def distribution(wheel: Path) -> str:
    """The name of what a wheel installs."""
    return wheel.name.partition("-")[0].replace("_", "-").lower()


def closure(packages: dict[str, Any], names: Iterable[str]) -> list[str]:
    """These packages and all that they need."""
    found = list(names)
    for name in found:  # which grows
        needed = [other.lower().replace("_", "-") for other in packages[name]["depends"]]
        found += [other for other in dict.fromkeys(needed) if other not in found]
    return found


def viz_wheel(folder: Path) -> None:
    """Write a wheel of Graphviz into the folder."""
    version = VIZ.rpartition("@")[2]
    name = f"viz_js-{version}"
    with TemporaryDirectory() as place, ZipFile(folder / f"{name}-py3-none-any.whl", "w") as wheel:
        packed(VIZ, Path(place, "viz"))
        wheel.writestr("viz_js/__init__.py", VIZ_MODULE)
        wheel.write(Path(place, "viz", "dist", "viz-global.js"), "viz_js/viz-global.js")
        wheel.writestr(f"{name}.dist-info/METADATA", f"Metadata-Version: 2.1\nName: viz-js\nVersion: {version}\n")
        wheel.writestr(f"{name}.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")


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
