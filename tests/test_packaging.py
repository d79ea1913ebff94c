"""What the distributions hold and what an import costs."""

import importlib
import re
import subprocess
import sys
import tarfile
import tomllib
from collections.abc import Callable
from importlib.metadata import EntryPoint
from pathlib import Path
from zipfile import ZipFile

import pytest

import autograd
import nn
from autograd import sqrt
from autograd.compiler.engines import machine

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
PACKAGES = ("autograd", "nn")
DATA = {"LICENSE", "README.md", "titanic.csv"}
SOURCES = {
    path.relative_to(ROOT).as_posix()
    for package in PACKAGES
    for path in (ROOT / package).rglob("*")
    if path.is_file() and "__pycache__" not in path.parts
}


def test_the_wheel_holds_every_file_of_the_two_packages_and_the_licence(distributions: Path) -> None:
    (wheel,) = distributions.glob("*.whl")
    with ZipFile(wheel) as archive:
        names = set(archive.namelist())
    about = {name for name in names if ".dist-info/" in name}
    assert names - about == SOURCES | {f"nn/data/{name}" for name in DATA}
    licences = {"licenses/LICENSE", "licenses/notebooks/data/LICENSE"}
    expected = {"METADATA", "WHEEL", "RECORD", "entry_points.txt"} | licences
    assert {name.partition(".dist-info/")[2] for name in about} == expected


def test_the_source_distribution_holds_what_the_wheel_is_built_from(distributions: Path) -> None:
    (source,) = distributions.glob("*.tar.gz")
    with tarfile.open(source) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    surroundings = {"pyproject.toml", "PKG-INFO", "README.md", "LICENSE", "CHANGELOG.md", ".gitignore"}
    assert names == SOURCES | surroundings | {f"notebooks/data/{name}" for name in DATA}


@pytest.mark.parametrize(("script", "module"), [("scalar-autograd", "autograd"), ("scalar-autograd-nn", "nn")])
def test_a_console_script_is_the_command_line_of_its_package(
    script: str, module: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    target = EntryPoint(script, PROJECT["scripts"][script], "console_scripts").load()
    for path, called in ((f"/usr/bin/{script}", script), (f"/{module}/__main__.py", f"python -m {module}")):
        monkeypatch.setattr(sys, "argv", [path, "--help"])
        with pytest.raises(SystemExit):
            target()
        assert capsys.readouterr().out.startswith(f"usage: {called} ")


def test_the_citation_and_the_changelog_name_this_version_and_its_date() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert "\n## Unreleased\n" in changelog
    (version, day), *_ = re.findall(r"^## (\d\S*) - (\d{4}-\d\d-\d\d)$", changelog, re.MULTILINE)
    assert version == PROJECT["version"]
    citation = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert f"version: {version}\ndate-released: {day}\n" in citation
    assert re.findall("^  - ([^: ]+)$", citation, re.MULTILINE) == PROJECT["license"].split(" AND ")


def test_links_of_the_page_about_the_data_lead_to_files_that_the_wheel_holds() -> None:
    page = (ROOT / "notebooks" / "data" / "README.md").read_text(encoding="utf-8")
    links = {link for link in re.findall(r"\]\(([^)]*)\)", page) if "://" not in link}
    assert links == {"LICENSE"}
    assert links < DATA


@pytest.mark.parametrize("package", PACKAGES)
def test_both_packages_are_marked_as_typed(package: str) -> None:
    assert f"{package}/py.typed" in SOURCES


@pytest.mark.parametrize(("package", "loads"), [("autograd", {"autograd"}), ("nn", {"autograd", "nn"})])
def test_an_import_loads_the_standard_library_only(package: str, loads: set[str]) -> None:
    code = f"import sys; before = set(sys.modules); import {package}; print(*(set(sys.modules) - before))"
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True, text=True)
    assert {name.partition(".")[0] for name in run.stdout.split()} - sys.stdlib_module_names == loads


@pytest.mark.parametrize(
    ("missing", "extra", "use"),
    [
        ("flint", "certified", lambda: autograd.enclose(sqrt)(2.0)),
        ("llvmlite", "fast", lambda: autograd.compile(sqrt, engine="llvm")(2.0)),
        ("matplotlib", "plot", lambda: nn.plot_confusion([0], [0])),
        ("mpmath", "mpmath", lambda: autograd.grad(sqrt, precision=50)(2.0)),
        ("numpy", "save", lambda: nn.save(nn.MLP(1, [1]), "model")),
        ("safetensors", "save", lambda: nn.load(nn.MLP(1, [1]), "model")),
        ("onnx", "onnx", lambda: nn.to_onnx(nn.MLP(1, [1]))),
        ("scipy", "scipy", lambda: autograd.jacobian(lambda x: x, sparse=True)([2.0])),
        ("scipy.optimize", "scipy", lambda: nn.LBFGS([autograd.Value(1.0)]).step(lambda: autograd.Value(1.0))),
        ("sklearn", "sklearn", lambda: importlib.import_module("nn.sklearn")),
        ("torch", "torch", lambda: nn.to_torch(nn.MLP(1, [1]))),
    ],
)
def test_what_is_not_installed_is_named_with_what_brings_it(
    missing: str, extra: str, use: Callable[[], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] == missing or name == "nn.sklearn"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, missing, None)
    machine._llvmlite.cache_clear()
    with pytest.raises(ModuleNotFoundError, match=rf"needs {missing.partition('.')[0]}: pip install .*{extra}"):
        use()
    assert extra == missing or extra in PROJECT["optional-dependencies"]
