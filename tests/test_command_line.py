"""`python -m autograd`: what it prints, what it writes, and how it refuses."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError
from io import StringIO
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from autograd.__main__ import main
from autograd.saved import ENDINGS

ROOT = Path(__file__).parents[1]
AUTOGRAD = [sys.executable, "-m", "autograd"]
EXERCISE_3A = "cos(x**2 * y) + x**2 * sqrt(z)"


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str]) -> "Say":
    return Say(capsys)


class Say:
    """Runs the command line in this process: gives what it prints, or the error it ends with."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self.capsys = capsys

    def __call__(self, *arguments: str) -> str:
        main(arguments)
        printed = self.capsys.readouterr()
        assert printed.err == ""
        return printed.out

    def error(self, *arguments: str) -> str:
        with pytest.raises(SystemExit) as caught:
            main(arguments)
        assert caught.value.code == 2
        (line,) = self.capsys.readouterr().err.splitlines()
        assert line.startswith("autograd: error: ")
        return line.removeprefix("autograd: error: ")


@pytest.mark.parametrize(
    ("expression", "x"), [("1/x", "1e-155"), ("x*x", "1.7e308"), ("log(x)", "1e-310"), ("gamma(x)", "1e-155")]
)
def test_slopes_beyond_the_largest_float_are_reported(say: Say, expression: str, x: str) -> None:
    assert re.search(r"^x .* -?inf .*cannot tell", say(expression, f"x={x}"), re.MULTILINE)


def test_it_prints_into_a_stringio(monkeypatch: pytest.MonkeyPatch) -> None:
    out = StringIO()
    monkeypatch.setattr(sys, "stdout", out)
    main(["x**2", "x=3"])
    assert "∂f/∂x = 2x" in out.getvalue()


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*AUTOGRAD, *arguments],
        cwd=ROOT,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        encoding="utf-8",
    )


@pytest.mark.parametrize(
    "arguments",
    [
        ("-" * 20_000 + "x", "x=1"),
        ("--" + "x" * 20_000, "x=1"),
        ("x" * 20_000,),
        ("x", "y" * 20_000),
        ("x", "=" * 20_000),
        ("x", "x=1", "--svg", "y" * 20_000),
        ("x", "--partials", "y" * 20_000),
        ("log(" + "x" * 20_000 + ")", "x" * 20_000 + "=-1"),
    ],
)
def test_an_error_is_never_longer_than_300_characters(say: "Say", arguments: tuple[str, ...]) -> None:
    assert len("autograd: error: " + say.error(*arguments)) <= 300


def test_what_is_printed_can_be_read_again(say: "Say") -> None:
    point = ("x=1", "y=2", "z=4")
    printed = say(EXERCISE_3A, *point)
    for line in (printed.splitlines()[0], *[line for line in printed.splitlines() if line.startswith("∂")]):
        text = line.split(" = ")[1]
        value = float(say(text, *point).splitlines()[0].split(" = ")[-1])
        name = {"∂f/∂x": 0.3628102927, "∂f/∂y": -0.9092974268, "∂f/∂z": 0.25}.get(line.split(" = ")[0], 1.583853163)
        assert value == pytest.approx(name, rel=1e-9)


def test_two_minus_signs_are_no_option(say: "Say") -> None:
    assert say("--x", "x=3").startswith("f = x = 3\n")
    assert say("--sin(x)", "x=0").startswith("f = sin(x) = 0\n")


# -- what is printed ------------------------------------------------------------------------------------------


def test_the_course_s_exercise_prints_value_gradient_and_check_and_writes_the_diagram(tmp_path: Path) -> None:
    picture = tmp_path / "chain_rule.svg"
    done = run(EXERCISE_3A, "x=1", "y=2", "z=4", "--svg", str(picture))
    assert (done.returncode, done.stderr) == (0, "")
    assert re.sub(r"\d+ digits", "N digits", done.stdout) == (
        "f = cos(x²y) + x²√z = 1.583853163\n"
        "\n"
        "variable   value   partial derivative   numerical check\n"
        "x          1       0.3628102927         0.3628102927     agrees to N digits\n"
        "y          2      -0.9092974268        -0.9092974268     agrees to N digits\n"
        "z          4       0.25                 0.25             agrees to N digits\n"
        "\n"
        "∂f/∂x = 2xy·(-sin(x²y)) + 2x√z\n"
        "∂f/∂y = x²·(-sin(x²y))\n"
        "∂f/∂z = 1/(2√z)·x²\n"
        "\n"
        f"{picture} shows how the value is computed, with the local partial derivatives on the arrows.\n"
    )
    assert all(int(digits) >= 10 for digits in re.findall(r"(\d+) digits", done.stdout))
    assert ET.parse(picture).getroot().tag == "{http://www.w3.org/2000/svg}svg"


