"""Files that `save` writes, run without this package and compared with the engine."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from autograd import (
    CompileError,
    Value,
    compile,
    exp,
    gamma,
    hypot,
    ieee,
    lgamma,
    log,
    polygamma,
    scan,
    sin,
    sqrt,
    value_and_grad,
    where,
)  # fmt: skip
from autograd.tree import flatten
from tests import graphs
from tests.graphs import apply, sample
from tests.languages import LANGUAGES, Ask, answers, plain
from tests.naive import Graph

BASIC = graphs.smooth_graphs(["abs", "add", "div", "maximum", "mul", "neg", "relu", "sqrt", "sub"])
KINDS = ("value", "value_and_grad", "hessian")


def as_function(graph: Graph) -> Callable[..., Any]:
    """A graph as a function of its leaves."""

    def f(x: Any) -> Any:
        return graph.run(list(x), apply)[-1]

    return f


def row(found: Any) -> list[float]:
    return [float(x) for x in flatten(found)[0]]


def close(x: float, y: float, tolerance: float) -> bool:
    return x == y or (x != x and y != y) or abs(x - y) <= tolerance * max(1.0, abs(y))


@pytest.mark.parametrize("language", LANGUAGES)
def test_random_graphs_by_value_gradient_and_hessian(language: str, tmp_path: Path) -> None:
    asked, wanted = [], []
    for i, graph in enumerate(sample(100)):
        x = [*map(float, graph.leaves)]
        c = compile(as_function(graph))
        file = tmp_path / f"f{i}.{language}"
        c.save(file, x, derivatives=KINDS)
        asked += [Ask(file, kind, (x,)) for kind in KINDS]
        wanted += [row(found) for found in (c(x), c.value_and_grad(x), c.hessian(x))]
    assert len(asked) == 300
    for ask, got, expected in zip(asked, answers(asked), wanted, strict=True):
        assert not isinstance(got, str), got
        tolerance = 0.0 if language == "py" else 1e-10 if ask.kind == "hessian" else 1e-11
        assert all(close(x, y, tolerance) for x, y in zip(got, expected, strict=True)), (ask, got, expected)


@pytest.mark.parametrize("language", LANGUAGES)
def test_arithmetic_alone_gives_the_same_bits(language: str, tmp_path: Path) -> None:
    asked, wanted = [], []
    for i, graph in enumerate(sample(60, BASIC)):
        x = [*map(float, graph.leaves)]
        c = compile(as_function(graph))
        file = tmp_path / f"f{i}.{language}"
        c.save(file, x, derivatives=["value_and_grad"])
        asked.append(Ask(file, "value_and_grad", (x,)))
        wanted.append(row(c.value_and_grad(x)))
    for ask, got, expected in zip(asked, answers(asked), wanted, strict=True):
        assert list(map(repr, got)) == list(map(repr, expected)), ask


@pytest.mark.parametrize("language", LANGUAGES)
def test_all_kinds_in_the_structures_of_the_eager_ones(language: str, tmp_path: Path) -> None:
    numpy = pytest.importorskip("numpy")

    def f(x: Any, p: Any, m: Any) -> Any:
        return {"a": sin(x) * p["w"][1], "b": [p["w"][0] * x * m[1, 0], p["v"] ** 2, 3.0]}

    def scalar(x: Any, p: Any, m: Any) -> Any:
        return sin(x) * p["w"][1] + exp(p["w"][0]) * m[0, 1] * p["v"]

    args = (0.7, {"v": 2.0, "w": (0.3, -0.4)}, numpy.array([[1.0, 2.0], [3.0, 4.0]]))
    d = (1.0, {"v": 0.5, "w": (-1.0, 2.0)}, numpy.array([[0.0, 1.0], [0.0, 0.0]]))
    weights = {"a": 2.0, "b": [1.0, -1.0, 0.5]}
    file, scalars = tmp_path / f"f.{language}", tmp_path / f"scalar.{language}"
    c, s = compile(f, argnums=(0, 1)), compile(scalar, argnums=(1, 2))
    c.save(file, *args, derivatives=["jacobian", "jvp", "vjp"])
    s.save(scalars, *args, derivatives=["grad", "value_and_grad", "hvp"])
    asked = [
        (Ask(file, "value", args), c(*args)),
        (Ask(file, "jacobian", args), c.jacobian(*args)),
        (Ask(file, "jvp", (*args, *d)), c.jvp(args, d)),
        (Ask(file, "vjp", (*args, weights)), c.vjp(*args)[1](weights)),
        (Ask(scalars, "grad", args), s.grad(*args)),
        (Ask(scalars, "value_and_grad", args), s.value_and_grad(*args)),
        (Ask(scalars, "hvp", (*args, *d)), s.hvp(args, d)),
    ]
    for (ask, found), got in zip(asked, answers([ask for ask, _ in asked]), strict=True):
        assert got == pytest.approx(row(plain(found)), rel=1e-15, abs=0), ask.kind


def branching(x: float, y: float) -> Any:
    z: Any = x * y
    if x > 0:
        z = z + 1 if y > x else log(x) * y
    return z * z


@pytest.mark.parametrize("language", LANGUAGES)
def test_paths_that_were_taken_are_branches_and_others_an_error(language: str, tmp_path: Path) -> None:
    c = compile(branching)
    points = [(1.0, 3.0), (2.0, 1.0), (0.5, -1.0), (0.25, 9.0)]
    wanted = [c.value_and_grad(*point) for point in points]
    file = tmp_path / f"f.{language}"
    c.save(file)
    asked = [
        Ask(file, kind, point)
        for kind in ("value", "value_and_grad")
        for point in (*points, (-1.0, 1.0), (math.nan, 1.0))
    ]
    found = answers(asked)
    for got, expected in zip(found[6:10], wanted, strict=True):
        assert [*map(float, got)] == pytest.approx(row(expected), rel=1e-15)
    assert [float(got[0]) for got in found[:4]] == pytest.approx([value for value, _ in wanted], rel=1e-15)
    for i in (4, 5, 10, 11):
        assert isinstance(found[i], str)
        assert "unknown" in found[i] or "not recorded" in found[i]
    c(-1.0, 1.0)
    c.save(file)
    assert answers([Ask(file, "value", (-1.0, 1.0))]) == [[1.0]]
    assert ("two ways" in file.read_text()) is False
    assert "3 ways" in file.read_text()


@pytest.mark.parametrize("language", LANGUAGES)
def test_where_computes_only_what_is_needed(language: str, tmp_path: Path) -> None:
    c = compile(lambda x, y: where(x > 0, lambda: log(x) * y, 0.0) + where(x > 1, lambda: sqrt(x - 1), lambda: y / x))
    file = tmp_path / f"f.{language}"
    c.save(file, 2.0, 3.0, derivatives=["hessian", "grad"])
    points = [(2.0, 3.0), (-2.0, 3.0), (0.5, -1.0), (1e-3, 1e3)]
    asked = [Ask(file, kind, point) for point in points for kind in ("value", "grad", "hessian")]
    wanted = [found for point in points for found in (c(*point), c.grad(*point), c.hessian(*point))]
    for ask, got, expected in zip(asked, answers(asked), wanted, strict=True):
        assert all(close(x, y, 1e-14) for x, y in zip(map(float, got), row(expected), strict=True)), (
            ask,
            got,
            expected,
        )


EDGES = [0.0, -0.0, 1.0, -1.0, 0.5, 800.0, -800.0, math.inf, -math.inf, math.nan]


def power_of_half(x: Any) -> Any:
    """Of -inf, C's power is inf, but programs take roots."""
    return x**0.5 + x**2


