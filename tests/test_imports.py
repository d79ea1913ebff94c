"""Imports run one way only; what `from autograd import *` brings."""

from __future__ import annotations

import ast
import builtins
import importlib
import inspect
import re
from collections.abc import Callable, Iterator
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

import pytest

import autograd
import nn

ROOT = Path(__file__).parents[1]
FILES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
    for package in ("autograd", "nn")
    for path in (ROOT / package).rglob("*.py")
}


def imported(module: str, deferred: bool = False) -> Iterator[tuple[str, str]]:
    """What a module of ours imports from ours when it is loaded: pairs of the other module and the name taken from it.

    Imports within functions and for type checkers count only if `deferred`.
    """
    later: set[ast.AST] = set()
    for node in ast.walk(ast.parse(FILES[module].read_text())):
        if isinstance(node, (ast.FunctionDef, ast.If)) and not deferred:
            later.update(ast.walk(node))
        if node in later:
            continue
        if isinstance(node, ast.Import):
            yield from ((alias.name, "") for alias in node.names if alias.name in FILES)
        if isinstance(node, ast.ImportFrom) and node.module in FILES:
            for alias in node.names:
                submodule = f"{node.module}.{alias.name}"
                yield (submodule, "") if submodule in FILES else (node.module, alias.name)


USES = {module: {other for other, _ in imported(module)} for module in FILES}


ALL_USES = {module: {other for other, _ in imported(module, deferred=True)} - {module} for module in FILES}

# A module imports from its own room and from the rooms above it, wherever in its file the import stands.
ROOMS = {
    "machine": "_guard core collector extras files commandline",
    "engine": "arithmetic edges special op composed custom_op ops graph recording copying value accumulation sweeps "
    "arrays sparsity sparse tree call",
    "calculus": "control_flow sequences reread balls precision derivatives series taylor enclosure "
    "slopes gradcheck paths",
    "words": "typeset",
    "formulas": "formula vector rewrites diagnose reading expression",
    "compiler": "compiler",  # above what draws, since the page that plays the passes carries a compiled program
    "diagrams": "diagram",
    "stepping": "stepping",
    "teaching": "exercises",
    "front door": "autograd saved __main__",
}
EXCEPTIONS = {
    ("autograd.expression", "autograd"): "an expression may call what is a public name, and nothing else",
}
CIRCLES = [
    # A Formula writes itself in notations, which take Formulas apart; only the type checker knows.
    {f"autograd.formula.{name}" for name in ("notation", "spelled", "vectors", "written")},
    # A traced number notes what happens to it in the trace of its run, which holds traced numbers; likewise.
    {f"autograd.compiler.record.{name}" for name in ("recording", "traced", "watching")},
]

COMMANDS = {"autograd.__main__", "nn.__main__"}
TWICE = {
    "__getattr__": {"autograd", "nn"},  # Python's own name: what is imported when it is first asked for
    "_Parser": COMMANDS,
    "_parser": COMMANDS,
    "main": COMMANDS,
    "draw": {"autograd.diagram.figure.dataflow", "nn.drawing"},  # a public name of both packages
    "softmax": {"autograd.composed", "autograd.ops"},  # the formula that every namespace gets, and that of Values
}


def room(module: str) -> int:
    """The number of the room that a module of autograd is in, from the top."""
    first = module.removeprefix("autograd.").split(".")[0]
    (found,) = [i for i, names in enumerate(ROOMS.values()) if first in names.split()]
    return found


def needs(module: str) -> set[str]:
    """All modules that a module needs, over any number of steps."""
    found: set[str] = set()
    stack = [module]
    while stack:
        new = USES[stack.pop()] - found
        found |= new
        stack += new
    return found


def test_no_modules_import_each_other_in_a_circle() -> None:
    order = list(TopologicalSorter(USES).static_order())
    assert set(order) == set(FILES)
    assert order.index("autograd.ops") < order.index("autograd.value") < order.index("autograd.derivatives")