@pytest.mark.parametrize(
    ("partials", "arrow"), [("symbols", "labelled 2x"), ("numbers", "labelled 6"), ("both", "2x = 6")]
)
def test_the_arrows_carry_symbols_numbers_or_both(say: Say, tmp_path: Path, partials: str, arrow: str) -> None:
    picture = tmp_path / "square.svg"
    say("x**2", "x=3", "--svg", str(picture), "--partials", partials)
    assert arrow in "".join(ET.parse(picture).getroot().itertext())


def test_an_expression_may_begin_with_a_minus_and_options_may_stand_anywhere(say: Say, tmp_path: Path) -> None:
    picture = str(tmp_path / "minus.svg")
    assert say("-x**2", "--svg", picture, "x=3").startswith("f = -x² = -9\n")
    assert say("--svg", picture, "-x", "x=-2").startswith("f = -x = 2\n")


def test_a_value_may_be_an_expression_of_numbers(say: Say) -> None:
    assert say("sin(x) * t", "x=pi/2", "t=-2.5e3").startswith("f = sin(x)·t = -2500\n")


def test_a_variable_that_is_not_used_has_derivative_0(say: Say) -> None:
    assert rows(say("x + 1", "x=1", "y=2"))["y"] == ["2", "0", "0", "agrees"]


def test_an_expression_of_numbers_has_no_table(say: Say) -> None:
    assert say("9**9**9**9") == "f = 9^(9^(9⁹)) = inf\n"


def test_names_are_written_as_in_the_formula(say: Say) -> None:
    assert list(rows(say("theta * w_1", "theta=2", "w_1=3"))) == ["θ", "w₁"]


def test_a_formula_too_long_to_be_read_is_cut(say: Say) -> None:
    first, *_ = say(" + ".join(["x"] * 2000), "x=1").splitlines()
    assert re.fullmatch(r"f = [x +]{997}\.\.\. = 2000", first)
    ones = f"sum([{', '.join(['1'] * 12_000)}])"  # more than a formula is ever written out for
    assert say(ones) == f"f = {ones[:997]}... = 12000\n"


def test_a_variable_named_f_is_not_mistaken_for_the_result(say: Say) -> None:
    printed = say("f**2", "f=3")
    assert printed.startswith("result = f² = 9\n")
    assert printed.endswith("∂result/∂f = 2f\n")


def test_a_derivative_that_nobody_would_read_is_not_written_out(say: Say) -> None:
    assert say(" * ".join(["(x + x)"] * 20), "x=1").endswith("\n∂f/∂x (paths: 40) is too long to be written out\n")
    deep = "sin(" * 180 + "x" + ")" * 180
    assert say(deep, "x=1").endswith("\n∂f/∂x (paths: 1) is too long to be written out\n")


def rows(table: str) -> dict[str, list[str]]:
    """The cells of a printed table by variable."""
    _, header_and_rows, _ = table.split("\n\n", 2)
    lines = [re.split(r"\s\s+", line) for line in header_and_rows.splitlines()[1:]]
    return {name: cells for name, *cells in lines}


# -- the numerical check --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("expression", "check"),
    [
        ("abs(x)", ["0", "none", "cannot tell: there is a kink, slope -1 to the left, 1 to the right"]),
        ("relu(x)", ["0", "none", "cannot tell: there is a kink, slope 0 to the left, 1 to the right"]),
        ("maximum(3*x, x)", ["2", "none", "cannot tell: there is a kink, slope 1 to the left, 3 to the right"]),
        ("where(x > 0, x, 0)", ["0", "none", "cannot tell: there is a kink, slope 0 to the left, 1 to the right"]),
        ("sqrt(x)", ["inf", "none", "cannot tell: the values around show no finite slope"]),
        ("cbrt(x)", ["inf", "none", "cannot tell: the values around show no finite slope"]),
        ("x * inf_", ["inf", "none", "cannot tell: the values around show no finite slope"]),
        ("x**1.5", ["0", "0", "agrees"]),
        ("abs(x)**2", ["0", "0", "agrees"]),
        ("x**2", ["0", "0", "agrees"]),
    ],
)
def test_at_a_singular_point_the_check_says_why_it_cannot_tell(say: Say, expression: str, check: list[str]) -> None:
    assert rows(say(expression.replace("inf_", "9**9**9**9"), "x=0"))["x"] == ["0", *check]


