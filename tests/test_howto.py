"""How-to pages that are sessions in a shell: what they write down, run in that order, shows what they say."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from math import isclose
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGES = ROOT / "notebooks" / "site" / "howto"
NUMBER = re.compile(r"(?<![\w.])\d+(?:\.\d+)?(?![\w.])")  # a trained network's differ from machine to machine


@pytest.mark.parametrize(
    ("name", "needs"),
    [("deploy", []), ("draw", ["pygraphviz"]), ("table", ["numpy", "pandas", "pygraphviz", "safetensors", "sklearn"])],
)
def test_a_page_does_what_it_says(name: str, needs: list[str], tmp_path: Path) -> None:
    for module in needs:
        pytest.importorskip(module, reason="the page uses it")
    for program in ("sh", "cc"):
        if not shutil.which(program):
            pytest.skip(f"there is no {program}")
    shutil.copy(ROOT / "notebooks" / "data" / "titanic.csv", tmp_path)
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = os.environ | {"PATH": path, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"}
    text = (PAGES / f"{name}.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```(\w+)\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
    for language, block in blocks:
        if language in ("python", "c") and not block.startswith(">>>"):  # these are doctests
            (tmp_path / re.findall(r"\w+\.\w+", block)[0]).write_text(block, encoding="utf-8")
    shown = ""
    for language, block in blocks:
        if language == "sh":
            done = subprocess.run(
                ["sh", "-ec", block], cwd=tmp_path, env=environment, capture_output=True, encoding="utf-8"
            )
            assert done.returncode == 0, done.stderr
            shown = done.stdout
        elif language == "text":
            assert NUMBER.sub("N", shown) == NUMBER.sub("N", block)
            numbers = zip(NUMBER.findall(shown), NUMBER.findall(block), strict=True)
            assert all(isclose(float(x), float(y), rel_tol=0.1, abs_tol=2.0 * x.isdigit()) for x, y in numbers), shown
