"""ARCHITECTURE.md speaks of what is there, and of all of it."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
FILES = sorted({*re.findall(r"`([\w/.]+(?:\.py|/))`", PAGE)})


@pytest.mark.parametrize("name", FILES)
def test_what_the_page_names_exists(name: str) -> None:
    assert any((folder / name).exists() for folder in _folders())


def _folders() -> list[Path]:
    """Where a name may begin, or go on after the one before it in a list."""
    packages = [path.parent for room in ("autograd", "nn") for path in (ROOT / room).rglob("__init__.py")]
    return [ROOT, ROOT / "autograd", *packages]


def test_every_module_stands_in_a_room() -> None:
    table = PAGE.split("## The rooms")[1].split("## ")[0]
    rooms = {*re.findall(r"`([\w/.]+)`", table)}
    for path in sorted((ROOT / "autograd").rglob("*.py")):
        module = path.relative_to(ROOT / "autograd").with_suffix("").as_posix()
        if not Path(module).name.startswith("__"):
            parents = [f"{parent.as_posix()}/" for parent in Path(module).parents[:-1]]
            assert module in rooms or rooms & {*parents} or f"{module}.py" in rooms, module


def test_walks_are_short() -> None:
    walks = PAGE.split("## Three walks")[1].split("## ")[0].split("**A ")[1:]
    assert [0 < len(re.findall(r"^\d+\. ", walk, re.MULTILINE)) <= 10 for walk in walks] == [True] * 3
    files = [{*re.findall(r"`([\w/.]+\.py)`", walk)} for walk in walks]
    assert [len(found) <= most for found, most in zip(files, (8, 14, 12), strict=True)] == [True] * 3, files


def test_files_have_one_idea_each() -> None:
    long = [
        path.relative_to(ROOT).as_posix()
        for room in ("autograd", "nn")
        for path in (ROOT / room).rglob("*.py")
        if path.read_text(encoding="utf-8").count("\n") > 300
    ]
    assert not long