def log_gamma(x: Any) -> Any:
    """Of -inf it is inf in C99, which is outside its domain only for its slope."""
    return lgamma(x) + 0.0


UNLIKE = (power_of_half, log_gamma)
FUNCTIONS: list[Callable[..., Any]] = [
    lambda x: sqrt(x) * 2.0,
    lambda x: log(x),
    lambda x: 1.0 / x,
    lambda x: exp(x) - exp(x * 2),
    power_of_half,
    lambda x: x**-1.5,
    lambda x: gamma(x) * 1.0,
    log_gamma,
    lambda x: polygamma(0, x),
    lambda x: sin(x),
    lambda x: hypot(x, x),
    lambda x: exp(where(x > 0, lambda: log(x), x)),
]


@pytest.mark.parametrize("language", LANGUAGES)
def test_at_the_edges_python_raises_as_the_engine_and_others_give_nan_or_infinity(
    language: str, tmp_path: Path
) -> None:
    asked, wanted = [], []
    for i, f in enumerate(FUNCTIONS):
        c = compile(f)
        file = tmp_path / f"f{i}.{language}"
        c.save(file, 0.75, derivatives=["value_and_grad"])
        for x in EDGES:
            if x == -math.inf and f in UNLIKE:
                continue
            asked.append(Ask(file, "value_and_grad", (x,)))
            if language == "py":
                try:
                    wanted.append(row(c.value_and_grad(x)))
                except ValueError:
                    wanted.append([])
            else:
                with ieee():
                    wanted.append(row(value_and_grad(f)(x)))
    for ask, got, expected in zip(asked, answers(asked), wanted, strict=True):
        if isinstance(got, str):
            assert got.startswith("ValueError: The function is asked outside its domain"), got
            assert expected == [], ask
        else:
            assert len(expected) == 2, (ask, got)
            assert all(close(x, y, 1e-14) for x, y in zip(got, expected, strict=True)), (ask, got, expected)