def test_what_is_0_to_within_rounding_agrees(say: Say) -> None:
    assert rows(say("1 + cos(x)", "x=0"))["x"][-1] == "agrees"


@pytest.mark.parametrize(
    ("expression", "x"),
    [
        ("sin(1000000*x)", "3.7"),
        ("exp(x)", "709.7"),
        ("x", "1.7e308"),
        ("sin(x)", "1e-316"),
        ("x", "5e-324"),
        ("1/x", "1e-6"),
        ("1e20 + x", "1"),
    ],
)
def test_at_the_edges_of_floats_right_derivatives_agree(say: Say, expression: str, x: str) -> None:
    assert rows(say(expression, f"x={x}"))["x"][-1].startswith("agrees to ")


def test_the_check_does_not_take_steepness_for_a_kink(say: Say) -> None:
    for expression in ("sin(1e6*x)", "exp(50*x)", "tanh(1e3*(x - 0.3))", "1/(x - 0.3001)", "sin(1e9*x)"):
        assert rows(say(expression, "x=0.3"))["x"][-1].startswith("agrees to ")


def test_a_wrong_derivative_is_caught(say: Say, monkeypatch: pytest.MonkeyPatch) -> None:
    from autograd import ops

    ops.custom("wrong_square", lambda m, x: (x * x, (2.001 * x,)))
    assert rows(say("wrong_square(x)", "x=3"))["x"] == ["3", "6.003", "6", "DIFFERS by 0.003"]


# -- bad input ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["sn(x)", "x=1"], "there is no function sn; did you mean sin? (at 'sn(x)', character 1)"),
        (["x*y", "x=1"], "y has no value; give it one, as in y=1"),
        (["__import__('os')"], "there is no function __import__ (at \"__import__('os')\", character 1)"),
        (["x +", "x=1"], "invalid syntax (at the end)"),
        (["log(-1)"], "log is defined for x > 0, got -1.0"),
        (["log(x)", "x=-1"], "log is defined for x > 0, got -1.0 (node 'x')"),
        (["x", "x"], "a variable is given as NAME=NUMBER, such as x=1, got 'x'"),
        (["x", "2=x"], "a variable is given as NAME=NUMBER, such as x=1, got '2=x'"),
        (["x", "lambda=1"], "a variable is given as NAME=NUMBER, such as x=1, got 'lambda=1'"),
        (["x", "x=1", "x=2"], "x is given twice"),
        (["x", "x=nan"], "a variable is a finite number, such as 1, -2.5e3 or pi/2, got 'x=nan'"),
        (["x", "x=1e999"], "a variable is a finite number, such as 1, -2.5e3 or pi/2, got 'x=1e999'"),
        (["x", "x=one"], "a variable is a finite number, such as 1, -2.5e3 or pi/2, got 'x=one'"),
        (["x", "x="], "a variable is a finite number, such as 1, -2.5e3 or pi/2, got 'x='"),
        (["x", "x=1", "--png"], "unrecognized arguments: --png; see python -m autograd --help"),
        (["x", "x=1", "--svg", "x.png"], "the picture is an SVG, so its name ends in .svg, got 'x.png'"),
        (["x", "x=1", "--svg", "no/x.svg"], "cannot write 'no/x.svg': there is no folder 'no'"),
        (["x", "x=1", "--svg", "README.md/x.svg"], "cannot write 'README.md/x.svg': there is no folder 'README.md'"),
    ],
)
def test_bad_input_ends_in_one_line_and_exit_status_2(say: Say, arguments: Sequence[str], message: str) -> None:
    assert say.error(*arguments) == message