def test_rooms_import_from_the_rooms_above_them_alone() -> None:
    ours = [module for module in FILES if module.startswith("autograd")]
    wrong = {(one, other) for one in ours for other in ALL_USES[one] if room(other) > room(one)}
    assert wrong == set(EXCEPTIONS)


def test_typesetting_knows_neither_graphs_nor_functions() -> None:
    assert all(other.startswith("autograd.typeset") for one in FILES if "typeset" in one for other in ALL_USES[one])


def test_the_colours_and_font_sizes_of_diagrams_stand_in_one_file() -> None:
    sources = {module: FILES[module].read_text() for module in FILES if module.startswith("autograd.diagram.")}
    colored = {module for module, source in sources.items() if re.search(r"[\"':]#[0-9a-fA-F]{3,6}\b", source)}
    number = re.compile(r"^[A-Z_, ]+ = .*\b\d+\.\d", re.MULTILINE)
    numbers = {module.removeprefix("autograd.diagram.") for module, source in sources.items() if number.search(source)}
    costs = {f"layout.{name}" for name in ("draft", "geometry", "layout", "passing", "positions", "routes", "straight")}
    units = {"exports"}
    assert colored == {"autograd.diagram.style"}
    assert numbers - costs - units == {"style"}


def test_there_is_no_circle_even_of_imports_within_functions_and_for_type_checkers() -> None:
    uses = {module: {*others} for module, others in ALL_USES.items() if module.startswith("autograd")}
    for one, other in EXCEPTIONS:
        uses[one].discard(other)
    for circle in CIRCLES:
        assert all(uses[module] & circle for module in circle)
        for module in circle:
            uses[module] -= circle
    assert set(TopologicalSorter(uses).static_order()) >= set(uses)


def test_a_name_is_defined_in_one_module_but_for_these() -> None:
    """A reader who meets a name anywhere should know what it is."""
    where: dict[str, list[str]] = {}
    for module, path in FILES.items():
        nodes = ast.parse(path.read_text()).body
        for name in {node.name for node in nodes if isinstance(node, (ast.FunctionDef, ast.ClassDef))}:
            where.setdefault(name, []).append(module)
    assert {name: {*modules} for name, modules in where.items() if len(modules) > 1} == TWICE


def test_the_table_knows_nothing_of_values_and_values_nothing_of_their_readers() -> None:
    arithmetic = {"autograd.arithmetic", "autograd.edges", "autograd.special"}
    table = arithmetic | {"autograd.composed", "autograd.custom_op", "autograd.op"}
    value = table | {"autograd.ops", "autograd.graph", "autograd.recording", "autograd.copying"}
    assert needs("autograd.arithmetic") == {"autograd.edges", "autograd.special"}
    assert needs("autograd.ops") == table
    assert needs("autograd.value") == value
    assert needs("autograd.sweeps") == value | {"autograd.value"}
    assert needs("autograd.call") == value | {"autograd.value", "autograd.sweeps", "autograd.tree"}
    assert needs("autograd.derivatives") == needs("autograd.call") | {
        "autograd.accumulation",
        "autograd.call",
        "autograd.extras",
        "autograd.precision",
        "autograd.reread",
        "autograd.sparse",
        "autograd.sparsity",
    }


def test_of_the_engine_only_what_draws_needs_the_diagrams() -> None:
    diagrams = {module for module in FILES if module.startswith("autograd.diagram")}
    drawing = {module for module in FILES if module.startswith("autograd") and needs(module) & diagrams}
    assert {module.split(".")[1] for module in drawing} <= {"diagram", "stepping", "exercises", "__main__"}
    assert not needs("autograd") & diagrams


def test_autograd_does_not_know_nn() -> None:
    assert not any(
        other.startswith("nn") for module, used in USES.items() if module.startswith("autograd") for other in used
    )


