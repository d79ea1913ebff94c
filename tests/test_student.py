"""The notebooks for a class: solutions are gone, checks say right, wrong or not yet, teachers' cells are all right."""

from __future__ import annotations

import ast
import builtins
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

from notebooks import checks
from notebooks.execute import FOLDER, NOTEBOOKS
from notebooks.student import main

each_notebook = pytest.mark.parametrize("name", [path.name for path in NOTEBOOKS])


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("student")
    main([str(folder)])
    return folder


def read(path: Path) -> Any:
    return nbformat.read(path, as_version=4)


def run(path: Path) -> Any:
    """The notebook after it was run in its folder; what raises does not stop it."""
    notebook = read(path)
    resources = {"metadata": {"path": str(path.parent)}}
    client = NotebookClient(notebook, timeout=120, kernel_name="python3", resources=resources, allow_errors=True)
    client.execute(env={"PYTHONPATH": str(FOLDER.parent)} | {"PATH": str(Path(sys.executable).parent)})
    return notebook


def verdicts(notebook: Any) -> list[str]:
    """What the checks printed, the last line of an error if they raised."""
    cells = [
        cell for cell in notebook.cells if cell.metadata.get("nbgrader", {}).get("grade") and cell.cell_type == "code"
    ]
    return ["".join(x.get("text", x.get("evalue", "")) for x in cell.outputs).strip() for cell in cells]


@each_notebook
def test_a_students_notebook_has_the_metadata_of_nbgrader_and_no_solution(written: Path, name: str) -> None:
    student, teacher = read(written / name), read(written / "teacher" / name)
    names = [cell.metadata["nbgrader"]["grade_id"] for cell in student.cells if "nbgrader" in cell.metadata]
    assert len(names) == len(set(names)) > 3
    for notebook in (student, teacher):
        nbformat.validate(notebook)
        for cell in (cell for cell in notebook.cells if "nbgrader" in cell.metadata):
            found = cell.metadata["nbgrader"]
            assert found["schema_version"] == 3
            assert found["locked"] == (not found["solution"])
            assert ("points" in found) == found["grade"]
    solved = [cell.source for cell in read(FOLDER / name).cells if "solution" in cell.metadata.get("tags", [])]
    text = "\n".join(cell.source for cell in student.cells)
    assert solved
    assert not [cell for cell in solved if cell in text]
    assert all(cell in "\n".join(cell.source for cell in teacher.cells) for cell in solved)
    assert "### BEGIN" not in text
    assert not any(cell.get("outputs") for cell in student.cells)


@each_notebook
def test_what_a_students_notebook_uses_is_defined_in_it(written: Path, name: str) -> None:
    code = [cell.source for cell in read(written / name).cells if cell.cell_type == "code"]
    everything = [*ast.walk(ast.parse("\n".join(code).replace("%config", "# ")))]
    used = {x.id for x in everything if isinstance(x, ast.Name)}
    defined = {x.id for x in everything if isinstance(x, ast.Name) and isinstance(x.ctx, ast.Store)}
    defined |= {
        x.name for x in everything if isinstance(x, (ast.FunctionDef, ast.ClassDef, ast.ExceptHandler)) and x.name
    }
    defined |= {(x.asname or x.name).partition(".")[0] for x in everything if isinstance(x, ast.alias)}
    defined |= {x.arg for x in everything if isinstance(x, ast.arg)}
    assert not used - defined - {*dir(builtins)}


def test_the_courses_own_exercises_are_among_them(written: Path) -> None:
    names = re.findall(r'"grade_id": "\w+-(\w+)', "".join(json.dumps(read(written / path.name)) for path in NOTEBOOKS))
    assert {"1a", "1b", "2a", "2b", "2c", "3a", "3b", "4a", "4b", "4c", "5a", "5b", "5c"} <= set(names)


@pytest.mark.parametrize("name", [path.name for path in NOTEBOOKS if path.name[:2] in ("02", "05")])
def test_every_check_says_right_to_the_teacher_and_not_yet_to_who_has_not_begun(written: Path, name: str) -> None:
    right, begun = verdicts(run(written / "teacher" / name)), verdicts(run(written / name))
    assert set(right) == {"right"}
    assert set(begun) == {"not yet"}
    assert len(right) == len(begun)


@pytest.mark.parametrize("name", [path.name for path in NOTEBOOKS if path.name[:2] in ("02", "03")])
def test_nbgrader_validates_the_teachers_notebooks(written: Path, name: str) -> None:
    pytest.importorskip("nbgrader", reason="validates them")
    command = [sys.executable, "-m", "nbgrader", "validate", name]
    done = subprocess.run(command, cwd=written / "teacher", capture_output=True, text=True)
    assert "Success! Your notebook passes all the tests." in done.stdout + done.stderr


def test_nbgrader_makes_the_students_notebooks_of_the_teachers(written: Path, tmp_path: Path) -> None:
    pytest.importorskip("nbgrader", reason="makes them")
    source = tmp_path / "source" / "course"
    shutil.copytree(written / "teacher", source)
    shutil.move(source / "nbgrader_config.py", tmp_path)
    command = [sys.executable, "-m", "nbgrader", "generate_assignment", "course"]
    programs = os.pathsep.join([os.path.dirname(sys.executable), os.environ["PATH"]])  # it calls alembic by its name
    subprocess.run(command, cwd=tmp_path, env=os.environ | {"PATH": programs}, check=True, capture_output=True)
    for path in NOTEBOOKS:
        ours, theirs = read(written / path.name).cells, read(tmp_path / "release" / "course" / path.name).cells
        for cell, made in zip(ours, theirs, strict=True):
            assert made.source.strip() in (cell.source.strip(), "YOUR ANSWER HERE")


def test_a_check_tells_right_wrong_and_not_yet_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    known = {"a": checks.digest("a", 0.36281), "b": checks.digest("b", 1024)}
    monkeypatch.setattr(checks, "ANSWERS", known)

    def said(exercise: str, answer: Any) -> str:
        return checks.check(exercise, lambda: checks.near(exercise, answer))

    assert [said("a", x) for x in (0.363, 0.36281, "0.3628", 0.36, -0.363, ..., None)] == [
        *["right"] * 3,
        *["wrong"] * 2,
        *["not yet"] * 2,
    ]
    assert [said("b", x) for x in (1024, 1024.0, 1023, 1020)] == ["right", "right", "wrong", "wrong"]
    assert checks.check("a", lambda: undefined) == "not yet"  # type: ignore[name-defined]  # noqa: F821 (that is the point)
    assert "0.36" not in str(known)
