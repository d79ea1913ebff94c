"""What the distributions hold and what an import costs."""

import subprocess
import sys
import tarfile
import tomllib
from importlib.metadata import EntryPoint
from pathlib import Path
from zipfile import ZipFile

import pytest

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
PACKAGES = ("autograd", "nn")
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
    assert names - about == SOURCES
    assert {Path(name).name for name in about} == {"METADATA", "WHEEL", "RECORD", "LICENSE", "entry_points.txt"}


def test_the_source_distribution_holds_what_the_wheel_is_built_from_and_no_data(distributions: Path) -> None:
    (source,) = distributions.glob("*.tar.gz")
    with tarfile.open(source) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    surroundings = {"pyproject.toml", "PKG-INFO", "README.md", "LICENSE", "CHANGELOG.md", ".gitignore"}
    assert names == SOURCES | surroundings


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


def test_the_citation_names_this_version() -> None:
    assert f"version: {PROJECT['version']}\n" in (ROOT / "CITATION.cff").read_text()


@pytest.mark.parametrize("package", PACKAGES)
def test_both_packages_are_marked_as_typed(package: str) -> None:
    assert f"{package}/py.typed" in SOURCES


@pytest.mark.parametrize(("package", "loads"), [("autograd", {"autograd"}), ("nn", {"autograd", "nn"})])
def test_an_import_loads_the_standard_library_only(package: str, loads: set[str]) -> None:
    code = f"import sys; before = set(sys.modules); import {package}; print(*(set(sys.modules) - before))"
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True, text=True)
    assert {name.partition(".")[0] for name in run.stdout.split()} - sys.stdlib_module_names == loads