HOSTILE = ["double", "for", "x); system(", "*/ int main(", "`${1}`", "θ", "__proto__", "value", "exit", "t_1", "linux"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_labels_and_keys_are_safe_whatever_they_say(language: str, tmp_path: Path) -> None:
    outside = [Value(float(i + 1), label=label) for i, label in enumerate(HOSTILE)]

    def f(x: dict[str, Any]) -> Any:
        total: Any = 0.0
        for w, key in zip(outside, HOSTILE, strict=True):
            part: Any = x[key] * w
            part = part * part
            part.label = key
            total = total + part * part
        return {key: total * (i + 1) for i, key in enumerate(HOSTILE[:3])}

    c = compile(f)
    x = {key: 0.5 + i for i, key in enumerate(HOSTILE)}
    file = tmp_path / f"f.{language}"
    c.save(file, x, derivatives=["jacobian"])
    asked = [Ask(file, kind, (x,)) for kind in ("value", "jacobian")]
    for got, expected in zip(answers(asked), (c(x), c.jacobian(x)), strict=True):
        assert got == row(expected), got


def test_names_of_parameters_and_files_are_identifiers(tmp_path: Path) -> None:
    c = compile(lambda sin, double, out: sin * double * exp(out))
    for file in ("double.c", "2 x.c", "θ.c", "f.js", "f.py"):
        c.save(tmp_path / file, 1.0, 2.0, 0.5, derivatives=["grad"])
    assert (
        "int double_2_value(double sin_2, double double_2, double out_2, double *out)"
        in (tmp_path / "double.h").read_text()
    )
    assert "int _2_x_value(" in (tmp_path / "2 x.c").read_text()
    assert '#include "θ.h"\n' in (tmp_path / "θ.c").read_text()
    assert "int theta_grad(" in (tmp_path / "θ.h").read_text()
    assert "def value(sin_2, double, out):" in (tmp_path / "f.py").read_text()


def test_the_comment_says_what_is_constant(tmp_path: Path) -> None:
    scale = Value(0.5, label="scale")

    def f(x: Any, n: int, flag: bool) -> Any:
        for _ in range(n):
            x = sin(x) * scale
        return x if flag else -x

    compile(f).save(tmp_path / "f.py", 1.0, 3, True)
    text = (tmp_path / "f.py").read_text()
    for line in (
        "# f: value, written by scalar-autograd.",
        "# - x: a number.",
        "# - n = 3",
        "# - flag = True",
        "# - scale = 0.5",
    ):
        assert line in text
    assert "def value(x):" in text


def test_what_cannot_be_saved_is_refused_in_words(tmp_path: Path) -> None:
    c = compile(lambda x, y: x * y)
    with pytest.raises(ValueError, match=r"^A program is saved as \.py, \.c, \.js, \.mjs; 'f\.f90' ends otherwise\.$"):
        c.save(tmp_path / "f.f90", 1.0, 2.0)
    with pytest.raises(ValueError, match=r"^C cannot include a header of this name: 'a\"b\.h'\.$"):
        compile(lambda x: x * x).save(tmp_path / 'a"b.c', 1.0)
    with pytest.raises(ValueError, match=r"^There is no 'gradient'; there are value, value_and_grad, grad, "):
        c.save(tmp_path / "f.py", 1.0, 2.0, derivatives=["gradient"])
    with pytest.raises(CompileError, match=r"as there was no call so far: give some\.$"):
        c.save(tmp_path / "f.py")
    with pytest.raises(TypeError, match="cannot be called with these arguments"):
        c.save(tmp_path / "f.py", 1.0)
    c(1.0, 2.0)
    c(1.0, Value(2.0).data)
    c.save(tmp_path / "f.py")
    c([1.0][0], 2)
    with pytest.raises(CompileError, match="as calls so far had 2 kinds of them"):
        c.save(tmp_path / "f.py")
    with pytest.raises(CompileError, match="polygamma only of a whole order"):
        compile(lambda n, x: polygamma(n, x), argnums=1).save(tmp_path / "f.c", 1.0, 2.0)
    assert not (tmp_path / "f.c").exists()


@pytest.mark.parametrize("language", LANGUAGES)
def test_of_sparse_matrices_the_non_zeros_in_a_row(language: str, tmp_path: Path) -> None:
    pytest.importorskip("scipy")
    c = compile(lambda x: [x[0] * x[2], sin(x[1]), x[2] * 3.0], sparse=True)
    x, file = [2.0, 0.5, 3.0], tmp_path / f"f.{language}"
    c.save(file, x, derivatives=["jacobian"])
    assert "row 0, column 2\n" in file.read_text()
    assert answers([Ask(file, "jacobian", (x,))]) == [c.jacobian(x).data.tolist()]


@pytest.mark.parametrize("language", LANGUAGES)
def test_loops_stay_loops(language: str, tmp_path: Path) -> None:
    pytest.importorskip("numpy")
    from tests.test_compiler_loops import AT, FUNCTIONS

    asked, wanted = [], []
    for f in FUNCTIONS:
        c = compile(f)
        file = tmp_path / f"{f.__name__}.{language}"
        c.save(file, AT, derivatives=[*KINDS, "jvp"])
        d = [1.0, -2.0, 0.5]
        asked += [Ask(file, kind, (AT,)) for kind in KINDS] + [Ask(file, "jvp", (AT, d))]
        wanted += [row(x) for x in (c(AT), c.value_and_grad(AT), c.hessian(AT), c.jvp((AT,), (d,)))]
        assert "for" in file.read_text() or f.__name__ in ("newton", "no_steps", "one_step"), f.__name__
    for ask, got, expected in zip(asked, answers(asked), wanted, strict=True):
        assert not isinstance(got, str), (ask, got)
        assert got == pytest.approx(expected, rel=1e-11, abs=1e-13), ask


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_loop_goes_through_a_parameter_itself(language: str, tmp_path: Path) -> None:
    def f(r: Any, xs: Any, w: Any) -> Any:
        return scan(lambda c, x: (sin(c * w[0]) + x * r, None), w[1], xs)[0]

    c, args, file = compile(f, argnums=2), (0.5, [1.0, 2.0, 3.0, 4.0], [0.1, 0.2]), tmp_path / f"f.{language}"
    c.save(file, *args, derivatives=["grad"])
    (got,) = answers([Ask(file, "grad", args)])
    assert got == pytest.approx(c.grad(*args), rel=1e-14)
    if language != "py":
        assert "xs[i]" in file.read_text()
        assert "xs_1" not in file.read_text()


@pytest.mark.parametrize("language", LANGUAGES)
def test_numbers_and_parameters_that_are_not_used(language: str, tmp_path: Path) -> None:
    outside = Value(5.0)
    c, args = compile(lambda x, w, z: w[1] * 2.0 + outside, argnums=1), (1.0, [2.0, 3.0], [1.0, 1.0])
    c.save(tmp_path / f"f.{language}", *args, derivatives=["grad"])
    assert answers([Ask(tmp_path / f"f.{language}", kind, args) for kind in ("value", "grad")]) == [[11.0], [0.0, 2.0]]


def test_ways_share_what_is_outside_and_one_of_many_branches_needs_but_one_call(tmp_path: Path) -> None:
    scale = Value(2.0, label="scale")

    def f(x: Any) -> Any:
        for _ in range(20):
            x = x * scale if x < 1 else x / scale
        return x

    c = compile(f)
    c.save(tmp_path / "f.py", 0.3)
    with pytest.raises(CompileError, match="no call so far"):
        compile(f).save(tmp_path / "f.py")
    for x in (0.3, 0.7, 0.3, 0.7):
        c(x)
    c.save(tmp_path / "f.py")
    assert answers([Ask(tmp_path / "f.py", "value", (x,)) for x in (0.3, 0.7)]) == [[f(0.3).data], [f(0.7).data]]
    assert (tmp_path / "f.py").read_text().count("- scale = 2.0") == 1


def test_a_function_that_asks_otherwise_each_time_is_refused(tmp_path: Path) -> None:
    runs = [0]

    def f(x: Any) -> Any:
        runs[0] += 1
        return x * 2 if x > runs[0] else x

    c = compile(f, outside="constant")
    c(5.0)
    c(-5.0)
    with pytest.raises(CompileError, match="differs from one run to the next"):
        c.save(tmp_path / "f.py")
