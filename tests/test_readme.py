"""What the README says besides its Python, which pytest runs as doctests: commands, their output, and places."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", README, re.DOTALL | re.MULTILINE)


def recipe(target: str) -> list[str]:
    """The commands of a target of the Makefile, with those of the targets it needs, as one would type them."""
    rule = re.search(rf"^{target}: *(.*)\n((?:\t.*\n)+)", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert rule is not None
    needed, commands = rule[1], rule[2].replace("$(python)", ".venv/bin/python").split("\n\t")
    return [*(recipe("check") if needed == "check" else []), *(command.strip() for command in commands)]


def test_the_commands_for_those_without_make_are_those_of_make() -> None:
    _, demo, test = blocks("sh")
    make_environment = ["python3 -m venv .venv", '.venv/bin/pip install --editable ".[{}]"']
    assert demo.splitlines() == [line.format("dot") for line in make_environment] + recipe("demo")
    assert test.splitlines() == [line.format("test") for line in make_environment] + recipe("test")


def test_the_workflow_runs_what_make_test_runs() -> None:
    workflow = (ROOT / ".github" / "workflows" / "test.yml").read_text(encoding="utf-8")
    install, *commands = re.findall(r"^ *- run: (.*)$", workflow, re.MULTILINE)
    assert install == 'python -m pip install --editable ".[test]"'
    assert commands == [command.removeprefix(".venv/bin/") for command in recipe("test")]


def test_the_targets_of_make_are_there() -> None:
    targets = re.findall(r"^make (\w+)", blocks("sh")[0], re.MULTILINE)
    assert targets == ["demo", "test", "bench", "notebooks", "docs"]
    for target in targets:
        assert recipe(target)


def test_the_printed_output_is_that_of_the_command(tmp_path: Path) -> None:
    (shown,) = blocks("text")
    command = shlex.split(next(line for line in recipe("demo") if "-m autograd" in line))
    environment = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"}
    done = subprocess.run(
        [sys.executable, *command[1:]], cwd=tmp_path, env=environment, capture_output=True, check=True
    )
    digits = re.compile(r"\d+ digits")  # as many as the machine's sin and cos allow
    assert digits.sub("N digits", done.stdout.decode()) == digits.sub("N digits", shown)


def test_every_place_that_it_or_the_page_for_contributors_names_exists() -> None:
    pages = README + (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    named = re.findall(r"(?:`|src=\")([\w/]+(?:\.\w+|/))[`\"]", pages)
    places = [name for name in named if "/" in name]
    assert len(places) > 10
    for place in [*places, *re.findall(r"\]\(([\w/.]+)\)", pages)]:
        assert (ROOT / place).exists(), place