def test_nn_takes_public_names_only() -> None:
    for module in FILES:
        if module.startswith("nn"):
            for other, name in imported(module):
                if other.startswith("autograd") and name:
                    public = importlib.import_module(other).__all__
                    assert name in public or (other == "autograd" and name in {"abs", "pow", "sum"}), (module, name)


@pytest.mark.parametrize("package", ["autograd", "nn"])
def test_a_star_import_shadows_no_builtin_and_every_name_is_there(package: str) -> None:
    module = importlib.import_module(package)
    public = module.__all__
    assert not set(public) & set(dir(builtins))
    assert len(public) == len(set(public))
    assert all(hasattr(module, name) for name in public)


def test_every_function_of_the_table_that_has_no_operator_is_a_public_name() -> None:
    operators = {"add", "sub", "mul", "div", "mod", "floordiv", "neg", "power", "identity"}
    slopes = {"sech", "sigmoid_slope", "unit", "one_minus_square", "difference"}  # rows for the sake of other rows
    rows = {name: row for name, row in vars(autograd.ops).items() if autograd.ops.TABLE.get(name) is row}
    for name in set(rows) - operators - slopes:
        assert getattr(autograd, name) is rows[name]


@pytest.mark.parametrize("package", [autograd, nn], ids=["autograd", "nn"])
def test_the_docstring_of_every_public_function_says_what_it_raises(package: Any) -> None:
    """So does that of every row of the table, and of every class and method that raises something itself."""
    public = {name: getattr(package, name) for name in [*package.__all__, *["compile"] * (package is autograd)]}
    asked: dict[str, Any] = {
        name: f for name, f in public.items() if inspect.isfunction(f) or isinstance(f, autograd.ops.Op)
    }
    assert len(asked) > 12
    for name, kind in public.items():
        if inspect.isclass(kind) and not issubclass(kind, Exception):
            for method, f in inspect.getmembers_static(kind):
                f = f.fget if isinstance(f, property) else f
                code = f.__code__ if inspect.isfunction(f) else None
                if code and Path(code.co_filename).exists() and " raise " in inspect.getsource(code):
                    if method in ("__init__", "__post_init__"):
                        asked[name] = kind
                    elif not method.startswith("_") and method in vars(kind):
                        asked[f"{name}.{method}"] = f
    silent = [name for name, f in asked.items() if not re.search("[Rr]aise[sd]?\\b", f.__doc__ or "")]
    assert not silent


def test_a_docstring_names_its_own_subject() -> None:
    """So that it can be read without the one before it."""
    leaning = re.compile(r"(The same|Another|One more|Those|That|They|It|Its|Their|Such|Likewise)\b")
    kinds = (ast.Module, ast.ClassDef, ast.FunctionDef)
    found = [node for path in FILES.values() for node in ast.walk(ast.parse(path.read_text("utf-8")))]
    docs = [ast.get_docstring(node) or "" for node in found if isinstance(node, kinds)]
    assert len(docs) > 2000
    assert not [doc for doc in docs if leaning.match(doc) or "likewise" in doc]


@pytest.mark.parametrize("function", [autograd.diagnose, autograd.formula, autograd.draw])
def test_what_takes_a_value_refuses_a_number_by_name(function: Callable[[Any], object]) -> None:
    with pytest.raises(TypeError, match=rf"^{function.__name__} takes Values, got 3\.0 \(float\)\.$"):
        function(3.0)


def test_gradients_takes_values_alone() -> None:
    x = autograd.Value(2.0)
    for y, xs in ((3.0, [x]), (x * x, [3.0])):
        with pytest.raises(TypeError, match=r"^gradients takes Values, got 3\.0 \(float\)\.$"):
            autograd.gradients(y, xs)  # type: ignore[arg-type]  # on purpose


def test_a_name_that_is_not_there_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match=r"^module 'autograd' has no attribute 'sine'$"):
        assert autograd.sine
