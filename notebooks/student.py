"""The course for a class: `python -m notebooks.student folder` writes exercises to be filled in, and `folder/teacher`.

A cell of a notebook whose metadata has an `exercise` is emptied. Its entries:

- `id`: what it is called, as "3.1" or, for the course's own exercises, "3a".
- `asks`: what is to be put into `answer`; the number that the teacher's cell puts there is the right one.
- `check`: an expression that has to be true afterwards, in place of a number or besides it.
- `stub`: what stands in the student's cell. A cell of text with a stub is answered in words, and graded by hand.
- `drop`: the cell is not in the student's notebook at all.

Cells have nbgrader's metadata: `nbgrader validate` runs the teacher's notebooks, and every check says right. Of these,
`nbgrader generate_assignment` makes the students' if the course's `nbgrader_config.py` has what stands in the one here.
"""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from collections.abc import Sequence
from copy import deepcopy
from pathlib import Path
from typing import Any

import nbformat
from nbformat.v4 import new_code_cell

from notebooks.checks import digest
from notebooks.execute import FOLDER, NOTEBOOKS

DROPPED = "teacher"
CONFIGURATION = f"""# For the nbgrader_config.py of a course whose source/ has these notebooks and checks.py.
c = get_config()
c.NotebookExporter.preprocessors = ["nbconvert.preprocessors.TagRemovePreprocessor"]
c.TagRemovePreprocessor.enabled = True
c.TagRemovePreprocessor.remove_cell_tags = ["{DROPPED}"]
c.ClearSolutions.code_stub = {{"python": ""}}  # what students begin with stands above the solution
"""


def metadata(cell: Any, name: str, *, solution: bool, grade: bool) -> None:
    """Give a cell nbgrader's metadata."""
    found = {"grade_id": name, "schema_version": 3, "task": False, "solution": solution, "grade": grade}
    found["locked"] = not solution
    if grade:
        found["points"] = 1
    if cell.cell_type == "code":
        found["cell_type"] = "code"
        cell.outputs, cell.execution_count = [], None
    cell.metadata["nbgrader"] = found


def check_cell(task: dict[str, Any], *, teacher: bool) -> Any:
    """The cell that says right, wrong or not yet, and lets nbgrader give the point."""
    asked = []
    if "asks" in task:
        asked.append(f"near({task['id']!r}, answer)")
    if "check" in task:
        asked.append(task["check"])
    call = f"check({task['id']!r}, lambda: {' and '.join(asked)})"
    hidden = f"### BEGIN HIDDEN TESTS\nassert {call} == 'right'\n### END HIDDEN TESTS\n"
    cell = new_code_cell(f"from checks import check, near\n\n{hidden * teacher}print({call})")
    cell["id"] = f"check-{task['id'].replace('.', '-')}"
    metadata(cell, cell["id"], solution=False, grade=True)
    return cell


def emptied(cell: Any, task: dict[str, Any], *, teacher: bool) -> list[Any]:
    """A cell with an exercise as it is for the student or the teacher, and its check."""
    cell = deepcopy(cell)
    cell.metadata.pop("jupyter", None)
    if task.get("drop"):
        cell.metadata["tags"] = [*cell.metadata.get("tags", []), DROPPED]
        return [cell] if teacher else []
    name = f"answer-{task['id'].replace('.', '-')}"
    written = cell.cell_type == "markdown"
    asks = f"# Exercise {task['id']}" + (f": put {task['asks']} into `answer`." if "asks" in task else "")
    stub = task.get("stub", "answer = ...")
    if not written:
        solution = f"\n### BEGIN SOLUTION\n{cell.source}\n### END SOLUTION" * teacher
        cell.source = f"{asks}\n{stub}{solution}"
    elif not teacher:
        cell.source = stub
    metadata(cell, name, solution=True, grade=written)
    return [cell] if written else [cell, check_cell(task, teacher=teacher)]


def notebook_for(notebook: Any, *, teacher: bool) -> Any:
    """The notebook for the student or the teacher, without any output."""
    made = deepcopy(notebook)
    made.cells = []
    for cell in notebook.cells:
        task = cell.metadata.get("exercise")
        made.cells += emptied(cell, task, teacher=teacher) if task else [deepcopy(cell)]
    for cell in made.cells:
        cell.metadata.pop("exercise", None)
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    return made


def answers(notebooks: Sequence[Any]) -> dict[str, list[str]]:
    """The digests of the right answers, for each exercise that asks for a number."""
    tasks = [
        cell.metadata["exercise"] for notebook in notebooks for cell in notebook.cells if "exercise" in cell.metadata
    ]
    return {task["id"]: digest(task["id"], task["answer"]) for task in tasks if "answer" in task}


def main(arguments: Sequence[str] | None = None) -> None:
    """Write the students' notebooks into a folder, and the teacher's into a folder `teacher` in it."""
    parser = ArgumentParser("python -m notebooks.student", description=__doc__)
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args(arguments).folder
    notebooks = {path.name: nbformat.read(path, as_version=4) for path in NOTEBOOKS}
    checks = (FOLDER / "checks.py").read_text(encoding="utf-8")
    checks = checks.replace("ANSWERS: dict[str, list[str]] = {}", f"ANSWERS = {answers([*notebooks.values()])!r}")
    for place, teacher in ((folder, False), (folder / "teacher", True)):
        place.mkdir(parents=True, exist_ok=True)
        (place / "checks.py").write_text(checks, encoding="utf-8")
        (place / "matplotlibrc").write_bytes((FOLDER / "matplotlibrc").read_bytes())
        for name, notebook in notebooks.items():
            nbformat.write(notebook_for(notebook, teacher=teacher), place / name)
    (folder / "teacher" / "nbgrader_config.py").write_text(CONFIGURATION, encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