def test_without_an_expression_the_help_is_pointed_at(say: Say) -> None:
    message = say.error().replace(", NAME=NUMBER", "")  # which Python 3.11 takes for required
    assert message == "the following arguments are required: EXPRESSION; see python -m autograd --help"


def test_a_path_is_checked_before_anything_is_computed(say: Say, tmp_path: Path) -> None:
    folder = tmp_path / "folder.svg"
    folder.mkdir()
    assert say.error("log(-1)", "--svg", str(folder)) == f"cannot write {str(folder)!r}: it is a folder"


def test_what_the_system_refuses_to_write_is_said_too(say: Say, tmp_path: Path) -> None:
    path = tmp_path / f"{'x' * 300}.svg"
    assert say.error("x", "x=1", "--svg", str(path)) == f"cannot write {str(path)!r}: File name too long"


def test_a_folder_that_is_read_only_is_named(say: Say, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.access", lambda *_: False)  # for root nothing is
    path = str(tmp_path / "x.svg")
    assert say.error("x", "x=1", "--svg", path) == f"cannot write {path!r}: the folder {str(tmp_path)!r} is read-only"


def test_a_slope_that_is_nan_by_the_rules_differs_from_a_number(say: Say) -> None:
    assert re.search(r"x +0 +nan +1 +DIFFERS\n", say("cbrt(x)**3", "x=0"))


def test_the_version_of_a_checkout_that_is_not_installed_says_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def version(name: str) -> str:
        raise PackageNotFoundError(name)

    monkeypatch.setattr("autograd.__main__.version", version)
    with pytest.raises(SystemExit):
        main(["--version"])
    assert capsys.readouterr().out == "scalar-autograd (not installed)\n"


def test_a_diagram_that_nobody_could_look_at_is_refused_after_the_table(say: Say, tmp_path: Path) -> None:
    path = tmp_path / "large.svg"
    error = say.error(" + ".join(f"sin({i}*x)" for i in range(300)), "x=1", "--svg", str(path))
    assert error.startswith("a diagram has at most 200 nodes")
    assert not path.exists()


def test_without_graphviz_the_error_names_both_cures(say: Say, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.setitem(sys.modules, "pygraphviz", None)
    error = say.error("x**2", "x=1", "--svg", str(tmp_path / "x.svg"))
    assert "pip install pygraphviz" in error
    assert "https://graphviz.org/download" in error


def test_a_person_at_a_terminal_is_shown_the_place() -> None:
    pty = pytest.importorskip("pty")  # Windows has none
    reader, writer = pty.openpty()
    done = subprocess.run([*AUTOGRAD, "x + sn(x)", "x=1"], cwd=ROOT, stderr=writer, stdout=subprocess.DEVNULL)
    os.close(writer)
    lines = os.read(reader, 10_000).decode().split("\r\n")
    os.close(reader)
    assert done.returncode == 2
    assert lines[0].startswith("autograd: error: there is no function sn")
    assert lines[1:] == ["  x + sn(x)", "      ^^", ""]


# -- surroundings ---------------------------------------------------------------------------------------------


def test_help_shows_an_example_that_works_and_every_function(say: Say, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["--help"])
    assert caught.value.code == 0
    shown = capsys.readouterr().out
    assert f'python -m autograd "{EXERCISE_3A}" x=1 y=2 z=4 --save chain_rule.html' in shown
    assert {"sin", "sqrt", "dot", "sigmoid"} <= set(shown.split())
    assert max(map(len, shown.splitlines())) <= 100


def test_the_version_is_that_of_the_distribution() -> None:
    assert re.fullmatch(r"scalar-autograd (\d+\.\d+\.\d+|\(not installed\))\n", run("--version").stdout)


def test_a_terminal_without_greek_gets_the_expression_as_typed() -> None:
    done = run("theta**2 * sqrt(λ)", "theta=2", "λ=9", PYTHONIOENCODING="ascii")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(r"f = theta**2 * sqrt(\u03bb) = 12" + "\n")


def test_a_reader_who_has_seen_enough_causes_no_complaint() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run([*AUTOGRAD, "x", "x=1"], cwd=ROOT, stdout=writer, stderr=subprocess.PIPE)
    os.close(writer)
    assert (done.returncode, done.stderr) == (141, b"")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="this system has no /dev/full")
def test_a_full_disk_is_one_line() -> None:
    with open("/dev/full", "w") as full:
        done = subprocess.run([*AUTOGRAD, "x", "x=1"], cwd=ROOT, stdout=full, stderr=subprocess.PIPE, text=True)
    assert (done.returncode, done.stderr) == (2, "autograd: error: cannot write the output: No space left on device\n")


def test_without_a_stdout_the_picture_is_written_all_the_same(tmp_path: Path) -> None:
    command = f"{' '.join(AUTOGRAD)} x x=1 --svg {tmp_path}/x.svg >&-"
    assert subprocess.run(["sh", "-c", command], cwd=ROOT).returncode == 0
    assert (tmp_path / "x.svg").exists()


def test_ctrl_c_ends_it_without_a_traceback() -> None:
    interrupted = (
        "import os, runpy, signal, sys; from autograd.expression import Expression\n"
        "Expression.__call__ = lambda self, **variables: os.kill(os.getpid(), signal.SIGINT)\n"
        "sys.argv[1:] = ['x', 'x=1']; runpy.run_module('autograd', run_name='__main__')"
    )
    done = subprocess.run([sys.executable, "-c", interrupted], cwd=ROOT, capture_output=True)
    assert (done.returncode, done.stdout, done.stderr) == (128 + signal.SIGINT, b"", b"")


# -- files ----------------------------------------------------------------------------------------------------


def test_what_is_saved_is_what_the_ending_says(say: "Say", tmp_path: Path) -> None:
    files = [tmp_path / f"f{ending}" for ending in ENDINGS]
    printed = say(EXERCISE_3A, "x=1", "y=2", "z=4", *(x for file in files for x in ("--save", str(file))), "--quiz")
    assert [line.split(" ")[0] for line in printed.splitlines()[-len(files) :]] == [*map(str, files)]
    assert f"{tmp_path / 'f.c'} is a program in C for the value and the partial derivatives." in printed
    page, svg, png, pdf, tex, python, c, javascript = (file.read_bytes() for file in files)
    assert b"<autograd-graph" in page
    assert b"new Examiner" in page
    assert svg.startswith(b"<svg")
    assert png.startswith(b"\x89PNG")
    assert pdf.startswith(b"%PDF")
    assert b"tikzpicture" in tex
    assert b"double x, double y, double z" in c
    assert b"export function value_and_grad(x, y, z)" in javascript
    written: dict[str, Any] = {}
    exec(python, written)  # noqa: S102  # the program that was saved
    value, gradient = written["value_and_grad"](1.0, 2.0, 4.0)
    assert value == pytest.approx(1.583853163452858, rel=1e-14)
    assert gradient == pytest.approx((0.36281029269728, -0.9092974268256817, 0.25), rel=1e-12)


def test_a_page_trains_the_variables_that_are_named(say: "Say", tmp_path: Path) -> None:
    say("(w*3 - y)**2", "w=1", "y=2", "--train", "w", "--save", str(tmp_path / "f.HTML"))
    assert "'trained':[0]" in (tmp_path / "f.HTML").read_text(encoding="utf-8")


def test_a_number_is_saved_too(say: "Say", tmp_path: Path) -> None:
    say("2 + 3", "--save", str(tmp_path / "f.js"), "--save", str(tmp_path / "f.html"))
    assert "return 5.0" in (tmp_path / "f.js").read_text()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--save", "f.gif"], "a file is saved as .html, .svg, .png, .pdf, .tex, .py, .c, .js, got 'f.gif'"),
        (["--save", "no/f.html"], "cannot write 'no/f.html': there is no folder 'no'"),
        (["--quiz"], "--quiz and --train are for a page, such as --save chain_rule.html"),
        (["--train", "x", "--save", "f.svg"], "--quiz and --train are for a page, such as --save chain_rule.html"),
        (["--train", "q", "--save", "f.html"], "--train takes a variable that is given, such as x, got 'q'"),
        (["y=1", "--train", "y", "--save", "f.html"], "train= names leaves that are shown, got Value(1.0, 'y')"),
    ],
)
def test_what_cannot_be_saved_is_refused(
    say: "Say", arguments: list[str], message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert say.error("x**2", "x=1", *arguments) == message
    assert not list(tmp_path.iterdir())
