"""Imports run one way only, and `from autograd import *` is harmless."""

import ast
import builtins
from pathlib import Path

import autograd

ROOT = Path(__file__).parent.parent

# From the ground up: a file imports only from files that stand before it here.
FLOORS = [
    "_guard",
    "special",
    "arithmetic",
    "op",
    "ops",
    "graph",
    "value",
    "precision",
    "tree",
    "derivatives",
    "paths",
    "vector",
    "formula",
    "diagnose",
    "gradcheck",
    "diagram",
    "steps",
    "expression",
    "__main__",
]


def _imports(file: Path) -> set[str]:
    """The names `autograd.X`, `nn.X` that a file imports when it runs, as "X" and "nn"."""
    found = set()
    tree = ast.parse(file.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        for child in ast.iter_child_nodes(node):
            child.parent = node  # type: ignore[attr-defined]  # ast keeps no way up
    for node in ast.walk(tree):
        if isinstance(node, (ast.Import, ast.ImportFrom)) and not _for_types_only(node):
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            else:
                assert node.level == 0, "imports are absolute"
                names = [f"{node.module}.{alias.name}" for alias in node.names]
            for name in names:
                top, *rest = name.split(".")
                if top == "nn":
                    found.add("nn")
                if top == "autograd" and rest:
                    found.add(rest[0])
    return found


def _for_types_only(node: ast.AST) -> bool:
    while (node := getattr(node, "parent", None)) is not None:  # type: ignore[assignment]  # set by _imports
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            return True
    return False


def _room(file: Path) -> str:
    return file.relative_to(ROOT / "autograd").parts[0].removesuffix(".py")


def test_each_file_of_autograd_imports_only_from_the_floors_below() -> None:
    for file in sorted((ROOT / "autograd").rglob("*.py")):
        room = _room(file)
        if room in ("__init__", "core"):  # the face of the package, and the tripwire of the guard
            continue
        assert room in FLOORS, f"{file} has no floor: say in this test where it stands"
        below = FLOORS[: FLOORS.index(room) + ("." not in room and (ROOT / "autograd" / room).is_dir())]
        rooms = {name for name in _imports(file) if name in FLOORS or name == "nn"}
        assert rooms <= set(below), f"{file.name} imports {sorted(rooms - set(below))}, which stand above it"


def test_nn_imports_public_names_only() -> None:
    for file in sorted((ROOT / "nn").rglob("*.py")):
        allowed = {"diagram", "formula", "op", "ops"} | set(autograd.__all__) | {"abs", "pow", "sum", "nn"}
        assert _imports(file) <= allowed, f"{file.name} imports {sorted(_imports(file) - allowed)}"


def test_a_star_import_shadows_nothing_of_pythons_own() -> None:
    assert not set(autograd.__all__) & set(dir(builtins))
    assert all(hasattr(autograd, name) for name in autograd.__all__)


def test_every_function_of_the_table_is_public() -> None:
    helpers = {
        "identity",
        "one_minus_square",
        "power",
        "sech",
        "sigmoid_slope",
        "unit",
        "add",
        "sub",
        "mul",
        "div",
        "neg",
    }
    assert set(autograd.ops.TABLE) - helpers <= set(dir(autograd))
