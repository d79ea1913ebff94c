"""Runs files that `save` wrote, many in one process: by a bare Python, by a C compiler, by node."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from autograd.tree import flatten

NODE, CC = shutil.which("node") or "", shutil.which("cc") or ""
FLAGS = ["-std=c99", "-Wall", "-Wextra", "-Werror", "-pedantic"]
LANGUAGES = [
    pytest.param("py", id="Python"),
    pytest.param("c", id="C", marks=pytest.mark.skipif(not CC, reason="there is no C compiler `cc`")),
    pytest.param("js", id="JavaScript", marks=pytest.mark.skipif(not NODE, reason="node is not installed")),
]


class Ask(NamedTuple):
    """A call of a function in a saved file."""

    file: Path
    kind: str
    args: tuple[Any, ...]


def answers(asked: Sequence[Ask]) -> list[list[float] | str]:
    """The numbers that each call gives, in a row, or its error; all files are of one language."""
    endings = {ask.file.suffix for ask in asked}
    (run,) = [_RUN[x] for x in endings]
    rows = run(asked)
    assert len(rows) == len(asked)
    return rows


def _row(line: str) -> list[float] | str:
    found = json.loads(line)
    return found if isinstance(found, str) else [float(x.replace("Infinity", "inf")) for x in found]


_LIST = "def row(x):\n    parts = x.values() if type(x) is dict else x if type(x) in (list, tuple) else None\n"
_LIST += "    return [repr(float(x))] if parts is None else [y for part in parts for y in row(part)]\n"


def _in_python(asked: Sequence[Ask]) -> list[list[float] | str]:
    lines = ["import json, sys", "inf, nan = float('inf'), float('nan')", _LIST]
    for ask in asked:
        lines += [
            f"sys.path[:] = [*filter(lambda x: 'python' in x, sys.path), {str(ask.file.parent)!r}]",
            f"import {ask.file.stem} as f",
            f"try: print(json.dumps(row(f.{ask.kind}(*{plain(ask.args)!r}))))",
            "except Exception as error: print(json.dumps(f'{type(error).__name__}: {error}'))",
        ]
    script = asked[0].file.with_name("run.txt")
    script.write_text("\n".join(lines))
    return _lines([sys.executable, "-I", "-S", str(script)], asked[0].file.parent)


def _in_javascript(asked: Sequence[Ask]) -> list[list[float] | str]:
    shown = "x => Object.is(x, -0) ? '-0' : String(Number(x))"
    lines = [
        "const row = x => typeof x === 'object' ? Object.values(x).flatMap(row) : [x];",
        f"const text = f => {{ try {{ return JSON.stringify(row(f()).map({shown})); }}",
        "catch (error) { return JSON.stringify(String(error)); } };",
    ]
    for i, ask in enumerate(asked):
        args = ", ".join(map(_js, plain(ask.args)))
        lines += [
            f"const f{i} = await import({json.dumps(ask.file.as_uri())});",
            f"console.log(text(() => f{i}.{ask.kind}({args})));",
        ]
    script = asked[0].file.with_name("run.mjs")
    script.write_text("\n".join(lines))
    return _lines([NODE, str(script)], asked[0].file.parent)


def _in_c(asked: Sequence[Ask]) -> list[list[float] | str]:
    """The status is 1 where a function does not know the way: that is an error like those of other languages."""
    files = dict.fromkeys(ask.file for ask in asked)
    lines = ["#include <math.h>", "#include <stdio.h>", *(f'#include "{file.stem}.h"' for file in files)]
    lines += [
        "static void show(int status, const double *out, int n) {",
        '    if (status) { printf("\\"unknown\\"\\n"); return; }',
    ]
    lines += ['    printf("[");', '    for (int i = 0; i < n; i++) printf("%s\\"%.17g\\"", i ? ", " : "", out[i]);']
    lines += ['    printf("]\\n");', "}", "int main(void) {", "    static double out[10000];"]
    for ask in asked:
        head = re.search(rf"\w+_{ask.kind}(?=\()", ask.file.with_suffix(".h").read_text())
        text = ask.file.with_suffix(".h").read_text().partition(f"_{ask.kind}(")[0].rpartition("/*")[2]
        assert head
        n = text.count("out[")
        lines.append("    {")
        args = []
        for i, arg in enumerate(ask.args):
            numbers = [_c(x) for x in flatten(arg)[0] if isinstance(x, float)]
            if isinstance(arg, (int, float)):
                args += numbers
            elif numbers:
                lines.append(f"        const double a{i}[] = {{{', '.join(numbers)}}};")
                args.append(f"a{i}")
        lines += [f"        show({head.group()}({', '.join([*args, 'out'])}), out, {n});", "    }"]
    folder = asked[0].file.parent
    (folder / "main.c").write_text("\n".join([*lines, "    return 0;", "}"]))
    sources = [str(file) for file in files]
    subprocess.run([CC, *FLAGS, "-O1", "-o", "main", *sources, "main.c", "-lm"], cwd=folder, check=True)
    return _lines([str(folder / "main")], folder)


def _c(x: float) -> str:
    return f"({x!r})".replace("inf", "INFINITY").replace("nan", "NAN")


def _js(tree: Any) -> str:
    if isinstance(tree, dict):
        return f"{{{', '.join(f'[{json.dumps(key)}]: {_js(x)}' for key, x in tree.items())}}}"
    return f"[{', '.join(map(_js, tree))}]" if isinstance(tree, (list, tuple)) else json.dumps(tree)


def plain(tree: Any) -> Any:
    """Lists in place of arrays."""
    if hasattr(tree, "tolist"):
        return tree.tolist()
    if isinstance(tree, dict):
        return {key: plain(x) for key, x in tree.items()}
    return type(tree)(map(plain, tree)) if isinstance(tree, (list, tuple)) else tree


def _lines(command: list[str], folder: Path) -> list[list[float] | str]:
    out = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert out.returncode == 0, out.stderr
    return [*map(_row, out.stdout.splitlines())]


_RUN = {".py": _in_python, ".c": _in_c, ".js": _in_javascript}
